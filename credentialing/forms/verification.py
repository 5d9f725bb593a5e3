"""Forms of one verification item."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django import forms
from django.conf import settings

from config.kernel import clock
from config.kernel.day_fields import DayField
from credentialing.choices import AttemptOutcome, Element
from credentialing.elements import CREDENTIAL_TYPES
from credentialing.forms.applications import DayInput
from credentialing.models import VerificationItem
from credentialing.rules.answers import ORAL
from practitioners.choices import CredentialStatus, Method, SourceKind
from practitioners.models import CredentialType, Document

PEER_REFERENCE = CREDENTIAL_TYPES[Element.PEER_REFERENCE]
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


def fit_to_kind(form: forms.Form, kind: CredentialType | None) -> None:
    """Ask only what a source of this kind of credential can say: the statuses its issuers give, and days
    under the names they have there. A person who gives a reference has neither.
    """
    schema = kind.fields if kind else {}
    statuses = schema.get("x-statuses", ())
    if statuses:
        form.fields["status"].choices = [
            ("", "As claimed"),
            *((code, CredentialStatus(code).label) for code in statuses),
        ]
    else:
        del form.fields["status"]
    if kind is None or kind.code == PEER_REFERENCE:
        del form.fields["valid_from"], form.fields["valid_through"]
        return
    named = schema.get("x-dates", {})
    form.fields["valid_from"].label = named.get("start", "From")
    form.fields["valid_through"].label = named.get("end", "Until")
    if not kind.expires:
        form.fields["valid_through"].help_text = "Where it differs from what was stated, or confirms it."


def need_evidence(form: forms.Form, given: dict) -> None:
    """A note for what was told, a document for everything else; said at the field that lacks it."""
    if "method" not in given:
        return
    if given["method"] in ORAL:
        if not given.get("document") and not given.get("filed") and not given.get("result"):
            form.add_error("result", "Write down who said what, and when: it is the evidence.")
    elif not given.get("document") and not given.get("filed") and "document" not in form.errors:
        form.add_error(
            "document",
            "Attach what the source said: the print of the web page, the letter, the certificate.",
        )


def offer_filed(form: forms.Form, documents: Sequence[Document]) -> None:
    """Let the answer rest on a document that came from the tray, the newest chosen; none, no question."""
    if not documents:
        del form.fields["filed"]
        return
    form.fields["filed"].choices = [
        *((str(each.uid), f"{each} ({each.uploaded_at:%d %b %Y})") for each in documents),
        ("", "Another one, attached below"),
    ]
    form.fields["filed"].initial = str(documents[0].uid)
    form.fields["filed"].needed_sometimes = True


def filed_document(chosen: str, documents: Sequence[Document]) -> Document | None:
    """The document chosen in ``filed``."""
    return next((each for each in documents if str(each.uid) == chosen), None)


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
        help_text="Needed for an answer by telephone or in person: who said it, and what. It is the "
        "evidence then.",
    )
    filed = forms.ChoiceField(
        label="Filed from incoming paper",
        required=False,
        help_text="A document attached below goes before it.",
    )
    document = forms.FileField(
        label="Document",
        required=False,
        help_text="The print of the page, the letter, the certificate. Needed unless the answer was oral.",
    )

    def __init__(self, *args, item: VerificationItem, filed: Sequence[Document] = (), **kwargs):
        super().__init__(*args, **kwargs)
        offer_filed(self, filed)
        today = clock.today(item.application.facility)
        accepted = item.accepted_sources or SourceKind.values
        self.fields["source_kind"].choices = [
            (value, label) for value, label in SourceKind.choices if value in accepted
        ]
        self.fields["document"].max_bytes = settings.STANDING_UPLOAD_LIMIT
        for name in ("result", "document"):
            self.fields[name].needed_sometimes = True
        self.fields["verified_on"].initial = today
        fit_to_kind(self, item.credential.credential_type if item.credential_id else None)
        if item.element == Element.ATTESTATION:
            self.fields["source"].initial = str(item.application.practitioner)
            self.fields["source"].help_text = "The applicant, who signed."

    def clean(self):
        """What is told by telephone is its own evidence; everything else has a document."""
        given = super().clean()
        need_evidence(self, given)
        return given

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


class CorrectionForm(forms.Form):
    """What the practitioner will read of a discrepancy, by when they answer, and how they are asked."""

    text = forms.CharField(
        label="What the practitioner will read", disabled=True, widget=forms.Textarea(attrs={"rows": 5})
    )
    how = forms.ChoiceField(label="How they are asked", choices=[])
    due_on = DayField(label="Answer by", widget=DayInput(), help_text="The last day still counts.")

    def __init__(self, *args, text: str, by_link: bool, due_on: dt.date, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["text"].initial, self.fields["due_on"].initial = text, due_on
        link = [("link", "By the applicant's link, with an e-mail")] if by_link else []
        self.fields["how"].choices = [*link, ("letter", "By a letter, which waits to be sent")]


class ResolveForm(NoteForm):
    """How a discrepancy was settled."""

    adverse = forms.BooleanField(
        label="What is true is adverse", required=False, help_text="Raises a red flag for the reviewers."
    )
