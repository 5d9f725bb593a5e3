"""Comparing one practitioner with peers honestly: exact limits of chance, nothing where numbers are small.

Pure. A rate is compared by the limits a binomial count keeps within by chance alone around the peers' rate, a
count by those of a Poisson count around the peers' mean (Spiegelhalter, Funnel plots for comparing
institutional performance, Statistics in Medicine 2005). The limits are exact for the number of cases, which
a normal approximation is not where it matters most: where events are few. Where they are very many
(:data:`MOST_SUMMED`) the limits are those of the expansion, so that a large denominator costs no more time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist


class Place(StrEnum):
    """Where somebody stands among their peers."""

    NO_DATA = "no_data"
    TOO_FEW = "too_few"
    NO_PEERS = "no_peers"
    WITHIN = "within"
    WATCH = "watch"
    OUTSIDE = "outside"
    BETTER = "better"


#: Word and colour of each place. "Outside" is a reason to look, never a finding.
WORDS: dict[Place, tuple[str, str]] = {
    Place.NO_DATA: ("No data", "muted"),
    Place.TOO_FEW: ("Too few to compare", "muted"),
    Place.NO_PEERS: ("Too few peers to compare", "muted"),
    Place.WITHIN: ("Within the limits", "good"),
    Place.WATCH: ("Between the limits", "warn"),
    Place.OUTSIDE: ("Outside the limits", "bad"),
    Place.BETTER: ("Better than the limits", "info"),
}


@dataclass(frozen=True)
class Tally:
    """One person's numbers for an indicator in a cycle; ``denominator`` is None for counts."""

    numerator: int
    denominator: int | None


@dataclass(frozen=True)
class Limits:
    """What the OPPE policy sets: fewest cases and peers, and how much of chance lies within the limits."""

    volume: int
    peers: int
    inner: float
    outer: float


@dataclass(frozen=True)
class Comparison:
    """One person beside the peers. ``centre``: the others' rate (0 to 1) or mean count; ``pooled``: that of
    all together, around which the limits lie.
    """

    place: Place
    centre: float | None = None
    pooled: float | None = None
    peers: int = 0

    @property
    def word(self) -> str:
        """The place in words."""
        return WORDS[self.place][0]

    @property
    def colour(self) -> str:
        """Its colour."""
        return WORDS[self.place][1]


def compare(
    own: Tally | None, peers: Sequence[Tally], limits: Limits, *, rate: bool, higher_is_better: bool
) -> Comparison:
    """Where the person stands. Below the fewest cases nobody is named an outlier, nor with too few peers."""
    if own is None or (rate and not own.denominator):
        return Comparison(Place.NO_DATA, peers=len(peers))
    counted = [each for each in peers if not rate or each.denominator]
    if len(counted) < limits.peers:
        return Comparison(Place.NO_PEERS, peers=len(counted))
    # The limits lie around all of them together, the person included: under the assumption that nothing
    # sets them apart. Else one event would name somebody whose peers happened to have none.
    total = sum(each.numerator for each in counted)
    if rate:
        cases = own.denominator or 0
        others = sum(each.denominator or 0 for each in counted)
        centre, pooled = total / others, (total + own.numerator) / (others + cases)
        inner = binomial_limits(pooled, cases, limits.inner)
        outer = binomial_limits(pooled, cases, limits.outer)
        few = cases < limits.volume
    else:
        centre, pooled = total / len(counted), (total + own.numerator) / (len(counted) + 1)
        inner, outer = poisson_limits(pooled, limits.inner), poisson_limits(pooled, limits.outer)
        few = False
    place = Place.TOO_FEW if few else _place(own.numerator, inner, outer, higher_is_better)
    return Comparison(place, centre, pooled, peers=len(counted))


def _place(
    value: int, inner: tuple[float, float], outer: tuple[float, float], higher_is_better: bool
) -> Place:
    below, above = value < inner[0], value > inner[1]
    if not below and not above:
        return Place.WITHIN
    if below != higher_is_better:  # it lies on the good side
        return Place.BETTER
    return Place.OUTSIDE if value < outer[0] or value > outer[1] else Place.WATCH


#: Up to this variance the counts are summed one by one; beyond it their distribution is smooth enough for the
#: expansion, which is then right to within one event.
MOST_SUMMED = 10_000
#: Standard deviations around the mean beyond which no chance is left that a limit could feel.
REACH = 12


def binomial_limits(rate: float, cases: int, share: float) -> tuple[int, int]:
    """The lowest and the highest count of events among ``cases`` that chance keeps within, with at most
    ``(1 - share) / 2`` of it beyond either one.
    """
    if cases <= 0 or rate <= 0:
        return 0, 0
    if rate >= 1:
        return cases, cases
    mean, variance = cases * rate, cases * rate * (1 - rate)
    if variance > MOST_SUMMED:
        return _expanded(mean, variance, (1 - 2 * rate) / math.sqrt(variance), share, cases)
    whole, log_rate, log_rest = math.lgamma(cases + 1), math.log(rate), math.log1p(-rate)

    def logarithm(k: int) -> float:
        return whole - math.lgamma(k + 1) - math.lgamma(cases - k + 1) + k * log_rate + (cases - k) * log_rest

    return _summed(logarithm, mean, variance, share, cases)


def poisson_limits(mean: float, share: float) -> tuple[int, int]:
    """As :func:`binomial_limits`, for a count without a denominator."""
    if mean <= 0:
        return 0, 0
    if mean > MOST_SUMMED:
        return _expanded(mean, mean, 1 / math.sqrt(mean), share, None)
    log_mean = math.log(mean)
    return _summed(lambda k: k * log_mean - mean - math.lgamma(k + 1), mean, mean, share, None)


def _summed(
    logarithm: Callable[[int], float], mean: float, variance: float, share: float, most: int | None
) -> tuple[int, int]:
    """Exact limits: chance summed over the counts within :data:`REACH` of the mean."""
    tail, reach = (1 - share) / 2, REACH * math.sqrt(variance) + 20
    last = int(mean + reach) if most is None else min(most, int(mean + reach))
    low, reached = None, 0.0
    for k in range(max(0, int(mean - reach)), last + 1):
        reached += math.exp(logarithm(k))
        if low is None and reached > tail:
            low = k
        if reached >= 1 - tail:
            return low or 0, k
    return low or 0, last


def _expanded(
    mean: float, variance: float, skewness: float, share: float, most: int | None
) -> tuple[int, int]:
    """Limits by the Cornish-Fisher expansion of the normal quantile to its first term, with the correction
    for continuity (Cornish and Fisher, Revue de l'Institut International de Statistique 1937).
    """
    z = NormalDist().inv_cdf(1 - (1 - share) / 2)
    spread, shift = math.sqrt(variance), (z * z - 1) * skewness / 6
    low, high = (math.ceil(mean + spread * (side * z + shift) - 0.5) for side in (-1, 1))
    return max(low, 0), high if most is None else min(high, most)
