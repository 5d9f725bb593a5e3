"""The right to a hearing of a file: which act opened it, how far it is, and whose notice is owed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from bylaws.choices import CaseStatus, DecisionKind, LineOutcome
from bylaws.models import Decision, DecisionLine
from config.accounts.choices import DataClass
from config.accounts.policies import may, may_see_class
from config.organization.models import Facility
from credentialing.choices import HearingState, SendingOutcome
from credentialing.models import Application, HearingRecord, LetterSending, OfficeLetter
from credentialing.rules.hearings import Right, state_of, why_held
from credentialing.selectors.letter_facts import HEARING, acts_of, adverse_of, hearing_days
from credentialing.selectors.letters import WRITE, current_arrivals, with_state
from practitioners.models import Letter
from practitioners.selectors.canonical import own_records


@dataclass(frozen=True)
class Hearing:
    """The act that opened the right with its lines against, the notice of it, and what was recorded since."""

    decision: Decision
    against: list[DecisionLine]
    right: Right
    letter: Any = None  # the notice, of ``with_state``

    def state(self, on: dt.date) -> HearingState:
        """How far it is on that day."""
        return state_of(self.right, on)


def hearing_of(application: Application, on: dt.date) -> Hearing | None:
    """The right that stands in the way of the board, or stood; None where no act opened one. One query where
    nothing was acted against, three otherwise.
    """
    decision, against = adverse_of(acts_of(application, **_told()), decided_too=True)
    if decision is None or decision.body not in HEARING:
        return None
    told: Any = against[0]
    letter: Any = (
        with_state(Letter.objects.filter(office__decision=decision)).first() if told.issued_on else None
    )
    right = _right(decision, told)
    if letter is None:  # the time that would run
        right = replace(right, days=hearing_days(application.facility, on))
    return Hearing(decision, against, right, letter)


def held_for_hearing(application: Application, on: dt.date) -> str:
    """Why no body can act on the file on that day because of a hearing; empty where nothing stands in the
    way. One query; none where it is known (``spoken_against``) that nobody spoke against it.
    """
    if not getattr(application, "spoken_against", True):
        return ""
    decision, against = adverse_of(acts_of(application, **_told()))
    if decision is None or decision.body not in HEARING:
        return ""
    return why_held(_right(decision, against[0]), on)


def _told() -> dict[str, Any]:
    """What is known of the notice of a line's act and of the right to a hearing, read with the line."""
    notice = OfficeLetter.objects.filter(decision=OuterRef("decision"))
    sendings = LetterSending.objects.filter(
        letter__office__decision=OuterRef("decision"), corrected_by__isnull=True
    ).order_by("-recorded_at", "-pk")
    delivered = (
        current_arrivals()
        .filter(sending__letter__office__decision=OuterRef("decision"), outcome=SendingOutcome.DELIVERED)
        .order_by("happened_on")
    )
    newest = HearingRecord.objects.filter(decision=OuterRef("decision")).order_by("-number")
    return {
        "issued_on": Subquery(notice.values("letter__issued_on")[:1]),
        "clock_days": Subquery(notice.values("clock_days")[:1]),
        "sent_on": Subquery(sendings.values("sent_on")[:1]),
        "delivered_on": Subquery(delivered.values("happened_on")[:1]),
        "event": Subquery(newest.values("event")[:1]),
        "event_on": Subquery(newest.values("happened_on")[:1]),
    }


def _right(decision: Decision, told: Any) -> Right:
    return Right(
        body=decision.get_body_display(),
        opened_on=decision.decided_on,
        noticed_on=told.issued_on,
        sent_on=told.sent_on,
        delivered_on=told.delivered_on,
        days=told.clock_days,
        event=told.event or "",
        event_on=told.event_on,
    )


def records_of(decision: Decision) -> list[HearingRecord]:
    """Everything recorded of the right, the newest first; one query."""
    return list(decision.hearing_records.select_related("recorded_by", "proof").order_by("-number"))


def notices_owed(viewer, facility: Facility) -> QuerySet[Any]:
    """Acts against a practitioner that opened a right to a hearing and whose notice has not gone out, the
    oldest first, each with ``application_uid``; only for whoever writes notices. Never the own file.
    """
    if not may(viewer, WRITE, facility) or not may_see_class(viewer, DataClass.PEER_REVIEW, facility):
        return Decision.objects.none()
    later = Decision.objects.filter(
        step__case=OuterRef("step__case"), recorded_at__gt=OuterRef("recorded_at"), body=OuterRef("body")
    )
    against = DecisionLine.objects.filter(decision=OuterRef("pk"), outcome=LineOutcome.NOT_RECOMMEND)
    deferred = DecisionLine.objects.filter(decision=OuterRef("pk"), outcome=LineOutcome.DEFER)
    sent = LetterSending.objects.filter(letter__office__decision=OuterRef("pk"), corrected_by__isnull=True)
    return (
        Decision.objects.filter(
            body__in=HEARING,
            facility=facility,
            kind=DecisionKind.RECOMMENDATION,
            step__case__status=CaseStatus.OPEN,
            step__case__subject_kind="application",
        )
        .filter(Exists(against), ~Exists(deferred), ~Exists(later), ~Exists(sent))
        .exclude(practitioner_id__in=own_records(viewer))
        .annotate(
            application_uid=F("step__case__subject_uid"),
            noticed_on=Subquery(
                OfficeLetter.objects.filter(decision=OuterRef("pk")).values("letter__issued_on")[:1]
            ),
        )
        .select_related("practitioner")
        .order_by("decided_on", "pk")
    )
