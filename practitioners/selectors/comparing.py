"""Two records side by side: every fact of both, what differs, and what each of them holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Prefetch, Subquery
from django.db.models.functions import Coalesce

from config.kernel.display.dates import day_text, span
from practitioners.choices import NameKind
from practitioners.models import (
    Credential,
    Document,
    Evidence,
    PairReview,
    PracticeAffiliationPeriod,
    Practitioner,
    PractitionerTaxonomy,
)
from practitioners.rules.duplicates import Likeness, compare
from practitioners.selectors.duplicates import facts_of_records, held_by
from practitioners.selectors.people import facts_of


@dataclass(frozen=True)
class Compared:
    """One kind of fact of both records. ``differs``: both say something, and not the same."""

    label: str
    one: tuple[str, ...]
    other: tuple[str, ...]
    differs: bool
    same: bool


@dataclass(frozen=True)
class Comparison:
    """Two records side by side."""

    one: Practitioner
    other: Practitioner
    likeness: Likeness
    facts: list[Compared]
    held: list[Compared]
    reviews: list[PairReview]


def compare_records(viewer, one: Practitioner, other: Practitioner, on: dt.date) -> Comparison:
    """Everything on file of both records, of themselves alone; about seventeen queries."""
    records = {record.pk: record for record in _read([one.pk, other.pk])}
    for record in records.values():
        record.numbered_credentials = [each for each in record.shown_credentials if each.number_key]
    left, right = records[one.pk], records[other.pk]
    ids = [one.pk, other.pk]
    places = _places(ids)
    standing = facts_of(viewer, ids, on)
    more = held_by(viewer, ids, on)
    first, second = sorted(ids)

    def row(label: str, said: Callable[[Any], Iterable[str]]) -> Compared:
        mine, theirs = tuple(said(left)), tuple(said(right))
        both = bool(mine and theirs)
        return Compared(label, mine, theirs, both and set(mine) != set(theirs), both and mine == theirs)

    return Comparison(
        one=left,
        other=right,
        likeness=compare(facts_of_records(one.pk, [left]), facts_of_records(other.pk, [right])),
        facts=[
            row("Legal name", lambda each: _names(each, legal=True)),
            row("Other names", lambda each: _names(each, legal=False)),
            row("NPI", lambda each: [each.npi] if each.npi else []),
            row("Profession", lambda each: [each.get_provider_type_display()]),
            row("Specialties", lambda each: [str(stated.taxonomy) for stated in each.taxonomies.all()]),
            _birth_dates(left, right),
            row("Sex", lambda each: [each.get_sex_display()] if each.sex else []),
            row("Languages", lambda each: [each.languages] if each.languages else []),
            row("Numbers", lambda each: [str(number) for number in each.identifiers.all()]),
            row("Contact", lambda each: [f"{p.get_kind_display()}: {p}" for p in each.contact_points.all()]),
            row("Places of work", lambda each: places.get(each.pk, ())),
            row("Credentials", lambda each: sorted({str(one) for one in each.shown_credentials})),
        ],
        held=[
            row("Standing and applications", lambda each: _standing(standing.get(each.pk, ()))),
            row("Privileges and more", lambda each: more[each.pk]),
            row("Documents", lambda each: [str(each.document_count)] if each.document_count else []),
            row("Evidence", lambda each: [f"{each.evidence_count} pieces"] if each.evidence_count else []),
            row("Account", lambda each: [str(each.user)] if each.user else []),
            row("On file since", lambda each: [day_text(each.created_at)]),
        ],
        reviews=list(PairReview.objects.filter(one=first, other=second).select_related("decided_by")),
    )


def _read(ids: Sequence[int]) -> list[Any]:
    return list(
        Practitioner.objects.filter(pk__in=ids)
        .select_related("user")
        .annotate(document_count=_count(Document), evidence_count=_count(Evidence))
        .prefetch_related(
            "names",
            "identifiers",
            "contact_points",
            "registry_events",
            Prefetch("taxonomies", queryset=PractitionerTaxonomy.objects.select_related("taxonomy")),
            Prefetch(
                "credentials",
                queryset=Credential.objects.select_related("credential_type"),
                to_attr="shown_credentials",
            ),
        )
    )


def _count(model) -> Coalesce:
    rows = model.objects.filter(practitioner=OuterRef("pk")).order_by().values("practitioner")
    return Coalesce(Subquery(rows.annotate(number=Count("pk")).values("number")), 0)


def _names(record, *, legal: bool) -> list[str]:
    return [
        f"{name.first_name} {name.middle_name} {name.last_name} {name.suffix}".replace("  ", " ").strip()
        for name in record.names.all()
        if (name.kind == NameKind.LEGAL) == legal
    ]


def _birth_dates(left, right) -> Compared:
    """Whether birth dates are on file and agree; the dates themselves are of the identity class."""

    def said(record) -> tuple[str, ...]:
        return ("on file",) if record.birth_date else ()

    both = bool(left.birth_date and right.birth_date)
    return Compared(
        "Birth date",
        said(left),
        said(right),
        both and left.birth_date != right.birth_date,
        both and left.birth_date == right.birth_date,
    )


def _places(ids: Sequence[int]) -> dict[int, list[str]]:
    """Where the people of the records work and worked, with the days; one query."""
    rows = PracticeAffiliationPeriod.objects.live().filter(identity__practitioner__in=ids)
    rows = rows.select_related("identity__location__group").order_by(
        "identity__location__group__name", "identity__location__name", "valid"
    )
    found: dict[int, list[str]] = {}
    for each in rows:
        where = f"{each.identity.location.group}, {each.identity.location.name}"
        found.setdefault(each.identity.practitioner_id, []).append(f"{where}: {span(each.valid)}")
    return found


def _standing(facts) -> list[str]:
    return [
        f"{fact.facility_code} {fact.label}{f', {fact.detail}' if fact.detail else ''}".strip()
        for fact in facts
    ]
