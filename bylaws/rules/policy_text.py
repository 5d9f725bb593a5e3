"""The text of a governing document: articles, sections and lettered provisions, and what each names. Pure.

A line that begins with ``#`` is a heading, the number of ``#`` its depth; a paragraph that begins with
``(a)``, ``(1)`` or ``(iv)`` is a provision of the section it stands in. Each has a **key** by which it is
cited and found: ``12``, ``12.5``, ``12.5(b)``, and of a heading without a number its words (``purpose``). A
key is given once and kept in later versions (:func:`carry_keys`): where the number shown is another by then,
the key stands in the text, as ``{#12.5}`` at the end of the heading.

A number or a rule is never repeated in the text but named in braces, so that the document and the rulebook
cannot drift apart: ``{credentialing.max_age_days STATE_LICENSE}`` is shown as the value that binds,
``{BL-NPDB-1}`` as the rule. What it names is also how it is found from the rule.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

from config.kernel.errors import Refused

#: Bylaws of a large staff have 60 to 120 pages.
LONGEST_BODY = 300_000
LONGEST_HEADING = 200
LONGEST_KEY = 80
DEEPEST = 6
_NAMED = re.compile(r"\{([^{}#][^{}]*|)\}")
_KEY = re.compile(r"\s*\{#([^{}\s]{1,80})\}\s*$")
_KEY_FIRST = re.compile(r"^\{#([^{}\s]{1,80})\}\s*")
_WORDED = re.compile(
    r"^(article|section|chapter|part|appendix|§)\s*([0-9]{1,3}(?:\.[0-9]{1,3})*[a-z]?|[ivxlcdm]+|[a-z])"
    r"(?![A-Za-z0-9])[\s.:)\u2013\u2014-]*(.*)$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^([0-9]{1,3}(?:\.[0-9]{1,3})*[A-Z]?)(?:[.:)]+\s*|\s+[\u2013\u2014-]\s+|\s+)(\S.*)$")
_LETTERED = re.compile(r"^\((?P<letter>([a-z])\2?|[ivxl]{2,6}|[0-9]{1,2}|[A-Z])\)\s*(?P<words>.*)$")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
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
    """An article, a section or a lettered provision.

    ``key`` is its own for good, ``number`` what stands in this version (``12.5(b)``; empty without one),
    ``label`` the number as written (``Article 12``, ``12.5``, ``(b)``); ``level`` is its depth from 1,
    ``line`` its line in the text. ``pinned``: the text itself says the key.
    """

    key: str
    heading: str
    level: int = 1
    label: str = ""
    number: str = ""
    line: int = 1
    lettered: bool = False
    pinned: bool = False
    blocks: list[Block] = field(default_factory=list)

    @property
    def title(self) -> str:
        """Number and heading as one text; of a lettered provision its number."""
        if self.lettered:
            return self.number or self.label
        return " ".join(filter(None, (self.label, self.heading)))

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

    @property
    def text(self) -> str:
        """Its words without its heading, paragraphs and points on lines of their own, names in braces."""
        return "\n".join(
            ("- " if block.is_list else "") + "".join(_written(part) for part in point)
            for block in self.blocks
            for point in block.points
        )


def _written(part: Part) -> str:
    return part.text if part.named is None else "{" + " ".join(filter(None, part.named)) + "}"


# --- reading ------------------------------------------------------------------------------------------------


def sections_of(body: str) -> list[Section]:
    """The sections of a document in their order. An empty line ends a paragraph; lines that begin with ``-``
    are points of a list.
    """
    sections = _read(body)
    _give_keys(sections)
    return sections


def _read(body: str) -> list[Section]:
    sections: list[Section] = []
    letters: list[str] = []
    heading_level = 0
    fresh = True
    for count, raw in enumerate(body.splitlines(), 1):
        line = raw.strip()
        if line.startswith("#"):
            heading_level = len(line) - len(line.lstrip("#"))
            sections.append(_heading(line.lstrip("#").strip(), heading_level, count))
            letters, fresh = [], True
            continue
        if not line:
            fresh = True
            continue
        found = _LETTERED.match(line) if sections and sections[0].title else None
        if found and (fresh or letters):
            letters = _stack(letters, found["letter"])
            sections.append(_provision(found, heading_level + len(letters), count))
            fresh = not sections[-1].blocks
            continue
        if not sections:
            sections.append(Section("", "", line=count))
        _add(sections[-1], line, fresh=fresh)
        fresh = False
    _count_levels(sections)
    return sections


def _heading(written: str, level: int, line: int) -> Section:
    pinned = _KEY.search(written)
    words = written[: pinned.start()].strip() if pinned else written
    label, number, heading = _numbered(words)
    return Section(
        key=pinned.group(1) if pinned else "",
        heading=heading,
        level=level,
        label=label,
        number=number,
        line=line,
        pinned=pinned is not None,
    )


def _numbered(words: str) -> tuple[str, str, str]:
    """Label, number and heading of a heading's words."""
    found = _WORDED.match(words)
    if found:
        word, number, heading = found.groups()
        shown = number.upper() if number.isalpha() else number
        plain = str(_arabic(number)) if _is_roman(number) else number.upper()
        if word.lower() == "appendix":
            return f"Appendix {shown}", f"appendix-{number.upper()}", heading
        return f"{word.capitalize() if word != '§' else word} {shown}", plain, heading
    found = _NUMBERED.match(words)
    return (found.group(1), found.group(1), found.group(2)) if found else ("", "", words)


