"""A scan of ten pages is filed into the files of the people it is about, and a page is taken out again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from config.kernel import clock
from config.kernel.dates import add_months
from config.kernel.periods import days
from credentialing.choices import PaperStatus
from credentialing.models import FiledPart, IncomingPaper
from practitioners.models import Practitioner
from practitioners.selectors.evidence import read_document
from practitioners.services.credentials import record_claim
from practitioners.services.people import create_practitioner
from tests.credentialing.scans import headings, scan
from tests.journeys.people import Person, Report
from tests.journeys.world import Hospital

SignIn = Callable[..., Person]


@pytest.fixture
def report() -> Report:
    return Report()


@pytest.fixture
def sign_in(browser: Browser, live_server, hospital: Hospital, report: Report) -> Iterator[SignIn]:
    """``sign_in("coordinator", view="360")``: that user at a browser of their own."""
    people: list[Person] = []

    def arrive(username: str, *, view: str = "light") -> Person:
        people.append(Person(browser, live_server.url, username, report, view=view))
        return people[-1]

    yield arrive
    for each in people:
        each.close()


@pytest.fixture
def surgeons(hospital: Hospital) -> list[Practitioner]:
    """Two surgeons covered by one carrier."""
    people, today = [], clock.today(hospital.facility)
    for name, npi in (("Okonkwo", "1003000126"), ("Nazarbekov", "1003000134")):
        person = create_practitioner(
            actor=hospital["coordinator"], provider_type="MD", last_name=name, first_name="Ada", npi=npi
        )
        for code, more in (
            ("LICENSE", {"state": "IL", "number": f"036-{npi[-6:]}"}),
            ("MALPRACTICE", {"number": f"POL-{npi[-3:]}", "issuer": "Imaginary Mutual",
                             "extra": {"per_claim_usd": 1000000, "aggregate_usd": 3000000}}),
        ):  # fmt: skip
            record_claim(
                actor=hospital["coordinator"], practitioner=person, type_code=code, said_by="applicant",
                valid=days(add_months(today, -11), add_months(today, 1)), **more,
            )  # fmt: skip
        people.append(person)
    return people


def photograph(person: Person, name: str) -> None:
    """A picture for whoever wants to look (STANDING_PICTURES names the folder)."""
    folder = os.environ.get("STANDING_PICTURES")
    if folder:
        person.page.screenshot(path=Path(folder) / f"{name}-{person.view}.png", full_page=True)


def look(person: Person, name: str) -> None:
    """Examine the page, once every picture on it has come."""
    person.page.wait_for_load_state("networkidle")
    person.look(name)
    photograph(person, name)


def choose_person(person: Person, typed: str) -> None:
    """Type a name; what the pages may be follows from whose they are."""
    with person.page.expect_response(lambda answer: "/incoming/kinds/" in answer.url):
        person.fill(person=typed)


def test_a_scan_of_ten_pages_filed(sign_in: SignIn, surgeons: list[Practitioner], report: Report):
    rosa = sign_in("coordinator")
    rosa.go("/incoming/")
    rosa.sees("No paper waits to be filed.")
    look(rosa, "tray, empty")
    rosa.press("Add paper")
    rosa.fill(papers={"name": "Fax.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 torn %%EOF"})
    with rosa.refused():
        rosa.press("Add to the tray")
        rosa.sees("The PDF is damaged")
        look(rosa, "add, refused")
    rosa.fill(papers={"name": "Fax.pdf", "mimeType": "application/pdf", "buffer": scan(10)}, channel="fax")
    rosa.press("Add to the tray")
    rosa.sees("Fax, 10 pages", "Nothing of it is filed yet.")
    expect(rosa.page.locator(".page-picture")).to_have_js_property("complete", True)
    look(rosa, "paper")

    # Three clicks beside the typing: the paper on Today, what it is, File.
    rosa.go("/")
    rosa.sees("Paper to file", "Fax, 0 of 10 pages filed")
    clicks = 0
    rosa.press("Fax", exact=True)
    clicks += 1
    rosa.sees("File pages")
    assert rosa.page.input_value("[name=pages]") == "1"
    choose_person(rosa, "Okonkwo")
    rosa.page.locator("[name=what]").select_option(label="State license IL 036-000126")
    clicks += 1
    rosa.press("File")
    clicks += 1
    rosa.sees("Page 1 is in the file of Okonkwo, Ada", "Verify the renewal")
    assert clicks == 3

    # It goes on with the first page that is left; any other is a look and a number away.
    assert rosa.page.input_value("[name=pages]") == "2"
    choose_person(rosa, "1003000134")
    rosa.page.locator("a.page-thumb", has_text="Page 4").click()
    expect(rosa.page.locator("#page-viewer h2")).to_contain_text("Page 4")
    assert rosa.page.input_value("[name=person]") == "1003000134"  # what was typed stays
    with rosa.refused():
        rosa.fill(pages="4-2")
        rosa.press("File")
        rosa.sees("The last page lies before the first.")
        look(rosa, "paper, refused")
    rosa.fill(pages="2-4", title="Letter of the school")
    rosa.press("File")
    rosa.sees("Pages 2 to 4 are in the file of Nazarbekov, Ada: “Letter of the school”.")

    # The rest is a carrier's list, for both.
    rosa.press("For many people")
    year = clock.today().year
    rosa.fill(pages="5-10", kind="MALPRACTICE", people="Ada Okonkwo\nNobody Known")
    with rosa.refused():
        rosa.press("Preview")
        rosa.sees("Nobody is found under this name.")
        look(rosa, "many, refused")
    rosa.fill(
        people="Ada Okonkwo\n1003000134", valid_through=f"{year + 1}-12-31", source="Imaginary Mutual",
        source_kind="agent", method="letter",
    )  # fmt: skip
    rosa.press("Preview again")
    rosa.sees("This will be filed", "POL-126")
    look(rosa, "many")
    rosa.press("File for 2 people")
    rosa.sees("in the files of 2 people, and the renewals are confirmed.", "Nothing more is to be filed.")
    paper = IncomingPaper.objects.get()
    assert paper.status == PaperStatus.FILED
    look(rosa, "paper, filed")

    # A page that was in the wrong file comes out again and waits.
    rosa.press("Take out of the file of Nazarbekov, Ada: Pages 2 to 4", exact=False)
    look(rosa, "take out")
    rosa.fill(reason="It is her namesake's.")
    rosa.press("Take out of the file")
    rosa.sees("It is out of the file of Nazarbekov, Ada, and waits again.", "Taken out")
    assert rosa.page.input_value("[name=pages]") == "2"
    standing = FiledPart.objects.filter(undone_at__isnull=True).select_related("document")
    assert sorted((each.first_page, each.last_page) for each in standing) == [(1, 1), (5, 10), (5, 10)]
    part = standing.get(first_page=1)
    assert headings(read_document(viewer=part.filed_by, document=part.document)) == ["Page 1"]

    for view in ("dark", "360"):
        marcus = sign_in("director", view=view)
        marcus.go("/incoming/")
        marcus.sees("7 of 10 pages")
        look(marcus, "tray")
        marcus.go(f"/incoming/{paper.uid}/")
        marcus.sees("File pages")
        look(marcus, "paper")
        marcus.go(f"/incoming/{paper.uid}/many/")
        look(marcus, "many")

    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}
