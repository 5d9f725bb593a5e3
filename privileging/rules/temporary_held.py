"""What is held for a time on a day, with how it came about: facts of the rules about temporary privileges."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import connection

from bylaws.rules.population import remembered
from config.kernel.dates import ONE_DAY
from config.kernel.periods import known_sql
from config.organization.models import Facility
from config.rulebook.rules import Facts
from practitioners.selectors.canonical import among_sql, person_sql
from privileging.choices import GrantKind

#: Kinds the limits are about, and the subject of ``privileging.longest_days`` each is measured by.
SUBJECT = {
    GrantKind.TEMPORARY_NEED: "temporary",
    GrantKind.TEMPORARY_APPLICANT: "temporary",
    GrantKind.LOCUM: "locum",
}
LIMITS = (("privileging.longest_days", "temporary"), ("privileging.longest_days", "locum"))

#: One row for each privilege held for a time on the day: its whole run, and the run of each that was granted
#: beside the same application and had begun by the day.
_HELD = """
SELECT {person}, g.kind, v.name, run.first, run.after, beside.runs,
       d.frozen::jsonb #> '{{seen,gate}}' ->> 'outcome', i.decision_id IS NOT NULL
  FROM privileging_grantperiod g
  JOIN privileging_grant i ON i.id = g.identity_id
  JOIN privileging_privilege v ON v.id = g.privilege_id
  LEFT JOIN bylaws_decision d ON d.id = i.decision_id
  LEFT JOIN privileging_requestline l ON l.id = i.request_line_id
  LEFT JOIN privileging_privilegerequest r ON r.id = l.request_id
  LEFT JOIN credentialing_application a ON a.id = r.application_id
  CROSS JOIN LATERAL (
      SELECT min(lower(b.valid)) AS first, max(upper(b.valid)) AS after
        FROM privileging_grantperiod b WHERE b.identity_id = g.identity_id AND {known_b}
  ) run
  LEFT JOIN LATERAL (
      SELECT array_agg(DISTINCT daterange(each.first, each.after)) AS runs
        FROM (
          SELECT min(lower(b.valid)) AS first, max(upper(b.valid)) AS after
            FROM credentialing_application o
            JOIN privileging_privilegerequest q ON q.application_id = o.id
            JOIN privileging_requestline m ON m.request_id = q.id
            JOIN privileging_grant h ON h.request_line_id = m.id
            JOIN privileging_grantperiod b ON b.identity_id = h.id AND {known_b}
           WHERE o.awaits_id = a.awaits_id
           GROUP BY h.id
        ) each
       WHERE each.first <= %(on)s
  ) beside ON a.awaits_id IS NOT NULL
 WHERE g.facility_id = %(facility)s AND NOT g.kind = 'full' AND g.kind = ANY (%(kinds)s)
   AND g.valid @> %(on)s::date AND {known_g} {among}
 ORDER BY v.name, run.first
"""


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """What each of the people holds for a time on the day (None: of whoever does); one query, and one for all
    three rules while many rules are asked one after the other.
    """
    ids = None if practitioner_ids is None else sorted(practitioner_ids)
    question = ("held for a time", facility.pk, on, known_at, None if ids is None else tuple(ids))
    rows = remembered(question, lambda: _ask(facility, on, known_at, ids))
    facts: dict[int, dict[str, Any]] = {person: {"on": on, "held": []} for person in ids or ()}
    for person, row in rows:
        facts.setdefault(person, {"on": on, "held": []})["held"].append(row)
    return facts  # type: ignore[return-value]


def _ask(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, ids: list[int] | None
) -> list[tuple[int, dict[str, Any]]]:
    then = known_at is not None
    statement = _HELD.format(
        person=person_sql("g.practitioner_id", then=then),
        known_g=known_sql("g", then=then),
        known_b=known_sql("b", then=then),
        among="" if ids is None else f"AND g.practitioner_id IN ({among_sql(then=then)})",
    )
    values: dict[str, Any] = {
        "facility": facility.pk,
        "on": on,
        "known_at": known_at,
        "people": ids,
        "kinds": [str(kind) for kind in SUBJECT],
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [
            (
                person,
                {
                    "kind": kind,
                    "privilege": name,
                    "first": first,
                    "last": after - ONE_DAY,
                    "beside": sorted((each.lower, each.upper - ONE_DAY) for each in beside or ()),
                    "gate": gate or "",
                    "decided_here": decided_here,
                },
            )
            for (
                person,
                kind,
                name,
                first,
                after,
                beside,
                gate,
                decided_here,
            ) in cursor.fetchall()
        ]
