"""The registry of triggers knows the names that are taken, as django-pgtrigger's own does."""

from __future__ import annotations

import pgtrigger
import pytest
from pgtrigger import registry

from config.accounts.models import User
from config.kernel.trigger_registry import IndexedRegistry


@pytest.fixture
def other() -> pgtrigger.Trigger:
    """A trigger of a table that has none of this name."""
    return pgtrigger.Protect(name="not_there_yet", operation=pgtrigger.Delete)


def test_the_names_are_those_the_package_would_find():
    ours = registry._registry
    assert isinstance(ours, IndexedRegistry)
    assert len(ours) > 100
    assert ours.by_db_table == registry._Registry.by_db_table.fget(ours)
    assert ours.pg_function_names == registry._Registry.pg_function_names.fget(ours)


def test_a_trigger_taken_back_frees_its_name(other):
    before = dict(registry._registry.by_db_table), set(registry._registry.pg_function_names)
    with other.register(User):
        assert registry._registry.by_db_table["accounts_user", "not_there_yet"] is other
        assert other.get_pgid(User) in registry._registry.pg_function_names
    assert (registry._registry.by_db_table, registry._registry.pg_function_names) == before


def test_a_name_that_is_taken_is_refused(other):
    with other.register(User), pytest.raises(KeyError, match="already used for model"):
        pgtrigger.Protect(name="not_there_yet", operation=pgtrigger.Update).register(User)
