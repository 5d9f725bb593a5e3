"""Rules of this room; importing the package registers them."""

from bylaws.rules import (
    data_bank,
    dea,
    hearing_notice,
    licence,
    malpractice,
    precautionary,
    supervised,
    term,
)

__all__ = [
    "data_bank",
    "dea",
    "hearing_notice",
    "licence",
    "malpractice",
    "precautionary",
    "supervised",
    "term",
]
