"""What members of a category may and owe: by parameters, changed from a day on, read where it counts."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.models import StaffCategory
from bylaws.selectors.amendments import voting_members
from bylaws.selectors.categories import category_rows, rights_on
from bylaws.selectors.offices import members_to_hold_office
from bylaws.services.categories import change_right
from config.kernel.errors import Forbidden, Refused
from config.rulebook.models import ParameterPeriod
from tests.bylaws.world import TODAY

DAY = dt.timedelta(days=1)
VOTES, OFFICE, MEETINGS = (f"bylaws.{name}_categories" for name in ("voting", "office", "attendance"))


def change(world, code="courtesy", right=VOTES, has=True, start=TODAY, **more):
    return change_right(
        **{
            "actor": world.coordinator,
            "facility": world.facility,
            "category": StaffCategory.objects.get(code=code),
            "right": right,
            "has": has,
            "start": start,
            "citation": "Bylaws, article 4.2",
        }
        | more
    )


def has(world, right, code, on=TODAY):
    found = next(each for each in rights_on(world.facility, on) if each.code == right)
    return found.has(StaffCategory.objects.get(code=code))


@pytest.fixture
def members(world):
    active, courtesy = world.practitioner("Ada Active"), world.practitioner("Carl Courtesy")
    world.appoint(active)
    world.appoint(courtesy, category="courtesy")
    return active, courtesy


def test_members_of_a_category_vote_from_the_day_it_says_and_not_before(world, members):
    active, courtesy = members
    assert voting_members(world.facility, TODAY) == {active.pk}
    change(world, start=TODAY + 10 * DAY)
    assert voting_members(world.facility, TODAY + 9 * DAY) == {active.pk}
    assert voting_members(world.facility, TODAY + 10 * DAY) == {active.pk, courtesy.pk}
    change(world, "active", has=False, start=TODAY + 20 * DAY)
    assert voting_members(world.facility, TODAY + 20 * DAY) == {courtesy.pk}


def test_a_change_holds_beyond_a_change_of_another_category_that_was_recorded_before(world):
    change(world, start=TODAY + 10 * DAY)
    change(world, "honorary")
    for day in (TODAY, TODAY + 10 * DAY, TODAY + 400 * DAY):
        assert has(world, VOTES, "honorary", day) is True
    assert has(world, VOTES, "courtesy", TODAY + 9 * DAY) is False
    assert has(world, VOTES, "courtesy", TODAY + 10 * DAY) is True


def test_a_change_of_the_past_holds_until_today(world):
    change(world, start=TODAY - 10 * DAY)
    change(world, "honorary", start=TODAY - 100 * DAY, citation="Bylaws, article 4.7")
    assert has(world, VOTES, "honorary", TODAY - 101 * DAY) is False
    for day in (TODAY - 100 * DAY, TODAY - 10 * DAY, TODAY):
        assert has(world, VOTES, "honorary", day) is True
    assert has(world, VOTES, "courtesy") is True
    bound = next(each for each in rights_on(world.facility, TODAY) if each.code == VOTES).bound
    assert bound.citation == "Bylaws, article 4.2; Bylaws, article 4.7"


def test_taking_away_holds_beyond_later_changes_too(world):
    change(world, start=TODAY + 10 * DAY)
    change(world, "active", has=False)
    assert has(world, VOTES, "active", TODAY + 20 * DAY) is False
    assert has(world, VOTES, "courtesy", TODAY + 20 * DAY) is True


def test_a_later_change_of_the_same_category_stands(world):
    change(world, start=TODAY + 10 * DAY)
    change(world, has=False, start=TODAY + 20 * DAY)
    change(world, start=TODAY + 5 * DAY)  # five days earlier than planned
    assert [has(world, VOTES, "courtesy", TODAY + number * DAY) for number in (4, 5, 10, 19, 20, 30)] == [
        False, True, True, True, False, False
    ]  # fmt: skip


def test_what_another_source_gives_later_is_not_taken_away_beyond_it(world):
    change(world, start=TODAY + 10 * DAY)
    world.parameter(VOTES, ["active"], source="npdb-law", start=TODAY + 10 * DAY)
    before = ParameterPeriod.objects.count()
    with pytest.raises(Refused, match="Another source says so too from 20 Mar 2026 on"):
        change(world, "active", has=False)
    assert ParameterPeriod.objects.count() == before


def test_of_two_who_change_at_once_the_second_reads_what_the_first_wrote(world):
    with CaptureQueriesContext(connection) as asked:
        change(world)
    told = [each["sql"] for each in asked.captured_queries]
    held = next(place for place, sql in enumerate(told) if "FOR NO KEY UPDATE" in sql)
    read = next(place for place, sql in enumerate(told) if "rulebook_parameterperiod" in sql)
    assert "organization_facility" in told[held]
    assert held < read


def test_who_may_hold_office_follows(world, members):
    active, courtesy = members
    assert list(members_to_hold_office(world.facility, TODAY)) == [active]
    change(world, right=OFFICE)
    assert list(members_to_hold_office(world.facility, TODAY)) == [active, courtesy]


def test_the_duty_to_attend_is_the_same_list_the_rule_reads(world):
    assert (has(world, MEETINGS, "active"), has(world, MEETINGS, "courtesy")) == (True, False)
    change(world, right=MEETINGS)
    assert has(world, MEETINGS, "courtesy") is True
    assert has(world, MEETINGS, "active") is True


@pytest.mark.parametrize(
    ("more", "field", "said"),
    [
        ({"right": "bylaws.quorum"}, "right", "what changes"),
        ({"has": False}, "has", "so already on 10 Mar 2026: Courtesy, votes, no"),
        ({"start": dt.date(2001, 1, 1)}, "start", "cannot be right"),
        ({"citation": " "}, "citation", "where it is written"),
    ],
)
def test_what_changes_nothing_or_cannot_be_is_refused(world, more, field, said):
    before = ParameterPeriod.objects.count()
    with pytest.raises(Refused, match=said) as refused:
        change(world, **more)
    assert refused.value.field == field
    assert ParameterPeriod.objects.count() == before


def test_what_another_source_gives_is_not_taken_away(world):
    world.parameter(VOTES, ["active"], source="npdb-law")
    with pytest.raises(Refused, match="Another source says so too"):
        change(world, "active", has=False)
    assert has(world, VOTES, "active") is True


def test_only_who_sets_numbers_changes_a_category(world):
    with pytest.raises(Forbidden):
        change(world, actor=world.chair)


def test_the_page_counts_members_and_says_where_it_is_written(world, members, sign_in):
    rights, rows = category_rows(world.facility, TODAY)
    assert [each.label for each in rights][:3] == ["Votes", "May hold office", "Attends meetings"]
    assert {row.category.code: row.members for row in rows if row.members} == {"active": 1, "courtesy": 1}
    url = reverse("bylaws:categories")
    text = sign_in(world.members[0]).get(url).content.decode()
    assert "article 4 (prerogatives of the categories)" in text
    assert "Change the category" not in text
    browser, edit = sign_in(world.coordinator), reverse("bylaws:category_edit", args=["courtesy"])
    assert edit in browser.get(url).content.decode()
    sent = {"right": VOTES, "has": "yes", "start": "2026-04-01", "citation": "Bylaws, article 4.2"}
    assert browser.post(edit, sent).status_code == 303
    assert has(world, VOTES, "courtesy", dt.date(2026, 4, 1)) is True
    assert has(world, VOTES, "courtesy", dt.date(2026, 3, 31)) is False
    assert browser.get(reverse("bylaws:category_edit", args=["nobody"])).status_code == 404
