"""Who said what of a person's key facts, and where sources contradict each other."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import F, Max, Min, QuerySet, Value
from django.db.models.functions import Concat

from config.accounts.choices import DataClass
from config.accounts.policies import facilities_of, may_see_class
from config.kernel import clock
from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve_everywhere
from practitioners import parameters
from practitioners.models import ConflictResolution, Credential, Practitioner, Statement
from practitioners.policies import is_own_file, may_view_all
from practitioners.rules.provenance import (
    BIRTH_DATE,
    FIRST_DAY,
    LAST_DAY,
    LEGAL_NAME,
    NPI,
    Decision,
    Dispute,
    Fact,
    Terms,
    Word,
    disputes,
    moves,
)
from practitioners.selectors.withdrawn import without_withdrawn

#: What tells who somebody is.
WHO = (LEGAL_NAME, NPI, BIRTH_DATE)
TERM_CODES = (parameters.RENEWED_AHEAD_DAYS, parameters.SHORTEST_TERM_DAYS)


def terms_for(viewer) -> Terms | None:
    """How the viewer's facilities tell a renewal from a contradiction; of several, the stricter. None, and no
    later day is taken for a renewal, where nobody set it. One query.
    """
    places = facilities_of(viewer) or list(Facility.objects.order_by("pk")[:1])
    found: dict[str, list[int]] = {code: [] for code in TERM_CODES}
    for bounds in resolve_everywhere(TERM_CODES, facilities=places, on=clock.today()).values():
        for code in TERM_CODES:
            bound = bounds.get((code, ""))
            if bound is not None and bound.is_set:
                found[code].append(int(bound.value))
    ahead, term = found[parameters.RENEWED_AHEAD_DAYS], found[parameters.SHORTEST_TERM_DAYS]
    return Terms(min(ahead), max(term)) if ahead and term else None


#: A source among others of its kind.
_WHO = Concat("said_by", Value(" "), "system")


@dataclass(frozen=True)
class WordView:
    """A source's latest word: ``since`` when it says so, and the row with evidence and who recorded it."""

    statement: Statement
    value: str | dt.date
    since: dt.datetime


@dataclass
class Conflict:
    """A fact of which two sources say different things, or said so until somebody decided."""

    practitioner: Practitioner
    fact: str
    label: str
    about: str
    open: bool
    words: list[WordView]
    resolutions: list[ConflictResolution] = field(default_factory=list)
    hidden: bool = False
    subject: uuid.UUID | None = None

    @property
    def uid(self) -> uuid.UUID:
        """The word the page about this fact is addressed by."""
        return self.words[0].statement.uid

    @property
    def title(self) -> str:
        """What it is about, in words."""
        return f"{self.about}: {self.label.lower()}" if self.about else self.label

    @property
    def since(self) -> dt.datetime:
        """When the latest of the contradicting words was said."""
        return max(word.since for word in self.words)


def conflicts_of(
    viewer, practitioner: Practitioner, credentials: Sequence[Credential] = ()
) -> list[Conflict]:
    """Every fact of the person in dispute, then those decided; 2 queries, 1 more when something may be a
    renewal, and 1 when a fact is about a credential that is not among ``credentials``. Nothing for people who
    do not see all files, and nothing about oneself.
    """
    if not may_view_all(viewer) or is_own_file(viewer, practitioner):
        return []
    return _conflicts(viewer, _statements().filter(practitioner=practitioner), credentials)


def open_conflicts(viewer) -> list[Conflict]:
    """The facts in dispute of everybody on file, the oldest first; 5 queries. For the Today page."""
    if not may_view_all(viewer):
        return []
    contested = (
        without_withdrawn(Statement.objects.exclude(practitioner__user=viewer.pk))
        .values("practitioner", "subject", "fact")
        # The first and the last in order tell as well as a count whether there are two, and need no sorting.
        .annotate(one=Min(_WHO), another=Max(_WHO), least=Min("value"), most=Max("value"))
        .exclude(one=F("another"))
        .exclude(least=F("most"))
    )
    people = {row["practitioner"] for row in contested.order_by()}
    found = _conflicts(viewer, _statements().filter(practitioner__in=people))
    return sorted((one for one in found if one.open), key=lambda one: (one.since, one.title))


