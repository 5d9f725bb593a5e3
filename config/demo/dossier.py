"""What one person's file states, and what the sources answer: the same list for old records and new files."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from config.demo.papers import page
from config.demo.people import EMPLOYERS, Person
from practitioners.choices import CredentialStatus, Method, SourceKind

STATE_BOARDS = {
    "IL": "Illinois licensing board",
    "MI": "Michigan licensing board",
    "WI": "Wisconsin licensing board",
}
FELLOWSHIP = "Minimally invasive surgery"


@dataclass(frozen=True)
class Claim:
    """One credential as stated, with the source that can confirm it. ``end`` is the last valid day."""

    type_code: str
    issuer: str
    start: dt.date | None
    end: dt.date | None
    extra: dict[str, Any] = field(default_factory=dict)
    state: str = ""
    number: str = ""
    status: str = CredentialStatus.ACTIVE
    source: str = ""
    source_kind: str = SourceKind.PRIMARY
    method: str = Method.WEB
    paper: str = ""  # claims with the same paper are confirmed by one answer

    @property
    def title(self) -> str:
        """Of the evidence that confirms it."""
        return self.paper or f"{self.type_code.replace('_', ' ').capitalize()}: answer of {self.source}"


def claims_of(person: Person, *, peer_names: Sequence[str] = (), photo_id: bool = False) -> list[Claim]:
    """Everything the person states; with an application also its peers and the photo ID that was seen."""
    claims = [*_licences(person), _dea(person), _state_registration(person), *_board(person)]
    claims += [_school(person), *_ecfmg(person), *_training(person)]
    claims += [_job(person, job) for job in person.jobs] + _affiliations(person)
    claims += [_cover(person), *_courses(person), _immunity(person)]
    claims += [_peer(person, name) for name in peer_names]
    claims.append(_photo_id(person) if photo_id else _clearance(person))
    return claims


def paper_for(person: Person, claim: Claim, answered_on: dt.date) -> bytes:
    """What the source's answer looks like: one page that says what it confirms."""
    lines = [
        f"Practitioner: {person.name}, {person.provider_type}    NPI {person.npi}",
        f"Source: {claim.source or claim.issuer}",
        f"Answered on: {answered_on:%d %B %Y}",
        "",
    ]
    if claim.number:
        lines.append(f"Number: {' '.join(part for part in (claim.state, claim.number) if part)}")
    lines += [f"Status: {CredentialStatus(claim.status).label}", f"From: {_day(claim.start)}"]
    lines.append(f"Through: {_day(claim.end)}")
    lines += [f"{name.replace('_', ' ').capitalize()}: {value}" for name, value in claim.extra.items()]
    return page(claim.title, [*lines, "", "Invented for demonstration. No real person or institution."])


def extract_for(person: Person, title: str, claims: Sequence[Claim], answered_on: dt.date) -> bytes:
    """One answer that confirms several credentials: a profile, copies of certificates."""
    lines = [
        f"Practitioner: {person.name}, {person.provider_type}    NPI {person.npi}",
        f"Answered on: {answered_on:%d %B %Y}",
        "",
    ]
    for claim in claims:
        what = (
            claim.extra.get("specialty")
            or claim.extra.get("degree")
            or claim.extra.get("course")
            or claim.number
        )
        lines.append(f"{claim.issuer}: {what or claim.extra.get('position', '')}")
        lines.append(f"    {_day(claim.start)} through {_day(claim.end)}")
    return page(title, [*lines, "", "Invented for demonstration. No real person or institution."])


def npdb_response(person: Person, queried_on: dt.date, dcn: str, *, reports: int = 0) -> bytes:
    """The text of a data bank response."""
    found = f"{reports} report(s) found." if reports else "No reports found."
    return (
        f"NATIONAL PRACTITIONER DATA BANK - demonstration\nDCN {dcn}\nProcess date {queried_on:%m/%d/%Y}\n"
        f"Subject {person.name.upper()}  NPI {person.npi}\n{found}\n"
    ).encode()


