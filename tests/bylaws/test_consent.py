"""An agenda from what is ready in one act, and the consent agenda: pulled items, one motion, each item's own
quorum.
"""

import datetime as dt
import uuid

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.choices import AgendaStatus, Body, LineOutcome, MotionStatus, StepStatus
from bylaws.models import AgendaItem, Decision, Motion, Vote
from bylaws.selectors.committees import seated
from bylaws.selectors.consent import ready_files
from bylaws.selectors.decisions import replay
from bylaws.selectors.meetings import meeting_view, state_stamp
from bylaws.services.agendas import add_other_business, add_step_to_agenda, put_in_place
from bylaws.services.consent import (
    add_ready_files,
    carry_consent,
    close_consent,
    propose_for_consent,
    pull_from_consent,
    put_consent,
    vote_on_consent,
    withdraw_consent,
)
from bylaws.services.interests import declare_interest
from bylaws.services.meetings import adjourn, schedule_meeting
from bylaws.services.motions import move
from bylaws.services.presence import mark_left, recuse
from bylaws.services.reviews import recommend
from config.audit.models import AuditEvent
from config.kernel.errors import Conflict, Forbidden, Refused
from tests.bylaws.world import NOON, SAMPLE

CREDENTIALS = Body.CREDENTIALS_COMMITTEE


def files(world, number):
    """Files the chair has recommended as asked for."""
    cases = [world.recommended(world.practitioner(f"Person {letter}")) for letter in "ABCDEFGH"[:number]]
    return [world.step(case, CREDENTIALS) for case in cases]


def on_consent(world, number, *, present=None):
    """So many clean files on the consent agenda of the credentials committee, in session."""
    steps = files(world, number)
    meeting = world.meeting(present=world.members if present is None else present)
    add_ready_files(actor=world.coordinator, meeting=meeting, steps=steps)
    return meeting, list(meeting.agenda_items.order_by("order"))


def carried(world, meeting, *, votes=None, by=(0, 1), **more):
    people = world.members
    return carry_consent(
        actor=world.coordinator,
        meeting=meeting,
        mover=people[by[0]],
        seconder=people[by[1]],
        votes={user.pk: "for" for user in people} if votes is None else votes,
        **more,
    )


def test_what_is_ready_goes_on_the_agenda_at_once_and_the_clean_ones_for_consent(world):
    steps = files(world, 2)
    flagged = world.recommended(world.practitioner("Person Flagged"))
    SAMPLE.not_clean[flagged.subject_uid] = "A gap of five months is not explained."
    limited = world.case(world.practitioner("Person Limited"))
    recommend(
        actor=world.chair,
        step=world.step(limited, Body.DEPARTMENT_CHAIR),
        lines=world.answers(limited, LineOutcome.MODIFY, conditions="Five proctored cases"),
    )
    tied = world.recommended(world.practitioner("Person Tied"))
    meeting = schedule_meeting(
        actor=world.coordinator, committee=world.committees[CREDENTIALS], starts_at=NOON
    )
    add_step_to_agenda(actor=world.coordinator, meeting=meeting, step=world.step(tied, CREDENTIALS))
    declare_interest(actor=world.members[0], step=world.step(tied, CREDENTIALS), kind="partner")
    ready = {
        each.step.case.practitioner.display_name.removesuffix(", MD"): each.why_not
        for each in ready_files(viewer=world.coordinator, meeting=meeting)
    }
    assert ready == {
        "Person A": "",
        "Person B": "",
        "Person Flagged": "A gap of five months is not explained.",
        "Person Limited": "The Department chair recommends a line with a change or condition.",
    }
    steps = [each.step for each in ready_files(viewer=world.coordinator, meeting=meeting)]
    added = add_ready_files(actor=world.coordinator, meeting=meeting, steps=steps)
    assert (len(added.items), added.on_consent, added.left) == (4, 2, [])
    assert {item.title for item in meeting.agenda_items.filter(consent=True)} == {"Initial appointment"}
    tied_item = meeting.agenda_items.get(step__case=tied)
    with pytest.raises(Refused, match="declared an interest, and the chair has not ruled on it"):
        propose_for_consent(actor=world.coordinator, item=tied_item)
    assert ready_files(viewer=world.coordinator, meeting=meeting) == []


