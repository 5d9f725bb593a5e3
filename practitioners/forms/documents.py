"""The form of an upload."""

from __future__ import annotations

from django import forms
from django.conf import settings

from config.accounts.choices import DataClass


class DocumentForm(forms.Form):
    """A file with a title and its confidentiality class (only those the uploader's roles open)."""

    file = forms.FileField(
        label="File",
        allow_empty_file=True,  # the service says what is wrong with an empty one
        help_text="PDF, PNG, JPEG or TIFF image, Word, Excel, plain text or CSV, up to 25 MB.",
    )
    title = forms.CharField(
        label="Title", max_length=200, required=False, help_text="Empty: the name of the file."
    )
    data_class = forms.ChoiceField(
        label="Confidentiality", choices=DataClass.choices, initial=DataClass.GENERAL
    )

    def __init__(self, *args, classes: set[str], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["file"].max_bytes = settings.STANDING_UPLOAD_LIMIT
        self.fields["file"].help_text = (
            "PDF, PNG, JPEG or TIFF image, Word, Excel, plain text or CSV, "
            f"up to {settings.STANDING_UPLOAD_LIMIT // (1024 * 1024)} MB."
        )
        self.fields["data_class"].choices = [
            (str(member), member.label) for member in DataClass if str(member) in classes
        ]