def identity_disputes(practitioner: Practitioner) -> list[Fact]:
    """The facts that say who a person is (name, NPI, birth date) of which sources say different things and
    nobody decided which is right; never the values. Two queries at most.
    """
    who = _statements().filter(practitioner=practitioner, subject__isnull=True, fact__in=WHO)
    rows = list(who.order_by("recorded_at", "pk"))
    if len({(row.said_by, row.system) for row in rows}) < 2:  # one source alone contradicts nobody
        return []
    decided = ConflictResolution.objects.filter(practitioner=practitioner, fact__in=WHO)
    decisions = map(_decision, decided.select_related("taken").order_by("decided_at", "pk"))
    return [one.fact for one in disputes(map(_word, rows), decisions, None) if one.open]


def conflict_about(viewer, uid: uuid.UUID) -> Conflict | None:
    """What everybody says of the fact the statement ``uid`` is about, contested or not; None when the viewer
    may not see it.
    """
    found = _statements().filter(uid=uid).first()
    if found is None or not may_view_all(viewer) or is_own_file(viewer, found.practitioner):
        return None
    for one in _conflicts(viewer, _statements().filter(practitioner=found.practitioner)):
        if (one.subject, one.fact) == (found.subject, found.fact):
            return one
    return None


def _statements() -> QuerySet[Statement]:
    return Statement.objects.select_related("practitioner", "evidence", "recorded_by")


def _conflicts(viewer, rows: QuerySet[Statement], credentials: Sequence[Credential] = ()) -> list[Conflict]:
    statements = list(rows.order_by("recorded_at", "pk"))
    sources: dict[tuple[int, object, str], set[tuple[str, str]]] = {}
    values: dict[tuple[int, object, str], set[str]] = {}
    for row in statements:
        key = (row.practitioner_id, row.subject, row.fact)
        sources.setdefault(key, set()).add((row.said_by, row.system))
        values.setdefault(key, set()).add(row.value)
    several = {key for key, said in sources.items() if len(said) > 1}
    if not several:  # one source alone contradicts nobody
        return []
    people = {person for person, _, _ in several}
    # What moves and is said in two ways may be a renewal: only then the parameters matter.
    moved = any(moves(fact) and len(values[person, subject, fact]) > 1 for person, subject, fact in several)
    terms = terms_for(viewer) if moved else None
    resolutions = list(
        ConflictResolution.objects.filter(practitioner__in=people)
        .select_related("taken", "decided_by")
        .order_by("decided_at", "pk")
    )
    found: list[tuple[int, Dispute]] = []
    for person, said in _by_person(statements).items():
        decided = [row for row in resolutions if row.practitioner_id == person]
        for one in disputes(map(_word, said), map(_decision, decided), terms):
            found.append((person, one))
    names = {row.uid: str(row) for row in credentials}
    subjects = {one.subject for _, one in found if one.subject} - set(names)
    if subjects:
        more = Credential.objects.filter(uid__in=subjects).select_related("credential_type")
        names |= {row.uid: str(row) for row in more}
    by_id = {row.pk: row for row in statements}
    shown = may_see_class(viewer, DataClass.IDENTITY)
    return [_conflict(one, by_id, resolutions, names, shown=shown) for _, one in found]


def _by_person(statements: Sequence[Statement]) -> dict[int, list[Statement]]:
    people: dict[int, list[Statement]] = {}
    for row in statements:
        people.setdefault(row.practitioner_id, []).append(row)
    return people


def _conflict(
    one: Dispute,
    by_id: dict[int, Statement],
    resolutions: Iterable[ConflictResolution],
    names: dict[uuid.UUID, str],
    *,
    shown: bool,
) -> Conflict:
    words = [
        WordView(by_id[each.word.id], _shown(one.fact.code, each.word.value), each.since)
        for each in one.words
    ]
    practitioner = words[0].statement.practitioner
    return Conflict(
        practitioner=practitioner,
        fact=one.fact.code,
        label=one.fact.label,
        about=names.get(one.subject, "") if one.subject else "",
        open=one.open,
        words=words,
        resolutions=[
            row
            for row in resolutions
            if (row.practitioner_id, row.subject, row.fact) == (practitioner.pk, one.subject, one.fact.code)
        ],
        hidden=one.fact.identity and not shown,
        subject=one.subject,
    )


def _shown(fact: str, value: str) -> str | dt.date:
    return dt.date.fromisoformat(value) if fact in (BIRTH_DATE, FIRST_DAY, LAST_DAY) else value


def _word(row: Statement) -> Word:
    return Word(row.pk, row.fact, row.value, row.said_by, row.recorded_at, row.subject, row.system)


def _decision(row: ConflictResolution) -> Decision:
    return Decision(row.fact, row.taken.value, row.decided_at, row.subject)
