"""An application from the invitation into the file, on a telephone; and a reappointment in ten clicks."""

from __future__ import annotations

import datetime as dt
import re

from django.core import mail
from playwright.sync_api import Browser, expect

from bylaws.models import StaffCategory
from config.kernel import clock
from config.kernel.periods import days
from credentialing.models import Packet, PacketMail
from credentialing.services import applications, packet_mails
from practitioners.models import Practitioner
from practitioners.selectors.disclosures import asked_on
from practitioners.services.credentials import record_claim
from practitioners.services.disclosures import Answer, record_answers
from practitioners.services.people import create_practitioner, set_contact_point
from privileging.models import PrivilegeFormVersion, RequestLine
from privileging.services.requests import request_privileges
from tests.credentialing.packets import CLEAR_YES, QUESTIONS
from tests.credentialing.world import PDF
from tests.journeys.people import Person, Report
from tests.journeys.world import Hospital, take_over
from tests.screenshots import VIEWS

LONG_AGO, FAR = dt.date(2020, 1, 1), dt.date(2040, 1, 1)


class Applicant(Person):
    """Somebody at a telephone without an account."""

    def __init__(self, browser: Browser, base: str, report: Report, view: str = "360"):
        self.base, self.username, self.report, self.view = base, "the applicant", report, view
        self.context = browser.new_context(**VIEWS[view], locale="en-US", reduced_motion="reduce")
        self._counted: list = []
        self.context.expose_function("countPress", self._count)
        self.context.add_init_script("addEventListener('pointerdown', () => countPress(), true)")
        self.page = self.context.new_page()
        self._refusals_expected = 0
        self._looked_at = set()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self._complain(f"script: {error}"))
        self.page.on("response", self._note)


def test_an_application_is_invited_filled_in_on_a_telephone_signed_and_reviewed(
    browser: Browser, live_server, hospital: Hospital, settings
):
    settings.STANDING_SITE_URL = live_server.url
    report = Report()
    application = draft(hospital, "Brightwater", "initial")
    rosa = Person(browser, live_server.url, "coordinator", report)
    rosa.go(f"/applications/{application.uid}/")
    rosa.press("Invite the applicant")
    rosa.fill(email="imogen@example.org")
    rosa.look("invite")
    rosa.press("Send the invitation")
    rosa.sees("The invitation goes out to imogen@example.org", "0 of 13 sections complete")
    phone = Applicant(browser, live_server.url, report)
    phone.go(link_sent())
    phone.sees("With this packet you apply", "0 of 13 sections complete")
    phone.look("start")
    fill_in(phone)
    sign(phone)
    correct(rosa, phone)
    for _ in range(13):
        rosa.press("Accept into the file")
    rosa.sees("Taken into the file")
    rosa.look("packet, accepted")
    person = Practitioner.objects.get(npi="1003000142")
    asked = {
        line.form_line.privilege.code: line.status
        for line in RequestLine.objects.filter(request__application=application).select_related(
            "form_line__privilege"
        )
    }
    assert (asked["GS-THYROID"], asked["GS-SEDATION"], asked["GS-COLECTOMY"]) == (
        "struck", "requested", "requested",
    )  # fmt: skip
    assert person.credentials.get(credential_type__code="LICENSE").number == "036.200002"
    phone.close()
    renewed(browser, live_server.url, hospital, report)
    rosa.close()
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}


