"""Clean files the expedited way: a committee of the board decides, and the full board is told."""

import datetime as dt
import uuid
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.choices import (
    AgendaStatus,
    Body,
    CommitteeKind,
    DecisionKind,
    LineOutcome,
    MeetingKind,
    SeatRole,
    StepStatus,
)
from bylaws.models import AgendaItem, Decision, Motion
from bylaws.selectors.committees import barred_user_ids
from bylaws.selectors.interests import interests_of
from bylaws.selectors.reviews import get_step, next_actor
from bylaws.services.agendas import add_step_to_agenda, postpone
from bylaws.services.chains import expedited_way, open_case, send_to_full_board
from bylaws.services.committees import form_committee
from bylaws.services.decisions import Act
from bylaws.services.expedited import check_act, report_to_board
from bylaws.services.interests import declare_interest, rule_on_interest
from bylaws.services.meetings import adjourn, call_to_order, cancel_meeting, schedule_meeting
from bylaws.services.motions import cast_vote, close_vote, move, withdraw_motion
from bylaws.services.presence import mark_present
from bylaws.services.reviews import recommend
from bylaws.worklist.reviews import on_my_agenda
from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from tests.bylaws.test_minutes import record
from tests.bylaws.world import KIND, SAMPLE, TODAY

pytestmark = pytest.mark.django_db
COMMITTEE = CommitteeKind.BOARD_COMMITTEE


@pytest.fixture
def committee(world):
    world.committees[COMMITTEE] = form_committee(
        actor=world.system, facility=world.facility, kind=COMMITTEE, name="Committee of the board"
    )
    for user in world.board_members[:2]:
        world.seat(COMMITTEE, user)
    return world.committees[COMMITTEE]


def sent(world, **more):
    """A file with two privileges sent the expedited way."""
    subject_uid = more.pop("subject_uid", None) or uuid.uuid4()
    SAMPLE.special[subject_uid] = [uuid.uuid4(), uuid.uuid4()]
    return open_case(
        actor=world.system, subject_kind=KIND, subject_uid=subject_uid, practitioner=world.practitioner(),
        facility=world.facility, department=world.surgery, application_kind="initial",
        title="Initial appointment", expedited=True, **more,
    )  # fmt: skip


def voted(world, case, body, people, lines=None):
    """The body's act by a motion that all of these vote for."""
    meeting = world.meeting(body, present=people)
    item = add_step_to_agenda(actor=world.coordinator, meeting=meeting, step=world.step(case, body))
    motion = move(
        actor=world.coordinator, item=item, mover=people[0], seconder=people[1],
        lines=lines or world.answers(case),
    )  # fmt: skip
    for user in people:
        cast_vote(actor=user, motion=motion, user=user, choice="for")
    close_vote(actor=world.coordinator, motion=motion)
    return Decision.objects.get(motion=motion)


def before_committee(world):
    """A clean file the chair and the executive committee have recommended."""
    case = sent(world)
    both_chairs(world, case)
    voted(world, case, Body.MEC, world.mec_members)
    return case


def both_chairs(world, case, lines=None):
    """The chairs of the department and of the credentials committee recommend every line."""
    for chair, body in ((world.chair, Body.DEPARTMENT_CHAIR), (world.members[0], Body.CREDENTIALS_CHAIR)):
        recommend(actor=chair, step=world.step(case, body), lines=lines or world.answers(case))


def board_meeting(world, days=7):
    return schedule_meeting(
        actor=world.coordinator, committee=world.committees[CommitteeKind.BOARD],
        starts_at=clock.now() + dt.timedelta(days=days),
    )  # fmt: skip


def test_the_executive_committee_still_recommends_and_two_of_the_board_decide(world, committee):
    case = before_committee(world)
    assert [step.body for step in case.steps.all()] == [
        "department_chair", "credentials_chair", "mec", "board_committee",
    ]  # fmt: skip
    decision = voted(world, case, Body.BOARD_COMMITTEE, world.board_members[:2])
    assert (decision.kind, decision.votes_for) == (DecisionKind.DECISION, 2)
    case.refresh_from_db()
    assert (case.status, case.expedited) == ("decided", True)


def test_a_file_that_is_not_clean_goes_the_whole_way_and_the_refusal_says_why(world, committee):
    subject_uid = uuid.uuid4()
    SAMPLE.not_clean[subject_uid] = "1 of 1 red flag weighs."
    with pytest.raises(Refused, match=r"goes the whole way\. 1 of 1 red flag weighs"):
        sent(world, subject_uid=subject_uid)


def test_what_the_board_does_not_grant_has_no_expedited_way(world, committee):
    with pytest.raises(Refused, match="granted for a time"):
        sent(world, final=(Body.CHIEF_EXECUTIVE,))


