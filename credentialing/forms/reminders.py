"""The form of the ladder that is tried."""

from __future__ import annotations

import re

from django import forms

from practitioners.models import CredentialType

#: The longest time ahead a reminder makes sense, and the most steps.
LONGEST, MOST = 365, 12


class LadderForm(forms.Form):
    """Days before the last valid day, for all kinds of credentials or for one."""

    days = forms.CharField(
        label="Days before the last valid day", max_length=100, help_text="For example 90, 60, 30, 7, 0."
    )
    kind = forms.ModelChoiceField(
        CredentialType.objects.filter(active=True, expires=True),
        label="As the ladder of",
        required=False,
        empty_label="All kinds without a ladder of their own",
        help_text="Of one kind, only its own reminders are counted; the others keep their ladder.",
    )

    def clean_days(self) -> list[int]:
        """The steps, the earliest first."""
        words = [word for word in re.split(r"[\s,;/]+", self.cleaned_data["days"]) if word]
        if not all(re.fullmatch(r"\d{1,3}", word, re.ASCII) for word in words):
            raise forms.ValidationError("Write whole numbers of days, separated by commas.")
        steps = sorted({int(word) for word in words}, reverse=True)
        if not steps or len(steps) > MOST:
            raise forms.ValidationError(f"Write one to {MOST} steps.")
        if steps[0] > LONGEST:
            raise forms.ValidationError(f"Nobody is reminded more than {LONGEST} days ahead.")
        return steps
