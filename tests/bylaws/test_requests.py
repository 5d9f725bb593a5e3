"""Requests to leaders and tasks of the office."""

import csv
import datetime as dt
import io

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.models import LeaderRequest, OfficeTask
from bylaws.selectors.requests import tasks_to_do, to_answer, visible_requests, waiting
from bylaws.services.requests import (
    answer_request,
    ask_leader,
    finish_task,
    give_task,
    remind_leader,
    set_task,
    withdraw_request,
)
from bylaws.tasks import remind_of_requests
from bylaws.worklist.requests import requests_waiting
from config.accounts.choices import Role
from config.accounts.models import RoleAssignment
from config.accounts.services.users import end_role
from config.audit.models import AuditEvent, ProtectedRead
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.models import MemberMail
from credentialing.services import member_mails
from practitioners.models import Practitioner
from practitioners.services.merging import merge_records
from tests.bylaws.world import NOON, TODAY

DAY = dt.timedelta(days=1)


def asked(world, **more) -> LeaderRequest:
    given = {
        "asked_of": world.chair,
        "title": "Call in July",
        "question": "Who covers?",
        "due": TODAY + 3 * DAY,
    }
    return ask_leader(actor=world.coordinator, facility=world.facility, **given | more)


class TestRequests:
    def test_asked_reminded_answered_with_a_trace(self, world):
        one = asked(world)
        assert list(to_answer(world.chair, world.facility)) == [one]
        remind_leader(actor=world.coordinator, request=one)
        assert waiting(world.coordinator, world.facility).get().reminded == 1
        answer_request(actor=world.chair, request=one, answer="Dr. Vale.")
        assert not waiting(world.coordinator, world.facility)
        verbs = list(
            AuditEvent.objects.filter(subject_uid=one.uid).order_by("id").values_list("verb", flat=True)
        )
        assert verbs == ["leader_request.asked", "leader_request.reminded", "leader_request.answered"]
        with pytest.raises(Refused, match="answered already"):
            remind_leader(actor=world.coordinator, request=one)

    def test_of_what_is_overdue_they_are_reminded_by_mail_every_week(self, world, mailoutbox):
        world.chair.email = "chair@example.org"
        world.chair.save(update_fields=["email"])
        one = asked(world, title="Zyxtitle", question="About zyxquestion")
        first = MemberMail.objects.get()
        assert member_mails.send(first.uid) == "sent"
        assert "zyx" not in (mailoutbox[0].subject + mailoutbox[0].body).lower()
        assert reverse("bylaws:request", args=[one.uid]) in mailoutbox[0].body
        reminded = []
        for day in range(16):
            with clock.freeze(NOON + day * DAY):
                if remind_of_requests()[world.facility.code]:
                    reminded.append(day)
                assert remind_of_requests()[world.facility.code] == 0
        assert reminded == [4, 11]  # due on the third day; the day after, then each week
        assert MemberMail.objects.count() == 3
        late = MemberMail.objects.latest("pk")
        answer_request(actor=world.chair, request=one, answer="Dr. Vale.")
        assert member_mails.send(late.uid) == "no longer needed"
        with clock.freeze(NOON + 30 * DAY):
            assert remind_of_requests()[world.facility.code] == 0

    def test_who_leads_no_more_is_not_reminded_and_the_office_reads_why(self, client, world, mailoutbox):
        leader = world.user("Lia Leader", Role.COMMITTEE_MEMBER)
        leader.email = "leader@example.org"
        leader.save(update_fields=["email"])
        one = asked(world, asked_of=leader)
        first = MemberMail.objects.get()
        end_role(
            actor=world.system,
            assignment=RoleAssignment.objects.get(user=leader),
            day=TODAY,
            reason="Left the committee",
        )
        assert member_mails.send(first.uid) == "no longer needed"
        asked(world, title="Call in August", due=TODAY + 30 * DAY)
        told = {each.title: each.detail for each in requests_waiting(world.coordinator, world.facility, 5)[1]}
        assert told == {
            "Call in July": "Cannot be answered: withdraw it, or ask somebody else",
            "Call in August": "",
        }
        with clock.freeze(NOON + 10 * DAY):
            assert remind_of_requests()[world.facility.code] == 0
            with pytest.raises(Refused, match="is no leader of Test Hospital any more"):
                remind_leader(actor=world.coordinator, request=one)
            client.force_login(world.coordinator)
            page = client.get(reverse("bylaws:request", args=[one.uid])).content.decode()
        assert "is no leader of Test Hospital any more, and cannot answer here. Withdraw it" in page
        assert reverse("bylaws:request_remind", args=[one.uid]) not in page
        assert MemberMail.objects.count() == 1

    @pytest.mark.parametrize("merged", [False, True])
    def test_who_may_not_read_it_any_more_is_not_reminded(self, world, merged):
        """It turns out to be about the leader themselves, by a link to the account or a merge."""
        person = world.practitioner()
        one = asked(world, practitioner=person, peer_review=True, asked_of=world.chair)
        if merged:
            kept = world.practitioner("Own Record", user=world.chair)
            merge_records(actor=world.director, keep=kept, record=person, reason="One person")
        else:
            Practitioner.objects.filter(pk=person.pk).update(user=world.chair)
        assert not to_answer(world.chair, world.facility)
        with clock.freeze(NOON + 10 * DAY):
            assert remind_of_requests()[world.facility.code] == 0
        with pytest.raises(Refused, match="may not read this request any more"):
            remind_leader(actor=world.coordinator, request=one)

    def test_whom_to_remind_is_read_by_one_worker_at_a_time(self, world):
        asked(world)
        with clock.freeze(NOON + 10 * DAY), CaptureQueriesContext(connection) as told:
            remind_of_requests()
        lines = [each["sql"] for each in told.captured_queries]
        held = next(
            at for at, sql in enumerate(lines) if '"organization_facility"' in sql and "UPDATE" in sql
        )
        read = next(at for at, sql in enumerate(lines) if 'FROM "bylaws_leaderrequest"' in sql)
        assert held < read

    def test_withdrawn_is_not_answered(self, client, world):
        one, other = asked(world), asked(world, title="Another")
        withdraw_request(actor=world.coordinator, request=one, reason="The chair has left.")
        answer_request(actor=world.chair, request=other, answer="Dr. Vale.")
        client.force_login(world.coordinator)
        url = reverse("bylaws:requests")

        def listed(state):
            told = client.get(url, {"state": state, "format": "csv"}).getvalue().decode("utf-8-sig")
            return [row["About"] for row in csv.DictReader(io.StringIO(told))]

        assert (listed("answered"), listed("withdrawn")) == (["Another"], ["Call in July"])

    def test_a_leader_has_a_list_of_their_own_and_the_way_back(self, client, world):
        one, other = asked(world), asked(world, asked_of=world.members[0], title="Not theirs")
        client.force_login(world.chair)
        url = reverse("bylaws:own_requests")
        page = client.get(url).content.decode()
        assert one.title in page
        assert other.title not in page
        assert f'href="{url}"' in client.get(reverse("bylaws:request", args=[one.uid])).content.decode()
        answer_request(actor=world.chair, request=one, answer="Dr. Vale.")
        assert one.title not in client.get(url).content.decode()
        assert one.title in client.get(url, {"state": "answered"}).content.decode()

    def test_the_own_list_asks_not_whom_and_says_by_whom(self, client, world):
        asked(world)
        client.force_login(world.chair)
        listing = client.get(reverse("bylaws:own_requests")).context["listing"]
        assert "asked_of" not in listing.filter_form.fields
        assert [each.column.label for each in listing.headers][:3] == ["About", "Asked by", "Answer by"]

    def test_found_by_words_and_never_by_those_of_a_protected_one(self, client, world):
        open_one = asked(world)
        asked(
            world,
            title="Outcomes of Dr. Fox",
            practitioner=world.practitioner("Fox Subject"),
            peer_review=True,
        )
        client.force_login(world.coordinator)
        url = reverse("bylaws:requests")
        for words, found in (("covers", [open_one]), ("outcomes", [])):
            rows = client.get(url, {"q": words}).context["listing"].rows
            assert [row.thing for row in rows] == found

    def test_answered_on_the_phone(self, world):
        one = asked(world)
        with pytest.raises(Refused, match="say how you heard it"):
            answer_request(actor=world.coordinator, request=one, answer="Yes.")
        done = answer_request(actor=world.coordinator, request=one, answer="Yes.", how="phone", day=TODAY)
        assert (done.answered_how, done.answered_on, done.recorded_by) == ("phone", TODAY, world.coordinator)

    def test_withdrawn_it_waits_for_nobody_and_stays_with_the_reason(self, client, world):
        one = asked(world)
        client.force_login(world.coordinator)
        url = reverse("bylaws:request_withdraw", args=[one.uid])
        assert client.post(url, {"reason": " "}).status_code == 422
        client.post(url, {"reason": "The chair has left."})
        one.refresh_from_db()
        assert (one.answered_how, one.answer) == ("dropped", "The chair has left.")
        assert not to_answer(world.chair, world.facility)
        assert not waiting(world.coordinator, world.facility)
        with pytest.raises(Refused, match="answered already"):
            answer_request(actor=world.chair, request=one, answer="Late")
        other = asked(world, title="Another")
        with pytest.raises(Refused, match="how it was answered"):
            answer_request(actor=world.coordinator, request=other, answer="x", how="dropped")
        with pytest.raises(Forbidden):
            withdraw_request(actor=world.chair, request=other, reason="Not mine to say")
        assert "The chair has left." in client.get(reverse("bylaws:request", args=[one.uid])).content.decode()

    def test_an_answer_stands(self, world):
        one = answer_request(actor=world.chair, request=asked(world), answer="Yes.")
        with pytest.raises(IntegrityError), transaction.atomic():
            LeaderRequest.objects.filter(pk=one.pk).update(answer="No.")

    @pytest.mark.parametrize(
        ("more", "why"),
        [
            ({"due": TODAY - DAY}, "lies in the past"),
            ({"title": " "}, "in a few words"),
            ({"question": ""}, "Write the question"),
            ({"peer_review": True}, "whose work"),
        ],
    )
    def test_what_is_refused(self, world, more, why):
        with pytest.raises(Refused, match=why):
            asked(world, **more)
        assert not LeaderRequest.objects.exists()

    def test_only_leaders_are_asked_and_only_the_office_asks(self, world):
        with pytest.raises(Refused, match="no leader"):
            asked(world, asked_of=world.coordinator)
        with pytest.raises(Forbidden):
            ask_leader(
                actor=world.chair, facility=world.facility, asked_of=world.chair, title="X", question="X",
                due=TODAY,
            )  # fmt: skip

    def test_peer_review_reaches_no_file_list_trail_or_the_person(self, client, world):
        person = world.practitioner("Petra Quality")
        one = asked(world, title="Three returns to theatre", practitioner=person, peer_review=True)
        client.force_login(world.coordinator)
        page = client.get(reverse("bylaws:requests")).content.decode()
        assert "Protected request" in page
        assert "theatre" not in page
        assert "Petra" not in page
        answer = client.get(reverse("bylaws:requests"), {"format": "csv"})
        assert not list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
        before = ProtectedRead.objects.count()
        assert "Petra" in client.get(reverse("bylaws:request", args=[one.uid])).content.decode()
        assert ProtectedRead.objects.count() == before + 1
        assert one.question in client.get(reverse("bylaws:request_answer", args=[one.uid])).content.decode()
        assert ProtectedRead.objects.count() == before + 2  # the question stands there too
        assert "theatre" not in str(list(AuditEvent.objects.values_list("subject_label", "data")))
        Practitioner.objects.filter(pk=person.pk).update(user=world.coordinator)
        assert one not in visible_requests(world.coordinator, world.facility)

    def test_on_pages(self, client, world, django_assert_max_num_queries):
        client.force_login(world.coordinator)
        given = {
            "asked_of": world.chair.uid, "title": "Call", "question": "Who?", "due": "2026-03-12", "npi": "1",
        }  # fmt: skip
        refused = client.post(reverse("bylaws:request_new"), given)
        assert refused.status_code == 422
        assert "Nobody with the NPI 1" in refused.content.decode()
        done = client.post(reverse("bylaws:request_new"), given | {"npi": ""})
        assert done.status_code == 303
        one = LeaderRequest.objects.get()
        with django_assert_max_num_queries(12):
            assert "Call" in client.get(reverse("bylaws:requests")).content.decode()
        client.force_login(world.chair)
        assert "Who?" in client.get(done.headers["Location"]).content.decode()
        client.post(reverse("bylaws:request_answer", args=[one.uid]), {"answer": "I do."})
        assert "I do." in client.get(done.headers["Location"]).content.decode()
        assert client.get(reverse("bylaws:requests")).status_code == 403


