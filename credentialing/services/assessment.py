"""Assessing a file: freezing it, raising its category, and looking at what came in afterwards."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max

from config.accounts.choices import DataClass
from config.accounts.policies import may
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.canonical import bytes_digest, canonical_bytes
from config.kernel.errors import Conflict, Refused
from credentialing.asked_for import asked_for
from credentialing.models import Application, CategoryRaise, ChangeSeen, FileSnapshot
from credentialing.rules.changes import Change
from credentialing.selectors.assessment import delta_of, state_of
from credentialing.selectors.requirements import decision_day
from credentialing.services.guards import begin_application

MANAGE = "credentialing.manage_application"
LONGEST = 4000


def take_snapshot(*, actor, application: Application) -> FileSnapshot:
    """Freeze the file as it is. Called within the act that marks it complete, which holds the lock."""
    asked = asked_for(application, decision_day(application))
    frozen = canonical_bytes(state_of(application, asked=asked))
    before = application.snapshots.aggregate(newest=Max("number"))["newest"] or 0
    snapshot = FileSnapshot.objects.create(
        application=application,
        number=before + 1,
        taken_at=clock.now(),
        taken_by=actor,
        frozen=frozen.decode("utf-8"),
        frozen_hash=bytes_digest(frozen),
    )
    _record(actor, application, "application.frozen", data={"frozen_hash": snapshot.frozen_hash})
    return snapshot


def require_seen(application: Application) -> None:
    """Refuse while something new since the file was complete has been looked at by nobody of the office.

    A matter of health is neither named nor counted: who sends the file on may not even learn of it.
    """
    delta = delta_of(application)
    news = delta.unseen if delta is not None else []
    unseen = [each for each in news if each.change.data_class != DataClass.HEALTH]
    if not unseen:
        return
    named = [each.change.sentence for each in unseen if each.change.data_class == DataClass.GENERAL]
    first = f" {named[0]}" if named else ""
    things = "1 thing has" if len(unseen) == 1 else f"{len(unseen)} things have"
    raise Refused(f"{things} come in since the file was complete, and nobody has looked at it.{first}")


@transaction.atomic
def see_changes(*, actor, application: Application, keys: list[str], note: str = "") -> int:
    """Record that a person looked at what is new since the file was complete; how many things.

    Whoever works the file looks for the office, anybody else who reviews it for themselves. Each in the form
    it has now: what changes once more is looked at once more. The caller has shown that the person may read
    the file.
    """
    application = begin_application(actor, application)
    delta = delta_of(application, viewer=actor)
    if delta is None:
        raise Refused("The file was never marked complete: there is nothing it is new against.")
    wanted = [each.change for each in delta.to_see if each.change.key in set(keys)]
    if not wanted:
        raise Conflict("There is nothing of this left to look at. Reload the page.")
    office = may(actor, MANAGE, application.facility)
    text = note.strip()[:LONGEST]
    moment = clock.now()
    ChangeSeen.objects.bulk_create(
        ChangeSeen(
            snapshot=delta.snapshot,
            key=each.key,
            digest=each.digest,
            data_class=each.data_class,
            for_office=office,
            note=text,
            seen_at=moment,
            seen_by=actor,
        )
        for each in wanted
    )
    _record(
        actor,
        application,
        "application.change_seen",
        reason="" if any(each.data_class == DataClass.HEALTH for each in wanted) else text,
        data={"keys": [_told(each) for each in wanted], "for_office": office},
    )
    return len(wanted)


def _told(change: Change) -> str:
    """The key as the trail keeps it; a matter of health by nothing."""
    return "confidential" if change.data_class == DataClass.HEALTH else change.key


@transaction.atomic
def raise_category(*, actor, application: Application, reason: str) -> CategoryRaise:
    """Say that a file needs full review, whatever the computed category; nobody can take it back."""
    application = begin_application(actor, application, MANAGE)
    if not application.is_open:
        raise Refused("This application is closed.")
    text = reason.strip()
    if not text:
        raise Refused("Write why the file needs full review.", field="reason")
    if CategoryRaise.objects.filter(application=application).exists():
        raise Refused("It was raised to category 2 before, and stays there.")
    row = CategoryRaise.objects.create(
        application=application, reason=text[:LONGEST], raised_at=clock.now(), raised_by=actor
    )
    _record(actor, application, "application.category_raised", reason=text)
    return row


def _record(actor, application: Application, verb: str, *, reason: str = "", data=None) -> None:
    record_event(
        actor=actor,
        verb=verb,
        subject=application,
        reason=reason,
        practitioner=application.practitioner,
        facility=application.facility,
        data=data,
    )
