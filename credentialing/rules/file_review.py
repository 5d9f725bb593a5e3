"""File review: a random sample of decided files, judged element by element. Pure.

The way of accreditors' "8/30" reviews (how they do it is known from secondary sources only): the first
eight files are looked at; when nothing in them fails the review is over, else all thirty are.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from credentialing.choices import AuditResult, Element, ProcessElement
from credentialing.choices import ReviewMark as Mark
from credentialing.rules.audit_file import AuditRow

FIRST, WHOLE = 8, 30
MEETS_ALL = "The only file meets every element."


#: Every element a review may have, in the order in which it is shown, by what it is called.
ELEMENTS: dict[str, str] = {str(each): str(each.label) for each in (*Element, *ProcessElement)}


def draw(universe: Sequence[str], seed: str, size: int = WHOLE) -> list[str]:
    """A random sample in the order drawn: the same universe and seed always give the same one."""
    known = sorted(universe)
    return random.Random(seed).sample(known, min(size, len(known)))  # noqa: S311 - repeatable, not secret


def mark(rows: Sequence[AuditRow]) -> Mark:
    """One element of one file. Unknown is no: what cannot be shown was not done."""
    asked = [row for row in rows if row.result != AuditResult.NOT_NEEDED]
    if not asked:
        return Mark.NOT_APPLICABLE
    return Mark.YES if all(row.result == AuditResult.PASS for row in asked) else Mark.NO


@dataclass(frozen=True)
class ElementScore:
    """One element over the files looked at."""

    element: str
    yes: int
    no: int

    @property
    def label(self) -> str:
        """The element's name."""
        return ELEMENTS[self.element]

    @property
    def percent(self) -> int | None:
        """Files that meet it, of those it applies to; None when it applies to none."""
        asked = self.yes + self.no
        return round(100 * self.yes / asked) if asked else None

    @property
    def mark(self) -> Mark:
        """Whether every file meets it."""
        if not self.yes + self.no:
            return Mark.NOT_APPLICABLE
        return Mark.NO if self.no else Mark.YES


@dataclass(frozen=True)
class Review:
    """The marks of the files looked at, and the scores."""

    drawn: int
    looked_at: int
    marks: Sequence[Mapping[str, Mark]]
    scores: Sequence[ElementScore]

    @property
    def went_on(self) -> bool:
        """Whether one of the first files failed, so that the others were looked at as well."""
        return self.looked_at > FIRST

    @property
    def failed(self) -> int:
        """Files with at least one element that is not met."""
        return sum(Mark.NO in marks.values() for marks in self.marks)

    @property
    def sentence(self) -> str:
        """What the review came to."""
        if not self.drawn:
            return "No file was decided in this time."
        if not self.failed:
            if self.drawn > FIRST:
                return f"The first {FIRST} files meet every element: the review ends here."
            return f"All {self.drawn} files meet every element." if self.drawn > 1 else MEETS_ALL
        short = [score.label for score in self.scores if score.no]
        verb = "falls" if self.failed == 1 else "fall"
        told = f"{self.failed} of {_files(self.looked_at)} {verb} short, in: {', '.join(short)}."
        return f"One of the first {FIRST} fell short, so all were reviewed. {told}" if self.went_on else told


def sample_sentence(universe: int, drawn: int) -> str:
    """How a sample came about: where fewer were decided than are drawn, it is all of them."""
    decided = f"{universe} {'file was' if universe == 1 else 'files were'} decided"
    if universe > drawn:
        return f"{decided}; {drawn} of them were drawn at random."
    which = "it is" if drawn == 1 else f"all {drawn} are"
    return f"{decided}, no more than the {WHOLE} of a full sample, so {which} looked at in random order."


def review(files: Sequence[Sequence[AuditRow]]) -> Review:
    """Judge a sample in the order drawn: the first eight, and all when one of them falls short."""
    return review_marks([marks_of(rows) for rows in files])


def review_marks(marks: Sequence[Mapping[str, Mark]]) -> Review:
    """The same of marks that were given: the mark of each element by file, in the order drawn."""
    first = marks[:FIRST]
    seen = marks if any(Mark.NO in each.values() for each in first) else first
    elements = [element for element in ELEMENTS if any(element in each for each in seen)]
    scores = [
        ElementScore(
            element,
            sum(each.get(element) == Mark.YES for each in seen),
            sum(each.get(element) == Mark.NO for each in seen),
        )
        for element in elements
    ]
    return Review(len(marks), len(seen), seen, scores)


def marks_of(rows: Sequence[AuditRow]) -> dict[str, Mark]:
    """The mark of each element of one file."""
    held: dict[str, list[AuditRow]] = {}
    for row in rows:
        held.setdefault(row.element, []).append(row)
    return {element: mark(each) for element, each in held.items()}


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"
