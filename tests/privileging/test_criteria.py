"""Criteria on plain facts: every kind met, not met and unknown; boundary days; unverified claims."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import yaml

from config.kernel.errors import Refused
from config.rulebook.verdicts import EvidenceRef, Outcome
from practitioners.services.reference import FILE
from privileging.rules.criteria import CLAIMED, judge_criteria
from privileging.rules.criteria_facts import (
    CriteriaFacts,
    Statement,
    Volume,
    facts_data,
    facts_from_data,
)
from privileging.rules.criteria_published import validate_criteria
from privileging.rules.criteria_words import describe, each_criterion, written
from privileging.selectors.criteria import TYPES, TYPES_OF, WHERE_ASKED
from privileging.services.catalogue import EXAMPLES, read_forms

ON = dt.date(2026, 11, 24)
DAY = dt.timedelta(days=1)
MET, NOT_MET, UNKNOWN, NOT_APPLICABLE = (
    Outcome.MET,
    Outcome.NOT_MET,
    Outcome.UNKNOWN,
    Outcome.NOT_APPLICABLE,
)
PROOF = (EvidenceRef("11111111-1111-1111-1111-111111111111", "Letter of the school"),)
NOBODY = CriteriaFacts(on=ON)


def statement(kind, start=None, through=None, *, confirmed=True, status="ACTIVE", **extra):
    return Statement(
        type_code=kind,
        confirmed=confirmed,
        status=status,
        valid_from=start,
        valid_through=through,
        label=f"{kind.title()} {extra.get('specialty') or extra.get('course') or extra.get('degree') or ''}",
        extra=extra,
        evidence=PROOF if confirmed else (),
    )


def with_(*statements, **more):
    return replace(NOBODY, statements=statements, **more)


def outcome(criterion, facts):
    validate_criteria(criterion)
    return judge_criteria(criterion, facts).outcome


DEGREE = {"type": "DEGREE", "in": ["MD", "DO"]}


class TestDegree:
    @pytest.mark.parametrize(
        ("facts", "expected"),
        [
            (with_(statement("MEDICAL_SCHOOL", degree="MD")), MET),
            (with_(statement("MEDICAL_SCHOOL", degree="md ")), MET),
            (with_(statement("MEDICAL_SCHOOL", degree="MD", confirmed=False)), UNKNOWN),
            (with_(statement("MEDICAL_SCHOOL", degree="DPM")), NOT_MET),
            (replace(NOBODY, provider_type="MD"), UNKNOWN),
            (NOBODY, UNKNOWN),
        ],
    )
    def test_golden(self, facts, expected):
        assert outcome(DEGREE, facts) == expected

    def test_the_verdict_carries_facts_and_evidence(self):
        verdict = judge_criteria(DEGREE, with_(statement("MEDICAL_SCHOOL", degree="DO")))
        assert verdict.evidence == PROOF
        assert verdict.facts["standing"] == "confirmed at the source"

    def test_a_claim_says_so_and_what_would_settle_it(self):
        verdict = judge_criteria(DEGREE, with_(statement("MEDICAL_SCHOOL", degree="DO", confirmed=False)))
        assert verdict.facts["standing"] == CLAIMED
        assert verdict.cure.startswith("Verify ")
        assert verdict.evidence == ()


TRAINING = {"type": "TRAINING", "specialties": ["General surgery", "Surgery"], "level": "residency"}


def residency(through=dt.date(2023, 6, 30), **more):
    more.setdefault("specialty", "General Surgery")
    return statement("RESIDENCY", dt.date(2018, 7, 1), through, **more)


class TestTraining:
    @pytest.mark.parametrize(
        ("facts", "expected"),
        [
            (with_(residency(level="residency", completed=True)), MET),
            (with_(residency()), MET),
            (with_(residency(through=ON)), MET),
            (with_(residency(through=ON + DAY)), NOT_MET),
            (with_(residency(completed=False)), NOT_MET),
            (with_(residency(confirmed=False)), UNKNOWN),
            (with_(residency(specialty="Internal medicine")), UNKNOWN),
            (with_(residency(specialty="Orthopedic surgery")), UNKNOWN),
            (with_(residency(level="fellowship")), UNKNOWN),
            (NOBODY, UNKNOWN),
        ],
    )
    def test_golden(self, facts, expected):
        assert outcome(TRAINING, facts) == expected


BOARD = {
    "type": "BOARD",
    "status": "certified_or_eligible",
    "specialties": ["Surgery", "General surgery"],
    "within_years": 5,
}
CERTIFIED = {"type": "BOARD", "status": "certified", "specialties": ["Surgery", "General surgery"]}


def certificate(through=dt.date(2030, 12, 31), **more):
    more.setdefault("specialty", "Surgery")
    return statement("BOARD_CERT", dt.date(2021, 1, 1), through, **more)


class TestBoard:
    @pytest.mark.parametrize(
        ("criterion", "facts", "expected"),
        [
            (BOARD, with_(certificate()), MET),
            (CERTIFIED, with_(certificate()), MET),
            (CERTIFIED, with_(certificate(through=None)), MET),
            (CERTIFIED, with_(certificate(through=ON)), MET),
            (CERTIFIED, with_(certificate(through=ON - DAY)), NOT_MET),
            (CERTIFIED, with_(certificate(confirmed=False)), UNKNOWN),
            (CERTIFIED, with_(certificate(status="NOT_CERTIFIED")), NOT_MET),
            (CERTIFIED, with_(certificate(specialty="Urology")), UNKNOWN),
            (BOARD, with_(certificate(status="ELIGIBLE")), MET),
            (BOARD, with_(certificate(status="ELIGIBLE", eligible_until="2026-11-24")), MET),
            (BOARD, with_(certificate(status="ELIGIBLE", eligible_until="2026-11-23")), NOT_MET),
            (CERTIFIED, with_(certificate(status="ELIGIBLE")), NOT_MET),
            # eligible by the time since training: through the anniversary, not a day longer
            (BOARD, with_(residency(through=dt.date(2021, 11, 24))), MET),
            (BOARD, with_(residency(through=dt.date(2021, 11, 23))), UNKNOWN),
            (BOARD, with_(residency(through=dt.date(2022, 6, 30), confirmed=False)), UNKNOWN),
            (CERTIFIED, with_(residency(through=dt.date(2022, 6, 30))), UNKNOWN),
            (BOARD, with_(certificate(through=ON - DAY), residency(through=dt.date(2015, 6, 30))), NOT_MET),
            (BOARD, NOBODY, UNKNOWN),
        ],
    )
    def test_golden(self, criterion, facts, expected):
        assert outcome(criterion, facts) == expected


VOLUME = {"type": "VOLUME", "group": "gs-robotic", "at_least": 20, "months": 12, "label": "robotic cases"}


def cases(
    number, start=dt.date(2026, 1, 1), through=dt.date(2026, 10, 31), *, confirmed=True, group="gs-robotic"
):
    return Volume(group, start, through, number, "Case log", confirmed, PROOF if confirmed else ())


def counted(*volumes):
    return replace(NOBODY, volumes=volumes)


class TestVolume:
    @pytest.mark.parametrize(
        ("facts", "expected"),
        [
            (counted(cases(20)), MET),
            (counted(cases(19)), NOT_MET),
            (counted(cases(20, confirmed=False)), UNKNOWN),
            (counted(cases(19, confirmed=False)), NOT_MET),
            (counted(cases(0)), NOT_MET),
            (counted(cases(50, group="gs-bariatric")), UNKNOWN),
            (NOBODY, UNKNOWN),
            # the window: from the same day twelve months before, both days included
            (counted(cases(20, dt.date(2025, 11, 24), ON)), MET),
            (counted(cases(20, dt.date(2025, 11, 23), ON)), UNKNOWN),
            (counted(cases(20, dt.date(2024, 1, 1), dt.date(2025, 11, 23))), NOT_MET),
            (counted(cases(20, dt.date(2026, 12, 1), dt.date(2026, 12, 31))), UNKNOWN),
            # two ranges beside each other add up, overlapping ones do not
            (counted(cases(10, through=dt.date(2026, 5, 31)), cases(10, start=dt.date(2026, 6, 1))), MET),
            (counted(cases(15), cases(15, start=dt.date(2026, 6, 1))), NOT_MET),
            # confirmed and claimed together: not yet verified
            (
                counted(
                    cases(10, through=dt.date(2026, 5, 31)),
                    cases(10, start=dt.date(2026, 6, 1), confirmed=False),
                ),
                UNKNOWN,
            ),
        ],
    )
    def test_golden(self, facts, expected):
        assert outcome(VOLUME, facts) == expected

    def test_the_best_choice_of_ranges_counts(self):
        whole = cases(22)
        halves = (cases(9, through=dt.date(2026, 5, 31)), cases(9, start=dt.date(2026, 6, 1)))
        verdict = judge_criteria(VOLUME, counted(whole, *halves))
        assert verdict.facts["cases counted"] == 22

    def test_without_a_window_every_year_counts(self):
        proctored = {"type": "PROCTORED", "group": "gs-robotic", "at_least": 3}
        assert outcome(proctored, counted(cases(3, dt.date(2015, 1, 1), dt.date(2015, 12, 31)))) == MET


LIFE = {"type": "LIFE_SUPPORT", "courses": ["ACLS", "ATLS"]}


def card(through=dt.date(2027, 6, 30), **more):
    more.setdefault("course", "ACLS")
    return statement("LIFE_SUPPORT", dt.date(2025, 7, 1), through, **more)


class TestCertificates:
    @pytest.mark.parametrize(
        ("facts", "expected"),
        [
            (with_(card()), MET),
            (with_(card(course="atls")), MET),
            (with_(card(through=ON)), MET),
            (with_(card(through=ON - DAY)), NOT_MET),
            (with_(card(confirmed=False)), UNKNOWN),
            (with_(card(course="PALS")), UNKNOWN),
            (with_(card(through=ON - DAY), card(course="ATLS")), MET),
            (NOBODY, UNKNOWN),
        ],
    )
    def test_life_support(self, facts, expected):
        assert outcome(LIFE, facts) == expected

    def test_course(self):
        course = {"type": "COURSE", "name": "Robotic surgery console course"}
        held = statement("COURSE", dt.date(2020, 1, 1), None, course="Robotic surgery console course")
        assert outcome(course, with_(held)) == MET
        assert outcome(course, NOBODY) == UNKNOWN


def agreement(through=dt.date(2027, 6, 30), **more):
    more.setdefault("agreement", "collaboration")
    return statement("SUPERVISION", dt.date(2025, 7, 1), through, **more)


class TestSupervision:
    @pytest.mark.parametrize(
        ("criterion", "facts", "expected"),
        [
            ({}, with_(agreement()), MET),
            ({}, with_(agreement(through=ON)), MET),
            ({}, with_(agreement(through=ON - DAY)), NOT_MET),
            ({}, with_(agreement(confirmed=False)), UNKNOWN),
            ({}, NOBODY, UNKNOWN),
            ({"agreements": ["supervision", "collaboration"]}, with_(agreement()), MET),
            ({"agreements": ["supervision"]}, with_(agreement()), UNKNOWN),
            ({"specialties": ["Surgery"]}, with_(agreement(specialty="surgery")), MET),
            ({"specialties": ["Surgery"]}, with_(agreement(specialty="Cardiology")), UNKNOWN),
        ],
    )
    def test_golden(self, criterion, facts, expected):
        assert outcome({"type": "SUPERVISION"} | criterion, facts) == expected

    def test_in_words(self):
        tree = {"type": "SUPERVISION", "agreements": ["supervision"], "specialties": ["Surgery", "Urology"]}
        validate_criteria(tree)
        assert describe(tree) == "Works under a current agreement: supervision in Surgery or Urology"
        assert describe({"type": "SUPERVISION"}).endswith("supervision or collaboration")


class TestProfessionAndPrerequisite:
    @pytest.mark.parametrize(
        ("provider_type", "expected"), [("MD", MET), ("NP", NOT_MET), ("OTHER", UNKNOWN), ("", UNKNOWN)]
    )
    def test_profession(self, provider_type, expected):
        criterion = {"type": "PROVIDER_TYPE", "in": ["MD", "DO"]}
        assert outcome(criterion, replace(NOBODY, provider_type=provider_type)) == expected

    @pytest.mark.parametrize(
        ("facts", "expected"),
        [
            (replace(NOBODY, held={"GS-LAP-CHOLE": ON}), MET),
            (replace(NOBODY, requested=frozenset({"GS-LAP-CHOLE"})), UNKNOWN),
            (NOBODY, NOT_MET),
        ],
    )
    def test_prerequisite(self, facts, expected):
        assert outcome({"type": "PREREQUISITE", "privilege": "GS-LAP-CHOLE"}, facts) == expected


YES_ONE = {"type": "PROVIDER_TYPE", "in": ["MD"]}
NO_ONE = {"type": "PROVIDER_TYPE", "in": ["NP"]}
OPEN_ONE = LIFE
MD = replace(NOBODY, provider_type="MD")


class TestCombinations:
    @pytest.mark.parametrize(
        ("tree", "expected"),
        [
            ({"all": [YES_ONE, YES_ONE]}, MET),
            ({"all": [YES_ONE, OPEN_ONE]}, UNKNOWN),
            ({"all": [NO_ONE, OPEN_ONE]}, NOT_MET),
            ({"any": [NO_ONE, YES_ONE]}, MET),
            ({"any": [NO_ONE, OPEN_ONE]}, UNKNOWN),
            ({"any": [NO_ONE, NO_ONE]}, NOT_MET),
            ({"none": [NO_ONE]}, MET),
            ({"none": [YES_ONE]}, NOT_MET),
            ({"none": [OPEN_ONE]}, UNKNOWN),
            ({"all": [{"any": [NO_ONE, YES_ONE]}, {"none": [NO_ONE]}]}, MET),
            ({}, NOT_APPLICABLE),
        ],
    )
    def test_golden(self, tree, expected):
        assert outcome(tree, MD) == expected

    def test_the_sentence_names_what_is_not_met(self):
        verdict = judge_criteria({"all": [YES_ONE, NO_ONE]}, MD)
        assert verdict.sentence == "Not met: Profession: NP."


class TestFrozenFacts:
    def test_facts_survive_the_way_through_a_frozen_record(self):
        import json

        from config.kernel.canonical import canonical_bytes

        facts = replace(
            with_(residency(), certificate(status="ELIGIBLE", eligible_until="2026-12-31"), card()),
            volumes=(cases(20), cases(3, confirmed=False, group="gs-bariatric")),
            held={"GS-LAP-CHOLE": ON},
            requested=frozenset({"GS-ROBOTIC", "GS-SEDATION"}),
            provider_type="MD",
        )
        again = facts_from_data(json.loads(canonical_bytes(facts_data(facts))))
        tree = {"all": [DEGREE, TRAINING, BOARD, VOLUME, LIFE]}
        assert judge_criteria(tree, again).as_data() == judge_criteria(tree, facts).as_data()


def nested(levels: int) -> dict:
    """So many combinations within each other around one criterion."""
    tree: dict = {"type": "COURSE", "name": "x"}
    for _ in range(levels):
        tree = {"all": [tree]}
    return tree


class TestPublishing:
    @pytest.mark.parametrize(
        ("criteria", "sentence"),
        [
            ([1], None),
            ({"type": "MAGIC"}, '"MAGIC" is not a kind'),
            ({"type": "VOLUME", "group": "x", "at_least": 3}, "VOLUME needs months"),
            ({"type": "VOLUME", "group": "x", "at_least": 0, "months": 12}, "at_least"),
            ({"type": "VOLUME", "group": "x", "at_least": True, "months": 12}, "at_least"),
            ({"type": "DEGREE", "in": "MD"}, "in: expected a list"),
            ({"type": "BOARD", "status": "maybe", "specialties": ["x"]}, "status"),
            ({"type": "COURSE", "name": "x", "colour": "red"}, "does not know colour"),
            ({"all": []}, "at least one"),
            ({"all": [{}]}, r"all\[1\] is empty"),
            ({"all": [YES_ONE], "any": [YES_ONE]}, "one of all, any or none"),
            ("text", "expected a mapping"),
            (False, "expected a mapping"),
            ({1: "VOLUME"}, "1 is not a word that is known"),
            ({"type": ["VOLUME"]}, "is not a kind"),
            ({"type": 3}, "is not a kind"),
            ({"type": "VOLUME", "group": 3, "at_least": 3, "months": 12}, "core.group: expected a text"),
            ({"type": "VOLUME", "group": "a b", "at_least": 3, "months": 12}, "core.group: letters, digits"),
            ({"type": "VOLUME", "group": "x" * 41, "at_least": 3, "months": 12}, "at most 40"),
            ({"type": "VOLUME", "group": "x", "at_least": 3, "months": 12, "label": None}, "core.label"),
            ({"type": "COURSE", "name": None}, "core.name: expected a text"),
            ({"type": "PREREQUISITE", "privilege": 7}, "core.privilege: expected a text"),
            ({"type": "PREREQUISITE", "privilege": "gs-admit"}, "in capitals"),
            ({"type": "LIFE_SUPPORT", "courses": [" "]}, "courses: expected a list of words"),
            ({"type": "TRAINING", "specialties": ["x"], "level": 5}, "core.level"),
            ({"type": "PROVIDER_TYPE", "in": ["MD", "SURGEON"]}, "SURGEON is no profession"),
            ({"all": [YES_ONE], "title": 5}, "core.title"),
            (nested(9), "8 deep at most"),
        ],
    )
    def test_criteria_that_could_not_be_judged_are_refused_by_place(self, criteria, sentence):
        if sentence is None:
            sentence = "expected a mapping"
        with pytest.raises(Refused, match=sentence):
            validate_criteria(criteria, "core")

    def test_every_example_form_reads_and_can_be_told_in_words(self):
        forms = [form for path in sorted(EXAMPLES.glob("*.yaml")) for form in read_forms(path)]
        assert len(forms) >= 8
        surgery = next(form for form in forms if form.code == "GS")
        kinds = [str(line.kind) for line in surgery.lines]
        assert (kinds.count("core"), kinds.count("special")) == (14, 3)
        for form in forms:
            for tree in (form.core_criteria, *(line.criteria for line in form.lines)):
                for kind in ("initial", "renewal"):
                    for criterion in each_criterion(tree.get(kind) or {}):
                        assert describe(criterion)
            assert written(form.core_criteria["initial"]).parts


def test_every_credential_a_criterion_asks_about_is_a_kind_that_is_shipped():
    shipped = {kind["code"] for kind in yaml.safe_load(FILE.read_text(encoding="utf-8"))}
    asked = {code for codes in TYPES_OF.values() for code in codes}
    assert asked <= shipped
    assert {*TYPES, *WHERE_ASKED} == asked
