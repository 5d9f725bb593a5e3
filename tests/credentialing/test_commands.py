"""The commands of this room: exit codes, sentences, nothing lost."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.core import mail
from django.core.management import call_command

from config.audit.models import JobRun
from credentialing.models import ListRow, ListSnapshot, OutboxMessage
from tests.credentialing.services.test_reminders import member
from tests.credentialing.world import FIXTURES, TODAY

SAM = FIXTURES / "sam" / "planted.csv"
STATE = FIXTURES / "state"


def run(name, *arguments):
    """Exit code, what was said, what went wrong."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(name, *arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        return ended.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


class TestImportOtherLists:
    def test_each_by_its_own_and_no_other_file(self, world, tmp_path):
        assert run("import_sam", SAM)[0] == 0
        code, _, wrong = run(
            "import_state_exclusions", STATE / "planted.csv", "--mapping", STATE / "lakeland.yaml"
        )
        assert (code, "Row 6" in wrong) == (1, True)
        code, _, wrong = run("import_sam", STATE / "planted.csv")
        assert (code, "lacks the columns" in wrong) == (2, True)
        code, _, wrong = run("import_state_exclusions", SAM, "--mapping", tmp_path / "none.yaml")
        assert (code, "cannot be read" in wrong) == (2, True)


class TestImportLeie:
    def test_loads_and_says_so(self, world):
        code, said, _ = run("import_leie", FIXTURES / "leie" / "planted.csv", "--date", "2026-03-10")
        assert code == 0
        assert "added" in said
        assert ListSnapshot.objects.get().data_date == dt.date(2026, 3, 10)

    def test_again_changes_nothing(self, world):
        run("import_leie", FIXTURES / "leie" / "planted.csv")
        code, said, _ = run("import_leie", FIXTURES / "leie" / "planted.csv")
        assert (code, "nothing changed" in said) == (0, True)

    def test_a_dry_run_writes_nothing(self, world):
        code, said, _ = run("import_leie", FIXTURES / "leie" / "planted.csv", "--dry-run")
        assert (code, "would be added" in said) == (0, True)
        assert not ListRow.objects.exists()

    def test_rejected_rows_are_named_and_the_rest_goes_in(self, world):
        code, _, wrong = run("import_leie", FIXTURES / "leie" / "faulty.csv")
        assert code == 1
        assert "Line" in wrong
        assert ListRow.objects.exists()

    @pytest.mark.parametrize("content", [b"", b"name,npi\nx,1\n", b"\x00\xff\x00", b"LASTNAME\n"])
    def test_a_file_that_is_not_the_list(self, world, tmp_path, content):
        path = tmp_path / "file"
        path.write_bytes(content)
        code, _, wrong = run("import_leie", path)
        assert (code, "Traceback" in wrong, bool(wrong.strip())) == (2, False, True)

    def test_a_file_that_is_not_there(self, world, tmp_path):
        code, _, wrong = run("import_leie", tmp_path / "missing.csv")
        assert (code, "cannot be read" in wrong) == (2, True)

    def test_a_day_that_is_none(self, world):
        code, _, wrong = run("import_leie", FIXTURES / "leie" / "planted.csv", "--date", "March")
        assert (code, "is not a date" in wrong) == (2, True)


def test_screening_without_a_list(world):
    code, _, wrong = run("screen_exclusions")
    assert (code, "No exclusion list" in wrong) == (2, True)


def test_screening_everyone(world):
    world.load_list()
    world.appoint(world.practitioner(last_name="Silverthorne", first_name="Agatha", npi=None))
    code, said, _ = run("screen_exclusions")
    assert (code, "1 people screened" in said, "1 matches" in said) == (0, True, True)


def test_reminders_are_queued_and_sent_once(world):
    member(world)
    code, said, _ = run("send_reminders", "--on", TODAY.isoformat())
    assert (code, "1 mails sent" in said) == (0, True)
    code, said, _ = run("send_reminders", "--on", TODAY.isoformat())
    assert "0 reminders queued" in said
    assert len(mail.outbox) == 1


def test_queueing_alone_sends_nothing(world):
    member(world)
    run("send_reminders", "--on", TODAY.isoformat(), "--queue-only")
    assert (OutboxMessage.objects.count(), mail.outbox) == (1, [])


@pytest.mark.parametrize("name", ["send_reminders", "run_nightly"])
def test_a_day_that_is_none(world, name):
    code, _, wrong = run(name, "--on", "tomorrow")
    assert (code, "is not a date" in wrong) == (2, True)


def test_the_night_is_worked_once_a_day(world):
    member(world)
    code, said, _ = run("run_nightly", "--on", TODAY.isoformat())
    assert code == 0
    assert "standing-conditions:fernwick:2026-03-10: done" in said
    before = list(JobRun.objects.order_by("id").values_list("job", "key", "status"))
    assert {job for job, _, _ in before} == {
        "standing-conditions",
        "licenses-at-their-end",
        "enrolment-reminders",
        "reminders",
        "enquiry-reminders",
        "disclosure-reminders",
        "packet-reminders",
        "incomplete-clock",
        "red-flags",
        "evidence-checkpoint",
    }
    run("run_nightly", "--on", TODAY.isoformat())
    assert list(JobRun.objects.order_by("id").values_list("job", "key", "status")) == before
    assert OutboxMessage.objects.count() == 1
