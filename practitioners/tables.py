"""The lists of this room: their columns on the page and in the CSV."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.urls import reverse
from django.utils.text import Truncator

from config.kernel.pages import Column, Table
from config.kernel.registries import StatusFact
from practitioners import links
from practitioners.choices import RowOutcome
from practitioners.selectors.list_columns import SORTED_BY, attach_columns, sortable_by
from practitioners.selectors.people import attach_list_facts, with_list_columns
from practitioners.selectors.photos import photo_url

OPEN, CLOSED = StatusFact("", "Open", "good"), StatusFact("", "Closed", "muted")
LATE, AHEAD = StatusFact("", "Late", "bad"), StatusFact("", "To do", "info")


def _licences(person) -> str:
    return "; ".join(
        f"{mark.state} {'confirmed' if mark.confirmed else 'claimed'}"
        f"{'' if mark.running else ', not begun' if mark.ahead else ', run out'}"
        for mark in person.licences
    )


def _facts(person) -> str:
    return "; ".join(
        " ".join(part for part in (fact.facility_code, fact.label, fact.detail) if part)
        for fact in person.facts
    )


PAIRS = Table(
    caption="Records that may be one person's",
    row_url=lambda pair: reverse("practitioners:pair", args=[pair.one.uid, pair.other.uid]),
    columns=(
        Column("pair", "Records", value="label", kind="strong"),
        Column("likeness", "How alike", kind="badge", export=lambda pair: pair.likeness.word),
        Column("score", "Of 100", value="likeness.score", kind="number", narrow=False),
        Column("why", "Why"),
    ),
)

MERGED = Table(
    caption="Merged records",
    row_url=lambda alias: links.practitioner(alias.canonical),
    columns=(
        Column("record", "Record", value="practitioner.display_name", kind="strong"),
        Column("npi", "NPI", value="practitioner.npi", kind="code"),
        Column("into", "Merged into", value="canonical.display_name"),
        Column("when", "Since", value="recorded_at", kind="moment"),
        Column("who", "By", value=lambda alias: str(alias.recorded_by)),
        Column("reason", "Why", narrow=False),
    ),
)


#: Columns the list of practitioners shows until somebody chooses others.
USUAL = ("npi", "type", "specialty", "licences", "status")


def practitioners_table(viewer, on: dt.date, asked: Sequence[str] = (), order: str = "") -> Table:
    """The list of practitioners for a viewer with the columns ``asked`` for (none: the usual ones), in the
    ``order`` asked for.

    What the columns shown need is read for all rows of a page at once; what is not shown is not read.
    """
    offered = _practitioner_columns()
    known = [column.name for column in offered if column.name in asked]
    names = known or USUAL

    def prepare(people) -> None:
        if {"licences", "status"} & set(names):
            attach_list_facts(people, viewer, on)
        attach_columns(people, names, on)

    return Table(
        caption="Practitioners",
        order="name",
        row_url=links.practitioner,
        prepare=prepare,
        widen=lambda people: sortable_by(with_list_columns(people), order, on),
        columns=[column for column in offered if column.name == "name" or column.name in names],
        offered=offered,
        chosen=bool(known),
    )


def _practitioner_columns() -> list[Column]:
    """Every column the list offers, in the order they stand. Licences and status are several things at once,
    and have no order.
    """
    return [
        Column("name", "Name", value="display_name", kind="person", sort="sort_name", photo=photo_url),
        Column("npi", "NPI", kind="code", sort="npi"),
        Column("type", "Type", value="provider_type", sort=("provider_type", "sort_name")),
        Column("specialty", "Specialty", sort=("main__taxonomy__display_name", "sort_name"), narrow=False),
        _more("group", "Practice group"),
        _more("office", "Main office", narrow=False),
        _more("email", "E-mail"),
        _more("phone", "Phone", kind="code"),
        Column("languages", "Languages", sort=("languages", "sort_name"), narrow=False),
        Column(
            "licences", "Licenses", value=lambda person: person.licences or None, kind="template",
            template="practitioners/cells/licences.html", export=_licences,
        ),
        _more("number", "License number", kind="code"),
        _more("next", "Next to run out", kind="day"),
        Column(
            "status", "Status", value=lambda person: person.facts or None, kind="template",
            template="practitioners/cells/facts.html", export=_facts,
        ),
        Column("added", "On file since", value="created_at", kind="moment", sort="created_at", narrow=False),
    ]  # fmt: skip


def _more(name: str, label: str, **looks) -> Column:
    """A column of ``practitioners.selectors.list_columns``."""
    return Column(name, label, value=lambda person: person.more[name], sort=(SORTED_BY, "sort_name"), **looks)


GROUPS = Table(
    caption="Practice groups",
    order="name",
    row_url=links.practice_group,
    columns=(
        Column("name", "Group", kind="strong", sort="name"),
        Column("people", "People there now", kind="number", sort="people"),
        Column("offices", "Offices", kind="number", sort="offices"),
        Column("npi", "NPI", kind="code", sort="npi", narrow=False),
        Column("state", "Status", value=lambda group: OPEN if group.active else CLOSED, kind="badge",
               sort="active"),
    ),
)  # fmt: skip


def group_people_table(today: dt.date) -> Table:
    """Who works or worked at a practice group."""
    return Table(
        caption="People of the group",
        order="name",
        row_url=lambda row: links.practitioner(row.identity.practitioner),
        columns=(
            Column("name", "Name", value="identity.practitioner.display_name", kind="person",
                   sort="identity__practitioner__sort_name", photo=photo_url),
            Column("npi", "NPI", value="identity.practitioner.npi", kind="code",
                   sort="identity__practitioner__npi"),
            Column("office", "Office", value="identity.location.name", sort="identity__location__name"),
            Column("main", "Main place", kind="yes_no", sort="main", narrow=False),
            Column("first", "From", value="start", kind="plain_day", sort="valid__startswith"),
            Column("last", "Until", value="end", kind="plain_day", sort="valid__endswith"),
        ),
    )  # fmt: skip


def follow_ups_table(today: dt.date) -> Table:
    """What is to be followed up, the first due first."""
    return Table(
        caption="Follow-ups",
        order="due",
        row_url=lambda entry: links.contact_log(entry.practitioner),
        columns=(
            Column("name", "Name", value="practitioner.display_name", kind="person",
                   sort=("practitioner__sort_name", "follow_up_on")),
            Column("due", "Follow up", value="follow_up_on", kind="day", sort=("follow_up_on", "pk")),
            Column("late", "Status", value=lambda entry: LATE if entry.follow_up_on < today else AHEAD,
                   kind="badge"),
            Column("said", "What was said", value=lambda entry: Truncator(entry.said).chars(120)),
            Column("with_whom", "With whom", narrow=False),
            Column("for", "Whose", value=lambda entry: str(entry.follow_up_for), narrow=False),
        ),
    )  # fmt: skip


IMPORTS = Table(
    caption="Imports",
    order="-checked",
    row_url=lambda batch: reverse("practitioners:import", args=[batch.uid]),
    columns=(
        Column("file", "File", value="file_name", kind="strong", sort="file_name"),
        Column("kind", "Kind", kind="status", sort="kind", narrow=False),
        Column("status", "Status", kind="status", sort="status"),
        Column("new", "New", value=lambda batch: batch.counts.get("new", 0), kind="number"),
        Column("changed", "Changed", value=lambda batch: batch.counts.get("changed", 0), kind="number"),
        Column("rejected", "Rejected", value=lambda batch: batch.counts.get("rejected", 0), kind="number"),
        Column("facility", "Facility", narrow=False),
        Column("checked", "Checked", value="created_at", kind="moment", sort="created_at"),
        Column("by", "By", value="created_by", narrow=False),
    ),
)


def import_rows_table(outcome: str) -> Table:
    """The rows of an import with one outcome: what is wrong with them, or what they change."""
    what = (
        Column(
            "problems", "Why", kind="template", template="practitioners/cells/import_problems.html",
            export=lambda row: "; ".join(_problem(each) for each in row.problems),
        )
        if outcome == RowOutcome.REJECTED
        else Column(
            "changes", "What changes", kind="template", template="practitioners/cells/import_changes.html",
            export=lambda row: "; ".join(_change(each) for each in row.changes),
        )
    )  # fmt: skip
    columns = [
        Column("row", "Row", value="number", kind="number", sort="number"),
        Column(
            "person",
            "Person in the file",
            value="label",
            sort="label",
            url=lambda row: links.practitioner(row.practitioner) if row.practitioner_id else "",
        ),
    ]
    if outcome != RowOutcome.UNCHANGED:
        columns.append(what)
    return Table(caption="Rows of the file", order="row", columns=columns)


def _problem(each: dict[str, str]) -> str:
    return f"{each['column']}: {each['sentence']}" if each["column"] else each["sentence"]


def _change(each: dict[str, str]) -> str:
    before = f"{each['before']} -> " if each["before"] else ""
    return f"{each['label']}: {before}{each['after']}"
