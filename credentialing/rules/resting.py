"""When a source is left alone: after several failures in a row it rests, then one question tries it.

A source that is down is not helped by being asked by everybody, and a worker that waits for it does not ask
the others. (The pattern is known as a circuit breaker.)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from credentialing.choices import CallOutcome, SourceHealth

#: A question without an end after this long was cut off with its worker; it keeps nobody waiting.
CUT_OFF = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class Call:
    """One question: when it was asked, and what came of it (empty: nothing yet)."""

    asked_at: dt.datetime
    outcome: str = ""
    ended_at: dt.datetime | None = None


@dataclass(frozen=True)
class Rest:
    """How a source does, and whether it may be asked now."""

    health: SourceHealth
    may_ask: bool
    until: dt.datetime | None = None
    failures: int = 0


def rest_of(
    calls: Sequence[Call],
    *,
    now: dt.datetime,
    failures_before_rest: int,
    rest: dt.timedelta,
    woken_at: dt.datetime | None = None,
) -> Rest:
    """Judge from the newest questions (any order; those since ``woken_at`` count).

    After ``failures_before_rest`` failures in a row it rests for ``rest`` from the last one. Then one
    question at a time is let through; an answer, whatever it says, ends the trouble.
    """
    ended = sorted(
        (each for each in calls if each.outcome and each.ended_at is not None),
        key=lambda each: each.ended_at or each.asked_at,
        reverse=True,
    )
    if not ended:
        return Rest(SourceHealth.UNASKED, may_ask=True)
    failures = 0
    for each in ended:
        if each.outcome != CallOutcome.COULD_NOT_CHECK:
            break
        if woken_at is not None and (each.ended_at or each.asked_at) <= woken_at:
            break
        failures += 1
    if ended[0].outcome != CallOutcome.COULD_NOT_CHECK:
        return Rest(SourceHealth.ANSWERING, may_ask=True)
    if failures < failures_before_rest:
        return Rest(SourceHealth.TROUBLE, may_ask=True, failures=failures)
    until = (ended[0].ended_at or ended[0].asked_at) + rest
    if now < until:
        return Rest(SourceHealth.RESTING, may_ask=False, until=until, failures=failures)
    trying = any(
        not each.outcome and until <= each.asked_at and now - each.asked_at < CUT_OFF for each in calls
    )
    return Rest(SourceHealth.TROUBLE, may_ask=not trying, failures=failures)


def wait_for_turn(asked: Sequence[dt.datetime], *, now: dt.datetime, per_minute: int) -> dt.timedelta:
    """How long until the next question may be put; zero: now. ``asked`` are the moments of earlier ones."""
    minute = dt.timedelta(minutes=1)
    recent = sorted(moment for moment in asked if now - moment < minute)
    if len(recent) < per_minute:
        return dt.timedelta(0)
    return recent[-per_minute] + minute - now
