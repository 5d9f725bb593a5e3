"""Merging is knowledge, not a move: who may, what is refused, what is shown, and taking it back."""

import datetime as dt

import pytest
from django.core.cache import cache

from config.accounts.choices import Role
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.periods import days, through
from practitioners.choices import PairVerdict
from practitioners.filters import PractitionerFilter
from practitioners.models import PairReview, Practitioner, PractitionerAliasPeriod
from practitioners.selectors.canonical import canonical_of, person_id, persons, record_ids, records_by_person
from practitioners.selectors.duplicates import KEPT, likely_pairs, pair_of
from practitioners.selectors.people import practitioner_list
from practitioners.selectors.search import search
from practitioners.services.credentials import record_claim, withdraw_claim
from practitioners.services.merging import call_different, merge_records, take_apart, why_not_merge
from practitioners.services.people import (
    add_identifier,
    add_name,
    correct_practitioner,
    create_practitioner,
    link_user,
)

HOUR = dt.timedelta(hours=1)
NOW = dt.datetime.now(dt.UTC) + 24 * HOUR  # when roles given today are held


def person(actor, last="Smith", first="Robert", **more):
    return create_practitioner(actor=actor, provider_type="MD", last_name=last, first_name=first, **more)


def licence(actor, practitioner, number, *, state="IL", last=None):
    record_claim(
        actor=actor,
        practitioner=practitioner,
        type_code="LICENSE",
        state=state,
        number=number,
        valid=days(None, through(last)),
    )


@pytest.fixture
def two(coordinator):
    return person(coordinator, npi="1234567893"), person(coordinator, first="Bob", npi="1000000012")


def merge(actor, keep, record, reason="The same license"):
    return merge_records(actor=actor, keep=keep, record=record, reason=reason)


# --- the act --------------------------------------------------------------------------------------------


def test_a_merge_is_known_from_its_moment_on(coordinator, two):
    keep, record = two
    with clock.freeze(NOW):
        merge(coordinator, keep, record)
    assert canonical_of(record) == keep
    assert canonical_of(keep) == keep
    assert record_ids(keep) == [keep.pk, record.pk]
    assert canonical_of(record, NOW - HOUR) == record
    assert record_ids(keep, NOW - HOUR) == [keep.pk]
    assert persons([keep.pk, record.pk]) == {keep.pk: keep.pk, record.pk: keep.pk}
    assert records_by_person([keep.pk]) == {keep.pk: keep.pk, record.pk: keep.pk}
    found = Practitioner.objects.annotate(person=person_id("pk")).values_list("pk", "person")
    assert dict(found) == {keep.pk: keep.pk, record.pk: keep.pk}


def test_it_is_recorded_in_both_files(coordinator, two):
    keep, record = two
    merge(coordinator, keep, record)
    events = AuditEvent.objects.filter(verb="practitioner.merged")
    assert {event.practitioner_uid for event in events} == {keep.uid, record.uid}
    assert {event.reason for event in events} == {"The same license"}
    assert PairReview.objects.get().verdict == PairVerdict.MERGED


@pytest.mark.parametrize(
    "role", [Role.MEDICAL_STAFF_COORDINATOR, Role.COMPLIANCE_OFFICER, Role.DEPARTMENT_CHAIR]
)
def test_only_those_who_may(user_with, two, role):
    with pytest.raises(Forbidden):
        merge(user_with(role), *two)


def test_nobody_merges_their_own_record(coordinator, two, system):
    keep, record = two
    link_user(actor=system, practitioner=keep, user=coordinator)
    for pair in ((keep, record), (record, keep)):
        with pytest.raises(Forbidden, match="your own file"):
            merge(coordinator, *(Practitioner.objects.get(pk=one.pk) for one in pair))
    assert likely_pairs(coordinator) == []


def test_a_merge_has_a_reason_and_two_records(coordinator, two):
    keep, record = two
    with pytest.raises(Refused, match="Say why"):
        merge(coordinator, keep, record, reason=" ")
    with pytest.raises(Refused, match="one record"):
        merge(coordinator, keep, keep)


def test_the_record_with_the_account_stays(coordinator, user_with, two, system):
    keep, record = two
    link_user(actor=system, practitioner=record, user=user_with(Role.PRACTITIONER))
    with pytest.raises(Refused, match="account"):
        merge(coordinator, keep, record)
    merge(coordinator, record, keep)


