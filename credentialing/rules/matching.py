"""Is a person of ours on an exclusion list? Candidates, never identity.

A list row seldom carries a number, often no date of birth, and names cut to the width of an old file
layout. So every name a person ever used is compared with every plausible row in three steps:

1. *Normal form.* Upper case, no accents, punctuation both as a space and as nothing, suffixes and degrees
   off, cut to the list's widths; double surnames also by part.
2. *Blocking.* :func:`block_keys` and :func:`block_keys_row` name the rows worth a comparison; a pair is
   compared when they share any key. Keys are: exact NPI, exact UPIN, exact date of birth, the exact surname,
   and the surname less any one letter together with the initial of the given name (on the person's side also
   the initials of all nicknames, and the names swapped). Hence no pair is lost that has the same NPI, UPIN
   or date of birth; none with an equal surname or part of one; and none whose surnames differ by one letter
   more, less, other or exchanged with its neighbour while the given names share an initial or a nickname.
   Lost are pairs without common number or date whose surnames differ by two letters or more, or by one letter
   when the initials differ as well; long surnames that share their first six letters are caught even then.
3. *Scoring and class.* :func:`compare` gives each part a sentence and points. The class follows from the
   parts, never from the sum: points only order the work queue.

A similar string is not identity: place and specialty only support. Where a row has neither number nor date
of birth, a name that many rows of the list bear says little: with another state or another middle name beside
it the pair is WEAK, kept for information; a rare name is looked at wherever the row comes from. Nothing is
ever cleared here when the NPI agrees. Numbers are fields of :class:`MatchingParameters`, whose defaults are
recommended values; an office's policy may set others. Many people at once: :mod:`.screening_index`.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from types import MappingProxyType
from typing import Protocol

from rapidfuzz.distance import JaroWinkler

from credentialing.rules.screening_names import ScreenedName
from practitioners.rules.names import (
    CREDENTIALS,
    SUFFIXES,
    search_key,
    search_variants,
    split_surname,
    word_set,
)
from practitioners.rules.nicknames import are_nicknames, nicknames

#: Surnames this long are also filed by their beginning: two slips in a long name leave it similar.
LONG_SURNAME, LONG_PREFIX = 8, 6
#: No key is made of more letters than this, whatever width a list has.
KEY_LETTERS = 40


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
    last_width: int = 20  # widths of the LEIE layout; 0 switches cutting off for lists without one
    first_width: int = 15
    middle_width: int = 15

    # Points, for the order of the queue only.
    points_last: float = 40
    points_first: float = 25
    points_middle_agrees: float = 5
    points_middle_conflicts: float = -5
    points_birth_date_equal: float = 25
    points_birth_date_near: float = 10
    points_birth_date_differs: float = -30
    points_npi_equal: float = 100
    points_npi_differs: float = -30
    points_upin_equal: float = 40
    points_state: float = 3
    points_postal_code: float = 2
    points_specialty: float = 2


DEFAULTS = MatchingParameters()
#: How many rows of the list bear a surname, where nobody counted: every surname is rare then.
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


@dataclass(frozen=True)
class ScorePart:
    """One comparison: what was compared, how it came out, a sentence, and its points for the queue."""

    name: str
    outcome: str
    sentence: str
    points: float
    similarity: float | None = None


@dataclass(frozen=True)
class Match:
    """One person against one row, by the name that fits best."""

    match_class: MatchClass
    score: float
    name_used: ScreenedName | None
    swapped: bool = False
    parts: tuple[ScorePart, ...] = ()

    def part(self, name: str) -> ScorePart | None:
        """The score part of this name (``last``, ``first``, ``birth_date``, ``npi``, ...), or None."""
        return next((item for item in self.parts if item.name == name), None)

    def as_fields(self) -> list[dict]:
        """The parts as JSON-able data."""
        return [
            {
                "name": item.name,
                "outcome": item.outcome,
                "sentence": item.sentence,
                "points": round(item.points, 1),
                "similarity": None if item.similarity is None else round(item.similarity, 4),
            }
            for item in self.parts
        ]


# --- normal forms ---------------------------------------------------------------------------------------

_PARTICLES = word_set(
    "DE LA LAS LOS DEL DELLA DI DA DAS DO DOS DU VAN VON DER DEN TER TEN AL EL BIN IBN ST MC MAC O D Y E"
)
_ENDINGS = frozenset(SUFFIXES) | frozenset(CREDENTIALS)


@lru_cache(maxsize=65536)
def last_forms(text: str, width: int = DEFAULTS.last_width) -> tuple[str, ...]:
    """Every form under which a surname may be printed: whole, joined, by part; suffix off; cut to ``width``.

    The cut is made both before and after punctuation is dropped, because the list was cut with it.
    """
    surname = split_surname(text).surname
    forms: dict[str, None] = {}
    for source in (surname, _cut(surname, width), _cut(text, width)):
        for variant in _word_variants(source):
            tokens = _without_endings(variant.split())
            whole = " ".join(tokens)
            parts = [token for token in tokens if len(token) > 1 and token not in _PARTICLES]
            turned = [" ".join(reversed(tokens))] if len(tokens) == 2 else []
            for form in (whole, whole.replace(" ", ""), *turned, *parts):
                if form:
                    forms[_cut(form, width)] = None
    return tuple(forms)


@lru_cache(maxsize=65536)
def first_forms(text: str, width: int = DEFAULTS.first_width) -> tuple[str, ...]:
    """Every form of a given name: whole, joined, and its first word; cut to ``width``."""
    forms: dict[str, None] = {}
    for source in (text, _cut(text, width)):
        for variant in _word_variants(source):
            tokens = _without_endings(variant.split())
            whole = " ".join(tokens)
            for form in (whole, whole.replace(" ", ""), *tokens[:1]):
                if form:
                    forms[_cut(form, width)] = None
    return tuple(forms)


def _word_variants(text: str) -> list[str]:
    """The search variants that still have their words apart (endings are taken off by word)."""
    variants = search_variants(text)
    return [variant for variant in variants if variant == variants[0] or " " in variant]


def _without_endings(tokens: list[str]) -> list[str]:
    """Tokens less suffixes and degrees at the end; the first word always stays."""
    end = len(tokens)
    while end > 1 and tokens[end - 1] in _ENDINGS:
        end -= 1
    return tokens[:end]


def _cut(text: str, width: int) -> str:
    return text[:width].rstrip() if width else text


# --- blocking -------------------------------------------------------------------------------------------


def block_keys(person: ScreenedPerson, parameters: MatchingParameters = DEFAULTS) -> frozenset[str]:
    """The keys of the rows this person must be compared with (see the module's text for what they catch)."""
    keys = _number_keys(person.npi, person.upin, person.birth_date)
    for name in person.names:
        given = first_forms(name.first, parameters.first_width)
        initials = {form[0] for form in given} | {
            other[0] for form in given for token in form.split()[:1] for other in nicknames(token)
        }
        surnames = last_forms(name.last, parameters.last_width)
        keys |= _surname_keys(surnames, initials or {"*"})
        # Names entered in the wrong columns: their surname column holds our given name or a nickname of it.
        turned_initials = {form[0] for form in surnames}
        turned = _surname_keys(last_forms(name.first, parameters.last_width), turned_initials)
        keys |= {key for key in turned if not key.startswith("L")}
        keys |= {
            f"E{other}/{initial}"
            for form in given
            for other in nicknames(form)
            for initial in turned_initials
        }
    return frozenset(keys)


def block_keys_row(row: ListedParty, parameters: MatchingParameters = DEFAULTS) -> frozenset[str]:
    """The keys of a list row. A business row has only its numbers."""
    keys = _number_keys(row.npi, row.upin, row.birth_date)
    given = first_forms(row.first_name, parameters.first_width)
    keys |= _surname_keys(
        last_forms(row.last_name, parameters.last_width), {form[0] for form in given} or {"*"}
    )
    return frozenset(keys)


def _number_keys(npi: str, upin: str, birth_date: dt.date | None) -> set[str]:
    keys = set()
    if npi:
        keys.add(f"N{npi}")
    if upin:
        keys.add(f"U{upin.upper()}")
    if birth_date:
        keys.add(f"D{birth_date:%Y%m%d}")
    return keys


def _surname_keys(surnames: Iterable[str], initials: set[str]) -> set[str]:
    forms = [form[:KEY_LETTERS] for form in surnames if " " not in form]
    near = near_keys(surnames)
    return {f"L{form}" for form in forms} | {f"{key}/{initial}" for key in near for initial in initials}


def near_keys(surnames: Iterable[str]) -> set[str]:
    """The keys two surnames share that differ by a letter or begin alike, whatever the given name is."""
    keys = set()
    for surname in {form[:KEY_LETTERS] for form in surnames}:
        if " " in surname:  # the joined form and the parts are there as well
            continue
        keys.add(f"E{surname}")
        if len(surname) > 2:
            keys.update(f"E{surname[:index]}{surname[index + 1 :]}" for index in range(len(surname)))
        if len(surname) >= LONG_SURNAME:
            keys.add(f"P{surname[:LONG_PREFIX]}")
    return keys


# --- comparison -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _NameFit:
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
    clearly differ; or neither is known, the surname is a common one by ``bearers`` (rows of the list by
    :func:`surname_key`) and the state or the middle name is another. NONE: everything else. A row without a
    person's name is compared by its numbers only.
    """
    npi, upin = (
        _number_part("npi", "NPI", person.npi, row.npi, parameters),
        _upin_part(person, row, parameters),
    )
    fit = _best_fit(person, row, parameters)
    names_match = (
        fit is not None and fit.last >= parameters.possible_last and fit.first >= parameters.possible_first
    )
    if not names_match and npi.outcome != "equal" and upin.outcome != "equal":
        return Match(MatchClass.NONE, 0.0, None)
    born = _birth_date_part(person.birth_date, row, parameters)
    names = _name_parts(fit, row, parameters) if fit else []
    support = _support(person, row, parameters)
    # A birth date that is missing on our side is ours to find: it makes no pair weaker.
    only_name = row.birth_date is None and npi.outcome == "absent"
    spread = [_spread_part(fit, row, parameters, bearers)] if fit and only_name and bearers else []
    parts = [*names, *spread, born, npi, upin, *support]
    match_class = _class(fit if names_match else None, born.outcome, npi.outcome, upin.outcome, parameters)
    if match_class == MatchClass.POSSIBLE and upin.outcome != "equal" and _only_a_common_name(parts):
        match_class = MatchClass.WEAK
    score = max(0.0, min(100.0, sum(part.points for part in parts)))
    return Match(
        match_class=match_class,
        score=round(score, 1),
        name_used=fit.name if fit else None,
        swapped=bool(fit and fit.swapped),
        parts=tuple(part for part in parts if part.outcome != "not compared"),
    )


def find_matches(
    person: ScreenedPerson,
    rows: Iterable[ListedParty],
    parameters: MatchingParameters = DEFAULTS,
    bearers: Mapping[str, int] = NOT_COUNTED,
) -> list[tuple[ListedParty, Match]]:
    """Every row that is more than NONE for this person, gravest first. Compares with all ``rows`` given."""
    found = [(row, compare(person, row, parameters, bearers)) for row in rows]
    return sorted(
        (pair for pair in found if pair[1].match_class),
        key=lambda pair: (-pair[1].match_class, -pair[1].score),
    )


def _class(
    fit: _NameFit | None, born: str, npi: str, upin: str, parameters: MatchingParameters
) -> MatchClass:
    if npi == "equal":
        return MatchClass.CONFIRMED_CANDIDATE
    if fit is None:
        return MatchClass.POSSIBLE if upin == "equal" else MatchClass.NONE
    strong = fit.last >= parameters.confirmed_last and fit.first >= parameters.confirmed_first
    if born == "equal":
        return MatchClass.CONFIRMED_CANDIDATE if strong else MatchClass.POSSIBLE
    if upin == "equal":
        return MatchClass.POSSIBLE
    return MatchClass.WEAK if born == "differs" or npi == "differs" else MatchClass.POSSIBLE


#: What makes little of a name that is all two people have in common, by part.
_AGAINST = {"first": "similar", "middle": "differs", "state": "elsewhere"}


def _only_a_common_name(parts: Iterable[ScorePart]) -> bool:
    """Whether nothing but a name agrees, the surname is a common one, and something speaks against the pair:
    another state, another middle name, a given name that is only similar. Against a rare one all three must.
    """
    outcomes = {part.name: part.outcome for part in parts}
    if "spread" not in outcomes or "postal_code" in outcomes:
        return False
    against = sum(outcomes.get(part) == outcome for part, outcome in _AGAINST.items())
    return against >= (1 if outcomes["spread"] == "common" else len(_AGAINST))


def _best_fit(person: ScreenedPerson, row: ListedParty, parameters: MatchingParameters) -> _NameFit | None:
    if not row.last_name and not row.first_name:
        return None
    fits = []
    for name in person.names:
        fits.append(_fit(name, row.last_name, row.first_name, parameters, swapped=False))
        if row.last_name and row.first_name and name.first:
            fits.append(_fit(name, row.first_name, row.last_name, parameters, swapped=True))
    return max(
        fits,
        key=lambda fit: (_name_rank(fit, parameters), not fit.swapped, fit.last + fit.first),
        default=None,
    )


def _name_rank(fit: _NameFit, parameters: MatchingParameters) -> int:
    if fit.last >= parameters.confirmed_last and fit.first >= parameters.confirmed_first:
        return 2
    return int(fit.last >= parameters.possible_last and fit.first >= parameters.possible_first)


def _fit(
    name: ScreenedName, row_last: str, row_first: str, parameters: MatchingParameters, *, swapped: bool
) -> _NameFit:
    last = last_fit(last_forms(name.last, parameters.last_width), last_forms(row_last, parameters.last_width))
    if last < parameters.possible_last:  # the given name cannot save the pair; spare the work
        return _NameFit(name, swapped, last, 0.0, "not compared")
    first, outcome = _first_similarity(
        first_forms(name.first, parameters.first_width),
        first_forms(row_first, parameters.first_width),
        parameters,
    )
    return _NameFit(name, swapped, last, first, outcome)


def last_fit(left: tuple[str, ...], right: tuple[str, ...]) -> float:
    """How similar two surnames are in the forms that are most alike (0 to 1)."""
    if not left or not right:
        return 0.0
    if not set(left).isdisjoint(right):
        return 1.0
    return max(JaroWinkler.similarity(one, other) for one, other in product(left, right))


def first_fit(left: tuple[str, ...], right: tuple[str, ...], parameters: MatchingParameters) -> float:
    """How similar two given names are (0 to 1); initials and nicknames count as the parameters say."""
    return _first_similarity(left, right, parameters)[0]


def _first_similarity(
    left: tuple[str, ...], right: tuple[str, ...], parameters: MatchingParameters
) -> tuple[float, str]:
    if not left or not right:
        return parameters.initial, "absent"
    if any(one == other and len(one) > 1 for one, other in product(left, right)):
        return 1.0, "equal"
    best, outcome = max(JaroWinkler.similarity(one, other) for one, other in product(left, right)), "similar"
    if any(len(one) == 1 or len(other) == 1 for one, other in product(left, right)):
        # A bare initial: it fits or it does not; its string similarity says nothing.
        same = any(one[0] == other[0] for one, other in product(left, right))
        best, outcome = (parameters.initial, "initial") if same else (0.0, "differs")
    if best < parameters.nickname and any(are_nicknames(one, other) for one, other in product(left, right)):
        best, outcome = parameters.nickname, "nickname"
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


def surname_key(surname: str, width: int) -> str:
    """The key under which the bearers of a listed surname are counted: whole, without spaces, cut."""
    forms = last_forms(surname, width)
    return f"L{forms[0].replace(' ', '')[:KEY_LETTERS]}" if forms else ""


def surname_keys(surnames: Iterable[str], width: int) -> set[str]:
    """The keys of many, without those of nothing."""
    return {key for surname in surnames if (key := surname_key(surname, width))}


def _spread_part(
    fit: _NameFit, row: ListedParty, parameters: MatchingParameters, bearers: Mapping[str, int]
) -> ScorePart:
    """How much the name alone says: by how many rows of the list bear the surname."""
    surname = row.first_name if fit.swapped else row.last_name
    count = bearers.get(surname_key(surname, parameters.last_width), 0)
    rows = f"{count:,} rows of the list bear" if count != 1 else "One row of the list bears"
    outcome = "common" if count > parameters.rare_surname else "rare"
    return ScorePart("spread", outcome, f"{rows} this surname.", 0.0)


def _middle_part(ours: str, listed: str, parameters: MatchingParameters) -> ScorePart:
    left, right = first_forms(ours, parameters.middle_width), first_forms(listed, parameters.middle_width)
    if not left or not right:
        return ScorePart("middle", "absent", "No middle name on one side.", 0.0)
    pairs = list(product(left, right))
    if any(one == other or are_nicknames(one, other) for one, other in pairs):
        outcome, words = "equal", "the same"
    elif any(min(len(one), len(other)) == 1 and one[0] == other[0] for one, other in pairs):
        outcome, words = "initial", "the initial fits"
    else:
        return ScorePart(
            "middle",
            "differs",
            f"Middle name {ours} against {listed}: different.",
            parameters.points_middle_conflicts,
        )
    return ScorePart(
        "middle", outcome, f"Middle name {ours} against {listed}: {words}.", parameters.points_middle_agrees
    )


def birth_date_outcome(ours: dt.date | None, listed: dt.date | None, near_edits: int = 1) -> str:
    """``equal``, ``near`` (few digits differ, neighbouring digits or day and month exchanged), ``differs`` or
    ``absent``."""
    if ours is None or listed is None:
        return "absent"
    if ours == listed:
        return "equal"
    left, right = f"{ours:%Y%m%d}", f"{listed:%Y%m%d}"
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


def _birth_date_part(ours: dt.date | None, row: ListedParty, parameters: MatchingParameters) -> ScorePart:
    outcome = birth_date_outcome(ours, row.birth_date, parameters.birth_date_near_edits)
    sentence, points = {
        "equal": ("The dates of birth are equal.", parameters.points_birth_date_equal),
        "near": (
            "The dates of birth differ as a slip of the pen does (one digit, or two exchanged).",
            parameters.points_birth_date_near,
        ),
        "differs": ("The dates of birth differ.", parameters.points_birth_date_differs),
        "absent": ("The date of birth is unknown on one side.", 0.0),
    }[outcome]
    if source := getattr(row, "born_from", ""):
        sentence = f"{sentence[:-1]}, by {source}, which this row repeats."
    return ScorePart("birth_date", outcome, sentence, points)


def _number_part(name: str, title: str, ours: str, listed: str, parameters: MatchingParameters) -> ScorePart:
    if not ours or not listed:
        return ScorePart(name, "absent", f"The {title} is unknown on one side.", 0.0)
    if ours == listed:
        return ScorePart(name, "equal", f"The {title} is the same: {listed}.", parameters.points_npi_equal)
    return ScorePart(
        name, "differs", f"The list has another {title}: {listed}.", parameters.points_npi_differs
    )


def _upin_part(person: ScreenedPerson, row: ListedParty, parameters: MatchingParameters) -> ScorePart:
    """Agreement only: the number was retired in 2007 and is too often wrong to speak against a match."""
    if person.upin and row.upin and person.upin.upper() == row.upin.upper():
        return ScorePart("upin", "equal", f"The UPIN is the same: {row.upin}.", parameters.points_upin_equal)
    return ScorePart("upin", "not compared", "", 0.0)


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
    listed = _words(f"{row.general} {row.specialty}")
    common = sorted(listed & set().union(*(_words(text) for text in person.specialties)))
    if common:
        parts.append(
            ScorePart(
                "specialty",
                "similar",
                f"A similar field: {', '.join(common).lower()}.",
                parameters.points_specialty,
            )
        )
    return parts


_NO_FIELD = frozenset(
    {"INDIVIDUAL", "OTHER", "AND", "PRACTICE", "PRO", "SERV", "LIC", "IND", "MEDICAL", "MEDICINE"}
)


def _words(text: str) -> set[str]:
    return {word for word in search_key(text).split() if len(word) > 2} - _NO_FIELD


def _percent(similarity: float) -> str:
    return f"{similarity * 100:.0f} %"
