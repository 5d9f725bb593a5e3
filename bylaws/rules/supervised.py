"""BL-SUP-1: whose profession needs a supervisor or collaborator works under one who may supervise.

Which professions that are is a parameter. An agreement counts while it is confirmed and runs, for the state
of the facility, and its supervisor may practise here: an appointment that carries privileges, privileges, a
current licence of the state, and nothing that suspends them all. A supervisor's lapse so reaches whoever has
no other. An agreement that is only claimed, that is not on record, or whose supervisor is not on file by NPI
is unknown: missing data suspends nobody.

Why a supervisor may not practise can be peer review and is never said here.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from bylaws.choices import BarScope
from bylaws.held import codes_held
from bylaws.parameters import STANDING_CONDITIONS, SUPERVISED_PROFESSIONS, bind
from bylaws.rules import licence
from bylaws.rules.current_credential import (
    KINDS,
    covers,
    evidence,
    said_of,
    said_since,
    source,
    stopped_among,
)
from bylaws.rules.population import asked_of, professions_of
from config.kernel.display.dates import day_text
from config.kernel.periods import known_sql, last_day
from config.organization.models import Facility
from config.rulebook.rules import Facts, InSets, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict
from practitioners.choices import PERMITS_PRACTICE, CredentialStatus, ProviderType, Standing
from practitioners.models import CredentialPeriod
from practitioners.selectors.canonical import person_sql

CODE = "BL-SUP-1"
TITLE = "A supervisor who may supervise"
SUPERVISION = "SUPERVISION"
LAW = "State practice acts"
#: The agreements that name somebody to work under; a delegation of prescribing alone is none of them.
AGREEMENTS = ("supervision", "collaboration")
_PERMITS = frozenset(str(status) for status in PERMITS_PRACTICE)
KINDS.add(SUPERVISION)


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """Who is asked, by practitioner id; one query. The rest is read of those whose profession needs one."""
    people = asked_of(facility, on, known_at, practitioner_ids)
    return {
        pk: {**person, "profession": "", "agreements": [], "supervisors": {}} for pk, person in people.items()
    }


def professions(parameters: Parameters) -> list[str]:
    """The professions that need somebody to work under."""
    bound = parameters.get(SUPERVISED_PROFESSIONS.code)
    value = bound.value if bound is not None else None
    return [str(each) for each in (value if isinstance(value, list) else [])]


def with_agreements(
    facts: dict[int, Facts],
    parameters: Parameters,
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None,
) -> dict[int, Facts]:
    """Of those whose profession needs one: their agreements for the state and what holds of the supervisors.
    One query, two where somebody is one of them, and those of :func:`supervisors`.
    """
    wanted = professions(parameters)
    if not wanted or not facts:
        return facts
    asked = {pk: profession for pk, profession in professions_of(facts).items() if profession in wanted}
    if not asked:
        return facts
    agreements: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in said_of(SUPERVISION, sorted(asked), known_at):
        if row["of_state"] in (facility.state, "") and row["extra"].get("agreement") in AGREEMENTS:
            agreements[row["person"]].append({**row, "npi": row["extra"].get("supervisor_npi", "")})
    npis = {row["npi"] for each in agreements.values() for row in each if _runs(row, on)}
    known = supervisors(npis, facility, on, known_at)
    return {
        pk: {
            **each,
            "profession": asked.get(pk, ""),
            "agreements": agreements.get(pk, []),
            "supervisors": {
                row["npi"]: known[row["npi"]] for row in agreements.get(pk, []) if row["npi"] in known
            },
        }
        for pk, each in facts.items()
    }


#: The people with the NPIs, and on whichever of their records at the facility: their terms that carry
#: privileges, and what suspends all of them.
_SUPERVISORS = """
WITH named AS (
    SELECT {person} AS person, p.npi, p.display_name FROM practitioners_practitioner p
     WHERE p.npi = ANY (%(npis)s) AND p.withdrawn_at IS NULL
), record AS (
    SELECT person, person AS id FROM named
     UNION
    SELECT n.person, m.practitioner_id FROM named n
      JOIN practitioners_practitioneraliasperiod m ON m.canonical_id = n.person AND {known_m}
)
SELECT 'who', person, npi, display_name, NULL::daterange FROM named
UNION ALL
SELECT 'term', r.person, '', '', a.valid
  FROM record r JOIN bylaws_appointmentperiod a ON a.practitioner_id = r.id
  JOIN bylaws_staffcategory c ON c.id = a.category_id
 WHERE a.facility_id = %(facility)s AND c.carries_privileges AND {known_a}
