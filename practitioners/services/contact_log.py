"""Writing down what was said about a file, and coming back to it.

Entries are added, never corrected: a wrong one is answered by another. Only whether a follow-up is done
changes, both ways.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from config.accounts.policies import may, require
from config.audit.services.events import Event, record_event, record_events
from config.kernel import clock
from config.kernel.errors import Refused
from config.organization.models import Facility
from practitioners.choices import ContactChannel
from practitioners.models import ContactLogEntry, Practitioner
from practitioners.policies import require_change

LOG = "practitioners.log_contact"
LONGEST_SAID = 4000
LONGEST_NAME = 200


@transaction.atomic
def log_contact(
    *,
    actor,
    practitioner: Practitioner,
    facility: Facility,
    said: str,
    channel: str = ContactChannel.CALL_IN,
    with_whom: str = "",
    follow_up_on: dt.date | None = None,
    follow_up_for=None,
    happened_at: dt.datetime | None = None,
) -> ContactLogEntry:
    """Write down what was said, how and with whom; ``happened_at`` is now unless given.

    ``follow_up_on`` is the day at the facility on which to come back to it, today or later, by
    ``follow_up_for`` (default: the actor), who must be allowed to keep the log there.
    """
    require_change(actor, LOG, practitioner)
    require(actor, LOG, facility)
    said, with_whom = said.strip(), " ".join(with_whom.split())
    if not said:
        raise Refused("Write down what was said.", field="said")
    if len(said) > LONGEST_SAID:
        raise Refused(f"This is longer than {LONGEST_SAID} characters.", field="said")
    if channel not in ContactChannel.values:
        raise Refused("Choose how they were spoken to.", field="channel")
    if len(with_whom) > LONGEST_NAME:
        raise Refused(f"This is longer than {LONGEST_NAME} characters.", field="with_whom")
    now = clock.now()
    if happened_at is not None and happened_at > now:
        raise Refused("This lies in the future.", field="happened_at")
    if follow_up_on is not None and follow_up_on < clock.date_at(now, facility):
        raise Refused("The day to follow up lies in the past.", field="follow_up_on")
    follower = (follow_up_for or actor) if follow_up_on is not None else None
    if follower is not None and not may(follower, LOG, facility):
        raise Refused(f"{follower} does not keep the contact log at {facility}.", field="follow_up_for")
    entry = ContactLogEntry(
        practitioner=practitioner,
        facility=facility,
        channel=channel,
        happened_at=happened_at or now,
        with_whom=with_whom,
        said=said,
        follow_up_on=follow_up_on,
        follow_up_for=follower,
        recorded_at=now,
        recorded_by=actor,
    )
    entry.save(force_insert=True)
    # What was said stays in the log: the trail is read by people who do not keep it.
    record_event(
        actor=actor,
        verb="contact.logged",
        subject=entry,
        practitioner=practitioner,
        facility=facility,
        data={
            "channel": str(channel),
            "follow_up_on": follow_up_on.isoformat() if follow_up_on else None,
        },
    )
    return entry


@transaction.atomic
def finish_follow_up(*, actor, entry: ContactLogEntry) -> ContactLogEntry:
    """Somebody came back to it. Saying so twice changes nothing."""
    entry = _lock(actor, entry)
    if entry.follow_up_on is None:
        raise Refused("Nobody asked for this to be followed up.")
    if entry.done_at is None:
        entry.done_at, entry.done_by = clock.now(), actor
        _save(actor, entry, "contact.followed_up")
    return entry


@transaction.atomic
def reopen_follow_up(*, actor, entry: ContactLogEntry) -> ContactLogEntry:
    """It was not done after all. Saying so twice changes nothing."""
    entry = _lock(actor, entry)
    if entry.done_at is not None:
        entry.done_at = entry.done_by = None
        _save(actor, entry, "contact.follow_up_reopened")
    return entry


@transaction.atomic
def give_follow_ups(
    *, actor, entries: Sequence[ContactLogEntry], follower, facility: Facility, reason: str = ""
) -> None:
    """From now on somebody else comes back to these, all of them at the facility and locked already.

    Refuses a ``follower`` who does not keep the log there.
    """
    require(actor, LOG, facility)
    if not may(follower, LOG, facility):
        raise Refused(f"{follower} does not keep the contact log at {facility}.", field="follow_up_for")
    ContactLogEntry.objects.filter(pk__in=[each.pk for each in entries]).update(follow_up_for=follower)
    record_events(
        actor=actor,
        events=[
            Event(
                "contact.follow_up_given",
                each,
                each.practitioner,
                {"from": str(each.follow_up_for), "to": str(follower)},
            )
            for each in entries
        ],
        reason=reason,
        facility=facility,
    )


def _lock(actor, entry: ContactLogEntry) -> ContactLogEntry:
    require_change(actor, LOG, entry.practitioner)
    require(actor, LOG, entry.facility)
    return (
        ContactLogEntry.objects.select_for_update(of=("self",))
        .select_related("practitioner", "facility")
        .get(pk=entry.pk)
    )


def _save(actor, entry: ContactLogEntry, verb: str) -> None:
    entry.save(update_fields=["done_at", "done_by"])
    record_event(
        actor=actor, verb=verb, subject=entry, practitioner=entry.practitioner, facility=entry.facility
    )
