"""When a term is launched, whether the board can decide in time, and who is left out of a batch."""

from __future__ import annotations

import datetime as dt

import pytest

from credentialing.choices import Outlook
from credentialing.rules.reappointments import (
    Launchable,
    Progress,
    Windows,
    foresee,
    months_due,
    ready_on,
    why_left_out,
)

TODAY = dt.date(2026, 3, 10)
PACE = Windows(earliest=180, latest=150, answer=30, work=45)
CHAIN = [("department_chair", "Department chair"), ("mec", "MEC"), ("board", "Governing board")]
DAY = dt.timedelta(days=1)


def day(month: int, number: int, year: int = 2026) -> dt.date:
    return dt.date(year, month, number)


def seen(last_day: dt.date, progress: Progress, meetings=None, *, ahead=CHAIN, next_from=None):
    return foresee(
        last_day=last_day,
        next_from=next_from,
        progress=progress,
        ahead=ahead,
        meetings=meetings or {"mec": [], "board": []},
        windows=PACE,
        today=TODAY,
    )


def test_the_months_due_hold_the_window():
    assert months_due(TODAY, PACE) == [day(8, 1), day(9, 1)]
    assert months_due(day(1, 1), Windows(31, 1, 1, 1)) == [day(1, 1), day(2, 1)]
    assert months_due(TODAY, Windows(20, 150, 1, 1)) == [day(8, 1)]  # a window that is none


@pytest.mark.parametrize(
    ("progress", "expected"),
    [
        (Progress(), TODAY + 75 * DAY),
        (Progress("draft"), TODAY + 75 * DAY),
        (Progress("draft", "invited", day(3, 20)), day(3, 20) + 45 * DAY),
        (Progress("draft", "open", day(3, 1)), TODAY + 45 * DAY),  # late: today at the earliest
        (Progress("submitted", "signed", day(3, 1), day(3, 5)), day(3, 5) + 45 * DAY),
        (Progress("in_verification", "accepted", None, day(1, 1)), TODAY),
        (Progress("complete"), TODAY),
        (Progress("in_review"), TODAY),
    ],
)
def test_when_a_file_can_be_ready(progress, expected):
    assert ready_on(progress, PACE, TODAY) == expected


def test_a_decided_term_and_one_that_is_not_due():
    decided = seen(day(6, 30), Progress("approved"), next_from=day(7, 1))
    assert (decided.outlook, decided.why) == (Outlook.DECIDED, "The next term begins on 1 Jul 2026.")
    edge = TODAY + 181 * DAY
    assert seen(edge, Progress()).outlook == Outlook.NOT_DUE
    assert seen(edge - DAY, Progress()).outlook == Outlook.UNCALLED


def test_uncalled_meetings_press_once_less_is_left_than_the_hospital_plans():
    """150 days less 30 for the packet and 45 for the work leave 75 for the bodies."""
    assert seen(TODAY + 150 * DAY, Progress()).outlook == Outlook.UNCALLED
    assert seen(TODAY + 149 * DAY, Progress()).outlook == Outlook.NO_MEETING
    assert seen(TODAY + 75 * DAY, Progress("complete")).outlook == Outlook.UNCALLED
    assert seen(TODAY + 74 * DAY, Progress("complete")).outlook == Outlook.NO_MEETING


def test_the_board_in_time_on_the_last_day_and_too_late_the_day_after():
    meetings = {"mec": [day(5, 1)], "board": [day(4, 1), day(5, 10)]}
    file = Progress("complete")
    in_time = seen(day(5, 10), file, meetings)
    assert (in_time.outlook, in_time.board) == (Outlook.IN_TIME, day(5, 10))
    late = seen(day(5, 9), file, meetings)
    assert (late.outlook, late.board) == (Outlook.WILL_LAPSE, day(5, 10))
    assert late.why == (
        "The Governing board can decide on 10 May 2026 at the earliest: "
        "its last meeting before the term ends is on 1 Apr 2026."
    )


def test_the_steps_alone_take_longer_than_the_term():
    told = seen(TODAY + 74 * DAY, Progress())
    assert told.outlook == Outlook.WILL_LAPSE
    assert (
        told.why
        == "The packet and the verification take until 24 May 2026, and the term ends on 23 May 2026."
    )
    assert seen(TODAY + 75 * DAY, Progress()).outlook == Outlook.NO_MEETING


def test_the_boards_last_meeting_comes_before_the_file_is_ready():
    """The committee before it has called no meeting: the board's own days settle it."""
    meetings = {"mec": [], "board": [day(5, 20), day(7, 20)]}
    told = seen(day(7, 1), Progress(), meetings)
    assert told.outlook == Outlook.WILL_LAPSE
    assert "not ready for the Governing board before 24 May 2026" in told.why
    # Nothing is called past the end of the term: another meeting may still be.
    told = seen(day(7, 1), Progress(), {"mec": [], "board": [day(5, 20)]})
    assert told.outlook == Outlook.NO_MEETING
    assert "no meeting of the MEC is called after 24 May 2026" in told.why


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (Launchable(email="a@example.org"), ""),
        (Launchable(), "No e-mail address"),
        (Launchable(email="a@b.org", open_application="initial appointment, draft"), "open already (initial"),
        (Launchable(email="a@b.org", closed_application="withdrawn: retires"), "(withdrawn: retires)"),
        (Launchable(email="a@b.org", bar="Leave of absence since 1 Mar 2026"), "Leave of absence since"),
        (Launchable(email="a@b.org", ends_early="Resigned"), "ends before its term would: Resigned."),
        (Launchable(email="a@b.org", next_from=day(7, 1)), "it begins on 1 Jul 2026"),
        (Launchable(email="a@b.org", not_asked=True), "merged"),
    ],
)
def test_who_is_left_out(facts, sentence):
    told = why_left_out(facts)
    assert sentence in told
    assert bool(told) == bool(sentence)
