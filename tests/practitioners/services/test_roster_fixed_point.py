"""What was imported and is exported again changes nothing when it is imported once more."""

from __future__ import annotations

import csv
import io

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from practitioners.importing.roster_fields import roster_mapping
from practitioners.selectors.people import visible_practitioners
from practitioners.selectors.roster_export import roster_lines
from practitioners.services.roster_import import apply_roster, check_roster
from tests.practitioners.rosters import as_csv, roster_rows

pytestmark = pytest.mark.usefixtures("kinds", "taxonomy")
#: What people write into rosters: nothing, accents, quotation marks, separators, what looks like a formula.
_CELLS = {
    "Last name": ["O'Brien", "Núñez-Łoś", "van der Berg", "Ng", "D’Angelo"],
    "First name": ["Zoë", "J. R.", "María José", "O"],
    "Middle name": ["", "A.", "=SUM", "-"],
    "Suffix": ["", "Jr.", "III"],
    "Former last name": ["", "Earlier", "Smith-Jones"],
    "Sex": ["", "F", "X"],
    "E-mail": ["", "someone@example.org"],
    "Phone": ["", "+1 312 555 0100", "312-555-0101"],
    "Practice address": ["", '=HYPERLINK("http://x","y")', 'Suite "4", Oak Road', "@home"],
    "Practice city": ["Chicago", "Saint-Denis"],
    "Primary taxonomy": ["", "208600000X"],
    "CAQH ID": ["", None],
    "License issued": ["", None],
    "License expires": ["", None],
    "Board specialty": ["", "Surgery", "Vascular surgery"],
}
cells = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in _CELLS.items()})


def exported(viewer) -> bytes:
    out = io.StringIO()
    people = visible_practitioners(viewer).order_by("pk")
    csv.writer(out).writerows(roster_lines(people, roster_mapping("generic")))
    return out.getvalue().encode()


def check(actor, content: bytes):
    mapping = roster_mapping("generic")
    return check_roster(actor=actor, content=content, file_name="roster.csv", mapping=mapping)


def assert_fixed_point(actor, content: bytes, count: int) -> None:
    batch = check(actor, content)
    assert batch.counts["new"] == count, list(batch.rows.filter(outcome="rejected").values("problems"))
    apply_roster(actor=actor, batch=batch)
    again = check(actor, exported(actor))
    assert again.counts["unchanged"] == count, [(row.changes, row.problems) for row in again.rows.all()]


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(some=st.lists(cells, min_size=1, max_size=3))
def test_whatever_is_written_in_a_roster(coordinator, some):
    rows = roster_rows(len(some), seed=1)
    for row, given_cells in zip(rows, some, strict=True):
        row |= {name: value for name, value in given_cells.items() if value is not None}
    with transaction.atomic():
        assert_fixed_point(coordinator, as_csv(rows), len(rows))
        transaction.set_rollback(True)


def test_three_hundred_people(coordinator):
    assert_fixed_point(coordinator, as_csv(roster_rows(300, seed=5)), 300)
    with CaptureQueriesContext(connection) as seen:
        exported(coordinator)
    assert len(seen) <= 12, "no query for each person"


def test_the_command_writes_no_birth_date_and_is_recorded(coordinator, system, tmp_path, capsys):
    apply_roster(actor=coordinator, batch=check(coordinator, as_csv(roster_rows(2, seed=5))))
    person = visible_practitioners(coordinator).first()
    path = tmp_path / "roster.csv"
    call_command("export_roster", str(path))
    assert "2 people written." in capsys.readouterr().out
    text = path.read_text()
    assert "Birth date" not in text
    assert person.birth_date.isoformat() not in text
    assert check(coordinator, path.read_bytes()).counts["unchanged"] == 2
    with pytest.raises(SystemExit):
        call_command("export_roster", str(tmp_path / "nowhere" / "roster.csv"))
