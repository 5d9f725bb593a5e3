"""Temporary privileges in ten clicks by three people, and gone on day 121."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import Browser

from config.accounts.choices import Role
from config.accounts.models import User
from config.accounts.services.users import give_role
from config.kernel import clock
from credentialing.models import Application
from tests.credentialing.scans import scan
from tests.journeys.files import DAY, file_in_review, new_surgeon
from tests.journeys.people import Person, Report
from tests.journeys.world import LONG_AGO, PASSWORD, Hospital


@pytest.fixture
def hospital(hospital: Hospital) -> Hospital:
    """The hospital with the officers who recommend and grant alone."""
    for username, role in (
        ("president", Role.MEDICAL_STAFF_PRESIDENT),
        ("executive", Role.CHIEF_EXECUTIVE),
    ):
        user = User.objects.create_user(
            username, f"{username}@example.org", PASSWORD, first_name=username.title(), last_name="Lund"
        )
        give_role(actor=hospital.system, user=user, role=role, facility=hospital.facility, start=LONG_AGO)
    return hospital


@pytest.fixture
def waiting(hospital: Hospital) -> Application:
    """Her complete application, before the bodies."""
    return file_in_review(hospital, new_surgeon(hospital))


def test_ten_clicks_and_gone_on_day_121(
    browser: Browser, live_server, hospital: Hospital, waiting: Application, tmp_path
):
    report, today = Report(), clock.today(hospital.facility)
    signed = tmp_path / "request.pdf"
    signed.write_bytes(scan(1))
    rosa = Person(browser, live_server.url, "coordinator", report, also=("360", "dark"))
    president = Person(browser, live_server.url, "president", report, view="360")
    executive = Person(browser, live_server.url, "executive", report, view="360")

    rosa.go(f"/applications/{waiting.uid}/")
    rosa.sees("Privileges requested")
    with rosa.counting() as office:
        rosa.press("Temporary privileges meanwhile")
        rosa.sees("The applicant’s signed request")
        rosa.look("temporary privileges meanwhile")
        rosa.fill(document=str(signed))
        office.number += 1  # to choose the file
        rosa.press("Ask for them")
        rosa.sees("Asked for, and sent to those who recommend and grant it.")
    clicks = office.number
    for officer in (president, executive):
        officer.go("/")
        officer.sees("Kowalczyk")
        with officer.counting() as taps:
            officer.press("Kowalczyk", within=officer.page.locator("main"), exact=False)
            officer.page.wait_for_url("**/reviews/**")
            officer.press("Recommend all", exact=False)
            officer.sees("Sign this for")
            officer.look("before signing")
            officer.press("Sign")
            officer.sees("Signed and recorded.")
        clicks += taps.number
    assert clicks <= 10, clicks

    ward = Person(browser, live_server.url, "ward", report)
    for day, said in ((119, "Yes"), (120, "No")):
        with clock.freeze(dt.datetime.combine(today + day * DAY, dt.time(18), dt.UTC)):
            ward.go(f"/lookup/?person=2000000614&privilege=GS-LAP-CHOLE&on={today + day * DAY}")
            ward.sees(said)
    for person in (rosa, president, executive, ward):
        person.close()
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}
