"""A local player of a publisher of exclusion lists: one file, with its version, as files lie on the web.

For demonstrations and tests. It answers ``/list/`` with the file, or with 304 to whoever has that version.

    python -m credentialing.sources.players.lists --port 0 --records FILE
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path

from credentialing.sources.players import playing
from credentialing.sources.players.playing import Response

#: When the player says that its file was changed last.
LAST_MODIFIED = "Tue, 10 Mar 2026 04:00:00 GMT"


class Player(playing.Player):
    """A running player of one file. ``content`` may be replaced while it runs: the next version of it."""

    path = "/list"

    def __init__(self, content: bytes, *, port: int = 0, slow_seconds: float = 30.0):
        super().__init__(port=port, slow_seconds=slow_seconds)
        self.content = content
        self.last_modified = LAST_MODIFIED

    @property
    def etag(self) -> str:
        """What it calls the version."""
        return f'"{hashlib.sha256(self.content).hexdigest()[:16]}"'

    def respond(self, query: dict[str, str], headers: Mapping[str, str]) -> Response:
        """The file, or that the asker has it."""
        version = {"ETag": self.etag, "Last-Modified": self.last_modified}
        if headers.get("If-None-Match") == self.etag:
            return Response(304, b"", "text/csv", version)
        return Response(200, self.content, "text/csv", version)

    def broken(self) -> bytes:
        """Something that is no list."""
        return b"\x00\x01\x02 not a list"


@contextmanager
def start_player(content: bytes, *, port: int = 0, slow_seconds: float = 30.0) -> Iterator[Player]:
    """A player of ``content`` while the context lasts."""
    player = Player(content, port=port, slow_seconds=slow_seconds)
    player.start()
    try:
        yield player
    finally:
        player.stop()


def main(arguments: list[str] | None = None) -> int:
    """Play the publisher until interrupted; prints the address once it answers."""
    parser = argparse.ArgumentParser(description="Play the publisher of an exclusion list on this machine.")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--records", type=Path, help="The file of the list; without one it is empty")
    options = parser.parse_args(arguments)
    try:
        player = Player(options.records.read_bytes() if options.records else b"", port=options.port)
        if options.records:
            player.last_modified = formatdate(options.records.stat().st_mtime, usegmt=True)
    except OSError as error:
        sys.stderr.write(f"The player cannot start: {error}\n")
        return 2
    playing.serve_until_stopped(player)
    return 0


if __name__ == "__main__":
    sys.exit(main())
