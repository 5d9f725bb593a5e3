"""Who may do this here, on this day?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from bylaws.choices import BarScope
from bylaws.selectors.membership import nothing_recorded, records_begin_after
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.organization.models import Facility
from privileging.selectors.lookup.answers import Asked, Person
from privileging.selectors.lookup.asked import day_asked, find_privilege
from privileging.selectors.lookup.standing import standing_of_many
from privileging.selectors.lookup.statement import known_parts


@dataclass(frozen=True)
class Holder:
    """One practitioner who may do it."""

    person: Person
    conditions: tuple[str, ...]
    since: dt.date
    until: dt.date
    authority: str


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
                    "since": holder.since.isoformat(),
                    "until": holder.until.isoformat(),
                    "authority": holder.authority,
                }
                for holder in self.people
            ],
        }


#: Who holds it with an appointment and without a bar, by name; ids only, because there may be many thousands.
#: The first part answers for everybody with one record, the second for those few whose records were merged.
_HOLDERS = """
WITH same AS MATERIALIZED (
    SELECT m.practitioner_id AS record, m.canonical_id AS person
      FROM practitioners_practitioneraliasperiod m WHERE {known_m}
    UNION
    SELECT m.canonical_id, m.canonical_id FROM practitioners_practitioneraliasperiod m WHERE {known_m}
)
SELECT id FROM (
SELECT p.id, p.sort_name
  FROM privileging_grantperiod g
  JOIN practitioners_practitioner p ON p.id = g.practitioner_id
  JOIN bylaws_appointmentperiod a ON a.practitioner_id = g.practitioner_id AND a.facility_id = g.facility_id
       AND a.valid @> %(on)s::date AND {known_a}
  JOIN bylaws_staffcategory c ON c.id = a.category_id AND c.carries_privileges
 WHERE g.facility_id = %(facility)s AND g.privilege_id = %(privilege)s
   AND g.valid @> %(on)s::date AND {known_g}
   AND NOT EXISTS (
       SELECT 1 FROM bylaws_bar w JOIN bylaws_barperiod b ON b.identity_id = w.id
        WHERE w.practitioner_id = g.practitioner_id AND w.facility_id = g.facility_id
          AND b.valid @> %(on)s::date AND {known_b}
          AND (b.scope = %(all)s OR b.privilege_codes @> to_jsonb(%(code)s::text)))
   AND g.practitioner_id NOT IN (SELECT record FROM same)
UNION
SELECT p.id, p.sort_name
  FROM same held
  JOIN privileging_grantperiod g ON g.practitioner_id = held.record AND g.facility_id = %(facility)s
       AND g.privilege_id = %(privilege)s AND g.valid @> %(on)s::date AND {known_g}
  JOIN practitioners_practitioner p ON p.id = held.person
  JOIN same member ON member.person = held.person
  JOIN bylaws_appointmentperiod a ON a.practitioner_id = member.record AND a.facility_id = g.facility_id
       AND a.valid @> %(on)s::date AND {known_a}
  JOIN bylaws_staffcategory c ON c.id = a.category_id AND c.carries_privileges
 WHERE NOT EXISTS (
       SELECT 1 FROM same barred
        JOIN bylaws_bar w ON w.practitioner_id = barred.record
        JOIN bylaws_barperiod b ON b.identity_id = w.id
        WHERE barred.person = held.person AND w.facility_id = g.facility_id
          AND b.valid @> %(on)s::date AND {known_b}
          AND (b.scope = %(all)s OR b.privilege_codes @> to_jsonb(%(code)s::text)))
) AS holder
 ORDER BY sort_name, id
"""

#: What is shown of those who are shown.
_SHOWN = """
SELECT p.id, p.uid, p.display_name, p.npi, p.provider_type, lower(g.valid), upper(g.valid), g.conditions,
       i.authority, upper(a.valid)
  FROM practitioners_practitioner p
  JOIN LATERAL {records} ON true
  JOIN privileging_grantperiod g ON g.practitioner_id = record.id
  JOIN privileging_grant i ON i.id = g.identity_id
  JOIN LATERAL {records_of_member} ON true
  JOIN bylaws_appointmentperiod a ON a.practitioner_id = member.id AND a.facility_id = g.facility_id
       AND a.valid @> %(on)s::date AND {known_a}
 WHERE p.id = ANY(%(ids)s) AND g.facility_id = %(facility)s AND g.privilege_id = %(privilege)s
   AND g.valid @> %(on)s::date AND {known_g}
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
    counted and listed apart. Three statements, plus what the standing conditions need for all at once.
    """
    day = day_asked(on, facility)
    parts = known_parts(known_at is not None)
    privilege = find_privilege(privilege_code)
    values: dict[str, Any] = {
        "facility": facility.pk,
        "privilege": privilege.id,
        "code": privilege.code,
        "on": day,
        "known_at": known_at,
        "all": str(BarScope.ALL_PRIVILEGES),
    }
    with connection.cursor() as cursor:
        cursor.execute(_HOLDERS.format(**parts), values)
        ids = [row[0] for row in cursor.fetchall()]
        met, unknown = standing_of_many(ids, privilege.code, facility, day, known_at)
        sure = [pk for pk in ids if pk in met]
        unsure = [pk for pk in ids if pk in unknown]
        shown = sure[offset:] if limit is None else sure[offset : offset + limit]
        listed = unsure[: limit or None]
        cursor.execute(_SHOWN.format(**parts), {**values, "ids": [*shown, *listed]})
        by_id = {row[0]: _holder(row) for row in cursor.fetchall()}
    return Holders(
        privilege=privilege,
        facility=facility,
        on=day,
        known_at=known_at,
        count=len(sure),
        people=tuple(by_id[pk] for pk in shown),
        unconfirmed_count=len(unsure),
        unconfirmed=tuple(by_id[pk] for pk in listed),
        recorded_from=records_begin_after(facility=facility, on=day) if day < clock.today(facility) else None,
    )


def _holder(row: Sequence[Any]) -> Holder:
    return Holder(
        person=Person(row[0], str(row[1]), row[2], row[3] or "", row[4]),
        conditions=tuple(line.strip() for line in row[7].splitlines() if line.strip()),
        since=row[5],
        until=min(row[6], row[9]) - ONE_DAY,
        authority=row[8],
    )
