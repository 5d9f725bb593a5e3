"""Forms about practice groups, their locations, and who works there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from config.kernel.periods import days, through
from practitioners.forms.people import STATE_CHOICES, CheckedField, NpiField, day_field
from practitioners.models import PracticeAffiliationPeriod, PracticeLocation
from practitioners.rules.addresses import check_phone, check_zip


class GroupForm(forms.Form):
    """What a group is called, and its numbers."""

    name = forms.CharField(label="Name", max_length=200)
    npi = NpiField(
        label="NPI of the organization",
        max_length=20,
        required=False,
        help_text="Ten digits; not a person's.",
    )
    tax_id = forms.CharField(
        label="Tax identification number", max_length=10, required=False, help_text="Like 36-1234567."
    )


class LocationForm(forms.Form):
    """An office of a group."""

    name = forms.CharField(label="Name", max_length=200, help_text="As people call it: Main Street, Suite 4.")
    line_1 = forms.CharField(label="Address", max_length=200, required=False)
    line_2 = forms.CharField(label="Suite, floor", max_length=200, required=False)
    city = forms.CharField(label="City", max_length=100, required=False)
    state = forms.ChoiceField(label="State", choices=STATE_CHOICES, required=False)
    postal_code = CheckedField(label="ZIP code", max_length=20, required=False, check=check_zip)
    phone = CheckedField(label="Phone", max_length=30, required=False, check=check_phone)


class PlaceForm(forms.Form):
    """Where the person works, from when to when; without the place and with a reason when corrected."""

    location = forms.ChoiceField(label="Place of work")
    main = forms.BooleanField(
        label="Main place of work",
        required=False,
        help_text="A person has one: it takes the place of the one before.",
    )
    first_day = day_field("First day", help_text="Empty when nobody knows.")
    last_day = day_field("Last day", help_text="Empty while the person works there.")
    reason = forms.CharField(label="Why it is corrected", max_length=500, help_text="Stays in the file.")

    def __init__(self, *args, locations: Iterable[PracticeLocation] = (), correcting: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["location" if correcting else "reason"]
        if correcting:
            return
        self.places = {str(each.uid): each for each in locations}
        by_group: dict[str, list[tuple[str, str]]] = {}
        for uid, each in self.places.items():
            city = f", {each.city}" if each.city and each.city not in each.name else ""
            by_group.setdefault(each.group.name, []).append((uid, f"{each.name}{city}"))
        self.fields["location"].choices = [("", ""), *by_group.items()]

    @property
    def values(self) -> dict[str, Any]:
        """Arguments of the service. Refuses a last day before the first."""
        cleaned = self.cleaned_data
        values: dict[str, Any] = {
            "valid": days(cleaned["first_day"], through(cleaned["last_day"])),
            "main": cleaned["main"],
        }
        if "location" in self.fields:
            values["location"] = self.places[cleaned["location"]]
        else:
            values["reason"] = cleaned["reason"]
        return values


def initial_of(period: PracticeAffiliationPeriod) -> dict[str, Any]:
    """What the form of a correction starts with."""
    return {"main": period.main, "first_day": period.start, "last_day": period.end}


class EndForm(forms.Form):
    """The last day somewhere, and why."""

    last_day = day_field("Last day there", required=True)
    reason = forms.CharField(label="Why", max_length=500, help_text="Left the group, moved, retired.")
