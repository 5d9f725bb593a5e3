"""The form of the contact log: one thing to type, the rest chosen."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms

from practitioners.choices import ContactChannel
from practitioners.forms.people import day_field

#: Days from today for each quick choice of when to come back to it.
QUICK = {"tomorrow": 1, "week": 7, "two_weeks": 14}
QUICK_LABELS = (("", "No"), ("tomorrow", "Tomorrow"), ("week", "In a week"), ("two_weeks", "In two weeks"))


class ContactForm(forms.Form):
    """What was said, how, with whom, and when to come back to it."""

    said = forms.CharField(
        label="What was said",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )
    follow_up = forms.ChoiceField(
        label="Follow up", choices=QUICK_LABELS, required=False, widget=forms.RadioSelect, initial=""
    )
    follow_up_on = day_field("Or follow up on")
    # Who called whom is not guessed: what nobody chose is a note.
    channel = forms.ChoiceField(label="How", choices=ContactChannel.choices, initial=ContactChannel.NOTE)
    with_whom = forms.CharField(label="With whom", max_length=200, required=False)

    def __init__(self, *args, today: dt.date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    @property
    def values(self) -> dict[str, Any]:
        """Arguments of the service; a day that was typed counts before a quick choice."""
        cleaned = dict(self.cleaned_data)
        ahead = QUICK.get(cleaned.pop("follow_up"))
        if cleaned["follow_up_on"] is None and ahead is not None:
            cleaned["follow_up_on"] = self.today + dt.timedelta(days=ahead)
        return cleaned
