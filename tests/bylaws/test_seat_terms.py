"""How long a term on a body is and how many in a row, by its charter or the seat; asked about at seating, and
shown on its page.
"""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bylaws.choices import CommitteeKind, SeatRole
from bylaws.models import Committee, CommitteeSeatPeriod
from bylaws.rules.seat_terms import SeatLimit, limit_of, over_limit, problems
from bylaws.selectors.committees import committee_page
from bylaws.services.committees import add_positions, change_charter, seat_member
from config.accounts.choices import Role
from config.kernel.errors import Doubtful, Refused
from tests.bylaws.world import TODAY

DAY = dt.timedelta(days=1)
FIRST = dt.date(2024, 1, 1)
YEAR = SeatLimit(12)
TWICE = SeatLimit(12, 2)


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (dt.date(2025, 1, 1), []),
        (dt.date(2025, 1, 2), ["A term is 12 months: this one may last through 31 Dec 2024."]),
        (None, ["A term is 12 months: give its last day, by 31 Dec 2024."]),
    ],
)
def test_a_term_lasts_to_the_day(after, said):
    assert problems(YEAR, [], (FIRST, after)) == said
    assert problems(SeatLimit(), [], (FIRST, after)) == []


def test_terms_in_a_row_are_the_unbroken_time_on_the_body():
    new = (dt.date(2026, 1, 1), dt.date(2027, 1, 1))
    one, two = (dt.date(2025, 1, 1), dt.date(2026, 1, 1)), (FIRST, dt.date(2025, 1, 1))
    assert problems(TWICE, [one], new) == []
    (said,) = problems(TWICE, [one, two], new)
    assert said == (
        "On the body without a break since 1 Jan 2024: 2 terms in a row are allowed, which end with "
        "31 Dec 2025."
    )
    assert problems(TWICE, [one, (FIRST, one[0] - DAY)], new) == []  # a day between them


def test_what_is_over_is_said_from_the_day_after_the_last():
    now = (FIRST, None)
    assert over_limit(YEAR, [now], now, dt.date(2024, 12, 31)) == ""
    assert over_limit(YEAR, [now], now, dt.date(2025, 1, 1)) == "The term was over on 1 Jan 2025."
    assert over_limit(TWICE, [now], now, dt.date(2026, 1, 1)) == "2 terms in a row were over on 1 Jan 2026."
    assert over_limit(SeatLimit(), [now], now, dt.date(2099, 1, 1)) == ""


def test_the_seats_own_limit_comes_before_the_charters():
    assert limit_of(YEAR, SeatLimit(24, 1)) == SeatLimit(24, 1)
    assert limit_of(YEAR, SeatLimit()) == limit_of(YEAR, None) == YEAR


SPANS = st.lists(st.tuples(st.integers(0, 900), st.integers(1, 400)), max_size=5)


@given(SPANS, st.integers(0, 1200), st.integers(1, 500), st.integers(1, 24), st.integers(1, 3))
def test_a_seat_that_keeps_the_limits_is_never_over_before_its_end(spans, start, length, months, terms):
    held = [(FIRST + a * DAY, FIRST + (a + b) * DAY) for a, b in spans if a + b <= start]
    new = (FIRST + start * DAY, FIRST + (start + length) * DAY)
    limit = SeatLimit(months, terms)
    kept = problems(limit, held, new) == []
    last = new[1] - DAY
    assert kept == (over_limit(limit, held, new, last) == "")
    # More is allowed where the limit is wider.
    if kept:
        assert problems(SeatLimit(months + 1, terms), held, new) == []
        assert problems(SeatLimit(months, terms + 1), held, new) == []


# --- at seating, on the page ----------------------------------------------------------------------------


@pytest.fixture
def committee(world):
    found = world.committees[CommitteeKind.CREDENTIALS_COMMITTEE]
    return change_charter(
        actor=world.coordinator, committee=found, name=found.name, seat_months=12, seat_terms=2
    )


