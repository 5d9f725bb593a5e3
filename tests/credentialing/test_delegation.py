"""Delegated credentialing: whose limits bind, what a payer is owed and told, and reviews of files."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile

import pytest
from django.db import Error, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.services.appointments import end_appointment
from config.kernel.errors import Forbidden, Refused
from config.rulebook.choices import Confidence
from config.rulebook.services.parameters import set_parameter
from config.rulebook.services.sources import source_body
from credentialing.choices import Element
from credentialing.choices import ReviewMark as Mark
from credentialing.models import Application, DelegationAgreement, OversightMark
from credentialing.rules.payer_rosters import USUAL
from credentialing.selectors.ageing import too_old_by_decision
from credentialing.selectors.audit_files import audit_file
from credentialing.selectors.delegation import report_lines
from credentialing.selectors.oversight import sample_review
from credentialing.selectors.requirements import requirements
from credentialing.services import delegation, oversight, payers, verification
from credentialing.worklist.delegation import delegation_owed
from tests.credentialing.files import hospitals_with_person
from tests.credentialing.world import TODAY

HOSPITALS = hospitals_with_person

DAY = dt.timedelta(days=1)


@pytest.fixture
def payer(world):
    return payers.add_payer(
        actor=world.coordinator, facility=world.facility, name="Harbour Health", columns=USUAL,
        day_form="us", delegated=True,
    )  # fmt: skip


def agree(world, payer, start=dt.date(2026, 1, 1), **more):
    given = {
        "last_day": None, "standard": source_body("ncqa"), "functions": ["initial", "recredentialing"],
        "everyone": False, "rhythm": "monthly", "report_days": 10, "signed_on": dt.date(2025, 12, 1),
        "filed_at": "Contract 7",
    } | more  # fmt: skip
    return delegation.record_agreement(actor=world.coordinator, payer=payer, start=start, **given)


def enrol(world, payer, person, effective=dt.date(2026, 1, 1)):
    payers.enrol(actor=world.coordinator, payer=payer, practitioners=[person], effective=effective)


def decide(application, day, **more):
    """The board granted it on the day, as if every body had acted."""
    path = ("submitted", "in_verification", "complete", "in_review")
    rows = Application.objects.filter(pk=application.pk)
    for status in path[path.index(application.status) + 1 if application.status in path else 0 :]:
        rows.update(status=status)
    rows.update(status="approved", decided_on=day, **more)
    application.refresh_from_db()


def own_limit(world, days):
    """The hospital's bylaws are content with older licences."""
    set_parameter(
        actor=world.system, code="credentialing.max_age_days", subject="STATE_LICENSE", source="bylaws",
        facility=world.facility, valid=DateRange(dt.date(2000, 1, 1), None), value=days, citation="Policy",
        confidence=Confidence.ADOPTED,
    )  # fmt: skip


@pytest.fixture
def member(world):
    world.appoint(world.person)
    return world.person


# --- whose limits bind ------------------------------------------------------------------------------------


def test_the_payers_clock_binds_the_files_of_people_on_its_roster_and_says_so(world, payer, member):
    own_limit(world, 150)
    agree(world, payer)
    application = world.application(member, kind="reappointment")
    other = world.practitioner(last_name="Abbot", npi="2000000119")
    elsewhere = world.application(other)

    def limit(file, on=None):
        bound = requirements(file, on).max_age(Element.STATE_LICENSE)
        return bound.value, bound.source

    own = (150, "Medical staff bylaws, rules and policies")
    assert limit(application) == own, "not on the roster yet"
    enrol(world, payer, member, effective=TODAY)
    assert limit(application) == (120, "NCQA (delegated by Harbour Health)")
    assert limit(application, TODAY - DAY) == own, "the day before it was not"
    assert limit(elsewhere) == own, "nobody else's file is bound"
    delegation.end_agreement(actor=world.coordinator, payer=payer, last_day=TODAY, reason="Notice given")
    assert limit(application)[0] == 120, "its last day counts"
    assert limit(application, TODAY + DAY) == own