@pytest.mark.parametrize(
    ("chain", "said"),
    [
        (["department_chair", "mec", "board"], "does not end with a committee of the board"),
        (["department_chair", "board_committee"], "does not recommend in it"),
    ],
)
def test_a_chain_without_the_executive_committee_or_the_committee_is_refused(world, committee, chain, said):
    world.parameter("bylaws.approval_chain", chain, subject="expedited")
    with pytest.raises(Refused, match=said):
        sent(world)


def test_a_committee_whose_members_do_not_vote_on_the_board_is_none(world):
    world.committees[COMMITTEE] = form_committee(
        actor=world.system, facility=world.facility, kind=COMMITTEE, name="Committee of the board"
    )
    world.seat(COMMITTEE, world.board_members[0])
    world.seat(COMMITTEE, world.members[0])
    with pytest.raises(Refused, match="needs 2 members who also vote on the board; it has 1"):
        sent(world)


def test_what_the_executive_committee_is_against_goes_to_the_full_board(world, committee):
    case = sent(world)
    both_chairs(world, case)
    lines = world.answers(case)
    lines[-1] = type(lines[-1])(lines[-1].line_uid, LineOutcome.NOT_RECOMMEND, reason="Too few cases")
    voted(world, case, Body.MEC, world.mec_members, lines)
    assert [(step.body, step.status) for step in case.steps.all()][3:] == [
        ("board_committee", StepStatus.CANCELLED),
        ("board", StepStatus.OPEN),
    ]


def limited(world, case):
    """Answers of which the last one is given only with a condition."""
    lines = world.answers(case)
    lines[-1] = type(lines[-1])(lines[-1].line_uid, LineOutcome.MODIFY, conditions="Only at the main campus")
    return lines


def test_what_the_executive_committee_limits_goes_to_the_full_board(world, committee):
    case = sent(world)
    both_chairs(world, case, limited(world, case))
    assert world.step(case, Body.MEC).status == StepStatus.OPEN
    voted(world, case, Body.MEC, world.mec_members, limited(world, case))
    assert [(step.body, step.status) for step in case.steps.all()][3:] == [
        ("board_committee", StepStatus.CANCELLED),
        ("board", StepStatus.OPEN),
    ]
    answers = SimpleNamespace(outcome=LineOutcome.RECOMMEND)
    act = Act(decided_on=TODAY, answers=(), votes_for=2, votes_against=0, abstentions=0)
    with pytest.raises(Refused, match=r"only with a change or condition\. The full board decides"):
        check_act(world.step(case, Body.BOARD_COMMITTEE), SAMPLE, [(None, answers)], act)


def test_a_limit_of_the_executive_committee_counts_also_when_another_body_acts_after_it(world, committee):
    chain = ["mec", "credentials_committee", "board_committee"]
    world.parameter("bylaws.approval_chain", chain, subject="expedited")
    case = sent(world)
    voted(world, case, Body.MEC, world.mec_members, limited(world, case))
    voted(world, case, Body.CREDENTIALS_COMMITTEE, world.members)
    assert [step.body for step in case.steps.filter(status=StepStatus.OPEN)] == ["board"]


@pytest.fixture
def outsiders(world, committee):
    """Two more members of the committee who have no seat on the board."""
    users = [world.user(name, Role.BOARD_MEMBER) for name in ("Max Outsider", "Nan Outsider")]
    for user in users:
        world.seat(COMMITTEE, user)
    return users


def test_two_who_do_not_sit_on_the_board_do_not_grant_alone(world, outsiders):
    case = before_committee(world)
    with pytest.raises(Refused, match="of 2 votes 0 are by a voting member"):
        voted(world, case, Body.BOARD_COMMITTEE, outsiders)
    withdraw_motion(actor=world.coordinator, motion=Motion.objects.get(status="open"))
    postpone(actor=world.coordinator, item=AgendaItem.objects.get(status="open", step__case=case))
    people = [*world.board_members[:2], outsiders[0]]
    assert voted(world, case, Body.BOARD_COMMITTEE, people).votes_for == 3


def test_minutes_of_the_committee_leave_no_doubt_that_members_of_the_board_voted(world, outsiders):
    case = before_committee(world)
    given = {
        "body": Body.BOARD_COMMITTEE, "mover": "Jon Board", "seconder": "Kay Board", "abstentions": 0,
    }  # fmt: skip
    with pytest.raises(Refused, match="of 3 votes 1 is certainly by a voting member"):
        record(world, case, votes_for=3, **given)
    away = [{"name": "Outsider, Max", "reason": "Partner"}]
    assert record(world, case, votes_for=3, recusals=away, **given).votes_for == 3


