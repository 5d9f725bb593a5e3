"""The words of a policy: sections, paragraphs and lists, and the numbers they name. Pure.

A policy names a number instead of repeating it: ``{credentialing.max_age_days STATE_LICENSE}`` is shown as
the value that binds, ``{BL-NPDB-1}`` as the rule. What it names is also how it is found from the rule.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from config.kernel.errors import Refused

LONGEST_BODY = 60_000
LONGEST_HEADING = 200
_NAMED = re.compile(r"\{([^{}]*)\}")
#: (code, subject) of a parameter, or (code of a rule, "").
Reference = tuple[str, str]


@dataclass(frozen=True)
class Part:
    """A stretch of text, or one thing that it names and the ``words`` for it (:func:`fill`)."""

    text: str = ""
    named: Reference | None = None
    words: str = ""


@dataclass
class Block:
    """A paragraph, or a list of points."""

    points: list[list[Part]] = field(default_factory=list)
    is_list: bool = False


@dataclass
class Section:
    """One section of a policy, counted from 1."""

    number: int
    heading: str
    blocks: list[Block] = field(default_factory=list)

    @property
    def named(self) -> list[Reference]:
        """What the section names, in its order and each once."""
        found = [
            part.named
            for block in self.blocks
            for point in block.points
            for part in point
            if part.named is not None
        ]
        return list(dict.fromkeys(found))


def sections_of(body: str) -> list[Section]:
    """The sections of a policy. Lines that begin with ``##`` are headings, with ``-`` points of a list; an
    empty line ends a paragraph.
    """
    sections: list[Section] = []
    fresh = True
    for raw in body.splitlines():
        line = raw.strip()
        if line.startswith("#"):
            sections.append(Section(len(sections) + 1, line.lstrip("#").strip()))
            fresh = True
            continue
        if not line:
            fresh = True
            continue
        if not sections:
            sections.append(Section(1, ""))
        _add(sections[-1], line, fresh=fresh)
        fresh = False
    return sections


def _add(section: Section, line: str, *, fresh: bool) -> None:
    is_point = line.startswith(("- ", "* "))
    blocks = section.blocks
    if is_point:
        if fresh or not blocks or not blocks[-1].is_list:
            blocks.append(Block(is_list=True))
        blocks[-1].points.append(_parts(line[2:].strip()))
    elif fresh or not blocks:
        blocks.append(Block([_parts(line)]))
    else:  # goes on with the line before, a paragraph's or a point's
        blocks[-1].points[-1] += [Part(" "), *_parts(line)]


def _parts(text: str) -> list[Part]:
    parts: list[Part] = []
    at = 0
    for found in _NAMED.finditer(text):
        if found.start() > at:
            parts.append(Part(text[at : found.start()]))
        parts.append(Part(named=_reference(found.group(1))))
        at = found.end()
    if at < len(text):
        parts.append(Part(text[at:]))
    return parts


def _reference(said: str) -> Reference:
    code, _, subject = said.strip().partition(" ")
    return code, subject.strip()


def fill(sections: Iterable[Section], values: Mapping[Reference, str]) -> list[Section]:
    """The sections with words for what they name; what has no value any more shows its code."""

    def filled(part: Part) -> Part:
        if part.named is None:
            return part
        return replace(part, words=values.get(part.named) or " ".join(part.named).strip())

    return [
        replace(
            section,
            blocks=[
                replace(block, points=[[filled(part) for part in point] for point in block.points])
                for block in section.blocks
            ],
        )
        for section in sections
    ]


def check_text(body: str, *, parameters: Mapping[str, Collection[str]], rules: Collection[str]) -> None:
    """Refuse what is empty, too long, has a section without a heading, or names what nobody knows.

    ``parameters`` are the codes with the subjects each has a value for.
    """
    if not body.strip():
        raise Refused("Write at least one section.", field="body")
    if len(body) > LONGEST_BODY:
        raise Refused(f"It is longer than {LONGEST_BODY} characters.", field="body")
    for section in sections_of(body):
        if not section.heading:
            raise Refused("Begin every section with ## and its heading.", field="body")
        if len(section.heading) > LONGEST_HEADING:
            raise Refused(f"A heading is longer than {LONGEST_HEADING} characters.", field="body")
        for code, subject in section.named:
            if code in rules and not subject:
                continue
            if code not in parameters:
                raise Refused(
                    f'Section {section.number} names {{{code}}}, which is no parameter and no rule. "What '
                    'binds here" lists them.',
                    field="body",
                )
            if subject not in parameters[code]:
                known = ", ".join(sorted(filter(None, parameters[code]))) or "none"
                raise Refused(
                    f"Section {section.number}: {code} has no value for "
                    f"{subject or 'the whole'}. It has values for: {known}.",
                    field="body",
                )
