"""The crosswalk: from a datum to the rule that judges it, whose standard asks for it, and where it is shown.

Made from what exists: the declared parameters with the citation of each source, the registered rules, the
elements of verification, and what the policies in force name. Nothing of it is typed a second time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bylaws.models import Policy
from bylaws.rules.policy_text import Reference, Section
from bylaws.selectors.policies import naming, policies_on, said
from bylaws.wording import subject_in_words
from config.organization.models import Facility
from config.rulebook.choices import Confidence
from config.rulebook.parameters import definitions
from config.rulebook.rules import Rule, rules
from config.rulebook.selectors.parameters import Bound, Candidate, resolve_many
from credentialing.choices import ApplicationKind, Element
from credentialing.crosswalk_places import Place, place_of_element, place_of_parameter, place_of_rule
from credentialing.parameters import ACCEPTED_SOURCES, MAX_AGE_DAYS, REQUIRED_ELEMENTS
from practitioners.choices import SourceKind

#: Rooms whose numbers are of this office; privileges are another crosswalk.
ROOMS = ("credentialing", "bylaws", "practitioners")
_OF_ELEMENTS = (REQUIRED_ELEMENTS, MAX_AGE_DAYS, ACCEPTED_SOURCES)


@dataclass(frozen=True)
class Standard:
    """Who asks for it and where that is written: a label, never the words of a standard."""

    source: str
    citation: str
    confidence: Confidence | None
    binds: bool

    @property
    def label(self) -> str:
        """Source and citation as one text."""
        return ": ".join(filter(None, (self.source, self.citation)))


@dataclass(frozen=True)
class CrosswalkRow:
    """One datum under one rule or parameter."""

    group: str
    datum: str
    code: str
    rule: str
    says: str
    standards: Sequence[Standard]
    place: Place
    policies: Sequence[tuple[Policy, Section]] = ()


Naming = Mapping[Reference, list[tuple[Policy, Section]]]


def crosswalk(viewer, facility: Facility, *, on: dt.date) -> list[CrosswalkRow]:
    """Every row that holds at the facility on the day: elements first, then the other numbers, then the
    rules; three queries.
    """
    codes = [code for code in definitions() if code.partition(".")[0] in ROOMS]
    bounds = resolve_many(codes, facility=facility, on=on)
    named = naming(policies_on(viewer, facility, on))
    found = [row for element in Element for row in _of_element(element, bounds, named)]
    found += [
        _of_parameter(bounds[key], named)
        for key in sorted(bounds)
        if key[0] not in _OF_ELEMENTS and bounds[key].is_set
    ]
    spoken = {code for code, _ in bounds}
    found += [_of_parameter(Bound(code, "", None), named) for code in codes if code not in spoken]
    return found + [_of_rule(rule, bounds, named) for rule in rules()]


def _of_element(
    element: Element, bounds: Mapping[tuple[str, str], Bound], named: Naming
) -> Iterable[CrosswalkRow]:
    """Whether it is asked for, whose word is accepted, and how old that may be."""
    place = place_of_element(element)
    asked = [(kind, bounds.get((REQUIRED_ELEMENTS, kind))) for kind in ApplicationKind]
    kinds = [(kind, bound) for kind, bound in asked if bound and element in _elements(bound.value)]
    if kinds:
        speaking = [each for _, bound in kinds for each in _speaking(bound)]
        candidates = [each for each in speaking if element in _elements(each.value)]
        yield CrosswalkRow(
            group="What is verified",
            datum=element.label,
            code=REQUIRED_ELEMENTS,
            rule=definitions()[REQUIRED_ELEMENTS].title,
            says=", ".join(ApplicationKind(kind).label for kind, _ in kinds),
            standards=_standards(candidates, candidates),
            place=place,
            policies=[each for kind, _ in kinds for each in named.get((REQUIRED_ELEMENTS, kind), ())],
        )
    for code in (ACCEPTED_SOURCES, MAX_AGE_DAYS):
        bound = bounds.get((code, element))
        if bound is not None and bound.is_set:
            yield _row(bound, "What is verified", element.label, _said(bound), place, named)


def _elements(value) -> set[str]:
    return {str(each.get("element", "")) for each in value or () if isinstance(each, dict)}


def _said(bound: Bound) -> str:
    if bound.code == ACCEPTED_SOURCES:
        known = dict(SourceKind.choices)
        return " or ".join(str(known.get(each, each)) for each in bound.value)
    return said(bound)


def _speaking(bound: Bound) -> list[Candidate]:
    """The sources that take part: the product's default only where nobody else speaks."""
    return [each for each in bound.candidates if not each.is_default] or list(bound.candidates)


def _standards(candidates: Iterable[Candidate], binding: Iterable[Candidate]) -> tuple[Standard, ...]:
    held = {each.uid for each in binding}
    rows = [
        Standard(
            each.source,
            each.citation,
            Confidence(each.confidence) if each.confidence else None,
            each.uid in held,
        )
        for each in candidates
    ]
    return tuple(dict.fromkeys(rows))


def _row(bound: Bound, group: str, datum: str, says: str, place: Place, named: Naming) -> CrosswalkRow:
    candidates = _speaking(bound)
    binding = [each for each in candidates if each.value == bound.value] or candidates
    return CrosswalkRow(
        group=group,
        datum=datum,
        code=bound.code,
        rule=definitions()[bound.code].title,
        says=says,
        standards=_standards(candidates, binding),
        place=place,
        policies=named.get((bound.code, bound.subject), ()),
    )


def _of_parameter(bound: Bound, named: Naming) -> CrosswalkRow:
    room = bound.code.partition(".")[0].capitalize()
    datum = subject_in_words(bound.subject).capitalize() if bound.subject else "Every file"
    says = said(bound)
    return _row(bound, room, datum, says, place_of_parameter(bound.code), named)


def _of_rule(rule: Rule, bounds: Mapping[tuple[str, str], Bound], named: Naming) -> CrosswalkRow:
    candidates = [
        each for code in rule.parameters if (code, "") in bounds for each in _speaking(bounds[code, ""])
    ]
    return CrosswalkRow(
        group="Rules judged every night",
        datum="Every member of the staff",
        code=rule.code,
        rule=rule.title,
        says=", ".join(rule.parameters) or "no number of its own",
        standards=_standards(candidates, candidates),
        place=place_of_rule(rule.code),
        policies=named.get((rule.code, ""), ()),
    )
