"""What is measured of the survey-ready file: of one person, and of the thirty files of a review."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress

from django.db import transaction

from bylaws.models import AppointmentPeriod, StaffCategory
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.choices import ApplicationKind, ItemStatus
from credentialing.models import Application
from credentialing.services import applications, verification
from credentialing.services.survey import export_survey_file
from practitioners.choices import Method, SourceKind
from practitioners.models import Practitioner
from tests.benchmarks.measuring import Row, growth, once
from tests.benchmarks.world import World

#: Files of a review, and of one among few people: making them takes longer than measuring.
REVIEWED, AMONG_FEW = 30, 2
#: Bytes of what a source answered: a scanned page.
PAGE = 100_000


def surveying(world: World) -> Iterator[Row]:
    """Audit files, evidence, index and manifest in one archive, against zipping the same bytes."""
    with transaction.atomic():
        files = some_files(world, REVIEWED if world.count >= 1000 else AMONG_FEW)
        for question, limit, some in (
            ("survey-ready file of one person", 5, files[:1]),
            (f"survey-ready file of {len(files)} files of a review", 30, files),
        ):
            _export(world, files[:1])  # what the first one loads for good is no growth
            with growth() as grown:
                spent, archive = once(lambda some=some: _export(world, some))
            entries = _entries(archive)
            yard, _ = once(lambda entries=entries: _zipped(entries))
            row = Row(question, limit, [spent], "zip of the same bytes", [yard])
            evidence = sum(name.startswith("evidence/") for name in entries)
            row.notes.append(
                f"{len(some)} audit file{'s' if len(some) != 1 else ''}, {evidence} pieces of evidence, "
                f"{len(archive) / 1_000_000:.1f} MB. Memory grew by {grown.megabytes}"
            )
            if not evidence or "index.html" not in entries:
                row.faults.append("no evidence or no index")
            yield row
        transaction.set_rollback(True)


def _export(world: World, files: Sequence[Application]) -> bytes:
    with export_survey_file(actor=world.office, applications=files, title="Survey") as file:
        return file.read()


def _entries(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def _zipped(entries: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(), "w", zipfile.ZIP_DEFLATED, compresslevel=1) as opened:
        for name, content in entries.items():
            opened.writestr(name, content)


def some_files(world: World, number: int) -> list[Application]:
    """Reappointments of members with an answer of a source, a page of paper each, to whatever takes one."""
    today = clock.today(world.facility)
    members = AppointmentPeriod.objects.in_force(today).filter(
        facility=world.facility, practitioner__npi__isnull=False
    )
    people = Practitioner.objects.filter(pk__in=members.values("practitioner")).order_by("pk")[:number]
    return [_file(world, person) for person in people]


def _file(world: World, person: Practitioner) -> Application:
    department = world.facility.departments.order_by("pk").first()
    application = applications.open_application(
        actor=world.office,
        practitioner=person,
        facility=world.facility,
        kind=ApplicationKind.REAPPOINTMENT,
        department=department,
        category=StaffCategory.objects.filter(carries_privileges=False).order_by("pk").first(),
        scheduled_decision_on=clock.today(world.facility),
    )
    applications.submit(actor=world.office, application=application)
    applications.accept(actor=world.office, application=application)
    for item in application.items.exclude(status=ItemStatus.SUPERSEDED).order_by("pk"):
        # What only a register can answer stays open, and stands in the file as missing.
        with suppress(Refused), transaction.atomic():
            verification.receive(
                actor=world.office,
                item=item,
                source="The source",
                source_kind=item.accepted_sources[0] if item.accepted_sources else SourceKind.PRIMARY,
                method=Method.LETTER,
                verified_on=clock.today(world.facility),
                result="As stated.",
                content=world.chance.randbytes(PAGE // 2).hex().encode(),
                media_type="text/plain",
            )
            item.refresh_from_db()
            verification.verify(actor=world.office, item=item)
    return Application.objects.select_related("practitioner", "facility__npdb_entity").get(pk=application.pk)
