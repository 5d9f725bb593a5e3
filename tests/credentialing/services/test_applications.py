"""The life of an application."""

from __future__ import annotations

import datetime as dt

import pytest

from bylaws.choices import Body
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.rulebook.verdicts import Outcome
from credentialing.choices import ApplicationStatus, Element
from credentialing.models import Application
from credentialing.selectors.gate import completeness
from credentialing.selectors.next_actor import next_actor
from credentialing.services import applications, verification
from tests.credentialing.world import NOON, TODAY


def complete_file(world):
    world.load_list()
    application = world.accepted()
    world.find_out(application)
    return applications.complete(actor=world.coordinator, application=application)


def test_one_open_application_of_a_kind(world):
    person = world.practitioner()
    world.application(person)
    with pytest.raises(Refused, match="already has an open application"):
        world.application(person)
    applications.withdraw(
        actor=world.coordinator, application=Application.objects.get(), reason="Opened by mistake"
    )
    world.application(person)


def test_only_coordinators_open_and_never_their_own(world):
    with pytest.raises(Forbidden):
        world.application(actor=world.staff_coordinator)
    person = world.practitioner(npi=None)
    person.user = world.coordinator
    person.save()
    with pytest.raises(Forbidden, match="own file"):
        world.application(person)


def test_a_department_of_another_hospital_is_refused(world):
    with pytest.raises(Refused, match="no department") as refused:
        world.application(department=world.other_surgery)
    assert refused.value.field == "department"


def test_a_planned_day_lies_not_in_the_past(world):
    with pytest.raises(Refused, match="past"):
        world.application(scheduled_decision_on=TODAY - dt.timedelta(days=1))


def test_returned_and_answered(world):
    application = world.application()
    applications.submit(actor=world.coordinator, application=application)
    with pytest.raises(Refused, match="has to add"):
        applications.return_incomplete(actor=world.coordinator, application=application, reason="  ")
    applications.return_incomplete(
        actor=world.coordinator, application=application, reason="The gap of 2019 is not explained."
    )
    application.refresh_from_db()
    assert next_actor(application).role == "Applicant"
    answered = applications.record_answer(actor=world.coordinator, application=application)
    assert answered.status == ApplicationStatus.SUBMITTED
    assert answered.received_on == TODAY


def test_a_move_that_is_not_in_the_table_is_refused(world):
    with pytest.raises(Refused, match='cannot become "In verification"'):
        applications.accept(actor=world.coordinator, application=world.application())


class TestComplete:
    def test_while_something_is_missing_the_reason_says_what(self, world):
        world.load_list()
        application = world.accepted()
        world.find_out(application, but=(Element.STATE_LICENSE,))
        with pytest.raises(Refused, match=r"1 thing is still to be found out\. State license"):
            applications.complete(actor=world.coordinator, application=application)
        application.refresh_from_db()
        assert application.status == ApplicationStatus.IN_VERIFICATION

    def test_when_everything_is_found_out(self, world):
        application = complete_file(world)
        assert (application.status, application.complete_on) == (ApplicationStatus.COMPLETE, TODAY)
        verdict = completeness(application)
        assert verdict.outcome is Outcome.MET
        assert all(leaf.evidence for leaf in verdict.leaves() if leaf.outcome is Outcome.MET)
        assert all(leaf.citation for leaf in verdict.leaves() if leaf.due)

    def test_ages_are_judged_for_the_planned_day(self, world):
        application = complete_file(world)
        applications.reopen(actor=world.coordinator, application=application)
        planned = TODAY + dt.timedelta(days=121)
        applications.change_plan(
            actor=world.coordinator, application=application, department=application.department,
            category=application.category, scheduled_decision_on=planned,
        )  # fmt: skip
        application.refresh_from_db()
        leaf = next(leaf for leaf in completeness(application).leaves() if leaf.code == "CR-STATE_LICENSE")
        assert leaf.outcome is Outcome.NOT_MET
        assert "121 days before the decision" in leaf.sentence
        with pytest.raises(Refused):
            applications.complete(actor=world.coordinator, application=application)

    @pytest.mark.parametrize(("days", "outcome"), [(119, "MET"), (120, "MET"), (121, "NOT_MET")])
    def test_the_last_day_of_an_age_still_counts(self, world, days, outcome):
        item = world.verify(world.item(world.accepted(), Element.STATE_LICENSE))
        on = TODAY + dt.timedelta(days=days)
        leaf = next(
            leaf for leaf in completeness(item.application, on).leaves() if leaf.code == "CR-STATE_LICENSE"
        )
        assert leaf.outcome == outcome
        assert leaf.due == TODAY + dt.timedelta(days=120)

    def test_a_credential_that_runs_out_before_the_decision_is_not_enough(self, world):
        item = world.item(world.accepted(), Element.MALPRACTICE_COVER)
        world.verify(item)  # through 31 Dec 2026
        for on, outcome in ((dt.date(2026, 12, 31), "MET"), (dt.date(2027, 1, 1), "UNKNOWN")):
            leaf = next(
                leaf
                for leaf in completeness(item.application, on).leaves()
                if leaf.code == "CR-MALPRACTICE_COVER"
            )
            assert leaf.outcome == outcome

    def test_without_parameters_nothing_is_complete(self, world):
        application = world.accepted()
        empty = completeness(application, dt.date(1999, 1, 1))
        assert empty.outcome is not Outcome.MET


