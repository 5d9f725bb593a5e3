"""Meetings: presence, quorum at each vote, recusal, motions, votes, and what follows from a carried one."""

import datetime as dt

import pytest
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.utils import IntegrityError
from django.urls import reverse

from bylaws.choices import (
    AgendaStatus,
    Body,
    CaseStatus,
    CommitteeKind,
    DecisionKind,
    LineOutcome,
    MeetingStatus,
    MotionStatus,
    StepStatus,
    VoteChoice,
)
from bylaws.models import Attendance, Decision, Meeting, Motion, ReviewCase, Vote
from bylaws.selectors.committees import quorum
from bylaws.selectors.decisions import frozen_record, replay
from bylaws.services.agendas import add_other_business, add_step_to_agenda, postpone
from bylaws.services.committees import end_seat
from bylaws.services.meetings import (
    adjourn,
    call_to_order,
    cancel_meeting,
    move_meeting,
    schedule_meeting,
)
from bylaws.services.motions import cast_vote, close_vote, move, withdraw_motion
from bylaws.services.presence import mark_left, mark_present, recuse
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Conflict, Forbidden, Refused
from config.rulebook.services.parameters import set_parameter
from practitioners.services.merging import merge_records
from tests.bylaws.world import NOON, SAMPLE, TODAY

CREDENTIALS = Body.CREDENTIALS_COMMITTEE


def moved(world, item, answers=None, *, by=(0, 1)):
    people = world.members
    return move(
        actor=world.coordinator,
        item=item,
        mover=people[by[0]],
        seconder=people[by[1]],
        lines=answers or world.answers(item.step.case),
    )


def voted(motion, users, choice=VoteChoice.FOR):
    for user in users:
        cast_vote(actor=user, motion=motion, user=user, choice=choice)


def through_body(world, case, body, people):
    """Carry the file through one body; everybody votes for it."""
    meeting = world.meeting(body, present=people)
    item = add_step_to_agenda(actor=world.coordinator, meeting=meeting, step=world.step(case, body))
    motion = move(
        actor=world.coordinator, item=item, mover=people[0], seconder=people[1], lines=world.answers(case)
    )
    voted(motion, people)
    close_vote(actor=world.coordinator, motion=motion)
    return Decision.objects.get(motion=motion)


def test_a_carried_motion_is_the_bodys_act(world):
    case = world.recommended()
    item = world.item(case)
    motion = moved(world, item)
    voted(motion, world.members[:3])
    voted(motion, [world.members[3]], VoteChoice.AGAINST)
    voted(motion, [world.members[4]], VoteChoice.ABSTAIN)
    motion = close_vote(actor=world.coordinator, motion=motion)
    assert motion.status == MotionStatus.CARRIED
    decision = Decision.objects.get(motion=motion)
    assert (decision.votes_for, decision.votes_against, decision.abstentions) == (3, 1, 1)
    assert (decision.mover, decision.seconder) == ("Ana Member", "Ben Member")
    assert decision.kind == DecisionKind.RECOMMENDATION
    frozen = frozen_record(decision)
    assert frozen["quorum"]["needed"] == 3
    assert {each["code"] for each in frozen["parameters"]} == {"bylaws.quorum", "bylaws.vote_threshold"}
    item.refresh_from_db()
    assert item.status == AgendaStatus.ACTED
    assert world.step(case, Body.MEC).status == StepStatus.OPEN
    assert AuditEvent.objects.filter(verb="motion.carried").count() == 1


def merged(world, item):
    """The record of the file, merged into another while its matter is before the meeting."""
    keep = world.practitioner("Ada Okonkwo")
    merge_records(actor=world.system, keep=keep, record=item.step.case.practitioner, reason="One person")


