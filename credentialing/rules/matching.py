"""Is a person of ours on an exclusion list? Candidates, never identity.

A list row seldom carries a number, often no date of birth, and names cut to the width of an old file
layout. So every name a person ever used is compared with every plausible row in three steps:

1. *Normal form* (:mod:`.name_forms`). Upper case, no accents, punctuation both as a space and as nothing,
   suffixes and degrees off, cut to the list's widths; double surnames also by part.
2. *Blocking* (:mod:`.blocking`): which rows are worth a comparison, so that no namesake is lost.
3. *Scoring and class*, here. :func:`compare` gives each part a sentence and points. The class follows from
   the parts, never from the sum: points only order the work queue.

A similar string is not identity: place and specialty only support. Where a row has neither number nor date of
birth, a name that many rows of the list bear says little (ADR 17): :func:`_kept_for_information` says what
must speak against a pair to make it WEAK. Nothing is ever cleared here when the NPI agrees. Numbers are
fields of :class:`MatchingParameters`, whose defaults are recommended values. Many people at once:
:mod:`.screening_index`.
"""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, TypeVar

from rapidfuzz.distance import JaroWinkler

from credentialing.rules.name_forms import (
    FIRST_WIDTH,
    KEPT,
    LAST_WIDTH,
    first_forms,
    last_forms,
    name_key,
    surname_key,
)
from credentialing.rules.screening_names import ScreenedName
from practitioners.rules.names import search_key
from practitioners.rules.nicknames import are_nicknames

YEAR = 365.25  # days


class MatchClass(enum.IntEnum):
    """What a pair is, in rising order of concern."""

    NONE = 0
    WEAK = 1  # names match, but date of birth or NPI clearly differ, or nothing but a common name agrees
    POSSIBLE = 2  # a human looks
    CONFIRMED_CANDIDATE = 3  # escalated at once; still a candidate until a human confirms it

    @property
    def code(self) -> str:
        """The class as it is stored and exported: ``confirmed_candidate``, ``possible``, ``weak``."""
        return self.name.lower()


@dataclass(frozen=True)
class MatchingParameters:
    """The numbers of the comparison. Similarities run from 0 to 1 (Jaro-Winkler), widths are characters."""

    confirmed_last: float = 0.95  # with an equal date of birth
    confirmed_first: float = 0.95
    possible_last: float = 0.92
    possible_first: float = 0.88
    nickname: float = 0.97  # what a nickname pair counts as
    initial: float = 0.90  # what a bare initial, or a missing given name, counts as
    birth_date_near_edits: int = 1  # digits that may differ for a date of birth to be "near"
    rare_surname: int = 3  # as many rows of a list may bear a surname that is still rare
    rare_name: int = 4  # and as many a whole name
    least_age: int = 16  # years; nobody is excluded younger
    last_width: int = LAST_WIDTH  # 0 switches cutting off for lists without such a layout
    first_width: int = FIRST_WIDTH
    middle_width: int = FIRST_WIDTH

    # Points, for the order of the queue only.
    points_last: float = 40
    points_first: float = 25
    points_middle_agrees: float = 5
    points_middle_conflicts: float = -5
    points_birth_date_equal: float = 25
    points_birth_date_near: float = 10
    points_birth_date_differs: float = -30
    points_too_young: float = -30
    points_npi_equal: float = 100
    points_npi_differs: float = -30
    points_upin_equal: float = 40
    points_state: float = 3
    points_postal_code: float = 2
    points_specialty: float = 2


DEFAULTS = MatchingParameters()
#: How many rows of the list bear a name, where nobody counted: nothing is made of how common it is then.
NOT_COUNTED: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class ScreenedPerson:
    """One of our people: all names ever used and what else may tell them from a namesake."""

    names: tuple[ScreenedName, ...]
    birth_date: dt.date | None = None
    npi: str = ""
    upin: str = ""
    states: frozenset[str] = frozenset()
    postal_codes: frozenset[str] = frozenset()
    specialties: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()  # to be read beside the listed one, never scored

    @cached_property
    def identity(self) -> str:
        """Hash (sha256, hex) of what tells the person from a namesake: names, birth date, NPI, UPIN,
        addresses. While it stays the same, the person need not be compared with the same load again, and what
        was cleared stays cleared. States and specialties only support, and change with every license.
        """
        facts = [
            sorted({name.text for name in self.names}),
            str(self.birth_date or ""),
            self.npi,
            self.upin,
            sorted(set(self.addresses)),
        ]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


