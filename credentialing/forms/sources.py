"""How a source is set up in the administration."""

from __future__ import annotations

from urllib.parse import urlsplit

from django import forms

from credentialing.choices import Connector
from credentialing.models import ConnectedSource
from credentialing.sources.boards import read_reading
from practitioners.rules.problems import Problem

#: Questions go encrypted, but to this machine itself.
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


class ConnectedSourceForm(forms.ModelForm):
    """A board needs a state, an address with the number's place, and a reading that can be read."""

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
            "timeout_seconds",
            "per_minute",
            "failures_before_rest",
            "rest_minutes",
            "active",
        )

    def clean_state(self):
        """Two letters."""
        return (self.cleaned_data.get("state") or "").strip().upper()

    def clean(self):
        """What a board needs besides its name."""
        given = super().clean() or {}
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

    def _check_address(self, address: str) -> None:
        parts = urlsplit(address)
        if "{number}" not in address:
            self.add_error("address", "Put {number} where the number of the license goes.")
        elif parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _HERE):
            self.add_error("address", "The address begins with https://; numbers of licenses go encrypted.")
        elif "{number}" in parts.netloc or not parts.hostname:
            self.add_error("address", "The address has no host to ask.")
