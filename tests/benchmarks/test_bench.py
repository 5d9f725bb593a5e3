"""The bench itself, on a handful of people: every question is asked and answered, and overruns are told."""

import pytest

from tests.benchmarks.measuring import MEGABYTE, Row, Spent, bare, growth, once, percentile
from tests.benchmarks.report import Loads, line_of, page_of, table_head
from tests.benchmarks.run import measure, require_room
from tests.benchmarks.screening import FOUND, GONE
from tests.benchmarks.screening_plants import CASES
from tests.benchmarks.world import build_world

REFRESH = "NPPES refresh of everybody on file"


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_every_question_is_answered(tmp_path, settings):
    settings.STANDING_STORE = tmp_path / "store"
    world = build_world(200, tmp_path)
    rows = list(measure(world))
    assert len(rows) >= 20
    assert [row.faults for row in rows if row.faults] == []
    noticed = {row.question: "".join(row.notes) for row in rows}
    assert "200 records: 0 new, 2 changed, 198 unchanged, 0 rejected" in noticed[REFRESH]
    page = page_of(world, rows, 1.5, Loads(0.1))
    assert "200 practitioner" in page
    # Everybody planted on a list was found, as what they are, and hardly anybody else: faults say so as well.
    assert "recall 60 of 60" in noticed[FOUND]
    assert "3 of 3 are off, 57 of 57 stay" in noticed[GONE]
    planted = [line for line in page.splitlines() if line.endswith(" of 3 |")]
    assert len(planted) == len(CASES)
    assert all(line.endswith("| 3 of 3 |") for line in planted)
    assert all(row.question in page and row.question in line_of(row) for row in rows)
    assert "/tmp" not in page
    assert len(list(measure(world, only="lookup"))) == 6
    assert "budget" in table_head()


def spent(*seconds):
    return [Spent(each, each) for each in seconds]


def test_a_row_is_over_for_its_time_its_ratio_or_a_fault():
    assert Row("q", 0.1, spent(0.05)).verdict == "ok"
    assert Row("q", 0.1, spent(0.05, 0.2)).verdict == "OVER"
    assert Row("q", 0.1, spent(0.09), "bare SQL", spent(0.03), 2).verdict == "OVER"
    assert Row("q", 0.1, spent(0.015), "bare SQL", spent(0.001), 2).verdict == "ok"
    assert Row("q", 0.1, spent(0.01), faults=["more than 12 queries"]).verdict == "OVER"


def test_the_clock_judges_and_the_page_says_when_others_worked_too():
    assert Row("q", 0.1, [Spent(clock=0.5, work=0.05)]).verdict == "OVER"
    assert "Others" not in Loads(0.0, [0.5]).told()
    assert "Others" in Loads(50.0, [0.5]).told()
    assert "Others" in Loads(0.0, [0.5, 99.0]).told()


@pytest.mark.django_db
def test_a_question_that_fails_does_not_cost_the_others():
    def fails(_):
        yield Row("first half", 1, spent(0.5))
        raise ValueError("no such table")

    def answers(_):
        yield Row("another", 1, spent(0.5))

    rows = list(measure(None, questions={"fails": fails, "answers": answers}))
    assert [(row.question, row.verdict) for row in rows] == [
        ("first half", "ok"),
        ("fails", "FAILED"),
        ("another", "ok"),
    ]
    assert rows[1].over
    assert "no such table" in line_of(rows[1])


def test_a_full_disk_is_seen_before_the_load(tmp_path):
    require_room(10, tmp_path)
    with pytest.raises(SystemExit, match="GB of disk"):
        require_room(10**12, tmp_path)


@pytest.mark.django_db
def test_work_is_that_of_this_thread_and_of_the_database():
    taken, _ = once(lambda: bare("SELECT count(*) FROM generate_series(1, 300000)")([]))
    assert 0 < taken.work <= taken.clock * 1.5


def test_percentiles_are_values_that_were_measured():
    values = [float(number) for number in range(1, 21)]
    assert (percentile(values, 50), percentile(values, 95), percentile([3.0], 95)) == (10.0, 19.0, 3.0)


def test_growth_is_seen():
    with growth(pause=0.001) as grown:
        held = bytearray(40 * MEGABYTE)
    assert len(held) == 40 * MEGABYTE
    assert grown.bytes > 20 * MEGABYTE
