"""Pages of reappointments: the calendar, its filters and files, the preview, a batch, taking it back."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from config.kernel import clock
from credentialing.choices import Outlook, PacketStage
from credentialing.models import Application, Packet, ReappointmentBatch
from credentialing.worklist.reappointments import reappointments_to_launch, terms_that_lapse
from tests.credentialing.reappointments import board_meets, deliver, member, members
from tests.credentialing.world import NOON, World

pytestmark = pytest.mark.django_db
CALENDAR = "/reappointments/"
LAUNCH = "/reappointments/launch/"


@pytest.fixture
def office(world: World, client):
    """The coordinator's browser, with three terms to launch in August, one of them without an address."""
    members(world, 2)
    member(world, "Nomail", email=False)
    client.force_login(world.coordinator)
    return client


def text(answer) -> str:
    return answer.content.decode()


def test_the_calendar_opens_on_the_month_to_be_launched(world: World, office):
    member(world, "Soon", ends=dt.date(2026, 5, 2))
    page = text(office.get(CALENDAR))
    assert "Abbot, Ada" in page
    assert "Soon, Ada" not in page
    assert "Launch August 2026" in page
    assert "Packets go out 150 to 180 days before" in page
    everybody = text(office.get(f"{CALENDAR}?month="))
    assert "Soon, Ada" in everybody
    assert "The packet and the verification take until 24 May 2026" in everybody
    lapse = text(office.get(f"{CALENDAR}?month=&outlook=will_lapse"))
    assert "Soon, Ada" in lapse
    assert "Abbot, Ada" not in lapse
    for asked in (
        *(f"packet={stage}" for stage in PacketStage),
        *(f"outlook={outlook}" for outlook in Outlook),
        "department=surgery&q=abbot",
        "month=2026-13&outlook=nonsense&sort=ends",
    ):
        assert office.get(f"{CALENDAR}?month=&{asked}").status_code == 200
    rows = b"".join(office.get(f"{CALENDAR}?format=csv")).decode()
    assert rows.splitlines()[0].startswith("\ufeffPractitioner,NPI,Department,Category,Term ends,Days left")
    assert '"Abbot, Ada"' in rows
    assert "Meetings not called yet" in rows


def test_a_month_is_launched_after_its_preview(world: World, office):
    preview = office.get(f"{LAUNCH}?month=2026-08")
    page = text(preview)
    assert "abbot@example.org" in page
    assert "No e-mail address is on file." in page
    assert "Launch 2 reappointments" in page
    assert not Application.objects.exists()
    sent = {
        "confirm": "yes",
        "selected": [each.key for each in preview.context["ready"]],
        "due_on": "2026-04-09",
    }
    assert "lies in the past" in text(office.post(LAUNCH, sent | {"due_on": "2026-03-09"}))
    answer = office.post(LAUNCH, sent)
    batch = ReappointmentBatch.objects.get()
    assert answer["Location"] == f"/reappointments/batches/{batch.uid}/"
    shown = text(office.get(answer["Location"]))
    assert "2 reappointments are launched." in shown
    assert "To be sent" in shown
    again = office.post(LAUNCH, sent)
    assert again.status_code == 422
    assert "An application is open already" in text(again)
    assert "Nobody whose term ends" not in text(office.get(f"{CALENDAR}?month=2026-08"))  # Nomail waits


def test_ticked_rows_are_previewed_first(world: World, office):
    preview = office.get(f"{LAUNCH}?month=2026-08")
    key = preview.context["ready"][0].key
    page = text(office.post(LAUNCH, {"selected": [key]}))
    assert "Launch 1 reappointment" in page
    assert not ReappointmentBatch.objects.exists()
    assert office.post(LAUNCH, {"selected": ["nonsense"]})["Location"] == CALENDAR
    assert "Select at least one term first." in text(office.get(CALENDAR))


def test_a_batch_is_followed_invited_again_and_taken_back(world: World, office):
    preview = office.get(f"{LAUNCH}?month=2026-08")
    keys = [each.key for each in preview.context["ready"]]
    office.post(LAUNCH, {"confirm": "yes", "selected": keys, "due_on": "2026-04-09"})
    deliver()
    batch = ReappointmentBatch.objects.get()
    here = reverse("credentialing:reappointment_batch", args=[batch.uid])
    assert "Sent" in text(office.get(here))
    assert "August 2026" in text(office.get("/reappointments/batches/"))
    packet = Packet.objects.order_by("pk").first()
    with clock.freeze(NOON + dt.timedelta(days=61)):
        assert "Invitation ran out" in text(office.get(here))
        assert "Invite again" in text(office.get(f"{CALENDAR}?month=2026-08"))
        assert "Invite again" in text(office.get(reverse("credentialing:packet", args=[packet.uid])))
        again = reverse("credentialing:packet_again", args=[packet.uid])
        answer = office.post(again, {"next": here})
        assert (answer.status_code, answer["Location"]) == (303, here)
        assert office.post(again, {"next": "https://evil.example.org/"}).status_code == 422
    back = reverse("credentialing:reappointment_take_back", args=[batch.uid])
    assert "Brisk, Ada, brisk@example.org" in text(office.get(back))
    one, other = batch.launches.order_by("application__practitioner__sort_name")
    assert f"{back}?only={other.uid}" in text(office.get(here))
    chosen = office.get(back, {"only": str(other.uid)}).context["form"].initial["only"]
    assert chosen == [str(other.uid)]
    assert office.post(back, {"only": [str(other.uid)], "reason": ""}).status_code == 422
    assert "Choose who is taken back." in text(office.post(back, {"reason": "Too early."}))
    assert office.post(back, {"only": [str(other.uid)], "reason": "Too early."})["Location"] == here
    page = text(office.get(here))
    assert "1 taken back on 10 Mar 2026 by Dana Whitlock: Too early." in page
    assert "1 reappointment remains of 2." in page
    one.refresh_from_db()
    assert one.taken_back_at is None
    assert office.post(back, {"only": [str(other.uid)], "reason": "Again."}).status_code == 422
    assert office.post(back, {"only": [str(one.uid)], "reason": "Too early."})["Location"] == here
    page = text(office.get(here))
    assert "None of the 2 remains." in page
    assert f"{back}?only=" not in page


def test_today_counts_the_month_and_names_who_will_lapse(world: World, office):
    board_meets(world, dt.date(2026, 4, 15))
    member(world, "Soon", ends=dt.date(2026, 5, 2))
    total, items = reappointments_to_launch(world.coordinator, world.facility, 8)
    assert (total, [item.title for item in items]) == (
        4, ["Terms that end in May 2026", "Terms that end in August 2026"],
    )  # fmt: skip
    assert [item.colour for item in items] == ["bad", "warn"]
    assert items[1].due == dt.date(2026, 3, 4)
    total, (item,) = terms_that_lapse(world.coordinator, world.facility, 8)
    assert (total, item.title, item.due) == (1, "Soon, Ada", dt.date(2026, 5, 1))
