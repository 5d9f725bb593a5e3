"""When what was verified for one application counts for another."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from credentialing.choices import Element
from credentialing.rules.sharing import Asking, Found, why_not_shared

DECIDED = dt.date(2026, 6, 1)
FOUND = Found(facility_id=1, npdb_entity_id=1, source_kind="primary", verified_on=dt.date(2026, 3, 1))
ASKING = Asking(
    element=Element.STATE_LICENSE,
    facility_id=2,
    npdb_entity_id=2,
    decided_on=DECIDED,
    max_age=120,
    accepted=["primary"],
    released=True,
)


def test_it_counts_where_age_source_and_release_allow_it():
    assert why_not_shared(FOUND, ASKING) == ""


@pytest.mark.parametrize(("days", "counts"), [(119, True), (120, True), (121, False)])
def test_the_age_to_the_day(days, counts):
    found = replace(FOUND, verified_on=DECIDED - dt.timedelta(days=days))
    assert (why_not_shared(found, ASKING) == "") is counts


def test_what_is_never_shared_and_what_stays_at_home():
    for element in (Element.ATTESTATION, Element.EXCLUSION):
        assert why_not_shared(FOUND, replace(ASKING, element=element, facility_id=1))
    for element in (Element.PEER_REFERENCE, Element.HOSPITAL_AFFILIATION, Element.HEALTH_STATUS):
        assert "stays there" in why_not_shared(FOUND, replace(ASKING, element=element))
        assert why_not_shared(FOUND, replace(ASKING, element=element, facility_id=1)) == ""


def test_a_query_of_the_data_bank_belongs_to_its_entity():
    asking = replace(ASKING, element=Element.NPDB)
    assert "satisfies no other" in why_not_shared(FOUND, asking)
    assert why_not_shared(FOUND, replace(asking, npdb_entity_id=1)) == ""


def test_whatever_the_data_bank_told_stays_with_the_entity_and_a_protected_answer_at_home():
    told = replace(FOUND, data_class="data_bank")  # of sanctions, or of claims
    asking = replace(ASKING, element=Element.LICENSE_SANCTIONS)
    assert "satisfies no other" in why_not_shared(told, asking)
    assert why_not_shared(told, replace(asking, npdb_entity_id=1)) == ""
    assert why_not_shared(FOUND, asking) == ""
    assert "stays there" in why_not_shared(replace(FOUND, data_class="peer_review"), asking)


def test_source_and_release():
    assert "does not accept" in why_not_shared(replace(FOUND, source_kind="self"), ASKING)
    assert why_not_shared(FOUND, replace(ASKING, accepted=[], max_age=None)) == ""
    unsigned = replace(ASKING, released=False)
    assert why_not_shared(FOUND, unsigned) == "The release for this hospital is not signed yet."
    assert why_not_shared(FOUND, replace(unsigned, facility_id=1)) == ""
