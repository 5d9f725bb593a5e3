"""Queues of the Today page that this room fills."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse_lazy
from django.utils.text import format_lazy

from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.registries import Queue, WorkItem, queues
from practitioners import links
from practitioners.models import Practitioner
from practitioners.selectors.registry import deactivations


def without_birth_date(user: Any, facility: Any, limit: int) -> tuple[int, Sequence[WorkItem]]:
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


def deactivated_numbers(user: Any, facility: Any, limit: int) -> tuple[int, Sequence[WorkItem]]:
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


queues.register(
    Queue(
        code="practitioners.deactivated_numbers",
        title="NPIs the registry has deactivated",
        permission="practitioners.edit",
        items=deactivated_numbers,
        order=85,
        empty="The registry holds every NPI on file as active, as far as it was asked.",
        roles=(Role.CREDENTIALING_COORDINATOR,),
    )
)
queues.register(
    Queue(
        code="practitioners.without_birth_date",
        title="Records without a birth date",
        permission="practitioners.edit",
        items=without_birth_date,
        order=900,
        more_url=format_lazy("{}?missing=birth_date", reverse_lazy("practitioners:list")),
        empty="Every record has one, so screening can tell namesakes apart.",
        roles=(Role.CREDENTIALING_COORDINATOR,),
    )
)
