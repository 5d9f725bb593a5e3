import datetime as dt

import pytest

from config.accounts.choices import Role
from config.kernel.errors import Forbidden, Refused
from config.kernel.periods import days, through
from practitioners.models import CredentialType
from practitioners.services.credential_types import configure_credential_type
from practitioners.services.credentials import record_claim
from practitioners.services.reference import load_credential_types

SCHEMA = {"type": "object", "properties": {"unit": {"type": "string", "title": "Unit", "maxLength": 60}}}
VALID = days(dt.date(2026, 1, 1), through(dt.date(2027, 12, 31)))


@pytest.fixture
def administrator(user_with):
    return user_with(Role.ADMINISTRATOR)


def configure(actor, **more):
    values = {
        "code": "FLUORO", "name": "Fluoroscopy permit", "category": "registration", "fields": SCHEMA,
        "number_label": "Permit number", "reminder_days": [60, 10],
    } | more  # fmt: skip
    return configure_credential_type(actor=actor, **values)


def test_only_who_keeps_reference_data(coordinator, director):
    for actor in (coordinator, director):
        with pytest.raises(Forbidden):
            configure(actor)


@pytest.mark.parametrize(
    ("schema", "sentence"),
    [
        ([], "must be an object"),
        ({"type": "array"}, "of type object"),
        ({"type": "object", "properties": {"a": {"type": "null"}}}, "No form can show"),
        ({"type": "object", "properties": {"a": {"type": "array", "items": {}}}}, "No form can show"),
        ({"type": "object", "properties": {}, "allOf": []}, "which nothing here understands"),
        (SCHEMA | {"required": ["other"]}, "is no field"),
        (SCHEMA | {"x-statuses": ["FINE"]}, "nothing an issuer can say"),
        (SCHEMA | {"x-lane": "fast"}, "no lane of the timeline"),
        ({"type": "object", "properties": {"issuer": {"type": "string", "title": "x"}}}, "of its own"),
    ],
)
def test_a_schema_no_form_can_show_is_refused(administrator, schema, sentence):
    with pytest.raises(Refused, match=sentence):
        configure(administrator, fields=schema)


@pytest.mark.parametrize("ladder", [[10, 60], [60, 60], [-1], [1000], ["90"], [True], list(range(20, 0, -1))])
def test_a_ladder_goes_down(administrator, ladder):
    with pytest.raises(Refused):
        configure(administrator, reminder_days=ladder)


def test_all_mistakes_are_told_at_once(administrator):
    with pytest.raises(Refused) as refused:
        configure(administrator, code="x", reminder_days=[1, 2], renewal_months=0)
    for sentence in ("The code is made of", "from the longest", "after 1 to 600 months"):
        assert sentence in refused.value.sentence


def test_what_records_rely_on_stays(administrator, coordinator, surgeon):
    kind = configure(administrator)
    record_claim(
        actor=coordinator, practitioner=surgeon, type_code="FLUORO", valid=VALID, issuer="IEMA",
        number="7", extra={"unit": "C-arm"},
    )  # fmt: skip
    with pytest.raises(Refused, match="“Unit” is filled in on records"):
        configure(administrator, kind=kind, fields={"type": "object", "properties": {}})
    with pytest.raises(Refused, match="cannot change any more"):
        configure(administrator, kind=kind, has_state=True)
    with pytest.raises(Refused, match="The code stays"):
        configure(administrator, kind=kind, code="OTHER")
    changed = configure(administrator, kind=kind, name="Fluoroscopy license")
    assert changed.name == "Fluoroscopy license"
    assert changed.history.count() == 2
    configure(administrator, kind=changed, name="Fluoroscopy license")
    assert changed.history.count() == 2  # nothing changed, nothing written


def test_loading_again_brings_unedited_kinds_up_to_date_and_leaves_edited_ones(system, administrator, kinds):
    dea, cme = CredentialType.objects.get(code="DEA"), CredentialType.objects.get(code="CME")
    configure(
        administrator, kind=cme, code="CME", name="CME credit", category=cme.category, fields=cme.fields,
        number_label="", expires=False, reminder_days=[],
    )  # fmt: skip
    CredentialType.objects.filter(pk=dea.pk).update(renewal_months=None)  # as an earlier release shipped it
    counts = load_credential_types(actor=system)
    assert (counts["added"], counts["updated"]) == (0, 1)
    assert CredentialType.objects.get(pk=dea.pk).renewal_months == 36
    assert CredentialType.objects.get(pk=cme.pk).name == "CME credit"
