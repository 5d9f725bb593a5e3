"""The applicant's signature under a packet: bound by a hash to what was signed, kept as evidence.

A delegate's link never signs. A wet signature was seen on paper, whose scan is kept with it.
"""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from django.db import transaction

from config.accounts.choices import DataClass
from config.accounts.services.users import system_user
from config.kernel import clock
from config.kernel.canonical import canonical_bytes, digest
from config.kernel.errors import Forbidden, Refused
from credentialing.choices import ApplicationStatus, PacketStatus
from credentialing.models import Packet, PacketLink, PacketSignature
from credentialing.needs import submission_problems
from credentialing.packet_parts import privilege_part
from credentialing.rules.enquiries import seal
from credentialing.rules.packet_told import told
from credentialing.rules.packet_typed import is_own_name
from credentialing.rules.packets import DOCUMENTS, PRIVILEGES
from credentialing.selectors.packets import (
    PacketState,
    may_sign,
    open_deficiencies,
    read_packet,
    written_name,
)
from credentialing.services import applications
from credentialing.services.attestations import receive_attestation
from credentialing.services.deficiencies import close_answered
from credentialing.services.packet_answers import begin_writing
from credentialing.services.packets import begin_packet, move_packet
from practitioners.choices import Method, SourceKind
from practitioners.models import Document
from practitioners.rules.uploads import PICTURED
from practitioners.services.documents import store_document
from practitioners.services.evidence import add_evidence

NAME_LIMIT = 120
#: Statuses of an application in which privileges are asked for by signing.
ASKS = (ApplicationStatus.DRAFT, ApplicationStatus.INCOMPLETE)


@transaction.atomic
def sign(
    *, token: str, signed_name: str, attests: bool, releases: bool
) -> tuple[PacketSignature, dict[str, Any]]:
    """The applicant signs: answers the signature and the signed content, for the copy they keep.

    The privileges they chose are asked for, the application is submitted (or its missing parts are answered),
    and the office sees it. Raises ``Forbidden`` for a delegate, ``Refused`` with the field where a section
    lacks something, a statement is not agreed to or the name is none of theirs, ``Conflict`` where the link
    takes nothing any more.
    """
    link, packet = begin_writing(token)
    if not may_sign(link):
        raise Forbidden(
            f"Only {packet.application.practitioner} signs: somebody who fills in for them never does."
        )
    name = _name(signed_name, packet)
    if not attests:
        raise Refused("Agree to the attestation: without it nothing is signed.", field="attests")
    if not releases:
        raise Refused("Agree to the release: without it nothing can be verified.", field="releases")
    state = _whole(packet)
    content = _content(state, name, signed_on=clock.today(packet.application.facility), wet=None)
    signature = _keep(system_user(), state, content, link=link, document=None)
    _hand_in(system_user(), state, signature)
    return signature, content


@transaction.atomic
def record_wet_signature(
    *,
    actor,
    packet: Packet,
    signed_name: str,
    signed_on: dt.date,
    file_name: str,
    content: bytes,
) -> PacketSignature:
    """The office saw the applicant's signature on paper: its scan is kept, with the day written beside it."""
    packet = begin_packet(actor, packet)
    if not packet.on_paper:
        raise Refused("This packet is signed through its link.")
    name = _name(signed_name, packet)
    if signed_on > clock.today(packet.application.facility):
        raise Refused("The day of the signature lies in the future.", field="signed_on")
    state = _whole(packet)
    try:
        document = store_document(
            actor=actor,
            practitioner=packet.application.practitioner,
            title="Application with signature",
            file_name=file_name,
            content=content,
            data_class=DataClass.IDENTITY,
            allowed=PICTURED,
        )
    except Refused as refused:
        raise Refused(refused.sentence, field=refused.field or "file") from None
    signed = _content(state, name, signed_on=signed_on, wet=document)
    signature = _keep(actor, state, signed, link=None, document=document)
    _hand_in(actor, state, signature)
    return signature


# --- shared ---------------------------------------------------------------------------------------------


def _name(typed: str, packet: Packet) -> str:
    """The name under the application: one of the person whose application it is."""
    person, name = packet.application.practitioner, " ".join(typed.split())[:NAME_LIMIT]
    if not name:
        raise Refused("Type the name: it stands for the signature.", field="signed_name")
    if not is_own_name(name, person.names.values_list("last_name", flat=True)):
        raise Refused(
            f"“{name}” is no name {written_name(person)} has on file. Where a name has changed, the Medical "
            "Staff Office adds it first.",
            field="signed_name",
        )
    return name


