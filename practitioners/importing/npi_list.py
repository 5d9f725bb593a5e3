"""Reading a list of NPIs: one in each line; empty lines and what follows a # do not count."""

from __future__ import annotations

from dataclasses import dataclass, field

from practitioners.importing.rejections import Rejected, UnusableFile
from practitioners.rules.npi import check_npi
from practitioners.rules.problems import Problem


@dataclass
class NpiList:
    """The NPIs of a list by the line they stand in, and the lines that hold none."""

    npis: dict[str, int] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)


def read_npi_list(data: bytes) -> NpiList:
    """The NPIs named in the file, each once. Raises ``UnusableFile`` when it names none at all."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableFile("The list of NPIs is not text in UTF-8.") from error
    found = NpiList()
    for number, line in enumerate(text.splitlines(), start=1):
        written = line.partition("#")[0].strip(' \t",;')
        if not written or (number == 1 and written.upper() == "NPI"):
            continue
        try:
            found.npis.setdefault(check_npi(written), number)
        except Problem as problem:
            found.rejected.append(
                Rejected(number, written[:20], f"Line {number} of the list of NPIs: {problem}")
            )
    if not found.npis:
        raise UnusableFile("The list of NPIs names none: write one NPI in each line.")
    return found
