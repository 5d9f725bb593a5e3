"""Payers: columns, enrolments, the roster of any day, adds and terms, and the files that are kept."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from django.db import Error, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.services.appointments import end_appointment
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.canonical import bytes_digest
from config.kernel.errors import Forbidden, Refused
from credentialing.models import RosterFile
from credentialing.rules.payer_rosters import (
    USUAL,
    Ending,
    Move,
    columns_text,
    compare,
    csv_text,
    read_columns,
)
from credentialing.selectors import payers as selectors
from credentialing.services import payers
from practitioners.services.affiliations import add_affiliation
from practitioners.services.merging import merge_records, take_apart
from practitioners.services.workplaces import add_location, create_group
from tests.credentialing.world import NOON, TODAY

DAY = dt.timedelta(days=1)
COLUMNS = """\
Action = action
NPI = npi
Last = last_name
Effective = effective
Term = term_date
Why = term_reason
Plan = "HMO"
"""


@pytest.fixture
def payer(world):
    return payers.add_payer(
        actor=world.coordinator,
        facility=world.facility,
        name="Harbour Health",
        columns=COLUMNS,
        day_form="us",
    )


@pytest.fixture
def surgeon(world):
    """A member of the staff with a licence."""
    person = world.practitioner()
    world.claim(person, "LICENSE", dt.date(2012, 7, 1), dt.date(2027, 6, 30), state="OH", number="35.100001")
    world.claim(
        person, "BOARD_CERT", dt.date(2015, 1, 1), None, issuer="Board of Imagined Surgery",
        extra={"specialty": "Surgery"},
    )  # fmt: skip
    world.appoint(person)
    return person


@pytest.fixture
def office(world, client):
    client.force_login(world.coordinator)
    return client


def enrol(world, payer, *people, effective=dt.date(2026, 1, 1), **more):
    return payers.enrol(
        actor=world.coordinator, payer=payer, practitioners=people, effective=effective, **more
    )


def lines(file) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.content)))


# --- rules ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("NPI", "Line 1: write a heading"),
        ("\nNPI = ", "Line 2: write a heading"),
        ("Born = birth_date", 'Line 1: "birth_date" is no field'),
        ("A = npi\nA = phone", 'Line 2: the heading "A" stands there twice'),
        ("\n\n", "Name at least one column"),
        (f"{'x' * 81} = npi", "longer than 80"),
        ("\n".join(f"H{number} = npi" for number in range(81)), "At most 80"),
    ],
)
def test_columns_are_refused_by_the_line(text, sentence):
    with pytest.raises(Refused, match=sentence):
        read_columns(text)


def test_columns_are_read_as_they_are_shown_and_write_days_as_asked():
    columns = read_columns('NPI = npi\nPlan = "=HMO"\nFrom = effective')
    assert read_columns(columns_text(columns)) == columns
    line = {"npi": "2000000101", "effective": "2026-03-09"}
    for form, day in (("iso", "2026-03-09"), ("us", "03/09/2026"), ("plain", "20260309")):
        assert csv_text(columns, [line], form) == f"NPI,Plan,From\r\n2000000101,'=HMO,{day}\r\n"


def test_what_is_compared_is_told_once_and_by_its_name():
    def line(name, **more):
        return {"sorted_by": name, "last_name": name, "city": "Toledo", **more}

    before = {"a": line("Abbot"), "b": line("Brook", licence_number=""), "c": line("Cole")}
    # The board was not told of before: that is no change.
    brook = line("Brook", city="Akron", licence_number="9", board="New")
    after = {"a": line("Abbot"), "b": brook, "d": line("Dale")}
    told = compare(before, after, {"c": Ending(TODAY, "Membership ended")})
    assert [(each.move, each.line["last_name"]) for each in told.told] == [
        (Move.ADD, "Dale"), (Move.CHANGE, "Brook"), (Move.TERM, "Cole"),
    ]  # fmt: skip
    assert told.changes[0].changed == ("licence", "address")
    assert told.terms[0].line["term_date"] == TODAY.isoformat()


# --- rosters ----------------------------------------------------------------------------------------------


def test_a_roster_holds_members_who_are_enrolled_on_the_day(world, payer, surgeon):
    other = world.practitioner(last_name="Abbot", npi="2000000119")
    world.appoint(other)
    enrol(world, payer, surgeon, payer_number="HH-7")
    enrol(world, payer, other, effective=TODAY + DAY)
    group = create_group(actor=world.coordinator, name="Harbour Surgical")
    place = add_location(
        actor=world.coordinator, group=group, name="Main", line_1="1 Quay", city="Toledo", state="OH"
    )
    add_affiliation(
        actor=world.coordinator, practitioner=surgeon, location=place, valid=DateRange(TODAY, None), main=True
    )
    (line,) = selectors.roster(payer, TODAY).values()
    assert (line["npi"], line["payer_number"], line["effective"]) == ("2000000101", "HH-7", "2026-01-01")
    assert line["board"] == "Board of Imagined Surgery"
    assert (line["licence_number"], line["group"], line["city"]) == (
        "35.100001",
        "Harbour Surgical",
        "Toledo",
    )
    (before,) = selectors.roster(payer, TODAY - DAY).values()
    assert before["group"] == ""
    assert selectors.roster(payer, dt.date(2025, 12, 31)) == {}
    assert len(selectors.roster(payer, TODAY + DAY)) == 2


def test_the_end_of_an_appointment_is_a_term_whoever_forgot_the_enrolment(world, payer, surgeon):
    enrol(world, payer, surgeon)
    appointment = surgeon.appointments.get()
    end_appointment(actor=world.system, appointment=appointment, day=dt.date(2026, 3, 1), reason="Moved away")
    file = payers.make_changes(actor=world.coordinator, payer=payer, since=dt.date(2026, 1, 31), on=TODAY)
    assert lines(file) == [
        {
            "Action": "Term", "NPI": "2000000101", "Last": "Quillfeather", "Effective": "01/01/2026",
            "Term": "02/28/2026", "Why": "Membership ended", "Plan": "HMO",
        }
    ]  # fmt: skip
    assert (file.adds, file.changes, file.terms, file.lines) == (0, 0, 1, 1)


def test_what_was_told_is_kept_and_what_was_recorded_later_is_told_next(world, payer, surgeon):
    first = payers.make_changes(actor=world.coordinator, payer=payer, since=TODAY - DAY, on=TODAY)
    assert lines(first) == []
    enrol(world, payer, surgeon, effective=dt.date(2026, 2, 1))  # back-dated: the payer was not told
    with clock.freeze(NOON + 31 * DAY):
        on = TODAY + 31 * DAY
        second = payers.make_changes(actor=world.coordinator, payer=payer, since=TODAY, on=on)
        assert [line["Action"] for line in lines(second)] == ["Add"]
        payers.end_enrolment(
            actor=world.coordinator, enrolment=payer.enrolments.get(), last_day=on - DAY, reason="Left it"
        )
        told, _ = selectors.changes(payer, since=on, on=on)
        assert (told.terms[0].line["term_reason"], told.terms[0].line["term_date"]) == (
            "Enrollment ended",
            (on - DAY).isoformat(),
        )
    assert second.sha256 == bytes_digest(second.content.encode())
    assert AuditEvent.objects.filter(verb="roster_file.made").count() == 2
    with pytest.raises(Error, match="roster"), transaction.atomic():
        RosterFile.objects.filter(pk=first.pk).update(content="NPI")


def test_nothing_protected_and_no_unnamed_person_gets_into_a_file(world, payer, surgeon):
    everything = USUAL + "\n".join(f"{field} = {field}" for field in ("phone", "committee_date", "category"))
    payers.change_payer(
        actor=world.coordinator, payer=payer, name=payer.name, columns=everything, day_form="iso",
        delegated=True, active=True,
    )  # fmt: skip
    payer.refresh_from_db()
    enrol(world, payer, surgeon)
    file = payers.make_roster(actor=world.coordinator, payer=payer, on=TODAY)
    assert "1980" not in file.content
    assert "1980" not in str(file.roster)
    assert payer.history.count() == 2


def test_who_may_not_and_what_cannot_be_is_refused_with_a_sentence(world, payer, surgeon):
    with pytest.raises(Forbidden):
        payers.make_roster(actor=world.compliance, payer=payer, on=TODAY)
    with pytest.raises(Forbidden):
        payers.enrol(actor=world.staff_coordinator, payer=payer, practitioners=[surgeon], effective=TODAY)
    with pytest.raises(Refused, match="a payer of that name"):
        payers.add_payer(
            actor=world.coordinator, facility=world.facility, name="harbour  health", columns=COLUMNS,
            day_form="us",
        )  # fmt: skip
    with pytest.raises(Refused, match="not known yet"):
        payers.make_roster(actor=world.coordinator, payer=payer, on=TODAY + DAY)
    with pytest.raises(Refused, match="lies before the day"):
        payers.make_changes(actor=world.coordinator, payer=payer, since=TODAY, on=TODAY)
    stranger = world.practitioner(last_name="Abbot", npi="2000000119")
    with pytest.raises(Refused, match="no member of the staff"):
        enrol(world, payer, surgeon, stranger)
    enrol(world, payer, surgeon)
    with pytest.raises(Refused, match="enrolled with Harbour Health already"):
        enrol(world, payer, surgeon, effective=TODAY)
    file = payers.make_roster(actor=world.coordinator, payer=payer, on=TODAY)
    with pytest.raises(Refused, match="only after that day"):
        payers.record_sent(actor=world.coordinator, file=file, sent_on=TODAY - DAY, sent_to="Portal")
    payers.record_sent(actor=world.coordinator, file=file, sent_on=TODAY, sent_to="Portal")
    with pytest.raises(Refused, match="already"):
        payers.record_sent(actor=world.coordinator, file=file, sent_on=TODAY, sent_to="Portal")


def test_an_end_can_be_moved_both_ways(world, payer, surgeon):
    enrol(world, payer, surgeon)
    enrolment = payer.enrolments.get()
    for last in (dt.date(2026, 6, 30), dt.date(2026, 3, 31), dt.date(2026, 9, 30)):
        payers.end_enrolment(
            actor=world.coordinator, enrolment=enrolment, last_day=last, reason="As the payer says"
        )
        assert max(row.end for row in enrolment.periods.live()) == last


# --- two records of one person ------------------------------------------------------------------------------


def test_a_merge_is_followed_and_its_undoing_too(world, payer, surgeon):
    twin = world.practitioner(last_name="Quillfeather", first_name="M", npi=None)
    enrol(world, payer, surgeon)
    first = payers.make_roster(actor=world.coordinator, payer=payer, on=TODAY)
    assert len(first.roster) == 1
    merge_records(actor=world.coordinator, keep=twin, record=surgeon, reason="Entered twice")
    (line,) = selectors.roster(payer, TODAY).values()
    assert (line["first_name"], line["licence_number"]) == ("M", "35.100001"), "one person with all records"
    told = selectors.changes(payer, since=TODAY, on=TODAY)[0]
    assert [each.move for each in told.told] == [Move.CHANGE], "the same person, by another name"
    assert [row.identity.payer for row in selectors.enrolments_of(world.coordinator, twin)] == [payer]
    assert list(selectors.members_without(payer, world.coordinator, TODAY)) == []
    with pytest.raises(Refused, match="is enrolled with Harbour Health already"):
        enrol(world, payer, twin)
    with pytest.raises(Refused, match="was merged into"):
        enrol(world, payer, surgeon)
    take_apart(actor=world.coordinator, record=surgeon, reason="Two people")
    (again,) = selectors.roster(payer, TODAY).values()
    assert again["first_name"] == "Marisol"
    assert list(selectors.enrolments_of(world.coordinator, twin)) == []
    assert selectors.changes(payer, since=TODAY, on=TODAY)[0].told == ()


def test_what_stands_on_a_merged_record_can_be_ended(world, payer, surgeon):
    enrol(world, payer, surgeon)
    twin = world.practitioner(last_name="Quillfeather", first_name="M", npi=None)
    merge_records(actor=world.coordinator, keep=twin, record=surgeon, reason="Entered twice")
    payers.end_enrolment(
        actor=world.coordinator, enrolment=payer.enrolments.get(), last_day=TODAY, reason="Left it"
    )
    assert len(selectors.roster(payer, TODAY)) == 1
    assert selectors.roster(payer, TODAY + DAY) == {}


def test_many_are_enrolled_in_as_many_statements_as_one(world, payer):
    people = [world.practitioner(last_name=f"Abbot{each}", npi=None) for each in range(4)]
    for each in people:
        world.appoint(each)

    def asked(*whom):
        with CaptureQueriesContext(connection) as queries:
            enrol(world, payer, *whom)
        return len(queries)

    assert asked(people[0]) == asked(*people[1:])
    assert AuditEvent.objects.filter(verb="payer_enrolment.opened").count() == 4


def test_a_reason_too_long_is_refused_and_nothing_is_cut(world, payer, surgeon):
    enrol(world, payer, surgeon)
    enrolment = payer.enrolments.get()
    with pytest.raises(Refused, match="At most 1,000 characters are kept, and this has 1,001"):
        payers.end_enrolment(actor=world.coordinator, enrolment=enrolment, last_day=TODAY, reason="x" * 1001)
    payers.end_enrolment(actor=world.coordinator, enrolment=enrolment, last_day=TODAY, reason="x" * 1000)
    assert len(AuditEvent.objects.get(verb="payer_enrolment.ended").reason) == 1000


# --- pages ------------------------------------------------------------------------------------------------


def test_a_month_with_a_payer_from_the_page(world, surgeon, office):
    new = office.post(
        reverse("credentialing:payer_add"), {"name": "Harbour Health", "columns": COLUMNS, "day_form": "us"}
    )
    members = office.get(new["Location"]).content.decode()
    assert "Quillfeather" in members
    payer = selectors.visible_payers(world.coordinator).get()
    enrol_url = reverse("credentialing:payer_enrol", args=[payer.uid])
    chosen = {"selected": [str(surgeon.uid)]}
    assert "From when does" in office.post(enrol_url, chosen).content.decode()
    assert (
        office.post(enrol_url, chosen | {"effective": "2026-03-02", "payer_number": "7"}).status_code == 303
    )
    changes = reverse("credentialing:payer_changes", args=[payer.uid])
    page = office.get(changes).content.decode()
    assert "Effective 2 Mar 2026" in page
    assert office.get(f"{changes}?since=2026-03-10&on=2026-03-01").status_code == 422
    answer = office.post(changes, {"since": "2026-02-28", "on": "2026-03-10"})
    file = office.get(answer["Location"]).content.decode()
    assert "1 add, 0 changes, 0 terms" in file
    taken = office.get(f"{answer['Location']}?format=csv")
    kept = RosterFile.objects.get()
    assert taken.content == kept.content.encode()
    assert kept.sha256 in file
    assert office.post(answer["Location"], {"sent_on": "2026-03-10", "sent_to": "Portal"}).status_code == 303
    assert "Sent on" in office.get(answer["Location"]).content.decode()
    address = reverse("credentialing:payer_roster", args=[payer.uid])
    assert "1 practitioner" in office.get(address).content.decode()
    for ahead in (f"{address}?on=2031-01-01", f"{changes}?since=2026-02-28&on=2031-01-01"):
        answer = office.get(ahead)
        assert answer.status_code == 422
        assert "What will be on that day is not known yet" in answer.content.decode()
        assert "Nobody stood on the roster" not in answer.content.decode()
    assert "number 7" in office.get(reverse("practitioners:more_office", args=[surgeon.uid])).content.decode()
    assert "End it" in office.get(reverse("credentialing:payer", args=[payer.uid])).content.decode()
    assert "10 Mar 2026" in office.get(reverse("credentialing:payers")).content.decode()
