"""BL-CTE-3: a body approves the minutes of a meeting at its next one.

Judged are its meetings of the last twelve months. Minutes are due with the next meeting of the body, and no
sooner than so many days after the meeting, so that a special meeting within the week makes nothing late.
Before the body has met again nothing is late. A meeting whose minutes nobody began here may have minutes
elsewhere: unknown. What was approved late meets the rule from that day on. A meeting recorded from its signed
minutes has them since they are kept here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import partial
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Min, Q

from bylaws.choices import MeetingStatus, MinutesStatus
from bylaws.models import Meeting
from bylaws.parameters import MINUTES_DAYS
from bylaws.rules.bodies import COMMITTEE, bodies_of
from bylaws.rules.meetings_held import MONTHS, over_by
from bylaws.rules.population import remembered
from config.kernel import clock
from config.kernel.dates import ONE_DAY, add_months
from config.kernel.display.dates import day_text
from config.kernel.display.words import plural_text
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict

CODE = "BL-CTE-3"
TITLE = "Minutes approved at the next meeting"


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, committee_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """The meetings of each body in the twelve months, in their order, with what became of their minutes and
    the day of the body's next one; two queries.
    """
    meetings = remembered(
        ("minutes of meetings", facility.pk, on, known_at), partial(_ask, facility, on, known_at)
    )
    return {pk: {"on": on, "meetings": meetings.get(pk, [])} for pk in bodies_of(facility, on, committee_ids)}


def _ask(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> dict[int, list[dict[str, Any]]]:
    zone = ZoneInfo(facility.time_zone)
    over = dt.datetime.combine(on + ONE_DAY, dt.time(), zone)
    approved = Q(minutes__steps__status=MinutesStatus.APPROVED, minutes__steps__at__lt=over)
    rows = Meeting.objects.filter(
        committee__facility=facility,
        status=MeetingStatus.ADJOURNED,
        starts_at__gte=dt.datetime.combine(add_months(on, -MONTHS) + ONE_DAY, dt.time(), zone),
        starts_at__lt=over,
    )
    if known_at is not None:
        approved &= Q(minutes__steps__at__lte=known_at)
        rows = rows.filter(over_by(known_at))
    told = rows.annotate(
        approved_at=Min("minutes__steps__at", filter=approved), drafted_at=F("minutes__drafted_at")
    ).order_by("committee_id", "starts_at", "pk")
    until = over if known_at is None else min(over, known_at)
    found: dict[int, list[dict[str, Any]]] = {}
    for committee, starts_at, approved_at, drafted_at, paper_at in told.values_list(
        "committee_id", "starts_at", "approved_at", "drafted_at", "minutes_paper__stored_at"
    ):
        if paper_at is not None and paper_at <= until:
            approved_at = min(paper_at, approved_at or paper_at)
        found.setdefault(committee, []).append(
            {
                "day": clock.date_at(starts_at, facility),
                "approved_on": clock.date_at(approved_at, facility) if approved_at else None,
                "begun": drafted_at is not None and drafted_at <= until,
                "next": None,
            }
        )
    for meetings in found.values():
        for one, after in pairwise(meetings):
            one["next"] = after["day"]
    return found


def due_on(day: dt.date, following: dt.date, days: int) -> dt.date:
    """The last day on which minutes of a meeting are approved in time. Pure."""
    return max(following, day + dt.timedelta(days=days))


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one body: what is late decides, then what is not on record. Pure."""
    limit = parameters[MINUTES_DAYS.code]
    on, meetings = facts["on"], facts["meetings"]
    waiting = [each for each in meetings if each["approved_on"] is None]
    told: dict[str, Any] = {"meetings": len(meetings), "approved": len(meetings) - len(waiting)}

    def say(outcome: Outcome, sentence: str, **more: Any) -> Verdict:
        return Verdict(
            outcome=outcome,
            code=CODE,
            title=TITLE,
            sentence=sentence,
            facts=told,
            citation=limit.citation,
            confidence=limit.confidence,
            bound_by=f"{limit.source}: {limit.value} days" if limit.is_set else "",
            **more,
        )

    if not meetings:
        return say(Outcome.NOT_APPLICABLE, "The body held no meeting in twelve months.")
    held = plural_text(len(meetings), "meeting")
    followed = [each for each in waiting if each["next"] is not None]
    if followed and not limit.is_set:
        return say(
            Outcome.UNKNOWN,
            f"Minutes of {len(followed)} of {held} are not approved; within how many days they are is not "
            "recorded for this facility.",
            cure="Record the days of the bylaws among the parameters.",
        )
    due = [(due_on(each["day"], each["next"], int(limit.value)), each) for each in followed]
    late = [(last, each) for last, each in due if last < on]
    begun = [(last, each) for last, each in late if each["begun"]]
    if begun:
        last, first = min(begun, key=lambda each: each[0])
        return say(
            Outcome.NOT_MET,
            f"Minutes of {len(begun)} of {held} in twelve months are not approved, those of "
            f"{day_text(first['day'])} were due by {day_text(last)}.",
            since=last + ONE_DAY,
            due=last,
            cure="Circulate them, and have the body approve them at its next meeting.",
        )
    if late:
        return say(
            Outcome.UNKNOWN,
            f"Of {held} in twelve months the minutes of {len(late)} are not on record, the first of "
            f"{day_text(late[0][1]['day'])}.",
            cure="Write them here, and have the body approve them at its next meeting.",
        )
    return say(
        Outcome.MET,
        f"Of {held} in twelve months the minutes of {len(meetings) - len(waiting)} are approved, and none "
        "are late.",
        due=min((last for last, _ in due), default=None),
    )


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(MINUTES_DAYS.code,),
        facts=gather,
        judge=judge,
        subject=COMMITTEE.code,
    )
)
