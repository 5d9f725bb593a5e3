"""The form for a social security number. What was typed is never shown again."""

from __future__ import annotations

from django import forms

from practitioners.choices import SaidBy

SAID_BY = (SaidBy.APPLICANT, SaidBy.COORDINATOR, SaidBy.ROSTER)


class SecretInput(forms.TextInput):
    """Typed readably, so that slips are seen, and empty again when the form comes back."""

    def format_value(self, value):
        """Never what was typed."""
        return ""


class SsnForm(forms.Form):
    """The number as it stands on the card, and who says so."""

    number = forms.CharField(
        label="Social security number", max_length=20,
        widget=SecretInput(attrs={"autocomplete": "off", "inputmode": "numeric", "spellcheck": "false"}),
        help_text="Nine digits. Kept encrypted; whoever reveals it says what for, and is logged.",
    )  # fmt: skip
    said_by = forms.ChoiceField(
        label="Who says so",
        choices=[(str(each), each.label) for each in SAID_BY],
        initial=SaidBy.APPLICANT,
    )


class CompareForm(forms.Form):
    """The number as a source gives it."""

    number = forms.CharField(
        label="The number the source gives", max_length=20,
        widget=SecretInput(attrs={"autocomplete": "off", "inputmode": "numeric", "spellcheck": "false"}),
        help_text="Nine digits. It is compared and not kept.",
    )  # fmt: skip
    source = forms.CharField(
        label="Which source", max_length=200, help_text="Like the agency of the background check."
    )


class RevealForm(forms.Form):
    """What the number is needed for."""

    reason = forms.CharField(
        label="What it is needed for", max_length=1000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Stays in the audit trail. Do not write the number here.",
    )  # fmt: skip
