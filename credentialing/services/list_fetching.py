"""Fetching exclusion lists by machine: a ledger row first, then a task, a sweep behind it.

Whatever goes wrong on the way (no connection, a page for people, half a file, a publisher that hangs), the
list in force stays, and the ledger says why in a sentence. What came whole is loaded and everybody screened.
"""

from __future__ import annotations

import datetime as dt
import tempfile
import uuid
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from config.accounts.policies import require
from config.accounts.services.users import system_user
from config.audit.choices import JobStatus
from config.audit.context import request_context
from config.audit.models import JobRun
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.choices import CallOutcome, Connector
from credentialing.importing.publications import publication_of
from credentialing.models import ConnectedSource, ListSnapshot
from credentialing.selectors.screening_lists import FETCH_JOB
from credentialing.services.exclusion_lists import Origin, load_list
from credentialing.services.queue import enqueue
from credentialing.services.sources import Held, address_of, ask
from credentialing.sources.base import HttpFetcher, Reply, ReplyKind
from practitioners.importing.rejections import UnusableFile

#: Work asked for this long ago and not finished was lost; longer than a download and a load take.
LOST_AFTER = dt.timedelta(minutes=35)
#: Rejected rows kept with the ledger.
REJECTED_KEPT = 200


@transaction.atomic
def ask_to_fetch(*, actor, source: ConnectedSource) -> JobRun:
    """Have the list of a source fetched by a worker now.

    Refused: a source that is switched off or whose address nobody confirmed, and while it is being fetched.
    """
    require(actor, "credentialing.screen")
    source = ConnectedSource.objects.select_for_update(no_key=True).get(pk=source.pk)
    if problem := why_not(source):
        raise Refused(problem)
    if _under_way(source):
        raise Refused(f"{source} is being fetched already.")
    return _begin(source, str(uuid.uuid4()))


def why_not(source: ConnectedSource) -> str:
    """Why nothing is fetched from the source as it is set up, as a sentence; empty where something is."""
    if source.connector != Connector.EXCLUSION_LIST:
        return f"{source} is no list that is fetched."
    if not source.active:
        return f"{source} is switched off."
    if not address_of(source):
        return f"Nobody said where the file of {source} lies: an administrator enters its address."
    if source.address_confirmed or source.code in settings.STANDING_SOURCE_ADDRESSES:
        return ""
    return (
        f"The address of {source} is a suggestion nobody confirmed: an administrator looks whether the "
        "publisher's file lies there, and says so in Administration."
    )


def _under_way(source: ConnectedSource) -> bool:
    return JobRun.objects.filter(
        job=FETCH_JOB,
        status=JobStatus.RUNNING,
        counts__source=source.code,
        started_at__gt=clock.now() - LOST_AFTER,
    ).exists()


def _begin(source: ConnectedSource, key: str) -> JobRun:
    run = JobRun.objects.create(
        job=FETCH_JOB,
        key=key,
        status=JobStatus.RUNNING,
        started_at=clock.now(),
        counts={
            "source": source.code,
            "list": source.name,
            "file": f"The file at {urlsplit(address_of(source)).hostname}",
            "rejected": [],
        },
    )
    enqueue("fetch_list", str(run.uid))
    return run


