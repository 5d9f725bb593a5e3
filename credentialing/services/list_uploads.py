"""Loading exclusion lists that were uploaded: a ledger row first, then a task, a sweep behind it.

The extract of SAM.gov takes half a minute, longer than a page may. The ledger keeps who asked, what came of
it in words, and the rows that were rejected.
"""

from __future__ import annotations

import datetime as dt
import tempfile
import uuid
from pathlib import Path

from django.db import transaction

from config.accounts.models import User
from config.accounts.policies import require
from config.audit.choices import JobStatus
from config.audit.context import request_context
from config.audit.models import JobRun
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.importing.publications import publication_of
from credentialing.selectors.screening_lists import UPLOAD_JOB
from credentialing.services.exclusion_lists import load_list
from credentialing.services.queue import enqueue
from practitioners import store
from practitioners.importing.rejections import UnusableFile
from practitioners.rules.uploads import safe_name

#: Work asked for this long ago and not finished was lost.
LOST_AFTER = dt.timedelta(minutes=35)
#: Rejected rows kept with the ledger.
REJECTED_KEPT = 200


@transaction.atomic
def ask_to_load(
    *,
    actor,
    kind: str,
    content: bytes,
    file_name: str,
    mapping: str = "",
    mapping_name: str = "",
    data_date: dt.date | None = None,
    accept_shrinking: bool = False,
    put_back: bool = False,
) -> JobRun:
    """Have an uploaded list loaded by a worker. ``mapping`` is the text of the mapping of a state's list.

    The mapping is checked at once; raises ``UnusableFile`` naming the place that is wrong.
    """
    require(actor, "credentialing.screen")
    if not content:
        raise UnusableFile("The file is empty.")
    publication = publication_of(kind, mapping, mapping_name)
    run = JobRun.objects.create(
        job=UPLOAD_JOB,
        key=str(uuid.uuid4()),
        status=JobStatus.RUNNING,
        started_at=clock.now(),
        counts={
            "asked_by": str(actor.uid),
            "kind": str(kind),
            "list": publication.described["name"],
            "file": safe_name(file_name)[:200],
            "store": store.put(content),
            "mapping": mapping,
            "mapping_name": mapping_name,
            "data_date": data_date.isoformat() if data_date else "",
            "accept_shrinking": accept_shrinking,
            "put_back": put_back,
            "rejected": [],
        },
    )
    enqueue("load_uploaded_list", str(run.uid))
    return run


def load_uploaded(run_uid: str) -> str:
    """Load what was uploaded, once, and have everybody screened against it; answers in a word how it ended.
    Safe to repeat at any moment.
    """
    run = JobRun.objects.filter(uid=run_uid, job=UPLOAD_JOB).first()
    if run is None or run.status != JobStatus.RUNNING:
        return "nothing to do"
    asked = run.counts
    actor = User.objects.get(uid=asked["asked_by"])
    with tempfile.TemporaryDirectory() as folder, request_context(f"{run.job}:{run.key}"):
        path = Path(folder) / f"list{Path(asked['file']).suffix}"
        try:
            path.write_bytes(store.get(asked["store"]))
            result = load_list(
                actor=actor,
                publication=publication_of(asked["kind"], asked["mapping"], asked["mapping_name"]),
                path=path,
                file_name=asked["file"],
                data_date=dt.date.fromisoformat(asked["data_date"]) if asked["data_date"] else None,
                accept_shrinking=asked["accept_shrinking"],
                put_back=asked["put_back"],
            )
        except (Refused, UnusableFile) as refused:
            return _finish(run, JobStatus.FAILED, str(refused))
    if not result.unchanged:
        enqueue("screen_everyone")
    run.counts = asked | {"rejected": [str(each) for each in result.rejected[:REJECTED_KEPT]]}
    return _finish(run, JobStatus.DONE, result.sentence)


def _finish(run: JobRun, status: str, message: str) -> str:
    run.status, run.message, run.finished_at = status, message[:4000], clock.now()
    run.save(update_fields=["status", "message", "finished_at", "counts"])
    return str(status)


def sweep_lost() -> int:
    """Send again what was uploaded long ago and never loaded; answers how many."""
    lost = JobRun.objects.filter(
        job=UPLOAD_JOB, status=JobStatus.RUNNING, started_at__lt=clock.now() - LOST_AFTER
    )
    uids = [str(uid) for uid in lost.values_list("uid", flat=True)]
    for uid in uids:
        enqueue("load_uploaded_list", uid)
    return len(uids)
