"""The emergency operations plan: activated, under control, no longer activated."""

from __future__ import annotations

from django import forms

from config.kernel.day_fields import MomentField


class StartForm(forms.Form):
    """Which emergency it is, and since when the plan is activated."""

    emergency = forms.CharField(
        label="Emergency", max_length=200, help_text="As people speak of it: the flood of 24 November."
    )
    started_at = MomentField(label="Plan activated at", help_text="Day and time.")


class ControlForm(forms.Form):
    """Since when the emergency is under control."""

    at = MomentField(
        label="Under control since",
        help_text="From then on the license of every volunteer is verified at once.",
    )


class EndForm(forms.Form):
    """Why the activation ends."""

    reason = forms.CharField(
        label="Why, and who ended it",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The privileges of every volunteer end with it, at once.",
    )
