"""Packets: where their links lead, what was answered, and what is still missing."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.urls import reverse

from config.kernel import clock
from config.kernel.encryption import decrypt
from config.kernel.links import digest_of, token_for
from config.rulebook.selectors.parameters import resolve_many
from config.rulebook.verdicts import Verdict
from credentialing import parameters
from credentialing.choices import ApplicationStatus, PacketRole, PacketStatus, SectionStatus
from credentialing.models import (
    Application,
    Deficiency,
    Packet,
    PacketLink,
    PacketSection,
    SectionVersion,
)
from credentialing.models.packets import WRITABLE
from credentialing.packet_parts import privilege_part
from credentialing.rules.packet_answers import Known, Missing, empty, missing
from credentialing.rules.packets import CLAIMS, DISCLOSURES, PRIVILEGES, Section, Template, read_template
from credentialing.selectors.gaps import CODES, limits_of
from practitioners.models import CredentialType
from practitioners.services.credentials import last_names

OPEN, READ_ONLY, REVOKED, EXPIRED, CLOSED = "open", "read_only", "revoked", "expired", "closed"
#: What a link still shows when nothing can be written: where the application stands, and the receipt.
SHOWN = (OPEN, READ_ONLY)
#: Statuses of an application in which a packet may be written or corrected.
TAKES_ANSWERS = (
    ApplicationStatus.DRAFT,
    ApplicationStatus.SUBMITTED,
    ApplicationStatus.INCOMPLETE,
    ApplicationStatus.IN_VERIFICATION,
    ApplicationStatus.COMPLETE,
)


# --- the link -------------------------------------------------------------------------------------------


def token_of(link: PacketLink) -> str:
    """The secret part of the link (:func:`.token_for`)."""
    return token_for("credentialing.packet", link.uid)


def link_of(link: PacketLink) -> str:
    """The whole address that is mailed."""
    path = reverse("credentialing:packet_start", args=[token_of(link)])
    return settings.STANDING_SITE_URL.rstrip("/") + path


def by_token(token: str) -> PacketLink | None:
    """The link of that token with its packet; None for one nobody was sent."""
    return (
        PacketLink.objects.filter(token_digest=digest_of(token))
        .select_related(
            "packet__application__practitioner",
            "packet__application__facility",
            "packet__application__department",
            "packet__application__category",
            "packet__application__coordinator",
        )
        .first()
    )


def standing(link: PacketLink) -> str:
    """What the link may be used for now: :data:`OPEN`, :data:`READ_ONLY`, or why it opens nothing."""
    packet = link.packet
    if link.revoked_at is not None:
        return REVOKED
    if link.expires_at <= clock.now():
        return EXPIRED
    if packet.status == PacketStatus.WITHDRAWN:
        return CLOSED
    if packet.status in WRITABLE and packet.application.status in TAKES_ANSWERS:
        return OPEN
    return READ_ONLY


def may_sign(link: PacketLink) -> bool:
    """Whether the link is the applicant's own: a delegate fills in and never signs."""
    return link.role == PacketRole.APPLICANT


@dataclass(frozen=True)
class Terms:
    """How long an applicant has, in days, and when they are reminded (days before the day)."""

    answer_days: int
    link_days: int
    ladder: tuple[int, ...]
    deficiency_days: int
    incomplete_days: int
    consequence: str
    citation: str


def terms_of(facility, on: dt.date) -> Terms:
    """The facility's terms on that day; one query."""
    codes = [
        parameters.PACKET_ANSWER_DAYS,
        parameters.PACKET_LINK_DAYS,
        parameters.PACKET_REMINDER_DAYS,
        parameters.DEFICIENCY_DAYS,
        parameters.INCOMPLETE_DAYS,
        parameters.INCOMPLETE_CONSEQUENCE,
    ]
    bounds = resolve_many(codes, facility=facility, on=on)
    found = {code: bounds.get((code, "")) for code in codes}
    value = {code: bound.value if bound else None for code, bound in found.items()}
    bound = found[parameters.INCOMPLETE_DAYS]
    return Terms(
        answer_days=int(value[parameters.PACKET_ANSWER_DAYS] or 30),
        link_days=int(value[parameters.PACKET_LINK_DAYS] or 60),
        ladder=tuple(sorted(int(step) for step in value[parameters.PACKET_REMINDER_DAYS] or [])),
        deficiency_days=int(value[parameters.DEFICIENCY_DAYS] or 30),
        incomplete_days=int(value[parameters.INCOMPLETE_DAYS] or 60),
        consequence=str(value[parameters.INCOMPLETE_CONSEQUENCE] or "office"),
        citation=bound.citation if bound else "",
    )


