"""Transition table of the custody export."""

from config.custody.choices import CustodyStatus
from config.custody.policies import APPROVE, ASK
from config.kernel.workflow import Transition, Workflow

_SYSTEM = ("system",)
_SECOND = "another person than the one who asks"

CUSTODY_EXPORT = Workflow(
    name="custody_export",
    choices=CustodyStatus,
    initial=(CustodyStatus.ASKED,),
    transitions=(
        Transition(
            CustodyStatus.ASKED, CustodyStatus.APPROVED, (APPROVE,), "custody.approved", "Approve", _SECOND
        ),
        Transition(
            CustodyStatus.ASKED, CustodyStatus.REFUSED, (APPROVE,), "custody.refused", "Refuse", _SECOND
        ),
        Transition(CustodyStatus.ASKED, CustodyStatus.WITHDRAWN, (ASK,), "custody.withdrawn", "Withdraw"),
        Transition(CustodyStatus.APPROVED, CustodyStatus.WITHDRAWN, (ASK,), "custody.withdrawn", "Withdraw"),
        Transition(CustodyStatus.APPROVED, CustodyStatus.MAKING, _SYSTEM, "custody.begun", "Begin"),
        Transition(CustodyStatus.MAKING, CustodyStatus.READY, _SYSTEM, "custody.made", "Finish"),
        Transition(CustodyStatus.MAKING, CustodyStatus.FAILED, _SYSTEM, "custody.failed", "Give up"),
        Transition(CustodyStatus.FAILED, CustodyStatus.APPROVED, (ASK,), "custody.asked_again", "Try again"),
        Transition(CustodyStatus.FAILED, CustodyStatus.WITHDRAWN, (ASK,), "custody.withdrawn", "Withdraw"),
        Transition(
            CustodyStatus.READY, CustodyStatus.EXPIRED, (ASK, *_SYSTEM), "custody.removed", "Remove the file"
        ),
    ),
)
