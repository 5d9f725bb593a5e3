"""Focused evaluations that open for another reason than a new grant."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from config.audit.services.events import record_event
from config.kernel.dates import add_months, term_end_months
from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among
from privileging.choices import FormLineKind, FPPEReason, GrantKind
from privileging.models import FPPEPlan, GrantPeriod
from privileging.parameters import FPPE_AFTER_LEAVE
from privileging.selectors.grants import OPEN_FPPE
from privileging.services.grants import usual_fppe_months


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
    held = (
        GrantPeriod.objects.in_force(back_on)
        .filter(practitioner__in=among([practitioner.pk]), facility=facility, kind=GrantKind.FULL)
        .exclude(identity__fppe_plans__status__in=OPEN_FPPE)
        .select_related("identity__form_line__version")
        .order_by("identity_id")
    )
    usual = usual_fppe_months(facility, back_on)
    plans = []
    for row in held:
        line = row.identity.form_line
        spec = line.fppe if line.kind == FormLineKind.SPECIAL else line.version.core_fppe
        length = spec.get("months") or usual
        plans.append(
            FPPEPlan(
                grant=row.identity,
                reason=FPPEReason.RETURN,
                opened_on=back_on,
                due_on=term_end_months(back_on, length) if length else None,
                cases_required=spec.get("cases"),
                method=spec.get("method", ""),
            )
        )
    if plans:
        record_event(
            actor=actor,
            verb="fppe.opened_after_leave",
            subject=practitioner,
            practitioner=practitioner,
            facility=facility,
            data={"from": left_on.isoformat(), "back": back_on.isoformat(), "plans": len(plans)},
        )
    return FPPEPlan.objects.bulk_create(plans)


def longer_than(left_on: dt.date, back_on: dt.date, months: int) -> bool:
    """Whether more than so many months lie between the first day of a leave and the day of the return:
    whoever is back on the same day of the month, months later, was away for exactly as long.
    """
    return back_on > add_months(left_on, months)
