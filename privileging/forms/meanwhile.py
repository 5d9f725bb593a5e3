"""Asking for temporary privileges while a complete application waits."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django import forms

from config.kernel.day_fields import DayField
from privileging.models import RequestLine


class MeanwhileForm(forms.Form):
    """Which of the privileges asked for, signed when, through which day."""

    lines = forms.TypedMultipleChoiceField(
        label="Privileges",
        coerce=UUID,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one privilege."},
    )
    document = forms.FileField(
        label="The applicant’s signed request",
        help_text="They answer for the request, and release what is asked again for it.",
        allow_empty_file=True,
    )
    signed_on = DayField(label="Signed on")
    until = DayField(
        label="Last day",
        required=False,
        help_text="Empty: as long as is allowed, or until the application is decided.",
    )

    def __init__(self, *args, lines: Sequence[RequestLine], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["lines"].choices = [(str(line.uid), line.form_line.privilege.name) for line in lines]
        self.fields["lines"].initial = [str(line.uid) for line in lines]
