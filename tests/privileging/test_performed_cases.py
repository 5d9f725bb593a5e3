"""Cases from a feed: read, loaded, corrected, judged as known at their moment, explained, counted."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.choices import BarKind
from bylaws.models import Finding
from bylaws.selectors.compliance import judge_everybody
from bylaws.selectors.judged import judged_people
from bylaws.services.compliance_runs import record_run
from config.accounts.choices import Role
from config.accounts.services.tokens import issue_token
from config.audit.models import AuditEvent, ProtectedRead
from config.kernel import clock
from config.kernel.canonical import canonical_bytes
from config.kernel.errors import Conflict, Forbidden, Refused
from config.kernel.registries import queues
from config.rulebook.rules import judge_many, rule
from config.rulebook.verdicts import Outcome
from practitioners.services.merging import merge_records
from privileging.choices import GrantKind
from privileging.models import CaseDelivery, CaseJudgement, PerformedCase
from privileging.rules.cases_file import read_cases, read_cases_csv
from privileging.rules.criteria import judge_criteria
from privileging.rules.criteria_facts import CriteriaFacts, Volume, facts_data, facts_from_data
from privileging.selectors.criteria import facts_of_people
from privileging.selectors.lookup import LookupOutcome, can_perform
from privileging.selectors.performed import UNCOVERED, low_volume, low_volume_at, to_explain
from privileging.services.performed import explain_case, judge_cases, judge_everywhere, load_cases
from privileging.services.procedures import load_procedure_codes
from privileging.services.volumes import record_case_volume
from tests.privileging.conftest import NOON, NPIS, TODAY, appoint, bar, grant, licensed, set_parameter

pytestmark = pytest.mark.django_db
CHOLE, COLECTOMY = "P-101", "P-102"
CODES = (
    "code,system,privilege,groups\n"
    f"{CHOLE},LOCAL,GS-LAP-CHOLE,gs-major gs-lap\n"
    f"{COLECTOMY},LOCAL,GS-COLECTOMY,gs-major\n"
)
NOBODY = "1999999984"
DAY = dt.timedelta(days=1)
PAGE, LIST = 20, 12


@pytest.fixture
def codes(world):
    return load_procedure_codes(actor=world.system, facility=world.lakeside, content=CODES.encode())


@pytest.fixture
def quality(user):
    return user(Role.QUALITY_COORDINATOR)


@pytest.fixture
def staff(user):
    return user(Role.MEDICAL_STAFF_COORDINATOR)


def told(encounter="E-1", **more):
    return {
        "encounter": encounter, "line": "1", "npi": NPIS[0], "system": "LOCAL", "code": CHOLE,
        "performed_at": "2026-11-20 07:30",
    } | more  # fmt: skip


def load(world, *given, source="or-system", **more):
    return load_cases(
        actor=world.system, facility=world.lakeside, source=source, name="Delivery", given=given, **more
    )


def judged(world, *given) -> list[str]:
    """The covers of the cases given, in their order."""
    load(world, *given)
    judge_cases(actor=world.system, facility=world.lakeside)
    found = dict(CaseJudgement.objects.values_list("case__encounter", "cover"))
    return [found.get(each["encounter"], "") for each in given]


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def queue():
    return next(each for each in queues.all() if each.code == "cases_uncovered")


class TestANumberThatFindsItsOwner:
    def test_a_case_told_again_counts_once_somebody_has_the_number(self, world, codes, person):
        load(world, told())
        assert PerformedCase.objects.get().practitioner is None
        with pytest.raises(Conflict):
            load(world, told())
        owner = person()
        assert owner.npi == NPIS[0]
        made = load(world, told())
        assert (made.added, made.replaced) == (0, 1)
        assert PerformedCase.objects.get(superseded_at=None).practitioner == owner


class TestReading:
    def read(self, **wrong):
        return read_cases([told() | wrong], zone="America/Chicago", now=NOON)

    def test_a_moment_is_the_facilitys_unless_it_says_otherwise(self):
        for text, hour in (("2026-11-20 07:30", 13), ("2026-07-20T07:30", 12), ("2026-11-20T07:30:00Z", 7)):
            (row,), mistakes = self.read(performed_at=text)
            assert not mistakes
            assert row.performed_at.astimezone(dt.UTC).hour == hour

    @pytest.mark.parametrize(
        ("wrong", "column"),
        [
            ({"encounter": "John Miller"}, "encounter"),
            ({"encounter": "1962-03-14"}, "encounter"),
            ({"encounter": "123-45-6789"}, "encounter"),
            ({"line": "0"}, "line"),
            ({"line": "1.5"}, "line"),
            ({"line": "²"}, "line"),
            ({"line": "1000"}, "line"),
            ({"npi": "1234567890"}, "npi"),
            ({"system": ""}, "system"),
            ({"code": "4" * 21}, "code"),
            ({"code": "a\x00"}, "code"),
            ({"performed_at": "2026-11-20"}, "performed_at"),
            ({"performed_at": "20.11.2026 07:30"}, "performed_at"),
            ({"performed_at": "2026-02-30 07:30"}, "performed_at"),
            ({"performed_at": "0001-01-01 00:00"}, "performed_at"),
            ({"performed_at": "9999-12-31 23:59"}, "performed_at"),
            ({"performed_at": "2026-11-25 07:30"}, "performed_at"),
            ({"site": "x" * 61}, "site"),
            ({"site": "555-0100"}, "site"),
            ({"canceled": "perhaps"}, "canceled"),
        ],
    )
    def test_each_mistake_is_named_by_row_and_column(self, wrong, column):
        rows, mistakes = self.read(**wrong)
        assert rows == []
        assert [(each.line, each.column) for each in mistakes] == [(2, column)]

    def test_the_same_line_twice(self):
        _, mistakes = read_cases([told(), told()], zone="UTC", now=NOON)
        assert "row 2" in mistakes[0].sentence

    @pytest.mark.parametrize("column", ["patient", "mrn", "date_of_birth"])
    def test_a_column_nobody_asked_for_is_refused(self, column):
        head = "encounter,line,npi,system,code,performed_at"
        rows, mistakes = read_cases_csv(f"{head},{column}\nE-1,1,{NPIS[0]},LOCAL,1,2026-01-01 07:30,Miller\n")
        assert rows == []
        assert str(mistakes[0]) == f"Row 1, {column}: the column does not belong here; take it out."
        assert "Miller" not in str(mistakes)
        assert not read_cases_csv(f"{head},site\n")[1]


class TestLoading:
    def test_told_again_it_changes_nothing_and_told_otherwise_it_replaces(self, world, surgeon):
        first = load(world, told("E-1"), told("E-2"))
        assert (first.added, first.replaced, first.unchanged) == (2, 0, 0)
        with pytest.raises(Conflict, match="delivered already"):
            load(world, told("E-1"), told("E-2"))
        second = load(world, told("E-1"), told("E-2", code=COLECTOMY), told("E-3"))
        assert (second.added, second.replaced, second.unchanged) == (1, 1, 1)
        live = PerformedCase.objects.filter(superseded_at=None)
        assert dict(live.values_list("encounter", "code")) == {"E-1": CHOLE, "E-2": COLECTOMY, "E-3": CHOLE}
        third = load(world, told("E-2"))  # the first was right after all
        assert third.replaced == 1
        assert PerformedCase.objects.filter(encounter="E-2").count() == 3

    def test_of_another_source_it_is_another_case(self, world, surgeon):
        load(world, told())
        assert load(world, told(), source="endoscopy").added == 1
        with pytest.raises(Refused, match="Name the system") as refused:
            load(world, told("E-2"), source="OR System")
        assert refused.value.field == "source"

    def test_all_or_nothing(self, world, surgeon):
        with pytest.raises(Refused, match=r"Nothing was loaded\. Row 3, npi: “12” is no NPI"):
            load(world, told("E-1"), told("E-2", npi="12"))
        assert not PerformedCase.objects.exists()
        assert not CaseDelivery.objects.exists()

    def test_who_may(self, world, user, surgeon):
        other = user(Role.QUALITY_COORDINATOR, facility=world.harbor)
        for actor in (other, user(Role.CREDENTIALING_COORDINATOR)):
            with pytest.raises(Forbidden):
                load_cases(actor=actor, facility=world.lakeside, source="or-system", name="x", given=[told()])

    def test_the_database_keeps_one_of_a_line_and_what_was_told(self, world, surgeon):
        load(world, told())
        case = PerformedCase.objects.get()
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            PerformedCase.objects.update(code="1")
        case.pk = None
        case.uid = "00000000-0000-0000-0000-000000000001"
        with pytest.raises(IntegrityError, match="one_case_per_line_of_encounter"), transaction.atomic():
            case.save(force_insert=True)

    def test_by_api_with_the_same_rules(self, client, world, quality, surgeon):
        _, secret = issue_token(actor=quality, name="OR system")
        address = reverse("api:cases-list")

        def post(*given):
            sent = {"facility": "LAKE", "source": "or-system", "name": "Night", "cases": given}
            return client.post(
                address, sent, content_type="application/json", headers={"Authorization": f"Bearer {secret}"}
            )

        case = told() | {"line": 1}
        assert post(case).json()["added"] == 1
        assert post(case).status_code == 409
        refused = post(case | {"encounter": "Miller"})
        assert refused.status_code == 422
        assert "Row 1, encounter" in refused.content.decode()
        assert "does not belong" in post(case | {"patient": "Miller"}).content.decode()
        listed = client.get(address, headers={"Authorization": f"Bearer {secret}"}).json()
        assert [(each["facility"], each["added"]) for each in listed] == [("LAKE", 1)]

    def test_by_command(self, world, codes, surgeon, tmp_path, capsys):
        path = tmp_path / "night.csv"
        row = ",".join(told().values())
        path.write_text(f"encounter,line,npi,system,code,performed_at\n\n{row}\n")
        call_command("load_cases", str(path), facility="LAKE", source="or-system")
        assert "1 new, 0 corrected, 0 as they stood. 1 judged" in capsys.readouterr().out
        path.write_text(f"encounter,line,npi,system,code,performed_at\n\n{row.replace('LOCAL', '')}\n")
        with pytest.raises(CommandError, match="Row 3, system"):
            call_command("load_cases", str(path), facility="LAKE", source="or-system")


class TestJudging:
    @pytest.fixture(autouse=True)
    def _policy(self, codes, bylaws_rule):
        pass

    def test_covered_and_not_granted(self, world, surgeon):
        assert judged(world, told("E-1"), told("E-2", code=COLECTOMY)) == ["covered", "not_granted"]

    def test_as_known_at_the_moment(self, world, surgeon):
        """Granted from the first, recorded on the 21st: on the 20th nobody knew of it."""
        grant(
            world,
            surgeon,
            "GS-COLECTOMY",
            dt.date(2026, 11, 1),
            at=dt.datetime(2026, 11, 21, 15, tzinfo=dt.UTC),
        )
        given = [
            told("E-1", code=COLECTOMY),
            told("E-2", code=COLECTOMY, performed_at="2026-11-22 07:30"),
            told("E-3", code=COLECTOMY, performed_at="2026-11-21 08:59"),
            told("E-4", code=COLECTOMY, performed_at="2026-11-21 09:01"),
        ]
        assert judged(world, *given) == ["not_granted", "covered", "not_granted", "covered"]

    def test_bars_and_restrictions(self, world, surgeon):
        bar(
            world,
            surgeon,
            dt.date(2026, 11, 19),
            dt.date(2026, 11, 20),
            kind=BarKind.PRECAUTIONARY_SUSPENSION,
        )
        bar(
            world, surgeon, dt.date(2026, 11, 21), dt.date(2026, 11, 21), kind=BarKind.RESTRICTION,
            condition="With a second surgeon",
        )  # fmt: skip
        given = [told("E-1"), told("E-2", performed_at="2026-11-21 07:30")]
        assert judged(world, *given) == ["not_usable", "covered"]

    def test_a_licence_that_lapsed(self, world, person):
        one = person()
        appoint(world, one)
        grant(world, one)
        licensed(world, one, last_day=dt.date(2026, 11, 20))
        given = [told("E-1"), told("E-2", performed_at="2026-11-21 07:30")]
        assert judged(world, *given) == ["covered", "not_usable"]

    def test_without_a_licence_on_record_it_cannot_be_confirmed_and_waits_too(self, world, person):
        one = person()
        appoint(world, one)
        grant(world, one)
        assert judged(world, told()) == ["unconfirmed"]
        assert "unconfirmed" in UNCOVERED

    def test_without_an_appointment(self, world, person):
        one = person()
        licensed(world, one)
        grant(world, one)
        appoint(world, person("Elder"), dt.date(2020, 1, 1))  # the records of the facility begin long before
        assert judged(world, told()) == ["no_appointment"]

    def test_for_a_time_it_rests_on_none(self, world, person):
        one = person()
        licensed(world, one)
        grant(world, one, kind=GrantKind.LOCUM)
        appoint(world, person("Elder"), dt.date(2020, 1, 1))
        assert judged(world, told()) == ["covered"]

    def test_before_the_records_begin_nothing_is_said(self, world, surgeon):
        assert judged(world, told(performed_at="2025-11-20 07:30")) == ["unrecorded"]
        assert not to_explain(world.system, world.lakeside).exists()

    def test_nobody_here_has_the_number(self, world, surgeon):
        assert judged(world, told(npi=NOBODY)) == ["nobody"]

    def test_a_code_that_names_no_privilege_waits_until_one_does(self, world, surgeon):
        assert judged(world, told(code="P-999")) == [""]
        more = CODES + "P-999,LOCAL,GS-LAP-CHOLE,\n"
        load_procedure_codes(actor=world.system, facility=world.lakeside, content=more.encode())
        assert judge_everywhere(actor=world.system) == {"LAKE": 1}
        assert CaseJudgement.objects.get().cover == "covered"

    def test_the_day_is_the_facilitys(self, world, surgeon, person):
        """A grant through the 31st; half past eleven at night in Chicago is the next day in UTC."""
        one = person("Late")
        licensed(world, one)
        appoint(world, one)
        grant(world, one, last_day=dt.date(2026, 10, 31))
        late = [
            told("E-1", npi=NPIS[1], performed_at="2026-10-31 23:30"),
            told("E-2", npi=NPIS[1], performed_at="2026-11-01 00:30"),
        ]
        assert judged(world, *late) == ["covered", "not_granted"]

    def test_two_records_are_one_person_from_when_that_was_known(self, world, person):
        member, holder = person("Smith", "Robert"), person("Smith", "Bob")
        appoint(world, member)
        licensed(world, member)
        grant(world, holder)
        with clock.freeze(dt.datetime(2026, 11, 21, 15, tzinfo=dt.UTC)):
            merge_records(actor=world.system, keep=member, record=holder, reason="The same license")
        given = [
            told("E-1"),
            told("E-2", npi=NPIS[1]),
            told("E-3", npi=NPIS[1], performed_at="2026-11-22 07:30"),
        ]
        assert judged(world, *given) == ["not_granted", "no_appointment", "covered"]

    def test_a_canceled_case_is_nobodys_fault_and_a_correction_is_judged_anew(self, world, surgeon):
        assert judged(world, told("E-1", code=COLECTOMY), told("E-2", code=COLECTOMY)) == ["not_granted"] * 2
        assert to_explain(world.system, world.lakeside).count() == 2
        load(world, told("E-1"), told("E-2", code=COLECTOMY, canceled="yes"))
        assert judge_cases(actor=world.system, facility=world.lakeside) == 1
        assert not to_explain(world.system, world.lakeside).exists()

    def test_what_the_lookup_says_of_each_by_itself(self, world, person):
        """Every kind of standing, at several moments: the set and the single question agree."""
        people = [person(f"Surgeon{'abcdefg'[number]}x") for number in range(7)]
        for number, one in enumerate(people):
            if number != 1:
                appoint(world, one, last_day=dt.date(2026, 11, 20) if number == 2 else dt.date(2027, 12, 31))
            if number != 3:
                licensed(world, one, last_day=dt.date(2026, 11, 19) if number == 4 else dt.date(2028, 7, 31))
            if number != 5:
                grant(world, one, kind=GrantKind.LOCUM if number == 6 else GrantKind.FULL)
        bar(world, people[0], dt.date(2026, 11, 21), at=dt.datetime(2026, 11, 22, 15, tzinfo=dt.UTC))
        given = [
            told(f"E-{number}-{day}", npi=one.npi, performed_at=f"2026-11-{day} 07:30")
            for number, one in enumerate(people)
            for day in (19, 20, 21, 23)
        ]
        judged(world, *given)
        seen = set()
        for judgement in CaseJudgement.objects.select_related("case"):
            case = judgement.case
            alone = can_perform(
                npi=case.npi, privilege_code="GS-LAP-CHOLE", facility=world.lakeside, on=case.day,
                known_at=case.performed_at,
            )  # fmt: skip
            assert (judgement.cover == "covered") == (alone.outcome == LookupOutcome.YES), case.encounter
            seen.add(judgement.cover)
        assert seen == {"covered", "no_appointment", "not_granted", "not_usable", "unconfirmed"}

    def test_many_cases_of_a_day_cost_no_more_than_one(self, world, surgeon):
        load(world, told("E-0"))
        with CaptureQueriesContext(connection) as one:
            judge_cases(actor=world.system, facility=world.lakeside)
        load(world, *(told(f"E-{number}") for number in range(1, 31)))
        with CaptureQueriesContext(connection) as many:
            assert judge_cases(actor=world.system, facility=world.lakeside) == 30
        assert len(many) <= len(one)


class TestExplaining:
    @pytest.fixture
    def finding(self, world, codes, bylaws_rule, surgeon):
        judged(world, told(code=COLECTOMY))
        return CaseJudgement.objects.get()

    def test_compliance_counts_it_until_it_is_explained_and_as_known_then(self, world, staff, finding):
        """BL-APP-2"""
        person, day = finding.case.practitioner_id, finding.case.day

        def outcome(on=TODAY, known_at=None):
            return judge_many(
                rule("BL-APP-2"), facility=world.lakeside, on=on, known_at=known_at, practitioner_ids=[person]
            )[person].outcome

        assert outcome() == outcome(day) == Outcome.NOT_MET
        assert outcome(day - DAY) == outcome(known_at=NOON - DAY) == Outcome.NOT_APPLICABLE
        with clock.freeze(NOON + DAY):
            explain_case(actor=staff, judgement=finding, way="emergency", reason="Bleeding.")
            assert outcome() == Outcome.MET
            assert outcome(known_at=NOON) == Outcome.NOT_MET
            load(world, told(code=COLECTOMY, canceled="yes"))
            assert outcome() == Outcome.NOT_APPLICABLE
            assert outcome(known_at=NOON) == Outcome.NOT_MET

    def test_whoever_operated_without_an_appointment_is_judged_and_stays_so(
        self, world, staff, bylaws_rule, codes, person
    ):
        """BL-APP-2, in the run: the term ended, so that no other rule judges the surgeon any more."""
        lapsed = person()
        appoint(world, lapsed, dt.date(2025, 1, 1), dt.date(2026, 11, 15))
        licensed(world, lapsed)
        grant(world, lapsed)
        assert judged(world, told("E-1"), told("E-2", performed_at="2026-11-10 07:30")) == [
            "no_appointment", "covered",
        ]  # fmt: skip
        one_rule = rule("BL-APP-2")

        def found():
            (result,) = judge_everybody([one_rule], facility=world.lakeside, on=TODAY)
            assert sum(result.counts.values()) == result.total == len(result.verdicts)
            return {result.population[pk].practitioner: each.outcome for pk, each in result.verdicts.items()}

        assert lapsed.pk not in judged_people(world.lakeside, TODAY)
        assert found() == {lapsed: Outcome.NOT_MET}
        record_run(actor=world.system, facility=world.lakeside)
        finding = Finding.objects.get(rule_code="BL-APP-2")
        assert (finding.status, finding.practitioner, finding.about) == ("open", lapsed, lapsed.display_name)
        again = person("Twice", npi=None)
        merge_records(actor=world.system, keep=again, record=lapsed, reason="One and the same")
        with clock.freeze(NOON + DAY):
            record_run(actor=world.system, facility=world.lakeside)
            assert Finding.objects.get(rule_code="BL-APP-2").status == "open"
            explain_case(
                actor=staff, judgement=CaseJudgement.objects.get(case__encounter="E-1"), way="emergency",
                reason="Bleeding.",
            )  # fmt: skip
            assert found() == {again: Outcome.MET}
            record_run(actor=world.system, facility=world.lakeside)
            assert Finding.objects.get(rule_code="BL-APP-2").status == "cured"

    def test_from_today_to_the_explanation(self, client, world, staff, quality, finding):
        total, items = queue().items(staff, world.lakeside, 5)
        assert total == 1
        assert queue().slow
        client.force_login(quality)
        page = text_of(client.get(items[0].url))
        assert "Not granted" in page
        assert "waits for the medical staff coordinator" in page
        explain = reverse("privileging:case_explain", args=[finding.case.uid])
        said = {"way": "emergency", "reason": "Perforation at night; the chair was told."}
        assert client.post(explain, said).status_code == 403
        client.force_login(staff)
        assert client.post(explain, said | {"reason": ""}).status_code == 422
        assert client.post(explain, said).status_code == 303
        assert "Perforation at night" in text_of(client.get(items[0].url))
        assert queue().items(staff, world.lakeside, 5)[0] == 0
        again = client.post(explain, said)
        assert again.status_code == 422
        with pytest.raises(Conflict, match="explained already"):
            explain_case(actor=staff, judgement=finding, **said)

    def test_refused(self, world, user, staff, surgeon, finding):
        said = {"way": "emergency", "reason": "So."}
        with pytest.raises(Refused, match="Choose what explains it"):
            explain_case(actor=staff, judgement=finding, way="x", reason="So.")
        with pytest.raises(Forbidden):
            explain_case(actor=user(Role.QUALITY_COORDINATOR), judgement=finding, **said)
        surgeon.user = staff
        surgeon.save()
        with pytest.raises(Forbidden, match="nobody may explain"):
            explain_case(actor=staff, judgement=finding, **said)
        assert queue().items(staff, world.lakeside, 5)[0] == 0
        load(world, told())
        with pytest.raises(Conflict, match="later delivery corrected"):
            explain_case(actor=world.system, judgement=finding, **said)

    def test_another_hospital_sees_nothing(self, client, world, user, finding):
        client.force_login(user(Role.MEDICAL_STAFF_COORDINATOR, facility=world.harbor))
        assert client.get(reverse("privileging:case", args=[finding.case.uid])).status_code == 404
        assert "E-1" not in text_of(client.get(reverse("privileging:cases")))

    def test_the_list_by_state_in_order_and_never_as_a_file(self, client, world, quality, finding):
        judged(world, told("E-2"), told("E-3", code="P-999"), told("E-4", canceled="yes"))
        client.force_login(quality)
        address = reverse("privileging:cases")
        for state, encounter in (
            ("open", "E-1"), ("covered", "E-2"), ("unnamed", "E-3"), ("canceled", "E-4"),
        ):  # fmt: skip
            shown = text_of(client.get(address, {"state": state}))
            assert "1 case" in shown, state
            assert encounter in shown
        assert "4 cases" in text_of(client.get(address, {"sort": "practitioner", "q": NPIS[0]}))
        # What was done without the privilege is peer review: no working export carries it.
        assert client.get(address, {"format": "csv"})["Content-Type"].startswith("text/html")
        assert "format=csv" not in text_of(client.get(address))
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        assert len(queries) <= LIST
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("privileging:case", args=[finding.case.uid]))
        assert len(queries) <= PAGE

    def test_reading_is_logged_and_why_it_was_explained_is_in_no_trail(self, client, quality, staff, finding):
        client.force_login(quality)
        pages = (
            reverse("privileging:cases"),
            reverse("privileging:low_volume"),
            reverse("privileging:case", args=[finding.case.uid]),
        )
        for page in pages:
            before = ProtectedRead.objects.count()
            assert client.get(page).status_code == 200
            assert ProtectedRead.objects.count() == before + 1, page
        explain_case(actor=staff, judgement=finding, way="emergency", reason="Bleeding, nobody else near.")
        event = AuditEvent.objects.get(verb="cases.explained")
        assert "Bleeding" not in json.dumps(event.data) + event.reason
        assert "emergency" not in json.dumps(event.data)

    def test_a_file_is_looked_at_first(self, client, world, codes, quality, surgeon):
        client.force_login(quality)
        address = reverse("privileging:cases_load")
        head = "encounter,line,npi,system,code,performed_at\n"
        good = head + ",".join(told().values()) + "\n" + ",".join(told("E-2", npi=NOBODY).values()) + "\n"

        def sent(text, name="night.csv", source="or-system"):
            return {"source": source, "file": SimpleUploadedFile(name, text.encode())}

        bad = client.post(address, sent(good + "x,1\n"))
        assert bad.status_code == 422
        assert "Row 4, encounter" in text_of(bad)
        assert client.post(address, sent(good, source="OR system")).status_code == 422
        looked = text_of(client.post(address, sent(good)))
        assert "2 new cases" in looked
        assert NOBODY in looked
        assert not PerformedCase.objects.exists()
        sure = {"source": "or-system", "name": "night.csv", "text": good}
        assert client.post(address, sure).status_code == 303
        assert client.post(address, sure).status_code == 409
        assert PerformedCase.objects.count() == 2


class TestCriteria:
    NODE = {"type": "VOLUME", "group": "gs-major", "at_least": 3, "months": 24, "label": "major cases"}

    def facts(self, world, one) -> CriteriaFacts:
        found = facts_of_people({one.pk: "MD"}, {one.pk: [world.lakeside.pk]}, TODAY, kinds=["VOLUME"])
        return found[one.pk, world.lakeside.pk]

    def test_what_the_feed_counted_is_confirmed_and_shown_as_such(self, world, codes, surgeon):
        load(
            world,
            told("E-1"),
            told("E-1", line="2", code=COLECTOMY),  # one operation is one case
            told("E-2", performed_at="2026-11-19 07:30"),
            told("E-3", canceled="yes"),
        )
        verdict = judge_criteria(self.NODE, self.facts(world, surgeon))
        assert verdict.outcome == Outcome.NOT_MET
        load(world, told("E-4", performed_at="2026-01-05 07:30"))
        facts = self.facts(world, surgeon)
        verdict = judge_criteria(self.NODE, facts)
        assert (verdict.outcome, verdict.facts["cases counted"]) == (Outcome.MET, 3)
        assert verdict.facts["sources"] == ["Case feed or-system: 3 (5 Jan 2026 to 20 Nov 2026)"]
        again = facts_from_data(json.loads(canonical_bytes(facts_data(facts))))
        assert again.volumes == facts.volumes

    def test_a_log_over_the_same_days_is_not_added(self, world, codes, surgeon):
        load(world, told("E-1"), told("E-2", performed_at="2026-11-19 07:30"))
        record_case_volume(
            actor=world.system, practitioner=surgeon, procedure_group="gs-major",
            performed_from=dt.date(2026, 11, 19), performed_through=dt.date(2026, 11, 21), cases=2,
            source="Log",
        )  # fmt: skip
        verdict = judge_criteria(self.NODE, self.facts(world, surgeon))
        assert (verdict.outcome, verdict.facts["cases counted"]) == (Outcome.NOT_MET, 2)
        record_case_volume(
            actor=world.system, practitioner=surgeon, procedure_group="gs-major",
            performed_from=dt.date(2026, 1, 1), performed_through=dt.date(2026, 6, 30), cases=5,
            source="Elsewhere",
        )  # fmt: skip
        verdict = judge_criteria(self.NODE, self.facts(world, surgeon))
        assert (verdict.outcome, verdict.facts["cases counted"]) == (Outcome.UNKNOWN, 7)
        assert verdict.facts["sources"] == [
            "Elsewhere: 5 (1 Jan 2026 to 30 Jun 2026)",
            "Case feed or-system: 2 (19 Nov 2026 to 20 Nov 2026)",
        ]

    def test_the_largest_sum_of_ranges_that_do_not_overlap(self):
        day = dt.date(2026, 1, 1)

        def stated(first, last, cases):
            return Volume("g", day + first * DAY, day + last * DAY, cases, "Log", confirmed=True)

        rows = (stated(0, 9, 5), stated(5, 6, 3), stated(10, 12, 2), stated(9, 10, 9), stated(11, 20, 1))
        facts = CriteriaFacts(on=TODAY, volumes=rows)
        node = {"type": "VOLUME", "group": "g", "at_least": 13, "months": 24}
        assert judge_criteria(node, facts).facts["cases counted"] == 13

    def test_two_records_of_a_person_are_counted_together(self, world, codes, surgeon, person):
        twin = person("Okonkwo", "Ada")
        load(world, told("E-1"), told("E-2", npi=twin.npi), told("E-3", npi=twin.npi))
        merge_records(actor=world.system, keep=surgeon, record=twin, reason="The same license")
        assert judge_criteria(self.NODE, self.facts(world, surgeon)).outcome == Outcome.MET


def test_without_a_number_on_record_the_page_of_low_volume_says_so(client, world, quality, codes):
    client.force_login(quality)
    page = client.get(reverse("privileging:low_volume"))
    assert page.status_code == 200
    assert "No number is on record" in text_of(page)


class TestLowVolume:
    @pytest.fixture(autouse=True)
    def _policy(self, world, codes):
        set_parameter(world.system, "privileging.low_volume_cases", 2)
        set_parameter(world.system, "privileging.low_volume_months", 6)

    def found(self, world):
        policy = low_volume_at(world.lakeside, TODAY)
        rows = low_volume(world.system, world.lakeside, TODAY, policy)
        return {(row.practitioner_id, row.privilege.code): (row.counted, row.asked) for row in rows}

    def test_fewer_than_the_number_in_the_time(self, world, surgeon):
        assert self.found(world) == {(surgeon.pk, "GS-LAP-CHOLE"): (0, 2)}
        load(world, told("E-1"), told("E-1", line="2"), told("E-2", performed_at="2026-05-23 07:30"))
        assert self.found(world) == {(surgeon.pk, "GS-LAP-CHOLE"): (1, 2)}
        load(world, told("E-3", performed_at="2026-05-24 07:30"))
        assert self.found(world) == {}

    def test_who_holds_it_for_a_shorter_time_or_what_no_code_names_is_not_judged(
        self, world, surgeon, person
    ):
        grant(world, surgeon, "GS-BARIATRIC")
        grant(world, person("New"), start=dt.date(2026, 5, 25))
        assert set(self.found(world)) == {(surgeon.pk, "GS-LAP-CHOLE")}

    def test_a_privilege_may_have_its_own_number(self, world, surgeon):
        load(world, told("E-1"), told("E-2"))
        assert self.found(world) == {}
        set_parameter(world.system, "privileging.low_volume_cases", 10, subject="GS-LAP-CHOLE")
        assert self.found(world) == {(surgeon.pk, "GS-LAP-CHOLE"): (2, 10)}

    def test_of_a_merged_record_too(self, world, surgeon, person):
        twin = person("Okonkwo", "Ada")
        load(world, told("E-1", npi=twin.npi), told("E-2"))
        merge_records(actor=world.system, keep=surgeon, record=twin, reason="The same license")
        assert self.found(world) == {}

    def test_on_its_page(self, client, world, quality, surgeon):
        load(world, told("E-1", performed_at="2026-11-03 07:30"))
        client.force_login(quality)
        address = reverse("privileging:low_volume")
        page = text_of(client.get(address))
        assert "fewer than 2 cases in 6 months" in page
        assert "Cases are told only from 3 Nov 2026 on" in page
        assert "[invalid name]" not in page
        assert "1 privilege" in page
        assert "Okonkwo" not in text_of(client.get(address, {"none": "none"}))
        assert "1 privilege" in text_of(client.get(address, {"q": "chole", "sort": "-counted"}))
        assert "format=csv" not in page
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        assert len(queries) <= LIST

    def test_without_a_number_nobody_is_low(self, client, world, quality):
        client.force_login(quality)
        policy = low_volume_at(world.harbor, dt.date(1999, 1, 1))
        assert not policy.is_set
        assert not low_volume(world.system, world.harbor, TODAY, policy).exists()
