"""A version of a form as data: read from a catalogue file, written to one, compared with another. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from config.kernel.errors import Refused
from privileging.choices import FormLineKind
from privileging.rules.criteria_published import validate_criteria
from privileging.rules.criteria_words import COMBINATIONS, describe
from privileging.rules.settings import names_of, settings_in_words, settings_of

CRITERIA_KINDS = ("initial", "renewal")
FPPE_KEYS = {"cases", "months", "method"}
_CODE = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True)
class LineDefinition:
    """One privilege of a form as written in a catalogue file."""

    code: str
    name: str
    kind: str
    description: str = ""
    criteria: Mapping[str, Any] = field(default_factory=dict)
    fppe: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    resources: tuple[str, ...] = ()


@dataclass(frozen=True)
class FormDefinition:
    """One version of a form as written in a catalogue file."""

    code: str
    name: str
    version: str
    core_criteria: Mapping[str, Any]
    core_fppe: Mapping[str, Any]
    lines: tuple[LineDefinition, ...]


# --- reading -------------------------------------------------------------------------------------------


def form_of_text(text: str) -> FormDefinition:
    """The text of one form, checked. Raises ``Refused`` with the place that is wrong, and for several."""
    found = forms_of_text(text)
    if len(found) != 1:
        raise Refused(f"Give one form at a time: {len(found)} stand here.")
    return found[0]


def forms_of_text(text: str) -> tuple[FormDefinition, ...]:
    """The text of a catalogue file, checked: a form, or several with a line of three hyphens between them.

    Raises ``Refused`` with the place that is wrong, and where no form stands in it.
    """
    try:
        found = list(yaml.load_all(text, Loader=_Once)) or [None]
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark else ""
        raise Refused(f"This is not valid YAML{place}.") from None
    except RecursionError:
        raise Refused("The text has more levels within each other than any form.") from None
    forms = []
    for number, data in enumerate(found, 1):
        try:
            forms.append(form_of(data))
        except Refused as refused:
            which = f"form {number}: " if len(found) > 1 else ""
            raise Refused(f"{which}{refused.sentence}") from None
    return tuple(forms)


class _Once(yaml.SafeLoader):
    """Reads a text in which every word stands once: of two the first would be passed over in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping; refused with the line where a word stands for the second time."""
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise Refused(f"{key.value} stands twice in one place: see line {key.start_mark.line + 1}.")
            seen.add(str(key.value))
        return super().construct_mapping(node, deep=deep)


def form_of(data: Any) -> FormDefinition:
    """The data of a catalogue file, checked. Raises ``Refused`` with the place that is wrong."""
    if not isinstance(data, Mapping):
        raise Refused("expected a form with code, name, version, core and special.")
    _keys(data, required={"code", "name", "version", "core"}, optional={"special"}, where="the form")
    core = data["core"]
    if not isinstance(core, Mapping):
        raise Refused("core: expected criteria, fppe and lines.")
    _keys(core, required={"lines"}, optional={"criteria", "fppe"}, where="core")
    for name, found in (("core.lines", core["lines"]), ("special", data.get("special"))):
        if not isinstance(found, list | None):
            raise Refused(f"{name}: expected a list of privileges.")
    lines = [
        _line(line, FormLineKind.CORE, f"core.lines[{n}]") for n, line in enumerate(core["lines"] or (), 1)
    ]
    lines += [
        _line(line, FormLineKind.SPECIAL, f"special[{n}]")
        for n, line in enumerate(data.get("special") or (), 1)
    ]
    codes = [line.code for line in lines]
    small = sorted(code for code in codes if code != code.upper())
    if small:
        raise Refused(f"{', '.join(small)}: codes are written in capitals.")
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise Refused(f"{', '.join(twice)} stands on the form twice.")
    _short(data["code"], 20, "code")
    _short(data["name"], 120, "name")
    _short(data["version"], 20, "version")
    return FormDefinition(
        code=str(data["code"]),
        name=str(data["name"]),
        version=str(data["version"]),
        core_criteria=_criteria(core.get("criteria"), "core.criteria"),
        core_fppe=_fppe(core.get("fppe"), "core.fppe"),
        lines=tuple(lines),
    )


def _line(data: Any, kind: str, where: str) -> LineDefinition:
    if not isinstance(data, Mapping):
        raise Refused(f"{where}: expected a privilege with code and name.")
    own = {"criteria", "fppe"} if kind == FormLineKind.SPECIAL else set()
    optional = {"description", "settings", "resources"} | own
    _keys(data, required={"code", "name"}, optional=optional, where=where)
    _short(data["code"], 40, f"{where}.code")
    _short(data["name"], 200, f"{where}.name")
    if not _CODE.fullmatch(str(data["code"])):
        raise Refused(f"{where}.code: letters, digits and hyphens alone.")
    return LineDefinition(
        code=str(data["code"]),
        name=str(data["name"]),
        kind=kind,
        description=_description(data.get("description"), f"{where}.description"),
        criteria=_criteria(data.get("criteria"), f"{where}.criteria"),
        fppe=_fppe(data.get("fppe"), f"{where}.fppe"),
        settings=settings_of(data.get("settings"), f"{where}.settings"),
        resources=()
        if data.get("resources") is None
        else tuple(names_of(data["resources"], f"{where}.resources")),
    )


#: Characters of a description at most: it stands beside a box to tick.
LONGEST_DESCRIPTION = 1000


def _description(value: Any, where: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST_DESCRIPTION:
        raise Refused(f"{where}: expected a text of at most {LONGEST_DESCRIPTION} characters.")
    return value


def _short(value: Any, most: int, where: str) -> None:
    """A text of at most so many characters, and of one at least. A whole number is taken for one; a number
    with a point is not, for 1.10 would be read as 1.1.
    """
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if isinstance(value, float):
        raise Refused(f"{where}: write it in quotation marks.")
    if not text or len(text) > most:
        raise Refused(f"{where}: expected a text of at most {most} characters.")


def _keys(data: Mapping[str, Any], *, required: set[str], optional: set[str], where: str) -> None:
    missing, strange = required - set(data), set(data) - required - optional
    if missing:
        raise Refused(f"{where}: {', '.join(sorted(missing))} is missing.")
    if strange:
        raise Refused(f"{where}: {', '.join(sorted(map(str, strange)))} is not known here.")


def _criteria(data: Any, where: str) -> Mapping[str, Any]:
    data = {} if data is None else data
    if not isinstance(data, Mapping) or set(data) - set(CRITERIA_KINDS):
        raise Refused(f"{where}: expected initial and renewal.")
    for kind in CRITERIA_KINDS:
        validate_criteria(data.get(kind), f"{where}.{kind}")
    return data


#: What a first evaluation can take at most.
_MOST = {"cases": 1000, "months": 120}


def _fppe(data: Any, where: str) -> Mapping[str, Any]:
    data = {} if data is None else data
    if not isinstance(data, Mapping) or set(data) - FPPE_KEYS:
        raise Refused(f"{where}: expected {', '.join(sorted(FPPE_KEYS))}.")
    for key, most in _MOST.items():
        if key in data and (
            not isinstance(data[key], int) or isinstance(data[key], bool) or not 1 <= data[key] <= most
        ):
            raise Refused(f"{where}.{key}: expected a whole number from 1 to {most}.")
    if "method" in data:
        _short(data["method"], 200, f"{where}.method")
    return data


# --- writing -------------------------------------------------------------------------------------------


def text_of_forms(forms: Iterable[FormDefinition]) -> str:
    """The catalogue file of several forms: loading it again changes nothing."""
    return "---\n".join(text_of(form) for form in forms)


def text_of(form: FormDefinition) -> str:
    """The catalogue file of a form: loading it again changes nothing."""
    core = [line for line in form.lines if line.kind == FormLineKind.CORE]
    special = [line for line in form.lines if line.kind == FormLineKind.SPECIAL]
    data: dict[str, Any] = {"code": form.code, "name": form.name, "version": form.version}
    data["core"] = {
        **({"criteria": dict(form.core_criteria)} if form.core_criteria else {}),
        **({"fppe": dict(form.core_fppe)} if form.core_fppe else {}),
        "lines": [_line_data(line) for line in core],
    }
    if special:
        data["special"] = [_line_data(line) for line in special]
    return yaml.dump(data, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)


class _Plain(yaml.SafeDumper):
    """Writes everything out: no anchors, which nobody should have to read."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _line_data(line: LineDefinition) -> dict[str, Any]:
    told: dict[str, Any] = {"code": line.code, "name": line.name}
    if line.description:
        told["description"] = line.description
    if line.resources:
        told["resources"] = list(line.resources)
    if line.settings:
        told["settings"] = dict(line.settings)
    if line.criteria:
        told["criteria"] = dict(line.criteria)
    if line.fppe:
        told["fppe"] = dict(line.fppe)
    return told


