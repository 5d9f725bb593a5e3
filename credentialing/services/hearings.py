"""What becomes of the right to a hearing: recorded by the office, with what was written."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from bylaws.choices import SETTLED_TRACKS, TrackStatus
from bylaws.models import Decision, DueProcess
from bylaws.services.due_process import open_track_of_decision
from config.accounts.choices import DataClass
from config.accounts.policies import require_class
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.choices import HearingEvent
from credentialing.models import Application, HearingRecord
from credentialing.selectors.hearings import Hearing, hearings_of, pick, with_notice
from credentialing.services.guards import begin_application
from credentialing.services.letter_sending import LONGEST_REASON, WRITE, Proof
from practitioners.choices import Method, SourceKind
from practitioners.models import Evidence
from practitioners.services.documents import store_document
from practitioners.services.evidence import add_evidence

#: What may follow what without being a correction; the empty one is the beginning.
FOLLOWS = {
    "": (HearingEvent.WAIVED, HearingEvent.REQUESTED),
    HearingEvent.REQUESTED: (HearingEvent.OVER, HearingEvent.WAIVED),
}


@transaction.atomic
def record_hearing(
    *,
    actor,
    application: Application,
    event: str,
    happened_on: dt.date,
    told_by: str,
    proof: Proof | None = None,
    reason: str = "",
    decision_uid: uuid.UUID | None = None,
    on_track: bool = False,
) -> HearingRecord:
    """Record that the right to a hearing was waived, that one was asked for, or that it is over.

    ``decision_uid`` is the act that opened the right; it may be left out only where the file has a single
    right, since what is recorded of one says nothing of another. A waiver and the end need the paper that
    says so, which becomes evidence of the class peer review. What follows on nothing it can follow on is a
    correction and needs its ``reason``. Raises ``Refused`` with the field, also while the hearing has a track
    of its own under way: it ends there, and says so here (``on_track``).
    """
    application = begin_application(actor, application, WRITE)
    require_class(actor, DataClass.PEER_REVIEW, application.facility)
    today = clock.today(application.facility)
    found = _right_meant(application, today, decision_uid)
    if event not in HearingEvent.values:
        raise Refused("Say what happened.", field="event")
    if not on_track and under_way(found.decision) is not None:
        raise Refused("The hearing is under way: record it with its due process, or end that first.")
    _check_day(found, event, happened_on, today)
    told_by, reason = told_by.strip()[:200], reason.strip()[:LONGEST_REASON]
    if not told_by:
        raise Refused("Say who wrote or signed, and how it is known.", field="told_by")
    if proof is None and event != HearingEvent.REQUESTED:
        raise Refused("Attach the paper that says so.", field="proof")
    correction = event not in FOLLOWS.get(found.right.event, ())
    if correction and not found.right.event:
        raise Refused("A hearing is over only after it was asked for.", field="event")
    if correction and not reason:
        before = HearingEvent(found.right.event).label.lower()
        raise Refused(f"Recorded is: {before}. Say why that is wrong.", field="reason")
    newest = found.decision.hearing_records.order_by("-number").first()
    row = HearingRecord.objects.create(
        decision=found.decision,
        number=newest.number + 1 if newest is not None else 1,
        event=event,
        happened_on=happened_on,
        told_by=told_by,
        proof=_keep(actor, application, found.decision, event, told_by, happened_on, proof),
        reason=reason if correction else "",
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    record_event(
        actor=actor,
        verb="hearing.recorded",
        subject=row,
        practitioner=application.practitioner,
        facility=application.facility,
        data={"application": str(application.uid), "event": str(event), "on": happened_on.isoformat()},
    )
    return row


@transaction.atomic
def open_track(*, actor, application: Application, decision_uid: uuid.UUID) -> DueProcess:
    """Begin the due process of the hearing that was asked for: its panel, days and report, to the board's
    decision. Asking again answers with the one there is. Refused before a hearing was asked for.
    """
    application = begin_application(actor, application, WRITE)
    require_class(actor, DataClass.PEER_REVIEW, application.facility)
    found = _right_meant(application, clock.today(application.facility), decision_uid)
    if found.right.event != HearingEvent.REQUESTED:
        raise Refused("Due process of a file begins when a hearing is asked for: record that first.")
    reasons = "\n".join(f"{line.label}: {line.reason}" for line in found.against)
    return open_track_of_decision(actor=actor, decision=found.decision, reasons=reasons)


def under_way(decision: Decision) -> DueProcess | None:
    """The due process about the act that is under way, if any; one query."""
    return DueProcess.objects.filter(decision=decision).exclude(status__in=SETTLED_TRACKS).first()


def track_of(decision: Decision) -> DueProcess | None:
    """The due process about the act that stands, ended or not; one query."""
    return DueProcess.objects.filter(decision=decision).exclude(status=TrackStatus.CLOSED).first()


def _right_meant(application: Application, today: dt.date, decision_uid: uuid.UUID | None) -> Hearing:
    rights = hearings_of(application)
    if not rights:
        raise Refused("No act of a body against the practitioner stands, so there is no right to a hearing.")
    if decision_uid is None and len(rights) > 1:
        raise Refused("This file has several rights to a hearing: say of which act this is.")
    found = pick(rights, today, decision_uid)
    if found is None:
        raise Refused("That act opened no right to a hearing on this file. Reload the page.")
    return with_notice(found, application, today)


def _check_day(found: Hearing, event: str, on: dt.date, today: dt.date) -> None:
    right = found.right
    if right.sent_on is None:
        raise Refused("The notice has not gone out: send it, and record how, before anything else.")
    if not right.sent_on <= on <= today:
        raise Refused("The day lies between the day the notice went out and today.", field="happened_on")
    if event == HearingEvent.REQUESTED and right.last_day is not None and on > right.last_day:
        raise Refused(
            f"The time to ask for a hearing was over with {right.last_day:%d %b %Y}.", field="happened_on"
        )


def _keep(
    actor, application: Application, decision: Decision, event: str, told_by: str, on: dt.date, proof
) -> Evidence | None:
    if proof is None:
        return None
    document = store_document(
        actor=actor,
        practitioner=application.practitioner,
        title=f"Hearing: {HearingEvent(event).label.lower()}, {on:%d %b %Y}",
        file_name=proof.name,
        content=proof.content,
        data_class=DataClass.PEER_REVIEW,
    )
    return add_evidence(
        actor=actor,
        practitioner=application.practitioner,
        title=document.title,
        source=told_by,
        source_kind=SourceKind.PRIMARY,
        method=Method.LETTER,
        document=document,
        source_date=on,
        data_class=DataClass.PEER_REVIEW,
    )
