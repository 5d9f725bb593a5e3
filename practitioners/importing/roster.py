"""What a row of a roster means for the record: which person it is, and field by field what would change.

Nothing here touches the database: the service reads who is on file, for many rows at once, and carries out
the acts of the plan. An empty cell says nothing; nothing is ever taken away because a roster lacks it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config.kernel.periods import last_day, through
from practitioners.choices import (
    ContactKind,
    CredentialStatus,
    IdentifierKind,
    NameKind,
    RowOutcome,
)
from practitioners.importing.mappings import ReadRow, RowProblem, TableMapping
from practitioners.importing.roster_claims import DEA, Claim, as_on_file, find_credential
from practitioners.importing.roster_fields import FIELDS, IDENTIFIERS
from practitioners.importing.roster_state import state_of
from practitioners.models import CredentialType, Practitioner, PractitionerName
from practitioners.naming import person_key
from practitioners.rules.credential_content import identity_key
from practitioners.rules.licence_numbers import normal_form
from practitioners.rules.names import search_key
from practitioners.rules.nicknames import are_nicknames

#: The kinds of credentials a roster row can carry, by the first part of their fields.
KINDS = {"licence": "LICENSE", "dea": DEA, "board": "BOARD_CERT"}
_ADDRESSES = {"practice": ContactKind.PRACTICE, "mailing": ContactKind.MAILING}
_ADDRESS_PARTS = ("line_1", "line_2", "city", "state", "postal_code", "phone")
_PERSON = ("provider_type", "npi", "birth_date", "sex", "languages")
NAME_PARTS = ("last_name", "first_name", "middle_name", "suffix")


@dataclass(frozen=True)
class Act:
    """One call of a service: what is done, with which values. ``key`` names the way back (see undoing)."""

    kind: str
    values: dict[str, Any]


@dataclass
class Plan:
    """What a row would do. ``changes`` are {field, label, before, after}, as shown."""

    row: ReadRow
    label: str
    practitioner: Practitioner | None = None
    problems: list[RowProblem] = field(default_factory=list)
    changes: list[dict[str, str]] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        """New, changed, unchanged or rejected. A rejected row does nothing at all."""
        if self.problems:
            return str(RowOutcome.REJECTED)
        if self.practitioner is None:
            return str(RowOutcome.NEW)
        return str(RowOutcome.CHANGED if self.acts else RowOutcome.UNCHANGED)

    def change(self, field_name: str, before: Any, after: Any, label: str = "") -> None:
        """Note one difference."""
        self.changes.append(
            {
                "field": field_name,
                "label": label or FIELDS[field_name].label,
                "before": shown(before),
                "after": shown(after),
            }
        )


def shown(value: Any) -> str:
    """A value as a page shows it."""
    if isinstance(value, dt.date):
        return f"{value.day} {value:%b %Y}"
    return str(value if value is not None else "")


def label_of(values: Mapping[str, str]) -> str:
    """The person's name and NPI as in the file."""
    name = ", ".join(part for part in (values.get("last_name"), values.get("first_name")) if part)
    npi = f"NPI {values['npi']}" if values.get("npi") else ""
    return " · ".join(part for part in (name, npi) if part)[:240] or "No name"


def same_person_name(last: str, first: str, names: Iterable[PractitionerName]) -> bool:
    """Whether one of the names is this one: the same surname, the same given name or its short form."""
    wanted_last, wanted_first = person_key(last=last, first=first)
    for name in names:
        known_last, known_first = person_key(last=name.last_name, first=name.first_name)
        if known_last == wanted_last and (known_first == wanted_first or _short(known_first, wanted_first)):
            return True
    return False


def _short(one: str, other: str) -> bool:
    head, tail = one.split(" ")[0], other.split(" ")[0]
    if not head or not tail:
        return False
    return head == tail or are_nicknames(head, tail) or (1 in (len(head), len(tail)) and head[0] == tail[0])


def day(text: str | None) -> dt.date | None:
    """A day of a read row (ISO form)."""
    return dt.date.fromisoformat(text) if text else None


