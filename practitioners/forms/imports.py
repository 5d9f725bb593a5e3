"""The forms of importing."""

from __future__ import annotations

from django import forms
from django.conf import settings

from practitioners.importing.roster_fields import roster_mapping_choices


class ImportForm(forms.Form):
    """A roster, what describes its columns, and of which facility it is."""

    file = forms.FileField(label="File", allow_empty_file=True)
    mapping = forms.ChoiceField(label="Columns are those of")
    facility = forms.ChoiceField(
        label="Facility", required=False, help_text="Which hospital's roster this is, if it is one's."
    )

    def __init__(self, *args, facilities, mappings=None, **kwargs):
        super().__init__(*args, **kwargs)
        limit = settings.STANDING_IMPORT_LIMIT // (1024 * 1024)
        self.fields["file"].max_bytes = settings.STANDING_IMPORT_LIMIT
        self.fields["file"].help_text = f"CSV or Excel workbook (.xlsx), up to {limit} MB."
        self.fields["mapping"].choices = mappings or roster_mapping_choices()
        self.places = {place.code: place for place in facilities}
        self.fields["facility"].choices = [
            ("", "None in particular"),
            *((place.code, place.name) for place in facilities),
        ]

    @property
    def chosen_facility(self):
        """The facility chosen, or None."""
        return self.places.get(self.cleaned_data.get("facility"))


class UndoForm(forms.Form):
    """Why an import is taken back."""

    reason = forms.CharField(
        label="Why",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Stays on file.",
    )
