"""Forms of payers, enrolments and rosters."""

from __future__ import annotations

from django import forms

from config.kernel.day_fields import DayField
from credentialing.choices import DayForm
from credentialing.forms.applications import DayInput
from credentialing.rules.payer_rosters import FIELDS, USUAL


class PayerForm(forms.Form):
    """A payer and how it wants its files."""

    name = forms.CharField(label="Name", max_length=120)
    delegated = forms.BooleanField(
        label="Delegated",
        required=False,
        help_text="The payer relies on this office's credentialing instead of its own.",
    )
    day_form = forms.ChoiceField(label="Days are written as", choices=DayForm.choices)
    columns = forms.CharField(
        label="Columns of its file",
        max_length=8000,
        initial=USUAL,
        widget=forms.Textarea(attrs={"rows": 18, "class": "code"}),
        help_text=(
            'One column a line, in the order of the payer: its heading, "=", and one of the fields listed on '
            "this page; a text that is the same in every line stands in quotation marks."
        ),
    )
    active = forms.BooleanField(
        label="Active", required=False, initial=True, help_text="Without it nobody is enrolled any more."
    )

    def __init__(self, *args, new: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        if new:
            del self.fields["active"]


#: The fields a column may hold, for the page.
FIELD_LIST = tuple(FIELDS.items())


class EnrolForm(forms.Form):
    """From when, and under which number."""

    effective = DayField(
        label="Effective day", widget=DayInput(), help_text="The first day with the payer, as the payer says."
    )
    payer_number = forms.CharField(
        label="The payer's number of the practitioner", max_length=40, required=False
    )

    def __init__(self, *args, several: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if several:
            del self.fields["payer_number"]


class EndForm(forms.Form):
    """Through when, and why."""

    last_day = DayField(label="Last day with the payer", widget=DayInput())
    reason = forms.CharField(label="Why", max_length=1000)


class ChangesForm(forms.Form):
    """Between which two days."""

    since = DayField(
        label="Told through",
        widget=DayInput(),
        help_text="The day of the last file: what changed after it is told now.",
    )
    on = DayField(label="Through", widget=DayInput(), help_text="Today or a day before.")


class RosterForm(forms.Form):
    """Of which day."""

    on = DayField(label="As of", widget=DayInput(), help_text="Today or a day before.")


class SentForm(forms.Form):
    """When a file was sent, and where to."""

    sent_on = DayField(label="Sent on", widget=DayInput())
    sent_to = forms.CharField(label="Sent to", max_length=200, help_text="An address, a portal, a folder.")
