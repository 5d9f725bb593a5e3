"""Asking for an export of everything, deciding on it as the second person, fetching the file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from celery import current_app
from django.db import transaction

from config.accounts.policies import is_system, permissions
from config.audit.services.events import record_event
from config.custody.choices import CustodyStatus, Purpose
from config.custody.models import CustodyExport
from config.custody.package.age import check_public_key, fingerprint
from config.custody.package.places import file_of, unfinished_file_of
from config.custody.policies import require_ask, require_fetch, require_look, require_second_person
from config.custody.workflow import CUSTODY_EXPORT
from config.kernel import clock
from config.kernel.errors import Conflict, Refused

#: States in which an export still leads to something; one at a time is enough.
OPEN = (CustodyStatus.ASKED, CustodyStatus.APPROVED, CustodyStatus.MAKING)
LONGEST = 2000


@transaction.atomic
def ask_for_export(*, actor, purpose: str, reason: str, receiver: str, public_key: str) -> CustodyExport:
    """Ask for an export of everything, encrypted to the receiver's public key; a second person decides.

    Refuses a key that is none or is the secret half, and a second export while one is under way.
    """
    require_ask(actor)
    if purpose not in Purpose.values:
        raise Refused("Say what the export is for.", field="purpose")
    reason = _written(reason, "Say why, in a sentence: it stays in the audit trail.", "reason")
    receiver = " ".join(receiver.split())
    if not receiver or len(receiver) > 200:
        raise Refused("Name who will hold the key that opens the package.", field="receiver")
    key = check_public_key(public_key)
    if CustodyExport.objects.select_for_update().filter(status__in=OPEN).exists():
        raise Refused("An export of everything is under way already; see the list.")
    export = CustodyExport(
        purpose=purpose,
        reason=reason,
        receiver=receiver,
        public_key=key,
        asked_at=clock.now(),
        asked_by=actor,
    )
    export.save(force_insert=True)
    _record(
        actor,
        export,
        "custody.asked",
        reason=reason,
        data={"purpose": purpose, "receiver": receiver, "public_key": key, "fingerprint": fingerprint(key)},
    )
    return export


@transaction.atomic
def approve_export(*, actor, export: CustodyExport, fingerprint_seen: str) -> CustodyExport:
    """Approve as the second person, who compared the key; a worker makes it.

    ``fingerprint_seen`` is what the page showed: where the key is another by now, nothing is approved.
    """
    export = lock_export(export)
    require_second_person(actor, export)
    _check(actor, export, CustodyStatus.APPROVED)
    if fingerprint_seen != fingerprint(export.public_key):
        raise Conflict("The key is not the one you compared. Nothing was approved.")
    _decide(actor, export, CustodyStatus.APPROVED)
    _record(actor, export, "custody.approved", reason=export.reason, data={"fingerprint": fingerprint_seen})
    send(str(export.uid))
    return export


@transaction.atomic
def refuse_export(*, actor, export: CustodyExport, reason: str) -> CustodyExport:
    """Refuse as the second person, and say why."""
    export = lock_export(export)
    require_second_person(actor, export)
    _check(actor, export, CustodyStatus.REFUSED)
    export.note = _written(reason, "Say why it is refused.", "reason")
    _decide(actor, export, CustodyStatus.REFUSED)
    _record(actor, export, "custody.refused", reason=export.note)
    return export


def _decide(actor, export: CustodyExport, status: str) -> None:
    export.status, export.decided_at, export.decided_by = status, clock.now(), actor
    export.save(update_fields=["status", "decided_at", "decided_by", "note"])


@transaction.atomic
def withdraw_export(*, actor, export: CustodyExport, reason: str) -> CustodyExport:
    """Take the wish back before anything was made."""
    require_ask(actor)
    export = lock_export(export)
    _check(actor, export, CustodyStatus.WITHDRAWN)
    export.note = _written(reason, "Say why it is withdrawn.", "reason")
    export.status = CustodyStatus.WITHDRAWN
    export.save(update_fields=["status", "note"])
    _record(actor, export, "custody.withdrawn", reason=export.note)
    return export


@transaction.atomic
def ask_again(*, actor, export: CustodyExport) -> CustodyExport:
    """Have an export that could not be made tried again; what was approved is still approved."""
    require_ask(actor)
    export = lock_export(export)
    _check(actor, export, CustodyStatus.APPROVED)
    if export.status != CustodyStatus.FAILED:
        raise Refused("Only an export that could not be made is tried again.")
    export.status, export.note = CustodyStatus.APPROVED, ""
    export.save(update_fields=["status", "note"])
    _record(actor, export, "custody.asked_again")
    send(str(export.uid))
    return export


@transaction.atomic
def fetch_export(*, actor, export: CustodyExport) -> Path:
    """The finished file, for either of the two; every download is recorded."""
    export = lock_export(export)
    require_look(actor)
    path = file_of(export)
    if export.status != CustodyStatus.READY or not path.is_file():
        raise Refused("There is no file to fetch.")
    require_fetch(actor, export)
    _record(actor, export, "custody.fetched", data={"sha256": export.sha256, "size": export.size})
    return path


@transaction.atomic
def remove_file(*, actor, export: CustodyExport, reason: str = "") -> CustodyExport:
    """Take the finished file away, now or because its time is over; the record of it stays."""
    if not is_system(actor):
        require_ask(actor)
    export = lock_export(export)
    _check(actor, export, CustodyStatus.EXPIRED)
    export.status = CustodyStatus.EXPIRED
    export.save(update_fields=["status"])
    _record(actor, export, "custody.removed", reason=reason, data={"sha256": export.sha256})
    transaction.on_commit(lambda: file_of(export).unlink(missing_ok=True))
    return export


def lock_export(export: CustodyExport) -> CustodyExport:
    """The row as it is now, held until the end of the transaction."""
    return (
        CustodyExport.objects.select_for_update(of=("self",))
        .select_related("asked_by", "decided_by")
        .get(pk=export.pk)
    )


def sweep_exports(*, actor) -> int:
    """Send what is approved or was cut off again, and remove files whose time is over; answers how many.

    Sending twice does no harm: whoever is second finds the first at work and goes away.
    """
    waiting = CustodyExport.objects.filter(status__in=(CustodyStatus.APPROVED, CustodyStatus.MAKING))
    for uid in waiting.values_list("uid", flat=True):
        send(str(uid))
    over = list(CustodyExport.objects.filter(status=CustodyStatus.READY, expires_at__lt=clock.now()))
    for export in over:
        remove_file(actor=actor, export=export, reason="Not needed any longer: its time was over.")
    ended = CustodyExport.objects.filter(status__in=(CustodyStatus.FAILED, CustodyStatus.WITHDRAWN))
    recently = clock.now() - dt.timedelta(days=30)
    for export in ended.filter(asked_at__gt=recently).only("uid"):
        unfinished_file_of(export).unlink(missing_ok=True)
    return len(over)


def send(uid: str) -> None:
    """Give the making to a worker once the transaction stands. A queue out of reach loses nothing: the sweep
    takes it up.
    """
    transaction.on_commit(
        lambda: current_app.send_task("config.custody.tasks.make_export", args=[uid], retry=False),
        robust=True,
    )


def _check(actor, export: CustodyExport, target: str) -> None:
    held = {"system"} if is_system(actor) else set()
    CUSTODY_EXPORT.check(export, target, permissions(actor, None) | held)


def _written(text: str, asked: str, field: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise Refused(asked, field=field)
    if len(text) > LONGEST:
        raise Refused(f"This is longer than {LONGEST} characters.", field=field)
    return text


def _record(actor, export: CustodyExport, verb: str, *, reason: str = "", data=None) -> None:
    record_event(actor=actor, verb=verb, subject=export, reason=reason, data=data)
