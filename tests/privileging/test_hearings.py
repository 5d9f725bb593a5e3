"""The board waits for notice and hearing, whoever was against; favorable files go on. Through the chain."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from bylaws.choices import Body, CommitteeKind, DecisionKind, SeatRole, StepStatus
from bylaws.services.committees import form_committee, seat_member
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.models import LetterTemplate
from credentialing.services import letter_templates
from credentialing.services.hearings import record_hearing
from credentialing.services.letter_sending import Handed, Proof, record_arrival, send_letter
from credentialing.services.letters import About, issue_letter
from practitioners.models import EvidenceHead
from practitioners.services.people import set_contact_point
from privileging.models import Grant
from tests.credentialing.scans import blank
from tests.privileging.conftest import NOON, TODAY, licensed, set_parameter
from tests.privileging.files import answers, asked, before_the_board, decide, office, opened

pytestmark = pytest.mark.django_db
AGAINST = {"GS-LAP-CHOLE": "Fewer cases than the criterion asks for"}
PAPER = Proof("paper.pdf", blank(1))


@pytest.fixture
def staff(world, bylaws_rule):
    """The executive committee, of the same three people, and the board."""
    staff = office(world, chain=("mec", "board"))
    mec = form_committee(
        actor=world.system,
        facility=world.lakeside,
        kind=CommitteeKind.MEC,
        name="Medical Executive Committee",
    )
    for member in staff.members:
        seat_member(
            actor=world.system, committee=mec, user=member, seat_role=SeatRole.MEMBER, votes=True,
            start=dt.date(2020, 1, 1),
        )  # fmt: skip
    set_parameter(world.system, "credentialing.hearing_request_days", 30)
    letter_templates.load_letter_templates(actor=world.system)
    return staff


@pytest.fixture
def application(world, staff, person):
    one = person()
    licensed(world, one)
    evidence = one.evidence.get()  # made without its chain
    EvidenceHead.objects.create(practitioner=one, sequence=evidence.sequence, hash=evidence.hash)
    application = opened(world, staff, one)
    asked(staff, application, special=["GS-SEDATION"])
    set_contact_point(
        actor=staff.coordinator, practitioner=one, kind="mailing", line_1="14 Alder Court",
        city="Springfield", state="IL", postal_code="62701",
    )  # fmt: skip
    return application


@pytest.fixture
def mec(staff, application):
    before_the_board(staff, application)
    return step_of(application, Body.MEC)


def step_of(application, body):
    return (
        application_case(application)
        .steps.select_related("case__practitioner", "case__facility")
        .get(body=body)
    )


def application_case(application):
    return application.practitioner.review_cases.get()


def give_notice(staff, application, code):
    letter = issue_letter(
        actor=staff.meetings,
        about=About(application.practitioner, application.facility, application),
        template=LetterTemplate.objects.get(code=code),
        to="Dr. Example\n14 Alder Court\nSpringfield, IL 62701",
    )
    sending = send_letter(
        actor=staff.meetings, letter=letter,
        handed=Handed("certified", "Dr. Example", carrier="USPS", tracking="9407 1000 0000"),
    )  # fmt: skip
    record_arrival(
        actor=staff.meetings, sending=sending, outcome="delivered", happened_on=TODAY,
        told_by="The applicant", proof=PAPER,
    )  # fmt: skip


def waive(staff, application):
    record_hearing(
        actor=staff.meetings, application=application, event="waived", happened_on=TODAY,
        told_by="In writing", proof=PAPER,
    )  # fmt: skip


def test_after_an_adverse_recommendation_the_board_waits_until_the_right_is_settled(
    staff, application, mec, client
):
    decide(staff, mec, answers(application, refused=AGAINST))
    board = step_of(application, Body.BOARD)
    assert board.status == StepStatus.OPEN
    with pytest.raises(Refused, match="The notice of it, with the right to a hearing, has not gone out"):
        decide(staff, board, answers(application, refused=AGAINST))
    client.force_login(staff.meetings)
    page = client.get(reverse("bylaws:review", args=[board.uid])).content.decode()
    assert "has not gone out" in page
    give_notice(staff, application, "adverse_recommendation")
    with pytest.raises(Refused, match="can ask for a hearing through"):
        decide(staff, board, answers(application, refused=AGAINST))
    with clock.freeze(NOON + dt.timedelta(days=31)):
        decision = decide(
            staff, board, answers(application, refused=AGAINST), on=TODAY + dt.timedelta(days=31)
        )
    assert decision.kind == DecisionKind.DECISION
    assert Grant.objects.exists()


def test_the_board_against_the_committee_only_proposes_and_decides_after_the_hearing(staff, application, mec):
    decide(staff, mec, answers(application))
    board = step_of(application, Body.BOARD)
    proposal = decide(staff, board, answers(application, refused=AGAINST))
    assert proposal.kind == DecisionKind.RECOMMENDATION
    assert step_of(application, Body.BOARD).status == StepStatus.DEFERRED
    assert not Grant.objects.exists()
    with pytest.raises(Refused, match="Governing board acted against"):
        decide(staff, board, answers(application, refused=AGAINST))
    give_notice(staff, application, "adverse_decision")
    waive(staff, application)
    decision = decide(staff, board, answers(application, refused=AGAINST))
    assert decision.kind == DecisionKind.DECISION
    application.refresh_from_db()
    assert application.status == "approved_modified"


def test_a_favorable_file_goes_on(staff, application, mec):
    decide(staff, mec, answers(application))
    assert decide(staff, step_of(application, Body.BOARD), answers(application)).kind == DecisionKind.DECISION
