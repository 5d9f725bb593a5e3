"""Operations of migrations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from pgtrigger import migrations


class AddTrigger(migrations.AddTrigger):
    """django-pgtrigger's own, without drawing anew the table's model and all that are tied to it.

    A model's class does not know its triggers; the state does, and `makemigrations` compares states. With
    some two hundred triggers that is half the time a migration from zero takes.
    """

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        options = state.models[app_label, self.model_name].options
        options["triggers"] = [*options.get("triggers", []), self.trigger]


class CreateTables(Operation):
    """A room's tables, each made at once with all that belongs to it.

    Run one by one, each table draws the models of all that are tied to it anew, by now a hundred, and that is
    nearly all the time a migration from zero takes. Here the models are drawn once, when all are known; what
    comes later to a table (a column that points to a table made after it, a constraint, an index) is then in
    its creation. Keys to tables that are not there yet wait for the end of the migration, as they always do.
    """

    serialization_expand_args = ["operations"]

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = operations

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [], {"operations": self.operations}

    def describe(self) -> str:
        tables = sum(isinstance(operation, CreateModel) for operation in self.operations)
        return f"Create {tables} tables"

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop("apps", None)  # drawn when it is next asked for, and not by each of these
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for operation in self._by_themselves():
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for operation in reversed([*self._by_themselves()]):
            # The table a trigger stood on is known before, not afterwards.
            known = from_state if isinstance(operation, migrations.AddTrigger) else to_state
            operation.database_backwards(app_label, schema_editor, from_state, known)

    def _by_themselves(self) -> Iterator[Operation]:
        """All but what is in the creation of its table."""
        created: set[str] = set()
        for operation in self.operations:
            if isinstance(operation, CreateModel):
                created.add(operation.name_lower)
            elif (
                isinstance(operation, AddField | AddIndex | AddConstraint)
                and operation.model_name_lower in created
            ):
                continue
            yield operation
