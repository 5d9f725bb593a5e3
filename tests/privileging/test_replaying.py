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

import pgtrigger
import pytest
from django.core.management import call_command
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
from config.kernel.periods import EndKind, rewrite, supersede, through
from config.rulebook.models import Parameter, ParameterPeriod
from credentialing.models import VerificationItem
from credentialing.services import verification
from practitioners.choices import CredentialStatus, Method, SaidBy, SourceKind, Standing
from practitioners.models import CredentialPeriod, Document, Evidence, EvidenceHead
from practitioners.services.merging import merge_records
from practitioners.services.people import create_practitioner
from privileging.models import CaseVolume, FormLine, Grant, GrantPeriod, RequestLine
from privileging.selectors import replaying
from tests.privileging.conftest import (
    NOON,
    TODAY,
    credential,
    evidence,
    grant,
    licensed,
    say,
    set_parameter,
)
from tests.privileging.files import (
    account,
    answers,
    asked,
    before_the_board,
    decide,
    office,
    opened,
)

pytestmark = pytest.mark.django_db

GENERATED = int(os.environ.get("STANDING_DECISIONS", "24"))
FIRST = int(os.environ.get("STANDING_DECISIONS_FROM", "0"))
HOUR = dt.timedelta(hours=1)
#: A version the criteria were never judged by.
OTHER_VERSION = "0"
STARTS, ENDS = dt.date(2024, 1, 1), dt.date(2025, 12, 31)
#: Credential types criteria of the form ask about, each with what it says.
SAID = {
    "MEDICAL_SCHOOL": {"degree": "MD"},
    "RESIDENCY": {"specialty": "General surgery", "level": "residency", "completed": True},
    "BOARD_CERT": {"specialty": "Surgery"},
    "LIFE_SUPPORT": {"course": "ACLS"},
    "COURSE": {"course": "Robotic surgery"},
}


@pytest.fixture
def staff(world, bylaws_rule):
    """The office, and a board that is the whole chain."""
    need_a_prerequisite()
    return office(world)


def need_a_prerequisite() -> None:
    """Sedation has one, so that the privileges held are among the facts."""
    with pgtrigger.ignore("privileging.FormLine:no_update"):
        FormLine.objects.filter(privilege__code="GS-SEDATION").update(
            criteria={"initial": {"all": [{"type": "PREREQUISITE", "privilege": "GS-LAP-CHOLE"}]}}
        )


