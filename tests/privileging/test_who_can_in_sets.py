"""Who can do it is answered from set to set; everybody judged one by one gives the same people."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.choices import BarScope
from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.periods import EndKind, supersede
from config.rulebook.rules import Rule, register
from practitioners.choices import CredentialStatus
from practitioners.models import Practitioner
from practitioners.services.merging import merge_records
from practitioners.services.people import create_practitioner
from privileging.selectors.lookup import (
    HoldersByName,
    LookupOutcome,
    can_perform,
    find_privilege,
    who_can,
)
from privileging.selectors.lookup.people import people_statement
from privileging.selectors.lookup.standing import conditions_of, standing_in_sets
from tests.privileging.conftest import TODAY, appoint, bar, credential, grant, licensed, say, set_parameter

pytestmark = pytest.mark.django_db
CODE = "GS-LAP-CHOLE"
DAY = dt.timedelta(days=1)
BEGIN = dt.date(2026, 1, 1)
#: Days on which something begins or ends below, and the days beside them.
DAYS = [BEGIN, dt.date(2026, 6, 30), dt.date(2026, 7, 1), TODAY, TODAY + DAY, dt.date(2027, 12, 31)]
STRETCHES = [
    (None, None),
    (None, dt.date(2026, 6, 30)),
    (dt.date(2020, 1, 1), TODAY),
    (dt.date(2026, 7, 1), None),
    (dt.date(2020, 1, 1), dt.date(2025, 12, 31)),
    (TODAY + DAY, dt.date(2030, 1, 1)),
]


def noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(18), dt.UTC)


#: Now, before the records were merged, and after one row was found to be a mistake.
MOMENTS = (None, noon(dt.date(2026, 4, 1)), noon(TODAY))


def someone(world, number: int):
    """A physician without an NPI; people share names, so that ids decide their order."""
    return create_practitioner(
        actor=world.system, provider_type="MD", last_name=f"Odd{number % 5}", first_name="Ada", npi=None
    )


def odd_licences(world, one, chance: random.Random) -> None:
    """Up to three licences, each of any state, standing, status, stretch and knowledge."""
    for number in range(chance.choice([0, 1, 1, 1, 2, 3])):
        identity = credential(
            world, one, "LICENSE", state=chance.choice(["IL", "IL", "IL", "CA"]), number=f"{one.pk}-{number}"
        )
        start, end = chance.choice(STRETCHES)
        row = say(
            world,
            identity,
            start,
            end,
            confirmed=chance.random() < 0.75,
            status=chance.choice([CredentialStatus.ACTIVE, *CredentialStatus]),
            at=noon(chance.choice([BEGIN, dt.date(2026, 5, 1)])),
        )
        if chance.random() < 0.2:
            supersede([row], actor=world.system, kind=EndKind.MISTAKE, reason="Wrong", at=noon(TODAY - DAY))


def odd_staff(world, seed: int, count: int = 24) -> list:
    """Holders in every state of licence, some of them barred, honorary, or merged from two records."""
    chance = random.Random(seed)
    people = []
    for number in range(count):
        one = someone(world, number)
        odd_licences(world, one, chance)
        holder = member = one
        if chance.random() < 0.3:
            other = someone(world, number)
            people.append(other)
            odd_licences(world, other, chance)
            holder, member = chance.choice([(one, other), (other, one), (one, one), (other, other)])
            with clock.freeze(noon(dt.date(2026, 6, 1))):
                merge_records(actor=world.system, keep=one, record=other, reason="The same license")
        appoint(world, member, category=world.honorary if chance.random() < 0.1 else world.active)
        if chance.random() < 0.9:
            grant(world, holder, conditions=chance.choice(["", "With a proctor"]))
        if chance.random() < 0.2:
            scope = chance.choice([BarScope.ALL_PRIVILEGES, BarScope.LISTED])
            bar(world, chance.choice([one, member]), dt.date(2026, 7, 1), TODAY, scope=scope, codes=[CODE])
        people.append(one)
    return people


def compare(world, people, days=DAYS, moments=MOMENTS) -> dict:
    """Everybody asked one by one beside everybody asked at once; how often each answer came.

    Asked about a merged record, the lookup answers about the person.
    """
    seen: dict[str, int] = {}
    for on in days:
        for known_at in moments:
            question = {"privilege_code": CODE, "facility": world.lakeside, "on": on, "known_at": known_at}
            each = [can_perform(practitioner=one, **question) for one in people]
            answers = {answer.person.id: answer.outcome for answer in each}
            found = who_can(**question, limit=None)
            for outcome, holders, count in (
                (LookupOutcome.YES, found.people, found.count),
                (LookupOutcome.UNKNOWN, found.unconfirmed, found.unconfirmed_count),
            ):
                asked = {pk for pk, answer in answers.items() if answer == outcome}
                assert [holder.person.id for holder in holders] == in_order(people, asked), (on, known_at)
                assert count == len(asked)
            for answer in answers.values():
                seen[answer] = seen.get(answer, 0) + 1
    return seen


def in_order(people, wanted):
    return [one.pk for one in sorted(people, key=lambda one: (one.sort_name, one.pk)) if one.pk in wanted]


@pytest.mark.parametrize("seed", range(3))
def test_odd_states_come_out_as_if_each_had_been_judged(world, bylaws_rule, long_kept, seed):
    seen = compare(world, odd_staff(world, seed))
    assert min(seen.get(outcome, 0) for outcome in LookupOutcome) >= 10


@pytest.mark.parametrize(
    "conditions",
    [
        [],
        [{"rule": "BL-LIC-1", "scope": "all"}, {"rule": "BL-NEW-9", "scope": "all"}],
        [{"rule": "BL-NEW-9", "scope": "listed", "privileges": [CODE]}],
        [{"rule": "BL-LIC-1", "scope": "all"}, {"rule": "BL-LIC-1", "scope": "listed", "privileges": [CODE]}],
        [{"rule": "BL-LIC-1", "scope": "listed", "privileges": ["GS-COLECTOMY"]}],
    ],
)
def test_so_they_do_under_any_conditions_of_the_bylaws(world, long_kept, conditions):
    set_parameter(world.system, "bylaws.standing_conditions", conditions)
    compare(world, odd_staff(world, 7, 16), days=[BEGIN, TODAY], moments=[None])


def test_a_term_far_longer_than_the_others_is_found_on_its_first_and_last_day(world, bylaws_rule):
    """What ends later than any term that began by the day is not read: the longest there is says how late."""
    usual, long = someone(world, 0), someone(world, 1)
    first, last = dt.date(2017, 1, 1), dt.date(2035, 12, 31)
    for one, term in ((usual, {}), (long, {"start": first, "last_day": last})):
        appoint(world, one, **term)
        grant(world, one, **term)

    def unconfirmed(on):
        found = who_can(privilege_code=CODE, facility=world.lakeside, on=on)
        return {holder.person.id for holder in found.unconfirmed}

    days = (first - DAY, first, BEGIN, last, last + DAY)
    assert [unconfirmed(on) for on in days] == [set(), {long.pk}, {usual.pk, long.pk}, {long.pk}, set()]


def test_only_the_people_shown_are_read_in_full(world, bylaws_rule):
    for number in range(6):
        one = someone(world, number)
        appoint(world, one)
        grant(world, one)
        if number % 2:
            licensed(world, one)
    found = who_can(privilege_code=CODE, facility=world.lakeside, on=TODAY, limit=2, offset=1)
    assert (found.count, len(found.people)) == (3, 2)
    assert (found.unconfirmed_count, len(found.unconfirmed)) == (3, 2)
    with CaptureQueriesContext(connection) as queries:
        beyond = who_can(privilege_code=CODE, facility=world.lakeside, on=TODAY, limit=2, offset=9)
    assert (beyond.count, beyond.people) == (3, ())
    assert len(queries) <= 4


def test_many_are_found_by_walking_the_names_and_few_are_sorted(world, bylaws_rule):
    people = [someone(world, number) for number in range(9)]
    for one in people:
        appoint(world, one)
        grant(world, one)
        licensed(world, one)
    for one in people[::4]:  # nothing forbids it in the database, and the count has them
        Practitioner.objects.filter(pk=one.pk).update(withdrawn_at=noon(TODAY), withdrawn_by=world.system)
    privilege = find_privilege(CODE)
    conditions = standing_in_sets(
        conditions_of(CODE, world.lakeside, TODAY, None), world.lakeside, TODAY, None
    )
    statement, values = people_statement(
        conditions, privilege=privilege, facility=world.lakeside, on=TODAY, known_at=None
    )
    answers = []
    for many in (1, 5000):
        for offset, limit in ((0, None), (0, 2), (2, 3), (90, 5)):
            with connection.cursor() as cursor:
                asked = values | {"many": many, "offset": offset, "limit": limit, "limit_unsure": limit}
                cursor.execute(statement, asked)
                answers.append(cursor.fetchone())
    assert answers[:4] == answers[4:]
    assert answers[0] == (9, 0, in_order(people, {one.pk for one in people}), [])


class TestByPages:
    @pytest.fixture
    def ward(self, client, user):
        client.force_login(user(Role.LOOKUP))
        return client

    @pytest.fixture
    def many(self, world, bylaws_rule):
        """More than one page of holders."""
        for number in range(27):
            one = someone(world, number)
            appoint(world, one)
            grant(world, one)
            licensed(world, one)
        return who_can(privilege_code=CODE, facility=world.lakeside, on=TODAY, limit=None).people

    def test_a_page_is_read_with_the_count_and_any_other_when_it_is_wanted(self, world, many):
        question = {"privilege_code": CODE, "facility": world.lakeside, "on": TODAY}
        people = HoldersByName(**question, stretch=slice(10, 20))
        with CaptureQueriesContext(connection) as queries:
            assert (len(people), tuple(people[10:20]), tuple(people[12:14])) == (27, many[10:20], many[12:14])
        assert len(queries) == 0
        assert (tuple(people[0:5]), tuple(people[18:99]), people[-1]) == (many[:5], many[18:], many[-1])
        assert (tuple(people), tuple(people[30:40])) == (many, ())
        with pytest.raises(IndexError):
            people[27]

    @pytest.mark.parametrize(
        ("page", "first", "number"),
        [("1", 0, 25), ("2", 25, 2), ("9", 25, 2), ("0", 25, 2), ("x", 0, 25), ("9" * 5000, 0, 25)],
    )
    def test_the_page_shows_its_stretch(self, ward, many, page, first, number):
        asked = {"privilege": CODE, "page": page, "per_page": "25"}
        answer = ward.get(reverse("privileging:who_can"), asked)
        assert answer.status_code == 200
        shown = [row.thing.person.id for row in answer.context["listing"].rows]
        assert shown == [holder.person.id for holder in many[first : first + number]]
        assert answer.context["found"].count == 27

    @pytest.mark.parametrize("size", ["²", "9" * 5000, "-25", "26"])
    def test_a_size_nobody_offers_is_the_usual_one(self, ward, many, size):
        answer = ward.get(reverse("privileging:who_can"), {"privilege": CODE, "per_page": size})
        assert len(answer.context["listing"].rows) == 27

    def test_the_file_holds_everybody(self, ward, many):
        answer = ward.get(reverse("privileging:who_can"), {"privilege": CODE, "format": "csv", "page": "2"})
        lines = b"".join(answer.streaming_content).decode().strip().splitlines()
        assert len(lines) == 28


def test_nobody_holds_it(world, bylaws_rule):
    found = who_can(privilege_code=CODE, facility=world.harbor, on=TODAY)
    assert (found.count, found.people, found.unconfirmed_count) == (0, (), 0)
    with pytest.raises(Refused):
        who_can(privilege_code="GS-NOTHING", facility=world.harbor, on=TODAY)


def test_a_rule_that_can_be_a_standing_condition_says_it_in_sets(world):
    rule = Rule("BL-NEW-9", "New", "1", (), lambda *asked: {}, lambda facts, bound: None, standing=True)
    with pytest.raises(RuntimeError, match="in_sets"):
        register(rule)
