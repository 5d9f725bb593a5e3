"""What a screening answers in a file in verification, and for how long."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from config.kernel import clock
from config.kernel.errors import Refused
from config.rulebook.verdicts import Outcome
from credentialing.choices import Element, ItemStatus
from credentialing.models import ListSnapshot
from credentialing.selectors.gate import completeness
from credentialing.services import exclusion_lists, screening, staff_screening
from practitioners.selectors.evidence import read_content
from practitioners.services.people import add_name
from tests.credentialing.files import hospitals_with_file
from tests.credentialing.world import FIXTURES, NOON

HOSPITALS = hospitals_with_file
PLANTED = (FIXTURES / "leie" / "planted.csv").read_text(encoding="utf-8").splitlines(keepends=True)


def write(path, *, without: str = "", plus: str = ""):
    path.write_text("".join(line for line in PLANTED if not without or without not in line) + plus)
    return path


def leaf(application, code="CR-EXCLUSION"):
    return next(leaf for leaf in completeness(application).leaves() if leaf.code == code)


def test_without_a_list_nobody_is_cleared(world):
    application = world.file
    with pytest.raises(Refused, match="No exclusion list has been loaded"):
        screening.screen(actor=world.coordinator, practitioner=application.practitioner)
    assert leaf(application).outcome is Outcome.UNKNOWN


class TestGate:
    def test_a_screening_without_match_answers_the_item(self, world):
        world.load_list()
        application = world.file
        screening.screen(actor=world.coordinator, practitioner=application.practitioner)
        item = world.item(application, Element.EXCLUSION)
        assert (item.status, item.reviewed_by) == (ItemStatus.VERIFIED, world.coordinator)
        assert leaf(application).outcome is Outcome.MET
        certificate = json.loads(read_content(viewer=world.coordinator, evidence=item.evidence))
        assert certificate["lists"][0]["file_sha256"] == ListSnapshot.objects.get().sha256
        assert certificate["names"] == ["Quillfeather, Marisol Tessa"]

    def test_a_newer_list_asks_for_another_screening(self, world, tmp_path):
        world.load_list()
        application = world.file
        screening.screen(actor=world.coordinator, practitioner=application.practitioner)
        exclusion_lists.load_leie(actor=world.system, path=write(tmp_path / "n.csv", without="SILVERTHORNE"))
        assert leaf(application).outcome is Outcome.UNKNOWN
        assert "load 2 is newer" in leaf(application).sentence
        staff_screening.screen_everyone(actor=world.system)
        assert leaf(application).outcome is Outcome.MET

    def test_a_new_name_asks_for_another_screening(self, world):
        world.load_list()
        application = world.file
        screening.screen(actor=world.coordinator, practitioner=application.practitioner)
        add_name(
            actor=world.coordinator, practitioner=application.practitioner, kind="former",
            last_name="Lanternwood", first_name="Cyril",
        )  # fmt: skip
        assert leaf(application).outcome is Outcome.UNKNOWN

    def test_a_job_leaves_the_first_review_to_a_person(self, world):
        world.load_list()
        application = world.file
        staff_screening.screen_everyone(actor=world.system)
        item = world.item(application, Element.EXCLUSION)
        assert item.status == ItemStatus.RECEIVED
        assert leaf(application).outcome is Outcome.UNKNOWN

    def test_a_screening_grows_old(self, world):
        world.load_list()
        application = world.file
        screening.screen(actor=world.coordinator, practitioner=application.practitioner)
        with clock.freeze(NOON + dt.timedelta(days=30)):
            assert leaf(application).outcome is Outcome.MET
        with clock.freeze(NOON + dt.timedelta(days=31)):
            assert leaf(application).outcome is Outcome.NOT_MET

    def test_a_list_taken_into_use_asks_for_another_screening(self, world):
        world.load_list()
        application = world.file
        screening.screen(actor=world.coordinator, practitioner=application.practitioner)
        exclusion_lists.load_sam(actor=world.system, path=FIXTURES / "sam" / "planted.csv")
        assert (leaf(application).outcome, "SAM.gov" in leaf(application).sentence) == (Outcome.UNKNOWN, True)
        staff_screening.screen_everyone(actor=world.system)
        assert leaf(application).outcome is Outcome.MET
