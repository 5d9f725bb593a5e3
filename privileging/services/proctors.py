"""Who proctors, and the cases they report: by their link, or written down by the office from paper."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction

from config.accounts.policies import require
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Conflict, Refused
from config.kernel.links import digest_of
from config.kernel.texts import needed, within
from config.rulebook.selectors.parameters import resolve
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among, canonical_of
from practitioners.services.people import lock_record
from privileging.choices import CaseOutcome, FPPEMethod, FPPEStatus
from privileging.models import FPPEAssignedPlan, FPPEAssignment, FPPECase, FPPECaseOfPlan, FPPEPlan
from privileging.models.fppe import OPEN
from privileging.parameters import PROCTOR_LINK_DAYS
from privileging.rules.encounters import problem_of
from privileging.selectors.grants import usable_here
from privileging.selectors.proctors import CLOSED_LINK, conflict_between, token_of
from privileging.services.evaluations import LONGEST_REASON, MANAGE
from privileging.services.fppe import count_cases, locked_plans

LONGEST_COMMENT = 4000


@transaction.atomic
def name_proctor(
    *,
    actor,
    plans: Sequence[FPPEPlan],
    proctor: Practitioner | None,
    outside: str = "",
    no_conflict: bool,
) -> FPPEAssignment:
    """Name a proctor for evaluations of one person, and make the link by which the cases are reported.

    A proctor from here may do all of it themselves today (the lookup says so) and is not being evaluated in
    it. ``outside`` is one from elsewhere, where nobody here could. ``no_conflict``: whoever names them knows
    of no conflict of interest; the proctor declares it too before the first case. Two who had one are not
    brought together again.
    """
    found = locked_plans(actor, plans)
    first = found[0]
    person, facility = canonical_of(first.practitioner), first.facility
    require(actor, MANAGE, facility)
    outside = " ".join(outside.split())
    if closed := [plan for plan in found if plan.status not in OPEN]:
        raise Refused(f"{closed[0].privilege}: the evaluation is closed.")
    if (proctor is None) == (not outside):
        raise Refused("Name a proctor from here, or one from elsewhere.", field="proctor")
    if len(outside) > 200:
        raise Refused("Name and place fit in 200 characters.", field="outside")
    if proctor is not None:
        proctor = canonical_of(proctor)
        _require_able(proctor, found)
    if not no_conflict:
        raise Refused(
            "Ask them first: a partner, a relative or a competitor does not proctor.", field="no_conflict"
        )
    now, today = clock.now(), clock.today(facility)
    days = resolve(PROCTOR_LINK_DAYS.code, facility=facility, on=today)
    if not days.is_set:
        raise Refused("No time for the links of proctors is on record; load the parameters first.")
    assignment = FPPEAssignment(
        uid=uuid.uuid4(),
        practitioner=person,
        facility=facility,
        proctor=proctor,
        outside=outside,
        expires_at=now + dt.timedelta(days=int(days.value)),
        named_at=now,
        named_by=actor,
    )
    assignment.token_digest = digest_of(token_of(assignment))
    assignment.save(force_insert=True)
    FPPEAssignedPlan.objects.bulk_create(FPPEAssignedPlan(assignment=assignment, plan=plan) for plan in found)
    _record(actor, "fppe.proctor_named", assignment, {"plans": len(found)})
    return assignment


def _require_able(proctor: Practitioner, plans: Sequence[FPPEPlan]) -> None:
    person, facility = canonical_of(plans[0].practitioner), plans[0].facility
    if person.pk == proctor.pk:
        raise Refused("Nobody proctors themselves.", field="proctor")
    if conflict_between(person, proctor):
        raise Refused(f"A conflict of interest between {proctor} and {person} is on record.", field="proctor")
    own = (
        FPPEPlan.objects.filter(
            practitioner__in=among([proctor.pk]),
            facility=facility,
            privilege__in=[plan.privilege_id for plan in plans],
            status__in=OPEN,
        )
        .select_related("privilege")
        .first()
    )
    if own is not None:
        # Not why: it may be for cause.
        raise Refused(f"{proctor} cannot proctor {own.privilege} at present.", field="proctor")
    usable = usable_here(proctor, facility, clock.today(facility))
    if short := [plan for plan in plans if plan.privilege_id not in usable]:
        raise Refused(
            f"{proctor} may not do {short[0].privilege} at {facility} today, so cannot proctor it.",
            field="proctor",
        )


@transaction.atomic
def end_assignment(
    *, actor, assignment: FPPEAssignment, reason: str, conflict: bool = False
) -> FPPEAssignment:
    """The proctor no longer does it: from now on the link opens nothing. Cases reported stay."""
    require(actor, MANAGE, assignment.facility)
    locked_plans(actor, list(assignment.plans.select_related("practitioner", "facility")))
    return _end(actor, assignment, reason, conflict=conflict)


@transaction.atomic
def declare(*, token: str, no_conflict: bool, reason: str = "") -> FPPEAssignment:
    """The proctor says, by the link, whether they have a conflict of interest; with one it ends."""
    assignment = _by_link(token)
    if no_conflict:
        if assignment.declared_at is None:
            assignment.declared_at = clock.now()
            assignment.save(update_fields=["declared_at"])
            _record(system_user(), "fppe.no_conflict_declared", assignment, {})
        return assignment
    return _end(system_user(), assignment, reason, conflict=True)


@transaction.atomic
def report_by_link(
    *,
    token: str,
    plans: Sequence[FPPEPlan],
    day: dt.date,
    encounter: str,
    looking: str,
    outcome: str,
    comment: str = "",
) -> FPPECase:
    """One case, reported by the proctor through their link."""
    assignment = _by_link(token)
    if assignment.declared_at is None:
        raise Refused("Say first that you have no conflict of interest.")
    return _report(system_user(), assignment, plans, day, encounter, looking, outcome, comment, by_link=True)


@transaction.atomic
def report_case(
    *,
    actor,
    assignment: FPPEAssignment,
    plans: Sequence[FPPEPlan],
    day: dt.date,
    encounter: str,
    looking: str,
    outcome: str,
    comment: str = "",
) -> FPPECase:
    """One case that the proctor reported on paper, written down by the office."""
    require(actor, MANAGE, assignment.facility)
    locked_plans(actor, list(assignment.plans.select_related("practitioner", "facility")))
    assignment = FPPEAssignment.objects.select_for_update(of=("self",)).get(pk=assignment.pk)
    if assignment.conflict:
        raise Refused("The proctor has a conflict of interest: their cases do not count.")
    if assignment.ended_at is not None and day > clock.date_at(assignment.ended_at, assignment.facility):
        raise Refused("The proctor had ended before that day.", field="day")
    return _report(actor, assignment, plans, day, encounter, looking, outcome, comment, by_link=False)


@transaction.atomic
def take_back_case(*, actor, case: FPPECase, reason: str) -> FPPECase:
    """A case was reported by mistake: it no longer counts, and stays on record with the reason."""
    require(actor, MANAGE, case.facility)
    plans = locked_plans(actor, list(case.plans.select_related("practitioner", "facility")))
    case = FPPECase.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if case.taken_back_at is not None:
        raise Conflict("It was taken back already; reload the page.")
    if closed := [plan for plan in plans if plan.status not in OPEN]:
        raise Refused(f"{closed[0].privilege}: the evaluation is closed, and its cases stay.")
    case.taken_back_at, case.taken_back_by = clock.now(), actor
    case.taken_back_reason = needed(reason, LONGEST_REASON, field="reason", otherwise="Say why.")
    case.save(update_fields=["taken_back_at", "taken_back_by", "taken_back_reason"])
    count_cases(actor=actor, plans=plans)
    _record(actor, "fppe.case_taken_back", case.assignment, {"case": str(case.uid)})
    return case


# --- shared ---------------------------------------------------------------------------------------------


def _by_link(token: str) -> FPPEAssignment:
    """The assignment behind a link that is open, locked after its practitioner; refused where it ended
    meanwhile.
    """
    behind = FPPEAssignment.objects.filter(token_digest=digest_of(token))
    named = behind.select_related("practitioner").first()
    if named is not None:
        lock_record(named.practitioner)
    assignment = (
        behind.select_for_update(of=("self",)).select_related("practitioner", "facility", "proctor").first()
    )
    if assignment is None or assignment.ended_at is not None or assignment.expires_at <= clock.now():
        raise Conflict(CLOSED_LINK)
    return assignment


def _report(
    actor,
    assignment: FPPEAssignment,
    plans: Sequence[FPPEPlan],
    day: dt.date,
    encounter: str,
    looking: str,
    outcome: str,
    comment: str,
    *,
    by_link: bool,
) -> FPPECase:
    today = clock.today(assignment.facility)
    encounter, comment = encounter.strip(), within(comment, LONGEST_COMMENT, field="comment")
    assigned = set(assignment.assigned.values_list("plan_id", flat=True))
    if not plans or any(plan.pk not in assigned for plan in plans):
        raise Refused("Choose what the case showed, among what you proctor.", field="shown")
    found = locked_plans(actor, plans)
    if closed := [plan for plan in found if plan.status not in OPEN]:
        raise Refused(f"{closed[0].privilege}: the evaluation is closed.", field="shown")
    if waiting := [plan for plan in found if plan.status == FPPEStatus.PLANNED]:
        raise Refused(f"{waiting[0].privilege}: the evaluation has not been started yet.", field="shown")
    if day > today:
        raise Refused("The case lies ahead.", field="day")
    if begins := [plan for plan in found if day < plan.opened_on]:
        raise Refused(
            f"The evaluation began on {day_text(begins[0].opened_on)}; the case is older.", field="day"
        )
    if problem := problem_of(encounter):
        raise Refused(problem, field="encounter")
    if looking not in FPPEMethod.values:
        raise Refused("Say how you looked at the case.", field="looking")
    if outcome not in CaseOutcome.values:
        raise Refused("Say what you found.", field="outcome")
    if outcome != CaseOutcome.EXPECTED and not comment:
        raise Refused("Say in words what you found.", field="comment")
    if assignment.cases.filter(encounter=encounter, taken_back_at=None).exists():
        raise Refused("This encounter is reported already.", field="encounter")
    case = FPPECase.objects.create(
        practitioner=assignment.practitioner,
        facility=assignment.facility,
        assignment=assignment,
        day=day,
        encounter=encounter,
        looking=looking,
        outcome=outcome,
        comment=comment,
        reported_at=clock.now(),
        by_link=by_link,
    )
    FPPECaseOfPlan.objects.bulk_create(FPPECaseOfPlan(case=case, plan=plan) for plan in found)
    # What was found is peer review: the event says that a case was reported.
    _record(actor, "fppe.case_reported", assignment, {"case": str(case.uid), "by_link": by_link})
    count_cases(actor=actor, plans=found)
    return case


def _end(actor, assignment: FPPEAssignment, reason: str, *, conflict: bool) -> FPPEAssignment:
    assignment = FPPEAssignment.objects.select_for_update(of=("self",)).get(pk=assignment.pk)
    if assignment.ended_at is not None:
        raise Conflict("It was ended already; reload the page.")
    assignment.ended_reason = needed(reason, LONGEST_REASON, field="reason", otherwise="Say why.")
    assignment.ended_at, assignment.conflict = clock.now(), conflict
    assignment.save(update_fields=["ended_at", "ended_reason", "conflict"])
    _record(actor, "fppe.proctor_ended", assignment, {})
    return assignment


def _record(actor, verb: str, assignment: FPPEAssignment, data: dict) -> None:
    record_event(
        actor=actor,
        verb=verb,
        subject=assignment,
        practitioner=assignment.practitioner,
        facility=assignment.facility,
        data=data,
    )
