"""Privileges in a packet: what the applicant sees of the criteria, their case numbers, nothing of ours."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from bylaws.models import StaffCategory
from config.kernel import clock
from credentialing.selectors.packets import read_packet
from privileging.models import CaseVolume, PrivilegeForm, RequestLine
from privileging.services.catalogue import EXAMPLES, load_catalogue
from privileging.services.volumes import record_case_volume
from tests.credentialing.conftest import build_at_noon
from tests.credentialing.packets import fill, invited, save, sign, whole
from tests.credentialing.views.test_packets import path
from tests.credentialing.world import NOON, World
from tests.worlds import more_of

SCHOOL, RESIDENCY = whole()["education"]["rows"]
SURGEON = {"rows": [SCHOOL, RESIDENCY | {"specialty": "General surgery", "completed": True}]}
BOARD = {
    "rows": [
        {"type": "BOARD_CERT", "issuer": "American Board of Surgery", "specialty": "Surgery",
         "status": "ACTIVE", "start": "2013-01-01", "last_day": "2033-12-31"},
    ]
}  # fmt: skip


@more_of(build_at_noon)
def hospitals_with_packet_of_privileges(world: World) -> World:
    """``packet`` and ``link``: the applicant is invited, privileges of general surgery are offered."""
    with clock.freeze(NOON):
        paths = [EXAMPLES / "general_surgery.yaml"]
        load_catalogue(actor=world.system, facilities=[world.facility], paths=paths)
        category = StaffCategory.objects.filter(carries_privileges=True).order_by("code").first()
        world.packet, world.link = invited(world, world.application(category=category))
    return world


HOSPITALS = hospitals_with_packet_of_privileges


@pytest.fixture
def packet(world):
    return world.packet


@pytest.fixture
def link(world):
    return world.link


def uid(packet) -> str:
    return read_packet(packet).known.offered[0].uid


def shown(response) -> str:
    return " ".join(strip_tags(response.content.decode()).split())


def judged(response, packet, code="core") -> str:
    """What stands beside one privilege, or the core, in words."""
    found = re.search(
        rf'<div class="judged" id="judged-{uid(packet)}-{code}".*?</div>',
        response.content.decode(),
        re.DOTALL,
    )
    assert found, code
    return " ".join(strip_tags(found[0]).split())


class TestWhatTheApplicantSees:
    def test_nothing_entered_is_unknown_and_says_what_would_settle_it(self, packet, link):
        page = Client().get(path(link, "privileges/"))
        core = judged(page, packet)
        assert core.startswith("Criteria for the core Unknown")
        assert "Board certified in Surgery or General surgery" in core
        assert "Enter your board certification, or until when you are eligible." in core
        assert "Enter your number of cases below" in core

    def test_what_is_entered_elsewhere_in_the_packet_counts_as_entered(self, packet, link):
        save(packet, "education", SURGEON, link)
        save(packet, "boards", BOARD, link)
        page = Client().get(path(link, "privileges/"))
        core = judged(page, packet)
        assert "Met: Degree: MD or DO" in core
        assert "Met: Completed residency in General surgery or Surgery" in core
        assert "Met: Board certified in Surgery or General surgery" in core
        assert "Unknown: At least 50 major general surgery cases" in core
        sedation = judged(page, packet, "GS-SEDATION")
        assert "Unknown: Current life support certificate: ACLS" in sedation
        save(packet, "courses", whole()["courses"], link)
        assert "Met" in judged(Client().get(path(link, "privileges/")), packet, "GS-SEDATION")

    def test_too_few_cases_are_not_met_and_the_answer_changes_as_it_is_typed(self, packet, link):
        save(packet, "education", SURGEON, link)
        save(packet, "boards", BOARD, link)
        typed = {
            "autosave": "1", "cases_gs-major": "12", "from_gs-major": "2025-01-01",
            "through_gs-major": "2026-02-28",
        }  # fmt: skip
        fewer = Client().post(path(link, "privileges/"), typed)
        assert fewer.status_code == 200
        assert 'hx-swap-oob="true"' in fewer.content.decode()
        assert judged(fewer, packet).startswith("Criteria for the core Not met")
        assert "12 cases, 50 needed." in judged(fewer, packet)
        enough = Client().post(path(link, "privileges/"), typed | {"cases_gs-major": "60"})
        assert judged(enough, packet).startswith("Criteria for the core Met")

    def test_a_special_privilege_says_what_it_is_and_the_form_that_it_is_an_example(self, packet, link):
        page = shown(Client().get(path(link, "privileges/")))
        assert "Sedation by a non-anesthesiologist, with rescue from deeper levels." in page
        assert "The medical staff must approve this form before use." in page
        assert "Each is asked for by itself and has criteria of its own." in page
        form = PrivilegeForm.objects.get(code="GS")
        form.example = False
        form.save()
        assert "must approve this form" not in shown(Client().get(path(link, "privileges/")))

    def test_the_whole_core_is_chosen_at_once(self, packet, link):
        answer = Client().post(path(link, "privileges/"), {"whole_core": uid(packet)})
        assert answer["Location"].endswith(f"#form-{uid(packet)}")
        chosen = read_packet(packet).section("privileges").answers["asked"][uid(packet)]
        assert len(chosen) == 14

    def test_what_the_office_knows_is_not_told(self, world, packet, link):
        person = packet.application.practitioner
        world.claim(
            person, "BOARD_CERT", dt.date(2013, 1, 1), dt.date(2033, 12, 31),
            issuer="Secret Board of Surgery", extra={"specialty": "Surgery"},
        )  # fmt: skip
        record_case_volume(
            actor=world.coordinator,
            practitioner=person,
            procedure_group="gs-major",
            performed_from=dt.date(2025, 1, 1),
            performed_through=dt.date(2026, 2, 28),
            cases=3,
            source="A letter of the program director",
        )
        page = Client().get(path(link, "privileges/"))
        assert "Secret Board" not in page.content.decode()
        assert "program director" not in page.content.decode()
        assert "3 cases" not in judged(page, packet)
        assert "Unknown: At least 50 major general surgery cases" in judged(page, packet)
        assert "evidence" not in judged(page, packet).lower()

    def test_queries(self, packet, link):
        client = Client()
        client.get(path(link))
        with CaptureQueriesContext(connection) as queries:
            client.get(path(link, "privileges/"))
        assert len(queries) <= 20


class TestCaseNumbers:
    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ({"cases": "many", "from": "2025-01-01", "through": "2026-01-01"}, "enter how many, as a number"),
            ({"cases": "12", "from": "", "through": "2026-01-01"}, "from which day through which day"),
            ({"cases": "12", "from": "2026-01-02", "through": "2026-01-01"}, "lies before the first"),
            ({"cases": "12", "from": "2025-01-01", "through": "2030-01-01"}, "lies in the future"),
            ({"cases": "900000", "from": "2025-01-01", "through": "2026-01-01"}, "up to 100,000"),
        ],
    )
    def test_one_that_cannot_be_counted_gets_a_sentence_and_is_kept(self, packet, link, typed, sentence):
        data = {f"{part}_gs-major": value for part, value in typed.items()}
        answer = Client().post(path(link, "privileges/"), data | {f"core_{uid(packet)}": ["GS-LAP-CHOLE"]})
        assert answer.status_code == 422
        assert f"Major general surgery cases: {sentence}" in shown(answer) or sentence in shown(answer)
        kept = read_packet(packet).section("privileges").answers
        assert kept["cases"]["gs-major"]["cases"] == typed["cases"]

    def test_signed_they_are_claims_in_the_file_once(self, packet, link):
        stated = {"gs-major": {"cases": "60", "from": "2025-01-01", "through": "2026-02-28"}}
        fill(packet, link, privileges={"asked": {uid(packet): ["GS-LAP-CHOLE"]}, "cases": stated})
        sign(link)
        volume = CaseVolume.objects.get()
        assert (volume.cases, volume.source) == (60, "Stated by the applicant in the packet")
        assert volume.evidence is None
        assert RequestLine.objects.filter(status="requested").count() == 1
