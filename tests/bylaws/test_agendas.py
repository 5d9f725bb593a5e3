"""When meetings are called and opened, and what stands on their agendas."""

import datetime as dt

import pytest

from bylaws.choices import AgendaStatus, Body, CommitteeKind, LineOutcome, StepStatus, VoteChoice
from bylaws.models import AgendaItem, Meeting
from bylaws.selectors.meetings import meeting_view, postponed_business
from bylaws.selectors.reviews import next_actor
from bylaws.services.agendas import add_other_business, add_step_to_agenda
from bylaws.services.chains import return_case
from bylaws.services.meetings import adjourn, cancel_meeting, schedule_meeting
from bylaws.services.motions import close_vote
from bylaws.services.presence import mark_present
from config.kernel import clock
from config.kernel.errors import Doubtful, Refused
from tests.bylaws.test_meetings import moved, voted
from tests.bylaws.test_minutes import LATER, record
from tests.bylaws.world import NOON, TODAY

CREDENTIALS = Body.CREDENTIALS_COMMITTEE
DAY = dt.timedelta(days=1)


def called(world, starts_at, kind=CommitteeKind.CREDENTIALS_COMMITTEE):
    return schedule_meeting(actor=world.coordinator, committee=world.committees[kind], starts_at=starts_at)


@pytest.mark.parametrize(
    ("starts_at", "sentence"),
    [
        (NOON - DAY, "That day has passed"),
        (NOON - dt.timedelta(hours=5), "That time has passed"),
        (NOON + 800 * DAY, "more than two years ahead"),
        (dt.datetime(9999, 12, 31, 23, 59, tzinfo=dt.UTC), "31 Dec 9999 is more than two years ahead"),
        (dt.datetime(1, 1, 1, tzinfo=dt.UTC), "That day has passed"),
    ],
)
def test_a_meeting_is_called_for_a_day_that_can_be_meant(world, starts_at, sentence):
    with pytest.raises(Refused, match=sentence) as refused:
        called(world, starts_at)
    assert refused.value.field == "starts_at"
    assert not Meeting.objects.exists()


def test_a_meeting_that_has_just_begun_may_still_be_called(world):
    assert called(world, NOON - dt.timedelta(minutes=40)).pk
    assert called(world, NOON + 700 * DAY).pk


def test_nobody_is_here_before_the_day(world):
    meeting = called(world, NOON + 21 * DAY)
    with pytest.raises(Refused, match="This meeting is on 31 Mar 2026; who is here is noted that day"):
        mark_present(actor=world.members[0], meeting=meeting, user=world.members[0])


def test_a_file_decided_from_minutes_is_open_on_no_agenda(world):
    case = world.recommended()
    meeting = called(world, NOON + 20 * DAY)
    item = add_step_to_agenda(actor=world.coordinator, meeting=meeting, step=world.step(case, CREDENTIALS))
    decision = record(world, case)
    item.refresh_from_db()
    assert item.status == AgendaStatus.ACTED
    shown = meeting_view(viewer=world.coordinator, meeting=meeting).items[0]
    assert shown.decision == decision


def test_a_file_deferred_in_minutes_stays_on_the_next_agenda(world):
    case = world.recommended()
    meeting = called(world, NOON + 20 * DAY)
    item = add_step_to_agenda(actor=world.coordinator, meeting=meeting, step=world.step(case, CREDENTIALS))
    record(world, case, lines=world.answers(case, LineOutcome.DEFER, reason="References are awaited."))
    item.refresh_from_db()
    assert item.status == AgendaStatus.OPEN


def test_minutes_do_not_overtake_an_open_vote(world):
    case = world.recommended()
    item = world.item(case)
    motion = moved(world, item)
    with pytest.raises(Refused, match="A vote on this file is open"):
        record(world, case)
    item.refresh_from_db()
    assert (item.status, motion.status) == (AgendaStatus.OPEN, "open")


def test_a_file_that_was_returned_is_open_on_no_agenda(world):
    case = world.recommended()
    meeting = called(world, NOON + 20 * DAY)
    add_step_to_agenda(actor=world.coordinator, meeting=meeting, step=world.step(case, CREDENTIALS))
    return_case(actor=world.director, case=case, reason="A reference was withdrawn.")
    assert AgendaItem.objects.get().status == AgendaStatus.POSTPONED


def test_minutes_after_a_failed_vote_are_recorded_by_who_is_sure(world):
    case = world.recommended()
    motion = moved(world, world.item(case))
    voted(motion, world.members[:3], VoteChoice.AGAINST)
    close_vote(actor=world.coordinator, motion=motion)
    said = "Credentials Committee voted on this file on 10 Mar 2026: failed, 0 for, 3 against"
    with pytest.raises(Doubtful, match=said):
        record(world, case)
    assert record(world, case, sure=True).pk


def test_a_deferred_file_has_waited_since_its_turn_first_came(world):
    case = world.recommended()
    motion = moved(world, world.item(case), world.answers(case, LineOutcome.DEFER, reason="Log awaited."))
    voted(motion, world.members)
    close_vote(actor=world.coordinator, motion=motion)
    with clock.freeze(LATER):
        meeting = called(world, LATER + 20 * DAY)
        add_step_to_agenda(actor=world.coordinator, meeting=meeting, step=world.step(case, CREDENTIALS))
        step = world.step(case, CREDENTIALS)
        assert step.status == StepStatus.OPEN
        assert next_actor(step).since == TODAY


def test_postponed_business_is_offered_to_the_next_agenda_once(world):
    committee = world.committees[CommitteeKind.MEC]
    first = world.meeting(CommitteeKind.MEC, present=world.mec_members)
    add_other_business(actor=world.coordinator, meeting=first, title="Call coverage")
    assert postponed_business(committee, world.coordinator) == []
    adjourn(actor=world.coordinator, meeting=first)
    assert [item.title for item in postponed_business(committee, world.coordinator)] == ["Call coverage"]
    assert postponed_business(world.committees[CommitteeKind.BOARD], world.coordinator) == []
    second = called(world, NOON + 20 * DAY, CommitteeKind.MEC)
    add_other_business(actor=world.coordinator, meeting=second, title="Call coverage")
    assert postponed_business(committee, world.coordinator) == []
    cancel_meeting(actor=world.coordinator, meeting=second, reason="Snow")
    assert [item.meeting for item in postponed_business(committee, world.coordinator)] == [second]


def test_a_motion_of_nothing_but_no_says_so(world):
    item = world.item(world.recommended())
    answers = world.answers(item.step.case, LineOutcome.NOT_RECOMMEND, reason="Too few cases.")
    assert moved(world, item, answers).text == "To recommend none of the lines."
