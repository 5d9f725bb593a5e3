"""At which facilities files of this room rest on a piece of evidence, and where somebody has one."""

from __future__ import annotations

from collections.abc import Iterable

from config.organization.models import Facility
from credentialing.models import Application, HearingRecord, NPDBQuery, VerificationItem
from practitioners.models import Evidence, Practitioner
from practitioners.selectors.canonical import among


def facilities_resting_on(evidence: Evidence) -> Iterable[int]:
    """Of applications it verifies, of the entity whose query of the data bank it answers, and of the hearing
    it proves something about; one query.
    """
    queries = NPDBQuery.objects.filter(response=evidence).order_by().values("npdb_entity")
    return (
        VerificationItem.objects.filter(evidence=evidence)
        .order_by()
        .values_list("application__facility", flat=True)
        .union(
            Facility.objects.filter(npdb_entity__in=queries).order_by().values_list("pk", flat=True),
            HearingRecord.objects.filter(proof=evidence)
            .order_by()
            .values_list("decision__facility", flat=True),
        )
    )


def facilities_applied_to(practitioner: Practitioner) -> Iterable[int]:
    """Where the person has or had an application; one query."""
    return Application.objects.filter(practitioner__in=among([practitioner.pk])).values_list(
        "facility", flat=True
    )
