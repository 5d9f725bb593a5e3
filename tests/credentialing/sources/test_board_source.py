"""A licence board asked over real HTTP: what it says, and everything it may do wrong."""

from __future__ import annotations

import copy
import datetime as dt

import pytest

from credentialing.sources.base import HttpFetcher, ReplyKind
from credentialing.sources.boards import BoardSource, compare, read_reading
from credentialing.sources.players.board import READING, start_player
from practitioners.rules.problems import Problem

MOMENT = dt.datetime(2026, 3, 10, 17, tzinfo=dt.UTC)
FAST = HttpFetcher(timeout=0.4, deadline=0.6, attempts=2, backoff=0.01, max_bytes=100_000)


def licence(number="036.100001", status="Active", **more):
    return {
        "licenseNumber": number,
        "holder": {"last": "Quillfeather", "first": "Marisol"},
        "status": {"text": status},
        "firstIssued": "07/01/2012",
        "expiration": "06/30/2027",
        "asOf": "03/09/2026",
    } | more


@pytest.fixture
def player():
    records = [
        licence(),
        licence("036.1000012", "Revoked"),
        licence("036.100003", "Suspended - Stayed"),
        licence("036.100004", expiration="next summer"),
        licence("036.100005", status=""),
        licence("036.100006"),
        licence("36-100006", "Revoked"),
    ]
    with start_player(records, slow_seconds=5) as running:
        yield running


def ask(player, number="036.100001", **more):
    given = {
        "code": "board-il",
        "name": "Board of Illinois",
        "address": player.address,
        "reading": read_reading(READING),
        "fetcher": FAST,
    } | more
    return BoardSource(**given).look_up({"number": number}, obtained_at=MOMENT)


def test_found_with_what_it_says(player):
    reply = ask(player)
    assert reply.kind is ReplyKind.FOUND
    assert reply.fields == {
        "number": "036.100001",
        "last_name": "Quillfeather",
        "first_name": "Marisol",
        "status": "ACTIVE",
        "status_said": "Active",
        "issued": "2012-07-01",
        "expires": "2027-06-30",
        "as_of": "2026-03-09",
    }
    assert reply.source_date == dt.date(2026, 3, 9)
    assert reply.sentence == 'Board of Illinois: license 036.100001 is "Active", expires 2027-06-30.'


def test_a_longer_number_that_begins_alike_is_another_licence(player):
    assert ask(player, "036.1000012").fields["status"] == "REVOKED"


def test_not_found_is_an_answer(player):
    reply = ask(player, "999")
    assert (reply.kind, reply.checked) == (ReplyKind.NOT_FOUND, True)
    assert reply.sentence == "Board of Illinois has no license 999."


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("036.100003", 'its word for the status, "Suspended - Stayed", has no meaning here yet'),
        ("036.100004", '"next summer" is not a day as it writes them (expires)'),
        ("036.100005", "its answer has no status where one is expected"),
        ("036.10", "it answered about other licenses than the one asked for"),
    ],
)
def test_what_is_not_understood_is_not_guessed(player, number, told):
    reply = ask(player, number)
    assert (reply.kind, reply.reason) == (ReplyKind.COULD_NOT_CHECK, told)
    assert reply.raw  # what it did say is kept


@pytest.mark.parametrize(
    "behaviour", ["slow", "error", "busy", "garbage", "html", "drop", "huge", "redirect"]
)
def test_whatever_it_does_wrong_is_the_third_outcome(player, behaviour):
    player.behave(behaviour)
    reply = ask(player)
    assert reply.kind is ReplyKind.COULD_NOT_CHECK
    assert reply.sentence == f"Board of Illinois could not be checked: {reply.reason}."


def test_an_answer_of_another_shape_is_no_empty_answer(player):
    reading = read_reading({**READING, "records": "results"})
    assert ask(player, reading=reading).reason == 'its answer has no "results"'


def test_the_key_is_sent_and_kept_nowhere(player):
    reply = ask(player, headers={"X-Key": "very secret"})
    assert reply.kind is ReplyKind.FOUND
    assert player.headers[-1]["X-Key"] == "very secret"
    assert "secret" not in repr(reply)


def test_a_number_is_only_ever_a_number_in_the_address(player):
    ask(player, "1&number=2#x")
    assert player.requests[-1] == "number=1%26number%3D2%23x"
    with pytest.raises(Problem, match="without a number"):
        ask(player, " ")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"places": {"number": "a"}}, "does not say where to find: status"),
        ({"places": {"number": "a", "status": "b", "colour": "c"}}, "No such fact: colour"),
        ({"statuses": {"Active": "FINE"}}, "No status of a credential: FINE"),
        ({"statuses": {}}, "explains none"),
        ({"day": "%H:%M"}, "does not say how a day is written"),
        ({"day": 7}, "does not say how a day is written"),
        ({"extra": 1}, "names that mean nothing: extra"),
        ({"statuses": []}, 'needs "places"'),
    ],
)
def test_a_reading_that_cannot_be_read_says_why(change, told):
    with pytest.raises(Problem, match=told):
        read_reading(copy.deepcopy(READING) | change)


@pytest.mark.parametrize("nonsense", [None, [], "x", 5])
def test_a_reading_is_a_set_of_names(nonsense):
    with pytest.raises(Problem, match="The reading is a set of names"):
        read_reading(nonsense)


def test_what_is_claimed_beside_what_it_says():
    rows = compare(
        {"number": "036-100001", "last_name": "QUILLFÉATHER", "status": "Active", "first_issued": ""},
        {"number": "036.100001", "last_name": "Quillfeather", "status": "Suspended"},
        note_on_status="Active",
    )
    assert [(row["field"], row["agrees"]) for row in rows] == [
        ("number", True),
        ("last_name", True),
        ("status", False),
    ]
    assert rows[2]["note"] == 'The board writes "Active".'
