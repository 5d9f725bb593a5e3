"""Temporary privileges in ten clicks by three people, on both grounds, and gone on day 121."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from config.accounts.choices import Role
from config.accounts.models import User
from config.accounts.services.users import give_role
from config.kernel import clock
from credentialing.choices import Element
from credentialing.models import Application
from credentialing.services import applications, verification
from practitioners.models import Practitioner
from tests.credentialing.scans import scan
from tests.journeys.files import DAY, answered, file_in_review, new_surgeon
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


@pytest.fixture
def needed(hospital: Hospital) -> Practitioner:
    """Everything the need asks for is found out; her application is not complete, and not for weeks."""
    surgeon = new_surgeon(hospital)
    application = file_in_review(hospital, surgeon)
    applications.return_to_verification(
        actor=hospital["coordinator"], application=application, reason="The work history has a gap."
    )
    number = application.items.get(element=Element.NPI)
    found = verification.renew(actor=hospital["coordinator"], item=number)
    answered(hospital["coordinator"], found, clock.today(hospital.facility))
    return surgeon


def test_ten_clicks_beside_an_application_and_gone_on_day_121(
    browser: Browser, live_server, hospital: Hospital, waiting: Application, tmp_path
):
    report = Report()
    rosa = Person(browser, live_server.url, "coordinator", report, also=("360", "dark"))
    rosa.go(f"/applications/{waiting.uid}/")
    rosa.sees("Privileges requested")
    with rosa.counting() as office:
        rosa.press("Temporary privileges meanwhile")
        rosa.sees("The applicant’s signed request")
        rosa.look("temporary privileges meanwhile")
        rosa.fill(document=signed_in(tmp_path))
        office.number += 1  # to choose the file
        rosa.press("Ask for them")
        rosa.sees("Asked for, and sent to those who recommend and grant it.")
    rosa.close()
    assert office.number + granted_by_officers(browser, live_server, report) <= 10
    gone_on_day_121(browser, live_server, hospital, report)
    clean(report)


def test_ten_clicks_for_a_care_need_and_gone_on_day_121(
    browser: Browser, live_server, hospital: Hospital, needed: Practitioner, tmp_path
):
    report = Report()
    rosa = Person(browser, live_server.url, "coordinator", report, also=("360", "dark"))
    rosa.go(f"/practitioners/{needed.uid}/")
    rosa.sees("Temporary privileges")
    with rosa.counting() as office:
        rosa.press("Ask for a care need")
        rosa.sees("The patient care need")
        rosa.look("temporary privileges for a care need")
        rosa.page.get_by_label("Laparoscopic cholecystectomy").click()
        rosa.fill(need="Nobody else here operates on these patients.", document=signed_in(tmp_path))
        office.number += 1  # to choose the file
        rosa.press("Ask for them")
        rosa.sees("Asked for, and sent to those who recommend and grant it.")
    rosa.close()
    assert office.number + granted_by_officers(browser, live_server, report) <= 10
    gone_on_day_121(browser, live_server, hospital, report)
    clean(report)


def signed_in(folder: Path) -> str:
    """The scan of a signed request."""
    signed = folder / "request.pdf"
    signed.write_bytes(scan(1))
    return str(signed)


def granted_by_officers(browser: Browser, live_server, report: Report) -> int:
    """The president recommends, the chief executive grants, each from Today at a telephone; the taps."""
    taken = 0
    for name in ("president", "executive"):
        officer = Person(browser, live_server.url, name, report, view="360")
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
        taken += taps.number
        officer.close()
    return taken


def gone_on_day_121(browser: Browser, live_server, hospital: Hospital, report: Report) -> None:
    """The ward is told yes on day 120, and no on the day after."""
    today = clock.today(hospital.facility)
    ward = Person(browser, live_server.url, "ward", report)
    for day, said in ((119, "Yes"), (120, "No")):
        with clock.freeze(dt.datetime.combine(today + day * DAY, dt.time(18), dt.UTC)):
            ward.go(f"/lookup/?person=2000000614&privilege=GS-LAP-CHOLE&on={today + day * DAY}")
            ward.sees(said)
    ward.close()


def clean(report: Report) -> None:
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    # The file of temporary privileges judges the one it waits beside as well; nothing else asks more.
    judging_two = ("/applications/…/", "/reviews/…/")
    assert {
        page: count
        for page, count in report.more_than(20).items()
        if count > 30 or page.partition(" ")[0] not in judging_two
    } == {}
