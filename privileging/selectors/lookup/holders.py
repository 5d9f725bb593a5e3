"""Who may do this here, on this day?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, overload

from django.db import connection

from bylaws.selectors.membership import nothing_recorded, records_begin_after
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.organization.models import Facility
from privileging.rules.grant_kinds import kind_sentence
from privileging.selectors.lookup.answers import Asked, Person
from privileging.selectors.lookup.asked import day_asked, find_privilege
from privileging.selectors.lookup.people import people_statement
from privileging.selectors.lookup.standing import conditions_of, standing_in_sets
from privileging.selectors.lookup.statement import known_parts
from privileging.selectors.proctoring import Proctoring, open_initial_fppe


@dataclass(frozen=True)
class Holder:
    """One practitioner who may do it."""

    person: Person
    conditions: tuple[str, ...]
    since: dt.date
    until: dt.date
    authority: str
    granted_as: str = ""
    proctor_needed: bool = False
    notes: tuple[str, ...] = ()
    example: bool = False  # granted on an example form that no body has approved


@dataclass(frozen=True)
class Holders:
    """Who may do it: how many, one stretch of them by name, and who cannot be confirmed."""

    privilege: Asked
    facility: Facility
    on: dt.date
    known_at: dt.datetime | None
    count: int
    people: tuple[Holder, ...]
    unconfirmed_count: int = 0
    unconfirmed: tuple[Holder, ...] = field(default=())
    recorded_from: dt.date | None = None  # where the day lies before the records of the facility begin

    @property
    def unrecorded(self) -> str:
        """The sentence for a day before the records begin: that nobody is found then means nothing."""
        if self.recorded_from is None:
            return ""
        who = "Who else" if self.count else "Who"
        return f"{nothing_recorded(self.facility, self.recorded_from)} {who} could do it then is not known."

    def as_data(self) -> dict[str, Any]:
        """Plain data for the API and the command."""
        return {
            "privilege": {"code": self.privilege.code, "name": self.privilege.name},
            "facility": {"code": self.facility.code, "name": self.facility.name},
            "on": self.on.isoformat(),
            "known_at": self.known_at.isoformat() if self.known_at else None,
            "count": self.count,
            "unconfirmed_count": self.unconfirmed_count,
            "recorded_from": self.recorded_from.isoformat() if self.recorded_from else None,
            "results": [
                {
                    "practitioner": {
                        "uid": holder.person.uid,
                        "npi": holder.person.npi,
                        "name": holder.person.name,
                    },
                    "conditions": list(holder.conditions),
                    "granted_as": holder.granted_as,
                    "proctor_needed": holder.proctor_needed,
                    "notes": list(holder.notes),
                    "example": holder.example,
                    "since": holder.since.isoformat(),
                    "until": holder.until.isoformat(),
                    "authority": holder.authority,
                }
                for holder in self.people
            ],
        }


#: What is shown of those who are shown; the conditions of the grant, and those a restriction leaves. From set
#: to set, as the statement of people.py and for its reason: a file of everybody asks of all of them.
_SHOWN = """
WITH record AS MATERIALIZED (
    SELECT id, id AS person FROM unnest(%(ids)s::bigint[]) AS id
    UNION ALL
    SELECT m.practitioner_id, m.canonical_id FROM practitioners_practitioneraliasperiod m
     WHERE m.canonical_id = ANY (%(ids)s) AND {known_m}
), term AS MATERIALIZED (
    SELECT r.person, a.valid FROM bylaws_appointmentperiod a JOIN record r ON r.id = a.practitioner_id
     WHERE a.practitioner_id = ANY (ARRAY(SELECT id FROM record)) AND a.facility_id = %(facility)s
       AND a.valid @> %(on)s::date AND {known_a}
), restricted AS MATERIALIZED (
    SELECT r.person, string_agg(b.condition, E'\n' ORDER BY lower(b.valid), b.id) AS conditions
      FROM bylaws_bar w JOIN bylaws_barperiod b ON b.identity_id = w.id
      JOIN record r ON r.id = w.practitioner_id
     WHERE w.practitioner_id = ANY (ARRAY(SELECT id FROM record)) AND w.facility_id = %(facility)s
       AND b.valid @> %(on)s::date AND {known_b} AND b.condition <> ''
       AND (b.scope = %(all)s OR b.privilege_codes @> to_jsonb(%(code)s::text))
     GROUP BY r.person
)
SELECT p.id, p.uid, p.display_name, p.npi, p.provider_type, lower(g.valid), upper(g.valid), g.conditions,
       i.authority, CASE WHEN g.kind = 'full' THEN upper(term.valid) ELSE upper(g.valid) END,
       restricted.conditions, g.kind, {is_example}
  FROM privileging_grantperiod g
  JOIN record r ON r.id = g.practitioner_id
  JOIN practitioners_practitioner p ON p.id = r.person
  JOIN privileging_grant i ON i.id = g.identity_id
  LEFT JOIN term ON term.person = r.person
  LEFT JOIN restricted ON restricted.person = r.person
 WHERE g.practitioner_id = ANY (ARRAY(SELECT id FROM record)) AND g.facility_id = %(facility)s
   AND g.privilege_id = %(privilege)s AND g.valid @> %(on)s::date AND {known_g}
   AND (term.person IS NOT NULL OR NOT g.kind = 'full')
