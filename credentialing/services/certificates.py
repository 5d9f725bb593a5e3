"""Certifying a month's exclusion screening."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.db import transaction

from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import canonical, clock
from config.kernel.dates import month_first
from config.kernel.errors import Refused
from config.kernel.papers import typeset
from config.organization.models import Facility
from credentialing.models import ScreeningCertificate
from credentialing.rules.screening_certificate import hash_of
from credentialing.selectors.certificates import CERTIFIED, dispositions_of_month, month_of_screening

TEMPLATE = "screening_certificate"


@transaction.atomic
def certify_screening(*, actor, facility: Facility, month: dt.date) -> ScreeningCertificate:
    """Write down what was screened at the facility in the month of that day, and what came of it.

    It says who was left out; it is refused only where nobody was screened at all, or the month is to come.
    """
    require(actor, "credentialing.screen", facility)
    first = month_first(month)
    if first > clock.today(facility):
        raise Refused("This month has not begun yet.", field="month")
    at = clock.now()
    counted = month_of_screening(facility, first, at=at)
    if not any(each["screened"] for each in counted["lists"]):
        raise Refused(
            f"Nobody at {facility} was screened in {first:%B %Y}; there is nothing to certify.", field="month"
        )
    content = _plain(
        {
            "facility": {
                "code": facility.code,
                "name": facility.name,
                "city": facility.city,
                "phone": facility.office_phone,
            },
            "month": first,
            "issued_at": at,
            "issued_by": str(actor),
            **counted,
            "matches": dispositions_of_month(facility, first, at=at),
        }
    )
    certificate = ScreeningCertificate.objects.create(
        facility=facility,
        month=first,
        content=content,
        sha256=hash_of(content),
        issued_at=at,
        issued_by=actor,
    )
    record_event(
        actor=actor,
        verb=CERTIFIED,
        subject=certificate,
        facility=facility,
        data={"month": first.isoformat(), "sha256": certificate.sha256, "members": content["members"]},
    )
    return certificate


def _plain(content: dict[str, Any]) -> dict[str, Any]:
    """As it is kept: days and moments in words of JSON, so that what is read again is what was hashed."""
    return json.loads(canonical.canonical_bytes(content))


def typeset_certificate(certificate: ScreeningCertificate) -> bytes:
    """The certificate as a PDF; the same bytes every time."""
    content = certificate.content
    issued_on = clock.date_at(certificate.issued_at, certificate.facility)
    data = {
        **content,
        "title": f"Exclusion screening, {certificate.month:%B %Y}",
        "to": [content["facility"]["name"], f"{content['members']} members of the medical staff"],
        "issued_on": f"{issued_on:%B} {issued_on.day}, {issued_on.year}",
        "on_behalf": f"the medical staff office of {content['facility']['name']}",
        "signed_by": content["issued_by"],
        "sha256": certificate.sha256,
        "uid": str(certificate.uid),
    }
    return typeset(TEMPLATE, data, issued_at=certificate.issued_at)