class ListedParty(Protocol):
    """A row of an exclusion list, whatever carries it (a file's or a stored one). Empty is unknown."""

    @property
    def last_name(self) -> str: ...
    @property
    def first_name(self) -> str: ...
    @property
    def middle_name(self) -> str: ...
    @property
    def business_name(self) -> str: ...
    @property
    def general(self) -> str: ...
    @property
    def specialty(self) -> str: ...
    @property
    def upin(self) -> str: ...
    @property
    def npi(self) -> str: ...
    @property
    def birth_date(self) -> dt.date | None: ...
    @property
    def state(self) -> str: ...
    @property
    def postal_code(self) -> str: ...
    @property
    def excluded_on(self) -> dt.date | None: ...


Listed = TypeVar("Listed", bound=ListedParty)


class ScorePart(NamedTuple):
    """One comparison: what was compared, how it came out, a sentence, and its points for the queue."""

    name: str
    outcome: str
    sentence: str
    points: float
    similarity: float | None = None

    def as_fields(self) -> dict[str, Any]:
        """The part as JSON-able data."""
        return {
            "name": self.name,
            "outcome": self.outcome,
            "sentence": self.sentence,
            "points": round(self.points, 1),
            "similarity": None if self.similarity is None else round(self.similarity, 4),
        }


class Match(NamedTuple):
    """One person against one row, by the name that fits best."""

    match_class: MatchClass
    score: float
    name_used: ScreenedName | None
    swapped: bool = False
    parts: tuple[ScorePart, ...] = ()

    def part(self, name: str) -> ScorePart | None:
        """The score part of this name (``last``, ``first``, ``birth_date``, ``npi``, ...), or None."""
        return next((item for item in self.parts if item.name == name), None)


NO_MATCH = Match(MatchClass.NONE, 0.0, None)
#: The names match and the dates of birth clearly differ; nobody asked for the parts.
ANOTHER = Match(MatchClass.WEAK, 0.0, None)


# --- comparison -----------------------------------------------------------------------------------------


class _NameFit(NamedTuple):
    """How one of our names fits the row's, in one of the two orders."""

    name: ScreenedName
    swapped: bool
    last: float
    first: float
    first_outcome: str


def compare(
    person: ScreenedPerson,
    row: ListedParty,
    parameters: MatchingParameters = DEFAULTS,
    bearers: Mapping[str, int] = NOT_COUNTED,
) -> Match:
    """The class of this pair, with every part that led to it.

    CONFIRMED_CANDIDATE: the NPI is equal; or last and given name agree (0.95) and the date of birth is
    equal. POSSIBLE: last name 0.92 and given name 0.88 (or an initial) and the date of birth equal, near or
    unknown on either side; also an equal UPIN. WEAK: the names match so, but the dates of birth or the NPIs
    clearly differ; or our person was a child when the other was excluded; or by ``bearers`` (rows of the list
    by :func:`.name_forms.count_bearers`) the name says too little beside what speaks against the pair. NONE:
    everything else. A row without a person's name is compared by its numbers only.
    """
    fit = _best_fit(person, row, parameters)
    names_match = fit is not None and _name_rank(fit, parameters) > 0
    npi = _npi_part(person.npi, row.npi, parameters)
    upin = bool(person.upin and row.upin and person.upin.upper() == row.upin.upper())
    if not names_match and npi.outcome != "equal" and not upin:
        return NO_MATCH
    born = _birth_date_part(person.birth_date, row, parameters)
    names = _name_parts(fit, row, parameters) if fit else []
    age = _age_part(person.birth_date, row, parameters)
    # What a name is worth counts where nothing surer than a name agrees. A birth date that is missing on our
    # side is ours to find: it makes no pair weaker.
    only_name = npi.outcome == "absent" and (row.birth_date is None or born.outcome == "near")
    spread = [_spread_part(fit, row, parameters, bearers)] if fit and only_name and bearers else []
    upins = [ScorePart("upin", "equal", f"The UPIN is the same: {row.upin}.", parameters.points_upin_equal)]
    parts = (*names, *spread, born, *age, npi, *(upins if upin else ()), *_support(person, row, parameters))
    match_class = _class(fit if names_match else None, born.outcome, npi.outcome, upin, parameters)
    if match_class == MatchClass.POSSIBLE and not upin and (age or _kept_for_information(parts)):
        match_class = MatchClass.WEAK
    score = max(0.0, min(100.0, sum(part.points for part in parts)))
    return Match(
        match_class=match_class,
        score=round(score, 1),
        name_used=fit.name if fit else None,
        swapped=bool(fit and fit.swapped),
        parts=parts,
    )


