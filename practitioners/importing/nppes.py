"""Reading the answers of the NPPES registry (API v2.1).

The registry repeats what practitioners say of themselves: names, practice address, specialties and licence
numbers are hints and claims, never verified truth. This module turns bytes into dataclasses; it writes
nothing and knows no table.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from practitioners.importing.fields import read_date
from practitioners.importing.rejections import Rejected, UnusableFile
from practitioners.rules.names import (
    display_name,
    split_suffix_field,
    split_surname,
    tidy_credentials,
    title_case,
)
from practitioners.rules.npi import check_npi
from practitioners.rules.problems import Problem
from practitioners.rules.taxonomy import is_taxonomy_code

__all__ = [
    "Address",
    "Identifier",
    "PersonName",
    "RegistryError",
    "RegistryRecord",
    "Rejected",
    "Taxonomy",
    "UnusableFile",
    "read_errors",
    "read_one",
    "read_records",
]

INDIVIDUAL, ORGANIZATION = "NPI-1", "NPI-2"
ACTIVE = "A"

NAME_LENGTH, SUFFIX_LENGTH, ADDRESS_LENGTH, CITY_LENGTH = 100, 20, 200, 100
NUMBER_LENGTH, ISSUER_LENGTH = 60, 120

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NAME_TYPES = {"1": "former", "2": "professional", "5": "other"}


@dataclass(frozen=True)
class PersonName:
    """A name as people write it. ``kind`` is ``legal``, ``former``, ``professional`` or ``other``."""

    last_name: str
    first_name: str = ""
    middle_name: str = ""
    prefix: str = ""
    suffix: str = ""
    credential: str = ""
    kind: str = "legal"

    @property
    def display(self) -> str:
        """The name as lists show it."""
        return display_name(
            last=self.last_name,
            first=self.first_name,
            middle=self.middle_name,
            suffix=self.suffix,
            credential=self.credential,
        )


@dataclass(frozen=True)
class Address:
    """An address of the registry. ``purpose`` is ``practice``, ``mailing`` or ``secondary`` (practice)."""

    purpose: str
    line_1: str
    line_2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = "US"
    phone: str = ""
    fax: str = ""


@dataclass(frozen=True)
class Taxonomy:
    """A specialty the person states, with the licence stated for it (either may be empty)."""

    code: str
    description: str = ""
    primary: bool = False
    licence_number: str = ""
    licence_state: str = ""


@dataclass(frozen=True)
class Identifier:
    """Another number the person states. ``code`` is the registry's (05 is Medicaid, 01 other)."""

    code: str
    description: str
    value: str
    issuer: str = ""
    state: str = ""


@dataclass(frozen=True)
class RegistryError:
    """An error of the registry's answer: its number (06 bad NPI, 07 more criteria needed, 17 version)."""

    number: str
    field: str
    description: str

    def __str__(self) -> str:
        place = f" ({self.field})" if self.field else ""
        return f"{self.number or '?'}{place}: {self.description}"


