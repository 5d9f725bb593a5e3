"""What the bodies did at their regular meetings besides the files: who was there, reports, votes."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bylaws.choices import (
    AgendaStatus,
    AttendanceMode,
    CommitteeKind,
    MeetingStatus,
    MotionStatus,
    VoteChoice,
)
from bylaws.models import AgendaItem, Attendance, Committee, Meeting, Motion, Recusal, Vote
from bylaws.rules.voting import members_needed, recused_count, threshold_in_words
from bylaws.selectors.committees import quorum_rule, state_quorum, threshold_rule
from config.accounts.models import User
from config.demo.timeline import at
from config.rulebook.selectors.parameters import Bound

TABLES = (Meeting, Attendance, AgendaItem, Recusal, Motion, Vote)
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
#: Minutes one matter takes, and from the start to the first of them.
PER_MATTER, OPENING = 7, 6
MINUTES = ("Minutes of the last meeting", "To approve the minutes of the last meeting as circulated.")
#: Matters by body: title, motion, and what somebody may have with it that keeps them out (mostly nothing).
BUSINESS: dict[CommitteeKind, tuple[tuple[str, str, str], ...]] = {
    CommitteeKind.CREDENTIALS_COMMITTEE: (
        ("Expirables of the coming quarter", "To receive the report on what runs out.", ""),
        ("Focused evaluations that are late", "To remind the departments of evaluations past their day.", ""),
        ("Turnaround of applications", "To receive the report on the last quarter's applications.", ""),
        ("Draft: criteria for moderate sedation", "To send the draft to the departments for comment.", ""),
        ("Criteria for point-of-care ultrasound", "To recommend the criteria as drafted.", ""),
        ("Policy on peer references", "To ask for one reference from the last place of practice.", ""),
        ("Temporary privileges granted since", "To receive the list of temporary privileges.", ""),
        ("Delegated verification: yearly audit", "To accept the audit.", "Owns a share in the organization"),
    ),
    CommitteeKind.MEC: (
        ("Report of the president of the medical staff", "To receive the report.", ""),
        ("Delinquent records", "To receive the list and to write to those on it for the second month.", ""),
        ("Call coverage of the emergency department", "To ask the departments for a plan by next month.", ""),
        ("Bylaws committee: telemedicine article", "To send the draft to the active staff for a vote.", ""),
        ("Formulary changes", "To approve the changes of the pharmacy committee.", ""),
        ("Infection prevention: quarterly report", "To receive the report.", ""),
        ("Anesthesia service agreement", "To advise the board to renew it.", "Partner in the group"),
        ("Peer review: number of cases and trends", "To receive the report in closed session.", ""),
    ),
    CommitteeKind.BOARD: (
        ("Report of the chief executive", "To receive the report.", ""),
        ("Quality and patient safety report", "To receive the report of the quality committee.", ""),
        ("Financial statements", "To accept the statements of the month.", ""),
        ("Report of the medical executive committee", "To receive the report.", ""),
        ("Emergency department: second entrance", "To approve the plan at the cost given.", ""),
        ("Conflict of interest statements", "To receive the statements of the year.", ""),
        ("Insurance program", "To renew the program with the carrier named.", "Advises the carrier"),
        ("Strategic plan: rural clinics", "To continue the plan for another year.", ""),
    ),
}


@dataclass(frozen=True)
class Sitting:
    """One regular meeting. Where files are voted on (``files``), the rest is told as it happens."""

    code: str
    kind: CommitteeKind
    day: dt.date
    files: bool = False

    @property
    def uid(self) -> uuid.UUID:
        """The same for the same meeting."""
        return uuid.uuid5(uuid.NAMESPACE_URL, f"demo/meeting/{self.code}/{self.kind}/{self.day}")

    @property
    def chance(self) -> random.Random:
        """What chance gives this meeting; the same for the same meeting."""
        return random.Random(str(self.uid))  # noqa: S311 - reproducible invention, nothing secret


def roll(sitting: Sitting, members: Sequence[User], needed: int) -> list[User]:
    """Who was there: mostly somebody is away, never so many that one recusal would leave less than are
    ``needed`` for a quorum.
    """
    chance = sitting.chance
    away = min(chance.choices((0, 1, 2), weights=(3, 4, 2))[0], max(0, len(members) - needed - 1))
    absent = {user.pk for user in chance.sample(list(members), away)}
    return [user for user in members if user.pk not in absent]


def needed_of(committee: Committee, on: dt.date, members: Sequence[User]) -> int:
    """How many of the voting members make a quorum."""
    return members_needed(quorum_rule(committee, on).value, len(members))


def choices(chance: random.Random, voters: Sequence[User]) -> list[VoteChoice]:
    """How the voters vote: mostly all for it, now and then one against or abstaining, never so that it
    fails.
    """
    votes = [VoteChoice.FOR] * len(voters)
    if len(voters) < 4:
        return votes
    drawn = chance.random()
    others = {0.10: (VoteChoice.AGAINST,), 0.22: (VoteChoice.ABSTAIN,)}
    differing: tuple[VoteChoice, ...] = next((each for limit, each in others.items() if drawn < limit), ())
    if 0.22 <= drawn < 0.26:
        differing = (VoteChoice.AGAINST, VoteChoice.ABSTAIN)
    for place, choice in zip(chance.sample(range(len(voters)), len(differing)), differing, strict=True):
        votes[place] = choice
    return votes


class Recorder:
    """Rows of regular meetings, to be loaded at once."""

    def __init__(self) -> None:
        self.rows: dict[type, list] = {model: [] for model in TABLES}
        self._rules: dict[int, tuple[Bound, Bound]] = {}

    def rules_of(self, committee: Committee, on: dt.date) -> tuple[Bound, Bound]:
        """Quorum and threshold of the body, asked once: they do not change within the year told here."""
        if committee.pk not in self._rules:
            self._rules[committee.pk] = quorum_rule(committee, on), threshold_rule(committee, on)
        return self._rules[committee.pk]

    def record(
        self, sitting: Sitting, committee: Committee, members: Sequence[User], present: Sequence[User], actor
    ) -> None:
        """All rows of one meeting; where files are voted on, it is called to order and adjourned later."""
        starts = at(sitting.day, *STARTS[sitting.kind], zone=committee.facility.time_zone)
        chance = sitting.chance
        matters = self._matters(chance, sitting)
        ends = starts + dt.timedelta(minutes=OPENING + PER_MATTER * (len(matters) + 1))
        meeting = Meeting(uid=sitting.uid, committee=committee, starts_at=starts, place=PLACES[sitting.kind])
        self.rows[Meeting].append(meeting)
        if not sitting.files:
            meeting.status = str(MeetingStatus.ADJOURNED)
            meeting.called_to_order_at = starts + dt.timedelta(minutes=2)
            meeting.adjourned_at = ends
            self._attend(chance, meeting, present, starts, ends)
        for number, matter in enumerate(matters):
            moved = starts + dt.timedelta(minutes=OPENING + PER_MATTER * number)
            self._matter(chance, meeting, number + 1, matter, moved, members, present, actor)

    def _matters(self, chance: random.Random, sitting: Sitting) -> list[tuple[str, str, str]]:
        """Three to five matters; a meeting with files has fewer others."""
        pool = BUSINESS[sitting.kind]
        chosen = sorted(chance.sample(range(len(pool)), 2 if sitting.files else chance.randint(2, 4)))
        return [(*MINUTES, ""), *(pool[each] for each in chosen)]

    def _attend(self, chance: random.Random, meeting: Meeting, present, starts, ends) -> None:
        remote = {chance.randrange(len(present)) for _ in range(chance.randint(0, 2))}
        self.rows[Attendance] += [
            Attendance(
                meeting=meeting,
                user=member,
                mode=str(AttendanceMode.REMOTE if number in remote else AttendanceMode.IN_PERSON),
                present_from=starts + dt.timedelta(minutes=number % 3),
                present_until=ends,
            )
            for number, member in enumerate(present)
        ]

    def _matter(
        self,
        chance: random.Random,
        meeting: Meeting,
        order: int,
        matter,
        moved: dt.datetime,
        members,
        present,
        actor,
    ) -> None:
        title, text, interest = matter
        item = AgendaItem(
            uid=uuid.uuid5(meeting.uid, str(order)),
            meeting=meeting,
            order=order,
            title=title,
            status=str(AgendaStatus.ACTED),
        )
        self.rows[AgendaItem].append(item)
        voters = list(present)
        if interest and len(members) > 4:
            out = voters.pop(chance.randrange(1, len(voters)))
            self.rows[Recusal].append(Recusal(agenda_item=item, user=out, reason=interest, recorded_at=moved))
        mover, seconder = chance.sample(voters, 2)
        votes = choices(chance, voters)
        closed = moved + dt.timedelta(minutes=chance.randint(2, 5))
        motion = Motion(
            uid=uuid.uuid5(item.uid, "motion"),
            agenda_item=item,
            text=text,
            mover=mover,
            seconder=seconder,
            status=str(MotionStatus.CARRIED),
            moved_at=moved,
            closed_at=closed,
            quorum=self._tally(meeting.committee, closed.date(), members, present, voters, votes),
        )
        self.rows[Motion].append(motion)
        self.rows[Vote] += [
            Vote(motion=motion, user=voter, choice=str(choice), cast_at=closed, recorded_by=actor)
            for voter, choice in zip(voters, votes, strict=True)
        ]

    def _tally(
        self,
        committee: Committee,
        on: dt.date,
        members: Sequence[User],
        present: Sequence[User],
        voters: Sequence[User],
        votes: Sequence[VoteChoice],
    ) -> dict[str, Any]:
        """What the service keeps of a vote."""
        rule, threshold = self.rules_of(committee, on)
        counted = present if recused_count(rule.value) else voters
        quorum = state_quorum(
            rule,
            base=len(members),
            present=len(counted),
            taking_part=len(voters),
            recused=len(present) - len(voters),
        )
        return {
            **quorum.as_data(),
            "for": votes.count(VoteChoice.FOR),
            "against": votes.count(VoteChoice.AGAINST),
            "abstentions": votes.count(VoteChoice.ABSTAIN),
            "threshold": threshold_in_words(threshold.value),
        }
