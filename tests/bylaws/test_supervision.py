"""Whom somebody works under, and whether the supervisor may."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.selectors.supervision import supervision, supervision_of
from config.kernel import clock
from config.kernel.periods import days, through
from practitioners.services.credentials import record_claim
from practitioners.services.merging import merge_records
from practitioners.services.people import create_practitioner
from tests.matrix.world import MORNING, build_world
from tests.worlds import shared

TODAY = dt.date(2026, 3, 2)
NPI = "1003000126"
NO_APPOINTMENT = "The supervisor has no appointment in force at your facilities."
NO_LICENCE = "No license of the supervisor runs today."


def build_at_morning():
    with clock.freeze(MORNING):
        return build_world()


@pytest.fixture(scope="module")
def _built(request, django_db_setup, django_db_blocker):
    with shared(request, django_db_blocker, build_at_morning) as built:
        yield built


@pytest.fixture
def world(_built, db):
    with clock.freeze(MORNING):
        yield _built.mine()


@pytest.fixture
def actor(world):
    return world.hospital["coordinator"]


@pytest.fixture
def assistant(actor):
    return create_practitioner(
        actor=actor, provider_type="PA", last_name="Lindqvist", first_name="Noor", npi="1003000159"
    )


def agreement(actor, person, npi, last=dt.date(2026, 12, 31)):
    return record_claim(
        actor=actor,
        practitioner=person,
        type_code="SUPERVISION",
        issuer="Okonkwo, Adaeze, MD",
        state="IL",
        valid=days(dt.date(2026, 1, 1), through(last)),
        extra={"agreement": "supervision"} | ({"supervisor_npi": npi} if npi else {}),
    )


def test_both_files_show_it(world, actor, assistant):
    surgeon = world.things["practitioner"]
    agreement(actor, assistant, NPI)
    (own,), theirs = supervision_of(actor, assistant, TODAY)
    assert (own.supervisor, own.kind, own.objections, theirs) == (surgeon, "supervision", [], [])
    own_of_surgeon, (his,) = supervision_of(actor, surgeon, TODAY)
    assert (own_of_surgeon, his.period.identity.practitioner) == ([], assistant)


def test_it_costs_two_queries_however_many_they_are(world, actor, assistant):
    agreement(actor, assistant, NPI)
    surgeon = world.things["practitioner"]
    supervision(actor, surgeon, TODAY)
    with CaptureQueriesContext(connection) as asked:
        assert supervision(actor, surgeon, TODAY) is not None
    assert len(asked) <= 2


@pytest.mark.parametrize(
    ("on", "objections"),
    [
        (dt.date(2026, 3, 31), []),
        (dt.date(2026, 4, 1), [NO_LICENCE]),
        (dt.date(2026, 1, 15), [NO_APPOINTMENT]),
    ],
)
def test_a_supervisor_without_appointment_or_licence_is_said(world, actor, assistant, on, objections):
    agreement(actor, assistant, NPI)
    (own,), _ = supervision_of(actor, assistant, on)
    assert own.objections == objections


def test_somebody_not_on_file_is_not_judged(world, actor, assistant):
    agreement(actor, assistant, "1003000167")
    (own,), _ = supervision_of(actor, assistant, TODAY)
    assert (own.supervisor, own.objections, own.named) == (None, [], "Okonkwo, Adaeze, MD")


def test_what_has_ended_is_shown_where_it_was_and_nowhere_else(world, actor, assistant):
    agreement(actor, assistant, NPI, last=dt.date(2026, 2, 1))
    (own,), _ = supervision_of(actor, assistant, TODAY)
    assert own.over
    assert own.objections == []
    assert supervision(actor, world.things["practitioner"], TODAY) is None


def test_the_supervisor_is_found_under_a_merged_record(world, actor, assistant):
    agreement(actor, assistant, "1003000175")
    surgeon = world.things["practitioner"]
    record = create_practitioner(
        actor=actor, provider_type="MD", last_name="Okonkwo", first_name="A.", npi="1003000175"
    )
    merge_records(actor=actor, keep=surgeon, record=record, reason="A typing error in the NPI")
    (own,), _ = supervision_of(actor, assistant, TODAY)
    assert own.objections == []
    _, (his,) = supervision_of(actor, surgeon, TODAY)
    assert his.period.identity.practitioner == assistant


def test_the_page_links_both_ways(world, actor, assistant, client):
    surgeon = world.things["practitioner"]
    agreement(actor, assistant, NPI)
    client.force_login(world.hospital["director"])
    page = client.get(reverse("practitioners:more_privileges", args=[assistant.uid])).content.decode()
    assert reverse("practitioners:file", args=[surgeon.uid]) in page
    page = client.get(reverse("practitioners:more_privileges", args=[surgeon.uid])).content.decode()
    assert reverse("practitioners:file", args=[assistant.uid]) in page