UNION ALL
SELECT 'bar', r.person, '', '', b.valid
  FROM record r JOIN bylaws_bar w ON w.practitioner_id = r.id
  JOIN bylaws_barperiod b ON b.identity_id = w.id
 WHERE w.facility_id = %(facility)s AND b.scope = %(all)s AND b.condition = '' AND {known_b}
"""


def supervisors(
    npis: Collection[str], facility: Facility, on: dt.date, known_at: dt.datetime | None
) -> dict[str, dict[str, Any]]:
    """Whether the people on file with these NPIs may supervise at the facility on the day: by NPI their name,
    ``outcome``, ``since`` (of a lapse its first day, else since when they may without a break; None: always,
    or not known) and, where they may not or nobody knows, why. Three queries, whatever their number.
    """
    wanted = sorted({npi for npi in npis if npi})
    if not wanted:
        return {}
    then = known_at is not None
    statement = _SUPERVISORS.format(
        person=person_sql("p.id", then=then),
        **{f"known_{each}": known_sql(each, then=then) for each in "mab"},
    )
    values: dict[str, Any] = {
        "npis": wanted,
        "facility": facility.pk,
        "all": str(BarScope.ALL_PRIVILEGES),
        "known_at": known_at,
    }
    on_file: dict[str, tuple[int, str]] = {}
    stretches: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        for what, person, npi, name, valid in cursor.fetchall():
            if what == "who":
                on_file[npi] = (person, name)
            else:
                stretches[what, person].append({"from": valid.lower, "to": valid.upper})
    people = sorted({person for person, _ in on_file.values()})
    if not people:
        return {}
    said = licence.licences_of(people, facility, known_at)
    licensed = {
        person: licence.judge(licence.facts_of_holder(on, facility, rows), {})
        for person, rows in said.items()
    }
    lapses = {
        person: _lapses(on, licensed[person], stretches["term", person], stretches["bar", person])
        for person in people
    }
    # Asked only of whom nothing else keeps from it.
    held = codes_held([person for person in people if not lapses[person]], facility, on, known_at)
    for person, found in lapses.items():
        if not found and not held.get(person):
            found.append(("holds no privileges", None))
    return {
        npi: _supervisor(
            name, on, licensed[person], stretches["term", person], stretches["bar", person], lapses[person]
        )
        for npi, (person, name) in on_file.items()
    }


def _lapses(
    on: dt.date, licensed: Verdict, terms: Sequence[Mapping[str, Any]], bars: Sequence[Mapping[str, Any]]
) -> list[tuple[str, dt.date | None]]:
    """What keeps somebody from supervising, and since when, as far as their privileges do not say. Pure."""
    ended = [each["to"] for each in terms if each["to"] is not None and each["to"] <= on]
    lapses: list[tuple[str, dt.date | None]] = []
    if licensed.outcome == Outcome.NOT_MET:
        lapses.append(("has no current license", licensed.since))
    if not any(covers(each, on) for each in terms):
        lapses.append(("has no appointment in force that carries privileges", max(ended, default=None)))
    if any(covers(each, on) for each in bars):
        lapses.append(("may not use any privileges", said_since(bars, on)))
    return lapses


def _supervisor(
    name: str,
    on: dt.date,
    licensed: Verdict,
    terms: Sequence[Mapping[str, Any]],
    bars: Sequence[Mapping[str, Any]],
    lapses: Sequence[tuple[str, dt.date | None]],
) -> dict[str, Any]:
    """What holds of one supervisor. Pure."""
    if lapses:
        since = min((day for _, day in lapses if day is not None), default=None)
        why = f"{name} {lapses[0][0]} here{f' since {day_text(since)}' if since else ''}"
        return {"name": name, "outcome": str(Outcome.NOT_MET), "since": since, "why": why}
    if licensed.outcome == Outcome.UNKNOWN:
        why = f"whether {name} has a current license is not known"
        return {"name": name, "outcome": str(Outcome.UNKNOWN), "since": None, "why": why}
    barred = [each["to"] for each in bars if each["to"] is not None and each["to"] <= on]
    days = [licensed.since, said_since(terms, on), max(barred, default=None)]
    since = max((day for day in days if day is not None), default=None)
    return {"name": name, "outcome": str(Outcome.MET), "since": since, "why": ""}


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person. Pure."""
    citation, confidence = source(CODE, LAW, "unconfirmed", parameters)

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

    if not facts["carries_privileges"]:
        return say(Outcome.NOT_APPLICABLE, f"The category {facts['category']} carries no privileges.")
    if facts["profession"] not in professions(parameters):
        return say(Outcome.NOT_APPLICABLE, "The profession needs nobody to work under here.")
    on = facts["on"]
    running = [(row, facts["supervisors"].get(row["npi"])) for row in facts["agreements"] if _runs(row, on)]
    lapsed = list(
        dict.fromkeys(f"{each['why']}." for _, each in running if each and each["outcome"] == Outcome.NOT_MET)
    )
    good = [(row, each) for row, each in running if each and each["outcome"] == Outcome.MET]
    if good:
        return _met(say, facts, good, lapsed)
    doubtful = [(row, each) for row, each in running if each is None or each["outcome"] == Outcome.UNKNOWN]
    unclear = [row for row in facts["agreements"] if _confirmed(row) and covers(row, on) and _unclear(row)]
    if doubtful or unclear:
        why = "the status of the agreement is unclear"
        if doubtful:
            each = doubtful[0][1]
            why = each["why"] if each else "the supervisor it names is not on file by NPI"
        return say(
            Outcome.UNKNOWN,
            f"An agreement runs, and {why}.",
            facts={"profession": ProviderType(facts["profession"]).label},
            cure="Record the NPI of the supervisor and verify the supervisor's license.",
        )
    return _without(say, facts, running, lapsed)


