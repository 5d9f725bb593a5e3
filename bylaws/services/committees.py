"""Committees and who sits on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.choices import CommitteeKind, MeetingStatus, SeatOffice, SeatRole
from bylaws.models import (
    Committee,
    CommitteePosition,
    CommitteePositionPeriod,
    CommitteeSeat,
    CommitteeSeatPeriod,
)
from bylaws.rules.composition import PHYSICIANS, physician_majority
from bylaws.rules.reach import require_within
from bylaws.rules.seat_terms import SeatLimit, limit_of, problems
from bylaws.selectors.committees import holds_role, people_to_seat, professions_of, seated
from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Doubtful, Refused
from config.kernel.periods import days, end_before, open_period, rewrite, through
from config.rulebook.verdicts import Outcome
from practitioners.choices import ProviderType

#: How far from today a seat may begin or end, in years.
YEARS_BACK, YEARS_AHEAD = 50, 20
#: The most seats alike that are added at once, and the most meetings a year: beyond it is mistyped.
MOST_SEATS, MOST_MEETINGS = 30, 60
#: The longest term on a body in months, and the most in a row: beyond it is mistyped.
MOST_MONTHS, MOST_TERMS = 120, 20
#: What one member of a body is at a time.
LEADING = (SeatRole.CHAIR, SeatRole.VICE_CHAIR)


@transaction.atomic
def form_committee(
    *,
    actor,
    facility,
    kind: str,
    name: str,
    department=None,
    purpose: str = "",
    reports_to: Committee | None = None,
    meetings_a_year: int | None = None,
    seat_months: int | None = None,
    seat_terms: int | None = None,
) -> Committee:
    """A new body. Of credentials committee, MEC and board a facility has one each; a department has one.

    Its charter says what it is for, which body it ``reports_to``, how often it meets at least, how long a
    term on it is, and how many in a row one person sits there.
    """
    require(actor, "bylaws.run_meeting", facility)
    if kind not in CommitteeKind.values:
        raise Refused(f'"{kind}" is no kind of committee.', field="kind")
    if kind != CommitteeKind.OTHER:
        same = Committee.objects.filter(facility=facility, kind=kind)
        if kind == CommitteeKind.DEPARTMENT:
            same = same.filter(department=department)
        if same.exists():
            raise Refused(f"{facility} already has this body: {same.first()}.", field="kind")
    if (kind == CommitteeKind.DEPARTMENT) != (department is not None):
        raise Refused("A department's body names its department; no other body does.", field="department")
    if department is not None and department.facility_id != facility.pk:
        raise Refused(f"{department} is not a department of {facility}.", field="department")
    committee = Committee(facility=facility, kind=kind, department=department)
    _write_charter(committee, name, purpose, reports_to, meetings_a_year, SeatLimit(seat_months, seat_terms))
    record_event(actor=actor, verb="committee.formed", subject=committee, facility=facility)
    return committee


@transaction.atomic
def change_charter(
    *,
    actor,
    committee: Committee,
    name: str,
    purpose: str = "",
    reports_to: Committee | None = None,
    meetings_a_year: int | None = None,
    seat_months: int | None = None,
    seat_terms: int | None = None,
) -> Committee:
    """Another name, purpose, superior, number of meetings or limit of terms; what was before stays in its
    history.
    """
    require(actor, "bylaws.run_meeting", committee.facility)
    committee = _locked(committee)
    _require_open(committee)
    _write_charter(committee, name, purpose, reports_to, meetings_a_year, SeatLimit(seat_months, seat_terms))
    record_event(
        actor=actor,
        verb="committee.charter_changed",
        subject=committee,
        facility=committee.facility,
        data={"name": committee.name},
    )
    return committee


def _write_charter(
    committee: Committee,
    name: str,
    purpose: str,
    reports_to: Committee | None,
    meetings_a_year: int | None,
    limit: SeatLimit,
) -> None:
    name = " ".join(name.split())
    if not name:
        raise Refused("Say what the committee is called.", field="name")
    namesakes = Committee.objects.filter(facility=committee.facility, closed_on__isnull=True)
    if namesakes.filter(name__iexact=name).exclude(pk=committee.pk).exists():
        raise Refused(f"{committee.facility} has a committee of that name: {name}.", field="name")
    if reports_to is not None:
        if reports_to.facility_id != committee.facility_id:
            raise Refused(f"{reports_to} is no body of {committee.facility}.", field="reports_to")
        if reports_to.pk == committee.pk:
            raise Refused("A committee does not report to itself.", field="reports_to")
    if meetings_a_year is not None and not 1 <= meetings_a_year <= MOST_MEETINGS:
        raise Refused(
            f"A committee meets 1 to {MOST_MEETINGS} times a year, not {meetings_a_year}.",
            field="meetings_a_year",
        )
    _require_limit(limit, "seat_months", "seat_terms")
    committee.seat_months, committee.seat_terms = limit.months, limit.terms
    committee.name, committee.purpose = name[:200], purpose.strip()
    committee.reports_to, committee.meetings_a_year = reports_to, meetings_a_year
    committee.save()


def _require_limit(limit: SeatLimit, months: str, terms: str) -> None:
    """Refuse a limit nobody means; ``months`` and ``terms`` are the fields of the form."""
    if limit.months is not None and not 1 <= limit.months <= MOST_MONTHS:
        raise Refused(f"A term has 1 to {MOST_MONTHS} months, not {limit.months}.", field=months)
    if limit.terms is not None and limit.months is None:
        raise Refused("Say how many months a term has, before how many in a row.", field=months)
    if limit.terms is not None and not 1 <= limit.terms <= MOST_TERMS:
        raise Refused(f"1 to {MOST_TERMS} terms in a row, not {limit.terms}.", field=terms)


@transaction.atomic
def close_committee(*, actor, committee: Committee, day: dt.date, reason: str) -> Committee:
    """The body no longer exists from ``day`` on: its seats end, whoever holds them.

    Refused: a body files or a department rest on; while a meeting is called for that day or later, or another
    body reports to it.
    """
    require(actor, "bylaws.run_meeting", committee.facility)
    committee = _locked(committee)
    if committee.kind != CommitteeKind.OTHER:
        raise Refused(
            f"{committee} is not closed: it is the {committee.get_kind_display()}, and files come before it."
            if committee.kind != CommitteeKind.DEPARTMENT
            else f"{committee} is not closed: its department acts through it."
        )
    _require_open(committee)
    if not reason.strip():
        raise Refused("Say why.", field="reason")
    _require_day(day, committee, "day", "The first day without the committee")
    coming = committee.meetings.filter(status__in=[MeetingStatus.SCHEDULED, MeetingStatus.IN_SESSION])
    if (meeting := coming.order_by("starts_at").first()) is not None:
        raise Refused(f"A meeting is called: {meeting}. Hold or cancel it first.", field="day")
    below = Committee.objects.filter(reports_to=committee, closed_on__isnull=True).first()
    if below is not None:
        raise Refused(f"{below} reports to it; say first to which body it reports instead.")
    for seat in committee.seats.filter(periods__in=_from(CommitteeSeatPeriod, committee, day)).distinct():
        end_before(CommitteeSeatPeriod, seat, day=day, actor=actor, reason=reason)
    rows = _from(CommitteePositionPeriod, committee, day)
    for position in committee.positions.filter(periods__in=rows).distinct():
        end_before(CommitteePositionPeriod, position, day=day, actor=actor, reason=reason)
    committee.closed_on = day
    committee.save()
    record_event(
        actor=actor,
        verb="committee.closed",
        subject=committee,
        facility=committee.facility,
        reason=reason,
        data={"from": day.isoformat()},
    )
    return committee


def _locked(committee: Committee) -> Committee:
    return Committee.objects.select_for_update(of=("self",)).select_related("facility").get(pk=committee.pk)


def _require_open(committee: Committee) -> None:
    if committee.closed_on is not None:
        raise Refused(f"{committee} is closed from {day_text(committee.closed_on)} on.")


def _from(model, committee: Committee, day: dt.date):
    """Periods of the committee that reach to the day or beyond."""
    return model.objects.live().filter(identity__committee=committee, valid__overlap=DateRange(day, None))


# --- seats, whoever holds them ----------------------------------------------------------------------------


@transaction.atomic
def add_positions(
    *,
    actor,
    committee: Committee,
    title: str,
    number: int = 1,
    seat_role: str = SeatRole.MEMBER,
    votes: bool = True,
    office: str = "",
    provider_types: Sequence[str] = (),
    start: dt.date | None = None,
    term_months: int | None = None,
    terms_in_a_row: int | None = None,
) -> list[CommitteePosition]:
    """``number`` seats of the body alike from ``start`` (default: today) on, vacant until somebody is seated.

    ``office`` (:class:`SeatOffice`): the seat goes with that office; ``provider_types``: its holder practises
    under one of these professions. Of chair and vice chair a body has one seat each. ``term_months`` and
    ``terms_in_a_row`` are limits of these seats in place of the charter's.
    """
    require(actor, "bylaws.run_meeting", committee.facility)
    committee = _locked(committee)
    _require_open(committee)
    title = " ".join(title.split())
    if not title:
        raise Refused("Say what the seat is called.", field="title")
    if not 1 <= number <= MOST_SEATS:
        raise Refused(f"Add 1 to {MOST_SEATS} seats at once, not {number}.", field="number")
    if seat_role not in SeatRole.values:
        raise Refused(f'"{seat_role}" is not what a member can be.', field="seat_role")
    if office and office not in SeatOffice.values:
        raise Refused(f'"{office}" is no office that brings a seat.', field="office")
    if unknown := [each for each in provider_types if each not in ProviderType.values]:
        raise Refused(f'"{unknown[0]}" is no profession on record.', field="provider_types")
    first = start or clock.today(committee.facility)
    _require_day(first, committee, "start", "The first day of the seat")
    if seat_role in LEADING:
        there = _from(CommitteePositionPeriod, committee, first).filter(seat_role=seat_role).exists()
        if there or number > 1:
            raise Refused(
                f"A body has one seat of the {SeatRole(seat_role).label.lower()}.", field="seat_role"
            )
    _require_limit(SeatLimit(term_months, terms_in_a_row), "term_months", "terms_in_a_row")
    made = []
    for _ in range(number):
        position = CommitteePosition.objects.create(
            committee=committee, created_at=clock.now(), created_by=actor
        )
        open_period(
            CommitteePositionPeriod,
            position,
            valid=days(first, None),
            actor=actor,
            title=title[:120],
            seat_role=str(seat_role),
            votes=votes,
            office=str(office),
            provider_types=[str(each) for each in provider_types],
            term_months=term_months,
            terms_in_a_row=terms_in_a_row,
        )
        made.append(position)
    record_event(
        actor=actor,
        verb="committee.seats_added",
        subject=committee,
        facility=committee.facility,
        data={"title": title, "number": number, "votes": votes, "from": first.isoformat()},
    )
    return made


@transaction.atomic
def end_position(*, actor, position: CommitteePosition, day: dt.date, reason: str) -> None:
    """The body has no such seat from ``day`` on. Refused while somebody holds it then."""
    require(actor, "bylaws.run_meeting", position.committee.facility)
    committee = _locked(position.committee)
    _require_day(day, committee, "day", "The first day without the seat")
    ahead = DateRange(day, None)
    if not position.periods.live().filter(valid__overlap=ahead).exists():
        raise Refused(f"The body has no such seat from {day_text(day)} on.", field="day")
    holder = position.holders.live().filter(valid__overlap=ahead).select_related("identity__user").first()
    if holder is not None:
        raise Refused(f"{holder.identity.user} holds it then; end that first.", field="day")
    end_before(CommitteePositionPeriod, position, day=day, actor=actor, reason=reason)
    record_event(
        actor=actor,
        verb="committee.seat_abolished",
        subject=committee,
        reason=reason,
        facility=committee.facility,
        data={"from": day.isoformat()},
    )


# --- who sits -------------------------------------------------------------------------------------------


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
    position: CommitteePosition | None = None,
    sure: bool = False,
) -> CommitteeSeat:
    """Give a person a seat from ``start`` (default: today) through ``last_day``; other days stay as they
    were. With a ``position`` it is that seat of the body, which says as what and whether with a vote.

    Refused: accounts that only ask the lookup (a ward's is shared, and no person), a first day more than
    fifty years back or one ahead, a last day more than twenty years ahead. A body has
    one chair and one vice chair at a time, a seat one holder; who lacks its office or profession does not
    hold it. ``sure``: that the executive committee's majority of physicians is missed, or a limit of terms
    is not kept, is meant so.
    """
    require(actor, "bylaws.run_meeting", committee.facility)
    _require_open(_locked(committee))
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
    slot = None
    if position is not None:
        slot = _require_fits(position, committee, user, valid)
        seat_role, votes = slot.seat_role, slot.votes
    if seat_role in LEADING:
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
    if not sure:
        if votes:
            _require_majority(committee, user, first)
        _require_term(committee, slot, user, valid, seat_role)
    seat, _ = CommitteeSeat.objects.get_or_create(
        committee=committee, user=user, defaults={"created_at": clock.now(), "created_by": actor}
    )
    rewrite(
        CommitteeSeatPeriod,
        seat,
        valid=valid,
        actor=actor,
        reason="Seat given",
        content={"seat_role": seat_role, "votes": votes, "position": position},
    )
    record_event(
        actor=actor,
        verb="committee.member_seated",
        subject=committee,
        facility=committee.facility,
        data={"member": str(user), "role": str(seat_role), "votes": votes, "from": valid.lower.isoformat()},
    )
    return seat


def _require_fits(
    position: CommitteePosition, committee: Committee, user, valid: DateRange
) -> CommitteePositionPeriod:
    """The seat as the body has it all these days; refused where it is another body's, taken, or not for this
    person.
    """
    slot = position.periods.live().filter(valid__contains=valid).first()
    if position.committee_id != committee.pk or slot is None:
        raise Refused(f"{committee} does not have that seat on all these days.", field="position")
    holder = (
        position.holders.live()
        .filter(valid__overlap=valid)
        .exclude(identity__user=user)
        .select_related("identity__user")
        .first()
    )
    if holder is not None:
        raise Refused(
            f"{holder.identity.user} holds the seat {slot.title} then; end that first.", field="position"
        )
    if slot.office and not holds_role(user, slot.office, committee.facility, valid.lower):
        raise Refused(
            f"The seat {slot.title} goes with the office of {SeatOffice(slot.office).label.lower()}, which "
            f"{user} does not hold on {day_text(valid.lower)}.",
            field="user",
        )
    if slot.provider_types:
        profession = professions_of([user.pk]).get(user.pk, "")
        asked = " or ".join(slot.provider_types)
        if not profession:
            raise Refused(
                f"The seat {slot.title} is for {asked}, and no record of a practitioner is linked to the "
                f"account of {user}.",
                field="user",
            )
        if profession not in slot.provider_types:
            raise Refused(f"The seat {slot.title} is for {asked}; {user} is {profession}.", field="user")
    return slot


def _require_majority(committee: Committee, user, on: dt.date) -> None:
    """Refuse (``Doubtful``) a voting member without whom physicians would keep, or could reach, the majority
    of the executive committee.
    """
    if committee.kind != CommitteeKind.MEC:
        return
    voting = {*seated(committee, on, voting=True).values_list("identity__user_id", flat=True), user.pk}
    professions = professions_of(voting)
    mine = professions.get(user.pk, "")
    after = physician_majority([professions.get(each, "") for each in voting])
    if mine and mine not in PHYSICIANS and after.outcome == Outcome.NOT_MET:
        raise Doubtful(
            f"With {user} ({mine}), {after.sentence[0].lower()}{after.sentence[1:]} If it is meant so, tick "
            '"This is meant so".',
            field="sure",
        )


def _require_term(
    committee: Committee, slot: CommitteePositionPeriod | None, user, valid: DateRange, seat_role: str
) -> None:
    """Refuse (``Doubtful``) a seat that does not keep the limits of terms; an ex officio seat has none: it
    lasts as long as the office.
    """
    if seat_role == SeatRole.EX_OFFICIO or (slot is not None and slot.office):
        return
    limit = limit_of(
        SeatLimit(committee.seat_months, committee.seat_terms),
        SeatLimit(slot.term_months, slot.terms_in_a_row) if slot is not None else None,
    )
    if limit.months is None:
        return
    held = CommitteeSeatPeriod.objects.live().filter(identity__committee=committee, identity__user=user)
    spans = [(row.lower, row.upper) for row in held.values_list("valid", flat=True)]
    if found := problems(limit, spans, (valid.lower, valid.upper)):
        raise Doubtful(f'{" ".join(found)} If it is meant so, tick "This is meant so".', field="sure")


def _require_day(day: dt.date, committee: Committee, field: str, what: str) -> None:
    require_within(
        day,
        today=clock.today(committee.facility),
        back=YEARS_BACK,
        ahead=YEARS_AHEAD,
        field=field,
        what=what,
    )


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
        if last < first:
            raise Refused(
                f"The last day, {day_text(last)}, lies before the first, {day_text(first)}.", field="last_day"
            )


@transaction.atomic
def end_seat(*, actor, seat: CommitteeSeat, day: dt.date, reason: str) -> None:
    """The seat is no longer held from ``day`` on."""
    committee = seat.committee
    require(actor, "bylaws.run_meeting", committee.facility)
    Committee.objects.select_for_update().get(pk=committee.pk)
    _require_day(day, committee, "day", "The first day without the seat")
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
