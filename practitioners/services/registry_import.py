"""Taking answers of the NPI registry (NPPES API, JSON) into the house.

What the registry repeats is what practitioners said of themselves, so licences come in as claims. A person
who is there already gets only what is missing, or what the registry had said before and now says differently;
whatever a coordinator or a source said is left alone.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction

from config.accounts.policies import require
from config.kernel.errors import Refused
from practitioners.importing.nppes import Rejected, read_one, read_raw_results
from practitioners.importing.registry_status import status_of_answer
from practitioners.importing.rejections import UnusableFile
from practitioners.models import Practitioner
from practitioners.services.registry_records import (
    ImportReport,
    Stays,
    Taking,
    ensure_licence_kind,
    specialties_loaded,
    take_record,
    take_status,
)

ANSWER = "Answer of the NPI registry"


def import_registry(
    *, actor, data: bytes, said_in: str = ANSWER, wanted: Collection[str] | None = None, dry_run: bool = False
) -> ImportReport:
    """Take in every record of an answer of the registry (API v2.1), each for itself.

    ``wanted`` narrows to these NPIs; the others are counted as skipped. Raises ``UnusableFile`` when the
    file as a whole is something else. ``dry_run`` does the same work and takes all of it back, so its report
    is what the import would do.
    """
    require(actor, "practitioners.edit")
    results = read_raw_results(data)
    report = ImportReport()
    with transaction.atomic():
        ensure_licence_kind(actor=actor)
        taking = Taking(specialties_loaded(), said_in, keep_evidence=not dry_run)
        for position, raw in enumerate(results, start=1):
            _take(actor, taking, raw, position, wanted, report)
        if dry_run:
            transaction.set_rollback(True)
    return report


def _take(
    actor,
    taking: Taking,
    raw: Any,
    position: int,
    wanted: Collection[str] | None,
    report: ImportReport,
) -> None:
    status = status_of_answer(raw)
    npi, name = status.npi if status else "", ""
    if wanted is not None and npi and npi not in wanted:
        report.skipped += 1
        return
    try:
        with transaction.atomic():
            if status is not None and status.deactivated:
                known = Practitioner.objects.filter(npi=npi).first()
                if known is not None:
                    _refuse_repeated(npi, position, report.seen)
                    take_status(actor=actor, taking=taking, practitioner=known, said=status, report=report)
                    return
            record = read_one(raw, position)
            if isinstance(record, Rejected):
                report.rejected.append(record)
                return
            npi, name = record.npi, f", {record.name.display}"
            _refuse_repeated(npi, position, report.seen)
            take_record(actor=actor, taking=taking, record=record, status=status, report=report)
    except (Stays, Refused) as reason:
        sentence = f"Record {position} (NPI {npi}{name}): {reason}"
        report.rejected.append(Rejected(position, npi, sentence))


def _refuse_repeated(npi: str, position: int, seen: dict[str, int]) -> None:
    if npi in seen:
        raise Stays(f"the same NPI is already record {seen[npi]} of this file.")
    seen[npi] = position


__all__ = ["ImportReport", "UnusableFile", "import_registry"]
