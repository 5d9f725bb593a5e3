"""What the reminders would be: all that are due today, and a year of a ladder before it is switched on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from config.kernel import canonical
from credentialing.choices import LeftOut, Told
from credentialing.selectors.reminded import ADDRESSED, NOT_YET, OF_THESE, Trial, reach
from practitioners.models import CredentialPeriod, Practitioner

#: Days a preview of a ladder looks ahead, and lines of it that are written out.
AHEAD, SHOWN = 365, 100
#: The most lines of today's reminders that are written out; of more, the first.
MOST_TODAY = 500


@dataclass(frozen=True)
class Mail:
    """One reminder that would go out."""

    on: dt.date
    step: int
    practitioner: Practitioner
    credential: str
    ends: dt.date | None
    told: Told
    recipient: str


@dataclass(frozen=True)
class Missed:
    """Somebody who is to be told and is not, and why."""

    practitioner: Practitioner
    credential: str
    ends: dt.date | None
    told: Told
    address: str
    why: LeftOut


@dataclass(frozen=True)
class Today:
    """All that is due today, line by line. ``seen`` stands for just these mails: whoever sends them says
    which they looked at.
    """

    mails: Sequence[Mail]
    missed: Sequence[Missed]
    total: int
    people: int
    left_out: int
    seen: str


@dataclass(frozen=True)
class Preview:
    """What a ladder would send: by step, by day, and the first mails one by one."""

    ladder: Sequence[int]
    steps: Sequence[tuple[int, int, int]]  # step, mails, people
    days: Sequence[tuple[dt.date, int]]  # days on which something goes out
    tolds: Sequence[tuple[Told, int]]
    mails: Sequence[Mail]
    total: int
    people: int


# --- today ----------------------------------------------------------------------------------------------


def due_today(facility_ids: Iterable[int], *, on: dt.date) -> Today:
    """The reminders the office of these facilities has to send on the day, and who is left out. Nothing is
    written. At most nine queries.
    """
    asked = reach(on)
    if asked is None:
        return Today((), (), 0, 0, 0, digest(()))
    found: list[dict[str, Any]] = []
    missed: list[dict[str, Any]] = []
    for row in _rows(_TODAY, asked | {"facilities": list(facility_ids)}):
        (missed if row["why"] else found).append(row)
    names = _names([*found[:MOST_TODAY], *missed[:MOST_TODAY]])
    return Today(
        mails=[_mail(row, names, on) for row in found[:MOST_TODAY]],
        missed=[
            Missed(*names.of(row), Told(row["told"]), row["recipient"], LeftOut(row["why"]))
            for row in missed[:MOST_TODAY]
        ],
        total=len(found),
        people=len({row["practitioner_id"] for row in found}),
        left_out=len(missed),
        seen=digest((row["period_id"], row["threshold"], row["recipient"]) for row in found),
    )


def digest(mails: Iterable[tuple[int, int, str]]) -> str:
    """What stands for these mails (period, step, recipient) and no others, in whatever order they come."""
    return canonical.digest([list(mail) for mail in sorted(mails)])


# --- a ladder -------------------------------------------------------------------------------------------


def preview(
    facility_ids: Iterable[int], *, on: dt.date, trial: Trial | None = None, ahead: int = AHEAD
) -> Preview:
    """What the ladders in force, or with one of them replaced, would send to and about people of these
    facilities, from the day on; what was sent already is left out. Tried for one kind, only what is about
    that kind is counted. Nothing is written. At most ten queries.
    """
    asked = reach(on, trial=trial, ahead=ahead)
    if asked is None:
        return Preview((), (), (), (), (), 0, 0)
    kind = trial.kind if trial else None
    asked |= {"facilities": list(facility_ids), "only": kind.pk if kind else None, "shown": SHOWN}
    rows = _rows(_PREVIEW, asked)
    first = [row for row in rows if row["part"] == "mail"]
    sums = {part: [row for row in rows if row["part"] == part] for part in ("step", "day", "told", "all")}
    names = _names(first)
    return Preview(
        ladder=sorted((trial.steps if kind and trial else asked["ladder"]), reverse=True),
        steps=[(row["threshold"], row["mails"], row["people"]) for row in reversed(sums["step"])],
        days=[(on + dt.timedelta(days=row["days"]), row["mails"]) for row in sums["day"]],
        tolds=sorted(
            ((Told(row["told"]), row["mails"]) for row in sums["told"]),
            key=lambda each: list(Told).index(each[0]),
        ),
        mails=[_mail(row, names, on) for row in first],
        total=sums["all"][0]["mails"],
        people=sums["all"][0]["people"],
    )


# --- reading --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Names:
    """People and periods of some lines."""

    people: Mapping[int, Practitioner]
    periods: Mapping[int, CredentialPeriod]

    def of(self, row: Mapping[str, Any]) -> tuple[Practitioner, str, dt.date | None]:
        """Whose credential, which kind, and its last valid day."""
        period = self.periods[row["period_id"]]
        state = f" ({period.identity.state})" if period.identity.state else ""
        return (
            self.people[row["practitioner_id"]],
            f"{period.identity.credential_type}{state}",
            period.end,
        )


def _names(rows: Sequence[Mapping[str, Any]]) -> _Names:
    periods = CredentialPeriod.objects.select_related("identity__credential_type")
    return _Names(
        Practitioner.objects.in_bulk({row["practitioner_id"] for row in rows}),
        periods.in_bulk({row["period_id"] for row in rows}),
    )


def _mail(row: Mapping[str, Any], names: _Names, on: dt.date) -> Mail:
    day = on + dt.timedelta(days=row["days"])
    return Mail(day, row["threshold"], *names.of(row), Told(row["told"]), row["recipient"])


def _rows(statement: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        columns = [column.name for column in cursor.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


WHICH = {"of_these": OF_THESE, "not_yet": NOT_YET}

# A practitioner without any address, a chair nobody is or who has none, a file nobody is reached about: who
# is to be told and is not. An address that comes back is named.
_TODAY = (
    ADDRESSED
    + """
