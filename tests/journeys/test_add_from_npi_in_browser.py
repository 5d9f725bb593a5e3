"""Somebody new, from ten digits to a file with what the registry knows, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser

from credentialing.sources.players.nppes import Player, start_player
from tests.journeys.people import Person, Report
from tests.journeys.world import Hospital

HERE = Path(__file__).parent
NPI = "2000000614"


@pytest.fixture
def player(settings: Any) -> Iterator[Player]:
    records = json.loads((HERE / "registry_surgeon.json").read_text())["results"]
    with start_player(records, slow_seconds=60) as running:
        settings.NPPES_API_URL = running.url
        yield running


def test_a_surgeon_is_added_from_an_npi(browser: Browser, live_server, hospital: Hospital, player: Player):
    call_command("import_nucc", str(HERE.parent / "fixtures" / "nucc" / "taxonomy.csv"), verbosity=0)
    report = Report()
    rosa = Person(browser, live_server.url, "coordinator", report, also=("360",))
    rosa.go("/practitioners/new/")
    rosa.look("new, the NPI")
    with rosa.refused():
        rosa.fill(npi="2000000615")
        rosa.press("Ask the registry")
        rosa.sees("check digit")
        rosa.look("new, a slip in the NPI")
    player.behave("error", times=2)
    rosa.fill(npi=NPI)
    rosa.press("Ask the registry")
    rosa.sees("could not be checked", "says nothing about the number")
    rosa.look("new, the registry cannot be reached")
    rosa.press("ask again")
    rosa.sees("is active in the NPI registry", "036.148811")
    rosa.look("new, filled in")
    rosa.fill(licences=["IL 036.148811"])
    rosa.press("Add practitioner")
    rosa.sees("is on file", "IL 036.148811", "Claimed", "NPPES registry (self-reported)")
    rosa.look("file, just added")
    with rosa.refused():
        rosa.go(f"/practitioners/new/?npi={NPI}")
        rosa.sees("This NPI is on file already")
        rosa.look("new, on file already")
        rosa.press("Kowalczyk, Marcus Antoni, II")
        rosa.sees("Who they are")
    log_a_call(rosa)
    rosa.close()
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}


def log_a_call(rosa: Person) -> None:
    """Two clicks beside the typing: when to come back to it, and the button."""
    rosa.fill(said="The certificate of the board follows by mail.")
    rosa.page.get_by_label("In a week").check()
    rosa.press("Log it")
    rosa.sees("It comes back to you on", "The certificate of the board follows by mail.")
    rosa.press("Done", exact=False)
    rosa.sees("Followed up")
    rosa.press("Not done", exact=False)
    rosa.sees("It is to be followed up again.")
    rosa.go("/follow-ups/")
    rosa.sees("1 follow-up")
    rosa.look("follow-ups")
    rosa.press("Kowalczyk, Marcus Antoni, II", exact=False)
    rosa.sees("Log a contact")
    rosa.look("contact log")
    rosa.go("/")
    rosa.sees("Follow-ups", "The certificate of the board follows by mail.")