def test_on_a_record_merged_meanwhile_nothing_is_decided_and_the_motion_can_be_withdrawn(world):
    item = world.item(world.recommended())
    motion = moved(world, item)
    voted(motion, world.members)
    merged(world, item)
    with pytest.raises(Refused, match="was merged into the record of"):
        close_vote(actor=world.coordinator, motion=motion)
    with pytest.raises(Refused, match="A vote is open"):
        adjourn(actor=world.coordinator, meeting=item.meeting)
    motion = withdraw_motion(actor=world.coordinator, motion=motion)
    assert motion.status == MotionStatus.WITHDRAWN
    with pytest.raises(Refused, match="was merged into the record of"):
        moved(world, item)
    adjourn(actor=world.coordinator, meeting=item.meeting)


def test_on_a_record_merged_meanwhile_a_vote_that_fails_is_closed(world):
    item = world.item(world.recommended())
    motion = moved(world, item)
    voted(motion, world.members, VoteChoice.AGAINST)
    merged(world, item)
    assert close_vote(actor=world.coordinator, motion=motion).status == MotionStatus.FAILED


def test_only_the_board_decides_and_closes_the_case(world):
    case = world.recommended()
    through_body(world, case, CREDENTIALS, world.members)
    through_body(world, case, Body.MEC, world.mec_members)
    decision = through_body(world, case, Body.BOARD, world.board_members)
    assert decision.kind == DecisionKind.DECISION
    case.refresh_from_db()
    assert case.status == CaseStatus.DECIDED
    assert case.closed_at == NOON
    assert [each.body for each in SAMPLE.acted] == [
        "department_chair",
        "credentials_committee",
        "mec",
        "board",
    ]
    kinds = Decision.objects.exclude(body="board").values_list("kind", flat=True)
    assert set(kinds) == {"recommendation"}


def test_a_board_that_defers_has_decided_nothing(world):
    case = world.recommended()
    through_body(world, case, CREDENTIALS, world.members)
    through_body(world, case, Body.MEC, world.mec_members)
    meeting = world.meeting(Body.BOARD, present=world.board_members)
    item = add_step_to_agenda(actor=world.coordinator, meeting=meeting, step=world.step(case, Body.BOARD))
    motion = move(
        actor=world.coordinator,
        item=item,
        mover=world.board_members[0],
        seconder=world.board_members[1],
        lines=world.answers(case, LineOutcome.DEFER, reason="The case log is awaited."),
    )
    voted(motion, world.board_members)
    close_vote(actor=world.coordinator, motion=motion)
    decision = Decision.objects.get(motion=motion)
    assert decision.kind == DecisionKind.RECOMMENDATION
    assert decision not in SAMPLE.acted
    assert world.step(case, Body.BOARD).status == StepStatus.DEFERRED
    assert ReviewCase.objects.get(pk=case.pk).status == CaseStatus.OPEN
    item.refresh_from_db()
    assert item.status == AgendaStatus.POSTPONED
    later = world.meeting(Body.BOARD, present=world.board_members)
    add_step_to_agenda(actor=world.coordinator, meeting=later, step=world.step(case, Body.BOARD))
    assert world.step(case, Body.BOARD).status == StepStatus.OPEN


def test_a_motion_that_fails_leaves_the_matter_open(world):
    case = world.recommended()
    item = world.item(case)
    motion = moved(world, item)
    voted(motion, world.members[:2])
    voted(motion, world.members[2:4], VoteChoice.AGAINST)
    assert close_vote(actor=world.coordinator, motion=motion).status == MotionStatus.FAILED
    assert not Decision.objects.filter(step=world.step(case, CREDENTIALS)).exists()
    item.refresh_from_db()
    assert item.status == AgendaStatus.OPEN
    second = moved(world, item, by=(1, 2))
    voted(second, world.members)
    assert close_vote(actor=world.coordinator, motion=second).status == MotionStatus.CARRIED


def test_quorum_counts_seated_voting_members_in_office_and_here(world):
    case = world.recommended()
    item = world.item(case, present=world.members[:3])
    advisor = world.user("Xena Officio", "committee_member")
    world.seat(CommitteeKind.CREDENTIALS_COMMITTEE, advisor, seat_role="ex_officio", votes=False)
    mark_present(actor=world.coordinator, meeting=item.meeting, user=advisor)
    answer = quorum(item.meeting, item)
    assert (answer.base, answer.needed, answer.present, answer.recused, answer.met) == (5, 3, 3, 0, True)
    assert answer.sentence == (
        "3 of 5 voting members are present; 3 are needed "
        "(a third of the voting members in office, but at least 3)."
    )