, missed AS (
    SELECT period_id, threshold, practitioner_id, told, recipient, 'fails' AS why
    FROM written WHERE recipient IN (SELECT address FROM failing)
    UNION
    SELECT period_id, threshold, practitioner_id, 'practitioner', '', 'no_address' FROM due
    WHERE NOT EXISTS (
        SELECT 1 FROM written
         WHERE written.told = 'practitioner' AND written.period_id = due.period_id
           AND written.threshold = due.threshold AND written.recipient LIKE '%%_@_%%'
    )
    UNION
    SELECT period_id, threshold, practitioner_id, 'chair', '', 'no_address' FROM copied
    WHERE told = 'chair' AND department_id IS NOT NULL
      AND department_id NOT IN (SELECT department_id FROM chair)
    UNION
    SELECT period_id, threshold, practitioner_id, 'coordinator', '', 'no_address' FROM copied
    WHERE told = 'coordinator' AND NOT EXISTS (
        SELECT 1 FROM written
         WHERE written.told IN ('office', 'coordinator') AND written.period_id = copied.period_id
           AND written.threshold = copied.threshold
    )
)
SELECT days, threshold, practitioner_id, period_id, told, recipient, '' AS why
  FROM addressed WHERE {of_these} AND {not_yet}
 UNION ALL
SELECT 0, threshold, practitioner_id, period_id, told, recipient, why FROM missed WHERE {of_these}
 ORDER BY threshold, practitioner_id, period_id, told, recipient
""".format(**WHICH)  # noqa: S608 - names of our own tables
)

_PREVIEW = (
    ADDRESSED
    + """
, mail AS MATERIALIZED (
    SELECT addressed.* FROM addressed
     WHERE {of_these} AND {not_yet}
       AND (%(only)s::bigint IS NULL OR kind_id = %(only)s::bigint)
),
first AS (
    SELECT * FROM mail ORDER BY days, threshold, practitioner_id, period_id, rank, recipient LIMIT %(shown)s
)
SELECT CASE WHEN GROUPING(threshold) = 0 THEN 'step' WHEN GROUPING(days) = 0 THEN 'day'
            WHEN GROUPING(told) = 0 THEN 'told' ELSE 'all' END AS part,
       days, threshold, told, count(*) AS mails, count(DISTINCT practitioner_id) AS people,
       NULL::bigint AS practitioner_id, NULL::bigint AS period_id, '' AS recipient, 0 AS rank
  FROM mail GROUP BY GROUPING SETS ((threshold), (days), (told), ())
 UNION ALL
SELECT 'mail', days, threshold, told, 1, 1, practitioner_id, period_id, recipient, rank FROM first
 ORDER BY days, threshold, practitioner_id, period_id, rank, recipient
""".format(**WHICH)  # noqa: S608 - names of our own tables
)