def _met(say, facts: Facts, good: Sequence[tuple[Mapping, Mapping]], lapsed: Sequence[str]) -> Verdict:
    """One who may supervise is enough; that another one may not is told."""
    sinces = []
    for row, each in good:
        same = [other for other in facts["agreements"] if _permits(other) and other["npi"] == row["npi"]]
        days = [said_since(same, facts["on"]), each["since"]]
        sinces.append(max((day for day in days if day is not None), default=None))
    since = None if None in sinces else min(day for day in sinces if day is not None)
    row, each = max(good, key=lambda pair: pair[0]["to"] or dt.date.max)
    until = f", through {day_text(last_day(row['to']))}" if row["to"] else ""
    told = f" Another agreement does not count: {' '.join(lapsed)}" if lapsed else ""
    return say(
        Outcome.MET,
        f"Works under {each['name']}{until}.{told}",
        facts={"supervisor": each["name"], "last_day": last_day(row["to"]), "lapsed": list(lapsed)},
        evidence=evidence(row),
        since=since,
        due=last_day(row["to"]),
    )


def _without(say, facts: Facts, running: Sequence[tuple[Mapping, Mapping]], lapsed: Sequence[str]) -> Verdict:
    """Why nobody supervises: surely, or as far as is known."""
    on = facts["on"]
    claimed = [row for row in facts["agreements"] if not _confirmed(row) and covers(row, on)]
    cure = "Record and verify an agreement with a supervisor who may practice here."
    shown = {"profession": ProviderType(facts["profession"]).label, "lapsed": list(lapsed)}
    stopped = stopped_among(filter(_confirmed, facts["agreements"]))
    ended = [
        row for row in facts["agreements"] if _permits(row) and row["to"] is not None and row["to"] <= on
    ]
    if running or ended or any(covers(row, on) for row in stopped):
        # Each agreement counted until its supervisor lapsed or it ended; the last of them is what was lost.
        lost = [each["since"] for row, each in running if each["since"] and _began(row, each["since"])]
        lost += [row["to"] for row in ended]
        last = max(lost, default=None) or said_since([*stopped, *(row for row, _ in running)], on)
        since = None if any(each["since"] is None for _, each in running) else last
        ran_out = f"The last one ended with {day_text(last_day(last))}." if ended and last else ""
        told = " ".join(lapsed) or ran_out or "No agreement is in force."
        if claimed:
            told += " Another agreement is claimed but not confirmed."
        return say(
            Outcome.NOT_MET,
            f"Nobody supervises: {told}" if lapsed else f"Nobody supervises. {told}",
            facts=shown,
            since=since,
            cure=cure,
        )
    if claimed:
        return say(
            Outcome.UNKNOWN,
            "An agreement of supervision is claimed and not confirmed.",
            facts=shown,
            cure="Verify the agreement.",
        )
    return say(Outcome.UNKNOWN, "No agreement of supervision is on record.", facts=shown, cure=cure)


