"""manage.py import_roster"""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from practitioners.models import ImportBatch, Practitioner
from tests.practitioners.rosters import as_csv, plant, roster_rows

pytestmark = pytest.mark.usefixtures("kinds", "taxonomy", "facility")


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_bytes(as_csv(roster_rows(3, seed=1)))
    return path


def exit_code(*arguments) -> int:
    with pytest.raises(SystemExit) as stopped:
        call_command("import_roster", *map(str, arguments))
    return stopped.value.code


def test_all_went_in_and_again_nothing_changes(roster, capsys):
    call_command("import_roster", str(roster), "--mapping", "generic", "--facility", "LKS")
    assert "3 rows: 3 new, 0 changed, 0 unchanged, 0 rejected." in capsys.readouterr().out
    assert Practitioner.objects.count() == 3
    assert ImportBatch.objects.get().facility.code == "LKS"
    call_command("import_roster", str(roster), "--mapping", "generic", "--json")
    assert json.loads(capsys.readouterr().out)["counts"]["unchanged"] == 3


def test_a_dry_run_writes_nothing(roster, capsys):
    call_command("import_roster", str(roster), "--mapping", "generic", "--dry-run")
    assert "Nothing was written" in capsys.readouterr().out
    assert not Practitioner.objects.exists()
    assert not ImportBatch.objects.exists()


def test_rejected_rows_stay_out_and_are_named(tmp_path, capsys):
    rows = roster_rows(14, seed=1)
    fault = plant(rows, 1, seed=2)[0]
    path = tmp_path / "roster.csv"
    path.write_bytes(as_csv(rows))
    assert exit_code(path, "--mapping", "generic") == 1
    assert f"Row {fault.row}, {fault.column}:" in capsys.readouterr().err
    assert Practitioner.objects.count() == 13


def test_a_mapping_of_ones_own(tmp_path, roster):
    mapping = tmp_path / "ours.yaml"
    mapping.write_text(
        "name: Ours\ndelimiter: semicolon\ncolumns:\n  - {column: Id, field: npi, required: true}\n"
        "  - {column: Name, field: last_name}\n  - {column: Given, field: first_name}\n"
        "constants: {provider_type: MD}\n"
    )
    path = tmp_path / "ours.csv"
    path.write_text("Id;Name;Given\n1234567893;Vandale;Noor\n")
    call_command("import_roster", str(path), "--mapping", str(mapping))
    assert Practitioner.objects.get().provider_type == "MD"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.csv", "--mapping", "generic"], "cannot be read"),
        (["ROSTER", "--mapping", "nothing"], "There is no mapping “nothing”"),
        (["ROSTER", "--mapping", "caqh"], "lacks the columns"),
        (["ROSTER", "--mapping", "generic", "--facility", "NIX"], "There is no facility NIX."),
    ],
)
def test_an_unusable_file(roster, arguments, words, capsys):
    assert exit_code(*[str(roster) if each == "ROSTER" else each for each in arguments]) == 2
    assert words in capsys.readouterr().err
    assert not Practitioner.objects.exists()


def test_a_file_over_the_limit_is_not_read(roster, settings, capsys):
    settings.STANDING_IMPORT_LIMIT = 100
    assert exit_code(roster, "--mapping", "generic") == 2
    assert "at most" in capsys.readouterr().err
