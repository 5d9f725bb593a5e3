"""Queues this room adds to the Today page."""

from __future__ import annotations

from django.urls import reverse

from config.accounts.choices import DataClass, Role
from config.accounts.policies import may_see_class
from config.kernel import clock
from config.kernel.registries import Queue, WorkItem, queues
from privileging.choices import InvestigationAnswer
from privileging.selectors.departures import open_questions
from privileging.selectors.grants import open_fppe, unsatisfactory_fppe
from privileging.selectors.requests import drafts_without_privileges


def _fppe(user, facility, limit):
    today = clock.today(facility)
    plans = open_fppe(facility)
    return plans.count(), [
        WorkItem(
            title=f"{plan.grant.practitioner}: {plan.grant.privilege}",
            url=reverse("privileging:fppe_plan", args=[plan.uid]),
            detail=plan.get_status_display(),
            due=plan.due_on,
            since=plan.opened_on,
            colour="bad" if plan.due_on and plan.due_on < today else "neutral",
        )
        for plan in plans[:limit]
    ]


def _unsatisfactory(user, facility, limit):
    plans = unsatisfactory_fppe(user, facility)
    return plans.count(), [
        WorkItem(
            title=f"{plan.grant.practitioner}: {plan.grant.privilege}",
            url=reverse("privileging:fppe_plan", args=[plan.uid]),
            detail="Not satisfactory: say where it goes from here",
            since=plan.closed_on,
            colour="bad",
        )
        for plan in plans[:limit]
    ]


def _nothing_asked(user, facility, limit):
    found = drafts_without_privileges(facility)
    return found.count(), [
        WorkItem(
            title=str(application.practitioner),
            url=reverse("privileging:request", args=[application.uid]),
            detail=f"{application.get_kind_display()}: no privileges chosen yet",
            since=clock.date_at(application.opened_at, facility),
        )
        for application in found[:limit]
    ]


_QUESTIONS = {
    InvestigationAnswer.YES: "Left under investigation: say what the data bank is told",
    InvestigationAnswer.NOT_KNOWN: "Left: find out whether there was an investigation",
}


def _questions(user, facility, limit):
    if not may_see_class(user, DataClass.PEER_REVIEW, facility):
        return 0, []
    rows = open_questions(user, facility)
    return rows.count(), [
        WorkItem(
            title=str(row.practitioner),
            url=reverse("privileging:departure", args=[row.uid]),
            detail=_QUESTIONS[InvestigationAnswer(row.investigation)],
            since=clock.date_at(row.recorded_at, facility),
            colour="bad",
        )
        for row in rows[:limit]
    ]


queues.register(
    Queue(
        code="departure_questions",
        title="Departures: the data bank question",
        permission="bylaws.record_minutes",
        items=_questions,
        order=24,
        more_url="/departures/?state=question",
        empty="Every departure with an investigation has been looked into.",
        roles=(Role.MEDICAL_STAFF_COORDINATOR, Role.DIRECTOR),
    )
)
queues.register(
    Queue(
        code="fppe_unsatisfactory",
        title="Focused evaluations closed as not satisfactory",
        permission="bylaws.run_meeting",
        items=_unsatisfactory,
        order=25,
        more_url="/fppe/?state=closed_unsuccessful",
        empty="Every evaluation that was not satisfactory is taken up.",
        roles=(Role.MEDICAL_STAFF_COORDINATOR, Role.DIRECTOR),
    )
)
queues.register(
    Queue(
        code="fppe_open",
        title="Focused evaluations",
        permission="privileging.manage_fppe",
        items=_fppe,
        order=70,
        more_url="/fppe/",
        empty="No focused evaluation is open.",
        roles=(Role.QUALITY_COORDINATOR, Role.MEDICAL_STAFF_COORDINATOR, Role.DIRECTOR),
    )
)
queues.register(
    Queue(
        code="privileges_to_choose",
        title="Privileges to be requested",
        permission="credentialing.manage_application",
        items=_nothing_asked,
        order=35,
        empty="Every application says what it asks for.",
        roles=(Role.CREDENTIALING_COORDINATOR, Role.DIRECTOR),
    )
)
