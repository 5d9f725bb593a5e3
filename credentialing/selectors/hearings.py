"""The right to a hearing of a file: which act opened it, how far it is, and whose notice is owed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from bylaws.choices import CaseStatus, DecisionKind, LineOutcome
from bylaws.models import Decision, DecisionLine
from config.accounts.choices import DataClass
from config.accounts.policies import may, may_see_class
from config.organization.models import Facility
from credentialing.choices import HearingState
from credentialing.models import Application, HearingRecord, LetterSending, OfficeLetter
from credentialing.rules.hearings import Right, state_of, why_held
from credentialing.selectors.letter_facts import HEARING, acts_of, adverse_of, hearing_days
from credentialing.selectors.letters import WRITE, with_state
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
    """The right that stands in the way of the board, or stood; None where no act opened one. Two queries
    where nothing was acted against, five otherwise.
    """
    decision, against = adverse_of(acts_of(application))
    if decision is None or decision.body not in HEARING:
        return None
    letter: Any = (
        with_state(Letter.objects.filter(office__decision=decision)).select_related("office").first()
    )
    newest = decision.hearing_records.order_by("-number").first()
    days = letter.office.clock_days if letter is not None else hearing_days(application.facility, on)
    right = Right(
        body=decision.get_body_display(),
        opened_on=decision.decided_on,
        noticed_on=letter.issued_on if letter is not None else None,
        sent_on=letter.sent_on if letter is not None else None,
        delivered_on=letter.delivered_on if letter is not None else None,
        days=days,
        event=newest.event if newest is not None else "",
        event_on=newest.happened_on if newest is not None else None,
    )
    return Hearing(decision, against, right, letter)


def held_for_hearing(application: Application, on: dt.date) -> str:
    """Why no body can act on the file on that day because of a hearing; empty where nothing stands in the
    way. Queries as :func:`hearing_of`.
    """
    found = hearing_of(application, on)
    return why_held(found.right, on) if found is not None else ""


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
