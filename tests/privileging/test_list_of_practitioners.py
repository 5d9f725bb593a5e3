"""The list of practitioners: filters of every room, as of a day, and what may be taken away."""

import datetime as dt
import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.choices import BarKind
from config.accounts.choices import Role
from config.audit.models import AuditEvent
from config.kernel import clock
from practitioners.services.merging import merge_records
from tests.privileging.conftest import TODAY, appoint, bar, licensed

LIST = reverse("practitioners:list")


@pytest.fixture
def staff(world, person):
    """One member, one on leave, one suspended, one who left, one who never was."""
    made = {name: person(last=name) for name in ("Active", "Leave", "Suspended", "Left", "Never")}
    for name in ("Active", "Leave", "Suspended"):
        appoint(world, made[name])
    appoint(world, made["Left"], dt.date(2025, 1, 1), dt.date(2026, 6, 30))
    bar(world, made["Leave"], dt.date(2026, 5, 1), kind=BarKind.LEAVE)
    bar(world, made["Suspended"], dt.date(2026, 5, 1))
    licensed(world, made["Active"])
    return made


@pytest.fixture
def office(client, user):
    client.force_login(user(Role.CREDENTIALING_COORDINATOR))
    return client


def names(client, **asked):
    listing = client.get(LIST, asked).context["listing"]
    return [row.thing.display_name.partition(",")[0] for row in listing.rows]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"standing": "appointed"}, ["Active", "Leave", "Suspended"]),
        ({"standing": "leave"}, ["Leave"]),
        ({"standing": "suspended"}, ["Suspended"]),
        ({"standing": "left"}, ["Left"]),
        ({"standing": "applicant"}, []),
        ({"standing": "appointed", "as_of": "2026-03-01"}, ["Active", "Leave", "Left", "Suspended"]),
        ({"standing": "leave", "as_of": "2026-03-01"}, []),
        ({"licence_state": "IL"}, ["Active"]),
        ({"licence": "none"}, ["Leave", "Left", "Never", "Suspended"]),
        ({"runs_out": "30"}, []),
        ({"q": "susp"}, ["Suspended"]),
        ({"as_of": "nonsense"}, ["Active", "Leave", "Left", "Never", "Suspended"]),
    ],
)
def test_the_list_is_narrowed(office, staff, asked, found):
    assert names(office, **asked) == found


def test_department_and_category(office, world, staff):
    assert names(office, department=world.surgery.pk) == ["Active", "Leave", "Suspended"]
    assert names(office, category=world.honorary.pk) == []


def test_a_merged_person_is_listed_once_and_found_by_either_record(office, world, staff):
    merge_records(actor=world.system, keep=staff["Never"], record=staff["Active"], reason="One person")
    assert names(office) == ["Leave", "Left", "Never", "Suspended"]
    for asked in ({"q": "active"}, {"licence_state": "IL"}):
        assert names(office, **asked) == ["Never"]
    assert names(office, standing="appointed") == ["Leave", "Never", "Suspended"]
    listing = office.get(LIST, {"q": "active"}).context["listing"]
    assert listing.rows[0].thing.licences
    assert listing.rows[0].thing.facts


def test_the_list_costs_the_same_for_many(office, staff):
    office.get(LIST)
    with CaptureQueriesContext(connection) as asked:
        office.get(LIST)
    assert len(asked) <= 12


def test_the_export_has_what_is_on_screen_and_is_recorded(office, staff):
    answer = office.get(LIST, {"standing": "appointed", "as_of": "2026-03-01", "format": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[0] for row in rows] == [
        "Name",
        *(f"{name}, Adaeze" for name in ("Active", "Leave", "Left", "Suspended")),
    ]
    csv = b"".join(office.get(LIST, {"standing": "leave", "format": "csv"}).streaming_content).decode()
    assert [line[:14] for line in csv.splitlines()[1:]] == ['"Leave, Adaeze']
    events = list(AuditEvent.objects.filter(verb="practitioner.roster_exported").order_by("pk"))
    assert [event.data["count"] for event in events] == [4, 1]
    assert events[0].data["filters"] == {"standing": "appointed", "as_of": "2026-03-01"}


def test_who_may_not_export_sees_no_way_to(client, user, staff):
    client.force_login(user(Role.COMPLIANCE_OFFICER))
    page = client.get(LIST)
    assert page.context["listing"].csv_url == ""
    assert client.get(LIST, {"format": "csv"})["Content-Type"].startswith("text/html")
    assert not AuditEvent.objects.filter(verb="practitioner.roster_exported").exists()
    assert clock.today() == TODAY
