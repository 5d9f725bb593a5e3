"""The pages: what they show to whom, bad input, and how many queries they need."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.accounts.choices import Role
from config.kernel.registries import panels, queues
from credentialing.needs import application_panels
from privileging.models import CaseVolume, RequestLine
from privileging.selectors.requests import lines_of
from tests.privileging.conftest import NOON, TODAY, appoint, bar, grant, licensed
from tests.privileging.evaluations import evaluation
from tests.privileging.files import asked, hospital_with_office, opened, surgery_form

pytestmark = pytest.mark.django_db
HOSPITAL = hospital_with_office
PAGE, LIST = 20, 12


@pytest.fixture
def staff(world, bylaws_rule):
    return world.staff


@pytest.fixture
def coordinator(staff, client):
    client.force_login(staff.coordinator)
    return client


@pytest.fixture
def ward(user, client):
    client.force_login(user(Role.LOOKUP))
    return client


@pytest.fixture
def application(world, staff, person):
    return opened(world, staff, person())


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


class TestTheRequest:
    def address(self, application, form=True):
        url = reverse("privileging:request", args=[application.uid])
        return f"{url}?form={surgery_form().uid}" if form else url

    def send(self, client, application, core, special=()):
        return client.post(
            self.address(application, form=False),
            {"form": surgery_form().uid, "choose": "1", "core": core, "special": special},
        )

    def test_a_form_is_chosen_first(self, coordinator, application):
        page = text_of(coordinator.get(self.address(application, form=False)))
        assert "Choose a form" in page
        assert "General surgery" in page
        assert "an example your staff must approve" in page

    def test_the_form_shows_the_core_and_criteria_of_special_lines(self, coordinator, application):
        page = text_of(coordinator.get(self.address(application)))
        assert page.count('name="core"') == 14
        assert page.count('name="special"') == 3
        assert "Current life support certificate: ACLS" in page
        assert "At least 25 bariatric cases in the last 24 months" in page

    def test_asking_strikes_what_is_cleared(self, coordinator, application):
        core = [line.privilege.code for line in surgery_form().lines.filter(kind="core")]
        core.remove("GS-THYROID")
        response = self.send(coordinator, application, core, ["GS-ROBOTIC"])
        assert response.status_code == 303
        codes = {line.form_line.privilege.code for line in lines_of(application)}
        assert codes == {*core, "GS-ROBOTIC"}

    @pytest.mark.parametrize(
        ("core", "special", "sentence"),
        [
            ([], [], "keep at least one"),
            (["GS-NOTHING"], [], "not one of the available choices"),
            (["GS-LAP-CHOLE"], ["<script>"], "not one of the available choices"),
        ],
    )
    def test_bad_choices_get_a_sentence_and_write_nothing(
        self, coordinator, application, core, special, sentence
    ):
        response = self.send(coordinator, application, core, special)
        assert response.status_code == 422
        assert sentence in text_of(response)
        assert not RequestLine.objects.exists()

    def test_a_form_nobody_offers_is_not_there(self, coordinator, application):
        response = coordinator.post(
            self.address(application, form=False), {"form": uuid.uuid4(), "choose": "1"}
        )
        assert response.status_code == 404

    def test_case_numbers_are_claims(self, coordinator, application):
        response = coordinator.post(
            reverse("privileging:add_cases", args=[application.uid]),
            {
                "form": surgery_form().uid,
                "cases-procedure_group": "gs-major",
                "cases-cases": "180",
                "cases-performed_from": "2025-01-01",
                "cases-performed_through": "2026-10-31",
                "cases-source": "Residency log",
            },
        )
        assert response.status_code == 303
        assert CaseVolume.objects.get().evidence is None
        page = text_of(coordinator.get(self.address(application)))
        assert "180 cases claimed, 50 needed: not yet verified." in page

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"cases-cases": "many"}, "whole number"),
            ({"cases-performed_through": "2024-01-01"}, "lies before the first"),
            ({"cases-performed_through": "2030-01-01"}, "lies in the future"),
            ({"cases-procedure_group": "gs-unheard-of"}, "not one of the available choices"),
            ({"cases-source": ""}, "Enter it."),
        ],
    )
    def test_bad_case_numbers_get_a_sentence_beside_the_field(
        self, coordinator, application, change, sentence
    ):
        given = {
            "form": surgery_form().uid,
            "cases-procedure_group": "gs-major",
            "cases-cases": "180",
            "cases-performed_from": "2025-01-01",
            "cases-performed_through": "2026-10-31",
            "cases-source": "Residency log",
        }
        response = coordinator.post(reverse("privileging:add_cases", args=[application.uid]), given | change)
        assert response.status_code == 422
        assert sentence in text_of(response)
        assert not CaseVolume.objects.exists()

    CASES = {
        "cases-procedure_group": "gs-major",
        "cases-cases": "180",
        "cases-performed_from": "2025-01-01",
        "cases-performed_through": "2026-10-31",
        "cases-source": "Residency log",
    }

    def ticked(self, page: str) -> set[str]:
        return set(re.findall(r'value="(GS-[A-Z-]+)" checked', page))

    @pytest.mark.parametrize("core", [["GS-LAP-CHOLE", "GS-BREAST"], []])
    def test_adding_a_case_number_keeps_what_is_ticked_and_not_saved(self, coordinator, application, core):
        given = {"form": surgery_form().uid, "choose": "1", "core": core, "special": ["GS-ROBOTIC"]}
        add = reverse("privileging:add_cases", args=[application.uid])
        wrong = coordinator.post(add, given | self.CASES | {"cases-source": ""})
        assert wrong.status_code == 422
        assert self.ticked(text_of(wrong)) == {*core, "GS-ROBOTIC"}
        right = coordinator.post(add, given | self.CASES)
        assert right.status_code == 303
        assert self.ticked(text_of(coordinator.get(right["Location"]))) == {*core, "GS-ROBOTIC"}
        assert CaseVolume.objects.count() == 1
        assert not RequestLine.objects.exists()

    def test_asking_records_a_case_number_that_was_typed_or_neither(self, coordinator, application):
        url = self.address(application, form=False)
        given = {"form": surgery_form().uid, "choose": "1", "core": ["GS-LAP-CHOLE"]}
        wrong = coordinator.post(url, given | self.CASES | {"cases-cases": "many"})
        assert wrong.status_code == 422
        assert "whole number" in text_of(wrong)
        assert not RequestLine.objects.exists()
        assert coordinator.post(url, given | {"core": []} | self.CASES).status_code == 422
        assert not CaseVolume.objects.exists()
        assert coordinator.post(url, given | self.CASES).status_code == 303
        assert CaseVolume.objects.get().cases == 180
        assert lines_of(application).get().form_line.privilege.code == "GS-LAP-CHOLE"

    def test_a_form_is_dropped(self, staff, coordinator, application):
        asked(staff, application)
        response = coordinator.post(
            reverse("privileging:drop_form", args=[application.uid]), {"form": surgery_form().uid}
        )
        assert response.status_code == 303
        assert not lines_of(application).exists()

    def test_others_see_it_and_cannot_change_it(self, staff, client, application):
        asked(staff, application)
        client.force_login(staff.meetings)
        page = text_of(client.get(self.address(application)))
        assert "Change the request" not in page
        assert self.send(client, application, ["GS-LAP-CHOLE"]).status_code == 403

    @pytest.mark.parametrize("role", [Role.LOOKUP, Role.DEPARTMENT_CHAIR, Role.ADMINISTRATOR])
    def test_roles_without_files_do_not_see_it(self, client, user, application, role):
        client.force_login(user(role))
        assert client.get(self.address(application)).status_code in (403, 404)

    def test_queries(self, staff, coordinator, application):
        asked(staff, application, special=["GS-ROBOTIC", "GS-BARIATRIC"])
        with CaptureQueriesContext(connection) as queries:
            coordinator.get(self.address(application))
        assert len(queries) <= PAGE


class TestTheCatalogue:
    def test_list_and_form_in_words(self, coordinator):
        page = text_of(coordinator.get(reverse("privileging:catalogue")))
        assert "General surgery" in page
        assert "Example: not approved yet" in page
        version = text_of(coordinator.get(reverse("privileging:form_version", args=[surgery_form().uid])))
        assert "Your medical staff must review, change and approve it before use" in version
        assert "Board certified in Surgery or General surgery, or eligible within 5 years" in version

    def test_a_form_that_is_not_there(self, coordinator):
        assert coordinator.get(reverse("privileging:form_version", args=[uuid.uuid4()])).status_code == 404

    def test_queries(self, coordinator):
        with CaptureQueriesContext(connection) as queries:
            coordinator.get(reverse("privileging:catalogue"))
        assert len(queries) <= LIST


class TestTheLookup:
    url = "/lookup/"

    def ask(self, client, **question):
        return client.get(self.url, question)

    def test_yes_in_one_word(self, ward, surgeon, bylaws_rule):
        response = self.ask(ward, person=surgeon.npi, privilege="GS-LAP-CHOLE", facility="LAKE")
        assert 'data-announce="Yes"' in text_of(response)
        assert "Governing board, 2026-01-01" in text_of(response)

    def test_by_the_words_the_browser_offered(self, ward, surgeon, bylaws_rule):
        offered = text_of(ward.get("/lookup/people/", {"person": "okon"}))
        assert f'value="Okonkwo, Adaeze · {surgeon.npi}"' in offered
        assert "Laparoscopic cholecystectomy · GS-LAP-CHOLE" in text_of(
            ward.get("/lookup/privileges/", {"privilege": "lap chole"})
        )
        response = self.ask(
            ward,
            person=f"Okonkwo, Adaeze · {surgeon.npi}",
            privilege="Laparoscopic cholecystectomy · GS-LAP-CHOLE",
        )
        assert 'data-announce="Yes"' in text_of(response)

    def test_a_misspelt_name_offers_whom_it_may_mean(self, ward, surgeon, bylaws_rule):
        page = text_of(self.ask(ward, person="Okonkvo Adaeze", privilege="cholecystectomy"))
        assert "Whom do you mean?" in page
        assert "Which privilege do you mean?" in page
        assert "Okonkwo, Adaeze" in page

    def test_a_misspelt_privilege_offers_which_it_may_mean(self, ward, surgeon, bylaws_rule):
        page = text_of(self.ask(ward, person=surgeon.npi, privilege="colecystectomi"))
        assert "Which privilege do you mean?" in page
        assert "GS-LAP-CHOLE" in page
        assert 'class="answer ' not in page

    def test_a_link_names_the_person_and_the_rest_is_still_asked(self, ward, surgeon, bylaws_rule):
        page = text_of(ward.get(reverse("privileging:lookup"), {"about": f"Okonkwo · {surgeon.npi}"}))
        assert f'value="Okonkwo · {surgeon.npi}"' in page
        assert "Enter what" not in page

    def test_before_the_records_nobody_is_not_the_word(self, ward, surgeon, bylaws_rule):
        page = text_of(
            ward.get(reverse("privileging:who_can"), {"privilege": "GS-LAP-CHOLE", "on": "2025-01-01"})
        )
        assert "Who could do it then is not known." in page
        assert "Nobody may do this" not in page
        for day in ("0001-01-01", "9999-12-31"):
            refused = ward.get(reverse("privileging:who_can"), {"privilege": "GS-LAP-CHOLE", "on": day})
            assert refused.status_code == 422
            assert "cannot be " in text_of(refused)

    def test_no_and_since_when_and_whom_to_call(self, world, ward, surgeon, bylaws_rule):
        bar(world, surgeon, TODAY, cause="Delinquent records")
        page = text_of(self.ask(ward, person=surgeon.npi, privilege="GS-LAP-CHOLE"))
        assert 'data-announce="No"' in page
        assert "24 Nov 2026" in page
        assert "217-555-0100" in page
        assert "Delinquent" not in page
        assert "What was checked" not in page

    def test_the_office_sees_what_was_checked(self, world, coordinator, surgeon, bylaws_rule):
        bar(world, surgeon, TODAY, cause="Delinquent records")
        page = text_of(self.ask(coordinator, person=surgeon.npi, privilege="GS-LAP-CHOLE"))
        assert "Delinquent records" in page
        assert "What was checked" in page

    def test_as_known_then_is_the_facilitys_time(self, world, ward, person, bylaws_rule, long_kept):
        one = person()
        licensed(world, one)
        recorded = dt.datetime(2026, 2, 10, 18, 0, tzinfo=dt.UTC)  # noon in Springfield
        appoint(world, one, at=recorded)
        grant(world, one, at=recorded)
        for clock_there, word in (("2026-02-10T11:59", "No"), ("2026-02-10T12:00", "Yes")):
            page = text_of(
                self.ask(
                    ward, person=one.npi, privilege="GS-LAP-CHOLE", on="2026-02-01", known_at=clock_there
                )
            )
            assert f'data-announce="{word}"' in page

    @pytest.mark.parametrize(
        ("question", "sentence"),
        [
            ({"person": "", "privilege": ""}, "Enter who: a name or an NPI."),
            ({"person": "1999999984", "privilege": "GS-LAP-CHOLE"}, "No practitioner has the NPI 1999999984"),
            ({"person": "Nobodyatall Xyzzy", "privilege": "GS-LAP-CHOLE"}, "Nobody is found"),
            ({"person": "1234567893", "privilege": "juggling"}, "No privilege is found"),
            ({"person": "1234567893", "privilege": "GS-LAP-CHOLE", "on": "soon"}, "day of the calendar"),
            ({"person": "1234567893", "privilege": "GS-LAP-CHOLE", "known_at": "then"}, "a day and a time"),
            ({"person": "1234567893", "privilege": "GS-LAP-CHOLE", "facility": "MOON"}, "valid choice"),
            ({"person": "\x00", "privilege": "GS-LAP-CHOLE"}, "Null characters are not allowed"),
        ],
    )
    def test_bad_questions_get_a_sentence(self, ward, surgeon, question, sentence):
        response = self.ask(ward, **question)
        assert response.status_code == 422
        assert sentence in text_of(response)

    def test_a_facility_where_one_may_not_ask_is_not_offered(self, ward, surgeon):
        response = self.ask(ward, person=surgeon.npi, privilege="GS-LAP-CHOLE", facility="HARB")
        assert response.status_code == 422

    def test_only_the_answer_comes_back_to_htmx(self, ward, surgeon, bylaws_rule):
        response = ward.get(
            self.url,
            {"person": surgeon.npi, "privilege": "GS-LAP-CHOLE"},
            headers={"HX-Request": "true", "HX-Target": "answer"},
        )
        assert response.content.decode().strip().startswith('<div id="answer"')

    def test_nobody_asks_without_the_role(self, client, user):
        assert client.get(self.url).status_code == 302
        client.force_login(user(Role.ADMINISTRATOR))
        assert client.get(self.url).status_code == 403
        assert client.get("/lookup/people/", {"person": "ok"}).status_code == 403

    def test_queries(self, ward, surgeon, bylaws_rule):
        with CaptureQueriesContext(connection) as queries:
            self.ask(ward, person=surgeon.npi, privilege="GS-LAP-CHOLE")
        assert len(queries) <= PAGE


class TestWhoCan:
    url = "/lookup/who/"

    def test_the_list_and_its_csv_are_the_same_people(self, world, ward, person, bylaws_rule):
        for last in ("Adams", "Baker"):
            one = person(last=last)
            appoint(world, one)
            licensed(world, one)
            grant(world, one, conditions="With a proctor" if last == "Baker" else "")
        lapsed = person(last="Lapsed")
        appoint(world, lapsed)
        licensed(world, lapsed, last_day=TODAY - dt.timedelta(days=1))
        grant(world, lapsed)
        unsure = person(last="Unsure")
        appoint(world, unsure)
        grant(world, unsure)
        question = {"privilege": "GS-LAP-CHOLE", "facility": "LAKE"}
        page = text_of(ward.get(self.url, question))
        assert "2 practitioners at Lakeside Medical Center on 24 Nov 2026" in page
        assert "1 holder cannot be confirmed" in page
        assert "Lapsed" not in page
        csv = b"".join(ward.get(self.url, {**question, "format": "csv"}).streaming_content).decode()
        lines = csv.strip().splitlines()
        assert len(lines) == 3
        assert "With a proctor" in lines[2]

    def test_nobody_is_said_in_words(self, ward, world):
        assert "Nobody may do this" in text_of(ward.get(self.url, {"privilege": "GS-ROBOTIC"}))

    def test_bad_questions_get_a_sentence(self, ward, world):
        response = ward.get(self.url, {"privilege": "juggling"})
        assert response.status_code == 422
        assert "No privilege is found" in text_of(response)

    def test_queries_do_not_grow(self, world, ward, person, bylaws_rule):
        def cost():
            with CaptureQueriesContext(connection) as queries:
                ward.get(self.url, {"privilege": "GS-LAP-CHOLE"})
            return len(queries)

        for number in range(2):
            one = person(last=f"Person{'ab'[number]}x")
            appoint(world, one)
            licensed(world, one)
            grant(world, one)
        few = cost()
        for number in range(4):
            one = person(last=f"More{'abcd'[number]}x")
            appoint(world, one)
            licensed(world, one)
            grant(world, one)
        assert cost() == few <= LIST


class TestPartsOfOtherPages:
    def part(self, registry, code, viewer, thing):
        found = next(each for each in registry.all() if each.code == code)
        with CaptureQueriesContext(connection) as queries:
            context = found.context(viewer, thing, TODAY)
        return context, len(queries)

    def test_the_delineation_on_the_practitioners_file(self, world, staff, surgeon):
        grant(world, surgeon, code="GS-COLECTOMY", start=dt.date(2025, 1, 1), last_day=dt.date(2025, 12, 31))
        context, cost = self.part(panels, "grants", staff.coordinator, surgeon)
        [here] = context["delineations"]
        assert [row.privilege.code for row in here.now] == ["GS-LAP-CHOLE"]
        assert [row.privilege.code for row in here.ended] == ["GS-COLECTOMY"]
        # Grants, once the roles of the viewer, and what the parts of a file share: terms, bars, and the
        # standing conditions (parameters, who meets them surely). The page as a whole stays below 20.
        assert cost <= 1 + 1 + 5

    def test_what_is_granted_for_later_stands_under_its_own_first_day(self, world, staff, person, client):
        one = person(last="Later")
        for code, start in (("GS-LAP-CHOLE", dt.date(2027, 3, 1)), ("GS-COLECTOMY", dt.date(2027, 1, 1))):
            period = grant(world, one, code=code, start=start, at=NOON)
            assert period.start == start
        [here] = self.part(panels, "grants", staff.coordinator, one)[0]["delineations"]
        assert [(day, [row.privilege.code for row in rows]) for day, rows in here.later] == [
            (dt.date(2027, 1, 1), ["GS-COLECTOMY"]),
            (dt.date(2027, 3, 1), ["GS-LAP-CHOLE"]),
        ]

    def test_the_file_says_what_the_lookup_says_whether_or_not_a_job_ran(
        self, world, staff, person, bylaws_rule
    ):
        lapsed = person(last="Lapsed")
        appoint(world, lapsed)
        grant(world, lapsed)
        licensed(world, lapsed, last_day=TODAY - dt.timedelta(days=3))
        [here] = self.part(panels, "grants", staff.coordinator, lapsed)[0]["delineations"]
        assert "ran out with 21 Nov 2026" in here.barred
        claimed = person(last="Claimed")
        appoint(world, claimed)
        grant(world, claimed)
        [here] = self.part(panels, "grants", staff.coordinator, claimed)[0]["delineations"]
        assert here.colour == "warn"
        assert "license" in here.barred

    def test_a_restriction_reaches_privileges_that_are_held_and_no_others(
        self, world, staff, client, surgeon, bylaws_rule
    ):
        client.force_login(staff.meetings)
        address = reverse("bylaws:bar_new", args=[surgeon.uid])
        page = text_of(client.get(address))
        assert page.count('name="privilege_codes"') == 1
        assert 'value="GS-LAP-CHOLE"' in page
        said = {"kind": "restriction", "cause": "Under proctoring.", "start": str(TODAY), "scope": "listed"}
        wrong = client.post(address, said | {"privilege_codes": ["FOO", "BAR"]})
        assert wrong.status_code == 422
        assert "FOO is not among the privileges held here." in text_of(wrong)
        assert client.post(address, said | {"privilege_codes": ["GS-LAP-CHOLE"]}).status_code == 303
        answer = text_of(
            client.get(
                reverse("privileging:lookup"),
                {"person": surgeon.npi, "privilege": "GS-LAP-CHOLE", "facility": "LAKE"},
            )
        )
        assert "Why not" in answer
        assert "Restriction since 24 Nov 2026: Under proctoring." in answer

    def test_privileges_asked_for_on_the_application_file(self, staff, application):
        asked(staff, application, struck=["GS-THYROID"], special=["GS-ROBOTIC"])
        context, cost = self.part(application_panels, "privileges", staff.coordinator, application)
        [form] = context["forms"]
        assert (len(form.core), len(form.struck), len(form.special)) == (13, 1, 1)
        assert context["may_change"]
        assert cost <= 3 + 1

    def test_queues_of_today(self, world, staff, surgeon, application):
        evaluation(surgeon.grants.get(), {"cases": 1})
        found = {each.code: each for each in queues.all()}
        total, items = found["fppe_open"].items(staff.meetings, world.lakeside, 5)
        assert (total, items[0].colour) == (1, "bad")
        total, items = found["privileges_to_choose"].items(staff.coordinator, world.lakeside, 5)
        assert total == 1
        asked(staff, application)
        assert found["privileges_to_choose"].items(staff.coordinator, world.lakeside, 5)[0] == 0
