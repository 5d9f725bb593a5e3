"""Meetings of the bodies: the ones that acted on files, and the ordinary ones of the year between."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max

from bylaws.choices import AgendaStatus, AttendanceMode, Body, CommitteeKind, MeetingKind, VoteChoice
from bylaws.models import AgendaItem, CommitteeSeatPeriod, Meeting
from bylaws.rules.voting import members_needed
from bylaws.services import agendas, meetings, motions, presence
from bylaws.services.minutes import record_decision_from_minutes
from config.accounts.choices import DataClass
from config.accounts.models import User
from config.audit.services.events import record_event
from config.demo.desk import Desk, File
from config.demo.hospital import Hospital
from config.demo.papers import page
from config.demo.sittings import (
    BUSINESS,
    MINUTES,
    OPENING,
    PER_MATTER,
    PLACES,
    STARTS,
    TABLES,
    Recorder,
    Sitting,
    choices,
    needed_of,
    roll,
)
from config.demo.timeline import Timeline, at
from config.kernel import clock
from config.kernel.bulk_load import bulk_load
from config.kernel.errors import Refused
from practitioners.services.documents import store_document

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

    def members(self, code: str, kind: str, on: dt.date) -> list[User]:
        """The voting members of the day, those longest in the body's list first."""
        committee = self.hospital.committee(code, kind)
        seats = CommitteeSeatPeriod.objects.in_force(on).filter(identity__committee=committee, votes=True)
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

    def other_business(self, code: str, meeting: Meeting) -> None:
        """What the next regular meeting has before it besides files: the last minutes and two matters."""
        kind = CommitteeKind(meeting.committee.kind)
        chance = random.Random(f"ahead/{code}/{kind}")  # noqa: S311 - reproducible invention, nothing secret
        for title in (MINUTES[0], *(matter[0] for matter in chance.sample(BUSINESS[kind], 2))):
            self.desk.do(
                agendas.add_other_business,
                actor=self.hospital.staff_office(code),
                meeting=meeting,
                title=title,
            )

    def put_on_agenda(self, code: str, meeting: Meeting, file: File, day: dt.date) -> AgendaItem:
        """The file goes on the agenda of the body whose turn it is."""
        self.desk.on(day, 16, 45)
        return self.desk.do(
            agendas.add_step_to_agenda,
            actor=self.hospital.staff_office(code),
            meeting=meeting,
            step=self.desk.step(file, BODIES[CommitteeKind(meeting.committee.kind)]),
        )

    def meet(self, code: str, kind: str, day: dt.date, matters: Sequence[Matter], **more) -> Meeting:
        """A whole meeting: called, attended, each file moved and voted on, adjourned. Of a regular one the
        other matters stand on its agenda already.
        """
        actor, desk, committee = self.hospital.staff_office(code), self.desk, CommitteeKind(kind)
        sitting = Sitting(code, committee, day, files=True)
        meeting = self._on_file(sitting) or self.schedule(code, kind, day, **more)
        desk.zone = self.hospital.facilities[code].time_zone
        others = meeting.agenda_items.count()
        items = [
            self.put_on_agenda(code, meeting, matter.file, day - dt.timedelta(days=1)) for matter in matters
        ]
        desk.on(day, *STARTS[committee])
        starts = desk.moment
        members = self.members(code, kind, day)
        present = roll(sitting, members, needed_of(meeting.committee, day, members))
        # Whoever is there is marked before the call to order, which measures the quorum.
        with clock.freeze(starts + dt.timedelta(minutes=1)):
            for number, member in enumerate(present):
                mode = AttendanceMode.REMOTE if number % 4 == 3 else AttendanceMode.IN_PERSON
                presence.mark_present(actor=actor, meeting=meeting, user=member, mode=mode)
        with clock.freeze(starts + dt.timedelta(minutes=2)):
            meetings.call_to_order(actor=actor, meeting=meeting)
        desk.moment = starts + dt.timedelta(minutes=OPENING + PER_MATTER * others)
        for item, matter in zip(items, matters, strict=True):
            self._act(actor, item, matter, list(present))
        desk.do(meetings.adjourn, actor=actor, meeting=meeting)
        return meeting

    def _on_file(self, sitting: Sitting) -> Meeting | None:
        """The regular meeting of that body and day."""
        return Meeting.objects.select_related("committee__facility").filter(uid=sitting.uid).first()

    def _act(self, actor, item: AgendaItem, matter: Matter, present: list[User]) -> None:
        desk, day = self.desk, self.desk.moment.date()
        voters = [user for user in present if user.pk != matter.file.practitioner.user_id]
        if matter.recused:
            out = voters.pop(1)
            desk.do(presence.recuse, actor=actor, item=item, user=out, reason=matter.recused)
        lines = desk.answers(matter.file, day, **matter.answers)
        motion = desk.do(
            motions.move, actor=actor, item=item, mover=voters[0], seconder=voters[-1], lines=lines
        )
        for number, voter in enumerate(reversed(voters)):
            choice = VoteChoice.FOR
            if number < matter.against:
                choice = VoteChoice.AGAINST
            elif number < matter.against + matter.abstained:
                choice = VoteChoice.ABSTAIN
            desk.do(motions.cast_vote, actor=actor, motion=motion, user=voter, choice=choice)
        desk.do(motions.close_vote, actor=actor, motion=motion)

    def from_minutes(
        self, code: str, kind: str, day: dt.date, file: File, *, known_on: dt.date | None = None, **answers
    ) -> None:
        """What a regular meeting did with a file while nobody typed along: recorded from the minutes, some
        days later, with those who were there, and the file on that agenda.
        """
        desk, actor = self.desk, self.hospital.staff_office(code)
        desk.zone = self.hospital.facilities[code].time_zone
        desk.on(known_on or day + dt.timedelta(days=1), 9, 35)
        committee = self.hospital.committee(code, kind)
        sitting = Sitting(code, CommitteeKind(kind), day)
        meeting = self._on_file(sitting)
        if meeting is None:
            raise Refused(f"{committee} has no meeting on file on {day:%d %b %Y} to take minutes from.")
        present = [each.user for each in meeting.attendances.select_related("user")]
        voters = [user for user in present if user.pk != file.practitioner.user_id]
        votes = choices(random.Random(f"{sitting.uid}/{file.person.npi}"), voters)  # noqa: S311 - invention
        counts = [votes.count(each) for each in (VoteChoice.FOR, VoteChoice.AGAINST, VoteChoice.ABSTAIN)]
        step = desk.step(file, BODIES[CommitteeKind(kind)])
        content = page(
            f"Minutes: {committee}",
            [
                f"{self.hospital.facilities[code]}, {day:%d %B %Y}",
                f"Present: {', '.join(str(user) for user in present)}",
                f"Moved by {voters[0]}, seconded by {voters[1]}: the request of {file.person.name}.",
                f"For {counts[0]}, against {counts[1]}, abstained {counts[2]}. Carried.",
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
            step=step,
            decided_on=day,
            mover=str(voters[0]),
            seconder=str(voters[1]),
            votes_for=counts[0],
            votes_against=counts[1],
            abstentions=counts[2],
            lines=desk.answers(file, day, **answers),
            minutes=scan,
        )
        self._among_the_matters(meeting, step)

    def _among_the_matters(self, meeting: Meeting, step) -> None:
        """The file stands on the agenda of the meeting that acted on it."""
        item = AgendaItem.objects.create(
            uid=uuid.uuid5(meeting.uid, str(step.case.practitioner.npi)),
            meeting=meeting,
            order=(meeting.agenda_items.aggregate(last=Max("order"))["last"] or 0) + 1,
            title=step.case.title,
            step=step,
            practitioner=step.case.practitioner,
        )
        item.status = str(AgendaStatus.ACTED)
        item.save(update_fields=["status"])

    # -- regular meetings, in one load ---------------------------------------------------------------------

    def regular(self, sittings: Sequence[Sitting]) -> int:
        """The regular meetings of the year; those at which files are voted on wait for that."""
        recorder = Recorder()
        for sitting in sittings:
            committee = self.hospital.committee(sitting.code, sitting.kind)
            members = self.members(sitting.code, sitting.kind, sitting.day)
            rule, _ = recorder.rules_of(committee, sitting.day)
            present = roll(sitting, members, members_needed(rule.value, len(members)))
            recorder.record(sitting, committee, members, present, self.hospital.staff_office(sitting.code))
        with bulk_load(*TABLES) as loader:
            for model in TABLES:
                loader.insert(recorder.rows[model])
        record_event(
            actor=self.hospital.system,
            verb="demo.meetings_taken_over",
            subject=self.hospital.system,
            data={"meetings": len(sittings)},
        )
        return len(sittings)
