"""How somebody stands at a facility, as far as opening an application asks (``credentialing.kinds``)."""

from __future__ import annotations

import datetime as dt

from bylaws.choices import BarKind
from bylaws.models import AppointmentPeriod, BarPeriod
from config.kernel.periods import EndKind, covers
from config.organization.models import Facility
from credentialing import kinds
from credentialing.models import Application
from credentialing.models.applications import OPEN_STATUSES
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among


def standing_of(practitioner: Practitioner, facility: Facility, on: dt.date) -> kinds.Standing:
    """Term, leave and open reappointment of the person at the facility on the day; four queries at most."""
    terms = list(
        AppointmentPeriod.objects.live()
        .filter(practitioner__in=among([practitioner.pk]), facility=facility, valid__startswith__lte=on)
        .select_related("category")
        .order_by("valid")
    )
    held = next((term for term in terms if covers(term.valid, on)), None)
    return kinds.Standing(
        term_end=held.valid.upper if held else None,
        category=str(held.category) if held else "",
        lapsed=_ran_out(terms) if held is None else None,
        leave=_leave(practitioner, facility, on),
        renewing=Application.objects.filter(
            practitioner__in=among([practitioner.pk]),
            facility=facility,
            kind__in=kinds.codes(renews=True),
            status__in=OPEN_STATUSES,
        ).exists(),
    )


def _ran_out(terms: list[AppointmentPeriod]) -> dt.date | None:
    """The first day without the last term, where it ran out; None where it was cut short by leaving."""
    if not terms:
        return None
    last = max(terms, key=lambda term: term.valid.upper)
    longer = AppointmentPeriod.objects.filter(
        identity_id=last.identity_id,
        superseded_at__isnull=False,
        end_kind=EndKind.AMENDED,
        valid__endswith__gt=last.valid.upper,
    )
    return None if longer.exists() else last.valid.upper


def _leave(practitioner: Practitioner, facility: Facility, on: dt.date) -> dt.date | None:
    row = leave_of(practitioner, facility, on)
    return row.valid.lower if row is not None else None


def leave_of(practitioner: Practitioner, facility: Facility, on: dt.date) -> BarPeriod | None:
    """The leave of absence that stands on the day, with its bar; one query."""
    return (
        BarPeriod.objects.in_force(on)
        .filter(
            identity__practitioner__in=among([practitioner.pk]),
            identity__facility=facility,
            identity__kind=BarKind.LEAVE,
        )
        .select_related("identity__practitioner", "identity__facility")
        .order_by("valid")
        .first()
    )


def first_day_of(leave: BarPeriod) -> dt.date:
    """The first day of the leave, whatever was said of it in several stretches; one query."""
    return min(row.valid.lower for row in leave.identity.periods.live())


def awaited_by(practitioner: Practitioner, facility: Facility) -> list[Application]:
    """Applications of the person at the facility that temporary privileges can wait beside: complete or in
    review, for a term or for added privileges; one query.
    """
    return list(
        Application.objects.filter(
            practitioner__in=among([practitioner.pk]),
            facility=facility,
            kind__in=AWAITED_KINDS,
            status__in=kinds.AWAITING_BODIES,
        ).order_by("-opened_at")
    )


#: An applicant for new privileges: not for the renewal of those held.
AWAITED_KINDS = [
    code
    for code in kinds.codes(privileges=True, renews=False)
    if kinds.kind_of(code).opens_term or kinds.kind_of(code).ends == kinds.CURRENT_TERM
]
