"""Rules of the house that can be read from the code."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest
from django.apps import apps

from tests.architecture.sources import ROOMS, ROOT, calls, dotted, functions, modules

#: The one place that asks machine or library what time it is.
CLOCK = "config/kernel/clock.py"
#: Functions of service modules that write nothing in anybody's name: they read, check or lock.
WITHOUT_ACTOR = {
    ("config/accounts/services/users.py", "system_user"),
    ("config/accounts/services/users.py", "create_first_administrator"),  # before anybody can be the actor
    ("config/accounts/services/tokens.py", "second_factor_missing"),
    ("config/accounts/services/tokens.py", "token_holder"),
    ("config/audit/services/jobs.py", "run_job"),
    # The worker, for whoever asked for the run; the run says who did.
    ("bylaws/services/compliance_asked.py", "carry_out"),
    ("bylaws/services/compliance_asked.py", "sweep_lost"),
    ("credentialing/services/automatic.py", "write_reply"),  # the system writes what a source said
    # What becomes of a mail a worker does, in nobody's name.
    ("credentialing/services/outbox.py", "claim"),
    ("credentialing/services/outbox.py", "drop"),
    ("credentialing/services/outbox.py", "settle"),
    ("credentialing/services/sources.py", "known_source"),  # the product brings it with it
    ("privileging/services/decisions.py", "carry_out"),  # inside a body's act, whose recorder is the actor
    ("privileging/services/proctors.py", "declare"),  # by the proctor's link, without an account
    ("privileging/services/for_a_time.py", "end_beside"),  # follows from closing another file: the system
    ("config/rulebook/services/sources.py", "source_body"),
    ("config/rulebook/services/parameters.py", "definition_of"),
    ("config/rulebook/services/parameters.py", "check_value"),
}


def test_rooms_import_downwards_only():
    answer = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_no_import_inside_a_function_dodges_a_circle():
    found = [
        f"{path}:{node.lineno}"
        for path, tree in modules().items()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and function.name != "ready"
        for node in ast.walk(function)
        if (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ROOMS)
        or (isinstance(node, ast.Import) and any(name.name.split(".")[0] in ROOMS for name in node.names))
    ]
    assert found == []


def test_only_the_clock_knows_what_time_it_is():
    asked = (
        "datetime.now",
        "datetime.utcnow",
        "date.today",
        "timezone.now",
        "timezone.localdate",
        "time.time",
    )
    found = [
        f"{path}:{call.lineno} {dotted(call.func)}"
        for path, tree in modules().items()
        if path != CLOCK
        for call in calls(tree)
        if dotted(call.func).endswith(asked)
    ]
    assert found == []


def test_every_typed_day_is_kept_within_sensible_years():
    """A form or filter that takes 0001 or 9999 breaks the pages that show it."""
    bare = ("forms.DateField", "forms.DateTimeField", "forms.SplitDateTimeField")
    filters = ("DateFilter", "DateTimeFilter", "DateFromToRangeFilter")
    found = [
        f"{path}:{call.lineno} {dotted(call.func)}"
        for path, tree in modules().items()
        for call in calls(tree)
        if dotted(call.func) in bare
        or (
            dotted(call.func).endswith(filters)
            and "validators" not in [keyword.arg for keyword in call.keywords]
        )
    ]
    assert found == []


def test_history_is_never_gone_around():
    """simple-history sees neither ``update()`` nor bulk writes."""
    kept = {model.__name__ for model in apps.get_models() if hasattr(model, "history")}
    assert kept, "there are models with history"
    found = [
        f"{path}:{call.lineno} {dotted(call.func)}"
        for path, tree in modules().items()
        for call in calls(tree)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in ("update", "bulk_create", "bulk_update", "abulk_create", "aupdate")
        and dotted(call.func).split(".")[0] in kept
    ]
    assert found == []


def services():
    return [
        (path, function)
        for path, tree in modules().items()
        if "/services/" in path
        for function in functions(tree)
    ]


@pytest.mark.parametrize(("path", "function"), services(), ids=lambda each: getattr(each, "name", each))
def test_every_service_says_what_it_does_and_who_acts(path, function):
    assert ast.get_docstring(function), "no docstring"
    if (path, function.name) in WITHOUT_ACTOR:
        return
    if not _reads_only(function):
        assert "actor" in {argument.arg for argument in function.args.kwonlyargs}, "no keyword-only actor"


def _reads_only(function: ast.FunctionDef) -> bool:
    """Whether nothing in the function writes: helpers of services that check, lock or compute."""
    writes = ("save", "create", "get_or_create", "update_or_create", "update", "delete", "bulk_create")
    tables = ("objects", "periods", "_base_manager")
    for call in calls(function):
        parts = dotted(call.func).split(".")
        if parts[-1] in ("rewrite", "open_period", "supersede", "end_before", "void", "record_event"):
            return False
        if parts[-1] == "save" or (parts[-1] in writes and set(parts) & set(tables)):
            return False
    return True


@pytest.mark.parametrize(("path", "function"), services(), ids=lambda each: getattr(each, "name", each))
def test_every_service_that_writes_is_atomic(path, function):
    named = {dotted(decorator) for decorator in function.decorator_list}
    atomic_inside = any(dotted(call.func).endswith("transaction.atomic") for call in calls(function))
    assert _reads_only(function) or "transaction.atomic" in named or atomic_inside or _one_row(function), (
        f"{path}: {function.name} writes without a transaction"
    )


ONE_STATEMENT = ("create", "save", "update", "get_or_create", "bulk_create")


def _one_row(function: ast.FunctionDef) -> bool:
    """A single statement is a transaction by itself."""
    writes = [dotted(call.func).split(".")[-1] for call in calls(function)]
    return sum(write in ONE_STATEMENT for write in writes) == 1


def test_every_public_function_and_class_has_a_docstring():
    found = [
        f"{path}:{node.lineno} {node.name}"
        for path, tree in modules().items()
        if "/management/" not in path and not path.endswith("/apps.py")
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert found == []


def test_selectors_write_nothing():
    writes = ("save", "create", "get_or_create", "update_or_create", "bulk_create", "bulk_update", "delete")
    found = [
        f"{path}:{call.lineno} {dotted(call.func)}"
        for path, tree in modules().items()
        if "/selectors/" in path
        for call in calls(tree)
        if isinstance(call.func, ast.Attribute) and call.func.attr in writes
    ]
    assert found == []


def test_doors_write_through_services():
    """Views, API, tasks and commands parse, call one service or selector, and answer."""
    writes = ("save", "create", "get_or_create", "update_or_create", "bulk_create", "bulk_update", "delete")
    found = [
        f"{path}:{call.lineno} {dotted(call.func)}"
        for path, tree in modules().items()
        if any(door in path for door in ("/views/", "/api/", "/tasks.py", "/management/commands/"))
        and not path.startswith(("config/embedded/", "config/demo/"))
        for call in calls(tree)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in writes
        and {"objects", "periods"} & set(dotted(call.func).split("."))
    ]
    assert found == []
