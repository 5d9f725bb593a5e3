import datetime as dt

import pytest

from practitioners.rules.completeness import Course, Expected, Record, judge, missing_entries

day = dt.date.fromisoformat
EXPECTED = Expected(
    entries=(
        {"expects": "npi", "provider_types": ["*"], "minimum": 1, "why": ""},
        {"expects": "LICENSE", "provider_types": ["*"], "minimum": 2, "why": ""},
        {"expects": "RESIDENCY", "provider_types": ["MD"], "minimum": 1, "why": ""},
    ),
    names={"LICENSE": "State license", "RESIDENCY": "Residency or fellowship"},
    overlap_days=31,
)
NOTHING = Expected(entries=(), names={}, overlap_days=31)


def course(first, last, title="One", level="residency"):
    return Course(title, level, day(first) if first else None, day(last) if last else None)


def leaf(record, code, expected=NOTHING):
    return next((each for each in judge(record, expected).leaves() if each.code == code), None)


def test_what_is_missing_is_unknown_by_profession():
    nurse = Record("NP", {"npi": 1, "LICENSE": 1})
    verdict = judge(nurse, EXPECTED)
    assert verdict.outcome == "UNKNOWN"
    assert verdict.sentence == "1 missing."
    assert [entry["expects"] for entry in missing_entries(nurse, EXPECTED)] == ["LICENSE"]
    assert leaf(nurse, "RECORD-LICENSE", EXPECTED).sentence == "1 of 2 on file."
    surgeon = Record("MD", {"npi": 1, "LICENSE": 2})
    assert [entry["expects"] for entry in missing_entries(surgeon, EXPECTED)] == ["RESIDENCY"]
    whole = judge(Record("MD", {"npi": 1, "LICENSE": 2, "RESIDENCY": 1}), EXPECTED)
    assert whole.outcome == "MET"
    assert whole.sentence == "Everything expected is on file and fits together.", "sources may still disagree"


def test_a_contradiction_outweighs_what_is_missing():
    record = Record("MD", {}, graduations=(day("2010-06-01"),), courses=(course("2009-07-01", "2013-06-30"),))
    verdict = judge(record, EXPECTED)
    assert verdict.outcome == "NOT_MET"
    assert verdict.sentence == "1 contradiction, 3 missing."


def test_an_empty_expectation_of_an_empty_record_is_not_applicable():
    assert judge(Record("MD"), NOTHING).outcome == "NOT_APPLICABLE"


@pytest.mark.parametrize(("graduated", "outcome"), [("2009-07-01", "MET"), ("2009-07-02", "NOT_MET")])
def test_training_begins_after_graduation(graduated, outcome):
    record = Record("MD", graduations=(day(graduated),), courses=(course("2009-07-01", "2013-06-30"),))
    assert leaf(record, "RC-GRADUATION").outcome == outcome


def test_a_later_degree_and_a_fellowship_before_it_contradict_nothing():
    record = Record(
        "MD", graduations=(day("2009-06-01"), day("2020-06-01")),
        courses=(course("2009-07-01", "2013-06-30"), course("2008-07-01", "2008-12-31", level="fellowship")),
    )  # fmt: skip
    assert leaf(record, "RC-GRADUATION").outcome == "MET"


@pytest.mark.parametrize(
    ("level", "began", "outcome"),
    [
        ("residency", "2014-01-01", "MET"),
        ("residency", "2014-01-02", "NOT_MET"),
        ("fellowship", "2019-01-01", None),
    ],
)
def test_no_residency_begins_after_certification(level, began, outcome):
    record = Record(
        "MD", certified_on=(day("2014-01-01"),), courses=(course(began, "2021-06-30", level=level),)
    )
    found = leaf(record, "RC-TRAINING")
    assert (found.outcome if found else None) == outcome


@pytest.mark.parametrize(
    ("second_began", "outcome"), [("2013-07-01", "MET"), ("2013-05-31", "MET"), ("2013-05-30", "NOT_MET")]
)
def test_trainings_overlap_by_no_more_than_the_parameter(second_began, outcome):
    record = Record(
        "MD", courses=(course("2009-07-01", "2013-06-30"), course(second_began, "2015-06-30", "Two"))
    )
    assert leaf(record, "RC-OVERLAP").outcome == outcome
    assert leaf(record, "RC-OVERLAP", Expected((), {})) is None  # no parameter, no judgement


def test_a_licence_of_every_state_of_practice():
    states = frozenset({"IL", "WI"})
    assert leaf(Record("MD", practice_states=states), "RC-STATE") is None
    assert leaf(Record("MD", practice_states=states, licence_states=states), "RC-STATE").outcome == "MET"
    found = leaf(Record("MD", practice_states=states, licence_states=frozenset({"IL"})), "RC-STATE")
    assert found.outcome == "NOT_MET"
    assert "WI without a license" in found.sentence


def test_the_registry_knows_whether_the_npi_is_active():
    assert leaf(Record("MD"), "RC-NPI") is None
    assert leaf(Record("MD", npi_known_to_registry=True), "RC-NPI").outcome == "MET"
    ended = Record("MD", npi_known_to_registry=True, npi_deactivated_on=day("2025-01-01"))
    assert leaf(ended, "RC-NPI").outcome == "NOT_MET"
