"""The list of screenings of the whole staff."""

from __future__ import annotations

from config.kernel.pages import Column, Table
from credentialing import links
from credentialing.choices import ScreeningScope
from credentialing.selectors.staff_screening import state_of

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
