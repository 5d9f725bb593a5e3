"""What somebody is to do after a meeting."""

import datetime as dt
import uuid

import pytest
from django.db import Error, transaction
from django.urls import reverse

from bylaws import matters
from bylaws.choices import FollowUpState
from bylaws.models import FollowUp
from bylaws.selectors.follow_ups import follow_ups, open_follow_ups, state_of
from bylaws.services.agendas import add_matter, add_other_business
from bylaws.services.follow_ups import add_follow_up, finish_follow_up, give_follow_up
from bylaws.worklist.meetings import follow_ups_of_others, my_follow_ups
from config.accounts.choices import DataClass, Role
from config.accounts.services.users import end_role
from config.audit.models import AuditEvent, ProtectedRead
from config.kernel import clock
from config.kernel.errors import Conflict, Forbidden, Refused
from tests.bylaws.world import NOON, TODAY

pytestmark = pytest.mark.django_db
KIND = "sample-matter"
WEEK = TODAY + dt.timedelta(days=7)


@pytest.fixture(autouse=True)
def _kind(monkeypatch):
    kind = matters.MatterKind(KIND, DataClass.PEER_REVIEW, lambda viewer, uids: {})
    monkeypatch.setitem(matters._kinds, KIND, kind)


@pytest.fixture
def item(world):
    return add_other_business(actor=world.coordinator, meeting=world.meeting(), title="Parking")


@pytest.fixture
def matter(world, item):
    """A matter of peer review about Ben."""
    return add_matter(
        actor=world.coordinator, meeting=item.meeting, title="Marked evaluation",
        practitioner=world.practitioner("Ben Member", user=world.members[1]), subject_kind=KIND,
        subject_uid=uuid.uuid4(),
    )  # fmt: skip


def given(world, item, **more):
    told = {"what": "Ask for offers", "owner": world.members[0], "due": WEEK} | more
    return add_follow_up(actor=world.coordinator, item=item, **told)


def test_the_owner_and_the_office_see_it_until_it_is_done(world, item):
    one = given(world, item)
    mine = open_follow_ups(world.members[0], world.facility, everybody=False)
    assert list(mine) == [one]
    assert list(open_follow_ups(world.coordinator, world.facility, everybody=True)) == [one]
    assert not follow_ups(world.members[2], world.facility).exists()
    done = finish_follow_up(actor=world.members[0], follow_up=one, note="Three offers")
    assert (done.done_by, done.done_note) == (world.members[0], "Three offers")
    assert not open_follow_ups(world.members[0], world.facility, everybody=False).exists()
    with pytest.raises(Conflict, match="said already"):
        finish_follow_up(actor=world.coordinator, follow_up=one, note="Again")


def test_given_to_somebody_else_or_moved_with_a_trace(world, item, sign_in):
    one, later = given(world, item), WEEK + dt.timedelta(days=7)
    office, path = sign_in(world.coordinator), reverse("bylaws:follow_up_give", args=[one.uid])
    assert path in office.get(reverse("bylaws:follow_up_done", args=[one.uid])).content.decode()
    assert str(world.members[0]) in office.get(path).content.decode()
    sent = {"owner": str(world.members[2].uid), "due": later.isoformat()}
    assert office.post(path, sent | {"due": ""}).status_code == 422
    assert office.post(path, sent).status_code == 303
    one.refresh_from_db()
    assert (one.owner, one.due) == (world.members[2], later)
    told = AuditEvent.objects.get(verb="follow_up.changed").data
    assert (told["was_owner"], told["was_due"]) == (str(world.members[0]), WEEK.isoformat())
    for refused, field in (
        ({"owner": world.members[2], "due": later}, "due"),  # as it is
        ({"owner": world.members[2], "due": TODAY - dt.timedelta(days=1)}, "due"),
        ({"owner": world.user("Wendy Ward", Role.LOOKUP), "due": later}, "owner"),
    ):
        with pytest.raises(Refused) as why:
            give_follow_up(actor=world.coordinator, follow_up=one, **refused)
        assert why.value.field == field
    assert sign_in(world.members[2]).get(path).status_code == 403
    with pytest.raises(Forbidden):
        give_follow_up(actor=world.members[2], follow_up=one, owner=world.members[0], due=later)
    finish_follow_up(actor=world.members[2], follow_up=one, note="Three offers")
    with pytest.raises(Conflict, match="said already"):
        give_follow_up(actor=world.coordinator, follow_up=one, owner=world.members[0], due=later)


