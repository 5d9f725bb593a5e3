"""The sheet of a meeting of the medical staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from bylaws.choices import StaffPresence
from bylaws.services.duties import LONGEST_REASON
from practitioners.models import Practitioner


class SheetForm(forms.Form):
    """For each member, present or not, and why the excuses are accepted. ``before`` is what is known already:
    the sheet, or else who was marked present for the quorum.
    """

    excuse = forms.CharField(
        label="Why the new excuses are accepted",
        required=False,
        max_length=LONGEST_REASON,
        help_text="Needed where somebody is newly excused: illness, on call, away with notice.",
    )

    def __init__(
        self, *args: Any, members: Sequence[Practitioner], before: Mapping[int, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.members = members
        for each in members:
            self.fields[_name(each)] = forms.ChoiceField(
                label=str(each),
                choices=StaffPresence.choices,
                initial=before.get(each.pk, StaffPresence.ABSENT),
                widget=forms.RadioSelect,
            )

    @property
    def rows(self) -> list[tuple[Practitioner, Any]]:
        """Each member with the field of their answer."""
        return [(each, self[_name(each)]) for each in self.members]

    @property
    def said(self) -> dict[Practitioner, str]:
        """What was said of each member; of a valid form."""
        return {each: self.cleaned_data[_name(each)] for each in self.members}


def _name(member: Practitioner) -> str:
    return f"member_{member.uid}"
