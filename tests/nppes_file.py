"""Files in the shape of the NPPES dissemination (V2, 330 columns), about people who do not exist."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

MEMBER = "npidata_pfile_20050523-20260208.csv"


def header(*, sex: str = "Sex") -> list[str]:
    """The 330 names of the header in their order; ``sex="Gender"`` gives the older name of that column."""
    address = [
        "Provider First Line Business {} Address",
        "Provider Second Line Business {} Address",
        *(
            f"Provider Business {{}} Address {part}"
            for part in (
                "City Name",
                "State Name",
                "Postal Code",
                "Country Code (If outside U.S.)",
                "Telephone Number",
                "Fax Number",
            )
        ),
    ]
    official = "Authorized Official "
    return [
        "NPI",
        "Entity Type Code",
        "Replacement NPI",
        "Employer Identification Number (EIN)",
        "Provider Organization Name (Legal Business Name)",
        "Provider Last Name (Legal Name)",
        "Provider First Name",
        "Provider Middle Name",
        "Provider Name Prefix Text",
        "Provider Name Suffix Text",
        "Provider Credential Text",
        "Provider Other Organization Name",
        "Provider Other Organization Name Type Code",
        "Provider Other Last Name",
        "Provider Other First Name",
        "Provider Other Middle Name",
        "Provider Other Name Prefix Text",
        "Provider Other Name Suffix Text",
        "Provider Other Credential Text",
        "Provider Other Last Name Type Code",
        *(name.format("Mailing") for name in address),
        *(name.format("Practice Location") for name in address),
        "Provider Enumeration Date",
        "Last Update Date",
        "NPI Deactivation Reason Code",
        "NPI Deactivation Date",
        "NPI Reactivation Date",
        f"Provider {sex} Code",
        *(official + part for part in ("Last Name", "First Name", "Middle Name")),
        f"{official}Title or Position",
        f"{official}Telephone Number",
        *(
            name.format(number)
            for number in range(1, 16)
            for name in (
                "Healthcare Provider Taxonomy Code_{}",
                "Provider License Number_{}",
                "Provider License Number State Code_{}",
                "Healthcare Provider Primary Taxonomy Switch_{}",
            )
        ),
        *(
            f"Other Provider Identifier{part}_{number}"
            for number in range(1, 51)
            for part in ("", " Type Code", " State", " Issuer")
        ),
        "Is Sole Proprietor",
        "Is Organization Subpart",
        "Parent Organization LBN",
        "Parent Organization TIN",
        *(official + part for part in ("Name Prefix Text", "Name Suffix Text", "Credential Text")),
        *(f"Healthcare Provider Taxonomy Group_{number}" for number in range(1, 16)),
        "Certification Date",
    ]


def person(npi: str, last: str, first: str, **more: str) -> dict[str, str]:
    """The cells of an individual's row; ``more`` are the names used here below, or whole column names."""
    return {
        "NPI": npi,
        "Entity Type Code": "1",
        "Provider Last Name (Legal Name)": last,
        "Provider First Name": first,
        "Provider Credential Text": "M.D.",
        "Provider First Line Business Practice Location Address": "1 HARBOR STREET",
        "Provider Business Practice Location Address City Name": "HARBOR POINT",
        "Provider Business Practice Location Address State Name": "IL",
        "Provider Business Practice Location Address Postal Code": "600011234",
        "Provider Business Practice Location Address Country Code (If outside U.S.)": "US",
        "Provider Business Practice Location Address Telephone Number": "5555550142",
        "Provider Enumeration Date": "05/23/2006",
        "Last Update Date": "02/03/2026",
        "Provider Sex Code": "F",
        "Healthcare Provider Taxonomy Code_1": "208600000X",
        "Provider License Number_1": f"036.{npi[3:9]}",
        "Provider License Number State Code_1": "IL",
        "Healthcare Provider Primary Taxonomy Switch_1": "Y",
        "Is Sole Proprietor": "N",
        **more,
    }


def deactivated(npi: str, day: str, **more: str) -> dict[str, str]:
    """The row of a deactivated number: the file tells nothing else of it."""
    return {"NPI": npi, "NPI Deactivation Date": day, **more}


def text_of(
    rows: Iterable[Mapping[str, str]], *, names: list[str] | None = None, delimiter: str = ","
) -> str:
    """The file as it is published: every cell in quotation marks, empty ones too."""
    names = names or header()
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n", delimiter=delimiter)
    writer.writerow(names)
    writer.writerows([row.get(name, "") for name in names] for row in rows)
    return out.getvalue()


def write_file(path: Path, rows: Iterable[Mapping[str, str]], **options) -> Path:
    """Write the rows as a CSV file, or as the published zip when the path ends so."""
    content = text_of(rows, **options).encode()
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(MEMBER, content)
            archive.writestr(MEMBER.replace(".csv", "_fileheader.csv"), content.partition(b"\n")[0])
            archive.writestr("othername_pfile_20050523-20260208.csv", b'"NPI"\n')
    else:
        path.write_bytes(content)
    return path
