"""A body's act recorded from its minutes."""

import datetime as dt

import pytest

from bylaws.choices import Body, DecisionKind, StepStatus
from bylaws.models import Decision
from bylaws.selectors.decisions import frozen_record, replay
from bylaws.services.minutes import record_decision_from_minutes
from config.kernel import clock
from config.kernel.errors import Doubtful, Forbidden, Refused
from tests.bylaws.world import NOON, TODAY

LATER = NOON + dt.timedelta(days=6)


def record(world, case, body=Body.CREDENTIALS_COMMITTEE, **change):
    values = {
        "actor": world.coordinator,
        "step": world.step(case, body),
        "decided_on": TODAY + dt.timedelta(days=2),
        "mover": "Ana Member",
        "seconder": "Ben Member",
        "votes_for": 4,
        "votes_against": 0,
        "abstentions": 1,
        "lines": world.answers(case),
        "minutes": world.minutes(case.practitioner),
    } | change
    with clock.freeze(LATER):
        return record_decision_from_minutes(**values)


def test_the_act_bears_its_own_day_and_is_recorded_now(world):
    case = world.recommended()
    decision = record(world, case, recusals=[{"name": "Eve Member", "reason": "Partner"}], votes_for=3)
    assert decision.decided_on == TODAY + dt.timedelta(days=2)
    assert decision.recorded_at == LATER
    assert decision.kind == DecisionKind.RECOMMENDATION
    assert decision.recusals == [{"name": "Eve Member", "reason": "Partner"}]
    frozen = frozen_record(decision)
    assert frozen["capacity"] == "From the minutes of the Credentials Committee"
    assert frozen["minutes"]["sha256"] == decision.minutes.sha256
    assert frozen["quorum"]["needed"] == 3
    assert replay(decision).problems == []
    assert world.step(case, Body.MEC).status == StepStatus.OPEN


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"decided_on": TODAY + dt.timedelta(days=7)}, "lies in the future"),
        ({"decided_on": TODAY - dt.timedelta(days=1)}, "cannot have acted before that"),
        ({"mover": ""}, "who moved and who seconded"),
        ({"seconder": " ana  MEMBER "}, "cannot be the seconder"),
        ({"votes_for": 6}, "counts 7 votes, but 5 voting members"),
        ({"votes_for": 1, "votes_against": 0, "abstentions": 1}, "There was no quorum: 2 of 5"),
        ({"votes_for": 2, "votes_against": 2, "abstentions": 0}, "does not carry a motion"),
        ({"votes_for": -1}, "less than none"),
        (
            {"mover": "Mickey Mouse"},
            "Mickey Mouse was no voting member of the Credentials Committee on",
        ),
        ({"seconder": "Gus Mec"}, "In office were: Ana Member, Ben Member"),
        ({"recusals": [{"name": "Dr. Ben Member", "reason": "Partner"}]}, "was recused and can neither"),
        ({"mover": "Adaeze Okonkwo, MD"}, "Nobody may move or second on their own file"),
    ],
)
def test_minutes_that_cannot_be_are_refused(world, change, sentence):
    case = world.recommended()
    with pytest.raises(Refused, match=sentence):
        record(world, case, **change)
    assert Decision.objects.filter(step__body=Body.CREDENTIALS_COMMITTEE).count() == 0


def test_a_member_is_known_however_the_minutes_write_the_name(world):
    decision = record(world, world.recommended(), mover="MEMBER, Ana, M.D.", seconder="Dr. Ben Member")
    assert (decision.mover, decision.seconder) == ("Ana Member", "Ben Member")


def test_the_scan_belongs_to_the_same_person(world):
    case = world.recommended()
    with pytest.raises(Refused, match="Add the scan"):
        record(world, case, minutes=world.minutes(world.practitioner("Otto Other")))
    with pytest.raises(Refused, match="Add the scan"):
        record(world, case, minutes=None)


def test_a_chair_has_no_minutes(world):
    case = world.case()
    with pytest.raises(Refused, match="recommends in person"):
        record(world, case, Body.DEPARTMENT_CHAIR)


def test_who_may_record_minutes(world):
    case = world.recommended()
    for actor in (world.chair, world.members[0], world.mec_members[0]):
        with pytest.raises(Forbidden):
            record(world, case, actor=actor)
    own = world.recommended(world.practitioner("Mara Quist", user=world.coordinator))
    with pytest.raises(Forbidden, match="own file"):
        record(world, own)


def test_a_body_acts_in_its_turn(world):
    case = world.recommended()
    with pytest.raises(Refused, match="not yet the turn"):
        record(world, case, Body.BOARD, votes_for=3, abstentions=0)


def test_the_whole_way_by_minutes_ends_with_the_boards_decision(world):
    case = world.recommended()
    record(world, case)
    mec, board = world.mec_members, world.board_members
    third, fifth = TODAY + dt.timedelta(days=3), TODAY + dt.timedelta(days=5)
    record(world, case, Body.MEC, decided_on=third, mover=str(mec[0]), seconder=str(mec[1]), abstentions=0)
    decision = record(
        world,
        case,
        Body.BOARD,
        decided_on=fifth,
        mover=str(board[0]),
        seconder=str(board[1]),
        votes_for=3,
        abstentions=0,
    )
    assert decision.kind == DecisionKind.DECISION
    case.refresh_from_db()
    assert case.status == "decided"


def test_minutes_do_not_tell_who_was_a_physician_so_somebody_says_it(world):
    world.parameter(
        "bylaws.quorum",
        {"kind": "those_present", "fixed": 3, "physician_majority": True},
        subject="credentials_committee",
    )
    case = world.recommended()
    with pytest.raises(Doubtful, match="must have been physicians") as refused:
        record(world, case)
    assert refused.value.field == "sure"
    assert record(world, case, sure=True).votes_for == 4


def test_the_recused_of_the_minutes_count_for_the_quorum_where_the_bylaws_count_them(world):
    recused = [{"name": "Eve Member", "reason": "Partner"}, {"name": "Dan Member", "reason": "Relative"}]
    change = {"votes_for": 2, "abstentions": 0, "recusals": recused}
    case = world.recommended()
    with pytest.raises(Refused, match="There was no quorum: 2 of 5"):
        record(world, case, **change)
    world.parameter(
        "bylaws.quorum",
        {"kind": "fixed", "fixed": 3, "recused_count": True},
        subject="credentials_committee",
    )
    decision = record(world, case, **change)
    assert (decision.votes_for, frozen_record(decision)["quorum"]["taking_part"]) == (2, 2)
    assert replay(decision).problems == []
