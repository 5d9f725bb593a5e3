"""A partner, relative or competitor says so: who acts alone is replaced, who sits on a body is ruled on."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.choices import Body, CommitteeKind, SeatRole
from bylaws.models import Decision, DeclaredInterest
from bylaws.selectors.committees import quorum
from bylaws.selectors.decisions import frozen_record, get_decision, replay
from bylaws.selectors.meetings import meeting_view, state_stamp
from bylaws.selectors.reviews import get_step, next_actor, reviewers_of, steps_for
from bylaws.services.agendas import add_step_to_agenda, postpone
from bylaws.services.interests import declare_interest, rule_on_interest
from bylaws.services.motions import cast_vote, close_vote, move
from bylaws.services.presence import recuse
from bylaws.services.reviews import recommend
from bylaws.worklist import reviews
from config.accounts.models import User
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from tests.bylaws.test_minutes import record

pytestmark = pytest.mark.django_db
CREDENTIALS = Body.CREDENTIALS_COMMITTEE


@pytest.fixture
def case(world):
    return world.recommended()


@pytest.fixture
def step(world, case):
    return world.step(case, CREDENTIALS)


def declared(world, step, user, kind="partner", note=""):
    return declare_interest(actor=user, step=step, kind=kind, note=note)


def ruled(world, interest, ruling="recused", actor=None, reason="They share a practice"):
    return rule_on_interest(actor=actor or world.members[0], interest=interest, ruling=ruling, reason=reason)


def motion_on(world, case, item, mover=1, seconder=2):
    return move(
        actor=world.coordinator, item=item, mover=world.members[mover], seconder=world.members[seconder],
        lines=world.answers(case),
    )  # fmt: skip


def test_a_chair_with_a_tie_does_not_act_and_the_vice_chair_does_without_being_asked_why(world):
    case = world.case()
    step = world.step(case, Body.DEPARTMENT_CHAIR)
    declared(world, step, world.chair, "relative", "Her brother")
    assert [each.user for each in reviewers_of(step)] == [world.vice_chair]
    assert next_actor(step).user == world.vice_chair
    with pytest.raises(Forbidden, match="Viktor Sandoval recommends"):
        recommend(actor=world.chair, step=step, lines=world.answers(case))
    decision = recommend(actor=world.vice_chair, step=step, lines=world.answers(case))
    assert frozen_record(decision)["capacity"] == "Vice chair: the chair has declared an interest"


def test_until_the_chair_rules_the_member_neither_moves_nor_votes_nor_counts(world, case, step):
    item = world.item(case)
    declared(world, step, world.members[1])
    with pytest.raises(Refused, match="Ben Member has declared an interest in this file, and the chair"):
        motion_on(world, case, item)
    motion = motion_on(world, case, item, mover=2, seconder=3)
    with pytest.raises(Refused, match="has not ruled on it"):
        cast_vote(actor=world.members[1], motion=motion, user=world.members[1], choice="for")
    assert quorum(item.meeting, item).present == 4


def test_the_recusal_the_chair_ruled_stands_in_the_count_and_the_record(world, case, step):
    item = world.item(case)
    ruled(world, declared(world, step, world.members[1], "competitor", "The same town"))
    motion = motion_on(world, case, item, mover=2, seconder=3)
    for user in (world.members[0], *world.members[2:]):
        cast_vote(actor=user, motion=motion, user=user, choice="for")
    motion = close_vote(actor=world.coordinator, motion=motion)
    assert (motion.quorum["present"], motion.quorum["recused"]) == (4, 1)
    decision = Decision.objects.get(motion=motion)
    assert decision.recusals == [{"name": "Ben Member", "reason": "Competitor: The same town"}]
    assert replay(decision).problems == []


def test_who_takes_part_by_the_chairs_ruling_votes(world, case, step):
    item = world.item(case)
    ruled(world, declared(world, step, world.members[1]), "takes_part")
    motion = motion_on(world, case, item)
    assert (
        cast_vote(actor=world.members[1], motion=motion, user=world.members[1], choice="for").choice == "for"
    )


def test_a_ruling_before_the_agenda_and_a_postponed_matter_keep_the_recusal(world, case, step):
    ruled(world, declared(world, step, world.members[1]))
    item = world.item(case)
    assert [each.user for each in item.recusals.all()] == [world.members[1]]
    postpone(actor=world.coordinator, item=item)
    again = add_step_to_agenda(actor=world.coordinator, meeting=world.meeting(), step=step)
    assert [each.user for each in again.recusals.all()] == [world.members[1]]


def test_only_the_chair_rules_and_the_vice_chair_on_the_chairs_own_tie(world, case, step):
    interest = declared(world, step, world.members[1])
    for other in (world.members[2], world.coordinator, world.members[1]):
        with pytest.raises(Forbidden, match="Ana Member rules on it"):
            ruled(world, interest, actor=other)
    own = declared(world, step, world.members[0])
    with pytest.raises(Forbidden, match="seat a vice chair"):
        ruled(world, own, actor=world.members[0])
    deputy = world.members[4]
    world.seat(
        CommitteeKind.CREDENTIALS_COMMITTEE, deputy, seat_role=SeatRole.VICE_CHAIR, start=dt.date(2025, 1, 1)
    )
    ruled(world, own, actor=deputy)
    ruled(world, interest, actor=deputy)
    with pytest.raises(Refused, match="ruled on already"):
        ruled(world, interest, actor=deputy)


def test_what_is_missing_is_asked_for(world, case, step):
    with pytest.raises(Refused, match="which tie"):
        declared(world, step, world.members[1], "friend")
    with pytest.raises(Refused, match="which interest"):
        declared(world, step, world.members[1], "other", " ")
    with pytest.raises(Forbidden, match="do not sit on"):
        declared(world, step, world.board_members[0])
    interest = declared(world, step, world.members[1])
    with pytest.raises(Refused, match="already"):
        declared(world, step, world.members[1])
    with pytest.raises(Refused, match="Say why"):
        ruled(world, interest, reason=" ")
    with pytest.raises(Refused, match="takes part"):
        ruled(world, interest, "perhaps")


def test_who_moved_does_not_declare_afterwards(world, case, step):
    item = world.item(case)
    motion_on(world, case, item)
    with pytest.raises(Refused, match="part in the open motion"):
        declared(world, step, world.members[1])


def test_a_declared_tie_follows_the_person_to_the_next_body_until_its_chair_rules(world, case, step):
    both = world.members[1]
    world.seat(CommitteeKind.MEC, both)
    ruled(world, declared(world, step, both, "partner", "The same practice"), "takes_part")
    record(world, case)
    later = world.step(case, Body.MEC)
    meeting = world.meeting(CommitteeKind.MEC, present=[*world.mec_members, both])
    item = add_step_to_agenda(actor=world.coordinator, meeting=meeting, step=later)
    motion = move(
        actor=world.coordinator, item=item, mover=world.mec_members[0], seconder=world.mec_members[1],
        lines=world.answers(case),
    )  # fmt: skip
    with pytest.raises(Refused, match="has not ruled on it"):
        cast_vote(actor=both, motion=motion, user=both, choice="for")
    with pytest.raises(Refused, match="already"):
        declared(world, later, both)
    carried = later.interests.get()
    assert (carried.user, carried.note, carried.recorded_by) == (both, "The same practice", both)
    ruled(world, carried, "takes_part", actor=world.mec_members[0])
    assert cast_vote(actor=both, motion=motion, user=both, choice="for").choice == "for"


def test_who_has_no_seat_on_the_next_body_is_not_shown_there_with_the_tie(world, case, step, client):
    declared(world, step, world.members[4])
    record(world, case, recusals=[{"name": "Eve Member", "reason": "Partner"}], votes_for=3)
    later = world.step(case, Body.MEC)
    meeting = world.meeting(CommitteeKind.MEC, present=world.mec_members)
    add_step_to_agenda(actor=world.coordinator, meeting=meeting, step=later)
    assert meeting_view(viewer=world.mec_members[0], meeting=meeting).items[0].declared == []
    client.force_login(world.mec_members[0])
    page = client.get(reverse("bylaws:interests", args=[later.uid])).content.decode()
    assert "Nobody has declared" in page
    assert "Eve Member" not in page


def locks_before(queries, table):
    """Whether the meetings are locked before the table is first read or written."""
    statements = [each["sql"] for each in queries]
    first = next(number for number, sql in enumerate(statements) if f'"{table}"' in sql)
    return any('"bylaws_meeting"' in sql and "FOR UPDATE" in sql for sql in statements[:first])


def test_a_tie_and_a_vote_come_one_after_the_other(world, case, step):
    item = world.item(case)
    motion_on(world, case, item, mover=2, seconder=3)
    with CaptureQueriesContext(connection) as made:
        interest = declared(world, step, world.members[1])
    assert locks_before(made, "bylaws_vote")
    with CaptureQueriesContext(connection) as made:
        ruled(world, interest)
    assert locks_before(made, "bylaws_recusal")


def test_the_vote_of_whoever_is_barred_by_the_time_it_is_closed_is_not_counted(world, case, step):
    item = world.item(case)
    motion = motion_on(world, case, item, mover=2, seconder=3)
    for user in world.members:
        cast_vote(actor=user, motion=motion, user=user, choice="for")
    DeclaredInterest.objects.create(
        step=step,
        user=world.members[1],
        kind="partner",
        recorded_at=clock.now(),
        recorded_by=world.members[1],
    )
    assert close_vote(actor=world.coordinator, motion=motion).quorum["for"] == 4


def test_the_audit_trail_says_neither_why_the_chair_ruled_so_nor_on_whom(world, case, step):
    world.item(case)
    interest = ruled(world, declared(world, step, world.members[1], "other", "They owe each other")).interest
    events = AuditEvent.objects.filter(verb__startswith="interest.")
    assert events.get(verb="interest.ruled").data == {"interest": str(interest.uid), "ruling": "recused"}
    told = " ".join(f"{each.reason} {each.data}" for each in events)
    for word in ("They share", "They owe", "Ben Member"):
        assert word not in told


def test_minutes_name_who_was_recused(world, case, step):
    ruled(world, declared(world, step, world.members[4]))
    with pytest.raises(Refused, match="Eve Member was recused by the chair: name them"):
        record(world, case)
    record(world, case, recusals=[{"name": "Eve Member", "reason": "Partner"}], votes_for=3)


def test_a_chair_who_is_to_rule_declares_a_tie_of_their_own_on_the_same_page(world, case, step, client):
    world.item(case)
    declared(world, step, world.members[1])
    path = reverse("bylaws:interests", args=[step.uid])
    client.force_login(world.members[0])
    page = client.get(path).content.decode()
    assert "Rule on the interest of Ben Member" in page
    assert "Declare an interest of your own" in page
    assert 'name="ruling"' in page
    assert 'name="kind"' in page
    wrong = client.post(path, {"interest": step.interests.get().uid, "ruling": "recused", "reason": ""})
    assert (wrong.status_code, wrong.content.decode().count('class="error-summary"')) == (422, 1)
    assert client.post(path, {"kind": "relative"}).status_code == 303
    assert "Rule on the interest" not in client.get(path).content.decode()
    again = client.post(path, {"kind": "relative"})
    assert (again.status_code, "declared an interest in this file already" in again.content.decode()) == (
        422,
        True,
    )
    other = step.interests.get(user=world.members[1])
    late = client.post(path, {"interest": other.uid, "ruling": "recused", "reason": "They share money"})
    assert (late.status_code, "seat a vice chair" in late.content.decode()) == (403, True)


def test_the_page_takes_the_declaration_and_the_ruling(world, case, step, client):
    world.item(case)
    path = reverse("bylaws:interests", args=[step.uid])
    client.force_login(world.coordinator)
    assert "Declare an interest" not in client.get(path).content.decode(), "who has no part in it has no tie"
    client.force_login(world.members[1])
    assert "Declare an interest" in client.get(path).content.decode()
    assert "Nobody has declared" in client.get(path).content.decode()
    assert client.post(path, {"note": "x"}).status_code == 422
    assert client.post(path, {"kind": "partner", "note": "The same practice"}).status_code == 303
    assert "Not ruled on yet" in client.get(path).content.decode()
    client.force_login(world.members[0])
    page = client.get(path).content.decode()
    assert "Rule on the interest of Ben Member" in page
    interest = step.interests.get()
    answer = client.post(path, {"interest": interest.uid, "ruling": "recused", "reason": "They share money"})
    assert answer.status_code == 303
    assert "They share money" in client.get(path).content.decode()


def test_who_is_recused_is_shown_neither_file_nor_motion_nor_record(world, case, step, client):
    item = world.item(case)
    interest = declared(world, step, world.members[1])
    assert get_step(viewer=world.members[1], uid=step.uid) == step, "until it is ruled on"
    ruled(world, interest)
    motion = motion_on(world, case, item, mover=2, seconder=3)
    for user in (world.members[0], *world.members[2:]):
        cast_vote(actor=user, motion=motion, user=user, choice="for")
    close_vote(actor=world.coordinator, motion=motion)
    decision = Decision.objects.get(motion=motion)
    for user, sees in ((world.members[1], False), (world.members[0], True), (world.coordinator, True)):
        user = User.objects.get(pk=user.pk)
        assert (get_step(viewer=user, uid=step.uid) is not None) is sees
        assert (get_decision(viewer=user, uid=decision.uid) is not None) is sees
        client.force_login(user)
        page = client.get(reverse("bylaws:meeting", args=[item.meeting.uid])).content.decode()
        assert ("You are recused from this matter" in page) is not sees
        for part in (motion.text, "Who voted how", f"/reviews/{step.uid}/", f"/decisions/{decision.uid}/"):
            assert (part in page) is sees, part


def test_who_recuses_oneself_is_shown_the_file_no_more(world, case, step):
    item = world.item(case)
    recuse(actor=world.members[1], item=item, user=world.members[1], reason="Sister-in-law")
    assert get_step(viewer=world.members[1], uid=step.uid) is None
    assert list(steps_for(world.members[1])) == []


def test_who_takes_part_by_the_ruling_or_before_another_body_sees_it(world, case, step):
    item = world.item(case)
    ruled(world, declared(world, step, world.members[1]), "takes_part")
    assert get_step(viewer=world.members[1], uid=step.uid) == step
    ruled(world, declared(world, step, world.members[4]))
    motion = motion_on(world, case, item, mover=2, seconder=3)
    for user in world.members[:4]:
        cast_vote(actor=user, motion=motion, user=user, choice="for")
    close_vote(actor=world.coordinator, motion=motion)
    world.seat(CommitteeKind.MEC, world.members[4])
    both = User.objects.get(pk=world.members[4].pk)
    assert get_step(viewer=both, uid=step.uid) is None
    meeting = world.meeting(CommitteeKind.MEC)
    add_step_to_agenda(actor=world.coordinator, meeting=meeting, step=world.step(case, Body.MEC))
    assert get_step(viewer=both, uid=step.uid) == step


def test_a_ruling_closes_the_record_of_minutes_too(world, case, step):
    ruled(world, declared(world, step, world.members[4]))
    made = record(world, case, recusals=[{"name": "Eve Member", "reason": "Partner"}], votes_for=3)
    assert get_decision(viewer=world.members[4], uid=made.uid) is None
    assert get_decision(viewer=world.members[0], uid=made.uid) == made


def test_the_audit_trail_says_neither_who_was_recused_in_the_meeting_nor_why(world, case, step):
    item = world.item(case)
    recuse(actor=world.coordinator, item=item, user=world.members[1], reason="They owe each other money")
    event = AuditEvent.objects.get(verb="agenda_item.member_recused")
    told = f"{event.reason} {event.data}"
    assert "owe" not in told
    assert "Ben Member" not in told
    kept = item.recusals.get()
    assert (kept.user, kept.reason) == (world.members[1], "They owe each other money")


def test_an_open_page_hears_of_a_tie_and_of_the_ruling(world, case, step):
    item = world.item(case)
    before = state_stamp(item.meeting)
    interest = declared(world, step, world.members[1])
    then = state_stamp(item.meeting)
    assert then != before
    ruled(world, interest, "takes_part")
    assert state_stamp(item.meeting) not in (before, then)


def waiting_on(user, facility):
    total, items = reviews.ties_to_rule(User.objects.get(pk=user.pk), facility, 5)
    assert total == len(items)
    return [each.detail for each in items]


def test_today_tells_the_chair_of_a_tie_to_rule_on_and_the_vice_chair_of_the_chairs_own(world, case, step):
    chair, deputy = world.members[0], world.members[4]
    world.seat(
        CommitteeKind.CREDENTIALS_COMMITTEE, deputy, seat_role=SeatRole.VICE_CHAIR, start=dt.date(2025, 1, 1)
    )
    world.item(case)
    interest = declared(world, step, world.members[1])
    told = ["Ben Member declared an interest before the Credentials committee"]
    assert waiting_on(chair, world.facility) == told
    for other in (deputy, world.members[1], world.members[2], world.coordinator, world.mec_members[0]):
        assert waiting_on(other, world.facility) == []
    declared(world, step, chair)
    assert waiting_on(chair, world.facility) == []
    assert len(waiting_on(deputy, world.facility)) == 2
    ruled(world, interest, actor=deputy)
    assert len(waiting_on(deputy, world.facility)) == 1


def test_the_queue_of_ties_costs_the_same_for_many(world, django_assert_max_num_queries):
    for _ in range(3):
        other = world.recommended()
        world.item(other)
        declared(world, world.step(other, CREDENTIALS), world.members[1])
    chair = User.objects.get(pk=world.members[0].pk)
    list(steps_for(chair))  # seats and roles are kept with the person
    with django_assert_max_num_queries(6):
        assert reviews.ties_to_rule(chair, world.facility, 5)[0] == 3