def test_a_file_that_cannot_go_on_any_more_is_named_and_hinders_no_other(world):
    first, second = files(world, 2)
    meeting, other = world.meeting(), world.meeting()
    add_step_to_agenda(actor=world.coordinator, meeting=other, step=first)
    added = add_ready_files(actor=world.coordinator, meeting=meeting, steps=[first, second])
    assert [item.step for item in added.items] == [second]
    assert [(step, "already on the agenda" in why) for step, why in added.left] == [(first, True)]
    with pytest.raises(Refused, match="This file is already"):
        add_ready_files(actor=world.coordinator, meeting=meeting, steps=[first])
    with pytest.raises(Refused, match="Choose the files"):
        add_ready_files(actor=world.coordinator, meeting=meeting, steps=[])
    with pytest.raises(Forbidden):
        add_ready_files(actor=world.members[0], meeting=meeting, steps=[second])


def test_the_preview_takes_the_same_queries_however_many_files_wait(world):
    meeting = world.meeting()
    files(world, 2)
    with CaptureQueriesContext(connection) as few:
        ready_files(viewer=world.coordinator, meeting=meeting)
    files(world, 8)
    with CaptureQueriesContext(connection) as many:
        assert len(ready_files(viewer=world.coordinator, meeting=meeting)) == 10
    assert len(many) == len(few)


def test_one_motion_carries_all_and_each_item_has_its_own_record(world):
    meeting, items = on_consent(world, 3)
    votes = {user.pk: "for" for user in world.members} | {world.members[4].pk: "abstain"}
    done = carried(world, meeting, votes=votes)
    assert (len(done.carried), done.left) == (3, [])
    motions = list(Motion.objects.filter(consent_group=done.group))
    assert {motion.status for motion in motions} == {MotionStatus.CARRIED}
    decisions = list(Decision.objects.filter(motion__in=motions))
    assert len(decisions) == 3
    for decision in decisions:
        assert (decision.votes_for, decision.votes_against, decision.abstentions) == (4, 0, 1)
        assert decision.mover == "Ana Member"
        assert replay(decision).problems == []
        assert {line.outcome for line in decision.lines.all()} == {LineOutcome.RECOMMEND}
    assert set(meeting.agenda_items.values_list("status", flat=True)) == {AgendaStatus.ACTED}
    assert Vote.objects.filter(motion__in=motions).count() == 15
    for item in items:
        assert world.step(item.step.case, Body.MEC).status == StepStatus.OPEN
    told = AuditEvent.objects.filter(verb="motion.roll_recorded")
    assert (told.count(), "for" in str(told.first().data)) == (3, False)


def test_who_is_recused_from_an_item_has_no_vote_in_it_and_can_break_its_quorum(world):
    meeting, items = on_consent(world, 3, present=world.members[:3])
    recuse(actor=world.coordinator, item=items[1], user=world.members[2], reason="Partner in practice")
    done = carried(world, meeting)
    assert [motion.agenda_item_id for motion in done.carried] == [items[0].pk, items[2].pk]
    ((left, why),) = done.left
    assert left == items[1]
    assert why.startswith("There is no quorum: 2 of 5 voting members are present, 1 of those here recused")
    items[1].refresh_from_db()
    assert (items[1].status, items[1].motions.count()) == (AgendaStatus.OPEN, 0)
    assert {vote.user for vote in Vote.objects.all()} == set(world.members[:3])


def test_the_votes_of_the_recused_are_left_out_where_the_quorum_holds(world):
    meeting, items = on_consent(world, 2)
    recuse(actor=world.coordinator, item=items[0], user=world.members[4], reason="Partner in practice")
    carried(world, meeting)
    votes = [Decision.objects.get(motion__agenda_item=item).votes_for for item in items]
    assert votes == [4, 5]


