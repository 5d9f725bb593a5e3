"""Making an approved export, once, whoever is told to and however often."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import connection, transaction

from config.audit.services.events import record_event
from config.custody.choices import CustodyStatus
from config.custody.models import CustodyExport
from config.custody.package.places import KEPT_FOR, file_digest, file_of, unfinished_file_of
from config.custody.package.writing import write_package
from config.custody.services.exports import lock_export
from config.custody.workflow import CUSTODY_EXPORT
from config.kernel import clock
from config.kernel.errors import Refused

logger = logging.getLogger(__name__)
_BY_SYSTEM = {"system"}


def make_export(*, actor, uid: str) -> str:
    """Make the approved export; answers in a word what came of it. Safe to repeat at any moment.

    A lock of the session says that somebody is at it; it goes with the worker that held it, so that what a
    killed worker left is begun anew.
    """
    export = CustodyExport.objects.filter(uid=uid).first()
    if export is None:
        return "nothing to do"
    with _alone(uid) as alone:
        if not alone:
            return "being made already"
        if not _begin(actor, export):
            return "nothing to do"
        unfinished = unfinished_file_of(export)
        try:
            unfinished.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            counts = write_package(
                unfinished,
                public_key=export.public_key,
                told={
                    "export": str(export.uid),
                    "made_at": clock.now(),
                    "asked_by": str(export.asked_by),
                    "approved_by": str(export.decided_by),
                },
            )
        except Refused as refused:
            return _fail(actor, export, refused.sentence)
        except OSError as problem:
            return _fail(actor, export, f"The file could not be written: {problem.strerror or problem}.")
        except Exception:
            logger.exception("The custody export stopped")
            return _fail(
                actor, export, "The export stopped unexpectedly; the administrator finds why in the log."
            )
        return _finish(actor, export, counts)


@contextmanager
def _alone(uid: str) -> Iterator[bool]:
    """Whether nobody else is making this export; nobody can begin until this ends."""
    name = f"custody:{uid}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        got = bool(cursor.fetchone()[0])
    try:
        yield got
    finally:
        if got:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


@transaction.atomic
def _begin(actor, export: CustodyExport) -> bool:
    """Into the state of being made, or still in it after a worker was killed. False: nothing to do."""
    row = lock_export(export)
    if row.status == CustodyStatus.APPROVED:
        CUSTODY_EXPORT.check(row, CustodyStatus.MAKING, _BY_SYSTEM)
        row.status = CustodyStatus.MAKING
        row.save(update_fields=["status"])
        record_event(actor=actor, verb="custody.begun", subject=row)
    export.status = row.status
    return row.status == CustodyStatus.MAKING


@transaction.atomic
def _finish(actor, export: CustodyExport, counts: dict[str, int]) -> str:
    row = lock_export(export)
    CUSTODY_EXPORT.check(row, CustodyStatus.READY, _BY_SYSTEM)
    unfinished = unfinished_file_of(row)
    row.status, row.made_at, row.counts = CustodyStatus.READY, clock.now(), counts
    row.size, row.sha256 = unfinished.stat().st_size, file_digest(unfinished)
    row.expires_at = row.made_at + KEPT_FOR
    row.save(update_fields=["status", "made_at", "counts", "size", "sha256", "expires_at"])
    record_event(
        actor=actor,
        verb="custody.made",
        subject=row,
        data={"sha256": row.sha256, "size": row.size, "counts": counts},
    )
    unfinished.replace(file_of(row))
    return "ready"


@transaction.atomic
def _fail(actor, export: CustodyExport, sentence: str) -> str:
    row = lock_export(export)
    CUSTODY_EXPORT.check(row, CustodyStatus.FAILED, _BY_SYSTEM)
    row.status, row.note = CustodyStatus.FAILED, sentence
    row.save(update_fields=["status", "note"])
    record_event(actor=actor, verb="custody.failed", subject=row, reason=sentence)
    with suppress(OSError):  # where nothing could be written there may be nothing to remove, and no folder
        unfinished_file_of(row).unlink()
    return "failed"
