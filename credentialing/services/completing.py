"""Getting an application complete: what is asked of the applicant, what came, and what becomes of it when
nothing comes.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from config.accounts.policies import require
from config.accounts.services.users import system_user
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Conflict, Refused
from config.organization.models import Facility
from credentialing.choices import ApplicationStatus, PacketMailKind, PacketRole, PacketStatus
from credentialing.models import Application, Deficiency
from credentialing.selectors.packets import (
    SHOWN,
    by_token,
    open_deficiencies,
    packet_of,
    standing,
    terms_of,
)
from credentialing.services import applications, deficiencies, packet_mails, packets
from credentialing.services.guards import begin_application
from credentialing.services.packet_answers import SENTENCES
from practitioners.services.documents import store_document

MANAGE = "credentialing.manage_application"


@transaction.atomic
def ask_for(*, actor, application: Application, what: str, due_on: dt.date | None = None) -> Deficiency:
    """Ask the applicant for something that is missing; a submitted application becomes incomplete by it.

    ``due_on`` (inclusive): as many days from today as the hospital gives. Who has a link gets a mail.
    """
    application = begin_application(actor, application, MANAGE)
    if not application.is_open:
        raise Refused("This application is closed.")
    row = deficiencies.write_deficiency(actor=actor, application=application, what=what, due_on=due_on)
    if application.status == ApplicationStatus.SUBMITTED:
        applications.mark_incomplete(actor=actor, application=application, reason=row.what)
    packet = packet_of(application)
    link = packets.working_link(actor=actor, packet=packet) if packet else None
    if link is not None:
        packet_mails.queue_mail(actor=actor, link=link, kind=PacketMailKind.DEFICIENCY, deficiency=row)
    return row


@transaction.atomic
def record_answered(*, actor, deficiency: Deficiency, answer: str = "") -> Deficiency:
    """It came. With the last one an incomplete application is submitted again."""
    application, row = _begin(actor, deficiency)
    packet = packet_of(application)
    if row.section_id is not None and packet is not None and packet.status == PacketStatus.RETURNED:
        raise Refused("The section is with the applicant: it is answered when they sign it again.")
    deficiencies.close_answered(actor=actor, deficiency=row, application=application, answer=answer)
    _submitted_again(actor, application, answer)
    return row


@transaction.atomic
def answer_by_link(
    *, token: str, uid: uuid.UUID, answer: str, file_name: str = "", content: bytes = b""
) -> Deficiency:
    """The applicant answers through their link, in words or with a file, which goes into their file.

    The link may be a delegate's: nothing is attested by it. Raises ``Refused`` with the field where nothing
    is sent or the file is not taken, ``Conflict`` where the link shows nothing any more.
    """
    actor = system_user()
    link = by_token(token)
    if link is None:
        raise Refused("This link leads to no packet.")
    packet = packets.begin_packet(actor, link.packet)
    link.packet = packet
    if (state := standing(link)) not in SHOWN:
        raise Conflict(SENTENCES[state])
    row = (
        packet.application.deficiencies.select_for_update(of=("self",))
        .filter(uid=uid, section__isnull=True)
        .first()
    )
    if row is None or not row.is_open:
        raise Conflict("This is settled already.")
    if not answer.strip() and not file_name:
        raise Refused("Write an answer, or add a file.", field="answer")
    document = None
    if file_name:
        document = store_document(
            actor=actor,
            practitioner=packet.application.practitioner,
            title=f"Sent by the applicant: {row.what}"[:200],
            file_name=file_name,
            content=content,
        )
    deficiencies.close_answered(
        actor=actor, deficiency=row, application=packet.application, answer=answer, document=document
    )
    _submitted_again(actor, packet.application, "Answered by the applicant.")
    return row


@transaction.atomic
def withdraw_deficiency(*, actor, deficiency: Deficiency, reason: str) -> Deficiency:
    """It is asked no more, with the reason."""
    application, row = _begin(actor, deficiency)
    if not reason.strip():
        raise Refused("Write why it is asked no more.", field="reason")
    packet = packet_of(application)
    if row.section_id is not None and packet is not None and packet.status == PacketStatus.RETURNED:
        raise Refused("The section is with the applicant: it comes back when they sign it again.")
    deficiencies.close_withdrawn(actor=actor, deficiency=row, application=application, reason=reason)
    _submitted_again(actor, application, reason)
    return row


def _begin(actor, deficiency: Deficiency) -> tuple[Application, Deficiency]:
    application = begin_application(actor, deficiency.application, MANAGE)
    row = Deficiency.objects.select_for_update(of=("self",)).get(pk=deficiency.pk)
    if not row.is_open:
        raise Refused("This is settled already.")
    return application, row


def _submitted_again(actor, application: Application, note: str) -> None:
    if application.status == ApplicationStatus.INCOMPLETE and not open_deficiencies(application):
        applications.record_answer(actor=actor, application=application, note=note)


# --- the clock ------------------------------------------------------------------------------------------


def run_incomplete_clock(*, actor, on: dt.date | None = None) -> dict[str, int]:
    """What the bylaws let follow when an application stayed incomplete too long.

    The clock starts with the day the oldest thing still missing was asked for. Where the consequence is
    "withdraw", the application counts as withdrawn by the applicant (no decision, no hearing); where it is
    "office", nothing happens by itself, Today says so, and a person closes it
    (:func:`close_never_completed`). Running it twice changes nothing.
    """
    require(actor, MANAGE)
    withdrawn = 0
    for facility in Facility.objects.order_by("code"):
        day = on or clock.today(facility)
        terms = terms_of(facility, day)
        if terms.consequence != "withdraw":
            continue
        for application in over_time(facility, day, terms.incomplete_days):
            withdrawn += _withdraw(actor, application, terms.incomplete_days, terms.citation)
    return {"withdrawn": withdrawn}


def over_time(facility: Facility, day: dt.date, most_days: int) -> list[Application]:
    """Applications incomplete for more than ``most_days`` days; one query."""
    oldest = day - dt.timedelta(days=most_days)
    return list(
        Application.objects.filter(
            facility=facility,
            status=ApplicationStatus.INCOMPLETE,
            deficiencies__answered_at__isnull=True,
            deficiencies__withdrawn_at__isnull=True,
            deficiencies__asked_on__lt=oldest,
        )
        .distinct()
        .select_related("practitioner", "facility")
        .order_by("pk")
    )


@transaction.atomic
def close_never_completed(*, actor, application: Application) -> Application:
    """A person closes an application that stayed incomplete for longer than the bylaws allow.

    It counts as withdrawn by the applicant, who is told by mail where they have a link. Refused while the
    clock still runs.
    """
    application = begin_application(actor, application, MANAGE)
    terms = terms_of(application.facility, clock.today(application.facility))
    if not run_out(application, clock.today(application.facility), terms.incomplete_days):
        raise Refused(not_yet(application, terms.incomplete_days))
    _withdraw(actor, application, terms.incomplete_days, terms.citation)
    application.refresh_from_db()
    return application


def run_out(application: Application, day: dt.date, most_days: int) -> bool:
    """Whether the application has been incomplete for more than ``most_days`` days; one query."""
    since = incomplete_since(application)
    return since is not None and since < day - dt.timedelta(days=most_days)


def incomplete_since(application: Application) -> dt.date | None:
    """The day the oldest thing still missing was asked for; None where the application is not incomplete."""
    if application.status != ApplicationStatus.INCOMPLETE:
        return None
    return min((row.asked_on for row in open_deficiencies(application)), default=None)


def not_yet(application: Application, most_days: int) -> str:
    """Why it cannot be closed as never completed, in a sentence."""
    since = incomplete_since(application)
    if since is None:
        return f'The application is "{application.get_status_display()}": nothing is owed that could run out.'
    last = since + dt.timedelta(days=most_days)
    return (
        f"The applicant has until {day_text(last)}: {most_days} days from {day_text(since)}, "
        "when what is missing was asked for."
    )


@transaction.atomic
def _withdraw(actor, application: Application, most_days: int, citation: str) -> int:
    application = begin_application(actor, application, MANAGE)
    if application.status != ApplicationStatus.INCOMPLETE:
        return 0
    reason = (
        f"Incomplete for more than {most_days} days: a voluntary withdrawal, without a decision. {citation}"
    ).strip()
    for row in open_deficiencies(application):
        deficiencies.close_withdrawn(actor=actor, deficiency=row, application=application, reason=reason)
    packet = packet_of(application)
    if packet is not None:
        link = packet.links.filter(role=PacketRole.APPLICANT).order_by("-created_at", "-pk").first()
        if link is not None:
            packet_mails.queue_mail(actor=actor, link=link, kind=PacketMailKind.WITHDRAWN)
        if packet.status != PacketStatus.ACCEPTED:
            packets.withdraw(actor=actor, packet=packet, reason=reason)
    applications.withdraw_incomplete(actor=actor, application=application, reason=reason)
    return 1
