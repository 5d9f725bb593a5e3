"""The form that verifies a credential outside any application."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django import forms
from django.conf import settings

from config.kernel.day_fields import DayField
from credentialing.forms.verification import METHODS, need_evidence, offer_filed
from practitioners.choices import CredentialStatus, Method, SourceKind
from practitioners.models import CredentialType, Document


class RenewalForm(forms.Form):
    """What the issuer says of the credential now, with what proves it."""

    source = forms.CharField(
        label="Who said it", max_length=200, help_text="The board, the agency, the carrier."
    )
    source_kind = forms.ChoiceField(label="Which kind of source", choices=SourceKind.choices)
    method = forms.ChoiceField(label="How the answer came", choices=METHODS)
    verified_on = DayField(label="Verified on")
    source_date = DayField(
        label="Date of the source's data",
        required=False,
        help_text="When the source itself says its data was last updated.",
    )
    status = forms.ChoiceField(label="Status at the source")
    valid_from = DayField(label="In force from")
    valid_through = DayField(label="Last valid day", required=False)
    result = forms.CharField(
        label="What the source said",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed for an answer by telephone or in person: who said it, and what.",
    )
    tried = forms.CharField(
        label="Tried before",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Earlier tries without an answer: when, how, whom. They stay with the evidence.",
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
    compared = forms.BooleanField(
        label="I compared the answer with what is on file, name and number included",
        error_messages={"required": "Compare the answer with the file, then say so here."},
    )

    def __init__(
        self,
        *args,
        kind: CredentialType,
        accepted: Sequence[str],
        today: dt.date,
        filed: Sequence[Document] = (),
        answered: bool = False,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        offer_filed(self, filed)
        if answered:  # the answer a machine got is the evidence, and goes before a document attached
            self.fields["method"].choices = [(Method.API, Method.API.label), *METHODS]
        self.fields["source_kind"].choices = [
            (value, label) for value, label in SourceKind.choices if not accepted or value in accepted
        ]
        self.fields["document"].max_bytes = settings.STANDING_UPLOAD_LIMIT
        for name in ("result", "document", "valid_through"):
            self.fields[name].needed_sometimes = True
        self.fields["verified_on"].initial = today
        statuses = kind.fields.get("x-statuses", ())
        if statuses:
            self.fields["status"].choices = [(code, CredentialStatus(code).label) for code in statuses]
        else:
            del self.fields["status"]
        self.fields["valid_from"].help_text = (
            "The first day of the renewal or of the new status. Where there was no gap it is the day after "
            "the last confirmed one."
        )
        self.fields["valid_through"].label = kind.fields.get("x-dates", {}).get("end", "Last valid day")
        self.fields[
            "valid_through"
        ].help_text = "The last day still counts. Needed unless the source says that it ended or is not held."

    def clean(self):
        """What is told by telephone is its own evidence; everything else has a document."""
        given = super().clean()
        if given.get("method") != Method.API:
            need_evidence(self, given)
        return given
