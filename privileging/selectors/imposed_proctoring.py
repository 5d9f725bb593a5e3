"""Until when proctoring lasted that focused evaluations for cause, or a decision, imposed."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db.models import Max, Q, QuerySet

from bylaws.choices import DataBankQuestionKind
from bylaws.models import DecisionLine
from practitioners.selectors.canonical import among
from privileging.choices import FPPEMethod, FPPEReason
from privileging.models import FPPEPlan, RequestLine
from privileging.models.fppe import OPEN
from privileging.rules.final_questions import final_questions


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


def last_day_of_proctoring(subject_uid: uuid.UUID, day: dt.date) -> dt.date | None:
    """The day on which the last of the evaluations was closed that a question for the data bank is about:
    those opened with the evaluation for cause it names, or those of what a decision granted from ``day`` on
    with a proctor. None while one of them is open, and where there is none. Four queries at most.
    """
    plan = FPPEPlan.objects.filter(uid=subject_uid, reason=FPPEReason.FOR_CAUSE).first()
    plans = imposed_with([plan]) if plan is not None else _of_decision(subject_uid, day)
    still = Max("pk", filter=Q(status__in=OPEN))
    found = plans.aggregate(still=still, last=Max("closed_on"))
    return None if found["still"] is not None else found["last"]


def _of_decision(decision_uid: uuid.UUID, day: dt.date) -> QuerySet[FPPEPlan]:
    """The evaluations with a proctor, open on the day, of what the decision granted with proctored cases."""
    said = final_questions(DecisionLine.objects.filter(decision__uid=decision_uid))
    asked = [line.line_uid for line in said.get(DataBankQuestionKind.PROCTORED, ())]
    lines = list(
        RequestLine.objects.filter(uid__in=asked).values_list(
            "request__application__practitioner",
            "request__application__facility",
            "form_line__privilege",
        )
    )
    if not lines:
        return FPPEPlan.objects.none()
    return FPPEPlan.objects.filter(
        Q(closed_on__isnull=True) | Q(closed_on__gte=day),
        practitioner__in=among({person for person, _, _ in lines}),
        facility=lines[0][1],
        privilege__in=[privilege for _, _, privilege in lines],
        looking=FPPEMethod.PROCTORED,
        opened_on__lte=day,
    ).exclude(reason=FPPEReason.FOR_CAUSE)
