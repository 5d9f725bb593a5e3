"""Who is to be reminded of what, on which step of the ladder: today, and in the days to come."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from bylaws.models import AppointmentPeriod
from config.accounts.choices import Role
from config.accounts.models import RoleAssignmentPeriod
from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve_many
from credentialing import parameters
from credentialing.models import Application, FailingAddress, OutboxMessage
from credentialing.models.applications import OPEN_STATUSES
from credentialing.selectors.expirables import REMINDED_STATUSES
from practitioners.models import (
    ContactPoint,
    Credential,
    CredentialPeriod,
    CredentialType,
    Practitioner,
    PractitionerAliasPeriod,
)

#: Days a preview looks ahead, and lines of it that are written out.
AHEAD, SHOWN = 30, 200


@dataclass(frozen=True)
class Mail:
    """One reminder that would go out."""

    on: dt.date
    step: int
    practitioner: str
    credential: str
    ends: dt.date | None
    recipient: str


@dataclass(frozen=True)
class Preview:
    """What a ladder would send: by step, by day, and the first mails one by one."""

    ladder: Sequence[int]
    steps: Sequence[tuple[int, int, int]]  # step, mails, people
    days: Sequence[tuple[dt.date, int]]
    mails: Sequence[Mail]
    total: int
    people: int


def ladders(day: dt.date) -> dict[int, tuple[list[int], str]]:
    """Per facility: the thresholds and the office's address."""
    answer = {}
    for facility in Facility.objects.order_by("pk"):
        bounds = resolve_many([parameters.REMINDER_DAYS, parameters.OFFICE_EMAIL], facility=facility, on=day)
        days = bounds.get((parameters.REMINDER_DAYS, ""))
        office = bounds.get((parameters.OFFICE_EMAIL, ""))
        answer[facility.pk] = (
            [int(step) for step in (days.value if days else None) or []],
            str(office.value) if office and office.value else "",
        )
    return answer


def reach(day: dt.date, *, ladder: Sequence[int] | None = None, ahead: int = 0) -> dict[str, Any] | None:
    """The parameters of :data:`ADDRESSED` on the day and ``ahead`` so many days, by the ladder in force or by
    another one; None where nothing has a ladder.
    """
    known = ladders(day)
    steps = sorted({step for days, _ in known.values() for step in days} if ladder is None else set(ladder))
    own = CredentialType.objects.filter(active=True, expires=True).exclude(reminder_days=[])
    longest = max(
        [*steps, *(max(days) for days in own.values_list("reminder_days", flat=True))], default=None
    )
    if longest is None:
        return None
    offices = [(pk, email) for pk, (_, email) in known.items() if email]
    unwatched = [pk for pk, (_, email) in known.items() if not email]
    stand_ins = [*offices, *coordinators(unwatched, day)]
    return {
        "today": day,
        "ahead": ahead,
        "horizon": day + dt.timedelta(days=longest + ahead + 1),
        "ladder": steps,
        "statuses": [str(status) for status in REMINDED_STATUSES],
        "open": [str(status) for status in OPEN_STATUSES],
        "office_facilities": [pk for pk, _ in offices],
        "office_emails": [email for _, email in offices],
        "stand_in_facilities": [pk for pk, _ in stand_ins],
        "stand_in_emails": [email for _, email in stand_ins],
    }


def coordinators(facility_ids: Sequence[int], day: dt.date) -> list[tuple[int, str]]:
    """Facility and address of each credentialing coordinator there on the day; one query, or none."""
    if not facility_ids:
        return []
    rows = RoleAssignmentPeriod.objects.in_force(day).filter(
        identity__facility__in=facility_ids,
        identity__role=Role.CREDENTIALING_COORDINATOR,
        identity__user__is_active=True,
    )
    found = rows.exclude(identity__user__email="").order_by("identity__facility_id", "identity__user__email")
    return list(found.values_list("identity__facility_id", "identity__user__email").distinct())


