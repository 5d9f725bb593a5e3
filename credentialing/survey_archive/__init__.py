"""What a survey-ready file looks like inside: its names, its style, and what its pages tell of the rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

from config.kernel.choices import StatusChoices
from credentialing.audit_tables import PROTECTED, Line
from credentialing.choices import Element
from credentialing.rules.audit_file import AuditRow

#: Characters of a name inside the archive, without its folder and ending.
LONGEST = 90
ENDINGS = {
    "application/pdf": "pdf",
    "application/json": "json",
    "text/plain": "txt",
    "image/png": "png",
    "image/jpeg": "jpg",
}
_STYLE = (Path(__file__).parent / "survey.css").read_text(encoding="utf-8")


class Lack(StatusChoices):
    """In which way a row does not pass."""

    MISSING = "missing", "bad", "Missing"
    LATE = "late", "warn", "Late"
    WRONG = "wrong", "bad", "Not as it has to be"


#: Defects of a row (``rules.audit_file`` and its registers) by the way in which it does not pass; a test
#: holds that every defect is sorted.
LATE = frozenset(
    {
        "stale", "after_decision", "evidence_late", "reviewed_late", "waiver_late", "expired", "query_late",
        "screened_late",
    }
)  # fmt: skip
WRONG = frozenset(
    {
        "wrong_source", "source_unnamed", "discrepancy", "evidence_broken", "unwaivable", "undated",
        "waiver_unsigned", "query_of_another", "match_open", "gap",
    }
)  # fmt: skip
#: What was never there.
NEVER_THERE = frozenset(
    {
        "never_verified", "not_stated", "no_evidence", "evidence_removed", "not_reviewed", "not_confirmed",
        "open", "no_list", "not_screened",
    }
)  # fmt: skip


def lack_of(row: AuditRow) -> Lack:
    """What is the matter with a row that does not pass: what is wrong before what is late; the rest was never
    there.
    """
    defects = set(row.defects)
    if defects & WRONG:
        return Lack.WRONG
    return Lack.LATE if defects & LATE else Lack.MISSING


# --- names ------------------------------------------------------------------------------------------------


class Names:
    """Names that are safe on every disk and given once."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def unique(self, folder: str, parts: Sequence[str], ending: str) -> str:
        """``folder/part-part.ending``; a second one of that name gets a number."""
        stem = "-".join(filter(None, (slugify(part) for part in parts)))[:LONGEST].strip("-") or "unnamed"
        name, number = f"{folder}/{stem}.{ending}", 1
        while name in self._given:
            number += 1
            name = f"{folder}/{stem}-{number}.{ending}"
        self._given.add(name)
        return name

    def evidence(self, row: AuditRow, person: str, media_type: str) -> str:
        """Of a piece of evidence: element, what it is of, the day it was verified; in its person's folder."""
        element = Element(row.element).label
        label = row.label.removeprefix(element).lstrip(" ,:")
        day = row.verified_on.isoformat() if row.verified_on else ""
        folder = f"evidence/{slugify(person) or 'person'}"
        return self.unique(folder, (element, label, day), ENDINGS.get(media_type, "bin"))

    def paper(self, person: str, kind: str, decided_on: dt.date) -> str:
        """Of the audit file of one application."""
        return self.unique("audit", (person, kind, decided_on.isoformat()), "pdf")


# --- pages ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ElementLine:
    """One row under its element: with the entry that shows it, or why none does."""

    line: Line
    entry: str
    why_none: str


@dataclass(frozen=True)
class ElementPart:
    """One element over all files: whose standard asks for it, and how each file meets it."""

    element: str
    citations: Sequence[str]
    lines: Sequence[ElementLine]

    @property
    def label(self) -> str:
        """The element's name."""
        return Element(self.element).label

    @property
    def sentence(self) -> str:
        """How many pass."""
        passed = sum(each.line.row.passed for each in self.lines)
        return f"{passed} of {len(self.lines)} pass."


def parts_of(lines: Sequence[Line], entries: Mapping[str, str]) -> list[ElementPart]:
    """The rows by element, in the order in which they stand; ``entries`` by the uid of the evidence."""
    held: dict[str, list[Line]] = {}
    for line in lines:
        held.setdefault(line.row.element, []).append(line)
    return [
        ElementPart(
            element, _citations(theirs), [ElementLine(each, *_shown(each.row, entries)) for each in theirs]
        )
        for element, theirs in held.items()
    ]


def _citations(lines: Sequence[Line]) -> list[str]:
    """Body and citation of whoever asks for it, each once."""
    found = []
    for line in lines:
        for asked in (line.row.asked, line.row.limit.asked):
            found.append(": ".join(filter(None, (asked.body, asked.citation))))
    return list(dict.fromkeys(filter(None, found)))


def _shown(row: AuditRow, entries: Mapping[str, str]) -> tuple[str, str]:
    if row.element == Element.NPDB:
        return "data-bank-queries.csv", ""
    entry = entries.get(row.proof.uid, "") if row.proof else ""
    if entry:
        return entry, ""
    if row.element in PROTECTED or (row.proof and row.proof.protected):
        return "", "protected, on file"
    return "", "kept, not put in" if row.proof else "none"


def style() -> SafeString:
    """The style sheet of the pages, which are read outside the application and its security policy."""
    return mark_safe(f"<style>{_STYLE}</style>")  # noqa: S308 - a file of ours
