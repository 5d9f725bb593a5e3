"""Which department is told of changes."""

from django import forms

from privileging.choices import ChangeKind


class DepartmentForm(forms.Form):
    """A department and the address it is told at."""

    name = forms.CharField(
        label="Department", max_length=80, help_text="Operating room, pharmacy, admitting."
    )
    address = forms.EmailField(
        label="E-mail",
        max_length=254,
        help_text="One that the department reads together. The message names nobody and links to the list.",
    )
    kinds = forms.MultipleChoiceField(
        label="Told of",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[choice for choice in ChangeKind.choices if choice[0] != ChangeKind.BEGAN],
        help_text="None ticked: of all of them.",
    )


class EndDepartmentForm(forms.Form):
    """Nothing to fill in."""
