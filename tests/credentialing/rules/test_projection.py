import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from credentialing.rules.projection import project

TODAY = dt.date(2026, 3, 10)
CHAIN = [("chair", "Department chair"), ("cc", "Credentials committee"), ("mec", "MEC"), ("board", "Board")]


def day(number):
    return TODAY + dt.timedelta(days=number)


def test_every_body_at_its_next_meeting():
    found = project(CHAIN, {"cc": [day(5)], "mec": [day(2), day(12)], "board": [day(11), day(30)]}, TODAY)
    assert found.on == day(30)
    assert "once the Department chair has acted" in found.sentence
    assert "Board 9 Apr" in found.sentence


def test_bodies_may_meet_on_one_day_and_today_still_counts():
    assert project(CHAIN[1:], {"cc": [TODAY], "mec": [TODAY], "board": [day(1)]}, TODAY).on == day(1)


def test_a_body_without_a_meeting_leaves_it_unknown():
    found = project(CHAIN, {"cc": [day(5)], "mec": [day(2)], "board": [day(11)]}, TODAY)
    assert found.on is None
    assert found.sentence == "Not known: no meeting of the MEC is called after 15 Mar 2026."
    assert project(CHAIN, {"cc": [], "mec": [], "board": []}, TODAY).sentence.endswith("is called.")


def test_nothing_ahead_is_not_known():
    assert project([], {}, TODAY).on is None
    assert project(CHAIN[:1], {}, TODAY).on is None


days = st.lists(st.integers(-20, 60), max_size=6)


@given(days, days, days)
def test_it_is_the_earliest_day_the_chain_allows(cc, mec, board):
    """An oracle that tries every combination of meetings in order."""
    meetings = {"cc": [day(n) for n in cc], "mec": [day(n) for n in mec], "board": [day(n) for n in board]}
    possible = [third for first in cc for second in mec for third in board if 0 <= first <= second <= third]
    assert project(CHAIN[1:], meetings, TODAY).on == (day(min(possible)) if possible else None)
