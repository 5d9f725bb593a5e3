"""The life of focused evaluations: started, put up for review, extended, closed, taken up.

Every act takes several plans of one person at one facility, because the core of a form begins with one plan
per privilege. It is done to all of them or to none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Count, Q

from bylaws.models import Meeting
from bylaws.policies import require_not_own_file
from bylaws.services.agendas import add_matter
from config.accounts.choices import DataClass
from config.accounts.policies import permissions, require, require_class
from config.accounts.services.users import system_user
from config.audit.services.events import Event, record_events
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.kernel.texts import needed, within
from config.rulebook.selectors.parameters import resolve
from practitioners.selectors.canonical import canonical_of, persons
from practitioners.services.people import lock_record
from privileging.choices import FPPEReason, FPPEStatus, FPPEWay
from privileging.models import FPPEFollowUp, FPPEPlan, FPPEStep
from privileging.parameters import FPPE_EXTENSIONS
from privileging.rules.fppe import data_complete
from privileging.selectors.fppe import MATTER, REVIEWING, TO_TAKE_UP, together
from privileging.selectors.proctors import units_of
from privileging.services.evaluations import LONGEST_REASON, end_imposed_proctoring, open_next_fppe, step_of
from privileging.workflow import FPPE_PLAN

LONGEST_CONCLUSION = 8000
MOST_CASES = 1000
TARGETS = (FPPEStatus.CLOSED_SUCCESS, FPPEStatus.CLOSED_UNSUCCESSFUL, FPPEStatus.CLOSED_INSUFFICIENT)


@transaction.atomic
def start_fppe(*, actor, plans: Sequence[FPPEPlan]) -> list[FPPEPlan]:
    """A proctor or reviewer is named and the evaluation is under way."""
    found = _begin(actor, plans)
    return _write(actor, [_move(actor, plan, FPPEStatus.IN_PROGRESS) for plan in found], "")


@transaction.atomic
def review_fppe(*, actor, plans: Sequence[FPPEPlan], fewer: str = "") -> list[FPPEPlan]:
    """The data is put up for review. ``fewer`` says why fewer cases than planned are enough."""
    found = _begin(actor, plans)
    fewer = within(fewer, LONGEST_REASON, field="fewer")
    _require_data(found, fewer)
    return _write(actor, [_move(actor, plan, FPPEStatus.REVIEW) for plan in found], fewer)


@transaction.atomic
def extend_fppe(
    *, actor, plans: Sequence[FPPEPlan], due_on: dt.date, why: str, more_cases: int = 0
) -> list[FPPEPlan]:
    """More time, and ``more_cases`` besides those planned; where no number is planned, besides those reported
    so far. Refused more often than ``privileging.fppe_extensions`` allows, and without a later due day.
    """
    why = needed(why, LONGEST_REASON, field="why", otherwise="Say why.")
    if more_cases < 0:
        raise Refused("Give a number of further cases from 0 on.", field="more_cases")
    found = _with_cases(_begin(actor, plans))
    moved = []
    facility = found[0].facility
    today = clock.today(facility)
    limit = resolve(FPPE_EXTENSIONS.code, facility=facility, on=today)
    if due_on <= today:
        raise Refused("The new due day lies ahead.", field="due_on")
    for plan in found:
        if limit.is_set and plan.extensions >= int(limit.value):
            raise Refused(
                f"{plan.privilege}: extended {plan.extensions} times already, and the policy allows "
                f"{limit.value}. Close it, for insufficient volume if too little was seen.",
                field="due_on",
            )
        if plan.due_on and due_on <= plan.due_on:
            raise Refused(
                f"{plan.privilege} is due on {day_text(plan.due_on)}: choose a later day.", field="due_on"
            )
        moved.append(_move(actor, plan, FPPEStatus.EXTENDED))
        plan.due_on, plan.extensions = due_on, plan.extensions + 1
        if more_cases:
            so_far = plan.cases_required or plan.done  # type: ignore[attr-defined]
            plan.cases_required = so_far + more_cases
            if plan.cases_required > MOST_CASES:
                raise Refused(
                    f"{plan.privilege}: at most {MOST_CASES:,} cases are planned.", field="more_cases"
                )
    return _write(actor, moved, why)


@transaction.atomic
def close_fppe(
    *, actor, plans: Sequence[FPPEPlan], outcome: str, conclusion: str, fewer: str = ""
) -> list[FPPEPlan]:
    """Close evaluations with their conclusion in words. What follows from it, a person decides.

    Those not yet under review pass through it in the same act. ``fewer`` says why fewer cases than planned
    are enough; insufficient volume needs no such reason.
    """
    if outcome not in TARGETS:
        raise Refused("Say what the evaluation found.", field="outcome")
    conclusion = needed(conclusion, LONGEST_CONCLUSION, field="conclusion", otherwise="Write the conclusion.")
    fewer = within(fewer, LONGEST_REASON, field="fewer")
    found = _begin(actor, plans)
    insufficient = outcome == FPPEStatus.CLOSED_INSUFFICIENT
    if not insufficient:
        # Why fewer are enough may have been said when it was put up for review.
        said = FPPEStep.objects.filter(plan__in=found, status=FPPEStatus.REVIEW).exclude(note="")
        told = set(said.values_list("plan_id", flat=True))
        _require_data([plan for plan in found if plan.pk not in told], fewer)
    passing = [
        plan
        for plan in found
        if plan.status == FPPEStatus.DATA_COMPLETE or (plan.status != FPPEStatus.REVIEW and not insufficient)
    ]
    _write(actor, [_move(actor, plan, FPPEStatus.REVIEW) for plan in passing], fewer)
    today = clock.today(found[0].facility)
    moved = [_move(actor, plan, outcome) for plan in found]
    for plan in found:
        plan.conclusion, plan.closed_on = conclusion, today
    closed = _write(actor, moved, fewer)
    end_imposed_proctoring(actor=actor, plans=closed)
    return closed


@transaction.atomic
def take_up_fppe(
    *,
    actor,
    plan: FPPEPlan,
    way: str,
    reason: str,
    beside: Sequence[FPPEPlan] = (),
    meeting: Meeting | None = None,
    cases: int | None = None,
    months: int | None = None,
) -> FPPEFollowUp:
    """Somebody of the medical staff office takes up what an evaluation found that was not satisfactory, or
    that too little could be seen: it no longer waits on their Today page. ``beside`` are others that were
    closed together with it, for which the same holds (:func:`privileging.selectors.fppe.closed_with`).

    What ``way`` needs is done in the same act: another evaluation opens (of ``cases`` and ``months``; None:
    as the one before), or they go on the agenda of ``meeting`` as one matter. That the privilege is given up
    is recorded apart (:func:`privileging.services.endings.relinquish`), once the practitioner does.
    ``reason`` says whom you told or why; it stays with the evaluation, and out of the audit trail.
    Refused: an evaluation that did not end so, and one taken up already.
    """
    require(actor, "bylaws.run_meeting", plan.facility)
    require_class(actor, DataClass.PEER_REVIEW, plan.facility)
    require_not_own_file(actor, plan.practitioner, doing="take up a focused evaluation in")
    lock_record(plan.practitioner)
    plans = list(
        FPPEPlan.objects.select_for_update(of=("self",))
        .filter(pk__in=[plan.pk, *(each.pk for each in beside)])
        .select_related("privilege", "practitioner", "facility", "grant__form_line__version__form")
        .order_by("pk")
    )
    plans.sort(key=lambda each: each.pk != plan.pk)  # the one it begins with stands first
    first = plans[0]
    if first.status not in TO_TAKE_UP:
        raise Refused(
            "Only an evaluation closed as not satisfactory, or for insufficient volume, is taken up."
        )
    _require_together(plans)
    if way not in FPPEWay.values:
        raise Refused("Choose where it goes from here.", field="way")
    reason = needed(reason, LONGEST_REASON, field="reason", otherwise="Say why, or whom you told.")
    if FPPEFollowUp.objects.filter(plan__in=plans).exists():
        raise Refused("It was taken up already.")
    following: list[FPPEPlan] = []
    if way == FPPEWay.AGAIN:
        following = open_next_fppe(actor=actor, plans=plans, cases=cases, months=months)
    elif way == FPPEWay.COMMITTEE:
        _put_before(actor, plans, meeting)
    moment = clock.now()
    made = FPPEFollowUp.objects.bulk_create(
        FPPEFollowUp(
            plan=each,
            way=way,
            reason=reason,
            next_plan=following[number] if following else None,
            matter=first.uid,
            recorded_at=moment,
            recorded_by=actor,
        )
        for number, each in enumerate(plans)
    )
    record_events(
        actor=actor,
        events=[
            Event(
                "fppe.taken_up", each, each.practitioner, {"privilege": each.privilege.code, "way": str(way)}
            )
            for each in plans
        ],
        facility=first.facility,
        at=moment,
    )
    return made[0]


def _require_together(plans: Sequence[FPPEPlan]) -> None:
    """Refuse evaluations that were not opened for the same and closed together, of one person."""
    people = set(persons({plan.practitioner_id for plan in plans}).values())
    if len(people) > 1 or len({together(plan) for plan in plans}) > 1:
        raise Refused(
            "Only evaluations that were closed together are taken up together: take this one up by itself.",
            field="beside",
        )


def _put_before(actor, plans: Sequence[FPPEPlan], meeting: Meeting | None) -> None:
    """They go on the agenda as one matter; it does not say why they were opened nor how they ended."""
    first = plans[0]
    if meeting is None:
        raise Refused("Choose the meeting before which it goes.", field="meeting")
    committee = meeting.committee
    if committee.facility_id != first.facility_id or committee.kind not in REVIEWING:
        raise Refused(f"{committee} does not review evaluations of {first.facility}.", field="meeting")
    add_matter(
        actor=actor,
        meeting=meeting,
        title=f"Focused evaluation of {'; '.join(unit.title for unit in units_of(plans))}",
        practitioner=canonical_of(first.practitioner),  # it may stand on a record that was merged since
        subject_kind=MATTER,
        subject_uid=first.uid,
    )


# --- shared ---------------------------------------------------------------------------------------------


def count_cases(*, actor, plans: Sequence[FPPEPlan]) -> None:
    """After cases were reported or taken back: what is complete says so, what no longer is goes on.

    The plans are locked by the caller; the system moves what becomes complete.
    """
    system = system_user()
    moved = []
    for plan in _with_cases(plans):
        complete = data_complete(plan.cases_required, plan.done)  # type: ignore[attr-defined]
        if complete and plan.status in (FPPEStatus.IN_PROGRESS, FPPEStatus.EXTENDED):
            moved.append(_move(system, plan, FPPEStatus.DATA_COMPLETE))
        elif not complete and plan.status == FPPEStatus.DATA_COMPLETE:
            moved.append(_move(actor, plan, FPPEStatus.IN_PROGRESS))
    _write(actor, moved, "")


def locked_plans(actor, plans: Sequence[FPPEPlan]) -> list[FPPEPlan]:
    """The plans of one person at one facility, under whichever of their records, and under the lock of the
    file; refused where they are of several people, on one's own file, or for cause without the class that
    opens it.
    """
    if not plans:
        raise Refused("Choose at least one evaluation.", field="selected")
    first = plans[0]
    people = set(persons({plan.practitioner_id for plan in plans}).values())
    if len(people) > 1 or any(plan.facility_id != first.facility_id for plan in plans):
        raise Refused("Choose evaluations of one person at one facility.", field="selected")
    require_not_own_file(actor, first.practitioner, doing="run a focused evaluation in")
    lock_record(first.practitioner)
    found = list(
        FPPEPlan.objects.select_for_update(of=("self",))
        .filter(pk__in=[plan.pk for plan in plans])
        .select_related("practitioner", "facility", "privilege", "grant__privilege", "grant__practitioner")
        .order_by("pk")
    )
    if any(plan.reason == FPPEReason.FOR_CAUSE for plan in found):
        require_class(actor, DataClass.PEER_REVIEW, first.facility)
    return found


def _begin(actor, plans: Sequence[FPPEPlan]) -> list[FPPEPlan]:
    found = locked_plans(actor, plans)
    for plan in found:
        if not plan.is_open:
            raise Refused(
                f'{plan.privilege} is "{plan.get_status_display()}": a closed evaluation is not opened again.'
            )
    return found


#: A plan that moved, and the event of its move.
Moved = tuple[FPPEPlan, str]


def _move(actor, plan: FPPEPlan, target: str) -> Moved:
    """Guard the move; :func:`_write` writes it with everything that came with it."""
    move = FPPE_PLAN.check(plan, target, permissions(actor, plan.facility))
    plan.status = target
    return plan, move.event


def _write(actor, moved: Sequence[Moved], note: str) -> list[FPPEPlan]:
    """Write what changed of the plans, a step of each, and the event of each move.

    Why is peer review: the events say what became of it, not why.
    """
    plans = [plan for plan, _ in moved]
    if not plans:
        return plans
    facility = plans[0].facility
    today, moment = clock.today(facility), clock.now()
    for plan in plans:
        plan.save(
            update_fields=["status", "due_on", "cases_required", "extensions", "conclusion", "closed_on"]
        )
    FPPEStep.objects.bulk_create(
        step_of(actor, plan, max(today, plan.opened_on), moment, note) for plan in plans
    )
    record_events(
        actor=actor,
        events=[Event(event, plan, plan.practitioner, {"status": str(plan.status)}) for plan, event in moved],
        facility=facility,
        at=moment,
    )
    return plans


def _with_cases(plans: Sequence[FPPEPlan]) -> list[FPPEPlan]:
    """The plans with ``done``, how many cases count for each; one query."""
    counts = dict(
        FPPEPlan.objects.filter(pk__in=[plan.pk for plan in plans])
        .annotate(done=Count("cases", filter=Q(cases__taken_back_at__isnull=True)))
        .values_list("pk", "done")
    )
    for plan in plans:
        plan.done = counts.get(plan.pk, 0)  # type: ignore[attr-defined]
    return list(plans)


def _require_data(plans: Sequence[FPPEPlan], fewer: str) -> None:
    if fewer:
        return
    for plan in _with_cases(plans):
        if plan.cases_required and plan.done < plan.cases_required:  # type: ignore[attr-defined]
            raise Refused(
                f"{plan.privilege}: {plan.done} of {plan.cases_required} cases are reported. Report the "  # type: ignore[attr-defined]
                "others, say why fewer are enough, extend it, or close it for insufficient volume.",
                field="fewer",
            )
