"""Opening applications of every kind: for several facilities, before an application, beside another."""

from __future__ import annotations

import datetime as dt

import pytest

from config.accounts.choices import Role
from config.accounts.services.users import give_role
from config.audit.models import AuditEvent
from config.kernel.errors import Refused
from credentialing import kinds
from credentialing.choices import ApplicationStatus, Element, ItemStatus
from credentialing.models import Application
from credentialing.selectors.elsewhere import offered_to
from credentialing.selectors.gate import completeness
from credentialing.selectors.release import NOT_ON_FILE, release_missing
from credentialing.selectors.threshold import threshold_of
from credentialing.services import applications, sharing
from credentialing.services.opening import Particulars
from credentialing.services.runs import check_application
from credentialing.services.several import open_for_several
from tests.credentialing.files import hospitals_with_person
from tests.credentialing.telemedicine import listed
from tests.credentialing.world import TODAY, shipped

HOSPITALS = hospitals_with_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def both(world):
    """The coordinator works the files of both hospitals."""
    give_role(
        actor=world.system,
        user=world.coordinator,
        role=Role.CREDENTIALING_COORDINATOR,
        facility=world.other,
        start=dt.date(2020, 1, 1),
    )
    world.coordinator.__dict__.pop("_roles_on", None)
    return world


@pytest.fixture
def two(both):
    """An applicant who states everything, and an application at each hospital, opened in one act."""
    both.claim(
        both.person,
        "LICENSE",
        dt.date(2012, 7, 1),
        dt.date(2027, 6, 30),
        state="IN",
        number="01.2",
        issuer="IN",
    )
    return open_for_several(
        actor=both.coordinator,
        practitioner=both.person,
        kind="initial",
        places=[(both.facility, both.surgery), (both.other, both.other_surgery)],
        category=both.category,
    )


def accept(world, application) -> Application:
    applications.submit(actor=world.coordinator, application=application)
    applications.accept(actor=world.coordinator, application=application)
    application.refresh_from_db()
    return application


def taken_in(world, application) -> Application:
    """In verification. The privileges it asks for are another room's matter."""
    Application.objects.filter(pk=application.pk).update(status="submitted")
    applications.accept(actor=world.coordinator, application=application)
    application.refresh_from_db()
    return application


def awaiting(application) -> Application:
    """Complete, as far as its status says."""
    for status in ("submitted", "in_verification", "complete"):
        Application.objects.filter(pk=application.pk).exclude(status=status).update(status=status)
    application.refresh_from_db()
    return application


