"""Forms about numbers somebody gave a person."""

from __future__ import annotations

from typing import Any

from django import forms

from practitioners.choices import IdentifierKind
from practitioners.forms.people import STATE_CHOICES, day_field


class IdentifierForm(forms.Form):
    """A number, who gave it, and the days it is or was used."""

    kind = forms.ChoiceField(label="Kind of number", choices=[("", ""), *IdentifierKind.choices])
    value = forms.CharField(label="Number", max_length=60)
    issuer = forms.CharField(label="Given by", max_length=120, required=False)
    state = forms.ChoiceField(label="State", choices=STATE_CHOICES, required=False)
    used_from = day_field("Used from")
    used_until = day_field("Used until", help_text="Its last day; empty while it is in use.")
    reason = forms.CharField(label="Why it is corrected", max_length=500, help_text="Stays in the file.")
    accept_warnings = forms.BooleanField(
        label="I have looked at it: record it as it is", required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args, correcting: str = "", **kwargs):
        """``correcting`` is the kind of the number that is corrected; empty for one that is added."""
        super().__init__(*args, **kwargs)
        self.correcting = correcting
        del self.fields["kind" if correcting else "reason"]

    @property
    def kind_of_number(self) -> str:
        """The kind that was chosen, or that the number has."""
        return self.correcting or self.cleaned_data["kind"]

    def ask_about_warnings(self) -> None:
        """Show the box to tick once there is something to look at."""
        self.fields["accept_warnings"].widget = forms.CheckboxInput()

    @property
    def values(self) -> dict[str, Any]:
        """Arguments of the service."""
        return {name: value for name, value in self.cleaned_data.items() if name != "accept_warnings"}
