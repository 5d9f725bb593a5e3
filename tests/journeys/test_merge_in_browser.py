"""Two records of one person, compared, merged and taken apart in a real browser, on a desk and a phone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from config.kernel.periods import days
from practitioners.models import Practitioner
from practitioners.services.credentials import record_claim
from practitioners.services.people import create_practitioner
from tests.journeys.people import Person, Report
from tests.journeys.world import Hospital

MOST_QUERIES = 20
SignIn = Callable[..., Person]


@pytest.fixture
def records(hospital: Hospital) -> list[Practitioner]:
    """Robert Smith, entered twice: with his NPI, and as Bob without one."""
    made = [
        create_practitioner(
            actor=hospital["coordinator"],
            provider_type="MD",
            last_name="Smith",
            first_name=first,
            npi=npi,
            birth_date=dt.date(1975, 3, 4),
        )
        for first, npi in (("Robert", "1234567893"), ("Bob", None))
    ]
    for one in made:
        record_claim(
            actor=hospital["coordinator"],
            practitioner=one,
            type_code="LICENSE",
            state="IL",
            number="036-77",
            valid=days(dt.date(2024, 1, 1), None),
        )
    return made


@pytest.fixture
def report() -> Report:
    return Report()


@pytest.fixture
def sign_in(browser: Browser, live_server, records, report: Report) -> Iterator[SignIn]:
    people: list[Person] = []

    def arrive(username: str, *, view: str = "light") -> Person:
        people.append(Person(browser, live_server.url, username, report, view=view))
        return people[-1]

    yield arrive
    for each in people:
        each.close()


def test_merge_and_take_apart(sign_in: SignIn, records, report: Report):
    robert, bob = records
    rosa = sign_in("coordinator")
    rosa.press("Duplicates")
    rosa.sees("May be one person", "Smith, Bob", "Very likely one person")
    rosa.look()
    rosa.page.locator("a.row-link").first.click()
    rosa.sees("How alike they are", "The same State license of IL", "Differs")
    rosa.look()
    rosa.press("Merge, first record stays")
    rosa.sees("Nothing is moved or deleted")
    rosa.look()
    with rosa.refused():
        rosa.press("Merge")
        rosa.sees("Enter it.")
    rosa.fill(reason="The same license, and he says so")
    rosa.press("Merge")
    rosa.sees("Merged records", "from the merged record of Smith,")
    rosa.look("a file of two records")
    stays = rosa.path
    goes = bob if str(robert.uid) in stays else robert
    rosa.go(f"/practitioners/{goes.uid}/")
    assert rosa.path == stays
    rosa.go("/practitioners/?q=smith")
    rosa.sees("1 practitioner")
    rosa.go("/practitioners/duplicates/?show=merged")
    rosa.sees("The same license, and he says so")

    phone = sign_in("coordinator", view="360")
    phone.go(stays)
    phone.look("a file of two records")
    phone.go(f"/practitioners/{goes.uid}/take-apart/")
    phone.look()
    phone.fill(reason="Father and son")
    phone.press("Take apart")
    phone.sees("a person of their own again")
    phone.go(f"/practitioners/{robert.uid}/and/{bob.uid}/")
    phone.sees("Merged by mistake, taken apart", "Father and son")
    phone.look()
    phone.go("/practitioners/?q=smith")
    phone.sees("2 practitioners")
    phone.look()

    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(MOST_QUERIES) == {}
