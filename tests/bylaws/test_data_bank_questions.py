"""Questions only a person answers for the data bank, and the record of investigations they rest on."""

import datetime as dt
import uuid

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from bylaws.choices import QUESTION_RECORDS, ClockState, DataBankQuestionKind
from bylaws.models import AdverseAction, DataBankQuestion, Investigation
from bylaws.selectors.data_bank import clocks
from bylaws.selectors.investigations import get_investigation, investigations, investigations_on
from bylaws.selectors.questions import get_question, open_questions
from bylaws.services.investigations import close_investigation, open_investigation, void_investigation
from bylaws.services.questions import answer_question, drop_questions, raise_question, surrendered
from bylaws.worklist.suspensions import data_bank_questions
from config.accounts.choices import Role
from config.audit.models import AuditEvent, ProtectedRead
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.registries import queues
from tests.bylaws.world import NOON, TODAY

DAY = dt.timedelta(days=1)
SUBJECT = uuid.UUID("00000000-0000-4000-8000-000000000001")


def asked(world, practitioner=None, *, kind="denied", subject=SUBJECT, day=TODAY - DAY):
    return raise_question(
        actor=world.coordinator,
        practitioner=practitioner or world.practitioner(),
        facility=world.facility,
        kind=kind,
        subject_uid=subject,
        day=day,
        about="Marked words of the board",
    )


def investigated(world, practitioner, start=TODAY - 10 * DAY, **more):
    return open_investigation(
        actor=more.pop("actor", world.coordinator),
        practitioner=practitioner,
        facility=world.facility,
        **{"opened_by": "Executive committee, item 7", "about": "Marked outcomes", "start": start} | more,
    )


# --- the answers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(QUESTION_RECORDS))
def test_a_yes_opens_the_case_with_what_it_is_about_from_the_day_of_the_final_action(world, kind):
    question = asked(world, kind=kind)
    done = answer_question(actor=world.coordinator, question=question, answer="yes")
    (row,) = clocks(world.coordinator, world.facility)
    assert (row.subject, row.subject.kind) == (done.action, QUESTION_RECORDS[kind])
    assert row.clock.effective == TODAY - DAY
    assert "Marked words of the board" in done.action.cause
    assert not open_questions(world.coordinator, world.facility).exists()


def test_what_is_given_up_is_due_at_once_and_a_denial_from_its_31st_day(world):
    for number, kind in enumerate(("lapsed", "denied")):
        question = asked(world, kind=kind, subject=uuid.UUID(int=number), day=TODAY)
        answer_question(actor=world.coordinator, question=question, answer="yes")
    states = {row.subject.kind: row.clock.state for row in clocks(world.coordinator, world.facility)}
    assert states == {"surrender": ClockState.DUE, "denial": ClockState.RUNNING}


def test_the_day_can_be_set_right_with_the_yes(world):
    done = answer_question(
        actor=world.coordinator, question=asked(world), answer="yes", day=TODAY - 5 * DAY, reason="As read."
    )
    assert done.action.periods.get().valid.lower == TODAY - 5 * DAY
    assert done.action.cause.endswith("As read.")


def test_an_investigation_begins_no_later_than_today_and_a_departure_may_lie_ahead(world):
    with pytest.raises(Refused) as refusal:
        answer_question(
            actor=world.coordinator,
            question=asked(world, kind="evaluation"),
            answer="yes",
            day=TODAY + DAY,
        )
    assert refusal.value.field == "day"
    assert not Investigation.objects.exists()
    other = asked(world, kind="given_up", subject=uuid.UUID(int=7), day=TODAY + DAY)
    assert answer_question(actor=world.coordinator, question=other, answer="yes").action


@pytest.mark.parametrize("kind", ["limited", "proctored"])
def test_a_limit_that_is_over_ends_with_the_last_day_that_is_said(world, kind):
    question = asked(world, kind=kind, day=TODAY - 5 * DAY)
    done = answer_question(actor=world.coordinator, question=question, answer="yes", last_day=TODAY - DAY)
    (period,) = done.action.periods.live()
    assert (period.valid.lower, period.valid.upper) == (TODAY - 5 * DAY, TODAY)


