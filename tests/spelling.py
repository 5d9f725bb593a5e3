"""American spelling of what people read: finds the British forms, and with ``--write`` replaces them.

    python -m tests.spelling            lists them
    python -m tests.spelling --write    replaces them

Read are: texts of templates (with the quoted words of their tags and attributes), sentences and labels in
Python, values of YAML. Names of the code stay as they are: identifiers, keys, addresses, classes, SQL.
"""

from __future__ import annotations

import io
import re
import sys
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("config", "practitioners", "bylaws", "credentialing", "privileging")
#: British form and American one; a capital stays a capital.
WORDS = {
    "malpractice cover": "malpractice coverage",
    "licence": "license",
    "licences": "licenses",
    "programme": "program",
    "programmes": "programs",
    "enquiry": "inquiry",
    "enquiries": "inquiries",
    "cancelled": "canceled",
    "cancelling": "canceling",
    "labelled": "labeled",
    "travelled": "traveled",
    "recognise": "recognize",
    "recognised": "recognized",
    "recognises": "recognizes",
    "organise": "organize",
    "organised": "organized",
    "organisation": "organization",
    "organisations": "organizations",
    "authorise": "authorize",
    "authorised": "authorized",
    "authorises": "authorizes",
    "authorising": "authorizing",
    "unauthorised": "unauthorized",
    "normalised": "normalized",
    "specialised": "specialized",
    "summarised": "summarized",
    "catalogue": "catalog",
    "catalogues": "catalogs",
    "judgement": "judgment",
    "practise": "practice",
    "practised": "practiced",
    "practises": "practices",
    "practising": "practicing",
    "enrol": "enroll",
    "enrols": "enrolls",
    "enrolment": "enrollment",
    "enrolments": "enrollments",
    "fulfil": "fulfill",
    "fulfils": "fulfills",
    "misdemeanour": "misdemeanor",
    "behaviour": "behavior",
    "honour": "honor",
    "honourable": "honorable",
    "favour": "favor",
    "favourable": "favorable",
    "unfavourable": "unfavorable",
    "centre": "center",
    "defence": "defense",
    "offence": "offense",
    "offences": "offenses",
    "anaesthesia": "anesthesia",
    "anaesthetist": "anesthetist",
    "anaesthesiology": "anesthesiology",
    "paediatric": "pediatric",
    "paediatrics": "pediatrics",
    "orthopaedic": "orthopedic",
    "gynaecology": "gynecology",
    "analyse": "analyze",
    "ageing": "aging",
    "cheque": "check",
    "grey": "gray",
    "whilst": "while",
    "towards": "toward",
    "spelt": "spelled",
    "learnt": "learned",
}
BRITISH = re.compile(rf"\b({'|'.join(WORDS)})\b", re.IGNORECASE)
#: Names of classes in strings, and strings that are code in themselves.
CLASSES = {"Enquiry"}
SQL = re.compile(r"\b(SELECT|FROM|JOIN|WHERE|UNION|INSERT|WITH RECURSIVE|THEN)\b")
Change = Callable[[str], str]


def american(text: str) -> str:
    """The words of a text in American spelling; what stands in braces is left alone."""
    parts = re.split(r"(\{[^{}]*\})", text)
    return "".join(part if part.startswith("{") else BRITISH.sub(_one, part) for part in parts)


def _one(match: re.Match[str]) -> str:
    word = match.group()
    new = WORDS[word.lower()]
    if word.isupper():
        return new.upper()
    return new.capitalize() if word[0].isupper() else new


def is_read(text: str) -> bool:
    """Whether a string is something people read: a sentence, or a word that begins with a capital."""
    inner = text.strip()
    if (
        inner in CLASSES
        or SQL.search(text)
        or re.fullmatch(r"[A-Z0-9_./:-]+", inner)
        or re.fullmatch(r"\w+ > \w+", inner)
    ):
        return False
    return " " in inner or inner[:1].isupper() or inner[:1] == "“"


# --- one kind of file each ------------------------------------------------------------------------------


