"""Temporary privileges asked for in one act while a complete application waits for its bodies."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from django.urls import reverse

from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.periods import void
from credentialing.choices import ApplicationStatus, Element, ItemStatus
from credentialing.models import Application
from credentialing.selectors.letters import letters_of_application
from credentialing.services import applications
from practitioners.choices import LetterKind
from practitioners.models import CredentialPeriod, Document
from practitioners.services.people import create_practitioner
from privileging.choices import RequestLineStatus
from privileging.models import RequestLine
from privileging.selectors.lookup import LookupOutcome
from privileging.selectors.requests import lines_of
from privileging.services.meanwhile import Signed, ask_meanwhile
from tests.credentialing.scans import scan
from tests.privileging.conftest import NOON, NPIS, TODAY, licensed, set_parameter
from tests.privileging.files import account, before_the_board, opened
from tests.privileging.kinds import act, built, lookup, qualified, special_only
from tests.worlds import shared

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
CODE = "GS-SEDATION"
SIGNED = Signed(TODAY, "request.pdf", scan(1))


def _make(world) -> None:
    """Somebody whose complete application for two special privileges has been before the board since
    yesterday.
    """
    staff = world.staff
    world.applicant = create_practitioner(
        actor=world.system, provider_type="MD", last_name="Vasquez", first_name="Ines", npi=NPIS[0]
    )
    with clock.freeze(NOON - DAY):
        qualified(world, staff, world.applicant)
        world.waiting = opened(world, staff, world.applicant)
        special_only(staff, world.waiting, "GS-SEDATION", "GS-ROBOTIC")
        before_the_board(staff, world.waiting, verified=True)
        world.waiting.refresh_from_db()


@pytest.fixture(scope="module")
def _facilities(request, django_db_setup, django_db_blocker, tmp_path_factory):
    with (
        override_settings(STANDING_STORE=tmp_path_factory.mktemp("store")),
        shared(request, django_db_blocker, built(_make)) as facilities,
    ):
        yield facilities


@pytest.fixture
def staff(world):
    return world.staff


def required(world, *elements: str) -> None:
    """What the bylaws ask of temporary privileges beside an application."""
    value = [{"element": each, "instances": "one", "minimum": 1} for each in elements]
    set_parameter(world.system, "credentialing.required_elements", value, subject="temporary.applicant")


def ask(world, staff, *, codes=("GS-SEDATION",), signed=SIGNED, actor=None, **more):
    lines = [line.uid for line in lines_of(world.waiting) if line.form_line.privilege.code in codes]
    return ask_meanwhile(
        actor=actor or staff.coordinator, awaited=world.waiting, lines=lines, signed=signed, **more
    )


def codes_asked(application) -> set[str]:
    lines = RequestLine.objects.filter(request__application=application, status=RequestLineStatus.REQUESTED)
    return set(lines.values_list("form_line__privilege__code", flat=True))


class TestInOneAct:
    def test_it_goes_to_its_reviewers_where_nothing_is_left_to_find_out(self, world, staff):
        required(world, "ATTESTATION")
        application, verdict = ask(world, staff)
        assert verdict.met
        assert (application.kind, application.ground, application.awaits) == (
            "temporary", "applicant", world.waiting,
        )  # fmt: skip
        assert application.status == ApplicationStatus.IN_REVIEW
        assert codes_asked(application) == {"GS-SEDATION"}
        item = application.items.get(element=Element.ATTESTATION)
        assert (item.status, item.verified_on, item.source) == (ItemStatus.VERIFIED, TODAY, "Vasquez, Ines")
        assert Document.objects.filter(practitioner=world.applicant, title__contains="signed").count() == 1

    def not_known(self, world):
        """The certificate that one of the privileges asks for was recorded by mistake."""
        acls = world.applicant.credentials.get(credential_type__code="LIFE_SUPPORT")
        void(CredentialPeriod, acls, actor=world.system, reason="Of somebody else")

    def test_beside_a_file_whose_criteria_are_not_known_it_waits_and_says_why(self, world, staff):
        required(world, "ATTESTATION")
        self.not_known(world)
        application, verdict = ask(world, staff, codes=("GS-ROBOTIC",))
        assert application.status == ApplicationStatus.IN_VERIFICATION
        (leaf,) = [leaf for leaf in verdict.leaves() if not leaf.met]
        assert leaf.code == "CR-AWAITED"
        assert (
            "It is no clean file. Criteria of a privilege asked for are not known to be met." in leaf.sentence
        )

    def test_the_page_says_so_before_anything_is_asked(self, world, staff, client):
        client.force_login(staff.coordinator)
        here = reverse("privileging:meanwhile", args=[world.waiting.uid])
        assert "no clean file" not in client.get(here).content.decode()
        self.not_known(world)
        assert (
            "As it stands it would not be granted. It is no clean file." in client.get(here).content.decode()
        )

    def test_granted_it_holds_through_day_120_and_not_on_day_121(self, world, staff):
        required(world, "ATTESTATION")
        application, _ = ask(world, staff)
        case = world.applicant.review_cases.get(subject_uid=application.uid)
        first, second = case.steps.order_by("order")
        act(staff.president, first, application)
        act(staff.executive, second, application)
        licensed(world, world.applicant)
        assert lookup(world.applicant, world, TODAY + 119 * DAY, CODE).outcome == LookupOutcome.YES
        assert lookup(world.applicant, world, TODAY + 120 * DAY, CODE).outcome == LookupOutcome.NO

    def test_its_page_shows_the_letter_that_the_grant_made(self, world, staff):
        required(world, "ATTESTATION")
        application, _ = ask(world, staff)
        assert not letters_of_application(staff.coordinator, application)
        case = world.applicant.review_cases.get(subject_uid=application.uid)
        first, second = case.steps.order_by("order")
        act(staff.president, first, application)
        act(staff.executive, second, application)
        letter = letters_of_application(staff.coordinator, application).get()
        assert (letter.kind, letter.subject_uid) == (LetterKind.DECISION, application.uid)
        assert not letters_of_application(staff.coordinator, world.waiting)

    def test_what_is_verified_beside_it_counts_and_what_is_missing_is_named(self, world, staff):
        required(world, "ATTESTATION", "NPDB", "EXCLUSION")
        application, verdict = ask(world, staff)
        assert application.status == ApplicationStatus.IN_VERIFICATION
        open_leaves = {leaf.title for leaf in verdict.leaves() if not leaf.met}
        assert len(open_leaves) == 2
        assert any("NPDB" in title for title in open_leaves)


class TestRefused:
    def nothing_was_done(self, world):
        assert Application.objects.filter(kind="temporary").count() == 0
        assert Document.objects.filter(title__contains="signed").count() == 0

    def test_no_privilege(self, world, staff):
        with pytest.raises(Refused, match="Choose at least one privilege"):
            ask(world, staff, codes=())
        self.nothing_was_done(world)

    def test_a_file_that_is_no_document(self, world, staff):
        with pytest.raises(Refused):
            ask(world, staff, signed=Signed(TODAY, "request.pdf", b"MZ\x90\x00"))
        self.nothing_was_done(world)

    def test_signed_in_the_future(self, world, staff):
        required(world, "ATTESTATION")
        with pytest.raises(Refused):
            ask(world, staff, signed=Signed(TODAY + DAY, "request.pdf", scan(1)))
        self.nothing_was_done(world)

    def test_a_last_day_that_a_grant_of_today_does_not_reach(self, world, staff):
        required(world, "ATTESTATION")
        with pytest.raises(Refused, match="at the latest: 120 days") as refused:
            ask(world, staff, until=TODAY + 120 * DAY)
        assert refused.value.field == "until"
        self.nothing_was_done(world)
        application, _ = ask(world, staff, until=TODAY + 119 * DAY)
        assert application.until == TODAY + 119 * DAY

    def test_beside_one_that_is_not_complete_any_more(self, world, staff):
        applications.return_to_verification(
            actor=staff.coordinator, application=world.waiting, reason="A license lapsed"
        )
        world.waiting.refresh_from_db()
        with pytest.raises(Refused, match="temporary privileges wait beside one that is complete"):
            ask(world, staff)

    def test_a_second_one(self, world, staff):
        ask(world, staff)
        with pytest.raises(Refused):
            ask(world, staff)
        assert Application.objects.filter(kind="temporary").count() == 1


class TestThePage:
    def url(self, world):
        return reverse("privileging:meanwhile", args=[world.waiting.uid])

    def send(self, client, world, **changes):
        lines = [str(line.uid) for line in lines_of(world.waiting)]
        upload = SimpleUploadedFile("request.pdf", scan(1), content_type="application/pdf")
        data = {"lines": lines, "signed_on": TODAY.isoformat(), "until": "", "document": upload}
        return client.post(self.url(world), {k: v for k, v in (data | changes).items() if v is not None})

    def test_the_file_leads_there_and_it_says_what_happened(self, client, world, staff):
        client.force_login(staff.coordinator)
        page = client.get(reverse("credentialing:file", args=[world.waiting.uid]) + "?panel=privileges")
        assert self.url(world) in client.get(self.url(world)).content.decode() + page.content.decode()
        asked = client.get(self.url(world)).content.decode()
        assert "Moderate sedation" in asked
        assert asked.count("checked") == 2
        answer = self.send(client, world)
        made = Application.objects.get(kind="temporary")
        assert (answer.status_code, answer["Location"]) == (
            303, reverse("credentialing:file", args=[made.uid]),
        )  # fmt: skip

    def test_what_is_missing_is_told_and_nothing_is_done(self, client, world, staff):
        client.force_login(staff.coordinator)
        refused = self.send(client, world, lines=[], document=None)
        said = refused.content.decode()
        assert refused.status_code == 422
        assert "Choose at least one privilege." in said
        assert not Application.objects.filter(kind="temporary").exists()

    def test_not_beside_what_is_decided_and_not_for_others(self, client, world, staff):
        client.force_login(account(world, "wanda", Role.LOOKUP))
        assert client.get(self.url(world)).status_code in (403, 404)
        client.force_login(staff.coordinator)
        Application.objects.filter(pk=world.waiting.pk).update(status=ApplicationStatus.WITHDRAWN)
        assert client.get(self.url(world)).status_code == 404
