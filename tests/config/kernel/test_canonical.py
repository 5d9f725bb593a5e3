"""Canonical JSON: one form for the same facts, none for what is ambiguous."""

import dataclasses
import datetime as dt
import enum
import hashlib
import json
import uuid
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.kernel.canonical import NotCanonical, bytes_digest, canonical_bytes, digest, plain_digest


class Colour(enum.StrEnum):
    RED = "red"


class Shade(enum.Enum):
    DARK = "red"


@dataclasses.dataclass(frozen=True)
class Fact:
    name: str
    when: dt.date


def test_an_example_byte_for_byte():
    value = {
        "b": Decimal("1.50"),
        "a": [dt.date(2025, 3, 1), None, True],
        "é": uuid.UUID(int=1),
        "moment": dt.datetime(2025, 3, 1, 7, 30, tzinfo=dt.timezone(dt.timedelta(hours=-5))),
        "colour": Colour.RED,
        "fact": Fact("x", dt.date(2024, 2, 29)),
        "pair": (1, 2.5),
    }
    assert canonical_bytes(value).decode() == (
        '{"a":["2025-03-01",null,true],"b":"1.5","colour":"red","fact":{"name":"x","when":"2024-02-29"},'
        '"moment":"2025-03-01T12:30:00.000000Z","pair":[1,2.5],"é":"00000000-0000-0000-0000-000000000001"}'
    )
    assert digest(value) == hashlib.sha256(canonical_bytes(value)).hexdigest()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Decimal("1.50"), Decimal("1.5")),
        (Decimal("100"), Decimal("1E+2")),
        (Decimal("0.00"), Decimal("-0")),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ((1, 2), [1, 2]),
        (
            dt.datetime(2025, 1, 1, 12, tzinfo=dt.UTC),
            dt.datetime(2025, 1, 1, 6, tzinfo=dt.timezone(dt.timedelta(hours=-6))),
        ),
        ({Colour.RED: 1}, {"red": 1}),
    ],
)
def test_equal_facts_have_equal_hashes(one, other):
    assert digest(one) == digest(other)


@pytest.mark.parametrize(
    ("one", "other"), [(1, "1"), (Decimal(1), 1), (None, ""), ([], {}), (True, 1), ("\u00e9", "e\u0301")]
)
def test_different_facts_have_different_hashes(one, other):
    assert digest([one]) != digest([other])


@pytest.mark.parametrize(
    "value",
    [
        {1, 2},
        frozenset(),
        b"bytes",
        dt.datetime(2025, 1, 1),  # noqa: DTZ001
        dt.timedelta(days=1),
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        Decimal("Infinity"),
        2**53,
        -(2**53),
        {1: "key is a number"},
        {None: 1},
        {Shade.DARK: 1, "red": 2},
        object(),
        Fact,
        "\ud800",
        {"\udfff": 1},
    ],
)
def test_what_has_no_single_form_is_refused(value):
    with pytest.raises(NotCanonical, match=r"^\$"):
        canonical_bytes(value)


def test_the_refusal_names_the_place():
    with pytest.raises(NotCanonical, match=r"\$\.lines\[1\]\.when: .* ambiguous"):
        canonical_bytes({"lines": [{}, {"when": dt.datetime(2025, 1, 1)}]})  # noqa: DTZ001


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(alphabet=st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(plain)
def test_plain_data_survives_the_round_trip(value):
    data = canonical_bytes(value)
    assert json.loads(data) == value
    assert canonical_bytes(json.loads(data)) == data


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_decimals_keep_their_value(value):
    text = json.loads(canonical_bytes(value))
    assert Decimal(text) == value
    assert "E" not in text


def test_bytes_digest():
    assert bytes_digest(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


whole = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii")), inner),
)


@given(whole)
def test_the_fast_digest_of_plain_data_is_the_canonical_one(value):
    assert plain_digest(value) == digest(value)
