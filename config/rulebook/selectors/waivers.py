"""Which approved exceptions hold on a day."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from config.rulebook.models import WaiverPeriod


@dataclass(frozen=True)
class WaiverInForce:
    """One exception as it is shown beside the result it sets aside."""

    uid: str
    rule_code: str
    subject_uid: uuid.UUID
    approved_by: str
    justification: str
    last_day: dt.date | None

    @property
    def sentence(self) -> str:
        """Who approved it and until when, as people read it."""
        until = f" through {self.last_day.day} {self.last_day:%b %Y}" if self.last_day else ""
        return f"Waived by {self.approved_by}{until}: {self.justification}"


def waivers_in_force(
    subject_uids: Iterable[uuid.UUID],
    *,
    on: dt.date,
    known_at: dt.datetime | None = None,
    rule_codes: Iterable[str] | None = None,
) -> dict[tuple[uuid.UUID, str], WaiverInForce]:
    """Exceptions by (subject, rule code), in one query for all the subjects."""
    rows = (
        WaiverPeriod.objects.in_force(on, known_at)
        .filter(identity__subject_uid__in=list(subject_uids))
        .select_related("identity")
        .order_by("identity_id", "recorded_at")
    )
    if rule_codes is not None:
        rows = rows.filter(identity__rule_code__in=list(rule_codes))
    return {
        (row.identity.subject_uid, row.identity.rule_code): WaiverInForce(
            uid=str(row.uid),
            rule_code=row.identity.rule_code,
            subject_uid=row.identity.subject_uid,
            approved_by=row.approved_by_name,
            justification=row.justification,
            last_day=row.end,
        )
        for row in rows
    }


def waiver_in_force(
    rule_code: str, subject_uid: uuid.UUID, *, on: dt.date, known_at: dt.datetime | None = None
) -> WaiverInForce | None:
    """The exception of one rule for one subject, or None."""
    found = waivers_in_force([subject_uid], on=on, known_at=known_at, rule_codes=[rule_code])
    return found.get((subject_uid, rule_code))
