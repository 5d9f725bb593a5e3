"""What is planned for one who stated everything, or said something else, and by whose limits."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.kernel.errors import Refused
from config.rulebook.verdicts import Outcome
from credentialing.choices import Element
from credentialing.models import RedFlag
from credentialing.selectors.gate import completeness
from credentialing.services import applications, verification
from practitioners.services.credentials import withdraw_claim
from tests.credentialing.files import hospitals_with_person
from tests.credentialing.world import adopt

HOSPITALS = hospitals_with_person


class TestPlan:
    def test_the_whole_plan_is_written_in_one_statement(self, world):
        with CaptureQueriesContext(connection) as asked:
            application = world.accepted()
        assert application.items.count() == 15
        made = [each for each in asked if 'INSERT INTO "credentialing_verificationitem"' in each["sql"]]
        assert len(made) == 1

    def test_the_strictest_source_wins_and_is_named(self, world):
        adopt(world, "urac")
        adopt(world, "ncqa")
        item = world.item(world.accepted(), Element.STATE_LICENSE)
        assert item.max_age_days == 120
        assert "NCQA" in item.bound_by
        assert item.confidence == "secondary"

    def test_an_expired_cover_is_not_planned_but_missing(self, world):
        person, claims = world.person, world.claims
        withdraw_claim(actor=world.coordinator, credential=claims["cover"], reason="Replaced")
        world.claim(
            person, "MALPRACTICE", dt.date(2020, 1, 1), dt.date(2020, 12, 31), number="OLD", issuer="Gone"
        )
        verdict = completeness(world.accepted(person))
        leaf = next(leaf for leaf in verdict.leaves() if leaf.code == "CR-MALPRACTICE_COVER")
        assert leaf.outcome is Outcome.UNKNOWN
        assert "none is stated" in leaf.sentence

    def test_a_licence_of_another_state_is_no_licence_here(self, world):
        person, claims = world.person, world.claims
        withdraw_claim(actor=world.coordinator, credential=claims["licence"], reason="Moved")
        world.claim(
            person, "LICENSE", dt.date(2012, 7, 1), dt.date(2027, 6, 30), state="KY", number="9",
            issuer="Kentucky Board",
        )  # fmt: skip
        application = world.accepted(person)
        assert world.item(application, Element.STATE_LICENSE).label == "State license: KY 9, Kentucky Board"
        lacking = [leaf.sentence for leaf in completeness(application).leaves() if not leaf.met]
        assert "State license: none is stated." in lacking

    def test_gaps_of_the_work_history_raise_a_flag(self, world):
        person, claims = world.person, world.claims
        withdraw_claim(actor=world.coordinator, credential=claims["work"], reason="Corrected")
        world.claim(
            person, "WORK_HISTORY", dt.date(2012, 7, 1), dt.date(2024, 1, 31),
            extra={"organization": "Fernwick General"},
        )  # fmt: skip
        flag = RedFlag.objects.get(application=world.accepted(person))
        assert flag.code == "RF-GAP"
        assert "1 Feb 2024 to 10 Mar 2026" in flag.sentence


def test_verification_waits_for_acceptance(world):
    application = world.application(world.person)
    with pytest.raises(Refused, match="accepted"):
        verification.plan(actor=world.coordinator, application=application)
    applications.withdraw(actor=world.coordinator, application=application, reason="Moved away")
    with pytest.raises(Refused):
        verification.plan(actor=world.coordinator, application=application)
