"""The form that starts a run over a whole facility."""

from __future__ import annotations

from django import forms

#: How far ahead a run may look, in days.
AHEAD = ((30, "30 days"), (60, "60 days"), (90, "90 days"), (120, "120 days"))


class DueForm(forms.Form):
    """How far ahead."""

    days = forms.TypedChoiceField(
        label="Licenses that end within", choices=AHEAD, coerce=int, initial=60, widget=forms.RadioSelect
    )
