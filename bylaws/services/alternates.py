"""Alternates of seats and offices are designated; reviewers say when they are away.

Source: domain.md 2.7 (a review is reassigned where its reviewer may not or cannot act).
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.choices import CommitteeKind, Office, SeatRole
from bylaws.models import (
    Absence,
    AbsencePeriod,
    Alternate,
    AlternatePeriod,
    Committee,
    CommitteeSeat,
    CommitteeSeatPeriod,
)
from bylaws.rules.reach import require_within
from bylaws.selectors.committees import people_to_seat
from config.accounts.policies import may, require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Forbidden, Refused
from config.kernel.periods import days, end_before, rewrite, through
from config.organization.models import Facility

#: How far from today a designation may begin or end, in years.
YEARS_BACK, YEARS_AHEAD = 1, 20
#: How far ahead somebody may say that they are away, in years.
AWAY_AHEAD = 2


@transaction.atomic
def designate_for_seat(
    *, actor, seat: CommitteeSeat, user, start: dt.date | None = None, last_day: dt.date | None = None
) -> Alternate:
    """The person acts in the place of whoever holds the seat, where that one is the applicant, recused or
    away; from ``start`` (default: today) through ``last_day``.

    Refused: somebody with a seat of their own on the committee, and whoever has not the role by which the
    seat acts. In a department only its chair and vice chair act, so only they have alternates.
    """
    committee = seat.committee
    require(actor, "bylaws.run_meeting", committee.facility)
    Committee.objects.select_for_update().get(pk=committee.pk)
    first = _days(start, last_day, committee.facility)
    held = seat.periods.live().filter(valid__contains=first).first()
    if held is None:
        raise Refused(f"{seat.user} holds no seat on {committee.named} on {day_text(first)}.", field="seat")
    leads = held.seat_role in (SeatRole.CHAIR, SeatRole.VICE_CHAIR)
    if committee.kind == CommitteeKind.DEPARTMENT and not leads:
        raise Refused("A department acts through its chair and vice chair; only they have alternates.")
    permission = "bylaws.recommend" if committee.kind == CommitteeKind.DEPARTMENT else "bylaws.vote"
    _require_able(user, permission, committee.facility)
    own = CommitteeSeatPeriod.objects.in_force(first).filter(
        identity__committee=committee, identity__user=user
    )
    if own.exists():
        raise Refused(
            f"{user} sits on {committee.named} and cannot stand in for somebody there.", field="user"
        )
    alternate, _ = Alternate.objects.get_or_create(
        seat=seat,
        user=user,
        defaults={"facility": committee.facility, "created_at": clock.now(), "created_by": actor},
    )
    return _designate(
        actor, alternate, first, last_day, of=f"{seat.user} on {committee.named}", subject=committee
    )


@transaction.atomic
def designate_for_office(
    *,
    actor,
    facility: Facility,
    office: str,
    user,
    start: dt.date | None = None,
    last_day: dt.date | None = None,
) -> Alternate:
    """The person acts for the office (an :class:`~bylaws.choices.Office`) where neither its holder nor the
    designee can; as :func:`designate_for_seat`.
    """
    require(actor, "bylaws.run_meeting", facility)
    if office not in Office.values:
        raise Refused("Choose an office.", field="office")
    first = _days(start, last_day, facility)
    _require_able(user, "bylaws.recommend", facility)
    alternate, _ = Alternate.objects.get_or_create(
        facility=facility,
        office=office,
        user=user,
        defaults={"created_at": clock.now(), "created_by": actor},
    )
    of = f"the {Office(office).label.lower()}"
    return _designate(actor, alternate, first, last_day, of=of, subject=alternate)


@transaction.atomic
def end_alternate(*, actor, alternate: Alternate, day: dt.date, reason: str) -> None:
    """The person is no alternate from ``day`` on."""
    require(actor, "bylaws.run_meeting", alternate.facility)
    _within(day, alternate.facility, field="day", what="The first day without the alternate")
    if not reason.strip():
        raise Refused("Say why.", field="reason")
    if not alternate.periods.live().filter(valid__overlap=DateRange(day, None)).exists():
        raise Refused(f"{alternate.user} is no alternate from {day_text(day)} on.", field="day")
    end_before(AlternatePeriod, alternate, day=day, actor=actor, reason=reason.strip())
    record_event(
        actor=actor,
        verb="alternate.ended",
        subject=alternate,
        reason=reason,
        facility=alternate.facility,
        data={"member": str(alternate.user), "from": day.isoformat()},
    )


@transaction.atomic
def declare_absence(*, actor, facility: Facility, user, start: dt.date, last_day: dt.date) -> Absence:
    """The person is away from ``start`` through ``last_day`` and does not act: who stands in does, and is
    reminded. Said by the person, or recorded by who runs the meetings.
    """
    _require_own(actor, user, facility)
    if not may(user, "bylaws.view_reviews", facility):
        raise Refused(f"{user} reviews nothing at {facility}.", field="user")
    today = clock.today(facility)
    require_within(start, today=today, back=YEARS_BACK, ahead=AWAY_AHEAD, field="start", what="The first day")
    require_within(
        last_day, today=today, back=0, ahead=AWAY_AHEAD, field="last_day", what="The last day of the absence"
    )
    absence, _ = Absence.objects.get_or_create(
        facility=facility, user=user, defaults={"created_at": clock.now(), "created_by": actor}
    )
    rewrite(
        AbsencePeriod,
        absence,
        valid=days(start, through(last_day)),
        actor=actor,
        reason="Absence declared",
        content={},
    )
    record_event(
        actor=actor,
        verb="absence.declared",
        subject=absence,
        facility=facility,
        data={"member": str(user), "from": start.isoformat(), "through": last_day.isoformat()},
    )
    return absence


@transaction.atomic
def end_absence(*, actor, absence: Absence, day: dt.date) -> None:
    """The person is back from ``day`` on: what was said of later days no longer holds."""
    _require_own(actor, absence.user, absence.facility)
    if not absence.periods.live().filter(valid__overlap=DateRange(day, None)).exists():
        raise Refused(f"{absence.user} is not away from {day_text(day)} on.", field="day")
    end_before(AbsencePeriod, absence, day=day, actor=actor, reason="Back")
    record_event(
        actor=actor,
        verb="absence.ended",
        subject=absence,
        facility=absence.facility,
        data={"member": str(absence.user), "from": day.isoformat()},
    )


def _designate(actor, alternate: Alternate, first: dt.date, last_day, *, of: str, subject) -> Alternate:
    rewrite(
        AlternatePeriod,
        alternate,
        valid=days(first, through(last_day)),
        actor=actor,
        reason="Designated",
        content={},
    )
    record_event(
        actor=actor,
        verb="alternate.designated",
        subject=subject,
        facility=alternate.facility,
        data={"member": str(alternate.user), "of": of, "from": first.isoformat()},
    )
    return alternate


def _days(start: dt.date | None, last_day: dt.date | None, facility: Facility) -> dt.date:
    """The first day, or a refusal of days beyond what a designation can mean."""
    first = start or clock.today(facility)
    _within(first, facility, field="start", what="The first day")
    if last_day is not None:
        _within(last_day, facility, field="last_day", what="The last day")
    return first


def _within(day: dt.date, facility: Facility, *, field: str, what: str) -> None:
    today = clock.today(facility)
    require_within(day, today=today, back=YEARS_BACK, ahead=YEARS_AHEAD, field=field, what=what)


def _require_able(user, permission: str, facility: Facility) -> None:
    if not people_to_seat(facility=facility).filter(pk=user.pk).exists() or not may(
        user, permission, facility
    ):
        raise Refused(
            f"{user} has no role at {facility} by which they may act in this place; "
            "an administrator gives it.",
            field="user",
        )


def _require_own(actor, user, facility: Facility) -> None:
    if actor.pk == user.pk and may(actor, "bylaws.view_reviews", facility):
        return
    if not may(actor, "bylaws.run_meeting", facility):
        raise Forbidden("Whoever runs the meetings says it of others; everybody may of themselves.")
