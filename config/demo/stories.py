"""The files of the year: decided ones, and those on their way, one or two in every stage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bylaws.choices import Body, CommitteeKind
from bylaws.models import Decision
from config.demo import doubts, references
from config.demo.boardroom import Boardroom, Matter
from config.demo.desk import Desk, File
from config.demo.established import Record
from config.demo.hearings import settle
from config.demo.hospital import Hospital
from config.demo.members import Stories
from config.demo.peers import outside_peers
from config.demo.people import Person
from config.demo.timeline import Timeline, at, working_day
from credentialing.choices import ApplicationKind, AttemptOutcome, Element
from credentialing.elements import AFFILIATIONS
from credentialing.services import applications, verification
from practitioners.choices import CredentialStatus, Method
from practitioners.models import Practitioner
from privileging.choices import FPPEStatus
from privileging.models import FPPEPlan
from privileging.services.fppe import close_fppe, start_fppe

CC, MEC, BOARD = CommitteeKind.CREDENTIALS_COMMITTEE, CommitteeKind.MEC, CommitteeKind.BOARD
#: Days from opening a file to the credentials committee, for those that go well: some faster, some slower.
LEADS = (57, 49, 66, 52, 61, 46, 70, 55, 63, 50, 59, 68)

#: Files opened longer ago than this many days come before the board of the next cycle, others a cycle later.
NEXT_CYCLE = 40
#: Focused evaluations begun in this cycle or before have mostly been closed.
CLOSED_CYCLES = -6

PROCTOR = "The first three cases with a proctor present."


@dataclass(frozen=True)
class Decided:
    """A file the board decided on in a past cycle."""

    cycle: int
    facility: str
    specialty: str = ""  # of the newcomer; empty: a member who was reappointed
    special: tuple[str, ...] = ()
    struck: tuple[str, ...] = ()
    conditions: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    minutes: tuple[CommitteeKind, ...] = ()  # bodies whose decision was recorded from minutes
    recused: str = ""
    abstained: int = 0


DECIDED = (
    Decided(-8, "LMC", "hospital-medicine", special=("IM-VENTILATOR",), minutes=(BOARD,)),
    Decided(-6, "LMC", "anesthesiology", recused="Practices in the same group", minutes=(MEC, BOARD)),
    Decided(-5, "LMC", minutes=(MEC, BOARD)),
    Decided(-4, "LMC", "nurse-practitioner", minutes=(MEC, BOARD)),
    Decided(-3, "NVH", minutes=(CC, MEC, BOARD)),
    Decided(-2, "NVH", "hospital-medicine", minutes=(CC, MEC, BOARD)),
    Decided(
        -2,
        "LMC",
        "general-surgery",
        special=("GS-ROBOTIC", "GS-SEDATION"),
        struck=("GS-THYROID",),
        conditions={"GS-ROBOTIC": PROCTOR},
        abstained=1,
        minutes=(MEC,),
    ),
    Decided(0, "LMC", "emergency", special=("EM-ULTRASOUND",), abstained=1),
    Decided(
        0,
        "LMC",
        "general-surgery",
        special=("GS-BARIATRIC",),
        refused={
            "GS-BARIATRIC": "Fewer than 25 bariatric cases in two years: the form's criterion is not met."
        },
    ),
    Decided(0, "NVH", "general-surgery", struck=("GS-SPLENECTOMY",), minutes=(CC, MEC, BOARD)),
)
#: What a small world (for tests) keeps: one file decided by votes, one from minutes.
SMALL = (6, 5)


@dataclass(frozen=True)
class Part:
    """Something that can be told beside the others. ``weight`` is how long it takes, roughly."""

    weight: int
    tell: Callable[[], None]


class Narrator:
    """Tells the stories of the files, in an order in which each could happen."""

    def __init__(
        self,
        hospital: Hospital,
        desk: Desk,
        room: Boardroom,
        timeline: Timeline,
        newcomers: Sequence[Person],
        stories: Stories,
        *,
        small: bool = False,
    ):
        self.hospital, self.desk, self.room, self.timeline = hospital, desk, room, timeline
        self.stories, self.small = stories, small
        self.free = list(newcomers)
        self.decided = [DECIDED[index] for index in SMALL] if small else list(DECIDED)
        self.practitioners: dict[str, Practitioner] = {}
        self.records: list[Record] = []
        self.plan: dict[str, Person] = {}
        self._peers = outside_peers(newcomers)
        self._cast()

    # -- who comes -----------------------------------------------------------------------------------------

    def _cast(self) -> None:
        """Choose the newcomer of each story and what they state, when."""
        timeline = self.timeline
        for index, one in enumerate(self.decided):
            if one.specialty:
                person = self._take(one.facility, one.specialty)
                opened_on = self._opened_on(index, one)
                self._state(f"decided {index}", person, opened_on)
        for name, facility, specialty, days_ago in UNDER_WAY:
            if not self.small or name in SMALL_UNDER_WAY:
                self._state(name, self._take(facility, specialty), timeline.workday(days_ago))

    def _opened_on(self, index: int, one: Decided) -> dt.date:
        """When the file the board decided on was opened."""
        lead = LEADS[index % len(LEADS)]
        return working_day(self.timeline.credentials_committee(one.cycle) - dt.timedelta(days=lead))

    def _take(self, facility: str, specialty: str) -> Person:
        person = next(
            (
                each
                for each in self.free
                if each.facility_code == facility and specialty in ("", each.specialty.code)
            ),
            None,
        )
        if person is None:  # any specialist of the facility will do when the wanted one is not there
            person = next(each for each in self.free if each.facility_code == facility)
        self.free.remove(person)
        return person

    def _state(self, name: str, person: Person, opened_on: dt.date) -> None:
        """What the newcomer hands in when the file is opened."""
        peers = self._peers
        first = (person.index * 7) % len(peers)
        volumes = {"GS-ROBOTIC": ("gs-robotic", 34), "GS-BARIATRIC": ("gs-bariatric", 11)}
        more = tuple(volumes.values()) if person.specialty.code == "general-surgery" else ()
        moment = at(opened_on, 8, 30)
        self.plan[name] = person
        self.records.append(
            Record(
                person=person,
                stated_at=moment,
                peers=(peers[first], peers[(first + 3) % len(peers)]),
                more_volumes=more,
            )
        )

    def peers_of(self, person: Person) -> tuple[str, ...]:
        """The two peers the person named."""
        return next((record.peers for record in self.records if record.person.npi == person.npi), ())

    # -- decided files -------------------------------------------------------------------------------------

    def decided_parts(self) -> list[Part]:
        """One part per cycle and facility: files prepared, recommended, voted on, decided."""
        reappointed = iter(self.stories.reappointed)
        by_cycle: dict[tuple[int, str], list[tuple[int, Decided, Person]]] = {}
        for index, one in enumerate(self.decided):
            person = self.plan[f"decided {index}"] if one.specialty else next(reappointed)[0]
            by_cycle.setdefault((one.cycle, one.facility), []).append((index, one, person))
        return [
            Part(
                sum(16 - 3 * len(one.minutes) for _, one, _ in group),
                partial(self._tell_cycle, cycle, facility, group),
            )
            for (cycle, facility), group in sorted(by_cycle.items())
        ]

    def _tell_cycle(self, cycle: int, facility: str, group: Sequence[tuple[int, Decided, Person]]) -> None:
        committee = self.timeline.credentials_committee(cycle)
        pairs = []
        for index, one, person in group:
            opened_on = self._opened_on(index, one)
            open_file = self._open if one.specialty else self._reopen
            file = open_file(person, one, opened_on)
            self.desk.prepare(file, opened_on + dt.timedelta(days=4), committee - dt.timedelta(days=6))
            self.desk.chair(file, committee - dt.timedelta(days=4), conditions=one.conditions)
            pairs.append((one, file))
        for kind, day in (
            (CC, committee),
            (MEC, self.timeline.mec(cycle)),
            (BOARD, self.timeline.board(cycle)),
        ):
            self._decide(facility, kind, day, pairs)
        for _, file in pairs:
            self._evaluate(file, cycle)

    def _evaluate(self, file: File, cycle: int) -> None:
        """Focused evaluations: older ones are closed but for one that is late, newer ones under way."""
        began = self.timeline.board(cycle)
        plans = list(
            FPPEPlan.objects.filter(grant__request_line__request__application=file.application)
            .select_related("practitioner", "facility")
            .order_by("grant__form_line__kind", "grant__form_line__order")
        )
        actor = self.hospital.users["quality"]
        if cycle == 0:  # the department has not named a reviewer yet
            return
        for number, plan in enumerate(plans):
            self.desk.on(began + dt.timedelta(days=9 + number % 4), 13, 5)
            self.desk.do(start_fppe, actor=actor, plans=[plan])
            last = number == len(plans) - 1
            if (cycle <= CLOSED_CYCLES and not last) or (cycle == CLOSED_CYCLES + 1 and number % 2):
                self.desk.on(began + dt.timedelta(days=80 + 3 * number), 15, 20)
                self.desk.do(
                    close_fppe,
                    actor=actor,
                    plans=[plan],
                    outcome=FPPEStatus.CLOSED_SUCCESS,
                    fewer="Reviewed on paper before proctors reported here.",
                    conclusion="The cases reviewed meet the department's expectations; no concerns.",
                )

    def _decide(self, facility: str, kind: CommitteeKind, day: dt.date, pairs) -> None:
        voted = [
            Matter(
                file,
                {"conditions": one.conditions, "refused": one.refused},
                recused=one.recused if kind == CC else "",
                abstained=one.abstained if kind == CC else 0,
            )
            for one, file in pairs
            if kind not in one.minutes
        ]
        if kind == BOARD:
            for one, file in pairs:
                if one.refused:
                    settle(self.desk.hospital, file.application, self._after_the_mec(file))
        if voted:
            self.room.meet(facility, kind, day, voted)
        for one, file in pairs:
            if kind in one.minutes:
                self.room.from_minutes(
                    facility, kind, day, file, conditions=one.conditions, refused=one.refused
                )

    def _after_the_mec(self, file: File) -> dt.date:
        """The day on which notice of a recommendation against is given."""
        made = Decision.objects.get(step__case__subject_uid=file.application.uid, body=Body.MEC)
        return made.decided_on + dt.timedelta(days=1)

    def _open(self, person: Person, one: Decided, opened_on: dt.date) -> File:
        form = person.specialty.form + "-"
        return self.desk.open(
            person,
            self.practitioners[person.npi],
            one.facility,
            opened_on=opened_on,
            peers=self.peers_of(person),
            struck=[code for code in one.struck if code.startswith(form)],
            special=[code for code in one.special if code.startswith(form)],
            coordinator="credentialing2" if one.cycle % 2 and one.facility == "LMC" else "",
            decision_on=self.timeline.board(one.cycle),
        )

    def _reopen(self, person: Person, one: Decided, opened_on: dt.date) -> File:
        file = self.desk.open(
            person,
            self.practitioners[person.npi],
            one.facility,
            opened_on=opened_on,
            kind=ApplicationKind.REAPPOINTMENT,
            decision_on=self.timeline.board(one.cycle),
        )
        self._peer_for(file, opened_on)
        self.desk.more_cases(file, opened_on - dt.timedelta(days=20))
        return file

    def _peer_for(self, file: File, day: dt.date) -> None:
        """A member who asks for reappointment names one peer."""
        name = self._peers[file.person.index % len(self._peers)]
        self.desk.on(day, 11, 15)
        self.desk.state_peer(file, name)

    # -- files on their way --------------------------------------------------------------------------------

    def under_way_parts(self) -> list[Part]:
        """Every stage a file can be in today; files that meet on the same agenda are one part."""
        groups: dict[str, list] = {}
        for one in UNDER_WAY:
            if one[0] in self.plan:
                groups.setdefault(one[0].split()[0], []).append(one)
        parts = [
            Part(sum(min(days, 60) for *_, days in group), partial(self._tell_group, group))
            for group in groups.values()
        ]
        if not self.small:
            parts.append(Part(150, self._members_under_way))
        return parts

    def _tell_group(self, group: Sequence[tuple[str, str, str, int]]) -> None:
        for name, facility, _, days_ago in group:
            person = self.plan[name]
            options: dict[str, Any] = dict(OPTIONS.get(name, {}))
            form = person.specialty.form + "-"
            for key in ("special", "struck"):
                options[key] = [code for code in options.get(key, ()) if code.startswith(form)]
            file = self.desk.open(
                person,
                self.practitioners[person.npi],
                facility,
                opened_on=self.timeline.workday(days_ago),
                peers=self.peers_of(person),
                coordinator="credentialing2" if facility == "LMC" and len(name) % 2 else "",
                decision_on=self.timeline.board(1 if days_ago > NEXT_CYCLE else 2),
                **options,
            )
            kind, *more = name.split()
            getattr(self, f"_{kind}")(file, days_ago, *more)

    def _draft(self, file: File, days_ago: int, *more: str) -> None:
        """Opened; the applicant is still filling it."""

    def _submitted(self, file: File, days_ago: int, *more: str) -> None:
        self.desk.on(self.timeline.workday(days_ago - 2), 9, 5)
        if file.person is self.plan.get("submitted"):
            doubts.left_under_a_cloud(self.desk, file)
        if file.person is self.plan.get("adverse"):
            doubts.answer_questions(self.desk, file)
        self.desk.submit(file, self.timeline.workday(days_ago - 3))

    def _incomplete(self, file: File, days_ago: int, *more: str) -> None:
        self._submitted(file, days_ago)
        self.desk.on(self.timeline.workday(days_ago - 5), 14, 5)
        self.desk.do(
            applications.return_incomplete,
            actor=file.application.coordinator,
            application=file.application,
            reason="The malpractice history of 2019 to 2021 is not filled in, and page 7 is not signed.",
        )

    def _accepted(self, file: File, days_ago: int) -> None:
        self._submitted(file, days_ago)
        self.desk.accept(file, self.timeline.workday(days_ago - 4))

    def _early(self, file: File, days_ago: int, *more: str) -> None:
        """Accepted; half of the answers are in, the rest has been asked for."""
        self._accepted(file, days_ago)
        later = (
            *sorted(AFFILIATIONS), Element.PEER_REFERENCE, Element.RESIDENCY, Element.CASE_LOG
        )  # fmt: skip
        self.desk.verify(file, self.timeline.ago(days_ago - 6), self.timeline.ago(3), skip=later)
        asked_on = self.timeline.workday(min(days_ago - 7, 6))
        peers = self.desk.items(file, Element.PEER_REFERENCE)
        for item in self.desk.items(file, *later):
            if item not in peers:
                self._ask(file, item, asked_on)
        forms = [references.ask_by_form(self.desk, file, item, asked_on) for item in peers]
        if forms:
            comment = "Slow to answer pages at night; we have spoken about it, and it has become better."
            references.answered(
                self.desk, forms[0], self.timeline.workday(2), communication="below", comments=comment
            )

    def _ask(self, file: File, item, day: dt.date) -> None:
        self.desk.on(day, 10, 15)
        self.desk.do(verification.request, actor=file.application.coordinator, item=item)

    def _discrepancy(self, file: File, days_ago: int, *more: str) -> None:
        """The programme gives another end of training than the application."""
        self._accepted(file, days_ago)
        skip = (Element.RESIDENCY, Element.PEER_REFERENCE)
        self.desk.verify(file, self.timeline.ago(days_ago - 6), self.timeline.ago(4), skip=skip)
        item = self.desk.items(file, Element.RESIDENCY)[0]
        ended = file.person.training[1] - dt.timedelta(days=181)
        self.desk.on(self.timeline.ago(5), 11, 20)
        self.desk.answer(
            file,
            item,
            result=f"The program gives {ended:%d %b %Y} as the last day.",
            findings={"valid_through": ended.isoformat()},
        )
        self.desk.do(
            verification.note_discrepancy,
            actor=file.application.coordinator,
            item=item,
            note=f"Stated through {file.person.training[1]:%d %b %Y}; the program says {ended:%d %b %Y}.",
        )
        for peer in self.desk.items(file, Element.PEER_REFERENCE):
            self._ask(file, peer, self.timeline.ago(9))

    def _overdue(self, file: File, days_ago: int, *more: str) -> None:
        """A reference giver who does not answer."""
        self._accepted(file, days_ago)
        self.desk.verify(
            file, self.timeline.ago(days_ago - 6), self.timeline.ago(12), skip=(Element.PEER_REFERENCE,)
        )
        first, *rest = self.desk.items(file, Element.PEER_REFERENCE)
        form = references.ask_by_form(self.desk, file, first, self.timeline.workday(39))
        for step in (10, 20, 30):
            references.remind(self.desk, form, self.timeline.workday(39 - step), step)
        self.desk.on(self.timeline.workday(5), 9, 25)
        self.desk.do(
            verification.record_attempt,
            actor=file.application.coordinator,
            item=first,
            method=Method.PHONE,
            outcome=AttemptOutcome.NO_ANSWER,
            note="Left a message with the practice.",
        )
        for item in rest:
            self.desk.on(self.timeline.workday(20), 13, 5)
            self.desk.answer(file, item)
            self.desk.do(verification.verify, actor=file.application.coordinator, item=item)

    def _match(self, file: File, days_ago: int, *more: str) -> None:
        """A namesake on the exclusion list waits for review."""
        self._accepted(file, days_ago)
        self.desk.verify(file, self.timeline.ago(days_ago - 6), self.timeline.ago(5))
        self.desk.query_data_bank(file, self.timeline.workday(6))
        self.desk.screen(file, self.timeline.workday(4))

    def _adverse(self, file: File, days_ago: int, *more: str) -> None:
        """The licence is on probation: true, bad, and a red flag."""
        self._accepted(file, days_ago)
        self.desk.verify(
            file,
            self.timeline.ago(days_ago - 6),
            self.timeline.ago(7),
            skip=(Element.STATE_LICENSE, Element.PEER_REFERENCE),
        )
        item = self.desk.items(file, Element.STATE_LICENSE)[0]
        self.desk.on(self.timeline.workday(8), 10, 30)
        told = "Active, on probation for two years by order of the board: prescribing review every quarter."
        self.desk.answer(file, item, result=told, findings={"status": str(CredentialStatus.PROBATION)})
        self.desk.do(
            verification.verify, actor=file.application.coordinator, item=item, adverse=True, note=told
        )
        self.desk.query_data_bank(file, self.timeline.workday(6))

    def _unable(self, file: File, days_ago: int, *more: str) -> None:
        """A closed clinic cannot confirm an affiliation; the director says whether it may go without."""
        self._accepted(file, days_ago)
        items = self.desk.items(file, Element.WORK_HISTORY)
        closed = items[0].credential.issuer
        self.desk.verify(file, self.timeline.ago(days_ago - 6), self.timeline.ago(9), skip=AFFILIATIONS)
        items += self.desk.items(file, Element.HOSPITAL_AFFILIATION)
        for item in items[1:]:
            if item.credential.issuer == closed:
                self._ask(file, item, self.timeline.workday(15))
                continue
            self.desk.on(self.timeline.workday(15), 9, 40)
            self.desk.answer(file, item)
            self.desk.do(verification.verify, actor=file.application.coordinator, item=item)
        for days in (30, 21, 12):
            self.desk.on(self.timeline.workday(days), 15, 5)
            self.desk.do(
                verification.record_attempt,
                actor=file.application.coordinator,
                item=items[0],
                method=Method.PHONE,
                outcome=AttemptOutcome.NOT_FOUND,
                note="The number is disconnected; the practice closed.",
            )
        self.desk.on(self.timeline.workday(8), 15, 40)
        self.desk.do(
            verification.mark_unable,
            actor=file.application.coordinator,
            item=items[0],
            note="The practice closed and its records were not handed to anybody.",
        )
        self.desk.query_data_bank(file, self.timeline.workday(7))
        self.desk.screen(file, self.timeline.workday(6))

    def _complete(self, file: File, days_ago: int, *more: str) -> None:
        self._accepted(file, days_ago)
        self.desk.verify(file, self.timeline.ago(days_ago - 6), self.timeline.ago(8))
        self.desk.query_data_bank(file, self.timeline.workday(6))
        self.desk.screen(file, self.timeline.workday(5))
        self.desk.complete(file, self.timeline.workday(3))

    def _chair(self, file: File, days_ago: int, *more: str) -> None:
        """Waits for the department chair: one with claims and few cases, of another something new came."""
        if not more:
            self.desk.on(self.timeline.workday(days_ago - 1), 13, 10)
            doubts.three_paid(self.desk, file)
        self.desk.prepare(file, self.timeline.workday(days_ago - 3), self.timeline.workday(3))
        if not more:
            self.desk.on(self.timeline.workday(2), 9, 15)
            told = "The carrier sent the history: none above its usual settlement, no pattern by procedure."
            doubts.dispose(self.desk, file, "RF-CLAIM", told)
        elif more[0] == "medicine":
            self.desk.on(self.timeline.workday(1), 11, 10)
            doubts.news_in_review(self.desk, file)

    def _committee(self, file: File, days_ago: int, *more: str) -> None:
        """On next week's agenda of the credentials committee, or on that of today's special meeting."""
        self.desk.prepare(file, self.timeline.workday(days_ago - 3), self.timeline.workday(7))
        self.desk.chair(file, self.timeline.workday(4))
        code = file.application.facility.code
        meeting = self.today if "today" in more else self._next(code, CC)
        self.room.put_on_agenda(code, meeting, file, self.timeline.workday(2))

    def _deferred(self, file: File, days_ago: int, *more: str) -> None:
        """The committee wanted the case log of the fellowship before it says anything."""
        committee = self.timeline.credentials_committee(0)
        self.desk.prepare(file, self.timeline.workday(days_ago - 3), committee - dt.timedelta(days=1))
        self.desk.chair(file, committee + dt.timedelta(days=2))
        code = file.application.facility.code
        meeting_day = working_day(committee + dt.timedelta(days=8))  # it came too late for the regular one
        self.room.meet(
            code,
            CC,
            meeting_day,
            [Matter(file, {"deferred": "The committee asks for the case log of the fellowship first."})],
            special=True,
            known_on=working_day(committee + dt.timedelta(days=1)),
        )

    def _mec(self, file: File, days_ago: int, *more: str) -> None:
        """Recommended by a special meeting of the credentials committee, but for one privilege; next at the
        MEC.
        """
        self.desk.prepare(file, self.timeline.workday(days_ago - 3), self.timeline.workday(12))
        self.desk.chair(file, self.timeline.workday(8))
        code = file.application.facility.code
        day = self.timeline.workday(4)
        asked = [line.detail for line in self.desk.lines(file, day) if line.detail]
        answers = {"refused": {asked[-1]: "The case log shows none of these in the last two years."}}
        self.room.meet(
            code, CC, day, [Matter(file, answers)], special=True, known_on=self.timeline.workday(9)
        )
        self.room.put_on_agenda(code, self._next(code, MEC), file, self.timeline.workday(2))

    def _board(self, file: File, days_ago: int, *more: str) -> None:
        """Recommended by the MEC; the board meets on it today."""
        committee = self.timeline.credentials_committee(0)
        self.desk.prepare(file, self.timeline.workday(days_ago - 3), committee - dt.timedelta(days=6))
        self.desk.chair(file, committee - dt.timedelta(days=4))
        code = file.application.facility.code
        self.room.from_minutes(code, CC, committee, file)
        self.room.from_minutes(code, MEC, self.timeline.mec(0), file)
        self.room.put_on_agenda(code, self.board_today, file, self.timeline.workday(2))

    def _withdrawn(self, file: File, days_ago: int, *more: str) -> None:
        self._accepted(file, days_ago)
        self.desk.on(self.timeline.workday(days_ago - 20), 13, 50)
        self.desk.do(
            applications.withdraw,
            actor=file.application.coordinator,
            application=file.application,
            reason="The applicant took a post in another state.",
        )

    def _members_under_way(self) -> None:
        """Members who ask for another term; for one of them the old one has run out."""
        cases = ((self.stories.lapsed, 70), *((person, 45) for person in self.stories.reappointing))
        for person, days_ago in cases:
            opened_on = self.timeline.workday(days_ago)
            one = Decided(1, person.facility_code)
            file = self._reopen(person, one, opened_on)
            self._submitted(file, days_ago)
            self.desk.accept(file, self.timeline.workday(days_ago - 4))
            skip = (Element.PEER_REFERENCE,)
            self.desk.verify(file, self.timeline.ago(days_ago - 6), self.timeline.ago(6), skip=skip)

    # -- meetings to come ----------------------------------------------------------------------------------

    def schedule_ahead(self) -> int:
        """The meetings of the coming cycle, and two special ones today that somebody may call to order: where
        nobody works today, they were called for the last working day and still wait.
        """
        self.ahead = {}
        for code in self.hospital.facilities:
            for kind, day in (
                (CC, self.timeline.credentials_committee(1)),
                (MEC, self.timeline.mec(1)),
                (BOARD, self.timeline.board(1)),
            ):
                self.ahead[code, kind] = self.room.schedule(
                    code, kind, day, known_on=self.timeline.workday(20)
                )
                self.room.other_business(code, self.ahead[code, kind])
        session, known_on = self.timeline.session, self.timeline.workday(8)
        self.today = self.room.schedule("LMC", CC, session, known_on=known_on, special=True)
        self.board_today = self.room.schedule("LMC", BOARD, session, known_on=known_on, special=True)
        return len(self.ahead) + 2

    def _next(self, code: str, kind: CommitteeKind):
        return self.ahead[code, kind]


#: Stage, facility, specialty, days since the file was opened.
UNDER_WAY = (
    ("withdrawn", "LMC", "internal-medicine", 150),
    ("board", "LMC", "cardiology", 85),
    ("deferred", "LMC", "orthopaedics", 88),
    ("mec", "LMC", "anesthesiology", 70),
    ("committee one", "LMC", "general-surgery", 62),
    ("committee today", "LMC", "hospital-medicine", 58),
    ("chair", "LMC", "general-surgery", 50),
    ("chair medicine", "LMC", "internal-medicine", 52),
    ("chair valley", "NVH", "general-surgery", 47),
    ("complete", "LMC", "obgyn", 55),
    ("unable", "LMC", "hospital-medicine", 60),
    ("adverse", "LMC", "emergency", 38),
    ("match", "NVH", "orthopaedics", 36),
    ("overdue", "LMC", "cardiology", 48),
    ("discrepancy", "LMC", "orthopaedics", 33),
    ("early", "LMC", "physician-assistant", 22),
    ("early valley", "NVH", "emergency", 25),
    ("incomplete", "NVH", "nurse-practitioner", 16),
    ("submitted", "LMC", "emergency", 9),
    ("submitted valley", "NVH", "internal-medicine", 7),
    ("draft", "LMC", "nurse-anesthetist", 5),
)
#: What they ask for besides the core.
OPTIONS: dict[str, dict[str, Any]] = {
    "committee one": {"special": ("GS-ROBOTIC",), "struck": ("GS-SPLENECTOMY", "GS-THYROID")},
    "chair": {"special": ("GS-SEDATION", "GS-BARIATRIC")},
    "chair medicine": {"special": ("IM-CENTRAL-LINE",)},
    "board": {"special": ("CD-CATH",)},
    "overdue": {"special": ("CD-CATH",)},
}
SMALL_UNDER_WAY = ("committee today", "chair", "match", "submitted", "draft")
