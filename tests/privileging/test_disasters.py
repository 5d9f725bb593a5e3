"""Volunteers in a disaster: hours from arrival, only while the plan is activated."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import override_settings
from django.urls import reverse

from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.registries import queues
from credentialing.rules.volunteers import deadlines, hours_text
from credentialing.selectors.gate import completeness
from credentialing.services import applications
from credentialing.services.emergencies import bring_under_control, end_activation, start_activation
from credentialing.services.opening import Particulars
from privileging.choices import GrantKind
from privileging.models import GrantPeriod
from privileging.selectors.lookup import LookupOutcome
from privileging.services.disasters import decide_volunteer, end_undecided
from privileging.services.spans import term_of
from tests.privileging.conftest import NOON, TODAY, set_parameter
from tests.privileging.kinds import (
    act,
    activated,
    built,
    in_review,
    lookup,
    open_kind,
    physician,
    special_only,
)
from tests.worlds import shared

pytestmark = pytest.mark.django_db
HOUR, SECOND, DAY = dt.timedelta(hours=1), dt.timedelta(seconds=1), dt.timedelta(days=1)
ARRIVED = NOON - 4 * HOUR
DUE = ARRIVED + 72 * HOUR  # 27 Nov 2026, 13:00 UTC: 07:00 at the facility


def _make(world) -> None:
    """The plan is activated; one volunteer was granted privileges four hours after the arrival."""
    world.plan = activated(world, world.staff)
    world.stranger = physician(world, "Vasquez", 0)
    world.volunteer = opened_for(world, world.staff, physician(world, "Helper", 1))
    special_only(world.staff, world.volunteer, "GS-BARIATRIC")
    (only,) = in_review(world.staff, world.volunteer)
    act(world.staff.executive, only, world.volunteer)
    world.volunteer.refresh_from_db()


@pytest.fixture(scope="module")
def _facilities(request, django_db_setup, django_db_blocker, tmp_path_factory):
    with (
        override_settings(STANDING_STORE=tmp_path_factory.mktemp("store")),
        shared(request, django_db_blocker, built(_make)) as facilities,
    ):
        yield facilities


@pytest.fixture
def staff(world):
    return world.staff


@pytest.fixture
def stranger(world):
    return world.stranger


@pytest.fixture
def volunteer(world):
    return world.volunteer


def opened_for(world, staff, person, arrived=ARRIVED):
    return open_kind(world, staff, person, "disaster", Particulars(arrived_at=arrived, proof="hospital_id"))


def decide(staff, application, *, continues=True, actor=None, **more):
    return decide_volunteer(
        actor=actor or staff.executive,
        application=application,
        continues=continues,
        reason="Worked well with the team",
        **more,
    )


class TestClocks:
    def clocks(self, **more):
        return deadlines(
            ARRIVED, 72, **({"under_control_at": None, "verified": False, "decided": False} | more)
        )

    def test_both_fall_due_72_hours_from_arrival_to_the_second(self):
        for line in self.clocks():
            assert line.due == DUE
            assert not line.past(DUE)
            assert line.past(DUE + SECOND)
            assert not line.near(DUE - 24 * HOUR - SECOND)
            assert line.near(DUE - 24 * HOUR)
        assert not any(line.past(DUE + DAY) for line in self.clocks(verified=True, decided=True))

    @pytest.mark.parametrize(
        ("under_control", "due"),
        [
            (ARRIVED + 5 * HOUR, ARRIVED + 5 * HOUR),
            (ARRIVED - 5 * HOUR, ARRIVED),  # who comes later is verified at once
            (DUE, DUE),
            (DUE + HOUR, DUE),
        ],
    )
    def test_as_soon_as_it_is_under_control_the_license_is_due(self, under_control, due):
        verify, decision = self.clocks(under_control_at=under_control)
        assert (verify.due, decision.due) == (due, DUE)

    def test_hours_are_told_without_rounding_up(self):
        assert hours_text(DUE - 5 * HOUR - SECOND, DUE) == "in 5 hours"
        assert hours_text(DUE - HOUR, DUE) == "in 1 hour"
        assert hours_text(DUE - SECOND, DUE) == "in less than an hour"
        assert hours_text(DUE, DUE) == "in less than an hour"
        assert hours_text(DUE + 2 * HOUR, DUE) == "2 hours ago"


class TestTheActivation:
    def test_one_at_a_time_and_not_in_the_future(self, world, staff):
        given = {"actor": staff.coordinator, "facility": world.lakeside, "emergency": "Storm"}
        with pytest.raises(Refused, match="activated already: Flood of 24 November"):
            start_activation(**given, started_at=NOON)
        with pytest.raises(Refused, match="in the future"):
            start_activation(**given, started_at=NOON + SECOND)
        with pytest.raises(Forbidden):
            start_activation(**(given | {"actor": staff.executive}), started_at=NOON)

    def test_its_end_ends_the_privileges_and_lets_nothing_more_be_granted(self, world, staff, volunteer):
        waiting = opened_for(world, staff, world.stranger)
        special_only(staff, waiting, "GS-BARIATRIC")
        (only,) = in_review(staff, waiting)
        assert lookup(volunteer.practitioner, world).outcome == LookupOutcome.YES
        with clock.freeze(NOON + HOUR):
            end_activation(
                actor=staff.coordinator, activation=volunteer.activation, reason="The water is gone"
            )
            assert lookup(volunteer.practitioner, world).outcome == LookupOutcome.NO
            with pytest.raises(Refused, match="the activation has ended"):
                act(staff.executive, only, waiting)
            with pytest.raises(Refused, match="is not activated"):
                opened_for(world, staff, physician(world, "Third", 2))
            with pytest.raises(Refused, match="This activation has ended"):
                end_activation(actor=staff.coordinator, activation=volunteer.activation, reason="Again")

    def test_an_arrival_to_come_is_refused_at_its_field(self, world, staff, stranger):
        with pytest.raises(Refused, match="cannot arrive in the future") as refused:
            opened_for(world, staff, stranger, NOON + SECOND)
        assert refused.value.field == "arrived_at"


class TestGranted:
    def test_before_the_license_is_verified_and_through_the_day_the_hours_end(self, world, staff, volunteer):
        row = GrantPeriod.objects.get()
        assert (row.kind, row.start, row.end) == (GrantKind.DISASTER, TODAY, dt.date(2026, 11, 27))

    def test_the_license_is_found_out_after_the_decision(self, world, staff, stranger):
        asks = [
            {"element": "IDENTITY", "instances": "one", "minimum": 1},
            {"element": "STATE_LICENSE", "instances": "each", "minimum": 1, "later": True},
        ]
        set_parameter(world.system, "credentialing.required_elements", asks, subject="disaster")
        application = opened_for(world, staff, stranger)
        special_only(staff, application, "GS-BARIATRIC")
        applications.submit(actor=staff.coordinator, application=application)
        applications.accept(actor=staff.coordinator, application=application)
        application.refresh_from_db()
        leaves = {leaf.code: leaf for leaf in completeness(application).leaves()}
        assert leaves["CR-STATE_LICENSE"].met
        assert "The decision does not wait for it" in leaves["CR-STATE_LICENSE"].sentence
        assert not leaves["CR-IDENTITY"].met
        assert application.is_workable
        type(application).objects.filter(pk=application.pk).update(status="withdrawn", closing_reason="-")
        application.refresh_from_db()
        assert not application.is_workable

    def test_after_the_hours_nothing_is_granted(self, world, staff, stranger):
        application = opened_for(world, staff, stranger)
        with clock.freeze(DUE):
            assert term_of(application, dt.date(2026, 11, 27)).end == dt.date(2026, 11, 28)
        with clock.freeze(DUE + SECOND), pytest.raises(Refused, match="Open another file"):
            term_of(application, dt.date(2026, 11, 27))


class TestContinuing:
    def test_at_the_hour_it_can_be_decided_and_a_second_later_not(self, world, staff, volunteer):
        with clock.freeze(DUE + SECOND), pytest.raises(Refused, match="without a decision"):
            decide(staff, volunteer)
        with clock.freeze(DUE):
            assert end_undecided() == 0
            made = decide(staff, volunteer)
        assert made.until == dt.date(2026, 12, 26)  # 30 days, the day of the decision being the first
        with clock.freeze(DUE + DAY):
            assert end_undecided() == 0
            assert lookup(volunteer.practitioner, world, TODAY + 4 * DAY).outcome == LookupOutcome.YES

    def test_undecided_they_end_at_the_hour_and_with_the_day_in_any_case(self, world, staff, volunteer):
        last = dt.date(2026, 11, 27)
        with clock.freeze(DUE + SECOND):
            assert lookup(volunteer.practitioner, world, last).outcome == LookupOutcome.YES
            assert end_undecided() == 1
            assert end_undecided() == 0
            assert lookup(volunteer.practitioner, world, last).outcome == LookupOutcome.NO
            assert lookup(volunteer.practitioner, world, last - DAY).outcome == LookupOutcome.YES

    def test_not_continued_they_end_that_day(self, world, staff, volunteer):
        made = decide(staff, volunteer, continues=False)
        assert (made.continues, made.until) == (False, None)
        assert lookup(volunteer.practitioner, world).outcome == LookupOutcome.NO
        with pytest.raises(Refused, match="nothing to continue"):
            decide(staff, volunteer)

    def test_as_long_as_is_allowed_and_only_by_whoever_grants(self, staff, volunteer):
        with pytest.raises(Refused, match="at most 30 days, through 23 Dec 2026") as refused:
            decide(staff, volunteer, until=TODAY + 30 * DAY)
        assert refused.value.field == "until"
        for one in (staff.coordinator, staff.president):
            with pytest.raises(Forbidden):
                decide(staff, volunteer, actor=one)
        assert decide(staff, volunteer, until=TODAY + 29 * DAY).until == TODAY + 29 * DAY


class TestToday:
    def items(self, world, user):
        queue = next(each for each in queues.all() if each.code == "volunteers_credentialing")
        return queue.items(user, world.lakeside, 5)

    def test_when_near_and_when_past(self, world, staff, volunteer):
        with clock.freeze(DUE - 24 * HOUR - SECOND):
            assert self.items(world, staff.coordinator) == (0, [])
        with clock.freeze(DUE - 24 * HOUR):
            total, (item,) = self.items(world, staff.coordinator)
            assert (total, item.colour) == (1, "warn")
            assert "License verified at its source: by 27 Nov 2026" in item.detail
            assert "in 24 hours" in item.detail
        with clock.freeze(DUE + SECOND):
            assert self.items(world, staff.coordinator)[1][0].colour == "bad"
        bring_under_control(actor=staff.coordinator, activation=volunteer.activation, at=NOON)
        assert self.items(world, staff.coordinator)[0] == 1

    def test_the_page_shows_both_moments_and_takes_the_decision(self, client, world, staff, volunteer):
        address = reverse("privileging:for_a_time", args=[volunteer.uid])
        client.force_login(staff.executive)
        page = client.get(address).content.decode()
        assert page.count("27 Nov 2026, 07:00 CST") == 2
        where = reverse("privileging:decide_volunteer", args=[volunteer.uid])
        assert client.post(where, {"continues": "yes"}).status_code == 422
        answer = client.post(where, {"continues": "yes", "reason": "Works well"})
        assert answer.status_code == 303
        assert "Continued" in client.get(address).content.decode()
        client.force_login(staff.coordinator)
        assert client.post(where, {"continues": "no", "reason": "-"}).status_code == 403
