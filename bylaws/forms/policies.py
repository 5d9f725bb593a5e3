"""Forms of policies: writing them, and what a body approved."""

from __future__ import annotations

from django import forms

from bylaws.choices import Body, PolicyKind
from config.kernel.day_fields import DayField

HINT = (
    'A section begins with "## " and its heading, a point of a list with "- ". Name a number instead of '
    "repeating it: {credentialing.gap_days} is shown as the value that binds, {BL-NPDB-1} as the rule."
)
START = """\
## Purpose

## Scope

## Procedure
- Every gap of more than {credentialing.gap_days} is explained.

## Responsibility
"""


class DayInput(forms.DateInput):
    """A date as browsers pick it."""

    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class PolicyForm(forms.Form):
    """A new policy or procedure."""

    number = forms.CharField(label="Number", max_length=20, help_text="As the house numbers them: CR-01.")
    title = forms.CharField(label="Title", max_length=200)
    kind = forms.ChoiceField(
        label="What it is", choices=PolicyKind.choices, initial=PolicyKind.POLICY, widget=forms.RadioSelect
    )
    body = forms.CharField(
        label="Words", widget=forms.Textarea(attrs={"rows": 20}), initial=START, help_text=HINT
    )


class VersionForm(forms.Form):
    """The next version of a policy."""

    newest = forms.IntegerField(widget=forms.HiddenInput)
    body = forms.CharField(label="Words", widget=forms.Textarea(attrs={"rows": 24}), help_text=HINT)
    note = forms.CharField(label="What is different", max_length=300, help_text="In a sentence.")


class ApprovalForm(forms.Form):
    """Which body approved it, on which day, and from when it is in force."""

    body = forms.ChoiceField(label="Approved by", choices=[("", "Choose"), *Body.choices])
    approved_on = DayField(label="Approved on", widget=DayInput())
    in_force_from = DayField(label="In force from", widget=DayInput())


class OnForm(forms.Form):
    """Of which day; empty: today."""

    on = DayField(label="As of", widget=DayInput(), required=False, help_text="Empty: today.")
