"""A credential that has to be current: what is said of it, and what follows on a day.

As with the licence (:mod:`bylaws.rules.licence`), what a source confirmed decides. A claim nobody confirmed,
and a credential that is not on record, are neither one nor the lack of one: unknown, and unknown suspends
nobody.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import connection

from bylaws.choices import BarScope
from bylaws.parameters import STANDING_CONDITIONS, condition_entries
from bylaws.rules.population import asked_of, asking_many, remembered_about
from config.kernel.display.dates import day_text
from config.kernel.periods import known_sql, last_day, unbroken_since
from config.organization.models import Facility
from config.rulebook.rules import Facts, InSets, Parameters
from config.rulebook.verdicts import EvidenceRef, Outcome, Verdict
from practitioners.choices import PERMITS_PRACTICE, CredentialStatus, Standing
from practitioners.models import CredentialPeriod
from practitioners.selectors.canonical import among, among_sql, person_id, person_sql

_PERMITS = frozenset(str(status) for status in PERMITS_PRACTICE)

#: What is said of the credentials of people, in the order in which they are told.
_SAID = """
SELECT kind.code, c.state, {person} AS person, c.number, lower(p.valid), upper(p.valid), p.standing, p.status,
       p.extra, e.uid, e.title
  FROM practitioners_credential c
  JOIN practitioners_credentialtype kind ON kind.id = c.credential_type_id
  JOIN practitioners_credentialperiod p ON p.identity_id = c.id
  LEFT JOIN practitioners_evidence e ON e.id = p.evidence_id
 WHERE c.credential_type_id IN (SELECT id FROM practitioners_credentialtype WHERE code = ANY (%(kinds)s))
   AND c.practitioner_id IN ({among}) AND {known_p}
 ORDER BY person, c.number_key, p.valid, p.id
"""
_OURS = """
SELECT c.id, c.practitioner_id AS record FROM practitioners_credential c
 WHERE c.credential_type_id = (SELECT id FROM practitioners_credentialtype WHERE code = %({key}_kind)s)
   AND c.practitioner_id = ANY (ARRAY(SELECT record FROM {{records}}))
"""
#: As :func:`judge_current` decides, in its order, as InSets weighs. What begins after the day says nothing of
#: it.
_WEIGHED = """
SELECT p.identity_id AS id,
       max(CASE WHEN upper(p.valid) <= %(on)s
                THEN CASE WHEN p.status IN %({key}_permits)s AND {state} = %({key}_state)s
                          THEN 1 END
                WHEN p.status IN %({key}_permits)s AND {state} = %({key}_state)s THEN 3
                WHEN p.status = %(unclear)s OR {state} = '' AND NOT {here} THEN 2
                ELSE 1 END) AS weight
  FROM practitioners_credentialperiod p
 WHERE p.identity_id = ANY (ARRAY(SELECT id FROM {{listed}})) AND p.standing = %(confirmed)s AND {known_p}
   AND (lower(p.valid) > %(on)s) IS NOT TRUE AND ({state} = %({key}_state)s OR {state} = ''){content}
 GROUP BY p.identity_id
