"""The form by which the applicant's giving up of held lines is recorded."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms

from bylaws.choices import InvestigationAnswer
from privileging.models import RequestLine
from privileging.services.held import LONGEST_REASON


class WithdrawHeldForm(forms.Form):
    """Which held lines, and what the applicant said."""

    uids = forms.TypedMultipleChoiceField(
        label="Held for a hearing", coerce=uuid.UUID, widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(
        label="What the applicant said",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="In which words, on which day, and how it came.",
    )
    investigation = forms.ChoiceField(
        label="Was there an investigation?",
        choices=InvestigationAnswer.choices,
        widget=forms.RadioSelect,
        help_text="What is given up while under investigation, or to avoid one, may have to be reported to "
        "the data bank (45 CFR 60.12). If so, or if it is not known yet, its clock begins today.",
    )

    def __init__(self, *args: Any, lines: Sequence[RequestLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["uids"].choices = [(str(line.uid), line.form_line.privilege.name) for line in lines]