class TestSeveralFacilities:
    def test_one_act_opens_both_and_ties_them(self, world, two):
        assert [each.facility for each in two] == [world.facility, world.other]
        assert two[0].group is not None
        assert two[0].group == two[1].group

    def test_all_or_none_and_it_says_where(self, both):
        person = both.person
        both.application(person, facility=both.other, department=both.other_surgery)
        with pytest.raises(Refused, match=r"Riverbend: .* already has an open application"):
            open_for_several(
                actor=both.coordinator,
                practitioner=person,
                kind="initial",
                places=[(both.facility, both.surgery), (both.other, both.other_surgery)],
                category=both.category,
            )
        assert Application.objects.filter(facility=both.facility).count() == 0

    def test_only_where_the_coordinator_works(self, world):
        with pytest.raises(Refused, match="Riverbend"):
            open_for_several(
                actor=world.coordinator,
                practitioner=world.person,
                kind="initial",
                places=[(world.facility, world.surgery), (world.other, world.other_surgery)],
                category=world.category,
            )

    def test_what_one_verified_the_other_takes_over_once_it_is_released(self, world, two):
        here, there = (accept(world, each) for each in two)
        world.find_out(here, but=(Element.EXCLUSION, Element.NPDB))
        assert offered_to(world.coordinator, there) == []  # the release for the other is not signed
        world.verify(world.item(there, Element.ATTESTATION))
        offered = offered_to(world.coordinator, there)
        elements = {each.item.element for each in offered}
        assert {Element.MEDICAL_SCHOOL, Element.RESIDENCY, Element.IDENTITY, Element.NPI} <= elements
        assert not elements & {
            Element.PEER_REFERENCE,
            Element.ATTESTATION,
            Element.NPDB,
            Element.HEALTH_STATUS,
        }
        licences = [each.item.label for each in offered if each.item.element == Element.STATE_LICENSE]
        # Either hospital verifies every licence that runs, its own state's and the other's.
        assert {label.split()[2] for label in licences} == {"IN", "OH"}
        told = {each.told for each in offered}
        assert "Verified for Fernwick General’s initial appointment on 10 Mar 2026" in told
        taken = sharing.take_over(actor=world.coordinator, application=there)
        item = world.item(there, Element.MEDICAL_SCHOOL)
        source = world.item(here, Element.MEDICAL_SCHOOL)
        assert (item.status, item.evidence, item.verified_on) == (
            ItemStatus.VERIFIED,
            source.evidence,
            source.verified_on,
        )
        assert item.reviewed_by == world.coordinator
        assert AuditEvent.objects.get(verb="verification.taken_over").data["items"] == len(taken)
        with pytest.raises(Refused, match="Nothing that was verified"):
            sharing.take_over(actor=world.coordinator, application=there)

    def test_a_query_of_one_entity_answers_nothing_of_another(self, world, two):
        here, there = (accept(world, each) for each in two)
        world.query(here.practitioner)
        assert world.item(here, Element.NPDB).status == ItemStatus.VERIFIED
        assert world.item(there, Element.NPDB).status == ItemStatus.NOT_STARTED
        world.verify(world.item(there, Element.ATTESTATION))
        assert Element.NPDB not in {each.item.element for each in offered_to(world.coordinator, there)}

    def test_whoever_works_only_here_sees_nothing_of_there(self, world, two):
        here, there = (accept(world, each) for each in two)
        world.find_out(here, but=(Element.EXCLUSION, Element.NPDB))
        world.verify(world.item(there, Element.ATTESTATION))
        stranger = world.user("Ina Riverbend", Role.CREDENTIALING_COORDINATOR, facility=world.other)
        assert offered_to(stranger, there) == []


class TestPreApplication:
    def asked(self, world, person):
        application = world.application(person, kind="pre_application")
        applications.submit(actor=world.coordinator, application=application)
        application.refresh_from_db()
        return application

    def test_an_application_is_issued_with_what_is_on_file(self, world):
        person = world.practitioner(provider_type="PHD", npi="2000000119")
        world.state_everything(person)
        application = self.asked(world, person)
        assert [leaf.sentence for leaf in threshold_of(application).leaves() if not leaf.met] == [
            "No address of practice or home is on file."
        ]
        with pytest.raises(Refused, match="Write why the application is issued all the same"):
            applications.issue(actor=world.coordinator, application=application)
        issued = applications.issue(
            actor=world.coordinator, application=application, reason="Moves here in May"
        )
        application.refresh_from_db()
        assert application.status == ApplicationStatus.ISSUED
        assert (issued.kind, issued.status, issued.department) == ("initial", "draft", world.surgery)

    def test_what_is_not_met_issues_nothing_and_is_closed_without_a_decision(self, world):
        person = world.practitioner(npi="2000000119")
        world.claim(
            person, "MALPRACTICE", dt.date(2026, 1, 1), dt.date(2026, 12, 31), number="P", issuer="Mutual",
            extra={"per_claim_usd": 500000, "aggregate_usd": 1000000},
        )  # fmt: skip
        application = self.asked(world, person)
        with pytest.raises(Refused, match="threshold criterion is not met"):
            applications.issue(actor=world.coordinator, application=application, reason="Please")
        with pytest.raises(Refused, match="is not verified"):
            applications.accept(actor=world.coordinator, application=application)
        applications.close_ineligible(
            actor=world.coordinator, application=application, reason="Cover below the limits"
        )
        application.refresh_from_db()
        assert (application.status, application.decided_on) == (ApplicationStatus.CLOSED_INELIGIBLE, None)

    def test_only_a_pre_application_is_answered_so(self, world):
        with pytest.raises(Refused, match="upon a pre-application alone"):
            applications.issue(actor=world.coordinator, application=world.application(world.person))