def fetch(run_uid: str, *, fetcher: HttpFetcher | None = None) -> str:
    """Fetch what the ledger's row says, once, load it when it changed and have everybody screened; answers in
    a word how it ended. Safe to repeat at any moment. Not within a transaction: a publisher takes its time.
    """
    run = JobRun.objects.filter(uid=run_uid, job=FETCH_JOB).first()
    if run is None or run.status != JobStatus.RUNNING:
        return "nothing to do"
    source = ConnectedSource.objects.get(code=run.counts["source"])
    if problem := why_not(source):
        return _finish(run, JobStatus.FAILED, problem)
    try:
        publication = publication_of(source.list_kind, source.mapping)
    except (Refused, UnusableFile) as problem:
        return _finish(run, JobStatus.FAILED, str(problem))
    with tempfile.TemporaryDirectory() as folder, request_context(f"{run.job}:{run.key}"):
        path = Path(folder) / _file_name(source)
        reply = ask(source, _version_here(source, publication.code) | {"into": str(path)}, fetcher=fetcher)
        if isinstance(reply, Held):
            return _finish(run, JobStatus.FAILED, f"{reply.sentence} The list in force stays.")
        if reply.kind is not ReplyKind.FOUND:
            unchanged = reply.kind is ReplyKind.UNCHANGED
            return _finish(run, JobStatus.DONE if unchanged else JobStatus.FAILED, reply.sentence)
        return _load(run, source, publication, path, reply)


def _load(run: JobRun, source: ConnectedSource, publication: Any, path: Path, reply: Reply) -> str:
    try:
        result = load_list(
            actor=system_user(),
            publication=publication,
            path=path,
            data_date=reply.source_date,
            origin=Origin(
                address_of(source), reply.fields.get("etag", ""), reply.fields.get("last_modified", "")
            ),
        )
    except (Refused, UnusableFile) as refused:
        return _finish(run, JobStatus.FAILED, f"{refused} The list in force stays.")
    if not result.unchanged:
        enqueue("screen_everyone")
    run.counts = run.counts | {"rejected": [str(each) for each in result.rejected[:REJECTED_KEPT]]}
    return _finish(run, JobStatus.DONE, result.sentence)


def _version_here(source: ConnectedSource, code: str) -> dict[str, str]:
    """The version of the list in force, where it came from this very address; else it is fetched whole."""
    newest = ListSnapshot.objects.filter(exclusion_list__code=code).order_by("-number").first()
    if newest is None or newest.fetched_from != address_of(source):
        return {}
    return {"etag": newest.etag, "last_modified": newest.last_modified}


def _file_name(source: ConnectedSource) -> str:
    """What the file is called at its address, without what may follow."""
    return PurePosixPath(urlsplit(address_of(source)).path).name[-100:] or "list"


def _finish(run: JobRun, status: str, message: str) -> str:
    run.status, run.message, run.finished_at = status, message[:4000], clock.now()
    run.save(update_fields=["status", "message", "finished_at", "counts"])
    return str(status)


# --- by itself ------------------------------------------------------------------------------------------


def fetch_due_lists() -> int:
    """Have every list fetched whose last fetch that answered lies as many days back as it is set up; answers
    how many. One that failed is tried again the next day. Run twice on a day, it changes nothing more.
    """
    today = clock.today()
    begun = 0
    for source in ConnectedSource.objects.filter(connector=Connector.EXCLUSION_LIST, active=True):
        answered = source.calls.filter(outcome__in=(CallOutcome.FOUND, CallOutcome.UNCHANGED))
        last = answered.order_by("-asked_at").values_list("asked_at", flat=True).first()
        if why_not(source) or (last and (today - clock.date_at(last)).days < source.every_days):
            continue
        begun += _begin_once(source, f"{source.code}, {today.isoformat()}")
    return begun


@transaction.atomic
def _begin_once(source: ConnectedSource, key: str) -> bool:
    """Begin unless that was done under the key, or somebody asked for it just now."""
    ConnectedSource.objects.select_for_update(no_key=True).get(pk=source.pk)
    if _under_way(source) or JobRun.objects.filter(job=FETCH_JOB, key=key).exists():
        return False
    _begin(source, key)
    return True


def sweep_lost() -> int:
    """Send again what was to be fetched long ago and never was; answers how many."""
    lost = JobRun.objects.filter(
        job=FETCH_JOB, status=JobStatus.RUNNING, started_at__lt=clock.now() - LOST_AFTER
    )
    uids = [str(uid) for uid in lost.values_list("uid", flat=True)]
    for uid in uids:
        enqueue("fetch_list", uid)
    return len(uids)
