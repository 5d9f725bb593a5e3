"""Finding people while the reader types, by any name and number of any of their records; and by which."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from rapidfuzz import fuzz

from practitioners.choices import NameKind
from practitioners.models import Identifier, Practitioner, PractitionerAliasPeriod, PractitionerName
from practitioners.policies import may_find, may_view_all
from practitioners.rules.licence_numbers import normal_form
from practitioners.rules.names import search_key, search_variants, without_titles
from practitioners.rules.nicknames import nicknames
from practitioners.selectors.people import with_specialty
from practitioners.selectors.protected import people_with_ssn_ending
from practitioners.selectors.withdrawn import WITHDRAWN_IDS, without_withdrawn

#: From this many letters on, names that are only similar are found too.
SHORTEST_SIMILAR = 3
#: How alike a word typed must be to a part of the name (share of its trigrams), the strict answer first:
#: "Kowalsky" has 0.77 of "Kowalski", "Smth" only 0.40 of "Smith".
SIMILARITIES = (0.6, 0.39)
CANDIDATES = 60
MOST_WORDS = 6
MOST_FORMS = 6  # of one given name that are looked for besides the one typed
LONG_WORD = 5  # letters; from here on two slips are forgiven
LONGEST_QUERY = 80
_NUMBER = re.compile(r"(?=.*\d)[0-9A-Z]{3,}", re.ASCII)
#: A number as the pages write it: "IL 036.113411".
_STATE_AND_NUMBER = re.compile(r"([A-Za-z]{2})[ -]+(.*\d.*)", re.ASCII)
_LAST_FOUR = re.compile(r"[0-9]{4}", re.ASCII)


# --- search ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SearchHit:
    """One person found. ``matched`` says by what, when it is not the beginning of the name shown; ``exact``
    is False for a guess.
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
    """People found by any name, NPI, licence or other number of any of their records, the best first.

    What begins with the words typed comes first, then short forms of given names ("Bob" finds Robert), then,
    from three letters on, what is only similar. Numbers other than the NPI, and the last four digits of one,
    are searched for people who see files. A person with several records is found once.
    """
    words = " ".join(str(text or "").split())[:LONGEST_QUERY]
    if not words or not may_find(viewer):
        return []
    matches: dict[int, _Match] = {}
    number = normal_form(words)
    if _NUMBER.fullmatch(number):
        _keep(matches, _by_number(number, limit, everywhere=may_view_all(viewer)))
        behind_state = _STATE_AND_NUMBER.fullmatch(words)
        if behind_state is not None and not matches and may_view_all(viewer):
            state, rest = behind_state[1].upper(), normal_form(behind_state[2])
            _keep(matches, _by_number(rest, limit, everywhere=True, state=state))
    if _LAST_FOUR.fullmatch(number) and may_view_all(viewer):
        _keep(matches, _by_last_four(viewer, number, limit))
    if len(matches) < limit and any(character.isalpha() for character in words):
        _keep(matches, _by_beginning(words, limit))
        name = without_titles(words)
        if name != words and not matches:
            words = name
            _keep(matches, _by_beginning(words, limit))
        if len(matches) < limit:
            _keep(matches, _by_nickname(words, limit))
        if len(matches) < limit and len(search_key(words).replace(" ", "")) >= SHORTEST_SIMILAR:
            _keep(matches, _by_similarity(words))
    return _hits(_ranked(_one_per_person(matches))[:limit])


def _ranked(matches: Mapping[int, _Match]) -> list[_Match]:
    return sorted(matches.values(), key=lambda match: (not match.exact, -match.score))


def _one_per_person(matches: dict[int, _Match]) -> dict[int, _Match]:
    """What was found in a merged record is told of the person, and that it stands on another record."""
    merged = {
        alias.practitioner_id: alias
        for alias in PractitionerAliasPeriod.objects.live()
        .filter(practitioner_id__in=list(matches))
        .select_related("practitioner")
    }
    if not merged:
        return matches
    found: dict[int, _Match] = {}
    for match in matches.values():
        alias = merged.get(match.practitioner_id)
        if alias is not None:
            told = match.matched or f"Merged record: {alias.practitioner.display_name}"
            match = replace(match, practitioner_id=alias.canonical_id, matched=told)
        _keep(found, [match])
    return found


