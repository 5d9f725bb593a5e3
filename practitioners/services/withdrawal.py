"""Withdrawing records that should never have been made, many at once.

A withdrawn record keeps what it said, and nobody finds it by it: it is in no list, search or queue, and its
NPI is free for another record. What was claimed of its credentials is superseded as a mistake, so that no
question about credentials has to know of it; a social security number goes, as it always does when it was
recorded by mistake.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from config.audit.services.events import Event, record_events
from config.kernel import clock
from config.kernel.copying import copy_history
from config.kernel.errors import Refused
from config.kernel.periods import EndKind
from practitioners.models import CredentialPeriod, Practitioner, SocialSecurityNumber
from practitioners.policies import require_change
from practitioners.selectors.withdrawn import WITHDRAWN
from practitioners.services.protected import nobodys_lookup


@transaction.atomic
def withdraw_records(
    *, actor, people: Sequence[Practitioner], reason: str, at: dt.datetime | None = None
) -> None:
    """Withdraw records, for one reason. The caller holds their locks and knows that nothing rests on them.

    Refuses one's own record and one that was withdrawn before. About ten queries for any number of people.
    """
    if not reason.strip():
        raise Refused("Say why the records are withdrawn.", field="reason")
    for person in people:
        if person.withdrawn_at is not None:
            raise Refused(f"The record of {person} was withdrawn already.")
        if person.user_id is not None:
            require_change(actor, "practitioners.edit", person)
    require_change(actor, "practitioners.edit")
    moment = at or clock.now()
    events = _claims_were_mistakes(actor, people, reason, moment)
    events += _numbers_go(actor, people, reason, moment)
    for person in people:
        person.withdrawn_at, person.withdrawn_by = moment, actor
        events.append(Event(WITHDRAWN, person, person))
    rows = Practitioner.every.filter(pk__in=[person.pk for person in people])
    rows.update(withdrawn_at=moment, withdrawn_by=actor)
    copy_history(Practitioner, people, kind="~")
    record_events(actor=actor, events=events, reason=reason)


def _claims_were_mistakes(actor, people: Sequence[Practitioner], reason: str, moment) -> list[Event]:
    """Supersede everything said of their credentials now; one statement."""
    owners = {person.pk: person for person in people}
    live = CredentialPeriod.objects.live().filter(identity__practitioner__in=owners)
    rows = list(live.select_related("identity__credential_type").order_by("pk"))
    credentials = {row.identity_id: row.identity for row in rows}
    mistaken = CredentialPeriod.objects.filter(pk__in=[row.pk for row in rows])
    mistaken.update(superseded_at=moment, superseded_by=actor, end_kind=EndKind.MISTAKE, end_reason=reason)
    return [
        Event("credential.claim_withdrawn", credential, owners[credential.practitioner_id])
        for credential in credentials.values()
    ]


def _numbers_go(actor, people: Sequence[Practitioner], reason: str, moment) -> list[Event]:
    """Nothing is kept of social security numbers that were recorded by mistake."""
    owners = {person.pk: person for person in people}
    rows = list(SocialSecurityNumber.objects.filter(practitioner__in=owners).exclude(last_four_lookup=""))
    for row in rows:
        row.ciphertext, row.last_four_lookup = b"", ""
        row.lookup = nobodys_lookup()
        row.recorded_at, row.recorded_by = moment, actor
    SocialSecurityNumber.objects.bulk_update(
        rows, ["ciphertext", "lookup", "last_four_lookup", "recorded_at", "recorded_by"], batch_size=500
    )
    return [
        Event("identity.ssn_removed", owners[row.practitioner_id], owners[row.practitioner_id])
        for row in rows
    ]
