"""What another hospital says of somebody reaches neither them nor a surveyor, however it came in."""

from __future__ import annotations

import datetime as dt
import zipfile

import pytest

from config.accounts.choices import DataClass
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.choices import Element, ItemStatus, PaperChannel
from credentialing.models import Application, RedFlag
from credentialing.selectors.letter_facts import facts_of
from credentialing.selectors.packet_prefill import on_file, row_of
from credentialing.services import filing, intake, verification
from credentialing.services.survey import export_survey_file
from practitioners.models import CredentialPeriod
from practitioners.services.complete_export import export_file
from tests.credentialing.letters import about, hospitals_with_letters, issue
from tests.credentialing.scans import scan
from tests.credentialing.world import NOON, TODAY, World
from tests.worlds import more_of

OPINION = "Resigned while charts of two deaths were under review"


@more_of(hospitals_with_letters)
def hospitals_with_affiliation(world: World) -> World:
    """Ready to write letters; ``file``: of somebody who was at another hospital."""
    with clock.freeze(NOON):
        person = world.practitioner()
        world.state_everything(person)
        world.claim(
            person, "AFFILIATION", dt.date(2018, 7, 1), dt.date(2022, 6, 30), issuer="Amberly Hospital",
            extra={"good_standing": True},
        )  # fmt: skip
        world.file = world.accepted(person)
    return world


HOSPITALS = hospitals_with_affiliation


@pytest.fixture
def application(world):
    return world.file


@pytest.fixture
def faxed(world, application):
    """The hospital answered by fax; the coordinator filed the page and wrote down what it says."""
    item = world.item(application, Element.HOSPITAL_AFFILIATION)
    (paper,) = intake.receive_papers(
        actor=world.coordinator, facility=world.facility, channel=PaperChannel.FAX, arrived_on=TODAY,
        files=[("amberly.pdf", scan(1, about=OPINION))],
    )  # fmt: skip
    part = filing.file_pages(
        actor=world.coordinator, paper=paper, practitioner=application.practitioner, first_page=1,
        last_page=1, item=item,
    )  # fmt: skip
    return world.answer(
        item, document=part.document, content=None, media_type="", result=OPINION,
        findings={
            "valid_from": "2018-07-01", "valid_through": "2021-12-31", "status": "SUSPENDED",
            "extra": {"good_standing": False, "left_because": OPINION},
        },
    )  # fmt: skip


def everything_in(file) -> bytes:
    with file, zipfile.ZipFile(file) as archive:
        return b"".join([name.encode() + archive.read(name) for name in archive.namelist()])


def test_what_came_by_fax_is_peer_review(faxed):
    assert faxed.evidence.data_class == faxed.evidence.document.data_class == DataClass.PEER_REVIEW
    assert faxed.evidence.summary == ""


@pytest.mark.parametrize("element", [Element.HOSPITAL_AFFILIATION, Element.WORK_HISTORY])
def test_what_was_told_on_the_telephone_is_peer_review(world, application, element):
    item = world.answer(
        world.item(application, element), method="phone", content=None, media_type="", result=OPINION
    )
    assert (item.evidence.data_class, item.evidence.summary) == (DataClass.PEER_REVIEW, "")


def test_it_cannot_be_quoted_in_a_letter(world, application, faxed):
    verification.note_discrepancy(actor=world.coordinator, item=faxed, note=OPINION)
    whom = about(world, application)
    assert facts_of(whom).items_for("discrepancy") == []
    with pytest.raises(Refused, match="No discrepancy the applicant may be told of"):
        issue(world, "correct_discrepancy", whom, item=faxed)
    assert not AuditEvent.objects.filter(reason__contains=OPINION).exists()


def test_what_is_confirmed_by_it_are_the_days(world, application, faxed):
    verification.verify(
        actor=world.coordinator, item=faxed, adverse=True, note=OPINION, confirm_status="SUSPENDED"
    )
    faxed.refresh_from_db()
    assert faxed.status == ItemStatus.VERIFIED_ADVERSE
    row = CredentialPeriod.objects.live().get(identity=faxed.credential, standing="confirmed")
    assert (row.valid.lower, row.valid.upper) == (dt.date(2018, 7, 1), dt.date(2022, 1, 1))
    assert (row.extra["good_standing"], row.status) == (True, "ACTIVE")  # as they themselves stated it
    assert "left_because" not in row.extra
    assert not RedFlag.objects.filter(sentence__contains=OPINION).exists()


def test_it_leaves_neither_in_the_survey_file_nor_in_their_own(world, application, faxed):
    verification.verify(actor=world.coordinator, item=faxed, adverse=True, note=OPINION)
    Application.objects.filter(pk=application.pk).update(decided_on=TODAY)
    application.refresh_from_db()
    found = everything_in(
        export_survey_file(actor=world.coordinator, applications=[application], title="Survey")
    )
    assert b"Amberly Hospital" in found  # where somebody worked is a plain fact
    for secret in (
        OPINION,
        "the bodies are told of it",
        "amberly.pdf",
        "evidence/quillfeather-marisol-tessa/hosp",
    ):
        assert secret.encode() not in found, secret
    own = everything_in(export_file(actor=world.coordinator, practitioner=application.practitioner))
    assert b"Amberly Hospital" in own
    assert OPINION.encode() not in own
    assert str(faxed.evidence.document.uid).encode() not in own


def test_the_practitioners_own_next_packet_holds_none_of_it(world, application, faxed):
    verification.verify(actor=world.coordinator, item=faxed, adverse=True, note=OPINION)
    rows = [row_of(each) for each in on_file(application.practitioner, ["AFFILIATION", "WORK_HISTORY"])]
    assert [each["issuer"] for each in rows if each["type"] == "AFFILIATION"] == ["Amberly Hospital"]
    assert OPINION not in str(rows)
