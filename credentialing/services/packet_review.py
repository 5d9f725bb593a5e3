"""Reviewing a signed packet: each section goes into the file as the applicant's word, or back to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Max

from config.accounts.policies import require
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.choices import (
    ApplicationStatus,
    PacketMailKind,
    PacketStatus,
    SectionStatus,
)
from credentialing.models import Packet, PacketSection
from credentialing.rules.packet_answers import explanations_in, row_values
from credentialing.rules.packets import CLAIMS, DISCLOSURES, FIELDS, PRIVILEGES
from credentialing.selectors.packet_prefill import (
    SAME,
    Compared,
    claimed_content,
    compare_rows,
    is_confirmed,
    on_file,
)
from credentialing.selectors.packets import (
    SectionState,
    beside,
    confirmed_sections,
    questions_of,
    read_packet,
    template_of,
)
from credentialing.services import applications, flags, packet_mails
from credentialing.services.deficiencies import write_deficiency
from credentialing.services.packet_answers import move_section
from credentialing.services.packets import begin_packet, move_packet, working_link
from practitioners.choices import NameKind, SaidBy
from practitioners.models import DisclosureQuestionSet, Practitioner
from practitioners.rules.claims import claim_facts
from practitioners.rules.provenance import ISSUER, NUMBER, STATE
from practitioners.services.credentials import record_claim
from practitioners.services.disclosures import Answer, record_answers
from practitioners.services.gaps import explain_gap
from practitioners.services.people import add_name, correct_practitioner, set_contact_point
from practitioners.services.statements import record_statements

EDIT = "practitioners.edit"
LONGEST = 4000
#: Statuses of an application in which other privileges may still be asked for.
ASKS = (ApplicationStatus.DRAFT, ApplicationStatus.SUBMITTED, ApplicationStatus.INCOMPLETE)


@transaction.atomic
def accept_section(*, actor, section: PacketSection) -> PacketSection:
    """Take a section of a signed packet into the file, as said by the applicant.

    What a source has confirmed stays; where the applicant says otherwise, their word stands beside it as a
    contradiction to be decided. With the last section the packet is done.
    """
    require(actor, EDIT)
    packet = begin_packet(actor, section.packet)
    row = _locked(section, packet)
    if packet.status != PacketStatus.SIGNED:
        raise Refused(
            f'The packet is "{packet.get_status_display()}"; sections are accepted once it is signed.'
        )
    state = read_packet(packet)
    one = state.section(row.code)
    if one is None:
        raise Refused("The packet has no such section.")
    write: dict[str, Callable] = {FIELDS: _fields, CLAIMS: _claims, DISCLOSURES: _answers}
    if one.asked.kind in write:
        answers = {each.row.code: each.answers for each in state.sections}
        known = beside(state.known, state.template, answers, one.asked)
        write[one.asked.kind](actor, packet, one, known)
    row.reviewed_at, row.reviewed_by = clock.now(), actor
    move_section(
        actor=actor,
        packet=packet,
        section=row,
        target=SectionStatus.ACCEPTED,
        fields=("reviewed_at", "reviewed_by"),
    )
    if not packet.sections.exclude(status=SectionStatus.ACCEPTED).exists():
        packet.closed_at = clock.now()
        move_packet(actor=actor, packet=packet, target=PacketStatus.ACCEPTED, fields=("closed_at",))
        if packet.application.is_open:
            flags.sync_flags(application=packet.application)
    return row


@transaction.atomic
def accept_unchanged(*, actor, packet: Packet) -> int:
    """Accept every section of a signed packet that the applicant confirmed as unchanged; how many.

    Each is accepted as by :func:`accept_section`. Raises ``Refused`` where there is none.
    """
    rows = [each.row for each in confirmed_sections(read_packet(packet))]
    if not rows:
        raise Refused("No section that waits for a review was confirmed as unchanged: look at each.")
    for row in rows:
        accept_section(actor=actor, section=row)
    return len(rows)


@transaction.atomic
def return_section(
    *, actor, section: PacketSection, reason: str, due_on: dt.date | None = None
) -> PacketSection:
    """Send one section back, with what has to be corrected in words the applicant reads.

    The rest of the packet stays as it was signed. It is a deficiency, due on ``due_on`` (inclusive; default:
    as many days as the hospital gives), and the applicant gets a mail.
    """
    packet = begin_packet(actor, section.packet)
    row = _locked(section, packet)
    text = (reason or "").strip()[:LONGEST]
    if not text:
        raise Refused("Write what the applicant has to correct.", field="reason")
    if packet.status not in (PacketStatus.SIGNED, PacketStatus.RETURNED, PacketStatus.ACCEPTED):
        raise Refused(f'The packet is "{packet.get_status_display()}": there is nothing to return.')
    application = packet.application
    if not application.is_open or application.status == ApplicationStatus.IN_REVIEW:
        raise Refused(f'The application is "{application.get_status_display()}": nothing is returned now.')
    asked = template_of(packet).section(row.code)
    if asked is not None and asked.kind == PRIVILEGES and application.status not in ASKS:
        raise Refused("What is asked for is fixed once the application is in verification.")
    row.return_reason = text
    row.returned_version = row.versions.aggregate(newest=Max("number"))["newest"] or 0
    row.reviewed_at, row.reviewed_by = clock.now(), actor
    move_section(
        actor=actor,
        packet=packet,
        section=row,
        target=SectionStatus.RETURNED,
        fields=("return_reason", "returned_version", "reviewed_at", "reviewed_by"),
        reason=text,
    )
    write_deficiency(actor=actor, application=application, what=text, due_on=due_on, section=row)
    if packet.status != PacketStatus.RETURNED:
        packet.closed_at = None
        move_packet(
            actor=actor, packet=packet, target=PacketStatus.RETURNED, fields=("closed_at",), reason=text
        )
    if application.status == ApplicationStatus.SUBMITTED:
        applications.mark_incomplete(actor=actor, application=application, reason=text)
    link = working_link(actor=actor, packet=packet)
    if link is not None:
        packet_mails.queue_mail(actor=actor, link=link, kind=PacketMailKind.RETURNED)
    return row


def _locked(section: PacketSection, packet: Packet) -> PacketSection:
    row = PacketSection.objects.select_for_update(of=("self",)).get(pk=section.pk)
    row.packet = packet
    return row


# --- into the file --------------------------------------------------------------------------------------


def _fields(actor, packet: Packet, state: SectionState, known) -> None:
    """Contact points, what stands in the person's row, a former name: each at its place."""
    person = packet.application.practitioner
    values = state.answers["values"]
    contacts: dict[str, dict[str, str]] = {}
    row: dict[str, Any] = {}
    former: dict[str, Any] = {}
    for each in state.asked.fields:
        value = values.get(each.code, "")
        room, _, rest = each.place.partition(".")
        kind, _, part = rest.partition(".")
        if not value or not room:
            continue
        if room == "contact":
            contacts.setdefault(kind, {})[part] = value
        elif room == "person":
            row[kind] = dt.date.fromisoformat(value) if kind == "birth_date" else value
        else:
            former[part] = value
    for kind, parts in contacts.items():
        if parts.get("line_1"):
            set_contact_point(actor=actor, practitioner=person, kind=kind, said_by=SaidBy.APPLICANT, **parts)
    if row:
        correct_practitioner(
            actor=actor, practitioner=person, said_by=SaidBy.APPLICANT, reason="Signed application", **row
        )
    if former.get("last_name") and not _has_name(person, former):
        add_name(actor=actor, practitioner=person, kind=NameKind.FORMER, said_by=SaidBy.APPLICANT, **former)