# --- what is asked and answered -------------------------------------------------------------------------


def template_of(packet: Packet) -> Template:
    """What the packet asks, in the words it was sent with."""
    return read_template(packet.asked["template"])


def questions_of(packet: Packet) -> dict[str, Any]:
    """The version of the questions of disclosure that is asked: ``version`` and ``questions``."""
    return packet.asked.get("questions") or {"version": "", "questions": []}


def opened(version: SectionVersion) -> dict[str, Any]:
    """The answers of a version, readable. Raises ``Refused`` when the key they were stored under is gone."""
    return json.loads(decrypt(bytes(version.sealed)))


def latest_versions(packet: Packet) -> dict[str, SectionVersion]:
    """The newest version of each section that has any, by the section's code; one query."""
    rows = (
        SectionVersion.objects.filter(section__packet=packet)
        .select_related("section", "link")
        .order_by("section_id", "-number")
        .distinct("section_id")
    )
    return {row.section.code: row for row in rows}


@dataclass(frozen=True)
class SectionState:
    """A section with its answers as they stand, what they lack, and what has to be complete before it."""

    row: PacketSection
    asked: Section
    answers: dict[str, Any]
    version: SectionVersion | None
    missing: Sequence[Missing]
    waits_for: Sequence[str] = ()

    @property
    def status(self) -> SectionStatus:
        """The stored status, with its colour."""
        return SectionStatus(self.row.status)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do here for the applicant."""
        return self.row.status in (SectionStatus.COMPLETE, SectionStatus.ACCEPTED)

    @property
    def is_unchanged(self) -> bool:
        """Whether it stands as filled from the file, whole, and nobody has said so yet. Where nothing is
        needed, nothing is whole as well. The questions of disclosure never do: they are answered anew.
        """
        return (
            self.asked.kind != DISCLOSURES
            and self.row.status == SectionStatus.NOT_STARTED
            and (self.version is None or self.version.from_file)
            and not self.missing
        )


@dataclass(frozen=True)
class PacketState:
    """A packet with every section."""

    packet: Packet
    template: Template
    known: Known
    sections: tuple[SectionState, ...]

    def section(self, code: str) -> SectionState | None:
        """The section of that code."""
        return next((each for each in self.sections if each.row.code == code), None)

    @property
    def done(self) -> int:
        """How many sections are complete."""
        return sum(1 for each in self.sections if each.is_done)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left but the signature."""
        return self.done == len(self.sections)

    @property
    def unchanged(self) -> list[SectionState]:
        """Sections that can be confirmed as unchanged in one act."""
        return [each for each in self.sections if each.is_unchanged]

    @property
    def next_section(self) -> SectionState | None:
        """Where to go on: the first section that is not complete and waits for no other."""
        return next((each for each in self.sections if not each.is_done and not each.waits_for), None)


def read_packet(packet: Packet) -> PacketState:
    """The packet as it stands; a fixed number of queries, whatever was answered."""
    template = template_of(packet)
    rows = {row.code: row for row in packet.sections.order_by("order")}
    versions = latest_versions(packet)
    answers = {
        each.code: opened(versions[each.code]) if each.code in versions else empty(each)
        for each in template.sections
    }
    known = known_of(packet, template)
    states = []
    done = {
        code for code, row in rows.items() if row.status in (SectionStatus.COMPLETE, SectionStatus.ACCEPTED)
    }
    for asked in template.sections:
        states.append(
            SectionState(
                row=rows[asked.code],
                asked=asked,
                answers=answers[asked.code],
                version=versions.get(asked.code),
                missing=missing(asked, answers[asked.code], beside(known, template, answers, asked)),
                waits_for=[
                    heading.heading
                    for code in asked.after
                    if code not in done and (heading := template.section(code))
                ],
            )
        )
    return PacketState(packet, template, known, tuple(states))


def confirmed_sections(state: PacketState) -> list[SectionState]:
    """Sections of a signed packet that wait for a review and were confirmed as unchanged. Pure."""
    return [
        each
        for each in state.sections
        if state.packet.status == PacketStatus.SIGNED
        and each.row.status == SectionStatus.COMPLETE
        and each.version is not None
        and each.version.confirmed
    ]


