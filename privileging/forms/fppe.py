"""How a focused evaluation ends, and where it goes from there."""

from __future__ import annotations

from django import forms


class ConclusionForm(forms.Form):
    """How a focused evaluation ended."""

    satisfactory = forms.TypedChoiceField(
        label="What it found",
        choices=[("yes", "Satisfactory"), ("no", "Not satisfactory")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    conclusion = forms.CharField(
        label="Conclusion",
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=8000,
        help_text="Peer review: only people with that class of data read it.",
    )


class TakeUpForm(forms.Form):
    """Where an evaluation that was not satisfactory goes from here."""

    reason = forms.CharField(
        label="Where it goes from here",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        help_text="The body and the day, or whom you told. It goes into the audit trail, so say nothing of "
        "what was found.",
    )
