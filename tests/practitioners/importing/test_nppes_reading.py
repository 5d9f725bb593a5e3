"""Answers of the NPPES registry: what becomes a record, what is rejected and why."""

import copy
import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practitioners.importing.nppes import (
    RegistryRecord,
    Rejected,
    UnusableFile,
    read_errors,
    read_one,
    read_records,
)

FIXTURES = Path(__file__).parents[2] / "fixtures" / "nppes"
REGISTRY = (FIXTURES / "registry.json").read_bytes()


def by_surname():
    return {item.name.last_name: item for item in read_records(REGISTRY)}


def changed(**basic):
    raw = json.loads(REGISTRY)["results"][0]
    raw["basic"].update(basic)
    return raw


def test_every_record_of_the_registry_file_is_read():
    people = by_surname()
    assert list(people) == [
        "Quillfeather", "García-Lumbreras", "McTesterly", "O'Fable", "de la Mentira", "van der Verzinsel",
        "Do", "Inventon",
    ]  # fmt: skip
    assert all(isinstance(person, RegistryRecord) for person in people.values())


def test_one_record_in_full():
    person = by_surname()["Quillfeather"]
    assert person.npi == "2000000101"
    assert person.active
    assert person.name.display == "Quillfeather, Marisol Tessa, MD"
    assert person.name.prefix == "Dr."
    assert person.sex == "F"
    assert person.sole_proprietor is False
    assert person.enumeration_date == dt.date(2012, 6, 1)
    assert person.last_updated == dt.date(2024, 2, 29)
    assert [(name.kind, name.last_name) for name in person.other_names] == [("former", "Bramblethorpe")]
    address = person.practice_address
    assert (address.line_1, address.city, address.state, address.postal_code) == (
        "100 INVENTED WAY", "Fernwick", "OH", "43215-0001",
    )  # fmt: skip
    assert person.mailing_address.line_1 == "PO BOX 55"
    taxonomy = person.primary_taxonomy
    assert (taxonomy.code, taxonomy.licence_number, taxonomy.licence_state) == (
        "208600000X",
        "35.100001",
        "OH",
    )
    assert [(item.code, item.value, item.state) for item in person.identifiers] == [("05", "0000001", "OH")]
    assert person.raw["number"] == person.npi


def test_suffixes_and_degrees_are_no_part_of_the_surname():
    people = by_surname()
    assert people["McTesterly"].name.suffix == "Jr."
    assert people["McTesterly"].credential == "DO"
    assert people["de la Mentira"].name.suffix == "III"
    assert people["de la Mentira"].credential == "MD, PhD"
    assert people["Inventon"].credential == "MD"
    assert people["Do"].credential == ""


def test_fillers_are_nothing():
    people = by_surname()
    assert people["O'Fable"].name.prefix == ""
    assert people["O'Fable"].name.suffix == ""
    assert all("--" not in json.dumps(person.as_fields()) for person in people.values())


def test_the_older_field_for_sex_and_older_dates_are_read():
    assert by_surname()["Do"].sex == "F"
    assert by_surname()["Do"].enumeration_date == dt.date(2012, 6, 1)


def test_several_licences_and_practice_places():
    people = by_surname()
    assert [
        (item.code, item.licence_state, item.primary) for item in people["García-Lumbreras"].taxonomies
    ] == [
        ("207R00000X", "OH", True),
        ("207RC0000X", "KY", False),
    ]
    assert [(item.purpose, item.state) for item in people["Inventon"].addresses] == [
        ("practice", "OH"),
        ("mailing", "OH"),
        ("secondary", "IN"),
    ]


def test_provider_types():
    assert {name: person.provider_type for name, person in by_surname().items()} == {
        "Quillfeather": "MD",
        "García-Lumbreras": "MD",
        "McTesterly": "DO",
        "O'Fable": "CRNA",
        "de la Mentira": "MD",
        "van der Verzinsel": "PA",
        "Do": "OTHER",
        "Inventon": "MD",
    }


@pytest.mark.parametrize(
    ("credential", "code", "kind"),
    [
        ("DNP", "367500000X", "CRNA"),
        ("DNP", "363L00000X", "NP"),
        ("MSN, APRN", "364S00000X", "CNS"),
        ("PhD", "103TC0700X", "PHD"),
        ("PSY.D.", "103TC0700X", "PSYD"),
        ("D.P.M.", "213E00000X", "DPM"),
        ("", "122300000X", "DDS"),
        ("PHD", "", "PHD"),
        ("", "", "OTHER"),
    ],
)
def test_provider_type_from_degree_or_specialty(credential, code, kind):
    raw = changed(credential=credential)
    raw["taxonomies"] = [{"code": code, "primary": True}] if code else []
    assert read_one(raw).provider_type == kind