def _began(row: Mapping[str, Any], day: dt.date) -> bool:
    """Whether the agreement began before the day: it counted for a while."""
    return row["from"] is None or row["from"] < day


def _confirmed(row: Mapping[str, Any]) -> bool:
    return row["standing"] == Standing.CONFIRMED


def _unclear(row: Mapping[str, Any]) -> bool:
    return row["status"] == CredentialStatus.UNKNOWN


def _permits(row: Mapping[str, Any]) -> bool:
    return _confirmed(row) and row["status"] in _PERMITS


def _runs(row: Mapping[str, Any], on: dt.date) -> bool:
    return _permits(row) and covers(row, on)


_OURS = """
SELECT c.id, c.practitioner_id AS record FROM practitioners_credential c
 WHERE c.credential_type_id = (SELECT id FROM practitioners_credentialtype WHERE code = %(supervision)s)
   AND c.state = ANY (%(supervision_states)s)
   AND c.practitioner_id = ANY (ARRAY(SELECT record FROM {records}))
"""
#: Whose profession needs nobody to work under.
_OTHERS = """
SELECT r.record FROM {records} r JOIN practitioners_practitioner p ON p.id = r.person
 WHERE p.provider_type <> ALL (%(supervised)s)
"""
#: As :func:`judge` decides, in its order, as InSets weighs; what begins after the day says nothing of it.
_WEIGHED = """
SELECT p.identity_id AS id,
       max(CASE WHEN upper(p.valid) <= %(on)s
                THEN CASE WHEN p.status IN %(permits_practice)s THEN 1 END
                WHEN p.status IN %(permits_practice)s
                THEN CASE WHEN p.extra ->> 'supervisor_npi' = ANY (%(may_supervise)s) THEN 3
                          WHEN p.extra ->> 'supervisor_npi' = ANY (%(may_not_supervise)s) THEN 1
                          ELSE 2 END
                WHEN p.status = %(unclear)s THEN 2
                ELSE 1 END) AS weight
  FROM practitioners_credentialperiod p
 WHERE p.identity_id = ANY (ARRAY(SELECT id FROM {{listed}})) AND p.standing = %(confirmed)s AND {known_p}
   AND (lower(p.valid) > %(on)s) IS NOT TRUE AND p.extra ->> 'agreement' = ANY (%(agreements)s)
 GROUP BY p.identity_id
"""


def in_sets(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> InSets:
    """What :func:`judge` says of people whose category carries privileges, as statements.

    The supervisors are few: who of them may supervise is judged beforehand, as for one person. Two queries
    for the professions, one for whom the agreements name, and those of :func:`supervisors`.
    """
    bound = bind(SUPERVISED_PROFESSIONS.code, facility=facility, on=on, known_at=known_at)
    supervised = professions({SUPERVISED_PROFESSIONS.code: bound})
    named = (
        CredentialPeriod.objects.in_force(on, known_at)
        .filter(
            identity__credential_type__code=SUPERVISION,
            standing=Standing.CONFIRMED,
            status__in=PERMITS_PRACTICE,
        )
        .values_list("extra__supervisor_npi", flat=True)
    )
    known = supervisors({npi for npi in named if npi}, facility, on, known_at) if supervised else {}
    known_p = known_sql("p", then=known_at is not None)
    return InSets(
        listed=_OURS,
        weighed=_WEIGHED.format(known_p=known_p),
        excused=_OTHERS,
        values={
            "supervision": SUPERVISION,
            "supervision_states": [facility.state, ""],
            "supervised": supervised,
            "agreements": list(AGREEMENTS),
            "may_supervise": [npi for npi, each in known.items() if each["outcome"] == Outcome.MET],
            "may_not_supervise": [npi for npi, each in known.items() if each["outcome"] == Outcome.NOT_MET],
            "confirmed": str(Standing.CONFIRMED),
            "permits_practice": tuple(str(status) for status in PERMITS_PRACTICE),
            "unclear": str(CredentialStatus.UNKNOWN),
            "on": on,
            "known_at": known_at,
        },
    )


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(STANDING_CONDITIONS.code, SUPERVISED_PROFESSIONS.code),
        facts=gather,
        judge=judge,
        waivable=False,
        standing=True,
        in_sets=in_sets,
        more_facts=with_agreements,
    )
)
