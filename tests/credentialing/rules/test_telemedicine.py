"""What an agreement with a distant site must say, and reading a site's list."""

import io

import pytest

from credentialing.rules.telemedicine import CLAUSES, LAYOUT, clauses_of, lacking, licensed_in, read_list
from practitioners.importing.tables import open_table
from tests.credentialing.telemedicine import ENTITY_TERMS, HEAD, HOSPITAL_TERMS, line

NPI, OTHER = "2000000101", "2000000119"


def read(*lines: str):
    return read_list(open_table(io.BytesIO((HEAD + "".join(lines)).encode()), LAYOUT).rows)


def told(*lines: str) -> list[str]:
    _, mistakes = read(*lines)
    return [str(each) for each in mistakes]


@pytest.mark.parametrize(("kind", "terms"), [("hospital", HOSPITAL_TERMS), ("entity", ENTITY_TERMS)])
def test_each_kind_of_site_is_asked_for_its_own_clauses_with_their_place(kind, terms):
    assert [each.code for each in clauses_of(kind)] == list(terms)
    assert lacking(kind, terms) == []
    assert [each.code for each in lacking(kind, terms[1:])] == [terms[0]]
    paragraph = "(a)(8)" if kind == "hospital" else "(a)(9)"
    assert clauses_of(kind)[0].place(kind) == f"42 CFR 482.12{paragraph}"
    places = [each.place(kind) for each in clauses_of(kind)]
    assert len(set(places)) == len(places) == 5
    assert len(CLAUSES) == 7


def test_a_list_names_people_with_their_privileges_and_licenses():
    listed, mistakes = read(
        line(NPI, "Ines  Calloway", "TELE-STROKE; TELE-EEG;TELE-STROKE", "oh", "35.1"),
        line(NPI, "Ines Calloway", "TELE-EEG;TELE-STROKE", "IN", "01-2"),
        line(OTHER, "Farrukh Nazarbekov", "RAD-READ"),
    )
    assert mistakes == []
    first, second = listed
    assert first.content() == {
        "name": "Ines Calloway",
        "privileges": ["TELE-EEG", "TELE-STROKE"],
        "licences": [{"state": "IN", "number": "01-2"}, {"state": "OH", "number": "35.1"}],
    }
    assert licensed_in(first.licences, "OH")
    assert not licensed_in(first.licences, "KY")
    assert second.licences == []
    assert not licensed_in(second.licences, "OH")


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([line("2000000102")], "Row 2, npi: “2000000102” is no NPI."),
        ([line("")], "Row 2, npi: “” is no NPI."),
        ([line(NPI, name="")], "Row 2, name: the name is missing."),
        ([line(NPI, name="x" * 201)], "Row 2, name: the name is longer than 200 characters."),
        ([line(NPI, codes="")], "Row 2, privileges: no privilege held at the distant site is named."),
        ([line(NPI, codes=" ; ")], "Row 2, privileges: no privilege held at the distant site is named."),
        ([line(NPI, codes="x" * 41)], "Row 2, privileges: “" + "x" * 40 + "…” is longer than 40 characters."),
        ([line(NPI, state="XX", number="1")], "Row 2, license_state: “XX” is no state."),
        ([line(NPI, state="OH")], "Row 2, license_number: the license has a state and no number."),
        ([line(NPI, number="1")], "Row 2, license_state: the license has a number and no state."),
        (
            [line(NPI, state="OH", number="1" * 41)],
            "Row 2, license_number: the number is longer than 40 characters.",
        ),
        (
            [
                line(OTHER),
                line(NPI, state="OH", number="1"),
                line(NPI, "Ada Calloway", state="IN", number="1"),
            ],
            "Row 4, name: row 3 gives this NPI another name.",
        ),
        (
            [line(NPI, state="OH", number="1"), line(NPI, codes="RAD", state="IN", number="1")],
            "Row 3, privileges: row 2 gives this NPI other privileges.",
        ),
        ([line(NPI), line(NPI)], "Row 3, license_state: row 2 says the same of this NPI already."),
        (
            [line(NPI, state="OH", number="1"), line(NPI, state="OH", number="2")],
            "Row 3, license_state: row 2 says the same of this NPI already.",
        ),
        ([], "The file: it lists nobody. An agreement whose list is empty is ended instead."),
    ],
)
def test_what_is_wrong_is_told_with_its_row_and_column(lines, sentence):
    assert told(*lines) == [sentence]


def test_every_mistake_is_told_and_not_only_the_first():
    assert [each.split(":")[0] for each in told(line("1", "", "", "X", ""), line(NPI), line("2"))] == [
        "Row 2, npi", "Row 2, name", "Row 2, privileges", "Row 2, license_state", "Row 2, license_number",
        "Row 4, npi",
    ]  # fmt: skip


def test_a_row_that_cannot_be_read_is_told_by_its_number():
    assert "Row 3" in told(line(NPI), "2000000119,only two\n", line(OTHER))[0]
