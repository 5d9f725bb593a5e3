"""The exclusion list: streaming, keys, repetitions, and what is rejected by line."""

import datetime as dt
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentialing.importing.leie import COLUMNS, LeieFile, ListedRow, Rejected, UnusableFile

FIXTURES = Path(__file__).parents[2] / "fixtures" / "leie"
HEADER = (",".join(COLUMNS) + "\r\n").encode()


def line(**values):
    known = {"LASTNAME": "INVENTED", "FIRSTNAME": "PERSON", "NPI": "0000000000", "EXCLDATE": "20150720"}
    known |= {"EXCLTYPE": "1128a1", "REINDATE": "00000000", "WAIVERDATE": "00000000", **values}
    return (",".join(f'"{known.get(column, "")}"' for column in COLUMNS) + "\r\n").encode()


def read(data):
    return list(LeieFile(io.BytesIO(data)))


def one(**values):
    (row,) = read(HEADER + line(**values))
    return row


def test_the_planted_list_is_read_whole():
    data = (FIXTURES / "planted.csv").read_bytes()
    file = LeieFile(io.BytesIO(data))
    rows = list(file)
    assert len(rows) == file.rows == 17
    assert file.duplicates == 1
    assert file.rejected == 0
    assert len({row.key for row in rows}) == len(rows)
    assert [row.line for row in rows if not row.last_name] == [11]
    assert [row.last_name for row in rows if row.waiver_on] == ["LANTERNWOOD"]


def test_one_row_in_full():
    row = one(
        LASTNAME="NUNEZ", FIRSTNAME="ROSALBA", MIDNAME="Q", GENERAL="IND- LIC HC SERV PRO",
        SPECIALTY="NURSE/NURSES AIDE", UPIN="A12345", NPI="2000000002", DOB="19700311",
        ADDRESS="1 NOWHERE LANE, APT 2", CITY="FERNWICK", STATE="OH", ZIP="43215",
        WAIVERDATE="20180101", WVRSTATE="KY",
    )  # fmt: skip
    assert isinstance(row, ListedRow)
    assert (row.last_name, row.first_name, row.middle_name, row.business_name) == (
        "NUNEZ",
        "ROSALBA",
        "Q",
        "",
    )
    assert (row.npi, row.upin, row.birth_date) == ("2000000002", "A12345", dt.date(1970, 3, 11))
    assert (row.address, row.city, row.state, row.postal_code) == (
        "1 NOWHERE LANE, APT 2",
        "FERNWICK",
        "OH",
        "43215",
    )
    assert (row.exclusion_type, row.excluded_on, row.reinstated_on) == ("1128a1", dt.date(2015, 7, 20), None)
    assert (row.waiver_on, row.waiver_state) == (dt.date(2018, 1, 1), "KY")


def test_ten_zeros_are_no_npi_and_eight_are_no_date():
    row = one(DOB="00000000")
    assert (row.npi, row.birth_date, row.reinstated_on, row.waiver_on) == ("", None, None, None)
    assert one(NPI="").npi == ""


def test_the_lists_npi_is_taken_as_it_is_even_with_a_wrong_check_digit():
    assert one(NPI="1234567890").npi == "1234567890"


def test_rejections_name_the_line_and_the_rest_goes_in():
    file = LeieFile(io.BytesIO((FIXTURES / "faulty.csv").read_bytes()))
    items = list(file)
    assert [item.last_name for item in items if isinstance(item, ListedRow)] == [
        "GOODLY", "SAMEKEY", "SAMEKEY", "LASTLY",
    ]  # fmt: skip
    assert [(item.position, item.sentence) for item in items if isinstance(item, Rejected)] == [
        (3, "Line 3 (BADDATE, BORN): DOB holds “19701301”, which is not a date (YYYYMMDD)."),
        (4, "Line 4: the row has 2 fields instead of 18."),
        (5, "Line 5 (NOEXCLUSION, DATE): the row has no exclusion date."),
        (6, "Line 6 (BADNPI, PERSON): “12345” is not an NPI of ten digits."),
        (7, "Line 7 (no name): the row names neither a person nor a business."),
        (8, "Line 8: the quotation marks of the row do not fit together."),
    ]
    assert (file.rows, file.rejected, file.duplicates) == (4, 6, 1)


