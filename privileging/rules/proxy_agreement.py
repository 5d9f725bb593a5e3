"""BL-TEL-1: whoever holds privileges by proxy is listed by a distant site whose agreement is in force.

Both are asked of each day on which something is held on the distant site's decision (42 CFR
482.22(a)(3)-(4)): the last day of the agreement still counts, and so does everybody on the newest list of
that day. A site that never delivered a list, and somebody without a National Provider Identifier, whom no
list can name, are unknown. A license is judged by BL-LIC-1. Nothing ends by a breach: who may stop it the
bylaws say.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

from bylaws.rules.population import appointed
from config.kernel.display.dates import day_text
from config.kernel.periods import known_sql
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict, combine_all
from practitioners.selectors.canonical import among_sql, person_sql

CODE = "BL-TEL-1"
TITLE = "Proxy agreement in force, and the practitioner on its list"
LAW = "42 CFR 482.12(a)(8)-(9), 482.22(a)(3)-(4)"

#: Of what is held by proxy on the day: the site and agreement it rests on, since when it is held, whether the
#: agreement is in force and when it last ended, whether the person stands on the list under any of their
#: records and when they last left it, the day of the newest list, and whether they have a number at all.
_HELD = """
WITH held AS MATERIALIZED (
    SELECT {person} AS person, f.agreement_id, min(lower(g.valid)) AS since
      FROM privileging_grantperiod g
      JOIN privileging_grant i ON i.id = g.identity_id
      LEFT JOIN privileging_requestline l ON l.id = i.request_line_id
      LEFT JOIN privileging_privilegerequest r ON r.id = l.request_id
      LEFT JOIN credentialing_application f ON f.id = r.application_id
     WHERE g.facility_id = %(facility)s AND g.kind = 'telemedicine' AND g.valid @> %(on)s::date
       AND {known_g} AND g.practitioner_id IN ({among})
     GROUP BY 1, 2
), numbers AS MATERIALIZED (
    SELECT h.person, n.npi FROM (SELECT DISTINCT person FROM held) h
     CROSS JOIN LATERAL (
           SELECT h.person AS record UNION ALL
           SELECT m.practitioner_id FROM practitioners_practitioneraliasperiod m
            WHERE m.canonical_id = h.person AND {known_m}) own
      JOIN practitioners_practitioner n ON n.id = own.record AND n.npi IS NOT NULL
)
SELECT held.person, coalesce(s.name, ''), coalesce(a.title, ''), held.since, coalesce(agreed.now, false),
       agreed.ended, coalesce(listed.now, false), listed.ended, newest.first, newest.day,
       EXISTS (SELECT 1 FROM numbers u WHERE u.person = held.person)
  FROM held
  LEFT JOIN credentialing_proxyagreement a ON a.id = held.agreement_id
  LEFT JOIN credentialing_distantsite s ON s.id = a.site_id
 CROSS JOIN LATERAL (
       SELECT bool_or(p.valid @> %(on)s::date) AS now,
              max(upper(p.valid)) FILTER (WHERE upper(p.valid) <= %(on)s) AS ended
         FROM credentialing_proxyagreementperiod p
        WHERE p.identity_id = a.id AND {known_p}) agreed
 CROSS JOIN LATERAL (
       SELECT bool_or(q.valid @> %(on)s::date) AS now,
              max(upper(q.valid)) FILTER (WHERE upper(q.valid) <= %(on)s) AS ended
         FROM numbers u
         JOIN credentialing_listedpractitioner o ON o.npi = u.npi AND o.agreement_id = a.id
         JOIN credentialing_listedpractitionerperiod q ON q.identity_id = o.id AND {known_q}
        WHERE u.person = held.person) listed
 CROSS JOIN LATERAL (
       SELECT max(d.as_of) AS day, min(d.as_of) AS first FROM credentialing_distantsitelist d
        WHERE d.agreement_id = a.id AND d.as_of <= %(on)s {known_d}) newest
 ORDER BY s.name, a.title, a.id
