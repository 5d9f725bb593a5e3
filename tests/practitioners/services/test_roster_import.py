"""A roster of thousands with planted faults: checked, applied as a whole, a fixed point, taken back."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.accounts.choices import Role
from config.kernel.canonical import digest
from config.kernel.errors import Conflict, Forbidden, Refused
from practitioners import store
from practitioners.choices import ImportStatus, NameKind
from practitioners.importing.roster_fields import roster_mapping
from practitioners.models import (
    ContactPoint,
    CredentialPeriod,
    Identifier,
    ImportWrite,
    Practitioner,
    PractitionerName,
    PractitionerTaxonomy,
)
from practitioners.selectors.people import practitioner_list
from practitioners.selectors.protected import ssn_ending
from practitioners.selectors.provenance import conflicts_of, open_conflicts
from practitioners.selectors.search import search
from practitioners.services.documents import store_document
from practitioners.services.people import create_practitioner, set_contact_point
from practitioners.services.roster_import import apply_roster, check_roster, discard_import
from practitioners.services.roster_undo import undo_import
from tests.practitioners.rosters import as_csv, caqh_row, plant, roster_rows

pytestmark = pytest.mark.usefixtures("kinds", "taxonomy")


def check(actor, rows, mapping: str = "generic"):
    return check_roster(
        actor=actor, content=as_csv(rows), file_name="roster.csv", mapping=roster_mapping(mapping)
    )


def live_content() -> dict[str, str]:
    """A digest per table of what is on file now, whatever rows carry it."""
    people = Practitioner.objects.all()
    stand = {"practitioner__withdrawn_at__isnull": True}
    periods = CredentialPeriod.objects.live().select_related("identity__practitioner")
    tables = {
        "people": [
            [row.npi, row.display_name, row.sort_name, row.provider_type, row.birth_date, row.sex]
            for row in people
        ],
        "names": [
            [
                row.practitioner_id,
                row.kind,
                str(row),
                row.middle_name,
                row.suffix,
                row.used_until,
                row.said_by,
            ]
            for row in PractitionerName.objects.filter(**stand)
        ],
        "contacts": [
            [row.practitioner_id, row.kind, str(row), row.phone, row.said_by]
            for row in ContactPoint.objects.filter(**stand)
        ],
        "numbers": [[row.practitioner_id, str(row)] for row in Identifier.objects.filter(**stand)],
        "specialties": [
            [row.practitioner_id, row.taxonomy_id, row.primary, row.said_by]
            for row in PractitionerTaxonomy.objects.filter(**stand)
        ],
        "claims": [
            [str(row.identity.uid), row.valid.lower, row.valid.upper, row.status, row.said_by, row.extra]
            for row in periods
        ],
    }
    return {name: digest(sorted(map(_text, rows))) for name, rows in tables.items()}


def _text(row) -> str:
    return repr([str(value) for value in row])


def outcomes(batch) -> dict[str, int]:
    return {name: count for name, count in batch.counts.items() if count}


def test_many_rows_are_checked_without_a_query_for_each_and_every_fault_is_named(coordinator):
    rows = roster_rows(1500, seed=7)
    faults = plant(rows, 50, seed=8)
    before = live_content()

    with CaptureQueriesContext(connection) as seen:
        batch = check(coordinator, rows)
    assert len(seen) < 60, "no query per row"
    assert outcomes(batch) == {"new": 1450, "rejected": 50}
    assert_named(batch, faults)
    assert live_content() == before, "a check writes nothing about people"


def assert_named(batch, faults) -> None:
    """Every fault is told with its row and column, and nothing else is."""
    rejected = {row.number: row for row in batch.rows.filter(outcome="rejected")}
    assert sorted(rejected) == [fault.row for fault in faults]
    for fault in faults:
        row = rejected[fault.row]
        assert any(
            problem["column"] == fault.column and fault.words in problem["sentence"]
            for problem in row.problems
        ), f"{fault}: {row.problems}"
        assert row.changes == []


def test_applied_as_a_whole_a_fixed_point_and_taken_back(coordinator):
    rows = roster_rows(120, seed=3)
    known = create_practitioner(
        actor=coordinator,
        provider_type="MD",
        last_name=rows[0]["Last name"],
        first_name=rows[0]["First name"],
        npi=rows[0]["NPI"],
    )
    set_contact_point(actor=coordinator, practitioner=known, kind="phone", line_1="773-555-0000")
    rows[0]["Provider type"] = "MD"
    faults = plant(rows, 20, seed=4)
    before = live_content()
    batch = check(coordinator, rows)
    assert outcomes(batch) == {"new": 99, "changed": 1, "rejected": 20}
    assert_named(batch, faults)

    apply_roster(actor=coordinator, batch=batch)
    assert Practitioner.objects.count() == 100
    assert not Practitioner.objects.filter(import_rows__outcome="rejected").exists(), "nothing half-applied"
    assert CredentialPeriod.objects.live().count() == 3 * 100
    applied = live_content()
    assert applied != before
    assert outcomes(check(coordinator, rows)) == {"unchanged": 100, "rejected": 20}, "a fixed point"

    batch.refresh_from_db()
    undo_import(actor=coordinator, batch=batch, reason="The wrong file")
    assert live_content() == before
    assert search(viewer=coordinator, text=rows[1]["Last name"]) == [] or known.display_name.startswith(
        rows[1]["Last name"]
    )
    assert practitioner_list(viewer=coordinator).count() == 1, "records taken back are in no list"

    once_more = check(coordinator, rows)
    assert outcomes(once_more) == {"new": 99, "changed": 1, "rejected": 20}
    apply_roster(actor=coordinator, batch=once_more)
    assert live_content().keys() == applied.keys()
    assert CredentialPeriod.objects.live().count() == 3 * 100


@pytest.fixture
def one(coordinator):
    """One row, applied; answers the row and the person."""
    rows = roster_rows(1, seed=5)
    batch = check(coordinator, rows)
    apply_roster(actor=coordinator, batch=batch)
    batch.refresh_from_db()
    return rows, Practitioner.objects.get(npi=rows[0]["NPI"]), batch


def test_what_changed_is_shown_before_and_after_and_put_back(coordinator, one):
    rows, person, _ = one
    before = live_content()
    changed = {
        **rows[0],
        "Last name": "Brandnew",
        "Phone": "773-555-1111",
        "Practice address": "7 Oak Road",
        "License expires": "2031-05-31",
        "Primary taxonomy": "207L00000X",
        "DEA expires": "",
        "Former last name": "Earlier",
    }
    batch = check(coordinator, [changed])
    row = batch.rows.get()
    assert row.outcome == "changed"
    shown = {change["label"]: (change["before"], change["after"]) for change in row.changes}
    assert shown["Phone"] == (rows[0]["Phone"], "773-555-1111")
    assert shown["Legal name"][1].startswith("Brandnew")
    licence = next(label for label in shown if "last valid day" in label)
    assert shown[licence][1] == "31 May 2031"
    assert not any("DEA" in label for label in shown), "an empty cell says nothing"
    apply_roster(actor=coordinator, batch=batch)
    person.refresh_from_db()
    assert person.display_name.startswith("Brandnew")
    assert person.names.filter(kind=NameKind.FORMER).count() == 2
    assert outcomes(check(coordinator, [changed])) == {"unchanged": 1}
    batch.refresh_from_db()
    undo_import(actor=coordinator, batch=batch, reason="Another hospital's roster")
    assert live_content() == before


def test_an_undone_roster_contradicts_nobody(coordinator):
    rows = roster_rows(1, seed=11)
    person = create_practitioner(
        actor=coordinator,
        npi=rows[0]["NPI"],
        provider_type="OTHER",
        last_name=rows[0]["Last name"],
        first_name=rows[0]["First name"],
        sex="X",
    )
    batch = check(coordinator, rows)
    assert outcomes(batch) == {"changed": 1}
    apply_roster(actor=coordinator, batch=batch)
    said = {one.fact for one in conflicts_of(coordinator, person) if one.open}
    assert said >= {"sex", "provider_type"}
    batch.refresh_from_db()
    undo_import(actor=coordinator, batch=batch, reason="Another hospital's roster")
    assert not any(one.open for one in conflicts_of(coordinator, person))
    assert open_conflicts(coordinator) == []
    apply_roster(actor=coordinator, batch=check(coordinator, rows))
    assert {one.fact for one in conflicts_of(coordinator, person) if one.open} == said, (
        "said again in earnest"
    )


def test_an_undo_refuses_rows_that_were_touched_since(coordinator, one):
    rows, person, batch = one
    set_contact_point(actor=coordinator, practitioner=person, kind="phone", line_1="773-555-9999")
    before = live_content()
    with pytest.raises(Conflict, match=f"row 2, {rows[0]['Last name']}.*changed since"):
        undo_import(actor=coordinator, batch=batch, reason="Mistake")
    assert live_content() == before


def test_an_undo_refuses_a_person_on_whom_something_rests(coordinator, one):
    _, person, batch = one
    store_document(
        actor=coordinator, practitioner=person, title="Letter", file_name="a.txt", content=b"Dear colleagues"
    )
    with pytest.raises(Conflict, match="has document"):
        undo_import(actor=coordinator, batch=batch, reason="Mistake")


def test_applying_refuses_when_a_person_changed_since_the_check(coordinator, one):
    rows, person, _ = one
    batch = check(coordinator, [{**rows[0], "Phone": "773-555-1111"}])
    set_contact_point(actor=coordinator, practitioner=person, kind="phone", line_1="773-555-1111")
    before = live_content()
    with pytest.raises(Conflict, match="Row 2"):
        apply_roster(actor=coordinator, batch=batch)
    assert live_content() == before
    batch.refresh_from_db()
    assert batch.status == ImportStatus.CHECKED


def test_the_same_npi_under_another_name_is_rejected(coordinator, one):
    rows, _, _ = one
    other = {**rows[0], "Last name": "Different", "Birth date": ""}
    problem = check(coordinator, [other]).rows.get().problems[0]
    assert problem["column"] == "Last name"
    assert "another name" in problem["sentence"]


def test_a_row_that_points_at_two_people_is_rejected(coordinator, one):
    rows, _, _ = one
    second = roster_rows(1, seed=6, first=50)
    apply_roster(actor=coordinator, batch=check(coordinator, second))
    mixed = {**rows[0], "CAQH ID": second[0]["CAQH ID"]}
    assert "two people" in check(coordinator, [mixed]).rows.get().problems[0]["sentence"]


def test_people_without_an_npi_are_recognised_by_number_or_name_and_birth_date(coordinator, one):
    rows, person, _ = one
    by_number = {**rows[0], "NPI": "", "Birth date": "", "Phone": "773-555-1"}
    assert check(coordinator, [by_number]).rows.get().practitioner == person
    by_name = {**rows[0], "NPI": "", "CAQH ID": "", "Phone": "773-555-1"}
    assert check(coordinator, [by_name]).rows.get().practitioner == person
    nobody = {**rows[0], "NPI": "", "CAQH ID": "", "Birth date": ""}
    assert "tells who it is" in check(coordinator, [nobody]).rows.get().problems[0]["sentence"]


def test_a_formula_is_kept_as_text(coordinator, one):
    rows, person, _ = one
    apply_roster(
        actor=coordinator,
        batch=check(coordinator, [{**rows[0], "Practice address": '=HYPERLINK("http://x","y")'}]),
    )
    assert person.contact_points.get(kind="practice").line_1 == '=HYPERLINK("http://x","y")'


def test_an_import_that_was_put_aside_stays_aside(coordinator, one):
    batch = check(coordinator, one[0])
    discard_import(actor=coordinator, batch=batch)
    with pytest.raises(Refused, match="Discarded"):
        apply_roster(actor=coordinator, batch=batch)


def test_importing_needs_the_permission(user_with):
    with pytest.raises(Forbidden):
        check(user_with(Role.MEDICAL_STAFF_COORDINATOR), roster_rows(1, seed=1))


def test_a_social_security_number_is_nowhere_but_in_the_encrypted_file(coordinator):
    header, cells = caqh_row()
    content = f"{header}\n{cells}\n".encode()
    batch = check_roster(
        actor=coordinator, content=content, file_name="roster.txt", mapping=roster_mapping("caqh")
    )
    assert outcomes(batch) == {"new": 1}
    apply_roster(actor=coordinator, batch=batch)
    row = batch.rows.get()
    kept = f"{row.values} {row.changes} {[write.after for write in ImportWrite.objects.all()]}"
    assert "219099981" not in re.sub(r"\D", "", kept)
    assert store.get(batch.sha256, encrypted=True) == content
    assert b"219099981" not in store.stored_bytes(batch.sha256)
    person = Practitioner.objects.get()
    assert person.contact_points.first().said_by == "caqh"
    assert ssn_ending(coordinator, person) == "9981"
    assert outcomes(
        check_roster(
            actor=coordinator, content=content, file_name="roster.txt", mapping=roster_mapping("caqh")
        )
    ) == {"unchanged": 1}
    undo_import(actor=coordinator, batch=batch, reason="Another hospital's list")
    assert ssn_ending(coordinator, Practitioner.every.get()) == ""
