"""The list of exports."""

from __future__ import annotations

from django.urls import reverse

from config.kernel.pages import Column, Table

EXPORTS = Table(
    caption="Exports of everything",
    order="-asked_at",
    row_url=lambda row: reverse("custody:export", args=[row.uid]),
    columns=(
        Column("asked_at", "Asked", kind="moment", sort="asked_at"),
        Column("asked_by", "By", kind="strong"),
        Column("purpose", "For", value="get_purpose_display"),
        Column("status", "State", kind="status", sort="status"),
        Column("decided_by", "Second person", narrow=False),
        Column("made_at", "Made", kind="moment", sort="made_at", narrow=False),
        Column("receiver", "Receiver", narrow=False),
    ),
)
