"""A file in which everything was found out: judged again, sent to the bodies, taken back, decided."""

from __future__ import annotations

import datetime as dt

import pytest

from bylaws.choices import Body
from config.kernel import clock
from config.kernel.errors import Refused
from config.rulebook.verdicts import Outcome
from credentialing.choices import ApplicationStatus
from credentialing.selectors.gate import completeness
from credentialing.selectors.next_actor import next_actor
from credentialing.services import applications
from tests.credentialing.files import hospitals_with_complete_file
from tests.credentialing.world import NOON, TODAY

HOSPITALS = hospitals_with_complete_file


class TestComplete:
    def test_when_everything_is_found_out(self, world):
        application = world.file
        assert (application.status, application.complete_on) == (ApplicationStatus.COMPLETE, TODAY)
        verdict = completeness(application)
        assert verdict.outcome is Outcome.MET
        assert all(leaf.evidence for leaf in verdict.leaves() if leaf.outcome is Outcome.MET)
        assert all(leaf.citation for leaf in verdict.leaves() if leaf.due)

    def test_ages_are_judged_for_the_planned_day(self, world):
        application = world.file
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
        application = world.file
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
        application = world.file
        with (
            clock.freeze(NOON + dt.timedelta(days=200)),
            pytest.raises(Refused, match="still to be found out"),
        ):
            applications.send_to_review(actor=world.coordinator, application=application)
        application.refresh_from_db()
        assert application.status == ApplicationStatus.COMPLETE

    def test_withdrawn_in_review_closes_the_case(self, world, bodies):
        application = world.file
        case = applications.send_to_review(actor=world.coordinator, application=application)
        applications.withdraw(actor=world.coordinator, application=application, reason="Moved")
        case.refresh_from_db()
        assert case.status == "withdrawn"

    def test_the_decision_closes_the_file(self, world, bodies):
        application = world.file
        applications.send_to_review(actor=world.coordinator, application=application)
        with pytest.raises(Refused, match="no decision"):
            applications.record_decision(
                actor=world.system, application=application, outcome="complete", decided_on=TODAY
            )
        decided = applications.record_decision(
            actor=world.system, application=application, outcome="approved", decided_on=TODAY
        )
        assert (decided.status, decided.decided_on) == (ApplicationStatus.APPROVED, TODAY)
