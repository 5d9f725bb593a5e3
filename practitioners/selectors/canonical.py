"""Which records are one person's.

Merging two records is a period that says "this record is another record of that person"; nothing is
repointed. The record that stands for the person is the *canonical* one, the others are its *aliases*.
Whoever asks about a person asks about all of their records and counts the person once. The helpers here say
how, for one person and for many at once, as known now or as known at a past moment.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from config.kernel.many_keys import one_of
from config.kernel.periods import known_sql
from practitioners.models import Practitioner, PractitionerAliasPeriod

_TABLE = PractitionerAliasPeriod._meta.db_table
_NOW = "superseded_at IS NULL"
_THEN = "recorded_at <= %s AND (superseded_at IS NULL OR superseded_at > %s)"


# --- one person -----------------------------------------------------------------------------------------


def alias_of(record: Practitioner, known_at: dt.datetime | None = None) -> PractitionerAliasPeriod | None:
    """What says that the record is another record of somebody, as known at a moment; None for a canonical."""
    return (
        PractitionerAliasPeriod.objects.known_at(known_at)
        .filter(practitioner_id=record.pk)
        .select_related("canonical")
        .first()
    )


def canonical_of(record: Practitioner, known_at: dt.datetime | None = None) -> Practitioner:
    """The record that stands for the person: itself, unless it was merged into another."""
    alias = alias_of(record, known_at)
    return record if alias is None else alias.canonical


def aliases_of(person: Practitioner, known_at: dt.datetime | None = None) -> list[PractitionerAliasPeriod]:
    """The other records of the person, with ``practitioner`` and ``recorded_by``, in the order merged."""
    return list(
        PractitionerAliasPeriod.objects.known_at(known_at)
        .filter(canonical_id=person.pk)
        .select_related("practitioner", "recorded_by")
        .order_by("recorded_at", "pk")
    )


def record_ids(person: Practitioner, known_at: dt.datetime | None = None) -> list[int]:
    """Ids of every record of the person, the canonical one first; one query."""
    merged = PractitionerAliasPeriod.objects.known_at(known_at).filter(canonical_id=person.pk)
    return [person.pk, *merged.order_by("recorded_at", "pk").values_list("practitioner_id", flat=True)]


@dataclass(frozen=True)
class Records:
    """The records of one person as a page shows them: ``label`` says which one a fact came from.

    ``into`` is set when the record asked about is itself merged into another one.
    """

    person: Practitioner
    merged: tuple[PractitionerAliasPeriod, ...]
    into: PractitionerAliasPeriod | None = None

    @property
    def ids(self) -> list[int]:
        """Ids of every record, the canonical one first."""
        return [self.person.pk, *(each.practitioner_id for each in self.merged)]

    def label(self, record_id: int) -> str:
        """Which merged record this is; empty for the canonical one."""
        for each in self.merged:
            if each.practitioner_id == record_id:
                other = each.practitioner
                return f"{other.display_name}, NPI {other.npi}" if other.npi else other.display_name
        return ""


def records_of(person: Practitioner) -> Records:
    """The person's records as known now, and whether this one is merged; one query."""
    rows = (
        PractitionerAliasPeriod.objects.live()
        .filter(Q(canonical_id=person.pk) | Q(practitioner_id=person.pk))
        .select_related("practitioner", "canonical", "recorded_by")
        .order_by("recorded_at", "pk")
    )
    found = list(rows)
    return Records(
        person,
        tuple(each for each in found if each.canonical_id == person.pk),
        next((each for each in found if each.practitioner_id == person.pk), None),
    )


# --- many at once ---------------------------------------------------------------------------------------


def among(people: Iterable[int], known_at: dt.datetime | None = None) -> RawSQL:
    """Every record of these people, for ``practitioner_id__in=among(ids)``: part of the same statement.

    An id that is itself an alias stands for that record alone, so that a page about one record can ask too.
    """
    ids = list(people)
    known, moments = (_NOW, []) if known_at is None else (_THEN, [known_at, known_at])
    # Not "= ANY": the planner would weigh each of the ids, which for some thousand takes longer than reading.
    return RawSQL(  # noqa: S611 - names of our own table, values as parameters
        f"SELECT unnest(%s::bigint[]) UNION ALL SELECT practitioner_id FROM {_TABLE}"  # noqa: S608
        f" WHERE canonical_id IN (SELECT unnest(%s::bigint[])) AND {known}",
        [ids, ids, *moments],
    )


def among_sql(*, then: bool) -> str:
    """As :func:`among` in a statement of our own: every record of the people of the parameter ``people``.

    ``then``: as known at the parameter ``known_at``; else as known now.
    """
    return (
        f"SELECT unnest(%(people)s::bigint[]) UNION ALL SELECT m.practitioner_id FROM {_TABLE} m"  # noqa: S608
        f" WHERE m.canonical_id IN (SELECT unnest(%(people)s::bigint[])) AND {known_sql('m', then=then)}"
    )


