import logging
import sys

import pytest
from django.core.signals import got_request_exception
from django.db import connection
from django.urls import reverse
from django.views.debug import ExceptionReporter

from config.accounts.choices import Role
from config.audit.models import AuditEvent, ProtectedRead
from config.kernel.errors import Forbidden, Refused
from practitioners.models import SocialSecurityNumber
from practitioners.selectors.protected import people_with_ssn_ending, ssn_ending
from practitioners.services import protected
from practitioners.services.people import create_practitioner, link_user
from practitioners.services.protected import record_ssn, remove_ssn, reveal_ssn

NUMBER, WRITTEN = "246813579", "246-81-3579"


@pytest.fixture
def on_file(coordinator, surgeon):
    return record_ssn(actor=coordinator, practitioner=surgeon, number=WRITTEN)


def everything_stored() -> str:
    """Every row of every table as text, to look for what must not be there."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


def test_nothing_readable_is_stored_anywhere(coordinator, surgeon, on_file):
    reveal_ssn(actor=coordinator, practitioner=surgeon, reason="NPDB query")
    stored = everything_stored()
    assert "Kowalski" in stored
    assert NUMBER not in stored
    assert WRITTEN not in stored
    assert NUMBER.encode().hex() not in stored


def test_it_is_revealed_with_a_reason_and_logged_twice(coordinator, surgeon, on_file):
    with pytest.raises(Refused, match="needed for"):
        reveal_ssn(actor=coordinator, practitioner=surgeon, reason="  ")
    assert not ProtectedRead.objects.exists()
    assert reveal_ssn(actor=coordinator, practitioner=surgeon, reason="NPDB query") == WRITTEN
    read = ProtectedRead.objects.get()
    assert (read.data_class, read.reason, read.practitioner_uid) == ("identity", "NPDB query", surgeon.uid)
    event = AuditEvent.objects.get(verb="identity.ssn_revealed")
    assert event.reason == "NPDB query"


def test_a_reason_that_repeats_the_number_is_refused(coordinator, surgeon, on_file):
    with pytest.raises(Refused, match="Do not write the number"):
        reveal_ssn(actor=coordinator, practitioner=surgeon, reason="Compare with 246 81 3579")
    with pytest.raises(Refused, match="Do not write the number"):
        remove_ssn(actor=coordinator, practitioner=surgeon, reason="246813579 was wrong")


def test_one_number_belongs_to_one_person(coordinator, surgeon, on_file, user_with):
    other = create_practitioner(actor=coordinator, provider_type="MD", last_name="Reed")
    with pytest.raises(Refused, match="Kowalski, Maria Ewa is already on file") as refused:
        record_ssn(actor=coordinator, practitioner=other, number=NUMBER)
    assert refused.value.field == "number"
    assert NUMBER not in str(refused.value)


def test_the_same_again_changes_nothing_and_another_is_refused(coordinator, surgeon, on_file):
    assert record_ssn(actor=coordinator, practitioner=surgeon, number=NUMBER) == on_file
    with pytest.raises(Refused, match="remove it first"):
        record_ssn(actor=coordinator, practitioner=surgeon, number="123-45-6780")


def test_a_mistake_is_removed_and_the_right_one_recorded(coordinator, surgeon, on_file):
    remove_ssn(actor=coordinator, practitioner=surgeon, reason="Read from another person's form")
    row = SocialSecurityNumber.objects.get()
    assert (bytes(row.ciphertext), row.last_four_lookup) == (b"", "")
    surgeon.refresh_from_db()
    assert ssn_ending(coordinator, surgeon) == ""
    for act in (reveal_ssn, remove_ssn):
        with pytest.raises(Refused, match="No social security number"):
            act(actor=coordinator, practitioner=surgeon, reason="x")
    other = create_practitioner(actor=coordinator, provider_type="MD", last_name="Reed")
    record_ssn(actor=coordinator, practitioner=other, number=NUMBER)  # it is free again
    record_ssn(actor=coordinator, practitioner=surgeon, number="123-45-6780")
    surgeon.refresh_from_db()
    assert ssn_ending(coordinator, surgeon) == "6780"


def test_only_the_last_four_digits_find_and_only_for_those_allowed(
    coordinator, surgeon, on_file, user_with, system
):
    assert list(people_with_ssn_ending(coordinator, "3579")) == [surgeon]
    for digits in ("3578", "579", "13579", "", "357x", "３５７９"):
        assert not people_with_ssn_ending(coordinator, digits).exists()
    for role in (Role.MEDICAL_STAFF_COORDINATOR, Role.LOOKUP, Role.ADMINISTRATOR, Role.PRACTITIONER):
        viewer = user_with(role)
        assert not people_with_ssn_ending(viewer, "3579").exists()
        assert ssn_ending(viewer, surgeon) is None
    assert ssn_ending(user_with(Role.COMPLIANCE_OFFICER), surgeon) == "3579"


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.CREDENTIALING_COORDINATOR, Role.DIRECTOR}))
def test_others_neither_record_nor_reveal_nor_remove(surgeon, on_file, user_with, role):
    actor = user_with(role)
    with pytest.raises(Forbidden):
        record_ssn(actor=actor, practitioner=surgeon, number="123-45-6780")
    with pytest.raises(Forbidden):
        reveal_ssn(actor=actor, practitioner=surgeon, reason="x")
    with pytest.raises(Forbidden):
        remove_ssn(actor=actor, practitioner=surgeon, reason="x")
    assert not ProtectedRead.objects.exists()


def test_nobody_reveals_their_own(system, coordinator, surgeon, on_file):
    link_user(actor=system, practitioner=surgeon, user=coordinator)
    surgeon.refresh_from_db()
    with pytest.raises(Forbidden, match="own file"):
        reveal_ssn(actor=coordinator, practitioner=surgeon, reason="x")


# --- pages ----------------------------------------------------------------------------------------------


def at(name, surgeon):
    return reverse(f"practitioners:{name}", args=[surgeon.uid])


def test_the_pages_show_it_once_and_nowhere_else(client, coordinator, surgeon, caplog):
    client.force_login(coordinator)
    with caplog.at_level(logging.DEBUG):
        assert (
            client.post(at("ssn_record", surgeon), {"number": WRITTEN, "said_by": "applicant"}).status_code
            == 303
        )
        page = client.get(at("file", surgeon)).text
        assert "ends in 3579" in page
        assert WRITTEN not in page
        assert client.get(at("ssn_reveal", surgeon)).text.count("3579") == 0
        shown = client.post(at("ssn_reveal", surgeon), {"reason": "NPDB query"})
        assert WRITTEN in shown.text
        assert "no-store" in shown["Cache-Control"]
        for name in ("file", "history", "papers"):
            assert WRITTEN not in client.get(at(name, surgeon)).text
    assert NUMBER not in caplog.text
    assert WRITTEN not in caplog.text


NONE = ["000-12-3456", "666-12-3456", "912-12-3456", "123-00-3456", "123-45-0000", "12345", "x"]


@pytest.mark.parametrize("number", NONE)
def test_what_cannot_be_one_is_told_without_repeating_it(client, coordinator, surgeon, number):
    client.force_login(coordinator)
    answer = client.post(at("ssn_record", surgeon), {"number": number, "said_by": "applicant"})
    assert answer.status_code == 422
    assert f'value="{number}"' not in answer.text
    assert not SocialSecurityNumber.objects.exists()


def test_an_error_page_does_not_carry_it(client, coordinator, surgeon, settings, monkeypatch):
    """What Django writes about a failure hides the form and the variables of these functions."""

    def fail(*args, **kwargs):
        raise RuntimeError("boom")

    monkeypatch.setattr(protected, "encrypt", fail)
    client.force_login(coordinator)
    client.raise_request_exception = False
    seen = []

    def remember(sender, request, **more):
        seen.append(ExceptionReporter(request, *sys.exc_info(), is_email=True).get_traceback_text())

    got_request_exception.connect(remember)
    try:
        answer = client.post(at("ssn_record", surgeon), {"number": WRITTEN, "said_by": "applicant"})
    finally:
        got_request_exception.disconnect(remember)
    assert answer.status_code == 500
    assert WRITTEN not in answer.text
    assert "boom" in seen[0]
    assert WRITTEN not in seen[0]
    assert NUMBER not in seen[0]
