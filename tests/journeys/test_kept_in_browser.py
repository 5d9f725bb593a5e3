"""What the office keeps and what follows from an evaluation, in a browser: a form tried before it is kept,
the hospital's procedure codes, the indicators, and an evaluation that ended without satisfaction taken up.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser

from bylaws.choices import CommitteeKind
from bylaws.services.meetings import schedule_meeting
from config.kernel import clock
from privileging.models import FPPEPlan, OPPEIndicator, PrivilegeFormVersion, ProcedureCode
from privileging.services.evaluations import begin_initial_fppe
from privileging.services.fppe import close_fppe, start_fppe
from tests.journeys.people import Person, Report
from tests.journeys.test_evaluations_in_browser import DAY, clean, hospital, surgeon
from tests.journeys.world import Hospital

__all__ = ["hospital"]


def test_a_form_is_made_and_a_draft_tried_before_it_is_kept(
    browser: Browser, live_server, hospital: Hospital
):
    today = clock.today(hospital.facility)
    for number in range(3):
        surgeon(hospital, number, f"Surgeon{'abc'[number]}x", today - 400 * DAY)
    report = Report()
    helen = Person(browser, live_server.url, "staff_coordinator", report, also=("dark", "360"))
    helen.go("/privileges/")
    helen.look("catalog")
    helen.press("New form")
    helen.look("a new form")
    with helen.refused():
        helen.press("Draft it")
        helen.sees("Type a code, or choose a file.")
        helen.look("a new form, nothing said")
    helen.fill(code="WC", name="Wound care")
    helen.press("Draft it")
    helen.sees("is a draft with nothing on it", "Keep the draft")
    helen.look("the text of an empty draft")
    helen.go(f"/privileges/{PrivilegeFormVersion.objects.get(form__code='GS').uid}/text/")
    data = yaml.safe_load(helen.page.locator('[name="text"]').input_value())
    data["special"][0]["criteria"]["initial"] = {"type": "PROVIDER_TYPE", "in": ["MD", "DO"]}
    data["special"].append(
        {"code": "GS-HIPEC", "name": "Heated chemotherapy",
         "criteria": {"initial": {"type": "COURSE", "name": "HIPEC"}}}
    )  # fmt: skip
    helen.fill(text="code: [")
    with helen.refused():
        helen.press("Try it")
        helen.sees("This is not valid YAML")
        helen.look("a draft that cannot be")
    helen.fill(text=yaml.safe_dump(data, sort_keys=False))
    helen.press("Try it")
    helen.sees("Tried on the staff", "Heated chemotherapy", "3 people judged", "Asked otherwise")
    helen.unfold("Not known")
    helen.sees("Surgeonax, Pat", "No course HIPEC is on file.")
    helen.look("a draft tried")
    assert not PrivilegeFormVersion.objects.filter(form__code="GS", number="2").exists()
    helen.press("Draft it")
    helen.sees("Changes against version 1", "Heated chemotherapy")
    helen.close()
    clean(report)


def test_procedure_codes_and_indicators_are_kept_on_their_pages(
    browser: Browser, live_server, hospital: Hospital, tmp_path: Path
):
    report = Report()
    helen = Person(browser, live_server.url, "staff_coordinator", report, also=("dark", "360"))
    helen.go("/privileges/codes/")
    helen.sees("No code set is loaded")
    helen.look("no codes")
    file = tmp_path / "codes.csv"
    file.write_text("code,system,privilege\n1,OWN,GS-LAP-CHOLE\n2,OWN,NOTHING\n", encoding="utf-8")
    helen.fill(file=str(file))
    with helen.refused():
        helen.press("Look at it first")
        helen.sees("Row 3: there is no privilege NOTHING")
        helen.look("codes with a mistake")
    file.write_text("code,system,privilege\n1,OWN,GS-LAP-CHOLE\n2,OWN,GS-COLECTOMY\n", encoding="utf-8")
    helen.fill(file=str(file))
    helen.press("Look at it first")
    helen.sees("2 new codes")
    helen.press("Load it")
    helen.sees("Loaded: 2 new", "2 codes for 2 privileges")
    file.write_text("code,system,privilege\n1,OWN,GS-COLECTOMY\n", encoding="utf-8")
    helen.fill(file=str(file))
    helen.press("Look at it first")
    helen.sees("Codes that are no longer in the file end", "OWN 2")
    helen.look("codes that end")
    helen.press("Load it and end 1 code")
    helen.sees("1 changed, 1 ended")
    helen.look("codes in force")
    assert ProcedureCode.objects.filter(ended_at=None).count() == 1
    renata = Person(browser, live_server.url, "quality", report, also=("dark", "360"))
    renata.go("/oppe/")
    renata.press("Indicators")
    renata.sees("Complaints received", "Example")
    renata.look("indicators")
    renata.go("/oppe/indicators/?state=retired")
    renata.sees("No indicator fits these filters.")
    renata.look("no indicators")
    renata.press("Load the examples")
    renata.sees("0 added, 10 left as they are.")
    renata.press("Add an indicator")
    renata.look("add an indicator")
    renata.fill(name="Leaks", code="leaks", kind="rate")
    with renata.refused():
        renata.press("Add it")
        renata.sees("A rate says per what.")
        renata.look("add an indicator, something missing")
    renata.fill(per="resections")
    renata.press("Add it")
    renata.sees("Leaks is in use.")
    renata.press("Complaints received")
    renata.fill(trigger_at="3")
    renata.look("change an indicator")
    renata.press("Keep it")
    renata.sees("Complaints received is changed.")
    assert OPPEIndicator.objects.get(code="complaints").trigger_at == 3
    helen.close()
    renata.close()
    clean(report)


@pytest.fixture
def ended(hospital: Hospital) -> list[FPPEPlan]:
    """Three evaluations of a newcomer that ended without satisfaction."""
    today = clock.today(hospital.facility)
    newcomer = surgeon(hospital, 0, "Newcomer", today - 20 * DAY)
    begin_initial_fppe(actor=hospital.system, grants=list(newcomer.grants.all()), start=today - 20 * DAY)
    plans = list(FPPEPlan.objects.order_by("pk"))
    start_fppe(actor=hospital.system, plans=plans)
    close_fppe(
        actor=hospital.system, plans=plans, outcome="closed_unsuccessful", conclusion="Leaks.",
        fewer="Enough was seen",
    )  # fmt: skip
    return plans


def test_what_ended_without_satisfaction_is_taken_up(
    browser: Browser, live_server, hospital: Hospital, ended: list[FPPEPlan]
):
    report = Report()
    before, again, given_up = ended
    helen = Person(browser, live_server.url, "staff_coordinator", report, also=("dark", "360"))
    helen.go("/")
    helen.sees("Focused evaluations to take up")
    helen.go(f"/fppe/{before.uid}/")
    helen.sees("Take it up", "No meeting is called.")
    helen.look("an evaluation to take up, no meeting")
    schedule_meeting(
        actor=hospital.system,
        committee=hospital.committees[CommitteeKind.MEC],
        starts_at=clock.now() + 7 * DAY,
    )
    helen.go(f"/fppe/{before.uid}/")
    helen.fill(way="committee", reason="The chair asked for it", together=False)
    with helen.refused():
        helen.press("Take it up")
        helen.sees("Choose the meeting before which it goes.")
        helen.look("an evaluation to take up, no meeting chosen")
    meeting = hospital.committees[CommitteeKind.MEC].meetings.get()
    helen.fill(meeting=str(meeting.uid))
    helen.press("Take it up")
    helen.sees("Taken up: it is on the agenda.", "On the agenda of the Medical Executive Committee")
    helen.look("an evaluation before a committee")
    helen.go(f"/fppe/{again.uid}/")
    helen.fill(way="again", reason="The chair agrees", months="3", together=False)
    helen.press("Take it up")
    helen.sees("The next evaluation: planned")
    helen.go(f"/fppe/{given_up.uid}/")
    helen.fill(way="give_up", reason="Told Dr. Newcomer")
    helen.press("Take it up")
    helen.sees("Which privileges does Newcomer, Pat give up")
    assert helen.page.locator('[name="privilege_codes"]:checked').count() == 1
    helen.look("the privilege given up")
    sofia = Person(browser, live_server.url, "mec1", report, view="360")
    sofia.go(f"/meetings/{meeting.uid}/")
    sofia.sees("Focused evaluation of")
    sofia.look("the agenda with an evaluation")
    sofia.press("Newcomer, Pat")
    sofia.sees("Conclusion", "Leaks.")
    sofia.does_not_see("All evaluations of this person")
    sofia.look("an evaluation read by the committee")
    helen.close()
    sofia.close()
    clean(report)
