"""Forms by which administrators set parameters and adopt standards."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from config.kernel.administration import DayInput
from config.kernel.day_fields import DayField
from config.kernel.errors import Refused
from config.kernel.periods import days, through
from config.organization.models import Facility
from config.rulebook.choices import Confidence
from config.rulebook.models import SourceBody
from config.rulebook.parameters import definitions

#: What an administrator has to choose, and no page has chosen for them.
CHOOSE = ("", "Choose")


def _codes():
    named = [
        (code, f"{each.title} ({each.unit})" if each.unit else each.title)
        for code, each in sorted(definitions().items())
    ]
    return [CHOOSE, *named]


class ValueField(forms.JSONField):
    """A number, a word or a list, written as JSON; nothing is written in it beforehand."""

    default_error_messages = {
        "invalid": 'Write a number, a word in quotes, or a list like ["mec", "board"].',
    }

    def prepare_value(self, value: Any) -> Any:
        """What stands in the box; empty where nothing is given."""
        return "" if value is None else super().prepare_value(value)


class SetParameterForm(forms.Form):
    """A value, who set it, where it is written, and from when it holds."""

    code = forms.ChoiceField(label="Parameter", choices=_codes)
    subject = forms.CharField(
        label="Only for",
        max_length=60,
        required=False,
        help_text="An element, a committee, a kind; empty: all.",
    )
    source = forms.ModelChoiceField(SourceBody.objects.all(), label="Set by")
    facility = forms.ModelChoiceField(
        Facility.objects.all(), label="Facility", required=False, help_text="Empty: every facility."
    )
    start = DayField(label="From", widget=DayInput)
    last_day = DayField(
        label="Through (last day)", required=False, widget=DayInput, help_text="Empty: until changed."
    )
    value = ValueField(label="Value", help_text='A number, or a list like ["mec", "board"].')
    citation = forms.CharField(label="Where it is written", max_length=300)
    confidence = forms.ChoiceField(label="How sure", choices=[CHOOSE, *Confidence.choices])

    def clean(self) -> dict[str, Any]:
        """The days as one range."""
        given = super().clean() or {}
        if "start" in given and "last_day" in given:
            try:
                given["valid"] = days(given.pop("start"), through(given.pop("last_day")))
            except Refused as refused:
                raise ValidationError({"last_day": refused.sentence}) from None
        return given


class AdoptForm(forms.Form):
    """A facility begins to follow a standard."""

    facility = forms.ModelChoiceField(Facility.objects.all(), label="Facility")
    source = forms.ModelChoiceField(SourceBody.objects.filter(always_binds=False), label="Standard of")
    start = DayField(label="From", widget=DayInput)
    last_day = DayField(label="Through (last day)", required=False, widget=DayInput)


class DropForm(forms.Form):
    """A facility no longer follows it."""

    day = DayField(label="First day without it", widget=DayInput)
    reason = forms.CharField(label="Why", widget=forms.Textarea(attrs={"rows": 3}))
