"""Golden cases of BL-RES-1: the day a report would be due and those beside it, exempt, unknown."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import given
from hypothesis import strategies as st

from bylaws.models import DataBankQuestion
from bylaws.selectors.compliance import rules_shown
from bylaws.services.investigations import open_investigation
from bylaws.services.questions import answer_question
from config.accounts.choices import Role
from config.kernel import clock
from config.rulebook.rules import judge_many
from config.rulebook.verdicts import Outcome
from privileging.rules import left_under_investigation
from privileging.services.departures import record_departures
from tests.judging import ON, RANK, assert_plain, bounds, near, quickly
from tests.privileging.conftest import NOON, TODAY, appoint, set_parameter
from tests.privileging.files import hospital_with_office

HOSPITAL = hospital_with_office
DAY = dt.timedelta(days=1)
MET, NOT_MET, UNKNOWN, NONE = Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE
LEFT = dt.date(2026, 2, 1)


def verdict(on=ON, *, days=30, **more):
    facts = {
        "on": on, "day": LEFT, "died": False, "counted": False, "investigations": [dt.date(2026, 1, 1)],
        "asked": True, "answered_on": None,
    } | more  # fmt: skip
    parameters = bounds(bylaws__data_bank_report_days=days)
    return assert_plain(left_under_investigation.judge, facts, parameters, days=83)


@pytest.mark.parametrize(
    ("passed", "outcome"), [(0, MET), (29, MET), (30, MET), (31, NOT_MET), (300, NOT_MET)]
)
def test_the_question_is_answered_by_the_day_a_report_is_due(passed, outcome):
    found = verdict(LEFT + passed * DAY)
    assert (found.outcome, found.due) == (outcome, LEFT + 30 * DAY)
    assert found.since == (LEFT + 31 * DAY if outcome == NOT_MET else None)


def test_nobody_was_asked_exempt_and_unknown():
    assert verdict(LEFT, asked=False).outcome == NOT_MET
    assert verdict(LEFT, asked=False).since == LEFT
    assert verdict(asked=False, investigations=[]).outcome == NONE
    assert verdict(asked=False, died=True).outcome == NONE
    assert verdict(asked=False, counted=True).outcome == MET
    assert verdict(answered_on=ON).outcome == MET
    assert verdict(days=None).outcome == UNKNOWN
    assert verdict(days=None, asked=False).outcome == NOT_MET


@pytest.mark.parametrize(
    ("first", "after", "open_then"),
    [
        (LEFT + DAY, None, False),
        (LEFT, None, True),
        (LEFT - 9 * DAY, LEFT, True),  # through the last day of membership
        (LEFT - 9 * DAY, LEFT - DAY, False),
    ],
)
def test_an_investigation_of_the_last_day_counts(first, after, open_then):
    assert left_under_investigation.touches(DateRange(first, after), LEFT) is open_then


@quickly
@given(
    near(-90, 0),
    st.lists(near(-120, -1), max_size=2),
    st.sampled_from(["never", "open", "answered"]),
    st.booleans(),
    st.booleans(),
    st.none() | st.integers(1, 90),
)
def test_not_met_exactly_where_nobody_was_asked_or_answered_in_time(day, under, asked, counted, died, days):
    """For any departure: more days never make it worse, and an answer settles it."""

    def outcome(days=days, asked=asked, counted=counted):
        return verdict(
            days=days, day=day, died=died, counted=counted, investigations=sorted(under),
            asked=asked != "never", answered_on=ON if asked == "answered" else None,
        ).outcome  # fmt: skip

    if died or (asked == "never" and not under and not counted):
        expected = NONE
    elif counted or asked == "answered":
        expected = MET
    elif asked == "never":
        expected = NOT_MET
    elif days is None:
        expected = UNKNOWN
    else:
        expected = MET if (ON - day).days <= days else NOT_MET
    assert outcome() == expected
    if days is not None:
        assert RANK[outcome(days + 1)] >= RANK[expected]
    assert outcome(counted=True) == (NONE if died else MET)
    assert outcome(asked="answered") == (NONE if died else MET)


# --- on record ------------------------------------------------------------------------------------------


@pytest.fixture
def left(world, person):
    """Left today; that there was an investigation was found out the day after."""
    one = person()
    appoint(world, one)
    (made,) = record_departures(
        actor=world.staff.meetings, practitioners=[one], facility=world.lakeside, day=TODAY, kind="resigned",
        reason="Moves away", investigation="no",
    )  # fmt: skip
    return made


def judged(world, on=TODAY, known_at=None):
    found = judge_many(left_under_investigation.RULE, facility=world.lakeside, on=on, known_at=known_at)
    return [each.outcome for each in found.values()]


@pytest.mark.django_db
def test_it_is_read_as_it_was_known(world, left):
    assert judged(world) == [NONE]
    assert judged(world, TODAY - DAY) == []
    with clock.freeze(NOON + DAY):
        open_investigation(
            actor=world.staff.meetings, practitioner=left.practitioner, facility=world.lakeside,
            opened_by="MEC, minutes of 2 Nov", about="Marked", start=TODAY - 20 * DAY,
        )  # fmt: skip
        assert judged(world) == [NOT_MET]
        assert judged(world, known_at=NOON) == [NONE]


@pytest.mark.django_db
def test_what_was_given_up_after_a_new_appointment_settles_nothing_of_the_departure_before(world, left):
    one, again = left.practitioner, TODAY + 20 * DAY
    leave = {"actor": world.staff.meetings, "facility": world.lakeside, "reason": "Moves", "kind": "resigned"}
    with clock.freeze(NOON + 40 * DAY):
        open_investigation(
            actor=world.staff.meetings, practitioner=one, facility=world.lakeside,
            opened_by="MEC, minutes of 2 Nov", about="Marked", start=TODAY - 20 * DAY,
        )  # fmt: skip
        appoint(world, one, again, again + 300 * DAY)
        record_departures(practitioners=[one], day=TODAY + 40 * DAY, investigation="yes", **leave)
        assert judged(world, TODAY + 40 * DAY)[0] == NOT_MET


@pytest.mark.django_db
def test_whoever_is_asked_answers_and_settles_it(world, person):
    """An investigation that was on record when they left: the question is raised with the departure."""
    set_parameter(world.system, "bylaws.data_bank_report_days", 30)
    one = person()
    appoint(world, one)
    open_investigation(
        actor=world.staff.meetings, practitioner=one, facility=world.lakeside,
        opened_by="MEC, minutes of 2 Nov", about="Marked", start=TODAY - 20 * DAY,
    )  # fmt: skip
    record_departures(
        actor=world.staff.meetings, practitioners=[one], facility=world.lakeside, day=TODAY, kind="resigned",
        reason="Moves away", investigation="no",
    )  # fmt: skip
    assert judged(world) == [MET]
    assert judged(world, TODAY + 31 * DAY) == [NOT_MET]
    question = DataBankQuestion.objects.get(practitioner=one)
    with clock.freeze(NOON + DAY):
        answer_question(
            actor=world.staff.meetings, question=question, answer="no", reason="It was closed before."
        )
    assert judged(world, TODAY + 31 * DAY) == [MET]
    assert judged(world, TODAY + 31 * DAY, known_at=NOON) == [NOT_MET]


@pytest.mark.django_db
def test_who_has_not_the_class_is_told_nothing_of_it(world, user, left):
    """That somebody left is no secret; that there was an investigation is peer review."""
    codes = {
        role: {each.code for each in rules_shown(user(role), world.lakeside)}
        for role in (Role.COMPLIANCE_OFFICER, Role.DIRECTOR)
    }
    assert "BL-RES-1" not in codes[Role.COMPLIANCE_OFFICER]
    assert "BL-RES-1" in codes[Role.DIRECTOR]
