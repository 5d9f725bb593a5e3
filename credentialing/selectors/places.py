"""At which facilities files of this room rest on a piece of evidence, and where somebody has one."""

from __future__ import annotations

from collections.abc import Iterable

from config.organization.models import Facility
from credentialing.models import Application, HearingRecord, NPDBQuery, VerificationItem
from practitioners.models import Evidence, Practitioner
from practitioners.selectors.canonical import among


def facilities_resting_on(evidence: Evidence) -> Iterable[int]:
    """Of applications it verifies, of the entity whose query of the data bank it answers, and of the hearing
    it proves something about; three queries.
    """
    items = VerificationItem.objects.filter(evidence=evidence)
    queries = NPDBQuery.objects.filter(response=evidence)
    hearings = HearingRecord.objects.filter(proof=evidence)
    yield from items.values_list("application__facility", flat=True)
    yield from Facility.objects.filter(npdb_entity__in=queries.values("npdb_entity")).values_list(
        "pk", flat=True
    )
    yield from hearings.values_list("decision__facility", flat=True)


def facilities_applied_to(practitioner: Practitioner) -> Iterable[int]:
    """Where the person has or had an application; one query."""
    return Application.objects.filter(practitioner__in=among([practitioner.pk])).values_list(
        "facility", flat=True
    )
