"""BL-LIC-2: a licence that was renewed was verified at its source by the day it would have ended.

Judged is the last day on which a licence of the facility's state ended; of several licences the best counts,
because one suffices to practise. Met by an answer of the
source to that renewal, obtained on that day at the latest and not longer before it than the parameter says.
An answer that came later leaves a gap in which nobody knew: not met. A licence that ended with no renewal on
file is unknown, and the board is asked the same day; whether authority stops then is for BL-LIC-1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from bylaws.rules.population import appointed
from config.kernel.dates import ONE_DAY
from config.kernel.display.dates import day_text
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import EvidenceRef, Outcome, Verdict
from credentialing import parameters
from practitioners.choices import PERMITS_PRACTICE, Standing
from practitioners.selectors.canonical import among_sql, person_sql

CODE = "BL-LIC-2"
TITLE = "License verified at the source by its expiry"
CITATION = "Joint Commission MS.06.01.03 (numbering before 2026): license verified at its expiration"
#: Used where no parameter row was loaded.
DAYS = 60

# Also what was said before and replaced since, because a renewal that is written over the whole term takes
# the place of the period that ended; never what was a mistake. An answer to an item of a file has the day it
# was given; any other the day it was obtained.
_SAID = """
SELECT {person} AS person, c.number_key, c.number, lower(p.valid), upper(p.valid), p.standing,
       e.uid, e.title,
       coalesce((SELECT max(i.verified_on) FROM credentialing_verificationitem i WHERE i.evidence_id = e.id),
                (e.obtained_at AT TIME ZONE %(zone)s)::date)
  FROM practitioners_credential c
  JOIN practitioners_credentialperiod p ON p.identity_id = c.id
  LEFT JOIN practitioners_evidence e ON e.id = p.evidence_id
 WHERE c.credential_type_id = (SELECT id FROM practitioners_credentialtype WHERE code = 'LICENSE')
   AND c.state = %(state)s AND c.practitioner_id IN ({among}) AND {known}
   AND (p.standing = 'claimed' OR p.status = ANY(%(permits)s))
 ORDER BY person, c.number_key, p.valid, p.id
"""
_NOW = "(p.superseded_at IS NULL OR p.standing = 'confirmed' AND p.end_kind <> 'mistake')"
_THEN = """
p.recorded_at <= %(known_at)s
AND (p.superseded_at IS NULL OR p.superseded_at > %(known_at)s
     OR p.standing = 'confirmed' AND p.end_kind <> 'mistake')
"""


def facts(
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None = None,
    practitioner_ids: Iterable[int] | None = None,
) -> dict[int, Facts]:
    """What was said of everybody's licences of the facility's state, and when; two queries."""
    people = appointed(facility, on, known_at, practitioner_ids)
    said: dict[int, list[dict[str, Any]]] = {person: [] for person in people}
    then = known_at is not None
    statement = _SAID.format(
        person=person_sql("c.practitioner_id", then=then),
        among=among_sql(then=then),
        known=_THEN if then else _NOW,
    )
    values = {
        "zone": facility.time_zone,
        "state": facility.state,
        "people": list(people),
        "permits": [str(status) for status in PERMITS_PRACTICE],
        "known_at": known_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        for person, key, number, start, end, standing, uid, title, verified_on in cursor.fetchall():
            said[person].append(
                {
                    "licence": key,
                    "number": number,
                    "from": start,
                    "to": end,
                    "confirmed": standing == Standing.CONFIRMED,
                    "verified_on": verified_on,
                    "evidence": str(uid or ""),
                    "evidence_title": title or "",
                }
            )
    return {
        person: {
            "on": on,
            "state": facility.state,
            "category": each.get("category", ""),
            "carries_privileges": each.get("carries_privileges", True),
            "said": said[person],
        }
        for person, each in people.items()
    }


def judge(found: Facts, bound: Parameters) -> Verdict:
    """The verdict on one person. Pure. The day the licence ended counts, and so does the window's first."""
    limit = bound[parameters.REVERIFY_WINDOW_DAYS]
    window = int(limit.value) if limit.is_set else DAYS
    told: dict[str, Any] = {"state": found["state"], "window_days": window}

    def say(outcome: Outcome, sentence: str, **more: Any) -> Verdict:
        return Verdict(
            outcome=outcome,
            code=CODE,
            title=TITLE,
            sentence=sentence,
            facts=told | more.pop("facts", {}),
            citation=CITATION,
            confidence=limit.confidence or "unconfirmed",
            bound_by=limit.source,
            **more,
        )

    if not found["carries_privileges"]:
        return say(Outcome.NOT_APPLICABLE, f"The category {found['category']} carries no privileges.")
    licences: dict[str, list[Mapping[str, Any]]] = {}
    for each in found["said"]:
        licences.setdefault(each["licence"], []).append(each)
    verdicts = [
        _of_licence(say, said, found["on"], window)
        for said in licences.values()
        if any(each["confirmed"] for each in said)
    ]
    if not verdicts:
        return say(
            Outcome.UNKNOWN,
            f"No {found['state']} license is confirmed.",
            cure=f"Verify the license with the {found['state']} board.",
        )
    return min(verdicts, key=lambda verdict: _BEST.index(verdict.outcome))