def fill_in(phone: Applicant) -> None:
    """Every section in its order; the phone goes on by itself from one to the next."""
    phone.press("Go on")
    phone.sees("You, and how we reach you")
    with phone.refused():
        phone.fill(birth_date="1980-05-04", email="imogen@example.org", phone="312-555-0100")
        phone.press("Save and go on")
        phone.sees("Please correct this", "What you typed is kept")
        phone.look("section, something missing")
    phone.fill(home_line_1="4 Elm Street", home_city="Chicago", home_state="IL", home_postal_code="60601")
    phone.press("Save and go on")
    phone.sees("Education and training")
    phone.press("Add: Medical school")
    phone.fill(**{"r0-issuer": "Fernwick College", "r0-degree": "MD", "r0-graduated_on": "2007-05-31"})
    phone.fill(**{"r0-start": "2003-08-01", "r0-last_day": "2007-05-31"})
    phone.look("section with rows")
    phone.press("Save and go on")
    phone.sees("Licenses and registrations")
    phone.press("Add: State license")
    phone.fill(**{"r0-state": "IL", "r0-number": "036.100001", "r0-issuer": "Illinois"})
    phone.fill(**{"r0-start": "2012-07-01", "r0-last_day": "2040-06-30"})
    phone.press("Save and go on")
    phone.sees("Board certification")
    phone.fill(none=True)
    phone.press("Save and go on")
    phone.sees("Work history")
    phone.press("Add: Work history")
    phone.fill(**{"r0-issuer": "Fernwick General", "r0-position": "Surgeon", "r0-start": "2024-01-01"})
    with phone.refused():
        phone.press("Save and go on")
        phone.sees("What did you do from")
        phone.look("gap to explain")
    phone.page.locator("textarea[name^=gap_]").first.fill("Cared for a parent.")
    phone.press("Save and go on")
    phone.sees("Other hospitals")
    phone.fill(none=True)
    phone.press("Save and go on")
    phone.sees("Malpractice coverage and claims")
    phone.press("Add: Malpractice coverage")
    phone.fill(**{"r0-number": "POL-1", "r0-issuer": "Imaginary Mutual", "r0-last_day": "2040-12-31"})
    phone.press("Save and go on")
    phone.sees("Peer references")
    for index, name in enumerate(("Ines Calloway", "Odell Marchetti")):
        phone.press("Add: Peer reference")
        phone.fill(**{f"r{index}-name": name, f"r{index}-email": f"peer{index}@example.org"})
    phone.press("Save and go on")
    phone.sees("Life support and continuing education")
    phone.press("Save and go on")
    phone.sees("Immunizations and tuberculosis screening")
    phone.press("Save and go on")
    phone.sees("1. Has a license to practice")
    for code in QUESTIONS:
        phone.fill(**{f"answer_{code}": "yes" if code in CLEAR_YES else "no"})
    phone.look("questions")
    phone.press("Save and go on")
    phone.sees("Privileges you ask for")
    phone.unfold("General surgery")
    phone.press("Ask for the whole core of General surgery")
    phone.sees("Criteria for the core", "Nothing about this is entered yet.")
    today = clock.today()
    for label, value in (
        ("Major general surgery cases: how many", "12"),
        ("Major general surgery cases: from", str(today - dt.timedelta(days=400))),
        ("Major general surgery cases: through", str(today - dt.timedelta(days=10))),
    ):
        box = phone.page.locator("details[open]").get_by_label(label).first
        box.fill(value)
        box.blur()
    # What is typed is kept as it is typed, and the criteria follow without a press.
    phone.sees("12 cases, 50 needed.")
    strike_and_add(phone)
    phone.look("privileges")
    phone.press("Save and go on")
    phone.sees("Government photo ID")
    file = {"name": "id.pdf", "mimeType": "application/pdf", "buffer": PDF}
    phone.fill(photo_id=file, cover=file)
    phone.look("documents")
    phone.press("Save and go on")
    phone.sees("13 of 13 sections complete")


def strike_and_add(phone: Applicant) -> None:
    """One of the core is not asked for, one special privilege is; of each criterion it stands there whether
    it is met, not met or not known, and what would settle it.
    """
    form = phone.page.locator("details[open]").filter(has_text="Criteria for the core")
    form.get_by_label("Thyroid and parathyroid surgery").uncheck()
    form.get_by_label("Moderate sedation").check()
    # What is struck and added is asked for at once; the criteria follow.
    expect(form.locator("summary").first).to_contain_text("14 chosen")
    core = form.locator(".judged").filter(has_text="Criteria for the core")
    for word, settled in (
        ("Met", "Degree"),
        ("Not met", "12 cases, 50 needed."),
        ("Unknown", "Nothing about this is entered yet."),
    ):
        line = core.locator("li").filter(has_text=f"{word}: ").filter(has_text=settled)
        expect(line.first).to_be_visible()
    sedation = form.locator(".choice-judged").filter(has_text="Moderate sedation")
    expect(sedation.locator("li").filter(has_text="Unknown: ").first).to_contain_text("ACLS")


def sign(phone: Applicant) -> None:
    """Read once more, agree, sign, and keep the receipt."""
    phone.press("Go to the signature")
    phone.sees("This is what you sign")
    phone.fill(attests=True, releases=True, signed_name="Imogen Brightwater")
    phone.look("signature")
    phone.press("Sign the application")
    phone.sees("The hospital has your application", re.compile(r"Seal \(SHA-256\)"))
    phone.look("receipt")


def correct(rosa: Person, phone: Applicant) -> None:
    """The coordinator returns one section; it comes back corrected, and nothing else starts over."""
    packet = Packet.objects.get()
    rosa.go(f"/packets/{packet.uid}/")
    rosa.look("packet, signed")
    rosa.press("Licenses and registrations")
    rosa.sees("As stated", "On file")
    rosa.unfold("Return to the applicant")
    rosa.fill(reason="The number is that of your training license.")
    rosa.look("review")
    rosa.press("Return this section")
    rosa.sees("returned to the applicant")
    phone.go(link_sent())
    phone.sees("The number is that of your training license.")
    phone.look("returned")
    phone.press("Licenses and registrations")
    phone.fill(**{"r0-number": "036.200002"})
    phone.press("Save and go on")
    phone.sees("13 of 13 sections complete")
    phone.press("Go to the signature")
    phone.fill(attests=True, releases=True, signed_name="Imogen Brightwater")
    phone.press("Sign the application")
    phone.sees("The hospital has your application")
    rosa.go(f"/packets/{packet.uid}/review/licences/")
    rosa.sees("Corrected since", "036.100001")
    rosa.look("review, corrected")
    ask_for_more(rosa, phone, packet)
    rosa.go(f"/packets/{packet.uid}/review/identity/")


