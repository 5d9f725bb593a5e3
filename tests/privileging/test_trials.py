"""A draft tried on the staff before it is kept: the judge's own answers, counted, and nothing written."""

from __future__ import annotations

import datetime as dt
import random

import pytest
import yaml
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.accounts.choices import Role
from config.accounts.services.users import give_role
from config.rulebook.verdicts import Outcome
from practitioners.choices import ProviderType
from practitioners.models import Practitioner
from privileging.models import FormLine, Privilege, PrivilegeFormVersion
from privileging.rules.catalogue_forms import form_of_text, text_of
from privileging.rules.criteria import judge_criteria
from privileging.rules.criteria_facts import CriteriaFacts, Statement, Volume
from privileging.rules.criteria_published import validate_criteria
from privileging.rules.trials import Trials, concerned
from privileging.selectors.catalogue import definition_of, next_number
from privileging.selectors.criteria import facts_of_staff
from privileging.selectors.trials import try_form
from privileging.services.volumes import record_case_volume
from tests.privileging.conftest import TODAY, appoint, credential, grant, say
from tests.privileging.files import surgery_form

DAY = dt.timedelta(days=1)


# --- the same judge -------------------------------------------------------------------------------------

SPECIALTIES = ("General surgery", "Internal medicine", " general  SURGERY ", "Pediatrics")
LEAVES = [
    {"type": "PROVIDER_TYPE", "in": ["MD", "DO"]},
    {"type": "DEGREE", "in": ["MD", "DO"]},
    {"type": "TRAINING", "specialties": ["General surgery"], "level": "residency"},
    {"type": "BOARD", "specialties": ["General surgery"], "status": "certified"},
    {
        "type": "BOARD", "specialties": ["General Surgery", "Pediatrics"],
        "status": "certified_or_eligible", "within_years": 5,
    },
    {"type": "LIFE_SUPPORT", "courses": ["ACLS", "PALS"]},
    {"type": "COURSE", "name": "Robotic console"},
    {"type": "SUPERVISION"},
    {"type": "SUPERVISION", "agreements": ["Collaboration"]},
    {"type": "VOLUME", "group": "gs-major", "at_least": 20, "months": 24},
    {"type": "PROCTORED", "group": "gs-robotic", "at_least": 3},
    {"type": "PREREQUISITE", "privilege": "GS-LAP-CHOLE"},
]  # fmt: skip


def tree(chance: random.Random, deep: int = 0) -> dict:
    if deep == 3 or chance.random() < 0.4:
        return chance.choice(LEAVES)
    how = chance.choice(("all", "any", "none"))
    return {how: [tree(chance, deep + 1) for _ in range(chance.randint(1, 3))]}


def somebody(chance: random.Random) -> CriteriaFacts:
    def day() -> dt.date | None:
        return None if chance.random() < 0.1 else TODAY + dt.timedelta(days=chance.randint(-3000, 900))

    def statement() -> Statement:
        kind = chance.choice(
            ("MEDICAL_SCHOOL", "RESIDENCY", "BOARD_CERT", "LIFE_SUPPORT", "COURSE", "SUPERVISION")
        )
        extra = {
            "MEDICAL_SCHOOL": {"degree": chance.choice(("MD", "DO", "MBBS", ""))},
            "RESIDENCY": {"specialty": chance.choice(SPECIALTIES), "level": "residency"},
            "BOARD_CERT": {"specialty": chance.choice(SPECIALTIES)},
            "LIFE_SUPPORT": {"course": chance.choice(("acls", "BLS"))},
            "COURSE": {"course": chance.choice(("robotic Console", "Lasers"))},
            "SUPERVISION": {"agreement": chance.choice(("Collaboration", "Supervision"))},
        }[kind]
        status = chance.choice(("ACTIVE", "ELIGIBLE", "EXPIRED"))
        return Statement(kind, chance.random() < 0.6, status, day(), day(), f"{kind} {extra}", extra)

    def volume() -> Volume:
        first = TODAY - dt.timedelta(days=chance.randint(0, 900))
        return Volume(
            chance.choice(("gs-major", "gs-robotic", "im-lines")), first, first + 100 * DAY,
            chance.randint(0, 40), "Log", chance.random() < 0.5,
        )  # fmt: skip

    kind = chance.choice(("MD", "DO", "NP", "OTHER", ""))
    return CriteriaFacts(
        on=TODAY,
        provider_type=kind,
        provider_label=str(dict(ProviderType.choices).get(kind, "")),
        statements=tuple(statement() for _ in range(chance.randint(0, 3))),
        volumes=tuple(volume() for _ in range(chance.choice((0, 0, 1, 3)))),
        held={"GS-LAP-CHOLE": TODAY - DAY} if chance.random() < 0.3 else {},
        requested=frozenset({"GS-LAP-CHOLE"} if chance.random() < 0.3 else ()),
    )


