"""A department chair recommends."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from bylaws.choices import Body, SeatRole
from bylaws.models import Decision, ReviewStep
from bylaws.policies import require_not_own_file
from bylaws.selectors.reviews import department_reviewers, last_act_of, require_reviewer
from bylaws.services.decisions import Act, act, lock_step, require_turn
from bylaws.subjects import LineAnswer
from config.accounts.policies import require
from config.kernel import clock
from config.kernel.errors import Conflict, Refused


@transaction.atomic
def recommend(
    *,
    actor,
    step: ReviewStep,
    lines: Sequence[LineAnswer],
    rationale: str = "",
    absence: str = "",
    after: str | None = None,
) -> Decision:
    """The chair's word on every line of the file. One chair acts alone; nobody acts on the own file.

    The vice chair acts when the chair is the applicant or the office is vacant; when the chair is absent,
    ``absence`` says so. Every line is answered; a deferred line defers the whole step. ``after`` is the uid
    of the step's last act the signer has seen (empty: none): what is sent twice is refused the second time.
    """
    step = lock_step(step)
    if step.body != Body.DEPARTMENT_CHAIR:
        raise Refused(f"The {step.get_body_display()} acts by a motion in a meeting or from its minutes.")
    require_not_own_file(actor, step.case.practitioner, doing="recommend on")
    require(actor, "bylaws.recommend", step.case.facility)
    if after is not None and after != last_act_of(step):
        raise Conflict("This step was acted on since the page was opened; look at what was recorded.")
    require_turn(step)
    reviewer = require_reviewer(actor, step)
    capacity = str(SeatRole(reviewer.seat_role).label)
    if reviewer.seat_role == SeatRole.VICE_CHAIR:
        capacity = f"{capacity}: {reviewer.why or absence.strip()}"
        if not reviewer.why and not absence.strip():
            chair = department_reviewers(step)[0].user
            raise Refused(
                f"{chair} is in office as chair. Say why you act in the chair's place.", field="absence"
            )
    return act(
        actor=actor,
        step=step,
        act=Act(
            decided_on=clock.today(step.case.facility),
            answers=lines,
            rationale=rationale,
            acted_by=actor,
            capacity=capacity,
        ),
    )
