"""What is asked for beside what peers of the specialty hold, and beside the person's own last term.

Peers are those who hold something in full at the facility on the same form: a form delineates a specialty.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from bylaws.subjects import Comparison
from config.kernel.display.dates import day_text
from config.kernel.periods import covers, last_day
from credentialing.models import Application
from practitioners.selectors.canonical import among, person_id
from privileging.choices import GrantKind
from privileging.models import GrantPeriod, RequestLine


def compared(lines: Sequence[RequestLine], on: dt.date) -> Comparison:
    """Every line of one application beside the peers and the last term, in sentences, and what is held and
    not asked for again; two queries, none without a line.
    """
    if not lines:
        return Comparison()
    application: Application = lines[0].request.application
    own = _own(application, on)
    peers, holders = _peers(application, lines, on)
    asked = {line.form_line.privilege_id for line in lines}
    return Comparison(
        lines={
            line.uid: " ".join(
                [_of_peers(line, peers, holders), _last_term(own.get(line.form_line.privilege_id), on)]
            )
            for line in lines
        },
        not_asked=tuple(
            sorted(
                row.privilege.name
                for privilege_id, row in own.items()
                if privilege_id not in asked and covers(row.valid, on)
            )
        )
        if application.rule.opens_term
        else (),
    )


def _own(application: Application, on: dt.date) -> dict[int, GrantPeriod]:
    """The newest full grant that had begun by the day, by privilege; one query."""
    rows = (
        GrantPeriod.objects.live()
        .filter(
            practitioner__in=among([application.practitioner_id]),
            facility=application.facility,
            kind=GrantKind.FULL,
            valid__startswith__lte=on,
        )
        .select_related("privilege")
        .order_by("valid")
    )
    return {row.privilege_id: row for row in rows}


def _peers(
    application: Application, lines: Sequence[RequestLine], on: dt.date
) -> tuple[dict[int, set[Any]], dict[int, set[Any]]]:
    """Others who hold something in full on the day: by form, and by privilege; one query."""
    forms = {line.form_line.version.form_id for line in lines}
    rows = (
        GrantPeriod.objects.in_force(on)
        .filter(
            facility=application.facility,
            kind=GrantKind.FULL,
            identity__form_line__version__form__in=forms,
        )
        .exclude(practitioner__in=among([application.practitioner_id]))
        .annotate(person=person_id("practitioner_id"))
        .order_by()
        .values_list("person", "identity__form_line__version__form_id", "privilege_id")
    )
    peers: dict[int, set[Any]] = defaultdict(set)
    holders: dict[int, set[Any]] = defaultdict(set)
    for person, form_id, privilege_id in rows:
        peers[form_id].add(person)
        holders[privilege_id].add(person)
    return peers, holders


def _of_peers(line: RequestLine, peers: dict[int, set[Any]], holders: dict[int, set[Any]]) -> str:
    form = line.form_line.version.form
    beside = peers.get(form.pk, set())
    if not beside:
        return f"Nobody else holds anything of {form.name} here."
    held = len(holders.get(line.form_line.privilege_id, set()) & beside)
    return f"Held by {held} of {len(beside)} peers ({form.name})."


def _last_term(row: GrantPeriod | None, on: dt.date) -> str:
    if row is None:
        return "Not held here before."
    last = last_day(row.valid.upper)
    held = f"Held now, through {day_text(last)}" if covers(row.valid, on) else f"Held until {day_text(last)}"
    conditions = " ".join(row.conditions.split())
    return f"{held}, with conditions: {conditions}" if conditions else f"{held}."
