"""How incoming papers and answers of packets pass between installations (``config.kernel.sealing``)."""

from __future__ import annotations

from config.kernel.encryption import decrypt, encrypt, lookup_hash
from config.kernel.sealing import Row, SealedTable
from credentialing.models import IncomingPaper, SectionVersion


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


def open_answers(row: Row) -> Row:
    """The answers as text in the place of the ciphertext."""
    return {**row, "sealed": decrypt(bytes.fromhex(str(row["sealed"]).removeprefix("\\x"))).decode()}


def seal_answers(row: Row) -> Row:
    """The answers under this installation's keys."""
    return {**row, "sealed": f"\\x{encrypt(str(row['sealed']).encode()).hex()}"}


PACKETS = SealedTable(
    table=SectionVersion._meta.db_table,
    written_by="credentialing.services.packet_versions",
    open=open_answers,
    seal=seal_answers,
)
