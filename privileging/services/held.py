"""The applicant gives up lines that are held for a hearing."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db import transaction

from bylaws.choices import InvestigationAnswer
from bylaws.services.chains import close_rest
from bylaws.services.questions import surrendered
from config.accounts.choices import DataClass
from config.accounts.policies import permissions, require_class
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.models import Application
from privileging.choices import RequestLineStatus
from privileging.models import RequestLine
from privileging.selectors.requests import lines_of
from privileging.services.files import locked_application
from privileging.workflow import REQUEST_LINE

#: A reason is kept up to so many characters.
LONGEST_REASON = 1000


@transaction.atomic
def withdraw_held(
    *, actor, application: Application, uids: Collection[uuid.UUID], reason: str, investigation: str
) -> tuple[list[str], bool]:
    """Record that the applicant gives up held lines; answers their names, and whether the file closed.

    No body decides them any more. Where the rest was decided and nothing held is left, the step is done and
    the case closes. Refused for a line that is not held, without a ``reason``, and where nothing else is
    asked for: then the application is withdrawn.

    ``investigation`` answers whether it is given up while under investigation or to avoid one: if so, or if
    that is not known yet, it is an adverse action with its data bank clock (45 CFR 60.12).
    """
    application = locked_application(
        actor, application, doing="withdraw what is held in", why_not=lambda _: ""
    )
    require_class(actor, DataClass.PEER_REVIEW, application.facility)
    reason = reason.strip()[:LONGEST_REASON]
    if not reason:
        raise Refused("Write what the applicant said, and how it came.", field="reason")
    if investigation not in InvestigationAnswer.values:
        raise Refused("Answer the question about an investigation.", field="investigation")
    held = list(lines_of(application).filter(status=RequestLineStatus.HELD).select_for_update(of=("self",)))
    chosen = [line for line in held if line.uid in uids]
    if not chosen:
        raise Refused("Choose what is withdrawn.", field="uids")
    if len(chosen) < len(set(uids)):
        raise Refused("One of these is not held any more. Reload the page.", field="uids")
    if _nothing_else(application, chosen):
        raise Refused("Nothing else is asked for: withdraw the application instead.", field="uids")
    for line in chosen:
        _withdraw(actor, application, line, reason)
    surrendered(
        actor=actor,
        practitioner=application.practitioner,
        facility=application.facility,
        investigation=investigation,
        what=f"Gave up what was held for a hearing: {', '.join(str(line) for line in chosen)}. {reason}",
        day=clock.today(application.facility),
        subject_uid=chosen[0].uid,
    )
    closes = not application.is_open and len(chosen) == len(held)
    if closes:
        close_rest(actor=actor, subject_uid=application.uid, reason=reason)
    return [line.form_line.privilege.name for line in chosen], closes


def _nothing_else(application: Application, chosen: Collection[RequestLine]) -> bool:
    if not application.is_open or application.rule.membership:
        return False
    return not lines_of(application).exclude(pk__in=[line.pk for line in chosen]).exists()


def _withdraw(actor, application: Application, line: RequestLine, reason: str) -> None:
    move = REQUEST_LINE.check(line, RequestLineStatus.WITHDRAWN, permissions(actor, application.facility))
    act = line.held_by
    line.status, line.held_by = RequestLineStatus.WITHDRAWN, None
    line.save(update_fields=["status", "held_by"])
    record_event(
        actor=actor,
        verb=move.event,
        subject=line,
        practitioner=application.practitioner,
        facility=application.facility,
        reason=reason,
        data={"held_by": str(act.uid) if act is not None else None},
    )
