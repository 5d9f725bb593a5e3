"""Forms of file reviews and of the turnaround."""

from __future__ import annotations

from django import forms

from config.kernel.day_fields import DayField
from config.organization.models import Facility
from credentialing.choices import ApplicationKind


class DrawForm(forms.Form):
    """From which decided files a sample is drawn."""

    kind = forms.ChoiceField(
        label="What was decided", choices=ApplicationKind.choices, widget=forms.RadioSelect
    )
    first_day = DayField(label="Decided from")
    last_day = DayField(label="Decided through")
    seed = forms.CharField(
        label="Seed",
        max_length=40,
        required=False,
        help_text="Empty: chosen at random. The same seed draws the same files again.",
    )


class TurnaroundForm(forms.Form):
    """Which files the turnaround counts."""

    kind = forms.ChoiceField(
        label="What was decided", choices=[("", "All"), *ApplicationKind.choices], required=False
    )
    facility = forms.ModelChoiceField(
        label="Facility",
        queryset=Facility.objects.none(),
        to_field_name="code",
        required=False,
        empty_label="All of yours",
    )
    months = forms.TypedChoiceField(
        label="Decided in the last",
        choices=[("3", "3 months"), ("6", "6 months"), ("12", "12 months"), ("24", "24 months")],
        coerce=int,
        empty_value=12,
        required=False,
    )

    def __init__(self, *args, facilities, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["facility"].queryset = facilities
