"""Privileges that are not granted for a time, because they are held, or were under a term that ran out."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef

from config.kernel.display.dates import day_text
from config.kernel.periods import PeriodQuerySet, last_day
from config.rulebook.selectors.parameters import resolve
from credentialing.kinds import no_bridge
from credentialing.models import Application
from practitioners.selectors.canonical import among
from privileging.choices import GrantKind
from privileging.models import Departure, GrantPeriod
from privileging.parameters import BRIDGE_DAYS
from privileging.selectors.requests import lines_of


def why_not_for_a_time(application: Application, on: dt.date) -> list[str]:
    """Why what is asked for is not granted for a time on the day, in sentences; three queries at most.

    A privilege held in full needs none. One held under a term that ran out within ``privileging.bridge_days``
    waits for the reappointment; whoever left since is an applicant like any other. None of this concerns
    kinds that may bridge.
    """
    if application.rule.bridges or not application.rule.privileges_only:
        return []
    days = resolve(BRIDGE_DAYS.code, facility=application.facility, on=on).value or 0
    since = on - dt.timedelta(days=int(days))
    left = Departure.objects.filter(
        practitioner=OuterRef("practitioner"),
        facility=OuterRef("facility"),
        day__gte=OuterRef("valid__startswith"),
        taken_back_at__isnull=True,
    )
    held: dict[str, GrantPeriod] = {}
    late: dict[str, GrantPeriod] = {}
    for row in _full(application).filter(valid__endswith__gt=since).annotate(left=Exists(left)):
        if row.valid.upper > on:
            held[row.privilege.name] = row
        elif not row.left:
            late[row.privilege.name] = row
    problems = [
        f"{name} is held through {day_text(last_day(row.valid.upper))} already." for name, row in held.items()
    ]
    ended = {name: row for name, row in late.items() if name not in held}
    if ended:
        name, row = next(iter(ended.items()))
        more = f" (and {len(ended) - 1} more)" if len(ended) > 1 else ""
        problems.append(no_bridge(f"{name}{more} was held until {day_text(last_day(row.valid.upper))}"))
    return problems


def _full(application: Application) -> PeriodQuerySet:
    """Full grants of what the application asks for, of any day."""
    asked = [line.form_line.privilege_id for line in lines_of(application)]
    return (
        GrantPeriod.objects.live()
        .filter(
            practitioner__in=among([application.practitioner_id]),
            facility=application.facility,
            privilege_id__in=asked,
            kind=GrantKind.FULL,
        )
        .select_related("privilege")
        .order_by("privilege__name", "valid")
    )
