"""Emergencies for which the operations plan is activated, and the volunteers who came for them."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef, QuerySet

from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve
from config.rulebook.verdicts import Outcome, Verdict
from credentialing import parameters
from credentialing.choices import ApplicationStatus, Element, ItemStatus
from credentialing.models import Activation, Application, VerificationItem

CITATION = "EM.12.02.03 (numbering before 2026)"
CODE, TITLE = "CR-EMERGENCY", "The emergency operations plan is activated"
#: Statuses in which the license is found out, or need not be.
FOUND_OUT = (
    ItemStatus.VERIFIED,
    ItemStatus.VERIFIED_ADVERSE,
    ItemStatus.NOT_APPLICABLE,
    ItemStatus.SUPERSEDED,
)
GRANTED = (ApplicationStatus.APPROVED, ApplicationStatus.APPROVED_MODIFIED)


def active_at(facility: Facility) -> Activation | None:
    """The activation that stands at the facility; one query."""
    return Activation.objects.filter(facility=facility, ended_at__isnull=True).first()


def activations(facility: Facility) -> QuerySet[Activation]:
    """Every activation of the facility's plan, the newest first."""
    return Activation.objects.filter(facility=facility).select_related("recorded_by", "ended_by", "facility")


def hours_allowed(facility: Facility, on: dt.date) -> int | None:
    """Hours from arrival in which a volunteer's license is verified and it is decided whether they continue;
    None where no source says.
    """
    bound = resolve(parameters.VOLUNTEER_HOURS, facility=facility, on=on)
    return int(bound.value) if bound.is_set else None


def emergency_verdict(application: Application) -> Verdict | None:
    """Whether the plan is still activated for which somebody volunteered; None for everybody else. No query
    where the activation is read.
    """
    if application.activation is None:
        return None
    active = application.activation.is_active
    return Verdict(
        Outcome.MET if active else Outcome.NOT_MET,
        CODE,
        TITLE,
        f"{application.activation}: the plan is activated."
        if active
        else f"{application.activation}: the activation has ended, and with it the privileges of volunteers.",
        facts={"emergency": application.activation.emergency},
        citation=CITATION,
        cure="" if active else "Withdraw the file: nothing is granted by it any more.",
    )


def with_license(rows: QuerySet[Application]) -> QuerySet[Application]:
    """The files with ``license_open``: whether a license in them still waits for its source."""
    waiting = VerificationItem.objects.filter(
        application=OuterRef("pk"), element=Element.STATE_LICENSE
    ).exclude(status__in=FOUND_OUT)
    found = VerificationItem.objects.filter(
        application=OuterRef("pk"),
        element=Element.STATE_LICENSE,
        status__in=(ItemStatus.VERIFIED, ItemStatus.VERIFIED_ADVERSE),
    )
    return rows.annotate(license_open=Exists(waiting) | ~Exists(found))


def volunteers(activation: Activation) -> QuerySet[Application]:
    """The files of everybody who came for it, the newest arrival first, with ``license_open``."""
    return with_license(
        Application.objects.filter(activation=activation).select_related("practitioner", "facility")
    ).order_by("-arrived_at", "-pk")
