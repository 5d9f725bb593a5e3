"""Evaluations in a real browser: an FPPE from the grant to its close with the proctor at a telephone, and an
OPPE cycle with a planted outlier from the file to the signature.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser

from bylaws.models import StaffCategory
from config.accounts.choices import Role
from config.accounts.models import User
from config.accounts.services.users import give_role
from config.kernel import clock
from practitioners.models import CredentialType, Practitioner
from practitioners.services.people import create_practitioner
from privileging.models import FPPEPlan, OPPEProfile
from privileging.selectors.proctors import link_of
from tests.journeys.files import carried, chair_signs, file_in_review, in_session, new_surgeon
from tests.journeys.people import Person, Report
from tests.journeys.test_reference_in_browser import Peer
from tests.journeys.world import LONG_AGO, PASSWORD, SEATS, Hospital
from tests.privileging.conftest import NPIS, appoint, grant, licensed

DAY = dt.timedelta(days=1)
CODES = ("GS-LAP-CHOLE", "GS-COLECTOMY", "GS-BARIATRIC")


@pytest.fixture
def hospital(hospital: Hospital, settings, live_server) -> Hospital:
    settings.STANDING_SITE_URL = live_server.url
    user = User.objects.create_user("quality", "quality@example.org", PASSWORD, first_name="Renata")
    give_role(
        actor=hospital.system,
        user=user,
        role=Role.QUALITY_COORDINATOR,
        facility=hospital.facility,
        start=LONG_AGO,
    )
    hospital.users["quality"] = user
    return hospital


def surgeon(
    hospital: Hospital, number: int, last_name: str, start: dt.date, codes: Collection[str] = CODES
) -> Practitioner:
    """A member with privileges, an appointment and a license since ``start``."""
    one = create_practitioner(
        actor=hospital.system, provider_type="MD", last_name=last_name, first_name="Pat", npi=NPIS[number]
    )
    world = SimpleNamespace(
        system=hospital.system,
        lakeside=hospital.facility,
        surgery=hospital.surgery,
        active=StaffCategory.objects.get(code="active"),
        licence=CredentialType.objects.get(code="LICENSE"),
    )
    ends = clock.today(hospital.facility) + 300 * DAY
    licensed(world, one)
    appoint(world, one, start, ends)
    for code in codes:
        grant(world, one, code, start, ends)
    return one


def clean(report: Report) -> None:
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}


def granted_by_the_board(hospital: Hospital) -> tuple[Practitioner, set[str]]:
    """A newcomer whom chair, committees and board granted general surgery and moderate sedation today, and
    the codes of it.
    """
    newcomer = new_surgeon(hospital)
    application = file_in_review(hospital, newcomer)
    chair_signs(hospital, application)
    for body, name in SEATS.items():
        voters = [f"{name}{number}" for number in (1, 2, 3)]
        carried(hospital, application, in_session(hospital, application, body, voters), voters)
    plans = FPPEPlan.objects.select_related("privilege")
    assert {plan.opened_on for plan in plans} == {clock.today(hospital.facility)}
    return newcomer, {plan.privilege.code for plan in plans}


def test_a_focused_evaluation_from_the_boards_grant_to_its_close(
    browser: Browser, live_server, hospital: Hospital
):
    today = clock.today(hospital.facility)
    newcomer, codes = granted_by_the_board(hospital)
    surgeon(hospital, 1, "Whitlock", today - 900 * DAY, codes)
    FPPEPlan.objects.update(cases_required=1)  # fewer, to keep this short
    report = Report()
    renata = Person(browser, live_server.url, "quality", report, also=("dark", "360"))
    renata.go("/")
    renata.sees("Focused evaluations", "Kowalczyk")
    renata.go("/fppe/")
    renata.look()
    renata.press("Kowalczyk, Marta")
    renata.sees("General surgery, core", "0 of 1 case", "Nobody is named yet")
    renata.look("evaluations of a person")
    renata.press("Start")
    renata.sees(f"Under way: {len(codes)} evaluations.")
    renata.press("Name a proctor")
    renata.look("name a proctor")
    renata.fill(proctor="Whitlock, Pat", no_conflict=True)
    renata.press("Name the proctor")
    renata.sees("The proctor is named")
    (assignment,) = newcomer.proctored_by.all()
    proctor = Peer(browser, live_server.url, report, view="360")
    proctor.go(link_of(assignment))
    proctor.sees("asks Whitlock, Pat to look at cases of Kowalczyk, Marta")
    proctor.look("proctor, before the first case")
    proctor.press("I have no conflict of interest")
    proctor.look("proctor, a case")
    report_a_case(proctor, today, 1)
    extend(renata, newcomer, today, len(codes))
    proctor.page.reload()
    report_a_case(proctor, today, 2)
    proctor.look("proctor, reported")
    renata.go(f"/fppe/people/{newcomer.uid}/")
    renata.sees("2 of 2 cases", "Data complete", "Whitlock, Pat")
    renata.look("evaluations of a person, data complete")
    renata.press("Close")
    renata.look("close evaluations")
    renata.fill(outcome="closed_success", conclusion="Two cases, no concern.")
    renata.press("Close")
    renata.sees(f"Closed: {len(codes)} evaluations.")
    renata.look("evaluations of a person, closed")
    assert set(FPPEPlan.objects.values_list("status", "due_on")) == {("closed_success", today + 200 * DAY)}
    proctor.close()
    renata.close()
    clean(report)


def report_a_case(proctor: Peer, today: dt.date, number: int) -> None:
    """One case that shows the core and the special privilege; a name typed is refused the first time."""
    for shown in proctor.page.locator('[name="shown"]').all():
        shown.set_checked(True)
    proctor.fill(day=str(today), encounter=f"E-{number}", looking="proctored", outcome="expected")
    if number == 1:
        proctor.fill(encounter="John Miller")
        with proctor.refused():
            proctor.press("Report the case")
            proctor.sees("pseudonym")
            proctor.look("proctor, a name typed")
        proctor.fill(encounter="E-1")
    proctor.press("Report the case")
    proctor.sees("The case is reported")


def extend(renata: Person, newcomer: Practitioner, today: dt.date, evaluations: int) -> None:
    """One case is too little to say anything: another one, and more time."""
    renata.go(f"/fppe/people/{newcomer.uid}/")
    renata.sees("1 of 1 case", "Data complete")
    renata.press("Extend")
    renata.look("extend evaluations")
    renata.fill(due_on=str(today + 200 * DAY), more_cases=1, why="One case is too little.")
    renata.press("Extend")
    renata.sees(f"Extended: {evaluations} evaluations.", "1 of 2 cases", "Extended")
    renata.look("evaluations of a person, extended")


def test_a_cycle_of_ongoing_evaluation_with_a_planted_outlier(
    browser: Browser, live_server, hospital: Hospital, tmp_path: Path
):
    today = clock.today(hospital.facility)
    people = [
        surgeon(
            hospital, number, f"Surgeon{'abcdef'[number]}x", today - 400 * DAY,
            (*CODES, *(["EM-CARE"] if number == 4 else [])),
        )
        for number in range(6)
    ]  # fmt: skip
    first, last = today - 200 * DAY, today - 20 * DAY
    file = tmp_path / "half.csv"
    rows = [f"{NPIS[n]},surgical-infections,{first},{last},{14 if n == 4 else 2},100" for n in range(5)]
    head = "npi,indicator,from,through,numerator,denominator"
    report = Report()
    renata = Person(browser, live_server.url, "quality", report, also=("dark", "360"))
    renata.go("/oppe/")
    renata.sees("No profile here yet")
    renata.look("no cycle")
    renata.press("Open a cycle")
    renata.look("open a cycle")
    renata.fill(first_day=str(first), last_day=str(last))
    renata.press("Open the cycle")
    renata.sees("The cycle is open with 7 profiles of 6 people.")
    renata.press("Load values")
    file.write_text("\n".join([head, *rows, "12,nothing,today,,,"]), encoding="utf-8")
    renata.fill(file=str(file))
    with renata.refused():
        renata.press("Look at it first")
        renata.sees("Row 7, npi", "Nothing was loaded")
        renata.look("a delivery with mistakes")
    file.write_text("\n".join([head, *rows]), encoding="utf-8")
    renata.fill(file=str(file))
    renata.press("Look at it first")
    renata.sees("Can be loaded")
    renata.look("a delivery")
    renata.press("Load 5 values")
    renata.sees("Loaded: 5 values.", "Surgical site infections", "No value at all")
    renata.look("profiles")
    renata.press("Put before the chairs")
    renata.sees("Before the chairs: 7 profiles.")
    anita = Person(browser, live_server.url, "chair", report, view="360")
    anita.go("/")
    anita.sees("Profiles to sign")
    anita.go("/oppe/?q=Surgeonex")
    anita.sees("General surgery", "Emergency medicine")
    outlier = OPPEProfile.objects.get(practitioner=people[4], form__code="GS")
    anita.go(f"/oppe/profiles/{outlier.uid}/")
    anita.sees("In other specialties")
    anita.press("Emergency medicine")
    anita.sees("No value at all in this cycle")
    anita.look("profile in another specialty, without a case")
    anita.press("General surgery")
    anita.sees("Outside the limits", "14.0 % (14 of 100 operations)", "2.0 %")
    anita.does_not_see("Surgeonax")
    anita.look("profile of the outlier")
    anita.fill(proposal="accepted", words="Seven times the rate of the peers.")
    anita.press("Sign")
    anita.sees("Signed. Here is the next one.")
    renata.go("/")
    renata.sees("The chair proposes a focused evaluation")
    renata.go(f"/oppe/profiles/{outlier.uid}/")
    renata.look("a signed profile")
    renata.press("Open a focused evaluation")
    renata.look("open an evaluation")
    renata.page.get_by_label("Laparoscopic cholecystectomy").check()
    renata.fill(reason="for_cause", grounds="Infections, seven times the rate of the peers.")
    renata.press("Open the evaluation")
    renata.sees("Opened: 1 evaluation.")
    anita.close()
    renata.close()
    assert FPPEPlan.objects.get().reason == "for_cause"
    clean(report)
