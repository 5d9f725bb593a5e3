"""What an application needs found out: from parameters, from what was claimed, and from rooms above."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config.kernel import clock
from config.organization.models import Facility
from config.rulebook.selectors.parameters import Bound, resolve, resolve_many
from credentialing import parameters
from credentialing.choices import Element
from credentialing.elements import CREDENTIAL_TYPES
from credentialing.models import Application
from credentialing.needs import further_needs
from credentialing.rules.needed import Case, Missing, Wanted, needed_of
from credentialing.selectors.delegated_standards import standards_of_one
from practitioners.models import Credential, CredentialPeriod
from practitioners.selectors.canonical import among

ATTEMPTS_UNLESS_SET = 3
CODES = (
    parameters.REQUIRED_ELEMENTS,
    parameters.MAX_AGE_DAYS,
    parameters.ACCEPTED_SOURCES,
    parameters.ATTEMPTS_BEFORE_UNABLE,
    parameters.GAP_DAYS,
    parameters.GAP_CLARIFY_DAYS,
    parameters.HISTORY_YEARS,
    parameters.SANCTION_YEARS,
    parameters.CLAIM_HISTORY_YEARS,
    parameters.AFFILIATION_YEARS,
    parameters.CDS_STATES,
    parameters.BACKGROUND_KINDS,
    parameters.CME_HOURS,
    parameters.CME_MONTHS,
    parameters.IMMUNIZATIONS,
)


@dataclass(frozen=True)
class Requirements:
    """Everything an application needs, with the parameters it follows from."""

    on: dt.date
    wanted: tuple[Wanted, ...]
    missing: tuple[Missing, ...]
    bounds: Mapping[tuple[str, str], Bound]
    periods: Mapping[int, Sequence[CredentialPeriod]] = field(default_factory=dict)

    def bound(self, code: str, subject: str = "") -> Bound:
        """The parameter that binds, empty when no source sets one."""
        return self.bounds.get((code, subject), Bound(code, subject, None))

    def max_age(self, element: str) -> Bound:
        """How old a verification of the element may be; ``value`` None: no limit."""
        return self.bound(parameters.MAX_AGE_DAYS, element)

    def accepted_sources(self, element: str) -> list[str]:
        """Kinds of sources accepted for the element; empty: any."""
        return list(self.bound(parameters.ACCEPTED_SOURCES, element).value or [])

    @property
    def attempts_before_unable(self) -> int:
        """Documented attempts before an element may be recorded as unable."""
        bound = self.bound(parameters.ATTEMPTS_BEFORE_UNABLE)
        return int(bound.value) if bound.is_set else ATTEMPTS_UNLESS_SET

    def used(self) -> list[dict[str, Any]]:
        """The parameters as plain data, for the frozen record of a decision."""
        return [self.bounds[key].as_data() for key in sorted(self.bounds)]


def decision_day(application: Application) -> dt.date:
    """The day ages are judged against: the planned day of the decision, but never one that is past."""
    today = clock.today(application.facility)
    planned = application.scheduled_decision_on
    return max(planned, today) if planned else today


def requirements(application: Application, on: dt.date | None = None) -> Requirements:
    """What has to be found out for a decision on ``on`` (see :func:`decision_day`). About five queries.

    Of people on the roster of a payer that delegated, the payer's standard binds beside all others.
    """
    day = on or decision_day(application)
    further = standards_of_one(application, day)
    bounds = resolve_many(CODES, facility=application.facility, on=day, further=further)
    credentials, periods = _claims(application)
    wanted, missing = needed_of(Case(application, credentials, periods, bounds, day))
    for need in further_needs(application, [row for rows in periods.values() for row in rows]):
        element = str(need.element)
        if need.credential is None and element in CREDENTIAL_TYPES:
            lack = Missing(element, 0, 1, need.because, CREDENTIAL_TYPES[element], need.label)
            missing.setdefault(f"{element} {need.label}", lack)
            continue
        one = Wanted(element, need.credential, need.label, need.because)
        wanted.setdefault(one.key, one)
    order = {str(element): index for index, element in enumerate(Element)}
    return Requirements(
        on=day,
        wanted=tuple(sorted(wanted.values(), key=lambda one: (order.get(one.element, 99), one.label))),
        missing=tuple(sorted(missing.values(), key=lambda one: order.get(one.element, 99))),
        bounds=bounds,
        periods=periods,
    )


def accepted_sources(element: str, facility: Facility, *, on: dt.date) -> list[str]:
    """Kinds of sources the facility accepts for an element, outside any application; empty: any."""
    return list(resolve(parameters.ACCEPTED_SOURCES, subject=element, facility=facility, on=on).value or [])


def oldest_answer(element: str, facility: Facility, *, on: dt.date) -> int | None:
    """How old an answer to an element may be, in days; None where no limit binds."""
    bound = resolve(parameters.MAX_AGE_DAYS, subject=element, facility=facility, on=on)
    return int(bound.value) if bound.is_set else None


def attempts_before_unable(facility: Facility, *, on: dt.date) -> int:
    """Documented attempts before anything may be recorded as unable to verify; one query."""
    bound = resolve(parameters.ATTEMPTS_BEFORE_UNABLE, facility=facility, on=on)
    return int(bound.value) if bound.is_set else ATTEMPTS_UNLESS_SET


def _claims(application: Application) -> tuple[list[Credential], dict[int, list[CredentialPeriod]]]:
    """Credentials somebody still claims or a source confirmed, with what is said of them now."""
    rows = (
        CredentialPeriod.objects.live()
        .filter(identity__practitioner_id__in=among([application.practitioner_id]))
        .select_related("identity__credential_type", "evidence")
        .order_by("identity_id", "valid")
    )
    periods: dict[int, list[CredentialPeriod]] = {}
    credentials: dict[int, Credential] = {}
    for row in rows:
        periods.setdefault(row.identity_id, []).append(row)
        credentials.setdefault(row.identity_id, row.identity)
    return list(credentials.values()), periods