_BEST = (Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN)


def _of_licence(say, said: Sequence[Mapping[str, Any]], on: dt.date, window: int) -> Verdict:
    ends = _ends(said)
    ended = max((end for end in ends if end <= on), default=None)
    if ended is None:
        due = min(ends) - ONE_DAY if ends else None
        return say(Outcome.MET, "It has not ended since it was verified.", due=due)
    renewals = [each for each in said if _covers(each, ended)]
    last_day = ended - ONE_DAY
    facts = {"number": said[0]["number"], "ended": last_day}
    return _weigh(
        lambda *args, **more: say(*args, facts=facts, **more),
        sorted((each for each in renewals if each["confirmed"]), key=lambda each: each["verified_on"]),
        claimed=bool(renewals),
        last_day=last_day,
        window=window,
    )


def _ends(said: Sequence[Mapping[str, Any]]) -> set[dt.date]:
    """The days after the last ones the source said. Of what one answer said the longest counts: where a later
    answer took its place in part, what is left of it ends earlier than the licence did.
    """
    ends: dict[str, dt.date | None] = {}
    for each in said:
        if each["confirmed"]:
            before = ends.get(each["evidence"], each["to"])
            ends[each["evidence"]] = None if before is None or each["to"] is None else max(before, each["to"])
    return {end for end in ends.values() if end is not None}


def _weigh(
    say, answers: Sequence[Mapping[str, Any]], *, claimed: bool, last_day: dt.date, window: int
) -> Verdict:
    first = last_day - dt.timedelta(days=window)
    for each in answers:
        if first <= each["verified_on"] <= last_day:
            return say(
                Outcome.MET,
                f"Renewed and verified on {day_text(each['verified_on'])}; it ended on {day_text(last_day)}.",
                evidence=_evidence(each),
            )
    if answers:
        late = [each for each in answers if each["verified_on"] > last_day]
        known = (late or answers)[0]
        how = "after" if late else f"more than {window} days before"
        return say(
            Outcome.NOT_MET,
            f"Verified on {day_text(known['verified_on'])}, {how} it ended on {day_text(last_day)}.",
            since=last_day + ONE_DAY,
            evidence=_evidence(known),
            cure="Nothing heals it any more; verify the next renewal in time.",
        )
    if claimed:
        return say(
            Outcome.NOT_MET,
            f"It ended on {day_text(last_day)}; the renewal is claimed and not verified.",
            since=last_day + ONE_DAY,
            cure="Verify the renewal at the source today.",
        )
    return say(
        Outcome.UNKNOWN,
        f"It ended on {day_text(last_day)}, and no renewal is on file.",
        cure="Ask the board today whether it was renewed.",
    )


def _covers(each: Mapping[str, Any], day: dt.date) -> bool:
    return (each["from"] is None or each["from"] <= day) and (each["to"] is None or each["to"] > day)


def _evidence(each: Mapping[str, Any]) -> tuple[EvidenceRef, ...]:
    return (EvidenceRef(each["evidence"], each["evidence_title"]),) if each["evidence"] else ()


BL_LIC_2 = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(parameters.REVERIFY_WINDOW_DAYS,),
        facts=facts,
        judge=judge,
        waivable=False,
    )
)
