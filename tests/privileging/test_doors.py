"""The same answer from the commands and from the API, with the permissions of the pages."""

from __future__ import annotations

import datetime as dt
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from config.accounts.choices import Role
from privileging.choices import GrantKind
from privileging.models import FormLine, PrivilegeForm, PrivilegeFormVersion
from privileging.selectors.lookup import LookupOutcome, can_perform
from privileging.services.catalogue import EXAMPLES
from tests.privileging.conftest import (
    TODAY,
    appoint,
    bar,
    credential,
    grant,
    licensed,
    say,
    set_parameter,
)

pytestmark = pytest.mark.django_db


def run(name, *arguments) -> tuple[int, str]:
    """The command's exit code and what it printed."""
    out = StringIO()
    try:
        call_command(name, *arguments, stdout=out)
    except SystemExit as left:
        return int(left.code or 0), out.getvalue()
    except CommandError as problem:
        return problem.returncode, str(problem)
    return 0, out.getvalue()


class TestCanPerform:
    def test_yes(self, surgeon, bylaws_rule):
        code, said = run("can_perform", surgeon.npi, "GS-LAP-CHOLE", "--facility", "LAKE")
        assert code == 0
        assert "Yes." in said
        assert "Since 2026-01-01, through 2027-12-31, by Governing board" in said

    def test_no(self, surgeon, bylaws_rule):
        code, said = run("can_perform", surgeon.npi, "GS-COLECTOMY", "--facility", "LAKE")
        assert code == 1
        assert "has not been granted" in said
        assert "217-555-0100" in said

    def test_cannot_be_confirmed(self, world, person, bylaws_rule):
        one = person()
        appoint(world, one)
        grant(world, one)
        assert run("can_perform", one.npi, "GS-LAP-CHOLE", "--facility", "LAKE")[0] == 3

    def test_before_the_records_begin_it_leaves_with_three(self, surgeon, bylaws_rule):
        asked = (surgeon.npi, "GS-LAP-CHOLE", "--facility", "LAKE", "--on", "2025-06-01")
        code, said = run("can_perform", *asked)
        assert code == 3
        assert "The records of Lakeside Medical Center begin on 1 Jan 2026" in said

    def test_another_day_and_as_known_then(self, surgeon, bylaws_rule, long_kept):
        question = ("can_perform", surgeon.npi, "GS-LAP-CHOLE", "--facility", "LAKE")
        assert run(*question, "--on", "2025-12-31")[0] == 1
        assert run(*question, "--on", "2026-01-01")[0] == 0
        assert run(*question, "--known-at", "2025-12-31T00:00:00Z")[0] == 1

    def test_what_is_to_be_known_before_a_yes_is_used(self, world, person, bylaws_rule):
        one = person()
        licensed(world, one)
        grant(world, one, kind=GrantKind.LOCUM, conditions="With a proctor.")
        set_parameter(world.system, "privileging.told_ahead", ["DEA"])
        say(world, credential(world, one, "DEA"), dt.date(2020, 1, 1), dt.date(2027, 1, 31))
        code, said = run("can_perform", one.npi, "GS-LAP-CHOLE", "--facility", "LAKE", "--on", "2027-06-01")
        assert code == 0
        assert "Locum tenens, until 31 Dec 2027." in said.splitlines()
        assert "Runs out before that day, unless renewed: Dea, 2027-01-31." in said.splitlines()
        line = next(
            line
            for line in run("who_can", "GS-LAP-CHOLE", "--facility", "LAKE")[1].splitlines()
            if one.npi in line
        )
        assert line.endswith(" - Locum tenens, until 31 Dec 2027; With a proctor")

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (("1999999984", "GS-LAP-CHOLE", "--facility", "LAKE"), "No practitioner has the NPI"),
            (("1234567893", "GS-NOTHING", "--facility", "LAKE"), "There is no privilege"),
            (("1234567893", "GS-LAP-CHOLE", "--facility", "MOON"), "Known: HARB, LAKE"),
            (("1234567893", "GS-LAP-CHOLE", "--facility", "LAKE", "--on", "soon"), "write it like"),
            (("1234567893", "GS-LAP-CHOLE", "--facility", "LAKE", "--known-at", "then"), "write it like"),
        ],
    )
    def test_an_unusable_question_is_told_apart_from_a_no(self, surgeon, arguments, sentence):
        code, said = run("can_perform", *arguments)
        assert code == 2
        assert sentence in said

    def test_json_is_the_answer_of_the_selector(self, world, surgeon, bylaws_rule):
        code, said = run("can_perform", surgeon.npi, "GS-LAP-CHOLE", "--facility", "LAKE", "--json")
        answer = can_perform(practitioner=surgeon, privilege_code="GS-LAP-CHOLE", facility=world.lakeside)
        assert (code, json.loads(said)) == (0, answer.as_data())


