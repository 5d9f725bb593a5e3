"""What was verified for other applications of the same person, and counts for this one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from config.accounts.choices import DataClass
from config.accounts.policies import facilities_with
from config.kernel.display.dates import day_text
from credentialing.choices import Element, ItemStatus
from credentialing.models import Application, VerificationItem
from credentialing.rules.sharing import Asking, Found, why_not_shared
from credentialing.selectors.requirements import decision_day
from practitioners.selectors.canonical import among

VIEW = "credentialing.view"
#: Items that still wait for an answer.
WAITING = (ItemStatus.NOT_STARTED, ItemStatus.REQUESTED, ItemStatus.AWAITING, ItemStatus.UNABLE)


@dataclass(frozen=True)
class Shared:
    """An item of this application, and what answers it already: the item of another one."""

    item: VerificationItem
    found: VerificationItem

    @property
    def told(self) -> str:
        """``Verified for Northgate's initial appointment on 3 Mar 2026``."""
        application = self.found.application
        kind = application.get_kind_display()
        return (
            f"Verified for {application.facility}’s {kind[:1].lower()}{kind[1:]} on "
            f"{day_text(self.found.verified_on)}"
        )


def offered_to(viewer, application: Application) -> list[Shared]:
    """What the viewer may take over into the application, in the order of its plan; two queries.

    Only what was verified without anything adverse: what is true and bad each hospital judges for itself.
    """
    items = list(application.items.exclude(status=ItemStatus.SUPERSEDED).order_by("id"))
    waiting = [item for item in items if item.status in WAITING]
    if not waiting:
        return []
    found = (
        VerificationItem.objects.filter(
            application__practitioner__in=among([application.practitioner_id]),
            application__facility__in=facilities_with(viewer, VIEW),
            status=ItemStatus.VERIFIED,
            element__in={item.element for item in waiting},
        )
        .exclude(application_id=application.pk)
        .select_related("application__facility", "evidence")
        .order_by("-verified_on", "-pk")
    )
    signed = any(item.element == Element.ATTESTATION and item.status == ItemStatus.VERIFIED for item in items)
    return _match(application, waiting, list(found), signed, decision_day(application))


def _match(
    application: Application,
    waiting: Sequence[VerificationItem],
    found: Sequence[VerificationItem],
    signed: bool,
    on: dt.date,
) -> list[Shared]:
    """The newest that counts for each item."""
    answer = []
    for item in waiting:
        for other in found:
            if (other.element, other.credential_id) != (item.element, item.credential_id):
                continue
            if not why_not(application, item, other, signed=signed, on=on):
                answer.append(Shared(item, other))
                break
    return answer


def why_not(
    application: Application, item: VerificationItem, other: VerificationItem, *, signed: bool, on: dt.date
) -> str:
    """Why the other item does not answer this one (``credentialing.rules.sharing``); empty when it does."""
    theirs = other.application
    if other.verified_on is None or other.evidence is None:  # the database has both of what is verified
        return "It has not been verified."
    return why_not_shared(
        Found(
            theirs.facility_id,
            theirs.facility.npdb_entity_id,
            other.source_kind,
            other.verified_on,
            other.evidence.data_class if other.evidence else DataClass.GENERAL,
        ),
        Asking(
            element=item.element,
            facility_id=application.facility_id,
            npdb_entity_id=application.facility.npdb_entity_id,
            decided_on=on,
            max_age=item.max_age_days,
            accepted=item.accepted_sources,
            released=signed,
        ),
    )
