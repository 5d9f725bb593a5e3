"""One initial evaluation per person, facility and privilege, from the first day of any grant."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from config.kernel import clock
from credentialing.services.opening import Particulars
from practitioners.services.merging import merge_records
from privileging.choices import FPPEMethod, FPPEReason, FPPEStatus, GrantKind
from privileging.models import FPPEPlan, Grant, GrantPeriod
from privileging.selectors.proctoring import open_initial_fppe
from privileging.services.evaluations import begin_initial_fppe, open_fppe, open_return_fppe
from privileging.services.fppe import close_fppe, extend_fppe, start_fppe
from tests.credentialing.telemedicine import listed
from tests.privileging.conftest import TODAY, appoint, grant, licensed, line_of, set_parameter
from tests.privileging.evaluations import evaluation
from tests.privileging.files import answers, before_the_board, decide, hospital_with_office, opened
from tests.privileging.kinds import open_kind, special_only

pytestmark = pytest.mark.django_db
HOSPITAL = hospital_with_office
DAY = dt.timedelta(days=1)


@pytest.fixture
def staff(world, bylaws_rule):
    return world.staff


@pytest.fixture
def stranger(world, person):
    one = person("Vasquez", "Ines")
    licensed(world, one)
    return one


def held(world, practitioner, code="GS-BARIATRIC", **more) -> Grant:
    return grant(world, practitioner, code, **more).identity


def begun(world, *grants, start=TODAY, **more) -> list[FPPEPlan]:
    return begin_initial_fppe(actor=world.system, grants=grants, start=start, **more)


class TestAProctorAskedForByTheBody:
    """What the body asks of a privilege takes effect whatever came before."""

    def test_an_evaluation_that_runs_takes_the_cases_on(self, world, person):
        one = held(world, person())
        plan = evaluation(one)
        later = held(world, one.practitioner, start=dt.date(2028, 1, 1), last_day=dt.date(2029, 12, 31))
        assert begun(world, later, proctored={later.pk: 7}, renewed=[later.pk]) == []
        plan.refresh_from_db()
        assert (plan.cases_required, plan.looking) == (7, FPPEMethod.PROCTORED)
        told = open_initial_fppe([one.practitioner_id], world.lakeside, TODAY)
        assert told[one.practitioner_id, one.privilege_id].cases == 7

    def test_a_privilege_held_for_long_gets_one(self, world, person):
        later = held(world, person(), start=TODAY)
        (plan,) = begun(world, later, proctored={later.pk: 3}, renewed=[later.pk])
        assert (plan.reason, plan.cases_required, plan.looking) == (
            FPPEReason.AGAIN, 3, FPPEMethod.PROCTORED,
        )  # fmt: skip


class TestOneInitial:
    def test_the_database_keeps_a_second_one_out(self, world, person):
        one = held(world, person(), last_day=dt.date(2026, 6, 30))
        evaluation(one)
        later = held(world, one.practitioner, start=dt.date(2026, 8, 1))
        with pytest.raises(IntegrityError, match="one_initial_fppe"), transaction.atomic():
            evaluation(later, start=dt.date(2026, 8, 1))

    def test_nor_may_a_plan_be_of_another_person_than_its_grant(self, world, person):
        one, other = held(world, person()), person("Other")
        with (
            pytest.raises(IntegrityError, match="of the person and privilege of its grant"),
            transaction.atomic(),
        ):
            FPPEPlan.objects.create(
                grant=one,
                practitioner=other,
                facility=one.facility,
                privilege=one.privilege,
                reason=FPPEReason.INITIAL,
                opened_on=TODAY,
            )

    def test_a_grant_two_days_after_the_temporary_one_continues_its_evaluation(self, world, person):
        one = person()
        evaluation(held(world, one, start=dt.date(2026, 9, 1), last_day=TODAY - 3 * DAY))
        later = held(world, one, start=TODAY)
        assert begun(world, later) == []
        assert FPPEPlan.objects.get().opened_on == dt.date(2026, 1, 1)

    def test_satisfactory_once_is_enough_after_a_short_gap_and_not_after_a_long_one(self, world, person):
        set_parameter(world.system, "privileging.fppe_after_leave_months", 12)
        for years, opens in ((1, []), (3, [FPPEReason.AGAIN])):
            one = person(f"Gap{'abcd'[years]}x")
            before = held(
                world,
                one,
                start=dt.date(2026 - years - 1, 1, 1),
                last_day=TODAY - dt.timedelta(days=350 * years),
            )
            plan = evaluation(before, start=dt.date(2026 - years - 1, 1, 1))
            start_fppe(actor=world.system, plans=[plan])
            close_fppe(actor=world.system, plans=[plan], outcome="closed_success", conclusion="Fine.")
            assert [each.reason for each in begun(world, held(world, one, start=TODAY))] == opens

    def test_after_one_that_was_not_satisfactory_being_granted_again_opens_another(self, world, person):
        one = person()
        plan = evaluation(held(world, one, last_day=TODAY - 3 * DAY))
        start_fppe(actor=world.system, plans=[plan])
        close_fppe(actor=world.system, plans=[plan], outcome="closed_insufficient", conclusion="Two cases.")
        (again,) = begun(world, held(world, one, start=TODAY))
        assert (again.reason, again.opened_on) == (FPPEReason.AGAIN, TODAY)

    def test_the_last_one_decides_not_any_earlier_one(self, world, person):
        set_parameter(world.system, "privileging.fppe_after_leave_months", 12)
        one = person()
        first = evaluation(held(world, one, last_day=dt.date(2026, 5, 31)))
        start_fppe(actor=world.system, plans=[first])
        close_fppe(
            actor=world.system, plans=[first], outcome="closed_success", conclusion="Fine.", fewer="Enough"
        )
        second = evaluation(
            held(world, one, start=dt.date(2026, 6, 1), last_day=TODAY - DAY),
            start=dt.date(2026, 6, 1),
            reason=FPPEReason.AGAIN,
        )
        start_fppe(actor=world.system, plans=[second])
        close_fppe(
            actor=world.system,
            plans=[second],
            outcome="closed_unsuccessful",
            conclusion="Leaks.",
            fewer="Seen",
        )
        (again,) = begun(world, held(world, one, start=TODAY))
        assert again.reason == FPPEReason.AGAIN

    def test_one_for_cause_does_not_take_the_place_of_the_one_after_a_leave(self, world, person):
        set_parameter(world.system, "privileging.fppe_after_leave_months", 12)
        one = person()
        evaluation(held(world, one), reason=FPPEReason.FOR_CAUSE, grounds="Three leaks")
        (back,) = open_return_fppe(
            actor=world.system, practitioner=one, facility=world.lakeside,
            left_on=dt.date(2025, 1, 1), back_on=TODAY,
        )  # fmt: skip
        assert back.reason == FPPEReason.RETURN

    def test_one_that_runs_goes_on_after_a_leave(self, world, person):
        set_parameter(world.system, "privileging.fppe_after_leave_months", 12)
        one = person()
        evaluation(held(world, one))
        assert not open_return_fppe(
            actor=world.system, practitioner=one, facility=world.lakeside,
            left_on=dt.date(2025, 1, 1), back_on=TODAY,
        )  # fmt: skip

    def test_it_is_the_person_s_whichever_record_it_began_on(self, world, person):
        one, twin = person(), person("Okonkwo", "Ada")
        evaluation(held(world, one, last_day=TODAY - 3 * DAY))
        merge_records(actor=world.system, keep=twin, record=one, reason="The same license")
        assert begun(world, held(world, twin, start=TODAY)) == []


class TestByWhichGrant:
    def test_by_proxy_opens_none_and_the_full_grant_after_it_does(self, world, staff, stranger):
        named = Particulars(agreement=listed(staff.coordinator, world.lakeside, stranger))
        proxy = open_kind(world, staff, stranger, "telemedicine", named)
        special_only(staff, proxy, "GS-BARIATRIC")
        decide(staff, before_the_board(staff, proxy), answers(proxy))
        assert GrantPeriod.objects.get().kind == GrantKind.TELEMEDICINE
        assert not FPPEPlan.objects.exists()
        with clock.freeze(clock.now() + 30 * DAY):
            application = opened(world, staff, stranger)
            special_only(staff, application, "GS-BARIATRIC")
            decide(staff, before_the_board(staff, application), answers(application), on=TODAY + 30 * DAY)
        plan = FPPEPlan.objects.get()
        assert (plan.reason, plan.opened_on) == (FPPEReason.INITIAL, TODAY + 30 * DAY)


class TestProctorNeeded:
    """What the lookup says of it: initial proctoring, never an evaluation for cause."""

    def asked(self, one, on=TODAY, known_at=None):
        found = open_initial_fppe([one.pk], one.grants.first().facility, on, known_at)
        codes: dict[int, set[str]] = {}
        for (who, _), each in found.items():
            codes.setdefault(who, set()).add(each.code)
        return codes

    def test_while_it_is_open_and_somebody_has_to_be_present(self, world, person):
        one = person()
        plan = evaluation(held(world, one), {"cases": 2, "method": "Concurrent proctoring"})
        evaluation(held(world, one, "GS-COLECTOMY"), {"method": "Retrospective review"})
        assert self.asked(one) == {one.pk: {"GS-BARIATRIC"}}
        assert self.asked(one, dt.date(2025, 12, 31)) == {}
        before = clock.now()
        with clock.freeze(before + DAY):
            start_fppe(actor=world.system, plans=[plan])
            extend_fppe(actor=world.system, plans=[plan], due_on=dt.date(2027, 3, 1), why="Few cases")
            assert self.asked(one, TODAY + DAY) == {one.pk: {"GS-BARIATRIC"}}
            close_fppe(
                actor=world.system,
                plans=[plan],
                outcome=FPPEStatus.CLOSED_SUCCESS,
                conclusion="Fine.",
                fewer="Seen elsewhere",
            )
            assert self.asked(one, TODAY + DAY) == {}
            assert self.asked(one, TODAY) == {one.pk: {"GS-BARIATRIC"}}  # on the day before it was
            then = self.asked(one, TODAY + DAY, known_at=before)
            assert then == {one.pk: {"GS-BARIATRIC"}}  # and nobody knew better

    def test_for_cause_never_shows(self, world, person):
        one = person()
        appoint(world, one)
        row = held(world, one, "GS-ROBOTIC")
        open_fppe(
            actor=world.system,
            practitioner=one,
            facility=world.lakeside,
            privilege_ids=[line_of("GS-ROBOTIC").privilege_id],
            reason=FPPEReason.FOR_CAUSE,
            grounds="Three conversions.",
        )
        assert row.fppe_plans.get().looking == "proctored"
        assert self.asked(one) == {}
