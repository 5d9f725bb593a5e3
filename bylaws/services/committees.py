"""Committees and who sits on them."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.choices import CommitteeKind, SeatRole
from bylaws.models import Committee, CommitteeSeat, CommitteeSeatPeriod
from bylaws.rules.reach import require_within
from bylaws.selectors.committees import people_to_seat
from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.kernel.periods import days, end_before, rewrite, through

#: How far from today a seat may begin or end, in years.
YEARS_BACK, YEARS_AHEAD = 50, 20


@transaction.atomic
def form_committee(*, actor, facility, kind: str, name: str, department=None) -> Committee:
    """A new body. Of credentials committee, MEC and board a facility has one each; a department has one."""
    require(actor, "bylaws.run_meeting", facility)
    if kind != CommitteeKind.OTHER:
        same = Committee.objects.filter(facility=facility, kind=kind)
        if kind == CommitteeKind.DEPARTMENT:
            same = same.filter(department=department)
        if same.exists():
            raise Refused(f"{facility} already has this body: {same.first()}.")
    if (kind == CommitteeKind.DEPARTMENT) != (department is not None):
        raise Refused("A department's body names its department; no other body does.", field="department")
    if department is not None and department.facility_id != facility.pk:
        raise Refused(f"{department} is not a department of {facility}.", field="department")
    committee = Committee.objects.create(facility=facility, kind=kind, name=name, department=department)
    record_event(actor=actor, verb="committee.formed", subject=committee, facility=facility)
    return committee


@transaction.atomic
def seat_member(
    *,
    actor,
    committee: Committee,
    user,
    seat_role: str = SeatRole.MEMBER,
    votes: bool = True,
    start: dt.date | None = None,
    last_day: dt.date | None = None,
) -> CommitteeSeat:
    """Give a person a seat from ``start`` (default: today) through ``last_day``; other days stay as they
    were.

    Refused: accounts that only ask the lookup (a ward's is shared, and no person), a first day more than
    fifty years back or one ahead, a last day more than twenty years ahead. A body has
    one chair and one vice chair at a time.
    """
    require(actor, "bylaws.run_meeting", committee.facility)
    Committee.objects.select_for_update().get(pk=committee.pk)
    if user.is_system:
        raise Refused("The system's own account takes no seat.")
    if not people_to_seat(facility=committee.facility).filter(pk=user.pk).exists():
        raise Refused(
            f"{user} has no role at {committee.facility} that goes with a seat; a login that only asks who "
            "may do what takes none.",
            field="user",
        )
    today = clock.today(committee.facility)
    first = start or today
    _require_days(first, last_day, today)
    valid = days(first, through(last_day))
    if seat_role in (SeatRole.CHAIR, SeatRole.VICE_CHAIR):
        holder = (
            CommitteeSeatPeriod.objects.live()
            .filter(identity__committee=committee, seat_role=seat_role, valid__overlap=valid)
            .exclude(identity__user=user)
            .select_related("identity__user")
            .first()
        )
        if holder is not None:
            raise Refused(
                f"{holder.identity.user} is {SeatRole(seat_role).label.lower()} then; end that seat first.",
                field="seat_role",
            )
    seat, _ = CommitteeSeat.objects.get_or_create(
        committee=committee, user=user, defaults={"created_at": clock.now(), "created_by": actor}
    )
    rewrite(
        CommitteeSeatPeriod,
        seat,
        valid=valid,
        actor=actor,
        reason="Seat given",
        content={"seat_role": seat_role, "votes": votes},
    )
    record_event(
        actor=actor,
        verb="committee.member_seated",
        subject=committee,
        facility=committee.facility,
        data={"member": str(user), "role": str(seat_role), "votes": votes, "from": valid.lower.isoformat()},
    )
    return seat


def _require_days(first: dt.date, last: dt.date | None, today: dt.date) -> None:
    require_within(
        first, today=today, back=YEARS_BACK, ahead=1, field="start", what="The first day of the seat"
    )
    if last is not None:
        require_within(
            last,
            today=today,
            back=YEARS_BACK,
            ahead=YEARS_AHEAD,
            field="last_day",
            what="The last day of the seat",
        )


@transaction.atomic
def end_seat(*, actor, seat: CommitteeSeat, day: dt.date, reason: str) -> None:
    """The seat is no longer held from ``day`` on."""
    committee = seat.committee
    require(actor, "bylaws.run_meeting", committee.facility)
    Committee.objects.select_for_update().get(pk=committee.pk)
    require_within(
        day,
        today=clock.today(committee.facility),
        back=YEARS_BACK,
        ahead=YEARS_AHEAD,
        field="day",
        what="The first day without the seat",
    )
    if not seat.periods.live().filter(valid__overlap=DateRange(day, None)).exists():
        raise Refused(f"{seat.user} holds no seat on {committee.named} from {day_text(day)} on.", field="day")
    end_before(CommitteeSeatPeriod, seat, day=day, actor=actor, reason=reason)
    record_event(
        actor=actor,
        verb="committee.seat_ended",
        subject=committee,
        reason=reason,
        facility=committee.facility,
        data={"member": str(seat.user), "from": day.isoformat()},
    )