def test_a_merged_record_takes_nothing_new(coordinator, two, kinds):
    keep, record = two
    merge(coordinator, keep, record)
    with pytest.raises(Refused, match="merged into the record of Smith, Robert"):
        add_name(actor=coordinator, practitioner=record, kind="former", last_name="Jones")
    with pytest.raises(Refused, match="merged into"):
        correct_practitioner(actor=coordinator, practitioner=record, sex="M")
    with pytest.raises(Refused, match="merged into"):
        licence(coordinator, record, "1")
    add_name(actor=coordinator, practitioner=keep, kind="former", last_name="Jones")


# --- chains ---------------------------------------------------------------------------------------------


def test_into_a_merged_record_nothing_is_merged(coordinator, two):
    keep, record = two
    third = person(coordinator, first="Rob")
    merge(coordinator, keep, record)
    with pytest.raises(Refused, match="already merged"):
        merge(coordinator, record, third)
    with pytest.raises(Refused, match="already merged"):
        merge(coordinator, third, record)


def test_who_was_merged_before_follows_and_comes_back(coordinator, two):
    keep, record = two
    third = person(coordinator, first="Rob")
    with clock.freeze(NOW):
        merge(coordinator, record, third)
    with clock.freeze(NOW + HOUR):
        merge(coordinator, keep, record)
    assert canonical_of(third) == keep
    assert set(record_ids(keep)) == {keep.pk, record.pk, third.pk}
    assert canonical_of(third, NOW) == record
    with clock.freeze(NOW + 2 * HOUR):
        take_apart(actor=coordinator, record=record, reason="Two brothers")
    assert canonical_of(third) == record
    assert record_ids(keep) == [keep.pk]
    assert record_ids(record) == [record.pk, third.pk]
    assert canonical_of(third, NOW + HOUR) == keep


# --- taking apart ---------------------------------------------------------------------------------------


def test_taking_apart_leaves_the_answers_as_they_were(coordinator, two, kinds):
    keep, record = two
    licence(coordinator, record, "036.1")
    add_identifier(actor=coordinator, practitioner=record, kind="caqh", value="12345678")

    def answers():
        words = ("bob smith", "robert", "1000000012", "036.1", "5678")
        return (
            [[(hit.id, hit.matched) for hit in search(viewer=coordinator, text=text)] for text in words],
            list(practitioner_list(viewer=coordinator).order_by("pk").values_list("pk", flat=True)),
            [pair.likeness for pair in likely_pairs(coordinator)],
        )

    before = answers()
    merge(coordinator, keep, record)
    between = answers()
    assert between != before
    take_apart(actor=coordinator, record=record, reason="Father and son")
    after = answers()
    assert after[:2] == before[:2]
    assert after[2] == []  # they were looked at: the pair stays away until it looks more alike
    assert PractitionerAliasPeriod.objects.get().end_reason == "Father and son"
    add_name(actor=coordinator, practitioner=record, kind="former", last_name="Jones")


def test_taking_apart_what_is_not_merged_is_refused(coordinator, two):
    with pytest.raises(Refused, match="not merged"):
        take_apart(actor=coordinator, record=two[1], reason="No")
    merge(coordinator, *two)
    with pytest.raises(Refused, match="Say why"):
        take_apart(actor=coordinator, record=two[1], reason="")


def test_merging_again_after_taking_apart(coordinator, two):
    merge(coordinator, *two)
    take_apart(actor=coordinator, record=two[1], reason="A mistake")
    merge(coordinator, two[1], two[0])
    assert canonical_of(two[0]) == two[1]


# --- how the person is found and shown ------------------------------------------------------------------


def test_the_person_is_found_once_by_the_names_and_numbers_of_both(coordinator, two):
    keep, record = two
    add_name(actor=coordinator, practitioner=record, kind="former", last_name="Quartermaine")
    merge(coordinator, keep, record)
    for text in ("smith", "bob smith", "quartermaine", "1000000012", "1234567893"):
        hits = search(viewer=coordinator, text=text)
        assert [hit.id for hit in hits] == [keep.pk], text
    assert "Former name" in search(viewer=coordinator, text="quartermaine")[0].matched
    assert "Merged record" in search(viewer=coordinator, text="1000000012")[0].matched
    assert [row.pk for row in practitioner_list(viewer=coordinator)] == [keep.pk]


# --- likely pairs ---------------------------------------------------------------------------------------


def test_likely_pairs_are_found_and_explained(coordinator, kinds):
    born = dt.date(1975, 3, 4)
    robert = person(coordinator, birth_date=born)
    bob = person(coordinator, first="Bob", birth_date=born)
    person(coordinator, last="Okonkwo", first="Ada", birth_date=born)
    one = person(coordinator, last="Brightwater", first="Imogen")
    other = person(coordinator, last="Vance", first="I")
    for each in (one, other):
        licence(coordinator, each, "036-77")
        add_identifier(actor=coordinator, practitioner=each, kind="caqh", value="111222")
    found = {frozenset((pair.one.pk, pair.other.pk)): pair for pair in likely_pairs(coordinator)}
    assert set(found) == {frozenset((robert.pk, bob.pk)), frozenset((one.pk, other.pk))}
    assert "forms of one name" in found[frozenset((robert.pk, bob.pk))].why
    assert "State license of IL" in found[frozenset((one.pk, other.pk))].why


