"""A roster with faults, from the upload to the undo, in a real browser with a real worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser

from practitioners.models import Practitioner
from tests.journeys.people import Person, Report
from tests.journeys.test_walk_in_browser import FIXTURES, MOST_QUERIES
from tests.journeys.world import build_hospital
from tests.practitioners.rosters import as_csv, roster_rows

SignIn = Callable[..., Person]


@pytest.fixture
def report() -> Report:
    return Report()


@pytest.fixture
def rosa(browser: Browser, live_server, transactional_db: None, report: Report) -> Iterator[Person]:
    """The credentialing coordinator at her browser."""
    build_hospital()
    call_command("import_nucc", str(FIXTURES / "nucc" / "taxonomy.csv"), verbosity=0)
    person = Person(browser, live_server.url, "coordinator", report)
    yield person
    person.close()


def test_a_roster_with_faults(rosa: Person, celery_worker, report: Report):
    """Two people come in, one row stays out and says why, and all of it goes again."""
    rows = roster_rows(3, seed=1)
    rows[1]["NPI"] = "1234567890"
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
    rosa.sees("Import of roster.csv", "The check digit of NPI 1234567890 is wrong")
    rosa.look("reconciliation, rejected")
    rosa.press("New", within=rosa.page.locator("main"), exact=False)
    rosa.sees("on file, last valid day")
    rosa.look("reconciliation, new")
    rosa.press("Apply")
    rosa.confirm()
    rosa.sees("Applied")
    rosa.page.get_by_role("link", name="Undo", exact=True).wait_for()
    rosa.look("reconciliation, applied")
    assert Practitioner.objects.count() == 2
    rosa.press("Undo")
    rosa.look("undo")
    rosa.fill(reason="The roster of another hospital")
    rosa.press("Undo the import")
    rosa.sees("The roster of another hospital")
    rosa.look("reconciliation, undone")
    assert Practitioner.objects.count() == 0

    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(MOST_QUERIES) == {}
