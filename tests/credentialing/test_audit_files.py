"""Audit files assembled from rows: a clean file, planted defects, and what a decision could not know."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.accounts.choices import Role
from config.accounts.policies import forget_roles
from config.accounts.services.users import give_role
from config.kernel import clock
from credentialing.choices import AuditResult, Element
from credentialing.models import Application
from credentialing.selectors.audit_files import audit_files
from practitioners import store
from practitioners.services.credentials import withdraw_claim
from tests.credentialing.files import hospitals_with_person_and_list
from tests.credentialing.world import NOON, TODAY

HOSPITALS = hospitals_with_person_and_list
TOMORROW = NOON + dt.timedelta(days=1)


@pytest.fixture
def person(world):
    return world.person


def decided(application, on=TODAY):
    """As if the board had decided on the day, whatever the file says."""
    Application.objects.filter(pk=application.pk).update(decided_on=on)
    return reread(application)


def reread(*applications):
    rows = Application.objects.filter(pk__in=[one.pk for one in applications]).order_by("pk")
    found = audit_files(list(rows.select_related("practitioner", "facility__npdb_entity")))
    return found[0] if len(found) == 1 else found


def defects(file):
    return {(row.element, *row.defects) for row in file.rows if row.defects}


def test_a_clean_file_raises_no_alarm(world, person):
    application = world.accepted(person)
    world.find_out(application)
    file = decided(application)
    assert defects(file) == set()
    assert file.complete
    assert file.sentence == "All 16 elements pass."
    licence = next(row for row in file.rows if row.element == Element.STATE_LICENSE)
    assert (licence.limit.days, licence.age, licence.verified_by) == (120, 0, "Dana Whitlock")
    assert licence.asked.version
    assert licence.limit.asked.citation == "Recommended hospital default"
    assert licence.proof.sha256
    assert len(licence.limit.asked.version) == 36


def test_what_was_found_out_after_the_decision_is_no_part_of_it(world, person):
    application = world.accepted(person)
    world.find_out(application, but=(Element.STATE_LICENSE, Element.NPDB, Element.EXCLUSION))
    with clock.freeze(TOMORROW):
        late = {"verified_on": TOMORROW.date()}
        world.verify(world.item(application, Element.STATE_LICENSE), **late)
        world.query(person, queried_on=TOMORROW.date())
        world.find_out(application)
        assert application.items.filter(status="verified").count() == 15
        file = decided(application)
    assert defects(file) == {
        (Element.STATE_LICENSE, "evidence_late", "after_decision", "reviewed_late", "not_confirmed"),
        (Element.NPDB, "query_late"),
        (Element.EXCLUSION, "never_verified"),
    }
    assert not file.complete


def test_an_open_file_is_judged_for_the_planned_day_and_is_not_complete(world, person):
    application = world.accepted(person)
    world.find_out(application, but=(Element.MEDICAL_SCHOOL,))
    world.answer(world.item(application, Element.MEDICAL_SCHOOL))
    file = reread(application)
    assert defects(file) == {(Element.MEDICAL_SCHOOL, "not_reviewed")}
    assert file.result == AuditResult.UNKNOWN
    planned = dt.date(2026, 7, 9)  # 121 days from now
    Application.objects.filter(pk=application.pk).update(scheduled_decision_on=planned)
    stale = {row.element for row in reread(application).rows if "stale" in row.defects}
    assert {Element.STATE_LICENSE, Element.NPDB, Element.ATTESTATION} <= stale
    assert Element.EXCLUSION in stale, "judged for the planned day like everything else"
    soon = [row.result for row in reread(application).rows if "stale" in row.defects]
    assert set(soon) == {AuditResult.UNKNOWN}, "it counts today, and can be found out again"


def test_a_second_licence_never_verified_an_expired_cover_and_a_gap(world, person):
    withdraw_claim(actor=world.coordinator, credential=world.claims["work"], reason="Corrected")
    for first, last in ((dt.date(2012, 7, 1), dt.date(2024, 1, 31)), (dt.date(2024, 11, 1), None)):
        world.claim(
            person, "WORK_HISTORY", first, last, issuer=f"Clinic {first}", extra={"position": "Surgeon"}
        )
    application = world.accepted(person)
    world.find_out(application)
    world.claim(
        person, "LICENSE", dt.date(2020, 1, 1), dt.date(2027, 6, 30), state="OH", number="35.200002",
        issuer="State Medical Board of Ohio",
    )  # fmt: skip
    Application.objects.filter(pk=application.pk).update(scheduled_decision_on=dt.date(2027, 1, 2))
    file = reread(application)
    second = [row for row in file.rows if row.element == Element.STATE_LICENSE]
    assert [row.label for row in second if "open" in row.defects] == [
        "State license: OH 35.200002, State Medical Board of Ohio"
    ]
    assert (Element.MALPRACTICE_COVER, "not_stated") in defects(file), "the cover ends with 2026"
    today = decided(application)
    assert defects(today) == {(Element.STATE_LICENSE, "never_verified"), (Element.WORK_HISTORY, "gap")}


def test_evidence_that_is_changed_or_gone_and_a_query_of_another_entity(world, person):
    give_role(
        actor=world.system, user=world.coordinator, role=Role.CREDENTIALING_COORDINATOR,
        facility=world.other, start=dt.date(2020, 1, 1),
    )  # fmt: skip
    forget_roles(world.coordinator)
    application = world.accepted(person)
    world.find_out(application, but=(Element.NPDB, Element.STATE_LICENSE))
    held = world.verify(world.item(application, Element.STATE_LICENSE), content=b"of its own")
    world.query(person, facility=world.other)
    path = store.path_of(held.evidence.store_key)
    path.write_bytes(b"something else")
    decided(application)
    assert defects(reread(application)) == {
        (Element.STATE_LICENSE, "evidence_broken"),
        (Element.NPDB, "query_of_another"),
    }
    path.unlink()
    row = next(row for row in reread(application).rows if row.element == Element.STATE_LICENSE)
    assert row.sentence == "The content of the evidence is missing from the store."


def test_thirty_files_cost_as_many_queries_as_one(world, person):
    one = world.accepted(person)
    others = [one]
    for number in range(2):
        other = world.practitioner(last_name=f"Other{number}", npi="")
        world.state_everything(other)
        others.append(world.accepted(other))
    Application.objects.filter(pk=one.pk).update(decided_on=TODAY)
    with CaptureQueriesContext(connection) as asked:
        reread(one)
    with CaptureQueriesContext(connection) as more:
        reread(*others)
    assert len(more.captured_queries) == len(asked.captured_queries) <= 14
