"""The spreadsheet of exactly what a list shows."""

import datetime as dt
import io
import tracemalloc
from types import SimpleNamespace

import openpyxl
import pytest

from config.kernel import clock
from config.kernel.pages import Column, Table
from config.kernel.pages.spreadsheets import ROWS_PER_SHEET, stream_xlsx, write_workbook

BORN = dt.date(1980, 3, 9)
TABLE = Table(
    columns=(
        Column("name", "Practitioner", kind="person"),
        Column("born", "Born", kind="day"),
        Column("cases", "Cases", kind="number"),
        Column("photo", "Photo", csv=False),
    )
)


def row(name="Okonkwo, Adaeze", born=BORN, cases=7):
    return SimpleNamespace(name=name, born=born, cases=cases, photo="x")


def _day(value):
    return value.date() if isinstance(value, dt.datetime) else value


def test_columns_rows_days_and_numbers():
    with clock.freeze("2026-03-09"):
        response = stream_xlsx(TABLE, [row()], name="Open files: late")
    assert response["Content-Disposition"] == 'attachment; filename="open-files-late-2026-03-09.xlsx"'
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    values = [[_day(cell.value) for cell in cells] for cells in sheet.iter_rows()]
    assert values == [["Practitioner", "Born", "Cases"], ["Okonkwo, Adaeze", BORN, 7]]
    assert sheet["B2"].number_format == "yyyy-mm-dd"


@pytest.mark.parametrize("text", ["=1+1", "+49", "-5", "@SUM(A1)", "\t=1", "＝1", "=cmd|' /C calc'!A0"])
def test_nothing_is_a_formula(text):
    file = io.BytesIO()
    write_workbook(file, TABLE, [row(name=text)], title="[x]")
    cell = openpyxl.load_workbook(file).active["A2"]
    assert cell.data_type == "s"
    assert cell.value.startswith("'")


def test_characters_no_spreadsheet_holds_are_left_out():
    file = io.BytesIO()
    assert write_workbook(file, TABLE, [row(name="A\x00B\x0b")], title="") == 1
    assert openpyxl.load_workbook(file).active["A2"].value == "AB"


def test_an_empty_list_has_its_headings():
    file = io.BytesIO()
    assert write_workbook(file, TABLE, [], title="List") == 0
    assert openpyxl.load_workbook(file).active["A1"].value == "Practitioner"


def test_memory_does_not_grow_with_the_rows():
    def peak(count):
        tracemalloc.start()
        write_workbook(_Sink(), TABLE, (row() for _ in range(count)), title="Many")
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(6000) < 2 * peak(2000)
    assert ROWS_PER_SHEET < 1_048_576


class _Sink(io.RawIOBase):
    """Takes everything and keeps nothing."""

    def __init__(self):
        self.place = 0

    def writable(self):
        return True

    def seekable(self):
        return False

    def write(self, data):
        self.place += len(data)
        return len(data)

    def tell(self):
        return self.place
