"""Conditions on a line that a machine can read: what each holds, whether it is sound, and its words. Pure.

A condition is a mapping of plain values with its ``kind`` (``ConditionKind``):

- ``proctor``: ``cases``, how many are done with a proctor
- ``consult``: ``who`` is consulted
- ``site``: ``where`` it may be used, and nowhere else
- ``age``: ``from_years``, ``through_years`` of the patients, both inclusive, at least one of them
- ``volume``: ``cases`` to be kept up within each ``months``
- ``until``: ``day``, the last one (ISO date)

The words of a condition are what the grant says and the ward reads; free text may stand beside them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bylaws.choices import ConditionKind
from config.kernel.display.dates import day_text
from config.kernel.display.words import plural_text

#: Largest number of cases, months and years that is not mistyped; longest text.
MOST = {"cases": 500, "months": 36, "from_years": 120, "through_years": 120}
LONGEST = 120
_KEYS = {
    ConditionKind.PROCTOR: ("cases",),
    ConditionKind.CONSULT: ("who",),
    ConditionKind.SITE: ("where",),
    ConditionKind.AGE: ("from_years", "through_years"),
    ConditionKind.VOLUME: ("cases", "months"),
    ConditionKind.UNTIL: ("day",),
}
_ASKED = {
    "cases": "how many cases",
    "months": "within how many months",
    "who": "who is consulted",
    "where": "at which site",
    "day": "until which day",
    "from_years": "from which age",
    "through_years": "through which age",
}

Stated = Sequence[Mapping[str, Any]]


def problem_of(stated: Stated, on: dt.date) -> str:
    """What is wrong with the conditions of one line, as a sentence; empty when they are sound. ``on`` is the
    day of the act.
    """
    kinds = [str(each.get("kind", "")) for each in stated]
    for kind in kinds:
        if kind not in ConditionKind.values:
            return f'"{kind}" is no kind of condition.'
        if kinds.count(kind) > 1:
            return f"{ConditionKind(kind).label}: state it once."
    return next(filter(None, (_problem(each, on) for each in stated)), "")


def _problem(each: Mapping[str, Any], on: dt.date) -> str:
    kind = ConditionKind(each["kind"])
    known = _KEYS[kind]
    strange = sorted(set(each) - {"kind", *known})
    if strange:
        return f"{kind.label}: {', '.join(strange)} is not part of it."
    if kind == ConditionKind.AGE:
        return _age_problem(each)
    for key in known:
        if problem := _value_problem(kind, key, each.get(key)):
            return problem
    if kind == ConditionKind.UNTIL and day_of(each) < on:
        return f"{kind.label}: {day_text(day_of(each))} is past."
    return ""


def _age_problem(each: Mapping[str, Any]) -> str:
    kind = ConditionKind.AGE
    given = {key: each[key] for key in _KEYS[kind] if each.get(key) is not None}
    if not given:
        return f"{kind.label}: say {_ASKED['from_years']} or {_ASKED['through_years']}."
    for key, value in given.items():
        if not _whole(value, 0, MOST[key]):
            return f"{kind.label}: an age lies between 0 and {MOST[key]} years."
    if len(given) == 2 and given["from_years"] > given["through_years"]:
        return f"{kind.label}: from {given['from_years']} through {given['through_years']} holds nobody."
    return ""


def _value_problem(kind: ConditionKind, key: str, value: Any) -> str:
    if value in (None, ""):
        return f"{kind.label}: say {_ASKED[key]}."
    if key in MOST:
        return "" if _whole(value, 1, MOST[key]) else f"{kind.label}: {key} from 1 to {MOST[key]}."
    if key == "day":
        try:
            dt.date.fromisoformat(value)
        except (TypeError, ValueError):
            return f"{kind.label}: {value} is no day of the calendar."
        return ""
    text = value.strip() if isinstance(value, str) else ""
    if not text or len(text) > LONGEST or "\n" in text:
        return f"{kind.label}: say {_ASKED[key]} in one line of at most {LONGEST} characters."
    return ""


def _whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def tidy(stated: Stated) -> list[dict[str, Any]]:
    """Sound conditions as they are kept: in the order of the kinds, without what was left empty."""
    order = list(ConditionKind.values)
    kept = [
        {
            key: value.strip() if isinstance(value, str) else value
            for key, value in each.items()
            if value not in (None, "")
        }
        for each in stated
    ]
    return sorted(kept, key=lambda each: order.index(each["kind"]))


def in_words(stated: Stated) -> list[str]:
    """Each condition as the grant says it, a sentence each."""
    return [_WORDS[ConditionKind(each["kind"])](each) for each in stated]


def _age(each: Mapping[str, Any]) -> str:
    low, high = each.get("from_years"), each.get("through_years")
    if low is None:
        return f"Only patients through {high} years of age."
    if high is None:
        return f"Only patients from {low} years of age."
    return f"Only patients from {low} through {high} years of age."


_WORDS = {
    ConditionKind.PROCTOR: lambda each: f"With a proctor for the first {plural_text(each['cases'], 'case')}.",
    ConditionKind.CONSULT: lambda each: f"With a consultation before each case: {each['who']}.",
    ConditionKind.SITE: lambda each: f"Only at {each['where']}.",
    ConditionKind.AGE: _age,
    ConditionKind.VOLUME: lambda each: (
        f"As long as at least {plural_text(each['cases'], 'case')} are done within "
        f"{plural_text(each['months'], 'month')}."
    ),
    ConditionKind.UNTIL: lambda each: f"Until {day_text(day_of(each))}.",
}


def whole_text(stated: Stated, free: str) -> str:
    """What a line says in words: its conditions, then the free text, a line each."""
    return "\n".join([*in_words(stated), *filter(None, [free.strip()])])


def free_text(stated: Stated, text: str) -> str:
    """The free text of a line again, from what :func:`whole_text` made of it."""
    words = "\n".join(in_words(stated))
    return text.removeprefix(words).strip() if words else text


def proctored_cases(stated: Stated) -> int | None:
    """How many cases are done with a proctor; None where none are asked for."""
    return next((each["cases"] for each in stated if each["kind"] == ConditionKind.PROCTOR), None)


def until(stated: Stated) -> dt.date | None:
    """The last day; None where none is set."""
    return next((day_of(each) for each in stated if each["kind"] == ConditionKind.UNTIL), None)


def day_of(each: Mapping[str, Any]) -> dt.date:
    """The day of a condition with an end."""
    return dt.date.fromisoformat(each["day"])


def only(stated: Iterable[Mapping[str, Any]], kind: str) -> Mapping[str, Any]:
    """The condition of that kind; empty where there is none."""
    return next((each for each in stated if each["kind"] == kind), {})
