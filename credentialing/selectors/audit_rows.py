"""What audit files are made of, as it was known then: of many applications in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Min, Q

from bylaws.choices import DecisionKind
from bylaws.models import Decision
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.rulebook.models import SourceBody
from config.rulebook.selectors.parameters import Bound, CaseKey, Further, resolve_cases
from credentialing.choices import MatchClass
from credentialing.models import (
    Application,
    ContinuousQueryPeriod,
    ExclusionList,
    NPDBQuery,
    PacketSignature,
    ScreeningMatch,
    ScreeningRun,
    VerificationItem,
)
from credentialing.rules.audit_file import Judged
from credentialing.selectors.delegated_standards import standards_of
from credentialing.selectors.requirements import CODES, decision_day
from practitioners.models import CredentialPeriod, GapExplanation
from practitioners.selectors.canonical import records_by_person


@dataclass(frozen=True)
class Case:
    """One application and the decision it is judged for. ``until``: what was recorded before it counts."""

    application: Application
    decision: Judged
    until: dt.datetime
    decided_by: str
    further: Further = ()
    #: Judged by this standard alone (the id of its body), as a payer reviews a file; None: by all that bind.
    alone: int | None = None

    @property
    def bound_as(self) -> CaseKey:
        """What decides which parameters bind: the place, the day, and the payers that delegated."""
        return self.application.facility_id, self.decision.on, self.further

    def knew(self, row: Any) -> bool:
        """Whether a period or an event was known, and not yet taken back, when the decision was made."""
        ended = getattr(row, "superseded_at", None)
        return row.recorded_at < self.until and (ended is None or ended >= self.until)

    def day_of(self, moment: dt.datetime | None) -> dt.date | None:
        """The facility's date of a moment."""
        return None if moment is None else clock.date_at(moment, self.application.facility)


@dataclass(frozen=True)
class Rows:
    """Everything read, grouped by application or by the person's id."""

    bounds: Mapping[CaseKey, Mapping[tuple[str, str], Bound]]
    records: Mapping[int, frozenset[int]]
    items: Mapping[int, list[VerificationItem]]
    periods: Mapping[int, list[CredentialPeriod]]
    queries: Mapping[int, list[NPDBQuery]]
    enrolments: Mapping[int, list[ContinuousQueryPeriod]]
    lists: Sequence[Any]  # exclusion lists in use, each with the moment of its ``first`` load
    runs: Mapping[int, list[ScreeningRun]]
    matches: Mapping[int, list[ScreeningMatch]]
    explanations: Mapping[int, list[GapExplanation]]
    signed: Mapping[int, dt.date]  # by id of the evidence


def cases_of(applications: Sequence[Application], standard: SourceBody | None = None) -> list[Case]:
    """Each application with its decision: the board's, else the day recorded, else the planned one; and the
    standards of payers that delegated. Two queries; one where one ``standard`` alone judges them.
    """
    rows = (
        Decision.objects.filter(
            kind=DecisionKind.DECISION,
            step__case__subject_kind="application",
            step__case__subject_uid__in=[one.uid for one in applications],
        )
        .select_related("step__case")
        .defer("frozen")
        .order_by("-recorded_at", "-pk")
    )
    # The first one decided the application; what was held for a hearing is decided later.
    made = {row.step.case.subject_uid: row for row in rows}
    cases = [_case(one, made.get(one.uid)) for one in applications]
    if standard is not None:
        binds: Further = ((standard.pk, "as the payer reviews"),)
        return [replace(case, further=binds, alone=standard.pk) for case in cases]
    further = standards_of([(case.application, case.decision.on) for case in cases])
    return [replace(case, further=further.get(case.application.pk, ())) for case in cases]


def _case(application: Application, decision: Decision | None) -> Case:
    day = decision.decided_on if decision is not None else application.decided_on
    if day is None:
        planned = Judged(on=decision_day(application), made=False, today=clock.today(application.facility))
        return Case(application, planned, clock.now() + ONE_DAY, "")
    zone = ZoneInfo(application.facility.time_zone)
    until = dt.datetime.combine(day + ONE_DAY, dt.time(), zone)
    by = decision.get_body_display() if decision is not None else ""
    return Case(application, Judged(on=day), until, by)


def read(cases: Sequence[Case]) -> Rows:
    """Eleven queries, for any number of applications."""
    people = {case.application.practitioner_id for case in cases}
    person_of = records_by_person(people)
    records, of_them = list(person_of), {"practitioner_id__in": list(person_of)}
    owner = {pk: person_of[pk] for pk in records}

    def by_person(rows: Iterable[Any], path: str = "practitioner_id") -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = defaultdict(list)
        for row in rows:
            holder = row.identity if path == "identity" else row
            found[owner[holder.practitioner_id]].append(row)
        return found

    grouped: dict[int, set[int]] = defaultdict(set)
    for record, person in owner.items():
        grouped[person].add(record)
    applications = [case.application.pk for case in cases]
    return Rows(
        bounds=resolve_cases(CODES, [case.bound_as for case in cases]),
        records={person: frozenset(held) for person, held in grouped.items()},
        items=_items(applications),
        periods=by_person(
            CredentialPeriod.objects.filter(identity__practitioner_id__in=records)
            .select_related("identity__credential_type")
            .order_by("identity_id", "valid"),
            "identity",
        ),
        queries=by_person(
            NPDBQuery.objects.filter(**of_them)
            .select_related("npdb_entity", "reviewed_by", *_evidence("response"))
            .order_by("queried_on", "pk")
        ),
        enrolments=by_person(
            ContinuousQueryPeriod.objects.filter(identity__practitioner_id__in=records).select_related(
                "identity"
            ),
            "identity",
        ),
        lists=list(ExclusionList.objects.filter(active=True).annotate(first=Min("loads__loaded_at"))),
        runs=by_person(
            ScreeningRun.objects.filter(**of_them)
            .select_related("snapshot", "screened_by")
            .order_by("screened_at", "pk")
        ),
        matches=by_person(_matches(records)),
        explanations=by_person(GapExplanation.objects.filter(**of_them).order_by("first_day", "pk")),
        signed=dict(
            PacketSignature.objects.filter(packet__application__in=applications).values_list(
                "evidence_id", "signed_on"
            )
        ),
    )


def _items(applications: Sequence[int]) -> dict[int, list[VerificationItem]]:
    found: dict[int, list[VerificationItem]] = defaultdict(list)
    rows = (
        VerificationItem.objects.filter(application__in=applications)
        .select_related("reviewed_by", "credential__credential_type", *_evidence("evidence"))
        .order_by("pk")
    )
    for row in rows:
        found[row.application_id].append(row)
    return found


def _evidence(path: str) -> tuple[str, ...]:
    """What the hash of a piece of evidence covers, read with it."""
    return tuple(f"{path}__{name}" for name in ("practitioner", "obtained_by", "document", "redaction"))


def _matches(records: Sequence[int]) -> Iterable[ScreeningMatch]:
    """Possible matches of rows of lists in use; weak ones count for nobody."""
    return (
        ScreeningMatch.objects.filter(Q(row__exclusion_list__active=True), practitioner_id__in=records)
        .exclude(match_class=MatchClass.WEAK, taken_up=False)
        .select_related("run", "row__removed_in")
    )
