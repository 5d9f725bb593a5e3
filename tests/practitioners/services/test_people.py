import datetime as dt

import pytest

from config.accounts.choices import Role
from config.audit.models import AuditEvent
from config.kernel.errors import Forbidden, Refused
from practitioners.choices import ContactKind, NameKind, SaidBy
from practitioners.models import Practitioner
from practitioners.services.people import (
    add_identifier,
    add_name,
    correct_name,
    correct_practitioner,
    create_practitioner,
    link_user,
    remove_name,
    set_contact_point,
    set_taxonomies,
)


def test_a_person_is_created_with_a_legal_name_that_lists_repeat(coordinator):
    person = create_practitioner(
        actor=coordinator,
        provider_type="MD",
        last_name="  O'Brien-Núñez ",
        first_name="Mary",
        middle_name="T",
        suffix="Jr.",
        npi="1234567893",
    )
    assert person.display_name == "O'Brien-Núñez, Mary T., Jr."
    assert person.sort_name == "OBRIEN NUNEZ MARY T JR"
    name = person.names.get()
    assert (name.kind, name.last_name) == (NameKind.LEGAL, "O'Brien-Núñez")
    assert name.search_key == "OBRIEN NUNEZ MARY T JR O BRIEN NUNEZ OBRIENNUNEZ"
    event = AuditEvent.objects.get(verb="practitioner.created")
    assert event.practitioner_uid == person.uid
    assert event.actor_name == str(coordinator)


@pytest.mark.parametrize(
    ("given", "field", "part"),
    [
        ({"npi": "1234567890"}, "npi", "check digit"),
        ({"npi": "12345"}, "npi", "has 5 digits"),
        ({"last_name": "  "}, "last_name", "last name"),
        ({"last_name": "x" * 101}, "last_name", "longer than 100"),
        ({"provider_type": "WIZARD"}, "provider_type", "provider type"),
        ({"birth_date": dt.date(2999, 1, 1)}, "birth_date", "future"),
        ({"sex": "Q"}, "sex", "answers"),
    ],
)
def test_what_cannot_be_right_is_refused_at_its_field(coordinator, given, field, part):
    values = {"provider_type": "MD", "last_name": "Kowalski", **given}
    with pytest.raises(Refused, match=part) as refused:
        create_practitioner(actor=coordinator, **values)
    assert refused.value.field == field
    assert not Practitioner.objects.exists()


def test_an_npi_belongs_to_one_record_and_the_sentence_names_it(coordinator, surgeon):
    with pytest.raises(Refused, match="Kowalski, Maria Ewa has NPI"):
        create_practitioner(actor=coordinator, provider_type="DO", last_name="Other", npi="1234567893")


def test_only_people_who_keep_files_write(user_with):
    with pytest.raises(Forbidden, match="do not include"):
        create_practitioner(actor=user_with(Role.LOOKUP), provider_type="MD", last_name="Nobody")


def test_nobody_changes_their_own_file(coordinator, system, surgeon):
    link_user(actor=system, practitioner=surgeon, user=coordinator)
    surgeon.refresh_from_db()
    with pytest.raises(Forbidden, match="your own file"):
        correct_practitioner(actor=coordinator, practitioner=surgeon, sex="F")


def test_one_account_is_one_person(coordinator, system, surgeon):
    other = create_practitioner(actor=coordinator, provider_type="MD", last_name="Other")
    link_user(actor=system, practitioner=surgeon, user=coordinator)
    with pytest.raises(Refused, match="already belongs to Kowalski"):
        link_user(actor=system, practitioner=other, user=coordinator)


def test_a_new_legal_name_makes_the_old_one_a_former_name(coordinator, surgeon):
    add_name(
        actor=coordinator,
        practitioner=surgeon,
        kind=NameKind.LEGAL,
        last_name="Nowak",
        first_name="Maria",
        used_from=dt.date(2026, 5, 2),
    )
    surgeon.refresh_from_db()
    assert surgeon.display_name == "Nowak, Maria"
    former = surgeon.names.get(kind=NameKind.FORMER)
    assert (former.last_name, former.used_until) == ("Kowalski", dt.date(2026, 5, 1))
    assert surgeon.names.filter(kind=NameKind.LEGAL).count() == 1


