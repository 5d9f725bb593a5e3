"""Forms of ongoing evaluation: a cycle, a delivery of values, the chair's conclusion."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms

from config.kernel.day_fields import DayField
from config.kernel.text_files import TextFileForm
from privileging.choices import IndicatorKind, OPPEConclusion, OPPEProposal
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
        help_text="Columns npi, indicator, from, through, numerator, denominator; and specialty, where a "
        "number is of one specialty only. Up to 1 MB.",
    )


class IndicatorFileForm(TextFileForm):
    """A YAML file of indicators."""

    largest, largest_said = 1_000_000, "1 MB"
    saved_as = "Save it as UTF-8."
    file = forms.FileField(
        label="YAML file",
        help_text="A list of indicators, as they are downloaded: code, name, kind, and per, forms, "
        "higher_is_better, target, trigger_at, retired where they say something. Up to 1 MB.",
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


class IndicatorForm(forms.Form):
    """One indicator. Code and kind are asked of a new one only: they stay."""

    name = forms.CharField(label="Name", max_length=200, help_text="As it stands on a profile.")
    code = forms.CharField(
        label="Code",
        max_length=40,
        help_text="What deliveries name it by: letters, digits and dashes.",
    )
    kind = forms.ChoiceField(
        label="Kind",
        choices=IndicatorKind.choices,
        widget=forms.RadioSelect,
        help_text="A rate has a denominator, a count has none; what is reviewed one by one is counted.",
    )
    per = forms.CharField(
        label="Per",
        max_length=60,
        required=False,
        help_text="Of a rate: what the denominator counts, like operations.",
    )
    specialties = forms.ModelMultipleChoiceField(
        label="Specialties",
        queryset=PrivilegeForm.objects.none(),
        to_field_name="uid",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None: it concerns everybody with privileges.",
    )
    higher_is_better = forms.BooleanField(label="Higher is better", required=False)
    target = forms.DecimalField(
        label="Target",
        required=False,
        min_value=0,
        max_digits=9,
        decimal_places=3,
        help_text="What the hospital aims at: a rate in percent, or a count in one cycle.",
    )
    trigger_at = forms.DecimalField(
        label="Somebody looks at it from",
        required=False,
        min_value=0,
        max_digits=9,
        decimal_places=3,
        help_text="Of a count in one cycle: from so many on a focused evaluation is proposed. Empty: the "
        "peers say.",
    )
    retired = forms.BooleanField(
        label="Retired: it stands on no further profile and takes no values", required=False
    )

    def __init__(self, *args, specialties, kind: str = "", **kwargs):
        """``kind``: of an indicator there is already; what its kind does not have is not asked."""
        super().__init__(*args, **kwargs)
        self.fields["specialties"].queryset = specialties
        self.fields["per"].needed_sometimes = True
        left_out = ["retired"]
        if kind:
            left_out = ["code", "kind", "trigger_at" if kind == IndicatorKind.RATE else "per"]
        for name in left_out:
            del self.fields[name]
