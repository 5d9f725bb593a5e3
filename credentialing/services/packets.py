"""Packets as the office makes them: the invitation, links for applicant and delegate, paper, taking back."""

from __future__ import annotations

import datetime as dt
import uuid

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from config.accounts.policies import permissions
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.links import digest_of
from credentialing import workflow
from credentialing.choices import ApplicationStatus, PacketMailKind, PacketRole, PacketStatus
from credentialing.models import Application, Packet, PacketLink, PacketSection
from credentialing.models.packets import WRITABLE
from credentialing.rules.packets import PRIVILEGES, for_person
from credentialing.selectors.packet_prefill import from_file
from credentialing.selectors.packet_templates import template_for
from credentialing.selectors.packets import (
    known_of,
    packet_of,
    template_of,
    terms_of,
    token_of,
)
from credentialing.services import packet_mails
from credentialing.services.guards import begin_application
from credentialing.services.packet_versions import write_version
from practitioners.selectors.disclosures import asked_on

MANAGE = "credentialing.manage_application"
NAME_LIMIT, ADDRESS_LIMIT, REASON_LIMIT = 120, 254, 1000
#: Statuses of an application for which a packet is made.
BEGINS = (ApplicationStatus.DRAFT, ApplicationStatus.INCOMPLETE)
#: Delegates of one packet who have a link at once.
MOST_DELEGATES = 3


@transaction.atomic
def invite(
    *, actor, application: Application, name: str, email: str, due_on: dt.date | None = None
) -> Packet:
    """Ask the applicant by a signed link to fill in and sign their application.

    What is asked is fixed from now on; what is on file is filled in. ``due_on`` (inclusive): as many days
    from today as the hospital gives. Raises ``Refused`` where a packet is out, or nothing can be asked.
    """
    application = begin_application(actor, application, MANAGE)
    name, email = _person(name, email)
    packet = _make(actor, application, due_on=due_on, on_paper=False)
    link = _link(actor, packet, PacketRole.APPLICANT, name, email)
    _record(actor, packet, "packet.made")
    packet_mails.queue_mail(actor=actor, link=link, kind=PacketMailKind.INVITATION)
    return packet


@transaction.atomic
def open_on_paper(*, actor, application: Application) -> Packet:
    """The application came on paper: the same packet, written in by the office, with no link."""
    application = begin_application(actor, application, MANAGE)
    packet = _make(actor, application, due_on=None, on_paper=True)
    _record(actor, packet, "packet.made_on_paper")
    return packet


@transaction.atomic
def invite_delegate(*, actor, packet: Packet, name: str, email: str) -> PacketLink:
    """A link of their own for somebody who fills in for the applicant. It never signs."""
    packet = begin_packet(actor, packet)
    name, email = _person(name, email)
    _refuse_closed(packet)
    if packet.on_paper:
        raise Refused("This application came on paper; the office writes it in.")
    live = packet.links.filter(revoked_at__isnull=True)
    if live.filter(email__iexact=email).exists():
        raise Refused("Somebody with this address has a link already: renew that one.", field="email")
    if live.filter(role=PacketRole.DELEGATE).count() >= MOST_DELEGATES:
        raise Refused(f"{MOST_DELEGATES} delegates have a link; revoke one first.")
    link = _link(actor, packet, PacketRole.DELEGATE, name, email)
    _record(actor, packet, "packet.delegate_invited", data={"link": str(link.uid)})
    packet_mails.queue_mail(actor=actor, link=link, kind=PacketMailKind.INVITATION)
    return link


@transaction.atomic
def renew_link(*, actor, link: PacketLink, email: str = "") -> PacketLink:
    """Another link in place of this one, which opens nothing from now on; the mail goes to ``email``, or to
    the address as before.
    """
    packet = begin_packet(actor, link.packet)
    name, address = _person(link.name, email or link.email)
    _refuse_closed(packet)
    before = _locked_link(link)
    if before.revoked_at is None:
        _revoke(actor, before)
    elif packet.links.filter(role=PacketRole.APPLICANT, revoked_at__isnull=True).exists():
        raise Refused("This link was replaced by a newer one already.")
    made = _link(actor, packet, before.role, name, address)
    _record(actor, packet, "packet.link_renewed", data={"link": str(made.uid)})
    packet_mails.queue_mail(actor=actor, link=made, kind=PacketMailKind.INVITATION)
    return made


