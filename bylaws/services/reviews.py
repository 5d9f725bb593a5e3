"""A department chair recommends; an officer recommends, or grants for a time."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from bylaws.choices import ALONE, GRANTING
from bylaws.models import Decision, ReviewStep
from bylaws.policies import permission_to_act, require_not_own_file
from bylaws.selectors.reviews import last_act_of, require_reviewer, reviewers_of
from bylaws.services.decisions import Act, act, lock_step, require_turn
from bylaws.subjects import LineAnswer
from bylaws.wording import office_word
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
    """The word of a chair or an officer on every line of the file. One person acts alone; nobody acts on the
    own file, and nobody grants what they recommended.

    The vice chair or designee acts when the chair or officer is the applicant or the office is vacant; when
    they are absent, ``absence`` says so. Every line is answered; a deferred line defers the whole step.
    ``after`` is the uid of the step's last act the signer has seen (empty: none): what is sent twice is
    refused the second time.
    """
    step = lock_step(step)
    if step.body not in ALONE:
        raise Refused(f"The {step.get_body_display()} acts by a motion in a meeting or from its minutes.")
    require_not_own_file(
        actor, step.case.practitioner, doing="grant on" if step.body in GRANTING else "recommend on"
    )
    require(actor, permission_to_act(step.body), step.case.facility)
    if after is not None and after != last_act_of(step):
        raise Conflict("This step was acted on since the page was opened; look at what was recorded.")
    require_turn(step)
    reviewer = require_reviewer(actor, step)
    capacity = reviewer.office
    if reviewer.stands_in:
        capacity = f"{capacity}: {reviewer.why or absence.strip()}"
        if not reviewer.why and not absence.strip():
            first = reviewers_of(step)[0]
            raise Refused(
                f"{first.user} is in office as {first.office.lower()}. "
                f"Say why you act in the {office_word(step.body)}'s place.",
                field="absence",
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
