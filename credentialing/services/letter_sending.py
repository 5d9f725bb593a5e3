"""How letters go out and what becomes of them: sent, corrected, delivered, come back.

Nothing is overwritten: what was wrong is corrected by a further row with its reason. Where a time limit runs
from receipt, the day of delivery needs its proof.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Max

from bylaws.choices import DecisionKind, LineOutcome
from bylaws.models import Decision
from bylaws.selectors.due_process import Way
from bylaws.services.due_process_notices import follow_letter
from config.accounts.policies import require_class
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.choices import MailKind, MailStatus, ReturnHow, SendingChannel, SendingOutcome
from credentialing.models import LetterArrival, LetterMail, LetterSending
from credentialing.models.letters import TRACKED
from credentialing.selectors.letters import way_of
from credentialing.services import bounces, outbox
from credentialing.services.bounces import Came
from credentialing.services.guards import begin_person
from credentialing.services.queue import enqueue
from credentialing.workflow_letters import LETTER_MAIL
from practitioners.choices import LetterKind, Method, SourceKind
from practitioners.models import Evidence, Letter
from practitioners.services.documents import store_document
from practitioners.services.evidence import add_evidence

WRITE = "practitioners.log_contact"
#: Channels on which a carrier gives a number to follow.
WITH_NUMBER = (SendingChannel.CERTIFIED, SendingChannel.COURIER)
LONGEST_REASON = 300


@dataclass(frozen=True)
class Handed:
    """How a letter is handed over. ``sent_on`` is left out for an e-mail, which goes now."""

    channel: str
    recipient: str = ""
    email: str = ""
    carrier: str = ""
    tracking: str = ""
    sent_on: dt.date | None = None


@dataclass(frozen=True)
class Proof:
    """A file that shows what became of a letter: the return receipt, the courier's record."""

    name: str
    content: bytes


def channels_for(letter: Letter) -> list[str]:
    """On which ways the letter may go: one from which a time limit runs only where receipt is proved."""
    if letter.kind == LetterKind.AFFILIATION:
        return []  # its own mail carries it
    return [str(each) for each in (TRACKED if needs_proof(letter) else SendingChannel)]


def needs_proof(letter: Letter) -> bool:
    """Whether the day of receipt has to be proved: a time limit runs from it, or the letter is protected."""
    office = getattr(letter, "office", None)
    return letter.kind == LetterKind.SPECIAL_NOTICE or bool(office is not None and office.clock_days)


@transaction.atomic
def send_letter(
    *, actor, letter: Letter, handed: Handed, corrects: LetterSending | None = None, reason: str = ""
) -> LetterSending:
    """Record that the letter was handed over; an e-mail is queued and goes out at once.

    ``corrects`` is the row that was wrong, with the ``reason``; an e-mail that has gone out is not corrected.
    """
    letter = _begin(actor, letter)
    channel = handed.channel
    if channel not in channels_for(letter):
        raise Refused(_wrong_channel(letter, channel), field="channel")
    today = clock.today(letter.facility)
    sent_on = today if channel == SendingChannel.EMAIL or handed.sent_on is None else handed.sent_on
    _check_day(letter, sent_on, today)
    recipient, carrier, tracking = _check_carrier(handed)
    reason = _check_correction(letter, corrects, reason)
    before = _way(letter)
    sending = LetterSending.objects.create(
        letter=letter,
        channel=channel,
        recipient=recipient,
        carrier=carrier,
        tracking=tracking,
        sent_on=sent_on,
        recorded_at=clock.now(),
        recorded_by=actor,
        corrects=corrects,
        reason=reason,
    )
    if channel == SendingChannel.EMAIL:
        _queue(sending, handed.email.strip())
    follow_letter(actor=actor, letter=letter, before=before, after=_way(letter), reason=reason)
    verb = "letter.sending_corrected" if corrects is not None else "letter.sent"
    _record(actor, verb, sending, letter, reason, channel=str(channel), sent_on=sent_on.isoformat())
    return sending