def test_a_typing_error_is_corrected_in_place_with_history(coordinator, surgeon):
    name = surgeon.names.get()
    correct_name(actor=coordinator, name=name, last_name="Kowalska")
    surgeon.refresh_from_db()
    assert surgeon.display_name == "Kowalska, Maria Ewa"
    assert surgeon.names.get().search_key.startswith("KOWALSKA MARIA")
    assert name.history.count() == 2


def test_the_legal_name_cannot_be_removed_but_a_wrong_other_name_can(coordinator, surgeon):
    with pytest.raises(Refused, match="legal name"):
        remove_name(actor=coordinator, name=surgeon.names.get(), reason="no")
    other = add_name(actor=coordinator, practitioner=surgeon, kind=NameKind.NICKNAME, last_name="Mary")
    with pytest.raises(Refused, match="Say why"):
        remove_name(actor=coordinator, name=other, reason=" ")
    remove_name(actor=coordinator, name=other, reason="Somebody else's")
    assert surgeon.names.count() == 1


def test_the_same_name_or_number_is_not_added_twice(coordinator, surgeon):
    add_name(actor=coordinator, practitioner=surgeon, kind=NameKind.MAIDEN, last_name="Zielinska")
    with pytest.raises(Refused, match="already on file"):
        add_name(actor=coordinator, practitioner=surgeon, kind=NameKind.MAIDEN, last_name="Zielinska")
    for _ in range(2):
        add_identifier(actor=coordinator, practitioner=surgeon, kind="medicaid", value="991", state="il")
    assert surgeon.identifiers.get().state == "IL"


def test_a_contact_point_is_replaced_and_an_unchanged_one_left_alone(coordinator, surgeon):
    for line in ("10 Lake Street", "12 Lake Street", "12 Lake Street"):
        set_contact_point(
            actor=coordinator,
            practitioner=surgeon,
            kind=ContactKind.PRACTICE,
            line_1=line,
            city="Springfield",
        )
    point = surgeon.contact_points.get()
    assert point.line_1 == "12 Lake Street"
    assert point.history.count() == 2
    with pytest.raises(Refused, match="not an e-mail address"):
        set_contact_point(actor=coordinator, practitioner=surgeon, kind=ContactKind.EMAIL, line_1="nobody")


def test_specialties_have_one_main_one(coordinator, surgeon, taxonomy):
    set_taxonomies(actor=coordinator, practitioner=surgeon, codes=["208600000X", "207R00000X"])
    set_taxonomies(
        actor=coordinator, practitioner=surgeon, codes=["208600000X", "207R00000X"], primary="207R00000X"
    )
    assert [(row.taxonomy_id, row.primary) for row in surgeon.taxonomies.all()] == [
        ("207R00000X", True),
        ("208600000X", False),
    ]
    with pytest.raises(Refused, match="999999999X is not in the loaded taxonomy"):
        set_taxonomies(actor=coordinator, practitioner=surgeon, codes=["999999999X"])


def test_correcting_touches_only_what_changed(coordinator, surgeon):
    correct_practitioner(actor=coordinator, practitioner=surgeon, sex="F", npi="1234567893")
    surgeon.refresh_from_db()
    assert surgeon.sex == "F"
    assert AuditEvent.objects.get(verb="practitioner.corrected").data == {"fields": ["sex"]}
    correct_practitioner(actor=coordinator, practitioner=surgeon, npi="")
    surgeon.refresh_from_db()
    assert surgeon.npi is None


def test_said_by_is_kept(coordinator):
    person = create_practitioner(
        actor=coordinator, provider_type="PA", last_name="Reed", said_by=SaidBy.APPLICANT
    )
    assert person.names.get().said_by == SaidBy.APPLICANT
