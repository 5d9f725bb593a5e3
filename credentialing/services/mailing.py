"""A mail sent once, whatever it is about: claimed, handed over, and what came of it written (ADR 0010)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TypeVar

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet

from config.kernel import clock
from config.kernel.workflow import Workflow
from credentialing.choices import MailKind
from credentialing.models.mails import Mail
from credentialing.services import bounces, outbox

#: Why a mail is dropped whose address has failed since it was written.
COMES_BACK = "Mail to this address comes back."
CLOSED = "The account is closed."
M = TypeVar("M", bound=Mail)


def send_once(
    uid: uuid.UUID | str,
    mails: QuerySet[M],
    *,
    kind: MailKind,
    build: Callable[[M], EmailMessage],
    moot: Callable[[M], str] = lambda mail: "",
    finish: Callable[[M, str], str] | None = None,
) -> str:
    """Send the mail of that uid. Answers what came of it; an address refused for good is not tried again.

    ``mails`` reads along what the mail tells and what ``moot`` asks: why it is no longer needed, in words, or
    nothing. ``finish`` writes what came of it where more follows, and answers how the mail stands.
    """
    workflow = bounces.KINDS[kind].workflow
    mail = _claim(uid, mails, workflow, moot)
    if isinstance(mail, str):
        return mail
    said = outbox.hand_over(build(mail))
    if said.for_good:
        return bounces.refused_for_good(kind, mail, said)
    return finish(mail, said.problem) if finish else outbox.finish(workflow, mail, said.problem)


@transaction.atomic
def _claim(uid: uuid.UUID | str, mails: QuerySet[M], workflow: Workflow, moot: Callable[[M], str]) -> M | str:
    mail = mails.select_for_update(of=("self",), skip_locked=True).filter(uid=uid).first()
    if mail is None:
        return outbox.HELD
    now = clock.now()
    if told := outbox.why_not_claimed(mail, now):
        return told
    if why := moot(mail):
        return outbox.drop(workflow, mail, why)
    outbox.claim(workflow, mail, now)
    return mail
