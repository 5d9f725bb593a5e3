"""The list of screenings of the whole staff, and the queue of those that were cut short."""

from __future__ import annotations

from collections.abc import Sequence

from config.kernel import clock
from config.kernel.dates import month_first
from config.kernel.pages import Column, Table
from config.kernel.registries import WorkItem
from credentialing import links
from credentialing.choices import ScreeningScope
from credentialing.selectors.staff_screening import newest_of_everyone, state_of

SCREENINGS = Table(
    caption="Screenings of the staff",
    order="-started",
    row_url=links.staff_screening,
    columns=(
        Column("started", "Started", value="started_at", kind="moment", sort="started_at"),
        Column("scope", "Whom", value=lambda row: ScreeningScope(row.scope).label),
        Column("state", "State", value=state_of, kind="badge", export=lambda row: state_of(row).label),
        Column("people", "People", kind="number", sort="people"),
        Column("found", "Matches", kind="number", sort="found", narrow=False),
        Column("by", "By", value=lambda row: str(row.started_by), narrow=False),
        Column("ended", "Ended", value="ended_at", kind="moment", sort="ended_at", narrow=False),
    ),
)


def month_cut_short(user, facility, limit: int) -> tuple[int, Sequence[WorkItem]]:
    """This month's screening of the whole staff, where it was canceled: the month cannot be certified until
    another one has finished. One query.
    """
    newest = newest_of_everyone()
    if newest is None or newest.cancelled_at is None:
        return 0, []
    cancelled_on = clock.date_at(newest.cancelled_at, facility)
    if month_first(cancelled_on) != month_first(clock.today(facility)):
        return 0, []
    item = WorkItem(
        title="The screening of the whole staff was canceled",
        url=links.staff_screening(newest),
        detail="The month can be certified once everyone was screened",
        since=cancelled_on,
        colour="warn",
    )
    return 1, [item][:limit]
