"""Forms of affiliation letters: the page for other organizations, and what the office does with a request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from credentialing.choices import AffiliationChannel, AffiliationPurpose
from credentialing.rules.pages import SCANS
from credentialing.services.affiliation_intake import (
    LARGEST_RELEASE,
    LONGEST_NOTE,
    About,
    Asker,
    Release,
)
from credentialing.services.affiliations import LONGEST_REASON, LONGEST_TEXT
from practitioners.models import Practitioner

_BY_HAND = [choice for choice in AffiliationChannel.choices if choice[0] != AffiliationChannel.WEB]


class AskForm(forms.Form):
    """Who asks, about whom, what for, and the signed release."""

    about_last_name = forms.CharField(label="Last name", max_length=100)
    about_first_name = forms.CharField(label="First name", max_length=100)
    about_npi = forms.CharField(
        label="NPI", max_length=20, required=False, help_text="Ten digits. With it the answer comes sooner."
    )
    about_birth_year = forms.IntegerField(
        label="Year of birth", required=False, help_text="Where you do not know the NPI."
    )
    purpose = forms.ChoiceField(
        label="What you need the answer for", choices=[("", "Choose"), *AffiliationPurpose.choices]
    )
    release = forms.FileField(
        label="Signed release",
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput({"accept": ",".join(sorted(SCANS))}),
    )
    note = forms.CharField(
        label="Anything else",
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    asker_name = forms.CharField(label="Your name", max_length=120)
    asker_title = forms.CharField(label="Your title", max_length=120, required=False)
    asker_organization = forms.CharField(label="Your organization", max_length=200)
    asker_email = forms.EmailField(
        label="Your e-mail", max_length=254, help_text="The answer goes to this address and nowhere else."
    )
    asker_phone = forms.CharField(label="Your telephone", max_length=40, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit = LARGEST_RELEASE // (1024 * 1024)
        self.fields["release"].max_bytes = LARGEST_RELEASE
        hint = f"What the practitioner signed, as PDF or picture, up to {limit} MB."
        self.fields["release"].help_text = f"{hint} Without it a person has to ask for it."

    def asker(self) -> Asker:
        """Who was entered as asking."""
        return Asker(
            **{
                name: self.cleaned_data[f"asker_{name}"]
                for name in ("name", "organization", "email", "title", "phone")
            }
        )

    def about(self) -> About:
        """Whom was entered as asked about."""
        given = self.cleaned_data
        return About(
            given["about_last_name"], given["about_first_name"], given["about_npi"], given["about_birth_year"]
        )

    def signed_release(self) -> Release:
        """The file that was attached, if one was."""
        upload = self.cleaned_data["release"]
        seen = bool(self.cleaned_data.get("release_seen"))
        if upload is None:
            return Release(seen=seen)
        # One byte more than the limit tells the service that it is too large; the rest stays where it is.
        return Release(upload.name, upload.read(LARGEST_RELEASE + 1), seen)


class RecordForm(AskForm):
    """The same, written down by the office."""

    channel = forms.ChoiceField(label="How the request came", choices=_BY_HAND)
    release_seen = forms.BooleanField(
        label="We have the signed release on paper", required=False, help_text="Instead of a file."
    )

    field_order = ["channel"]

    def __init__(self, *args: Any, person: Practitioner | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {"asker_name": "Name", "asker_title": "Title", "asker_organization": "Organization",
                  "asker_email": "E-mail", "asker_phone": "Telephone", "purpose": "What it is needed for",
                  "note": "Note"}  # fmt: skip
        for name, label in labels.items():
            self.fields[name].label = label
        self.fields["asker_email"].help_text = "The reply goes to this address."
        self.fields["about_npi"].help_text = "Ten digits."
        self.fields["release"].help_text = self.fields["release"].help_text.partition(" Without")[0]
        self.fields["purpose"].choices = AffiliationPurpose.choices
        if person is not None:  # whom it is about is known: nobody types it again
            for name in ("about_last_name", "about_first_name", "about_npi", "about_birth_year"):
                del self.fields[name]


class StandardForm(forms.Form):
    """The standard reply; a reason where something is open."""

    reason = forms.CharField(
        label="Why it goes after all",
        max_length=LONGEST_REASON,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept with the request; the letter does not say it.",
    )

    def __init__(self, *args: Any, open_points: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not open_points:
            del self.fields["reason"]


class OwnLetterForm(forms.Form):
    """A letter in the office's own words."""

    text = forms.CharField(
        label="What the letter says",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="An empty line begins a new paragraph. Head, address and signature are added.",
    )


class DeclineForm(forms.Form):
    """Why there is no letter."""

    text = forms.CharField(
        label="What they are told",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Goes out as it stands here. Do not say whether the person is known to you.",
    )


class CloseForm(forms.Form):
    """Why nobody is answered."""

    reason = forms.CharField(label="Why", max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2}))


class AddressForm(forms.Form):
    """Where the reply goes this time."""

    asker_email = forms.EmailField(label="E-mail", max_length=254)


class IdentifyForm(forms.Form):
    """Who it is: one of those who may be meant, or another by NPI."""

    person = forms.ChoiceField(label="Who it is", required=False, widget=forms.RadioSelect)
    npi = forms.CharField(label="Somebody else, by NPI", max_length=20, required=False)

    def __init__(self, *args: Any, people: Sequence[Practitioner], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if people:
            self.fields["person"].choices = [
                (str(each.uid), f"{each.display_name}{f', NPI {each.npi}' if each.npi else ''}")
                for each in people
            ]
        else:
            del self.fields["person"]
            self.fields["npi"].label = "NPI"