class TestWhoCan:
    def test_names_and_count(self, world, surgeon, bylaws_rule):
        code, said = run("who_can", "gs-lap-chole", "--facility", "lake")
        assert code == 0
        assert surgeon.npi in said
        assert "1 person: Laparoscopic cholecystectomy at Lakeside Medical Center on 2026-11-24." in said

    def test_json(self, surgeon, bylaws_rule):
        data = json.loads(run("who_can", "GS-LAP-CHOLE", "--facility", "LAKE", "--json")[1])
        assert data["count"] == 1
        assert data["results"][0]["practitioner"]["npi"] == surgeon.npi

    def test_an_unknown_privilege(self, world):
        code, said = run("who_can", "GS-NOTHING", "--facility", "LAKE")
        assert (code, "There is no privilege" in said) == (2, True)


class TestTheCatalogue:
    def test_loading_again_changes_nothing(self, world):
        first = run("load_catalogue")
        lines = list(FormLine.objects.order_by("pk").values())
        versions = list(PrivilegeFormVersion.objects.order_by("pk").values())
        assert "Forms added: 8." in first[1]
        again = run("load_catalogue")
        assert "Forms added: 0. Versions added: 0. Privileges added: 0. Unchanged: 9." in again[1]
        assert list(FormLine.objects.order_by("pk").values()) == lines
        assert list(PrivilegeFormVersion.objects.order_by("pk").values()) == versions
        assert PrivilegeForm.objects.filter(example=True).count() == 9

    def test_a_changed_form_needs_a_new_version(self, world, tmp_path):
        text = (EXAMPLES / "general_surgery.yaml").read_text()
        changed = tmp_path / "general_surgery.yaml"
        changed.write_text(text.replace("at_least: 25", "at_least: 30"))
        code, said = run("load_catalogue", changed)
        assert (code, "give the changed form a new version" in said) == (2, True)
        changed.write_text(
            text.replace("at_least: 25", "at_least: 30").replace('version: "1"', 'version: "2"')
        )
        assert run("load_catalogue", changed)[0] == 0
        old, new = PrivilegeFormVersion.objects.filter(form__code="GS").order_by("number")
        # The old one is offered until the day before the new one is.
        assert (old.status, new.status) == ("published", "published")
        assert old.offered.upper == new.offered.lower

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("code: [", "not valid YAML"),
            ("just words", "expected a form"),
            ("code: X\nname: X\nversion: 1\n", "core is missing"),
            ("code: X\nname: X\nversion: 1\ncore: {lines: [{code: x-1, name: n}]}", "in capitals"),
            (
                "code: X\nname: X\nversion: 1\ncore: {lines: [{code: X-1, name: n}, {code: X-1, name: n}]}",
                "stands on the form twice",
            ),
            (
                (
                    "code: X\nname: X\nversion: 1\n"
                    "core: {lines: [{code: X-1, name: n}], criteria: {initial: {type: MAGIC}}}"
                ),
                "core.criteria.initial",
            ),
        ],
    )
    def test_a_file_that_cannot_be_used_is_named_with_the_place(self, world, tmp_path, text, sentence):
        file = tmp_path / "form.yaml"
        file.write_text(text)
        code, said = run("load_catalogue", file)
        assert code == 2
        assert "form.yaml" in said
        assert sentence in said

    def test_a_file_or_facility_that_is_not_there(self, world):
        assert run("load_catalogue", Path("nowhere.yaml"))[0] == 2
        assert run("load_catalogue", "--facility", "MOON")[0] == 2


