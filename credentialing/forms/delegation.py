"""Forms of delegated credentialing."""

from __future__ import annotations

from django import forms

from config.kernel.day_fields import DayField
from credentialing.choices import (
    ApplicationKind,
    AuditKind,
    DelegatedFunction,
    OversightResult,
    ReportRhythm,
    ReviewMark,
)
from credentialing.forms.applications import DayInput
from credentialing.selectors.delegation import standard_choices


class AgreementForm(forms.Form):
    """What the written agreement says."""

    start = DayField(label="First day", widget=DayInput(), help_text="From when it holds as written here.")
    last_day = DayField(
        label="Last day", widget=DayInput(), required=False, help_text="Empty: it holds until it is ended."
    )
    signed_on = DayField(label="Signed on", widget=DayInput())
    filed_at = forms.CharField(
        label="Where the signed agreement is filed", max_length=200,
        help_text="The number of the contract, or the binder.",
    )  # fmt: skip
    standard = forms.ModelChoiceField(
        label="Standard", queryset=standard_choices(), to_field_name="code", empty_label=None,
        help_text="Whose limits bind the files of people on the payer's roster, beside the hospital's own.",
    )  # fmt: skip
    functions = forms.MultipleChoiceField(
        label="What is delegated", choices=DelegatedFunction.choices, widget=forms.CheckboxSelectMultiple
    )
    everyone = forms.BooleanField(
        label="Whoever is appointed joins the roster",
        required=False,
        help_text="Then the standard binds every first application and reappointment here, not only those "
        "of people who are enrolled already.",
    )
    rhythm = forms.ChoiceField(label="Reports", choices=ReportRhythm.choices)
    report_days = forms.IntegerField(
        label="Due, days after the period", min_value=0, max_value=365, initial=30
    )


class EndAgreementForm(forms.Form):
    """Through when, and why."""

    last_day = DayField(label="Last day of the agreement", widget=DayInput())
    reason = forms.CharField(label="Why", max_length=1000)


class AuditForm(forms.Form):
    """An assessment or audit by the payer."""

    kind = forms.ChoiceField(label="What", choices=AuditKind.choices)
    held_on = DayField(label="On", widget=DayInput())
    auditor = forms.CharField(label="Who looked, for the payer", max_length=200)
    result = forms.ChoiceField(label="Result", choices=OversightResult.choices)
    summary = forms.CharField(
        label="In short", max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What was found short is added on the next page, each with its corrective action.",
    )  # fmt: skip


class FindingForm(forms.Form):
    """What was found short, and what is done about it."""

    what = forms.CharField(label="What was found", max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))
    action = forms.CharField(
        label="Corrective action", max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    due_on = DayField(label="Due", widget=DayInput())


class DoneForm(forms.Form):
    """A corrective action was done."""

    done_on = DayField(label="Done on", widget=DayInput())
    done_note = forms.CharField(
        label="What was done, and how it shows", max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )


class ReportForm(forms.Form):
    """Of which days."""

    first_day = DayField(label="From", widget=DayInput())
    last_day = DayField(label="Through", widget=DayInput(), help_text="Today or a day before.")


class SampleForm(forms.Form):
    """From which files a sample is drawn."""

    kind = forms.ChoiceField(
        label="Files",
        choices=[
            (ApplicationKind.INITIAL.value, "Initial credentialing"),
            (ApplicationKind.REAPPOINTMENT.value, "Recredentialing"),
        ],
        widget=forms.RadioSelect,
    )
    first_day = DayField(label="Decided from", widget=DayInput())
    last_day = DayField(label="Decided through", widget=DayInput())
    seed = forms.CharField(
        label="Seed", max_length=40, required=False,
        help_text="Empty: chosen at random. The same seed draws the same files again.",
    )  # fmt: skip


class MarkForm(forms.Form):
    """What a reviewer found of one element."""

    element = forms.ChoiceField(label="Element")
    mark = forms.ChoiceField(
        label="Mark",
        choices=[
            (ReviewMark.YES.value, "Y: met"),
            (ReviewMark.NO.value, "N: not met, or not shown"),
            (ReviewMark.NOT_APPLICABLE.value, "NA: does not apply"),
        ],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label="What it rests on", max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args, elements, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["element"].choices = elements
