"""Forms for a person who is not on file yet."""

from __future__ import annotations

import dataclasses
from typing import Any

from django import forms

from practitioners.choices import NameKind
from practitioners.forms.people import NameFields, NpiField, PersonFields
from practitioners.importing.nppes import RegistryRecord
from practitioners.rules.claims import STATES
from practitioners.rules.licence_numbers import normal_form


class AskForm(forms.Form):
    """The NPI the registry is asked about."""

    npi = NpiField(label="NPI", max_length=20, help_text="Ten digits. The registry is asked for the rest.")


class NewPractitionerForm(PersonFields, NameFields):
    """A person who is not on file yet; with a ``record``, what of it is taken over is ticked."""

    registry = forms.CharField(required=False, widget=forms.HiddenInput)
    same_name_seen = forms.BooleanField(
        label="This is another person: add a new record", required=False, widget=forms.HiddenInput
    )
    field_order = ("npi", *NameFields.base_fields, *PersonFields.base_fields)

    def __init__(self, *args, record: RegistryRecord | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.record = record
        if record is not None:
            self._offer("licences", "Licenses to record as claimed", _licences(record), ticked=False)
            if "licences" in self.fields:
                self.fields["licences"].help_text = "As reported to the registry, which verifies none."
            self._offer("addresses", "Addresses to take over", _addresses(record))
            self._offer("specialties", "Specialties to take over", _specialties(record))
            self._offer("other_names", "Other names to take over", _other_names(record))
            self._offer("identifiers", "Other numbers to take over", _identifiers(record))
            self.fields["npi"].widget.attrs["readonly"] = True

    def _offer(self, name: str, label: str, choices: list, *, ticked: bool = True) -> None:
        if choices:
            self.fields[name] = forms.MultipleChoiceField(
                label=label,
                choices=choices,
                required=False,
                initial=[value for value, _ in choices] if ticked else [],
                widget=forms.CheckboxSelectMultiple,
            )

    def clean(self):
        cleaned = super().clean()
        if self.record is not None and cleaned.get("npi") not in (self.record.npi, None):
            self.add_error("npi", f"The registry was asked about {self.record.npi}. Ask it about this NPI.")
        return cleaned

    def ask_about_same_name(self) -> None:
        """Show the box to tick once somebody of that name is on file."""
        self.fields["same_name_seen"].widget = forms.CheckboxInput()

    @property
    def values(self) -> dict[str, Any]:
        """Arguments of the service: the person."""
        names = [*NameFields.base_fields, *PersonFields.base_fields]
        values = {name: self.cleaned_data[name] for name in names}
        return {**values, "npi": values["npi"] or None}

    @property
    def taken(self) -> RegistryRecord:
        """The record with what was ticked alone."""
        record = self.record
        if record is None:
            raise ValueError("The registry was not asked.")
        codes = set(self.cleaned_data.get("specialties", ()))
        return dataclasses.replace(
            record,
            addresses=self._ticked("addresses", record.addresses),
            other_names=self._ticked("other_names", record.other_names),
            identifiers=self._ticked("identifiers", record.identifiers),
            taxonomies=tuple(each for each in record.taxonomies if each.code in codes),
        )

    @property
    def licences(self) -> list[tuple[str, str]]:
        """(state, number) of the licences ticked."""
        found = []
        for ticked in self.cleaned_data.get("licences", ()):
            state, _, number = ticked.partition(" ")
            found.append((state, number))
        return found

    def _ticked(self, name: str, things: tuple) -> tuple:
        chosen = set(self.cleaned_data.get(name, ()))
        return tuple(thing for index, thing in enumerate(things) if str(index) in chosen)


def initial_of(record: RegistryRecord) -> dict[str, Any]:
    """The person as the registry has them; what was put into the surname is not part of it."""
    name = record.name
    return {
        "npi": record.npi,
        "last_name": name.last_name,
        "first_name": name.first_name,
        "middle_name": name.middle_name,
        "suffix": name.suffix,
        "provider_type": record.provider_type,
        "sex": record.sex,
    }


def _licences(record: RegistryRecord) -> list[tuple[str, str]]:
    found = {
        f"{each.licence_state} {each.licence_number}": f"{each.licence_state} {each.licence_number}, "
        f"stated for {each.description or each.code}"
        for each in record.taxonomies
        if normal_form(each.licence_number) and each.licence_state in STATES
    }
    return list(found.items())


def _addresses(record: RegistryRecord) -> list[tuple[str, str]]:
    lines = []
    for index, each in enumerate(record.addresses):
        if each.purpose in ("practice", "mailing"):
            where = ", ".join(part for part in (each.line_1, each.line_2, each.city, each.state) if part)
            lines.append((str(index), f"{each.purpose.capitalize()}: {where} {each.postal_code}".strip()))
    return lines


def _specialties(record: RegistryRecord) -> list[tuple[str, str]]:
    return [(each.code, f"{each.description} {each.code}".strip()) for each in record.taxonomies]


def _other_names(record: RegistryRecord) -> list[tuple[str, str]]:
    return [
        (str(index), f"{each.display} ({NameKind(each.kind).label.lower()})")
        for index, each in enumerate(record.other_names)
        if each.last_name
    ]


def _identifiers(record: RegistryRecord) -> list[tuple[str, str]]:
    lines = []
    for index, each in enumerate(record.identifiers):
        parts = (each.description, each.state, each.value, each.issuer)
        lines.append((str(index), " ".join(part for part in parts if part)))
    return lines
