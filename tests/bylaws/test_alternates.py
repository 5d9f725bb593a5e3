"""Alternates of seats and offices act where whom they stand in for may not or cannot, and only there."""

import datetime as dt

import pytest
from django.urls import reverse

from bylaws.choices import Body, CommitteeKind, Office, SeatRole
from bylaws.models import Alternate, CommitteeSeat, Decision
from bylaws.selectors.committees import quorum
from bylaws.selectors.decisions import frozen_record, get_decision, roll_of
from bylaws.selectors.interests import interests_before, rulers_of
from bylaws.selectors.meetings import get_meeting, meeting_view, movers_of
from bylaws.selectors.reviews import get_step, next_actor, reviewers_of, steps_for
from bylaws.services.alternates import (
    declare_absence,
    designate_for_office,
    designate_for_seat,
    end_absence,
    end_alternate,
)
from bylaws.services.committees import end_seat
from bylaws.services.interests import declare_interest, rule_on_interest
from bylaws.services.motions import cast_vote, close_vote, move
from bylaws.services.presence import mark_present, recuse
from bylaws.services.reviews import recommend
from config.accounts.choices import Role
from config.accounts.models import User
from config.accounts.services.users import end_role
from config.audit.models import AuditEvent
from config.kernel.errors import Forbidden, Refused
from tests.bylaws.test_minutes import record
from tests.bylaws.world import TODAY

pytestmark = pytest.mark.django_db
CREDENTIALS = CommitteeKind.CREDENTIALS_COMMITTEE
DAY = dt.timedelta(days=1)


def anew(user):
    """The person as they come with the next request: nothing kept of the last one."""
    return User.objects.get(pk=user.pk)


def seat_of(world, kind, user):
    return CommitteeSeat.objects.select_related("committee__facility", "user").get(
        committee=world.committees[kind], user=user
    )


def designated(world, kind, member, user, **more):
    return designate_for_seat(actor=world.coordinator, seat=seat_of(world, kind, member), user=user, **more)


def away(world, user, start=TODAY, last=TODAY + 7 * DAY):
    return declare_absence(actor=user, facility=world.facility, user=user, start=start, last_day=last)


@pytest.fixture
def alternate(world):
    """A physician leader without a seat of her own."""
    return world.user("Alma Stead", Role.DEPARTMENT_CHAIR)


# --- a department ---------------------------------------------------------------------------------------


@pytest.fixture
def no_vice(world):
    """The department has a chair alone."""
    end_seat(
        actor=world.coordinator,
        seat=seat_of(world, CommitteeKind.DEPARTMENT, world.vice_chair),
        day=TODAY,
        reason="Term over",
    )


def test_an_alternate_of_the_chair_acts_while_the_chair_is_away_and_is_the_one_who_is_reminded(
    world, alternate, no_vice
):
    designated(world, CommitteeKind.DEPARTMENT, world.chair, alternate)
    case = world.case()
    step = world.step(case, Body.DEPARTMENT_CHAIR)
    assert [each.user for each in reviewers_of(step)] == [world.chair]
    assert get_step(viewer=anew(alternate), uid=step.uid) is None
    with pytest.raises(Forbidden, match="Ines Calloway recommends"):
        recommend(actor=alternate, step=step, lines=world.answers(case))
    absence = away(world, world.chair)
    waits = next_actor(step)
    assert (waits.user, waits.role) == (alternate, "alternate of the chair of Surgery")
    assert waits.what == "the chair is away until 17 Mar 2026"
    assert get_step(viewer=anew(alternate), uid=step.uid) == step
    assert list(steps_for(anew(alternate))) == [step]
    end_absence(actor=world.chair, absence=absence, day=TODAY)
    assert next_actor(step).user == world.chair
    away(world, world.chair)
    decision = recommend(actor=alternate, step=step, lines=world.answers(case))
    capacity = frozen_record(decision)["capacity"]
    assert capacity == "Alternate of the chair: the chair is away until 17 Mar 2026"


