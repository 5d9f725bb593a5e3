"""Deciding without a meeting, by unanimous written consent, where the bylaws allow it.

Every voting member of the day it is asked answers once. What they all consent to is the body's act, recorded
as after a vote in a meeting; one objection, or an answer missing on the last day, ends it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction

from bylaws.announced import Waits, call_for
from bylaws.choices import (
    LIVE_STEPS,
    AgendaStatus,
    CommitteeKind,
    ConsentChoice,
    ConsentStatus,
    LineOutcome,
    WaitsFor,
)
from bylaws.models import (
    AgendaItem,
    Committee,
    ConsentAnswer,
    ConsentAsked,
    Decision,
    ReviewStep,
    WrittenConsent,
)
from bylaws.parameters import WRITTEN_CONSENT, bind
from bylaws.policies import require_not_own_file
from bylaws.rules.voting import members_needed
from bylaws.rules.written_consent import Answered, judge
from bylaws.selectors.committees import (
    Quorum,
    counted_besides,
    physician_ids,
    quorum_rule,
    seated,
    state_quorum,
    threshold_rule,
)
from bylaws.selectors.interests import who_declared
from bylaws.selectors.meetings import BODY_OF_KIND
from bylaws.selectors.written_consents import consent_rule
from bylaws.services.consent_endings import WAITS_NO_MORE, finish_consent, record_consent
from bylaws.services.decisions import (
    Act,
    InWriting,
    act,
    answers_of,
    check_answers,
    condition_kept,
    lock_step,
    reason_kept,
    require_turn,
    stated_kept,
)
from bylaws.subjects import LineAnswer, handler
from config.accounts.policies import require
from config.accounts.services.users import system_user
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Forbidden, Refused
from config.kernel.texts import needed, within
from config.organization.models import Facility
from config.rulebook.selectors.parameters import Bound

LONGEST_TITLE, LONGEST_TEXT, LONGEST_REASON, LONGEST_PLACE = 300, 5000, 300, 200
#: Why somebody is left out whom the system records.
NO_PART = "No part in this file"
#: How long members may be given to answer.
LONGEST = dt.timedelta(days=60)


@transaction.atomic
def ask_consent(
    *,
    actor,
    committee: Committee,
    until: dt.date,
    step: ReviewStep | None = None,
    title: str = "",
    text: str = "",
) -> WrittenConsent:
    """Put a file (to be recommended or granted as asked for), or another matter in words, to every voting
    member of the body in writing, through and including ``until``.

    Whoever the file is about, and whoever declared an interest in it that is not ruled on, takes no part from
    the beginning. Refused where the bylaws do not allow the body to decide so.
    """
    facility = committee.facility
    require(actor, "bylaws.run_meeting", facility)
    rule = consent_rule(committee)
    if not rule:
        raise Refused(f"The bylaws do not let {committee.named} decide by written consent.")
    today = clock.today(facility)
    if not today <= until <= today + LONGEST:
        raise Refused(
            f"The last day to answer is from today through {day_text(today + LONGEST)}.", field="until"
        )
    lines: list[dict[str, Any]] = []
    if step is not None:
        step = lock_step(step)
        lines = _lines(actor, committee, step, today)
        title, text = str(step.case), text.strip() or "As requested: every line of the file."
    title = needed(title, LONGEST_TITLE, field="title", otherwise="Say in a few words what it is about.")
    text = needed(text, LONGEST_TEXT, field="text", otherwise="Write what would be decided.")
    members = [seat.identity.user for seat in seated(committee, today, voting=True)]
    if not members:
        raise Refused(f"Nobody has a vote on {committee.named}.")
    made = WrittenConsent.objects.create(
        committee=committee,
        step=step,
        title=title,
        text=text,
        lines=lines,
        rule=rule,
        until=until,
        asked_at=clock.now(),
        asked_by=actor,
    )
    ConsentAsked.objects.bulk_create(ConsentAsked(consent=made, user=user) for user in members)
    record_consent(actor=actor, consent=made, verb="written_consent.asked", until=until.isoformat())
    made = _settle(actor, made)
    if made.status == ConsentStatus.OPEN:
        barred = _barred(step)
        told = [user for user in members if user.pk not in barred]
        call_for(actor, Waits(WaitsFor.CONSENT, made.uid, facility, told))
    return made


def _lines(actor, committee: Committee, step: ReviewStep, today: dt.date) -> list[dict[str, Any]]:
    """What consenting says of each line of the file, as a motion keeps it; refused where it is not ready."""
    if (
        step.body != BODY_OF_KIND.get(CommitteeKind(committee.kind))
        or step.case.facility_id != committee.facility_id
    ):
        raise Refused(f"This file does not wait for {committee.named}.", field="step")
    require_not_own_file(actor, step.case.practitioner, doing="ask for consent on")
    require_turn(step)
    if AgendaItem.objects.filter(step=step, status=AgendaStatus.OPEN).exists():
        raise Refused("This file stands on an agenda; take it off there first.", field="step")
    if WrittenConsent.objects.filter(step=step, status=ConsentStatus.OPEN).exists():
        raise Refused("Written consent on this file is asked for already.", field="step")
    subject = handler(step.case.subject_kind)
    subject.check_ready(step.case.subject_uid, today)
    read = subject.lines(step.case.subject_uid, today)
    pairs = check_answers(read, [LineAnswer(line.uid, LineOutcome.RECOMMEND) for line in read], today)
    return [
        {
            "line_uid": str(line.uid),
            "label": line.label,
            "outcome": str(answer.outcome),
            "conditions": condition_kept(answer),
            "stated": stated_kept(answer),
            "reason": reason_kept(line, answer),
        }
        for line, answer in pairs
    ]


def _barred(step: ReviewStep | None) -> set[int]:
    """Ids of those who take no part in the file as things stand; nobody where it is other business."""
    if step is None:
        return set()
    own = step.case.practitioner.user_id
    return who_declared([step]).get(step.pk, set()) | ({own} if own else set())


@transaction.atomic
def answer_consent(
    *, actor, consent: WrittenConsent, choice: str, user=None, reason: str = "", filed_at: str = ""
) -> WrittenConsent:
    """A member's answer, once: their own here, or on paper as the office received it (``user``), which is
    kept at ``filed_at``. The last consent that is missing decides; an objection ends it.
    """
    consent = _locked(consent)
    facility = consent.committee.facility
    user = actor if user is None else user
    if actor.pk == user.pk:
        require(actor, "bylaws.vote", facility)
    else:
        require(actor, "bylaws.run_meeting", facility)
    asked = consent.asked.filter(user=user).select_related("user").first()
    if asked is None:
        raise Forbidden(f"{user} is not among those whose consent is asked for.")
    if consent.step is not None:
        require_not_own_file(actor, consent.step.case.practitioner, doing="answer on")
    if consent.status != ConsentStatus.OPEN:
        raise Refused(f"This is over. {consent.outcome}")
    if clock.today(facility) > consent.until:
        raise Refused(f"Answers were taken through {day_text(consent.until)}.")
    if choice not in ConsentChoice.values:
        raise Refused("Consent, object, or say that you take no part.", field="choice")
    if hasattr(asked, "answer"):
        raise Refused(f"{user} has answered already; each member answers once.")
    if user.pk in _barred(consent.step):
        raise Refused(f"{user} takes no part in this file.")
    reason = within(reason, LONGEST_REASON, field="reason")
    if choice != ConsentChoice.CONSENTS and not reason:
        raise Refused("Say why.", field="reason")
    if actor.pk != user.pk:
        filed_at = needed(
            filed_at, LONGEST_PLACE, field="filed_at", otherwise="Say where the signed paper is kept."
        )
    elif filed_at:
        raise Refused("Your own answer is given here: there is no paper to be kept.", field="filed_at")
    ConsentAnswer.objects.create(
        asked=asked,
        choice=choice,
        reason=reason,
        filed_at=filed_at,
        answered_at=clock.now(),
        recorded_by=actor,
    )
    record_consent(actor=actor, consent=consent, verb="written_consent.answered", member=str(user))
    return _settle(actor, consent)


@transaction.atomic
def set_aside(*, actor, step: ReviewStep) -> None:
    """Somebody takes no part in the file any more: where they are asked for their consent and have not
    answered, they are left out, or that ends it, as the bylaws say. Called within the act of ``actor`` that
    says so, which holds the lock on the step.
    """
    for consent in WrittenConsent.objects.filter(step=step, status=ConsentStatus.OPEN):  # one at most
        _settle(actor, _locked(consent))


@transaction.atomic
def withdraw_consent(*, actor, consent: WrittenConsent, reason: str) -> WrittenConsent:
    """It is not asked for any more; what was answered stays."""
    consent = _locked(consent)
    reason = needed(reason, LONGEST_REASON, field="reason", otherwise="Say why.")
    return finish_consent(
        actor=actor,
        consent=consent,
        status=ConsentStatus.WITHDRAWN,
        outcome=f"Withdrawn: {reason}",
        allowed_by=actor,
    )


@transaction.atomic
def end_overdue(*, actor, facility: Facility) -> int:
    """End what has an answer missing and whose last day has passed; how many. Repeated, it ends nothing."""
    rows = WrittenConsent.objects.filter(
        committee__facility=facility, status=ConsentStatus.OPEN, until__lt=clock.today(facility)
    )
    # Files are locked in the order of their people, as wherever many are.
    in_order = rows.order_by("step__case__practitioner_id", "pk")
    return sum(_settle(actor, _locked(each)).status != ConsentStatus.OPEN for each in in_order)


def _settle(actor, consent: WrittenConsent) -> WrittenConsent:
    """Decide or end it where the answers say so, without whoever takes no part by now."""
    committee = consent.committee
    today = clock.today(committee.facility)
    barred = _barred(consent.step)
    _leave_out(consent, barred)
    answers = _answers(consent)
    rule = quorum_rule(committee, today)
    over = today > consent.until
    found = judge(consent.rule, answers, needed=members_needed(rule.value, len(answers)), over=over)
    if found.status == ConsentStatus.OPEN:
        return consent
    if found.status == ConsentStatus.CONSENTED:
        consenting = {pk for pk, choice in answers.items() if choice == ConsentChoice.CONSENTS}
        quorum = _quorum(committee, rule, answers, consenting, today)
        if consenting & barred:
            why = "A member who consented takes no part in this file: ask again."
        else:
            why = _why_not(consent, answers, quorum, today)
        if why:
            found = Answered(ConsentStatus.ENDED, why)
        elif consent.step is not None:
            try:
                with transaction.atomic():
                    consent.decision = _act_on(consent, consent.step, consenting, quorum, [rule], today)
            except Refused as refused:
                # Whoever answers last can do nothing about it: the answer stays, and it is asked again.
                why = f"{found.sentence[:-1]}, but it could not be recorded. {refused.sentence}"
                found = Answered(ConsentStatus.ENDED, why)
    return finish_consent(actor=actor, consent=consent, status=found.status, outcome=found.sentence)


def _leave_out(consent: WrittenConsent, barred: Collection[int]) -> None:
    """Of the barred who have not answered it is recorded that they take no part."""
    if not barred:
        return
    system, moment = system_user(), clock.now()
    ConsentAnswer.objects.bulk_create(
        ConsentAnswer(
            asked=each, choice=ConsentChoice.RECUSED, reason=NO_PART, answered_at=moment, recorded_by=system
        )
        for each in consent.asked.filter(user__in=barred, answer__isnull=True)
    )


def _why_not(consent: WrittenConsent, answers: Collection[int], quorum: Quorum, today: dt.date) -> str:
    """Why what everybody consented to is no act of the body after all; empty where it is."""
    now = {seat.identity.user_id for seat in seated(consent.committee, today, voting=True)}
    if now != set(answers):
        return "The body has other voting members than those who were asked: ask again."
    if not quorum.met:
        return f"There is no quorum: {quorum.sentence}"
    if consent.step is None:
        return ""
    if consent.step.status not in LIVE_STEPS:
        return WAITS_NO_MORE
    case = consent.step.case
    lines = handler(case.subject_kind).lines(case.subject_uid, today)
    if {str(line.uid) for line in lines} != {line["line_uid"] for line in consent.lines}:
        return "The lines of the file are others than those consented to: ask again."
    return ""


def _quorum(
    committee: Committee, bound: Bound, answers: Collection[int], consenting: set[int], today: dt.date
) -> Quorum:
    """The quorum of those who consented, as if they had met."""
    return state_quorum(
        bound,
        base=len(answers),
        present=len(consenting),
        taking_part=len(consenting),
        recused=len(answers) - len(consenting),
        physicians=len(physician_ids(consenting)),
        vacant=counted_besides(bound, committee, today, consenting).vacant,
    )


def _act_on(
    consent: WrittenConsent,
    step: ReviewStep,
    consenting: set[int],
    quorum: Quorum,
    rules: Sequence[Bound],
    today: dt.date,
) -> Decision:
    """The body's act on the file, as a carried motion's. It follows from the answers alone, so that it is the
    system's: members who only vote have no permission to record, and the last of them does no more than that.
    """
    committee, step = consent.committee, lock_step(step)
    aside = ConsentAnswer.objects.filter(asked__consent=consent, choice=ConsentChoice.RECUSED)
    allows = bind(WRITTEN_CONSENT.code, facility=committee.facility, on=today, subject=committee.kind)
    return act(
        actor=system_user(),
        step=step,
        act=Act(
            decided_on=today,
            answers=answers_of(consent),
            rationale=consent.text,
            capacity=f"By unanimous written consent of {committee}, without a meeting",
            votes_for=len(consenting),
            votes_against=0,
            abstentions=0,
            voters=frozenset(consenting),
            recusals=[
                {"name": str(each.asked.user), "reason": each.reason}
                for each in aside.select_related("asked__user")
            ],
            quorum=quorum.as_data(),
            parameters=[each.as_data() for each in (*rules, threshold_rule(committee, today), allows)],
            in_writing=InWriting(consent, _on_paper(consent)),
        ),
    )


def _on_paper(consent: WrittenConsent) -> list[dict[str, str]]:
    """Whose consent came on paper, and where that is kept."""
    papers = ConsentAnswer.objects.filter(asked__consent=consent, choice=ConsentChoice.CONSENTS)
    rows = papers.exclude(filed_at="").select_related("asked__user").order_by("answered_at", "pk")
    return [{"member": str(each.asked.user), "filed_at": each.filed_at} for each in rows]


def _answers(consent: WrittenConsent) -> dict[int, str | None]:
    asked = consent.asked.select_related("answer")
    return {each.user_id: str(each.answer.choice) if hasattr(each, "answer") else None for each in asked}


def _locked(consent: WrittenConsent) -> WrittenConsent:
    """The consent as it is now, its file locked first, always."""
    if consent.step_id is not None:
        lock_step(ReviewStep.objects.get(pk=consent.step_id), ending=True)
    return (
        WrittenConsent.objects.select_for_update(of=("self",))
        .select_related("committee__facility", "step__case__practitioner")
        .get(pk=consent.pk)
    )
