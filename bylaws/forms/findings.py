"""Forms of findings: the answer to a notice, a waiver, what follows."""

from __future__ import annotations

from typing import Any

from django import forms

from bylaws.selectors.requests import leaders, office_people
from bylaws.services.requests import LONGEST_TITLE
from config.accounts.models import User
from config.kernel.day_fields import DayField
from config.organization.models import Facility
from config.rulebook.choices import ExceptionKind


def _words(label: str, help_text: str = "", *, longest: int = 2000) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, max_length=longest, widget=forms.Textarea(attrs={"rows": 2})
    )


class AnswerForm(forms.Form):
    """What the practitioner answered."""

    said = _words("What was answered", "It stays with the finding, and cures nothing by itself.")


class NoteForm(forms.Form):
    """A note."""

    said = _words("Note", "It stays with the finding.")


class AskAboutForm(forms.Form):
    """A question to a leader about the finding."""

    asked_of = forms.ModelChoiceField(
        User.objects.none(), label="Whom to ask", to_field_name="uid", empty_label="Choose"
    )
    question = _words("Question")
    due = DayField(label="Answer by")

    def __init__(self, *args: Any, facility: Facility, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["asked_of"].queryset = leaders(facility)


class TaskAboutForm(forms.Form):
    """Something the office does about the finding."""

    title = forms.CharField(label="What is to be done", max_length=LONGEST_TITLE)
    owner = forms.ModelChoiceField(
        User.objects.none(), label="Who does it", to_field_name="uid", empty_label="Choose"
    )
    due = DayField(label="By")

    def __init__(self, *args: Any, facility: Facility, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = office_people(facility)


class WaiverForm(forms.Form):
    """A waiver or an exemption: why, and until when."""

    kind = forms.ChoiceField(
        label="What it is",
        choices=[
            (ExceptionKind.WAIVER.value, "A waiver: the rule is set aside for a time"),
            (ExceptionKind.EXEMPTION.value, "An exemption: the rule is not meant for this person"),
        ],
    )
    last_day = DayField(label="Through", help_text="The last day it holds; no exception is for ever.")
    justification = _words("Why it is justified", "Shown wherever the finding is.")


class ReasonForm(forms.Form):
    """Why."""

    reason = _words("Why", "In a sentence. It stays with the finding.")