def test_a_vacancy_leaves_the_base(world):
    world.parameter("bylaws.quorum", {"kind": "percent", "percent": 50}, subject="credentials_committee")
    case = world.recommended()
    item = world.item(case, present=world.members[:2])
    assert not quorum(item.meeting, item).met
    seat = world.committees[CREDENTIALS].seats.get(user=world.members[4])
    end_seat(actor=world.coordinator, seat=seat, day=TODAY, reason="Moved away")
    answer = quorum(item.meeting, item)
    assert (answer.base, answer.needed, answer.met) == (4, 2, True)


def test_somebody_who_left_does_not_count_any_more(world):
    case = world.recommended()
    item = world.item(case, present=world.members[:3])
    motion = moved(world, item)
    voted(motion, world.members[:3])
    with clock.freeze(NOON + dt.timedelta(minutes=20)):
        mark_left(actor=world.coordinator, meeting=item.meeting, user=world.members[2])
        with pytest.raises(Refused, match="no quorum: 2 of 5"):
            close_vote(actor=world.coordinator, motion=motion)
        assert Motion.objects.get(pk=motion.pk).status == MotionStatus.OPEN
        mark_present(actor=world.coordinator, meeting=item.meeting, user=world.members[3], mode="remote")
        assert close_vote(actor=world.coordinator, motion=motion).status == MotionStatus.CARRIED
    assert quorum(item.meeting, item, at=NOON + dt.timedelta(minutes=5)).present == 3


def test_a_recusal_can_break_the_quorum(world):
    case = world.recommended()
    item = world.item(case, present=world.members[:3])
    recuse(actor=world.coordinator, item=item, user=world.members[2], reason="Partner in practice")
    answer = quorum(item.meeting, item)
    assert (answer.present, answer.recused, answer.base, answer.met) == (2, 1, 5, False)
    assert "1 of those here recused" in answer.sentence
    motion = moved(world, item)
    voted(motion, world.members[:2])
    with pytest.raises(Refused, match="There is no quorum"):
        close_vote(actor=world.coordinator, motion=motion)


def test_where_the_bylaws_count_the_recused_the_quorum_stands(world):
    world.parameter(
        "bylaws.quorum",
        {"kind": "fixed", "fixed": 3, "recused_count": True},
        subject="credentials_committee",
    )
    case = world.recommended()
    item = world.item(case, present=world.members[:3])
    recuse(actor=world.coordinator, item=item, user=world.members[2], reason="Partner in practice")
    assert quorum(item.meeting, item).met
    with pytest.raises(Refused, match="recused from this matter"):
        move(
            actor=world.coordinator,
            item=item,
            mover=world.members[2],
            seconder=world.members[1],
            lines=world.answers(case),
        )


def test_the_recused_who_count_for_the_quorum_are_not_among_those_a_majority_is_taken_of(world):
    world.parameter(
        "bylaws.quorum",
        {"kind": "fixed", "fixed": 3, "recused_count": True},
        subject="credentials_committee",
    )
    world.parameter("bylaws.vote_threshold", {"kind": "majority_present"}, subject="credentials_committee")
    item = world.item(world.recommended(), present=world.members[:4])
    for user in world.members[2:4]:
        recuse(actor=world.coordinator, item=item, user=user, reason="Partner in practice")
    motion = moved(world, item)
    voted(motion, world.members[:2])
    motion = close_vote(actor=world.coordinator, motion=motion)
    assert motion.status == MotionStatus.CARRIED  # 2 of the 2 who take part, not 2 of 4
    assert (motion.quorum["present"], motion.quorum["taking_part"]) == (4, 2)
    assert replay(Decision.objects.get(motion=motion)).problems == []


