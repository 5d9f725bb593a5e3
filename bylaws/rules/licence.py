"""BL-LIC-1: a current licence in the state of the facility.

Met by a confirmed licence of that state that permits practice on the day. A licence on probation is not "no
licence": it permits practice and goes to the Medical Executive Committee. A licence of another state does not
help. A claim nobody confirmed is neither a licence nor the lack of one: unknown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bylaws.parameters import STANDING_CONDITIONS
from bylaws.rules.current_credential import (
    covers,
    evidence,
    said_of,
    said_since,
    source,
    stopped_since,
)
from bylaws.rules.population import asked_of
from config.kernel.display.dates import day_text
from config.kernel.periods import known_sql, last_day
from config.organization.models import Facility
from config.rulebook.rules import Facts, InSets, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict
from practitioners.choices import PERMITS_PRACTICE, CredentialStatus, Standing
from practitioners.models import CredentialPeriod
from practitioners.selectors.canonical import among, person_id

CODE = "BL-LIC-1"
TITLE = "Current license in the state of the facility"
LICENCE = "LICENSE"
LAW = "42 CFR 482.11(c)"
_PERMITS = frozenset(str(status) for status in PERMITS_PRACTICE)


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """Licences of the facility's state by practitioner id, in two queries."""
    people = asked_of(facility, on, known_at, practitioner_ids)
    licences = licences_of(people, facility, known_at)
    return {
        practitioner_id: {**person, "state": facility.state, "licences": licences[practitioner_id]}
        for practitioner_id, person in people.items()
    }


def facts_of_holder(on: dt.date, facility: Facility, licences: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What is judged of somebody whom no category excuses, with these licences of the state."""
    return {
        "on": on,
        "state": facility.state,
        "category": "",
        "carries_privileges": True,
        "licences": list(licences),
    }


def licences_of(
    practitioner_ids: Iterable[int], facility: Facility, known_at: dt.datetime | None
) -> dict[int, list[dict[str, Any]]]:
    """What is said of the licences of the facility's state of each of the people; one query."""
    licences: dict[int, list[dict[str, Any]]] = {pk: [] for pk in practitioner_ids}
    for row in said_of(LICENCE, list(licences), known_at):
        if row["of_state"] == facility.state:
            licences[row["person"]].append(row)
    return licences


def surely_met(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int]
) -> set[int]:
    """Of the ids, those with a confirmed licence of the state that permits practice that day; one query."""
    return set(
        CredentialPeriod.objects.in_force(on, known_at)
        .filter(
            identity__credential_type__code=LICENCE,
            identity__state=facility.state,
            identity__practitioner_id__in=among(practitioner_ids, known_at),
            standing=Standing.CONFIRMED,
            status__in=PERMITS_PRACTICE,
        )
        .annotate(person=person_id("identity__practitioner_id", known_at))
        .values_list("person", flat=True)
    )


#: The licences of the state of many people. Handed to the index as one list of keys, it is read once from
#: left to right; a join would look each of them up.
_LICENCES = """
SELECT c.id, c.practitioner_id AS record FROM practitioners_credential c
 WHERE c.credential_type_id = (SELECT id FROM practitioners_credentialtype WHERE code = %(licence)s)
   AND c.state = %(licence_state)s AND c.practitioner_id = ANY (ARRAY(SELECT record FROM {records}))
"""
#: As :func:`judge` decides, in its order, as InSets weighs; what begins after the day says nothing of it.
_WEIGHED = """
SELECT p.identity_id AS id,
       max(CASE WHEN upper(p.valid) <= %(on)s
                THEN CASE WHEN p.status IN %(permits_practice)s THEN 1 END
                WHEN p.status IN %(permits_practice)s THEN 3
                WHEN p.status = %(unclear)s THEN 2
                ELSE 1 END) AS weight
  FROM practitioners_credentialperiod p
 WHERE p.identity_id = ANY (ARRAY(SELECT id FROM {{listed}})) AND p.standing = %(confirmed)s AND {known_p}
   AND (lower(p.valid) > %(on)s) IS NOT TRUE
 GROUP BY p.identity_id
"""


