"""Places where a worker stands still until the test lets it go on, so that it can be killed just there."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg2
from django.db import connections
from django.db.models import Model


def wait_at(path: Path) -> None:
    """Stand still at the gate; where there is none, go on."""
    with contextlib.suppress(FileNotFoundError):
        path.read_bytes()


class Gate:
    """A named pipe: whoever reads it waits until somebody has opened it for writing and closed it again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writing: int | None = None
        os.mkfifo(path)

    def somebody_waits(self) -> bool:
        """Whether a process stands at the gate; it stays there."""
        if self._writing is None:
            try:
                self._writing = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno != errno.ENXIO:  # nobody has it open for reading
                    raise
        return self._writing is not None

    def open(self) -> None:
        """Let everybody pass, from now on; safe to repeat."""
        with contextlib.suppress(FileNotFoundError):
            both = os.open(self.path, os.O_RDWR)  # whoever is just arriving finds us writing
            self.path.unlink()
            os.close(both)
        if self._writing is not None:
            os.close(self._writing)
            self._writing = None


@contextlib.contextmanager
def locked(row: Model) -> Iterator[None]:
    """Hold the row's lock on a connection of its own, so that whoever wants it stands still."""
    place = connections["owner"].settings_dict
    holding = psycopg2.connect(
        host=place["HOST"],
        port=place["PORT"] or None,
        dbname=place["NAME"],
        user=place["USER"],
        password=place["PASSWORD"],
    )
    with contextlib.closing(holding), holding.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {row._meta.db_table} WHERE id = %s FOR UPDATE", (row.pk,))
        yield
