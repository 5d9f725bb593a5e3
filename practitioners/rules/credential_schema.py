"""The schema of a kind of credential as rows people can fill in, and what is wrong with one.

A row is one field of the form in which a credential of the kind is recorded. Whatever a schema says beside
its rows (dates, statuses, lane) is kept when rows replace its properties.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from practitioners.choices import CredentialStatus
from practitioners.rules.problems import Problem
from practitioners.rules.timeline import LANES

#: What a field can be, in the words of the form.
FIELD_KINDS = {
    "text": "Text, one line",
    "long_text": "Text, several lines",
    "whole_number": "Whole number",
    "number": "Number",
    "amount": "Amount in dollars",
    "yes_no": "Yes or no",
    "day": "Day",
    "choice": "One of several answers",
    "choices": "Several of several answers",
    "state": "State",
    "email": "E-mail",
}
WITH_CHOICES = ("choice", "choices")
#: Names the form of a claim uses itself.
TAKEN = frozenset(
    {
        "state",
        "number",
        "issuer",
        "status",
        "start",
        "last_day",
        "said_by",
        "accept_warnings",
        "next",
        "another",
    }
)
MOST_FIELDS = 30
LONGEST_LABEL = 120
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TOP = frozenset(
    {
        "type", "properties", "required", "additionalProperties", "x-identity", "x-dates", "x-order",
        "x-statuses", "x-lane",
    }
)  # fmt: skip
_SHAPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string", "maxLength": 200},
    "long_text": {"type": "string", "maxLength": 2000},
    "whole_number": {"type": "integer", "minimum": 0, "maximum": 1_000_000_000},
    "number": {"type": "number", "minimum": 0, "maximum": 1_000_000_000},
    "amount": {"type": "integer", "minimum": 0, "maximum": 1_000_000_000, "x-prefix": "$"},
    "yes_no": {"type": "boolean"},
    "day": {"type": "string", "format": "date"},
    "choice": {"type": "string"},
    "choices": {"type": "array", "uniqueItems": True},
    "state": {"type": "string", "pattern": "^[A-Z]{2}$", "x-state": True},
    "email": {"type": "string", "format": "email", "maxLength": 200},
}


@dataclass(frozen=True)
class FieldRow:
    """One field: its name in the record, what the form calls it, what it is. ``tells_apart``: two
    credentials of the kind without a number differ by it.
    """

    name: str
    label: str
    kind: str
    required: bool = False
    choices: tuple[str, ...] = ()
    tells_apart: bool = False


def name_of(label: str) -> str:
    """A name made from a label: ``Kind of unit`` is kept as ``kind_of_unit``."""
    made = re.sub(r"[^a-z0-9]+", "_", label.casefold()).strip("_")[:40].strip("_")
    return made if _NAME.fullmatch(made) and made not in TAKEN else f"field_{made}"[:40].strip("_")


def rows_of(schema: Mapping[str, Any]) -> list[FieldRow]:
    """The rows of a schema in the order of its form; what is filled from elsewhere is left out."""
    properties = schema.get("properties", {})
    required, identity = schema.get("required", ()), schema.get("x-identity", ())
    rows = []
    for name in dict.fromkeys([*schema.get("x-order", ()), *properties]):
        described = properties.get(name)
        if described is None or described.get("x-same-as"):
            continue
        kind = kind_of(described)
        answers = described.get("items", {}).get("enum") if kind == "choices" else described.get("enum")
        rows.append(
            FieldRow(
                name=name,
                label=str(described.get("title", name)),
                kind=kind,
                required=name in required,
                choices=tuple(str(each) for each in answers or ()),
                tells_apart=name in identity,
            )
        )
    return rows


def kind_of(described: Mapping[str, Any]) -> str:
    """Which kind of field a property is; empty when no form can show it."""
    what = described.get("type")
    if what == "boolean":
        return "yes_no"
    if what == "integer":
        return "amount" if described.get("x-prefix") else "whole_number"
    if what == "number":
        return "number"
    if what == "array":
        return "choices" if described.get("items", {}).get("enum") else ""
    if what != "string":
        return ""
    if described.get("x-state"):
        return "state"
    if "enum" in described:
        return "choice"
    if described.get("format") == "date":
        return "day"
    if described.get("format") == "email":
        return "email"
    return "long_text" if (described.get("maxLength") or 0) > 300 else "text"


def schema_of(rows: Sequence[FieldRow], base: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The schema these rows make. Of a field that ``base`` has with the same kind, its further words stay
    (a pattern, a limit, a hint), and so do its fields no form asks for.
    """
    base = dict(base or {})
    before = base.get("properties", {})
    properties: dict[str, Any] = {}
    for row in rows:
        held = before.get(row.name)
        described = dict(held) if held and kind_of(held) == row.kind else dict(_SHAPES[row.kind])
        described["title"] = row.label
        if row.kind == "choice":
            described["enum"] = list(row.choices)
        elif row.kind == "choices":
            described["items"] = {"type": "string", "enum": list(row.choices)}
        properties[row.name] = described
    properties |= {name: each for name, each in before.items() if each.get("x-same-as")}
    identity = [name for name in base.get("x-identity", ()) if name == "start"]
    told = [row.name for row in rows if row.tells_apart]
    schema = {
        **base,
        "type": "object",
        "properties": properties,
        "required": [row.name for row in rows if row.required],
        "x-identity": [*told, *identity],
        "x-order": [row.name for row in rows],
    }
    return {key: value for key, value in schema.items() if value or key in ("type", "properties")}


