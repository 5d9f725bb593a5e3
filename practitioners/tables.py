"""The lists of this room: their columns on the page and in the CSV."""

from __future__ import annotations

import datetime as dt

from django.utils.text import Truncator

from config.kernel.pages import Column, Table
from config.kernel.registries import StatusFact
from practitioners import links
from practitioners.selectors.people import attach_list_facts

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


def practitioners_table(viewer, on: dt.date) -> Table:
    """The list of practitioners for a viewer; licences and status of a page are read for all its rows at
    once.
    """
    return Table(
        caption="Practitioners",
        order="name",
        row_url=links.practitioner,
        prepare=lambda people: attach_list_facts(people, viewer, on),
        columns=(
            Column("name", "Name", value="display_name", kind="person", sort="sort_name"),
            Column("npi", "NPI", kind="code", sort="npi"),
            Column("type", "Type", value="provider_type", sort=("provider_type", "sort_name")),
            Column("specialty", "Specialty", sort=("specialty", "sort_name"), narrow=False),
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
