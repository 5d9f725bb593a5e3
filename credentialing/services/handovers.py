"""Handing work from one person of the office to another: for a vacation, or when somebody leaves.

A file changes its coordinator and takes along whatever belongs to it; a follow-up changes who comes back to
it. One act, which can be taken back as long as nothing else happened to what was handed over.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction

from config.accounts.models import User
from config.accounts.policies import require
from config.audit.services.events import Event, record_event, record_events
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.texts import needed
from config.organization.models import Facility
from credentialing.models import AffiliationRequest, Application, HandedOver, Handover, IncomingPaper
from credentialing.models.handovers import Work
from credentialing.selectors.handovers import (
    MANAGE,
    Holding,
    chosen,
    everything_of,
    holder_of,
    is_about,
    is_settled,
    person_of,
    returning,
    things_of,
    why_not,
)
from practitioners.models import ContactLogEntry, Practitioner
from practitioners.services.contact_log import give_follow_ups

LONGEST_REASON = 1000


@dataclass(frozen=True)
class HandedTo:
    """What a handover did, and what it left where it was, with the sentence."""

    handover: Handover
    number: int
    left: Sequence[tuple[str, str]] = field(default_factory=tuple)


@transaction.atomic
def hand_over_everything(*, actor, facility: Facility, giver: User, taker: User, reason: str) -> HandedTo:
    """Everything open of ``giver`` at the facility goes to ``taker``, but what ``taker`` may not work on."""
    require(actor, MANAGE, facility)
    if giver.pk == taker.pk:
        raise Refused("Choose somebody else than the person whose work it is.", field="taker")
    held = everything_of(giver, facility)
    if not held:
        raise Refused(f"{giver} has no open work at {facility}.")
    return _hand_over(actor, facility, held, taker, reason, giver)


@transaction.atomic
def hand_over(
    *, actor, facility: Facility, things: Sequence[uuid.UUID], taker: User, reason: str
) -> HandedTo:
    """These open files and follow-ups of the facility, by their uids, go to ``taker``."""
    require(actor, MANAGE, facility)
    held = chosen(things, facility)
    if not held:
        raise Refused("Choose at least one piece of work that is still open.")
    return _hand_over(actor, facility, held, taker, reason, None)


def _hand_over(
    actor, facility: Facility, held: Holding, taker: User, reason: str, giver: User | None
) -> HandedTo:
    text = needed(reason, LONGEST_REASON, field="reason", otherwise="Write why the work changes hands.")
    held = _locked(held)
    ready, left = _sort_out(actor, facility, held, taker)
    if not ready:
        name, sentence = left[0] if left else ("", f"{taker} has all of it already.")
        raise Refused(f"{name}: {sentence}" if name else sentence, field="taker")
    now = clock.now()
    handover = Handover.objects.create(
        facility=facility, everything_of=giver, taker=taker, reason=text, made_at=now, made_by=actor
    )
    rows = [_row(handover, each) for each in ready]
    HandedOver.objects.bulk_create(rows)
    _give(actor, [(row, taker) for row in rows], facility, text, now)
    record_event(
        actor=actor,
        verb="work.handed_over",
        subject=handover,
        facility=facility,
        reason=text,
        data={
            "from": str(giver) if giver else "",
            "to": str(taker),
            "files": sum(row.application is not None for row in rows),
            "follow_ups": sum(row.follow_up is not None for row in rows),
            "papers": sum(row.paper is not None for row in rows),
            "letters": sum(row.request is not None for row in rows),
            "left": len(left),
        },
    )
    return HandedTo(handover, len(rows), tuple(left))


@transaction.atomic
def take_back(*, actor, handover: Handover, reason: str) -> int:
    """Back to whoever had it: what is still open and still with the person who took it. Answers how many;
    refused when that is nothing, or when it was taken back before.
    """
    require(actor, MANAGE, handover.facility)
    text = needed(reason, LONGEST_REASON, field="reason", otherwise="Write why it is taken back.")
    handover = (
        Handover.objects.select_for_update(of=("self",))
        .select_related("facility", "taker")
        .get(pk=handover.pk)
    )
    if handover.taken_back_at is not None:
        raise Refused("This was taken back already.")
    _lock_people([row.thing for row in things_of(handover)])
    going = returning(handover, actor)
    if not going.back:
        why = f" {going.stays[0][1]}" if going.stays else ""
        raise Refused(f"Nothing of it can go back.{why}")
    now = clock.now()
    handover.taken_back_at, handover.taken_back_by, handover.taken_back_reason = now, actor, text
    handover.save(update_fields=["taken_back_at", "taken_back_by", "taken_back_reason"])
    _give(actor, [(row, row.giver) for row in going.back], handover.facility, text, now)
    record_event(
        actor=actor,
        verb="work.taken_back",
        subject=handover,
        facility=handover.facility,
        reason=text,
        data={"things": len(going.back), "stayed": len(going.stays)},
    )
    return len(going.back)


# --- shared -----------------------------------------------------------------------------------------------


def _locked(held: Holding) -> Holding:
    """The same things as they are now, behind the locks of their people."""
    _lock_people(held.things)
    return Holding(
        list(
            Application.objects.select_for_update(of=("self",))
            .select_related("practitioner", "facility", "coordinator")
            .filter(pk__in=[each.pk for each in held.files])
            .order_by("practitioner_id", "pk")
        ),
        list(
            ContactLogEntry.objects.select_for_update(of=("self",))
            .select_related("practitioner", "follow_up_for")
            .filter(pk__in=[each.pk for each in held.follow_ups])
            .order_by("practitioner_id", "pk")
        ),
        list(
            IncomingPaper.objects.select_for_update(of=("self",))
            .select_related("coordinator")
            .filter(pk__in=[each.pk for each in held.papers])
            .order_by("pk")
        ),
        list(
            AffiliationRequest.objects.select_for_update(of=("self",))
            .select_related("practitioner", "coordinator")
            .filter(pk__in=[each.pk for each in held.letters])
            .order_by("pk")
        ),
    )


def _lock_people(things: Sequence[Work]) -> None:
    """The rows of whom these are about, locked in one statement and in the order of every other writer."""
    ids = {person.pk for person in map(person_of, things) if person is not None}
    rows = Practitioner.every.select_for_update(of=("self",), no_key=True).filter(pk__in=ids)
    list(rows.order_by("pk").values_list("pk"))


def _sort_out(actor, facility: Facility, held: Holding, taker: User):
    """What goes over, and what stays with the sentence why. Nobody hands over their own file."""
    ready: list[Work] = []
    left: list[tuple[str, str]] = []
    for each in held.things:
        if is_settled(each) or holder_of(each) == taker:
            continue
        if is_about(each, actor):
            left.append(("Your own file", "Nobody acts on their own file; a colleague hands it over."))
            continue
        why = why_not(taker, facility, each)
        if why:
            left.append((str(person_of(each) or each), why))
        else:
            ready.append(each)
    return ready, left


def _row(handover: Handover, thing: Work) -> HandedOver:
    what: dict[str, Any] = {_NAMES[type(thing)]: thing}
    return HandedOver(handover=handover, giver=holder_of(thing), **what)


#: By the kind of a thing the column of a handover it stands in, and the verb of its event.
_NAMES: dict[type, str] = {
    Application: "application",
    ContactLogEntry: "follow_up",
    IncomingPaper: "paper",
    AffiliationRequest: "request",
}
_VERBS: dict[type[models.Model], str] = {
    Application: "application.assigned",
    IncomingPaper: "paper.assigned",
    AffiliationRequest: "affiliation.assigned",
}


def _give(
    actor, rows: Sequence[tuple[HandedOver, User | None]], facility: Facility, reason: str, now: dt.datetime
) -> None:
    """Write the new holders (None: nobody any more), and an event for each thing."""
    for to in {getattr(to, "pk", None): to for _, to in rows}.values():
        theirs = [row for row, each in rows if each == to]
        events = []
        for model, verb in _VERBS.items():
            things = [row.thing for row in theirs if type(row.thing) is model]
            model._default_manager.filter(pk__in=[each.pk for each in things]).update(coordinator=to)
            events += [
                Event(verb, each, person_of(each), {"from": _name(holder_of(each)), "to": _name(to)})
                for each in things
            ]
        record_events(actor=actor, events=events, reason=reason, facility=facility, at=now)
        entries = [row.follow_up for row in theirs if row.follow_up is not None]
        if entries and to is not None:
            give_follow_ups(actor=actor, entries=entries, follower=to, facility=facility, reason=reason)


def _name(holder: User | None) -> str:
    return str(holder) if holder is not None else "nobody"
