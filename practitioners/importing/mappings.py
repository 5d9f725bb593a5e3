"""Mapping files: which column of a source system's table is which field, and how its cells are written.

A mapping is a YAML file; ``practitioners/mappings/generic.yaml`` is the one to copy from. It is checked as a
whole when it is loaded, and what is wrong is told with its place.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from practitioners.choices import SaidBy
from practitioners.importing.mapping_parsers import PARSERS, choice_parser, date_parser
from practitioners.importing.rejections import UnusableFile
from practitioners.importing.tables import Layout, TableRow, column_key
from practitioners.rules.problems import Problem
from practitioners.rules.provenance import System

#: Whose word a table can be.
SPEAKERS = (SaidBy.ROSTER, SaidBy.CAQH)
_TOP = {
    "name", "says", "said_by", "kind", "delimiter", "encoding", "sheet", "facility", "recognise_by",
    "columns", "constants",
}  # fmt: skip
_COLUMN = {"column", "field", "required", "parser", "formats", "choices"}


@dataclass(frozen=True)
class FieldSpec:
    """A field a column can be mapped to: its label, how it is read unless the mapping says otherwise, and
    the words it may have where only some are allowed.

    ``secret`` values are read into the row's secrets and never stored with it.
    """

    label: str
    parser: str = "text"
    longest: int = 200
    words: tuple[str, ...] = ()
    secret: bool = False


@dataclass(frozen=True)
class ColumnRule:
    """One column of the table."""

    column: str
    field: str
    required: bool
    parse: Callable[[str], str]
    longest: int
    secret: bool


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with a row, and in which column (empty: the row as a whole)."""

    column: str
    sentence: str


@dataclass(frozen=True)
class ReadRow:
    """A row read by a mapping: values by field (only those it gives), what is wrong, and its secrets."""

    number: int
    values: dict[str, str]
    problems: list[RowProblem]
    secrets: dict[str, str]


@dataclass(frozen=True)
class TableMapping:
    """A checked mapping. ``recognise_by`` is the order in which people are recognised. Whatever is read by
    one mapping is the word of one system; ``kind`` keeps apart mappings for different purposes.
    """

    code: str
    name: str
    said_by: str
    facility: str
    recognise_by: tuple[str, ...]
    layout: Layout
    columns: tuple[ColumnRule, ...]
    constants: Mapping[str, str]
    kind: str = "roster"

    @property
    def source(self) -> dict[str, Any]:
        """Whose word a row is, as the services take it."""
        code = self.code if self.kind == "roster" else f"{self.kind}:{self.code}"
        return {"said_by": self.said_by, "system": System(code, self.name)}

    def column_of(self, *fields: str) -> str:
        """The column that gives the first of these fields, for naming the place of a fault; or empty."""
        by_field = {rule.field: rule.column for rule in self.columns}
        return next((by_field[field] for field in fields if field in by_field), "")

    def read(self, row: TableRow) -> ReadRow:
        """The values of a row, with every cell that cannot be read named by its column."""
        if row.problem:
            return ReadRow(row.number, dict(self.constants), [RowProblem("", row.problem)], {})
        values = dict(self.constants)
        secrets: dict[str, str] = {}
        problems = []
        for rule in self.columns:
            said = row.cells.get(rule.column, "")
            if not said:
                continue
            if len(said) > rule.longest:
                problems.append(RowProblem(rule.column, f"This is longer than {rule.longest} characters."))
                continue
            try:
                (secrets if rule.secret else values)[rule.field] = rule.parse(said)
            except Problem as problem:
                problems.append(RowProblem(rule.column, problem.sentence))
        return ReadRow(row.number, {key: value for key, value in values.items() if value}, problems, secrets)


class UnusableMapping(UnusableFile):
    """The mapping itself is wrong; the sentence names the file and the place."""


