"""The same seed and day give the same world."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connections

from config.demo.registry import NEW_SURGEON, RECORDS
from tests.demo.conftest import build
from tests.demo.digest import digest_by_table
from tests.services import Services


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_same_day_same_world(services: Services, tmp_path: Path) -> None:
    build(tmp_path / "one")
    first = digest_by_table()
    services.fresh_database()
    _move_keys_on()
    build(tmp_path / "two")
    assert digest_by_table() == first
    for name in (RECORDS, NEW_SURGEON, "leie-1.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def _move_keys_on() -> None:
    """Give the next rows other keys than an untouched database would: no row may show its key."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT setval(quote_ident(sequencename)::regclass, 1030) FROM pg_sequences "
            "WHERE schemaname = 'public'"
        )
