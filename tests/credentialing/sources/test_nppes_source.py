"""The NPI registry as a source: three answers, and the comparison with what was claimed."""

import datetime as dt
import json
from pathlib import Path

import pytest

from credentialing.sources.base import HttpFetcher, ReplyKind
from credentialing.sources.nppes import NppesSource, compare, record_of
from credentialing.sources.players.nppes import SPECIAL_NPIS, load_records, start_player
from practitioners.importing.nppes import read_one
from practitioners.rules.npi import npi_from_nine
from practitioners.rules.problems import Problem

FIXTURES = Path(__file__).parents[2] / "fixtures" / "nppes"
MOMENT = dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC)
FAST = HttpFetcher(timeout=2, deadline=5, attempts=2, backoff=0, backoff_max=0)
MARISOL, DEACTIVATED, ORGANIZATION = "2000000101", npi_from_nine("200000034"), npi_from_nine("200000032")


@pytest.fixture(scope="module")
def registry():
    with start_player(load_records(FIXTURES), slow_seconds=0) as player:
        yield player


@pytest.fixture
def source(registry):
    return NppesSource(registry.url, FAST)


def look_up(source, npi):
    return source.look_up({"npi": npi}, obtained_at=MOMENT)


def test_found(source):
    reply = look_up(source, MARISOL)
    assert reply.kind is ReplyKind.FOUND
    assert reply.sentence == f"NPI {MARISOL} is active in the NPI registry: Quillfeather, Marisol Tessa, MD."
    assert reply.source_date == dt.date(2024, 2, 29)
    assert reply.media_type == "application/json"
    assert json.loads(reply.raw)["results"][0]["number"] == MARISOL
    assert reply.fields["name"]["last_name"] == "Quillfeather"
    assert reply.fields["taxonomies"][0]["licence_number"] == "35.100001"
    assert json.loads(json.dumps(reply.fields)) == reply.fields


def test_found_and_adverse(source):
    reply = look_up(source, DEACTIVATED)
    assert reply.kind is ReplyKind.FOUND
    assert reply.fields["status"] == "D"
    assert "not active" in reply.sentence
    assert not record_of(reply).active


def test_an_organizations_number_is_found_and_is_no_person(source):
    reply = look_up(source, ORGANIZATION)
    assert reply.kind is ReplyKind.FOUND
    assert reply.fields["enumeration_type"] == "NPI-2"
    assert "organization" in reply.sentence
    assert record_of(reply) is None


def test_not_found(source):
    reply = look_up(source, npi_from_nine("299999999"))
    assert reply.kind is ReplyKind.NOT_FOUND
    assert reply.checked
    assert json.loads(reply.raw) == {"result_count": 0, "results": []}


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("error", "status 500"),
        ("busy", "status 429"),
        ("garbage", "not one of the registry's format"),
        ("html", "not one of the registry's format"),
        ("drop", "connection failed"),
        ("huge", "longer than"),
        ("redirect", "redirection"),
    ],
)
def test_could_not_check(source, behaviour, reason):
    npi = next(number for number, name in SPECIAL_NPIS.items() if name == behaviour)
    reply = look_up(source, npi)
    assert reply.kind is ReplyKind.COULD_NOT_CHECK
    assert reply.sentence.startswith("The NPI registry (NPPES) could not be checked: ")
    assert reason in reply.sentence
    assert reply.obtained_at == MOMENT
    assert npi in reply.url
    assert record_of(reply) is None


def test_garbage_is_kept_as_it_came(source):
    npi = next(number for number, name in SPECIAL_NPIS.items() if name == "garbage")
    assert look_up(source, npi).raw.startswith(b'{"result_count": 1')


@pytest.mark.parametrize("npi", ["1234567890", "", "abc"])
def test_a_question_that_cannot_be_asked_is_not_asked(registry, source, npi):
    before = len(registry.requests)
    with pytest.raises(Problem):
        look_up(source, npi)
    assert len(registry.requests) == before


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"basic": None}, "shape that is not known"),
        ({"enumeration_type": "NPI-9"}, "shape that is not known"),
        ({"taxonomies": [{"code": "SURGERY"}]}, "shape that is not known"),
    ],
)
def test_a_record_of_unknown_shape_is_not_found_and_not_missing(change, reason):
    record = load_records(FIXTURES / "registry.json")[0] | change
    with start_player([record]) as player:
        reply = look_up(NppesSource(player.url, FAST), MARISOL)
    assert reply.kind is ReplyKind.COULD_NOT_CHECK
    assert reason in reply.sentence
    assert reply.raw


