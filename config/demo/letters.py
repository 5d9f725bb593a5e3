"""Letters the demo's offices wrote: mailed, handed over, on their way, come back, not sent yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from config.demo.hospital import Hospital
from config.demo.members import Stories
from config.demo.papers import page
from config.demo.people import Person
from config.demo.timeline import Timeline, at
from config.kernel import clock
from credentialing.choices import SendingChannel, SendingOutcome
from credentialing.models import Application, LetterSending, LetterTemplate
from credentialing.models.applications import OPEN_STATUSES
from credentialing.rules.letter_occasions import PENDING
from credentialing.selectors.letter_facts import About, address_of, email_of, facts_of
from credentialing.services import letter_mails, letter_templates
from credentialing.services.letter_sending import Handed, Proof, record_arrival, send_letter
from credentialing.services.letters import issue_letter
from practitioners.choices import LetterKind
from practitioners.models import Letter, Practitioner

CARRIER = "United States Postal Service"
#: Letters an act makes by itself.
ACTS = (LetterKind.DECISION, LetterKind.ADMINISTRATIVE_SUSPENSION, LetterKind.REINSTATEMENT)
TRACKING = "9407 1118 9876 5400 00{:02}"


class OfficeLetters:
    """Letters of the last weeks with what became of each."""

    def __init__(
        self,
        on_file: Mapping[str, Practitioner],
        hospital: Hospital,
        timeline: Timeline,
        stories: Stories,
    ):
        self.on_file, self.hospital, self.timeline, self.stories = on_file, hospital, timeline, stories

    def tell(self, people: Sequence[Person]) -> None:
        """``people`` are at least three members of the hospital LMC about whom nothing else is told."""
        first, second, third = people[:3]
        self._rewrite()
        resigned = self.written("resignation", self.stories.resigned, 44)
        self.sent(resigned, 44, SendingChannel.FIRST_CLASS)
        leave = self.written("leave_granted", self.stories.on_leave, 28)
        way = self.sent(leave, 28, SendingChannel.CERTIFIED, number=1)
        self.came(way, 25, SendingOutcome.DELIVERED, "Signed for by the addressee")
        back = self.written("conflict_statement", first, 17)
        self.came(
            self.sent(back, 17, SendingChannel.CERTIFIED, number=2), 9, SendingOutcome.CAME_BACK,
            "Unclaimed, returned to sender",
        )  # fmt: skip
        by_hand = self.written("conflict_statement", second, 16)
        handed = self.sent(by_hand, 16, SendingChannel.BY_HAND)
        self.came(handed, 16, SendingOutcome.DELIVERED, "Handed over after the department meeting")
        self.sent(self.written("conflict_statement", third, 6), 6, SendingChannel.CERTIFIED, number=3)
        self.written("leave_ending", self.stories.on_leave, 2)
        self._of_applications()
        self._of_acts()

    def _of_acts(self) -> None:
        """What the board's decisions and suspensions told was sent the day after; the newest wait to be."""
        rows = Letter.objects.filter(
            kind__in=ACTS, issued_on__lte=self.timeline.workday(4), issued_on__gte=self.timeline.ago(400)
        )
        for letter in rows.select_related("practitioner", "facility").order_by("issued_at", "uid"):
            with clock.freeze(letter.issued_at + dt.timedelta(days=1)):
                send_letter(
                    actor=self.hospital.staff_office(letter.facility.code),
                    letter=letter,
                    handed=Handed(SendingChannel.FIRST_CLASS, recipient="\n".join(letter.content["to"])),
                )

    def _rewrite(self) -> None:
        """One coordinator gave a template other words, the other published them: letters from then on are of
        its second version.
        """
        template = LetterTemplate.objects.get(code="conflict_statement")
        before = template.versions.get(number=1)
        with clock.freeze(at(self.timeline.workday(20), 14)):
            version = letter_templates.write_version(
                actor=self.hospital.staff_office("LMC"),
                template=template,
                subject=before.subject,
                body=before.body.replace("once a year", "every January"),
                note="Says in which month the statement is due",
                newest=1,
            )
            letter_templates.publish_version(actor=self.hospital.office("LMC"), version=version)

    def _of_applications(self) -> None:
        """An acknowledgement that went by mail, and the notice of a recommendation against, on its way."""
        rows = (
            Application.objects.filter(
                facility__code="LMC", status__in=OPEN_STATUSES, received_on__isnull=False
            )
            .select_related("practitioner", "facility", "department", "category", "coordinator")
            .order_by("opened_at", "uid")
        )
        for application in rows:
            facts = facts_of(About(application.practitioner, application.facility, application))
            made = facts.adverse
            if made is not None and made.decided_on < self.timeline.workday(1):
                notice = self._issue("adverse_recommendation", facts.about, 1)
                self.sent(notice, 1, SendingChannel.CERTIFIED, number=4)
                break
        acknowledged = next((each for each in rows if each.status in PENDING), None)
        if acknowledged is not None:
            about = About(acknowledged.practitioner, acknowledged.facility, acknowledged)
            self.sent(self._issue("acknowledgement", about, 3), 3, SendingChannel.EMAIL)

    def written(self, code: str, person: Person, days_ago: int) -> Letter:
        """A letter to somebody of the staff."""
        facility = self.hospital.facilities[person.facility_code]
        return self._issue(code, About(self.on_file[person.npi], facility), days_ago)

    def _issue(self, code: str, about: About, days_ago: int) -> Letter:
        with clock.freeze(at(self.timeline.workday(days_ago), 14, 20)):
            return issue_letter(
                actor=self.hospital.staff_office(about.facility.code),
                about=about,
                template=LetterTemplate.objects.get(code=code),
                to=address_of(about.practitioner),
            )

    def sent(self, letter: Letter, days_ago: int, channel: str, *, number: int = 0) -> LetterSending:
        """How it went out."""
        with clock.freeze(at(self.timeline.workday(days_ago), 15, 10)):
            followed: dict[str, Any] = (
                {"carrier": CARRIER, "tracking": TRACKING.format(number)} if number else {}
            )
            sending = send_letter(
                actor=self.hospital.staff_office(letter.facility.code),
                letter=letter,
                handed=Handed(
                    channel,
                    recipient="\n".join(letter.content["to"]),
                    email=email_of(letter.practitioner) or "applicant@example.org",
                    **followed,
                ),
            )
            if channel == SendingChannel.EMAIL:
                letter_mails.send(sending.mail.uid)
        return sending

    def came(self, sending: LetterSending, days_ago: int, outcome: str, told_by: str) -> None:
        """What became of it, with the carrier's paper where there is one."""
        day = self.timeline.workday(days_ago)
        with clock.freeze(at(day, 16)):
            record_arrival(
                actor=self.hospital.staff_office(sending.letter.facility.code),
                sending=sending,
                outcome=outcome,
                happened_on=day,
                told_by=told_by,
                proof=_receipt(sending, told_by) if sending.tracking else None,
            )


def _receipt(sending: LetterSending, told_by: str) -> Proof:
    lines = [f"Article number: {sending.tracking}", f"Carrier: {sending.carrier}", told_by]
    return Proof("return-receipt.pdf", page("Return receipt", lines))
