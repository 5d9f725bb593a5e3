"""Columns that only this installation's keys can read, and how they pass from one installation to another.

Who writes such a column declares it here. The custody export opens it with the keys of the house it leaves;
loading seals it with those of the house it enters. A test holds that every module that encrypts is named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

#: One row as text by column; None where the database has null. Bytes are written as PostgreSQL writes them
#: (``\\x`` and hexadecimal digits).
Row = dict[str, str | None]


@dataclass(frozen=True)
class SealedTable:
    """A table with such columns. ``open`` answers a row readable without a key, ``seal`` the way back.

    ``open`` must answer the same for the same content, whatever the keys; what is computed with a key (a
    look-up) it leaves empty and ``seal`` computes it anew. It raises ``Refused`` when no key fits.
    """

    table: str
    written_by: str  # the module that encrypts
    open: Callable[[Row], Row]
    seal: Callable[[Row], Row]


_tables: dict[str, SealedTable] = {}


def register_sealed_table(sealed: SealedTable) -> None:
    """Declare a table with encrypted columns."""
    if sealed.table in _tables:
        raise RuntimeError(f"The sealed table {sealed.table} is registered twice.")
    _tables[sealed.table] = sealed


def sealed_tables() -> dict[str, SealedTable]:
    """Every declared table by its name in the database."""
    return dict(_tables)