@pytest.mark.parametrize("seed", range(5))
def test_everybody_gets_the_answer_the_judge_gives_them_alone(seed):
    chance = random.Random(seed)
    trees = {str(number): tree(chance) for number in range(25)}
    for each in trees.values():
        validate_criteria(each)
    trials = Trials(trees)
    found = set()
    for _ in range(300):
        facts = somebody(chance)
        told = trials.judge(facts)
        for key, each in trees.items():
            alone = judge_criteria(each, facts)
            assert told[key] == (alone.outcome, alone.sentence), (each, facts)
            found.add(alone.outcome)
    assert len(found) >= 3


@pytest.mark.parametrize(
    ("criteria", "professions"),
    [
        ({}, set()),
        (LEAVES[0], {"MD", "DO"}),
        ({"all": [LEAVES[0], LEAVES[2]]}, {"MD", "DO"}),
        ({"all": [LEAVES[0], {"type": "PROVIDER_TYPE", "in": ["DO", "NP"]}]}, {"DO"}),
        ({"all": [{"type": "DEGREE", "in": ["MD", "MBBS"]}]}, {"MD"}),
        ({"all": [{"type": "DEGREE", "in": ["MBBS"]}]}, set()),
        # where something else can take its place, nobody is left out
        ({"any": [LEAVES[0], LEAVES[2]]}, set()),
        ({"none": [LEAVES[0]]}, set()),
    ],
)
def test_which_professions_a_tree_is_about(criteria, professions):
    assert concerned(criteria) == professions


# --- on the staff ---------------------------------------------------------------------------------------


def changed(change) -> str:
    """The text of the next version of the surgeons' form, changed."""
    version = surgery_form()
    data = yaml.safe_load(text_of(next_number(version, definition_of(version))))
    change(data)
    return yaml.safe_dump(data, sort_keys=False)


def with_new(data) -> None:
    data["special"].append(
        {
            "code": "GS-HIPEC",
            "name": "Heated chemotherapy",
            "criteria": {
                "initial": {
                    "all": [
                        {"type": "PROVIDER_TYPE", "in": ["MD", "DO"]},
                        {"type": "COURSE", "name": "HIPEC"},
                        {"type": "VOLUME", "group": "gs-hipec", "at_least": 5, "months": 24},
                    ]
                }
            },
        }
    )


def tried(text: str):
    return try_form(form_of_text(text), surgery_form().form)


@pytest.fixture
def staff(world, person):
    """Of four physicians one has shown it all, one only part, one did too few, and nothing is known of one; a
    nurse practitioner, one of another hospital that does not offer it, one without an appointment.
    """
    made = {name: person(name, "Pat") for name in ("Able", "Baker", "Clark", "Dixon", "Nurse", "Gone")}
    for name, one in made.items():
        if name != "Gone":
            appoint(world, one)
    Practitioner.objects.filter(pk=made["Nurse"].pk).update(provider_type="NP")
    for name in ("Able", "Baker", "Clark"):
        course = credential(world, made[name], "COURSE", number=name)
        say(world, course, dt.date(2026, 1, 1), None, extra={"course": "HIPEC"})
    for name, cases in (("Able", 9), ("Clark", 2)):
        record_case_volume(
            actor=world.system, practitioner=made[name], procedure_group="gs-hipec",
            performed_from=TODAY - 300 * DAY, performed_through=TODAY - 100 * DAY, cases=cases,
            source="Log", evidence=None,
        )  # fmt: skip
    return made


