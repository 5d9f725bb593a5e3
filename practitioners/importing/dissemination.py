"""Reading the full dissemination file of NPPES: one row of 330 columns for every NPI ever given.

The file has some nine million rows (about 9 GB), a hospital needs some hundred of them. So it is read as a
stream, from the zip as it is published or unpacked, columns are found by the name in their header, and a row
is taken apart only when its NPI is one of those asked for. Nothing here knows a table.
"""

from __future__ import annotations

import csv
import fnmatch
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from practitioners.importing.nppes import INDIVIDUAL, ORGANIZATION, RegistryRecord, read_one
from practitioners.importing.registry_status import StatusSaid, status_of_dates
from practitioners.importing.rejections import Rejected, UnusableFile

#: The members of the published archive that hold the rows, and those that hold only their header.
MEMBER, HEADER_MEMBER = "npidata_pfile_*.csv", "*_fileheader.csv"
ZIP_MAGIC = b"PK\x03\x04"
#: The registry gives up to 15 specialties and 50 other numbers a row.
TAXONOMIES, OTHER_NUMBERS = 15, 50
#: Rows of a wrong shape that are told one by one; with more of them the file is of another kind.
MOST_MISSHAPEN = 100
#: Characters; the published header has some 11,000.
LONGEST_HEADER = 100_000

_REQUIRED = (
    "NPI", "Entity Type Code", "Replacement NPI", "Provider Last Name (Legal Name)", "Provider First Name",
    "Provider Middle Name", "Provider Name Suffix Text", "Provider Credential Text",
    "Provider Other Last Name", "Provider Other First Name", "Provider Other Last Name Type Code",
    "Provider First Line Business Practice Location Address",
    "Provider Business Practice Location Address City Name",
    "Provider Business Practice Location Address State Name",
    "Provider Business Practice Location Address Postal Code",
    "Last Update Date", "NPI Deactivation Date", "NPI Reactivation Date",
    "Healthcare Provider Taxonomy Code_1", "Provider License Number_1",
    "Provider License Number State Code_1", "Healthcare Provider Primary Taxonomy Switch_1",
)  # fmt: skip
_SEX = ("Provider Sex Code", "Provider Gender Code")
_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_BASIC = {
    "last_name": "Provider Last Name (Legal Name)",
    "first_name": "Provider First Name",
    "middle_name": "Provider Middle Name",
    "name_prefix": "Provider Name Prefix Text",
    "name_suffix": "Provider Name Suffix Text",
    "credential": "Provider Credential Text",
    "organization_name": "Provider Organization Name (Legal Business Name)",
    "sole_proprietor": "Is Sole Proprietor",
    "enumeration_date": "Provider Enumeration Date",
    "last_updated": "Last Update Date",
    "certification_date": "Certification Date",
}
_OTHER_NAME = {
    "last_name": "Provider Other Last Name",
    "first_name": "Provider Other First Name",
    "middle_name": "Provider Other Middle Name",
    "prefix": "Provider Other Name Prefix Text",
    "suffix": "Provider Other Name Suffix Text",
    "credential": "Provider Other Credential Text",
    "code": "Provider Other Last Name Type Code",
}
_ADDRESS = {
    "address_1": "Provider First Line Business {} Address",
    "address_2": "Provider Second Line Business {} Address",
    "city": "Provider Business {} Address City Name",
    "state": "Provider Business {} Address State Name",
    "postal_code": "Provider Business {} Address Postal Code",
    "country_code": "Provider Business {} Address Country Code (If outside U.S.)",
    "telephone_number": "Provider Business {} Address Telephone Number",
    "fax_number": "Provider Business {} Address Fax Number",
}
_PURPOSES = {"LOCATION": "Practice Location", "MAILING": "Mailing"}
_TAXONOMY = {
    "code": "Healthcare Provider Taxonomy Code_{}",
    "license": "Provider License Number_{}",
    "state": "Provider License Number State Code_{}",
    "primary": "Healthcare Provider Primary Taxonomy Switch_{}",
}
_NUMBER = {
    "identifier": "Other Provider Identifier_{}",
    "code": "Other Provider Identifier Type Code_{}",
    "state": "Other Provider Identifier State_{}",
    "issuer": "Other Provider Identifier Issuer_{}",
}
_KINDS = {"1": INDIVIDUAL, "2": ORGANIZATION}
_TEN_DIGITS = re.compile(r"\d{10}", re.ASCII)