class Life:
    """One file before the board, and what the office goes on learning of the person."""

    def __init__(self, world, staff, chance: random.Random, number: int):
        self.world, self.staff, self.chance = world, staff, chance
        self.person = self._record(f"Person{number}")
        licensed(world, self.person)
        self.credentials = [credential(world, self.person, each) for each in SAID if chance.random() < 0.7]
        for identity in self.credentials:
            self._states(identity)
        application = opened(world, staff, self.person)
        asked(staff, application, special=["GS-BARIATRIC", "GS-SEDATION", "GS-ROBOTIC"])
        self.application = application
        self.step = before_the_board(staff, application)
        self.minutes = Document.objects.create(
            practitioner=self.person, title="Minutes", file_name="minutes.pdf", media_type="application/pdf",
            size=1, sha256="0" * 64, uploaded_at=clock.now(), uploaded_by=staff.meetings,
        )  # fmt: skip

    def _record(self, name: str):
        return create_practitioner(
            actor=self.world.system, provider_type="MD", last_name=name, first_name="Pat", npi=None
        )

    def _says(self, identity) -> dict:
        end = self.chance.choice([None, dt.date(2025, 6, 30), dt.date(2029, 6, 30)])
        confirmed = self.chance.random() < 0.5
        return {
            "start": dt.date(self.chance.randint(2012, 2024), 7, 1),
            "last_day": end,
            "confirmed": confirmed,
            "extra": SAID[identity.credential_type.code],
        }

    def _states(self, identity) -> None:
        say(self.world, identity, at=clock.now(), **self._says(identity))

    # -- what may happen between two acts ---------------------------------------------------------------

    def learn(self) -> None:
        """One or two things, each of a kind that criteria read."""
        for _ in range(self.chance.randint(1, 2)):
            self.chance.choice(self._kinds())()

    def _kinds(self):
        return [self._corrected, self._new, self._counted, self._held, self._merged]

    def _corrected(self) -> None:
        """A statement said again otherwise, for all days or for some."""
        if not self.credentials:
            return
        identity = self.chance.choice(self.credentials)
        said = self._says(identity)
        confirmed = said["confirmed"]
        rewrite(
            CredentialPeriod,
            identity,
            valid=DateRange(said["start"], through(said["last_day"])),
            actor=self.world.system,
            reason="Read again",
            content={
                "standing": Standing.CONFIRMED if confirmed else Standing.CLAIMED,
                "status": CredentialStatus.ACTIVE,
                "said_by": SaidBy.SOURCE if confirmed else SaidBy.APPLICANT,
                "extra": said["extra"],
                "evidence": evidence(self.world, identity.practitioner) if confirmed else None,
            },
        )

    def _new(self) -> None:
        issuer = f"Issuer {len(self.credentials)}"
        identity = credential(self.world, self.person, self.chance.choice(sorted(SAID)), issuer=issuer)
        self.credentials.append(identity)
        self._states(identity)

    def _counted(self) -> None:
        CaseVolume.objects.create(
            practitioner=self.person,
            procedure_group=self.chance.choice(["gs-major", "gs-robotic", "gs-bariatric"]),
            performed_from=STARTS,
            performed_through=ENDS,
            cases=self.chance.randint(0, 90),
            source="Case log",
            evidence=evidence(self.world, self.person) if self.chance.random() < 0.5 else None,
            recorded_at=clock.now(),
            recorded_by=self.world.system,
        )

    def _held(self) -> None:
        """A prerequisite held for a while, or never after all."""
        held = GrantPeriod.objects.live().filter(practitioner=self.person, privilege__code="GS-LAP-CHOLE")
        if rows := list(held):
            supersede(rows, actor=self.world.system, kind=EndKind.MISTAKE, reason="Another person's")
        else:
            grant(self.world, self.person, at=clock.now())

    def _merged(self) -> None:
        """Another record turns out to be this person's, with a statement of its own."""
        other = self._record("Alias")
        identity = credential(self.world, other, "LIFE_SUPPORT")
        self._states(identity)
        merge_records(actor=self.world.system, keep=self.person, record=other, reason="One person")

    def defer(self) -> Decision:
        """The board looks at it, freezes what it saw, and waits."""
        return decide(
            self.staff,
            self.step,
            answers(self.application, everything=LineOutcome.DEFER),
            minutes=self.minutes,
        )


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


