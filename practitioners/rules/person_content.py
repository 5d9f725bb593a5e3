"""What is on file of a person, as it is stored: names, columns, addresses. Each says what cannot be.

Nothing here touches the database: the services that write one person and those that write many ask the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from practitioners.choices import ContactKind, ProviderType, Sex
from practitioners.rules.npi import check_npi
from practitioners.rules.problems import Problem
from practitioners.rules.provenance import BIRTH_DATE, NPI, PROVIDER_TYPE, SEX

NAME_LIMITS = {"last_name": 100, "first_name": 100, "middle_name": 100, "suffix": 20}
_CONTACT_LIMITS = {
    "line_1": 200,
    "line_2": 200,
    "city": 100,
    "state": 40,
    "postal_code": 20,
    "country": 2,
    "phone": 30,
}


def one_line(text: str | None) -> str:
    """The text without line breaks, runs of spaces and what surrounds it."""
    return " ".join(str(text or "").split())


def clean_name(
    last_name: str, first_name: str = "", middle_name: str = "", suffix: str = ""
) -> dict[str, str]:
    """The columns of a name; raises ``Problem`` where the last name has no letter or a part is too long."""
    values = {
        "last_name": one_line(last_name),
        "first_name": one_line(first_name),
        "middle_name": one_line(middle_name),
        "suffix": one_line(suffix),
    }
    if not any(character.isalpha() for character in values["last_name"]):
        raise Problem("Enter the last name.", field="last_name")
    for field, limit in NAME_LIMITS.items():
        if len(values[field]) > limit:
            raise Problem(f"This is longer than {limit} characters.", field=field)
    return values


def written_parts(values: Mapping[str, str]) -> dict[str, str]:
    """The columns of a name as ``practitioners.naming`` takes them."""
    return {
        "last": values["last_name"],
        "first": values["first_name"],
        "middle": values["middle_name"],
        "suffix": values["suffix"],
    }


def clean_person(given: Mapping[str, Any], *, today: dt.date) -> dict[str, Any]:
    """The columns of a person among those given (provider_type, npi, birth_date, sex, languages); raises
    ``Problem`` at the one that cannot be.
    """
    values = dict(given)
    if "provider_type" in values and values["provider_type"] not in ProviderType.values:
        raise Problem("Choose the provider type.", field="provider_type")
    if "npi" in values:
        npi = one_line(values["npi"])
        values["npi"] = check_npi(npi) if npi else None
    if "sex" in values:
        values["sex"] = values["sex"] or ""
        if values["sex"] and values["sex"] not in Sex.values:
            raise Problem("Choose one of the answers.", field="sex")
    if "languages" in values:
        values["languages"] = one_line(values["languages"])[:200]
    birth_date = values.get("birth_date")
    if birth_date is not None and birth_date > today:
        raise Problem("The birth date lies in the future.", field="birth_date")
    return values


def person_facts(values: Mapping[str, Any]) -> dict[str, Any]:
    """The followed facts among the columns of a person, as they are shown."""
    said = {fact: values[fact] for fact in (NPI, BIRTH_DATE) if values.get(fact)}
    if values.get("sex"):
        said[SEX] = Sex(values["sex"]).label
    if values.get("provider_type"):
        said[PROVIDER_TYPE] = ProviderType(values["provider_type"]).label
    return said


def clean_contact(
    kind: str,
    line_1: str,
    line_2: str = "",
    city: str = "",
    state: str = "",
    postal_code: str = "",
    country: str = "US",
    phone: str = "",
) -> dict[str, str]:
    """The columns of an address, phone or e-mail; raises ``Problem`` at the one that cannot be."""
    if kind not in ContactKind.values:
        raise Problem("Say what kind of contact this is.", field="kind")
    values = {
        "line_1": one_line(line_1),
        "line_2": one_line(line_2),
        "city": one_line(city),
        "state": one_line(state),
        "postal_code": one_line(postal_code),
        "country": one_line(country).upper() or "US",
        "phone": one_line(phone),
    }
    if not values["line_1"] and not (kind in (ContactKind.PRACTICE, ContactKind.MAILING) and values["city"]):
        raise Problem("Enter the address, the number or the e-mail.", field="line_1")
    if kind == ContactKind.EMAIL and ("@" not in values["line_1"] or " " in values["line_1"]):
        raise Problem(f'"{values["line_1"]}" is not an e-mail address.', field="line_1")
    for name, limit in _CONTACT_LIMITS.items():
        if len(values[name]) > limit:
            raise Problem(f"This is longer than {limit} characters.", field=name)
    return values
