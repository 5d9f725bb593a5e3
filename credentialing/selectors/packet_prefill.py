"""What a packet is filled with from the file, and how what was answered differs from the file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.kernel import clock
from credentialing.models import Application
from credentialing.packet_parts import privilege_part
from credentialing.rules.packet_answers import Known, row_values
from credentialing.rules.packet_told import labels_of, shown
from credentialing.rules.packet_typed import last_text
from credentialing.rules.packets import CLAIMS, FIELDS, PRIVILEGES, Section
from practitioners.choices import CredentialCategory, NameKind, Standing
from practitioners.models import CredentialPeriod, Practitioner
from practitioners.rules.credential_content import check_content, with_issuer
from practitioners.rules.licence_numbers import normal_form
from practitioners.rules.names import search_key
from practitioners.selectors.canonical import among
from practitioners.selectors.disclosures import answered

NEW, DIFFERS, SAME = "new", "differs", "same"
#: What tells credentials of one issuer apart, by the code of their kind.
_APART = ("level", "specialty", "position", "degree")
TOLD_APART = {
    "LIFE_SUPPORT": ("course",),
    "CME": ("activity", "start"),
    "IMMUNIZATION": ("requirement",),
}


def on_file(practitioner: Practitioner, types: Sequence[str]) -> list[CredentialPeriod]:
    """What is claimed or confirmed now of credentials of these kinds, the latest days of each; one query."""
    rows = (
        CredentialPeriod.objects.live()
        .filter(
            identity__practitioner__in=among([practitioner.pk]), identity__credential_type__code__in=types
        )
        .select_related("identity__credential_type")
        .order_by("identity__credential_type__order", "identity_id", "valid")
    )
    latest = {row.identity_id: row for row in rows}
    return list(latest.values())


def row_of(period: CredentialPeriod) -> dict[str, Any]:
    """What is on file of a credential as a row of a packet."""
    identity, kind = period.identity, period.identity.credential_type
    same_as_issuer = {
        name for name, each in kind.fields.get("properties", {}).items() if each.get("x-same-as") == "issuer"
    }
    issuer = identity.issuer or next(
        (str(period.extra[name]) for name in same_as_issuer if period.extra.get(name)), ""
    )
    row = {
        "type": kind.code,
        "state": identity.state,
        "number": identity.number,
        "issuer": "" if kind.code == "DEA" else issuer,
        "status": str(period.status) if kind.fields.get("x-statuses") else "",
        "start": period.valid.lower.isoformat() if period.valid.lower else "",
        "last_day": last_text(period.valid.upper),
        **{name: value for name, value in period.extra.items() if name not in same_as_issuer},
    }
    return {name: value for name, value in row.items() if value not in ("", None, False)}


def from_file(
    application: Application, section: Section, known: Known
) -> tuple[dict[str, Any], dt.date | None] | None:
    """The section filled with what is on file, and the day this was last written (where there is one).

    None: nothing is there.

    The birth date and what concerns health are never filled in: the link alone does not prove who reads it.
    Nor are the questions of disclosure: each application answers them anew.
    """
    person, facility = application.practitioner, application.facility
    if section.kind == FIELDS:
        values = {
            code: value
            for code, value in _values_on_file(person, section).items()
            if value and not code.startswith("birth")
        }
        newest = person.contact_points.order_by("pk").last()
        moment = newest.history.latest().history_date if newest is not None else person.created_at
        return ({"values": values}, clock.date_at(moment, facility)) if values else None
    if section.kind == CLAIMS:
        periods = [
            row
            for row in on_file(person, section.types)
            if row.identity.credential_type.category != CredentialCategory.HEALTH
        ]
        if not periods:
            return None
        moment = max(row.recorded_at for row in periods)
        rows = [row_of(row) for row in periods]
        return {"rows": rows, "none": False, "gaps": {}}, clock.date_at(moment, facility)
    part = privilege_part()
    if section.kind == PRIVILEGES and part is not None:
        held = {uid: sorted(codes) for uid, codes in part.held(application, known.offered).items() if codes}
        return ({"asked": held}, None) if held else None
    return None


def _values_on_file(person: Practitioner, section: Section) -> dict[str, str]:
    """What is on file at the places of a section's fields, by the code of the field."""
    points = {point.kind: point for point in person.contact_points.order_by("-pk")}
    former = person.names.filter(kind=NameKind.FORMER).order_by("pk").last()
    values = {}
    for each in section.fields:
        room, _, rest = each.place.partition(".")
        kind, _, part = rest.partition(".")
        if room == "contact":
            values[each.code] = str(getattr(points.get(kind), part, "") or "")
        elif room == "person":
            value = getattr(person, kind) or ""
            values[each.code] = value.isoformat() if isinstance(value, dt.date) else str(value)
        elif room == "name":
            values[each.code] = str(getattr(former, part, "") or "")
    return values


