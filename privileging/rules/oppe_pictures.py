"""The points of the pictures of a profile, in a box of 320 by 160: a funnel among peers, a trend over time.

Pure. Peers are points without a name, and the picture says in words what it shows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from privileging.rules.oppe import Limits, Tally, binomial_limits

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 320, 160, 34, 22, 8, 8
#: So many points draw a limit.
STEPS = 24


@dataclass(frozen=True)
class Funnel:
    """Coordinates of the limits, the centre, the peers and the person."""

    said: str
    inner: tuple[str, str]
    outer: tuple[str, str]
    centre: str
    peers: tuple[tuple[str, str], ...]
    own: tuple[str, str] | None
    most_cases: int
    most_rate: str


@dataclass(frozen=True)
class Trend:
    """Coordinates of the values over time; no line through fewer than two."""

    said: str
    line: str = ""
    points: tuple[tuple[str, str], ...] = ()
    first: str = ""
    last: str = ""
    most: str = ""


def funnel(own: Tally | None, peers: Sequence[Tally], centre: float, limits: Limits, *, name: str) -> Funnel:
    """Rates against the number of cases, with the limits of chance around the rate of all together
    (``centre``).
    """
    others = sum(each.denominator or 0 for each in peers) or 1
    theirs = sum(each.numerator for each in peers) / others
    all_of = [each for each in [*peers, *([own] if own else [])] if each.denominator]
    most = max([each.denominator or 0 for each in all_of] + [limits.volume * 2, 10])
    rates = [each.numerator / (each.denominator or 1) for each in all_of]
    top = min(1.0, max([*rates, centre * 2, 0.05]) * 1.1)

    def at(cases: float, rate: float) -> tuple[str, str]:
        x = LEFT + (WIDTH - LEFT - RIGHT) * cases / most
        y = HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * min(rate, top) / top
        return f"{x:.1f}", f"{y:.1f}"

    def limit(share: float) -> tuple[str, str]:
        low, high = [], []
        for step in range(1, STEPS + 1):
            cases = max(1, round(most * step / STEPS))
            lower, upper = binomial_limits(centre, cases, share)
            low.append(",".join(at(cases, lower / cases)))
            high.append(",".join(at(cases, upper / cases)))
        return " ".join(low), " ".join(high)

    said = f"{name}: {len(peers)} peers, whose rate is {100 * theirs:.1f} %"
    if own and own.denominator:
        said += f"; this practitioner {100 * own.numerator / own.denominator:.1f} % of {own.denominator}"
    return Funnel(
        said,
        limit(limits.inner),
        limit(limits.outer),
        at(0, centre)[1],
        tuple(
            at(each.denominator or 0, each.numerator / (each.denominator or 1))
            for each in peers
            if each.denominator
        ),
        at(own.denominator, own.numerator / own.denominator) if own and own.denominator else None,
        most,
        f"{100 * top:.0f} %",
    )


def trend(steps: Sequence[tuple[dt.date, int, int | None]], *, rate: bool, name: str) -> Trend:
    """The values in the order of their days; of a rate, those with a denominator."""
    values = [
        (day, 100 * top / bottom if rate and bottom else float(top))
        for day, top, bottom in steps
        if not rate or bottom
    ]
    unit, places = (" %", 1) if rate else ("", 0)
    if not values:
        return Trend(f"{name}: no value yet")
    said = f"{name}: " + ", ".join(f"{day:%b %Y} {value:.{places}f}{unit}" for day, value in values[-12:])
    values = values[-24:]
    most = max([value for _, value in values] + [1.0])
    span = max(len(values) - 1, 1)
    points = tuple(
        (
            f"{LEFT + (WIDTH - LEFT - RIGHT) * index / span:.1f}",
            f"{HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / most:.1f}",
        )
        for index, (_, value) in enumerate(values)
    )
    return Trend(
        said,
        " ".join(",".join(point) for point in points) if len(points) > 1 else "",
        points,
        f"{values[0][0]:%b %Y}",
        f"{values[-1][0]:%b %Y}",
        f"{most:.0f}{unit}",
    )
