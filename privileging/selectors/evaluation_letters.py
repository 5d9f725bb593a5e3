"""Focused evaluations that began or were closed, and of which no letter has told the practitioner yet.

A letter tells of everything of its occasion that had happened when it was issued.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Max, Min, Q, QuerySet
from django.db.models.functions import Greatest

from config.accounts.choices import DataClass
from config.accounts.policies import may_see_class
from config.kernel.dates import ONE_DAY
from config.kernel.display.dates import long_day
from config.organization.models import Facility
from credentialing.choices import LetterOccasion
from credentialing.evaluated import Evaluations
from credentialing.models import LetterTemplate
from practitioners.models import Letter, Practitioner
from practitioners.selectors.canonical import among, own_records, person_id, with_canonical
from privileging.choices import FPPEReason, FPPEStatus
from privileging.models import FPPEPlan
from privileging.models.fppe import CLOSED, OPEN

#: After so long an evaluation that was closed without a letter stands on Today no more: nobody writes then.
TOLD_WITHIN = 60 * ONE_DAY
BEGUN, ENDED = LetterOccasion.FPPE_BEGUN, LetterOccasion.FPPE_CLOSED
CAUSE_BEGUN, CAUSE_ENDED = LetterOccasion.CAUSE_BEGUN, LetterOccasion.CAUSE_CLOSED
OCCASIONS = (BEGUN, ENDED, CAUSE_BEGUN, CAUSE_ENDED)

#: When the newest letter on an occasion was issued, by person and occasion.
Told = Mapping[tuple[int, str], dt.datetime]


def occasion_of(plan: FPPEPlan) -> LetterOccasion:
    """Of which letter what became of the plan is an occasion."""
    if plan.reason == FPPEReason.FOR_CAUSE:
        return CAUSE_BEGUN if plan.is_open else CAUSE_ENDED
    return BEGUN if plan.is_open else ENDED


def evaluations_of(practitioner: Practitioner, facility: Facility) -> Evaluations:
    """What letters have to tell the person, under any of their records; at most three queries."""
    records = among([practitioner.pk])
    plans = list(_happened(FPPEPlan.objects.filter(practitioner__in=records, facility=facility)))
    if not plans:
        return Evaluations()
    told = dict(
        _letters(facility)
        .filter(practitioner__in=records)
        .values_list("office__version__template__occasion")
        .annotate(newest=Max("issued_at"))
    )
    found: dict[str, list[str]] = defaultdict(list)
    for plan in plans:
        occasion = occasion_of(plan)
        newest = told.get(str(occasion))
        if newest is None or newest < plan.happened:  # type: ignore[attr-defined]
            found[str(occasion)].append(in_words(plan))
    return Evaluations(
        begun=tuple(found[BEGUN]),
        closed=tuple(found[ENDED]),
        cause_begun=tuple(found[CAUSE_BEGUN]),
        cause_closed=tuple(found[CAUSE_ENDED]),
    )


def in_words(plan: FPPEPlan) -> str:
    """What a letter says of one evaluation: the privilege, and while it is open how and by when. Never how it
    ended: the chair tells that.
    """
    if not plan.is_open:
        return plan.privilege.name
    cases = (
        f"{plan.cases_required} case{'s' if plan.cases_required != 1 else ''}" if plan.cases_required else ""
    )
    due = f"by {long_day(plan.due_on)}" if plan.due_on else ""
    how = ", ".join(part for part in (plan.get_looking_display().lower(), cases, due) if part)
    return f"{plan.privilege.name}: {how}"


@dataclass(frozen=True)
class ToTell:
    """Somebody a letter is to be written to: on which occasion, since when, of how many evaluations."""

    practitioner: Practitioner
    occasion: LetterOccasion
    since: dt.datetime
    plans: int


def to_tell(viewer, facility: Facility, now: dt.datetime) -> list[ToTell]:
    """Whom the office has to write that an evaluation began or was closed, the oldest first; those for cause
    only where the viewer's roles open peer review, never the viewer. Three queries for any number.
    """
    plans = _happened(FPPEPlan.objects.filter(facility=facility)).exclude(
        practitioner__in=own_records(viewer)
    )
    plans = plans.filter(Q(status__in=OPEN) | Q(happened__gte=now - TOLD_WITHIN))
    if not may_see_class(viewer, DataClass.PEER_REVIEW, facility):
        plans = plans.exclude(reason=FPPEReason.FOR_CAUSE)
    rows = list(plans.select_related("practitioner"))
    with_canonical(rows)
    told = _told(facility, {row.practitioner_id for row in rows})
    groups: dict[tuple[int, LetterOccasion], list[FPPEPlan]] = defaultdict(list)
    for row in rows:
        key = row.practitioner_id, occasion_of(row)
        newest = told.get((row.practitioner_id, str(key[1])))
        if newest is None or newest < row.happened:  # type: ignore[attr-defined]
            groups[key].append(row)
    found = [
        ToTell(group[0].practitioner, occasion, min(each.happened for each in group), len(group))  # type: ignore[attr-defined]
        for (_, occasion), group in groups.items()
    ]
    return sorted(found, key=lambda each: (each.since, str(each.practitioner)))


def _happened(plans: QuerySet[FPPEPlan]) -> QuerySet[FPPEPlan]:
    """Plans under way or closed, each with the moment at which that ``happened``."""
    return (
        plans.exclude(status=FPPEStatus.PLANNED)
        .select_related("privilege")
        .annotate(
            began=Min("steps__recorded_at", filter=Q(steps__status=FPPEStatus.IN_PROGRESS)),
            ended=Min("steps__recorded_at", filter=Q(steps__status__in=CLOSED)),
        )
        .annotate(happened=Greatest("began", "ended"))
        .filter(happened__isnull=False)
        .order_by("privilege__name", "pk")
    )


def _letters(facility: Facility) -> QuerySet[Letter]:
    return Letter.objects.filter(
        facility=facility, office__version__template__occasion__in=[str(each) for each in OCCASIONS]
    )


def _told(facility: Facility, people: Iterable[int]) -> Told:
    rows = list(
        _letters(facility)
        .filter(practitioner__in=among(people))
        .annotate(person=person_id())
        .values_list("person", "office__version__template__occasion")
        .annotate(newest=Max("issued_at"))
    )
    return {(person, occasion): newest for person, occasion, newest in rows}


def templates_for(occasions: Iterable[str]) -> dict[str, LetterTemplate]:
    """By occasion the template a letter is written from: the oldest published one; one query."""
    rows = LetterTemplate.objects.filter(
        occasion__in=[str(each) for each in occasions], versions__published_at__isnull=False
    )
    found: dict[str, LetterTemplate] = {}
    for row in rows.order_by("-pk"):
        found[row.occasion] = row
    return found
