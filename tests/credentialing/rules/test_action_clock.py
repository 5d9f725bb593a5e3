"""Golden cases of BL-APP-4: the last day and the days beside it, not concerned, unknown; as known then."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import Error, transaction
from hypothesis import given
from hypothesis import strategies as st

from bylaws.choices import Body
from bylaws.models import Finding
from bylaws.selectors.compliance import compliance
from bylaws.selectors.findings import general_findings_of
from bylaws.services.compliance_runs import record_run
from bylaws.services.findings import notice_problem
from config.kernel import clock
from config.rulebook.rules import judge_many
from config.rulebook.selectors.parameters import Bound
from config.rulebook.verdicts import Outcome
from credentialing.models import Application, ApplicationMove
from credentialing.rules.action_clock import RULE, gather, judge
from credentialing.services.applications import reopen, withdraw
from tests.credentialing.letters import recommend
from tests.credentialing.world import NOON, TODAY

DAY = dt.timedelta(days=1)
COMPLETE = dt.date(2026, 1, 31)
DUE = dt.date(2026, 5, 1)


def verdict(on, complete=COMPLETE, acted=None, days=90, verified_after=False):
    bound = {"credentialing.action_days": Bound("x", "", days, source="Bylaws", citation="Art. 5")}
    facts = {
        "on": on, "kind": "Initial appointment", "verified_after": verified_after,
        "complete_on": complete, "acted_on": acted,
    }  # fmt: skip
    return judge(facts, bound)


@pytest.mark.parametrize(
    ("on", "outcome", "since"),
    [
        (COMPLETE - DAY, Outcome.NOT_APPLICABLE, None),
        (COMPLETE, Outcome.MET, COMPLETE),
        (DUE - DAY, Outcome.MET, COMPLETE),
        (DUE, Outcome.MET, COMPLETE),
        (DUE + DAY, Outcome.NOT_MET, DUE + DAY),
    ],
)
def test_the_ninetieth_day_still_counts(on, outcome, since):
    found = verdict(on)
    assert (found.outcome, found.since) == (outcome, since)
    assert found.due == (None if outcome == Outcome.NOT_APPLICABLE else DUE)


def test_it_says_how_long_it_has_waited_and_what_cures_it():
    found = verdict(DUE + DAY)
    assert found.sentence == (
        "Complete since 31 Jan 2026, 91 days ago, and neither the executive committee nor the board has "
        "acted; 90 days are allowed."
    )
    assert found.cure
    assert found.citation == "Art. 5"
    assert found.bound_by == "Bylaws: 90 days"


def test_an_act_ends_the_count_and_a_late_one_is_told():
    assert verdict(DUE + DAY, acted=DUE).sentence.endswith("acted on on 1 May 2026, within 90 days.")
    late = verdict(DUE + 5 * DAY, acted=DUE + 2 * DAY)
    assert (late.outcome, late.since) == (Outcome.MET, DUE + 2 * DAY)
    assert late.sentence.endswith("2 days late.")


def test_who_it_does_not_concern_and_what_is_not_known():
    assert verdict(TODAY, complete=None).outcome == Outcome.NOT_APPLICABLE
    assert verdict(DUE + DAY, verified_after=True).outcome == Outcome.NOT_APPLICABLE
    unset = verdict(DUE + DAY, days=None)
    assert unset.outcome == Outcome.UNKNOWN
    assert "not recorded for this facility" in unset.sentence
    assert unset.cure


@given(
    st.integers(1, 400),
    st.integers(-5, 500),
    st.one_of(st.none(), st.integers(0, 400)),
)
def test_not_met_exactly_when_the_days_are_over_and_nobody_acted(days, passed, acted):
    acted_on = COMPLETE + acted * DAY if acted is not None and acted <= passed else None
    found = verdict(COMPLETE + passed * DAY, acted=acted_on, days=days)
    assert (found.outcome == Outcome.NOT_MET) == (acted_on is None and passed > days)
    if found.outcome == Outcome.NOT_MET:
        more = verdict(COMPLETE + passed * DAY, acted=acted_on, days=passed)
        assert more.outcome == Outcome.MET  # a longer time would do
        assert found.since - DAY == found.due <= COMPLETE + passed * DAY


# --- on record ------------------------------------------------------------------------------------------


def stood(world, application, status, day, **more):
    """It stands so from the day on, as recorded now."""
    Application.objects.filter(pk=application.pk).update(status=status, **more)
    ApplicationMove.objects.create(
        application=application, status=status, day=day, at=clock.now(), by=world.coordinator
    )


@pytest.fixture
def complete(world):
    """A file that was complete a hundred days ago, which nobody acted on."""
    application = world.accepted()
    stood(world, application, "complete", TODAY - 100 * DAY, complete_on=TODAY - 100 * DAY)
    application.refresh_from_db()
    return application


def judged(world, on=TODAY, known_at=None):
    return judge_many(RULE, facility=world.facility, on=on, known_at=known_at)


def test_open_files_are_judged_and_nothing_before_it_was_received_or_known(world, complete):
    other = world.application(world.practitioner(last_name="Draft", npi=None))  # nobody has submitted it
    found = judged(world)
    assert found[complete.pk].outcome == Outcome.NOT_MET
    assert other.pk not in found
    assert judged(world, on=complete.received_on - DAY) == {}
    assert judged(world, known_at=complete.opened_at - dt.timedelta(seconds=1)) == {}


def test_what_was_decided_and_recorded_later_was_still_waiting_as_known_before(world, complete):
    with clock.freeze(NOON + 6 * DAY):
        recommend(world, complete, body=Body.BOARD, outcome="recommend", on=TODAY)
        for status, more in (("in_review", {}), ("approved", {"decided_on": TODAY})):
            stood(world, complete, status, TODAY, **more)
        assert judged(world) == {}
        assert judged(world, known_at=NOON + 5 * DAY)[complete.pk].outcome == Outcome.NOT_MET
        assert judged(world, known_at=NOON + 7 * DAY) == {}


def test_what_is_decided_later_of_what_was_held_brings_nothing_back(world, complete):
    recommend(world, complete, body=Body.BOARD, outcome="recommend", on=TODAY - DAY)
    for status, more in (("in_review", {}), ("approved", {"decided_on": TODAY - DAY})):
        stood(world, complete, status, TODAY - DAY, **more)
    with clock.freeze(NOON + 60 * DAY):
        recommend(world, complete, body=Body.BOARD, outcome="recommend", on=TODAY + 60 * DAY)
        assert judged(world, known_at=NOON + 30 * DAY) == {}


def test_a_past_day_is_answered_as_it_was_whatever_became_of_the_file(world, complete):
    """Back into verification, complete anew, withdrawn: each day keeps its answer, and what was known."""
    with clock.freeze(NOON + 2 * DAY):
        reopen(actor=world.coordinator, application=complete)
    with clock.freeze(NOON + 4 * DAY):
        stood(world, complete, "complete", TODAY + 4 * DAY, complete_on=TODAY + 4 * DAY)
    with clock.freeze(NOON + 6 * DAY):
        withdraw(actor=world.coordinator, application=complete, reason="Moved away")
        days = {number: judged(world, on=TODAY + number * DAY).get(complete.pk) for number in range(8)}
        assert [days[number] and days[number].outcome for number in range(8)] == [
            Outcome.NOT_MET,
            Outcome.NOT_MET,
            Outcome.NOT_APPLICABLE,
            Outcome.NOT_APPLICABLE,
            Outcome.MET,
            Outcome.MET,
            None,
            None,
        ]
        known_before = judged(world, on=TODAY + 3 * DAY, known_at=NOON + DAY)
        assert known_before[complete.pk].outcome == Outcome.NOT_MET
    with pytest.raises(Error), transaction.atomic():
        complete.moves.update(day=TODAY)


def test_every_way_a_file_goes_leaves_its_moves(world):
    """The services keep them: opened, submitted, accepted, withdrawn, each with its day and who did it."""
    application = world.accepted()
    withdraw(actor=world.coordinator, application=application, reason="Moved away")
    moves = list(application.moves.order_by("at", "pk"))
    assert [move.status for move in moves] == ["draft", "submitted", "in_verification", "withdrawn"]
    assert {move.day for move in moves} == {TODAY}
    assert moves[-1].by == world.coordinator


@pytest.mark.parametrize(("outcome", "acted"), [("defer", None), ("recommend", TODAY)])
def test_to_put_the_whole_file_off_is_no_act(world, complete, outcome, acted):
    recommend(world, complete, outcome=outcome)
    assert gather(world.facility, TODAY, None, None)[complete.pk]["acted_on"] == acted


def test_what_is_found_is_shown_with_the_file_and_nobody_is_written_to(world, complete):
    record_run(actor=world.system, facility=world.facility)
    one = Finding.objects.get(rule_code="BL-APP-4")
    assert (one.subject_kind, one.subject_uid) == ("application", complete.uid)
    assert one.practitioner == complete.practitioner
    assert one.about == f"{complete.practitioner.display_name}, initial appointment"
    assert notice_problem(one) == "It is about an application: nobody is written to, and nobody suspended."
    assert one in general_findings_of(world.system, complete.practitioner)


def test_it_is_about_no_member_and_adds_up_to_the_files(world, complete):
    results = compliance(viewer=world.system, facility=world.facility, on=TODAY)
    result = next(each for each in results if each.rule is RULE)
    assert result.total == sum(result.counts.values()) == 1
    with clock.freeze(NOON + DAY):
        stood(world, complete, "in_verification", TODAY + DAY, complete_on=None)
        assert judged(world, on=TODAY + DAY)[complete.pk].outcome == Outcome.NOT_APPLICABLE