def _is_roman(number: str) -> bool:
    return number.isalpha() and set(number.lower()) <= set(_ROMAN)


def _arabic(roman: str) -> int:
    values = [_ROMAN[letter] for letter in roman.lower()]
    return sum(-one if one < other else one for one, other in zip(values, [*values[1:], 0], strict=True))


def _provision(found: re.Match[str], level: int, line: int) -> Section:
    words = found["words"]
    pinned = _KEY_FIRST.match(words)
    words = words[pinned.end() :] if pinned else words
    return Section(
        key=pinned.group(1) if pinned else "",
        heading="",
        level=level,
        label=f"({found['letter']})",
        line=line,
        lettered=True,
        pinned=pinned is not None,
        blocks=[Block([_parts(words)])] if words else [],
    )


def _stack(open_letters: Sequence[str], letter: str) -> list[str]:
    """The open letters with this one in its place: after its predecessor, or one deeper where it is the first
    of a kind.
    """
    for depth in range(len(open_letters), 0, -1):
        if _follows(open_letters[depth - 1], letter):
            return [*open_letters[: depth - 1], letter]
    if letter in ("a", "1", "i", "A") or not open_letters:
        return [*open_letters, letter]
    kinds = [_kind(each) for each in open_letters]
    depth = next((at for at in range(len(kinds), 0, -1) if kinds[at - 1] == _kind(letter)), len(kinds))
    return [*open_letters[: depth - 1], letter]


def _follows(one: str, other: str) -> bool:
    if one.isdigit() and other.isdigit():
        return int(other) == int(one) + 1
    if one.isdigit() or other.isdigit():
        return False
    if len(one) == len(other) == 1 and ord(other) == ord(one) + 1:
        return True
    return _is_roman(one) and _is_roman(other) and _arabic(other) == _arabic(one) + 1


def _kind(letter: str) -> str:
    if letter.isdigit():
        return "digit"
    if letter.isupper():
        return "capital"
    return "roman" if len(letter) > 1 and _is_roman(letter) else "letter"


