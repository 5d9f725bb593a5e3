"""The acts of an import: each calls the one service that writes this kind of thing every day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from practitioners.choices import NameKind
from practitioners.services.credentials import record_claim
from practitioners.services.people import (
    add_identifier,
    add_name,
    correct_name,
    correct_practitioner,
    set_contact_point,
    set_taxonomies,
)
from practitioners.services.protected import record_ssn


def _correct(actor, person, values, source, plan):
    correct_practitioner(
        actor=actor, practitioner=person, reason="As an imported roster says", **source, **values
    )


def _legal_name(actor, person, values, source, plan):
    add_name(actor=actor, practitioner=person, kind=NameKind.LEGAL, **source, **values)


def _correct_name(actor, person, values, source, plan):
    legal = person.names.get(kind=NameKind.LEGAL)
    correct_name(actor=actor, name=legal, **source, **values)


def _former_name(actor, person, values, source, plan):
    add_name(actor=actor, practitioner=person, kind=NameKind.FORMER, **source, **values)


def _contact(actor, person, values, source, plan):
    set_contact_point(actor=actor, practitioner=person, said_by=source["said_by"], **values)


def _identifier(actor, person, values, source, plan):
    add_identifier(actor=actor, practitioner=person, **source, **values)


def _specialties(actor, person, values, source, plan):
    set_taxonomies(actor=actor, practitioner=person, said_by=source["said_by"], **values)


def _claim(actor, person, values, source, plan):
    given = dict(values)
    lower, upper = given.pop("valid")
    return record_claim(
        actor=actor, practitioner=person, **source, valid=DateRange(lower, upper, "[)"), **given
    )


def _ssn(actor, person, values, source, plan):
    """Hand the number to the service of protected numbers; it is kept nowhere else."""
    number = plan.row.secrets["ssn"]
    record_ssn(actor=actor, practitioner=person, number=number, said_by=source["said_by"])


#: What is called for an act of a plan: ``(actor, person, values, source, plan)``.
ACTS: dict[str, Callable[..., Any]] = {
    "correct": _correct,
    "legal_name": _legal_name,
    "correct_name": _correct_name,
    "former_name": _former_name,
    "contact": _contact,
    "identifier": _identifier,
    "specialties": _specialties,
    "claim": _claim,
    "ssn": _ssn,
}
