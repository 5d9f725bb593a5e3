"""Rosters for payers: the columns a payer wants, and what changed between two rosters. Pure."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from config.kernel.choices import StatusChoices
from config.kernel.errors import Refused
from config.kernel.pages.exports import plain_cell
from credentialing.choices import DayForm

#: What a column of a payer's file may hold, by the name it is asked for. Nothing of a protected class is
#: here, so no mapping can put it into a file.
FIELDS: dict[str, str] = {
    "npi": "NPI",
    "last_name": "Last name",
    "first_name": "First name",
    "middle_name": "Middle name",
    "suffix": "Suffix of the name",
    "degree": "Degree (MD, DO, NP)",
    "specialty": "Primary specialty",
    "taxonomy": "Taxonomy code of the primary specialty",
    "licence_state": "State of the licence",
    "licence_number": "Number of the licence",
    "licence_ends": "Last day of the licence",
    "board": "Certifying board",
    "board_specialty": "Specialty certified",
    "board_ends": "Last day of the certification",
    "group": "Practice group",
    "group_npi": "NPI of the group",
    "tax_id": "Tax identification number of the group",
    "address": "Street of the main office",
    "address_2": "Second line of the address",
    "city": "City",
    "state": "State",
    "postal_code": "Postal code",
    "phone": "Telephone of the office",
    "facility": "Facility",
    "department": "Department",
    "category": "Staff category",
    "appointed_from": "First day of the appointment",
    "appointed_through": "Last day of the appointment",
    "committee_date": "Day of the decision",
    "payer_number": "The payer's number of the practitioner",
    "effective": "Effective day with the payer",
    "action": "Add, change or term",
    "changed": "What changed",
    "term_date": "Last day with the payer",
    "term_reason": "Why it ended",
}
#: Fields that say something about the file, not about the person.
_OF_THE_FILE = frozenset({"action", "changed", "term_date", "term_reason"})
#: Changes a payer is told of, by what they are called.
WATCHED: dict[str, tuple[str, ...]] = {
    "name": ("last_name", "first_name", "middle_name", "suffix"),
    "specialty": ("specialty", "taxonomy"),
    "licence": ("licence_state", "licence_number", "licence_ends"),
    "board certification": ("board", "board_specialty", "board_ends"),
    "address": (
        "group",
        "group_npi",
        "tax_id",
        "address",
        "address_2",
        "city",
        "state",
        "postal_code",
        "phone",
    ),
    "payer's number": ("payer_number",),
}
#: What a line of a roster says of its person, each field with or without a value: a field a kept line lacks
#: was not told then, and is no change.
BLANK: dict[str, str] = dict.fromkeys((name for name in FIELDS if name not in _OF_THE_FILE), "")
DAYS = frozenset(
    {
        "licence_ends", "board_ends", "appointed_from", "appointed_through", "committee_date", "effective",
        "term_date",
    }
)  # fmt: skip
USUAL = """\
Action = action
NPI = npi
Last name = last_name
First name = first_name
Degree = degree
Specialty = specialty
License state = licence_state
License number = licence_number
Group = group
Tax ID = tax_id
Address = address
City = city
State = state
Zip = postal_code
Phone = phone
Effective date = effective
Term date = term_date
Term reason = term_reason
"""
MOST_COLUMNS = 80
LONGEST_HEADING = 80
#: What is known of one person for a payer, by field; days are dates in ISO form.
Line = Mapping[str, str]


class Move(StatusChoices):
    """What a payer is told of one person."""

    ADD = "add", "good", "Add"
    CHANGE = "change", "info", "Change"
    TERM = "term", "warn", "Term"


_FORMS = {DayForm.ISO: "%Y-%m-%d", DayForm.AMERICAN: "%m/%d/%Y", DayForm.PLAIN: "%Y%m%d"}


# --- columns ----------------------------------------------------------------------------------------------


def read_columns(text: str) -> list[dict[str, str]]:
    """The columns from lines ``heading = field`` or ``heading = "text"``; empty lines count for nothing.

    Refuses, with the number of the line, what is no such line, an unknown field, and a heading used twice.
    """
    columns: list[dict[str, str]] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        if not raw.strip():
            continue
        heading, equals, said = (part.strip() for part in raw.partition("="))
        if not equals or not heading or not said:
            raise _wrong(number, 'write a heading, "=", and a field')
        if len(heading) > LONGEST_HEADING:
            raise _wrong(number, f"the heading is longer than {LONGEST_HEADING} characters")
        if heading in {column["heading"] for column in columns}:
            raise _wrong(number, f'the heading "{heading}" stands there twice')
        if len(said) > 1 and said[0] == said[-1] == '"':
            columns.append({"heading": heading, "text": said[1:-1]})
        elif said in FIELDS:
            columns.append({"heading": heading, "field": said})
        else:
            raise _wrong(number, f'"{said}" is no field; a text of its own stands in quotation marks')
    if not columns:
        raise Refused("Name at least one column.", field="columns")
    if len(columns) > MOST_COLUMNS:
        raise Refused(f"At most {MOST_COLUMNS} columns.", field="columns")
    return columns


def _wrong(number: int, what: str) -> Refused:
    return Refused(f"Line {number}: {what}.", field="columns")


def columns_text(columns: Sequence[Mapping[str, str]]) -> str:
    """The columns as they are typed."""
    said = [column["field"] if "field" in column else f'"{column["text"]}"' for column in columns]
    return "\n".join(f"{column['heading']} = {each}" for column, each in zip(columns, said, strict=True))


def csv_text(columns: Sequence[Mapping[str, str]], lines: Iterable[Line], day_form: str) -> str:
    """The file in the payer's columns; cells a spreadsheet would run as a formula are neutralised."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([plain_cell(column["heading"]) for column in columns])
    for line in lines:
        writer.writerow([plain_cell(_cell(column, line, day_form)) for column in columns])
    return file.getvalue()


