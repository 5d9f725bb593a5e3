"""A local player of a state licence board: invented, because there is no common protocol among boards.

For demonstrations and tests. It answers ``/licenses/?number=...`` with the licences whose number begins like
that, as boards whose search matches parts do. :data:`READING` is how its answers are read.

    python -m credentialing.sources.players.board --port 0 --records FILE
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from credentialing.sources.players import playing
from practitioners.rules.licence_numbers import normal_form

#: The words and places of this board, as an administrator would write them down.
READING: dict[str, Any] = {
    "records": "licenses",
    "places": {
        "number": "licenseNumber",
        "last_name": "holder.last",
        "first_name": "holder.first",
        "status": "status.text",
        "issued": "firstIssued",
        "expires": "expiration",
        "as_of": "asOf",
    },
    "statuses": {
        "Active": "ACTIVE",
        "Active - Restricted": "ACTIVE_LIMITED",
        "Active - Probation": "PROBATION",
        "Inactive": "INACTIVE",
        "Suspended": "SUSPENDED",
        "Revoked": "REVOKED",
    },
    "day": "%m/%d/%Y",
}


class Player(playing.Player):
    """A running player of one board, answering from its records."""

    path = "/licenses"

    def __init__(self, records: Iterable[dict[str, Any]] = (), *, port: int = 0, slow_seconds: float = 30.0):
        super().__init__(port=port, slow_seconds=slow_seconds)
        self.records = list(records)

    @property
    def address(self) -> str:
        """The address as an administrator writes it down."""
        return self.url + "?number={number}"

    def answer(self, query: dict[str, str]) -> dict[str, Any]:
        """The licences whose number begins with the one asked for."""
        wanted = normal_form(query.get("number", ""))
        found = [
            record
            for record in self.records
            if wanted and normal_form(record.get("licenseNumber")).startswith(wanted)
        ]
        return {"licenses": found}

    def broken(self) -> bytes:
        """The beginning of an answer that was cut off."""
        return b'{"licenses": [{"licenseNumber"'


@contextmanager
def start_player(
    records: Iterable[dict[str, Any]] = (), *, port: int = 0, slow_seconds: float = 30.0
) -> Iterator[Player]:
    """A player answering from ``records`` while the context lasts."""
    player = Player(records, port=port, slow_seconds=slow_seconds)
    player.start()
    try:
        yield player
    finally:
        player.stop()


def main(arguments: list[str] | None = None) -> int:
    """Play the board until interrupted; prints the address once it answers."""
    parser = argparse.ArgumentParser(description="Play a state license board on this machine.")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--records", type=Path, help='JSON file with a list under "licenses"')
    options = parser.parse_args(arguments)
    try:
        records = (
            json.loads(options.records.read_text(encoding="utf-8"))["licenses"] if options.records else []
        )
        player = Player(records, port=options.port)
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"The player cannot start: {error}\n")
        return 2
    playing.serve_until_stopped(player)
    return 0


if __name__ == "__main__":
    sys.exit(main())
