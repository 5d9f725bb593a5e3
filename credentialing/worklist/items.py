"""Items of files: what to ask, to read, to chase, to waive."""

from __future__ import annotations

from django.db.models import Count
from django.urls import reverse

from config.kernel import clock
from config.kernel.pages import address
from config.kernel.registries import Waiting, WorkItem, queue
from credentialing import links, policies
from credentialing.choices import (
    EnquiryStatus,
    ItemStatus,
    PaperStatus,
)
from credentialing.models import Enquiry
from credentialing.models.enquiries import OUT
from credentialing.open_work_list import OVERLOOKED, overlooked_before, row_url, title
from credentialing.rules.open_work import WorkKind
from credentialing.selectors.enquiries import needing_a_person
from credentialing.selectors.intake import attach_filed
from credentialing.selectors.items import items_waiting
from credentialing.selectors.next_actor import moments_given_up
from credentialing.selectors.open_work import open_work
from credentialing.selectors.overdue import npdb_overdue
from credentialing.tables import filed_in_words
from credentialing.worklist.shared import (
    VERIFY,
    as_items,
    list_of,
)


def _items(user, facility, what: str):
    """Items of the facility's files that wait for ``what``; the list behind the queue shows the same."""
    return items_waiting(policies.visible_items(user).filter(application__facility=facility), what)


@queue(
    code="credentialing-review",
    title="Answers to review",
    permission=VERIFY,
    order=20,
    more_url=list_of("credentialing:items", waiting="review"),
    empty="Every answer is reviewed.",
)
def to_review(user, facility, limit: int) -> Waiting:
    """Answers that wait for a person's review, and discrepancies."""
    rows = (
        _items(user, facility, "review")
        .select_related("application__practitioner")
        .order_by("verified_on", "pk")
    )
    return as_items(
        rows,
        limit,
        lambda row: WorkItem(
            title=row.label,
            url=links.item(row),
            detail=str(row.application.practitioner),
            since=row.verified_on,
            colour=ItemStatus(row.status).colour,
        ),
    )


def _tries(number: int) -> str:
    return f"{number} attempt{'s' if number != 1 else ''}"


@queue(
    code="credentialing-chase",
    title="Sources to chase",
    permission=VERIFY,
    order=50,
    more_url=list_of("credentialing:items", waiting="chase"),
    empty="No source owes an answer.",
)
def to_chase(user, facility, limit: int) -> Waiting:
    """Sources that were asked and have not answered, the oldest first."""
    rows = (
        _items(user, facility, "chase")
        .select_related("application__practitioner")
        .annotate(tries=Count("attempts"))
        .order_by("requested_at", "pk")
    )
    return as_items(
        rows,
        limit,
        lambda row: WorkItem(
            title=row.label,
            url=links.item(row),
            detail=str(row.application.practitioner) + (f", {_tries(row.tries)}" if row.tries else ""),
            since=row.requested_at and clock.date_at(row.requested_at, facility),
            colour=ItemStatus(row.status).colour,
        ),
    )


@queue(
    code="credentialing-forms",
    title="Forms without an answer",
    permission=VERIFY,
    order=48,
    empty="No form came back, was declined or is late.",
)
def forms_stuck(user, facility, limit: int) -> Waiting:
    """Forms no reminder helps: came back, declined, or not answered in the time asked for."""
    today = clock.today(facility)
    visible = policies.visible_enquiries(user).filter(item__application__facility=facility)
    rows = needing_a_person(visible, today=today).order_by("due_on", "pk")
    return as_items(
        rows,
        limit,
        lambda row: WorkItem(
            title=row.item.label,
            url=links.item(row.item),
            detail=f"{row.item.application.practitioner}, {row.recipient_name}: {_stuck(row)}",
            due=row.due_on if row.status in OUT else None,
            since=clock.date_at(row.sent_at or row.created_at, facility),
            colour="bad" if row.status == EnquiryStatus.BOUNCED else "warn",
        ),
    )


def _stuck(row: Enquiry) -> str:
    if row.status not in OUT:
        return row.get_status_display().lower()
    return "the link has expired" if row.expires_at <= clock.now() else "not answered in time"


@queue(
    code="credentialing-waive",
    title="Could not be verified",
    permission="credentialing.waive",
    order=25,
    more_url=list_of("credentialing:items", waiting="unable"),
    empty="Nothing waits for a waiver.",
)
def to_waive(user, facility, limit: int) -> Waiting:
    """Could not be verified: the director waives in writing, or sends it back."""
    rows = (
        _items(user, facility, "unable")
        .select_related("application__practitioner")
        .order_by("requested_at", "pk")
    )
    total = rows.count()
    shown = list(rows[:limit]) if total else []
    since = moments_given_up(shown)
    return total, [
        WorkItem(
            title=row.label,
            url=links.item(row),
            detail=f"{row.application.practitioner}: {row.note}"[:200],
            since=clock.date_at(since[row.uid], facility) if row.uid in since else None,
            colour="warn",
        )
        for row in shown
    ]


@queue(
    code="credentialing-papers",
    title="Paper to file",
    permission=VERIFY,
    order=23,
    more_url="/incoming/",
    empty="All paper is filed.",
)
def papers_to_file(user, facility, limit: int) -> Waiting:
    """What arrived on paper and is not filed yet, the oldest first."""
    rows = (
        policies.visible_papers(user)
        .filter(facility=facility, status=PaperStatus.TO_FILE)
        .order_by("arrived_on", "pk")
    )
    total = rows.count()
    shown = list(rows[:limit]) if total else []
    attach_filed(shown)
    return total, [
        WorkItem(
            title=row.title,
            url=links.paper(row),
            detail=f"{row.get_channel_display()}, {filed_in_words(row)} filed",
            since=row.arrived_on,
            colour="warn",
        )
        for row in shown
    ]


@queue(
    code="credentialing-queries",
    title="Data bank queries overdue",
    permission="credentialing.log_npdb",
    order=65,
    empty="Everybody was queried within two years.",
    slow=True,
)
def queries_due(user, facility, limit: int) -> Waiting:
    """Members and applicants for reappointment whose last data bank query is too old (BL-NPDB-1)."""
    today = clock.today(facility)
    people = npdb_overdue(user, facility, on=today)
    return len(people), [
        WorkItem(
            title=str(person),
            url=f"{reverse('credentialing:npdb_add', args=[person.uid])}",
            detail=verdict.sentence,
            due=verdict.due,
            colour="bad",
        )
        for person, verdict in people[:limit]
    ]


@queue(
    code="credentialing-unasked",
    title="Not asked for in time",
    permission=VERIFY,
    order=49,
    more_url=lambda user, facility: address(reverse("credentialing:work"), kind=OVERLOOKED),
    empty="Everything planned has been asked for.",
    slow=True,
)
def not_asked_for(user, facility, limit: int) -> Waiting:
    """Items nobody has asked for in the time the office gives itself, the longest waiting first."""
    today = clock.today(facility)
    before = overlooked_before(facility, today)
    rows = open_work(user, facility, today=today, kind=WorkKind.UNASKED, before=before)
    total = rows.count()
    return total, [
        WorkItem(
            title=title(row),
            url=row_url(row),
            detail=row["person"],
            since=row["since"],
            due=row["since"] + (today - before),
            colour="warn",
        )
        for row in (rows.order_by("since", "id")[:limit] if total else ())
    ]
