"""What the tests of reappointments start from: members whose terms end, and a board."""

from __future__ import annotations

import datetime as dt

from django.db.models import Model

from bylaws.choices import CommitteeKind, SeatRole
from bylaws.models import Appointment
from bylaws.services.committees import form_committee, seat_member
from bylaws.services.meetings import schedule_meeting
from config.kernel.dates import add_months
from credentialing.models import PacketMail
from credentialing.selectors.reappointments import ending_terms
from credentialing.services import packet_mails
from practitioners.services.disclosures import load_question_sets
from tests.credentialing.world import TODAY, World

#: The day after the terms' last one: 20 August 2026, in the first of the two months to launch.
ENDS = dt.date(2026, 8, 21)
AUGUST, SEPTEMBER = dt.date(2026, 8, 1), dt.date(2026, 9, 1)
NAMES = ("Abbot", "Brisk", "Calder", "Dunmore", "Eastlake")


def member(world: World, name: str, *, ends: dt.date = ENDS, email: bool = True) -> Appointment:
    """A surgeon whose term of two years ends before that day."""
    person = world.practitioner(last_name=name, first_name="Ada", middle_name="", npi=None)
    if email:
        world.email(person, f"{name.lower()}@example.org")
    return world.appoint(person, start=add_months(ends, -24))


def members(world: World, number: int = 3, **more) -> list[Appointment]:
    """Several of them; the questions a packet asks are loaded."""
    load_question_sets(actor=world.system)
    return [member(world, name, **more) for name in NAMES[:number]]


def uids(appointments: list[Appointment]) -> list:
    return [each.uid for each in appointments]


def terms(world: World):
    """The terms of the calendar."""
    return ending_terms(world.facility, today=TODAY)


def deliver() -> None:
    """What the worker does with the invitations that wait."""
    for each in PacketMail.objects.filter(status="waiting"):
        packet_mails.send(each.uid)


def board_meets(world: World, *days: dt.date) -> Model:
    """A governing board that meets at noon of these days."""
    board = form_committee(
        actor=world.system, facility=world.facility, kind=CommitteeKind.BOARD, name="Board of Trustees"
    )
    seat_member(
        actor=world.system, committee=board, user=world.director, seat_role=SeatRole.CHAIR,
        start=dt.date(2020, 1, 1),
    )  # fmt: skip
    for each in days:
        schedule_meeting(
            actor=world.staff_coordinator,
            committee=board,
            starts_at=dt.datetime.combine(each, dt.time(17), dt.UTC),
        )
    return board