def _keep(matches: dict[int, _Match], found: Iterable[_Match]) -> None:
    for match in found:
        before = matches.get(match.practitioner_id)
        if before is None or (match.exact, match.score) > (before.exact, before.score):
            matches[match.practitioner_id] = match


def _by_number(number: str, limit: int, *, everywhere: bool, state: str = "") -> list[_Match]:
    """NPI, licence, DEA and other numbers that begin with what was typed, in one statement; of this ``state``
    alone where it was typed before the number.
    """
    parts = [
        (
            "(SELECT id, 'NPI', npi, '' FROM practitioners_practitioner"
            " WHERE npi LIKE %s AND withdrawn_at IS NULL ORDER BY npi LIMIT %s)"
        )
    ]
    parameters: list[str | int] = [f"{number}%", limit]
    of_state = " AND {}state = %s" if state else ""
    more: list[str | int] = [f"{number}%", *([state] if state else []), limit]
    if everywhere:
        parts.append(
            "(SELECT c.practitioner_id, t.name, c.number, c.state FROM practitioners_credential c"  # noqa: S608
            " JOIN practitioners_credentialtype t ON t.id = c.credential_type_id"
            " WHERE c.number_key LIKE %s AND c.number <> ''"
            f"{of_state.format('c.')}"
            f" AND c.practitioner_id NOT IN {WITHDRAWN_IDS} ORDER BY c.number_key LIMIT %s)"
        )
        parts.append(
            "(SELECT practitioner_id, kind, value, state FROM practitioners_identifier"  # noqa: S608
            f" WHERE value LIKE %s{of_state.format('')}"
            f" AND practitioner_id NOT IN {WITHDRAWN_IDS} ORDER BY value LIMIT %s)"
        )
        parameters += more * 2
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), parameters)
        rows = cursor.fetchall()
    kinds = dict(Identifier._meta.get_field("kind").flatchoices)
    return [
        _Match(
            person,
            3.0 if normal_form(value) == number else 2.0,
            "" if what == "NPI" else " ".join(part for part in (kinds.get(what, what), of, value) if part),
            True,
        )
        for person, what, value, of in rows
        if not state or of == state
    ]