def test_a_file_that_is_clean_no_more_waits_for_the_full_board(world, committee):
    case = before_committee(world)
    SAMPLE.not_clean[case.subject_uid] = "A red flag is open."
    with pytest.raises(Refused, match=r"A red flag is open\. The full board decides"):
        voted(world, case, Body.BOARD_COMMITTEE, world.board_members[:2])
    step = world.step(case, Body.BOARD_COMMITTEE)
    withdraw_motion(actor=world.coordinator, motion=Motion.objects.get(status="open"))
    with pytest.raises(Forbidden):
        send_to_full_board(actor=world.chair, step=step, reason="A red flag came")
    with pytest.raises(Refused, match="Say why"):
        send_to_full_board(actor=world.coordinator, step=step, reason=" ")
    instead = send_to_full_board(actor=world.coordinator, step=step, reason="A red flag came")
    assert (instead.body, instead.status) == (Body.BOARD, StepStatus.OPEN)
    assert voted(world, case, Body.BOARD, world.board_members).kind == DecisionKind.DECISION
    with pytest.raises(Refused, match="Nothing of this file waits"):
        send_to_full_board(actor=world.coordinator, step=step, reason="Again")


def test_ties_declared_before_the_committee_hold_before_the_full_board(world, committee):
    case = before_committee(world)
    chair, recused, heard = world.board_members
    world.seat(COMMITTEE, heard)
    step = world.step(case, Body.BOARD_COMMITTEE)
    for user, ruling in ((recused, "recused"), (heard, "takes_part")):
        interest = declare_interest(actor=user, step=step, kind="partner")
        world.seat(COMMITTEE, chair, seat_role=SeatRole.CHAIR)
        rule_on_interest(actor=chair, interest=interest, ruling=ruling, reason="Heard")
    instead = send_to_full_board(actor=world.coordinator, step=step, reason="A red flag came")
    assert {each.user: each.ruling for each in interests_of(instead)} == {recused: "recused", heard: None}
    meeting = world.meeting(CommitteeKind.BOARD, present=world.board_members)
    item = add_step_to_agenda(actor=world.coordinator, meeting=meeting, step=instead)
    assert [each.user for each in item.recusals.all()] == [recused]
    assert barred_user_ids(item) == {recused.pk, heard.pk}


def test_the_committee_grants_or_defers_and_refuses_nothing(world, committee):
    case = before_committee(world)
    no = world.answers(case, LineOutcome.NOT_RECOMMEND, reason="Too few cases")
    with pytest.raises(Refused, match="grants, or defers"):
        voted(world, case, Body.BOARD_COMMITTEE, world.board_members[:2], no)


def test_the_full_board_is_told_at_its_next_meeting_and_once(world, committee):
    soon = board_meeting(world)
    later = board_meeting(world, days=30)
    case = before_committee(world)
    decision = voted(world, case, Body.BOARD_COMMITTEE, world.board_members[:2])
    report = AgendaItem.objects.get(reports=decision)
    assert report.meeting == soon
    assert report.title.startswith("Report: decided the expedited way")
    cancel_meeting(actor=world.coordinator, meeting=soon, reason="No quorum expected")
    again = AgendaItem.objects.get(reports=decision, status=AgendaStatus.OPEN)
    assert again.meeting == later
    with clock.freeze(clock.now() + dt.timedelta(days=30)):
        call_to_order(actor=world.coordinator, meeting=later)
        adjourn(actor=world.coordinator, meeting=later)
        again.refresh_from_db()
        assert again.status == AgendaStatus.ACTED
        assert not board_meeting(world).agenda_items.exists()


def test_a_report_is_not_postponed(world, committee, client):
    meeting = board_meeting(world)
    decision = voted(world, before_committee(world), Body.BOARD_COMMITTEE, world.board_members[:2])
    report = AgendaItem.objects.get(reports=decision)
    with pytest.raises(Refused, match="a report is not postponed"):
        postpone(actor=world.coordinator, item=report, reason="Run out of time")
    report.refresh_from_db()
    assert (report.meeting, report.status) == (meeting, AgendaStatus.OPEN)
    client.force_login(world.coordinator)
    page = client.get(reverse("bylaws:meeting", args=[meeting.uid])).content.decode()
    assert report.title in page
    assert 'value="postpone"' not in page


