"""Other hospitals that ask the demo's offices for affiliation letters: one request of every kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from config.demo.hospital import Hospital
from config.demo.members import Stories
from config.demo.papers import page
from config.demo.people import Person
from config.demo.timeline import Timeline, at
from config.kernel import clock
from credentialing.choices import AffiliationReplyKind, MailStatus
from credentialing.models import AffiliationReply, AffiliationRequest
from credentialing.services import affiliation_intake, affiliation_mails, affiliations
from credentialing.services.affiliation_intake import About, Asker, Release
from practitioners.models import Practitioner

ASKERS = (
    Asker("Wren Adeyemi", "Harborview Medical Center", "credentialing@harborview.example.org", "CPCS"),
    Asker("Luis Okafor", "St. Brendan Hospital", "medstaff@stbrendan.example.org", "Coordinator", "555 0142"),
    Asker("Priya Lindqvist", "Prairie Health Plan", "enrolment@prairieplan.example.org", "Analyst"),
    Asker("Tamsin Roe", "Cedar Ridge Surgery Center", "office@cedarridge.example.org", phone="555 0178"),
)


class Letters:
    """Requests as they came in over the last weeks, and what was answered."""

    def __init__(
        self,
        on_file: Mapping[str, Practitioner],
        hospital: Hospital,
        timeline: Timeline,
        stories: Stories,
    ):
        self.on_file, self.hospital, self.timeline, self.stories = on_file, hospital, timeline, stories

    def tell(self, people: Sequence[Person]) -> None:
        """``people`` are at least five members of the hospital LMC about whom nothing else is told."""
        first, second, third, fourth, fifth = people[:5]
        sent = self.asked(0, first, 16)
        self.answer(sent, 15, AffiliationReplyKind.STANDARD)
        declined = self.asked(2, second, 13, release=Release())
        self.answer(
            declined, 12, AffiliationReplyKind.DECLINE,
            text="We answer only with a release the practitioner signed. Please ask again with one.",
        )  # fmt: skip
        back = self.asked(3, third, 9)
        self.answer(back, 8, AffiliationReplyKind.STANDARD)
        with clock.freeze(at(self.timeline.workday(7), 10)):
            affiliations.mark_bounced(actor=self.office("LMC"), request=_now(back))
        with clock.freeze(at(self.timeline.workday(5), 11)):
            affiliations.close_request(
                actor=self.office("LMC"), request=self.asked(3, third, 6), reason="The same was asked before."
            )
        self.asked(1, fourth, 2)
        self.asked(2, fifth, 2, release=Release())
        self.asked(0, self.stories.on_leave, 4)
        restricted = next(each.person for each in self.stories.bars if each.kind == "restriction")
        self.asked(1, restricted, 3)
        self.asked(0, self.stories.resigned, 3)
        self.unknown(2, 5)

    def office(self, code: str):
        """Who answers at that hospital."""
        return self.hospital.office(code)

    def asked(self, asker: int, person: Person, days_ago: int, **given: Any) -> AffiliationRequest:
        """A request about somebody with their name and NPI, on the page of their hospital."""
        about = About(person.last_name, person.first_name, person.npi)
        return self._receive(asker, about, person.facility_code, person.name, days_ago, **given)

    def unknown(self, asker: int, days_ago: int) -> None:
        """A request about somebody who was never here."""
        about = About("Featherstonehaugh", "Ottoline", "", 1971)
        self._receive(asker, about, "LMC", "Ottoline Featherstonehaugh", days_ago)

    def _receive(
        self, asker: int, about: About, code: str, name: str, days_ago: int, release: Release | None = None
    ) -> AffiliationRequest:
        with clock.freeze(at(self.timeline.workday(days_ago), 13, 5 + asker)):
            return affiliation_intake.receive_request(
                facility=self.hospital.facilities[code],
                asker=ASKERS[asker],
                about=about,
                purpose="enrolment" if asker == 2 else "appointment",
                release=_release(name, ASKERS[asker]) if release is None else release,
            )

    def answer(self, request: AffiliationRequest, days_ago: int, kind: str, **given: Any) -> None:
        """What the office answered, and the mail of it."""
        day = self.timeline.workday(days_ago)
        with clock.freeze(at(day, 9, 30)):
            affiliations.reply(actor=self.office("LMC"), request=request, kind=kind, **given)
        with clock.freeze(at(day, 9, 33)):
            for each in AffiliationReply.objects.filter(request=request, status=MailStatus.WAITING):
                affiliation_mails.send(each.uid)


def _now(request: AffiliationRequest) -> AffiliationRequest:
    return AffiliationRequest.objects.get(pk=request.pk)


def _release(name: str, asker: Asker) -> Release:
    lines = [
        f"I, {name}, am applying to {asker.organization}.",
        "I authorize the hospitals at which I hold or held an appointment to tell it",
        "of my category, department, dates and standing.",
        "",
        f"Signed: {name}",
    ]
    return Release("release.pdf", page("Release of information", lines))
