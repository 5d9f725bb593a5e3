"""Forms of findings: the answer to a notice, a waiver, what follows."""

from __future__ import annotations

from django import forms

from config.kernel.day_fields import DayField
from config.rulebook.choices import ExceptionKind


def _words(label: str, help_text: str = "", *, longest: int = 2000) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, max_length=longest, widget=forms.Textarea(attrs={"rows": 2})
    )


class AnswerForm(forms.Form):
    """What the practitioner answered."""

    said = _words("What was answered", "It stays with the finding, and cures nothing by itself.")


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