def person_sql(column: str, *, then: bool) -> str:
    """As :func:`person_id` in a statement of our own: the id of the person whose record ``column`` names."""
    return (
        f"coalesce((SELECT s.canonical_id FROM {_TABLE} s"  # noqa: S608 - names of our own
        f" WHERE s.practitioner_id = {column} AND {known_sql('s', then=then)} LIMIT 1), {column})"
    )


def own_records(viewer) -> RawSQL:
    """Every record of the person whose account it is, for ``practitioner_id__in=own_records(viewer)``."""
    return RawSQL(  # noqa: S611 - names of our own tables, values as parameters
        "SELECT id FROM practitioners_practitioner WHERE user_id = %s UNION ALL"  # noqa: S608
        f" SELECT a.practitioner_id FROM {_TABLE} a"
        " JOIN practitioners_practitioner p ON p.id = a.canonical_id"
        " WHERE p.user_id = %s AND a.superseded_at IS NULL",
        [viewer.pk, viewer.pk],
    )


def person_id(path: str = "practitioner_id", known_at: dt.datetime | None = None) -> Coalesce:
    """The id of the person whose record ``path`` names, for ``annotate(person=person_id(...))``."""
    alias = PractitionerAliasPeriod.objects.known_at(known_at).filter(practitioner_id=OuterRef(path))
    return Coalesce(Subquery(alias.values("canonical_id")[:1]), F(path), output_field=BigIntegerField())


def any_record_in(path: str, rows: QuerySet) -> Q:
    """Rows whose person, under any of their records, is among the ``practitioner_id`` of ``rows``; as now."""
    people = rows.annotate(person=person_id()).values("person")
    merged = PractitionerAliasPeriod.objects.live().filter(canonical_id__in=people)
    return Q(**{f"{path}_id__in": people}) | Q(**{f"{path}_id__in": merged.values("practitioner_id")})


def persons(record_ids: Iterable[int], known_at: dt.datetime | None = None) -> dict[int, int]:
    """The person's id of each record given; one query, none for no record."""
    found = {each: each for each in record_ids}
    if found:
        rows = PractitionerAliasPeriod.objects.known_at(known_at).filter(one_of("practitioner_id", found))
        found.update(rows.values_list("practitioner_id", "canonical_id"))
    return found


def person_uids(
    record_uids: Iterable[uuid.UUID], known_at: dt.datetime | None = None
) -> dict[uuid.UUID, uuid.UUID]:
    """As :func:`persons` where a record is named by its uid: for what was recorded about somebody under
    whichever record stood for them then. A uid of nobody stands for itself.
    """
    found = {each: each for each in record_uids}
    if found:
        rows = PractitionerAliasPeriod.objects.known_at(known_at).filter(practitioner__uid__in=list(found))
        found.update(rows.values_list("practitioner__uid", "canonical__uid"))
    return found


def uids_beside(record_uid: uuid.UUID) -> list[uuid.UUID]:
    """The uids of every record of the person whose record that is, itself first; as now, two queries."""
    person = person_uids([record_uid])[record_uid]
    merged = PractitionerAliasPeriod.objects.live().filter(canonical__uid=person)
    return list(dict.fromkeys([record_uid, person, *merged.values_list("practitioner__uid", flat=True)]))


def merged_into(record_ids: Iterable[int]) -> dict[int, Practitioner]:
    """The record that stands for the person, of each of these that is merged into another; one query."""
    rows = PractitionerAliasPeriod.objects.live().filter(practitioner_id__in=list(record_ids))
    return {row.practitioner_id: row.canonical for row in rows.select_related("canonical")}


def records_by_person(people: Iterable[int], known_at: dt.datetime | None = None) -> dict[int, int]:
    """The person's id of every record of these people (record id: person id); one query, none for nobody."""
    found = {each: each for each in people}
    if found:
        rows = PractitionerAliasPeriod.objects.known_at(known_at).filter(one_of("canonical_id", found))
        found.update(rows.values_list("practitioner_id", "canonical_id"))
    return found


def without_aliases(people: QuerySet, path: str = "pk") -> QuerySet:
    """Only records that stand for a person: everybody once."""
    return people.filter(~Exists(PractitionerAliasPeriod.objects.live().filter(practitioner=OuterRef(path))))


def with_canonical(
    rows: Sequence[Any], attribute: str = "practitioner", known_at: dt.datetime | None = None
) -> None:
    """Let rows of merged records speak of the canonical one: replaces the loaded ``attribute``.

    One query, and only the rows of aliases change.
    """
    ids = {getattr(row, f"{attribute}_id") for row in rows}
    found = {
        each.practitioner_id: each.canonical
        for each in PractitionerAliasPeriod.objects.known_at(known_at)
        .filter(practitioner_id__in=ids)
        .select_related("canonical")
    }
    for row in rows:
        person = found.get(getattr(row, f"{attribute}_id"))
        if person is not None:
            setattr(row, attribute, person)