def test_who_moved_and_is_recused_leaves_that_item_open(world):
    meeting, items = on_consent(world, 2)
    recuse(actor=world.coordinator, item=items[0], user=world.members[0], reason="Partner in practice")
    done = carried(world, meeting)
    assert [(item, why) for item, why in done.left] == [(items[0], "Ana Member is recused from this matter.")]
    assert len(done.carried) == 1


def test_any_seated_member_pulls_an_item_which_is_then_dealt_with_by_itself(world):
    meeting, items = on_consent(world, 3)
    stamp = state_stamp(meeting)
    item = pull_from_consent(actor=world.members[3], item=items[1], reason=" The case log looks thin. ")
    assert (item.pulled_by, item.pulled_why, item.on_consent) == (
        world.members[3],
        "The case log looks thin.",
        False,
    )
    assert state_stamp(meeting) != stamp
    assert "case log" not in str(AuditEvent.objects.get(verb="agenda_item.pulled").data)
    done = carried(world, meeting)
    assert len(done.carried) == 2
    items[1].refresh_from_db()
    assert items[1].status == AgendaStatus.OPEN
    with pytest.raises(Refused, match="Dan Member pulled it"):
        propose_for_consent(actor=world.coordinator, item=items[1])
    move(
        actor=world.coordinator,
        item=items[1],
        mover=world.members[0],
        seconder=world.members[1],
        lines=world.answers(items[1].step.case),
    )
    with pytest.raises(Refused, match="not on the consent agenda"):
        pull_from_consent(actor=world.members[2], item=items[0])  # its vote is closed


def test_who_takes_no_part_pulls_nothing(world):
    meeting, items = on_consent(world, 2)
    recuse(actor=world.coordinator, item=items[0], user=world.members[0], reason="Partner in practice")
    with pytest.raises(Refused, match="You take no part"):
        pull_from_consent(actor=world.members[0], item=items[0])
    with pytest.raises(Forbidden, match="does not sit on Credentials Committee"):
        pull_from_consent(actor=world.mec_members[0], item=items[0])
    own = world.practitioner("Ben Member", user=world.members[1])
    step = world.step(world.recommended(own), CREDENTIALS)
    (mine,) = add_ready_files(actor=world.coordinator, meeting=meeting, steps=[step]).items
    assert mine.consent
    with pytest.raises(Forbidden, match="nobody may pull"):
        pull_from_consent(actor=world.members[1], item=mine)
    pull_from_consent(actor=world.coordinator, item=mine)  # on behalf of a member, without a reason
    assert AgendaItem.objects.get(pk=mine.pk).pulled_why == ""


def test_what_stands_on_the_consent_agenda_is_not_moved_by_itself(world):
    _, items = on_consent(world, 1)
    with pytest.raises(Refused, match="vote on that, or pull the item first"):
        move(
            actor=world.coordinator,
            item=items[0],
            mover=world.members[0],
            seconder=world.members[1],
            lines=world.answers(items[0].step.case),
        )


def test_a_file_that_is_not_clean_any_more_stays_open(world):
    meeting, items = on_consent(world, 2)
    SAMPLE.not_clean[items[0].step.case.subject_uid] = "A claim was reported."
    SAMPLE.not_ready[items[1].step.case.subject_uid] = "The license was verified 130 days ago."
    with pytest.raises(Refused, match="Nothing was decided"):
        carried(world, meeting)
    del SAMPLE.not_ready[items[1].step.case.subject_uid]
    done = carried(world, meeting)
    assert len(done.carried) == 1
    assert done.left == [(items[0], "It is not for the consent agenda any more. A claim was reported.")]


def test_a_consent_motion_that_fails_is_on_record_and_leaves_everything_open(world):
    meeting, _ = on_consent(world, 2)
    done = carried(world, meeting, votes={user.pk: "against" for user in world.members})
    assert (done.carried, len(done.motions)) == ([], 2)
    assert not Decision.objects.filter(motion__in=done.motions).exists()
    assert set(meeting.agenda_items.values_list("status", flat=True)) == {AgendaStatus.OPEN}


