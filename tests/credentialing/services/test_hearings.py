"""The right to a hearing: notice owed, waived, asked for, over; recorded with its paper."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import Error, transaction
from django.test import Client

from bylaws.choices import Body, LineOutcome
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.choices import HearingEvent, HearingState
from credentialing.models import HearingRecord
from credentialing.selectors.hearings import hearing_of, held_for_hearing
from credentialing.services.hearings import record_hearing
from credentialing.services.letter_sending import Handed, Proof, record_arrival, send_letter
from credentialing.worklist.letters import hearing_notices
from tests.credentialing.letters import about, hospitals_with_letters_and_file, issue, recommend
from tests.credentialing.scans import scan
from tests.credentialing.world import NOON, TODAY

HOSPITALS = hospitals_with_letters_and_file
CERTIFIED = Handed("certified", "Marisol Quillfeather", carrier="USPS", tracking="9407 1000 0000")
PAPER = Proof("paper.pdf", scan(1, about="Signed"))


@pytest.fixture
def application(world):
    recommend(world, world.file)
    return world.file


@pytest.fixture
def noticed(world, application):
    """The notice went out and came the same day."""
    letter = issue(world, "adverse_recommendation", about(world, application))
    sending = send_letter(actor=world.coordinator, letter=letter, handed=CERTIFIED)
    record_arrival(
        actor=world.coordinator, sending=sending, outcome="delivered", happened_on=TODAY, told_by="M. Q.",
        proof=PAPER,
    )  # fmt: skip
    return application


def record(world, application, event, **more):
    values = {
        "actor": world.staff_coordinator, "application": application, "event": event, "happened_on": TODAY,
        "told_by": "Her lawyer, by letter", "proof": PAPER,
    }  # fmt: skip
    return record_hearing(**values | more)


def test_today_names_the_notice_that_is_owed_until_it_has_gone_out(world, application):
    owed = hearing_of(application, TODAY).decision
    total, (item,) = hearing_notices(world.coordinator, world.facility, 5)
    assert (total, item.url) == (1, f"/applications/{application.uid}/hearing/?act={owed.uid}")
    assert "the notice is not written" in item.detail
    assert "has not gone out" in held_for_hearing(application, TODAY)
    letter = issue(world, "adverse_recommendation", about(world, application))
    assert "issued and not sent" in hearing_notices(world.coordinator, world.facility, 5)[1][0].detail
    assert hearing_notices(world.compliance, world.facility, 5)[0] == 0, "peer review is closed to them"
    send_letter(actor=world.coordinator, letter=letter, handed=CERTIFIED)
    assert hearing_notices(world.coordinator, world.facility, 5)[0] == 0
    assert "on its way" in held_for_hearing(application, TODAY)


def test_favorable_and_earlier_words_hold_nothing(world):
    application = world.file
    recommend(world, application, Body.DEPARTMENT_CHAIR)
    recommend(world, application, Body.MEC, LineOutcome.RECOMMEND)
    assert hearing_of(application, TODAY) is None
    assert held_for_hearing(application, TODAY) == ""
    assert hearing_notices(world.coordinator, world.facility, 5)[0] == 0


def test_unused_it_ends_after_thirty_days(noticed):
    last = TODAY + dt.timedelta(days=30)
    assert held_for_hearing(noticed, last)
    assert held_for_hearing(noticed, last + dt.timedelta(days=1)) == ""


def test_a_waiver_needs_its_paper_and_frees_the_board(world, noticed):
    with pytest.raises(Refused, match="Attach the paper"):
        record(world, noticed, HearingEvent.WAIVED, proof=None)
    row = record(world, noticed, HearingEvent.WAIVED)
    assert row.proof.data_class == "peer_review"
    assert held_for_hearing(noticed, TODAY) == ""
    with pytest.raises(Refused, match="Say why that is wrong"):
        record(world, noticed, HearingEvent.REQUESTED)
    record(world, noticed, HearingEvent.REQUESTED, reason="The waiver was another person's.")
    assert held_for_hearing(noticed, TODAY)
    told = AuditEvent.objects.filter(verb="hearing.recorded").latest("pk")
    assert told.reason == "", "why it was wrong stands with the record, which is peer review"
    with pytest.raises(Error, match="Cannot update"), transaction.atomic():
        HearingRecord.objects.filter(pk=row.pk).update(told_by="Nobody")


def test_asked_for_in_time_it_holds_the_board_until_it_is_over(world, noticed):
    with pytest.raises(Refused, match="only after it was asked for"):
        record(world, noticed, HearingEvent.OVER)
    record(world, noticed, HearingEvent.REQUESTED, proof=None)
    with clock.freeze(NOON + dt.timedelta(days=60)):
        on = TODAY + dt.timedelta(days=60)
        assert hearing_of(noticed, on).state(on) == HearingState.REQUESTED
        record(world, noticed, HearingEvent.OVER, happened_on=on)
        assert held_for_hearing(noticed, on) == ""


def test_nobody_asks_after_the_last_day_or_before_the_notice(world, application):
    with pytest.raises(Refused, match="has not gone out"):
        record(world, application, HearingEvent.WAIVED)


def test_the_last_day_to_ask(world, noticed):
    with clock.freeze(NOON + dt.timedelta(days=31)), pytest.raises(Refused, match="was over with 09 Apr"):
        record(world, noticed, HearingEvent.REQUESTED, happened_on=TODAY + dt.timedelta(days=31))


def test_who_may_not_write_letters_records_nothing(world, noticed):
    with pytest.raises(Forbidden):
        record(world, noticed, HearingEvent.WAIVED, actor=world.compliance)


def test_the_page_says_why_the_board_waits_and_takes_what_happened(world, noticed):
    client = Client()
    client.force_login(world.coordinator)
    path = f"/applications/{noticed.uid}/hearing/"
    page = client.get(path).content.decode()
    assert "The board waits" in page
    assert "through 9 Apr 2026" in page
    act = str(hearing_of(noticed, TODAY).decision.uid)
    assert client.post(path, {"act": act, "event": "over"}).status_code == 422
    assert client.post(path, {"event": "over"}).status_code == 422, "of which act is not said"
    assert client.get(path, {"act": "nonsense"}).status_code == 404
    answer = client.post(
        path, {"act": act, "event": "requested", "happened_on": TODAY.isoformat(), "told_by": "Herself"}
    )
    assert answer.status_code == 303
    assert "has asked for a hearing" in client.get(path).content.decode()
    client.force_login(world.compliance)
    assert client.get(path).status_code in (403, 404)


def test_it_stays_readable_once_the_board_has_decided(world, noticed):
    record(world, noticed, HearingEvent.WAIVED)
    recommend(world, noticed, Body.BOARD)
    found = hearing_of(noticed, TODAY)
    assert found is not None
    assert (found.right.body, found.state(TODAY)) == ("Medical Executive Committee", HearingState.WAIVED)
