"""BL-CALL-2: members of the call rotation cover their share of the call, unless age or service exempts them.

The list of the scheduling system names everybody in the rotation, with the shifts each covered since the
first day of the period. Whoever a whole list does not name is in no rotation. Years of membership here are
added up; the time between two memberships is none of them.

Whether every slot of the emergency call list had somebody (BL-CALL-1) is no question about a member: it needs
the list of slots, which is not imported.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from bylaws.choices import DutyKind
from bylaws.models import AppointmentPeriod
from bylaws.parameters import CALL_AGE, CALL_CATEGORIES, CALL_SERVICE, CALL_SHIFTS, DUTY_LIST_DAYS
from bylaws.rules.duty_lists import gather_of, plural, reads_list, sayer, silent
from bylaws.rules.population import remembered_about
from config.kernel.dates import ONE_DAY, add_months
from config.kernel.display.dates import day_text
from config.kernel.periods import Span, days_in
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among, person_id

CODE = "BL-CALL-2"
TITLE = "Share of the call covered"


def _births(people: Sequence[int]) -> dict[int, dt.date]:
    rows = Practitioner.every.filter(pk__in=people, birth_date__isnull=False)
    return {pk: born for pk, born in rows.values_list("pk", "birth_date") if born is not None}


def _memberships(
    facility: Facility, known_at: dt.datetime | None, people: Sequence[int]
) -> dict[int, list[Span]]:
    rows = (
        AppointmentPeriod.objects.known_at(known_at)
        .filter(facility=facility, practitioner_id__in=among(people, known_at))
        .annotate(person=person_id(known_at=known_at))
        .order_by("person", "valid")
    )
    found: dict[int, list[Span]] = {}
    for person, valid in rows.values_list("person", "valid"):
        found.setdefault(person, []).append((valid.lower, valid.upper))
    return found


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """What the list says, with birth dates and the memberships here; five queries."""
    found = gather_of(DutyKind.CALL, facility, on, known_at, practitioner_ids)
    births = remembered_about(("births",), found, _births)
    served = remembered_about(
        ("memberships", facility.pk, known_at), found, partial(_memberships, facility, known_at)
    )
    return {
        person: {**each, "born": births.get(person), "memberships": served.get(person, [])}
        for person, each in found.items()
    }


def _years_from(day: dt.date | None, years: Any, on: dt.date) -> bool | None:
    """Whether so many years have passed since the day; None: the day is not known."""
    return None if day is None else add_months(day, 12 * int(years)) <= on


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person. Pure. Exempt from the birthday on, and from the day on
    that follows so many years as a member."""
    limit = parameters[CALL_SHIFTS.code]
    age, service = parameters[CALL_AGE.code], parameters[CALL_SERVICE.code]
    say = sayer(CODE, TITLE, limit, "shifts")
    on = facts["on"]
    if not facts["member"]:
        return say(Outcome.NOT_APPLICABLE, "No appointment is in force on this day.")
    taking = parameters[CALL_CATEGORIES.code]
    if not taking.is_set:  # an empty list says that nobody takes call
        return say(
            Outcome.UNKNOWN,
            "The categories with the duty to take call are not recorded for this facility.",
            cure="Record them under Categories.",
        )
    if facts["category_code"] not in taking.value:
        return say(Outcome.NOT_APPLICABLE, f"The category {facts['category']} has no duty to take call.")
    served = days_in(facts["memberships"], on)
    if service.is_set and _years_from(on + ONE_DAY - dt.timedelta(days=served), service.value, on):
        return say(Outcome.NOT_APPLICABLE, f"Exempt from call after {service.value} years of membership.")
    old = _years_from(facts["born"], age.value, on) if age.is_set else False
    if old:
        return say(Outcome.NOT_APPLICABLE, f"Exempt from call from the age of {age.value} on.")
    if not limit.is_set:
        return say(
            Outcome.UNKNOWN,
            "How many shifts a member covers is not recorded for this facility.",
            cure="Record the duty of the bylaws among the parameters.",
        )
    unknown = silent(say, DutyKind.CALL, facts, parameters)
    if unknown is not None:
        return unknown
    row, as_of = facts["row"], facts["list"]["as_of"]
    if row is None:
        return say(Outcome.NOT_APPLICABLE, f"In no call rotation by the list of {day_text(as_of)}.")
    asked, count = int(limit.value), row["count"]
    period = f" since {day_text(row['since'])}" if row["since"] else ""
    told = f"{plural(count, 'shift', 'shifts')} covered{period} by the list of {day_text(as_of)}"
    shown = {"list_of": as_of, "count": count, "asked": asked}
    if count >= asked:
        return say(Outcome.MET, f"{told}; {asked} asked for.", facts=shown)
    if old is None:
        return say(
            Outcome.UNKNOWN,
            f"{told}, below {asked}; whether age exempts from it is not known without the date of birth.",
            facts=shown,
            cure="Record the date of birth.",
        )
    return say(
        Outcome.NOT_MET,
        f"{told}, below {asked}.",
        facts=shown,
        since=as_of,
        cure="Cover shifts in the next period, or have an exemption granted.",
    )


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(
            CALL_SHIFTS.code,
            CALL_CATEGORIES.code,
            CALL_AGE.code,
            CALL_SERVICE.code,
            DUTY_LIST_DAYS.code,
        ),
        facts=gather,
        judge=judge,
        narrowed=reads_list(DutyKind.CALL),
    )
)
