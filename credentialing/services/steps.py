"""How one step of a run ends: in the transaction that writes what came of it, once, under the run's lock.

The run ends with its last step. Its row is locked first, so that of two steps that end at once the later one
sees the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from config.kernel import clock
from credentialing.choices import ItemStatus, StepState
from credentialing.models import RunStep, VerificationItem, VerificationRun
from practitioners.models import Evidence

SENTENCE_LIMIT = 500


def open_step(item: VerificationItem) -> RunStep | None:
    """The step of a run that waits for this item's answer; None when it is asked outside of any run."""
    return RunStep.objects.filter(item=item, outcome="").first()


@transaction.atomic
def end_step(
    *,
    actor,
    step: RunStep,
    outcome: StepState,
    sentence: str,
    evidence: Evidence | None = None,
    findings: Mapping[str, Any] | None = None,
) -> bool:
    """End an open step, and its run with the last one. False when somebody else ended it before.

    ``actor`` is who did what ended it; the audit event is that of the act itself.
    """
    run = VerificationRun.objects.select_for_update(of=("self",)).get(pk=step.run_id)
    step = RunStep.objects.select_for_update(of=("self",)).get(pk=step.pk)
    if step.outcome:
        return False
    now = clock.now()
    step.outcome, step.ended_at, step.sentence = outcome, now, sentence.strip()[:SENTENCE_LIMIT]
    step.evidence, step.findings = evidence, dict(findings or {})
    step.save(update_fields=["outcome", "ended_at", "sentence", "evidence", "findings"])
    if not run.steps.filter(outcome="").exists():
        run.ended_at = now
        run.save(update_fields=["ended_at"])
    return True


@transaction.atomic
def end_step_of(*, actor, item: VerificationItem, sentence: str) -> None:
    """The item no longer waits for a machine: whatever step did is over. The caller holds the item's lock.

    What the machine answered, or gave up, is told apart from what a person settled meanwhile.
    """
    step = open_step(item)
    if step is None:
        return
    outcome = StepState.OVERTAKEN
    if getattr(actor, "is_system", False):
        if item.status == ItemStatus.RECEIVED:
            outcome, sentence = StepState.ANSWERED, item.result or sentence
        elif item.status == ItemStatus.AWAITING:
            outcome = StepState.COULD_NOT_CHECK
    end_step(actor=actor, step=step, outcome=outcome, sentence=sentence)
