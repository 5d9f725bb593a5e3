"""Whom a reminder goes to: the practitioner at every step, the coordinator and the chair from a step on.

The steps are the ladder of the kind of credential, else the parameter's; who else is told from which step on
is the parameter ``credentialing.reminder_copies``, for all kinds or for one. The addresses are those of the
organization: whoever works the open file (else the office, else its coordinators), and whoever chairs the
department of the appointment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bylaws.choices import CommitteeKind, SeatRole
from bylaws.models import AppointmentPeriod, CommitteeSeatPeriod
from config.accounts.choices import Role
from config.accounts.models import RoleAssignmentPeriod, User
from config.organization.models import Facility
from config.rulebook.selectors.parameters import Bound, resolve_everywhere
from credentialing import parameters
from credentialing.choices import Told
from credentialing.models import Application, FailingAddress, OutboxMessage
from credentialing.models.applications import OPEN_STATUSES
from credentialing.selectors.expirables import REMINDED_STATUSES
from practitioners.choices import CredentialCategory
from practitioners.models import (
    ContactPoint,
    Credential,
    CredentialPeriod,
    CredentialType,
    Practitioner,
    PractitionerAliasPeriod,
)
from practitioners.selectors.canonical import persons

#: Sections of the file whose kinds are named to the practitioner only, and of which no chair is told.
NOT_NAMED = frozenset({CredentialCategory.HEALTH, CredentialCategory.IDENTITY})
#: Who may be told besides the practitioner; the office receives a copy wherever it has an address.
COPIED = frozenset({Told.COORDINATOR, Told.CHAIR})


@dataclass(frozen=True)
class Trial:
    """A ladder that is tried and not in force: the general one, or (``kind``) that of one kind."""

    steps: Sequence[int]
    kind: CredentialType | None = None


@dataclass(frozen=True)
class Kind:
    """What the ladder needs of a kind of credential."""

    pk: int
    code: str
    category: str
    own: Sequence[int]


def reach(day: dt.date, *, trial: Trial | None = None, ahead: int = 0) -> dict[str, Any] | None:
    """The parameters of :data:`ADDRESSED` on the day and ``ahead`` so many days, by the ladders in force or
    with one of them replaced; None where nothing has a ladder. At most six queries.
    """
    facilities = resolve_everywhere(
        [parameters.REMINDER_DAYS, parameters.OFFICE_EMAIL, parameters.REMINDER_COPIES],
        facilities=list(Facility.objects.order_by("pk")),
        on=day,
    )
    kinds = _kinds(trial)
    steps = _general(facilities, trial)
    longest = max([*steps, *(step for kind in kinds for step in kind.own)], default=None)
    if longest is None:
        return None
    offices = [(pk, email) for pk, own in facilities.items() if (email := _office(own))]
    unwatched = [pk for pk, own in facilities.items() if not _office(own)]
    stand_ins = [*offices, *coordinators(unwatched, day)]
    copies = [(pk, *copy) for pk, own in facilities.items() for kind in kinds for copy in _copies(own, kind)]
    seats = chairs(day)
    own_kinds = [(kind.pk, kind.own) for kind in kinds if kind.own]
    return {
        "today": day,
        "ahead": ahead,
        "horizon": day + dt.timedelta(days=longest + ahead + 1),
        "ladder": steps,
        "own_kinds": [pk for pk, _ in own_kinds],
        "own_ladders": [f"{{{','.join(map(str, own))}}}" for _, own in own_kinds],
        "statuses": [str(status) for status in REMINDED_STATUSES],
        "open": [str(status) for status in OPEN_STATUSES],
        "office_facilities": [pk for pk, _ in offices],
        "office_emails": [email for _, email in offices],
        "stand_in_facilities": [pk for pk, _ in stand_ins],
        "stand_in_emails": [email for _, email in stand_ins],
        "copy_facilities": [pk for pk, *_ in copies],
        "copy_kinds": [kind for _, kind, _, _ in copies],
        "copy_tolds": [told for _, _, told, _ in copies],
        "copy_withins": [within for *_, within in copies],
        "chair_departments": [department for department, _, _ in seats],
        "chair_people": [person for _, person, _ in seats],
        "chair_emails": [email for _, _, email in seats],
    }


def steps_in_force(day: dt.date) -> list[int]:
    """The days of the general ladder, the shortest first; two queries."""
    facilities = resolve_everywhere(
        [parameters.REMINDER_DAYS], facilities=list(Facility.objects.order_by("pk")), on=day
    )
    return _general(facilities, None)


def _kinds(trial: Trial | None) -> list[Kind]:
    """The kinds that run out, each with its own ladder; the ladder that is tried takes the place of its."""
    rows = CredentialType.objects.filter(active=True, expires=True).order_by("pk")
    tried = trial.kind.pk if trial and trial.kind else None
    return [
        Kind(pk, code, category, sorted(trial.steps) if trial and pk == tried else own)
        for pk, code, category, own in rows.values_list("pk", "code", "category", "reminder_days")
    ]


def _general(facilities: Mapping[int, Mapping[tuple[str, str], Bound]], trial: Trial | None) -> list[int]:
    if trial and trial.kind is None:
        return sorted(set(trial.steps))
    values = [own.get((parameters.REMINDER_DAYS, "")) for own in facilities.values()]
    return sorted({int(step) for days in values if days for step in days.value or ()})


def _office(own: Mapping[tuple[str, str], Bound]) -> str:
    office = own.get((parameters.OFFICE_EMAIL, ""))
    return str(office.value) if office and office.value else ""


def office_address(facility: Facility, day: dt.date) -> str:
    """Where mail to the office of a facility goes; empty where none is set. Two queries."""
    own = resolve_everywhere([parameters.OFFICE_EMAIL], facilities=[facility], on=day)
    return _office(own.get(facility.pk, {}))


def _copies(own: Mapping[tuple[str, str], Bound], kind: Kind) -> list[tuple[int, str, int]]:
    """(kind, who, from how many days before the end on) at a facility: as the parameter says of this kind,
    else as it says of all. A line nobody can read tells nobody.
    """
    bound = own.get((parameters.REMINDER_COPIES, kind.code)) or own.get((parameters.REMINDER_COPIES, ""))
    lines = bound.value if bound and isinstance(bound.value, list) else []
    found = []
    for line in lines:
        told = str(line.get("to", "")) if isinstance(line, dict) else ""
        within = line.get("within") if told in COPIED else None
        if isinstance(within, int) and not (told == Told.CHAIR and kind.category in NOT_NAMED):
            found.append((kind.pk, told, within))
    return found


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


def chairs(day: dt.date) -> list[tuple[int, int, str]]:
    """Department, own file (0: none) and address of whoever chairs a department on the day; three queries."""
    seats = (
        CommitteeSeatPeriod.objects.in_force(day)
        .filter(
            identity__committee__kind=CommitteeKind.DEPARTMENT,
            seat_role=SeatRole.CHAIR,
            identity__user__is_active=True,
        )
        .exclude(identity__user__email="")
        .order_by("identity__committee__department_id", "identity__user__email")
    )
    rows = list(
        seats.values_list("identity__committee__department_id", "identity__user_id", "identity__user__email")
    )
    if not rows:
        return []
    mine = Practitioner.objects.filter(user__in={user for _, user, _ in rows})
    records = dict(mine.values_list("user_id", "pk"))
    people = persons(records.values())
    return [(place, people.get(records.get(user, 0), 0), email) for place, user, email in rows]


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
    "user": User._meta.db_table,
}

# The last valid day is the day before the open bound. A period that a later one of the same credential
# follows is renewed and needs no reminder. "known" are the facilities a person belongs to (with the
# department) or applies at (with who works the file); who was "once" known and is no longer has left. What a
# merged record holds is "covered" by what the record that stays says of the same number. A person with
# several records is reminded once, and what is on any of them counts. To an address that is "failing" nothing
# is sent; who has one is "silenced", and the office, or its coordinators where it has no address, is written
# to instead. An address that is reached in two ways is written to once, in the first of them. No chair is
# told of their own credential as the chair. The sets are joined as wholes, because the database asks a
# subquery again for every row.
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
own_ladder AS MATERIALIZED (
    SELECT kind_id, days::int[] AS days
    FROM unnest(%(own_kinds)s::bigint[], %(own_ladders)s::text[]) AS own (kind_id, days)
),
ending AS (
    SELECT period.id AS period_id, period.uid AS period_uid, kind.id AS kind_id,
           coalesce(merged.person, credential.practitioner_id) AS practitioner_id,
           (upper(period.valid) - 1) - %(today)s::date AS days_left,
           coalesce(own_ladder.days, %(ladder)s::int[]) AS ladder
    FROM {period} period
    JOIN {credential} credential ON credential.id = period.identity_id
    JOIN {type} kind ON kind.id = credential.credential_type_id
    LEFT JOIN own_ladder ON own_ladder.kind_id = kind.id
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
known AS MATERIALIZED (
    SELECT coalesce(merged.person, practitioner_id) AS practitioner_id, facility_id, department_id,
           NULL::bigint AS holder_id
    FROM {appointment} LEFT JOIN merged ON merged.record = practitioner_id
    WHERE superseded_at IS NULL AND valid @> %(today)s::date
    UNION
    SELECT coalesce(merged.person, practitioner_id), facility_id, NULL, coordinator_id
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
due AS MATERIALIZED (
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
stand_in AS MATERIALIZED (
    SELECT * FROM unnest(%(stand_in_facilities)s::bigint[], %(stand_in_emails)s::text[])
                  AS office (facility_id, email)
),
chair AS MATERIALIZED (
    SELECT * FROM unnest(%(chair_departments)s::bigint[], %(chair_people)s::bigint[],
                         %(chair_emails)s::text[]) AS seat (department_id, person, email)
),
copied AS MATERIALIZED (
    SELECT due.*, known.facility_id, known.department_id, copy.told
    FROM due
    JOIN known ON known.practitioner_id = due.practitioner_id
    JOIN unnest(%(copy_facilities)s::bigint[], %(copy_kinds)s::bigint[], %(copy_tolds)s::text[],
                %(copy_withins)s::int[]) AS copy (facility_id, kind_id, told, within)
      ON copy.facility_id = known.facility_id AND copy.kind_id = due.kind_id
     AND due.threshold <= copy.within
),
holder AS MATERIALIZED (
    SELECT known.practitioner_id, known.facility_id, account.email
    FROM known JOIN {user} account ON account.id = known.holder_id
    WHERE account.is_active AND account.email LIKE '%%_@_%%'
),
written AS MATERIALIZED (
    SELECT due.*, 'practitioner' AS told, 0 AS rank, lower(btrim(contact.line_1)) AS recipient
    FROM due JOIN {contact} contact
      ON contact.practitioner_id = due.practitioner_id AND contact.kind = 'email'
    UNION
    SELECT due.*, 'practitioner', 0, lower(btrim(contact.line_1))
    FROM due JOIN merged ON merged.person = due.practitioner_id
    JOIN {contact} contact ON contact.practitioner_id = merged.record AND contact.kind = 'email'
    WHERE NOT EXISTS (
        SELECT 1 FROM {contact} own WHERE own.practitioner_id = due.practitioner_id AND own.kind = 'email'
    )
    UNION
    SELECT due.*, 'office', 1, lower(btrim(office.email))
    FROM due
    JOIN known ON known.practitioner_id = due.practitioner_id
    JOIN unnest(%(office_facilities)s::bigint[], %(office_emails)s::text[]) AS office (facility_id, email)
      ON office.facility_id = known.facility_id
    UNION
    SELECT due.*, 'office', 1, lower(btrim(office.email))
    FROM due
    JOIN silenced ON silenced.practitioner_id = due.practitioner_id
    JOIN known ON known.practitioner_id = due.practitioner_id
    JOIN stand_in office ON office.facility_id = known.facility_id
    UNION
    SELECT due.*, 'coordinator', 2, lower(btrim(coalesce(holder.email, stand_in.email)))
    FROM due
    JOIN copied ON copied.period_id = due.period_id AND copied.threshold = due.threshold
     AND copied.told = 'coordinator'
    LEFT JOIN holder ON holder.practitioner_id = copied.practitioner_id
     AND holder.facility_id = copied.facility_id
    LEFT JOIN stand_in ON stand_in.facility_id = copied.facility_id AND holder.email IS NULL
    WHERE holder.email IS NOT NULL OR stand_in.email IS NOT NULL
    UNION
    SELECT due.*, 'chair', 3, lower(btrim(chair.email))
    FROM due
    JOIN copied ON copied.period_id = due.period_id AND copied.threshold = due.threshold
     AND copied.told = 'chair'
    JOIN chair ON chair.department_id = copied.department_id AND chair.person <> due.practitioner_id
),
addressed AS MATERIALIZED (
    SELECT DISTINCT ON (period_id, threshold, recipient) written.* FROM written
    WHERE recipient NOT IN (SELECT address FROM failing) AND recipient LIKE '%%_@_%%'
    ORDER BY period_id, threshold, recipient, rank
)
""".format(**TABLES)  # noqa: S608 - names of our own tables

#: People at these facilities.
OF_THESE = "practitioner_id IN (SELECT practitioner_id FROM known WHERE facility_id = ANY(%(facilities)s))"
#: What nobody was told of already; of :data:`ADDRESSED`.
NOT_YET = """
NOT EXISTS (
    SELECT 1 FROM {outbox} sent WHERE sent.credential_period_id = addressed.period_id
       AND sent.threshold_days = addressed.threshold AND sent.recipient = addressed.recipient
)
""".format(**TABLES)  # noqa: S608 - names of our own tables
