"""Gaps in a work history.

Work, training, military service and declared leave all count as activity. Files give month and year,
seldom days, so every activity is widened to whole months before gaps are measured; that yields the
shortest gap the dates allow. Which gap needs an explanation, and which one in writing, is the reader's
parameter: thresholds are arguments here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from config.kernel.dates import (
    ONE_DAY,
    add_years_last_valid,
    inclusive_days,
    month_first,
    month_last,
)
from config.rulebook.verdicts import Outcome, Verdict, combine_all
from practitioners.rules.problems import Problem


@dataclass(frozen=True, order=True)
class Activity:
    """Something that fills time, from its first to its last day; ``last_day`` None means still going on."""

    first_day: dt.date
    last_day: dt.date | None = None

    def __post_init__(self):
        if self.last_day is not None and self.last_day < self.first_day:
            raise Problem(f"An activity cannot end ({self.last_day}) before it begins ({self.first_day}).")

    @classmethod
    def in_months(cls, from_month: tuple[int, int], to_month: tuple[int, int] | None = None) -> Activity:
        """An activity of which only (year, month) is known: first day of one to last day of the other."""
        last = None if to_month is None else month_last(dt.date(*to_month, 1))
        return cls(dt.date(*from_month, 1), last)


@dataclass(frozen=True, order=True)
class Gap:
    """Days without any activity, both ends counted."""

    first_day: dt.date
    last_day: dt.date

    @property
    def days(self) -> int:
        """Length in calendar days, first and last included."""
        return inclusive_days(self.first_day, self.last_day)

    def longer_than(self, days: int) -> bool:
        """Strictly more than ``days``: a gap of exactly 180 days is not longer than 180."""
        return self.days > days


@dataclass(frozen=True)
class GapLimits:
    """From which length on a gap is explained, and explained in writing: in days, None where nothing says.

    ``years`` is how far back the history is accounted for. ``bound_by`` names who set the limits.
    """

    clarify_days: int | None = None
    writing_days: int | None = None
    years: int | None = None
    bound_by: str = ""
    citation: str = ""
    confidence: str = ""

    @property
    def shortest(self) -> int | None:
        """The length in days from which on a gap has to be spoken of at all."""
        return min(
            (days for days in (self.clarify_days, self.writing_days) if days is not None), default=None
        )

    def needs_writing(self, gap: Gap) -> bool:
        """Whether words alone do not explain the gap."""
        return self.writing_days is not None and gap.longer_than(self.writing_days)


@dataclass(frozen=True)
class Explained:
    """Days somebody explained, both ends counted."""

    first_day: dt.date
    last_day: dt.date
    in_writing: bool
    text: str = ""

    def touches(self, gap: Gap) -> bool:
        """Whether it speaks of a day of the gap."""
        return self.first_day <= gap.last_day and gap.first_day <= self.last_day


@dataclass(frozen=True)
class JudgedGap:
    """A gap with what was said about it and what that is worth."""

    gap: Gap
    verdict: Verdict
    explained: tuple[Explained, ...] = ()


def window_start(decision_on: dt.date, years: int, career_start: dt.date | None = None) -> dt.date:
    """The first day of the history that must be accounted for.

    ``years`` back from the decision, but not before ``career_start`` (first licence or graduation).
    """
    start = add_years_last_valid(decision_on, -years)
    return max(start, career_start) if career_start else start


def find_gaps(
    activities: Iterable[Activity],
    *,
    first_day: dt.date,
    last_day: dt.date,
    more_than_days: int = 0,
    whole_months: bool = True,
) -> list[Gap]:
    """Every gap within ``first_day`` to ``last_day`` that is longer than ``more_than_days``, in order.

    Activities may overlap, touch, repeat and lie outside the window. ``whole_months=False`` takes the days
    as they are given.
    """
    gaps: list[Gap] = []
    if last_day < first_day:
        return gaps
    next_free = first_day
    for start, end in _merged(activities, last_day, whole_months):
        if start > next_free:
            gaps.append(Gap(next_free, min(start - ONE_DAY, last_day)))
        next_free = max(next_free, end + ONE_DAY)
        if next_free > last_day:
            break
    if next_free <= last_day:
        gaps.append(Gap(next_free, last_day))
    return [gap for gap in gaps if gap.longer_than(more_than_days)]


def exceeded(gap: Gap, thresholds: Sequence[int]) -> int | None:
    """The largest of ``thresholds`` (days) that the gap is longer than, or None."""
    return max((limit for limit in thresholds if gap.longer_than(limit)), default=None)


def fully_explained(gap: Gap, explanations: Iterable[Explained]) -> bool:
    """Whether every single day of the gap is spoken of; several explanations may share it."""
    spoken = [Activity(each.first_day, each.last_day) for each in explanations]
    return not find_gaps(spoken, first_day=gap.first_day, last_day=gap.last_day, whole_months=False)


def judge_gap(gap: Gap, explanations: Sequence[Explained], limits: GapLimits) -> JudgedGap:
    """MET when the gap is explained as its length asks, UNKNOWN when nobody has said anything about all of
    it, NOT_MET when what was said had to be in writing.

    A gap as long as a limit is not yet longer than it. Without limits nothing is asked.
    """
    about = tuple(each for each in explanations if each.touches(gap))
    written = limits.needs_writing(gap)
    if limits.shortest is None or not gap.longer_than(limits.shortest):
        outcome, sentence, cure = Outcome.NOT_APPLICABLE, "Too short to be asked about.", ""
    elif not fully_explained(gap, about):
        outcome = Outcome.UNKNOWN
        sentence = "Only a part of it is explained." if about else "Nobody has explained it."
        cure = f"Ask the practitioner{' for an explanation in writing' if written else ''}, and record it."
    elif written and not fully_explained(gap, [each for each in about if each.in_writing]):
        outcome = Outcome.NOT_MET
        sentence = f"Explained, but not in writing: a gap of more than {limits.writing_days} days needs that."
        cure = "Ask for the explanation in writing, and record it."
    else:
        outcome = Outcome.MET
        sentence = "Explained in writing." if all(each.in_writing for each in about) else "Explained."
        cure = ""
    verdict = Verdict(
        outcome=outcome,
        code="GAP",
        title=f"{_day(gap.first_day)} to {_day(gap.last_day)}",
        sentence=f"{gap.days} days. {sentence}",
        facts={"first_day": gap.first_day, "last_day": gap.last_day, "days": gap.days},
        cure=cure,
    )
    return JudgedGap(gap, verdict, about)


def judge_history(
    activities: Sequence[Activity],
    explanations: Sequence[Explained],
    limits: GapLimits,
    *,
    on: dt.date,
    career_start: dt.date | None = None,
    through: dt.date | None = None,
) -> tuple[Verdict, list[JudgedGap]]:
    """Whether the history up to ``on`` is accounted for, and every gap long enough to be spoken of.

    ``through`` is the day it is known through: where ``on`` lies ahead, days that have not come are no gap,
    and nobody can explain them.
    UNKNOWN when nothing is stated. NOT_APPLICABLE when no parameter says how far back or how long.
    """
    common: dict[str, Any] = {"code": "WORK-HISTORY", "title": "Work history accounted for"}
    if limits.shortest is None or limits.years is None:
        told = "No parameter says how long a gap may be, or how far back the history goes."
        return Verdict(outcome=Outcome.NOT_APPLICABLE, sentence=told, **common), []
    common |= {"citation": limits.citation, "confidence": limits.confidence, "bound_by": limits.bound_by}
    first_day = window_start(on, limits.years, career_start)
    if not activities:
        told = "Neither work nor training is stated."
        cure = "Record the work history."
        return Verdict(outcome=Outcome.UNKNOWN, sentence=told, cure=cure, **common), []
    last_day = on if through is None else min(on, through)
    found = find_gaps(activities, first_day=first_day, last_day=last_day, more_than_days=limits.shortest)
    judged = [judge_gap(gap, explanations, limits) for gap in found]
    open_ones = [each for each in judged if not each.verdict.met]
    if not judged:
        told = f"No gap of more than {limits.shortest} days since {_day(first_day)}."
    elif open_ones:
        told = f"{len(open_ones)} of {_counted(len(judged))} since {_day(first_day)} not explained as needed."
    else:
        told = f"{_counted(len(judged))} since {_day(first_day)}, explained."
    verdict = Verdict(
        outcome=combine_all([each.verdict for each in judged]) if judged else Outcome.MET,
        sentence=told,
        facts={
            "looked_at_since": first_day,
            "explained_beyond_days": limits.clarify_days,
            "in_writing_beyond_days": limits.writing_days,
        },
        cure=open_ones[0].verdict.cure if open_ones else "",
        children=tuple(each.verdict for each in judged),
        **common,
    )
    return verdict, judged


def _counted(number: int) -> str:
    return f"{number} gap{'' if number == 1 else 's'}"


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%b %Y}"


def _merged(
    activities: Iterable[Activity], last_day: dt.date, whole_months: bool
) -> list[tuple[dt.date, dt.date]]:
    """The activities' days as disjoint spans in order; overlapping and touching ones are joined."""
    spans: list[tuple[dt.date, dt.date]] = []
    for activity in sorted(activities, key=lambda item: item.first_day):
        if activity.first_day > last_day:
            continue
        start, end = activity.first_day, min(activity.last_day or last_day, last_day)
        if whole_months:
            start, end = month_first(start), month_last(end)
        end = min(end, last_day)
        if spans and start <= spans[-1][1] + ONE_DAY:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return spans
