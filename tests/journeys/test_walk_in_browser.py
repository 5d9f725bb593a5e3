"""The main job, end to end, in a real browser: from a misspelt name to the answer at the ward.

Nothing is frozen: it all happens today, whatever day that is, with a real worker and the registry's player.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from django.core.management import call_command
from playwright.sync_api import Browser, expect

from config.embedded.instance import PROJECT
from config.kernel import clock
from credentialing.sources.players.nppes import Player, start_player
from tests.journeys.people import Person, Report
from tests.journeys.world import Hospital
from tests.services import Services

HERE = Path(__file__).parent
FIXTURES = HERE.parent / "fixtures"
RECORDS = HERE / "registry_surgeon.json"
NPI = "2000000614"
SCAN = {
    "name": "scan.pdf",
    "mimeType": "application/pdf",
    "buffer": b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n",
}
LAP_CHOLE = "Laparoscopic cholecystectomy"
CONDITION = "First three cases with a proctor"
MOST_QUERIES = 20
SignIn = Callable[..., Person]


@pytest.fixture
def player() -> Iterator[Player]:
    """The registry; it takes its time with every question, until the test lets it go on."""
    with start_player(json.loads(RECORDS.read_text())["results"], slow_seconds=120) as running:
        running.behave("slow")
        yield running


@pytest.fixture
def worker_environment(player: Player) -> dict[str, str]:
    return {"NPPES_API_URL": player.url}


@pytest.fixture
def hospital(hospital: Hospital) -> Hospital:
    """The hospital, with the surgeon's record imported and the exclusion list loaded, by the commands."""
    call_command("import_nucc", str(FIXTURES / "nucc" / "taxonomy.csv"), verbosity=0)
    call_command("import_nppes", str(RECORDS), verbosity=0)
    call_command("import_leie", str(FIXTURES / "leie" / "planted.csv"), verbosity=0)
    return hospital


@pytest.fixture
def report() -> Report:
    return Report()


@pytest.fixture
def sign_in(browser: Browser, live_server, hospital: Hospital, report: Report) -> Iterator[SignIn]:
    """``sign_in("chair", view="360")``: that user at a browser of their own."""
    people: list[Person] = []

    def arrive(username: str, *, view: str = "light") -> Person:
        people.append(Person(browser, live_server.url, username, report, view=view, by_form=True))
        return people[-1]

    yield arrive
    for each in people:
        each.close()


def test_the_walk(sign_in: SignIn, hospital: Hospital, player: Player, celery_worker, services, report):
    """One surgeon from the search to the ward, and every page on the way without a fault."""
    today = clock.today(hospital.facility)
    rosa = sign_in("coordinator")
    find_the_surgeon(rosa)
    practitioner = rosa.path
    complete_the_person(rosa)
    application = open_the_application(rosa)
    record_the_claims(rosa, application, practitioner, today)
    ask_for_privileges(rosa, application, today)
    submit_and_accept(rosa, application)
    record_the_release(rosa, application)
    ask_the_registry(rosa, application, player)
    screen_and_query(rosa, application, today)
    assert verify_the_rest(rosa, application) == 15
    complete_and_send(rosa, application)

    chair_recommends(sign_in("chair", view="360"))
    helen = sign_in("staff_coordinator")
    now = clock.wall().astimezone(ZoneInfo(hospital.facility.time_zone))
    committee_meets(helen, sign_in("credentials1"), now)
    record_from_minutes(helen, "Medical executive committee", today, ("Sofia Marin", "Daniel Kim"))
    rosa.go(practitioner)
    rosa.does_not_see("Appointed")  # only the board grants
    record_from_minutes(helen, "Board", today, ("Carol Nyström", "Henry Lopez"))

    read_the_letter(rosa, practitioner)
    ward = sign_in("ward", view="360")
    ask_at_the_ward(ward, today)
    ask_the_other_doors(ward, services, today)
    check_compliance(helen, today)

    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(MOST_QUERIES) == {}


# -- 2 -------------------------------------------------------------------------------------------------------


def find_the_surgeon(rosa: Person) -> None:
    """A slash, a misspelt name, an arrow and Enter."""
    rosa.look("Today")
    rosa.page.keyboard.press("/")
    rosa.page.keyboard.type("Kowalcyk")
    expect(rosa.page.get_by_role("option").first).to_contain_text("Kowalczyk, Marcus")
    rosa.look("search while typing")
    rosa.page.keyboard.press("ArrowDown")
    rosa.page.keyboard.press("Enter")
    rosa.sees(NPI, "no last day on file")
    rosa.look("practitioner file")


