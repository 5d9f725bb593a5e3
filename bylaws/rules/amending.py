"""What an amendment of the bylaws needs on its way: notice, ballot, turnout, votes. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bylaws.rules.voting import carries, threshold_in_words
from config.kernel.display.dates import day_text


@dataclass(frozen=True)
class Counted:
    """A ballot as it was counted."""

    voting_members: int
    votes_for: int
    votes_against: int
    abstained: int

    @property
    def cast(self) -> int:
        """Votes that were cast, abstentions among them."""
        return self.votes_for + self.votes_against + self.abstained


@dataclass(frozen=True)
class Carried:
    """Whether the ballot carried it, and the sentence that says why."""

    carried: bool
    sentence: str


def too_soon(begun: dt.date, on: dt.date, days: int, what: str) -> str:
    """Why ``what`` cannot follow on the day yet; empty where the days have passed. Between the day of the
    notice (or of the opening) and the day itself lie ``days`` whole days: 14 days from 1 March end with the
    15th.
    """
    allowed = begun + dt.timedelta(days=days)
    return (
        "" if on >= allowed else f"{what} from {day_text(allowed)} on: {days} days after {day_text(begun)}."
    )


def count_ballot(counted: Counted, *, turnout_percent: int, threshold: Mapping[str, Any]) -> Carried:
    """Whether a ballot carried the amendment: enough of the voting members voted, and the votes for it are
    what the voting rule asks. ``present`` of that rule are those who voted, ``in_office`` all who could.
    Abstentions are votes cast for the turnout; for the threshold, where the rule says so.
    """
    members, cast = counted.voting_members, counted.cast
    turnout = f"{cast} of {members} voting members voted"
    if not members or cast * 100 < turnout_percent * members:
        return Carried(False, f"{turnout}; at least {turnout_percent} % are needed.")
    votes = f"{counted.votes_for} for, {counted.votes_against} against, {counted.abstained} abstained"
    if not carries(
        threshold,
        votes_for=counted.votes_for,
        votes_against=counted.votes_against,
        abstentions=counted.abstained,
        present=cast,
        in_office=members,
    ):
        return Carried(False, f"{turnout}: {votes}; needed: {threshold_in_words(threshold)}.")
    return Carried(True, f"{turnout}: {votes}.")