class Planner:
    """Plans rows by one mapping, as of one day."""

    def __init__(
        self,
        mapping: TableMapping,
        *,
        kinds: Mapping[str, CredentialType],
        today: dt.date,
        taxonomies: Iterable[str],
    ):
        self.mapping, self.kinds, self.today = mapping, kinds, today
        self.taxonomies = frozenset(taxonomies)

    def plan(self, row: ReadRow, person: Practitioner | None, problems: Sequence[RowProblem]) -> Plan:
        """The plan of a row whose person is ``person`` (None: new); ``problems`` are those of recognising.

        The person's names, contact points, identifiers, specialties and credentials with their live periods
        must have been read before.
        """
        plan = Plan(row, label_of(row.values), person, [*row.problems, *problems])
        values = row.values
        if values.get("action") == "remove":
            self._wrong(
                plan,
                "The row asks for removal; an import never takes a person away. End the membership instead.",
                "action",
            )
        if plan.problems:
            return plan
        self._person(plan, values)
        self._contacts(plan, values)
        self._identifiers(plan, values)
        self._specialty(plan, values)
        for section, code in KINDS.items():
            self._credential(plan, values, section, code)
        if row.secrets.get("ssn") and (person is None or state_of(person, "ssn") is None):
            plan.acts.append(Act("ssn", {}))
            plan.change("ssn", "", "recorded, not shown")
        if plan.problems:
            plan.acts.clear()
            plan.changes.clear()
        return plan

    def _wrong(self, plan: Plan, sentence: str, *fields: str) -> None:
        plan.problems.append(RowProblem(self.mapping.column_of(*fields), sentence))

    # -- the person ----------------------------------------------------------------------------------------

    def _person(self, plan: Plan, values: Mapping[str, str]) -> None:
        given: dict[str, Any] = {name: values[name] for name in _PERSON if values.get(name)}
        if "birth_date" in given:
            given["birth_date"] = day(given["birth_date"])
            if given["birth_date"] > self.today:
                self._wrong(plan, "The birth date lies in the future.", "birth_date")
        if plan.practitioner is None:
            self._new(plan, values, given)
        else:
            self._known(plan, plan.practitioner, values, given)
        former = values.get("former_last_name")
        if former and any(character.isalpha() for character in former):
            self._former_name(plan, former, values.get("first_name", ""))

    def _new(self, plan: Plan, values: Mapping[str, str], given: dict[str, Any]) -> None:
        if not any(character.isalpha() for character in values.get("last_name", "")):
            self._wrong(plan, "The last name is missing.", "last_name")
        if "provider_type" not in given:
            self._wrong(plan, "The provider type is missing; a new person needs it.", "provider_type")
        name = {part: values.get(part, "") for part in NAME_PARTS}
        plan.acts.append(Act("create", {**name, **given}))
        for part in (*NAME_PARTS, *_PERSON):
            if after := given.get(part) or name.get(part):
                plan.change(part, "", after)

    def _known(
        self, plan: Plan, person: Practitioner, values: Mapping[str, str], given: dict[str, Any]
    ) -> None:
        names = list(person.names.all())
        legal = next((name for name in names if name.kind == NameKind.LEGAL), None)
        last, first = values.get("last_name", ""), values.get("first_name", "")
        if last and legal is not None:
            if same_person_name(last, first or legal.first_name, names):
                self._better_name(plan, legal, values)
            elif given.get("birth_date") and given["birth_date"] == person.birth_date:
                written = {part: values.get(part, "") for part in NAME_PARTS}
                plan.acts.append(Act("legal_name", written))
                plan.change("last_name", str(legal), f"{last}, {first}".strip(", "), "Legal name")
            else:
                self._wrong(
                    plan,
                    f"On file under another name, {person.display_name}, and no birth date says that it is "
                    "the same person. If it is, add the name to the file first.",
                    "last_name",
                )
        changed = {name: value for name, value in given.items() if getattr(person, name) != value}
        if changed:
            plan.acts.append(Act("correct", changed))
            for name, value in changed.items():
                plan.change(name, getattr(person, name), value)

    def _better_name(self, plan: Plan, legal: PractitionerName, values: Mapping[str, str]) -> None:
        """Parts of the legal name the roster has and the file lacks, or has otherwise; an initial of what is
        on file is nothing new.
        """
        if person_key(last=legal.last_name, first=legal.first_name) != person_key(
            last=values["last_name"], first=values.get("first_name", "")
        ):
            return
        changed = {}
        for part in ("middle_name", "suffix"):
            said, known = search_key(values.get(part, "")), search_key(getattr(legal, part))
            if said and not known.startswith(said):
                changed[part] = values[part]
        if changed:
            plan.acts.append(Act("correct_name", changed))
            for part, value in changed.items():
                plan.change(part, getattr(legal, part), value)

    def _former_name(self, plan: Plan, last: str, first: str) -> None:
        names = list(plan.practitioner.names.all()) if plan.practitioner else []
        own = person_key(last=plan.row.values.get("last_name", ""))[0]
        key = person_key(last=last)[0]
        if key == own or any(person_key(last=name.last_name)[0] == key for name in names):
            return
        legal = next((name for name in names if name.kind == NameKind.LEGAL), None)
        given_name = first or (legal.first_name if legal else "")
        plan.acts.append(Act("former_name", {"last_name": last, "first_name": given_name}))
        plan.change("former_last_name", "", last)

    # -- addresses, numbers, specialties -------------------------------------------------------------------

    def _contacts(self, plan: Plan, values: Mapping[str, str]) -> None:
        known = (
            {point.kind: point for point in reversed(plan.practitioner.contact_points.all())}
            if (plan.practitioner)
            else {}
        )
        for name, kind in (("email", ContactKind.EMAIL), ("phone", ContactKind.PHONE)):
            point = known.get(kind)
            said = values.get(name)
            if said and (point is None or point.line_1.casefold() != said.casefold()):
                plan.acts.append(Act("contact", {"kind": str(kind), "line_1": said}))
                plan.change(name, point.line_1 if point else "", said)
        for prefix, kind in _ADDRESSES.items():
            self._address(plan, values, prefix, kind, known.get(kind))

    def _address(self, plan: Plan, values: Mapping[str, str], prefix: str, kind: str, point: Any) -> None:
        given = {part: values.get(f"{prefix}.{part}", "") for part in _ADDRESS_PARTS}
        if not any(given.values()):
            return
        before = {part: getattr(point, part) if point else "" for part in _ADDRESS_PARTS}
        after = {part: given[part] or before[part] for part in _ADDRESS_PARTS}
        if given["line_1"] and given["line_1"].casefold() != before["line_1"].casefold():
            after["line_2"] = given["line_2"]  # another street: the old second line does not belong to it
        if not after["line_1"] and not after["city"]:
            self._wrong(
                plan,
                f"The {kind.label.lower()} needs a street or a city.",  # type: ignore[attr-defined]
                f"{prefix}.line_1",
                *(f"{prefix}.{part}" for part in _ADDRESS_PARTS if given[part]),
            )
            return
        different = [part for part in _ADDRESS_PARTS if after[part].casefold() != before[part].casefold()]
        if different:
            country = point.country if point else "US"
            plan.acts.append(Act("contact", {"kind": str(kind), "country": country, **after}))
            for part in different:
                plan.change(f"{prefix}.{part}", before[part], after[part])

    def _identifiers(self, plan: Plan, values: Mapping[str, str]) -> None:
        known = (
            {(row.kind, row.value) for row in plan.practitioner.identifiers.all()}
            if (plan.practitioner)
            else set()
        )
        for code, kind in IDENTIFIERS.items():
            said = values.get(f"identifier.{code}")
            if said and (str(kind), said) not in known:
                state = values.get("licence.state", "") if kind == IdentifierKind.MEDICAID else ""
                plan.acts.append(Act("identifier", {"kind": str(kind), "value": said, "state": state}))
                plan.change(f"identifier.{code}", "", said)

    def _specialty(self, plan: Plan, values: Mapping[str, str]) -> None:
        code = values.get("primary_taxonomy")
        if not code:
            return
        if code not in self.taxonomies:
            self._wrong(plan, f"{code} is not in the loaded taxonomy.", "primary_taxonomy")
            return
        rows = list(plan.practitioner.taxonomies.all()) if plan.practitioner else []
        main = next((row.taxonomy_id for row in rows if row.primary), "")
        if main != code:
            codes = [code, *(row.taxonomy_id for row in rows if row.taxonomy_id != code)]
            plan.acts.append(Act("specialties", {"codes": codes, "primary": code}))
            plan.change("primary_taxonomy", main, code)

    # -- credentials ---------------------------------------------------------------------------------------

    def _credential(self, plan: Plan, values: Mapping[str, str], section: str, code: str) -> None:
        named = [name for name in values if name.startswith(f"{section}.")]
        if all(name in self.mapping.constants for name in named):
            return
        given = {name.partition(".")[2]: values[name] for name in named}
        if not self._which_is_said(plan, section, given):
            return
        start, end = day(given.get("start")), day(given.get("end"))
        if start and end and end < start:
            self._wrong(plan, "The last valid day lies before the first.", f"{section}.end")
            return
        kind = self.kinds[code]
        extra = {"specialty": given["specialty"]} if given.get("specialty") else {}
        identity = {
            "issuer": given.get("issuer", ""),
            "state": given.get("state", ""),
            "number": given.get("number", ""),
        }
        number_key = (
            normal_form(identity["number"]) if identity["number"] else identity_key(kind.fields, extra, start)
        )
        known = find_credential(plan.practitioner, kind, identity, number_key)
        rows = [row for row in known.periods.all() if row.superseded_at is None] if known else []
        claim = Claim(start, through(end), given.get("status", ""), extra)
        stated = claim.over(rows)
        if stated is None:
            return
        lower, upper, status, content = stated
        if lower is not None and upper is not None and upper <= lower:
            self._wrong(plan, "The last valid day lies before the first day on file.", f"{section}.end")
            return
        if known is not None and rows:  # what is on file already keeps how it is written
            identity = {"issuer": known.issuer, "state": known.state, "number": known.number}
        values_ = {
            "type_code": code,
            **identity,
            "valid": (lower, upper),
            "status": status,
            "extra": content,
        }
        plan.acts.append(Act("claim", values_))
        self._note(plan, section, kind, identity, rows, stated)

    def _which_is_said(self, plan: Plan, section: str, given: Mapping[str, str]) -> bool:
        """Whether the row says which credential it is; otherwise a problem is noted."""
        before = len(plan.problems)
        if section in ("licence", "dea") and not normal_form(given.get("number", "")):
            what = "license number" if section == "licence" else "DEA number"
            self._wrong(plan, f"The {what} is missing.", f"{section}.number")
        if section == "licence" and not given.get("state"):
            self._wrong(plan, "The state of the license is missing.", "licence.state")
        if section == "board" and not given.get("issuer"):
            self._wrong(plan, "The certifying board is missing.", "board.issuer")
        return len(plan.problems) == before

    def _note(self, plan: Plan, section: str, kind: CredentialType, identity, rows, stated) -> None:
        name = " ".join(part for part in (kind.name, identity["state"], identity["number"]) if part)
        if not identity["number"]:
            name = " ".join(
                part for part in (kind.name, identity["issuer"], stated[3].get("specialty", "")) if part
            )
        lower, upper, status, _ = stated
        if not rows:
            ends = f", last valid day {shown(last_day(upper))}" if upper else ""
            plan.change(f"{section}.number", "", f"on file{ends}", name)
            return
        was_lower, was_upper, was_status = as_on_file(rows)
        if lower != was_lower:
            plan.change(f"{section}.start", was_lower, lower, f"{name}: first day")
        if upper != was_upper:
            plan.change(f"{section}.end", last_day(was_upper), last_day(upper), f"{name}: last valid day")
        if status != was_status:
            plan.change(
                f"{section}.number", CredentialStatus(was_status).label, CredentialStatus(status).label,
                f"{name}: status",
            )  # fmt: skip
