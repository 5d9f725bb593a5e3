"""Reading the contact log and what is to be followed up."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from config.accounts.policies import facilities_with
from practitioners.models import ContactLogEntry, Practitioner

LOG = "practitioners.log_contact"
#: Entries beside the file; the rest stand on the page of the log.
BESIDE_THE_FILE = 4


def visible_entries(viewer) -> QuerySet[ContactLogEntry]:
    """Entries of the facilities where the viewer keeps the log; never those about the viewer."""
    rows = ContactLogEntry.objects.filter(facility__in=facilities_with(viewer, LOG))
    return rows.exclude(practitioner__user=viewer.pk).select_related(
        "facility", "follow_up_for", "done_by", "recorded_by"
    )


def entries_of(viewer, practitioner: Practitioner) -> QuerySet[ContactLogEntry]:
    """The log of a file, newest first."""
    return visible_entries(viewer).filter(practitioner=practitioner)


def newest_of(viewer, practitioner: Practitioner) -> list[ContactLogEntry]:
    """The newest entries of a file."""
    return list(entries_of(viewer, practitioner)[:BESIDE_THE_FILE])


def get_entry(*, viewer, uid: uuid.UUID) -> ContactLogEntry | None:
    """One entry the viewer may see, with its practitioner; None when there is none for them."""
    return visible_entries(viewer).select_related("practitioner").filter(uid=uid).first()


def follow_ups(viewer, facility=None) -> QuerySet[ContactLogEntry]:
    """What is still to be followed up at the facility (None: wherever the viewer keeps the log), the
    first due first.
    """
    rows = visible_entries(viewer).filter(follow_up_on__isnull=False, done_at__isnull=True)
    if facility is not None:
        rows = rows.filter(facility=facility)
    return rows.select_related("practitioner").order_by("follow_up_on", "pk")
