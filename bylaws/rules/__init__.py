"""Rules of this room; importing the package registers them."""

from bylaws.rules import (
    attendance,
    board_certified,
    certification_kept,
    composition,
    data_bank,
    dea,
    document_review,
    hearing_notice,
    leave_limit,
    licence,
    malpractice,
    meeting_frequency,
    precautionary,
    quorum_held,
    supervised,
    term,
)

__all__ = [
    "attendance",
    "board_certified",
    "certification_kept",
    "composition",
    "data_bank",
    "dea",
    "document_review",
    "hearing_notice",
    "leave_limit",
    "licence",
    "malpractice",
    "meeting_frequency",
    "precautionary",
    "quorum_held",
    "supervised",
    "term",
]
