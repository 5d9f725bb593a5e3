"""Due process: opened on its ground, moved by what happens, corrected and taken back with a reason.

Everything here is peer review. The trail of acts learns that something was noted, never what.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from bylaws import orders
from bylaws.choices import (
    SETTLED_TRACKS,
    STANDING_GROUNDS,
    BarKind,
    BarReviewOutcome,
    BarScope,
    Body,
    FinalAction,
    InvestigationOutcome,
    InvestigationStep,
    Measure,
    TrackEventKind,
    TrackGround,
    TrackOutcome,
    TrackStatus,
)
from bylaws.models import Bar, Decision, DueProcess, DueProcessEvent, DueProcessNotice, Investigation
from bylaws.models.due_process import LONGEST_AUTHORITY, LONGEST_NAME, LONGEST_REASON
from bylaws.orders import Ordered, Paper
from bylaws.parameters import PRECAUTIONARY_REVIEW, bind
from bylaws.policies import require_not_own_file
from bylaws.rules.due_process import Dates, next_steps
from bylaws.rules.due_process import final_actions as allowed_actions
from bylaws.rules.hearing_notice import standing_events
from bylaws.rules.precautionary import review_due
from bylaws.rules.reach import require_within
from bylaws.selectors.due_process import dates_on, seats_of
from bylaws.selectors.hearing_rights import has_hearing_right
from bylaws.workflow_due_process import DUE_PROCESS, EVENT
from config.accounts.choices import DataClass
from config.accounts.policies import permissions, require, require_class
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.display.words import plural_text
from config.kernel.errors import Refused
from config.kernel.periods import covers
from config.organization.models import Facility
from practitioners.choices import Method, SourceKind
from practitioners.models import Evidence, Letter, Practitioner
from practitioners.selectors.canonical import among, canonical_of
from practitioners.services.documents import store_document
from practitioners.services.evidence import add_evidence
from practitioners.services.people import lock_practitioner, lock_record

RUN = "bylaws.run_due_process"
YEARS_BACK, YEARS_AHEAD = 10, 2
LONGEST = 4000


@dataclass(frozen=True)
class Happened:
    """What is recorded of one step: the day, who wrote or signed, and what the step needs beside."""

    day: dt.date
    told_by: str = ""
    authority: str = ""
    hearing_on: dt.date | None = None
    place: str = ""
    outcome: str = ""
    words: str = ""
    proof: Paper | None = None
    evidence: Evidence | None = None  # the proof, where it is kept already


# --- opening ----------------------------------------------------------------------------------------------


@transaction.atomic
def open_track(
    *,
    actor,
    practitioner: Practitioner,
    facility: Facility,
    ground: str,
    measure: str,
    body: str,
    authority: str,
    proposed_on: dt.date,
    reasons: str,
    scope: str = BarScope.ALL_PRIVILEGES,
    privilege_codes: Sequence[str] = (),
    bar: Bar | None = None,
    investigation: Investigation | None = None,
) -> DueProcess:
    """Due process begins: ``body`` proposed the measure, or let go on what stands, on ``proposed_on``.

    Refused: a suspension the Medical Executive Committee has not continued and that does not stand beyond the
    days of its review (42 USC 11112(c)); an investigation without an outcome that proposes a measure; a bar
    whose track is under way. Of a decision on a file see :func:`open_track_of_decision`.
    """
    require_running(actor, facility)
    person = lock_practitioner(practitioner)
    require_not_own_file(actor, person, doing="open due process about")
    today = clock.today(facility)
    if ground not in TrackGround.values or ground == TrackGround.DECISION:
        raise Refused("Say on which ground.", field="ground")
    if measure not in Measure.values or measure == Measure.FILE:
        raise Refused("Say what is proposed.", field="measure")
    if body not in Body.values:
        raise Refused("Say which body or officer proposed it.", field="body")
    require_within(
        proposed_on, today=today, back=YEARS_BACK, ahead=0, field="proposed_on", what="The day of the act"
    )
    codes = sorted({code.strip().upper() for code in privilege_codes if code.strip()})
    if scope not in BarScope.values:
        raise Refused("Say whether it reaches all privileges or those listed.", field="scope")
    if ground in STANDING_GROUNDS:
        measure, scope, codes = _check_bar(bar, person, facility, ground, measure, today, (scope, codes))
    if (scope == BarScope.LISTED) != bool(codes):
        raise Refused("List the privileges it reaches, or choose all privileges.", field="privilege_codes")
    if ground in STANDING_GROUNDS:
        investigation = None
    elif ground == TrackGround.INVESTIGATION:
        _check_investigation(investigation, person, facility)
        bar = None
    else:
        bar = investigation = None
    if ground not in STANDING_GROUNDS and measure == Measure.SUSPENSION:
        raise Refused("A suspension is recorded first; due process is then about that.", field="measure")
    return _open(
        actor=actor,
        practitioner=person,
        facility=facility,
        ground=ground,
        measure=measure,
        scope=scope,
        privilege_codes=codes,
        bar=bar,
        investigation=investigation,
        body=body,
        authority=said(authority, "Say which minutes or decision it is.", "authority", LONGEST_AUTHORITY),
        proposed_on=proposed_on,
        reasons=said(reasons, "Write the reasons as the notice tells them.", "reasons"),
        has_right=has_hearing_right(person, facility, proposed_on),
        status=TrackStatus.OPENED,
    )


@transaction.atomic
def open_track_of_decision(*, actor, decision: Decision, reasons: str) -> DueProcess:
    """The hearing that was asked for on a file's adverse recommendation. Called within the act of the room
    that keeps files, which knows that it was asked for: notice and answer stay with the file.
    """
    facility = decision.facility
    require_running(actor, facility)
    person = lock_record(decision.practitioner)
    require_not_own_file(actor, person, doing="open due process about")
    standing = DueProcess.objects.filter(decision=decision).exclude(status=TrackStatus.CLOSED).first()
    if standing is not None:
        return standing
    return _open(
        actor=actor,
        practitioner=decision.practitioner,
        facility=facility,
        ground=TrackGround.DECISION,
        measure=Measure.FILE,
        decision=decision,
        body=decision.body,
        authority=f"{decision.get_kind_display()} of {day_text(decision.decided_on)}",
        proposed_on=decision.decided_on,
        reasons=said(reasons, "No reason stands with what was acted against.", "reasons"),
        has_right=True,
        status=TrackStatus.REQUESTED,
    )


def _open(*, actor, **values: Any) -> DueProcess:
    track = DueProcess(opened_at=clock.now(), opened_by=actor, **values)
    _refuse_second(track)
    track.save(force_insert=True)
    tell(actor=actor, track=track)
    return track


def _refuse_second(track: DueProcess) -> None:
    """Refuse where another track about the same is under way. Of what a body proposes without anything that
    stands the same is: of the person, by the body, on the day, the measure with its reach.
    """
    others = DueProcess.objects.exclude(pk=track.pk)
    if track.decision_id is not None:
        others = others.filter(decision=track.decision_id).exclude(status=TrackStatus.CLOSED)
    else:
        others = others.exclude(status__in=SETTLED_TRACKS)
        if track.bar_id is not None:
            others = others.filter(bar=track.bar_id)
        elif track.investigation_id is not None:
            others = others.filter(investigation=track.investigation_id, measure=track.measure)
        else:
            others = others.filter(
                practitioner__in=among([track.practitioner_id]),
                facility=track.facility_id,
                ground=track.ground,
                measure=track.measure,
                scope=track.scope,
                privilege_codes=track.privilege_codes,
                body=track.body,
                proposed_on=track.proposed_on,
            )
    if others.exists():
        raise Refused("Due process about this is under way already.")


def _check_bar(
    bar: Bar | None,
    person: Practitioner,
    facility: Facility,
    ground: str,
    measure: str,
    today: dt.date,
    given: tuple[str, list[str]],
) -> tuple[str, str, list[str]]:
    """What is proposed, and how far it reaches: of what goes on, as far as it does today."""
    kind = BarKind.PRECAUTIONARY_SUSPENSION if ground == TrackGround.SUSPENSION else BarKind.RESTRICTION
    of_them = bar is not None and canonical_of(bar.practitioner).pk == person.pk
    if bar is None or not of_them or bar.facility_id != facility.pk or bar.kind != kind:
        raise Refused(f"Choose the {kind.label.lower()} it is about.", field="bar")
    live = bar.periods.live().order_by("valid").first()
    if live is None or not covers(live.valid, today):
        raise Refused("It does not stand today.", field="bar")
    reach = (live.scope, list(live.privilege_codes))
    if ground == TrackGround.RESTRICTION:
        return (measure, *given) if measure == Measure.REVOCATION else (Measure.RESTRICTION, *reach)
    limit = bind(PRECAUTIONARY_REVIEW.code, facility=facility, on=today)
    due = review_due(live.valid.lower, limit.value) if limit.is_set else None
    continued = bar.reviews.filter(outcome=BarReviewOutcome.CONTINUED).exists()
    if not continued and (due is None or today <= due):
        until = f", or stands after {day_text(due)}" if due else ""
        raise Refused(
            f"It stands since {day_text(live.valid.lower)}: due process opens when the Medical Executive "
            f"Committee continues it{until} (42 USC 11112(c)).",
            field="bar",
        )
    if measure in (Measure.REVOCATION, Measure.RESTRICTION):
        return (measure, *given)
    return (Measure.SUSPENSION, *reach)


def _check_investigation(one: Investigation | None, person: Practitioner, facility: Facility) -> None:
    if one is None or canonical_of(one.practitioner).pk != person.pk or one.facility_id != facility.pk:
        raise Refused("Choose the investigation.", field="investigation")
    proposed = one.events.filter(
        kind=InvestigationStep.OUTCOME,
        outcome=InvestigationOutcome.MEASURE,
        replaced_by__isnull=True,
        withdrawn=False,
    )
    if not one.periods.live().exists() or not proposed.exists():
        raise Refused("Its outcome proposes no measure: record the outcome first.", field="investigation")


# --- steps ------------------------------------------------------------------------------------------------


@transaction.atomic
def record_step(
    *, actor, track: DueProcess, kind: str, happened: Happened, letter: Letter | None = None
) -> DueProcessEvent:
    """Record what happened next; it moves the track. The final action is :func:`conclude`.

    Refused where the table has no such move from where the track is, where a day lies before the step before
    or ahead, where the clocks of the law do not allow it, and where the step lacks what proves it.
    """
    track = begin_step(actor, track)
    if kind == TrackEventKind.FINAL:
        raise Refused("Say what the final action does.", field="action")
    return _record(actor, track, _step(kind), happened, letter=letter)


def _step(kind: str) -> TrackEventKind:
    if kind not in TrackEventKind.values or kind == TrackEventKind.TAKEN_BACK:
        raise Refused("Say what happened.", field="kind")
    return TrackEventKind(kind)


def _record(
    actor,
    track: DueProcess,
    kind: TrackEventKind,
    happened: Happened,
    *,
    letter: Letter | None = None,
    action: str = "",
    result: dict[str, str] | None = None,
) -> DueProcessEvent:
    DUE_PROCESS.check(track, str(kind), permissions(actor, track.facility))
    if kind not in next_steps(
        track.status, has_right=track.has_right, of_file=track.ground == TrackGround.DECISION
    ):
        raise Refused(_why_not(track, kind), field="kind")
    events = list(track.events.order_by("number"))
    standing = standing_events(events)
    happened = _checked(track, kind, happened, dates_on(track, standing), standing)
    before, track.status = track.status, str(kind)
    event = _write(
        actor, track, kind, happened, before=before, letter=letter, action=action, result=result or {},
        number=len(events) + 1,
    )  # fmt: skip
    track.save(update_fields=["status"])
    return event


def _why_not(track: DueProcess, kind: TrackEventKind) -> str:
    if track.ground == TrackGround.DECISION:
        return "The waiver of a file's right to a hearing is recorded with the file; end this first."
    who = track.practitioner.get_provider_type_display()
    if track.has_right:
        return f"{who}: the right to a hearing is waived, used or runs out first."
    return f"{who}: the bylaws give no right to a hearing, but what they say instead."


@transaction.atomic
def correct_step(
    *, actor, event: DueProcessEvent, happened: Happened, reason: str, letter: Letter | None = None
) -> DueProcessEvent:
    """The step happened, but otherwise than recorded: a further event of the kind, with why. The track stays
    where it is; ``letter`` is the one that shows it (None: the one that did). Refused where the day no longer
    fits what came after, where a letter gave notice of another day or place of the hearing, and of the final
    action.
    """
    track = begin_step(actor, event.track)
    events = list(track.events.order_by("number"))
    standing = standing_events(events)
    at = next((place for place, each in enumerate(standing) if each.pk == event.pk), None)
    if at is None:
        raise Refused("This was corrected or taken back already.")
    if event.kind == TrackEventKind.FINAL:
        raise Refused("A final action is taken back, not corrected.")
    why = said(reason, "Say why what is recorded is wrong.", "reason", LONGEST_REASON)
    kind = TrackEventKind(event.kind)
    rest = standing[:at]
    checked = _checked(
        track, kind, happened, dates_on(track, rest), rest, has_proof=event.proof_id is not None
    )
    if at + 1 < len(standing) and standing[at + 1].day < checked.day:
        after = standing[at + 1]
        raise Refused(
            f"{after.get_kind_display()} is recorded for {day_text(after.day)}: this lies before it.",
            field="day",
        )
    if kind == TrackEventKind.SCHEDULED:
        _check_notice_given(checked, standing[at + 1 : at + 2])
    _check_clocks(dates_on(track, [*rest, _as_if(event, checked), *standing[at + 1 :]]), standing[at + 1 :])
    return _write(
        actor, track, kind, checked, before=track.status, number=len(events) + 1, replaces=event, reason=why,
        letter=letter or event.letter, proof=event.proof,
    )  # fmt: skip


def _check_notice_given(hearing: Happened, after: Sequence[DueProcessEvent]) -> None:
    """Refuse another day or place of the hearing than the letter names by which notice was given: who was
    told of one day has to be told of the other, so many days before it.
    """
    given = next((each for each in after if each.kind == TrackEventKind.HEARING_NOTICE), None)
    if given is None or given.letter_id is None:
        return
    named = DueProcessNotice.objects.select_related("hearing").get(letter=given.letter_id).hearing
    if named is None or (named.hearing_on, named.place) == (hearing.hearing_on, hearing.place):
        return
    raise Refused(
        f"Notice was given of {day_text(named.hearing_on)}, {named.place}. Put the hearing off, and give "
        "notice of the other day or place.",
        field="hearing_on" if named.hearing_on != hearing.hearing_on else "place",
    )


def _as_if(event: DueProcessEvent, happened: Happened) -> Any:
    return DueProcessEvent(
        kind=event.kind, day=happened.day, hearing_on=happened.hearing_on, number=event.number
    )


def _check_clocks(dates: Dates, later: Sequence[DueProcessEvent]) -> None:
    """What came after still fits the clocks, with the day corrected."""
    kinds = {each.kind: each for each in later}
    asked = kinds.get(TrackEventKind.REQUESTED)
    if asked is not None and dates.last_day_to_ask is not None and asked.day > dates.last_day_to_ask:
        raise Refused(
            f"The hearing was asked for on {day_text(asked.day)}: that would be after the last day to ask, "
            f"{day_text(dates.last_day_to_ask)}.",
            field="day",
        )
    noticed = kinds.get(TrackEventKind.HEARING_NOTICE)
    if noticed is not None and dates.notice_by is not None and noticed.day > dates.notice_by:
        raise Refused(
            f"Notice of the hearing went out on {day_text(noticed.day)}: for that day it had to by "
            f"{day_text(dates.notice_by)}. Take the notice back and put the hearing off instead.",
            field="hearing_on",
        )
    over = kinds.get(TrackEventKind.OVER)
    if over is not None and dates.last_day_to_ask is not None and over.day <= dates.last_day_to_ask:
        raise Refused(
            f"The time ran out with {day_text(over.day)}: that would be before the last day to ask, "
            f"{day_text(dates.last_day_to_ask)}.",
            field="day",
        )


@transaction.atomic
def take_back_step(*, actor, track: DueProcess, reason: str) -> DueProcessEvent:
    """The newest step never happened, or is reversed: the track is back where it was before it, and what a
    final action did is taken back too, as far as the services that did it allow. Refused where the track
    would be under way again beside another one about the same.
    """
    track = begin_step(actor, track)
    why = said(reason, "Say why it is taken back.", "reason", LONGEST_REASON)
    events = list(track.events.order_by("number"))
    standing = standing_events(events)
    if not standing:
        raise Refused("Nothing is recorded that could be taken back.")
    last = max(standing, key=lambda each: _first_of(each, events).number)
    target = _first_of(last, events).status_from
    DUE_PROCESS.check(track, target, permissions(actor, track.facility))
    if track.status in SETTLED_TRACKS:
        _refuse_second(track)
    if last.action:
        orders.undo(actor, track, last.action, last.result, why)
    return _back(actor, track, last, target, why, len(events) + 1)


def _back(actor, track: DueProcess, last: DueProcessEvent, target: str, why: str, number: int):
    before, track.status = track.status, target
    event = _write(
        actor,
        track,
        TrackEventKind.TAKEN_BACK,
        Happened(clock.today(track.facility)),
        before=before,
        number=number,
        replaces=last,
        reason=why,
    )
    track.save(update_fields=["status"])
    return event


def _first_of(event: DueProcessEvent, events: Sequence[DueProcessEvent]) -> DueProcessEvent:
    """The event that moved the track, of which this is the newest correction."""
    by_pk = {each.pk: each for each in events}
    while event.replaces_id is not None:
        event = by_pk[event.replaces_id]
    return event


@transaction.atomic
def conclude(
    *, actor, track: DueProcess, action: str, ordered: Ordered, told_by: str = ""
) -> DueProcessEvent:
    """The final action of the board, which does what was decided through the services that do such a thing
    anyway: what stands is lifted or goes on, a restriction is recorded, privileges are revoked, the file goes
    back to the board. The data bank counts from there. Taken back with :func:`take_back_step`.
    """
    track = begin_step(actor, track)
    if action not in FinalAction.values or action not in allowed_actions(track.ground, track.measure):
        raise Refused("Choose what the final action does.", field="action")
    today = clock.today(track.facility)
    if ordered.decided_on > today:
        raise Refused("It was decided today or before: record it once it is.", field="decided_on")
    ordered = replace(
        ordered,
        authority=said(ordered.authority, "Say which minutes or decision it is.", "authority", 200),
        words=said(ordered.words, "Write what was decided, and the basis.", "words", 2000),
    )
    happened = Happened(
        ordered.decided_on,
        told_by=told_by,
        authority=ordered.authority,
        words=ordered.words,
        proof=ordered.paper,
    )
    DUE_PROCESS.check(track, TrackStatus.FINAL, permissions(actor, track.facility))
    result = orders.take(actor, track, action, ordered)
    return _record(actor, track, TrackEventKind.FINAL, happened, action=action, result=result)


# --- what a step needs ------------------------------------------------------------------------------------

#: What must be given, by step: name of the value and the sentence where it is missing.
_NEEDS: dict[str, tuple[tuple[str, str], ...]] = {
    TrackEventKind.NOTICE_SENT: (("told_by", "Say how it went out: carrier and number, or by whose hand."),),
    TrackEventKind.DELIVERED: (("told_by", "Say who signed for it, or how it is known."),),
    TrackEventKind.REQUESTED: (("told_by", "Say who wrote, and how it came."),),
    TrackEventKind.WAIVED: (("told_by", "Say who signed."),),
    TrackEventKind.SCHEDULED: (
        ("hearing_on", "Say on which day the hearing is."),
        ("place", "Say where it is, and at what time."),
    ),
    TrackEventKind.HEARING_NOTICE: (
        ("told_by", "Say how it went out: carrier and number, or by whose hand."),
    ),
    TrackEventKind.REPORTED: (
        ("outcome", "Say what the panel recommends."),
        ("words", "Write the basis of the recommendation."),
    ),
    TrackEventKind.DECIDED: (
        ("outcome", "Say what was decided."),
        ("words", "Write the basis of the decision."),
        ("authority", "Say which body, and which minutes or decision it is."),
    ),
    TrackEventKind.APPEALED: (("told_by", "Say who wrote, and how it came."),),
    TrackEventKind.APPEAL_DECIDED: (
        ("outcome", "Say what was decided."),
        ("words", "Write the basis of the decision."),
        ("authority", "Say which body, and which minutes or decision it is."),
    ),
    TrackEventKind.CLOSED: (("words", "Say why it ends without a final action."),),
}
_PROVED = {
    TrackEventKind.DELIVERED: "A time limit runs from this day: attach the proof, like the return receipt.",
    TrackEventKind.WAIVED: "Attach the waiver.",
    TrackEventKind.REPORTED: "Attach the report.",
}


def _checked(
    track: DueProcess,
    kind: TrackEventKind,
    happened: Happened,
    dates: Dates,
    standing: Sequence[DueProcessEvent],
    *,
    has_proof: bool = False,
) -> Happened:
    """What happened, tidied; refused with the field where it cannot be."""
    given = replace(
        happened,
        told_by=" ".join(happened.told_by.split())[:LONGEST_NAME],
        authority=" ".join(happened.authority.split())[:LONGEST_AUTHORITY],
        place=" ".join(happened.place.split())[:300],
        words=happened.words.strip(),
    )
    for name, missing in _NEEDS.get(kind, ()):
        if not getattr(given, name):
            raise Refused(missing, field=name)
    if len(given.words) > LONGEST:
        raise Refused(f"Say it in at most {LONGEST:,} characters.", field="words")
    if given.outcome and given.outcome not in TrackOutcome.values:
        raise Refused("Say what was decided.", field="outcome")
    if kind in _PROVED and given.proof is None and given.evidence is None and not has_proof:
        raise Refused(_PROVED[kind], field="proof")
    today = clock.today(track.facility)
    first = standing[-1].day if standing else track.proposed_on
    if not first <= given.day <= today:
        raise Refused(
            f"The day lies between {day_text(first)}, the step before, and today.",
            field="decided_on" if kind == TrackEventKind.FINAL else "day",
        )
    _check_hearing(track, kind, given, dates, today)
    return given


def _check_hearing(
    track: DueProcess, kind: TrackEventKind, given: Happened, dates: Dates, today: dt.date
) -> None:
    last = dates.last_day_to_ask
    if kind == TrackEventKind.REQUESTED and last is not None and given.day > last:
        raise Refused(f"The time to ask for a hearing was over with {day_text(last)}.", field="day")
    if kind == TrackEventKind.OVER:
        if last is None:
            raise Refused("No source says how long a hearing can be asked for: set the parameter first.")
        if given.day <= last:
            raise Refused(f"A hearing can be asked for through {day_text(last)}.", field="day")
    if kind == TrackEventKind.SCHEDULED and given.hearing_on is not None:
        require_within(
            given.hearing_on, today=today, back=YEARS_BACK, ahead=YEARS_AHEAD, field="hearing_on",
            what="The day of the hearing",
        )  # fmt: skip
        if given.hearing_on <= given.day:
            raise Refused("The hearing lies after the day it is scheduled on.", field="hearing_on")
    if kind == TrackEventKind.HEARING_NOTICE:
        if dates.notice_days is None:
            raise Refused("No source says how long before a hearing its notice goes out: set the parameter.")
        by = dates.notice_by
        if by is not None and given.day > by:
            hearing = dates.hearing_on
            days = (hearing - given.day).days if hearing else 0
            raise Refused(
                f"The hearing on {day_text(hearing)} is {plural_text(days, 'day')} after this notice; it is "
                f"{dates.notice_days} at least (42 USC 11112(b)(2)). Put the hearing off first.",
                field="day",
            )
    if kind == TrackEventKind.HELD:
        _check_held(track, given, dates)


def _check_held(track: DueProcess, given: Happened, dates: Dates) -> None:
    seats = seats_of(track)
    waiting = [each.member.name for each in seats if each.open_question]
    if waiting:
        raise Refused(f"Whether {', '.join(waiting)} may sit is to be ruled in writing first.")
    if not any(each.sits for each in seats):
        raise Refused("Nobody who may sit is on the panel: name the panel or a hearing officer first.")
    days = sorted(track.sessions.filter(taken_back_at__isnull=True).values_list("day", flat=True))
    if not days:
        raise Refused("Record the sessions, with who was present, first.")
    if dates.hearing_on is not None and days[0] < dates.hearing_on:
        raise Refused(
            f"A session of {day_text(days[0])} lies before the hearing, {day_text(dates.hearing_on)}."
        )
    if given.day < days[-1]:
        raise Refused(f"The last session was on {day_text(days[-1])}.", field="day")


# --- writing ----------------------------------------------------------------------------------------------


def _write(
    actor,
    track: DueProcess,
    kind: TrackEventKind,
    happened: Happened,
    *,
    before: str,
    number: int,
    letter: Letter | None = None,
    action: str = "",
    result: dict[str, str] | None = None,
    replaces: DueProcessEvent | None = None,
    reason: str = "",
    proof: Evidence | None = None,
) -> DueProcessEvent:
    if happened.proof is not None:
        proof = keep_paper(actor, track.practitioner, happened.day, happened.proof)
    elif happened.evidence is not None:
        proof = happened.evidence
    event = DueProcessEvent.objects.create(
        track=track,
        number=number,
        kind=kind,
        status_from=before,
        status_to=track.status,
        day=happened.day,
        told_by=happened.told_by,
        authority=happened.authority,
        hearing_on=happened.hearing_on,
        place=happened.place,
        outcome=happened.outcome,
        action=action,
        words=happened.words,
        result=result or {},
        proof=proof,
        letter=letter,
        replaces=replaces,
        reason=reason,
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    tell(actor=actor, track=track)
    return event


def keep_paper(actor, practitioner: Practitioner, day: dt.date, paper: Paper) -> Evidence:
    """The paper as evidence of the class peer review; its title says no more than that and the day."""
    document = store_document(
        actor=actor,
        practitioner=practitioner,
        title=f"Peer review paper, {day_text(day)}",
        file_name=paper.name,
        content=paper.content,
        data_class=DataClass.PEER_REVIEW,
    )
    return add_evidence(
        actor=actor,
        practitioner=practitioner,
        title=document.title,
        source="Kept with due process",
        source_kind=SourceKind.PRIMARY,
        method=Method.LETTER,
        document=document,
        source_date=day,
        data_class=DataClass.PEER_REVIEW,
    )


def require_running(actor, facility: Facility) -> None:
    """Refuse unless the person runs due process at the facility and may read peer review there."""
    require(actor, RUN, facility)
    require_class(actor, DataClass.PEER_REVIEW, facility)


def begin_step(actor, track: DueProcess) -> DueProcess:
    """Permission, class, own file; the person's row and the track locked, in that order."""
    require_running(actor, track.facility)
    lock_record(track.practitioner)
    require_not_own_file(actor, track.practitioner, doing="run due process about")
    return (
        DueProcess.objects.select_for_update(of=("self",))
        .select_related("practitioner", "facility", "bar", "decision", "investigation")
        .get(pk=track.pk)
    )


def said(text: str, missing: str, field: str, longest: int = LONGEST) -> str:
    """The text without what surrounds it; refused with ``missing`` where there is none."""
    found = text.strip()
    if not found:
        raise Refused(missing, field=field)
    if len(found) > longest:
        raise Refused(f"Say it in at most {longest:,} characters.", field=field)
    return found


@transaction.atomic
def tell(*, actor, track: DueProcess) -> None:
    """One event, without its days or words: the trail is read without the class."""
    record_event(
        actor=actor,
        verb=EVENT,
        subject=track,
        practitioner=track.practitioner,
        facility=track.facility,
        data={},
    )
