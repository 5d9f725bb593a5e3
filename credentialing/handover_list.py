"""What changed hands, as a list: its columns, and how much it was in words."""

from __future__ import annotations

from django.urls import reverse

from config.kernel.pages import Column, Table
from credentialing.models import Handover


def went_over(number: int, noun: str = "thing") -> str:
    """How much it was: ``1 file``, ``3 files``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def row_url(row: Handover) -> str:
    """The page of a handover."""
    return reverse("credentialing:handover", args=[row.uid])


def whose(row: Handover) -> str:
    """Whose work it was."""
    return f"Everything of {row.everything_of}" if row.everything_of else "What was chosen"


HANDOVERS = Table(
    caption="Work handed over",
    order="-made",
    row_url=row_url,
    columns=(
        Column("whose", "What", value=whose, kind="strong"),
        Column("taker", "To", value=lambda row: str(row.taker)),
        Column("files", "Files", kind="number", sort="files"),
        Column("follow_ups", "Follow-ups", kind="number", sort="follow_ups"),
        Column("others", "Papers and letters", kind="number", sort="others", narrow=False),
        Column("reason", "Why", narrow=False),
        Column("made", "When", value="made_at", kind="moment", sort="made_at"),
        Column("by", "By", value=lambda row: str(row.made_by), narrow=False),
        Column(
            "back", "Taken back", value="taken_back_at", kind="moment", sort="taken_back_at", narrow=False
        ),
    ),
)  # fmt: skip