def test_seating_asks_first_and_then_does_it(world, committee):
    user = world.user("Ivo Newman", Role.COMMITTEE_MEMBER)
    given_ = {"actor": world.coordinator, "committee": committee, "user": user, "start": TODAY}
    with pytest.raises(Doubtful, match="give its last day, by 9 Mar 2027") as asked:
        seat_member(**given_)
    assert asked.value.field == "sure"
    assert not CommitteeSeatPeriod.objects.filter(identity__user=user).exists()
    seat_member(**given_, last_day=dt.date(2027, 3, 9))  # keeps it, so nothing is asked
    again = given_ | {"user": world.members[1], "last_day": dt.date(2027, 3, 9)}
    with pytest.raises(Doubtful, match="without a break since 1 Jan 2024"):
        seat_member(**again)
    seat_member(**again, sure=True)


def test_an_ex_officio_seat_lasts_as_long_as_the_office(world, committee):
    user = world.user("Cleo Chief", Role.CHIEF_MEDICAL_OFFICER)
    seat_member(
        actor=world.coordinator, committee=committee, user=user, seat_role=SeatRole.EX_OFFICIO, votes=False
    )
    view = committee_page(facility=world.facility, uid=committee.uid, on=dt.date(2030, 1, 1))
    assert user.pk not in [seat.identity.user_id for seat, over in view.beside_with_limits if over]


def test_a_seat_has_limits_of_its_own_and_the_page_shows_what_is_over(world, committee, sign_in):
    long, short = (
        add_positions(
            actor=world.coordinator, committee=committee, title=title, term_months=months, start=TODAY
        )[0]
        for title, months in (("Delegate", 36), ("Observer", 3))
    )
    for position, name in ((long, "Ivo Newman"), (short, "Ada Newman")):
        seat_member(
            actor=world.coordinator, committee=committee, position=position, start=TODAY, sure=True,
            user=world.user(name, Role.COMMITTEE_MEMBER),
        )  # fmt: skip
    view = committee_page(facility=world.facility, uid=committee.uid, on=TODAY + 200 * DAY)
    assert {place.slot.title: bool(place.over) for place in view.places} == {
        "Delegate": False,
        "Observer": True,
    }
    text = sign_in(world.members[0]).get(reverse("bylaws:committee", args=[committee.uid])).content.decode()
    assert "12 months, at most 2 terms in a row" in text
    assert "term of 36 months" in text
    assert "2 terms in a row were over on 1 Jan 2026." in text  # members seated in January 2024
    assert text.count("Term over") == 5


@pytest.mark.parametrize(
    ("months", "terms", "field"),
    [(0, None, "seat_months"), (121, None, "seat_months"), (None, 2, "seat_months"), (12, 0, "seat_terms")],
)
def test_a_limit_nobody_means_is_refused(world, months, terms, field):
    committee = world.committees[CommitteeKind.MEC]
    with pytest.raises(Refused) as refused:
        change_charter(
            actor=world.coordinator, committee=committee, name="MEC", seat_months=months, seat_terms=terms
        )
    assert refused.value.field == field
    with pytest.raises(IntegrityError, match="seat_terms_have_length"), transaction.atomic():
        Committee.objects.filter(pk=committee.pk).update(seat_terms=2)


def test_the_charter_and_the_seats_take_limits_in_the_browser(world, sign_in):
    committee, browser = world.committees[CommitteeKind.MEC], sign_in(world.coordinator)
    sent = {"name": "MEC", "seat_months": "24", "seat_terms": "2"}
    assert browser.post(reverse("bylaws:committee_edit", args=[committee.uid]), sent).status_code == 303
    committee.refresh_from_db()
    assert (committee.seat_months, committee.seat_terms) == (24, 2)
    seats = {
        "title": "At large", "number": "1", "seat_role": "member", "votes": "on", "start": "2026-03-10",
        "term_months": "12",
    }  # fmt: skip
    assert browser.post(reverse("bylaws:position_new", args=[committee.uid]), seats).status_code == 303
    user = world.user("Ivo Newman", Role.COMMITTEE_MEMBER)
    page, given_ = reverse("bylaws:committee", args=[committee.uid]), {
        "user": str(user.uid), "position": str(committee.positions.get().uid), "seat_role": "member",
        "start": "2026-03-10",
    }  # fmt: skip
    answer = browser.post(page, given_)
    assert answer.status_code == 422
    assert "A term is 12 months: give its last day, by 9 Mar 2027." in answer.content.decode()
    assert browser.post(page, given_ | {"sure": "on"}).status_code == 303
