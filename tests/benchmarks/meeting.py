"""What is measured of a meeting's papers: the packet of forty files, for somebody to whom all are open."""

from __future__ import annotations

import io
from collections.abc import Iterator

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from bylaws.choices import Body, CommitteeKind, StepStatus
from bylaws.models import AgendaItem, Committee, Meeting, ReviewCase, ReviewStep
from bylaws.selectors.papers import packet_of
from bylaws.services.packets import make_packet
from config.accounts.services.users import system_user
from config.kernel import clock
from credentialing.models import Application
from tests.benchmarks.measuring import Row, growth, once
from tests.benchmarks.surveying import AMONG_FEW, some_files
from tests.benchmarks.world import World

#: Files of the packet the budget is for, and its seconds.
FILES, BUDGET = 40, 30
#: Queries of a packet, however many files are in it.
QUERIES = 40


def meeting_papers(world: World) -> Iterator[Row]:
    """The whole packet, first query to last byte; the yardstick is reading it without typesetting."""
    with transaction.atomic():
        files = some_files(world, FILES if world.count >= 1000 else AMONG_FEW)
        meeting = _meeting(world, files)
        reader = system_user()
        with CaptureQueriesContext(connection) as asked:
            yard, _ = once(lambda: packet_of(viewer=reader, meeting=meeting))
        with growth() as grown:
            spent, made = once(lambda: make_packet(actor=reader, meeting=meeting))
        pdf = PdfReader(io.BytesIO(made.content))
        row = Row(f"packet of {len(files)} files", BUDGET, [spent], "reading it, without typesetting", [yard])
        row.notes.append(
            f"{len(pdf.pages)} pages, {len(made.content) / 1_000_000:.1f} MB, {len(asked)} queries. "
            f"Memory grew by {grown.megabytes}"
        )
        if made.files != len(files) or len(asked) > QUERIES:
            row.faults.append(f"{made.files} files in {len(asked)} queries")
        yield row
        transaction.set_rollback(True)


def _meeting(world: World, files: list[Application]) -> Meeting:
    """The files on one agenda, as they would stand there once their chairs have acted."""
    committee, _ = Committee.objects.get_or_create(
        facility=world.facility, kind=CommitteeKind.MEC, defaults={"name": "Medical Executive Committee"}
    )
    meeting = Meeting.objects.create(committee=committee, starts_at=clock.now())
    for number, file in enumerate(files, start=1):
        case = ReviewCase.objects.create(
            subject_kind="application",
            subject_uid=file.uid,
            practitioner=file.practitioner,
            facility=world.facility,
            department=file.department,
            title=file.get_kind_display(),
            opened_at=clock.now(),
        )
        step = ReviewStep.objects.create(
            case=case, order=1, body=Body.MEC, status=StepStatus.OPEN, opened_at=clock.now()
        )
        AgendaItem.objects.create(
            meeting=meeting,
            order=number,
            title=case.title,
            step=step,
            practitioner=file.practitioner,
        )
    return meeting
