"""Sources asked by machine: their log, their rests, their turns; and a licence board from plan to review."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import InternalError

from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.choices import AttemptOutcome, Connector, Element, ItemStatus, SourceHealth
from credentialing.models import ConnectedSource, RedFlag, SourceCall
from credentialing.selectors import sources as selectors
from credentialing.services import automatic, sources, verification
from credentialing.services.sources import Held
from credentialing.sources.players.board import READING, start_player
from tests.credentialing.conftest import build_at_noon
from tests.credentialing.world import NOON, World
from tests.worlds import more_of

MINUTE = dt.timedelta(minutes=1)


@more_of(build_at_noon)
def hospitals_with_person_without_npi(world: World) -> World:
    """``person`` stated everything and has no NPI."""
    with clock.freeze(NOON):
        world.person = world.practitioner(npi=None)
        world.state_everything(world.person)
    return world


HOSPITALS = hospitals_with_person_without_npi


def licence(number="35.100001", status="Active", expires="06/30/2027"):
    return {
        "licenseNumber": number,
        "holder": {"last": "Quillfeather", "first": "Marisol"},
        "status": {"text": status},
        "firstIssued": "07/01/2012",
        "expiration": expires,
    }


@pytest.fixture
def player():
    with start_player([licence()]) as running:
        yield running


@pytest.fixture
def board(world, player):
    return ConnectedSource.objects.create(
        code="board-oh",
        name="Medical board of Ohio",
        connector=Connector.LICENCE_BOARD,
        state="OH",
        address=player.address,
        reading=READING,
        failures_before_rest=2,
        rest_minutes=15,
    )


@pytest.fixture
def item(world, board):
    """The licence of somebody whose NPI nobody asks about."""
    return world.item(world.signed(world.accepted()), Element.STATE_LICENSE)


def ask(board):
    return sources.ask(board, {"number": "35.100001", "state": "OH"})


class TestBoard:
    def test_a_licence_is_asked_for_when_the_file_is_accepted_and_a_person_reviews(self, world, item):
        assert (item.automatic_source, item.status) == ("board-oh", ItemStatus.REQUESTED)
        assert automatic.verify_automatically(item.uid) == "answered"
        item.refresh_from_db()
        assert item.status == ItemStatus.RECEIVED
        assert item.result == 'Medical board of Ohio: license 35.100001 is "Active", expires 2027-06-30.'
        assert {row["field"]: row["agrees"] for row in item.findings["comparisons"]} == {
            "number": True,
            "last_name": True,
            "status": True,
            "last_valid_day": True,
            "first_issued": None,
        }
        assert item.evidence.title == "Medical board of Ohio: answer for OH 35.100001"
        verified = verification.verify(actor=world.coordinator, item=item)
        assert verified.status == ItemStatus.VERIFIED
        period = item.credential.periods.live().get()
        assert (period.start, period.end) == (dt.date(2012, 7, 1), dt.date(2027, 6, 30))

    def test_what_is_true_and_bad_raises_a_red_flag(self, world, item, player):
        player.records = [licence(status="Active - Probation")]
        automatic.verify_automatically(item.uid)
        item.refresh_from_db()
        verified = verification.verify(actor=world.coordinator, item=item)
        assert verified.status == ItemStatus.VERIFIED_ADVERSE
        assert "on probation" in RedFlag.objects.get(item=item).sentence

    def test_no_such_licence_is_an_answer_for_a_person(self, item, player):
        player.records = []
        assert automatic.verify_automatically(item.uid) == "answered"
        item.refresh_from_db()
        assert (item.status, item.findings) == (ItemStatus.RECEIVED, {"found": False})

    def test_days_that_cannot_be_are_no_answer(self, item, player):
        player.records = [licence(expires="06/30/1911")]
        assert automatic.verify_automatically(item.uid) == "could not be checked"
        attempt = item.attempts.get()
        assert attempt.outcome == AttemptOutcome.COULD_NOT_CHECK
        assert "answered, but not usably" in attempt.note
        assert attempt.evidence is not None

    def test_a_licence_of_another_state_is_for_a_person(self, world, board):
        ConnectedSource.objects.filter(pk=board.pk).update(state="KY")
        item = world.item(world.signed(world.accepted()), Element.STATE_LICENSE)
        assert (item.automatic_source, item.status) == ("", ItemStatus.NOT_STARTED)

    def test_a_key_that_is_not_set_is_said(self, board, player, monkeypatch):
        board.key_variable = "KEY_OF_OHIO"
        board.save()
        reply = ask(board)
        assert "environment variable KEY_OF_OHIO" in reply.sentence
        monkeypatch.setenv("KEY_OF_OHIO", "very secret")
        assert ask(board).checked
        assert player.headers[-1]["Authorization"] == "very secret"


class TestLog:
    def test_every_question_is_logged_without_what_it_was(self, board, item):
        ask(board)
        call = SourceCall.objects.get()
        assert (call.outcome, call.attempts, call.reason) == ("found", 1, "")
        assert call.milliseconds >= 0
        assert "100001" not in str(vars(call))

    def test_an_ended_question_is_never_changed_nor_deleted(self, board):
        ask(board)
        call = SourceCall.objects.get()
        call.reason = "it was different"
        with pytest.raises((InternalError, IntegrityError)), transaction.atomic():
            call.save()
        with pytest.raises((InternalError, IntegrityError)), transaction.atomic():
            call.delete()

    def test_the_registry_is_a_source_from_its_first_question_on(self, world):
        assert not ConnectedSource.objects.exists()
        assert sources.known_source("nppes").name == "NPI registry (NPPES)"
        assert sources.known_source("board-xx") is None


class TestRest:
    @pytest.fixture
    def resting(self, board, item, player):
        player.behave("html")
        for _ in range(2):
            assert automatic.verify_automatically(item.uid) == "could not be checked"
        player.behave()
        return board

    def test_after_failures_it_is_left_alone_and_nothing_is_lost(self, resting, item, player):
        asked = len(player.requests)
        assert automatic.verify_automatically(item.uid) == "held"
        assert len(player.requests) == asked
        item.refresh_from_db()
        assert item.status == ItemStatus.REQUESTED
        assert item.attempts.count() == 2  # being held is no attempt
        with clock.freeze(NOON + 12 * MINUTE):
            assert automatic.sweep() == 0
        with clock.freeze(NOON + 15 * MINUTE):
            assert automatic.sweep() == 1
            assert automatic.verify_automatically(item.uid) == "answered"
        assert selectors.rest_now(resting, NOON + 16 * MINUTE).health == SourceHealth.ANSWERING

    def test_a_person_asks_again_at_once(self, world, resting, item):
        assert [each.source.code for each in selectors.silent_sources()] == ["board-oh"]
        sources.wake_source(actor=world.coordinator, source=resting)
        assert automatic.ask_waiting("board-oh") == 1
        assert automatic.verify_automatically(item.uid) == "answered"
        assert selectors.silent_sources() == []

    def test_who_may_wake_it(self, world, resting):
        with pytest.raises(Forbidden):
            sources.wake_source(actor=world.lookup, source=resting)


class TestTurns:
    def test_no_more_than_so_many_a_minute(self, board):
        board.per_minute = 2
        board.save()
        assert ask(board).checked
        assert ask(board).checked
        held = ask(board)
        assert isinstance(held, Held)
        assert held.wait == MINUTE
        with clock.freeze(NOON + MINUTE):
            assert ask(board).checked

    def test_whose_turn_comes_later_is_asked_later(self, board, item):
        board.per_minute = 1
        board.save()
        ask(board)
        assert automatic.verify_automatically(item.uid) == "held"
        with clock.freeze(NOON + MINUTE):
            assert automatic.verify_automatically(item.uid) == "answered"


class TestSwitch:
    def test_off_its_items_go_to_a_person(self, world, board, item, player):
        with pytest.raises(Refused, match="Say why"):
            sources.switch_source(actor=world.coordinator, source=board, on=False)
        sources.switch_source(actor=world.coordinator, source=board, on=False, reason="It changed its shape.")
        assert automatic.verify_automatically(item.uid) == "left to a person"
        item.refresh_from_db()
        assert (item.status, player.requests) == (ItemStatus.AWAITING, [])
        assert isinstance(ask(board), Held)
        with pytest.raises(Refused, match="already"):
            sources.switch_source(actor=world.coordinator, source=board, on=False, reason="Again.")

    def test_on_again_it_is_asked(self, world, board, item):
        sources.switch_source(actor=world.coordinator, source=board, on=False, reason="It changed its shape.")
        sources.switch_source(actor=world.director, source=board, on=True, reason="The reading is mended.")
        board.refresh_from_db()
        assert ask(board).checked


def test_one_board_a_state_and_never_without_an_address(world, board):
    for wrong in ({"state": "OH"}, {"state": "KY", "address": "https://example.org"}, {"state": ""}):
        given = {
            "code": "another",
            "name": "Another",
            "connector": Connector.LICENCE_BOARD,
            "state": "KY",
            "address": "https://example.org/{number}",
        } | wrong
        with pytest.raises(IntegrityError), transaction.atomic():
            ConnectedSource.objects.create(**given)
