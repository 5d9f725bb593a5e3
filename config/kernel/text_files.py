"""Files that are looked at first, then loaded: choosing one, and sending it again to be loaded."""

from __future__ import annotations

from typing import ClassVar

from django import forms

#: Bytes of a form that is sent again, with room for what the browser adds to each line.
LARGEST = 1_900_000


class TextFileForm(forms.Form):
    """A text file; ``clean_file`` answers its name and text."""

    largest: ClassVar[int] = LARGEST
    largest_said: ClassVar[str] = "1.9 MB"
    #: What to do about one that is larger, and about one that is no text.
    instead: ClassVar[str] = "Deliver it in parts."
    saved_as: ClassVar[str] = "Save it as CSV UTF-8."

    file = forms.FileField(label="CSV file")

    def clean_file(self) -> dict[str, str] | None:
        """Name and text of the file; None where none was sent and none is needed."""
        file = self.cleaned_data["file"]
        if not file:
            return None
        if file.size > self.largest:
            raise forms.ValidationError(f"The file is larger than {self.largest_said}. {self.instead}")
        try:
            return {"name": file.name[:200], "text": file.read().decode("utf-8-sig")}
        except UnicodeDecodeError:
            raise forms.ValidationError(f"The file is not text in UTF-8. {self.saved_as}") from None


class SureForm(forms.Form):
    """The file that was looked at, sent again to be loaded."""

    name = forms.CharField(max_length=200)
    #: Browsers send each line end as two characters.
    text = forms.CharField(max_length=2 * LARGEST, strip=False)
