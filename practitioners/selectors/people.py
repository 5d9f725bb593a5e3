"""Finding and reading practitioners."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import CharField, Exists, FilteredRelation, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from rapidfuzz import fuzz

from config.kernel.registries import StatusFact, status_facts
from practitioners.choices import NameKind, Standing
from practitioners.models import (
    CredentialPeriod,
    Identifier,
    Practitioner,
    PractitionerName,
    PractitionerTaxonomy,
    TaxonomyCode,
)
from practitioners.policies import may_find, may_view, may_view_all
from practitioners.rules.licence_numbers import normal_form
from practitioners.rules.names import search_key, search_variants

#: From this many letters on, names that are only similar are found too.
SHORTEST_SIMILAR = 3
#: How alike a word typed must be to a part of the name (share of its trigrams), the strict answer first:
#: "Kowalsky" has 0.77 of "Kowalski", "Smth" only 0.40 of "Smith".
SIMILARITIES = (0.6, 0.39)
CANDIDATES = 60
MOST_WORDS = 6
LONG_WORD = 5  # letters; from here on two slips are forgiven
LONGEST_QUERY = 80
_NUMBER = re.compile(r"(?=.*\d)[0-9A-Z]{3,}", re.ASCII)


# --- search ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SearchHit:
    """One person found. ``matched`` says by what, when it is not the name shown; ``exact`` is False for a
    guess.
    """

    id: int
    uid: uuid.UUID
    label: str
    npi: str | None
    provider_type: str
    detail: str
    matched: str = ""
    exact: bool = True


@dataclass(frozen=True)
class _Match:
    practitioner_id: int
    score: float
    matched: str
    exact: bool


def search(*, viewer, text: str, limit: int = 10) -> list[SearchHit]:
    """People found by any name, NPI, licence or other number, the best first.

    What begins with the words typed comes first, then, from three letters on, what is only similar. Numbers
    other than the NPI are searched for people who see files.
    """
    words = " ".join(str(text or "").split())[:LONGEST_QUERY]
    if not words or not may_find(viewer):
        return []
    matches: dict[int, _Match] = {}
    number = normal_form(words)
    if _NUMBER.fullmatch(number):
        _keep(matches, _by_number(number, limit, everywhere=may_view_all(viewer)))
    if len(matches) < limit and any(character.isalpha() for character in words):
        _keep(matches, _by_beginning(words, limit))
        if len(matches) < limit and len(search_key(words).replace(" ", "")) >= SHORTEST_SIMILAR:
            _keep(matches, _by_similarity(words))
    best = sorted(matches.values(), key=lambda match: (not match.exact, -match.score))[:limit]
    return _hits(best)


def _keep(matches: dict[int, _Match], found: Iterable[_Match]) -> None:
    for match in found:
        before = matches.get(match.practitioner_id)
        if before is None or (match.exact, match.score) > (before.exact, before.score):
            matches[match.practitioner_id] = match


def _by_number(number: str, limit: int, *, everywhere: bool) -> list[_Match]:
    """NPI, licence, DEA and other numbers that begin with what was typed, in one statement."""
    parts = [
        "(SELECT id, 'NPI', npi, '' FROM practitioners_practitioner WHERE npi LIKE %s ORDER BY npi LIMIT %s)"
    ]
    parameters: list[str | int] = [f"{number}%", limit]
    if everywhere:
        parts.append(
            "(SELECT c.practitioner_id, t.name, c.number, c.state FROM practitioners_credential c"
            " JOIN practitioners_credentialtype t ON t.id = c.credential_type_id"
            " WHERE c.number_key LIKE %s AND c.number <> '' ORDER BY c.number_key LIMIT %s)"
        )
        parts.append(
            "(SELECT practitioner_id, kind, value, state FROM practitioners_identifier"
            " WHERE value LIKE %s ORDER BY value LIMIT %s)"
        )
        parameters += [f"{number}%", limit] * 2
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), parameters)
        rows = cursor.fetchall()
    kinds = dict(Identifier._meta.get_field("kind").flatchoices)
    return [
        _Match(
            person,
            3.0 if normal_form(value) == number else 2.0,
            "" if what == "NPI" else " ".join(part for part in (kinds.get(what, what), state, value) if part),
            True,
        )
        for person, what, value, state in rows
    ]


def _by_beginning(words: str, limit: int) -> list[_Match]:
    """Names in which every word typed begins a word, in any order; the surname first scores best.

    What begins with the words as typed comes first, so the others are asked for only where there is room:
    a few letters begin a word of a good part of all names.
    """
    most = limit * 3
    key = _plain(search_key(words))
    leading = PractitionerName.objects.filter(search_key__startswith=key) if key else None
    rows = list(leading.order_by("search_key", "pk")[:most]) if leading is not None else []
    found = [_Match(row.practitioner_id, 1.5, _said(row), True) for row in rows]
    if len(rows) < most:
        further = PractitionerName.objects.filter(_begins_words(words)).exclude(
            pk__in=[row.pk for row in rows]
        )
        found += [
            _Match(row.practitioner_id, 1.0, _said(row), True)
            for row in further.order_by("search_key", "pk")[: most - len(rows)]
        ]
    return found


def _begins_words(words: str) -> Q:
    condition = Q(pk__in=[])
    for form in search_variants(words):
        every = Q()
        for token in form.split():
            every &= Q(search_key__startswith=token) | Q(search_key__contains=f" {token}")
        condition |= every
    return condition


def _plain(key: str) -> str:
    return key.replace("%", "").replace("_", "")


def _by_similarity(words: str) -> list[_Match]:
    """Names that are like what was typed: an index brings candidates, a comparison by words ranks."""
    key = search_key(words)
    tokens = key.split()[:MOST_WORDS]
    near = next((found for found in (_alike(tokens, least) for least in SIMILARITIES) if found), None)
    rows = PractitionerName.objects.filter(pk__in=near or _few_letters_away(tokens))
    return [_Match(row.practitioner_id, _likeness(key, row), _said(row), False) for row in rows]


def _alike(tokens: Sequence[str], least: float) -> list[int]:
    """Ids of names of which every word typed is like a part, the most alike first."""
    every = " AND ".join(["%s <%% search_key"] * len(tokens))
    nearness = " + ".join(["word_similarity(%s, search_key)"] * len(tokens))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL pg_trgm.word_similarity_threshold = %s", [least])
        cursor.execute(
            f"SELECT id FROM practitioners_practitionername WHERE {every}"  # noqa: S608 - no value in it
            f" ORDER BY {nearness} DESC, search_key LIMIT %s",
            [*tokens, *tokens, CANDIDATES],
        )
        return [row[0] for row in cursor.fetchall()]


def _few_letters_away(tokens: Sequence[str]) -> list[int]:
    """Ids of names that have, for every word typed, a word of the same first letters a slip or two away.

    Finds what trigrams do not: two letters swapped in a short word ("Ngyuen" for "Nguyen").
    """
    conditions: list[str] = []
    parameters: list[str | int] = []
    for token in tokens:
        beginning, slips = token[:2], 1 if len(token) < LONG_WORD else 2
        conditions.append(
            "(search_key LIKE %s OR search_key LIKE %s) AND EXISTS ("
            "SELECT FROM unnest(string_to_array(search_key, ' ')) AS word"
            " WHERE levenshtein_less_equal(word, %s, %s) <= %s)"
        )
        parameters += [f"{beginning}%", f"% {beginning}%", token, slips, slips]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM practitioners_practitionername WHERE {' AND '.join(conditions)}"  # noqa: S608
            " ORDER BY search_key LIMIT %s",
            [*parameters, CANDIDATES],
        )
        return [row[0] for row in cursor.fetchall()]


def _likeness(key: str, row: PractitionerName) -> float:
    """How well every word typed is found among the words of the name, 0 to 1."""
    typed, there = key.split(), row.search_key.split()
    best = [max(fuzz.ratio(word, other) for other in there) for word in typed]
    return sum(best) / (100 * len(best)) if best else 0.0


def _said(row: PractitionerName) -> str:
    return "" if row.kind == NameKind.LEGAL else f"{row.get_kind_display()}: {row}"


def _hits(matches: Sequence[_Match]) -> list[SearchHit]:
    people: dict[int, Any] = {
        row.pk: row
        for row in with_specialty(
            Practitioner.objects.filter(pk__in=[match.practitioner_id for match in matches])
        )
    }
    hits = []
    for match in matches:
        person = people[match.practitioner_id]
        detail = [
            match.matched,
            person.provider_type,
            person.specialty,
            f"NPI {person.npi}" if person.npi else "",
        ]
        hits.append(
            SearchHit(
                id=person.pk,
                uid=person.uid,
                label=person.display_name,
                npi=person.npi,
                provider_type=person.provider_type,
                detail=" · ".join(part for part in detail if part),
                matched=match.matched,
                exact=match.exact,
            )
        )
    return hits


def similar_people(
    *, last_name: str, first_name: str, birth_date: dt.date | None = None
) -> list[Practitioner]:
    """People on file who may be the one about to be added: same surname, and a given name or birth date
    that fits.
    """
    key = search_key(last_name)
    if not key:
        return []
    given = search_key(first_name)[:1]
    fits = Q(names__search_key__startswith=f"{key} {given}" if given else key)
    if birth_date:
        fits |= Q(birth_date=birth_date, names__search_key__startswith=key)
    return list(Practitioner.objects.filter(fits).distinct().order_by("sort_name")[:5])


# --- lists ----------------------------------------------------------------------------------------------


def visible_practitioners(viewer) -> QuerySet[Practitioner]:
    """Files the viewer may see in lists: all with the permission, otherwise only one's own."""
    if may_view_all(viewer):
        return Practitioner.objects.all()
    return Practitioner.objects.filter(user_id=viewer.pk) if viewer.pk else Practitioner.objects.none()


