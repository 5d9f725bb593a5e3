"""What an application needs found out, of what is claimed: the verification matrix of the parameters. Pure.

Source: domain.md 3.3. Each body that binds the hospital lists what it asks for; what several ask for is one
thing, and says who asks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.kernel import clock
from config.kernel.dates import add_years_last_valid
from config.kernel.display.dates import day_text
from config.kernel.periods import covers
from config.rulebook.selectors.parameters import Bound, Candidate
from credentialing import parameters
from credentialing.choices import Element
from credentialing.elements import CREDENTIAL_TYPES, NEVER_WAIVABLE, ONLY_CURRENT
from credentialing.models import Application
from credentialing.rules.counted import Hours, asked_of, hours_completed, is_immunization
from practitioners.choices import Standing
from practitioners.models import Credential, CredentialPeriod

Bounds = Mapping[tuple[str, str], Bound]
Periods = Mapping[int, Sequence[CredentialPeriod]]

#: Elements without a claim of their own, by how many years back they look.
LOOKS_BACK: dict[str, str] = {
    Element.LICENSE_SANCTIONS: parameters.SANCTION_YEARS,
    Element.MALPRACTICE_HISTORY: parameters.CLAIM_HISTORY_YEARS,
    Element.HOSPITAL_AFFILIATION: parameters.AFFILIATION_YEARS,
}


@dataclass(frozen=True)
class Wanted:
    """One thing to find out: an element and, where it has one, the claim it is about. ``later``: the decision
    does not wait for it.
    """

    element: str
    credential: Credential | None
    label: str
    because: str
    asked_by: tuple[Candidate, ...] = ()
    later: bool = False

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
    asked_by: tuple[Candidate, ...] = ()

    @property
    def sentence(self) -> str:
        """``Peer reference: 1 of 2 stated.``"""
        label = self.label or Element(self.element).label
        if self.minimum == 1:
            return f"{label}: none is stated."
        return f"{label}: {self.stated} of {self.minimum} stated."


@dataclass(frozen=True)
class Case:
    """An application on the day it is judged for, with what is claimed. ``periods`` by credential id, of
    every one of ``credentials``; ``bounds`` are the parameters in force.
    """

    application: Application
    credentials: Sequence[Credential]
    periods: Periods
    bounds: Bounds
    day: dt.date

    @property
    def opened_on(self) -> dt.date:
        """The facility's date on which the application was opened."""
        return clock.date_at(self.application.opened_at, self.application.facility)

    @property
    def state(self) -> str:
        """The state of the facility."""
        return self.application.facility.state

    def of(self, type_code: str) -> list[Credential]:
        """What is claimed of a kind."""
        return [each for each in self.credentials if each.credential_type.code == type_code]

    def runs_after(self, credential: Credential, day: dt.date) -> bool:
        """Whether somebody says that it runs on the day or later."""
        return any(row.valid.upper is None or row.valid.upper > day for row in self.periods[credential.pk])

    def value(self, code: str, subject: str = "") -> Any:
        """What the parameter says; None where no source sets it."""
        bound = self.bounds.get((code, subject))
        return bound.value if bound is not None else None


def needed_of(case: Case) -> tuple[dict[tuple[str, int | None], Wanted], dict[str, Missing]]:
    """What the bodies that bind the hospital ask for, of what is claimed; and what is not stated."""
    required = case.bounds.get((parameters.REQUIRED_ELEMENTS, case.application.required_as))
    asked: dict[str, list[tuple[Mapping[str, Any], Candidate]]] = {}
    for body in required.merged if required else ():
        for entry in body.value:
            if _applies(entry, case):
                asked.setdefault(entry["element"], []).append((entry, body))
    wanted: dict[tuple[str, int | None], Wanted] = {}
    missing: dict[str, Missing] = {}
    for element, entries in asked.items():
        because, bodies = _because(entries)
        later = all(entry.get("later") is True for entry, _ in entries)
        for entry, _ in entries:
            instances = _instances(entry, case)
            for credential in instances:
                label = _label(element, credential, case)
                one = Wanted(element, credential, label, because, bodies, later)
                wanted.setdefault(one.key, one)
            lack = _lacking(entry, case, instances)
            held = missing.get(element)
            if lack and (held is None or held.minimum - held.stated < lack[1] - lack[0]):
                missing[element] = Missing(
                    element, *lack, because, CREDENTIAL_TYPES[element], asked_by=bodies
                )
    if Element.CME in asked:
        _count_hours(case, missing, *_because(asked[Element.CME]))
    if Element.IMMUNIZATION in asked:
        _add_immunizations(case, wanted, missing)
    return wanted, missing


