"""The hospital's own procedure codes on their page: looked at, then loaded; none come with the product."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.accounts.choices import Role
from config.audit.models import AuditEvent
from privileging.models import ProcedureCode

pytestmark = pytest.mark.django_db
HEAD = "code,system,privilege,groups\n"
FIRST = HEAD + "47562,OWN,GS-LAP-CHOLE,gs-major\n44140,OWN,GS-COLECTOMY,\n"


@pytest.fixture
def address(world):
    return reverse("privileging:procedure_codes")


@pytest.fixture
def door(client, user):
    client.force_login(user(Role.MEDICAL_STAFF_COORDINATOR))
    return client


def file(text: str, name="codes.csv") -> dict:
    return {"file": SimpleUploadedFile(name, text.encode())}


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def in_force() -> dict[str, str]:
    rows = ProcedureCode.objects.filter(ended_at=None).select_related("privilege")
    return {row.code: row.privilege.code for row in rows}


def test_none_are_shipped_and_a_file_is_looked_at_before_it_is_loaded(door, address):
    assert "No code set is loaded" in text_of(door.get(address))
    looked = door.post(address, file(FIRST))
    assert "2 new codes" in text_of(looked)
    assert in_force() == {}
    sent = {"name": "codes.csv", "text": FIRST}
    assert door.post(address, sent).status_code == 303
    assert in_force() == {"47562": "GS-LAP-CHOLE", "44140": "GS-COLECTOMY"}
    assert "2 codes for 2 privileges" in text_of(door.get(address))
    assert AuditEvent.objects.filter(verb="procedure_codes.loaded").count() == 1


def test_what_changes_and_what_ends_is_said_before(door, address):
    door.post(address, {"name": "codes.csv", "text": FIRST})
    second = HEAD + "47562,OWN,GS-COLECTOMY,gs-major\n43644,OWN,GS-BARIATRIC,\n"
    looked = text_of(door.post(address, file(second)))
    assert "1 new code, 1 code with another privilege or other groups, 0 codes" in looked
    assert "OWN 44140" in looked
    assert "Load it and end 1 code" in looked
    loaded = door.post(address, {"name": "codes.csv", "text": second})
    assert loaded.status_code == 303
    assert "1 new, 1 changed, 1 ended, 0 as they stood" in text_of(door.get(loaded["Location"]))
    assert in_force() == {"47562": "GS-COLECTOMY", "43644": "GS-BARIATRIC"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "47562,OWN,GS-NOTHING,\n", "Row 2: there is no privilege GS-NOTHING"),
        (HEAD + ",OWN,GS-LAP-CHOLE,\n", "Row 2: it needs a code"),
        (HEAD + "1,OWN,GS-LAP-CHOLE,GS MAJOR!\n", "Row 2: "),
        ("code,privilege\n1,2\n", "system is missing"),
        (HEAD, "The file has no rows"),
    ],
)
def test_what_is_wrong_is_said_by_row_and_nothing_is_loaded(door, address, text, said):
    answer = door.post(address, file(text))
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert door.post(address, {"name": "x", "text": text}).status_code == 422
    assert in_force() == {}


def test_a_file_that_is_no_text_and_one_that_is_too_large(door, address):
    answer = door.post(address, {"file": SimpleUploadedFile("codes.csv", b"\xff\xfe\x00")})
    assert (answer.status_code, "not text in UTF-8" in text_of(answer)) == (422, True)
    answer = door.post(address, file("x" * 1_900_001))
    assert (answer.status_code, "larger than 1.9 MB" in text_of(answer)) == (422, True)
    assert door.post(address, {"text": ""}).status_code == 422


def test_it_stays_within_its_queries_and_others_stay_out(door, address, client, user):
    door.post(address, {"name": "codes.csv", "text": FIRST})
    door.get(address)
    with CaptureQueriesContext(connection) as queries:
        door.get(address)
    assert len(queries) <= 20
    client.force_login(user(Role.QUALITY_COORDINATOR))
    assert client.get(address).status_code == 403
    assert client.post(address, {"name": "codes.csv", "text": FIRST}).status_code == 403
