"""Reading performed cases: the list, findings without the privilege, low volume, and counts for criteria."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import (
    Case,
    Exists,
    F,
    IntegerField,
    Min,
    OuterRef,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import RawSQL

from config.accounts.policies import facilities_with
from config.kernel.dates import add_months
from config.kernel.periods import known_sql
from config.organization.models import Facility
from config.rulebook.selectors.parameters import Bound, resolve_many
from practitioners.selectors.canonical import (
    among_sql,
    own_records,
    person_id,
    person_sql,
)
from privileging.choices import CaseCover, GrantKind
from privileging.models import CaseJudgement, GrantPeriod, PerformedCase, ProcedureCode
from privileging.parameters import LOW_VOLUME_CASES, LOW_VOLUME_MONTHS

SEE = "privileging.manage_oppe"
#: What makes a case a finding: somebody did what they might not, or nobody can say.
UNCOVERED = (
    CaseCover.NOT_GRANTED,
    CaseCover.NO_APPOINTMENT,
    CaseCover.NOT_USABLE,
    CaseCover.NOBODY,
    CaseCover.UNCONFIRMED,
)


def cases(viewer, facility) -> QuerySet[PerformedCase]:
    """The cases at the facility as they stand, where the viewer runs evaluations; never the viewer's own.
    ``mapped`` says whether the code names a privilege today.
    """
    named = ProcedureCode.objects.filter(
        facility=OuterRef("facility"), system=OuterRef("system"), code=OuterRef("code"), ended_at=None
    )
    return (
        PerformedCase.objects.filter(facility__in=facilities_with(viewer, SEE), superseded_at=None)
        .filter(facility=facility)
        .exclude(practitioner__in=own_records(viewer), practitioner__isnull=False)
        .select_related(
            "facility", "practitioner", "delivery", "judgement__privilege", "judgement__explanation"
        )
        .annotate(mapped=Exists(named))
    )


def case(viewer, uid) -> PerformedCase | None:
    """One case the viewer may see, or None; one that was corrected as well."""
    return (
        PerformedCase.objects.filter(uid=uid, facility__in=facilities_with(viewer, SEE))
        .exclude(practitioner__in=own_records(viewer), practitioner__isnull=False)
        .select_related(
            "facility",
            "practitioner",
            "delivery__recorded_by",
            "superseded_by",
            "judgement__privilege",
            "judgement__explanation__recorded_by",
        )
        .first()
    )


def standing_instead(case: PerformedCase) -> PerformedCase | None:
    """The case as a later delivery told it, where one did."""
    if case.superseded_at is None:
        return None
    return PerformedCase.objects.filter(
        facility=case.facility,
        source=case.source,
        encounter=case.encounter,
        line=case.line,
        superseded_at=None,
    ).first()


def to_explain(viewer, facility) -> QuerySet[CaseJudgement]:
    """Findings at the facility that nobody explained, the oldest first; never the viewer's own."""
    return (
        CaseJudgement.objects.filter(
            cover__in=UNCOVERED,
            case__facility=facility,
            case__facility__in=facilities_with(viewer, SEE),
            case__superseded_at=None,
            explanation=None,
        )
        .exclude(case__practitioner__in=own_records(viewer), case__practitioner__isnull=False)
        .select_related("case__practitioner", "privilege")
        .order_by("case__performed_at", "pk")
    )


def fed_since(facility) -> dt.date | None:
    """The day of the first case that was told of the facility; None where none was. One query."""
    rows = PerformedCase.objects.filter(facility=facility, superseded_at=None, canceled=False)
    return rows.aggregate(first=Min("day"))["first"]


# --- low volume -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LowVolume:
    """What the policy calls low: fewer than so many cases in so many months."""

    cases: Bound
    months: Bound
    by_privilege: Mapping[str, int]
    first_day: dt.date | None

    @property
    def is_set(self) -> bool:
        """Whether both numbers are on record."""
        return self.cases.is_set and self.months.is_set

    @property
    def unconfirmed(self) -> bool:
        """Whether one of them is nobody's policy yet."""
        return any(each.confidence == "unconfirmed" for each in (self.cases, self.months))