def _count_hours(
    case: Case, missing: dict[str, Missing], because: str, bodies: tuple[Candidate, ...]
) -> None:
    """Where activities are stated their hours are counted; too few are missing. Where none is, whoever sees
    the certificates says whether they suffice.
    """
    hours = _hours(case)
    if hours is not None and not hours.enough:
        label = f"Hours of continuing education completed from {day_text(hours.since)} on"
        missing[Element.CME] = Missing(
            Element.CME, int(hours.stated), hours.asked, because, "CME", label, asked_by=bodies
        )


def _add_immunizations(
    case: Case, wanted: dict[tuple[str, int | None], Wanted], missing: dict[str, Missing]
) -> None:
    """Those the facility asks for by name: the one that is good on the day, else that none is stated."""
    bound = case.bounds.get((parameters.IMMUNIZATIONS, ""))
    for entry in asked_of(bound.value if bound else None, case.application.practitioner.provider_type):
        requirement = entry["requirement"]
        because = f"{entry.get('why') or 'the facility asks for it'} ({bound.source})"
        good = [
            each
            for each in case.of("IMMUNIZATION")
            if is_immunization(case.periods[each.pk], requirement, case.day)
        ]
        for each in good:
            label = _label(Element.IMMUNIZATION, each, case)
            one = Wanted(Element.IMMUNIZATION, each, label, because, bound.merged)
            wanted.setdefault(one.key, one)
        if not good:
            lack = f"Immunization or screening, {requirement}"
            missing[f"{Element.IMMUNIZATION} {requirement}"] = Missing(
                Element.IMMUNIZATION, 0, 1, because, "IMMUNIZATION", lack, asked_by=bound.merged
            )


def _because(entries: Sequence[tuple[Mapping[str, Any], Candidate]]) -> tuple[str, tuple[Candidate, ...]]:
    """Why, in the words of the first body that asks, with the names of all that ask; and those bodies."""
    why = entries[0][0].get("why") or "it is required for every application"
    bodies = tuple({body.uid: body for _, body in entries}.values())
    return f"{why} ({', '.join(body.source for body in bodies)})", bodies


# --- whom it concerns -----------------------------------------------------------------------------------


def _applies(entry: Mapping[str, Any], case: Case) -> bool:
    types = entry.get("provider_types") or ["*"]
    if "*" not in types and case.application.practitioner.provider_type not in types:
        return False
    # A word nobody knows narrows nothing: what is asked for once too often does no harm.
    concerns = WHEN.get(entry.get("when") or "")
    return concerns is None or concerns(case)


def _studied_abroad(case: Case) -> bool:
    """A school outside the United States and Canada is stated: its graduates need the ECFMG's certificate."""
    return any(
        isinstance(row.extra, dict) and row.extra.get("international") is True
        for school in case.of("MEDICAL_SCHOOL")
        for row in case.periods[school.pk]
    )


def _state_registers(case: Case) -> bool:
    """The facility's state has a registration of its own, and the applicant handles controlled substances."""
    states = case.value(parameters.CDS_STATES) or ()
    return case.state in states and any(case.runs_after(each, case.day) for each in case.of("DEA"))


def _background_asked(case: Case) -> bool:
    """The hospital's policy asks for a criminal background check of this kind of application."""
    return case.application.kind in (case.value(parameters.BACKGROUND_KINDS) or ())


def _education_counted(case: Case) -> bool:
    """The facility's state asks for hours of continuing education."""
    return bool(case.value(parameters.CME_HOURS, case.state))


#: Whom an entry concerns beyond the profession, by the word it says it with.
WHEN: dict[str, Callable[[Case], bool]] = {
    "studied_abroad": _studied_abroad,
    "state_registers": _state_registers,
    "background_asked": _background_asked,
    "education_counted": _education_counted,
}


# --- which instances ------------------------------------------------------------------------------------


def _instances(entry: Mapping[str, Any], case: Case) -> Sequence[Credential | None]:
    element, how = entry["element"], entry.get("instances")
    type_code = CREDENTIAL_TYPES.get(element)
    if type_code is None or how == "one":
        return [None]
    found = case.of(type_code)
    if element == Element.STATE_LICENSE:
        found = licences_held(case)
    elif element == Element.PAST_LICENSE:
        held = {each.pk for each in licences_held(case)}
        found = [each for each in found if each.pk not in held]
    elif element in ONLY_CURRENT:
        found = [each for each in found if case.runs_after(each, case.day)]
    elif how == "recent":
        found = [each for each in found if _recent(each, element, case)]
    elif how == "new":
        found = [each for each in found if not _known(each, case)]
    if how == "facility_state":
        found = [each for each in found if each.state == case.state]
    return found


