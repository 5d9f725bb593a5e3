"""Who is evaluated by a distant site, and what the site sent of it (peer review)."""

from __future__ import annotations

import uuid

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from config.accounts.choices import DataClass
from config.accounts.policies import facilities_with, facilities_with_class
from config.kernel import clock
from config.organization.models import Facility
from credentialing.models import Application
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among, own_records
from privileging.choices import GrantKind
from privileging.models import DistantSiteEvaluation, GrantPeriod
from privileging.selectors.feedback import granted_by_proxy

MANAGE = "privileging.manage_fppe"


def evaluated_elsewhere(viewer, facility: Facility) -> QuerySet[Application]:
    """The files by which somebody holds privileges by proxy today: ``told`` says how often the distant site
    sent its evaluation, ``newest`` of which day the last one is.
    """
    held = GrantPeriod.objects.in_force(clock.today(facility)).filter(
        facility=facility,
        kind=GrantKind.TELEMEDICINE,
        identity__request_line__request__application=OuterRef("pk"),
    )
    counts = Q(distant_evaluations__taken_back_at=None)
    return (
        granted_by_proxy(viewer, facility)
        .filter(Exists(held))
        .annotate(
            told=Count("distant_evaluations", filter=counts),
            newest=Max("distant_evaluations__dated", filter=counts),
        )
    )


def files_by_proxy(viewer, practitioner: Practitioner, facility: Facility) -> list[Application]:
    """The files by which the person was ever granted privileges by proxy there, the newest first."""
    rows = granted_by_proxy(viewer, facility).filter(practitioner__in=among([practitioner.pk]))
    return list(rows.order_by("-decided_on", "-pk"))


def distant_evaluations(viewer) -> QuerySet[DistantSiteEvaluation]:
    """What distant sites sent, where the viewer runs evaluations and their roles open peer review; never of
    the viewer's own work.
    """
    places = set(facilities_with(viewer, MANAGE)) & set(facilities_with_class(viewer, DataClass.PEER_REVIEW))
    return (
        DistantSiteEvaluation.objects.filter(application__facility_id__in=places)
        .exclude(application__practitioner_id__in=own_records(viewer))
        .select_related(
            "application__practitioner",
            "application__facility",
            "application__agreement__site",
            "recorded_by",
        )
    )


def sent_of(viewer, practitioner: Practitioner, facility: Facility) -> list[DistantSiteEvaluation]:
    """What distant sites sent of the person, the newest first; one query."""
    rows = distant_evaluations(viewer).filter(
        application__practitioner__in=among([practitioner.pk]), application__facility=facility
    )
    return list(rows.order_by("-dated", "-pk"))


def distant_evaluation(viewer, uid: uuid.UUID) -> DistantSiteEvaluation | None:
    """One of them the viewer may read, or None."""
    return distant_evaluations(viewer).filter(uid=uid).first()
