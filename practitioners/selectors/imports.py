"""Reading imports, and the people a roster is about, with a fixed number of queries per thousand rows."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from config.accounts.policies import facilities_with, permissions
from config.audit.models import JobRun
from practitioners.choices import ImportKind, RowOutcome
from practitioners.importing.mappings import ReadRow, RowProblem, TableMapping
from practitioners.importing.roster import day, label_of, same_person_name
from practitioners.importing.roster_fields import IDENTIFIERS, TELLING
from practitioners.models import (
    Credential,
    CredentialPeriod,
    Identifier,
    ImportBatch,
    ImportRow,
    Practitioner,
    PractitionerAliasPeriod,
    PractitionerTaxonomy,
    TaxonomyCode,
)
from practitioners.naming import person_key
from practitioners.selectors.withdrawn import without_withdrawn

#: Which permission lets somebody work with imports of a kind.
PERMISSION = {ImportKind.ROSTER: "practitioners.import", ImportKind.GO_LIVE: "practitioners.go_live"}
#: The jobs of the ledger that carry out an import, its number the key.
APPLY_JOB, UNDO_JOB = "practitioners.apply_import", "practitioners.undo_import"


# --- people ---------------------------------------------------------------------------------------------


def whole_people(keys: Iterable[int]) -> dict[int, Practitioner]:
    """People by key with everything an import compares: names, contact points, identifiers, specialties,
    credentials and what is on file of them now; 7 queries.
    """
    live = CredentialPeriod.objects.live().order_by("valid")
    credentials = Credential.objects.select_related("credential_type").order_by("pk")
    people = Practitioner.objects.filter(pk__in=list(keys)).select_related("social_security_number")
    people = people.prefetch_related(
        "names",
        "contact_points",
        "identifiers",
        Prefetch("taxonomies", queryset=PractitionerTaxonomy.objects.order_by("pk")),
        Prefetch("credentials", queryset=credentials.prefetch_related(Prefetch("periods", queryset=live))),
    )
    return {person.pk: person for person in people}


@dataclass
class Recognised:
    """Who a row is about; None for somebody new. ``problems`` say why it cannot be told."""

    person: Practitioner | None = None
    problems: list[RowProblem] = field(default_factory=list)


@dataclass
class _Clues:
    """Keys of people on file, by what rows tell of them."""

    npi: dict[str, int] = field(default_factory=dict)
    numbers: dict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    births: dict[Any, set[int]] = field(default_factory=lambda: defaultdict(set))


def recognise(mapping: TableMapping, rows: Sequence[ReadRow]) -> list[Recognised]:
    """Who each row is about, by the keys of the mapping; 11 queries for any number of rows.

    A row that points at two different people, or at none for certain, gets a problem.
    """
    clues = _clues(rows)
    keys = {*clues.npi.values(), *set().union(*clues.numbers.values()), *set().union(*clues.births.values())}
    instead = dict(
        PractitionerAliasPeriod.objects.live()
        .filter(practitioner__in=keys)
        .values_list("practitioner_id", "canonical_id")
    )
    people = whole_people({*keys, *instead.values()})
    return [_recognise(mapping, row, clues, people, instead) for row in rows]


def _clues(rows: Sequence[ReadRow]) -> _Clues:
    clues = _Clues()
    npis = {row.values["npi"] for row in rows if row.values.get("npi")}
    known = Practitioner.objects.filter(npi__in=npis).values_list("npi", "pk")
    clues.npi = {str(npi): key for npi, key in known}
    wanted = {
        (str(IDENTIFIERS[code]), row.values[f"identifier.{code}"])
        for row in rows
        for code in TELLING
        if row.values.get(f"identifier.{code}")
    }
    found = without_withdrawn(
        Identifier.objects.filter(
            kind__in={kind for kind, _ in wanted}, value__in={value for _, value in wanted}
        )
    )
    for kind, value, key in found.values_list("kind", "value", "practitioner_id"):
        clues.numbers[kind, value].add(key)
    births = {day(row.values["birth_date"]) for row in rows if row.values.get("birth_date")}
    for birth, key in Practitioner.objects.filter(birth_date__in=births).values_list("birth_date", "pk"):
        clues.births[birth].add(key)
    return clues


def _recognise(
    mapping: TableMapping,
    row: ReadRow,
    clues: _Clues,
    people: dict[int, Practitioner],
    instead: dict[int, int],
) -> Recognised:
    values = row.values
    hits: list[tuple[str, str, set[int]]] = []  # the field, in words, whom it points at
    tellable = False
    for key in mapping.recognise_by:
        if key == "npi" and values.get("npi"):
            tellable = True
            found = clues.npi.get(values["npi"])
            hits.append(("npi", "the NPI", {found} if found else set()))
        elif key == "identifiers":
            for code in TELLING:
                if number := values.get(f"identifier.{code}"):
                    tellable = True
                    kind = IDENTIFIERS[code]
                    hits.append((f"identifier.{code}", f"the {kind.label}", clues.numbers[str(kind), number]))
        elif key == "name_and_birth_date" and values.get("birth_date") and values.get("last_name"):
            tellable = True
            hits.append(("birth_date", "name and birth date", _namesakes(values, clues, people)))
    told = [(name, words, {instead.get(key, key) for key in keys}) for name, words, keys in hits if keys]
    if not tellable and not row.problems:
        return Recognised(
            problems=[
                RowProblem(
                    mapping.column_of("npi", "last_name"),
                    "Nothing in this row tells who it is: it needs an NPI, another number of the person, or "
                    "a name with the birth date.",
                )
            ]
        )
    return _agreed(mapping, values, told, people)


def _namesakes(values, clues: _Clues, people: dict[int, Practitioner]) -> set[int]:
    born = clues.births.get(day(values["birth_date"]), set())
    last, first = values["last_name"], values.get("first_name", "")
    return {key for key in born if key in people and same_person_name(last, first, people[key].names.all())}


def _agreed(
    mapping: TableMapping,
    values,
    told: list[tuple[str, str, set[int]]],
    people: dict[int, Practitioner],
) -> Recognised:
    if not told:
        return Recognised()
    name, words, keys = told[0]
    if len(keys) > 1:
        who = "; ".join(sorted(_named(people[key]) for key in keys if key in people))
        return Recognised(
            problems=[RowProblem(mapping.column_of(name), f"Several people on file have {words}: {who}.")]
        )
    person = people[next(iter(keys))]
    for other_name, other_words, other_keys in told[1:]:
        if person.pk not in other_keys:
            other = people[min(other_keys)]
            return Recognised(
                problems=[
                    RowProblem(
                        mapping.column_of(other_name, name),
                        f"The row points at two people: {words} at {_named(person)}, {other_words} at "
                        f"{_named(other)}.",
                    )
                ]
            )
    if values.get("npi") and person.npi and person.npi != values["npi"]:
        return Recognised(
            problems=[
                RowProblem(
                    mapping.column_of("npi"),
                    f"By {words} this is {_named(person)}, who is on file with another NPI.",
                )
            ]
        )
    return Recognised(person)


def _named(person: Practitioner) -> str:
    return f"{person.display_name} (NPI {person.npi})" if person.npi else person.display_name


def loaded_taxonomies(rows: Sequence[ReadRow]) -> set[str]:
    """Codes of specialties the rows name that are in the loaded taxonomy; 1 query."""
    codes = {row.values["primary_taxonomy"] for row in rows if row.values.get("primary_taxonomy")}
    return set(TaxonomyCode.objects.filter(pk__in=codes).values_list("pk", flat=True))


def row_keys(row: ReadRow, person: Practitioner | None) -> list[tuple[str, ...]]:
    """By what two rows of one file are seen to be about the same person."""
    values = row.values
    keys: list[tuple[str, ...]] = []
    if person is not None:
        keys.append(("person", str(person.pk)))
    if values.get("npi"):
        keys.append(("npi", values["npi"]))
    keys += [(code, values[f"identifier.{code}"]) for code in TELLING if values.get(f"identifier.{code}")]
    if values.get("birth_date") and values.get("last_name"):
        named = person_key(last=values["last_name"], first=values.get("first_name", ""))
        keys.append(("name", *named, values["birth_date"]))
    return keys


# --- batches --------------------------------------------------------------------------------------------


def visible_imports(viewer) -> QuerySet[ImportBatch]:
    """Imports the viewer may work with: of the kinds their roles open, and of their facilities or of none."""
    held = permissions(viewer, None)
    open_kinds = Q(pk__in=[])
    for kind, permission in PERMISSION.items():
        if permission in held:
            places = facilities_with(viewer, permission)
            open_kinds |= Q(kind=kind) & (Q(facility__isnull=True) | Q(facility__in=places))
    return ImportBatch.objects.filter(open_kinds).select_related(
        "facility", "created_by", "applied_by", "undone_by"
    )


def get_import(*, viewer, uid: uuid.UUID | str) -> ImportBatch | None:
    """One import the viewer may work with, or None."""
    return visible_imports(viewer).filter(uid=uid).first()


def rows_of(batch: ImportBatch, outcome: str = "", words: str = "") -> QuerySet[ImportRow]:
    """Rows of an import, in the order of the file, of one outcome and with these words in the label."""
    rows = ImportRow.objects.filter(batch=batch).select_related("practitioner").order_by("number")
    if outcome in RowOutcome.values:
        rows = rows.filter(outcome=outcome)
    for word in words.split()[:5]:
        rows = rows.filter(label__icontains=word)
    return rows


def work_on(batch: ImportBatch) -> JobRun | None:
    """The latest run of applying or undoing this import, from the ledger; 1 query."""
    return (
        JobRun.objects.filter(job__in=(APPLY_JOB, UNDO_JOB), key=str(batch.uid))
        .order_by("-started_at", "-pk")
        .first()
    )


def described(row: ReadRow) -> str:
    """Row and person, for a list of rows."""
    return f"Row {row.number}, {label_of(row.values)}"
