"""Members acknowledge a document: each on the own page, or on a paper the office records."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction

from bylaws.choices import Acknowledgers, VersionStatus
from bylaws.models import PolicyAcknowledgement, PolicyVersion
from bylaws.selectors.acknowledgements import concerned
from bylaws.services.policies import require_owner
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.texts import needed
from practitioners.models import Practitioner
from practitioners.policies import is_own_record


@transaction.atomic
def acknowledge(*, actor, version: PolicyVersion, practitioner: Practitioner) -> PolicyAcknowledgement:
    """The member says to have received the version. Nobody says it for somebody else."""
    if not is_own_record(actor, practitioner):
        raise Forbidden(
            "Only the member acknowledges on this page; a signed paper is recorded by the office."
        )
    return _record(actor, version, practitioner, clock.today(version.policy.facility), "")


@transaction.atomic
def record_on_paper(
    *, actor, version: PolicyVersion, practitioner: Practitioner, signed_on: dt.date, filed_at: str
) -> PolicyAcknowledgement:
    """A signed paper of a member: when it was signed, and where it is kept."""
    require_owner(actor, version.policy)
    if signed_on > clock.today(version.policy.facility):
        raise Refused("The paper cannot be signed in the future.", field="signed_on")
    if version.published_at and signed_on < clock.date_at(version.published_at, version.policy.facility):
        raise Refused("This version was published only after that day.", field="signed_on")
    kept = needed(filed_at, 200, field="filed_at", otherwise="Say where the signed paper is kept.")
    return _record(actor, version, practitioner, signed_on, kept)


def _record(
    actor, version: PolicyVersion, practitioner: Practitioner, on: dt.date, filed_at: str
) -> PolicyAcknowledgement:
    if version.status != VersionStatus.PUBLISHED or version.acknowledged_by == Acknowledgers.NOBODY:
        raise Refused("Nobody is asked to acknowledge this version.")
    if practitioner.pk not in concerned(version):
        raise Refused(f"{practitioner} has no appointment here, so it does not concern them.")
    try:
        with transaction.atomic():
            made = PolicyAcknowledgement.objects.create(
                version=version,
                practitioner=practitioner,
                acknowledged_on=on,
                filed_at=filed_at,
                recorded_at=clock.now(),
                recorded_by=actor,
            )
    except IntegrityError:
        raise Refused(f"{practitioner} has acknowledged it already.") from None
    record_event(
        actor=actor,
        verb="policy.acknowledged",
        subject=version,
        practitioner=practitioner,
        facility=version.policy.facility,
        data={"number": version.number, "on_paper": bool(filed_at)},
    )
    return made
