"""BL-EXC-1: confirmed, undecided, cleared, off the list, over; never screened, or screened too long ago."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.kernel import clock
from config.kernel.errors import Refused
from config.rulebook.rules import judge_many
from config.rulebook.selectors.parameters import Bound
from config.rulebook.verdicts import Outcome
from config.rulebook.waivability import check_waivable
from credentialing.parameters import LIST_AGE_DAYS
from credentialing.rules.exclusion import RULE, judge
from credentialing.services import exclusion_lists, matches, screening
from tests.credentialing.world import FIXTURES, NOON, TODAY
from tests.judging import ON, assert_plain, near, quickly

DAY = dt.timedelta(days=1)
LOADED = dt.date(2026, 3, 1)
LIMIT = {LIST_AGE_DAYS: Bound(LIST_AGE_DAYS, "", 35)}
PLANTED = FIXTURES / "leie" / "planted.csv"


def match(status="confirmed", **more):
    return {
        "list": "OIG LEIE", "citation": "42 USC 1320a-7", "status": status, "reason": "", "decided_on": None,
        "excluded_on": dt.date(2015, 7, 20), "ends_on": None, "gone_on": None, "evidence": "",
        "evidence_title": "",
    } | more  # fmt: skip


def facts(*found, on=TODAY, **more):
    return {
        "on": on,
        "lists": [{"list": "OIG LEIE", "load": 3, "loaded_on": LOADED}],
        "missed": [],
        "screened_on": LOADED,
        "matches": list(found),
    } | more


@pytest.mark.parametrize(
    ("given", "outcome", "told"),
    [
        (facts(), Outcome.MET, "Screened on 1 Mar 2026 against OIG LEIE: not excluded."),
        (facts(match()), Outcome.NOT_MET, "Confirmed on OIG LEIE, excluded since 20 Jul 2015."),
        (facts(match(gone_on=TODAY)), Outcome.NOT_MET, "that alone ends nothing"),
        (facts(match(ends_on=TODAY)), Outcome.NOT_MET, "Confirmed on OIG LEIE"),
        (facts(match(excluded_on=None)), Outcome.NOT_MET, "Confirmed on OIG LEIE."),
        # The exclusion begins on the day, or the day after it.
        (facts(match(excluded_on=TODAY)), Outcome.NOT_MET, "excluded since 10 Mar 2026"),
        (facts(match(excluded_on=TODAY + DAY)), Outcome.MET, "not excluded"),
        (facts(match("new")), Outcome.UNKNOWN, "1 possible match waits for review: OIG LEIE."),
        (facts(match("new"), match("new")), Outcome.UNKNOWN, "2 possible matches wait"),
        (facts(match("new", gone_on=TODAY)), Outcome.UNKNOWN, "waits for review"),
        (facts(match("new", ends_on=TODAY)), Outcome.MET, "not excluded"),
        (facts(match("new", ends_on=TODAY + DAY)), Outcome.UNKNOWN, "waits for review"),
        (facts(match("cleared", reason="dob_differs")), Outcome.MET, "not excluded."),
        (facts(match("cleared", reason="reinstated", decided_on=TODAY)), Outcome.MET, "over on 10 Mar 2026"),
        (facts(lists=[], screened_on=None), Outcome.UNKNOWN, "No exclusion list"),
        (facts(missed=["load 3 of OIG LEIE"]), Outcome.UNKNOWN, "Not screened against load 3 of OIG LEIE"),
        # 35 days after the load it is still good, the day after that it is not.
        (facts(on=LOADED + 35 * DAY), Outcome.MET, "not excluded"),
        (facts(on=LOADED + 36 * DAY), Outcome.UNKNOWN, "more than 35 days"),
        # What is confirmed stands above everything nobody knows.
        (facts(match(), match("new"), missed=["load 3 of OIG LEIE"]), Outcome.NOT_MET, "Confirmed"),
    ],
)
def test_golden_cases(given, outcome, told):
    verdict = judge(given, LIMIT)
    assert verdict.outcome == outcome
    assert told in verdict.sentence


def test_since_when():
    assert judge(facts(match()), LIMIT).since == dt.date(2015, 7, 20)
    over = match("cleared", reason="reinstated", decided_on=TODAY)
    assert judge(facts(over), LIMIT).since == TODAY
    assert judge(facts(match("cleared", reason="dob_differs", decided_on=TODAY)), LIMIT).since is None


def test_without_a_limit_no_load_is_too_old():
    assert judge(facts(on=LOADED + 400 * DAY), {}).outcome == Outcome.MET


def test_it_is_never_waived():
    with pytest.raises(Refused, match="can never be waived"):
        check_waivable("BL-EXC-1")


def judged(world, person, on=TODAY, known_at=None):
    return judge_many(RULE, facility=world.facility, on=on, known_at=known_at, practitioner_ids=[person.pk])[
        person.pk
    ]


def test_what_was_known_when(world, django_assert_max_num_queries):
    """Asked as known then, the answer is the one of then, whatever was found out since."""
    person = world.practitioner(
        last_name="Brightwater", first_name="Imogen", middle_name="", npi=None, birth_date=dt.date(1968, 7, 4)
    )
    world.appoint(person)
    assert judged(world, person).outcome == Outcome.UNKNOWN
    exclusion_lists.load_leie(actor=world.system, path=PLANTED)
    assert "Not screened against load 1" in judged(world, person).sentence
    with clock.freeze(NOON + DAY):
        screening.screen(actor=world.coordinator, practitioner=person)
    with clock.freeze(NOON + 2 * DAY):
        found = matches.confirm_match(
            actor=world.compliance, match=person.screening_matches.get(), note="SSN verified"
        )
    with clock.freeze(NOON + 4 * DAY):
        matches.reopen_match(actor=world.compliance, match=found, reason="Another SSN")
        with django_assert_max_num_queries(8):
            now = judged(world, person, TODAY + 4 * DAY)
        assert now.outcome == Outcome.UNKNOWN
        then = {
            days: judged(world, person, TODAY + days * DAY, NOON + days * DAY).outcome
            for days in (0, 1, 2, 3)
        }
    assert then == {0: Outcome.UNKNOWN, 1: Outcome.UNKNOWN, 2: Outcome.NOT_MET, 3: Outcome.NOT_MET}


MATCHES = st.lists(
    st.builds(
        lambda status, excluded_on, ends_on: match(status, excluded_on=excluded_on, ends_on=ends_on),
        st.sampled_from(["confirmed", "new", "cleared"]),
        st.none() | near(),
        st.none() | near(),
    ),
    max_size=3,
)


@quickly
@given(MATCHES, st.lists(near(-60, 0), max_size=2), st.booleans(), st.none() | st.integers(1, 50))
def test_confirmed_decides_then_what_waits_then_what_was_not_looked_at(matches, loads, missed, days):
    """BL-EXC-1 for any matches and loads: clearing what waits never makes it worse, nothing unseen is met."""

    def verdict(matches, days=days):
        lists = [{"list": f"List {at}", "load": at, "loaded_on": day} for at, day in enumerate(loads)]
        found = facts(*matches, on=ON, lists=lists, missed=["load 1 of another"] * missed, screened_on=ON)
        limit = {LIST_AGE_DAYS: Bound(LIST_AGE_DAYS, "", days)}
        return assert_plain(judge, found, limit, days=29).outcome

    excluded = [
        each for each in matches if each["status"] == "confirmed" and (each["excluded_on"] or ON) <= ON
    ]
    waits = [each for each in matches if each["status"] == "new" and (each["ends_on"] or ON + DAY) > ON]
    looked_at = bool(loads) and not missed and (days is None or (ON - min(loads)).days <= days)
    expected = Outcome.NOT_MET if excluded else Outcome.MET if looked_at and not waits else Outcome.UNKNOWN
    assert verdict(matches) == expected
    if loads and not missed:  # to the day
        age = (ON - min(loads)).days
        assert verdict([], days=age) == Outcome.MET
        assert age < 1 or verdict([], days=age - 1) == Outcome.UNKNOWN
    assert verdict(matches[::-1]) == expected
    cleared = [each | {"status": "cleared", "reason": "dob_differs"} for each in matches]
    assert verdict(cleared) == (Outcome.MET if looked_at else Outcome.UNKNOWN)
    assert verdict([*matches, match(excluded_on=None)]) == Outcome.NOT_MET
