"""Until when proctoring lasted that focused evaluations for cause imposed."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db.models import Max, Q, QuerySet

from practitioners.selectors.canonical import among
from privileging.choices import FPPEMethod, FPPEReason
from privileging.models import FPPEPlan
from privileging.models.fppe import OPEN


def imposed_with(plans: list[FPPEPlan]) -> QuerySet[FPPEPlan]:
    """The evaluations for cause with a proctor that were opened by the same acts as these, which are of one
    person at one facility.
    """
    return FPPEPlan.objects.filter(
        practitioner__in=among([plan.practitioner_id for plan in plans]),
        facility=plans[0].facility_id,
        reason=FPPEReason.FOR_CAUSE,
        looking=FPPEMethod.PROCTORED,
        opened_on__in={plan.opened_on for plan in plans},
    )


def last_day_of_proctoring(plan_uid: uuid.UUID) -> dt.date | None:
    """The day on which the last of the evaluations opened with this one was closed; None while one of them is
    open, and where there is no such evaluation for cause. Two queries.
    """
    plan = FPPEPlan.objects.filter(uid=plan_uid, reason=FPPEReason.FOR_CAUSE).first()
    if plan is None:
        return None
    still = Max("pk", filter=Q(status__in=OPEN))
    found = imposed_with([plan]).aggregate(still=still, last=Max("closed_on"))
    return None if found["still"] is not None else found["last"]
