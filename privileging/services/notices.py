"""Telling departments the same day that something changed, by mails which name nobody.

A mail says how many changes there were and where the list is; who reads it signs in (ADR 0010 for how it goes
out once). What somebody may do no longer is told at once, at any hour. What was granted or changed is told at
the hour of the day, and what came after it once more before the facility's midnight.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from functools import partial
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.db.models.functions import Coalesce, Greatest

from config.accounts.policies import require
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.audit.services.jobs import run_job
from config.kernel import clock
from config.kernel.errors import Refused
from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve
from credentialing.choices import MailKind, MailStatus
from credentialing.selectors.returns import fails
from credentialing.services import outbox
from credentialing.services.mailing import COMES_BACK, send_once
from credentialing.services.queue import enqueue
from privileging.choices import STOPS, ChangeKind, NoticeRun
from privileging.models import ChangeNotice, NotifiedDepartment, PublishedChange
from privileging.parameters import NOTICE_HOUR
from privileging.selectors.notices import MANAGE, list_address
from privileging.services.publishing import publish_changes

JOB = "change-notices"
SEND = "privileging.tasks.send_change_notice"
LONGEST_NAME = 80
#: Local time from which the last mails of a day go out: what came after the hour of the day is told before
#: midnight. The work is looked for twice an hour (``config.schedule``).
LAST_RUN = dt.time(23, 30)
#: That publishing began is no change.
TOLD_OF = tuple(kind for kind in ChangeKind if kind != ChangeKind.BEGAN)


# --- who is told ----------------------------------------------------------------------------------------


@transaction.atomic
def add_department(
    *, actor, facility: Facility, name: str, address: str, kinds: Iterable[str] = ()
) -> NotifiedDepartment:
    """Tell a department from now on of changes of these kinds (none: of all); what was published before is
    not told. Refuses an address that is told already, and a kind that is none.
    """
    require(actor, MANAGE, facility)
    name, address = " ".join(name.split()), address.strip().lower()
    if not name:
        raise Refused("Say which department it is.", field="name")
    if len(name) > LONGEST_NAME:
        raise Refused(f"Name it in at most {LONGEST_NAME} characters.", field="name")
    try:
        validate_email(address)
    except ValidationError:
        raise Refused(f'"{address}" is no e-mail address.', field="address") from None
    chosen = set(kinds)
    if strange := sorted(chosen - set(TOLD_OF)):
        raise Refused(f'"{strange[0]}" is no kind of change.', field="kinds")
    list(Facility.objects.select_for_update(of=("self",), no_key=True).filter(pk=facility.pk))
    held = NotifiedDepartment.objects.filter(facility=facility, address=address, ended_at=None).first()
    if held is not None:
        raise Refused(f"{address} is told already, as {held.name}: end that first.", field="address")
    department = NotifiedDepartment.objects.create(
        facility=facility,
        name=name,
        address=address,
        kinds=[kind for kind in TOLD_OF if kind in chosen],
        told_after=_newest(facility),
        added_at=clock.now(),
        added_by=actor,
    )
    record_event(
        actor=actor,
        verb="notified_department.added",
        subject=department,
        facility=facility,
        data={"address": address, "kinds": department.kinds},
    )
    return department


@transaction.atomic
def end_department(*, actor, department: NotifiedDepartment) -> None:
    """It is told no longer: a mail that has not gone out is dropped. Refused where it is over already."""
    require(actor, MANAGE, department.facility)
    locked = NotifiedDepartment.objects.select_for_update(of=("self",)).get(pk=department.pk)
    if locked.ended_at is not None:
        raise Refused(f"{locked.name} is told no longer already.")
    locked.ended_at, locked.ended_by = clock.now(), actor
    locked.save(update_fields=["ended_at", "ended_by"])
    record_event(actor=actor, verb="notified_department.ended", subject=locked, facility=department.facility)


# --- the mails of a day ---------------------------------------------------------------------------------


def notify_departments() -> dict[str, str]:
    """The mails of today of every facility whose hour has come, and those before its midnight; each run of a
    day once, by the facility's own calendar.

    A facility that fails does not keep the others from theirs; the ledger of jobs says what went wrong.
    """
    answer: dict[str, str] = {}
    failures = []
    for facility in Facility.objects.order_by("code"):
        local = clock.now().astimezone(ZoneInfo(facility.time_zone))
        hour = resolve(NOTICE_HOUR.code, facility=facility, on=local.date())
        if not hour.is_set or local.hour < hour.value:
            continue
        run = NoticeRun.LAST if local.time() >= LAST_RUN else NoticeRun.DAY
        key = f"{facility.code}:{local.date().isoformat()}" + ("" if run == NoticeRun.DAY else f":{run}")
        work = partial(queue_notices, actor=system_user(), facility=facility, day=local.date(), run=run)
        try:
            done = run_job(JOB, key, work)
        except Exception as problem:  # the ledger has the whole text; the other facilities go on
            failures.append(f"{key}: {type(problem).__name__}: {problem}")
        else:
            answer[key] = str(done.status)
    if failures:
        raise NoticesFailed("; ".join(failures))
    return answer


def tell_of_stops() -> int:
    """A mail to each department for which somebody may do less since its last one; how many in all.

    Called every minute, at any hour, whether or not an hour of the day is recorded. A facility that fails
    does not keep the others from theirs.
    """
    queued, failures = 0, []
    for facility in Facility.objects.filter(
        pk__in=NotifiedDepartment.objects.filter(ended_at=None).values("facility")
    ).order_by("code"):
        day = clock.today(facility)
        try:
            queued += queue_notices(actor=system_user(), facility=facility, day=day, run=NoticeRun.AT_ONCE)[
                "queued"
            ]
        except Exception as problem:  # told again in a minute; the other facilities go on
            failures.append(f"{facility.code}: {type(problem).__name__}: {problem}")
    if failures:
        raise NoticesFailed("; ".join(failures))
    return queued


class NoticesFailed(RuntimeError):
    """At least one facility has no mails of the day; the ledger says which and why."""


#: What became of a message nobody read: what it told of is told again.
NEVER_CAME = (MailStatus.FAILED, MailStatus.RETURNED, MailStatus.MOOT)


@transaction.atomic
def queue_notices(
    *, actor, facility: Facility, day: dt.date, run: NoticeRun = NoticeRun.DAY
) -> dict[str, int]:
    """One mail to each department of the facility for which something was published since its last one; of
    the run ``AT_ONCE`` only where somebody may do less since then. A mail tells all that was not told yet.

    Publishes first what is not published yet. Running it twice writes nothing.
    """
    require(actor, MANAGE, facility)
    publish_changes(actor=actor, facility=facility)  # locks the facility: one at a time queues its mails
    newest = _newest(facility)
    departments = NotifiedDepartment.objects.filter(facility=facility, ended_at=None).annotate(
        after=Greatest(
            "told_after", Coalesce(Max("notices__upto", filter=~Q(notices__status__in=NEVER_CAME)), 0)
        ),
        # A mail that never came is not sent again every minute: the next run of the day tells it again.
        tried=Greatest("told_after", Coalesce(Max("notices__upto"), 0)),
    )
    if run != NoticeRun.AT_ONCE:
        told = ChangeNotice.objects.filter(department=OuterRef("pk"), day=day, run=run)
        departments = departments.filter(~Exists(told))
    rows = list(departments.order_by("pk"))
    due = rows
    if run == NoticeRun.AT_ONCE:
        # Looked at every minute: only where something cannot wait is the rest read, which for a department no
        # mail reaches grows without end.
        stops = _published(facility, min((each.tried for each in rows), default=newest), STOPS)
        due = [each for each in rows if _told_of(each, stops, each.tried)]
    published = _published(facility, min(each.after for each in due), TOLD_OF) if due else []
    queued = 0
    for each in due:
        if changes := _told_of(each, published, each.after):
            _queue(actor, each, day=day, run=run, upto=newest, changes=changes)
            queued += 1
    return {"departments": len(rows), "queued": queued}


def _published(facility: Facility, after: int, kinds: Iterable[str]) -> list[tuple[int, str]]:
    """Number and kind of the changes of these kinds published after the number."""
    rows = PublishedChange.objects.filter(facility=facility, number__gt=after, kind__in=list(kinds))
    return list(rows.order_by("number").values_list("number", "kind"))


def _told_of(department: NotifiedDepartment, published: Iterable[tuple[int, str]], after: int) -> int:
    """How many of the changes after the number the department is told of."""
    return sum(
        1
        for number, kind in published
        if number > after and (not department.kinds or kind in department.kinds)
    )


def _newest(facility: Facility) -> int:
    """The number of the last change published at the facility; 0 before publishing began."""
    return PublishedChange.objects.filter(facility=facility).aggregate(last=Max("number"))["last"] or 0


def _queue(
    actor, department: NotifiedDepartment, *, day: dt.date, run: NoticeRun, upto: int, changes: int
) -> None:
    """``department`` as :func:`queue_notices` reads it, with the number ``after`` which it is told."""
    uid, after = uuid.uuid4(), department.after  # type: ignore[attr-defined]
    notice = ChangeNotice.objects.create(
        uid=uid,
        department=department,
        day=day,
        run=run,
        after=after,
        upto=upto,
        changes=changes,
        created_at=clock.now(),
        message_id=outbox.message_id(MailKind.CHANGES, department.uid, uid),
    )
    record_event(
        actor=actor,
        verb="change_notice.queued",
        subject=notice,
        facility=department.facility,
        data={"changes": changes, "after": after, "upto": upto},
    )
    enqueue(SEND, str(uid))


# --- sending --------------------------------------------------------------------------------------------


def send(uid: uuid.UUID | str) -> str:
    """Send one mail, once (see ``outbox``). Answers what came of it; a department that is told no longer, and
    one whose address does not work, gets none.
    """
    return send_once(
        uid,
        ChangeNotice.objects.select_related("department__facility"),
        kind=MailKind.CHANGES,
        moot=_moot,
        build=build_mail,
    )


def _moot(notice: ChangeNotice) -> str:
    if notice.department.ended_at is not None:
        return "The department is told no longer."
    return COMES_BACK if fails(notice.department.address) else ""


def build_mail(notice: ChangeNotice) -> EmailMessage:
    """The mail: how many changes, and where the list is. It names nobody and nothing that was granted."""
    department, facility = notice.department, notice.department.facility
    count = f"{notice.changes} change{'' if notice.changes == 1 else 's'}"
    office = f", {facility.office_phone}" if facility.office_phone else ""
    lines = [
        f"{count} of what practitioners may do at {facility}. Open the list; you are asked to sign in:",
        "",
        list_address(notice.after),
        "",
        "This message names nobody. What is published later stands in the list within minutes. That somebody",
        "may do less is told at once, everything else the same day.",
        "",
        f"It goes to: {department.name}. For questions, and to end it: Medical Staff Office{office}.",
        "This message was sent automatically.",
    ]
    return EmailMessage(
        subject=f"{count} of privileges, {facility}",
        body="\n".join(lines),
        to=[department.address],
        headers={"Message-ID": notice.message_id, "Auto-Submitted": "auto-generated"},
    )


def sweep() -> int:
    """Send to the queue again what was lost."""
    return outbox.sweep(ChangeNotice.objects.all(), SEND, overdue=outbox.made_long_ago())
