"""Forms of requests to leaders and of the office's tasks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from bylaws.choices import AnsweredHow, Repeats
from bylaws.services.requests import LONGEST_ABOUT, LONGEST_TITLE, LONGEST_WORDS
from config.accounts.models import User
from config.kernel.day_fields import DayField


def _words(label: str, rows: int = 4) -> forms.CharField:
    return forms.CharField(label=label, max_length=LONGEST_WORDS, widget=forms.Textarea(attrs={"rows": rows}))


class AskForm(forms.Form):
    """A question to a leader."""

    asked_of = forms.ModelChoiceField(
        User.objects.none(), label="Whom to ask", to_field_name="uid", empty_label="Choose"
    )
    title = forms.CharField(label="About", max_length=LONGEST_TITLE)
    question = _words("Question")
    due = DayField(label="Answer by")
    npi = forms.CharField(
        label="About whom", max_length=10, required=False, help_text="NPI; empty: about nobody in particular."
    )
    peer_review = forms.BooleanField(
        label="It is about the quality of their work (peer review)",
        required=False,
        help_text="Only who may see peer review is asked and reads it; it goes into no file.",
    )

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["asked_of"].queryset = people


class OwnAnswerForm(forms.Form):
    """A leader's answer."""

    answer = _words("Your answer")


class HeardAnswerForm(forms.Form):
    """An answer as the office heard it."""

    how = forms.ChoiceField(
        label="Answered",
        choices=[(each.value, each.label) for each in (AnsweredHow.PHONE, AnsweredHow.PERSON)],
    )
    day = DayField(label="On")
    answer = _words("Answer")


class GiveForm(forms.Form):
    """Who does a task, and until when."""

    owner = forms.ModelChoiceField(
        User.objects.none(), label="Who does it", to_field_name="uid", empty_label="Choose"
    )
    due = DayField(label="Due")

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people


class TaskForm(GiveForm):
    """Something the office is to do."""

    title = forms.CharField(label="What is to be done", max_length=LONGEST_TITLE)
    about = forms.CharField(label="About whom or what", max_length=LONGEST_ABOUT, required=False)
    repeats = forms.ChoiceField(label="Comes again", choices=Repeats.choices, initial=Repeats.NEVER)
    field_order = ("title", "about", "owner", "due", "repeats")


class DoneForm(forms.Form):
    """What was done."""

    note = _words("What was done", 3)
