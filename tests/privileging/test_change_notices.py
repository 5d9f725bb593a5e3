"""Departments told of changes, by mails which name nobody: at once, at the hour, before midnight."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.choices import BarScope
from config.accounts.choices import Role
from config.audit.models import AuditEvent, JobRun
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.periods import end_before, rewrite
from credentialing.importing.delivery_notices import Notice
from credentialing.models import ReturnedMail
from credentialing.services import bounces
from privileging.choices import ChangeKind
from privileging.models import ChangeNotice, GrantPeriod, NotifiedDepartment, PrivilegeEnding, PublishedChange
from privileging.services import notices
from privileging.services.endings import relinquish, revoke, take_back_ending
from privileging.services.publishing import publish_changes
from privileging.worklist import _not_reached
from tests.privileging.conftest import NOON, TODAY, bar, grant, set_parameter

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
ROOM = "or@lakeside.example"
#: 16:00 at Lakeside; noon there is 18:00 UTC.
FOUR = dt.datetime(2026, 11, 24, 22, tzinfo=dt.UTC)


@pytest.fixture
def office(user):
    return user(Role.CREDENTIALING_COORDINATOR)


@pytest.fixture
def hour(world):
    return set_parameter(world.system, "privileging.notice_hour", 16)


@pytest.fixture
def room(world, office, hour):
    """The operating room, told of everything; publishing began an hour ago."""
    with clock.freeze(NOON - HOUR):
        publish_changes(actor=world.system, facility=world.lakeside)
        return add(world, office)


def add(world, office, **more) -> NotifiedDepartment:
    given = {"name": "Operating room", "address": ROOM} | more
    return notices.add_department(actor=office, facility=world.lakeside, **given)


def at(moment):
    return clock.freeze(moment)


class TestTheMailOfADay:
    def test_one_mail_says_how_many_and_names_nobody(self, world, room, person, settings):
        settings.STANDING_SITE_URL = "https://standing.example.org/"
        one, other = person(last="Okonkwo"), person(last="Baker")
        grant(world, one, start=TODAY, at=NOON, conditions="Marked condition")
        grant(world, other, start=TODAY, at=NOON)
        bar(world, other, TODAY, at=NOON + HOUR, cause="Marked cause")
        with at(FOUR):
            assert notices.notify_departments() == {f"LAKE:{TODAY}": "done"}
            notice = ChangeNotice.objects.get()
            assert (notice.after, notice.upto, notice.changes) == (1, 4, 3)
            assert notices.send(notice.uid) == "sent"
            assert notices.send(notice.uid) == "sent"
        (message,) = mail.outbox
        assert message.to == [ROOM]
        assert message.subject == "3 changes of privileges, Lakeside Medical Center"
        assert "https://standing.example.org/lookup/changes/?after=1" in message.body.splitlines()
        said = f"{message.subject} {message.body}"
        for word in ("Okonkwo", "Baker", "Marked", "GS-LAP", one.npi, "suspen", "Not authorized"):
            assert word not in said

    def test_not_before_the_hour_and_once_a_day(self, world, room, person):
        grant(world, person(), start=TODAY, at=NOON)
        with at(FOUR - dt.timedelta(minutes=1)):
            assert notices.notify_departments() == {}
        with at(FOUR):
            notices.notify_departments()
            grant(world, person(), start=TODAY, at=FOUR)
        with at(FOUR + HOUR):
            notices.notify_departments()
            assert (
                notices.queue_notices(actor=world.system, facility=world.lakeside, day=TODAY)["queued"] == 0
            )
        assert ChangeNotice.objects.count() == 1
        assert JobRun.objects.filter(job=notices.JOB).count() == 1
        with at(FOUR + DAY):
            notices.notify_departments()
        rows = ChangeNotice.objects.order_by("pk").values_list("day", "after", "upto", "changes")
        assert list(rows) == [(TODAY, 1, 2, 1), (TODAY + DAY, 2, 3, 1)]

    def test_a_day_without_changes_is_a_day_without_a_mail(self, world, room):
        with at(FOUR):
            assert notices.queue_notices(actor=world.system, facility=world.lakeside, day=TODAY) == {
                "departments": 1,
                "queued": 0,
            }
        assert not ChangeNotice.objects.exists()

    def test_days_without_a_worker_are_made_good_for(self, world, room, person):
        for days in range(3):
            grant(world, person(), start=TODAY + days * DAY, at=NOON + days * DAY)
        with at(FOUR + 3 * DAY):
            notices.notify_departments()
        assert ChangeNotice.objects.get().changes == 3

    def test_of_chosen_kinds_only(self, world, office, room, person):
        with at(NOON - HOUR):
            add(world, office, name="Admitting", address="in@lakeside.example", kinds=[ChangeKind.STOPPED])
            add(world, office, name="Pharmacy", address="rx@lakeside.example", kinds=[ChangeKind.LIFTED])
        one = person()
        grant(world, one, start=TODAY, at=NOON)
        bar(world, one, TODAY, at=NOON)
        with at(FOUR):
            notices.notify_departments()
        told = ChangeNotice.objects.values_list("department__name", "changes").order_by("department__name")
        assert list(told) == [("Admitting", 1), ("Operating room", 2)]

    def test_what_was_published_before_it_was_added_is_not_told(self, world, office, room, person):
        grant(world, person(), start=TODAY, at=NOON)
        with at(NOON + HOUR):
            publish_changes(actor=world.system, facility=world.lakeside)
            add(world, office, name="Pharmacy", address="rx@lakeside.example")
        with at(FOUR):
            notices.notify_departments()
        assert [each.department for each in ChangeNotice.objects.all()] == [room]

    def test_where_no_hour_is_recorded_nobody_is_told(self, world, office, person):
        publish_changes(actor=world.system, facility=world.lakeside)
        add(world, office)
        grant(world, person(), start=TODAY, at=NOON)
        with at(FOUR):
            assert notices.notify_departments() == {}

    def test_a_mail_the_queue_lost_is_swept(self, world, room, person):
        grant(world, person(), start=TODAY, at=NOON)
        with at(FOUR):
            notices.notify_departments()
        with at(FOUR + HOUR):
            assert notices.sweep() == 1


class TestWhatCannotWait:
    """That somebody may do less is told within the minute, at any hour; the rest the same day."""

    #: Ten at night at Lakeside; midnight there is six in the morning, UTC.
    NIGHT = dt.datetime(2026, 11, 25, 4, tzinfo=dt.UTC)
    LAST = dt.datetime(2026, 11, 25, 5, 55, tzinfo=dt.UTC)

    def rows(self):
        return list(ChangeNotice.objects.order_by("pk").values_list("run", "day", "after", "upto", "changes"))

    def test_a_suspension_at_night_is_told_within_the_minute_and_once(self, world, room, person):
        one = person()
        grant(world, one, start=TODAY, at=NOON)
        with at(FOUR):
            notices.notify_departments()
        bar(world, one, TODAY, at=self.NIGHT, cause="Marked cause")
        with at(self.NIGHT):
            assert notices.tell_of_stops() == 1
            assert notices.tell_of_stops() == 0
            notices.send(ChangeNotice.objects.get(run="at_once").uid)
        assert self.rows() == [("day", TODAY, 1, 2, 1), ("at_once", TODAY, 2, 3, 1)]
        assert "Marked" not in mail.outbox[0].body + mail.outbox[0].subject
        with at(self.LAST):
            notices.notify_departments()
        assert len(self.rows()) == 2, "everything was told"

    def test_a_revocation_is_told_at_once(self, world, office, user, room, person):
        one = person()
        grant(world, one, start=TODAY - DAY, at=NOON - DAY)
        with at(self.NIGHT):
            revoke(
                actor=user(Role.MEDICAL_STAFF_COORDINATOR),
                practitioner=one,
                facility=world.lakeside,
                scope=BarScope.ALL_PRIVILEGES,
                decided_on=TODAY,
                authority="Governing board, item 4",
                day=TODAY,
                cause="Marked cause",
            )
            assert notices.tell_of_stops() == 1
        last = PublishedChange.objects.order_by("number").last()
        assert (last.kind, last.last_day) == (ChangeKind.WITHDRAWN, TODAY - DAY)

    def gives_up(self, world, user, one, day):
        relinquish(
            actor=user(Role.MEDICAL_STAFF_COORDINATOR),
            practitioner=one,
            facility=world.lakeside,
            privilege_codes=["GS-LAP-CHOLE"],
            day=day,
            reason="Operates elsewhere.",
            investigation="no",
        )

    def test_what_is_given_up_from_tomorrow_on_is_told_at_once_with_its_last_day(
        self, world, user, room, person
    ):
        one = person()
        grant(world, one, start=TODAY - DAY, at=NOON - DAY)
        with at(self.NIGHT):
            self.gives_up(world, user, one, TODAY + DAY)
            assert notices.tell_of_stops() == 1
        last = PublishedChange.objects.order_by("number").last()
        assert (last.kind, last.last_day) == (ChangeKind.WITHDRAWN, TODAY)
        assert last.told == "The last day is 24 Nov 2026."

    def ends_in_two_days(self, world, user, one):
        grant(world, one, start=TODAY - DAY, at=NOON - DAY)
        with at(self.NIGHT):
            self.gives_up(world, user, one, TODAY + 2 * DAY)
            notices.tell_of_stops()
        with at(self.LAST):
            notices.notify_departments()

    def newest(self):
        row = PublishedChange.objects.order_by("number").last()
        return row.kind, row.last_day, row.told

    def test_what_is_given_up_later_is_a_stop_on_its_day(self, world, user, room, person):
        self.ends_in_two_days(world, user, person())
        assert self.newest() == (ChangeKind.ENDS, TODAY + DAY, "The last day is 25 Nov 2026.")
        before = PublishedChange.objects.count()
        # The facility's midnight before the first day without is six in the morning, UTC.
        midnight = dt.datetime(2026, 11, 26, 6, tzinfo=dt.UTC)
        with at(midnight - HOUR):
            assert notices.tell_of_stops() == 0
        with at(midnight):
            assert (notices.tell_of_stops(), notices.tell_of_stops()) == (1, 0)
        with at(midnight + DAY):
            assert notices.tell_of_stops() == 0
        assert PublishedChange.objects.count() == before + 1
        assert self.newest() == (ChangeKind.WITHDRAWN, TODAY + DAY, "The last day is 25 Nov 2026.")
        assert PublishedChange.objects.order_by("number").last().happened_at == midnight
        assert ChangeNotice.objects.order_by("pk").last().changes == 1

    def test_changed_meanwhile_it_is_a_stop_all_the_same(self, world, user, room, person):
        self.ends_in_two_days(world, user, person())
        with at(NOON + DAY):
            grant = PrivilegeEnding.objects.get().practitioner.grants.get()
            rewrite(
                GrantPeriod,
                grant,
                valid=DateRange(TODAY, TODAY + 2 * DAY),
                actor=world.system,
                reason="Asked for",
                content={"conditions": "With a proctor"},
            )
            assert notices.tell_of_stops() == 0
        with at(NOON + 2 * DAY):
            assert notices.tell_of_stops() == 1
        assert self.newest()[0] == ChangeKind.WITHDRAWN

    def test_taken_back_before_its_day_nothing_stops(self, world, user, room, person):
        self.ends_in_two_days(world, user, person())
        with at(NOON + DAY):
            take_back_ending(
                actor=user(Role.MEDICAL_STAFF_COORDINATOR),
                ending=PrivilegeEnding.objects.get(),
                reason="Stays after all.",
            )
        with at(NOON + 2 * DAY):
            assert notices.tell_of_stops() == 0
        assert self.newest()[0] == ChangeKind.CHANGED

    def test_granted_anew_before_its_day_nothing_stops(self, world, user, room, person):
        one = person()
        self.ends_in_two_days(world, user, one)
        with at(NOON + DAY):
            grant(world, one, start=TODAY + 2 * DAY, at=NOON + DAY)
        with at(NOON + 2 * DAY):
            assert notices.tell_of_stops() == 0
        assert self.newest()[0] == ChangeKind.GRANTED

    def test_what_bridged_the_days_after_ends_without_a_word_of_the_grant_before(
        self, world, user, room, person
    ):
        """The end of the bridge is its own natural end: of the first grant nobody is told that it was not
        held on days on which the privilege was.
        """
        one = person()
        self.ends_in_two_days(world, user, one)
        grant(world, one, start=TODAY + 2 * DAY, last_day=TODAY + 6 * DAY, at=NOON + DAY)
        for later in range(1, 9):
            with at(NOON + later * DAY):
                notices.tell_of_stops()
        assert not PublishedChange.objects.filter(kind=ChangeKind.WITHDRAWN).exists()

    def test_what_stopped_while_nothing_was_published_is_told_later(self, world, user, room, person):
        self.ends_in_two_days(world, user, person())
        with at(NOON + 9 * DAY):
            assert notices.tell_of_stops() == 1

    def test_what_is_given_up_later_waits_for_the_mail_of_the_day(self, world, user, room, person):
        one = person()
        grant(world, one, start=TODAY - DAY, at=NOON - DAY)
        with at(self.NIGHT):
            self.gives_up(world, user, one, TODAY + 2 * DAY)
            assert notices.tell_of_stops() == 0
        last = PublishedChange.objects.order_by("number").last()
        assert (last.kind, last.last_day) == (ChangeKind.ENDS, TODAY + DAY)

    def test_a_term_that_goes_on_tomorrow_is_no_stop(self, world, room, person):
        one = person()
        held = grant(world, one, start=TODAY - DAY, at=NOON - DAY)
        with at(NOON):
            end_before(
                GrantPeriod,
                held.identity,
                day=TODAY + DAY,
                actor=world.system,
                reason="Granted anew",
                at=NOON,
            )
            grant(world, one, start=TODAY + DAY, at=NOON)
            assert notices.tell_of_stops() == 0

    def test_a_grant_waits_for_the_hour_and_what_comes_after_it_for_midnight(self, world, room, person):
        grant(world, person(), start=TODAY, at=NOON)
        with at(NOON):
            assert notices.tell_of_stops() == 0
        with at(FOUR):
            notices.notify_departments()
        grant(world, person(), start=TODAY, at=self.NIGHT)
        with at(self.NIGHT):
            assert notices.tell_of_stops() == 0
            notices.notify_departments()
        with at(self.LAST):
            assert notices.notify_departments()[f"LAKE:{TODAY}:last"] == "done"
            notices.notify_departments()
        assert self.rows() == [("day", TODAY, 1, 2, 1), ("last", TODAY, 2, 3, 1)]

    def test_a_term_that_goes_on_is_no_stop(self, world, room, person):
        """The grant of the next term takes the place of the running one before its time."""
        one = person()
        held = grant(world, one, start=TODAY - DAY, at=NOON - DAY)
        with at(NOON):
            end_before(
                GrantPeriod, held.identity, day=TODAY, actor=world.system, reason="Granted anew", at=NOON
            )
            grant(world, one, start=TODAY, at=NOON)
            assert notices.tell_of_stops() == 0
        assert set(PublishedChange.objects.values_list("kind", flat=True)) == {"began", "changed", "granted"}

    def test_of_what_a_department_is_not_told_it_is_not_told_at_once(self, world, office, room, person):
        with at(NOON - HOUR):
            add(world, office, name="Pharmacy", address="rx@lakeside.example", kinds=[ChangeKind.GRANTED])
        bar(world, person(), TODAY, at=NOON)
        with at(NOON):
            assert notices.tell_of_stops() == 1
        assert ChangeNotice.objects.get().department == room

    def test_a_department_no_mail_reaches_lets_no_minute_read_all_that_was_published(
        self, world, room, person
    ):
        def read(moment) -> list[str]:
            """The queries of one minute that ask for changes of any kind."""
            with at(moment), CaptureQueriesContext(connection) as asked:
                notices.tell_of_stops()
            said = [each["sql"] for each in asked if each["sql"].startswith("SELECT")]
            return [sql for sql in said if "'granted'" in sql]

        bar(world, person(), TODAY, at=NOON)
        assert len(read(NOON)) == 1
        ChangeNotice.objects.update(status="moot")
        assert read(NOON + HOUR) == []
        grant(world, person(), start=TODAY, at=NOON + HOUR)
        assert read(NOON + HOUR) == []
        bar(world, person(), TODAY, at=NOON + 2 * HOUR)
        assert len(read(NOON + 2 * HOUR)) == 1
        assert self.rows()[-1] == ("at_once", TODAY, 1, 4, 3), "with what never came"

    def test_without_an_hour_of_the_day_stops_are_told_all_the_same(self, world, office, person):
        publish_changes(actor=world.system, facility=world.lakeside)
        add(world, office)
        bar(world, person(), TODAY, at=NOON + HOUR)
        with at(NOON + HOUR):
            assert (notices.notify_departments(), notices.tell_of_stops()) == ({}, 1)

    def test_what_never_came_is_not_sent_every_minute_and_told_again_by_the_day(self, world, room, person):
        bar(world, person(), TODAY, at=NOON)
        with at(NOON):
            notices.tell_of_stops()
            ChangeNotice.objects.update(status="claimed", claimed_at=NOON)
            ChangeNotice.objects.update(status="failed")
            assert notices.tell_of_stops() == 0
        with at(FOUR):
            notices.notify_departments()
        assert self.rows()[-1] == ("day", TODAY, 1, 2, 1)


class TestWhoIsTold:
    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"name": " "}, "name"),
            ({"name": "x" * 81}, "name"),
            ({"address": "nowhere"}, "address"),
            ({"address": "OR@lakeside.example"}, "address"),
            ({"address": "rx@lakeside.example", "kinds": ["began"]}, "kinds"),
            ({"address": "rx@lakeside.example", "kinds": ["gone"]}, "kinds"),
        ],
    )
    def test_what_cannot_be_is_refused_at_its_field(self, world, office, room, given, field):
        with pytest.raises(Refused) as refusal:
            add(world, office, **given)
        assert refusal.value.field == field
        assert NotifiedDepartment.objects.count() == 1

    def test_only_the_office_says_so(self, world, office, room, user):
        for role in (Role.LOOKUP, Role.DEPARTMENT_CHAIR, Role.ADMINISTRATOR):
            with pytest.raises(Forbidden):
                add(world, user(role), address="rx@lakeside.example")
            with pytest.raises(Forbidden):
                notices.end_department(actor=user(role), department=room)
        with pytest.raises(Forbidden):
            notices.end_department(actor=user(Role.DIRECTOR, facility=world.harbor), department=room)

    def test_ended_it_is_told_no_longer_and_stays_on_record(self, world, office, room, person):
        grant(world, person(), start=TODAY, at=NOON)
        with at(FOUR):
            notices.notify_departments()
            notices.end_department(actor=office, department=room)
            assert notices.send(ChangeNotice.objects.get().uid) == "no longer needed"
        assert mail.outbox == []
        with pytest.raises(Refused, match="no longer already"):
            notices.end_department(actor=office, department=room)
        assert add(world, office).pk != room.pk
        verbs = AuditEvent.objects.filter(verb__startswith="notified_department").order_by("pk")
        assert [each.verb.partition(".")[2] for each in verbs] == ["added", "ended", "added"]
        room.refresh_from_db()
        for field, value in (("address", "other@lakeside.example"), ("ended_by", None)):
            setattr(room, field, value)
            with pytest.raises(DatabaseError), transaction.atomic():
                room.save()


class TestAnAddressThatDoesNotWork:
    @pytest.fixture
    def sent(self, world, room, person):
        grant(world, person(), start=TODAY, at=NOON)
        with at(FOUR):
            notices.notify_departments()
            notice = ChangeNotice.objects.get()
            assert notices.send(notice.uid) == "sent"
        return notice

    def test_a_delivery_notice_marks_it_and_the_office_is_told(self, world, office, sent, person):
        said = Notice(
            message_id=sent.message_id, address=ROOM, reason="550 no such box", code="5.1.1", sha256="0" * 64
        )
        with at(FOUR + HOUR):
            assert bounces.record_notice(actor=office, notice=said) == "came back"
        assert ReturnedMail.objects.get().facility == world.lakeside
        total, (item,) = _not_reached(office, world.lakeside, 5)
        assert (total, item.title) == (1, "Operating room")
        assert item.detail == f"{ROOM}: Mail to this address comes back."
        grant(world, person(), start=TODAY + DAY, at=NOON + DAY)
        with at(FOUR + DAY):
            notices.notify_departments()
            second = ChangeNotice.objects.get(day=TODAY + DAY)
            assert second.changes == 2, "what came back was never told"
            assert notices.send(second.uid) == "no longer needed"

    def test_everybody_is_reached(self, world, office, sent):
        assert _not_reached(office, world.lakeside, 5) == (0, [])


class TestThePages:
    def test_added_listed_and_ended(self, world, office, hour, client, person):
        client.force_login(office)
        listed, added = reverse("privileging:departments"), reverse("privileging:department_add")
        empty = client.get(listed)
        assert "No department is told" in empty.content.decode()
        lines = [line for section in empty.context["navigation"] for line in section["items"]]
        assert [line["label"] for line in lines if line["active"]] == ["Changes of privileges"]
        assert listed in client.get(reverse("privileging:changes")).content.decode()
        assert client.post(added, {"name": "", "address": ROOM}).status_code == 422
        typed = {"name": "Operating room", "address": ROOM, "kinds": ["stopped", "lifted"]}
        assert client.post(added, typed)["Location"] == listed
        again = client.post(added, typed)
        assert again.status_code == 422
        assert "is told already, as Operating room" in again.content.decode()
        page = client.get(listed).content.decode()
        assert "everything else after 16:00 and before midnight" in page
        assert "Not authorized; No longer stopped" in page
        room = NotifiedDepartment.objects.get()
        end = reverse("privileging:department_end", args=[room.uid])
        assert "gets no message from now on" in client.get(end).content.decode()
        assert client.post(end)["Location"] == listed
        assert client.get(end).status_code == 404
        assert "No department is told" in client.get(listed).content.decode()

    def test_whoever_only_asks_is_not_shown_it(self, world, room, client, user):
        client.force_login(user(Role.LOOKUP))
        assert (
            reverse("privileging:departments")
            not in client.get(reverse("privileging:changes")).content.decode()
        )
        assert client.get(reverse("privileging:departments")).status_code == 403