def mistakes_in_rows(rows: Sequence[FieldRow]) -> list[Problem]:
    """A sentence per mistake, each naming the row by its place (``row-0``)."""
    found: list[Problem] = []
    names: set[str] = set()
    if len(rows) > MOST_FIELDS:
        found.append(Problem(f"A kind has at most {MOST_FIELDS} fields.", field="row-0"))
    for index, row in enumerate(rows):
        for sentence in _mistakes_of(row):
            found.append(Problem(sentence, field=f"row-{index}"))
        if row.name in names:
            found.append(Problem(f"Two fields are called “{row.name}”.", field=f"row-{index}"))
        names.add(row.name)
    return found


def _mistakes_of(row: FieldRow) -> Iterable[str]:
    title = row.label.strip() or row.name
    if not row.label.strip():
        yield "Say what the field is called."
    elif len(row.label) > LONGEST_LABEL:
        yield f"“{title[:30]}…” is longer than {LONGEST_LABEL} characters."
    if not _NAME.fullmatch(row.name):
        yield f"{title}: the name in the record is made of small letters, digits and _, like “unit_type”."
    elif row.name in TAKEN:
        yield f"{title}: every credential has a “{row.name}” of its own; choose another name."
    if row.kind not in FIELD_KINDS:
        yield f"{title}: choose what is filled in."
    if row.kind in WITH_CHOICES:
        folded = [choice.casefold() for choice in row.choices]
        if len(row.choices) < 2:
            yield f"{title}: give at least two answers, one a line."
        elif len(set(folded)) < len(folded):
            yield f"{title}: an answer stands there twice."
    elif row.choices:
        yield f"{title}: answers are only for fields with answers to choose from."
    if row.tells_apart and row.kind not in ("text", "choice", "day"):
        yield f"{title}: only a text, an answer or a day tells two of them apart."


def mistakes_in_schema(schema: Any) -> list[Problem]:
    """What a form could not show or a check could not judge, one sentence each; empty for a good schema."""
    if not isinstance(schema, Mapping):
        return [Problem("The schema must be an object.", field="fields")]
    if not schema:
        return []
    found = [f"The schema says “{key}”, which nothing here understands." for key in schema if key not in _TOP]
    properties = schema.get("properties", {})
    if schema.get("type") != "object" or not isinstance(properties, Mapping):
        return [Problem("The schema must be of type object, with properties.", field="fields")]
    for name, described in properties.items():
        if not isinstance(described, Mapping) or not kind_of(described):
            found.append(f"No form can show the field “{name}”.")
    if not found:
        for problem in mistakes_in_rows(rows_of(schema)):
            found.append(str(problem))
    for word in ("required", "x-order", "x-identity"):
        allowed = {*properties, "start"} if word == "x-identity" else set(properties)
        found += [
            f"“{name}” stands under {word} and is no field."
            for name in schema.get(word, ())
            if name not in allowed
        ]
    statuses = [each for each in schema.get("x-statuses", ()) if each not in CredentialStatus.values]
    found += [f"“{each}” is nothing an issuer can say here." for each in statuses]
    if schema.get("x-lane", "work") not in LANES:
        found.append(f"“{schema['x-lane']}” is no lane of the timeline.")
    return [Problem(sentence, field="fields") for sentence in found]


def mistakes_in_ladder(days: Sequence[Any]) -> list[Problem]:
    """Reminder days go down, each once, none before the last day but 0 itself, none years ahead."""
    if not all(isinstance(day, int) and not isinstance(day, bool) for day in days):
        return [Problem("Reminders go out on whole numbers of days.", field="reminder_days")]
    found = []
    if any(day < 0 for day in days):
        found.append("Reminders go out before the last day, never after it.")
    if any(day > 730 for day in days):
        found.append("No reminder goes out more than 730 days ahead.")
    if any(later >= earlier for earlier, later in itertools.pairwise(days)):
        found.append("Give the days from the longest to the shortest, each once: 90, 60, 30.")
    if len(days) > 12:
        found.append("Twelve reminders are enough.")
    return [Problem(sentence, field="reminder_days") for sentence in found]