def low_volume_at(facility: Facility, on: dt.date) -> LowVolume:
    """The numbers that bind on the day; one query. A number for one privilege has its code as subject."""
    found = resolve_many([LOW_VOLUME_CASES.code, LOW_VOLUME_MONTHS.code], facility=facility, on=on)
    cases = found.get((LOW_VOLUME_CASES.code, ""), Bound(LOW_VOLUME_CASES.code, "", None))
    months = found.get((LOW_VOLUME_MONTHS.code, ""), Bound(LOW_VOLUME_MONTHS.code, "", None))
    return LowVolume(
        cases,
        months,
        {
            subject: int(bound.value)
            for (code, subject), bound in found.items()
            if code == LOW_VOLUME_CASES.code and subject and bound.is_set
        },
        add_months(on, -int(months.value)) if months.is_set else None,
    )


#: Encounters of the person, under whichever record, whose code needs the privilege of the row.
_COUNTED = """(
    SELECT count(DISTINCT (c.source, c.encounter))
      FROM privileging_performedcase c
      JOIN privileging_procedurecode k ON k.facility_id = c.facility_id AND k.system = c.system
           AND k.code = c.code AND k.ended_at IS NULL
     WHERE c.facility_id = privileging_grantperiod.facility_id
       AND k.privilege_id = privileging_grantperiod.privilege_id
       AND c.superseded_at IS NULL AND NOT c.canceled AND c.day >= %s AND c.day <= %s
       AND c.practitioner_id IN (
           SELECT privileging_grantperiod.practitioner_id
            UNION ALL
           SELECT m.practitioner_id FROM practitioners_practitioneraliasperiod m
            WHERE m.superseded_at IS NULL AND m.canonical_id = privileging_grantperiod.practitioner_id
            UNION ALL
           SELECT s.canonical_id FROM practitioners_practitioneraliasperiod s
            WHERE s.superseded_at IS NULL AND s.practitioner_id = privileging_grantperiod.practitioner_id))"""


def low_volume(viewer, facility: Facility, on: dt.date, policy: LowVolume) -> QuerySet[GrantPeriod]:
    """Privileges held in full at the facility through the whole time the policy counts, with fewer cases in
    it than it asks for: ``counted`` and ``asked``. Only privileges that a procedure code names: of others
    nothing is told, which is no low volume.
    """
    if not policy.is_set or policy.first_day is None:
        nothing = Value(0, output_field=IntegerField())
        return GrantPeriod.objects.none().annotate(person=person_id(), counted=nothing, asked=nothing)
    named = ProcedureCode.objects.filter(facility=facility, ended_at=None)
    before = (
        GrantPeriod.objects.in_force(policy.first_day)
        .annotate(whose=person_id())
        .filter(whose=OuterRef("person"), facility=facility, privilege=OuterRef("privilege"))
    )
    return (
        GrantPeriod.objects.in_force(on)
        .filter(
            facility=facility,
            facility__in=facilities_with(viewer, SEE),
            kind=GrantKind.FULL,
            privilege__in=named.values("privilege"),
        )
        .exclude(practitioner__in=own_records(viewer))
        .annotate(
            person=person_id(),
            counted=RawSQL(_COUNTED, [policy.first_day, on], output_field=IntegerField()),  # noqa: S611
            asked=Case(
                *(When(privilege__code=code, then=Value(most)) for code, most in policy.by_privilege.items()),
                default=Value(int(policy.cases.value)),
                output_field=IntegerField(),
            ),
        )
        .filter(Exists(before), counted__lt=F("asked"))
        .select_related("practitioner", "privilege", "identity")
    )


_LAST = f"""
SELECT {person_sql("c.practitioner_id", then=False)}, k.privilege_id, max(c.day)
  FROM privileging_performedcase c
  JOIN privileging_procedurecode k ON k.facility_id = c.facility_id AND k.system = c.system
       AND k.code = c.code AND k.ended_at IS NULL
 WHERE c.facility_id = ANY (%(facilities)s) AND k.privilege_id = ANY (%(privileges)s)
   AND c.superseded_at IS NULL AND NOT c.canceled AND c.practitioner_id IN ({among_sql(then=False)})
 GROUP BY 1, 2
"""  # noqa: S608 - names of our own, values as parameters


