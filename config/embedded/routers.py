"""Which connection does what."""

from __future__ import annotations

from typing import Any


class OwnerMigrates:
    """The schema is made and changed through ``owner`` alone; reads and writes stay on ``default``.

    The application's role does not own the tables, so a migration through it would fail half-way.
    """

    def db_for_read(self, model: type, **hints: Any) -> str | None:
        return None

    def db_for_write(self, model: type, **hints: Any) -> str | None:
        return None

    def allow_relation(self, first: object, second: object, **hints: Any) -> bool:
        """Both connections are the same database."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "owner"
