"""Versions of privilege forms: which is offered on which day, and that publishing changes no grant."""

from __future__ import annotations

import datetime as dt
from io import StringIO

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.accounts.choices import Role
from config.accounts.services.users import give_role
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from privileging.choices import VersionStatus
from privileging.models import (
    FormLine,
    Grant,
    GrantPeriod,
    PrivilegeForm,
    PrivilegeFormVersion,
    Remapping,
)
from privileging.rules.catalogue_forms import differences, form_of_text, text_of
from privileging.rules.criteria_published import alone
from privileging.selectors.catalogue import (
    current,
    definition_of,
    forms,
    needs_approval,
    next_number,
    today_of,
    version_view,
)
from privileging.selectors.lookup import can_perform
from privileging.selectors.packets import offered
from privileging.selectors.previews import preview_of
from privileging.selectors.requests import versions_offered
from privileging.services import catalogue as services
from privileging.services.catalogue import (
    EXAMPLES,
    approve_version,
    change_draft,
    draft_form,
    draft_version,
    load_catalogue,
    plan_catalogue,
    propose_remapping,
    publish_version,
    withdraw_version,
)
from privileging.services.requests import request_privileges
from privileging.services.volumes import record_case_volume
from tests.privileging.conftest import NOON, TODAY, appoint, credential, evidence, grant, say
from tests.privileging.files import office, opened, surgery_form

pytestmark = pytest.mark.django_db
#: The form was loaded on the day of the tests; its next version comes with the new year.
START = dt.date(2027, 1, 1)
NEW_YEAR = dt.datetime(2027, 1, 1, 17, tzinfo=dt.UTC)
EVE = dt.datetime(2026, 12, 31, 17, tzinfo=dt.UTC)


def drafted(number="2", *, without=()) -> PrivilegeFormVersion:
    """A draft of the next version of the surgery form, without some of its privileges."""
    running = surgery_form()
    draft = PrivilegeFormVersion.objects.create(
        form=running.form,
        number=number,
        offered=DateRange(TODAY, None, "[)"),
        core_criteria=running.core_criteria,
        core_fppe=running.core_fppe,
    )
    FormLine.objects.bulk_create(
        FormLine(version=draft, privilege=line.privilege, kind=line.kind, order=line.order)
        for line in running.lines.select_related("privilege")
        if line.privilege.code not in without
    )
    return draft


def numbers(world) -> list[str]:
    return [version.number for version in versions_offered(world.lakeside)]


class TestTheDay:
    def test_published_ahead_the_running_version_is_asked_on_through_the_day_before(self, world, person):
        staff = office(world)
        application = opened(world, staff, person())
        draft = drafted()
        publish_version(actor=world.system, version=draft, start=START)
        assert numbers(world) == ["1"]
        assert surgery_form().status == VersionStatus.PUBLISHED
        assert [form.uid for form in offered(application)] == [str(surgery_form().uid)]
        draft.refresh_from_db()
        with pytest.raises(Refused, match="is not offered at Lakeside Medical Center today"):
            request_privileges(actor=staff.coordinator, application=application, version=draft)
        with clock.freeze(EVE):
            assert numbers(world) == ["1"]
        with clock.freeze(NEW_YEAR):
            assert numbers(world) == ["2"]
            with pytest.raises(Refused, match="is not offered at Lakeside Medical Center today"):
                request_privileges(actor=staff.coordinator, application=application, version=surgery_form())
            request_privileges(actor=staff.coordinator, application=application, version=draft)

    def test_the_day_is_each_facilitys_own(self, world):
        publish_version(actor=world.system, version=drafted(), start=START)
        with clock.freeze(dt.datetime(2027, 1, 1, 6, 30, tzinfo=dt.UTC)):  # half past midnight in Illinois
            assert [each.number for each in versions_offered(world.lakeside)] == ["2"]
            assert [each.number for each in versions_offered(world.harbor)] == ["1"]

    def test_published_for_today_it_is_asked_on_at_once_and_the_other_no_more(self, world):
        with clock.freeze(NOON + dt.timedelta(days=30)):
            publish_version(actor=world.system, version=drafted())
            assert numbers(world) == ["2"]
        assert surgery_form().offered == DateRange(dt.date(2020, 1, 1), TODAY + dt.timedelta(days=30), "[)")

    def test_withdrawn_before_its_day_the_running_one_goes_on(self, world):
        draft = drafted()
        publish_version(actor=world.system, version=draft, start=START)
        withdraw_version(actor=world.system, version=draft)
        assert surgery_form().offered.upper is None
        with clock.freeze(NEW_YEAR):
            assert numbers(world) == ["1"]

    def test_withdrawn_in_its_time_nothing_is_offered(self, world):
        with clock.freeze(NOON + dt.timedelta(days=3)):
            withdraw_version(actor=world.system, version=surgery_form())
            assert numbers(world) == []
        assert surgery_form().offered == DateRange(dt.date(2020, 1, 1), TODAY + dt.timedelta(days=3), "[)")

    def test_a_day_that_is_past_and_one_before_another_version_are_refused(self, world):
        draft = drafted()
        with pytest.raises(Refused, match="That day is past"):
            publish_version(actor=world.system, version=draft, start=TODAY - dt.timedelta(days=1))
        publish_version(actor=world.system, version=draft, start=START)
        with pytest.raises(Refused, match="General surgery 2 is published from 1 Jan 2027 on: withdraw it"):
            publish_version(actor=world.system, version=drafted("3"), start=START - dt.timedelta(days=1))
        assert numbers(world) == ["1"]

    def test_a_second_version_for_the_same_day_to_come_is_refused_in_a_sentence(self, world):
        publish_version(actor=world.system, version=drafted(), start=START)
        with pytest.raises(
            Refused, match="General surgery 2 is published from 1 Jan 2027 on: withdraw"
        ) as no:
            publish_version(actor=world.system, version=drafted("3"), start=START)
        assert no.value.field == "start"
        with clock.freeze(NEW_YEAR):
            assert numbers(world) == ["2"]

    def test_a_version_published_today_is_replaced_by_another_today(self, world):
        with clock.freeze(NOON + dt.timedelta(days=3)):
            publish_version(actor=world.system, version=drafted())
            publish_version(actor=world.system, version=drafted("3"))
            assert numbers(world) == ["3"]

    def test_the_day_on_the_page_is_the_facilitys(self, world):
        """Six in the evening in Illinois is the next day in UTC."""
        draft = drafted()
        with clock.freeze(dt.datetime(2026, 12, 1, 0, 30, tzinfo=dt.UTC)):
            assert version_view(draft).today == dt.date(2026, 11, 30)
            tomorrow = dt.date(2026, 12, 1)
            with pytest.raises(Refused, match="lies in the future"):
                approve_version(actor=world.system, version=draft, approved_by="MEC", approved_on=tomorrow)
            publish_version(actor=world.system, version=draft, start=tomorrow)
            assert current(forms().get(code="GS"), today_of(draft.form)).number == "1"
            assert "version: '1'" in call_for("export_catalogue", "GS")

    def test_the_database_refuses_two_versions_of_one_form_on_one_day(self, world):
        draft = drafted()
        with transaction.atomic(), pytest.raises(IntegrityError, match="one_version_offered_a_day"):
            PrivilegeFormVersion.objects.filter(pk=draft.pk).update(status=VersionStatus.PUBLISHED)


