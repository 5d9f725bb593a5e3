"""The pages of this room: who may see them, what they cost, what bad input gets."""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.models import AdverseAction
from config.accounts.choices import Role
from config.accounts.services.users import give_role
from config.audit.models import ProtectedRead
from config.kernel import clock
from config.organization.models import Department
from credentialing.choices import ApplicationStatus, Element, ItemStatus, MatchStatus
from credentialing.models import (
    Application,
    ListRow,
    NPDBQuery,
    OutboxMessage,
    ScreeningMatch,
    VerificationItem,
)
from credentialing.services import applications, flags, reminders, screening, verification
from credentialing.tables import board_day
from practitioners.services.people import add_name, link_user
from tests.credentialing.services.test_reminders import member
from tests.credentialing.world import PDF, TODAY

LIST, WALK = 12, 20


def written(client, address: str) -> str:
    """What an export has in it."""
    return b"".join(client.get(address).streaming_content).decode("utf-8-sig")


@pytest.fixture
def office(client, world):
    """A browser in which the credentialing coordinator is signed in."""
    client.force_login(world.coordinator)
    return client


def cost(client, url: str, most: int):
    """The page, and how many queries it took."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.get(url)
    assert answer.status_code == 200, answer.content[:2000]
    told = "\n".join(query["sql"][:160] for query in queries)
    assert len(queries) <= most, f"{len(queries)} queries for {url}:\n{told}"
    return answer


def file_url(application) -> str:
    return reverse("credentialing:file", args=[application.uid])


def deed(item, name) -> str:
    return reverse("credentialing:deed", args=[item.uid, name])


def act(application, name) -> str:
    return reverse("credentialing:act", args=[application.uid, name])


def test_of_a_withdrawn_application_nothing_is_to_be_found_out(office, world):
    application = world.accepted()
    assert "still to be found out" in office.get(file_url(application)).content.decode()
    applications.withdraw(actor=world.coordinator, application=application, reason="Took another post.")
    page = office.get(file_url(application)).content.decode()
    assert "to be found out" not in page
    assert "Everything found out?" not in page
    assert "Record the signature" not in page


def test_the_file_says_why_no_machine_checks_it_and_warns_who_asks_by_hand(office, world):
    application = world.accepted()
    asked = {"HX-Request": "true", "HX-Target": "machine"}
    told = office.get(file_url(application), headers=asked).content.decode()
    assert "Check all by machine: The applicant&#x27;s attestation and release is not on file yet" in told
    item = reverse("credentialing:item", args=[world.item(application, Element.RESIDENCY).uid])
    assert "No release on file" in cost(office, item, WALK).content.decode()
    world.signed(application)
    assert "No release on file" not in office.get(item).content.decode()
    told = office.get(file_url(application), headers=asked).content.decode()
    assert "Check all that a machine can check" in told
    application.items.exclude(automatic_source="").update(automatic_source="")
    told = office.get(file_url(application), headers=asked).content.decode()
    assert "Nothing in this file has a source that is asked by machine." in told


@pytest.mark.parametrize(
    ("status", "decided_on", "shown"),
    [
        (ApplicationStatus.IN_REVIEW, None, TODAY),
        (ApplicationStatus.APPROVED, TODAY - dt.timedelta(days=2), TODAY - dt.timedelta(days=2)),
        (ApplicationStatus.WITHDRAWN, None, None),
    ],
)
def test_the_board_date_is_that_of_the_decision_and_none_of_what_was_withdrawn(status, decided_on, shown):
    assert board_day(Application(status=status, decided_on=decided_on, scheduled_decision_on=TODAY)) == shown


class TestList:
    def test_it_costs_the_same_for_any_number(self, office, world):
        for number in range(6):
            application = world.application(world.practitioner(npi=None, last_name=f"Applicant{number}"))
            if number % 2:
                applications.submit(actor=world.coordinator, application=application)
                applications.accept(actor=world.coordinator, application=application)
        answer = cost(office, reverse("credentialing:list"), LIST)
        assert b"Applicant5" in answer.content
        assert b"credentialing coordinator" in answer.content

    def test_filters_narrow_and_the_csv_is_what_is_shown(self, office, world):
        draft = world.application()
        sent = world.application(world.practitioner(npi=None, last_name="Submitted"))
        applications.submit(actor=world.coordinator, application=sent)
        address = reverse("credentialing:list") + "?status=submitted&waiting=coordinator"
        answer = office.get(address)
        assert b"Submitted" in answer.content
        assert str(draft.practitioner).encode() not in answer.content
        lines = b"".join(office.get(address + "&format=csv").streaming_content).decode().splitlines()
        assert len(lines) == 2
        assert "Submitted" in lines[1]

    def test_nonsense_in_the_address_is_survived(self, office, world):
        world.application()
        answer = office.get(
            reverse("credentialing:list") + "?status=splendid&kind=x&page=zz&sort=-nothing&coordinator=1"
        )
        assert answer.status_code == 200

    def test_giving_files_to_a_colleague_is_previewed_first(self, office, world):
        application = world.application()
        address = reverse("credentialing:assign")
        preview = office.post(address, {"selected": str(application.uid)})
        assert b"now: Dana Whitlock" in preview.content
        application.refresh_from_db()
        assert application.coordinator == world.coordinator
        office.post(address, {"selected": str(application.uid), "coordinator": world.colleague.pk})
        application.refresh_from_db()
        assert application.coordinator == world.colleague

    @pytest.mark.parametrize("selected", ["", "nonsense", "------------------------------------"])
    def test_selecting_nothing_is_said(self, office, world, selected):
        answer = office.post(reverse("credentialing:assign"), {"selected": selected})
        assert answer.status_code == 303
        assert b"Select at least one" in office.get(answer.headers["Location"]).content


class TestOpen:
    def test_opened_from_the_practitioner(self, office, world):
        person = world.practitioner()
        address = reverse("credentialing:open", args=[person.uid])
        assert office.get(address).status_code == 200
        answer = office.post(
            address,
            {
                "kind": "initial",
                "department": world.surgery.pk,
                "category": world.category.pk,
                "scheduled_decision_on": "2026-06-01",
            },
        )
        application = Application.objects.get()
        assert answer.headers["Location"] == file_url(application)
        assert application.scheduled_decision_on == dt.date(2026, 6, 1)

    def test_bad_input_gives_sentences_and_keeps_what_was_typed(self, office, world):
        address = reverse("credentialing:open", args=[world.practitioner().uid])
        answer = office.post(
            address,
            {"kind": "initial", "department": world.other_surgery.pk, "scheduled_decision_on": "soon"},
        )
        assert answer.status_code == 422
        assert b"soon" in answer.content
        assert not Application.objects.exists()

    def test_a_refusal_stands_on_the_form(self, office, world):
        person = world.practitioner()
        world.application(person)
        answer = office.post(
            reverse("credentialing:open", args=[person.uid]),
            {"kind": "initial", "department": world.surgery.pk, "category": world.category.pk},
        )
        assert answer.status_code == 422
        assert b"already has an open application" in answer.content


class TestFile:
    def test_a_whole_file_within_its_queries(self, office, world):
        world.load_list()
        application = world.accepted()
        world.find_out(application, but=(Element.STATE_LICENSE,))
        answer = cost(office, file_url(application), WALK)
        page = answer.content.decode()
        assert "1 thing is still to be found out" in page
        assert "Dana Whitlock" in page
        assert act(application, "complete") not in page

    def test_the_button_stands_where_the_reason_was(self, office, world):
        world.load_list()
        application = world.accepted()
        world.find_out(application)
        assert act(application, "complete") in office.get(file_url(application)).content.decode()
        office.post(act(application, "complete"))
        application.refresh_from_db()
        assert application.status == ApplicationStatus.COMPLETE

    def test_a_refused_act_shows_its_sentence(self, office, world):
        application = world.accepted()
        answer = office.post(act(application, "complete"))
        assert answer.status_code == 422
        assert b"still to be found out" in answer.content
        assert b"This was not done" in answer.content

    def test_the_expedited_way_has_a_page_that_says_why_not(self, office, world):
        world.load_list()
        application = world.accepted()
        world.find_out(application)
        application = applications.complete(actor=world.coordinator, application=application)
        url = act(application, "expedite")
        assert f'href="{url}"' in office.get(file_url(application)).content.decode()
        flag = flags.raise_flag(
            actor=world.coordinator, application=application, code="RF-GAP", severity="warn", sentence="Half."
        )
        main = cost(office, url, WALK).content.decode().split("<main")[1].split("</main>")[0]
        assert "For a clean file: the department chair, then the" in main
        assert "This file goes the whole way. Needs review: Unexplained gap (RF-GAP). Half. Open." in main
        assert "<form" not in main
        refused = office.post(url)
        assert (refused.status_code, b"Unexplained gap (RF-GAP). Half." in refused.content) == (422, True)
        flags.dispose(actor=world.coordinator, flag=flag, disposition="Explained.")
        assert "whole way" not in office.get(url).content.decode()
        application.refresh_from_db()
        assert application.status == ApplicationStatus.COMPLETE

    def test_a_draft_says_what_is_still_to_be_stated(self, office, world):
        application = world.application()
        page = cost(office, file_url(application), WALK).content.decode()
        assert reverse("practitioners:claim_add", args=[application.practitioner.uid, "LICENSE"]) in page

    @pytest.mark.parametrize("name", ["incomplete", "ineligible", "withdraw"])
    def test_a_reason_is_needed(self, office, world, name):
        application = world.application()
        applications.submit(actor=world.coordinator, application=application)
        assert office.get(act(application, name)).status_code == 200
        assert office.post(act(application, name), {"reason": "  "}).status_code == 422
        application.refresh_from_db()
        assert application.status == ApplicationStatus.SUBMITTED
        given = {"reason": "Because.", "investigation": "no"}
        assert office.post(act(application, name), given).status_code == 303
        application.refresh_from_db()
        assert application.status != ApplicationStatus.SUBMITTED

    def test_whoever_records_a_withdrawal_is_asked_about_an_investigation(self, office, world):
        application = world.application()
        applications.submit(actor=world.coordinator, application=application)
        asked = {"reason": "Took another post."}
        assert office.post(act(application, "withdraw"), asked).status_code == 422
        assert not AdverseAction.objects.exists()
        assert office.post(act(application, "withdraw"), asked | {"investigation": "yes"}).status_code == 303
        assert AdverseAction.objects.get().kind == "surrender"

    def test_submitting_asks_for_the_day(self, office, world):
        application = world.application()
        answer = office.post(act(application, "submit"), {"received_on": "2030-01-01"})
        assert answer.status_code == 422
        assert b"in the future" in answer.content
        office.post(act(application, "submit"), {"received_on": "2026-03-01"})
        application.refresh_from_db()
        assert application.received_on == dt.date(2026, 3, 1)

    def test_an_act_that_is_none(self, office, world):
        application = world.application()
        assert office.post(act(application, "grant")).status_code == 404

    def test_the_history_tells_who_did_what(self, office, world):
        application = world.accepted()
        page = cost(office, reverse("credentialing:history", args=[application.uid]), LIST).content.decode()
        assert "Verification planned" in page
        assert "Dana Whitlock" in page

    def test_a_flag_is_disposed_of_on_the_page(self, office, world):
        item = world.item(world.accepted(), Element.STATE_LICENSE)
        world.verify(item, findings={"status": "PROBATION"})
        flag = item.application.red_flags.get()
        address = reverse("credentialing:dispose_flag", args=[flag.uid])
        assert office.post(address, {"disposition": ""}).status_code == 422
        office.post(address, {"disposition": "Ended in 2025."})
        flag.refresh_from_db()
        assert flag.disposition == "Ended in 2025."


class TestItem:
    def test_the_page_within_its_queries(self, office, world):
        item = world.answer(world.item(world.accepted(), Element.STATE_LICENSE))
        page = cost(office, reverse("credentialing:item", args=[item.uid]), WALK).content.decode()
        assert "State Medical Board of Ohio" in page
        assert deed(item, "verify") in page

    def test_an_answer_with_an_uploaded_document(self, office, world):
        item = world.item(world.accepted(), Element.STATE_LICENSE)
        answer = office.post(
            deed(item, "answer"),
            {
                "source": "State Medical Board of Ohio",
                "source_kind": "primary",
                "method": "web",
                "verified_on": "2026-03-10",
                "status": "ACTIVE",
                "valid_from": "2012-07-01",
                "valid_through": "2027-06-30",
                "result": "Active, no board orders.",
                "document": SimpleUploadedFile("licence.pdf", PDF, "application/pdf"),
            },
        )
        assert answer.status_code == 303, answer.content
        item.refresh_from_db()
        assert item.status == ItemStatus.RECEIVED
        assert item.evidence.document.file_name == "licence.pdf"
        office.post(deed(item, "verify"), {"note": ""})
        item.refresh_from_db()
        assert item.status == ItemStatus.VERIFIED

    def test_bad_input_keeps_what_was_typed_and_writes_nothing(self, office, world):
        item = world.item(world.accepted(), Element.STATE_LICENSE)
        answer = office.post(
            deed(item, "answer"),
            {
                "source": "The board, by hearsay",
                "source_kind": "self",
                "method": "web",
                "verified_on": "yesterday",
            },
        )
        assert answer.status_code == 422
        assert b"The board, by hearsay" in answer.content
        item.refresh_from_db()
        assert (item.status, item.evidence) == (ItemStatus.NOT_STARTED, None)

    def test_a_file_that_is_not_allowed_is_refused_with_a_sentence(self, office, world):
        item = world.item(world.accepted(), Element.STATE_LICENSE)
        answer = office.post(
            deed(item, "answer"),
            {
                "source": "The board",
                "source_kind": "primary",
                "method": "web",
                "verified_on": "2026-03-10",
                "document": SimpleUploadedFile("page.html", b"<html><script>x</script></html>"),
            },
        )
        assert answer.status_code == 422
        assert b"The board" in answer.content

    def test_an_attempt_a_discrepancy_and_its_resolution(self, office, world):
        item = world.item(world.accepted(), Element.MEDICAL_SCHOOL)
        office.post(deed(item, "attempt"), {"method": "phone", "outcome": "no_answer", "note": "Closed"})
        item.refresh_from_db()
        assert item.status == ItemStatus.AWAITING
        world.answer(item)
        assert office.post(deed(item, "discrepancy"), {"note": ""}).status_code == 422
        office.post(deed(item, "discrepancy"), {"note": "Another year"})
        office.post(deed(item, "resolve"), {"note": "The school mistyped it"})
        item.refresh_from_db()
        assert item.status == ItemStatus.VERIFIED

    def test_only_the_director_finds_the_waiver(self, office, world, client):
        item = world.item(world.accepted(), Element.MEDICAL_SCHOOL)
        for _ in range(3):
            office.post(deed(item, "attempt"), {"method": "phone", "outcome": "no_answer"})
        office.post(deed(item, "unable"), {"note": "Closed in 2019"})
        item.refresh_from_db()
        address = reverse("credentialing:item", args=[item.uid])
        assert deed(item, "waive") not in office.get(address).content.decode()
        assert office.post(deed(item, "waive"), {"note": "x"}).status_code == 403
        client.force_login(world.director)
        assert deed(item, "waive") in client.get(address).content.decode()
        client.post(deed(item, "waive"), {"note": "ECFMG report on file"})
        item.refresh_from_db()
        assert item.status == ItemStatus.WAIVED

    def test_what_is_never_waived_offers_no_waiver(self, world, client):
        item = world.item(world.accepted(), Element.STATE_LICENSE)
        VerificationItem.objects.filter(pk=item.pk).update(waivable=True)
        client.force_login(world.director)
        for _ in range(3):
            verification.record_attempt(
                actor=world.coordinator, item=item, method="phone", outcome="no_answer"
            )
        verification.mark_unable(actor=world.coordinator, item=item, note="Nobody answers")
        page = client.get(reverse("credentialing:item", args=[item.uid])).content.decode()
        assert deed(item, "waive") not in page
        assert "never be waived" in page
        assert client.post(deed(item, "waive"), {"note": "x"}).status_code == 422

    def test_an_automatic_question_is_watched_until_answered(self, office, world):
        item = world.item(world.signed(world.accepted()), Element.NPI)
        page = office.get(reverse("credentialing:item", args=[item.uid])).content.decode()
        address = reverse("credentialing:progress", args=[item.uid])
        assert f'hx-get="{address}"' in page
        assert "HX-Refresh" not in office.get(address).headers
        world.answer(item)
        assert office.get(address).headers["HX-Refresh"] == "true"

    def test_what_a_peer_said_is_for_those_with_the_class_and_reading_is_logged(self, world, client):
        item = world.answer(
            world.item(world.accepted(), Element.PEER_REFERENCE), result="Steady hands, short temper."
        )
        address = reverse("credentialing:item", args=[item.uid])
        client.force_login(world.coordinator)
        assert b"short temper" in client.get(address).content
        assert ProtectedRead.objects.get().data_class == "peer_review"


class TestScreening:
    @pytest.fixture
    def match(self, world):
        world.load_list()
        person = world.practitioner(
            last_name="Brightwater", first_name="Imogen", middle_name="", npi=None,
            birth_date=dt.date(1968, 7, 4),
        )  # fmt: skip
        world.appoint(person)
        screening.screen(actor=world.coordinator, practitioner=person)
        return ScreeningMatch.objects.get()

    def test_the_list_within_its_queries(self, office, match):
        page = cost(office, reverse("credentialing:screening"), LIST).content.decode()
        assert "Brightwater" in page
        assert "planted.csv" in page

    def test_without_a_list_the_page_says_what_to_do(self, office, world):
        assert b"import_leie" in office.get(reverse("credentialing:screening")).content
        assert office.post(reverse("credentialing:screen_everyone")).status_code == 422

    def test_side_by_side_and_logged(self, office, match):
        page = cost(office, reverse("credentialing:match", args=[match.uid]), WALK).content.decode()
        assert "4 Jul 1968" in page
        assert "BRIGHTWATER, IMOGEN" in page
        assert ProtectedRead.objects.get().data_class == "identity"

    def test_a_twin_in_name_is_read_and_taken_up(self, office, world):
        world.load_list()
        person = world.practitioner(
            last_name="Pennyfeather", first_name="John", middle_name="", npi=None,
            birth_date=dt.date(1979, 6, 6),
        )  # fmt: skip
        world.appoint(person)
        screening.screen(actor=world.coordinator, practitioner=person)
        assert not ScreeningMatch.objects.exists()
        address = reverse("credentialing:noted", args=[person.uid])
        assert address in office.get(reverse("practitioners:more_office", args=[person.uid])).content.decode()
        page = cost(office, address, WALK).content.decode()
        assert "PENNYFEATHER" in page
        assert "The dates of birth differ." in page
        assert ProtectedRead.objects.get().data_class == "identity"
        row = ListRow.objects.get(last_name="PENNYFEATHER")
        assert office.post(address, {"row": str(uuid.uuid4())}).status_code == 422
        answer = office.post(address, {"row": str(row.uid)})
        match = ScreeningMatch.objects.get()
        review = reverse("credentialing:match", args=[match.uid])
        assert (answer.status_code, answer["Location"]) == (303, review)
        assert (match.match_class, match.taken_up, match.status) == ("weak", True, "new")
        assert "The dates of birth differ." in office.get(review).content.decode()
        # It waits with the others, and is not offered again.
        assert "Pennyfeather" in office.get(reverse("credentialing:screening")).content.decode()
        assert "noted no row" in office.get(address).content.decode()
        # Screening again leaves it to whoever took it up.
        screening.screen(actor=world.coordinator, practitioner=person)
        match.refresh_from_db()
        assert match.taken_up
        office.post(review, {"do": "clear", "reason": "dob_differs", "note": "Born in another year"})
        match.refresh_from_db()
        assert match.status == MatchStatus.CLEARED

    def test_two_people_clear_it(self, office, client, world, match):
        address = reverse("credentialing:match", args=[match.uid])
        assert office.post(address, {"do": "clear"}).status_code == 422
        office.post(address, {"do": "clear", "reason": "address_history", "note": "Never in Ohio"})
        again = office.post(address, {"do": "clear", "reason": "address_history"})
        assert again.status_code == 422
        assert b"two people" in again.content
        client.force_login(world.colleague)
        client.post(address, {"do": "clear", "reason": "address_history"})
        match.refresh_from_db()
        assert match.status == MatchStatus.CLEARED

    def test_the_compliance_officer_confirms(self, client, world, match):
        client.force_login(world.compliance)
        address = reverse("credentialing:match", args=[match.uid])
        assert client.post(address, {"do": "confirm", "note": ""}).status_code == 422
        client.post(address, {"do": "confirm", "note": "SSN verified"})
        match.refresh_from_db()
        assert match.status == MatchStatus.CONFIRMED

    def test_the_file_names_what_came_after_the_screening(self, office, world, match):
        person = match.practitioner
        panels = reverse("practitioners:more_office", args=[person.uid])
        assert "Not screened yet under" not in office.get(panels).content.decode()
        add_name(actor=world.coordinator, practitioner=person, kind="maiden", last_name="Ashgrove")
        assert "Not screened yet under Ashgrove: on file since." in " ".join(
            cost(office, panels, WALK).content.decode().split()
        )
        office.post(reverse("credentialing:screen", args=[person.uid]))
        assert "Not screened yet under" not in office.get(panels).content.decode()

    def test_screening_one_person_goes_back_to_where_one_was_and_nowhere_else(self, office, world, match):
        address = reverse("credentialing:screen", args=[match.practitioner.uid])
        assert office.post(address, {"next": "https://evil.example/"}).headers["Location"] == reverse(
            "practitioners:file", args=[match.practitioner.uid]
        )
        assert office.post(address, {"next": "/applications/"}).headers["Location"] == "/applications/"


def test_applications_are_looked_at_by_department(office, world):
    medicine = Department.objects.create(facility=world.facility, code="medicine", name="Medicine")
    world.application(world.practitioner(last_name="Cutter", npi=None))
    world.application(world.practitioner(last_name="Comer", npi=None), department=medicine)
    address = reverse("credentialing:list")
    assert f"{world.facility.code}: Medicine" in office.get(address).content.decode()
    page = cost(office, f"{address}?department={medicine.pk}", LIST).content.decode()
    assert [name in page for name in ("Cutter", "Comer")] == [False, True]


class TestDataBank:
    def test_the_log_shows_no_response(self, office, world):
        person = world.practitioner()
        world.appoint(person)
        world.query(person, content=b"A very secret report", adverse=True)
        page = cost(office, reverse("credentialing:npdb_log"), LIST).content.decode()
        assert NPDBQuery.objects.get().dcn in page
        assert "secret" not in page
        exported = b"".join(office.get(reverse("credentialing:npdb_log") + "?format=csv").streaming_content)
        assert b"secret" not in exported

    def test_the_reason_offered_is_that_of_the_open_application(self, office, world):
        person = world.practitioner()
        address = reverse("credentialing:npdb_add", args=[person.uid])
        assert office.get(address).context["form"]["reason"].value() == "two_years"
        world.application(person)
        assert office.get(address).context["form"]["reason"].value() == "initial"

    def test_logging_a_query_for_an_application(self, office, world):
        application = world.accepted()
        address = (
            reverse("credentialing:npdb_add", args=[application.practitioner.uid])
            + f"?application={application.uid}"
        )
        assert office.get(address).status_code == 200
        data = {
            "kind": "one_time",
            "reason": "initial",
            "queried_on": "2026-03-10",
            "dcn": "5500000099",
            "adverse": "no",
        }
        assert b"Attach the response" in office.post(address, data).content
        answer = office.post(address, data | {"response_text": "No reports."})
        assert answer.headers["Location"] == file_url(application)
        assert world.item(application, Element.NPDB).status == ItemStatus.VERIFIED
        twice = office.post(address, data | {"response_text": "No reports."})
        assert twice.status_code == 422
        assert b"already logged" in twice.content

    @pytest.mark.parametrize(
        "application", ["x", "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz", "0f9b3d52-6f0e-4a55-9d3e-1f2a3b4c5d6e"]
    )
    def test_an_application_that_is_none_is_ignored(self, office, world, application):
        address = reverse("credentialing:npdb_add", args=[world.practitioner().uid])
        assert office.get(f"{address}?application={application}").status_code == 200


class TestExpirables:
    def test_what_runs_out_within_its_queries(self, office, world):
        for number in range(5):
            member(world, 5 + 20 * number, last_name=f"Member{number}")
        reminders.queue_reminders(actor=world.system, on=TODAY)
        page = cost(office, reverse("credentialing:expirables"), LIST).content.decode()
        assert "Member0" in page
        assert reverse("credentialing:expirables_ahead") in page
        year = cost(office, reverse("credentialing:expirables_ahead"), LIST).content.decode()
        assert "Credentials that run out, by month" in year
        elsewhere = world.practitioner(last_name="Elsewhere", npi=None)
        world.appoint(elsewhere, facility=world.other)
        world.claim(elsewhere, "DEA", dt.date(2024, 1, 1), TODAY + dt.timedelta(days=9), number="FE1234563")
        give_role(
            actor=world.system, user=world.coordinator, role=Role.CREDENTIALING_COORDINATOR,
            facility=world.other, start=dt.date(2020, 1, 1),
        )  # fmt: skip
        office.force_login(world.coordinator)
        assert "Elsewhere" not in office.get(reverse("credentialing:expirables")).content.decode()
        narrowed = office.get(reverse("credentialing:expirables") + "?window=30").content.decode()
        assert "Member0" in narrowed
        assert "Member4" not in narrowed

    def test_one_department_is_looked_at_and_the_file_names_it(self, office, world):
        member(world, 5, last_name="Cutter")
        medicine = Department.objects.create(facility=world.facility, code="medicine", name="Medicine")
        applicant = world.practitioner(last_name="Comer", npi=None)
        world.claim(applicant, "DEA", dt.date(2024, 1, 1), TODAY + dt.timedelta(days=9), number="FE1234563")
        world.application(applicant, department=medicine)
        address = reverse("credentialing:expirables")
        rows = list(csv.DictReader(io.StringIO(written(office, f"{address}?format=csv"))))
        cutter, comer = (
            next(row for row in rows if name in row["Practitioner"]) for name in ("Cutter", "Comer")
        )
        assert (cutter["Department"], cutter["Days left"], comer["Days left"]) == ("Surgery", "5", "9")
        assert comer["Department"] == "", "who only applies belongs to none yet"
        assert all("NPI" in row for row in rows)
        of_surgery = written(office, f"{address}?format=csv&department={world.surgery.pk}")
        of_medicine = written(office, f"{address}?format=csv&department={medicine.pk}")
        assert [name in of_surgery for name in ("Cutter", "Comer")] == [True, False]
        assert [name in of_medicine for name in ("Cutter", "Comer")] == [False, True]

    @pytest.mark.parametrize("name", ["items", "screening", "npdb_log", "reminders"])
    def test_what_is_exported_of_people_names_their_npi(self, office, world, name):
        assert "NPI" in written(office, reverse(f"credentialing:{name}") + "?format=csv").splitlines()[0]

    def test_the_form_in_a_cell_carries_its_token(self, office, world):
        member(world)
        reminders.queue_reminders(actor=world.system, on=TODAY)
        message = OutboxMessage.objects.get()
        reminders.send(message.uid)
        given = {"why": "There is no such address.", "words": "550 unknown"}
        office.post(reverse("credentialing:reminder_came_back", args=[message.uid]), given)
        page = office.get(reverse("credentialing:reminders")).content.decode()
        form = page.split(reverse("credentialing:reminder_again", args=[message.uid]))[1]
        assert 'name="csrfmiddlewaretoken" value="' in form.split("</form>")[0]

    def test_reminders_within_their_queries(self, office, world):
        for number in range(5):
            member(world, 5, last_name=f"Member{number}")
        due = office.get(reverse("credentialing:reminders_queue")).context["due"]
        office.post(reverse("credentialing:reminders_queue"), {"seen": due.seen})
        page = cost(office, reverse("credentialing:reminders"), LIST).content.decode()
        assert "5 reminders queued" in page
        assert "marisol@example.org" in page
        message = OutboxMessage.objects.first()
        reminders.send(message.uid)
        again = office.post(reverse("credentialing:reminder_again", args=[message.uid]))
        assert b"nothing to send again" in office.get(again.headers["Location"]).content


ALL = [
    ("credentialing:list", None, {"coordinator", "director", "staff_coordinator"}),
    ("credentialing:expirables", None, {"coordinator", "director", "staff_coordinator"}),
    ("credentialing:screening", None, {"coordinator", "director", "compliance"}),
    ("credentialing:npdb_log", None, {"coordinator", "director", "compliance"}),
    ("credentialing:reminders", None, {"coordinator", "director"}),
]


@pytest.mark.parametrize("who", ["coordinator", "director", "staff_coordinator", "compliance", "lookup"])
@pytest.mark.parametrize(("name", "args", "allowed"), ALL)
def test_only_the_roles_that_may(client, world, name, args, allowed, who):
    client.force_login(getattr(world, who))
    assert client.get(reverse(name)).status_code == (200 if who in allowed else 403)


def test_strangers_are_sent_to_sign_in(client, world):
    for name, _, _ in ALL:
        assert "login" in client.get(reverse(name)).headers["Location"]


def test_a_file_of_another_hospital_is_not_there(client, world):
    application = world.accepted()
    client.force_login(world.user("Indy Anna", "credentialing_coordinator", facility=world.other))
    item = world.item(application, Element.STATE_LICENSE)
    assert client.get(file_url(application)).status_code == 404
    assert client.get(reverse("credentialing:item", args=[item.uid])).status_code == 404
    assert client.post(deed(item, "request")).status_code == 404


def test_ones_own_file_is_not_there(client, world):
    application = world.accepted()
    application.practitioner.user = world.coordinator
    application.practitioner.save()
    client.force_login(world.coordinator)
    assert client.get(file_url(application)).status_code == 404
    assert str(application.practitioner).encode() not in client.get(reverse("credentialing:list")).content


def test_who_only_looks_changes_nothing(client, world):
    application = world.accepted()
    client.force_login(world.staff_coordinator)
    page = client.get(file_url(application))
    assert page.status_code == 200
    assert act(application, "withdraw") not in page.content.decode()
    assert client.post(act(application, "complete")).status_code == 403
    item = world.item(application, Element.STATE_LICENSE)
    assert client.post(deed(item, "attempt"), {"method": "phone", "outcome": "sent"}).status_code == 403
    assert clock.today(world.facility) == TODAY


class TestSaidAsItIs:
    def test_the_compliance_officer_reads_the_log_of_the_data_bank(self, client, world):
        person = world.practitioner()
        world.appoint(person)
        query = world.query(person)
        client.force_login(world.compliance)
        answer = client.get(reverse("credentialing:npdb_log"))
        assert query.dcn.encode() in answer.content
        assert client.get(reverse("credentialing:npdb_add", args=[person.uid])).status_code == 403

    def test_an_empty_list_names_one_row(self, office, world):
        answer = office.get(reverse("credentialing:npdb_log") + "?since=2030-01-01")
        assert b"No query fits these filters" in answer.content

    def test_a_match_offers_only_reasons_that_can_be_true(self, office, world):
        world.load_list()
        person = world.practitioner(
            last_name="Silverthorne", first_name="Agatha", middle_name="", birth_date=None, npi=None
        )
        world.appoint(person)
        screening.screen(actor=world.coordinator, practitioner=person)
        address = reverse("credentialing:match", args=[ScreeningMatch.objects.get().uid])
        page = office.get(address).content
        assert b"dob_differs" not in page
        assert b"Verified by SSN" in page
        assert office.post(address, {"do": "clear", "reason": "ssn_not_same"}).status_code == 422
        given = {"do": "clear", "reason": "ssn_not_same", "note": "Site of the OIG"}
        assert office.post(address, given).status_code == 303
        assert b"cleared by mistake" in office.get(address).content
        assert office.post(address, {"do": "reopen", "reason": "Wrong SSN"}).status_code == 303
        assert ScreeningMatch.objects.get().status == MatchStatus.NEW

    def test_a_verified_item_whose_answer_counts_no_more_is_not_done(self, office, world):
        application = world.accepted()
        item = world.verify(world.item(application, Element.STATE_LICENSE))
        with clock.freeze(clock.now() + dt.timedelta(days=400)):
            page = office.get(file_url(application)).content.decode()
        row = page[page.index(item.label) :]
        assert "Verify again" in row[: row.index("</tr>")]

    def test_the_form_asks_what_a_source_of_that_kind_can_say(self, office, world):
        application = world.accepted()
        page = office.get(reverse("credentialing:item", args=[world.item(application, "PEER_REFERENCE").uid]))
        assert b"Status at the source" not in page.content
        assert b"Last valid day" not in page.content
        page = office.get(reverse("credentialing:item", args=[world.item(application, "STATE_LICENSE").uid]))
        assert b"On probation" in page.content
        assert b"Board eligible" not in page.content

    def test_practitioners_see_what_their_application_waits_for(self, client, world):
        application = world.accepted()
        own = world.user("Marisol Quillfeather", Role.PRACTITIONER)
        link_user(actor=world.system, practitioner=application.practitioner, user=own)
        client.force_login(own)
        page = cost(client, reverse("practitioners:file", args=[application.practitioner.uid]), WALK)
        assert b"Your applications" in page.content
        assert b"Dana Whitlock" in page.content
        assert b"Your privileges" in page.content
