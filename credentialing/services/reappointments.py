"""Reappointments launched in one batch, and taken back as long as nobody opened them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction

from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from config.organization.models import Facility
from credentialing.choices import ApplicationKind, ApplicationStatus, PacketStatus
from credentialing.models import ReappointmentBatch, ReappointmentLaunch
from credentialing.selectors.packets import packet_of, terms_of
from credentialing.selectors.reappointment_batches import (
    Candidate,
    candidates,
    chosen,
    months_of,
    not_opened,
)
from credentialing.selectors.reappointments import ending_terms
from credentialing.services import applications, packets
from practitioners.policies import is_own_record

MANAGE = "credentialing.manage_application"
LONGEST_REASON = 1000
#: As many terms are launched at once; more make several batches.
MOST_AT_ONCE = 200


@dataclass(frozen=True)
class Launched:
    """What a launch did: the batch, how many it launched, and who was left out, with the sentence."""

    batch: ReappointmentBatch
    number: int
    left: Sequence[tuple[str, str]]


@transaction.atomic
def launch_batch(
    *, actor, facility: Facility, terms: Sequence[uuid.UUID], due_on: dt.date | None = None
) -> Launched:
    """Open an application of reappointment and send a packet for each of these terms, which end in one month.

    ``terms`` are uids of appointments; department and category are those held now, the invitation goes to
    the first address on file. ``due_on`` (inclusive): as many days from today as the hospital gives. Whoever
    cannot be launched is left out with the reason. Raises ``Refused`` when that is everybody: launching the
    same terms again launches nobody.
    """
    require(actor, MANAGE, facility)
    # One launch of a facility at a time: the second one sees what the first one opened.
    Facility.objects.select_for_update(no_key=True).get(pk=facility.pk)
    today = clock.today(facility)
    if len(terms) > MOST_AT_ONCE:
        raise Refused(f"At most {MOST_AT_ONCE} are launched at once: choose fewer.")
    asked = candidates(chosen(ending_terms(facility, today=today), terms), facility=facility, today=today)
    due = _due(asked, due_on, facility, today)
    ready = [each for each in asked if not each.problem]
    left = [(str(each.term.practitioner), each.problem) for each in asked if each.problem]
    if not ready:
        raise Refused(_nobody(left))
    (month,) = months_of(each.term for each in asked)
    batch = ReappointmentBatch.objects.create(
        facility=facility, month=month, due_on=due, launched_at=clock.now(), launched_by=actor
    )
    number = 0
    # In the order of their locks, so that two writers cannot wait for each other.
    for each in sorted(ready, key=lambda one: one.term.practitioner_id):
        if is_own_record(actor, each.term.practitioner):
            left.append((str(each.term.practitioner), "Nobody acts on their own file; ask a colleague."))
            continue
        try:
            with transaction.atomic():
                _launch(actor, batch, each, due)
        except Refused as refused:
            left.append((str(each.term.practitioner), refused.sentence))
        else:
            number += 1
    if not number:
        raise Refused(_nobody(left))
    record_event(
        actor=actor,
        verb="reappointment_batch.launched",
        subject=batch,
        facility=facility,
        data={"month": f"{month:%Y-%m}", "launched": number, "left_out": len(left)},
    )
    return Launched(batch, number, left)


def _due(asked: Sequence[Candidate], due_on: dt.date | None, facility: Facility, today: dt.date) -> dt.date:
    """The day the packets are due; refuses what cannot be meant."""
    if not asked:
        raise Refused("Choose at least one term that ends in the coming 12 months.")
    if len(months_of(each.term for each in asked)) > 1:
        raise Refused("These terms end in several months: launch one month at a time.")
    due = due_on or today + dt.timedelta(days=terms_of(facility, today).answer_days)
    if due < today:
        raise Refused("The day the packets are due lies in the past.", field="due_on")
    if due_on is not None and due > max(each.last_day for each in asked):
        raise Refused("The packets are due before the terms end.", field="due_on")
    return due


def _nobody(left: Sequence[tuple[str, str]]) -> str:
    name, sentence = left[0]
    more = f" So it is with {len(left) - 1} more, each for its own reason." if len(left) > 1 else ""
    return f"Nobody can be launched. {name}: {sentence}{more}"


@transaction.atomic
def _launch(actor, batch: ReappointmentBatch, one: Candidate, due: dt.date) -> None:
    application = applications.open_application(
        actor=actor,
        practitioner=one.term.practitioner,
        facility=batch.facility,
        kind=ApplicationKind.REAPPOINTMENT,
        department=one.term.department,
        category=one.term.category,
    )
    packets.invite(actor=actor, application=application, name=one.name, email=one.email, due_on=due)
    ReappointmentLaunch.objects.create(batch=batch, appointment=one.term.identity, application=application)


@transaction.atomic
def take_back(
    *, actor, batch: ReappointmentBatch, reason: str, only: Collection[uuid.UUID] | None = None
) -> int:
    """Take back those of a batch whose packet nobody has opened (of these, the launches of the uids in
    ``only`` where given): packet and application are withdrawn, a mail that waits goes out no more. Answers
    how many; refused when that is nobody.
    """
    require(actor, MANAGE, batch.facility)
    text = reason.strip()[:LONGEST_REASON]
    if not text:
        raise Refused("Write why they are taken back.", field="reason")
    if only is not None and not only:
        raise Refused("Choose who is taken back.", field="only")
    number = 0
    rows = not_opened(batch).select_related("application__practitioner", "application__facility")
    if only is not None:
        rows = rows.filter(uid__in=list(only))
    for row in rows.order_by("application__practitioner_id"):
        if is_own_record(actor, row.application.practitioner):
            continue
        number += _take_back(actor, row, text)
    if not number:
        which = "Every packet of this batch" if only is None else "Every packet chosen"
        raise Refused(f"{which} has been opened, or was taken back.")
    record_event(
        actor=actor,
        verb="reappointment_batch.taken_back",
        subject=batch,
        facility=batch.facility,
        reason=text,
        data={"month": f"{batch.month:%Y-%m}", "taken_back": number},
    )
    return number


@transaction.atomic
def _take_back(actor, row: ReappointmentLaunch, reason: str) -> int:
    packet = packet_of(row.application)
    if packet is None:
        return 0
    packet = packets.begin_packet(actor, packet)
    # As they are now, behind the lock: somebody may have opened the link a moment ago.
    if packet.status != PacketStatus.INVITED or packet.application.status != ApplicationStatus.DRAFT:
        return 0
    packets.withdraw(actor=actor, packet=packet, reason=reason)
    # The office takes its own invitation back: nobody asked for anything that could be given up.
    applications.withdraw_within(actor=actor, application=packet.application, reason=reason)
    row.taken_back_at, row.taken_back_by, row.taken_back_reason = clock.now(), actor, reason
    row.save(update_fields=["taken_back_at", "taken_back_by", "taken_back_reason"])
    return 1