class TestTheApi:
    question = {"privilege": "GS-LAP-CHOLE", "facility": "LAKE"}

    @pytest.fixture
    def ward(self, user, client):
        client.force_login(user(Role.LOOKUP))
        return client

    def test_one_answer_for_page_command_and_api(self, world, ward, surgeon, bylaws_rule):
        data = ward.get("/api/v1/lookup/can-perform/", {**self.question, "npi": surgeon.npi}).json()
        answer = can_perform(practitioner=surgeon, privilege_code="GS-LAP-CHOLE", facility=world.lakeside)
        assert answer.outcome == LookupOutcome.YES
        assert data == {**answer.as_data(), "checks": None, "decision": None}

    def test_by_uid_and_with_checks_for_the_office(self, client, user, surgeon, bylaws_rule):
        client.force_login(user(Role.CREDENTIALING_COORDINATOR))
        data = client.get(
            "/api/v1/lookup/can-perform/", {**self.question, "practitioner": surgeon.uid}
        ).json()
        assert data["checks"]["outcome"] == "MET"

    def test_the_ward_is_told_no_cause(self, world, ward, surgeon, bylaws_rule):
        bar(world, surgeon, TODAY, cause="Delinquent records")
        response = ward.get("/api/v1/lookup/can-perform/", {**self.question, "npi": surgeon.npi})
        assert response.json()["outcome"] == "no"
        assert "Delinquent" not in response.content.decode()

    def test_who_can_by_stretches(self, world, ward, person, bylaws_rule):
        for last in ("Adams", "Baker", "Chen"):
            one = person(last=last)
            appoint(world, one)
            licensed(world, one)
            grant(world, one)
        data = ward.get("/api/v1/lookup/who-can/", {**self.question, "limit": 1, "offset": 1}).json()
        assert data["count"] == 3
        assert [each["practitioner"]["name"] for each in data["results"]] == ["Baker, Adaeze"]

    def test_privileges_by_code_and_search(self, ward, world):
        found = ward.get("/api/v1/privileges/", {"search": "cholecystectomy"}).json()
        assert {each["code"] for each in found["results"]} == {"GS-LAP-CHOLE", "GS-OPEN-CHOLE"}
        assert ward.get("/api/v1/privileges/GS-LAP-CHOLE/").json()["name"] == "Laparoscopic cholecystectomy"

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"npi": ""}, 400),
            ({"npi": "1999999984"}, 422),
            ({"practitioner": "no-uid", "npi": ""}, 400),
            ({"practitioner": "11111111-1111-1111-1111-111111111111", "npi": ""}, 404),
            ({"privilege": "GS-NOTHING"}, 422),
            ({"facility": "MOON"}, 404),
            ({"facility": "HARB"}, 403),
            ({"on": "soon"}, 400),
            ({"known_at": "then"}, 400),
        ],
    )
    def test_bad_questions_get_a_sentence(self, ward, surgeon, change, status):
        question = {**self.question, "npi": surgeon.npi, **change}
        response = ward.get("/api/v1/lookup/can-perform/", {k: v for k, v in question.items() if v})
        assert response.status_code == status
        assert response.json()

    @pytest.mark.parametrize(
        "path", ["/api/v1/lookup/can-perform/", "/api/v1/lookup/who-can/", "/api/v1/privileges/"]
    )
    def test_nobody_without_the_role(self, client, user, path):
        assert client.get(path).status_code in (401, 403)
        client.force_login(user(Role.ADMINISTRATOR))
        assert client.get(path).status_code == 403


class TestMoments:
    @pytest.fixture
    def asked(self, client, user, surgeon):
        client.force_login(user(Role.LOOKUP))

        def ask(name, **more):
            given = {"facility": "LAKE", "privilege": "GS-LAP-CHOLE", "npi": surgeon.npi} | more
            return client.get(reverse(f"api:{name}-list"), given)

        return ask

    @pytest.mark.parametrize(
        ("name", "field"), [("can-perform", "known_at"), ("who-can", "known_at"), ("booking-guard", "at")]
    )
    def test_a_moment_without_its_offset_is_refused(self, asked, bylaws_rule, name, field):
        refused = asked(name, **{field: "2026-11-24T10:59:00"})
        assert refused.status_code == 400
        assert "Say the offset of the moment" in refused.content.decode()
        for moment in ("2026-11-24T16:59:00Z", "2026-11-24T10:59:00-06:00"):
            assert asked(name, **{field: moment}).status_code == 200
