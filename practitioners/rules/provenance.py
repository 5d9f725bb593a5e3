"""Which facts are followed from source to source, and when two sources contradict each other.

A source is a kind of speaker and, where there are several of a kind, the system that spoke (the mapping of a
roster). The latest word of a source is what it says now. Two sources contradict each other when their latest
words on one fact differ in more than case, accents and punctuation (days: when they differ at all), and
nobody has decided between them since. A source that says nothing contradicts nobody.

Some facts move: a licence is renewed, a status changes. There a later word is news and no contradiction when
its source once said what the other still says, or when it gives a last day that is a term later for a term
that was over or about to be (:class:`Terms`, which the parameters of the room set).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from practitioners.choices import IdentifierKind, SaidBy
from practitioners.rules.licence_numbers import normal_form
from practitioners.rules.names import search_key

#: What these say again after a decision is meant; a registry only repeats itself.
PEOPLE = frozenset({SaidBy.COORDINATOR, SaidBy.APPLICANT})


def same_words(one: str, other: str) -> bool:
    """Whether two texts differ in nothing but case, accents and punctuation."""
    return search_key(one) == search_key(other)


def same_number(one: str, other: str) -> bool:
    """Whether two numbers are equal in letters and digits."""
    return normal_form(one) == normal_form(other)


def same_exactly(one: str, other: str) -> bool:
    """Whether two values are the same, as days and codes have to be."""
    return one == other


def same_name(one: str, other: str) -> bool:
    """Whether two written names may be one: surname and given name equal; what only one of them has besides
    (middle name, suffix), or one has as an initial, contradicts nothing.
    """
    (last, given, suffix), (other_last, other_given, other_suffix) = name_parts(one), name_parts(other)
    if search_key(last) != search_key(other_last):
        return False
    if suffix and other_suffix and search_key(suffix) != search_key(other_suffix):
        return False
    words, others = search_key(given).split(), search_key(other_given).split()
    if words[:1] != others[:1]:
        return False
    return all(
        word == other or (1 in (len(word), len(other)) and word[0] == other[0])
        for word, other in zip(words[1:], others[1:], strict=False)
    )


def name_parts(written: str) -> tuple[str, str, str]:
    """Surname, given names and suffix of a name as lists show it: ``Kowalski, Maria Ewa, Jr.``"""
    parts = [part.strip() for part in written.split(",")]
    return parts[0], parts[1] if len(parts) > 1 else "", parts[2] if len(parts) > 2 else ""


@dataclass(frozen=True)
class Fact:
    """Something that is followed. ``compared`` is False where several values may be true at once."""

    code: str
    label: str
    same: Callable[[str, str], bool] = same_words
    moves: bool = False
    compared: bool = True
    identity: bool = False  # of the identity class: not shown with the rest


LEGAL_NAME, NPI, BIRTH_DATE = "legal_name", "npi", "birth_date"
SEX, PROVIDER_TYPE = "sex", "provider_type"
NUMBER, STATE, ISSUER, STATUS = "number", "state", "issuer", "status"
FIRST_DAY, LAST_DAY = "first_day", "last_day"
_IDENTIFIER = "identifier."
#: Of these a person has one; of Medicaid numbers one in each state.
_ONE_PER_PERSON = (IdentifierKind.UPIN, IdentifierKind.CAQH, IdentifierKind.ECFMG, IdentifierKind.NCSBN)

PERSON_FACTS = (
    Fact(LEGAL_NAME, "Legal name", same_name),
    Fact(NPI, "NPI", same_exactly),
    Fact(BIRTH_DATE, "Birth date", same_exactly, identity=True),
    Fact(SEX, "Sex", same_exactly),
    Fact(PROVIDER_TYPE, "Type", same_exactly),
)
CREDENTIAL_FACTS = (
    Fact(NUMBER, "Number", same_number),
    Fact(STATE, "State"),
    Fact(ISSUER, "Issuer"),
    Fact(FIRST_DAY, "First day", same_exactly, moves=True),
    Fact(LAST_DAY, "Last day", same_exactly, moves=True),
    Fact(STATUS, "Status", same_exactly, moves=True),
)
_FACTS = {fact.code: fact for fact in (*PERSON_FACTS, *CREDENTIAL_FACTS)}


def identifier_fact(kind: str, state: str = "") -> str:
    """The name of the fact "the person's number of this kind" (for Medicaid: of this state)."""
    by_state = kind == IdentifierKind.MEDICAID and state
    return f"{_IDENTIFIER}{kind}.{state}" if by_state else f"{_IDENTIFIER}{kind}"


def identifier_of(fact: str) -> tuple[str, str] | None:
    """Kind and state of an identifier's fact; None for another fact."""
    if not fact.startswith(_IDENTIFIER):
        return None
    kind, _, state = fact.removeprefix(_IDENTIFIER).partition(".")
    return kind, state


def fact_of(code: str) -> Fact | None:
    """The declared fact of that name; None when there is none."""
    found = identifier_of(code)
    if found is None:
        return _FACTS.get(code)
    kind, state = found
    if kind not in IdentifierKind.values:
        return None
    label = IdentifierKind(kind).label
    one = kind in _ONE_PER_PERSON or (kind == IdentifierKind.MEDICAID and bool(state))
    return Fact(code, f"{label}, {state}" if state else label, same_number, compared=one)


def moves(code: str) -> bool:
    """Whether the fact changes in the course of things, as the days of a licence do."""
    fact = fact_of(code)
    return fact is not None and fact.moves


