"""An amendment in a real browser, from the idea to the law: drafted, tried on the staff as of today and of a
past day, printed for the vote, and by notice, ballot and board in force on its day.
"""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pypdf
from playwright.sync_api import Browser

from bylaws.choices import CommitteeKind, StaffPresence
from bylaws.models import Amendment, StaffAttendance
from bylaws.services.committees import form_committee
from bylaws.services.meetings import adjourn, call_to_order, schedule_meeting
from config.kernel import clock
from config.rulebook.models import ParameterPeriod
from config.rulebook.selectors.parameters import resolve
from practitioners.models import Practitioner
from practitioners.services.people import create_practitioner
from tests.journeys.people import Person, Report
from tests.journeys.test_evaluations_in_browser import clean
from tests.journeys.world import Hospital, take_over
from tests.privileging.conftest import NPIS

DAY = dt.timedelta(days=1)
PERCENT = "bylaws.attendance_percent"
BEGAN = dt.datetime(2026, 6, 1, 18, tzinfo=dt.UTC)
#: Of ten meetings: at least half, and at least sixty percent, only the first of them is enough for Birch.
CAME = {"Ames": 6, "Birch": 5, "Cole": 4}


def on(day: int):
    """The clock of server and test stands at that day after the first of June."""
    return clock.freeze(BEGAN + day * DAY)


def day(number: int) -> str:
    return (BEGAN + number * DAY).date().isoformat()


def attended(hospital: Hospital) -> dict[str, Practitioner]:
    """Three members, and ten meetings of the medical staff since January; the last three were in May."""
    general = form_committee(
        actor=hospital.system,
        facility=hospital.facility,
        kind=CommitteeKind.GENERAL_STAFF,
        name="Medical staff",
    )
    helen = hospital["staff_coordinator"]
    people = {}
    for number, name in enumerate(CAME):
        people[name] = create_practitioner(
            actor=hospital.system, provider_type="MD", last_name=name, first_name="Pat", npi=NPIS[number]
        )
        take_over(hospital, people[name], dt.date(2025, 7, 1), dt.date(2027, 7, 1))
    rows = []
    for number in range(10):
        with clock.freeze(dt.datetime(2026, 1, 20, 18, tzinfo=dt.UTC) + number * 12 * DAY):
            meeting = schedule_meeting(actor=helen, committee=general, starts_at=clock.now())
            meeting = adjourn(actor=helen, meeting=call_to_order(actor=helen, meeting=meeting))
            rows += [
                StaffAttendance(
                    meeting=meeting,
                    practitioner=people[name],
                    presence=StaffPresence.PRESENT if number < often else StaffPresence.ABSENT,
                    recorded_at=clock.now(),
                    recorded_by=helen,
                )
                for name, often in CAME.items()
            ]
    StaffAttendance.objects.bulk_create(rows)
    return people


def fetched(person: Person, name: str) -> Path:
    with person.page.expect_download() as coming:
        person.press(name)
    return Path(coming.value.path())


def test_from_the_idea_to_the_law(browser: Browser, live_server, hospital: Hospital):
    with on(0):
        people = attended(hospital)
        Practitioner.objects.filter(pk=people["Ames"].pk).update(user=hospital["mec1"])
        report = Report()
        helen = Person(browser, live_server.url, "staff_coordinator", report, also=("dark", "360"))
        helen.go("/amendments/")
        helen.sees("No amendment has been drafted.")
        helen.press("Draft an amendment")
        helen.fill(
            title="Attendance raised from 50 to 60 %",
            text="Members attend at least sixty percent of the meetings.",
            reason="Two meetings had no quorum.",
            takes_effect_on=day(90),
        )
        helen.press("Draft it")
        helen.sees("Drafted. Add the values it changes")
        helen.press("Add a value")
        helen.look("a value it changes")
        helen.fill(which=f"{PERCENT}|", value="60", citation="Medical Staff Bylaws, article 12")
        helen.press("Add it")
        # Who changes, and why: Birch alone, who came to five of ten.
        helen.sees("No longer compliant", "Birch, Pat", "5 of 10", "below 60 %")
        # Cole did not comply before either, and would not since an earlier day.
        helen.sees("Only the reason changes", "Cole, Pat")
        helen.does_not_see("Ames")
        helen.look("amendment tried as of today")
        with (fetched(helen, "CSV")).open(encoding="utf-8-sig") as file:
            assert [(row["Whom or what"], row["Change"]) for row in csv.DictReader(file)] == [
                ("Birch, Pat", "No longer compliant"),
                ("Cole, Pat", "Only the reason changes"),
            ]
        helen.fill(on="2026-02-20")  # of three meetings all three came to each
        helen.press("Try it on this day")
        helen.sees("Everybody as of 20 Feb 2026", "Nobody is judged otherwise on this day.")
        helen.look("amendment tried as of a past day")
        amendment = Amendment.objects.get()
        helen.go(f"/amendments/{amendment.uid}/")
        paper = pypdf.PdfReader(str(fetched(helen, "For the vote (PDF)")))
        words = "".join(page.extract_text() for page in paper.pages)
        assert "Attendance raised from 50 to 60 %" in words
        assert "Birch" not in words  # who votes reads numbers
        paper = pypdf.PdfReader(str(fetched(helen, "With names (PDF)")))
        words = "".join(page.extract_text() for page in paper.pages)
        assert "Birch, Pat" in words
        assert "Ames" not in words
        # Nothing in production was changed by it.
        assert not ParameterPeriod.objects.filter(
            identity__code=PERCENT, identity__facility=hospital.facility
        )
        assert resolve(PERCENT, facility=hospital.facility, on=clock.today()).value == 50

        helen.press("Give notice")
        helen.press("Notice was given")
        helen.sees("Notice is on record.", "The ballot may open")  # why its step waits
    with on(14):
        helen.go(f"/amendments/{amendment.uid}/")
        helen.press("Open the ballot")
        helen.look("opening the ballot")
        helen.press("The ballot opened")
        helen.sees("The ballot is open", "0 of 3 voting members voted")
        voter = Person(browser, live_server.url, "mec1", report, view="360")
        voter.go(f"/amendments/{amendment.uid}/vote/")
        voter.sees("60 % of the meetings")
        voter.look("a vote on an amendment")
        voter.fill(choice="for")
        voter.press("Cast the vote")
        voter.sees("You have voted.")
        voter.close()
        helen.press("Papers returned")
        helen.page.get_by_label("Birch, Pat").check()
        helen.page.get_by_label("Cole, Pat").check()
        helen.look("papers returned")
        helen.press("Record them")
        helen.sees("3 of 3 voting members voted, 2 on paper")
    with on(28):
        helen.go(f"/amendments/{amendment.uid}/")
        helen.press("Count the ballot")
        helen.fill(votes_for=1, votes_against=0, abstained=1)
        helen.look("counting the ballot")
        helen.press("Record the count")
        helen.sees("3 of 3 voting members voted", "Carried")
    with on(40):
        helen.press("Record the board's decision")
        helen.fill(approved="yes", note="Board meeting of July", takes_effect_on=day(90))
        helen.press("Record it")
        helen.sees("Approved by the board")
        helen.look("an amendment that is approved")
        for number, value in ((89, 50), (90, 60)):
            on_day = dt.date.fromisoformat(day(number))
            assert resolve(PERCENT, facility=hospital.facility, on=on_day).value == value
    with on(90):
        helen.go("/amendments/")
        helen.sees("In force")
        helen.look("amendments")
    helen.close()
    clean(report)