def test_given_a_last_day_nothing_is_delegated_after_it(world, payer):
    agree(world, payer)
    agree(world, payer, start=TODAY - 10 * DAY, last_day=TODAY, report_days=20)
    ahead = TODAY + 5 * DAY
    days = [TODAY - 11 * DAY, TODAY, TODAY + DAY, ahead]
    agreed = DelegationAgreement.objects.get(payer=payer).periods

    def told():
        return [getattr(agreed.in_force(day).first(), "report_days", None) for day in days]

    assert told() == [10, 20, None, None]
    agree(world, payer, start=ahead, report_days=30)
    agree(world, payer, start=TODAY - 10 * DAY, last_day=TODAY + DAY, report_days=25)
    assert told() == [10, 25, 25, 30], "what was agreed ahead stays"


def test_the_item_says_which_bound_it_and_what_is_too_old_comes_up(world, payer, member):
    own_limit(world, 150)
    application = world.accepted(member, kind="reappointment")
    application.scheduled_decision_on = TODAY + 130 * DAY
    application.save(update_fields=["scheduled_decision_on"])
    world.signed(application)
    world.verify(world.item(application, Element.STATE_LICENSE))
    waiting = application.items.filter(element=Element.STATE_LICENSE)
    assert too_old_by_decision(waiting, world.facility) == []
    agree(world, payer)
    enrol(world, payer, member, effective=TODAY)
    (late,) = too_old_by_decision(waiting, world.facility)
    assert late.counts_through == TODAY + 120 * DAY
    fresh = verification.renew(actor=world.coordinator, item=late.item)
    assert (fresh.max_age_days, fresh.bound_by) == (120, "NCQA (delegated by Harbour Health)")


def test_everybodys_first_application_is_bound_where_whoever_is_appointed_joins(world, payer):
    own_limit(world, 150)
    application = world.application(world.person)
    agree(world, payer, everyone=True, functions=["recredentialing"])
    assert requirements(application).max_age(Element.STATE_LICENSE).value == 150, "that is not delegated"
    agree(world, payer, everyone=True)
    bound = requirements(application).max_age(Element.STATE_LICENSE)
    assert (bound.value, bound.source) == (120, "NCQA (delegated by Harbour Health)")
    one = next(each for each in requirements(application).wanted if each.element == Element.STATE_LICENSE)
    assert "NCQA (delegated by Harbour Health)" in one.because
    with CaptureQueriesContext(connection) as asked:
        requirements(application)
    assert len(asked) <= 5


# --- what the payer is owed -------------------------------------------------------------------------------


def owed(world):
    return [
        (item.detail.split(":")[0], item.due)
        for item in delegation_owed(world.coordinator, world.facility, 20)[1]
    ]


def test_today_tells_of_reports_audits_actions_and_ends(world, payer):
    assert owed(world) == [("Delegated, and no agreement is in force", None)]
    agree(
        world, payer, start=dt.date(2026, 2, 1), signed_on=dt.date(2026, 1, 5), last_day=dt.date(2026, 4, 30)
    )
    assert owed(world) == [
        ("Report of 1 Feb 2026 to 28 Feb 2026 not sent", dt.date(2026, 3, 10)),
        ("The agreement ends", dt.date(2026, 4, 30)),
    ]
    audit = delegation.record_audit(
        actor=world.coordinator, payer=payer, kind="annual", held_on=dt.date(2025, 3, 20), auditor="Lee Park",
        result="with_action",
    )  # fmt: skip
    finding = delegation.add_finding(
        actor=world.coordinator, audit=audit, what="No log of complaints.", action="Keep a log",
        due_on=dt.date(2026, 3, 1),
    )  # fmt: skip
    assert owed(world)[:3] == [
        ("Corrective action", dt.date(2026, 3, 1)),
        ("Report of 1 Feb 2026 to 28 Feb 2026 not sent", dt.date(2026, 3, 10)),
        ("The payer's audit", dt.date(2026, 3, 20)),
    ]
    delegation.close_finding(actor=world.coordinator, finding=finding, done_on=TODAY, done_note="Log kept.")
    report = delegation.make_report(
        actor=world.coordinator, payer=payer, first_day=dt.date(2026, 2, 1), last_day=dt.date(2026, 2, 28)
    )
    delegation.record_report_sent(actor=world.coordinator, report=report, sent_on=TODAY, sent_to="Portal")
    assert [each for each, _ in owed(world)] == ["The payer's audit", "The agreement ends"]
    report.counts = {}
    with pytest.raises(Error), transaction.atomic():
        report.save()


