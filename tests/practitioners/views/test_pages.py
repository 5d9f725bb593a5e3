import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.accounts.choices import DataClass, Role
from config.audit.models import ProtectedRead
from config.kernel.periods import days, through
from practitioners.choices import Method, RegistryStatus, SourceKind
from practitioners.importing.registry_status import StatusSaid
from practitioners.models import Credential, Document, Evidence, Practitioner
from practitioners.services.credentials import confirm, record_claim
from practitioners.services.documents import store_document
from practitioners.services.evidence import add_evidence
from practitioners.services.people import (
    correct_practitioner,
    create_practitioner,
    link_user,
    set_contact_point,
)
from practitioners.services.registry_status import record_registry_status
from tests.practitioners.conftest import PDF

YEAR = days(dt.date(2026, 1, 1), through(dt.date(2026, 12, 31)))


@pytest.fixture
def desk(client, coordinator):
    """A browser in which the coordinator is signed in."""
    client.force_login(coordinator)
    return client


@pytest.fixture
def licence(coordinator, surgeon):
    return record_claim(
        actor=coordinator,
        practitioner=surgeon,
        type_code="LICENSE",
        state="IL",
        number="036-123456",
        valid=YEAR,
    )


@pytest.fixture
def piece(coordinator, surgeon):
    return add_evidence(
        actor=coordinator,
        practitioner=surgeon,
        title="Print of the board's page",
        source="Illinois board",
        source_kind=SourceKind.PRIMARY,
        method=Method.WEB,
        content=b"Active until 31 December 2026",
        media_type="text/plain",
    )


def at(name, *args):
    return reverse(f"practitioners:{name}", args=args)


# --- list -----------------------------------------------------------------------------------------------


def test_the_list_narrows_sorts_and_exports_what_it_shows(desk, coordinator, surgeon, licence):
    create_practitioner(actor=coordinator, provider_type="PA", last_name="Reed", first_name="=cmd()")
    page = desk.get(at("list"))
    assert page.status_code == 200
    assert "2 practitioners" in page.content.decode()
    narrowed = desk.get(at("list"), {"licence_state": "IL", "licence": "claimed", "q": "maria kow"})
    assert "Kowalski, Maria Ewa" in narrowed.content.decode()
    assert "1 practitioner" in narrowed.content.decode()
    assert "Kowalski" not in desk.get(at("list"), {"licence": "confirmed"}).content.decode()
    exported = b"".join(desk.get(at("list"), {"format": "csv", "sort": "-name"}).streaming_content).decode()
    lines = exported.splitlines()
    assert lines[0].lstrip("\ufeff") == "Name,NPI,Type,Specialty,Licenses,Status"
    assert lines[1].startswith('"Reed, =cmd()"')
    assert "IL claimed" in lines[2]


def test_the_list_costs_the_same_for_any_number_of_rows(desk, coordinator, surgeon, licence):
    desk.get(at("list"))
    with CaptureQueriesContext(connection) as few:
        desk.get(at("list"))
    for number in range(24):
        create_practitioner(actor=coordinator, provider_type="MD", last_name=f"Person{number:02d}")
    with CaptureQueriesContext(connection) as many:
        desk.get(at("list"))
    assert len(many) == len(few) <= 12


@pytest.mark.parametrize(
    "query", ["?page=999", "?sort=nothing", "?provider_type=XX", "?q=%00", "?licence_state=ZZ"]
)
def test_a_strange_address_of_the_list_is_answered(desk, surgeon, query):
    assert desk.get(at("list") + query).status_code == 200


def test_an_empty_list_says_what_to_do(desk):
    assert "import_nppes" in desk.get(at("list")).content.decode()


# --- who may see ----------------------------------------------------------------------------------------


def test_the_file_is_seen_by_the_office_and_404_for_others(client, user_with, surgeon, coordinator):
    for role, status in [
        (Role.CREDENTIALING_COORDINATOR, 200),
        (Role.MEDICAL_STAFF_COORDINATOR, 200),
        (Role.DIRECTOR, 200),
        (Role.COMPLIANCE_OFFICER, 200),
        (Role.LOOKUP, 404),
        (Role.COMMITTEE_MEMBER, 404),
        (Role.PRACTITIONER, 404),
    ]:
        client.force_login(user_with(role))
        assert client.get(at("file", surgeon.uid)).status_code == status, role
    client.logout()
    assert client.get(at("file", surgeon.uid)).status_code == 302


