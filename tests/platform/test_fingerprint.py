"""What makes a new template necessary, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.embedded import fingerprint as module


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in {
        "requirements.txt": "django==5.2",
        "config/settings/base.py": "DEBUG = False\n\nINSTALLED_APPS = [\n    'one',\n]\n",
        "config/embedded/sql/database.sql": "SELECT 1",
        "config/kernel/migrating.py": "",
        "room/apps.py": "",
        "room/models.py": "",
        "room/migrations/0001_initial.py": "operations = []",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(module, "PROJECT", tmp_path)
    return tmp_path


def fingerprint() -> str:
    module.fingerprint.cache_clear()
    return module.fingerprint()


@pytest.fixture(autouse=True)
def _forget():
    yield
    module.fingerprint.cache_clear()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "django==5.3"),
        ("config/settings/base.py", "DEBUG = False\n\nINSTALLED_APPS = [\n    'one',\n    'two',\n]\n"),
        ("config/embedded/sql/database.sql", "SELECT 2"),
        ("config/kernel/migrating.py", "class CreateTables: ..."),
        ("room/migrations/0001_initial.py", "operations = [1]"),
        ("room/migrations/0002_more.py", ""),
    ],
)
def test_what_shapes_the_schema_changes_it(checkout, name, text):
    before = fingerprint()
    (checkout / name).write_text(text)
    assert fingerprint() != before


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config/settings/base.py", "DEBUG = True\n\nINSTALLED_APPS = [\n    'one',\n]\n"),
        ("room/models.py", "changed = True"),
    ],
)
def test_nothing_else_does(checkout, name, text):
    before = fingerprint()
    (checkout / name).write_text(text)
    assert fingerprint() == before
