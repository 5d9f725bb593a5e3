"""The exclusion lists as they are published: what is known of each, and how its file is opened and read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from config.kernel.errors import Refused
from credentialing.choices import ListKind
from credentialing.importing.leie import LeieFile
from credentialing.importing.listed import ListFile
from credentialing.importing.sam import SamFile
from credentialing.importing.sam import unpacked as unpacked_sam
from credentialing.importing.state_list import StateFile, list_code, parse_state_mapping
from practitioners.importing.mappings import TableMapping


@contextmanager
def _as_it_is(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as stream:
        yield stream


@dataclass(frozen=True)
class Publication:
    """A list as it is published: what is known of it, and how its file is opened and read."""

    code: str
    described: dict[str, Any]
    read: Callable[[IO[bytes]], ListFile]
    opened: Callable[[Path], AbstractContextManager[IO[bytes]]] = _as_it_is


LEIE = Publication(
    "leie",
    {
        "name": "OIG LEIE",
        "title": "OIG List of Excluded Individuals and Entities",
        "citation": "42 USC 1320a-7; 42 CFR 1001.1901",
        "last_width": 20,
        "first_width": 15,
        "middle_width": 15,
    },
    LeieFile,
)
SAM = Publication(
    "sam",
    {"name": "SAM.gov", "title": "SAM.gov exclusions, public extract", "citation": "2 CFR part 180"},
    SamFile,
    unpacked_sam,
)


def state_publication(mapping: TableMapping) -> Publication:
    """The list of a state's Medicaid agency, read by its mapping."""
    state = mapping.constants["list_state"]
    return Publication(
        list_code(mapping),
        {
            "name": f"{state} Medicaid",
            "title": f"Medicaid exclusion list of {state}: {mapping.name}"[:200],
            "citation": "42 CFR 455.436",
            "state": state,
        },
        lambda stream: StateFile(stream, mapping),
    )


def publication_of(kind: str, mapping: str = "", mapping_name: str = "") -> Publication:
    """The publication of that kind of list; a state's needs the text of its mapping.

    Raises ``UnusableFile`` naming the place of the mapping that is wrong, Refused where there is none.
    """
    if kind == ListKind.STATE:
        if not mapping.strip():
            raise Refused("A state's list needs the mapping that says what its columns are.", field="mapping")
        return state_publication(parse_state_mapping(mapping, mapping_name or "mapping"))
    return LEIE if kind == ListKind.LEIE else SAM