def test_a_practitioner_sees_their_own_file_and_changes_nothing(
    client, user_with, system, surgeon, coordinator
):
    add_evidence(
        actor=coordinator,
        practitioner=surgeon,
        title="What Dr. Lee wrote",
        source="Dr. Lee",
        source_kind=SourceKind.PRIMARY,
        method=Method.LETTER,
        content=b"An opinion",
        media_type="text/plain",
        data_class=DataClass.PEER_REVIEW,
    )
    Practitioner.objects.filter(pk=surgeon.pk).update(birth_date=dt.date(1980, 2, 29))
    own = user_with(Role.PRACTITIONER)
    link_user(actor=system, practitioner=surgeon, user=own)
    client.force_login(own)
    page = client.get(at("file", surgeon.uid)).content.decode()
    assert "Kowalski, Maria Ewa" in page
    assert "Record a claim" not in page
    assert "not shown to your role" not in page
    papers = client.get(at("papers", surgeon.uid)).content.decode()
    assert "Dr. Lee" not in papers
    assert "1 paper of a class" in papers
    evidence = client.get(at("evidence", surgeon.evidence.get().uid)).content.decode()
    assert "Dr. Lee" not in evidence
    assert f'<a href="{at("file", surgeon.uid)}">My file</a>' in evidence
    for own_page in (page, papers, evidence):
        assert f'href="{at("list")}"' not in own_page
    assert client.get(at("evidence_content", surgeon.evidence.get().uid)).status_code == 403
    assert client.get(at("edit", surgeon.uid)).status_code == 403
    assert client.get(at("list")).status_code == 403


def test_nobody_edits_their_own_file_from_the_desk(desk, coordinator, system, surgeon):
    link_user(actor=system, practitioner=surgeon, user=coordinator)
    assert "Record a claim" not in desk.get(at("file", surgeon.uid)).content.decode()
    assert desk.get(at("claim_add", surgeon.uid, "LICENSE")).status_code == 403


# --- the file -------------------------------------------------------------------------------------------


def test_the_file_tells_claimed_from_confirmed_and_leads_to_the_evidence(
    desk, coordinator, surgeon, licence, piece
):
    page = desk.get(at("file", surgeon.uid)).content.decode()
    assert "IL 036-123456" in page
    assert "Claimed" in page
    confirm(actor=coordinator, credential=licence, valid=YEAR, evidence=piece)
    page = desk.get(at("file", surgeon.uid)).content.decode()
    assert "Confirmed" in page
    assert at("evidence", piece.uid) in page


def test_a_number_the_registry_has_deactivated_is_shown_beside_it(desk, coordinator, surgeon):
    assert "Deactivated" not in desk.get(at("file", surgeon.uid)).content.decode()
    said = StatusSaid(surgeon.npi, RegistryStatus.DEACTIVATED, dt.date(2026, 1, 15), "2000000101")
    record_registry_status(actor=coordinator, practitioner=surgeon, said=said, said_in="npidata.csv")
    page = desk.get(at("file", surgeon.uid)).content.decode()
    assert "Deactivated" in page
    assert "by the NPI registry as of" in page
    assert '<span class="code">2000000101</span> took its place' in page


def test_the_file_costs_at_most_20_queries_whatever_is_in_it(client, director, coordinator, surgeon):
    desk = client
    client.force_login(director)
    for number in range(6):
        record_claim(
            actor=coordinator,
            practitioner=surgeon,
            type_code="LICENSE",
            state="IL",
            number=f"1{number}",
            valid=YEAR,
        )
    desk.get(at("file", surgeon.uid))
    with CaptureQueriesContext(connection) as queries:
        desk.get(at("file", surgeon.uid))
    assert len(queries) <= 20
    file = desk.get(at("file", surgeon.uid)).content.decode()
    for group in ("more_privileges", "more_office"):
        assert f'hx-get="{at(group, surgeon.uid)}"' in file
        part = {"HX-Request": "true", "HX-Target": group.replace("_", "-")}
        with CaptureQueriesContext(connection) as queries:
            shown = desk.get(at(group, surgeon.uid), headers=part)
        assert "<html" not in shown.content.decode()
        assert len(queries) <= 20
        assert "<html" in desk.get(at(group, surgeon.uid)).content.decode()


