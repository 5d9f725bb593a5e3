"""Certifying what somebody may do at a facility."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

from django.db import transaction

from config.audit.services.events import record_event
from config.kernel import canonical, clock
from config.kernel.display.dates import long_day
from config.kernel.errors import Refused
from config.kernel.papers import typeset
from config.organization.models import Facility
from credentialing.services.guards import begin_person
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among
from privileging.models import PrivilegeCertificate
from privileging.selectors.certificates import CERTIFIED, certified_lines

TEMPLATE = "privilege_certificate"
ISSUE = "privileging.certify"


@transaction.atomic
def certify_privileges(*, actor, practitioner: Practitioner, facility: Facility) -> PrivilegeCertificate:
    """Write down what the person may do at the facility today, as known now: the next version.

    Refused on one's own file, and where nothing is granted.
    """
    practitioner = begin_person(actor, practitioner, ISSUE, facility)
    now = clock.now()
    lines = certified_lines(practitioner, facility, viewer=actor, on=clock.today(facility))
    if not lines:
        raise Refused(f"{practitioner} holds no privilege at {facility} today: there is nothing to certify.")
    before = (
        PrivilegeCertificate.objects.filter(practitioner__in=among([practitioner.pk]), facility=facility)
        .order_by("-version")
        .first()
    )
    version = before.version + 1 if before else 1
    content = json.loads(
        canonical.canonical_bytes(
            {
                "practitioner": {
                    "uid": practitioner.uid, "name": practitioner.display_name,
                    "npi": practitioner.npi or "", "type": practitioner.provider_type,
                },
                "facility": {
                    "code": facility.code, "name": facility.name, "city": facility.city,
                    "phone": facility.office_phone,
                },
                "issued_by": str(actor),
                "day": clock.today(facility),
                "as_of": now,
                "version": version,
                "privileges": lines,
            }
        )
    )  # fmt: skip
    certificate = PrivilegeCertificate.objects.create(
        practitioner=practitioner,
        facility=facility,
        version=version,
        issued_at=now,
        issued_by=actor,
        content=content,
        sha256=canonical.digest(content),
    )
    record_event(
        actor=actor,
        verb=CERTIFIED,
        subject=certificate,
        practitioner=practitioner,
        facility=facility,
        data={"sha256": certificate.sha256, "version": version},
    )
    return certificate


def typeset_certificate(certificate: PrivilegeCertificate) -> bytes:
    """The certificate as a PDF. Everything on it stands in its content, so whatever is renamed later, it says
    the same.
    """
    facility, content = certificate.facility, certificate.content
    issued_on = clock.date_at(certificate.issued_at, facility)
    local = certificate.issued_at.astimezone(ZoneInfo(facility.time_zone))
    data = {
        **content,
        "title": "Certificate of privileges",
        "as_of": f"{local:%H:%M} on {long_day(issued_on)}",
        "issued_on": long_day(issued_on),
        "on_behalf": f"the medical staff office of {content['facility']['name']}",
        "signed_by": content["issued_by"],
        "sha256": certificate.sha256,
        "uid": str(certificate.uid),
    }
    return typeset(TEMPLATE, data, issued_at=certificate.issued_at)
