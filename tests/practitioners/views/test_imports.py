"""The pages of importing: upload, reconciliation, apply, undo, and the worker's ledger behind them."""

from __future__ import annotations

import csv
import html
import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from config.accounts.choices import Role
from config.audit.choices import JobStatus
from config.audit.models import JobRun
from config.kernel.errors import Refused
from practitioners.models import ImportBatch, Practitioner
from practitioners.services import import_work
from practitioners.services.people import set_contact_point
from tests.practitioners.rosters import as_csv, roster_rows

pytestmark = pytest.mark.usefixtures("kinds", "taxonomy")


@pytest.fixture
def client(client, coordinator):
    client.force_login(coordinator)
    return client


def upload(client, content: bytes, mapping: str = "generic"):
    file = SimpleUploadedFile("roster.csv", content)
    return client.post(reverse("practitioners:import_new"), {"file": file, "mapping": mapping})


@pytest.fixture
def batch(client):
    rows = roster_rows(3, seed=1)
    rows[2]["E-mail"] = '=HYPERLINK("x")'
    answer = upload(client, as_csv(rows))
    assert answer.status_code == 303
    return ImportBatch.objects.get()


def page_of(client, batch, **parameters):
    return client.get(reverse("practitioners:import", args=[batch.uid]), parameters)


def test_the_rejected_rows_come_first_with_row_column_and_sentence(client, batch):
    text = page_of(client, batch).content.decode()
    assert "E-mail" in text
    assert "is not an e-mail address" in text
    assert "Write 2 rows? 1 rejected stay out." in text
    assert "columns of “Simple roster (our own columns)”" in text
    new = page_of(client, batch, outcome="new").content.decode()
    assert new.count("on file, last valid day") == 2 * 3
    found = page_of(client, batch, outcome="new", q="nobody of that name").content.decode()
    assert "No row of this kind." in found


def test_the_csv_of_rejected_rows_has_reasons_and_no_formula(client, batch):
    answer = page_of(client, batch, outcome="rejected", format="csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert text.splitlines()[0] == "Row,Person in the file,Why"
    assert text.splitlines()[1].startswith("4,")
    assert "E-mail: “=HYPERLINK" in text


def test_applied_by_a_worker_and_undone(client, batch, coordinator):
    here = reverse("practitioners:import", args=[batch.uid])
    assert client.post(reverse("practitioners:import_apply", args=[batch.uid])).status_code == 303
    run = JobRun.objects.get()
    assert run.status == JobStatus.RUNNING
    watching = client.get(reverse("practitioners:import_progress", args=[batch.uid]))
    assert b"being written" in watching.content
    assert "HX-Refresh" not in watching
    client.post(reverse("practitioners:import_apply", args=[batch.uid]))
    assert b"being worked on already" in client.get(here).content

    assert import_work.carry_out(str(run.uid)) == "done"
    assert import_work.carry_out(str(run.uid)) == "nothing to do"
    assert Practitioner.objects.count() == 2
    assert "HX-Refresh" in client.get(reverse("practitioners:import_progress", args=[batch.uid]))
    assert b"Applied" in client.get(here).content

    undo = reverse("practitioners:import_undo", args=[batch.uid])
    assert client.post(undo, {"reason": " "}).status_code == 422
    assert client.post(undo, {"reason": "The wrong file"}).status_code == 303
    watching = client.get(reverse("practitioners:import_progress", args=[batch.uid])).content
    assert b"is being taken back" in watching
    assert b"being written" not in watching
    assert import_work.carry_out(str(JobRun.objects.get(job=import_work.UNDO_JOB).uid)) == "done"
    text = client.get(here).content.decode()
    assert "The wrong file" in text
    assert not Practitioner.objects.exists()


def test_what_is_refused_is_told_on_the_page(client, batch, coordinator):
    import_work.ask_to_apply(actor=coordinator, batch=batch)
    run = JobRun.objects.get()
    import_work.carry_out(str(run.uid))
    person = Practitioner.objects.first()
    set_contact_point(actor=coordinator, practitioner=person, kind="phone", line_1="773-555-0100")
    batch.refresh_from_db()
    import_work.ask_to_undo(actor=coordinator, batch=batch, reason="Mistake")
    assert import_work.carry_out(str(JobRun.objects.get(job=import_work.UNDO_JOB).uid)) == "failed"
    assert "1 of the rows were touched since" in page_of(client, batch).content.decode()


def test_what_the_queue_lost_is_taken_up(batch, coordinator):
    import_work.ask_to_apply(actor=coordinator, batch=batch)
    assert import_work.sweep_lost() == 0
    run = JobRun.objects.get()
    run.started_at -= import_work.LOST_AFTER * 2
    run.save()
    assert import_work.sweep_lost() == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"a,b\n1,2\n", "lacks the columns NPI"),
        (as_csv(roster_rows(1, seed=1)).splitlines()[0], "headings and nothing below it"),
        (b"PK\x03\x04...", "The spreadsheet cannot be read"),
    ],
)
def test_an_unusable_file_gets_one_sentence(client, content, sentence):
    answer = upload(client, content)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not ImportBatch.objects.exists()