def test_the_vice_chair_comes_before_the_alternate_and_the_chair_who_is_away_last(world, alternate):
    designated(world, CommitteeKind.DEPARTMENT, world.chair, alternate)
    step = world.step(world.case(), Body.DEPARTMENT_CHAIR)
    away(world, world.chair)
    able = reviewers_of(step)
    assert [each.user for each in able] == [world.vice_chair, alternate, world.chair]
    assert [each.stands_in for each in able] == [True, True, False]
    away(world, world.vice_chair)
    assert [each.user for each in reviewers_of(step)] == [alternate, world.chair, world.vice_chair]


def test_where_nobody_stands_in_the_chair_who_is_away_is_still_the_one_who_acts(world, no_vice):
    step = world.step(world.case(), Body.DEPARTMENT_CHAIR)
    away(world, world.chair)
    waits = next_actor(step)
    assert (waits.user, waits.what) == (world.chair, "the chair is away until 17 Mar 2026")
    assert recommend(actor=world.chair, step=step, lines=world.answers(step.case))


def test_an_alternate_acts_for_the_applicant_and_for_whoever_declared_an_interest(world, alternate, no_vice):
    designated(world, CommitteeKind.DEPARTMENT, world.chair, alternate)
    own = world.case(world.practitioner("Ines Calloway", user=world.chair))
    assert next_actor(world.step(own, Body.DEPARTMENT_CHAIR)).user == alternate
    assert get_step(viewer=anew(alternate), uid=world.step(own, Body.DEPARTMENT_CHAIR).uid)
    step = world.step(world.case(), Body.DEPARTMENT_CHAIR)
    assert get_step(viewer=anew(alternate), uid=step.uid) is None
    declare_interest(actor=world.chair, step=step, kind="relative")
    assert next_actor(step).user == alternate
    assert get_step(viewer=anew(alternate), uid=step.uid) == step


def test_an_alternate_does_not_act_on_the_own_file_nor_after_the_last_day(world, alternate, no_vice):
    designated(world, CommitteeKind.DEPARTMENT, world.chair, alternate, last_day=TODAY + DAY)
    away(world, world.chair)
    own = world.case(world.practitioner("Alma Stead", user=alternate))
    assert next_actor(world.step(own, Body.DEPARTMENT_CHAIR)).user == world.chair
    step = world.step(world.case(), Body.DEPARTMENT_CHAIR)
    assert reviewers_of(step, TODAY + DAY)[0].user == alternate
    assert reviewers_of(step, TODAY + 2 * DAY)[0].user == world.chair


def test_an_alternate_without_the_role_any_more_is_passed_over(world, alternate, no_vice):
    designated(world, CommitteeKind.DEPARTMENT, world.chair, alternate)
    away(world, world.chair)
    step = world.step(world.case(), Body.DEPARTMENT_CHAIR)
    assert next_actor(step).user == alternate
    role = alternate.role_assignments.get()
    end_role(actor=world.system, assignment=role, day=TODAY, reason="Left")
    assert next_actor(step).user == world.chair


# --- an office ------------------------------------------------------------------------------------------


def test_an_alternate_of_an_office_acts_where_neither_officer_nor_designee_can(world, alternate):
    president = world.user("Pia Poole", Role.MEDICAL_STAFF_PRESIDENT)
    world.parameter("bylaws.approval_chain", ["staff_president", "mec", "board"], subject="initial")
    designate_for_office(
        actor=world.coordinator, facility=world.facility, office=Office.STAFF_PRESIDENT, user=alternate
    )
    case = world.case()
    step = world.step(case, Body.STAFF_PRESIDENT)
    assert next_actor(step).user == president
    away(world, president)
    waits = next_actor(step)
    assert (waits.user, waits.what) == (alternate, "the medical staff president is away until 17 Mar 2026")
    assert list(steps_for(anew(alternate))) == [step]
    decision = recommend(actor=alternate, step=step, lines=world.answers(case))
    assert frozen_record(decision)["capacity"].startswith("Alternate of the medical staff president: ")
    other = world.step(world.case(), Body.STAFF_PRESIDENT)
    declare_interest(actor=alternate, step=other, kind="partner")
    assert [each.user for each in interests_before(other, TODAY)] == [alternate]
    assert next_actor(other).user == president, "away, and the only one left"