def complete_the_person(rosa: Person) -> None:
    """What the registry does not know: the birth date and the e-mail address."""
    rosa.press("Correct the person")
    rosa.fill(birth_date="1980-06-14")
    rosa.look()
    rosa.press("Save")
    rosa.sees("Saved.")
    rosa.press("E-mail")
    rosa.fill(line_1="m.kowalczyk@example.org")
    rosa.look()
    rosa.press("Save")
    rosa.sees("E-mail saved.")


def stated(today: dt.date) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the surgeon states: the words of the link that leads to the form, and what is typed into it."""
    for claim in yaml.safe_load((HERE / "stated.yaml").read_text()):
        days = {
            name: today.replace(year=today.year + years, day=1).isoformat()
            for name, years in claim.get("years", {}).items()
        }
        yield claim["kind"], claim["fields"] | days


def open_the_application(rosa: Person) -> str:
    """Initial appointment in surgery; answers the file's address."""
    rosa.press("Open an application")
    rosa.page.wait_for_url("**/applications/new/")
    rosa.look()
    rosa.press("Initial appointment")
    rosa.sees("everything is verified")
    rosa.look()
    rosa.fill(department="Surgery", category="Active")
    rosa.press("Open the application")
    rosa.sees("The application is open.", "none stated")
    rosa.look("application, just opened")
    return rosa.path


def record_the_claims(rosa: Person, application: str, practitioner: str, today: dt.date) -> None:
    """Everything the applicant states, through the forms; a number with a slip in it is told at once."""
    rosa.go(practitioner)
    rosa.press("Correct State license IL 036.148811")
    rosa.fill(start="2024-08-01", last_day=(today + dt.timedelta(days=400)).isoformat())
    rosa.press("Save the claim")
    rosa.sees("Saved.")
    rosa.go(application)
    for kind, values in stated(today):
        add = rosa.page.get_by_role("link", name=f"Add {kind}", exact=True)
        if add.count():
            rosa.press(f"Add {kind}")
        else:  # what not every application needs is recorded from the practitioner's file
            rosa.go(practitioner)
            rosa.press("Record a claim")
            rosa.look("kinds of claims")
            rosa.press(kind, within=rosa.page.locator(".kind-list"), exact=False)
        if kind == "DEA registration":
            rosa.fill(**{**values, "number": "FK4716355"})
            with rosa.refused():
                rosa.press("Record the claim")
                rosa.sees("check digit")
                rosa.look("claim, refused")
        rosa.fill(**values)
        rosa.look(f"claim of {kind}")
        rosa.press("Record the claim")
        rosa.sees("Recorded as claimed")


# -- 3 -------------------------------------------------------------------------------------------------------


def ask_for_privileges(rosa: Person, application: str, today: dt.date) -> None:
    """General surgery with a core item struck and a special privilege; criteria are shown, none blocks."""
    rosa.go(application)
    rosa.sees("No privileges are requested yet: choose a form")  # the reason, where the button would be
    rosa.press("Choose privileges")
    rosa.press("General surgery")
    rosa.sees("Criteria for the core: 4 unknown")
    rosa.look("privileges, nothing chosen")
    cases = rosa.page.locator("#cases")
    rosa.fill(**{
        "cases-procedure_group": "Major general surgery cases",
        "cases-cases": 212,
        "cases-performed_from": (today - dt.timedelta(days=600)).isoformat(),
        "cases-performed_through": (today - dt.timedelta(days=1)).isoformat(),
        "cases-source": "Case log of the applicant",
    })  # fmt: skip
    rosa.press("Add", within=cases)
    rosa.sees("It counts as claimed until the case log is verified.")
    rosa.page.get_by_label("Thyroid and parathyroid surgery").uncheck()
    rosa.page.get_by_label("Moderate sedation").check()
    rosa.press("Ask for these")
    rosa.sees("14 privileges are asked for on the form")
    rosa.look("application, privileges requested")
    rosa.press("Change what is asked for")
    rosa.look("privileges, chosen")


