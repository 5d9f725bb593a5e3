"""Forms of the screening review and of the data bank log."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.conf import settings

from config.accounts.policies import facilities_with
from config.kernel.day_fields import DayField
from config.organization.models import Facility
from credentialing.choices import ClearReason, ListKind, NPDBQueryKind, NPDBReason
from credentialing.forms.applications import DayInput
from credentialing.selectors.certificates import months_to_certify


class CertifyForm(forms.Form):
    """Which month, where."""

    facility = forms.ModelChoiceField(
        label="Facility", queryset=Facility.objects.none(), to_field_name="code"
    )
    month = forms.ChoiceField(label="Month")

    def __init__(self, *args, viewer, facility: Facility | None, **kwargs):
        super().__init__(*args, **kwargs)
        places = Facility.objects.filter(pk__in=facilities_with(viewer, "credentialing.screen"))
        self.fields["facility"].queryset = places.order_by("name")
        self.fields["facility"].initial = facility.code if facility else None
        self.fields["month"].choices = [
            (month.isoformat(), f"{month:%B %Y}") for month in months_to_certify(facility)
        ]


class ClearForm(forms.Form):
    """Why it is not the same person."""

    reason = forms.ChoiceField(
        label="Why it excludes nobody here", choices=ClearReason.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label="Note",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What you compared, and where.",
    )

    def __init__(self, *args, reasons: Sequence[ClearReason], agreeing: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [(str(each), each.label) for each in reasons]
        self.fields["reason"].help_text = (
            "Only reasons the comparison bears out: what is not known on one side cannot differ, and who is "
            "on the list still is not reinstated."
        )
        self.fields["note"].required = not agreeing


class ListForm(forms.Form):
    """A file that is to replace an exclusion list."""

    kind = forms.ChoiceField(label="Which list it is", choices=ListKind.choices, widget=forms.RadioSelect)
    file = forms.FileField(label="File", allow_empty_file=True)
    mapping = forms.FileField(
        label="Mapping",
        required=False,
        help_text="For a state's list alone: the YAML file that says what its columns are.",
    )
    data_date = DayField(
        label="Published on", required=False, widget=DayInput(), help_text="The day its publisher gave it."
    )
    accept_shrinking = forms.BooleanField(
        label="The list may have become less than half as long",
        required=False,
        help_text="A file that short is refused as cut off, unless you know that it is right.",
    )

    put_back = forms.BooleanField(
        label="Put back a file that was loaded before",
        required=False,
        help_text="When the newest load was wrong: an earlier file replaces it, and both stay on record.",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        limit = settings.STANDING_IMPORT_LIMIT
        self.fields["file"].max_bytes = self.fields["mapping"].max_bytes = limit
        self.fields["file"].help_text = f"As published, up to {limit // 1024**2} MB. It is the whole list."
        self.fields["mapping"].needed_sometimes = True

    def clean_mapping(self):
        """The mapping's text."""
        upload = self.cleaned_data.get("mapping")
        if upload is None:
            return ""
        try:
            return upload.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise forms.ValidationError("The mapping is not UTF-8 text.") from None


class ReopenForm(forms.Form):
    """Why a match that was decided has to be looked at again."""

    reason = forms.CharField(
        label="Why it has to be looked at again", max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )


class ConfirmForm(forms.Form):
    """How it was established that it is the same person."""

    note = forms.CharField(
        label="How it was established",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For example: the SSN was verified on the site of the OIG, print kept.",
    )


class RenewForm(forms.Form):
    """A renewed enrolment in Continuous Query; what is known already is not asked."""

    renewed_on = DayField(label="Renewed on", widget=DayInput())
    dcn = forms.CharField(
        label="DCN", max_length=40, help_text="The data bank control number of the confirmation."
    )
    response_text = forms.CharField(
        label="What the data bank answered",
        max_length=20000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Copy the text of the confirmation. Stored encrypted, in the data bank class. For a file, "
        "log the query from the person's file.",
    )
    adverse = forms.TypedChoiceField(
        label="Does the response hold a report?",
        choices=(("no", "No report"), ("yes", "At least one report")),
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        help_text="A report is verified as adverse and raises a red flag for the reviewers.",
    )


class QueryForm(forms.Form):
    """One query of the data bank and its response."""

    kind = forms.ChoiceField(label="Kind of query", choices=NPDBQueryKind.choices, widget=forms.RadioSelect)
    reason = forms.ChoiceField(label="Reason", choices=NPDBReason.choices)
    queried_on = DayField(label="Queried on", widget=DayInput())
    dcn = forms.CharField(
        label="DCN",
        max_length=40,
        help_text="The data bank control number of the response. It proves the query to a surveyor.",
    )
    response = forms.FileField(
        label="Response",
        required=False,
        help_text="A file, or the text below; one of the two is needed. Stored encrypted, in the data bank "
        "class. It never appears in lists, mails or exports.",
    )
    response_text = forms.CharField(
        label="Response, as text",
        required=False,
        max_length=20000,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Where there is no file.",
    )
    adverse = forms.TypedChoiceField(
        label="Does the response hold a report?",
        choices=(("no", "No report"), ("yes", "At least one report")),
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        help_text="A report is verified as adverse and raises a red flag for the reviewers.",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["response"].max_bytes = settings.STANDING_UPLOAD_LIMIT
        for name in ("response", "response_text"):
            self.fields[name].needed_sometimes = True

    def clean(self):
        """One of the two is the response."""
        given = super().clean()
        if not given.get("response") and not given.get("response_text"):
            self.add_error("response", "Attach the response of the data bank, or enter it as text.")
        return given
