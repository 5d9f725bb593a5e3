"""A month of reappointments, from Today to every invitation sent, in a real browser."""

from __future__ import annotations

import datetime as dt

from django.core import mail
from playwright.sync_api import Browser

from config.kernel import clock
from config.kernel.dates import add_months
from credentialing.models import Application, PacketMail, ReappointmentLaunch
from credentialing.rules.reappointments import months_due
from credentialing.selectors.reappointments import read_calendar
from credentialing.services import packet_mails
from practitioners.services.people import create_practitioner, set_contact_point
from tests.journeys.people import Person, Report
from tests.journeys.world import Hospital, take_over


def test_a_month_is_launched_from_today_in_five_clicks(browser: Browser, live_server, hospital: Hospital):
    today = clock.today(hospital.facility)
    month = months_due(today, read_calendar(hospital.facility, today).windows)[0]
    for name in ("Kowalczyk", "Lindqvist", "Marchetti"):
        member_until(hospital, name, month + dt.timedelta(days=20), f"{name.lower()}@example.org")
    member_until(hospital, "Norbury", month + dt.timedelta(days=20))
    member_until(hospital, "Osterman", today + dt.timedelta(days=40), "osterman@example.org")
    report = Report()
    rosa = Person(browser, live_server.url, "coordinator", report, also=["360"])
    rosa.sees("Reappointments to launch", f"Terms that end in {month:%B %Y}")
    with rosa.counting() as clicks:
        rosa.press(f"Terms that end in {month:%B %Y}")
        rosa.sees("Kowalczyk, Marta", "Meetings not called yet")
        rosa.press(f"Launch {month:%B %Y}")
        rosa.sees("3 applications for reappointment are opened", "Norbury, Marta: No e-mail address")
        rosa.press("Launch 3 reappointments")
        rosa.sees("3 reappointments are launched.")
    assert clicks.number == 3
    assert Application.objects.filter(kind="reappointment", status="draft").count() == 3
    for each in PacketMail.objects.filter(status="waiting"):
        packet_mails.send(each.uid)
    assert len(mail.outbox) == 3
    rosa.page.reload()
    rosa.sees("Sent", "lindqvist@example.org")
    rosa.look("batch")
    rosa.press("Take back")
    rosa.sees("Whose invitation is withdrawn?")
    rosa.fill(reason="The board moved its meeting.")
    rosa.press("Take back", within=rosa.page.locator("main form"))
    rosa.sees("3 taken back")
    rosa.go("/reappointments/")
    rosa.look("calendar")
    rosa.page.get_by_label("Select Kowalczyk, Marta").check()
    rosa.press("Launch these reappointments")
    rosa.sees("1 application for reappointment is opened")
    rosa.look("preview")
    rosa.press("Launch 1 reappointment")
    rosa.sees("1 reappointment is launched.")
    assert ReappointmentLaunch.objects.filter(taken_back_at=None).count() == 1
    rosa.go("/reappointments/")
    rosa.press("Will lapse")
    rosa.sees("Osterman, Marta", "The packet and the verification take until")
    rosa.close()
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}


def member_until(hospital: Hospital, name: str, ends: dt.date, email: str = "") -> None:
    """A surgeon whose term of two years ends before that day."""
    surgeon = create_practitioner(
        actor=hospital["coordinator"], provider_type="MD", last_name=name, first_name="Marta"
    )
    if email:
        set_contact_point(actor=hospital["coordinator"], practitioner=surgeon, kind="email", line_1=email)
    start = add_months(ends, -24)
    take_over(hospital, surgeon, start, add_months(start, 24))