class TestGrants:
    def test_publishing_changes_no_grant(self, world, surgeon, bylaws_rule):
        grants, periods = list(Grant.objects.values()), list(GrantPeriod.objects.values())
        publish_version(actor=world.system, version=drafted(without=["GS-LAP-CHOLE"]))
        assert list(Grant.objects.values()) == grants
        assert list(GrantPeriod.objects.values()) == periods
        assert Grant.objects.get().form_line.version.number == "1"
        answer = can_perform(practitioner=surgeon, privilege_code="GS-LAP-CHOLE", facility=world.lakeside)
        assert answer.outcome == "yes"


class TestNames:
    @pytest.mark.parametrize(
        ("old", "new", "sentence"),
        [
            (
                "name: General surgery",
                "name: Surgery",
                'called "General surgery" in the catalog and "Surgery"',
            ),
            (
                "name: Laparoscopic cholecystectomy",
                "name: Gallbladder removal",
                'GS-LAP-CHOLE is called "Laparoscopic cholecystectomy" in the catalog and "Gallbladder',
            ),
        ],
    )
    def test_another_name_in_the_file_is_never_passed_over(self, world, tmp_path, old, new, sentence):
        text = (EXAMPLES / "general_surgery.yaml").read_text()
        assert old in text
        changed = tmp_path / "general_surgery.yaml"
        for number in ("1", "2"):
            changed.write_text(text.replace(old, new, 1).replace('version: "1"', f'version: "{number}"'))
            with pytest.raises(Refused, match=sentence):
                load_catalogue(actor=world.system, facilities=[world.lakeside], paths=[changed])
        assert PrivilegeFormVersion.objects.count() == 1

    def test_another_description_is_never_passed_over(self, world, tmp_path):
        text = (EXAMPLES / "general_surgery.yaml").read_text()
        line = next(row for row in text.splitlines() if "description:" in row)
        changed = tmp_path / "general_surgery.yaml"
        changed.write_text(
            text.replace(line, line.split("description:")[0] + "description: Something else", 1)
        )
        with pytest.raises(Refused, match="is described as"):
            load_catalogue(actor=world.system, facilities=[world.lakeside], paths=[changed])


def call_for(*arguments) -> str:
    """What a command says."""
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def next_text() -> str:
    """The text of the next version of the surgery form."""
    running = surgery_form()
    return text_of(next_number(running, definition_of(running)))


def drafted_from(world, *swaps: tuple[str, str]) -> PrivilegeFormVersion:
    """A draft of the next version through the service, its text changed by these swaps."""
    text = next_text()
    for old, new in swaps:
        assert old in text, old
        text = text.replace(old, new)
    return draft_version(actor=world.system, form=surgery_form().form, text=text)


