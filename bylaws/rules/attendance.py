"""BL-MTG-1: members whose category has the duty attend the meetings of the medical staff.

Counted are the meetings of the medical staff and of the member's own department that were held in the medical
staff year so far: those before the member joined, those on leave and those excused do not count. Before the
first meeting of a year that counts, the year before speaks. Where nobody wrote down who was at a meeting, it
is not known; the verdict stands only if it would be the same either way.

Judged is the year to date, as the catalogue of the field has it: how many meetings the rest of the year will
bring nobody knows, so that a share could still be reached is told as what would cure it and never taken for
met. Nothing follows by itself unless the bylaws say so, and the notice leaves time to attend.

The share is one of a year ("in each medical staff year"): that of the day judged holds for the whole year so
far, whichever share was in force on the day of a meeting. An amendment to it therefore asks more, or less, of
meetings already held once it took effect, and nothing before; it is best made to take effect with the first
day of a medical staff year. The simulator asks the same: as if the new share held on the day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from bylaws.choices import AttendanceMode, CommitteeKind, MeetingStatus, StaffPresence
from bylaws.models import Meeting
from bylaws.parameters import (
    ATTENDANCE_CATEGORIES,
    ATTENDANCE_MEETINGS,
    ATTENDANCE_PERCENT,
    ATTENDANCE_REMOTE,
    REMOTE_COUNTS,
    STAFF_YEAR_MONTH,
)
from bylaws.rules.leave_limit import leaves_of
from bylaws.rules.meetings_held import over_by
from bylaws.rules.population import appointed
from config.kernel import clock
from config.kernel.dates import ONE_DAY, add_months
from config.kernel.display.dates import day_text
from config.kernel.periods import covers, known_sql
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict
from practitioners.selectors.canonical import among_sql, person_sql

CODE = "BL-MTG-1"
TITLE = "Meetings of the medical staff attended"
#: Two medical staff years at the most are read: the one so far, and the one before.
YEARS_READ = 2
_CAME = (StaffPresence.PRESENT, StaffPresence.REMOTE)


@dataclass(frozen=True)
class HeldMeeting:
    """A meeting members may have had to attend; ``written_down``: somebody recorded who was there."""

    id: int
    day: dt.date
    kind: str
    department: int | None
    written_down: bool


def held_meetings(
    facility: Facility, after: dt.date, on: dt.date, known_at: dt.datetime | None
) -> list[HeldMeeting]:
    """Meetings of the staff and of departments that were adjourned by ``known_at``, on the days from
    ``after`` through ``on``, in their order; one query.
    """
    zone = ZoneInfo(facility.time_zone)
    rows = Meeting.objects.filter(
        committee__facility=facility,
        committee__kind__in=[CommitteeKind.GENERAL_STAFF, CommitteeKind.DEPARTMENT],
        status=MeetingStatus.ADJOURNED,
        starts_at__gte=dt.datetime.combine(after, dt.time(), zone),
        starts_at__lt=dt.datetime.combine(on + ONE_DAY, dt.time(), zone),
    ).order_by("starts_at", "pk")
    if known_at is not None:
        rows = rows.filter(over_by(known_at))
    found = rows.values_list("pk", "starts_at", "committee__kind", "committee__department_id")
    return [
        HeldMeeting(pk, clock.date_at(starts_at, facility), kind, department, written_down=False)
        for pk, starts_at, kind, department in found
    ]


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """What was held while somebody belonged to it, and what each did; four queries for any number of
    people, two where no meeting was held.
    """
    people = appointed(facility, on, known_at, practitioner_ids)
    after = add_months(on, -12 * YEARS_READ)
    held = held_meetings(facility, after, on, known_at)
    told, away = _Told(), {}
    if held and people:
        told = _told(facility, [each.id for each in held], people, after, on, known_at)
        away = leaves_of(facility, people, known_at)
    held = [
        HeldMeeting(each.id, each.day, each.kind, each.department, each.id in told.sheets) for each in held
    ]
    return {
        person: {
            "on": on,
            "member": row.get("appointment") is not None,
            "category": row.get("category", ""),
            "meetings": _of_person(person, held, told, told.belonged.get(person, ()), away.get(person, ())),
        }
        for person, row in people.items()
    }


def _of_person(
    person: int,
    held: Sequence[HeldMeeting],
    told: _Told,
    belonged: Sequence[tuple[Any, str, int]],
    away: Sequence[Any],
) -> list[dict[str, Any]]:
    found = []
    for meeting in held:
        of_day = next((row for row in belonged if covers(row[0], meeting.day)), None)
        if of_day is None:
            continue
        _, category, department = of_day
        if meeting.department is not None and meeting.department != department:
            continue
        said = told.came.get((meeting.id, person))
        if said is None and meeting.written_down and (meeting.id, person) not in told.writers:
            said = StaffPresence.ABSENT
        found.append(
            {
                "day": meeting.day,
                "kind": meeting.kind,
                "category": category,
                "said": str(said) if said else "",
                "away": any(covers(each, meeting.day) for each in away),
            }
        )
    return found


#: Who was there, by the sheet and by the presence a quorum was counted by, and where members belonged.
_TOLD = """
SELECT 'sheet', t.meeting_id, {person_t}, t.presence, NULL::daterange, NULL::bigint, t.recorded_at, t.id
  FROM bylaws_staffattendance t
 WHERE t.meeting_id = ANY (%(meetings)s) {known_t}
