"""Exclusion matching: nothing planted is lost, namesakes are told apart, and the class follows the rule."""

import datetime as dt
import random
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import JaroWinkler

from credentialing.importing.leie import LeieFile
from credentialing.rules.blocking import block_keys, block_keys_row
from credentialing.rules.matching import (
    DEFAULTS,
    MatchClass,
    MatchingParameters,
    ScreenedPerson,
    birth_date_outcome,
    compare,
    find_matches,
    first_fit,
    given_names_fit,
)
from credentialing.rules.name_forms import first_forms, last_forms
from credentialing.rules.screening_index import Screening
from credentialing.rules.screening_names import ScreenedName
from practitioners.rules.names import word_set
from practitioners.rules.nicknames import GROUPS

FIXTURES = Path(__file__).parents[2] / "fixtures" / "leie"
CONFIRMED, POSSIBLE, WEAK, NONE = (
    MatchClass.CONFIRMED_CANDIDATE, MatchClass.POSSIBLE, MatchClass.WEAK, MatchClass.NONE,
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    last_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    business_name: str = ""
    general: str = ""
    specialty: str = ""
    upin: str = ""
    npi: str = ""
    birth_date: dt.date | None = None
    state: str = ""
    postal_code: str = ""
    excluded_on: dt.date | None = None


def person(last, first="", middle="", *, born="", also=(), **values):
    names = (ScreenedName(last, first, middle), *(ScreenedName(*name, label="former") for name in also))
    return ScreenedPerson(names=names, birth_date=dt.date.fromisoformat(born) if born else None, **values)


#: Somebody of ours for every planted row, and the class the pair must have.
PLANTED = {
    "accent": (person("Núñez", "Rosalba", born="1970-03-11"), "NUNEZ", CONFIRMED),
    "hyphen part": (person("Brightwater-Stone", "Imogen", born="1968-07-04"), "BRIGHTWATER", CONFIRMED),
    "swapped": (person("Fenwick", "Marigold", born="1959-11-30"), "MARIGOLD", CONFIRMED),
    "nickname": (person("Tunnicliffe", "Robert", born="1962-02-28"), "TUNNICLIFFE", CONFIRMED),
    "first name cut": (
        person("Winterbottom", "Maximilianalexander", born="1955-05-05"), "WINTERBOTTOM", CONFIRMED,
    ),
    "last name cut": (
        person("Featherstonehaugh-Montmorency", "Clementine", born="1980-08-08"),
        "FEATHERSTONEHAUGH-MO", CONFIRMED,
    ),
    "twin name": (person("Pennyfeather", "John", born="1988-12-24"), "PENNYFEATHER", WEAK),
    "no date of birth": (person("Silverthorne", "Agatha", born="1971-01-01"), "SILVERTHORNE", POSSIBLE),
    "waiver": (person("Lanternwood", "Cyril", born="1973-09-12"), "LANTERNWOOD", CONFIRMED),
    "business by NPI": (person("Nobody", "Special", npi="2000000507"), "", CONFIRMED),
    "duplicate rows": (person("Copperfielding", "Dora", born="1977-02-17"), "COPPERFIELDING", CONFIRMED),
    "apostrophe": (person("O’Fable", "Liora", born="1982-06-06"), "OFABLE", CONFIRMED),
    "initial": (person("Craneberry", "Hortensia", born="1969-04-20"), "CRANEBERRY", POSSIBLE),
    "NPI under another name": (person("Newname", "Hortensia", npi="2000000515"), "CRANEBERRY", CONFIRMED),
    "suffix in surname": (person("Thistlewood", "Edmund", born="1950-01-05"), "THISTLEWOOD JR", CONFIRMED),
    "particles joined": (person("de la Mentira", "Anselm", born="1961-06-15"), "DELAMENTIRA", CONFIRMED),
    "day and month exchanged": (person("Marchbanks", "Elspeth", born="1964-12-03"), "MARCHBANKS", POSSIBLE),
    "former name": (
        person("Newname", "Gudrun", born="1975-03-03", also=[("Oldname", "Gudrun")]), "OLDNAME", CONFIRMED,
    ),
    "misspelt": (person("Silverthorn", "Agata", born="1971-01-01"), "SILVERTHORNE", POSSIBLE),
    "first letter other": (person("Cilverthorne", "Agatha"), "SILVERTHORNE", POSSIBLE),
}  # fmt: skip


def planted_rows():
    with (FIXTURES / "planted.csv").open("rb") as stream:
        return list(LeieFile(stream))


@pytest.mark.parametrize("case", PLANTED)
def test_every_planted_case_has_its_class(case):
    who, last_name, expected = PLANTED[case]
    matches = find_matches(who, planted_rows())
    assert [(row.last_name, match.match_class) for row, match in matches] == [(last_name, expected)]


def test_screening_finds_exactly_the_planted_pairs():
    screening = Screening({case: who for case, (who, _, _) in PLANTED.items()})
    found = {
        (case, row.last_name, match.match_class)
        for row in planted_rows()
        for case, match in screening.matches(row)
    }
    assert found == {(case, last_name, expected) for case, (_, last_name, expected) in PLANTED.items()}
    assert screening.compared < len(PLANTED) * 17 / 4


def test_classes_rise_and_have_codes():
    assert NONE < WEAK < POSSIBLE < CONFIRMED
    assert [item.code for item in MatchClass] == ["none", "weak", "possible", "confirmed_candidate"]


def test_every_match_explains_itself():
    who, _, _ = PLANTED["nickname"]
    ((_, match),) = find_matches(who, planted_rows())
    assert match.name_used.text == "Tunnicliffe, Robert"
    assert match.part("first").outcome == "nickname"
    assert match.part("first").similarity == DEFAULTS.nickname
    assert match.part("birth_date").outcome == "equal"
    assert match.part("npi").outcome == "absent"
    assert all(part.sentence.endswith(".") for part in match.parts)
    assert [part.as_fields()["name"] for part in match.parts] == [part.name for part in match.parts]
    ((_, swapped),) = find_matches(PLANTED["swapped"][0], planted_rows())
    assert swapped.swapped
    assert "other order" in swapped.part("last").sentence


BORN, OTHER_DAY, NEAR = dt.date(1970, 3, 11), dt.date(1948, 9, 2), dt.date(1970, 3, 12)
OURS = person("Quillfeather", "Marisol", born=BORN.isoformat(), npi="2000000101")


@pytest.mark.parametrize(
    ("last", "first", "born", "npi", "expected"),
    [
        ("QUILLFEATHER", "MARISOL", BORN, "", CONFIRMED),
        ("QUILLFEATHER", "MARISOL", BORN, "2000000002", CONFIRMED),
        ("QUILLFEATHER", "MARISOL", NEAR, "", POSSIBLE),
        ("QUILLFEATHER", "MARISOL", None, "", POSSIBLE),
        ("QUILLFEATHER", "MARISOL", OTHER_DAY, "", WEAK),
        ("QUILLFEATHER", "MARISOL", None, "2000000002", WEAK),
        ("QUILLFEATHER", "MARISOL", NEAR, "2000000002", WEAK),
        ("QUILLFEATHER", "M", BORN, "", POSSIBLE),
        ("QUILLFEATHER", "M", None, "", POSSIBLE),
        ("QUILLFEATHER", "", None, "", POSSIBLE),
        ("QUILLFEATHER", "X", BORN, "", NONE),
        ("QUILLFEATHER", "GERTRUDE", BORN, "", NONE),
        ("UNLIKE", "MARISOL", BORN, "", NONE),
        ("UNLIKE", "NOBODY", OTHER_DAY, "2000000101", CONFIRMED),
        ("QUILLFEATHER", "MARISOL", OTHER_DAY, "2000000101", CONFIRMED),
        ("", "", None, "2000000101", CONFIRMED),
        ("", "", None, "", NONE),
    ],
)
def test_the_class_follows_the_rule(last, first, born, npi, expected):
    assert (
        compare(OURS, Row(last_name=last, first_name=first, birth_date=born, npi=npi)).match_class is expected
    )


def test_a_missing_date_on_our_side_is_unknown_too():
    ours = person("Quillfeather", "Marisol")
    row = Row(last_name="QUILLFEATHER", first_name="MARISOL", birth_date=OTHER_DAY)
    assert compare(ours, row).match_class is POSSIBLE


def test_an_equal_upin_is_worth_a_look_whatever_the_names_say():
    ours = person("Newname", "Someone", upin="a12345")
    row = Row(last_name="OLDNAME", first_name="ELSE", upin="A12345")
    assert compare(ours, row).match_class is POSSIBLE
    assert block_keys(ours) & block_keys_row(row)


def test_a_business_is_no_person():
    row = Row(business_name="QUILLFEATHER MARISOL MD PC", npi="2000000002")
    assert compare(OURS, row).match_class is NONE


def test_place_and_field_only_support():
    ours = person("Quillfeather", "Marisol", states=frozenset({"OH"}), postal_codes=frozenset({"43215-0001"}),
                  specialties=("Surgery Physician",))  # fmt: skip
    plain = compare(ours, Row("QUILLFEATHER", "MARISOL"))
    supported = compare(
        ours, Row("QUILLFEATHER", "MARISOL", state="OH", postal_code="43215", specialty="GENERAL SURGERY")
    )
    elsewhere = compare(
        ours, Row("QUILLFEATHER", "MARISOL", state="TX", postal_code="75001", specialty="PHARMACY")
    )
    assert supported.score > plain.score == elsewhere.score
    assert {plain.match_class, supported.match_class, elsewhere.match_class} == {POSSIBLE}
    assert supported.part("specialty").sentence == "A similar field: surgery."


@pytest.mark.parametrize(
    ("ours", "listed", "outcome"),
    [
        ("Tessa", "TESSA", "equal"),
        ("T", "TESSA", "initial"),
        ("Tessa", "Q", "differs"),
        ("Tessa", "", "absent"),
    ],
)
def test_the_middle_name_orders_the_queue_and_decides_nothing(ours, listed, outcome):
    match = compare(person("Quillfeather", "Marisol", ours), Row("QUILLFEATHER", "MARISOL", listed))
    assert match.part("middle").outcome == outcome
    assert match.match_class is POSSIBLE


def test_thresholds_are_the_offices_policy():
    ours, row = person("Silverthorn", "Agata"), Row("SILVERTHORNE", "AGATHA")
    assert compare(ours, row).match_class is POSSIBLE
    assert compare(ours, row, MatchingParameters(possible_last=0.999)).match_class is NONE
    long_names = (
        person("Featherstonehaugh", "Maximilianalexander"),
        Row("FEATHERSTONEHAUGH", "MAXIMILIANALEXA"),
    )
    assert compare(*long_names).part("first").outcome == "equal"
    assert compare(*long_names, MatchingParameters(first_width=0)).part("first").outcome == "similar"


@pytest.mark.parametrize(
    ("ours", "listed", "outcome"),
    [
        ("1970-03-11", "1970-03-11", "equal"),
        ("1970-03-11", "1970-03-12", "near"),
        ("1970-03-11", "1970-11-03", "near"),
        ("1970-03-11", "1907-03-11", "near"),
        ("1970-03-11", "1970-03-22", "differs"),
        ("1970-03-11", "1971-04-11", "differs"),
        ("1970-03-11", "1988-12-24", "differs"),
        (None, "1970-03-11", "absent"),
        ("1970-03-11", None, "absent"),
    ],
)
def test_dates_of_birth(ours, listed, outcome):
    parse = lambda text: dt.date.fromisoformat(text) if text else None  # noqa: E731
    assert birth_date_outcome(parse(ours), parse(listed)) == outcome


def test_forms_of_names():
    assert set(last_forms("de la Cruz-O'Hara")) >= {"DELACRUZOHARA", "CRUZ", "OHARA", "HARA"}
    assert set(last_forms("Smith Jr., MD")) == {"SMITH"}
    assert set(last_forms("Do")) == {"DO"}
    assert all(len(form) <= 20 for form in last_forms("Featherstonehaugh-Montmorency de Wintergreen"))
    assert set(first_forms("Mary Ann")) == {"MARY ANN", "MARYANN", "MARY"}
    assert last_forms("") == first_forms("") == ()


# --- blocking -------------------------------------------------------------------------------------------

letters = st.text(alphabet="ABCDEFGHIJKLMNOPRSTUVWYZ", min_size=3, max_size=18)


@given(
    letters, st.integers(0, 40), st.sampled_from("ABCDEFGHIJKLMNOPRSTUVWYZ"), st.sampled_from("dist"), letters
)
def test_no_pair_with_one_slip_in_the_surname_is_lost(surname, place, letter, slip, given_name):
    place %= len(surname)
    listed = {
        "d": surname[:place] + surname[place + 1 :],
        "i": surname[:place] + letter + surname[place:],
        "s": surname[:place] + letter + surname[place + 1 :],
        "t": surname[:place] + surname[place + 1 : place + 2] + surname[place] + surname[place + 2 :],
    }[slip]
    ours = person(surname, given_name)
    rows = [Row(listed, given_name), Row(listed, given_name[0])]
    if listed[:1] == surname[0]:
        rows.append(Row(given_name, listed))  # in the wrong columns the surname gives the initial
    for row in rows:
        # Only names that are compared at all need to be found.
        if compare(ours, row).match_class is not NONE:
            assert block_keys(ours) & block_keys_row(row)


@given(st.sampled_from(sorted(GROUPS, key=sorted)), st.data())
def test_no_nickname_is_lost(group, data):
    one, other = data.draw(st.sampled_from(sorted(group))), data.draw(st.sampled_from(sorted(group)))
    ours, row = person("Quillfeather", one), Row("QUILFEATHER", other)
    assert compare(ours, row).match_class is POSSIBLE
    assert block_keys(ours) & block_keys_row(row)
    assert block_keys(person("Xu", one)) & block_keys_row(Row("XU", other))


SURNAMES = sorted(
    word_set(
        """Abbott Acosta Adler Baker Barnes Becker Brennan Calloway Carver Castillo Chandler Chen
        Conrad Cortez Dalton Dawson Delgado Donovan Eaton Ellison Farrell Fischer Fletcher Franklin
        Gallagher Garrison Gibson Gomez Hamilton Harrington Hoffman Hutchinson Ingram Jacobson
        Jennings Kaufman Keller Kowalski Lancaster Larson Lombardi Macias Maldonado Marsh McAllister
        Mendez Mitchell Navarro Nguyen Nicholson Ochoa Olson Ortega Palmer Patterson Pearson Quinn
        Ramsey Reynolds Rivera Rosenberg Salazar Schneider Shepherd Sinclair Stanton Sullivan
        Thornton Underwood Valdez Vaughn Wallace Weaver Whitaker Winters Yates Zimmerman"""
    )
)
GIVEN = sorted(
    word_set(
        """Aaron Alice Brian Carla Daniel Elena Frank Grace Henry Irene James Karen Louis Maria
        Nathan Olga Peter Rosa Simon Teresa Victor Wendy"""
    )
)


def population(seed, people, rows):
    """Invented staff and an invented list, unrelated but for common names; half the rows carry a date."""
    dice = random.Random(seed)

    def born():
        return dt.date(1940, 1, 1) + dt.timedelta(days=dice.randrange(20_000))

    syllables = [a + b for a in "BCDFGKLMNPRST" for b in "aeiou"]

    def surname():
        return (
            dice.choice(SURNAMES)
            if dice.random() < 0.5
            else "".join(dice.choice(syllables) for _ in range(dice.randint(2, 4))).title()
        )

    staff = {
        n: ScreenedPerson((ScreenedName(surname(), dice.choice(GIVEN)),), born(), npi=str(2_000_000_000 + n))
        for n in range(people)
    }
    listed = [
        Row(surname().upper(), dice.choice(GIVEN).upper(), birth_date=born() if dice.random() < 0.5 else None)
        for _ in range(rows)
    ]
    return staff, listed


def test_blocking_loses_almost_nothing_of_what_a_comparison_of_all_pairs_finds():
    staff, listed = population(7, 150, 1500)
    screening = Screening(staff)
    blocked = {(key, n) for n, row in enumerate(listed) for key, _ in screening.matches(row)}
    everything = {
        (key, n)
        for n, row in enumerate(listed)
        for key, who in staff.items()
        if compare(who, row).match_class
    }
    assert blocked <= everything
    assert len(everything) > 40
    assert len(blocked) >= 0.9 * len(everything)
    assert screening.compared < len(staff) * len(listed) / 20
    # What is lost are surnames that differ by two letters or more; nobody with an equal date is among them.
    for key, n in everything - blocked:
        ours, row = staff[key], listed[n]
        assert ours.birth_date != row.birth_date
        assert JaroWinkler.similarity(ours.names[0].last.upper(), row.last_name) < 1


def test_the_reviewers_load_stays_small():
    staff, listed = population(11, 300, 3000)
    screening = Screening(staff)
    classes = [match.match_class for row in listed for _, match in screening.matches(row)]
    # Names here are far commoner than in life (22 given names); still under one candidate per two people.
    assert sum(match_class >= POSSIBLE for match_class in classes) / len(staff) < 0.5
    assert CONFIRMED not in classes


def test_keys_stay_short_whatever_the_names():
    wide = MatchingParameters(last_width=0, first_width=0)
    long_name = "Wolfeschlegelsteinhausenbergerdorff" * 5
    ours, row = person(long_name, "Hubert"), Row(long_name.upper(), "HUBERT")
    assert max(len(key) for key in block_keys(ours, wide) | block_keys_row(row, wide)) <= 60
    assert block_keys(ours, wide) & block_keys_row(row, wide)


names = st.text(alphabet="ABCabc'’- .,ñé", max_size=25)


@given(names, names, names, names)
def test_any_names_can_be_compared(last, first, listed_last, listed_first):
    ours, row = person(last, first), Row(listed_last.upper(), listed_first.upper())
    match = compare(ours, row)
    assert 0 <= match.score <= 100
    assert block_keys(ours) is not None
    assert block_keys_row(row) is not None


@given(names.filter(lambda text: any(c.isalpha() for c in text)), letters)
def test_everybody_matches_themselves(last, first):
    ours, row = person(last, first), Row(last.upper()[:20], first[:15])
    if not last_forms(row.last_name):
        return
    assert compare(ours, row).match_class is POSSIBLE
    assert block_keys(ours) & block_keys_row(row)


LAST, RARE, COMMON = "Marsh", {"LMARSH": 3}, {"LMARSH": 4}
MANY = {"LMARSH": 9, "LMARSH/ELLEN": 5}


@pytest.mark.parametrize(
    ("ours", "row", "bearers", "expected"),
    [
        # Nothing but a name is known of the row: how many bear it decides what another state says.
        ({"states": {"IL"}}, {"state": "TX"}, COMMON, WEAK),
        ({"states": {"IL"}}, {"state": "TX"}, RARE, POSSIBLE),
        ({"states": {"IL", "TX"}}, {"state": "TX"}, COMMON, POSSIBLE),
        ({}, {"state": "TX"}, COMMON, POSSIBLE),
        ({"middle": "Ann"}, {"middle_name": "Rose"}, COMMON, WEAK),
        ({"middle": "Ann"}, {"middle_name": "A"}, COMMON, POSSIBLE),
        ({"states": {"IL"}}, {"state": "TX"}, {}, POSSIBLE),
        # A usual form of the name is not the name, where the name is common.
        ({"first": "Nell", "states": {"TX"}}, {"state": "TX"}, COMMON, WEAK),
        ({"first": "Nell", "states": {"IL"}}, {"state": "TX"}, RARE, POSSIBLE),
        # Many bear the whole name: the state alone says little, a middle name much.
        ({"states": {"TX"}}, {"state": "TX"}, MANY, WEAK),
        ({"states": {"TX"}}, {"state": "TX"}, MANY | {"LMARSH/ELLEN": 4}, POSSIBLE),
        ({"states": {"TX"}, "middle": "Ann"}, {"state": "TX", "middle_name": "A"}, MANY, POSSIBLE),
        ({"postal_codes": frozenset({"75001"})}, {"postal_code": "75001"}, MANY, POSSIBLE),
        # A rare surname is another where it is only spelt alike, and so is the given name, elsewhere.
        ({"last": "Marrsh", "first": "Elenn", "states": {"IL"}}, {"state": "TX"}, RARE, WEAK),
        ({"last": "Marrsh", "states": {"IL"}}, {"state": "TX"}, RARE, POSSIBLE),
        # The other spelling is rare, ours is common.
        ({"last": "Marrsh", "states": {"IL"}}, {"state": "TX"}, RARE | {"LMARRSH": 4}, WEAK),
        # A date of birth that is nearly ours: one thing against a common name is not enough, two are.
        ({"states": {"IL"}}, {"state": "TX", "birth_date": dt.date(1971, 1, 7)}, COMMON, POSSIBLE),
        (
            {"states": {"IL"}, "middle": "Ann"},
            {"state": "TX", "birth_date": dt.date(1971, 1, 7), "middle_name": "Rose"},
            COMMON,
            WEAK,
        ),
        (
            {"last": "Marrsh", "first": "Elenn", "states": {"IL"}},
            {"state": "TX", "birth_date": dt.date(1971, 1, 7)},
            RARE,
            POSSIBLE,
        ),
        # A child is excluded by nobody; sixteen years may be.
        ({}, {"excluded_on": dt.date(1986, 12, 31)}, RARE, WEAK),
        ({}, {"excluded_on": dt.date(1987, 1, 2)}, RARE, POSSIBLE),
        ({"born": ""}, {"excluded_on": dt.date(1980, 1, 1)}, RARE, POSSIBLE),
        ({}, {"excluded_on": dt.date(1980, 1, 1), "birth_date": dt.date(1971, 1, 1)}, RARE, CONFIRMED),
        # A date of birth on the row says more than a name; that ours is missing weakens nothing.
        (
            {"states": {"IL"}, "born": ""},
            {"state": "TX", "birth_date": dt.date(1970, 3, 11)},
            COMMON,
            POSSIBLE,
        ),
        ({"states": {"IL"}}, {"state": "TX", "birth_date": dt.date(1971, 1, 1)}, COMMON, CONFIRMED),
        # An equal number stands whatever the name says.
        ({"states": {"IL"}, "npi": "2000000507"}, {"state": "TX", "npi": "2000000507"}, COMMON, CONFIRMED),
    ],
)
def test_a_common_name_alone_is_kept_for_information(ours, row, bearers, expected):
    given = {"born": "1971-01-01", "states": set()} | ours
    states = frozenset(given.pop("states"))
    names = given.pop("last", LAST), given.pop("first", "Ellen"), given.pop("middle", "")
    somebody = person(*names, states=states, **given)
    assert compare(somebody, Row("MARSH", "ELLEN", **row), bearers=bearers).match_class is expected


@given(names, names)
def test_given_names_fit_where_they_are_similar_enough(ours, listed):
    similar = first_fit(ours, listed.upper(), DEFAULTS) >= DEFAULTS.possible_first
    assert given_names_fit(ours, listed.upper()) == similar


plain = st.sampled_from([*SURNAMES, "Jr", "Sr", "III", "MD", "Do", "Van", "Ng", "Bartholomewsonianovichski"])


@given(plain)
def test_the_form_of_a_plain_name_is_the_one_it_has_among_others(name):
    # A name with a space behind it is taken apart word by word; the result is the same.
    assert last_forms(name) == last_forms(f"{name} ")
    assert first_forms(name) == first_forms(f"{name} ")
