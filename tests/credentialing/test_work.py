"""Open work by who has it and how old it is, and handing it to somebody else and back."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from config.accounts.choices import Role
from config.audit.models import AuditEvent
from config.home.selectors.today import queues
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.choices import Element
from credentialing.models import Handover, RedFlag
from credentialing.rules.open_work import AgeBand, WorkKind, band_of, days_of
from credentialing.selectors.open_work import loads_of, open_work
from credentialing.services import handovers, intake
from credentialing.services.affiliation_intake import Release
from practitioners.services.contact_log import log_contact
from tests.credentialing import affiliations
from tests.credentialing.files import hospitals_with_person
from tests.credentialing.scans import blank
from tests.credentialing.world import NOON, TODAY

HOSPITALS = hospitals_with_person

DAY = dt.timedelta(days=1)


@pytest.fixture
def application(world):
    """A file in verification since 10 March, with a follow-up of the coordinator's."""
    application = world.accepted()
    log_contact(
        actor=world.coordinator,
        practitioner=application.practitioner,
        facility=world.facility,
        said="Calls back about the residency.",
        follow_up_on=TODAY + DAY,
    )
    return application


@pytest.fixture
def office(world, client):
    client.force_login(world.coordinator)
    return client


def kinds(world, **narrowed):
    rows = open_work(world.coordinator, world.facility, today=TODAY, **narrowed)
    return [row["work"] for row in rows.order_by("since", "id")]


@pytest.mark.parametrize(
    ("age", "band"),
    [(-3, "week"), (7, "week"), (8, "fortnight"), (30, "month"), (31, "two_months"), (61, "older")],
)
def test_a_band_and_its_days_say_the_same(age, band):
    since = TODAY - age * DAY
    assert band_of(since, TODAY) == band
    first, last = days_of(AgeBand(band), TODAY)
    assert first is None or first <= since
    assert last is None or since <= last


def test_every_kind_of_open_work_stands_once(world, application):
    licence = world.item(application, Element.STATE_LICENSE)
    world.answer(licence)
    found = kinds(world)
    assert found.count(WorkKind.APPLICATION) == found.count(WorkKind.ANSWERED) == 1
    assert found.count(WorkKind.FOLLOW_UP) == 1
    assert found.count(WorkKind.UNASKED) == application.items.filter(status="not_started").count()
    assert kinds(world, kind=WorkKind.ANSWERED) == [WorkKind.ANSWERED]
    assert kinds(world, words="quillfeather 200") == found
    assert kinds(world, words="somebody else") == kinds(world, holder_id=world.director.pk) == []
    assert kinds(world, band=AgeBand.OLDER) == []
    (load,) = loads_of(world.coordinator, world.facility, today=TODAY)
    assert (load.name, load.total, load.bands[AgeBand.WEEK]) == ("Dana Whitlock", len(found), len(found))
    assert list(open_work(world.coordinator, world.other, today=TODAY)) == []


def test_a_flag_of_a_closed_class_is_not_there_and_of_a_protected_one_says_nothing(world, application):
    for number, data_class in enumerate(("health", "peer_review", "general")):
        RedFlag.objects.create(
            application=application, code="RF-REF", subject=str(number), severity="warn",
            sentence="What was said", data_class=data_class, opened_at=clock.now(),
        )  # fmt: skip
    rows = open_work(world.coordinator, world.facility, today=TODAY, kind=WorkKind.FLAG)
    assert sorted(row["title"] for row in rows) == ["A confidential matter", "What was said"]


def test_what_nobody_asked_for_stands_on_today_once_it_is_late(world, application):
    queue = next(each for each in queues.all() if each.code == "credentialing-unasked")
    assert queue.items(world.coordinator, world.facility, 3) == (0, [])
    with clock.freeze(NOON + 8 * DAY):
        total, items = queue.items(world.coordinator, world.facility, 3)
        rows = open_work(
            world.coordinator,
            world.facility,
            today=TODAY + 8 * DAY,
            kind=WorkKind.UNASKED,
            before=TODAY + DAY,
        )
        assert (total, len(items)) == (rows.count(), 3)
        assert (items[0].since, items[0].due) == (TODAY, TODAY + 7 * DAY)


def test_the_page_counts_filters_sorts_and_exports(
    world, application, office, client, django_assert_max_num_queries
):
    url = reverse("credentialing:work")
    office.get(url)
    with django_assert_max_num_queries(12):
        page = office.get(url).content.decode()
    assert "Who has how much" in page
    assert "Hand everything over" in page
    assert "Calls back about the residency." in page
    for asked in ("sort=-age", "sort=person", "kind=overlooked", "age=older", "holder=nonsense", "page=99"):
        assert office.get(f"{url}?{asked}").status_code == 200
    assert "No piece of work fits" in office.get(f"{url}?age=older").content.decode()
    rows = b"".join(office.get(f"{url}?format=csv")).decode()
    assert rows.startswith("\ufeffPractitioner,NPI,What,About,Waits for,Coordinator,Open since,Days,Due")
    assert "Calls back" not in rows
    assert "Ines Calloway" not in rows
    client.force_login(world.staff_coordinator)
    assert "Hand everything over" not in client.get(url).content.decode()


