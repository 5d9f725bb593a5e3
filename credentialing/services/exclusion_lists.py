"""Loading exclusion lists: a whole file replaces the list as it stood, and the difference is kept."""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import IO, Any

from django.db import connection, transaction

from config.accounts.policies import require
from config.audit.services.events import record_event
from config.audit.services.jobs import run_job
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.importing.listed import ListedRow, ListFile
from credentialing.importing.publications import LEIE, SAM, Publication
from credentialing.models import ExclusionList, ListRow, ListSnapshot
from credentialing.rules.blocking import block_keys_row
from credentialing.rules.list_changes import CONTENT, corrections_among, party_of
from credentialing.rules.matching import MatchingParameters
from credentialing.selectors.screening import parameters_of
from practitioners.importing.rejections import Rejected

_content_of = attrgetter(*CONTENT)
#: A list this long that comes back less than half as long is a broken file, not a mass reinstatement. Low
#: enough for a small state's list: whoever knows better says so with one tick.
LONG_LIST = 50
#: Of a file nobody looked at, the part of the list that may be gone: a month takes some hundredths.
MOST_GONE_FETCHED = 0.1
_LOCK = 731_001


@dataclass
class LoadResult:
    """What a load did, or would do (``dry_run``)."""

    rows: int = 0
    added: int = 0
    removed: int = 0
    changed: int = 0
    kept: int = 0
    duplicates: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    snapshot: ListSnapshot | None = None
    unchanged: bool = False
    dry_run: bool = False

    @property
    def sentence(self) -> str:
        """The result for a person."""
        if self.unchanged:
            return f"This file is the current list already (load {self.snapshot.number}); nothing changed."
        would = "would be " if self.dry_run else ""
        return (
            f"{self.rows:,} rows read; {self.added:,} {would}added, {self.removed:,} {would}removed, "
            f"{self.changed:,} {would}changed, "
            f"{len(self.rejected):,} rejected, {self.duplicates:,} duplicates."
        )


@dataclass(frozen=True)
class Origin:
    """Where a file was fetched from, and which version its publisher says it is."""

    address: str
    etag: str = ""
    last_modified: str = ""


def load_list(
    *,
    actor,
    publication: Publication,
    path: Path | str,
    dry_run: bool = False,
    data_date: dt.date | None = None,
    accept_shrinking: bool = False,
    put_back: bool = False,
    file_name: str = "",
    origin: Origin | None = None,
) -> LoadResult:
    """Replace a list by the full file at ``path``; all of it or nothing.

    The same file again changes nothing. Rows that left the list stay with the load they left in; one that the
    publisher corrected is the same exclusion in a new row, which says which one it replaces. A row that
    cannot be read never takes its party off the list: what stood under that name stays. Raises
    ``UnusableFile`` for a file that is not the list, Refused for one that is suspiciously short. A load is
    entered in the ledger of jobs, a trial run is not. ``file_name`` is what the file was called where the
    path is a passing copy. ``put_back`` says that a file loaded before replaces one that was wrong: it is a
    load of its own, and what the wrong one said stays answerable. A file that a machine fetched (``origin``)
    is looked at more strictly: nobody has seen it.
    """
    require(actor, "credentialing.screen")
    source = Path(path)
    given: dict[str, Any] = {
        "publication": publication,
        "source": source,
        "file_name": file_name or source.name,
        "data_date": data_date,
        "accept_shrinking": accept_shrinking,
        "put_back": put_back,
        "origin": origin,
    }
    if dry_run:
        return _load(actor, dry_run=True, **given)
    found: list[LoadResult] = []

    def work() -> dict[str, int]:
        result = _load(actor, dry_run=False, **given)
        found.append(result)
        return {
            "rows": result.rows,
            "added": result.added,
            "removed": result.removed,
            "changed": result.changed,
        }

    name = publication.described["name"]
    run_job("exclusion list", f"{name}, {clock.now():%Y-%m-%d %H:%M:%S}", work, again=True)
    return found[0]


