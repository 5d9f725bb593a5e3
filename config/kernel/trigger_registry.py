"""Where django-pgtrigger keeps the triggers of all models."""

from __future__ import annotations

from typing import Any

from pgtrigger import registry


class IndexedRegistry(registry._Registry):
    """django-pgtrigger's own, which knows what names are taken.

    The package's makes a list of all names anew for each trigger it is told of. With several hundred
    triggers that is a quarter of a second at the start of every process.
    """

    def __init__(self) -> None:
        self._by_table: dict[tuple[str, str], Any] = {}
        self._functions: set[str] = set()
        super().__init__()

    @property
    def by_db_table(self) -> dict[tuple[str, str], Any]:
        """The triggers by table and name."""
        return self._by_table

    @property
    def pg_function_names(self) -> set[str]:
        """The names of the functions in the database."""
        return self._functions

    def __setitem__(self, key: str, value: tuple[Any, Any]) -> None:
        super().__setitem__(key, value)
        model, trigger = value
        self._by_table[model._meta.db_table, trigger.name] = trigger
        self._functions.add(trigger.get_pgid(model))

    def __delitem__(self, key: str) -> None:
        model, trigger = self[key]
        super().__delitem__(key)
        del self._by_table[model._meta.db_table, trigger.name]
        self._functions.remove(trigger.get_pgid(model))


def index_triggers() -> None:
    """Have django-pgtrigger keep its triggers so; before it is ready and registers any."""
    indexed = IndexedRegistry()
    indexed.update(registry._registry)
    registry._registry = indexed
