"""Temporary privileges for a patient care need, asked for in one act."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from config.accounts.choices import Role
from config.kernel.errors import Refused
from config.organization.models import Department
from credentialing.choices import ApplicationStatus, Element, ItemStatus
from credentialing.models import Application
from practitioners.models import Document
from practitioners.services.people import create_practitioner
from privileging.models import RequestLine
from privileging.selectors.lookup import LookupOutcome
from privileging.selectors.requests import known_on, usual_department
from privileging.services.care_need import ask_for_need
from privileging.services.meanwhile import Signed
from tests.credentialing.scans import scan
from tests.privileging.conftest import NPIS, TODAY, appoint, grant, licensed, set_parameter
from tests.privileging.files import account, surgery_form
from tests.privileging.kinds import act, built, lookup, physician
from tests.worlds import shared

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
CODE = "GS-SEDATION"
NEED = "Nobody else on the staff may sedate in the endoscopy room this week."


def _make(world) -> None:
    world.surgeon = create_practitioner(
        actor=world.system, provider_type="MD", last_name="Vasquez", first_name="Ines", npi=NPIS[0]
    )


@pytest.fixture(scope="module")
def _facilities(request, django_db_setup, django_db_blocker):
    with shared(request, django_db_blocker, built(_make)) as facilities:
        yield facilities


@pytest.fixture
def staff(world):
    return world.staff


def required(world, *elements: str) -> None:
    value = [{"element": each, "instances": "one", "minimum": 1} for each in elements]
    set_parameter(world.system, "credentialing.required_elements", value, subject="temporary.need")


def ask(world, staff, **more):
    given = {
        "actor": staff.coordinator, "practitioner": world.surgeon, "facility": world.lakeside,
        "department": world.surgery, "version": surgery_form(), "codes": [CODE], "need": NEED,
        "signed": Signed(TODAY, "request.pdf", scan(1)),
    }  # fmt: skip
    return ask_for_need(**given | more)


class TestInOneAct:
    def test_it_goes_to_its_reviewers_where_nothing_is_left_to_find_out(self, world, staff):
        required(world, "ATTESTATION")
        application, verdict = ask(world, staff)
        assert verdict.met
        assert (application.kind, application.ground, application.need, application.status) == (
            "temporary", "need", NEED, ApplicationStatus.IN_REVIEW,
        )  # fmt: skip
        asked = RequestLine.objects.filter(request__application=application, status="requested")
        assert list(asked.values_list("form_line__privilege__code", flat=True)) == [CODE]
        item = application.items.get(element=Element.ATTESTATION)
        assert (item.status, item.verified_on) == (ItemStatus.VERIFIED, TODAY)

    def test_granted_it_holds_through_day_120_and_not_on_day_121(self, world, staff):
        required(world, "ATTESTATION")
        application, _ = ask(world, staff)
        first, second = world.surgeon.review_cases.get(subject_uid=application.uid).steps.order_by("order")
        act(staff.president, first, application)
        act(staff.executive, second, application)
        licensed(world, world.surgeon)
        assert lookup(world.surgeon, world, TODAY + 119 * DAY, CODE).outcome == LookupOutcome.YES
        assert lookup(world.surgeon, world, TODAY + 120 * DAY, CODE).outcome == LookupOutcome.NO

    def test_its_last_day_may_be_the_last_one_allowed(self, world, staff):
        required(world, "ATTESTATION")
        application, _ = ask(world, staff, until=TODAY + 119 * DAY)
        assert application.until == TODAY + 119 * DAY

    def test_without_license_competence_and_data_bank_it_stays_with_the_office(self, world, staff):
        required(world, "ATTESTATION", "NPDB", "EXCLUSION")
        application, verdict = ask(world, staff)
        assert application.status == ApplicationStatus.IN_VERIFICATION
        assert len([leaf for leaf in verdict.leaves() if not leaf.met]) == 2


class TestRefused:
    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"codes": []}, "codes"),
            ({"codes": ["GS-NOTHING"]}, "codes"),
            ({"need": " "}, "need"),
            ({"until": TODAY - DAY}, "until"),
            ({"until": TODAY + 120 * DAY}, "until"),
            ({"signed": Signed(TODAY, "request.pdf", b"MZ\x90\x00")}, None),
        ],
    )
    def test_nothing_is_done(self, world, staff, wrong, field):
        required(world, "ATTESTATION")
        with pytest.raises(Refused) as refused:
            ask(world, staff, **wrong)
        assert field is None or refused.value.field == field
        assert not Application.objects.filter(kind="temporary").exists()
        assert not Document.objects.filter(title__contains="signed").exists()

    def test_a_second_one(self, world, staff):
        ask(world, staff)
        with pytest.raises(Refused):
            ask(world, staff)
        assert Application.objects.filter(kind="temporary").count() == 1


class TestThePage:
    def url(self, world):
        return reverse("privileging:care_need", args=[world.surgeon.uid])

    def send(self, client, world, **changes):
        upload = SimpleUploadedFile("request.pdf", scan(1), content_type="application/pdf")
        data = {
            "codes": [CODE], "need": NEED, "department": world.surgery.pk, "document": upload,
            "signed_on": TODAY.isoformat(), "until": "",
        }  # fmt: skip
        return client.post(self.url(world), {k: v for k, v in (data | changes).items() if v is not None})

    def test_the_file_leads_there_and_it_says_what_happened(self, client, world, staff):
        client.force_login(staff.coordinator)
        panel = client.get(reverse("practitioners:more_privileges", args=[world.surgeon.uid]))
        assert self.url(world) in panel.content.decode()
        page = client.get(self.url(world)).content.decode()
        assert "Moderate sedation" in page
        answer = self.send(client, world)
        made = Application.objects.get(kind="temporary")
        assert answer["Location"] == reverse("credentialing:file", args=[made.uid])

    def test_what_is_missing_is_told_and_nothing_is_done(self, client, world, staff):
        client.force_login(staff.coordinator)
        refused = self.send(client, world, codes=[], need=None)
        assert refused.status_code == 422
        said = refused.content.decode()
        assert "Choose at least one privilege." in said
        assert not Application.objects.filter(kind="temporary").exists()

    def test_another_form_is_chosen_from_those_offered(self, client, world, staff):
        client.force_login(staff.coordinator)
        page = client.get(self.url(world), {"form": "other"}).content.decode()
        assert "On which form are they asked for?" in page
        assert str(surgery_form().uid) in page

    def test_not_for_others(self, client, world, staff):
        client.force_login(account(world, "wanda", Role.LOOKUP))
        assert client.get(self.url(world)).status_code in (403, 404)


def test_the_form_somebody_was_granted_or_asked_on_is_known(world, staff):
    assert known_on(world.surgeon) == set()
    grant(world, world.surgeon, facility=world.harbor)
    assert known_on(world.surgeon) == {surgery_form().form_id}


def test_of_a_newcomer_it_is_the_one_of_most_who_do_the_same_work(world, staff):
    other = Department.objects.create(facility=world.lakeside, code="medicine", name="Medicine")
    form = surgery_form().form
    assert usual_department(world.surgeon, world.lakeside, form) is None, "nobody holds any of it"
    for number, department in enumerate((world.surgery, other, world.surgery), start=1):
        one = physician(world, f"Peer{number}", number)
        appoint(world, one, department=department)
        grant(world, one, CODE)
        expected = None if number == 2 else world.surgery.pk  # of a tie nobody says which
        assert usual_department(world.surgeon, world.lakeside, form) == expected
    assert usual_department(world.surgeon, world.lakeside) is None


def test_the_department_is_the_one_of_the_last_application_or_the_only_one(world, staff):
    assert usual_department(world.surgeon, world.lakeside) == world.surgery.pk
    other = Department.objects.create(facility=world.lakeside, code="medicine", name="Medicine")
    assert usual_department(world.surgeon, world.lakeside) is None
    ask(world, staff, department=other)
    assert usual_department(world.surgeon, world.lakeside) == other.pk