class TestDrafts:
    def test_the_text_of_every_example_loads_again_as_it_is(self, world):
        for path in EXAMPLES.glob("*.yaml"):
            form = form_of_text(path.read_text())
            assert form_of_text(text_of(form)) == form

    def test_a_draft_changes_nothing_that_is_offered(self, world):
        draft = drafted_from(world, ("at_least: 25", "at_least: 30"))
        assert (draft.number, draft.status) == ("2", VersionStatus.DRAFT)
        assert numbers(world) == ["1"]

    def test_a_draft_is_changed_until_a_body_approved_it(self, world):
        draft = drafted_from(world)
        text = text_of(definition_of(draft)).replace("at_least: 25", "at_least: 40")
        change_draft(actor=world.system, version=draft, text=text)
        draft.refresh_from_db()
        assert "40" in text_of(definition_of(draft))
        approve_version(actor=world.system, version=draft, approved_by="Board", approved_on=TODAY)
        with pytest.raises(Refused, match="is approved as it stands"):
            change_draft(actor=world.system, version=draft, text=text)

    def test_lines_of_what_is_published_stay(self, world):
        with transaction.atomic(), pytest.raises(IntegrityError, match="no draft any more"):
            surgery_form().lines.all().delete()

    @pytest.mark.parametrize(
        ("old", "new", "sentence"),
        [
            ("code: GS\n", "code: XX\n", "The form keeps its code"),
            ("version: '2'", "version: '1'", "is there already"),
            ("type: BOARD", "type: BORED", '"BORED" is not a kind of criterion'),
            ("code: GS-BREAST", "code: GS-THYROID", "stands on the form twice"),
            ("core:", "core: [", "not valid YAML"),
            ("code: GS-BREAST", "code: GS BREAST", "letters, digits and hyphens"),
            ("name: Bariatric surgery", f"name: {'x' * 201}", "at most 200 characters"),
            ("version: '2'", "version: true", "version: expected a text"),
            ("version: '2'", "version: 2.10", "version: write it in quotation marks"),
            ("cases: 5", "cases: true", "fppe.cases: expected a whole number from 1 to 1000"),
            ("cases: 5", "cases: 100000", "fppe.cases: expected a whole number from 1 to 1000"),
            ("name: Bariatric surgery", "name: true", r"special\[2\].name: expected a text"),
            ("description: Sleeve", "description: 7 #", r"special\[2\].description: expected a text"),
        ],
    )
    def test_a_text_that_cannot_be_is_refused_whole(self, world, old, new, sentence):
        with pytest.raises(Refused, match=sentence):
            drafted_from(world, (old, new))
        assert PrivilegeFormVersion.objects.count() == 1

    def test_a_privilege_to_be_held_that_is_nowhere_is_refused(self, world, tmp_path):
        data = yaml.safe_load(next_text())
        line = next(each for each in data["special"] if each["code"] == "GS-ROBOTIC")
        line["criteria"]["renewal"] = {"all": [{"type": "PREREQUISITE", "privilege": "GS-ROBOT"}]}
        text = yaml.safe_dump(data)
        sentence = "GS-ROBOTIC: GS-ROBOT has to be held, and there is no such privilege"
        with pytest.raises(Refused, match=sentence) as refused:
            draft_version(actor=world.system, form=surgery_form().form, text=text)
        assert refused.value.field == "text"
        file = tmp_path / "gs.yaml"
        file.write_text(text)
        for act in (
            plan_catalogue,
            lambda paths: load_catalogue(actor=world.system, facilities=[], paths=paths),
        ):
            with pytest.raises(Refused, match=f"gs.yaml: {sentence}"):
                act([file])
        held = text.replace("GS-ROBOT\n", "GS-THYROID\n")
        assert draft_version(actor=world.system, form=surgery_form().form, text=held).number == "2"

    def test_an_empty_description_is_none(self, world):
        form = form_of_text(
            "code: X\nname: X\nversion: 1\ncore: {lines: [{code: X-1, name: n, description: null}]}"
        )
        assert form.lines[0].description == ""

    @pytest.mark.parametrize("empty", ["[]", "false", "0", "''"])
    def test_criteria_that_are_no_mapping_are_never_passed_over(self, empty):
        for part in ("criteria", "fppe"):
            with pytest.raises(Refused, match=f"core.{part}: expected"):
                form_of_text(
                    "code: X\nname: X\nversion: 1\n"
                    f"core: {{lines: [{{code: X-1, name: n}}], {part}: {empty}}}"
                )

    def test_what_stands_twice_is_never_passed_over(self):
        text = "code: X\nname: X\nversion: 1\ncore:\n  lines: [{code: X-1, name: n}]\n  fppe: {cases: 5}\n"
        assert form_of_text(text).core_fppe == {"cases": 5}
        with pytest.raises(Refused, match="fppe stands twice in one place: see line 7"):
            form_of_text(f"{text}  fppe: {{cases: 3}}\n")

    def test_a_text_of_endless_levels_is_refused(self):
        with pytest.raises(Refused, match="more levels within each other"):
            form_of_text("[" * 5000 + "]" * 5000)

    def test_only_who_keeps_the_catalogue_everywhere_it_is_offered(self, world, user):
        for one in (user(Role.CREDENTIALING_COORDINATOR), user(Role.MEDICAL_STAFF_COORDINATOR)):
            with pytest.raises(Forbidden):
                draft_version(actor=one, form=surgery_form().form, text=next_text())