def test_the_birth_date_is_shown_on_request_and_that_is_logged(client, user_with, coordinator, surgeon):
    Practitioner.objects.filter(pk=surgeon.pk).update(birth_date=dt.date(1980, 2, 29))
    client.force_login(coordinator)
    assert "1980" not in client.get(at("file", surgeon.uid)).content.decode()
    assert "29 Feb 1980" in client.post(at("birth_date", surgeon.uid)).content.decode()
    assert ProtectedRead.objects.get().actor_uid == coordinator.uid
    client.force_login(user_with(Role.MEDICAL_STAFF_COORDINATOR))
    assert client.post(at("birth_date", surgeon.uid)).status_code == 403


def test_history_is_for_people_who_see_the_audit_trail(client, coordinator, director, surgeon):
    client.force_login(director)
    set_contact_point(actor=coordinator, practitioner=surgeon, kind="phone", line_1="217-555-0100")
    correct_practitioner(actor=coordinator, practitioner=surgeon, reason="Read anew", languages="Polish")
    page = " ".join(client.get(at("history", surgeon.uid)).content.decode().split())
    assert "Practitioner: created" in page
    assert re.search("Practitioner: contact set.{0,300}Phone", page)
    assert "Languages. Read anew" in page
    client.force_login(coordinator)
    assert client.get(at("history", surgeon.uid)).status_code == 404


# --- people ---------------------------------------------------------------------------------------------


def test_a_new_practitioner_is_added_and_a_namesake_is_shown_first(desk, surgeon):
    values = {"last_name": "Kowalski", "first_name": "Maria", "provider_type": "MD", "npi": "1003000126"}
    asked = desk.post(at("new"), values)
    assert asked.status_code == 422
    assert "Is it one of these?" in asked.content.decode()
    assert Practitioner.objects.count() == 1
    added = desk.post(at("new"), {**values, "same_name_seen": "on"})
    assert added.status_code == 303
    assert Practitioner.objects.filter(npi="1003000126").exists()


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ({}, "Enter it."),
        ({"last_name": "Reed", "provider_type": "MD", "npi": "1234567890"}, "check digit"),
        ({"last_name": "Reed", "provider_type": "MD", "npi": "1234567893"}, "Kowalski, Maria Ewa has NPI"),
        ({"last_name": "Reed", "provider_type": "MD", "birth_date": "31.2.1980"}, "day of the calendar"),
        ({"last_name": "Reed", "provider_type": "MD", "birth_date": "2150-01-01"}, "future"),
        ({"last_name": "!!!", "provider_type": "MD"}, "Enter the last name"),
    ],
)
def test_bad_input_is_a_sentence_and_loses_nothing(desk, surgeon, values, part):
    answer = desk.post(at("new"), {"first_name": "Typed", **values})
    assert answer.status_code == 422
    assert part in answer.content.decode()
    assert "Typed" in answer.content.decode()