def test_the_vote_of_a_member_who_has_left_counts_no_more_than_their_presence(world):
    world.parameter("bylaws.vote_threshold", {"kind": "majority_present"}, subject="credentials_committee")
    item = world.item(world.recommended(), present=world.members[:4])
    motion = moved(world, item)
    voted(motion, world.members[:2])
    voted(motion, world.members[2:4], VoteChoice.AGAINST)
    with clock.freeze(NOON + dt.timedelta(minutes=20)):
        mark_left(actor=world.coordinator, meeting=item.meeting, user=world.members[0])
        closed = close_vote(actor=world.coordinator, motion=motion)
    assert (closed.quorum["for"], closed.quorum["against"], closed.quorum["present"]) == (1, 2, 3)
    assert closed.status == MotionStatus.FAILED


def test_who_comes_back_votes_as_before(world):
    item = world.item(world.recommended(), present=world.members[:3])
    motion = moved(world, item)
    voted(motion, world.members[:3])
    with clock.freeze(NOON + dt.timedelta(minutes=20)):
        mark_left(actor=world.coordinator, meeting=item.meeting, user=world.members[0])
    with clock.freeze(NOON + dt.timedelta(minutes=25)):
        mark_present(actor=world.coordinator, meeting=item.meeting, user=world.members[0])
        closed = close_vote(actor=world.coordinator, motion=motion)
    assert closed.quorum["for"] == 3


def test_a_chair_who_votes_on_ties_only_breaks_one_and_makes_none(world):
    world.parameter(
        "bylaws.vote_threshold",
        {"kind": "majority_cast", "chair_votes": "ties"},
        subject="credentials_committee",
    )
    item = world.item(world.recommended())
    motion = moved(world, item, by=(1, 2))
    voted(motion, world.members[1:3])
    voted(motion, world.members[3:5], VoteChoice.AGAINST)
    voted(motion, world.members[:1])
    closed = close_vote(actor=world.coordinator, motion=motion)
    assert (closed.status, closed.quorum["for"], closed.quorum["chair_aside"]) == ("carried", 3, False)
    item = world.item(world.recommended())
    motion = moved(world, item, by=(1, 2))
    voted(motion, world.members[1:3])
    voted(motion, world.members[:1], VoteChoice.AGAINST)
    closed = close_vote(actor=world.coordinator, motion=motion)
    decision = Decision.objects.get(motion=motion)
    assert (closed.quorum["chair_aside"], decision.votes_for, decision.votes_against) == (True, 2, 0)
    assert replay(decision).problems == []


def test_where_the_bylaws_ask_it_most_of_those_present_are_physicians(world):
    world.parameter(
        "bylaws.quorum",
        {"kind": "those_present", "fixed": 2, "physician_majority": True},
        subject="credentials_committee",
    )
    for number, user in enumerate(world.members[:2]):
        person = world.practitioner(f"Doctor Member{number}", user=user)
        assert person.provider_type == "MD"
    item = world.item(world.recommended(), present=world.members[:4])
    answer = quorum(item.meeting, item)
    assert (answer.met, answer.physicians) == (False, 2)
    assert "2 of the 4 are on record as a physician; it takes more than half." in answer.sentence
    mark_left(actor=world.coordinator, meeting=item.meeting, user=world.members[3])
    assert quorum(item.meeting, item, at=NOON + dt.timedelta(seconds=1)).met


def test_the_quorum_of_the_call_to_order_stays_with_the_meeting(world):
    meeting = schedule_meeting(
        actor=world.coordinator, committee=world.committees[CREDENTIALS], starts_at=NOON
    )
    for user in world.members[:3]:
        mark_present(actor=world.coordinator, meeting=meeting, user=user)
    meeting = call_to_order(actor=world.coordinator, meeting=meeting)
    with clock.freeze(NOON + dt.timedelta(minutes=20)):
        mark_left(actor=world.coordinator, meeting=meeting, user=world.members[2])
        meeting.refresh_from_db()
        kept = meeting.quorum_at_order
        assert (kept["met"], kept["present"], kept["needed"]) == (True, 3, 3)
        assert not quorum(meeting).met


