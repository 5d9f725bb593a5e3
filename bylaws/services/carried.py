"""What was declared before one body holds before the later ones of the same file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction

from bylaws.choices import InterestRuling
from bylaws.models import DeclaredInterest, InterestRuled, ReviewStep
from bylaws.selectors.interests import interests_of
from config.kernel import clock


@transaction.atomic
def carry_interests(*, actor, interests: Iterable[DeclaredInterest], steps: Iterable[ReviewStep]) -> None:
    """Enter these declarations for other steps of their file, not ruled on: each body's chair rules. Called
    within the act of ``actor`` that declared, or put one body in the place of another, and records the event;
    two statements at most.
    """
    moment, steps = clock.now(), list(steps)
    DeclaredInterest.objects.bulk_create(
        DeclaredInterest(
            step=step,
            user_id=each.user_id,
            kind=each.kind,
            note=each.note,
            recorded_at=moment,
            recorded_by=actor,
        )
        for each in interests
        for step in steps
    )


@transaction.atomic
def carry_to_successor(*, actor, step: ReviewStep, successor: ReviewStep) -> None:
    """Another body acts in the place of the step's: what was declared in it holds there. Who was recused
    stays recused, by the same ruling; who took part waits for the other body's chair. Five statements at
    most.
    """
    before = list(interests_of(step))
    carry_interests(actor=actor, interests=before, steps=[successor])
    recused: Sequence[int] = [each.user_id for each in before if each.ruling == InterestRuling.RECUSED]
    rulings = {
        each.interest.user_id: each
        for each in InterestRuled.objects.filter(interest__step=step, interest__user__in=recused)
        .select_related("interest")
        .order_by("pk")
    }
    moment = clock.now()
    InterestRuled.objects.bulk_create(
        InterestRuled(
            interest=each,
            ruling=rulings[each.user_id].ruling,
            reason=rulings[each.user_id].reason,
            recorded_at=moment,
            recorded_by_id=rulings[each.user_id].recorded_by_id,
        )
        for each in interests_of(successor)
        if each.user_id in rulings
    )