def test_nothing_is_moved_on_a_report(world, committee, client):
    meeting = board_meeting(world, days=0)
    decision = voted(world, before_committee(world), Body.BOARD_COMMITTEE, world.board_members[:2])
    report = AgendaItem.objects.get(reports=decision)
    client.force_login(world.coordinator)
    page = client.get(reverse("bylaws:meeting", args=[meeting.uid])).content.decode()
    assert "Put a motion" not in page, "nor says why not while the meeting has not begun"
    call_to_order(actor=world.coordinator, meeting=meeting)
    for user in world.board_members:
        mark_present(actor=world.coordinator, meeting=meeting, user=user)
    page = client.get(reverse("bylaws:meeting", args=[meeting.uid])).content.decode()
    assert report.title in page
    assert "Put a motion" not in page
    with pytest.raises(Refused, match="nothing is moved on it"):
        move(
            actor=world.coordinator, item=report, mover=world.board_members[0],
            seconder=world.board_members[1], text="To grant it again",
        )  # fmt: skip
    assert client.get(reverse("bylaws:motion_new", args=[report.uid])).status_code == 422


def test_what_the_board_was_not_told_is_read_after_its_meeting_is_locked(world, committee):
    board_meeting(world)
    with CaptureQueriesContext(connection) as made:
        report_to_board(actor=world.system, facility=world.facility)
    statements = [each["sql"] for each in made]
    read = next(number for number, sql in enumerate(statements) if 'FROM "bylaws_decision"' in sql)
    assert any('FROM "bylaws_meeting"' in sql and "FOR UPDATE" in sql for sql in statements[:read])


def test_a_meeting_called_afterwards_takes_the_report(world, committee):
    case = before_committee(world)
    decision = voted(world, case, Body.BOARD_COMMITTEE, world.board_members[:2])
    assert not AgendaItem.objects.filter(reports=decision).exists()
    special = schedule_meeting(
        actor=world.coordinator, committee=world.committees[CommitteeKind.MEC],
        starts_at=clock.now() + dt.timedelta(days=1), kind=MeetingKind.SPECIAL,
    )  # fmt: skip
    assert not special.agenda_items.exists()
    assert board_meeting(world).agenda_items.get().reports == decision


def test_the_page_of_the_file_says_which_way_it_goes(world, committee, sign_in):
    case = before_committee(world)
    url = reverse("bylaws:review", args=[world.step(case, Body.BOARD_COMMITTEE).uid])
    page = sign_in(world.coordinator).get(url).content.decode()
    assert "Expedited way" in page
    assert "a committee of the board decides" in page
    send_to_full_board(
        actor=world.coordinator, step=world.step(case, Body.BOARD_COMMITTEE), reason="A red flag came"
    )
    assert "It left it: the full board decides." in sign_in(world.coordinator).get(url).content.decode()
    other = world.recommended()
    url = reverse("bylaws:review", args=[world.step(other, Body.DEPARTMENT_CHAIR).uid])
    assert "Expedited way" not in sign_in(world.coordinator).get(url).content.decode()


def test_asking_what_would_happen_changes_nothing_and_says_why_not(world, committee):
    asked = {"subject_kind": KIND, "subject_uid": uuid.uuid4(), "facility": world.facility}
    way = expedited_way(**asked)
    assert way.bodies == ("department_chair", "credentials_chair", "mec", "board_committee")
    assert way.why_not == ""
    SAMPLE.not_clean[asked["subject_uid"]] = "A red flag is open."
    assert expedited_way(**asked).why_not == "This file goes the whole way. A red flag is open."
    assert "granted for a time" in expedited_way(**asked, final=(Body.CHIEF_EXECUTIVE,)).why_not


def test_the_chair_of_the_credentials_committee_recommends_between_department_and_executive_committee(
    world, committee, client
):
    case = sent(world)
    recommend(actor=world.chair, step=world.step(case, Body.DEPARTMENT_CHAIR), lines=world.answers(case))
    step = world.step(case, Body.CREDENTIALS_CHAIR)
    chair, member = world.members[0], world.members[1]
    waits = next_actor(step)
    assert (waits.user, waits.role) == (chair, "chair of the credentials committee")
    assert [each.title for each in on_my_agenda(chair, world.facility, 5)[1]] == [str(case.practitioner)]
    assert get_step(viewer=member, uid=step.uid) is None, "the members are not asked"
    with pytest.raises(Forbidden, match="Ana Member recommends for the credentials committee"):
        recommend(actor=world.chair, step=step, lines=world.answers(case))
    client.force_login(chair)
    page = client.get(reverse("bylaws:review", args=[step.uid])).content.decode()
    assert "Check and sign as chair" in page
    deputy = world.user("Vera Deputy", Role.COMMITTEE_MEMBER)
    world.seat(CommitteeKind.CREDENTIALS_COMMITTEE, deputy, seat_role=SeatRole.VICE_CHAIR)
    declare_interest(actor=chair, step=step, kind="partner")
    decision = recommend(actor=deputy, step=step, lines=world.answers(case))
    assert (decision.kind, decision.body) == (DecisionKind.RECOMMENDATION, "credentials_chair")
    assert world.step(case, Body.MEC).status == StepStatus.OPEN
