"""Addresses that do not work: their list, and their queue of the Today page."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from config.kernel import clock
from config.kernel.pages import Column, Table
from config.kernel.registries import WorkItem
from credentialing.selectors.returns import failing_points


def _page(row) -> str:
    return reverse("credentialing:address", args=[row.failing_uid])


ADDRESSES = Table(
    caption="Addresses that do not work",
    order="practitioner",
    row_url=_page,
    columns=(
        Column(
            "practitioner",
            "Practitioner",
            value="practitioner.display_name",
            kind="person",
            sort=("practitioner__sort_name",),
        ),
        Column("address", "Address", sort="address"),
        Column("reason", "What came back", narrow=False),
        Column("since", "Since", kind="moment", sort="since"),
    ),
)


def addresses_failing(user, facility, limit: int) -> tuple[int, Sequence[WorkItem]]:
    """Addresses of the facility's people from which mail comes back, the longest first; three queries."""
    rows = failing_points(user, [facility.pk]).order_by("since", "practitioner__sort_name", "pk")
    total = rows.count()
    return total, [
        WorkItem(
            title=str(row.practitioner),
            url=_page(row),
            detail=f"{row.address}: {row.reason}"[:200],
            since=clock.date_at(row.since, facility),
            colour="bad",
        )
        for row in (rows[:limit] if total else ())
    ]
