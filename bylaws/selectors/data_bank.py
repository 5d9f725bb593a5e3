"""The data bank clocks of a facility, for whoever follows them."""

from __future__ import annotations

import uuid

from bylaws.models import AdverseAction, Bar, DataBankRecord
from bylaws.rules.data_bank import Counted, counted
from config.accounts.choices import DataClass
from config.accounts.policies import facilities_with, may_see_class
from config.kernel import clock
from config.organization.models import Facility
from practitioners.models import Practitioner
from practitioners.policies import is_own_record
from practitioners.selectors.canonical import own_records


def clocks(viewer, facility: Facility) -> list[Counted]:
    """The actions of the facility on its today, for whoever follows them there and may see what is peer
    review; never one's own.
    """
    if not _follows(viewer, facility):
        return []
    own = set(Practitioner.objects.filter(pk__in=own_records(viewer)).values_list("pk", flat=True))
    return [
        each
        for each in counted(facility, clock.today(facility))
        if each.person not in own and each.practitioner.pk not in own
    ]


def get_counted(*, viewer, uid: uuid.UUID) -> Counted | None:
    """One action with its clock today, if the person follows those of its facility."""
    subject: Bar | AdverseAction | None = (
        Bar.objects.select_related("facility").filter(uid=uid).first()
        or AdverseAction.objects.select_related("facility").filter(uid=uid).first()
    )
    if subject is None or not _follows(viewer, subject.facility):
        return None
    found = counted(subject.facility, clock.today(subject.facility), subject=uid)
    if not found or is_own_record(viewer, found[0].practitioner):
        return None
    return found[0]


def records_of(subject: Bar | AdverseAction) -> list[DataBankRecord]:
    """What was done about the data bank, the latest first; one query."""
    return list(subject.data_bank_records.select_related("recorded_by").order_by("-recorded_at", "-pk"))


def _follows(viewer, facility: Facility) -> bool:
    return facility.pk in facilities_with(viewer, "bylaws.report_actions") and may_see_class(
        viewer, DataClass.PEER_REVIEW, facility
    )
