"""File reviews that were drawn, and the files of a review."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from config.accounts.policies import facilities_with
from config.audit.models import AuditEvent
from config.organization.models import Facility
from credentialing.choices import ApplicationStatus
from credentialing.models import Application
from credentialing.policies import VIEW, visible_applications
from credentialing.rules.file_review import Review, review
from credentialing.selectors.audit_files import AuditFile, audit_files

DRAWN = "file_review.drawn"
DECIDED = (ApplicationStatus.APPROVED, ApplicationStatus.APPROVED_MODIFIED, ApplicationStatus.DENIED)


@dataclass(frozen=True)
class Drawn:
    """One draw: from which universe, by which seed, and what came of it."""

    uid: uuid.UUID
    at: dt.datetime
    by: str
    facility: str
    kind: str
    first_day: dt.date
    last_day: dt.date
    seed: str
    universe: int
    sample: tuple[uuid.UUID, ...]


def universe(viewer, facility: Facility, *, kind: str, first_day: dt.date, last_day: dt.date) -> list[str]:
    """Uids of the files of that kind decided at the facility within these days; one query."""
    rows = visible_applications(viewer).filter(
        facility=facility, kind=kind, decided_on__range=(first_day, last_day), status__in=DECIDED
    )
    return [str(uid) for uid in rows.order_by("uid").values_list("uid", flat=True)]


def draws(viewer) -> list[Drawn]:
    """The last draws at the facilities whose files the person may see, the newest first."""
    return [_drawn(event) for event in _events(viewer).order_by("-at", "-pk")[:50]]


def drawn(viewer, uid: uuid.UUID) -> Drawn | None:
    """One draw, if the person may see its files."""
    event = _events(viewer).filter(uid=uid).first()
    return None if event is None else _drawn(event)


def _events(viewer):
    places = Facility.objects.filter(pk__in=facilities_with(viewer, VIEW)).values("code")
    return AuditEvent.objects.filter(verb=DRAWN, facility_code__in=places)


def _drawn(event: AuditEvent) -> Drawn:
    data = event.data
    return Drawn(
        uid=event.uid,
        at=event.at,
        by=event.actor_name,
        facility=event.subject_label,
        kind=data["kind"],
        first_day=dt.date.fromisoformat(data["first_day"]),
        last_day=dt.date.fromisoformat(data["last_day"]),
        seed=data["seed"],
        universe=data["universe"],
        sample=tuple(uuid.UUID(each) for each in data["sample"]),
    )


def files_of(viewer, draw: Drawn) -> list[Application]:
    """The files of a draw in the order drawn, without those about the viewer; one query."""
    found = {one.uid: one for one in visible_applications(viewer).filter(uid__in=draw.sample)}
    return [found[uid] for uid in draw.sample if uid in found]


def reviewed(applications: Sequence[Application]) -> tuple[list[AuditFile], Review]:
    """The audit files of a sample that count, and the review of them; as many queries for thirty as for
    eight.
    """
    files = audit_files(applications)
    result = review([file.rows for file in files])
    return files[: result.looked_at], result


def files_of_person(viewer, application: Application) -> list[Application]:
    """Every application of the same practitioner the viewer may see, drafts aside; one query."""
    rows = visible_applications(viewer).filter(practitioner=application.practitioner)
    return list(rows.exclude(status=ApplicationStatus.DRAFT).order_by("opened_at", "pk"))