def submit_and_accept(rosa: Person, application: str) -> None:
    """The plan is made when the application is accepted; what is missing stands where the button would be."""
    rosa.go(application)
    rosa.press("Submit")
    rosa.look()
    rosa.press("Submit")
    rosa.sees("Submitted.")
    rosa.press("Accept and plan verification")
    rosa.sees("The verification plan stands", "0 of 21 found out")


# -- 4 and 5 -------------------------------------------------------------------------------------------------


def record_the_release(rosa: Person, application: str) -> None:
    """No source is asked before the applicant has signed; with the signature a machine asks by itself."""
    rosa.go(application)
    rosa.press("Attestation and release")
    record_and_verify(rosa)


def record_and_verify(rosa: Person) -> None:
    """The answer to the item of the page, with an upload, then the review."""
    answer = rosa.page.locator('form[action$="/do/answer/"]')
    rosa.fill_in(answer, "source", "The source")
    rosa.fill_in(answer, "method", "letter")
    rosa.fill_in(answer, "result", "As stated.")
    rosa.fill_in(answer, "document", SCAN)
    rosa.press("Record the answer", within=answer)
    rosa.sees("The answer is recorded. Review it next.")
    rosa.press("Verify", within=rosa.page.locator('form[action$="/do/verify/"]'))
    rosa.sees("Verified")


def ask_the_registry(rosa: Person, application: str, player: Player) -> None:
    """The page waits for the worker, which waits for the registry; the answer is compared and verified."""
    rosa.go(application)
    rosa.press(f"NPI {NPI} in the registry")
    rosa.sees("The source is being asked")
    rosa.look("item, being asked")
    player.stopping.set()  # now the registry answers
    rosa.sees("The answer waits for a person's review.", "is active in the NPI registry")
    rosa.look("item, answered")
    rosa.press("Verify")
    rosa.sees("Verified", "Met")


def screen_and_query(rosa: Person, application: str, today: dt.date) -> None:
    """The applicant is screened under every name; the query of the data bank is logged."""
    rosa.go(application)
    rosa.press("Exclusion screening under every name")
    rosa.press("Screen now")
    rosa.sees("nothing new")
    rosa.go(application)
    rosa.press("NPDB query by Walk Medical Center")
    rosa.press("Log a query")
    rosa.page.wait_for_url("**/npdb/add/**")
    rosa.look()
    rosa.fill(
        kind="one_time",
        reason="Initial appointment",
        queried_on=today.isoformat(),
        dcn="5500000099887766",
        response=SCAN,
        adverse="no",
    )
    rosa.press("Log the query")
    rosa.sees("The query is logged and its response is stored.")


def verify_the_rest(rosa: Person, application: str) -> int:
    """Every other item: the source's answer with an upload, then the review. Answers how many there were."""
    count = 0
    rosa.go(application)
    while (asked := rosa.page.locator("#verification tr", has_text="Not started")).count():
        count += 1
        asked.first.get_by_role("link").first.click()
        rosa.page.wait_for_url("**/verification/**")
        answer = rosa.page.locator('form[action$="/do/answer/"]')
        rosa.fill_in(answer, "source", "The source")
        rosa.fill_in(answer, "method", "letter")
        rosa.fill_in(answer, "result", "As stated.")
        rosa.fill_in(answer, "document", SCAN)
        if count == 1:
            rosa.look("item, not started")
        rosa.press("Record the answer", within=answer)
        rosa.sees("The answer is recorded. Review it next.")
        if count == 1:
            rosa.look("item, received")
        rosa.press("Verify", within=rosa.page.locator('form[action$="/do/verify/"]'))
        rosa.sees("Verified")
        rosa.go(application)
    return count


def complete_and_send(rosa: Person, application: str) -> None:
    """Everything is found out: the button stands where the reason stood."""
    rosa.go(application)
    rosa.sees("21 of 21 found out")
    rosa.look("application, all found out")
    rosa.press("Mark complete")
    rosa.sees("Complete. It can go to review.")
    rosa.look("application, complete")
    rosa.press("Send to review")
    rosa.sees("Sent to review.", "Anita Rao")
    rosa.look("application, in review")


# -- 6 -------------------------------------------------------------------------------------------------------


