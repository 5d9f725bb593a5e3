"""The shipped values: complete, loadable, and what the rest of the room relies on."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import credentialing
from config.accounts.services.users import system_user
from config.rulebook.models import ParameterPeriod
from config.rulebook.services.parameters import load_file
from config.rulebook.services.sources import load_source_bodies
from credentialing.choices import Element
from credentialing.guidance import guidance_for
from credentialing.rules.needed import WHEN
from practitioners.choices import ProviderType, SourceKind

FILE = Path(credentialing.__file__).parent / "parameters.yaml"
ROWS = yaml.safe_load(FILE.read_text(encoding="utf-8"))


def rows(code):
    return [row for row in ROWS if row["code"] == f"credentialing.{code}"]


@pytest.mark.django_db
def test_the_file_loads_and_loading_it_again_changes_nothing():
    system = system_user()
    load_source_bodies(actor=system)
    assert load_file(actor=system, path=FILE).added == len(ROWS)
    before = list(ParameterPeriod.objects.order_by("id").values_list("uid", "valid"))
    assert load_file(actor=system, path=FILE).added == 0
    assert list(ParameterPeriod.objects.order_by("id").values_list("uid", "valid")) == before


def test_every_row_says_who_set_it_and_how_sure_that_is():
    assert all(row["citation"] and row["source"] and row["confidence"] for row in ROWS)
    assert {row["confidence"] for row in ROWS if row["source"] == "npdb-law"} == {"confirmed"}
    assert all(row["confidence"] != "confirmed" for row in ROWS if row["source"] in ("ncqa", "urac"))


@pytest.mark.parametrize("kind", ["initial", "reappointment"])
def test_what_is_required_names_known_elements(kind):
    by_body = {row["source"]: row["value"] for row in rows("required_elements") if row["subject"] == kind}
    assert set(by_body) == {"default", "cms", "tjc", "ncqa", "urac"}
    for entry in (entry for entries in by_body.values() for entry in entries):
        assert entry["element"] in Element.values
        assert entry["instances"] in ("facility_state", "each", "one", "recent", "new")
        assert set(entry["provider_types"]) <= {"*", *ProviderType.values}
        assert entry.get("when") in (None, *WHEN)
        assert entry["why"]
    required = {entry["element"] for entry in by_body["default"] if entry["minimum"]}
    assert {"STATE_LICENSE", "NPDB", "EXCLUSION", "LICENSE_SANCTIONS", "MALPRACTICE_HISTORY"} <= required
    asked = {body: {entry["element"] for entry in entries} for body, entries in by_body.items()}
    assert all(asked[body] <= asked["default"] for body in asked), "the hospital's own list is the longest"


def test_every_element_of_the_matrix_is_asked_for_somewhere():
    asked = {entry["element"] for row in rows("required_elements") for entry in row["value"]}
    beyond = {Element.LIFE_SUPPORT, Element.CASE_LOG}  # asked for by the privileges
    assert asked | beyond == set(Element.values)


def test_whom_to_ask_is_said_of_every_element_and_each_place_is_an_address():
    for element in Element.values:
        for profession in ProviderType.values:
            said = guidance_for(element, profession)
            assert said.ask.endswith(".")
            assert all(place.url.startswith("https://") and place.name for place in said.places)
    assert guidance_for("STATE_LICENSE", "NP").places[0].name.startswith("Nursys")


def test_accepted_sources_are_known_and_cover_every_element():
    said = {row["subject"]: set(row["value"]) for row in rows("accepted_sources")}
    assert set(said) == set(Element.values)
    assert all(kinds <= set(SourceKind.values) for kinds in said.values())
    assert SourceKind.SELF not in said[Element.STATE_LICENSE] | said[Element.NPDB]
