"""Tables from outside: what is read, and what is refused with one sentence."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import openpyxl
import pytest

from practitioners.importing.rejections import UnusableFile
from practitioners.importing.tables import Layout, open_table, refuse_oversize

LAYOUT = Layout(columns=["NPI", "Last name", "Phone"], required=["NPI", "Last name"])


def read(content: bytes, layout: Layout = LAYOUT):
    return list(open_table(io.BytesIO(content), layout).rows)


def workbook(*rows) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
def test_utf8_with_and_without_a_byte_order_mark(mark):
    rows = read(mark + "NPI,Last name\r\n1,Nyström\r\n".encode())
    assert [(row.number, dict(row.cells)) for row in rows] == [(2, {"NPI": "1", "Last name": "Nyström"})]


def test_rows_are_numbered_as_a_spreadsheet_numbers_them():
    rows = read(b'NPI,Last name\n1,"two\nlines"\n\n,,\n2,Other\n')
    assert [row.number for row in rows] == [2, 5]
    assert rows[0].cells["Last name"] == "two lines"


def test_headings_are_found_in_any_order_and_writing():
    table = open_table(io.BytesIO(b"last_NAME,Colour, npi\nA,red,1\n"), LAYOUT)
    assert table.ignored == ["Colour"]
    assert dict(next(table.rows).cells) == {"Last name": "A", "NPI": "1"}


@pytest.mark.parametrize(
    ("delimiter", "content"),
    [
        (";", b"NPI;Last name\n1;A\n"),
        ("|", b"NPI|Last name\n1|A\n"),
        ("\t", b"NPI\tLast name\n1\tA\n"),
    ],
)
def test_any_declared_delimiter(delimiter, content):
    layout = Layout(LAYOUT.columns, LAYOUT.required, delimiter=delimiter)
    assert read(content, layout)[0].cells["NPI"] == "1"


def test_another_declared_encoding():
    layout = Layout(LAYOUT.columns, LAYOUT.required, encoding="cp1252")
    assert read("NPI,Last name\n1,Nyström\n".encode("cp1252"), layout)[0].cells["Last name"] == "Nyström"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n\n", "first row is empty"),
        (b"NPI;Last name\n1;A\n", "separated by semicolons; the mapping expects commas"),
        (b"First,Second\n1,2\n", "lacks the columns NPI, Last name. It has “First”, “Second”"),
        (b"NPI,Last name,npi\n1,A,2\n", "NPI stands more than once"),
        ("NPI,Last name\n1,Nyström\n".encode("cp1252"), "not UTF-8 text as expected"),
        ("NPI,Last name\n1,A\n".encode("utf-16"), "UTF-16"),
        (b'NPI,Last name\n1,"never closed\n', "opened in row 2 is never closed"),
        (b"NPI,Last name,Phone\n1,A,2\n3,B", "ends in the middle of row 3"),
        (b"\x00\x01\x02\x03", "neither a CSV text file nor an Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "old format"),
        (b"PK\x03\x04 not a zip", "cannot be read"),
        (b"PK\x05\x06", "damaged or empty"),
        (b"x" * 300_000, "longer than any cell"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(content, words):
    with pytest.raises(UnusableFile, match=words.replace("(", r"\(")) as refused:
        read(content)
    assert "\n" not in refused.value.sentence


def test_a_row_of_another_width_is_told_and_the_rest_is_read():
    rows = read(b"NPI,Last name,Phone\n1,A\n2,B,3,4\n5,C,6\n")
    assert "2 cells" in rows[0].problem
    assert "4 cells" in rows[1].problem
    assert rows[2].problem == ""


def test_a_file_is_refused_by_its_size_before_it_is_read():
    with pytest.raises(UnusableFile, match="200 MB; at most 50 MB"):
        refuse_oversize(200 * 1024 * 1024, 50 * 1024 * 1024)


def test_a_workbook():
    day = dt.datetime(2026, 3, 31)  # noqa: DTZ001 - a spreadsheet's days have no zone
    rows = read(workbook(["NPI", "Last name", "Phone"], [1234567893, "A", day], [], [2.0, "B", True]))
    assert [row.number for row in rows] == [2, 4]
    assert rows[0].cells == {"NPI": "1234567893", "Last name": "A", "Phone": "2026-03-31"}
    assert rows[1].cells == {"NPI": "2", "Last name": "B", "Phone": "yes"}


@pytest.mark.parametrize("cell", ['=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(A1)"])
def test_what_begins_like_a_formula_is_text(cell):
    assert read(workbook(["NPI", "Last name"], ["1", cell]))[0].cells["Last name"] == cell
    quoted = '"' + cell.replace('"', '""') + '"'
    assert read(f"NPI,Last name\n1,{quoted}\n".encode())[0].cells["Last name"] == cell


def test_a_workbook_cut_off():
    whole = workbook(["NPI", "Last name"], ["1", "A"])
    with pytest.raises(UnusableFile, match="damaged, was cut off"):
        read(whole[: len(whole) // 2])


def test_a_workbook_that_would_blow_up():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (30 * 1024 * 1024))
    with pytest.raises(UnusableFile, match="many times its size"):
        read(out.getvalue())


def test_entities_that_would_blow_up():
    sheet = (
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        '<c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>'
    )
    out, whole = io.BytesIO(), zipfile.ZipFile(io.BytesIO(workbook(["NPI", "Last name"])))
    with zipfile.ZipFile(out, "w") as archive:
        for name in whole.namelist():
            archive.writestr(name, sheet if name.endswith("sheet1.xml") else whole.read(name))
    with pytest.raises(UnusableFile, match="overload the reader"):
        read(out.getvalue())


def test_a_sheet_that_is_not_there():
    layout = Layout(LAYOUT.columns, LAYOUT.required, sheet="Staff")
    with pytest.raises(UnusableFile, match="no sheet “Staff”; it has Sheet"):
        read(workbook(["NPI", "Last name"]), layout)
