"""The booking guard, and the procedure codes it knows."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse

from bylaws.choices import BarKind
from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.periods import open_period
from practitioners.services.merging import merge_records
from privileging.choices import GrantKind
from privileging.models import Grant, GrantPeriod, ProcedureCode
from privileging.rules.settings import site_limits
from privileging.services.procedures import load_procedure_codes
from tests.privileging.conftest import NOON, TODAY, appoint, bar, grant, licensed, line_of
from tests.privileging.evaluations import evaluation
from tests.privileging.test_doors import run
from tests.privileging.test_settings import version_with

pytestmark = pytest.mark.django_db
CODE = "GS-LAP-CHOLE"
DAY = dt.timedelta(days=1)


@pytest.fixture
def desk(client, user):
    client.force_login(user(Role.LOOKUP))
    return client


def ask(client, **asked):
    asked = {"facility": "LAKE", "privilege": CODE} | asked
    return client.get(
        reverse("api:booking-guard-list"), {name: value for name, value in asked.items() if value}
    )


def load(world, text, **more):
    return load_procedure_codes(actor=world.system, facility=world.lakeside, content=text.encode(), **more)


class TestTheGuard:
    def test_allow(self, desk, surgeon, bylaws_rule):
        answer = ask(desk, npi=surgeon.npi, at="2026-11-25T08:00:00-06:00").json()
        assert (answer["answer"], answer["reasons"]) == ("allow", [])
        assert answer["lookup"]["on"] == "2026-11-25"

    def test_warn_with_what_is_to_be_known_first(self, world, desk, person, bylaws_rule):
        one = person()
        licensed(world, one)
        grant(world, one, kind=GrantKind.LOCUM, conditions="Not at night")
        evaluation(Grant.objects.get(practitioner=one), {"looking": "proctored"})
        answer = ask(desk, npi=one.npi).json()
        assert answer["answer"] == "warn"
        assert answer["reasons"] == [
            "Locum tenens, until 31 Dec 2027.",
            "Proctor needed: the first evaluation of this privilege is open.",
            "Not at night",
        ]

    def test_block_and_whom_to_call_without_the_cause(self, world, desk, surgeon, bylaws_rule):
        bar(world, surgeon, TODAY, kind=BarKind.PRECAUTIONARY_SUSPENSION, cause="Marked outcomes")
        answer = ask(desk, npi=surgeon.npi)
        assert answer.json()["answer"] == "block"
        assert answer.json()["reasons"] == ["Not authorized.", "Medical Staff Office, 217-555-0100"]
        assert "utcomes" not in answer.content.decode()

    def test_what_cannot_be_confirmed_is_blocked(self, world, desk, person, bylaws_rule):
        one = person()
        grant(world, one, kind=GrantKind.LOCUM)
        assert ask(desk, npi=one.npi).json()["answer"] == "block"

    def test_the_day_is_the_facilitys(self, world, desk, person, bylaws_rule):
        """The grant ends with 31 December in Chicago, where that day lasts until six in the morning, UTC."""
        one = person()
        licensed(world, one)
        grant(world, one, kind=GrantKind.LOCUM, last_day=dt.date(2026, 12, 31))
        assert ask(desk, npi=one.npi, at="2027-01-01T05:30:00Z").json()["answer"] == "warn"
        assert ask(desk, npi=one.npi, at="2027-01-01T06:00:00Z").json()["answer"] == "block"

    def test_a_moment_gone_by_is_judged_as_known_then(self, world, desk, surgeon, bylaws_rule):
        bar(world, surgeon, TODAY - DAY, at=NOON, cause="Recorded a day late")
        yesterday = (NOON - DAY).isoformat()
        assert ask(desk, npi=surgeon.npi, at=yesterday).json()["answer"] == "allow"
        assert ask(desk, npi=surgeon.npi).json()["answer"] == "block"

    def test_by_uid_and_by_procedure_code(self, world, desk, surgeon, bylaws_rule):
        load(world, f"code,system,privilege\n1001,LOCAL,{CODE}\n")
        answer = ask(desk, practitioner=str(surgeon.uid), privilege="", procedure="1001").json()
        assert (answer["answer"], answer["procedure"]) == ("allow", "1001")
        assert answer["lookup"]["privilege"]["code"] == CODE

    @pytest.mark.parametrize(
        ("asked", "status"),
        [
            ({}, 400),
            ({"npi": "1234567893", "procedure": "1001"}, 400),
            ({"npi": "1234567893", "privilege": "", "procedure": ""}, 400),
            ({"npi": "1234567893", "facility": "HARB"}, 403),
            ({"npi": "1234567893", "facility": "NONE"}, 404),
            ({"npi": "1234567893", "at": "soon"}, 400),
            ({"npi": "1234567893", "at": "9999-12-31T23:59:59Z"}, 400),
            ({"practitioner": "00000000-0000-0000-0000-000000000000"}, 404),
        ],
    )
    def test_bad_questions(self, desk, surgeon, asked, status):
        assert ask(desk, **asked).status_code == status

    def test_a_code_nobody_loaded_gets_a_sentence(self, world, desk, surgeon):
        answer = ask(desk, npi=surgeon.npi, privilege="", procedure="9999")
        assert 400 <= answer.status_code < 500
        assert "No privilege is named for the procedure code 9999" in answer.content.decode()

    def test_a_code_of_two_sets_asks_which(self, world, desk, surgeon, bylaws_rule):
        load(world, f"code,system,privilege\n1001,LOCAL,{CODE}\n1001,OTHER,GS-COLECTOMY\n")
        answer = ask(desk, npi=surgeon.npi, privilege="", procedure="1001")
        assert "name one of LOCAL, OTHER" in answer.content.decode()
        named = ask(desk, npi=surgeon.npi, privilege="", procedure="1001", system="other").json()
        assert named["answer"] == "block"

    def test_nobody_without_the_lookup(self, client, user, surgeon):
        client.force_login(user(Role.PRACTITIONER))
        assert ask(client, npi=surgeon.npi).status_code == 403


class TestTheSite:
    """What is granted for some sites of the house alone is compared with the site of the booking."""

    MAIN = "Only at: Main operating rooms, West wing."

    @pytest.fixture
    def offered_at(self, world, person, bylaws_rule):
        """``offered_at(sites, conditions)``: somebody who holds it by a form that offers it there."""

        def make(sites, conditions):
            version = version_with(world, GS_LAP_CHOLE={"settings": {"sites": sites}})
            one = person()
            licensed(world, one)
            appoint(world, one)
            held = Grant.objects.create(
                practitioner=one,
                facility=world.lakeside,
                privilege=line_of(CODE).privilege,
                form_line=version.lines.get(privilege__code=CODE),
                decided_on=TODAY,
                authority="Governing board",
                created_at=NOON,
                created_by=world.system,
            )
            open_period(
                GrantPeriod,
                held,
                valid=DateRange(TODAY, TODAY + 400 * DAY),
                actor=world.system,
                at=NOON,
                conditions=conditions,
            )
            return one

        return make

    @pytest.fixture
    def kept_to_sites(self, offered_at):
        return offered_at(["Main operating rooms", "West wing"], self.MAIN)

    @pytest.mark.parametrize(
        ("site", "answer", "reasons"),
        [
            ("West wing", "allow", []),
            (" main  OPERATING rooms ", "allow", []),
            (
                "Surgery center",
                "block",
                ["Not granted for Surgery center.", MAIN, "Medical Staff Office, 217-555-0100"],
            ),
            ("Main operating rooms, West wing", "block", None),
            ("", "warn", [MAIN]),
        ],
    )
    def test_of_the_form(self, desk, kept_to_sites, site, answer, reasons):
        said = ask(desk, npi=kept_to_sites.npi, site=site).json()
        assert said["answer"] == answer
        assert said["site"] == (" ".join(site.split()) or None)
        if reasons is not None:
            assert said["reasons"] == reasons

    def test_of_a_merged_record(self, world, desk, kept_to_sites, person):
        """The grant stands on the record that was merged into theirs."""
        stays = person(first="Ada")
        licensed(world, stays)
        merge_records(actor=world.system, keep=stays, record=kept_to_sites, reason="The same person.")
        assert ask(desk, npi=stays.npi, site="Surgery center").json()["answer"] == "block"
        assert ask(desk, npi=stays.npi, site="West wing").json()["answer"] == "allow"

    def test_what_does_not_stand_among_the_conditions_limits_nothing(self, desk, offered_at):
        one = offered_at(["West wing"], "Not at night")
        said = ask(desk, npi=one.npi, site="Surgery center").json()
        assert (said["answer"], said["reasons"]) == ("warn", ["Not at night"])

    def test_free_text_is_told_and_not_compared(self, world, desk, person, bylaws_rule):
        one = person()
        licensed(world, one)
        appoint(world, one)
        grant(world, one, conditions="Only at the old building.")
        for site in ("", "West wing"):
            said = ask(desk, npi=one.npi, site=site).json()
            assert (said["answer"], said["reasons"]) == ("warn", ["Only at the old building."])

    def test_both_limits_have_to_be_kept(self):
        limits = site_limits(
            {"sites": ["Main", "West"]},
            [{"kind": "site", "where": "West"}, {"kind": "proctor", "cases": 5}],
            ("Only at: Main, West.", "Only at West.", "With a proctor for the first 5 cases."),
        )
        assert limits == {"Only at: Main, West.": ("Main", "West"), "Only at West.": ("West",)}


class TestTheCodes:
    def test_a_later_file_is_the_whole_of_its_set_and_of_no_other(self, world):
        first = load(world, f"Code,System,Privilege\n1,LOCAL,{CODE}\n2,LOCAL,{CODE}\n7,OTHER,{CODE}\n")
        assert (first.added, first.ended, first.unchanged) == (3, 0, 0)
        with clock.freeze(NOON + DAY):
            again = load(world, f"code,system,privilege\n1,local,{CODE.lower()}\n2,LOCAL,GS-COLECTOMY\n")
        assert (again.added, again.ended, again.unchanged) == (1, 1, 1)
        live = ProcedureCode.objects.filter(ended_at__isnull=True).values_list(
            "system", "code", "privilege__code"
        )
        assert sorted(live) == [
            ("LOCAL", "1", CODE), ("LOCAL", "2", "GS-COLECTOMY"), ("OTHER", "7", CODE)
        ]  # fmt: skip

    def test_as_loaded_then(self, world, desk, surgeon, bylaws_rule):
        with clock.freeze(NOON - 2 * DAY):
            load(world, "code,system,privilege\n1,LOCAL,GS-COLECTOMY\n")
        with clock.freeze(NOON - DAY / 2):
            load(world, f"code,system,privilege\n1,LOCAL,{CODE}\n")
        asked = {"npi": surgeon.npi, "privilege": "", "procedure": "1"}
        assert ask(desk, **asked).json()["answer"] == "allow"
        then = ask(desk, **asked, at=(NOON - DAY).isoformat()).json()
        assert (then["answer"], then["lookup"]["privilege"]["code"]) == ("block", "GS-COLECTOMY")

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("", "column"),
            ("code,system\n1,LOCAL\n", "privilege is missing"),
            ("code,system,privilege\n", "no rows"),
        ],
    )
    def test_a_file_that_is_none_is_refused(self, world, text, sentence):
        with pytest.raises(Refused, match=sentence):
            load(world, text)

    def test_one_bad_row_and_nothing_is_changed(self, world):
        text = (
            f"code,system,privilege\n1,LOCAL,{CODE}\n,LOCAL,{CODE}\n3,LOCAL,NOTHING\n1,LOCAL,GS-COLECTOMY\n"
        )
        found = load(world, text)
        assert [each.split(":")[0] for each in found.problems] == ["Row 3", "Row 4", "Row 5"]
        assert not ProcedureCode.objects.exists()

    def test_who_does_not_keep_the_catalog_may_not(self, world, user):
        with pytest.raises(Forbidden):
            load_procedure_codes(actor=user(Role.LOOKUP), facility=world.lakeside, content=b"x")

    def test_the_command(self, world, tmp_path):
        file = tmp_path / "codes.csv"
        file.write_text(f"code,system,privilege\n1,LOCAL,{CODE}\n")
        command = ("load_procedure_codes", str(file), "--facility", "LAKE")
        assert run(*command, "--dry-run") == (
            0, "Lakeside Medical Center: 1 added, 0 ended, 0 unchanged (nothing was changed).\n"
        )  # fmt: skip
        assert not ProcedureCode.objects.exists()
        assert run(*command)[0] == 0
        file.write_text("code,system,privilege\n1,LOCAL,NOTHING\n")
        code, said = run(*command)
        assert (code, "Nothing was changed." in said) == (1, True)
        assert ProcedureCode.objects.filter(ended_at__isnull=True).count() == 1
        assert run("load_procedure_codes", str(tmp_path / "none.csv"), "--facility", "LAKE")[0] == 2
