"""Whether people might do what they did: many cases at once, each at its own moment and as known then.

Grants, appointments and bars of all cases are asked in one statement, each as known at its case's moment.
The standing conditions are judged for everybody of a day together, as known when the day began and when it
ended; whom either leaves in doubt, the lookup is asked about one by one, at the moment itself. So what was
recorded and taken back within the hours of one day, and met at both ends of it, is not seen.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import connection

from bylaws.choices import BarScope
from bylaws.selectors.membership import records_begin_after
from config.kernel.dates import ONE_DAY
from config.organization.models import Facility
from privileging.choices import CaseCover, GrantKind
from privileging.selectors.lookup import LookupOutcome, can_perform
from privileging.selectors.lookup.standing import judge_standing, listed_at


@dataclass(frozen=True)
class AskedCase:
    """A case with what was known at its moment; ``person`` is whose NPI it was as known then, None: nobody's.

    ``full`` and ``apart``: the privilege was granted in full, or in a way that rests on no appointment.
    """

    case_id: int
    npi: str
    person: int | None
    day: dt.date
    performed_at: dt.datetime
    privilege_id: int
    code: str
    full: bool
    apart: bool
    appointed: bool
    barred: bool


def _then(table: str) -> str:
    """The condition that a row was what was known at the moment of the case."""
    return (
        f"{table}.recorded_at <= c.performed_at"
        f" AND ({table}.superseded_at IS NULL OR {table}.superseded_at > c.performed_at)"
    )


_GRANTED = f"""EXISTS (
    SELECT FROM privileging_grantperiod g
     WHERE g.practitioner_id = ANY (who.records) AND g.facility_id = c.facility_id
       AND g.privilege_id = k.privilege_id AND g.valid @> c.day AND {_then("g")}
       AND g.kind {{kind}} '{GrantKind.FULL}')"""

_CASES = f"""
SELECT c.id, c.npi, who.person, c.day, c.performed_at, k.privilege_id, v.code,
       {_GRANTED.format(kind="=")}, {_GRANTED.format(kind="<>")},
       EXISTS (SELECT FROM bylaws_appointmentperiod a JOIN bylaws_staffcategory y ON y.id = a.category_id
                WHERE a.practitioner_id = ANY (who.records) AND a.facility_id = c.facility_id
                  AND a.valid @> c.day AND {_then("a")} AND y.carries_privileges),
       EXISTS (SELECT FROM bylaws_bar w JOIN bylaws_barperiod b ON b.identity_id = w.id
                WHERE w.practitioner_id = ANY (who.records) AND w.facility_id = c.facility_id
                  AND b.valid @> c.day AND {_then("b")} AND b.condition = ''
                  AND (b.scope = %(all)s OR b.privilege_codes @> to_jsonb(v.code::text)))
  FROM privileging_performedcase c
  JOIN privileging_procedurecode k ON k.facility_id = c.facility_id AND k.system = c.system
       AND k.code = c.code AND k.ended_at IS NULL
  JOIN privileging_privilege v ON v.id = k.privilege_id
  LEFT JOIN LATERAL (
      SELECT p.id AS person,
             ARRAY(SELECT p.id UNION ALL SELECT m.practitioner_id FROM practitioners_practitioneraliasperiod m
                    WHERE m.canonical_id = p.id AND {_then("m")}) AS records
        FROM practitioners_practitioner p
       WHERE p.id = coalesce((SELECT s.canonical_id FROM practitioners_practitioneraliasperiod s
                               WHERE s.practitioner_id = c.practitioner_id AND {_then("s")} LIMIT 1),
                             c.practitioner_id)) AS who ON true
 WHERE c.facility_id = %(facility)s AND c.superseded_at IS NULL AND NOT c.canceled
   AND NOT EXISTS (SELECT FROM privileging_casejudgement j WHERE j.case_id = c.id)
 ORDER BY c.performed_at, c.id LIMIT %(most)s
"""  # noqa: S608 - names of our own, values as parameters


def to_judge(facility: Facility, most: int) -> list[AskedCase]:
    """Cases at the facility that were not judged and whose code names a privilege, the oldest first; one
    statement.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CASES, {"facility": facility.pk, "most": most, "all": str(BarScope.ALL_PRIVILEGES)})
        return [AskedCase(*row) for row in cursor.fetchall()]


def cover_of(facility: Facility, cases: Sequence[AskedCase], *, now: dt.datetime) -> dict[int, CaseCover]:
    """Whether each case was covered, by its id."""
    begins = records_begin_after(facility=facility, on=min(case.day for case in cases)) if cases else None
    found: dict[int, CaseCover] = {}
    days: dict[dt.date, list[AskedCase]] = defaultdict(list)
    for case in cases:
        cover = _at_once(case, begins)
        if cover is None:
            days[case.day].append(case)
        else:
            found[case.case_id] = cover
    for day, together in days.items():
        found |= _by_conditions(facility, day, together, now)
    return found


def _at_once(case: AskedCase, begins: dt.date | None) -> CaseCover | None:
    """What grants, appointments and bars say by themselves; None where the standing conditions decide."""
    if case.person is None:
        return CaseCover.NOBODY
    if not case.full and not case.apart:
        unknown = begins is not None and case.day < begins
        return CaseCover.UNRECORDED if unknown else CaseCover.NOT_GRANTED
    if not case.apart and not case.appointed:
        return CaseCover.NO_APPOINTMENT
    return CaseCover.NOT_USABLE if case.barred else None


def _by_conditions(
    facility: Facility, day: dt.date, cases: Sequence[AskedCase], now: dt.datetime
) -> Mapping[int, CaseCover]:
    zone = ZoneInfo(facility.time_zone)
    begins = dt.datetime.combine(day, dt.time(), zone)
    ends = dt.datetime.combine(day + ONE_DAY, dt.time(), zone)
    people = sorted({case.person for case in cases if case.person is not None})
    doubtful: set[int] = set()
    for known_at in (begins, ends if ends < now else None):
        listed = listed_at(facility, day, known_at)
        verdicts = judge_standing(people, listed.among(listed.entries), facility, day, known_at)
        for case in cases:
            met = all(
                verdict.met
                for entry, verdict in zip(listed.entries, verdicts[case.person or 0], strict=True)
                if entry.reaches(case.code)
            )
            if not met or not case.full or not case.appointed:
                doubtful.add(case.case_id)
    asked: dict[tuple[str, str, dt.datetime], CaseCover] = {}
    found: dict[int, CaseCover] = {}
    for case in cases:
        if case.case_id not in doubtful:
            found[case.case_id] = CaseCover.COVERED
            continue
        key = case.npi, case.code, case.performed_at  # several cases of one operation are one question
        if key not in asked:
            asked[key] = _asked(facility, case)
        found[case.case_id] = asked[key]
    return found


_ANSWERS = {
    LookupOutcome.YES: CaseCover.COVERED,
    LookupOutcome.NO: CaseCover.NOT_USABLE,
    LookupOutcome.UNKNOWN: CaseCover.UNCONFIRMED,
}


def _asked(facility: Facility, case: AskedCase) -> CaseCover:
    answer = can_perform(
        npi=case.npi,
        privilege_code=case.code,
        facility=facility,
        on=case.day,
        known_at=case.performed_at,
    )
    return _ANSWERS[answer.outcome]
