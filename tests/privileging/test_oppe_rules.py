"""Comparing with peers: exact limits, nothing where numbers are small; reading a delivery."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privileging.rules.deliveries import LINE
from privileging.rules.oppe import Limits, Place, Tally, binomial_limits, compare, poisson_limits
from privileging.rules.oppe_file import MOST, read_csv, read_rows
from privileging.rules.oppe_pictures import funnel, trend

LIMITS = Limits(volume=20, peers=4, inner=0.95, outer=0.998)
PEERS = [Tally(2, 100), Tally(3, 100), Tally(1, 100), Tally(2, 100)]


def placed(own, peers=PEERS, *, rate=True, higher=False):
    return compare(own, peers, LIMITS, rate=rate, higher_is_better=higher).place


class TestAmongPeers:
    def test_an_outlier_is_named_and_those_chance_explains_are_not(self):
        assert placed(Tally(12, 100)) == Place.OUTSIDE
        assert placed(Tally(8, 100)) == Place.WATCH
        assert placed(Tally(3, 100)) == Place.WITHIN

    @pytest.mark.parametrize(("cases", "place"), [(19, Place.TOO_FEW), (20, Place.OUTSIDE)])
    def test_below_the_fewest_cases_nobody_is_an_outlier(self, cases, place):
        assert placed(Tally(cases, cases)) == place

    def test_with_too_few_peers_nobody_is_compared(self):
        assert placed(Tally(50, 100), PEERS[:3]) == Place.NO_PEERS
        assert placed(Tally(50, 100), [*PEERS[:3], Tally(0, 0)]) == Place.NO_PEERS  # zero cases say nothing

    def test_no_data_is_no_zero(self):
        assert placed(None) == Place.NO_DATA
        assert placed(Tally(0, 0)) == Place.NO_DATA
        assert placed(Tally(0, 100)) == Place.WITHIN

    def test_the_good_side_is_no_trigger(self):
        many = [Tally(50, 100)] * 5
        assert placed(Tally(10, 100), many) == Place.BETTER
        assert placed(Tally(10, 100), many, higher=True) == Place.OUTSIDE
        assert placed(Tally(90, 100), many, higher=True) == Place.BETTER

    def test_counts_are_compared_with_the_peers_mean(self):
        peers = [Tally(1, None), Tally(2, None), Tally(0, None), Tally(1, None)]
        assert placed(Tally(12, None), peers, rate=False) == Place.OUTSIDE
        assert placed(Tally(1, None), peers, rate=False) == Place.WITHIN

    def test_one_event_among_peers_who_had_none_names_nobody(self):
        none = [Tally(0, None)] * 9
        assert placed(Tally(1, None), none, rate=False) == Place.WITHIN
        assert placed(Tally(1, 100), [Tally(0, 100)] * 4) == Place.WITHIN

    def test_the_person_is_not_among_the_peers(self):
        found = compare(Tally(90, 100), PEERS, LIMITS, rate=True, higher_is_better=False)
        assert found.centre == pytest.approx(0.02)


@given(rate=st.floats(0.001, 0.999), cases=st.integers(1, 300), share=st.sampled_from([0.95, 0.998]))
def test_beyond_a_limit_lies_at_most_half_of_the_rest_of_chance(rate, cases, share):
    low, high = binomial_limits(rate, cases, share)
    chance = [math.comb(cases, k) * rate**k * (1 - rate) ** (cases - k) for k in range(cases + 1)]
    tail = (1 - share) / 2 + 1e-9
    assert 0 <= low <= high <= cases
    assert sum(chance[:low]) <= tail
    assert sum(chance[high + 1 :]) <= tail


@given(mean=st.floats(0.01, 60), share=st.sampled_from([0.95, 0.998]))
def test_the_same_for_counts(mean, share):
    low, high = poisson_limits(mean, share)
    chance = [math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(high + 1)]
    tail = (1 - share) / 2 + 1e-9
    assert sum(chance[:low]) <= tail
    assert 1 - sum(chance) <= tail


def summed(logarithm, counts, share):
    """The limits by summing every count, for numbers the rule does not sum."""
    tail, reached, low = (1 - share) / 2, 0.0, None
    for k in counts:
        reached += math.exp(logarithm(k))
        if low is None and reached > tail:
            low = k
        if reached >= 1 - tail:
            return low, k
    raise AssertionError("too few counts")


@pytest.mark.parametrize("share", [0.95, 0.998])
@pytest.mark.parametrize(("rate", "cases"), [(0.3, 100_000), (0.02, 800_000), (0.5, 60_000), (0.97, 500_000)])
def test_of_very_many_events_the_limits_are_right_to_within_one(rate, cases, share):
    def logarithm(k):
        choose = math.lgamma(cases + 1) - math.lgamma(k + 1) - math.lgamma(cases - k + 1)
        return choose + k * math.log(rate) + (cases - k) * math.log1p(-rate)

    mean, spread = cases * rate, math.sqrt(cases * rate * (1 - rate))
    exact = summed(logarithm, range(int(mean - 9 * spread), int(mean + 9 * spread)), share)
    found = binomial_limits(rate, cases, share)
    assert max(abs(one - other) for one, other in zip(found, exact, strict=True)) <= 1


@pytest.mark.parametrize("share", [0.95, 0.998])
def test_nor_do_counts_differ_by_more(share):
    mean = 40_000.0
    exact = summed(lambda k: k * math.log(mean) - mean - math.lgamma(k + 1), range(38_000, 42_000), share)
    found = poisson_limits(mean, share)
    assert max(abs(one - other) for one, other in zip(found, exact, strict=True)) <= 1


@pytest.mark.parametrize("rate", [1e-7, 1e-4, 0.02, 0.5, 0.999])
def test_the_largest_denominator_costs_no_more(rate, monkeypatch):
    asked = []
    monkeypatch.setattr(math, "lgamma", lambda x, real=math.lgamma: asked.append(x) or real(x))
    low, high = binomial_limits(rate, MOST, 0.998)
    assert 0 <= low <= MOST * rate <= high <= MOST
    assert len(asked) < 10_000
    poisson_limits(MOST * rate, 0.998)
    assert len(asked) < 15_000


class TestPictures:
    def test_peers_are_points_without_names_and_the_words_say_it(self):
        picture = funnel(Tally(12, 100), PEERS, 0.02, LIMITS, name="Infections")
        assert len(picture.peers) == 4
        assert picture.said == ("Infections: 4 peers, whose rate is 2.0 %; this practitioner 12.0 % of 100")
        numbers = [float(each) for point in (*picture.peers, picture.own) for each in point]
        assert all(0 <= each <= 320 for each in numbers)

    def test_a_trend_of_none_of_one_and_of_many(self):
        assert trend([], rate=True, name="X").points == ()
        assert trend([(dt.date(2026, 1, 1), 1, 10)], rate=True, name="X").line == ""
        steps = [(dt.date(2025, month, 1), month, 100) for month in range(1, 13)]
        assert len(trend(steps, rate=True, name="X").points) == 12
        assert trend([(dt.date(2026, 1, 1), 0, 0)], rate=True, name="X").points == ()
        assert trend([(dt.date(2026, 1, 1), 1, 8)], rate=True, name="X").said == "X: Jan 2026 12.5 %"
        assert trend([(dt.date(2026, 1, 1), 3, None)], rate=False, name="X").said == "X: Jan 2026 3"


class TestADelivery:
    KNOWN = {"infections": True, "complaints": False}
    TODAY = dt.date(2026, 11, 24)
    GOOD = {
        "npi": "1234567893", "indicator": "infections", "from": "2026-01-01", "through": "2026-03-31",
        "numerator": "1", "denominator": "20",
    }  # fmt: skip

    def read(self, **wrong):
        return read_rows([self.GOOD | wrong], self.KNOWN, today=self.TODAY)

    def test_a_good_row(self):
        rows, mistakes = self.read()
        assert not mistakes
        assert (rows[0].numerator, rows[0].denominator, rows[0].line) == (1, 20, 2)

    @pytest.mark.parametrize(
        ("wrong", "column"),
        [
            ({"npi": "12"}, "npi"),
            ({"indicator": "unknown"}, "indicator"),
            ({"from": "01/02/2026"}, "from"),
            ({"from": "0001-01-01"}, "from"),
            ({"through": "2026-12-31"}, "through"),
            ({"through": "2025-12-31"}, "through"),
            ({"numerator": "-1"}, "numerator"),
            ({"numerator": "1.5"}, "numerator"),
            ({"numerator": "٣"}, "numerator"),
            ({"numerator": "21"}, "numerator"),
            ({"denominator": ""}, "denominator"),
            ({"indicator": "complaints"}, "denominator"),
            ({"numerator": "9" * 400}, "numerator"),
            ({"denominator": "10000001"}, "denominator"),
            ({"npi": "١٢٣٤٥٦٧٨٩٣"}, "npi"),
            ({"from": "20260101"}, "from"),
            ({"from": "2026-W01-4"}, "from"),
        ],
    )
    def test_each_mistake_is_named_by_row_and_column(self, wrong, column):
        rows, mistakes = self.read(**wrong)
        assert rows == []
        assert [(each.line, each.column) for each in mistakes] == [(2, column)]
        assert str(mistakes[0]).startswith(f"Row 2, {column}: ")

    def test_the_same_value_twice(self):
        _, mistakes = read_rows([self.GOOD, self.GOOD], self.KNOWN, today=self.TODAY)
        assert "row 2" in mistakes[0].sentence

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "holds nothing"),
            ("npi,indicator\n", "column is missing"),
            ('"a\nb', "no CSV"),
            (
                "npi,npi,indicator,from,through,numerator,denominator\n",
                "Row 1, npi: the column stands there twice",
            ),
            ("npi,indicator,from,through,numerator,denominator\n1,2,3,4,5,6,7\n", "Row 2: it has more cells"),
        ],
    )
    def test_a_file_that_is_none(self, text, said):
        rows, mistakes = read_csv(text)
        assert rows == []
        assert said in str(mistakes[0])

    def test_a_spreadsheet_s_mark_and_columns_in_another_order(self):
        text = "\ufeffIndicator,NPI,from,through,numerator,denominator\nx,1,a,b,c,d\n"
        rows, mistakes = read_csv(text)
        assert not mistakes
        assert rows[0]["npi"] == "1"

    def test_blank_lines_and_cells_of_several_lines_count_as_lines(self):
        head = "npi,indicator,from,through,numerator,denominator,note\n"
        text = head + '\n1,x,a,b,c,d,"two\nlines"\n\n2,x,a,b,c,d,\n'
        rows, _ = read_csv(text)
        assert [row[LINE] for row in rows] == [3, 6]
        _, mistakes = read_rows(rows, self.KNOWN, today=self.TODAY)
        assert {each.line for each in mistakes} == {3, 6}
