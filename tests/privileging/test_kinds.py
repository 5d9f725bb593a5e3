"""What becomes of applications of each kind: terms, categories, leaves, grants for a time."""

from __future__ import annotations

import datetime as dt

import pytest

from bylaws.choices import BarKind
from bylaws.models import AppointmentPeriod, BarPeriod, StaffCategory
from bylaws.selectors.reviews import next_actor, steps_for, visible_steps
from bylaws.subjects import handler
from config.accounts.choices import Role
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.choices import NPDBQueryKind, NPDBReason
from credentialing.endings import ENDED_BESIDE
from credentialing.selectors.gate import completeness
from credentialing.selectors.screening import to_screen
from credentialing.services import applications
from credentialing.services.npdb import end_continuous, log_query
from credentialing.services.opening import Particulars
from practitioners.models import Letter
from privileging.choices import GrantKind
from privileging.models import FPPEPlan, GrantPeriod
from privileging.rules import temporary_held
from privileging.rules.grant_kinds import grant_kind
from privileging.selectors.lookup import LookupOutcome, can_perform, who_can
from privileging.services.requests import request_privileges
from privileging.services.spans import Term, term_of
from tests.credentialing.telemedicine import listed
from tests.privileging.conftest import TODAY, appoint, bar, grant, licensed, set_parameter
from tests.privileging.files import account, answers, asked, before_the_board, decide, opened, surgery_form
from tests.privileging.kinds import (
    NEED,
    act,
    granted_for_a_time,
    hospital_with_officers,
    in_review,
    lookup,
    open_kind,
    qualified,
    special_only,
)

pytestmark = pytest.mark.django_db
HOSPITAL = hospital_with_officers
END = dt.date(2028, 1, 1)


@pytest.fixture
def staff(world, bylaws_rule):
    return world.staff


@pytest.fixture
def member(world, person):
    """Somebody with a term through the end of 2027 and one privilege."""
    one = person()
    licensed(world, one)
    appoint(world, one)
    grant(world, one)
    return one


@pytest.fixture
def stranger(world, person):
    one = person("Vasquez", "Ines")
    licensed(world, one)
    return one


class TestAddedPrivileges:
    def test_they_end_with_the_current_term_and_nobody_is_appointed(self, world, staff, member):
        application = open_kind(world, staff, member, "added_privileges")
        asked(staff, application, special=["GS-BARIATRIC"])
        lines = handler("application").lines(application.uid, TODAY)
        assert {line.line_kind for line in lines} == {"privilege"}
        assert "GS-LAP-CHOLE" not in {line.detail for line in lines}  # held already
        decide(staff, before_the_board(staff, application), answers(application))
        added = GrantPeriod.objects.get(privilege__code="GS-BARIATRIC")
        assert (added.valid.lower, added.valid.upper, added.kind) == (TODAY, END, GrantKind.FULL)
        assert AppointmentPeriod.objects.count() == 1
        before = GrantPeriod.objects.get(privilege__code="GS-LAP-CHOLE")
        assert (before.valid.lower, before.valid.upper) == (dt.date(2026, 1, 1), END)
        assert FPPEPlan.objects.filter(grant__privilege__code="GS-BARIATRIC").exists()
        letter = Letter.objects.get()
        assert "through December 31, 2027" in letter.content["opening"]
        assert letter.content["appointment"] is None

    def test_an_enrolment_in_continuous_query_covers_the_day(self, world, staff, person):
        one = person()
        appoint(world, one)
        asks = [{"element": "NPDB", "instances": "one", "minimum": 1}]
        set_parameter(world.system, "credentialing.required_elements", asks, subject="added_privileges")
        with clock.freeze(clock.now() - dt.timedelta(days=90)):
            log_query(
                actor=staff.coordinator,
                practitioner=one,
                facility=world.lakeside,
                kind=NPDBQueryKind.CONTINUOUS,
                reason=NPDBReason.TWO_YEARS,
                queried_on=clock.today(world.lakeside),
                dcn="5500000001",
                content=b"No reports found.",
            )
        application = open_kind(world, staff, one, "added_privileges")
        special_only(staff, application, "GS-BARIATRIC")
        applications.submit(actor=staff.coordinator, application=application)
        applications.accept(actor=staff.coordinator, application=application)

        def leaf():
            return next(each for each in completeness(application).leaves() if each.code == "CR-NPDB")

        assert leaf().met
        assert "no query of its own is needed" in leaf().sentence
        end_continuous(
            actor=staff.coordinator, practitioner=one, facility=world.lakeside, day=TODAY, reason="Ended"
        )
        assert not leaf().met

    def test_nothing_is_left_of_a_form_held_as_a_whole(self, world, staff, member):
        application = open_kind(world, staff, member, "added_privileges")
        form = surgery_form()
        others = form.lines.filter(kind="core").exclude(privilege__code="GS-LAP-CHOLE")
        with pytest.raises(Refused, match="holds all of that already"):
            request_privileges(
                actor=staff.coordinator,
                application=application,
                version=form,
                struck=list(others.values_list("privilege__code", flat=True)),
            )

    def test_only_members_ask_for_more(self, world, staff, stranger):
        with pytest.raises(Refused, match="holds no term"):
            open_kind(world, staff, stranger, "added_privileges")

    def test_a_term_that_ran_out_meanwhile_grants_nothing(self, world, staff, person):
        one = person()
        appoint(world, one, last_day=dt.date(2026, 11, 30))
        application = open_kind(world, staff, one, "added_privileges")
        assert term_of(application, dt.date(2026, 11, 30)).end == dt.date(2026, 12, 1)
        with pytest.raises(Refused, match="ends with the current term, and there is none"):
            term_of(application, dt.date(2026, 12, 1))


