"""Recording what the NPI registry says of a number: active, or deactivated and perhaps replaced."""

from __future__ import annotations

from django.db import transaction

from config.audit.services.events import record_event
from config.kernel import clock
from practitioners.importing.registry_changes import OnFile, status_changes
from practitioners.importing.registry_status import StatusSaid
from practitioners.models import Practitioner, RegistryStatusEvent
from practitioners.policies import require_change
from practitioners.services.people import lock_practitioner


@transaction.atomic
def record_registry_status(
    *, actor, practitioner: Practitioner, said: StatusSaid, said_in: str
) -> RegistryStatusEvent | None:
    """Record the registry's word on the person's NPI where it is news; None where it is not.

    An NPI never spoken of counts as active. ``said_in`` names the file or answer. Where the registry gives
    no day, the day it was read is taken.
    """
    require_change(actor, "practitioners.edit", practitioner)
    practitioner = lock_practitioner(practitioner)
    if practitioner.npi != said.npi:
        raise ValueError("The registry speaks of another number than this person's.")
    before = practitioner.registry_events.filter(npi=said.npi).order_by("-pk").first()
    known = OnFile(status=(before.status, before.replaced_by) if before else None)
    if not status_changes(known, said):
        return None
    moment = clock.now()
    event = RegistryStatusEvent(
        practitioner=practitioner,
        npi=said.npi,
        status=said.status,
        effective_on=said.effective_on or clock.date_at(moment),
        replaced_by=said.replaced_by,
        said_in=said_in[:200],
        recorded_at=moment,
    )
    event.save(force_insert=True)
    record_event(
        actor=actor,
        verb="practitioner.registry_status_changed",
        subject=event,
        practitioner=practitioner,
        data={"npi": said.npi, "status": str(said.status), "replaced_by": said.replaced_by},
    )
    return event
