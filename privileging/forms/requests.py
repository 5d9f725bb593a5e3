"""Forms of the privilege request."""

from __future__ import annotations

import datetime as dt

from django import forms

from config.kernel.day_fields import DayField
from credentialing.rules.packet_answers import MOST_CASES
from privileging.choices import FormLineKind
from privileging.models import FormLine


class DayInput(forms.DateInput):
    """A date as browsers pick it."""

    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class PrivilegeChoiceForm(forms.Form):
    """Which privileges of one form are asked for: the core but for what is struck, and special ones."""

    core = forms.MultipleChoiceField(
        label="Core privileges", required=False, widget=forms.CheckboxSelectMultiple
    )
    special = forms.MultipleChoiceField(
        label="Special privileges", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, lines: list[FormLine], **kwargs):
        super().__init__(*args, **kwargs)
        for name, kind in (("core", FormLineKind.CORE), ("special", FormLineKind.SPECIAL)):
            self.fields[name].choices = [
                (line.privilege.code, line.privilege.name) for line in lines if line.kind == kind
            ]

    @property
    def struck(self) -> list[str]:
        """Codes of the core that are not asked for."""
        return [code for code, _ in self.fields["core"].choices if code not in self.cleaned_data["core"]]


class CaseVolumeForm(forms.Form):
    """How many cases of a group, over which days, according to whom."""

    procedure_group = forms.ChoiceField(label="Cases of")
    cases = forms.IntegerField(label="How many", min_value=0, max_value=MOST_CASES)
    performed_from = DayField(label="From", widget=DayInput())
    performed_through = DayField(label="Through", widget=DayInput())
    source = forms.CharField(
        label="According to", max_length=200, help_text="The log or the person the number comes from."
    )

    def __init__(self, *args, groups: dict[str, str], today: dt.date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["procedure_group"].choices = sorted(groups.items(), key=lambda pair: pair[1])

    @property
    def typed(self) -> bool:
        """Whether anything was entered; the group alone is chosen by itself."""
        names = ("cases", "performed_from", "performed_through", "source")
        return any(str(self.data.get(self.add_prefix(name), "")).strip() for name in names)

    def clean(self):
        """The days run forward and are past."""
        cleaned = super().clean()
        start, end = cleaned.get("performed_from"), cleaned.get("performed_through")
        if start and end and end < start:
            self.add_error("performed_through", "The last day lies before the first.")
        elif end and end > self.today:
            self.add_error("performed_through", "The last day lies in the future.")
        return cleaned