def test_rejections_name_the_record_and_the_rest_goes_in():
    items = list(read_records((FIXTURES / "mixed.json").read_bytes()))
    read = [item.name.last_name for item in items if isinstance(item, RegistryRecord)]
    rejected = {item.position: item for item in items if isinstance(item, Rejected)}
    assert read == ["Storybrook", "Stillread"]
    reasons = {
        2: "check digit",
        3: "FERNWICK IMAGINARY CLINIC LLC is an organization (NPI-2)",
        4: "no “basic” part",
        5: "deactivated",
        6: "“SURGEON” is not a taxonomy code",
        7: "“addresses” is not a list",
        8: "characters that are not text",
        9: "Enter the NPI",
        10: "is not a record",
    }
    assert list(rejected) == list(reasons)
    for position, words in reasons.items():
        sentence = rejected[position].sentence
        assert sentence.startswith(f"Record {position}")
        assert words in sentence
    assert rejected[5].npi in rejected[5].sentence
    assert len(rejected[5].npi) == 10


def test_a_bare_list_and_a_byte_order_mark_are_taken():
    data = (FIXTURES / "bare_list.json").read_bytes()
    assert len(list(read_records(data))) == 2
    assert len(list(read_records(b"\xef\xbb\xbf" + data))) == 2
    assert list(read_records(b'{"result_count":0,"results":[]}')) == []
    assert list(read_records(b"[]")) == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"\xff\xfe\x00", "not text"),
        (b"NPI,Last Name\n1,2\n", "not valid JSON"),
        (b'{"results": [', "not valid JSON"),
        (b'{"results": NaN}', "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"other": 1}', "no list of records"),
        (b'{"results": {}}', "no list of records"),
        (b'"text"', "no list of records"),
        (b"7", "no list of records"),
    ],
)
def test_an_unusable_file_is_refused_at_once(data, words):
    with pytest.raises(UnusableFile, match=words):
        read_records(data)


def test_an_error_answer():
    data = (FIXTURES / "error.json").read_bytes()
    (error,) = read_errors(data)
    assert (error.number, error.field) == ("06", "number")
    with pytest.raises(UnusableFile, match="06"):
        read_records(data)
    assert read_errors(REGISTRY) == []
    assert read_errors(b"[]") == []


@pytest.mark.parametrize(
    ("basic", "words"),
    [
        ({"last_name": ""}, "no last name"),
        ({"last_name": None}, "no last name"),
        ({"last_name": ["SMITH"]}, "“last_name” is not text"),
        ({"last_name": "X" * 101}, "longer than 100"),
        ({"first_name": {"given": "A"}}, "“first_name” is not text"),
        ({"first_name": "A\ud800"}, "not text"),
        ({"enumeration_date": "2012-13-01"}, "which is not a date"),
        ({"enumeration_date": "yesterday"}, "which is not a date"),
        ({"status": ""}, "whether the NPI is active"),
        ({"status": None}, "whether the NPI is active"),
        ({"status": "I"}, "deactivated"),
    ],
)
def test_fields_that_cannot_be_are_rejected(basic, words):
    item = read_one(changed(**basic), 7)
    assert isinstance(item, Rejected)
    assert item.sentence.startswith("Record 7 (NPI 2000000101): ")
    assert words in item.sentence


def test_verification_sees_deactivated_numbers():
    item = read_one(changed(status="D"), accept_deactivated=True)
    assert isinstance(item, RegistryRecord)
    assert not item.active


def test_two_primary_taxonomies_are_rejected():
    raw = changed()
    raw["taxonomies"] = [{"code": "208600000X", "primary": True}, {"code": "207R00000X", "primary": True}]
    assert "more than one" in read_one(raw).sentence


def test_reading_changes_nothing_and_repeats():
    raw = changed()
    before = copy.deepcopy(raw)
    assert read_one(raw) == read_one(raw)
    assert raw == before


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PLACES = [
    "number",
    "enumeration_type",
    "basic",
    "addresses",
    "taxonomies",
    "identifiers",
    "other_names",
    "practiceLocations",
]


@given(st.sampled_from(PLACES), anything)
def test_any_value_anywhere_is_a_record_or_a_sentence(place, value):
    raw = changed()
    raw[place] = value
    item = read_one(raw)
    assert isinstance(item, RegistryRecord) or item.sentence.startswith("Record 1")


@given(st.sampled_from(sorted(changed()["basic"])), anything)
def test_any_value_in_the_basic_part_is_a_record_or_a_sentence(place, value):
    item = read_one(changed(**{place: value}))
    assert isinstance(item, RegistryRecord) or item.sentence.startswith("Record 1")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_file_or_a_sentence(data):
    try:
        outcome = f"The file has {len(list(read_records(data)))} records"
    except UnusableFile as error:
        outcome = str(error)
    assert outcome.startswith("The file")
