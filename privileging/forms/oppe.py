"""Forms of ongoing evaluation: a cycle, a delivery of values, the chair's conclusion."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms

from config.kernel.day_fields import DayField
from privileging.choices import IndicatorKind, OPPEConclusion, OPPEProposal
from privileging.forms.deliveries import TextFileForm
from privileging.models import PrivilegeForm


class CycleForm(forms.Form):
    """From when to when."""

    first_day = DayField(label="First day")
    last_day = DayField(
        label="Last day", help_text="At most twelve months after the first, or as the policy says."
    )


class DeliveryForm(TextFileForm):
    """A CSV file of values."""

    largest, largest_said = 1_000_000, "1 MB"
    file = forms.FileField(
        label="CSV file",
        help_text="Columns npi, indicator, from, through, numerator, denominator. Up to 1 MB.",
    )


class SignForm(forms.Form):
    """What the chair concludes, and the answer where the numbers propose a focused evaluation."""

    proposal = forms.ChoiceField(
        label="Do you propose a focused evaluation?", choices=OPPEProposal.choices, widget=forms.RadioSelect
    )
    conclusion = forms.ChoiceField(
        label="What you conclude", choices=OPPEConclusion.choices, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label="In words",
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Needed where you watch or propose a focused evaluation. Peer review.",
    )

    def __init__(self, *args, proposing: Sequence[str], **kwargs):
        """``proposing``: what of the numbers proposes a focused evaluation, in words."""
        super().__init__(*args, **kwargs)
        self.fields["words"].needed_sometimes = True
        if not proposing:
            del self.fields["proposal"]
            return
        self.fields["proposal"].help_text = f"The numbers propose one: {'; '.join(proposing)}."
        conclusion = self.fields["conclusion"]
        conclusion.label = "If not: what you conclude"
        conclusion.choices = [
            (each, each.label) for each in OPPEConclusion if each != OPPEConclusion.TRIGGER_FPPE
        ]
        conclusion.required = False
        conclusion.needed_sometimes = True
        self.fields["words"].help_text = "What you saw, or why it needs no focused evaluation. Peer review."
        self.fields["words"].required = True
