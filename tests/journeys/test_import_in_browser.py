"""Files from other systems, from the upload to the answer, in a real browser with a real worker: a roster of
five thousand rows with faults, and the export with which a hospital goes live.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Browser, expect

from config.kernel import clock
from config.kernel.display.dates import day_text
from practitioners.models import CredentialPeriod, ImportBatch, Practitioner
from privileging.models import FormLine
from tests.config.golive.test_loading import as_csv as as_export
from tests.config.golive.test_loading import codes, export
from tests.journeys.people import Person, Report
from tests.journeys.test_walk_in_browser import FIXTURES, MOST_QUERIES
from tests.journeys.world import Hospital
from tests.practitioners.rosters import as_csv, plant, roster_rows

ROWS, FAULTS = 5_000, 50
#: Milliseconds: the worker writes five thousand people meanwhile.
LONG = 300_000


@pytest.fixture
def report() -> Report:
    return Report()


@pytest.fixture
def hospital(hospital: Hospital) -> Hospital:
    """The hospital with the specialties and a form of privileges in use."""
    call_command("import_nucc", str(FIXTURES / "nucc" / "taxonomy.csv"), verbosity=0)
    for line in FormLine.objects.filter(version__form__code="GS").select_related("version__form"):
        line.version.form.facilities.add(hospital.facility)
    return hospital


@pytest.fixture
def rosa(hospital: Hospital, browser: Browser, live_server, report: Report) -> Iterator[Person]:
    """The credentialing coordinator at her browser."""
    person = Person(browser, live_server.url, "coordinator", report)
    yield person
    person.close()


def faultless(report: Report) -> None:
    """No page complained, was hard to use for somebody, or asked the database too often."""
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(MOST_QUERIES) == {}


def test_a_roster_of_five_thousand_with_faults(rosa: Person, celery_worker, report: Report):
    """Fifty rows stay out and say why and where, the others come in as a whole, and all of it goes again."""
    rows = roster_rows(ROWS, seed=1)
    faults = plant(rows, FAULTS, seed=2)
    assert len({(fault.column, fault.words.split(" row ")[0]) for fault in faults}) >= 15
    roster = {"name": "roster.csv", "mimeType": "text/csv", "buffer": as_csv(rows)}
    rosa.go("/practitioners/imports/")
    rosa.look("imports, none yet")
    rosa.press("Import a roster")
    rosa.look("upload")
    rosa.fill(file={"name": "not-a-roster.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"})
    with rosa.refused():
        rosa.press("Check the file")
        rosa.sees("lacks the columns NPI, Last name")
        rosa.look("upload, refused")
    rosa.fill(file=roster)
    rosa.press("Check the file")
    expect(rosa.page.locator("main")).to_contain_text("Import of roster.csv", timeout=LONG)
    rosa.sees("The check digit of NPI 1234567890 is wrong")
    rosa.look("reconciliation, rejected")
    with rosa.page.expect_download() as coming:
        rosa.press("Export CSV")
    assert_told(Path(coming.value.path()), faults)
    rosa.press("New", within=rosa.page.locator("main"), exact=False)
    rosa.sees("on file, last valid day")
    rosa.look("reconciliation, new")
    assert Practitioner.objects.count() == 0, "a check writes nothing"
    rosa.press("Apply")
    rosa.confirm()
    rosa.page.get_by_role("link", name="Undo", exact=True).wait_for(timeout=LONG)
    rosa.look("reconciliation, applied")
    batch = ImportBatch.objects.get()
    assert Practitioner.objects.count() == ROWS - FAULTS
    assert CredentialPeriod.objects.live().count() == 3 * (ROWS - FAULTS), "whole people"
    assert not batch.rows.filter(outcome="rejected", practitioner__isnull=False).exists()
    rosa.press("Undo")
    rosa.look("undo")
    rosa.fill(reason="The roster of another hospital")
    rosa.press("Undo the import")
    expect(rosa.page.locator("main")).to_contain_text("Undone", timeout=LONG)
    rosa.sees("The roster of another hospital")
    rosa.look("reconciliation, undone")
    assert Practitioner.objects.count() == 0
    assert CredentialPeriod.objects.live().count() == 0
    person = batch.rows.filter(outcome="new").order_by("number")[0].practitioner
    rosa.go(f"/practitioners/{person.uid}/")
    rosa.sees("Withdrawn", "The roster of another hospital", person.npi)
    rosa.look("a withdrawn record")
    faultless(report)


def assert_told(path: Path, faults) -> None:
    """Every fault stands in the list of what was rejected with its row and column, and nothing else does."""
    told = {int(row["Row"]): row["Why"] for row in csv.DictReader(path.read_text("utf-8-sig").splitlines())}
    assert sorted(told) == [fault.row for fault in faults]
    for fault in faults:
        assert f"{fault.column}: " in told[fault.row], fault
        assert fault.words in told[fault.row], fault


def test_a_hospital_goes_live(
    hospital: Hospital, browser: Browser, live_server, celery_worker, report: Report
):
    """The earlier system's export goes in, and the ward is answered rightly the same day."""
    today = clock.today(hospital.facility)
    rows = export(3, 2, today=today)
    granted, not_granted = codes()[0], codes()[-1]
    until = dt.date.fromisoformat(rows[0]["Appointed through"])
    marcus = Person(browser, live_server.url, "director", report)
    marcus.go(reverse("golive:new"))
    marcus.look("go-live upload")
    marcus.fill(
        file={"name": "export.csv", "mimeType": "text/csv", "buffer": as_export(rows)},
        facility=hospital.facility.code,
    )
    marcus.press("Check the file")
    marcus.sees("Go-live load of export.csv", "6")
    marcus.look("go-live, checked")
    marcus.press("Apply")
    marcus.confirm()
    expect(marcus.page.locator("main")).to_contain_text("Applied", timeout=LONG)
    marcus.look("go-live, applied")
    person = Practitioner.objects.get(npi=rows[0]["NPI"])
    marcus.go(f"/practitioners/{person.uid}/")
    marcus.sees("Appointed", "Category", "Active", "Term until", day_text(until))
    marcus.close()
    ward = Person(browser, live_server.url, "ward", report)
    for code, answer in ((granted, "Yes"), (not_granted, "No")):
        ward.go("/lookup/")
        ward.page.get_by_label("Who", exact=True).fill(rows[0]["NPI"])
        ward.page.get_by_label("What", exact=True).fill(code)
        ward.press("Ask")
        ward.sees(answer, person.display_name)
    ward.close()
    faultless(report)
