"""The packet of a meeting, made when somebody asks for it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from bylaws.choices import MeetingStatus
from bylaws.models import Meeting
from bylaws.selectors.meetings import sees_meeting
from bylaws.selectors.papers import packet_of
from bylaws.services.meeting_guards import record_in_meeting
from config.audit.services.events import record_protected_reads
from config.kernel import clock
from config.kernel.canonical import bytes_digest
from config.kernel.errors import Forbidden, Refused
from config.kernel.papers import typeset

TEMPLATE = "packet"


@dataclass(frozen=True)
class MadePacket:
    """A packet as it was handed out; ``sha256`` is of its bytes, and on record."""

    content: bytes
    sha256: str
    files: int


@transaction.atomic
def make_packet(*, actor, meeting: Meeting) -> MadePacket:
    """The packet of the meeting as one PDF for whoever asks: what they may see, and nothing else.

    Nothing is kept but its hash and that it was made; what is protected on it is logged as read, by person.
    Refused where the meeting is not theirs to see, or was canceled.
    """
    if not sees_meeting(actor, meeting):
        raise Forbidden("Only members of the body, and who runs its meetings, have its packet.")
    if meeting.status == MeetingStatus.CANCELLED:
        raise Refused("This meeting is canceled: it has no packet.")
    packet = packet_of(viewer=actor, meeting=meeting)
    content = typeset(TEMPLATE, packet.content, issued_at=clock.now())
    sha256 = bytes_digest(content)
    record_protected_reads(
        actor=actor,
        reads=packet.reads,
        subject_kind=meeting._meta.label_lower,
        subject_uid=meeting.uid,
        reason="packet of the meeting",
    )
    record_in_meeting(
        actor=actor,
        verb="meeting.packet_made",
        subject=meeting,
        data={"sha256": sha256, "matters": len(packet.content["items"]), "files": packet.files},
    )
    return MadePacket(content, sha256, packet.files)