def in_sets(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> InSets:
    """What :func:`judge` says of people whose category carries privileges, as statements."""
    known = known_sql("p", then=known_at is not None)
    return InSets(
        listed=_LICENCES,
        weighed=_WEIGHED.format(known_p=known),
        values={
            "licence": LICENCE,
            "licence_state": facility.state,
            "confirmed": str(Standing.CONFIRMED),
            "permits_practice": tuple(str(status) for status in PERMITS_PRACTICE),
            "unclear": str(CredentialStatus.UNKNOWN),
            "on": on,
            "known_at": known_at,
        },
    )


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person. Pure."""
    citation, confidence = source(CODE, LAW, "secondary", parameters)

    def say(outcome: Outcome, sentence: str, **more: Any) -> Verdict:
        return Verdict(
            outcome=outcome,
            code=CODE,
            title=TITLE,
            sentence=sentence,
            citation=citation,
            confidence=confidence,
            **more,
        )

    on, state = facts["on"], facts["state"]
    if not facts["carries_privileges"]:
        return say(
            Outcome.NOT_APPLICABLE,
            f"The category {facts['category']} carries no privileges.",
            facts={"category": facts["category"]},
        )
    confirmed = [each for each in facts["licences"] if each["standing"] == Standing.CONFIRMED]
    claimed = [
        each for each in facts["licences"] if each["standing"] != Standing.CONFIRMED and covers(each, on)
    ]
    permitting = [each for each in confirmed if each["status"] in _PERMITS]
    current = [each for each in permitting if covers(each, on)]
    if current:
        return _met(say, facts, current, permitting)
    others = [each for each in confirmed if each["status"] not in _PERMITS and covers(each, on)]
    unclear = [each for each in others if each["status"] == CredentialStatus.UNKNOWN]
    if unclear:
        return say(
            Outcome.UNKNOWN,
            f"The status of {state} license {unclear[-1]['number']} is unclear from the answer of the board.",
            facts=_shown(facts, unclear[-1]),
            evidence=evidence(unclear[-1]),
            cure=f"Ask the {state} board what the status is.",
        )
    if others:
        return _not_permitted(say, facts, others[-1], permitting, confirmed)
    ended = [each for each in permitting if each["to"] is not None and each["to"] <= on]
    if ended:
        return _ended(say, facts, max(ended, key=lambda each: each["to"]), claimed)
    if claimed:
        return say(
            Outcome.UNKNOWN,
            f"The {state} license {claimed[-1]['number']} is claimed; the board has not confirmed it.",
            facts=_shown(facts, claimed[-1]),
            cure=f"Verify the license with the {state} board.",
        )
    if confirmed:
        return say(
            Outcome.UNKNOWN,
            f"The {state} license on record is confirmed for other days only.",
            facts=_shown(facts, confirmed[0]),
            cure=f"Verify with the {state} board what held on this day.",
        )
    return say(
        Outcome.UNKNOWN,
        f"No {state} license is on record.",
        facts={"state": state},
        cure=f"Record and verify the {state} license, or find out that there is none.",
    )


def _met(say, facts: Facts, current: Sequence[Mapping], permitting: Sequence[Mapping]) -> Verdict:
    """The licence that runs longest speaks; ``since`` is the first day without a gap up to this one."""
    best = max(
        current, key=lambda each: (each["to"] or dt.date.max, each["status"] == CredentialStatus.ACTIVE)
    )
    through = last_day(best["to"])
    until = f", through {day_text(through)}" if through else ""
    note = ""
    if best["status"] != CredentialStatus.ACTIVE:
        label = CredentialStatus(best["status"]).label.lower()
        note = f" It is {label}: it permits practice and goes to the Medical Executive Committee."
    return say(
        Outcome.MET,
        f"{facts['state']} license {best['number']} is confirmed{until}.{note}",
        facts=_shown(facts, best),
        evidence=evidence(best),
        since=said_since(permitting, facts["on"]),
        due=last_day(best["to"]),
    )


def _not_permitted(
    say, facts: Facts, one: Mapping, permitting: Sequence[Mapping], confirmed: Sequence[Mapping]
) -> Verdict:
    ended = [each for each in permitting if each["to"] is not None and each["to"] <= facts["on"]]
    label = CredentialStatus(one["status"]).label.lower()
    return say(
        Outcome.NOT_MET,
        f"{facts['state']} license {one['number']} is {label}; that does not permit practice.",
        facts=_shown(facts, one),
        evidence=evidence(one),
        since=stopped_since(confirmed, ended, facts["on"]),
        cure="The board restores the license, and that is verified.",
    )


def _ended(say, facts: Facts, one: Mapping, claimed: Sequence[Mapping]) -> Verdict:
    through = last_day(one["to"])
    sentence = f"{facts['state']} license {one['number']} ran out with {day_text(through)}."
    cure = f"Verify a renewal with the {facts['state']} board."
    if claimed:
        sentence += " A renewal is claimed but not confirmed."
    return say(
        Outcome.NOT_MET,
        sentence,
        facts=_shown(facts, one),
        evidence=evidence(one),
        since=one["to"],
        cure=cure,
    )


def _shown(facts: Facts, licence: Mapping) -> dict[str, Any]:
    return {
        "state": facts["state"],
        "licence": licence["number"],
        "status": CredentialStatus(licence["status"]).label,
        "standing": Standing(licence["standing"]).label,
        "valid_from": licence["from"],
        "last_day": last_day(licence["to"]),
    }


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(STANDING_CONDITIONS.code,),
        facts=gather,
        judge=judge,
        waivable=False,
        standing=True,
        surely_met=surely_met,
        in_sets=in_sets,
    )
)
