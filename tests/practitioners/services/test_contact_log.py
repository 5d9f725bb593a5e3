import datetime as dt

import pytest
from django.db import InternalError, transaction

from config.accounts.choices import Role
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.organization.models import Facility
from practitioners.choices import ContactChannel
from practitioners.models import ContactLogEntry
from practitioners.selectors.contact_log import entries_of, follow_ups, get_entry
from practitioners.services.contact_log import finish_follow_up, log_contact, reopen_follow_up
from practitioners.services.people import link_user

NOON = dt.datetime(2026, 3, 2, 18, tzinfo=dt.UTC)
TODAY = dt.date(2026, 3, 2)


@pytest.fixture(autouse=True)
def noon():
    with clock.freeze(NOON):
        yield


@pytest.fixture
def log(coordinator, surgeon, facility):
    def write(said="Asked for the certificate of the board.", actor=coordinator, **more):
        return log_contact(actor=actor, practitioner=surgeon, facility=facility, said=said, **more)

    return write


def test_a_call_with_a_follow_up_is_logged_once_and_its_words_stay_out_of_the_trail(log, coordinator):
    entry = log(" Will send it. ", with_whom="Dr.  Kowalski", follow_up_on=TODAY + dt.timedelta(days=7))
    assert (entry.said, entry.with_whom) == ("Will send it.", "Dr. Kowalski")
    assert entry.channel == ContactChannel.CALL_IN
    assert entry.follow_up_for == coordinator
    assert entry.happened_at == entry.recorded_at == NOON
    event = AuditEvent.objects.get(verb="contact.logged")
    assert event.data == {"channel": "call_in", "follow_up_on": "2026-03-09"}
    assert "send it" not in f"{event.subject_label} {event.reason}"
    assert event.subject_label == f"They called, {entry.practitioner}", "its moment stands beside it"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"said": "  "}, "said"),
        ({"said": "x" * 4001}, "said"),
        ({"channel": "pigeon"}, "channel"),
        ({"with_whom": "x" * 201}, "with_whom"),
        ({"follow_up_on": TODAY - dt.timedelta(days=1)}, "follow_up_on"),
        ({"happened_at": NOON + dt.timedelta(minutes=1)}, "happened_at"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(log, given, field):
    with pytest.raises(Refused) as refused:
        log(**given)
    assert refused.value.field == field
    assert not ContactLogEntry.objects.exists()


def test_today_is_the_facilitys_day(log):
    with clock.freeze(dt.datetime(2026, 3, 3, 3, tzinfo=dt.UTC)):  # 9 p.m. of the 2nd in Chicago
        assert log(follow_up_on=TODAY).follow_up_on == TODAY


def test_a_follow_up_is_done_and_undone_by_either_coordinator(log, user_with):
    entry = log(follow_up_on=TODAY)
    helen = user_with(Role.MEDICAL_STAFF_COORDINATOR)
    done = finish_follow_up(actor=helen, entry=entry)
    assert (done.done_at, done.done_by) == (NOON, helen)
    finish_follow_up(actor=helen, entry=entry)  # a second click
    again = reopen_follow_up(actor=helen, entry=done)
    assert (again.done_at, again.done_by) == (None, None)
    verbs = [event.verb for event in AuditEvent.objects.filter(verb__startswith="contact.").order_by("id")]
    assert verbs == ["contact.logged", "contact.followed_up", "contact.follow_up_reopened"]


def test_nothing_to_follow_up_cannot_be_done(log, coordinator):
    with pytest.raises(Refused, match="Nobody asked"):
        finish_follow_up(actor=coordinator, entry=log())


def test_an_entry_is_never_deleted(log):
    entry = log()
    with pytest.raises(InternalError), transaction.atomic():
        ContactLogEntry.objects.filter(pk=entry.pk).delete()


OFFICE = {Role.CREDENTIALING_COORDINATOR, Role.DIRECTOR, Role.MEDICAL_STAFF_COORDINATOR}


@pytest.mark.parametrize("role", sorted(set(Role) - OFFICE))
def test_others_neither_write_nor_read(log, user_with, surgeon, role):
    entry, other = log(follow_up_on=TODAY), user_with(role)
    with pytest.raises(Forbidden):
        log(actor=other)
    with pytest.raises(Forbidden):
        finish_follow_up(actor=other, entry=entry)
    assert not entries_of(other, surgeon).exists()
    assert get_entry(viewer=other, uid=entry.uid) is None


def test_the_log_is_the_facilitys(log, coordinator, surgeon, facility):
    entry = log(follow_up_on=TODAY)
    elsewhere = Facility.objects.create(
        code="ELS", name="Elsewhere", health_system=facility.health_system, state="MI",
        time_zone="America/Detroit", npdb_entity=facility.npdb_entity,
    )  # fmt: skip
    with pytest.raises(Forbidden):
        log_contact(actor=coordinator, practitioner=surgeon, facility=elsewhere, said="Hello")
    assert list(follow_ups(coordinator, facility)) == [entry]
    assert not follow_ups(coordinator, elsewhere).exists()


def test_nobody_keeps_the_log_of_their_own_file(log, system, coordinator, surgeon):
    log()
    link_user(actor=system, practitioner=surgeon, user=coordinator)
    surgeon.refresh_from_db()
    with pytest.raises(Forbidden, match="own file"):
        log_contact(
            actor=coordinator, practitioner=surgeon, facility=ContactLogEntry.objects.get().facility, said="x"
        )
    assert not entries_of(coordinator, surgeon).exists()


def test_a_follow_up_is_for_somebody_who_keeps_the_log(log, user_with):
    with pytest.raises(Refused, match="does not keep the contact log"):
        log(follow_up_on=TODAY, follow_up_for=user_with(Role.LOOKUP))


def test_the_first_due_comes_first(log, coordinator, facility):
    later = log(follow_up_on=TODAY + dt.timedelta(days=9))
    sooner = log(follow_up_on=TODAY)
    finish_follow_up(actor=coordinator, entry=log(follow_up_on=TODAY))
    assert list(follow_ups(coordinator, facility)) == [sooner, later]
