import csv
import datetime as dt
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.kernel import clock
from config.kernel.periods import days, through
from practitioners.services.affiliations import add_affiliation
from practitioners.services.credentials import record_claim
from practitioners.services.merging import merge_records
from practitioners.services.people import create_practitioner, set_contact_point
from practitioners.services.workplaces import add_location, create_group
from practitioners.tables import practitioners_table

LIST = "/practitioners/"
EVERYTHING = [column.name for column in practitioners_table(None, dt.date(2026, 3, 2)).offered]


@pytest.fixture
def office(client, director):
    client.force_login(director)
    return client


def licence(actor, person, number, first, last, state="IL"):
    return record_claim(
        actor=actor, practitioner=person, type_code="LICENSE", state=state, number=number,
        valid=days(first, through(last)),
    )  # fmt: skip


@pytest.fixture
def people(coordinator, surgeon):
    """Kowalski at the harbour, with a licence that runs out first; Abbott at the lake; Zhou nowhere."""
    abbott, zhou = (
        create_practitioner(actor=coordinator, provider_type="DO", last_name=name, first_name="Sam")
        for name in ("Abbott", "Zhou")
    )
    for name, person in (("Harbour Group", surgeon), ("Lake Clinic", abbott)):
        group = create_group(actor=coordinator, name=name)
        place = add_location(actor=coordinator, group=group, name="North")
        first = days(dt.date(2026, 1, 1), None)
        add_affiliation(actor=coordinator, practitioner=person, location=place, valid=first, main=True)
    licence(coordinator, surgeon, "036-2", dt.date(2024, 1, 1), dt.date(2046, 6, 30))
    licence(coordinator, abbott, "036-1", dt.date(2024, 1, 1), dt.date(2047, 6, 30))
    set_contact_point(actor=coordinator, practitioner=abbott, kind="email", line_1="sam@example.org")
    return surgeon, abbott, zhou


def exported(client, query):
    content = b"".join(client.get(f"{LIST}?{query}&format=csv").streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content)))


def order_of(client, query):
    return [row[0].split(",")[0] for row in exported(client, query)[1:]]


def test_the_usual_columns_stand_until_somebody_chooses(office, people):
    heading = exported(office, "q=")[0]
    assert heading == ["Name", "NPI", "Type", "Specialty", "Licenses", "Status"]


def test_the_page_and_the_export_follow_the_choice_exactly(office, people):
    query = "columns=group&columns=next&columns=nonsense&sort=name"
    page = office.get(f"{LIST}?{query}").content.decode()
    assert "Practice group</a>" in page.replace("\n", "") or "Practice group<" in page
    assert 'name="columns" value="group" form="filters"' in page
    assert exported(office, query) == [
        ["Name", "Practice group", "Next to run out"],
        ["Abbott, Sam", "Lake Clinic", "2047-06-30"],
        ["Kowalski, Maria Ewa", "Harbour Group", "2046-06-30"],
        ["Zhou, Sam", "", ""],
    ]


def test_columns_are_kept_with_a_saved_list(office, people):
    page = office.get(f"{LIST}?columns=email").content.decode()
    assert "saved-lists/new/practitioners:list/?columns=email" in page or "columns=email" in page
    answer = office.get(f"{LIST}?columns=email")
    assert answer.context["save_url"].endswith("?columns=email")


@pytest.mark.parametrize(
    ("column", "first"),
    [("group", "Kowalski"), ("next", "Kowalski"), ("number", "Abbott")],
)
def test_a_chosen_column_sorts_both_ways_with_nothing_last(office, people, column, first):
    up = order_of(office, f"columns={column}&sort={column}")
    down = order_of(office, f"columns={column}&sort=-{column}")
    assert up[0] == first
    assert up[-1] == down[-1] == "Zhou"


@pytest.mark.parametrize("name", [name for name in EVERYTHING if name not in ("licences", "status")])
def test_every_column_with_one_value_sorts(office, people, name):
    answer = office.get(f"{LIST}?columns={name}&sort=-{name}")
    assert answer.status_code == 200
    assert answer.context["listing"].order == f"-{name}"


