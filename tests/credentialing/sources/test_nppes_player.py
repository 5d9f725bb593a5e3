"""The player of the NPI registry as a program and its doors."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from credentialing.sources.players.nppes import BEHAVIOURS, SPECIAL_NPIS, load_records, main, start_player
from practitioners.rules.npi import npi_is_valid

ROOT = Path(__file__).parents[3]
FIXTURES = ROOT / "tests" / "fixtures" / "nppes"


@pytest.fixture
def player():
    with start_player(load_records(FIXTURES / "registry.json")) as running:
        yield running


def numbers(player, **params):
    answer = httpx.get(player.url, params={"version": "2.1", **params}).json()
    return [record["basic"]["last_name"] for record in answer["results"]]


@pytest.mark.parametrize(
    ("params", "surnames"),
    [
        ({"last_name": "quillfeather"}, ["QUILLFEATHER"]),
        ({"last_name": "bramblethorpe"}, ["QUILLFEATHER"]),
        ({"last_name": "QUI*"}, ["QUILLFEATHER"]),
        ({"last_name": "QUILLFEATHER", "state": "OH"}, ["QUILLFEATHER"]),
        ({"last_name": "QUILLFEATHER", "state": "KY"}, []),
        ({"first_name": "OSWIN", "enumeration_type": "NPI-1"}, ["MCTESTERLY JR"]),
        ({"first_name": "OSWIN", "enumeration_type": "NPI-2"}, []),
        ({"taxonomy_description": "surgery"}, ["QUILLFEATHER"]),
        ({"postal_code": "46001"}, []),
        ({"city": "FERNWICK", "limit": "2", "skip": "1"}, ["GARCÍA-LUMBRERAS", "MCTESTERLY JR"]),
        ({"city": "FERNWICK", "skip": "8"}, []),
    ],
)
def test_searching(player, params, surnames):
    assert numbers(player, **params) == surnames


@pytest.mark.parametrize("pattern", ["Q*", "*", "Q*F"])
def test_a_wildcard_needs_two_letters_before_it(player, pattern):
    answer = httpx.get(player.url, params={"version": "2.1", "last_name": pattern}).json()
    assert answer["Errors"][0]["number"] == "07"


def test_default_and_largest_number_of_hits():
    record = load_records(FIXTURES / "registry.json")[0]
    with start_player([record] * 250) as player:
        assert len(numbers(player, last_name="QUILLFEATHER")) == 10
        assert len(numbers(player, last_name="QUILLFEATHER", limit="200")) == 200
        assert len(numbers(player, last_name="QUILLFEATHER", limit="201")) == 200
        assert len(numbers(player, last_name="QUILLFEATHER", limit="200", skip="200")) == 50


def test_the_control_door(player):
    control = player.url.replace("/api/", "/control")
    query = {"version": "2.1", "last_name": "QUILLFEATHER"}
    assert httpx.post(control, json={"behaviour": "error", "times": 1}).status_code == 200
    assert httpx.get(player.url, params=query).status_code == 500
    assert httpx.get(player.url, params=query).status_code == 200
    httpx.post(control, json={"behaviour": "busy"})
    assert httpx.get(player.url, params=query).status_code == 429
    assert httpx.get(player.url, params=query).status_code == 429
    httpx.post(control, json={})
    assert httpx.get(player.url, params=query).status_code == 200


@pytest.mark.parametrize("body", [b"nonsense", b"[]", b'{"behaviour": "dance"}', b'{"times": "many"}'])
def test_a_wish_that_is_not_understood(player, body):
    assert httpx.post(player.url.replace("/api/", "/control"), content=body).status_code == 400


def test_special_numbers_are_valid_and_cover_every_behaviour():
    assert set(SPECIAL_NPIS.values()) == set(BEHAVIOURS)
    assert all(npi_is_valid(number) for number in SPECIAL_NPIS)


def test_records_of_a_folder_and_of_one_file():
    assert len(load_records(FIXTURES / "registry.json")) == 8
    assert len(load_records(FIXTURES / "bare_list.json")) == 2
    assert len(load_records(FIXTURES)) > 10


def test_as_a_program_it_says_where_it_listens_and_ends_when_told():
    command = [sys.executable, "-m", "credentialing.sources.players.nppes", "--port", "0"]
    command += ["--records", str(FIXTURES / "registry.json")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            said = process.stdout.readline()
            assert said.startswith("listening on http://127.0.0.1:")
            assert said.endswith("/api/\n")
            answer = httpx.get(said.split()[-1], params={"version": "2.1", "number": "2000000101"}).json()
            assert answer["result_count"] == 1
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=10) == 0
        finally:
            process.kill()


@pytest.mark.parametrize("content", [None, "no json"])
def test_records_that_cannot_be_read_end_the_program_with_a_sentence(tmp_path, capsys, content):
    path = tmp_path / "records.json"
    if content is not None:
        path.write_text(content)
    assert main(["--records", str(path)]) == 2
    assert capsys.readouterr().err.startswith("The player cannot start: ")


def test_the_answers_are_the_registrys_format(player):
    response = httpx.get(player.url, params={"version": "2.1", "number": "2000000101"})
    assert response.headers["content-type"] == "application/json"
    assert json.loads(response.content)["results"] == [load_records(FIXTURES / "registry.json")[0]]
