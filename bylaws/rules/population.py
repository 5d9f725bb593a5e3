"""Whom the rules of this room judge: everybody with an appointment in force that day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from bylaws.models import AppointmentPeriod
from config.organization.models import Facility
from practitioners.selectors.canonical import among, person_id


def appointed(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, dict[str, Any]]:
    """Appointment in force by practitioner id (one query); with ids given, an entry for each of them.

    A person is counted once, whichever of their records the appointment stands on. Someone without an
    appointment has ``appointment`` None: the lookup asks about applicants too.
    """
    rows = AppointmentPeriod.objects.in_force(on, known_at).filter(facility=facility)
    ids = None if practitioner_ids is None else list(practitioner_ids)
    if ids is not None:
        rows = rows.filter(practitioner_id__in=among(ids, known_at))
    found: dict[int, dict[str, Any]] = {} if ids is None else {each: {"appointment": None} for each in ids}
    for row in rows.annotate(person=person_id("practitioner_id", known_at)).values(
        "person", "identity_id", "category__name", "category__carries_privileges"
    ):
        found[row["person"]] = {
            "appointment": row["identity_id"],
            "category": row["category__name"],
            "carries_privileges": row["category__carries_privileges"],
        }
    return found
