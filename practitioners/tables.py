"""The lists of this room: their columns on the page and in the CSV."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils.text import Truncator

from config.kernel.pages import Column, Table
from config.kernel.registries import StatusFact
from practitioners import links
from practitioners.choices import RowOutcome
from practitioners.selectors.people import attach_list_facts, with_list_columns

LATE, AHEAD = StatusFact("", "Late", "bad"), StatusFact("", "To do", "info")


def _licences(person) -> str:
    return "; ".join(
        f"{mark.state} {'confirmed' if mark.confirmed else 'claimed'}{'' if mark.running else ', run out'}"
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


def practitioners_table(viewer, on: dt.date) -> Table:
    """The list of practitioners for a viewer; licences and status of a page are read for all its rows at
    once.
    """
    return Table(
        caption="Practitioners",
        order="name",
        row_url=links.practitioner,
        prepare=lambda people: attach_list_facts(people, viewer, on),
        widen=with_list_columns,
        columns=(
            Column("name", "Name", value="display_name", kind="person", sort="sort_name"),
            Column("npi", "NPI", kind="code", sort="npi"),
            Column("type", "Type", value="provider_type", sort=("provider_type", "sort_name")),
            Column(
                "specialty", "Specialty", sort=("main__taxonomy__display_name", "sort_name"), narrow=False
            ),
            Column(
                "licences", "Licences", value=lambda person: person.licences or None, kind="template",
                template="practitioners/cells/licences.html", export=_licences,
            ),
            Column(
                "status", "Status", value=lambda person: person.facts or None, kind="template",
                template="practitioners/cells/facts.html", export=_facts,
            ),
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
            Column("late", "State", value=lambda entry: LATE if entry.follow_up_on < today else AHEAD,
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
