"""What the bodies said of a file so far, as its pages show it; from what was prefetched, without a query."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from bylaws.choices import Body, LineOutcome, StepStatus, outcomes_for
from bylaws.models import Decision, ReviewStep
from bylaws.rules.answers import note_of
from bylaws.rules.line_conditions import free_text
from bylaws.selectors.reviews import (
    visible_steps,
    with_history,
)
from bylaws.subjects import LineAnswer
from bylaws.views.common import found

TITLE = "Files in review"


def find_step(request, uid) -> ReviewStep:
    """The step with the acts of its whole case, if the person may see it; else "not found"."""
    return found(with_history(visible_steps(request.user)).filter(uid=uid).first())


def acts_of(step: ReviewStep) -> list[tuple[ReviewStep, Decision]]:
    """Every act of the case, in order; prefetched."""
    return sorted(
        ((each, decision) for each in step.case.steps.all() for decision in each.decisions.all()),
        key=lambda pair: (pair[1].recorded_at, pair[1].pk),
    )


def own_acts(step: ReviewStep) -> list[Decision]:
    """What this body said so far, in order: more than once where it deferred."""
    return [decision for each, decision in acts_of(step) if each.pk == step.pk]


def earlier_of(step: ReviewStep) -> dict[Any, list[dict[str, Any]]]:
    """What other bodies said of each line, by line uid."""
    said: dict[Any, list[dict[str, Any]]] = {}
    for each, decision in acts_of(step):
        words = outcomes_for(each.body)
        for line in decision.lines.all():
            said.setdefault(line.line_uid, []).append(
                {
                    "who": each.get_body_display(),
                    "outcome": words(line.outcome),
                    "note": said_of(line),
                }
            )
    return said


def said_of(line) -> str:
    """The text that goes with a line as recorded, and that it is only proposed."""
    note = note_of(line.conditions, line.reason)
    return f"Proposed; notice and the right to a hearing come first. {note}" if line.proposed else note


def answer_of(line) -> LineAnswer:
    """What was recorded of a line, as an answer to start from."""
    return LineAnswer(
        line.line_uid, line.outcome, free_text(line.stated, line.conditions), line.reason, line.stated
    )


def last_answers(step: ReviewStep) -> dict[Any, LineAnswer]:
    """Where a motion or minutes start from: what the body before said of each line, and over it what this
    body said itself before it deferred. A line that was deferred wants an answer, and so does one a right to
    a hearing came between (:func:`_came_before_a_hearing`).
    """
    before = [decision for each, decision in acts_of(step) if each.order < step.order]
    answers: dict[Any, LineAnswer] = {}
    for decision in (*before[-1:], *own_acts(step)[-1:]):
        for line in decision.lines.all():
            if _came_before_a_hearing(decision, line):
                answers.pop(line.line_uid, None)
            elif line.outcome != LineOutcome.DEFER:
                answers[line.line_uid] = answer_of(line)
    return answers


def _came_before_a_hearing(decision: Decision, line) -> bool:
    """Whether the line was acted against in a way that opens the right to a hearing: the refusal is no start
    for whoever decides after it.
    """
    return line.proposed or (decision.body == Body.MEC and line.outcome == LineOutcome.NOT_RECOMMEND)


def own_answers(step: ReviewStep) -> dict[Any, LineAnswer]:
    """What this body said before it deferred, without the lines it deferred; empty the first time."""
    return {
        line.line_uid: answer_of(line)
        for decision in own_acts(step)[-1:]
        for line in decision.lines.all()
        if line.outcome != LineOutcome.DEFER
    }


def starts_from(step: ReviewStep) -> str:
    """Where the lines of a motion or of minutes start from, as a sentence; empty: they start empty."""
    own = own_acts(step)
    if own and any(line.outcome == LineOutcome.DEFER for line in own[-1].lines.all()):
        return "Each line starts from what was said before the file was deferred."
    if own:
        return "What was held for a hearing starts without an answer."
    if not last_answers(step):
        return ""
    told = "Each line starts from what the body before recommended."
    before = [decision for each, decision in acts_of(step) if each.order < step.order][-1:]
    against = any(_came_before_a_hearing(each, line) for each in before for line in each.lines.all())
    return f"{told} What it was against starts without an answer." if against else told


def chain_of(step: ReviewStep) -> list[dict[str, Any]]:
    """The steps of the case for ``partials/chain.html``."""
    states = {
        StepStatus.ACTED: "done",
        StepStatus.OPEN: "current",
        StepStatus.DEFERRED: "current",
        StepStatus.HELD: "current",
        StepStatus.WAITING: "waiting",
        StepStatus.CANCELLED: "stopped",
    }
    shown = []
    for each in step.case.steps.all():
        decisions = sorted(each.decisions.all(), key=lambda decision: (decision.recorded_at, decision.pk))
        last = decisions[-1] if decisions else None
        shown.append(
            {
                "label": each.get_body_display(),
                "state": states[StepStatus(each.status)],
                "who": str(last.acted_by) if last and last.acted_by else "",
                "when": last.decided_on if last else None,
                "outcome": StepStatus(each.status)
                if each.status in (StepStatus.DEFERRED, StepStatus.HELD)
                else None,
                "note": _in_brief(each, last) if last else "",
                "url": reverse("bylaws:decision", args=[last.uid]) if last else "",
            }
        )
    return shown


def _in_brief(step: ReviewStep, decision: Decision) -> str:
    """``3 recommend, 1 do not recommend``."""
    words = outcomes_for(step.body)
    lines = [line.outcome for line in decision.lines.all()]
    return ", ".join(
        f"{lines.count(outcome)} {words(outcome).label.lower()}"
        for outcome in words.values
        if outcome in lines
    )
