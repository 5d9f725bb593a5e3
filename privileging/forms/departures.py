"""Forms of departures."""

from __future__ import annotations

from django import forms

from bylaws.choices import InvestigationAnswer
from config.kernel.day_fields import DayField
from privileging.choices import DepartureKind


class DepartureForm(forms.Form):
    """When somebody leaves, why, and the question the data bank asks."""

    last_day = DayField(label="Last day on the medical staff")
    kind = forms.ChoiceField(
        label="How it came about", choices=DepartureKind.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label="Reason",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Stands in the file, and with everything that ends.",
    )
    investigation = forms.ChoiceField(
        label="Was there an investigation?",
        choices=InvestigationAnswer.choices,
        widget=forms.RadioSelect,
        help_text="Who gives up privileges while under investigation, or to avoid one, may have to be "
        "reported to the data bank, for any length of time (45 CFR 60.12). If so, or if it is not known yet, "
        "the data bank clock begins on the first day without membership. Of several people: if it is so of "
        "any of them, record that one alone.",
    )
