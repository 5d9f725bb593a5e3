"""The complete file of one person: everything of the general class, hashes that agree, nothing protected."""

import datetime as dt
import hashlib
import io
import json
import zipfile

import pytest
from django.urls import reverse

from config.accounts.choices import DataClass, Role
from config.audit.models import AuditEvent
from config.kernel.errors import Forbidden
from config.kernel.periods import days
from practitioners.models import Practitioner
from practitioners.services.affiliations import add_affiliation
from practitioners.services.complete_export import export_file
from practitioners.services.credentials import record_claim
from practitioners.services.documents import store_document
from practitioners.services.merging import merge_records
from practitioners.services.people import create_practitioner
from practitioners.services.workplaces import add_location, create_group
from tests.practitioners.conftest import PDF


@pytest.fixture
def file(coordinator, kinds):
    keep, record = (
        create_practitioner(
            actor=coordinator,
            provider_type="MD",
            last_name="Smith",
            first_name=first,
            birth_date=dt.date(1975, 3, 4),
        )
        for first in ("Robert", "Bob")
    )
    for one, number in ((keep, "036-1"), (record, "036-2")):
        record_claim(
            actor=coordinator,
            practitioner=one,
            type_code="LICENSE",
            state="IL",
            number=number,
            valid=days(dt.date(2024, 1, 1), dt.date(2026, 1, 1)),
        )
    for title, data_class in (("Diploma", DataClass.GENERAL), ("Opinion", DataClass.PEER_REVIEW)):
        store_document(
            actor=coordinator,
            practitioner=record,
            title=title,
            file_name=f"../{title}.pdf",
            content=PDF + title.encode(),
            data_class=data_class,
        )
    merge_records(actor=coordinator, keep=keep, record=record, reason="One person")
    return keep


def parts_of(zipped):
    with zipfile.ZipFile(zipped) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_everything_general_of_all_records_with_its_hash(director, file):
    with export_file(actor=director, practitioner=file) as zipped:
        parts = parts_of(zipped)
    manifest, data = json.loads(parts["manifest.json"]), json.loads(parts["file.json"])
    assert set(manifest["sha256"]) == set(parts) - {"manifest.json"}
    for name, digest in manifest["sha256"].items():
        assert hashlib.sha256(parts[name]).hexdigest() == digest
    assert {row["display_name"] for row in data["records"]} == {"Smith, Robert", "Smith, Bob"}
    assert {row["number"] for row in data["credentials"]} == {"036-1", "036-2"}
    period = data["credential_periods"][0]
    assert period["valid"] == {"from": "2024-01-01", "through": "2025-12-31"}
    assert period["recorded_at"]
    assert data["merged"][0]["reason"] == "One person"
    documents = [name for name in parts if name.startswith("documents/")]
    assert len(documents) == 1
    assert ".." not in documents[0]
    assert manifest["left_out"]["papers"] == {"Peer review": 1}
    assert manifest["missing"] == []


def test_where_the_person_works_goes_along(coordinator, director, file):
    group = create_group(actor=coordinator, name="Harbour Group")
    office = add_location(actor=coordinator, group=group, name="Main Street")
    now = days(dt.date(2024, 1, 1), None)
    add_affiliation(actor=coordinator, practitioner=file, location=office, valid=now, main=True)
    with export_file(actor=director, practitioner=file) as zipped:
        data = json.loads(parts_of(zipped)["file.json"])
    (place,) = data["places_of_work"]
    assert place["identity"]["name"] == "Smith, Robert at Harbour Group, Main Street"
    assert (place["main"], place["valid"]) == (True, {"from": "2024-01-01", "through": None})


def test_nothing_protected_leaves(director, file):
    with export_file(actor=director, practitioner=file) as zipped:
        parts = parts_of(zipped)
    everything = b"".join(parts.values())
    for born in (b"1975-03-04", b"4 Mar 1975", b"03/04/1975", b"19750304"):
        assert born not in everything
    assert b"Opinion" not in everything


def test_it_is_recorded_and_not_for_everybody(director, user_with, file, client):
    with pytest.raises(Forbidden):
        export_file(actor=user_with(Role.COMPLIANCE_OFFICER), practitioner=file)
    client.force_login(director)
    answer = client.post(reverse("practitioners:export", args=[file.uid]))
    assert "manifest.json" in parts_of(io.BytesIO(b"".join(answer.streaming_content)))
    event = AuditEvent.objects.get(verb="practitioner.file_exported")
    assert event.practitioner_uid == file.uid
    assert event.data["documents"] == 1
    assert Practitioner.objects.count() == 2
