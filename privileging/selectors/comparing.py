"""What is asked for beside what peers of the specialty hold, and beside the person's own last term.

Peers are those who hold something in full at the facility on the same form: a form delineates a specialty.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import Case, Q, Value, When

from bylaws.subjects import Comparison
from config.kernel.display.dates import day_text
from config.kernel.periods import covers, last_day
from credentialing.models import Application
from practitioners.selectors.canonical import among, person_id
from privileging.choices import GrantKind
from privileging.models import GrantPeriod, RequestLine
from privileging.selectors.requests import lines_of


def compared(lines: Sequence[RequestLine], on: dt.date) -> Comparison:
    """Every line of one application beside the peers and the last term, in sentences, and what is held and
    not asked for again; one query, one more where something held is not among the lines, none without a line.
    """
    if not lines:
        return Comparison()
    application: Application = lines[0].request.application
    own: dict[int, _Held] = {}
    peers: dict[int, set[Any]] = defaultdict(set)
    holders: dict[int, set[Any]] = defaultdict(set)
    for row in _held(application, {line.form_line.version.form_id for line in lines}, on):
        if row.own:
            own[row.privilege] = row
        else:
            peers[row.form].add(row.person)
            holders[row.privilege].add(row.person)
    asked = {line.form_line.privilege_id for line in lines}
    left = [row for row in own.values() if row.privilege not in asked and covers(row.valid, on)]
    left = left if application.rule.opens_term else []
    # What is held for a hearing is asked for, though it is not among the lines that can be answered.
    every = set(lines_of(application).values_list("form_line__privilege_id", flat=True)) if left else set()
    return Comparison(
        lines={
            line.uid: " ".join(
                [_of_peers(line, peers, holders), _last_term(own.get(line.form_line.privilege_id), on)]
            )
            for line in lines
        },
        not_asked=tuple(sorted(row.name for row in left if row.privilege not in every)),
    )


class _Held(NamedTuple):
    """One full grant: of the applicant, begun by the day; or of a peer, in force on it."""

    own: bool
    person: int
    form: int
    privilege: int
    name: str
    valid: Any
    conditions: str


def _held(application: Application, forms: set[int], on: dt.date) -> list[_Held]:
    """The applicant's full grants, the oldest first, and those of others on these forms; one query."""
    own = Q(practitioner__in=among([application.practitioner_id]), valid__startswith__lte=on)
    others = Q(valid__contains=on, identity__form_line__version__form__in=forms) & ~Q(
        practitioner__in=among([application.practitioner_id])
    )
    rows = (
        GrantPeriod.objects.live()
        .filter(own | others, facility=application.facility, kind=GrantKind.FULL)
        .annotate(
            own=Case(When(own, then=Value(True)), default=Value(False)), person=person_id("practitioner_id")
        )
        .order_by("valid", "pk")
        .values_list(
            "own",
            "person",
            "identity__form_line__version__form_id",
            "privilege_id",
            "privilege__name",
            "valid",
            "conditions",
        )
    )
    return [_Held(*row) for row in rows]


def _of_peers(line: RequestLine, peers: dict[int, set[Any]], holders: dict[int, set[Any]]) -> str:
    form = line.form_line.version.form
    beside = peers.get(form.pk, set())
    if not beside:
        return f"Nobody else holds anything of {form.name} here."
    held = len(holders.get(line.form_line.privilege_id, set()) & beside)
    return f"Held by {held} of {len(beside)} peers ({form.name})."


def _last_term(row: _Held | None, on: dt.date) -> str:
    if row is None:
        return "Not held here before."
    last = last_day(row.valid.upper)
    held = f"Held now, through {day_text(last)}" if covers(row.valid, on) else f"Held until {day_text(last)}"
    conditions = " ".join(row.conditions.split())
    return f"{held}, with conditions: {conditions}" if conditions else f"{held}."