def find_matches(
    person: ScreenedPerson,
    rows: Iterable[Listed],
    parameters: MatchingParameters = DEFAULTS,
    bearers: Mapping[str, int] = NOT_COUNTED,
) -> list[tuple[Listed, Match]]:
    """Every row that is more than NONE for this person, gravest first. Compares with all ``rows`` given."""
    found = [(row, compare(person, row, parameters, bearers)) for row in rows]
    return sorted(
        (pair for pair in found if pair[1].match_class),
        key=lambda pair: (-pair[1].match_class, -pair[1].score),
    )


def _class(
    fit: _NameFit | None, born: str, npi: str, upin: bool, parameters: MatchingParameters
) -> MatchClass:
    if npi == "equal":
        return MatchClass.CONFIRMED_CANDIDATE
    if fit is None:
        return MatchClass.POSSIBLE if upin else MatchClass.NONE
    if born == "equal":
        strong = _name_rank(fit, parameters) > 1
        return MatchClass.CONFIRMED_CANDIDATE if strong else MatchClass.POSSIBLE
    if upin:
        return MatchClass.POSSIBLE
    return MatchClass.WEAK if born == "differs" or npi == "differs" else MatchClass.POSSIBLE


#: What makes little of a name that is all two people have in common, by part.
_AGAINST = {"first": {"similar", "nickname"}, "middle": {"differs"}, "state": {"elsewhere"}}
#: Beside a rare surname a nickname is as good as the name, and one that is only spelt like it is not it.
_AGAINST_RARE = {"last": {"similar"}, "first": {"similar"}, "middle": {"differs"}, "state": {"elsewhere"}}


def _kept_for_information(parts: Iterable[ScorePart]) -> bool:
    """Whether nothing surer than a name agrees, and enough speaks against the pair for how common it is.

    Beside a rare surname three must: another state, another middle name, a given name that is only similar, a
    surname that is. Beside a common one a single one does, and a nickname counts among them; beside a whole
    name that many rows bear it is enough that no middle name agrees. A date of birth that is off by a slip of
    the pen is worth one more, and beside a rare name it always counts.
    """
    outcomes = {part.name: part.outcome for part in parts}
    spread, near = outcomes.get("spread"), outcomes["birth_date"] == "near"
    if spread is None or "postal_code" in outcomes:
        return False
    if spread == "rare":
        return not near and _speaks(outcomes, _AGAINST_RARE) > 2
    against = _speaks(outcomes, _AGAINST)
    if spread == "many" and outcomes.get("middle") == "absent":
        against += 1
    return against > (1 if near else 0)


def _speaks(outcomes: Mapping[str, str], against: Mapping[str, set[str]]) -> int:
    return sum(outcomes.get(part) in words for part, words in against.items())


def _best_fit(person: ScreenedPerson, row: ListedParty, parameters: MatchingParameters) -> _NameFit | None:
    """The name that fits best; names in the wrong columns only count where no name fits in its own."""
    if not row.last_name and not row.first_name:
        return None
    fits = [_fit(name, row.last_name, row.first_name, parameters, swapped=False) for name in person.names]
    if row.last_name and row.first_name and not any(_name_rank(fit, parameters) == 2 for fit in fits):
        fits += [
            _fit(name, row.first_name, row.last_name, parameters, swapped=True)
            for name in person.names
            if name.first
        ]
    if len(fits) < 2:
        return fits[0] if fits else None
    return max(fits, key=lambda fit: (_name_rank(fit, parameters), not fit.swapped, fit.last + fit.first))