def test_a_file_over_the_limit(client, settings):
    settings.STANDING_IMPORT_LIMIT = 10
    assert b"at most 0 MB" in upload(client, b"x" * 11).content


def test_discarding(client, batch):
    client.post(reverse("practitioners:import_discard", args=[batch.uid]))
    batch.refresh_from_db()
    assert batch.status == "discarded"
    assert b"Apply" not in page_of(client, batch).content.split(b"<main")[1].split(b"Find")[0]


def test_nothing_to_undo_in_a_check(batch, coordinator):
    with pytest.raises(Refused, match="cannot become"):
        import_work.ask_to_undo(actor=coordinator, batch=batch, reason="x")


def test_others_are_turned_away(client, batch, user_with):
    client.force_login(user_with(Role.MEDICAL_STAFF_COORDINATOR))
    assert page_of(client, batch).status_code == 403
    assert client.get(reverse("practitioners:imports")).status_code == 403


def workbook(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


GOOD = as_csv(roster_rows(3, seed=1))
BOOK = workbook([line.split(",") for line in GOOD.decode().splitlines()])
BAD_FILES = {
    "empty": (b"", "The file is empty."),
    "a picture": (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00",
        "neither a CSV text file nor an Excel workbook",
    ),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old format (.xls)"),
    "a workbook cut off": (BOOK[: len(BOOK) // 2], "damaged"),
    "the beginning of a zip": (b"PK\x03\x04", "damaged"),
    "CSV cut off in a quotation": (GOOD + b'"never closed', "never closed"),
    "another encoding": (GOOD.replace(b"Chicago", "São".encode("cp1252")), "is not UTF-8 text"),
    "UTF-16": (GOOD.decode().encode("utf-16"), "UTF-16"),
    "another delimiter": (as_csv(roster_rows(1, seed=1), delimiter=";"), "semicolons"),
    "another table": (b"a,b\n1,2\n", "lacks the columns"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(client, name):
    content, words = BAD_FILES[name]
    answer = upload(client, content)
    assert answer.status_code == 422
    text = html.unescape(answer.content.decode())
    assert words in text
    assert "Traceback" not in text
    assert not ImportBatch.objects.exists()


def test_a_formula_is_text_and_neutralised_where_it_leaves_again(client):
    rows = roster_rows(1, seed=1)
    rows[0]["Practice address"] = '=HYPERLINK("http://example.org","press")'
    for content in (as_csv(rows), workbook([list(rows[0]), list(rows[0].values())])):
        assert upload(client, content).status_code == 303
        batch = ImportBatch.objects.latest("pk")
        assert batch.counts["new"] == 1
        answer = page_of(client, batch, outcome="new", format="csv")
        cells = next(csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()[1:]))
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


def test_a_file_over_the_limit_is_refused_by_its_size(client, settings):
    settings.STANDING_IMPORT_LIMIT = 1000
    answer = upload(client, GOOD)
    assert answer.status_code == 422
    assert "at most" in answer.content.decode()


class _NeverRead(io.RawIOBase):
    """A body nobody may read."""

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("The body was read.")


def test_two_hundred_megabytes_are_refused_before_they_are_received(client):
    answer = client.generic(
        "POST",
        reverse("practitioners:import_new"),
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(200 * 1024 * 1024),
        **{"wsgi.input": _NeverRead()},
    )
    assert answer.status_code == 413
    assert "more than 50 MB; nothing of it was taken" in answer.content.decode()
    assert not ImportBatch.objects.exists()
