"""What a form says where nothing was entered: what to do, in the words of the kind of field."""

from __future__ import annotations

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

REQUIRED: dict[type[forms.Field], str] = {
    forms.Field: "Enter it.",
    forms.EmailField: "Enter an e-mail address.",
    forms.IntegerField: "Enter a number.",
    forms.DecimalField: "Enter a number.",
    forms.DateField: "Enter a day.",
    forms.DateTimeField: "Enter day and time.",
    forms.ChoiceField: "Choose one.",
    forms.ModelChoiceField: "Choose one.",
    forms.MultipleChoiceField: "Choose at least one.",
    forms.ModelMultipleChoiceField: "Choose at least one.",
    forms.FileField: "Choose a file.",
    forms.BooleanField: "Tick the box.",
}


def say_what_to_enter() -> None:
    """Replace Django's "This field is required.", which says neither which field nor what to do; a field
    with words of its own keeps them. Of a number it says what may be entered, not what to "ensure".
    """
    MinValueValidator.message = "Enter %(limit_value)s or more."
    MaxValueValidator.message = "Enter %(limit_value)s or less."
    for field, words in REQUIRED.items():
        field.default_error_messages = {**field.default_error_messages, "required": words}
