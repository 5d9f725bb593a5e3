"""Whose privileges are under a focused evaluation with somebody present: what the ward is told as "proctor
needed".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, OuterRef, Subquery

from config.organization.models import Facility
from practitioners.selectors.canonical import among, person_id
from privileging.choices import FPPEMethod, FPPEReason
from privileging.models import FPPEPlan, FPPEStep
from privileging.models.fppe import CLOSED


@dataclass(frozen=True)
class Proctoring:
    """An open evaluation of one privilege whose cases somebody watches."""

    code: str
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
    """Where a proctor is needed at the bedside on the day, by person and privilege id, as known at the moment
    (None: now); one query.

    A proctor is needed while the evaluation of a privilege that was granted, or granted again, is open and
    its cases are looked at by somebody present. Only these: that somebody is evaluated for cause is peer
    review, told to nobody here.
    """
    steps = FPPEStep.objects.filter(plan=OuterRef("pk"), day__lte=on)
    if known_at is not None:
        steps = steps.filter(recorded_at__lte=known_at)
    last = steps.order_by("-recorded_at", "-pk")
    plans = (
        FPPEPlan.objects.filter(
            practitioner__in=among(practitioner_ids, known_at),
            facility=facility,
            reason__in=(FPPEReason.INITIAL, FPPEReason.AGAIN),
            opened_on__lte=on,
        )
        .annotate(
            person=person_id("practitioner_id", known_at),
            then=Subquery(last.values("status")[:1]),
            how=Subquery(last.values("looking")[:1]),
            code=F("privilege__code"),
            wanted=Subquery(last.values("cases_required")[:1]),
        )
        .filter(how=FPPEMethod.PROCTORED)
        .exclude(then__in=CLOSED)
        .order_by("-opened_on", "-pk")
        .values_list("person", "privilege_id", "code", "opened_on", "wanted")
    )
    # Of several the one that opened first is the last to be read, and stands.
    return {(person, key): Proctoring(code, since, cases) for person, key, code, since, cases in plans}
