"""Requests to leaders, and the office's own tasks."""

from __future__ import annotations

from django.urls import reverse, reverse_lazy

from bylaws.models import LeaderRequest
from bylaws.selectors.requests import LEADERS, answerable, tasks_to_do, to_answer, waiting
from config.kernel.registries import Waiting, WorkItem, queue

#: What the office does about a leader who may not answer any more.
CANNOT = "Cannot be answered: withdraw it, or ask somebody else"


@queue(
    code="bylaws.requests_to_answer",
    title="Questions of the office",
    permission="bylaws.view_reviews",
    roles=LEADERS,
    slow=True,
    order=12,
    more_url=reverse_lazy("bylaws:own_requests"),
    empty="The office has asked you nothing.",
)
def requests_to_answer(viewer, facility, limit: int) -> Waiting:
    """What the viewer, as a leader, was asked by the office; what is protected by no more than its day."""
    rows = list(to_answer(viewer, facility))
    return len(rows), [
        WorkItem(
            title=str(each),
            url=reverse("bylaws:request", args=[each.uid]),
            detail=f"Asked by {each.asked_by}" + (", reminded" if each.reminded else ""),
            due=each.due,
            colour="bad" if each.reminded else "warn",
        )
        for each in sorted(rows, key=lambda one: (not one.reminded, one.due))[:limit]
    ]


@queue(
    code="bylaws.requests_waiting",
    title="Requests to leaders without an answer",
    permission="bylaws.ask_leaders",
    slow=True,
    order=58,
    more_url=reverse_lazy("bylaws:requests"),
    empty="No leader owes an answer.",
)
def requests_waiting(viewer, facility, limit: int) -> Waiting:
    """What the office asked of leaders and has no answer to, what is due first."""
    rows = list(waiting(viewer, facility))
    shown = [each.pk for each in rows[:limit]]
    can = set(answerable(LeaderRequest.objects.filter(pk__in=shown), facility).values_list("pk", flat=True))
    return len(rows), [
        WorkItem(
            title=str(each),
            url=reverse("bylaws:request", args=[each.uid]),
            detail="" if each.pk in can else CANNOT,
            due=each.due,
            waiting_for=str(each.asked_of),
            colour="warn",
        )
        for each in rows[:limit]
    ]


@queue(
    code="bylaws.tasks",
    title="My tasks of the office",
    permission="bylaws.office_tasks",
    slow=True,
    order=57,
    empty="No task of yours is open.",
)
def my_tasks(viewer, facility, limit: int) -> Waiting:
    """The viewer's tasks of the office, and those of people who work here no more."""
    rows = list(tasks_to_do(viewer, facility))
    return len(rows), [
        WorkItem(
            title=each.title,
            url=reverse("bylaws:task", args=[each.uid]),
            detail=each.about
            if each.owner_id == viewer.pk
            else f"{each.owner} works here no more: give it to somebody",
            due=each.due,
        )
        for each in rows[:limit]
    ]
