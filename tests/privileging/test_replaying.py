"""Decisions proved again in both senses: generated ones all hold, and an altered fact is named with all that
it touched.

``STANDING_DECISIONS=10000`` generates as many; a run of the suite, a few.
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

from bylaws.choices import LineOutcome
from bylaws.models import Decision
from bylaws.selectors.decisions import replay, replay_all
from config.kernel import clock
from config.kernel.canonical import bytes_digest, canonical_bytes
from config.kernel.periods import EndKind, rewrite, supersede, through
from config.rulebook.models import ParameterPeriod
from practitioners.choices import CredentialStatus, SaidBy, Standing
from practitioners.models import CredentialPeriod, Document
from practitioners.services.merging import merge_records
from practitioners.services.people import create_practitioner
from privileging.models import CaseVolume, FormLine, GrantPeriod
from privileging.selectors import replaying
from tests.privileging.conftest import NOON, TODAY, credential, evidence, grant, licensed, say
from tests.privileging.files import answers, asked, before_the_board, decide, office, opened

pytestmark = pytest.mark.django_db

GENERATED = int(os.environ.get("STANDING_DECISIONS", "24"))
#: Acts on one file: the board defers it again and again, while the office learns more.
ACTS = 8
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
    """The office; sedation has a prerequisite, so that the privileges held are among the facts."""
    with pgtrigger.ignore("privileging.FormLine:no_update"):
        FormLine.objects.filter(privilege__code="GS-SEDATION").update(
            criteria={"initial": {"all": [{"type": "PREREQUISITE", "privilege": "GS-LAP-CHOLE"}]}}
        )
    return office(world)


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
            self.chance.choice([self._corrected, self._new, self._counted, self._held, self._merged])()

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


def test_generated_decisions_hold_whatever_is_learned_later(world, staff):
    made = 0
    for number in range(-(-GENERATED // ACTS)):
        chance = random.Random(number)
        life = Life(world, staff, chance, number)
        for act in range(ACTS):
            # What is learned in the same moment as the act before is not what it saw: an instant later.
            with clock.freeze(NOON + act * dt.timedelta(minutes=20) + dt.timedelta(minutes=1)):
                life.learn()
            with clock.freeze(NOON + (act + 1) * dt.timedelta(minutes=20)):
                life.defer()
                made += 1
        with clock.freeze(NOON + 4 * HOUR):
            life.learn()
    found = replay_all()
    assert found.checked == made >= GENERATED
    assert found.problems == found.explained == []


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
