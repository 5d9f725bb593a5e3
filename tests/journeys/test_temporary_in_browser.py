"""Temporary privileges in ten clicks by three people, and gone on day 121."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser

from bylaws.models import StaffCategory
from config.accounts.choices import Role
from config.accounts.models import User
from config.accounts.services.users import give_role
from config.kernel import clock
from config.kernel.periods import days
from credentialing.choices import Element
from credentialing.models import Application
from credentialing.services import applications, verification
from credentialing.services.screening import screen
from practitioners.choices import Method, SourceKind
from practitioners.models import Practitioner
from practitioners.services.credentials import record_claim
from practitioners.services.people import create_practitioner
from privileging.models import PrivilegeFormVersion
from privileging.services.requests import request_with_cases
from tests.credentialing.scans import scan
from tests.journeys.people import Person, Report
from tests.journeys.test_walk_in_browser import FIXTURES
from tests.journeys.test_walk_over_services import record_claims
from tests.journeys.world import LONG_AGO, PASSWORD, Hospital

DAY = dt.timedelta(days=1)
#: Found out otherwise than by an answer on paper.
ASIDE = (Element.NPI, Element.ATTESTATION, Element.EXCLUSION)


@pytest.fixture
def hospital(hospital: Hospital) -> Hospital:
    """The hospital with the officers who recommend and grant alone, and the exclusion list."""
    for username, role in (
        ("president", Role.MEDICAL_STAFF_PRESIDENT),
        ("executive", Role.CHIEF_EXECUTIVE),
    ):
        user = User.objects.create_user(
            username, f"{username}@example.org", PASSWORD, first_name=username.title(), last_name="Lund"
        )
        give_role(actor=hospital.system, user=user, role=role, facility=hospital.facility, start=LONG_AGO)
    call_command("import_leie", str(FIXTURES / "leie" / "planted.csv"), verbosity=0)
    return hospital


@pytest.fixture
def surgeon(hospital: Hospital) -> Practitioner:
    return create_practitioner(
        actor=hospital["coordinator"], provider_type="MD", last_name="Kowalczyk", first_name="Marta",
        npi="2000000614", birth_date=dt.date(1980, 6, 14),
    )  # fmt: skip


@pytest.fixture
def waiting(hospital: Hospital, surgeon: Practitioner) -> Application:
    """Her complete application, before the bodies."""
    actor, today = hospital["coordinator"], clock.today(hospital.facility)
    term = days(today - 90 * DAY, today + 500 * DAY)
    for kind in ("LICENSE", "MALPRACTICE"):
        more = {"state": "IL", "number": "036-771204"} if kind == "LICENSE" else {"issuer": "Prairie Mutual"}
        record_claim(actor=actor, practitioner=surgeon, type_code=kind, valid=term, **more)
    record_claims(actor, surgeon, without=("LICENSE", "MALPRACTICE", "DEA", "CDS"))
    application = applications.open_application(
        actor=actor, practitioner=surgeon, facility=hospital.facility, kind="initial",
        department=hospital.surgery, category=StaffCategory.objects.get(code="active"),
    )  # fmt: skip
    form = PrivilegeFormVersion.objects.get(form__code="GS", status="published")
    cases = {
        "procedure_group": "gs-major", "cases": 212, "source": "Case log of the applicant",
        "performed_from": today - 600 * DAY, "performed_through": today - DAY,
    }  # fmt: skip
    request_with_cases(
        actor=actor, application=application, version=form, special=["GS-SEDATION"], cases=cases
    )
    applications.submit(actor=actor, application=application)
    application.refresh_from_db()
    application = applications.accept(actor=actor, application=application)
    application.items.filter(element=Element.NPI).update(status="not_applicable")
    for item in application.items.filter(element=Element.ATTESTATION):
        answered(actor, item, today)
    for item in application.items.exclude(element__in=ASIDE):
        answered(actor, item, today)
    screen(actor=actor, practitioner=surgeon)
    application = applications.complete(actor=actor, application=application)
    applications.send_to_review(actor=actor, application=application)
    application.refresh_from_db()
    return application


def answered(actor, item, today: dt.date) -> None:
    """The source said so today, and a person reviewed it."""
    kinds = item.accepted_sources or [SourceKind.PRIMARY]
    kind = SourceKind.PRIMARY if SourceKind.PRIMARY in kinds else kinds[0]
    item = verification.receive(
        actor=actor, item=item, source="The source", source_kind=kind, method=Method.LETTER,
        verified_on=today, result="As stated.", content=b"As stated.", media_type="text/plain",
    )  # fmt: skip
    verification.verify(actor=actor, item=item)


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