"""
#: As :func:`plainly` compares.
_CONTENT = r"""
                  AND lower(regexp_replace(btrim(p.extra ->> '{field}'), '\s+', ' ', 'g'))
                      = ANY (%({key}_contents)s)"""


@dataclass(frozen=True)
class Required:
    """A kind of credential a rule asks for, and how it is spoken of.

    ``kind`` is the code of the credential type; ``state_field`` the field of its content that says for which
    state it is (empty: it counts everywhere), ``source`` who confirms it, ``fact`` under which name a verdict
    shows its number. Where one kind holds several things (courses, specialties), ``content_field`` is the
    field that says which, and ``contents`` are those that count, any of them.
    """

    code: str
    title: str
    kind: str
    noun: str
    source: str
    fact: str
    law: str
    confidence: str
    state_field: str = ""
    content_field: str = ""
    contents: tuple[str, ...] = ()

    @property
    def wanted(self) -> str:
        """What is asked for, in words."""
        return f"{' or '.join(self.contents)} {self.noun}" if self.contents else self.noun

    def named(self, one: Mapping[str, Any]) -> str:
        """How a sentence calls it, with its number where it has one."""
        content = one["extra"].get(self.content_field, "") if self.content_field else ""
        return " ".join(part for part in (content, self.noun, one["number"]) if part)

    def counts(self, one: Mapping[str, Any]) -> bool:
        """Whether it holds what is asked for; upper and lower case, and spaces, are the same."""
        return not self.contents or plainly(one["extra"].get(self.content_field, "")) in {
            plainly(each) for each in self.contents
        }


def plainly(text: Any) -> str:
    """A text as it is compared."""
    return " ".join(str(text).lower().split())


#: The kinds whose statements are read together while many rules are asked.
KINDS = {"LICENSE"}
#: What each rule asks for, by its code.
required: dict[str, Required] = {}


def register_required(what: Required) -> Required:
    """Say what a rule asks for, so that the bar it opens names the credential."""
    required[what.code] = what
    KINDS.add(what.kind)
    return what


def said_of(kind: str, people: Sequence[int], known_at: dt.datetime | None) -> list[dict[str, Any]]:
    """What is said of the credentials of the kind, with ``person`` and its ``extra``; one query, and one for
    all kinds together, of everybody, while many rules are asked one after the other.
    """
    kinds = sorted(KINDS) if asking_many() else [kind]
    said = remembered_about(("credentials", *kinds, known_at), people, partial(_ask_said, kinds, known_at))
    return [row for of_person in said.values() for row in of_person.get(kind, ())]


def _ask_said(
    kinds: Sequence[str], known_at: dt.datetime | None, people: Sequence[int]
) -> dict[int, dict[str, list[dict[str, Any]]]]:
    then = known_at is not None
    statement = _SAID.format(
        person=person_sql("c.practitioner_id", then=then),
        known_p=known_sql("p", then=then),
        among=among_sql(then=then),
    )
    found: dict[int, dict[str, list[dict[str, Any]]]] = {}
    values: dict[str, Any] = {"kinds": list(kinds), "people": list(people), "known_at": known_at}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        for (
            kind,
            of_state,
            person,
            number,
            start,
            end,
            standing,
            status,
            extra,
            uid,
            title,
        ) in cursor.fetchall():
            found.setdefault(person, {}).setdefault(kind, []).append(
                {
                    "person": person,
                    "of_state": of_state,
                    "number": number,
                    "from": start,
                    "to": end,
                    "standing": standing,
                    "status": status,
                    "extra": json.loads(extra) if isinstance(extra, str) else extra or {},
                    "evidence": str(uid or ""),
                    "evidence_title": title or "",
                }
            )
    return found


def gather_current(
    what: Required,
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None,
    practitioner_ids: Iterable[int] | None,
) -> dict[int, dict[str, Any]]:
    """What is said of the credentials by practitioner id, in two queries; nothing of another state."""
    people = asked_of(facility, on, known_at, practitioner_ids)
    here = facility.state if what.state_field else ""
    said: dict[int, list[dict[str, Any]]] = {practitioner_id: [] for practitioner_id in people}
    for row in said_of(what.kind, list(people), known_at):
        state = row["extra"].get(what.state_field, "") if what.state_field else ""
        if state in (here, "") and what.counts(row):
            said[row["person"]].append({**row, "state": state})
    return {
        practitioner_id: {**person, "state": here, "credentials": said[practitioner_id]}
        for practitioner_id, person in people.items()
    }


def current_ones(facts: Facts) -> list[Mapping[str, Any]]:
    """Those that are confirmed, permit, and are for the state, on the day."""
    return [each for each in permitting_ones(facts) if covers(each, facts["on"])]


def surely_current(
    what: Required, facility: Facility, on: dt.date, known_at: dt.datetime | None, ids: Iterable[int]
) -> set[int]:
    """Of the ids, those with a current one; one query."""
    rows = CredentialPeriod.objects.in_force(on, known_at).filter(
        identity__credential_type__code=what.kind,
        identity__practitioner_id__in=among(ids, known_at),
        standing=Standing.CONFIRMED,
        status__in=PERMITS_PRACTICE,
    )
    if what.state_field:
        rows = rows.filter(**{f"extra__{what.state_field}": facility.state})
    return set(
        rows.annotate(person=person_id("identity__practitioner_id", known_at)).values_list(
            "person", flat=True
        )
    )


def current_in_sets(
    what: Required, facility: Facility, on: dt.date, known_at: dt.datetime | None, key: str = ""
) -> InSets:
    """What :func:`judge_current` says of people whom the rule concerns, as statements. ``key`` begins the
    names of their values, where several are asked for of one kind.
    """
    key = key or what.kind.lower()
    parts = {
        "key": key,
        "state": _state_sql(what),
        "here": "true" if not what.state_field else "false",
        "known_p": known_sql("p", then=known_at is not None),
        "content": _CONTENT.format(field=what.content_field, key=key) if what.contents else "",
    }
    return InSets(
        listed=_OURS.format(key=key),
        weighed=_WEIGHED.format(**parts),
        values={
            f"{key}_kind": what.kind,
            f"{key}_state": facility.state if what.state_field else "",
            f"{key}_contents": [plainly(each) for each in what.contents],
            f"{key}_permits": tuple(str(status) for status in PERMITS_PRACTICE),
            "confirmed": str(Standing.CONFIRMED),
            "unclear": str(CredentialStatus.UNKNOWN),
            "on": on,
            "known_at": known_at,
        },
    )


def judge_current(what: Required, facts: Facts, parameters: Parameters, not_asked: str = "") -> Verdict:
    """The verdict on one person. Pure. ``not_asked`` says why nothing is asked of whoever has no current one;
    empty: it is.
    """
    citation, confidence = source(what.code, what.law, what.confidence, parameters)

    def say(outcome: Outcome, sentence: str, one: Mapping[str, Any] | None = None, **more: Any) -> Verdict:
        if one is not None:
            more |= {"facts": _shown(what, one), "evidence": evidence(one)}
        return Verdict(
            outcome=outcome,
            code=what.code,
            title=what.title,
            sentence=sentence,
            citation=citation,
            confidence=confidence,
            **more,
        )

    on = facts["on"]
    if not facts["carries_privileges"]:
        return say(
            Outcome.NOT_APPLICABLE,
            f"The category {facts['category']} carries no privileges.",
            facts={"category": facts["category"]},
        )
    permitting = permitting_ones(facts)
    current = current_ones(facts)
    if current:
        best = max(
            current, key=lambda each: (each["to"] or dt.date.max, each["status"] == CredentialStatus.ACTIVE)
        )
        until = f", through {day_text(last_day(best['to']))}" if best["to"] else ""
        note = "" if best["status"] == CredentialStatus.ACTIVE else f" It is {_label(best)}."
        return say(
            Outcome.MET,
            f"{what.named(best)} is confirmed{until}.{note}",
            best,
            since=said_since(permitting, on),
            due=last_day(best["to"]),
        )
    if not_asked:
        return say(Outcome.NOT_APPLICABLE, not_asked)
    return _lacking(what, facts, permitting, say)


def _lacking(what: Required, facts: Facts, permitting: Sequence[Mapping[str, Any]], say) -> Verdict:
    """Why none is current: surely, or as far as is known."""
    on, here = facts["on"], facts["state"]
    confirmed = [each for each in facts["credentials"] if each["standing"] == Standing.CONFIRMED]
    holding = [each for each in confirmed if covers(each, on)]
    unclear = [each for each in holding if each["status"] == CredentialStatus.UNKNOWN]
    if unclear:
        return say(
            Outcome.UNKNOWN,
            f"The status of {what.named(unclear[-1])} is unclear from the answer of {what.source}.",
            unclear[-1],
            cure=f"Ask {what.source} what the status is.",
        )
    stateless = [each for each in holding if each["state"] != here]
    if stateless:
        return say(
            Outcome.UNKNOWN,
            f"For which state {what.named(stateless[-1])} is, is not recorded.",
            stateless[-1],
            cure="Record the state of the registered address.",
        )
    ended = [each for each in permitting if each["to"] is not None and each["to"] <= on]
    if holding:
        one = holding[-1]
        return say(
            Outcome.NOT_MET,
            f"{what.named(one)} is {_label(one)}.",
            one,
            since=stopped_since([each for each in confirmed if each["state"] == here], ended, on),
            cure=f"It is restored, and {what.source} confirms that.",
        )
    claimed = [
        each for each in facts["credentials"] if each["standing"] != Standing.CONFIRMED and covers(each, on)
    ]
    if ended:
        one = max(ended, key=lambda each: each["to"])
        told = " A renewal is claimed but not confirmed." if claimed else ""
        return say(
            Outcome.NOT_MET,
            f"{what.named(one)} ran out with {day_text(last_day(one['to']))}.{told}",
            one,
            since=one["to"],
            cure=f"Verify a renewal with {what.source}.",
        )
    if claimed:
        return say(
            Outcome.UNKNOWN,
            f"{what.named(claimed[-1])} is claimed; {what.source} has not confirmed it.",
            claimed[-1],
            cure=f"Verify it with {what.source}.",
        )
    if confirmed:
        return say(
            Outcome.UNKNOWN,
            f"{what.named(confirmed[0])} is confirmed for other days only.",
            confirmed[0],
            cure=f"Verify with {what.source} what held on this day.",
        )
    where = f" for {here}" if here else ""
    return say(
        Outcome.UNKNOWN,
        f"{what.wanted}{where}: none is on record.",
        cure="Record and verify it, or find out that there is none.",
    )


def covers(said: Mapping[str, Any], on: dt.date) -> bool:
    """Whether what is said holds on the day."""
    return (said["from"] is None or said["from"] <= on) and (said["to"] is None or on < said["to"])


def said_since(said: Iterable[Mapping[str, Any]], on: dt.date) -> dt.date | None:
    """First day of the stretch without a gap, made of what is said, that contains ``on``; None when it has no
    beginning.
    """
    return unbroken_since(((each["from"], each["to"]) for each in said), on)


def stopped_among(confirmed: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of what a source confirmed, that which surely does not permit practice, of whichever days."""
    surely_not = [each for each in confirmed if each["status"] not in _PERMITS]
    return [each for each in surely_not if each["status"] != CredentialStatus.UNKNOWN]


