"""Forms of the catalogue."""

from __future__ import annotations

from typing import Any

from django import forms

from config.kernel.day_fields import DayField
from config.kernel.text_files import TextFileForm
from config.organization.models import Facility


class NewFormForm(TextFileForm):
    """A form that is not in the catalogue yet: its code and name, or the whole of it as a file."""

    field_order = ("code", "name", "file", "facilities")
    largest, largest_said = 400_000, "400 KB"
    instead, saved_as = "Give one form at a time.", "Save it as UTF-8."

    code = forms.CharField(
        label="Code", max_length=20, required=False, help_text="Short, in capitals, like GS. It stays."
    )
    name = forms.CharField(
        label="Name", max_length=120, required=False, help_text="The specialty, as your staff calls it."
    )
    file = forms.FileField(
        label="Or a catalog file",
        required=False,
        help_text="YAML of one form, as another form’s page gives it under “As YAML”; it says code and name.",
    )
    facilities = forms.ModelMultipleChoiceField(
        label="Offered at",
        queryset=Facility.objects.none(),
        to_field_name="uid",
        widget=forms.CheckboxSelectMultiple,
        help_text="Where the resources for it are.",
    )

    def __init__(self, *args, places, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["facilities"].queryset = places
        for name in ("code", "name", "file"):
            self.fields[name].needed_sometimes = True

    def clean(self) -> dict[str, Any]:
        """Either code and name, or a file."""
        given = super().clean() or self.cleaned_data
        if "file" in self.errors:
            return given
        typed = [name for name in ("code", "name") if given.get(name)]
        if given.get("file") and typed:
            self.add_error("file", "The file says code and name: choose a file, or type them.")
        elif not given.get("file"):
            for name in ("code", "name"):
                if name not in typed and name not in self.errors:
                    self.add_error(name, f"Type a {name}, or choose a file.")
        return given


class CodesForm(TextFileForm):
    """A CSV file of the hospital's own procedure codes."""

    instead = "Load it with “manage.py load_procedure_codes”, or one code set at a time."
    file = forms.FileField(
        label="CSV file",
        help_text="Columns code, system (your name of the code set), privilege (its code in the catalog); "
        f"also groups, with spaces between them. Up to {TextFileForm.largest_said}.",
    )


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
