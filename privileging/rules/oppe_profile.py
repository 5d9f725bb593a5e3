"""One person's numbers in one cycle: what was measured, what is shown of it, and how it is frozen. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from privileging.rules.oppe import Comparison, Limits, Place, Tally, compare
from privileging.rules.oppe_pictures import Funnel, Trend, funnel, trend


@dataclass(frozen=True)
class Indicator:
    """What is looked at, as it was defined when it was looked at."""

    code: str
    name: str
    is_rate: bool
    per: str = ""
    higher_is_better: bool = False
    target: Decimal | None = None
    trigger_at: Decimal | None = None


@dataclass(frozen=True)
class Measure:
    """One indicator of one person in one cycle: the own number, those of the nameless peers, and the own ones
    over time by their first days.
    """

    indicator: Indicator
    own: Tally | None
    peers: tuple[Tally, ...] = ()
    history: tuple[tuple[dt.date, Tally], ...] = ()


@dataclass(frozen=True)
class Measured:
    """Everything a profile is drawn from; ``unconfirmed`` names the limits nobody has confirmed."""

    limits: Limits
    unconfirmed: tuple[str, ...]
    measures: tuple[Measure, ...]


@dataclass(frozen=True)
class Line:
    """One indicator on a profile: the person's own number beside the peers', with both pictures."""

    indicator: Indicator
    own: Tally | None
    comparison: Comparison
    trend: Trend
    funnel: Funnel | None = None
    over: bool = False  # a count at or over what the policy says a person looks at

    @property
    def value(self) -> str:
        """The number as people read it: a rate with what it is made of."""
        return value_text(self.indicator, self.own)

    @property
    def peers(self) -> str:
        """The peers' rate or mean, where it may be said."""
        centre = self.comparison.centre
        if centre is None:
            return "Not compared"
        if self.indicator.is_rate:
            return f"{100 * centre:.1f} %"
        return f"{centre:.1f} on average"

    @property
    def flagged(self) -> bool:
        """Whether a person should look at it."""
        return self.over or self.comparison.place in (Place.OUTSIDE, Place.WATCH)

    @property
    def proposes(self) -> bool:
        """Whether it proposes a focused evaluation: outside the limits with cases enough, or at the limit of
        the policy. A person answers.
        """
        return self.over or self.comparison.place is Place.OUTSIDE

    @property
    def why(self) -> str:
        """Why a person should look at it, in words."""
        where = "at the limit of the policy" if self.over else self.comparison.word.lower()
        return f"{self.indicator.name}, {where}"


def value_text(indicator: Indicator, own: Tally | None) -> str:
    """A number as people read it: a rate with what it is made of."""
    if own is None:
        return "None"
    if indicator.is_rate:
        if not own.denominator:
            return f"0 of 0 {indicator.per}"
        share = 100 * own.numerator / own.denominator
        return f"{share:.1f} % ({own.numerator} of {own.denominator} {indicator.per})"
    return str(own.numerator)


def lines_of(measured: Measured, *, pictures: bool) -> tuple[Line, ...]:
    """The lines of a profile; what a person should look at stands first."""
    lines = [_line(each, measured.limits, pictures) for each in measured.measures]
    return tuple(sorted(lines, key=lambda line: (not line.flagged, line.own is None)))


def proposing(lines: Sequence[Line]) -> tuple[str, ...]:
    """What of these lines proposes a focused evaluation, in words."""
    return tuple(line.why for line in lines if line.proposes)


def _line(measure: Measure, limits: Limits, pictures: bool) -> Line:
    indicator, own = measure.indicator, measure.own
    comparison = compare(
        own, measure.peers, limits, rate=indicator.is_rate, higher_is_better=indicator.higher_is_better
    )
    over = (
        own is not None
        and indicator.trigger_at is not None
        and not indicator.is_rate
        and own.numerator >= indicator.trigger_at
    )
    return Line(
        indicator,
        own,
        comparison,
        trend(
            [(day, each.numerator, each.denominator) for day, each in measure.history],
            rate=indicator.is_rate,
            name=indicator.name,
        ),
        funnel(own, measure.peers, comparison.pooled, limits, name=indicator.name)
        if pictures and indicator.is_rate and comparison.pooled is not None
        else None,
        over,
    )


# --- as signed ------------------------------------------------------------------------------------------


def measured_data(measured: Measured) -> dict[str, Any]:
    """The numbers as plain data, for the frozen record. :func:`measured_from_data` is the way back.

    Peers have no order, so that nothing tells which of them is whose.
    """
    limits = measured.limits
    return {
        "limits": {
            "volume": limits.volume,
            "peers": limits.peers,
            "inner": round(limits.inner * 1000),
            "outer": round(limits.outer * 1000),
        },
        "unconfirmed": list(measured.unconfirmed),
        "measures": [
            {
                "code": each.indicator.code,
                "name": each.indicator.name,
                "rate": each.indicator.is_rate,
                "per": each.indicator.per,
                "higher_is_better": each.indicator.higher_is_better,
                "target": each.indicator.target,
                "trigger_at": each.indicator.trigger_at,
                "own": _pair(each.own) if each.own else None,
                "peers": sorted((_pair(peer) for peer in each.peers), key=str),
                "history": [[day, *_pair(tally)] for day, tally in each.history],
            }
            for each in measured.measures
        ],
    }


def measured_from_data(data: Mapping[str, Any]) -> Measured:
    """The numbers of a frozen record."""
    limits = data["limits"]
    return Measured(
        Limits(limits["volume"], limits["peers"], limits["inner"] / 1000, limits["outer"] / 1000),
        tuple(data["unconfirmed"]),
        tuple(
            Measure(
                Indicator(
                    code=row["code"],
                    name=row["name"],
                    is_rate=row["rate"],
                    per=row["per"],
                    higher_is_better=row["higher_is_better"],
                    target=_number(row["target"]),
                    trigger_at=_number(row["trigger_at"]),
                ),
                Tally(*row["own"]) if row["own"] else None,
                tuple(Tally(*peer) for peer in row["peers"]),
                tuple((dt.date.fromisoformat(day), Tally(top, below)) for day, top, below in row["history"]),
            )
            for row in data["measures"]
        ),
    )


def _pair(tally: Tally) -> list[int | None]:
    return [tally.numerator, tally.denominator]


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def changed_since(signed: Measured, now: Measured) -> tuple[str, ...]:
    """What was delivered otherwise after the signature, in sentences: own numbers, peers' as a whole."""
    then = {each.indicator.code: each for each in signed.measures}
    told = []
    for each in now.measures:
        before = then.get(each.indicator.code)
        name = each.indicator.name
        if before is None:
            if each.own is not None:
                told.append(
                    f"{name}: {value_text(each.indicator, each.own)} now; not kept when it was signed."
                )
        elif before.own != each.own:
            told.append(
                f"{name}: {value_text(each.indicator, each.own)} now, "
                f"{value_text(before.indicator, before.own)} when it was signed."
            )
        elif sorted(map(_pair, before.peers), key=str) != sorted(map(_pair, each.peers), key=str):
            told.append(f"{name}: the peers' numbers are others now.")
    return tuple(told)
