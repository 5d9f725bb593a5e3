"""Forms of handing work over and taking it back."""

from __future__ import annotations

from django import forms

from config.accounts.models import User
from credentialing.forms.applications import coordinators_of


class HandOverForm(forms.Form):
    """Who takes over, and why."""

    taker = forms.ModelChoiceField(label="Who takes over", queryset=User.objects.none(), to_field_name="uid")
    reason = forms.CharField(
        label="Why",
        max_length=1000,
        help_text="A vacation, somebody who leaves; it stands in the audit trail.",
    )

    def __init__(self, *args, facility_id: int, giver: User | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        people = coordinators_of([facility_id])
        self.fields["taker"].queryset = people.exclude(pk=giver.pk) if giver is not None else people


class TakeBackForm(forms.Form):
    """Why work goes back to whoever had it."""

    reason = forms.CharField(label="Why", max_length=1000, help_text="It stands in the audit trail.")
