"""The planned day of the decision follows the meeting that decides, and with it what is too old by then."""

from __future__ import annotations

import datetime as dt

import pytest

from bylaws.services.agendas import add_step_to_agenda, postpone
from bylaws.services.meetings import move_meeting, schedule_meeting
from config.kernel.errors import Forbidden, Refused
from credentialing.services.applications import change_plan
from tests.privileging.conftest import NOON, TODAY, licensed
from tests.privileging.files import asked, before_the_board, office, opened

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(world, bylaws_rule):
    return office(world)


@pytest.fixture
def step(world, staff, person):
    one = person()
    licensed(world, one)
    application = opened(world, staff, one)
    asked(staff, application, special=["GS-SEDATION"])
    return before_the_board(staff, application)


def meets(staff, days: int):
    return schedule_meeting(
        actor=staff.meetings, committee=staff.board, starts_at=NOON + dt.timedelta(days=days)
    )


def planned(step) -> dt.date | None:
    application = step.case.practitioner.applications.get()
    return application.scheduled_decision_on


def in_days(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


def test_on_an_agenda_the_day_is_the_meetings_and_moves_with_it(world, staff, step):
    meeting = meets(staff, 20)
    item = add_step_to_agenda(actor=staff.meetings, meeting=meeting, step=step)
    assert planned(step) == in_days(20)
    later = NOON + dt.timedelta(days=50)
    with pytest.raises(Refused, match="Say why"):
        move_meeting(actor=staff.meetings, meeting=meeting, starts_at=later)
    with pytest.raises(Forbidden):
        move_meeting(actor=staff.coordinator, meeting=meeting, starts_at=later, reason="Snow")
    move_meeting(actor=staff.meetings, meeting=meeting, starts_at=later, reason="No quorum before")
    assert planned(step) == in_days(50)
    postpone(actor=staff.meetings, item=item)
    assert planned(step) == in_days(50), "until it stands on another agenda"
    add_step_to_agenda(actor=staff.meetings, meeting=meets(staff, 30), step=step)
    assert planned(step) == in_days(30)


def test_by_hand_only_where_there_is_no_meeting(staff, step):
    application = step.case.practitioner.applications.get()
    plan = {
        "actor": staff.coordinator, "application": application, "department": application.department,
        "category": application.category,
    }  # fmt: skip
    change_plan(**plan, scheduled_decision_on=in_days(12))
    assert planned(step) == in_days(12)
    add_step_to_agenda(actor=staff.meetings, meeting=meets(staff, 20), step=step)
    with pytest.raises(Refused, match="follows that meeting"):
        change_plan(**plan, scheduled_decision_on=in_days(25))
    change_plan(**plan, scheduled_decision_on=in_days(20))
