"""The lists of this room: their columns on the page and in the CSV."""

from __future__ import annotations

import datetime as dt

from config.kernel.pages import Column, Table
from practitioners import links
from practitioners.selectors.people import attach_list_facts


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
