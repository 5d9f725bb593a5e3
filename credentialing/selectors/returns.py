"""Addresses that do not work: whose they are, and which mails came back from them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Lower, Trim

from config.accounts.models import RoleAssignmentPeriod, User
from config.accounts.policies import facilities_with
from config.kernel import clock
from credentialing.models import FailingAddress, ReturnedMail
from credentialing.selectors.expirables import people_ids
from practitioners.choices import ContactKind
from practitioners.models import ContactPoint, Practitioner
from practitioners.selectors.canonical import among

REMIND = "credentialing.send_reminders"


def failing_addresses() -> QuerySet[FailingAddress]:
    """Addresses from which mail comes back, and of which nobody has said since that they work."""
    return FailingAddress.objects.filter(ended_at__isnull=True)


def fails(address: str) -> bool:
    """Whether mail to this address comes back; one query."""
    return failing_addresses().filter(address=address.strip().lower()).exists()


def failing_among(addresses: Iterable[str]) -> set[str]:
    """Of the addresses those from which mail comes back, as they are given; one query."""
    plain = {address: address.strip().lower() for address in addresses}
    known = set(failing_addresses().filter(address__in=plain.values()).values_list("address", flat=True))
    return {address for address, as_kept in plain.items() if as_kept in known}


def failing_of(practitioner: Practitioner) -> FailingAddress | None:
    """The address in the person's file that does not work, the newest of several; one query."""
    mine = _by_address(ContactPoint.objects.filter(practitioner__in=among([practitioner.pk])))
    return failing_addresses().filter(address__in=mine.values("address")).order_by("-since").first()


def failing_points(viewer, facility_ids: Collection[int] | None = None) -> QuerySet[Any]:
    """E-mail addresses in the files of the viewer's people that do not work; each row has ``failing_uid``,
    ``since`` and ``reason``. ``facility_ids`` narrows. One query is made at once: it begins with the
    addresses, which are few.
    """
    places = set(facilities_with(viewer, REMIND))
    if facility_ids is not None:
        places &= set(facility_ids)
    known = list(failing_addresses().values_list("address", flat=True))
    failing = failing_addresses().filter(address=OuterRef("address"))
    points = _by_address(ContactPoint.objects.all())
    if not known or not places:
        points = points.none()
    return (
        points.filter(address__in=known, practitioner_id__in=people_ids(places))
        .select_related("practitioner")
        .annotate(
            failing_uid=Subquery(failing.values("uid")[:1]),
            since=Subquery(failing.values("since")[:1]),
            reason=Subquery(failing.values("returned__reason")[:1]),
        )
    )


def failing_accounts(viewer, facility_ids: Collection[int] | None = None) -> QuerySet[Any]:
    """Open accounts of whoever has a role at the viewer's hospitals, with an e-mail address that does not
    work; each row has ``failing_uid``, ``since`` and ``reason``. ``facility_ids`` narrows. One query is made
    at once: it begins with the addresses, which are few.
    """
    places = set(facilities_with(viewer, REMIND))
    if facility_ids is not None:
        places &= set(facility_ids)
    known = list(failing_addresses().values_list("address", flat=True))
    failing = failing_addresses().filter(address=OuterRef("address"))
    roles = RoleAssignmentPeriod.objects.in_force(clock.today()).filter(
        identity__user=OuterRef("pk"), identity__facility_id__in=places
    )
    accounts = User.objects.filter(is_active=True).annotate(address=Lower(Trim("email")))
    if not known or not places:
        accounts = accounts.none()
    return accounts.filter(Exists(roles), address__in=known).annotate(
        failing_uid=Subquery(failing.values("uid")[:1]),
        since=Subquery(failing.values("since")[:1]),
        reason=Subquery(failing.values("returned__reason")[:1]),
    )


def mails_returned_from(address: str) -> QuerySet[ReturnedMail]:
    """Every mail that came back from the address, the latest first."""
    return ReturnedMail.objects.filter(address=address).select_related("practitioner", "recorded_by")


def _by_address(points: QuerySet[ContactPoint]) -> QuerySet[Any]:
    """E-mail addresses as they are compared: in lower case, without spaces around."""
    return points.filter(kind=ContactKind.EMAIL).annotate(address=Lower(Trim("line_1")))
