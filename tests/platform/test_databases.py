"""Templates and clones, and that the migrations lead from nothing to the same place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from config.embedded.databases import APPLICATION_ROLE, Cluster, migrate

pytestmark = pytest.mark.django_db

COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable
    FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2
"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2
"""
TRIGGERS = """
    SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)
    FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2
"""
PRIVILEGES = f"""
    SELECT DISTINCT privilege_type FROM information_schema.role_table_grants
    WHERE grantee = '{APPLICATION_ROLE}' ORDER BY 1
"""


def rows(cluster: Cluster, database: str, statement: str) -> list[tuple]:
    with cluster.connection(database) as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


@pytest.fixture
def another(services) -> Iterator[str]:
    name = f"{services.database}_another"
    yield name
    services.cluster.drop(name)


def test_migrating_from_zero_leads_to_what_the_template_holds(services, another):
    services.cluster.create_empty(another)
    assert rows(services.cluster, another, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [
        (0,)
    ]
    steps: list[str] = []
    migrate(services.cluster.url(another), steps.append)
    assert "Creating tables: practitioners" in steps
    for question in (COLUMNS, CONSTRAINTS, TRIGGERS, PRIVILEGES):
        assert rows(services.cluster, another, question) == rows(
            services.cluster, services.database, question
        )
    assert rows(services.cluster, another, PRIVILEGES) == [("DELETE",), ("INSERT",), ("SELECT",), ("UPDATE",)]


def test_a_clone_replaces_an_older_one_even_while_it_is_in_use(services, another):
    services.cluster.clone(services.template, another)
    with services.cluster.connection(another) as cursor:
        cursor.execute("CREATE TABLE left_behind ()")
        services.cluster.clone(services.template, another)
    assert rows(services.cluster, another, "SELECT to_regclass('left_behind')") == [(None,)]


def test_the_template_is_built_once(services):
    steps: list[str] = []
    assert services.cluster.ensure_template(steps.append) == services.template
    assert steps == []
