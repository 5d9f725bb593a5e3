"""One press reminds whoever must act next: once a day, and without a word of whose file it is."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail as outgoing
from django.db import IntegrityError, transaction
from django.urls import reverse

from bylaws.choices import StepStatus
from bylaws.models import ReviewStep
from config.accounts.choices import Role
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.models import NudgeMail
from credentialing.services import nudges
from tests.privileging.conftest import NOON, TODAY, licensed
from tests.privileging.files import asked, before_the_board, office, opened

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(world, bylaws_rule):
    staff = office(world)
    staff.meetings.email = "mina@example.org"
    staff.meetings.save()
    return staff


@pytest.fixture
def step(world, staff, person):
    one = person()
    licensed(world, one)
    application = opened(world, staff, one)
    asked(staff, application)
    return before_the_board(staff, application)


def test_who_must_act_next_gets_one_mail_that_names_nobody(staff, step):
    mail = nudges.nudge(actor=staff.coordinator, step=step)
    assert mail.recipient == staff.meetings
    assert AuditEvent.objects.get(verb="review_step.nudged").data["whom"] == str(staff.meetings)
    assert nudges.send(mail.uid) == "sent"
    assert nudges.send(mail.uid) == "sent"  # once
    (message,) = outgoing.outbox
    assert message.to == ["mina@example.org"]
    assert reverse("bylaws:review", args=[step.uid]) in message.body
    assert "Okonkwo" not in message.subject + message.body


def test_not_twice_on_the_same_day_and_again_on_the_next(staff, step):
    mail = nudges.nudge(actor=staff.coordinator, step=step)
    with pytest.raises(Refused, match="was reminded of this file today"):
        nudges.nudge(actor=staff.coordinator, step=step)
    values = {
        "step": step, "recipient": mail.recipient, "recipient_email": "x@example.org", "asked_on": TODAY,
        "asked_by": staff.coordinator, "created_at": clock.now(), "message_id": "<other>",
    }  # fmt: skip
    with pytest.raises(IntegrityError, match="nudged_once_a_day"), transaction.atomic():
        NudgeMail.objects.create(**values)
    with clock.freeze(NOON + dt.timedelta(days=1)):
        assert nudges.nudge(actor=staff.coordinator, step=step).asked_on == TODAY + dt.timedelta(days=1)


def test_refusals_say_what_is_missing(staff, step, user):
    with pytest.raises(Forbidden):
        nudges.nudge(actor=user(Role.COMMITTEE_MEMBER), step=step)
    with pytest.raises(Refused, match="It waits for you"):
        nudges.nudge(actor=staff.meetings, step=step)
    staff.meetings.email = ""
    staff.meetings.save()
    with pytest.raises(Refused, match="No e-mail address of"):
        nudges.nudge(actor=staff.coordinator, step=step)


def test_a_mail_about_what_waits_no_more_is_dropped(staff, step):
    mail = nudges.nudge(actor=staff.coordinator, step=step)
    ReviewStep.objects.filter(pk=step.pk).update(status=StepStatus.CANCELLED)
    assert nudges.send(mail.uid) == "no longer needed"
    assert outgoing.outbox == []


def test_what_the_queue_lost_is_found(staff, step):
    nudges.nudge(actor=staff.coordinator, step=step)
    assert nudges.sweep() == 0
    with clock.freeze(NOON + dt.timedelta(hours=1)):
        assert nudges.sweep() == 1


def test_the_button_on_the_page_of_the_file(staff, step, client):
    application = step.case.subject_uid
    client.force_login(staff.meetings)
    assert "Remind" not in client.get(reverse("bylaws:review", args=[step.uid])).content.decode()
    client.force_login(staff.coordinator)
    answer = client.post(reverse("credentialing:nudge", args=[application]))
    assert answer.status_code in (302, 303)
    assert NudgeMail.objects.get().recipient == staff.meetings
