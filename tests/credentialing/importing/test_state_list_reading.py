"""Reading a state's exclusion list by its mapping file."""

from __future__ import annotations

import datetime as dt

import pytest

from credentialing.importing.listed import ListedRow
from credentialing.importing.state_list import MAPPINGS, StateFile, list_code, load_state_mapping
from practitioners.importing.mappings import UnusableMapping
from practitioners.importing.rejections import Rejected, UnusableFile
from tests.credentialing.world import FIXTURES

FOLDER = FIXTURES / "state"


def test_whole_names_are_taken_apart_and_faults_named():
    mapping = load_state_mapping(FOLDER / "lakeland.yaml")
    with (FOLDER / "planted.csv").open("rb") as stream:
        file = StateFile(stream, mapping)
        items = list(file)
    assert (file.rows, file.rejected, list_code(mapping)) == (4, 1, "state-oh")
    rows = [each for each in items if isinstance(each, ListedRow)]
    assert (rows[0].last_name, rows[0].first_name, rows[0].middle_name) == ("Silverthorne", "Agatha", "M")
    assert (rows[1].npi, rows[1].excluded_on) == ("2000000614", dt.date(2018, 11, 30))
    assert rows[2].npi == ""
    assert rows[3].ends_on == dt.date(2015, 3, 1)
    [rejected] = [each for each in items if isinstance(each, Rejected)]
    assert rejected.sentence.startswith("Row 6 (Badday, Oswin): Suspension Date: ")


def test_the_mapping_to_copy_from_is_sound():
    assert load_state_mapping(MAPPINGS / "state_simple.yaml").constants == {"list_state": "OH"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("constants: {list_state: OH}", "", "whose list it is"),
        ("field: name", "field: specialty2", "there is no field"),
        ("kind: state-exclusions", "kind: roster", "it is for"),
        ("{column: Provider Name, field: name, required: true}", "{column: X, field: city}", "gives a name"),
    ],
)
def test_a_mapping_that_is_wrong_says_where(tmp_path, old, new, expected):
    path = tmp_path / "mapping.yaml"
    path.write_text((FOLDER / "lakeland.yaml").read_text().replace(old, new))
    with pytest.raises(UnusableMapping, match=expected):
        load_state_mapping(path)


def test_a_list_without_a_row_clears_nobody(tmp_path):
    mapping = load_state_mapping(FOLDER / "lakeland.yaml")
    path = tmp_path / "list.csv"
    path.write_bytes((FOLDER / "planted.csv").read_bytes().splitlines(keepends=True)[0])
    with path.open("rb") as stream, pytest.raises(UnusableFile, match="not one usable row"):
        list(StateFile(stream, mapping))
