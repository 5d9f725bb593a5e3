"""Meetings of the bodies: the ones that acted on files, and the ordinary ones of the year between."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bylaws.choices import (
    AgendaStatus,
    AttendanceMode,
    Body,
    CommitteeKind,
    MeetingKind,
    MeetingStatus,
    MotionStatus,
    VoteChoice,
)
from bylaws.models import AgendaItem, Attendance, CommitteeSeatPeriod, Meeting, Motion, Vote
from bylaws.services import meetings
from bylaws.services.minutes import record_decision_from_minutes
from config.accounts.choices import DataClass
from config.accounts.models import User
from config.audit.services.events import record_event
from config.demo.desk import Desk, File
from config.demo.hospital import Hospital
from config.demo.papers import page
from config.demo.timeline import Timeline, at
from config.kernel.bulk_load import bulk_load
from practitioners.services.documents import store_document

PLACES = {
    CommitteeKind.CREDENTIALS_COMMITTEE: "Conference room B",
    CommitteeKind.MEC: "Conference room A",
    CommitteeKind.BOARD: "Board room",
}
STARTS = {
    CommitteeKind.CREDENTIALS_COMMITTEE: (17, 30),
    CommitteeKind.MEC: (7, 0),
    CommitteeKind.BOARD: (12, 0),
}
BODIES = {
    CommitteeKind.CREDENTIALS_COMMITTEE: Body.CREDENTIALS_COMMITTEE,
    CommitteeKind.MEC: Body.MEC,
    CommitteeKind.BOARD: Body.BOARD,
}


@dataclass
class Matter:
    """One file before a body: how it answers, who is recused, who votes against or abstains."""

    file: File
    answers: dict[str, Any] = field(default_factory=dict)
    recused: str = ""  # why; the second member present
    against: int = 0
    abstained: int = 0


class Boardroom:
    """Runs meetings the way the medical staff coordinator does."""

    def __init__(self, hospital: Hospital, desk: Desk, timeline: Timeline):
        self.hospital, self.desk, self.timeline = hospital, desk, timeline

    def members(self, code: str, kind: str) -> list[User]:
        """The voting members, the chair first."""
        committee = self.hospital.committee(code, kind)
        seats = CommitteeSeatPeriod.objects.live().filter(identity__committee=committee, votes=True)
        return [seat.identity.user for seat in seats.select_related("identity__user").order_by("identity_id")]

    # -- with the services ---------------------------------------------------------------------------------

    def schedule(
        self, code: str, kind: str, day: dt.date, *, known_on: dt.date | None = None, special: bool = False
    ) -> Meeting:
        """Call a meeting some weeks before its day."""
        facility = self.hospital.facilities[code]
        self.desk.zone = facility.time_zone
        self.desk.on(known_on or day - dt.timedelta(days=24), 10, 40)
        return self.desk.do(
            meetings.schedule_meeting,
            actor=self.hospital.staff_office(code),
            committee=self.hospital.committee(code, kind),
            starts_at=at(day, *STARTS[CommitteeKind(kind)], zone=facility.time_zone),
            place=PLACES[CommitteeKind(kind)],
            kind=MeetingKind.SPECIAL if special else MeetingKind.REGULAR,
        )

    def put_on_agenda(self, code: str, meeting: Meeting, file: File, day: dt.date) -> AgendaItem:
        """The file goes on the agenda of the body whose turn it is."""
        self.desk.on(day, 16, 45)
        return self.desk.do(
            meetings.add_step_to_agenda,
            actor=self.hospital.staff_office(code),
            meeting=meeting,
            step=self.desk.step(file, BODIES[CommitteeKind(meeting.committee.kind)]),
        )

    def meet(
        self, code: str, kind: str, day: dt.date, matters: Sequence[Matter], *, away: int = 1, **more
    ) -> Meeting:
        """A whole meeting: called, attended, each file moved and voted on, adjourned."""
        actor, desk = self.hospital.staff_office(code), self.desk
        meeting = self.schedule(code, kind, day, **more)
        items = [
            self.put_on_agenda(code, meeting, matter.file, day - dt.timedelta(days=1)) for matter in matters
        ]
        desk.on(day, *STARTS[CommitteeKind(kind)])
        desk.do(meetings.call_to_order, actor=actor, meeting=meeting)
        present = self.members(code, kind)
        present = present[: max(3, len(present) - away)]
        for number, member in enumerate(present):
            mode = AttendanceMode.REMOTE if number % 4 == 3 else AttendanceMode.IN_PERSON
            desk.do(meetings.mark_present, actor=actor, meeting=meeting, user=member, mode=mode)
        for item, matter in zip(items, matters, strict=True):
            self._act(actor, item, matter, list(present), day)
        desk.do(meetings.adjourn, actor=actor, meeting=meeting)
        return meeting

    def _act(self, actor, item: AgendaItem, matter: Matter, present: list[User], day: dt.date) -> None:
        desk = self.desk
        voters = [user for user in present if user.pk != matter.file.practitioner.user_id]
        if matter.recused:
            out = voters.pop(1)
            desk.do(meetings.recuse, actor=actor, item=item, user=out, reason=matter.recused)
        lines = desk.answers(matter.file, day, **matter.answers)
        motion = desk.do(
            meetings.move, actor=actor, item=item, mover=voters[0], seconder=voters[-1], lines=lines
        )
        for number, voter in enumerate(reversed(voters)):
            choice = VoteChoice.FOR
            if number < matter.against:
                choice = VoteChoice.AGAINST
            elif number < matter.against + matter.abstained:
                choice = VoteChoice.ABSTAIN
            desk.do(meetings.cast_vote, actor=actor, motion=motion, user=voter, choice=choice)
        desk.do(meetings.close_vote, actor=actor, motion=motion)

    def from_minutes(
        self, code: str, kind: str, day: dt.date, file: File, *, known_on: dt.date | None = None, **answers
    ) -> None:
        """The body met elsewhere; its decision is recorded from the minutes, some days later."""
        desk, actor = self.desk, self.hospital.staff_office(code)
        desk.zone = self.hospital.facilities[code].time_zone
        desk.on(known_on or day + dt.timedelta(days=1), 9, 35)
        committee, members = self.hospital.committee(code, kind), self.members(code, kind)
        voters = [user for user in members if user.pk != file.practitioner.user_id]
        content = page(
            f"Minutes: {committee}",
            [
                f"{self.hospital.facilities[code]}, {day:%d %B %Y}",
                f"Present: {', '.join(str(user) for user in voters)}",
                f"Moved by {voters[0]}, seconded by {voters[1]}: the request of {file.person.name}.",
                f"For {len(voters)}, against 0, abstained 0. Carried.",
            ],
        )
        scan = desk.do(
            store_document,
            actor=actor,
            practitioner=file.practitioner,
            title=f"Minutes of {committee}, {day:%d %b %Y}",
            file_name=f"minutes-{kind}-{day.isoformat()}.pdf",
            content=content,
            data_class=DataClass.PEER_REVIEW,
        )
        desk.do(
            record_decision_from_minutes,
            actor=actor,
            step=desk.step(file, BODIES[CommitteeKind(kind)]),
            decided_on=day,
            mover=str(voters[0]),
            seconder=str(voters[1]),
            votes_for=len(voters),
            votes_against=0,
            abstentions=0,
            lines=desk.answers(file, day, **answers),
            minutes=scan,
        )

    # -- ordinary meetings, in one load --------------------------------------------------------------------

    def ordinary(self, days: Sequence[tuple[str, CommitteeKind, dt.date]]) -> int:
        """Meetings without a file: attended, the minutes of the last one approved, adjourned."""
        rows: dict[type, list] = {Meeting: [], Attendance: [], AgendaItem: [], Motion: [], Vote: []}
        for code, kind, day in days:
            self._ordinary(code, kind, day, rows)
        with bulk_load(*rows) as loader:
            for model in rows:
                loader.insert(rows[model])
        record_event(
            actor=self.hospital.system,
            verb="demo.meetings_taken_over",
            subject=self.hospital.system,
            data={"meetings": len(days)},
        )
        return len(days)

    def _ordinary(self, code: str, kind: CommitteeKind, day: dt.date, rows: dict[type, list]) -> None:
        zone, actor = self.hospital.facilities[code].time_zone, self.hospital.staff_office(code)
        starts = at(day, *STARTS[kind], zone=zone)
        ends = starts + dt.timedelta(minutes=55)
        uid = uuid.uuid5(uuid.NAMESPACE_URL, f"demo/meeting/{code}/{kind}/{day}")
        meeting = Meeting(
            uid=uid,
            committee=self.hospital.committee(code, kind),
            starts_at=starts,
            place=PLACES[kind],
            status=str(MeetingStatus.ADJOURNED),
            called_to_order_at=starts + dt.timedelta(minutes=2),
            adjourned_at=ends,
        )
        rows[Meeting].append(meeting)
        members = self.members(code, kind)
        absent = int(hashlib.sha256(str(uid).encode()).hexdigest(), 16) % max(1, len(members) - 1) + 1
        present = [member for number, member in enumerate(members) if number != absent]
        for number, member in enumerate(present):
            rows[Attendance].append(
                Attendance(
                    meeting=meeting,
                    user=member,
                    mode=str(AttendanceMode.REMOTE if number == 2 else AttendanceMode.IN_PERSON),
                    present_from=starts + dt.timedelta(minutes=number % 3),
                    present_until=ends,
                )
            )
        item = AgendaItem(
            uid=uuid.uuid5(uid, "minutes"),
            meeting=meeting,
            order=1,
            title="Minutes of the last meeting",
            status=str(AgendaStatus.ACTED),
        )
        rows[AgendaItem].append(item)
        moved = starts + dt.timedelta(minutes=6)
        motion = Motion(
            uid=uuid.uuid5(uid, "motion"),
            agenda_item=item,
            text="To approve the minutes of the last meeting as circulated.",
            mover=present[0],
            seconder=present[1],
            status=str(MotionStatus.CARRIED),
            moved_at=moved,
            closed_at=moved + dt.timedelta(minutes=2),
            quorum={
                "base": len(members),
                "present": len(present),
                "recused": 0,
                "met": True,
                "sentence": f"{len(present)} of {len(members)} voting members are present.",
                "for": len(present),
                "against": 0,
                "abstentions": 0,
            },
        )
        rows[Motion].append(motion)
        rows[Vote] += [
            Vote(
                motion=motion,
                user=member,
                choice=str(VoteChoice.FOR),
                cast_at=motion.closed_at,
                recorded_by=actor,
            )
            for member in present
        ]
