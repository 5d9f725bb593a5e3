"""A reviewer declares a tie to whom a file is about; the chair of the body rules on it.

Source: domain.md 2.7 and 7.3 (BL-CTE-4): one's own file is barred; a partner, relative or competitor is
declared and ruled on by the chair.
"""

from __future__ import annotations

from django.db import transaction

from bylaws.choices import (
    ALONE,
    LIVE_STEPS,
    AgendaStatus,
    ConsentChoice,
    ConsentStatus,
    InterestKind,
    InterestRuling,
    MotionStatus,
    StepStatus,
)
from bylaws.models import (
    AgendaItem,
    ConsentAnswer,
    DeclaredInterest,
    InterestRuled,
    Meeting,
    Recusal,
    ReviewStep,
)
from bylaws.policies import require_not_own_file
from bylaws.selectors.committees import committee_of, may_sit
from bylaws.selectors.interests import interest_in, interests_of, rulers_of
from bylaws.selectors.reviews import reviewers_of
from bylaws.services.carried import carry_interests
from bylaws.services.decisions import lock_step
from bylaws.services.written_consents import set_aside
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused


@transaction.atomic
def declare_interest(*, actor, step: ReviewStep, kind: str, note: str = "") -> DeclaredInterest:
    """The reviewer says which tie they have. Who acts alone does not act from then on, and the next in line
    does; a member of a body neither moves nor votes, nor is counted as present, until the chair has ruled;
    where written consent is asked for, they take no part in it.
    The tie follows them to the later bodies of the file, whose chairs rule on it for themselves.
    """
    step = _locked(step)
    require_not_own_file(actor, step.case.practitioner, doing="review")
    _require_reviews(actor, step)
    if step.status not in (*LIVE_STEPS, StepStatus.WAITING):
        raise Refused(f'This step is "{StepStatus(step.status).label}": nothing is to be declared in it.')
    if kind not in InterestKind.values:
        raise Refused("Say which tie it is.", field="kind")
    note = note.strip()
    if kind == InterestKind.OTHER and not note:
        raise Refused("Say which interest it is.", field="note")
    if interest_in(step, actor) is not None:
        raise Refused("You have declared an interest in this file already.")
    _require_not_voted(step, actor)
    interest = DeclaredInterest.objects.create(
        step=step, user=actor, kind=kind, note=note[:300], recorded_at=clock.now(), recorded_by=actor
    )
    later = step.case.steps.filter(order__gt=step.order, status__in=(*LIVE_STEPS, StepStatus.WAITING))
    carry_interests(actor=actor, interests=[interest], steps=later.exclude(interests__user=actor))
    _record(actor, "interest.declared", step, data={"kind": str(kind)})
    set_aside(actor=actor, step=step)
    return interest


@transaction.atomic
def rule_on_interest(*, actor, interest: DeclaredInterest, ruling: str, reason: str) -> InterestRuled:
    """The chair of the body says whether the member is recused; the vice chair where it is the chair's own
    tie, or the chair cannot rule. Recused, the member stands in the count of the vote and in its record.
    """
    step = _locked(interest.step)
    rulers = rulers_of(step, clock.today(step.case.facility), of=interest.user)
    if actor.pk not in {each.pk for each in rulers}:
        who = (
            f"{rulers[0]} rules on it."
            if rulers
            else "Nobody who may rule on it is seated: seat a vice chair."
        )
        raise Forbidden(f"The chair of the body rules on a declared interest. {who}")
    if step.status not in (*LIVE_STEPS, StepStatus.WAITING):
        raise Refused("The body has acted; a ruling changes nothing any more.")
    if ruling not in InterestRuling.values:
        raise Refused("Say whether the member takes part.", field="ruling")
    if not reason.strip():
        raise Refused("Say why.", field="reason")
    if interests_of(step).get(pk=interest.pk).ruling is not None:
        raise Refused("It is ruled on already.")
    row = InterestRuled.objects.create(
        interest=interest,
        ruling=ruling,
        reason=reason.strip()[:300],
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    if ruling == InterestRuling.RECUSED:
        for item in AgendaItem.objects.filter(step=step, status=AgendaStatus.OPEN):
            recuse_declared(actor=actor, item=item)
    # Whose tie it is, and why, stands with the ruling; who reads the audit trail need not read peer review.
    _record(actor, "interest.ruled", step, data={"interest": str(interest.uid), "ruling": str(ruling)})
    return row


@transaction.atomic
def recuse_declared(*, actor, item: AgendaItem) -> None:
    """Recuse from the matter whoever was ruled to be, with the tie as the reason. Called within the act that
    ruled, or put the file on the agenda, which hold the lock on the meeting.
    """
    if item.step is None:
        return
    there = set(item.recusals.values_list("user_id", flat=True))
    made = Recusal.objects.bulk_create(
        Recusal(agenda_item=item, user=each.user, reason=each.in_words[:300], recorded_at=clock.now())
        for each in interests_of(item.step)
        if each.ruling == InterestRuling.RECUSED and each.user_id not in there
    )
    if made:
        _record(actor, "interest.recusals_carried", item.step, data={"members": len(made)})


def _locked(step: ReviewStep) -> ReviewStep:
    """The step as it is now, locked, and the meetings on whose agenda it stands: who votes there and who is
    barred come one after the other. Files before meetings, always.
    """
    step = lock_step(step)
    meetings = Meeting.objects.filter(agenda_items__step=step, agenda_items__status=AgendaStatus.OPEN)
    list(Meeting.objects.filter(pk__in=meetings.values("pk")).order_by("pk").select_for_update(of=("self",)))
    return step


def _require_reviews(actor, step: ReviewStep) -> None:
    """Refuse whoever has no part in the step: does not act alone on it, nor sits on the body."""
    if step.body in ALONE:
        if actor.pk not in {each.user.pk for each in reviewers_of(step)}:
            raise Forbidden("Only whoever acts on the file declares an interest in it.")
        return
    committee = committee_of(step.body, facility=step.case.facility)
    if committee is None or not may_sit(actor, committee, clock.today(step.case.facility)):
        raise Forbidden(f"You do not sit on the {step.get_body_display()} today.")


def _require_not_voted(step: ReviewStep, actor) -> None:
    for item in AgendaItem.objects.filter(step=step, status=AgendaStatus.OPEN):
        motion = item.motions.filter(status=MotionStatus.OPEN).first()
        if motion is None:
            continue
        if actor.pk in (motion.mover_id, motion.seconder_id) or motion.votes.filter(user=actor).exists():
            raise Refused("You take part in the open motion; it is withdrawn first.")
    consented = ConsentAnswer.objects.filter(
        asked__consent__step=step,
        asked__consent__status=ConsentStatus.OPEN,
        asked__user=actor,
        choice=ConsentChoice.CONSENTS,
    )
    if consented.exists():
        raise Refused("You have consented in writing to this file; the office withdraws that first.")


def _record(actor, verb: str, step: ReviewStep, *, data=None) -> None:
    record_event(
        actor=actor,
        verb=verb,
        subject=step,
        practitioner=step.case.practitioner,
        facility=step.case.facility,
        data=data,
    )
