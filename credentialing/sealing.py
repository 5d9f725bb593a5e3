"""How incoming papers pass from one installation to another (see ``config.kernel.sealing``)."""

from __future__ import annotations

from config.kernel.encryption import lookup_hash
from config.kernel.sealing import Row, SealedTable
from credentialing.models import IncomingPaper


def open_paper(row: Row) -> Row:
    """Without what tells a file that came twice: computed with a key, from content that is not here."""
    return {**row, "fingerprint": ""}


def seal_paper(row: Row) -> Row:
    """Unlike any file that comes: one that came in the house it left is taken again here."""
    return {**row, "fingerprint": lookup_hash(f"moved:{row['uid']}")}


PAPERS = SealedTable(
    table=IncomingPaper._meta.db_table,
    written_by="credentialing.services.intake",
    open=open_paper,
    seal=seal_paper,
)