class Columns:
    """Where in a row what stands, found by the names in the header."""

    def __init__(self, header: list[str]):
        self.header = header
        self._at = {name: index for index, name in enumerate(header)}
        self.npi = self._at["NPI"]
        self.kind = self._at["Entity Type Code"]
        self.replacement = self._at["Replacement NPI"]
        self.deactivated = self._at["NPI Deactivation Date"]
        self.reactivated = self._at["NPI Reactivation Date"]
        self.basic = self._found(_BASIC)
        self.basic["sex"] = next(self._at[name] for name in _SEX if name in self._at)
        self.other_name = self._found(_OTHER_NAME)
        self.addresses = {
            purpose: self._found(_ADDRESS, words)
            for purpose, words in _PURPOSES.items()
            if _ADDRESS["address_1"].format(words) in self._at
        }
        self.taxonomies = self._numbered(_TAXONOMY, "code", TAXONOMIES)
        self.numbers = self._numbered(_NUMBER, "identifier", OTHER_NUMBERS)

    def _found(self, names: Mapping[str, str], *words: Any) -> dict[str, int]:
        places = {key: self._at.get(name.format(*words)) for key, name in names.items()}
        return {key: place for key, place in places.items() if place is not None}

    def _numbered(self, names: Mapping[str, str], first: str, most: int) -> list[dict[str, int]]:
        found = [self._found(names, number) for number in range(1, most + 1)]
        return [places for places in found if first in places]


@dataclass(frozen=True)
class Row:
    """One row: its number as a person counts it (the header is row 1), and its cells."""

    columns: Columns
    number: int
    cells: list[str]

    @property
    def npi(self) -> str:
        """As the file has it, unchecked."""
        return self.cells[self.columns.npi].strip()

    @property
    def status(self) -> StatusSaid:
        """Whether the number is active. Of a deactivated one the file tells nothing else."""
        return status_of_dates(
            self.npi,
            deactivated=self.cells[self.columns.deactivated],
            reactivated=self.cells[self.columns.reactivated],
            replacement=self.cells[self.columns.replacement].strip(),
        )

    def record(self, *, whole: bool = True) -> RegistryRecord | Rejected:
        """The person of an active NPI, read by the rules of the API's records; its ``raw`` is the row as
        :meth:`stated`, or only what was read of it where it is not wanted ``whole``.
        """
        found = read_one(self._as_answer(), self.number)
        if isinstance(found, Rejected):
            return replace(found, sentence=found.sentence.replace("Record ", "Row ", 1))
        return replace(found, raw=self.stated()) if whole else found

    def stated(self) -> dict[str, str]:
        """The cells that say something, by the names of their columns."""
        return {name: cell for name, cell in zip(self.columns.header, self.cells, strict=True) if cell}

    def _as_answer(self) -> dict[str, Any]:
        columns, cells = self.columns, self.cells

        def read(places: Mapping[str, int]) -> dict[str, Any]:
            return {key: cells[place] for key, place in places.items() if cells[place]}

        addresses = [_address(read(places), purpose) for purpose, places in columns.addresses.items()]
        other = read(columns.other_name)
        return {
            "number": cells[columns.npi],
            "enumeration_type": _KINDS.get(cells[columns.kind].strip(), ""),
            "basic": {**read(columns.basic), "status": "A"},
            "addresses": addresses,
            "taxonomies": [read(p) for p in columns.taxonomies if cells[p["code"]]],
            "identifiers": [read(p) for p in columns.numbers if cells[p["identifier"]]],
            "other_names": [other] if other else [],
        }


def _address(parts: dict[str, Any], purpose: str) -> dict[str, Any]:
    """The address in the API's shape: the file writes numbers of phones without the dashes."""
    for key in ("telephone_number", "fax_number"):
        digits = parts.get(key, "")
        if _TEN_DIGITS.fullmatch(digits):
            parts[key] = f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
    return {**parts, "address_purpose": purpose}


# --- the file -------------------------------------------------------------------------------------------