def test_every_form_of_the_person_opens_saves_and_refuses(desk, surgeon, taxonomy):
    name = surgeon.names.get()
    for address, values in [
        (
            at("edit", surgeon.uid),
            {"npi": "1234567893", "provider_type": "DO", "sex": "F", "reason": "Typing error"},
        ),
        (at("name_add", surgeon.uid), {"kind": "maiden", "last_name": "Zielinska"}),
        (at("name_edit", surgeon.uid, name.pk), {"last_name": "Kowalska", "first_name": "Maria"}),
        (
            at("contact", surgeon.uid, "practice"),
            {"line_1": "1 Lake St", "city": "Springfield", "country": "US"},
        ),
        (at("contact", surgeon.uid, "email"), {"line_1": "m.kowalska@example.org"}),
        (at("contact", surgeon.uid, "phone"), {"line_1": "217-555-0100"}),
        (at("specialties", surgeon.uid), {"primary": "208600000X Surgery", "others": "207R00000X"}),
    ]:
        assert desk.get(address).status_code == 200, address
        assert desk.post(address, {}).status_code == 422, address
        assert desk.post(address, values).status_code == 303, address
    surgeon.refresh_from_db()
    assert (surgeon.display_name, surgeon.provider_type) == ("Kowalska, Maria", "DO")
    assert surgeon.taxonomies.get(primary=True).taxonomy_id == "208600000X"
    maiden = surgeon.names.get(kind="maiden")
    assert desk.get(at("name_remove", surgeon.uid, maiden.pk)).status_code == 200
    assert desk.post(at("name_remove", surgeon.uid, maiden.pk), {"reason": "Not hers"}).status_code == 303
    assert desk.post(at("name_remove", surgeon.uid, name.pk), {"reason": "No"}).status_code == 422
    assert desk.get(at("contact", surgeon.uid, "pigeon")).status_code == 404
    page = desk.get(at("file", surgeon.uid)).content.decode()
    assert "m.kowalska@example.org" in page


# --- claims ---------------------------------------------------------------------------------------------


def test_an_address_no_letter_would_reach_and_a_number_nobody_can_dial_are_refused(desk, surgeon):
    good = {"line_1": "12 Elm", "city": "Springfield", "state": "Illinois", "postal_code": "62701"}
    for wrong, part in [
        ({"postal_code": "ABC"}, "not a ZIP code"),
        ({"state": "XX"}, "not a state"),
        ({"phone": "call me"}, "not a telephone number"),
    ]:
        answer = desk.post(at("contact", surgeon.uid, "practice"), {**good, "country": "US", **wrong})
        assert (answer.status_code, part in answer.content.decode()) == (422, True)
    assert desk.post(at("contact", surgeon.uid, "phone"), {"line_1": "call me"}).status_code == 422
    desk.post(at("contact", surgeon.uid, "practice"), {**good, "country": "US"})
    assert surgeon.contact_points.get().state == "IL"


def test_every_kind_has_a_form_and_the_choice_leads_to_it(desk, surgeon):
    choice = desk.get(at("claims", surgeon.uid)).content.decode()
    for code in (
        "LICENSE", "DEA", "BOARD_CERT", "MEDICAL_SCHOOL", "RESIDENCY", "WORK_HISTORY", "MALPRACTICE",
        "LIFE_SUPPORT", "PEER_REFERENCE", "PHOTO_ID",
    ):  # fmt: skip
        assert at("claim_add", surgeon.uid, code) in choice
        assert desk.get(at("claim_add", surgeon.uid, code)).status_code == 200
        assert desk.post(at("claim_add", surgeon.uid, code), {}).status_code == 422
    assert desk.get(at("claim_add", surgeon.uid, "NOTHING")).status_code == 404


CLAIMS = {
    "LICENSE": {"state": "IL", "number": "036-123456", "status": "ACTIVE", "last_day": "2027-07-31"},
    "DEA": {
        "number": "BK1388568", "status": "ACTIVE", "start": "2024-01-01", "last_day": "2026-12-31",
        "schedules": ["2", "3"], "business_address_state": "IL",
    },
    "BOARD_CERT": {
        "issuer": "American Board of Surgery", "number": "12345", "status": "ACTIVE", "specialty": "Surgery",
        "start": "2015-01-01", "lifetime": "on",
    },
    "MEDICAL_SCHOOL": {"issuer": "University of Springfield", "degree": "MD", "graduated_on": "2005-05-31"},
    "RESIDENCY": {
        "issuer": "County Hospital", "level": "residency", "specialty": "Surgery", "completed": "on",
        "start": "2005-07-01", "last_day": "2010-06-30",
    },
    "WORK_HISTORY": {"issuer": "County Hospital", "position": "Surgeon", "start": "2010-08-01"},
    "MALPRACTICE": {
        "issuer": "Mutual Assurance", "number": "P-77", "start": "2026-01-01", "last_day": "2026-12-31",
        "per_claim_usd": "1000000", "aggregate_usd": "3000000",
    },
    "LIFE_SUPPORT": {"issuer": "Heart association", "course": "ACLS", "last_day": "2027-03-31"},
    "PEER_REFERENCE": {"name": "Dr. Lee", "relationship": "Colleague", "same_discipline": "on"},
    "PHOTO_ID": {"document_kind": "passport", "seen_by": "A. Ortiz", "seen_on": "2026-02-03"},
}  # fmt: skip


