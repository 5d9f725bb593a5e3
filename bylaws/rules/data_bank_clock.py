"""The clock of the National Practitioner Data Bank over one adverse action. Pure.

The effective day is day 1. What is still in force on its 31st day is reported within the days of the
parameter, counted from that day (45 CFR 60.5, 60.12). What is given up under investigation is reportable
from its first day, however long it lasts. The clock runs on what happened: each action has its own, and
separate ones do not add up. Physicians and dentists must be reported, others may be. A report filed about
what did not last, or was recorded by mistake, is voided.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bylaws.choices import ClockState, DataBankRecordKind

#: The day from which an action is reportable, the effective day being day 1 (45 CFR 60.12(a)(1)(i): more than
#: 30 days).
REPORTABLE_ON_DAY = 31
#: Whom an entity must report; of other practitioners it may (45 CFR 60.12(a)(2)). Codes of provider types.
MUST_BE_REPORTED = frozenset({"MD", "DO", "DDS", "DMD"})
#: States in which somebody still has something to do.
OPEN_STATES = (ClockState.TO_VOID, ClockState.OVERDUE, ClockState.DUE, ClockState.MAY, ClockState.RUNNING)


@dataclass(frozen=True)
class Clock:
    """How one action stands on one day. ``number`` is the day of the action (1 on the effective day), None
    before it begins. ``ends`` is the first day without it, None while no end is known. ``due`` is the last
    day on which the report is in time, None where no parameter says how soon it is due.
    """

    state: ClockState
    effective: dt.date
    ends: dt.date | None
    reportable_on: dt.date
    due: dt.date | None
    number: int | None

    @property
    def open(self) -> bool:
        """Whether somebody still has something to do or to watch."""
        return self.state in OPEN_STATES


def clock_of(
    *,
    effective: dt.date,
    ends: dt.date | None,
    on: dt.date,
    must: bool,
    days_to_report: int | None,
    at_once: bool = False,
    last: str | None = None,
    mistake: bool = False,
) -> Clock:
    """The clock on the day ``on``. ``at_once``: given up under investigation or to avoid one. ``last`` is
    the kind of what was last done about the data bank, None: nothing yet. ``days_to_report`` is the
    parameter, None: not recorded. ``mistake``: as is known now, the action never was.
    """
    day31 = effective + dt.timedelta(days=REPORTABLE_ON_DAY - 1)
    reportable_on = effective if at_once else day31
    due = None if days_to_report is None else reportable_on + dt.timedelta(days=days_to_report)
    return Clock(
        state=_state(
            effective=effective,
            reportable_on=reportable_on,
            due=due,
            lasts=at_once or ends is None or ends > day31,
            on=on,
            must=must,
            last=last,
            over=ends is not None and ends <= on,
            mistake=mistake,
        ),
        effective=effective,
        ends=ends,
        reportable_on=reportable_on,
        due=due,
        number=(on - effective).days + 1 if on >= effective else None,
    )


def _state(
    *,
    effective: dt.date,
    reportable_on: dt.date,
    due: dt.date | None,
    lasts: bool,
    on: dt.date,
    must: bool,
    last: str | None,
    over: bool,
    mistake: bool,
) -> ClockState:
    """``lasts``: as known, it is in force on the day from which it is reportable. ``over``: it has ended. A
    report that was voided settles only what is over: what still stands is to be reported again.
    """
    if mistake:
        return ClockState.TO_VOID if last == DataBankRecordKind.FILED else ClockState.VOIDED
    if last == DataBankRecordKind.NOT_REPORTED:
        return ClockState.NOT_REPORTED
    if last == DataBankRecordKind.VOIDED and over:
        return ClockState.VOIDED
    if last == DataBankRecordKind.FILED:
        return ClockState.FILED if lasts else ClockState.TO_VOID
    if on < effective:
        return ClockState.AHEAD
    if not lasts:
        return ClockState.ENDED
    if on < reportable_on:
        return ClockState.RUNNING
    if not must:
        return ClockState.MAY
    return ClockState.OVERDUE if due is not None and on > due else ClockState.DUE