def test_while_the_officer_can_act_the_alternate_of_an_office_neither_sees_nor_is_asked(world, alternate):
    president = world.user("Pia Poole", Role.MEDICAL_STAFF_PRESIDENT)
    world.parameter("bylaws.approval_chain", ["staff_president", "mec", "board"], subject="initial")
    designate_for_office(
        actor=world.coordinator, facility=world.facility, office=Office.STAFF_PRESIDENT, user=alternate
    )
    step, other = (world.step(world.case(), Body.STAFF_PRESIDENT) for _ in range(2))
    own = world.case(world.practitioner("Pia Poole", user=president))
    declare_interest(actor=president, step=other, kind="partner")
    mine = {other, world.step(own, Body.STAFF_PRESIDENT)}
    assert get_step(viewer=anew(alternate), uid=step.uid) is None
    assert set(steps_for(anew(alternate))) == mine, "the president takes no part in these"
    assert get_step(viewer=anew(alternate), uid=other.uid) == other
    away(world, president)
    assert set(steps_for(anew(alternate))) == {step, *mine}
    assert get_step(viewer=anew(alternate), uid=step.uid) == step


# --- a committee ----------------------------------------------------------------------------------------


@pytest.fixture
def item(world, alternate):
    """The file before the credentials committee; Alma stands in for Ben, everybody is there."""
    designated(world, CREDENTIALS, world.members[1], alternate)
    item = world.item(world.recommended())
    mark_present(actor=alternate, meeting=item.meeting, user=alternate)
    return item


def motion_on(world, item, mover=2, seconder=3):
    people = [world.members[each] if isinstance(each, int) else each for each in (mover, seconder)]
    return move(
        actor=world.coordinator, item=item, mover=people[0], seconder=people[1],
        lines=world.answers(item.step.case),
    )  # fmt: skip


def test_while_the_member_takes_part_the_alternate_has_no_vote_and_does_not_count(world, alternate, item):
    motion = motion_on(world, item)
    with pytest.raises(Refused, match="in this matter: the member they stand in for takes part"):
        cast_vote(actor=alternate, motion=motion, user=alternate, choice="for")
    assert quorum(item.meeting, item).present == 5
    assert alternate not in movers_of(item)
    (view,) = meeting_view(viewer=anew(alternate), meeting=item.meeting).items
    assert view.aside
    assert get_step(viewer=anew(alternate), uid=item.step.uid) is None


def test_for_a_recused_member_the_alternate_moves_votes_and_counts(world, alternate, item):
    recuse(actor=world.coordinator, item=item, user=world.members[1], reason="Partner")
    counted = quorum(item.meeting, item)
    assert (counted.base, counted.present) == (5, 5)
    assert get_step(viewer=anew(alternate), uid=item.step.uid) == item.step
    assert alternate in movers_of(item)
    (view,) = meeting_view(viewer=anew(alternate), meeting=item.meeting).items
    assert not view.aside
    motion = motion_on(world, item, mover=alternate)
    with pytest.raises(Refused, match="Ben Member is recused"):
        cast_vote(actor=world.members[1], motion=motion, user=world.members[1], choice="for")
    for user in (alternate, world.members[0], *world.members[2:]):
        cast_vote(actor=user, motion=motion, user=user, choice="for")
    motion = close_vote(actor=world.coordinator, motion=motion)
    assert (motion.quorum["for"], motion.quorum["present"], motion.quorum["base"]) == (5, 5, 5)
    decision = Decision.objects.get(motion=motion)
    assert [each["name"] for each in decision.recusals] == ["Ben Member"]


