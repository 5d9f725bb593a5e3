"""Rules and their registry.

A rule gathers facts for many subjects with set queries and judges each with a pure function. The same rule
serves one file, the nightly run over everyone, any past day, and a draft amendment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.organization.models import Facility
from config.rulebook.selectors.parameters import Bound, resolve_many
from config.rulebook.subjects import PRACTITIONER
from config.rulebook.verdicts import Verdict

#: Facts of one subject: plain values only (dates, numbers, text, lists of them).
Facts = Mapping[str, Any]
Parameters = Mapping[str, Bound]


@dataclass(frozen=True)
class InSets:
    """What ``judge`` would say of many people at once, without its reasons, as statements of the database.

    They take ``values`` as named parameters, and what they are about as the name of a relation. ``listed``
    answers rows of (``id``, ``record``): what is looked at of the records of ``{records}``, which has the
    columns ``person`` and ``record``. ``weighed`` answers rows of (``id``, ``weight``) of what ``{listed}``
    has, weighed as below; of everything of all records of a person the greatest weight decides. A person of
    whom nothing is answered is UNKNOWN, as missing data always is. ``excused`` answers the ``record`` of
    everybody of ``{records}`` who meets the rule whatever is said of them.
    """

    values: Mapping[str, Any]
    listed: str = "SELECT NULL::bigint AS id, record FROM {records} WHERE false"
    weighed: str = "SELECT NULL::bigint AS id, 0 AS weight WHERE false"
    excused: str = "SELECT record FROM {records} WHERE false"


#: What :class:`InSets` weighs: it is not met, that is not known, it is met.
SURELY_NOT_MET, UNCLEAR, SURELY_MET = 1, 2, 3
#: ``(code of the privilege, parameters, facility, on, known_at)`` -> statements that all have to be met.
InSetsFor = Callable[[str, Parameters, Facility, dt.date, dt.datetime | None], Sequence[InSets]]
#: ``(facts by person, parameters, facility, on, known_at)`` -> the facts with what they need beside.
MoreFacts = Callable[[dict[int, Facts], Parameters, Facility, dt.date, dt.datetime | None], dict[int, Facts]]


@dataclass(frozen=True)
class Rule:
    """One rule of the field's catalogue.

    ``facts(facility, on, known_at, practitioner_ids)`` answers {practitioner id: facts} for the ids given, or
    for the rule's whole population when None. ``judge(facts, parameters)`` is pure.

    ``subject`` is the kind of what it judges: people, or a kind of ``config.rulebook.subjects``, and then the
    ids are of that. Only a rule about people suspends anybody, as a standing condition or by law.

    ``surely_met``, where a rule has one, answers in one query which of the ids meet it without doubt; of them
    ``judge`` would say so too. It spares judging thousands one by one where only the others are of interest.

    ``in_sets(facility, on, known_at)`` says as statements what ``judge`` says of one person; every rule that
    can be a standing condition has it, because "who can do this" asks about many thousands. ``judge`` stays
    what explains, and a test holds the two together.

    A rule that asks something else of each privilege has ``for_privilege(facts, code)``, which narrows the
    facts of one person to what is asked for one privilege, and ``in_sets_for`` in place of ``in_sets``.
    Judged of all privileges somebody holds, its verdict has a part for each thing asked, with what that
    ``reaches``.

    ``narrowed`` names (code, subject) of parameters that differ by subject and that the rule reads for that
    subject: ``judge`` finds them as ``code:subject``.

    ``more_facts``, where a rule has it, adds what only some values of its parameters ask for, so that it is
    not read where they do not.

    ``by_law`` says that its breach bars by law, whether or not the bylaws list it. Such a rule has
    ``suspects(ids, None: everybody)``: whom it may find in breach, in one query; nobody else surely is, so
    that nothing is judged each time somebody is granted something.
    """

    code: str
    title: str
    version: str
    parameters: tuple[str, ...]
    facts: Callable[[Facility, dt.date, dt.datetime | None, Iterable[int] | None], dict[int, Facts]]
    judge: Callable[[Facts, Parameters], Verdict]
    waivable: bool = True
    standing: bool = False  # can be a standing condition of the lookup
    surely_met: Callable[[Facility, dt.date, dt.datetime | None, Iterable[int]], set[int]] | None = None
    in_sets: Callable[[Facility, dt.date, dt.datetime | None], InSets] | None = None
    by_law: bool = False
    data_class: str = ""  # what its findings are told to, besides who may see compliance; empty: everybody
    suspects: Callable[[Iterable[int] | None], set[int]] | None = None
    more_facts: MoreFacts | None = None
    for_privilege: Callable[[Facts, str], Facts] | None = None
    in_sets_for: InSetsFor | None = None
    narrowed: tuple[tuple[str, str], ...] = ()
    subject: str = PRACTITIONER

    @property
    def about_people(self) -> bool:
        """Whether it judges practitioners."""
        return self.subject == PRACTITIONER

    def bounds(self, found: Mapping[tuple[str, str], Bound]) -> dict[str, Bound]:
        """What binds of the parameters the rule reads, of what was resolved by code and subject; a subject
        without a value of its own has the general one.
        """
        bound = {code: found.get((code, ""), Bound(code, "", None)) for code in self.parameters}
        for code, subject in self.narrowed:
            bound[f"{code}:{subject}"] = found.get((code, subject)) or found.get(
                (code, ""), Bound(code, subject, None)
            )
        return bound


_rules: dict[str, Rule] = {}


def register(rule: Rule) -> Rule:
    """Add a rule; rooms do this in ``rules/`` modules imported when the app is ready."""
    if rule.code in _rules:
        raise RuntimeError(f"Rule {rule.code} is registered twice.")
    if rule.standing and rule.in_sets is None and rule.in_sets_for is None:
        raise RuntimeError(f"Rule {rule.code} can be a standing condition: it needs in_sets.")
    if (rule.for_privilege is None) != (rule.in_sets_for is None):
        raise RuntimeError(f"Rule {rule.code} needs both for_privilege and in_sets_for, or neither.")
    if unread := {code for code, _ in rule.narrowed} - set(rule.parameters):
        raise RuntimeError(f"Rule {rule.code} narrows {', '.join(sorted(unread))}, which it does not read.")
    if not rule.about_people and (rule.standing or rule.by_law):
        raise RuntimeError(f"Rule {rule.code} is about no person: it suspends nobody.")
    if rule.by_law and rule.suspects is None:
        raise RuntimeError(f"Rule {rule.code} bars by law: it needs suspects.")
    _rules[rule.code] = rule
    return rule


def rule(code: str) -> Rule:
    """The rule of that code."""
    return _rules[code]


def rules() -> list[Rule]:
    """All rules in order of code."""
    return [_rules[code] for code in sorted(_rules)]


def judge_many(
    rule: Rule,
    *,
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None = None,
    practitioner_ids: Iterable[int] | None = None,
    parameters: Parameters | None = None,
    privileges_held: Container[int] = (),
    privilege: str = "",
) -> dict[int, Verdict]:
    """Verdicts by the id of what the rule judges. ``parameters`` replaces those in force (a draft amendment).

    ``privilege``: the code of the one that is asked about; empty: all that are held.

    ``privileges_held``: ids of those whom a category that carries no privileges does not excuse, because they
    hold some that rest on no appointment.
    """
    if parameters is None:
        parameters = rule.bounds(resolve_many(rule.parameters, facility=facility, on=on, known_at=known_at))
    facts = rule.facts(facility, on, known_at, practitioner_ids)
    return judge_gathered(
        rule,
        facts,
        parameters,
        facility=facility,
        on=on,
        known_at=known_at,
        privileges_held=privileges_held,
        privilege=privilege,
    )


def judge_gathered(
    rule: Rule,
    facts: dict[int, Facts],
    parameters: Parameters,
    *,
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None = None,
    privileges_held: Container[int] = (),
    privilege: str = "",
) -> dict[int, Verdict]:
    """As :func:`judge_many`, on facts that were gathered before: the same facts serve several parameters."""
    if rule.more_facts is not None:
        facts = rule.more_facts(facts, parameters, facility, on, known_at)
    facts = {
        pk: {**each, "carries_privileges": True}
        if pk in privileges_held and "carries_privileges" in each
        else each
        for pk, each in facts.items()
    }
    if privilege and rule.for_privilege is not None:
        facts = {pk: rule.for_privilege(each, privilege) for pk, each in facts.items()}
    return {practitioner_id: rule.judge(one, parameters) for practitioner_id, one in facts.items()}
