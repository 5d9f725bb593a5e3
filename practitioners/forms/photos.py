"""The form of a photo."""

from __future__ import annotations

from django import forms

from practitioners.rules.photos import MAX_BYTES


class PhotoForm(forms.Form):
    """A picture of the person's face."""

    file = forms.FileField(
        label="Picture",
        allow_empty_file=True,  # the service says what is wrong with an empty one
        help_text=f"JPEG, PNG or WebP, up to {MAX_BYTES // (1024 * 1024)} MB. The face in the middle, nobody "
        "else. Where and with what it was taken is not kept.",
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
