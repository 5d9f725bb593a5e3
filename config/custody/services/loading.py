"""A package into an empty installation: all of it or nothing."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connections

from config.accounts.models import User
from config.audit.models import AuditEvent
from config.custody.models import CustodyExport, StandIn
from config.custody.package.age import decrypted_file
from config.custody.package.archive import ArchiveReader
from config.custody.package.catalogue import LOADED, check_head, travelling_models
from config.custody.package.places import package_digest
from config.custody.package.rows import sealing
from config.custody.package.writing import WRITTEN_ALIKE
from config.kernel import clock
from config.kernel.bulk_load import OWNER, bulk_load
from config.kernel.errors import Refused
from config.kernel.sealing import sealed_tables
from config.organization.models import Facility
from practitioners import store
from practitioners.models import Practitioner
from practitioners.services.evidence import checkpoint_files

#: Bytes of a package from which indexes and foreign keys are cheaper built after the rows than row by row.
REBUILD_FROM = 8 * 1024 * 1024
#: Tables that do not travel and are empty in an empty installation.
OWN = (CustodyExport, StandIn)
NOT_EMPTY = (
    "This installation is not empty: it holds {what}. A package is loaded only into one in which nothing "
    "but “manage.py migrate” was run."
)


@dataclass
class Loaded:
    """What a load brought, and the hash of the file it came from."""

    sha256: str
    head: dict[str, Any]
    rows: int = 0
    files: int = 0
    stand_ins: list[StandIn] = field(default_factory=list)


def load_package(*, actor, path: Path, identity, sha256: str = "") -> Loaded:
    """Load the package; refuses (and leaves nothing) unless the installation is empty, its schema is the
    package's, the file is whole and is the one whose ``sha256`` was named.

    ``actor`` is who the event names; None for the system's own account, which comes with the package. Works
    as the owner of the tables; nobody else may use the installation meanwhile.
    """
    refuse_unless_empty()
    digest = package_digest(path)
    if sha256 and sha256.strip().lower() != digest:
        raise Refused(f"This is another file: its SHA-256 is {digest}.")
    written: list[Path] = []
    try:
        with decrypted_file(path, identity) as stream:
            reader = ArchiveReader(stream)
            loaded = Loaded(digest, reader.head)
            rebuild = path.stat().st_size >= REBUILD_FROM
            with bulk_load(*travelling_models(), StandIn, rebuild=rebuild) as loader:
                _take_over(reader, loaded, written)
                loader.insert(loaded.stand_ins)
                _set_sequences()
                _record(actor, loader, loaded)
    except BaseException:
        for each in written:
            each.unlink(missing_ok=True)
        raise
    ContentType.objects.clear_cache()
    return loaded


def refuse_unless_empty() -> None:
    """Refuse an installation in which anybody worked: it has people, facilities or accounts."""
    for what, rows in (
        ("practitioners", Practitioner.every),
        ("facilities", Facility.objects),
        ("accounts", User.objects.filter(is_system=False)),
    ):
        if rows.exists():
            raise Refused(NOT_EMPTY.format(what=what))
    if next(store.keys(), None) is not None:
        raise Refused(NOT_EMPTY.format(what="files in its store"))
    if checkpoint_files(Path(settings.STANDING_CHECKPOINTS)):
        raise Refused(NOT_EMPTY.format(what="checkpoints of evidence"))


def _take_over(reader: ArchiveReader, loaded: Loaded, written: list[Path]) -> None:
    with connections[OWNER].cursor() as cursor:
        cursor.execute(WRITTEN_ALIKE)
        shapes = {shape.name: shape for shape in check_head(reader.head, cursor)}
        # What migrations wrote comes with the package too; foreign keys are checked when the load ends. The
        # exports of an installation without accounts are none, but their table refers to accounts.
        names = ", ".join(f'"{name}"' for name in (*shapes, *(model._meta.db_table for model in OWN)))
        cursor.execute(f"TRUNCATE {names}")
        sealed = sealed_tables()
        seal = {name: sealing(sealed.get(name), shape.columns) for name, shape in shapes.items()}

        def rows(table: str, block: bytes) -> None:
            statement = f'COPY "{table}" ({shapes[table].column_list}) FROM STDIN'
            cursor.copy_expert(statement, io.BytesIO(seal[table](block)))
            loaded.rows += block.count(b"\n")

        def content(key: str, stored: bytes, opened: bytes | None) -> None:
            written.append(store.path_of(store.put(stored)))
            if opened is not None:
                other = store.put(opened, encrypted=True)
                written.append(store.path_of(other))
                loaded.stand_ins.append(StandIn(key=key, stands_in=other))
            loaded.files += 1

        def checkpoint(name: str, data: bytes) -> None:
            path = Path(settings.STANDING_CHECKPOINTS) / name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            written.append(path)
            path.write_bytes(data)

        reader.read(rows, content, checkpoint)


def _set_sequences() -> None:
    """Let every table go on numbering behind its last row."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute(
            """
            SELECT format(
                'SELECT setval(%L, greatest((SELECT max(%I) FROM %I), 1), EXISTS (SELECT FROM %I))',
                pg_get_serial_sequence(quote_ident(c.relname), a.attname), a.attname, c.relname, c.relname)
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
              AND a.attnum > 0 AND NOT a.attisdropped AND c.relname <> 'django_migrations'
              AND pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NOT NULL
            """
        )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)


def _record(actor, loader, loaded: Loaded) -> None:
    """The one event of the load, in its own transaction, so that there is no load without it."""
    who = actor or User.objects.using(OWNER).get(is_system=True)
    loader.insert(
        [
            AuditEvent(
                at=clock.now(),
                actor_uid=who.uid,
                actor_name=str(who),
                verb=LOADED,
                subject_kind="custody.custodyexport",
                subject_uid=loaded.head["export"],
                subject_label="Package of everything",
                data={"sha256": loaded.sha256, "rows": loaded.rows, "files": loaded.files},
            )
        ]
    )
