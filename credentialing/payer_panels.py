"""With which payers a practitioner is enrolled, in their file and in the complete export of one person."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from config.kernel.registries import Panel, panels
from credentialing.models import PayerEnrolment, PayerEnrolmentPeriod
from credentialing.payer_lists import state_on
from credentialing.selectors.payers import READ, enrolments_of
from practitioners.models import Practitioner
from practitioners.services.complete_export import register_export_part


def _of_person(viewer, practitioner: Practitioner, on: dt.date) -> dict[str, Any] | None:
    """The enrolments of the person at the viewer's facilities; hidden where there is none."""
    rows = [
        {
            "period": row,
            "payer": row.identity.payer,
            "state": state_on(row, on),
            "url": reverse("credentialing:payer", args=[row.identity.payer.uid]),
        }
        for row in enrolments_of(viewer, practitioner)
    ]
    return {"rows": rows} if rows else None


def _exported(record_ids) -> dict[str, QuerySet]:
    identities = PayerEnrolment.objects.filter(practitioner__in=record_ids)
    return {
        "payer_enrolments": identities,
        "payer_enrolment_periods": PayerEnrolmentPeriod.objects.filter(identity__in=identities),
    }


def register_payer_panel() -> None:
    """Add it to the file, and the enrolments to the complete export."""
    register_export_part(_exported)
    panels.register(Panel("payers", "Payers", READ, "credentialing/panels/payers.html", _of_person, order=56))
