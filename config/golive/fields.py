"""The fields of a go-live load: those of a roster, and what the earlier system says of membership."""

from __future__ import annotations

from pathlib import Path

from practitioners.importing.mappings import FieldSpec, TableMapping, UnusableMapping, load_mapping
from practitioners.importing.roster_fields import FIELDS as ROSTER_FIELDS

FOLDER = Path(__file__).resolve().parent / "mappings"
KIND = "go_live"
#: Only the NPI is certain enough to hang privileges on.
KEYS = ("npi",)
_DATE = "date"
FIELDS: dict[str, FieldSpec] = {
    **ROSTER_FIELDS,
    "facility": FieldSpec("Facility", longest=120),
    "appointment.category": FieldSpec("Category", longest=100),
    "appointment.department": FieldSpec("Department", longest=100),
    "appointment.start": FieldSpec("Appointed from", _DATE, longest=40),
    "appointment.end": FieldSpec("Appointed through", _DATE, longest=40),
    "appointment.board": FieldSpec("Board date", _DATE, longest=40),
    "appointment.next": FieldSpec("Next reappointment", _DATE, longest=40),
    "grant.code": FieldSpec("Privilege code", "upper", longest=60),
    "grant.start": FieldSpec("Granted from", _DATE, longest=40),
    "grant.end": FieldSpec("Granted through", _DATE, longest=40),
    "grant.conditions": FieldSpec("Conditions", longest=2000),
    "fppe.due": FieldSpec("Focused evaluation due", _DATE, longest=40),
    "fppe.cases": FieldSpec("Focused evaluation: cases", "number", longest=10),
    "verified.licence": FieldSpec("License verified on", _DATE, longest=40),
    "verified.dea": FieldSpec("DEA verified on", _DATE, longest=40),
    "verified.board": FieldSpec("Board certificate verified on", _DATE, longest=40),
    "npdb.date": FieldSpec("Last data bank query", _DATE, longest=40),
    "npdb.dcn": FieldSpec("Data bank control number", longest=40),
}


def load_mapping_of(given: str) -> TableMapping:
    """A mapping by its code (shipped), or by the path of a file."""
    path = Path(given)
    if path.suffix not in (".yaml", ".yml"):
        path = FOLDER / f"{given}.yaml"
        if path.parent != FOLDER or not path.exists():
            known = ", ".join(code for code, _ in mapping_choices())
            raise UnusableMapping(f"There is no go-live mapping “{given[:60]}”; there are {known}.")
    return load_mapping(path, FIELDS, keys=KEYS, kind=KIND)


def mapping_choices() -> list[tuple[str, str]]:
    """(code, name) of the mappings shipped."""
    return [
        (path.stem, load_mapping(path, FIELDS, keys=KEYS, kind=KIND).name)
        for path in sorted(FOLDER.glob("*.yaml"))
    ]