def _name_rank(fit: _NameFit, parameters: MatchingParameters) -> int:
    """0: the names do not match, 1: they may, 2: they agree."""
    if fit.last >= parameters.confirmed_last and fit.first >= parameters.confirmed_first:
        return 2
    return int(fit.last >= parameters.possible_last and fit.first >= parameters.possible_first)


def _fit(
    name: ScreenedName, row_last: str, row_first: str, parameters: MatchingParameters, *, swapped: bool
) -> _NameFit:
    last = last_fit(name.last, row_last, parameters.last_width)
    if last < parameters.possible_last:  # the given name cannot save the pair; spare the work
        return _NameFit(name, swapped, last, 0.0, "not compared")
    first, outcome = _first_similarity(
        name.first, row_first, parameters.first_width, parameters.nickname, parameters.initial
    )
    return _NameFit(name, swapped, last, first, outcome)


@lru_cache(maxsize=KEPT)
def last_fit(ours: str, listed: str, width: int) -> float:
    """How similar two surnames are in the forms that are most alike (0 to 1)."""
    left, right = last_forms(ours, width), last_forms(listed, width)
    if not left or not right:
        return 0.0
    if len(left) == len(right) == 1:
        return 1.0 if left == right else JaroWinkler.similarity(left[0], right[0])
    if not set(left).isdisjoint(right):
        return 1.0
    return max(JaroWinkler.similarity(one, other) for one, other in product(left, right))


def first_fit(ours: str, listed: str, parameters: MatchingParameters) -> float:
    """How similar two given names are (0 to 1); initials and nicknames count as the parameters say."""
    return _first_similarity(ours, listed, parameters.first_width, parameters.nickname, parameters.initial)[0]


def given_names_fit(ours: str, listed: str, parameters: MatchingParameters = DEFAULTS) -> bool:
    """Whether two given names are similar enough for a match; most are not, and are told so at once."""
    left, right = first_forms(ours, parameters.first_width), first_forms(listed, parameters.first_width)
    enough = parameters.possible_first
    if len(left) == len(right) == 1 and len(left[0]) > 1 and len(right[0]) > 1:
        one, other = left[0], right[0]
        if JaroWinkler.similarity(one, other, score_cutoff=enough) >= enough:
            return True
        return parameters.nickname >= enough and are_nicknames(one, other)
    return first_fit(ours, listed, parameters) >= enough


@lru_cache(maxsize=KEPT)
def _first_similarity(
    ours: str, listed: str, width: int, nickname: float, initial: float
) -> tuple[float, str]:
    left, right = first_forms(ours, width), first_forms(listed, width)
    if not left or not right:
        return initial, "absent"
    pairs = list(product(left, right))
    if any(one == other and len(one) > 1 for one, other in pairs):
        return 1.0, "equal"
    best, outcome = max(JaroWinkler.similarity(one, other) for one, other in pairs), "similar"
    if any(len(one) == 1 or len(other) == 1 for one, other in pairs):
        # A bare initial: it fits or it does not; its string similarity says nothing.
        same = any(one[0] == other[0] for one, other in pairs)
        best, outcome = (initial, "initial") if same else (0.0, "differs")
    if best < nickname and any(are_nicknames(one, other) for one, other in pairs):
        best, outcome = nickname, "nickname"
    return best, outcome


# --- the parts, in words --------------------------------------------------------------------------------