def preview(
    facility_ids: Iterable[int], *, on: dt.date, ladder: Sequence[int] | None = None, ahead: int = AHEAD
) -> Preview:
    """What the ladder in force, or another one, would send to and about people of these facilities, from the
    day on; what was sent already is left out. Nothing is written. At most six queries.
    """
    asked = reach(on, ladder=ladder, ahead=ahead)
    if asked is None:
        return Preview((), (), (), (), 0, 0)
    with connection.cursor() as cursor:
        cursor.execute(_PREVIEW, asked | {"facilities": list(facility_ids)})
        rows = cursor.fetchall()
    mails = Counter(step for step, *_ in rows)
    people: dict[int, set[int]] = {}
    for step, _, person, *_ in rows:
        people.setdefault(step, set()).add(person)
    by_day = Counter(on + dt.timedelta(days=days) for _, days, *_ in rows)
    first = rows[:SHOWN]
    periods = CredentialPeriod.objects.select_related("identity__credential_type").in_bulk(
        {period for _, _, _, period, _ in first}
    )
    names = Practitioner.objects.in_bulk({person for _, _, person, *_ in first})
    return Preview(
        ladder=sorted(asked["ladder"], reverse=True),
        steps=[(step, mails[step], len(people[step])) for step in sorted(mails, reverse=True)],
        days=[
            (on + dt.timedelta(days=each), by_day[on + dt.timedelta(days=each)]) for each in range(ahead + 1)
        ],
        mails=[
            Mail(
                on + dt.timedelta(days=days),
                step,
                names[person].display_name,
                str(periods[period].identity.credential_type),
                periods[period].end,
                recipient,
            )
            for step, days, person, period, recipient in first
        ],
        total=len(rows),
        people=len(set().union(*people.values())) if people else 0,
    )


TABLES = {
    "period": CredentialPeriod._meta.db_table,
    "credential": Credential._meta.db_table,
    "type": CredentialType._meta.db_table,
    "contact": ContactPoint._meta.db_table,
    "appointment": AppointmentPeriod._meta.db_table,
    "application": Application._meta.db_table,
    "alias": PractitionerAliasPeriod._meta.db_table,
    "outbox": OutboxMessage._meta.db_table,
    "failing": FailingAddress._meta.db_table,
}

