"""Governing documents and their amendments."""

from __future__ import annotations

from django.urls import reverse, reverse_lazy

from bylaws.choices import AmendmentStatus
from bylaws.models import Amendment
from bylaws.selectors.acknowledgements import mine_to_acknowledge
from bylaws.selectors.amendments import before_members
from bylaws.selectors.policies import before_bodies
from bylaws.selectors.policies import to_review as documents_due
from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.registries import Waiting, WorkItem, queue


@queue(
    code="bylaws.acknowledge",
    title="Bylaws and policies to acknowledge",
    permission="bylaws.read_documents",
    order=60,
    more_url=reverse_lazy("bylaws:policies"),
    empty="You have acknowledged everything that is asked of you.",
)
def documents_to_acknowledge(viewer, facility, limit: int) -> Waiting:
    """Bylaws and policies the viewer, as a member, has not acknowledged."""
    rows = mine_to_acknowledge(viewer, facility)
    return len(rows), [
        WorkItem(
            title=version.policy.title,
            url=f"{reverse('bylaws:policy', args=[version.policy.uid])}?version={version.number}",
            detail="Read it and acknowledge it",
            since=version.in_force_from,
            due=version.acknowledge_until,
            colour="warn",
        )
        for version, _ in rows[:limit]
    ]


@queue(
    code="bylaws.ballots",
    title="Amendments before the members",
    permission="bylaws.read_documents",
    order=59,
    empty="No amendment is before the members.",
)
def ballots_waiting(viewer, facility, limit: int) -> Waiting:
    """Amendments under notice, and those on which the viewer, as a voting member, has not voted."""
    rows = before_members(viewer, facility)
    return len(rows), [_amendment(each) for each in rows[:limit]]


def _amendment(each: Amendment) -> WorkItem:
    if each.status == AmendmentStatus.BALLOT:
        return WorkItem(
            title=each.title,
            url=reverse("bylaws:amendment_vote", args=[each.uid]),
            detail="Amendment of the bylaws: your vote",
            due=each.ballot_until,
            colour="warn",
        )
    return WorkItem(
        title=each.title,
        url=reverse("bylaws:amendment_read", args=[each.uid]),
        detail="Amendment of the bylaws: notice is given, the ballot follows",
        colour="info",
    )


@queue(
    code="bylaws.documents_to_review",
    title="Bylaws and policies due for review",
    permission="bylaws.read_documents",
    slow=True,
    order=65,
    more_url=reverse_lazy("bylaws:policies"),
    empty="No document is due for review.",
    roles=(Role.CREDENTIALING_COORDINATOR, Role.MEDICAL_STAFF_COORDINATOR, Role.DIRECTOR),
)
def documents_to_review(viewer, facility, limit: int) -> Waiting:
    """Documents of one's own office whose review is due, the most urgent first."""
    rows = documents_due(viewer, facility, clock.today(facility))
    return len(rows), [
        WorkItem(
            title=str(row.policy),
            url=reverse("bylaws:policy", args=[row.policy.uid]),
            detail=f"Last approved or reviewed {day_text(row.due.last)}",
            due=row.due.on,
            colour=row.due.state.colour,
        )
        for row in rows[:limit]
        if row.due is not None
    ]


@queue(
    code="bylaws.documents_before_bodies",
    title="Bylaws and policies before the bodies",
    permission="bylaws.record_minutes",
    slow=True,
    order=62,
    more_url=reverse_lazy("bylaws:policies"),
    empty="No document waits for a body.",
)
def documents_before_bodies(viewer, facility, limit: int) -> Waiting:
    """Versions of documents that wait for the approval of a body, the oldest first."""
    rows = before_bodies(facility)
    return len(rows), [
        WorkItem(
            title=str(each.policy),
            url=f"{reverse('bylaws:policy', args=[each.policy.uid])}?version={each.number}",
            detail=f"Version {each.number} waits for the bodies",
            since=clock.date_at(each.made_at, facility),
            colour="info",
        )
        for each in rows[:limit]
    ]
