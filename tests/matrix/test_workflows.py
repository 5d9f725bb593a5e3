"""Every workflow, from every state to every state, by every role: in the guard and in the database."""

from __future__ import annotations

import re
from itertools import product
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import Error, connections, models, transaction

from config.accounts.choices import Role
from config.accounts.permissions import PERMISSIONS, ROLE_PERMISSIONS
from config.kernel.errors import Forbidden, Refused
from config.kernel.workflow import Workflow, all_workflows
from tests.matrix.workflows import INITIAL, WORKFLOWS

NAMES = sorted(WORKFLOWS)


def workflow(name: str) -> Workflow:
    return all_workflows()[name]


def states(name: str) -> list[str]:
    return [str(value) for value in workflow(name).choices.values]


def model_of(name: str) -> type[models.Model]:
    """The model whose status field has exactly this workflow's choices and its triggers; of several (mails
    share theirs) the one the workflow is named after.
    """
    flow = workflow(name)
    wanted = {trigger.name for trigger in flow.triggers()}
    found = [
        model
        for model in apps.get_models()
        if wanted <= {trigger.name for trigger in getattr(model._meta, "triggers", ())}
        and flow.field in {field.name for field in model._meta.fields}
        and model._meta.get_field(flow.field).choices == flow.choices.choices
    ]
    if len(found) > 1:
        found = [model for model in found if model.__name__.lower() == name.replace("_", "")]
    assert len(found) == 1, f"{name}: {found}"
    return found[0]


def test_every_workflow_is_listed():
    assert set(all_workflows()) == set(WORKFLOWS) == set(INITIAL)


@pytest.mark.parametrize("name", NAMES)
def test_the_listed_moves_name_states_that_exist_and_every_state_is_reached(name):
    known = set(states(name))
    moves = [tuple(move.split(" > ")) for move in WORKFLOWS[name]]
    assert {state for move in moves for state in move} <= known
    assert INITIAL[name] | {target for _, target in moves} == known, "a state nobody can reach"


@pytest.mark.parametrize("name", NAMES)
def test_every_role_may_make_exactly_the_listed_moves(name):
    flow = workflow(name)
    for source, target, role in product(states(name), states(name), Role):
        thing = SimpleNamespace(**{flow.field: source})
        roles = WORKFLOWS[name].get(f"{source} > {target}")
        if roles is None:
            with pytest.raises(Refused, match=re.escape(flow.choices(source).label)) as refused:
                flow.check(thing, target, ROLE_PERMISSIONS[role])
            assert not isinstance(refused.value, Forbidden), (source, target)
        elif role in roles:
            assert flow.check(thing, target, ROLE_PERMISSIONS[role]).target == target
        else:
            with pytest.raises(Forbidden):
                flow.check(thing, target, ROLE_PERMISSIONS[role])


@pytest.mark.parametrize("name", NAMES)
def test_the_systems_jobs_may_make_every_listed_move_and_no_other(name):
    flow = workflow(name)
    for source, target in product(states(name), states(name)):
        thing = SimpleNamespace(**{flow.field: source})
        if f"{source} > {target}" in WORKFLOWS[name]:
            flow.check(thing, target, {*PERMISSIONS, "system"})
        else:
            with pytest.raises(Refused):
                flow.check(thing, target, {*PERMISSIONS, "system"})


@pytest.fixture
def bare_table(django_db_blocker, db):
    """Makes a copy of a table without its other constraints, carrying the status triggers the real one has.

    The triggers are read from the database as they stand there, so what is tested is what is deployed.
    """
    connection = connections["default"]

    def make(name: str) -> str:
        flow, table = workflow(name), model_of(name)._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE TEMPORARY TABLE bare (LIKE "{table}")')
            cursor.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = 'pg_temp.bare'::regclass AND attnum > 0 "
                "AND attnotnull"
            )
            for (column,) in cursor.fetchall():
                cursor.execute(f'ALTER TABLE bare ALTER COLUMN "{column}" DROP NOT NULL')
            for number, state in enumerate(states(name)):
                cursor.execute(f'INSERT INTO bare (id, "{flow.field}") VALUES (%s, %s)', [number, state])
            cursor.execute(
                "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = %s::regclass "
                "AND NOT tgisinternal AND (tgname LIKE %s OR tgname LIKE %s)",
                [table, f"pgtrigger_{flow.field}_moves%", f"pgtrigger_{flow.field}_starts%"],
            )
            definitions = [row[0] for row in cursor.fetchall()]
            assert len(definitions) == 2, definitions
            for definition in definitions:
                cursor.execute(definition.replace(f" ON public.{table} ", " ON bare "))
        return "bare"

    return make


@pytest.mark.parametrize("name", NAMES)
def test_the_database_lets_exactly_the_listed_moves_through(name, bare_table):
    flow, table = workflow(name), bare_table(name)
    for (number, source), target in product(enumerate(states(name)), states(name)):
        listed = f"{source} > {target}" in WORKFLOWS[name] or source == target
        try:
            with transaction.atomic(), connections["default"].cursor() as cursor:
                cursor.execute(f'UPDATE {table} SET "{flow.field}" = %s WHERE id = %s', [target, number])
                moved = True
                transaction.set_rollback(True)
        except Error:
            moved = False
        assert moved is listed, (source, target)


@pytest.mark.parametrize("name", NAMES)
def test_the_database_lets_rows_begin_only_where_listed(name, bare_table):
    flow, table = workflow(name), bare_table(name)
    for state in states(name):
        try:
            with transaction.atomic(), connections["default"].cursor() as cursor:
                cursor.execute(f'INSERT INTO {table} (id, "{flow.field}") VALUES (999, %s)', [state])
                began = True
                transaction.set_rollback(True)
        except Error:
            began = False
        assert began is (state in INITIAL[name]), state
