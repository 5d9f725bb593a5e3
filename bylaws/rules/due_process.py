"""The clocks of due process and what may follow what. Pure.

The notice of something adverse gives not less than 30 days to ask for a hearing, counted from its receipt
(42 USC 11112(b)(1)); the hearing is not less than 30 days after its own notice (11112(b)(2)). How many at a
hospital are parameters.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from bylaws.choices import (
    STANDING_GROUNDS,
    FinalAction,
    Measure,
    TrackEventKind,
    TrackGround,
    TrackStatus,
)
from bylaws.workflow_due_process import DUE_PROCESS, FORWARD


class Happened(Protocol):
    """What is read of an event."""

    kind: str
    day: dt.date
    hearing_on: dt.date | None


@dataclass(frozen=True)
class Dates:
    """The days of a track that count: of each the newest one on record. ``request_days`` is the time to ask
    (None: no source says), ``notice_days`` that between the notice of a hearing and the hearing.
    """

    sent_on: dt.date | None = None
    delivered_on: dt.date | None = None
    requested_on: dt.date | None = None
    hearing_on: dt.date | None = None
    hearing_noticed_on: dt.date | None = None
    held_on: dt.date | None = None
    final_on: dt.date | None = None
    request_days: int | None = None
    notice_days: int | None = None

    @property
    def last_day_to_ask(self) -> dt.date | None:
        """The last day on which a hearing can be asked for: the day after receipt is the first one."""
        if self.delivered_on is None or self.request_days is None:
            return None
        return self.delivered_on + dt.timedelta(days=self.request_days)

    @property
    def earliest_hearing(self) -> dt.date | None:
        """The first day a hearing may be held that is noticed on the day it was; None without a notice."""
        if self.hearing_noticed_on is None or self.notice_days is None:
            return None
        return self.hearing_noticed_on + dt.timedelta(days=self.notice_days)

    @property
    def notice_by(self) -> dt.date | None:
        """The last day on which the notice of the scheduled hearing is in time."""
        if self.hearing_on is None or self.notice_days is None:
            return None
        return self.hearing_on - dt.timedelta(days=self.notice_days)


def dates_of(
    events: Iterable[Happened], *, request_days: int | None = None, notice_days: int | None = None
) -> Dates:
    """The days of the events that count, given in their order. A hearing that is put off loses the notice
    given of its former day.
    """
    found: dict[str, dt.date | None] = {}
    for each in events:
        name = _DAY_OF.get(each.kind)
        if name:
            found[name] = each.day
        if each.kind == TrackEventKind.SCHEDULED:
            found["hearing_on"] = each.hearing_on
            found["hearing_noticed_on"] = None
    return Dates(**found, request_days=request_days, notice_days=notice_days)


def clocks_day(events: Iterable[Happened], *, of_file: bool, opened_on: dt.date) -> dt.date | None:
    """The day whose values the clocks of a track go by, of the events that count. Pure.

    That of the first notice, which told the practitioner how long there is: what the bylaws say later neither
    shortens nor lengthens it. The notice of a file's hearing stands with the file: of it the day the track
    was opened, when the hearing was asked for. None while nothing was told: the day that is judged.
    """
    if of_file:
        return opened_on
    return next((each.day for each in events if each.kind == TrackEventKind.NOTICE_SENT), None)


_DAY_OF: dict[str, str] = {
    TrackEventKind.NOTICE_SENT: "sent_on",
    TrackEventKind.DELIVERED: "delivered_on",
    TrackEventKind.REQUESTED: "requested_on",
    TrackEventKind.HEARING_NOTICE: "hearing_noticed_on",
    TrackEventKind.HELD: "held_on",
    TrackEventKind.FINAL: "final_on",
}


def next_steps(status: str, *, has_right: bool, of_file: bool) -> list[TrackEventKind]:
    """What can happen next, in the order of the table. Without the right to a hearing there is the final
    action, or what the bylaws give instead; the waiver of a file's right is recorded with the file.
    """
    found = []
    for move in DUE_PROCESS.targets(status):
        if (str(move.source), str(move.target)) not in FORWARD:
            continue
        kind = TrackEventKind(str(move.target))
        if status == TrackStatus.DELIVERED and kind != TrackEventKind.CLOSED:
            of_hearing = kind in (TrackEventKind.REQUESTED, TrackEventKind.WAIVED, TrackEventKind.OVER)
            if of_hearing != has_right:
                continue
        if of_file and kind == TrackEventKind.WAIVED:
            continue
        found.append(kind)
    return found


def final_actions(ground: str, measure: str) -> list[FinalAction]:
    """What the final action can do, by what is proposed or stands."""
    if ground == TrackGround.DECISION:
        return [FinalAction.FILE]
    if ground in STANDING_GROUNDS:
        return [FinalAction.LIFT, FinalAction.UPHOLD, FinalAction.RESTRICT, FinalAction.REVOKE]
    proposed = {
        Measure.RESTRICTION: [FinalAction.RESTRICT],
        Measure.REDUCTION: [FinalAction.REVOKE, FinalAction.RESTRICT],
        Measure.REVOCATION: [FinalAction.REVOKE, FinalAction.RESTRICT],
        Measure.NON_RENEWAL: [FinalAction.NOT_RENEW, FinalAction.RESTRICT],
    }
    return [FinalAction.NOTHING, *proposed.get(Measure(measure), [])]
