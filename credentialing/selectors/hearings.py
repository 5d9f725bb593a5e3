"""The right to a hearing of a file: which act opened it, how far it is, and whose notice is owed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from bylaws.choices import Body, CaseStatus, DecisionKind, LineKind, LineOutcome
from bylaws.models import Decision, DecisionLine
from bylaws.selectors.hearing_rights import has_hearing_right, professions_without
from config.accounts.choices import DataClass
from config.accounts.policies import may, may_see_class
from config.organization.models import Facility
from credentialing.choices import HearingState, LetterOccasion, SendingOutcome
from credentialing.models import Application, HearingRecord, LetterSending, LetterTemplate, OfficeLetter
from credentialing.rules.hearings import SETTLED, Right, state_of, why_held
from credentialing.selectors.letter_facts import HEARING, acts_of, adverse_acts, hearing_days
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


def hearings_of(application: Application) -> list[Hearing]:
    """Every right to a hearing an act on the file opened, in the order of the acts, without their notices:
    the executive committee and the board may each have opened one against lines of their own. One query
    where nothing was acted against, up to two more for each act otherwise.
    """
    return _rights(application, acts_of(application, **_told()))


def hearing_of(
    application: Application, on: dt.date, decision_uid: uuid.UUID | None = None
) -> Hearing | None:
    """The right that act opened, with its notice; None where it opened none on this file. Without
    ``decision_uid`` the right that stands in the way of the board, or stood: of several, the first whose
    notice is owed, else the first not settled, else the newest.
    """
    found = pick(hearings_of(application), on, decision_uid)
    return None if found is None else with_notice(found, application, on)


def pick(rights: Sequence[Hearing], on: dt.date, decision_uid: uuid.UUID | None = None) -> Hearing | None:
    """Of several rights that of one act, or the one to look at first (see :func:`hearing_of`). Pure."""
    if decision_uid is not None:
        return next((each for each in rights if each.decision.uid == decision_uid), None)
    states = [each.state(on) for each in rights]
    owed = [each for each, state in zip(rights, states, strict=True) if state == HearingState.TO_NOTIFY]
    open_ = [each for each, state in zip(rights, states, strict=True) if state not in SETTLED]
    return next(iter(owed or open_ or rights[-1:]), None)


def with_notice(found: Hearing, application: Application, on: dt.date) -> Hearing:
    """The right with the notice of it, or with the time that would run where none is issued; two queries."""
    letter: Any = None
    if found.right.noticed_on:
        letter = with_state(Letter.objects.filter(office__decision=found.decision)).first()
    if letter is None:
        days = hearing_days(application.facility, on)
        return replace(found, right=replace(found.right, days=days))
    return replace(found, letter=letter)


def rights_by_act(decision_ids: Iterable[int | None]) -> dict[int, Right]:
    """The right each of these acts opened, by the act's id; one query, none without any."""
    ids = {each for each in decision_ids if each is not None}
    if not ids:
        return {}
    lines: Any = (
        DecisionLine.objects.filter(decision__in=ids, outcome=LineOutcome.NOT_RECOMMEND)
        .select_related("decision")
        .annotate(**_told())
        .order_by("decision_id", "-order")
    )
    return {line.decision_id: _right(line.decision, line) for line in lines}


def _rights(application: Application, acts: list[Decision]) -> list[Hearing]:
    found = [each for each in adverse_acts(acts) if each[0].body in HEARING]
    if not found:
        return []
    return [
        Hearing(decision, against, _right(decision, against[0]))
        for decision, against in found
        if has_hearing_right(application.practitioner, application.facility, decision.decided_on)
    ]


def held_for_hearing(application: Application, on: dt.date) -> str:
    """Why no body can act on the file at all on that day because of a hearing: it is about membership, on
    which the rest stands. Empty where nothing stands in the way. One query, two more where an act is against
    membership; none where it is known (``spoken_against``) that nobody spoke against membership.
    """
    if not getattr(application, "spoken_against", True):
        return ""
    for decision, against in adverse_acts(acts_of(application, **_told())):
        if decision.body not in HEARING or all(line.line_kind == LineKind.PRIVILEGE for line in against):
            continue
        why = why_held(_right(decision, against[0]), on)
        if why and has_hearing_right(application.practitioner, application.facility, decision.decided_on):
            return why
    return ""


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


def notice_template(body: str) -> LetterTemplate | None:
    """The template of the notice of an act of that body, where a version of it is published; one query."""
    occasion = LetterOccasion.ADVERSE_BOARD if body == Body.BOARD else LetterOccasion.ADVERSE
    published = LetterTemplate.objects.filter(occasion=occasion, versions__published_at__isnull=False)
    return published.order_by("pk").first()


def records_of(decision: Decision) -> list[HearingRecord]:
    """Everything recorded of the right, the newest first; one query."""
    return list(decision.hearing_records.select_related("recorded_by", "proof").order_by("-number"))


def notices_owed(viewer, facility: Facility) -> QuerySet[Any]:
    """Acts against a practitioner that opened a right to a hearing and whose notice has not gone out, the
    oldest first, each with ``application_uid``; only for whoever writes notices. Never the own file.
    """
    if not may(viewer, WRITE, facility) or not may_see_class(viewer, DataClass.PEER_REVIEW, facility):
        return Decision.objects.none()
    # Of the committee its newest word counts; what the board proposes stands while a line is held by it.
    later = Decision.objects.filter(
        step__case=OuterRef("step__case"), recorded_at__gt=OuterRef("recorded_at"), body=Body.MEC
    )
    against = DecisionLine.objects.filter(decision=OuterRef("pk"), outcome=LineOutcome.NOT_RECOMMEND)
    of_membership = against.exclude(line_kind=LineKind.PRIVILEGE)
    still_held = Decision.objects.filter(pk=OuterRef("pk"), held_lines__isnull=False)
    deferred = DecisionLine.objects.filter(decision=OuterRef("pk"), outcome=LineOutcome.DEFER)
    sent = LetterSending.objects.filter(letter__office__decision=OuterRef("pk"), corrected_by__isnull=True)
    proposed = DecisionLine.objects.filter(decision=OuterRef("pk"), proposed=True)
    owed = (
        Decision.objects.filter(
            body__in=HEARING,
            facility=facility,
            step__case__status=CaseStatus.OPEN,
            step__case__subject_kind="application",
        )
        .filter(Q(kind=DecisionKind.RECOMMENDATION) | Exists(proposed))
        .filter(Exists(against), ~Exists(deferred), ~Exists(sent))
        .filter(Q(Exists(of_membership)) | Q(Exists(still_held)))
        .exclude(Q(Exists(later), body=Body.MEC))
        .exclude(practitioner_id__in=own_records(viewer))
    )
    days = owed.order_by().values_list("decided_on", flat=True).distinct()
    for day, without in professions_without(facility, days).items():  # as the right was on the day of the act
        owed = owed.exclude(decided_on=day, practitioner__provider_type__in=without)
    return (
        owed.annotate(
            application_uid=F("step__case__subject_uid"),
            noticed_on=Subquery(
                OfficeLetter.objects.filter(decision=OuterRef("pk")).values("letter__issued_on")[:1]
            ),
        )
        .select_related("practitioner")
        .order_by("decided_on", "pk")
    )
