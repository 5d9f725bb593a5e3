"""Forms of reappointments launched in one batch."""

from __future__ import annotations

from django import forms

from config.kernel.day_fields import DayField
from credentialing.services.reappointments import LONGEST_REASON


class LaunchForm(forms.Form):
    """By when the packets are due."""

    due_on = DayField(label="Packets are due on", help_text="The last day the applicants have.")


class TakeBackForm(forms.Form):
    """Why a batch is taken back."""

    reason = forms.CharField(
        label="Why",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept with each packet and application.",
    )