@pytest.mark.parametrize(
    ("code", "value", "says"),
    [
        ("bylaws.quorum", {"kind": "show of hands"}, "the kind must be one of"),
        ("bylaws.quorum", {"kind": "percent", "percent": 150}, "percent must be from 1 to 100"),
        ("bylaws.vote_threshold", {"kind": "two thirds"}, "the kind must be one of"),
    ],
)
def test_a_wrong_rule_is_refused_when_it_is_set_and_not_at_the_vote(world, code, value, says):
    with pytest.raises(Refused, match=says) as refused:
        set_parameter(
            actor=world.system,
            code=code,
            source="bylaws",
            facility=world.facility,
            valid=DateRange(TODAY, None),
            value=value,
            citation="Article 12",
            confidence="adopted",
        )
    assert refused.value.field == "value"


def test_the_recused_are_named_in_the_decision(world):
    case = world.recommended()
    item = world.item(case)
    recuse(actor=world.members[4], item=item, user=world.members[4], reason="Sister-in-law")
    motion = moved(world, item)
    voted(motion, world.members[:3])
    close_vote(actor=world.coordinator, motion=motion)
    assert Decision.objects.get(motion=motion).recusals == [{"name": "Eve Member", "reason": "Sister-in-law"}]


def test_the_own_presence_does_not_count_and_the_own_vote_is_refused(world):
    applicant = world.members[2]
    case = world.recommended(world.practitioner("Cora Member", user=applicant))
    item = world.item(case, present=world.members[:3])
    answer = quorum(item.meeting, item)
    assert (answer.present, answer.recused, answer.met) == (2, 1, False)
    mark_present(actor=world.coordinator, meeting=item.meeting, user=world.members[3])
    motion = moved(world, item)
    with pytest.raises(Forbidden, match="nobody may vote on their own file"):
        cast_vote(actor=applicant, motion=motion, user=applicant, choice="for")
    with pytest.raises(Forbidden, match="nobody may vote on their own file"):
        cast_vote(actor=world.coordinator, motion=motion, user=applicant, choice="for")
    withdraw_motion(actor=world.coordinator, motion=motion)
    for mover, seconder in ((2, 0), (0, 2)):
        with pytest.raises(Forbidden, match="their own file"):
            moved(world, item, by=(mover, seconder))


def test_the_coordinator_does_not_run_the_own_file(world):
    own = world.practitioner("Mara Quist", user=world.coordinator)
    case = world.recommended(own)
    meeting = world.meeting(present=world.members)
    with pytest.raises(Forbidden, match="put on an agenda their own file"):
        add_step_to_agenda(actor=world.coordinator, meeting=meeting, step=world.step(case, CREDENTIALS))
    item = add_step_to_agenda(actor=world.director, meeting=meeting, step=world.step(case, CREDENTIALS))
    with pytest.raises(Forbidden, match="their own file"):
        moved(world, item)


@pytest.mark.parametrize(
    ("mover", "seconder", "sentence"),
    [
        (0, 0, "cannot second their own motion"),
        (3, 0, "not marked as present"),
        (0, 3, "not marked as present"),
    ],
)
def test_a_motion_needs_two_members_who_are_here(world, mover, seconder, sentence):
    item = world.item(world.recommended(), present=world.members[:3])
    with pytest.raises(Refused, match=sentence):
        moved(world, item, by=(mover, seconder))
    assert not Motion.objects.exists()


def test_a_guest_neither_attends_moves_nor_votes(world):
    item = world.item(world.recommended())
    guest = world.mec_members[0]
    with pytest.raises(Refused, match="does not sit on the Credentials Committee"):
        mark_present(actor=world.coordinator, meeting=item.meeting, user=guest)
    motion = moved(world, item)
    with pytest.raises(Refused, match="has no vote"):
        cast_vote(actor=guest, motion=motion, user=guest, choice="for")


def test_a_member_without_a_vote_does_not_vote(world):
    advisor = world.user("Xena Officio", "committee_member")
    world.seat(CREDENTIALS, advisor, seat_role="ex_officio", votes=False)
    item = world.item(world.recommended(), present=[*world.members, advisor])
    motion = moved(world, item)
    with pytest.raises(Refused, match="has no vote"):
        cast_vote(actor=advisor, motion=motion, user=advisor, choice="for")