UNION ALL
SELECT 'quorum', a.meeting_id, {person_u}, a.mode, NULL, NULL, a.present_from, a.id
  FROM bylaws_attendance a JOIN practitioners_practitioner u ON u.user_id = a.user_id
 WHERE a.meeting_id = ANY (%(meetings)s) {known_a}
UNION ALL
SELECT DISTINCT 'writer', t.meeting_id, {person_u}, NULL,
       NULL::daterange, NULL::bigint, NULL::timestamptz, u.id
  FROM bylaws_staffattendance t JOIN practitioners_practitioner u ON u.user_id = t.recorded_by_id
 WHERE t.meeting_id = ANY (%(meetings)s) {known_t}
UNION ALL
SELECT 'member', NULL, {person_p}, k.code, p.valid, p.department_id, NULL, p.id
  FROM bylaws_appointmentperiod p JOIN bylaws_staffcategory k ON k.id = p.category_id
 WHERE p.facility_id = %(facility)s AND p.valid && daterange(%(after)s, %(on)s, '[]') AND {known_p}
   AND p.practitioner_id IN ({among})
 ORDER BY 1, 7, 8
"""


@dataclass
class _Told:
    """By meeting and person what is written down, and by person where they belonged."""

    came: dict[tuple[int, int], str] = field(default_factory=dict)
    #: The meetings whose sheet was written. The presence a quorum was counted by says who was there, and of
    #: nobody else that they were not.
    sheets: set[int] = field(default_factory=set)
    #: By meeting who wrote the sheet. Nobody writes their own row: until somebody else does it is not known.
    writers: set[tuple[int, int]] = field(default_factory=set)
    belonged: dict[int, list[tuple[Any, str, int]]] = field(default_factory=dict)


def _told(
    facility: Facility,
    meeting_ids: Sequence[int],
    people: Iterable[int],
    after: dt.date,
    on: dt.date,
    known_at: dt.datetime | None,
) -> _Told:
    """What is known of these meetings and people; one query. What the sheet says last stands, before the
    presence that was counted for the quorum.
    """
    then = known_at is not None
    statement = _TOLD.format(
        person_t=person_sql("t.practitioner_id", then=then),
        person_u=person_sql("u.id", then=then),
        person_p=person_sql("p.practitioner_id", then=then),
        known_t="AND t.recorded_at <= %(known_at)s" if then else "",
        known_a="AND a.present_from <= %(known_at)s" if then else "",
        known_p=known_sql("p", then=then),
        among=among_sql(then=then),
    )
    values: dict[str, Any] = {
        "facility": facility.pk,
        "meetings": list(meeting_ids),
        "people": list(people),
        "after": after,
        "on": on,
        "known_at": known_at,
    }
    told, counted = _Told(), {}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        for what, meeting, person, said, valid, department, _, _ in cursor.fetchall():
            if what == "member":
                told.belonged.setdefault(person, []).append((valid, said, department))
            elif what == "sheet":
                told.came[meeting, person] = said
                told.sheets.add(meeting)
            elif what == "writer":
                told.writers.add((meeting, person))
            else:
                remote = said == AttendanceMode.REMOTE
                counted[meeting, person] = str(StaffPresence.REMOTE if remote else StaffPresence.PRESENT)
    told.came = counted | told.came
    return told


@dataclass(frozen=True)
class Counted:
    """The meetings of a member that count, and at which of them the member was."""

    first_day: dt.date
    days: tuple[dt.date, ...] = ()
    attended: int = 0
    not_known: tuple[dt.date, ...] = ()
    excused: int = 0
    came: tuple[bool, ...] = ()

    @property
    def held(self) -> int:
        """How many meetings count."""
        return len(self.days)


def year_begins(on: dt.date, month: int) -> dt.date:
    """The first day of the medical staff year the day lies in. Pure."""
    first = dt.date(on.year, month, 1)
    return first if first <= on else dt.date(on.year - 1, month, 1)


def count(
    meetings: Sequence[Mapping[str, Any]],
    *,
    first_day: dt.date,
    after: dt.date,
    kinds: Sequence[str],
    categories: Sequence[str],
    remote: bool,
) -> Counted:
    """What counts of the meetings from ``first_day`` to the day before ``after``. Pure."""
    days, unknown, came, excused = [], [], [], 0
    came_ways = _CAME if remote else _CAME[:1]
    for each in meetings:
        if not first_day <= each["day"] < after:
            continue
        if each["kind"] not in kinds or each["category"] not in categories:
            continue
        if each["away"] or each["said"] == StaffPresence.EXCUSED:
            excused += 1
            continue
        days.append(each["day"])
        came.append(each["said"] in came_ways)
        if not each["said"]:
            unknown.append(each["day"])
    return Counted(first_day, tuple(days), sum(came), tuple(unknown), excused, tuple(came))


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person. Pure."""
    limit = parameters[ATTENDANCE_PERCENT.code]
    categories = parameters[ATTENDANCE_CATEGORIES.code].value or []
    kinds = parameters[ATTENDANCE_MEETINGS.code].value or []
    month = parameters[STAFF_YEAR_MONTH.code]
    on = facts["on"]

    def say(outcome: Outcome, sentence: str, **more: Any) -> Verdict:
        return Verdict(
            outcome=outcome,
            code=CODE,
            title=TITLE,
            sentence=sentence,
            citation=limit.citation,
            confidence=limit.confidence,
            bound_by=f"{limit.source}: {limit.value} %" if limit.is_set else "",
            **more,
        )

    if not facts["member"]:
        return say(Outcome.NOT_APPLICABLE, "No appointment is in force on this day.")
    if not limit.is_set or not month.is_set:
        return say(
            Outcome.UNKNOWN,
            "How many meetings a member attends is not recorded for this facility.",
            cure="Record the duty of the bylaws among the parameters.",
        )
    for list_of, missing in (
        (ATTENDANCE_CATEGORIES, "The categories with the duty to attend meetings are not set"),
        (ATTENDANCE_MEETINGS, "The meetings members have the duty to attend are not set"),
    ):
        if not parameters[list_of.code].is_set:  # an empty list says that nobody has the duty, or nothing
            return say(
                Outcome.UNKNOWN,
                f"{missing} for this facility.",
                cure=f'Record "{list_of.title}" among the parameters.',
            )
    remote = parameters[ATTENDANCE_REMOTE.code].value == REMOTE_COUNTS
    begins = year_begins(on, int(month.value))
    rules = {"kinds": kinds, "categories": categories, "remote": remote}
    counted = count(facts["meetings"], first_day=begins, after=on + ONE_DAY, **rules)
    ends = add_months(begins, 12)
    if not counted.held:
        before = add_months(begins, -12)
        earlier = count(facts["meetings"], first_day=before, after=begins, **rules)
        if earlier.held:
            counted, ends = earlier, begins
    if not counted.held:
        return say(Outcome.NOT_APPLICABLE, _nothing(facts, categories, begins, counted))
    return _judged(say, counted, int(limit.value), ends - ONE_DAY, on)


