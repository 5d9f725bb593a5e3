import datetime as dt

import pytest

from config.accounts.choices import Role
from config.audit.models import AuditEvent
from config.kernel.errors import Forbidden, Refused
from config.kernel.periods import days, through
from practitioners.models import PracticeAffiliationPeriod
from practitioners.selectors.canonical import records_of
from practitioners.selectors.workplaces import FORMERLY, groups, people_of, places_of
from practitioners.services.affiliations import (
    add_affiliation,
    correct_affiliation,
    end_affiliation,
    withdraw_affiliation,
)
from practitioners.services.merging import merge_records
from practitioners.services.people import create_practitioner
from practitioners.services.workplaces import (
    add_location,
    correct_group,
    correct_location,
    create_group,
    set_group_active,
    set_location_active,
)

START, LATER = dt.date(2020, 1, 1), dt.date(2024, 7, 1)
TODAY = dt.date(2026, 3, 2)


@pytest.fixture
def group(coordinator):
    return create_group(actor=coordinator, name="Harbour Surgical Group", npi="1234567893")


@pytest.fixture
def office(coordinator, group):
    return add_location(actor=coordinator, group=group, name="Main Street", city="Alton", state="il")


@pytest.fixture
def other_office(coordinator, group):
    return add_location(actor=coordinator, group=group, name="River Road")


def live(person):
    rows = PracticeAffiliationPeriod.objects.live().filter(identity__practitioner=person)
    rows = rows.select_related("identity__location").order_by("identity__location__name", "valid")
    return [(row.identity.location.name, row.start, row.end, row.main) for row in rows]


# --- groups and offices ---------------------------------------------------------------------------------


def test_a_group_is_added_corrected_closed_and_opened_again(coordinator, group):
    correct_group(actor=coordinator, group=group, name="Harbor  Surgical Group", tax_id="361234567")
    group.refresh_from_db()
    assert (group.name, group.npi, group.tax_id) == ("Harbor Surgical Group", "", "36-1234567")
    set_group_active(actor=coordinator, group=group, active=False)
    set_group_active(actor=coordinator, group=group, active=True)
    verbs = AuditEvent.objects.filter(verb__startswith="practice_group").order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == [
        "practice_group.created",
        "practice_group.corrected",
        "practice_group.closed",
        "practice_group.reopened",
    ]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " - "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "harbour surgical GROUP"}, "name"),
        ({"name": "Other", "npi": "1234567890"}, "npi"),
        ({"name": "Other", "tax_id": "12-34"}, "tax_id"),
    ],
)
def test_what_is_no_group_is_refused_at_its_field(coordinator, group, values, field):
    with pytest.raises(Refused) as refused:
        create_group(actor=coordinator, **values)
    assert refused.value.field == field or field == "npi"


def test_offices_are_told_apart_within_their_group(coordinator, group, office):
    assert (office.state, str(office)) == ("IL", "Harbour Surgical Group, Main Street")
    with pytest.raises(Refused, match="has an office “main street” already"):
        add_location(actor=coordinator, group=group, name="main street")
    with pytest.raises(Refused, match="Choose the state"):
        correct_location(actor=coordinator, location=office, name="Main Street", state="ZZ")
    correct_location(actor=coordinator, location=office, name="Main Street, Suite 4", phone="312-555-0100")
    office.refresh_from_db()
    assert (office.name, office.phone, office.city) == ("Main Street, Suite 4", "312-555-0100", "")


def test_only_those_who_edit_files_keep_groups(user_with, group):
    reader = user_with(Role.COMPLIANCE_OFFICER)
    with pytest.raises(Forbidden):
        create_group(actor=reader, name="Other")
    with pytest.raises(Forbidden):
        set_group_active(actor=reader, group=group, active=False)


# --- who works where ------------------------------------------------------------------------------------


def test_one_place_is_the_main_one(coordinator, surgeon, office, other_office):
    for place, first in ((office, START), (other_office, LATER)):
        add_affiliation(
            actor=coordinator, practitioner=surgeon, location=place, valid=days(first, None), main=True
        )
    assert live(surgeon) == [
        ("Main Street", START, LATER - dt.timedelta(days=1), True),
        ("Main Street", LATER, None, False),
        ("River Road", LATER, None, True),
    ]