def _licences(person: Person) -> list[Claim]:
    own = Claim(
        "LICENSE",
        STATE_BOARDS[person.state],
        person.licence_from,
        person.licence_until,
        state=person.state,
        number=person.licence_number,
        source=STATE_BOARDS[person.state],
        paper=f"{person.state} license {person.licence_number}: board look-up",
    )
    if not person.extra_licence:
        return [own]
    return [
        own,
        Claim(
            "LICENSE",
            STATE_BOARDS["WI"],
            person.licence_from,
            person.licence_until,
            state="WI",
            number=person.extra_licence,
            source=STATE_BOARDS["WI"],
            paper=f"WI license {person.extra_licence}: board look-up",
        ),
    ]


def _dea(person: Person) -> Claim:
    return Claim(
        "DEA",
        "Drug Enforcement Administration",
        person.dea_until - dt.timedelta(days=1095),
        person.dea_until,
        {"schedules": ["2", "2N", "3", "3N", "4", "5"], "business_address_state": person.state},
        number=person.dea_number,
        source="DEA registration validation",
        paper=f"DEA {person.dea_number}: registration validation",
    )


def _state_registration(person: Person) -> Claim:
    """Illinois and Michigan register whoever handles controlled substances, beside the DEA."""
    digits = "".join(filter(str.isdigit, person.licence_number))[-6:]
    number = f"336.{digits}" if person.state == "IL" else f"5315{digits}"
    return Claim(
        "CDS",
        STATE_BOARDS[person.state],
        person.licence_from,
        person.licence_until,
        {"schedules": ["2", "3", "4", "5"]},
        state=person.state,
        number=number,
        source=STATE_BOARDS[person.state],
        paper=f"{person.state} controlled substances registration {number}: board look-up",
    )


def _board(person: Person) -> list[Claim]:
    specialty = person.specialty
    if person.certified_on is None:
        return []
    return [
        Claim(
            "BOARD_CERT",
            specialty.board,
            person.certified_on,
            person.certified_until,
            {"specialty": specialty.certificate, "initial_on": person.certified_on.isoformat(), "moc": True},
            source=f"{specialty.board} (display agent)",
            source_kind=SourceKind.AGENT,
            paper=f"{specialty.certificate}: certification look-up",
        )
    ]


def _profile(person: Person) -> tuple[str, str]:
    if person.specialty.physician:
        return "Physician profile service", "Physician profile: education and training"
    return "National Student Clearinghouse", "Degree and enrollment verification"


def _school(person: Person) -> Claim:
    source, paper = _profile(person)
    return Claim(
        "MEDICAL_SCHOOL",
        person.school,
        dt.date(person.graduated_on.year - 4, 8, 15),
        person.graduated_on,
        {"degree": person.degree, "graduated_on": person.graduated_on.isoformat()}
        | ({"international": True} if person.studied_abroad else {}),
        source=source,
        source_kind=SourceKind.DESIGNATED_EQUIVALENT,
        paper=paper,
    )


def _ecfmg(person: Person) -> list[Claim]:
    if not person.studied_abroad:
        return []
    number = f"0-{int(person.npi) % 900 + 100}-{person.index % 900 + 100}-{person.index % 10}"
    return [
        Claim(
            "ECFMG",
            "ECFMG",
            person.graduated_on + dt.timedelta(days=30),
            None,
            number=number,
            source="ECFMG certification verification",
            paper=f"ECFMG certificate {number}: verification",
        )
    ]


def _training(person: Person) -> list[Claim]:
    source, paper = _profile(person)
    start, end = person.training
    claims = [
        Claim(
            "RESIDENCY",
            person.programme,
            start,
            end,
            {"level": "residency", "specialty": person.specialty.training, "completed": True},
            source=source,
            source_kind=SourceKind.DESIGNATED_EQUIVALENT,
            paper=paper,
        )
    ]
    if person.specialty.code == "cardiology":
        first = dt.date(start.year + 3, 6, 30)
        claims = [
            Claim(
                "RESIDENCY",
                person.programme,
                start,
                first,
                {"level": "residency", "specialty": "Internal medicine", "completed": True},
                source=source,
                source_kind=SourceKind.DESIGNATED_EQUIVALENT,
                paper=paper,
            ),
            Claim(
                "RESIDENCY",
                person.programme,
                first + dt.timedelta(days=1),
                end,
                {"level": "fellowship", "specialty": "Cardiovascular disease", "completed": True},
                source=source,
                source_kind=SourceKind.DESIGNATED_EQUIVALENT,
                paper=paper,
            ),
        ]
    return claims


