"""How a source is set up in the administration."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from django import forms

from credentialing.choices import Connector, ListKind
from credentialing.importing.state_list import parse_state_mapping
from credentialing.models import ConnectedSource
from credentialing.sources.boards import read_reading
from practitioners.importing.rejections import UnusableFile
from practitioners.rules.problems import Problem

#: Questions go encrypted, but to this machine itself.
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


class ConnectedSourceForm(forms.ModelForm):
    """A board needs a state, an address with the number's place, and a reading that can be read; an exclusion
    list says which one it is, and a state's how its columns are read.
    """

    class Meta:
        model = ConnectedSource
        fields = (
            "code",
            "name",
            "connector",
            "state",
            "address",
            "key_variable",
            "key_header",
            "reading",
            "list_kind",
            "mapping",
            "address_confirmed",
            "every_days",
            "timeout_seconds",
            "per_minute",
            "failures_before_rest",
            "rest_minutes",
            "active",
        )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["every_days"].required = False  # of a list alone

    def clean_every_days(self):
        """As shipped where nothing is said."""
        return self.cleaned_data.get("every_days") or self.fields["every_days"].initial

    def clean_state(self):
        """Two letters."""
        return (self.cleaned_data.get("state") or "").strip().upper()

    def clean(self):
        """What a board needs besides its name."""
        given = super().clean() or {}
        if given.get("connector") == Connector.EXCLUSION_LIST:
            return self._clean_list(given)
        for name in ("list_kind", "mapping"):
            if given.get(name):
                self.add_error(name, "Only an exclusion list has this.")
        if given.get("connector") != Connector.LICENCE_BOARD:
            return given
        if len(given.get("state") or "") != 2:
            self.add_error("state", "Say whose licenses the board answers for, as two letters.")
        self._check_address(given.get("address") or "")
        if (reading := given.get("reading")) is not None:
            try:
                read_reading(reading)
            except Problem as problem:
                self.add_error("reading", str(problem))
        return given

    def _clean_list(self, given):
        kind, address = given.get("list_kind"), given.get("address") or ""
        if not kind:
            self.add_error("list_kind", "Say which list it is.")
        elif kind != ListKind.STATE and (given.get("state") or given.get("mapping")):
            self.add_error("state", "Only a state's list has a state and a mapping.")
        elif kind == ListKind.STATE:
            self._check_mapping(given)
        if address and not _encrypted(urlsplit(address)):
            self.add_error("address", "The address begins with https://; nobody changes a list on its way.")
        if given.get("address_confirmed") and not address:
            self.add_error("address_confirmed", "There is no address to be confirmed.")
        return given

    def _check_mapping(self, given) -> None:
        """The mapping can be read, and is of the state."""
        state = given.get("state") or ""
        try:
            mapping = parse_state_mapping(given.get("mapping") or "", "mapping")
        except UnusableFile as problem:
            self.add_error("mapping", problem.sentence)
            return
        if mapping.constants["list_state"] != state:
            self.add_error("state", f"The mapping is of {mapping.constants['list_state']}.")

    def _check_address(self, address: str) -> None:
        parts = urlsplit(address)
        if "{number}" not in address:
            self.add_error("address", "Put {number} where the number of the license goes.")
        elif not _encrypted(parts):
            self.add_error("address", "The address begins with https://; numbers of licenses go encrypted.")
        elif "{number}" in parts.netloc or not parts.hostname:
            self.add_error("address", "The address has no host to ask.")


def _encrypted(parts: SplitResult) -> bool:
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