def _by_last_four(viewer, digits: str, limit: int) -> list[_Match]:
    """NPIs and other numbers that end in the four digits; SSNs for those whose roles open them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "(SELECT id, 'NPI', npi FROM practitioners_practitioner WHERE npi LIKE %s"  # noqa: S608
            " AND withdrawn_at IS NULL ORDER BY npi LIMIT %s)"
            " UNION ALL (SELECT practitioner_id, kind, value FROM practitioners_identifier"
            f" WHERE value LIKE %s AND practitioner_id NOT IN {WITHDRAWN_IDS} ORDER BY value LIMIT %s)",
            [f"%{digits}", limit] * 2,
        )
        rows = cursor.fetchall()
    kinds = dict(Identifier._meta.get_field("kind").flatchoices)
    found = [_Match(pk, 1.8, f"{kinds.get(kind, kind)} {value}", True) for pk, kind, value in rows]
    by_ssn = people_with_ssn_ending(viewer, digits).order_by("sort_name", "pk")[:limit]
    return found + [_Match(person.pk, 1.9, "SSN ends in these digits", True) for person in by_ssn]


def _by_beginning(words: str, limit: int) -> list[_Match]:
    """Names in which every word typed begins a word, in any order; the surname first scores best.

    What begins with the words as typed comes first, so the others are asked for only where there is room:
    a few letters begin a word of a good part of all names.
    """
    most = limit * 3
    key = _plain(search_key(words))
    leading = _names().filter(search_key__startswith=key) if key else None
    rows = list(leading.order_by("search_key", "pk")[:most]) if leading is not None else []
    found = [_Match(row.practitioner_id, 1.5, _said(row), True) for row in rows]
    if len(rows) < most:
        further = _names().filter(_begins_words(words)).exclude(pk__in=[row.pk for row in rows])
        found += [
            _Match(row.practitioner_id, 1.0, _said(row), True)
            for row in further.order_by("search_key", "pk")[: most - len(rows)]
        ]
    return found


def _names() -> QuerySet[PractitionerName]:
    return without_withdrawn(PractitionerName.objects.all())


def _begins_words(words: str) -> Q:
    condition = Q(pk__in=[])
    for form in search_variants(words):
        every = Q()
        for token in form.split():
            every &= Q(search_key__startswith=token) | Q(search_key__contains=f" {token}")
        condition |= every
    return condition


def _by_nickname(words: str, limit: int) -> list[_Match]:
    """Names in which the words stand themselves or as another form of the same given name."""
    tokens = search_key(words).split()[:MOST_WORDS]
    forms = {token: sorted(nicknames(token)) for token in tokens}
    if not any(forms.values()):
        return []
    condition = Q()
    for token in tokens:
        either = Q(search_key__startswith=token) | Q(search_key__contains=f" {token}")
        for form in forms[token]:
            either |= Q(search_key__contains=f" {form} ") | Q(search_key__endswith=f" {form}")
        condition &= either
    rows = _names().filter(condition).order_by("search_key", "pk")[: limit * 3]
    return [_Match(row.practitioner_id, 2.0, _nickname_said(row, forms), False) for row in rows]


def _nickname_said(row: PractitionerName, forms: Mapping[str, Sequence[str]]) -> str:
    there = row.search_key.split()
    told = [
        f"{typed.capitalize()} is short for or a form of {form.capitalize()}"
        for typed, others in forms.items()
        for form in others
        if form in there and typed not in there
    ]
    return "; ".join(part for part in (*told[:1], _said(row)) if part)


def _plain(key: str) -> str:
    return key.replace("%", "").replace("_", "")


def _by_similarity(words: str) -> list[_Match]:
    """Names that are like what was typed: an index brings candidates, a comparison by words ranks.

    Where several words were typed, a short form may stand for the given name: "Liz Benet" is like
    Elizabeth Bennett.
    """
    tokens = search_key(words).split()[:MOST_WORDS]
    forms = [[token, *(sorted(nicknames(token))[:MOST_FORMS] if len(tokens) > 1 else ())] for token in tokens]
    near = next((found for found in (_alike(forms, least) for least in SIMILARITIES) if found), None)
    rows = PractitionerName.objects.filter(pk__in=near or _few_letters_away(tokens))
    return [_Match(row.practitioner_id, _likeness(forms, row), _said(row), False) for row in rows]


def _alike(forms: Sequence[Sequence[str]], least: float) -> list[int]:
    """Ids of names of which every word typed, in one of its forms, is like a part; the most alike first."""
    every = " AND ".join(f"({' OR '.join(['%s <%% search_key'] * len(words))})" for words in forms)
    nearness = " + ".join(
        f"GREATEST({', '.join(['word_similarity(%s, search_key)'] * len(words))})" for words in forms
    )
    typed = [word for words in forms for word in words]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL pg_trgm.word_similarity_threshold = %s", [least])
        cursor.execute(
            f"SELECT id FROM practitioners_practitionername WHERE {every}"  # noqa: S608 - no value in it
            f" AND practitioner_id NOT IN {WITHDRAWN_IDS}"
            f" ORDER BY {nearness} DESC, search_key LIMIT %s",
            [*typed, *typed, CANDIDATES],
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
            f" AND practitioner_id NOT IN {WITHDRAWN_IDS}"
            " ORDER BY search_key LIMIT %s",
            [*parameters, CANDIDATES],
        )
        return [row[0] for row in cursor.fetchall()]


def _likeness(forms: Sequence[Sequence[str]], row: PractitionerName) -> float:
    """How well every word typed, in one of its forms, is found among the words of the name, 0 to 1."""
    there = row.search_key.split()
    best = [max(fuzz.ratio(word, other) for word in words for other in there) for words in forms]
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
