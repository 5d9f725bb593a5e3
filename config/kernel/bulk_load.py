"""The one loader: many rows at once, as the role that owns the tables.

Services write row by row and the database checks every move. A first load (an earlier system's records, the
demo world, a large public list) brings rows that are already in a later state; it runs here, in one
transaction in which the tables' own triggers rest. Foreign keys, checks and exclusion constraints hold all
the same: at once, or, with ``rebuild``, when the load ends. The caller records one audit event that says
what was loaded.
"""

from __future__ import annotations

import datetime as dt
import io
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connections, models, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

OWNER = "owner"
#: For building indexes after a load, of the loading connection alone.
INDEX_MEMORY = "512MB"
#: Of the indexes and constraints built, every so many-th is told.
SAID_EACH = 20
#: Bytes handed to the server at a time.
COPY_PIECE = 2**18


class Loader:
    """Inserts into the tables named when the load was opened."""

    def __init__(self, tables: Sequence[type[models.Model]]):
        self.tables = tables
        self.counts: dict[str, int] = {}
        self._keys: dict[type[models.Model], Iterator[int]] = {}
        # The driver's own: Django keeps its connections to the thread that opened them, and a load of many
        # rows writes some while the next are being made.
        self._connection = connections[OWNER].connection

    def insert(
        self,
        rows: Sequence[models.Model],
        *,
        batch_size: int = 2000,
        history_by=None,
        history_at: dt.datetime | None = None,
    ) -> list:
        """Insert unsaved instances of one model and return them with their keys.

        A model whose changes are kept as history gets its first history rows, as written by ``history_by`` at
        ``history_at``; both must then be given.
        """
        if not rows:
            return []
        model = type(rows[0])
        self._check(model)
        created = model._base_manager.using(OWNER).bulk_create(rows, batch_size=batch_size)
        self._count(model, len(created))
        if hasattr(model, "history"):
            self._insert_history(model, created, history_by, history_at, batch_size)
        return created

    def _insert_history(
        self, model: type[models.Model], rows: Sequence[models.Model], by, at, batch_size
    ) -> None:
        if by is None or at is None:
            raise ValueError(f"{model.__name__} keeps history: say who loads it, and when.")
        history = model.history.model  # type: ignore[attr-defined]
        names = [field.attname for field in history.tracked_fields]
        history._base_manager.using(OWNER).bulk_create(
            [
                history(
                    history_date=at,
                    history_user_id=by.pk,
                    history_type="+",
                    history_change_reason="Loaded in bulk",
                    **{name: getattr(row, name) for name in names},
                )
                for row in rows
            ],
            batch_size=batch_size,
        )

    def keys(self, model: type[models.Model]) -> Iterator[int]:
        """Keys for rows that :meth:`copy` will bring, one after the other; nobody else is given them."""
        self._check(model)
        if model not in self._keys:
            # The table is locked by this load, so nobody draws a number in between.
            with connections[OWNER].cursor() as cursor:
                cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [model._meta.db_table])
                self._keys[model] = itertools.count(cursor.fetchone()[0])
        return self._keys[model]

    def _keep_keys(self) -> None:
        """Let the tables' own numbering go on behind the keys that were given out."""
        with connections[OWNER].cursor() as cursor:
            for model, keys in self._keys.items():
                table = model._meta.db_table
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, next(keys)])

    def copy(
        self,
        model: type[models.Model],
        columns: Sequence[str],
        rows: Iterable[Sequence[Any]],
        *,
        batch: int = 20_000,
    ) -> int:
        """COPY plain values into ``columns`` of the table, in constant memory. Answers the number of rows."""
        total, remaining = 0, iter(rows)
        while lines := [copy_line(row) for row in itertools.islice(remaining, batch)]:
            total += self.copy_lines(model, columns, lines)
        return total

    def copy_lines(self, model: type[models.Model], columns: Sequence[str], lines: Sequence[str]) -> int:
        """COPY rows that :func:`copy_line` has written, or that are written the same way. May be called from
        another thread than the one that opened the load, by one thread at a time.
        """
        self._check(model)
        if lines:
            quoted = ", ".join(f'"{name}"' for name in columns)
            statement = f'COPY "{model._meta.db_table}" ({quoted}) FROM STDIN'
            with self._connection.cursor() as cursor:
                cursor.copy_expert(statement, io.BytesIO("".join(lines).encode()), size=COPY_PIECE)
            self._count(model, len(lines))
        return len(lines)

    def _check(self, model: type[models.Model]) -> None:
        if model not in self.tables:
            raise ValueError(f"{model.__name__} was not named when the load was opened.")

    def _count(self, model: type[models.Model], number: int) -> None:
        self.counts[model._meta.label_lower] = self.counts.get(model._meta.label_lower, 0) + number


