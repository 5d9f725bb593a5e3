"""Somebody with the owner's rights changes a row in place: that fact is named, and what it touched."""

from __future__ import annotations

import datetime as dt
import random

import pgtrigger
import pytest
from django.core.management import call_command
from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.models import Decision
from bylaws.selectors.decisions import replay_all
from config.kernel import clock
from config.rulebook.models import ParameterPeriod
from credentialing.models import VerificationItem
from credentialing.services import verification
from practitioners.choices import Method, SourceKind, Standing
from practitioners.models import CredentialPeriod, Evidence, EvidenceHead
from privileging.models import CaseVolume, GrantPeriod
from tests.privileging.conftest import (
    NOON,
    TODAY,
    build_today,
    credential,
    evidence,
    grant,
    say,
    set_parameter,
)
from tests.privileging.files import office
from tests.privileging.lives import SAID, STARTS, Life, need_a_prerequisite

pytestmark = pytest.mark.django_db


def hospital():
    """Three acts on one file of a person with a residency, a count and a prerequisite."""
    world = build_today()
    with clock.freeze(NOON):
        set_parameter(world.system, "bylaws.standing_conditions", [{"rule": "BL-LIC-1", "scope": "all"}])
        need_a_prerequisite()
        life = world.life = Life(world, office(world), random.Random(1), 1)
    with clock.freeze(NOON + dt.timedelta(minutes=1)):
        world.residency = credential(world, life.person, "RESIDENCY", issuer="A programme")
        say(world, world.residency, dt.date(2018, 7, 1), dt.date(2023, 6, 30), extra=SAID["RESIDENCY"],
            at=clock.now())  # fmt: skip
        life._counted()
        grant(world, life.person, at=clock.now())
    for act in range(2, 5):
        with clock.freeze(NOON + act * dt.timedelta(minutes=20)):
            life.defer()
    assert replay_all().problems == []
    return world


HOSPITAL = hospital


@pytest.fixture
def life(world):
    return world.life


@pytest.fixture
def residency(world):
    return world.residency


def alter(rows, **values):
    with pgtrigger.ignore(f"{rows.model._meta.label}:close_once"):
        assert rows.update(**values) == 1


def last_act() -> Decision:
    return Decision.objects.latest("pk")


def test_a_statement(life, residency):
    alter(
        CredentialPeriod.objects.filter(identity=residency),
        valid=DateRange(dt.date(2018, 7, 1), dt.date(2022, 7, 1)),
    )
    found = replay_all()
    [(fact, touched)] = found.touched().items()
    assert fact == f"credential {residency.uid} (RESIDENCY) of {life.person} ({life.person.uid})"
    assert touched == [str(decision.uid) for decision in Decision.objects.order_by("pk")]
    assert "through 2023-06-30, now 2022-06-30" in found.problems[0].sentence


def test_only_the_decisions_that_saw_it(life):
    """What was stated between two acts touched the later ones alone."""
    with clock.freeze(NOON + dt.timedelta(minutes=90)):
        course = credential(life.world, life.person, "COURSE", issuer="A course")
        say(life.world, course, STARTS, None, extra=SAID["COURSE"], at=clock.now())
    with clock.freeze(NOON + dt.timedelta(minutes=100)):
        last = life.defer()
    alter(CredentialPeriod.objects.filter(identity=course), standing=Standing.CLAIMED)
    [(fact, touched)] = replay_all().touched().items()
    assert (str(course.uid) in fact, touched) == (True, [str(last.uid)])


def test_a_number_of_cases(life):
    with pgtrigger.ignore("privileging.CaseVolume:no_update"):
        CaseVolume.objects.update(cases=1)
    [fact] = replay_all().touched()
    assert fact.startswith("cases of gs-")


def test_a_privilege_held(life):
    held = GrantPeriod.objects.filter(practitioner=life.person)
    alter(held, valid=DateRange(TODAY, dt.date(2028, 1, 1)))
    found = replay_all()
    [fact] = found.touched()
    assert fact.startswith("privilege GS-LAP-CHOLE held by")
    assert (
        "was held since 2026-01-01; as known then it is held since 2026-11-24." in found.problems[0].sentence
    )


def test_a_parameter(life):
    alter(ParameterPeriod.objects.filter(identity__code="bylaws.appointment_term_months"), value=36)
    found = replay_all()
    [fact] = found.touched()
    assert fact == "parameter bylaws.appointment_term_months at LAKE"
    assert "was 24; as known then it is 36." in found.problems[0].sentence


def test_the_command_tells_the_fact_and_what_it_touched(life, capsys, residency):
    alter(CredentialPeriod.objects.filter(identity=residency), standing=Standing.CLAIMED)
    with pytest.raises(SystemExit):
        call_command("replay_decisions")
    told = capsys.readouterr()
    assert f"Altered: credential {residency.uid} (RESIDENCY)" in told.err
    assert "it touched 3 decisions: " in told.err
    assert "3 decisions replayed, 0 hold, 3 do not." in told.out


@pytest.fixture
def verified(life):
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
        life.defer()
    assert replay_all().problems == []
    return VerificationItem.objects.get(pk=item.pk)


def test_evidence(verified):
    """Whatever of it is altered, also where its own hash was left as it was."""
    with pgtrigger.ignore("practitioners.Evidence:no_update"):
        assert Evidence.objects.filter(pk=verified.evidence_id).update(source="Another school") == 1
    assert replay_all().touched() == {f"evidence {verified.evidence.uid}": [str(last_act().uid)]}


@pytest.mark.parametrize(
    ("altered", "said"),
    [
        ({"verified_on": TODAY - dt.timedelta(days=9)}, "verified_on 2026-11-24, now 2026-11-15"),
        ({"element": "EXCLUSION"}, "now EXCLUSION"),
    ],
)
def test_a_verification(verified, altered, said):
    assert VerificationItem.objects.filter(pk=verified.pk).update(**altered) == 1
    found = replay_all()
    [(fact, touched)] = found.touched().items()
    assert fact.startswith(f"verification {verified.uid} ({verified.element})")
    assert touched == [str(last_act().uid)]
    assert said in found.problems[0].sentence


def test_a_verification_that_rests_on_other_evidence(life, verified):
    other = evidence(life.world, life.person)
    VerificationItem.objects.filter(pk=verified.pk).update(evidence=other)
    [(_, touched)] = replay_all().touched().items()
    assert touched == [str(last_act().uid)]


def test_a_newer_answer_is_no_alteration(life, verified):
    with clock.freeze(NOON + dt.timedelta(minutes=110)):
        verification.renew(actor=life.staff.coordinator, item=verified)
    assert replay_all().problems == []