def stopped_since(
    confirmed: Iterable[Mapping[str, Any]], ended: Iterable[Mapping[str, Any]], on: dt.date
) -> dt.date | None:
    """Since when there is none, where something that does not permit practice is confirmed for the day: since
    the day after the last that did permit it, else since such things have been said without a gap. None: it
    has no beginning.
    """
    return max((each["to"] for each in ended), default=None) or said_since(stopped_among(confirmed), on)


def evidence(said: Mapping[str, Any]) -> tuple[EvidenceRef, ...]:
    """What confirms it."""
    return (EvidenceRef(said["evidence"], said["evidence_title"]),) if said["evidence"] else ()


def source(code: str, law: str, confidence: str, parameters: Parameters) -> tuple[str, str]:
    """The law, and the bylaws where they make the rule a standing condition; the weaker confidence."""
    bound = parameters.get(STANDING_CONDITIONS.code)
    listed = bound is not None and any(each.rule == code for each in condition_entries(bound.value))
    return (f"{bound.citation}; {law}", bound.confidence) if bound and listed else (law, confidence)


def reached(code: str, parameters: Parameters) -> Collection[str] | None:
    """The privileges the bylaws let the rule reach: None means all; empty: they do not list the rule."""
    bound = parameters.get(STANDING_CONDITIONS.code)
    entries = [each for each in condition_entries(bound.value if bound else None) if each.rule == code]
    if any(each.scope != BarScope.LISTED for each in entries):
        return None
    return frozenset[str]().union(*(each.codes for each in entries))


def permitting_ones(facts: Facts) -> list[Mapping[str, Any]]:
    """Those that are confirmed, permit, and are for the state, of whichever days."""
    return [
        each
        for each in facts["credentials"]
        if each["standing"] == Standing.CONFIRMED
        and each["status"] in _PERMITS
        and each["state"] == facts["state"]
    ]


def _label(one: Mapping[str, Any]) -> str:
    return CredentialStatus(one["status"]).label.lower()


def _shown(what: Required, one: Mapping[str, Any]) -> dict[str, Any]:
    shown = {
        what.fact: one["number"],
        "status": CredentialStatus(one["status"]).label,
        "standing": Standing(one["standing"]).label,
        "valid_from": one["from"],
        "last_day": last_day(one["to"]),
    }
    return {"state": one["state"], **shown} if what.state_field else shown


def _state_sql(what: Required) -> str:
    """For which state a period ``p`` is; empty: not recorded, or it counts everywhere."""
    return f"coalesce(p.extra ->> '{what.state_field}', '')" if what.state_field else "''"
