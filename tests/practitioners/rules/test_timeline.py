import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from config.kernel.registries import LaneEntry
from practitioners.rules.gaps import Gap, GapLimits, judge_gap
from practitioners.rules.timeline import (
    Stated,
    activities,
    career_start,
    draw,
    draw_strip,
    explained_beside,
    lane_of,
    only_school,
)

TODAY = dt.date(2026, 3, 10)
day = dt.date.fromisoformat


def test_a_kind_stands_where_its_schema_says_else_its_category():
    assert lane_of({"x-lane": "military"}, "activity") == "military"
    assert lane_of({}, "activity") == "work"
    assert lane_of({"x-lane": "nonsense"}, "licensure") == "licence"
    assert lane_of({}, "insurance") == ""


def test_licences_and_affiliations_fill_no_time():
    work = Stated("work", day("2020-01-01"), None)
    rows = [work, Stated("licence", day("2019-01-01"), None), Stated("affiliation", day("2018-01-01"), None)]
    assert [each.first_day for each in activities(rows)] == [day("2020-01-01")]
    assert activities([Stated("work", None, day("2020-01-01"))]) == []


def test_school_ends_with_graduation_and_begins_the_career():
    school = Stated("education", day("2003-08-01"), None, graduated_on=day("2007-05-31"))
    later = Stated("education", day("2015-08-01"), day("2017-05-31"))
    assert activities([school])[0].last_day == day("2007-05-31")
    assert career_start([later, school]) == day("2007-05-31")
    assert career_start([Stated("licence", day("2010-01-01"), None)]) == day("2010-01-01")
    assert career_start([]) is None
    assert only_school([school])
    assert not only_school([school, Stated("leave", day("2020-01-01"), day("2020-05-01"))])


def test_an_entry_speaks_of_the_gap_beside_it_only():
    gaps = [Gap(day("2020-03-01"), day("2020-08-31")), Gap(day("2022-01-01"), day("2022-12-31"))]
    left = Stated("work", day("2015-01-01"), day("2020-02-10"), explanation="Moved", in_writing=True)
    came = Stated("work", day("2020-09-15"), day("2021-05-31"), explanation="Visa")
    found = explained_beside([left, came], gaps)
    assert [(each.first_day, each.text) for each in found] == [
        (day("2020-03-01"), "Moved"),
        (day("2020-03-01"), "Visa"),
    ]


def test_nothing_with_a_day_draws_nothing():
    assert draw([("Work", [LaneEntry("Somewhere", None)])], [], TODAY) is None
    assert draw_strip([("Activity", [])], [], TODAY) is None


def test_today_gaps_and_what_goes_on():
    entries = [
        LaneEntry("Clinic", day("2016-01-01"), day("2020-12-31")),
        LaneEntry("Hospital", day("2021-06-01")),
    ]
    gap = judge_gap(Gap(day("2021-01-01"), day("2021-05-31")), [], GapLimits(60, 180, 5))
    picture = draw([("Work", entries)], [gap], TODAY)
    (band,) = picture.bands
    first, second = picture.lanes[0].bars
    assert first.x == 0
    assert (second.goes_on, band.colour) == (True, "warn")
    assert abs(second.x + second.width - picture.today_x) < 0.1
    assert first.x + first.width <= band.x + 0.01
    assert abs(band.x + band.width - second.x) < 0.02


moments = st.none() | st.dates(day("1960-01-01"), day("2040-12-31"))
entries = st.lists(
    st.builds(
        lambda title, *ends: LaneEntry(title, *(sorted(ends) if all(ends) else ends)),
        st.text("abcdef ", min_size=1, max_size=80), moments, moments,
    ),
    max_size=12,
)  # fmt: skip


@given(entries)
def test_every_bar_lies_within_the_picture_and_no_two_labels_on_each_other(drawn):
    picture = draw([("Work", drawn)], [], TODAY)
    assert (picture is None) is not any(each.first_day or each.last_day for each in drawn)
    if picture is None:
        return
    taken = {}
    for bar in picture.lanes[0].bars:
        assert bar.x >= -0.01
        assert bar.x + bar.width <= 100.01
        assert bar.y < picture.height
        wide = len(bar.label) * 0.85
        begins = min(bar.x, bar.label_x if bar.anchor == "start" else bar.label_x - wide)
        stops = max(bar.x + bar.width, bar.label_x + wide if bar.anchor == "start" else bar.label_x)
        for other_begins, other_stops in taken.get(bar.y, []):
            assert begins >= other_stops or stops <= other_begins
        taken.setdefault(bar.y, []).append((begins, stops))