def test_a_tie_by_which_the_member_takes_part_all_the_same_opens_nothing_to_the_alternate(
    world, alternate, item
):
    interest = declare_interest(actor=world.members[1], step=item.step, kind="partner")
    assert get_step(viewer=anew(alternate), uid=item.step.uid) == item.step, "not ruled on yet"
    rule_on_interest(
        actor=world.members[0], interest=interest, ruling="takes_part", reason="Years ago, and remote"
    )
    assert get_step(viewer=anew(alternate), uid=item.step.uid) is None
    assert not steps_for(anew(alternate)).exists()


def test_an_alternate_reads_the_decision_and_the_roll_of_the_votes_they_gave_and_no_others(world, alternate):
    designated(world, CREDENTIALS, world.members[1], alternate)
    absence = away(world, world.members[1])
    others = [world.members[0], *world.members[2:]]
    item = world.item(world.recommended(), present=[alternate, *others])
    motion = motion_on(world, item, mover=alternate)
    for user in (alternate, *others):
        cast_vote(actor=user, motion=motion, user=user, choice="for")
    close_vote(actor=world.coordinator, motion=motion)
    decision = Decision.objects.get(motion=motion)
    unvoted = record(world, world.recommended(), mover="Cora Member", seconder="Dan Member")
    end_absence(actor=world.members[1], absence=absence, day=TODAY)
    viewer = anew(alternate)
    assert get_step(viewer=viewer, uid=item.step.uid) is None, "the member is back"
    assert get_decision(viewer=viewer, uid=decision.uid) == decision
    assert {vote.user for vote in roll_of(decision, viewer)} == {alternate, *others}
    assert get_decision(viewer=viewer, uid=unvoted.uid) is None
    end_alternate(actor=world.coordinator, alternate=Alternate.objects.get(), day=TODAY, reason="Moved away")
    assert get_decision(viewer=anew(alternate), uid=decision.uid) is None
    assert roll_of(decision, anew(alternate)) == []


def test_for_a_member_who_is_away_the_alternate_sits_until_the_member_comes_all_the_same(world, alternate):
    designated(world, CREDENTIALS, world.members[1], alternate)
    away(world, world.members[1])
    others = [world.members[0], *world.members[2:]]
    item = world.item(world.recommended(), present=others)
    assert get_meeting(viewer=anew(alternate), uid=item.meeting.uid) == item.meeting
    mark_present(actor=alternate, meeting=item.meeting, user=alternate)
    assert quorum(item.meeting, item).present == 5
    motion = motion_on(world, item, mover=alternate)
    cast_vote(actor=alternate, motion=motion, user=alternate, choice="for")
    mark_present(actor=world.coordinator, meeting=item.meeting, user=world.members[1])
    assert quorum(item.meeting, item).present == 5
    with pytest.raises(Refused, match="takes part"):
        cast_vote(actor=alternate, motion=motion, user=alternate, choice="against")


def test_the_meeting_lists_the_alternate_and_lets_them_say_that_they_are_here(world, alternate, sign_in):
    designated(world, CREDENTIALS, world.members[1], alternate)
    item = world.item(world.recommended())
    url = reverse("bylaws:meeting", args=[item.meeting.uid])
    page = sign_in(world.coordinator).get(url).content.decode()
    assert "Alternate of Ben Member" in page
    client = sign_in(alternate)
    assert "the member you stand in for takes part in this matter" in client.get(url).content.decode()
    here = client.post(
        reverse("bylaws:presence", args=[item.meeting.uid]), {"user": alternate.uid, "here": "yes"}
    )
    assert here.status_code == 303