def test_two_people_stay_away_until_they_look_more_alike(coordinator):
    born = dt.date(1975, 3, 4)
    one, other = person(coordinator, birth_date=born), person(coordinator, first="Bob", birth_date=born)
    assert len(likely_pairs(coordinator)) == 1
    with pytest.raises(Refused, match="how you know"):
        call_different(actor=coordinator, one=one, other=other, reason="")
    call_different(actor=coordinator, one=other, other=one, reason="Twins")
    assert likely_pairs(coordinator) == []
    assert pair_of(other, one).reviews[0].reason == "Twins"
    for each in (one, other):
        add_identifier(actor=coordinator, practitioner=each, kind="caqh", value="111222")
    assert len(likely_pairs(coordinator)) == 1


def test_a_merged_pair_is_no_longer_shown(coordinator):
    born = dt.date(1975, 3, 4)
    one, other = person(coordinator, birth_date=born), person(coordinator, birth_date=born)
    merge(coordinator, one, other)
    assert likely_pairs(coordinator) == []
    assert why_not_merge(keep=one, record=other)


def test_pairs_that_are_kept_lose_what_was_merged_or_told_apart_since(coordinator, monkeypatch):
    monkeypatch.setattr("practitioners.selectors.duplicates.SLOW", 0)
    monkeypatch.setattr("practitioners.selectors.duplicates.MANY", 0)
    born = dt.date(1975, 3, 4)
    cache.delete(KEPT)
    try:
        one, other = person(coordinator, birth_date=born), person(coordinator, first="Bob", birth_date=born)
        third = person(coordinator, first="Rob", birth_date=born)
        assert len(likely_pairs(coordinator)) == 3
        assert cache.get(KEPT)
        merge(coordinator, one, other)
        call_different(actor=coordinator, one=one, other=third, reason="Twins")
        assert likely_pairs(coordinator) == []
    finally:
        cache.delete(KEPT)


# --- the filters of the list ----------------------------------------------------------------------------


@pytest.mark.parametrize("with_a_merge", [False, True])
def test_filters_ask_every_record_of_a_person(coordinator, kinds, with_a_merge):
    keep, record = person(coordinator, npi="1234567893"), person(coordinator, first="Bob", npi="1000000012")
    without = person(coordinator, last="Okonkwo", first="Ada")
    licence(coordinator, record, "036.1")
    if with_a_merge:
        merge(coordinator, keep, record)
    holder = keep if with_a_merge else record
    lacking = {without.pk} if with_a_merge else {keep.pk, without.pk}

    def found(**asked):
        people = practitioner_list(viewer=coordinator)
        filterset = PractitionerFilter(asked, queryset=people, viewer=coordinator, on=dt.date(2026, 3, 4))
        return set(filterset.qs.values_list("pk", flat=True))

    assert found(licence_state="IL") == {holder.pk}
    assert found(licence="claimed") == {holder.pk}
    assert found(licence="none") == lacking
    assert found(licence="confirmed") == set()
    assert found(missing="email") == {holder.pk} | lacking


def test_without_a_licence_is_whoever_has_none_that_still_stands(coordinator, kinds):
    names = ("Never", "Stated", "Withdrawn", "Elsewhere", "Renewed")
    people = {name: person(coordinator, last=name) for name in names}
    for name in names[1:]:
        licence(coordinator, people[name], f"036.{name}")
    licence(coordinator, people["Elsewhere"], "12-345", state="WI")
    for name in ("Withdrawn", "Elsewhere"):
        credential = people[name].credentials.get(state="IL")
        withdraw_claim(actor=coordinator, credential=credential, reason="A slip")
    licence(coordinator, people["Renewed"], "036.Renewed", last=dt.date(2029, 7, 31))

    def found(**asked):
        rows = practitioner_list(viewer=coordinator)
        filterset = PractitionerFilter(asked, queryset=rows, viewer=coordinator, on=dt.date(2026, 3, 4))
        return set(filterset.qs.values_list("names__last_name", flat=True))

    assert found(licence="none") == {"Never", "Withdrawn"}
    assert found(licence="none", licence_state="IL") == {"Never", "Withdrawn", "Elsewhere"}
