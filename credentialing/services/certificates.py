"""Certifying a month's exclusion screening."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.db import transaction

from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import canonical, clock
from config.kernel.dates import add_months, month_first
from config.kernel.display.dates import long_day
from config.kernel.errors import Conflict, Refused
from config.kernel.papers import typeset
from config.organization.models import Facility
from credentialing.models import ScreeningCertificate
from credentialing.rules.screening_certificate import hash_of
from credentialing.selectors.certificates import (
    CERTIFIED,
    dispositions_of_month,
    in_words,
    lists_not_covered,
    month_of_screening,
    runs_of_month,
)

TEMPLATE = "screening_certificate"
LONGEST_REASON = 300


@transaction.atomic
def certify_screening(
    *,
    actor,
    facility: Facility,
    month: dt.date,
    corrects: ScreeningCertificate | None = None,
    reason: str = "",
) -> ScreeningCertificate:
    """Write down what was screened at the facility in the month of that day, and what came of it.

    It says who was left out and which lists nobody was compared with. Refused where nobody was screened at
    all and while the month is not over. A month is certified once (``Conflict``): a correction names the
    certificate it supersedes, the newest, and the ``reason``.
    """
    require(actor, "credentialing.screen", facility)
    first = month_first(month)
    _require_over(facility, first)
    before = _locked_newest(facility, first)
    reason = reason.strip()
    if before is not None and (corrects is None or corrects.pk != before.pk):
        raise Conflict(f"{first:%B %Y} is certified already at {facility}; correct that certificate instead.")
    if corrects is not None and before is None:
        raise Refused("The certificate to be corrected is of another month or facility.")
    if corrects is not None and not reason:
        raise Refused("Say what was wrong with the certificate before.", field="reason")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"What was wrong is longer than {LONGEST_REASON} characters.", field="reason")
    at = clock.now()
    counted = month_of_screening(facility, first, at=at)
    if not any(each["screened"] for each in counted["lists"]):
        raise Refused(
            f"Nobody at {facility} was screened in {first:%B %Y}; there is nothing to certify.", field="month"
        )
    runs = _require_finished(counted, facility, first, at)
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
            "version": before.version + 1 if before else 1,
            "corrects": {"uid": before.uid, "sha256": before.sha256, "reason": reason} if before else None,
            **counted,
            "runs": runs,
            "not_covered": lists_not_covered(facility, counted["lists"]),
            "matches": dispositions_of_month(facility, first, at=at),
        }
    )
    certificate = ScreeningCertificate.objects.create(
        facility=facility,
        month=first,
        version=content["version"],
        supersedes=before,
        reason=reason if before else "",
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
        reason=certificate.reason,
        data={"month": first.isoformat(), "sha256": certificate.sha256, "members": content["members"]},
    )
    return certificate


def _require_finished(
    counted: dict[str, Any], facility: Facility, first: dt.date, at: dt.datetime
) -> list[dict[str, Any]]:
    """The month's runs over the whole staff that finished. A month whose last one was cut short is certified
    only where everybody met every list all the same.
    """
    runs = runs_of_month(facility, first, at=at)
    newest = runs[0] if runs else None
    if newest is not None and newest.ended_at is None:
        raise Refused(
            "The screening of the whole staff is still under way; certify the month when it is done."
        )
    cut_short = newest is not None and newest.cancelled_at is not None
    if cut_short and any(each["missing"] for each in counted["lists"]):
        raise Refused(
            f"The last screening of the whole staff in {first:%B %Y} was canceled, and not everybody was "
            "screened: it proves nothing. Screen everyone in the month that is to be certified.",
            field="month",
        )
    return [
        {"run": run.uid, "people": run.people, "started_at": run.started_at, "ended_at": run.ended_at}
        for run in runs
        if run.ended_at is not None and run.cancelled_at is None
    ]


def _require_over(facility: Facility, first: dt.date) -> None:
    """A month is certified when it is over: until then somebody may still be screened, or join the staff."""
    today = clock.today(facility)
    if first > today:
        raise Refused("This month has not begun yet.", field="month")
    following = add_months(first, 1)
    if following > today:
        raise Refused(
            f"{first:%B %Y} is still running: it can be certified from {long_day(following)} on.",
            field="month",
        )


def _locked_newest(facility: Facility, first: dt.date) -> ScreeningCertificate | None:
    """The certificate of the month that counts. Two people who certify at once wait for one another."""
    list(Facility.objects.select_for_update(of=("self",), no_key=True).filter(pk=facility.pk))
    return ScreeningCertificate.objects.filter(facility=facility, month=first).order_by("-version").first()


def _plain(content: dict[str, Any]) -> dict[str, Any]:
    """As it is kept: days and moments in words of JSON, so that what is read again is what was hashed."""
    return json.loads(canonical.canonical_bytes(content))


def typeset_certificate(certificate: ScreeningCertificate) -> bytes:
    """The certificate as a PDF; the same bytes every time."""
    content = in_words(certificate.content)
    issued_on = clock.date_at(certificate.issued_at, certificate.facility)
    data = {
        **content,
        "title": f"Exclusion screening, {certificate.month:%B %Y}",
        "to": [content["facility"]["name"], f"{content['members']} members of the medical staff"],
        "issued_on": long_day(issued_on),
        "on_behalf": f"the medical staff office of {content['facility']['name']}",
        "signed_by": content["issued_by"],
        "sha256": certificate.sha256,
        "uid": str(certificate.uid),
    }
    return typeset(TEMPLATE, data, issued_at=certificate.issued_at)
