"""CSV of exactly what a list shows."""

import csv
import datetime as dt
import io
from types import SimpleNamespace

import pytest
from django.utils import timezone

from config.kernel import clock
from config.kernel.pages import Column, Table, plain_cell, stream_csv
from config.kernel.pages.exports import CSV_CHUNK, file_name
from config.rulebook.verdicts import Outcome


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1+1", "'＝1+1"),
        ("Okonkwo", "Okonkwo"),
        ("a=b", "a=b"),
        (-5, -5),
        (2.5, 2.5),
        (True, "yes"),
        (None, ""),
        (dt.date(2026, 3, 9), "2026-03-09"),
        (dt.datetime(2026, 3, 9, 18, tzinfo=dt.UTC), "2026-03-09T18:00:00Z"),
        (Outcome.NOT_MET, "Not met"),
        (["=1", "b"], "'=1; b"),
    ],
)
def test_a_cell_is_plain_and_never_a_formula(value, written):
    assert plain_cell(value) == written


def read(response):
    text = b"".join(response.streaming_content).decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def test_the_csv_has_the_columns_and_rows_of_the_list():
    table = Table(
        columns=(
            Column("name", "Practitioner", kind="person"),
            Column("npi", "NPI", export=lambda row: f"NPI {row.npi}"),
            Column("photo", "Photo", csv=False),
            Column("note", "Note", page=False),
        )
    )
    row = SimpleNamespace(name="=Okonkwo, Adaeze", npi="1003000126", photo="x", note='said "no"')
    with clock.freeze("2026-03-09"):
        response = stream_csv(table, [row], name="Open files: late")
    assert response["Content-Disposition"] == 'attachment; filename="open-files-late-2026-03-09.csv"'
    assert response["Cache-Control"] == "no-store"
    assert read(response) == [
        ["Practitioner", "NPI", "Note"],
        ["'=Okonkwo, Adaeze", "NPI 1003000126", 'said "no"'],
    ]


def test_rows_are_prepared_and_sent_in_chunks():
    sizes = []

    def prepare(rows):
        sizes.append(len(rows))
        for row in rows:
            row.extra = row.number * 2

    table = Table(columns=(Column("number", "Number"), Column("extra", "Twice")), prepare=prepare)
    rows = [SimpleNamespace(number=number) for number in range(CSV_CHUNK + 3)]
    lines = read(stream_csv(table, rows, name="numbers"))
    assert sizes == [CSV_CHUNK, 3]
    assert len(lines) == CSV_CHUNK + 4
    assert lines[-1] == [str(CSV_CHUNK + 2), str((CSV_CHUNK + 2) * 2)]


def test_the_file_bears_the_day_of_its_reader():
    late = dt.datetime(2026, 3, 10, 1, tzinfo=dt.UTC)  # still the evening of the ninth in Chicago
    with clock.freeze(late), timezone.override("America/Chicago"):
        assert file_name("Open files", "csv") == "open-files-2026-03-09.csv"