class TestCategoryChange:
    def test_another_row_of_the_term_and_no_grant_touched(self, world, staff, member):
        courtesy = StaffCategory.objects.create(code="courtesy", name="Courtesy")
        application = open_kind(world, staff, member, "category_change", category=courtesy)
        with pytest.raises(Refused, match="about membership"):
            asked(staff, application)
        (line,) = handler("application").lines(application.uid, TODAY)
        assert (line.line_kind, line.label) == ("membership", "Change of category: Courtesy, Surgery")
        decide(staff, before_the_board(staff, application), answers(application))
        rows = AppointmentPeriod.objects.live().order_by("valid")
        assert [(row.category.code, row.valid.lower, row.valid.upper) for row in rows] == [
            ("active", dt.date(2026, 1, 1), TODAY),
            ("courtesy", TODAY, END),
        ]
        assert len({row.identity_id for row in rows}) == 1
        assert GrantPeriod.objects.count() == 1
        application.refresh_from_db()
        assert application.status == "approved"
        assert "category Courtesy" in Letter.objects.get().content["opening"]

    def test_refused_it_leaves_everything_as_it_is(self, world, staff, member):
        courtesy = StaffCategory.objects.create(code="courtesy", name="Courtesy")
        application = open_kind(world, staff, member, "category_change", category=courtesy)
        (line,) = handler("application").lines(application.uid, TODAY)
        decide(
            staff,
            before_the_board(staff, application),
            [type(answers(application)[0])(line.uid, "not_recommend", reason="Too few contacts")],
        )
        assert AppointmentPeriod.objects.get().category.code == "active"
        assert Letter.objects.get().content["not_granted"] == [
            {"name": "Membership", "reason": "Too few contacts"}
        ]

    def test_the_category_held_is_refused(self, world, staff, member):
        with pytest.raises(Refused, match="of the category Active already"):
            open_kind(world, staff, member, "category_change", category=world.active)


