"""Policies, which of their versions hold on a day, and what each names."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from bylaws.choices import PolicyState
from bylaws.models import Policy, PolicyVersion
from bylaws.rules.policy_text import Reference, Section, sections_of
from bylaws.wording import in_words
from config.accounts.policies import facilities_with
from config.kernel.dates import ONE_DAY
from config.organization.models import Facility
from config.rulebook.parameters import definitions
from config.rulebook.rules import rules
from config.rulebook.selectors.parameters import Bound, resolve_many

READ = "credentialing.view"


def visible_policies(viewer) -> QuerySet[Policy]:
    """Policies of the facilities whose files the person may see."""
    return Policy.objects.filter(facility_id__in=facilities_with(viewer, READ)).select_related(
        "facility", "created_by"
    )


def get_policy(viewer, uid: uuid.UUID) -> Policy | None:
    """The policy of that uid; None when there is none for them."""
    return visible_policies(viewer).filter(uid=uid).first()


def versions_of(policy: Policy) -> list[PolicyVersion]:
    """Every version, the newest first; one query."""
    return list(policy.versions.select_related("made_by", "approval_recorded_by").order_by("-number"))


def in_force(versions: Sequence[PolicyVersion], on: dt.date) -> PolicyVersion | None:
    """Of the versions of one policy, the one that holds on the day: of those in force the newest."""
    holding = [each for each in versions if each.in_force_from is not None and each.in_force_from <= on]
    return max(holding, key=lambda each: (each.in_force_from, each.number), default=None)


def state_of(version: PolicyVersion, holding: PolicyVersion | None, on: dt.date) -> PolicyState:
    """How a version stands on the day on which ``holding`` is the one in force."""
    if version.in_force_from is None:
        return PolicyState.DRAFT
    if version.in_force_from > on:
        return PolicyState.AHEAD
    return PolicyState.IN_FORCE if holding is not None and version.pk == holding.pk else PolicyState.REPLACED


def day_of_numbers(version: PolicyVersion, versions: Iterable[PolicyVersion], today: dt.date) -> dt.date:
    """The day of which a version shows its numbers: today, of one to come its first day, and of one that was
    replaced the last day on which it held.
    """
    begins = version.in_force_from
    if begins is None:
        return today
    later = [
        each.in_force_from
        for each in versions
        if each.in_force_from is not None
        and begins <= each.in_force_from <= today
        and (each.in_force_from, each.number) > (begins, version.number)
    ]
    # One that took its place on the same day never held: its own first day is the nearest there is.
    return max(begins, min(later) - ONE_DAY) if later else max(begins, today)


@dataclass(frozen=True)
class PolicyRow:
    """A policy with its versions, on a day."""

    policy: Policy
    versions: Sequence[PolicyVersion]
    holding: PolicyVersion | None
    draft: PolicyVersion | None

    @property
    def state(self) -> PolicyState:
        """How the policy as a whole stands."""
        if self.holding is not None:
            return PolicyState.IN_FORCE
        waiting = any(each.in_force_from is not None for each in self.versions)
        return PolicyState.AHEAD if waiting else PolicyState.DRAFT


def policies_on(viewer, facility: Facility, on: dt.date) -> list[PolicyRow]:
    """Every policy of the facility with what holds on the day, and a draft newer than that; two queries."""
    found = list(visible_policies(viewer).filter(facility=facility).prefetch_related("versions"))
    rows = []
    for policy in found:
        versions = list(policy.versions.all())
        newest = versions[0] if versions else None
        draft = newest if newest is not None and newest.approved_on is None else None
        rows.append(PolicyRow(policy, versions, in_force(versions, on), draft))
    return rows


def naming(rows: Iterable[PolicyRow]) -> dict[Reference, list[tuple[Policy, Section]]]:
    """Which sections of the policies in force name what; no query."""
    found: dict[Reference, list[tuple[Policy, Section]]] = {}
    for row in rows:
        for section in sections_of(row.holding.body) if row.holding is not None else ():
            for reference in section.named:
                found.setdefault(reference, []).append((row.policy, section))
    return found


# --- what a policy may name -------------------------------------------------------------------------------


def nameable(facility: Facility, on: dt.date) -> dict[str, set[str]]:
    """The codes of all parameters with the subjects that have a value at the facility; one query."""
    subjects: dict[str, set[str]] = {code: {""} for code in definitions()}
    for code, subject in resolve_many(list(definitions()), facility=facility, on=on):
        subjects[code].add(subject)
    return subjects


def said(bound: Bound) -> str:
    """A value in the words of a policy: with its unit, and by whom it is set."""
    if not bound.is_set:
        return "what nobody has set yet"
    words = in_words(bound.code, bound.value)
    if words:
        return words
    if isinstance(bound.value, list):
        return ", ".join(str(each) for each in bound.value if not isinstance(each, dict)) or "a list"
    unit = definitions()[bound.code].unit
    return f"{bound.value} {unit}".strip()


def values_named(sections: Iterable[Section], facility: Facility, on: dt.date) -> Mapping[Reference, str]:
    """What each number and rule that is named says at the facility on the day; one query at most."""
    named = {each for section in sections for each in section.named}
    titles = {rule.code: rule.title for rule in rules()}
    found = {each: titles[each[0]] for each in named if each[0] in titles}
    codes = {code for code, _ in named} & set(definitions())
    bounds = resolve_many(list(codes), facility=facility, on=on) if codes else {}
    for code, subject in named:
        if code in codes:
            found[code, subject] = said(bounds.get((code, subject), Bound(code, subject, None)))
    return found
