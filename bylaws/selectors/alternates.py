"""Who is away, who stands in for whom, and who therefore sits in each seat for a matter.

An alternate of a seat or an office acts when its holder is whom the file is about, is recused, or has said
that they are away. A vice chair comes before an alternate.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cached_property
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from bylaws.choices import CommitteeKind, SeatRole
from bylaws.models import AbsencePeriod, AlternatePeriod, CommitteeSeatPeriod
from config.accounts.models import RoleAssignmentPeriod, User
from config.accounts.permissions import ROLE_PERMISSIONS
from config.accounts.policies import facilities_with
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.periods import covers, last_day
from config.organization.models import Facility


def people_who_review(*, facility: Facility, on: dt.date) -> QuerySet[User]:
    """Who may be away: people whose role lets them review something at the facility on the day."""
    roles = [role for role, held in ROLE_PERMISSIONS.items() if "bylaws.view_reviews" in held]
    held = RoleAssignmentPeriod.objects.in_force(on).filter(
        identity__facility=facility, identity__role__in=roles
    )
    return User.objects.filter(
        is_active=True, is_system=False, pk__in=held.values("identity__user_id")
    ).order_by("last_name", "first_name", "pk")


class StandIns:
    """Absences and alternates at facilities, each on its day. Each of the two is read when it is first asked
    for, in one query.
    """

    def __init__(self, days: Mapping[int, dt.date]) -> None:
        self._days = days

    @cached_property
    def _absences(self) -> dict[tuple[int, int], AbsencePeriod]:
        if not self._days:
            return {}
        rows = AbsencePeriod.objects.live().filter(_any_of(self._days)).select_related("identity")
        return {(row.identity.facility_id, row.identity.user_id): row for row in rows}

    @cached_property
    def rows(self) -> list[AlternatePeriod]:
        """Every designation in force of somebody whose role still lets them act there, in the order they were
        made, with user and seat.
        """
        if not self._days:
            return []
        return list(
            AlternatePeriod.objects.live()
            .filter(_any_of(self._days), identity__user__is_active=True)
            .filter(_may_act(self._days.values()))
            .select_related("identity__user", "identity__seat__user", "identity__seat__committee")
            .order_by("identity_id")
        )

    def away(self, facility_id: int, user_id: int) -> str:
        """That the person is away and until when, to follow "is": ``away until 3 Dec 2026``; empty where they
        are not.
        """
        row = self._absences.get((facility_id, user_id))
        if row is None:
            return ""
        return away_on(row.valid, self._days[facility_id])

    def holder_away(self, seat: CommitteeSeatPeriod) -> str:
        """The same of who holds the seat; no query where it comes :func:`with_absence`."""
        place = seat.identity.committee.facility_id
        if not hasattr(seat, "away_valid"):
            return self.away(place, seat.identity.user_id)
        return away_on(seat.away_valid, self._days[place])

    def of_seat(self, seat_id: int) -> list[Any]:
        """The users designated for the seat (its identity's id)."""
        return [row.identity.user for row in self.rows if row.identity.seat_id == seat_id]

    def of_office(self, body: str, facility_id: int) -> list[Any]:
        """The users designated for the office at the facility."""
        return [
            row.identity.user
            for row in self.rows
            if row.identity.office == body and row.identity.facility_id == facility_id
        ]


def _may_act(days: Iterable[dt.date]) -> Q:
    """Designations of people with a role by which they act: that of a chair or officer for a department or an
    office, of a member for every other seat. ``days`` are today's dates at the facilities.
    """
    around = sorted(days)

    def holding(permission: str) -> Exists:
        return Exists(
            RoleAssignmentPeriod.objects.live().filter(
                identity__user=OuterRef("identity__user"),
                identity__facility=OuterRef("identity__facility"),
                identity__role__in=[role for role, held in ROLE_PERMISSIONS.items() if permission in held],
                valid__overlap=DateRange(around[0], around[-1], "[]"),
            )
        )

    alone = Q(identity__seat__isnull=True) | Q(identity__seat__committee__kind=CommitteeKind.DEPARTMENT)
    return (alone & Q(holding("bylaws.recommend"))) | (~alone & Q(holding("bylaws.vote")))


def away_on(valid: DateRange | None, on: dt.date) -> str:
    """What is said on the day of somebody who is away on these days; empty where they are not."""
    if valid is None or not covers(valid, on):
        return ""
    last = last_day(valid.upper)
    return f"away until {day_text(last)}" if last else "away"


def with_absence(
    seats: QuerySet[CommitteeSeatPeriod], days: Iterable[dt.date]
) -> QuerySet[CommitteeSeatPeriod]:
    """The seats, each with the days around ``days`` on which its holder is away in ``away_valid``; None where
    they are not. ``days`` are today's dates at the facilities concerned.
    """
    return seats.annotate(away_valid=absence_of("identity__committee__facility", days))


def absence_of(facility: str, days: Iterable[dt.date]) -> Subquery:
    """The days around ``days`` on which the ``identity__user`` of a row is away at its ``facility`` (the name
    of a field).
    """
    around = sorted(days) or [clock.today()]
    absences = AbsencePeriod.objects.live().filter(
        identity__user=OuterRef("identity__user"),
        identity__facility=OuterRef(facility),
        valid__overlap=DateRange(around[0], around[-1], "[]"),
    )
    return Subquery(absences.order_by("valid").values("valid")[:1])


def _any_of(days: Mapping[int, dt.date]) -> Q:
    """Periods at any of the facilities that hold on its day."""
    found = Q(pk__in=[])
    for facility_id, day in days.items():
        found |= Q(identity__facility_id=facility_id, valid__contains=day)
    return found


def sitting(
    seats: Sequence[CommitteeSeatPeriod], stand_ins: StandIns, *, out: Set[int], here: Set[int]
) -> list[tuple[CommitteeSeatPeriod, Any]]:
    """Each seat of one body with the user who takes it for a matter: its holder, or the alternate where the
    holder is ``out`` (ids of the recused and of whom the file is about), or away and not ``here`` (ids of
    those present). An alternate takes one seat, and none beside a seat of their own. Pure but for
    ``stand_ins``.
    """
    not_these = set(out) | {seat.identity.user_id for seat in seats}
    found = []
    for seat in seats:
        holder, place = seat.identity.user, seat.identity.committee.facility_id
        able = []
        if holder.pk in out or (holder.pk not in here and stand_ins.holder_away(seat)):
            designated = [user for user in stand_ins.of_seat(seat.identity_id) if user.pk not in not_these]
            able = [user for user in designated if user.pk in here or not stand_ins.away(place, user.pk)]
        instead = next((user for user in able if user.pk in here), able[0] if able else None)
        if instead is not None:
            not_these.add(instead.pk)
        found.append((seat, instead or holder))
    return found


def leaders(seats: Sequence[CommitteeSeatPeriod], stand_ins: StandIns) -> list[Any]:
    """The users who lead a body, from the seats of its chair and vice chair: these two, then the alternates
    of the chair, in this order those who are not away, then those who are. Whoever may not act is passed over
    by the caller, who takes the first of the others.
    """
    in_order = sorted(seats, key=lambda seat: (seat.seat_role != SeatRole.CHAIR, seat.pk))
    users = [seat.identity.user for seat in in_order]
    for seat in in_order:
        if seat.seat_role == SeatRole.CHAIR:
            users += stand_ins.of_seat(seat.identity_id)
    if not in_order:
        return []
    place = in_order[0].identity.committee.facility_id
    return sorted(users, key=lambda user: bool(stand_ins.away(place, user.pk)))


def sitters(committee, on: dt.date) -> set[int]:
    """Ids of the users who sit on the committee that day, alternates included; two queries."""
    held = CommitteeSeatPeriod.objects.in_force(on).filter(identity__committee=committee)
    alternates = AlternatePeriod.objects.in_force(on).filter(identity__seat__committee=committee)
    return {
        *held.values_list("identity__user_id", flat=True),
        *alternates.values_list("identity__user_id", flat=True),
    }


def is_alternate(user, committee, on: dt.date) -> bool:
    """Whether the person is designated for a seat of the committee that day; one query."""
    return (
        AlternatePeriod.objects.in_force(on)
        .filter(identity__seat__committee=committee, identity__user=user)
        .exists()
    )


def alternate_ids(committee, on: dt.date) -> set[int]:
    """Ids of everybody designated for a seat of the committee that day; one query."""
    rows = AlternatePeriod.objects.in_force(on).filter(identity__seat__committee=committee)
    return set(rows.values_list("identity__user_id", flat=True))


def _designated(user) -> list[AlternatePeriod]:
    """Designations of the person that hold today; kept on the user object. One query, none for whoever has
    neither vote nor word anywhere.
    """
    cached = user.__dict__.get("_designated_today")
    if cached is None:
        cached = []
        if facilities_with(user, "bylaws.vote") or facilities_with(user, "bylaws.recommend"):
            rows = (
                AlternatePeriod.objects.live()
                .filter(identity__user=user)
                .select_related("identity__facility")
            )
            cached = [row for row in rows if covers(row.valid, clock.today(row.identity.facility))]
        user.__dict__["_designated_today"] = cached
    return cached


def offices_stood_in(user) -> list[tuple[str, Any]]:
    """Offices for which the person is the alternate today, each with its facility."""
    return [(row.identity.office, row.identity.facility) for row in _designated(user) if row.identity.office]


def seats_stood_in(user) -> list[tuple[CommitteeSeatPeriod, bool]]:
    """Seats held today for which the person is the alternate, each with whether its holder is away; kept on
    the user object. Two queries beside :func:`_designated` where there are some.
    """
    cached = user.__dict__.get("_seats_stood_in")
    if cached is None:
        cached = _seats_of_others([row.identity.seat_id for row in _designated(user) if row.identity.seat_id])
        user.__dict__["_seats_stood_in"] = cached
    return cached


def _seats_of_others(seat_ids: Sequence[int]) -> list[tuple[CommitteeSeatPeriod, bool]]:
    if not seat_ids:
        return []
    held = [
        seat
        for seat in CommitteeSeatPeriod.objects.live()
        .filter(identity__in=seat_ids)
        .select_related("identity__committee__facility")
        if covers(seat.valid, clock.today(seat.identity.committee.facility))
    ]
    places = {seat.identity.committee.facility_id: seat.identity.committee.facility for seat in held}
    stand_ins = StandIns({pk: clock.today(place) for pk, place in places.items()})
    return [
        (seat, bool(stand_ins.away(seat.identity.committee.facility_id, seat.identity.user_id)))
        for seat in held
    ]


def designations(facility, on: dt.date) -> list[AlternatePeriod]:
    """Who stands in for whom at the facility on the day or later, the offices first; one query."""
    rows = (
        AlternatePeriod.objects.live()
        .filter(identity__facility=facility, valid__overlap=DateRange(on, None))
        .select_related("identity__user", "identity__seat__user", "identity__seat__committee")
    )
    return sorted(rows, key=lambda row: (row.identity.seat_id is not None, str(row.identity), row.pk))


def absences(viewer, facility, on: dt.date, *, all_of_them: bool) -> list[AbsencePeriod]:
    """Who is away at the facility on the day or later: everybody, or the person alone; one query."""
    rows = (
        AbsencePeriod.objects.live()
        .filter(identity__facility=facility, valid__overlap=DateRange(on, None))
        .select_related("identity__user")
        .order_by("valid", "pk")
    )
    return list(rows if all_of_them else rows.filter(identity__user=viewer))


def alternate_word(seat_role: str) -> str:
    """What an alternate of the seat is called within a record: ``Alternate of the chair``."""
    return f"Alternate of the {SeatRole(seat_role).label.lower()}"
