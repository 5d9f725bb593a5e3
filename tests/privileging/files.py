"""An application on its way: opened, asked on, and before the board, all through the services."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

from bylaws.choices import Body, LineOutcome, SeatRole
from bylaws.models import ReviewStep
from bylaws.services.committees import form_committee, seat_member
from bylaws.services.minutes import record_decision_from_minutes
from bylaws.subjects import LineAnswer, handler
from config.accounts.choices import Role
from config.accounts.models import User
from config.accounts.services.users import give_role
from config.kernel import clock
from credentialing.services import applications, verification
from practitioners.choices import Method, SourceKind
from practitioners.models import Document
from privileging.models import PrivilegeFormVersion
from privileging.services.requests import request_privileges
from tests.privileging.conftest import NOON, TODAY, build_today, set_parameter


def office(world, chain=("board",)) -> SimpleNamespace:
    """People of the office and a board of three, which is the whole chain unless a test says otherwise."""
    coordinator = account(world, "cora", Role.CREDENTIALING_COORDINATOR)
    meetings = account(world, "mina", Role.MEDICAL_STAFF_COORDINATOR)
    board = form_committee(actor=world.system, facility=world.lakeside, kind="board", name="Governing board")
    members = [account(world, f"board{number}", Role.BOARD_MEMBER) for number in range(3)]
    for member in members:
        seat_member(
            actor=world.system,
            committee=board,
            user=member,
            seat_role=SeatRole.MEMBER,
            votes=True,
            start=dt.date(2020, 1, 1),
        )
    set_parameter(world.system, "bylaws.approval_chain", list(chain))
    set_parameter(
        world.system,
        "bylaws.quorum",
        {"kind": "percent", "percent": 50, "fixed": 0, "recused_count": False},
    )
    set_parameter(world.system, "bylaws.vote_threshold", {"kind": "majority_cast"})
    set_parameter(world.system, "bylaws.appointment_term_months", 24)
    return SimpleNamespace(coordinator=coordinator, meetings=meetings, board=board, members=members)


def hospital_with_office() -> SimpleNamespace:
    """The hospital with its office as ``staff``: what most modules with files start from."""
    world = build_today()
    with clock.freeze(NOON):
        world.staff = office(world)
    return world


def account(world, name: str, role: Role) -> User:
    user = User.objects.create_user(username=name, first_name=name.title(), last_name="Office")
    give_role(actor=world.system, user=user, role=role, facility=world.lakeside, start=dt.date(2020, 1, 1))
    return user


def opened(world, staff, practitioner, *, kind="initial", category=None):
    """An application in draft."""
    return applications.open_application(
        actor=staff.coordinator,
        practitioner=practitioner,
        facility=world.lakeside,
        kind=kind,
        department=world.surgery,
        category=category or world.active,
    )


def surgery_form() -> PrivilegeFormVersion:
    return PrivilegeFormVersion.objects.get(form__code="GS", number="1")


def asked(staff, application, *, struck=(), special=()):
    """The general surgery form filled."""
    return request_privileges(
        actor=staff.coordinator,
        application=application,
        version=surgery_form(),
        struck=struck,
        special=special,
    )


def before_the_board(staff, application, *, verified=False) -> ReviewStep:
    """The file sent to review (nothing is required by any parameter here) with the board's step open.
    ``verified``: what the criteria need was answered by its source, so that another file may take it over.
    """
    applications.submit(actor=staff.coordinator, application=application)
    application.refresh_from_db()
    applications.accept(actor=staff.coordinator, application=application)
    application.refresh_from_db()
    for item in application.items.all():
        if verified:
            answered = verification.receive(
                actor=staff.coordinator,
                item=item,
                source="The source",
                source_kind=SourceKind.PRIMARY,
                method=Method.LETTER,
                verified_on=clock.today(application.facility),
                result="As stated.",
                content=b"As stated.",
                media_type="text/plain",
            )
            verification.verify(actor=staff.coordinator, item=answered)
            continue
        # What the criteria need was looked into and does not apply: verification is another room's matter.
        item.status = "not_applicable"
        item.save(update_fields=["status"])
    applications.complete(actor=staff.coordinator, application=application)
    application.refresh_from_db()
    case = applications.send_to_review(actor=staff.coordinator, application=application)
    application.refresh_from_db()
    return case.steps.get(body=Body.BOARD)


def answers(
    application, *, changes=None, refused=None, everything=LineOutcome.RECOMMEND, on=TODAY
) -> list[LineAnswer]:
    """An answer to every line of the day. ``changes``, ``refused``: words by code (or "appointment")."""
    changes, refused = changes or {}, refused or {}
    found = []
    for line in handler("application").lines(application.uid, on):
        name = "appointment" if line.line_kind == "appointment" else line.detail
        if name in changes:
            found.append(LineAnswer(line.uid, LineOutcome.MODIFY, conditions=changes[name]))
        elif name in refused:
            found.append(LineAnswer(line.uid, LineOutcome.NOT_RECOMMEND, reason=refused[name]))
        else:
            reason = "" if everything == LineOutcome.RECOMMEND else "All together"
            found.append(LineAnswer(line.uid, everything, reason=reason))
    return found


def decide(staff, step, lines, *, on=TODAY, sure=False, minutes=None):
    """The board's decision from its minutes (``minutes``, or a scan of their own)."""
    practitioner = step.case.practitioner
    minutes = minutes or Document.objects.create(
        practitioner=practitioner,
        title="Minutes",
        file_name="minutes.pdf",
        media_type="application/pdf",
        size=1,
        sha256="0" * 64,
        uploaded_at=clock.now(),
        uploaded_by=staff.meetings,
    )
    return record_decision_from_minutes(
        actor=staff.meetings,
        step=step,
        decided_on=on,
        mover=str(staff.members[0]),
        seconder=str(staff.members[1]),
        votes_for=3,
        votes_against=0,
        abstentions=0,
        lines=lines,
        minutes=minutes,
        sure=sure,
    )
