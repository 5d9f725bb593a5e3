"""Certificates of privileges: what one says, whether it proves itself, and which one counts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import QuerySet

from config.accounts.policies import facilities_with
from config.audit.models import AuditEvent
from config.kernel import canonical
from config.kernel.dates import ONE_DAY
from config.organization.models import Facility
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among, canonical_of
from privileging.models import PrivilegeCertificate
from privileging.rules.grant_kinds import EXAMPLE, kind_sentence
from privileging.selectors.grants import delineations

CERTIFIED = "privileges.certified"
STOPPED = "Not to be used as things stand: call the Medical Staff Office."


def visible_certificates(viewer: Any) -> QuerySet[PrivilegeCertificate]:
    """Certificates of the facilities where the viewer may ask the lookup, the newest first."""
    return PrivilegeCertificate.objects.filter(
        facility__in=facilities_with(viewer, "privileging.lookup")
    ).select_related("practitioner", "facility", "issued_by")


def later_of(certificate: PrivilegeCertificate) -> PrivilegeCertificate | None:
    """The certificate of the person that counts, where it is another one: the one issued last, whichever of
    their records it was issued on.
    """
    person = canonical_of(certificate.practitioner)
    newest = (
        PrivilegeCertificate.objects.filter(
            practitioner__in=among([person.pk]), facility=certificate.facility
        )
        .order_by("-issued_at", "-pk")
        .first()
    )
    return newest if newest is not None and newest.pk != certificate.pk else None


def certified_lines(
    practitioner: Practitioner, facility: Facility, *, viewer: Any, on: dt.date
) -> list[dict[str, Any]]:
    """Each privilege granted at the facility on the day, by name: what may be used, under what, and what not.

    Why something may not be used is not said.
    """
    lines = []
    for each in delineations(practitioner, viewer=viewer, on=on):
        if each.facility != facility:
            continue
        for period in each.now:
            stop = getattr(period, "stopped", None)
            conditions = [line.strip() for line in period.conditions.splitlines() if line.strip()]
            if kind := kind_sentence(period.kind, period.valid.upper - ONE_DAY):
                conditions.insert(0, kind)
            if period.identity.form_line.version.is_example:
                conditions.insert(0, EXAMPLE)
            conditions += period.allowed_under  # type: ignore[attr-defined]  # attached by delineations
            lines.append(
                {
                    "code": period.privilege.code,
                    "name": period.privilege.name,
                    "since": period.start,
                    "through": period.end,
                    "conditions": conditions,
                    "note": STOPPED if stop is not None and not stop.condition else "",
                }
            )
    return lines


def problems_of(certificate: PrivilegeCertificate) -> list[str]:
    """Sentences about everything in which it is not what was issued; empty: it proves itself. One query."""
    told = []
    if canonical.digest(certificate.content) != certificate.sha256:
        told.append("Its content was changed after it was issued: the hash is another.")
    events = AuditEvent.objects.filter(subject_uid=certificate.uid, verb=CERTIFIED)
    if certificate.sha256 not in [event.data.get("sha256") for event in events]:
        told.append("The audit does not know its hash.")
    return told
