"""Queues of this room on the Today page; each module is imported here, which lists its queues."""

from credentialing.worklist import (
    affiliations,
    ageing,
    applications,
    delegation,
    enrolments,
    expirables,
    items,
    letters,
    mail,
    packets,
    reappointments,
    screening,
    sources,
    telemedicine,
)

__all__ = [
    "affiliations",
    "ageing",
    "applications",
    "delegation",
    "enrolments",
    "expirables",
    "items",
    "letters",
    "mail",
    "packets",
    "reappointments",
    "screening",
    "sources",
    "telemedicine",
]
