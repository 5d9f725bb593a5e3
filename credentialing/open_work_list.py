"""The list of open work: its columns, what narrows it, and since when something is overlooked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.text import Truncator

from config.kernel.dates import inclusive_days
from config.kernel.pages import Action, Column, Table, address
from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve
from credentialing.choices import ApplicationStatus, Element
from credentialing.parameters import ASK_WITHIN_DAYS
from credentialing.rules.open_work import NOBODY, AgeBand, Load, WorkKind
from credentialing.selectors.open_work import PROTECTED, open_work

#: Whom each kind of work waits for.
WAITS_FOR: dict[WorkKind, str] = {
    WorkKind.ASKED: "the source",
    WorkKind.UNABLE: "the director",
    WorkKind.FORM: "whoever got the form",
    WorkKind.OWED: "the applicant",
}
APPLICATION_WAITS_FOR: dict[ApplicationStatus, str] = {
    ApplicationStatus.INCOMPLETE: "the applicant",
    ApplicationStatus.IN_REVIEW: "the bodies",
}
#: What a file to take away says instead of the words of a talk or a paper.
OUTSIDE = {WorkKind.FOLLOW_UP: "On the contact log", WorkKind.PAPER: "In the tray"}
#: Of what was not asked for yet, what should have been.
OVERLOOKED = "overlooked"
MOST_OF_A_TITLE = 120  # characters
Row = Mapping[str, Any]


def row_url(row: Row) -> str:
    """Where this piece of work is done."""
    uid, kind = [row["leads_to"]], row["work"]
    if kind in (WorkKind.APPLICATION, WorkKind.OWED):
        return reverse("credentialing:file", args=uid)
    if kind == WorkKind.FLAG:
        return f"{reverse('credentialing:file', args=uid)}#flags"
    if kind == WorkKind.FOLLOW_UP:
        return reverse("practitioners:contact_log", args=uid)
    if kind in (WorkKind.PAPER, WorkKind.LETTER):
        return reverse(
            "credentialing:paper" if kind == WorkKind.PAPER else "credentialing:affiliation", args=uid
        )
    return reverse("credentialing:item", args=uid)


def title(row: Row) -> str:
    """What it is, in the words of the office."""
    if row["work"] == WorkKind.APPLICATION:
        return ApplicationStatus(row["title"]).label
    return Truncator(row["title"]).chars(MOST_OF_A_TITLE)


def title_outside(row: Row) -> str:
    """What it is in a file to take away: of protected elements not who was asked, of talks
    and papers nothing.
    """
    if row["about"] in PROTECTED:
        return Element(row["about"]).label
    return OUTSIDE.get(WorkKind(row["work"])) or title(row)


def waits_for(row: Row) -> str:
    """Whose turn it is: the holder's, unless it waits for somebody else."""
    if row["work"] == WorkKind.APPLICATION:
        return APPLICATION_WAITS_FOR.get(ApplicationStatus(row["title"]), "")
    return WAITS_FOR.get(WorkKind(row["work"]), "")


WORK = Table(
    caption="Open work",
    order="age",
    row_url=row_url,
    row_key="held",
    columns=(
        Column("person", "Practitioner", sort="sorted_by", kind="strong"),
        Column("npi", "NPI", value="npi_of", kind="code", page=False),
        Column(
            "work", "What", value=lambda row: WorkKind(row["work"]), sort="work", kind="badge",
            export=lambda row: WorkKind(row["work"]).label,
        ),
        Column("title", "About", value=title, export=title_outside),
        Column("waits", "Waits for", value=waits_for, narrow=False),
        Column("holder", "Coordinator"),
        Column("since", "Open since", kind="plain_day", sort="since", narrow=False),
        Column("age", "Days", value="age", kind="number", sort="since"),
        Column("due", "Due", kind="plain_day", sort="due"),
    ),
)  # fmt: skip


def work_table(loads: Sequence[Load], today: dt.date, *, may_hand_over: bool) -> Table:
    """The queue with the names of those who have the work; rows can be ticked where they may be given."""
    names = {load.holder: load.name for load in loads}

    def prepare(rows: Sequence[dict[str, Any]]) -> None:
        for row in rows:
            row["holder"] = names.get(row["holder_id"], "")
            row["age"] = max(0, inclusive_days(row["since"], today) - 1)

    hand = Action(
        "Hand to somebody else",
        url=reverse("credentialing:hand_over"),
        method="post",
        icon="user-check",
    )
    return replace(WORK, prepare=prepare, bulk=(hand,) if may_hand_over else ())


class WorkFilterForm(forms.Form):
    """What the queue can be narrowed by."""

    q = forms.CharField(label="Practitioner", required=False, max_length=100)
    kind = forms.ChoiceField(
        label="What",
        required=False,
        choices=[("", "Any"), (OVERLOOKED, "Not asked for in time"), *WorkKind.choices],
    )
    age = forms.ChoiceField(label="Open for", required=False, choices=[("", "Any time"), *AgeBand.choices])

    def __init__(self, *args, loads: Sequence[Load], **kwargs):
        super().__init__(*args, **kwargs)
        people = sorted(((load.uid, load.name) for load in loads), key=lambda pair: pair[1])
        self.fields["holder"] = forms.ChoiceField(
            label="Coordinator", required=False, choices=[("", "Anyone"), *people]
        )


class WorkFilter:
    """The queue narrowed as the address says; what is mistyped narrows nothing.

    It has of a filter set what a list needs: the rows of several tables have no model in common.
    """

    def __init__(self, data, *, viewer, facility: Facility, loads: Sequence[Load], today: dt.date):
        self.form = WorkFilterForm(data, loads=loads)
        self.viewer, self.facility, self.loads, self.today = viewer, facility, loads, today

    @cached_property
    def qs(self):
        """The rows, to be ordered and sliced."""
        self.form.is_valid()
        given = self.form.cleaned_data
        held = next((load for load in self.loads if load.uid and load.uid == given.get("holder")), None)
        kind, before = given.get("kind") or "", None
        if kind == OVERLOOKED:
            kind, before = WorkKind.UNASKED, overlooked_before(self.facility, self.today)
        return open_work(
            self.viewer,
            self.facility,
            today=self.today,
            kind=kind,
            before=before,
            holder_id=held.holder if held else None,
            band=given.get("age") or "",
            words=given.get("q") or "",
        )


def load_rows(loads: Sequence[Load], *, may_hand_over: bool) -> list[dict[str, Any]]:
    """Each person's load for the page: counts by age that lead to what they count, and handing it over."""
    here = reverse("credentialing:work")
    return [
        {
            "load": load,
            "url": address(here, holder=load.uid),
            "bands": [
                (band, number, address(here, holder=load.uid, age=str(band)))
                for band, number in load.bands.items()
            ],
            "hand_over": address(reverse("credentialing:hand_over"), of=load.uid)
            if may_hand_over and load.holder != NOBODY
            else "",
        }
        for load in loads
    ]


def overlooked_before(facility: Facility, today: dt.date) -> dt.date:
    """Items planned before this day and not asked for are overlooked; the first of all days while nobody set
    how long asking may take.
    """
    bound = resolve(ASK_WITHIN_DAYS, facility=facility, on=today)
    return today - dt.timedelta(days=int(bound.value)) if bound.is_set else dt.date.min