class TestNextActor:
    def test_exactly_one_in_every_status(self, world):
        application = world.application()
        assert "record the claims" in next_actor(application).what
        applications.submit(actor=world.coordinator, application=application)
        application.refresh_from_db()
        assert "accept" in next_actor(application).what
        applications.accept(actor=world.coordinator, application=application)
        application.refresh_from_db()
        assert next_actor(application).user == world.coordinator

    def test_the_director_when_only_a_waiver_is_left(self, world):
        world.load_list()
        application = world.accepted()
        world.find_out(application, but=(Element.MEDICAL_SCHOOL,))
        item = world.item(application, Element.MEDICAL_SCHOOL)
        for _ in range(3):
            verification.record_attempt(
                actor=world.coordinator, item=item, method="phone", outcome="no_answer"
            )
        verification.mark_unable(actor=world.coordinator, item=item, note="Closed")
        assert "Director" in next_actor(application).role


class TestReview:
    @pytest.fixture
    def bodies(self, world):
        """The bodies of the chain, so that a file can be sent to them."""
        from bylaws.services.committees import form_committee, seat_member

        chair = world.user("Ada Chair", "department_chair")
        for kind, name in (
            ("department", "Surgery"),
            (Body.CREDENTIALS_COMMITTEE, "Credentials"),
            (Body.MEC, "MEC"),
            (Body.BOARD, "Board"),
        ):
            committee = form_committee(
                actor=world.system, facility=world.facility, kind=kind, name=name,
                department=world.surgery if kind == "department" else None,
            )  # fmt: skip
            seat_member(
                actor=world.system, committee=committee, user=chair, seat_role="chair", votes=True,
                start=dt.date(2024, 1, 1),
            )  # fmt: skip
        return chair

    def test_sent_to_the_first_body_and_taken_back(self, world, bodies):
        application = complete_file(world)
        case = applications.send_to_review(actor=world.coordinator, application=application)
        application.refresh_from_db()
        assert application.status == ApplicationStatus.IN_REVIEW
        assert case.subject_uid == application.uid
        actor = next_actor(application)
        assert (actor.user, actor.since) == (bodies, TODAY)
        applications.return_to_verification(
            actor=world.coordinator, application=application, reason="A new claim arrived"
        )
        application.refresh_from_db()
        case.refresh_from_db()
        assert (application.status, case.status) == (ApplicationStatus.IN_VERIFICATION, "returned")

    def test_what_went_stale_is_not_sent(self, world, bodies):
        application = complete_file(world)
        with (
            clock.freeze(NOON + dt.timedelta(days=200)),
            pytest.raises(Refused, match="still to be found out"),
        ):
            applications.send_to_review(actor=world.coordinator, application=application)
        application.refresh_from_db()
        assert application.status == ApplicationStatus.COMPLETE

    def test_withdrawn_in_review_closes_the_case(self, world, bodies):
        application = complete_file(world)
        case = applications.send_to_review(actor=world.coordinator, application=application)
        applications.withdraw(actor=world.coordinator, application=application, reason="Moved")
        case.refresh_from_db()
        assert case.status == "withdrawn"

    def test_the_decision_closes_the_file(self, world, bodies):
        application = complete_file(world)
        applications.send_to_review(actor=world.coordinator, application=application)
        with pytest.raises(Refused, match="no decision"):
            applications.record_decision(
                actor=world.system, application=application, outcome="complete", decided_on=TODAY
            )
        decided = applications.record_decision(
            actor=world.system, application=application, outcome="approved", decided_on=TODAY
        )
        assert (decided.status, decided.decided_on) == (ApplicationStatus.APPROVED, TODAY)


def test_files_change_hands_all_or_none(world):
    one, two = world.application(), world.application(world.practitioner(npi=None, last_name="Other"))
    with pytest.raises(Refused, match="no coordinator"):
        applications.assign(actor=world.coordinator, applications=[one, two], coordinator=world.lookup)
    assert applications.assign(
        actor=world.coordinator, applications=[one, two], coordinator=world.colleague
    ) == 2  # fmt: skip
    assert set(Application.objects.values_list("coordinator", flat=True)) == {world.colleague.pk}


def test_an_initial_appointment_does_not_open_beside_a_reappointment(world):
    person = world.practitioner()
    world.application(person, kind="reappointment")
    with pytest.raises(Refused, match="already has an open application"):
        world.application(person, kind="initial")


def test_whose_turn_it_is_once_nothing_is_open(world):
    application = world.accepted()
    world.load_list()
    world.find_out(application, but=(Element.WORK_HISTORY,))
    item = world.item(application, Element.WORK_HISTORY)
    for _ in range(3):
        verification.record_attempt(
            actor=world.coordinator, item=item, method="phone", outcome="no_answer", note="Rang"
        )
    verification.mark_unable(actor=world.coordinator, item=item, note="Closed down")
    waiting = next_actor(application)
    assert (waiting.role, waiting.since) == ("Director of medical staff services", TODAY)
    with clock.freeze(NOON + dt.timedelta(days=2)):
        verification.waive(actor=world.director, item=item, reason="Known to the department")
        waiting = next_actor(application, met=True)
        assert waiting.user == world.coordinator
        assert waiting.what == "to mark it complete"
        assert waiting.since == TODAY + dt.timedelta(days=2)


def test_an_answer_too_old_to_count_is_refused(world):
    item = world.item(world.accepted(), Element.STATE_LICENSE)
    with pytest.raises(Refused, match="An answer of 1 Jan 1900") as refused:
        world.answer(item, verified_on=dt.date(1900, 1, 1), method="phone", content=None)
    assert refused.value.field == "verified_on"