# --- comparing -----------------------------------------------------------------------------------------

ADDED, REMOVED, MOVED, CHANGED = "added", "removed", "moved", "changed"


@dataclass(frozen=True)
class Change:
    """One difference between two versions of a form. ``code`` is empty for what concerns the whole core."""

    what: str
    code: str
    name: str
    sentences: tuple[str, ...] = ()


def differences(old: FormDefinition | None, new: FormDefinition) -> list[Change]:
    """What the new version adds, removes, moves between core and special, and asks otherwise, in that order;
    against nothing, everything is added.
    """
    before = {line.code: line for line in old.lines} if old else {}
    after = {line.code: line for line in new.lines}
    found = [
        Change(ADDED, line.code, line.name, (f"{FormLineKind(line.kind).label}.",))
        for line in new.lines
        if line.code not in before
    ]
    found += [Change(REMOVED, line.code, line.name) for line in before.values() if line.code not in after]
    for code, line in after.items():
        held = before.get(code)
        if held is not None and held.kind != line.kind:
            was, now = FormLineKind(held.kind).label.lower(), FormLineKind(line.kind).label.lower()
            found.append(Change(MOVED, code, line.name, (f"From {was} to {now}.",)))
    if old is not None:
        core = _asked_otherwise(old.core_criteria, new.core_criteria, old.core_fppe, new.core_fppe)
        if core:
            found.append(Change(CHANGED, "", "The core", core))
    for code, line in after.items():
        held = before.get(code)
        if held is None:
            continue
        told = _limited_otherwise(held, line)
        if held.kind == line.kind == FormLineKind.SPECIAL:
            told = (*_asked_otherwise(held.criteria, line.criteria, held.fppe, line.fppe), *told)
        if told:
            found.append(Change(CHANGED, code, line.name, told))
    return found