@pytest.mark.django_db
class TestOnTheStaff:
    def test_met_not_met_and_not_known_are_counted_with_who_and_why(self, world, staff):
        trial = tried(changed(with_new))
        (line,) = trial.tried
        assert (line.code, line.new, line.people) == ("GS-HIPEC", True, 4)
        assert (trial.staff, trial.same) == (5, surgery_form().lines.count())
        answers = {each.word: each for each in line.answers}
        assert {word: each.number for word, each in answers.items()} == {
            "Met": 0, "Not met": 1, "Not known": 3,
        }  # fmt: skip
        (short,) = answers["Not met"].named
        assert short.name.startswith("Clark")
        assert short.why.startswith("Not met: At least 5")
        assert [each.name.split(",")[0] for each in answers["Not known"].named] == ["Able", "Baker", "Dixon"]

    def test_the_same_as_the_judge_says_of_each_from_the_same_facts(self, world, staff):
        text = changed(with_new)
        tree = form_of_text(text).lines[-1].criteria["initial"]
        people = {one.pk: one.provider_type for one in staff.values()}
        facilities = list(surgery_form().form.facilities.all())
        found = {
            pk: judge_criteria(tree, facts).outcome
            for pk, facts in facts_of_staff(people, facilities, TODAY, trees=[tree])
        }
        assert found[staff["Clark"].pk] is Outcome.NOT_MET
        assert found[staff["Dixon"].pk] is Outcome.UNKNOWN

    def test_only_what_is_new_or_asked_otherwise_to_be_granted(self, world, staff):
        text = changed(lambda data: None)
        assert tried(text).tried == ()
        assert "Nothing on it is new" in tried(text).told

        def renewal_alone(data):
            data["special"][0]["criteria"]["renewal"] = {"type": "PROVIDER_TYPE", "in": ["MD"]}

        assert tried(changed(renewal_alone)).tried == ()

        def core(data):
            data["core"]["criteria"]["initial"] = {"type": "PROVIDER_TYPE", "in": ["NP"]}

        (line,) = tried(changed(core)).tried
        assert (line.code, line.name, line.people) == ("", "The core", 1)
        assert line.answers[0].number == 1

    def test_a_privilege_of_the_form_to_be_held_beside(self, world, staff):
        def beside(data):
            data["special"][0]["criteria"]["initial"] = {"type": "PREREQUISITE", "privilege": "GS-LAP-CHOLE"}

        grant(world, staff["Able"], "GS-LAP-CHOLE")
        (line,) = tried(changed(beside)).tried
        assert [(each.word, each.number) for each in line.answers] == [
            ("Met", 1), ("Not met", 0), ("Not known", 4),
        ]  # fmt: skip

    def test_the_first_fifty_are_named_and_queries_do_not_grow(self, world, staff, person):
        text = changed(with_new)
        tried(text)
        with CaptureQueriesContext(connection) as few:
            tried(text)
        for number in range(60):
            appoint(world, person(f"Many{number:02d}", "Pat", npi=None))
        with CaptureQueriesContext(connection) as many:
            trial = tried(text)
        unknown = trial.tried[0].answers[2]
        assert (unknown.number, len(unknown.named), unknown.more) == (63, 50, 13)
        assert len(many) == len(few) <= 13


@pytest.mark.django_db
class TestThePage:
    @pytest.fixture
    def keeper(self, world, user, client):
        one = user(Role.MEDICAL_STAFF_COORDINATOR)
        give_role(
            actor=world.system, user=one, role=Role.MEDICAL_STAFF_COORDINATOR, facility=world.harbor,
            start=dt.date(2020, 1, 1),
        )  # fmt: skip
        client.force_login(one)
        return client

    def test_it_is_tried_before_it_is_kept_and_nothing_is_written(self, keeper, world, staff):
        address = reverse("privileging:form_text", args=[surgery_form().uid])
        text = changed(with_new)
        lines, privileges = FormLine.objects.count(), Privilege.objects.count()
        answer = keeper.post(address, {"text": text, "try": "yes"})
        page = " ".join(answer.content.decode().split())
        assert answer.status_code == 200
        assert "Tried on the staff" in page
        assert "Clark, Pat" in page
        assert "Nurse, Pat" not in page
        assert "code: GS-HIPEC" in page  # what was typed stays
        assert PrivilegeFormVersion.objects.count() == 1
        assert (FormLine.objects.count(), Privilege.objects.count()) == (lines, privileges)
        assert keeper.post(address, {"text": text}).status_code == 303
        assert PrivilegeFormVersion.objects.filter(number="2").exists()

    def test_a_text_that_cannot_be_says_where(self, keeper, world):
        address = reverse("privileging:form_text", args=[surgery_form().uid])
        for text, said in (("code: [", "not valid YAML"), ("", "required")):
            answer = keeper.post(address, {"text": text, "try": "yes"})
            assert answer.status_code == 422
            assert said in answer.content.decode()
        strange = changed(lambda data: data.update(name="Other"))
        answer = keeper.post(address, {"text": strange, "try": "yes"})
        assert (answer.status_code, "The form keeps its code" in answer.content.decode()) == (422, True)
