"""Due process before a body: it goes on the agenda of the committee that decides, and of no other."""

from __future__ import annotations

from django.db import transaction

from bylaws.choices import SETTLED_TRACKS, CommitteeKind
from bylaws.models import AgendaItem, DueProcess, Meeting
from bylaws.selectors.due_process import MATTER
from bylaws.services.agendas import add_matter
from bylaws.services.due_process import begin_step
from config.kernel.errors import Refused
from practitioners.selectors.canonical import canonical_of

#: Bodies that propose, decide and act finally.
DECIDING = (CommitteeKind.MEC, CommitteeKind.BOARD, CommitteeKind.BOARD_COMMITTEE)


@transaction.atomic
def put_before(*, actor, track: DueProcess, meeting: Meeting | None) -> AgendaItem:
    """It goes on the agenda of a coming meeting. The agenda names the practitioner to members who may read
    peer review, and says neither what is proposed nor why; others learn only that there is such a matter.
    """
    track = begin_step(actor, track)
    if meeting is None:
        raise Refused("Choose the meeting before which it goes.", field="meeting")
    committee = meeting.committee
    if committee.facility_id != track.facility_id or committee.kind not in DECIDING:
        raise Refused(f"{committee} decides nothing of due process at {track.facility}.", field="meeting")
    if track.status in SETTLED_TRACKS:
        raise Refused("It has ended: nothing is left to decide.")
    return add_matter(
        actor=actor,
        meeting=meeting,
        title="Due process",
        practitioner=canonical_of(track.practitioner),
        subject_kind=MATTER,
        subject_uid=track.uid,
    )
