"""An application that stayed incomplete too long is closed as a voluntary withdrawal."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail
from django.urls import reverse

from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.services import completing
from credentialing.worklist.packets import deficiencies_overdue
from tests.credentialing.packets import deliver, hospitals_with_signed_packet
from tests.credentialing.world import NOON, World

HOSPITALS = hospitals_with_signed_packet
pytestmark = pytest.mark.django_db
LAST = NOON + dt.timedelta(days=60)  # the last day the applicant has
LATE = NOON + dt.timedelta(days=61)


@pytest.fixture
def packet(world: World):
    """A signed packet of which something is still owed."""
    made = world.packet
    completing.ask_for(actor=world.coordinator, application=made.application, what="Your diploma.")
    deliver(made.links.get())
    mail.outbox.clear()
    made.application.refresh_from_db()
    return made


def test_a_person_closes_it_the_day_after_the_time_ran_out(world: World, packet):
    file = packet.application
    with clock.freeze(LAST), pytest.raises(Refused, match="until 9 May 2026: 60 days from 10 Mar 2026"):
        completing.close_never_completed(actor=world.coordinator, application=file)
    with clock.freeze(LATE):
        with pytest.raises(Forbidden):
            completing.close_never_completed(actor=world.compliance, application=file)
        closed = completing.close_never_completed(actor=world.coordinator, application=file)
        deliver(packet.links.get())
        assert (closed.status, closed.is_open) == ("withdrawn_incomplete", False)
        assert closed.closing_reason.startswith("Incomplete for more than 60 days: a voluntary withdrawal")
        with pytest.raises(Refused, match="nothing is owed"):
            completing.close_never_completed(actor=world.coordinator, application=file)
    packet.refresh_from_db()
    assert packet.status == "withdrawn"
    (told,) = mail.outbox
    assert told.subject == "Your application to Fernwick General counts as withdrawn"
    assert "a voluntary withdrawal, not a denial" in told.body
    assert "/packet/" not in told.body  # no link: it opens nothing any more


def test_the_page_waits_for_the_clock_and_today_leads_to_it(world: World, packet, client):
    file = packet.application
    page = reverse("credentialing:never_completed", args=[file.uid])
    client.force_login(world.coordinator)
    early = client.get(page).content.decode()
    assert "The applicant has until 9 May 2026" in early
    assert client.post(page).status_code == 422
    with clock.freeze(LATE):
        total, items = deficiencies_overdue(world.coordinator, world.facility, 5)
        assert (total, items[0].url) == (1, page)
        shown = client.get(page).content.decode()
        assert "Your diploma." in shown
        assert "a voluntary withdrawal, not a denial" in shown
        assert client.post(page).status_code == 303
    file.refresh_from_db()
    assert file.status == "withdrawn_incomplete"
