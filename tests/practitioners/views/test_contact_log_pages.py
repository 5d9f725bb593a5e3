import datetime as dt

import pytest
from django.urls import reverse

from config.kernel import clock
from practitioners.models import ContactLogEntry
from practitioners.services.contact_log import log_contact
from practitioners.worklist import follow_ups

NOON = dt.datetime(2026, 3, 2, 18, tzinfo=dt.UTC)
FORM = {"said": "Will send the certificate.", "channel": "call_in", "on_file": "1"}


@pytest.fixture(autouse=True)
def noon():
    with clock.freeze(NOON):
        yield


@pytest.fixture
def desk(client, coordinator):
    client.force_login(coordinator)
    return client


def at(name, *args):
    return reverse(f"practitioners:{name}", args=args)


@pytest.mark.parametrize(
    ("chosen", "day"),
    [
        ({}, None),
        ({"follow_up": "tomorrow"}, dt.date(2026, 3, 3)),
        ({"follow_up": "week"}, dt.date(2026, 3, 9)),
        ({"follow_up": "two_weeks"}, dt.date(2026, 3, 16)),
        ({"follow_up_on": "2026-04-01"}, dt.date(2026, 4, 1)),
        ({"follow_up": "week", "follow_up_on": "2026-04-01"}, dt.date(2026, 4, 1)),
    ],
)
def test_one_choice_and_one_button_log_a_call(desk, surgeon, chosen, day):
    answer = desk.post(at("contact_log", surgeon.uid), FORM | chosen)
    assert answer.status_code == 303
    assert answer["Location"] == at("file", surgeon.uid)
    assert ContactLogEntry.objects.get().follow_up_on == day
    part = {"HX-Request": "true", "HX-Target": "log-entries"}
    assert "Will send the certificate." in desk.get(answer["Location"] + "contact-log/", headers=part).text
    assert 'name="on_file"' in desk.get(answer["Location"]).content.decode()


def test_who_called_whom_is_not_guessed(desk, surgeon):
    form = desk.get(at("contact_log", surgeon.uid)).context["log_form"]
    assert form["channel"].value() == "note"
    page = desk.get(at("file", surgeon.uid)).content.decode()
    assert page.index('name="channel"') < page.index("Another day, with whom")


def test_a_mistake_is_told_and_what_was_typed_stays(desk, surgeon):
    answer = desk.post(at("contact_log", surgeon.uid), FORM | {"follow_up_on": "2026-03-01"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "lies in the past" in page
    assert "Will send the certificate." in page
    assert 'name="on_file"' in page  # and from here it still leads back to the file


def test_done_and_not_done_stand_where_they_were_pressed(desk, coordinator, surgeon, facility):
    entry = log_contact(
        actor=coordinator, practitioner=surgeon, facility=facility, said="x", follow_up_on=dt.date(2026, 3, 2)
    )
    answer = desk.post(at("follow_up_done", entry.uid), {"on_file": "1"})
    assert answer["Location"] == at("file", surgeon.uid)
    assert "Followed up" in desk.get(at("contact_log", surgeon.uid)).content.decode()
    answer = desk.post(at("follow_up_reopen", entry.uid))
    assert answer["Location"] == at("contact_log", surgeon.uid)
    assert ContactLogEntry.objects.get().done_at is None


def test_follow_ups_stand_on_today_the_late_ones_first(desk, coordinator, surgeon, facility):
    for days in (5, 1):
        log_contact(
            actor=coordinator,
            practitioner=surgeon,
            facility=facility,
            said=f"In {days} days",
            follow_up_on=dt.date(2026, 3, 2) + dt.timedelta(days=days),
        )
    with clock.freeze(NOON + dt.timedelta(days=3)):
        total, items = follow_ups(coordinator, facility, 8)
        assert total == 2
        assert [item.detail for item in items] == ["In 1 days", "In 5 days"]
        desk.force_login(coordinator)  # the session of three days ago is over
        assert "Follow-ups" in desk.get(reverse("home:today")).content.decode()
        listed = desk.get(at("follow_ups")).content.decode()
        assert "2 follow-ups" in listed
        assert "Late" in listed
    assert desk.get(at("follow_ups") + "?whose=mine").status_code == 200
