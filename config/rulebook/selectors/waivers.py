"""Which approved exceptions hold on a day."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from config.organization.models import Facility
from config.rulebook.choices import ExceptionKind
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
    kind: str = ExceptionKind.WAIVER

    @property
    def word(self) -> str:
        """What it is: "Waived", "Exempted"."""
        return str(ExceptionKind(self.kind).label)

    @property
    def sentence(self) -> str:
        """Who approved it and until when, as people read it."""
        until = f" through {self.last_day.day} {self.last_day:%b %Y}" if self.last_day else ""
        return f"{self.word} by {self.approved_by}{until}: {self.justification}"


def waivers_in_force(
    subject_uids: Iterable[uuid.UUID] | None,
    *,
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None = None,
    rule_codes: Iterable[str] | None = None,
) -> dict[tuple[uuid.UUID, str], WaiverInForce]:
    """Exceptions by (subject, rule code) at the facility, in one query for all the subjects (None: of
    everybody).
    """
    rows = (
        WaiverPeriod.objects.in_force(on, known_at)
        .filter(identity__facility=facility)
        .select_related("identity")
        .order_by("identity_id", "recorded_at")
    )
    if subject_uids is not None:
        rows = rows.filter(identity__subject_uid__in=list(subject_uids))
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
            kind=row.kind,
        )
        for row in rows
    }


def waiver_in_force(
    rule_code: str,
    subject_uid: uuid.UUID,
    *,
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None = None,
) -> WaiverInForce | None:
    """The exception of one rule for one subject at the facility, or None."""
    found = waivers_in_force(
        [subject_uid], facility=facility, on=on, known_at=known_at, rule_codes=[rule_code]
    )
    return found.get((subject_uid, rule_code))
