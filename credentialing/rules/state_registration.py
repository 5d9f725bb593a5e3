"""BL-CDS-1: where the state registers for controlled substances itself, who prescribes there is registered.

Which states do, the office records (``credentialing.cds_states``). It concerns whoever has a registration
with the DEA for the state of the facility: the DEA gives one only to who may handle controlled substances
under the law of the state (21 USC 823(g)(1)). As with the DEA's own, what a source confirmed decides, and a
claim or an empty record is unknown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from bylaws.rules.current_credential import (
    KINDS,
    Required,
    covers,
    gather_current,
    judge_current,
    said_of,
)
from bylaws.rules.dea import DEA
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict
from credentialing.parameters import CDS_STATES
from practitioners.choices import PERMITS_PRACTICE, CredentialStatus, Standing

KIND = "CDS"
KINDS.add(KIND)
REGISTRATION = Required(
    code="BL-CDS-1",
    title="State registration for controlled substances",
    kind=KIND,
    noun="State registration for controlled substances",
    source="the state",
    fact="registration",
    law="21 USC 823(g)(1); law of the state",
    confidence="unconfirmed",
)
#: With what status a registration with the DEA shows that its holder prescribes, or may.
_PRESCRIBES = frozenset(map(str, (*PERMITS_PRACTICE, CredentialStatus.UNKNOWN)))


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """Registrations of the state by practitioner id, beside those with the DEA; three queries, one fewer
    while many rules are asked one after the other.
    """
    with_dea = gather_current(DEA, facility, on, known_at, practitioner_ids)
    facts = {
        pk: {
            **person,
            "facility_state": facility.state,
            "state": "",
            "dea": person["credentials"],
            "credentials": [],
        }
        for pk, person in with_dea.items()
    }
    for row in said_of(KIND, list(facts), known_at):
        if row["of_state"] == facility.state:
            facts[row["person"]]["credentials"].append({**row, "state": ""})
    return dict(facts)


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person. Pure."""
    states = parameters[CDS_STATES]
    here = facts["facility_state"]

    def not_concerned(outcome: Outcome, sentence: str, cure: str = "") -> Verdict:
        return Verdict(
            outcome=outcome,
            code=REGISTRATION.code,
            title=REGISTRATION.title,
            sentence=sentence,
            citation=states.citation or REGISTRATION.law,
            confidence=states.confidence or REGISTRATION.confidence,
            cure=cure,
        )

    if not facts["carries_privileges"]:
        return judge_current(REGISTRATION, facts, parameters)
    if states.is_set and here not in states.value:
        return not_concerned(
            Outcome.NOT_APPLICABLE, f"{here} has no registration of its own for controlled substances."
        )
    dea = [each for each in facts["dea"] if each["status"] in _PRESCRIBES and covers(each, facts["on"])]
    if not dea:
        return judge_current(
            REGISTRATION, facts, parameters, f"No registration with the DEA for {here} runs on this day."
        )
    if not states.is_set:
        return not_concerned(
            Outcome.UNKNOWN,
            "Which states register for controlled substances themselves is not recorded.",
            "Record the states among the parameters.",
        )
    verdict = judge_current(REGISTRATION, facts, parameters)
    surely = any(each["standing"] == Standing.CONFIRMED and each["state"] == here for each in dea)
    if verdict.outcome == Outcome.NOT_MET and not surely:
        return not_concerned(
            Outcome.UNKNOWN,
            f"{verdict.sentence} Whether a registration with the DEA for {here} runs is not known.",
            "Verify the registration with the DEA, with the state of its address.",
        )
    return verdict


RULE = register(
    Rule(
        code=REGISTRATION.code,
        title=REGISTRATION.title,
        version="1",
        parameters=(CDS_STATES,),
        facts=gather,
        judge=judge,
        waivable=False,
    )
)
