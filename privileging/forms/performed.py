"""Forms of performed cases: a delivery by file, and what explains a case without the privilege."""

from __future__ import annotations

from django import forms

from privileging.choices import CaseWay

#: Bytes of a delivery by file; more is delivered in parts.
LARGEST = 2_000_000


class CasesForm(forms.Form):
    """A CSV file of cases and the system it comes from."""

    source = forms.SlugField(
        label="System it comes from",
        max_length=40,
        help_text="Always the same word for the same system, like or-system: with encounter and line it "
        "names a case.",
    )
    file = forms.FileField(
        label="CSV file",
        help_text="Columns encounter, line, npi, system, code, performed_at; also site and canceled. Up to "
        "2 MB. Nothing of a patient: encounters have pseudonyms.",
    )

    def clean_source(self) -> str:
        """In small letters."""
        return self.cleaned_data["source"].lower()

    def clean_file(self) -> dict[str, str]:
        """Name and text of the file."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError("The file is larger than 2 MB. Deliver it in parts.")
        try:
            return {"name": file.name[:200], "text": file.read().decode("utf-8-sig")}
        except UnicodeDecodeError:
            raise forms.ValidationError("The file is not text in UTF-8. Save it as CSV UTF-8.") from None


class SureCasesForm(forms.Form):
    """The delivery that was looked at, sent again to be loaded."""

    source = forms.CharField(max_length=40)
    name = forms.CharField(max_length=200)
    text = forms.CharField(max_length=LARGEST, strip=False)


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
