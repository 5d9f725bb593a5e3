"""Whether a record holds what it is expected to hold, and whether what it says can all be true. Pure.

What is missing is UNKNOWN; what contradicts is NOT_MET; where nothing can be compared a rule does not apply.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config.kernel.dates import inclusive_days
from config.rulebook.verdicts import Outcome, Verdict, combine_all

#: Facts of the person a parameter may expect, beside kinds of credentials.
FACTS = {
    "npi": "NPI",
    "birth_date": "Birth date",
    "email": "E-mail",
    "phone": "Phone",
    "practice": "Practice address",
    "specialty": "Specialty",
    "sex": "Sex",
    "photo": "Photo",
}


@dataclass(frozen=True)
class Course:
    """A programme of training with its days, both counted; None where not on file."""

    title: str
    level: str
    first_day: dt.date | None
    last_day: dt.date | None


@dataclass(frozen=True)
class Record:
    """What is known of one person, read for many at once. ``held`` counts facts and credentials by code:
    what ran out does not count, where the kind is renewed.
    """

    provider_type: str
    held: Mapping[str, int] = field(default_factory=dict)
    graduations: Sequence[dt.date] = ()
    courses: Sequence[Course] = ()
    certified_on: Sequence[dt.date] = ()
    licence_states: frozenset[str] = frozenset()
    practice_states: frozenset[str] = frozenset()
    npi_deactivated_on: dt.date | None = None
    npi_known_to_registry: bool = False


@dataclass(frozen=True)
class Expected:
    """The parameters, with the names of the kinds they speak of, and who bound them."""

    entries: Sequence[Mapping[str, Any]]
    names: Mapping[str, str]
    overlap_days: int | None = None
    source: str = ""
    citation: str = ""
    confidence: str = ""


def applies(entry: Mapping[str, Any], provider_type: str) -> bool:
    """Whether the expectation is one of this profession."""
    types = entry.get("provider_types") or ["*"]
    return "*" in types or provider_type in types


def judge(record: Record, expected: Expected) -> Verdict:
    """The record as a tree: what is expected, and what has to fit together."""
    children = tuple(
        group for group in (_expected_group(record, expected), _consistent_group(record, expected)) if group
    )
    outcome = combine_all(children)
    leaves = [leaf for child in children for leaf in child.leaves()]
    missing = [leaf for leaf in leaves if leaf.outcome == Outcome.UNKNOWN]
    wrong = [leaf for leaf in leaves if leaf.outcome == Outcome.NOT_MET]
    told = [
        f"{len(wrong)} contradiction{'s' if len(wrong) > 1 else ''}" if wrong else "",
        f"{len(missing)} missing" if missing else "",
    ]
    open_ones = [*wrong, *missing]
    return Verdict(
        outcome=outcome,
        code="RECORD",
        title="Record complete and consistent",
        sentence=", ".join(part for part in told if part).capitalize() + "."
        if open_ones
        else "Everything expected is on file and fits together.",
        cure=open_ones[0].cure if open_ones else "",
        children=children,
    )


def missing_entries(record: Record, expected: Expected) -> list[Mapping[str, Any]]:
    """What is expected of the person and not on file."""
    return [
        entry
        for entry in expected.entries
        if applies(entry, record.provider_type)
        and record.held.get(entry["expects"], 0) < int(entry.get("minimum") or 1)
    ]


# --- expected -------------------------------------------------------------------------------------------


def _expected_group(record: Record, expected: Expected) -> Verdict | None:
    leaves: list[Verdict] = []
    for entry in expected.entries:
        if applies(entry, record.provider_type):
            leaves.append(_expected_leaf(record, expected, entry))
    if not leaves:
        return None
    held = sum(1 for leaf in leaves if leaf.met)
    return Verdict(
        outcome=combine_all(leaves),
        code="RECORD-EXPECTED",
        title="What is expected",
        sentence=f"{held} of {len(leaves)} on file.",
        children=tuple(leaves),
        citation=expected.citation,
        confidence=expected.confidence,
        bound_by=expected.source,
    )


def _expected_leaf(record: Record, expected: Expected, entry: Mapping[str, Any]) -> Verdict:
    code, minimum = str(entry["expects"]), int(entry.get("minimum") or 1)
    held = record.held.get(code, 0)
    name = FACTS.get(code) or expected.names.get(code, code)
    enough = held >= minimum
    if enough:
        sentence = "On file."
    elif minimum == 1:
        sentence = "Not on file, or run out." if code not in FACTS else "Not on file."
    else:
        sentence = f"{held} of {minimum} on file."
    return Verdict(
        outcome=Outcome.MET if enough else Outcome.UNKNOWN,
        code=f"RECORD-{code.upper()}",
        title=name,
        sentence=sentence,
        facts={"expected_because": str(entry.get("why") or "")},
        cure="" if enough else f"Record it: {name}.",
    )


# --- consistent -----------------------------------------------------------------------------------------


def _consistent_group(record: Record, expected: Expected) -> Verdict | None:
    leaves = [rule(record, expected) for rule in RULES]
    judged = [leaf for leaf in leaves if leaf.outcome != Outcome.NOT_APPLICABLE]
    if not judged:
        return None
    wrong = sum(1 for leaf in judged if not leaf.met)
    return Verdict(
        outcome=combine_all(judged),
        code="RECORD-CONSISTENT",
        title="What has to fit together",
        sentence=f"{wrong} of {len(judged)} do not." if wrong else "It does.",
        children=tuple(judged),
    )


def graduated_before_training(record: Record, _: Expected) -> Verdict:
    """Residency begins after graduation; a fellowship may follow a later degree."""
    starts = [
        course.first_day for course in record.courses if course.first_day and course.level != "fellowship"
    ]
    if not record.graduations or not starts:
        return _nothing("RC-GRADUATION", "Graduation before training")
    graduated, began = min(record.graduations), min(starts)
    return _leaf(
        "RC-GRADUATION",
        "Graduation before training",
        graduated <= began,
        f"Graduated {_day(graduated)}; training began {_day(began)}.",
        "Correct the day of graduation or of training.",
        {"graduated_on": graduated, "training_began": began},
    )


def trained_before_certified(record: Record, _: Expected) -> Verdict:
    """No residency begins after the first board certification: that one rests on an earlier residency."""
    starts = [
        course.first_day for course in record.courses if course.first_day and course.level == "residency"
    ]
    if not record.certified_on or not starts:
        return _nothing("RC-TRAINING", "Training before certification")
    certified, began = min(record.certified_on), min(starts)
    return _leaf(
        "RC-TRAINING",
        "Training before certification",
        began <= certified,
        f"First certified {_day(certified)}; residency began {_day(began)}.",
        "Correct the day of certification or of training.",
        {"first_certified": certified, "residency_began": began},
    )


def licensed_where_practising(record: Record, _: Expected) -> Verdict:
    """A licence of every state in which the person is said to practise."""
    if not record.practice_states or not record.licence_states:
        return _nothing("RC-STATE", "Licensed where practicing")
    lacking = sorted(record.practice_states - record.licence_states)
    return _leaf(
        "RC-STATE",
        "Licensed where practicing",
        not lacking,
        f"Practices in {', '.join(lacking)} without a license of that state on file that runs."
        if lacking
        else f"Practices in {', '.join(sorted(record.practice_states))}, licensed there.",
        "Record the license, or correct the practice address.",
        {
            "practises_in": sorted(record.practice_states),
            "licences_that_run": sorted(record.licence_states),
        },
    )


def npi_active(record: Record, _: Expected) -> Verdict:
    """The registry has not deactivated the NPI."""
    if not record.npi_known_to_registry:
        return _nothing("RC-NPI", "NPI active in the registry")
    ended = record.npi_deactivated_on
    return _leaf(
        "RC-NPI",
        "NPI active in the registry",
        ended is None,
        f"The registry says it is deactivated since {_day(ended)}." if ended else "Active.",
        "Ask the practitioner for the NPI that took its place.",
        {"deactivated_on": ended} if ended else {},
    )


def training_one_at_a_time(record: Record, expected: Expected) -> Verdict:
    """Two programmes of training do not run at once for longer than the parameter allows."""
    dated = sorted(
        (course.first_day, course.last_day, course.title)
        for course in record.courses
        if course.first_day and course.last_day
    )
    if len(dated) < 2 or expected.overlap_days is None:
        return _nothing("RC-OVERLAP", "One training at a time")
    both = [
        (one[2], other[2], inclusive_days(max(one[0], other[0]), min(one[1], other[1])))
        for one, other in itertools.combinations(dated, 2)
    ]
    one, other, days = max(both, key=lambda pair: pair[2])
    fits = days <= expected.overlap_days
    return _leaf(
        "RC-OVERLAP",
        "One training at a time",
        fits,
        f"{len(dated)} programs, one after the other."
        if fits
        else f"{one} and {other} overlap by {days} days.",
        "Correct the days, or say that one was part-time by entering the days spent on it.",
        {} if fits else {"overlap_days": days, "allowed_days": expected.overlap_days},
    )


RULES: tuple[Callable[[Record, Expected], Verdict], ...] = (
    npi_active,
    graduated_before_training,
    trained_before_certified,
    training_one_at_a_time,
    licensed_where_practising,
)


def _leaf(code: str, title: str, fits: bool, sentence: str, cure: str, facts: dict[str, Any]) -> Verdict:
    outcome = Outcome.MET if fits else Outcome.NOT_MET
    return Verdict(outcome, code, title, sentence, facts=facts, cure="" if fits else cure)


def _nothing(code: str, title: str) -> Verdict:
    return Verdict(Outcome.NOT_APPLICABLE, code, title, "Nothing to compare.")


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%b %Y}"
