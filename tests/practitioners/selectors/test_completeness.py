import datetime as dt
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import practitioners
from config.kernel import clock
from config.kernel.periods import days, through
from config.rulebook.services.parameters import load_file, set_parameter
from config.rulebook.services.sources import load_source_bodies
from practitioners.models import Practitioner, RegistryStatusEvent
from practitioners.rules.completeness import missing_entries
from practitioners.selectors.completeness import expected_for, judge_record, lacking, read_records
from practitioners.services.credentials import record_claim
from practitioners.services.people import create_practitioner, set_contact_point

TODAY = dt.date(2026, 3, 10)
day = dt.date.fromisoformat


@pytest.fixture(autouse=True)
def one_day(system, facility):
    with clock.freeze(dt.datetime(2026, 3, 10, 17, tzinfo=dt.UTC)):
        load_source_bodies(actor=system)
        load_file(actor=system, path=Path(practitioners.__file__).parent / "parameters.yaml")
        yield


def claim(coordinator, person, code, first, last=None, **more):
    return record_claim(
        actor=coordinator, practitioner=person, type_code=code,
        valid=days(day(first), through(day(last) if last else None)), **more,
    )  # fmt: skip


def test_a_record_is_read_with_its_contradictions(coordinator, surgeon):
    claim(
        coordinator,
        surgeon,
        "MEDICAL_SCHOOL",
        "2003-08-01",
        "2007-05-31",
        issuer="Fernwick",
        extra={"graduated_on": "2010-05-31"},
    )
    claim(
        coordinator,
        surgeon,
        "RESIDENCY",
        "2007-07-01",
        "2012-06-30",
        issuer="Fernwick General",
        extra={"level": "residency"},
    )
    claim(coordinator, surgeon, "LICENSE", "2012-07-01", "2027-06-30", state="WI", number="1")
    set_contact_point(actor=coordinator, practitioner=surgeon, kind="practice", line_1="1 Main", city="X",
                      state="IL", postal_code="60601")  # fmt: skip
    RegistryStatusEvent.objects.create(
        practitioner=surgeon, npi=surgeon.npi, status="deactivated", effective_on=dt.date(2026, 1, 5),
        said_in="weekly file", recorded_at=clock.now(),
    )  # fmt: skip
    verdict = judge_record(coordinator, surgeon, TODAY)
    wrong = {leaf.code for leaf in verdict.leaves() if leaf.outcome == "NOT_MET"}
    assert wrong == {"RC-GRADUATION", "RC-STATE", "RC-NPI"}
    missing = {leaf.code for leaf in verdict.leaves() if leaf.outcome == "UNKNOWN"}
    assert missing == {
        "RECORD-BIRTH_DATE", "RECORD-EMAIL", "RECORD-SPECIALTY", "RECORD-BOARD_CERT", "RECORD-WORK_HISTORY",
        "RECORD-MALPRACTICE",
    }  # fmt: skip


def test_what_ran_out_is_not_on_file_any_more(coordinator, surgeon):
    claim(coordinator, surgeon, "LICENSE", "2012-07-01", "2026-03-09", state="WI", number="1")
    assert "LICENSE" in {
        entry["expects"]
        for entry in missing_entries(
            read_records([surgeon.pk], TODAY)[surgeon.pk], expected_for(coordinator, TODAY)
        )
    }
    assert read_records([surgeon.pk], dt.date(2026, 3, 9))[surgeon.pk].held["LICENSE"] == 1


def test_the_filter_says_the_same_as_the_rule(coordinator, surgeon, system, facility):
    set_parameter(
        actor=system, code="practitioners.expected_record", subject="", source="bylaws", facility=facility,
        valid=days(dt.date(2020, 1, 1), None), citation="Bylaws", confidence="adopted",
        value=[
            {"expects": "npi", "provider_types": ["MD"], "minimum": 1},
            {"expects": "LICENSE", "provider_types": ["*"], "minimum": 2},
            {"expects": "WORK_HISTORY", "provider_types": ["PA"], "minimum": 1},
            {"expects": "email"}, {"expects": 7}, "nonsense",
        ],
    )  # fmt: skip
    nurse = create_practitioner(actor=coordinator, provider_type="NP", last_name="Reed")
    assistant = create_practitioner(actor=coordinator, provider_type="PA", last_name="Stone")
    for person in (surgeon, nurse, assistant):
        claim(coordinator, person, "LICENSE", "2012-07-01", "2027-06-30", state="WI", number="1")
    for person in (surgeon, nurse):
        claim(coordinator, person, "LICENSE", "2012-07-01", None, state="IL", number="2")
        set_contact_point(actor=coordinator, practitioner=person, kind="email", line_1="a@example.org")
    claim(coordinator, assistant, "LICENSE", "2012-07-01", "2026-03-09", state="IL", number="2")
    expected = expected_for(coordinator, TODAY)
    ids = list(Practitioner.objects.values_list("pk", flat=True))
    judged = {pk for pk, record in read_records(ids, TODAY).items() if missing_entries(record, expected)}
    filtered = set(Practitioner.objects.filter(lacking(expected.entries, TODAY)).values_list("pk", flat=True))
    assert judged == filtered == {assistant.pk}


def test_reading_costs_the_same_for_any_number_of_people(coordinator, surgeon):
    with CaptureQueriesContext(connection) as one:
        read_records([surgeon.pk], TODAY)
    for number in range(20):
        person = create_practitioner(actor=coordinator, provider_type="MD", last_name=f"Person{number}")
        claim(coordinator, person, "LICENSE", "2012-07-01", None, state="IL", number=f"{number}7")
    with CaptureQueriesContext(connection) as many:
        assert len(read_records(Practitioner.objects.values_list("pk", flat=True), TODAY)) == 21
    assert len(one) == 6
    assert len(many) == 7  # and the ids themselves


def test_the_pages(client, coordinator, surgeon):
    client.force_login(coordinator)
    address = reverse("practitioners:completeness", args=[surgeon.uid])
    assert (
        f'hx-get="{address}"'
        in client.get(reverse("practitioners:file", args=[surgeon.uid])).content.decode()
    )
    with CaptureQueriesContext(connection) as asked:
        page = client.get(address).content.decode()
    assert len(asked) <= 20
    assert "What is expected" in page
    assert "secondary source" in page
    part = client.get(address, headers={"HX-Request": "true", "HX-Target": "completeness"}).content.decode()
    assert "<html" not in part
    listed = reverse("practitioners:list")
    with CaptureQueriesContext(connection) as asked:
        assert "Kowalski" in client.get(listed, {"missing": "expected"}).content.decode()
    assert len(asked) <= 12
