"""The forms as data, what an answer must hold, and what in it calls for a second look."""

from __future__ import annotations

import copy
import datetime as dt

import pytest

from config.kernel.errors import Refused
from credentialing.choices import Element
from credentialing.enquiry_forms import FORMS, current_form
from credentialing.rules.enquiries import check_answers, concerns, read_form, seal, seal_holds, told
from credentialing.selectors.enquiries import same_person
from tests.credentialing.enquiries import AREAS, good_affiliation, good_reference

TODAY = dt.date(2026, 3, 10)
PEER = read_form(current_form(Element.PEER_REFERENCE))
PLACE = read_form(current_form(Element.WORK_HISTORY))


def test_every_form_can_be_read_and_other_elements_have_none():
    assert {current_form(each)["code"] for each in FORMS} == {"peer_reference", "affiliation"}
    assert current_form(Element.STATE_LICENSE) is None


def test_the_six_areas_are_asked_about_on_one_scale():
    asked = {each.code: each for each in PEER.questions()}
    assert set(AREAS) <= set(asked)
    assert len({tuple(choice.value for choice in asked[area].choices) for area in AREAS}) == 1


def test_a_good_answer_gives_no_cause():
    for form, given in ((PEER, good_reference()), (PLACE, good_affiliation())):
        kept = check_answers(form, given, today=TODAY)
        assert concerns(form, kept) == []
        assert len(told(form, kept)) == len(kept)


@pytest.mark.parametrize("area", AREAS)
def test_below_what_is_expected_in_any_area_is_a_concern(area):
    kept = check_answers(PEER, good_reference(**{area: "below"}), today=TODAY)
    assert len(concerns(PEER, kept)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"same_discipline": "no"},
        {"relation": "relative"},
        {"relation": "partner"},
        {"last_seen": "longer"},
        {"recommend": "no"},
        {"recommend": "with_reservations"},
        {"reservations": "yes", "reservations_text": "Late charts."},
    ],
)
def test_what_the_field_weighs_is_a_concern(change):
    assert len(concerns(PEER, check_answers(PEER, good_reference(**change), today=TODAY))) == 1


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"extent": "full", "good_standing": ""}, "good_standing"),
        ({"adverse_action": "yes"}, "explanation"),
        ({"status": "former"}, "ended_on"),
        ({"extent": ""}, "extent"),
    ],
)
def test_what_one_answer_makes_necessary(change, missing):
    with pytest.raises(Refused) as refused:
        check_answers(PLACE, good_affiliation(**change), today=TODAY)
    assert refused.value.field == missing


def test_no_record_needs_nothing_more():
    kept = check_answers(PLACE, {"extent": "no_record"}, today=TODAY)
    assert concerns(PLACE, kept) == ["The organization has no record of the practitioner."]


def test_today_counts_and_tomorrow_does_not():
    check_answers(PEER, good_reference(known_since=TODAY), today=TODAY)
    with pytest.raises(Refused, match="future"):
        check_answers(PEER, good_reference(known_since=TODAY + dt.timedelta(days=1)), today=TODAY)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda form: form["sections"][0]["questions"].append(form["sections"][0]["questions"][0]),
        lambda form: form["sections"][0]["questions"][0].update(kind="essay"),
        lambda form: form["sections"][0]["questions"][0].update(needed_when={"nobody": ["yes"]}),
        lambda form: form["sections"][0]["questions"][0].update(colour="red"),
    ],
)
def test_a_form_that_cannot_be_answered_is_not_read(spoil):
    form = copy.deepcopy(current_form(Element.PEER_REFERENCE))
    spoil(form)
    with pytest.raises(ValueError, match=r"peer_reference|relation"):
        read_form(form)


def test_a_seal_holds_only_what_was_sealed():
    sealed = seal({"answers": {"recommend": "yes"}, "signed_by": "Ines"})
    assert seal_holds(sealed)
    assert not seal_holds(sealed | {"signed_by": "Odell"})
    assert not seal_holds({"signed_by": "Ines"})


@pytest.mark.parametrize(
    ("signed", "asked", "same"),
    [
        ("Ines Calloway, MD", "Dr. Ines Calloway", True),
        ("CALLOWAY", "Ines Calloway", True),
        ("Odell Marchetti, MD", "Ines Calloway", False),
    ],
)
def test_whether_somebody_else_signed(signed, asked, same):
    assert same_person(signed, asked) is same
