"""Forms of evaluations that distant sites send."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from config.kernel.day_fields import DayField, DayInput
from config.kernel.display.dates import day_text
from credentialing.models import Application
from credentialing.services.telemedicine import Paper
from privileging.services.distant_evaluations import LONGEST_SUMMARY


class DistantEvaluationForm(forms.Form):
    """What the distant site found, and the paper it sent. Which file it belongs to is asked where the person
    was granted privileges by proxy more than once.
    """

    application = forms.ChoiceField(label="Under")
    dated = DayField(label="Dated", widget=DayInput(), help_text="The day the distant site's paper bears.")
    summary = forms.CharField(
        label="What the distant site found",
        max_length=LONGEST_SUMMARY,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Peer review. Do not name a patient.",
    )
    paper = forms.FileField(
        label="The paper",
        required=False,
        allow_empty_file=True,
        help_text="As the distant site sent it. Empty: it is filed elsewhere.",
    )

    def __init__(self, *args, granted: Sequence[Application], **kwargs):
        super().__init__(*args, **kwargs)
        self.granted = {str(each.uid): each for each in granted}
        self.fields["application"].choices = [(uid, _in_words(each)) for uid, each in self.granted.items()]
        if len(granted) == 1:
            del self.fields["application"]

    @property
    def said(self) -> dict[str, Any]:
        """What the service takes; of a valid form."""
        given = self.cleaned_data
        uid, paper = given.get("application") or next(iter(self.granted)), given.get("paper")
        return {
            "application": self.granted[uid],
            "dated": given["dated"],
            "summary": given["summary"],
            "paper": Paper(paper.name, paper.read()) if paper else None,
        }


def _in_words(application: Application) -> str:
    decided = f", granted {day_text(application.decided_on)}" if application.decided_on else ""
    return f"{application.agreement}{decided}"
