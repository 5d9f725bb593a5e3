"""Lists of counts from other systems: choosing one, and taking one back."""

from __future__ import annotations

from django import forms

from bylaws.choices import DutyKind
from config.kernel.day_fields import DayField, DayInput
from config.kernel.text_files import SureForm, TextFileForm

#: Values of the question whom a list names.
WHOLE, SOME = "whole", "some"


class DutyListForm(TextFileForm):
    """A list as another system delivered it."""

    kind = forms.ChoiceField(label="What it counts", choices=DutyKind.choices, widget=forms.RadioSelect)
    as_of = DayField(label="The list is of", widget=DayInput(), help_text="The day it says it is of.")
    whole = forms.ChoiceField(
        label="Whom it names",
        choices=[
            (WHOLE, "Everybody whom it concerns: who is not on it owes nothing"),
            (SOME, "Only some: of who is not on it nothing is known"),
        ],
        widget=forms.RadioSelect,
    )
    file = forms.FileField(
        label="CSV file",
        help_text="Columns NPI, Count and Since. Count: overdue records, dollars owed or shifts covered. "
        "Since: the discharge of the oldest overdue record, the day the dues were due, or the first day of "
        f"the call period. Up to {TextFileForm.largest_said}.",
    )
    field_order = ("kind", "as_of", "whole", "file")


class SureDutyListForm(SureForm):
    """The list that was looked at, sent again to be loaded."""

    kind = forms.ChoiceField(choices=DutyKind.choices)
    as_of = DayField()
    whole = forms.ChoiceField(choices=[(WHOLE, ""), (SOME, "")])


class TakeBackForm(forms.Form):
    """Why a list is taken back."""

    reason = forms.CharField(
        label="Why it is taken back", max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
