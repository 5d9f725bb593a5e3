"""A strong exclusion candidate dismissed by two people, the month certified, and clicks counted."""

from __future__ import annotations

import datetime as dt

from playwright.sync_api import Browser

from config.kernel import clock
from config.kernel.periods import days
from credentialing.choices import MatchStatus
from credentialing.models import NPDBQuery, OutboxMessage, ScreeningMatch
from credentialing.services import exclusion_lists, staff_screening
from practitioners.services.credentials import record_claim
from practitioners.services.people import create_practitioner, set_contact_point
from tests.credentialing.world import FIXTURES
from tests.journeys.people import Person, Report
from tests.journeys.world import Hospital, take_over


def test_a_strong_candidate_is_dismissed_by_two_people(browser: Browser, live_server, hospital: Hospital):
    member_of(hospital)
    last_month = clock.now().replace(day=1) - dt.timedelta(days=1)
    with clock.freeze(last_month):  # a month is certified when it is over
        exclusion_lists.load_leie(actor=hospital.system, path=FIXTURES / "leie" / "planted.csv")
        staff_screening.screen_everyone(actor=hospital.system)
    report = Report()
    rosa = Person(browser, live_server.url, "coordinator", report, also=["dark", "360"])
    propose(rosa)
    marcus = Person(browser, live_server.url, "director", report)
    agree(marcus)
    marcus.close()
    certify(rosa)
    count_clicks(rosa)
    rosa.close()
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}


def propose(rosa: Person) -> None:
    """From Today: what was compared, and why it is somebody else; without a note it is refused."""
    rosa.go("/")
    rosa.sees("Possible exclusions", "Strong candidate")
    rosa.page.get_by_role("link", name="Brightwater, Imogen").first.click()
    rosa.sees("Is this the same person?", "cleared by two people")
    rosa.look("strong candidate")
    with rosa.refused():
        rosa.fill(reason="address_history")
        rosa.press("Propose to clear")
        rosa.sees("Please correct")
    rosa.fill(reason="address_history", note="Lived in Illinois all the time; the list says Ohio.")
    rosa.press("Propose to clear")
    rosa.sees("A second person has to agree.")
    assert ScreeningMatch.objects.get().status == MatchStatus.NEW


def agree(marcus: Person) -> None:
    """The second person reads what the first one wrote."""
    marcus.go(f"/screening/matches/{ScreeningMatch.objects.get().uid}/")
    marcus.sees("Agree: not the same person")
    marcus.fill(reason="address_history")
    marcus.press("Clear")
    marcus.sees("Cleared: address history differs.")
    match = ScreeningMatch.objects.get()
    assert (match.status, match.proposed_by.username, match.reviewed_by.username) == (
        MatchStatus.CLEARED, "coordinator", "director",
    )  # fmt: skip


def certify(rosa: Person) -> None:
    """The month is certified, and the certificate proves itself."""
    rosa.go("/screening/")
    rosa.press("Certificates")
    rosa.press("Certify a month")
    rosa.press("Certify")
    rosa.sees("It proves itself", "Nobody was left out", "Rosa Delgado, Marcus Whitfield")
    rosa.look("certificate")


def count_clicks(rosa: Person) -> None:
    """All reminders of today, a ladder tried, a data bank query logged: three clicks at the most."""
    rosa.go("/")
    with rosa.counting() as clicks:
        rosa.press("Reminders")
        rosa.press("Look for reminders now")
        rosa.sees("imogen@example.org", "Send 1 reminder")
        rosa.look("reminders due today")
        rosa.press("Send 1 reminder")
        rosa.sees("1 reminder queued.")
    assert clicks.number <= 3
    assert OutboxMessage.objects.count() == 1
    rosa.press("Try a ladder")
    rosa.sees("Nothing is sent.")
    rosa.fill(days="20, 10")
    rosa.press("Try it")
    rosa.sees("This ladder would send 3 mails")
    rosa.look("ladder")

    rosa.go(f"/practitioners/{ScreeningMatch.objects.get().practitioner.uid}/")
    with rosa.counting() as clicks:  # typing aside
        rosa.press("Log a query")
        rosa.fill(dcn="5500000042", response_text="No reports found.", adverse="no")
        rosa.press("Log the query")
        rosa.sees("The query is logged and its response is stored.")
    assert clicks.number == 3
    assert NPDBQuery.objects.get().dcn == "5500000042"


def member_of(hospital: Hospital) -> None:
    """A surgeon who bears the name and the date of birth of somebody on the list; a licence that runs out."""
    actor, today = hospital["coordinator"], clock.today(hospital.facility)
    surgeon = create_practitioner(
        actor=actor,
        provider_type="MD",
        last_name="Brightwater",
        first_name="Imogen",
        birth_date=dt.date(1968, 7, 4),
    )
    set_contact_point(actor=actor, practitioner=surgeon, kind="email", line_1="imogen@example.org")
    record_claim(
        actor=actor,
        practitioner=surgeon,
        type_code="LICENSE",
        state="IL",
        number="036-771204",
        valid=days(dt.date(2024, 1, 1), today + dt.timedelta(days=16)),
    )
    take_over(hospital, surgeon, today - dt.timedelta(days=100), today + dt.timedelta(days=200))
