"""What can go on an agenda in one act, and why a file is not decided together with others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bylaws.choices import LineOutcome, StepStatus
from bylaws.models import AgendaItem, Decision, DeclaredInterest, Meeting, ReviewStep
from bylaws.selectors.meetings import steps_waiting_for
from bylaws.subjects import handler
from config.kernel import clock


@dataclass(frozen=True)
class ReadyFile:
    """A file that waits for a body and stands on no agenda; ``why_not`` keeps it from the consent agenda."""

    step: ReviewStep
    why_not: str


def ready_files(*, viewer, meeting: Meeting) -> list[ReadyFile]:
    """What can be put on the agenda of the meeting at once, the longest waiting first; never the viewer's
    own. A fixed number of queries.
    """
    steps = steps_waiting_for(meeting.committee, viewer)
    why = why_not_consent(steps, day_of(meeting))
    return [ReadyFile(step, why[step.pk]) for step in steps]


def day_of(meeting: Meeting) -> dt.date:
    """The day files are judged for: the meeting's, never one that is past."""
    facility = meeting.committee.facility
    return max(clock.date_at(meeting.starts_at, facility), clock.today(facility))


def why_not_consent(steps: Sequence[ReviewStep], on: dt.date) -> dict[int, str]:
    """Why each step is not decided together with others, by its id, in sentences everybody may read; empty
    where it can be. The steps come with their case.

    Only what nobody has anything to say about is: the file is clean, the bodies before recommend every line
    as asked for, it was not deferred nor held, and no member has declared an interest the chair has not ruled
    on. Source: domain.md 2.7. A fixed number of queries.
    """
    tied = set(
        DeclaredInterest.objects.filter(step__in=steps, rulings__isnull=True).values_list(
            "step_id", flat=True
        )
    )
    differing = _differing(steps)
    clean: dict[tuple[str, object], str] = {}
    for kind in {step.case.subject_kind for step in steps}:
        uids = [step.case.subject_uid for step in steps if step.case.subject_kind == kind]
        clean |= {(kind, uid): why for uid, why in handler(kind).why_not_clean(uids, on).items()}
    found = {}
    for step in steps:
        reasons = []
        if step.status == StepStatus.HELD:
            reasons.append("A line was held for a hearing.")
        if step.pk in tied:
            reasons.append("A member declared an interest, and the chair has not ruled on it.")
        if step.case_id in differing:
            reasons.append(differing[step.case_id])
        if why := clean[step.case.subject_kind, step.case.subject_uid]:
            reasons.append(why)
        found[step.pk] = " ".join(reasons)
    return found


def _differing(steps: Sequence[ReviewStep]) -> dict[int, str]:
    """What some body said of a file other than to recommend it as asked for, by the id of the case."""
    acts = (
        Decision.objects.filter(step__case__in={step.case_id for step in steps})
        .defer("frozen")
        .select_related("step")
        .prefetch_related("lines")
        .order_by("recorded_at", "pk")
    )
    words = {
        LineOutcome.MODIFY: "recommends a line with a change or condition",
        LineOutcome.NOT_RECOMMEND: "does not recommend every line",
        LineOutcome.DEFER: "deferred it",
    }
    found = {}
    for made in acts:
        said = {line.outcome for line in made.lines.all()}
        for outcome, what in words.items():
            if outcome in said:
                found[made.step.case_id] = f"The {made.get_body_display()} {what}."
    return found


def consent_items(meeting: Meeting) -> list[AgendaItem]:
    """What stands open on the consent agenda, in order; one query."""
    return list(
        meeting.agenda_items.filter(consent=True, pulled_at__isnull=True, status="open")
        .select_related("practitioner", "step__case__practitioner", "step__case__facility")
        .order_by("order")
    )