def test_the_last_vote_of_a_member_stands_and_the_earlier_ones_stay_on_record(world):
    motion = moved(world, world.item(world.recommended()))
    first, second = world.members[:2]
    vote = cast_vote(actor=first, motion=motion, user=first, choice="for")
    assert cast_vote(actor=first, motion=motion, user=first, choice="for") == vote, "the same is no new vote"
    cast_vote(actor=second, motion=motion, user=second, choice="for")
    cast_vote(actor=world.coordinator, motion=motion, user=first, choice="against")
    assert [row.choice for row in motion.votes.filter(user=first)] == ["for", "against"]
    assert {row.user: row.choice for row in motion.votes.standing()} == {first: "against", second: "for"}
    vote.choice = "against"
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        vote.save()
    motion = close_vote(actor=world.coordinator, motion=motion)
    assert (motion.quorum["for"], motion.quorum["against"]) == (1, 1)
    with pytest.raises(Refused, match="This vote is closed"):
        cast_vote(actor=first, motion=motion, user=first, choice="for")


def test_the_roll_is_recorded_by_who_runs_the_meeting_only(world):
    motion = moved(world, world.item(world.recommended()))
    cast_vote(actor=world.coordinator, motion=motion, user=world.members[0], choice="for")
    assert Vote.objects.get().recorded_by == world.coordinator
    with pytest.raises(Forbidden, match="Only whoever runs the meeting"):
        cast_vote(actor=world.members[1], motion=motion, user=world.members[2], choice="for")
    with pytest.raises(Refused, match="is no vote"):
        cast_vote(actor=world.coordinator, motion=motion, user=world.members[1], choice="maybe")


def test_a_closed_vote_takes_no_more_votes(world):
    motion = moved(world, world.item(world.recommended()))
    with pytest.raises(Refused, match="Nobody has voted yet"):
        close_vote(actor=world.coordinator, motion=motion)
    voted(motion, world.members[:3])
    close_vote(actor=world.coordinator, motion=motion)
    with pytest.raises(Refused, match="This vote is closed"):
        cast_vote(actor=world.members[3], motion=motion, user=world.members[3], choice="for")
    with pytest.raises(Refused):
        close_vote(actor=world.coordinator, motion=motion)


def test_members_do_not_run_the_meeting(world):
    case = world.recommended()
    item = world.item(case)
    motion = moved(world, item)
    member = world.members[0]
    for forbidden in (
        lambda: close_vote(actor=member, motion=motion),
        lambda: withdraw_motion(actor=member, motion=motion),
        lambda: adjourn(actor=member, meeting=item.meeting),
        lambda: mark_present(actor=member, meeting=item.meeting, user=world.members[1]),
        lambda: schedule_meeting(
            actor=member, committee=world.committees[CREDENTIALS], starts_at=clock.now()
        ),
    ):
        with pytest.raises(Forbidden):
            forbidden()


def test_recusal_comes_before_the_vote(world):
    item = world.item(world.recommended())
    motion = moved(world, item)
    voted(motion, [world.members[2]])
    with pytest.raises(Refused, match="has already voted"):
        recuse(actor=world.coordinator, item=item, user=world.members[2], reason="Late thought")
    with pytest.raises(Refused, match="moved or seconded"):
        recuse(actor=world.coordinator, item=item, user=world.members[0], reason="Late thought")
    with pytest.raises(Refused, match="Say why"):
        recuse(actor=world.members[3], item=item, user=world.members[3], reason=" ")
    recuse(actor=world.members[3], item=item, user=world.members[3], reason="Partner")
    with pytest.raises(Refused, match="already recused"):
        recuse(actor=world.members[3], item=item, user=world.members[3], reason="Partner")
    with pytest.raises(Refused, match="is recused"):
        voted(motion, [world.members[3]])