def _cell(column: Mapping[str, str], line: Line, day_form: str) -> str:
    if "text" in column:
        return column["text"]
    said = line.get(column["field"], "")
    if said and column["field"] in DAYS:
        return dt.date.fromisoformat(said).strftime(_FORMS[DayForm(day_form)])
    return said


# --- what changed -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """What one line of a file of changes tells a payer."""

    move: Move
    line: Line
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ending:
    """The last day of somebody with a payer, and why."""

    last_day: dt.date | None
    reason: str


@dataclass(frozen=True)
class Changes:
    """What a payer is told: adds, changes and terms, each by name."""

    told: Sequence[Told] = field(default_factory=tuple)

    def of(self, move: Move) -> list[Told]:
        """The lines of one kind."""
        return [each for each in self.told if each.move == move]

    @property
    def adds(self) -> list[Told]:
        """Who is new."""
        return self.of(Move.ADD)

    @property
    def changes(self) -> list[Told]:
        """Whose address, licence, specialty, name or number is another."""
        return self.of(Move.CHANGE)

    @property
    def terms(self) -> list[Told]:
        """Who is gone."""
        return self.of(Move.TERM)


def compare(before: Mapping[str, Line], after: Mapping[str, Line], endings: Mapping[str, Ending]) -> Changes:
    """What happened between two rosters, each by the uid of the person; ``endings`` of those who are gone."""
    told = [Told(Move.ADD, _with(line, Move.ADD)) for uid, line in after.items() if uid not in before]
    for uid, line in after.items():
        changed = _changed(before[uid], line) if uid in before else ()
        if changed:
            told.append(Told(Move.CHANGE, _with(line, Move.CHANGE, changed=", ".join(changed)), changed))
    for uid, line in before.items():
        if uid in after:
            continue
        ending = endings.get(uid, Ending(None, ""))
        day = ending.last_day.isoformat() if ending.last_day else ""
        told.append(Told(Move.TERM, _with(line, Move.TERM, term_date=day, term_reason=ending.reason)))
    order = list(Move)
    return Changes(
        tuple(sorted(told, key=lambda each: (order.index(each.move), each.line.get("sorted_by", ""))))
    )


def _with(line: Line, move: Move, **more: str) -> Line:
    return {**line, "action": move.label, **more}


def _changed(before: Line, after: Line) -> tuple[str, ...]:
    return tuple(
        what
        for what, fields in WATCHED.items()
        if any(each in before and before[each] != after.get(each, "") for each in fields)
    )
