"""Periods against a naive oracle, and what the database itself refuses."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from django.db import Error, connection, connections, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.accounts.choices import Role
from config.accounts.models import RoleAssignment, RoleAssignmentPeriod
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.periods import (
    EndKind,
    covers,
    days,
    days_in,
    end_before,
    half_open,
    last_day,
    open_period,
    rewrite,
    supersede,
    through,
    unbroken_since,
    void,
)
from config.rulebook.models import Parameter, ParameterPeriod, SourceBody

ORIGIN = dt.date(2025, 1, 1)
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
#: Bounds are drawn from these days; questions also from days before and after all of them.
LAST = 40


def day(number: int) -> dt.date:
    return ORIGIN + dt.timedelta(days=number)


def moment(number: int) -> dt.datetime:
    return START + dt.timedelta(hours=number)


# --- random histories against an oracle -----------------------------------------------------------------


@dataclass(frozen=True)
class Act:
    """One thing somebody recorded. ``pause`` is how much later than the act before, in hours."""

    kind: str
    first: int | None
    bound: int | None
    value: int
    pause: int


def acts():
    bounds = st.none() | st.integers(0, LAST)
    return st.builds(
        Act,
        kind=st.sampled_from(["say", "say", "say", "clear", "end", "void"]),
        first=bounds,
        bound=bounds,
        value=st.integers(0, 5),
        pause=st.integers(0, 2),
    ).filter(lambda act: act.first is None or act.bound is None or act.first < act.bound)


def oracle(history: list[tuple[int, Act]], on: int, known_at: int | None) -> int | None:
    """What holds on a day as known at a moment, by walking through the acts one by one."""
    answer = None
    for at, act in history:
        if known_at is not None and at > known_at:
            break
        if act.kind == "void":
            answer = None
        elif act.kind == "end":
            if act.first is None or on >= act.first:
                answer = None
        elif (act.first is None or act.first <= on) and (act.bound is None or on < act.bound):
            answer = act.value if act.kind == "say" else None
    return answer


def new_parameter(body, system) -> Parameter:
    return Parameter.objects.create(
        code=f"test.{uuid.uuid4()}", source_body=body, created_at=START, created_by=system
    )


def perform(parameter, act: Act, actor, at: dt.datetime) -> None:
    first = None if act.first is None else day(act.first)
    bound = None if act.bound is None else day(act.bound)
    common: dict[str, Any] = {"actor": actor, "reason": "test", "at": at}
    if act.kind == "void":
        void(ParameterPeriod, parameter, **common)
    elif act.kind == "end":
        end_before(ParameterPeriod, parameter, day=first, **common)
    else:
        content = (
            {"value": act.value, "citation": "somewhere", "confidence": "confirmed"}
            if act.kind == "say"
            else None
        )
        rewrite(ParameterPeriod, parameter, valid=DateRange(first, bound), content=content, **common)


@pytest.fixture
def body(system):
    return SourceBody.objects.create(code="test", name="Test", kind="default", always_binds=True)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(acts(), min_size=1, max_size=12), st.data())
def test_any_history_answers_any_question_like_the_oracle(system, body, story, data):
    parameter = new_parameter(body, system)
    history, at = [], 0
    for act in story:
        at += act.pause
        perform(parameter, act, system, moment(at))
        history.append((at, act))
    questions = data.draw(
        st.lists(st.tuples(st.integers(-5, LAST + 5), st.none() | st.integers(-1, at + 1)), min_size=8)
    )
    for on, known_at in [*questions, *((number, None) for number in range(-1, LAST + 2, 3))]:
        rows = parameter.periods.in_force(day(on), None if known_at is None else moment(known_at))
        values = [row.value for row in rows]
        expected = oracle(history, on, known_at)
        assert values == ([] if expected is None else [expected]), (on, known_at)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(acts(), min_size=1, max_size=8))
def test_nothing_recorded_is_ever_lost_or_changed(system, body, story):
    parameter = new_parameter(body, system)
    at = 0
    said: dict[int, tuple] = {}
    for act in story:
        at += act.pause
        perform(parameter, act, system, moment(at))
        rows = {
            row.pk: (row.value, str(row.valid), row.recorded_at, row.citation)
            for row in parameter.periods.all()
        }
        assert said.items() <= rows.items()
        said = rows
    live = list(parameter.periods.live().order_by("valid"))
    for one, other in pairwise(live):
        assert one.valid.upper is not None
        assert one.valid.upper <= other.valid.lower


# --- what the database refuses, as the application's role -----------------------------------------------


@pytest.fixture
def held(make_user, facility, frozen):
    """A role held since 2020 and its one period row."""
    user = make_user("cora", facility, Role.DIRECTOR)
    return user.role_assignments.get().periods.get()


def refused(sql: str, *arguments: Any) -> str:
    """The database's words when it refuses the statement."""
    with pytest.raises(Error) as problem, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, arguments)
    return str(problem.value)