def test_a_matter_of_peer_review_is_given_to_nobody_it_is_closed_to(world, matter):
    one = given(world, matter)
    with pytest.raises(Refused, match="no part in this matter"):
        give_follow_up(actor=world.coordinator, follow_up=one, owner=world.members[1], due=WEEK)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"what": "  "}, "what"),
        ({"due": TODAY - dt.timedelta(days=1)}, "due"),
        ({"due": TODAY + dt.timedelta(days=800)}, "due"),
    ],
)
def test_what_is_mistyped_is_refused_at_its_field(world, item, more, field):
    with pytest.raises(Refused) as refused:
        given(world, item, **more)
    assert refused.value.field == field
    assert not FollowUp.objects.exists()
    assert given(world, item, due=TODAY).due == TODAY


def test_only_the_office_gives_and_only_owner_or_office_finish(world, item):
    with pytest.raises(Forbidden):
        add_follow_up(actor=world.members[0], item=item, what="x", owner=world.members[0], due=WEEK)
    one = given(world, item)
    with pytest.raises(Forbidden, match="says when it is done"):
        finish_follow_up(actor=world.members[2], follow_up=one, note="Done")
    with pytest.raises(Refused) as refused:
        finish_follow_up(actor=world.coordinator, follow_up=one, note=" ")
    assert refused.value.field == "note"


def test_nobody_owns_what_follows_from_a_matter_closed_to_them(world, matter):
    executive = world.user("Olive Outsider", Role.CHIEF_EXECUTIVE)
    for owner in (world.members[1], executive):
        with pytest.raises(Refused, match="no part in this matter"):
            given(world, matter, owner=owner)
    menu = add_other_business(actor=world.coordinator, meeting=matter.meeting, title="Menu")
    with pytest.raises(Refused, match="holds no role here"):
        given(world, menu, owner=world.user("Ada Admin", Role.ADMINISTRATOR))
    assert given(world, matter, owner=world.members[0])


def test_who_lost_the_class_neither_reads_nor_finishes_what_was_theirs(world, matter):
    one = given(world, matter, owner=world.members[0])
    assert list(follow_ups(world.members[0], world.facility)) == [one]
    for assignment in world.members[0].role_assignments.all():
        end_role(actor=world.system, assignment=assignment, day=TODAY, reason="Left the staff")
    assert not follow_ups(world.members[0], world.facility).exists()
    with pytest.raises(Forbidden, match="closed to you"):
        finish_follow_up(actor=world.members[0], follow_up=one, note="Done")


def test_the_office_reads_nothing_that_follows_from_a_matter_about_themselves(world, item):
    about = world.practitioner("Mara Quist", user=world.coordinator)
    own = add_matter(
        actor=world.director, meeting=item.meeting, title="Marked evaluation", practitioner=about,
        subject_kind=KIND, subject_uid=uuid.uuid4(),
    )  # fmt: skip
    one = add_follow_up(
        actor=world.director, item=own, what="Call the chair", owner=world.members[0], due=WEEK
    )
    assert one not in follow_ups(world.coordinator, world.facility)
    assert one in follow_ups(world.director, world.facility)


def test_the_trail_does_not_say_what_it_is(world, matter):
    given(world, matter, what="zyxwhat")
    event = AuditEvent.objects.get(verb="follow_up.given")
    assert "zyxwhat" not in str(event.data) + event.subject_label + event.reason


def test_the_database_keeps_done_whole(world, item):
    one = given(world, item)
    with pytest.raises(Error), transaction.atomic():
        FollowUp.objects.filter(pk=one.pk).update(done_note="half")


@pytest.mark.parametrize("query", ["", "?format=csv"])
def test_what_follows_from_peer_review_is_in_no_list_and_on_its_page(world, sign_in, item, matter, query):
    given(world, item, what="Ask for offers")
    closed = given(world, matter, what="zyxwhat")
    client = sign_in(world.members[0])
    answer = client.get(reverse("bylaws:follow_ups") + query)
    told = b"".join(answer) if answer.streaming else answer.content
    assert b"Ask for offers" in told
    assert b"zyxwhat" not in told
    assert b"After a matter of peer review" in told
    page = client.get(reverse("bylaws:follow_up_done", args=[closed.uid]))
    assert b"zyxwhat" in page.content
    assert ProtectedRead.objects.filter(subject_uid=closed.uid, actor_uid=world.members[0].uid).exists()


def test_what_is_late_is_shown_as_overdue_and_today_says_so(world, sign_in, item):
    one = given(world, item, due=TODAY)
    assert state_of(one) == FollowUpState.OPEN
    with clock.freeze(NOON + dt.timedelta(days=1)):
        assert state_of(one) == FollowUpState.OVERDUE
        total, shown = my_follow_ups(world.members[0], world.facility, 5)
        assert (total, shown[0].title, shown[0].colour) == (1, "Ask for offers", "bad")
        total, shown = follow_ups_of_others(world.coordinator, world.facility, 5)
        assert (total, shown[0].title) == (1, "Ask for offers")
        done = finish_follow_up(actor=world.members[0], follow_up=one, note="Three offers")
        assert state_of(done) == FollowUpState.DONE
