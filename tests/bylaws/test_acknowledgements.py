"""Members acknowledge a document: whom it concerns, who has, on the own page or on paper."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from bylaws.selectors.acknowledgements import acknowledgers, mine_to_acknowledge
from bylaws.services import acknowledgements, policies
from bylaws.worklist.documents import documents_to_acknowledge
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from practitioners.services.merging import merge_records
from tests.bylaws.documents import approve, document, in_force
from tests.bylaws.world import NOON, TODAY

DAY = dt.timedelta(days=1)
BODY = "# Article 1 Name\nIts name."


@pytest.fixture
def bylaws(world):
    made = document(world.coordinator, world.facility, BODY)
    in_force(
        world.coordinator,
        made.versions.get(),
        TODAY,
        acknowledged_by="members",
        acknowledge_until=TODAY + 30 * DAY,
    )
    return made


@pytest.fixture
def ada(world):
    """A member with an account."""
    user = world.user("Ada Member")
    practitioner = world.practitioner("Ada Member", user=user)
    world.appoint(practitioner)
    return practitioner


@pytest.fixture
def ben(world):
    """A member without an account."""
    practitioner = world.practitioner("Ben Paper")
    world.appoint(practitioner)
    return practitioner


def test_it_concerns_whoever_has_an_appointment_and_each_says_it_alone(world, bylaws, ada, ben):
    version = bylaws.versions.get()
    former = world.practitioner("Old Member")
    world.appoint(former, dt.date(2020, 1, 1), dt.date(2021, 1, 1))
    assert [(each.practitioner, each.done, each.reached_here) for each in acknowledgers(version)] == [
        (ada, False, True),
        (ben, False, False),
    ]
    with pytest.raises(Forbidden, match="Only the member"):
        acknowledgements.acknowledge(actor=world.director, version=version, practitioner=ada)
    made = acknowledgements.acknowledge(actor=ada.user, version=version, practitioner=ada)
    assert made.acknowledged_on == TODAY
    with pytest.raises(Refused, match="has acknowledged it already"):
        acknowledgements.acknowledge(actor=ada.user, version=version, practitioner=ada)
    assert mine_to_acknowledge(ada.user, world.facility) == []


def test_a_paper_is_recorded_by_the_office_with_where_it_is_kept(world, bylaws, ben):
    version = bylaws.versions.get()
    given = {"version": version, "practitioner": ben, "signed_on": TODAY, "filed_at": "Binder 3"}
    record = acknowledgements.record_on_paper
    with pytest.raises(Forbidden):
        record(actor=world.chair, **given)
    for wrong, sentence in (
        ({"signed_on": TODAY + DAY}, "in the future"),
        ({"signed_on": TODAY - DAY}, "published only after"),
        ({"filed_at": " "}, "where the signed paper"),
        ({"practitioner": world.practitioner("Not Appointed")}, "has no appointment here"),
    ):
        with pytest.raises(Refused, match=sentence):
            record(actor=world.coordinator, **given | wrong)
    assert record(actor=world.coordinator, **given).filed_at == "Binder 3"


def test_a_new_version_asks_anew_and_one_that_nobody_acknowledges_does_not(world, bylaws, ada):
    first = bylaws.versions.get()
    acknowledgements.acknowledge(actor=ada.user, version=first, practitioner=ada)
    with clock.freeze(NOON + 40 * DAY):
        second = policies.write_version(
            actor=world.coordinator, policy=bylaws, body=f"{BODY} More.", note="More", newest=1
        )
        until = TODAY + 90 * DAY
        in_force(
            world.coordinator, second, TODAY + 40 * DAY, acknowledged_by="members", acknowledge_until=until
        )
        ((asked, _),) = mine_to_acknowledge(ada.user, world.facility)
        assert (asked.number, asked.acknowledge_until) == (2, until)
        third = policies.write_version(
            actor=world.coordinator, policy=bylaws, body=f"{BODY} Still more.", note="More", newest=2
        )
        in_force(world.coordinator, third, TODAY + 40 * DAY)
        assert mine_to_acknowledge(ada.user, world.facility) == []
        with pytest.raises(Refused, match="Nobody is asked"):
            acknowledgements.acknowledge(actor=ada.user, version=third, practitioner=ada)


def test_publishing_says_who_acknowledges_until_when(world):
    made = document(world.coordinator, world.facility, BODY)
    version = approve(world.coordinator, made.versions.get(), TODAY)
    for wrong, sentence in (
        ({"acknowledged_by": "members"}, "by which day"),
        ({"acknowledged_by": "members", "acknowledge_until": TODAY - DAY}, "before it is in force"),
        ({"acknowledged_by": "everybody"}, "who acknowledges"),
    ):
        with pytest.raises(Refused, match=sentence):
            policies.publish(actor=world.coordinator, version=version, in_force_from=TODAY, **wrong)


def test_today_the_page_and_the_office(world, bylaws, ada, ben, sign_in):
    total, (line,) = documents_to_acknowledge(ada.user, world.facility, 5)
    assert (total, line.title, line.due) == (1, "Medical Staff Bylaws", TODAY + 30 * DAY)
    member = sign_in(ada.user)
    assert "I acknowledge it" in member.get(line.url).content.decode()
    send = reverse("bylaws:acknowledge", args=[bylaws.uid, 1])
    assert member.post(send).status_code == 303
    assert "I acknowledge it" not in member.get(line.url).content.decode()
    assert member.post(send).status_code == 422
    office, listed = sign_in(world.coordinator), reverse("bylaws:acknowledgements", args=[bylaws.uid])
    page = office.get(listed).content.decode()
    assert "1 of 2 members have acknowledged it" in page
    assert "by the office: no account" in page
    left = b"".join(office.get(f"{listed}?format=csv&left=1")).decode()
    assert "Ben Paper" in left
    assert "Ada Member" not in left
    paper = reverse("bylaws:acknowledgement_paper", args=[bylaws.uid])
    sent = {"practitioner": str(ben.uid), "signed_on": TODAY.isoformat(), "filed_at": "Binder 3"}
    assert office.post(paper, sent | {"practitioner": str(ada.uid)}).status_code == 422
    assert office.post(paper, sent).status_code == 303
    assert "Everybody has acknowledged it" in office.get(listed).content.decode()
    assert member.get(listed).status_code == 403


def test_a_member_whose_appointment_stands_on_a_merged_record_reads_and_acknowledges(world, bylaws, sign_in):
    version = bylaws.versions.get()
    user = world.user("Kay Member")
    keep, record = world.practitioner("Kay Member", user=user), world.practitioner("K. Member")
    world.appoint(record)
    merge_records(actor=world.system, keep=keep, record=record, reason="One person")
    assert sign_in(user).get(reverse("bylaws:policy", args=[bylaws.uid])).status_code == 200
    ((asked, practitioner),) = mine_to_acknowledge(user, world.facility)
    assert (asked, practitioner.pk) == (version, record.pk)
    (one,) = acknowledgers(version)
    assert (one.reached_here, one.done) == (True, False)
    acknowledgements.acknowledge(actor=user, version=version, practitioner=practitioner)
    assert mine_to_acknowledge(user, world.facility) == []
    assert [each.done for each in acknowledgers(version)] == [True]
