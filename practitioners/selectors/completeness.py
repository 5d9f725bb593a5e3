"""Reading whether records are complete and consistent: of one file, of many, as a filter of the list."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull

from config.accounts.policies import facilities_of
from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve_everywhere
from config.rulebook.verdicts import Verdict
from practitioners import parameters
from practitioners.choices import ContactKind, CredentialStatus, RegistryStatus
from practitioners.models import (
    ContactPoint,
    CredentialPeriod,
    CredentialType,
    PracticeAffiliationPeriod,
    Practitioner,
    PractitionerTaxonomy,
    RegistryStatusEvent,
)
from practitioners.rules.completeness import Course, Expected, Record, judge

CODES = (parameters.EXPECTED_RECORD, parameters.TRAINING_OVERLAP_DAYS)
#: Contact points a parameter may expect, by the name of the fact.
CONTACTS = {"email": ContactKind.EMAIL, "phone": ContactKind.PHONE, "practice": ContactKind.PRACTICE}
COLUMNS = {"npi": "npi__isnull", "birth_date": "birth_date__isnull", "photo": "photo__isnull"}


def expected_for(viewer, on: dt.date) -> Expected:
    """What the viewer's facilities expect of a record, all of it together; one query."""
    places = facilities_of(viewer) or list(Facility.objects.order_by("pk")[:1])
    entries: list[dict[str, Any]] = []
    overlaps, told = [], []
    for bounds in resolve_everywhere(CODES, facilities=places, on=on).values():
        record, overlap = (bounds.get((code, "")) for code in CODES)
        if record is not None and record.is_set:
            entries += [entry for entry in record.value if _is_sound(entry) and entry not in entries]
            told.append(record)
        if overlap is not None and overlap.is_set:
            overlaps.append(int(overlap.value))
    return Expected(
        entries=tuple(entries),
        names={},
        overlap_days=min(overlaps, default=None),
        source=", ".join(dict.fromkeys(bound.source for bound in told)),
        citation="; ".join(dict.fromkeys(bound.citation for bound in told)),
        confidence=next((bound.confidence for bound in told), ""),
    )


def _is_sound(entry: Any) -> bool:
    """Whether an entry of the parameter can be understood; others expect nothing."""
    if not isinstance(entry, dict) or not isinstance(entry.get("expects"), str):
        return False
    types, minimum = entry.get("provider_types", ["*"]), entry.get("minimum", 1)
    return isinstance(types, list) and isinstance(minimum, int)


def judge_record(viewer, practitioner: Practitioner, on: dt.date) -> Verdict:
    """The verdict on one record; eight queries."""
    names = dict(CredentialType.objects.values_list("code", "name"))
    expected = replace(expected_for(viewer, on), names=names)
    return judge(read_records([practitioner.pk], on)[practitioner.pk], expected)


def read_records(practitioner_ids: Iterable[int], on: dt.date) -> dict[int, Record]:
    """What is known of each of these people; six queries for any number."""
    ids = list(practitioner_ids)
    held: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    states: dict[int, set[str]] = defaultdict(set)
    people = {row.pk: row for row in Practitioner.objects.filter(pk__in=ids)}
    for row in people.values():
        for fact, value in (
            ("npi", row.npi), ("birth_date", row.birth_date), ("sex", row.sex), ("photo", row.photo_id)
        ):  # fmt: skip
            held[row.pk][fact] += bool(value)
    fact_of = {str(kind): fact for fact, kind in CONTACTS.items()}
    for pk, kind, state in ContactPoint.objects.filter(practitioner__in=ids).values_list(
        "practitioner_id", "kind", "state"
    ):
        if kind in fact_of:
            held[pk][fact_of[kind]] += 1
        if kind == ContactKind.PRACTICE and len(state) == 2:
            states[pk].add(state.upper())
    for pk, number in _specialties(ids):
        held[pk]["specialty"] = number
    for pk, state in (
        PracticeAffiliationPeriod.objects.in_force(on)
        .filter(identity__practitioner__in=ids)
        .exclude(identity__location__state="")
        .values_list("identity__practitioner_id", "identity__location__state")
    ):
        states[pk].add(state)
    credentials = _credentials(ids, on, held)
    registry = {
        row.practitioner_id: row
        for row in RegistryStatusEvent.objects.filter(practitioner__in=ids)
        .order_by("practitioner_id", "-recorded_at", "-pk")
        .distinct("practitioner_id")
    }
    return {
        pk: _record(people[pk], held[pk], frozenset(states[pk]), credentials[pk], registry.get(pk))
        for pk in people
    }