def of_python(source: str) -> str:
    """Sentences and labels of a module; docstrings stay."""
    lines = source.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    changes: list[tuple[int, int, str]] = []
    before = tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        alone = before in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.ENCODING)
        if token.type == tokenize.STRING and not (alone and token.string.lstrip("rbfu").startswith('"""')):
            body = re.match(r"[a-zA-Z]*(\"\"\"|'''|\"|')", token.string)
            assert body is not None
            inner = token.string[body.end() : -len(body.group(1))]
            if is_read(inner) and (new := american(inner)) != inner:
                start = starts[token.start[0] - 1] + token.start[1]
                changes.append((start, start + len(token.string), token.string.replace(inner, new)))
        if token.type not in (tokenize.COMMENT, tokenize.NL):
            before = token.type
    for start, end, new in reversed(changes):
        source = source[:start] + new + source[end:]
    return source


_HTML = re.compile(
    r"(?P<comment>\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}|<!--.*?-->)"
    r"|(?P<variable>\{\{.*?\}\})|(?P<tag>\{%.*?%\})|(?P<element><[^>]*>)|(?P<text>[^{<]+|[{<])",
    re.DOTALL,
)
_QUOTED = re.compile(r'"([^"{}]*)"')


def of_template(source: str) -> str:
    """What a template says: its text, and the words quoted in tags, variables and attributes."""

    def one(match: re.Match[str]) -> str:
        if match.lastgroup == "comment":
            return match.group()
        if match.lastgroup == "text":
            return BRITISH.sub(_one, match.group())
        return _QUOTED.sub(
            lambda each: f'"{american(each[1])}"' if is_read(each[1]) else each.group(), match.group()
        )

    return _HTML.sub(one, source)


def of_typst(source: str) -> str:
    """What a paper says; its code is in English words as well, and has none of these."""
    return "".join(
        line if line.lstrip().startswith(("//", "#let", "#import")) else american(line)
        for line in source.splitlines(keepends=True)
    )


def of_yaml(source: str) -> str:
    """Values people read; keys, codes and comments stay."""
    found = []
    for line in source.splitlines(keepends=True):
        key = re.match(r"\s*(- )?[\w.-]+:(?=\s)", line)
        head, rest = (line[: key.end()], line[key.end() :]) if key else ("", line)
        if rest.lstrip().startswith("["):  # a list in one line: of codes, or of answers people choose from
            parts = re.split(r"([\[\],])", rest)
            found.append(head + "".join(american(part) if is_read(part) else part for part in parts))
            continue
        read = is_read(rest.strip().strip("\"'")) and not rest.lstrip().startswith("#")
        found.append(head + american(rest) if read else line)
    return "".join(found)


def files() -> Iterator[tuple[Path, Change]]:
    """Every file people read something of, with how it is read."""
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix in (".html", ".txt"):
            yield path, of_template
        elif path.suffix == ".typ":
            yield path, of_typst
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            if "migrations" in path.parts:
                continue
            if path.suffix == ".py":
                yield path, of_python
            elif path.suffix in (".yaml", ".yml"):
                yield path, of_yaml


def tests() -> Iterator[tuple[Path, Change]]:
    """The tests, which repeat what people read."""
    for path in sorted((ROOT / "tests").rglob("*.py")):
        if path.name not in ("spelling.py", "test_spelling.py"):
            yield path, of_python


def british(path: Path, change: Change) -> list[str]:
    """The lines of a file that hold a British form, as they should read."""
    old = path.read_text(encoding="utf-8")
    if not BRITISH.search(old):
        return []
    new = change(old)
    pairs = enumerate(zip(old.splitlines(), new.splitlines(), strict=True), 1)
    return [f"{number}: {after.strip()}" for number, (before, after) in pairs if before != after]


def main(write: bool) -> None:
    """List, or replace."""
    for path, change in [*files(), *tests()]:
        told = british(path, change)
        if told and write:
            path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
        for each in told:
            print(f"{path.relative_to(ROOT)}:{each}")


if __name__ == "__main__":
    main("--write" in sys.argv)
