"""The screening of the whole staff as a run: written first, gone on with, cancelled, certified."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.choices import RunState, ScreeningScope
from credentialing.models import ScreeningMatch, ScreeningPart, ScreeningRun, StaffScreening
from credentialing.selectors.screening import screened_people, to_screen
from credentialing.selectors.staff_screening import staff_screenings, state_of
from credentialing.services import certificates, staff_screening
from credentialing.services.staff_screening import cancel_screening, start_screening, work
from credentialing.worklist.screening import month_cut_short
from tests.credentialing.pages import LIST, cost
from tests.credentialing.world import NOON, TODAY

AFTER = NOON + dt.timedelta(days=28)  # in April, when March is over


@pytest.fixture
def staff(world):
    """Three members, one of them a strong candidate."""
    world.load_list()
    for last, first, born in (
        ("Nobody", "Marisol", dt.date(1990, 1, 1)),
        ("Noone", "Marisol", dt.date(1991, 1, 1)),
        ("Brightwater", "Imogen", dt.date(1968, 7, 4)),
    ):
        world.appoint(
            world.practitioner(last_name=last, first_name=first, middle_name="", npi=None, birth_date=born)
        )
    return world


def far(run: StaffScreening) -> tuple[RunState, int, int]:
    """State, how many steps are done, how many there are."""
    now = staff_screenings().get(pk=run.pk)
    return state_of(now), now.met, now.to_meet


def test_it_is_written_before_the_work_and_done_once(staff):
    run = start_screening(actor=staff.coordinator)
    assert far(run) == (RunState.UNDER_WAY, 0, 3)
    assert not ScreeningRun.objects.exists()
    with pytest.raises(Refused, match="being screened already"):
        start_screening(actor=staff.coordinator)
    assert work(run.uid) == "done"
    assert work(run.uid) == "nothing to do"
    assert far(run) == (RunState.DONE, 3, 3)
    assert (ScreeningRun.objects.count(), ScreeningMatch.objects.count()) == (3, 1)
    assert start_screening(actor=staff.coordinator, scope=ScreeningScope.REST) is None
    with pytest.raises(Forbidden):
        start_screening(actor=staff.lookup)


def test_who_takes_it_up_goes_on_where_it_was_cut_off(staff):
    run = start_screening(actor=staff.coordinator)
    part = ScreeningPart.objects.select_related("snapshot__exclusion_list").get()
    people = screened_people(to_screen(TODAY))
    assert staff_screening._write(
        run, part, sorted(people)[:1], people, staff_screening.Found()
    )  # and then it died
    assert far(run) == (RunState.UNDER_WAY, 1, 3)
    assert staff_screening.sweep() == 0
    with clock.freeze(NOON + staff_screening.LOST_AFTER + dt.timedelta(seconds=1)):
        assert staff_screening.sweep() == 1
        assert work(run.uid) == "done"
    assert far(run) == (RunState.DONE, 3, 3)
    assert ScreeningRun.objects.filter(part__run=run).count() == 3
    assert AuditEvent.objects.filter(verb="screening.run_finished").count() == 1


def test_two_workers_write_nobody_twice(staff):
    run = start_screening(actor=staff.coordinator)
    part = ScreeningPart.objects.select_related("snapshot__exclusion_list").get()
    people = screened_people(to_screen(TODAY))
    for _ in range(2):  # the other one read who was missing before the first one wrote
        assert staff_screening._write(run, part, sorted(people), people, staff_screening.Found())
    assert far(run) == (RunState.UNDER_WAY, 3, 3)
    assert ScreeningRun.objects.count() == 3


def test_a_cancelled_one_writes_nothing_more_and_proves_nothing(staff):
    run = start_screening(actor=staff.coordinator)
    with pytest.raises(Forbidden):
        cancel_screening(actor=staff.lookup, run=run)
    cancel_screening(actor=staff.coordinator, run=run)
    assert work(run.uid) == "nothing to do"
    assert far(run) == (RunState.CANCELLED, 0, 3)
    with pytest.raises(Refused, match="over already"):
        cancel_screening(actor=staff.coordinator, run=run)
    with pytest.raises(DatabaseError), transaction.atomic():
        StaffScreening.objects.filter(pk=run.pk).update(cancelled_at=None, cancelled_by=None)
    assert month_cut_short(staff.coordinator, staff.facility, 5)[0] == 1
    staff_screening.screen_as_due()  # the timetable: whoever is missing, and not the whole month again
    assert StaffScreening.objects.filter(scope=ScreeningScope.EVERYONE).count() == 1


class TestCertificate:
    def certify(self, staff):
        with clock.freeze(AFTER):
            return certificates.certify_screening(
                actor=staff.coordinator, facility=staff.facility, month=TODAY
            )

    def test_of_a_run_that_finished(self, staff):
        staff_screening.screen_everyone(actor=staff.system)
        run = start_screening(actor=staff.coordinator)
        with pytest.raises(Refused, match="still under way"):
            self.certify(staff)
        work(run.uid)
        content = self.certify(staff).content
        assert [(each["run"], each["people"]) for each in content["runs"]] == [(str(run.uid), 3)]

    def test_not_of_one_that_was_cut_short(self, staff):
        staff_screening.screen_everyone(actor=staff.system)
        staff.appoint(staff.practitioner(last_name="Latecomer", npi=None))
        cancel_screening(actor=staff.coordinator, run=start_screening(actor=staff.coordinator))
        with pytest.raises(Refused, match="was canceled, and not everybody"):
            self.certify(staff)
        staff_screening.screen_everyone(actor=staff.system)  # everybody met the list all the same
        assert self.certify(staff).content["runs"] == []


def test_the_timetable_screens_everyone_once_a_month(staff):
    for days, screenings in ((0, 1), (1, 1), (28, 2)):
        with clock.freeze(NOON + dt.timedelta(days=days)):
            staff_screening.screen_as_due()
        assert StaffScreening.objects.count() == screenings
    assert {each.scope for each in StaffScreening.objects.all()} == {"everyone"}
    assert ScreeningRun.objects.count() == 6


def test_the_page_from_the_button_to_the_end(staff, client):
    client.force_login(staff.coordinator)
    page = client.post(reverse("credentialing:screen_everyone")).headers["Location"]
    run = StaffScreening.objects.get()
    shown = client.get(page).content.decode()
    assert "0 of 3" in shown
    assert 'hx-trigger="every 2s"' in shown
    assert client.post(reverse("credentialing:screen_everyone")).headers["Location"] == page
    work(run.uid)
    part = client.get(page, headers={"HX-Request": "true", "HX-Target": "screening-progress"})
    assert "every 2s" not in part.content.decode()
    assert "Everybody met every list" in part.content.decode()
    listed = cost(client, reverse("credentialing:screening_runs"), LIST).content.decode()
    assert page in listed
    cancel = reverse("credentialing:screening_cancel", args=[run.uid])
    assert client.post(cancel).status_code == 422
