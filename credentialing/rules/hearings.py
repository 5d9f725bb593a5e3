"""Whether the board may act after something adverse was recommended or proposed. Pure.

The notice of a proposed action comes first, and with it not less than 30 days to ask for a hearing
(42 USC 11112(b)(1)). The board's step waits until the right was waived, the time ran out unused, or the
hearing is over (domain.md 2.7, 2.9).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from config.kernel.display.dates import day_text
from credentialing.choices import HearingEvent, HearingState
from credentialing.rules.letter_occasions import clock_days

#: States in which nothing keeps the board from acting.
SETTLED = (HearingState.WAIVED, HearingState.EXPIRED, HearingState.OVER)


@dataclass(frozen=True)
class Right:
    """The right to a hearing that one act opened. Days are the facility's.

    ``body`` acted against on ``opened_on``; ``days`` is the time to ask from receipt (None: no source sets
    it). ``event`` is the newest thing recorded (empty: nothing) and ``event_on`` its day.
    """

    body: str
    opened_on: dt.date
    noticed_on: dt.date | None = None
    sent_on: dt.date | None = None
    delivered_on: dt.date | None = None
    days: int | None = None
    event: str = ""
    event_on: dt.date | None = None

    @property
    def last_day(self) -> dt.date | None:
        """The last day on which a hearing can be asked for; None while the time has not begun."""
        if self.delivered_on is None or self.days is None:
            return None
        return clock_days(self.delivered_on, self.days)[1]


def state_of(right: Right, on: dt.date) -> HearingState:
    """How far the right is on that day."""
    if right.sent_on is None or right.sent_on > on:
        return HearingState.TO_NOTIFY
    if right.event and right.event_on is not None and right.event_on <= on:
        return {
            HearingEvent.WAIVED: HearingState.WAIVED,
            HearingEvent.REQUESTED: HearingState.REQUESTED,
            HearingEvent.OVER: HearingState.OVER,
        }[HearingEvent(right.event)]
    if right.delivered_on is None or right.delivered_on > on:
        return HearingState.NOT_DELIVERED
    if right.last_day is None or on <= right.last_day:
        return HearingState.RUNNING
    return HearingState.EXPIRED


def why_held(right: Right, on: dt.date) -> str:
    """Why the board cannot act on that day, as a sentence; empty where it can."""
    state = state_of(right, on)
    if state in SETTLED:
        return ""
    acted = f"The {right.body} acted against on {day_text(right.opened_on)}."
    return f"{acted} {_WAITS[state]}{_until(right, state)} The board acts after that (42 USC 11112(b))."


_WAITS = {
    HearingState.TO_NOTIFY: "The notice of it, with the right to a hearing, has not gone out.",
    HearingState.NOT_DELIVERED: "The notice is on its way; the time to ask for a hearing runs from "
    "its receipt, which is not recorded.",
    HearingState.RUNNING: "The practitioner can ask for a hearing",
    HearingState.REQUESTED: "The practitioner has asked for a hearing, and it is not over.",
}


def _until(right: Right, state: HearingState) -> str:
    if state != HearingState.RUNNING:
        return ""
    return f" through {day_text(right.last_day)}." if right.last_day else "; no source sets how long."
