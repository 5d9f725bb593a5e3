"""Asking over HTTP: patience, limits, and the honest third answer."""

import datetime as dt
import socket
import time

import pytest

from credentialing.sources.base import CouldNotCheck, HttpFetcher, Reply, ReplyKind, Source, could_not_check
from credentialing.sources.nppes import NppesSource
from credentialing.sources.players.nppes import start_player

MOMENT = dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC)
FAST = HttpFetcher(timeout=5, deadline=5, attempts=3, backoff=0, backoff_max=0)


@pytest.fixture
def player():
    with start_player() as running:
        yield running


def fetch(player, fetcher=FAST, **options):
    return fetcher.get(player.url, {"version": "2.1", "city": "NOWHERE"}, **options)


def test_an_answer(player):
    fetched = fetch(player)
    assert fetched.body == b'{"result_count": 0, "results": []}'
    assert fetched.media_type == "application/json"
    assert fetched.attempts == 1
    assert fetched.url == f"{player.url}?version=2.1&city=NOWHERE"


@pytest.mark.parametrize("behaviour", ["error", "busy", "drop"])
def test_what_may_pass_is_tried_again(player, behaviour):
    player.behave(behaviour, times=2)
    assert fetch(player).attempts == 3
    assert len(player.requests) == 3


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [("error", "status 500"), ("busy", "status 429"), ("drop", "connection failed")],
)
def test_patience_ends(player, behaviour, reason):
    player.behave(behaviour)
    with pytest.raises(CouldNotCheck, match=reason) as failure:
        fetch(player)
    assert failure.value.attempts == 3
    assert len(player.requests) == 3


def test_the_body_of_the_last_failure_is_kept(player):
    player.behave("error")
    with pytest.raises(CouldNotCheck) as failure:
        fetch(player)
    assert b"Internal Server Error" in failure.value.body
    assert failure.value.media_type == "text/html"


def test_a_redirection_is_final_and_not_followed(player):
    player.behave("redirect")
    with pytest.raises(CouldNotCheck, match="redirection"):
        fetch(player)
    assert len(player.requests) == 1


def test_another_status_is_final(player):
    with pytest.raises(CouldNotCheck, match="status 404"):
        FAST.get(player.url.replace("/api/", "/elsewhere"))


def test_a_slow_source_runs_into_the_timeout(player):
    player.behave("slow")
    began = time.monotonic()
    with pytest.raises(CouldNotCheck, match="did not answer in time"):
        fetch(player, HttpFetcher(timeout=0.1, deadline=1, attempts=2, backoff=0, backoff_max=0))
    assert time.monotonic() - began < 5
    assert len(player.requests) == 2


def test_an_answer_too_long_is_cut_short(player):
    player.behave("huge")
    with pytest.raises(CouldNotCheck, match="longer than 1000 bytes"):
        fetch(player, HttpFetcher(attempts=3, backoff=0, backoff_max=0, max_bytes=1000))
    assert len(player.requests) == 1


def test_a_trickle_runs_into_the_deadline(player):
    player.behave("huge")
    with pytest.raises(CouldNotCheck, match="did not answer in time"):
        fetch(player, HttpFetcher(deadline=-1, attempts=1, max_bytes=10**9))


def test_nobody_listens():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(CouldNotCheck, match="connection failed") as failure:
        FAST.get(f"http://127.0.0.1:{port}/api/")
    assert failure.value.attempts == 3


@pytest.mark.parametrize("address", ["ftp://127.0.0.1/", "http://", "not an address", "http://exa mple/"])
def test_an_impossible_address_is_a_reason_and_no_crash(address):
    with pytest.raises(CouldNotCheck):
        FAST.get(address)


def test_secrets_are_sent_and_never_kept(player):
    fetched = fetch(player, secret_params={"api_key": "s3cret"})
    assert "s3cret" in player.requests[0]
    assert "s3cret" not in fetched.url
    with_user = player.url.replace("http://", "http://user:passw0rd@")
    assert "passw0rd" not in FAST.get(with_user, {"version": "2.1"}).url


def test_the_third_answer_as_a_reply():
    failure = CouldNotCheck("it answered with status 500", attempts=3, body=b"sorry", media_type="text/html")
    reply = could_not_check("nppes", "The NPI registry", failure, obtained_at=MOMENT, url="http://x/")
    assert isinstance(reply, Reply)
    assert reply.kind is ReplyKind.COULD_NOT_CHECK
    assert not reply.checked
    assert reply.sentence == "The NPI registry could not be checked: it answered with status 500."
    assert (reply.raw, reply.media_type, reply.attempts) == (b"sorry", "text/html", 3)


def test_the_connector_is_a_source():
    assert isinstance(NppesSource(), Source)
