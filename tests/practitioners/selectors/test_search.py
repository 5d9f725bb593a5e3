import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.accounts.choices import Role
from config.kernel.periods import days
from practitioners.models import PractitionerName
from practitioners.naming import name_key
from practitioners.selectors.people import similar_people
from practitioners.selectors.search import search
from practitioners.services.credentials import record_claim
from practitioners.services.people import add_identifier, add_name, create_practitioner
from practitioners.services.protected import record_ssn

PEOPLE = [
    ("Kowalski", "Adam", "1003000126"),
    ("Smith", "John", "1881018208"),
    ("Smith", "Jane", "1972902351"),
    ("Smithers", "Jonah", "1497758544"),
    ("O'Brien", "Mary", "1245319599"),
    ("de la Cruz", "José", "2000000002"),
    ("Nguyen", "An", "1000000004"),
    ("Do", "Linh", "1053317461"),
    ("Bennett", "Elizabeth", "1770680464"),
    ("Lindgren", "Benjamin", "1316936719"),
]


@pytest.fixture
def people(coordinator, surgeon):
    for last, first, npi in PEOPLE:
        create_practitioner(actor=coordinator, provider_type="MD", last_name=last, first_name=first, npi=npi)
    return surgeon


def found(viewer, text, **more):
    return [hit.label for hit in search(viewer=viewer, text=text, **more)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("kowalski m", "Kowalski, Maria Ewa"),
        ("Maria Kowalski", "Kowalski, Maria Ewa"),
        ("Kowalsky Maria", "Kowalski, Maria Ewa"),
        ("Kowalsky Adam", "Kowalski, Adam"),
        ("Jon Smth", "Smith, John"),
        ("smit john", "Smith, John"),
        ("smithers", "Smithers, Jonah"),
        ("obrien", "O'Brien, Mary"),
        ("o brien", "O'Brien, Mary"),
        ("O’Brian", "O'Brien, Mary"),
        ("jose cruz", "de la Cruz, José"),
        ("delacruz", "de la Cruz, José"),
        ("an", "Nguyen, An"),
        ("nguyen", "Nguyen, An"),
        ("ngyuen", "Nguyen, An"),
        ("Dr. Kowalski", "Kowalski, Adam"),
        ("smith, john, MD", "Smith, John"),
        ("Dr Jon Smth", "Smith, John"),
        ("linh do", "Do, Linh"),
        ("do", "Do, Linh"),
        ("liz bennett", "Bennett, Elizabeth"),
        ("liz benet", "Bennett, Elizabeth"),
        ("benet liz", "Bennett, Elizabeth"),
        ("1881018208", "Smith, John"),
        ("188101", "Smith, John"),
    ],
)
def test_people_are_found_as_people_type(coordinator, people, text, first):
    assert found(coordinator, text)[:1] == [first]


def test_both_kowalskis_are_found_by_a_misspelt_surname(coordinator, people):
    assert set(found(coordinator, "Kowalsky")[:2]) == {"Kowalski, Maria Ewa", "Kowalski, Adam"}
    assert [hit.exact for hit in search(viewer=coordinator, text="Kowalsky")][:2] == [False, False]


def test_former_names_and_numbers_are_found_and_told(coordinator, people):
    add_name(actor=coordinator, practitioner=people, kind="former", last_name="Zielinska", first_name="Maria")
    record_claim(
        actor=coordinator,
        practitioner=people,
        type_code="LICENSE",
        state="IL",
        number="036-123456",
        valid=days(dt.date(2026, 1, 1), None),
    )
    add_identifier(actor=coordinator, practitioner=people, kind="medicaid", value="4455667", state="IL")
    (hit,) = search(viewer=coordinator, text="zielinsk")
    assert (hit.label, hit.matched) == ("Kowalski, Maria Ewa", "Former name: Zielinska, Maria")
    assert search(viewer=coordinator, text="036123")[0].matched == "State license IL 036-123456"
    assert search(viewer=coordinator, text="036-1234")[0].label == "Kowalski, Maria Ewa"
    assert search(viewer=coordinator, text="IL 036-123456")[0].matched == "State license IL 036-123456"
    assert search(viewer=coordinator, text="il 036.1234")[0].label == "Kowalski, Maria Ewa"
    assert search(viewer=coordinator, text="WI 036-123456") == []
    assert search(viewer=coordinator, text="4455")[0].matched == "Medicaid number IL 4455667"
    assert "036-123456" in search(viewer=coordinator, text="036-123456")[0].detail


def test_the_ward_finds_names_and_npis_but_no_licence_numbers(coordinator, user_with, people):
    record_claim(
        actor=coordinator,
        practitioner=people,
        type_code="LICENSE",
        state="IL",
        number="A778899",
        valid=days(dt.date(2026, 1, 1), None),
    )
    ward = user_with(Role.LOOKUP)
    assert found(ward, "kowalski m") == found(coordinator, "kowalski m")
    assert found(ward, "A7788") == found(ward, "IL A7788") == []
    assert found(coordinator, "A7788") == ["Kowalski, Maria Ewa"]
    assert found(user_with(), "kowalski") == []


@pytest.mark.parametrize(
    "text", ["", "   ", "%", "_", "%%%", "'; DROP", "x" * 500, "\x00abc", "zzzzqqq", "☃", "12"]
)
def test_anything_may_be_typed(coordinator, people, text):
    assert isinstance(search(viewer=coordinator, text=text), list)


def test_the_number_of_queries_and_of_hits_is_bounded(coordinator, people):
    search(viewer=coordinator, text="warm up")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        hits = search(viewer=coordinator, text="smith", limit=2)
    assert len(hits) == 2
    assert len(queries) <= 9


def test_the_trigram_index_answers_names_that_are_only_similar(coordinator, people):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL pg_trgm.word_similarity_threshold = 0.45")
        cursor.execute(
            "EXPLAIN SELECT id FROM practitioners_practitionername WHERE %s <%% search_key", ["KOWALSKY"]
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "name_search_trigrams" in plan


def test_someone_of_that_name_is_noticed_before_a_second_record_is_made(coordinator, people):
    assert [str(row) for row in similar_people(last_name="kowalski", first_name="M.")] == [
        "Kowalski, Maria Ewa"
    ]
    assert similar_people(last_name="Unheard", first_name="Of") == []
    assert similar_people(last_name="", first_name="Of") == []


def test_the_key_of_a_name_holds_the_ways_to_type_it(db):
    assert name_key(last="O'Brien-Cruz", first="Ana") == "OBRIEN CRUZ ANA O BRIEN CRUZ OBRIENCRUZ"
    assert len(name_key(last="x'" * 50, first="y" * 100, middle="z" * 100, suffix="Jr.")) <= 320
    assert PractitionerName._meta.get_field("search_key").max_length == 320


def test_the_last_four_of_a_social_security_number_find_somebody_for_those_who_may_know(
    coordinator, user_with, surgeon
):
    record_ssn(actor=coordinator, practitioner=surgeon, number="219-09-9981")
    hits = search(viewer=coordinator, text="9981")
    assert [(hit.uid, hit.matched) for hit in hits] == [(surgeon.uid, "SSN ends in these digits")]
    assert search(viewer=user_with(Role.MEDICAL_STAFF_COORDINATOR), text="9981") == []