def test_all_columns_together_stay_a_list(office, people):
    query = "&".join(f"columns={name}" for name in EVERYTHING)
    office.get(f"{LIST}?{query}")
    with CaptureQueriesContext(connection) as asked:
        assert office.get(f"{LIST}?{query}&sort=next").status_code == 200
    queries = [each["sql"] for each in asked.captured_queries if "SAVEPOINT" not in each["sql"]]
    assert len(queries) <= 12, "\n".join(queries)


def test_all_records_of_a_person_fill_the_columns(office, coordinator, people):
    surgeon, abbott, _ = people
    merge_records(actor=coordinator, keep=surgeon, record=abbott, reason="One person")
    row = next(
        row
        for row in exported(office, "columns=email&columns=number&columns=next")
        if row[0].startswith("Kowalski")
    )
    assert row[1:] == ["sam@example.org", "IL 036-2; IL 036-1", "2046-06-30"]


def test_what_is_renewed_already_does_not_run_out_next(office, coordinator, surgeon):
    soon = clock.today() + dt.timedelta(days=30)
    later = clock.today() + dt.timedelta(days=700)
    one = licence(coordinator, surgeon, "036-2", dt.date(2024, 1, 1), soon)
    assert exported(office, "columns=next")[1][1] == soon.isoformat()
    assert one == licence(coordinator, surgeon, "036-2", soon + dt.timedelta(days=1), later)
    assert exported(office, "columns=next")[1][1] == later.isoformat()


# --- filters --------------------------------------------------------------------------------------------


def test_the_chief_filters_stand_open_and_the_rest_is_counted(office, people):
    listing = office.get(f"{LIST}?q=sam&missing=npi&licence=none").context["listing"]
    assert [field.name for field in listing.chief_fields][:3] == ["q", "provider_type", "specialty"]
    assert len(listing.chief_fields) <= 4
    assert listing.more_set == 2
    assert [chip.name for chip in listing.chips] == ["q", "licence", "missing"]
    part = office.get(
        f"{LIST}?missing=npi", headers={"HX-Request": "true", "HX-Target": "list"}
    ).content.decode()
    assert 'id="more-set" hx-swap-oob="true"' in part
    assert "1 set" in part


def test_a_mistyped_folded_filter_stands_open(office, people):
    page = office.get(f"{LIST}?as_of=0001-01-01").content.decode()
    assert '<details class="filter-more" open>' in page


def test_people_are_found_by_their_group_as_of_a_day(office, people):
    group = people[0].practice_affiliations.get().location.group
    assert order_of(office, f"practice_group={group.uid}") == ["Kowalski"]
    assert order_of(office, f"practice_group={group.uid}&as_of=2025-01-01") == []


def test_a_name_the_list_does_not_find_leads_to_the_search(office, people):
    page = office.get(f"{LIST}?q=liz+o%27br%26").content.decode()
    assert 'href="/search/?q=liz+o%27br%26"' in page
    assert "Search everywhere" not in office.get(f"{LIST}?missing=npi&standing=left").content.decode()


def test_a_file_of_another_day_says_of_which(office, people):
    named = office.get(f"{LIST}?as_of=2025-01-01&format=csv")["Content-Disposition"]
    assert 'filename="practitioners-as-of-2025-01-01-2' in named
    assert "as-of" not in office.get(f"{LIST}?format=csv")["Content-Disposition"]
    assert "as-of" not in office.get(f"{LIST}?as_of=never&format=csv")["Content-Disposition"]


def test_as_of_moves_the_licence_marks_and_says_what_it_moves(office, people):
    rows = {row[0]: row[1] for row in exported(office, "columns=licences&as_of=2023-01-01")[1:]}
    assert rows["Kowalski, Maria Ewa"] == "IL claimed, not begun"
    rows = {row[0]: row[1] for row in exported(office, "columns=licences&as_of=2050-01-01")[1:]}
    assert rows["Kowalski, Maria Ewa"] == "IL claimed, run out"
    assert "those of that day" in office.get(f"{LIST}?as_of=2023-01-01").content.decode()
    assert "those of that day" not in office.get(LIST).content.decode()