def test_two_records_for_one_number_prove_nothing():
    record = load_records(FIXTURES / "registry.json")[0]
    with start_player([record, record]) as player:
        reply = look_up(NppesSource(player.url, FAST), MARISOL)
    assert reply.kind is ReplyKind.COULD_NOT_CHECK
    assert "2 records" in reply.sentence


# --- comparison -----------------------------------------------------------------------------------------


def record(last_name):
    for raw in load_records(FIXTURES / "registry.json"):
        item = read_one(raw)
        if item.name.last_name == last_name:
            return item
    raise LookupError(last_name)


def outcome(who, **claimed):
    (comparison,) = compare(record(who), claimed)
    return comparison


@pytest.mark.parametrize(
    ("last_name", "claimed"),
    [
        ("Quillfeather", {"last_name": "QUILLFEATHER"}),
        ("Quillfeather", {"last_name": "Quillfeather, MD"}),
        ("García-Lumbreras", {"last_name": "Garcia Lumbreras"}),
        ("García-Lumbreras", {"last_name": "GARCIALUMBRERAS"}),
        ("McTesterly", {"last_name": "McTesterly Jr."}),
        ("O'Fable", {"last_name": "O’FABLE"}),
        ("O'Fable", {"last_name": "Ofable"}),
        ("de la Mentira", {"last_name": "DeLaMentira"}),
        ("Quillfeather", {"first_name": "marisol"}),
        ("Quillfeather", {"state": "oh"}),
        ("Inventon", {"state": "IN"}),
        ("García-Lumbreras", {"taxonomy": "207rc0000x"}),
        ("Quillfeather", {"licence_number": "35-100001", "licence_state": "OH"}),
        ("García-Lumbreras", {"licence_number": "E7788", "licence_state": "ky"}),
        ("García-Lumbreras", {"licence_number": "E7788"}),
    ],
)
def test_writing_makes_no_difference(last_name, claimed):
    assert outcome(last_name, **claimed).agrees is True


@pytest.mark.parametrize(
    ("last_name", "claimed"),
    [
        ("Quillfeather", {"last_name": "Quillfether"}),
        ("García-Lumbreras", {"last_name": "Garcia"}),
        ("Quillfeather", {"first_name": "Maria"}),
        ("Quillfeather", {"state": "KY"}),
        ("Quillfeather", {"taxonomy": "207R00000X"}),
        ("Quillfeather", {"licence_number": "100001", "licence_state": "OH"}),
        ("García-Lumbreras", {"licence_number": "35.100003", "licence_state": "OH"}),
    ],
)
def test_a_difference_is_shown_with_what_was_found(last_name, claimed):
    comparison = outcome(last_name, **claimed)
    assert comparison.agrees is False
    assert comparison.found
    assert comparison.field in claimed


def test_a_former_name_agrees_and_says_so():
    comparison = outcome("Quillfeather", last_name="Bramblethorpe")
    assert comparison.agrees is True
    assert comparison.note == "Agrees with a former name of the record."


def test_silence_of_the_registry_is_neither_agreement_nor_difference():
    comparison = outcome("Quillfeather", licence_number="123", licence_state="TX")
    assert comparison.agrees is None
    assert comparison.note == "The registry states no license for TX."


def test_notes_for_the_human():
    raw = load_records(FIXTURES / "registry.json")[0]
    raw["basic"]["first_name"] = "ROBERT"
    raw["taxonomies"][0]["license"] = "0035100001"
    comparisons = compare(
        read_one(raw), {"first_name": "Bob", "licence_number": "35.100001", "licence_state": "OH"}
    )
    assert [(item.agrees, item.note) for item in comparisons] == [
        (False, "Bob and Robert are used for one another."),
        (False, "The numbers differ in leading zeros only."),
    ]


def test_only_given_fields_are_compared_in_their_order():
    claimed = {"state": "OH", "last_name": "Quillfeather", "first_name": " ", "taxonomy": None}
    assert [item.field for item in compare(record("Quillfeather"), claimed)] == ["last_name", "state"]
    assert compare(record("Quillfeather"), {}) == []