class TestTasks:
    def make(self, world, **more) -> OfficeTask:
        given = {"title": "Check the dues", "owner": world.coordinator, "due": TODAY + DAY}
        return set_task(actor=world.coordinator, facility=world.facility, **given | more)

    def test_done_with_a_note_once(self, world):
        task = self.make(world)
        assert list(tasks_to_do(world.coordinator, world.facility)) == [task]
        with pytest.raises(Refused, match="what was done"):
            finish_task(actor=world.coordinator, task=task, note=" ")
        assert finish_task(actor=world.coordinator, task=task, note="All paid.") is None
        assert not tasks_to_do(world.coordinator, world.facility)
        with pytest.raises(Refused, match="done already"):
            finish_task(actor=world.coordinator, task=task, note="Again")

    @pytest.mark.parametrize(
        ("repeats", "late", "due"),
        [
            ("monthly", 0, dt.date(2026, 4, 11)),
            ("yearly", 0, dt.date(2027, 3, 11)),
            ("monthly", 60, dt.date(2026, 6, 9)),  # done on 9 May: a month from then, not in the past
        ],
    )
    def test_it_comes_again(self, world, repeats, late, due):
        task = self.make(world, repeats=repeats)
        with clock.freeze(NOON + late * DAY):
            coming = finish_task(actor=world.coordinator, task=task, note="Done")
        assert (coming.due, coming.before, coming.repeats) == (due, task, repeats)

    def test_one_of_the_last_day_comes_on_the_last_day_of_every_month(self, world):
        task = self.make(world, repeats="monthly", due=dt.date(2026, 8, 31))
        days = []
        for _ in range(3):
            task = finish_task(actor=world.coordinator, task=task, note="Done")
            days.append(task.due)
        assert days == [dt.date(2026, 9, 30), dt.date(2026, 10, 31), dt.date(2026, 11, 30)]
        give_task(actor=world.coordinator, task=task, owner=task.owner, due=dt.date(2026, 11, 15))
        task = OfficeTask.objects.get(pk=task.pk)
        assert finish_task(actor=world.coordinator, task=task, note="Done").due == dt.date(2026, 12, 15)

    def test_given_to_somebody_else(self, world):
        task = self.make(world)
        give_task(actor=world.coordinator, task=task, owner=world.director, due=TODAY + 5 * DAY)
        assert not tasks_to_do(world.coordinator, world.facility)
        assert tasks_to_do(world.director, world.facility).get().due == TODAY + 5 * DAY
        with pytest.raises(Refused, match="does not work in the office"):
            give_task(actor=world.coordinator, task=task, owner=world.chair, due=TODAY)

    def test_of_whoever_left_the_office_sees_it(self, world):
        gone = world.user("Gone Away", Role.MEDICAL_STAFF_COORDINATOR)
        task = self.make(world, owner=gone)
        assert not tasks_to_do(world.coordinator, world.facility)
        gone.is_active = False
        gone.save()
        assert list(tasks_to_do(world.coordinator, world.facility)) == [task]

    def test_on_pages(self, client, world):
        client.force_login(world.coordinator)
        given = {
            "title": "Dues", "owner": world.coordinator.uid, "due": "2026-03-12", "repeats": "never",
        }  # fmt: skip
        done = client.post(reverse("bylaws:task_new"), given)
        assert done.status_code == 303
        assert "Dues" in client.get(reverse("bylaws:tasks"), {"q": "due", "sort": "-due"}).content.decode()
        assert client.post(done.headers["Location"], {"note": "Paid"}).status_code == 303
        assert "No task is open." in client.get(reverse("bylaws:tasks")).content.decode()
        client.force_login(world.chair)
        assert client.get(reverse("bylaws:tasks")).status_code == 403
