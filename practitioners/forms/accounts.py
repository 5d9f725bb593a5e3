"""The form that links an account to a practitioner."""

from __future__ import annotations

from django import forms

from practitioners.forms.people import NpiField


class LinkForm(forms.Form):
    """Whose account, and whose file: by the two names both have already."""

    username = forms.CharField(label="User name of the account", max_length=150)
    npi = NpiField(label="NPI of the practitioner", help_text="Ten digits; it tells namesakes apart.")
    replace = forms.BooleanField(
        label="Replace the account that is linked to this practitioner now", required=False
    )
