"""Issuing a certificate asks for nothing but the press of the button."""

from django import forms


class CertifyForm(forms.Form):
    """Nothing to fill in."""
