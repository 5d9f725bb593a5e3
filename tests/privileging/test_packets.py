"""What was signed in a packet and reaches the file: privileges, and every number of cases."""

from __future__ import annotations

import datetime as dt

import pytest

from privileging.models import CaseVolume
from privileging.services.packets import STATED, ask_from_packet
from privileging.services.volumes import record_case_volume
from tests.privileging.files import office, opened, surgery_form

pytestmark = pytest.mark.django_db
RANGE = {"from": "2025-01-01", "through": "2026-06-30"}


@pytest.fixture
def staff(world):
    return office(world)


@pytest.fixture
def application(world, staff, person):
    return opened(world, staff, person())


def ask(staff, application, cases):
    asked = {str(surgery_form().uid): ["GS-LAP-CHOLE"]}
    ask_from_packet(actor=staff.coordinator, application=application, asked=asked, cases=cases)


def on_file(application) -> list[tuple[str, int]]:
    rows = CaseVolume.objects.filter(practitioner=application.practitioner).order_by("pk")
    return list(rows.values_list("procedure_group", "cases"))


def test_what_was_signed_is_recorded_whatever_the_forms_count(staff, application):
    ask(staff, application, {"gs-major": RANGE | {"cases": "60"}, "old-group": RANGE | {"cases": "7"}})
    assert on_file(application) == [("gs-major", 60), ("old-group", 7)]
    assert set(CaseVolume.objects.values_list("source", flat=True)) == {STATED}


@pytest.mark.parametrize("broken", [{"cases": "60"}, {"from": "2025-01-01"}, RANGE | {"cases": "many"}, {}])
def test_a_number_begun_on_a_form_that_is_gone_stops_nothing(staff, application, broken):
    ask(staff, application, {"old-group": broken, "gs-major": RANGE | {"cases": "60"}})
    assert on_file(application) == [("gs-major", 60)]


def test_a_number_stated_again_after_a_correction_is_not_lost(staff, application):
    def say(cases: int) -> None:
        record_case_volume(
            actor=staff.coordinator,
            practitioner=application.practitioner,
            procedure_group="gs-major",
            performed_from=dt.date(2025, 1, 1),
            performed_through=dt.date(2026, 6, 30),
            cases=cases,
            source="Log",
        )

    say(60)
    say(40)
    ask(staff, application, {"gs-major": RANGE | {"cases": "60"}})
    assert on_file(application) == [("gs-major", 60), ("gs-major", 40), ("gs-major", 60)]
    ask(staff, application, {"gs-major": RANGE | {"cases": "60"}})
    assert len(on_file(application)) == 3
