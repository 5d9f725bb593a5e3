"""Between a recommendation against and the board: the notice is handed over, and the hearing waived."""

from __future__ import annotations

import datetime as dt

from config.demo.hospital import Hospital
from config.demo.papers import page
from config.demo.timeline import at
from config.kernel import clock
from credentialing.choices import HearingEvent, SendingChannel, SendingOutcome
from credentialing.models import Application, LetterTemplate
from credentialing.selectors.letter_facts import About, address_of
from credentialing.services.hearings import record_hearing
from credentialing.services.letter_sending import Handed, Proof, record_arrival, send_letter
from credentialing.services.letters import issue_letter


def settle(hospital: Hospital, application: Application, day: dt.date) -> None:
    """On the day after the recommendation the applicant reads the notice and gives up the line asked for."""
    office = hospital.staff_office(application.facility.code)
    about = About(application.practitioner, application.facility, application)
    words = ["Received and read. I ask for no hearing."]
    signed = Proof("signed.pdf", page("Signed by the applicant", words))
    with clock.freeze(at(day, 9, 30)):
        letter = issue_letter(
            actor=office,
            about=about,
            template=LetterTemplate.objects.get(code="adverse_recommendation"),
            to=address_of(application.practitioner),
        )
        sending = send_letter(
            actor=office,
            letter=letter,
            handed=Handed(SendingChannel.BY_HAND, recipient="\n".join(letter.content["to"])),
        )
    with clock.freeze(at(day, 14)):
        record_arrival(
            actor=office,
            sending=sending,
            outcome=SendingOutcome.DELIVERED,
            happened_on=day,
            told_by="Handed over in the office",
            proof=signed,
        )
        record_hearing(
            actor=office,
            application=application,
            event=HearingEvent.WAIVED,
            happened_on=day,
            told_by="The applicant, in writing",
            proof=signed,
        )