@pytest.mark.parametrize("code", sorted(CLAIMS))
def test_a_claim_of_every_kind_is_recorded_shown_and_corrected(desk, surgeon, code):
    answer = desk.post(at("claim_add", surgeon.uid, code), {"said_by": "applicant", **CLAIMS[code]})
    assert answer.status_code == 303, answer.content.decode()
    credential = Credential.objects.get()
    period = credential.periods.live().get()
    assert (period.standing, period.said_by) == ("claimed", "applicant")
    if "last_day" in CLAIMS[code]:
        assert period.end == dt.date.fromisoformat(CLAIMS[code]["last_day"])
    assert (
        str(credential.issuer or credential.number or "")
        in desk.get(at("file", surgeon.uid)).content.decode()
    )
    edit = at("claim_edit", credential.uid)
    assert desk.get(edit).status_code == 200
    again = desk.post(edit, {"said_by": "coordinator", **CLAIMS[code]})
    assert again.status_code == 303, again.content.decode()
    assert credential.periods.live().get().said_by == "coordinator"


def test_a_dea_number_of_another_letter_is_recorded_only_after_a_look(desk, surgeon):
    values = {"said_by": "applicant", "number": "BX1388568", "status": "ACTIVE", "last_day": "2026-12-31"}
    asked = desk.post(at("claim_add", surgeon.uid, "DEA"), values)
    assert asked.status_code == 422
    assert (
        "another person&#x27;s number" in asked.content.decode() or "another person" in asked.content.decode()
    )
    assert "I have looked at it" in asked.content.decode()
    assert not Credential.objects.exists()
    wrong = desk.post(
        at("claim_add", surgeon.uid, "DEA"), {**values, "number": "BK1388567", "accept_warnings": "on"}
    )
    assert wrong.status_code == 422
    assert "check digit" in wrong.content.decode()
    assert (
        desk.post(at("claim_add", surgeon.uid, "DEA"), {**values, "accept_warnings": "on"}).status_code == 303
    )


@pytest.mark.parametrize(
    ("code", "change", "part"),
    [
        ("LICENSE", {"last_day": "2020-01-01", "start": "2024-01-01"}, "before the first"),
        ("LICENSE", {"last_day": ""}, "required"),
        ("LICENSE", {"state": "ZZ"}, "valid choice"),
        ("LICENSE", {"number": "???"}, "neither letters nor digits"),
        ("MALPRACTICE", {"per_claim_usd": "a lot"}, "whole number"),
        ("BOARD_CERT", {"lifetime": ""}, "for life"),
        ("PEER_REFERENCE", {"email": "nowhere"}, "valid email"),
        ("PHOTO_ID", {"seen_on": "yesterday"}, "day of the calendar"),
        ("WORK_HISTORY", {"issuer": ""}, "required"),
    ],
)
def test_a_bad_claim_is_a_sentence_at_its_field(desk, surgeon, code, change, part):
    answer = desk.post(at("claim_add", surgeon.uid, code), {"said_by": "applicant", **CLAIMS[code], **change})
    assert answer.status_code == 422
    assert part in answer.content.decode()
    assert not Credential.objects.exists()


