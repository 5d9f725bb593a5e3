"""What is written into a packet: through a signed link, or by the office from paper.

Whoever has a link has no account: the link is the right to write, and the system records it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from config.accounts.policies import permissions
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Conflict, Refused
from credentialing import workflow
from credentialing.choices import PacketStatus, SectionStatus
from credentialing.models import Packet, PacketLink, PacketSection
from credentialing.models.packets import WRITABLE
from credentialing.rules.packet_answers import Known, missing, tidy
from credentialing.rules.packet_typed import taken_for
from credentialing.selectors.packets import (
    CLOSED,
    EXPIRED,
    OPEN,
    READ_ONLY,
    REVOKED,
    TAKES_ANSWERS,
    PacketState,
    SectionState,
    beside,
    by_token,
    read_packet,
    standing,
)
from credentialing.services.packet_versions import write_version
from credentialing.services.packets import begin_packet, move_packet
from practitioners.services.documents import store_document

#: What a person at a link that opens nothing, or no longer takes anything, reads.
SENTENCES = {
    REVOKED: "This link was replaced or taken back. Use the newest mail of the hospital, or ask it for one.",
    EXPIRED: "The time of this link is over. Ask the hospital for a new one; what you typed is kept.",
    CLOSED: "The hospital has withdrawn this packet. Nothing more is needed from you.",
    READ_ONLY: "The packet is signed and with the hospital: it changes only when something is returned.",
}


@transaction.atomic
def note_opened(*, link: PacketLink) -> None:
    """The link was opened for the first time (by its holder, or by a mail system that looks at links)."""
    packet = begin_packet(system_user(), link.packet)
    _mark(link)
    _open(packet)


def begin_writing(token: str) -> tuple[PacketLink, Packet]:
    """The link and its packet, locked, if something may be written; raises ``Conflict`` otherwise."""
    found = by_token(token)
    if found is None:
        raise Refused("This link leads to no packet.")
    packet = begin_packet(system_user(), found.packet)
    link = PacketLink.objects.select_for_update(of=("self",)).get(pk=found.pk)
    link.packet = packet
    state = standing(link)
    if state != OPEN:
        raise Conflict(SENTENCES[state])
    _open(packet)
    return link, packet


@transaction.atomic
def save_section(
    *, actor, packet: Packet, code: str, answers: Mapping[str, Any], link: PacketLink | None = None
) -> SectionState:
    """Keep what was typed into a section, whether it is whole or not, and say what it still lacks.

    Nothing is lost: every saving that changed something is a version. Refused once the packet is signed,
    and, while one section is to be corrected, for all others.
    """
    packet = _writable(actor, packet, link)
    whole, state = _section(packet, code)
    kept = tidy(state.asked, answers)
    if state.version is None or kept != state.answers:
        version = write_version(actor=actor, section=state.row, answers=kept, before=state.version, link=link)
    else:
        version = state.version
    lacks = missing(state.asked, kept, _known(whole, state))
    _settle(actor, packet, state.row, whole=not lacks)
    return SectionState(state.row, state.asked, kept, version, lacks, state.waits_for)


@transaction.atomic
def confirm_unchanged(*, actor, packet: Packet, link: PacketLink | None = None) -> int:
    """Say of every section that stands whole as filled from the file that it is unchanged; how many.

    Sections that lack something, or that somebody has written in, are left alone.
    """
    packet = _writable(actor, packet, link)
    unchanged = read_packet(packet).unchanged
    if not unchanged:
        raise Refused("Nothing stands as filled from the file any more: go through what is left.")
    for each in unchanged:
        write_version(
            actor=actor,
            section=each.row,
            answers=each.answers,
            before=each.version,
            link=link,
            confirmed=True,
        )
        _settle(actor, packet, each.row, whole=True)
    return len(unchanged)


@transaction.atomic
def add_document(
    *,
    actor,
    packet: Packet,
    code: str,
    asked: str,
    file_name: str,
    content: bytes,
    link: PacketLink | None = None,
) -> SectionState:
    """Put an uploaded file into the person's file, as the answer to one document the section asks for.

    What it is is judged by its content; of the same kind the newest counts. Raises ``Refused`` with the
    field for what is not taken.
    """
    packet = _writable(actor, packet, link)
    _, state = _section(packet, code)
    wanted = next((each for each in state.asked.documents if each.code == asked), None)
    if wanted is None:
        raise Refused("This document is not asked for.", field=asked)
    try:
        document = store_document(
            actor=actor,
            practitioner=packet.application.practitioner,
            title=f"{wanted.label} (application)",
            file_name=file_name,
            content=content,
            data_class=wanted.data_class,
            allowed=taken_for(wanted),
        )
    except Refused as refused:
        raise Refused(refused.sentence, field=asked) from None
    files = {**state.answers["files"], asked: str(document.uid)}
    return save_section(actor=actor, packet=packet, code=code, answers={"files": files}, link=link)


# --- shared ---------------------------------------------------------------------------------------------


def _writable(actor, packet: Packet, link: PacketLink | None) -> Packet:
    packet = begin_packet(actor, packet)
    if link is None and not packet.on_paper:
        raise Refused("The applicant fills this packet in. For an application on paper, make one on paper.")
    if packet.status not in WRITABLE or packet.application.status not in TAKES_ANSWERS:
        raise Conflict(SENTENCES[READ_ONLY])
    _open(packet)
    return packet


def _mark(link: PacketLink) -> None:
    PacketLink.objects.filter(pk=link.pk, opened_at__isnull=True).update(opened_at=clock.now())


def _open(packet: Packet) -> None:
    """The first act by a link opens the packet."""
    if packet.status == PacketStatus.INVITED:
        packet.opened_at = clock.now()
        move_packet(actor=system_user(), packet=packet, target=PacketStatus.OPEN, fields=("opened_at",))


def _section(packet: Packet, code: str) -> tuple[PacketState, SectionState]:
    whole = read_packet(packet)
    state = whole.section(code)
    if state is None:
        raise Refused("The packet has no such section.")
    if packet.status == PacketStatus.RETURNED and (
        not state.row.return_reason or state.row.status == SectionStatus.ACCEPTED
    ):
        raise Refused("This section was not returned: it stays as it was signed.")
    if state.waits_for:
        raise Refused(f"First complete: {', '.join(state.waits_for)}.")
    return whole, state


def _known(whole: PacketState, state: SectionState) -> Known:
    """What the section is judged beside, with the rows of the other sections."""
    answers = {each.row.code: each.answers for each in whole.sections}
    return beside(whole.known, whole.template, answers, state.asked)


def _settle(actor, packet: Packet, section: PacketSection, *, whole: bool) -> None:
    """Move the section to what its answers make of it; one that was returned stays so until it is whole."""
    target = SectionStatus.COMPLETE if whole else SectionStatus.IN_PROGRESS
    if section.status == target or (section.status == SectionStatus.RETURNED and not whole):
        _record(actor, packet, "packet.section_saved", section)
        return
    move_section(actor=actor, packet=packet, section=section, target=target)


def move_section(
    *, actor, packet: Packet, section: PacketSection, target: str, fields: tuple[str, ...] = (), reason=""
) -> None:
    """Guard the move, save it with ``fields``, and record it."""
    move = workflow.PACKET_SECTION.check(section, target, permissions(actor, packet.application.facility))
    section.status = target
    section.save(update_fields=["status", *fields])
    _record(actor, packet, move.event, section, reason=reason)


def _record(actor, packet: Packet, verb: str, section: PacketSection, *, reason: str = "") -> None:
    record_event(
        actor=actor,
        verb=verb,
        subject=section,
        reason=reason,
        practitioner=packet.application.practitioner,
        facility=packet.application.facility,
        data={"packet": str(packet.uid), "section": section.code},
    )
