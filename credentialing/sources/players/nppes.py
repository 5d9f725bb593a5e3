"""A local player of the NPI registry: the same address, format, limits and errors, over real HTTP.

For demonstrations and tests. As the real registry does, it answers every question with status 200, errors
included. It misbehaves when told to (see ``playing.py``), or asked for one of the :data:`SPECIAL_NPIS`.

    python -m credentialing.sources.players.nppes --port 0 --records FILE_OR_FOLDER
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from credentialing.sources.players import playing
from credentialing.sources.players.playing import BEHAVIOURS, serve_until_stopped, whole_number
from practitioners.rules.npi import npi_from_nine, npi_is_valid

#: NPIs (valid, of a range not in use) that make the player misbehave whatever its records are.
SPECIAL_NPIS = {npi_from_nine(f"29999990{index}"): name for index, name in enumerate(BEHAVIOURS)}

DEFAULT_LIMIT, LARGEST_LIMIT, LARGEST_SKIP = 10, 200, 1000


class Player(playing.Player):
    """A running player of the registry, answering from its records."""

    def __init__(self, records: Iterable[dict[str, Any]] = (), *, port: int = 0, slow_seconds: float = 30.0):
        super().__init__(port=port, slow_seconds=slow_seconds)
        self.records = list(records)

    def special(self, query: dict[str, str]) -> str:
        """Some numbers make it misbehave."""
        return SPECIAL_NPIS.get(query.get("number", ""), "")

    def answer(self, query: dict[str, str]) -> dict[str, Any]:
        """The registry's answer to a query, as data."""
        if query.get("version") != "2.1":
            return _errors(("version", "17", "Unsupported Version"))
        if found := _faults(query):
            return _errors(*found)
        limit = whole_number(query.get("limit"), DEFAULT_LIMIT)
        skip = min(whole_number(query.get("skip"), 0), LARGEST_SKIP)
        limit = min(limit, LARGEST_LIMIT) or DEFAULT_LIMIT
        hits = [record for record in self.records if _fits(record, query)]
        page = hits[skip : skip + limit]
        return {"result_count": len(page), "results": page}


@contextmanager
def start_player(
    records: Iterable[dict[str, Any]] = (), *, port: int = 0, slow_seconds: float = 30.0
) -> Iterator[Player]:
    """A player answering from ``records`` (raw, in the registry's shape) while the context lasts."""
    player = Player(records, port=port, slow_seconds=slow_seconds)
    player.start()
    try:
        yield player
    finally:
        player.stop()


def load_records(path: Path) -> list[dict[str, Any]]:
    """The raw records of a JSON file (a whole answer or a bare list), or of all ``*.json`` of a folder."""
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    records: list[dict[str, Any]] = []
    for file in files:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
        results = content.get("results", []) if isinstance(content, dict) else content
        records.extend(record for record in results if isinstance(record, dict))
    return records


# --- the registry's manners -----------------------------------------------------------------------------

#: Criteria that suffice alone; the rest (state, enumeration_type, country_code) need one of these too.
_SUFFICIENT = (
    "number", "first_name", "last_name", "organization_name", "city", "postal_code", "taxonomy_description",
)  # fmt: skip


def _faults(query: dict[str, str]) -> list[tuple[str, str, str]]:
    """The registry's errors for a query, as (field, number, description)."""
    number = query.get("number", "")
    if number and not npi_is_valid(number):
        return [("number", "06", "Invalid NPI. NPI must be a 10 digit number with a valid check digit")]
    given = [name for name in _SUFFICIENT if query.get(name)]
    if not given:
        lonely = next((name for name in ("state", "enumeration_type", "country_code") if query.get(name)), "")
        return [(lonely, "07", f"Field {lonely or 'number'} requires additional search criteria")]
    return [
        (name, "07", f"Field {name} requires at least 2 characters before a wildcard")
        for name in given
        if "*" in query[name] and not re.fullmatch(r"[^*]{2,}\*", query[name])
    ]


def _errors(*faults: tuple[str, str, str]) -> dict[str, Any]:
    return {
        "Errors": [
            {"description": description, "field": name, "number": number}
            for name, number, description in faults
        ]
    }


#: Where each criterion looks: (part of the record, field); an empty part is the record itself.
_PLACES: dict[str, tuple[tuple[str, str], ...]] = {
    "number": (("", "number"),),
    "enumeration_type": (("", "enumeration_type"),),
    "first_name": (("basic", "first_name"), ("other_names", "first_name")),
    "last_name": (("basic", "last_name"), ("other_names", "last_name")),
    "organization_name": (("basic", "organization_name"),),
    "city": (("addresses", "city"),),
    "state": (("addresses", "state"),),
    "postal_code": (("addresses", "postal_code"),),
    "country_code": (("addresses", "country_code"),),
    "taxonomy_description": (("taxonomies", "desc"),),
}


def _fits(record: dict[str, Any], query: dict[str, str]) -> bool:
    for name, places in _PLACES.items():
        wanted = query.get(name)
        if not wanted:
            continue
        values = [part.get(key) for where, key in places for part in _parts(record, where)]
        if not any(_like(value, wanted, name) for value in values):
            return False
    return True


def _parts(record: dict[str, Any], where: str) -> list[dict[str, Any]]:
    """The parts of a record called ``where``; records may be broken on purpose."""
    part = record.get(where) if where else record
    parts = part if isinstance(part, list) else [part]
    return [item for item in parts if isinstance(item, dict)]


def _like(value: Any, wanted: str, name: str) -> bool:
    text, pattern = str(value or "").upper(), wanted.upper()
    if pattern.endswith("*"):
        return text.startswith(pattern[:-1])
    if name == "taxonomy_description":
        return pattern in text
    if name == "postal_code":
        return text.startswith(pattern)
    return text == pattern


def main(arguments: list[str] | None = None) -> int:
    """Play the registry until interrupted; prints the address once it answers."""
    parser = argparse.ArgumentParser(description="Play the NPI registry (API v2.1) on this machine.")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument(
        "--records", type=Path, action="append", default=[], help="JSON file or folder; repeatable"
    )
    options = parser.parse_args(arguments)
    try:
        records = [record for path in options.records for record in load_records(path)]
        player = Player(records, port=options.port)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"The player cannot start: {error}\n")
        return 2
    serve_until_stopped(player)
    return 0


if __name__ == "__main__":
    sys.exit(main())
