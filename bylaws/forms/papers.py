"""Minutes of a meeting, and what is to be done after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from bylaws.models import AgendaItem
from bylaws.selectors.committees import people_to_seat
from bylaws.selectors.minutes_of_meeting import ShownSection
from bylaws.services.follow_ups import LONGEST
from bylaws.services.minutes_of_meeting import LONGEST_SECTION, LONGEST_WHY
from config.accounts.models import User
from config.kernel.day_fields import DayField


class MinutesForm(forms.Form):
    """The words of each section the writer may read, and which version was changed."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, sections: Sequence[ShownSection], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in sections:
            if not each.closed:
                self.fields[f"section_{each.place}"] = forms.CharField(
                    label=each.heading,
                    initial=each.text,
                    max_length=LONGEST_SECTION,
                    widget=forms.Textarea(attrs={"rows": min(12, max(3, each.text.count("\n") + 2))}),
                    help_text="Peer review: it stays in this section." if each.peer_review else "",
                )
        self.fields["why"] = forms.CharField(
            label="What is different", required=False, max_length=LONGEST_WHY, help_text="In a few words."
        )

    @property
    def texts(self) -> dict[int, str]:
        """What was written, by the place of the section; of a valid form."""
        return {
            int(name.removeprefix("section_")): str(value).replace("\r\n", "\n")
            for name, value in self.cleaned_data.items()
            if name.startswith("section_")
        }


class GiveFollowUpForm(forms.Form):
    """Who does it, by when."""

    owner = forms.ModelChoiceField(
        User.objects.none(), to_field_name="uid", label="Who does it", empty_label="Choose"
    )
    due = DayField(label="Due")

    def __init__(self, *args: Any, facility, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people_to_seat(facility=facility)


class FollowUpForm(GiveFollowUpForm):
    """After which matter, what, who, by when."""

    item = forms.ModelChoiceField(
        AgendaItem.objects.none(), to_field_name="uid", label="After which matter", empty_label="Choose"
    )
    what = forms.CharField(label="What is to be done", max_length=LONGEST)
    field_order = ("item", "what", "owner", "due")

    def __init__(self, *args: Any, items: Sequence[AgendaItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["item"]
        chosen.queryset = AgendaItem.objects.filter(pk__in=[each.pk for each in items]).order_by("order")
        chosen.label_from_instance = _named


def _named(item: AgendaItem) -> str:
    return f"{item.order}. {item.title}"


class DoneForm(forms.Form):
    """What came of it."""

    note = forms.CharField(
        label="What came of it", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 2})
    )
