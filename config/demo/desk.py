"""Working files through the real services, at the moments at which it would have happened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.choices import Body, LineOutcome, SeatRole
from bylaws.models import ReviewStep
from bylaws.rules.answers import needs_reason
from bylaws.services.reviews import recommend
from bylaws.subjects import CaseLine, LineAnswer, handler
from config.demo.accounts import Household
from config.demo.dossier import Claim, claims_of, npdb_response, paper_for
from config.demo.hospital import Hospital
from config.demo.people import Person
from config.demo.registry import RecordedRegistry
from config.demo.timeline import Timeline, at
from config.kernel import clock
from config.kernel.periods import through
from credentialing.choices import ApplicationKind, Element, ItemStatus, NPDBQueryKind
from credentialing.elements import TOLD_BY_DATA_BANK
from credentialing.models import Application, VerificationItem
from credentialing.selectors.gaps import history_of
from credentialing.selectors.requirements import requirements
from credentialing.services import applications, automatic, npdb, screening, sources, verification
from credentialing.sources.base import Reply
from practitioners.choices import Method, SaidBy, SourceKind
from practitioners.models import Evidence, Practitioner
from practitioners.services.credentials import confirm, record_claim
from practitioners.services.evidence import add_evidence
from practitioners.services.gaps import explain_gap
from privileging.services.requests import request_privileges
from privileging.services.volumes import record_case_volume

#: Elements that are answered by what the office does itself, not by a letter that comes in.
OWN_DOING = (Element.EXCLUSION, Element.NPDB, Element.NPI, *TOLD_BY_DATA_BANK)
MINUTES_PER_ACT = 3
#: Who answers what has no claim of its own, how, and on which paper.
ANSWERING: dict[str, tuple[str, str, str]] = {
    Element.BACKGROUND: ("Harbor Background Agency", Method.WEB, "Background check: nothing found"),
    Element.HEALTH_STATUS: ("Employee health", Method.LETTER, "Clearance of employee health"),
    Element.CME: ("Continuing education tracker", Method.WEB, "Continuing education: hours of the cycle"),
}
#: What applicants write about a time without work.
GAP_STORIES = (
    "We moved for my spouse's work, and I looked for a position here.",
    "I took time off to care for my father after an operation.",
    "I waited for the license of this state after leaving my former practice.",
)


@dataclass
class File:
    """One application with its person."""

    person: Person
    practitioner: Practitioner
    application: Application
    claims: list[Claim]
    papers: dict[str, Evidence] = field(default_factory=dict)

    def reread(self) -> Application:
        """The application as it is now."""
        self.application = Application.objects.select_related(
            "practitioner", "facility__npdb_entity", "department", "category", "coordinator"
        ).get(pk=self.application.pk)
        return self.application


class Desk:
    """Coordinators, chairs and secretaries at work. Every act moves the clock on by some minutes."""

    def __init__(
        self, hospital: Hospital, household: Household, timeline: Timeline, registry: RecordedRegistry
    ):
        self.hospital, self.timeline, self.registry = hospital, timeline, registry
        self.moment = at(timeline.go_live, 9)
        self.zone = "America/Chicago"
        self._chairs = {
            (seat.facility_code, seat.department): seat.username
            for seat in household.seats
            if seat.department and seat.seat_role == SeatRole.CHAIR
        }

    def on(self, day: dt.date, hour: int = 9, minute: int = 0) -> Desk:
        """Go to a day and hour, facility time: Friday for a weekend, and never later than yesterday."""
        working = day - dt.timedelta(days=max(0, day.weekday() - 4))
        self.moment = at(min(working, self.timeline.ago(1)), hour, minute, zone=self.zone)
        return self

    def do(self, act: Callable[..., Any], **arguments: Any) -> Any:
        """One act of a service, at the next moment."""
        self.moment += dt.timedelta(minutes=MINUTES_PER_ACT)
        with clock.freeze(self.moment):
            return act(**arguments)

    # -- from opening to acceptance ------------------------------------------------------------------------

    def open(
        self,
        person: Person,
        practitioner: Practitioner,
        facility_code: str,
        *,
        opened_on: dt.date,
        kind: str = ApplicationKind.INITIAL,
        peers: Sequence[str] = (),
        struck: Collection[str] = (),
        special: Collection[str] = (),
        coordinator: str = "",
        decision_on: dt.date | None = None,
    ) -> File:
        """Open an application and record what is asked for."""
        facility = self.hospital.facilities[facility_code]
        self.zone = facility.time_zone
        self.on(opened_on, 9, 10 + person.index % 40)
        actor = self.hospital.users[coordinator] if coordinator else self.hospital.office(facility_code)
        application = self.do(
            applications.open_application,
            actor=actor,
            practitioner=practitioner,
            facility=facility,
            kind=kind,
            department=self.hospital.departments[facility_code, person.department],
            category=self.hospital.categories["active" if person.specialty.physician else "app"],
            scheduled_decision_on=decision_on,
        )
        file = File(person, practitioner, application, claims_of(person, peer_names=peers, photo_id=True))
        self.do(
            request_privileges,
            actor=actor,
            application=application,
            version=self.hospital.forms[person.specialty.form],
            struck=struck,
            special=special,
        )
        return file

    def submit(self, file: File, day: dt.date) -> None:
        """The signed application came in."""
        self.on(day, 10, 5 + file.person.index % 30)
        file.application = self.do(
            applications.submit,
            actor=file.application.coordinator,
            application=file.application,
            received_on=self.moment.date(),
        )

    def accept(self, file: File, day: dt.date) -> None:
        """Into verification: the plan is made, the signature recorded, and then the registry asked."""
        self.on(day, 11, file.person.index % 40)
        actor = file.application.coordinator
        file.application = self.do(applications.accept, actor=actor, application=file.application)
        for item in self.items(file, Element.ATTESTATION):
            self.answer(file, item)
            self.do(verification.verify, actor=actor, item=item)
        for item in self.items(file, Element.NPI):
            self._ask_registry(file, item)

    def more_cases(self, file: File, last_day: dt.date) -> None:
        """A member who asks for reappointment states the case numbers since the last time."""
        for group, usual in file.person.specialty.volumes:
            self.do(
                record_case_volume,
                actor=file.application.coordinator,
                practitioner=file.practitioner,
                procedure_group=group,
                performed_from=last_day - dt.timedelta(days=600),
                performed_through=last_day,
                cases=usual,
                source="Hospital case log",
            )

    def state_peer(self, file: File, name: str) -> None:
        """Record a peer the person names."""
        claim = next(
            each for each in claims_of(file.person, peer_names=[name]) if each.type_code == "PEER_REFERENCE"
        )
        self.do(
            record_claim,
            actor=file.application.coordinator,
            practitioner=file.practitioner,
            type_code=claim.type_code,
            issuer=claim.issuer,
            valid=DateRange(claim.start, None),
            extra=claim.extra,
            said_by=SaidBy.APPLICANT,
        )
        file.claims.append(claim)

    def items(self, file: File, *elements: str, open_only: bool = True) -> list[VerificationItem]:
        """The items of the plan, of these elements when given."""
        rows = file.application.items.exclude(status=ItemStatus.SUPERSEDED).select_related(
            "credential__credential_type", "application__facility", "application__practitioner"
        )
        if elements:
            rows = rows.filter(element__in=elements)
        if open_only:
            rows = rows.exclude(status__in=(ItemStatus.VERIFIED, ItemStatus.VERIFIED_ADVERSE))
        return list(rows.order_by("id"))

    # -- verification --------------------------------------------------------------------------------------

    def _ask_registry(self, file: File, item: VerificationItem) -> None:
        """What the worker does: ask, write the answer. A person then reviews it."""
        self.do(self._answer_of_registry, item=item)
        self.do(verification.verify, actor=file.application.coordinator, item=item)

    def _answer_of_registry(self, item: VerificationItem) -> None:
        source = sources.known_source(item.automatic_source)
        query = {"npi": item.application.practitioner.npi or ""}
        reply = sources.ask(source, query, item=item, fetcher=self.registry) if source else None
        if not isinstance(reply, Reply):
            raise ValueError(f"The registry cannot be asked about {item}: {reply}")
        automatic.write_reply(item, reply, asked_at=item.requested_at)

    def verify(self, file: File, first: dt.date, last: dt.date, *, skip: Collection[str] = ()) -> None:
        """Answers come in between two days, in the order of the plan, and are reviewed; but for ``skip``."""
        items = [
            item for item in self.items(file) if item.element not in OWN_DOING and item.element not in skip
        ]
        days = max(1, (last - first).days)
        for number, item in enumerate(items):
            day = first + dt.timedelta(days=days * number // max(1, len(items)))
            self.on(day, 8 + (5 * number + 3 * file.person.index) % 9, self._minute(file, number))
            self.answer(file, item)
            self.do(verification.verify, actor=file.application.coordinator, item=item)

    def _minute(self, file: File, number: int) -> int:
        """No two files are worked at the same minute of every day."""
        return (11 * number + 17 * file.person.index) % 53

    def answer(self, file: File, item: VerificationItem, **more: Any) -> None:
        """Record what the source said, with its paper."""
        claim = self.claim_of(file, item)
        today = self.moment.date()
        arguments: dict[str, Any] = {
            "actor": file.application.coordinator,
            "item": item,
            "source": claim.source,
            "source_kind": claim.source_kind,
            "method": claim.method,
            "verified_on": today,
            "source_date": today,
            "result": "As stated.",
            "title": claim.title,
        } | more
        known = file.papers.get(claim.paper)
        if known is not None:
            arguments |= {"evidence": known}
        elif "content" not in arguments:
            arguments |= {"content": paper_for(file.person, claim, today), "media_type": "application/pdf"}
        received = self.do(verification.receive, **arguments)
        if claim.paper:
            file.papers[claim.paper] = received.evidence

    def claim_of(self, file: File, item: VerificationItem) -> Claim:
        """The statement an item is about."""
        if item.credential is None:
            return _without_claim(file, item)
        credential = item.credential
        stated = (
            claim
            for claim in file.claims
            if claim.type_code == credential.credential_type.code
            and (claim.number == credential.number if claim.number else claim.issuer == credential.issuer)
            and _same_thing(claim, credential, item.label)
        )
        return next(stated, None) or _of_credential(credential)

    def query_data_bank(self, file: File, day: dt.date, *, continuous: bool = True) -> None:
        """Query the data bank for the facility's entity; the response answers the file's item."""
        day = self.on(day, 13, self._minute(file, 1)).moment.date()
        dcn = f"55001{day:%y%m%d}{file.person.index:05d}"
        self.do(
            npdb.log_query,
            actor=file.application.coordinator,
            practitioner=file.practitioner,
            facility=file.application.facility,
            kind=NPDBQueryKind.CONTINUOUS if continuous else NPDBQueryKind.ONE_TIME,
            reason=file.application.rule.npdb_reason,
            queried_on=day,
            dcn=dcn,
            content=npdb_response(file.person, day, dcn),
        )

    def weigh_response(self, file: File) -> None:
        """Where the data bank has no report and the applicant tells of payments, the carrier explains it."""
        for item in self.items(file, *TOLD_BY_DATA_BANK):
            if item.status == ItemStatus.RECEIVED:
                self.do(
                    verification.verify,
                    actor=file.application.coordinator,
                    item=item,
                    note="The carrier's history shows the payments as stated; they were made for the group.",
                )

    def screen(self, file: File, day: dt.date) -> None:
        """Screen the applicant against the exclusion list."""
        self.on(day, 14, self._minute(file, 2))
        self.do(screening.screen, actor=file.application.coordinator, practitioner=file.practitioner)

    def renew_licence(self, person: Person, practitioner: Practitioner, *, until: dt.date) -> None:
        """The board's site shows that a member's licence was renewed; it is confirmed on its own."""
        credential = practitioner.credentials.get(
            credential_type__code="LICENSE", state=person.state, number=person.licence_number
        )
        before = credential.periods.live().order_by("-valid")[0]
        claim = next(each for each in claims_of(person) if each.number == person.licence_number)
        actor = self.hospital.office(person.facility_code)
        evidence = self.do(
            add_evidence,
            actor=actor,
            practitioner=practitioner,
            title=f"{claim.title}, renewal",
            source=claim.source,
            source_kind=claim.source_kind,
            method=claim.method,
            content=paper_for(person, claim, self.moment.date()),
            media_type="application/pdf",
            source_date=self.moment.date(),
            summary=f"Renewed without a gap through {until:%d %b %Y}.",
        )
        self.do(
            confirm,
            actor=actor,
            credential=credential,
            valid=DateRange(before.valid.upper, through(until)),
            evidence=evidence,
        )

    # -- into review ---------------------------------------------------------------------------------------

    def complete(self, file: File, day: dt.date) -> None:
        """Everything required has been found out, and the applicant has written about gaps."""
        self.on(day, 15, self._minute(file, 3))
        self.do(self._explain_gaps, file=file)
        file.application = self.do(
            applications.complete, actor=file.application.coordinator, application=file.application
        )

    def _explain_gaps(self, file: File) -> None:
        """What the applicant wrote about each gap that has to be explained."""
        application = file.reread()
        _, judged = history_of(application, requirements(application))
        for number, each in enumerate(judged):
            if not each.verdict.met:
                explain_gap(
                    actor=application.coordinator,
                    practitioner=application.practitioner,
                    first_day=each.gap.first_day,
                    last_day=each.gap.last_day,
                    explanation=GAP_STORIES[(file.person.index + number) % len(GAP_STORIES)],
                    in_writing=True,
                    said_by=SaidBy.APPLICANT,
                )

    def send(self, file: File, day: dt.date) -> None:
        """To the first body of the chain."""
        self.on(day, 16, self._minute(file, 4))
        self.do(applications.send_to_review, actor=file.application.coordinator, application=file.reread())

    def prepare(self, file: File, submitted_on: dt.date, sent_on: dt.date) -> None:
        """The usual way from the applicant to the chair, between two days."""
        self.submit(file, submitted_on)
        self.accept(file, submitted_on + dt.timedelta(days=1))
        whole = (sent_on - submitted_on).days
        self.verify(
            file, submitted_on + dt.timedelta(days=3), sent_on - dt.timedelta(days=max(3, whole // 5))
        )
        self.query_data_bank(file, sent_on - dt.timedelta(days=3))
        self.weigh_response(file)
        self.screen(file, sent_on - dt.timedelta(days=2))
        self.complete(file, sent_on - dt.timedelta(days=1))
        self.send(file, sent_on)

    # -- the bodies ----------------------------------------------------------------------------------------

    def step(self, file: File, body: str) -> ReviewStep:
        """The body's turn in the file's open or last case."""
        return (
            ReviewStep.objects.filter(case__subject_uid=file.application.uid, body=body)
            .select_related("case__practitioner", "case__facility")
            .order_by("-case__opened_at")[0]
        )

    def lines(self, file: File, day: dt.date) -> list[CaseLine]:
        """The lines the bodies answer."""
        return handler("application").lines(file.application.uid, day)

    def answers(
        self,
        file: File,
        day: dt.date,
        *,
        conditions: dict[str, str] | None = None,
        refused: dict[str, str] | None = None,
        deferred: str = "",
    ) -> list[LineAnswer]:
        """Recommend every line but those named by privilege code: with a condition, or not and why."""
        found: list[LineAnswer] = []
        for line in self.lines(file, day):
            code = line.detail
            if deferred and not found:
                found.append(LineAnswer(line.uid, LineOutcome.DEFER, reason=deferred))
            elif code in (conditions or {}):
                found.append(
                    LineAnswer(
                        line.uid,
                        LineOutcome.MODIFY,
                        conditions=(conditions or {})[code],
                        reason=_why_against_criteria(line),
                    )
                )
            elif code in (refused or {}):
                found.append(LineAnswer(line.uid, LineOutcome.NOT_RECOMMEND, reason=(refused or {})[code]))
            else:
                found.append(LineAnswer(line.uid, LineOutcome.RECOMMEND, reason=_why_against_criteria(line)))
        return found

    def chair(self, file: File, day: dt.date, *, rationale: str = "", **answers: Any) -> None:
        """The department chair recommends."""
        self.on(day, 7, 20 + file.person.index % 30)
        facility = file.application.facility
        username = self._chairs[facility.code, file.application.department.code]
        with clock.freeze(self.moment):
            lines = self.answers(file, day, **answers)
        self.do(
            recommend,
            actor=self.hospital.users[username],
            step=self.step(file, Body.DEPARTMENT_CHAIR),
            lines=lines,
            rationale=rationale or "Training, references and case numbers support the request.",
        )


def _of_credential(credential) -> Claim:
    """What was stated beyond the usual: the place itself answers."""
    return Claim(
        credential.credential_type.code,
        credential.issuer,
        None,
        None,
        number=credential.number,
        source=f"{credential.issuer}, medical staff office",
        method=Method.LETTER,
        paper=f"Answer of {credential.issuer}",
    )


def _why_against_criteria(line: CaseLine) -> str:
    """What a body says where it gives a privilege against unmet criteria; empty where nothing has to be."""
    return "Under proctoring until the criteria are met." if needs_reason(line, LineOutcome.RECOMMEND) else ""


def _same_thing(claim: Claim, credential, label: str) -> bool:
    """Whether claim and credential are one of several of the same issuer: another post, another peer."""
    if claim.number:
        return True
    if claim.type_code == "PEER_REFERENCE":
        return "".join(character for character in claim.extra["name"].upper() if character.isalnum()) == (
            credential.number_key
        )
    if claim.type_code in ("WORK_HISTORY", "AFFILIATION"):
        return claim.start is None or claim.start.strftime("%Y%m%d") in credential.number_key
    if claim.type_code == "RESIDENCY":
        return claim.extra["level"].upper() in credential.number_key
    if claim.type_code == "LIFE_SUPPORT":
        return claim.extra["course"] == credential.number_key
    return True


def _without_claim(file: File, item: VerificationItem) -> Claim:
    """Who answers an element that has no credential of its own."""
    if item.element == Element.ATTESTATION:
        return Claim(
            "ATTESTATION",
            file.person.name,
            None,
            None,
            source=f"{file.person.name}, signed",
            source_kind=SourceKind.SELF,
            method=Method.LETTER,
            paper="Attestation and release, signed",
        )
    if item.element in ANSWERING:
        source, method, paper = ANSWERING[item.element]
        return Claim(str(item.element), source, None, None, source=source, method=method, paper=paper)
    return Claim(
        str(item.element),
        file.person.jobs[-1].organization,
        None,
        None,
        source=f"{file.person.jobs[-1].organization}, surgical services",
        source_kind=SourceKind.PRIMARY,
        method=Method.LETTER,
        paper="Case log of the last two years",
    )
