"""Forms of performed cases: a delivery by file, and what explains a case without the privilege."""

from __future__ import annotations

from django import forms

from config.kernel.text_files import SureForm, TextFileForm
from privileging.choices import CaseWay


class CasesForm(TextFileForm):
    """A CSV file of cases and the system it comes from."""

    field_order = ("source", "file")

    source = forms.SlugField(
        label="System it comes from",
        max_length=40,
        help_text="Always the same word for the same system, like or-system: with encounter and line it "
        "names a case.",
    )
    file = forms.FileField(
        label="CSV file",
        help_text="Columns encounter, line, npi, system, code, performed_at; also site and canceled. Up to "
        f"{TextFileForm.largest_said}. Nothing of a patient: encounters have pseudonyms.",
    )

    def clean_source(self) -> str:
        """In small letters."""
        return self.cleaned_data["source"].lower()


class SureCasesForm(SureForm):
    """The delivery that was looked at, sent again to be loaded."""

    source = forms.CharField(max_length=40)


class ExplainForm(forms.Form):
    """What explains it, or what follows."""

    way = forms.ChoiceField(
        label="What explains it, or what follows",
        choices=CaseWay.choices,
        widget=forms.RadioSelect,
        help_text="Nothing happens by itself: whoever is named acts.",
    )
    reason = forms.CharField(
        label="How you know",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It goes into the audit trail: nothing of a patient, and nothing of how well it was done.",
    )