def looks_like_dissemination(path: Path) -> bool:
    """Whether the file is a zip or has a header with an NPI in it, rather than JSON. Raises ``OSError``."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(ZIP_MAGIC) or path.suffix.lower() in (".csv", ".zip"):
        return True
    first_line = head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0].lstrip()
    return b"NPI" in first_line and not first_line.startswith((b"{", b"["))


@contextmanager
def open_dissemination(path: Path) -> Iterator[Iterator[Row | Rejected]]:
    """The rows of the file, one at a time, in constant memory; a row of a wrong shape is a ``Rejected``.

    Raises ``UnusableFile`` when it is opened or, where the file breaks off or changes its encoding on the
    way, while it is read; ``OSError`` when it cannot be read at all.
    """
    with (
        path.open("rb") as file,
        _member(file, path) as member,
        io.TextIOWrapper(member, encoding="utf-8-sig", newline="") as text,
    ):
        yield _rows(text)


@contextmanager
def _member(file: Any, path: Path) -> Iterator[Any]:
    """The bytes of the rows: those of the zip's one member of that name, or the file itself."""
    zipped = file.read(len(ZIP_MAGIC)) == ZIP_MAGIC or path.suffix.lower() == ".zip"
    file.seek(0)
    if not zipped:
        yield file
        return
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise UnusableFile(
            "The zip file is damaged or was not downloaded to its end: download it again."
        ) from error
    with archive:
        names = [
            name
            for name in archive.namelist()
            if fnmatch.fnmatch(PurePosixPath(name).name.lower(), MEMBER)
            and not fnmatch.fnmatch(name.lower(), HEADER_MEMBER)
        ]
        if len(names) != 1:
            found = f"{len(names)} files" if names else "no file"
            raise UnusableFile(
                f"The zip file holds {found} named {MEMBER}, so it is not the NPPES dissemination."
            )
        try:
            member = archive.open(names[0])
        except (RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
            raise UnusableFile(
                f"{names[0]} cannot be taken out of the zip file: it is damaged or encrypted."
            ) from error
        with member:
            yield member


def _rows(text: io.TextIOWrapper) -> Iterator[Row | Rejected]:
    """Check the header at once; answer what reads the rest."""
    with _told(row=1):
        line = text.readline(LONGEST_HEADER)
    if not line.strip():
        raise UnusableFile("The file is empty.")
    return _shaped(_columns(line), csv.reader(text, strict=True))


def _columns(line: str) -> Columns:
    names = [name.strip() for name in next(csv.reader([line]))]
    if "NPI" not in names:
        for delimiter, word in _DELIMITERS.items():
            if line.split(delimiter)[0].strip(' "') == "NPI":
                raise UnusableFile(
                    f"The columns are separated by {word}; the NPPES dissemination has commas."
                )
    missing = [name for name in _REQUIRED if name not in names]
    if not any(name in names for name in _SEX):
        missing.append(_SEX[0])
    if missing:
        shown = ", ".join(f"“{name}”" for name in missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise UnusableFile(f"The file is not the NPPES dissemination (V2): its header lacks {shown}{more}.")
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice:
        raise UnusableFile(f"The header names the column “{twice}” twice.")
    return Columns(names)


def _shaped(columns: Columns, reader: Iterator[list[str]]) -> Iterator[Row | Rejected]:
    width, misshapen, number = len(columns.header), 0, 1
    while True:
        number += 1
        with _told(row=number):
            row = next(reader, None)
        if row is None:
            return
        if len(row) == width:
            yield Row(columns, number, row)
        elif row:
            misshapen += 1
            if misshapen > MOST_MISSHAPEN:
                raise UnusableFile(
                    f"More than {MOST_MISSHAPEN} rows do not have the {width} columns of the header "
                    f"(the last of them is row {number}): the file is damaged."
                )
            npi = row[columns.npi][:20] if len(row) > columns.npi else ""
            yield Rejected(
                number,
                npi,
                f"Row {number}: it has {len(row)} columns, the header {width}; it may be cut off.",
            )


@contextmanager
def _told(*, row: int) -> Iterator[None]:
    """What breaks while a row is read becomes a sentence that says where."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise UnusableFile(
            f"The file is not text in UTF-8 (near row {row}), so it is not the NPPES dissemination as it is "
            "published."
        ) from error
    except csv.Error as error:
        raise UnusableFile(
            f"Row {row} cannot be read: a quotation mark is missing or the file breaks off."
        ) from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise UnusableFile(
            f"The zip file is damaged: it breaks off near row {row}. What was taken from it before that "
            "stands; download it again and repeat the import."
        ) from error
