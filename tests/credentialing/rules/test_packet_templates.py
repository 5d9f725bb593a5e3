"""Templates of packets: read whole, or refused with the place and what is wrong."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml

from credentialing.choices import ApplicationKind
from credentialing.packet_templates import FOLDER, load_templates, shipped_templates
from credentialing.rules.packets import BadTemplate, choose, for_person, read_template

INITIAL = yaml.safe_load((FOLDER / "initial_1.yaml").read_text(encoding="utf-8"))


def current_template(kind: str, provider_type: str) -> dict[str, Any] | None:
    """The shipped one for them."""
    return choose([[versions[-1] for versions in shipped_templates().values()]], kind, provider_type)


def changed(path: str, value: Any) -> dict[str, Any]:
    """The shipped template with one thing in it changed."""
    made = copy.deepcopy(INITIAL)
    *way, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    place: Any = made
    for part in way:
        place = place[part]
    place[last] = value
    return made


def test_every_kind_of_application_has_a_template_for_every_type():
    assert {code: len(versions) for code, versions in load_templates().items()} == {
        "added_privileges": 1,
        "disaster": 1,
        "initial": 2,
        "locum": 1,
        "membership": 2,
        "pre_application": 1,
        "reappointment": 2,
        "reinstatement": 1,
        "telemedicine": 1,
        "temporary": 2,
        "temporary_applicant": 1,
    }
    assert current_template("initial", "MD")["code"] == "initial"
    assert current_template("reappointment", "CRNA")["code"] == "reappointment"
    assert all(current_template(kind, "MD") for kind in ApplicationKind.values)
    assert current_template("locum", "MD")["code"] == "locum"
    assert current_template("temporary.need", "MD")["code"] == "temporary"
    assert current_template("temporary.applicant", "MD")["code"] == "temporary_applicant"
    assert current_template("category_change", "MD")["version"] == 2
    assert current_template("no_kind", "MD") is None


def test_each_kind_asks_what_is_sensible_for_it():
    def asked(kind: str) -> dict[str, Any]:
        found = read_template(current_template(kind, "MD"))
        return {each.code: each for each in found.sections}

    assert "peers" not in asked("telemedicine")  # the distant site's decision is relied on
    assert "peers" not in asked("temporary.applicant")  # they stand in the application it waits beside
    assert {each.code for each in asked("disaster")["documents"].documents if each.needed} == {"photo_id"}
    assert "affiliations" in asked("locum")
    assert "practiced" in {each.code for each in asked("reinstatement")["identity"].fields}
    assert "privileges" not in asked("reinstatement")
    # Whoever is asked about has signed before, whatever the kind.
    for kind in ApplicationKind.values:
        assert read_template(current_template(kind, "MD")).release


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("sections/0/kind", "poem", "section identity: kind poem is none of"),
        ("sections/0/colour", "red", "section identity: colour is not known"),
        ("sections/0/fields/0/place", "person.shoe_size", "no place person.shoe_size"),
        ("sections/0/fields/0/kind", "guess", "birth_date: kind guess is none of"),
        ("sections/0/code", "sign", "sign is an address of its own"),
        ("sections/1/code", "identity", "identity stands there twice"),
        ("sections/1/minimum", {"DEA": 1}, "minimum: ['DEA'] is none of its types"),
        ("sections/1/after", ["cover"], "after: ['cover'] does not stand before it"),
        ("sections/2/types", [], "types belong to a section of the kind claims"),
        ("sections/10/documents/0/data_class", "secret", "secret is no class of data"),
        ("sections/3/provider_types", ["WIZARD"], "['WIZARD'] is no type of provider"),
        ("kinds", ["whatever"], "kinds: ['whatever'] is no kind of application"),
        ("colour", "red", "initial: colour is not known"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_place(path, value, said):
    with pytest.raises(BadTemplate) as refused:
        read_template(changed(path, value))
    assert said in str(refused.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "broken.yaml").write_text(yaml.safe_dump({**INITIAL, "version": "one"}), encoding="utf-8")
    with pytest.raises(BadTemplate, match=r"broken\.yaml"):
        load_templates(tmp_path)
    (tmp_path / "broken.yaml").write_text(yaml.safe_dump(INITIAL), encoding="utf-8")
    (tmp_path / "again.yaml").write_text(yaml.safe_dump(INITIAL), encoding="utf-8")
    with pytest.raises(BadTemplate, match="version 1 of initial is there already"):
        load_templates(tmp_path)


def test_sections_for_some_types_are_left_out_for_others():
    made = changed("sections/3/provider_types", ["MD", "DO"])
    made["sections"][4]["after"] = ["education", "boards"]
    nurse = read_template(for_person(made, "NP"))
    assert nurse.section("boards") is None
    assert nurse.section("history").after == ("education",)
    assert read_template(for_person(made, "MD")).section("boards") is not None