def test_the_chairs_alternate_rules_and_is_reminded_where_there_is_no_vice_chair(world, alternate):
    designated(world, CREDENTIALS, world.members[0], alternate)
    item = world.item(world.recommended())
    assert next_actor(item.step).user == world.members[0]
    assert rulers_of(item.step, TODAY, of=world.members[1]) == [world.members[0]]
    away(world, world.members[0])
    waits = next_actor(item.step)
    assert (waits.user, waits.role) == (alternate, "alternate of the chair, Credentials committee")
    assert rulers_of(item.step, TODAY, of=world.members[1]) == [alternate]


def test_an_alternate_is_offered_to_declare_an_interest(world, alternate, item, sign_in):
    recuse(actor=world.coordinator, item=item, user=world.members[1], reason="Partner")
    path = reverse("bylaws:interests", args=[item.step.uid])
    client = sign_in(alternate)
    assert 'name="kind"' in client.get(path).content.decode()
    assert client.post(path, {"kind": "partner", "note": ""}).status_code == 303
    assert item.step.interests.get().user == alternate


def test_minutes_name_the_alternate_who_moved(world, alternate):
    designated(world, CREDENTIALS, world.members[1], alternate, start=TODAY - 30 * DAY)
    case = world.recommended()
    assert record(world, case, mover="Alma Stead").mover == "Alma Stead"


def test_minutes_name_an_alternate_with_a_tie_as_recused_only_where_they_sat(world, alternate):
    designated(world, CREDENTIALS, world.members[1], alternate, start=TODAY - 30 * DAY)
    case, other = world.recommended(), world.recommended()
    for each in (case, other):
        declare_interest(actor=alternate, step=world.step(each, Body.CREDENTIALS_COMMITTEE), kind="partner")
    with pytest.raises(Refused, match="Alma Stead declared an interest that is not ruled on: name them"):
        record(world, case, mover="Alma Stead", seconder="Cora Member")
    recused = [{"name": "Ben Member", "reason": "Partner"}]
    with pytest.raises(Refused, match="Alma Stead declared an interest"):
        record(world, case, seconder="Cora Member", recusals=recused)
    both = [*recused, {"name": "Alma Stead", "reason": "Partner"}]
    assert record(world, case, seconder="Cora Member", recusals=both, votes_for=3).recusals == both
    assert record(world, other).recusals == [], "Ben took part, and she was not there"


# --- who is designated, and who says so -----------------------------------------------------------------


def test_what_a_designation_needs(world, alternate):
    with pytest.raises(Refused, match="sits on the Credentials Committee"):
        designated(world, CREDENTIALS, world.members[1], world.members[2])
    with pytest.raises(Refused, match="no role at Test Hospital by which"):
        designated(world, CommitteeKind.DEPARTMENT, world.chair, world.members[2])
    with pytest.raises(Refused, match="no role at Test Hospital by which"):
        designated(world, CREDENTIALS, world.members[1], world.user("Wanda Ward", Role.LOOKUP))
    with pytest.raises(Forbidden):
        designate_for_seat(
            actor=world.members[0], seat=seat_of(world, CREDENTIALS, world.members[1]), user=alternate
        )
    member = world.user("Dora Plain", Role.DEPARTMENT_CHAIR)
    world.seat(CommitteeKind.DEPARTMENT, member, seat_role=SeatRole.MEMBER)
    with pytest.raises(Refused, match="through its chair and vice chair"):
        designated(world, CommitteeKind.DEPARTMENT, member, alternate)
    with pytest.raises(Refused, match="Choose an office"):
        designate_for_office(actor=world.coordinator, facility=world.facility, office="mec", user=alternate)
    assert not Alternate.objects.exists()


def test_a_designation_ends_and_is_on_record(world, alternate, no_vice):
    row = designated(world, CommitteeKind.DEPARTMENT, world.chair, alternate)
    away(world, world.chair)
    step = world.step(world.case(), Body.DEPARTMENT_CHAIR)
    end_alternate(actor=world.coordinator, alternate=row, day=TODAY, reason="Moved away")
    assert next_actor(step).user == world.chair
    with pytest.raises(Refused, match="is no alternate from"):
        end_alternate(actor=world.coordinator, alternate=row, day=TODAY, reason="Again")
    verbs = AuditEvent.objects.filter(verb__startswith="alternate.").values_list("verb", flat=True)
    assert list(verbs.order_by("pk")) == ["alternate.designated", "alternate.ended"]