def test_a_report_tells_who_joined_left_and_was_recredentialed(world, payer, member):
    agree(world, payer)
    enrol(world, payer, member)
    left = world.practitioner(last_name="Abbot", npi="2000000119")
    appointment = world.appoint(left)
    enrol(world, payer, left)
    new = world.practitioner(last_name="Cole", npi="2000000127")
    world.appoint(new)
    enrol(world, payer, new, effective=dt.date(2026, 2, 10))
    end_appointment(actor=world.system, appointment=appointment, day=dt.date(2026, 2, 16), reason="Moved")
    file = world.application(member, kind="reappointment")
    decide(file, dt.date(2026, 2, 20), received_on=dt.date(2025, 12, 1))
    lines = report_lines(payer, dt.date(2026, 2, 1), dt.date(2026, 2, 28))
    assert [(line["what"], line["npi"]) for line in lines] == [
        ("Add", "2000000127"), ("Recredentialed", "2000000101"), ("Term", "2000000119"),
    ]  # fmt: skip
    added, again, gone = lines
    assert added["effective"] == "2026-02-10"
    assert (again["turnaround"], again["decided"], again["previous"]) == ("81", "2026-02-20", "2025-01-01")
    assert again["in_cycle"] == "yes"
    assert (gone["term_date"], gone["term_reason"]) == ("2026-02-15", "Membership ended")
    report = delegation.make_report(
        actor=world.coordinator, payer=payer, first_day=dt.date(2026, 2, 1), last_day=dt.date(2026, 2, 28)
    )
    assert (report.counts["adds"], report.counts["terms"], report.counts["recredentialed"]) == (1, 1, 1)
    assert report.due_on == dt.date(2026, 3, 10)
    with CaptureQueriesContext(connection) as asked:
        report_lines(payer, dt.date(2026, 2, 1), dt.date(2026, 2, 28))
    assert len(asked) <= 8


# --- reviews of files -------------------------------------------------------------------------------------


@pytest.fixture
def decided(world, payer, member):
    """A file of the roster that was decided, with everything found out."""
    world.load_list()
    agree(world, payer)
    enrol(world, payer, member, effective=TODAY)
    application = world.accepted(member, kind="reappointment")
    world.find_out(application)
    decide(application, TODAY)
    return application


def drawn(world, payer, **more):
    return oversight.draw_sample(
        actor=world.coordinator, payer=payer, kind="reappointment", first_day=dt.date(2026, 1, 1),
        last_day=TODAY, **more,
    )  # fmt: skip


def test_a_sample_is_judged_by_the_payers_standard_alone_and_a_person_may_say_otherwise(
    world, payer, decided
):
    everything = {row.element for row in audit_file(decided).rows}
    sample = drawn(world, payer, seed="seven")
    seen = sample_review(world.coordinator, sample)
    (line,) = seen.lines
    assert Element.PEER_REFERENCE in everything
    assert set(line.marks) == {
        "STATE_LICENSE", "LICENSE_SANCTIONS", "MALPRACTICE_HISTORY", "EXCLUSION", "ATTESTATION", "CYCLE",
        "NOTICE",
    }  # fmt: skip
    assert {name for name, mark in line.marks.items() if mark.mark == Mark.NO} == {"NOTICE"}
    assert seen.review.failed == 1
    with pytest.raises(Refused, match="rests on"):
        oversight.record_mark(actor=world.coordinator, file=line.file, element="NOTICE", mark="Y", note=" ")
    oversight.record_mark(
        actor=world.coordinator,
        file=line.file,
        element="NOTICE",
        mark="Y",
        note="Letter of 9 Mar in the binder.",
    )
    assert sample_review(world.coordinator, sample).review.failed == 0
    assert OversightMark.objects.filter(file=line.file, element="NOTICE").count() == 2
    assert drawn(world, payer, seed="seven").files.get().application == decided


