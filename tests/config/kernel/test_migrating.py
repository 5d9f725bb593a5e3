"""A room's tables made together are the tables made one by one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.db import connections, models
from django.db.migrations import AddConstraint, AddField, AddIndex, CreateModel, Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter
from pgtrigger.compiler import Trigger, UpsertTriggerSql

from config.kernel.migrating import AddTrigger, CreateTables

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

SCHEMA = """
    SELECT 'column', table_name, column_name, data_type || ' ' || is_nullable || ordinal_position
    FROM information_schema.columns WHERE table_name LIKE 'tryout%'
    UNION ALL
    SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE conrelid::regclass::text LIKE 'tryout%'
    UNION ALL
    SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE tablename LIKE 'tryout%'
    UNION ALL
    SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)
    FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE 'tryout%'
    ORDER BY 1, 2, 3
"""
APPEND_ONLY = Trigger(
    name="no_update",
    sql=UpsertTriggerSql(
        func="RAISE EXCEPTION 'No.';",
        hash="0" * 40,
        operation="UPDATE",
        pgid="pgtrigger_no_update_tryout",
        table="tryout_ward",
        when="BEFORE",
    ),
)


def key(to: str) -> models.ForeignKey:
    return models.ForeignKey(to, on_delete=models.PROTECT, related_name="+")


def operations() -> list[Operation]:
    """Two tables that point to each other, and all that can belong to a table."""
    return [
        CreateModel("Ward", [("id", models.BigAutoField(primary_key=True)), ("name", models.TextField())]),
        AddTrigger("ward", APPEND_ONLY),
        CreateModel("Bed", [("id", models.BigAutoField(primary_key=True)), ("ward", key("tryout.ward"))]),
        AddField("ward", "spare", key("tryout.bed")),
        AddField("ward", "beds", models.ManyToManyField("tryout.bed", related_name="+")),
        AddConstraint("ward", models.UniqueConstraint(fields=["name", "spare"], name="one_name")),
        AddConstraint("ward", models.CheckConstraint(condition=~models.Q(name=""), name="has_a_name")),
        AddIndex("ward", models.Index(fields=["name"], name="ward_by_name")),
    ]


def migration(operations: Sequence[Operation]) -> Migration:
    made = Migration("0001_initial", "tryout")
    made.operations = list(operations)
    return made


def schema() -> list[tuple]:
    """All that stands in the database of tables whose name begins so."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(SCHEMA)
        return cursor.fetchall()


def forwards_and_back(run: Migration) -> list[tuple]:
    """What is there once the migration has run; undone, nothing is."""
    with connections["owner"].schema_editor() as editor:
        run.apply(ProjectState(), editor)
    made = schema()
    with connections["owner"].schema_editor() as editor:
        run.unapply(ProjectState(), editor)
    assert schema() == []
    return made


def test_tables_made_together_are_those_made_one_by_one():
    one_by_one = forwards_and_back(migration(operations()))
    kinds = {kind for kind, *_ in one_by_one}
    assert kinds == {"column", "constraint", "index", "trigger"}
    assert len(one_by_one) > 15
    assert forwards_and_back(migration([CreateTables(operations())])) == one_by_one


def test_what_comes_to_a_table_that_was_there_before_is_an_operation_of_its_own():
    """Two rooms that point to each other: one of them needs a second migration."""
    first, rest = operations()[:1], operations()[1:]
    found = []
    for steps in (operations(), [CreateTables(first), CreateTables(rest)]):
        with connections["owner"].schema_editor() as editor:
            migration(steps).apply(ProjectState(), editor)
        found.append(schema())
        with connections["owner"].schema_editor() as editor:
            migration(steps).unapply(ProjectState(), editor)
    assert found[0] == found[1]


def test_the_state_is_the_same_and_the_file_can_be_read_again():
    together = migration([CreateTables(operations())])
    alone = migration(operations()).mutate_state(ProjectState())
    assert together.mutate_state(ProjectState()).models == alone.models
    written: dict[str, type[Migration]] = {}
    exec(MigrationWriter(together, include_header=False).as_string(), written)
    assert written["Migration"]("0001_initial", "tryout").mutate_state(ProjectState()).models == alone.models
