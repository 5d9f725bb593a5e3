"""The surgical roster: by practitioner, what may be used today and what not, kept with its hash."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from pypdf import PdfReader

from bylaws.choices import BarKind
from config.accounts.choices import Role
from config.accounts.models import User
from config.audit.models import JobRun
from config.kernel import clock
from config.kernel.canonical import bytes_digest
from practitioners import store
from privileging.models import SurgicalRoster
from privileging.rules.grant_kinds import EXAMPLE
from privileging.selectors.roster import NOT_CONFIRMED, NOT_USED, surgical_lines
from privileging.services.roster import make_roster, make_rosters
from tests.privileging.conftest import NOON, TODAY, appoint, bar, grant, licensed, set_parameter

pytestmark = pytest.mark.django_db
CODE = "GS-LAP-CHOLE"


def text_of_pdf(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


@pytest.fixture
def forms(world):
    return set_parameter(world.system, "privileging.surgical_forms", ["GS"])


@pytest.fixture
def service(world, person, bylaws_rule, forms):
    """A surgeon, one who is suspended for a protected cause, one without a license on record."""
    people = {}
    for last in ("Adams", "Baker", "Chen"):
        one = people[last] = person(last=last)
        appoint(world, one)
        grant(world, one, conditions="With a proctor" if last == "Adams" else "")
        if last != "Chen":
            licensed(world, one)
    bar(world, people["Baker"], TODAY, kind=BarKind.PRECAUTIONARY_SUSPENSION, cause="Marked outcomes")
    return people


def test_who_may_use_what_and_who_may_not_without_the_cause(world, service):
    lines = surgical_lines(world.lakeside, TODAY)
    assert [(line.practitioner.split(",")[0], line.code, line.today) for line in lines] == [
        ("Adams", CODE, ""),
        ("Baker", CODE, NOT_USED),
        ("Chen", CODE, NOT_CONFIRMED),
    ]
    assert lines[0].conditions == ("With a proctor", EXAMPLE)
    assert "utcomes" not in str(lines)


def test_only_the_forms_the_hospital_calls_surgical(world, person, bylaws_rule):
    one = person()
    grant(world, one)
    set_parameter(world.system, "privileging.surgical_forms", ["IM"])
    assert surgical_lines(world.lakeside, TODAY) == []


def test_it_is_made_once_a_day_and_kept_as_it_was(world, service):
    answer = make_rosters()
    assert answer[f"LAKE:{TODAY}"] == "done"
    roster = SurgicalRoster.objects.get(facility=world.lakeside)
    assert (roster.day, roster.practitioners, roster.lines) == (TODAY, 3, 3)
    grant(world, service["Adams"], code="GS-COLECTOMY", start=TODAY, at=NOON)
    assert make_roster(actor=world.system, facility=world.lakeside, day=TODAY) == roster
    assert make_rosters()[f"LAKE:{TODAY}"] == "done"
    assert JobRun.objects.filter(job="surgical-roster", key=f"LAKE:{TODAY}").count() == 1
    with clock.freeze(NOON + dt.timedelta(days=1)):
        make_rosters()
    rosters = SurgicalRoster.objects.filter(facility=world.lakeside)
    assert list(rosters.values_list("lines", flat=True)) == [4, 3]


def test_paper_and_file_say_the_same_and_no_cause(world, service):
    roster = make_roster(actor=world.system, facility=world.lakeside, day=TODAY)
    rows = list(csv.DictReader(io.StringIO(store.get(roster.csv_key).decode("utf-8-sig"))))
    assert [row["Today"] for row in rows] == ["", NOT_USED, NOT_CONFIRMED]
    pdf = store.get(roster.pdf_key)
    assert bytes_digest(pdf) == roster.pdf_key
    text = text_of_pdf(pdf)
    assert "Adams" in text
    assert "With a proctor" in text
    assert "Not authorized today" in text
    assert "utcomes" not in text + str(rows)


def test_the_file_is_written_like_every_other(world, person, bylaws_rule, forms):
    one = person(last="=cmd")
    appoint(world, one)
    grant(world, one)
    licensed(world, one)
    roster = make_roster(actor=world.system, facility=world.lakeside, day=TODAY)
    heading, line = store.get(roster.csv_key).decode().splitlines()
    assert heading == "\ufeffPractitioner,NPI,Type,Code,Privilege,Since,Through,Conditions,Today"
    assert line.startswith("\"'=cmd")
    assert ",2026-01-01,2027-12-31," in line


def test_half_a_roster_is_never_left(world, service):
    nobody = User(username="nobody", uid="nobody")  # whom the audit does not take: no event can be written
    with pytest.raises(ValidationError):
        make_roster(actor=nobody, facility=world.lakeside, day=TODAY)
    assert not SurgicalRoster.objects.exists()


def test_nobody_holds_any(world, forms):
    roster = make_roster(actor=world.system, facility=world.harbor, day=TODAY)
    assert (roster.practitioners, roster.lines) == (0, 0)
    assert "Nobody holds a surgical privilege" in text_of_pdf(store.get(roster.pdf_key))


class TestThePages:
    @pytest.fixture
    def desk(self, client, user):
        client.force_login(user(Role.LOOKUP))
        return client

    def test_empty_then_the_list_and_its_files(self, world, service, desk):
        assert "No roster has been made yet" in desk.get(reverse("privileging:rosters")).content.decode()
        roster = make_roster(actor=world.system, facility=world.lakeside, day=TODAY)
        page = desk.get(reverse("privileging:rosters")).content.decode()
        for name, key in (("roster_pdf", roster.pdf_key), ("roster_csv", roster.csv_key)):
            address = reverse(f"privileging:{name}", args=[roster.uid])
            assert address in page
            answer = desk.get(address)
            assert bytes_digest(answer.content) == key
            assert "attachment" in answer["Content-Disposition"]

    def test_one_day_of_many_is_found(self, world, service, desk):
        days = (TODAY - dt.timedelta(days=1), TODAY)
        first, second = (make_roster(actor=world.system, facility=world.lakeside, day=day) for day in days)
        page = desk.get(reverse("privileging:rosters"), {"day": TODAY.isoformat()}).content.decode()
        assert [str(each.uid) in page for each in (first, second)] == [False, True]

    def test_another_hospitals_desk_does_not_see_it(self, world, service, client, user):
        client.force_login(user(Role.LOOKUP, facility=world.harbor))
        roster = make_roster(actor=world.system, facility=world.lakeside, day=TODAY)
        assert client.get(reverse("privileging:roster_pdf", args=[roster.uid])).status_code == 404
