"""The final actions of due process that are this room's: what stands is lifted or goes on, a
restriction, a non-renewal.

Called within :func:`bylaws.services.due_process.conclude`, which asked who may and locked the person.
"""

from __future__ import annotations

from typing import Any

from bylaws.choices import AdverseActionKind, BarKind, FinalAction
from bylaws.models import AdverseAction, Bar, DueProcess
from bylaws.orders import Ordered, register
from bylaws.services.bars import lift_bar, open_bar, take_back_lift, void_bar
from bylaws.services.data_bank import record_action, void_action
from config.kernel.errors import Refused

#: The cause of a restriction stands with it and is peer review; the reason of lifting does not name it.
LIFTED = "Lifted by the final action."


def _nothing(actor: Any, track: DueProcess, ordered: Ordered) -> dict[str, str]:
    return {}


def _stays(actor: Any, track: DueProcess, result: dict[str, str], reason: str) -> None:
    """Nothing was done that could be taken back."""


def _lift(actor: Any, track: DueProcess, ordered: Ordered) -> dict[str, str]:
    bar = _standing_bar(track)
    lift_bar(actor=actor, bar=bar, day=ordered.day, reason=LIFTED, authority=ordered.authority)
    return {"lifted": str(bar.uid)}


def _stand_again(actor: Any, track: DueProcess, result: dict[str, str], reason: str) -> None:
    take_back_lift(actor=actor, bar=Bar.objects.get(uid=result["lifted"]), reason=reason)


def _uphold(actor: Any, track: DueProcess, ordered: Ordered) -> dict[str, str]:
    bar = _standing_bar(track)
    if not bar.periods.live().filter(valid__upper_inf=True).exists():
        raise Refused("It has an end already: it cannot go on.", field="action")
    return {}


def _restrict(actor: Any, track: DueProcess, ordered: Ordered) -> dict[str, str]:
    result = _lift(actor, track, ordered) if track.bar is not None else {}
    bar = open_bar(
        actor=actor,
        practitioner=track.practitioner,
        facility=track.facility,
        kind=BarKind.RESTRICTION,
        cause=ordered.words,
        start=ordered.day,
        scope=ordered.scope,
        privilege_codes=ordered.privilege_codes,
        citation=ordered.authority,
        condition=ordered.condition,
    )
    return {**result, "restriction": str(bar.uid)}


def _without_restriction(actor: Any, track: DueProcess, result: dict[str, str], reason: str) -> None:
    void_bar(actor=actor, bar=Bar.objects.get(uid=result["restriction"]), reason=reason)
    if "lifted" in result:
        _stand_again(actor, track, result, reason)


def _not_renew(actor: Any, track: DueProcess, ordered: Ordered) -> dict[str, str]:
    action = record_action(
        actor=actor,
        practitioner=track.practitioner,
        facility=track.facility,
        kind=AdverseActionKind.DENIAL,
        cause=f"Not renewed ({ordered.authority}). {ordered.words}",
        start=ordered.day,
    )
    return {"adverse_action": str(action.uid)}


def _renewable(actor: Any, track: DueProcess, result: dict[str, str], reason: str) -> None:
    void_action(actor=actor, action=AdverseAction.objects.get(uid=result["adverse_action"]), reason=reason)


def _standing_bar(track: DueProcess) -> Bar:
    if track.bar is None:
        raise Refused("Nothing stands that could be lifted or go on.", field="action")
    return track.bar


register(FinalAction.NOTHING, _nothing, _stays)
register(FinalAction.LIFT, _lift, _stand_again)
register(FinalAction.UPHOLD, _uphold, _stays)
register(FinalAction.RESTRICT, _restrict, _without_restriction)
register(FinalAction.NOT_RENEW, _not_renew, _renewable)