class TestNewForm:
    """A form that is not in the catalogue yet, from its page."""

    @pytest.fixture
    def door(self, client, user):
        client.force_login(user(Role.MEDICAL_STAFF_COORDINATOR))
        return client

    def address(self):
        return reverse("privileging:form_new")

    def test_an_empty_draft_is_made_and_written(self, door, world):
        assert self.address() in door.get(reverse("privileging:catalogue")).content.decode()
        sent = {"code": "wc", "name": "Wound care", "facilities": [str(world.lakeside.uid)]}
        answer = door.post(self.address(), sent)
        assert answer.status_code == 303
        made = PrivilegeFormVersion.objects.get(form__code="WC")
        assert (made.status, made.number, made.form.example) == ("draft", "1", False)
        assert list(made.form.facilities.all()) == [world.lakeside]
        assert answer["Location"] == reverse("privileging:form_text", args=[made.uid])
        assert "Wound care" in door.get(answer["Location"]).content.decode()
        with pytest.raises(Refused, match="has no lines"):
            publish_version(actor=world.system, version=made)
        text = text_of(definition_of(made)).replace(
            "lines: []", "lines:\n  - {code: WC-DEBRIDE, name: Debridement}"
        )
        assert door.post(answer["Location"], {"text": text}).status_code == 303
        assert made.lines.get().privilege.code == "WC-DEBRIDE"
        again = door.post(self.address(), sent)
        assert again.status_code == 422
        assert "draft its next version on its page" in again.content.decode()

    def test_from_a_file_as_another_form_gives_it(self, door, world):
        text = text_of(definition_of(surgery_form())).replace("code: GS\n", "code: GS2\n")
        sent = {
            "file": SimpleUploadedFile("gs2.yaml", text.encode()),
            "facilities": [str(world.lakeside.uid)],
        }
        assert door.post(self.address(), sent).status_code == 303
        made = PrivilegeFormVersion.objects.get(form__code="GS2")
        assert made.lines.count() == surgery_form().lines.count()

    @pytest.mark.parametrize(
        ("more", "said"),
        [
            ({}, "Type a code, or choose a file."),
            ({"code": "WC"}, "Type a name, or choose a file."),
            ({"code": "W C", "name": "Wound care"}, "letters, digits and hyphens alone"),
            ({"code": "WC", "name": "Wound care", "facilities": []}, "Choose"),
            ({"file": b"code: WC"}, "is missing"),
            ({"file": b"[1"}, "This is not valid YAML"),
            ({"file": b"\xff\xfe"}, "not text in UTF-8"),
            ({"file": b"x" * 400_001}, "larger than 400 KB"),
            ({"file": b"code: WC", "code": "WC", "name": "Wound care"}, "choose a file, or type them"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_is_made(self, door, world, more, said):
        sent = {"facilities": [str(world.lakeside.uid)]} | more
        if "file" in more:
            sent["file"] = SimpleUploadedFile("form.yaml", more["file"])
        answer = door.post(self.address(), sent)
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert PrivilegeForm.objects.count() == 1

    def test_only_where_one_keeps_the_catalogue(self, door, client, world, user):
        sent = {"code": "WC", "name": "Wound care", "facilities": [str(world.harbor.uid)]}
        assert door.post(self.address(), sent).status_code == 422
        client.force_login(user(Role.QUALITY_COORDINATOR))
        assert client.get(self.address()).status_code == 403
        with pytest.raises(Forbidden):
            draft_form(
                actor=user(Role.DIRECTOR), facilities=[world.harbor], text=services.empty_form("WC", "W")
            )


class TestApproval:
    def test_who_when_and_by_which_body(self, world):
        version = approve_version(
            actor=world.system, version=surgery_form(), approved_by=" Governing board ", approved_on=TODAY
        )
        assert (version.approved_by, version.approved_on) == ("Governing board", TODAY)
        assert version.approval_recorded_by == world.system
        assert not surgery_form().is_example
        with pytest.raises(Refused, match="was approved by Governing board on 24 Nov 2026"):
            approve_version(actor=world.system, version=version, approved_by="MEC", approved_on=TODAY)

    @pytest.mark.parametrize(
        ("body", "on", "sentence"),
        [(" ", TODAY, "Name the body"), ("MEC", None, "on which day"), ("MEC", START, "lies in the future")],
    )
    def test_bad_input(self, world, body, on, sentence):
        with pytest.raises(Refused, match=sentence):
            approve_version(actor=world.system, version=surgery_form(), approved_by=body, approved_on=on)

    def test_a_form_of_ones_own_is_published_once_a_body_approved_it(self, world, tmp_path):
        own = tmp_path / "own.yaml"
        own.write_text("code: OWN\nname: Own\nversion: 1\ncore: {lines: [{code: OWN-1, name: One}]}\n")
        out = StringIO()
        call_command("load_catalogue", own, stdout=out)
        assert "Drafts, to be approved and then published: 1." in out.getvalue()
        draft = PrivilegeFormVersion.objects.get(form__code="OWN")
        with pytest.raises(Refused, match="No body has approved"):
            publish_version(actor=world.system, version=draft)
        approve_version(actor=world.system, version=draft, approved_by="Board", approved_on=TODAY)
        assert publish_version(actor=world.system, version=draft).status == VersionStatus.PUBLISHED

    def test_what_a_body_approved_is_followed_only_by_what_a_body_approved(self, world):
        assert not needs_approval(surgery_form().form)
        approve_version(actor=world.system, version=surgery_form(), approved_by="Board", approved_on=TODAY)
        draft = drafted_from(world)
        assert needs_approval(draft.form)
        with pytest.raises(Refused, match="No body has approved General surgery 2 yet"):
            publish_version(actor=world.system, version=draft)
        assert numbers(world) == ["1"]

    def test_loading_the_examples_passes_over_what_the_staff_made_its_own(self, world, tmp_path, monkeypatch):
        approve_version(actor=world.system, version=surgery_form(), approved_by="Board", approved_on=TODAY)
        shipped = tmp_path / "general_surgery.yaml"
        shipped.write_text(next_text().replace("name: General surgery", "name: General surgery of ours"))
        monkeypatch.setattr(services, "EXAMPLES", tmp_path)
        counts = load_catalogue(actor=world.system, facilities=[world.lakeside, world.harbor])
        assert (counts["kept"], counts["versions"]) == (1, 0)
        assert [plan.kept for plan in plan_catalogue()] == [True]
        assert numbers(world) == ["1"]
        shipped.write_text(next_text())
        counts = load_catalogue(actor=world.system, facilities=[world.lakeside], paths=[shipped])
        assert (counts["kept"], counts["drafts"]) == (0, 1)
        assert numbers(world) == ["1"]

    def test_a_plan_refuses_the_name_that_loading_refuses(self, world, tmp_path):
        file = tmp_path / "gs.yaml"
        file.write_text(next_text().replace("name: General surgery", "name: Surgery"))
        with pytest.raises(Refused, match='is called "General surgery" in the catalog and "Surgery"'):
            plan_catalogue([file])


class TestDifferences:
    def found(self, world, *swaps) -> dict[tuple[str, str], tuple[str, ...]]:
        draft = drafted_from(world, *swaps)
        changes = differences(definition_of(surgery_form()), definition_of(draft))
        return {(change.what, change.code): change.sentences for change in changes}

    def test_nothing(self, world):
        assert self.found(world) == {}

    def test_added_removed_and_asked_otherwise_in_words(self, world):
        found = self.found(
            world,
            ("code: GS-THYROID\n    name: Thyroid and parathyroid surgery", "code: GS-NECK\n    name: Neck"),
            ("at_least: 25", "at_least: 30"),
            ("within_years: 5", "within_years: 6"),
        )
        assert found["added", "GS-NECK"] == ("Core.",)
        assert ("removed", "GS-THYROID") in found
        assert (
            "To be granted: At least 30 bariatric cases in the last 24 months, instead of: At least 25 "
            "bariatric cases in the last 24 months."
        ) in found["changed", "GS-BARIATRIC"]
        assert any("eligible within 6 years" in each for each in found["changed", ""])

    def test_moved_from_core_to_special(self, world):
        text = next_text()
        data = yaml.safe_load(text)
        data["special"].append(data["core"]["lines"].pop())
        draft = draft_version(actor=world.system, form=surgery_form().form, text=yaml.safe_dump(data))
        changes = differences(definition_of(surgery_form()), definition_of(draft))
        assert [(each.what, each.code, each.sentences) for each in changes] == [
            ("moved", "GS-SOFT-TISSUE", ("From core to special.",))
        ]


class TestTheCommands:
    def run(self, *arguments) -> str:
        out = StringIO()
        call_command(*arguments, stdout=out)
        return out.getvalue()

    def test_what_is_exported_loads_as_unchanged(self, world, tmp_path):
        self.run("export_catalogue", "GS", "--to", str(tmp_path))
        assert "Unchanged: 1." in self.run("load_catalogue", tmp_path / "gs.yaml")
        assert self.run("export_catalogue", "GS", "--number", "1") == (tmp_path / "gs.yaml").read_text()

    def test_several_are_one_file_that_loads_again(self, world, tmp_path):
        self.run("load_catalogue")
        text = self.run("export_catalogue")
        assert len(list(yaml.safe_load_all(text))) == 9
        file = tmp_path / "all.yaml"
        file.write_text(text)
        assert "Unchanged: 9." in self.run("load_catalogue", file)

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("", "expected a form"),
            ("code: A\n---\ncode: B\n", "all.yaml: form 1: the form: core, name, version is missing"),
            ("a: [\n", "all.yaml: This is not valid YAML in line"),
        ],
    )
    def test_what_is_no_form_is_named_with_its_place(self, world, tmp_path, text, sentence):
        file = tmp_path / "all.yaml"
        file.write_text(text)
        with pytest.raises(CommandError, match=sentence) as problem:
            self.run("load_catalogue", file)
        assert problem.value.returncode == 2

    def test_a_dry_run_tells_the_difference_and_writes_nothing(self, world, tmp_path):
        file = tmp_path / "gs.yaml"
        file.write_text(next_text().replace("at_least: 25", "at_least: 30"))
        said = self.run("load_catalogue", file, "--dry-run")
        assert "GS 2: changes against version 1" in said
        assert "changed: GS-BARIATRIC Bariatric surgery" in said
        assert "At least 30 bariatric cases" in said
        assert "Nothing was written." in said
        assert PrivilegeFormVersion.objects.count() == 1

    @pytest.mark.parametrize(
        "arguments",
        [
            ("export_catalogue", "NO"),
            ("export_catalogue", "--number", "1"),
            ("export_catalogue", "GS", "--number", "9"),
            ("export_catalogue", "GS", "--to", "nowhere"),
        ],
    )
    def test_bad_input_leaves_with_two(self, world, arguments):
        with pytest.raises(CommandError) as problem:
            self.run(*arguments)
        assert problem.value.returncode == 2


BOARD = {"type": "BOARD", "status": "certified", "specialties": ["Surgery"]}
FELLOW = {"type": "TRAINING", "specialties": ["Bariatric surgery"], "level": "fellowship"}
CASES = {"type": "VOLUME", "group": "g", "at_least": 1, "months": 12}


class TestAlone:
    """42 CFR 482.12(a)(7)."""

    @pytest.mark.parametrize(
        ("tree", "solely"),
        [
            ({}, []),
            (BOARD, [True]),
            ({"all": [BOARD, FELLOW]}, [True, True]),
            ({"any": [BOARD, FELLOW]}, [True, True]),
            ({"all": [BOARD, CASES]}, [False]),
            ({"any": [BOARD, CASES]}, []),
            ({"all": [CASES, {"any": [FELLOW, CASES]}]}, []),
            ({"all": [CASES, {"any": [FELLOW, BOARD]}]}, []),
            ({"all": [CASES, FELLOW]}, []),
            ({"all": [CASES, {"any": [BOARD, BOARD]}]}, [False, False]),
            (BOARD | {"status": "certified_or_eligible"}, []),
            (BOARD | {"waiver": "the MEC, on outcomes"}, []),
            ({"none": [BOARD]}, []),
        ],
    )
    def test_what_nothing_can_take_the_place_of(self, tree, solely):
        assert [each.solely for each in alone(tree)] == solely

    def test_the_page_and_the_command_name_it_with_the_citation(self, world, tmp_path, client, user):
        data = yaml.safe_load(next_text())
        data["special"][0]["criteria"]["renewal"] = BOARD
        file = tmp_path / "gs.yaml"
        file.write_text(yaml.safe_dump(data))
        out = StringIO()
        call_command("load_catalogue", file, "--dry-run", stdout=out)
        assert "GS-ROBOTIC, renewal: Rests solely on: Board certified in Surgery." in out.getvalue()
        assert "42 CFR 482.12(a)(7)" in out.getvalue()
        draft = draft_version(actor=world.system, form=surgery_form().form, text=file.read_text())
        client.force_login(user(Role.LOOKUP))
        page = client.get(reverse("privileging:form_version", args=[draft.uid])).content.decode()
        assert "To be renewed: Rests solely on: Board certified in Surgery." in page
        assert "42 CFR 482.12(a)(7)" in page

    def test_no_example_of_ours_rests_on_it(self):
        for path in EXAMPLES.glob("*.yaml"):
            form = form_of_text(path.read_text())
            for pair in (form.core_criteria, *(line.criteria for line in form.lines)):
                assert not alone(pair.get("initial")), path.name
                assert not alone(pair.get("renewal")), path.name


class TestPreview:
    def cases(self, world, person, number, group="gs-bariatric"):
        record_case_volume(
            actor=world.system,
            practitioner=person,
            procedure_group=group,
            performed_from=TODAY - dt.timedelta(days=700),
            performed_through=TODAY - dt.timedelta(days=10),
            cases=number,
            source="Log",
            evidence=evidence(world, person),
        )

    def only_cases(self, world, at_least: int) -> PrivilegeFormVersion:
        """A draft whose bariatric line asks for cases alone."""
        data = yaml.safe_load(next_text())
        line = next(each for each in data["special"] if each["code"] == "GS-BARIATRIC")
        line["criteria"]["renewal"] = CASES | {"group": "gs-bariatric", "at_least": at_least, "months": 24}
        data["core"]["lines"] = [each for each in data["core"]["lines"] if each["code"] != "GS-BREAST"]
        return draft_version(actor=world.system, form=surgery_form().form, text=yaml.safe_dump(data))

    def holders(self, world, person, *numbers):
        for number in numbers:
            one = person()
            appoint(world, one)
            grant(world, one, "GS-BARIATRIC")
            grant(world, one, "GS-BREAST")
            board = credential(world, one, "BOARD_CERT")
            say(world, board, dt.date(2015, 1, 1), dt.date(2030, 1, 1), extra={"specialty": "Surgery"})
            if number is not None:
                self.cases(world, one, number)

    def seen(self, world, draft):
        return preview_of(draft, TODAY, facilities=[world.lakeside, world.harbor])

    def test_line_by_line_who_is_affected(self, world, person):
        self.holders(world, person, 30, 26, 3, None)
        preview = self.seen(world, self.only_cases(world, 28))
        lines = {each.line.privilege.code: each for each in preview.lines}
        bariatric, breast = lines["GS-BARIATRIC"], lines["GS-BREAST"]
        assert (bariatric.holders, bariatric.met, bariatric.not_met, bariatric.unknown) == (4, 1, 2, 1)
        assert bariatric.newly_short == 1
        assert all("28 needed" in each.why for each in bariatric.named)
        assert (breast.fate, breast.holders, len(breast.named)) == ("removed", 4, 4)
        assert preview.people == 4
        assert lines["GS-LAP-CHOLE"].holders == 0

    def test_queries_do_not_grow_with_the_people(self, world, person):
        draft = self.only_cases(world, 28)
        self.holders(world, person, 30)
        with CaptureQueriesContext(connection) as few:
            self.seen(world, draft)
        self.holders(world, person, 30, 26, 3)
        with CaptureQueriesContext(connection) as many:
            self.seen(world, draft)
        assert len(many) == len(few) <= 12

    def test_other_hospitals_people_stay_unseen(self, world, person):
        self.holders(world, person, 3)
        preview = preview_of(self.only_cases(world, 28), TODAY, facilities=[world.harbor])
        assert preview.people == 0

    def test_who_is_not_known_today_is_not_short_because_of_the_version(self, world, person):
        """Nothing on file of robotic cases: unknown by both versions until the new one asks for something
        that is known to be missing.
        """
        one = person()
        appoint(world, one)
        grant(world, one, "GS-ROBOTIC")
        data = yaml.safe_load(next_text())
        line = next(each for each in data["special"] if each["code"] == "GS-ROBOTIC")
        line["criteria"]["renewal"] = {"type": "PROVIDER_TYPE", "in": ["PA"]}
        draft = draft_version(actor=world.system, form=surgery_form().form, text=yaml.safe_dump(data))
        robotic = next(
            each for each in self.seen(world, draft).lines if each.line.privilege.code == "GS-ROBOTIC"
        )
        assert (robotic.holders, robotic.not_met, robotic.newly_short) == (1, 1, 0)

    def test_who_holds_what_an_earlier_version_had_is_followed(self, world, person):
        """GS-BREAST went with version 2; who was granted it on version 1 holds it still."""
        self.holders(world, person, 30)
        with clock.freeze(NOON + dt.timedelta(days=1)):
            second = self.only_cases(world, 28)
            publish_version(actor=world.system, version=second)
        with clock.freeze(NOON + dt.timedelta(days=2)):
            third = draft_version(
                actor=world.system, form=second.form, text=text_of(next_number(second, definition_of(second)))
            )
            preview = preview_of(third, clock.today(), facilities=[world.lakeside])
        breast = next(each for each in preview.lines if each.line.privilege.code == "GS-BREAST")
        assert (breast.gone, breast.fate, breast.holders) == (True, "removed", 1)
        assert preview.people == 1

    def test_who_holds_it_on_another_form_renews_it_there(self, world, person, tmp_path):
        other = tmp_path / "other.yaml"
        other.write_text(
            "code: OTHER\nname: Other\nversion: 1\n"
            "core: {lines: [{code: GS-THYROID, name: Thyroid and parathyroid surgery}]}\n"
        )
        load_catalogue(
            actor=world.system,
            facilities=[world.lakeside],
            paths=[other],
            approved_by="Board",
            approved_on=TODAY,
        )
        one = person()
        appoint(world, one)
        grant(world, one, "GS-THYROID", form="OTHER")
        assert self.seen(world, self.only_cases(world, 28)).people == 0

    def test_a_proposal_is_kept_with_the_version_and_changes_no_grant(self, world, person):
        self.holders(world, person, 3)
        before = list(GrantPeriod.objects.values())
        draft = self.only_cases(world, 28)
        old = surgery_form().lines.get(privilege__code="GS-BREAST")
        propose_remapping(actor=world.system, version=draft, old_line=old, new_code="GS-SOFT-TISSUE")
        propose_remapping(actor=world.system, version=draft, old_line=old, new_code="", note="Sent on.")
        line = next(each for each in self.seen(world, draft).lines if each.line == old)
        assert (line.proposal.new_privilege, line.proposal.note) == (None, "Sent on.")
        assert Remapping.objects.count() == 2
        assert list(GrantPeriod.objects.values()) == before
        with pytest.raises(Refused, match="GS-BREAST does not stand on General surgery 2"):
            propose_remapping(actor=world.system, version=draft, old_line=old, new_code="GS-BREAST")


class TestThePages:
    @pytest.fixture
    def keeper(self, world, user, client):
        """Keeps the catalogue at both hospitals that offer the form."""
        one = user(Role.MEDICAL_STAFF_COORDINATOR)
        give_role(
            actor=world.system, user=one, role=Role.MEDICAL_STAFF_COORDINATOR, facility=world.harbor,
            start=dt.date(2020, 1, 1),
        )  # fmt: skip
        client.force_login(one)
        return client

    def at(self, name, version):
        return reverse(f"privileging:{name}", args=[version.uid])

    def test_from_a_draft_to_the_day_it_is_offered(self, keeper, world):
        text_page = keeper.get(self.at("form_text", surgery_form())).content.decode()
        assert "version: &#x27;2&#x27;" in text_page
        wrong = keeper.post(self.at("form_text", surgery_form()), {"text": "code: ["})
        assert wrong.status_code == 422
        assert "not valid YAML" in wrong.content.decode()
        text = next_text().replace("at_least: 25", "at_least: 30")
        assert keeper.post(self.at("form_text", surgery_form()), {"text": text}).status_code == 303
        draft = PrivilegeFormVersion.objects.get(number="2")
        page = keeper.get(self.at("form_version", draft)).content.decode()
        assert "Changes against version 1" in page
        assert "instead of: At least 25 bariatric cases" in page
        assert "No grant changes" in page
        approval = {"approved_by": "Governing board", "approved_on": TODAY.isoformat()}
        assert keeper.post(self.at("form_approve", draft), {"approved_by": ""}).status_code == 422
        assert keeper.post(self.at("form_approve", draft), approval).status_code == 303
        past = keeper.post(self.at("form_publish", draft), {"start": "2020-01-01"})
        assert past.status_code == 422
        assert "That day is past" in past.content.decode()
        assert keeper.post(self.at("form_publish", draft), {"start": START.isoformat()}).status_code == 303
        assert numbers(world) == ["1"]
        listed = keeper.get(reverse("privileging:catalogue")).content.decode()
        assert "2: offered from 1 Jan 2027 on" in listed
        assert keeper.post(self.at("form_withdraw", draft)).status_code == 303
        assert surgery_form().offered.upper is None

    def test_a_draft_is_discarded(self, keeper, world):
        draft = drafted_from(world)
        assert keeper.post(self.at("form_withdraw", draft)).status_code == 303
        draft.refresh_from_db()
        assert draft.status == VersionStatus.WITHDRAWN
        assert "never offered" in keeper.get(self.at("form_version", draft)).content.decode()

    def test_the_preview_and_a_proposal(self, keeper, world, person):
        TestPreview().holders(world, person, 3)
        draft = TestPreview().only_cases(world, 28)
        page = keeper.get(self.at("form_preview", draft)).content.decode()
        assert "Okonkwo" in page
        assert "cannot ask for it again on this form" in page
        old = surgery_form().lines.get(privilege__code="GS-BREAST")
        given = {"old_line": str(old.uid), "new_code": "GS-SOFT-TISSUE", "note": ""}
        assert keeper.post(self.at("form_preview", draft), given | {"new_code": "GS-NO"}).status_code == 422
        assert keeper.post(self.at("form_preview", draft), given).status_code == 303
        assert "Proposed to the committee" in keeper.get(self.at("form_preview", draft)).content.decode()
        publish_version(actor=world.system, version=draft)
        page = keeper.get(self.at("form_version", draft)).content.decode()
        assert "In place of what was held" in page
        assert "GS-SOFT-TISSUE" in page.partition("In place of what was held")[2]

    def test_whom_it_would_affect_is_asked_of_a_version_to_come(self, keeper, world):
        draft = drafted_from(world, ("at_least: 25", "at_least: 30"))
        assert "Who it would affect" in keeper.get(self.at("form_version", draft)).content.decode()
        publish_version(actor=world.system, version=draft, start=START)
        assert "Who it would affect" in keeper.get(self.at("form_version", draft)).content.decode()
        with clock.freeze(NEW_YEAR):
            assert "Who it would affect" not in keeper.get(self.at("form_version", draft)).content.decode()
            past = keeper.get(self.at("form_version", surgery_form())).content.decode()
        assert "Who it would affect" not in past

    def test_search(self, keeper):
        url = reverse("privileging:catalogue")
        assert "General surgery" in keeper.get(url, {"q": "bariatric"}).content.decode()
        assert "General surgery" not in keeper.get(url, {"q": "xylophone"}).content.decode()

    def test_readers_see_no_acts_and_may_do_none(self, client, user, world):
        client.force_login(user(Role.LOOKUP))
        page = client.get(self.at("form_version", surgery_form())).content.decode()
        assert "Withdraw this version" not in page
        for name in ("form_approve", "form_publish", "form_withdraw"):
            assert client.post(self.at(name, surgery_form()), {}).status_code == 403
        for name in ("form_text", "form_preview"):
            assert client.get(self.at(name, surgery_form())).status_code == 403
        assert client.get(self.at("form_yaml", surgery_form())).status_code == 200

    def test_queries(self, keeper, world, django_assert_max_num_queries):
        draft = drafted_from(world)
        with django_assert_max_num_queries(20):
            keeper.get(self.at("form_version", draft))
        with django_assert_max_num_queries(20):
            keeper.get(self.at("form_preview", draft))
