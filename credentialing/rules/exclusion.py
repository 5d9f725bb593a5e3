"""BL-EXC-1: nobody who is excluded from federal health care programs uses privileges (42 USC 1320a-7; 42 CFR
1001.1901; states: 42 CFR 455.436).

A match of a list becomes an exclusion when a person confirms it, and ends when a person records that it was
none, or is over: that the row left the list ends nothing by itself. Who was never compared with the newest
load of a list, or is compared with one that is too old, is unknown.

It bars by law, wherever the person holds authority and whether or not the bylaws list it. The lookup reads
the bars: they are recorded in the transaction that confirms the match or gives the authority.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q

from bylaws.rules.population import appointed
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.selectors.parameters import Bound
from config.rulebook.verdicts import EvidenceRef, Outcome, Verdict
from credentialing import parameters
from credentialing.choices import ClearReason, MatchClass, MatchStatus
from credentialing.models import ScreeningMatch
from practitioners.selectors.canonical import among, among_sql, person_id

CODE = "BL-EXC-1"
TITLE = "Not excluded from federal programs"
CITATION = "42 USC 1320a-7; 42 CFR 1001.1901"
#: What the acts of a review make of a match, as the audit knows them.
ACTS = {
    "screening.confirmed": MatchStatus.CONFIRMED,
    "screening.cleared": MatchStatus.CLEARED,
    "screening.reopened": MatchStatus.NEW,
}


def suspects(practitioner_ids: Iterable[int] | None) -> set[int]:
    """Of the people (None: of all), those with a confirmed match on any of their records; one query."""
    rows = ScreeningMatch.objects.filter(status=MatchStatus.CONFIRMED)
    if practitioner_ids is not None:
        rows = rows.filter(practitioner_id__in=among(practitioner_ids))
    people = rows.order_by().annotate(person=person_id("practitioner_id"))
    return set(people.values_list("person", flat=True))


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """What the lists and their review say of each person; three queries, four as known at a past moment."""
    people = list(appointed(facility, on, known_at, practitioner_ids))
    ends = dt.datetime.combine(on + ONE_DAY, dt.time(), tzinfo=ZoneInfo(facility.time_zone))
    until = min(ends, known_at) if known_at is not None else ends
    loads, met = _newest_loads(people, until)
    lists = [
        {
            "list": load.of,
            "load": load.number,
            "loaded_on": clock.date_at(load.loaded_at, facility),
        }
        for load in loads
    ]
    matches = _matches(people, facility, known_at)
    return {
        pk: {
            "on": on,
            "lists": lists,
            "missed": [
                f"load {load.number} of {load.of}" for load in loads if load.pk not in met.get(pk, {})
            ],
            "screened_on": min(
                (clock.date_at(at, facility) for at in met.get(pk, {}).values()), default=None
            ),
            "matches": matches.get(pk, []),
        }
        for pk in people
    }


@dataclass(frozen=True)
class _Load:
    """The newest load of a list: which of them, of what, and when."""

    pk: int
    of: str
    number: int
    loaded_at: dt.datetime


_NEWEST = """
SELECT load.id, load.name, load.number, load.loaded_at, r.practitioner_id, r.screened_at
  FROM (SELECT DISTINCT ON (s.exclusion_list_id) s.id, l.name, s.number, s.loaded_at, s.exclusion_list_id
          FROM credentialing_listsnapshot s JOIN credentialing_exclusionlist l ON l.id = s.exclusion_list_id
         WHERE l.active AND s.loaded_at < %(until)s
         ORDER BY s.exclusion_list_id, s.number DESC) load
  LEFT JOIN credentialing_screeningrun r
    ON r.snapshot_id = load.id AND r.screened_at < %(until)s AND r.practitioner_id IN ({among})
 ORDER BY load.exclusion_list_id, r.screened_at, r.id