def test_a_broken_quotation_mark_costs_one_row_only():
    items = read(HEADER + b'"NEVER,"CLOSED\r\n' + line(LASTNAME="NEXT"))
    assert [type(item) for item in items] == [Rejected, ListedRow]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"LASTNAME": "X" * 61}, "LASTNAME is longer than 60 characters."),
        ({"STATE": "OHIO"}, "STATE is longer than 2 characters."),
        ({"CITY": "FERN\x01WICK"}, "CITY holds characters that are not text."),
        ({"LASTNAME": "NUL\x00"}, "Line 2 (NUL, PERSON): LASTNAME holds characters that are not text."),
        ({"EXCLDATE": "20150231"}, "EXCLDATE holds “20150231”, which is not a date (YYYYMMDD)."),
        ({"WAIVERDATE": "soon"}, "WAIVERDATE holds “soon”"),
    ],
)
def test_fields_that_cannot_be_are_rejected(values, words):
    (rejected,) = [item for item in read(HEADER + line(**values) + line()) if isinstance(item, Rejected)]
    assert words in rejected.sentence


def test_the_widest_row_is_taken():
    assert one(LASTNAME="X" * 60, BUSNAME="B" * 120, ADDRESS="A" * 120).last_name == "X" * 60


def test_the_key_stays_the_same_from_month_to_month_and_tells_exclusions_apart():
    before = one(CITY="FERNWICK")
    assert one(CITY="ELSEWHERE").key == before.key
    for column in ("LASTNAME", "FIRSTNAME", "MIDNAME", "BUSNAME", "EXCLTYPE", "ADDRESS"):
        assert one(**{column: "OTHER"}).key != before.key
    assert one(DOB="19700101").key != before.key
    assert one(NPI="2000000002").key != before.key
    assert one(EXCLDATE="20150721").key != before.key


def test_rows_of_one_key_with_other_details_are_both_kept():
    data = (
        HEADER
        + line(CITY="FERNWICK")
        + line(CITY="ELSEWHERE")
        + line(CITY="FERNWICK")
        + line(CITY="ELSEWHERE")
    )
    file = LeieFile(io.BytesIO(data))
    rows = list(file)
    assert [row.city for row in rows] == ["FERNWICK", "ELSEWHERE"]
    assert rows[0].key == one(CITY="FERNWICK").key
    assert len({row.key for row in rows}) == 2
    assert file.duplicates == 2


def test_the_other_name_of_the_last_column_and_a_byte_order_mark():
    data = b"\xef\xbb\xbf" + HEADER.replace(b"WVRSTATE", b"WAIVERSTATE") + line()
    assert len(read(data)) == 1


def test_line_ends_blank_lines_and_foreign_letters():
    data = HEADER.replace(b"\r\n", b"\n") + b"\n" + line(LASTNAME="NUÑEZ") + b"\r\n"
    data += line(LASTNAME="@@").replace(b"@@", b"NU\xd1EZ").rstrip(b"\r\n")
    rows = read(data)
    assert [row.last_name for row in rows] == ["NUÑEZ"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\r\n", "empty"),
        (b"PK\x03\x04 something", "none of the columns"),
        (b"<html><body>Down</body></html>", "none of the columns"),
        (b'"LASTNAME', "none of the columns"),
        (b"LASTNAME,FIRSTNAME\r\n", "no column MIDNAME"),
        (HEADER.replace(b",UPIN", b""), "no column UPIN"),
        (HEADER.replace(b"LASTNAME,FIRSTNAME", b"FIRSTNAME,LASTNAME"), "another order"),
        (HEADER.rstrip() + b",EXTRA\r\n", "more than 18"),
        (b"x" * 100_000, "too long"),
    ],
)
def test_what_is_not_the_list_is_refused_at_once(data, words):
    with pytest.raises(UnusableFile, match=words):
        LeieFile(io.BytesIO(data))


@pytest.mark.parametrize("rest", [b"", b"\r\n\r\n", b'"ONLY","REJECTED"\r\n'])
def test_an_empty_list_clears_nobody(rest):
    with pytest.raises(UnusableFile, match="clear everybody"):
        read(HEADER + rest)


def test_an_endless_line_is_refused_without_reading_it_all():
    with pytest.raises(UnusableFile, match="Line 3 is too long"):
        read(HEADER + line() + b"x" * 200_000)


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_any_lines_behind_a_header_are_rows_or_sentences(lines):
    data = HEADER + b"\r\n".join(lines) + b"\r\n" + line(LASTNAME="LAST")
    items = read(data)
    assert items[-1].last_name == "LAST"
    assert all(item.sentence.startswith("Line ") for item in items[:-1])
