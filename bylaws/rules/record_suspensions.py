"""BL-REC-2: suspensions for medical records, so many or so long in twelve months that membership is deemed
resigned.

Judged by our own suspensions: those that followed from a finding of BL-REC-1, by hand or by itself. One that
was recorded as a mistake does not count. A suspension recorded without the finding does not say what it was
for, and is not counted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Q

from bylaws.choices import BarKind, FindingStepKind
from bylaws.models import BarPeriod, FindingStep
from bylaws.parameters import RECORD_SUSPENDED_DAYS, RECORD_SUSPENSIONS
from bylaws.rules.duty_lists import plural, sayer
from bylaws.rules.population import asked_of, remembered_about
from bylaws.rules.record_delinquency import CODE as OVERDUE
from config.kernel.dates import ONE_DAY, add_months
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict
from practitioners.selectors.canonical import among, person_id

CODE = "BL-REC-2"
TITLE = "Suspensions for medical records within the limit"
MONTHS = 12


def _ask(
    facility: Facility, known_at: dt.datetime | None, people: Sequence[int]
) -> dict[int, list[dict[str, Any]]]:
    followed = FindingStep.objects.filter(
        kind=FindingStepKind.CONSEQUENCE, finding__rule_code=OVERDUE, bar__isnull=False
    )
    if known_at is not None:
        followed = followed.filter(at__lte=known_at)
    rows = (
        BarPeriod.objects.known_at(known_at)
        .filter(
            Q(identity__rule_code=OVERDUE) | Q(identity_id__in=followed.values("bar_id")),
            identity__practitioner_id__in=among(people, known_at),
            identity__facility=facility,
            identity__kind=BarKind.ADMINISTRATIVE_SUSPENSION,
        )
        .annotate(person=person_id("identity__practitioner_id", known_at))
        .order_by("valid", "pk")
        .values_list("person", "identity_id", "valid")
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for person, bar, valid in rows:
        found.setdefault(person, []).append({"bar": bar, "from": valid.lower, "to": valid.upper})
    return found


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """Suspensions for medical records by person, in their order; two queries."""
    people = asked_of(facility, on, known_at, practitioner_ids)
    suspended = remembered_about(
        ("suspended for records", facility.pk, known_at), people, partial(_ask, facility, known_at)
    )
    return {pk: {**each, "suspended": suspended.get(pk, [])} for pk, each in people.items()}


@dataclass(frozen=True)
class Most:
    """So many suspensions, or days of them, are too many in twelve months."""

    times: int
    days: int

    def reached(self, starts: Sequence[dt.date], stood: Sequence[dt.date]) -> bool:
        """Whether either is."""
        return len(starts) >= self.times or len(stood) >= self.days


def first_counted(on: dt.date) -> dt.date:
    """The first of the twelve months that end with the day. Pure."""
    return add_months(on, -MONTHS) + ONE_DAY


def counted(suspended: Sequence[Any], on: dt.date) -> tuple[list[dt.date], list[dt.date]]:
    """In the twelve months that end with the day: on which days suspensions began, and the days on which one
    stood, each once; in order. Pure.
    """
    first_day = first_counted(on)
    began: dict[int, dt.date] = {}
    stood: set[dt.date] = set()
    for each in suspended:
        began[each["bar"]] = min(each["from"], began.get(each["bar"], each["from"]))
        begins = max(each["from"], first_day)
        after = on + ONE_DAY if each["to"] is None else min(each["to"], on + ONE_DAY)
        stood.update(begins + dt.timedelta(days=number) for number in range((after - begins).days))
    return sorted(day for day in began.values() if first_day <= day <= on), sorted(stood)


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person. Pure. A suspension is of the twelve months in which it began; days count in
    those they lie in. The number that is set is the first that is too many.
    """
    times, days = parameters[RECORD_SUSPENSIONS.code], parameters[RECORD_SUSPENDED_DAYS.code]
    say = sayer(CODE, TITLE, times, "suspensions")
    if not facts["carries_privileges"]:
        return say(Outcome.NOT_APPLICABLE, f"The category {facts['category']} carries no privileges.")
    if not times.is_set or not days.is_set:
        return say(
            Outcome.UNKNOWN,
            "With how many suspensions or days somebody is deemed to have resigned is not recorded here.",
            cure="Record both numbers of the bylaws among the parameters.",
        )
    on = facts["on"]
    most = Most(int(times.value), int(days.value))
    starts, stood = counted(facts["suspended"], on)
    shown = {
        "from": first_counted(on),
        "suspensions": len(starts),
        "suspensions_too_many": most.times,
        "days": len(stood),
        "days_too_many": most.days,
    }
    if not starts and not stood:
        return say(
            Outcome.MET, "Not suspended for medical records in the past twelve months.", facts={"times": 0}
        )
    told = (
        f"Suspended for medical records {plural(len(starts), 'time', 'times')} and for "
        f"{plural(len(stood), 'day', 'days')} in the past twelve months"
    )
    if not most.reached(starts, stood):
        return say(Outcome.MET, f"{told}; too many are {most.times} times or {most.days} days.", facts=shown)
    which = [f"{most.times} times"] if len(starts) >= most.times else []
    which += [f"{most.days} days"] if len(stood) >= most.days else []
    return say(
        Outcome.NOT_MET,
        f"{told}; with {' and '.join(which)} membership is deemed resigned.",
        facts=shown,
        since=_since(facts["suspended"], most, on),
        cure="Record the resignation on the appointment, or have the requirement waived.",
    )


def _since(suspended: Sequence[Any], most: Most, on: dt.date) -> dt.date:
    """The first of the days up to this one on each of which the twelve months before it held too many."""
    while most.reached(*counted(suspended, on - ONE_DAY)):
        on -= ONE_DAY
    return on


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(RECORD_SUSPENSIONS.code, RECORD_SUSPENDED_DAYS.code),
        facts=gather,
        judge=judge,
    )
)
