"""Focused evaluations on their pages: started, proctored, reported by link, extended, closed, taken up."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.choices import BarKind
from bylaws.models import AppointmentPeriod
from bylaws.services.agendas import postpone
from bylaws.services.alternates import declare_absence, designate_for_seat
from bylaws.services.committees import form_committee, seat_member
from bylaws.services.meetings import schedule_meeting
from bylaws.services.presence import recuse
from config.accounts.choices import Role
from config.accounts.permissions import ROLE_CLASSES
from config.audit.models import AuditEvent, ProtectedRead
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.registries import queues
from config.logs import without_secrets
from config.organization.models import Department
from practitioners.services.merging import merge_records, take_apart
from privileging.choices import FPPEReason
from privileging.models import FPPEAssignment, FPPECase, FPPEFollowUp, FPPEPlan
from privileging.selectors.fppe import fppe_plans, people_evaluated
from privileging.selectors.proctors import candidates, link_of
from privileging.services.endings import relinquish
from privileging.services.evaluations import open_fppe
from privileging.services.fppe import close_fppe, extend_fppe, review_fppe, start_fppe, take_up_fppe
from privileging.services.proctors import (
    declare,
    end_assignment,
    name_proctor,
    report_by_link,
    report_case,
    take_back_case,
)
from tests.privileging.conftest import TODAY, appoint, bar, grant, licensed, line_of, set_parameter
from tests.privileging.evaluations import evaluation
from tests.privileging.files import hospital_with_office

pytestmark = pytest.mark.django_db
HOSPITAL = hospital_with_office
PAGE, LIST = 20, 12
DAY = dt.timedelta(days=1)
CODES = ("GS-LAP-CHOLE", "GS-COLECTOMY")
START = dt.date(2026, 11, 1)


@pytest.fixture(autouse=True)
def _no_guesses():
    cache.clear()


@pytest.fixture
def staff(world, bylaws_rule):
    set_parameter(world.system, "privileging.proctor_link_days", 400)
    set_parameter(world.system, "privileging.fppe_extensions", 1)
    return world.staff


@pytest.fixture
def surgeon(world, staff, person):
    one = person()
    licensed(world, one)
    appoint(world, one)
    for code in CODES:
        grant(world, one, code)
    return one


@pytest.fixture
def plans(surgeon):
    spec = {"cases": 2, "method": "Concurrent proctoring", "months": 6}
    return [evaluation(each, spec, START) for each in surgeon.grants.order_by("pk")]


@pytest.fixture
def elder(world, person):
    """Who does it too, and could proctor."""
    one = person("Whitlock", "Nora")
    licensed(world, one)
    appoint(world, one)
    for code in CODES:
        grant(world, one, code)
    return one


@pytest.fixture
def quality(user):
    return user(Role.QUALITY_COORDINATOR)


@pytest.fixture
def door(client, quality):
    client.force_login(quality)
    return client


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def at(name: str, thing) -> str:
    return reverse(f"privileging:{name}", args=[thing.uid])


def chosen(plans, **more):
    return {"selected": [str(plan.uid) for plan in plans]} | more


def named(world, plans, proctor):
    return name_proctor(actor=world.system, plans=plans, proctor=proctor, no_conflict=True)


def token(assignment) -> str:
    return link_of(assignment).rstrip("/").rpartition("/")[2]


def case(plans, **more):
    return {
        "plans": plans, "day": TODAY, "encounter": "E-1001", "looking": "proctored", "outcome": "expected",
    } | more  # fmt: skip


def statuses() -> list[str]:
    return sorted(FPPEPlan.objects.values_list("status", flat=True))


class TestTheLife:
    def test_started_together_and_nothing_half_done(self, world, quality, plans):
        start_fppe(actor=quality, plans=plans)
        assert statuses() == ["in_progress"] * 2
        with pytest.raises(Refused, match="cannot become"):
            start_fppe(actor=quality, plans=plans)
        assert [step.status for step in plans[0].steps.all()] == ["planned", "in_progress"]

    def test_the_last_case_completes_the_data_and_one_taken_back_undoes_it(
        self, world, quality, plans, elder
    ):
        start_fppe(actor=quality, plans=plans)
        assignment = named(world, plans, elder)
        declare(token=token(assignment), no_conflict=True)
        report_by_link(token=token(assignment), **case(plans))
        assert statuses() == ["in_progress"] * 2
        last = report_by_link(token=token(assignment), **case(plans[:1], encounter="E-1002"))
        assert statuses() == ["data_complete", "in_progress"]
        take_back_case(actor=quality, case=last, reason="Another surgeon's case")
        assert statuses() == ["in_progress"] * 2
        assert FPPECase.objects.count() == 2

    def test_fewer_cases_take_a_reason_and_insufficient_volume_none(self, quality, plans):
        start_fppe(actor=quality, plans=plans)
        with pytest.raises(Refused, match="0 of 2 cases are reported"):
            review_fppe(actor=quality, plans=plans)
        review_fppe(actor=quality, plans=plans[:1], fewer="Ten cases seen at Harbor")
        close_fppe(actor=quality, plans=plans[:1], outcome="closed_success", conclusion="Fine.")
        close_fppe(actor=quality, plans=plans[1:], outcome="closed_insufficient", conclusion="None came.")
        assert statuses() == ["closed_insufficient", "closed_success"]
        assert [step.status for step in plans[0].steps.all()] == [
            "planned", "in_progress", "review", "closed_success",
        ]  # fmt: skip

    def test_extended_once_as_the_policy_says(self, quality, plans):
        start_fppe(actor=quality, plans=plans)
        due = plans[0].due_on
        with pytest.raises(Refused, match="choose a later day"):
            extend_fppe(actor=quality, plans=plans, due_on=due, why="Few cases")
        later = due + dt.timedelta(days=90)
        extend_fppe(actor=quality, plans=plans, due_on=later, why="Few cases", more_cases=1)
        plan = FPPEPlan.objects.get(pk=plans[0].pk)
        assert (plan.status, plan.due_on, plan.cases_required, plan.extensions) == ("extended", later, 3, 1)
        review_fppe(actor=quality, plans=plans, fewer="Enough")
        with pytest.raises(Refused, match="extended 1 times already"):
            extend_fppe(actor=quality, plans=plans, due_on=later + dt.timedelta(days=90), why="Once more")

    def test_as_often_as_the_policy_allows(self, world, quality, plans):
        set_parameter(
            world.system, "privileging.fppe_extensions", 2, start=dt.date(2026, 1, 1), facility=world.lakeside
        )
        start_fppe(actor=quality, plans=plans)
        due = plans[0].due_on
        for number in (1, 2):
            extend_fppe(actor=quality, plans=plans, due_on=due + number * 30 * DAY, why="Few cases")
        assert statuses() == ["extended"] * 2
        with pytest.raises(Refused, match="extended 2 times already"):
            extend_fppe(actor=quality, plans=plans, due_on=due + 90 * DAY, why="Few cases")

    def test_more_cases_where_no_number_is_planned_count_from_those_reported(
        self, world, quality, surgeon, elder
    ):
        plans = [evaluation(each, {"months": 6}, START) for each in surgeon.grants.order_by("pk")]
        start_fppe(actor=quality, plans=plans)
        assignment = named(world, plans, elder)
        declare(token=token(assignment), no_conflict=True)
        for number in range(3):
            report_by_link(token=token(assignment), **case(plans[:1], encounter=f"E-{number}"))
        later = plans[0].due_on + 30 * DAY
        extend_fppe(actor=quality, plans=plans, due_on=later, why="Few", more_cases=2)
        found = dict(FPPEPlan.objects.values_list("pk", "cases_required"))
        assert [found[plan.pk] for plan in plans] == [5, 2]
        with pytest.raises(Refused, match="from 0 on"):
            extend_fppe(actor=quality, plans=plans, due_on=later + DAY, why="Few", more_cases=-1)

    def test_without_more_cases_a_plan_without_a_number_keeps_none(self, quality, surgeon):
        (plan,) = [evaluation(surgeon.grants.first(), {"months": 6}, START)]
        start_fppe(actor=quality, plans=[plan])
        extend_fppe(actor=quality, plans=[plan], due_on=plan.due_on + DAY, why="Few")
        assert FPPEPlan.objects.get().cases_required is None

    def test_each_move_has_the_event_the_table_names(self, world, quality, plans, elder):
        start_fppe(actor=quality, plans=plans[:1])
        assignment = named(world, plans[:1], elder)
        declare(token=token(assignment), no_conflict=True)
        reported = [
            report_by_link(token=token(assignment), **case(plans[:1], encounter=f"E-{each}")) for each in "12"
        ]
        take_back_case(actor=quality, case=reported[1], reason="Another's")
        verbs = AuditEvent.objects.filter(subject_uid=plans[0].uid).order_by("pk")
        assert list(verbs.values_list("verb", flat=True)) == [
            "fppe.started", "fppe.data_complete", "fppe.case_missing",
        ]  # fmt: skip

    def test_why_fewer_are_enough_is_said_again_where_a_case_was_taken_back_in_review(
        self, world, quality, plans, elder
    ):
        start_fppe(actor=quality, plans=plans[:1])
        assignment = named(world, plans[:1], elder)
        declare(token=token(assignment), no_conflict=True)
        for number in range(2):
            last = report_by_link(token=token(assignment), **case(plans[:1], encounter=f"E-{number}"))
        review_fppe(actor=quality, plans=plans[:1])
        take_back_case(actor=quality, case=last, reason="Another's")
        said = {"outcome": "closed_success", "conclusion": "Fine."}
        with pytest.raises(Refused, match="1 of 2 cases are reported"):
            close_fppe(actor=quality, plans=plans[:1], **said)
        close_fppe(actor=quality, plans=plans[:1], fewer="Ten seen at Harbor", **said)
        assert plans[0].steps.last().note == "Ten seen at Harbor"

    def test_plans_of_a_merged_record_are_found_and_run_with_the_survivor(
        self, world, quality, door, person, surgeon, plans
    ):
        twin = person("Okonkwo", "Ada")
        grant(world, twin, "GS-BARIATRIC")
        theirs = evaluation(twin.grants.get(), {"cases": 2}, START)
        merge_records(actor=world.system, keep=surgeon, record=twin, reason="The same license")
        start_fppe(actor=quality, plans=[*plans, theirs])
        assert statuses() == ["in_progress"] * 3
        for record in (surgeon, twin):
            assert "Bariatric" in text_of(door.get(at("fppe_person", record)))
        assert [len(each.plans) for each in people_evaluated(quality, world.lakeside)] == [3]

    def test_of_two_people_they_are_not_run_together(self, quality, elder, plans):
        other = evaluation(elder.grants.first(), {"cases": 1}, START)
        with pytest.raises(Refused, match="evaluations of one person"):
            start_fppe(actor=quality, plans=[plans[0], other])

    def test_closed_is_closed(self, quality, plans):
        close_fppe(actor=quality, plans=plans, outcome="closed_insufficient", conclusion="They left.")
        with pytest.raises(Refused, match="not opened again"):
            start_fppe(actor=quality, plans=plans)

    def test_nobody_runs_their_own(self, world, quality, surgeon, plans):
        surgeon.user = quality
        surgeon.save()
        with pytest.raises(Forbidden, match="nobody may run a focused evaluation"):
            start_fppe(actor=quality, plans=plans)
        assert not fppe_plans(quality).exists()


class TestProctors:
    def test_who_could_is_who_holds_it_and_is_neither_close_nor_evaluated(self, world, person, plans, elder):
        assert list(candidates(plans)) == [elder]
        partly = person("Partly")
        appoint(world, partly)
        grant(world, partly, CODES[0])
        assert list(candidates(plans)) == [elder]
        assert set(candidates(plans[:1])) == {elder, partly}
        evaluation(elder.grants.first(), {"cases": 1})
        assert list(candidates(plans)) == []

    def test_the_lookup_has_the_last_word(self, world, person, plans, elder):
        unlicensed = person("Nolicense")
        appoint(world, unlicensed)
        for code in CODES:
            grant(world, unlicensed, code)
        with pytest.raises(Refused, match="may not do"):
            named(world, plans, unlicensed)
        with pytest.raises(Refused, match="Nobody proctors themselves"):
            named(world, plans, plans[0].practitioner)
        with pytest.raises(Refused, match="Ask them first"):
            name_proctor(actor=world.system, plans=plans, proctor=elder, no_conflict=False)

    def test_a_conflict_once_declared_keeps_the_two_apart(self, world, plans, elder):
        assignment = named(world, plans, elder)
        declare(token=token(assignment), no_conflict=False, reason="We share a practice")
        assert list(candidates(plans)) == []
        with pytest.raises(Refused, match="conflict of interest"):
            named(world, plans, elder)

    def test_a_conflict_is_theirs_whichever_record_it_was_declared_on(
        self, world, person, surgeon, plans, elder
    ):
        twin = person("Whitlock", "Eleanor")
        merge_records(actor=world.system, keep=twin, record=elder, reason="The same license")
        assignment = named(world, plans, twin)
        declare(token=token(assignment), no_conflict=False, reason="We share a practice")
        with clock.freeze(clock.now() + DAY):
            take_apart(actor=world.system, record=elder, reason="Mother and daughter")
            merge_records(actor=world.system, keep=elder, record=twin, reason="The same after all")
            assert list(candidates(plans)) == []
            with pytest.raises(Refused, match="conflict of interest"):
                named(world, plans, elder)

    def test_cases_do_not_count_after_a_conflict_or_the_end(self, world, quality, plans, elder):
        start_fppe(actor=quality, plans=plans)
        assignment = named(world, plans, elder)
        with clock.freeze(clock.now() - 2 * DAY):
            end_assignment(actor=quality, assignment=assignment, reason="On leave")
        with pytest.raises(Refused, match="had ended before that day"):
            report_case(actor=quality, assignment=assignment, **case(plans))
        report_case(actor=quality, assignment=assignment, **case(plans, day=TODAY - 2 * DAY))
        close = named(world, plans, elder)
        end_assignment(actor=quality, assignment=close, reason="Partner", conflict=True)
        with pytest.raises(Refused, match="their cases do not count"):
            report_case(actor=quality, assignment=close, **case(plans, day=TODAY - 2 * DAY, encounter="E-2"))

    def test_who_is_asked_once_for_all_the_privileges(self, world, plans, elder):
        with CaptureQueriesContext(connection) as one:
            named(world, plans[:1], elder)
        with CaptureQueriesContext(connection) as both:
            named(world, plans, elder)
        assert len(both) <= len(one)

    def test_a_restriction_with_a_condition_lets_them_and_a_bar_does_not(self, world, plans, elder):
        bar(world, elder, TODAY, kind=BarKind.RESTRICTION, condition="With a second surgeon")
        named(world, plans, elder)
        bar(world, elder, TODAY)
        with pytest.raises(Refused, match="may not do"):
            named(world, plans, elder)

    def test_the_database_lets_nobody_proctor_themselves(self, world, plans):
        with pytest.raises(IntegrityError, match="nobody_proctors_themselves"), transaction.atomic():
            FPPEAssignment.objects.create(
                practitioner=plans[0].practitioner, proctor=plans[0].practitioner, facility=world.lakeside,
                token_digest="x", expires_at=clock.now(), named_at=clock.now(), named_by=world.system,
            )  # fmt: skip


class TestTheLink:
    @pytest.fixture
    def assignment(self, world, plans, elder):
        start_fppe(actor=world.system, plans=plans)
        return named(world, plans, elder)

    @pytest.fixture
    def address(self, assignment):
        return reverse("privileging:proctor", args=[token(assignment)])

    def sent(self, plans, **more):
        return {
            "shown": [str(plans[0].uid)], "day": "2026-11-20", "encounter": "E-77",
            "looking": "proctored", "outcome": "expected", "comment": "",
        } | more  # fmt: skip

    def test_first_no_conflict_then_the_case(self, client, plans, address):
        page = text_of(client.get(address))
        assert "I have no conflict of interest" in page
        assert "Report a case" not in page
        assert client.post(address, self.sent(plans)).status_code == 422
        assert not FPPECase.objects.exists()
        assert client.post(address, {"declare": "yes"}).status_code == 303
        assert client.post(address, self.sent(plans)).status_code == 303
        found = FPPECase.objects.get()
        assert (found.by_link, found.plans.count()) == (True, 2)
        assert "The case is reported" in text_of(client.get(address + "?reported=1"))

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"encounter": "John Miller"}, "pseudonym"),
            ({"encounter": "JohnMiller"}, "one digit at least"),
            ({"encounter": "1962-03-14"}, "reads as a date"),
            ({"encounter": "03141962"}, "reads as a date"),
            ({"encounter": "3-14-1962"}, "reads as a date"),
            ({"encounter": "123-45-6789"}, "social security number"),
            ({"encounter": "123456789"}, "social security number"),
            ({"day": "2026-11-25"}, "lies ahead"),
            ({"day": "2026-10-31"}, "the case is older"),
            ({"outcome": "concern"}, "Say in words"),
            ({"shown": []}, "required"),
            ({"shown": ["00000000-0000-0000-0000-000000000000"]}, "valid choice"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_is_kept(self, client, plans, address, wrong, said):
        client.post(address, {"declare": "yes"})
        answer = client.post(address, self.sent(plans, **wrong))
        assert answer.status_code == 422
        assert said in text_of(answer)
        assert not FPPECase.objects.exists()

    def test_the_same_encounter_is_reported_once(self, client, plans, address):
        client.post(address, {"declare": "yes"})
        client.post(address, self.sent(plans))
        assert "reported already" in text_of(client.post(address, self.sent(plans)))
        assert FPPECase.objects.count() == 1

    def test_a_conflict_by_the_link_ends_it(self, client, address):
        answer = client.post(address, {"conflict": "yes", "no-reason": "Partner"})
        assert "asks somebody else" in text_of(answer)
        assert client.get(address).status_code == 410

    def test_an_old_a_wrong_and_an_ended_link_open_nothing(self, client, world, assignment, address):
        assert client.get(reverse("privileging:proctor", args=["nothing"])).status_code == 404
        with clock.freeze(clock.now() + dt.timedelta(days=401)):
            assert client.get(address).status_code == 410
        end_assignment(actor=world.system, assignment=assignment, reason="On leave")
        gone = client.get(address)
        assert gone.status_code == 410
        assert "Okonkwo" not in text_of(gone)

    def test_its_secret_is_in_no_log_and_not_in_the_database(self, assignment, address):
        assert token(assignment) not in without_secrets(f"GET {address} 200")
        assert token(assignment) not in str(FPPEAssignment.objects.values().get())

    def test_it_never_says_for_cause(self, client, world, surgeon, elder):
        (plan,) = open_fppe(
            actor=world.system, practitioner=surgeon, facility=world.lakeside, reason=FPPEReason.FOR_CAUSE,
            privilege_ids=[line_of(CODES[0]).privilege_id], grounds="Marked grounds.",
        )  # fmt: skip
        page = text_of(client.get(reverse("privileging:proctor", args=[token(named(world, [plan], elder))])))
        assert "cause" not in page.lower()
        assert "Marked" not in page


class TestForCause:
    @pytest.fixture
    def plan(self, quality, world, surgeon):
        (plan,) = open_fppe(
            actor=quality, practitioner=surgeon, facility=world.lakeside, reason=FPPEReason.FOR_CAUSE,
            privilege_ids=[line_of(CODES[0]).privilege_id], grounds="Three conversions in a month.", cases=7,
        )  # fmt: skip
        return plan

    def test_it_takes_grounds_and_what_is_held(self, quality, world, surgeon, plan):
        assert (plan.cases_required, plan.status) == (7, "planned")
        with pytest.raises(Refused, match="open already"):
            open_fppe(
                actor=quality, practitioner=surgeon, facility=world.lakeside, reason=FPPEReason.FOR_CAUSE,
                privilege_ids=[plan.privilege_id], grounds="Again.",
            )  # fmt: skip
        with pytest.raises(Refused, match="held today"):
            open_fppe(
                actor=quality, practitioner=surgeon, facility=world.lakeside, reason=FPPEReason.FOR_CAUSE,
                privilege_ids=[line_of("GS-ROBOTIC").privilege_id], grounds="So.",
            )  # fmt: skip

    def test_no_file_that_leaves_carries_it(self, door, plan, plans):
        address = reverse("privileging:fppe")
        assert "3 evaluations" in text_of(door.get(address))
        leaves = b"".join(door.get(address, {"format": "csv"}).streaming_content).decode()
        assert leaves.count("Okonkwo") == 2

    def test_the_trail_says_that_one_opened_never_why(self, plan):
        event = AuditEvent.objects.get(subject_uid=plan.uid)
        assert event.verb == "fppe.opened"
        assert "cause" not in f"{event.subject_label} {event.reason} {event.data}".lower()

    def test_each_page_that_may_tell_it_is_logged(self, door, surgeon, plan):
        for address in (reverse("privileging:fppe"), at("fppe_person", surgeon), at("fppe_plan", plan)):
            before = ProtectedRead.objects.count()
            door.get(address)
            assert ProtectedRead.objects.count() == before + 1, address

    def test_nobody_without_the_class_sees_it(self, monkeypatch, quality, door, surgeon, plan):
        assert "conversions" in text_of(door.get(at("fppe_plan", plan)))
        assert ProtectedRead.objects.filter(data_class="peer_review").exists()
        monkeypatch.setitem(ROLE_CLASSES, Role.QUALITY_COORDINATOR, frozenset({"general"}))
        assert door.get(at("fppe_plan", plan)).status_code == 404
        assert "Okonkwo" not in text_of(door.get(reverse("privileging:fppe")))
        assert door.get(at("fppe_person", surgeon)).status_code == 404
        assert door.get(at("fppe_open", surgeon)).status_code == 403
        queue = next(each for each in queues.all() if each.code == "fppe_open")
        assert queue.items(quality, plan.facility, 5)[0] == 0


class TestReadsAreLogged:
    """What is peer review of an evaluation not for cause: why a step was taken, why a proctor ended."""

    def reads(self, door, address) -> int:
        before = ProtectedRead.objects.count()
        door.get(address)
        return ProtectedRead.objects.count() - before

    def test_a_note_of_a_step(self, quality, door, plans):
        assert self.reads(door, at("fppe_plan", plans[0])) == 0
        start_fppe(actor=quality, plans=plans)
        review_fppe(actor=quality, plans=plans[:1], fewer="Ten cases seen at Harbor")
        assert self.reads(door, at("fppe_plan", plans[0])) == 1
        assert self.reads(door, at("fppe_plan", plans[1])) == 0

    def test_why_a_proctor_ended(self, world, quality, door, surgeon, plans, elder):
        assignment = named(world, plans, elder)
        assert self.reads(door, at("fppe_person", surgeon)) == 0
        end_assignment(actor=quality, assignment=assignment, reason="They share a practice")
        assert self.reads(door, at("fppe_person", surgeon)) == 1


class TestTakingUp:
    """What follows from an evaluation that ended without satisfaction is done in the act that says so."""

    @pytest.fixture
    def ended(self, world, plans):
        start_fppe(actor=world.system, plans=plans)
        close_fppe(
            actor=world.system, plans=plans[:1], outcome="closed_unsuccessful", conclusion="Leaks.",
            fewer="Enough was seen",
        )  # fmt: skip
        return FPPEPlan.objects.get(pk=plans[0].pk)

    @pytest.fixture
    def mec(self, world):
        return form_committee(actor=world.system, facility=world.lakeside, kind="mec", name="MEC")

    @pytest.fixture
    def meeting(self, staff, mec):
        return schedule_meeting(
            actor=staff.meetings, committee=mec, starts_at=clock.now() + 7 * DAY, kind="regular"
        )

    @pytest.fixture
    def member(self, world, user, mec):
        one = user(Role.COMMITTEE_MEMBER)
        seat_member(
            actor=world.system, committee=mec, user=one, seat_role="member", votes=True,
            start=dt.date(2020, 1, 1),
        )  # fmt: skip
        return one

    def test_another_one_opens_as_the_one_before_was(self, client, staff, ended):
        client.force_login(staff.meetings)
        took = {"way": "again", "reason": "The chair agrees", "months": "3"}
        assert client.post(at("fppe_take_up", ended), took).status_code == 303
        following = ended.follow_up.next_plan
        assert (following.reason, following.status, following.cases_required, following.looking) == (
            "again", "planned", 2, "proctored",
        )  # fmt: skip
        assert (following.opened_on, following.due_on) == (TODAY, dt.date(2027, 2, 23))
        shown = text_of(client.get(at("fppe_plan", ended)))
        assert "The next evaluation: planned" in shown
        assert at("fppe_plan", following) in shown

    def test_one_for_cause_is_followed_by_one_for_cause(self, staff, surgeon):
        plan = evaluation(
            surgeon.grants.first(), {"cases": 1}, START, reason=FPPEReason.FOR_CAUSE, grounds="Three leaks"
        )
        close_fppe(actor=staff.meetings, plans=[plan], outcome="closed_insufficient", conclusion="One case.")
        made = take_up_fppe(actor=staff.meetings, plan=plan, way="again", reason="Too few", cases=5)
        assert (made.next_plan.reason, made.next_plan.grounds) == ("for_cause", "Three leaks")
        assert made.next_plan.cases_required == 5

    def test_what_is_not_held_any_more_is_not_evaluated_again_and_nothing_is_half_done(
        self, staff, surgeon, ended
    ):
        relinquish(
            actor=staff.meetings, practitioner=surgeon, facility=ended.facility, privilege_codes=[CODES[0]],
            day=TODAY, reason="No more", investigation="no",
        )  # fmt: skip
        with pytest.raises(Refused, match="Not held here today"):
            take_up_fppe(actor=staff.meetings, plan=ended, way="again", reason="The chair agrees")
        assert not FPPEFollowUp.objects.exists()

    def test_before_a_committee_it_goes_on_the_agenda_and_its_members_read_it(
        self, client, world, staff, user, ended, meeting, member
    ):
        client.force_login(staff.meetings)
        took = {"way": "committee", "reason": "The chair asked for it"}
        without = client.post(at("fppe_take_up", ended), took)
        assert (without.status_code, FPPEFollowUp.objects.count()) == (422, 0)
        assert "Choose the meeting" in text_of(without)
        assert client.post(at("fppe_take_up", ended), took | {"meeting": str(meeting.uid)}).status_code == 303
        item = meeting.agenda_items.get()
        assert (item.title, item.practitioner) == (
            "Focused evaluation of Laparoscopic cholecystectomy", ended.practitioner,
        )  # fmt: skip
        assert "On the agenda of the MEC" in text_of(client.get(at("fppe_plan", ended)))
        client.force_login(member)
        agenda = reverse("bylaws:meeting", args=[meeting.uid])
        assert at("fppe_plan", ended) in text_of(client.get(agenda))
        read = text_of(client.get(at("fppe_plan", ended)))
        assert "Leaks." in read
        assert "Take it up" not in read
        assert ProtectedRead.objects.filter(
            actor_uid=member.uid, practitioner_uid=ended.practitioner.uid
        ).exists()
        client.force_login(user(Role.COMMITTEE_MEMBER))
        assert client.get(at("fppe_plan", ended)).status_code == 404

    def test_who_is_recused_reads_nothing(self, client, staff, ended, meeting, member):
        take_up_fppe(actor=staff.meetings, plan=ended, way="committee", reason="x", meeting=meeting)
        client.force_login(member)
        recuse(actor=staff.meetings, item=meeting.agenda_items.get(), user=member, reason="Partner")
        assert client.get(at("fppe_plan", ended)).status_code == 404

    def test_from_a_merged_record_it_goes_before_a_committee_as_the_persons(
        self, world, staff, person, ended, meeting
    ):
        kept = person("Okonkwo", "A.")
        merge_records(actor=world.system, keep=kept, record=ended.practitioner, reason="The same license")
        plan = FPPEPlan.objects.get(pk=ended.pk)
        take_up_fppe(actor=staff.meetings, plan=plan, way="committee", reason="x", meeting=meeting)
        assert meeting.agenda_items.get().practitioner == kept

    @pytest.fixture
    def alternate(self, staff, user, member):
        """Who stands in for the member."""
        one = user(Role.COMMITTEE_MEMBER)
        designate_for_seat(actor=staff.meetings, seat=member.committee_seats.get(), user=one)
        return one

    def test_an_alternate_reads_nothing_while_the_member_takes_part(
        self, client, staff, ended, meeting, alternate
    ):
        take_up_fppe(actor=staff.meetings, plan=ended, way="committee", reason="x", meeting=meeting)
        client.force_login(alternate)
        assert client.get(at("fppe_plan", ended)).status_code == 404

    @pytest.mark.parametrize("why", ["recused", "away", "own"])
    def test_an_alternate_reads_it_while_the_member_does_not(
        self, client, staff, surgeon, ended, meeting, member, alternate, why
    ):
        take_up_fppe(actor=staff.meetings, plan=ended, way="committee", reason="x", meeting=meeting)
        if why == "recused":
            recuse(actor=staff.meetings, item=meeting.agenda_items.get(), user=member, reason="Partner")
        elif why == "away":
            declare_absence(
                actor=staff.meetings, facility=ended.facility, user=member, start=TODAY, last_day=TODAY
            )
        else:
            surgeon.user = member
            surgeon.save()
        client.force_login(alternate)
        assert "Leaks." in text_of(client.get(at("fppe_plan", ended)))
        recuse(actor=staff.meetings, item=meeting.agenda_items.get(), user=alternate, reason="Partner too")
        assert client.get(at("fppe_plan", ended)).status_code == 404

    def test_nor_does_whom_it_is_about(self, client, staff, surgeon, ended, meeting, member):
        take_up_fppe(actor=staff.meetings, plan=ended, way="committee", reason="x", meeting=meeting)
        surgeon.user = member
        surgeon.save()
        client.force_login(member)
        assert client.get(at("fppe_plan", ended)).status_code == 404

    def test_who_sits_there_without_the_class_learns_neither_of_whom_nor_what(
        self, monkeypatch, client, staff, ended, meeting, member
    ):
        take_up_fppe(actor=staff.meetings, plan=ended, way="committee", reason="x", meeting=meeting)
        client.force_login(member)
        agenda = reverse("bylaws:meeting", args=[meeting.uid])
        assert "Okonkwo" in text_of(client.get(agenda))
        monkeypatch.setitem(ROLE_CLASSES, Role.COMMITTEE_MEMBER, frozenset({"general"}))
        shown = text_of(client.get(agenda))
        assert "A matter of peer review" in shown
        assert not re.search("Okonkwo|Focused|cholecystectomy", shown)
        assert client.get(at("fppe_plan", ended)).status_code == 404

    def test_postponed_it_goes_on_the_next_agenda_with_whom_it_is_about(
        self, client, staff, mec, ended, meeting
    ):
        take_up_fppe(actor=staff.meetings, plan=ended, way="committee", reason="x", meeting=meeting)
        postpone(actor=staff.meetings, item=meeting.agenda_items.get())
        later = schedule_meeting(
            actor=staff.meetings, committee=mec, starts_at=clock.now() + 30 * DAY, kind="regular"
        )
        client.force_login(staff.meetings)
        agenda = reverse("bylaws:meeting", args=[later.uid])
        assert "Okonkwo, Adaeze: Focused evaluation of" in text_of(client.get(agenda))
        added = client.post(
            reverse("bylaws:agenda_add", args=[later.uid]), {"again": str(meeting.agenda_items.get().uid)}
        )
        assert added.status_code == 303
        assert later.agenda_items.get().practitioner == ended.practitioner
        assert at("fppe_plan", ended) in text_of(client.get(agenda))
        told = text_of(client.get(at("fppe_plan", ended)))
        assert told.count("On the agenda of the MEC") == 2

    def test_given_up_leads_to_where_it_is_recorded_with_the_privilege_chosen(
        self, client, staff, surgeon, ended
    ):
        client.force_login(staff.meetings)
        answer = client.post(
            at("fppe_take_up", ended), {"way": "give_up", "reason": "Told Dr. Okonkwo on 24 November"}
        )
        assert answer.status_code == 303
        event = AuditEvent.objects.get(verb="fppe.taken_up")
        assert event.reason == "", "administrators read the trail"
        page = client.get(answer["Location"])
        (ticked,) = re.findall(r'<input[^>]*name="privilege_codes"[^>]*checked[^>]*>', text_of(page))
        assert CODES[0] in ticked
        assert "Still held" in text_of(client.get(at("fppe_plan", ended)))
        relinquish(
            actor=staff.meetings, practitioner=surgeon, facility=ended.facility, privilege_codes=[CODES[0]],
            day=TODAY, reason="No more", investigation="no",
        )  # fmt: skip
        assert "No longer held here" in text_of(client.get(at("fppe_plan", ended)))

    @pytest.fixture
    def both(self, world, plans):
        """Two that were closed together."""
        start_fppe(actor=world.system, plans=plans)
        close_fppe(
            actor=world.system, plans=plans, outcome="closed_unsuccessful", conclusion="Leaks.",
            fewer="Enough was seen",
        )  # fmt: skip
        return list(FPPEPlan.objects.order_by("pk"))

    def test_what_was_closed_together_is_taken_up_together_as_one_matter(
        self, client, staff, both, meeting, member
    ):
        client.force_login(staff.meetings)
        shown = text_of(client.get(at("fppe_plan", both[1])))
        assert "Together with what was closed with it: Laparoscopic cholecystectomy" in shown
        took = {"way": "committee", "reason": "The chair", "meeting": str(meeting.uid), "together": "on"}
        assert client.post(at("fppe_take_up", both[1]), took).status_code == 303
        assert meeting.agenda_items.get().title == "Focused evaluation of General surgery, core"
        assert FPPEFollowUp.objects.count() == 2
        for plan in both:
            told = text_of(client.get(at("fppe_plan", plan)))
            assert "On the agenda of the MEC" in told
            assert "Together with" in told
        client.force_login(member)
        for plan in both:
            assert client.get(at("fppe_plan", plan)).status_code == 200

    def test_together_each_is_followed_by_its_own(self, staff, both):
        take_up_fppe(actor=staff.meetings, plan=both[0], beside=both[1:], way="again", reason="The chair")
        following = [
            plan.follow_up.next_plan.privilege for plan in FPPEPlan.objects.filter(pk__lte=both[1].pk)
        ]
        assert following == [plan.privilege for plan in both]

    def test_each_by_itself_where_that_is_wanted(self, client, staff, both):
        client.force_login(staff.meetings)
        took = {"way": "give_up", "reason": "Told Dr. Okonkwo", "together": "on"}
        answer = client.post(at("fppe_take_up", both[0]), took | {"together": ""})
        assert FPPEFollowUp.objects.count() == 1
        assert answer["Location"].count("privilege=") == 1

    def test_what_was_not_closed_together_is_not_taken_up_together(self, world, staff, plans, elder):
        start_fppe(actor=world.system, plans=plans)
        for plan, words in zip(plans, ("Leaks.", "Slow."), strict=True):
            close_fppe(
                actor=world.system, plans=[plan], outcome="closed_unsuccessful", conclusion=words, fewer="x"
            )
        with pytest.raises(Refused, match="closed together"):
            take_up_fppe(actor=staff.meetings, plan=plans[0], beside=plans[1:], way="nothing", reason="x")
        assert not FPPEFollowUp.objects.exists()

    def test_the_list_of_those_to_take_up_has_the_rows_today_counts(self, door, staff, ended):
        address = reverse("privileging:fppe")
        assert "1 evaluation" in text_of(door.get(address, {"state": "to_take_up"}))
        take_up_fppe(actor=staff.meetings, plan=ended, way="nothing", reason="Retires")
        assert "Okonkwo" not in text_of(door.get(address, {"state": "to_take_up"}))

    def test_the_database_keeps_what_was_said(self, staff, ended):
        made = take_up_fppe(actor=staff.meetings, plan=ended, way="nothing", reason="Retires")
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            FPPEFollowUp.objects.filter(pk=made.pk).update(reason="Otherwise")
        with pytest.raises(Refused, match="taken up already"):
            take_up_fppe(actor=staff.meetings, plan=ended, way="again", reason="x")


class TestThePages:
    def test_from_naming_a_proctor_to_closing_together(self, world, door, surgeon, plans, elder):
        person = at("fppe_person", surgeon)
        assert "Nobody is named yet" in text_of(door.get(person))
        assert door.post(at("fppe_start", surgeon), chosen(plans)).status_code == 303
        name = at("fppe_name_proctor", surgeon)
        assert "Whitlock" in text_of(door.get(name, chosen(plans)))
        assert door.post(name, chosen(plans)).status_code == 422
        assert door.post(name, chosen(plans, proctor=str(elder.uid), no_conflict="on")).status_code == 303
        assignment = FPPEAssignment.objects.get()
        assert link_of(assignment) in text_of(door.get(person))
        for number in (1, 2):
            sent = {
                "shown": [str(plans[0].uid)], "day": "2026-11-20", "encounter": f"E-{number}",
                "looking": "proctored", "outcome": "expected",
            }  # fmt: skip
            assert door.post(at("fppe_record_case", assignment), sent).status_code == 303
        assert "2 of 2 cases" in text_of(door.get(person))
        close = at("fppe_close", surgeon)
        assert door.post(close, chosen(plans)).status_code == 422
        said = {"outcome": "closed_success", "conclusion": "Two clean cases."}
        assert door.post(close, chosen(plans, **said)).status_code == 303
        assert statuses() == ["closed_success"] * 2

    def test_what_was_ticked_leads_on_by_an_address_without_the_token(self, door, surgeon, plans):
        page = door.get(at("fppe_person", surgeon)).content.decode()
        assert 'method="get" action="/fppe/' not in page
        for name in ("name_proctor", "review", "extend", "close"):
            sent = chosen(plans, choose="1", csrfmiddlewaretoken="secret")
            answer = door.post(at(f"fppe_{name}", surgeon), sent)
            assert answer.status_code == 303, name
            assert "csrf" not in answer["Location"], name
            assert all(str(plan.uid) in text_of(door.get(answer["Location"])) for plan in plans), name
        assert statuses() == ["planned"] * 2

    def test_what_is_under_way_is_not_offered_to_be_started(self, door, world, surgeon, plans):
        address = at("fppe_start", surgeon)
        assert address in text_of(door.get(at("fppe_person", surgeon)))
        start_fppe(actor=world.system, plans=plans)
        assert address not in text_of(door.get(at("fppe_person", surgeon)))
        answer = door.post(address, chosen(plans))
        assert answer.status_code == 422
        assert "There is nothing to start: of those ticked, each was started before." in text_of(answer)

    def test_without_a_choice_nothing_is_done(self, door, surgeon, plans):
        for name in ("start", "name_proctor", "review", "extend", "close"):
            answer = door.post(
                at(f"fppe_{name}", surgeon),
                {"due_on": "2027-12-31", "why": "x", "more_cases": 0, "outcome": "closed_insufficient",
                 "conclusion": "x", "sure": "yes", "outside": "Dr Far", "no_conflict": "on"},
            )  # fmt: skip
            assert answer.status_code == 422, name
            assert "Choose at least one evaluation" in text_of(answer), name
        assert statuses() == ["planned"] * 2

    def test_not_satisfactory_is_asked_again_and_then_waits_for_the_coordinator(
        self, client, staff, world, door, surgeon, plans
    ):
        start_fppe(actor=world.system, plans=plans)
        close = at("fppe_close", surgeon)
        said = {"outcome": "closed_unsuccessful", "conclusion": "Leaks.", "fewer": "Enough was seen"}
        asked = door.post(close, chosen(plans[:1], **said))
        assert "as not satisfactory?" in text_of(asked)
        assert statuses() == ["in_progress"] * 2
        assert door.post(close, chosen(plans[:1], sure="yes", **said)).status_code == 303
        plan = plans[0]
        assert "waits for the medical staff coordinator" in text_of(door.get(at("fppe_plan", plan)))
        queue = next(each for each in queues.all() if each.code == "fppe_unsatisfactory")
        assert queue.items(staff.meetings, world.lakeside, 5)[0] == 1
        took = {"way": "nothing", "reason": "Talked to the chair on 2 December"}
        assert door.post(at("fppe_take_up", plan), took).status_code == 403
        client.force_login(staff.meetings)
        assert client.post(at("fppe_take_up", plan), took | {"reason": " "}).status_code == 422
        assert client.post(at("fppe_take_up", plan), took).status_code == 303
        assert queue.items(staff.meetings, world.lakeside, 5)[0] == 0
        assert "Talked to the chair on 2 December" in text_of(client.get(at("fppe_plan", plan)))
        again = client.post(at("fppe_take_up", plan), took)
        assert again.status_code == 422
        assert "It was taken up already." in text_of(again)

    def test_the_list_and_today_count_people_and_plans(self, world, quality, door, plans):
        address = reverse("privileging:fppe")
        assert "2 evaluations" in text_of(door.get(address))
        assert "Okonkwo" not in text_of(door.get(address, {"state": "late"}))
        assert "Okonkwo" not in text_of(door.get(address, {"q": "robotic"}))
        with CaptureQueriesContext(connection) as queries:
            door.get(address)
        assert len(queries) <= LIST
        queue = next(each for each in queues.all() if each.code == "fppe_open")
        total, items = queue.items(quality, world.lakeside, 5)
        assert (total, items[0].detail) == (1, "2 privileges: 2 planned")

    def test_the_list_tells_who_proctors_and_whom_nobody_does(self, world, door, plans, elder):
        address = reverse("privileging:fppe")
        assert "2 evaluations" in text_of(door.get(address, {"state": "unproctored"}))
        named(world, plans[:1], elder)
        shown = text_of(door.get(address, {"state": "unproctored"}))
        assert "1 evaluation" in shown
        assert "Whitlock" not in shown
        with CaptureQueriesContext(connection) as queries:
            assert "Whitlock" in text_of(door.get(address))
        assert len(queries) <= LIST
        file = b"".join(door.get(address, {"format": "csv"}).streaming_content).decode()
        assert "Okonkwo" in file
        assert "Whitlock" not in file

    def test_the_list_of_one_department(self, world, door, surgeon, plans):
        address = reverse("privileging:fppe")
        theirs = AppointmentPeriod.objects.live().get(practitioner=surgeon).department
        other = Department.objects.create(facility=world.lakeside, code="nobody", name="Nobody's")
        assert "2 evaluations" in text_of(door.get(address, {"department": theirs.pk}))
        assert "Okonkwo" not in text_of(door.get(address, {"department": other.pk}))

    def test_a_full_page_stays_within_its_queries(self, world, quality, door, surgeon, plans, elder):
        start_fppe(actor=quality, plans=plans)
        assignment = named(world, plans, elder)
        declare(token=token(assignment), no_conflict=True)
        for number in range(2):
            report_by_link(
                token=token(assignment),
                **case(plans, encounter=f"E-{number}", outcome="concern", comment="A leak."),
            )
        door.get(at("fppe_person", surgeon))
        with CaptureQueriesContext(connection) as queries:
            shown = text_of(door.get(at("fppe_person", surgeon)))
        assert len(queries) <= PAGE
        assert "A leak." in shown

    def test_others_do_not_see_it(self, world, staff, client, user, surgeon, plans):
        client.force_login(staff.coordinator)
        assert client.get(at("fppe_plan", plans[0])).status_code == 403
        client.force_login(user(Role.QUALITY_COORDINATOR, facility=world.harbor))
        assert client.get(at("fppe_plan", plans[0])).status_code == 404
        assert not re.search("GS-|Colectomy", text_of(client.get(at("fppe_person", surgeon))))