def attach_last_cases(rows: Sequence[Any]) -> None:
    """Say in ``last_case`` of each row of low volume on which day the person's last case was; one query."""
    asked = {
        "facilities": list({row.facility_id for row in rows}),
        "privileges": list({row.privilege_id for row in rows}),
        "people": list({row.person for row in rows}),
    }
    with connection.cursor() as cursor:
        cursor.execute(_LAST, asked)
        last = {(person, privilege): day for person, privilege, day in cursor.fetchall()}
    for row in rows:
        row.last_case = last.get((row.person, row.privilege_id))


# --- counts for criteria --------------------------------------------------------------------------------


@dataclass(frozen=True)
class FedCount:
    """Encounters of one procedure group on one day, as one source told them."""

    group: str
    day: dt.date
    number: int
    source: str


#: Every record of the people with whose it is, and what feeds told of it.
_FED = """
SELECT r.record, r.person, (
    SELECT json_agg(json_build_array(f.name, f.day, f.source, f.number) ORDER BY f.name, f.day, f.source)
      FROM (SELECT g.name, c.day, c.source, count(DISTINCT (c.facility_id, c.encounter)) AS number
              FROM privileging_performedcase c
              JOIN privileging_procedurecode k ON k.facility_id = c.facility_id AND k.system = c.system
                   AND k.code = c.code AND {code_known}
              CROSS JOIN LATERAL unnest(k.groups) AS g(name)
             WHERE c.practitioner_id = r.record AND NOT c.canceled AND {case_known}
             GROUP BY g.name, c.day, c.source) AS f)
  FROM (SELECT p, p FROM unnest(%(people)s::bigint[]) AS p
         UNION ALL
        SELECT m.practitioner_id, m.canonical_id FROM practitioners_practitioneraliasperiod m
         WHERE m.canonical_id = ANY (%(people)s::bigint[]) AND {alias_known}) AS r (record, person)
"""


def records_with_fed(
    people: Iterable[int], known_at: dt.datetime | None = None
) -> tuple[dict[int, int], dict[int, list[FedCount]]]:
    """Every record of the people (record id: person id), and what feeds told of each person: encounters of
    each group by day, as known at the moment (None: now), with the codes in force then. One query.
    """
    then = known_at is not None
    statement = _FED.format(
        code_known="k.loaded_at <= %(known_at)s AND (k.ended_at IS NULL OR k.ended_at > %(known_at)s)"
        if then
        else "k.ended_at IS NULL",
        case_known=known_sql("c", then=then),
        alias_known=known_sql("m", then=then),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, {"people": list(people), "known_at": known_at})
        rows = cursor.fetchall()
    numbers: dict[tuple[int, str, str, str], int] = defaultdict(int)
    for _, person, told in rows:
        for group, day, source, number in told or ():
            numbers[person, group, day, source] += number
    found: dict[int, list[FedCount]] = defaultdict(list)
    for (person, group, day, source), number in sorted(numbers.items()):
        found[person].append(FedCount(group, dt.date.fromisoformat(day), number, source))
    return {record: person for record, person, _ in rows}, found


@dataclass(frozen=True)
class FedTotal:
    """Encounters of one procedure group that one source told of, from its first through its last day."""

    label: str
    number: int
    source: str
    first_day: dt.date
    last_day: dt.date


def fed_totals(practitioner, groups: Mapping[str, str]) -> list[FedTotal]:
    """What feeds told of the person, summed up by group (with the words for each) and source; one query."""
    by_source: dict[tuple[str, str], list[FedCount]] = defaultdict(list)
    _, fed = records_with_fed([practitioner.pk])
    for each in fed[practitioner.pk]:
        if each.group in groups:
            by_source[groups[each.group], each.source].append(each)
    return [
        FedTotal(
            label,
            sum(each.number for each in counts),
            source,
            min(each.day for each in counts),
            max(each.day for each in counts),
        )
        for (label, source), counts in sorted(by_source.items())
    ]