class TestReinstatement:
    def test_the_leave_ends_with_the_decision(self, world, staff, member):
        bar(world, member, dt.date(2026, 5, 1), kind=BarKind.LEAVE, cause="Research")
        assert lookup(member, world, code="GS-LAP-CHOLE").outcome == LookupOutcome.NO
        application = open_kind(world, staff, member, "reinstatement")
        decide(staff, before_the_board(staff, application), answers(application))
        assert BarPeriod.objects.live().get().valid.upper == TODAY
        assert lookup(member, world, code="GS-LAP-CHOLE").outcome == LookupOutcome.YES
        yesterday = TODAY - dt.timedelta(days=1)
        assert lookup(member, world, yesterday, "GS-LAP-CHOLE").outcome == LookupOutcome.NO

    @pytest.mark.parametrize(
        ("left", "opens"), [(dt.date(2025, 11, 24), 0), (dt.date(2025, 11, 23), 1), (dt.date(2026, 5, 1), 0)]
    )
    def test_after_more_than_a_year_what_is_held_is_evaluated_again(self, world, staff, person, left, opens):
        set_parameter(world.system, "privileging.fppe_after_leave_months", 12)
        one = person()
        licensed(world, one)
        appoint(world, one, dt.date(2025, 1, 1), dt.date(2026, 12, 31))
        grant(world, one, start=dt.date(2025, 1, 1), last_day=dt.date(2026, 12, 31))
        bar(world, one, left, kind=BarKind.LEAVE, cause="Research")
        application = open_kind(world, staff, one, "reinstatement")
        decide(staff, before_the_board(staff, application), answers(application))
        assert FPPEPlan.objects.filter(reason="return", opened_on=TODAY).count() == opens
        assert len(Letter.objects.get().content["fppe"]) == opens

    def test_after_the_term_a_reappointment_comes_first(self, world, staff, person):
        one = person()
        appoint(world, one, last_day=TODAY - dt.timedelta(days=1))
        bar(world, one, dt.date(2026, 5, 1), kind=BarKind.LEAVE, cause="Research")
        with pytest.raises(Refused, match="during the leave: a full reappointment comes first"):
            open_kind(world, staff, one, "reinstatement")

    def test_the_last_day_of_the_term_is_the_last_on_which_it_can_be_granted(self, world, staff, person):
        one = person()
        appoint(world, one, last_day=TODAY)
        bar(world, one, dt.date(2026, 5, 1), kind=BarKind.LEAVE, cause="Research")
        application = open_kind(world, staff, one, "reinstatement")
        assert term_of(application, TODAY).start == TODAY
        with pytest.raises(Refused, match="there is none"):
            term_of(application, TODAY + dt.timedelta(days=1))

    def test_nobody_comes_back_who_is_not_away(self, world, staff, member):
        with pytest.raises(Refused, match="on no leave"):
            open_kind(world, staff, member, "reinstatement")


