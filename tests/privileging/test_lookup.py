"""May this person do this here, on this day: the boundary days, what suspends, and what was known when."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from bylaws.choices import BarKind, BarScope
from bylaws.models import StaffCategory
from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.periods import EndKind, supersede
from config.rulebook.rules import judge_many, rules
from config.rulebook.verdicts import Outcome
from practitioners.choices import CredentialStatus
from privileging.choices import GrantKind
from privileging.models import Privilege
from privileging.selectors.lookup import LookupOutcome, can_perform, for_viewer, who_can
from tests.privileging.conftest import (
    NOON,
    TODAY,
    appoint,
    bar,
    credential,
    grant,
    licensed,
    say,
    set_parameter,
)
from tests.privileging.files import answers, asked, before_the_board, decide, office, opened

pytestmark = pytest.mark.django_db
YES, NO, UNKNOWN = LookupOutcome.YES, LookupOutcome.NO, LookupOutcome.UNKNOWN
CODE = "GS-LAP-CHOLE"
DAY = dt.timedelta(days=1)


def ask(practitioner, facility, on=TODAY, code=CODE, known_at=None):
    return can_perform(
        practitioner=practitioner, privilege_code=code, facility=facility, on=on, known_at=known_at
    )


def noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(18), dt.UTC)


class TestTheGrant:
    def test_yes_says_since_when_until_when_and_by_whom(self, world, surgeon, bylaws_rule):
        answer = ask(surgeon, world.lakeside)
        assert answer.outcome == YES
        assert (answer.since, answer.until) == (dt.date(2026, 1, 1), dt.date(2027, 12, 31))
        assert answer.authority == "Governing board, 2026-01-01"
        assert answer.verdict.outcome == Outcome.MET
        assert [check.code for check in answer.verdict.children] == [
            "GRANT",
            "APPOINTMENT",
            "BARS",
            "BL-LIC-1",
        ]

    def test_by_npi_and_small_letters_too(self, world, surgeon, bylaws_rule):
        answer = can_perform(
            npi=f" {surgeon.npi} ", privilege_code="gs-lap-chole", facility=world.lakeside, on=TODAY
        )
        assert answer.outcome == YES
        assert answer.person.uid == str(surgeon.uid)

    @pytest.mark.parametrize(
        ("on", "outcome"),
        [
            (dt.date(2025, 12, 31), NO),
            (dt.date(2026, 1, 1), YES),
            (dt.date(2027, 12, 31), YES),
            (dt.date(2028, 1, 1), NO),
        ],
    )
    def test_first_and_last_day(self, world, surgeon, bylaws_rule, long_kept, on, outcome):
        assert ask(surgeon, world.lakeside, on).outcome == outcome

    def test_the_day_before_says_from_when(self, world, surgeon, bylaws_rule, long_kept):
        answer = ask(surgeon, world.lakeside, dt.date(2025, 12, 31))
        assert answer.reasons[0] == "Granted from 1 Jan 2026 by Governing board, 2026-01-01, not before."
        assert answer.since is None

    def test_the_day_after_says_since_when(self, world, surgeon, bylaws_rule):
        answer = ask(surgeon, world.lakeside, dt.date(2028, 1, 1))
        assert answer.reasons[0] == "The grant ended with 31 Dec 2027."
        assert answer.since == dt.date(2028, 1, 1)

    def test_another_privilege_or_facility_is_no(self, world, surgeon, bylaws_rule):
        assert ask(surgeon, world.lakeside, code="GS-COLECTOMY").outcome == NO
        assert ask(surgeon, world.harbor).outcome == NO

    def test_conditions_are_told_line_by_line(self, world, person, bylaws_rule):
        one = person()
        appoint(world, one)
        licensed(world, one)
        grant(world, one, conditions="First five cases with a proctor\n\nNot at night")
        assert ask(one, world.lakeside).conditions == ("First five cases with a proctor", "Not at night")

    def test_a_regrant_without_a_break_tells_the_new_start_and_the_whole_stretch(
        self, world, person, bylaws_rule
    ):
        one = person()
        licensed(world, one)
        appoint(world, one, dt.date(2024, 1, 1), dt.date(2025, 12, 31))
        grant(world, one, start=dt.date(2024, 1, 1), last_day=dt.date(2025, 12, 31))
        appoint(world, one, at=noon(dt.date(2025, 12, 1)))
        grant(world, one, at=noon(dt.date(2025, 12, 1)))
        for on in (dt.date(2025, 12, 31), dt.date(2026, 1, 1)):
            assert ask(one, world.lakeside, on).outcome == YES
        answer = ask(one, world.lakeside)
        assert answer.since == dt.date(2026, 1, 1)
        assert answer.verdict.children[0].facts["held without a break since"] == dt.date(2024, 1, 1)

    @pytest.mark.parametrize(
        ("npi", "code", "sentence"),
        [
            ("1111111111", CODE, "No practitioner has the NPI 1111111111."),
            ("", CODE, "No practitioner has the NPI"),
            ("1234567893", "GS-NOTHING", "There is no privilege GS-NOTHING"),
            ("1234567893", "'; DROP TABLE x; --", "There is no privilege"),
        ],
    )
    def test_a_question_about_nobody_or_nothing_is_refused(self, world, surgeon, npi, code, sentence):
        with pytest.raises(Refused, match=sentence.split(";")[0]):
            can_perform(npi=npi, privilege_code=code, facility=world.lakeside, on=TODAY)


class TestWhatRestsOnNoAppointment:
    def test_a_category_without_privileges_excuses_nobody_from_a_license(self, world, person, bylaws_rule):
        """An honorary member who is granted a privilege for a time needs a license like everybody else."""
        one = person()
        appoint(world, one, category=world.honorary)
        grant(world, one, kind=GrantKind.TEMPORARY_NEED)
        assert ask(one, world.lakeside).outcome == UNKNOWN
        licensed(world, one)
        assert ask(one, world.lakeside).outcome == YES


class TestTheAppointment:
    def test_without_one_it_is_no(self, world, person, bylaws_rule):
        one = person()
        grant(world, one)
        licensed(world, one)
        answer = ask(one, world.lakeside)
        assert answer.outcome == NO
        assert answer.reasons == ("No appointment at Lakeside Medical Center is on record.",)

    def test_one_that_ended_earlier_than_the_grant(self, world, person, bylaws_rule):
        one = person()
        appoint(world, one, last_day=TODAY - DAY)
        grant(world, one)
        licensed(world, one)
        assert ask(one, world.lakeside, TODAY - DAY).outcome == YES
        answer = ask(one, world.lakeside)
        assert (answer.outcome, answer.since) == (NO, TODAY)
        assert "ended with 23 Nov 2026" in answer.reasons[0]

    def test_a_category_without_privileges_is_no(self, world, person, bylaws_rule):
        one = person()
        appoint(world, one, category=world.honorary)
        grant(world, one)
        licensed(world, one)
        answer = ask(one, world.lakeside)
        assert answer.outcome == NO
        assert answer.reasons == ("The category Honorary carries no privileges.",)

    def test_until_is_whichever_ends_first(self, world, person, bylaws_rule):
        one = person()
        appoint(world, one, last_day=dt.date(2027, 3, 31))
        grant(world, one)
        licensed(world, one)
        assert ask(one, world.lakeside).until == dt.date(2027, 3, 31)


class TestBars:
    @pytest.mark.parametrize(
        ("on", "outcome"),
        [
            (TODAY - DAY, YES),
            (TODAY, NO),
            (TODAY + 9 * DAY, NO),
            (TODAY + 10 * DAY, YES),
        ],
    )
    def test_a_suspension_stops_from_its_first_through_its_last_day(
        self, world, surgeon, bylaws_rule, on, outcome
    ):
        bar(world, surgeon, TODAY, TODAY + 9 * DAY)
        assert ask(surgeon, world.lakeside, on).outcome == outcome

    def test_one_of_listed_privileges_stops_only_those(self, world, surgeon, bylaws_rule):
        grant(world, surgeon, code="GS-COLECTOMY")
        bar(world, surgeon, TODAY, scope=BarScope.LISTED, codes=["GS-COLECTOMY"])
        assert ask(surgeon, world.lakeside).outcome == YES
        assert ask(surgeon, world.lakeside, code="GS-COLECTOMY").outcome == NO

    def test_one_at_another_facility_does_not_reach_here(self, world, surgeon, bylaws_rule):
        bar(world, surgeon, TODAY, facility=world.harbor)
        assert ask(surgeon, world.lakeside).outcome == YES

    def test_the_grant_itself_is_untouched(self, world, surgeon, bylaws_rule):
        bar(world, surgeon, TODAY)
        answer = ask(surgeon, world.lakeside)
        assert answer.verdict.children[0].outcome == Outcome.MET
        assert (answer.outcome, answer.since) == (NO, TODAY)


class TestTheLicence:
    def test_no_from_the_day_after_its_last_valid_day_without_any_job(self, world, person, bylaws_rule):
        one = person()
        appoint(world, one)
        grant(world, one)
        licensed(world, one, last_day=TODAY)
        assert ask(one, world.lakeside, TODAY).outcome == YES
        answer = ask(one, world.lakeside, TODAY + DAY)
        assert (answer.outcome, answer.since) == (NO, TODAY + DAY)

    def test_the_day_is_the_facilitys_own(self, world, person, bylaws_rule):
        """At 04:00 UTC it is the 25th in UTC, and still the 24th in Springfield and on the coast."""
        one = person()
        appoint(world, one)
        grant(world, one)
        licensed(world, one, last_day=TODAY)
        with clock.freeze(dt.datetime(2026, 11, 25, 4, 0, tzinfo=dt.UTC)):
            assert can_perform(practitioner=one, privilege_code=CODE, facility=world.lakeside).outcome == YES
        with clock.freeze(dt.datetime(2026, 11, 25, 6, 1, tzinfo=dt.UTC)):
            assert can_perform(practitioner=one, privilege_code=CODE, facility=world.lakeside).outcome == NO

    def test_another_states_licence_does_not_help(self, world, person, bylaws_rule):
        one = person()
        appoint(world, one)
        grant(world, one)
        licensed(world, one, last_day=TODAY - DAY)
        licensed(world, one, state="CA")
        assert ask(one, world.lakeside).outcome == NO

    def test_probation_is_not_no_licence(self, world, person, bylaws_rule):
        one = person()
        appoint(world, one)
        grant(world, one)
        licensed(world, one, status=CredentialStatus.PROBATION)
        assert ask(one, world.lakeside).outcome == YES

    @pytest.mark.parametrize("status", [CredentialStatus.SUSPENDED, CredentialStatus.REVOKED])
    def test_a_licence_that_does_not_permit_practice_is_no(self, world, person, bylaws_rule, status):
        one = person()
        appoint(world, one)
        grant(world, one)
        licensed(world, one, status=status)
        assert ask(one, world.lakeside).outcome == NO

    def test_a_claim_alone_cannot_be_confirmed(self, world, person, bylaws_rule):
        one = person()
        appoint(world, one)
        grant(world, one)
        licensed(world, one, confirmed=False)
        answer = ask(one, world.lakeside)
        assert (answer.outcome, answer.since) == (UNKNOWN, None)

    def test_nothing_on_file_cannot_be_confirmed(self, world, person, bylaws_rule):
        one = person()
        appoint(world, one)
        grant(world, one)
        assert ask(one, world.lakeside).outcome == UNKNOWN

    def test_bylaws_without_the_condition_do_not_ask(self, world, person):
        one = person()
        appoint(world, one)
        grant(world, one)
        answer = ask(one, world.lakeside)
        assert answer.outcome == YES
        assert len(answer.verdict.children) == 3

    def test_a_condition_this_system_does_not_know_is_never_taken_as_met(self, world, surgeon):
        set_parameter(world.system, "bylaws.standing_conditions", [{"rule": "BL-NEW-9", "scope": "all"}])
        assert ask(surgeon, world.lakeside).outcome == UNKNOWN

    def test_a_condition_for_listed_privileges_concerns_only_those(self, world, person):
        one = person()
        appoint(world, one)
        grant(world, one)
        grant(world, one, code="GS-COLECTOMY")
        set_parameter(
            world.system,
            "bylaws.standing_conditions",
            [{"rule": "BL-LIC-1", "scope": "listed", "privileges": ["GS-COLECTOMY"]}],
        )
        assert ask(one, world.lakeside).outcome == YES
        assert ask(one, world.lakeside, code="GS-COLECTOMY").outcome == UNKNOWN


class TestBeforeTheRecordsBegin:
    def test_what_is_not_found_before_them_is_not_known(self, world, surgeon, user, bylaws_rule):
        before = dt.date(2025, 1, 1)
        answer = ask(surgeon, world.lakeside, before)
        said = "The records of Lakeside Medical Center begin on 1 Jan 2026"
        assert (answer.outcome, answer.since, answer.until) == (UNKNOWN, None, None)
        assert said in answer.reasons[0]
        assert said in for_viewer(answer, user(Role.LOOKUP)).reasons[0]
        found = who_can(privilege_code=CODE, facility=world.lakeside, on=before)
        assert (found.count, found.recorded_from) == (0, dt.date(2026, 1, 1))
        assert "Who could do it then is not known." in found.unrecorded

    def test_from_their_first_day_on_it_is_no(self, world, surgeon, bylaws_rule):
        answer = ask(surgeon, world.lakeside, dt.date(2026, 1, 1), code="GS-COLECTOMY")
        assert answer.outcome == NO
        assert who_can(privilege_code="GS-COLECTOMY", facility=world.lakeside).unrecorded == ""

    def test_a_house_that_never_recorded_anything_says_no(self, world, surgeon, bylaws_rule):
        assert ask(surgeon, world.harbor, dt.date(2025, 1, 1)).outcome == NO

    @pytest.mark.parametrize("day", [dt.date(1, 1, 1), dt.date(1900, 1, 1), dt.date(9999, 12, 31)])
    def test_a_day_out_of_reach_is_refused(self, world, surgeon, bylaws_rule, day):
        with pytest.raises(Refused, match=r"The day asked about, .* cannot be right"):
            ask(surgeon, world.lakeside, day)
        with pytest.raises(Refused, match="cannot be right"):
            who_can(privilege_code=CODE, facility=world.lakeside, on=day)


class TestAsKnownThen:
    def test_a_late_renewal_without_a_gap_answers_yes_now_and_no_as_known_then(
        self, world, person, bylaws_rule
    ):
        one = person()
        appoint(world, one)
        grant(world, one)
        identity = credential(world, one, "LICENSE", state="IL", number="036")
        ended = dt.date(2026, 7, 31)
        say(world, identity, dt.date(2020, 1, 1), ended)
        suspension = bar(world, one, ended + DAY, at=noon(ended + DAY))
        asked_then = noon(dt.date(2026, 8, 5))
        assert ask(one, world.lakeside, dt.date(2026, 8, 5)).outcome == NO
        verified = noon(dt.date(2026, 8, 20))
        say(world, identity, ended + DAY, dt.date(2029, 7, 31), at=verified)
        supersede([suspension], actor=world.system, kind=EndKind.MISTAKE, reason="Renewed", at=verified)
        for day in (ended, ended + DAY, dt.date(2026, 8, 5), dt.date(2026, 8, 20)):
            assert ask(one, world.lakeside, day).outcome == YES
            expected = YES if day <= ended else NO
            assert ask(one, world.lakeside, day, known_at=asked_then).outcome == expected
        assert ask(one, world.lakeside, dt.date(2026, 8, 5), known_at=verified).outcome == YES

    def test_a_grant_is_not_known_before_it_was_recorded(self, world, person, bylaws_rule, long_kept):
        one = person()
        licensed(world, one)
        recorded = noon(dt.date(2026, 2, 10))
        appoint(world, one, at=recorded)
        grant(world, one, at=recorded)
        on = dt.date(2026, 2, 1)
        assert ask(one, world.lakeside, on).outcome == YES
        before = recorded - dt.timedelta(seconds=1)
        answer = ask(one, world.lakeside, on, known_at=before)
        assert answer.outcome == NO
        assert answer.known_at == before
        assert ask(one, world.lakeside, on, known_at=recorded).outcome == YES

    def test_a_grant_superseded_as_a_mistake_was_still_known_then(self, world, surgeon, bylaws_rule):
        row = surgeon.grant_periods.get()
        moment = noon(TODAY)
        supersede([row], actor=world.system, kind=EndKind.MISTAKE, reason="Wrong person", at=moment)
        assert ask(surgeon, world.lakeside).outcome == NO
        just_before = moment - dt.timedelta(microseconds=1)
        assert ask(surgeon, world.lakeside, known_at=just_before).outcome == YES

    def test_what_became_of_a_request_later_is_not_told(self, world, person, bylaws_rule):
        staff = office(world)
        one = person(last="Asked")
        licensed(world, one)
        application = opened(world, staff, one)
        asked(staff, application, special=["GS-BARIATRIC"])
        step = before_the_board(staff, application)
        before = clock.now()
        with clock.freeze(NOON + dt.timedelta(hours=1)):
            decide(staff, step, answers(application, refused={"GS-BARIATRIC": "Too few cases"}))
            now = ask(one, world.lakeside, code="GS-BARIATRIC")
            assert now.reasons[0] == (
                "Not granted at Lakeside Medical Center: the board decided so on 24 Nov 2026."
            )
            then = ask(one, world.lakeside, code="GS-BARIATRIC", known_at=before)
            assert "board" not in then.reasons[0]
            assert then.verdict.children[0].facts == {}
            known = ask(one, world.lakeside, code="GS-BARIATRIC", known_at=clock.now())
            assert known.reasons[0] == now.reasons[0]

    def test_whether_a_category_carries_privileges_is_never_edited(self, world, surgeon, bylaws_rule):
        world.active.carries_privileges = False
        with pytest.raises(DatabaseError, match="carries_privileges"), transaction.atomic():
            world.active.save()
        assert ask(surgeon, world.lakeside).outcome == YES
        fresh = StaffCategory.objects.get(pk=world.active.pk)
        fresh.name = "Active staff"
        fresh.save()


class TestWhoMayKnowWhat:
    def test_the_ward_is_told_yes_with_conditions_and_authority_and_no_checks(
        self, world, surgeon, user, bylaws_rule
    ):
        answer = for_viewer(ask(surgeon, world.lakeside), user(Role.LOOKUP))
        assert (answer.outcome, answer.checks, answer.decision_uid) == (YES, None, "")
        assert answer.authority

    def test_the_office_sees_every_check(self, world, surgeon, user, bylaws_rule):
        answer = for_viewer(ask(surgeon, world.lakeside), user(Role.CREDENTIALING_COORDINATOR))
        assert answer.checks is answer.verdict

    def test_an_administrative_suspension_is_named_to_the_ward_without_its_cause(
        self, world, surgeon, user, bylaws_rule
    ):
        allow_sharing(world, ["administrative_suspension"])
        bar(world, surgeon, TODAY, cause="Delinquent records")
        told = for_viewer(ask(surgeon, world.lakeside), user(Role.LOOKUP))
        assert told.reasons == ("Administrative suspension since 24 Nov 2026.",)
        assert told.contact == "Medical Staff Office, 217-555-0100"
        assert "Delinquent" not in str(told.as_data())
        full = for_viewer(ask(surgeon, world.lakeside), user(Role.DIRECTOR))
        assert "Delinquent records" in full.reasons[0]

    @pytest.mark.parametrize("kind", [BarKind.PRECAUTIONARY_SUSPENSION, BarKind.RESTRICTION])
    def test_what_is_peer_review_is_never_told_to_the_ward(self, world, surgeon, user, bylaws_rule, kind):
        allow_sharing(world, [str(kind), "administrative_suspension"])
        bar(world, surgeon, TODAY, kind=kind, cause="Outcomes under review")
        told = for_viewer(ask(surgeon, world.lakeside), user(Role.LOOKUP))
        assert told.reasons == ("Not authorized.",)
        assert told.since == TODAY
        text = str(told.as_data()).lower()
        assert "precaution" not in text
        assert "restriction" not in text
        assert "outcomes" not in text

    def test_a_restriction_that_leaves_it_allowed_is_a_yes_with_the_condition(
        self, world, surgeon, user, bylaws_rule
    ):
        bar(
            world, surgeon, TODAY, kind=BarKind.RESTRICTION, cause="Outcomes under review",
            condition="Only with a second physician present.",
        )  # fmt: skip
        told = for_viewer(ask(surgeon, world.lakeside), user(Role.LOOKUP))
        assert (told.outcome, told.conditions) == (
            LookupOutcome.YES, ("Only with a second physician present.",),
        )  # fmt: skip
        assert "outcomes" not in str(told.as_data()).lower()
        (holder,) = who_can(privilege_code="GS-LAP-CHOLE", facility=world.lakeside).people
        assert holder.conditions == told.conditions
        assert ask(surgeon, world.lakeside, on=TODAY - dt.timedelta(days=1)).conditions == ()
        bar(world, surgeon, TODAY, cause="Delinquent records")
        both = ask(surgeon, world.lakeside)
        assert (both.outcome, both.reasons) == (
            LookupOutcome.NO, ("Administrative suspension since 24 Nov 2026: Delinquent records",),
        )  # fmt: skip
        assert who_can(privilege_code="GS-LAP-CHOLE", facility=world.lakeside).count == 0

    def test_bylaws_that_share_nothing_leave_the_bare_answer(self, world, surgeon, user, bylaws_rule):
        allow_sharing(world, [])
        told = for_viewer(ask(surgeon, world.lakeside, code="GS-COLECTOMY"), user(Role.LOOKUP))
        assert told.reasons == ("Not authorized.",)


def allow_sharing(world, codes):
    set_parameter(world.system, "privileging.shareable_reasons", codes)


class TestWhoCan:
    def test_the_same_people_as_can_perform_whatever_the_day_and_the_knowledge(
        self, world, person, bylaws_rule, long_kept
    ):
        """Every state a person can be in, every privilege granted to anybody, several days and moments."""
        people = staff(world, person)
        days = [dt.date(2025, 12, 31), dt.date(2026, 1, 1), TODAY, TODAY + DAY, dt.date(2028, 1, 1)]
        moments = [None, noon(dt.date(2026, 3, 1)), noon(TODAY)]
        compared = 0
        for facility in (world.lakeside, world.harbor):
            for code in (CODE, "GS-COLECTOMY", "GS-ROBOTIC"):
                for on in days:
                    for known_at in moments:
                        found = who_can(privilege_code=code, facility=facility, on=on, known_at=known_at)
                        answers = {
                            str(one.uid): ask(one, facility, on, code, known_at).outcome for one in people
                        }
                        yes = {uid for uid, outcome in answers.items() if outcome == YES}
                        unsure = {uid for uid, outcome in answers.items() if outcome == UNKNOWN}
                        assert {holder.person.uid for holder in found.people} == yes
                        assert {holder.person.uid for holder in found.unconfirmed} == unsure
                        assert (found.count, found.unconfirmed_count) == (len(yes), len(unsure))
                        compared += len(yes)
        assert compared > 20

    def test_count_and_stretch(self, world, person, bylaws_rule):
        for last in ("Adams", "Baker", "Chen"):
            one = person(last=last)
            appoint(world, one)
            grant(world, one)
            licensed(world, one)
        found = who_can(privilege_code=CODE, facility=world.lakeside, on=TODAY, limit=1, offset=1)
        assert found.count == 3
        assert [holder.person.name.split(",")[0] for holder in found.people] == ["Baker"]

    def test_queries_do_not_grow_with_the_people(self, world, person, bylaws_rule):
        def cost():
            with CaptureQueriesContext(
                connection,
            ) as queries:
                who_can(privilege_code=CODE, facility=world.lakeside, on=TODAY)
            return len(queries)

        first = person()
        appoint(world, first)
        grant(world, first)
        alone = cost()
        for number in range(4):
            one = person(last=f"Person{number}x")
            appoint(world, one)
            grant(world, one)
        assert cost() == alone


def staff(world, person):
    """One person for every state that matters."""
    people = []

    def make(last, *, licence=True, **more):
        one = person(last=last)
        people.append(one)
        if licence:
            licensed(world, one, **more)
        return one

    plain = make("Plain")
    appoint(world, plain)
    grant(world, plain)
    grant(world, plain, code="GS-COLECTOMY", conditions="With a proctor")
    lapsed = make("Lapsed", last_day=TODAY)
    appoint(world, lapsed)
    grant(world, lapsed)
    unconfirmed = make("Unconfirmed", confirmed=False)
    appoint(world, unconfirmed)
    grant(world, unconfirmed)
    suspended = make("Suspended")
    appoint(world, suspended)
    grant(world, suspended)
    grant(world, suspended, code="GS-ROBOTIC")
    bar(world, suspended, dt.date(2026, 2, 1), TODAY)
    partly = make("Partly")
    appoint(world, partly)
    grant(world, partly)
    grant(world, partly, code="GS-COLECTOMY")
    bar(world, partly, TODAY, scope=BarScope.LISTED, codes=["GS-COLECTOMY"])
    honorary = make("Honorary")
    appoint(world, honorary, category=world.honorary)
    grant(world, honorary)
    gone = make("Gone")
    appoint(world, gone, last_day=dt.date(2026, 6, 30))
    grant(world, gone)
    west = make("West", state="CA")
    appoint(world, west, facility=world.harbor)
    grant(world, west, facility=world.harbor)
    elsewhere = make("Elsewhere", state="IL")
    appoint(world, elsewhere, facility=world.harbor)
    grant(world, elsewhere, facility=world.harbor)
    make("Nobody", licence=False)
    return people


class TestCost:
    def test_one_statement_and_what_the_standing_conditions_need(self, world, surgeon, bylaws_rule):
        with CaptureQueriesContext(connection) as queries:
            ask(surgeon, world.lakeside)
        statements = [query["sql"] for query in queries]
        of_ours = [sql for sql in statements if "privileging_grantperiod" in sql]
        assert len(of_ours) == 1
        assert "bylaws_barperiod" in of_ours[0]
        assert "bylaws_appointmentperiod" in of_ours[0]
        assert len(statements) <= 5

    def test_a_no_for_want_of_a_grant_costs_the_one_statement(self, world, surgeon, bylaws_rule):
        with CaptureQueriesContext(connection) as queries:
            ask(surgeon, world.lakeside, code="GS-COLECTOMY")
        assert len(queries) == 1

    def test_the_statement_finds_its_rows_by_index(self, world, person, bylaws_rule):
        """With many grants on file, none of the four tables is read from end to end."""
        from privileging.selectors import lookup

        one = person()
        appoint(world, one)
        for privilege in Privilege.objects.all():
            grant(world, one, code=privilege.code)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(
                "EXPLAIN " + lookup.one_statement(by_npi=False, then=False),
                {
                    "person": one.pk,
                    "code": CODE,
                    "facility": world.lakeside.pk,
                    "on": TODAY,
                    "known_at": None,
                    "all": "all",
                },
            )
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert "Seq Scan on privileging_grantperiod" not in plan
        assert "Seq Scan on bylaws_appointmentperiod" not in plan


class TestSurelyMet:
    def test_whom_a_rule_surely_lets_pass_its_judge_lets_pass_too(self, world, person, bylaws_rule):
        people = staff(world, person)
        for rule in rules():
            if not (rule.standing and rule.surely_met):
                continue
            for facility in (world.lakeside, world.harbor):
                for on in (dt.date(2026, 1, 1), TODAY, TODAY + DAY, dt.date(2030, 1, 1)):
                    ids = {one.pk for one in people}
                    sure = rule.surely_met(facility, on, None, ids)
                    verdicts = judge_many(rule, facility=facility, on=on, practitioner_ids=ids)
                    assert sure <= {pk for pk, verdict in verdicts.items() if verdict.met}
                    assert sure >= {pk for pk, verdict in verdicts.items() if verdict.outcome == Outcome.MET}
        assert any(rule.surely_met for rule in rules())
