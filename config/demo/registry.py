"""The demo world's people as the NPI registry would answer: self-reported, sometimes out of date."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from config.demo.people import SPECIALTIES, Person, dea_for
from credentialing.sources.base import Fetched, HttpFetcher
from practitioners.rules.npi import npi_from_nine

CREDENTIALS = {"MD": "M.D.", "DO": "D.O.", "NP": "N.P.", "PA": "PA-C", "CRNA": "CRNA"}
RECORDS = "registry.json"
NEW_SURGEON = "new_surgeon_nppes.json"


class RecordedRegistry(HttpFetcher):
    """The registry's answers of past days: nobody was asked over HTTP then, the records are the same."""

    def __init__(self, folder: Path):
        super().__init__()
        content = json.loads((folder / RECORDS).read_text(encoding="utf-8"))
        object.__setattr__(self, "_records", {record["number"]: record for record in content["results"]})

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        *,
        secret_params: Mapping[str, str] | None = None,
        secret_headers: Mapping[str, str] | None = None,
    ) -> Fetched:
        """The answer to a question about one NPI."""
        asked = dict(params or {})
        record = self._records.get(asked.get("number"))
        answer = {"result_count": int(record is not None), "results": [record] if record else []}
        body = json.dumps(answer, ensure_ascii=False).encode()
        return Fetched(body, "application/json", f"{url}?{urlencode(asked)}", 1)


def new_surgeon(today: dt.date) -> Person:
    """A surgeon the registry knows and the hospital does not: the one to begin an application with."""
    until = today + dt.timedelta(days=520)
    return Person(
        index=900,
        npi=npi_from_nine("248290001"),
        first_name="Rebecca",
        middle_name="L",
        last_name="Lindqvist",
        sex="F",
        provider_type="MD",
        birth_date=dt.date(today.year - 38, 4, 17),
        specialty=SPECIALTIES["general-surgery"],
        facility_code="LMC",
        licence_number="036.174420",
        licence_from=until - dt.timedelta(days=1096),
        licence_until=until,
        dea_number=dea_for("Lindqvist", 482913),
        dea_until=today + dt.timedelta(days=700),
        school="Lakelands University College of Medicine",
        degree="MD",
        graduated_on=dt.date(today.year - 12, 5, 20),
        programme="Meridian State Medical Center",
        training=(dt.date(today.year - 12, 7, 1), dt.date(today.year - 7, 6, 30)),
        certified_on=dt.date(today.year - 6, 3, 15),
        certified_until=dt.date(today.year + 4, 12, 31),
        carrier="Keystone Physicians Mutual",
        policy_number="KPL-771204",
        cover_until=today + dt.timedelta(days=240),
        jobs=(),
        life_support_until=today + dt.timedelta(days=300),
        street="812 Sycamore Court",
        phone="(555) 555-0163",
        former_last_name="Hallam",
    )


def write_records(folder: Path, people: Iterable[Person], *, seed: int, today: dt.date) -> None:
    """What the registry's player answers from, and the file to import the new surgeon with."""
    folder.mkdir(parents=True, exist_ok=True)
    surgeon = new_surgeon(today)
    records = registry_records([*people, surgeon], seed=seed, today=today)
    _write(folder / RECORDS, records)
    _write(folder / NEW_SURGEON, records[-1:])


def _write(path: Path, records: list[dict[str, Any]]) -> None:
    content = {"result_count": len(records), "results": records}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def registry_records(people: Iterable[Person], *, seed: int, today: dt.date) -> list[dict[str, Any]]:
    """Records in the shape of the registry's API v2.1, one per person."""
    source = random.Random(seed)  # noqa: S311 - reproducible invention, nothing secret
    return [registry_record(person, source, today) for person in people]


def registry_record(person: Person, source: random.Random, today: dt.date) -> dict[str, Any]:
    """One NPI-1 record."""
    enumerated = dt.date(max(person.graduated_on.year, 2005), source.randint(6, 12), source.randint(1, 28))
    updated = max(today - dt.timedelta(days=source.randint(400, 1500)), enumerated)
    address = {
        "address_1": person.street.upper(),
        "address_type": "DOM",
        "city": person.city.upper(),
        "country_code": "US",
        "country_name": "United States",
        "postal_code": f"{person.postal_code}0142",
        "state": person.state,
        "telephone_number": person.phone.replace("(", "").replace(") ", "-"),
    }
    credential = CREDENTIALS[person.provider_type]
    return {
        "addresses": [{**address, "address_purpose": purpose} for purpose in ("LOCATION", "MAILING")],
        "basic": {
            "first_name": person.first_name.upper(),
            "middle_name": person.middle_name,
            "last_name": person.last_name.upper(),
            "credential": credential,
            "enumeration_date": enumerated.isoformat(),
            "last_updated": updated.isoformat(),
            "sex": person.sex,
            "name_prefix": "DR." if person.specialty.physician else "--",
            "name_suffix": "--",
            "sole_proprietor": "NO",
            "status": "A",
        },
        "created_epoch": _epoch(enumerated),
        "last_updated_epoch": _epoch(updated),
        "endpoints": [],
        "enumeration_type": "NPI-1",
        "identifiers": [],
        "number": person.npi,
        "other_names": _former_names(person, credential),
        "practiceLocations": [],
        "taxonomies": [
            {
                "code": person.specialty.taxonomy,
                "desc": person.specialty.name,
                "license": person.licence_number,
                "primary": True,
                "state": person.state,
                "taxonomy_group": "",
            }
        ],
    }


def _former_names(person: Person, credential: str) -> list[dict[str, str]]:
    if not person.former_last_name:
        return []
    return [
        {
            "type": "Former Name",
            "code": "1",
            "first_name": person.first_name.upper(),
            "middle_name": person.middle_name,
            "last_name": person.former_last_name.upper(),
            "prefix": "DR." if person.specialty.physician else "--",
            "suffix": "--",
            "credential": credential,
        }
    ]


def _epoch(day: dt.date) -> str:
    return str(int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp() * 1000))