def _count_levels(sections: Sequence[Section]) -> None:
    """Levels from 1 without gaps, and of each section its whole number: that of what it stands in "
    "before it."""
    open_ones: list[tuple[int, Section]] = []
    for section in sections:
        written = section.level
        while open_ones and open_ones[-1][0] >= written:
            open_ones.pop()
        parent = open_ones[-1][1] if open_ones else None
        section.level = min(DEEPEST, parent.level + 1 if parent else 1)
        if section.lettered:
            section.number = f"{parent.number if parent else ''}{section.label}"
        elif parent is not None and section.number and _goes_below(section.number, parent.number):
            section.number = f"{parent.number}.{section.number}"
        open_ones.append((written, section))


def _goes_below(number: str, above: str) -> bool:
    """Whether the number counts within what stands above it: Section 3 of Article 2 is 2.3."""
    return "." not in number and bool(above) and above[0].isdigit() and number[0].isdigit()


def parents_of(sections: Sequence[Section]) -> list[Section | None]:
    """For each section the one it stands in."""
    open_ones: list[Section] = []
    found: list[Section | None] = []
    for section in sections:
        while open_ones and open_ones[-1].level >= section.level:
            open_ones.pop()
        found.append(open_ones[-1] if open_ones else None)
        open_ones.append(section)
    return found


def _give_keys(sections: Sequence[Section]) -> None:
    """A key for each section that says none: its number, or its words; what is pinned keeps its own."""
    taken = {section.key for section in sections if section.pinned}
    counts: dict[str, int] = {}
    for section, parent in zip(sections, parents_of(sections), strict=True):
        if section.pinned:
            continue
        section.key = _free(_natural(section, parent), taken, parent, counts)
        taken.add(section.key)


def _natural(section: Section, parent: Section | None) -> str:
    """The key a section has by itself. A lettered one hangs on the key of what it stands in."""
    if section.lettered:
        return f"{parent.key if parent else ''}{section.label}"
    return section.number or _slug(section.heading)


