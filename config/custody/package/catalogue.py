"""Which tables travel, which stay and why, and whether two installations have the same schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

from config.kernel.canonical import digest
from config.kernel.errors import Refused

#: The verb of the event that a load leaves behind it; the only row that is not in the package.
LOADED = "custody.loaded"
#: Tables that stay, by their name in the database, and why.
LEFT_OUT: dict[str, str] = {
    "django_migrations": "each installation has run its own; the schema's fingerprint says whether they "
    "agree",
    "django_session": "who is signed in at the moment",
    "custody_custodyexport": "the files and their receivers belong to the installation that made them; every "
    "step of an export is in the audit trail",
    "custody_standin": "follows from an installation's keys and is made anew on loading",
}


@dataclass(frozen=True)
class TableShape:
    """A table that travels: its name, its columns in order, and the column that names a row."""

    name: str
    columns: tuple[str, ...]
    key: str

    def select(self, condition: str = "") -> str:
        """The statement that reads all of it in the order of the key."""
        where = f" WHERE {condition}" if condition else ""
        return f'SELECT {self.column_list} FROM "{self.name}"{where} ORDER BY "{self.key}"'  # noqa: S608

    @property
    def column_list(self) -> str:
        """The columns as a statement names them."""
        return ", ".join(f'"{column}"' for column in self.columns)


def travelling_models() -> list[type[models.Model]]:
    """Every model with a table that travels, histories and tables between two others included."""
    found: dict[str, type[models.Model]] = {}
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta
        if meta.managed and not meta.proxy and meta.db_table not in LEFT_OUT:
            found.setdefault(meta.db_table, model)
    return [found[name] for name in sorted(found)]


#: Columns of every table but those the database computes, and how they are declared.
_COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    ORDER BY c.relname, a.attname
"""


def table_shapes(cursor) -> list[TableShape]:
    """The tables that travel as the database has them; one query."""
    cursor.execute(_COLUMNS)
    columns: dict[str, list[str]] = {}
    for table, column, _, _ in cursor.fetchall():
        columns.setdefault(table, []).append(column)
    return [
        TableShape(model._meta.db_table, tuple(columns[model._meta.db_table]), str(model._meta.pk.column))
        for model in travelling_models()
    ]


def tables_in_database(cursor) -> set[str]:
    """The names of all tables; one query."""
    cursor.execute(_COLUMNS)
    return {table for table, *_ in cursor.fetchall()}


def schema_fingerprint(cursor) -> str:
    """One hash of the migrations that ran and of every table's columns with their types; two queries.

    Where it is the same, rows of one database fit the other.
    """
    cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
    ran = [list(row) for row in cursor.fetchall()]
    cursor.execute(_COLUMNS)
    return digest({"migrations": ran, "columns": [list(row) for row in cursor.fetchall()]})


def check_head(head: dict[str, Any], cursor) -> list[TableShape]:
    """The tables of the package, which must be those of this installation, column by column."""
    shapes = table_shapes(cursor)
    ours = [{"name": shape.name, "columns": list(shape.columns), "key": shape.key} for shape in shapes]
    if head.get("schema") != schema_fingerprint(cursor) or head.get("tables") != ours:
        raise Refused(
            "The package comes from another version of the software: its tables are not those here. Install "
            "the version that made it, load, and then upgrade."
        )
    return shapes