def test_only_what_the_members_were_asked_about_is_decided(world):
    meeting, items = on_consent(world, 2)
    asked = [item.uid for item in items]
    later = world.step(world.recommended(world.practitioner("Person Late")), CREDENTIALS)
    add_ready_files(actor=world.coordinator, meeting=meeting, steps=[later])
    done = carried(world, meeting, expected=asked)
    assert {motion.agenda_item_id for motion in done.carried} == {item.pk for item in items}
    with pytest.raises(Refused, match="Nothing is on the consent agenda"):
        carried(world, meeting, expected=[uuid.uuid4()])


def test_other_business_goes_by_consent_too(world):
    meeting = world.meeting(present=world.members)
    item = add_other_business(actor=world.coordinator, meeting=meeting, title="Minutes of February")
    propose_for_consent(actor=world.coordinator, item=item)
    with pytest.raises(Refused, match="already"):
        propose_for_consent(actor=world.coordinator, item=item)
    done = carried(world, meeting)
    assert done.carried[0].text == "To approve: Minutes of February"
    item.refresh_from_db()
    assert item.status == AgendaStatus.ACTED


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"by": (0, 0)}, "cannot second their own"),
        ({"votes": {0: "perhaps"}}, '"perhaps" is no vote'),
        ({"votes": {}}, "Nothing was decided. Nobody has voted yet"),
    ],
)
def test_a_consent_vote_typed_wrongly_is_a_sentence_and_decides_nothing(world, more, says):
    meeting, _ = on_consent(world, 1)
    with pytest.raises(Refused, match=says):
        carried(world, meeting, **more)
    assert not Motion.objects.exists()


def test_who_has_left_is_not_in_the_roll(world):
    meeting, _ = on_consent(world, 1)
    mark_left(actor=world.coordinator, meeting=meeting, user=world.members[4])
    carried(world, meeting)
    assert Decision.objects.get(motion__isnull=False).votes_for == 4
    adjourn(actor=world.coordinator, meeting=meeting)
    with pytest.raises(Refused, match="not in session"):
        carried(world, meeting)


def test_the_agenda_is_put_in_order(world):
    meeting, items = on_consent(world, 4)
    stamp = state_stamp(meeting)

    def order():
        return [items.index(each) for each in meeting.agenda_items.order_by("order")]

    put_in_place(actor=world.coordinator, item=items[3], place=1)
    assert order() == [3, 0, 1, 2]
    assert state_stamp(meeting) != stamp
    put_in_place(actor=world.coordinator, item=items[3], place=99)
    assert order() == [0, 1, 2, 3]
    put_in_place(actor=world.coordinator, item=items[1], place=3)
    assert order() == [0, 2, 1, 3]
    assert list(meeting.agenda_items.order_by("order").values_list("order", flat=True)) == [1, 2, 3, 4]
    with pytest.raises(Refused, match="first place"):
        put_in_place(actor=world.coordinator, item=items[1], place=0)
    with pytest.raises(Forbidden):
        put_in_place(actor=world.members[0], item=items[1], place=1)


