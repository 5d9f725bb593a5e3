"""Forms of letters: what is written, how it goes out, what became of it, and the words of templates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings

from config.kernel.day_fields import DayField
from credentialing.choices import LetterRecipient, SendingChannel, SendingOutcome
from credentialing.models import VerificationItem
from credentialing.rules.letters import LONGEST_ADDED, LONGEST_BODY, LONGEST_SUBJECT
from credentialing.rules.pages import SCANS
from credentialing.services.letter_sending import LONGEST_REASON, WITH_NUMBER, Handed, Proof
from credentialing.services.letter_templates import LONGEST_NOTE, LONGEST_PURPOSE, OWN_OCCASIONS


class WriteForm(forms.Form):
    """What a letter is about, to whom it goes, and own words."""

    item = forms.ChoiceField(label="About which verification")
    to = forms.CharField(
        label="Name and address",
        max_length=800,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="As on the envelope, a line each.",
    )
    added = forms.CharField(
        label="Own words",
        max_length=LONGEST_ADDED,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="They stand before the last paragraph. An empty line begins a new paragraph.",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, items: Sequence[VerificationItem] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = {str(each.uid): each for each in items}
        if self.items:
            self.fields["item"].choices = [(uid, str(each)) for uid, each in self.items.items()]
        else:
            del self.fields["item"]

    def chosen(self) -> VerificationItem | None:
        """The verification the letter is about: the one sent, else the first one."""
        sent = self.data.get("item", "") if self.is_bound else self.initial.get("item", "")
        return self.items.get(str(sent)) or next(iter(self.items.values()), None)


class PaperForm(forms.Form):
    """How a letter on paper was handed over."""

    channel = forms.ChoiceField(label="How")
    recipient = forms.CharField(
        label="To", max_length=400, widget=forms.Textarea(attrs={"rows": 4}), help_text="Name and address."
    )
    carrier = forms.CharField(
        label="Carrier", max_length=80, required=False, help_text="For certified mail and couriers."
    )
    tracking = forms.CharField(
        label="Tracking number", max_length=60, required=False, help_text="For certified mail and couriers."
    )
    sent_on = DayField(label="Sent on")
    reason = forms.CharField(
        label="Why what was recorded is wrong", max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def __init__(self, *args: Any, channels: Sequence[str], correcting: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].choices = [
            (value, label)
            for value, label in SendingChannel.choices
            if value in channels and value != SendingChannel.EMAIL
        ]
        if not correcting:
            del self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        """Certified mail and couriers are followed by a number."""
        given = super().clean() or {}
        if given.get("channel") in WITH_NUMBER:
            for name, sentence in (
                ("carrier", "Name the carrier."),
                ("tracking", "Enter the number by which the carrier follows it."),
            ):
                if not given.get(name):
                    self.add_error(name, sentence)
        return given

    def handed(self) -> Handed:
        """How it went out, as entered."""
        given = self.cleaned_data
        return Handed(
            channel=given["channel"],
            recipient=given["recipient"],
            carrier=given["carrier"],
            tracking=given["tracking"],
            sent_on=given["sent_on"],
        )


class EmailForm(forms.Form):
    """Where the PDF is mailed to."""

    email = forms.EmailField(label="E-mail", max_length=254)
    reason = forms.CharField(
        label="Why what was recorded is wrong", max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def __init__(self, *args: Any, correcting: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not correcting:
            del self.fields["reason"]

    def handed(self) -> Handed:
        """That it goes by e-mail, now."""
        return Handed(channel=SendingChannel.EMAIL, email=self.cleaned_data["email"])


class ArrivalForm(forms.Form):
    """What became of a letter, with its proof."""

    outcome = forms.ChoiceField(label="What became of it", choices=SendingOutcome.choices)
    happened_on = DayField(label="On")
    told_by = forms.CharField(
        label="Who signed for it, or how it is known",
        max_length=200,
        help_text="Like the name on the receipt.",
    )
    proof = forms.FileField(
        label="Proof", required=False, widget=forms.FileInput({"accept": ",".join(sorted(SCANS))})
    )
    reason = forms.CharField(
        label="Why what was recorded before is wrong", max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def __init__(
        self, *args: Any, today: dt.date, needed: bool, correcting: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        limit = settings.STANDING_UPLOAD_LIMIT // (1024 * 1024)
        when = " Needed when it was delivered: a time limit runs from that day." if needed else ""
        self.fields["proof"].help_text = f"The return receipt or carrier's record, up to {limit} MB.{when}"
        self.fields["happened_on"].initial = today
        if not correcting:
            del self.fields["reason"]

    def proof_given(self) -> Proof | None:
        """The file that was attached, if one was."""
        upload = self.cleaned_data["proof"]
        if upload is None:
            return None
        return Proof(upload.name, upload.read(settings.STANDING_UPLOAD_LIMIT + 1))


class TemplateForm(forms.Form):
    """The words of the next version of a template."""

    subject = forms.CharField(label="Subject", max_length=LONGEST_SUBJECT)
    body = forms.CharField(
        label="Text",
        max_length=LONGEST_BODY + 500,
        widget=forms.Textarea(attrs={"rows": 22}),
        help_text="An empty line divides paragraphs. Fields stand in braces; a list takes its own paragraph.",
    )
    note = forms.CharField(
        label="What is different", max_length=LONGEST_NOTE, help_text="A sentence for the list of versions."
    )
    newest = forms.IntegerField(widget=forms.HiddenInput)


class OwnTemplateForm(forms.Form):
    """A template of the office's own: what it is for, when it may be used, and its words."""

    name = forms.CharField(label="Name", max_length=120)
    purpose = forms.CharField(
        label="What it is for",
        max_length=LONGEST_PURPOSE,
        help_text="A sentence for whoever chooses a letter.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    occasion = forms.ChoiceField(
        label="It may be used when", choices=[(str(each), each.label) for each in OWN_OCCASIONS]
    )
    recipient = forms.ChoiceField(label="To", choices=LetterRecipient.choices)
    subject = forms.CharField(label="Subject", max_length=LONGEST_SUBJECT)
    body = forms.CharField(
        label="Text",
        max_length=LONGEST_BODY + 500,
        widget=forms.Textarea(attrs={"rows": 18}),
        help_text="An empty line divides paragraphs. Fields stand in braces; a list takes its own paragraph.",
    )


class MeetingLettersForm(forms.Form):
    """Which letters of a meeting to issue and send; all that wait, until somebody takes one out."""

    chosen = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choose at least one letter.",
            "invalid_choice": "One of the letters was issued or sent meanwhile. Look again at what is left.",
        },
    )

    def __init__(self, *args: Any, letters: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chosen"].choices = [(each.key, f"{each.practitioner}, {each.name}") for each in letters]
        self.fields["chosen"].initial = [each.key for each in letters]
