"""Golden cases of BL-TMP-1, BL-TMP-2, BL-TMP-3 and BL-NPDB-2: boundary days, exempt, unknown."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from config.kernel import clock
from config.rulebook.rules import judge_many, rule
from config.rulebook.selectors.parameters import Bound
from config.rulebook.verdicts import Outcome
from credentialing.choices import NPDBQueryKind, NPDBReason
from credentialing.services.npdb import log_query
from privileging.choices import GrantKind
from privileging.rules import npdb_before_grant, temporary_limits, temporary_prerequisites
from tests.judging import ON, RANK, assert_plain, near, quickly
from tests.privileging.conftest import TODAY, appoint, grant
from tests.privileging.kinds import built, granted_for_a_time, physician
from tests.worlds import shared

DAY = dt.timedelta(days=1)
MET, NOT_MET, UNKNOWN = Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN
NONE = Outcome.NOT_APPLICABLE
FIRST, LAST = dt.date(2025, 1, 1), dt.date(2025, 4, 30)


def limits(days=120):
    return {
        f"privileging.longest_days:{subject}": Bound("privileging.longest_days", subject, days, source="TJC")
        for subject in ("temporary", "locum")
    }


def row(first, last, *, kind=GrantKind.TEMPORARY_APPLICANT, beside=None, gate="MET"):
    return {
        "kind": str(kind),
        "privilege": "Appendectomy",
        "first": first,
        "last": last,
        "beside": list(beside or [(first, last)]),
        "gate": gate,
        "decided_here": True,
    }


class TestDays:
    """BL-TMP-1 and BL-TMP-3"""

    @pytest.mark.parametrize(("last", "outcome"), [(LAST - DAY, MET), (LAST, MET), (LAST + DAY, NOT_MET)])
    @pytest.mark.parametrize("kind", [GrantKind.TEMPORARY_NEED, GrantKind.LOCUM])
    def test_day_1_is_the_day_of_the_grant(self, last, outcome, kind):
        verdict = temporary_limits.judge_each({"on": FIRST, "held": [row(FIRST, last, kind=kind)]}, limits())
        assert (verdict.outcome, verdict.due) == (outcome, LAST)

    def test_it_says_how_long_and_how_long_it_may(self):
        verdict = temporary_limits.judge_each({"on": FIRST, "held": [row(FIRST, LAST + DAY)]}, limits())
        assert verdict.sentence == (
            "Appendectomy runs from 1 Jan 2025 through 1 May 2025, 121 days; at most 120 are allowed."
        )
        assert verdict.since == FIRST
        assert verdict.cure.startswith("End it with 30 Apr 2025")

    @pytest.mark.parametrize(("last", "outcome"), [(LAST - DAY, MET), (LAST, MET), (LAST + DAY, NOT_MET)])
    def test_a_repeat_beside_one_application_buys_no_day(self, last, outcome):
        """Each is short; together they run from the first day of the first."""
        again = row(
            dt.date(2025, 4, 1), last, beside=[(FIRST, dt.date(2025, 3, 31)), (dt.date(2025, 4, 1), last)]
        )
        facts = {"on": dt.date(2025, 4, 1), "held": [again]}
        assert temporary_limits.judge_each(facts, limits()).outcome == MET
        found = temporary_limits.judge_repeated(facts, limits())
        assert found.outcome == outcome
        # Until the repeat began the rule was met.
        assert found.since == (dt.date(2025, 4, 1) if outcome == NOT_MET else None)

    def test_it_is_broken_since_the_grant_that_runs_too_long(self):
        """The first ran its 120 days and was met each day; its repeat is too long from its first day, or from
        the day on which something is held again.
        """
        again, last = dt.date(2025, 5, 1), dt.date(2025, 5, 30)

        def since(on, *beside):
            held = [row(*beside[-1], beside=beside)]
            return temporary_limits.judge_repeated({"on": on, "held": held}, limits()).since

        assert since(again, (FIRST, LAST), (again, last)) == again
        assert since(last, (FIRST, LAST), (again, last - DAY), (again + DAY, last)) == again
        assert since(last, (FIRST, LAST + DAY), (last, last)) == last
        assert since(FIRST, (FIRST, last)) == FIRST
        each = [row(again, again + 200 * DAY), row(FIRST, again + 10 * DAY)]
        assert temporary_limits.judge_each({"on": again, "held": each}, limits()).since == FIRST

    def test_a_care_need_has_no_repeats(self):
        need = row(FIRST, LAST, kind=GrantKind.TEMPORARY_NEED)
        assert temporary_limits.judge_repeated({"on": FIRST, "held": [need]}, limits()).outcome == NONE

    def test_each_grant_is_measured_by_itself_also_of_one_privilege(self):
        """Of two merged records: one is too long, and the other begins later."""
        need = row(FIRST, LAST + 10 * DAY, kind=GrantKind.TEMPORARY_NEED)
        locum = row(dt.date(2025, 3, 1), dt.date(2025, 4, 1), kind=GrantKind.LOCUM)
        for held in ([need, locum], [locum, need]):
            verdict = temporary_limits.judge_each({"on": dt.date(2025, 3, 1), "held": held}, limits())
            assert (verdict.outcome, verdict.due) == (NOT_MET, LAST)

    def test_it_names_the_limit_that_binds(self):
        bounds = limits() | {
            "privileging.longest_days:locum": Bound("privileging.longest_days", "locum", 60, source="TJC")
        }
        need = row(FIRST, dt.date(2025, 1, 20), kind=GrantKind.TEMPORARY_NEED)
        locum = row(FIRST, dt.date(2025, 2, 1), kind=GrantKind.LOCUM)
        verdict = temporary_limits.judge_each({"on": FIRST, "held": [need, locum]}, bounds)
        assert verdict.sentence == "Within 60 days; it may last through 1 Mar 2025."
        assert (verdict.outcome, verdict.bound_by) == (MET, "TJC: 60 days")

    def test_nothing_held_and_no_limit(self):
        assert temporary_limits.judge_each({"on": FIRST, "held": []}, limits()).outcome == NONE
        held = {"on": FIRST, "held": [row(FIRST, LAST)]}
        assert temporary_limits.judge_each(held, limits(None)).outcome == UNKNOWN


@pytest.mark.parametrize(
    ("gates", "outcome"),
    [
        ([], NONE),
        (["MET"], MET),
        (["NOT_APPLICABLE"], MET),
        (["MET", "UNKNOWN"], NOT_MET),
        (["MET", "NOT_MET"], NOT_MET),
        (["MET", ""], UNKNOWN),
        (["UNKNOWN", ""], NOT_MET),
    ],
)
def test_what_was_found_out_when_it_was_granted(gates, outcome):
    """BL-TMP-2"""
    facts = {"on": FIRST, "held": [row(FIRST, LAST, gate=gate) for gate in gates]}
    assert temporary_prerequisites.judge(facts, {}).outcome == outcome


class TestQueriedBefore:
    """BL-NPDB-2"""

    DECIDED = dt.date(2026, 3, 10)
    OLDEST = dt.date(2025, 11, 10)  # 120 days before

    def verdict(self, decided, queried=(), enrolled=(), days=120):
        facts = {
            "entity": "Prairie Health",
            "decided": list(decided),
            "queried": sorted(queried),
            "enrolled": list(enrolled),
        }
        bound = {npdb_before_grant.AGE: Bound("credentialing.max_age_days", "NPDB", days, source="Default")}
        return npdb_before_grant.judge(facts, bound)

    @pytest.mark.parametrize(
        ("queried", "outcome"),
        [
            (OLDEST - DAY, NOT_MET),
            (OLDEST, MET),
            (OLDEST + DAY, MET),
            (DECIDED - DAY, MET),
            (DECIDED, MET),
            (DECIDED + DAY, NOT_MET),
        ],
    )
    def test_on_the_day_or_before_and_not_too_old(self, queried, outcome):
        assert self.verdict([self.DECIDED], [queried]).outcome == outcome

    def test_the_last_one_before_counts(self):
        assert self.verdict([self.DECIDED], [self.OLDEST - DAY, self.DECIDED]).outcome == MET

    def test_every_grant_needs_its_own(self):
        earlier = dt.date(2024, 1, 10)
        verdict = self.verdict([earlier, self.DECIDED], [self.DECIDED])
        assert (verdict.outcome, verdict.since) == (NOT_MET, earlier)

    @pytest.mark.parametrize(("ends", "outcome"), [(DECIDED, UNKNOWN), (DECIDED + DAY, MET), (None, MET)])
    def test_continuous_query_covers_the_day(self, ends, outcome):
        enrolled = [DateRange(dt.date(2025, 1, 1), ends)]
        assert self.verdict([self.DECIDED], enrolled=enrolled).outcome == outcome

    def test_no_query_on_record_is_unknown_and_nothing_granted_is_no_matter(self):
        assert self.verdict([self.DECIDED]).outcome == UNKNOWN
        assert self.verdict([], [self.OLDEST]).outcome == NONE
        assert self.verdict([self.DECIDED], [self.DECIDED], days=None).outcome == UNKNOWN


def _make(world) -> None:
    world.locum = physician(world, "Locum", 0)
    granted_for_a_time(world, world.staff, world.locum)


@pytest.fixture(scope="module")
def _facilities(request, django_db_setup, django_db_blocker, tmp_path_factory):
    with (
        override_settings(STANDING_STORE=tmp_path_factory.mktemp("store")),
        shared(request, django_db_blocker, built(_make)) as facilities,
    ):
        yield facilities


def test_what_was_taken_over_was_known_elsewhere():
    """BL-TMP-2, as BL-NPDB-2"""
    taken_over = row(FIRST, LAST, gate="") | {"decided_here": False}
    verdict = temporary_prerequisites.judge({"on": FIRST, "held": [taken_over]}, {})
    assert verdict.outcome == NONE
    facts = {"on": FIRST, "held": [taken_over, row(FIRST, LAST, gate="UNKNOWN")]}
    assert temporary_prerequisites.judge(facts, {}).outcome == NOT_MET


@pytest.mark.parametrize("gate", ["NOT_MET", ""])
def test_the_cure_says_that_it_stays_until_they_end(gate):
    verdict = temporary_prerequisites.judge({"on": FIRST, "held": [row(FIRST, LAST, gate=gate)]}, {})
    assert "until they end" in verdict.cure


class TestFromRecords:
    """What the rules read, of one with temporary privileges granted here and one with a taken-over grant."""

    def judged(self, world, one, code, on=TODAY, known_at=None):
        found = judge_many(
            rule(code), facility=world.lakeside, on=on, known_at=known_at, practitioner_ids=[one.pk]
        )
        return found[one.pk].outcome

    def test_held_for_a_time(self, db, world):
        codes = ("BL-TMP-1", "BL-TMP-2", "BL-TMP-3", "BL-NPDB-2")
        on = clock.today(world.lakeside)
        assert [self.judged(world, world.locum, code, on) for code in codes] == [MET, MET, NONE, UNKNOWN]
        after = on + 120 * DAY
        assert [self.judged(world, world.locum, code, after) for code in codes] == [NONE] * 4
        before = clock.now() - dt.timedelta(days=30)
        assert [self.judged(world, world.locum, code, on, before) for code in codes] == [NONE] * 4

    def test_a_query_of_a_later_day_says_nothing_of_the_days_before(self, db, world, person):
        """BL-NPDB-2: judged of a day it is what the run of that day said."""
        one, on = person("Vasquez", npi=None), clock.today(world.lakeside)
        appoint(world, one)
        with clock.freeze(clock.now() + 2 * DAY):
            log_query(
                actor=world.staff.coordinator, practitioner=one, facility=world.lakeside,
                kind=NPDBQueryKind.CONTINUOUS, reason=NPDBReason.TWO_YEARS, queried_on=on + 2 * DAY,
                dcn="5500000001", content=b"No reports found.",
            )  # fmt: skip
        known = []
        for days in range(4):
            facts = npdb_before_grant.gather(world.lakeside, on + days * DAY, None, [one.pk])[one.pk]
            known.append((len(facts["queried"]), len(facts["enrolled"])))
        assert known == [(0, 0), (0, 0), (1, 1), (1, 1)]

    def test_what_was_taken_over_was_decided_elsewhere(self, db, world, person):
        one = person("Vasquez", npi=None)
        appoint(world, one)
        grant(world, one)
        codes = ("BL-TMP-1", "BL-TMP-2", "BL-TMP-3", "BL-NPDB-2")
        assert [self.judged(world, one, code) for code in codes] == [NONE] * 4


KINDS = st.sampled_from([GrantKind.TEMPORARY_NEED, GrantKind.TEMPORARY_APPLICANT, GrantKind.LOCUM])
HELD = st.lists(st.tuples(near(-100, 0), st.integers(1, 100), st.integers(0, 60), KINDS), max_size=3)


@quickly
@given(HELD, st.none() | st.integers(1, 120))
def test_too_long_exactly_when_the_days_counted_one_by_one_are_more(held, days):
    """BL-TMP-1 by the grant, BL-TMP-3 with what was granted before beside the same application."""
    rows = [
        row(first, first + (length - 1) * DAY, kind=kind,
            beside=[(first - before * DAY, first), (first, first + (length - 1) * DAY)])
        for first, length, before, kind in held
    ]  # fmt: skip
    beside = [before + length for _, length, before, kind in held if kind == GrantKind.TEMPORARY_APPLICANT]
    for judge, counted in (
        (temporary_limits.judge_each, [length for _, length, _, _ in held]),
        (temporary_limits.judge_repeated, beside),
    ):

        def verdict(days, judge=judge, rows=rows):
            facts = {"on": max((each["last"] for each in rows), default=ON), "held": rows}
            return assert_plain(judge, facts, limits(days), days=31)

        if not counted:
            assert verdict(days).outcome == NONE
        elif days is None:
            assert verdict(days).outcome == UNKNOWN
        else:
            found = verdict(days)
            assert found.outcome == (NOT_MET if max(counted) > days else MET)
            assert verdict(max(counted)).outcome == MET  # to the day
            assert max(counted) == 1 or verdict(max(counted) - 1).outcome == NOT_MET
            assert RANK[verdict(days + 1).outcome] >= RANK[found.outcome]
            assert verdict(days, rows=rows[::-1]).outcome == found.outcome


GATES = st.lists(
    st.tuples(st.sampled_from(["MET", "NOT_APPLICABLE", "NOT_MET", "UNKNOWN", ""]), st.booleans())
)


@quickly
@given(GATES)
def test_met_only_where_every_gate_of_here_was(gates):
    """BL-TMP-2 for any grants: what was taken over says nothing, and one that was not met decides."""
    rows = [row(FIRST, LAST, gate=gate) | {"decided_here": here} for gate, here in gates]
    found = assert_plain(temporary_prerequisites.judge, {"on": LAST, "held": rows}, {}, days=37).outcome
    seen = {gate for gate, here in gates if here}
    if not seen:
        assert found == NONE
    elif seen & {"NOT_MET", "UNKNOWN"}:
        assert found == NOT_MET
    else:
        assert found == (UNKNOWN if "" in seen else MET)


@quickly
@given(
    st.lists(near(-60, 0), max_size=3),
    st.lists(near(-200, 20), max_size=3),
    st.none() | near(-200, 0),
    st.none() | st.integers(1, 150),
)
def test_met_exactly_where_every_grant_had_an_answer_of_its_time(decided, queried, enrolled, days):
    """BL-NPDB-2 for any days: one query more before them never makes it worse, nor do more days."""
    ranges = [] if enrolled is None else [DateRange(enrolled, None)]

    def verdict(days, queried=queried):
        facts = {
            "entity": "Ours", "decided": sorted(decided), "queried": sorted(queried), "enrolled": ranges,
        }  # fmt: skip
        bound = {npdb_before_grant.AGE: Bound("credentialing.max_age_days", "NPDB", days)}
        return assert_plain(npdb_before_grant.judge, facts, bound, days=41).outcome

    open_days = [day for day in decided if enrolled is None or day < enrolled]
    # How old the answer of each grant was; None: nobody had asked.
    ages = [min(((day - each).days for each in queried if each <= day), default=None) for day in open_days]
    found = verdict(days)
    if not decided:
        assert found == NONE
    elif any(age is not None and days is not None and age > days for age in ages):
        assert found == NOT_MET
    elif None in ages:
        assert found == (NOT_MET if queried else UNKNOWN)
    else:
        assert found == (UNKNOWN if days is None else MET)
        oldest = max(ages, default=0)
        assert oldest < 1 or verdict(oldest) == MET  # to the day
        assert oldest < 2 or verdict(oldest - 1) == NOT_MET
    if days is not None and queried:
        assert RANK[verdict(days + 1)] >= RANK[found]
        assert RANK[verdict(days, [*queried, *decided])] >= RANK[found]
