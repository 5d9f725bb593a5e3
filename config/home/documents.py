"""The pages of the documentation that are made from the code, so that they cannot drift from it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands, load_command_class

from config.accounts.choices import DataClass, Role
from config.accounts.permissions import MFA_ROLES, PERMISSIONS, ROLE_CLASSES, ROLE_PERMISSIONS
from config.home.menus import SECTIONS
from config.home.roles import DUTIES
from config.kernel.workflow import Workflow, all_workflows
from config.kernel.yaml_files import read_yaml
from config.rulebook.choices import Confidence
from config.rulebook.parameters import ParameterDefinition, definitions
from config.rulebook.rules import rules
from config.rulebook.services.sources import REFERENCE
from config.rulebook.subjects import judged_noun
from config.schedule import BEAT_SCHEDULE

NOTE = "<!-- Made by `manage.py write_docs`; edit the code instead. -->"
#: What stands at the head of each page.
INTRODUCTIONS: dict[str, str] = yaml.safe_load(
    (Path(__file__).parent / "reference" / "documents.yaml").read_text(encoding="utf-8")
)
OURS = ("config", "practitioners", "bylaws", "credentialing", "privileging")


def documents() -> dict[Path, str]:
    """Text of every generated page by its path."""
    folder = Path(settings.BASE_DIR) / "docs"
    return {
        folder / "roles.md": _roles(),
        folder / "reference" / "permissions.md": _permissions(),
        folder / "reference" / "workflows.md": _workflows(),
        folder / "reference" / "parameters.md": _parameters(),
        folder / "reference" / "rules.md": _rules(),
        folder / "reference" / "commands.md": _commands(),
        folder / "reference" / "schedule.md": _schedule(),
    }


def _page(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", NOTE, *(part.strip("\n") for part in parts if part)]) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _sorted_words(members: Iterable[Any], order: Iterable[Any]) -> str:
    held = {str(member) for member in members}
    return ", ".join(str(each.label) for each in order if str(each.value) in held)


# --- people ---------------------------------------------------------------------------------------------


def _roles() -> str:
    parts = [
        INTRODUCTIONS["roles"],
    ]
    for role in Role:
        menu = [section.label for section in SECTIONS[role] if section.label]
        parts.append(
            f"## {role.label}\n\n{DUTIES[role]}\n\n"
            f"- Menu: {', '.join(menu)}\n"
            f"- Classes of data: {_sorted_words(ROLE_CLASSES[role], DataClass)}\n"
            f"- Second factor in production: {'yes' if role in MFA_ROLES else 'no'}"
        )
    return _page("Roles", *parts)


def _permissions() -> str:
    letters = [chr(ord("A") + number) for number in range(len(Role))]
    pairs = zip(letters, Role, strict=True)
    legend = "\n".join(f"- {letter}: {role.label}" for letter, role in pairs)
    what = _table(
        ["Permission", "Meaning", *letters],
        (
            [f"`{name}`", meaning, *("●" if name in ROLE_PERMISSIONS[role] else "" for role in Role)]
            for name, meaning in PERMISSIONS.items()
        ),
    )
    classes = _table(
        ["Class of data", *letters],
        (
            [member.label, *("●" if member in ROLE_CLASSES[role] else "" for role in Role)]
            for member in DataClass
        ),
    )
    return _page(
        "Permissions",
        INTRODUCTIONS["permissions"],
        legend,
        what,
        "## Classes of data",
        classes,
    )


# --- workflows ------------------------------------------------------------------------------------------


def _workflows() -> str:
    parts = [
        INTRODUCTIONS["workflows"],
    ]
    for name, flow in sorted(all_workflows().items()):
        parts.append(_workflow(name, flow))
    return _page("Workflows", *parts)


def _workflow(name: str, flow: Workflow) -> str:
    moves = _table(
        ["From", "To", "Act", "Only when", "Who (any of)", "Tells", "Audit event"],
        (
            [
                flow.choices(move.source).label,
                flow.choices(move.target).label,
                move.label,
                move.guard,
                ", ".join(f"`{each}`" for each in move.by),
                move.notify,
                f"`{move.event}`",
            ]
            for move in flow.transitions
        ),
    )
    title = name.replace("_", " ").capitalize()
    return f"## {title}\n\n```mermaid\n{flow.mermaid()}```\n\n{moves}"


# --- numbers and rules ----------------------------------------------------------------------------------


def _parameters() -> str:
    bodies = {entry["code"]: entry["name"] for entry in read_yaml(REFERENCE)}
    shipped: dict[str, list[dict[str, Any]]] = {}
    for config in apps.get_app_configs():
        path = Path(config.path) / "parameters.yaml"
        if path.is_file():
            for row in read_yaml(path) or []:
                shipped.setdefault(row["code"], []).append(row)
    parts = [
        INTRODUCTIONS["parameters"],
    ]
    for code, declared in sorted(definitions().items()):
        parts.append(_parameter(declared, shipped.get(code, []), bodies))
    return _page("Parameters", *parts)


_COMBINES = {
    "min": "the smallest number binds",
    "max": "the largest number binds",
    "union": "lists are joined",
    "all_of": "each source's value must be satisfied by itself",
    "no_merge": "one source decides: bylaws, then law, then others",
}


def _parameter(declared: ParameterDefinition, rows: list[dict[str, Any]], bodies: dict[str, str]) -> str:
    limits = [
        f"{word} {limit}"
        for word, limit in (("at least", declared.floor), ("at most", declared.ceiling))
        if limit is not None
    ]
    facts = [
        f"Several sources: {_COMBINES[declared.combine]}.",
        f"Unit: {declared.unit}." if declared.unit else "",
        f"Limits: {', '.join(limits)}. {declared.limit_reason}".strip() if limits else "",
        f"One of: {', '.join(f'`{each}`' for each in declared.choices)}." if declared.choices else "",
        f"Selected by: {declared.selected_by}.",
    ]
    table = _table(
        ["For", "Source", "From", "Value", "Written in", "How sure"],
        (
            [
                row.get("subject") or "all",
                bodies.get(row["source"], row["source"]),
                row["from"],
                _value(row["value"]),
                row["citation"],
                Confidence(row["confidence"]).label,
            ]
            for row in rows
        ),
    )
    head = f"## `{declared.code}`\n\n{declared.title}. " + " ".join(fact for fact in facts if fact)
    return f"{head}\n\n{table}" if rows else f"{head}\n\nNo value is shipped."


def _value(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "<br>".join(f"`{json.dumps(entry, ensure_ascii=False)}`" for entry in value)
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def _rules() -> str:
    parts = [
        INTRODUCTIONS["rules"],
    ]
    for rule in rules():
        explained = inspect.getdoc(inspect.getmodule(rule.judge)) or ""
        parts.append(
            f"## `{rule.code}` {rule.title}\n\n{explained}\n\n"
            f"- Judges: {judged_noun(rule.subject).partition(',')[2]}\n"
            f"- Version: {rule.version}\n"
            f"- Parameters: {', '.join(f'`{code}`' for code in rule.parameters) or 'none'}\n"
            f"- May be waived: {'yes' if rule.waivable else 'no, never'}\n"
            f"- Can be a standing condition of the lookup: {'yes' if rule.standing else 'no'}"
        )
    return _page("Rules", *parts)


# --- running --------------------------------------------------------------------------------------------


def _commands() -> str:
    rows = []
    for name, app in sorted(get_commands().items()):
        if isinstance(app, str) and app.split(".")[0] in OURS and app != "config.embedded":
            rows.append([f"`manage.py {name}`", load_command_class(app, name).help])
    return _page(
        "Commands",
        INTRODUCTIONS["commands"],
        _table(["Command", "What it does"], rows),
    )


def _schedule() -> str:
    rows = [
        [name, f"`{entry['task']}`", _when(entry["schedule"])]
        for name, entry in sorted(BEAT_SCHEDULE.items())
    ]
    return _page(
        "Scheduled work",
        INTRODUCTIONS["schedule"],
        _table(["What", "Task", "When"], rows),
    )


def _when(schedule: Any) -> str:
    seconds = getattr(schedule, "run_every", None)
    if seconds is not None:
        return f"every {int(seconds.total_seconds())} seconds"
    if isinstance(schedule, int | float):
        return f"every {int(schedule)} seconds"
    return (
        f"minute {schedule._orig_minute}, hour {schedule._orig_hour}, day {schedule._orig_day_of_month}, "
        f"weekday {schedule._orig_day_of_week}"
    )