def ask_for_more(rosa: Person, phone: Applicant, packet: Packet) -> None:
    """Something else is missing; the applicant sends a photo of it."""
    rosa.go(f"/packets/{packet.uid}/")
    rosa.press("Ask for something missing")
    rosa.fill(what="Please send your diploma.")
    rosa.press("Ask for it")
    rosa.sees("Asked, due")
    phone.go(link_sent())
    phone.sees("Please send your diploma.")
    phone.look("owed")
    phone.press("Send it", exact=False)
    phone.fill(file={"name": "diploma.pdf", "mimeType": "application/pdf", "buffer": PDF})
    phone.look("send what is missing")
    phone.press("Send")
    phone.sees("The hospital has your answer.")


def renewed(browser: Browser, base: str, hospital: Hospital, report: Report) -> None:
    """A reappointment of which everything is on file and unchanged, from the mail to the signature."""
    application = member(hospital)
    rosa = Person(browser, base, "coordinator", report)
    rosa.go(f"/applications/{application.uid}/invite/")
    rosa.press("Send the invitation")
    rosa.sees("The invitation goes out")
    phone = Applicant(browser, base, report)
    phone.go(link_sent())
    with phone.counting() as clicks:
        clicks.number += 1  # the link in the mail
        phone.press("Look through what is unchanged")
        phone.sees("Unchanged since")
        phone.look("unchanged")
        phone.press("All of this is unchanged")
        phone.press("Go on")
        phone.sees("Answer for the whole time until today")
        for code in QUESTIONS:  # by the keyboard, as somebody does who answers a column of questions
            phone.page.locator(
                f"[name='answer_{code}'][value='{'yes' if code in CLEAR_YES else 'no'}']"
            ).press("Space")
        phone.press("Save and go on")
        phone.press("Go to the signature")
        phone.page.get_by_label("I attest to this.").click()
        phone.page.get_by_label("I release this.").click()
        phone.page.get_by_label("Your name").click()
        phone.page.keyboard.type("Marta Kowalczyk")
        phone.press("Sign the application")
        phone.sees("The hospital has your application")
    assert clicks.number <= 10
    phone.close()
    rosa.close()


def link_sent() -> str:
    """What the worker does with the mails that wait, and the path in the newest."""
    for each in PacketMail.objects.filter(status="waiting"):
        packet_mails.send(each.uid)
    return re.search(r"https?://[^/\s]+(/packet/\S+/)", mail.outbox[-1].body).group(1)


def draft(hospital: Hospital, last_name: str, kind: str, **person):
    """An application nobody has stated anything for."""
    actor = hospital["coordinator"]
    given = {"provider_type": "MD", "first_name": "Imogen", "npi": "1003000142"} | person
    version = PrivilegeFormVersion.objects.get(form__code="GS")
    version.form.facilities.add(hospital.facility)
    person = create_practitioner(actor=actor, last_name=last_name, **given)
    if kind == "reappointment":
        today = clock.today(hospital.facility)
        take_over(hospital, person, today - dt.timedelta(days=600), today + dt.timedelta(days=130))
    return applications.open_application(
        actor=actor,
        practitioner=person,
        facility=hospital.facility,
        kind=kind,
        department=hospital.surgery,
        category=StaffCategory.objects.get(code="active"),
    )


def member(hospital: Hospital):
    """The reappointment of somebody of whom everything is on file."""
    actor = hospital["coordinator"]
    application = draft(hospital, "Kowalczyk", "reappointment", first_name="Marta", npi="2000000614")
    person = application.practitioner
    set_contact_point(actor=actor, practitioner=person, kind="email", line_1="marta@example.org")
    for code, more in {
        "MEDICAL_SCHOOL": {"issuer": "Fernwick College", "extra": {"degree": "MD"}},
        "LICENSE": {"state": "IL", "number": "036-771204"},
        "BOARD_CERT": {"issuer": "American Board of Surgery", "extra": {"specialty": "Surgery"}},
        "WORK_HISTORY": {"issuer": "Fernwick General", "extra": {"position": "Surgeon"}},
        "MALPRACTICE": {"issuer": "Imaginary Mutual", "number": "POL-7"},
        "PEER_REFERENCE": {
            "issuer": "Fernwick General",
            "extra": {"name": "Ines Calloway", "email": "ines@example.org"},
        },
    }.items():
        record_claim(actor=actor, practitioner=person, type_code=code, valid=days(LONG_AGO, FAR), **more)
    record_answers(
        actor=actor,
        practitioner=person,
        question_set=asked_on(dt.date(2026, 6, 1)),
        answered_on=dt.date(2026, 1, 2),
        answers={code: Answer(code in CLEAR_YES) for code in QUESTIONS},
    )
    request_privileges(
        actor=actor,
        application=application,
        version=PrivilegeFormVersion.objects.get(form__code="GS"),
    )
    return application
