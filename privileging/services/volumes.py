"""Case numbers as stated by the practitioner or a log."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from bylaws.policies import require_not_own_file
from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.rules.packet_answers import MOST_CASES
from practitioners.models import Evidence, Practitioner
from practitioners.services.people import lock_practitioner
from privileging.models import CaseVolume


@transaction.atomic
def record_case_volume(
    *,
    actor,
    practitioner: Practitioner,
    procedure_group: str,
    performed_from: dt.date,
    performed_through: dt.date,
    cases: int,
    source: str,
    evidence: Evidence | None = None,
    today: dt.date | None = None,
) -> CaseVolume:
    """State how many cases of a group were performed from one day through another (both included).

    Without ``evidence`` it is a claim. The same group and range stated again replaces the earlier number; the
    earlier row stays on record. ``today`` is the day where it is stated (default: in UTC); a later one is
    refused.
    """
    require(actor, "practitioners.edit")
    require_not_own_file(actor, practitioner, doing="record case numbers in")
    lock_practitioner(practitioner)
    if not procedure_group.strip():
        raise Refused("Name the procedure group.", field="procedure_group")
    if not source.strip():
        raise Refused("Say where the number comes from.", field="source")
    if performed_through < performed_from:
        raise Refused("The last day lies before the first.", field="performed_through")
    if performed_through > (today or clock.today()):
        raise Refused("The last day lies in the future.", field="performed_through")
    if not 0 <= cases <= MOST_CASES:
        raise Refused(f"Give a number of cases from 0 to {MOST_CASES:,}.", field="cases")
    if evidence is not None and evidence.practitioner_id != practitioner.pk:
        raise Refused("That evidence belongs to another file.", field="evidence")
    volume = CaseVolume.objects.create(
        practitioner=practitioner,
        procedure_group=procedure_group.strip(),
        performed_from=performed_from,
        performed_through=performed_through,
        cases=cases,
        source=source.strip(),
        evidence=evidence,
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    record_event(
        actor=actor,
        verb="case_volume.recorded",
        subject=volume,
        practitioner=practitioner,
        data={"group": procedure_group, "cases": cases},
    )
    return volume
