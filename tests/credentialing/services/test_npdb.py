"""The log of data bank queries, and what it keeps to itself."""

from __future__ import annotations

import datetime as dt

import pytest

from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.rulebook.verdicts import Outcome
from credentialing.choices import Element, ItemStatus, NPDBQueryKind
from credentialing.models import ContinuousQueryPeriod, NPDBQuery, RedFlag
from credentialing.selectors.gate import completeness
from credentialing.services import npdb
from practitioners import store
from tests.credentialing.files import hospitals_with_file
from tests.credentialing.world import NOON, TODAY

HOSPITALS = hospitals_with_file


def leaf(application):
    return next(leaf for leaf in completeness(application).leaves() if leaf.code == "CR-NPDB")


def test_a_query_answers_the_item_of_the_application(world):
    application = world.file
    query = world.query(application.practitioner)
    item = world.item(application, Element.NPDB)
    assert (item.status, item.verified_on, item.evidence) == (ItemStatus.VERIFIED, TODAY, query.response)
    assert leaf(application).outcome is Outcome.MET


def test_a_query_for_one_entity_satisfies_no_other(world):
    person, application = world.person, world.file
    there = world.user("Indy Anna", "credentialing_coordinator", facility=world.other)
    world.query(person, actor=there, facility=world.other)
    assert world.item(application, Element.NPDB).status == ItemStatus.NOT_STARTED
    assert leaf(application).outcome is Outcome.UNKNOWN


def test_the_response_is_encrypted_and_repeated_nowhere(world):
    application = world.file
    secret = "Adverse action report by Somewhere Hospital"
    query = world.query(application.practitioner, content=secret.encode(), adverse=True)
    assert query.response.data_class == "data_bank"
    assert secret.encode() not in store.stored_bytes(query.response.store_key)
    assert secret not in query.response.summary + query.response.title
    item = world.item(application, Element.NPDB)
    assert secret not in f"{item.result}{item.note}{item.findings}"
    assert not AuditEvent.objects.filter(reason__icontains="Somewhere").exists()
    flag = RedFlag.objects.get(application=application)
    assert (flag.code, item.status) == ("RF-NPDB", ItemStatus.VERIFIED_ADVERSE)
    assert "Somewhere" not in flag.sentence
    assert leaf(application).outcome is Outcome.MET


def test_continuous_query_runs_a_year_and_covers_the_decision(world):
    application = world.file
    world.query(application.practitioner, kind=NPDBQueryKind.CONTINUOUS)
    period = ContinuousQueryPeriod.objects.get()
    assert (period.start, period.end) == (TODAY, dt.date(2027, 3, 9))
    with clock.freeze(NOON + dt.timedelta(days=200)):
        assert leaf(application).outcome is Outcome.MET
    with clock.freeze(NOON + dt.timedelta(days=366)):
        assert leaf(application).outcome is Outcome.NOT_MET


def test_an_enrolment_can_end(world):
    person = world.person
    world.query(person, kind=NPDBQueryKind.CONTINUOUS)
    npdb.end_continuous(
        actor=world.coordinator, practitioner=person, facility=world.facility,
        day=TODAY + dt.timedelta(days=10), reason="Left the staff",
    )  # fmt: skip
    assert ContinuousQueryPeriod.objects.live().get().end == TODAY + dt.timedelta(days=9)
    assert ContinuousQueryPeriod.objects.count() == 2


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"dcn": ""}, "dcn"),
        ({"dcn": "<script>"}, "dcn"),
        ({"queried_on": TODAY + dt.timedelta(days=1)}, "queried_on"),
        ({"content": b"  "}, "response"),
        ({"kind": "self"}, "kind"),
        ({"reason": "curiosity"}, "reason"),
    ],
)
def test_bad_input_is_a_sentence_at_its_field(world, more, field):
    with pytest.raises(Refused) as refused:
        world.query(world.person, **more)
    assert refused.value.field == field
    assert not NPDBQuery.objects.exists()


def test_a_dcn_is_logged_once_per_entity(world):
    person = world.person
    world.query(person, dcn="5500000001")
    with pytest.raises(Refused, match="already logged"):
        world.query(person, dcn="5500000001")


def test_only_the_credentialing_office_logs(world):
    with pytest.raises(Forbidden):
        world.query(world.person, actor=world.staff_coordinator)


def test_a_newer_query_replaces_the_older_answer(world):
    application = world.file
    world.query(application.practitioner)
    with clock.freeze(NOON + dt.timedelta(days=50)):
        newer = world.query(application.practitioner, queried_on=TODAY + dt.timedelta(days=50))
    item = world.item(application, Element.NPDB)
    assert item.evidence == newer.response
    assert application.items.filter(element=Element.NPDB).count() == 2
