"""Settings and resources of privileges: read, written, shown, pinned to the grant; what is not offered."""

from __future__ import annotations

import pytest
import yaml
from django.urls import reverse

from bylaws.subjects import handler
from config.accounts.choices import Role
from config.kernel.errors import Refused
from config.kernel.periods import end_before
from config.rulebook.models import ParameterPeriod
from privileging.choices import VersionStatus
from privileging.models import FormLine, GrantPeriod, PrivilegeFormVersion, RequestLine
from privileging.rules.catalogue_forms import differences, form_of_text, text_of
from privileging.rules.criteria_words import each_criterion
from privileging.rules.settings import conditions_with, lacking, settings_in_words, settings_of
from privileging.selectors.catalogue import definition_of, next_number
from privileging.selectors.lookup import LookupOutcome, can_perform
from privileging.selectors.packets import offered
from privileging.services.catalogue import (
    EXAMPLES,
    draft_version,
    load_catalogue,
    publish_version,
    read_forms,
)
from privileging.services.requests import request_privileges
from tests.privileging.conftest import TODAY, set_parameter
from tests.privileging.files import (
    answers,
    before_the_board,
    decide,
    hospital_with_office,
    opened,
    surgery_form,
)

pytestmark = pytest.mark.django_db
HOSPITAL = hospital_with_office
ROBOT = {"resources": ["Surgical robot"]}
LIMITS = {"settings": {"sites": ["Main operating rooms"], "patients": {"from": 18}}}
IN_WORDS = ("Only at: Main operating rooms.", "Patients of 18 years and older only.")


def version_with(world, **lines) -> PrivilegeFormVersion:
    """A draft of the next surgery form; ``lines`` are what is added to lines by their code (_ for -)."""
    data = yaml.safe_load(text_of(next_number(surgery_form(), definition_of(surgery_form()))))
    for line in (*data["core"]["lines"], *data["special"]):
        line.update(lines.get(line["code"].replace("-", "_"), {}))
    return draft_version(actor=world.system, form=surgery_form().form, text=yaml.safe_dump(data))


def declare(world, *names: str):
    return set_parameter(world.system, "privileging.resources", list(names))


@pytest.fixture
def staff(world):
    return world.staff


class TestWords:
    @pytest.mark.parametrize(
        ("limits", "words"),
        [
            ({}, ()),
            ({"sites": ["A", "B"]}, ("Only at: A, B.",)),
            ({"patients": {"from": 18}}, ("Patients of 18 years and older only.",)),
            ({"patients": {"through": 17}}, ("Patients up to and including 17 years only.",)),
            ({"patients": {"from": 0, "through": 17}}, ("Patients up to and including 17 years only.",)),
            ({"patients": {"from": 2, "through": 17}}, ("Patients from 2 through 17 years only.",)),
            ({"patients": {"from": 2, "through": 2}}, ("Patients of 2 years only.",)),
            ({"supervision": "By a surgeon."}, ("Supervision: By a surgeon.",)),
        ],
    )
    def test_settings(self, limits, words):
        assert settings_of(limits, "here") == limits
        assert settings_in_words(limits) == words

    @pytest.mark.parametrize(
        ("limits", "sentence"),
        [
            ([], "here: expected sites, patients, supervision"),
            ({"days": 3}, "here: expected sites"),
            ({"sites": []}, "here.sites: expected a list"),
            ({"sites": "A"}, "here.sites: expected a list"),
            ({"sites": [3]}, "here.sites: each is a text"),
            ({"sites": ["A", "a "]}, "here.sites: a  stands there twice"),
            ({"patients": {}}, "here.patients: expected from, through"),
            ({"patients": {"from": True}}, "here.patients.from: expected a whole number"),
            ({"patients": {"from": -1}}, "here.patients.from: expected a whole number"),
            ({"patients": {"from": 18, "through": 17}}, "here.patients: from lies above through"),
            ({"patients": {"until": 17}}, "here.patients: expected from, through"),
            ({"supervision": " "}, "here.supervision: expected a text"),
            ({"supervision": 4}, "here.supervision: expected a text"),
        ],
    )
    def test_what_cannot_be_is_refused_by_place(self, limits, sentence):
        with pytest.raises(Refused, match=sentence):
            settings_of(limits, "here")

    def test_what_the_body_wrote_comes_after_and_nothing_twice(self):
        given = "With a proctor.\n\n Only at: Main operating rooms. "
        assert conditions_with(LIMITS["settings"], given) == "\n".join((*IN_WORDS, "With a proctor."))

    def test_a_resource_is_known_however_it_is_written(self):
        assert lacking(["Surgical  Robot", "MRI"], ["surgical robot"]) == ("MRI",)