def test_a_claim_leads_back_to_where_the_reader_came_from_on_this_site_only(desk, surgeon):
    address = at("claim_add", surgeon.uid, "LICENSE")
    values = {"said_by": "applicant", **CLAIMS["LICENSE"]}
    assert desk.post(address, {**values, "next": "/applications/"})["Location"] == "/applications/"
    values["number"] = "036-777002"
    assert desk.post(address, {**values, "next": "https://evil.example/"})["Location"] == at(
        "file", surgeon.uid
    )
    values["number"] = "036-777003"
    assert desk.post(address, {**values, "another": "1"})["Location"] == address


def test_what_is_on_file_already_leads_to_its_renewal(desk, surgeon):
    address = at("claim_add", surgeon.uid, "LICENSE")
    values = {"said_by": "applicant", **CLAIMS["LICENSE"]}
    desk.post(address, values)
    credential = surgeon.credentials.get()
    answer = desk.post(address, values)
    assert answer.status_code == 422
    assert "on file already" in answer.content.decode()
    assert at("claim_edit", credential.uid) in answer.content.decode()


def test_an_administrator_says_whose_file_an_account_opens(client, system, surgeon, user_with):
    administrator = user_with(Role.ADMINISTRATOR, username="keeper")
    own = user_with(Role.PRACTITIONER, username="kowalski")
    client.force_login(administrator)
    address = reverse("practitioners:link_account")
    for given, sentence in (
        ({"username": "nobody-here", "npi": surgeon.npi}, "No open account"),
        ({"username": "kowalski", "npi": "1000000004"}, "No practitioner on file"),
        ({"username": "kowalski", "npi": "12"}, "NPI"),
    ):
        answer = client.post(address, given)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
    assert client.post(address, {"username": "kowalski", "npi": surgeon.npi}).status_code == 303
    surgeon.refresh_from_db()
    assert surgeon.user == own
    client.force_login(own)
    assert client.get(reverse("practitioners:mine")).headers["Location"] == at("file", surgeon.uid)
    page = client.get(at("file", surgeon.uid)).content.decode()
    assert f'href="{reverse("practitioners:list")}"' not in page


def test_a_claim_is_withdrawn_with_a_reason(desk, surgeon, licence):
    address = at("claim_withdraw", licence.uid)
    assert desk.get(address).status_code == 200
    assert desk.post(address, {}).status_code == 422
    assert desk.post(address, {"reason": "Another person's"}).status_code == 303
    assert desk.post(address, {"reason": "Again"}).status_code == 422
    assert not licence.periods.live().exists()


# --- papers ---------------------------------------------------------------------------------------------


def upload(desk, person, content, name="scan.pdf", **more):
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile(name, content, content_type="application/pdf")
    return desk.post(at("document_upload", person.uid), {"file": file, "data_class": "general", **more})


def test_a_document_is_uploaded_and_downloaded_as_an_attachment(desk, surgeon):
    assert desk.get(at("document_upload", surgeon.uid)).status_code == 200
    assert upload(desk, surgeon, PDF, name='Diplôme "x".pdf', title="Diploma").status_code == 303
    document = Document.objects.get()
    answer = desk.get(at("document", document.uid))
    assert answer.content == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    assert "Diploma" in desk.get(at("papers", surgeon.uid)).content.decode()


@pytest.mark.parametrize(
    ("content", "name", "part"),
    [
        (b"<html><script>alert(1)</script></html>", "scan.pdf", "web page"),
        (b"<svg xmlns='x'><script/></svg>", "photo.png", "web page"),
        (b"MZ\x90\x00\x03\x00\x00\x00", "scan.pdf", "not accepted"),
        (b"", "scan.pdf", "empty"),
        (b"%PDF-1.7 cut off", "scan.pdf", "not complete"),
        (b"PK\x03\x04 nonsense", "letter.docx", "damaged"),
    ],
)
def test_a_file_is_judged_by_its_content_not_by_its_name(desk, surgeon, content, name, part):
    answer = upload(desk, surgeon, content, name=name)
    assert answer.status_code == 422
    assert part in answer.content.decode()
    assert not Document.objects.exists()


