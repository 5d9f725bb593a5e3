"""A body's act, recorded from its minutes."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction

from bylaws.choices import ALONE, InterestRuling
from bylaws.models import Decision, MinutesPaper, ReviewStep
from bylaws.policies import is_own_file, require_not_own_file
from bylaws.rules.voting import carries, physicians_asked, recused_count, threshold_in_words
from bylaws.selectors.alternates import StandIns
from bylaws.selectors.committees import (
    committee_of,
    counted_besides,
    quorum_rule,
    seated,
    state_quorum,
    threshold_rule,
)
from bylaws.selectors.interests import interests_of
from bylaws.selectors.meetings import failed_votes, vote_in_words
from bylaws.services.decisions import Act, act, check_answers, lock_step, require_sure, require_turn
from bylaws.subjects import LineAnswer, handler
from bylaws.wording import verb_of
from config.accounts.policies import require
from config.kernel.display.dates import day_text
from config.kernel.errors import Doubtful, Refused
from config.rulebook.selectors.parameters import Bound
from practitioners.models import Document

#: What minutes write before or after a name, and the accounts of members do not.
TITLES = frozenset({"dr", "mr", "mrs", "ms", "prof", "chair", "md", "do", "dpm", "phd", "rn", "np", "pa"})


def _words_of(name: str) -> frozenset[str]:
    """The words by which a name is recognised: ``Nystrom, Ana, M.D.`` is ``Dr. Ana Nyström``."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace(".", ""))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return frozenset(re.findall(r"[^\W_]+", bare)) - TITLES


def _member(in_office, name: str, committee, on: dt.date, field: str) -> str:
    """The voting member the minutes name, as the account writes it."""
    found = in_office.get(_words_of(name))
    if found is None:
        raise Refused(
            f"{name} was no voting member of {committee.named} on {day_text(on)}. In office were: "
            f"{', '.join(in_office.values()) or 'nobody'}.",
            field=field,
        )
    return found


def _check_recused(recusals: Sequence[dict[str, str]], mover: str, seconder: str) -> None:
    """Refuse a mover or seconder who is said to have been recused."""
    recused = {_words_of(str(each["name"])) for each in recusals}
    for name, field in ((mover, "mover"), (seconder, "seconder")):
        if _words_of(name) in recused:
            raise Refused(f"{name} was recused and can neither move nor second.", field=field)


def _sat(seats, stand_ins: StandIns, recusals: Sequence[dict[str, str]], movers: Sequence[str]) -> set[int]:
    """Ids of the voting members, and of those of their alternates who surely sat: who moved or seconded, or
    whose member is named as recused. Of the others the minutes do not tell that they were there.
    """
    recused = {_words_of(str(each["name"])) for each in recusals}
    moved = {_words_of(name) for name in movers}
    return {seat.identity.user_id for seat in seats} | {
        user.pk
        for seat in seats
        for user in stand_ins.of_seat(seat.identity_id)
        if _words_of(str(user)) in moved or _words_of(str(seat.identity.user)) in recused
    }


def _check_ruled(step: ReviewStep, sat: set[int], recusals: Sequence[dict[str, str]]) -> None:
    """Refuse minutes in which somebody who ``sat`` and declared an interest is not named as recused, unless
    the chair ruled that they take part.
    """
    named = {_words_of(str(each["name"])) for each in recusals}
    for each in interests_of(step):
        if each.user_id not in sat or each.ruling == InterestRuling.TAKES_PART:
            continue
        if _words_of(str(each.user)) not in named:
            ruled = "was recused by the chair" if each.ruling else "declared an interest that is not ruled on"
            raise Refused(f"{each.user} {ruled}: name them among the recused.", field="recusals")


def _may_have_voted(users, practitioner, recusals: Sequence[dict[str, str]]) -> frozenset[int]:
    """Ids of those of the voting members in office, and their alternates, who are neither named as recused
    nor whom the file is about.
    """
    recused = {_words_of(str(each["name"])) for each in recusals}
    return frozenset(
        user.pk
        for user in users
        if _words_of(str(user)) not in recused and not is_own_file(user, practitioner)
    )


def _require_no_doubt(step: ReviewStep, rule: Bound) -> None:
    """Refuse (``Doubtful``) what the minutes leave open until somebody says that it is meant so: a vote on
    record that failed, and a rule about who was there of whom the minutes name only how many.
    """
    doubts = [vote_in_words(motion) for motion in failed_votes(step)]
    if doubts:
        raise Doubtful(
            f'{" ".join(doubts)} If these minutes are of another vote, tick "This is meant so".',
            field="sure",
        )
    if physicians_asked(rule.value):
        raise Doubtful(
            "Most of those present must have been physicians (MD or DO), and a tally does not tell. If the "
            'minutes say so, tick "This is meant so".',
            field="sure",
        )


