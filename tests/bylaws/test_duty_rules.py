"""BL-REC-1, BL-REC-2, BL-DUES-1 and BL-CALL-2: golden cases, properties, and the list that speaks."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaws.models import Finding
from bylaws.rules import call_duty, dues, record_delinquency, record_suspensions
from bylaws.selectors.duty_counts import lists_that_count
from bylaws.selectors.findings import to_decide
from bylaws.services.compliance_runs import record_run
from bylaws.services.duty_counts import import_counts, undo_counts
from bylaws.services.findings import (
    apply_consequence,
    consequence_problem,
    record_answer,
    reverse_consequence,
    send_notice,
)
from config.kernel import clock
from config.rulebook.rules import judge_many
from config.rulebook.selectors.parameters import Bound
from config.rulebook.verdicts import Outcome
from practitioners.models import Practitioner
from practitioners.services.merging import merge_records
from tests.bylaws.world import NOON, TODAY
from tests.searching import tried

MET, NOT_MET, UNKNOWN, NOT_APPLICABLE = (
    Outcome.MET,
    Outcome.NOT_MET,
    Outcome.UNKNOWN,
    Outcome.NOT_APPLICABLE,
)
DAY = dt.timedelta(days=1)
LIST_DAY = dt.date(2026, 3, 10)
#: From the worst answer to the best.
RANK = {NOT_MET: 0, UNKNOWN: 1, MET: 2}
OWED = {"records": record_delinquency.RULE, "dues": dues.RULE}


def bounds(**more):
    said = {
        "bylaws.duty_list_days:records": 35,
        "bylaws.duty_list_days:dues": 35,
        "bylaws.duty_list_days:call": 35,
        "bylaws.record_days": 30,
        "bylaws.record_suspensions": 3,
        "bylaws.record_suspended_days": 60,
        "bylaws.dues_grace_days": 30,
        "bylaws.dues_categories": ["active"],
        "bylaws.call_shifts": 4,
        "bylaws.call_categories": ["active"],
        "bylaws.call_exempt_age": 60,
        "bylaws.call_exempt_years": 20,
    } | {f"bylaws.{name}": value for name, value in more.items()}
    return {code: Bound(code, "", value, source="Bylaws") for code, value in said.items()}


def facts(count=None, since=None, *, on=LIST_DAY, as_of=LIST_DAY, whole=True, category="active", **more):
    return {
        "on": on,
        "member": True,
        "category": category.title(),
        "category_code": category,
        "carries_privileges": category != "honorary",
        "list": {"as_of": as_of, "whole": whole} if as_of else None,
        "row": None if count is None else {"count": count, "since": since},
        "born": dt.date(1980, 5, 1),
        "memberships": [(dt.date(2015, 1, 1), None)],
        "suspended": [],
    } | more


class TestOwed:
    """Medical records and dues: so many days after the day it began, and no more."""

    @pytest.mark.parametrize(("days", "outcome"), [(29, MET), (30, MET), (31, NOT_MET)])
    @pytest.mark.parametrize("rule", OWED.values(), ids=OWED)
    def test_the_boundary_day_and_the_days_beside(self, rule, days, outcome):
        verdict = rule.judge(facts(3, LIST_DAY - days * DAY), bounds())
        assert verdict.outcome == outcome
        assert verdict.due == LIST_DAY + (30 - days) * DAY
        if outcome == NOT_MET:
            assert verdict.since == LIST_DAY

    def test_records_in_a_sentence(self):
        verdict = record_delinquency.judge(facts(3, LIST_DAY - 41 * DAY), bounds())
        assert verdict.sentence == "3 charts on the list of 10 Mar 2026, the oldest 41 days, over 30."
        assert verdict.cure == "Complete the charts; the next list says so."
        assert (verdict.facts["count"], verdict.facts["days"]) == (3, 41)

    def test_dues_in_a_sentence(self):
        verdict = dues.judge(facts(1250, LIST_DAY - 31 * DAY), bounds())
        assert verdict.sentence == "$1,250 owed on the list of 10 Mar 2026, due for 31 days, over 30."

    @pytest.mark.parametrize("rule", OWED.values(), ids=OWED)
    def test_who_is_not_on_a_whole_list_owes_nothing(self, rule):
        assert rule.judge(facts(), bounds()).outcome == MET
        assert rule.judge(facts(0), bounds()).outcome == MET
        partial = rule.judge(facts(whole=False), bounds())
        assert partial.outcome == UNKNOWN
        assert "names only some" in partial.sentence

    @pytest.mark.parametrize("rule", OWED.values(), ids=OWED)
    def test_without_a_list_or_with_an_old_one_it_is_unknown(self, rule):
        assert rule.judge(facts(as_of=None), bounds()).outcome == UNKNOWN
        assert rule.judge(facts(on=LIST_DAY + 35 * DAY), bounds()).outcome == MET
        late = rule.judge(facts(on=LIST_DAY + 36 * DAY), bounds())
        assert late.outcome == UNKNOWN
        assert late.sentence.endswith("is of 10 Mar 2026, more than 35 days old.")

    @pytest.mark.parametrize("rule", OWED.values(), ids=OWED)
    def test_what_was_in_time_and_would_be_late_by_now_is_not_known(self, rule):
        since = LIST_DAY - 25 * DAY
        assert rule.judge(facts(1, since, on=LIST_DAY + 5 * DAY), bounds()).outcome == MET
        assert rule.judge(facts(1, since, on=LIST_DAY + 6 * DAY), bounds()).outcome == UNKNOWN

    @pytest.mark.parametrize("rule", OWED.values(), ids=OWED)
    def test_a_list_that_does_not_say_since_when(self, rule):
        assert rule.judge(facts(2), bounds()).outcome == UNKNOWN

    @pytest.mark.parametrize("rule", OWED.values(), ids=OWED)
    def test_the_honorary_have_no_such_duty(self, rule):
        assert rule.judge(facts(9, dt.date(2020, 1, 1), category="honorary"), bounds()).outcome == (
            NOT_APPLICABLE
        )

    @pytest.mark.parametrize(
        ("rule", "named"), [(dues.RULE, "dues_categories"), (call_duty.RULE, "call_categories")]
    )
    def test_categories_nobody_set_are_unknown_and_an_empty_list_is_nobody(self, rule, named):
        assert rule.judge(facts(), bounds(**{named: None})).outcome == UNKNOWN
        assert rule.judge(facts(), bounds(**{named: []})).outcome == NOT_APPLICABLE

    def test_a_limit_nobody_set_is_unknown(self):
        assert record_delinquency.judge(facts(), bounds(record_days=None)).outcome == UNKNOWN
        assert dues.judge(facts(), bounds(dues_grace_days=None)).outcome == UNKNOWN
        lasting = {"duty_list_days:records": None}
        assert record_delinquency.judge(facts(), bounds(**lasting)).outcome == UNKNOWN

    @given(
        rule=st.sampled_from(list(OWED.values())),
        ages=st.tuples(st.integers(0, 90), st.integers(0, 90)),
        after=st.integers(0, 60),
        count=st.integers(1, 50),
    )
    def test_longer_owed_is_never_better_and_any_owing_never_better_than_none(self, rule, ages, after, count):
        on = LIST_DAY + after * DAY
        less, more = (
            rule.judge(facts(count, LIST_DAY - age * DAY, on=on), bounds()).outcome for age in sorted(ages)
        )
        none = rule.judge(facts(0, on=on), bounds()).outcome
        assert RANK[more] <= RANK[less] <= RANK[none]

    @given(
        rule=st.sampled_from([*OWED.values(), call_duty.RULE]),
        row=st.one_of(st.none(), st.tuples(st.integers(0, 9), st.dates(dt.date(2025, 1, 1), LIST_DAY))),
    )
    def test_without_a_list_nothing_is_ever_met_nor_unmet(self, rule, row):
        said = facts(*(row or ()), as_of=None)
        assert rule.judge(said, bounds()).outcome == UNKNOWN


class TestCall:
    @pytest.mark.parametrize(("count", "outcome"), [(0, NOT_MET), (3, NOT_MET), (4, MET), (5, MET)])
    def test_the_shifts_asked_for_and_the_numbers_beside(self, count, outcome):
        verdict = call_duty.judge(facts(count, dt.date(2026, 1, 1)), bounds())
        assert verdict.outcome == outcome
        if count == 3:
            assert verdict.sentence == (
                "3 shifts covered since 1 Jan 2026 by the list of 10 Mar 2026, below 4."
            )

    @pytest.mark.parametrize(("ahead", "outcome"), [(1, NOT_MET), (0, NOT_APPLICABLE), (-1, NOT_APPLICABLE)])
    def test_exempt_from_the_birthday_on(self, ahead, outcome):
        born = dt.date(1966, 3, 10) + ahead * DAY
        assert call_duty.judge(facts(0, born=born), bounds()).outcome == outcome

    @pytest.mark.parametrize(("ahead", "outcome"), [(1, NOT_MET), (0, NOT_APPLICABLE), (-1, NOT_APPLICABLE)])
    def test_exempt_from_the_anniversary_on(self, ahead, outcome):
        joined = dt.date(2006, 3, 10) + ahead * DAY
        assert call_duty.judge(facts(0, memberships=[(joined, None)]), bounds()).outcome == outcome

    def test_the_years_between_two_memberships_exempt_nobody(self):
        back = dt.date(2025, 1, 1)
        apart = [(dt.date(1990, 1, 1), dt.date(1991, 1, 1)), (back, None)]
        assert call_duty.judge(facts(0, memberships=apart), bounds()).outcome == NOT_MET
        once = [(dt.date(1990, 1, 1), dt.date(2009, 1, 1)), (back, None)]
        assert call_duty.judge(facts(0, memberships=once), bounds()).outcome == NOT_APPLICABLE

    def test_an_unknown_birthday_matters_only_where_it_could_exempt(self):
        assert call_duty.judge(facts(0, born=None), bounds()).outcome == UNKNOWN
        assert call_duty.judge(facts(4, born=None), bounds()).outcome == MET
        assert call_duty.judge(facts(0, born=None), bounds(call_exempt_age=None)).outcome == NOT_MET

    def test_who_is_in_no_rotation_has_no_duty(self):
        assert call_duty.judge(facts(), bounds()).outcome == NOT_APPLICABLE
        assert call_duty.judge(facts(whole=False), bounds()).outcome == UNKNOWN
        assert call_duty.judge(facts(0, category="honorary"), bounds()).outcome == NOT_APPLICABLE
        assert call_duty.judge(facts(0, member=False), bounds()).outcome == NOT_APPLICABLE

    def test_a_list_too_old_is_unknown(self):
        assert call_duty.judge(facts(9, on=LIST_DAY + 36 * DAY), bounds()).outcome == UNKNOWN

    @given(counts=st.tuples(st.integers(0, 20), st.integers(0, 20)), born=st.sampled_from([None, 1980]))
    def test_more_shifts_are_never_worse(self, counts, born):
        day = dt.date(born, 1, 1) if born else None
        less, more = (call_duty.judge(facts(each, born=day), bounds()).outcome for each in sorted(counts))
        assert RANK[less] <= RANK[more]


def stood(*spans):
    return [{"bar": number, "from": begin, "to": end} for number, (begin, end) in enumerate(spans, start=1)]


class TestSuspendedForRecords:
    def judge(self, *spans, on=LIST_DAY, **more):
        return record_suspensions.judge(facts(on=on, suspended=stood(*spans), **more), bounds())

    def test_the_third_in_twelve_months(self):
        spans = [(dt.date(2025, 6, day), dt.date(2025, 6, day + 2)) for day in (1, 10, 20)]
        assert self.judge(*spans[:2]).outcome == MET
        verdict = self.judge(*spans)
        assert (verdict.outcome, verdict.since) == (NOT_MET, dt.date(2025, 6, 20))
        assert verdict.sentence == (
            "Suspended for medical records 3 times and for 6 days in the past twelve months; "
            "with 3 times membership is deemed resigned."
        )

    @pytest.mark.parametrize(("later", "outcome"), [(-1, NOT_MET), (0, NOT_MET), (1, MET)])
    def test_the_last_day_of_the_twelve_months_and_the_days_beside(self, later, outcome):
        """The first of the three began on 11 March 2025: through 10 March 2026 it counts."""
        spans = [(dt.date(2025, 3, 11), dt.date(2025, 3, 12))]
        spans += [(dt.date(2025, month, 1), dt.date(2025, month, 2)) for month in (6, 7)]
        assert self.judge(*spans, on=LIST_DAY + later * DAY).outcome == outcome

    @pytest.mark.parametrize(("days", "outcome"), [(59, MET), (60, NOT_MET), (61, NOT_MET)])
    def test_so_many_days_suspended(self, days, outcome):
        begun = LIST_DAY - (days - 1) * DAY
        verdict = self.judge((begun, None))
        assert verdict.outcome == outcome
        if outcome == NOT_MET:
            assert verdict.since == begun + 59 * DAY

    def test_days_of_two_at_once_count_once(self):
        begun = LIST_DAY - 40 * DAY
        assert self.judge((begun, None), (begun, None)).facts["days"] == 41

    def test_since_the_day_from_which_on_there_were_always_too_many(self):
        """The fourth keeps it up when the first leaves the twelve months: the third began it all the same."""
        spans = [(dt.date(2025, month, 1), dt.date(2025, month, 2)) for month in (1, 3, 6, 9)]
        for on in (dt.date(2025, 7, 1), dt.date(2025, 12, 1), dt.date(2026, 2, 28)):
            assert self.judge(*spans, on=on).since == dt.date(2025, 6, 1)
        long = (dt.date(2024, 6, 1), None)
        assert self.judge(long, on=dt.date(2026, 1, 1)).since == dt.date(2024, 7, 30)

    @tried(40)
    @given(
        spans=st.lists(st.tuples(st.integers(0, 400), st.integers(1, 90)), max_size=6),
    )
    def test_a_breach_began_on_its_day_and_lasts(self, spans):
        rows = [(LIST_DAY - ago * DAY, LIST_DAY - ago * DAY + long * DAY) for ago, long in spans]
        found = self.judge(*rows)
        if found.outcome == NOT_MET:
            for share in range(5):
                between = found.since + (LIST_DAY - found.since) * share // 4
                then = self.judge(*rows, on=between)
                assert (then.outcome, then.since) == (NOT_MET, found.since)
            assert self.judge(*rows, on=found.since - DAY).outcome == MET

    def test_never_suspended_and_who_has_nothing_to_suspend(self):
        assert self.judge().outcome == MET
        assert self.judge(category="honorary").outcome == NOT_APPLICABLE
        said = facts(suspended=[])
        assert record_suspensions.judge(said, bounds(record_suspensions=None)).outcome == UNKNOWN

    @given(
        begins=st.lists(st.integers(0, 700), max_size=5),
        more=st.integers(0, 700),
        long=st.integers(1, 90),
    )
    def test_one_more_is_never_better(self, begins, more, long):
        def spans(ages):
            return [(LIST_DAY - age * DAY, LIST_DAY - age * DAY + long * DAY) for age in ages]

        before, after = self.judge(*spans(begins)).outcome, self.judge(*spans([*begins, more])).outcome
        assert RANK[after] <= RANK[before]


# --- with the database ----------------------------------------------------------------------------------

RULES = (record_delinquency.RULE, record_suspensions.RULE, dues.RULE, call_duty.RULE)


@pytest.fixture
def people(world):
    """Three of the active staff and one honorary member."""
    found = []
    for number in range(4):
        person = world.practitioner(f"Number {'Abcd'[number]}{'xyzw'[number]}")
        Practitioner.objects.filter(pk=person.pk).update(npi=str(1000000004 + number))
        world.appoint(
            person,
            dt.date(2025, 1, 1),
            dt.date(2026, 12, 31),
            category="honorary" if number == 3 else "active",
        )
        found.append(Practitioner.objects.get(pk=person.pk))
    return found


def load(world, *rows, kind="records", as_of=TODAY, whole=True):
    text = "NPI,Count,Since\n" + "".join(
        f"{person.npi},{count},{since.isoformat() if since else ''}\n" for person, count, since in rows
    )
    return import_counts(
        actor=world.coordinator,
        facility=world.facility,
        kind=kind,
        as_of=as_of,
        whole=whole,
        content=text.encode(),
        file_name=f"{kind}.csv",
    )


def judged(world, rule=record_delinquency.RULE, *, on=TODAY, known_at=None):
    return judge_many(rule, facility=world.facility, on=on, known_at=known_at)


def test_the_newest_list_speaks_as_far_as_it_was_known(world, people):
    with clock.freeze(NOON - 20 * DAY):
        older = load(world, (people[0], 1, TODAY - 70 * DAY), as_of=TODAY - 20 * DAY)
    newer = load(world, (people[1], 1, TODAY - 70 * DAY))
    day_before = NOON - DAY
    assert lists_that_count(world.facility, TODAY).get("records") == newer
    assert lists_that_count(world.facility, TODAY - DAY).get("records") == older
    assert lists_that_count(world.facility, TODAY, day_before).get("records") == older
    assert lists_that_count(world.facility, TODAY - 21 * DAY).get("records") is None
    assert lists_that_count(world.facility, TODAY).get("dues") is None
    with clock.freeze(NOON + DAY):
        undo_counts(actor=world.coordinator, duty_list=newer, reason="Wrong file")
    assert lists_that_count(world.facility, TODAY).get("records") == older
    assert lists_that_count(world.facility, TODAY, NOON + 1 / 2 * DAY).get("records") == newer
    assert judged(world)[people[0].pk].outcome == NOT_MET
    assert judged(world, known_at=NOON + 1 / 2 * DAY)[people[1].pk].outcome == NOT_MET


def test_the_outcomes_add_up_to_the_staff(world, people):
    load(world, (people[0], 2, TODAY - 50 * DAY), (people[3], 1, TODAY - 50 * DAY))
    load(world, (people[1], 300, TODAY - 200 * DAY), kind="dues")
    load(world, (people[0], 9, TODAY - 60 * DAY), (people[2], 0, TODAY - 60 * DAY), kind="call")
    outcomes = {
        rule.code: [str(judged(world, rule)[person.pk].outcome) for person in people] for rule in RULES
    }
    assert outcomes == {
        "BL-REC-1": ["NOT_MET", "MET", "MET", "NOT_APPLICABLE"],
        "BL-REC-2": ["MET", "MET", "MET", "NOT_APPLICABLE"],
        "BL-DUES-1": ["MET", "NOT_MET", "MET", "NOT_APPLICABLE"],
        "BL-CALL-2": ["MET", "NOT_APPLICABLE", "UNKNOWN", "NOT_APPLICABLE"],
    }


def test_counts_are_read_in_sets(world, people, django_assert_max_num_queries):
    load(world, *((person, 1, TODAY - 50 * DAY) for person in people))
    with django_assert_max_num_queries(4):
        judged(world)


def test_a_list_about_a_merged_record_is_about_the_person(world, people):
    second = world.practitioner("Number Axx")
    Practitioner.objects.filter(pk=second.pk).update(npi="1000000020")
    second.refresh_from_db()
    load(world, (second, 1, TODAY - 50 * DAY))
    Practitioner.objects.filter(pk=people[0].pk).update(npi=None)
    merge_records(actor=world.system, keep=people[0], record=second, reason="The same person.")
    assert judged(world)[people[0].pk].outcome == NOT_MET


def test_suspended_for_records_and_given_back_by_the_next_list(world, people):
    """Notice, answer, suspension; the next list closes the finding, and what was suspended counts."""
    load(world, (people[0], 2, TODAY - 80 * DAY))
    record_run(actor=world.system, facility=world.facility)
    one = Finding.objects.get(rule_code="BL-REC-1", practitioner=people[0])
    send_notice(actor=world.coordinator, finding=one)
    record_answer(actor=world.coordinator, finding=one, said="Next week.")
    bar = apply_consequence(actor=world.coordinator, finding=one, reason="Still not done.")
    assert bar.periods.get().cause.startswith("2 charts on the list of 10 Mar 2026")
    with clock.freeze(NOON + 7 * DAY):
        load(world, (people[1], 0, None), as_of=TODAY + 7 * DAY)
        record_run(actor=world.system, facility=world.facility)
        one.refresh_from_db()
        assert (one.status, one.closed_on) == ("cured", TODAY + 7 * DAY)
        assert [str(period.valid.upper) for period in bar.periods.live()] == ["2026-03-17"]
        verdict = judged(world, record_suspensions.RULE, on=TODAY + 8 * DAY)[people[0].pk]
        assert (verdict.outcome, verdict.facts["suspensions"], verdict.facts["days"]) == (MET, 1, 7)


class TestLadder:
    """Unmet since 10 Mar 2026, by charts of 31 days: written to at once, suspended after 20 days unmet."""

    @pytest.fixture
    def late(self, world, people):
        world.parameter("bylaws.finding_unmet_days", 20, subject="BL-REC-1")
        load(world, (people[0], 2, TODAY - 31 * DAY))
        record_run(actor=world.system, facility=world.facility)
        one = Finding.objects.get(rule_code="BL-REC-1", practitioner=people[0])
        assert one.since == TODAY
        return one

    @pytest.mark.parametrize(("days", "allowed"), [(19, False), (20, True), (21, True)])
    def test_proposed_from_the_day_on_and_not_before(self, world, late, days, allowed):
        send_notice(actor=world.coordinator, finding=late)
        record_answer(actor=world.coordinator, finding=late, said="Next week.")
        with clock.freeze(NOON + days * DAY):
            assert to_decide(world.coordinator, world.facility) == ([late] if allowed else [])
            late.refresh_from_db()
            problem = consequence_problem(late)
            assert problem == (
                ""
                if allowed
                else "It has not been unmet for long enough: something may follow from 30 Mar 2026 on."
            )

    @pytest.mark.parametrize(("days", "status"), [(19, "notified"), (20, "consequence")])
    def test_by_itself_where_the_bylaws_say_so(self, world, late, days, status):
        world.parameter("bylaws.finding_consequence", "automatic", subject="BL-REC-1")
        world.sent(send_notice(actor=world.coordinator, finding=late))
        with clock.freeze(NOON + days * DAY):
            counts = record_run(actor=world.system, facility=world.facility).counts
        late.refresh_from_db()
        assert (late.status, counts.get("refused", 0)) == (status, 0)

    def test_nothing_follows_by_itself_from_a_notice_that_was_never_sent(self, world, late):
        world.parameter("bylaws.finding_consequence", "automatic", subject="BL-REC-1")
        letter = send_notice(actor=world.coordinator, finding=late)
        with clock.freeze(NOON + 20 * DAY):
            counts = record_run(actor=world.system, facility=world.facility).counts
            late.refresh_from_db()
            assert (late.status, counts["refused"]) == ("notified", 1)
            world.sent(letter)
            record_run(actor=world.system, facility=world.facility)
        late.refresh_from_db()
        assert late.status == "consequence"

    def test_taken_back_with_a_letter(self, world, late):
        world.sent(send_notice(actor=world.coordinator, finding=late))
        with clock.freeze(NOON + 20 * DAY):
            apply_consequence(actor=world.coordinator, finding=late, reason="No answer.")
            reverse_consequence(actor=world.coordinator, finding=late, reason="The charts were lost by us.")
        late.refresh_from_db()
        assert late.status == "open"
        assert late.steps.last().letter is not None
