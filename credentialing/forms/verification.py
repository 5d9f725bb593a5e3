"""Forms of one verification item."""

from __future__ import annotations

from django import forms
from django.conf import settings

from config.kernel import clock
from config.kernel.day_fields import DayField
from credentialing.choices import AttemptOutcome
from credentialing.forms.applications import DayInput
from credentialing.models import VerificationItem
from practitioners.choices import CredentialStatus, Method, SourceKind

#: What a person may record by hand; an electronic interface answers by itself.
METHODS = [choice for choice in Method.choices if choice[0] not in (Method.API, Method.MINUTES)]
OUTCOMES = [
    (value, label)
    for value, label in AttemptOutcome.choices
    if value in (AttemptOutcome.SENT, AttemptOutcome.NO_ANSWER, AttemptOutcome.COULD_NOT_CHECK)
]


class AttemptForm(forms.Form):
    """One try that brought no answer yet."""

    method = forms.ChoiceField(label="How", choices=METHODS)
    outcome = forms.ChoiceField(label="What came of it", choices=OUTCOMES)
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Whom you asked, and when they want to answer.",
    )


class AnswerForm(forms.Form):
    """What the source said, with what proves it."""

    source = forms.CharField(
        label="Who said it", max_length=200, help_text="The board, the school, the carrier, the peer."
    )
    source_kind = forms.ChoiceField(label="Which kind of source", choices=SourceKind.choices)
    method = forms.ChoiceField(label="How the answer came", choices=METHODS)
    verified_on = DayField(label="Verified on", widget=DayInput())
    source_date = DayField(
        label="Date of the source's data",
        required=False,
        widget=DayInput(),
        help_text="When the source itself says its data was last updated.",
    )
    status = forms.ChoiceField(label="Status at the source", required=False, choices=[])
    valid_from = DayField(label="Valid from", required=False, widget=DayInput())
    valid_through = DayField(
        label="Last valid day", required=False, widget=DayInput(), help_text="The last day still counts."
    )
    result = forms.CharField(
        label="What the source said",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For a telephone answer: who said it, and what. It is the evidence then.",
    )
    document = forms.FileField(
        label="Document",
        required=False,
        help_text="The print of the page, the letter, the certificate.",
    )

    def __init__(self, *args, item: VerificationItem, **kwargs):
        super().__init__(*args, **kwargs)
        today = clock.today(item.application.facility)
        accepted = item.accepted_sources or SourceKind.values
        self.fields["source_kind"].choices = [
            (value, label) for value, label in SourceKind.choices if value in accepted
        ]
        self.fields["document"].max_bytes = settings.STANDING_UPLOAD_LIMIT
        self.fields["verified_on"].initial = today
        if item.credential_id is None:
            for name in ("status", "valid_from", "valid_through"):
                del self.fields[name]
        else:
            self.fields["status"].choices = [("", "As claimed"), *CredentialStatus.choices]

    def findings(self) -> dict:
        """What the source said, field by field."""
        given = {name: self.cleaned_data.get(name) for name in ("status", "valid_from", "valid_through")}
        return {
            name: value.isoformat() if hasattr(value, "isoformat") else value
            for name, value in given.items()
            if value
        }


class ReviewForm(forms.Form):
    """The answer is so: as hoped, or adverse."""

    adverse = forms.BooleanField(
        label="It is true, and adverse",
        required=False,
        help_text="Satisfies the item and raises a red flag for the reviewers.",
    )
    note = forms.CharField(
        label="Note", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )


class NoteForm(forms.Form):
    """A sentence that is needed."""

    note = forms.CharField(label="Note", max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, label: str = "Note", hint: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["note"].label, self.fields["note"].help_text = label, hint


class ResolveForm(NoteForm):
    """How a discrepancy was settled."""

    adverse = forms.BooleanField(
        label="What is true is adverse", required=False, help_text="Raises a red flag for the reviewers."
    )
