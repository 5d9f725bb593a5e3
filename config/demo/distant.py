"""Radiologists who read for the larger hospital at night, from afar, on their own site's decision."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from bylaws.choices import CommitteeKind
from config.demo.boardroom import Boardroom
from config.demo.desk import Desk, File
from config.demo.dossier import Claim, claims_of
from config.demo.hospital import Hospital
from config.demo.papers import page
from config.demo.people import Person, Specialty
from config.demo.registry import new_surgeon
from config.demo.timeline import Timeline
from config.kernel.periods import days, through
from credentialing.choices import ApplicationKind, DistantSiteKind, Element
from credentialing.models import ProxyAgreement
from credentialing.rules.telemedicine import COLUMNS, ENTITY, clauses_of
from credentialing.services import applications, telemedicine, verification
from credentialing.services.opening import Particulars
from credentialing.services.telemedicine import Paper, Terms
from practitioners.choices import ContactKind, Method, SaidBy, SourceKind
from practitioners.models import Practitioner
from practitioners.rules.npi import npi_from_nine
from practitioners.services.credentials import record_claim
from practitioners.services.people import create_practitioner, set_contact_point
from privileging.choices import FeedbackKind, FeedbackWay
from privileging.services.distant_evaluations import record_distant_evaluation
from privileging.services.feedback import Sent, record_feedback
from privileging.services.requests import request_privileges

CODE, FORM, DEPARTMENT = "LMC", "RA", "emergency"
SITE, CONTACT = "Tidewater Night Radiology", "Credentialing, (555) 555-0117"
TITLE = "Teleradiology services agreement TNR-31"
RADIOLOGY = Specialty(
    "teleradiology", "Diagnostic radiology", DEPARTMENT, "", FORM, "Diagnostic radiology",
    "American Board of Radiology", "Diagnostic radiology", years=5,
)  # fmt: skip
#: What is stated here; the rest of the file is the distant site's.
STATED = ("LICENSE", "MEDICAL_SCHOOL", "RESIDENCY", "BOARD_CERT")
#: Who reads here: first and last name, sex, number of the license here, in which cycle of meetings granted
#: (None: listed by the site, and never asked for).
READERS = (
    ("Miriam", "Castellane", "F", "036.182207", 0),
    ("Owen", "Tarkovic", "M", "036.182214", -1),
    ("Priya", "Raghunath", "F", "036.182240", None),
    ("Samuel", "Voigtlander", "M", "", None),
)
#: How many of them the board granted privileges by proxy.
BY_PROXY = sum(1 for *_, cycle in READERS if cycle is not None)
#: Who is not on the newest list any more.
LEFT = "Tarkovic"


class DistantSite:
    """The group as the hospital's office deals with it."""

    def __init__(self, hospital: Hospital, desk: Desk, room: Boardroom, timeline: Timeline):
        self.hospital, self.desk, self.room, self.timeline = hospital, desk, room, timeline
        self.facility, self.actor = hospital.facilities[CODE], hospital.office(CODE)
        self.readers = [_reader(number, timeline.today) for number in range(len(READERS))]
        self.files: dict[str, File] = {}

    def tell(self) -> None:
        """The agreement of a year ago, its lists, who was granted, and what the group was told."""
        self.desk.zone = self.facility.time_zone
        agreement = self._agree()
        self._list(agreement, 380, self.readers)
        for person, (*_, cycle) in sorted(
            zip(self.readers, READERS, strict=True), key=lambda each: each[1][-1] or 0
        ):
            if cycle is not None:
                self._grant(agreement, person, cycle)
        self._evaluated()
        self._feedback()
        self._list(agreement, 2, [each for each in self.readers if each.last_name != LEFT])

    def _agree(self) -> ProxyAgreement:
        day = self.timeline.workday(390)
        signed = self.timeline.workday(400)
        self.desk.on(day, 10)
        paper = page(TITLE, [f"Between {self.facility} and {SITE}.", f"Signed on {signed:%d %B %Y}."])
        return self.desk.do(
            telemedicine.add_agreement,
            actor=self.actor,
            facility=self.facility,
            kind=DistantSiteKind.ENTITY,
            name=SITE,
            contact=CONTACT,
            title=TITLE,
            terms=Terms(
                start=day,
                last_day=self.timeline.ahead(47),
                signed_on=signed,
                filed_at="Contract TNR-31, legal department",
                terms=[each.code for each in clauses_of(ENTITY)],
                paper=Paper("teleradiology-agreement.pdf", paper),
            ),
        )

    def _list(self, agreement: ProxyAgreement, days_ago: int, people: list[Person]) -> None:
        day = self.timeline.workday(days_ago)
        self.desk.on(day, 9, 40)
        lines = [",".join(COLUMNS)]
        for each in people:
            licence = ("IL", each.licence_number) if each.licence_number else ("", "")
            lines.append(",".join((each.npi, each.name, "DX-RAD; DX-CT; DX-MR", *licence)))
        self.desk.do(
            telemedicine.load_list,
            actor=self.actor,
            agreement=agreement,
            as_of=day,
            name=f"TNR-providers-{day:%Y-%m}.csv",
            content="\n".join([*lines, ""]).encode(),
        )

    # -- granting ------------------------------------------------------------------------------------------

    def _grant(self, agreement: ProxyAgreement, person: Person, cycle: int) -> None:
        """From the request to the board's decision, on the group's own."""
        board = self.timeline.board(cycle)
        began = board - dt.timedelta(days=33)
        file = self.files[person.last_name] = self._open(agreement, person, began, board)
        self.desk.submit(file, began + dt.timedelta(days=2))
        self.desk.on(began + dt.timedelta(days=3), 11, 10 * person.index % 40)
        file.application = self.desk.do(applications.accept, actor=self.actor, application=file.application)
        self._verify(file, began + dt.timedelta(days=5))
        self.desk.query_data_bank(file, began + dt.timedelta(days=8), continuous=False)
        self.desk.screen(file, began + dt.timedelta(days=9))
        self.desk.complete(file, began + dt.timedelta(days=12))
        self.desk.send(file, began + dt.timedelta(days=13))
        for kind, day in ((CommitteeKind.MEC, self.timeline.mec(cycle)), (CommitteeKind.BOARD, board)):
            self.room.from_minutes(CODE, kind, day, file)
            file.reread()

    def _open(self, agreement: ProxyAgreement, person: Person, day: dt.date, board: dt.date) -> File:
        claims = [each for each in claims_of(person) if each.type_code in STATED]
        self.desk.on(day, 9, 5 + person.index % 40)
        practitioner = self._on_file(person, claims)
        application = self.desk.do(
            applications.open_application,
            actor=self.actor,
            practitioner=practitioner,
            facility=self.facility,
            kind=ApplicationKind.TELEMEDICINE,
            department=self.hospital.departments[CODE, DEPARTMENT],
            particulars=Particulars(agreement=agreement),
            scheduled_decision_on=board,
        )
        version = self.hospital.forms[FORM]
        at_hand = ("RA-CONTRAST", "RA-LUMBAR-PUNCTURE")  # what nobody does from afar
        self.desk.do(
            request_privileges, actor=self.actor, application=application, version=version, struck=at_hand,
            special=[],
        )  # fmt: skip
        return File(person, practitioner, application, claims)

    def _on_file(self, person: Person, claims: list[Claim]) -> Practitioner:
        practitioner = self.desk.do(
            create_practitioner,
            actor=self.actor,
            provider_type=person.provider_type,
            last_name=person.last_name,
            first_name=person.first_name,
            npi=person.npi,
            birth_date=person.birth_date,
        )
        self.desk.do(
            set_contact_point, actor=self.actor, practitioner=practitioner, kind=ContactKind.EMAIL,
            line_1=person.email,
        )  # fmt: skip
        for claim in claims:
            self.desk.do(
                record_claim,
                actor=self.actor,
                practitioner=practitioner,
                type_code=claim.type_code,
                issuer=claim.issuer,
                state=claim.state,
                number=claim.number,
                valid=days(claim.start, through(claim.end)),
                extra=claim.extra,
                said_by=SaidBy.APPLICANT,
            )
        return practitioner

    def _verify(self, file: File, first: dt.date) -> None:
        """The release came signed, the registry and the board were looked up, the group sent its decision."""
        told = {
            Element.ATTESTATION: (f"{file.person.name}, signed", SourceKind.SELF, Method.LETTER),
            Element.NPI: ("NPI registry", SourceKind.PRIMARY, Method.WEB),
            Element.DISTANT_SITE: (f"{SITE}, credentialing", SourceKind.PRIMARY, Method.LETTER),
        }
        for number, item in enumerate(self.desk.items(file, *told, Element.STATE_LICENSE)):
            self.desk.on(first + dt.timedelta(days=number % 3), 10, 11 * number)
            more = {}
            if item.element in told:
                source, kind, method = told[Element(item.element)]
                more = {
                    "source": source,
                    "source_kind": kind,
                    "method": method,
                    "title": f"{item.get_element_display()}: {file.person.name}",
                    "content": page(item.label, [f"{source}: {file.person.name}, NPI {file.person.npi}."]),
                    "media_type": "application/pdf",
                }
            self._answer(file, item, **more)
            self.desk.do(verification.verify, actor=self.actor, item=item)

    def _answer(self, file: File, item, **more) -> None:
        if not more:
            self.desk.answer(file, item)
            return
        today = self.desk.moment.date()
        self.desk.do(
            verification.receive, actor=self.actor, item=item, verified_on=today, source_date=today,
            result="As stated.", **more,
        )  # fmt: skip

    # -- what the group was told ---------------------------------------------------------------------------

    def _evaluated(self) -> None:
        """The group's own evaluation of one of them, which stands in the place of a focused one here."""
        day = self.timeline.workday(24)
        self.desk.on(day, 13, 30)
        name = READERS[0][1]
        self.desk.do(
            record_distant_evaluation,
            actor=self.hospital.users["quality"],
            application=self.files[name].application,
            dated=self.timeline.workday(30),
            summary="Two hundred and ten studies read a second time in half a year: four minor differences, "
            "none that changed the care. No complaint. Evaluated as satisfactory.",
            paper=Paper(
                "TNR-evaluation.pdf",
                page(
                    "Focused evaluation",
                    [f"{SITE}: {READERS[0][0]} {name}, second readings, satisfactory."],
                ),
            ),
        )

    def _feedback(self) -> None:
        """A complaint that was sent, and a review that is still to be sent."""
        quality = self.hospital.users["quality"]
        day, told = self.timeline.workday(9), self.timeline.workday(7)
        self.desk.on(told, 14, 20)
        self.desk.do(
            record_feedback,
            actor=quality,
            application=self.files[LEFT].application,
            kind=FeedbackKind.COMPLAINT,
            happened_on=day,
            what="The emergency department waited two hours for a critical finding to be called.",
            sent=Sent(told, f"Quality department, {SITE}", FeedbackWay.SECURE_MAIL),
        )
        self.desk.on(self.timeline.workday(1), 11, 5)
        self.desk.do(
            record_feedback,
            actor=quality,
            application=self.files[LEFT].application,
            kind=FeedbackKind.REVIEW,
            happened_on=self.timeline.workday(3),
            what="Twenty studies were read again; two minor differences, none that changed the care.",
        )


def _reader(number: int, today: dt.date) -> Person:
    """One of the group."""
    first, last, sex, licence, _ = READERS[number]
    return replace(
        new_surgeon(today),
        index=910 + number,
        npi=npi_from_nine(f"24829002{number}"),
        first_name=first,
        middle_name="",
        last_name=last,
        former_last_name="",
        sex=sex,
        birth_date=dt.date(today.year - 41 - number, 3 + number, 9),
        specialty=RADIOLOGY,
        licence_number=licence,
    )


def tell_distant_site(hospital: Hospital, desk: Desk, room: Boardroom, timeline: Timeline) -> None:
    """The night radiologists of the larger hospital."""
    DistantSite(hospital, desk, room, timeline).tell()
