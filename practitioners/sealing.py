"""How social security numbers pass from one installation to another (see ``config.kernel.sealing``)."""

from __future__ import annotations

from django.views.decorators.debug import sensitive_variables

from config.kernel.encryption import decrypt, encrypt
from config.kernel.sealing import Row, SealedTable
from practitioners.models import SocialSecurityNumber
from practitioners.services.protected import last_four_lookup, nobodys_lookup, ssn_lookup


@sensitive_variables()
def open_number(row: Row) -> Row:
    """The digits in the place of the ciphertext; empty where a number was removed as a mistake."""
    stored = bytes.fromhex(str(row["ciphertext"]).removeprefix("\\x"))
    digits = decrypt(stored).decode() if stored else ""
    return {**row, "ciphertext": digits, "lookup": "", "last_four_lookup": ""}


@sensitive_variables()
def seal_number(row: Row) -> Row:
    """The digits under this installation's keys, and what finds them here."""
    digits = str(row["ciphertext"] or "")
    if not digits:
        return {**row, "ciphertext": "\\x", "lookup": nobodys_lookup()}  # as when it was removed
    return {
        **row,
        "ciphertext": f"\\x{encrypt(digits.encode()).hex()}",
        "lookup": ssn_lookup(digits),
        "last_four_lookup": last_four_lookup(digits[-4:]),
    }


NUMBERS = SealedTable(
    table=SocialSecurityNumber._meta.db_table,
    written_by="practitioners.services.protected",
    open=open_number,
    seal=seal_number,
)