def test_the_same_days_are_not_recorded_twice(coordinator, surgeon, office):
    add_affiliation(actor=coordinator, practitioner=surgeon, location=office, valid=days(START, LATER))
    with pytest.raises(Refused, match="These days are on file"):
        add_affiliation(actor=coordinator, practitioner=surgeon, location=office, valid=days(START, None))
    add_affiliation(actor=coordinator, practitioner=surgeon, location=office, valid=days(LATER, None))
    assert len(live(surgeon)) == 2


@pytest.mark.parametrize("close", ["office", "group"])
def test_a_closed_place_takes_nobody(coordinator, surgeon, group, office, close):
    if close == "office":
        set_location_active(actor=coordinator, location=office, active=False)
    else:
        set_group_active(actor=coordinator, group=group, active=False)
    with pytest.raises(Refused, match="is closed"):
        add_affiliation(actor=coordinator, practitioner=surgeon, location=office, valid=days(START, None))


def test_a_correction_supersedes_and_what_was_said_stays(coordinator, surgeon, office):
    period = add_affiliation(
        actor=coordinator, practitioner=surgeon, location=office, valid=days(START, None)
    )
    corrected = correct_affiliation(
        actor=coordinator, period=period, valid=days(LATER, None), main=True, reason="Misread"
    )
    period.refresh_from_db()
    assert (period.end_reason, period.superseded_by) == ("Misread", coordinator)
    assert live(surgeon) == [("Main Street", LATER, None, True)]
    with pytest.raises(Refused, match="already replaced"):
        correct_affiliation(
            actor=coordinator, period=period, valid=days(START, None), main=True, reason="Again"
        )
    with pytest.raises(Refused, match="Say why"):
        withdraw_affiliation(actor=coordinator, period=corrected, reason=" ")


def test_somebody_leaves_with_an_inclusive_last_day(coordinator, surgeon, group, office):
    period = add_affiliation(
        actor=coordinator, practitioner=surgeon, location=office, valid=days(START, None)
    )
    with pytest.raises(Refused, match="before the first"):
        end_affiliation(actor=coordinator, period=period, last_day=dt.date(2019, 1, 1), reason="Left")
    end_affiliation(actor=coordinator, period=period, last_day=dt.date(2026, 3, 1), reason="Left")
    assert live(surgeon) == [("Main Street", START, dt.date(2026, 3, 1), False)]
    (place,) = places_of(records_of(surgeon), TODAY)
    assert place.over
    assert not people_of(group, TODAY).exists()
    assert people_of(group, TODAY, FORMERLY).count() == 1
    assert people_of(group, dt.date(2026, 3, 1)).count() == 1
    assert [each.people for each in groups(TODAY)] == [0]
    assert [each.people for each in groups(dt.date(2026, 3, 1))] == [1]


def test_a_mistake_leaves_the_group_as_if_it_had_never_been(coordinator, surgeon, group, office):
    period = add_affiliation(
        actor=coordinator, practitioner=surgeon, location=office, valid=days(START, through(LATER))
    )
    withdraw_affiliation(actor=coordinator, period=period, reason="Another Kowalski")
    assert live(surgeon) == []
    assert not people_of(group, TODAY, FORMERLY).exists()


def test_a_person_with_two_records_counts_once(coordinator, surgeon, group, office, other_office):
    record = create_practitioner(actor=coordinator, provider_type="MD", last_name="Kowalski", first_name="M.")
    for person, place in ((surgeon, office), (record, other_office)):
        add_affiliation(actor=coordinator, practitioner=person, location=place, valid=days(START, None))
    assert [each.people for each in groups(TODAY)] == [2]
    merge_records(actor=coordinator, keep=surgeon, record=record, reason="Entered twice")
    assert [(each.people, each.offices) for each in groups(TODAY)] == [(1, 2)]
    assert [place.location for place in places_of(records_of(surgeon), TODAY)] == [office, other_office]


def test_nobody_changes_their_own_places(coordinator, surgeon, office):
    surgeon.user = coordinator
    surgeon.save()
    with pytest.raises(Forbidden, match="your own file"):
        add_affiliation(actor=coordinator, practitioner=surgeon, location=office, valid=days(START, None))
