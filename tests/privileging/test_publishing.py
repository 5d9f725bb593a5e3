"""What changed, in one order that only grows: grants, ends and stops, as the wards may know them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse

from bylaws.choices import BarKind, BarScope
from bylaws.models import AppointmentPeriod
from bylaws.services.bars import lift_bar, record_review, void_bar
from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.periods import end_before, rewrite, void
from practitioners.services.merging import merge_records, take_apart
from practitioners.services.people import create_practitioner
from privileging.choices import ChangeKind, GrantKind
from privileging.models import GrantPeriod, Privilege, PublishedChange
from privileging.services.publishing import publish_changes
from tests.privileging.conftest import NOON, TODAY, appoint, bar, grant, set_parameter

pytestmark = pytest.mark.django_db
CODE = "GS-LAP-CHOLE"
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def begun(world):
    """Publishing began an hour ago."""
    with clock.freeze(NOON - HOUR):
        assert publish_changes(actor=world.system, facility=world.lakeside) == 0


def told(world, after=1):
    rows = PublishedChange.objects.filter(facility=world.lakeside, number__gt=after).order_by("number")
    return [(row.kind, row.privileges, row.first_day, row.last_day, row.told) for row in rows]


def granted(world, one, **more):
    return grant(world, one, start=TODAY, at=NOON, **more)


class TestWhatIsTold:
    def test_what_was_there_before_it_began_is_the_rosters(self, world, surgeon, begun):
        assert publish_changes(actor=world.system, facility=world.lakeside) == 0
        assert told(world) == []
        (first,) = PublishedChange.objects.all()
        assert (first.number, first.kind) == (1, ChangeKind.BEGAN)

    def test_a_grant_its_change_and_its_end(self, world, person, begun):
        one = person()
        row = granted(world, one, conditions="With a proctor")
        assert publish_changes(actor=world.system, facility=world.lakeside) == 1
        end = dt.date(2027, 12, 31)
        for hours, write in (
            (1, lambda: end_before(
                GrantPeriod, row.identity, day=dt.date(2027, 7, 1), actor=world.system, reason="Leaves")),
            (2, lambda: rewrite(
                GrantPeriod, row.identity, valid=DateRange(TODAY, dt.date(2027, 7, 1)), actor=world.system,
                reason="Done", content={"conditions": ""})),
            (3, lambda: void(GrantPeriod, row.identity, actor=world.system, reason="Wrong person")),
        ):  # fmt: skip
            with clock.freeze(NOON + hours * HOUR):
                write()
        assert publish_changes(actor=world.system, facility=world.lakeside) == 3
        assert told(world) == [
            ("granted", [CODE], TODAY, end, "With a proctor"),
            ("ends", [CODE], TODAY, dt.date(2027, 6, 30), "The last day is 30 Jun 2027.\nWith a proctor"),
            ("changed", [CODE], TODAY, dt.date(2027, 6, 30), ""),
            ("withdrawn", [CODE], TODAY, dt.date(2027, 6, 30), ""),
        ]
        assert publish_changes(actor=world.system, facility=world.lakeside) == 0

    def test_for_a_time_says_so(self, world, person, begun):
        granted(world, person(), kind=GrantKind.LOCUM, last_day=dt.date(2026, 12, 31))
        publish_changes(actor=world.system, facility=world.lakeside)
        assert told(world)[0][4] == "Locum tenens, until 31 Dec 2026."

    @pytest.mark.parametrize("kind", list(BarKind))
    def test_a_stop_never_tells_its_cause_and_its_kind_only_where_the_bylaws_share_it(
        self, world, surgeon, begun, kind
    ):
        set_parameter(world.system, "privileging.shareable_reasons", [str(each) for each in BarKind])
        period = bar(world, surgeon, TODAY, kind=kind, cause="Marked outcomes", at=NOON)
        with clock.freeze(NOON + HOUR):
            lift_bar(
                actor=world.system, bar=period.identity, day=TODAY + 3 * DAY, reason="Outcomes were good"
            )
        publish_changes(actor=world.system, facility=world.lakeside)
        hidden = kind in (BarKind.PRECAUTIONARY_SUSPENSION, BarKind.RESTRICTION)
        assert told(world) == [
            ("stopped", [], TODAY, None, "" if hidden else f"{kind.label}."),
            ("lifted", [], TODAY, TODAY + 2 * DAY, "The last day is 26 Nov 2026."),
        ]
        assert not PublishedChange.objects.filter(told__icontains="outcomes").exists()

    def test_a_review_that_lifts_is_told_as_an_end(self, world, surgeon, begun):
        period = bar(world, surgeon, TODAY - DAY, kind=BarKind.PRECAUTIONARY_SUSPENSION, at=NOON)
        with clock.freeze(NOON + HOUR):
            record_review(
                actor=world.system, bar=period.identity, reviewed_on=TODAY, outcome="lifted",
                authority="MEC minutes",
            )  # fmt: skip
        publish_changes(actor=world.system, facility=world.lakeside)
        assert told(world)[1] == ("lifted", [], TODAY - DAY, TODAY - DAY, "The last day is 23 Nov 2026.")

    def test_a_stop_that_is_lifted_twice_and_one_that_never_was(self, world, surgeon, begun):
        first = bar(world, surgeon, TODAY, at=NOON)
        with clock.freeze(NOON + HOUR):
            lift_bar(actor=world.system, bar=first.identity, day=TODAY + 5 * DAY, reason="Records are done")
        with clock.freeze(NOON + 2 * HOUR):
            lift_bar(actor=world.system, bar=first.identity, day=TODAY + 2 * DAY, reason="Done sooner")
        with clock.freeze(NOON + 3 * HOUR):
            void_bar(actor=world.system, bar=first.identity, reason="Wrong person")
        publish_changes(actor=world.system, facility=world.lakeside)
        assert [(kind, last) for kind, _, _, last, _ in told(world)] == [
            ("stopped", None),
            ("lifted", TODAY + 4 * DAY),
            ("lifted", TODAY + DAY),
            ("lifted", TODAY + DAY),
        ]

    def test_a_kind_the_bylaws_do_not_share_is_a_bare_stop(self, world, surgeon, begun):
        set_parameter(world.system, "privileging.shareable_reasons", [])
        bar(world, surgeon, TODAY, scope=BarScope.LISTED, codes=[CODE], at=NOON)
        publish_changes(actor=world.system, facility=world.lakeside)
        assert told(world) == [("stopped", [CODE], TODAY, None, "")]

    def test_a_restriction_that_leaves_it_allowed_is_a_change_like_any_other(self, world, surgeon, begun):
        period = bar(
            world, surgeon, TODAY, kind=BarKind.RESTRICTION, condition="Only by day.", at=NOON,
            scope=BarScope.LISTED, codes=[CODE],
        )  # fmt: skip
        with clock.freeze(NOON + HOUR):
            lift_bar(actor=world.system, bar=period.identity, day=TODAY + 7 * DAY, reason="Over")
        with clock.freeze(NOON + 2 * HOUR):
            void_bar(actor=world.system, bar=period.identity, reason="Wrong person")
        publish_changes(actor=world.system, facility=world.lakeside)
        last = TODAY + 6 * DAY
        assert told(world) == [
            ("changed", [CODE], TODAY, None, "Only by day."),
            ("changed", [CODE], TODAY, last, "Only by day."),
            ("changed", [CODE], TODAY, last, ""),
        ]


class TestMembership:
    LAST = dt.date(2027, 12, 31)

    def test_an_appointment_its_category_and_its_end(self, world, person, begun):
        row = appoint(world, person(), start=TODAY, at=NOON)
        honorary = {"category": world.honorary, "department": world.surgery}
        with clock.freeze(NOON + HOUR):
            rewrite(
                AppointmentPeriod, row.identity, valid=DateRange(dt.date(2027, 1, 1), self.LAST + DAY),
                actor=world.system, reason="Marked outcomes", content=honorary,
            )  # fmt: skip
        with clock.freeze(NOON + 2 * HOUR):
            end_before(
                AppointmentPeriod, row.identity, day=dt.date(2026, 12, 1), actor=world.system,
                reason="Marked outcomes",
            )  # fmt: skip
        with clock.freeze(NOON + 3 * HOUR):
            void(AppointmentPeriod, row.identity, actor=world.system, reason="Marked outcomes")
        set_parameter(world.system, "privileging.shareable_reasons", ["NO_APPOINTMENT", "APPOINTMENT_ENDED"])
        assert publish_changes(actor=world.system, facility=world.lakeside) == 4
        assert told(world) == [
            ("appointed", [], TODAY, self.LAST,
             "Active, Surgery, from 24 Nov 2026 through 31 Dec 2027: carries privileges."),
            ("membership", [], TODAY, self.LAST,
             "\n".join([
                 "Active, Surgery, from 24 Nov 2026 through 31 Dec 2026: carries privileges.",
                 "Honorary, Surgery, from 1 Jan 2027 through 31 Dec 2027: carries no privileges.",
             ])),
            ("ended", [], TODAY, dt.date(2026, 11, 30),
             "Active, Surgery, from 24 Nov 2026 through 30 Nov 2026: carries privileges."),
            ("ended", [], TODAY, dt.date(2026, 11, 30), ""),
        ]  # fmt: skip
        assert not PublishedChange.objects.filter(told__icontains="outcomes").exists()

    def test_what_the_bylaws_do_not_share_is_a_change_without_a_word(self, world, person, begun):
        set_parameter(world.system, "privileging.shareable_reasons", ["NOT_GRANTED"])
        row = appoint(world, person(), start=TODAY, at=NOON, category=world.honorary)
        with clock.freeze(NOON + HOUR):
            end_before(
                AppointmentPeriod, row.identity, day=dt.date(2026, 12, 1), actor=world.system, reason="Left"
            )
        publish_changes(actor=world.system, facility=world.lakeside)
        assert [(kind, words) for kind, _, _, _, words in told(world)] == [("changed", ""), ("changed", "")]


class TestMerges:
    @pytest.fixture
    def two(self, world, person):
        """Somebody with a grant under two records; each has an NPI."""
        keep, record = person(last="Keep"), person(last="Record")
        grant(world, record)
        return keep, record

    def test_joined_and_taken_apart(self, world, two, begun):
        keep, record = two
        with clock.freeze(NOON):
            merge_records(actor=world.system, keep=keep, record=record, reason="One license")
        with clock.freeze(NOON + HOUR):
            take_apart(actor=world.system, record=record, reason="Two people after all")
        assert publish_changes(actor=world.system, facility=world.lakeside) == 2
        joined, parted = PublishedChange.objects.filter(number__gt=1).order_by("number")
        assert (joined.kind, joined.practitioner, joined.npi) == (ChangeKind.MERGED, keep, keep.npi)
        assert f"{record.display_name}, NPI {record.npi}" in joined.told
        assert (parted.kind, parted.practitioner) == (ChangeKind.PARTED, keep)
        assert f"Not the same person as {record.display_name}" in parted.told
        assert publish_changes(actor=world.system, facility=world.lakeside) == 0

    def test_a_record_that_follows_is_parted_from_nobody(self, world, person, two, begun):
        keep, record = two
        with clock.freeze(NOON - HOUR / 2):
            follower = person(last="Follower")
            merge_records(actor=world.system, keep=record, record=follower, reason="One license")
        with clock.freeze(NOON):
            merge_records(actor=world.system, keep=keep, record=record, reason="One license")
        publish_changes(actor=world.system, facility=world.lakeside)
        rows = PublishedChange.objects.filter(number__gt=1).order_by("number")
        assert {row.kind for row in rows} == {ChangeKind.MERGED}
        assert sorted(row.told.split(",")[0] for row in rows.filter(happened_at=NOON)) == [
            "The same person as Follower",
            "The same person as Record",
        ]

    def test_of_nobody_known_at_the_facility_nothing_is_told(self, world, two, begun):
        keep, record = two
        publish_changes(actor=world.system, facility=world.harbor)
        with clock.freeze(NOON + HOUR):
            merge_records(actor=world.system, keep=keep, record=record, reason="One license")
            assert publish_changes(actor=world.system, facility=world.harbor) == 0
            assert publish_changes(actor=world.system, facility=world.lakeside) == 1

    def test_both_facilities_of_a_person_are_told_of_the_same_merge(self, world, two, begun):
        keep, record = two
        grant(world, record, facility=world.harbor)
        with clock.freeze(NOON - HOUR):
            publish_changes(actor=world.system, facility=world.harbor)
        merge_records(actor=world.system, keep=keep, record=record, reason="One license")
        for facility in (world.harbor, world.lakeside):
            assert publish_changes(actor=world.system, facility=facility) == 1


class TestTheOrder:
    def test_numbers_have_no_gap_and_each_facility_its_own(self, world, person, begun):
        publish_changes(actor=world.system, facility=world.harbor)
        for _ in range(3):
            granted(world, person())
        grant(world, person(), start=TODAY, at=NOON, facility=world.harbor)
        publish_changes(actor=world.system, facility=world.lakeside)
        publish_changes(actor=world.system, facility=world.harbor)
        numbers = PublishedChange.objects.filter(facility=world.lakeside).values_list("number", flat=True)
        assert list(numbers) == [1, 2, 3, 4]
        assert PublishedChange.objects.filter(facility=world.harbor).count() == 1  # it began after the grant

    def test_a_straggler_recorded_earlier_is_published_later_and_not_lost(self, world, person, begun):
        with clock.freeze(NOON + HOUR):
            grant(world, person(), start=TODAY, at=NOON + HOUR)
            publish_changes(actor=world.system, facility=world.lakeside)
            granted(world, person(last="Late"))  # its transaction began an hour before and was long
            assert publish_changes(actor=world.system, facility=world.lakeside) == 1
        late = PublishedChange.objects.get(number=3)
        assert late.happened_at == NOON
        assert late.name.startswith("Late")

    def test_a_name_stays_as_it_was_told(self, world, person, begun):
        one = person(last="Before")
        granted(world, one)
        publish_changes(actor=world.system, facility=world.lakeside)
        one.display_name = "After, Ada"
        one.save()
        assert PublishedChange.objects.get(number=2).name.startswith("Before")
        row = PublishedChange.objects.get(number=2)
        row.name = "Other"
        with pytest.raises(DatabaseError), transaction.atomic():
            row.save()

    def test_a_merged_record_is_told_of_the_person(self, world, person, begun):
        keep, record = (
            person(last="Keep"),
            create_practitioner(
                actor=world.system, provider_type="MD", last_name="Record", first_name="Ada", npi=None
            ),
        )
        merge_records(actor=world.system, keep=keep, record=record, reason="One license")
        granted(world, record)
        publish_changes(actor=world.system, facility=world.lakeside)
        assert PublishedChange.objects.get(number=2).practitioner == keep


class TestTheDoors:
    @pytest.fixture
    def desk(self, client, user):
        client.force_login(user(Role.LOOKUP))
        return client

    @pytest.fixture
    def three(self, world, person, begun):
        for _ in range(3):
            granted(world, person())
        publish_changes(actor=world.system, facility=world.lakeside)

    def test_the_api_is_followed_by_its_cursor(self, world, desk, three):
        address = reverse("api:changes-list")
        seen, after = [], 0
        while True:
            answer = desk.get(address, {"facility": "LAKE", "after": after, "limit": 3}).json()
            seen += [each["number"] for each in answer["results"]]
            after = answer["next_after"]
            if not answer["more"]:
                break
        assert seen == [1, 2, 3, 4]
        again = desk.get(address, {"facility": "LAKE", "after": after}).json()
        assert (again["results"], again["next_after"], again["more"]) == ([], 4, False)

    @pytest.mark.parametrize(
        ("asked", "status"),
        [
            ({"facility": "LAKE", "after": "x"}, 400),
            ({"facility": "NONE"}, 404),
            ({}, 400),
            ({"facility": "HARB"}, 403),
        ],
    )
    def test_bad_questions(self, world, desk, three, asked, status):
        assert desk.get(reverse("api:changes-list"), asked).status_code == status

    def test_nobody_without_the_lookup_reads_it(self, world, client, user, three):
        client.force_login(user(Role.PRACTITIONER))
        assert client.get(reverse("api:changes-list"), {"facility": "LAKE"}).status_code == 403
        assert client.get(reverse("privileging:changes")).status_code == 403

    def test_the_page_and_its_file(self, world, desk, three):
        page = desk.get(reverse("privileging:changes"))
        assert page.status_code == 200
        assert len(page.context["listing"].rows) == 4
        told = page.content.decode()
        assert Privilege.objects.get(code=CODE).name in told
        assert CODE not in told, "the ward reads names; the file keeps the codes"
        late = desk.get(reverse("privileging:changes"), {"after": "3", "format": "csv"})
        lines = b"".join(late.streaming_content).decode().strip().splitlines()
        assert len(lines) == 2
        assert CODE in lines[1]
        assert desk.get(reverse("privileging:changes"), {"after": "no number"}).status_code == 200