"""


def who_can(
    *,
    privilege_code: str,
    facility: Facility,
    on: dt.date | None = None,
    known_at: dt.datetime | None = None,
    limit: int | None = 50,
    offset: int = 0,
) -> Holders:
    """Everybody who may do it at the facility on the day, by name: the count, and a stretch of them.

    The same people for whom :func:`can_perform` says yes; those whose standing cannot be confirmed are
    counted and listed apart. Four statements, one of them whether a proctor is needed, plus what the standing
    conditions need for all at once.
    """
    day = day_asked(on, facility)
    then = known_at is not None
    privilege = find_privilege(privilege_code)
    conditions = conditions_of(privilege.code, facility, day, known_at)
    statement, values = people_statement(
        standing_in_sets(conditions, facility, day, known_at),
        privilege=privilege,
        facility=facility,
        on=day,
        known_at=known_at,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values | {"limit": limit, "offset": offset, "limit_unsure": limit or None})
        count, unconfirmed_count, shown, unconfirmed = cursor.fetchone()
        cursor.execute(_SHOWN.format(**known_parts(then)), values | {"ids": [*shown, *unconfirmed]})
        rows = cursor.fetchall()
    proctored = open_initial_fppe(shown, facility, day, known_at) if shown else {}
    by_id = {row[0]: _holder(row, proctored.get((row[0], privilege.id))) for row in rows}
    return Holders(
        privilege=privilege,
        facility=facility,
        on=day,
        known_at=known_at,
        count=count,
        people=tuple(by_id[pk] for pk in shown),
        unconfirmed_count=unconfirmed_count,
        unconfirmed=tuple(by_id[pk] for pk in unconfirmed),
        recorded_from=records_begin_after(facility=facility, on=day) if day < clock.today(facility) else None,
    )


def _holder(row: Sequence[Any], proctoring: Proctoring | None) -> Holder:
    told = [kind_sentence(row[11], row[6] - ONE_DAY), proctoring.sentence if proctoring else ""]
    return Holder(
        person=Person(row[0], str(row[1]), row[2], row[3] or "", row[4]),
        conditions=tuple(line.strip() for line in f"{row[7]}\n{row[10] or ''}".splitlines() if line.strip()),
        since=row[5],
        until=min(row[6], row[9]) - ONE_DAY,
        authority=row[8],
        granted_as=row[11],
        proctor_needed=proctoring is not None,
        example=row[12],
        notes=tuple(each for each in told if each),
    )


class HoldersByName(Sequence[Holder]):
    """Everybody who may do it, by name, as a list whose pages are read one by one.

    ``stretch`` is the page that will be shown: it is read with the count, in ``found``. Other pages are asked
    for when somebody wants them; going through all of them reads everybody.
    """

    def __init__(
        self,
        *,
        privilege_code: str,
        facility: Facility,
        on: dt.date | None = None,
        known_at: dt.datetime | None = None,
        stretch: slice,
    ) -> None:
        """Ask once; refused as :func:`who_can` refuses."""
        self._ask = partial(
            who_can, privilege_code=privilege_code, facility=facility, on=on, known_at=known_at
        )
        self._first = stretch.start
        self.found = self._ask(limit=stretch.stop - stretch.start, offset=stretch.start)

    def __len__(self) -> int:
        return self.found.count

    def __iter__(self) -> Iterator[Holder]:
        return iter(self._ask(limit=None).people)

    @overload
    def __getitem__(self, index: int) -> Holder: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Holder]: ...

    def __getitem__(self, index: int | slice) -> Holder | Sequence[Holder]:
        if not isinstance(index, slice):
            place = range(len(self))[index]
            return self[place : place + 1][0]
        start, stop, _ = index.indices(len(self))
        known = self.found.people[start - self._first : stop - self._first] if start >= self._first else ()
        if start >= stop or len(known) == stop - start:
            return known
        return self._ask(limit=stop - start, offset=start).people
