"""Rules of the house that the database itself keeps."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import Error, connections, models, transaction

from config.kernel.periods import Identity, Period

pytestmark = pytest.mark.django_db

PERIODS = sorted(
    (model for model in apps.get_models() if issubclass(model, Period)), key=lambda model: model.__name__
)
IDENTITIES = sorted(
    (model for model in apps.get_models() if issubclass(model, Identity)), key=lambda model: model.__name__
)
#: The folders whose models are ours.
ROOMS = {"config", "practitioners", "bylaws", "credentialing", "privileging"}
#: Tables to which rows are only ever added.
APPEND_ONLY = (
    "audit_auditevent",
    "audit_protectedread",
    "bylaws_vote",
    "bylaws_recusal",
    "bylaws_decision",
    "bylaws_decisionline",
    "credentialing_packetsignature",
    "credentialing_sectionversion",
    "credentialing_verificationattempt",
    "practitioners_evidence",
)


def rows(sql: str, *arguments) -> list[tuple]:
    with connections["default"].cursor() as cursor:
        cursor.execute(sql, arguments)
        return cursor.fetchall()


def triggers(table: str) -> set[str]:
    """Names of the table's own triggers that are switched on, without the hash at their end."""
    found = rows(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgenabled = 'O'",
        table,
    )
    return {name.removeprefix("pgtrigger_").rsplit("_", 1)[0] for (name,) in found}


def constraints(table: str, kind: str) -> dict[str, str]:
    """Definitions by name of the table's constraints of a kind (c check, x exclusion, f foreign key)."""
    return dict(
        rows(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = %s::regclass AND contype = %s",
            table,
            kind,
        )
    )


@pytest.mark.parametrize(
    "model",
    [model for model in apps.get_models() if model.__module__.partition(".")[0] in ROOMS],
    ids=lambda model: model._meta.label,
)
def test_rows_are_called_by_a_name(model):
    """Audit events and the admin name rows by ``str``: never “Model object (17)”."""
    assert model.__str__ is not models.Model.__str__


def test_there_are_periods():
    assert len(PERIODS) >= 7


@pytest.mark.parametrize("model", PERIODS, ids=lambda model: model.__name__)
def test_every_period_table_is_guarded(model):
    table = model._meta.db_table
    assert triggers(table) >= {"close_once", "no_delete", "time_runs_forward"}
    exclusion = {name: text for name, text in constraints(table, "x").items() if "valid WITH &&" in text}
    assert f"{table}_no_overlap" in exclusion
    assert all("superseded_at IS NULL" in text for text in exclusion.values())
    assert {f"{table}_not_empty", f"{table}_ending_paired", f"{table}_ending_after"} <= set(
        constraints(table, "c")
    )


@pytest.mark.parametrize("model", PERIODS, ids=lambda model: model.__name__)
def test_every_period_points_at_its_identity_and_keeps_no_second_history(model):
    field = model._meta.get_field("identity")
    assert issubclass(field.related_model, Identity)
    assert field.remote_field.related_name == "periods"
    assert not hasattr(model, "history")
    for name in model.key_fields:
        if name != "identity":
            assert field.related_model._meta.get_field(name).get_internal_type()


@pytest.mark.parametrize("model", IDENTITIES, ids=lambda model: model.__name__)
def test_every_identity_is_unchanging(model):
    assert triggers(model._meta.db_table) >= {"no_update", "no_delete"}


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_is_only_added_to_is_never_changed(table):
    assert triggers(table) >= {"no_update", "no_delete"}


def pairs() -> list[tuple[type[models.Model], str, str]]:
    """Fields that say when and by whom, both of which may be empty."""
    found = []
    for model in apps.get_models():
        fields = {field.name: field for field in model._meta.concrete_fields}
        for name, field in fields.items():
            other = fields.get(f"{name.removesuffix('_at')}_by") if name.endswith("_at") else None
            if (
                other is not None
                and field.null
                and other.null
                and not model.__name__.startswith("Historical")
            ):
                found.append((model, field.column, other.column))
    return found


@pytest.mark.parametrize(
    ("model", "when", "who"), pairs(), ids=lambda each: getattr(each, "__name__", str(each))
)
def test_when_and_by_whom_are_both_set_or_neither(model, when, who):
    """A row with only one of the two is refused by a check constraint, whatever the rest of the row says."""
    table = model._meta.db_table
    with connections["default"].cursor() as cursor:
        cursor.execute(f'CREATE TEMPORARY TABLE bare (LIKE "{table}" INCLUDING CONSTRAINTS)')
        cursor.execute(
            "SELECT attname FROM pg_attribute "
            "WHERE attrelid = 'pg_temp.bare'::regclass AND attnum > 0 AND attnotnull"
        )
        for (column,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE bare ALTER COLUMN "{column}" DROP NOT NULL')
        for column, value in ((when, "clock_timestamp()"), (who, "1")):
            with pytest.raises(Error, match="check constraint"), transaction.atomic():
                cursor.execute(f'INSERT INTO bare ("{column}") VALUES ({value})')


def test_nothing_of_ours_is_deleted_by_a_cascade():
    ours = ("config", "practitioners", "bylaws", "credentialing", "privileging")
    found = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        if model.__module__.split(".")[0] in ours and not model.__name__.startswith("Historical")
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.remote_field.on_delete is not models.PROTECT
    ]
    assert found == []


def test_the_application_owns_no_table():
    owned = rows(
        "SELECT c.relname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner "
        "WHERE r.rolname = current_user AND c.relkind = 'r' AND c.relpersistence = 'p'"
    )
    assert owned == []
    allowed = rows(
        "SELECT table_name FROM information_schema.role_table_grants "
        "WHERE grantee = current_user AND privilege_type = 'TRUNCATE'"
    )
    assert allowed == []
