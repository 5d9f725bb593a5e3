"""How long a gap in a history may be where a person works or applies, and whether theirs are explained."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db.models import Exists, OuterRef

from bylaws.models import AppointmentPeriod
from config.kernel import clock
from config.organization.models import Facility
from config.rulebook.selectors.parameters import Bound, resolve_everywhere
from config.rulebook.verdicts import Verdict
from credentialing import parameters
from credentialing.models import Application
from credentialing.models.applications import OPEN_STATUSES
from credentialing.selectors.requirements import Requirements
from practitioners.models import Practitioner
from practitioners.rules.gaps import GapLimits, JudgedGap
from practitioners.selectors.canonical import among
from practitioners.selectors.timeline import account_for, explanations_of, stated_of

CODES = (parameters.GAP_CLARIFY_DAYS, parameters.GAP_DAYS, parameters.HISTORY_YEARS)


def limits_of(bounds: Mapping[tuple[str, str], Bound]) -> GapLimits:
    """The limits as one facility's parameters set them. Pure."""
    clarify, writing, years = (bounds.get((code, "")) for code in CODES)
    named = [bound for bound in (clarify, writing) if bound is not None and bound.is_set]
    return GapLimits(
        clarify_days=int(clarify.value) if clarify and clarify.is_set else None,
        writing_days=int(writing.value) if writing and writing.is_set else None,
        years=int(years.value) if years and years.is_set else None,
        bound_by=", ".join(dict.fromkeys(bound.source for bound in named)),
        citation="; ".join(_told_once([bound.citation for bound in named])),
        confidence=next((bound.confidence for bound in named), ""),
    )


def _told_once(citations: Sequence[str]) -> list[str]:
    """Each citation once, and none that another one says as well."""
    once = list(dict.fromkeys(citations))
    return [each for each in once if not any(each in other for other in once if other != each)]


def strictest_limits(practitioner: Practitioner, on: dt.date) -> GapLimits:
    """The strictest limits of the facilities that know the person, of all when none does; two queries."""
    terms = AppointmentPeriod.objects.in_force(on).filter(
        practitioner__in=among([practitioner.pk]), facility=OuterRef("pk")
    )
    files = Application.objects.filter(
        practitioner__in=among([practitioner.pk]), facility=OuterRef("pk"), status__in=OPEN_STATUSES
    )
    facilities = list(Facility.objects.annotate(known=Exists(terms) | Exists(files)).order_by("pk"))
    places = [one for one in facilities if one.known] or facilities
    if not places:
        return GapLimits()
    each = [limits_of(bounds) for bounds in resolve_everywhere(CODES, facilities=places, on=on).values()]
    clarify = [limits.clarify_days for limits in each if limits.clarify_days is not None]
    writing = [limits.writing_days for limits in each if limits.writing_days is not None]
    years = [limits.years for limits in each if limits.years is not None]
    strictest = min(each, key=lambda limits: limits.shortest if limits.shortest is not None else 10**6)
    return GapLimits(
        clarify_days=min(clarify, default=None),
        writing_days=min(writing, default=None),
        years=max(years, default=None),
        bound_by=strictest.bound_by,
        citation=strictest.citation,
        confidence=strictest.confidence,
    )


def history_of(application: Application, needs: Requirements) -> tuple[Verdict, list[JudgedGap]]:
    """Whether the history is accounted for on the day of the decision; one query.

    A gap is explained by what was recorded for its days, or by the text of an entry beside it.
    """
    stated = stated_of(row for rows in needs.periods.values() for row in rows)
    explanations = explanations_of(application.practitioner)
    today = clock.today(application.facility)
    return account_for(stated, explanations, limits_of(needs.bounds), needs.on, today)
