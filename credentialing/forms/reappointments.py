"""Forms of reappointments launched in one batch."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms

from config.kernel.day_fields import DayField
from credentialing.services.reappointments import LONGEST_REASON


class LaunchForm(forms.Form):
    """By when the packets are due."""

    due_on = DayField(label="Packets are due on", help_text="The last day the applicants have.")


class TakeBackForm(forms.Form):
    """Who of a batch is taken back, and why."""

    only = forms.TypedMultipleChoiceField(
        label="Who is taken back",
        coerce=uuid.UUID,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choose who is taken back.",
            "invalid_choice": "One of them cannot be taken back any more. Look at who is left.",
        },
    )
    reason = forms.CharField(
        label="Why",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept with each packet and application.",
    )

    def __init__(self, *args: Any, rows: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """``rows`` are those who can be taken back: uid of the launch, and whom it is about."""
        super().__init__(*args, **kwargs)
        self.fields["only"].choices = rows
