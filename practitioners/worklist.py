"""Queues of the Today page that this room fills."""

from __future__ import annotations

from typing import Any

from django.urls import reverse, reverse_lazy
from django.utils.text import Truncator, format_lazy

from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.registries import Waiting, WorkItem, queue
from practitioners import links
from practitioners.models import Practitioner
from practitioners.selectors import contact_log, provenance
from practitioners.selectors.registry import deactivations


@queue(
    code="practitioners.without_birth_date",
    title="Records without a birth date",
    permission="practitioners.edit",
    order=900,
    more_url=format_lazy("{}?missing=birth_date", reverse_lazy("practitioners:list")),
    empty="Every record has one, so screening can tell namesakes apart.",
    roles=(Role.CREDENTIALING_COORDINATOR,),
)
def without_birth_date(user: Any, facility: Any, limit: int) -> Waiting:
    """People whose record has no birth date, the oldest record first."""
    rows = (
        Practitioner.objects.filter(birth_date__isnull=True).exclude(user=user).order_by("created_at", "pk")
    )
    total = rows.count()
    return total, [
        WorkItem(
            title=row.display_name,
            url=links.practitioner(row),
            detail=row.get_provider_type_display(),
            since=clock.date_at(row.created_at, facility),
        )
        for row in (rows[:limit] if total else ())
    ]


@queue(
    code="practitioners.deactivated_numbers",
    title="NPIs the registry has deactivated",
    permission="practitioners.edit",
    order=85,
    empty="The registry holds every NPI on file as active, as far as it was asked.",
    roles=(Role.CREDENTIALING_COORDINATOR,),
)
def deactivated_numbers(user: Any, facility: Any, limit: int) -> Waiting:
    """People whose NPI the registry has deactivated, the longest deactivated first."""
    rows = deactivations().exclude(practitioner__user=user).order_by("effective_on", "pk")
    total = rows.count()
    return total, [
        WorkItem(
            title=row.practitioner.display_name,
            url=links.practitioner(row.practitioner),
            detail=f"NPI {row.npi} is deactivated"
            + (f"; {row.replaced_by} took its place" if row.replaced_by else ""),
            since=row.effective_on,
            colour="bad",
        )
        for row in (rows.select_related("practitioner")[:limit] if total else ())
    ]


@queue(
    code="practitioners.follow_ups",
    title="Follow-ups",
    permission=contact_log.LOG,
    order=35,
    more_url=format_lazy("{}?whose=mine", reverse_lazy("practitioners:follow_ups")),
    empty="You have nobody to call back.",
)
def follow_ups(user: Any, facility: Any, limit: int) -> Waiting:
    """What this person said they would come back to, the first due first."""
    rows = contact_log.follow_ups(user, facility).filter(follow_up_for=user)
    total = rows.count()
    return total, [
        WorkItem(
            title=row.practitioner.display_name,
            url=links.contact_log(row.practitioner),
            detail=Truncator(row.said).chars(100),
            due=row.follow_up_on,
            since=clock.date_at(row.recorded_at, facility),
        )
        for row in (rows[:limit] if total else ())
    ]


@queue(
    code="practitioners.conflicts",
    title="Conflicting statements",
    permission="practitioners.edit",
    order=60,
    empty="No two sources contradict each other.",
    roles=(Role.CREDENTIALING_COORDINATOR, Role.DIRECTOR),
    slow=True,
)
def conflicting_statements(user: Any, facility: Any, limit: int) -> Waiting:
    """Facts of which two sources say different things, the oldest first."""
    rows = provenance.open_conflicts(user)
    return len(rows), [
        WorkItem(
            title=row.practitioner.display_name,
            url=reverse("practitioners:conflict", args=[row.uid]),
            detail=row.title,
            since=clock.date_at(row.since, facility),
        )
        for row in rows[:limit]
    ]