def load_leie(**given: Any) -> LoadResult:
    """Load the list of the OIG; as :func:`load_list`."""
    return load_list(publication=LEIE, **given)


def load_sam(**given: Any) -> LoadResult:
    """Load the extract of SAM.gov; as :func:`load_list`."""
    return load_list(publication=SAM, **given)


@transaction.atomic
def _load(
    actor,
    *,
    publication: Publication,
    source: Path,
    file_name: str,
    dry_run: bool,
    data_date: dt.date | None,
    accept_shrinking: bool,
    put_back: bool,
    origin: Origin | None,
) -> LoadResult:
    _lock_lists()
    with source.open("rb") as stream:
        checksum = hashlib.file_digest(stream, "sha256").hexdigest()
    known = ExclusionList.objects.filter(code=publication.code).first()
    loads = ListSnapshot.objects.filter(exclusion_list=known).order_by("-number") if known else None
    current = loads.first() if loads is not None else None
    held = loads.filter(sha256=checksum).first() if loads is not None else None
    if held is not None:
        if current is not None and checksum == current.sha256:
            return LoadResult(snapshot=current, unchanged=True, dry_run=dry_run)
        if not put_back:
            raise Refused(
                f"This file was loaded before (load {held.number}), and another one has been loaded since. "
                "Nothing was loaded; say that it is to be put back if the other one was wrong."
            )
    shape = known or ExclusionList(code=publication.code, **publication.described)
    live = _live_rows(known) if known else {}
    result = LoadResult(dry_run=dry_run)
    with (
        publication.opened(source) as stream,
        tempfile.TemporaryFile("w+", encoding="utf-8") as spool,
    ):
        file = publication.read(stream)
        came = _read(file, live, spool, parameters_of(shape))
        result.rejected = came.rejected
        gone = {
            key: held
            for key, held in live.items()
            if key not in came.kept and held.shown not in came.unreadable
        }
        corrections = corrections_among(gone, came.fresh)
        result.rows, result.duplicates, result.kept = file.rows, file.duplicates, len(came.kept)
        result.changed = len(corrections)
        result.added, result.removed = len(came.fresh) - result.changed, len(gone) - result.changed
        if not accept_shrinking:
            _refuse_cut(len(live), len(live) - len(gone) + len(came.fresh), fetched=origin is not None)
        if dry_run:
            return result
        if known is None:
            shape.save()
        result.snapshot = ListSnapshot.objects.create(
            exclusion_list=shape,
            number=(current.number if current else 0) + 1,
            file_name=file_name[:200],
            sha256=checksum,
            data_date=data_date,
            loaded_at=clock.now(),
            loaded_by=actor,
            fetched_from=origin.address[:300] if origin else "",
            etag=origin.etag if origin else "",
            last_modified=origin.last_modified if origin else "",
            row_count=file.rows,
            added=result.added,
            removed=result.removed,
            changed=result.changed,
            rejected=len(result.rejected),
        )
        if gone:
            ListRow.objects.filter(pk__in=[held.pk for held in gone.values()]).update(
                removed_in=result.snapshot
            )
        _store(spool, result.snapshot, len(came.fresh))
        _say_what_replaces_what(result.snapshot, corrections)
    record_event(
        actor=actor,
        verb="screening.list_loaded",
        subject=result.snapshot,
        data={
            "list": shape.code,
            "number": result.snapshot.number,
            "sha256": result.snapshot.sha256,
            "added": result.added,
            "removed": result.removed,
            "changed": result.changed,
            "rejected": len(result.rejected),
        },
    )
    return result


def _refuse_cut(now: int, remaining: int, *, fetched: bool) -> None:
    """Refuse a file that would take more of a list away than its publisher does: it was cut off."""
    least = now * (1 - MOST_GONE_FETCHED) if fetched else now / 2
    if now < LONG_LIST or remaining >= least:
        return
    raise Refused(
        f"The list has {now:,} rows and the file would leave {remaining:,}: it is probably "
        "cut off. Nothing was loaded; "
        + (
            "look at it, and load it by hand if it is right."
            if fetched
            else "accept the shrinking explicitly if it is right."
        )
    )