"""

#: What the columns after the first are called among the facts; an empty ``site``: no agreement is on record.
_NAMES = (
    "site", "agreement", "since", "in_force", "agreement_ended",
    "listed", "left_list", "first_list", "newest_list", "has_npi",
)  # fmt: skip


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """What each person holds by proxy rests on, by practitioner id; two queries, one for people given."""
    people = list(appointed(facility, on, known_at, None) if practitioner_ids is None else practitioner_ids)
    facts: dict[int, dict[str, Any]] = {person: {"on": on, "by_proxy": []} for person in people}
    then = known_at is not None
    statement = _HELD.format(
        person=person_sql("g.practitioner_id", then=then),
        among=among_sql(then=then),
        known_g=known_sql("g", then=then),
        known_m=known_sql("m", then=then),
        known_p=known_sql("p", then=then),
        known_q=known_sql("q", then=then),
        known_d="AND d.recorded_at <= %(known_at)s" if then else "",
    )
    values: dict[str, Any] = {"facility": facility.pk, "on": on, "known_at": known_at, "people": people}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        for person, *row in cursor.fetchall():
            if person in facts:
                facts[person]["by_proxy"].append(dict(zip(_NAMES, row, strict=True)))
    return dict(facts)


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person: each agreement that something held rests on has to cover it. Pure."""
    found = [_under(each) for each in facts["by_proxy"]]
    if not found:
        return _say(Outcome.NOT_APPLICABLE, "Nothing is held by proxy on this day.")
    outcome = combine_all(found)
    speaking = [each for each in found if each.outcome == outcome]
    sinces = [each.since for each in speaking if each.since is not None]
    return _say(
        outcome,
        " ".join(each.sentence for each in speaking),
        facts=speaking[0].facts,
        cure=" ".join(dict.fromkeys(each.cure for each in speaking if each.cure)),
        since=min(sinces, default=None),
    )


def _under(one: Mapping[str, Any]) -> Verdict:
    """Whether what is held under one agreement is covered by it. Pure."""
    site = one["site"]
    if not site:
        return _say(
            Outcome.UNKNOWN,
            "Held by proxy, and no agreement with a distant site is on record for it.",
            cure="Open a telemedicine application under the agreement.",
        )
    shown = {
        "site": site,
        "agreement": one["agreement"],
        "agreement_in_force": one["in_force"],
        "on_the_list": one["listed"],
        "newest_list": one["newest_list"],
    }
    begins, missing = [], []
    if not one["in_force"]:
        ended = one["agreement_ended"]
        last = f"; it ended on {day_text(ended - dt.timedelta(days=1))}" if ended else ""
        missing.append(f"The agreement with {site} is not in force{last}.")
        begins.append(ended)
    told = one["newest_list"] is not None
    if told and one["has_npi"] and not one["listed"]:
        left = one["left_list"]
        missing.append(f"Not on the list of {site} {f'since {day_text(left)}' if left else 'of this day'}.")
        begins.append(left or one["first_list"])  # who was never on one is missing since the first there was
    if missing:
        return _say(
            Outcome.NOT_MET,
            " ".join(missing),
            facts=shown,
            since=min(max(one["since"], begun or one["since"]) for begun in begins),
            cure="Record the agreement as it holds, or load the site's current list; "
            "else the bodies decide what becomes of the privileges.",
        )
    if not told:
        return _say(
            Outcome.UNKNOWN,
            f"{site} delivered no list of this day or before.",
            facts=shown,
            cure="Ask the site for its list, and load it.",
        )
    if not one["listed"]:
        return _say(
            Outcome.UNKNOWN,
            f"Without a National Provider Identifier nobody is found on the list of {site}.",
            facts=shown,
            cure="Record the National Provider Identifier.",
        )
    return _say(Outcome.MET, f"The agreement with {site} is in force, and its list names them.", facts=shown)


def _say(outcome: Outcome, sentence: str, **more: Any) -> Verdict:
    return Verdict(outcome, CODE, TITLE, sentence, citation=LAW, **more)


RULE = register(
    Rule(code=CODE, title=TITLE, version="1", parameters=(), facts=gather, judge=judge, waivable=False)
)