def act_of_minutes(
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
    rationale: str = "",
    sure: bool = False,
) -> Act:
    """What a body did as its minutes tell it, checked and without its paper; writes nothing. Refused as
    :func:`record_decision_from_minutes` says; called in a transaction, for the file is locked.
    """
    step = lock_step(step)
    case = step.case
    if step.body in ALONE:
        raise Refused(
            f"The {step.get_body_display().lower()} {verb_of(step.body)} in person; there are no minutes to "
            "record it from."
        )
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
    if min(votes_for, votes_against, abstentions) < 0:
        raise Refused("Votes cannot be less than none.", field="votes_for")
    committee = committee_of(step.body, facility=case.facility)
    if committee is None:
        raise Refused(f"{case.facility} has no record of its {step.get_body_display()}; add it first.")
    seats = list(seated(committee, decided_on, voting=True))
    voting = [seat.identity.user_id for seat in seats]
    stand_ins = StandIns({committee.facility_id: decided_on})
    alternates = [user for seat in seats for user in stand_ins.of_seat(seat.identity_id)]
    who = [*(seat.identity.user for seat in seats), *alternates]
    in_office = {_words_of(str(user)): str(user) for user in who}
    mover = _member(in_office, mover, committee, decided_on, "mover")
    seconder = _member(in_office, seconder, committee, decided_on, "seconder")
    _check_recused(recusals, mover, seconder)
    _check_ruled(step, _sat(seats, stand_ins, recusals, (mover, seconder)), recusals)
    taking_part = votes_for + votes_against + abstentions
    away = len(recusals) + (case.practitioner.user_id in voting)
    if taking_part > len(voting):
        raise Refused(
            f"The tally counts {taking_part} votes, but {len(voting)} voting members of {committee.named} "
            f"were in office on {day_text(decided_on)}.",
            field="votes_for",
        )
    rule, threshold = quorum_rule(committee, decided_on), threshold_rule(committee, decided_on)
    there = taking_part + (len(recusals) if recused_count(rule.value) else 0)
    quorum = state_quorum(
        rule,
        base=len(voting),
        present=there,
        taking_part=taking_part,
        recused=away,
        physicians=there,
        vacant=counted_besides(rule, committee, decided_on, ()).vacant,
    )
    if not quorum.met:
        raise Refused(f"There was no quorum: {quorum.sentence}", field="votes_for")
    if not carries(
        threshold.value,
        votes_for=votes_for,
        votes_against=votes_against,
        abstentions=abstentions,
        present=taking_part,
        in_office=len(voting),
    ):
        raise Refused(
            f"This tally does not carry a motion ({threshold_in_words(threshold.value)}); only a motion that "
            "carried is a decision.",
            field="votes_for",
        )
    if not sure:
        _require_no_doubt(step, rule)
    subject = handler(case.subject_kind)
    subject.check_ready(case.subject_uid, decided_on)
    found = subject.lines(case.subject_uid, decided_on)
    require_sure(check_answers(found, lines, decided_on), sure)
    return Act(
        decided_on=decided_on,
        answers=lines,
        rationale=rationale,
        capacity=f"From the minutes of {committee.named}",
        mover=mover,
        seconder=seconder,
        votes_for=votes_for,
        votes_against=votes_against,
        abstentions=abstentions,
        voters=_may_have_voted(who, case.practitioner, recusals),
        recusals=[
            {"name": str(each["name"]).strip(), "reason": str(each.get("reason", "")).strip()}
            for each in recusals
        ],
        quorum=quorum.as_data(),
        parameters=[rule.as_data(), threshold.as_data()],
    )


@transaction.atomic
def record_decision_from_minutes(
    *, actor, step: ReviewStep, minutes: Document | MinutesPaper, **told: Any
) -> Decision:
    """What a committee decided on a day (the facility's date), with the tally and a scan of the minutes: a
    document of this practitioner's file, or the paper of a whole meeting. ``told`` is what
    :func:`act_of_minutes` takes.

    Refused: a date in the future or before the step before; a tally without quorum or without a majority;
    more votes than voting members in office; a mover or seconder who was not one of them, or was recused;
    both the same, or the person whose file it is. ``sure`` says that what contradicts itself, or a vote on
    record that failed, is meant so.
    """
    made = act_of_minutes(actor=actor, step=step, **told)
    if isinstance(minutes, MinutesPaper):
        body = committee_of(step.body, facility=step.case.facility)
        if body is None or minutes.meeting.committee_id != body.pk:
            raise Refused("These are the minutes of another body.", field="scan")
        made = replace(made, meeting=minutes.meeting, paper=minutes)
    elif minutes is None or minutes.practitioner_id != step.case.practitioner_id:
        raise Refused("Add the scan of the minutes to this practitioner's file.", field="scan")
    else:
        made = replace(made, minutes=minutes)
    return act(actor=actor, step=lock_step(step), act=made)