def chair_recommends(anita: Person) -> None:
    """On a phone, from Today to the signature: every line recommended, one with a condition."""
    anita.look("Today")
    anita.press("Kowalczyk", within=anita.page.locator("main"), exact=False)
    anita.page.wait_for_url("**/reviews/**")
    anita.look("review")
    anita.press("Fill them in, to change some")
    anita.sees("nothing is signed yet")
    anita.unfold("with nothing against them")
    line = anita.page.locator(".rec-line", has=anita.page.get_by_role("heading", name=LAP_CHOLE))
    line.get_by_text("Recommend with changes").click()
    line.get_by_label("Change or condition").fill(CONDITION)
    anita.look("review, filled in")
    anita.fill(rationale="Well trained; proctoring as for every newcomer.")
    anita.press("Check and sign as chair")
    anita.sees("Sign this for Surgery?", CONDITION)
    anita.look("review, before signing")
    anita.press("Sign")
    anita.sees("Signed and recorded.", CONDITION)
    anita.look("decision of the chair")


def committee_meets(helen: Person, paul: Person, now: dt.datetime) -> None:
    """The credentials committee: order, quorum by presence, a motion, one vote cast and two from the roll."""
    helen.look("Today")
    helen.press("Meetings", within=helen.page.locator("#sidebar"))
    helen.look("meetings")
    helen.press("Call a meeting")
    helen.look("call a meeting")
    helen.fill(committee="Credentials Committee", starts_at=now.strftime("%Y-%m-%dT%H:%M"), place="Room 4")
    helen.press("Call the meeting")
    helen.sees("The meeting is called.", "Nothing is on the agenda.")
    helen.press("Add Kowalczyk, Marcus Antoni, II")
    helen.sees("The meeting is not in session yet.")
    helen.press("Call to order")
    helen.confirm()  # nobody is marked as present yet, and the question says so
    helen.sees("No quorum")
    for member in ("Paul Novak", "Grace Osei", "Liam Byrne"):
        helen.press(f"Here : {member}")
        helen.page.get_by_role("button", name=f"Left : {member}").wait_for()
    helen.look("meeting with a quorum")
    helen.press("Put a motion")
    helen.fill(mover="Paul Novak", seconder="Grace Osei")
    said = helen.page.locator(".rec-line", has=helen.page.get_by_role("heading", name=LAP_CHOLE))
    expect(said.get_by_label("Change or condition")).to_have_value(CONDITION)  # as the chair said
    helen.look("motion")
    helen.press("Put the motion")
    helen.sees("The motion is before the meeting.")
    paul.go(helen.path)
    paul.page.get_by_role("radio", name="For", exact=True).check()
    paul.look("meeting, about to vote")
    paul.press("Cast my vote")
    paul.sees("You voted for.")
    helen.go(helen.path)
    for member in ("Grace Osei", "Liam Byrne"):
        helen.unfold("Record the roll")
        helen.press(f"For : {member}")
        helen.page.get_by_role("button", name=f"For : {member}").wait_for(state="detached")
    helen.look("meeting, voted")
    helen.press("Close the vote")
    helen.confirm()
    helen.sees("Carried", "The record of the decision")
    helen.press("Adjourn")
    helen.confirm()
    helen.sees("The meeting is adjourned.")
    helen.look("meeting, adjourned")


def record_from_minutes(helen: Person, body: str, today: dt.date, movers: tuple[str, str]) -> None:
    """A body decided on paper: date, mover, tally, scan; each line starts from what the body before said."""
    helen.press("Files in review", within=helen.page.locator("#sidebar"))
    helen.page.wait_for_url("**/reviews/**")
    helen.look("files in review")
    helen.page.locator("main tbody tr", has_text=body).get_by_role("link").first.click()
    helen.look(f"review, {body}")
    helen.press("Record from minutes")
    helen.fill(
        decided_on=today.isoformat(),
        mover=movers[0],
        seconder=movers[1],
        votes_for=3,
        votes_against=0,
        abstentions=0,
        scan=SCAN,
    )
    helen.look("minutes")
    helen.press("Record the decision")
    helen.confirm()
    helen.sees("The decision is recorded.", CONDITION)
    helen.look(f"decision, {body}")


# -- 7 and 8 -------------------------------------------------------------------------------------------------