def _name_parts(fit: _NameFit, row: ListedParty, parameters: MatchingParameters) -> list[ScorePart]:
    listed_last, listed_first = (
        (row.first_name, row.last_name) if fit.swapped else (row.last_name, row.first_name)
    )
    order = " (the list has the names in the other order)" if fit.swapped else ""
    last = ScorePart(
        "last",
        "equal" if fit.last == 1 else "similar",
        f"Last name {fit.name.last} ({fit.name.label}) against {listed_last or 'none'}: "
        f"{_percent(fit.last)} alike{order}.",
        parameters.points_last * fit.last,
        fit.last,
    )
    words = {
        "equal": "the same",
        "similar": f"{_percent(fit.first)} alike",
        "nickname": "one is a usual form of the other",
        "initial": "only an initial, which fits",
        "absent": "not given on one side",
        "differs": "another initial",
    }
    first = ScorePart(
        "first",
        fit.first_outcome,
        f"Given name {fit.name.first or 'none'} against {listed_first or 'none'}: "
        f"{words.get(fit.first_outcome, 'not compared')}.",
        parameters.points_first * fit.first,
        fit.first,
    )
    return [last, first, _middle_part(fit.name.middle, row.middle_name, parameters)]


def _spread_part(
    fit: _NameFit, row: ListedParty, parameters: MatchingParameters, bearers: Mapping[str, int]
) -> ScorePart:
    """How much the name alone says: by how many rows of the list bear the surname, as it is listed or as it
    is ours, and how many the whole name.
    """
    last, first = (row.first_name, row.last_name) if fit.swapped else (row.last_name, row.first_name)
    width = parameters.last_width
    listed = bearers.get(surname_key(last, width), 0)
    ours = bearers.get(surname_key(fit.name.last, width), 0) if fit.last < 1 else 0
    sentence = f"{_rows_bear(listed)} this surname."
    if ours > listed:
        sentence = f"{sentence[:-1]}, {ours:,} bear {fit.name.last}."
    outcome = "common" if max(listed, ours) > parameters.rare_surname else "rare"
    whole = bearers.get(name_key(last, first, width, parameters.first_width), 0)
    if outcome == "common" and whole > parameters.rare_name:
        outcome, sentence = "many", f"{sentence[:-1]}, {whole:,} the whole name."
    return ScorePart("spread", outcome, sentence, 0.0)


def _rows_bear(count: int) -> str:
    return f"{count:,} rows of the list bear" if count != 1 else "One row of the list bears"


@lru_cache(maxsize=KEPT)
def _middle_outcome(ours: str, listed: str, width: int) -> str:
    left, right = first_forms(ours, width), first_forms(listed, width)
    if not left or not right:
        return "absent"
    pairs = list(product(left, right))
    if any(one == other or are_nicknames(one, other) for one, other in pairs):
        return "equal"
    if any(min(len(one), len(other)) == 1 and one[0] == other[0] for one, other in pairs):
        return "initial"
    return "differs"


_NO_MIDDLE = ScorePart("middle", "absent", "No middle name on one side.", 0.0)
_MIDDLE_WORDS = {"equal": "the same", "initial": "the initial fits", "differs": "different"}


def _middle_part(ours: str, listed: str, parameters: MatchingParameters) -> ScorePart:
    outcome = _middle_outcome(ours, listed, parameters.middle_width)
    if outcome == "absent":
        return _NO_MIDDLE
    points = parameters.points_middle_conflicts if outcome == "differs" else parameters.points_middle_agrees
    return ScorePart(
        "middle", outcome, f"Middle name {ours} against {listed}: {_MIDDLE_WORDS[outcome]}.", points
    )


@lru_cache(maxsize=KEPT)
def _digits(day: dt.date) -> str:
    return f"{day:%Y%m%d}"


def birth_date_outcome(ours: dt.date | None, listed: dt.date | None, near_edits: int = 1) -> str:
    """``equal``, ``near`` (few digits differ, neighbouring digits or day and month exchanged), ``differs`` or
    ``absent``."""
    if ours is None or listed is None:
        return "absent"
    if ours == listed:
        return "equal"
    left, right = _digits(ours), _digits(listed)
    unequal = [index for index in range(8) if left[index] != right[index]]
    if len(unequal) <= near_edits:
        return "near"
    if len(unequal) == 2 and unequal[1] == unequal[0] + 1:
        one, two = unequal
        if left[one] == right[two] and left[two] == right[one]:
            return "near"
    if left[:4] == right[:4] and left[4:6] == right[6:] and left[6:] == right[4:6]:
        return "near"
    return "differs"


