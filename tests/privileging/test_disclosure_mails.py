"""Who owes a yearly disclosure is asked by mail: before it is due, and once it is late; never twice."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail as outgoing
from django.db import IntegrityError, transaction

from bylaws.services.committees import form_committee, seat_member
from bylaws.services.disclosures import disclose
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden
from credentialing.choices import MailKind, ReturnHow
from credentialing.models import DisclosureMail, FailingAddress
from credentialing.services import disclosure_mails
from credentialing.services.bounces import Came, confirm_address, record_return
from tests.privileging.conftest import NOON, TODAY, set_parameter
from tests.privileging.files import office

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def member(world):
    """Seated since a month with a vote; the first disclosure is due today."""
    for code, value in (("disclosure_months", 12), ("disclosure_first_days", 30)):
        set_parameter(world.system, f"bylaws.{code}", value)
    set_parameter(world.system, "bylaws.disclosure_owed_by", ["voting_seat"])
    staff = office(world)
    user = staff.coordinator
    user.email = "member@example.org"
    user.save()
    committee = form_committee(
        actor=world.system, facility=world.lakeside, kind="other", name="Ethics Committee"
    )
    seat_member(actor=world.system, committee=committee, user=user, start=TODAY - 30 * DAY)
    return user


@pytest.fixture
def ask(world):
    def queue(on=TODAY):
        return disclosure_mails.queue_reminders(actor=world.system, on=on)["queued"]

    return queue


def test_one_mail_ahead_and_one_when_late_and_none_twice(member, ask):
    assert (ask(), ask()) == (1, 0)
    assert (ask(TODAY + DAY), ask(TODAY + 2 * DAY)) == (1, 0)
    rows = DisclosureMail.objects.order_by("pk")
    assert [(each.asked, each.due) for each in rows] == [("ahead", TODAY), ("late", TODAY)]
    assert AuditEvent.objects.filter(verb="disclosure_mail.queued").count() == 2


def test_the_mail_says_where_and_by_when_and_goes_once(member, ask):
    ask()
    mail = DisclosureMail.objects.get()
    assert disclosure_mails.send(mail.uid) == "sent"
    assert disclosure_mails.send(mail.uid) == "sent"
    (message,) = outgoing.outbox
    assert message.to == ["member@example.org"]
    assert "/disclosures/mine/" in message.body
    assert "is due by" in message.body
    assert message.extra_headers["Message-ID"] == mail.message_id


def test_a_disclosure_made_meanwhile_drops_the_mail(world, member, ask):
    ask()
    mail = DisclosureMail.objects.get()
    disclose(actor=member, facility=world.lakeside, interests=[], nothing=True, complete=True)
    assert disclosure_mails.send(mail.uid) == "no longer needed"
    assert outgoing.outbox == []
    assert ask(TODAY + DAY) == 0


def test_without_an_address_nobody_is_written_to(member, ask):
    member.email = ""
    member.save()
    assert ask() == 0


def test_an_address_from_which_mail_comes_back_is_asked_once_it_works(world, member, ask):
    ask()
    first = DisclosureMail.objects.get()
    assert disclosure_mails.send(first.uid) == "sent"
    came = Came(ReturnHow.HAND, "Nobody of that name")
    record_return(actor=world.system, kind=MailKind.DISCLOSURE, mail=first, came=came)
    assert ask(TODAY + DAY) == 0
    confirm_address(actor=world.system, failing=FailingAddress.objects.get(), reason="She answered")
    assert ask(TODAY + DAY) == 1


def test_a_mail_that_waited_over_the_day_does_not_say_what_is_untrue(member, ask):
    ask()
    ahead = DisclosureMail.objects.get()
    with clock.freeze(NOON + DAY):
        assert disclosure_mails.send(ahead.uid) == "no longer needed"
        assert ask(TODAY + DAY) == 1
        assert disclosure_mails.send(DisclosureMail.objects.latest("pk").uid) == "sent"
    (message,) = outgoing.outbox
    assert "was due" in message.body


def test_a_mail_dropped_because_its_address_failed_meanwhile_is_written_again(world, member, ask):
    ask()
    assert disclosure_mails.send(DisclosureMail.objects.get().uid) == "sent"
    assert ask(TODAY + DAY) == 1
    first, late = DisclosureMail.objects.order_by("pk")
    came = Came(ReturnHow.HAND, "Nobody of that name")
    record_return(actor=world.system, kind=MailKind.DISCLOSURE, mail=first, came=came)
    with clock.freeze(NOON + DAY):
        assert disclosure_mails.send(late.uid) == "no longer needed"
        confirm_address(actor=world.system, failing=FailingAddress.objects.get(), reason="She answered")
        assert ask(TODAY + DAY) == 1
        assert disclosure_mails.send(DisclosureMail.objects.latest("pk").uid) == "sent"


def test_the_database_keeps_one_mail_of_a_kind_and_what_it_was(member, ask):
    ask()
    mail = DisclosureMail.objects.get()
    values = {
        name: getattr(mail, name)
        for name in ("facility", "recipient", "recipient_email", "due", "asked", "created_at")
    }
    with pytest.raises(IntegrityError, match="disclosure_asked_once"), transaction.atomic():
        DisclosureMail.objects.create(**values, message_id="<another@standing.invalid>")


def test_what_the_queue_lost_is_taken_up_again(member, ask):
    ask()
    assert disclosure_mails.sweep() == 0
    with clock.freeze(NOON + dt.timedelta(hours=3)):
        assert disclosure_mails.sweep() == 1


def test_only_who_sends_reminders_asks(member):
    with pytest.raises(Forbidden):
        disclosure_mails.queue_reminders(actor=type(member).objects.create_user(username="nobody"))