def test_the_file_for_the_auditor_holds_agreement_and_review(world, payer, decided):
    sample = drawn(world, payer)
    with oversight.export_oversight_file(actor=world.coordinator, sample=sample) as file:
        archive = zipfile.ZipFile(file)
        names = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
        rows = list(csv.reader(io.StringIO(archive.read("delegation.csv").decode("utf-8-sig"))))
    assert {"delegation.csv", "file-review.csv", "index.html"} <= set(names)
    assert set(manifest["sha256"]) >= {"delegation.csv", "file-review.csv"}
    assert any("NCQA" in cell for row in rows for cell in row)
    citations = manifest["elements"]["STATE_LICENSE"]["citations"]
    assert citations
    assert all("NCQA" in each for each in citations)


def test_what_cannot_be_is_refused_with_a_sentence(world, payer, member):
    with pytest.raises(Refused, match="No agreement says"):
        drawn(world, payer)
    audit = {"payer": payer, "kind": "annual", "held_on": TODAY, "auditor": "X", "result": "met"}
    with pytest.raises(Forbidden):
        delegation.record_audit(actor=world.staff_coordinator, **audit)
    with pytest.raises(Refused, match="signed only after"):
        agree(world, payer, signed_on=dt.date(2026, 1, 2))
    with pytest.raises(Refused, match="Choose what is delegated"):
        agree(world, payer, functions=[])
    with pytest.raises(Refused, match="accredits payers"):
        agree(world, payer, standard=source_body("tjc"))
    with pytest.raises(Refused, match="No agreement holds after"):
        delegation.end_agreement(actor=world.coordinator, payer=payer, last_day=TODAY, reason="No")
    agree(world, payer)
    with pytest.raises(Refused, match="No file of this kind"):
        drawn(world, payer)
    with pytest.raises(Refused, match="not known yet"):
        delegation.make_report(actor=world.coordinator, payer=payer, first_day=TODAY, last_day=TODAY + DAY)
    with pytest.raises(Refused, match="At most 1,000 characters"):
        delegation.end_agreement(actor=world.coordinator, payer=payer, last_day=TODAY, reason="x" * 1001)


# --- pages ------------------------------------------------------------------------------------------------


def test_a_payers_delegation_from_the_page(world, payer, decided, client):
    client.force_login(world.coordinator)
    here = reverse("credentialing:delegation", args=[payer.uid])
    page = client.get(here).content.decode()
    assert "No assessment before delegation is on file" in page
    assert "Contract 7" in page
    made = client.post(
        reverse("credentialing:delegation_make", args=[payer.uid]),
        {"first_day": "2026-02-01", "last_day": "2026-02-28"},
    )
    report = client.get(made["Location"]).content.decode()
    assert "1 line" in report or "0 lines" in report
    text = b"".join(client.get(f"{made['Location']}?format=csv").streaming_content).decode("utf-8-sig")
    assert text.startswith("What,Practitioner,NPI")
    book = b"".join(client.get(f"{made['Location']}?format=xlsx").streaming_content)
    assert book.startswith(b"PK")
    assert client.post(made["Location"], {"sent_on": "2026-03-10", "sent_to": "Portal"}).status_code == 303
    wrong = client.get(
        reverse("credentialing:delegation_make", args=[payer.uid])
        + "?first_day=2026-03-02&last_day=2026-03-01"
    )
    assert wrong.status_code == 422
    sample = client.post(
        reverse("credentialing:oversight_draw", args=[payer.uid]),
        {"kind": "reappointment", "first_day": "2026-01-01", "last_day": "2026-03-10"},
    )
    marks = client.get(sample["Location"]).content.decode()
    assert "Told of the decision in time" in marks
    assert "Judged by NCQA alone" in marks