def _specialties(ids: list[int]) -> QuerySet:
    return (
        PractitionerTaxonomy.objects.filter(practitioner__in=ids)
        .order_by()
        .values_list("practitioner_id")
        .annotate(number=Count("pk"))
    )


def _credentials(ids: list[int], on: dt.date, held: dict[int, dict[str, int]]) -> dict[int, dict[str, Any]]:
    """What the periods say, by person; counts what is on file into ``held``."""
    found: dict[int, dict[str, Any]] = defaultdict(
        lambda: {"graduations": [], "courses": [], "certified": [], "licences": set(), "seen": set()}
    )
    rows = (
        CredentialPeriod.objects.live()
        .filter(identity__practitioner__in=ids)
        .select_related("identity__credential_type")
        .order_by("identity_id", "valid")
    )
    for row in rows:
        one, kind = row.identity, row.identity.credential_type
        mine = found[one.practitioner_id]
        runs = row.end is None or row.end >= on
        if one.pk not in mine["seen"] and (runs or not kind.expires):
            mine["seen"].add(one.pk)
            held[one.practitioner_id][kind.code] += 1
        if kind.category == "licensure" and runs and row.status not in NO_LICENCE:
            mine["licences"].add(one.state)
        elif kind.category == "education":
            day = _day(row.extra.get("graduated_on")) or row.end
            mine["graduations"] += [day] if day else []
        elif kind.category == "training":
            title = str(row.extra.get("programme") or one.issuer or kind.name)
            mine["courses"].append(
                Course(title, str(row.extra.get("level") or "residency"), row.start, row.end)
            )
        elif kind.category == "certification":
            day = _day(row.extra.get("initial_on"))
            mine["certified"] += [day] if day else []
    return found


#: An answer of the board with which nobody practises.
NO_LICENCE = (
    CredentialStatus.SUSPENDED,
    CredentialStatus.REVOKED,
    CredentialStatus.SURRENDERED,
    CredentialStatus.DENIED,
)


def _record(
    person: Practitioner,
    held: dict[str, int],
    states: frozenset[str],
    said: dict[str, Any],
    event: RegistryStatusEvent | None,
) -> Record:
    known = event is not None and event.npi == person.npi
    ended = known and event is not None and event.status == RegistryStatus.DEACTIVATED
    return Record(
        provider_type=person.provider_type,
        held=dict(held),
        graduations=tuple(said["graduations"]),
        courses=tuple(said["courses"]),
        certified_on=tuple(said["certified"]),
        licence_states=frozenset(said["licences"]),
        practice_states=states,
        npi_deactivated_on=event.effective_on if ended and event else None,
        npi_known_to_registry=known,
    )


def _day(text: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


# --- the filter of the list -----------------------------------------------------------------------------


def lacking(entries: Sequence[dict[str, Any]], on: dt.date) -> Q:
    """People of whom something expected is not on file, as a condition of their list; no query per person.

    The same as :func:`practitioners.rules.completeness.missing_entries`, said in SQL.
    """
    condition = Q(pk__in=[])
    for entry in entries:
        types = entry.get("provider_types") or ["*"]
        whose = Q() if "*" in types else Q(provider_type__in=types)
        condition |= whose & _lacks(str(entry["expects"]), int(entry.get("minimum") or 1), on)
    return condition


def _lacks(expects: str, minimum: int, on: dt.date) -> Q:
    if expects in COLUMNS:
        return Q(**{COLUMNS[expects]: True})
    if expects == "sex":
        return Q(sex="")
    if expects in CONTACTS:
        points = ContactPoint.objects.filter(practitioner=OuterRef("pk"), kind=CONTACTS[expects])
        return ~_at_least(points.values("pk"), minimum)
    if expects == "specialty":
        return ~_at_least(
            PractitionerTaxonomy.objects.filter(practitioner=OuterRef("pk")).values("pk"), minimum
        )
    periods = CredentialPeriod.objects.live().filter(
        Q(identity__credential_type__expires=False) | Q(valid__upper_inf=True) | Q(valid__endswith__gt=on),
        identity__practitioner=OuterRef("pk"),
        identity__credential_type__code=expects,
    )
    return ~_at_least(periods.values("identity_id").distinct(), minimum)


def _at_least(rows: QuerySet, minimum: int) -> Q:
    """Whether there are so many of these rows.

    Looked up person by person: an EXISTS would be turned into a set of everybody's, which is read as a whole
    even where the first people of a list suffice.
    """
    nth = max(minimum, 1)
    return Q(IsNull(Subquery(rows.order_by()[nth - 1 : nth]), False))
