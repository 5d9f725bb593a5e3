"""What a file in verification still needs, and whose turn it is; little of it is left to be found out."""

from __future__ import annotations

import datetime as dt

import pytest

from config.kernel import clock
from config.kernel.errors import Refused
from config.rulebook.verdicts import Outcome
from credentialing.choices import ApplicationStatus, Element
from credentialing.selectors.gate import completeness
from credentialing.selectors.next_actor import next_actor
from credentialing.services import applications, verification
from tests.credentialing.files import hospitals_with_file_almost_found_out
from tests.credentialing.world import NOON, TODAY

HOSPITALS = hospitals_with_file_almost_found_out


class TestComplete:
    def test_while_something_is_missing_the_reason_says_what(self, world):
        application = world.file
        world.find_out(application, but=(Element.STATE_LICENSE,))
        with pytest.raises(Refused, match=r"1 thing is still to be found out\. State license"):
            applications.complete(actor=world.coordinator, application=application)
        application.refresh_from_db()
        assert application.status == ApplicationStatus.IN_VERIFICATION

    @pytest.mark.parametrize(("days", "outcome"), [(119, "MET"), (120, "MET"), (121, "NOT_MET")])
    def test_the_last_day_of_an_age_still_counts(self, world, days, outcome):
        item = world.verify(world.item(world.file, Element.STATE_LICENSE))
        on = TODAY + dt.timedelta(days=days)
        leaf = next(
            leaf for leaf in completeness(item.application, on).leaves() if leaf.code == "CR-STATE_LICENSE"
        )
        assert leaf.outcome == outcome
        assert leaf.due == TODAY + dt.timedelta(days=120)

    def test_a_credential_that_runs_out_before_the_decision_is_not_enough(self, world):
        item = world.item(world.file, Element.MALPRACTICE_COVER)  # verified through 31 Dec 2026
        for on, outcome in ((dt.date(2026, 12, 31), "MET"), (dt.date(2027, 1, 1), "UNKNOWN")):
            leaf = next(
                leaf
                for leaf in completeness(item.application, on).leaves()
                if leaf.code == "CR-MALPRACTICE_COVER"
            )
            assert leaf.outcome == outcome

    def test_without_parameters_nothing_is_complete(self, world):
        application = world.file
        empty = completeness(application, dt.date(1999, 1, 1))
        assert empty.outcome is not Outcome.MET


class TestNextActor:
    def test_the_director_when_only_a_waiver_is_left(self, world):
        application = world.file
        world.find_out(application, but=(Element.MEDICAL_SCHOOL,))
        item = world.item(application, Element.MEDICAL_SCHOOL)
        for _ in range(3):
            verification.record_attempt(
                actor=world.coordinator, item=item, method="phone", outcome="no_answer"
            )
        verification.mark_unable(actor=world.coordinator, item=item, note="Closed")
        assert "Director" in next_actor(application).role


def test_whose_turn_it_is_once_nothing_is_open(world):
    application = world.file
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
    item = world.item(world.file, Element.STATE_LICENSE)
    with pytest.raises(Refused, match="An answer of 1 Jan 1900") as refused:
        world.answer(item, verified_on=dt.date(1900, 1, 1), method="phone", content=None)
    assert refused.value.field == "verified_on"
