"""How second factors pass from one installation to another (see ``config.kernel.sealing``)."""

from __future__ import annotations

import json
from collections.abc import Callable

from allauth.mfa.models import Authenticator
from django.views.decorators.debug import sensitive_variables

from config.kernel.encryption import decrypt, encrypt
from config.kernel.sealing import Row, SealedTable

#: What allauth keeps encrypted of a one-time password and of recovery codes.
_SECRETS = ("secret", "seed")
_LISTS_OF_SECRETS = ("migrated_codes",)


@sensitive_variables()
def open_factor(row: Row) -> Row:
    """Seeds and codes readable."""
    return _changed(row, lambda text: decrypt(text.encode("ascii")).decode())


@sensitive_variables()
def seal_factor(row: Row) -> Row:
    """Seeds and codes under this installation's keys."""
    return _changed(row, lambda text: encrypt(text.encode()).decode("ascii"))


def _changed(row: Row, change: Callable[[str], str]) -> Row:
    data = json.loads(str(row["data"]))
    for name in _SECRETS:
        if data.get(name):
            data[name] = change(data[name])
    for name in _LISTS_OF_SECRETS:
        if data.get(name):
            data[name] = [change(each) for each in data[name]]
    return {**row, "data": json.dumps(data, ensure_ascii=False)}


FACTORS = SealedTable(
    table=Authenticator._meta.db_table,
    written_by="config.accounts.adapters",
    open=open_factor,
    seal=seal_factor,
)
