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
from credentialing.elements import (
    CREDENTIAL_TYPES,
    NEVER_WAIVABLE,
    ONLY_CURRENT,
)
from credentialing.models import Application
from credentialing.needs import further_needs
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
)


@dataclass(frozen=True)
class Wanted:
    """One thing to find out: an element and, where it has one, the claim it is about."""

    element: str
    credential: Credential | None
    label: str
    because: str

    @property
    def key(self) -> tuple[str, int | None]:
        """What makes it one item of the plan."""
        return self.element, self.credential.pk if self.credential else None

    @property
    def waivable(self) -> bool:
        """Whether the director may do without (never licence, NPDB, exclusion, identity)."""
        return self.element not in NEVER_WAIVABLE


@dataclass(frozen=True)
class Missing:
    """Something the applicant has not stated yet, so that nothing can be verified."""

    element: str
    stated: int
    minimum: int
    because: str
    type_code: str
    label: str = ""

    @property
    def sentence(self) -> str:
        """``Peer reference: 1 of 2 stated.``"""
        label = self.label or Element(self.element).label
        if self.minimum == 1:
            return f"{label}: none is stated."
        return f"{label}: {self.stated} of {self.minimum} stated."


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
    """What has to be found out for a decision on ``on`` (see :func:`decision_day`). About five queries."""
    day = on or decision_day(application)
    bounds = resolve_many(CODES, facility=application.facility, on=day)
    credentials, periods = _claims(application)
    required = bounds.get((parameters.REQUIRED_ELEMENTS, application.required_as))
    wanted, missing = needed_of(application, required, credentials, periods, day)
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


def needed_of(
    application: Application,
    required: Bound | None,
    credentials: Sequence[Credential],
    periods: Mapping[int, Sequence[CredentialPeriod]],
    day: dt.date,
) -> tuple[dict[tuple[str, int | None], Wanted], dict[str, Missing]]:
    """What the parameter ``required`` asks for on ``day``, of what is claimed; and what is not stated. Pure.

    ``periods`` by credential id, of every one of ``credentials``.
    """
    entries = [
        entry for entry in (required.value if required else None) or [] if _applies(entry, application)
    ]
    source = required.source if required else ""
    wanted: dict[tuple[str, int | None], Wanted] = {}
    missing: dict[str, Missing] = {}
    for entry in entries:
        element = entry["element"]
        instances = _instances(entry, application, credentials, periods, day)
        for credential in instances:
            one = Wanted(
                element,
                credential,
                _label(element, credential, application, periods),
                _because(entry, source),
            )
            wanted.setdefault(one.key, one)
        _note_missing(missing, entry, instances, source)
    return wanted, missing


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


def _applies(entry: Mapping[str, Any], application: Application) -> bool:
    types = entry.get("provider_types") or ["*"]
    return "*" in types or application.practitioner.provider_type in types


def _instances(
    entry: Mapping[str, Any],
    application: Application,
    credentials: Sequence[Credential],
    periods: Mapping[int, Sequence[CredentialPeriod]],
    day: dt.date,
) -> list[Credential | None]:
    element = entry["element"]
    type_code = CREDENTIAL_TYPES.get(element)
    if type_code is None or entry.get("instances") == "one":
        return [None]
    found = [credential for credential in credentials if credential.credential_type.code == type_code]
    if entry.get("instances") == "facility_state":
        found = [credential for credential in found if credential.state == application.facility.state]
    if element in ONLY_CURRENT:
        found = [
            credential
            for credential in found
            if any(row.valid.upper is None or row.valid.upper > day for row in periods[credential.pk])
        ]
    return list(found)


def _note_missing(
    missing: dict[str, Missing], entry: Mapping[str, Any], instances: Sequence[Any], source: str
) -> None:
    element, minimum = entry["element"], int(entry.get("minimum") or 0)
    type_code = CREDENTIAL_TYPES.get(element)
    if type_code is None or entry.get("instances") == "one" or len(instances) >= minimum:
        return
    held = missing.get(element)
    if held is None or held.minimum - held.stated < minimum - len(instances):
        missing[element] = Missing(element, len(instances), minimum, _because(entry, source), type_code)


def _because(entry: Mapping[str, Any], source: str) -> str:
    why = entry.get("why") or "it is required for every application"
    return f"{why} ({source})" if source else why


#: What tells one instance from another where neither number nor issuer does, in the order of preference.
TELLING = ("name", "organization", "course", "specialty", "document_kind", "programme")


def _label(
    element: str,
    credential: Credential | None,
    application: Application,
    periods: Mapping[int, Sequence[CredentialPeriod]],
) -> str:
    name = Element(element).label
    if element == Element.NPI:
        return f"NPI {application.practitioner.npi or '(none stated)'} in the registry"
    if element == Element.NPDB:
        return f"NPDB query by {application.facility.npdb_entity}"
    if element == Element.EXCLUSION:
        return "Exclusion screening under every name"
    if credential is None:
        return name
    rows = periods.get(credential.pk) or ()
    extra = rows[-1].extra if rows and isinstance(rows[-1].extra, dict) else {}
    telling = next((str(extra[key]) for key in TELLING if extra.get(key)), "")
    number = f"{credential.state} {credential.number}".strip()
    parts = dict.fromkeys(part for part in (number, telling, credential.issuer) if part)
    return f"{name}: {', '.join(parts)}" if parts else name