class TestWhatIsRequired:
    def test_every_kind_that_is_verified_has_its_requirements_and_its_chain(self, world):
        for code, kind in kinds.KINDS.items():
            grounds = ("need", "applicant") if kinds.GROUND in kind.asks else ("",)
            for ground in grounds:
                subject = f"{code}.{ground}" if ground else code
                rows = [
                    row
                    for row in shipped_rows("credentialing.required_elements")
                    if row["subject"] == subject
                ]
                assert bool(rows) is not kind.threshold, subject
        chains = {row["subject"]: row["value"] for row in shipped_rows("bylaws.approval_chain")}
        for code, kind in kinds.KINDS.items():
            if not kind.threshold:
                assert chains[code][-1] in kind.final, code

    def test_temporary_beside_an_application_with_a_serious_flag_is_stopped(self, world):
        person = world.person
        world.load_list()
        waiting = accept(world, world.application(person))
        world.find_out(waiting)
        applications.complete(actor=world.coordinator, application=waiting)
        waiting.refresh_from_db()
        beside = world.application(
            person,
            kind="temporary",
            category=None,
            particulars=Particulars("applicant", awaits=waiting),
        )
        verdict = completeness(beside)
        awaited = next(each for each in verdict.children if each.code == "CR-AWAITED")
        waiting.red_flags.create(
            code="RF-LIC-ADV",
            severity="serious",
            sentence="License on probation",
            opened_at=waiting.opened_at,
        )
        assert awaited.met
        awaited = next(each for each in completeness(beside).children if each.code == "CR-AWAITED")
        assert not awaited.met
        assert "1 red flag of weight" in awaited.sentence

    @pytest.mark.parametrize("ground", ["temporary", "telemedicine"])
    def test_nobody_is_asked_before_the_release(self, world, ground):
        person = world.person
        if ground == "temporary":
            asked = Particulars("applicant", awaits=awaiting(world.application(person)))
        else:
            asked = Particulars(agreement=listed(world.coordinator, world.facility, person))
        application = taken_in(
            world, world.application(person, kind=ground, category=None, particulars=asked)
        )
        assert world.item(application, Element.ATTESTATION) is not None
        assert release_missing(application) == NOT_ON_FILE
        assert not application.items.filter(status=ItemStatus.REQUESTED).exists()
        with pytest.raises(Refused, match="is not on file yet"):
            check_application(actor=world.coordinator, application=application)
        world.signed(application)
        assert release_missing(application) == ""

    def test_another_ground_is_verified_anew(self, world):
        person = world.person
        need = Particulars("need", "On call")
        application = taken_in(
            world, world.application(person, kind="temporary", category=None, particulars=need)
        )
        assert world.item(application, Element.PEER_REFERENCE) is not None
        waiting = world.application(person)
        beside = Particulars("applicant", "", waiting)
        change = {"actor": world.coordinator, "application": application, "department": world.surgery}
        with pytest.raises(Refused, match="beside one that is complete"):
            applications.change_plan(**change, scheduled_decision_on=None, particulars=beside)
        awaiting(waiting)
        applications.change_plan(**change, scheduled_decision_on=None, particulars=beside)
        application.refresh_from_db()
        assert (application.ground, application.awaits) == ("applicant", waiting)
        assert world.item(application, Element.PEER_REFERENCE) is None
        assert AuditEvent.objects.filter(verb="application.replanned").latest("at").data == {
            "changed": ["ground", "need", "awaits"]
        }

    def test_a_temporary_file_stands_beside_an_open_one_and_no_third(self, world):
        person = world.person
        world.application(person)
        need = Particulars("need", "On call")
        world.application(person, kind="temporary", category=None, particulars=need)
        with pytest.raises(Refused, match="already has an open application"):
            world.application(person, kind="temporary", category=None, particulars=need)
        for kind in ("initial", "reappointment", "pre_application"):
            with pytest.raises(Refused, match="already has an open application"):
                world.application(person, kind=kind)

    def test_the_day_asked_for_is_not_past(self, world):
        past = Particulars("need", "On call", until=TODAY - dt.timedelta(days=1))
        with pytest.raises(Refused, match="lies in the past") as refused:
            world.application(world.person, kind="temporary", category=None, particulars=past)
        assert refused.value.field == "until"


def shipped_rows(code: str):
    return [row for row in shipped() if row["code"] == code]
