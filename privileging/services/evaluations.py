"""Opening focused evaluations: with a new grant, after a long leave, for cause."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.choices import DataBankQuestionKind
from bylaws.models import DataBankQuestion
from bylaws.policies import require_not_own_file
from bylaws.services.data_bank import end_with
from bylaws.services.questions import raise_question
from config.accounts.choices import DataClass
from config.accounts.policies import require, require_class
from config.audit.services.events import Event, record_event, record_events
from config.kernel import clock
from config.kernel.dates import add_months, term_end_months
from config.kernel.errors import Refused
from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among
from practitioners.services.people import lock_record
from privileging.choices import FormLineKind, FPPEMethod, FPPEReason, FPPEStatus, GrantKind
from privileging.models import FPPEPlan, FPPEStep, Grant, GrantPeriod
from privileging.models.fppe import OPEN
from privileging.parameters import FPPE_AFTER_LEAVE, FPPE_MONTHS
from privileging.rules.fppe import looking_of
from privileging.selectors.imposed_proctoring import last_day_of_proctoring

MANAGE = "privileging.manage_fppe"
LONGEST_GROUNDS = 8000
#: How long a word of explanation in an evaluation may be, in characters.
LONGEST_REASON = 1000


@transaction.atomic
def begin_initial_fppe(
    *,
    actor,
    grants: Sequence[Grant],
    start: dt.date,
    proctored: Mapping[int, int] | None = None,
    renewed: Collection[int] = (),
) -> list[FPPEPlan]:
    """The focused evaluation of newly granted privileges; it begins the day the grants do (MS.08.01.01).

    There is one initial evaluation of a person, facility and privilege: where it runs already (a temporary
    grant began it), it goes on and nothing opens. Where it was satisfactory, nothing opens either, unless the
    privilege was not held for longer than after a leave (``privileging.fppe_after_leave_months``). Where it
    ended otherwise, being granted again opens another. ``proctored``: cases with a proctor the body
    asked for, by the id of the grant; they are the plan's cases instead of the form's, a plan that runs takes
    them on, and they open one whatever came before. ``renewed`` are ids of grants of what was held already.
    All grants are of one person at one facility; the caller is inside the transaction of the decision and
    records the event of the whole.
    """
    if not grants:
        return []
    practitioner, facility = grants[0].practitioner, grants[0].facility
    before: dict[int, list[FPPEPlan]] = {}
    for plan in FPPEPlan.objects.filter(
        practitioner__in=among([practitioner.pk]),
        facility=facility,
        privilege__in=[grant.privilege_id for grant in grants],
    ).exclude(reason=FPPEReason.FOR_CAUSE):
        before.setdefault(plan.privilege_id, []).append(plan)
    absent = _absent_too_long(practitioner, facility, before, start) if before else set()
    usual = usual_fppe_months(facility, start)
    asked = proctored or {}
    new = []
    for grant in grants:
        earlier = before.get(grant.privilege_id, [])
        if running := [plan for plan in earlier if plan.is_open]:
            if grant.pk in asked:
                _take_on(actor, running[-1], asked[grant.pk], start)
            continue
        last = max(earlier, key=lambda plan: (plan.closed_on, plan.pk), default=None)
        passed = last is not None and last.status == FPPEStatus.CLOSED_SUCCESS
        if passed and grant.privilege_id not in absent and grant.pk not in asked:
            continue
        again = grant.pk in renewed or any(plan.reason == FPPEReason.INITIAL for plan in earlier)
        reason = FPPEReason.AGAIN if again else FPPEReason.INITIAL
        new.append(planned(grant, reason, start, _spec_with(grant, asked), usual))
    return write_plans(actor=actor, plans=new)


def _take_on(actor, plan: FPPEPlan, cases: int, start: dt.date) -> None:
    """A plan that runs goes on with as many cases at the least, looked at by a proctor."""
    plan.cases_required = max(plan.cases_required or 0, cases)
    plan.looking = FPPEMethod.PROCTORED
    plan.save(update_fields=["cases_required", "looking"])
    step_of(actor, plan, max(start, plan.opened_on), clock.now()).save(force_insert=True)


def _absent_too_long(
    practitioner: Practitioner, facility: Facility, privilege_ids: Iterable[int], start: dt.date
) -> set[int]:
    """Ids of those of which no own grant held within the months after which a return is evaluated."""
    months = resolve(FPPE_AFTER_LEAVE.code, facility=facility, on=start)
    if not months.is_set:
        return set()
    since = add_months(start, -int(months.value))
    held = (
        GrantPeriod.objects.live()
        .filter(
            practitioner__in=among([practitioner.pk]),
            facility=facility,
            privilege__in=list(privilege_ids),
            valid__overlap=DateRange(since - dt.timedelta(days=1), start),
        )
        .exclude(kind=GrantKind.TELEMEDICINE)
    )
    return set(privilege_ids) - set(held.values_list("privilege_id", flat=True))


@transaction.atomic
def open_return_fppe(
    *, actor, practitioner: Practitioner, facility: Facility, left_on: dt.date, back_on: dt.date
) -> list[FPPEPlan]:
    """A focused evaluation of every privilege held, where the leave from ``left_on`` to ``back_on`` (the
    first day of work again) was longer than ``privileging.fppe_after_leave_months``; else none.

    A privilege whose evaluation is still open goes on with that one. The caller is inside the transaction of
    the decision, which decided the return.
    """
    months = resolve(FPPE_AFTER_LEAVE.code, facility=facility, on=back_on)
    if not months.is_set or not longer_than(left_on, back_on, int(months.value)):
        return []
    running = FPPEPlan.objects.filter(
        practitioner__in=among([practitioner.pk]), facility=facility, status__in=OPEN
    ).exclude(reason=FPPEReason.FOR_CAUSE)  # that one looks at something else
    held = (
        GrantPeriod.objects.in_force(back_on)
        .filter(practitioner__in=among([practitioner.pk]), facility=facility, kind=GrantKind.FULL)
        .exclude(privilege__in=running.values("privilege"))
        .select_related("identity__form_line__version")
        .order_by("identity_id")
    )
    usual = usual_fppe_months(facility, back_on)
    plans = [planned(row.identity, FPPEReason.RETURN, back_on, spec_of(row.identity), usual) for row in held]
    if plans:
        record_event(
            actor=actor,
            verb="fppe.opened_after_leave",
            subject=practitioner,
            practitioner=practitioner,
            facility=facility,
            data={"from": left_on.isoformat(), "back": back_on.isoformat(), "plans": len(plans)},
        )
    return write_plans(actor=actor, plans=plans)


def longer_than(left_on: dt.date, back_on: dt.date, months: int) -> bool:
    """Whether more than so many months lie between the first day of a leave and the day of the return:
    whoever is back on the same day of the month, months later, was away for exactly as long.
    """
    return back_on > add_months(left_on, months)


@transaction.atomic
def open_fppe(
    *,
    actor,
    practitioner: Practitioner,
    facility: Facility,
    privilege_ids: Sequence[int],
    reason: str,
    grounds: str = "",
    cases: int | None = None,
    months: int | None = None,
) -> list[FPPEPlan]:
    """Open a focused evaluation of privileges held today, for cause or for low volume.

    For cause takes ``grounds`` and the class peer review, and is a matter of peer review from then on: the
    audit event says that one opened, never why. ``cases`` and ``months`` replace what the forms say.
    Whether it is an investigation, and whether a proctor is imposed by it, whoever follows the data bank is
    asked; an evaluation for low volume is routine and neither.
    """
    require(actor, MANAGE, facility)
    require_class(actor, DataClass.PEER_REVIEW, facility)
    require_not_own_file(actor, practitioner, doing="open a focused evaluation in")
    lock_record(practitioner)
    if reason not in (FPPEReason.FOR_CAUSE, FPPEReason.LOW_VOLUME):
        raise Refused("Only for cause or for low volume is an evaluation opened by hand.", field="reason")
    grounds = grounds.strip() if reason == FPPEReason.FOR_CAUSE else ""
    if reason == FPPEReason.FOR_CAUSE and not grounds:
        raise Refused("Write what the evaluation is opened for.", field="grounds")
    if len(grounds) > LONGEST_GROUNDS:
        raise Refused(f"Say it in at most {LONGEST_GROUNDS} characters.", field="grounds")
    if not privilege_ids:
        raise Refused("Choose the privileges to be evaluated.", field="privileges")
    asked = {key: value for key, value in (("cases", cases), ("months", months)) if value}
    grants = _evaluated_here(practitioner, facility, privilege_ids)
    if set(privilege_ids) - {grant.privilege_id for grant in grants}:
        raise Refused("Choose among the privileges held today.", field="privileges")
    return _open(
        actor, [(grant, dict(spec_of(grant)) | asked) for grant in grants], reason, grounds, "privileges"
    )


#: Another evaluation is of the same kind as the one it follows; there is only one initial one.
_NEXT_REASON = {FPPEReason.INITIAL: FPPEReason.AGAIN}


@transaction.atomic
def open_next_fppe(
    *, actor, plans: Sequence[FPPEPlan], cases: int | None = None, months: int | None = None
) -> list[FPPEPlan]:
    """Another focused evaluation of the same privileges, after ones that were opened for the same reason and
    ended together without satisfaction; in the order of ``plans``.

    Each is planned as the one before was, unless ``cases`` and ``months`` say otherwise; what one for cause
    was opened for is what this one is opened for. Refused: a privilege not held today, and where such an
    evaluation is open.
    """
    first = plans[0]
    require(actor, MANAGE, first.facility)
    require_class(actor, DataClass.PEER_REVIEW, first.facility)
    require_not_own_file(actor, first.practitioner, doing="open a focused evaluation in")
    held = _evaluated_here(first.practitioner, first.facility, [plan.privilege_id for plan in plans])
    grants = {grant.privilege_id: grant for grant in held}
    if missing := [str(plan.privilege) for plan in plans if plan.privilege_id not in grants]:
        raise Refused(
            f"Not held here today: {', '.join(missing)}. What is not held is not evaluated.", field="way"
        )
    asked = []
    for plan in plans:
        grant = grants[plan.privilege_id]
        spec: dict[str, Any] = dict(spec_of(grant)) | {"method": plan.method, "looking": plan.looking}
        spec["cases"] = cases or plan.cases_required
        if months:
            spec["months"] = months
        asked.append((grant, spec))
    reason = _NEXT_REASON.get(FPPEReason(first.reason), FPPEReason(first.reason))
    return _open(actor, asked, reason, first.grounds, "way")


def _evaluated_here(
    practitioner: Practitioner, facility: Facility, privilege_ids: Sequence[int]
) -> list[Grant]:
    """The grants of these privileges in force today that are evaluated here, by the privilege's name; by
    proxy the distant site evaluates.
    """
    rows = (
        GrantPeriod.objects.in_force(clock.today(facility))
        .filter(
            practitioner__in=among([practitioner.pk]), facility=facility, privilege__in=list(privilege_ids)
        )
        .exclude(kind=GrantKind.TELEMEDICINE)
        .select_related("identity__form_line__version", "identity__privilege", "identity__practitioner")
        .order_by("privilege__name", "pk")
    )
    return list({row.privilege_id: row.identity for row in rows}.values())


def _open(
    actor, asked: Sequence[tuple[Grant, Mapping[str, Any]]], reason: str, grounds: str, field: str
) -> list[FPPEPlan]:
    """Open an evaluation of each grant as its spec plans it; refused where such a one is open."""
    first = asked[0][0]
    running = FPPEPlan.objects.filter(
        practitioner__in=among([first.practitioner_id]),
        facility=first.facility_id,
        privilege__in=[grant.privilege_id for grant, _ in asked],
        reason=reason,
        status__in=OPEN,
    ).select_related("privilege")
    if names := ", ".join(str(plan.privilege) for plan in running):
        raise Refused(f"Such an evaluation is open already: {names}.", field=field)
    today = clock.today(first.facility)
    usual = usual_fppe_months(first.facility, today)
    plans = [planned(grant, reason, today, spec, usual, grounds=grounds) for grant, spec in asked]
    written = write_plans(actor=actor, plans=plans, said=True)
    if reason == FPPEReason.FOR_CAUSE:
        _ask_data_bank(actor, first.practitioner, first.facility, today, grounds, written)
    return written


def _ask_data_bank(
    actor,
    practitioner: Practitioner,
    facility: Facility,
    day: dt.date,
    grounds: str,
    plans: Sequence[FPPEPlan],
) -> None:
    """One act, one question: the first of its plans stands for all of them."""
    proctored = [plan for plan in plans if plan.looking == FPPEMethod.PROCTORED]
    for kind, asked in (
        (DataBankQuestionKind.EVALUATION, plans),
        (DataBankQuestionKind.PROCTORED, proctored),
    ):
        if asked:
            names = ", ".join(str(plan.grant.privilege) for plan in asked)
            raise_question(
                actor=actor,
                practitioner=practitioner,
                facility=facility,
                kind=kind,
                subject_uid=asked[0].uid,
                day=day,
                about=f"Focused evaluation for cause of {names}. {grounds}",
            )


@transaction.atomic
def end_imposed_proctoring(*, actor, plans: Sequence[FPPEPlan]) -> None:
    """Proctoring that the data bank counts ends with the last of the evaluations it came with, opened for
    cause or with what a decision granted: its last day is the one on which that was closed. Called within the
    act that closed the plans, which are of one person at one facility.
    """
    if not any(plan.looking == FPPEMethod.PROCTORED for plan in plans):
        return
    questions = DataBankQuestion.objects.filter(
        kind=DataBankQuestionKind.PROCTORED,
        practitioner__in=among([plans[0].practitioner_id]),
        facility=plans[0].facility_id,
        action__periods__superseded_at=None,
        action__periods__valid__upper_inf=True,
    )
    for question in questions.select_related("action__practitioner", "action__facility"):
        last_day = last_day_of_proctoring(question.subject_uid, question.day)
        if question.action is not None and last_day is not None:
            end_with(
                actor=actor,
                action=question.action,
                day=last_day + dt.timedelta(days=1),
                reason="The evaluation that came with it is closed.",
            )


# --- shared ---------------------------------------------------------------------------------------------


def spec_of(grant: Grant) -> Mapping[str, Any]:
    """What the form under which it was granted says of the evaluation (cases, months, method)."""
    line = grant.form_line
    return line.fppe if line.kind == FormLineKind.SPECIAL else line.version.core_fppe


def _spec_with(grant: Grant, proctored: Mapping[int, int]) -> Mapping[str, Any]:
    """What the form says of the evaluation, with the proctored cases the body asked for in their place."""
    cases = proctored.get(grant.pk)
    if cases is None:
        return spec_of(grant)
    return {**spec_of(grant), "cases": cases, "looking": str(FPPEMethod.PROCTORED)}


def usual_fppe_months(facility: Facility, on: dt.date) -> int | None:
    """How long a focused evaluation runs where the form names no time."""
    return resolve(FPPE_MONTHS.code, facility=facility, on=on).value


def planned(
    grant: Grant,
    reason: str,
    start: dt.date,
    spec: Mapping[str, Any],
    months: int | None,
    *,
    grounds: str = "",
    due_on: dt.date | None = None,
) -> FPPEPlan:
    """A plan of the grant that is not yet written; ``months`` counts where ``spec`` names no time."""
    length = spec.get("months") or months
    return FPPEPlan(
        grant=grant,
        practitioner_id=grant.practitioner_id,
        facility_id=grant.facility_id,
        privilege_id=grant.privilege_id,
        reason=reason,
        grounds=grounds,
        opened_on=start,
        due_on=due_on or (term_end_months(start, length) if length else None),
        cases_required=spec.get("cases"),
        method=spec.get("method", ""),
        looking=looking_of(spec),
    )


@transaction.atomic
def write_plans(*, actor, plans: Sequence[FPPEPlan], said: bool = False) -> list[FPPEPlan]:
    """Write new plans and the first step of each; with ``said`` an audit event of each."""
    written = FPPEPlan.objects.bulk_create(plans)
    FPPEStep.objects.bulk_create(step_of(actor, plan, plan.opened_on, clock.now()) for plan in written)
    if said and written:
        record_events(
            actor=actor,
            events=[Event("fppe.opened", plan, plan.grant.practitioner) for plan in written],
            facility=written[0].grant.facility,
        )
    return written


def step_of(actor, plan: FPPEPlan, day: dt.date, moment: dt.datetime, note: str = "") -> FPPEStep:
    """What the plan is from ``day`` on, as its history keeps it; not yet written."""
    return FPPEStep(
        plan=plan,
        day=day,
        status=plan.status,
        due_on=plan.due_on,
        cases_required=plan.cases_required,
        looking=plan.looking,
        note=note,
        recorded_at=moment,
        recorded_by=actor,
    )
