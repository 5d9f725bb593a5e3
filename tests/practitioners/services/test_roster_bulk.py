"""Many people at once are written as one after the other: the same rows in every table."""

from __future__ import annotations

import io
import uuid
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from practitioners.importing.roster_fields import roster_mapping
from practitioners.models import Practitioner
from practitioners.rules.npi import npi_from_nine
from practitioners.services.people import create_practitioner
from practitioners.services.roster_acts import ACTS
from practitioners.services.roster_bulk import add_people
from practitioners.services.roster_import import plan_roster
from tests.practitioners.rosters import as_csv, caqh_row, roster_rows

pytestmark = pytest.mark.usefixtures("kinds", "taxonomy")
#: What differs between any two writings of the same: keys, numbers drawn at random, and what was encrypted.
_DRAWN = {"id", "uid", "history_id", "history_date", "ciphertext"}


def one_after_the_other(actor, plans, source) -> list[Practitioner]:
    """What :func:`add_people` does, by the services that write one thing each."""
    people = []
    for plan in plans:
        first, *more = plan.acts
        person = create_practitioner(actor=actor, **source, **first.values)
        for act in more:
            ACTS[act.kind](actor, person, act.values, source, plan)
        people.append(person)
    return people


def plans_of(actor, content: bytes, mapping: str):
    return plan_roster(actor=actor, source=io.BytesIO(content), mapping=roster_mapping(mapping))


def everything(labels: tuple[str, ...] = ("practitioners", "audit")) -> dict[str, list[str]]:
    """Every row of every table of these rooms, with what keys point at instead of the keys."""
    people = dict(Practitioner.every.values_list("pk", "npi"))
    uids = {row.uid: row.npi for row in Practitioner.every.all()}
    credential = apps.get_model("practitioners", "Credential")
    numbers = {row.pk: f"{people[row.practitioner_id]} {row.number_key}" for row in credential.objects.all()}
    uids |= {row.uid: numbers[row.pk] for row in credential.objects.all()}
    found = {}
    for label in labels:
        for model in apps.get_app_config(label).get_models():
            rows = [_plain(row, people, numbers, uids) for row in model._base_manager.all()]
            found[model._meta.label] = sorted(rows)
    return found


def _plain(row: Any, people, numbers, uids) -> str:
    said = []
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if field.name == "practitioner":
            value = people.get(value)
        elif field.name == "identity":
            value = numbers.get(value, value)
        elif field.name in _DRAWN:
            continue
        elif isinstance(value, uuid.UUID):
            value = uids.get(value, value)
        said.append(f"{field.name}={value!r}")
    return " ".join(said)


def _content() -> bytes:
    rows = roster_rows(7, seed=11)
    rows[1] |= {"Former last name": "Earlier", "Suffix": "Jr.", "Middle name": "Å."}
    rows[2] |= {"DEA number": "", "DEA expires": "", "Board": "", "Board specialty": "", "Board issued": "",
                "Board expires": "", "CAQH ID": "", "Primary taxonomy": ""}  # fmt: skip
    rows[3] |= {"Practice address": "", "Practice city": "Chicago", "Birth date": "", "Sex": "", "Phone": ""}
    rows[4] |= {"License expires": "", "License issued": ""}
    return as_csv(rows)


def together(actor, plans, source) -> list[Practitioner]:
    return add_people(actor=actor, plans=plans, source=source)


@pytest.mark.parametrize(
    ("mapping", "content"), [("generic", _content()), ("caqh", "\n".join(caqh_row()).encode())]
)
def test_the_same_rows_in_every_table(coordinator, mapping, content):
    source, moment = roster_mapping(mapping).source, clock.wall()
    written = []
    for write in (one_after_the_other, together):
        with clock.freeze(moment), transaction.atomic():
            plans = plans_of(coordinator, content, mapping)
            assert not any(plan.problems for plan in plans)
            write(coordinator, plans, source)
            written.append(everything())
            transaction.set_rollback(True)
    assert len(written[0]["practitioners.Statement"]) > 5
    assert len(written[0]["audit.AuditEvent"]) > 5
    assert written[0].keys() == written[1].keys()
    for name, rows in written[0].items():
        assert written[1][name] == rows, name


def test_a_thousand_people_cost_no_more_queries_than_ten(coordinator):
    source = roster_mapping("generic").source
    spent = []
    for first, count in ((0, 10), (100, 300)):
        plans = plans_of(coordinator, as_csv(roster_rows(count, seed=first, first=first)), "generic")
        with CaptureQueriesContext(connection) as seen:
            together(coordinator, plans, source)
        spent.append(len(seen))
    assert spent[1] <= spent[0] + 10, "the events and statements of many take a few statements more"


def test_what_was_taken_in_between_is_refused_naming_the_row(coordinator):
    rows = roster_rows(3, seed=3)
    plans = plans_of(coordinator, as_csv(rows), "generic")
    create_practitioner(actor=coordinator, provider_type="MD", last_name="Swift", npi=rows[1]["NPI"])
    with pytest.raises(Refused, match=r"^Row 3, .*Swift.* has NPI .*Nothing was written"):
        together(coordinator, plans, roster_mapping("generic").source)
    assert Practitioner.objects.count() == 1


def test_one_social_security_number_in_two_rows_is_refused(coordinator):
    header, cells = caqh_row()
    other = cells.replace(caqh_row()[1].split("|")[23], npi_from_nine("299999998")).replace(
        "13999999", "13999998"
    )
    assert other != cells
    other = other.replace("Vandale", "Another").replace("036.990000", "036.990001")
    plans = plans_of(coordinator, f"{header}\n{cells}\n{other}\n".encode(), "caqh")
    assert [plan.problems for plan in plans] == [[], []]
    with pytest.raises(Refused, match="stands in another row too, Row 2") as refused:
        together(coordinator, plans, roster_mapping("caqh").source)
    assert "9981" not in str(refused.value)


def test_adding_people_needs_the_permissions(user_with, coordinator):
    plans = plans_of(coordinator, as_csv(roster_rows(1, seed=3)), "generic")
    with pytest.raises(Forbidden):
        together(user_with(Role.MEDICAL_STAFF_COORDINATOR), plans, roster_mapping("generic").source)
