"""A body's act, recorded from its minutes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from bylaws.choices import Body
from bylaws.models import Decision, ReviewStep
from bylaws.policies import require_not_own_file
from bylaws.rules.voting import carries, threshold_in_words
from bylaws.selectors.committees import committee_of, quorum_rule, seated, state_quorum, threshold_rule
from bylaws.services.decisions import Act, act, lock_step, require_turn
from bylaws.subjects import LineAnswer
from config.accounts.policies import require
from config.kernel.errors import Refused
from practitioners.models import Document


@transaction.atomic
def record_decision_from_minutes(
    *,
    actor,
    step: ReviewStep,
    decided_on: dt.date,
    mover: str,
    seconder: str,
    votes_for: int,
    votes_against: int,
    abstentions: int,
    recusals: Sequence[dict[str, str]] = (),
    lines: Sequence[LineAnswer],
    minutes: Document,
    rationale: str = "",
) -> Decision:
    """What a committee decided on ``decided_on`` (the facility's date), with the tally and a scan of the
    minutes.

    Refused: a date in the future or before the step before; a tally without quorum or without a majority;
    more votes than voting members in office; mover and seconder the same, or the person whose file it is.
    """
    step = lock_step(step)
    case = step.case
    if step.body == Body.DEPARTMENT_CHAIR:
        raise Refused("A department chair recommends in person; there are no minutes to record it from.")
    require_not_own_file(actor, case.practitioner, doing="record a decision on")
    require(actor, "bylaws.record_minutes", case.facility)
    require_turn(step)
    mover, seconder = " ".join(mover.split()), " ".join(seconder.split())
    if not mover or not seconder:
        raise Refused("Say who moved and who seconded.", field="mover" if not mover else "seconder")
    if mover.casefold() == seconder.casefold():
        raise Refused("The mover cannot be the seconder.", field="seconder")
    own = {str(case.practitioner).casefold(), str(case.practitioner.user or "").casefold()} - {""}
    for name, field in ((mover, "mover"), (seconder, "seconder")):
        if name.casefold() in own:
            raise Refused("Nobody may move or second on their own file.", field=field)
    if minutes is None or minutes.practitioner_id != case.practitioner_id:
        raise Refused("Add the scan of the minutes to this practitioner's file.", field="scan")
    if min(votes_for, votes_against, abstentions) < 0:
        raise Refused("Votes cannot be less than none.", field="votes_for")
    committee = committee_of(step.body, facility=case.facility)
    if committee is None:
        raise Refused(f"{case.facility} has no record of its {step.get_body_display()}; add it first.")
    voting = [seat.identity.user_id for seat in seated(committee, decided_on, voting=True)]
    taking_part = votes_for + votes_against + abstentions
    away = len(recusals) + (case.practitioner.user_id in voting)
    if taking_part > len(voting):
        raise Refused(
            f"The tally counts {taking_part} votes, but {len(voting)} voting members of {committee} were in "
            f"office on {decided_on:%d %b %Y}.",
            field="votes_for",
        )
    rule, threshold = quorum_rule(committee, decided_on), threshold_rule(committee, decided_on)
    quorum = state_quorum(rule, base=len(voting), present=taking_part, recused=away)
    if not quorum.met:
        raise Refused(f"There was no quorum: {quorum.sentence}", field="votes_for")
    if not carries(threshold.value, votes_for=votes_for, votes_against=votes_against, present=taking_part):
        raise Refused(
            f"This tally does not carry a motion ({threshold_in_words(threshold.value)}); only a motion that "
            "carried is a decision.",
            field="votes_for",
        )
    return act(
        actor=actor,
        step=step,
        act=Act(
            decided_on=decided_on,
            answers=lines,
            rationale=rationale,
            capacity=f"From the minutes of {committee}",
            minutes=minutes,
            mover=mover,
            seconder=seconder,
            votes_for=votes_for,
            votes_against=votes_against,
            abstentions=abstentions,
            recusals=[
                {"name": str(each["name"]).strip(), "reason": str(each.get("reason", "")).strip()}
                for each in recusals
            ],
            quorum=quorum.as_data(),
            parameters=[rule.as_data(), threshold.as_data()],
        ),
    )