@dataclass(frozen=True)
class RegistryRecord:
    """One individual of the registry. ``raw`` is the record as it came, for the evidence."""

    npi: str
    enumeration_type: str
    status: str
    name: PersonName
    other_names: tuple[PersonName, ...] = ()
    sex: str = ""
    sole_proprietor: bool | None = None
    addresses: tuple[Address, ...] = ()
    taxonomies: tuple[Taxonomy, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    enumeration_date: dt.date | None = None
    last_updated: dt.date | None = None
    certification_date: dt.date | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def credential(self) -> str:
        """The degrees stated, in the usual spelling."""
        return self.name.credential

    @property
    def active(self) -> bool:
        """Whether the registry holds the NPI as active."""
        return self.status == ACTIVE

    @property
    def primary_taxonomy(self) -> Taxonomy | None:
        """The specialty marked primary, else the first, else None."""
        return next((item for item in self.taxonomies if item.primary), next(iter(self.taxonomies), None))

    @property
    def practice_address(self) -> Address | None:
        """The practice location, or None."""
        return next((item for item in self.addresses if item.purpose == "practice"), None)

    @property
    def mailing_address(self) -> Address | None:
        """The mailing address, or None."""
        return next((item for item in self.addresses if item.purpose == "mailing"), None)

    @property
    def provider_type(self) -> str:
        """The provider type the degrees, else the specialties, suggest: ``MD``, ``NP``, ... or ``OTHER``."""
        return _provider_type(self.credential, self.taxonomies)

    def as_fields(self) -> dict[str, Any]:
        """The record as JSON-able data (dates as ISO text), without ``raw``."""
        fields = asdict(self)
        fields.pop("raw")
        for name in ("enumeration_date", "last_updated", "certification_date"):
            fields[name] = fields[name].isoformat() if fields[name] else None
        return json.loads(json.dumps(fields))


class _Reject(Exception):
    """Internal: this record stays out; carries the sentence's second half."""


# --- whole answers -------------------------------------------------------------------------------------


def read_errors(data: bytes) -> list[RegistryError]:
    """The errors of an answer ``{"Errors": [...]}``; empty when the answer is of another kind.

    Raises ``UnusableFile`` when the bytes are not JSON.
    """
    answer = _load(data)
    if not isinstance(answer, dict):
        return []
    errors = answer.get("Errors", answer.get("errors"))
    if not isinstance(errors, list):
        return []
    return [
        RegistryError(
            str(error.get("number", "")), str(error.get("field", "")), str(error.get("description", ""))
        )
        if isinstance(error, dict)
        else RegistryError("", "", str(error))
        for error in errors
    ]


def read_raw_results(data: bytes) -> list[Any]:
    """The list of raw records of a whole answer or of a bare list.

    Raises ``UnusableFile`` when the bytes are something else, an error answer included.
    """
    answer = _load(data)
    if isinstance(answer, list):
        return answer
    if isinstance(answer, dict):
        if errors := read_errors(data):
            told = "; ".join(str(error) for error in errors[:3])
            raise UnusableFile(f"The file holds an error of the registry instead of records: {told}")
        if isinstance(answer.get("results"), list):
            return answer["results"]
    raise UnusableFile(
        "The file is not an answer of the NPPES registry (API v2.1): it has no list of records."
    )


def read_records(data: bytes) -> Iterator[RegistryRecord | Rejected]:
    """Every record of an answer, in order: either a record of an active individual or a ``Rejected``.

    Raises ``UnusableFile`` at once (not on the first record) when the file as a whole cannot be read.
    """
    results = read_raw_results(data)
    return (read_one(raw, position) for position, raw in enumerate(results, start=1))


def read_one(raw: Any, position: int = 1, *, accept_deactivated: bool = False) -> RegistryRecord | Rejected:
    """One raw record. ``accept_deactivated`` is for verification, where a deactivated NPI is a finding."""
    shown = ""
    try:
        if not isinstance(raw, dict):
            raise _Reject("is not a record: it has no fields")
        shown = _shown_npi(raw.get("number"))
        return _record(raw, accept_deactivated)
    except _Reject as reason:
        named = f"Record {position}" + (f" (NPI {shown})" if shown else "")
        return Rejected(position, shown, f"{named}: {reason}")


def _load(data: bytes) -> Any:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableFile(
            "The file is not text in UTF-8, so it is not an answer of the NPPES registry."
        ) from error
    if not text.strip():
        raise UnusableFile("The file is empty.")
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        at = (
            f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        )
        raise UnusableFile(
            f"The file is not valid JSON{at}, so it is not an answer of the NPPES registry."
        ) from error


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


# --- one record ----------------------------------------------------------------------------------------


def _record(raw: dict[str, Any], accept_deactivated: bool) -> RegistryRecord:
    try:
        npi = check_npi(raw.get("number"))
    except Problem as problem:
        raise _Reject(str(problem)) from problem
    kind = _text(raw, "enumeration_type", 10)
    if kind == ORGANIZATION:
        organization = _text(raw.get("basic"), "organization_name", 300) or "it"
        raise _Reject(f"{organization} is an organization (NPI-2), not a person.")
    if kind != INDIVIDUAL:
        raise _Reject("the record does not say that it is an individual (NPI-1).")
    basic = raw.get("basic")
    if not isinstance(basic, dict):
        raise _Reject("the record has no “basic” part with the name, so its shape is unknown.")
    status = _text(basic, "status", 10).upper()
    if not status:
        raise _Reject("the record does not say whether the NPI is active.")
    if status != ACTIVE and not accept_deactivated:
        raise _Reject(f"the NPI is deactivated in the registry (status {status}).")
    name = _name(basic, "legal")
    if not name.last_name:
        raise _Reject("the record has no last name.")
    return RegistryRecord(
        npi=npi,
        enumeration_type=kind,
        status=status,
        name=name,
        other_names=_other_names(raw),
        sex=_sex(basic),
        sole_proprietor={"YES": True, "NO": False, "Y": True, "N": False}.get(
            _text(basic, "sole_proprietor", 10).upper()
        ),
        addresses=_addresses(raw),
        taxonomies=_taxonomies(raw),
        identifiers=_identifiers(raw),
        enumeration_date=_date(basic, "enumeration_date"),
        last_updated=_date(basic, "last_updated"),
        certification_date=_date(basic, "certification_date"),
        raw=raw,
    )


def _name(source: Mapping[str, Any], kind: str) -> PersonName:
    surname = split_surname(_text(source, "last_name", NAME_LENGTH))
    field_suffix, field_credentials = split_suffix_field(
        _text(source, "name_suffix", SUFFIX_LENGTH) or _text(source, "suffix", SUFFIX_LENGTH)
    )
    stated = [_text(source, "credential", NAME_LENGTH), *surname.credentials, *field_credentials]
    credential = tidy_credentials(", ".join(stated))
    return PersonName(
        last_name=title_case(surname.surname),
        first_name=title_case(_text(source, "first_name", NAME_LENGTH), given=True),
        middle_name=title_case(_text(source, "middle_name", NAME_LENGTH), given=True),
        prefix=title_case(
            _text(source, "name_prefix", SUFFIX_LENGTH) or _text(source, "prefix", SUFFIX_LENGTH)
        ),
        suffix=field_suffix or surname.suffix,
        credential=credential,
        kind=kind,
    )


def _other_names(raw: Mapping[str, Any]) -> tuple[PersonName, ...]:
    names = []
    for item in _list(raw, "other_names"):
        kind = _NAME_TYPES.get(_text(item, "code", 10), "")
        if not kind:
            said = _text(item, "type", 60).lower()
            kind = next((word for word in ("former", "professional") if word in said), "other")
        name = _name(item, kind)
        if name.last_name or name.first_name:
            names.append(name)
    return tuple(dict.fromkeys(names))


def _addresses(raw: Mapping[str, Any]) -> tuple[Address, ...]:
    purposes = {"LOCATION": "practice", "PRIMARY": "practice", "MAILING": "mailing", "SECONDARY": "secondary"}
    addresses = [
        _address(item, purposes.get(_text(item, "address_purpose", 20).upper(), "secondary"))
        for item in _list(raw, "addresses")
    ]
    addresses += [_address(item, "secondary") for item in _list(raw, "practiceLocations")]
    return tuple(dict.fromkeys(address for address in addresses if address.line_1 or address.city))


def _address(item: Mapping[str, Any], purpose: str) -> Address:
    postal_code = _text(item, "postal_code", 20)
    if re.fullmatch(r"\d{9}", postal_code, re.ASCII):
        postal_code = f"{postal_code[:5]}-{postal_code[5:]}"
    return Address(
        purpose=purpose,
        line_1=_text(item, "address_1", ADDRESS_LENGTH),
        line_2=_text(item, "address_2", ADDRESS_LENGTH),
        city=title_case(_text(item, "city", CITY_LENGTH)),
        state=_text(item, "state", 40),
        postal_code=postal_code,
        country=_text(item, "country_code", 2) or "US",
        phone=_text(item, "telephone_number", 30),
        fax=_text(item, "fax_number", 30),
    )


def _taxonomies(raw: Mapping[str, Any]) -> tuple[Taxonomy, ...]:
    taxonomies = []
    for item in _list(raw, "taxonomies"):
        code = _text(item, "code", 20).upper()
        if not is_taxonomy_code(code):
            raise _Reject(f"“{code}” is not a taxonomy code (ten characters, the last an X).")
        taxonomies.append(
            Taxonomy(
                code=code,
                description=_text(item, "desc", 300),
                primary=item.get("primary") is True
                or _text(item, "primary", 10).upper() in ("TRUE", "Y", "YES"),
                licence_number=_text(item, "license", NUMBER_LENGTH),
                licence_state=_state(item),
            )
        )
    if sum(item.primary for item in taxonomies) > 1:
        raise _Reject("the record marks more than one taxonomy as primary.")
    return tuple(dict.fromkeys(taxonomies))


def _identifiers(raw: Mapping[str, Any]) -> tuple[Identifier, ...]:
    identifiers = [
        Identifier(
            code=_text(item, "code", 10),
            description=_text(item, "desc", 200),
            value=_text(item, "identifier", NUMBER_LENGTH),
            issuer=_text(item, "issuer", ISSUER_LENGTH),
            state=_state(item),
        )
        for item in _list(raw, "identifiers")
    ]
    return tuple(dict.fromkeys(item for item in identifiers if item.value))


# --- fields --------------------------------------------------------------------------------------------


def _text(source: Any, name: str, longest: int) -> str:
    """A text field without fillers and superfluous space; what is not text is refused with its name."""
    # Asked some forty times a record: what most fields are comes first.
    value = source.get(name) if type(source) is dict or isinstance(source, Mapping) else None
    if value is None or value == "":
        return ""
    if type(value) is not str:
        if not isinstance(value, bool | int | str):
            raise _Reject(f"the field “{name}” is not text, so the shape of the record is unknown.")
        value = str(value)
    if not value.isprintable():
        surrogates = any("\ud800" <= character <= "\udfff" for character in value)
        if surrogates or _CONTROL.search(value):
            raise _Reject(f"the field “{name}” holds characters that are not text.")
    value = " ".join(value.split())
    if value and not value.strip("-"):
        return ""
    if len(value) > longest:
        raise _Reject(f"the field “{name}” is longer than {longest} characters.")
    return value


def _list(source: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = source.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _Reject(f"“{name}” is not a list of parts, so the shape of the record is unknown.")
    return value


def _date(source: Mapping[str, Any], name: str) -> dt.date | None:
    text = _text(source, name, 40)
    if not text:
        return None
    if (day := read_date(text)) is not None:
        return day
    raise _Reject(f"the field “{name}” holds “{text}”, which is not a date.")


def _state(source: Mapping[str, Any]) -> str:
    state = _text(source, "state", 40).upper()
    return state if re.fullmatch(r"[A-Z]{2}", state, re.ASCII) else ""


def _sex(basic: Mapping[str, Any]) -> str:
    said = (_text(basic, "sex", 20) or _text(basic, "gender", 20)).upper()[:1]
    return said if said in ("F", "M", "X") else ""


def _shown_npi(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return re.sub(r"[^0-9A-Za-z\-]", "", str(value))[:20]


_TYPE_BY_CREDENTIAL = {
    "MD": "MD", "MBBS": "MD", "MBChB": "MD", "DO": "DO", "DPM": "DPM", "DDS": "DDS", "DMD": "DMD", "PA": "PA",
    "PA-C": "PA", "CRNA": "CRNA", "CNM": "CNM", "CNS": "CNS", "NP": "NP", "NP-C": "NP", "FNP": "NP",
    "FNP-C": "NP", "FNP-BC": "NP", "ACNP": "NP", "ACNP-BC": "NP", "AGACNP": "NP", "AGACNP-BC": "NP",
    "PMHNP": "NP",
    "PMHNP-BC": "NP", "PNP": "NP", "NNP": "NP", "WHNP": "NP", "DNP": "NP", "ARNP": "NP", "PsyD": "PSYD",
}  # fmt: skip
#: By the beginning of the taxonomy code; physicians' codes do not tell MD from DO, so they say nothing.
_TYPE_BY_TAXONOMY = {
    "363A": "PA", "363L": "NP", "364S": "CNS", "3675": "CRNA", "367A": "CNM", "213E": "DPM", "1223": "DDS",
    "103T": "PHD", "103G": "PHD",
}  # fmt: skip


def _provider_type(credential: str, taxonomies: tuple[Taxonomy, ...]) -> str:
    stated = [part.strip() for part in credential.split(",")]
    # A specialty of advanced practice decides before a doctorate of nursing or a second degree does.
    by_taxonomy = [
        _TYPE_BY_TAXONOMY.get(item.code[:4], "")
        for item in sorted(taxonomies, key=lambda item: not item.primary)
    ]
    for word in stated:
        if word in _TYPE_BY_CREDENTIAL:
            found = _TYPE_BY_CREDENTIAL[word]
            if found == "NP":
                return next((kind for kind in by_taxonomy if kind in ("CRNA", "CNM", "CNS", "NP")), "NP")
            return found
    return next((kind for kind in by_taxonomy if kind), "PHD" if "PhD" in stated else "OTHER")
