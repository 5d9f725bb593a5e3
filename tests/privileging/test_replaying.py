"""Decisions proved again in both senses: generated ones all hold, and an altered fact is named with all that
it touched.

``STANDING_DECISIONS=10000`` generates as many; a run of the suite, a few. ``STANDING_DECISIONS_FROM`` is the
number of the first file, for several runs beside each other: each number is another life.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.choices import Body, CommitteeKind, LineKind, LineOutcome, SeatRole
from bylaws.models import Decision, DecisionLine, ReviewStep
from bylaws.parameters import HEARING_RIGHTS
from bylaws.selectors.committees import committee_of
from bylaws.selectors.decisions import replay, replay_all
from bylaws.services.agendas import add_step_to_agenda
from bylaws.services.committees import form_committee, seat_member
from bylaws.services.meetings import adjourn, call_to_order, schedule_meeting
from bylaws.services.motions import cast_vote, close_vote, move
from bylaws.services.presence import mark_present
from bylaws.services.reviews import recommend
from bylaws.subjects import LineAnswer, handler
from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.canonical import bytes_digest, canonical_bytes
from config.kernel.periods import rewrite
from config.rulebook.models import Parameter, ParameterPeriod
from practitioners.services.people import create_practitioner
from privileging.models import Grant, RequestLine
from privileging.selectors import replaying
from tests.privileging.conftest import NOON, grant, set_parameter
from tests.privileging.files import account, answers, decide, office
from tests.privileging.lives import Life, need_a_prerequisite

pytestmark = pytest.mark.django_db

GENERATED = int(os.environ.get("STANDING_DECISIONS", "24"))
FIRST = int(os.environ.get("STANDING_DECISIONS_FROM", "0"))
HOUR = dt.timedelta(hours=1)
#: A version the criteria were never judged by.
OTHER_VERSION = "0"


@pytest.fixture
def staff(world, bylaws_rule):
    """The office, and a board that is the whole chain."""
    need_a_prerequisite()
    return office(world)


#: Through the bodies: how likely each answer to a privilege is, once a body no longer waits.
SAYS = {
    LineOutcome.RECOMMEND: 0.6,
    LineOutcome.MODIFY: 0.25,
    LineOutcome.NOT_RECOMMEND: 0.15,
}
LIMITS = (
    {"kind": "proctor", "cases": 5},
    {"kind": "consult", "who": "a second surgeon"},
    {"kind": "site", "where": "the North Campus"},
    {"kind": "age", "from_years": 18},
    {"kind": "volume", "cases": 20, "months": 12},
    {"kind": "until", "day": "2027-06-30"},
)
CHAIN = (Body.DEPARTMENT_CHAIR, Body.MEC, Body.BOARD)


class Reviewed(Life):
    """A file on its way through chair, executive committee and board: each waits for a while, or not, and
    then answers line by line, on paper or by a vote in a meeting.
    """

    def __init__(self, world, staff, chance: random.Random, number: int):
        # Of a nurse practitioner a line can be refused at once; of a physician it is held for a hearing.
        self.provider_type = "NP" if number % 2 else "MD"
        super().__init__(world, staff, chance, number)

    def _record(self, name: str):
        return create_practitioner(
            actor=self.world.system, provider_type=self.provider_type, last_name=name, first_name="Pat",
            npi=None,
        )  # fmt: skip

    def _kinds(self):
        return [*super()._kinds(), self._bylaws_amended]

    def _bylaws_amended(self) -> None:
        """Another longest term: later files are judged by it, and earlier ones still by the one of then."""
        parameter = Parameter.objects.get(code="bylaws.appointment_term_months")
        rewrite(
            ParameterPeriod, parameter, valid=DateRange(dt.date(2026, 1, 1), None), actor=self.world.system,
            reason="Amended",
            content=ParameterPeriod.objects.live().filter(identity=parameter).latest("valid").content()
            | {"value": self.chance.choice([12, 24, 36])},
        )  # fmt: skip

    def walk(self) -> int:
        """Through all bodies, some twenty minutes between two acts, something learned before each. Answers
        how many acts there were.
        """
        made, moment = 0, clock.now()
        for body in CHAIN:
            for waits in [True] * self.chance.choice([0, 1, 1, 2]) + [False]:
                with clock.freeze(moment + dt.timedelta(minutes=1)):
                    self.learn()
                moment += dt.timedelta(minutes=20)
                with clock.freeze(moment):
                    self.act(body, waits=waits)
                    made += 1
        with clock.freeze(moment + dt.timedelta(minutes=1)):
            self.learn()
        return made

    def act(self, body: str, *, waits: bool) -> None:
        step = ReviewStep.objects.select_related("case__practitioner", "case__facility").get(
            case__subject_uid=self.application.uid, body=body
        )
        lines = self.answers(waits)
        if body == Body.DEPARTMENT_CHAIR:
            recommend(actor=self.staff.chair, step=step, lines=lines)
        elif self.chance.random() < 0.2:
            self._vote(step, lines)
        else:
            decide(
                self.staff, step, lines, on=clock.today(self.world.lakeside), minutes=self.minutes, sure=True
            )

    def answers(self, waits: bool) -> list[LineAnswer]:
        """What the body says of each line: it waits, or each gets an answer of its own."""
        on = clock.today(self.world.lakeside)
        if waits:
            return answers(self.application, everything=LineOutcome.DEFER, on=on)
        lines = handler("application").lines(self.application.uid, on)
        return [self._answer(line) for line in lines]

    def _answer(self, line) -> LineAnswer:
        if line.line_kind != LineKind.PRIVILEGE:
            return LineAnswer(line.uid, LineOutcome.RECOMMEND)
        [says] = self.chance.choices(list(SAYS), list(SAYS.values()))
        return LineAnswer(
            line.uid,
            says,
            conditions=self.chance.choice(["", "Not at night."]),
            reason="Judged by the cases of the last two years",  # kept where the answer needs one
            stated=[self.chance.choice(LIMITS)] if says == LineOutcome.MODIFY else (),
        )

    def _vote(self, step, lines) -> None:
        """Two for it and one against, in a meeting of the body."""
        runner = self.staff.meetings
        committee = committee_of(step.body, facility=self.world.lakeside)
        meeting = call_to_order(
            actor=runner,
            meeting=schedule_meeting(actor=runner, committee=committee, starts_at=clock.now()),
        )
        item = add_step_to_agenda(actor=runner, meeting=meeting, step=step)
        for member in self.staff.members:
            mark_present(actor=runner, meeting=meeting, user=member)
        mover, seconder, other = self.staff.members
        motion = move(actor=runner, item=item, mover=mover, seconder=seconder, lines=lines, sure=True)
        for member, choice in ((mover, "for"), (seconder, "for"), (other, "against")):
            cast_vote(actor=member, motion=motion, user=member, choice=choice)
        close_vote(actor=runner, motion=motion)
        adjourn(actor=runner, meeting=meeting)


@pytest.fixture
def bodies(world, bylaws_rule):
    """The office, a chair of the department, and the executive committee beside the board."""
    need_a_prerequisite()
    staff = office(world, chain=[str(body) for body in CHAIN])
    staff.chair = account(world, "chara", Role.DEPARTMENT_CHAIR)
    department = form_committee(
        actor=world.system, facility=world.lakeside, kind=CommitteeKind.DEPARTMENT, name="Surgery",
        department=world.surgery,
    )  # fmt: skip
    committee = form_committee(
        actor=world.system, facility=world.lakeside, kind=CommitteeKind.MEC, name="Executive committee"
    )
    for where, who, as_what in (
        (department, [staff.chair], SeatRole.CHAIR),
        (committee, staff.members, SeatRole.MEMBER),
    ):
        for user in who:
            seat_member(
                actor=world.system, committee=where, user=user, seat_role=as_what, votes=True,
                start=dt.date(2020, 1, 1),
            )  # fmt: skip
    set_parameter(world.system, HEARING_RIGHTS.code, ["MD", "DO", "DDS"])
    return staff


def test_generated_decisions_hold_whatever_is_learned_later(world, bodies):
    """Grants, denials, limits, lines held for a hearing, acts put off; by chair, committee and board."""
    made, number = 0, FIRST
    while made < GENERATED:
        with clock.freeze(NOON + (number - FIRST) * 5 * HOUR):
            made += Reviewed(world, bodies, random.Random(number), number).walk()
        number += 1
    found = replay_all()
    assert found.checked == made >= GENERATED
    assert found.problems == found.explained == []
    said = set(DecisionLine.objects.values_list("decision__body", "outcome").distinct())
    assert said >= {(body, outcome) for body in CHAIN for outcome in LineOutcome.values}
    statuses = set(RequestLine.objects.values_list("status", flat=True))
    assert statuses >= {"granted", "granted_modified", "denied", "held"}
    assert Decision.objects.filter(motion__isnull=False).exists()


def test_a_grant_in_the_place_of_a_prerequisite_held(world, staff):
    """What the act itself ended was held when it was taken, though both are of one instant."""
    life = Life(world, staff, random.Random(3), 3)
    with clock.freeze(NOON + dt.timedelta(minutes=1)):
        grant(world, life.person, at=clock.now())
    with clock.freeze(NOON + dt.timedelta(minutes=20)):
        decision = decide(staff, life.step, answers(life.application), minutes=life.minutes, sure=True)
    assert json.loads(decision.frozen)["seen"]["criteria"]["facts"]["held"] == {"GS-LAP-CHOLE": "2026-01-01"}
    assert Grant.objects.filter(decision=decision).exists()
    assert replay(decision).problems == []


class TestAnotherVersionOfTheRule:
    def judged_by_another(self, decision, verdict: str) -> Decision:
        """The record as an earlier way of judging would have left it."""
        data = json.loads(decision.frozen)
        data["seen"]["criteria"]["version"] = OTHER_VERSION
        core = next(line for line in data["lines"] if line["criteria"])
        core["criteria"]["outcome"] = verdict
        frozen = canonical_bytes(data)
        decision.frozen, decision.frozen_hash = frozen.decode(), bytes_digest(frozen)
        return decision

    def test_a_verdict_that_differs_is_explained(self, world, staff, capsys):
        decision = Life(world, staff, random.Random(2), 2).defer()
        found = replay(self.judged_by_another(decision, "met"))
        assert found.problems == []
        [explained] = {problem.sentence.partition(": ")[2] for problem in found.explained}
        assert f"judged by version {OTHER_VERSION} of the criteria" in explained


def row(name, **more):
    return {"name": name, "cases": 1, "from": None} | more


@pytest.mark.parametrize(
    ("frozen", "again", "said"),
    [
        ([row("a"), row("b")], [row("b"), row("a")], []),
        ([row("a")], [row("a", cases=2)], ["a is not what was frozen: cases 1, now 2."]),
        ([row("a")], [], ["a was frozen, and is not among what was known then."]),
        ([], [row("a")], ["a was not frozen, and is among what was known then."]),
        ([row("a"), row("a")], [row("a")], ["a was frozen, and is not among what was known then."]),
        (
            [row("a"), row("a", cases=2)],
            [row("a", cases=2), row("a", cases=3)],
            ["a is not what was frozen: cases 1, now 3."],
        ),
        (
            [row("a", **{"from": "2020-01-01"})],
            [row("a")],
            ["a is not what was frozen: from 2020-01-01, now none."],
        ),
    ],
)
def test_differences(frozen, again, said):
    found = replaying.differences(frozen, again, ("name", "cases", "from"), lambda each: each["name"])
    assert [sentence for _, sentence in found] == said