def _whole(packet: Packet) -> PacketState:
    if packet.status not in (PacketStatus.OPEN, PacketStatus.RETURNED):
        raise Refused(f'The packet is "{packet.get_status_display()}": there is nothing to sign.')
    state = read_packet(packet)
    lacking = [each.asked.heading for each in state.sections if not each.is_done or each.missing]
    if lacking:
        raise Refused(f"Before it can be signed, complete: {', '.join(lacking)}.")
    return state


def _content(state: PacketState, name: str, *, signed_on: dt.date, wet: Document | None) -> dict[str, Any]:
    """What is signed, sealed. The number used once keeps short answers from being guessed from a hash."""
    application = state.packet.application
    files = {
        uid
        for each in state.sections
        if each.asked.kind == DOCUMENTS
        for uid in each.answers["files"].values()
    }
    documents = Document.objects.filter(uid__in=files)
    titles = {str(each.uid): f"{each.file_name}, SHA-256 {each.sha256}" for each in documents}
    return seal(
        {
            "packet": str(state.packet.uid),
            "application": str(application.uid),
            "about": str(application.practitioner),
            "for": str(application.facility),
            "template": state.template.code,
            "version": state.template.version,
            "asked": digest(state.packet.asked),
            "sections": [
                {
                    "code": each.row.code,
                    "heading": each.asked.heading,
                    "version": each.version.number if each.version else 0,
                    "answers": [
                        {"asked": asked, "said": said}
                        for asked, said in told(each.asked, each.answers, state.known, titles)
                    ],
                }
                for each in state.sections
            ],
            "attestation": state.template.attestation,
            "release": state.template.release,
            "signed_by": name,
            "signed_on": signed_on.isoformat(),
            "recorded_at": clock.now().isoformat(timespec="seconds"),
            "on_paper": wet.sha256 if wet else "",
            "once": secrets.token_hex(16),
        }
    )


def _keep(
    actor, state: PacketState, content: dict[str, Any], *, link: PacketLink | None, document: Document | None
) -> PacketSignature:
    packet = state.packet
    evidence = add_evidence(
        actor=actor,
        practitioner=packet.application.practitioner,
        title="Signed application",
        source=content["signed_by"],
        source_kind=SourceKind.SELF,
        method=Method.WEB if link is not None else Method.LETTER,
        content=canonical_bytes(content),
        media_type="application/json",
        source_date=dt.date.fromisoformat(content["signed_on"]),
        data_class=DataClass.IDENTITY,  # it holds the birth date and the answers to the questions
    )
    return PacketSignature.objects.create(
        packet=packet,
        link=link,
        wet=link is None,
        signed_name=content["signed_by"],
        signed_on=content["signed_on"],
        signed_at=clock.now(),
        recorded_by=actor,
        hash=content["hash"],
        evidence=evidence,
        document=document,
    )


def _hand_in(actor, state: PacketState, signature: PacketSignature) -> None:
    """The packet is with the office: privileges asked for, application submitted, what was missing met."""
    packet = state.packet
    application = packet.application
    move_packet(
        actor=actor,
        packet=packet,
        target=PacketStatus.SIGNED,
        data={"signature": signature.hash, "evidence": signature.evidence.hash, "wet": signature.wet},
    )
    _ask_for_privileges(actor, state)
    for deficiency in open_deficiencies(application):
        if deficiency.section_id is not None:
            close_answered(
                actor=actor,
                deficiency=deficiency,
                application=application,
                answer="Corrected and signed again.",
            )
    if application.status == ApplicationStatus.DRAFT and not submission_problems(application):
        applications.submit(actor=actor, application=application)
    elif application.status == ApplicationStatus.INCOMPLETE and not open_deficiencies(application):
        applications.record_answer(actor=actor, application=application, note="Corrected and signed again.")
    else:
        receive_attestation(actor=actor, application=application)


def _ask_for_privileges(actor, state: PacketState) -> None:
    """Ask for what was chosen: with the first signature, and after the section came back. What the office
    changed of the request meanwhile is not undone because another section was corrected.
    """
    application, part = state.packet.application, privilege_part()
    chosen = next((each for each in state.sections if each.asked.kind == PRIVILEGES), None)
    if chosen is None or part is None or application.status not in ASKS:
        return
    returned = chosen.row.returned_version
    corrected = returned is not None and chosen.version is not None and chosen.version.number > returned
    if corrected or state.packet.signatures.count() == 1:
        part.ask(
            actor=actor,
            application=application,
            asked=chosen.answers["asked"],
            cases=chosen.answers.get("cases", {}),
        )
