"""Privileges given up or revoked: the day before and the day itself, what is told, and the data bank."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse

from bylaws.choices import AdverseActionKind, BarScope, ClockState
from bylaws.models import AdverseAction, AppointmentPeriod, Bar, DataBankQuestion
from bylaws.orders import Ordered
from bylaws.rules.data_bank import counted
from bylaws.selectors.data_bank import mistake_of
from bylaws.services.bars import open_bar
from bylaws.services.data_bank import record_data_bank, void_action
from bylaws.services.due_process import Happened, conclude, open_track, record_step, take_back_step
from bylaws.services.investigations import open_investigation
from config.accounts.choices import Role
from config.audit.models import AuditEvent, ProtectedRead
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.models import LetterTemplate
from credentialing.selectors.letter_facts import About, facts_of, offered, values_of
from credentialing.services.letter_templates import load_letter_templates
from credentialing.services.letters import issue_letter
from practitioners.services.merging import merge_records
from privileging.choices import GrantKind
from privileging.models import GrantPeriod, Privilege, PrivilegeEnding, PublishedChange
from privileging.selectors.endings import cut_by, letter_of_ending
from privileging.selectors.lookup import LookupOutcome, can_perform
from privileging.services.certificates import certify_privileges
from privileging.services.departures import record_departures, take_back_departure
from privileging.services.endings import relinquish, revoke, take_back_ending
from privileging.services.publishing import publish_changes
from tests.privileging.conftest import NOON, TODAY, bar, grant
from tests.privileging.files import account

pytestmark = pytest.mark.django_db
CODE, OTHER = "GS-LAP-CHOLE", "GS-COLECTOMY"
ONE = dt.timedelta(days=1)
DAY = TODAY + 7 * ONE
END = dt.date(2028, 1, 1)


@pytest.fixture
def office(user):
    return user(Role.MEDICAL_STAFF_COORDINATOR)


@pytest.fixture
def member(world, surgeon, long_kept):
    """The surgeon, with a second privilege."""
    grant(world, surgeon, OTHER)
    return surgeon


def give_up(office, world, one, codes=(CODE,), day=DAY, **more):
    said = {"reason": "Operates elsewhere.", "investigation": "no"} | more
    return relinquish(
        actor=office, practitioner=one, facility=world.lakeside, privilege_codes=codes, day=day, **said
    )


def take(office, world, one, scope="all", codes=(), day=DAY, **more):
    said: dict[str, Any] = {
        "decided_on": TODAY,
        "authority": "Governing board, item 4",
        "cause": "Marked outcomes.",
    } | more
    return revoke(
        actor=office,
        practitioner=one,
        facility=world.lakeside,
        scope=scope,
        privilege_codes=codes,
        day=day,
        **said,
    )


def may(world, one, day, code=CODE, **more):
    answer = can_perform(practitioner=one, privilege_code=code, facility=world.lakeside, on=day, **more)
    return answer.outcome == LookupOutcome.YES


def ends(one):
    rows = GrantPeriod.objects.live().filter(practitioner=one).order_by("privilege__code")
    return {row.privilege.code: row.valid.upper for row in rows.select_related("privilege")}


class TestGivenUp:
    def test_the_last_day_it_holds_and_the_first_day_it_does_not(self, world, office, member):
        made = give_up(office, world, member)
        assert (made.kind, made.day, made.action) == ("relinquished", DAY, None)
        assert [row.privilege.code for row in cut_by(made)] == [CODE]
        assert ends(member) == {CODE: DAY, OTHER: END}
        assert [may(world, member, day) for day in (DAY - ONE, DAY)] == [True, False]
        assert may(world, member, DAY, OTHER)
        assert may(world, member, DAY, known_at=NOON - ONE), "as known before, it held"
        assert AppointmentPeriod.objects.live().get(practitioner=member).valid.upper == END
        assert not AdverseAction.objects.exists()

    @pytest.mark.parametrize(
        ("answer", "kind"),
        [("yes", AdverseActionKind.SURRENDER), ("not_known", AdverseActionKind.SURRENDER_UNCLEAR)],
    )
    def test_under_investigation_or_not_known_the_clock_begins_at_once(
        self, world, office, member, answer, kind
    ):
        give_up(office, world, member, investigation=answer)
        action = AdverseAction.objects.get()
        assert (action.kind, action.practitioner) == (kind, member)
        states = {days: counted(world.lakeside, DAY + days * ONE)[0].clock.state for days in (-1, 0, 30, 400)}
        assert states[-1] == ClockState.AHEAD
        assert states[0] == states[30] == ClockState.DUE  # no parameter says here how soon
        told = " ".join(f"{row.reason} {row.data}" for row in AuditEvent.objects.all())
        (cut,) = GrantPeriod.objects.exclude(superseded_at=None)
        assert "nvestigation" not in f"{told} {cut.end_reason}"
        assert "nvestigation" not in " ".join(row.identity.authority for row in GrantPeriod.objects.all())

    def test_a_no_against_the_record_of_an_investigation_is_asked_again(self, world, office, member):
        open_investigation(
            actor=office,
            practitioner=member,
            facility=world.lakeside,
            opened_by="Executive committee, item 7",
            about="Marked outcomes",
            start=TODAY - 10 * ONE,
        )
        made = give_up(office, world, member)
        asked = DataBankQuestion.objects.get()
        assert (asked.kind, asked.subject_uid, asked.day, made.action) == ("given_up", made.uid, DAY, None)
        assert "Gave up Laparoscopic cholecystectomy" in asked.about
        assert "Executive committee, item 7" in asked.about
        with clock.freeze(NOON + ONE):
            take_back_ending(actor=office, ending=made, reason="Meant for somebody else.")
        asked.refresh_from_db()
        assert asked.answer == "moot"

    def test_a_no_without_one_asks_nothing(self, world, office, member):
        give_up(office, world, member)
        assert not DataBankQuestion.objects.exists()

    def test_found_out_that_there_was_none_it_is_not_reported(self, world, office, member):
        give_up(office, world, member, investigation="not_known", day=TODAY)
        record_data_bank(
            actor=office,
            subject=AdverseAction.objects.get(),
            kind="not_reported",
            day=TODAY,
            reason="The quality office knows of no investigation.",
        )
        assert counted(world.lakeside, TODAY)[0].clock.state == ClockState.NOT_REPORTED

    def test_what_begins_later_never_begins(self, world, office, member):
        grant(world, member, "GS-BARIATRIC", start=TODAY + 30 * ONE, at=NOON - ONE)
        give_up(office, world, member, ["GS-BARIATRIC"])
        assert "GS-BARIATRIC" not in ends(member)
        assert ends(member)[CODE] == END

    def test_the_grant_of_the_next_term_ends_with_this_one(self, world, office, person, long_kept):
        one = person()
        grant(world, one, last_day=TODAY + 20 * ONE)
        grant(world, one, start=TODAY + 21 * ONE, at=NOON - ONE)
        assert len(give_up(office, world, one).ended) == 2
        assert ends(one) == {CODE: DAY}

    def test_what_stands_on_a_merged_record_ends_too(self, world, office, member, person):
        other = person("Okonkwo", "Ada")
        grant(world, other, "GS-BARIATRIC")
        merge_records(actor=world.system, keep=member, record=other, reason="The same license")
        give_up(office, world, member, ["GS-BARIATRIC"])
        assert ends(other) == {"GS-BARIATRIC": DAY}

    @pytest.mark.parametrize(
        ("more", "field", "sentence"),
        [
            ({"codes": ()}, "privilege_codes", "Choose the privileges given up"),
            ({"codes": ["GS-BARIATRIC"]}, "privilege_codes", "does not hold GS-BARIATRIC"),
            ({"codes": [CODE, "GS-BARIATRIC"]}, "privilege_codes", "does not hold GS-BARIATRIC"),
            ({"day": dt.date(2026, 1, 1)}, "day", "holds since 1 Jan 2026"),
            ({"day": dt.date(1999, 1, 1)}, "day", "cannot be right"),
            ({"reason": "  "}, "reason", "Say why"),
            ({"reason": "x" * 1001}, "reason", "at most 1,000"),
            ({"investigation": "perhaps"}, "investigation", "Answer the question"),
        ],
    )
    def test_what_is_refused_changes_nothing(self, world, office, member, more, field, sentence):
        before = list(GrantPeriod.objects.values())
        with pytest.raises(Refused, match=sentence) as refusal:
            give_up(office, world, member, **more)
        assert refusal.value.field == field
        assert list(GrantPeriod.objects.values()) == before

    def test_the_first_day_without_is_after_the_first_day_with(self, world, office, member):
        give_up(office, world, member, day=dt.date(2026, 1, 2))
        assert ends(member)[CODE] == dt.date(2026, 1, 2)

    @pytest.mark.parametrize(("days", "held"), [(0, True), (1, False)])
    def test_what_ends_before_that_day_is_not_held(self, world, office, person, days, held):
        one = person()
        grant(world, one, last_day=DAY)
        if held:
            give_up(office, world, one, day=DAY + days * ONE)
            assert ends(one) == {CODE: DAY}
        else:
            with pytest.raises(Refused, match=r"does not hold GS-LAP-CHOLE at .* from 2 Dec 2026 on"):
                give_up(office, world, one, day=DAY + days * ONE)

    def test_given_up_twice_it_is_no_longer_held(self, world, office, member):
        give_up(office, world, member)
        with pytest.raises(Refused, match="does not hold GS-LAP-CHOLE"):
            give_up(office, world, member)


class TestRevoked:
    def test_all_of_them_of_any_kind(self, world, office, member):
        grant(world, member, "GS-BARIATRIC", kind=GrantKind.LOCUM)
        assert len(take(office, world, member).ended) == 3
        assert set(ends(member).values()) == {DAY}
        assert [may(world, member, day, OTHER) for day in (DAY - ONE, DAY)] == [True, False]
        action = AdverseAction.objects.get()
        assert action.kind == AdverseActionKind.REVOCATION
        assert "Marked outcomes." in action.cause
        assert AppointmentPeriod.objects.live().get(practitioner=member).valid.upper == END

    def test_those_named(self, world, office, member):
        take(office, world, member, "listed", [CODE])
        assert ends(member) == {CODE: DAY, OTHER: END}
        assert AdverseAction.objects.get().kind == AdverseActionKind.REDUCTION

    @pytest.mark.parametrize(
        ("days", "state"),
        [(-1, ClockState.AHEAD), (0, ClockState.RUNNING), (29, ClockState.RUNNING), (30, ClockState.DUE)],
    )
    def test_it_is_reported_from_its_thirty_first_day(self, world, office, member, days, state):
        take(office, world, member)
        assert counted(world.lakeside, DAY + days * ONE)[0].clock.state == state

    def test_the_cause_stands_with_the_adverse_action_alone(self, world, office, member):
        take(office, world, member)
        rows = GrantPeriod.objects.exclude(superseded_at=None)
        assert {row.end_reason for row in rows} == {"Revoked: Governing board, item 4, 24 Nov 2026"}
        told = " ".join(f"{row.reason} {row.data}" for row in AuditEvent.objects.all())
        assert "outcomes" not in told

    def test_a_bar_that_stands_is_left_alone(self, world, office, member):
        row = bar(world, member, TODAY, kind="precautionary_suspension")
        take(office, world, member)
        assert row.identity.periods.live().get().valid == DateRange(TODAY, None)

    @pytest.mark.parametrize(
        ("more", "field", "sentence"),
        [
            ({"scope": "some"}, "scope", "all privileges are revoked or those listed"),
            ({"codes": [CODE]}, "privilege_codes", "leave the list empty"),
            ({"scope": "listed"}, "privilege_codes", "List the privileges revoked"),
            ({"authority": ""}, "authority", "which minutes or decision"),
            ({"cause": " "}, "cause", "what happened and why"),
            ({"cause": "x" * 2501}, "cause", "at most 2,500"),
            ({"decided_on": TODAY + ONE}, "decided_on", "lies ahead"),
            ({"day": TODAY - ONE}, "day", "takes effect that day or later"),
            ({"day": END + 400 * ONE}, "day", "cannot be right"),
        ],
    )
    def test_what_is_refused_changes_nothing(self, world, office, member, more, field, sentence):
        before = list(GrantPeriod.objects.values())
        with pytest.raises(Refused, match=sentence) as refusal:
            take(office, world, member, **more)
        assert refusal.value.field == field
        assert list(GrantPeriod.objects.values()) == before
        assert not AdverseAction.objects.exists()

    def test_whoever_holds_nothing_has_nothing_revoked(self, world, office, person):
        with pytest.raises(Refused, match="holds no privilege"):
            take(office, world, person())
        assert not AdverseAction.objects.exists()

    def test_on_the_day_it_was_decided(self, world, office, member):
        take(office, world, member, day=TODAY)
        assert [may(world, member, day) for day in (TODAY - ONE, TODAY)] == [True, False]


class TestRestricted:
    """A restriction ends nothing: what remains is allowed under its condition."""

    WITH = "Only with a second physician present."

    def restrict(self, office, world, one, **more):
        given = {"condition": self.WITH, "scope": "listed", "privilege_codes": [CODE]} | more
        return open_bar(
            actor=office,
            practitioner=one,
            facility=world.lakeside,
            kind="restriction",
            cause="Marked outcomes.",
            start=DAY,
            **given,
        )

    @pytest.mark.parametrize(
        ("day", "code", "conditions"), [(DAY - ONE, CODE, ()), (DAY, CODE, (WITH,)), (DAY, OTHER, ())]
    )
    def test_some_of_them_from_its_first_day(self, world, office, member, day, code, conditions):
        self.restrict(office, world, member)
        answer = can_perform(practitioner=member, privilege_code=code, facility=world.lakeside, on=day)
        assert (answer.outcome, tuple(answer.conditions)) == (LookupOutcome.YES, conditions)
        assert set(ends(member).values()) == {END}

    @pytest.mark.parametrize(("days", "state"), [(29, ClockState.RUNNING), (30, ClockState.DUE)])
    def test_all_of_them_and_its_days_are_counted(self, world, office, member, days, state):
        self.restrict(office, world, member, scope="all", privilege_codes=(), condition="")
        assert [may(world, member, day, OTHER) for day in (DAY - ONE, DAY)] == [True, False]
        assert counted(world.lakeside, DAY + days * ONE)[0].clock.state == state

    def test_what_is_not_held_is_not_restricted(self, world, office, member):
        with pytest.raises(Refused, match="does not hold GS-BARIATRIC") as refusal:
            self.restrict(office, world, member, privilege_codes=["GS-BARIATRIC"])
        assert refusal.value.field == "privilege_codes"


class TestTakenBack:
    """A mistake, or a reversal: what ended holds again, and what was known meanwhile stays answerable."""

    LATER = NOON + 2 * ONE

    def back(self, office, made, reason="Meant for somebody else."):
        with clock.freeze(self.LATER):
            return take_back_ending(actor=office, ending=made, reason=reason)

    @pytest.mark.parametrize("day", [TODAY, DAY])
    def test_it_holds_again_without_a_day_between_and_was_known_to_have_ended(
        self, world, office, member, day
    ):
        made = give_up(office, world, member, day=day)
        self.back(office, made)
        assert ends(member) == {CODE: END, OTHER: END}
        with clock.freeze(self.LATER):
            assert all(may(world, member, each) for each in (day - ONE, day, day + ONE, END - ONE))
            meanwhile = [NOON - ONE, NOON + ONE, self.LATER + ONE]
            assert [may(world, member, day, known_at=moment) for moment in meanwhile] == [True, False, True]

    def test_a_revocation_takes_its_adverse_action_back(self, world, office, member):
        made = take(office, world, member)
        self.back(office, made)
        assert set(ends(member).values()) == {END}
        assert mistake_of(made.action).end_reason == "Meant for somebody else."
        on = DAY + 40 * ONE
        states = [counted(world.lakeside, on, moment)[0].clock.state for moment in (None, NOON + ONE)]
        assert states == [ClockState.VOIDED, ClockState.DUE]

    def test_an_action_that_was_taken_back_by_hand_before_is_left_alone(self, world, office, member):
        made = take(office, world, member)
        void_action(actor=office, action=made.action, reason="Recorded twice.")
        self.back(office, made)
        assert mistake_of(made.action).end_reason == "Recorded twice."

    def test_what_was_never_to_begin_begins(self, world, office, member):
        grant(world, member, "GS-BARIATRIC", start=TODAY + 30 * ONE, at=NOON - ONE)
        made = give_up(office, world, member, ["GS-BARIATRIC"])
        self.back(office, made)
        row = GrantPeriod.objects.live().get(privilege__code="GS-BARIATRIC")
        assert (row.valid.lower, row.valid.upper) == (TODAY + 30 * ONE, END)

    def test_the_conditions_of_the_grant_come_back_with_it(self, world, office, person, long_kept):
        one = person()
        grant(world, one, conditions="With a proctor")
        self.back(office, give_up(office, world, one))
        assert {row.conditions for row in GrantPeriod.objects.live().filter(practitioner=one)} == {
            "With a proctor"
        }

    def test_what_ended_on_a_record_that_was_merged_since_holds_again(self, world, office, member, person):
        other = person("Okonkwo", "Ada")
        made = give_up(office, world, member)
        with clock.freeze(NOON + ONE):
            merge_records(actor=world.system, keep=other, record=member, reason="The same license")
        self.back(office, made)
        assert ends(member) == {CODE: END, OTHER: END}
        with clock.freeze(self.LATER):
            assert may(world, other, DAY)

    def test_a_withdrawn_record_takes_nothing_back(self, world, office, member):
        made = give_up(office, world, member)
        type(member).objects.filter(pk=member.pk).update(withdrawn_at=NOON, withdrawn_by=world.system)
        with pytest.raises(Refused, match="withdrawn"):
            self.back(office, made)
        assert ends(member)[CODE] == DAY

    def test_the_wards_are_told_again(self, world, office, member):
        made = give_up(office, world, member, day=TODAY)
        publish_changes(actor=world.system, facility=world.lakeside)
        self.back(office, made)
        with clock.freeze(self.LATER):
            assert publish_changes(actor=world.system, facility=world.lakeside) == 1

    @pytest.mark.parametrize("reason", ["", "  ", "x" * 1001])
    def test_a_reason_that_says_nothing_or_too_much_changes_nothing(self, world, office, member, reason):
        made = give_up(office, world, member)
        with pytest.raises(Refused) as refusal:
            self.back(office, made, reason)
        assert refusal.value.field == "reason"
        assert ends(member)[CODE] == DAY

    def test_twice_is_refused(self, world, office, member):
        made = give_up(office, world, member)
        self.back(office, made)
        with pytest.raises(Refused, match="taken back already"):
            self.back(office, made)

    def test_what_was_granted_again_since_keeps_it_from_being_taken_back(self, world, office, member):
        made = give_up(office, world, member)
        grant(world, member, start=DAY + 10 * ONE, at=NOON + ONE)
        before = list(GrantPeriod.objects.values())
        with pytest.raises(Refused, match=r"was granted again from 11 Dec 2026 on"):
            self.back(office, made)
        assert list(GrantPeriod.objects.values()) == before

    def test_a_departure_recorded_since_is_taken_back_first(self, world, office, member):
        made = give_up(office, world, member)
        with clock.freeze(NOON + ONE):
            (departure,) = record_departures(
                actor=office,
                practitioners=[member],
                facility=world.lakeside,
                kind="resigned",
                day=DAY + 30 * ONE,
                reason="Moves away.",
                investigation="no",
            )
        with pytest.raises(Refused, match="take that departure back first"):
            self.back(office, made)
        with clock.freeze(NOON + ONE):
            take_back_departure(actor=office, departure=departure, reason="Stays.")
        self.back(office, made)
        assert ends(member) == {CODE: END, OTHER: END}

    def test_a_privilege_revoked_since_from_an_earlier_day_stays_revoked(self, world, office, member):
        made = give_up(office, world, member)
        with clock.freeze(NOON + ONE):
            revoked = take(office, world, member, day=DAY - 3 * ONE)
        with pytest.raises(
            Refused, match=r"revoked from 28 Nov 2026 on, recorded since\. Take that back first"
        ):
            self.back(office, made)
        assert ends(member)[CODE] == DAY - 3 * ONE
        self.back(office, revoked)
        self.back(office, made)
        assert ends(member) == {CODE: END, OTHER: END}

    def test_one_of_other_privileges_keeps_nothing_from_being_taken_back(self, world, office, member):
        made = give_up(office, world, member)
        with clock.freeze(NOON + ONE):
            take(office, world, member, "listed", [OTHER], day=DAY - 3 * ONE)
        self.back(office, made)
        assert ends(member) == {CODE: END, OTHER: DAY - 3 * ONE}

    def test_a_departure_does_not_bring_back_what_was_revoked_since(self, world, office, member):
        (departure,) = record_departures(
            actor=office,
            practitioners=[member],
            facility=world.lakeside,
            kind="resigned",
            day=DAY + 30 * ONE,
            reason="Moves away.",
            investigation="no",
        )
        with clock.freeze(NOON + ONE):
            revoked = take(office, world, member)
        with clock.freeze(self.LATER):
            with pytest.raises(Refused, match=r"revoked from 1 Dec 2026 on, recorded since"):
                take_back_departure(actor=office, departure=departure, reason="Stays.")
            assert not may(world, member, DAY + 31 * ONE)
        self.back(office, revoked)
        with clock.freeze(self.LATER + ONE):
            take_back_departure(actor=office, departure=departure, reason="Stays.")
        assert ends(member) == {CODE: END, OTHER: END}

    def test_whoever_may_not_end_them_may_not_take_it_back(self, world, office, user, member):
        made = give_up(office, world, member)
        for role in (Role.CREDENTIALING_COORDINATOR, Role.DEPARTMENT_CHAIR):
            with pytest.raises(Forbidden):
                self.back(user(role), made)
        own = account(world, "adaeze", Role.MEDICAL_STAFF_COORDINATOR)
        type(member).objects.filter(pk=member.pk).update(user=own)
        made.practitioner.refresh_from_db()
        with pytest.raises(Forbidden):
            self.back(own, made)
        assert ends(member)[CODE] == DAY


class TestLetters:
    def facts(self, world, one):
        return facts_of(About(one, world.lakeside))

    def usable(self, world, one) -> set[str]:
        load_letter_templates(actor=world.system)
        return {template.code for template, verdict in offered(self.facts(world, one)) if verdict.met} & {
            "given_up",
            "revoked",
        }

    def test_each_act_has_its_letter_and_nothing_else_has(self, world, office, member):
        assert self.usable(world, member) == set()
        made = give_up(office, world, member)
        assert self.usable(world, member) == {"given_up"}
        values = values_of(self.facts(world, member), signed_by="The director")
        assert values["lost_from"] == "December 1, 2026"
        assert values["lost_privileges"] == made.names
        assert "lost_by" not in values
        take_back_ending(actor=office, ending=made, reason="Meant for somebody else.")
        assert self.usable(world, member) == set()

    def test_that_of_a_revocation_names_the_decision_and_not_the_cause(self, world, office, member):
        take(office, world, member)
        assert self.usable(world, member) == {"revoked"}
        values = values_of(self.facts(world, member), signed_by="The director")
        assert values["lost_by"] == "Governing board, item 4, 24 Nov 2026"
        assert "outcomes" not in str(values)

    def issue(self, world, office, one, code, act=None):
        load_letter_templates(actor=world.system)
        return issue_letter(
            actor=office,
            about=About(one, world.lakeside, act=act),
            template=LetterTemplate.objects.get(code=code),
            to="Ada Okonkwo",
        )

    def told(self, letter) -> str:
        return str(letter.content["blocks"])

    def test_two_acts_of_one_kind_have_a_letter_each(self, world, office, member):
        first = give_up(office, world, member)
        with clock.freeze(NOON + ONE):
            second = give_up(office, world, member, codes=[OTHER], day=DAY + ONE)
        with clock.freeze(NOON + 2 * ONE):
            letter = self.issue(world, office, member, "given_up", act=second.uid)
            assert second.names[0] in self.told(letter)
            assert first.names[0] not in self.told(letter)
            assert letter_of_ending(office, second)[0] == letter
            none, template = letter_of_ending(office, first)
            assert (none, template.code) == (None, "given_up")
            other = self.issue(world, office, member, "given_up")  # the one no letter tells of
        assert first.names[0] in self.told(other)
        assert letter_of_ending(office, first)[0] == other

    def test_a_revocation_can_be_told_after_something_else_was_given_up(self, world, office, member):
        made = take(office, world, member, "listed", [CODE])
        with clock.freeze(NOON + ONE):
            give_up(office, world, member, codes=[OTHER], day=DAY + ONE)
            assert self.usable(world, member) == {"given_up", "revoked"}
            letter = self.issue(world, office, member, "revoked", act=made.uid)
        assert made.names[0] in self.told(letter)
        assert letter_of_ending(office, made)[0] == letter

    def test_a_letter_about_an_act_taken_back_is_refused(self, world, office, member):
        made = give_up(office, world, member)
        with clock.freeze(NOON + ONE):
            take_back_ending(actor=office, ending=made, reason="Meant for somebody else.")
            give_up(office, world, member, codes=[OTHER], day=DAY + ONE)
            with pytest.raises(Refused, match="No privilege was given up here"):
                self.issue(world, office, member, "given_up", act=made.uid)


def test_the_wards_are_told_and_no_new_certificate_shows_it(world, office, member):
    with clock.freeze(NOON - ONE):
        publish_changes(actor=world.system, facility=world.lakeside)
    take(office, world, member, "listed", [CODE], day=TODAY)
    assert publish_changes(actor=world.system, facility=world.lakeside) == 1
    told = PublishedChange.objects.order_by("-number").first()
    assert (told.kind, told.privileges, told.last_day) == ("withdrawn", [CODE], TODAY - ONE)
    assert "evoked" not in told.told
    certificate = certify_privileges(actor=world.system, practitioner=member, facility=world.lakeside)
    assert [line["code"] for line in certificate.content["privileges"]] == [OTHER]


def test_who_may(world, user, member):
    for role in (Role.CREDENTIALING_COORDINATOR, Role.DEPARTMENT_CHAIR, Role.CHIEF_MEDICAL_OFFICER):
        actor = user(role, username=role)
        for act in (give_up, take):
            with pytest.raises(Forbidden):
                act(actor, world, member)
    own = account(world, "adaeze", Role.MEDICAL_STAFF_COORDINATOR)
    member.user = own
    member.save(update_fields=["user"])
    for act in (give_up, take):
        with pytest.raises(Forbidden):
            act(own, world, member)
    assert ends(member) == {CODE: END, OTHER: END}


class TestFromThePersonsPage:
    @pytest.fixture
    def desk(self, client, office):
        client.force_login(office)
        return client

    def done(self, desk, here, sent) -> str:
        """What the page says that one is led to."""
        answer = desk.post(here, sent)
        assert answer.status_code == 303
        return desk.get(answer["Location"]).content.decode()

    def test_its_page_leads_to_the_letter_about_it_and_to_no_other(self, desk, world, office, member):
        load_letter_templates(actor=world.system)
        first = give_up(office, world, member)
        give_up(office, world, member, codes=[OTHER], day=DAY + ONE)
        shown = desk.get(reverse("privileging:ending", args=[first.uid]))
        write = shown.context["letter"]["url"]
        assert write.endswith(f"?act={first.uid}")
        assert first.names[0] in str(desk.get(write).context["draft"].content)
        assert desk.get(write.split("?")[0] + "?act=first").status_code == 404

    def test_giving_up(self, desk, member):
        here = reverse("privileging:relinquish", args=[member.uid])
        shown = desk.get(here).content.decode()
        assert "Only the bodies can grant them again" in shown
        assert "the data bank clock begins on the first day without them" in shown.replace("\n", " ")
        sent = {"day": str(DAY), "reason": "Operates elsewhere.", "investigation": "no"}
        assert desk.post(here, sent).status_code == 422
        wrong = desk.post(here, sent | {"privilege_codes": ["GS-BARIATRIC"]})
        assert "GS-BARIATRIC is not among the privileges held here." in wrong.content.decode()
        answer = self.done(desk, here, sent | {"privilege_codes": [CODE]})
        assert "1 privilege given up: 1 Dec 2026 is the first day without." in answer
        assert ends(member) == {CODE: DAY, OTHER: END}

    def test_revoking(self, desk, member):
        here = reverse("privileging:revoke", args=[member.uid])
        assert "An adverse action is recorded" in desk.get(here).content.decode()
        sent = {
            "scope": "all",
            "decided_on": str(TODAY),
            "authority": "Governing board, item 4",
            "day": str(DAY),
            "cause": "Marked outcomes.",
        }
        answer = self.done(desk, here, sent)
        assert "2 privileges revoked:" in answer
        assert set(ends(member).values()) == {DAY}

    def test_taking_it_back(self, desk, world, office, member):
        made = take(office, world, member)
        page = desk.get(reverse("privileging:ending", args=[made.uid])).content.decode()
        assert reverse("bylaws:data_bank_action", args=[made.action.uid]) in page
        here = reverse("privileging:ending_take_back", args=[made.uid])
        shown = desk.get(here).content.decode()
        assert "The adverse action recorded with it is taken back as a mistake" in shown
        assert all(f"{name} holds again" in shown for name in made.names)
        assert desk.post(here, {"reason": ""}).status_code == 422
        answer = self.done(desk, here, {"reason": "Meant for somebody else."})
        assert "2 privileges hold again as before." in answer
        assert "Taken back" in answer
        assert set(ends(member).values()) == {END}
        assert "taken back already" in desk.post(here, {"reason": "Again."}).content.decode()

    @pytest.mark.parametrize("investigation", ["yes", "no"])
    def test_reading_that_an_adverse_action_stands_with_it_is_recorded(
        self, desk, world, office, member, investigation
    ):
        made = give_up(office, world, member, investigation=investigation)
        page = desk.get(reverse("privileging:ending", args=[made.uid])).content.decode()
        read = ProtectedRead.objects.filter(subject_uid=made.uid).exists()
        assert ("Open the data bank clock" in page, read) == (investigation == "yes",) * 2

    def test_nobody_reads_of_their_own_even_on_a_record_that_was_merged(
        self, desk, world, office, member, person
    ):
        made = take(office, world, member)
        here = reverse("privileging:ending", args=[made.uid])
        assert desk.get(here).status_code == 200
        kept = person("Okonkwo", "A.")
        merge_records(actor=world.system, keep=kept, record=member, reason="The same license")
        type(kept).objects.filter(pk=kept.pk).update(user=office)
        assert desk.get(here).status_code == 404

    def test_whoever_holds_nothing(self, desk, person):
        here = reverse("privileging:revoke", args=[person().uid])
        assert "holds no privilege at Lakeside Medical Center today" in desk.get(here).content.decode()

    def test_the_file_leads_there(self, desk, member):
        shown = desk.get(reverse("practitioners:more_privileges", args=[member.uid])).content.decode()
        for name in ("relinquish", "revoke"):
            assert reverse(f"privileging:{name}", args=[member.uid]) in shown


def test_the_page_of_a_suspension_names_the_privileges_it_reaches(world, member, office, client):
    bar(world, member, TODAY, scope=BarScope.LISTED, codes=[OTHER], at=NOON)
    client.force_login(office)
    page = client.get(reverse("bylaws:bar", args=[Bar.objects.get(practitioner=member).uid]))
    assert page.context["reached"] == [(OTHER, Privilege.objects.get(code=OTHER).name)]
    assert Privilege.objects.get(code=OTHER).name in page.content.decode()


def test_the_final_action_of_due_process_revokes_and_gives_back(office, world, member):
    track = open_track(
        actor=office, practitioner=member, facility=world.lakeside, ground="measure", measure="revocation",
        body="mec", authority="Minutes, item 4", proposed_on=TODAY, reasons="Marked outcomes.",
        scope="listed", privilege_codes=[CODE],
    )  # fmt: skip
    for kind in ("notice_sent", "delivered", "waived"):
        track.refresh_from_db()
        happened = Happened(TODAY, told_by="By hand", evidence=member.evidence.first())
        record_step(actor=office, track=track, kind=kind, happened=happened)
    track.refresh_from_db()
    ordered = Ordered(
        decided_on=TODAY, authority="Governing board, item 4", day=DAY, words="Marked outcomes.",
        scope="listed", privilege_codes=(CODE,),
    )  # fmt: skip
    event = conclude(actor=office, track=track, action="revoke", ordered=ordered)
    with pytest.raises(Refused, match="This is the final action of due process: take that step back"):
        take_back_ending(actor=office, ending=PrivilegeEnding.objects.get(), reason="A mistake.")
    live = GrantPeriod.objects.live().filter(practitioner=member, valid__contains=DAY)
    assert set(live.values_list("privilege__code", flat=True)) == {OTHER}
    action = AdverseAction.objects.get()
    assert (action.kind, list(event.result)) == (AdverseActionKind.REDUCTION, ["ending"])
    take_back_step(actor=office, track=track, reason="Marked words of the board.")
    assert set(live.values_list("privilege__code", flat=True)) == {CODE, OTHER}
    assert not action.periods.live().exists()
    told = " ".join(f"{each.reason}{each.data}" for each in AuditEvent.objects.all())
    assert "Marked" not in told, "the reason stands with the track, which is peer review"
