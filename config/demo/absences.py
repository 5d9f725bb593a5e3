"""Who is away from the bodies of the larger hospital, and who stands in for them."""

from __future__ import annotations

from bylaws.choices import CommitteeKind, Office, SeatRole
from bylaws.services.alternates import declare_absence, designate_for_office, designate_for_seat
from config.demo.accounts import Household, Seat
from config.demo.hospital import Hospital
from config.demo.timeline import Timeline, at
from config.kernel import clock

CODE = "LMC"
#: From how many days ago through how many days ahead a member of the credentials committee is away: over its
#: next meeting.
AWAY = (3, 17)
#: The chief executive's days away, ahead.
TRAVELS = (9, 13)


def tell_absences(hospital: Hospital, household: Household, timeline: Timeline) -> None:
    """Alternates as the medical staff designated them, a member away now, the chief executive next week."""
    facility, office = hospital.facilities[CODE], hospital.staff_office(CODE)
    seat = _seat(household, CommitteeKind.CREDENTIALS_COMMITTEE)
    member = hospital.users[seat.username]
    committee = hospital.committee(CODE, seat.kind, seat.department)
    with clock.freeze(at(timeline.workday(160), 10, 25)):
        designate_for_seat(actor=office, seat=committee.seats.get(user=member), user=hospital.users["mec"])
        designate_for_office(
            actor=office, facility=facility, office=Office.CHIEF_EXECUTIVE, user=hospital.users["cmo"]
        )
    with clock.freeze(at(timeline.workday(6), 12, 5)):
        declare_absence(
            actor=member,
            facility=facility,
            user=member,
            start=timeline.ago(AWAY[0]),
            last_day=timeline.ahead(AWAY[1]),
        )
    with clock.freeze(at(timeline.workday(2), 16, 40)):
        declare_absence(
            actor=office,
            facility=facility,
            user=hospital.users["ceo"],
            start=timeline.ahead(TRAVELS[0]),
            last_day=timeline.ahead(TRAVELS[1]),
        )


def _seat(household: Household, kind: CommitteeKind) -> Seat:
    """The first plain seat of the body."""
    return next(
        seat
        for seat in household.seats
        if (seat.facility_code, seat.kind, seat.seat_role) == (CODE, kind, SeatRole.MEMBER)
    )