def read_the_letter(rosa: Person, practitioner: str) -> None:
    """The appointment, the grants with their condition, and the letter as a PDF."""
    rosa.go(practitioner)
    rosa.sees("Active, Surgery", CONDITION, "Governing board")
    rosa.look("practitioner file, appointed")
    rosa.press("Documents and evidence")
    rosa.look("documents and evidence")
    minutes = rosa.page.get_by_role("row", name="Minutes of the Governing board")
    expect(minutes).to_contain_text("Peer review")
    with rosa.page.expect_download() as coming:
        rosa.press("Decision on your application for initial appointment")
    content = Path(coming.value.path()).read_bytes()
    assert coming.value.suggested_filename.endswith(".pdf")
    assert content.startswith(b"%PDF-")
    assert len(content) > 5_000


def ask_at_the_ward(ward: Person, today: dt.date) -> None:
    """Yes with a condition; the day before no, and why; what was struck, no."""
    ward.look("lookup")

    def ask(privilege: str, on: str = "") -> None:
        ward.go("/lookup/")
        ward.page.get_by_label("Who", exact=True).press_sequentially("Kowalczyk")
        expect(ward.page.locator("#people option")).to_have_count(1)
        ward.page.get_by_label("Who", exact=True).fill(
            ward.page.locator("#people option").get_attribute("value")
        )
        ward.page.get_by_label("What", exact=True).fill(privilege)
        ward.page.get_by_label("On", exact=True).fill(on)
        ward.press("Ask")

    ask(LAP_CHOLE)
    ward.sees("Yes", CONDITION, "Governing board", "Since")
    ward.look("lookup, yes")
    ask(LAP_CHOLE, (today - dt.timedelta(days=1)).isoformat())
    ward.sees("No", "Why not")
    ward.look("lookup, no")
    ask("Thyroid and parathyroid surgery")
    ward.sees("No", "Why not")
    ask(LAP_CHOLE)
    ward.press("Who else can do this?")
    ward.sees("Kowalczyk, Marcus Antoni, II", CONDITION)
    ward.look("who can")


def ask_the_other_doors(ward: Person, services: Services, today: dt.date) -> None:
    """The command and the API say the same."""
    yesterday = (today - dt.timedelta(days=1)).isoformat()
    for privilege, on, code, word in (
        ("GS-LAP-CHOLE", today.isoformat(), 0, "YES"),
        ("GS-LAP-CHOLE", yesterday, 1, "NO"),
        ("GS-THYROID", today.isoformat(), 1, "NO"),
    ):
        told = subprocess.run(
            [
                *(sys.executable, "manage.py", "can_perform", NPI, privilege),
                *("--facility", "WMC", "--on", on, "--json"),
            ],
            cwd=PROJECT,
            env=services.environment(),
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        assert told.returncode == code, told.stderr
        said = json.loads(told.stdout)
        answer = ward.page.request.get(
            f"{ward.base}/api/v1/lookup/can-perform/",
            params={"npi": NPI, "privilege": privilege, "facility": "WMC", "on": on},
        )
        assert answer.status == 200
        heard = answer.json()
        for part in ("outcome", "conditions", "since", "authority", "question"):
            assert heard[part] == said[part]
        assert heard["checks"] is None  # the lookup role hears the answer, not how it was judged
        assert bool(heard["reasons"]) == (word == "NO")
        assert said["outcome"].upper() == word
        assert (CONDITION in json.dumps(said)) == (word == "YES")


# -- 10 ------------------------------------------------------------------------------------------------------


def check_compliance(helen: Person, today: dt.date) -> None:
    """Three rules over everybody, as of today and as of a day when nobody was there."""
    helen.press("Compliance", within=helen.page.locator("#sidebar"))
    helen.page.locator(".rules-met > summary").click()  # what is met is folded
    for rule in ("BL-LIC-1", "BL-NPDB-1", "BL-APP-1"):
        helen.sees(rule)
    helen.sees("1 member with an appointment", "1 of 1 comply")
    # Of the member it is unknown alone what other systems would say: no list of theirs was loaded.
    helen.sees("No list of call shifts covered is loaded.")
    helen.look("compliance")
    helen.fill(outcome="Met")
    helen.sees(re.compile(r"\d+ findings"), "Kowalczyk")
    helen.look("compliance, findings")
    helen.page.get_by_label("As of", exact=True).fill((today - dt.timedelta(days=1)).isoformat())
    helen.sees("0 members with an appointment", "This answers for another day than today")
    helen.look("compliance, another day")