def test_only_the_body_whose_turn_it_is_takes_the_file(world):
    case = world.recommended()
    mec = world.meeting(Body.MEC)
    with pytest.raises(Refused, match="not yet the turn of the medical executive committee"):
        add_step_to_agenda(actor=world.coordinator, meeting=mec, step=world.step(case, Body.MEC))
    with pytest.raises(Refused, match="waits for the Credentials committee"):
        add_step_to_agenda(actor=world.coordinator, meeting=mec, step=world.step(case, CREDENTIALS))
    item = world.item(case)
    other = world.meeting()
    with pytest.raises(Refused, match="already on the agenda of 10 Mar 2026"):
        add_step_to_agenda(actor=world.coordinator, meeting=other, step=item.step)
    postpone(actor=world.coordinator, item=item, reason="Run out of time")
    add_step_to_agenda(actor=world.coordinator, meeting=other, step=item.step)


def test_a_stale_file_is_neither_moved_nor_decided(world):
    case = world.recommended()
    item = world.item(case)
    motion = moved(world, item)
    voted(motion, world.members)
    SAMPLE.not_ready[case.subject_uid] = "The data bank was last asked 121 days ago."
    with pytest.raises(Refused, match="121 days ago"):
        close_vote(actor=world.coordinator, motion=motion)
    assert Motion.objects.get(pk=motion.pk).status == MotionStatus.OPEN
    withdraw_motion(actor=world.coordinator, motion=motion)
    with pytest.raises(Refused, match="121 days ago"):
        moved(world, item)


def test_a_meeting_opens_on_its_day_and_not_before(world):
    committee = world.committees[CREDENTIALS]
    meeting = schedule_meeting(
        actor=world.coordinator, committee=committee, starts_at=NOON + dt.timedelta(days=2)
    )
    with pytest.raises(Refused, match="is on 12 Mar 2026"):
        call_to_order(actor=world.coordinator, meeting=meeting)
    with pytest.raises(Refused, match="That day has passed"):
        schedule_meeting(actor=world.coordinator, committee=committee, starts_at=NOON - dt.timedelta(days=1))
    with pytest.raises(Refused, match="time zone"):
        schedule_meeting(actor=world.coordinator, committee=committee, starts_at=NOON.replace(tzinfo=None))
    with clock.freeze(NOON + dt.timedelta(days=2)):
        assert call_to_order(actor=world.coordinator, meeting=meeting).status == MeetingStatus.IN_SESSION


def test_a_body_is_not_called_twice_for_one_moment(world):
    """A form that was sent twice, or two coordinators at once."""
    committee, then = world.committees[CREDENTIALS], NOON + dt.timedelta(days=2)
    first = schedule_meeting(actor=world.coordinator, committee=committee, starts_at=then)
    with pytest.raises(Refused, match="is called for that moment already") as refused:
        schedule_meeting(actor=world.coordinator, committee=committee, starts_at=then)
    assert refused.value.field == "starts_at"
    other = schedule_meeting(
        actor=world.coordinator, committee=committee, starts_at=then + dt.timedelta(hours=2)
    )
    with pytest.raises(Refused, match="is called for that moment already"):
        move_meeting(actor=world.coordinator, meeting=other, starts_at=then, reason="Earlier")
    # Another body may meet then, the same one elsewhere at that moment, and again once it is canceled.
    schedule_meeting(actor=world.coordinator, committee=world.committees[Body.MEC], starts_at=then)
    move_meeting(actor=world.coordinator, meeting=first, starts_at=then, place="Room 2", reason="Room")
    cancel_meeting(actor=world.coordinator, meeting=first, reason="Called twice")
    schedule_meeting(actor=world.coordinator, committee=committee, starts_at=then)


def test_an_evening_meeting_bears_the_day_it_is_held_on(world):
    evening = dt.datetime(2026, 3, 13, 0, 30, tzinfo=dt.UTC)  # the evening of the 12th
    meeting = schedule_meeting(
        actor=world.coordinator, committee=world.committees[CREDENTIALS], starts_at=evening
    )
    assert str(meeting).endswith(", 12 Mar 2026")
    assert AuditEvent.objects.filter(subject_label=str(meeting)).exists()


