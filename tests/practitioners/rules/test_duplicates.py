"""How alike two records are: what speaks for one person, what against, and that the order does not matter."""

import datetime as dt

import pytest

from practitioners.rules.duplicates import LIKELY, SHOWN, VERY_LIKELY, NameOf, RecordFacts, compare

BORN = dt.date(1975, 3, 4)


def record(last="Smith", first="Robert", middle="", **more):
    more.setdefault("provider_type", "MD")
    names = (NameOf.of(last, first, middle), *more.pop("names", ()))
    return RecordFacts(names=names, **more)


@pytest.mark.parametrize(
    ("one", "other", "least", "below"),
    [
        (record(birth_date=BORN), record(birth_date=BORN), LIKELY, VERY_LIKELY),
        (record(), record(), 0, SHOWN),  # a common name alone says little
        (record(birth_date=BORN), record(first="Bob", birth_date=BORN), SHOWN, VERY_LIKELY),
        (record(birth_date=BORN), record(last="Smyth", birth_date=BORN), SHOWN, VERY_LIKELY),
        (record(birth_date=BORN), record(birth_date=dt.date(1975, 4, 3)), SHOWN, LIKELY),
        (record(birth_date=BORN), record(birth_date=dt.date(1961, 12, 30)), 0, 1),
        (record(npi="1234567893"), record(numbers=frozenset({("other", "Other", "1234567893")})), 80, 101),
        (record(npi="1234567893"), record(npi="1000000012"), 0, SHOWN),
        (
            record(licences=frozenset({("State license", "IL", "036111")})),
            record(first="R", licences=frozenset({("State license", "IL", "036111")})),
            LIKELY,
            VERY_LIKELY,
        ),
        (
            record(last="Jones", names=(NameOf.of("Smith", "Robert", "", "former"),), birth_date=BORN),
            record(birth_date=BORN),
            LIKELY,
            VERY_LIKELY,
        ),
        (record(last="Robert", first="Smith", birth_date=BORN), record(birth_date=BORN), SHOWN, LIKELY),
        (record(birth_date=BORN, sex="F"), record(birth_date=BORN, sex="M"), 0, SHOWN),
    ],
)
def test_the_score(one, other, least, below):
    found = compare(one, other)
    assert least <= found.score < below, found
    assert compare(other, one) == found
    assert found.reasons
    assert all(point.sentence.endswith(".") for point in found.reasons)


def test_the_weightiest_reason_comes_first():
    found = compare(
        record(npi="1234567893", birth_date=BORN),
        record(birth_date=BORN, replaced_npis=frozenset({"1234567893"})),
    )
    assert "NPI 1234567893" in found.reasons[0].sentence
    assert [abs(point.points) for point in found.reasons] == sorted(
        (abs(point.points) for point in found.reasons), reverse=True
    )
    assert found.label == "Very likely one person"