def load_mapping(
    path: Path,
    fields: Mapping[str, FieldSpec],
    *,
    keys: Sequence[str],
    kind: str = "roster",
) -> TableMapping:
    """Read and check a mapping file. Raises :class:`UnusableMapping` naming the place that is wrong.

    ``fields`` are those a column may be mapped to, ``keys`` what people can be recognised by, ``kind`` what
    the mapping must be for.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as problem:
        raise UnusableMapping(
            f"The mapping {path.name} cannot be read: {problem.strerror or problem}."
        ) from None
    except UnicodeDecodeError:
        raise UnusableMapping(f"The mapping {path.name} is not UTF-8 text.") from None
    return parse_mapping(text, fields, name=path.name, code=path.stem, keys=keys, kind=kind)


def parse_mapping(
    text: str,
    fields: Mapping[str, FieldSpec],
    *,
    name: str,
    code: str,
    keys: Sequence[str],
    kind: str = "roster",
) -> TableMapping:
    """As :func:`load_mapping`, from the text of a file called ``name``."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise UnusableMapping(f"The mapping {name}{where} is not YAML.") from None
    return _Check(name, code, fields, tuple(keys), kind).mapping(content)


class _Check:
    """Checks one mapping and says where it is wrong."""

    def __init__(
        self, name: str, code: str, fields: Mapping[str, FieldSpec], keys: tuple[str, ...], kind: str
    ):
        self.name, self.code, self.fields, self.keys, self.kind = name, code[:60], fields, keys, kind

    def wrong(self, place: str, sentence: str) -> UnusableMapping:
        return UnusableMapping(f"The mapping {self.name}, {place}: {sentence}")

    def mapping(self, content: Any) -> TableMapping:
        if not isinstance(content, dict):
            raise UnusableMapping(f"The mapping {self.name} is not a mapping: it should begin with “name:”.")
        self._known(content, _TOP, "at the top")
        kind = self._text(content, "kind", "at the top", default="roster")
        if kind != self.kind:
            raise self.wrong("kind", f"it is for “{kind}”, here “{self.kind}” is needed.")
        said_by = self._text(content, "said_by", "at the top", default=str(SaidBy.ROSTER))
        if said_by not in SPEAKERS:
            raise self.wrong("said_by", f"“{said_by}” is not one of {', '.join(map(str, SPEAKERS))}.")
        columns = self._columns(content.get("columns"))
        constants = self._constants(content.get("constants") or {})
        layout = Layout(
            columns=[rule.column for rule in columns],
            required=[rule.column for rule in columns if rule.required],
            delimiter=self._delimiter(content),
            encoding=self._encoding(content),
            sheet=self._text(content, "sheet", "at the top", default=""),
        )
        return TableMapping(
            code=self.code,
            name=self._text(content, "name", "at the top", default=self.code),
            said_by=said_by,
            facility=self._text(content, "facility", "at the top", default=""),
            recognise_by=self._recognise_by(content.get("recognise_by")),
            layout=layout,
            columns=tuple(rule for rule in columns if rule.field != "ignore"),
            constants=constants,
            kind=self.kind,
        )

    def _columns(self, given: Any) -> list[ColumnRule]:
        if not isinstance(given, list) or not given:
            raise self.wrong("columns", "a list of columns is needed.")
        rules: list[ColumnRule] = []
        for number, each in enumerate(given, 1):
            place = f"columns, number {number}"
            if not isinstance(each, dict):
                raise self.wrong(place, "“column:” and “field:” are needed.")
            rule = self._column(each, place)
            for other in rules:
                if column_key(other.column) == column_key(rule.column):
                    raise self.wrong(place, f"the column “{rule.column}” stands twice.")
                if other.field == rule.field != "ignore":
                    raise self.wrong(
                        place, f"the field “{rule.field}” is already the column “{other.column}”."
                    )
            rules.append(rule)
        if all(rule.field == "ignore" for rule in rules):
            raise self.wrong("columns", "no column is mapped to a field.")
        return rules

    def _column(self, given: dict[str, Any], place: str) -> ColumnRule:
        column = self._text(given, "column", place)
        if not column_key(column):
            raise self.wrong(place, f"the heading “{column}” has neither letters nor digits.")
        place = f"{place} ({column})"
        self._known(given, _COLUMN, place)
        field = self._text(given, "field", place)
        required = given.get("required", False)
        if not isinstance(required, bool):
            raise self.wrong(place, "“required” is true or false.")
        if field == "ignore":
            return ColumnRule(column, field, required, PARSERS["text"], 5000, secret=False)
        spec = self._spec(field, place)
        return ColumnRule(
            column, field, required, self._parser(given, spec, place), spec.longest, secret=spec.secret
        )

    def _spec(self, field: str, place: str) -> FieldSpec:
        if field not in self.fields:
            near = [known for known in self.fields if known.split(".")[0] == field.split(".")[0]]
            known = ", ".join(near or self.fields)
            raise self.wrong(place, f"there is no field “{field}”; known are {known}.")
        return self.fields[field]

    def _parser(self, given: dict[str, Any], spec: FieldSpec, place: str) -> Callable[[str], str]:
        if "choices" in given:
            choices = given["choices"]
            if not isinstance(choices, dict) or not choices:
                raise self.wrong(place, "“choices” lists the words of the source and what they mean.")
            meanings = {str(word): str(meaning) for word, meaning in choices.items()}
            for word, meaning in meanings.items():
                if spec.words and meaning not in spec.words:
                    raise self.wrong(
                        place, f"“{word}” means “{meaning}”, which is not one of {', '.join(spec.words)}."
                    )
            return choice_parser(meanings)
        name = self._text(given, "parser", place, default=spec.parser)
        if name == "date" or "formats" in given:
            formats = given.get("formats") or []
            if not isinstance(formats, list) or not all(isinstance(each, str) for each in formats):
                raise self.wrong(place, "“formats” is a list like [MM/DD/YYYY].")
            try:
                return date_parser(formats)
            except ValueError as problem:
                raise self.wrong(place, f"{problem}.") from None
        if name not in PARSERS:
            raise self.wrong(
                place, f"there is no parser “{name}”; known are {', '.join([*PARSERS, 'date'])}."
            )
        if spec.words and name == "text":
            return choice_parser({word: word for word in spec.words})
        return PARSERS[name]

    def _constants(self, given: Any) -> dict[str, str]:
        if not isinstance(given, dict):
            raise self.wrong("constants", "fields and their values are needed.")
        for field, value in given.items():
            spec = self._spec(str(field), "constants")
            if spec.secret:
                raise self.wrong("constants", f"“{field}” cannot be a constant.")
            if spec.words and str(value) not in spec.words:
                raise self.wrong("constants", f"“{value}” is not one of {', '.join(spec.words)}.")
        return {str(field): str(value) for field, value in given.items()}

    def _recognise_by(self, given: Any) -> tuple[str, ...]:
        if given is None:
            return self.keys
        if not isinstance(given, list) or not given or not all(each in self.keys for each in given):
            raise self.wrong("recognise_by", f"a list of {', '.join(self.keys)} is needed.")
        return tuple(given)

    def _delimiter(self, content: dict[str, Any]) -> str:
        words = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
        given = content.get("delimiter", ",")
        mark = words.get(given, given) if isinstance(given, str) else given
        if not isinstance(mark, str) or len(mark) != 1 or mark in '"\r\n ' or mark.isalnum():
            raise self.wrong("delimiter", "one character, or comma, semicolon, tab or pipe, is needed.")
        return mark

    def _encoding(self, content: dict[str, Any]) -> str:
        encoding = self._text(content, "encoding", "at the top", default="utf-8")
        try:
            found = codecs.lookup(encoding)
        except LookupError:
            raise self.wrong("encoding", f"“{encoding}” is not an encoding (utf-8, cp1252, ...).") from None
        if not getattr(found, "_is_text_encoding", True):
            raise self.wrong("encoding", f"“{encoding}” is not an encoding of text.")
        return encoding

    def _known(self, given: dict[Any, Any], known: Iterable[str], place: str) -> None:
        unknown = [str(key) for key in given if key not in known]
        if unknown:
            raise self.wrong(
                place, f"“{unknown[0]}” is not understood; known are {', '.join(sorted(known))}."
            )

    def _text(self, given: dict[Any, Any], key: str, place: str, *, default: str | None = None) -> str:
        value = given.get(key, default)
        if value is None or isinstance(value, dict | list | bool) or (default is None and not str(value)):
            raise self.wrong(place, f"“{key}” is missing or not a text.")
        return str(value)
