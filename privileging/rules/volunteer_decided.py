"""BL-DIS-1: whether a volunteer's privileges in a disaster continue is decided within the hours.

Counted from the arrival, to the moment (:mod:`credentialing.rules.volunteers`); judged by days, as every
rule: met through the day in which the last moment falls. Undecided privileges end by themselves once the
hours have passed, so a breach shows only where that was not done. What was decided late meets the rule from
that day on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Min, Q

from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.kernel.display.dates import day_text
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict
from credentialing.parameters import VOLUNTEER_HOURS
from credentialing.rules.volunteers import ends_at
from practitioners.selectors.canonical import among, person_id
from privileging.choices import GrantKind
from privileging.models import GrantPeriod

CODE = "BL-DIS-1"
TITLE = "Volunteer in a disaster decided on within the hours"


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """The arrivals of each of the people (None: of whoever holds anything) who hold privileges of a disaster
    on the day, by the file they were granted under, with the day on which it was decided of that file whether
    they continue; one query.
    """
    ids = None if practitioner_ids is None else sorted(practitioner_ids)
    rows = GrantPeriod.objects.in_force(on, known_at).filter(facility=facility, kind=GrantKind.DISASTER)
    if ids is not None:
        rows = rows.filter(practitioner_id__in=among(ids, known_at))
    decisions = "identity__request_line__request__application__volunteer_decisions__decided_at"
    over = dt.datetime.combine(on + ONE_DAY, dt.time(), ZoneInfo(facility.time_zone))
    known = Q(**{f"{decisions}__lt": over})
    if known_at is not None:
        known &= Q(**{f"{decisions}__lte": known_at})
    told = (
        rows.annotate(
            person=person_id("practitioner_id", known_at),
            arrived_at=F("identity__request_line__request__application__arrived_at"),
        )
        .order_by("person", "arrived_at")
        .values("person", "arrived_at", file=F("identity__request_line__request__application"))
        .annotate(decided_at=Min(decisions, filter=known))
    )
    facts: dict[int, dict[str, Any]] = {
        pk: {"on": on, "zone": facility.time_zone, "arrivals": []} for pk in ids or ()
    }
    for row in told:
        one = facts.setdefault(row["person"], {"on": on, "zone": facility.time_zone, "arrivals": []})
        decided = row["decided_at"]
        one["arrivals"].append(
            {
                "arrived_at": row["arrived_at"],
                "decided_on": clock.date_at(decided, facility) if decided else None,
            }
        )
    return dict(facts)


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person: of several arrivals the one that waits longest speaks, and one that is not
    on record only where no other is late. Pure.
    """
    limit = parameters[VOLUNTEER_HOURS]
    on, zone = facts["on"], ZoneInfo(facts["zone"])

    def say(outcome: Outcome, sentence: str, **more: Any) -> Verdict:
        return Verdict(
            outcome=outcome,
            code=CODE,
            title=TITLE,
            sentence=sentence,
            citation=limit.citation,
            confidence=limit.confidence,
            bound_by=f"{limit.source}: {limit.value} hours" if limit.is_set else "",
            **more,
        )

    if not facts["arrivals"]:
        return say(Outcome.NOT_APPLICABLE, "No privileges of a disaster are held on this day.")
    waiting = [each for each in facts["arrivals"] if each["decided_on"] is None]
    if not waiting:
        last = max(each["decided_on"] for each in facts["arrivals"])
        return say(Outcome.MET, f"Whether they continue was decided on {day_text(last)}.", since=last)
    arrivals = [each["arrived_at"] for each in waiting if each["arrived_at"] is not None]
    hours = int(limit.value) if limit.is_set else None
    late = hours is not None and any(on > ends_at(came, hours).astimezone(zone).date() for came in arrivals)
    if len(arrivals) < len(waiting) and not late:
        return say(
            Outcome.UNKNOWN,
            "Privileges of a disaster are held, and the arrival is not on record.",
            cure="Open the file of the volunteer with the moment of arrival.",
        )
    arrived = min(arrivals)
    came = day_text(arrived.astimezone(zone).date())
    if not limit.is_set:
        return say(
            Outcome.UNKNOWN,
            f"Arrived on {came}; within how many hours it is decided is not recorded for this facility.",
            cure="Record the hours among the parameters.",
        )
    due = ends_at(arrived, int(limit.value)).astimezone(zone).date()
    shown = {"arrived_at": arrived, "decide_by": due}
    if on > due:
        return say(
            Outcome.NOT_MET,
            f"Arrived on {came}; whether the privileges continue had to be decided by {day_text(due)}.",
            facts=shown,
            since=due + ONE_DAY,
            due=due,
            cure="Decide whether they continue, or let them end.",
        )
    return say(
        Outcome.MET,
        f"Arrived on {came}; it is decided by {day_text(due)} whether they continue.",
        facts=shown,
        due=due,
    )


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(VOLUNTEER_HOURS,),
        facts=gather,
        judge=judge,
        waivable=False,
    )
)
