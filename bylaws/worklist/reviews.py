"""Files before the bodies."""

from __future__ import annotations

from django.urls import reverse, reverse_lazy

from bylaws.choices import (
    ALONE,
    AgendaStatus,
    StepStatus,
)
from bylaws.models import AgendaItem
from bylaws.selectors.committees import CHAIRED
from bylaws.selectors.meetings import COMING
from bylaws.selectors.reviews import LIVE, steps_for, visible_steps
from bylaws.selectors.ties import ties_to_rule_on
from bylaws.tables import asked_in
from config.kernel import clock
from config.kernel.registries import Waiting, WorkItem, queue

#: Bodies that act alone by an office of their own, not by the chair's seat of a committee.
_BY_OFFICE = [body for body in ALONE if body not in CHAIRED]


def _steps(steps, limit: int) -> Waiting:
    rows = list(steps[: limit + 1])
    total = len(rows) if len(rows) <= limit else steps.count()
    return total, [
        WorkItem(
            title=str(step.case.practitioner),
            url=reverse("bylaws:review", args=[step.uid]),
            detail=f"{asked_in(step)}, {step.case.department}",
            since=clock.date_at(step.opened_at, step.case.facility) if step.opened_at else None,
        )
        for step in rows[:limit]
    ]


@queue(
    code="bylaws.recommend",
    title="Files waiting for my recommendation or grant",
    permission="bylaws.recommend",
    order=10,
    more_url=reverse_lazy("bylaws:reviews"),
    empty="No file waits for your recommendation.",
)
def to_recommend(viewer, facility, limit: int) -> Waiting:
    """Files that wait for my word as a department's chair or an officer."""
    return _steps(steps_for(viewer).filter(body__in=_BY_OFFICE, case__facility=facility), limit)


@queue(
    code="bylaws.agenda",
    title="On the agenda of my committees",
    permission="bylaws.vote",
    order=20,
    more_url=reverse_lazy("bylaws:reviews"),
    empty="Nothing stands on a coming agenda of yours.",
)
def on_my_agenda(viewer, facility, limit: int) -> Waiting:
    """Files on a coming agenda of a committee I sit on, or waiting for my word as its chair."""
    return _steps(steps_for(viewer).filter(case__facility=facility).exclude(body__in=_BY_OFFICE), limit)


@queue(
    code="bylaws.ties",
    title="Declared interests to rule on",
    permission="bylaws.vote",
    slow=True,
    order=15,
    empty="No member waits for your ruling on a declared interest.",
)
def ties_to_rule(viewer, facility, limit: int) -> Waiting:
    """Ties of members to whom a file is about, on which I am to rule."""
    rows = ties_to_rule_on(viewer, facility)
    return len(rows), [
        WorkItem(
            title=str(each.step.case.practitioner),
            url=reverse("bylaws:interests", args=[each.step.uid]),
            detail=f"{each.user} declared an interest before the {each.step.get_body_display()}",
            since=clock.date_at(each.recorded_at, facility),
        )
        for each in rows[:limit]
    ]


@queue(
    code="bylaws.schedule",
    title="Files to put on an agenda",
    permission="bylaws.run_meeting",
    order=20,
    more_url=reverse_lazy("bylaws:reviews"),
    empty="Every file that waits for a committee is on an agenda.",
)
def to_schedule(viewer, facility, limit: int) -> Waiting:
    """Files whose body is a committee and that stand on no coming agenda; those held for a hearing have a
    queue of their own.
    """
    scheduled = AgendaItem.objects.filter(
        status=AgendaStatus.OPEN, meeting__status__in=COMING, step__isnull=False
    )
    steps = (
        visible_steps(viewer)
        .filter(case__facility=facility, status__in=LIVE)
        .exclude(body__in=ALONE)
        .exclude(status=StepStatus.HELD)
        .exclude(pk__in=scheduled.values("step_id"))
        .order_by("opened_at", "pk")
    )
    return _steps(steps, limit)
