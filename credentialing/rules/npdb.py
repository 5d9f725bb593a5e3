"""BL-NPDB-1: the data bank was queried for everyone on the staff within the last two years (45 CFR
60.17(a)).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Value

from bylaws.models import AppointmentPeriod
from config.kernel.dates import ONE_DAY, add_months
from config.kernel.periods import last_day
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import EvidenceRef, Outcome, Verdict
from credentialing import parameters
from credentialing.models import ContinuousQueryPeriod, NPDBQuery
from practitioners.selectors.canonical import among, person_id

CODE = "BL-NPDB-1"
TITLE = "Data bank queried within two years"
CITATION = "42 USC 11135(a); 45 CFR 60.17(a)"
#: The law's own number, used where no parameter row was loaded.
MONTHS_BY_LAW = 24
#: Beside the kinds of queries: an enrollment that runs.
_ENROLLED = "enrolled"


def facts(
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None = None,
    practitioner_ids: Iterable[int] | None = None,
) -> dict[int, Facts]:
    """For everyone with an appointment in force (or the ids given): the last query by the facility's
    entity, and Continuous Query covering the day. One query for people given, two for everyone.
    """
    if practitioner_ids is None:
        ids = set(
            AppointmentPeriod.objects.in_force(on, known_at)
            .filter(facility=facility)
            .annotate(person=person_id("practitioner_id", known_at))
            .values_list("person", flat=True)
        )
        scope = {"practitioner_id__in": among(ids, known_at)}
    else:
        ids = set(practitioner_ids)
        scope = {"practitioner_id__in": among(ids, known_at)}
    gathered: dict[int, dict[str, Any]] = {
        pk: {"on": on, "entity": str(facility.npdb_entity), "last_query": None, "continuous_through": None}
        for pk in ids
    }
    queries = NPDBQuery.objects.filter(npdb_entity_id=facility.npdb_entity_id, queried_on__lte=on, **scope)
    if known_at is not None:
        queries = queries.filter(recorded_at__lte=known_at)
    newest = (
        queries.annotate(person=person_id("practitioner_id", known_at))
        .order_by("person", "-queried_on", "-id")
        .distinct("person")
    )
    enrolled = (
        ContinuousQueryPeriod.objects.in_force(on, known_at)
        .filter(
            identity__npdb_entity_id=facility.npdb_entity_id,
            **{f"identity__{name}": value for name, value in scope.items()},
        )
        .annotate(person=person_id("identity__practitioner_id", known_at))
    )
    asked = newest.values_list("person", "queried_on", "dcn", "kind").union(
        enrolled.values_list("person", "valid__endswith", "query__dcn", Value(_ENROLLED)), all=True
    )
    for pk, day, dcn, kind in asked:
        if pk not in gathered:
            continue
        if kind == _ENROLLED:
            gathered[pk].update(continuous=True, continuous_through=last_day(day), continuous_dcn=dcn)
        else:
            gathered[pk].update(last_query=day, dcn=dcn, kind=kind)
    return dict(gathered)


def judge(found: Facts, bound: Parameters) -> Verdict:
    """Pure. The day ``n`` months after the query still counts; no query on record at all is unknown."""
    limit = bound[parameters.NPDB_INTERVAL_MONTHS]
    months = int(limit.value) if limit.is_set else MONTHS_BY_LAW
    on, last = found["on"], found.get("last_query")
    told = {"entity": found["entity"], "last_query": last, "limit_months": months}
    if found.get("dcn"):
        told["dcn"] = found["dcn"]

    def verdict(outcome: Outcome, sentence: str, **more) -> Verdict:
        return Verdict(
            outcome=outcome,
            code=CODE,
            title=TITLE,
            sentence=sentence,
            facts=told,
            citation=limit.citation or CITATION,
            confidence=limit.confidence or "confirmed",
            bound_by=limit.source,
            **more,
        )

    if found.get("continuous"):
        through = found.get("continuous_through")
        told["continuous_query_through"] = through
        return verdict(
            Outcome.MET,
            f"Enrolled in Continuous Query by {found['entity']}"
            + (f" through {_day(through)}." if through else "."),
            due=through,
            evidence=_evidence(found.get("continuous_dcn")),
        )
    if last is None:
        return verdict(
            Outcome.UNKNOWN,
            f"No query by {found['entity']} is on record.",
            cure="Query the data bank, or log the query that was made.",
        )
    due = add_months(last, months)
    if on <= due:
        return verdict(
            Outcome.MET, f"Last queried on {_day(last)}.", due=due, evidence=_evidence(found.get("dcn"))
        )
    return verdict(
        Outcome.NOT_MET,
        f"Last queried on {_day(last)}, more than {months} months before {_day(on)}.",
        since=due + ONE_DAY,
        due=due,
        cure="Query the data bank and log the query.",
        evidence=_evidence(found.get("dcn")),
    )


def _evidence(dcn: str | None) -> tuple[EvidenceRef, ...]:
    """The DCN is the proof a surveyor may see; the response itself is of the data bank class."""
    return (EvidenceRef("", f"NPDB query, DCN {dcn}"),) if dcn else ()


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%b %Y}"


BL_NPDB_1 = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(parameters.NPDB_INTERVAL_MONTHS,),
        facts=facts,
        judge=judge,
        waivable=False,
    )
)
