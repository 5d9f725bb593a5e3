"""Granting privileges, and the focused evaluation that begins with each new one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.choices import ALONE, DecisionKind
from bylaws.models import Decision
from bylaws.policies import require_not_own_file
from bylaws.services.by_law import bar_by_law
from config.accounts.policies import permissions, require
from config.audit.models import AuditEvent
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.dates import term_end_months
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.kernel.periods import days, end_before, last_day, open_period
from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among
from practitioners.services.people import lock_practitioner, lock_record
from privileging.choices import FPPEReason, FPPEStatus, GrantKind
from privileging.models import FormLine, FPPEPlan, Grant, GrantPeriod, RequestLine
from privileging.parameters import FPPE_MONTHS
from privileging.selectors.grants import TAKEN_UP
from privileging.workflow import FPPE_PLAN

#: How long the word may be with which an evaluation is taken up, in characters.
LONGEST_REASON = 1000


@transaction.atomic
def open_grant(
    *,
    actor,
    practitioner: Practitioner,
    facility: Facility,
    form_line: FormLine,
    decision: Decision | None,
    decided_on: dt.date,
    authority: str,
    start: dt.date,
    end: dt.date,
    conditions: str = "",
    request_line: RequestLine | None = None,
    kind: str = GrantKind.FULL,
) -> Grant:
    """One privilege from ``start`` to before ``end``, by the decision (None: taken over from before).

    A grant never starts before its decision. The live grant of the same privilege that it replaces ends the
    day it starts (one for a time may have begun that day: then it never held); what was known of it stays
    answerable. A grant for a time (``kind``) replaces no full one.
    Somebody whom the law bars (an exclusion that was confirmed) is barred at once, whatever was granted.
    The caller is inside the transaction of the decision and records the audit event of the whole.
    """
    # An officer who grants alone does so by that office; everything else is recorded from a body's act.
    alone = decision is not None and decision.body in ALONE
    require(actor, "bylaws.recommend" if alone else "bylaws.record_minutes", facility)
    require_not_own_file(actor, practitioner, doing="grant privileges in")
    lock_practitioner(practitioner)
    valid = days(start, end)
    if start < decided_on:
        raise Refused(
            f"A privilege cannot start ({day_text(start)}) before it was decided ({day_text(decided_on)})."
        )
    if decision is not None and decision.kind != DecisionKind.DECISION:
        raise Refused("Only the board grants; this is a recommendation.")
    if decision is None and not authority.strip():
        raise Refused("A grant taken over from before says on whose authority it was given.")
    moment = clock.now()
    _end_replaced(actor, practitioner, facility, form_line, valid, moment, kind)
    grant = Grant.objects.create(
        practitioner=practitioner,
        facility=facility,
        privilege_id=form_line.privilege_id,
        form_line=form_line,
        request_line=request_line,
        decision=decision,
        decided_on=decided_on,
        kind=kind,
        authority=authority,
        created_at=moment,
        created_by=actor,
    )
    open_period(GrantPeriod, grant, valid=valid, actor=actor, at=moment, conditions=conditions.strip())
    bar_by_law(practitioner=practitioner, facility=facility)
    return grant


def _end_replaced(
    actor,
    practitioner: Practitioner,
    facility: Facility,
    form_line: FormLine,
    valid: DateRange,
    moment: dt.datetime,
    kind: str,
) -> None:
    rows = (
        GrantPeriod.objects.live()
        .filter(
            practitioner__in=among([practitioner.pk]),
            facility=facility,
            privilege_id=form_line.privilege_id,
            valid__overlap=valid,
        )
        .select_related("identity")
        .order_by("valid")
    )
    held: dict[int, GrantPeriod] = {}
    for row in rows:
        held.setdefault(row.identity_id, row)
    for row in held.values():
        if kind != GrantKind.FULL and row.kind == GrantKind.FULL:
            raise Refused(
                f"{form_line.privilege} is granted at {facility} already, through "
                f"{day_text(last_day(row.valid.upper))}; a grant for a time does not take its place."
            )
        # A full grant takes the place of one for a time, also of one that began the same day.
        takes_over = kind == GrantKind.FULL and row.kind != GrantKind.FULL
        if row.valid.lower >= valid.lower and not takes_over:
            raise Refused(
                f"{form_line.privilege} is already granted from {day_text(row.valid.lower)} at {facility}."
            )
        end_before(
            GrantPeriod,
            row.identity,
            day=valid.lower,
            actor=actor,
            reason="Replaced by a new grant",
            at=moment,
        )


@transaction.atomic
def end_grant(*, actor, grant: Grant, day: dt.date, reason: str) -> None:
    """The privilege no longer holds from ``day`` on (given up, ended by a decision)."""
    require(actor, "bylaws.record_minutes", grant.facility)
    require_not_own_file(actor, grant.practitioner, doing="end a privilege in")
    lock_record(grant.practitioner)
    if not reason.strip():
        raise Refused("Say why the privilege ends.", field="reason")
    if not grant.periods.live().filter(valid__overlap=DateRange(day, None)).exists():
        raise Refused(f"This privilege has already ended by {day_text(day)}.", field="day")
    end_before(GrantPeriod, grant, day=day, actor=actor, reason=reason)
    record_event(
        actor=actor,
        verb="grant.ended",
        subject=grant,
        reason=reason,
        practitioner=grant.practitioner,
        facility=grant.facility,
        data={"from": day.isoformat(), "privilege": grant.privilege.code},
    )


def held_before(practitioner: Practitioner, facility: Facility, on: dt.date) -> set[int]:
    """Ids of the privileges held at the facility on the day before ``on``, or granted for a time on that day:
    granting them again is not new.
    """
    return set(
        GrantPeriod.objects.live()
        .filter(
            practitioner__in=among([practitioner.pk]),
            facility=facility,
            valid__overlap=DateRange(on - dt.timedelta(days=1), on + dt.timedelta(days=1)),
        )
        .values_list("privilege_id", flat=True)
    )


# --- focused evaluation -----------------------------------------------------------------------------------


def open_initial_fppe(
    *, grant: Grant, spec: Mapping[str, Any], start: dt.date, months: int | None
) -> FPPEPlan:
    """The focused evaluation of a newly granted privilege; it begins the day the grant does (MS.08.01.01).

    ``spec`` is what the form says (cases, months, method); ``months`` counts where the form names none.
    """
    length = spec.get("months") or months
    return FPPEPlan.objects.create(
        grant=grant,
        reason=FPPEReason.INITIAL,
        opened_on=start,
        due_on=term_end_months(start, length) if length else None,
        cases_required=spec.get("cases"),
        method=spec.get("method", ""),
    )


def usual_fppe_months(facility: Facility, on: dt.date) -> int | None:
    """How long a focused evaluation runs where the form names no time."""
    return resolve(FPPE_MONTHS.code, facility=facility, on=on).value


@transaction.atomic
def start_fppe(*, actor, plan: FPPEPlan) -> FPPEPlan:
    """A proctor or reviewer is named and the evaluation is under way."""
    return _move_fppe(actor, plan, FPPEStatus.IN_PROGRESS, "")


@transaction.atomic
def close_fppe(*, actor, plan: FPPEPlan, satisfactory: bool, conclusion: str) -> FPPEPlan:
    """Close the evaluation with its conclusion in words. What follows from it, the bodies decide."""
    if not conclusion.strip():
        raise Refused("Write the conclusion.", field="conclusion")
    target = FPPEStatus.CLOSED_SUCCESS if satisfactory else FPPEStatus.CLOSED_UNSUCCESSFUL
    return _move_fppe(actor, plan, target, conclusion.strip())


def _move_fppe(actor, plan: FPPEPlan, target: str, conclusion: str) -> FPPEPlan:
    grant = plan.grant
    require_not_own_file(actor, grant.practitioner, doing="run a focused evaluation in")
    lock_record(grant.practitioner)
    plan = FPPEPlan.objects.select_for_update(of=("self",)).select_related("grant__facility").get(pk=plan.pk)
    move = FPPE_PLAN.check(plan, target, permissions(actor, grant.facility))
    plan.status = target
    if conclusion:
        plan.conclusion, plan.closed_on = conclusion, clock.today(plan.grant.facility)
    plan.save(update_fields=["status", "conclusion", "closed_on"])
    # The conclusion is peer review: the event says that it was written, not what.
    record_event(
        actor=actor,
        verb=move.event,
        subject=plan,
        practitioner=grant.practitioner,
        facility=grant.facility,
        data={"status": str(target), "concluded": bool(conclusion)},
    )
    return plan


@transaction.atomic
def take_up_fppe(*, actor, plan: FPPEPlan, reason: str) -> None:
    """Somebody of the medical staff office takes up what an evaluation found that was not satisfactory: it no
    longer waits on their Today page.

    ``reason`` says where it goes from here (the committee, the chair); it goes into the audit trail, so it
    says nothing of what was found. Refused: an evaluation that did not end so, and one taken up already.
    """
    grant = plan.grant
    require(actor, "bylaws.run_meeting", grant.facility)
    require_not_own_file(actor, grant.practitioner, doing="take up a focused evaluation in")
    lock_practitioner(grant.practitioner)
    plan = FPPEPlan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    if plan.status != FPPEStatus.CLOSED_UNSUCCESSFUL:
        raise Refused("Only an evaluation closed as not satisfactory is taken up.")
    if not reason.strip():
        raise Refused("Say where it goes from here.", field="reason")
    if len(reason.strip()) > LONGEST_REASON:
        raise Refused(f"Say it in at most {LONGEST_REASON} characters.", field="reason")
    if AuditEvent.objects.filter(subject_uid=plan.uid, verb=TAKEN_UP).exists():
        raise Refused("It was taken up already.")
    record_event(
        actor=actor,
        verb=TAKEN_UP,
        subject=plan,
        reason=reason.strip(),
        practitioner=grant.practitioner,
        facility=grant.facility,
        data={"privilege": grant.privilege.code},
    )
