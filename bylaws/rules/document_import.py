"""Reading a governing document from a Word file or from Markdown, by its headings. Pure.

What comes out is the text of :mod:`bylaws.rules.policy_text`, and **remarks**: what was taken in another
way than it stood there, and what could not be taken, each with the place. A Word file is a zip archive of
XML from outside: parts are read up to a limit whatever the archive claims, and the XML reader refuses
entities.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from bylaws.rules.policy_text import DEEPEST, LONGEST_BODY
from config.kernel.errors import Refused

LARGEST_FILE = 10 * 1024 * 1024
#: One part of a Word file, unpacked: 120 pages have one to two megabytes of markup.
LARGEST_PART = 40 * 1024 * 1024
MOST_PARTS = 5_000
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BY_WORDS = re.compile(
    r"^(?P<article>article\s+([0-9]{1,3}|[ivxlc]+)\b.*)$|^(?P<section>(section\s+)?[0-9]{1,3}\.[0-9]{1,3}[.:]?\s+\S.*)$",
    re.IGNORECASE,
)
_SHORT = 120
_MADE_BY_HAND = re.compile(r"^(\([a-z0-9]{1,4}\)|[0-9]+(\.[0-9]+)*\.?)\s")
_CONTENTS = re.compile(r"^(toc|contents)", re.IGNORECASE)


@dataclass
class Imported:
    """The text that was understood, and what is to be known about it. ``source`` is the name of the file."""

    body: str
    remarks: list[str] = field(default_factory=list)
    source: str = ""


def read_document(content: bytes, name: str) -> Imported:
    """A document of the kind its content shows: a Word file (``.docx``), or text with headings of Markdown.

    Refuses (field ``file``) what is empty, too large, damaged, of another kind, or without a heading.
    """
    if not content:
        raise Refused("The file is empty.", field="file")
    if len(content) > LARGEST_FILE:
        raise Refused(
            f"The file has more than {LARGEST_FILE // (1024 * 1024)} MB. Take the pictures out of it and "
            f"upload it "
            "again.",
            field="file",
        )
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refused(
            "This is a file of an old Word version. Save it as .docx and upload that.", field="file"
        )
    if content.startswith(b"%PDF-"):
        raise Refused(
            "This is a PDF, which has no headings to go by. Upload the Word file it was made from.",
            field="file",
        )
    read = _word(content) if content.startswith(b"PK\x03\x04") else _markdown(content)
    read.source = name
    if not any(line.startswith("#") for line in read.body.splitlines()):
        raise Refused(
            "No heading was found. Give articles and sections a heading style of Word (Heading 1, "
            "Heading 2), "
            "or begin their lines with # in Markdown.",
            field="file",
        )
    if len(read.body) > LONGEST_BODY:
        raise Refused(
            f"The text has {len(read.body):,} characters; a document has at most {LONGEST_BODY:,}. Split "
            f"it, for "
            "instance into bylaws and rules.",
            field="file",
        )
    return read


# --- Markdown -----------------------------------------------------------------------------------------------


def _markdown(content: bytes) -> Imported:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        bad = content[: error.start].count(b"\n") + 1
        raise Refused(
            f"Line {bad} is not text in UTF-8. Save the file as text in UTF-8, or upload the Word file.",
            field="file",
        ) from None
    if "\x00" in text:
        raise Refused("This is no text. Upload a Word file (.docx) or Markdown.", field="file")
    remarks: list[str] = []
    lines: list[str] = []
    fenced = False
    written = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for count, raw in enumerate(written, 1):
        line = raw.rstrip()
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
            remarks.append(f"Line {count}: the mark of a block of code was left out.")
            continue
        if (
            re.fullmatch(r"(=+|-{3,})", line)
            and lines
            and lines[-1].strip()
            and not lines[-1].startswith("#")
        ):
            lines[-1] = ("# " if line[0] == "=" else "## ") + lines[-1].strip()
            continue
        if re.fullmatch(r"\s*([-*_]\s*){3,}", line):
            continue
        if line.lstrip().startswith("|"):
            if re.fullmatch(r"\s*\|[\s:|-]+\|?\s*", line):
                continue
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            remarks.append(f"Line {count}: a row of a table became a point of a list.")
            lines.append("- " + "; ".join(filter(None, cells)))
            continue
        if re.search(r"!\[[^\]]*\]\([^)]*\)", line):
            remarks.append(f"Line {count}: a picture was left out.")
            line = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", line)
        lines.append(_plain(line))
    if fenced:
        remarks.append("A block of code is not closed; everything after it was taken as text.")
    return Imported("\n".join(lines).strip(), _shortened(remarks))


def _plain(line: str) -> str:
    """A line of Markdown without what only sets type: bold, italics, links, marks of quotations."""
    line = re.sub(r"^\s*>\s?", "", line)
    line = re.sub(r"\[([^\]]+)\]\([^)\s]+\)", r"\1", line)
    line = re.sub(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", r"\2", line)
    line = re.sub(r"(?<![\w*])\*(?=[^\s*])(.+?)(?<=[^\s*])\*(?![\w*])", r"\1", line)
    line = re.sub(r"^\s*[*+-]\s+", "- ", line)
    return re.sub(r"\\([\\`*_{}\[\]()#+.!-])", r"\1", line).rstrip()


# --- Word ---------------------------------------------------------------------------------------------------


@dataclass
class _Style:
    based_on: str = ""
    name: str = ""
    outline: int | None = None
    numbering: str = ""
    depth: int | None = None


@dataclass
class _Paragraph:
    text: str
    heading: int = 0  # 1 for the outermost, 0 for none
    number: str = ""
    bullet: bool = False
    short_and_bold: bool = False


class _Word:
    """One Word file while it is read."""

    def __init__(self, content: bytes):
        try:
            archive = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
            raise Refused(
                "The file is damaged: it cannot be opened. Save it again and upload that.", field="file"
            ) from None
        with archive:
            names = set(archive.namelist())
            if len(names) > MOST_PARTS:
                raise Refused("The file has more parts than any document does.", field="file")
            if "word/document.xml" not in names:
                raise Refused("This is no Word document. Upload a .docx file or Markdown.", field="file")
            self.document = self._part(archive, "word/document.xml")
            styles = self._part(archive, "word/styles.xml") if "word/styles.xml" in names else None
            numbering = self._part(archive, "word/numbering.xml") if "word/numbering.xml" in names else None
        self.remarks: list[str] = []
        self.left_out: Counter[str] = Counter()
        self.styles = _styles_of(styles)
        self.numbering = _Numbering(numbering)

    @staticmethod
    def _part(archive: zipfile.ZipFile, name: str) -> Any:
        try:
            with archive.open(name) as part:
                read = part.read(LARGEST_PART + 1)
        except (
            zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, EOFError, ValueError,
        ):  # fmt: skip
            raise Refused(
                "The file is damaged or locked with a password. Save it again without one and upload that.",
                field="file",
            ) from None
        if len(read) > LARGEST_PART:
            raise Refused(
                "The file unpacks to more than any document does, so it is not taken.", field="file"
            )
        try:
            return fromstring(read)
        except (ParseError, DefusedXmlException, ValueError):
            raise Refused(
                "The file is damaged: its text cannot be read. Save it again and upload that.", field="file"
            ) from None

    # -- what the document says ------------------------------------------------------------------------------

    def paragraphs(self) -> Iterator[_Paragraph]:
        body = self.document.find(f"{_W}body")
        for element in body if body is not None else ():
            yield from self._block(element)

    def _block(self, element: Any) -> Iterator[_Paragraph]:
        if element.tag == f"{_W}p":
            found = self._paragraph(element)
            if found is not None:
                yield found
        elif element.tag == f"{_W}tbl":
            self.left_out["table"] += 1
            for row in element.iter(f"{_W}tr"):
                cells = [
                    " ".join(filter(None, (self._text(each).strip() for each in cell.iter(f"{_W}p"))))
                    for cell in row.findall(f"{_W}tc")
                ]
                said = "; ".join(filter(None, cells))
                if said:
                    yield _Paragraph(said, bullet=True)
        elif element.tag in (f"{_W}sdt", f"{_W}sdtContent"):
            if element.find(f".//{_W}docPartGallery[@{_W}val='Table of Contents']") is not None:
                return
            for child in element:
                yield from self._block(child)

    def _paragraph(self, element: Any) -> _Paragraph | None:
        properties = element.find(f"{_W}pPr")
        style = _value(properties, "pStyle")
        if _CONTENTS.match(self.styles.get(style, _Style()).name or style):
            return None
        text = " ".join(self._text(element).split())
        depth = self._heading(properties, style)
        number, bullet = self._number(properties, style) if text else ("", False)
        if not text:
            return None
        return _Paragraph(text, depth, number, bullet, not depth and len(text) <= _SHORT)

    def _text(self, element: Any) -> str:
        return "".join(self._said(element))

    def _said(self, element: Any) -> Iterator[str]:
        for each in element:
            if each.tag == f"{_W}t":
                yield each.text or ""
            elif each.tag in (f"{_W}tab", f"{_W}br", f"{_W}cr"):
                yield " "
            elif each.tag == f"{_W}noBreakHyphen":
                yield "-"
            elif each.tag in _COUNTED:
                self.left_out[_COUNTED[each.tag]] += 1
            elif each.tag != f"{_W}moveFrom":  # what was moved stands where it was moved to
                yield from self._said(each)

    def _heading(self, properties: Any, style: str) -> int:
        own = _value(properties, "outlineLvl")
        level = _figure(own)
        if level is not None:
            return level + 1 if level < DEEPEST else 0
        for each in self._chain(style):
            found = re.fullmatch(r"heading ([1-9])", each.name.lower())
            if found:
                return min(int(found.group(1)), DEEPEST)
            if each.outline is not None:
                return each.outline + 1 if each.outline < DEEPEST else 0
        return 0

    def _number(self, properties: Any, style: str) -> tuple[str, bool]:
        own = properties.find(f"{_W}numPr") if properties is not None else None
        number = _value(own, "numId")
        depth = _value(own, "ilvl")
        chain = list(self._chain(style))
        if not number:
            number = next((each.numbering for each in chain if each.numbering), "")
        if not depth:
            depth = str(next((each.depth for each in chain if each.depth is not None), 0))
        if not number or number == "0":
            return "", False
        return self.numbering.next(number, _figure(depth) or 0)

    def _chain(self, style: str) -> Iterator[_Style]:
        seen: set[str] = set()
        while style and style in self.styles and style not in seen:
            seen.add(style)
            yield self.styles[style]
            style = self.styles[style].based_on


_COUNTED = {
    f"{_W}footnoteReference": "footnote",
    f"{_W}endnoteReference": "endnote",
    f"{_W}commentReference": "comment",
    f"{_W}drawing": "picture or drawing",
    f"{_W}pict": "picture or drawing",
    f"{_W}object": "embedded object",
    f"{_W}delText": "deletion under tracked changes",
}


def _value(element: Any, name: str) -> str:
    found = element.find(f"{_W}{name}") if element is not None else None
    return found.get(f"{_W}val", "") if found is not None else ""


def _figure(text: str) -> int | None:
    """A number of the file; None for what is none, and for one larger than any document counts to."""
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else None


def _styles_of(root: Any) -> dict[str, _Style]:
    found: dict[str, _Style] = {}
    for each in root.iter(f"{_W}style") if root is not None else ():
        properties = each.find(f"{_W}pPr")
        outline = _value(properties, "outlineLvl")
        numbering = properties.find(f"{_W}numPr") if properties is not None else None
        depth = _value(numbering, "ilvl")
        found[each.get(f"{_W}styleId", "")] = _Style(
            based_on=_value(each, "basedOn"),
            name=_value(each, "name"),
            outline=_figure(outline),
            numbering=_value(numbering, "numId"),
            depth=_figure(depth),
        )
    return found


class _Numbering:
    """The numbers Word counts by itself, which stand in no text."""

    def __init__(self, root: Any):
        levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self.of: dict[str, str] = {}
        for abstract in root.iter(f"{_W}abstractNum") if root is not None else ():
            levels[abstract.get(f"{_W}abstractNumId", "")] = {
                _figure(level.get(f"{_W}ilvl", "0")) or 0: (
                    _value(level, "numFmt") or "decimal",
                    _value(level, "lvlText"),
                    1 if (start := _figure(_value(level, "start"))) is None else start,
                )
                for level in abstract.findall(f"{_W}lvl")
            }
        for each in root.findall(f"{_W}num") if root is not None else ():
            self.of[each.get(f"{_W}numId", "")] = _value(each, "abstractNumId")
        self.levels = levels
        self.counts: dict[str, dict[int, int]] = {}

    def next(self, number: str, depth: int) -> tuple[str, bool]:
        """The number of the next paragraph of this list, and whether it is only a bullet."""
        abstract = self.of.get(number, "")
        level = self.levels.get(abstract, {}).get(depth)
        if level is None:
            return "", True
        form, text, _ = level
        if form == "bullet":
            return "", True
        counts = self.counts.setdefault(abstract, {})
        counts[depth] = counts.get(depth, self._start(abstract, depth) - 1) + 1
        for deeper in [each for each in counts if each > depth]:
            del counts[deeper]
        if form == "none":
            return "", False

        def shown(found: re.Match[str]) -> str:
            at = int(found.group(1)) - 1
            count = counts.get(at, self._start(abstract, at))
            # A number made of several counts them all in figures, as 12.5 under Article XII.
            own = self.levels[abstract].get(at, ("decimal", "", 1))[0]
            return _count(count, own if at == depth or "." not in text else "decimal")

        return re.sub(r"%([1-9])", shown, text).strip(), False

    def _start(self, abstract: str, depth: int) -> int:
        return self.levels.get(abstract, {}).get(depth, ("", "", 1))[2]


def _count(count: int, form: str) -> str:
    if form in ("lowerLetter", "upperLetter"):
        letters = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letters.upper() if form == "upperLetter" else letters
    if form in ("lowerRoman", "upperRoman"):
        roman = _roman(count)
        return roman.upper() if form == "upperRoman" else roman
    return str(count)


def _roman(count: int) -> str:
    said = ""
    for value, letters in (
        (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
    ):  # fmt: skip
        said += letters * (count // value)
        count %= value
    return said


def _word(content: bytes) -> Imported:
    word = _Word(content)
    try:
        paragraphs = list(word.paragraphs())
    except RecursionError:
        raise Refused(
            "The file is nested deeper than any document, so it is not taken.", field="file"
        ) from None
    remarks: list[str] = []
    if paragraphs and not any(each.heading for each in paragraphs):
        taken = _headings_by_words(paragraphs)
        if taken:
            remarks.append(
                f"No paragraph has a heading style, so {taken} were taken as headings by their words "
                f"(Article 1, "
                "1.2 Title). Look whether they are all and only the headings."
            )
    lines: list[str] = []
    for each in paragraphs:
        lines += ["", _line(each)]
    remarks += [_left_out(what, count) for what, count in sorted(word.left_out.items())]
    return Imported("\n".join(lines).strip(), remarks)


def _headings_by_words(paragraphs: list[_Paragraph]) -> int:
    taken = 0
    for each in paragraphs:
        found = _BY_WORDS.match(each.text) if each.short_and_bold else None
        if found and not each.text.endswith((".", ";", ",")):
            each.heading = 1 if found["article"] else 2
            taken += 1
    return taken


def _line(each: _Paragraph) -> str:
    # What looks like a mark of ours at the beginning of a paragraph is its text.
    text = each.text.lstrip("#").lstrip() if each.text.startswith("#") else each.text
    if each.heading:
        number = "" if _MADE_BY_HAND.match(text) else each.number
        return f"{'#' * each.heading} {' '.join(filter(None, (number, text)))}"
    if each.bullet:
        return f"- {text}"
    number = each.number.rstrip(".")
    if number and not number.startswith("("):
        number = f"({number.strip(')')})" if re.fullmatch(r"[0-9a-zA-Z]{1,6}\)?", number) else number
    return " ".join(filter(None, (number, text)))


def _left_out(what: str, count: int) -> str:
    if what == "table":
        tables = "1 table became a list" if count == 1 else f"{count} tables became lists"
        return f"{tables}, a point for each row."
    if what.startswith("deletion"):
        return "The file has tracked changes: they were taken as accepted, what is struck out was left out."
    were = "1 was" if count == 1 else f"{count} were"
    return f"Left out: {what}, of which {were} found."


def _shortened(remarks: list[str], most: int = 20) -> list[str]:
    more = len(remarks) - most
    return remarks if more <= 0 else [*remarks[:most], f"And {more} more of the same kinds."]