@pytest.mark.parametrize(
    ("kind", "last_day", "why"),
    [
        ("limited", TODAY - 2 * DAY, "before its first day"),
        ("limited", TODAY + DAY, "when it has come"),
        ("denied", TODAY, "no last day"),
    ],
)
def test_a_last_day_that_cannot_be_is_refused_and_nothing_is_done(world, kind, last_day, why):
    question = asked(world, kind=kind)
    with pytest.raises(Refused, match=why) as refusal:
        answer_question(actor=world.coordinator, question=question, answer="yes", last_day=last_day)
    assert refusal.value.field == "last_day"
    assert not AdverseAction.objects.exists()


def test_a_no_has_words_counts_nothing_and_stays(world):
    question = asked(world)
    with pytest.raises(Refused, match="Say why not") as refusal:
        answer_question(actor=world.coordinator, question=question, answer="no", reason=" ")
    assert refusal.value.field == "reason"
    answer_question(actor=world.coordinator, question=question, answer="no", reason="Not eligible.")
    assert not AdverseAction.objects.exists()
    with pytest.raises(Refused, match="answered already"):
        answer_question(actor=world.coordinator, question=question, answer="yes")
    question.refresh_from_db()
    question.reason = "Other words"
    with pytest.raises(DatabaseError), transaction.atomic():
        question.save(update_fields=["reason"])


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"answer": "maybe"}, "answer"),
        ({"answer": "moot"}, "answer"),
        ({"answer": "yes", "day": dt.date(1999, 1, 1)}, "day"),
        ({"answer": "no", "reason": "x" * 2001}, "reason"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_and_nothing_is_done(world, more, field):
    question = asked(world)
    with pytest.raises(Refused) as refusal:
        answer_question(actor=world.coordinator, question=question, **more)
    assert refusal.value.field == field
    assert not AdverseAction.objects.exists()
    assert open_questions(world.coordinator, world.facility).get() == question


def test_a_yes_to_an_evaluation_opens_the_record_of_an_investigation(world):
    practitioner = world.practitioner()
    question = asked(world, practitioner, kind="evaluation")
    done = answer_question(
        actor=world.coordinator, question=question, answer="yes", reason="Executive committee, item 7"
    )
    (row,) = investigations_on(practitioner, world.facility, TODAY)
    assert (row.identity, row.identity.opened_by) == (done.investigation, "Executive committee, item 7")
    assert row.valid.lower == TODAY - DAY
    assert not AdverseAction.objects.exists()


def test_asked_once_of_one_subject_and_dropped_with_it(world):
    practitioner = world.practitioner()
    assert asked(world, practitioner) == asked(world, practitioner)
    asked(world, practitioner, kind="limited")
    answered = asked(world, practitioner, kind="proctored")
    answer_question(actor=world.coordinator, question=answered, answer="no", reason="Routine.")
    drop_questions(actor=world.coordinator, subject_uids=[SUBJECT], reason="Taken back.")
    found = {each.kind: each.answer for each in DataBankQuestion.objects.all()}
    assert found == {"denied": "moot", "limited": "moot", "proctored": "no"}


def test_what_nobody_was_asked_any_more_can_be_asked_again(world):
    practitioner = world.practitioner()
    first = asked(world, practitioner)
    drop_questions(actor=world.coordinator, subject_uids=[SUBJECT], reason="Taken back.")
    again = asked(world, practitioner)
    assert again != first
    assert asked(world, practitioner) == again


def test_a_yes_without_anything_recorded_the_database_refuses(world):
    question = asked(world)
    question.answer, question.answered_at, question.answered_by = "yes", NOON, world.coordinator
    with pytest.raises(IntegrityError, match="yes_records_something"), transaction.atomic():
        question.save()


# --- who may --------------------------------------------------------------------------------------------


def test_only_whoever_follows_the_data_bank_sees_and_answers_and_never_about_themselves(world):
    practitioner = world.practitioner()
    question = asked(world, practitioner)
    for role in (Role.CREDENTIALING_COORDINATOR, Role.QUALITY_COORDINATOR, Role.CHIEF_MEDICAL_OFFICER):
        other = world.user(f"Somebody {role}", role)
        assert get_question(viewer=other, uid=question.uid) is None
        assert not open_questions(other, world.facility).exists()
        with pytest.raises(Forbidden):
            answer_question(actor=other, question=question, answer="yes")
        with pytest.raises(Forbidden):
            investigated(world, practitioner, actor=other)
    practitioner.user = world.coordinator
    practitioner.save(update_fields=["user"])
    assert get_question(viewer=world.coordinator, uid=question.uid) is None
    assert data_bank_questions(world.coordinator, world.facility, 5) == (0, [])
    with pytest.raises(Forbidden, match="own file"):
        answer_question(actor=world.coordinator, question=question, answer="yes")


def test_what_is_asked_and_answered_stays_out_of_the_trail(world):
    practitioner = world.practitioner()
    answer_question(
        actor=world.coordinator, question=asked(world, practitioner), answer="yes", reason="Marked too"
    )
    one = investigated(world, practitioner)
    close_investigation(actor=world.coordinator, investigation=one, last_day=TODAY, reason="Marked end")
    told = " ".join(f"{each.verb} {each.reason} {each.data} {each}" for each in AuditEvent.objects.all())
    for word in ("Marked", "nvestigat", "enial", "denied"):
        assert word not in told


def test_one_queue_on_today(world):
    codes = [each.code for each in queues.all() if "question" in each.code]
    assert codes == ["bylaws.data_bank_questions"]
    asked(world)
    total, (item,) = data_bank_questions(world.coordinator, world.facility, 5)
    assert (total, item.detail) == (1, "Not granted: was it for cause?")


# --- given up -------------------------------------------------------------------------------------------


class TestGivenUp:
    def give(self, world, practitioner, answer):
        return surrendered(
            actor=world.coordinator,
            practitioner=practitioner,
            facility=world.facility,
            investigation=answer,
            what="Withdrew the application.",
            day=TODAY,
            subject_uid=SUBJECT,
        )

    @pytest.mark.parametrize(("answer", "kind"), [("yes", "surrender"), ("not_known", "surrender_unclear")])
    def test_a_yes_and_what_is_not_known_are_counted_at_once(self, world, answer, kind):
        assert self.give(world, world.practitioner(), answer).kind == kind
        assert not DataBankQuestion.objects.exists()

    def test_a_no_is_a_no_where_nothing_says_otherwise(self, world):
        practitioner = world.practitioner()
        one = investigated(world, practitioner)
        close_investigation(
            actor=world.coordinator, investigation=one, last_day=TODAY - DAY, reason="Closed, item 9"
        )
        investigated(world, world.practitioner())
        assert self.give(world, practitioner, "no") is None
        assert not DataBankQuestion.objects.exists()

    def test_a_no_on_a_day_of_an_investigation_is_asked_again(self, world):
        practitioner = world.practitioner()
        one = investigated(world, practitioner)
        close_investigation(actor=world.coordinator, investigation=one, last_day=TODAY, reason="Closed")
        assert self.give(world, practitioner, "no") is None
        question = DataBankQuestion.objects.get()
        assert question.kind == DataBankQuestionKind.GIVEN_UP
        assert "Executive committee, item 7" in question.about

    def test_where_nobody_was_asked_a_person_is(self, world):
        assert self.give(world, world.practitioner(), "") is None
        assert DataBankQuestion.objects.get().day == TODAY


# --- the record of investigations -----------------------------------------------------------------------


def test_whether_there_was_one_on_a_day_as_known_then(world):
    practitioner = world.practitioner()
    one = investigated(world, practitioner, start=TODAY - 10 * DAY)
    with clock.freeze(NOON + dt.timedelta(hours=1)):
        close_investigation(
            actor=world.coordinator, investigation=one, last_day=TODAY - 3 * DAY, reason="Closed, item 9"
        )

    def on(day, known_at=None):
        return len(investigations_on(practitioner, world.facility, day, known_at))

    assert [on(TODAY - days * DAY) for days in (11, 10, 3, 2)] == [0, 1, 1, 0]
    assert on(TODAY - 2 * DAY, NOON) == 1, "as known before it was closed"
    with clock.freeze(NOON + dt.timedelta(hours=2)):
        void_investigation(actor=world.coordinator, investigation=one, reason="Another person")
    assert on(TODAY - 5 * DAY) == 0
    assert not investigations(world.coordinator, world.facility).exists()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"opened_by": " "}, "opened_by"),
        ({"about": ""}, "about"),
        ({"start": TODAY + DAY}, "start"),
        ({"start": dt.date(1999, 1, 1)}, "start"),
    ],
)
def test_an_investigation_half_said_is_refused(world, more, field):
    with pytest.raises(Refused) as refusal:
        investigated(world, world.practitioner(), **more)
    assert refusal.value.field == field
    assert not Investigation.objects.exists()


