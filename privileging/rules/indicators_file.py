"""Indicators of ongoing evaluation as YAML: read with every mistake by line and field, and written. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import yaml

from config.kernel.errors import Refused
from privileging.choices import IndicatorKind

NEEDED = ("code", "name", "kind")
KEYS = (*NEEDED, "per", "forms", "higher_is_better", "target", "trigger_at", "retired")
_CODE = re.compile(r"[A-Za-z0-9_-]{1,40}")
LONGEST_NAME, LONGEST_PER = 200, 60
#: What the columns hold: a percentage, or a count in one cycle.
MOST = Decimal(999_999)


@dataclass(frozen=True)
class FileMistake:
    """What is wrong in a file of indicators, and where: the line the entry begins on, and its field."""

    line: int
    column: str
    sentence: str

    def __str__(self) -> str:
        """The mistake with its place."""
        where = f"line {self.line}: " if self.line else ""
        named = not self.column or self.sentence.startswith(f"{self.column} ")
        return f"{where}{self.sentence}" if named else f"{where}{self.column}: {self.sentence}"


@dataclass(frozen=True)
class Stated:
    """One indicator as a file states it: ``values`` are its columns, ``forms`` codes of specialties."""

    line: int
    values: Mapping[str, Any]
    forms: tuple[str, ...]

    @property
    def code(self) -> str:
        """What deliveries name it by."""
        return str(self.values["code"])


def read_indicators(
    text: str, *, forms: Collection[str] | None = None, kinds: Mapping[str, str] | None = None
) -> tuple[list[Stated], list[FileMistake]]:
    """The indicators of a file, and every mistake by line and field. ``forms`` are the specialties there are
    (None: whatever is named), ``kinds`` the kind of each indicator there is already, which stays.
    """
    try:
        entries = _entries(text)
    except Refused as refused:
        return [], [FileMistake(0, "", refused.sentence)]
    found: list[Stated] = []
    mistakes: list[FileMistake] = []
    named_at: dict[str, int] = {}
    for line, entry in entries:
        try:
            values, named = _entry(entry)
        except Refused as refused:
            mistakes.append(FileMistake(line, refused.field, refused.sentence))
            continue
        code = values["code"]
        if code in named_at:
            mistakes.append(FileMistake(line, "", f"{code} stands in line {named_at[code]} already."))
            continue
        named_at[code] = line
        unknown = [each for each in named if forms is not None and each not in forms]
        if unknown:
            mistakes.append(
                FileMistake(
                    line, "forms", f"forms names {unknown[0]}: there is no privilege form of that code."
                )
            )
        kept = (kinds or {}).get(code, values["kind"])
        if kept != values["kind"]:
            mistakes.append(
                FileMistake(
                    line, "kind", f"kind of {code} stays {kept}: its numbers rest on it. Retire it instead."
                )
            )
        found.append(Stated(line, values, tuple(named)))
    return found, mistakes


def _entries(text: str) -> list[tuple[int, Any]]:
    """The entries of a file, each with the line it begins on."""
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if isinstance(node, yaml.SequenceNode):
            return [
                (each.start_mark.line + 1, loader.construct_object(each, deep=True)) for each in node.value
            ]
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = f"line {mark.line + 1}: " if mark else ""
        raise Refused(f"{line}this is no YAML ({problem.problem or problem.context}).") from None
    except yaml.YAMLError as problem:
        raise Refused(f"this is no YAML ({str(problem).splitlines()[0]}).") from None
    except (ValueError, RecursionError):  # a day that is none, nesting without end
        raise Refused("a value in it cannot be read.") from None
    raise Refused("expected a list of indicators.")


def _entry(entry: Any) -> tuple[dict[str, Any], list[str]]:
    if not isinstance(entry, dict):
        raise Refused("expected code, name and kind.")
    if missing := [key for key in NEEDED if key not in entry]:
        raise Refused(f"{missing[0]} is missing.", field=missing[0])
    if unknown := set(entry) - set(KEYS):
        raise Refused(f"unknown key {sorted(map(str, unknown))[0]}.")
    if not isinstance(entry.get("retired", False), bool):
        raise Refused("retired is true or false.", field="retired")
    values, forms = checked(entry)
    return {"target": None, "trigger_at": None} | values | {"retired": entry.get("retired", False)}, forms


def checked(entry: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The values of an indicator and the codes of its forms; what is wrong is refused at its field."""
    if entry["kind"] not in IndicatorKind.values:
        raise Refused(f"kind is one of {', '.join(IndicatorKind.values)}.", field="kind")
    # Nothing but a text is one: 010 would be kept as 8, and lists of lists of lists fill the memory as text.
    if not isinstance(entry["code"], str):
        raise Refused("code is a text; put it in quotation marks.", field="code")
    if not _CODE.fullmatch(entry["code"]):
        raise Refused("code has 1 to 40 letters, digits and dashes.", field="code")
    rate = entry["kind"] == IndicatorKind.RATE
    if rate and not entry.get("per"):
        raise Refused("a rate says per what.", field="per")
    if not isinstance(entry.get("higher_is_better", False), bool):
        raise Refused("higher_is_better is true or false.", field="higher_is_better")
    forms = entry.get("forms") or []
    if not isinstance(forms, list) or not all(isinstance(each, str) for each in forms):
        raise Refused("forms is a list of codes, like [GS, OR].", field="forms")
    values = {
        "code": entry["code"],
        "name": _text(entry, "name", LONGEST_NAME),
        "kind": entry["kind"],
        "per": _text(entry, "per", LONGEST_PER) if entry.get("per") else "",
        "higher_is_better": entry.get("higher_is_better", False),
    }
    for key in ("target", "trigger_at"):
        if entry.get(key) is not None:
            values[key] = _number(entry[key], key, Decimal(100) if rate else MOST)
    if not rate and values["per"]:
        raise Refused("only a rate is per something; leave it empty.", field="per")
    if rate and "trigger_at" in values:
        raise Refused(
            "of a rate the peers say when somebody looks at it; leave it empty.", field="trigger_at"
        )
    return values, forms


def _text(entry: Mapping[str, Any], key: str, longest: int) -> str:
    text = entry[key].strip() if isinstance(entry[key], str) else ""
    if not 0 < len(text) <= longest:
        raise Refused(f"{key} is a text of 1 to {longest} characters.", field=key)
    return text


def _number(value: Any, key: str, most: Decimal) -> Decimal:
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
            raise InvalidOperation
        number = Decimal(str(value) if isinstance(value, float) else value)
    except InvalidOperation:
        raise Refused(f"{key} is no number.", field=key) from None
    if not number.is_finite() or not 0 <= number <= most:
        raise Refused(f"{key} lies between 0 and {most:,}.", field=key)
    if number != round(number, 3):
        raise Refused(f"{key} has at most three decimals.", field=key)
    return number


def text_of_indicators(indicators: Iterable[Mapping[str, Any]]) -> str:
    """The file of indicators, each with the keys of :data:`KEYS`: loading it again changes nothing."""
    data = [
        {key: _plain(one[key]) for key in KEYS if one.get(key) not in (None, "", [], False)}
        for one in indicators
    ]
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value if isinstance(value, bool | list) else str(value)