def with_specialty(people: QuerySet[Practitioner]) -> QuerySet[Practitioner]:
    """The people with their main ``specialty`` in words (empty when none is stated)."""
    main = PractitionerTaxonomy.objects.filter(practitioner=OuterRef("pk")).order_by("-primary", "pk")
    return people.annotate(
        specialty=Coalesce(
            Subquery(main.values("taxonomy__display_name")[:1]), Value(""), output_field=CharField()
        )
    )


def practitioner_list(*, viewer) -> QuerySet[Practitioner]:
    """Files the viewer may see, with their main specialty; filters and order are added by the page.

    Sort by ``main__taxonomy__display_name``: that is a join, made only for those who ask for it, while
    ``specialty`` is looked up for the rows that are shown.
    """
    main = FilteredRelation("taxonomies", condition=Q(taxonomies__primary=True))
    return with_specialty(visible_practitioners(viewer)).annotate(main=main)


def specialties_in_use() -> list[tuple[str, str]]:
    """(code, name) of specialties somebody on file states, for filters."""
    stated = PractitionerTaxonomy.objects.filter(taxonomy=OuterRef("pk"))
    rows = TaxonomyCode.objects.filter(Exists(stated)).order_by("display_name")
    return [(row.code, row.display_name) for row in rows]


#: From one state to the next by the index, instead of reading every licence there is.
_LICENCE_STATES = """
WITH RECURSIVE kind AS (SELECT id FROM practitioners_credentialtype WHERE code = 'LICENSE'),
found(state) AS (
    (SELECT c.state FROM practitioners_credential c WHERE c.credential_type_id = (SELECT id FROM kind)
      ORDER BY c.state LIMIT 1)
    UNION ALL
    SELECT (SELECT c.state FROM practitioners_credential c
             WHERE c.credential_type_id = (SELECT id FROM kind) AND c.state > found.state
             ORDER BY c.state LIMIT 1)
      FROM found WHERE found.state IS NOT NULL
)
SELECT state FROM found WHERE state IS NOT NULL
"""


