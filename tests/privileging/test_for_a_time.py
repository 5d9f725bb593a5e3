"""Privileges for a time: they end with the application they wait beside, and run longer within their days."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import override_settings
from django.urls import reverse

from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.registries import queues
from credentialing.endings import ENDED_BESIDE
from credentialing.selectors.letter_facts import About, facts_of, values_of
from credentialing.services import applications
from credentialing.services.opening import Particulars
from privileging.models import GrantPeriod
from privileging.selectors.for_a_time import ended_untold, ending_soon
from privileging.selectors.lookup import LookupOutcome
from privileging.services.for_a_time import extend_grants
from tests.privileging.conftest import NOON, TODAY, appoint
from tests.privileging.files import answers, before_the_board, decide, opened
from tests.privileging.kinds import (
    NEED,
    act,
    built,
    granted_for_a_time,
    in_review,
    lookup,
    open_kind,
    physician,
    qualified,
    special_only,
)
from tests.worlds import shared

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def _make(world) -> None:
    """Of one, since yesterday, temporary privileges beside an application before the board; of another one,
    since today and for ten days, on a care need.
    """
    staff = world.staff
    world.stranger = physician(world, "Vasquez", 0)
    with clock.freeze(NOON - DAY):
        qualified(world, staff, world.stranger)
        world.waiting = opened(world, staff, world.stranger)
        special_only(staff, world.waiting, "GS-BARIATRIC", "GS-ROBOTIC")
        world.step = before_the_board(staff, world.waiting)
        world.waiting.refresh_from_db()
        world.file = open_kind(
            world, staff, world.stranger, "temporary", Particulars("applicant", awaits=world.waiting)
        )
        special_only(staff, world.file, "GS-BARIATRIC", "GS-ROBOTIC")
        first, second = in_review(staff, world.file)
        act(staff.president, first, world.file)
        act(staff.executive, second, world.file)
        world.file.refresh_from_db()
    asked = Particulars("need", "On call", until=TODAY + 9 * DAY)
    world.short = granted_for_a_time(world, staff, physician(world, "Short", 1), asked)


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


def extend(staff, application, until, *, actor=None, **more):
    return extend_grants(
        actor=actor or staff.executive, application=application, until=until, reason="Still needed", **more
    )


class TestTheyEndWithWhatTheyWaitBeside:
    def after(self, world, how: str):
        assert lookup(world.stranger, world).outcome == LookupOutcome.NO
        assert lookup(world.stranger, world, TODAY - DAY).outcome == LookupOutcome.YES
        told = AuditEvent.objects.get(verb=ENDED_BESIDE)
        assert (told.subject_uid, told.data["from"]) == (world.file.uid, TODAY.isoformat())
        assert list(ended_untold(world.lakeside)) == [world.file]
        queue = next(each for each in queues.all() if each.code == "temporary_ended")
        total, items = queue.items(world.staff.coordinator, world.lakeside, 5)
        assert (total, how in items[0].detail) == (1, True)
        facts = facts_of(About(world.stranger, world.lakeside, world.file))
        assert facts.situation.temporary_ended_on == TODAY
        assert values_of(facts, signed_by="Cora")["waited_beside"] == f"initial appointment: {how}"

    def test_denied(self, world, staff):
        decide(staff, world.step, answers(world.waiting, everything="not_recommend"))
        world.waiting.refresh_from_db()
        assert world.waiting.status == "denied"
        self.after(world, "denied")

    def test_withdrawn(self, world, staff):
        applications.withdraw(actor=staff.coordinator, application=world.waiting, reason="Goes elsewhere")
        self.after(world, "withdrawn")

    def test_taken_back_into_verification_it_is_undecided_and_they_go_on(self, world, staff):
        applications.return_to_verification(
            actor=staff.coordinator, application=world.waiting, reason="A reference is missing"
        )
        assert lookup(world.stranger, world).outcome == LookupOutcome.YES
        world.waiting.refresh_from_db()
        applications.withdraw(actor=staff.coordinator, application=world.waiting, reason="Never completed")
        assert lookup(world.stranger, world).outcome == LookupOutcome.NO

    def test_what_is_refused_of_it_ends_and_what_is_granted_goes_on(self, world, staff):
        decide(staff, world.step, answers(world.waiting, refused={"GS-ROBOTIC": "No cases"}))
        assert lookup(world.stranger, world).outcome == LookupOutcome.YES
        assert lookup(world.stranger, world, code="GS-ROBOTIC").outcome == LookupOutcome.NO
        told = AuditEvent.objects.get(verb=ENDED_BESIDE)
        assert told.data["privileges"] == ["Robotic-assisted abdominal surgery"]
        # What stands beside nothing is not touched.
        assert lookup(world.short.practitioner, world).outcome == LookupOutcome.YES


class TestRunningLonger:
    def test_through_day_120_and_not_121(self, world, staff):
        short, holder = world.short, world.short.practitioner
        assert list(ending_soon(world.lakeside, TODAY)) == [short]
        day_120 = TODAY + 119 * DAY
        with pytest.raises(
            Refused, match=r"Day 1 was 24 Nov 2026: the 120 days end with 23 Mar 2027"
        ) as refused:
            extend(staff, short, day_120 + DAY)
        assert refused.value.field == "until"
        extend(staff, short, TODAY + 60 * DAY)
        extend(staff, short, day_120)
        (row,) = GrantPeriod.objects.live().filter(practitioner=holder)
        assert (row.valid.lower, row.end) == (TODAY, day_120)  # one stretch: the ward is told its last day
        assert lookup(holder, world).until == day_120
        assert lookup(holder, world, day_120 + DAY).outcome == LookupOutcome.NO
        assert not ending_soon(world.lakeside, TODAY).exists()

    def test_the_days_before_count_from_the_first_grant_beside_the_application(self, world, staff):
        last = TODAY + 118 * DAY  # day 1 was yesterday
        with pytest.raises(Refused, match="They run through 22 Mar 2027 already"):
            extend(staff, world.file, last)
        with pytest.raises(Refused, match="the 120 days end with 22 Mar 2027"):
            extend(staff, world.file, last + DAY)

    def test_a_member_s_own_term_is_the_end(self, world, staff):
        appoint(world, world.short.practitioner, last_day=TODAY + 20 * DAY)
        with pytest.raises(Refused, match="The term ends with 14 Dec 2026: nothing is granted past it"):
            extend(staff, world.short, TODAY + 21 * DAY)
        extend(staff, world.short, TODAY + 20 * DAY)

    def test_only_whoever_may_grant(self, world, staff):
        short = world.short
        for one in (staff.coordinator, staff.meetings, staff.president):
            with pytest.raises(Forbidden):
                extend(staff, short, TODAY + 30 * DAY, actor=one)
        with pytest.raises(
            Refused, match="Say why you act in the chief executive officer's place"
        ) as refused:
            extend(staff, short, TODAY + 30 * DAY, actor=staff.medical)
        assert refused.value.field == "absence"
        extend(staff, short, TODAY + 30 * DAY, actor=staff.medical, absence="Abroad")
        event = AuditEvent.objects.get(verb="application.grants_extended")
        assert "designee" in event.data["capacity"]

    def test_what_has_ended_is_asked_for_anew(self, world, staff):
        short = world.short
        with clock.freeze(clock.now() + 10 * DAY), pytest.raises(Refused, match="has ended: ask for it anew"):
            extend(staff, short, TODAY + 30 * DAY)

    def test_the_page_says_how_long_and_lets_the_officer_act(self, client, world, staff):
        short = world.short
        address = reverse("privileging:for_a_time", args=[short.uid])
        client.force_login(staff.coordinator)
        page = client.get(address).content.decode()
        assert "23 Mar 2027" in page
        assert "celia Office lets it run longer".lower() in page.lower()
        assert 'name="until"' not in page
        client.force_login(staff.executive)
        assert 'name="until"' in client.get(address).content.decode()
        longer = reverse("privileging:extend_granted", args=[short.uid])
        answer = client.post(longer, {"until": "2027-03-24", "reason": "Still needed"})
        assert answer.status_code == 422
        assert "They cannot run through 24 Mar 2027" in answer.content.decode()
        assert client.post(longer, {"until": "2027-03-23", "reason": "Still needed"}).status_code == 303


class TestChangedUntilGranted:
    def change(self, staff, application, particulars):
        application.refresh_from_db()
        return applications.change_plan(
            actor=staff.coordinator,
            application=application,
            department=application.department,
            scheduled_decision_on=None,
            particulars=particulars,
        )

    def test_need_and_last_day_until_a_body_acted(self, world, staff):
        application = open_kind(world, staff, physician(world, "Third", 2), "temporary", NEED)
        special_only(staff, application, "GS-BARIATRIC")
        self.change(staff, application, Particulars("need", "On call", until=TODAY + 3 * DAY))
        first, _ = in_review(staff, application)
        self.change(staff, application, Particulars("need", "On call at night", until=TODAY + 4 * DAY))
        assert (application.need, application.until) == ("On call", TODAY + 3 * DAY)
        application.refresh_from_db()
        assert (application.need, application.until) == ("On call at night", TODAY + 4 * DAY)
        with pytest.raises(Refused, match="another ground asks for other verifications"):
            self.change(staff, application, Particulars("applicant", "On call", awaits=world.waiting))
        act(staff.president, first, application)
        with pytest.raises(Refused, match="The medical staff president acted on the file as it is"):
            self.change(staff, application, Particulars("need", "On call", until=TODAY + 9 * DAY))

    def test_what_is_granted_stays_as_it_was_granted(self, world, staff):
        with pytest.raises(Refused, match="This application is closed"):
            self.change(staff, world.short, NEED)
