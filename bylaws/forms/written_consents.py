"""Forms of written consents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from bylaws.choices import ConsentChoice
from bylaws.models import ReviewStep
from bylaws.services.written_consents import LONGEST_PLACE, LONGEST_REASON, LONGEST_TEXT, LONGEST_TITLE
from config.kernel.day_fields import DayField


class AskConsentForm(forms.Form):
    """What a body is to consent to, and until when."""

    step = forms.ChoiceField(label="File", required=False)
    title = forms.CharField(
        label="Other matter", required=False, max_length=LONGEST_TITLE, help_text="Where it is no file."
    )
    text = forms.CharField(
        label="What would be decided",
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Left empty for a file: every line as requested.",
    )
    until = DayField(label="Answers are taken through")

    def __init__(self, *args: Any, steps: Sequence[ReviewStep], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.steps = {str(each.uid): each for each in steps}
        named = [(uid, f"{each.case.practitioner}: {each.case.title}") for uid, each in self.steps.items()]
        self.fields["step"].choices = [("", "No file: the matter below"), *named]

    def clean_step(self) -> ReviewStep | None:
        """The step."""
        return self.steps.get(self.cleaned_data["step"])


class AnswerConsentForm(forms.Form):
    """A member's answer."""

    choice = forms.ChoiceField(label="Your answer", choices=ConsentChoice.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Why, if you object or take no part",
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class PaperConsentForm(AnswerConsentForm):
    """An answer the office received on paper."""

    member = forms.ChoiceField(label="Whose paper")
    filed_at = forms.CharField(
        label="Where the signed paper is kept",
        max_length=LONGEST_PLACE,
        help_text="As a binder, a folder or an address of the document store.",
    )
    field_order = ("member", "choice", "reason", "filed_at")

    def __init__(self, *args: Any, members: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = {str(each.uid): each for each in members}
        self.fields["choice"].label = "It says"
        self.fields["member"].choices = [
            ("", "Choose"),
            *((uid, str(each)) for uid, each in self.members.items()),
        ]

    def clean_member(self) -> Any:
        """The user."""
        return self.members[self.cleaned_data["member"]]