_BORN = {
    "equal": "The dates of birth are equal.",
    "near": "The dates of birth differ as a slip of the pen does (one digit, or two exchanged).",
    "differs": "The dates of birth differ.",
    "absent": "The date of birth is unknown on one side.",
}


def _birth_date_part(ours: dt.date | None, row: ListedParty, parameters: MatchingParameters) -> ScorePart:
    outcome = birth_date_outcome(ours, row.birth_date, parameters.birth_date_near_edits)
    sentence = _BORN[outcome]
    if source := getattr(row, "born_from", ""):
        sentence = f"{sentence[:-1]}, by {source}, which this row repeats."
    points = 0.0 if outcome == "absent" else getattr(parameters, f"points_birth_date_{outcome}")
    return ScorePart("birth_date", outcome, sentence, points)


def _age_part(born: dt.date | None, row: ListedParty, parameters: MatchingParameters) -> list[ScorePart]:
    """That our person was a child when the other was excluded; only of rows without a date of birth."""
    if born is None or row.birth_date is not None or row.excluded_on is None:
        return []
    age = (row.excluded_on - born).days / YEAR
    if age >= parameters.least_age:
        return []
    when = f"{row.excluded_on.day} {row.excluded_on:%b %Y}"
    was = f"was {int(age)} years old" if age >= 1 else "was not a year old" if age >= 0 else "was not born"
    return [
        ScorePart(
            "age", "too young", f"Excluded on {when}, when our person {was}.", parameters.points_too_young
        )
    ]


_NO_NUMBER = ScorePart("npi", "absent", "The NPI is unknown on one side.", 0.0)


def _npi_part(ours: str, listed: str, parameters: MatchingParameters) -> ScorePart:
    if not ours or not listed:
        return _NO_NUMBER
    if ours == listed:
        return ScorePart("npi", "equal", f"The NPI is the same: {listed}.", parameters.points_npi_equal)
    return ScorePart("npi", "differs", f"The list has another NPI: {listed}.", parameters.points_npi_differs)


def _support(person: ScreenedPerson, row: ListedParty, parameters: MatchingParameters) -> list[ScorePart]:
    """Place and specialty: they support a match, their absence or difference takes no points. Another state
    weighs only beside a common name (see :func:`compare`).
    """
    parts = []
    if row.state and row.state in person.states:
        parts.append(
            ScorePart("state", "equal", f"Known in the same state, {row.state}.", parameters.points_state)
        )
    elif row.state and person.states:
        ours = ", ".join(sorted(person.states))
        parts.append(ScorePart("state", "elsewhere", f"Listed in {row.state}, known in {ours}.", 0.0))
    if row.postal_code and row.postal_code[:5] in {code[:5] for code in person.postal_codes}:
        parts.append(
            ScorePart(
                "postal_code",
                "equal",
                f"The same ZIP code, {row.postal_code[:5]}.",
                parameters.points_postal_code,
            )
        )
    if field := _similar_field(row.general, row.specialty, person.specialties):
        parts.append(
            ScorePart("specialty", "similar", f"A similar field: {field}.", parameters.points_specialty)
        )
    return parts


@lru_cache(maxsize=KEPT)
def _similar_field(general: str, specialty: str, ours: tuple[str, ...]) -> str:
    """The words two fields of work have in common."""
    common = _words(f"{general} {specialty}") & frozenset().union(*map(_words, ours))
    return ", ".join(sorted(common)).lower()


_NO_FIELD = frozenset(
    {"INDIVIDUAL", "OTHER", "AND", "PRACTICE", "PRO", "SERV", "LIC", "IND", "MEDICAL", "MEDICINE"}
)


@lru_cache(maxsize=KEPT)
def _words(text: str) -> frozenset[str]:
    return frozenset(word for word in search_key(text).split() if len(word) > 2) - _NO_FIELD


def _percent(similarity: float) -> str:
    return f"{similarity * 100:.0f} %"