def _job(person: Person, job) -> Claim:
    return Claim(
        "WORK_HISTORY",
        job.organization,
        job.start,
        job.end,
        {"position": job.position},
        source=f"{job.organization}, medical staff office",
        method=Method.LETTER,
        paper=f"Affiliation: {job.organization}",
    )


def _affiliations(person: Person) -> list[Claim]:
    """The hospitals among the places of work; one letter answers for both."""
    return [
        Claim(
            "AFFILIATION",
            job.organization,
            job.start,
            job.end,
            {"staff_category": "Active", "good_standing": True},
            source=f"{job.organization}, medical staff office",
            method=Method.LETTER,
            paper=f"Affiliation: {job.organization}",
        )
        for job in person.jobs
        if "Hospital" in job.organization or "Medical Center" in job.organization
    ]


def _immunity(person: Person) -> Claim:
    """Found out once; employee health says how it is met."""
    return Claim(
        "IMMUNIZATION",
        "Employee health",
        person.training[0],
        None,
        {"requirement": "measles mumps rubella", "met_by": "laboratory proof"},
        source="Employee health",
        method=Method.LETTER,
        paper="Clearance of employee health",
    )


def _clearance(person: Person) -> Claim:
    """Of a member, with influenza and tuberculosis; it runs out like everything else that is renewed."""
    end = person.life_support_until - dt.timedelta(days=60)
    return Claim(
        "HEALTH_CLEARANCE",
        "Employee health",
        end - dt.timedelta(days=729),
        end,
        source="Employee health",
        method=Method.LETTER,
        paper="Clearance of employee health",
    )


def _cover(person: Person) -> Claim:
    return Claim(
        "MALPRACTICE",
        person.carrier,
        person.cover_until - dt.timedelta(days=729),
        person.cover_until,
        {"per_claim_usd": 1_000_000, "aggregate_usd": 3_000_000},
        number=person.policy_number,
        source=person.carrier,
        method=Method.LETTER,
        paper=f"Certificate of insurance {person.policy_number}",
    )


def _courses(person: Person) -> list[Claim]:
    courses = {"emergency": ("ACLS", "ATLS"), "obgyn": ("ACLS", "NRP")}
    return [
        Claim(
            "LIFE_SUPPORT",
            "American Heart Association" if course in ("ACLS", "BLS") else "American College of Surgeons",
            person.life_support_until - dt.timedelta(days=730),
            person.life_support_until,
            {"course": course},
            source="Card seen by the Medical Staff Office",
            source_kind=SourceKind.PERSON,
            method=Method.IN_PERSON,
            paper="Life support cards",
        )
        for course in courses.get(person.specialty.code, ("ACLS",))
    ]


def _peer(person: Person, name: str) -> Claim:
    source = random.Random(f"{person.npi}/{name}")  # noqa: S311 - reproducible invention, nothing secret
    full = f"{name}, {person.specialty.provider_type or 'MD'}"
    return Claim(
        "PEER_REFERENCE",
        source.choice(EMPLOYERS),
        person.training[1],
        None,
        {
            "name": full,
            "title": "Attending physician" if person.specialty.physician else "Senior colleague",
            "relationship": "Colleague in the same department",
            "same_discipline": True,
            "email": ".".join(name.lower().replace("'", "").split()) + "@example.org",
            "phone": f"(555) 555-01{source.randint(10, 99)}",
        },
        source=full,
        method=Method.LETTER,
        paper=f"Peer reference of {name}",
    )


def _photo_id(person: Person) -> Claim:
    born = person.birth_date
    return Claim(
        "PHOTO_ID",
        f"State of {'Illinois' if person.state == 'IL' else 'Michigan'}",
        None,
        dt.date(born.year + 70, born.month, born.day),
        {"document_kind": "driver license", "seen_by": "Medical Staff Office"},
        source="Seen by the Medical Staff Office",
        source_kind=SourceKind.PERSON,
        method=Method.IN_PERSON,
        paper="Government photo ID, seen",
    )


def _day(day: dt.date | None) -> str:
    return f"{day:%d %B %Y}" if day else "not stated"