def test_a_file_that_is_too_large_and_no_file_are_refused(desk, surgeon, settings):
    settings.STANDING_UPLOAD_LIMIT = 1024 * 1024
    answer = upload(desk, surgeon, PDF + b" " * 1024 * 1024)
    assert answer.status_code == 422
    assert "larger than 1 MB" in answer.content.decode()
    assert desk.post(at("document_upload", surgeon.uid), {"data_class": "general"}).status_code == 422


def test_a_class_one_may_not_see_one_may_not_file(client, user_with, surgeon):
    client.force_login(user_with(Role.MEDICAL_STAFF_COORDINATOR))
    answer = upload(client, surgeon, PDF, data_class="data_bank")
    assert answer.status_code == 422
    assert not Document.objects.exists()


def test_a_protected_document_is_logged_when_read_and_closed_to_others(
    client, user_with, coordinator, surgeon
):
    document = store_document(
        actor=coordinator,
        practitioner=surgeon,
        title="NPDB response",
        file_name="response.pdf",
        content=PDF,
        data_class=DataClass.DATA_BANK,
    )
    client.force_login(coordinator)
    assert client.get(at("document", document.uid)).content == PDF
    assert ProtectedRead.objects.count() == 1
    client.force_login(user_with(Role.MEDICAL_STAFF_COORDINATOR))
    assert client.get(at("document", document.uid)).status_code == 403
    assert "NPDB response" not in client.get(at("papers", surgeon.uid)).content.decode()
    client.force_login(user_with(Role.LOOKUP))
    assert client.get(at("document", document.uid)).status_code == 404


def test_a_piece_of_evidence_is_shown_checked_and_downloaded(desk, coordinator, surgeon, licence, piece):
    confirm(actor=coordinator, credential=licence, valid=YEAR, evidence=piece)
    page = desk.get(at("evidence", piece.uid)).content.decode()
    assert piece.hash in page
    assert "IL 036-123456" in page
    assert "as they were recorded" in desk.post(at("evidence_verify", piece.uid)).content.decode()
    answer = desk.get(at("evidence_content", piece.uid))
    assert answer.content == b"Active until 31 December 2026"
    assert answer["Content-Disposition"].startswith("attachment")
    assert desk.get(at("evidence_redact", piece.uid)).status_code == 403


def test_changed_content_is_named_and_not_handed_out(desk, piece):
    from practitioners import store

    store.path_of(piece.store_key).write_bytes(b"Active until 2099")
    assert "Not as it was recorded" in desk.post(at("evidence_verify", piece.uid)).content.decode()
    assert desk.get(at("evidence_content", piece.uid)).status_code == 422


def test_the_director_removes_a_wrong_content(client, director, coordinator, surgeon, piece):
    document = store_document(
        actor=coordinator, practitioner=surgeon, title="Wrong", file_name="wrong.pdf", content=PDF
    )
    client.force_login(director)
    for address in (at("evidence_redact", piece.uid), at("document_redact", document.uid)):
        assert client.get(address).status_code == 200
        assert client.post(address, {"reason": ""}).status_code == 422
        assert client.post(address, {"reason": "Another person's"}).status_code == 303
    assert "The content was removed" in client.get(at("evidence", piece.uid)).content.decode()
    assert "Another person" in client.get(at("papers", surgeon.uid)).content.decode()
    assert client.get(at("document", document.uid)).status_code == 422
    assert Evidence.objects.get().redaction


def test_a_letter_is_downloaded_by_people_who_see_the_file(client, user_with, coordinator, facility, surgeon):
    from practitioners import store
    from practitioners.models import Letter

    letter = Letter.objects.create(
        practitioner=surgeon,
        facility=facility,
        kind="decision",
        subject_kind="application",
        subject_uid=surgeon.uid,
        title="Decision on your application",
        issued_on=dt.date(2026, 3, 1),
        issued_at=dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC),
        issued_by=coordinator,
        content={},
        sha256=store.put(PDF),
    )
    client.force_login(coordinator)
    answer = client.get(at("letter", letter.uid))
    assert answer.content == PDF
    assert 'filename="Decision on your application 2026-03-01.pdf"' in answer["Content-Disposition"]
    client.force_login(user_with(Role.LOOKUP))
    assert client.get(at("letter", letter.uid)).status_code == 404