#: The one change a period row goes through.
CLOSING = (
    "superseded_at = clock_timestamp(), superseded_by_id = recorded_by_id, "
    "end_kind = 'amended', end_reason = 'x'"
)


@pytest.mark.parametrize(
    "change",
    [
        "valid = daterange('2019-01-01', NULL)",
        "recorded_at = recorded_at - interval '1 day'",
        "recorded_by_id = recorded_by_id + 1",
        "uid = gen_random_uuid()",
        "end_reason = 'x'",
        f"{CLOSING}, valid = daterange('2019-01-01', NULL)",
    ],
)
def test_a_period_is_never_changed(held, change):
    said = refused(f"UPDATE accounts_roleassignmentperiod SET {change} WHERE id = %s", held.pk)
    assert "never changed" in said


@pytest.mark.parametrize(
    "change",
    ["superseded_at = NULL, superseded_by_id = NULL, end_kind = NULL, end_reason = NULL", "end_reason = 'y'"],
)
def test_a_closed_period_is_not_opened_or_closed_again(held, system, change):
    supersede([held], actor=system, kind=EndKind.AMENDED, reason="x")
    said = refused(f"UPDATE accounts_roleassignmentperiod SET {change} WHERE id = %s", held.pk)
    assert "never changed" in said
    with pytest.raises(Refused, match="already replaced"):
        supersede([held], actor=system, kind=EndKind.AMENDED, reason="again")


def test_half_an_ending_is_refused(held):
    said = refused(
        "UPDATE accounts_roleassignmentperiod SET superseded_at = clock_timestamp() WHERE id = %s", held.pk
    )
    assert "ending_paired" in said


def test_an_ending_before_the_beginning_is_refused(held):
    said = refused(
        "UPDATE accounts_roleassignmentperiod SET superseded_at = recorded_at - interval '1 second', "
        "superseded_by_id = recorded_by_id, end_kind = 'amended', end_reason = 'x' WHERE id = %s",
        held.pk,
    )
    assert "ending_after" in said


@pytest.mark.parametrize("table", ["accounts_roleassignmentperiod", "accounts_roleassignment"])
def test_nothing_is_deleted(held, table):
    assert "delete" in refused(f"DELETE FROM {table}").lower()


def test_an_identity_is_never_changed(held):
    said = refused("UPDATE accounts_roleassignment SET role = 'board_member' WHERE id = %s", held.identity_id)
    assert "update" in said.lower()


def test_overlapping_live_periods_are_refused(held, system):
    with pytest.raises(Error, match="no_overlap"), transaction.atomic():
        open_period(RoleAssignmentPeriod, held.identity, valid=days(dt.date(2026, 1, 1), None), actor=system)


def test_time_runs_forward_within_an_identity(held, system):
    with pytest.raises(Error, match="before what is already recorded"), transaction.atomic():
        open_period(
            RoleAssignmentPeriod,
            held.identity,
            valid=days(dt.date(2010, 1, 1), dt.date(2011, 1, 1)),
            actor=system,
            at=held.recorded_at - dt.timedelta(seconds=1),
        )


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE accounts_roleassignmentperiod CASCADE",
        "ALTER TABLE accounts_roleassignmentperiod DISABLE TRIGGER ALL",
        "DROP TABLE accounts_roleassignmentperiod CASCADE",
        "SET session_replication_role = replica",
        "ALTER TABLE accounts_roleassignmentperiod DROP CONSTRAINT accounts_roleassignmentperiod_no_overlap",
    ],
)
def test_the_application_cannot_go_around_it(held, statement):
    said = refused(statement)
    assert "permission denied" in said or "must be owner" in said


