"""What the bodies decide, what is given up, left to run out or evaluated for cause asks a person whether the
data bank counts it; what is routine asks nobody.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.urls import reverse

from bylaws.choices import LineOutcome
from bylaws.models import AdverseAction, AppointmentPeriod, DataBankQuestion
from bylaws.selectors.data_bank import clocks
from bylaws.services.investigations import open_investigation
from bylaws.services.questions import answer_question
from config.accounts.choices import Role
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.periods import void
from credentialing.choices import ApplicationStatus
from credentialing.models import Application
from credentialing.services import applications
from practitioners.services.merging import merge_records
from privileging.choices import FPPEReason
from privileging.models import FPPEPlan
from privileging.selectors.requests import lines_of
from privileging.services.departures import record_departures
from privileging.services.evaluations import open_fppe
from privileging.services.fppe import close_fppe, start_fppe
from privileging.services.lapses import ask_about_lapses
from tests.privileging.conftest import NOON, TODAY, appoint, grant, licensed, line_of, set_parameter
from tests.privileging.files import answers, asked, before_the_board, decide, hospital_with_office, opened

pytestmark = pytest.mark.django_db
HOSPITAL = hospital_with_office
#: Cases of the first are reviewed afterwards, those of the second with a proctor.
CODE, PROCTORED = "GS-LAP-CHOLE", "GS-BARIATRIC"
DAY = dt.timedelta(days=1)


@pytest.fixture
def staff(world, bylaws_rule):
    return world.staff


@pytest.fixture
def application(world, staff, person):
    one = person()
    licensed(world, one)
    application = opened(world, staff, one)
    asked(staff, application)
    return application


def questions():
    return {each.kind: each for each in DataBankQuestion.objects.all()}


class TestFinalDecisions:
    def test_what_is_granted_as_asked_for_asks_nothing(self, staff, application):
        decide(staff, before_the_board(staff, application), answers(application))
        assert questions() == {}

    def test_what_is_not_granted_is_asked_about_from_the_day_of_the_decision(self, world, staff, application):
        decision = decide(
            staff,
            before_the_board(staff, application),
            answers(application, refused={CODE: "Marked outcomes"}),
        )
        (question,) = questions().values()
        assert (question.kind, question.subject_uid, question.day) == ("denied", decision.uid, TODAY)
        assert "Marked outcomes" in question.about
        assert not AdverseAction.objects.exists(), "never by itself"
        answer_question(actor=staff.meetings, question=question, answer="yes")
        (row,) = clocks(staff.meetings, world.lakeside)
        assert (row.subject.kind, row.clock.effective) == ("denial", TODAY)
        told = " ".join(f"{each.verb} {each.reason} {each.data}" for each in AuditEvent.objects.all())
        assert "Marked" not in told

    def test_an_appointment_that_is_not_granted_is_one_question_of_all_its_lines(
        self, world, staff, application
    ):
        """Where there is no right to a hearing; where there is one, it is counted without a question."""
        set_parameter(world.system, "bylaws.hearing_rights", ["DDS"])
        everything = {"appointment": "Marked outcomes"} | {
            line.form_line.privilege.code: "With it" for line in lines_of(application)
        }
        decide(
            staff, before_the_board(staff, application), answers(application, refused=everything), sure=True
        )
        (question,) = questions().values()
        assert question.about.count("With it") == len(everything) - 1

    def granted(self, staff, application, *stated, free=""):
        step = before_the_board(staff, application)
        lines = [
            replace(each, conditions=free, stated=stated) if each.outcome == LineOutcome.MODIFY else each
            for each in answers(application, changes={CODE: "to be replaced"})
        ]
        return decide(staff, step, lines)

    @pytest.mark.parametrize(
        ("stated", "free", "kind", "records"),
        [
            ([{"kind": "proctor", "cases": 5}], "", "proctored", "proctoring"),
            ([{"kind": "proctor", "cases": 5}], "Not at night.", "limited", "reduction"),
            ([{"kind": "site", "where": "Main"}], "", "limited", "reduction"),
            ([], "Not at night.", "limited", "reduction"),
        ],
    )
    def test_limits_are_asked_about_and_counted_by_what_they_are(
        self, staff, application, stated, free, kind, records
    ):
        self.granted(staff, application, *stated, free=free)
        (question,) = questions().values()
        assert (question.kind, question.day) == (kind, TODAY)
        done = answer_question(actor=staff.meetings, question=question, answer="yes")
        assert done.action.kind == records

    def proctored(self, staff, application, user):
        """Five cases with a proctor, asked about; who closes its evaluation, and that evaluation."""
        self.granted(staff, application, {"kind": "proctor", "cases": 5})
        plan = FPPEPlan.objects.get(privilege__code=CODE)
        return questions()["proctored"], user(Role.QUALITY_COORDINATOR), plan

    def close(self, quality, plan, days):
        said = {"outcome": "closed_success", "conclusion": "As expected.", "fewer": "Enough was seen."}
        with clock.freeze(NOON + days * DAY):
            close_fppe(actor=quality, plans=start_fppe(actor=quality, plans=[plan]), **said)

    def test_proctoring_a_decision_set_ends_with_the_evaluation_it_came_with(
        self, world, staff, application, user
    ):
        question, quality, plan = self.proctored(staff, application, user)
        answer_question(actor=staff.meetings, question=question, answer="yes")
        other = FPPEPlan.objects.exclude(pk=plan.pk).first()
        self.close(quality, other, 9)
        (row,) = clocks(staff.meetings, world.lakeside)
        assert row.clock.ends is None, "another privilege"
        self.close(quality, plan, 19)
        (row,) = clocks(staff.meetings, world.lakeside)
        assert row.clock.ends == TODAY + 20 * DAY

    def test_answered_after_its_evaluation_it_ends_with_it_and_the_page_says_so(
        self, world, staff, application, user, client
    ):
        question, quality, plan = self.proctored(staff, application, user)
        self.close(quality, plan, 19)
        client.force_login(staff.meetings)
        here = reverse("bylaws:data_bank_question", args=[question.uid])
        with clock.freeze(NOON + 40 * DAY):
            form = client.get(here).context["yes"]
            assert (form.initial["day"], form.initial["last_day"]) == (TODAY, TODAY + 19 * DAY)
            sent = {"act": "yes", "yes-day": str(TODAY), "yes-last_day": str(TODAY + 19 * DAY)}
            assert client.post(here, sent).status_code == 303
            (row,) = clocks(staff.meetings, world.lakeside)
        assert (row.clock.ends, row.clock.state) == (TODAY + 20 * DAY, "ended")

    def test_what_was_not_accepted_for_processing_is_no_denial(self, staff, application):
        line = lines_of(application).get(form_line__privilege__code=CODE)
        type(line).objects.filter(pk=line.pk).update(status="not_accepted")
        decide(staff, before_the_board(staff, application), answers(application))
        assert questions() == {}


class TestWithdrawn:
    def withdraw(self, staff, application, **more):
        applications.submit(actor=staff.coordinator, application=application)
        application.refresh_from_db()
        return applications.withdraw(
            actor=staff.coordinator, application=application, reason="Goes elsewhere", **more
        )

    def test_whoever_records_it_answers(self, world, staff, application):
        self.withdraw(staff, application, investigation="yes")
        (row,) = clocks(staff.meetings, world.lakeside)
        assert (row.subject.kind, row.clock.effective) == ("surrender", TODAY)
        assert "Goes elsewhere" in row.subject.cause

    def test_where_nobody_is_asked_a_person_is(self, staff, application):
        self.withdraw(staff, application)
        assert questions()["given_up"].subject_uid == application.uid

    def test_a_no_during_an_investigation_is_asked_again(self, world, staff, application):
        open_investigation(
            actor=staff.meetings,
            practitioner=application.practitioner,
            facility=world.lakeside,
            opened_by="Executive committee",
            about="Marked",
            start=TODAY - 3 * DAY,
        )
        self.withdraw(staff, application, investigation="no")
        assert "An investigation is on record from 21 Nov 2026" in questions()["given_up"].about

    def test_never_completed_it_is_asked_about(self, world, staff, application):
        applications.submit(actor=staff.coordinator, application=application)
        application.refresh_from_db()
        applications.return_incomplete(actor=staff.coordinator, application=application, reason="CV")
        application.refresh_from_db()
        applications.withdraw_incomplete(actor=world.system, application=application, reason="Too long")
        assert questions()["given_up"].day == TODAY

    def test_with_a_departure_it_is_asked_once(self, world, staff, person):
        one = person()
        appoint(world, one)
        opened(world, staff, one, kind="reappointment")
        record_departures(
            actor=staff.meetings,
            practitioners=[one],
            facility=world.lakeside,
            kind="resigned",
            day=TODAY + DAY,
            reason="Moves away.",
            investigation="no",
        )
        assert Application.objects.get().status == ApplicationStatus.WITHDRAWN
        assert questions() == {}


class TestForCause:
    @pytest.fixture
    def quality(self, user):
        return user(Role.QUALITY_COORDINATOR)

    def evaluate(self, world, quality, one, reason=FPPEReason.FOR_CAUSE):
        for code in (CODE, PROCTORED):
            grant(world, one, code)
        return open_fppe(
            actor=quality,
            practitioner=one,
            facility=world.lakeside,
            reason=reason,
            privilege_ids=[line_of(code).privilege_id for code in (CODE, PROCTORED)],
            grounds="Marked grounds." if reason == FPPEReason.FOR_CAUSE else "",
            cases=5,
        )

    def test_one_act_asks_once_whether_it_is_an_investigation(self, world, staff, quality, person):
        plans = self.evaluate(world, quality, person())
        question = questions()["evaluation"]
        assert question.subject_uid in {plan.uid for plan in plans}
        for word in ("Marked grounds.", *(str(plan.privilege) for plan in plans)):
            assert word in question.about
        assert DataBankQuestion.objects.filter(kind="evaluation").count() == 1

    def test_proctoring_imposed_by_it_is_counted_once_a_person_says_so(self, world, staff, quality, person):
        one = person()
        plans = {plan.privilege.code: plan for plan in self.evaluate(world, quality, one)}
        question = questions()["proctored"]
        assert question.subject_uid == plans[PROCTORED].uid
        assert str(plans[CODE].privilege) not in question.about
        done = answer_question(actor=staff.meetings, question=question, answer="yes")
        assert done.action.kind == "proctoring"
        with clock.freeze(NOON + 30 * DAY):
            states = {row.subject.kind: row.clock.state for row in clocks(staff.meetings, world.lakeside)}
        assert states == {"proctoring": "due"}, "still in force on its 31st day"

    @pytest.mark.parametrize(("days", "state"), [(29, "ended"), (30, "due")])
    def test_it_ends_with_the_evaluation_that_imposed_it(self, world, staff, quality, person, days, state):
        """Closed on its 30th day it is not reportable; on its 31st it was still in force."""
        plans = start_fppe(actor=quality, plans=self.evaluate(world, quality, person()))
        answer_question(actor=staff.meetings, question=questions()["proctored"], answer="yes")
        with clock.freeze(NOON + days * DAY):
            reviewed, proctored = sorted(plans, key=lambda plan: plan.privilege.code == PROCTORED)
            said = {"outcome": "closed_success", "conclusion": "As expected.", "fewer": "Enough was seen."}
            close_fppe(actor=quality, plans=[reviewed], **said)
            (row,) = clocks(staff.meetings, world.lakeside)
            assert row.clock.ends is None
            close_fppe(actor=quality, plans=[proctored], **said)
            (row,) = clocks(staff.meetings, world.lakeside)
        assert (row.clock.ends, row.clock.state) == (TODAY + (days + 1) * DAY, state)

    def test_answered_after_it_was_closed_it_ends_with_that_day(self, world, staff, quality, person):
        plans = start_fppe(actor=quality, plans=self.evaluate(world, quality, person()))
        said = {"outcome": "closed_success", "conclusion": "As expected.", "fewer": "Enough was seen."}
        with clock.freeze(NOON + 19 * DAY):
            close_fppe(actor=quality, plans=plans, **said)
        with clock.freeze(NOON + 40 * DAY):
            question = questions()["proctored"]
            with pytest.raises(Refused, match="What imposed it ended with") as refusal:
                answer_question(actor=staff.meetings, question=question, answer="yes", day=TODAY + 20 * DAY)
            assert refusal.value.field == "day"
            answer_question(actor=staff.meetings, question=question, answer="yes")
            (row,) = clocks(staff.meetings, world.lakeside)
        assert (row.clock.ends, row.clock.state) == (TODAY + 20 * DAY, "ended")

    def test_low_volume_is_routine(self, world, staff, quality, person):
        self.evaluate(world, quality, person(), FPPEReason.LOW_VOLUME)
        assert questions() == {}

    def test_a_first_evaluation_is_routine(self, staff, application):
        decide(staff, before_the_board(staff, application), answers(application))
        assert FPPEPlan.objects.exists()
        assert questions() == {}

    def test_the_trail_does_not_tell_it_by_the_question(self, world, quality, person):
        self.evaluate(world, quality, person())
        assert not AuditEvent.objects.filter(verb__startswith="data_bank_question").exists()


class TestRunOut:
    """A term that ran out without an application for another."""

    LAST = TODAY - DAY

    def ask(self, world, on=TODAY):
        return ask_about_lapses(actor=world.system, facility=world.lakeside, on=on)["asked"]

    def member(self, world, person, last_day=LAST, **more):
        one = person()
        appoint(world, one, start=dt.date(2024, 12, 1), last_day=last_day, **more)
        return one

    def test_it_is_asked_about_once_from_the_first_day_without(self, world, person):
        one = self.member(world, person)
        assert (self.ask(world), self.ask(world)) == (1, 0)
        question = questions()["lapsed"]
        assert (question.practitioner, question.day) == (one, TODAY)

    @pytest.mark.parametrize(("days", "asked_about"), [(-1, 0), (0, 1), (91, 1), (92, 0)])
    def test_from_the_day_after_the_last_one_for_so_long(self, world, person, days, asked_about):
        self.member(world, person)
        assert self.ask(world, TODAY + days * DAY) == asked_about

    def test_the_next_term_goes_on(self, world, person):
        one = self.member(world, person)
        appoint(world, one, start=TODAY)
        assert self.ask(world) == 0

    def test_whoever_left_was_asked_then(self, world, staff, person):
        self.member(world, person, last_day=TODAY + 30 * DAY)
        one = self.member(world, person, last_day=TODAY + 30 * DAY)
        record_departures(
            actor=staff.meetings,
            practitioners=[one],
            facility=world.lakeside,
            kind="not_renewed",
            day=TODAY,
            reason="Retires.",
            investigation="no",
        )
        assert self.ask(world) == 0

    @pytest.mark.parametrize(("received", "asked_about"), [(True, 0), (False, 1)])
    def test_only_an_application_that_was_received_asks_for_itself(
        self, world, staff, person, received, asked_about
    ):
        one = self.member(world, person)
        application = opened(world, staff, one, kind="reappointment")
        asked(staff, application)
        if received:
            applications.submit(actor=staff.coordinator, application=application)
        assert self.ask(world) == asked_about

    def test_a_term_that_carried_no_privileges_is_given_up_without_a_question(self, world, person):
        self.member(world, person, category=world.honorary)
        assert self.ask(world) == 0

    def test_the_next_term_on_a_merged_record_goes_on_too(self, world, person):
        one, other = self.member(world, person), person(first="Ada")
        appoint(world, other, start=TODAY)
        merge_records(actor=world.system, keep=other, record=one, reason="The same person.")
        assert self.ask(world) == 0

    @pytest.mark.parametrize(("days", "asked_about"), [(-1, 1), (0, 0), (5, 0)])
    def test_a_term_recorded_after_it_had_ended_is_nobodys_question(self, world, person, days, asked_about):
        """As at go-live, from an earlier system; recorded on its last day it was known here."""
        self.member(world, person, at=NOON + days * DAY)
        assert self.ask(world, TODAY + 6 * DAY) == asked_about

    def test_a_renewal_recorded_late_ends_the_question_and_taken_back_it_is_asked_again(
        self, world, staff, person
    ):
        one = self.member(world, person)
        self.ask(world)
        later = appoint(world, one, start=TODAY)
        assert self.ask(world, TODAY + DAY) == 0
        assert questions()["lapsed"].answer == "moot"
        void(AppointmentPeriod, later.identity, actor=staff.meetings, reason="Meant for somebody else.")
        assert self.ask(world, TODAY + 2 * DAY) == 1
        assert sorted(DataBankQuestion.objects.values_list("answer", flat=True)) == ["", "moot"]

    def test_a_departure_recorded_late_ends_the_question(self, world, staff, person):
        one = self.member(world, person)
        grant(world, one, CODE)
        self.ask(world)
        record_departures(
            actor=staff.meetings,
            practitioners=[one],
            facility=world.lakeside,
            kind="not_renewed",
            day=self.LAST,
            reason="Retires.",
            investigation="no",
        )
        assert self.ask(world, TODAY + DAY) == 0
        assert questions()["lapsed"].answer == "moot"

    def test_an_open_question_waits_however_long_and_an_answer_stays(self, world, staff, person):
        self.member(world, person)
        self.ask(world)
        assert self.ask(world, TODAY + 200 * DAY) == 0
        assert questions()["lapsed"].answer == ""
        answer_question(actor=staff.meetings, question=questions()["lapsed"], answer="no", reason="Retired.")
        assert self.ask(world, TODAY + DAY) == 0

    def test_a_yes_is_a_surrender_due_at_once(self, world, staff, person):
        self.member(world, person)
        self.ask(world)
        answer_question(actor=staff.meetings, question=questions()["lapsed"], answer="yes")
        (row,) = clocks(staff.meetings, world.lakeside)
        assert (row.subject.kind, row.clock.state) == ("surrender", "due")


def test_its_words_reach_whoever_follows_the_data_bank_and_nobody_else(world, staff, surgeon, user, client):
    open_investigation(
        actor=staff.meetings,
        practitioner=surgeon,
        facility=world.lakeside,
        opened_by="Committee zyxopened",
        about="Seen zyxinvestigated",
        start=TODAY,
    )
    (made,) = record_departures(
        actor=staff.meetings,
        practitioners=[surgeon],
        facility=world.lakeside,
        kind="resigned",
        day=TODAY + DAY,
        reason="Moves away.",
        investigation="no",
    )
    question = questions()["given_up"]
    asked_at = reverse("bylaws:data_bank_question", args=[question.uid])
    client.force_login(staff.meetings)
    assert "zyxopened" in client.get(asked_at).content.decode()
    listed = client.get(reverse("bylaws:investigations")).content.decode()
    assert "zyxopened" in listed
    everywhere = [
        asked_at,
        reverse("bylaws:investigations"),
        reverse("bylaws:data_bank_questions"),
        reverse("privileging:departure", args=[made.uid]),
        reverse("practitioners:file", args=[surgeon.uid]),
        reverse("practitioners:timeline", args=[surgeon.uid]),
        reverse("home:today"),
        reverse("audit:trail"),
    ]
    for role in (Role.CREDENTIALING_COORDINATOR, Role.QUALITY_COORDINATOR, Role.LOOKUP, Role.ADMINISTRATOR):
        client.force_login(user(role))
        told = "".join(client.get(path).content.decode() for path in everywhere)
        assert "zyx" not in told
