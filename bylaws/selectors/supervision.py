"""Whom an advanced practice professional works under, whom a physician supervises, and whether the supervisor
may: on the staff, with a licence that runs.

The agreement is a claim or a confirmed credential that names the supervisor by NPI; who they are on file is
looked up by that, so an agreement is never repointed when somebody is added or merged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KT

from bylaws.held import hold_without_appointment
from bylaws.models import AppointmentPeriod
from bylaws.rules import supervised
from bylaws.rules.population import appointed as appointed_of
from config.accounts.policies import facilities_with
from config.organization.models import Facility
from config.rulebook.rules import judge_many
from config.rulebook.verdicts import Outcome, Verdict
from practitioners.choices import PERMITS_PRACTICE, Standing
from practitioners.models import CredentialPeriod, Practitioner, PractitionerAliasPeriod
from practitioners.selectors.canonical import among, person_id

SUPERVISION = supervised.SUPERVISION


@dataclass
class Agreement:
    """One agreement with what is known of the one who supervises."""

    period: CredentialPeriod
    on: dt.date
    supervisor: Any = None  # a Practitioner with ``person``, ``appointed``, ``licensed``; None: not on file
    objections: list[str] = field(default_factory=list)

    @property
    def named(self) -> str:
        """How the agreement names the supervisor."""
        return self.period.identity.issuer

    @property
    def npi(self) -> str:
        """The NPI the agreement names; empty when it names none."""
        return self.period.extra.get("supervisor_npi", "")

    @property
    def kind(self) -> str:
        """Supervision, collaboration, delegation of prescribing."""
        return self.period.extra.get("agreement", "")

    @property
    def confirmed(self) -> bool:
        """Whether a source said it."""
        return self.period.standing == Standing.CONFIRMED

    @property
    def over(self) -> bool:
        """Whether its last day lies behind us."""
        return self.period.end is not None and self.period.end < self.on


def supervision_of(
    viewer, practitioner: Practitioner, on: dt.date
) -> tuple[list[Agreement], list[Agreement]]:
    """The person's own agreements (that ran out included), and those in force that name the person as
    supervisor; two queries at most.

    Each agreement that has not ended carries what speaks against its supervisor: no appointment in force at
    a facility the viewer knows, no licence that runs. A supervisor who is not on file is not judged.
    """
    records = Practitioner.objects.filter(pk__in=among([practitioner.pk]))
    rows = (
        CredentialPeriod.objects.live()
        .filter(identity__credential_type__code=SUPERVISION)
        .annotate(supervised_by=KT("extra__supervisor_npi"))
        .filter(
            Q(identity__practitioner__in=records.values("pk"))
            | Q(supervised_by__in=records.exclude(npi=None).values("npi"), valid__contains=on)
        )
        .select_related("identity__practitioner")
        .order_by("identity__practitioner__sort_name", "-valid")
    )
    found = [Agreement(row, on) for row in rows]
    known = _supervisors(viewer, {each.npi for each in found if each.npi}, on)
    for agreement in found:
        agreement.supervisor = known.get(agreement.npi)
        if agreement.supervisor is not None and not agreement.over:
            agreement.objections = _objections(agreement.supervisor)
    own: list[Agreement] = []
    theirs: list[Agreement] = []
    for agreement in found:
        names_them = agreement.supervisor is not None and agreement.supervisor.person == practitioner.pk
        (theirs if names_them else own).append(agreement)
    return own, theirs


def _supervisors(viewer, npis: set[str], on: dt.date) -> dict[str, Any]:
    """The people on file with these NPIs, with ``person`` (whose record it is), ``appointed`` and
    ``licensed``; one query, none without an NPI.
    """
    if not npis:
        return {}
    appointed = AppointmentPeriod.objects.in_force(on).filter(
        facility__in=facilities_with(viewer, "practitioners.view")
    )
    licensed = CredentialPeriod.objects.in_force(on).filter(identity__credential_type__code="LICENSE")
    people = Practitioner.objects.filter(npi__in=npis).annotate(person=person_id("pk"))
    people = people.annotate(
        appointed=_of_any_record(appointed, "practitioner_id"),
        licensed=_of_any_record(licensed, "identity__practitioner_id"),
    )
    return {person.npi: person for person in people if person.npi}


def _of_any_record(rows: QuerySet, path: str) -> Combinable:
    """Whether one of the rows is about the record, the person it belongs to, or another of their records."""
    merged = PractitionerAliasPeriod.objects.live().filter(canonical_id=OuterRef(OuterRef("person")))
    return (
        Exists(rows.filter(**{path: OuterRef("pk")}))
        | Exists(rows.filter(**{path: OuterRef("person")}))
        | Exists(rows.filter(**{f"{path}__in": merged.values("practitioner_id")}))
    )


def _objections(supervisor: Any) -> list[str]:
    """What speaks against the supervisor, in sentences."""
    said: list[str] = []
    if not supervisor.appointed:
        said.append("The supervisor has no appointment in force at your facilities.")
    if not supervisor.licensed:
        said.append("No license of the supervisor runs today.")
    return said


def supervision(viewer, practitioner: Practitioner, on: dt.date) -> dict[str, Any] | None:
    """What the panel of the file shows; nothing where nobody supervises or is supervised."""
    own, theirs = supervision_of(viewer, practitioner, on)
    return {"own": own, "theirs": theirs, "objections": _common(theirs)} if own or theirs else None


def _common(agreements: Sequence[Agreement]) -> list[str]:
    """What speaks against this person as the supervisor of others, once."""
    said = [sentence for each in agreements for sentence in each.objections]
    return list(dict.fromkeys(said))


def under_lapsed_supervisors(facility: Facility, on: dt.date) -> list[tuple[Practitioner, Verdict]]:
    """Everybody the rules judge at the facility who works under somebody who may not supervise there on the
    day, with what BL-SUP-1 says of them; by name.

    Asked from the supervisors, who are few: judging everybody to find the handful of whom one has lapsed
    took half a minute of a staff of a hundred thousand. The queries are the same whatever the number.
    """
    running = CredentialPeriod.objects.in_force(on).filter(
        identity__credential_type__code=SUPERVISION,
        standing=Standing.CONFIRMED,
        status__in=PERMITS_PRACTICE,
    )
    agreements = [
        (person, npi)
        for person, npi in running.annotate(person=person_id("identity__practitioner_id")).values_list(
            "person", KT("extra__supervisor_npi")
        )
        if npi
    ]
    known = supervised.supervisors({npi for _, npi in agreements}, facility, on, None)
    lapsed = {npi for npi, each in known.items() if each["outcome"] == Outcome.NOT_MET}
    under = {person for person, npi in agreements if npi in lapsed}
    if not under:
        return []
    alone = hold_without_appointment(under, facility, on)
    here = {
        person
        for person, row in appointed_of(facility, on, None, under).items()
        if row["appointment"] is not None or person in alone
    }
    verdicts = judge_many(
        supervised.RULE, facility=facility, on=on, practitioner_ids=here, privileges_held=alone
    )
    people = Practitioner.every.filter(pk__in=here).order_by("sort_name", "uid")
    return [(one, verdicts[one.pk]) for one in people if verdicts[one.pk].facts.get("lapsed")]
