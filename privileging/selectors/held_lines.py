"""On which lines of forms the privileges stand that many people hold on a day."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

from bylaws.rules.population import remembered_about
from config.organization.models import Facility
from practitioners.selectors.canonical import among, person_id
from privileging.models import GrantPeriod


def held_lines_of(
    practitioner_ids: Iterable[int], facility: Facility, on: dt.date, known_at: dt.datetime | None
) -> dict[int, list[tuple[str, int]]]:
    """Code and line of the form of every privilege granted there on the day by person, on whichever record;
    one query, and one for all rules that are judged together.
    """

    def ask(people: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
        rows = (
            GrantPeriod.objects.in_force(on, known_at)
            .filter(practitioner__in=among(people, known_at), facility=facility)
            .annotate(person=person_id("practitioner_id", known_at))
            .order_by()
        )
        found: dict[int, list[tuple[str, int]]] = defaultdict(list)
        for person, code, line in rows.values_list("person", "privilege__code", "identity__form_line_id"):
            found[person].append((code, line))
        return dict(found)

    return remembered_about(("held lines", facility.pk, on, known_at), practitioner_ids, ask)