def test_everything_of_one_person_goes_over_in_one_act_and_back(world, application, office):
    url = f"{reverse('credentialing:hand_over')}?of={world.coordinator.uid}"
    shown = office.get(url).content.decode()
    assert "Who takes over everything of Dana Whitlock" in shown
    assert "1 file with all their items" in shown
    given = {"of": str(world.coordinator.uid), "taker": str(world.colleague.uid), "reason": "Vacation"}
    answer = office.post(url, given)
    handover = Handover.objects.get()
    assert answer["Location"] == reverse("credentialing:handover", args=[handover.uid])
    application.refresh_from_db()
    entry = application.practitioner.contact_log.get()
    assert application.coordinator == entry.follow_up_for == world.colleague
    assert AuditEvent.objects.filter(verb="application.assigned", reason="Vacation").count() == 1
    assert AuditEvent.objects.get(verb="work.handed_over").data["follow_ups"] == 1
    assert "2 things would go back" in office.get(answer["Location"]).content.decode()
    assert office.post(answer["Location"], {"reason": ""}).status_code == 422
    assert office.post(answer["Location"], {"reason": "Back again"}).status_code == 303
    application.refresh_from_db()
    assert application.coordinator == world.coordinator
    assert "Taken back on" in office.get(answer["Location"]).content.decode()
    with pytest.raises(Refused, match="taken back already"):
        handovers.take_back(actor=world.coordinator, handover=handover, reason="Twice")


def test_chosen_rows_go_over_and_what_moved_on_stays(world, application, office):
    other = world.application(world.practitioner(last_name="Abbot", npi="2000000119"))
    chosen = [str(application.uid), str(other.uid)]
    preview = office.post(reverse("credentialing:hand_over"), {"selected": chosen})
    assert "Who takes over what you chose?" in preview.content.decode()
    done = handovers.hand_over(
        actor=world.director, facility=world.facility, things=[application.uid, other.uid],
        taker=world.colleague, reason="Too much",
    )  # fmt: skip
    assert done.number == 2
    handovers.hand_over(
        actor=world.director, facility=world.facility, things=[other.uid], taker=world.director, reason="Mine"
    )
    assert handovers.take_back(actor=world.director, handover=done.handover, reason="Enough again") == 1
    for each in (application, other):
        each.refresh_from_db()
    assert (application.coordinator, other.coordinator) == (world.coordinator, world.director)


def test_who_may_not_and_what_cannot_go_over_is_refused_with_a_sentence(world, application):
    def hand(actor=world.coordinator, taker=world.colleague, reason="Vacation", giver=world.coordinator):
        return handovers.hand_over_everything(
            actor=actor, facility=world.facility, giver=giver, taker=taker, reason=reason
        )

    with pytest.raises(Forbidden):
        hand(actor=world.staff_coordinator)
    with pytest.raises(Refused, match="Write why"):
        hand(reason=" ")
    with pytest.raises(Refused, match="somebody else"):
        hand(taker=world.coordinator)
    with pytest.raises(Refused, match="Robin Ashdown has no open work"):
        hand(giver=world.colleague, taker=world.director)
    elsewhere = world.user("Ellis Far", Role.DIRECTOR, facility=world.other)
    with pytest.raises(Refused, match="Ellis Far works no files at Fernwick General"):
        hand(taker=elsewhere)
    assert not Handover.objects.exists()
    application.practitioner.user = world.colleague
    application.practitioner.save()
    with pytest.raises(Refused, match="own file"):
        hand()


def test_papers_and_letters_have_a_holder_and_change_hands(world, office):
    (paper,) = intake.receive_papers(
        actor=world.coordinator, facility=world.facility, files=[("scan.pdf", blank(1))], channel="scan",
        arrived_on=TODAY,
    )  # fmt: skip
    request = affiliations.asked(world, release=Release())
    assert set(kinds(world)) == {WorkKind.PAPER, WorkKind.LETTER}

    def held():
        return {load.name: load.total for load in loads_of(world.coordinator, world.facility, today=TODAY)}

    assert held() == {"Dana Whitlock": 1, "Nobody yet": 1}
    page = office.get(reverse("credentialing:work")).content.decode()
    for told in ("Nobody yet", "Paper to file", "Harborview", "Not filed yet"):
        assert told in page
    assert "of=nobody" not in page
    assert "Harborview" in office.get("/work/?holder=nobody").content.decode()
    assert kinds(world, words="quill") == [WorkKind.LETTER]
    assert kinds(world, words="scan") == [WorkKind.PAPER]
    done = handovers.hand_over(
        actor=world.director, facility=world.facility, things=[paper.uid, request.uid], taker=world.colleague,
        reason="Vacation",
    )  # fmt: skip
    assert held() == {"Robin Ashdown": 2}
    assert (
        "Paper to file: scan"
        in office.get(reverse("credentialing:handover", args=[done.handover.uid])).content.decode()
    )
    assert handovers.take_back(actor=world.director, handover=done.handover, reason="Back") == 2
    assert held() == {"Dana Whitlock": 1, "Nobody yet": 1}
    everything = {"facility": world.facility, "giver": world.coordinator, "reason": "Leaves"}
    done = handovers.hand_over_everything(actor=world.director, taker=world.colleague, **everything)
    assert done.number == 1
    with pytest.raises(Refused, match="works no affiliation letters"):
        handovers.hand_over(
            actor=world.director, facility=world.facility, things=[request.uid],
            taker=world.staff_coordinator, reason="Vacation",
        )  # fmt: skip


def test_a_reason_too_long_is_refused_and_nothing_is_cut(world, application):
    with pytest.raises(Refused, match="At most 1,000 characters are kept, and this has 1,200"):
        handovers.hand_over(
            actor=world.director, facility=world.facility, things=[application.uid], taker=world.colleague,
            reason="x" * 1200,
        )  # fmt: skip
