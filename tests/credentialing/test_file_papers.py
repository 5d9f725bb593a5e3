"""Files on paper for the packet of a meeting: what one reader may have, many at once."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.accounts.choices import DataClass, Role
from credentialing.choices import Severity
from credentialing.models import RedFlag
from credentialing.selectors.file_papers import papers_of
from credentialing.services.flags import raise_flag
from tests.credentialing.services.test_flags import answers

pytestmark = pytest.mark.django_db


def said(paper) -> str:
    return str((paper.facts, paper.parts))


def test_peer_review_is_told_to_whose_roles_open_it_and_health_to_nobody(world):
    person = world.practitioner()
    world.state_everything(person)
    answers(world, person, functions="To be talked about.")
    application = world.accepted(person)
    raise_flag(
        actor=world.coordinator,
        application=application,
        code="RF-PEER",
        severity=Severity.SERIOUS,
        sentence="zyxflag was told by a peer.",
        data_class=DataClass.PEER_REVIEW,
    )
    assert RedFlag.objects.filter(application=application, data_class=DataClass.HEALTH).exists()
    opened = papers_of([application.uid], world.director)[application.uid]
    assert "zyxflag" in said(opened)
    assert DataClass.PEER_REVIEW in opened.classes
    assert DataClass.HEALTH not in opened.classes
    assert "confidential" not in said(opened).lower()
    executive = world.user("Olive Outsider", Role.CHIEF_EXECUTIVE)
    closed = papers_of([application.uid], executive)[application.uid]
    assert "zyxflag" not in said(closed)
    assert "They are peer review, which your roles do not open." in said(closed)
    assert closed.classes == frozenset()


def test_many_files_cost_what_one_costs(world):
    uids = []
    for name in ("Adderley", "Brightwater", "Colquhoun"):
        person = world.practitioner(npi="", last_name=name, first_name=f"Ines {name}")
        world.state_everything(person)
        uids.append(world.accepted(person).uid)
    costs = []
    papers_of(uids, world.director)
    for some in (uids[:1], uids):
        with CaptureQueriesContext(connection) as asked:
            found = papers_of(some, world.director)
        assert set(found) == set(some)
        costs.append(len(asked))
    assert costs[0] == costs[1]
    for paper in found.values():
        licences = next(part for part in paper.parts if part.heading == "Licenses and registrations")
        assert licences.lines
