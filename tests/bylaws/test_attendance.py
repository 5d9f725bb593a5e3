"""BL-MTG-1: golden cases of the duty to attend, and the sheet it is judged by."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bylaws.choices import BarKind, CommitteeKind, StaffPresence
from bylaws.models import Committee, Meeting, StaffAttendance
from bylaws.rules import attendance
from bylaws.selectors.duties import sheets_missing
from bylaws.services.bars import open_bar
from bylaws.services.committees import form_committee
from bylaws.services.duties import record_staff_attendance
from bylaws.services.meetings import adjourn, call_to_order, cancel_meeting, schedule_meeting
from bylaws.services.presence import mark_present
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.rulebook.rules import judge_many
from config.rulebook.selectors.parameters import Bound
from config.rulebook.verdicts import Outcome
from practitioners.services.merging import merge_records
from tests.bylaws.world import TODAY

MET, NOT_MET, UNKNOWN, NOT_APPLICABLE = (
    Outcome.MET,
    Outcome.NOT_MET,
    Outcome.UNKNOWN,
    Outcome.NOT_APPLICABLE,
)
DAY = dt.timedelta(days=1)
JANUARY, FEBRUARY, MARCH, APRIL = (dt.date(2026, month, 20) for month in (1, 2, 3, 4))


@pytest.fixture
def staff(world):
    """The medical staff as a body, beside the department of surgery."""
    general = form_committee(
        actor=world.system, facility=world.facility, kind=CommitteeKind.GENERAL_STAFF, name="Medical staff"
    )
    world.committees[CommitteeKind.GENERAL_STAFF] = general
    return general


@pytest.fixture
def member(world):
    practitioner = world.practitioner()
    world.appoint(practitioner, dt.date(2025, 1, 1), dt.date(2026, 12, 31))
    return practitioner


def held(world, committee: Committee, day: dt.date) -> Meeting:
    """A meeting that took place."""
    with clock.freeze(dt.datetime.combine(day, dt.time(18), dt.UTC)):
        meeting = schedule_meeting(actor=world.coordinator, committee=committee, starts_at=clock.now())
        return adjourn(
            actor=world.coordinator, meeting=call_to_order(actor=world.coordinator, meeting=meeting)
        )


def sheet(world, meeting, *people, presence=StaffPresence.PRESENT, excuse="On call"):
    """Written down the day after."""
    day = clock.date_at(meeting.starts_at, world.facility) + DAY
    with clock.freeze(dt.datetime.combine(day, dt.time(18), dt.UTC)):
        record_staff_attendance(
            actor=world.coordinator,
            meeting=meeting,
            said=dict.fromkeys(people, str(presence)),
            excuse=excuse if presence == StaffPresence.EXCUSED else "",
        )


def judged(world, member, on, known_at=None):
    found = judge_many(
        attendance.RULE, facility=world.facility, on=on, known_at=known_at, practitioner_ids=[member.pk]
    )
    return found[member.pk]


@pytest.fixture
def other(world):
    practitioner = world.practitioner("Bela Other")
    world.appoint(practitioner, dt.date(2025, 1, 1), dt.date(2026, 12, 31))
    return practitioner


class TestJudged:
    def test_the_day_of_the_meeting_that_tips_it_and_the_days_beside(self, world, staff, member, other):
        """One of two is half, which is asked for; one of three is below."""
        for day, who in ((JANUARY, member), (FEBRUARY, other), (MARCH, other)):
            sheet(world, held(world, staff, day), who)
        assert judged(world, member, MARCH - DAY).outcome == MET
        verdict = judged(world, member, MARCH)
        assert (verdict.outcome, verdict.since) == (NOT_MET, MARCH)
        assert verdict.sentence == (
            "1 of 3 meetings = 33 %, below 50 %, in the medical staff year from 1 Jan 2026."
        )
        assert verdict.cure == "Attend the next meeting, or have an excuse accepted."
        assert verdict.due == dt.date(2026, 12, 31)
        later = judged(world, member, MARCH + DAY)
        assert (later.outcome, later.since) == (NOT_MET, MARCH)

    def test_the_next_attended_cures(self, world, staff, member, other):
        for day, who in ((JANUARY, member), (FEBRUARY, other), (MARCH, other), (APRIL, member)):
            sheet(world, held(world, staff, day), who)
        assert judged(world, member, APRIL - DAY).outcome == NOT_MET
        assert judged(world, member, APRIL).outcome == MET

    def test_another_category_has_no_duty(self, world, staff, other):
        honorary = world.practitioner("Hana Emerita")
        world.appoint(honorary, dt.date(2025, 1, 1), dt.date(2026, 12, 31), category="honorary")
        sheet(world, held(world, staff, JANUARY), other)
        verdict = judged(world, honorary, FEBRUARY)
        assert verdict.outcome == NOT_APPLICABLE
        assert verdict.sentence == "The category Honorary has no duty to attend meetings."

    def test_nobody_written_down_is_unknown_and_never_met(self, world, staff, member):
        held(world, staff, JANUARY)
        verdict = judged(world, member, FEBRUARY)
        assert verdict.outcome == UNKNOWN
        assert verdict.cure == "Record who was at the meeting of 20 Jan 2026."

    def test_what_is_not_known_matters_only_where_it_could_turn_the_verdict(
        self, world, staff, member, other
    ):
        sheet(world, held(world, staff, JANUARY), member)
        held(world, staff, FEBRUARY)
        assert judged(world, member, MARCH).outcome == MET
        assert judged(world, other, MARCH).outcome == UNKNOWN
        sheet(world, held(world, staff, MARCH), member)
        assert judged(world, other, MARCH).outcome == NOT_MET

    def test_no_meeting_held_asks_nothing(self, world, staff, member):
        verdict = judged(world, member, FEBRUARY)
        assert (verdict.outcome, verdict.sentence) == (
            NOT_APPLICABLE,
            "No meeting that counts was held since 1 Jan 2026.",
        )

    def test_without_an_appointment(self, world, staff):
        assert judged(world, world.practitioner("No Member"), FEBRUARY).outcome == NOT_APPLICABLE

    def test_meetings_before_joining_do_not_count(self, world, staff, other):
        sheet(world, held(world, staff, JANUARY), other)
        late = world.practitioner("Lena Late")
        world.appoint(late, JANUARY + DAY, dt.date(2026, 12, 31))
        assert judged(world, late, FEBRUARY).outcome == NOT_APPLICABLE
        first = world.practitioner("Fay First")
        world.appoint(first, JANUARY, dt.date(2026, 12, 31))
        assert judged(world, first, FEBRUARY).outcome == NOT_MET

    def test_an_excuse_accepted_does_not_count_either_way(self, world, staff, member, other):
        sheet(world, held(world, staff, JANUARY), member)
        meeting = held(world, staff, FEBRUARY)
        sheet(world, meeting, other)
        sheet(world, meeting, member, presence=StaffPresence.EXCUSED)
        verdict = judged(world, member, MARCH)
        assert (verdict.outcome, verdict.facts["held"], verdict.facts["excused"]) == (MET, 1, 1)

    def test_nor_does_a_meeting_on_leave(self, world, staff, member, other):
        open_bar(
            actor=world.coordinator, practitioner=member, facility=world.facility, kind=BarKind.LEAVE,
            start=JANUARY, end=JANUARY + DAY, cause="Military service",
        )  # fmt: skip
        sheet(world, held(world, staff, JANUARY), other)
        verdict = judged(world, member, FEBRUARY)
        assert verdict.outcome == NOT_APPLICABLE
        assert verdict.sentence == "Excused or on leave at every meeting since 1 Jan 2026."

    def test_the_own_department_counts_and_another_does_not(self, world, staff, member, other):
        medicine = world.practitioner("Mona Medicine")
        world.appoint(medicine, dt.date(2025, 1, 1), dt.date(2026, 12, 31), department=world.medicine)
        sheet(world, held(world, world.committees[CommitteeKind.DEPARTMENT], JANUARY), other)
        assert judged(world, member, FEBRUARY).outcome == NOT_MET
        assert judged(world, medicine, FEBRUARY).outcome == NOT_APPLICABLE

    def test_a_committee_is_no_meeting_of_the_staff(self, world, staff, member):
        held(world, world.committees[CommitteeKind.MEC], JANUARY)
        assert judged(world, member, FEBRUARY).outcome == NOT_APPLICABLE

    def test_remote_counts_unless_the_bylaws_say_otherwise(self, world, staff, member):
        sheet(world, held(world, staff, JANUARY), member, presence=StaffPresence.REMOTE)
        assert judged(world, member, FEBRUARY).outcome == MET
        world.parameter("bylaws.attendance_remote", "does_not_count")
        assert judged(world, member, FEBRUARY).outcome == NOT_MET

    def test_before_the_first_meeting_of_a_year_the_year_before_speaks(self, world, staff, member, other):
        sheet(world, held(world, staff, dt.date(2025, 11, 4)), other)
        verdict = judged(world, member, JANUARY)
        assert (verdict.outcome, verdict.facts["year_from"]) == (NOT_MET, dt.date(2025, 1, 1))
        assert "The year ended with 31 Dec 2025" in verdict.cure
        sheet(world, held(world, staff, JANUARY), member)
        assert judged(world, member, JANUARY).outcome == MET

    def test_the_year_begins_when_the_bylaws_say(self, world, staff, member, other):
        sheet(world, held(world, staff, JANUARY), other)
        world.parameter("bylaws.staff_year_month", 2)
        sheet(world, held(world, staff, FEBRUARY), member)
        assert judged(world, member, MARCH).facts["year_from"] == dt.date(2026, 2, 1)
        assert judged(world, member, MARCH).outcome == MET

    def test_a_share_amended_within_the_year_asks_from_its_first_day_of_the_whole_year(
        self, world, staff, member, other
    ):
        """One of two is half. The day before sixty percent take effect is judged by fifty."""
        for day, who in ((JANUARY, member), (FEBRUARY, other)):
            sheet(world, held(world, staff, day), who)
        world.parameter("bylaws.attendance_percent", 60, start=MARCH)
        assert judged(world, member, MARCH - DAY).outcome == MET
        verdict = judged(world, member, MARCH)
        assert (verdict.outcome, verdict.facts["percent_asked"]) == (NOT_MET, 60)
        assert judged(world, member, MARCH - DAY).facts["percent_asked"] == 50

    def test_as_known_before_the_sheet_was_written(self, world, staff, member, other):
        meeting = held(world, staff, APRIL)
        sheet(world, meeting, other)
        assert judged(world, member, APRIL).outcome == NOT_MET
        then = dt.datetime.combine(APRIL, dt.time(23), dt.UTC)
        assert judged(world, member, APRIL, known_at=then).outcome == UNKNOWN
        before = dt.datetime.combine(APRIL, dt.time(2), dt.UTC)
        assert judged(world, member, APRIL, known_at=before).outcome == NOT_APPLICABLE

    def test_who_was_counted_for_the_quorum_was_there(self, world, staff):
        user = world.mec_members[0]
        member = world.practitioner("Fay Mec", user=user)
        world.appoint(member, dt.date(2025, 1, 1), dt.date(2026, 12, 31))
        world.seat(CommitteeKind.GENERAL_STAFF, user, seat_role="chair", votes=True)
        with clock.freeze(dt.datetime.combine(JANUARY, dt.time(18), dt.UTC)):
            world.meeting(CommitteeKind.GENERAL_STAFF)
        meeting = Meeting.objects.latest("pk")
        with clock.freeze(dt.datetime.combine(JANUARY, dt.time(20), dt.UTC)):
            come_and_go(world, meeting, user)
        assert judged(world, member, FEBRUARY).outcome == MET
        # Of nobody else it says that they were not there: the sheet is still to be written.
        unmarked = world.practitioner("Una Marked")
        world.appoint(unmarked, dt.date(2025, 1, 1), dt.date(2026, 12, 31))
        assert judged(world, unmarked, FEBRUARY).outcome == UNKNOWN
        with clock.freeze(dt.datetime.combine(FEBRUARY, dt.time(18), dt.UTC)):
            assert list(sheets_missing(world.facility)) == [meeting]


def come_and_go(world, meeting, user):
    mark_present(actor=world.coordinator, meeting=meeting, user=user)
    adjourn(actor=world.coordinator, meeting=meeting)


@given(
    st.lists(st.sampled_from(["present", "absent", "excused", "remote", ""]), max_size=12),
    st.integers(0, 100),
)
def test_more_asked_of_members_never_makes_anybody_comply(said, percent):
    """Over every short history: the counts add up, a higher share only turns to worse, and what is not known
    is never met by itself.
    """
    facts = {
        "on": dt.date(2026, 12, 31),
        "member": True,
        "category": "Active",
        "meetings": [
            {
                "day": dt.date(2026, month, 1),
                "kind": "general_staff",
                "category": "active",
                "said": each,
                "away": False,
            }
            for month, each in enumerate(said, start=1)
        ],
    }
    worse = {MET: 0, NOT_APPLICABLE: 0, UNKNOWN: 1, NOT_MET: 2}
    outcomes = [attendance.judge(facts, _bound(share)).outcome for share in (percent, min(100, percent + 10))]
    assert worse[outcomes[0]] <= worse[outcomes[1]]
    counted = [each for each in said if each != "excused"]
    sure = sum(each in ("present", "remote") for each in counted)
    if outcomes[0] == MET:
        assert sure * 100 >= percent * len(counted)
    if not counted:
        assert outcomes[0] == NOT_APPLICABLE


def _bound(percent):
    values = {
        "bylaws.attendance_percent": percent,
        "bylaws.attendance_categories": ["active"],
        "bylaws.attendance_meetings": ["general_staff"],
        "bylaws.attendance_remote": "counts",
        "bylaws.staff_year_month": 1,
    }
    return {code: Bound(code, "", value, source="Bylaws") for code, value in values.items()}


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("bylaws.attendance_categories", "The categories with the duty to attend meetings are not set"),
        ("bylaws.attendance_meetings", "The meetings members have the duty to attend are not set"),
    ],
)
def test_a_list_nobody_set_is_unknown_and_an_empty_one_asks_nothing(code, sentence):
    """Nothing recorded about who has the duty does not say that nobody has."""
    facts = {"on": dt.date(2026, 12, 31), "member": True, "category": "Active", "meetings": []}
    unset = attendance.judge(facts, _bound(50) | {code: Bound(code, "", None)})
    assert (unset.outcome, unset.sentence) == (UNKNOWN, f"{sentence} for this facility.")
    assert "among the parameters" in unset.cure
    empty = attendance.judge(facts, _bound(50) | {code: Bound(code, "", [], source="Bylaws")})
    assert empty.outcome == NOT_APPLICABLE
    nobody = attendance.judge(facts | {"member": False}, _bound(50) | {code: Bound(code, "", None)})
    assert nobody.outcome == NOT_APPLICABLE


class TestTheSheet:
    @pytest.fixture
    def meeting(self, world, staff, member, other):
        return held(world, staff, TODAY)

    def test_a_later_row_stands_and_the_earlier_stays(self, world, meeting, member):
        sheet(world, meeting, member, presence=StaffPresence.ABSENT)
        sheet(world, meeting, member)
        sheet(world, meeting, member)
        rows = StaffAttendance.objects.filter(practitioner=member).values_list("presence", flat=True)
        assert list(rows) == ["absent", "present"]
        assert judged(world, member, TODAY + DAY).outcome == MET

    def test_an_excuse_says_why(self, world, meeting, member):
        with pytest.raises(Refused, match="Say why Adaeze Okonkwo, MD is excused"):
            sheet(world, meeting, member, presence=StaffPresence.EXCUSED, excuse=" ")

    def test_who_did_not_have_to_attend_is_refused(self, world, meeting):
        with pytest.raises(Refused, match="not a member who was to attend"):
            sheet(world, meeting, world.practitioner("No Member"))

    def test_not_before_its_day(self, world, staff, member):
        meeting = schedule_meeting(actor=world.coordinator, committee=staff, starts_at=clock.now() + 3 * DAY)
        with pytest.raises(Refused, match="noted that day"):
            record_staff_attendance(actor=world.coordinator, meeting=meeting, said={member: "present"})

    def test_nor_of_one_that_was_canceled(self, world, staff, member):
        meeting = schedule_meeting(actor=world.coordinator, committee=staff, starts_at=clock.now() + DAY)
        cancel_meeting(actor=world.coordinator, meeting=meeting, reason="Snow")
        with pytest.raises(Refused, match="canceled"):
            record_staff_attendance(actor=world.coordinator, meeting=meeting, said={member: "present"})

    def test_committees_have_none(self, world, member):
        meeting = world.meeting(CommitteeKind.MEC)
        with pytest.raises(Refused, match="no meeting of the medical staff or of a department"):
            record_staff_attendance(actor=world.coordinator, meeting=meeting, said={member: "present"})

    def test_nobody_writes_their_own(self, world, meeting):
        own = world.practitioner("Mara Quist", user=world.coordinator)
        world.appoint(own, dt.date(2025, 1, 1), dt.date(2026, 12, 31))
        with pytest.raises(Forbidden, match="their own attendance"):
            sheet(world, meeting, own)

    def test_the_own_row_is_left_out_and_stays_unknown(self, client, world, meeting, member, other):
        own = world.practitioner("Mara Quist")
        world.appoint(own, dt.date(2025, 1, 1), dt.date(2026, 12, 31))
        keep = world.practitioner("Mara Quist-Holm", user=world.coordinator)
        merge_records(actor=world.director, keep=keep, record=own, reason="One person")
        client.force_login(world.coordinator)
        url = reverse("bylaws:staff_sheet", args=[meeting.uid])
        page = client.get(url)
        assert own not in page.context["form"].members
        assert "Your own attendance is not on it" in page.content.decode()
        answers = {f"member_{each.uid}": "present" for each in page.context["form"].members}
        assert client.post(url, {**answers, "excuse": ""}).status_code == 303
        assert judged(world, member, TODAY).outcome == MET
        assert judged(world, keep, TODAY).outcome == UNKNOWN
        with pytest.raises(Forbidden, match="their own attendance"):
            record_staff_attendance(actor=world.coordinator, meeting=meeting, said={own: "present"})

    def test_a_staff_of_some_thousand_has_a_sheet(self, client, world, meeting, member, other):
        client.force_login(world.coordinator)
        url = reverse("bylaws:staff_sheet", args=[meeting.uid])
        answers = {f"member_{each.uid}": "present" for each in (member, other)}
        many = {f"member_{uuid.uuid4()}": "present" for _ in range(5000)}
        assert client.post(url, {**answers, **many, "excuse": ""}).status_code == 303

    def test_who_was_marked_for_the_quorum_is_marked_already(self, client, world, staff, member):
        user = world.mec_members[0]
        chair = world.practitioner("Fay Mec", user=user)
        world.appoint(chair, dt.date(2025, 1, 1), dt.date(2026, 12, 31))
        world.seat(CommitteeKind.GENERAL_STAFF, user, seat_role="chair", votes=True)
        world.meeting(CommitteeKind.GENERAL_STAFF)
        meeting = Meeting.objects.latest("pk")
        come_and_go(world, meeting, user)
        client.force_login(world.coordinator)
        form = client.get(reverse("bylaws:staff_sheet", args=[meeting.uid])).context["form"]
        assert form[f"member_{chair.uid}"].initial == "present"
        assert form[f"member_{member.uid}"].initial == "absent"

    def test_it_marks_whose_category_has_no_vote_of_the_whole_staff(self, client, world, staff, member):
        guest = world.practitioner("Carl Courtesy")
        world.appoint(guest, dt.date(2025, 1, 1), dt.date(2026, 12, 31), category="courtesy")
        client.force_login(world.coordinator)
        page = client.get(reverse("bylaws:staff_sheet", args=[held(world, staff, dt.date(2026, 2, 3)).uid]))
        assert page.context["without_vote"] == {guest.pk}
        assert page.content.decode().count("no vote</span>") == 1
        of_surgery = held(world, world.committees[CommitteeKind.DEPARTMENT], dt.date(2026, 2, 4))
        page = client.get(reverse("bylaws:staff_sheet", args=[of_surgery.uid]))
        assert page.context["without_vote"] == set()

    def test_only_who_runs_meetings(self, world, meeting, member):
        with pytest.raises(Forbidden), clock.freeze(clock.now() + DAY):
            record_staff_attendance(actor=world.chair, meeting=meeting, said={member: "present"})

    def test_it_is_asked_for_until_it_is_written(self, world, meeting, member):
        assert list(sheets_missing(world.facility)) == [meeting]
        sheet(world, meeting, member)
        assert not sheets_missing(world.facility)

    def test_the_page(self, client, world, meeting, member, other, django_assert_max_num_queries):
        client.force_login(world.coordinator)
        url = reverse("bylaws:staff_sheet", args=[meeting.uid])
        with django_assert_max_num_queries(20):
            page = client.get(url).content.decode()
        assert "Nothing is recorded yet" in page
        assert 'name="excuse"' in page
        assert "Adaeze Okonkwo, MD: Present" in page
        names = {each: f"member_{each.uid}" for each in (member, other)}
        refused = client.post(url, {names[member]: "excused", names[other]: "present"})
        assert refused.status_code == 422
        assert "Say why Adaeze Okonkwo, MD is excused." in refused.content.decode()
        assert not StaffAttendance.objects.exists()
        done = client.post(url, {names[member]: "present", names[other]: "absent", "excuse": ""})
        assert done.status_code == 303
        assert judged(world, member, TODAY).outcome == MET
        assert judged(world, other, TODAY).outcome == NOT_MET
        assert "Attendance of the staff" in client.get(done.headers["Location"]).content.decode()