class TestTemporary:
    def test_president_recommends_executive_grants_and_day_121_is_over(self, world, staff, stranger):
        application = open_kind(world, staff, stranger, "temporary", NEED)
        special_only(staff, application, "GS-BARIATRIC")
        first, second = in_review(staff, application)
        assert next_actor(first).user == staff.president
        assert list(steps_for(staff.president)) == [first]
        assert second in visible_steps(staff.executive)
        act(staff.president, first, application)
        assert not GrantPeriod.objects.exists()
        second.refresh_from_db()
        assert next_actor(second).user == staff.executive
        decision = act(staff.executive, second, application)
        assert (decision.kind, decision.body) == ("decision", "chief_executive")
        given = GrantPeriod.objects.get()
        assert (given.valid.lower, given.kind) == (TODAY, GrantKind.TEMPORARY_NEED)
        assert (given.valid.upper - given.valid.lower).days == 120
        application.refresh_from_db()
        assert application.status == "approved"
        assert AppointmentPeriod.objects.count() == 0
        day_120, day_121 = TODAY + dt.timedelta(days=119), TODAY + dt.timedelta(days=120)
        assert lookup(stranger, world).outcome == LookupOutcome.YES
        assert lookup(stranger, world).until == day_120
        assert lookup(stranger, world, day_120).outcome == LookupOutcome.YES
        assert lookup(stranger, world, day_121).outcome == LookupOutcome.NO
        for day, count in ((TODAY, 1), (day_120, 1), (day_121, 0)):
            found = who_can(privilege_code="GS-BARIATRIC", facility=world.lakeside, on=day)
            assert found.count == count
            assert len(found.people) == count
            assert (stranger.pk in to_screen(day)) == bool(count)  # watched like a member while it runs
        letter = Letter.objects.get()
        assert "and not after that day" in letter.content["opening"]
        assert "your appointment" not in letter.content["closing"]

    def test_a_shorter_time_asked_for_is_kept(self, world, staff, stranger):
        asked_for = Particulars("need", "On call", until=TODAY + dt.timedelta(days=13))
        application = open_kind(world, staff, stranger, "temporary", asked_for)
        assert term_of(application, TODAY) == Term(TODAY, TODAY + dt.timedelta(days=14))
        with pytest.raises(Refused, match="which is past: nothing can be granted"):
            term_of(application, TODAY + dt.timedelta(days=14))

    def test_nobody_both_recommends_and_grants(self, world, staff, stranger):
        application = open_kind(world, staff, stranger, "temporary", NEED)
        special_only(staff, application, "GS-BARIATRIC")
        first, second = in_review(staff, application)
        with pytest.raises(Refused, match="Say why you act in the medical staff president's place"):
            act(staff.medical, first, application)
        decision = act(staff.medical, first, application, absence="The president is abroad")
        assert "designee of the medical staff president: The president is abroad" in decision.frozen
        second.refresh_from_db()
        with pytest.raises(Forbidden, match="grants as chief executive officer"):
            act(staff.medical, second, application, absence="Away")
        act(staff.executive, second, application)
        assert GrantPeriod.objects.count() == 1

    def test_a_coordinator_and_a_chair_grant_nothing(self, world, staff, stranger):
        application = open_kind(world, staff, stranger, "temporary", NEED)
        special_only(staff, application, "GS-BARIATRIC")
        first, _ = in_review(staff, application)
        for one in (staff.coordinator, staff.meetings, account(world, "chaz", Role.DEPARTMENT_CHAIR)):
            with pytest.raises(Refused):
                act(one, first, application)

    def test_beside_an_application_that_is_not_complete_it_is_refused(self, world, staff, stranger):
        waiting = opened(world, staff, stranger)
        with pytest.raises(Refused, match="wait beside one that is complete"):
            open_kind(world, staff, stranger, "temporary", Particulars("applicant", awaits=waiting))

    def test_the_120_days_run_across_repeats_of_one_application(self, world, staff, stranger):
        qualified(world, staff, stranger)
        waiting = opened(world, staff, stranger)
        special_only(staff, waiting, "GS-BARIATRIC")
        before_the_board(staff, waiting)
        waiting.refresh_from_db()
        beside = Particulars("applicant", awaits=waiting, until=TODAY + dt.timedelta(days=59))
        granted_for_a_time(world, staff, stranger, beside)
        assert GrantPeriod.objects.get().kind == GrantKind.TEMPORARY_APPLICANT
        for on, held in ((TODAY, 1), (TODAY + dt.timedelta(days=60), 0)):
            rows = temporary_held.gather(world.lakeside, on, None, [stranger.pk])[stranger.pk]["held"]
            assert [row["beside"] for row in rows] == [[(TODAY, TODAY + dt.timedelta(days=59))]] * held
        again = open_kind(world, staff, stranger, "temporary", Particulars("applicant", awaits=waiting))
        day_61, day_120 = TODAY + dt.timedelta(days=60), TODAY + dt.timedelta(days=119)
        assert term_of(again, day_61) == Term(day_61, day_120 + dt.timedelta(days=1))
        assert term_of(again, day_120).end == day_120 + dt.timedelta(days=1)
        with pytest.raises(Refused, match="the 120 days ended with 23 Mar 2027"):
            term_of(again, day_120 + dt.timedelta(days=1))

    def test_the_board_s_grant_takes_the_place_and_opens_no_second_evaluation(self, world, staff, stranger):
        qualified(world, staff, stranger)
        waiting = opened(world, staff, stranger)
        special_only(staff, waiting, "GS-BARIATRIC")
        step = before_the_board(staff, waiting)
        waiting.refresh_from_db()
        granted_for_a_time(world, staff, stranger, Particulars("applicant", awaits=waiting))
        with clock.freeze(clock.now() + dt.timedelta(days=30)):
            decide(staff, step, answers(waiting), on=TODAY + dt.timedelta(days=30))
        rows = GrantPeriod.objects.live().order_by("valid")
        assert [row.kind for row in rows] == [GrantKind.TEMPORARY_APPLICANT, GrantKind.FULL]
        assert rows[0].valid.upper == rows[1].valid.lower == TODAY + dt.timedelta(days=30)
        assert FPPEPlan.objects.count() == 1

    def test_a_full_grant_of_the_same_day_takes_its_place(self, world, staff, stranger):
        qualified(world, staff, stranger)
        waiting = opened(world, staff, stranger)
        special_only(staff, waiting, "GS-BARIATRIC")
        step = before_the_board(staff, waiting)
        waiting.refresh_from_db()
        granted_for_a_time(world, staff, stranger, Particulars("applicant", awaits=waiting))
        before = clock.now()
        with clock.freeze(before + dt.timedelta(hours=1)):
            decide(staff, step, answers(waiting))
        (row,) = GrantPeriod.objects.live()
        assert (row.kind, row.valid.lower) == (GrantKind.FULL, TODAY)
        assert lookup(stranger, world).outcome == LookupOutcome.YES
        then = can_perform(
            practitioner=stranger,
            privilege_code="GS-BARIATRIC",
            facility=world.lakeside,
            on=TODAY,
            known_at=before,
        )
        assert then.outcome == LookupOutcome.YES  # what was known in the morning stays so
        assert FPPEPlan.objects.count() == 1
        assert AuditEvent.objects.filter(verb=ENDED_BESIDE).count() == 0

    def test_what_is_held_or_was_under_a_term_that_ran_out_is_refused(self, world, staff, member, person):
        application = open_kind(world, staff, member, "temporary", NEED)
        request_privileges(
            actor=staff.coordinator,
            application=application,
            version=surgery_form(),
            special=["GS-BARIATRIC"],
        )
        with pytest.raises(Refused, match="is held through 31 Dec 2027 already"):
            applications.submit(actor=staff.coordinator, application=application)
        late = person("Late", "Lena")
        appoint(world, late, last_day=dt.date(2026, 11, 20))
        grant(world, late, "GS-BARIATRIC", last_day=dt.date(2026, 11, 20))
        application = open_kind(world, staff, late, "temporary", NEED)
        special_only(staff, application, "GS-BARIATRIC")
        with pytest.raises(Refused, match=r"was held until 20 Nov 2026.*do not bridge a late reappointment"):
            applications.submit(actor=staff.coordinator, application=application)

    def test_it_does_not_bridge_an_open_reappointment_that_is_late(self, world, staff, person):
        late = person()
        appoint(world, late, last_day=dt.date(2026, 11, 20))
        opened(world, staff, late, kind="reappointment")
        with pytest.raises(Refused, match="do not bridge a late reappointment"):
            open_kind(world, staff, late, "temporary", NEED)

    def test_a_member_may_have_a_new_one_within_the_term(self, world, staff, person):
        one = person()
        licensed(world, one)
        appoint(world, one, last_day=TODAY + dt.timedelta(days=9))
        application = open_kind(world, staff, one, "temporary", NEED)
        assert term_of(application, TODAY).end == TODAY + dt.timedelta(days=10)


