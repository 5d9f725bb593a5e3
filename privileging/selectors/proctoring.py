"""Whose privileges are still under their first evaluation: what the ward is told as "proctor needed"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from config.kernel import clock
from config.organization.models import Facility
from practitioners.selectors.canonical import among, person_id
from privileging.choices import FPPEReason
from privileging.models import FPPEPlan


@dataclass(frozen=True)
class Proctoring:
    """An open first evaluation of one privilege."""

    since: dt.date
    cases: int | None

    @property
    def sentence(self) -> str:
        """As the ward is told."""
        cases = f" for the first {self.cases} cases" if self.cases else ""
        return f"Proctor needed{cases}: the first evaluation of this privilege is open."


def open_initial_fppe(
    practitioner_ids: Iterable[int], facility: Facility, on: dt.date, known_at: dt.datetime | None = None
) -> dict[tuple[int, int], Proctoring]:
    """First evaluations open on the day, by person and privilege, as known at the moment; one query.

    Only these: that somebody is evaluated for cause is peer review, and told to nobody here. A plan is
    written on the day it opens or closes, so those days say what was known then.
    """
    day = on if known_at is None else min(on, clock.date_at(known_at, facility))
    rows = (
        FPPEPlan.objects.filter(
            Q(closed_on__isnull=True) | Q(closed_on__gt=day),
            reason=FPPEReason.INITIAL,
            opened_on__lte=day,
            grant__facility=facility,
            grant__practitioner__in=among(practitioner_ids, known_at),
        )
        .annotate(person=person_id("grant__practitioner_id", known_at))
        .order_by("-opened_on", "-pk")
        .values_list("person", "grant__privilege_id", "opened_on", "cases_required")
    )
    # Of several the one that opened first is the last to be read, and stands.
    return {(person, privilege): Proctoring(since, cases) for person, privilege, since, cases in rows}
