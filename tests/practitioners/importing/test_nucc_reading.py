"""Releases of the provider taxonomy."""

import datetime as dt
from pathlib import Path

import pytest

from practitioners.importing.nucc import Rejected, TaxonomyRow, UnusableFile, read_taxonomies

FIXTURES = Path(__file__).parents[2] / "fixtures" / "nucc"
HEADER = b"Code,Grouping,Classification,Specialization,Definition,Notes,Display Name,Section\r\n"


def test_a_release_with_byte_order_mark_and_date_columns():
    rows = list(read_taxonomies((FIXTURES / "taxonomy.csv").read_bytes()))
    assert len(rows) == 28
    assert all(isinstance(row, TaxonomyRow) for row in rows)
    surgery = next(row for row in rows if row.code == "208600000X")
    assert surgery.display_name == "Surgery Physician"
    assert surgery.effective_on == dt.date(2003, 4, 1)
    assert surgery.deactivated_on is None
    assert surgery.individual
    assert [row.code for row in rows if not row.individual] == ["282N00000X"]


def test_rejections_name_the_line_and_the_rest_goes_in():
    items = list(read_taxonomies((FIXTURES / "faulty.csv").read_bytes()))
    assert [item.code for item in items if isinstance(item, TaxonomyRow)] == ["207L00000X", "207T00000X"]
    assert [(item.position, item.sentence) for item in items if isinstance(item, Rejected)] == [
        (3, "Line 3: “SURGERY” is not a taxonomy code: ten digits and capital letters, the last an X."),
        (4, "Line 4: code 207L00000X is already on line 2."),
        (5, "Line 5 (208600000X): grouping or classification is empty."),
        (6, "Line 6: the row has 8 fields, the header 6."),
    ]


def test_a_missing_display_name_is_made_from_the_levels():
    rows = list(read_taxonomies(HEADER + b"2086S0129X,Physicians,Surgery,Vascular Surgery,,,,Individual\r\n"))
    assert rows[0].display_name == "Surgery, Vascular Surgery"


def test_columns_are_found_by_name_in_any_order():
    data = b"section,CODE,Display Name,Classification,Grouping\nIndividual,208600000X,Surgeon,Surgery,MDs\n"
    (row,) = read_taxonomies(data)
    assert (row.code, row.grouping, row.classification, row.display_name) == (
        "208600000X", "MDs", "Surgery", "Surgeon",
    )  # fmt: skip


def test_text_with_line_breaks_and_quotation_marks():
    data = (
        HEADER
        + b'208600000X,Physicians,Surgery,,"Two\r\nlines, ""quoted""",,Surgeon,Individual\r\n'
        + b"207Z00000X,A,B,,,,C,D\r\n"
    )
    rows = list(read_taxonomies(data))
    assert [row.code for row in rows] == ["208600000X", "207Z00000X"]
    assert rows[0].definition == 'Two lines, "quoted"'


def test_an_older_release_in_the_windows_code_page():
    (row,) = read_taxonomies(
        HEADER + "208600000X,Physicians,Surgery,,Patient’s,,Surgeon,Individual".encode("cp1252")
    )
    assert row.definition == "Patient’s"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\r\n", "empty"),
        (b"PK\x03\x04\x00\x00", "not a CSV"),
        (b"LASTNAME,FIRSTNAME\nA,B\n", "no column Code"),
        (b"Code,Grouping\n", "no column Classification"),
        (b'"Code', "header"),
        (
            HEADER + b'208600000X,Physicians,Surgery,,"never closed,,Surgeon,Individual\r\n',
            "line 2 is never closed",
        ),
    ],
)
def test_an_unusable_file_is_refused_at_once(data, words):
    with pytest.raises(UnusableFile, match=words):
        read_taxonomies(data)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"208600000X,Physicians,Surgery,,,,Surgeon,Individual,13/45/2003\r\n", "not a date"),
        (b"208600000X,Physicians," + b"S" * 201 + b",,,,Surgeon,Individual,\r\n", "longer than 200"),
        (b"208600000X,Physicians,Sur\x01gery,,,,Surgeon,Individual,\r\n", "not text"),
        (b'208600000X,"Phys"icians",Surgery,,,,Surgeon,Individual,\r\n', "quotation marks"),
    ],
)
def test_rows_that_cannot_be_taken(line, words):
    (item,) = read_taxonomies(HEADER.replace(b"\r\n", b",Effective Date\r\n") + line)
    assert isinstance(item, Rejected)
    assert words in item.sentence
