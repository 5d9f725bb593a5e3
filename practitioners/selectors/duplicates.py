"""Records that may be one person's: found by shared keys, never by comparing everybody with everybody."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import Prefetch

from practitioners.choices import ContactKind, PairVerdict
from practitioners.models import (
    Credential,
    PairReview,
    Practitioner,
    PractitionerAliasPeriod,
)
from practitioners.rules.duplicates import SHOWN, Likeness, NameOf, RecordFacts, compare
from practitioners.rules.licence_numbers import normal_form
from practitioners.rules.nicknames import GROUPS
from practitioners.selectors.canonical import records_by_person

#: A key that more records share than this tells nobody apart (every Smith whose given name begins with J).
LARGEST_BLOCK = 30
MOST_CANDIDATES = 3000
#: Where there are more candidates than this and finding the pairs takes longer, they are kept for so long: of
#: many people, reading the list page by page would otherwise find them each time.
MANY = 1000
SLOW, KEPT_FOR = 1.0, 600  # seconds
KEPT = "practitioners.likely_pairs"

#: Callables ``(viewer, practitioner_ids, on) -> {id: [sentence]}`` of higher rooms: what each record holds
#: that a person who merges has to know (open applications, grants). One query each.
_held: list[Callable[[Any, Sequence[int], dt.date], Mapping[int, Sequence[str]]]] = []


def register_held(source: Callable[[Any, Sequence[int], dt.date], Mapping[int, Sequence[str]]]) -> None:
    """Let a higher room say what records hold, for the page that compares two of them."""
    _held.append(source)


def held_by(viewer, practitioner_ids: Sequence[int], on: dt.date) -> dict[int, list[str]]:
    """What the higher rooms say that these records hold on the day."""
    found: dict[int, list[str]] = {each: [] for each in practitioner_ids}
    for source in _held:
        for record_id, sentences in source(viewer, practitioner_ids, on).items():
            found[record_id] += sentences
    return found


# --- facts ----------------------------------------------------------------------------------------------


def facts_to_compare(people: Iterable[int]) -> dict[int, RecordFacts]:
    """What is compared of each person, over all their records; seven queries for any number of them."""
    owner = records_by_person(people)
    mine: dict[int, list[Practitioner]] = {}
    for record in read_records(owner):
        mine.setdefault(owner[record.pk], []).append(record)
    return {pk: facts_of_records(pk, records) for pk, records in mine.items()}


def read_records(ids: Iterable[int]) -> list[Practitioner]:
    """Records with everything that is compared read; six queries for any number of them."""
    numbered = Credential.objects.exclude(number_key="").select_related("credential_type")
    return list(
        Practitioner.objects.filter(pk__in=list(ids)).prefetch_related(
            "names",
            "identifiers",
            "contact_points",
            "registry_events",
            Prefetch("credentials", queryset=numbered, to_attr="numbered_credentials"),
        )
    )


def facts_of_records(person_id: int, records: Sequence[Any]) -> RecordFacts:
    """The facts of one person from their records as read; what only one can be comes from the canonical."""
    person = next((record for record in records if record.pk == person_id), records[0])
    points = [point for record in records for point in record.contact_points.all()]
    return RecordFacts(
        names=tuple(
            NameOf.of(name.last_name, name.first_name, name.middle_name, name.kind)
            for record in records
            for name in record.names.all()
        ),
        npi=person.npi or "",
        replaced_npis=frozenset(
            event.replaced_by
            for record in records
            for event in record.registry_events.all()
            if event.replaced_by
        ),
        birth_date=person.birth_date,
        sex=person.sex,
        provider_type=person.provider_type,
        numbers=frozenset(
            (each.kind, str(each.get_kind_display()), normal_form(each.value))
            for record in records
            for each in record.identifiers.all()
        ),
        licences=frozenset(
            (each.credential_type.name, each.state, each.number_key)
            for record in records
            for each in record.numbered_credentials
        ),
        emails=frozenset(point.line_1.strip().lower() for point in points if point.kind == ContactKind.EMAIL),
        phones=frozenset(
            digits
            for point in points
            if point.kind == ContactKind.PHONE and (digits := "".join(filter(str.isdigit, point.line_1)))
        ),
    )


def likeness(one: Practitioner, other: Practitioner) -> Likeness:
    """How alike two people are over all their records, and why; of merged records, how alike they are."""
    facts = facts_to_compare([one.pk, other.pk])
    if len(facts) < 2:
        facts = {each.pk: facts_of_records(each.pk, [each]) for each in read_records([one.pk, other.pk])}
    return compare(facts[one.pk], facts[other.pk])


# --- likely pairs ---------------------------------------------------------------------------------------

#: Everything two records of one person are likely to share, as keys; then the pairs that share a small one.
#: Names are keyed by the sound of the surname and the group of the given name, birth dates by the sound of
#: any name beside them, so that slips of the pen and changed places are found too.
_CANDIDATES = """
WITH groups AS (
    SELECT * FROM unnest(%(nicknames)s::text[], %(roots)s::text[]) AS nickname (word, root)
),
words AS (
    SELECT n.id AS name_id, n.practitioner_id AS record, w.word, w.place
    FROM practitioners_practitionername n, unnest(string_to_array(n.search_key, ' ')) WITH ORDINALITY
         AS w (word, place)
    WHERE length(w.word) > 1
),
keys AS (
    SELECT last.record, 'N' || dmetaphone(last.word) || ' ' || coalesce(groups.root, left(given.word, 4))
           AS key
    FROM words last
    JOIN words given ON given.name_id = last.name_id AND given.place > 1
    LEFT JOIN groups ON groups.word = given.word
    WHERE last.place = 1
    UNION
    SELECT w.record, 'B' || p.birth_date || ' ' || dmetaphone(w.word)
    FROM words w JOIN practitioners_practitioner p ON p.id = w.record WHERE p.birth_date IS NOT NULL
    UNION
    SELECT practitioner_id, 'L' || credential_type_id || ' ' || state || ' ' || number_key
    FROM practitioners_credential WHERE number_key <> ''
    UNION
    SELECT practitioner_id, 'I' || kind || ' ' || upper(value) FROM practitioners_identifier
    UNION
    SELECT id, 'P' || npi FROM practitioners_practitioner WHERE npi IS NOT NULL
    UNION
    SELECT practitioner_id, 'P' || value FROM practitioners_identifier WHERE value ~ '^[12][0-9]{9}$'
    UNION
    SELECT practitioner_id, 'P' || replaced_by FROM practitioners_registrystatusevent WHERE replaced_by <> ''
    UNION
    SELECT practitioner_id, 'E' || lower(btrim(line_1)) FROM practitioners_contactpoint WHERE kind = 'email'
),
people AS (
    SELECT DISTINCT coalesce(a.canonical_id, k.record) AS person, k.key
    FROM keys k
    LEFT JOIN practitioners_practitioneraliasperiod a
           ON a.practitioner_id = k.record AND a.superseded_at IS NULL
    WHERE k.record NOT IN (SELECT id FROM practitioners_practitioner WHERE withdrawn_at IS NOT NULL)
),
small AS (
    SELECT key FROM people GROUP BY key HAVING count(*) BETWEEN 2 AND %(largest)s
)
SELECT one.person, other.person
FROM small JOIN people one USING (key) JOIN people other USING (key)
WHERE one.person < other.person
GROUP BY 1, 2
ORDER BY count(*) DESC, 1, 2
LIMIT %(most)s
"""


@dataclass
class Pair:
    """Two records that may be one person's, how alike they are, and what was decided of them before."""

    one: Practitioner
    other: Practitioner
    likeness: Likeness
    reviews: list[PairReview] = field(default_factory=list)

    @property
    def why(self) -> str:
        """The reasons in one line, those against included."""
        return " ".join(point.sentence for point in self.likeness.reasons if abs(point.points) > 3)

    @property
    def label(self) -> str:
        """The pair as a row is called."""
        return f"{self.one.display_name} and {self.other.display_name}"


