"""Lists: order, pages, filters as chips, the part htmx replaces."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django import forms
from django.db.models.functions import Upper
from django.template.loader import render_to_string

from config.accounts.models import User
from config.kernel.pages import Action, Column, Table, build_listing, changed, render_list
from config.kernel.pages.lists import PER_PAGE


class Filters(forms.Form):
    q = forms.CharField(label="Name", required=False)
    state = forms.ChoiceField(label="State", required=False, choices=[("", "Any"), ("il", "Illinois")])
    since = forms.DateField(label="Since", required=False)
    late = forms.BooleanField(label="Late only", required=False)


def filtered(rows, data):
    return SimpleNamespace(form=Filters(data), qs=rows)


TABLE = Table(
    caption="People",
    order="name",
    row_url=lambda row: f"/people/{row.uid}/",
    columns=(
        Column("name", "Name", kind="strong", sort="name"),
        Column("place.name", "Place", narrow=False),
        Column("born", "Born", kind="day"),
    ),
)


def people(number):
    return [
        SimpleNamespace(uid=f"p{each}", name=f"Person {each:03}", place=None, born=None)
        for each in range(number)
    ]


def test_a_page_shows_the_first_rows_and_counts_all(rf):
    listing = build_listing(rf.get("/people/"), TABLE, people(60), noun="person")
    assert listing.count == 60
    assert len(listing.rows) == PER_PAGE
    assert listing.rows[0].url == "/people/p0/"
    assert listing.rows[0].cells[1].value is None  # a path that ends early is empty, not an error


@pytest.mark.parametrize(("asked", "number"), [("2", 2), ("99", 3), ("x", 1), ("-1", 3)])
def test_a_page_that_is_not_there_is_answered_by_the_nearest(rf, asked, number):
    listing = build_listing(rf.get("/people/", {"page": asked}), TABLE, people(60))
    assert listing.page.number == number


def test_only_offered_page_sizes_are_taken(rf):
    assert len(build_listing(rf.get("/", {"per_page": "50"}), TABLE, people(60)).rows) == 50
    assert len(build_listing(rf.get("/", {"per_page": "5000"}), TABLE, people(60)).rows) == PER_PAGE


def test_active_filters_are_chips_in_words_and_can_be_taken_away(rf):
    request = rf.get(
        "/people/", {"q": "ada", "state": "il", "since": "2026-03-09", "late": "on", "page": "2"}
    )
    listing = build_listing(request, TABLE, [], filterset=filtered([], request.GET))
    assert [(chip.label, chip.value) for chip in listing.chips] == [
        ("Name", "ada"),
        ("State", "Illinois"),
        ("Since", "9 Mar 2026"),
        ("Late only", "yes"),
    ]
    assert listing.chips[0].url == "/people/?state=il&since=2026-03-09&late=on"
    assert listing.reset_url == "/people/"
    assert listing.csv_url == "/people/?q=ada&state=il&since=2026-03-09&late=on&format=csv"


def test_a_broken_filter_shows_no_chips(rf):
    request = rf.get("/people/", {"since": "yesterday"})
    assert build_listing(request, TABLE, [], filterset=filtered([], request.GET)).chips == []


def test_addresses_keep_what_they_do_not_change(rf):
    assert changed(rf.get("/x/?a=1&b=2"), b=None, c=3) == "/x/?a=1&c=3"
    assert changed(rf.get("/x/?a=1"), a=None) == "/x/"


def test_htmx_gets_only_the_list_and_a_browser_the_page(rf):
    whole = render_list(rf.get("/people/"), TABLE, people(3), title="People")
    part = render_list(
        rf.get("/people/", headers={"HX-Request": "true", "HX-Target": "list"}),
        TABLE,
        people(3),
        title="People",
    )
    assert b"<!DOCTYPE html>" in whole.content
    assert part.content.strip().startswith(b"<section")
    assert "HX-Target" in whole["Vary"]
    assert b"3 rows" in part.content


def test_going_back_in_history_gets_the_page(rf):
    headers = {"HX-Request": "true", "HX-Target": "list", "HX-History-Restore-Request": "true"}
    assert b"<!DOCTYPE html>" in render_list(rf.get("/", headers=headers), TABLE, [], title="People").content


def test_rows_for_bulk_actions_carry_their_key(rf):
    table = Table(columns=TABLE.columns, bulk=(Action("Assign", method="post", url="/assign/"),))
    html = render_list(rf.get("/people/"), table, people(1), title="People").content.decode()
    assert 'name="selected" value="p0" form="bulk-form"' in html
    assert 'formaction="/assign/"' in html


def test_a_cell_is_escaped(rf):
    row = SimpleNamespace(uid="x", name="<script>alert(1)</script>", place=None, born=dt.date(2026, 1, 1))
    assert b"<script>alert" not in render_list(rf.get("/"), TABLE, [row], title="People").content


class TestOrder:
    """The order of a queryset: asked for by column, never by what the address names freely."""

    table = Table(
        order="name",
        columns=(
            Column("name", "Name", value="username", sort="username"),
            Column("seen", "Last seen", value="last_login", sort=("last_login", "username")),
            Column("password", "Secret"),
        ),
    )

    def ordered(self, parameter):
        queryset, order = self.table.sorted(User.objects.all(), parameter)
        return str(queryset.query).partition("ORDER BY ")[2], order

    def test_without_a_wish_the_tables_own(self):
        sql, order = self.ordered("")
        assert order == "name"
        assert sql.startswith('"accounts_user"."username" ASC NULLS LAST')

    def test_downwards_rows_without_a_value_still_come_last(self):
        sql, order = self.ordered("-seen")
        assert order == "-seen"
        assert sql.startswith('"accounts_user"."last_login" DESC NULLS LAST, "accounts_user"."username" DESC')

    def test_rows_that_tie_keep_one_order(self):
        assert self.ordered("seen")[0].endswith('"accounts_user"."id" ASC')

    @pytest.mark.parametrize(
        "wish", ["password", "-password", "is_superuser", "username__regex", "-", "x; DROP"]
    )
    def test_a_column_that_is_not_offered_is_not_sorted_by(self, wish):
        assert self.ordered(wish)[1] == "name"

    def test_a_heading_offers_the_other_direction(self, rf):
        listing = build_listing(rf.get("/?sort=name&page=3"), self.table, User.objects.none())
        heading = listing.headers[0]
        assert (heading.aria_sort, heading.url) == ("ascending", "/?sort=-name")
        assert listing.headers[2].url == ""


def make_users(name, number):
    User.objects.bulk_create(
        User(username=f"{name}{each:02}", email=f"{name}{each}@lists.example") for each in range(number)
    )


@pytest.mark.django_db
class TestLargeLists:
    def test_the_count_of_many_rows_is_kept_for_the_pages_that_follow(
        self, rf, monkeypatch, django_assert_num_queries
    ):
        monkeypatch.setattr("config.kernel.pages.lists.MANY", 20)
        table = Table(columns=(Column("username", "Name", sort="username"),), order="username")
        rows = User.objects.filter(username__startswith="kept")
        make_users("kept", 30)
        with django_assert_num_queries(2):
            assert build_listing(rf.get("/"), table, rows).count == 30
        with django_assert_num_queries(1):
            second = build_listing(rf.get("/", {"page": "2"}), table, rows)
        assert (second.count, len(second.rows)) == (30, 5)
        assert build_listing(rf.get("/"), table, rows.filter(username="kept01")).count == 1, "another list"

    def test_what_is_looked_up_row_by_row_is_asked_for_the_rows_shown(self, rf, django_assert_num_queries):
        widened = []

        def widen(rows):
            widened.append(rows.count())
            return rows.annotate(shouted=Upper("username"))

        table = Table(
            columns=(Column("username", "Name", sort="username"), Column("shouted", "Shouted")),
            order="username",
            widen=widen,
        )
        make_users("wide", 60)
        rows = User.objects.filter(username__startswith="wide")
        page = build_listing(rf.get("/", {"page": "3", "sort": "-username"}), table, rows)
        assert [row.cells[1].value for row in page.rows] == [f"WIDE{each:02}" for each in reversed(range(10))]
        assert widened == [10]

    def test_nothing_that_can_fit_is_counted_without_asking(self, rf):
        table = Table(columns=(Column("username", "Name"),))
        assert build_listing(rf.get("/"), table, User.objects.none()).count == 0


class TestCountedLater:
    """A list that is slow to count shows its rows first."""

    @pytest.fixture
    def users(self, db):
        User.objects.bulk_create(User(username=f"person{each:03}") for each in range(60))
        return User.objects.filter(username__startswith="person")

    TABLE = Table(
        caption="Users", order="name", columns=(Column("name", "Name", value="username", sort="username"),)
    )

    def listing(self, rf, users, slow=("q",), **asked):
        request = rf.get("/people/", {"q": "person"} | asked)
        filterset = filtered(users, request.GET)
        filterset.slow = slow
        return build_listing(request, self.TABLE, users, filterset=filterset)

    def test_the_rows_are_there_and_the_number_is_fetched(self, rf, users, django_assert_num_queries):
        with django_assert_num_queries(1):
            listing = self.listing(rf, users)
        assert (listing.count, len(listing.rows), listing.page.has_next()) == (None, PER_PAGE, True)
        assert listing.count_url == "/people/?q=person&count=1"
        assert (listing.page.start_index(), listing.page.end_index()) == (1, 25)

    @pytest.mark.parametrize(
        ("page", "rows", "count", "more"),
        [("2", 25, None, True), ("3", 10, 60, False), ("4", 0, None, False), ("x", 25, None, True)],
    )
    def test_the_last_page_tells_the_number(self, rf, users, page, rows, count, more):
        listing = self.listing(rf, users, page=page)
        assert (len(listing.rows), listing.count, listing.page.has_next()) == (rows, count, more)
        assert listing.page.previous_page_number() == listing.page.number - 1

    def test_a_short_list_is_counted_by_looking_at_it(self, rf, users):
        assert self.listing(rf, users.filter(username="person007")).count == 1
        assert self.listing(rf, users.filter(username="nobody")).count == 0
        assert self.listing(rf, users.none()).count == 0

    def test_without_a_slow_filter_it_is_counted_as_ever(self, rf, users):
        assert self.listing(rf, users, slow=("state",)).count == 60

    def test_the_page_asks_for_the_number(self, rf, users):
        request = rf.get("/people/", {"q": "person"})
        filterset = filtered(users, request.GET)
        filterset.slow = ("q",)
        request.user = users[0]
        shown = render_to_string(
            "partials/list.html",
            {"listing": build_listing(request, self.TABLE, users, filterset=filterset)},
            request,
        )
        assert 'hx-get="/people/?q=person&amp;count=1"' in shown
        assert "1 to 25</span>" in shown
        answer = render_list(
            rf.get("/people/", {"count": "1"}), self.TABLE, users, title="People", noun="user"
        )
        assert "<strong>60 users</strong>" in answer.content.decode()