class TestOtherWays:
    def test_locum_rests_on_no_appointment(self, world, staff, stranger):
        application = granted_for_a_time(
            world, staff, stranger, Particulars(need="Stands in for Dr Reyes"), kind="locum"
        )
        assert application.category is None
        assert GrantPeriod.objects.get().kind == GrantKind.LOCUM
        answer = lookup(stranger, world)
        assert answer.outcome == LookupOutcome.YES
        assert "rests on no appointment" in str(answer.verdict.as_data())

    def test_telemedicine_by_proxy_runs_as_long_as_a_term_and_is_the_board_s(self, world, staff, stranger):
        named = Particulars(agreement=listed(staff.coordinator, world.lakeside, stranger))
        application = open_kind(world, staff, stranger, "telemedicine", named)
        assert term_of(application, TODAY).end == dt.date(2028, 11, 24)
        assert application.rule.final == ("board",)
        assert grant_kind(application.kind, application.ground) == GrantKind.TELEMEDICINE
        special_only(staff, application, "GS-BARIATRIC")
        decide(staff, before_the_board(staff, application), answers(application))
        assert GrantPeriod.objects.get().kind == GrantKind.TELEMEDICINE
        assert not FPPEPlan.objects.exists()  # the distant site evaluates
        assert (
            "the evaluations of Northgate Medical Center are used" in Letter.objects.get().content["opening"]
        )

    def test_renewal_opens_no_evaluation(self, world, staff, member):
        application = opened(world, staff, member, kind="reappointment")
        form = surgery_form()
        others = form.lines.filter(kind="core").exclude(privilege__code="GS-LAP-CHOLE")
        request_privileges(
            actor=staff.coordinator,
            application=application,
            version=form,
            struck=list(others.values_list("privilege__code", flat=True)),
        )
        decide(staff, before_the_board(staff, application), answers(application))
        assert GrantPeriod.objects.live().count() == 2
        assert not FPPEPlan.objects.exists()

    def test_an_officer_cannot_decide_what_the_board_must(self, world, staff, stranger):
        set_parameter(
            world.system, "bylaws.approval_chain", ["mec", "chief_executive"], subject="telemedicine"
        )
        named = Particulars(agreement=listed(staff.coordinator, world.lakeside, stranger))
        application = open_kind(world, staff, stranger, "telemedicine", named)
        special_only(staff, application, "GS-BARIATRIC")
        with pytest.raises(Refused, match="does not end with the governing board, which alone grants"):
            in_review(staff, application)
