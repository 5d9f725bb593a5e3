"""The form of a change of what members of a category may and owe."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from bylaws.selectors.categories import Right
from config.kernel.day_fields import DayField

YES_NO = (("yes", "Yes"), ("no", "No"))


class CategoryRightForm(forms.Form):
    """What changes, from which day, by which provision."""

    right = forms.ChoiceField(label="What", error_messages={"required": "Say what changes."})
    has = forms.ChoiceField(label="From that day", widget=forms.RadioSelect, choices=YES_NO)
    start = DayField(label="With effect from")
    citation = forms.CharField(
        label="Provision", max_length=300, help_text="Where the bylaws say it: Bylaws, article 4.2."
    )

    def __init__(self, *args: Any, rights: Iterable[Right], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["right"].choices = [("", "Choose"), *((each.code, each.label) for each in rights)]