def licence_states_in_use() -> list[str]:
    """States of which somebody on file has or claims a licence."""
    with connection.cursor() as cursor:
        cursor.execute(_LICENCE_STATES)
        return [row[0] for row in cursor.fetchall()]


@dataclass(frozen=True)
class LicenceMark:
    """A licence as a list shows it: the state, whether a source confirmed it, and whether it runs today."""

    state: str
    confirmed: bool
    running: bool


def attach_list_facts(people: Sequence[Any], viewer, today: dt.date) -> None:
    """Give each person ``licences`` (marks) and ``facts`` (status per facility), for one page of a list at
    once.

    One query for licences and one per registered kind of fact.
    """
    ids = [person.pk for person in people]
    licences: dict[int, dict[str, LicenceMark]] = {}
    rows = (
        CredentialPeriod.objects.live()
        .filter(identity__practitioner_id__in=ids, identity__credential_type__code="LICENSE")
        .values_list("identity__practitioner_id", "identity__state", "standing", "valid")
    )
    for person_id, state, standing, valid in rows:
        mark = LicenceMark(
            state,
            standing == Standing.CONFIRMED,
            (valid.lower is None or valid.lower <= today) and (valid.upper is None or today < valid.upper),
        )
        known = licences.setdefault(person_id, {})
        before = known.get(state)
        if before is None or (mark.running, mark.confirmed) > (before.running, before.confirmed):
            known[state] = mark
    facts = facts_of(viewer, ids, today)
    for person in people:
        person.licences = sorted(licences.get(person.pk, {}).values(), key=lambda mark: mark.state)
        person.facts = facts.get(person.pk, [])


def facts_of(viewer, practitioner_ids: Sequence[int], today: dt.date) -> dict[int, list[StatusFact]]:
    """What the higher rooms say of these people's standing per facility, by person."""
    facts: dict[int, list[StatusFact]] = {}
    if practitioner_ids:
        for source in status_facts:
            for person_id, found in source(viewer, practitioner_ids, today).items():
                facts.setdefault(person_id, []).extend(found)
    return facts


# --- one file -------------------------------------------------------------------------------------------


def get_practitioner(*, viewer, uid: uuid.UUID) -> Practitioner | None:
    """The person of a file the viewer may see, with ``specialty``; None when there is none for them."""
    found = with_specialty(Practitioner.objects.filter(uid=uid)).select_related("user").first()
    return found if found is not None and may_view(viewer, found) else None
