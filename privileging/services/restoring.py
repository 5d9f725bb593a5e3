"""What an act cut short holds again: the way an ending that was recorded by mistake is taken back.

Nothing is erased: what was known while it stood stays answerable.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.kernel.periods import rewrite
from config.organization.models import Facility
from practitioners.models import Practitioner
from privileging.models import GrantPeriod
from privileging.selectors.endings import ended_since


@transaction.atomic
def restore_cut(row: Any, *, model: Any, actor, day: dt.date, reason: str) -> None:
    """Record again what a period said about the days from ``day`` on, from which an act had cut it short."""
    rewrite(
        model,
        row.identity,
        valid=range_to_restore(row, day),
        actor=actor,
        reason=reason,
        content=row.content(),
    )


def refuse_ended_since(
    person: Practitioner, facility: Facility, cut: Sequence[GrantPeriod], recorded_at: dt.datetime
) -> None:
    """Refuse where one of the privileges of the grants that were cut short was given up or revoked by an act
    recorded since: whatever its first day, what holds again would undo it.
    """
    lost = ended_since(person, facility, {row.privilege_id for row in cut}, recorded_at)
    if lost is None:
        return
    act, privilege = lost
    raise Refused(
        f"{privilege}: {act.get_kind_display().lower()} from {day_text(act.day)} on, recorded since. Take "
        "that back first."
    )


def range_to_restore(row: Any, day: dt.date) -> DateRange:
    """The whole period where nothing else was said of its earlier days since; else from ``day`` on, so that
    what was corrected there stays.
    """
    before = list(row.identity.periods.live().filter(valid__overlap=row.valid))
    untouched = all(each.content() == row.content() for each in before)
    whole = [(each.valid.lower, each.valid.upper) for each in before] in ([], [(row.valid.lower, day)])
    start = row.valid.lower if untouched and whole else max(row.valid.lower or day, day)
    return DateRange(start, row.valid.upper)
