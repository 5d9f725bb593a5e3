"""Mapping files: the shipped ones are right, and a wrong one is told with its place."""

from __future__ import annotations

import pytest

from config.golive.fields import load_mapping_of, mapping_choices
from practitioners.importing.mappings import UnusableMapping, parse_mapping
from practitioners.importing.roster_fields import (
    FIELDS,
    KEYS,
    roster_mapping,
    roster_mapping_at,
    roster_mapping_choices,
)
from practitioners.importing.tables import TableRow


def parse(text: str):
    return parse_mapping(text, FIELDS, name="ours.yaml", code="ours", keys=KEYS)


def test_the_shipped_mappings_are_right():
    assert [code for code, _ in roster_mapping_choices()] == ["generic", "caqh"]
    caqh = roster_mapping("caqh")
    assert (caqh.layout.delimiter, caqh.said_by, len(caqh.layout.required)) == ("|", "caqh", 35)
    assert [code for code, _ in mapping_choices()] == ["generic"]
    assert load_mapping_of("generic").recognise_by == ("npi",)


COLUMN = "columns:\n  - {column: NPI, field: npi}\n"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "is not a mapping"),
        ("columns: [", "line 1.* is not YAML"),
        ("name: x", "columns: a list of columns"),
        ("colums: []", "“colums” is not understood"),
        ("columns:\n  - {column: NPI}", r"number 1 \(NPI\): “field” is missing"),
        ("columns:\n  - {column: NPI, field: npy}", r"number 1 \(NPI\): there is no field “npy”"),
        (COLUMN + "  - {column: npi, field: phone}", "number 2: the column “npi” stands twice"),
        (COLUMN + "  - {column: N2, field: npi}", "number 2: the field “npi” is already the column “NPI”"),
        ("columns:\n  - {column: NPI, field: npi, parser: magic}", "no parser “magic”"),
        ("columns:\n  - {column: Born, field: birth_date, formats: [DD.MM]}", "does not say where year"),
        ("columns:\n  - {column: T, field: provider_type, choices: {Doc: MDX}}", "“Doc” means “MDX”"),
        (COLUMN + "delimiter: '::'", "delimiter: one character"),
        (COLUMN + "encoding: klingon", "encoding: “klingon”"),
        (COLUMN + "encoding: base64", "encoding"),
        (COLUMN + "said_by: nppes", "said_by: “nppes”"),
        (COLUMN + "recognise_by: [shoe size]", "recognise_by: a list of"),
        (COLUMN + "constants: {ssn: '1'}", "constants: “ssn” cannot be a constant"),
        (COLUMN + "kind: go_live", "kind: it is for “go_live”"),
    ],
)
def test_a_wrong_mapping_is_told_with_its_place(text, place):
    with pytest.raises(UnusableMapping, match=place):
        parse(text)


def test_what_a_mapping_reads():
    mapping = parse(
        "columns:\n"
        "  - {column: Id, field: npi}\n"
        "  - {column: Born, field: birth_date, parser: date, formats: [DD.MM.YYYY]}\n"
        "  - {column: State, field: licence.state}\n"
        "  - {column: Kind, field: provider_type, choices: {Doc: MD}}\n"
        "  - {column: SSN, field: ssn}\n"
        "constants: {languages: English}\n"
    )
    row = mapping.read(
        TableRow(
            2,
            {
                "Id": "1234567893",
                "Born": "31.12.1970",
                "State": "illinois",
                "Kind": "doc",
                "SSN": "219-09-9981",
            },
        )
    )
    assert row.values == {
        "languages": "English", "npi": "1234567893", "birth_date": "1970-12-31", "licence.state": "IL",
        "provider_type": "MD",
    }  # fmt: skip
    assert row.secrets == {"ssn": "219099981"}
    wrong = mapping.read(
        TableRow(3, {"Id": "1", "Born": "31.02.1970", "State": "Mars", "Kind": "x", "SSN": "77"})
    )
    assert [problem.column for problem in wrong.problems] == ["Id", "Born", "State", "Kind", "SSN"]
    assert not any("77" in problem.sentence for problem in wrong.problems if problem.column == "SSN")


def test_a_house_adds_mappings_of_its_own(settings, tmp_path):
    (tmp_path / "payer.yaml").write_text("name: Our payer\n" + COLUMN)
    settings.STANDING_MAPPINGS = str(tmp_path)
    assert ("payer", "Our payer") in roster_mapping_choices()
    assert roster_mapping("payer").name == "Our payer"
    with pytest.raises(UnusableMapping, match="There is no mapping “x”; there are generic"):
        roster_mapping("x")
    with pytest.raises(UnusableMapping, match="cannot be read"):
        roster_mapping_at(tmp_path / "missing.yaml")