def _nothing(facts: Facts, categories: Sequence[str], begins: dt.date, counted: Counted) -> str:
    if not any(each["category"] in categories for each in facts["meetings"]) and facts["meetings"]:
        return f"The category {facts['category']} has no duty to attend meetings."
    if counted.excused:
        return f"Excused or on leave at every meeting since {day_text(begins)}."
    return f"No meeting that counts was held since {day_text(begins)}."


def _judged(say, counted: Counted, percent: int, last_day: dt.date, on: dt.date) -> Verdict:
    held, attended = counted.held, counted.attended
    shown = {
        "year_from": counted.first_day,
        "held": held,
        "attended": attended,
        "excused": counted.excused,
        "not_written_down": list(counted.not_known),
        "percent": attended * 100 // held,
        "percent_asked": percent,
    }
    said = f"{attended} of {held} meetings = {attended * 100 // held} %"
    year = f"in the medical staff year from {day_text(counted.first_day)}"
    at_best = attended + len(counted.not_known)
    if attended * 100 >= percent * held:
        return say(Outcome.MET, f"{said} {year}; {percent} % are asked for.", facts=shown, due=last_day)
    if at_best * 100 >= percent * held:
        days = ", ".join(day_text(each) for each in counted.not_known)
        return say(
            Outcome.UNKNOWN,
            f"{said} for certain {year}; who was there on {days} is not written down.",
            facts=shown,
            due=last_day,
            cure=f"Record who was at the meeting of {days}.",
        )
    return say(
        Outcome.NOT_MET,
        f"{said}, below {percent} %, {year}.",
        facts=shown,
        since=_below_since(counted, percent),
        due=last_day,
        cure=_cure(attended, held, percent, last_day, on),
    )


def _below_since(counted: Counted, percent: int) -> dt.date:
    """The day of the meeting since which it has been below without a break. Pure."""
    since, attended, unknown = None, 0, set(counted.not_known)
    for number, (day, came) in enumerate(zip(counted.days, counted.came, strict=True), start=1):
        attended += came or day in unknown
        if attended * 100 >= percent * number:
            since = None
        elif since is None:
            since = day
    return since or counted.days[-1]


def _cure(attended: int, held: int, percent: int, last_day: dt.date, on: dt.date) -> str:
    if last_day < on:
        return f"The year ended with {day_text(last_day)}: an excuse accepted later, or a waiver."
    if percent >= 100:
        return "An excuse accepted for the meetings missed, or a waiver."
    more = -(-(percent * held - 100 * attended) // (100 - percent))
    return (
        f"Attend the next {more} meetings, or have an excuse accepted."
        if more > 1
        else "Attend the next meeting, or have an excuse accepted."
    )


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(
            ATTENDANCE_PERCENT.code,
            ATTENDANCE_CATEGORIES.code,
            ATTENDANCE_MEETINGS.code,
            ATTENDANCE_REMOTE.code,
            STAFF_YEAR_MONTH.code,
        ),
        facts=gather,
        judge=judge,
    )
)