def _limited_otherwise(old: LineDefinition, new: LineDefinition) -> tuple[str, ...]:
    """How settings and resources differ, a sentence each."""
    before, after = settings_in_words(old.settings), settings_in_words(new.settings)
    told = [f"Now limited: {each}" for each in after if each not in before]
    told += [f"No longer limited: {each}" for each in before if each not in after]
    told += [f"Now needs: {each}." for each in new.resources if each not in old.resources]
    told += [f"No longer needs: {each}." for each in old.resources if each not in new.resources]
    return tuple(told)


def _asked_otherwise(
    old: Mapping[str, Any], new: Mapping[str, Any], old_fppe: Mapping[str, Any], new_fppe: Mapping[str, Any]
) -> tuple[str, ...]:
    """How criteria and the first evaluation differ, a sentence each."""
    told: list[str] = []
    for kind, when in (("initial", "To be granted"), ("renewal", "To be renewed")):
        told += [f"{when}: {each}" for each in _criteria_otherwise(old.get(kind) or {}, new.get(kind) or {})]
    if dict(old_fppe) != dict(new_fppe):
        was, now = _fppe_words(old_fppe), _fppe_words(new_fppe)
        told.append(f"Focused evaluation: {now}, instead of {was}.")
    return tuple(told)


def _criteria_otherwise(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    before, after = dict(_asked(old)), dict(_asked(new))
    gone = {text: key for text, key in before.items() if text not in after}
    for text, key in after.items():
        if text in before:
            continue
        same = next((each for each, other in gone.items() if other == key), None)
        if same is not None:
            del gone[same]
            yield f"{text}, instead of: {same}."
        else:
            yield f"now asked: {text}."
    for text in gone:
        yield f"no longer asked: {text}."


def _asked(tree: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What has to be shown, each in words with the key by which a changed one is known again."""
    if not tree:
        return
    if "all" in tree:
        for child in tree["all"]:
            yield from _asked(child)
        return
    yield _words(tree), _key(tree)


def _words(tree: Mapping[str, Any]) -> str:
    for how, joint in (("all", " and "), ("any", " or "), ("none", " or ")):
        if how in tree:
            inner = joint.join(_words(child) for child in tree[how])
            return f"none of: {inner}" if how == "none" else f"({inner})" if how == "all" else inner
    return describe(tree)


def _key(tree: Mapping[str, Any]) -> str:
    for how in COMBINATIONS:
        if how in tree:
            return f"{how}:{'|'.join(sorted(_key(child) for child in tree[how]))}"
    return f"{tree['type']}:{tree.get('group') or tree.get('privilege') or tree.get('name') or ''}"


def _fppe_words(fppe: Mapping[str, Any]) -> str:
    parts = [str(fppe.get("method", "")).strip()]
    if fppe.get("cases"):
        parts.append(f"{fppe['cases']} cases")
    if fppe.get("months"):
        parts.append(f"within {fppe['months']} months")
    return ", ".join(part for part in parts if part) or "none"