"""


def _newest_loads(
    people: Sequence[int], until: dt.datetime
) -> tuple[list[_Load], dict[int, dict[int, dt.datetime]]]:
    """The newest load before the moment of every list in use, and practitioner id -> which of them the person
    was compared with, and when last; one query.
    """
    loads: dict[int, _Load] = {}
    met: dict[int, dict[int, dt.datetime]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST.format(among=among_sql(then=False)), {"people": list(people), "until": until})
        for pk, name, number, loaded_at, practitioner_id, screened_at in cursor.fetchall():
            loads.setdefault(pk, _Load(pk, name, number, loaded_at))
            if practitioner_id is not None:
                met.setdefault(practitioner_id, {})[pk] = screened_at
    return list(loads.values()), met


def _matches(
    people: Sequence[int], facility: Facility, known_at: dt.datetime | None
) -> dict[int, list[dict[str, Any]]]:
    """Practitioner id -> what was found that is more than weak or was decided, as known at the moment."""
    rows = (
        ScreeningMatch.objects.filter(
            Q(row__exclusion_list__active=True) | ~Q(status=MatchStatus.NEW),
            practitioner_id__in=among(people, known_at),
        )
        .exclude(match_class=MatchClass.WEAK, status=MatchStatus.NEW, taken_up=False)
        .annotate(person=person_id("practitioner_id", known_at))
        .select_related("row__exclusion_list", "row__removed_in", "evidence")
        .order_by("pk")
    )
    if known_at is not None:
        rows = rows.filter(found_at__lte=known_at)
    found = list(rows)
    then = _as_known({match.uid for match in found}, known_at) if known_at is not None else {}
    answer: dict[int, list[dict[str, Any]]] = {}
    for match in found:
        status, at, reason = match.status, match.reviewed_at, match.clear_reason
        if known_at is not None:
            status, at, reason = then.get(match.uid, (MatchStatus.NEW, None, ""))
        row, gone = match.row, match.row.removed_in
        if gone is not None and known_at is not None and gone.loaded_at > known_at:
            gone = None
        answer.setdefault(match.person, []).append(
            {
                "list": row.exclusion_list.name,
                "citation": row.exclusion_list.citation,
                "status": str(status),
                "reason": str(reason),
                "decided_on": clock.date_at(at, facility) if at else None,
                "excluded_on": row.excluded_on,
                "ends_on": row.ends_on,
                "gone_on": clock.date_at(gone.loaded_at, facility) if gone else None,
                "evidence": str(match.evidence.uid) if match.evidence else "",
                "evidence_title": match.evidence.title if match.evidence else "",
            }
        )
    return answer


def _as_known(uids: set, known_at: dt.datetime) -> dict[Any, tuple[str, dt.datetime | None, str]]:
    """Match uid -> its status, when and why, by the last act known at the moment; one query."""
    acts = AuditEvent.objects.filter(subject_uid__in=uids, verb__in=ACTS, at__lte=known_at)
    return {
        uid: (ACTS[verb], None if ACTS[verb] == MatchStatus.NEW else at, data.get("reason", ""))
        for uid, verb, at, data in acts.order_by("at", "pk").values_list("subject_uid", "verb", "at", "data")
    }


def judge(facts: Facts, bound: Parameters) -> Verdict:
    """The verdict on one person. Pure: what is confirmed stands above everything that is not known."""
    limit = bound.get(parameters.LIST_AGE_DAYS, Bound(parameters.LIST_AGE_DAYS, "", None))
    on, matches = facts["on"], facts["matches"]

    def say(outcome: Outcome, sentence: str, **more: Any) -> Verdict:
        return Verdict(
            outcome=outcome,
            code=CODE,
            title=TITLE,
            sentence=sentence,
            **{"citation": CITATION, "confidence": "secondary", "facts": _shown(facts)} | more,
        )

    # A later day of the exclusion than the day judged is no exclusion on that day.
    confirmed = [
        each
        for each in matches
        if each["status"] == MatchStatus.CONFIRMED
        and (each["excluded_on"] is None or each["excluded_on"] <= on)
    ]
    if confirmed:
        return _excluded(say, confirmed)
    waiting = [
        each
        for each in matches
        if each["status"] == MatchStatus.NEW and (each["ends_on"] is None or each["ends_on"] > on)
    ]
    if waiting:
        many = len(waiting) > 1
        return say(
            Outcome.UNKNOWN,
            f"{len(waiting)} possible match{'es wait' if many else ' waits'} for review: "
            f"{' and '.join(dict.fromkeys(each['list'] for each in waiting))}.",
            cure="Review every match: clear it with a reason, or confirm it.",
        )
    if unknown := _not_checked(say, facts, limit):
        return unknown
    lists = " and ".join(each["list"] for each in facts["lists"])
    ended = [
        each["decided_on"]
        for each in matches
        if each["status"] == MatchStatus.CLEARED
        and each["reason"] == ClearReason.REINSTATED
        and each["decided_on"]
    ]
    return say(
        Outcome.MET,
        f"Screened on {_day(facts['screened_on'])} against {lists}: not excluded."
        + (f" An exclusion was recorded as over on {_day(max(ended))}." if ended else ""),
        since=max(ended, default=None),
        due=_good_through(facts, limit),
    )


def _excluded(say, confirmed: Sequence[Mapping[str, Any]]) -> Verdict:
    one = confirmed[0]
    since = f", excluded since {_day(one['excluded_on'])}" if one["excluded_on"] else ""
    gone = (
        f" The row left the list with the load of {_day(one['gone_on'])}; that alone ends nothing."
        if one["gone_on"]
        else ""
    )
    return say(
        Outcome.NOT_MET,
        f"Confirmed on {one['list']}{since}.{gone}",
        citation=one["citation"] or CITATION,
        since=min((each["excluded_on"] for each in confirmed if each["excluded_on"]), default=None),
        evidence=tuple(
            EvidenceRef(each["evidence"], each["evidence_title"]) for each in confirmed if each["evidence"]
        ),
        cure="Ask the publisher whether the exclusion is over, and record the reinstatement.",
    )


def _not_checked(say, facts: Facts, limit: Bound) -> Verdict | None:
    """Why it cannot be said that somebody is on no list; None where it can."""
    if not facts["lists"]:
        return say(
            Outcome.UNKNOWN,
            "No exclusion list had been loaded by this day.",
            cure="Load the list of the OIG, then screen everyone.",
        )
    if facts["missed"]:
        return say(
            Outcome.UNKNOWN,
            f"Not screened against {' and '.join(facts['missed'])} by this day.",
            cure="Screen the person against the newest load of every list.",
        )
    through = _good_through(facts, limit)
    if through is None or facts["on"] <= through:
        return None
    oldest = min(facts["lists"], key=lambda each: each["loaded_on"])
    return say(
        Outcome.UNKNOWN,
        f"The newest load of {oldest['list']} is of {_day(oldest['loaded_on'])}, more than {limit.value} "
        "days before this day: who was excluded since is not known.",
        bound_by=f"{limit.source}: {limit.value} days",
        due=through,
        cure=f"Load the newest file of {oldest['list']}, then screen everyone.",
    )


def _good_through(facts: Facts, limit: Bound) -> dt.date | None:
    """The last day on which the oldest of the loads is fresh enough; None where no limit is set."""
    if not limit.is_set:
        return None
    oldest: dt.date = min(each["loaded_on"] for each in facts["lists"])
    return oldest + dt.timedelta(days=int(limit.value))


def _shown(facts: Facts) -> dict[str, Any]:
    return {
        "screened_on": facts["screened_on"],
        "lists": [f"{each['list']}, load {each['load']}" for each in facts["lists"]],
        "confirmed": [each["list"] for each in facts["matches"] if each["status"] == MatchStatus.CONFIRMED],
        "to be reviewed": [each["list"] for each in facts["matches"] if each["status"] == MatchStatus.NEW],
    }


def _day(day: dt.date | None) -> str:
    return f"{day.day} {day:%b %Y}" if day else "an unknown day"


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(parameters.LIST_AGE_DAYS,),
        facts=gather,
        judge=judge,
        waivable=False,
        by_law=True,
        suspects=suspects,
    )
)