def _has_name(person: Practitioner, former: dict[str, Any]) -> bool:
    return person.names.filter(
        last_name__iexact=former["last_name"], first_name__iexact=former.get("first_name", "")
    ).exists()


def _claims(actor, packet: Packet, state: SectionState, known) -> None:
    """Each row as a claim of the applicant, and what they wrote about gaps."""
    person = packet.application.practitioner
    rows = state.answers["rows"]
    compared, _ = compare_rows(rows, on_file(person, state.asked.types), known)
    for row, one in zip(rows, compared, strict=True):
        kind = known.kinds[row["type"]]
        try:
            if is_confirmed(one.period):
                _beside_confirmed(actor, person, row, one, kind)
            elif one.how != SAME:
                record_claim(
                    actor=actor,
                    practitioner=person,
                    type_code=kind.code,
                    said_by=SaidBy.APPLICANT,
                    **row_values(row, kind),
                )
        except Refused as refused:
            raise Refused(
                f"{kind.name}: {refused.sentence} Return the section to have it corrected."
            ) from None
    there = {
        (each.first_day, each.last_day, each.explanation)
        for each in person.gap_explanations.filter(withdrawn_at__isnull=True)
    }
    for each in explanations_in(state.asked, state.answers, known):
        if (each.first_day, each.last_day, each.text) not in there:
            explain_gap(
                actor=actor,
                practitioner=person,
                first_day=each.first_day,
                last_day=each.last_day,
                explanation=each.text,
                in_writing=True,
                said_by=SaidBy.APPLICANT,
            )


def _beside_confirmed(actor, person: Practitioner, row, one: Compared, kind) -> None:
    """What the applicant says of a credential a source has confirmed. A later last day is a renewal, which is
    a claim until it is verified; anything else only stands beside what was confirmed.
    """
    content = claimed_content(row, kind)
    confirmed, claimed = one.period.valid.upper, content["valid"].upper
    if one.how != SAME and confirmed is not None and (claimed is None or claimed > confirmed):
        record_claim(
            actor=actor,
            practitioner=person,
            type_code=kind.code,
            said_by=SaidBy.APPLICANT,
            **row_values(row, kind),
        )
        return
    identity = {
        ISSUER: row.get("issuer", ""),
        STATE: row.get("state", ""),
        NUMBER: row.get("number", ""),
    }
    record_statements(
        actor=actor,
        practitioner=person,
        subject=one.period.identity.uid,
        said=claim_facts(kind, content, SaidBy.APPLICANT, identity),
        said_by=SaidBy.APPLICANT,
        source="Signed application",
    )


def _answers(actor, packet: Packet, state: SectionState, known) -> None:
    """The answers to the questions, of the day they were signed, to the words they were given to."""
    signature = packet.signatures.order_by("-signed_at", "-pk").first()
    version = questions_of(packet)["version"]
    given = state.answers["answers"]
    record_answers(
        actor=actor,
        practitioner=packet.application.practitioner,
        question_set=DisclosureQuestionSet.objects.get(version=version),
        answered_on=signature.signed_on,
        answers={
            code: Answer(each["answer"] == "yes", each.get("explanation", "")) for code, each in given.items()
        },
        said_by=SaidBy.APPLICANT,
    )
