"""A file enters the approval chain, comes back, or is withdrawn."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from bylaws.choices import LIVE_STEPS, Body, CaseStatus, StepStatus
from bylaws.models import ReviewCase, ReviewStep
from bylaws.parameters import APPROVAL_CHAIN, EXPEDITED, bind, chain_problem
from bylaws.policies import require_not_own_file
from bylaws.selectors.committees import committee_of
from bylaws.selectors.officers import OFFICES, officers_of
from bylaws.services.decisions import lock_step, take_off, take_up
from bylaws.services.expedited import check_committee, put_before_full_board
from bylaws.subjects import handler
from bylaws.workflow import REVIEW_CASE, REVIEW_STEP
from config.accounts.policies import permissions, require
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Conflict, Refused
from config.rulebook.selectors.parameters import Bound
from practitioners.services.people import lock_practitioner


@transaction.atomic
def open_case(
    *,
    actor,
    subject_kind: str,
    subject_uid: uuid.UUID,
    practitioner,
    facility,
    department,
    application_kind: str,
    title: str,
    final: Sequence[str] = (Body.BOARD,),
    expedited: bool = False,
) -> ReviewCase:
    """Send a file to the bodies the bylaws name for this kind of application, in their order.

    Refused when the file is not ready today, when the chain does not end with one of ``final`` (the board,
    which alone grants; for privileges for a time also the chief executive officer), or when a body of the
    chain is not on record at the facility. ``expedited``: by the chain of clean files, which ends with a
    committee of the board; refused when the file is not clean, or the committee has too few voting members.
    """
    require(actor, "credentialing.manage_application", facility)
    lock_practitioner(practitioner)
    require_not_own_file(actor, practitioner, doing="send to review")
    if ReviewCase.objects.filter(subject_uid=subject_uid, status=CaseStatus.OPEN).exists():
        raise Conflict("This file is already with the reviewing bodies.")
    today = clock.today(facility)
    asked = EXPEDITED if expedited else application_kind
    chain = bind(APPROVAL_CHAIN.code, facility=facility, on=today, subject=asked)
    if expedited:
        _check_expedited(chain, subject_kind, subject_uid, facility, today, final)
    elif problem := chain_problem(chain.value, final):
        raise Refused(f"The approval chain of {facility} cannot be used: {problem}.")
    for body in chain.value:
        if body in OFFICES:
            if not officers_of(Body(body), facility, today):
                raise Refused(
                    f"Nobody holds the office of {Body(body).label.lower()} at {facility} today; "
                    "an administrator gives the role."
                )
        elif committee_of(body, facility=facility, department=department) is None:
            name = f"a chair of {department}" if body == Body.DEPARTMENT_CHAIR else Body(body).label
            raise Refused(f"{facility} has no record of {name}; add it under Committees first.")
    handler(subject_kind).check_ready(subject_uid, today)
    moment = clock.now()
    case = ReviewCase.objects.create(
        subject_kind=subject_kind,
        subject_uid=subject_uid,
        practitioner=practitioner,
        facility=facility,
        department=department,
        title=title,
        expedited=expedited,
        opened_at=moment,
    )
    for order, body in enumerate(chain.value, start=1):
        first = order == 1
        ReviewStep.objects.create(
            case=case,
            order=order,
            body=body,
            status=StepStatus.OPEN if first else StepStatus.WAITING,
            opened_at=moment if first else None,
        )
    record_event(
        actor=actor,
        verb="review_case.opened",
        subject=case,
        practitioner=practitioner,
        facility=facility,
        data={
            "expedited": expedited,
            "chain": list(chain.value),
            "chain_source": chain.source,
            "citation": chain.citation,
        },
    )
    return case


@dataclass(frozen=True)
class ExpeditedWay:
    """The bodies of a facility's expedited way, in order, and why a file cannot go it (empty: it can)."""

    bodies: tuple[str, ...]
    why_not: str


def expedited_way(
    *, subject_kind: str, subject_uid: uuid.UUID, facility, final: Sequence[str] = (Body.BOARD,)
) -> ExpeditedWay:
    """What would happen to the file the expedited way today; changes nothing."""
    today = clock.today(facility)
    chain = bind(APPROVAL_CHAIN.code, facility=facility, on=today, subject=EXPEDITED)
    bodies = tuple(chain.value) if chain.is_set and chain.subject == EXPEDITED else ()
    try:
        _check_expedited(chain, subject_kind, subject_uid, facility, today, final)
    except Refused as refused:
        return ExpeditedWay(bodies, refused.sentence)
    return ExpeditedWay(bodies, "")


