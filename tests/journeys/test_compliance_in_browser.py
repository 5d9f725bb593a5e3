"""Compliance in a real browser: the coordinator runs it, writes to whoever does not meet a rule, and sees a
cure close the finding; the director waives what may be waived.
"""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

from playwright.sync_api import Browser

from bylaws.choices import FindingStatus
from bylaws.models import Finding
from bylaws.services.compliance_runs import record_run
from config.kernel import clock
from config.kernel.periods import days
from config.rulebook.services.parameters import set_parameter
from practitioners.choices import LetterKind
from practitioners.models import Letter, Practitioner
from practitioners.services.people import create_practitioner
from tests.journeys.people import Person, Report
from tests.journeys.test_evaluations_in_browser import clean
from tests.journeys.world import Hospital, take_over
from tests.privileging.conftest import NPIS, credential, say

DAY = dt.timedelta(days=1)


class Licensed:
    """A member with a license that ran out, and its renewal."""

    def __init__(self, hospital: Hospital, number: int, last_name: str, last_day: dt.date) -> None:
        today = clock.today(hospital.facility)
        self.one: Practitioner = create_practitioner(
            actor=hospital.system, provider_type="MD", last_name=last_name, first_name="Pat", npi=NPIS[number]
        )
        take_over(hospital, self.one, today - 600 * DAY, today + 100 * DAY)
        self.world = SimpleNamespace(system=hospital.system)
        self.last_day = last_day
        self.identity = credential(self.world, self.one, "LICENSE", state="IL", number=f"036.{number}")
        say(self.world, self.identity, dt.date(2020, 1, 1), last_day)

    def renew(self, last_day: dt.date) -> None:
        say(self.world, self.identity, self.last_day + DAY, last_day, at=clock.now())


def test_a_run_notices_and_a_cure(browser: Browser, live_server, hospital: Hospital, celery_worker):
    today = clock.today(hospital.facility)
    lapsed = [Licensed(hospital, n, name, today - 20 * DAY) for n, name in enumerate(("Ames", "Birch"))]
    Licensed(hospital, 2, "Cole", today + 300 * DAY)
    report = Report()
    helen = Person(browser, live_server.url, "staff_coordinator", report, also=("dark", "360"))
    helen.go("/compliance/findings/")
    helen.sees("Compliance was not recorded yet.")
    helen.look("findings, before the first run")
    helen.go("/compliance/")
    helen.sees("BL-LIC-1", "1 of 3 comply")
    helen.look()
    helen.press("Run now")
    helen.confirm()
    helen.sees("3 people judged under every rule.", "Ames, Pat")
    helen.go("/compliance/findings/?rule_code=BL-LIC-1&outcome=NOT_MET")
    helen.look("findings")
    for person in lapsed:
        uid = Finding.objects.get(practitioner=person.one, rule_code="BL-LIC-1").uid
        helen.page.locator(f'input[name="selected"][value="{uid}"]').check()
    helen.press("Send notices")
    helen.sees("2 letters will be issued", "14 days for the answer")
    helen.look("notices, before they go")
    helen.press("Issue 2 letters")
    helen.sees("2 letters are issued", "Notified")
    assert Letter.objects.filter(kind=LetterKind.FINDING_NOTICE).count() == 2

    helen.go(
        f"/compliance/findings/{Finding.objects.get(practitioner=lapsed[0].one, rule_code='BL-LIC-1').uid}/"
    )
    helen.sees("Why", "What would change this", "Notice issued", "can never be waived")
    helen.look("a finding")
    helen.unfold("Record an answer")
    helen.fill(**{"answer-said": "The renewal came yesterday."})
    helen.press("Record the answer")
    helen.sees("Answered", "The renewal came yesterday.")
    lapsed[0].renew(today + 700 * DAY)
    helen.go("/compliance/")
    helen.press("Run now")
    helen.confirm()
    helen.sees("1 cured")
    one = Finding.objects.get(practitioner=lapsed[0].one, rule_code="BL-LIC-1")
    assert one.status == FindingStatus.CURED
    helen.go(f"/compliance/findings/{one.uid}/")
    helen.sees("Cured", "It is over.")
    helen.look("a finding that is cured")
    for path, name in (
        ("/compliance/people/", "compliance by person"),
        ("/compliance/departments/", "compliance by department"),
        ("/compliance/trend/", "compliance over time"),
    ):
        helen.go(path)
        helen.look(name)
    helen.close()
    clean(report)


def test_the_director_waives_what_may_be_waived(
    browser: Browser, live_server, hospital: Hospital, celery_worker
):
    today, now = clock.today(hospital.facility), clock.now()
    with clock.freeze(now - 60 * DAY):
        ames = Licensed(hospital, 0, "Ames", today + 300 * DAY)
        Licensed(hospital, 1, "Birch", today - 20 * DAY)
    for weeks_ago in range(8, 0, -1):
        with clock.freeze(now - 7 * weeks_ago * DAY):
            record_run(actor=hospital.system, facility=hospital.facility)
    set_parameter(
        actor=hospital.system,
        code="bylaws.appointment_term_months",
        subject="",
        source="bylaws",
        value=12,
        citation="Medical Staff Bylaws, article 5",
        confidence="adopted",
        valid=days(dt.date(2020, 1, 1), None),
        facility=hospital.facility,
    )
    report = Report()
    marcus = Person(browser, live_server.url, "director", report, also=("dark", "360"))
    marcus.go("/compliance/")
    marcus.press("Run now")
    marcus.confirm()
    marcus.sees("people judged under every rule.")
    marcus.go("/compliance/trend/")
    marcus.sees("Not met, over all rules", "As numbers")
    marcus.look("compliance over nine runs")
    one = Finding.objects.get(rule_code="BL-APP-1", practitioner=ames.one)
    marcus.go(f"/compliance/findings/{one.uid}/")
    marcus.unfold("Waive or exempt")
    marcus.fill(
        **{"waive-last_day": (today + 30 * DAY).isoformat(), "waive-justification": "The board is late."}
    )
    marcus.press("Set it aside")
    marcus.confirm()
    marcus.sees("Waived by Marcus Whitfield", "The board is late.")
    marcus.look("a finding that is waived")
    marcus.go("/compliance/?rule=BL-APP-1&outcome=waived")
    marcus.sees("1 of these waived", "Waived by Marcus Whitfield")
    marcus.look("compliance with a waiver")
    marcus.close()
    clean(report)
