"""The final action of due process that is this room's: privileges are revoked."""

from __future__ import annotations

from typing import Any

from bylaws.choices import FinalAction
from bylaws.models import DueProcess
from bylaws.orders import Ordered, register
from privileging.models import PrivilegeEnding
from privileging.services.endings import revoke, undo_ending


def _revoke(actor: Any, track: DueProcess, ordered: Ordered) -> dict[str, str]:
    ending = revoke(
        actor=actor,
        practitioner=track.practitioner,
        facility=track.facility,
        scope=ordered.scope,
        privilege_codes=ordered.privilege_codes,
        decided_on=ordered.decided_on,
        authority=ordered.authority,
        day=ordered.day,
        cause=ordered.words,
    )
    return {"ending": str(ending.uid)}


def _take_back(actor: Any, track: DueProcess, result: dict[str, str], reason: str) -> None:
    ending = PrivilegeEnding.objects.get(uid=result["ending"])
    if ending.taken_back_at is not None:
        return  # by itself, before that was refused: the grants hold again already, and the track follows
    # The reason stands with the grants, which are read without the class.
    undo_ending(actor=actor, ending=ending, reason="The final action was taken back.")


register(FinalAction.REVOKE, _revoke, _take_back)
