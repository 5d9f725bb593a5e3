"""Correcting and removing numbers somebody gave a person; ``people.add_identifier`` adds them."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from config.audit.services.events import record_event
from config.kernel.errors import Refused
from practitioners.models import Identifier
from practitioners.policies import require_change
from practitioners.rules.identifiers import clean_identifier
from practitioners.services.people import lock_practitioner, state_identifier


@transaction.atomic
def correct_identifier(
    *,
    actor,
    identifier: Identifier,
    value: str,
    issuer: str = "",
    state: str = "",
    used_from: dt.date | None = None,
    used_until: dt.date | None = None,
    reason: str = "",
) -> Identifier:
    """Correct a number, who gave it, or the days it was used; ``used_until`` is its last day.

    A coordinator says so, and why: what another source had said stays among the statements.
    """
    require_change(actor, "practitioners.edit", identifier.practitioner)
    practitioner = lock_practitioner(identifier.practitioner)
    identifier = practitioner.identifiers.get(pk=identifier.pk)
    values = clean_identifier(identifier.kind, value, issuer, state, used_from, used_until)
    changed = [name for name, new in values.items() if getattr(identifier, name) != new]
    if not changed:
        return identifier
    if not reason.strip():
        raise Refused("Say why the number is corrected.", field="reason")
    same = {name: values[name] for name in ("kind", "value", "issuer", "state")}
    if practitioner.identifiers.filter(**same).exclude(pk=identifier.pk).exists():
        raise Refused("This number is already on file.", field="value")
    for name in changed:
        setattr(identifier, name, values[name])
    identifier.save(update_fields=changed)
    if set(changed) & {"value", "state"}:
        state_identifier(actor, identifier)
    record_event(
        actor=actor,
        verb="practitioner.identifier_corrected",
        subject=practitioner,
        practitioner=practitioner,
        reason=reason.strip(),
        data={"kind": str(identifier.kind), "fields": sorted(changed)},
    )
    return identifier


@transaction.atomic
def remove_identifier(*, actor, identifier: Identifier, reason: str) -> None:
    """Take away a number that was never this person's; the history keeps it."""
    require_change(actor, "practitioners.edit", identifier.practitioner)
    practitioner = lock_practitioner(identifier.practitioner)
    if not reason.strip():
        raise Refused("Say why the number is taken away.", field="reason")
    practitioner.identifiers.get(pk=identifier.pk).delete()
    record_event(
        actor=actor,
        verb="practitioner.identifier_removed",
        subject=practitioner,
        practitioner=practitioner,
        reason=reason.strip(),
        data={"kind": str(identifier.kind)},
    )
