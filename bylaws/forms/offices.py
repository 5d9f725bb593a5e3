"""Forms of the offices of the medical staff."""

from __future__ import annotations

from typing import Any

from django import forms

from bylaws.choices import OfficerChosen, OfficerEnd, StaffOffice
from bylaws.forms.lines import AskedIfSure
from config.kernel.day_fields import DayField
from practitioners.models import Practitioner


class OfficerForm(AskedIfSure):
    """A member comes to an office."""

    office = forms.ChoiceField(choices=StaffOffice.choices)
    practitioner = forms.ModelChoiceField(
        Practitioner.objects.none(),
        to_field_name="uid",
        empty_label="Choose",
        label="Member",
        help_text="For a term that is not over, of a category that may hold office then.",
    )
    chosen = forms.ChoiceField(choices=OfficerChosen.choices, label="How")
    chosen_on = DayField(label="Chosen on")
    start = DayField(label="First day in office")
    last_day = DayField(label="Through")
    authority = forms.CharField(
        max_length=300,
        label="By",
        help_text="Which ballot, minutes or decision says so: Annual meeting of 4 Dec 2025, item 6.",
    )

    def __init__(self, *args: Any, members, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["practitioner"].queryset = members


class ExtendTermForm(AskedIfSure):
    """A term goes on."""

    last_day = DayField(label="Through")
    reason = forms.CharField(max_length=300, label="By", help_text="Which decision says so.")


class EndTermForm(forms.Form):
    """A term ends before its time."""

    day = DayField(label="First day without the office")
    ended = forms.ChoiceField(choices=OfficerEnd.choices, label="Why")
    reason = forms.CharField(max_length=300, label="In words", help_text="Which letter or decision says so.")


class WithdrawTermForm(forms.Form):
    """A term was recorded by mistake."""

    reason = forms.CharField(max_length=300, label="What was wrong")