def test_an_empty_range_is_refused_with_a_sentence(held, system):
    for empty in (
        DateRange(empty=True),
        DateRange(dt.date(2026, 1, 2), dt.date(2026, 1, 2)),
        DateRange(dt.date(2026, 1, 2), dt.date(2026, 1, 1)),
    ):
        with pytest.raises(Refused, match="before the start"):
            rewrite(RoleAssignmentPeriod, held.identity, valid=empty, actor=system, reason="x", content={})


@pytest.mark.parametrize(
    ("given_range", "same"),
    [
        (DateRange(day(1), day(3), "[]"), DateRange(day(1), day(4))),
        (DateRange(day(1), day(3), "(]"), DateRange(day(2), day(4))),
        (DateRange(day(1), day(3), "()"), DateRange(day(2), day(3))),
        (DateRange(None, day(3), "()"), DateRange(None, day(3))),
        (DateRange(day(1), None, "[]"), DateRange(day(1), None)),
    ],
)
def test_ranges_are_half_open_whatever_they_were_given_as(given_range, same):
    assert half_open(given_range) == same


def test_the_last_day_of_the_calendar_is_refused_with_a_sentence():
    with pytest.raises(Refused, match="No day follows 31 Dec 9999"):
        through(dt.date.max)


def test_the_inclusive_last_day_and_the_open_bound():
    assert through(dt.date(2026, 2, 28)) == dt.date(2026, 3, 1)
    assert last_day(dt.date(2026, 3, 1)) == dt.date(2026, 2, 28)
    assert (through(None), last_day(None)) == (None, None)
    valid = days(day(1), through(day(3)))
    assert [covers(valid, day(number)) for number in range(5)] == [False, True, True, True, False]


# --- two writers ----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_writers_at_once_record_one_after_the_other(make_user, facility):
    user = make_user("cora", facility, Role.DIRECTOR)
    assignment = RoleAssignment.objects.get(user=user)
    problems: list[BaseException] = []
    ready = threading.Barrier(4)

    def write(number: int) -> None:
        try:
            ready.wait(10)
            for turn in range(5):
                rewrite(
                    RoleAssignmentPeriod,
                    assignment,
                    valid=days(day(number + turn), None),
                    actor=user,
                    reason="x",
                    content={},
                )
        except BaseException as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not problems
    rows = list(assignment.periods.order_by("id"))
    assert [row.recorded_at for row in rows] == sorted(row.recorded_at for row in rows)
    assert assignment.periods.in_force(day(100)).count() == 1


@pytest.mark.django_db
def test_the_clock_is_the_databases_and_can_be_held():
    one, other = clock.now(), clock.now()
    assert one < other
    with clock.freeze("2026-03-09T05:30:00"):
        assert clock.now() == clock.wall() == dt.datetime(2026, 3, 9, 5, 30, tzinfo=dt.UTC)
        assert clock.today("America/Chicago") == dt.date(2026, 3, 9)
        assert clock.today("America/Los_Angeles") == dt.date(2026, 3, 8)
        with clock.freeze(dt.date(2020, 1, 1)):
            assert clock.today() == dt.date(2020, 1, 1)
        assert clock.today() == dt.date(2026, 3, 9)
    assert clock.now() > other


EDGE = st.none() | st.integers(-12, 12)


@given(st.lists(st.tuples(EDGE, EDGE), max_size=5), st.integers(-15, 15))
def test_the_unbroken_time_by_going_back_day_by_day(spans, on):
    rows = [
        (None if first is None else day(first), None if after is None else day(after))
        for first, after in spans
        if first is None or after is None or first < after
    ]

    def held(number):
        return any((first or dt.date.min) <= day(number) < (after or dt.date.max) for first, after in rows)

    number, found = on, None
    while number > -20 and held(number):
        found, number = day(number), number - 1
    assert unbroken_since(rows, day(on)) == (None if held(-20) and number == -20 else found)


@given(st.lists(st.tuples(st.integers(-12, 12), EDGE), max_size=5), st.integers(-15, 15))
def test_days_are_counted_once_and_through_the_day(spans, on):
    rows = [(day(first), None if after is None else day(after)) for first, after in spans]
    held = [
        number
        for number in range(-20, on + 1)
        if any(first <= day(number) < (after or dt.date.max) for first, after in rows)
    ]
    assert days_in(rows, day(on)) == len(held)