# --- beside the file ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Compared:
    """One thing said, beside what is on file: ``how`` is new, differs or same."""

    label: str
    said: Sequence[tuple[str, str, str]]  # what, said, on file
    how: str
    index: int | None = None
    period: CredentialPeriod | None = None

    @property
    def word(self) -> tuple[str, str]:
        """How it compares, with its colour."""
        return {
            NEW: ("New", "info"),
            DIFFERS: ("Differs", "warn"),
            SAME: ("Same", "good"),
        }[self.how]


def compare_rows(
    rows: Sequence[Mapping[str, Any]], periods: Sequence[CredentialPeriod], known: Known
) -> tuple[list[Compared], list[CredentialPeriod]]:
    """Each row beside the credential on file it speaks of, and what is on file and no row speaks of. Pure."""
    left = list(periods)
    found = []
    for index, row in enumerate(rows):
        period = next((each for each in left if _same_credential(row, row_of(each))), None)
        if period is not None:
            left.remove(period)
        found.append(_compared(index, row, period, known))
    return found, left


def _same_credential(row: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    if row["type"] != other["type"] or row.get("state", "") != other.get("state", ""):
        return False
    numbers = normal_form(row.get("number", "")), normal_form(other.get("number", ""))
    if all(numbers):
        return numbers[0] == numbers[1]
    told = [each.get("issuer") or each.get("name") or each.get("course") or "" for each in (row, other)]
    apart = [[each.get(name) for name in TOLD_APART.get(row["type"], _APART)] for each in (row, other)]
    return search_key(told[0]) == search_key(told[1]) and apart[0] == apart[1]


def _compared(index: int, row: Mapping[str, Any], period: CredentialPeriod | None, known: Known) -> Compared:
    kind = known.kinds[row["type"]]
    there = row_of(period) if period is not None else {}
    said = []
    for name, label in labels_of(kind):
        mine, theirs = shown(row.get(name)), shown(there.get(name))
        if mine or theirs:
            said.append((label, mine, theirs))
    if period is None:
        how = NEW
    else:
        how = SAME if all(search_key(one) == search_key(other) for _, one, other in said) else DIFFERS
    return Compared(kind.name, said, how, index, period)


def compare_fields(person: Practitioner, section: Section, values: Mapping[str, str]) -> list[Compared]:
    """Each field beside the file; two queries."""
    there = _values_on_file(person, section)
    found = []
    for each in section.fields:
        mine, theirs = values.get(each.code, ""), there.get(each.code, "")
        if mine:
            how = NEW if not theirs else SAME if search_key(mine) == search_key(theirs) else DIFFERS
            found.append(Compared(each.label, [(each.label, shown(mine), shown(theirs))], how))
    return found


def compare_answers(
    person: Practitioner, questions: Mapping[str, Any], answers: Mapping[str, Mapping[str, str]]
) -> list[Compared]:
    """Each question beside the latest answer to the same version that is on file; one query."""
    before = {
        each.question.code: ("yes" if each.answer else "no", each.explanation)
        for one in answered(person)
        if one.question_set.version == questions["version"]
        for each in one.answers
    }
    found = []
    for question in questions["questions"]:
        given = answers.get(question["code"], {})
        mine = ". ".join(filter(None, (given.get("answer", "").capitalize(), given.get("explanation", ""))))
        there = before.get(question["code"])
        theirs = ". ".join(filter(None, (there[0].capitalize(), there[1]))) if there else ""
        how = NEW if there is None else SAME if mine == theirs else DIFFERS
        found.append(Compared(f"{question['number']}. {question['text']}", [("Answer", mine, theirs)], how))
    return found


def is_confirmed(period: CredentialPeriod | None) -> bool:
    """Whether a source has confirmed what is on file."""
    return period is not None and period.standing == Standing.CONFIRMED


def claimed_content(row: Mapping[str, Any], kind: Any) -> dict[str, Any]:
    """A row as the content of a claim, for what is stated about a confirmed credential."""
    values = row_values(row, kind)
    extra = check_content(kind.fields, with_issuer(kind.fields, values["extra"], values["issuer"]))
    return {"valid": values["valid"], "status": values["status"], "extra": extra}
