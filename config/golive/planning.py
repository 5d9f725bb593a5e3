"""What a row of an earlier system's export means: the person, the appointment, a privilege.

Nothing here touches the database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from config.golive.fields import FIELDS
from config.golive.reading import OnFile
from config.kernel.periods import last_day, through
from config.organization.models import Facility
from practitioners.choices import Standing
from practitioners.importing.mappings import ReadRow, RowProblem, TableMapping
from practitioners.importing.roster import KINDS, Act, Plan, Planner, day, label_of, shown
from practitioners.models import Practitioner
from practitioners.rules.licence_numbers import normal_form

TERM = ("category", "department", "start", "end", "board", "next")


@dataclass
class _Seen:
    """What earlier rows of the file said of one person at one facility."""

    row: int
    term: dict[str, str]
    codes: dict[str, int] = field(default_factory=dict)
    npdb: str = ""


class LoadPlanner:
    """Plans the rows of one export, in their order: a person's first row brings the person and the term."""

    def __init__(
        self,
        mapping: TableMapping,
        people: Planner,
        on_file: OnFile,
        *,
        today: dt.date,
        facility: Facility | None,
        may_load_at: set[int],
    ):
        self.mapping, self.people, self.on_file = mapping, people, on_file
        self.today, self.facility, self.may_load_at = today, facility, may_load_at
        self._persons: dict[str, int] = {}
        self._seen: dict[tuple[str, int], _Seen] = {}

    def plan(self, row: ReadRow, person: Practitioner | None, problems: list[RowProblem]) -> Plan:
        """The plan of one row. What is repeated from an earlier row of the person is planned once."""
        npi = row.values.get("npi", "")
        if not npi and not problems and not row.problems:
            problems = [RowProblem(self.mapping.column_of("npi"), "The NPI is missing.")]
        if npi in self._persons:
            plan = Plan(row, label_of(row.values), person, [*row.problems, *problems])
        else:
            plan = self.people.plan(row, person, problems)
            self._persons[npi] = row.number
            if not plan.problems:
                self._verified(plan)
        if plan.problems:
            return plan
        facility = self._facility(plan)
        if facility is not None:
            self._membership(plan, facility, npi)
        if plan.problems:
            plan.acts.clear()
            plan.changes.clear()
        return plan

    def _wrong(self, plan: Plan, sentence: str, *fields: str) -> None:
        plan.problems.append(RowProblem(self.mapping.column_of(*fields), sentence))

    def _facility(self, plan: Plan) -> Facility | None:
        said = plan.row.values.get("facility", "")
        facility = self.on_file.facilities.get(said.casefold()) if said else self.facility
        if facility is None:
            sentence = f"There is no facility “{said}”." if said else "The facility is missing."
            self._wrong(plan, sentence, "facility")
        elif facility.pk not in self.may_load_at:
            self._wrong(plan, f"Your roles do not include loading at {facility}.", "facility")
            return None
        return facility

    def _verified(self, plan: Plan) -> None:
        """What a source had confirmed in the earlier system, on which day."""
        values = plan.row.values
        for section, code in KINDS.items():
            verified_on = day(values.get(f"verified.{section}"))
            if verified_on is None:
                continue
            end = day(values.get(f"{section}.end"))
            key = normal_form(values.get(f"{section}.number", ""))
            if not key and section != "board":
                self._wrong(plan, "The number of what was verified is missing.", f"verified.{section}")
            elif end is None:
                self._wrong(plan, "The last valid day of what was verified is missing.", f"{section}.end")
            elif verified_on > self.today:
                self._wrong(plan, "The day of verification lies in the future.", f"verified.{section}")
            elif not _confirmed_through(plan.practitioner, code, key, end):
                days = (day(values.get(f"{section}.start")), through(end))
                about = {"type_code": code, "number_key": key, "valid": days, "verified_on": verified_on}
                plan.acts.append(Act("confirm", about))
                label = FIELDS[f"verified.{section}"].label
                self._note(plan, f"verified.{section}", label, shown(verified_on))

    # -- the term ------------------------------------------------------------------------------------------

    def _membership(self, plan: Plan, facility: Facility, npi: str) -> None:
        values = plan.row.values
        term = {name: values[f"appointment.{name}"] for name in TERM if values.get(f"appointment.{name}")}
        seen = self._seen.get((npi, facility.pk))
        if seen is None:
            seen = self._seen[npi, facility.pk] = _Seen(plan.row.number, term)
            self._appointment(plan, facility, term)
        else:
            for name, value in term.items():
                if seen.term.get(name) != value:
                    label = FIELDS[f"appointment.{name}"].label
                    sentence = f"{label} differs from row {seen.row} of the same person."
                    self._wrong(plan, sentence, f"appointment.{name}")
        if plan.problems:
            return
        bounds = self._bounds(plan, facility, seen.term)
        if bounds is None:
            return
        if values.get("grant.code"):
            self._grant(plan, facility, seen, bounds)
        elif any(values.get(name) for name in ("grant.start", "grant.end", "grant.conditions", "fppe.due")):
            self._wrong(plan, "The privilege code is missing.", "grant.code")
        self._npdb(plan, facility, seen)

    def _bounds(
        self, plan: Plan, facility: Facility, term: Mapping[str, str]
    ) -> tuple[dt.date, dt.date, dt.date] | None:
        """First day, last day and board date of the term; None after noting what is wrong."""
        start, end, board = (day(term.get(name)) for name in ("start", "end", "board"))
        end = end or day(term.get("next"))
        for value, name in ((start, "start"), (end, "end"), (board, "board")):
            if value is None:
                label = FIELDS[f"appointment.{name}"].label
                self._wrong(plan, f"{label} is missing.", f"appointment.{name}")
        if start is None or end is None or board is None:
            return None
        if board > self.today:
            self._wrong(plan, "The board date lies in the future.", "appointment.board")
        if start < board:
            self._wrong(plan, "The term begins before the board decided it.", "appointment.start")
        if end < start:
            self._wrong(plan, "The term ends before it begins.", "appointment.end")
            return None
        following = day(term.get("next"))
        if following and following not in (end, through(end)):
            self._wrong(
                plan,
                f"The next reappointment ({shown(following)}) is not the end of the term ({shown(end)}).",
                "appointment.next",
            )
        limit = self.on_file.longest_term(facility, start)
        if limit is not None and through(end) > limit:  # type: ignore[operator]
            self._wrong(
                plan,
                f"A term that begins {shown(start)} may last through {shown(last_day(limit))} at most.",
                "appointment.end",
            )
        return None if plan.problems else (start, end, board)

    def _appointment(self, plan: Plan, facility: Facility, term: Mapping[str, str]) -> None:
        category = self.on_file.categories.get(term.get("category", "").casefold())
        department = self.on_file.departments.get((facility.pk, term.get("department", "").casefold()))
        if category is None:
            said = term.get("category")
            sentence = f"There is no staff category “{said}”." if said else "The category is missing."
            self._wrong(plan, sentence, "appointment.category")
        if department is None:
            said = term.get("department")
            sentence = f"{facility} has no department “{said}”." if said else "The department is missing."
            self._wrong(plan, sentence, "appointment.department")
        bounds = self._bounds(plan, facility, term)
        if bounds is None or category is None or department is None:
            return
        start, end, board = bounds
        held = self._overlapping("appointments", plan, start, end, facility.pk)
        if held:
            one = held[0]
            same = (one.start, one.end, one.category_id, one.department_id, one.decided_on)
            if same != (start, end, category.pk, department.pk, board):
                self._wrong(
                    plan,
                    f"An appointment at {facility} from {shown(one.start)} to {shown(one.end)} is already on "
                    "file and says something else.",
                    "appointment.start",
                )
            return
        values = {
            "facility": facility, "category": category, "department": department, "decided_on": board,
            "start": start, "end": through(end),
        }  # fmt: skip
        plan.acts.append(Act("appointment", values))
        self._note(
            plan, "appointment.start", f"Appointment at {facility}",
            f"{category}, {department}, {shown(start)} to {shown(end)}, board of {shown(board)}",
        )  # fmt: skip

    # -- privileges ----------------------------------------------------------------------------------------

    def _grant(
        self, plan: Plan, facility: Facility, seen: _Seen, bounds: tuple[dt.date, dt.date, dt.date]
    ) -> None:
        values = plan.row.values
        code = values["grant.code"]
        line = self.on_file.lines.get((facility.pk, code))
        if line is None:
            where = (
                f"is on no published form of {facility}"
                if code in self.on_file.privileges
                else ("is not in the catalog")
            )
            self._wrong(plan, f"The privilege {code} {where}.", "grant.code")
            return
        if code in seen.codes:
            self._wrong(plan, f"The privilege {code} already stands in row {seen.codes[code]}.", "grant.code")
            return
        seen.codes[code] = plan.row.number
        start, end = day(values.get("grant.start")) or bounds[0], day(values.get("grant.end")) or bounds[1]
        if start < bounds[2]:
            self._wrong(plan, "The privilege begins before the board decided it.", "grant.start")
        if end < start:
            self._wrong(plan, "The privilege ends before it begins.", "grant.end")
        if end > bounds[1]:
            self._wrong(plan, "The privilege ends after the appointment.", "grant.end")
        due, cases = day(values.get("fppe.due")), values.get("fppe.cases")
        if due and due < start:
            self._wrong(plan, "The focused evaluation is due before the privilege begins.", "fppe.due")
        if plan.problems:
            return
        conditions = values.get("grant.conditions", "")
        held = self._overlapping("grants", plan, start, end, facility.pk, code)
        if held:
            one = held[0]
            if (one.start, one.end, one.conditions) != (start, end, conditions):
                self._wrong(
                    plan,
                    f"{code} is already granted from {shown(one.start)} to {shown(one.end)}.",
                    "grant.code",
                )
            return
        plan.acts.append(
            Act(
                "grant",
                {
                    "facility": facility, "form_line": line, "decided_on": bounds[2], "start": start,
                    "end": through(end), "conditions": conditions, "fppe_due": due,
                    "fppe_cases": int(cases) if cases else None,
                },
            )
        )  # fmt: skip
        more = f", {conditions}" if conditions else ""
        self._note(plan, "grant.code", f"Privilege {code}", f"{shown(start)} to {shown(end)}{more}")
        if due or cases:
            ends = f"due {shown(due)}" if due else "no day on file"
            self._note(plan, "fppe.due", f"Focused evaluation of {code}", f"open, {ends}")

    def _overlapping(self, table: str, plan: Plan, start: dt.date, end: dt.date, *about: Any) -> list[Any]:
        """What the person already holds of the same thing on some of these days."""
        if plan.practitioner is None:
            return []
        rows = getattr(self.on_file, table).get((plan.practitioner.pk, *about), [])
        return [row for row in rows if row.start <= end and (row.end is None or row.end >= start)]

    def _npdb(self, plan: Plan, facility: Facility, seen: _Seen) -> None:
        values = plan.row.values
        queried_on = day(values.get("npdb.date"))
        if queried_on is None or plan.problems:
            return
        if seen.npdb:
            if seen.npdb != values["npdb.date"]:
                self._wrong(
                    plan, f"The last data bank query differs from row {seen.row} of the person.", "npdb.date"
                )
            return
        if queried_on > self.today:
            self._wrong(plan, "The data bank query lies in the future.", "npdb.date")
            return
        seen.npdb = values["npdb.date"]
        entity = facility.npdb_entity_id
        if plan.practitioner and (plan.practitioner.pk, entity, queried_on) in self.on_file.queries:
            return
        dcn = values.get("npdb.dcn") or f"NOT-RECORDED-{facility.code}-{values['npi']}"
        plan.acts.append(Act("npdb", {"facility": facility, "queried_on": queried_on, "dcn": dcn}))
        self._note(plan, "npdb.date", "Last data bank query", shown(queried_on))

    def _note(self, plan: Plan, name: str, label: str, after: str) -> None:
        plan.changes.append({"field": name, "label": label, "before": "", "after": after})


def _confirmed_through(person: Practitioner | None, code: str, key: str, end: dt.date) -> bool:
    """Whether a source's word on file reaches that last day already."""
    if person is None:
        return False
    return any(
        row.standing == Standing.CONFIRMED and row.end == end
        for credential in person.credentials.all()
        if credential.credential_type.code == code and (not key or credential.number_key == key)
        for row in credential.periods.all()
    )
