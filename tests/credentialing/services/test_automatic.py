"""Asking the NPI registry by machine, over real HTTP; losing nothing and duplicating nothing."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.choices import AttemptOutcome, Element, ItemStatus
from credentialing.models import VerificationAttempt
from credentialing.services import automatic, runs, sources, verification
from credentialing.sources.base import HttpFetcher
from credentialing.sources.players.nppes import load_records, start_player
from practitioners.selectors.evidence import read_content
from tests.credentialing.files import hospitals_with_file
from tests.credentialing.world import FIXTURES, NOON

HOSPITALS = hospitals_with_file
#: Tried as often as ever, and again at once.
AT_ONCE = HttpFetcher(backoff=0, backoff_max=0)


@pytest.fixture
def player(settings):
    with start_player(load_records(FIXTURES / "nppes" / "registry.json")) as running:
        settings.NPPES_API_URL = running.url
        yield running


@pytest.fixture
def item(world, player):
    return world.item(world.signed(world.file), Element.NPI)


def test_accepting_asks_the_registry(world, item):
    assert item.status == ItemStatus.REQUESTED
    assert item.requested_at is not None


def test_the_answer_is_kept_raw_and_waits_for_a_person(world, item, player):
    assert automatic.verify_automatically(item.uid) == "answered"
    item.refresh_from_db()
    assert item.status == ItemStatus.RECEIVED
    assert item.findings["found"] is True
    assert {one["field"]: one["agrees"] for one in item.findings["comparisons"]} == {
        "last_name": True,
        "first_name": True,
        "state": True,
    }
    raw = json.loads(read_content(viewer=world.coordinator, evidence=item.evidence))
    assert raw["results"][0]["number"] == "2000000101"
    assert verification.verify(actor=world.coordinator, item=item).status == ItemStatus.VERIFIED


def test_asked_twice_answered_once(item, player):
    automatic.verify_automatically(item.uid)
    assert automatic.verify_automatically(item.uid) == "nothing to ask"
    assert VerificationAttempt.objects.count() == 1


def test_a_second_worker_that_answers_later_writes_nothing(world, item, player):
    """Both asked while the item waited; the answer of the slower one finds it answered."""
    reply = sources.ask(sources.known_source("nppes"), {"npi": "2000000101"})
    assert automatic.write_reply(item, reply, asked_at=item.requested_at) == "answered"
    assert automatic.write_reply(item, reply, asked_at=item.requested_at) == "answered meanwhile"
    assert VerificationAttempt.objects.count() == 1
    assert world.item(item.application, Element.NPI).evidence.sequence == 2  # after the signature


def test_a_worker_killed_before_it_wrote_is_made_good_by_the_sweep(item, player):
    sources.ask(
        sources.known_source("nppes"), {"npi": "2000000101"}
    )  # ... and then the machine lost its power
    assert automatic.sweep() == 0
    with clock.freeze(NOON + automatic.sweep_after() + dt.timedelta(seconds=1)):
        assert automatic.sweep() == 1
        assert automatic.verify_automatically(item.uid) == "answered"
        assert automatic.sweep() == 0


@pytest.mark.parametrize("behaviour", ["garbage", "html", "drop", "error"])
def test_what_could_not_be_checked_is_said_so(item, player, settings, behaviour):
    player.behave(behaviour)
    for count in (1, 2):
        assert automatic.verify_automatically(item.uid, fetcher=AT_ONCE) == "could not be checked"
        item.refresh_from_db()
        assert item.status == ItemStatus.REQUESTED
        assert item.attempts.filter(outcome=AttemptOutcome.COULD_NOT_CHECK).count() == count
    automatic.verify_automatically(item.uid, fetcher=AT_ONCE)
    item.refresh_from_db()
    assert (item.status, item.evidence) == (ItemStatus.AWAITING, None)
    player.behave()
    verification.request(actor=item.application.coordinator, item=item)
    assert automatic.verify_automatically(item.uid) == "answered"


def test_a_number_nobody_has_is_an_answer_too(world, player):
    person = world.practitioner(npi="1234567893")
    world.state_everything(person)
    item = world.item(world.signed(world.accepted(person)), Element.NPI)
    assert automatic.verify_automatically(item.uid) == "answered"
    item.refresh_from_db()
    assert (item.status, item.findings["found"]) == (ItemStatus.RECEIVED, False)
    assert item.attempts.get().outcome == AttemptOutcome.NOT_FOUND


def test_without_an_npi_nothing_is_asked(world, player):
    person = world.practitioner(npi=None)
    item = world.item(world.signed(world.accepted(person)), Element.NPI)
    assert (item.status, item.automatic_source) == (ItemStatus.NOT_STARTED, "")
    assert player.requests == []


def test_an_answer_recorded_by_hand_meanwhile_stands(world, item, player):
    reply = sources.ask(sources.known_source("nppes"), {"npi": "2000000101"})
    world.answer(item, source="NPPES, by hand")
    assert automatic.write_reply(item, reply, asked_at=item.requested_at) == "answered meanwhile"
    assert world.item(item.application, Element.NPI).source == "NPPES, by hand"


def test_nobody_is_asked_before_the_release_is_on_file(world, player):
    application = world.file
    item = world.item(application, Element.NPI)
    assert item.status == ItemStatus.NOT_STARTED
    with pytest.raises(Refused, match="release is not on file yet"):
        verification.request(actor=world.coordinator, item=item)
    with pytest.raises(Refused, match="release is not on file yet"):
        runs.check_application(actor=world.coordinator, application=application)
    world.signed(application)
    item.refresh_from_db()
    assert item.status == ItemStatus.REQUESTED
    assert automatic.verify_automatically(item.uid) == "answered"