@transaction.atomic
def invite_again(*, actor, packet: Packet) -> PacketLink:
    """A new link to the same address, for an applicant whose link ran out before they had signed."""
    packet = begin_packet(actor, packet)
    if not packet.application.is_open:
        raise Refused("This application is closed: nobody is invited to it any more.")
    link = packet.links.filter(role=PacketRole.APPLICANT, revoked_at__isnull=True).first()
    if packet.status not in WRITABLE or link is None:
        raise Refused("This packet waits for nobody with a link.")
    if link.expires_at > clock.now():
        raise Refused("The link still works: renew it where the address has changed.")
    return renew_link(actor=actor, link=link)


@transaction.atomic
def revoke_link(*, actor, link: PacketLink) -> PacketLink:
    """The link opens nothing from now on."""
    packet = begin_packet(actor, link.packet)
    row = _locked_link(link)
    if row.revoked_at is not None:
        raise Refused("This link opens nothing any more.")
    _revoke(actor, row)
    _record(actor, packet, "packet.link_revoked", data={"link": str(row.uid)})
    return row


@transaction.atomic
def withdraw(*, actor, packet: Packet, reason: str) -> Packet:
    """Take a packet back: its links open nothing. What was filled in stays on record."""
    packet = begin_packet(actor, packet)
    text = reason.strip()
    if not text:
        raise Refused("Write why the packet is withdrawn.", field="reason")
    packet.closing_reason, packet.closed_at = text[:REASON_LIMIT], clock.now()
    move_packet(
        actor=actor,
        packet=packet,
        target=PacketStatus.WITHDRAWN,
        fields=("closing_reason", "closed_at"),
        reason=text,
    )
    return packet


# --- shared ---------------------------------------------------------------------------------------------


def begin_packet(actor, packet: Packet, permission: str = MANAGE) -> Packet:
    """The packet as it is now, locked after its practitioner and application."""
    application = begin_application(actor, packet.application, permission)
    locked = Packet.objects.select_for_update(of=("self",)).get(pk=packet.pk)
    locked.application = application
    return locked


def move_packet(
    *, actor, packet: Packet, target: str, fields: tuple[str, ...] = (), reason: str = "", data=None
) -> None:
    """Guard the move, save it with ``fields``, and record it."""
    move = workflow.PACKET.check(packet, target, permissions(actor, packet.application.facility))
    packet.status = target
    packet.save(update_fields=["status", *fields])
    _record(actor, packet, move.event, reason=reason, data=data)


@transaction.atomic
def working_link(*, actor, packet: Packet) -> PacketLink | None:
    """The applicant's link; one whose time is over is replaced. None: it was revoked, or there is none.

    The caller holds the packet's lock and has asked who may.
    """
    link = packet.links.filter(role=PacketRole.APPLICANT, revoked_at__isnull=True).first()
    if link is None or link.expires_at > clock.now():
        return link
    _revoke(actor, link)
    return _link(actor, packet, PacketRole.APPLICANT, link.name, link.email)


