"""One act for several facilities: an application at each, tied together. Decisions are never shared."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction

from bylaws.models import StaffCategory
from config.kernel.errors import Refused
from config.organization.models import Department, Facility
from credentialing import kinds
from credentialing.models import Application
from credentialing.services.applications import open_application
from credentialing.services.opening import Particulars
from practitioners.models import Practitioner


@transaction.atomic
def open_for_several(
    *,
    actor,
    practitioner: Practitioner,
    kind: str,
    places: Sequence[tuple[Facility, Department]],
    category: StaffCategory | None = None,
    scheduled_decision_on: dt.date | None = None,
    particulars: Particulars | None = None,
) -> list[Application]:
    """An application of the kind at each of the facilities, all of them or none, the first one first.

    More than one carry the same ``group``: what is verified for one may be taken over by the others. Refused
    where one of them is, saying which facility it is.
    """
    if not places:
        raise Refused("Choose at least one facility.")
    if len(places) > 1 and not kinds.kind_of(kind).for_several:
        raise Refused("This kind of application is opened for one facility at a time.")
    group = uuid.uuid4() if len(places) > 1 else None
    opened = []
    for facility, department in places:
        try:
            opened.append(
                open_application(
                    actor=actor,
                    practitioner=practitioner,
                    facility=facility,
                    kind=kind,
                    department=department,
                    category=category,
                    scheduled_decision_on=scheduled_decision_on,
                    particulars=particulars,
                    group=group,
                )
            )
        except Refused as refused:
            if group is None:
                raise
            raise type(refused)(f"{facility}: {refused}", field=refused.field) from None
    return opened
