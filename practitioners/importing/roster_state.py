"""The parts of a record an import writes, as plain values: what undoing compares and puts back.

A part is named by a word and, where there are several, by what it is about: ``contact:email``,
``identifier:caqh:1234``, ``claim:<uid of the credential>``. The record's related rows must have been read.
"""

from __future__ import annotations

from typing import Any

from practitioners.models import Practitioner

PERSON = ("provider_type", "npi", "birth_date", "sex", "languages")
CONTACT = ("line_1", "line_2", "city", "state", "postal_code", "country", "phone", "said_by")
NAME = ("kind", "last_name", "first_name", "middle_name", "suffix", "used_from", "used_until", "said_by")
#: The one part of a row that made a new record.
CREATED = "create"


def state_of(person: Practitioner, part: str) -> Any:
    """The part of the record as it stands; None where there is nothing."""
    word, _, about = part.partition(":")
    return _STATES[word](person, about)


def _person(person: Practitioner, about: str) -> dict[str, Any]:
    names = about.split(",") if about else PERSON
    return {name: _plain(getattr(person, name)) for name in names}


def _names(person: Practitioner, about: str) -> list[dict[str, Any]]:
    rows = [{name: _plain(getattr(row, name)) for name in NAME} for row in person.names.all()]
    return sorted(rows, key=lambda row: [str(row[name]) for name in NAME])


def _contact(person: Practitioner, about: str) -> dict[str, Any] | None:
    points = sorted((row for row in person.contact_points.all() if row.kind == about), key=lambda row: row.pk)
    return {name: getattr(points[0], name) for name in CONTACT} if points else None


def _identifier(person: Practitioner, about: str) -> dict[str, Any] | None:
    kind, _, value = about.partition(":")
    for row in person.identifiers.all():
        if (row.kind, row.value) == (kind, value):
            return {"kind": row.kind, "value": row.value, "issuer": row.issuer, "state": row.state}
    return None


def _specialties(person: Practitioner, about: str) -> list[dict[str, Any]]:
    rows = [
        {"code": row.taxonomy_id, "primary": row.primary, "said_by": row.said_by}
        for row in person.taxonomies.all()
    ]
    return sorted(rows, key=lambda row: str(row["code"]))


def _claim(person: Practitioner, about: str) -> list[dict[str, Any]]:
    """What is on file of one credential now, the uid of every period included."""
    credential = next((row for row in person.credentials.all() if str(row.uid) == about), None)
    if credential is None:
        return []
    rows = [
        {
            "uid": str(row.uid),
            "from": _plain(row.valid.lower),
            "until": _plain(row.valid.upper),
            "standing": row.standing,
            "status": row.status,
            "said_by": row.said_by,
            "extra": row.extra,
            "evidence": row.evidence_id,
        }
        for row in credential.periods.all()
        if row.superseded_at is None
    ]
    return sorted(rows, key=lambda row: (str(row["from"] or ""), str(row["uid"])))


def _ssn(person: Practitioner, about: str) -> str | None:
    """When the social security number on file was recorded; never the number itself."""
    row = getattr(person, "social_security_number", None)
    return _plain(row.recorded_at) if row is not None and row.last_four_lookup else None


def _create(person: Practitioner, about: str) -> dict[str, Any]:
    """All parts: a new record is untouched only as a whole."""
    return {
        "person": _person(person, ""),
        "names": _names(person, ""),
        "contacts": [
            {"kind": row.kind, **{name: getattr(row, name) for name in CONTACT}}
            for row in sorted(person.contact_points.all(), key=lambda row: (row.kind, row.pk))
        ],
        "identifiers": sorted(
            f"{row.kind}:{row.value}:{row.issuer}:{row.state}" for row in person.identifiers.all()
        ),
        "specialties": _specialties(person, ""),
        "claims": {
            str(row.uid): periods
            for row in sorted(person.credentials.all(), key=lambda row: str(row.uid))
            if (periods := _claim(person, str(row.uid)))
        },
        "account": person.user_id,
        "ssn": _ssn(person, ""),
    }


_STATES = {
    "person": _person,
    "names": _names,
    "contact": _contact,
    "identifier": _identifier,
    "specialties": _specialties,
    "claim": _claim,
    "ssn": _ssn,
    CREATED: _create,
}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