def _make(actor, application: Application, *, due_on: dt.date | None, on_paper: bool) -> Packet:
    today = clock.today(application.facility)
    if application.status not in BEGINS:
        raise Refused(
            f'The application is "{application.get_status_display()}": a packet is made while it is a draft.'
        )
    if packet_of(application) is not None:
        raise Refused("This application has a packet already; withdraw it first.")
    if due_on is not None and due_on < today:
        raise Refused("The day it is due lies in the past.", field="due_on")
    template = template_for(application)
    if template is None:
        raise Refused(
            f"{application.get_kind_display()} has no packet of its own: take the signed form on paper, and "
            "record the attestation and the day it was received here."
        )
    asked = for_person(template, application.practitioner.provider_type)
    if not asks_privileges(application):
        asked = {**asked, "sections": [each for each in asked["sections"] if each["kind"] != PRIVILEGES]}
    packet = Packet.objects.create(
        application=application,
        template_code=template["code"],
        template_version=template["version"],
        asked={"template": asked, "questions": _questions(today)},
        on_paper=on_paper,
        status=PacketStatus.OPEN if on_paper else PacketStatus.INVITED,
        due_on=due_on or today + dt.timedelta(days=terms_of(application.facility, today).answer_days),
        created_at=clock.now(),
        created_by=actor,
        opened_at=clock.now() if on_paper else None,
    )
    _fill_in(actor, packet)
    return packet


def asks_privileges(application: Application) -> bool:
    """Whether privileges can be asked for by it: by its kind, and by the category applied for."""
    category = application.category
    return application.rule.privileges and (category is None or category.carries_privileges)


def _questions(today: dt.date) -> dict:
    """The version of the questions asked today, in its words."""
    asked = asked_on(today)
    if asked is None:
        raise Refused("No questions of disclosure are loaded: manage.py load_reference loads them.")
    return {
        "version": asked.version,
        "questions": [
            {"code": each.code, "number": each.number, "text": each.text, "clear": each.clear_answer}
            for each in sorted(asked.questions.all(), key=lambda each: each.number)
        ],
    }


def _fill_in(actor, packet: Packet) -> None:
    """The sections, each with what is on file."""
    template = template_of(packet)
    known = known_of(packet, template)
    for order, asked in enumerate(template.sections):
        found = from_file(packet.application, asked, known)
        section = PacketSection.objects.create(
            packet=packet, code=asked.code, order=order, unchanged_since=found[1] if found else None
        )
        if found:
            write_version(actor=actor, section=section, answers=found[0], before=None, from_file=True)


def _link(actor, packet: Packet, role: str, name: str, email: str) -> PacketLink:
    now = clock.now()
    facility = packet.application.facility
    link = PacketLink(
        uid=uuid.uuid4(),
        packet=packet,
        role=role,
        name=name,
        email=email,
        created_at=now,
        created_by=actor,
        expires_at=now + dt.timedelta(days=terms_of(facility, clock.today(facility)).link_days),
    )
    link.token_digest = digest_of(token_of(link))
    link.save(force_insert=True)
    return link


def _locked_link(link: PacketLink) -> PacketLink:
    return PacketLink.objects.select_for_update(of=("self",)).get(pk=link.pk)


def _revoke(actor, link: PacketLink) -> None:
    link.revoked_at, link.revoked_by = clock.now(), actor
    link.save(update_fields=["revoked_at", "revoked_by"])


def _refuse_closed(packet: Packet) -> None:
    if packet.status in (PacketStatus.ACCEPTED, PacketStatus.WITHDRAWN):
        raise Refused(f'The packet is "{packet.get_status_display()}"; nothing more is filled in.')


def _person(name: str, email: str) -> tuple[str, str]:
    name, email = " ".join(name.split()), email.strip()
    if not name:
        raise Refused("Name whom the link is for.", field="name")
    try:
        validate_email(email)
    except ValidationError:
        raise Refused(f'"{email[:80]}" is not an e-mail address.', field="email") from None
    if len(email) > ADDRESS_LIMIT:
        raise Refused("The e-mail address is too long.", field="email")
    return name[:NAME_LIMIT], email


def _record(actor, packet: Packet, verb: str, *, reason: str = "", data=None) -> None:
    application = packet.application
    record_event(
        actor=actor,
        verb=verb,
        subject=packet,
        reason=reason,
        practitioner=application.practitioner,
        facility=application.facility,
        data={
            "application": str(application.uid),
            "template": packet.template_code,
            "version": packet.template_version,
            **(data or {}),
        },
    )
