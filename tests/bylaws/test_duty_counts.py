"""Counts of duties from other systems: whole or not at all, once, and taken back."""

import datetime as dt

import pytest
from django.core.management import CommandError, call_command

from bylaws.models import DutyCount, DutyList
from bylaws.selectors.duty_counts import Counted, counts_of
from bylaws.services.duty_counts import import_counts, look_at_counts, read_counts, undo_counts
from config.kernel.errors import Forbidden, Refused
from practitioners.models import Practitioner
from practitioners.services.merging import merge_records
from tests.bylaws.world import TODAY

DAY = dt.timedelta(days=1)


@pytest.fixture
def member(world):
    person = world.practitioner()
    Practitioner.objects.filter(pk=person.pk).update(npi="1000000004")
    return person


def take(world, text, **more):
    given = {
        "actor": world.coordinator,
        "facility": world.facility,
        "kind": "records",
        "as_of": TODAY,
        "whole": True,
        "content": text.encode(),
        "file_name": "late.csv",
    }
    return import_counts(**given | more)


def test_what_is_wrong_is_said_with_its_row():
    text = "NPI,Count,Since\n1,x,\n,1,\n2,1,2026-13-01\n3,1,2026-03-11\n4,2,3/10/2026\n4,2,\n5,-1,\n"
    rows, wrong = read_counts(text.encode(), TODAY)
    assert [(row.number, row.npi, row.count, row.since) for row in rows] == [(6, "4", 2, TODAY)]
    assert wrong == [
        'Row 2, Count: "x" is no whole number from 0 to 1,000,000.',
        "Row 3, NPI: it is missing.",
        'Row 4, Since: "2026-13-01" is no day; write 2026-03-31 or 3/31/2026.',
        "Row 5, Since: 11 Mar 2026 is after the day of the list.",
        "Row 7, NPI: the same person already stands in row 6.",
        'Row 8, Count: "-1" is no whole number from 0 to 1,000,000.',
    ]


def test_recorded_once_and_taken_back(world, member):
    text = "NPI,Count,Since\n1000000004,3,2026-01-02\n"
    made = take(world, text)
    assert made.counts.get().count == 3
    with pytest.raises(Refused, match="imported for this day already"):
        take(world, text)
    same_next_month = take(world, text, as_of=TODAY - DAY)
    assert same_next_month.pk != made.pk
    undo_counts(actor=world.coordinator, duty_list=same_next_month, reason="Only to see that it can be")
    with pytest.raises(Refused, match="Say why"):
        undo_counts(actor=world.coordinator, duty_list=made, reason=" ")
    undo_counts(actor=world.coordinator, duty_list=made, reason="Wrong month")
    with pytest.raises(Refused, match="taken back already"):
        undo_counts(actor=world.coordinator, duty_list=made, reason="Again")
    take(world, text)
    assert DutyList.objects.filter(undone_at__isnull=True).count() == 1
    assert DutyCount.objects.count() == 3


def test_a_stranger_keeps_everything_out(world, member):
    with pytest.raises(Refused, match="Row 3, NPI: nobody on file has 1999999999"):
        take(world, "NPI,Count\n1000000004,1\n1999999999,2\n")
    assert not DutyList.objects.exists()
    with pytest.raises(Refused, match="lies ahead"):
        take(world, "NPI,Count\n1000000004,1\n", as_of=TODAY + DAY)


def test_nobody_without_the_permission(world, member):
    with pytest.raises(Forbidden):
        take(world, "NPI,Count\n1000000004,1\n", actor=world.user("Passer By"))


def test_nobody_imports_or_takes_back_what_counts_something_of_their_own(world, member):
    made = take(world, "NPI,Count\n1000000004,1\n")
    mine = world.practitioner("Other Record", user=world.coordinator)
    merge_records(actor=world.director, keep=mine, record=member, reason="One person")
    with pytest.raises(Forbidden, match="a colleague takes it back"):
        undo_counts(actor=world.coordinator, duty_list=made, reason="Not me")
    with pytest.raises(Refused, match="your own file"):
        take(world, "NPI,Count\n1000000004,1\n", as_of=TODAY - DAY)
    undo_counts(actor=world.director, duty_list=made, reason="Wrong month")


def test_nobody_is_cleared_by_leaving_their_own_row_out(world, member):
    mine = world.practitioner("Own Record", user=world.coordinator)
    world.appoint(mine)
    text = "NPI,Count\n1000000004,1\n"
    look = {"facility": world.facility, "as_of": TODAY, "content": text.encode()}
    with pytest.raises(Refused, match="A colleague has to import it") as refused:
        take(world, text)
    assert refused.value.field == "whole"
    with pytest.raises(Refused, match="A colleague has to import it"):
        look_at_counts(actor=world.coordinator, whole=True, **look)
    assert not DutyList.objects.exists()
    assert look_at_counts(actor=world.coordinator, whole=False, **look).wrong == []
    undo_counts(actor=world.coordinator, duty_list=take(world, text, whole=False), reason="Wrong month")
    made = take(world, text, actor=world.director)
    with pytest.raises(Forbidden, match="speaks of every member"):
        undo_counts(actor=world.coordinator, duty_list=made, reason="Not me")


def test_who_is_no_member_any_more_loads_a_list_of_everybody(world, member):
    mine = world.practitioner("Own Record", user=world.coordinator)
    world.appoint(mine, dt.date(2025, 1, 1), TODAY - DAY)
    assert take(world, "NPI,Count\n1000000004,1\n").whole


def test_command(world, member, tmp_path):
    path = tmp_path / "dues.csv"
    path.write_text("NPI,Count\n1000000004,250\n")
    asked = [str(path), "--kind=dues", f"--facility={world.facility.code}", f"--as-of={TODAY}"]
    call_command("import_duties", *asked)
    assert DutyCount.objects.get().count == 250
    with pytest.raises(CommandError, match="imported for this day already"):
        call_command("import_duties", *asked)
    call_command("import_duties", *asked, "--take-back=Wrong month")
    assert DutyList.objects.get().undo_reason == "Wrong month"
    with pytest.raises(CommandError, match="No import of this file stands"):
        call_command("import_duties", *asked, "--take-back=Again")
    with pytest.raises(CommandError, match="is no day"):
        call_command("import_duties", *asked[:-1], "--as-of=tomorrow")


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("1,2026-01-02", "2,2025-12-01", Counted(3, dt.date(2025, 12, 1))),
        ("1,2026-01-02", "0,2020-01-01", Counted(1, dt.date(2026, 1, 2))),  # what is settled dates nothing
        ("1,2026-01-02", "2,", Counted(3, None)),  # how long is not known of all of it
        ("0,2026-01-02", "0,", Counted(0, None)),
    ],
)
def test_rows_of_one_person_add_up_once_the_records_are_merged(world, member, first, second, said):
    other = world.practitioner("Other Record")
    Practitioner.objects.filter(pk=other.pk).update(npi="1000000012")
    made = take(world, f"NPI,Count,Since\n1000000004,{first}\n1000000012,{second}\n")
    merge_records(actor=world.director, keep=member, record=other, reason="One person")
    assert counts_of([made.pk], [member.pk]) == {member.pk: {made.pk: said}}