def _check_expedited(
    chain: Bound, subject_kind: str, subject_uid: uuid.UUID, facility, today: dt.date, final: Sequence[str]
) -> None:
    """Refuse the expedited way where the bylaws name none, the file is not clean, or it is no matter for the
    board at all.
    """
    if Body.BOARD not in final:
        raise Refused("What is asked for is granted for a time; the expedited way is the board's.")
    if chain.subject != EXPEDITED or not chain.is_set:
        raise Refused(f"The bylaws of {facility} name no expedited way; send the file the whole way.")
    problem = chain_problem(chain.value, (Body.BOARD_COMMITTEE,))
    if not problem and Body.MEC not in chain.value:
        problem = "the Medical Executive Committee does not recommend in it"
    if problem:
        raise Refused(f"The expedited way of {facility} cannot be used: {problem}.")
    if why := handler(subject_kind).why_not_expedited(subject_uid, today):
        raise Refused(f"This file goes the whole way. {why}")
    check_committee(facility, today)


@transaction.atomic
def send_to_full_board(*, actor, step: ReviewStep, reason: str) -> ReviewStep:
    """The full board decides what its committee would have: the file is not clean any more, or the committee
    will not grant. Answers the board's step.
    """
    step = lock_step(step)
    require(actor, "bylaws.run_meeting", step.case.facility)
    require_not_own_file(actor, step.case.practitioner, doing="send to another body")
    if step.body != Body.BOARD_COMMITTEE or step.status not in (*LIVE_STEPS, StepStatus.WAITING):
        raise Refused("Nothing of this file waits for a committee of the board.")
    if not reason.strip():
        raise Refused("Say why.", field="reason")
    take_off(actor=actor, step=step)
    return put_before_full_board(actor=actor, step=step, reason=reason.strip())


@transaction.atomic
def return_case(*, actor, case: ReviewCase, reason: str) -> ReviewCase:
    """Give the file back to verification: open steps are cancelled, what was recommended stays on record."""
    return _close(actor, case, CaseStatus.RETURNED, reason)


@transaction.atomic
def withdraw_case(*, actor, case: ReviewCase, reason: str) -> ReviewCase:
    """The application was withdrawn while it was under review."""
    return _close(actor, case, CaseStatus.WITHDRAWN, reason)


@transaction.atomic
def close_rest(*, actor, subject_uid: uuid.UUID, reason: str) -> ReviewCase | None:
    """What the bodies had left of a file they decided was withdrawn: the step is done, and the case closes as
    decided. Refused while a vote on it is open. It follows from another act, which asked who may and locked
    the practitioner; None where no case is open.
    """
    case = (
        ReviewCase.objects.select_for_update(of=("self",))
        .select_related("practitioner", "facility")
        .filter(subject_uid=subject_uid, status=CaseStatus.OPEN)
        .first()
    )
    if case is None:
        return None
    system = system_user()
    may = permissions(system, case.facility)
    for step in case.steps.filter(status__in=LIVE_STEPS).select_for_update(of=("self",)):
        take_off(actor=actor, step=step)
        if step.status != StepStatus.OPEN:
            take_up(actor=system, step=step)
        REVIEW_STEP.check(step, StepStatus.ACTED, may)
        step.status = StepStatus.ACTED
        step.save(update_fields=["status"])
    move = REVIEW_CASE.check(case, CaseStatus.DECIDED, may)
    case.status, case.closed_at = CaseStatus.DECIDED, clock.now()
    case.save(update_fields=["status", "closed_at"])
    record_event(
        actor=actor,
        verb=move.event,
        subject=case,
        reason=reason,
        practitioner=case.practitioner,
        facility=case.facility,
    )
    return case


def _close(actor, case: ReviewCase, target: str, reason: str) -> ReviewCase:
    if not reason.strip():
        raise Refused("Say why.", field="reason")
    lock_practitioner(case.practitioner)
    case = (
        ReviewCase.objects.select_for_update(of=("self",))
        .select_related("practitioner", "facility")
        .get(pk=case.pk)
    )
    held = permissions(actor, case.facility)
    move = REVIEW_CASE.check(case, target, held)
    for step in case.steps.exclude(status__in=[StepStatus.ACTED, StepStatus.CANCELLED]).select_for_update():
        take_off(actor=actor, step=step)
        REVIEW_STEP.check(step, StepStatus.CANCELLED, held)
        step.status = StepStatus.CANCELLED
        step.save(update_fields=["status"])
    case.status, case.closed_at = target, clock.now()
    case.save(update_fields=["status", "closed_at"])
    handler(case.subject_kind).on_given_back(case.subject_uid, actor)
    record_event(
        actor=actor,
        verb=move.event,
        subject=case,
        reason=reason,
        practitioner=case.practitioner,
        facility=case.facility,
    )
    return case