class TestTheFile:
    def test_it_is_read_written_and_compared(self, world):
        draft = version_with(world, GS_ROBOTIC=ROBOT | LIMITS, GS_BREAST=LIMITS)
        again = form_of_text(text_of(definition_of(draft)))
        assert again == definition_of(draft)
        found = {
            change.code: change.sentences for change in differences(definition_of(surgery_form()), again)
        }
        assert found == {
            "GS-BREAST": tuple(f"Now limited: {each}" for each in IN_WORDS),
            "GS-ROBOTIC": (*(f"Now limited: {each}" for each in IN_WORDS), "Now needs: Surgical robot."),
        }

    def test_another_limit_in_the_file_is_another_version(self, world, tmp_path):
        file = tmp_path / "gs.yaml"
        text = text_of(definition_of(surgery_form()))
        limited = "- code: GS-BREAST\n    settings: {patients: {from: 18}}"
        file.write_text(text.replace("- code: GS-BREAST", limited))
        with pytest.raises(Refused, match="says something else"):
            load_catalogue(actor=world.system, facilities=[world.lakeside], paths=[file])

    def test_the_examples_use_every_kind_of_criterion_setting_and_a_resource(self):
        forms = [form for path in sorted(EXAMPLES.glob("*.yaml")) for form in read_forms(path)]
        lines = [line for form in forms for line in form.lines]
        pairs = [*(form.core_criteria for form in forms), *(line.criteria for line in lines)]
        trees = [tree for pair in pairs for tree in pair.values()]
        used = {criterion["type"] for tree in trees for criterion in each_criterion(tree)}
        assert used == {
            "DEGREE", "PROVIDER_TYPE", "TRAINING", "BOARD", "VOLUME", "PROCTORED", "LIFE_SUPPORT", "COURSE",
            "SUPERVISION", "PREREQUISITE",
        }  # fmt: skip
        assert {key for line in lines for key in line.settings} == {"sites", "patients", "supervision"}
        assert any(line.resources for line in lines)


class TestGranted:
    def test_the_grant_and_the_lookup_carry_the_settings(self, world, staff, person):
        draft = version_with(world, GS_LAP_CHOLE=LIMITS, GS_BREAST=LIMITS)
        version = publish_version(actor=world.system, version=draft)
        application = opened(world, staff, person())
        request_privileges(actor=staff.coordinator, application=application, version=version)
        step = before_the_board(staff, application)
        lines = {line.detail: line.limits for line in handler("application").lines(application.uid, TODAY)}
        assert (lines["GS-LAP-CHOLE"], lines["GS-THYROID"]) == (IN_WORDS, ())
        decide(staff, step, answers(application, changes={"GS-BREAST": "With a proctor."}))
        held = dict(GrantPeriod.objects.values_list("privilege__code", "conditions"))
        assert held["GS-LAP-CHOLE"] == "\n".join(IN_WORDS)
        assert held["GS-BREAST"] == "\n".join((*IN_WORDS, "With a proctor."))
        assert held["GS-THYROID"] == ""
        answer = can_perform(
            practitioner=application.practitioner, privilege_code="GS-LAP-CHOLE", facility=world.lakeside
        )
        assert answer.outcome is LookupOutcome.YES
        assert answer.conditions == IN_WORDS
        letter = application.practitioner.letters.get()
        assert "Patients of 18 years and older only." in str(letter.content)


