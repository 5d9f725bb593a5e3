"""The final action of due process about a file: its hearing is over, and the board decides what was held."""

from __future__ import annotations

from typing import Any

from bylaws.choices import FinalAction
from bylaws.models import DueProcess
from bylaws.orders import Ordered, register
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.choices import HearingEvent
from credentialing.models import Application, HearingRecord
from credentialing.services.hearings import record_hearing
from credentialing.services.letter_sending import Proof


def _application_of(track: DueProcess) -> Application:
    if track.decision is None:
        raise Refused("This is about no file.", field="action")
    return Application.objects.get(uid=track.decision.step.case.subject_uid)


def _over(actor: Any, track: DueProcess, ordered: Ordered) -> dict[str, str]:
    application = _application_of(track)
    if ordered.paper is None:
        raise Refused("Attach the paper that says so.", field="proof")
    row = record_hearing(
        actor=actor,
        application=application,
        event=HearingEvent.OVER,
        happened_on=ordered.decided_on,
        told_by=ordered.authority,
        proof=Proof(ordered.paper.name, ordered.paper.content),
        decision_uid=track.decision.uid if track.decision else None,
        on_track=True,
    )
    return {"hearing": str(row.uid)}


def _asked_for_again(actor: Any, track: DueProcess, result: dict[str, str], reason: str) -> None:
    """The hearing is not over: the request stands again, as of the day it came."""
    asked = (
        HearingRecord.objects.filter(decision=track.decision, event=HearingEvent.REQUESTED)
        .order_by("-number")
        .first()
    )
    record_hearing(
        actor=actor,
        application=_application_of(track),
        event=HearingEvent.REQUESTED,
        happened_on=asked.happened_on if asked is not None else clock.today(track.facility),
        told_by=asked.told_by if asked is not None else "As recorded before",
        reason=reason[:300],
        decision_uid=track.decision.uid if track.decision else None,
        on_track=True,
    )


register(FinalAction.FILE, _over, _asked_for_again)
