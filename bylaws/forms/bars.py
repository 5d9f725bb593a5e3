"""Forms of suspensions, leaves and restrictions."""

from __future__ import annotations

from typing import Any

from django import forms

from bylaws.choices import BarKind, BarScope
from config.kernel.day_fields import DayField


class OpenBarForm(forms.Form):
    """What keeps authority from being used, from when, and why."""

    kind = forms.ChoiceField(widget=forms.RadioSelect, choices=BarKind.choices, label="What is it")
    cause = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=4000)
    start = DayField(label="From")
    last_day = DayField(label="Through", required=False, help_text="Empty: until it is lifted.")
    scope = forms.ChoiceField(
        widget=forms.RadioSelect, choices=BarScope.choices, initial=BarScope.ALL_PRIVILEGES, label="Reaches"
    )
    privilege_codes = forms.MultipleChoiceField(
        label="The privileges it reaches",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "%(value)s is not among the privileges held here."},
    )
    condition = forms.CharField(
        label="What it still allows, and under which condition",
        required=False,
        max_length=500,
        help_text="Only of a restriction. Empty: it forbids. The ward reads it in the answer: leave out the "
        "cause.",
    )
    citation = forms.CharField(
        label="Under which article", required=False, max_length=300, help_text="Bylaws, policy or law."
    )

    def __init__(self, *args: Any, held: dict[str, str], **kwargs: Any) -> None:
        """``held`` are the privileges the person holds here, name by code."""
        super().__init__(*args, **kwargs)
        codes = self.fields["privilege_codes"]
        codes.choices = [(code, f"{name} ({code})") for code, name in held.items()]
        codes.help_text = (
            "Only where it reaches listed privileges."
            if held
            else "No privilege is held here that it could reach."
        )

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        start, last = values.get("start"), values.get("last_day")
        if start and last and last < start:
            self.add_error("last_day", "The last day lies before the first.")
        return values


class LiftForm(forms.Form):
    """When and why a bar ends."""

    day = DayField(label="First day without it")
    reason = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))
    authority = forms.CharField(
        label="Minutes or decision",
        required=False,
        max_length=300,
        help_text="Of an automatic suspension after its cure time: which body lifts it.",
    )


class VoidForm(forms.Form):
    """Why the bar never should have stood."""

    reason = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))