class TestResources:
    def test_publishing_refuses_what_no_facility_has(self, world):
        draft = version_with(world, GS_ROBOTIC=ROBOT)
        with pytest.raises(Refused, match="Robotic-assisted abdominal surgery needs Surgical robot, which"):
            publish_version(actor=world.system, version=draft)
        draft.refresh_from_db()
        assert draft.status == VersionStatus.DRAFT
        declare(world, "surgical robot")
        assert publish_version(actor=world.system, version=draft).status == VersionStatus.PUBLISHED

    def loaded(self, world, tmp_path, **more) -> tuple[PrivilegeFormVersion, int]:
        """What becomes of a form with a robot that is loaded, and how many wait for resources."""
        file = tmp_path / "gs.yaml"
        file.write_text(text_of(definition_of(version_with(world, GS_ROBOTIC=ROBOT))).replace("'2'", "'3'"))
        counts = load_catalogue(actor=world.system, facilities=[world.lakeside], paths=[file], **more)
        return PrivilegeFormVersion.objects.get(number="3"), counts["waiting"]

    def test_what_a_body_approved_waits_as_a_draft_until_it_is_declared(self, world, tmp_path):
        version, waiting = self.loaded(world, tmp_path, approved_by="Board", approved_on=TODAY)
        assert (version.status, waiting) == (VersionStatus.DRAFT, 1)

    def test_an_example_is_offered_without_it(self, world, tmp_path, staff, person):
        version, waiting = self.loaded(world, tmp_path)
        assert (version.status, waiting) == (VersionStatus.PUBLISHED, 0)
        form = offered(opened(world, staff, person()))[0]
        assert form.uid == str(version.uid)
        assert "GS-ROBOTIC" not in form.codes

    @pytest.fixture
    def published(self, world) -> PrivilegeFormVersion:
        """Offered while the robot and the breast unit were there; they are no longer declared."""
        declared = declare(world, "Surgical robot", "Breast unit")
        draft = version_with(world, GS_ROBOTIC=ROBOT | LIMITS, GS_BREAST={"resources": ["Breast unit"]})
        version = publish_version(actor=world.system, version=draft)
        end_before(ParameterPeriod, declared.identity, day=TODAY, actor=world.system, reason="Given up")
        return version

    def test_it_is_not_asked_for_where_the_resources_are_missing(self, world, staff, person, published):
        application = opened(world, staff, person())
        sentence = "Robotic-assisted abdominal surgery is not offered at Lakeside Medical Center: Surgical"
        with pytest.raises(Refused, match=sentence) as refused:
            request_privileges(
                actor=staff.coordinator, application=application, version=published, special=["GS-ROBOTIC"]
            )
        assert refused.value.field == "special"
        assert not RequestLine.objects.exists()
        request_privileges(actor=staff.coordinator, application=application, version=published)
        asked = set(RequestLine.objects.values_list("form_line__privilege__code", flat=True))
        assert "GS-BREAST" not in asked
        assert len(asked) == 13

    def test_the_applicant_does_not_find_it_and_reads_why(self, world, staff, person, published):
        form = offered(opened(world, staff, person()))[0]
        assert not {"GS-ROBOTIC", "GS-BREAST"} & set(form.codes)
        assert "GS-ROBOTIC" not in form.criteria
        assert form.notes[0].endswith("Breast unit is not declared there.")
        assert "gs-robotic" not in dict(form.groups)

    def test_the_office_reads_why_on_the_request_and_the_form(
        self, world, staff, person, published, client, user
    ):
        application = opened(world, staff, person())
        client.force_login(staff.coordinator)
        url = f"{reverse('privileging:request', args=[application.uid])}?form={published.uid}"
        page = client.get(url).content.decode()
        assert "Robotic-assisted abdominal surgery is not offered at Lakeside Medical Center" in page
        assert 'value="GS-ROBOTIC"' not in page
        client.force_login(user(Role.LOOKUP))
        page = client.get(reverse("privileging:form_version", args=[published.uid])).content.decode()
        assert "Needs at the facility: Surgical robot." in page
        assert "Only at: Main operating rooms." in page
        assert "is not offered at Harbor Hospital" in page

    def test_the_bodies_read_what_has_gone_since_it_was_asked_for(self, world, staff, person):
        declared = declare(world, "Surgical robot")
        version = publish_version(actor=world.system, version=version_with(world, GS_ROBOTIC=ROBOT))
        application = opened(world, staff, person())
        request_privileges(
            actor=staff.coordinator, application=application, version=version, special=["GS-ROBOTIC"]
        )
        end_before(ParameterPeriod, declared.identity, day=TODAY, actor=world.system, reason="Given up")
        lines = {line.detail: line.limits for line in handler("application").lines(application.uid, TODAY)}
        assert lines["GS-ROBOTIC"][0].endswith("Surgical robot is not declared there.")
        assert lines["GS-ADMIT"] == ()

    def test_where_it_is_declared_it_is_offered(self, world, staff, person):
        declare(world, "Surgical robot")
        version = publish_version(actor=world.system, version=version_with(world, GS_ROBOTIC=ROBOT | LIMITS))
        application = opened(world, staff, person())
        form = offered(application)[0]
        assert "GS-ROBOTIC" in form.codes
        assert form.descriptions["GS-ROBOTIC"] == " ".join(IN_WORDS)
        request_privileges(
            actor=staff.coordinator, application=application, version=version, special=["GS-ROBOTIC"]
        )
        line = FormLine.objects.get(version=version, privilege__code="GS-ROBOTIC")
        assert RequestLine.objects.get(form_line=line).status == "requested"