def licences_held(case: Case) -> list[Credential]:
    """The licences that ran when the application was opened, in every state; of the facility's own state,
    where none ran any more, those that ended: the file has to say so.

    What ended before is the history of licences, and stays that whatever day the decision is planned for.
    """
    licences = case.of("LICENSE")
    running = [each for each in licences if case.runs_after(each, case.opened_on)]
    if any(each.state == case.state for each in running):
        return running
    return [each for each in licences if each in running or each.state == case.state]


def licence_needed(credential: int | None, state: str, periods: Periods, day: dt.date) -> bool:
    """Whether the licence has to run on the day: it is of the facility's state, and no other one confirmed
    there does. One of another state, or a training licence beside the full one, may end before; but a
    volunteer in a disaster may hold none but that of another state.
    """
    here = {
        held: rows
        for held, rows in periods.items()
        if any(row.identity.credential_type.code == "LICENSE" and row.identity.state == state for row in rows)
    }
    if (credential or 0) not in here:
        return not here
    return not any(
        row.standing == Standing.CONFIRMED and covers(row.valid, day)
        for held, rows in here.items()
        if held != credential
        for row in rows
    )


def _recent(credential: Credential, element: str, case: Case) -> bool:
    """Whether any of it lies in the years the element looks back; without a number of years, all of it.

    Counted back from the day the application was opened, or from the day judged where that is earlier: what
    a file needs does not change with the day the decision is planned for, or a file planned for later would
    lack what is asked of it today and could not be given it.
    """
    years = case.value(LOOKS_BACK[element])
    begins = min(case.opened_on, case.day)
    return years is None or case.runs_after(credential, add_years_last_valid(begins, -int(years)))


def _known(credential: Credential, case: Case) -> bool:
    """Whether a source confirmed it before."""
    return any(row.standing == Standing.CONFIRMED for row in case.periods[credential.pk])


def _lacking(
    entry: Mapping[str, Any], case: Case, instances: Sequence[Credential | None]
) -> tuple[int, int] | None:
    """How many are stated and how many are needed, where these are fewer; else None."""
    minimum = int(entry.get("minimum") or 0)
    if entry["element"] not in CREDENTIAL_TYPES or entry.get("instances") == "one":
        return None
    stated = sum(each is not None and _counts(entry, each, case) for each in instances)
    return (stated, minimum) if stated < minimum else None


def _counts(entry: Mapping[str, Any], credential: Credential, case: Case) -> bool:
    """Whether it counts towards the minimum: of some elements only those of the facility's state do."""
    return entry.get("minimum_of") != "facility_state" or credential.state == case.state


# --- what it is called ----------------------------------------------------------------------------------

#: What tells one instance from another where neither number nor issuer does, in the order of preference.
TELLING = ("name", "organization", "course", "specialty", "document_kind", "programme", "requirement")


def _label(element: str, credential: Credential | None, case: Case) -> str:
    application, name = case.application, Element(element).label
    if element == Element.NPI:
        return f"NPI {application.practitioner.npi or '(none stated)'} in the registry"
    if element == Element.NPDB:
        return f"NPDB query by {application.facility.npdb_entity}"
    if element == Element.EXCLUSION:
        return "Exclusion screening under every name"
    if element == Element.CME:
        return _hours_of(case)
    if credential is None:
        years = case.value(LOOKS_BACK[element]) if element in LOOKS_BACK else None
        return f"{name}, last {years} years" if years else name
    rows = case.periods.get(credential.pk) or ()
    extra = rows[-1].extra if rows and isinstance(rows[-1].extra, dict) else {}
    telling = next((str(extra[key]) for key in TELLING if extra.get(key)), "")
    number = f"{credential.state} {credential.number}".strip()
    parts = dict.fromkeys(part for part in (number, telling, credential.issuer) if part)
    return f"{name}: {', '.join(parts)}" if parts else name


def _hours_of(case: Case) -> str:
    """``Continuing education: 150 hours in 36 months (IL)``"""
    hours, months = (case.value(code, case.state) for code in (parameters.CME_HOURS, parameters.CME_MONTHS))
    name = Element.CME.label
    if not hours:
        return name
    told = f"{name}: {hours} hours{f' in {months} months' if months else ''} ({case.state})"
    counted = _hours(case)
    return f"{told}, {counted.stated:g} stated" if counted else told


def _hours(case: Case) -> Hours | None:
    """The hours stated for the cycle that ends on the day, of those the facility's state asks for."""
    hours, months = (case.value(code, case.state) for code in (parameters.CME_HOURS, parameters.CME_MONTHS))
    activities = [case.periods[each.pk] for each in case.of("CME")]
    return hours_completed(activities, int(hours), months, case.day) if hours else None