def test_nothing_is_moved_before_the_meeting_is_called_to_order(world):
    case = world.recommended()
    meeting = schedule_meeting(
        actor=world.coordinator, committee=world.committees[CREDENTIALS], starts_at=clock.now()
    )
    item = add_step_to_agenda(actor=world.coordinator, meeting=meeting, step=world.step(case, CREDENTIALS))
    for user in world.members:
        mark_present(actor=world.coordinator, meeting=meeting, user=user)
    with pytest.raises(Refused, match="call it to order first"):
        moved(world, item)


def test_adjourning_ends_presence_and_postpones_the_rest(world):
    case = world.recommended()
    item = world.item(case)
    motion = moved(world, item)
    with pytest.raises(Refused, match="A vote is open"):
        adjourn(actor=world.coordinator, meeting=item.meeting)
    withdraw_motion(actor=world.coordinator, motion=motion)
    adjourn(actor=world.coordinator, meeting=item.meeting)
    item.refresh_from_db()
    assert item.status == AgendaStatus.POSTPONED
    assert not Attendance.objects.filter(present_until__isnull=True).exists()
    with pytest.raises(Refused, match="is adjourned"):
        mark_present(actor=world.coordinator, meeting=item.meeting, user=world.members[0])
    assert world.step(case, CREDENTIALS).status == StepStatus.OPEN


def test_a_cancelled_meeting_gives_its_files_back(world):
    case = world.recommended()
    meeting = schedule_meeting(
        actor=world.coordinator,
        committee=world.committees[CREDENTIALS],
        starts_at=NOON + dt.timedelta(days=3),
    )
    item = add_step_to_agenda(actor=world.coordinator, meeting=meeting, step=world.step(case, CREDENTIALS))
    with pytest.raises(Refused, match="Say why"):
        cancel_meeting(actor=world.coordinator, meeting=meeting, reason="")
    cancel_meeting(actor=world.coordinator, meeting=meeting, reason="Snow")
    item.refresh_from_db()
    assert item.status == AgendaStatus.POSTPONED
    assert Meeting.objects.get(pk=meeting.pk).status == MeetingStatus.CANCELLED


def test_other_business_is_moved_without_lines_and_leaves_no_decision(world):
    meeting = world.meeting(present=world.members)
    item = add_other_business(
        actor=world.coordinator, meeting=meeting, title="Approve the minutes of February"
    )
    with pytest.raises(Refused, match="Say what is moved"):
        move(actor=world.coordinator, item=item, mover=world.members[0], seconder=world.members[1])
    motion = move(
        actor=world.coordinator,
        item=item,
        mover=world.members[0],
        seconder=world.members[1],
        text="Approve as written.",
    )
    voted(motion, world.members)
    close_vote(actor=world.coordinator, motion=motion)
    item.refresh_from_db()
    assert item.status == AgendaStatus.ACTED
    assert not Decision.objects.exists()


def test_the_database_itself_forbids_a_second_open_motion(world):
    item = world.item(world.recommended())
    first = moved(world, item)
    with pytest.raises(Conflict, match="already before the meeting"):
        moved(world, item)
    with pytest.raises(IntegrityError), transaction.atomic():
        Motion.objects.create(
            agenda_item=item, text="x", mover=first.mover, seconder=first.seconder, moved_at=NOON
        )


def test_where_the_bylaws_count_only_who_comes_nobody_attends_from_elsewhere(world, sign_in):
    meeting = world.meeting()
    mark_present(actor=world.coordinator, meeting=meeting, user=world.members[0], mode="remote")
    page = reverse("bylaws:meeting", args=[meeting.uid])
    assert 'value="remote"' in sign_in(world.coordinator).get(page).content.decode()
    world.parameter("bylaws.remote_attendance", "in_person_only", subject="credentials_committee")
    with pytest.raises(Refused, match="in person"):
        mark_present(actor=world.coordinator, meeting=meeting, user=world.members[1], mode="remote")
    mark_present(actor=world.coordinator, meeting=meeting, user=world.members[1])
    assert 'value="remote"' not in sign_in(world.coordinator).get(page).content.decode()
