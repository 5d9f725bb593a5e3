"""One suite for whoever answers as the NPI registry: the local player, and the real one when asked to.

Set ``NPPES_CONTRACT_URL`` to the address of a real registry and ``NPPES_CONTRACT_NPI`` to the number of an
active individual there to run the same suite against it.
"""

import contextlib
import datetime as dt
import os
from pathlib import Path

import httpx
import pytest

from credentialing.sources.base import ReplyKind
from credentialing.sources.nppes import NppesSource, record_of
from credentialing.sources.players.nppes import load_records, start_player
from practitioners.rules.npi import npi_from_nine

FIXTURES = Path(__file__).parents[2] / "fixtures" / "nppes"
MOMENT = dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC)
REAL = os.environ.get("NPPES_CONTRACT_URL", "")
#: A valid number of the range that is not in use, so nobody has it.
NOBODY = npi_from_nine("299999999")


@pytest.fixture(params=["player", *(["real"] if REAL else [])])
def registry(request):
    """(address, NPI of an active individual there, a city with several records)."""
    with contextlib.ExitStack() as stack:
        if request.param == "real":
            yield REAL, os.environ["NPPES_CONTRACT_NPI"], "PORTLAND"
        else:
            player = stack.enter_context(start_player(load_records(FIXTURES / "registry.json")))
            yield player.url, "2000000101", "FERNWICK"


def ask(address, **params):
    return httpx.get(address, params=params, timeout=20, follow_redirects=True)


def test_a_known_number_is_found(registry):
    address, npi, _ = registry
    reply = NppesSource(address).look_up({"npi": npi}, obtained_at=MOMENT)
    assert reply.kind is ReplyKind.FOUND
    assert reply.fields["npi"] == npi
    assert reply.fields["status"] == "A"
    assert reply.source_date is not None
    assert reply.obtained_at == MOMENT
    assert record_of(reply).npi == npi
    assert npi in reply.url
    assert len(reply.sha256) == 64


def test_an_unused_number_is_not_found(registry):
    address, _, _ = registry
    reply = NppesSource(address).look_up({"npi": NOBODY}, obtained_at=MOMENT)
    assert reply.kind is ReplyKind.NOT_FOUND
    assert NOBODY in reply.sentence
    assert record_of(reply) is None


def test_the_answer_has_the_known_shape(registry):
    address, npi, _ = registry
    response = ask(address, version="2.1", number=npi)
    assert response.status_code == 200
    answer = response.json()
    assert answer["result_count"] == len(answer["results"]) == 1
    (record,) = answer["results"]
    assert {
        "number",
        "enumeration_type",
        "basic",
        "addresses",
        "taxonomies",
        "identifiers",
        "other_names",
    } <= set(record)
    assert {"first_name", "last_name", "status", "enumeration_date", "last_updated"} <= set(record["basic"])
    assert all({"code", "desc", "primary", "state", "license"} <= set(item) for item in record["taxonomies"])


@pytest.mark.parametrize(
    ("params", "number", "field"),
    [
        ({"version": "2.1", "number": "1234567890"}, "06", "number"),
        ({"version": "2.1", "number": "123"}, "06", "number"),
        ({"version": "2.1", "state": "OH"}, "07", "state"),
        ({"version": "9.9", "number": NOBODY}, "17", "version"),
    ],
)
def test_errors_come_with_status_200(registry, params, number, field):
    address, _, _ = registry
    response = ask(address, **params)
    assert response.status_code == 200
    (error,) = response.json()["Errors"]
    assert (error["number"], error["field"]) == (number, field)
    assert error["description"]


def test_a_limit_above_200_is_quietly_200(registry):
    address, _, _ = registry
    answer = ask(address, version="2.1", last_name="QUILL*", limit=201).json()
    assert "Errors" not in answer
    assert answer["result_count"] == len(answer["results"]) <= 200


def test_skip_pages_through_the_hits(registry):
    address, _, city = registry
    query = {"version": "2.1", "city": city, "limit": 2}
    first = ask(address, **query).json()["results"]
    second = ask(address, **query, skip=2).json()["results"]
    assert len(first) == len(second) == 2
    assert not {item["number"] for item in first} & {item["number"] for item in second}
