"""The pages of this room: who may see them, what they cost, what bad input gets."""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid

import pytest
from django.urls import reverse

from bylaws.models import AdverseAction
from config.accounts.choices import Role
from config.accounts.services.users import give_role
from config.audit.models import ProtectedRead
from config.organization.models import Department
from credentialing.choices import ApplicationStatus, MatchStatus
from credentialing.models import (
    Application,
    ListRow,
    NPDBQuery,
    OutboxMessage,
    ScreeningMatch,
)
from credentialing.services import applications, reminders, screening
from credentialing.tables import board_day
from practitioners.services.people import add_name
from tests.credentialing.pages import LIST, WALK, act, cost, file_url
from tests.credentialing.services.test_reminders import member
from tests.credentialing.world import TODAY


def written(client, address: str) -> str:
    """What an export has in it."""
    return b"".join(client.get(address).streaming_content).decode("utf-8-sig")


@pytest.fixture
def office(client, world):
    """A browser in which the credentialing coordinator is signed in."""
    client.force_login(world.coordinator)
    return client


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
