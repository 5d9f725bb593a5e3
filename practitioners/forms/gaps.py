"""The form of an explanation for a gap."""

from __future__ import annotations

from django import forms

from practitioners.forms.people import day_field
from practitioners.models import Document
from practitioners.services.gaps import LONGEST, MAY_SAY


class ExplanationForm(forms.Form):
    """Which days, what was said, by whom, and whether in writing."""

    first_day = day_field("First day", required=True)
    last_day = day_field("Last day", required=True, help_text="Both days count.")
    explanation = forms.CharField(
        label="Explanation",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What the time was for, in the practitioner's words. No diagnoses.",
    )
    said_by = forms.ChoiceField(
        label="Who gave it", choices=[(str(each), each.label) for each in MAY_SAY], initial=str(MAY_SAY[0])
    )
    in_writing = forms.BooleanField(label="It was given in writing", required=False)
    document = forms.ModelChoiceField(
        label="The paper it stands on",
        queryset=Document.objects.none(),
        required=False,
        empty_label="None",
        help_text="A document of this file. With one, it counts as given in writing.",
    )

    def __init__(self, *args, documents, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["document"].queryset = documents