def _slug(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")[:60] or "section"


def _free(key: str, taken: Collection[str], parent: Section | None, counts: dict[str, int]) -> str:
    """The key, or the nearest to it that is not taken. ``counts`` remembers how far each was counted: of many
    like headings none begins anew.
    """
    if key not in taken:
        return key
    if parent is not None and not key[0].isdigit() and not key.startswith(parent.key):
        key = f"{parent.key}-{key}"[:LONGEST_KEY]
        if key not in taken:
            return key
    count = counts.get(key, 2)
    while f"{key}-{count}" in taken:
        count += 1
    counts[key] = count + 1
    return f"{key}-{count}"


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


# --- keys that last -----------------------------------------------------------------------------------------


def carry_keys(before: str, after: str) -> str:
    """The text of the next version, in which every section that was there before keeps its key.

    The same section is recognised by its number and words, else by its words alone, else by its number alone;
    a key the writer put into the text stands. So a section put in between changes no other key, whatever the
    numbers become.
    """
    old, new = sections_of(before), sections_of(after)
    kept = {at: each.key for at, each in enumerate(new) if each.pinned}
    gone = {each.key for each in old} - set(kept.values())

    def keep(at: int, section: Section) -> None:
        if at not in kept and section.key in gone:
            kept[at] = section.key
            gone.discard(section.key)

    by_both = {(each.number, _said(each)): each for each in old}
    for at, each in enumerate(new):
        if (each.number, _said(each)) in by_both:
            keep(at, by_both[each.number, _said(each)])
    left_old = [each for each in old if each.key in gone]
    left_new = [at for at in range(len(new)) if at not in kept]
    matcher = SequenceMatcher(
        None, [_said(each) for each in left_old], [_said(new[at]) for at in left_new], autojunk=False
    )
    for match in matcher.get_matching_blocks():
        for step in range(match.size):
            keep(left_new[match.b + step], left_old[match.a + step])
    by_number = {each.number: each for each in old if each.number}
    for at, each in enumerate(new):
        if each.number in by_number:
            keep(at, by_number[each.number])
    taken = set(kept.values())
    counts: dict[str, int] = {}
    parents = parents_of(new)
    for at, each in enumerate(new):
        if at in kept:
            each.key = kept[at]
            continue
        each.key = _free(_natural(each, parents[at]), taken, parents[at], counts)
        taken.add(each.key)
    return _pinned(after, new, parents)


def _said(section: Section) -> str:
    """By what a section is recognised: its heading, or of a lettered one how its words begin."""
    words = section.heading or section.text[:80]
    return " ".join(words.lower().split())


def _pinned(body: str, sections: Sequence[Section], parents: Sequence[Section | None]) -> str:
    """The text with each key written out that is not what the section would have by itself."""
    lines = body.splitlines()
    for section, parent in zip(sections, parents, strict=True):
        if section.pinned or section.key == _natural(section, parent) or not section.label + section.heading:
            continue
        raw = lines[section.line - 1].rstrip()
        if section.lettered:
            lines[section.line - 1] = raw.replace(section.label, f"{section.label} {{#{section.key}}}", 1)
        else:
            lines[section.line - 1] = f"{raw} {{#{section.key}}}"
    return "\n".join(lines)


def outline_of(sections: Iterable[Section]) -> list[dict[str, str | int]]:
    """What is kept beside the text, so that a citation is resolved without reading all of it."""
    return [
        {
            "key": each.key,
            "number": each.number,
            "label": each.label,
            "heading": each.heading,
            "level": each.level,
        }
        for each in sections
    ]


# --- checking -----------------------------------------------------------------------------------------------


def check_length(body: str) -> None:
    """Refuse what is longer than any document, before anything of it is read."""
    if len(body) > LONGEST_BODY:
        raise Refused(f"It is longer than {LONGEST_BODY:,} characters: it has {len(body):,}.", field="body")


def check_text(body: str, *, parameters: Mapping[str, Collection[str]], rules: Collection[str]) -> None:
    """Refuse what is empty, too long, has a section without a heading, two of the same number, or names what
    nobody knows. Each refusal says where.

    ``parameters`` are the codes with the subjects each has a value for.
    """
    if not body.strip():
        raise Refused("Write at least one section.", field="body")
    check_length(body)
    for problem in problems_of(sections_of(body), parameters=parameters, rules=rules):
        raise Refused(problem, field="body")


def problems_of(
    sections: Sequence[Section], *, parameters: Mapping[str, Collection[str]], rules: Collection[str]
) -> Iterator[str]:
    """What keeps a text from being taken, a sentence each, in the order of the text."""
    numbers: dict[str, Section] = {}
    keys: dict[str, Section] = {}
    for section in sections:
        if not section.lettered and not section.heading and not section.label:
            yield f"Line {section.line}: begin every section with ## and its heading."
            continue
        if len(section.heading) > LONGEST_HEADING:
            yield f"Line {section.line}: a heading is longer than {LONGEST_HEADING} characters."
        if section.number and section.number in numbers:
            yield (
                f"Two sections are numbered {section.number}: in line {numbers[section.number].line} and in "
                f"line {section.line}. Each needs a number of its own to be cited by."
            )
        elif section.key in keys:
            yield (
                f"Two sections have the key {section.key}: in line {keys[section.key].line} and in line "
                f"{section.line}."
            )
        if section.number:
            numbers.setdefault(section.number, section)
        keys.setdefault(section.key, section)
        for code, subject in section.named:
            wrong = _unknown(code, subject, parameters, rules)
            if wrong:
                yield f"{section.title} (line {section.line}): {wrong}"


def _unknown(
    code: str, subject: str, parameters: Mapping[str, Collection[str]], rules: Collection[str]
) -> str:
    if code in rules and not subject:
        return ""
    if code not in parameters:
        return f'it names {{{code}}}, which is no parameter and no rule. "What binds here" lists them.'
    if subject not in parameters[code]:
        known = ", ".join(sorted(filter(None, parameters[code]))) or "none"
        return f"{code} has no value for {subject or 'the whole'}. It has values for: {known}."
    return ""
