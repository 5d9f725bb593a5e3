"""Golden cases of BL-CTE-1 (how often a body meets) and BL-CTE-2 (its quorum): the boundary and the days
beside it, exempt, unknown; as known then.
"""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaws.choices import CommitteeKind, MotionStatus
from bylaws.models import Motion
from bylaws.rules import meeting_frequency, quorum_held
from bylaws.services.agendas import add_other_business
from bylaws.services.committees import change_charter
from bylaws.services.meetings import adjourn
from bylaws.services.motions import cast_vote, close_vote, move
from config.kernel import clock
from config.kernel.dates import add_months
from config.rulebook.rules import judge_many
from config.rulebook.selectors.parameters import Bound
from config.rulebook.verdicts import Outcome
from tests.bylaws.world import NOON, TODAY

DAY = dt.timedelta(days=1)
MEC = CommitteeKind.MEC


def frequency(on, *days, charter=2, general=None):
    bound = {"bylaws.meetings_a_year:mec": Bound("x", "mec", general, source="Bylaws", citation="Article 11")}
    facts = {"on": on, "kind": "mec", "charter": charter, "days": sorted(days, reverse=True)}
    return meeting_frequency.judge(facts, bound)


OLD, FIRST, SECOND = dt.date(2023, 1, 10), dt.date(2025, 3, 10), dt.date(2025, 9, 1)


@pytest.mark.parametrize(
    ("on", "outcome"),
    [
        (dt.date(2026, 3, 8), Outcome.MET),
        (dt.date(2026, 3, 9), Outcome.MET),
        (dt.date(2026, 3, 10), Outcome.NOT_MET),
    ],
)
def test_a_meeting_counts_until_the_day_before_its_anniversary(on, outcome):
    found = frequency(on, OLD, FIRST, SECOND)
    assert found.outcome == outcome
    if outcome == Outcome.MET:
        assert found.due == dt.date(2026, 3, 9)
        assert found.sentence == "2 meetings in twelve months; 2 are asked for."
    else:
        assert found.sentence == "1 of 2 meetings in twelve months."
        assert found.cure


def test_the_charter_goes_before_the_parameter_and_says_so():
    own = frequency(TODAY, OLD, FIRST, SECOND, charter=1, general=12)
    assert (own.outcome, own.bound_by) == (Outcome.MET, "Charter of the body: 1 a year")
    general = frequency(TODAY, OLD, FIRST, SECOND, charter=None, general=12)
    assert (general.outcome, general.citation) == (Outcome.NOT_MET, "Article 11")
    assert general.bound_by == "Bylaws: 12 a year"


def test_what_is_not_known():
    for found, says in (
        (frequency(TODAY, OLD, charter=None), "how many there have to be is not recorded"),
        (frequency(TODAY), "No meeting of the body is on record"),
        (frequency(TODAY, SECOND), "1 meeting since 1 Sep 2025, the first on record"),
    ):
        assert found.outcome == Outcome.UNKNOWN
        assert says in found.sentence
        assert found.cure


DAYS = st.lists(st.dates(dt.date(2023, 1, 1), TODAY), max_size=15)


@given(DAYS, st.integers(1, 6), st.dates(dt.date(2023, 1, 1), TODAY))
def test_one_meeting_more_never_makes_it_worse_and_it_holds_through_its_day(days, needed, another):
    found = frequency(TODAY, *days, charter=needed)
    more = frequency(TODAY, *days, TODAY, charter=needed)
    assert not (found.outcome == Outcome.MET and more.outcome != Outcome.MET)
    if found.outcome == Outcome.MET:
        assert frequency(found.due, *days, charter=needed).outcome == Outcome.MET
        assert frequency(found.due + DAY, *days, charter=needed).outcome != Outcome.MET
        assert frequency(TODAY, *days, another, charter=needed).outcome == Outcome.MET
    counted = sum(add_months(day, 12) > TODAY for day in days)
    assert (found.outcome == Outcome.MET) == (counted >= needed)


# --- quorum ---------------------------------------------------------------------------------------------


def vote(met, day=TODAY):
    return {"day": day, "met": met, "needed": 3, "present": 3 if met else 2}


@pytest.mark.parametrize(
    ("votes", "outcome"),
    [
        ([], Outcome.NOT_APPLICABLE),
        ([True], Outcome.MET),
        ([True, None], Outcome.UNKNOWN),
        ([True, None, False], Outcome.NOT_MET),
    ],
)
def test_one_vote_without_a_quorum_decides_then_one_that_is_not_known(votes, outcome):
    found = quorum_held.judge({"votes": [vote(each) for each in votes]}, {})
    assert found.outcome == outcome
    assert bool(found.cure) == (outcome in (Outcome.NOT_MET, Outcome.UNKNOWN))


def test_it_says_which_was_the_first():
    votes = [vote(True, TODAY - 9 * DAY), vote(False, TODAY - 5 * DAY), vote(False)]
    found = quorum_held.judge({"votes": votes}, {})
    assert found.sentence == (
        "Of 3 votes in twelve months 2 without a quorum, the first on 5 Mar 2026: 2 present, 3 needed."
    )
    assert found.since == TODAY - 5 * DAY


@given(st.lists(st.sampled_from([True, False, None])))
def test_met_only_where_every_vote_is_known_to_have_had_one(votes):
    found = quorum_held.judge({"votes": [vote(each) for each in votes]}, {})
    assert (found.outcome == Outcome.MET) == (bool(votes) and all(votes))
    assert (found.outcome == Outcome.NOT_MET) == (False in votes)


# --- on record ------------------------------------------------------------------------------------------


def judged(world, module, on=TODAY, known_at=None):
    found = judge_many(module.RULE, facility=world.facility, on=on, known_at=known_at)
    return found[world.committees[MEC].pk]


def decide(world):
    """The executive committee meets, votes on one thing and adjourns."""
    meeting = world.meeting(MEC, present=world.mec_members)
    item = add_other_business(actor=world.coordinator, meeting=meeting, title="Budget")
    motion = move(
        actor=world.coordinator, item=item, text="Adopted", mover=world.mec_members[0],
        seconder=world.mec_members[1],
    )  # fmt: skip
    for user in world.mec_members:
        cast_vote(actor=user, motion=motion, user=user, choice="for")
    motion = close_vote(actor=world.coordinator, motion=motion)
    adjourn(actor=world.coordinator, meeting=meeting)
    return motion


def test_meetings_and_votes_are_read_as_they_were_known(world):
    assert judged(world, meeting_frequency).outcome == Outcome.UNKNOWN
    assert judged(world, quorum_held).outcome == Outcome.NOT_APPLICABLE
    with clock.freeze(NOON + dt.timedelta(hours=1)):
        change_charter(
            actor=world.coordinator, committee=world.committees[MEC],
            name="Medical Executive Committee", meetings_a_year=1,
        )  # fmt: skip
        motion = decide(world)
        assert motion.status == MotionStatus.CARRIED
        assert judged(world, meeting_frequency).outcome == Outcome.MET
        assert judged(world, meeting_frequency, on=TODAY - DAY).outcome == Outcome.UNKNOWN
        assert judged(world, meeting_frequency, known_at=NOON).outcome == Outcome.UNKNOWN
        assert judged(world, quorum_held).sentence == "A quorum at each of 1 vote in twelve months."
        assert judged(world, quorum_held, known_at=NOON).outcome == Outcome.NOT_APPLICABLE
        Motion.objects.filter(pk=motion.pk).update(quorum={})  # taken over from elsewhere
        assert judged(world, quorum_held).outcome == Outcome.UNKNOWN
