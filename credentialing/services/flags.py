"""Red flags: raised by what was found out, or computed from the facts of the file; disposed of in writing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from config.accounts.choices import DataClass
from config.accounts.policies import may_see_class, permissions, require
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Forbidden, Refused
from credentialing import workflow
from credentialing.choices import ApplicationStatus, FlagStatus, Severity
from credentialing.models import Application, RedFlag, VerificationItem
from credentialing.rules import red_flags
from credentialing.rules.red_flags.findings import Finding, Limits
from credentialing.selectors.flag_facts import facts_for, limits_for
from credentialing.selectors.requirements import decision_day
from credentialing.services.guards import begin_application

MANAGE = "credentialing.manage_application"
#: Statuses of an application whose flags are looked at every night.
LOOKED_AT = (ApplicationStatus.IN_VERIFICATION, ApplicationStatus.COMPLETE, ApplicationStatus.IN_REVIEW)
#: Why a computed flag closes where a person's flag says the same now.
TAKEN_OVER = "It stands with the flag that was raised when the answer was verified."


@transaction.atomic
def raise_flag(
    *,
    actor,
    application: Application,
    code: str,
    severity: Severity,
    sentence: str,
    item: VerificationItem | None = None,
    subject: str = "",
    data_class: str = DataClass.GENERAL,
) -> RedFlag:
    """Raise a flag once per item, code and subject.

    Called within an act that already holds the practitioner's lock.
    """
    flag, created = RedFlag.objects.get_or_create(
        application=application,
        item=item,
        code=code,
        subject=subject,
        defaults={
            "severity": severity,
            "sentence": sentence,
            "data_class": data_class,
            "facts": {"item": str(item.uid)} if item is not None else {},
            "opened_at": clock.now(),
        },
    )
    if created:
        _record(actor, flag, application, "red_flag.raised", data={"severity": str(severity)})
    return flag


@transaction.atomic
def dispose(*, actor, flag: RedFlag, disposition: str) -> RedFlag:
    """Write what was made of a flag. It stays in the file and every reviewer sees both.

    A flag of a protected class is disposed of by those whose roles open the class.
    """
    application = begin_application(actor, flag.application)
    locked = RedFlag.objects.select_for_update(of=("self",)).get(pk=flag.pk)
    if not may_see_class(actor, locked.data_class, application.facility):
        raise Forbidden(f'Your roles do not open the class "{DataClass(locked.data_class).label}".')
    move = workflow.RED_FLAG.check(locked, FlagStatus.DISPOSED, permissions(actor, application.facility))
    text = disposition.strip()
    if not text:
        raise Refused("Write what was found and why the flag does not stand in the way.", field="disposition")
    locked.status, locked.disposition = FlagStatus.DISPOSED, text
    locked.disposed_at, locked.disposed_by = clock.now(), actor
    locked.save(update_fields=["status", "disposition", "disposed_at", "disposed_by"])
    _record(actor, locked, application, move.event, reason=text)
    return locked


# --- computed -------------------------------------------------------------------------------------------


def sync_after_answer(*, application: Application, item: VerificationItem, adverse: bool) -> int:
    """Judge again what the answer to one item may change; as :func:`sync_flags`.

    Whether something was kept back is asked only when a source said something bad: a good answer contradicts
    nothing. A good answer that can raise no flag is passed over where there is none to close.
    """
    codes = red_flags.TOUCHED_BY.get(item.element, ())
    if adverse:
        return sync_flags(application=application, codes=(*codes, "RF-NONDISC"))
    quiet = item.element in red_flags.QUIET or (
        item.element in red_flags.BY_FORM and not item.enquiries.exists()
    )
    standing = application.red_flags.filter(code__in=codes, computed=True)
    if not codes or (quiet and not standing.exclude(status=FlagStatus.NO_LONGER).exists()):
        return 0
    return sync_flags(application=application, codes=codes)


def sync_after_giving_up(*, application: Application, item: VerificationItem) -> int:
    """Judge again what it means that a source does not answer; as :func:`sync_flags`."""
    return sync_flags(application=application, codes=red_flags.TOUCHED_BY.get(item.element, ()))


@transaction.atomic
def sync_flags(*, application: Application, codes: Iterable[str] = tuple(red_flags.RULES)) -> int:
    """Let the computed flags of these codes say what the facts say now; answers how many moved.

    A new finding opens a flag. One whose facts changed after it was disposed of, or closed, is opened again
    with a sentence. One that is found no more is closed by itself and stays in the file with the reason.
    What a person's flag says already is not said twice. Safe to repeat. The system acts in its own name.
    Called within an act that already holds the practitioner's lock.
    """
    codes = tuple(codes)
    if not codes:
        return 0
    rows = list(application.red_flags.filter(code__in=codes).select_related("disposed_by"))
    facts = facts_for(application, red_flags.reads_of(codes))
    limits = limits_for(application, facts.on) if red_flags.LIMITED & set(codes) else Limits()
    found = red_flags.find(facts, limits, codes)
    raised = {(row.code, row.item_id, row.subject) for row in rows if not row.computed}
    by_item = {(code, item) for code, item, _ in raised if item is not None}
    new = {
        (each.code, each.item, each.subject): each
        for each in found
        if (each.code, each.item, each.subject) not in raised and (each.code, each.item) not in by_item
    }
    held = {(row.code, row.item_id, row.subject): row for row in rows if row.computed}
    moved = 0
    for key, finding in new.items():
        row = held.get(key)
        moved += _open(application, finding) if row is None else _restate(application, row, finding)
    for key, row in held.items():
        if key not in new and row.status != FlagStatus.NO_LONGER:
            taken_over = any((each.code, each.item, each.subject) == key for each in found)
            _close(application, row, TAKEN_OVER if taken_over else _why_gone(application, row))
            moved += 1
    return moved


def sync_open_files(*, actor) -> dict[str, int]:
    """Every night: what the facts and the calendar say of each file that is worked on or in review.

    A reference that does not come back, a certification that lapses, a claim stated since: what comes after a
    file is complete is new in it from then on. Each file by itself; running it twice changes nothing.
    """
    require(actor, MANAGE)
    moved = 0
    rows = Application.objects.filter(status__in=LOOKED_AT).select_related("practitioner", "facility")
    for each in rows.order_by("pk"):
        with transaction.atomic():
            application = begin_application(actor, each, MANAGE)
            if application.status in LOOKED_AT:
                moved += sync_flags(application=application)
    return {"files": len(rows), "moved": moved}


def _open(application: Application, finding: Finding) -> int:
    flag = RedFlag.objects.create(
        application=application,
        item_id=finding.item,
        code=finding.code,
        subject=finding.subject,
        severity=finding.severity,
        sentence=finding.sentence,
        facts=dict(finding.facts),
        data_class=finding.data_class,
        computed=True,
        opened_at=clock.now(),
    )
    _record(system_user(), flag, application, "red_flag.raised", data={"severity": str(finding.severity)})
    return 1


def _restate(application: Application, row: RedFlag, finding: Finding) -> int:
    """Bring the words up to date; open it again where a person judged other facts, or it was gone."""
    same_facts = row.facts == dict(finding.facts)
    as_before = same_facts and row.severity == finding.severity
    if row.status != FlagStatus.NO_LONGER and as_before and row.sentence == finding.sentence:
        return 0
    row.sentence, row.facts, row.severity = finding.sentence, dict(finding.facts), finding.severity
    if row.status == FlagStatus.OPEN or (row.status == FlagStatus.DISPOSED and as_before):
        row.save(update_fields=["sentence", "facts", "severity"])
        return 0
    actor = system_user()
    move = workflow.RED_FLAG.check(row, FlagStatus.OPEN, permissions(actor, None))
    before = ""
    if row.disposition:
        before = f' Disposed of by {row.disposed_by} before: "{row.disposition}"'
    what = "It is so again." if row.status == FlagStatus.NO_LONGER else "What it rests on has changed."
    row.note = f"{what}{before}"
    row.status, row.opened_at, row.closed_at = FlagStatus.OPEN, clock.now(), None
    row.disposition, row.disposed_at, row.disposed_by = "", None, None
    row.save()
    _record(actor, row, application, move.event, reason=what)
    return 1


def _close(application: Application, row: RedFlag, why: str) -> None:
    actor = system_user()
    move = workflow.RED_FLAG.check(row, FlagStatus.NO_LONGER, permissions(actor, None))
    row.status, row.closed_at, row.note = FlagStatus.NO_LONGER, clock.now(), why
    row.save(update_fields=["status", "closed_at", "note"])
    _record(actor, row, application, move.event, reason=why)


def _why_gone(application: Application, row: RedFlag) -> str:
    day = day_text(decision_day(application))
    return f"{red_flags.RULES[row.code].title}: the file no longer says so, judged for {day}."


def _record(
    actor,
    flag: RedFlag,
    application: Application,
    verb: str,
    *,
    reason: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """One event. Of a matter of health the trail keeps neither what happened nor what was written."""
    health = flag.data_class == DataClass.HEALTH
    record_event(
        actor=actor,
        verb="application.confidential_matter" if health else verb,
        subject=application,
        reason="" if health else reason,
        practitioner=application.practitioner,
        facility=application.facility,
        data={"flag": str(flag.uid)} | ({} if health else {"code": flag.code} | (data or {})),
    )