def _lock_lists() -> None:
    """One load at a time; the lock ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


@dataclass(frozen=True, slots=True)
class _Held:
    """A row of the list as it stands: its id, the hash of its content, and the name it is shown under."""

    pk: int
    content: str
    shown: str
    party: bytes


@dataclass
class _Came:
    """What a file brought: the keys that stayed as they were, those that are new or say something new with
    whom they are about, and what could not be read.
    """

    kept: set[str] = field(default_factory=set)
    fresh: dict[str, bytes] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    rejected: list[Rejected] = field(default_factory=list)


def _live_rows(known: ExclusionList) -> dict[str, _Held]:
    """The list as it stands, by row key."""
    rows = ListRow.objects.filter(exclusion_list=known, removed_in__isnull=True)
    return {
        key: _Held(pk, _content_hash(content), _shown(content[0], content[1], content[3]), party_of(content))
        for pk, key, *content in rows.values_list("pk", "row_key", *CONTENT).iterator(chunk_size=5000)
    }


def _read(file: ListFile, live: dict[str, _Held], spool: IO[str], parameters: MatchingParameters) -> _Came:
    """Spool the rows that are new or say something new; answers what came."""
    came = _Came()
    for row in file:
        if isinstance(row, Rejected):
            came.rejected.append(row)
            came.unreadable.add(row.key)
            continue
        held, content = live.get(row.key), _content_of(row)
        if held is not None and held.content == _content_hash(content):
            came.kept.add(row.key)
            continue
        came.fresh[row.key] = party_of(content)
        _spool(spool, row, parameters)
    return came


def _say_what_replaces_what(snapshot: ListSnapshot, corrections: dict[str, int]) -> None:
    """Each new row of the load that is a correction names the row it replaces; one statement."""
    if not corrections:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{ListRow._meta.db_table}" AS r SET replaces_id = c.old'  # noqa: S608 - our own table
            " FROM (SELECT unnest(%s::text[]) AS row_key, unnest(%s::bigint[]) AS old) AS c"
            " WHERE r.added_in_id = %s AND r.row_key = c.row_key",
            [list(corrections), list(corrections.values()), snapshot.pk],
        )


def _content_hash(values: Iterable) -> str:
    text = "\x1f".join(["" if value is None else str(value) for value in values])
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _shown(last: str, first: str, business: str) -> str:
    """As the reader of the file names a row it rejects."""
    person = ", ".join(part for part in (last, first) if part)
    return (person or business)[:60] or "no name"


def _spool(spool: IO[str], row: ListedRow, parameters: MatchingParameters) -> None:
    keys = ",".join(_quoted(key) for key in sorted(block_keys_row(row, parameters)))
    cells = [uuid.uuid4(), row.key, *_content_of(row), f"{{{keys}}}"]
    spool.write("\t".join([_cell(value) for value in cells]) + "\n")


def _quoted(key: str) -> str:
    """An element of an array as the database reads it."""
    return '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


#: What PostgreSQL's COPY text format takes for its own.
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": " ", "\n": " ", "\r": " "})


def _cell(value) -> str:
    """A value in PostgreSQL's COPY text format."""
    if value is None:
        return r"\N"
    return str(value).translate(_ESCAPED)


def _store(spool: IO[str], snapshot: ListSnapshot, count: int) -> None:
    """COPY the new rows, each with the load it came in."""
    if not count:
        return
    spool.seek(0)
    columns = ("exclusion_list_id", "added_in_id", "uid", "row_key", *CONTENT, "block_keys")
    names = ", ".join(f'"{name}"' for name in columns)
    came_in = f"{snapshot.exclusion_list_id}\t{snapshot.pk}\t"
    with tempfile.TemporaryFile("w+", encoding="utf-8") as rows, connection.cursor() as cursor:
        for line in spool:
            rows.write(came_in + line)
        rows.seek(0)
        cursor.copy_expert(f'COPY "{ListRow._meta.db_table}" ({names}) FROM STDIN', rows)
