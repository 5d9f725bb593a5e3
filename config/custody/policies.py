"""Who asks for an export of everything, and who is the second person.

It carries every facility's files of every class, so both must hold their permission at each facility. The
second person is a director, the chief medical officer or the chief executive: somebody who answers for the
hospital and is not led by the one who asks. The administrator is not among them: who runs the machines and
makes the accounts shall not be half of the two.
"""

from __future__ import annotations

from config.accounts.policies import is_system, may, require_everywhere
from config.kernel.errors import Forbidden, Refused

ASK = "practitioners.export_custody"
APPROVE = "practitioners.approve_custody"


def may_look(user) -> bool:
    """Whether the person may see that exports of everything were asked for and made, and why."""
    return may(user, ASK) or may(user, APPROVE)


def require_look(user) -> None:
    """Refuse unless :func:`may_look`."""
    if not may_look(user):
        raise Forbidden("Your roles do not include the export of everything.")


def require_ask(user) -> None:
    """Refuse whoever may not ask for an export of everything."""
    require_everywhere(user, ASK)


def require_second_person(user, export) -> None:
    """Refuse whoever may not be the second person of this export."""
    require_everywhere(user, APPROVE)
    if user.pk == export.asked_by_id or is_system(user):
        raise Forbidden("You asked for this export yourself: a second person has to approve it.")


def require_fetch(user, export) -> None:
    """Refuse whoever is neither of the two: only they take the file away."""
    require_look(user)
    if user.pk not in (export.asked_by_id, export.decided_by_id):
        raise Forbidden(f"{export.asked_by} or {export.decided_by} fetches this file.")


def why_not(check, *arguments) -> str:
    """The sentence with which ``check`` refuses, or nothing."""
    try:
        check(*arguments)
    except Refused as refused:
        return refused.sentence
    return ""