# The last valid day is the day before the open bound. A period that a later one of the same credential
# follows is renewed and needs no reminder. "known" are the facilities a person belongs to or applies at; who
# was "once" known and is no longer has left. What a merged record holds is "covered" by what the record that
# stays says of the same number. A person with several records is reminded once, and what is on any of them
# counts. To an address that is "failing" nothing is sent; who has one is "silenced", and the office, or its
# coordinators where it has no address, is written to instead. The sets are joined as wholes, because the
# database asks a subquery again for every row.
ADDRESSED = """
WITH merged AS (
    SELECT practitioner_id AS record, canonical_id AS person FROM {alias} WHERE superseded_at IS NULL
),
covered AS MATERIALIZED (
    SELECT own.id AS credential_id, bool_or(upper_inf(said.valid)) AS for_good,
           max(upper(said.valid)) AS until
    FROM merged
    JOIN {credential} own ON own.practitioner_id = merged.record AND own.number_key <> ''
    JOIN LATERAL (SELECT * FROM {credential} WHERE practitioner_id = merged.person OFFSET 0) twin
      ON twin.number_key = own.number_key AND twin.state = own.state
     AND twin.credential_type_id = own.credential_type_id
    JOIN {period} said ON said.identity_id = twin.id AND said.superseded_at IS NULL
    GROUP BY own.id
),
ending AS (
    SELECT period.id AS period_id, period.uid AS period_uid,
           coalesce(merged.person, credential.practitioner_id) AS practitioner_id,
           (upper(period.valid) - 1) - %(today)s::date AS days_left,
           CASE WHEN cardinality(kind.reminder_days) > 0 THEN kind.reminder_days::int[]
                ELSE %(ladder)s::int[] END AS ladder
    FROM {period} period
    JOIN {credential} credential ON credential.id = period.identity_id
    JOIN {type} kind ON kind.id = credential.credential_type_id
    LEFT JOIN merged ON merged.record = credential.practitioner_id
    LEFT JOIN covered ON covered.credential_id = credential.id
    WHERE period.superseded_at IS NULL
      AND kind.expires AND kind.active
      AND period.status = ANY(%(statuses)s)
      AND upper(period.valid) > %(today)s::date AND upper(period.valid) <= %(horizon)s::date
      AND NOT EXISTS (
          SELECT 1 FROM {period} later
          WHERE later.identity_id = period.identity_id AND later.superseded_at IS NULL
            AND later.id <> period.id
            AND (upper_inf(later.valid) OR upper(later.valid) > upper(period.valid))
      )
      AND NOT (coalesce(covered.for_good, false) OR coalesce(covered.until >= upper(period.valid), false))
),
known AS (
    SELECT coalesce(merged.person, practitioner_id) AS practitioner_id, facility_id
    FROM {appointment} LEFT JOIN merged ON merged.record = practitioner_id
    WHERE superseded_at IS NULL AND valid @> %(today)s::date
    UNION
    SELECT coalesce(merged.person, practitioner_id), facility_id
    FROM {application} LEFT JOIN merged ON merged.record = practitioner_id WHERE status = ANY(%(open)s)
),
involved AS (
    SELECT DISTINCT practitioner_id FROM known
),
once AS (
    SELECT DISTINCT coalesce(merged.person, involved.practitioner_id) AS practitioner_id
    FROM (SELECT practitioner_id FROM {appointment} UNION SELECT practitioner_id FROM {application}) involved
    LEFT JOIN merged ON merged.record = involved.practitioner_id
),
due AS (
    SELECT ending.*, rung.threshold, rung.days
    FROM ending
    CROSS JOIN LATERAL (
        SELECT min(step) AS threshold, 0 AS days FROM unnest(ending.ladder) AS step
         WHERE step >= ending.days_left HAVING count(*) > 0
        UNION ALL
        SELECT step, ending.days_left - step FROM unnest(ending.ladder) AS step
         WHERE ending.days_left - step BETWEEN 1 AND %(ahead)s
    ) rung
    LEFT JOIN involved ON involved.practitioner_id = ending.practitioner_id
    LEFT JOIN once ON once.practitioner_id = ending.practitioner_id
    WHERE involved.practitioner_id IS NOT NULL OR once.practitioner_id IS NULL
),
failing AS MATERIALIZED (
    SELECT address FROM {failing} WHERE ended_at IS NULL
),
silenced AS (
    SELECT DISTINCT coalesce(merged.person, contact.practitioner_id) AS practitioner_id
    FROM failing JOIN {contact} contact
      ON lower(btrim(contact.line_1)) = failing.address AND contact.kind = 'email'
    LEFT JOIN merged ON merged.record = contact.practitioner_id
),
written AS (
    SELECT due.*, lower(btrim(contact.line_1)) AS recipient
    FROM due JOIN {contact} contact
      ON contact.practitioner_id = due.practitioner_id AND contact.kind = 'email'
    UNION
    SELECT due.*, lower(btrim(contact.line_1)) AS recipient
    FROM due JOIN merged ON merged.person = due.practitioner_id
    JOIN {contact} contact ON contact.practitioner_id = merged.record AND contact.kind = 'email'
    WHERE NOT EXISTS (
        SELECT 1 FROM {contact} own WHERE own.practitioner_id = due.practitioner_id AND own.kind = 'email'
    )
    UNION
    SELECT due.*, lower(btrim(office.email)) AS recipient
    FROM due
    JOIN known ON known.practitioner_id = due.practitioner_id
    JOIN unnest(%(office_facilities)s::bigint[], %(office_emails)s::text[]) AS office (facility_id, email)
      ON office.facility_id = known.facility_id
    UNION
    SELECT due.*, lower(btrim(office.email)) AS recipient
    FROM due
    JOIN silenced ON silenced.practitioner_id = due.practitioner_id
    JOIN known ON known.practitioner_id = due.practitioner_id
    JOIN unnest(%(stand_in_facilities)s::bigint[], %(stand_in_emails)s::text[]) AS office (facility_id, email)
      ON office.facility_id = known.facility_id
),
addressed AS (
    SELECT written.* FROM written WHERE recipient NOT IN (SELECT address FROM failing)
)
""".format(**TABLES)  # noqa: S608 - names of our own tables

_PREVIEW = (
    ADDRESSED
    + """
SELECT threshold, days, practitioner_id, period_id, recipient FROM addressed
 WHERE recipient LIKE '%%_@_%%'
   AND practitioner_id IN (SELECT practitioner_id FROM known WHERE facility_id = ANY(%(facilities)s))
   AND NOT EXISTS (
       SELECT 1 FROM {outbox} sent WHERE sent.credential_period_id = addressed.period_id
          AND sent.threshold_days = addressed.threshold AND sent.recipient = addressed.recipient
   )
 ORDER BY days, threshold, practitioner_id, period_id, recipient
""".format(**TABLES)  # noqa: S608 - names of our own tables
)
