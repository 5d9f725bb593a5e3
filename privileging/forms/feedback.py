"""Forms of feedback to distant sites."""

from __future__ import annotations

from typing import Any

from django import forms

from config.kernel.day_fields import DayField, DayInput
from credentialing.models import Application
from privileging.choices import FeedbackKind, FeedbackWay
from privileging.services.feedback import LONGEST_ADDRESS, LONGEST_TEXT, Sent


class SentForm(forms.Form):
    """When the distant site was told, whom, and on which way."""

    sent_on = DayField(label="Sent on", widget=DayInput())
    sent_to = forms.CharField(
        label="Sent to", max_length=LONGEST_ADDRESS, help_text="Who was told at the distant site."
    )
    sent_by_way = forms.ChoiceField(label="How", choices=FeedbackWay.choices)

    @property
    def sent(self) -> Sent | None:
        """What the service takes; of a valid form. None where no day is given."""
        given = self.cleaned_data
        if not given.get("sent_on"):
            return None
        return Sent(given["sent_on"], given.get("sent_to") or "", given.get("sent_by_way") or "")


class FeedbackForm(SentForm):
    """What the distant site is told of somebody granted by proxy, and that it was, where it was."""

    application = forms.ModelChoiceField(label="Of whom", queryset=Application.objects.none())
    kind = forms.ChoiceField(label="What", choices=FeedbackKind.choices, widget=forms.RadioSelect)
    happened_on = DayField(label="On", widget=DayInput(), help_text="Of a review: the day it was concluded.")
    what = forms.CharField(
        label="What happened, or what was found",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Peer review. Do not name the patient.",
    )
    field_order = ("application", "kind", "happened_on", "what", "sent_on", "sent_to", "sent_by_way")

    def __init__(self, *args, files, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["application"].queryset = files
        self.fields["application"].label_from_instance = in_words
        for name in ("sent_on", "sent_to", "sent_by_way"):
            self.fields[name].required = False
        self.fields["sent_on"].help_text = "Empty: not sent yet. It stands on Today until it is."
        self.fields["sent_by_way"].choices = [("", "Not sent yet"), *FeedbackWay.choices]

    def clean(self) -> dict[str, Any]:
        """Whom and how are said with the day, and only with it."""
        given = super().clean() or self.cleaned_data
        told = [name for name in ("sent_to", "sent_by_way") if given.get(name)]
        if told and not given.get("sent_on") and "sent_on" not in self.errors:
            self.add_error("sent_on", "Enter the day it was sent.")
        return given


def in_words(application: Application) -> str:
    """Of whom, and by which site."""
    return f"{application.practitioner}, {application.distant_site}"