class TestAnAlteredFact:
    """Somebody with the owner's rights changes a row in place: that fact is named, and what it touched."""

    @pytest.fixture
    def life(self, world, staff):
        """Three acts on one file of a person with a residency, a count and a prerequisite."""
        life = Life(world, staff, random.Random(1), 1)
        with clock.freeze(NOON + dt.timedelta(minutes=1)):
            self.residency = credential(world, life.person, "RESIDENCY", issuer="A programme")
            say(world, self.residency, dt.date(2018, 7, 1), dt.date(2023, 6, 30), extra=SAID["RESIDENCY"],
                at=clock.now())  # fmt: skip
            life._counted()
            grant(world, life.person, at=clock.now())
        for act in range(2, 5):
            with clock.freeze(NOON + act * dt.timedelta(minutes=20)):
                life.defer()
        assert replay_all().problems == []
        return life

    def test_a_statement(self, life):
        self._alter(
            CredentialPeriod.objects.filter(identity=self.residency),
            valid=DateRange(dt.date(2018, 7, 1), dt.date(2022, 7, 1)),
        )
        found = replay_all()
        [(fact, touched)] = found.touched().items()
        assert fact == f"credential {self.residency.uid} (RESIDENCY) of {life.person} ({life.person.uid})"
        assert touched == [str(decision.uid) for decision in Decision.objects.order_by("pk")]
        assert "through 2023-06-30, now 2022-06-30" in found.problems[0].sentence

    def test_only_the_decisions_that_saw_it(self, life):
        """What was stated between two acts touched the later ones alone."""
        with clock.freeze(NOON + dt.timedelta(minutes=90)):
            course = credential(life.world, life.person, "COURSE", issuer="A course")
            say(life.world, course, STARTS, None, extra=SAID["COURSE"], at=clock.now())
        with clock.freeze(NOON + dt.timedelta(minutes=100)):
            last = life.defer()
        self._alter(CredentialPeriod.objects.filter(identity=course), standing=Standing.CLAIMED)
        [(fact, touched)] = replay_all().touched().items()
        assert (str(course.uid) in fact, touched) == (True, [str(last.uid)])

    def test_a_number_of_cases(self, life):
        with pgtrigger.ignore("privileging.CaseVolume:no_update"):
            CaseVolume.objects.update(cases=1)
        [fact] = replay_all().touched()
        assert fact.startswith("cases of gs-")

    def test_a_privilege_held(self, life):
        held = GrantPeriod.objects.filter(practitioner=life.person)
        self._alter(held, valid=DateRange(TODAY, dt.date(2028, 1, 1)))
        found = replay_all()
        [fact] = found.touched()
        assert fact.startswith("privilege GS-LAP-CHOLE held by")
        assert (
            "was held since 2026-01-01; as known then it is held since 2026-11-24."
            in found.problems[0].sentence
        )

    def test_a_parameter(self, life):
        self._alter(ParameterPeriod.objects.filter(identity__code="bylaws.appointment_term_months"), value=36)
        found = replay_all()
        [fact] = found.touched()
        assert fact == "parameter bylaws.appointment_term_months at LAKE"
        assert "was 24; as known then it is 36." in found.problems[0].sentence

    def test_the_command_tells_the_fact_and_what_it_touched(self, life, capsys):
        self._alter(CredentialPeriod.objects.filter(identity=self.residency), standing=Standing.CLAIMED)
        with pytest.raises(SystemExit):
            call_command("replay_decisions")
        told = capsys.readouterr()
        assert f"Altered: credential {self.residency.uid} (RESIDENCY)" in told.err
        assert "it touched 3 decisions: " in told.err
        assert "3 decisions replayed, 0 hold, 3 do not." in told.out

    @pytest.fixture
    def verified(self, life):
        """One item found out again, by real evidence, before a fourth act."""
        actor, last = life.staff.coordinator, life.person.evidence.latest("sequence")
        EvidenceHead.objects.create(practitioner=life.person, sequence=last.sequence, hash=last.hash)
        with clock.freeze(NOON + dt.timedelta(minutes=90)):
            item = verification.renew(actor=actor, item=life.application.items.first())
            item = verification.receive(
                actor=actor, item=item, source="The school", source_kind=SourceKind.PRIMARY,
                method=Method.LETTER, verified_on=TODAY, result="As stated.", content=b"As stated.",
                media_type="text/plain",
            )  # fmt: skip
            verification.verify(actor=actor, item=item)
        with clock.freeze(NOON + dt.timedelta(minutes=100)):
            self.last = life.defer()
        assert replay_all().problems == []
        return VerificationItem.objects.get(pk=item.pk)

    def test_evidence(self, verified):
        """Whatever of it is altered, also where its own hash was left as it was."""
        with pgtrigger.ignore("practitioners.Evidence:no_update"):
            assert Evidence.objects.filter(pk=verified.evidence_id).update(source="Another school") == 1
        assert replay_all().touched() == {f"evidence {verified.evidence.uid}": [str(self.last.uid)]}

    @pytest.mark.parametrize(
        ("altered", "said"),
        [
            ({"verified_on": TODAY - dt.timedelta(days=9)}, "verified_on 2026-11-24, now 2026-11-15"),
            ({"element": "EXCLUSION"}, "now EXCLUSION"),
        ],
    )
    def test_a_verification(self, verified, altered, said):
        assert VerificationItem.objects.filter(pk=verified.pk).update(**altered) == 1
        found = replay_all()
        [(fact, touched)] = found.touched().items()
        assert fact.startswith(f"verification {verified.uid} ({verified.element})")
        assert touched == [str(self.last.uid)]
        assert said in found.problems[0].sentence

    def test_a_verification_that_rests_on_other_evidence(self, life, verified):
        other = evidence(life.world, life.person)
        VerificationItem.objects.filter(pk=verified.pk).update(evidence=other)
        [(_, touched)] = replay_all().touched().items()
        assert touched == [str(self.last.uid)]

    def test_a_newer_answer_is_no_alteration(self, life, verified):
        with clock.freeze(NOON + dt.timedelta(minutes=110)):
            verification.renew(actor=life.staff.coordinator, item=verified)
        assert replay_all().problems == []

    @staticmethod
    def _alter(rows, **values):
        with pgtrigger.ignore(f"{rows.model._meta.label}:close_once"):
            assert rows.update(**values) == 1


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
