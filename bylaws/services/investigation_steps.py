"""The steps of an investigation: who decided to open and close it, who investigates, what was said and found.

Whether somebody was under investigation on a day is the record of ``bylaws.services.investigations``; its
steps stand beside it and change none of its days.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from bylaws.choices import Body, InvestigationOutcome, InvestigationStep, MotionStatus
from bylaws.models import DueProcess, Investigation, InvestigationEvent, Motion
from bylaws.models.due_process import LONGEST_AUTHORITY, LONGEST_NAME, LONGEST_REASON
from bylaws.orders import Paper
from bylaws.policies import require_not_own_file
from bylaws.services.due_process import keep_paper, require_running
from bylaws.services.investigations import said
from bylaws.workflow_due_process import EVENT
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from practitioners.services.people import lock_record

LONGEST = 4000
#: Steps that are a body's act: which one, and by which motion or minutes.
_BY_BODY = (
    InvestigationStep.DECIDED_TO_OPEN,
    InvestigationStep.OUTCOME,
    InvestigationStep.DECIDED_TO_CLOSE,
)
_NAMED = {
    InvestigationStep.INVESTIGATOR: "Name the investigator.",
    InvestigationStep.NOTICE: "Say how the practitioner was told.",
    InvestigationStep.INTERVIEW: "Say who was heard, and by whom.",
    InvestigationStep.REPORT: "Say who reports.",
}


@dataclass(frozen=True)
class Step:
    """What is recorded of one step. ``motion`` or ``authority`` (minutes, resolution) say where a body's act
    is written.
    """

    kind: str
    day: dt.date
    who: str = ""
    body: str = ""
    motion: Motion | None = None
    authority: str = ""
    outcome: str = ""
    words: str = ""
    proof: Paper | None = None


@transaction.atomic
def record_step(*, actor, investigation: Investigation, step: Step) -> InvestigationEvent:
    """Record a step. Refused: a day before the investigation began or ahead, a body's act without the body or
    where it is written, a report without its paper, an outcome without a report.
    """
    investigation = _begin(actor, investigation)
    return _write(actor, investigation, _checked(investigation, step))


@transaction.atomic
def correct_step(*, actor, event: InvestigationEvent, step: Step | None, reason: str) -> InvestigationEvent:
    """A further step in the place of one that was wrong, or (``step`` None) nothing in its place. Refused of
    what a track of due process rests on.
    """
    investigation = _begin(actor, event.investigation)
    why = said(reason, "Say why what is recorded is wrong.", "reason", LONGEST_REASON)
    if InvestigationEvent.objects.filter(replaces=event).exists() or event.withdrawn:
        raise Refused("This was corrected already.")
    rests = event.kind in (InvestigationStep.OUTCOME, InvestigationStep.REPORT)
    if rests and DueProcess.objects.filter(investigation=investigation).exclude(status="closed").exists():
        raise Refused("Due process rests on this: end that first.")
    if step is None:
        step = Step(event.kind, event.day, body=event.body, authority=event.authority, outcome=event.outcome)
        return _write(
            actor, investigation, step, replaces=event, reason=why, withdrawn=True, motion=event.motion
        )
    if step.kind != event.kind:
        raise Refused("Take this back, and record the other step by itself.", field="kind")
    checked = _checked(investigation, step, has_proof=event.proof_id is not None)
    return _write(actor, investigation, checked, replaces=event, reason=why)


def _checked(one: Investigation, step: Step, *, has_proof: bool = False) -> Step:
    if step.kind not in InvestigationStep.values:
        raise Refused("Say what happened.", field="kind")
    kind = InvestigationStep(step.kind)
    live = one.periods.live().order_by("valid").first()
    if live is None:
        raise Refused("This was recorded by mistake: it never was open.")
    if step.day > clock.today(one.facility):
        raise Refused("The day lies ahead: record it once it is so.", field="day")
    if kind != InvestigationStep.DECIDED_TO_OPEN and step.day < live.valid.lower:
        raise Refused(f"It began only on {day_text(live.valid.lower)}.", field="day")
    who, authority, words = (" ".join(step.who.split()), " ".join(step.authority.split()), step.words.strip())
    for text, longest, field in (
        (who, LONGEST_NAME, "who"),
        (authority, LONGEST_AUTHORITY, "authority"),
        (words, LONGEST, "words"),
    ):
        if len(text) > longest:
            raise Refused(f"Say it in at most {longest:,} characters.", field=field)
    if kind in _NAMED and not who:
        raise Refused(_NAMED[kind], field="who")
    if kind in _BY_BODY:
        _check_body(one, step, authority)
    if kind == InvestigationStep.OUTCOME:
        if step.outcome not in InvestigationOutcome.values:
            raise Refused("Say what the body made of the report.", field="outcome")
        reports = one.events.filter(kind=InvestigationStep.REPORT, replaced_by__isnull=True, withdrawn=False)
        if not reports.exists():
            raise Refused("An outcome follows the report: record that first.", field="kind")
    if kind == InvestigationStep.REPORT and step.proof is None and not has_proof:
        raise Refused("Attach the report.", field="proof")
    return Step(
        kind,
        step.day,
        who=who,
        body=step.body if kind in _BY_BODY else "",
        motion=step.motion if kind in _BY_BODY else None,
        authority=authority,
        outcome=step.outcome if kind == InvestigationStep.OUTCOME else "",
        words=words,
        proof=step.proof,
    )


def _check_body(one: Investigation, step: Step, authority: str) -> None:
    if step.body not in Body.values:
        raise Refused("Say which body or officer decided.", field="body")
    if step.motion is None:
        if not authority:
            raise Refused("Choose the motion, or say which minutes it is.", field="authority")
        return
    committee = step.motion.agenda_item.meeting.committee
    if committee.facility_id != one.facility_id:
        raise Refused("That motion is of another hospital.", field="motion")
    if step.motion.status != MotionStatus.CARRIED:
        raise Refused("That motion was not carried.", field="motion")


def _begin(actor, investigation: Investigation) -> Investigation:
    require_running(actor, investigation.facility)
    lock_record(investigation.practitioner)
    require_not_own_file(actor, investigation.practitioner, doing="record an investigation of")
    return Investigation.objects.select_related("practitioner", "facility").get(pk=investigation.pk)


def _write(
    actor,
    investigation: Investigation,
    step: Step,
    *,
    replaces: InvestigationEvent | None = None,
    reason: str = "",
    withdrawn: bool = False,
    motion: Motion | None = None,
) -> InvestigationEvent:
    last = investigation.events.order_by("-number").first()
    proof = replaces.proof if replaces is not None else None
    if step.proof is not None:
        proof = keep_paper(actor, investigation.practitioner, step.day, step.proof)
    event = InvestigationEvent.objects.create(
        investigation=investigation,
        number=last.number + 1 if last is not None else 1,
        kind=step.kind,
        day=step.day,
        who=step.who,
        body=step.body,
        motion=step.motion or motion,
        authority=step.authority,
        outcome=step.outcome,
        words=step.words,
        proof=proof,
        replaces=replaces,
        withdrawn=withdrawn,
        reason=reason,
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    record_event(
        actor=actor,
        verb=EVENT,
        subject=investigation,
        practitioner=investigation.practitioner,
        facility=investigation.facility,
        data={},
    )
    return event
