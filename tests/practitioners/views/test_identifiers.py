import datetime as dt

import pytest
from django.urls import reverse

from config.audit.models import AuditEvent
from config.kernel.errors import Refused
from practitioners.models import Identifier
from practitioners.services.identifiers import correct_identifier, remove_identifier
from practitioners.services.people import add_identifier


@pytest.fixture
def desk(client, coordinator):
    client.force_login(coordinator)
    return client


@pytest.fixture
def medicaid(coordinator, surgeon):
    return add_identifier(
        actor=coordinator, practitioner=surgeon, kind="medicaid", value="0361488", state="IL"
    )


def at(name, surgeon, *more):
    return reverse(f"practitioners:{name}", args=[surgeon.uid, *more])


def test_a_number_is_added_with_who_gave_it_and_its_days(desk, surgeon):
    values = {
        "kind": "ecfmg", "value": "01234567", "issuer": "ECFMG", "used_from": "2010-05-01",
        "used_until": "2020-04-30",
    }  # fmt: skip
    assert desk.post(at("identifier_add", surgeon), values).status_code == 303
    row = Identifier.objects.get()
    assert (row.value, row.used_until) == ("0-123-456-7", dt.date(2020, 4, 30))
    page = desk.get(reverse("practitioners:file", args=[surgeon.uid])).text
    assert "until 30 Apr 2020" in page


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ({}, "Choose one."),
        ({"kind": "upin", "value": "12345"}, "a letter and five digits"),
        ({"kind": "ecfmg", "value": "1234567"}, "eight digits"),
        ({"kind": "caqh", "value": "1234"}, "Look at this first"),
        (
            {"kind": "other", "value": "1", "used_from": "2026-01-02", "used_until": "2026-01-01"},
            "before its",
        ),
    ],
)
def test_what_is_wrong_or_odd_is_told_first(desk, surgeon, values, part):
    answer = desk.post(at("identifier_add", surgeon), {"issuer": "Typed", **values})
    assert answer.status_code == 422
    assert part in answer.text
    assert "Typed" in answer.text
    assert not Identifier.objects.exists()


def test_an_odd_number_is_kept_once_somebody_has_looked(desk, surgeon):
    desk.post(at("identifier_add", surgeon), {"kind": "caqh", "value": "1234", "accept_warnings": "on"})
    assert Identifier.objects.get().value == "1234"


def test_a_correction_says_why(desk, surgeon, medicaid):
    address = at("identifier_edit", surgeon, medicaid.pk)
    assert desk.post(address, {"value": "0361489", "state": "IL"}).status_code == 422
    assert desk.post(address, {"value": "0361489", "state": "IL", "reason": "Misread"}).status_code == 303
    medicaid.refresh_from_db()
    assert medicaid.value == "0361489"
    event = AuditEvent.objects.get(verb="practitioner.identifier_corrected")
    assert (event.reason, event.data["fields"]) == ("Misread", ["value"])
    assert [row.value for row in medicaid.history.order_by("history_id")] == ["0361488", "0361489"]


def test_a_number_is_on_file_once(coordinator, surgeon, medicaid):
    other = add_identifier(
        actor=coordinator, practitioner=surgeon, kind="medicaid", value="0361489", state="IL"
    )
    with pytest.raises(Refused, match="already on file"):
        correct_identifier(
            actor=coordinator, identifier=other, value="0361488", state="IL", reason="Typing error"
        )


def test_a_number_of_somebody_else_is_removed_with_a_reason(desk, coordinator, surgeon, medicaid):
    with pytest.raises(Refused, match="Say why"):
        remove_identifier(actor=coordinator, identifier=medicaid, reason=" ")
    desk.post(at("identifier_remove", surgeon, medicaid.pk), {"reason": "Another person's"})
    assert not Identifier.objects.exists()
    assert AuditEvent.objects.get(verb="practitioner.identifier_removed").reason == "Another person's"