def known_of(packet: Packet, template: Template) -> Known:
    """What the packet's answers are judged beside; at most six queries."""
    application = packet.application
    person, today = application.practitioner, clock.today(application.facility)
    codes = {code for each in template.sections for code in each.types}
    part = privilege_part() if any(each.kind == PRIVILEGES for each in template.sections) else None
    return Known(
        today=today,
        provider_type=person.provider_type,
        last_names=last_names(person) if "DEA" in codes else "",
        born=person.birth_date,
        kinds={kind.code: kind for kind in CredentialType.objects.filter(code__in=codes)},
        questions=questions_of(packet)["questions"],
        offered=tuple(part.offered(application)) if part else (),
        limits=limits_of(resolve_many(CODES, facility=application.facility, on=today)),
    )


def beside(
    known: Known, template: Template, answers: Mapping[str, Mapping[str, Any]], asked: Section
) -> Known:
    """``known`` with the rows of the other sections: for the gaps of a history. Pure."""
    if not asked.gaps:
        return known
    rows = [
        row
        for other in template.sections
        if other.kind == CLAIMS and other.code != asked.code
        for row in answers.get(other.code, {}).get("rows", ())
    ]
    return Known(**{**{name: getattr(known, name) for name in known.__dataclass_fields__}, "beside": rows})


def judged_privileges(
    state: PacketState, answers: Mapping[str, Any] | None = None
) -> Mapping[str, Mapping[str, Verdict]]:
    """The criteria of the forms offered, judged on what the applicant entered and holds here alone: what the
    office has found out is none of it. ``answers`` are those of the privileges where they are newer.
    """
    part = privilege_part()
    own = next((each for each in state.sections if each.asked.kind == PRIVILEGES), None)
    if part is None or own is None:
        return {}
    given = own.answers if answers is None else answers
    return part.judge(
        state.packet.application,
        state.known.offered,
        rows=[
            row
            for each in state.sections
            if each.asked.kind == CLAIMS
            for row in each.answers.get("rows", ())
        ],
        asked={code for codes in given["asked"].values() for code in codes},
        cases=given.get("cases", {}),
        kinds={code: kind.name for code, kind in state.known.kinds.items()},
        today=state.known.today,
    )


def ran_out(packet: Packet, sent: Iterable[PacketLink]) -> bool:
    """Whether nobody can finish the packet because the applicant's link is over; ``sent`` are its links."""
    live = [each for each in sent if each.role == PacketRole.APPLICANT and each.revoked_at is None]
    return packet.status in (PacketStatus.INVITED, PacketStatus.OPEN) and any(
        each.expires_at <= clock.now() for each in live
    )


def written_name(person) -> str:
    """A person's name as they write it."""
    last, _, first = str(person).partition(", ")
    return f"{first} {last}".strip()


# --- finding packets ------------------------------------------------------------------------------------


def packet_of(application) -> Packet | None:
    """The packet of an application that counts: not a withdrawn one."""
    return application.packets.exclude(status=PacketStatus.WITHDRAWN).first()


@dataclass(frozen=True)
class Glance:
    """What the file of an application says of its packet, and what the applicant still owes (what, due)."""

    uid: uuid.UUID | None
    status: PacketStatus | None
    on_paper: bool
    owed: Sequence[tuple[str, dt.date]]


def glance(application) -> Glance:
    """The packet of an application and what is owed, in one query."""
    packets = Packet.objects.filter(application=OuterRef("pk")).exclude(status=PacketStatus.WITHDRAWN)
    owed = Deficiency.objects.filter(
        application=OuterRef("pk"), answered_at__isnull=True, withdrawn_at__isnull=True
    ).order_by("due_on", "pk")
    row = (
        Application.objects.filter(pk=application.pk)
        .annotate(
            packet_uid=Subquery(packets.values("uid")[:1]),
            packet_status=Subquery(packets.values("status")[:1]),
            packet_on_paper=Subquery(packets.values("on_paper")[:1]),
            owed=ArraySubquery(owed.values(told=JSONObject(what="what", due_on="due_on"))),
        )
        .values("packet_uid", "packet_status", "packet_on_paper", "owed")
        .get()
    )
    return Glance(
        uid=row["packet_uid"],
        status=PacketStatus(row["packet_status"]) if row["packet_status"] else None,
        on_paper=bool(row["packet_on_paper"]),
        owed=[(each["what"], dt.date.fromisoformat(each["due_on"])) for each in row["owed"]],
    )


def with_everything(packets: QuerySet[Packet]) -> QuerySet[Packet]:
    """Packets with what their pages name."""
    return packets.select_related(
        "application__practitioner",
        "application__facility__npdb_entity",
        "application__department",
        "application__category",
        "application__coordinator",
        "created_by",
    )


def open_deficiencies(application) -> list:
    """What the applicant still owes, the soonest due first; one query."""
    return list(
        application.deficiencies.filter(answered_at__isnull=True, withdrawn_at__isnull=True).select_related(
            "section"
        )
    )
