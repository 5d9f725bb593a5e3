"""What runs out between today and a day to come: named beside the answer about that day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection

from config.kernel.dates import ONE_DAY
from config.kernel.periods import known_sql
from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve
from practitioners.choices import PERMITS_PRACTICE, Standing
from practitioners.selectors.canonical import among_sql
from privileging.parameters import TOLD_AHEAD

#: Codes of credential types of which one stands for another of the same state: two certificates are two
#: things, a license or a cover that begins when another ends goes on with it.
_REPLACED = ("LICENSE", "DEA", "CDS", "MALPRACTICE")

#: Of each credential the last day on record, where it lies before the day asked about and not before today;
#: but where another of its kind and state is good on that day.
_ENDING = """
SELECT t.name, c.state, max(upper(p.valid))
  FROM practitioners_credential c
  JOIN practitioners_credentialtype t ON t.id = c.credential_type_id
  JOIN practitioners_credentialperiod p ON p.identity_id = c.id
 WHERE c.practitioner_id IN ({among}) AND t.code = ANY(%(told)s) AND c.state IN ('', %(state)s) AND {known_p}
 GROUP BY c.id, t.id, c.state
HAVING max(upper(p.valid)) <= %(on)s AND max(upper(p.valid)) > %(today)s AND NOT bool_or(upper_inf(p.valid))
   AND NOT (t.code = ANY(%(replaced)s) AND EXISTS (
       SELECT FROM practitioners_credential o JOIN practitioners_credentialperiod q ON q.identity_id = o.id
        WHERE o.practitioner_id IN ({among}) AND o.credential_type_id = t.id AND o.state = c.state
          AND o.id <> c.id AND q.valid @> %(on)s::date AND q.status = ANY(%(good)s)
          AND q.standing = %(confirmed)s AND {known_q}))
 ORDER BY max(upper(p.valid)), t."order", c.id
"""


@dataclass(frozen=True)
class Ending:
    """Something runs out before the day asked about."""

    what: str
    last_day: dt.date


def ending_before(
    person: int, facility: Facility, *, today: dt.date, on: dt.date, known_at: dt.datetime | None
) -> list[Ending]:
    """Credentials of the person that run out from ``today`` on and before ``on``, the soonest first, without
    their numbers: of the types the facility tells of. One query, and those of the parameter.
    """
    told = resolve(TOLD_AHEAD.code, facility=facility, on=on, known_at=known_at).value or ()
    then = known_at is not None
    statement = _ENDING.format(
        among=among_sql(then=then), known_p=known_sql("p", then=then), known_q=known_sql("q", then=then)
    )
    values: dict[str, Any] = {
        "people": [person], "told": list(told), "replaced": list(_REPLACED), "good": list(PERMITS_PRACTICE),
        "confirmed": str(Standing.CONFIRMED), "state": facility.state, "on": on, "today": today,
        "known_at": known_at,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    return [Ending(f"{name}, {state}" if state else name, end - ONE_DAY) for name, state, end in rows]
