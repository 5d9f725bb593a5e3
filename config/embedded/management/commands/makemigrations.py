import warnings
from collections.abc import Sequence
from typing import Any

from django.core.management.commands import makemigrations
from django.db.migrations import AddConstraint, AddField, AddIndex, CreateModel, Migration
from django.db.migrations.optimizer import MigrationOptimizer
from pgtrigger import migrations as pgtrigger_migrations

from config.kernel.migrating import AddTrigger, CreateTables


class Command(makemigrations.Command):
    """Django's own, without a database: whether the applied migrations fit is looked at when there is one."""

    def handle(self, *app_labels: str, **options: Any) -> None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Got an error checking a consistent migration history")
            super().handle(*app_labels, **options)

    def write_migration_files(self, changes: dict[str, list[Migration]], *arguments: Any) -> None:
        """A room's first migration as one operation, all that belongs to a table right behind its creation.

        Django's optimizer puts indexes and constraints into the creation of their table unless something that
        names the table stands between, and a trigger does, or another table that points to it.
        """
        for room, migrations in changes.items():
            for migration in migrations:
                if migration.initial:
                    operations = _table_by_table(room, migration.operations)
                    migration.operations = [CreateTables(operations)]  # type: ignore[misc]
        super().write_migration_files(changes, *arguments)


def _table_by_table(room: str, operations: Sequence[Any]) -> list[Any]:
    """The same operations, those on one table together, after the last that gives it a column."""
    triggers, others = [], []
    for operation in operations:
        if isinstance(operation, pgtrigger_migrations.AddTrigger):
            triggers.append(AddTrigger(model_name=operation.model_name, trigger=operation.trigger))
        else:
            others.append(operation)
    # The columns first: a table that points to a later one gets that column by an operation of its own.
    folded = MigrationOptimizer().optimize(others, room)
    complete = {
        (operation.name if isinstance(operation, CreateModel) else operation.model_name).lower(): number
        for number, operation in enumerate(folded)
        if isinstance(operation, CreateModel | AddField)
    }

    def place(numbered: tuple[int, Any]) -> int:
        number, operation = numbered
        belongs = isinstance(operation, AddIndex | AddConstraint | AddTrigger)
        return complete.get(operation.model_name.lower(), number) if belongs else number

    ordered = [operation for _, operation in sorted(enumerate([*folded, *triggers]), key=place)]
    return MigrationOptimizer().optimize(ordered, room)
