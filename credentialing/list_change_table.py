"""The list of what changed with one load of an exclusion list."""

from __future__ import annotations

from collections.abc import Sequence

import django_filters as filters
from django.db.models import Q

from config.kernel.pages import Column, Table
from credentialing import links
from credentialing.choices import ListChange
from credentialing.models import ListRow
from credentialing.selectors.list_changes import attach_people, corrected_in_words


class ChangeFilter(filters.FilterSet):
    """Rows by what became of them, by name, and whether they touch anybody known here."""

    q = filters.CharFilter(label="Name on the list", method="filter_q")
    what = filters.ChoiceFilter(label="What became of it", choices=ListChange.choices, empty_label="Any")
    ours = filters.ChoiceFilter(
        label="Whom it touches", choices=(("0", "Somebody known here"),), empty_label="Anybody"
    )

    class Meta:
        model = ListRow
        fields = ("q", "what", "ours")

    def filter_q(self, queryset, name, value):
        """The beginning of a name."""
        word = value.strip()
        person = Q(last_name__istartswith=word) | Q(first_name__istartswith=word)
        return queryset.filter(person | Q(business_name__istartswith=word))


def party(row: ListRow) -> str:
    """Who stands on the list."""
    given = " ".join(part for part in (row.first_name, row.middle_name) if part)
    return ", ".join(part for part in (row.last_name, given) if part) or row.business_name


def change(row: ListRow) -> ListChange:
    """What became of the row."""
    return ListChange(row.what)  # type: ignore[attr-defined]


def changes_table(viewer) -> Table:
    """The table for one reader: whom of their people a row touches is asked for the rows shown alone."""

    def prepare(rows: Sequence[ListRow]) -> None:
        attach_people(viewer, rows)

    def people(row: ListRow) -> str:
        return "; ".join(str(match.practitioner) for match in row.found)  # type: ignore[attr-defined]

    def leads_to(row: ListRow) -> str:
        found = row.found  # type: ignore[attr-defined]
        return links.match(found[0]) if found else ""

    return Table(
        caption="What changed",
        order="people",
        prepare=prepare,
        columns=(
            Column("party", "On the list", value=party, sort=("last_name", "first_name", "business_name")),
            Column("what", "What", value=change, kind="badge", sort=("what", "last_name")),
            Column(
                "people", "Known here", value=people, url=leads_to, sort=("ours", "last_name", "first_name")
            ),
            Column("state", "State", value="state", sort="state", narrow=False),
            Column("excluded", "Excluded on", value="excluded_on", kind="plain_day", sort="excluded_on"),
            Column("corrected", "Corrected", value=corrected_in_words),
        ),
    )  # fmt: skip