@contextmanager
def bulk_load(
    *tables: type[models.Model], rebuild: bool = False, say: Callable[[str], None] = lambda line: None
) -> Iterator[Loader]:
    """One load into ``tables``: all of it or nothing.

    ``rebuild`` takes indexes, exclusion, unique and foreign key constraints of these tables off for the load
    and builds them afterwards, which checks every row: worth it from some ten thousand rows on. Nobody else
    reads or writes the tables meanwhile. ``say`` is told how far that is.
    """
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        for model in tables:
            cursor.execute(f'ALTER TABLE "{model._meta.db_table}" DISABLE TRIGGER USER')
        taken_off = _take_off(cursor, tables) if rebuild else []
        loader = Loader(tables)
        yield loader
        loader._keep_keys()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        if rebuild:
            cursor.execute(f"SET LOCAL maintenance_work_mem = '{INDEX_MEMORY}'")
        for number, statement in enumerate(taken_off):
            if number % SAID_EACH == 0:
                say(f"  {number} of {len(taken_off)} indexes and constraints")
            cursor.execute(statement)
        for model in tables:
            cursor.execute(f'ALTER TABLE "{model._meta.db_table}" ENABLE TRIGGER USER')
            cursor.execute(f'ANALYZE "{model._meta.db_table}"')


#: Everything of a table that is built from its rows, but for the primary key: what it is called, whether it
#: is a constraint, and the statement that makes it. An index that carries a constraint comes with it.
_BUILT = """
    SELECT 1 AS step, conname, true, format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass,
           conname, pg_get_constraintdef(oid))
    FROM pg_constraint
    WHERE conrelid = %(table)s::regclass AND contype IN ('x', 'u', 'f')
      AND NOT EXISTS (SELECT FROM pg_constraint AS other
                      WHERE other.confrelid = pg_constraint.conrelid
                        AND other.conindid = pg_constraint.conindid AND pg_constraint.contype <> 'f')
    UNION ALL
    SELECT 2, indexrelid::regclass::text, false, pg_get_indexdef(indexrelid)
    FROM pg_index
    WHERE indrelid = %(table)s::regclass AND NOT indisprimary
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
    ORDER BY 1, 2
"""


def _take_off(cursor, tables: Sequence[type[models.Model]]) -> list[str]:
    """Drop what can be built later; answers the statements that build it, foreign keys last."""
    statements: list[tuple[bool, str]] = []
    for model in tables:
        table = f'"{model._meta.db_table}"'
        cursor.execute(_BUILT, {"table": table})
        for _, name, is_constraint, statement in cursor.fetchall():
            if is_constraint:
                cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            else:
                cursor.execute(f"DROP INDEX {name}")
            statements.append(("FOREIGN KEY" in statement, statement))
    return [statement for _, statement in sorted(statements, key=lambda each: each[0])]


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _text(value: str) -> str:
    # Nearly every text is plain, and asking is several times faster than translating.
    return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)


def copy_line(values: Iterable[Any]) -> str:
    """One row in the text format of COPY, its end of line included."""
    find = _WRITERS.get
    return "\t".join([find(type(value), _other)(value) for value in values]) + "\n"


def _range(value: DateRange) -> str:
    return f"[{value.lower or ''},{value.upper or ''})"


def _json(value: Any) -> str:
    return _text(json.dumps(value))


def _array(value: tuple[str | int, ...]) -> str:
    """Of numbers and of keys: nothing that an array would have to be told where it ends."""
    return f"{{{','.join(map(str, value))}}}"


def _other(value: Any) -> str:
    """A value of a type that is rarer than those below, or of a subclass of one of them."""
    if isinstance(value, DateRange):
        return _range(value)
    if isinstance(value, dict | list):
        return _json(value)
    return _text(str(value))


#: One value in the text format of COPY, by its type: ranges of days are half-open, lists and mappings JSON,
#: tuples of numbers or hashes arrays.
#: A large load writes a hundred million values, so the common types are found at once.
_WRITERS: dict[type, Callable[[Any], str]] = {
    str: _text,
    int: str,
    bool: lambda value: "t" if value else "f",
    type(None): lambda value: "\\N",
    DateRange: _range,
    dict: _json,
    list: _json,
    tuple: _array,
}


def written(value: Any) -> str:
    """One value in the text format of COPY."""
    return _WRITERS.get(type(value), _other)(value)
