"""Templates of packets as text that somebody edits: read, written, laid beside each other. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

import yaml

from credentialing.rules.packets import BadTemplate, Template, read_template

LONGEST_TEXT = 60_000  # characters
#: Both are given by the office's list of versions and stand in no text.
GIVEN = ("code", "version")
#: In which order the parts are written at every level; the database keeps none.
ORDER = (
    "code", "heading", "label", "title", "kind", "kinds", "provider_types", "hint", "introduction", "before",
    "needed", "place", "data_class", "after", "types", "minimum", "none", "gaps", "fields", "documents",
    "attestation", "release", "sections",
)  # fmt: skip


def written_of(text: str, *, code: str, version: int) -> dict[str, Any]:
    """The template in a text somebody wrote. Raises ``BadTemplate`` saying where and what."""
    if len(text) > LONGEST_TEXT:
        raise BadTemplate(f"The text is longer than {LONGEST_TEXT:,} characters.")
    try:
        if any(isinstance(token, yaml.AliasToken | yaml.AnchorToken) for token in yaml.scan(text)):
            raise BadTemplate("A mark (&) or a reference to one (*) stands in the text; write the words out.")
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        where = f"Line {mark.line + 1}: " if mark else ""
        raise BadTemplate(f"{where}{problem.problem or problem.context or 'this cannot be read'}.") from None
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        raise BadTemplate(f"The text cannot be read: {problem}.") from None
    if not isinstance(data, dict):
        raise BadTemplate("The text names no parts: title, kinds, provider_types, sections and so on.")
    data = {"code": code, "version": version} | {
        key: part for key, part in _plain(data).items() if key not in GIVEN
    }
    checked(data)
    return data


def checked(data: Mapping[str, Any]) -> Template:
    """The template of ``data``. Raises ``BadTemplate`` for one that cannot be asked, whatever is wrong."""
    try:
        return read_template(data)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        if isinstance(problem, BadTemplate):
            raise
        missing = isinstance(problem, KeyError)
        what = f"{problem.args[0]} is missing" if missing else "a part of it is of the wrong kind"
        raise BadTemplate(f"{data['code']}: {what}.") from None


def _plain(value: Any) -> Any:
    """What a JSON document can hold: YAML makes dates and times of some words, and keys of numbers."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def text_of(written: Mapping[str, Any]) -> str:
    """The text of a template, without what the list of versions says."""
    return yaml.safe_dump(
        _in_order({key: part for key, part in written.items() if key not in GIVEN}),
        allow_unicode=True,
        sort_keys=False,
        width=LONGEST_TEXT,  # a sentence is one line, which the page folds
    )


def _in_order(value: Any) -> Any:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (ORDER.index(key) if key in ORDER else len(ORDER), key))
        return {key: _in_order(value[key]) for key in keys}
    return [_in_order(each) for each in value] if isinstance(value, list) else value


def differences(older: Mapping[str, Any], newer: Mapping[str, Any]) -> list[dict[str, str]]:
    """What differs, line by line: ``{"was": ..., "now": ...}``, either of which may be empty."""
    old, new = text_of(older).splitlines(), text_of(newer).splitlines()
    return [
        {"was": "\n".join(old[i1:i2]), "now": "\n".join(new[j1:j2])}
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if tag != "equal"
    ]
