"""Which section of which document a citation names: ``Medical Staff Bylaws 12.5(b)``. Pure.

A citation is text, as people write it and as findings, decisions and letters keep it. What it names is
looked up among the documents of the house by their titles and numbers; a citation of law names none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bylaws.choices import PolicyKind

_PROVISION = re.compile(r"\(provision ([^()\s]+(?:\([^()\s]+\))*)\)")
_PLACE = re.compile(
    r"^[\s,;:.-]*(?:(?:article|art\.?|section|sec\.?|chapter|part|§)\s*)?"
    r"(?P<number>(?:[0-9]{1,3}(?:\.[0-9]{1,3})*[A-Z]?|[IVXLC]+\b)(?:\([a-z0-9]{1,6}\))*)",
    re.IGNORECASE,
)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


@dataclass(frozen=True)
class Citable:
    """A document that can be cited, with the outline of the version that counts."""

    uid: Any
    number: str
    title: str
    kind: str
    outline: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Cited:
    """The document a citation names, and the key of the section; empty where it names the whole."""

    uid: Any
    key: str


def cited_in(citation: str, documents: Iterable[Citable]) -> Cited | None:
    """What the citation names first; None where it names no document of these."""
    said = citation.lower()
    best: tuple[int, int, Citable, int] | None = None
    for document in documents:
        for name, alone in _names(document):
            found = re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", said)
            if found is None or (not alone and _PLACE.match(citation[found.end() :]) is None):
                continue
            rank = (found.start(), -len(name))
            if best is None or rank < best[:2]:
                best = (*rank, document, found.end())
    if best is None:
        return None
    document, rest = best[2], citation[best[3] :]
    return Cited(document.uid, _section(rest, document))


def _names(document: Citable) -> list[tuple[str, bool]]:
    """By what the document is called, and whether that alone names it; "bylaws" needs a number after it."""
    title, number = document.title.lower(), document.number.lower()
    found = [(f"{number} {title}", True), (title, True)]
    if any(letter.isalpha() for letter in number) and any(each.isdigit() for each in number):
        found.append((number, True))
    if document.kind == PolicyKind.BYLAWS:
        found += [("medical staff bylaws", True), ("bylaws", False)]
    return found


def _section(rest: str, document: Citable) -> str:
    keys = {str(each["key"]) for each in document.outline}
    exact = _PROVISION.search(rest)
    if exact is not None and exact.group(1) in keys:
        return exact.group(1)
    numbers = {str(each["number"]): str(each["key"]) for each in document.outline if each["number"]}
    # "CR-01 Verification 3.2": the title may follow the number the document was found by.
    if rest.lower().lstrip(" ,").startswith(document.title.lower()):
        rest = rest.lstrip(" ,")[len(document.title) :]
    found = _PLACE.match(rest)
    if found is None:
        return ""
    wanted = _figures(found["number"])
    while wanted:
        if wanted in keys:
            return wanted
        if wanted in numbers:
            return numbers[wanted]
        wanted = wanted[: max(wanted.rfind("("), wanted.rfind("."), 0)]
    return ""


def _figures(number: str) -> str:
    """Article XII as 12; what has figures stays."""
    letters = number.lower()
    if not set(letters) <= set(_ROMAN):
        return number
    values = [_ROMAN[letter] for letter in letters]
    return str(sum(-one if one < other else one for one, other in zip(values, [*values[1:], 0], strict=True)))


def citation_of(document: Citable, section: Mapping[str, Any] | None) -> str:
    """How the section is cited so that it is found again, also once its number is another."""
    name = document.title if document.kind == PolicyKind.BYLAWS else f"{document.number} {document.title}"
    if section is None:
        return name
    key, number = str(section["key"]), str(section["number"])
    if not number[:1].isdigit():
        return f"{name}, {section['label'] or section['heading']} (provision {key})"
    return f"{name} {number}" if number == key else f"{name} {number} (provision {key})"