@transaction.atomic
def record_arrival(
    *,
    actor,
    sending: LetterSending,
    outcome: str,
    happened_on: dt.date,
    told_by: str,
    proof: Proof | None = None,
    reason: str = "",
) -> LetterArrival:
    """What became of a sending, on what day, who says so. A further row corrects the one before, with why.

    The ``proof`` becomes evidence in the person's file, of the letter's class.
    """
    letter = _begin(actor, sending.letter)
    sending = LetterSending.objects.select_for_update(of=("self",)).get(pk=sending.pk)
    if outcome not in SendingOutcome.values:
        raise Refused("Say what became of the letter.", field="outcome")
    if LetterSending.objects.filter(corrects=sending).exists():
        raise Refused("This sending was corrected; record it with the newer one.")
    _check_mail(sending)
    if not sending.sent_on <= happened_on <= clock.today(letter.facility):
        raise Refused("The day lies between the day it was sent and today.", field="happened_on")
    told_by, reason = told_by.strip()[:200], reason.strip()[:LONGEST_REASON]
    if not told_by:
        raise Refused("Say who signed for it, or how it is known.", field="told_by")
    way = _way(letter)
    before = sending.arrivals.aggregate(newest=Max("number"))["newest"] or 0
    if before and not reason:
        raise Refused("Say why what was recorded before is wrong.", field="reason")
    if outcome == SendingOutcome.DELIVERED and proof is None and needs_proof(letter):
        raise Refused(
            "A time limit runs from this day: attach the proof, like the return receipt.", field="proof"
        )
    arrival = LetterArrival.objects.create(
        sending=sending,
        number=before + 1,
        outcome=outcome,
        happened_on=happened_on,
        told_by=told_by,
        proof=_keep_proof(actor, letter, sending, happened_on, proof) if proof is not None else None,
        reason=reason if before else "",
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    follow_letter(actor=actor, letter=letter, before=way, after=_way(letter), reason=arrival.reason)
    if outcome == SendingOutcome.CAME_BACK:
        _mail_came_back(actor, sending, told_by)
    verb = "letter.arrival_corrected" if before else "letter.arrived"
    _record(actor, verb, sending, letter, arrival.reason, outcome=str(outcome), on=happened_on.isoformat())
    return arrival


def _way(letter: Letter) -> Way:
    """How the letter went, of one that due process follows; nothing is asked of another."""
    return way_of(letter) if letter.kind == LetterKind.SPECIAL_NOTICE else Way()


def _mail_came_back(actor, sending: LetterSending, told_by: str) -> None:
    """Of an e-mail its address does not work since."""
    mail = LetterMail.objects.filter(sending=sending, status=MailStatus.SENT).first()
    if mail is not None:
        came = Came(ReturnHow.HAND, f"Told by {told_by}")
        bounces.record_return(actor=actor, kind=MailKind.LETTER, mail=mail, came=came)


def _begin(actor, letter: Letter) -> Letter:
    """Permission, class, own file; the person's row locked."""
    begin_person(actor, letter.practitioner, WRITE, letter.facility)
    require_class(actor, letter.data_class, letter.facility)
    return letter


def _wrong_channel(letter: Letter, channel: str) -> str:
    if letter.kind == LetterKind.AFFILIATION:
        return "An affiliation letter goes with its own e-mail; see the request."
    if channel in SendingChannel.values:
        return "This notice goes by certified mail, courier or by hand, so that the day of receipt is proved."
    return "Choose how the letter goes out."


def _check_day(letter: Letter, sent_on: dt.date, today: dt.date) -> None:
    if not letter.issued_on <= sent_on <= today:
        raise Refused("The day lies between the day the letter was issued and today.", field="sent_on")
    office = getattr(letter, "office", None)
    if office is None or office.decision_id is None or office.decision.kind == DecisionKind.DECISION:
        return
    case = office.decision.step.case_id
    against = office.decision.lines.filter(outcome=LineOutcome.NOT_RECOMMEND)
    final = (
        Decision.objects.filter(
            step__case=case,
            kind=DecisionKind.DECISION,
            lines__line_uid__in=against.values("line_uid"),
            lines__proposed=False,
        )
        .order_by("recorded_at", "pk")
        .first()
    )
    if final is not None and sent_on > final.decided_on:
        raise Refused(
            "The board has decided: the notice of the recommendation had to go out before.", field="sent_on"
        )


def _check_carrier(handed: Handed) -> tuple[str, str, str]:
    email = handed.email.strip()
    if handed.channel == SendingChannel.EMAIL:
        try:
            validate_email(email)
        except ValidationError:
            raise Refused("Enter the e-mail address.", field="email") from None
        return email, "", ""
    recipient = "\n".join(line.strip() for line in handed.recipient.splitlines() if line.strip())
    if not recipient:
        raise Refused("Write whom it went to.", field="recipient")
    if len(recipient) > 300:
        raise Refused("Name and address are longer than 300 characters.", field="recipient")
    carrier, tracking = handed.carrier.strip()[:80], handed.tracking.strip()[:60]
    if handed.channel in WITH_NUMBER:
        if not carrier:
            raise Refused("Name the carrier.", field="carrier")
        if not tracking:
            raise Refused("Enter the number by which the carrier follows it.", field="tracking")
    return recipient, carrier, tracking


def _check_correction(letter: Letter, corrects: LetterSending | None, reason: str) -> str:
    """The reason of a correction. What is corrected stands; its e-mail is taken back while it can be."""
    if corrects is None:
        return ""
    reason = reason.strip()[:LONGEST_REASON]
    locked = LetterSending.objects.select_for_update(of=("self",)).get(pk=corrects.pk)
    if locked.letter_id != letter.pk or LetterSending.objects.filter(corrects=locked).exists():
        raise Refused("This sending was corrected already.")
    if not reason:
        raise Refused("Say why what was recorded is wrong.", field="reason")
    mail = LetterMail.objects.select_for_update(of=("self",)).filter(sending=locked).first()
    if mail is not None:
        if mail.status not in (MailStatus.WAITING, MailStatus.FAILED, MailStatus.RETURNED):
            raise Refused("The e-mail has gone out. Record what became of it, and send the letter again.")
        if mail.status != MailStatus.RETURNED:
            outbox.drop(LETTER_MAIL, mail, "Corrected before it went out.")
    return reason


def _check_mail(sending: LetterSending) -> None:
    mail = LetterMail.objects.filter(sending=sending).first()
    if mail is not None and mail.status not in (MailStatus.SENT, MailStatus.RETURNED):
        raise Refused("The e-mail has not gone out yet.")


def _queue(sending: LetterSending, email: str) -> None:
    uid = uuid.uuid4()
    mail = LetterMail.objects.create(
        uid=uid,
        sending=sending,
        recipient_email=email,
        created_at=clock.now(),
        message_id=outbox.message_id("letter", sending.letter.uid, uid),
    )
    enqueue("send_letter_mail", str(mail.uid))


def _keep_proof(actor, letter: Letter, sending: LetterSending, on: dt.date, proof: Proof) -> Evidence:
    document = store_document(
        actor=actor,
        practitioner=letter.practitioner,
        title=f"Proof of what became of a letter, {on:%d %b %Y}",
        file_name=proof.name,
        content=proof.content,
        data_class=letter.data_class,
    )
    return add_evidence(
        actor=actor,
        practitioner=letter.practitioner,
        title=document.title,
        source=sending.carrier or sending.get_channel_display(),
        source_kind=SourceKind.AGENT,
        method=Method.LETTER,
        document=document,
        source_date=on,
        data_class=letter.data_class,
    )


def _record(actor, verb: str, sending: LetterSending, letter: Letter, reason: str, **data: Any) -> None:
    record_event(
        actor=actor,
        verb=verb,
        subject=sending,
        practitioner=letter.practitioner,
        facility=letter.facility,
        reason=reason,
        data=data,
    )
