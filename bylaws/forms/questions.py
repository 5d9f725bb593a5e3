"""Forms of the questions for the data bank, and of the record of investigations."""

from __future__ import annotations

from django import forms

from config.kernel.day_fields import DayField


class YesForm(forms.Form):
    """A yes: since when it is in force, and what is to be added."""

    day = DayField(label="In force from", help_text="Day 1 of its clock: the day of the final action.")
    reason = forms.CharField(
        label="To be added",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Beside what the question is about.",
    )


class LimitForm(YesForm):
    """A yes about a limit: also until when, where it is over."""

    last_day = DayField(
        label="In force through",
        required=False,
        help_text="Its last day, where it is over; empty while it is in force.",
    )
    field_order = ("day", "last_day", "reason")


class OpenedForm(forms.Form):
    """A yes to whether it is an investigation: since when, and who opened it."""

    day = DayField(label="Began on")
    reason = forms.CharField(
        label="Who opened it",
        max_length=300,
        help_text="Which body or officer, and where that is written.",
    )


class NoForm(forms.Form):
    """A no, with words."""

    reason = forms.CharField(
        label="Why not",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="In a sentence. It stays with the question.",
    )


class InvestigationForm(forms.Form):
    """An investigation that began: who opened it, what it is about, since when."""

    opened_by = forms.CharField(
        label="Who opened it",
        max_length=300,
        help_text="Which body or officer, and where that is written. Routine evaluations (initial FPPE, "
        "OPPE) are no investigation.",
    )
    about = forms.CharField(
        label="What is investigated", max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    start = DayField(label="Began on")


class CloseForm(forms.Form):
    """When an investigation was closed, and by whom."""

    last_day = DayField(label="Closed on", help_text="The last day on which it was open.")
    reason = forms.CharField(
        label="Who closed it, and with what", max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
