"""The forms of the custody export."""

from __future__ import annotations

from django import forms

from config.custody.choices import Purpose
from config.custody.package.age import check_public_key
from config.kernel.errors import Refused


class AskForm(forms.Form):
    """What for, why, and to whose key."""

    purpose = forms.ChoiceField(label="What for", choices=Purpose.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Why",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For the second person and for the audit trail: who asked for it, under which order or "
        "contract.",
    )
    receiver = forms.CharField(
        label="Who will hold the key",
        max_length=200,
        help_text="The person who made it, and how to reach them.",
    )
    public_key = forms.CharField(
        label="Their public key",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="62 characters that begin with age1. Where the package will be loaded, “manage.py "
        "make_custody_key FILE” makes a pair and shows this half.",
    )

    def clean_public_key(self) -> str:
        """A key that can be encrypted to. What might be a secret is never shown again."""
        try:
            return check_public_key(self.cleaned_data["public_key"])
        except Refused as refused:
            if not str(self.data.get("public_key", "")).strip().startswith("age1"):
                self.data = self.data.copy()
                self.data["public_key"] = ""
            raise forms.ValidationError(refused.sentence) from None


class ApproveForm(forms.Form):
    """The second person's word that the key is the receiver's."""

    compared = forms.BooleanField(
        label="I compared the fingerprint with the receiver, by telephone or in person.",
        error_messages={"required": "Compare the fingerprint with the receiver first."},
    )
    fingerprint = forms.CharField(widget=forms.HiddenInput, max_length=60)


class ReasonForm(forms.Form):
    """Why an export is refused or withdrawn."""

    reason = forms.CharField(
        label="Why", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}), help_text="Stays on record."
    )