def test_one_says_of_oneself_that_one_is_away_and_the_office_of_others(world):
    with pytest.raises(Forbidden, match="everybody may of themselves"):
        declare_absence(
            actor=world.members[0], facility=world.facility, user=world.chair, start=TODAY, last_day=TODAY
        )
    with pytest.raises(Refused, match="The last day of the absence"):
        away(world, world.chair, last=TODAY - DAY)
    absence = declare_absence(
        actor=world.coordinator, facility=world.facility, user=world.chair, start=TODAY, last_day=TODAY
    )
    with pytest.raises(Forbidden, match="everybody may of themselves"):
        end_absence(actor=world.members[0], absence=absence, day=TODAY)
    end_absence(actor=world.chair, absence=absence, day=TODAY)
    with pytest.raises(Refused, match="is not away from"):
        end_absence(actor=world.chair, absence=absence, day=TODAY)


def test_the_pages_designate_declare_and_end(world, alternate, sign_in):
    office, chair = sign_in(world.coordinator), sign_in(world.chair)
    path = reverse("bylaws:alternates")
    assert "Nobody is designated" in office.get(path).content.decode()
    # Only who may be away is offered, and nobody who left.
    gone = world.user("Nora Gone", Role.COMMITTEE_MEMBER)
    assert {gone, world.chair, *world.members} <= set(
        office.get(path).context["form"].fields["user"].queryset
    )
    end_role(actor=world.system, assignment=gone.role_assignments.get(), day=TODAY, reason="Left")
    assert gone not in office.get(path).context["form"].fields["user"].queryset
    seat = seat_of(world, CREDENTIALS, world.members[1])
    new = reverse("bylaws:alternate_new")
    assert office.post(new, {"place": "", "user": "", "start": ""}).status_code == 422
    sent = {"place": seat.uid, "user": alternate.uid, "start": TODAY.isoformat()}
    assert office.post(new, sent).status_code == 303
    assert office.post(new, sent | {"place": "staff_president"}).status_code == 303
    page = office.get(path).content.decode()
    assert "for Ben Member, Credentials Committee" in page
    assert "for the medical staff president" in page
    assert chair.get(new).status_code == 403
    days = {"start": TODAY.isoformat(), "last_day": (TODAY + DAY).isoformat()}
    assert chair.post(path, days).status_code == 303
    assert chair.post(path, days | {"last_day": ""}).status_code == 422
    assert "Ines Calloway" in chair.get(path).content.decode()
    assert "Ines Calloway" in office.get(path).content.decode()
    assert "Ines Calloway" not in sign_in(world.members[0]).get(path).content.decode()
    absence = world.chair.absences.get()
    back = reverse("bylaws:absence_end", args=[absence.uid])
    assert sign_in(world.members[0]).get(back).status_code == 403
    assert chair.post(back, {"day": TODAY.isoformat()}).status_code == 303
    row = Alternate.objects.get(seat=seat)
    end = reverse("bylaws:alternate_end", args=[row.uid])
    assert office.post(end, {"day": TODAY.isoformat(), "reason": "Over"}).status_code == 303
    assert "for Ben Member" not in office.get(path).content.decode()


def test_many_files_cost_the_queries_of_one(world, alternate, no_vice, django_assert_max_num_queries):
    designated(world, CommitteeKind.DEPARTMENT, world.chair, alternate)
    away(world, world.chair)
    for _ in range(3):
        world.case()
    with django_assert_max_num_queries(7):  # the person, roles, seats, designations, absences, files
        assert len(steps_for(anew(alternate))) == 3