# --- words and decisions --------------------------------------------------------------------------------

#: Whose word it is: the kind of speaker, and which one of its kind.
Source = tuple[str, str]


@dataclass(frozen=True)
class System:
    """Which one of its kind speaks: the code by which it is known again, and its name in words."""

    code: str
    name: str


@dataclass(frozen=True)
class Terms:
    """How renewals are told from contradictions, in days: a credential is renewed at most ``renewed_ahead``
    before it runs out, and for at least ``shortest_term`` longer.
    """

    renewed_ahead: int
    shortest_term: int


@dataclass(frozen=True)
class Word:
    """What a source said of a fact at a moment; ``system`` tells several of a kind apart. An empty value
    takes the source's word before it back.
    """

    id: int
    fact: str
    value: str
    said_by: str
    at: dt.datetime
    subject: uuid.UUID | None = None
    system: str = ""

    @property
    def source(self) -> tuple[str, str]:
        """Whose word it is: the kind of speaker, and which one of its kind."""
        return str(self.said_by), self.system


@dataclass(frozen=True)
class Decision:
    """Somebody took a word (``taken`` is its value)."""

    fact: str
    taken: str
    at: dt.datetime
    subject: uuid.UUID | None = None


@dataclass(frozen=True)
class Standing:
    """What a source says now, since when, and what it had said before."""

    word: Word
    since: dt.datetime
    before: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dispute:
    """A fact on which sources contradict, or contradicted, each other; ``words`` the latest first."""

    subject: uuid.UUID | None
    fact: Fact
    words: tuple[Standing, ...]
    open: bool
    decisions: tuple[Decision, ...] = field(default_factory=tuple)


def disputes(
    words: Iterable[Word], decisions: Iterable[Decision], terms: Terms | None = None
) -> list[Dispute]:
    """Every fact in dispute or decided, in order of the facts; ``words`` and ``decisions`` of one person, the
    oldest first. Without ``terms`` no later day is taken for a renewal.
    """
    said: dict[tuple[uuid.UUID | None, str], list[Word]] = {}
    for word in words:
        said.setdefault((word.subject, word.fact), []).append(word)
    decided: dict[tuple[uuid.UUID | None, str], list[Decision]] = {}
    for decision in decisions:
        decided.setdefault((decision.subject, decision.fact), []).append(decision)
    standing = {key: _standing(rows, decided.get(key, ())) for key, rows in said.items()}
    found = []
    for (subject, code), by_source in standing.items():
        fact = fact_of(code)
        if fact is None or not fact.compared:
            continue
        taken = tuple(decided.get((subject, code), ()))
        ends = standing.get((subject, LAST_DAY), {})
        latest = sorted(by_source.values(), key=lambda one: (one.since, one.word.id), reverse=True)
        is_open = _contradicted(fact, latest, taken, ends, terms)
        if latest and (is_open or taken):
            found.append(Dispute(subject, fact, tuple(latest), is_open, taken))
    order = {code: index for index, code in enumerate(_FACTS)}
    return sorted(found, key=lambda one: (not one.open, str(one.subject or ""), order.get(one.fact.code, 99)))


def _standing(words: Sequence[Word], decisions: Sequence[Decision]) -> dict[Source, Standing]:
    """What each source says now. A person who repeats a word after a decision says it anew; a word that was
    taken back leaves the source saying what it said before.
    """
    found: dict[Source, list[Standing]] = {}
    for word in words:
        spoken = found.setdefault(word.source, [])
        if not word.value:
            del spoken[-1:]
            continue
        before = spoken[-1] if spoken else None
        if before is None:
            spoken.append(Standing(word, word.at))
            continue
        repeats = before.word.value == word.value and not (
            word.said_by in PEOPLE and any(before.since <= one.at <= word.at for one in decisions)
        )
        earlier = before.before if repeats else (*before.before, before.word.value)
        spoken.append(Standing(word, before.since if repeats else word.at, earlier))
    return {source: spoken[-1] for source, spoken in found.items() if spoken}


def _contradicted(
    fact: Fact,
    latest: Sequence[Standing],
    decisions: Sequence[Decision],
    ends: Mapping[Source, Standing],
    terms: Terms | None,
) -> bool:
    """Whether anybody contradicts: another source or, once it was decided, what was taken."""
    if decisions:
        last = decisions[-1]
        return any(one.since > last.at and not fact.same(one.word.value, last.taken) for one in latest)
    return any(
        _differ(fact, later, earlier, ends, terms)
        for index, later in enumerate(latest)
        for earlier in latest[index + 1 :]
    )


def _differ(
    fact: Fact,
    later: Standing,
    earlier: Standing,
    ends: Mapping[Source, Standing],
    terms: Terms | None,
) -> bool:
    if fact.same(later.word.value, earlier.word.value):
        return False
    if not fact.moves:
        return True
    if any(fact.same(value, earlier.word.value) for value in later.before):
        return False
    new, old = ends.get(later.word.source), ends.get(earlier.word.source)
    return new is None or old is None or terms is None or not _renewed(new, old, terms)


def _renewed(new: Standing, old: Standing, terms: Terms) -> bool:
    """Whether ``new`` gives a later last day of a term that was over, or about to be, when it was said."""
    first, second = _day(old.word.value), _day(new.word.value)
    if first is None or second is None or (second - first).days < terms.shortest_term:
        return False
    return (first - new.since.date()).days <= terms.renewed_ahead


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
