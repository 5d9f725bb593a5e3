"""Golden cases of BL-FPPE-1, BL-FPPE-2 and BL-OPPE-1: the boundary day and the days beside it."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import given
from hypothesis import strategies as st

from config.kernel import clock
from config.kernel.periods import open_period
from config.rulebook.rules import judge_many, rule
from config.rulebook.verdicts import Outcome
from privileging.choices import FPPEReason
from privileging.models import Grant, GrantPeriod, OPPECycle, OPPEProfile, PrivilegeForm
from privileging.rules.evaluated import judge_newly_granted, judge_open, judge_profiled
from privileging.services.fppe import close_fppe, extend_fppe, start_fppe
from tests.judging import ON, RANK, assert_plain, bounds, months_later, near, quickly
from tests.privileging.conftest import TODAY, appoint, grant, line_of, set_parameter
from tests.privileging.evaluations import evaluation
from tests.privileging.files import answers, asked, before_the_board, decide, office, opened

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
MET, NOT_MET, UNKNOWN = Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN
NONE = Outcome.NOT_APPLICABLE


def judged(world, one, code, on=TODAY, known_at=None):
    found = judge_many(
        rule(code), facility=world.lakeside, on=on, known_at=known_at, practitioner_ids=[one.pk]
    )
    return found[one.pk]


class TestOpened:
    """BL-FPPE-1"""

    def test_what_the_board_grants_newly_has_one(self, world, bylaws_rule, person):
        staff = office(world)
        application = opened(world, staff, person())
        asked(staff, application)
        decide(staff, before_the_board(staff, application), answers(application))
        one = application.practitioner
        assert judged(world, one, "BL-FPPE-1").outcome == MET
        grant(world, one, "GS-BARIATRIC", start=TODAY)  # taken over from before: no decision of ours
        assert judged(world, one, "BL-FPPE-1").outcome == MET

    def test_a_new_grant_without_one_is_named(self, world, bylaws_rule, person):
        staff = office(world)
        application = opened(world, staff, person())
        asked(staff, application, special=["GS-BARIATRIC"])
        step = before_the_board(staff, application)
        decision = decide(staff, step, answers(application, refused={"GS-BARIATRIC": "Too few"}))
        one = application.practitioner
        # As an earlier version left it: granted by the decision, and nothing opened.
        identity = Grant.objects.create(
            practitioner=one,
            facility=world.lakeside,
            privilege=line_of("GS-BARIATRIC").privilege,
            form_line=line_of("GS-BARIATRIC"),
            decision=decision,
            decided_on=TODAY,
            authority="Governing board",
            created_at=clock.now(),
            created_by=world.system,
        )
        open_period(GrantPeriod, identity, valid=DateRange(TODAY, dt.date(2028, 1, 1)), actor=world.system)
        verdict = judged(world, one, "BL-FPPE-1")
        assert verdict.outcome == NOT_MET
        assert verdict.facts["unplanned"] == [str(identity.privilege)]
        assert verdict.since == TODAY
        assert judged(world, one, "BL-FPPE-1", TODAY - DAY).outcome == NONE

    DAY_OF_GRANT = dt.date(2026, 5, 1)

    def newly(self, **more):
        return {"name": "Colectomy", "start": self.DAY_OF_GRANT, "decided": True, "opened": True} | more

    @pytest.mark.parametrize(
        ("granted", "outcome", "since"),
        [
            ([], NONE, None),
            ([{}], MET, None),
            ([{"opened": False}], NOT_MET, DAY_OF_GRANT),
            ([{}, {"opened": False, "start": dt.date(2026, 6, 1)}], NOT_MET, dt.date(2026, 6, 1)),
            ([{"opened": False, "decided": False}], UNKNOWN, None),
            ([{"opened": True, "decided": False}], MET, None),
            # what is surely not met decides before what is not known
            ([{"opened": False, "decided": False}, {"opened": False}], NOT_MET, DAY_OF_GRANT),
        ],
    )
    def test_every_outcome(self, granted, outcome, since):
        facts = {"on": TODAY, "granted": [self.newly(**each) for each in granted]}
        verdict = judge_newly_granted(facts, {})
        assert (verdict.outcome, verdict.since) == (outcome, since)

    def test_who_was_never_granted_anything_is_not_concerned(self, world, bylaws_rule, person):
        honorary = person()
        appoint(world, honorary)
        assert judged(world, honorary, "BL-FPPE-1").outcome == NONE
        grant(world, honorary, start=TODAY)  # taken over: an earlier system evaluated it
        assert judged(world, honorary, "BL-FPPE-1").outcome == NONE
        recorded = dt.datetime.combine(TODAY, dt.time(15), dt.UTC)
        grant(world, honorary, "GS-BARIATRIC", start=TODAY + DAY, at=recorded)  # begins after it was recorded
        assert judged(world, honorary, "BL-FPPE-1", TODAY + DAY).outcome == UNKNOWN
        assert judged(world, honorary, "BL-FPPE-1", TODAY).outcome == NONE


class TestInTime:
    """BL-FPPE-2"""

    DUE = dt.date(2026, 11, 24)

    @pytest.mark.parametrize(("days", "outcome"), [(-1, MET), (0, MET), (1, NOT_MET), (30, NOT_MET)])
    def test_the_due_day_still_counts(self, days, outcome):
        facts = {"on": self.DUE + days * DAY, "open": [("Colectomy", self.DUE)]}
        verdict = judge_open(facts, {})
        assert (verdict.outcome, verdict.due) == (outcome, self.DUE)
        assert verdict.since == (self.DUE + DAY if outcome == NOT_MET else None)

    def test_none_open_and_no_due_day(self):
        assert judge_open({"on": self.DUE, "open": []}, {}).outcome == NONE
        assert judge_open({"on": self.DUE, "open": [("Colectomy", None)]}, {}).outcome == UNKNOWN

    def test_as_known_then_and_on_the_day(self, world, person):
        one = person()
        appoint(world, one)
        grant(world, one)
        plan = evaluation(one.grants.get(), {"months": 6}, dt.date(2026, 5, 1))  # due 31 Oct 2026
        assert judged(world, one, "BL-FPPE-2", dt.date(2026, 10, 31)).outcome == MET
        assert judged(world, one, "BL-FPPE-2", dt.date(2026, 11, 1)).outcome == NOT_MET
        before = clock.now()
        with clock.freeze(before + DAY):
            start_fppe(actor=world.system, plans=[plan])
            extend_fppe(actor=world.system, plans=[plan], due_on=dt.date(2027, 2, 1), why="Few")
            assert judged(world, one, "BL-FPPE-2", TODAY + DAY).outcome == MET
            assert judged(world, one, "BL-FPPE-2", TODAY + DAY, before).outcome == NOT_MET
            close_fppe(
                actor=world.system, plans=[plan], outcome="closed_success", conclusion="Fine", fewer="Seen"
            )
            assert judged(world, one, "BL-FPPE-2", TODAY + DAY).outcome == NONE

    def test_for_cause_takes_no_part(self, world, person):
        one = person()
        appoint(world, one)
        grant(world, one)
        evaluation(
            one.grants.get(), {}, dt.date(2026, 1, 1), reason=FPPEReason.FOR_CAUSE, grounds="Three leaks"
        )
        assert judged(world, one, "BL-FPPE-2").outcome == NONE


class TestProfiled:
    """BL-OPPE-1: twelve months."""

    BOUND = {"privileging.oppe_months": SimpleNamespace(
        is_set=True, value=12, source="tjc", citation="MS.08.01.03", confidence="secondary"
    )}  # fmt: skip

    @pytest.mark.parametrize(
        ("since", "through", "on", "outcome"),
        [
            # a signed profile through 30 June 2025: the next is due by 30 June 2026
            (dt.date(2020, 1, 1), dt.date(2025, 6, 30), dt.date(2026, 6, 29), MET),
            (dt.date(2020, 1, 1), dt.date(2025, 6, 30), dt.date(2026, 6, 30), MET),
            (dt.date(2020, 1, 1), dt.date(2025, 6, 30), dt.date(2026, 7, 1), NOT_MET),
            # none yet, privileged from 1 January 2026: due by 31 December 2026
            (dt.date(2026, 1, 1), None, dt.date(2026, 12, 31), MET),
            (dt.date(2026, 1, 1), None, dt.date(2027, 1, 1), NOT_MET),
            # a leap day
            (dt.date(2020, 1, 1), dt.date(2024, 2, 29), dt.date(2025, 2, 28), MET),
            (dt.date(2020, 1, 1), dt.date(2024, 2, 29), dt.date(2025, 3, 1), NOT_MET),
            # signed before a gap: counted from the return
            (dt.date(2026, 6, 1), dt.date(2024, 6, 30), dt.date(2027, 5, 31), MET),
            (dt.date(2026, 6, 1), dt.date(2024, 6, 30), dt.date(2027, 6, 1), NOT_MET),
            (None, dt.date(2025, 6, 30), dt.date(2027, 1, 1), NONE),
        ],
    )
    def test_around_the_last_day(self, since, through, on, outcome):
        facts = {"on": on, "since": since, "through": through}
        verdict = judge_profiled(facts, self.BOUND)
        assert verdict.outcome == outcome
        if outcome == NOT_MET:
            assert verdict.since == verdict.due + DAY <= on

    def test_without_a_limit_it_is_unknown(self):
        bound = {"privileging.oppe_months": SimpleNamespace(
            is_set=False, value=None, source="", citation="", confidence=""
        )}  # fmt: skip
        facts = {"on": TODAY, "since": dt.date(2020, 1, 1), "through": None}
        assert judge_profiled(facts, bound).outcome == UNKNOWN

    def test_a_signed_profile_counts_once_it_is_signed(self, world, person):
        set_parameter(world.system, "privileging.oppe_months", 12)
        one = person()
        appoint(world, one, dt.date(2024, 1, 1))
        grant(world, one, start=dt.date(2024, 1, 1))
        assert judged(world, one, "BL-OPPE-1").outcome == NOT_MET
        cycle = OPPECycle.objects.create(
            facility=world.lakeside,
            period=DateRange(dt.date(2026, 1, 1), dt.date(2026, 7, 1)),
            opened_at=clock.now(),
            opened_by=world.system,
        )
        profile = OPPEProfile.objects.create(
            cycle=cycle, practitioner=one, form=PrivilegeForm.objects.get(code="GS")
        )
        profile.status = "chair_review"
        profile.save()
        assert judged(world, one, "BL-OPPE-1").outcome == NOT_MET
        before = clock.now()
        # The evening of the 25th in Chicago is the 26th in UTC.
        with clock.freeze(dt.datetime(2026, 11, 26, 3, tzinfo=dt.UTC)):
            profile.status, profile.conclusion = "signed", "no_concern"
            profile.signed_at, profile.signed_by = clock.now(), world.system
            profile.seen, profile.seen_sha256 = "{}", "0" * 64
            profile.save()
            assert judged(world, one, "BL-OPPE-1", TODAY + DAY).outcome == MET
            assert judged(world, one, "BL-OPPE-1", TODAY).outcome == NOT_MET
            assert judged(world, one, "BL-OPPE-1", TODAY + DAY, known_at=before).outcome == NOT_MET


NEWLY = st.lists(st.tuples(near(-60, 0), st.booleans(), st.booleans()), max_size=4)


@quickly
@given(NEWLY)
def test_met_only_where_an_evaluation_was_opened_for_everything_new(granted):
    """BL-FPPE-1 for any grants: opening them all meets it, one without a decision alone is unknown."""

    def verdict(rows):
        rows = [
            {"name": f"P{at}", "start": start, "decided": decided, "opened": done}
            for at, (start, decided, done) in enumerate(rows)
        ]
        return assert_plain(judge_newly_granted, {"on": ON, "granted": rows}, {}, days=43)

    found = verdict(granted)
    missing = [decided for _, decided, done in granted if not done]
    if not granted:
        assert found.outcome == NONE
    else:
        assert found.outcome == (NOT_MET if any(missing) else UNKNOWN if missing else MET)
        assert verdict([(start, decided, True) for start, decided, _ in granted]).outcome == MET
    assert (found.since is not None) == (found.outcome == NOT_MET)


@quickly
@given(st.lists(st.none() | near(), max_size=4))
def test_late_exactly_from_the_day_after_the_first_was_due(dues):
    """BL-FPPE-2 for any days: a day later never makes it worse, and without a day it is unknown."""

    def verdict(dues, on=ON):
        rows = [(f"P{at}", due) for at, due in enumerate(dues)]
        return assert_plain(judge_open, {"on": on, "open": rows}, {}, days=47)

    found = verdict(dues)
    if not dues:
        assert found.outcome == NONE
    elif any(due and due < ON for due in dues):
        assert found.outcome == NOT_MET
        assert found.since == min(due for due in dues if due) + DAY
    else:
        assert found.outcome == (UNKNOWN if None in dues else MET)
    for due in filter(None, dues):
        assert (verdict([due], due).outcome, verdict([due], due + DAY).outcome) == (MET, NOT_MET)
    assert RANK[verdict([due and due + DAY for due in dues]).outcome] >= RANK[found.outcome]


@quickly
@given(st.none() | near(-900, 0), st.none() | near(-900, 0), st.none() | near(-900, 0), st.integers(1, 24))
def test_the_next_profile_is_late_exactly_after_its_months(since, through, taken_over, months):
    """BL-OPPE-1 for any days: counted from the last day covered since privileges are held without a break."""

    def verdict(through=through, months=months, on=ON):
        facts = {"on": on, "since": since, "through": through, "taken_over": taken_over}
        return assert_plain(judge_profiled, facts, bounds(privileging__oppe_months=months))

    found = verdict()
    if since is None:
        assert found.outcome == NONE
        return
    covered = max(since - DAY, through or since - DAY)
    spared = through is None and taken_over is not None and months_later(taken_over, months) >= ON
    in_time = months_later(covered, months) >= ON
    assert found.outcome == (MET if in_time else UNKNOWN if spared else NOT_MET)
    assert RANK[verdict(months=months + 1).outcome] >= RANK[found.outcome]
    if through is not None:
        assert RANK[verdict(through + DAY).outcome] >= RANK[found.outcome]
    if found.outcome != UNKNOWN:
        assert verdict(on=found.due).outcome in (MET, UNKNOWN)
