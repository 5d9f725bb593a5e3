"""Reading the extract of SAM.gov: whom it names, what it repeats, what is refused."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile

import pytest

from credentialing.importing.listed import ListedRow
from credentialing.importing.sam import COLUMNS, SamFile, unpacked
from practitioners.importing.rejections import Rejected, UnusableFile
from tests.credentialing.world import FIXTURES

PLANTED = FIXTURES / "sam" / "planted.csv"


def read(content: bytes) -> list[ListedRow | Rejected]:
    return list(SamFile(io.BytesIO(content)))


def written(**cells: str) -> bytes:
    """A file of one individual with these cells, keyed by column."""
    base = {
        "Classification": "Individual", "First": "ANY", "Last": "BODY", "SAM Number": "S1",
        "Active Date": "01/02/2020", "Termination Date": "Indefinite",
    }  # fmt: skip
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    writer.writerow([(base | cells).get(name, "") for name in COLUMNS])
    return text.getvalue().encode()


def test_people_and_firms_are_read_and_the_rest_is_counted():
    file = SamFile(io.BytesIO(PLANTED.read_bytes()))
    rows = [each for each in file if isinstance(each, ListedRow)]
    assert (file.rows, file.duplicates, file.rejected, file.others) == (9, 1, 0, 2)
    by_name = {row.business_name or f"{row.last_name}, {row.first_name}": row for row in rows}
    firm = by_name["WINDMILL STAFFING, LLC"]
    assert (firm.last_name, firm.agency, firm.also) == ("", "GSA", "(also NUMBERED, NORBERT)")
    numbered = by_name["NUMBERED, NORBERT"]
    assert (numbered.npi, numbered.number, numbered.excluded_on) == (
        "2000000614", "S4MR1006", dt.date(2015, 7, 20),
    )  # fmt: skip
    assert by_name["WINTERBOTTOM-FEATHERSTONE JR, MAXIMILIANALEXANDER"].last_name.endswith(" JR")
    assert by_name["PARCHMENT, OTTOLINE"].ends_on == dt.date(2020, 12, 31)
    assert numbered.ends_on is None


def test_comments_over_several_lines_do_not_break_a_row():
    assert any(
        isinstance(each, ListedRow) and each.last_name == "ATLENGTH" for each in read(PLANTED.read_bytes())
    )


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"Active Date": "2020/01/02"}, "Active Date holds"),
        ({"Active Date": ""}, "no active date"),
        ({"Termination Date": "some day"}, "Termination Date holds"),
        ({"NPI": "12345"}, "not an NPI"),
        ({"Classification": "Planet"}, "is not known"),
        ({"First": "", "Last": ""}, "names nobody"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(cells, expected):
    content = written(**cells) + written(First="SECOND").splitlines(keepends=True)[1]
    first, second = read(content)
    assert isinstance(first, Rejected)
    assert first.sentence.startswith("Row 2 (")
    assert expected in first.sentence
    assert isinstance(second, ListedRow)


def test_the_same_record_with_other_details_is_another_row():
    content = written() + written(City="ELSEWHERE").splitlines(keepends=True)[1]
    one, other = read(content)
    assert one.key != other.key


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "empty"),
        (b"name,npi\nx,1\n", "lacks the columns"),
        (b"\x00\x01\x02", "neither a CSV text file nor"),
        (b";".join(name.encode() for name in COLUMNS) + b"\n", "separated by semicolons"),
        (PLANTED.read_bytes()[: len(PLANTED.read_bytes()) - 40], "cut off|quotation|middle"),
        (PLANTED.read_bytes().splitlines(keepends=True)[0], "not one usable row"),
        ("\ufeffx".encode("utf-16"), "UTF-16"),
    ],
)
def test_what_is_not_the_extract_is_refused_with_a_sentence(content, expected):
    with pytest.raises(UnusableFile, match=expected):
        read(content)


class TestArchive:
    def archive(self, path, **members: bytes):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name.replace("_csv", ".csv"), content)
        return path

    def test_as_published(self, tmp_path):
        path = self.archive(tmp_path / "SAM.ZIP", SAM_csv=PLANTED.read_bytes(), readme=b"x")
        with unpacked(path) as stream:
            assert sum(1 for _ in SamFile(stream)) == 9

    def test_with_two_tables(self, tmp_path):
        path = self.archive(tmp_path / "SAM.ZIP", a_csv=b"x", b_csv=b"y")
        with pytest.raises(UnusableFile, match="2 CSV files"), unpacked(path):
            pass

    def test_damaged(self, tmp_path):
        path = self.archive(tmp_path / "SAM.ZIP", SAM_csv=PLANTED.read_bytes())
        content = bytearray(path.read_bytes())
        content[60:200] = bytes(140)
        path.write_bytes(content)
        with pytest.raises(UnusableFile, match="damaged"), unpacked(path) as stream:
            list(SamFile(stream))
