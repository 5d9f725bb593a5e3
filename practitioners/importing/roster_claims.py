"""What a row of a roster says of a credential, over what is on file of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from practitioners.choices import CredentialStatus, Standing
from practitioners.models import Credential, CredentialType, Practitioner
from practitioners.rules.names import search_key

DEA = "DEA"


@dataclass(frozen=True)
class Claim:
    """What the row says of a credential; ``end`` is the open bound."""

    start: dt.date | None
    end: dt.date | None
    status: str
    extra: dict[str, Any]

    def over(self, rows: Sequence[Any]) -> tuple[dt.date | None, dt.date | None, str, dict[str, Any]] | None:
        """The claim to record over what is on file (first day, open bound, status, content); None: nothing
        new.

        What the row leaves out stays as it is on file. Days a source has confirmed stay as confirmed, so a
        row only adds days behind them.
        """
        if not rows:
            return self.start, self.end, self.status or str(CredentialStatus.ACTIVE), dict(self.extra)
        if not (self.start or self.end or self.status):
            return None
        lower, upper, status = as_on_file(rows)
        claims = [row for row in rows if row.standing == Standing.CLAIMED]
        content = {**rows[-1].extra, **self.extra}
        confirmed = [row for row in rows if row.standing == Standing.CONFIRMED]
        if confirmed:
            bound = max(row.valid.upper or dt.date.max for row in confirmed)
            if self.end is None or self.end <= bound or self.end == upper:
                return None
            return lower, self.end, self.status or status, content
        new = (self.start or lower, self.end or upper, self.status or status, content)
        same = new[:3] == (lower, upper, status) and all(row.extra == content for row in claims)
        return None if same else new


def as_on_file(rows: Sequence[Any]) -> tuple[dt.date | None, dt.date | None, str]:
    """First day, open bound and the latest status of what is on file of a credential."""
    lowers = [row.valid.lower for row in rows]
    uppers = [row.valid.upper for row in rows]
    latest = max(rows, key=lambda row: row.valid.upper or dt.date.max)
    return (
        None if None in lowers else min(lowers),
        None if None in uppers else max(uppers),
        str(latest.status),
    )


def find_credential(
    person: Practitioner | None, kind: CredentialType, identity: Mapping[str, str], number_key: str
) -> Credential | None:
    """The same credential as on file, by the rule of ``services.credentials``: a number of a state or of the
    DEA is enough, whoever is named as issuer.
    """
    if person is None:
        return None
    rows = [
        row
        for row in person.credentials.all()
        if row.credential_type_id == kind.pk
        and row.state == identity["state"]
        and row.number_key == number_key[:60]
        and bool(row.number) == bool(identity["number"])
    ]
    if identity["number"] and (kind.has_state or kind.code == DEA):
        return next(iter(rows), None)
    wanted = search_key(identity["issuer"])
    exact = next((row for row in rows if search_key(row.issuer) == wanted), None)
    if exact is not None or not identity["number"]:
        return exact
    return next((row for row in rows if not row.issuer or not identity["issuer"]), None)
