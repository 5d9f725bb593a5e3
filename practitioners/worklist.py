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


def without_birth_date(user: Any, facility: Any, limit: int) -> tuple[int, Sequence[WorkItem]]:
    """People whose record has no birth date, the oldest record first."""
    rows = (
        Practitioner.objects.filter(birth_date__isnull=True)
        .exclude(user=user)
        .exclude(sort_name="")  # records taken back with the import that made them
        .order_by("created_at", "pk")
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
