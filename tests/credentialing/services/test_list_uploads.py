"""Uploaded exclusion lists: a ledger row, a worker, a sentence."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from config.audit.choices import JobStatus
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.choices import ListKind
from credentialing.models import ExclusionList, ListSnapshot
from credentialing.services import list_uploads
from practitioners.importing.rejections import UnusableFile
from tests.credentialing.world import FIXTURES, NOON

LEIE = (FIXTURES / "leie" / "planted.csv").read_bytes()
STATE = FIXTURES / "state"


def ask(world, kind=ListKind.LEIE, content=LEIE, file_name="UPDATED.csv", **more):
    return list_uploads.ask_to_load(
        actor=world.coordinator, kind=kind, content=content, file_name=file_name, **more
    )


def load(run) -> str:
    answer = list_uploads.load_uploaded(str(run.uid))
    run.refresh_from_db()
    return answer


def test_a_list_is_loaded_once_whatever_the_queue_does(world):
    run = ask(world, data_date=dt.date(2026, 3, 10))
    assert (run.status, ListSnapshot.objects.count()) == (JobStatus.RUNNING, 0)
    assert load(run) == "done"
    assert "rows read" in run.message
    snapshot = ListSnapshot.objects.get()
    assert (snapshot.file_name, snapshot.loaded_by, snapshot.data_date) == (
        "UPDATED.csv", world.coordinator, dt.date(2026, 3, 10),
    )  # fmt: skip
    assert load(run) == "nothing to do"


def test_a_state_list_is_read_by_its_mapping_and_says_what_it_could_not_read(world):
    mapping = (STATE / "lakeland.yaml").read_text()
    run = ask(world, ListKind.STATE, (STATE / "planted.csv").read_bytes(), "list.csv", mapping=mapping)
    assert load(run) == "done"
    assert ExclusionList.objects.get().code == "state-oh"
    assert [each[:20] for each in run.counts["rejected"]] == ["Row 6 (Badday, Oswin"]


def test_what_is_no_list_is_refused_with_a_sentence_and_nothing_changes(world):
    run = ask(world, ListKind.SAM, LEIE)
    assert load(run) == "failed"
    assert "lacks the columns" in run.message
    assert not ListSnapshot.objects.exists()


def test_wrong_at_once(world):
    with pytest.raises(Refused, match="needs the mapping"):
        ask(world, ListKind.STATE)
    with pytest.raises(UnusableFile, match="is not YAML"):
        ask(world, ListKind.STATE, mapping="a: [", mapping_name="mine.yaml")
    with pytest.raises(UnusableFile, match="empty"):
        ask(world, content=b"")
    with pytest.raises(Forbidden):
        list_uploads.ask_to_load(actor=world.lookup, kind=ListKind.LEIE, content=LEIE, file_name="x.csv")


def test_what_the_queue_lost_is_sent_again(world):
    run = ask(world)
    assert list_uploads.sweep_lost() == 0
    with clock.freeze(NOON + list_uploads.LOST_AFTER + dt.timedelta(seconds=1)):
        assert list_uploads.sweep_lost() == 1
        load(run)
        assert list_uploads.sweep_lost() == 0


def test_the_pages(world, client):
    client.force_login(world.coordinator)
    answer = client.post(
        reverse("credentialing:list_load"),
        {"kind": "leie", "file": SimpleUploadedFile("UPDATED.csv", LEIE), "data_date": "2026-03-10"},
    )
    assert answer.status_code == 303
    assert "is being read" in client.get(answer["Location"]).content.decode()
    [uid] = [part for part in answer["Location"].split("/") if "-" in part]
    list_uploads.load_uploaded(uid)
    page = client.get(answer["Location"]).content.decode()
    assert "rows read" in page
    assert "every 2s" not in page


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"kind": "leie"}, "Choose a file."),
        ({"kind": "leie", "file": b""}, "The file is empty."),
        ({"kind": "state", "file": b"x"}, "needs the mapping"),
        ({"kind": "state", "file": b"x", "mapping": b"\xff\xfe"}, "not UTF-8"),
        ({"kind": "state", "file": b"x", "mapping": b"name: x"}, "The mapping mapping.csv"),
    ],
)
def test_bad_input_is_answered_where_it_stands(world, client, given, expected):
    client.force_login(world.coordinator)
    sent = {
        name: SimpleUploadedFile(f"{name}.csv", value) if isinstance(value, bytes) else value
        for name, value in given.items()
    }
    answer = client.post(reverse("credentialing:list_load"), sent)
    assert answer.status_code == 422
    assert expected in answer.content.decode()
