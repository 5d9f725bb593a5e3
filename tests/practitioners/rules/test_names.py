"""Names as registries write them, as people write them, and as they are searched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practitioners.rules.names import (
    display_name,
    formal_name,
    search_key,
    search_variants,
    sort_name,
    split_suffix_field,
    split_surname,
    tidy_credentials,
    title_case,
)
from practitioners.rules.nicknames import GROUPS, are_nicknames, nicknames


@pytest.mark.parametrize(
    ("written", "surname", "suffix", "credentials"),
    [
        ("SMITH JR", "SMITH", "Jr.", ()),
        ("Smith, Jr.", "Smith", "Jr.", ()),
        ("SMITH, JR., M.D.", "SMITH", "Jr.", ("MD",)),
        ("SMITH III MD PHD", "SMITH", "III", ("MD", "PhD")),
        ("SMITH SR", "SMITH", "Sr.", ()),
        ("SMITH IV", "SMITH", "IV", ()),
        ("SMITH V", "SMITH", "V", ()),
        ("SMITH 2ND", "SMITH", "II", ()),
        ("SMITH MD", "SMITH", "", ("MD",)),
        ("SMITH DO", "SMITH", "", ("DO",)),
        ("SMITH D.O.", "SMITH", "", ("DO",)),
        ("NGUYEN DO", "NGUYEN DO", "", ()),
        ("NGUYEN, DO", "NGUYEN", "", ("DO",)),
        ("CHEN MA", "CHEN MA", "", ()),
        ("DO", "DO", "", ()),
        ("MD", "MD", "", ()),
        ("V", "V", "", ()),
        ("JR SMITH", "JR SMITH", "", ()),
        ("DE LA CRUZ JR", "DE LA CRUZ", "Jr.", ()),
        ("O'BRIEN  ,", "O'BRIEN", "", ()),
        ("", "", "", ()),
    ],
)
def test_suffixes_and_degrees_are_no_part_of_a_surname(written, surname, suffix, credentials):
    taken = split_surname(written)
    assert (taken.surname, taken.suffix, taken.credentials) == (surname, suffix, credentials)


@given(st.text(alphabet="ABCDEIJRSV.,' -", max_size=30))
def test_splitting_a_surname_twice_changes_nothing_and_never_empties_it(text):
    once = split_surname(text)
    assert split_surname(once.surname).surname == once.surname
    assert bool(once.surname) == bool(text.replace(",", " ").split())


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("JR", ("Jr.", ())),
        ("--", ("", ())),
        ("", ("", ())),
        ("III, MD", ("III", ("MD",))),
        ("M.D.", ("", ("MD",))),
        ("Esquire", ("Esquire", ())),
    ],
)
def test_the_registrys_suffix_field(written, expected):
    assert split_suffix_field(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("M.D.", "MD"),
        ("DO, FACOS", "DO, FACOS"),
        ("PH.D / M.D.", "PhD, MD"),
        ("M. D.", "MD"),
        ("MD FACS", "MD, FACS"),
        ("PA-C", "PA-C"),
        ("MD, M.D.", "MD"),
        ("--", ""),
        ("", ""),
        ("XYZQ", "XYZQ"),
    ],
)
def test_credentials_in_the_usual_spelling(written, expected):
    assert tidy_credentials(written) == expected


@pytest.mark.parametrize(
    ("capitals", "written"),
    [
        ("SMITH", "Smith"),
        ("MCDONALD", "McDonald"),
        ("MACDONALD", "MacDonald"),
        ("MACHADO", "Machado"),
        ("MACK", "Mack"),
        ("O'BRIEN", "O'Brien"),
        ("O’NEIL", "O’Neil"),
        ("D'ANGELO", "D'Angelo"),
        ("SA'ID", "Sa'id"),
        ("DE LA CRUZ", "de la Cruz"),
        ("DEL TORO", "del Toro"),
        ("LA ROSA", "La Rosa"),
        ("VAN DER BERG", "van der Berg"),
        ("VAN BUREN", "Van Buren"),
        ("VON TRAPP", "von Trapp"),
        ("DOS SANTOS", "dos Santos"),
        ("GARCIA-LOPEZ", "Garcia-Lopez"),
        ("AL-RASHID", "Al-Rashid"),
        ("MCTESTERLY-O'HARA", "McTesterly-O'Hara"),
        ("GARCÍA MÁRQUEZ", "García Márquez"),
        ("ST. CLAIR", "St. Clair"),
        ("SMITH II", "Smith II"),
        ("SMITH JR", "Smith Jr."),
        ("DO", "Do"),
        ("NG", "Ng"),
        ("  SMITH   JONES ", "Smith Jones"),
        ("de la Cruz", "de la Cruz"),
        ("MacAskill", "MacAskill"),
        ("", ""),
    ],
)
def test_surnames_in_capitals_become_written_names(capitals, written):
    assert title_case(capitals) == written


@pytest.mark.parametrize(
    ("capitals", "written"),
    [
        ("MARIA DE LA LUZ", "Maria de la Luz"),
        ("TJ", "TJ"),
        ("JO", "Jo"),
        ("J", "J"),
        ("J.P.", "J.P."),
        ("DA EUN", "Da Eun"),
        ("MARY-ANN", "Mary-Ann"),
        ("JOSÉ", "José"),
    ],
)
def test_given_names_in_capitals(capitals, written):
    assert title_case(capitals, given=True) == written


@given(st.text(max_size=40))
def test_title_case_never_changes_the_search_key(text):
    if any(character.islower() for character in text) or "JR" in text.upper() or "SR" in text.upper():
        return
    assert search_key(title_case(text)) == search_key(text)


def test_display_formal_and_sort_name():
    parts = {"last": "Garcia-Lopez", "first": "Maria", "middle": "T", "suffix": "Jr."}
    assert display_name(**parts, credential="M.D.") == "Garcia-Lopez, Maria T., Jr., MD"
    assert formal_name(**parts, credential="M.D.") == "Maria T. Garcia-Lopez, Jr., MD"
    assert formal_name(last="Smith", first="John", suffix="II") == "John Smith II"
    assert display_name(last="Do") == "Do"
    assert (
        display_name(last="Smith", first="John", middle="Washburn", suffix="II") == "Smith, John Washburn, II"
    )
    assert sort_name(last="O’Brien", first="Zoë") == "OBRIEN ZOE"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("O’Brien-Núñez", "OBRIEN NUNEZ"),
        ("d'Angelo", "DANGELO"),
        ("Straße", "STRASSE"),
        ("Łódź Ørsted", "LODZ ORSTED"),
        ("  de  la   Cruz, Jr. ", "DE LA CRUZ JR"),
        ("ﬁscher", "FISCHER"),
        ("李", ""),
        ("", ""),
    ],
)
def test_search_key(text, key):
    assert search_key(text) == key


@given(st.text(max_size=60))
def test_search_key_is_plain_and_stable(text):
    key = search_key(text)
    assert key.isascii()
    assert search_key(key) == key
    assert key == " ".join(key.split())


def test_search_variants_cover_both_readings_of_punctuation():
    assert search_variants("O'Brien-Cruz") == ("OBRIEN CRUZ", "O BRIEN CRUZ", "OBRIENCRUZ")
    assert search_variants("Smith") == ("SMITH",)
    assert search_variants("") == ()


def test_nicknames():
    assert are_nicknames("ROBERT", "BOB")
    assert are_nicknames("BOB", "BOBBY")
    assert not are_nicknames("ROBERT", "ROBERT")
    assert not are_nicknames("ALEXANDER", "ALEXANDRA")
    assert not are_nicknames("ROBERT", "WILLIAM")
    assert "BILL" in nicknames("WILLIAM")
    assert nicknames("QUILLIVER") == frozenset()


def test_the_nickname_table_is_in_search_form_and_symmetric():
    assert len(GROUPS) >= 150
    for group in GROUPS:
        assert len(group) > 1
        for name in group:
            assert search_key(name) == name
            assert all(name in nicknames(other) for other in group - {name})