def test_it_is_closed_once_when_it_has_come_and_not_before_it_began(world):
    one = investigated(world, world.practitioner())

    def close(day):
        close_investigation(actor=world.coordinator, investigation=one, last_day=day, reason="Closed")

    for day, sentence in ((TODAY - 11 * DAY, "before it began"), (TODAY + DAY, "when it has come")):
        with pytest.raises(Refused, match=sentence):
            close(day)
    close(TODAY)
    with pytest.raises(Refused, match="closed already"):
        close(TODAY)


# --- the pages ------------------------------------------------------------------------------------------


class TestThePages:
    def test_one_press_for_a_yes_and_words_for_a_no(self, world, sign_in):
        browser = sign_in(world.coordinator)
        first, second = asked(world), asked(world, kind="limited")
        listed = browser.get(reverse("bylaws:data_bank_questions")).content.decode()
        path = reverse("bylaws:data_bank_question", args=[first.uid])
        assert path in listed
        page = browser.get(path).content.decode()
        assert "Marked words of the board" in page
        assert 'value="2026-03-09"' in page, "the day of the final action stands there"
        assert ProtectedRead.objects.filter(subject_uid=first.uid).count() == 1
        answer = browser.post(path, {"act": "yes", "yes-day": "2026-03-09", "yes-reason": ""})
        action = AdverseAction.objects.get()
        assert answer["Location"] == reverse("bylaws:data_bank_action", args=[action.uid])
        other = reverse("bylaws:data_bank_question", args=[second.uid])
        assert browser.post(other, {"act": "no", "no-reason": ""}).status_code == 422
        assert browser.post(other, {"act": "no", "no-reason": "Not for cause."})["Location"] == other
        assert "Not for cause." in browser.get(reverse("bylaws:data_bank_questions")).content.decode()

    def test_the_record_of_an_investigation(self, world, sign_in):
        browser, practitioner = sign_in(world.coordinator), world.practitioner()
        new = reverse("bylaws:investigation_new", args=[practitioner.uid])
        given = {"opened_by": "Executive committee", "about": "Marked outcomes", "start": "2026-03-01"}
        assert browser.post(new, given | {"about": ""}).status_code == 422
        here = browser.post(new, given)["Location"]
        assert here in browser.get(reverse("bylaws:investigations")).content.decode()
        assert "Marked outcomes" in browser.get(here).content.decode()
        closed = {"act": "close", "close-last_day": "2026-03-05", "close-reason": "Item 9"}
        assert browser.post(here, closed)["Location"] == here
        assert "Item 9" in browser.get(here).content.decode()
        assert browser.post(here, {"act": "void", "void-reason": "Another person"})["Location"] == here
        assert "Recorded by mistake" in browser.get(here).content.decode()
        one = Investigation.objects.get()
        assert (
            get_investigation(viewer=world.user("Quinn Hall", Role.QUALITY_COORDINATOR), uid=one.uid) is None
        )
