"""Many new rows at once, in the transaction that is open and under every trigger, constraint and right.

For services that write thousands of rows of what they otherwise write one by one. COPY takes rows several
times faster than INSERT, and memory holds no statement with ten thousand parameters. (``kernel.bulk_load`` is
another thing: a first load as the role that owns the tables, while their triggers rest.)
"""

from __future__ import annotations

import gc
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models

from config.kernel import clock
from config.kernel.bulk_load import copy_line, written


@contextmanager
def uncollected() -> Iterator[None]:
    """Spare the garbage collector looking again and again at a hundred thousand rows that are all needed: a
    quarter of the time of a large import. What is no longer referred to is freed as ever.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def next_keys(model: type[models.Model], count: int) -> list[int]:
    """Keys for ``count`` rows that :func:`copy_rows` will bring; nobody else is given them. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def copy_rows(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    """Insert unsaved rows whose every column is set: their keys too (:func:`next_keys`), or none of the keys,
    then the database draws them and nobody is told. No ``save``, no signal; ``IntegrityError`` as in saving.
    """
    if not rows:
        return
    fields = [
        field for field in model._meta.concrete_fields if not field.primary_key or rows[0].pk is not None
    ]
    names = [field.attname for field in fields]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    buffer = io.StringIO()
    for row in rows:
        values = row.__dict__
        buffer.write("\t".join([written(values[name]) for name in names]))
        buffer.write("\n")
    _copy(model, columns, buffer)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def copy_values(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows given as values of the fields ``names`` (attributes, as ``run_id``); the database fills the
    other columns. For rows nobody needs as objects. JSON is given as data or as its text.
    """
    columns = ", ".join(f'"{model._meta.get_field(name).column}"' for name in names)
    buffer = io.StringIO()
    buffer.writelines(copy_line(values) for values in rows)
    if buffer.tell():
        _copy(model, columns, buffer)


def _copy(model: type[models.Model], columns: str, buffer: io.StringIO) -> None:
    buffer.seek(0)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN', buffer)


def copy_with_history(model: type[models.Model], rows: Sequence[models.Model], *, kind: str = "+") -> None:
    """:func:`copy_rows` of rows with keys, and the rows of history that saving them would have left."""
    copy_rows(model, rows)
    copy_history(model, rows, kind=kind)


def copy_history(model: type[models.Model], rows: Sequence[models.Model], *, kind: str) -> None:
    """The rows of history that saving would have left: ``+`` of new rows, ``~`` of changed ones."""
    if not rows:
        return
    history = model.history.model  # type: ignore[attr-defined]
    names = [field.attname for field in history.tracked_fields]
    user = history.get_default_history_user(rows[0])
    moment = clock.wall()  # as the history of a single save has it: the moment of this machine
    copy_rows(
        history,
        [
            history(
                history_date=moment,
                history_user_id=user.pk if user else None,
                history_type=kind,
                history_change_reason=None,
                **{name: getattr(row, name) for name in names},
            )
            for row in rows
        ],
    )
