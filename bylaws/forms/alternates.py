"""Forms of alternates and absences."""

from __future__ import annotations

from typing import Any

from django import forms

from bylaws.choices import Office
from config.accounts.models import User
from config.kernel.day_fields import DayField


class AlternateForm(forms.Form):
    """Who stands in for whom. ``place`` is the uid of a seat, or an office."""

    place = forms.ChoiceField(label="Stands in for")
    user = forms.ModelChoiceField(
        User.objects.none(), to_field_name="uid", empty_label="Choose", label="Alternate"
    )
    start = DayField(label="From")
    last_day = DayField(label="Through", required=False)

    def __init__(self, *args: Any, seats, people, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seats = {str(seat.identity.uid): seat.identity for seat in seats}
        named = [(uid, f"{seat.user}, {seat.committee}") for uid, seat in self.seats.items()]
        offices = [(str(value), label) for value, label in Office.choices]
        self.fields["place"].choices = [("", "Choose"), ("Offices", offices), ("Seats", named)]
        self.fields["user"].queryset = people


class AbsenceForm(forms.Form):
    """When somebody is away."""

    user = forms.ModelChoiceField(
        User.objects.none(), to_field_name="uid", empty_label="Choose", label="Who", required=False
    )
    start = DayField(label="First day")
    last_day = DayField(label="Last day")

    def __init__(self, *args: Any, people, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if people is None:
            del self.fields["user"]
        else:
            self.fields["user"].queryset = people
            self.fields["user"].help_text = "Left empty, it is you."


class EndAlternateForm(forms.Form):
    """When and why somebody is an alternate no more."""

    day = DayField(label="First day without the alternate")
    reason = forms.CharField(max_length=300)


class BackForm(forms.Form):
    """From when on somebody is back."""

    day = DayField(label="Back from")