def likely_pairs(viewer) -> list[Pair]:
    """Pairs of records that may be one person's, the most alike first; one's own record is left out.

    A pair that was called two people stays away until it looks more alike than it did then. About eleven
    queries, whatever the number of people.
    """
    shown = _alike()
    dismissed = _dismissed(shown)
    people = Practitioner.objects.in_bulk({pk for pair in shown for pk in pair})
    pairs = [
        Pair(people[one], people[other], found)
        for (one, other), found in shown.items()
        if found.score > dismissed.get((one, other), -1)
        and viewer.pk not in (people[one].user_id, people[other].user_id)
    ]
    return sorted(
        pairs, key=lambda pair: (-pair.likeness.score, pair.one.sort_name, pair.one.pk, pair.other.pk)
    )


def _alike() -> dict[tuple[int, int], Likeness]:
    """Pairs alike enough to be shown. Where finding them is slow they are kept for a while, less those of
    which one was merged since.
    """
    kept = cache.get(KEPT)
    if kept is not None:
        merged = set(
            PractitionerAliasPeriod.objects.live()
            .filter(practitioner_id__in={pk for pair in kept for pk in pair})
            .values_list("practitioner_id", flat=True)
        )
        return {pair: found for pair, found in kept.items() if not merged.intersection(pair)}
    began = time.perf_counter()
    candidates = _candidates()
    facts = facts_to_compare({pk for pair in candidates for pk in pair})
    alike = {pair: compare(facts[pair[0]], facts[pair[1]]) for pair in candidates}
    shown = {pair: found for pair, found in alike.items() if found.score >= SHOWN}
    if len(candidates) > MANY and time.perf_counter() - began > SLOW:
        cache.set(KEPT, shown, KEPT_FOR)
    return shown


def _candidates() -> list[tuple[int, int]]:
    roots = [(word, min(group)) for group in GROUPS for word in group]
    with connection.cursor() as cursor:
        cursor.execute(
            _CANDIDATES,
            {
                "nicknames": [word for word, _ in roots],
                "roots": [root for _, root in roots],
                "largest": LARGEST_BLOCK,
                "most": MOST_CANDIDATES,
            },
        )
        return [(row[0], row[1]) for row in cursor.fetchall()]


def _dismissed(pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """The score at which each pair was last called two people; nothing for pairs decided otherwise since."""
    wanted = set(pairs)
    rows = (
        PairReview.objects.filter(one_id__in={pair[0] for pair in wanted})
        .order_by("one_id", "other_id", "-decided_at", "-id")
        .distinct("one_id", "other_id")
    )
    return {
        (row.one_id, row.other_id): row.score
        for row in rows
        if row.verdict in (PairVerdict.DIFFERENT, PairVerdict.UNMERGED)
    }


def pair_of(one: Practitioner, other: Practitioner) -> Pair:
    """One pair with everything that was decided of it, newest first."""
    first, second = sorted((one, other), key=lambda record: record.pk)
    reviews = PairReview.objects.filter(one=first, other=second).select_related("decided_by")
    return Pair(one, other, likeness(one, other), list(reviews))


def merged_records() -> list[PractitionerAliasPeriod]:
    """Records that are merged now, the latest first."""
    return list(
        PractitionerAliasPeriod.objects.live()
        .select_related("practitioner", "canonical", "recorded_by")
        .order_by("-recorded_at", "-pk")
    )
