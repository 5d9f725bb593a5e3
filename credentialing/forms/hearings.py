"""The form of what becomes of a right to a hearing."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.conf import settings

from config.kernel.day_fields import DayField
from credentialing.choices import HearingEvent
from credentialing.rules.pages import SCANS
from credentialing.services.letter_sending import LONGEST_REASON, Proof


class HearingForm(forms.Form):
    """What happened, when, and the paper that says so."""

    act = forms.UUIDField(widget=forms.HiddenInput)  # whose right it is: a file may carry several
    event = forms.ChoiceField(label="What happened", choices=[("", "Choose"), *HearingEvent.choices])
    happened_on = DayField(label="On")
    told_by = forms.CharField(
        label="Who wrote or signed",
        max_length=200,
        help_text="The practitioner, their lawyer, the hearing officer; and how it came.",
    )
    proof = forms.FileField(
        label="Paper", required=False, widget=forms.FileInput({"accept": ",".join(sorted(SCANS))})
    )
    reason = forms.CharField(
        label="Why what was recorded before is wrong", required=False, max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def __init__(self, *args: Any, today: dt.date, act: uuid.UUID, correcting: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit = settings.STANDING_UPLOAD_LIMIT // (1024 * 1024)
        self.fields["proof"].needed_sometimes = True
        what = f"The waiver, the report or the agreement, up to {limit} MB."
        self.fields["proof"].help_text = f"{what} Needed unless a hearing was asked for."
        self.fields["happened_on"].initial = today
        self.fields["act"].initial = act
        if not correcting:
            del self.fields["reason"]

    def proof_given(self) -> Proof | None:
        """The file that was attached, if one was."""
        upload = self.cleaned_data["proof"]
        return None if upload is None else Proof(upload.name, upload.read(settings.STANDING_UPLOAD_LIMIT + 1))
