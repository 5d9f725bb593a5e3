"""The fields a roster can have, and the mappings shipped with the room."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from practitioners.choices import CredentialStatus, IdentifierKind, ProviderType, Sex
from practitioners.importing.mappings import FieldSpec, TableMapping, UnusableMapping, load_mapping

FOLDER = Path(__file__).resolve().parents[1] / "mappings"
#: By what people are recognised, in the usual order.
KEYS = ("npi", "identifiers", "name_and_birth_date")
#: Kinds of identifiers a column can hold, by the field's second part.
IDENTIFIERS = {
    kind.value: kind
    for kind in (
        IdentifierKind.CAQH,
        IdentifierKind.MEDICAID,
        IdentifierKind.MEDICARE,
        IdentifierKind.UPIN,
        IdentifierKind.ECFMG,
        IdentifierKind.NCSBN,
        IdentifierKind.EMPLOYEE,
    )
}
#: Those that tell people apart for certain: one number, one person.
TELLING = ("caqh", "upin", "ecfmg", "ncsbn", "employee")
_DATE = "date"


def _address(prefix: str, label: str) -> dict[str, FieldSpec]:
    return {
        f"{prefix}.line_1": FieldSpec(label),
        f"{prefix}.line_2": FieldSpec(f"{label}, second line"),
        f"{prefix}.city": FieldSpec(f"{label}: city", longest=100),
        f"{prefix}.state": FieldSpec(f"{label}: state", "state", longest=40),
        f"{prefix}.postal_code": FieldSpec(f"{label}: ZIP code", "zip", longest=20),
        f"{prefix}.phone": FieldSpec(f"{label}: phone", "phone", longest=30),
    }


FIELDS: dict[str, FieldSpec] = {
    "action": FieldSpec("Action", words=("keep", "remove")),
    "npi": FieldSpec("NPI", "npi", longest=30),
    "last_name": FieldSpec("Last name", longest=100),
    "first_name": FieldSpec("First name", longest=100),
    "middle_name": FieldSpec("Middle name", longest=100),
    "suffix": FieldSpec("Suffix", longest=20),
    "former_last_name": FieldSpec("Former last name", longest=100),
    "provider_type": FieldSpec("Provider type", words=tuple(map(str, ProviderType.values))),
    "birth_date": FieldSpec("Birth date", _DATE, longest=40),
    "sex": FieldSpec("Sex", words=tuple(map(str, Sex.values))),
    "languages": FieldSpec("Languages"),
    "email": FieldSpec("E-mail", "email"),
    "phone": FieldSpec("Phone", "phone", longest=30),
    **_address("practice", "Practice address"),
    **_address("mailing", "Mailing address"),
    "primary_taxonomy": FieldSpec("Specialty", "taxonomy", longest=20),
    **{f"identifier.{code}": FieldSpec(str(kind.label), longest=60) for code, kind in IDENTIFIERS.items()},
    "licence.state": FieldSpec("License: state", "state", longest=40),
    "licence.number": FieldSpec("License: number", longest=60),
    "licence.status": FieldSpec("License: status", words=tuple(map(str, CredentialStatus.values))),
    "licence.start": FieldSpec("License: issued on", _DATE, longest=40),
    "licence.end": FieldSpec("License: last valid day", _DATE, longest=40),
    "dea.number": FieldSpec("DEA number", "dea", longest=30),
    "dea.start": FieldSpec("DEA: issued on", _DATE, longest=40),
    "dea.end": FieldSpec("DEA: last valid day", _DATE, longest=40),
    "board.issuer": FieldSpec("Certifying board"),
    "board.specialty": FieldSpec("Board specialty", longest=120),
    "board.number": FieldSpec("Certificate number", longest=60),
    "board.start": FieldSpec("Certified from", _DATE, longest=40),
    "board.end": FieldSpec("Certificate: last valid day", _DATE, longest=40),
    "ssn": FieldSpec("Social security number", "ssn", longest=20, secret=True),
}


def roster_mapping(code: str) -> TableMapping:
    """A mapping by its code: shipped, or in the folder the setting STANDING_MAPPINGS names."""
    for each in _files():
        if each.stem == code:
            return load_mapping(each, FIELDS, keys=KEYS)
    known = ", ".join(each.stem for each in _files())
    raise UnusableMapping(f"There is no mapping “{code[:60]}”; there are {known}.")


def roster_mapping_at(path: Path) -> TableMapping:
    """A mapping from a file anywhere."""
    return load_mapping(path, FIELDS, keys=KEYS)


def roster_mapping_choices() -> list[tuple[str, str]]:
    """(code, name) of every mapping a page can offer; one that is wrong is offered by its code, and says what
    is wrong when it is chosen.
    """
    choices = []
    for each in _files():
        try:
            choices.append((each.stem, load_mapping(each, FIELDS, keys=KEYS).name))
        except UnusableMapping:
            choices.append((each.stem, each.stem))
    return choices


def _files() -> list[Path]:
    """Mapping files by their code, the house's own before those shipped."""
    folders = [Path(folder) for folder in (settings.STANDING_MAPPINGS, FOLDER) if folder]
    found: dict[str, Path] = {}
    for folder in folders:
        for each in sorted(folder.glob("*.yaml")):
            found.setdefault(each.stem, each)
    return sorted(found.values(), key=lambda each: (each.stem != "generic", each.stem))
