"""Forms of the catalogue."""

from __future__ import annotations

from django import forms

from config.kernel.day_fields import DayField


class FormTextForm(forms.Form):
    """A version of a form as the text of a catalogue file."""

    text = forms.CharField(
        label="The form",
        strip=False,
        widget=forms.Textarea(attrs={"rows": 28, "spellcheck": "false", "class": "form-control code-text"}),
        help_text="Core and special privileges with their criteria, as in a catalog file. A code keeps its "
        "name; a privilege that means something else takes a code of its own. Settings (sites, patients, "
        "supervision) become conditions of every grant; without its resources a facility offers none.",
    )


class ApproveForm(forms.Form):
    """Which body approved a version, and when."""

    approved_by = forms.CharField(
        label="Approved by", max_length=200, help_text="The body, as the minutes name it."
    )
    approved_on = DayField(label="On")


class PublishForm(forms.Form):
    """From which day on a version is offered."""

    start = DayField(label="Offered from", help_text="Today or a later day.")


class RemapForm(forms.Form):
    """What would take the place of a privilege at renewal."""

    old_line = forms.ChoiceField(label="Held now")
    new_code = forms.ChoiceField(label="At renewal", required=False)
    note = forms.CharField(label="Note to the committee", max_length=300, required=False)

    def __init__(self, *args, old: list[tuple[str, str]], new: list[tuple[str, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["old_line"].choices = old
        self.fields["new_code"].choices = [("", "Nothing takes its place"), *new]
