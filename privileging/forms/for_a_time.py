"""Letting what was granted for a time run longer, and deciding whether a volunteer continues."""

from __future__ import annotations

from django import forms

from config.kernel.day_fields import DayField


class OfficerForm(forms.Form):
    """What an officer grants alone; a designee says in whose absence."""

    absence = forms.CharField(
        label="Why you act in the officer's place",
        required=False,
        max_length=200,
        help_text="Only where you are the designee.",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["absence"].needed_sometimes = True


class ExtendForm(OfficerForm):
    """Until when, and why."""

    field_order = ("until", "reason", "absence")

    until = DayField(label="New last day", help_text="The days before count: day 1 stays the first day.")
    reason = forms.CharField(
        label="Why they run longer", max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class VolunteerForm(OfficerForm):
    """Whether a volunteer's privileges continue, until when, and what that rests on."""

    field_order = ("continues", "until", "reason", "absence")

    continues = forms.TypedChoiceField(
        label="The privileges",
        choices=[("yes", "Continue"), ("no", "End today")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    until = DayField(
        label="Last day",
        required=False,
        help_text="Empty: as long as is allowed. They end with the activation of the plan at the latest.",
    )
    reason = forms.CharField(
        label="What the decision rests on",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What was seen of the volunteer’s work, and what the license’s source said.",
    )
