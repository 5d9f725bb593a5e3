"""BL-HRG-1: golden cases around the days of the law, and who may sit at a hearing."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaws.parameters import HEARING_NOTICE_DAYS, HEARING_REQUEST_DAYS
from bylaws.rules import hearing_notice
from bylaws.rules.due_process import clocks_day, dates_of, final_actions, next_steps
from bylaws.rules.panel import Sitting
from bylaws.rules.panel import judge as judge_panel
from config.rulebook.selectors.parameters import Bound
from config.rulebook.verdicts import Outcome
from tests.judging import RANK, assert_plain, near, quickly

ON = dt.date(2026, 3, 10)
DAY = dt.timedelta(days=1)


def bound(value, code):
    return Bound(code, "", value, source="Bylaws", citation="Article 9", confidence="adopted")


def judged(*tracks, on=ON, notice=30, request=30):
    parameters = {
        HEARING_NOTICE_DAYS.code: bound(notice, HEARING_NOTICE_DAYS.code),
        HEARING_REQUEST_DAYS.code: bound(request, HEARING_REQUEST_DAYS.code),
    }
    empty = {"delivered_on": None, "window_closed_on": None, "hearing_on": None, "noticed_on": None}
    return hearing_notice.judge({"on": on, "tracks": [empty | each for each in tracks]}, parameters)


@pytest.mark.parametrize(
    ("days", "outcome"),
    [(29, Outcome.NOT_MET), (30, Outcome.MET), (31, Outcome.MET), (0, Outcome.NOT_MET)],
)
def test_a_hearing_is_at_least_thirty_days_after_its_notice(days, outcome):
    verdict = judged({"noticed_on": ON, "hearing_on": ON + days * DAY})
    assert verdict.outcome == outcome
    assert f"{days} day" in verdict.sentence


@pytest.mark.parametrize(("days", "outcome"), [(44, Outcome.NOT_MET), (45, Outcome.MET)])
def test_the_bylaws_may_ask_for_more(days, outcome):
    assert judged({"noticed_on": ON, "hearing_on": ON + days * DAY}, notice=45).outcome == outcome


@pytest.mark.parametrize(("ahead", "outcome"), [(29, Outcome.NOT_MET), (30, Outcome.MET), (31, Outcome.MET)])
def test_without_a_notice_it_is_late_once_it_can_no_longer_be_in_time(ahead, outcome):
    hearing = ON + ahead * DAY
    verdict = judged({"hearing_on": hearing})
    assert (verdict.outcome, verdict.due) == (outcome, hearing - 30 * DAY)


@pytest.mark.parametrize(
    ("closed_after", "outcome"),
    [(29, Outcome.NOT_MET), (30, Outcome.NOT_MET), (31, Outcome.NOT_APPLICABLE)],
)
def test_the_time_to_ask_runs_thirty_whole_days(closed_after, outcome):
    """Received on day 0, a hearing can be asked for through day 30; it is over on day 31."""
    verdict = judged({"delivered_on": ON - 60 * DAY, "window_closed_on": ON + (closed_after - 60) * DAY})
    assert verdict.outcome == outcome


def test_nothing_to_judge_unknown_parameters_and_the_worst_of_several():
    assert judged().outcome == Outcome.NOT_APPLICABLE
    assert judged({"delivered_on": ON}).outcome == Outcome.NOT_APPLICABLE
    assert judged({"hearing_on": ON + 40 * DAY}, notice=None).outcome == Outcome.UNKNOWN
    closed = {"delivered_on": ON - 40 * DAY, "window_closed_on": ON}
    assert judged(closed, request=None).outcome == Outcome.UNKNOWN
    good = {"noticed_on": ON, "hearing_on": ON + 40 * DAY}
    bad = {"noticed_on": ON, "hearing_on": ON + 4 * DAY}
    assert judged(good, bad, good).outcome == Outcome.NOT_MET


def test_a_hearing_that_is_put_off_loses_the_notice_of_its_former_day():
    class Event:
        def __init__(self, kind, day, hearing_on=None):
            self.kind, self.day, self.hearing_on = kind, day, hearing_on

    dates = dates_of(
        [
            Event("delivered", ON),
            Event("scheduled", ON + DAY, ON + 40 * DAY),
            Event("hearing_notice", ON + 2 * DAY),
            Event("scheduled", ON + 3 * DAY, ON + 60 * DAY),
        ],
        request_days=30,
        notice_days=30,
    )
    assert (dates.hearing_on, dates.hearing_noticed_on) == (ON + 60 * DAY, None)
    assert (dates.last_day_to_ask, dates.notice_by) == (ON + 30 * DAY, ON + 30 * DAY)


def test_who_has_no_right_to_a_hearing_is_offered_what_the_bylaws_give_instead():
    with_right = next_steps("delivered", has_right=True, of_file=False)
    without = next_steps("delivered", has_right=False, of_file=False)
    assert with_right == ["requested", "waived", "over", "closed"]
    assert without == ["appealed", "final", "closed"]
    assert "waived" not in next_steps("requested", has_right=True, of_file=True)
    assert final_actions("decision", "file") == ["file"]
    assert "lift" in final_actions("suspension", "suspension")
    assert "lift" not in final_actions("measure", "revocation")


# --- who may sit ------------------------------------------------------------------------------------------

SURGEON = Sitting(True, frozenset({"Surgeon"}), frozenset({"Surgery"}), frozenset({"Lakeside"}))


def of(specialty: str = "", group: str = "", **more) -> Sitting:
    field = {"Vascular surgeon": "Surgery", "Surgeon": "Surgery", "Dentist": "Dentistry"}.get(specialty)
    return Sitting(
        on_file=True,
        specialties=frozenset({specialty} - {""}),
        fields=frozenset({field} - {None}),
        groups=frozenset({group} - {""}),
        **more,
    )


@pytest.mark.parametrize(
    ("candidate", "outcome", "word"),
    [
        (of("Surgeon", "Shore"), "NOT_MET", "economic competition"),
        (of("Surgeon", "Lakeside"), "UNKNOWN", "Lakeside"),
        (of("Surgeon"), "UNKNOWN", "not on file"),
        (of("Vascular surgeon", "Shore"), "UNKNOWN", "same field"),
        (of("Dentist", "Shore"), "MET", "another specialty"),
        (of("Dentist"), "MET", "another specialty"),
        (of(), "UNKNOWN", "specialty is not on file"),
        (Sitting(False), "UNKNOWN", "a person to rule"),
        (of("Dentist", "Lakeside"), "UNKNOWN", "impartial"),
        (of("Dentist", of_body="the Medical Executive Committee"), "UNKNOWN", "Medical Executive Committee"),
        (of("Surgeon", "Shore", of_body="the Medical Executive Committee"), "NOT_MET", "competition"),
        (of("Dentist", part_in_matter=("is a witness",)), "NOT_MET", "is a witness"),
        (Sitting(False, part_in_matter=("was part of the investigation",)), "NOT_MET", "investigation"),
        (of("Dentist", is_the_practitioner=True), "NOT_MET", "the practitioner"),
    ],
)
def test_no_competitor_and_nobody_who_took_part_sits(candidate, outcome, word):
    verdict = judge_panel(candidate, SURGEON)
    assert (str(verdict.outcome), word in verdict.sentence) == (outcome, True)


def test_nobody_is_taken_for_impartial_while_the_practitioners_specialty_is_unknown():
    assert judge_panel(of("Dentist", "Shore"), Sitting(True)).outcome == Outcome.UNKNOWN


def test_a_track_goes_by_the_days_that_were_told():
    told = {"noticed_on": ON, "hearing_on": ON + 30 * DAY, "notice_days": 30}
    verdict = judged(told, notice=45)
    assert (verdict.outcome, verdict.bound_by) == (Outcome.MET, "30 days, as when the practitioner was told")
    closed = {"delivered_on": ON - 31 * DAY, "window_closed_on": ON, "request_days": 30}
    assert judged(closed, request=45).outcome == Outcome.NOT_APPLICABLE
    assert judged(told | {"notice_days": 45}, notice=30).outcome == Outcome.NOT_MET


def test_of_a_file_the_days_count_that_held_when_the_hearing_was_asked_for():
    assert clocks_day([], of_file=True, opened_on=ON) == ON
    assert clocks_day([], of_file=False, opened_on=ON) is None


@st.composite
def tracks(draw):
    hearing = draw(st.none() | near(-10, 80))
    closed = draw(st.none() | near(-10, 0))
    return {
        "delivered_on": closed and draw(near(-60, -11)),
        "window_closed_on": closed,
        "hearing_on": hearing,
        "noticed_on": hearing and draw(st.none() | near(-60, 0)),
    }


def late(track, notice, request):
    """Whether the time to ask was shorter, or the notice is, than so many days."""
    closed, hearing = track["window_closed_on"], track["hearing_on"]
    if closed and closed <= track["delivered_on"] + request * DAY:
        return True
    return bool(hearing and hearing - (track["noticed_on"] or ON) < notice * DAY)


@quickly
@given(st.lists(tracks(), max_size=3), st.integers(20, 45), st.integers(20, 45))
def test_not_met_exactly_where_one_notice_or_one_time_to_ask_is_too_short(given_tracks, notice, request_days):
    """BL-HRG-1 for any number of tracks; fewer days asked for never make it worse."""

    def verdict(notice, request_days):
        values = {
            HEARING_NOTICE_DAYS.code: bound(notice, HEARING_NOTICE_DAYS.code),
            HEARING_REQUEST_DAYS.code: bound(request_days, HEARING_REQUEST_DAYS.code),
        }
        return assert_plain(hearing_notice.judge, {"on": ON, "tracks": given_tracks}, values, days=11)

    found = verdict(notice, request_days)
    broken = any(late(track, notice, request_days) for track in given_tracks)
    assert (found.outcome == Outcome.NOT_MET) == broken
    ahead = any(track["hearing_on"] for track in given_tracks)
    assert broken or found.outcome == (Outcome.MET if ahead else Outcome.NOT_APPLICABLE)
    for short in (0, 1):  # to the day
        noticed = {"noticed_on": ON, "hearing_on": ON + (notice - short) * DAY}
        closed = {"delivered_on": ON - (request_days + 1 - short) * DAY, "window_closed_on": ON}
        for track, kept in ((noticed, Outcome.MET), (closed, Outcome.NOT_APPLICABLE)):
            outcome = judged(track, notice=notice, request=request_days).outcome
            assert outcome == (Outcome.NOT_MET if short else kept)
    assert RANK[verdict(notice - 1, request_days - 1).outcome] >= RANK[found.outcome]
