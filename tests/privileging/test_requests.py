"""Asking for privileges, what it adds to the application, and who may change it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.rulebook.verdicts import Outcome
from credentialing.services import applications
from privileging.choices import RequestLineStatus
from privileging.models import CaseVolume, FormLine, PrivilegeFormVersion, RequestLine
from privileging.selectors.criteria import evaluate_lines
from privileging.selectors.needs import needs_of, submission_problems
from privileging.selectors.requests import lines_of, requested_forms, versions_offered
from privileging.services.catalogue import EXAMPLES, load_catalogue, withdraw_version
from privileging.services.requests import drop_form, request_privileges, request_with_cases
from privileging.services.volumes import record_case_volume
from tests.privileging.conftest import TODAY, credential, evidence, say
from tests.privileging.files import asked, hospital_with_office, opened, surgery_form

pytestmark = pytest.mark.django_db
HOSPITAL = hospital_with_office


@pytest.fixture
def staff(world):
    return world.staff


@pytest.fixture
def application(world, staff, person):
    return opened(world, staff, person())


def codes(application, *statuses):
    lines = RequestLine.objects.filter(request__application=application, status__in=statuses)
    return set(lines.values_list("form_line__privilege__code", flat=True))


class TestAsking:
    def test_the_core_but_for_what_is_struck_and_the_special_ones_chosen(self, staff, application):
        asked(staff, application, struck=["GS-THYROID"], special=["GS-ROBOTIC"])
        requested = codes(application, RequestLineStatus.REQUESTED)
        assert "GS-LAP-CHOLE" in requested
        assert "GS-ROBOTIC" in requested
        assert "GS-BARIATRIC" not in requested
        assert codes(application, RequestLineStatus.STRUCK) == {"GS-THYROID"}
        assert len(requested) == 14

    def test_asking_again_replaces_the_choice_and_loses_nothing(self, staff, application):
        asked(staff, application, struck=["GS-THYROID"], special=["GS-ROBOTIC"])
        asked(staff, application, struck=["GS-BREAST"], special=["GS-SEDATION"])
        assert codes(application, RequestLineStatus.STRUCK) == {"GS-BREAST", "GS-ROBOTIC"}
        assert {"GS-THYROID", "GS-SEDATION"} <= codes(application, RequestLineStatus.REQUESTED)
        assert application.privilege_requests.count() == 1

    def test_the_same_choice_again_changes_nothing(self, staff, application):
        asked(staff, application, special=["GS-ROBOTIC"])
        before = list(RequestLine.objects.order_by("pk").values())
        asked(staff, application, special=["GS-ROBOTIC"])
        assert list(RequestLine.objects.order_by("pk").values()) == before

    def test_a_form_chosen_by_mistake_is_dropped_and_can_be_chosen_again(self, staff, application):
        request = asked(staff, application)
        drop_form(actor=staff.coordinator, request=request)
        assert requested_forms(list(lines_of(application, asked_only=False)), {}) == []
        asked(staff, application)
        assert len(codes(application, RequestLineStatus.REQUESTED)) == 14

    @pytest.mark.parametrize(
        ("struck", "special", "sentence"),
        [
            (["GS-NOTHING"], [], "GS-NOTHING is not a core privilege"),
            (["GS-ROBOTIC"], [], "GS-ROBOTIC is not a core privilege"),
            ([], ["GS-LAP-CHOLE"], "GS-LAP-CHOLE is not a special privilege"),
        ],
    )
    def test_codes_that_are_not_on_the_form_are_refused(self, staff, application, struck, special, sentence):
        with pytest.raises(Refused, match=sentence):
            asked(staff, application, struck=struck, special=special)
        assert not RequestLine.objects.exists()

    def test_a_form_with_everything_struck_is_refused(self, staff, application):
        core = FormLine.objects.filter(version=surgery_form(), kind="core")
        with pytest.raises(Refused, match="keep at least one"):
            asked(staff, application, struck=[line.privilege.code for line in core])

    def test_a_withdrawn_form_is_not_offered(self, world, staff, application):
        withdraw_version(actor=world.system, version=surgery_form())
        assert not versions_offered(world.lakeside).exists()
        with pytest.raises(Refused, match="is not offered at Lakeside"):
            asked(staff, application)

    def test_a_form_of_another_facility_is_not_offered(self, world, staff, application):
        load_catalogue(
            actor=world.system, facilities=[world.harbor], paths=[EXAMPLES / "anesthesiology.yaml"]
        )
        version = PrivilegeFormVersion.objects.get(form__code="AN")
        with pytest.raises(Refused, match="is not offered at Lakeside"):
            request_privileges(actor=staff.coordinator, application=application, version=version)

    @pytest.mark.parametrize(
        "role", [Role.MEDICAL_STAFF_COORDINATOR, Role.DEPARTMENT_CHAIR, Role.LOOKUP, Role.QUALITY_COORDINATOR]
    )
    def test_other_roles_may_not_ask(self, application, user, role):
        with pytest.raises(Forbidden):
            request_privileges(actor=user(role), application=application, version=surgery_form())

    def test_a_coordinator_of_another_facility_may_not(self, world, application, user):
        elsewhere = user(Role.CREDENTIALING_COORDINATOR, facility=world.harbor)
        with pytest.raises(Forbidden):
            request_privileges(actor=elsewhere, application=application, version=surgery_form())

    def test_nobody_asks_in_their_own_file(self, staff, application):
        application.practitioner.user = staff.coordinator
        application.practitioner.save()
        with pytest.raises(Forbidden, match="their own file"):
            asked(staff, application)

    def test_after_submission_was_accepted_what_is_asked_for_is_fixed(self, staff, application):
        asked(staff, application)
        applications.submit(actor=staff.coordinator, application=application)
        application.refresh_from_db()
        asked(staff, application, struck=["GS-BREAST"])
        applications.accept(actor=staff.coordinator, application=application)
        application.refresh_from_db()
        with pytest.raises(Refused, match="fixed: the application is in verification"):
            asked(staff, application)
        with pytest.raises(Refused, match="fixed"):
            drop_form(actor=staff.coordinator, request=application.privilege_requests.get())


class TestSubmission:
    def test_an_application_that_asks_for_nothing_is_not_submitted(self, staff, application):
        with pytest.raises(Refused, match="No privileges are requested yet"):
            applications.submit(actor=staff.coordinator, application=application)
        asked(staff, application)
        applications.submit(actor=staff.coordinator, application=application)

    def test_a_category_without_privileges_needs_none(self, world, staff, person):
        one = opened(world, staff, person(), category=world.honorary)
        assert submission_problems(one) == []


class TestNeeds:
    def test_the_case_log_and_no_certificate_that_nobody_stated(self, staff, application):
        asked(staff, application, special=["GS-SEDATION"])
        [need] = needs_of(application)
        assert (str(need.element), need.credential) == ("CASE_LOG", None)
        assert "major general surgery cases" in need.label

    def test_a_stated_certificate_is_the_instance(self, world, staff, application):
        held = credential(world, application.practitioner, "LIFE_SUPPORT", issuer="Heart Association")
        say(
            world,
            held,
            dt.date(2025, 7, 1),
            dt.date(2027, 6, 30),
            confirmed=False,
            extra={"course": "ACLS"},
        )
        asked(staff, application, special=["GS-SEDATION"])
        certificates = [need for need in needs_of(application) if need.element == "LIFE_SUPPORT"]
        assert [need.credential for need in certificates] == [held]
        assert "Moderate sedation" in certificates[0].because

    def test_no_special_privilege_no_certificate(self, staff, application):
        asked(staff, application)
        assert [str(need.element) for need in needs_of(application)] == ["CASE_LOG"]


class TestEvaluation:
    def test_lines_are_judged_and_an_unmet_one_stops_nothing(self, world, staff, application):
        one = application.practitioner
        training = credential(world, one, "RESIDENCY", issuer="Prairie University")
        say(
            world,
            training,
            dt.date(2018, 7, 1),
            dt.date(2023, 6, 30),
            extra={"specialty": "General surgery", "level": "residency", "completed": True},
        )
        school = credential(world, one, "MEDICAL_SCHOOL")
        say(world, school, dt.date(2014, 8, 1), dt.date(2018, 5, 31), extra={"degree": "MD"})
        record_case_volume(
            actor=staff.coordinator,
            practitioner=one,
            procedure_group="gs-major",
            performed_from=dt.date(2025, 1, 1),
            performed_through=dt.date(2026, 10, 31),
            cases=180,
            source="Log of the residency",
            evidence=evidence(world, one),
        )
        record_case_volume(
            actor=staff.coordinator,
            practitioner=one,
            procedure_group="gs-bariatric",
            performed_from=dt.date(2025, 1, 1),
            performed_through=dt.date(2026, 10, 31),
            cases=3,
            source="Applicant",
        )
        asked(staff, application, special=["GS-BARIATRIC", "GS-SEDATION"])
        lines = list(lines_of(application))
        verdicts = {
            line.form_line.privilege.code: verdict
            for line in lines
            for verdict in [evaluate_lines(lines, TODAY)[line.pk]]
        }
        assert verdicts["GS-LAP-CHOLE"].outcome == Outcome.MET
        assert verdicts["GS-BARIATRIC"].outcome == Outcome.NOT_MET
        assert verdicts["GS-SEDATION"].outcome == Outcome.UNKNOWN
        applications.submit(actor=staff.coordinator, application=application)

    def test_the_newest_number_of_a_range_counts_and_the_old_one_was_known_then(
        self, world, staff, application
    ):
        from config.kernel import clock

        one = application.practitioner
        stated = {
            "actor": staff.coordinator,
            "practitioner": one,
            "procedure_group": "gs-robotic",
            "performed_from": dt.date(2025, 1, 1),
            "performed_through": dt.date(2026, 10, 31),
            "source": "Applicant",
        }
        asked(staff, application, special=["GS-ROBOTIC"])
        record_case_volume(**stated, cases=5)
        before = clock.now()
        with clock.freeze(before + dt.timedelta(hours=1)):
            record_case_volume(**stated, cases=25)
        [line] = [line for line in lines_of(application) if line.form_line.kind == "special"]

        def counted(**at):
            leaves = evaluate_lines([line], TODAY, **at)[line.pk].leaves()
            return next(leaf for leaf in leaves if leaf.code == "VOLUME").facts["cases counted"]

        assert counted() == 25
        assert counted(known_at=before) == 5

    def test_queries_do_not_grow_with_the_lines(self, staff, application):
        asked(staff, application, special=["GS-ROBOTIC", "GS-BARIATRIC", "GS-SEDATION"])
        lines = list(lines_of(application))
        assert len(lines) == 17
        with CaptureQueriesContext(connection) as queries:
            evaluate_lines(lines, TODAY)
        assert len(queries) <= 3


class TestVolumes:
    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"performed_through": dt.date(2024, 1, 1)}, "last day lies before"),
            ({"performed_through": dt.date(2027, 1, 1)}, "in the future"),
            ({"cases": -1}, "number of cases"),
            ({"cases": 100_001}, "number of cases"),
            ({"source": " "}, "where the number comes from"),
            ({"procedure_group": ""}, "procedure group"),
        ],
    )
    def test_what_cannot_be_is_refused(self, staff, application, change, sentence):
        given = {
            "procedure_group": "gs-major",
            "performed_from": dt.date(2025, 1, 1),
            "performed_through": dt.date(2025, 12, 31),
            "cases": 10,
            "source": "Log",
        }
        with pytest.raises(Refused, match=sentence):
            record_case_volume(
                actor=staff.coordinator, practitioner=application.practitioner, **(given | change)
            )

    def test_the_day_is_the_facilitys(self, world, staff, application, client):
        """Half past six in the evening in Illinois is the next day in UTC."""
        asked(staff, application)
        client.force_login(staff.coordinator)
        url = reverse("privileging:add_cases", args=[application.uid])
        given = {
            "form": str(surgery_form().uid), "cases-procedure_group": "gs-major", "cases-cases": "60",
            "cases-performed_from": "2025-01-01", "cases-source": "Log",
        }  # fmt: skip
        with clock.freeze(dt.datetime(2026, 12, 1, 0, 30, tzinfo=dt.UTC)):
            tomorrow = client.post(url, given | {"cases-performed_through": "2026-12-01"})
            assert tomorrow.status_code == 422
            assert "The last day lies in the future." in tomorrow.content.decode()
            cases = {
                "procedure_group": "gs-major", "cases": 60, "source": "Log",
                "performed_from": dt.date(2025, 1, 1), "performed_through": dt.date(2026, 12, 1),
            }  # fmt: skip
            with pytest.raises(Refused, match="lies in the future"):
                request_with_cases(
                    actor=staff.coordinator, application=application, version=surgery_form(), cases=cases
                )
            assert not CaseVolume.objects.exists()
            assert client.post(url, given | {"cases-performed_through": "2026-11-30"}).status_code == 303

    def test_evidence_of_another_file_is_refused(self, world, staff, application, person):
        other = evidence(world, person(last="Other"))
        with pytest.raises(Refused, match="another file"):
            record_case_volume(
                actor=staff.coordinator,
                practitioner=application.practitioner,
                procedure_group="gs-major",
                performed_from=dt.date(2025, 1, 1),
                performed_through=dt.date(2025, 12, 31),
                cases=10,
                source="Log",
                evidence=other,
            )
