"""Credentials that run out: what, whose, when, and whether anybody was told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from bylaws.models import Appointment, AppointmentPeriod
from config.kernel.dates import ONE_DAY, add_months, month_first
from config.organization.models import Department, Facility
from credentialing.holders import holders
from credentialing.models import Application, OutboxMessage
from credentialing.models.applications import OPEN_STATUSES
from practitioners.choices import CredentialStatus, Standing
from practitioners.models import CredentialPeriod, Practitioner, PractitionerAliasPeriod
from practitioners.selectors.canonical import among

#: Statuses in which the end of a credential matters; one that is gone already cannot expire.
REMINDED_STATUSES = (
    CredentialStatus.ACTIVE,
    CredentialStatus.ACTIVE_LIMITED,
    CredentialStatus.PROBATION,
    CredentialStatus.TEMPORARY,
    CredentialStatus.TRAINING,
    CredentialStatus.ELIGIBLE,
    CredentialStatus.UNKNOWN,
)


#: As many credentials with a claim are named one by one.
FEW_CLAIMS = 2000


def people_ids(facility_ids: Iterable[int]) -> QuerySet:
    """Ids of everyone with an appointment or an application, of any time, at these facilities; all records of
    a person.
    """
    ids = list(facility_ids)
    merged = {
        "practitioner__alias_periods__canonical": OuterRef("pk"),
        "practitioner__alias_periods__superseded_at__isnull": True,
        "facility_id__in": ids,
    }
    return (
        Practitioner.objects.filter(
            Exists(Appointment.objects.filter(practitioner=OuterRef("pk"), facility_id__in=ids))
            | Exists(Application.objects.filter(practitioner=OuterRef("pk"), facility_id__in=ids))
            | Exists(Appointment.objects.filter(**merged))
            | Exists(Application.objects.filter(**merged))
        )
        .order_by()
        .values("pk")
    )


def people_of(facility_ids: Iterable[int], on: dt.date) -> Q:
    """Credentials of people with an appointment in force, privileges that rest on none or an open application
    at these facilities, on any of their records.

    One set of ids, not a choice between several: the database then begins with what ends and looks its person
    up in the set, instead of asking of every credential on file.
    """
    return Q(identity__practitioner__in=_every_record(_belongings(facility_ids, on)))


def of_department(department: Department, on: dt.date) -> Q:
    """Credentials of people appointed to the department on the day, or with an open application to it, on any
    of their records.
    """
    return Q(
        identity__practitioner__in=_every_record(
            [
                AppointmentPeriod.objects.in_force(on).filter(department=department),
                Application.objects.filter(department=department, status__in=OPEN_STATUSES),
            ]
        )
    )


def departments_of(practitioner_ids: Collection[int], facility: Facility, on: dt.date) -> dict[int, str]:
    """The department of each of these records at the facility on the day, where the person is appointed to
    one, by id of the record; three queries at most.
    """
    everybody = among(practitioner_ids)
    terms = AppointmentPeriod.objects.in_force(on).filter(facility=facility, practitioner__in=everybody)
    named = dict(terms.order_by().values_list("practitioner_id", "department__name"))
    stays = dict(
        PractitionerAliasPeriod.objects.live()
        .filter(practitioner__in=everybody)
        .values_list("practitioner_id", "canonical_id")
    )
    persons = {stays.get(pk, pk): name for pk, name in named.items() if name}
    found = {pk: persons.get(stays.get(pk, pk)) for pk in practitioner_ids}
    return {pk: name for pk, name in found.items() if name}


def _every_record(belongings: Iterable[QuerySet]) -> QuerySet:
    """Ids of the records of everybody these rows with ``practitioner_id`` are about, merged ones included."""
    parts: list[QuerySet] = []
    for rows in belongings:
        records = rows.order_by().values("practitioner_id")
        merges = PractitionerAliasPeriod.objects.live().order_by()
        canonical = merges.filter(practitioner_id__in=records).values("canonical_id")
        parts += [
            records,
            canonical,
            merges.filter(canonical_id__in=records).values("practitioner_id"),
            merges.filter(canonical_id__in=canonical).values("practitioner_id"),
        ]
    return parts[0].union(*parts[1:], all=True)


def one_of_people(facility_ids: Iterable[int], on: dt.date) -> Exists:
    """As :func:`people_of`, asked of each credential by itself: for the first rows of a long list.

    A union is neither joined nor hashed, so that the whole staff is not read for a page of it. What most
    people have stands first.
    """
    me = OuterRef("identity__practitioner_id")
    rows = [each.order_by() for each in _belongings(facility_ids, on)]
    own, into = "practitioner__alias_periods", "practitioner__merged_periods"
    beside = f"{own}__canonical__merged_periods"
    ways: list[dict[str, Any]] = [
        {"practitioner_id": me},
        # The record that stays, one that was merged into this one, another that was merged into the same.
        {f"{into}__practitioner_id": me, f"{into}__superseded_at__isnull": True},
        {f"{own}__canonical_id": me, f"{own}__superseded_at__isnull": True},
        {
            f"{beside}__practitioner_id": me,
            f"{beside}__superseded_at__isnull": True,
            f"{own}__superseded_at__isnull": True,
        },
    ]
    parts = [each.filter(**way) for way in ways for each in rows]
    parts = [each.values("practitioner_id") for each in parts]
    return Exists(parts[0].union(*parts[1:], all=True))


def _belongings(facility_ids: Iterable[int], on: dt.date) -> list[QuerySet]:
    """Rows with ``practitioner_id`` by which somebody belongs to these facilities on the day."""
    ids = list(facility_ids)
    return [
        AppointmentPeriod.objects.in_force(on).filter(facility_id__in=ids),
        Application.objects.filter(facility_id__in=ids, status__in=OPEN_STATUSES),
        *holders(on, ids),
    ]


def expiring(
    facility_ids: Iterable[int],
    *,
    on: dt.date,
    days_ahead: int = 365,
    days_past: int = 90,
    first: bool = False,
) -> QuerySet[CredentialPeriod]:
    """What of each credential ends (or ended lately) around ``on``, soonest first; each row says as
    ``renewal_claimed`` whether a renewal waits to be verified. ``first``: only the first rows are wanted.
    """
    newest = OutboxMessage.objects.filter(credential_period=OuterRef("pk")).order_by("-created_at")
    return (
        _last_periods()
        .filter(one_of_people(facility_ids, on) if first else people_of(facility_ids, on))
        .filter(
            valid__endswith__gt=on - dt.timedelta(days=days_past),
            valid__endswith__lte=on + dt.timedelta(days=days_ahead + 1),
        )
        .select_related("identity__credential_type", "identity__practitioner")
        .annotate(ends=F("valid__endswith"), reminded=Subquery(newest.values("created_at")[:1]))
        .order_by("valid__endswith", "identity__practitioner__sort_name", "pk")
    )


def left_the_staff(practitioner: Practitioner, *, on: dt.date) -> bool:
    """Whether the person was on a staff and is on none from the day on, nor has an open application; three
    queries at most. Somebody who never was on one has not left.
    """
    records = among([practitioner.pk])
    terms = AppointmentPeriod.objects.live().filter(practitioner__in=records)
    return (
        terms.exists()
        and not terms.filter(valid__endswith__gt=on).exists()
        and not Application.objects.filter(practitioner__in=records, status__in=OPEN_STATUSES).exists()
    )


def near(on: dt.date, days: int = 30) -> Q:
    """Ends within so many days of ``on``, before or after it."""
    return Q(
        valid__endswith__gt=on - dt.timedelta(days=days),
        valid__endswith__lte=on + dt.timedelta(days=days + 1),
    )


def renewal_waits() -> Q:
    """Of what expires: those with a renewal that waits to be verified; one query.

    Where few credentials rest on somebody's word, the database is told which: it would read all that expires
    first, and nearly all of that has been confirmed.
    """
    claims = CredentialPeriod.objects.live().filter(standing=Standing.CLAIMED).order_by()
    few = list(claims.values_list("identity_id", flat=True)[: FEW_CLAIMS + 1])
    return Q(renewal_claimed=True, identity__in=claims.values("identity") if len(few) > FEW_CLAIMS else few)


def expiring_of(
    practitioner: Practitioner, *, on: dt.date, days_ahead: int = 120, days_past: int = 365
) -> QuerySet[CredentialPeriod]:
    """What of one person runs out soon, or ran out."""
    return (
        _last_periods()
        .filter(
            identity__practitioner__in=among([practitioner.pk]),
            valid__endswith__gt=on - dt.timedelta(days=days_past),
            valid__endswith__lte=on + dt.timedelta(days=days_ahead + 1),
        )
        .select_related("identity__credential_type")
        .order_by("valid__endswith", "pk")
    )


def ending_within(on: dt.date, days: int) -> QuerySet[CredentialPeriod]:
    """The last known periods of credentials that end within so many days of ``on``."""
    return _last_periods().filter(
        valid__endswith__gt=on, valid__endswith__lte=on + dt.timedelta(days=days + 1)
    )


def _last_periods() -> QuerySet[CredentialPeriod]:
    """The last period of each credential that ends and whose end matters: the last confirmed one, and what is
    claimed where nothing later is said.

    A claim never takes the place of what a source confirmed: ``renewal_claimed`` says that there is one, and
    that nobody has verified it. Of a merged record, what the record that stays says of the same number at
    least as long is told once.
    """
    # None of these is the row itself, which ends and does not end after itself; to say so besides would have
    # each row fetched, where the index knows.
    later = CredentialPeriod.objects.live().filter(identity=OuterRef("identity"))
    later = later.filter(Q(valid__upper_inf=True) | Q(valid__endswith__gt=OuterRef("valid__endswith")))
    claimed = later.filter(standing=Standing.CLAIMED)
    return (
        CredentialPeriod.objects.live()
        .filter(
            identity__credential_type__expires=True,
            identity__credential_type__active=True,
            status__in=REMINDED_STATUSES,
        )
        .annotate(renewal_claimed=Exists(claimed))
        .filter(
            ~Exists(later.filter(standing=Standing.CONFIRMED)),
            Q(standing=Standing.CONFIRMED) | ~Exists(claimed),
            ~Q(pk__in=_said_of_person()),
        )
    )


def _said_of_person() -> QuerySet:
    """Ids of what merged records say and the canonical record says of the same credential, to the same day or
    a later one.

    It begins with the merges, which are few: asked for every credential, those without a number, whose key
    many share, would each be compared with all the others.
    """
    canonical = "identity__practitioner__alias_periods__canonical__credentials"
    same = {
        f"{canonical}__{name}": F(f"identity__{name}") for name in ("credential_type", "state", "number_key")
    }
    told = f"{canonical}__periods"
    return (
        CredentialPeriod.objects.live()
        .filter(
            Q(**{f"{told}__valid__upper_inf": True})
            | Q(**{f"{told}__valid__endswith__gte": F("valid__endswith")}),
            identity__practitioner__alias_periods__superseded_at__isnull=True,
            **{f"{told}__superseded_at__isnull": True},
            **same,
        )
        .exclude(identity__number_key="")
        .order_by()
        .values("pk")
    )


@dataclass(frozen=True)
class Forecast:
    """What runs out: in the months to come, all together and by kind of credential, the most first; how many
    ran out, and how many will within 30 and 90 days.
    """

    months: Sequence[tuple[str, int]]
    kinds: Sequence[tuple[str, str, Sequence[int], int]]  # code, name, by month, in all
    past: int
    soon: int
    later: int


def forecast(queryset: QuerySet[CredentialPeriod], *, on: dt.date, months: int = 13) -> Forecast:
    """How many ran out, and how many run out per month from this one on, a year ahead and the rest of its
    month. One query, which counts by day and kind in the database.
    """
    first = month_first(on)
    starts = [add_months(first, index) for index in range(months)]
    place = {start: index for index, start in enumerate(starts)}
    total = [0] * months
    kinds: dict[tuple[str, str], list[int]] = {}
    past = soon = later = 0
    kind = "identity__credential_type"
    days = (
        queryset.order_by()
        .values("valid__endswith", f"{kind}__code", f"{kind}__name")
        .annotate(number=Count("pk"))
        .values_list("valid__endswith", f"{kind}__code", f"{kind}__name", "number")
    )
    for after, code, name, number in days:
        last = after - ONE_DAY
        left = (last - on).days
        if left < 0:
            past += number
            continue
        soon += number if left <= 30 else 0
        later += number if left <= 90 else 0
        index = place.get(month_first(last))
        if index is not None:
            total[index] += number
            kinds.setdefault((code, name), [0] * months)[index] += number
    named = {start: index in (0, months - 1) or start.month == 1 for index, start in enumerate(starts)}
    return Forecast(
        [
            (f"{start:%b %y}" if named[start] else f"{start:%b}", number)
            for start, number in zip(starts, total, strict=True)
        ],
        sorted(
            ((code, name, counts, sum(counts)) for (code, name), counts in kinds.items()),
            key=lambda each: (-each[3], each[1]),
        ),
        past,
        soon,
        later,
    )


def renewed(period: CredentialPeriod) -> bool:
    """Whether a later period of the same credential follows this one."""
    later = CredentialPeriod.objects.live().filter(identity_id=period.identity_id).exclude(pk=period.pk)
    return later.filter(Q(valid__upper_inf=True) | Q(valid__endswith__gt=period.valid.upper)).exists()


def last_reminders(periods: Sequence[CredentialPeriod]) -> dict[int, object]:
    """The newest reminder of each period (one query)."""
    rows = (
        OutboxMessage.objects.filter(credential_period__in=[period.pk for period in periods])
        .order_by("credential_period_id", "-created_at")
        .distinct("credential_period_id")
    )
    return {row.credential_period_id: row for row in rows}
