"""The transition table of due process: from the notice of something adverse to the final action.

Every move is an event (``bylaws.models.DueProcessEvent``). What was recorded wrongly is taken back to where
it came from, with a reason, while nothing rests on it; so each move has its way back.
"""

from __future__ import annotations

from bylaws.choices import TrackStatus as Status
from config.kernel.workflow import Transition, Workflow

RUN = ("bylaws.run_due_process",)
#: One name for every move: the trail of acts is read without the class.
EVENT = "peer_review_record.noted"

#: Before a hearing was held: the practitioner can still do without one.
_AHEAD = (Status.REQUESTED, Status.SCHEDULED, Status.HEARING_NOTICE)
#: Where the body's word is still open: then what was proposed can be dropped.
_UNDER_WAY = (
    Status.OPENED,
    Status.NOTICE_SENT,
    Status.DELIVERED,
    Status.REQUESTED,
    Status.WAIVED,
    Status.OVER,
    Status.SCHEDULED,
    Status.HEARING_NOTICE,
    Status.HELD,
    Status.REPORTED,
    Status.DECIDED,
    Status.APPEALED,
    Status.APPEAL_DECIDED,
)


def _move(source: Status, target: Status, label: str, guard: str = "") -> Transition:
    return Transition(source, target, RUN, EVENT, label, guard=guard)


_FORWARD: tuple[Transition, ...] = (
    _move(Status.OPENED, Status.NOTICE_SENT, "Notice sent"),
    _move(Status.NOTICE_SENT, Status.DELIVERED, "Notice received", "with its proof"),
    _move(
        Status.DELIVERED,
        Status.REQUESTED,
        "Hearing asked for",
        "in time; the profession has the right to one",
    ),
    _move(Status.DELIVERED, Status.WAIVED, "Right waived", "in writing"),
    _move(Status.DELIVERED, Status.OVER, "Time ran out", "the last day to ask has passed"),
    *(_move(source, Status.WAIVED, "Right waived", "in writing") for source in _AHEAD),
    _move(Status.REQUESTED, Status.SCHEDULED, "Hearing scheduled"),
    _move(
        Status.SCHEDULED,
        Status.HEARING_NOTICE,
        "Notice of the hearing sent",
        "as many days before it as the parameter says",
    ),
    _move(Status.HEARING_NOTICE, Status.SCHEDULED, "Hearing put off"),
    _move(
        Status.HEARING_NOTICE,
        Status.HELD,
        "Hearing held",
        "a panel or officer who may sit; a session with who was present",
    ),
    _move(Status.HELD, Status.REPORTED, "Panel reports", "recommendation with its basis"),
    _move(Status.REPORTED, Status.DECIDED, "Body decides"),
    _move(Status.DECIDED, Status.APPEALED, "Appeal asked for"),
    _move(
        Status.DELIVERED, Status.APPEALED, "Appeal asked for", "no right to a hearing: what is given instead"
    ),
    _move(Status.APPEALED, Status.APPEAL_DECIDED, "Appeal decided"),
    *(
        _move(source, Status.FINAL, "Final action", "does what was decided")
        for source in (Status.WAIVED, Status.OVER, Status.DECIDED, Status.APPEAL_DECIDED)
    ),
    _move(Status.DELIVERED, Status.FINAL, "Final action", "no right to a hearing"),
    *(_move(source, Status.CLOSED, "End it", "with a reason") for source in _UNDER_WAY),
)


def _with_way_back(moves: tuple[Transition, ...]) -> tuple[Transition, ...]:
    """The moves, and of each the one that takes it back, where no move goes there anyway."""
    there = {(str(move.source), str(move.target)) for move in moves}
    back: list[Transition] = []
    for move in moves:
        pair = (str(move.target), str(move.source))
        if pair not in there:
            there.add(pair)
            back.append(
                Transition(move.target, move.source, RUN, EVENT, "Take back", guard="nothing rests on it")
            )
    return (*moves, *back)


#: A track of a file begins where a hearing is asked for: its notice and its answer are recorded there.
DUE_PROCESS = Workflow(
    name="due_process",
    choices=Status,
    initial=(Status.OPENED, Status.REQUESTED),
    transitions=_with_way_back(_FORWARD),
)

#: The moves a person records, without those that take one back.
FORWARD = {(str(move.source), str(move.target)): move for move in _FORWARD}
