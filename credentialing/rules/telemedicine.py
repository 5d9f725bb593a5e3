"""What an agreement with a distant site must contain, and reading the site's list. Pure.

Sources: 42 CFR 482.12(a)(8) and 482.22(a)(3) for a distant-site hospital, 482.12(a)(9) and 482.22(a)(4) for a
telemedicine entity, in our own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from credentialing.choices import DistantSiteKind
from practitioners.importing.tables import Layout, TableRow
from practitioners.rules.claims import STATES
from practitioners.rules.npi import npi_is_valid

HOSPITAL, ENTITY = str(DistantSiteKind.HOSPITAL), str(DistantSiteKind.ENTITY)


@dataclass(frozen=True)
class Clause:
    """One thing the agreement must say, and where the regulation asks for it, by the kind of site."""

    code: str
    says: str
    places: dict[str, str]

    def place(self, kind: str) -> str:
        """The citation for a site of that kind."""
        return self.places[kind]


CLAUSES = (
    Clause(
        "governing_body",
        "The distant site's governing body answers for its practitioners meeting what 482.12(a)(1)-(7) "
        "asks of a medical staff",
        {HOSPITAL: "42 CFR 482.12(a)(8)"},
    ),
    Clause(
        "contractor",
        "The distant site is a contractor, and serves in a way that lets this hospital meet the conditions "
        "of participation, 482.12(a)(1)-(7) among them",
        {ENTITY: "42 CFR 482.12(a)(9)"},
    ),
    Clause(
        "participates",
        "The distant site is a hospital that takes part in Medicare",
        {HOSPITAL: "42 CFR 482.22(a)(3)(i)"},
    ),
    Clause(
        "standards",
        "The distant site's credentialing and privileging meet at least the standards of 482.12(a)(1)-(7) "
        "and 482.22(a)(1)-(2)",
        {ENTITY: "42 CFR 482.22(a)(4)(i)"},
    ),
    Clause(
        "list",
        "Each practitioner is privileged at the distant site, which gives a current list of those privileges",
        {HOSPITAL: "42 CFR 482.22(a)(3)(ii)", ENTITY: "42 CFR 482.22(a)(4)(ii)"},
    ),
    Clause(
        "license",
        "Each practitioner holds a license issued or recognized by the state in which this hospital lies",
        {HOSPITAL: "42 CFR 482.22(a)(3)(iii)", ENTITY: "42 CFR 482.22(a)(4)(iii)"},
    ),
    Clause(
        "feedback",
        "This hospital reviews the work done here and sends the distant site what it finds, at least all "
        "adverse events and all complaints",
        {HOSPITAL: "42 CFR 482.22(a)(3)(iv)", ENTITY: "42 CFR 482.22(a)(4)(iv)"},
    ),
)  # fmt: skip


def clauses_of(kind: str) -> list[Clause]:
    """What the agreement with a site of that kind must say."""
    return [each for each in CLAUSES if kind in each.places]


def lacking(kind: str, terms: Iterable[str]) -> list[Clause]:
    """What the agreement should say and does not."""
    there = set(terms)
    return [each for each in clauses_of(kind) if each.code not in there]


# --- the list ---------------------------------------------------------------------------------------------

COLUMNS = ("npi", "name", "privileges", "license_state", "license_number")
LAYOUT = Layout(columns=COLUMNS, required=COLUMNS, most_rows=20_000)
LONGEST_NAME, LONGEST_CODE, LONGEST_NUMBER, MOST_CODES = 200, 40, 40, 500
_DIVIDED = re.compile(r"[;|]")

Licence = dict[str, str]


@dataclass(frozen=True)
class Mistake:
    """What is wrong in a list, and where; the heading is row 1."""

    row: int
    column: str
    sentence: str

    def __str__(self) -> str:
        """The mistake with its place."""
        where = f"Row {self.row}" if self.row else "The file"
        return f"{where}{f', {self.column}' if self.column else ''}: {self.sentence}"


@dataclass
class Listed:
    """One practitioner of a list, from one line or several: each further line adds a license."""

    npi: str
    name: str
    privileges: list[str]
    licences: list[Licence]
    row: int

    def content(self) -> dict[str, object]:
        """What a period of the practitioner says."""
        return {"name": self.name, "privileges": self.privileges, "licences": self.licences}


def licensed_in(licences: Iterable[Licence], state: str) -> bool:
    """Whether one of the licenses is of the state."""
    return any(each["state"] == state for each in licences)


def read_list(rows: Iterable[TableRow]) -> tuple[list[Listed], list[Mistake]]:
    """The practitioners of a list, and every mistake by row and column; with a mistake the list is not used.

    Codes of privileges are divided by semicolons. Somebody with several licenses has a line for each, with
    the same name and privileges. Somebody without a license is taken, and told as lacking it.
    """
    found: dict[str, Listed] = {}
    mistakes: list[Mistake] = []
    empty = True
    for row in rows:
        empty = False
        if row.problem:
            mistakes.append(Mistake(row.number, "", row.problem))
            continue
        cell = {name: " ".join(row.cells.get(name, "").split()) for name in COLUMNS}
        codes = [code for each in _DIVIDED.split(cell["privileges"]) if (code := each.strip())]
        state, number = cell["license_state"].upper(), cell["license_number"]
        wrong = {
            "npi": "" if npi_is_valid(cell["npi"]) else f"“{cell['npi'][:40]}” is no NPI.",
            "name": _name_problem(cell["name"]),
            "privileges": _codes_problem(codes),
            "license_state": _state_problem(state, number),
            "license_number": _number_problem(state, number),
        }
        before = found.get(cell["npi"])
        if before is not None and not any(wrong.values()):
            wrong |= _same_person(before, cell["name"], codes, state)
        problems = [Mistake(row.number, name, sentence) for name, sentence in wrong.items() if sentence]
        mistakes += problems
        if problems:
            continue
        licences = [{"state": state, "number": number}] if state else []
        if before is None:
            found[cell["npi"]] = Listed(cell["npi"], cell["name"], sorted(set(codes)), licences, row.number)
        else:
            before.licences = sorted([*before.licences, *licences], key=lambda each: each["state"])
    if empty:
        mistakes.append(Mistake(0, "", "it lists nobody. An agreement whose list is empty is ended instead."))
    return list(found.values()), mistakes


def _name_problem(name: str) -> str:
    if not name:
        return "the name is missing."
    return f"the name is longer than {LONGEST_NAME} characters." if len(name) > LONGEST_NAME else ""


def _codes_problem(codes: list[str]) -> str:
    if not codes:
        return "no privilege held at the distant site is named."
    if len(codes) > MOST_CODES:
        return f"more than {MOST_CODES} privileges."
    long = next((each for each in codes if len(each) > LONGEST_CODE), "")
    return f"“{long[:LONGEST_CODE]}…” is longer than {LONGEST_CODE} characters." if long else ""


def _state_problem(state: str, number: str) -> str:
    if number and not state:
        return "the license has a number and no state."
    return f"“{state[:20]}” is no state." if state and state not in STATES else ""


def _number_problem(state: str, number: str) -> str:
    if state and not number:
        return "the license has a state and no number."
    return f"the number is longer than {LONGEST_NUMBER} characters." if len(number) > LONGEST_NUMBER else ""


def _same_person(before: Listed, name: str, codes: list[str], state: str) -> dict[str, str]:
    """What a further line of somebody says otherwise than their first one."""
    if before.name != name:
        return {"name": f"row {before.row} gives this NPI another name."}
    if before.privileges != sorted(set(codes)):
        return {"privileges": f"row {before.row} gives this NPI other privileges."}
    if not state or licensed_in(before.licences, state):
        return {"license_state": f"row {before.row} says the same of this NPI already."}
    return {}