def test_the_database_keeps_a_pull_whole(world):
    _, items = on_consent(world, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        AgendaItem.objects.filter(pk=items[0].pk).update(pulled_at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        AgendaItem.objects.filter(pk=items[0].pk).update(
            consent=False, pulled_at=NOON, pulled_by=world.members[0]
        )


# --- pages ----------------------------------------------------------------------------------------------


def test_the_pages_of_the_consent_agenda(world, sign_in):
    steps = files(world, 3)
    SAMPLE.not_clean[steps[2].case.subject_uid] = "A gap of five months is not explained."
    meeting = world.meeting(present=world.members)
    client, member = sign_in(world.coordinator), sign_in(world.members[2])
    url = reverse("bylaws:meeting", args=[meeting.uid])
    ready, vote = (reverse(f"bylaws:{name}", args=[meeting.uid]) for name in ("agenda_ready", "consent_vote"))
    assert "Add all that is ready (3)" in client.get(url).content.decode()
    page = client.get(ready).content.decode()
    assert page.count(" checked") == 3
    assert "A gap of five months is not explained." in page
    assert "Nothing is on the consent agenda." in client.get(vote).content.decode()
    assert client.post(ready, {"chosen": []}).status_code == 422
    assert client.post(ready, {"chosen": [str(step.uid) for step in steps]}).status_code == 303
    page = client.get(url).content.decode()
    assert "3 files put on the agenda, 2 of them on the consent agenda." in page
    item = meeting.agenda_items.order_by("order").first()
    act = reverse("bylaws:item_act", args=[item.uid])
    assert client.post(act, {"act": "place", "place": "2"}).status_code == 303
    assert client.post(act, {"act": "place", "place": "first"}).status_code == 422
    assert "Pull the item" in member.get(url).content.decode()
    assert member.post(act, {"act": "pull", "reason": ""}).status_code == 303
    assert "Pulled from the consent agenda by Cora Member" in client.get(url).content.decode()
    people = world.members
    data = {"mover": people[0].uid, "seconder": people[1].uid} | {
        f"vote-{each.uid}": "for" for each in people
    }
    assert "Record the vote on 1 item" in client.get(vote).content.decode()
    assert client.post(vote, data | {"seconder": people[0].uid}).status_code == 422
    assert client.post(vote, data | {f"vote-{people[0].uid}": "perhaps"}).status_code == 422
    assert client.post(vote, data).status_code == 303
    page = client.get(url).content.decode()
    assert "1 item carried by one motion." in page
    assert "5 for, 0 against, 0 abstaining" in page
    for address in (ready, vote):
        assert member.get(address).status_code == 403


def test_the_pages_need_few_queries_whatever_is_on_the_agenda(world, sign_in):
    meeting, items = on_consent(world, 6)
    recuse(actor=world.coordinator, item=items[0], user=world.members[4], reason="Partner in practice")
    files(world, 3)
    client = sign_in(world.coordinator)
    for name in ("meeting", "agenda_ready", "consent_vote"):
        with CaptureQueriesContext(connection) as counted:
            assert client.get(reverse(f"bylaws:{name}", args=[meeting.uid])).status_code == 200
        assert len(counted) <= 20, name
    view = meeting_view(viewer=world.members[4], meeting=meeting)
    assert [each.may_pull for each in view.consent][:2] == [False, True]
    assert seated(meeting.committee, dt.date(2026, 3, 10)).count() == 5


class TestMembersVoteThemselves:
    """One motion for the consent agenda, on which each member votes on a phone of their own."""

    def put(self, world, meeting):
        people = world.members
        return put_consent(actor=world.coordinator, meeting=meeting, mover=people[0], seconder=people[1])

    def test_each_votes_once_for_all_and_closing_counts_each_item(self, world):
        meeting, items = on_consent(world, 3)
        recuse(actor=world.coordinator, item=items[1], user=world.members[2], reason="Partner")
        done = self.put(world, meeting)
        assert [motion.agenda_item for motion in done.motions] == items
        assert {motion.consent_group for motion in done.motions} == {done.group}
        with pytest.raises(Conflict, match="close that vote first"):
            carried(world, meeting)
        for number, user in enumerate(world.members):
            choice = "against" if number == 3 else "for"
            votes = vote_on_consent(actor=user, meeting=meeting, user=user, choice=choice)
            assert len(votes) == (2 if number == 2 else 3)
        vote_on_consent(actor=world.members[0], meeting=meeting, user=world.members[0], choice="abstain")
        result = close_consent(actor=world.coordinator, meeting=meeting)
        assert [motion.agenda_item for motion in result.carried] == items
        tally = [(m.quorum["for"], m.quorum["against"], m.quorum["abstentions"]) for m in result.motions]
        assert tally == [(3, 1, 1), (2, 1, 1), (3, 1, 1)]
        assert Decision.objects.filter(motion__consent_group=done.group).count() == 3
        with pytest.raises(Refused, match="not put to the vote"):
            close_consent(actor=world.coordinator, meeting=meeting)
        with pytest.raises(Refused, match="not put to the vote"):
            vote_on_consent(actor=world.members[0], meeting=meeting, user=world.members[0], choice="for")

    def test_who_pulls_an_item_takes_it_out_of_the_vote(self, world):
        meeting, items = on_consent(world, 2)
        self.put(world, meeting)
        for user in world.members:
            vote_on_consent(actor=user, meeting=meeting, user=user, choice="for")
        pull_from_consent(actor=world.members[4], item=items[0])
        assert items[0].motions.get().status == MotionStatus.WITHDRAWN
        result = close_consent(actor=world.coordinator, meeting=meeting)
        assert [motion.agenda_item for motion in result.motions] == [items[1]]
        items[0].refresh_from_db()
        assert items[0].status == AgendaStatus.OPEN
        move(
            actor=world.coordinator,
            item=items[0],
            mover=world.members[0],
            seconder=world.members[1],
            lines=world.answers(items[0].step.case),
        )

    def test_what_lost_its_quorum_or_is_no_longer_clean_stays_open(self, world):
        meeting, items = on_consent(world, 3)
        self.put(world, meeting)
        for user in world.members[2:]:
            recuse(actor=world.coordinator, item=items[1], user=user, reason="Partner")
        for user in world.members:
            vote_on_consent(actor=user, meeting=meeting, user=user, choice="for")
        SAMPLE.not_clean[items[0].step.case.subject_uid] = "A gap of five months is not explained."
        result = close_consent(actor=world.coordinator, meeting=meeting)
        assert [motion.agenda_item for motion in result.carried] == [items[2]]
        assert [item for item, _ in result.left] == items[:2]
        assert "A gap of five months" in result.left[0][1]
        assert "There is no quorum" in result.left[1][1]
        assert items[0].motions.get().status == MotionStatus.WITHDRAWN

    def test_the_motion_is_taken_back(self, world):
        meeting, _ = on_consent(world, 2)
        self.put(world, meeting)
        with pytest.raises(Forbidden):
            withdraw_consent(actor=world.members[0], meeting=meeting)
        assert withdraw_consent(actor=world.coordinator, meeting=meeting) == 2
        assert len(carried(world, meeting).carried) == 2

    def test_nobody_votes_for_another_or_from_outside(self, world):
        meeting, _ = on_consent(world, 1)
        self.put(world, meeting)
        with pytest.raises(Forbidden):
            vote_on_consent(actor=world.members[0], meeting=meeting, user=world.members[1], choice="for")
        mark_left(actor=world.coordinator, meeting=meeting, user=world.members[0])
        with pytest.raises(Refused, match="not marked as present"):
            vote_on_consent(actor=world.members[0], meeting=meeting, user=world.members[0], choice="for")
        with pytest.raises(Refused, match="Nothing was decided"):
            close_consent(actor=world.coordinator, meeting=meeting)

    def test_on_the_page(self, world, sign_in):
        meeting, _ = on_consent(world, 2)
        stamp = state_stamp(meeting)
        runner, member = sign_in(world.coordinator), sign_in(world.members[0])
        page = reverse("bylaws:meeting", args=[meeting.uid])
        uids = {"mover": world.members[0].uid, "seconder": world.members[1].uid, "do": "put"}
        runner.post(reverse("bylaws:consent_vote", args=[meeting.uid]), uids)
        assert state_stamp(meeting) != stamp
        assert "Your vote on all of it" in member.get(page).content.decode()
        act = reverse("bylaws:consent_act", args=[meeting.uid])
        member.post(act, {"choice": "for"})
        assert "You voted for." in member.get(page).content.decode()
        assert member.post(act, {"act": "close"}).status_code == 403
        view = meeting_view(viewer=world.coordinator, meeting=meeting)
        assert str(world.members[0]) not in view.consent_silent
        assert len(view.consent_silent) == len(world.members) - 1
        assert "2 items put to the vote by one motion." in runner.get(page).content.decode()
        for user in world.members[1:]:
            runner.post(act, {"choice": "for", "user": user.uid})
        runner.post(act, {"act": "close"})
        assert Motion.objects.filter(status=MotionStatus.CARRIED).count() == 2
