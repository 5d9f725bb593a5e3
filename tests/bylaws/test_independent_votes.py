"""Where the bylaws ask for independent votes, nobody sees how others voted until the vote is closed."""

import json

import pytest
from django.urls import reverse

from bylaws.choices import VoteChoice
from bylaws.models import Vote
from bylaws.parameters import VOTE_VISIBILITY
from bylaws.selectors.meetings import meeting_view
from bylaws.services.motions import cast_vote, close_vote, withdraw_motion
from bylaws.wording import in_words
from bylaws.worklist import meetings
from config.audit.models import AuditEvent
from config.kernel.errors import Refused
from config.rulebook.parameters import definition
from config.rulebook.services.parameters import check_value
from tests.bylaws.test_meetings import moved, voted

pytestmark = pytest.mark.django_db

HOW = ('class="tally-for"', 'class="tally-against"')


@pytest.fixture
def motion(world):
    """Ana and Ben have voted, for and against; Cora, Dan and Eve have not."""
    world.parameter("bylaws.vote_visibility", "independent", subject="credentials_committee")
    motion = moved(world, world.item(world.recommended()))
    voted(motion, [world.members[0]])
    voted(motion, [world.members[1]], VoteChoice.AGAINST)
    return motion


def seen_by(viewer, motion):
    (item,) = meeting_view(viewer=viewer, meeting=motion.agenda_item.meeting).items
    return item.open_motion or item.closed_motions[0]


def page_of(sign_in, user, motion):
    url = reverse("bylaws:meeting", args=[motion.agenda_item.meeting.uid])
    return sign_in(user).get(url).content.decode()


def test_until_the_close_the_votes_of_others_are_not_shown_before_or_after_the_own(world, sign_in, motion):
    cora = world.members[2]
    view = seen_by(cora, motion)
    assert view.concealed
    assert [each.vote for each in view.roll] == [None] * 5
    assert (view.tally.for_count, view.tally.against_count, view.tally.abstain_count) == (None, None, None)
    assert view.tally.voted_count == 2
    page = page_of(sign_in, cora, motion)
    assert "how others voted shows once the vote is closed" in page
    assert not any(each in page for each in HOW)
    cast_vote(actor=cora, motion=motion, user=cora, choice="abstain")
    view = seen_by(cora, motion)
    assert (view.concealed, view.my_vote, view.may_vote) == (True, "abstain", True)
    assert [each.vote for each in view.roll] == [None] * 5
    assert (view.tally.for_count, view.tally.against_count, view.tally.abstain_count) == (None, None, None)
    page = page_of(sign_in, cora, motion)
    assert "You voted abstain" in page
    assert "how others voted shows once the vote is closed" in page
    assert not any(each in page for each in HOW)


def test_whoever_records_the_roll_sees_only_who_has_voted(world, sign_in, motion):
    view = seen_by(world.coordinator, motion)
    assert [(each.voted, each.vote) for each in view.roll] == [(True, None)] * 2 + [(False, None)] * 3
    page = page_of(sign_in, world.coordinator, motion)
    assert "how others voted shows once the vote is closed" in page
    assert not any(each in page for each in HOW)
    roll = page.split("Record the roll")[1]
    for choice in VoteChoice.values:  # which button is missing says nothing
        assert roll.count(f'name="choice" value="{choice}"') == 5


def test_once_the_vote_is_closed_everybody_sees_it(world, sign_in, motion):
    voted(motion, world.members[2:])
    close_vote(actor=world.coordinator, motion=motion)
    for viewer in (world.coordinator, world.members[0]):
        assert seen_by(viewer, motion).tally.for_count == 4
        assert all(each in page_of(sign_in, viewer, motion) for each in HOW)


def test_a_withdrawn_motion_tells_nobody(world, motion):
    withdraw_motion(actor=world.coordinator, motion=motion)
    for viewer in (world.coordinator, world.members[0], world.members[2]):
        assert [each.vote for each in seen_by(viewer, motion).roll] == [None, None]


def test_where_the_bylaws_ask_for_nothing_votes_show_as_they_are_given(world, sign_in):
    motion = moved(world, world.item(world.recommended()))
    voted(motion, [world.members[0]])
    for viewer in (world.coordinator, world.members[2]):
        view = seen_by(viewer, motion)
        assert (view.concealed, view.tally.for_count) == (False, 1)
        assert "independent votes" not in page_of(sign_in, viewer, motion)


def test_the_bylaws_of_another_body_do_not_conceal(world):
    world.parameter("bylaws.vote_visibility", "independent", subject="mec")
    motion = moved(world, world.item(world.recommended()))
    voted(motion, [world.members[0]])
    assert not seen_by(world.members[2], motion).concealed


def test_neither_lists_nor_their_exports_nor_today_nor_the_trail_say_how_somebody_voted(
    world, sign_in, motion
):
    lists = [reverse("bylaws:meetings"), reverse("bylaws:reviews")]
    lists.append(reverse("bylaws:review", args=[motion.agenda_item.step.uid]))
    for user in (world.members[2], world.coordinator):
        for url in lists:
            for asked in ({}, {"format": "csv"}):
                answer = sign_in(user).get(url, asked)
                body = b"".join(answer) if answer.streaming else answer.content
                assert "Against" not in body.decode()
        items = meetings.meetings_this_week(user, world.facility, 5)[1]
        assert "gainst" not in str(items)
    told = str(list(AuditEvent.objects.filter(verb__startswith="motion.").values_list("data", "reason")))
    assert Vote.objects.count() == 2
    assert "against" not in told


def test_the_api_offers_no_votes(world, sign_in):
    schema = sign_in(world.coordinator).get(reverse("api:schema")).json()
    assert not [path for path in schema["paths"] if "vote" in path or "motion" in path or "meeting" in path]
    assert '"votes"' not in json.dumps(schema["components"]["schemas"])


def test_the_parameter_takes_one_of_two_words_and_says_what_it_means():
    declared = definition(VOTE_VISIBILITY.code)
    assert check_value(declared, "independent") == "independent"
    with pytest.raises(Refused, match="must be open or independent"):
        check_value(declared, True)
    assert in_words(VOTE_VISIBILITY.code, "independent") == "how others voted shows once the vote is closed"
    assert in_words(VOTE_VISIBILITY.code, "open") == "votes show as they are given"
