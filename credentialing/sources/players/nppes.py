"""A local player of the NPI registry: the same address, format, limits and errors, over real HTTP.

For demonstrations and tests. As the real registry does, it answers every question with status 200, errors
included. It can be told to misbehave: by :meth:`Player.behave`, by ``POST /control`` with
``{"behaviour": "error", "times": 2}``, or by asking for one of the :data:`SPECIAL_NPIS`.

    python -m credentialing.sources.players.nppes --port 0 --records FILE_OR_FOLDER
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from practitioners.rules.npi import npi_from_nine, npi_is_valid

BEHAVIOURS = ("slow", "error", "busy", "garbage", "html", "drop", "huge", "redirect")
#: NPIs (valid, of a range not in use) that make the player misbehave whatever its records are.
SPECIAL_NPIS = {npi_from_nine(f"29999990{index}"): name for index, name in enumerate(BEHAVIOURS)}

DEFAULT_LIMIT, LARGEST_LIMIT, LARGEST_SKIP = 10, 200, 1000
_HUGE = 16 * 1024 * 1024


class Player:
    """A running player. ``url`` is the address of its API, ``requests`` the query strings it was asked."""

    def __init__(self, records: Iterable[dict[str, Any]] = (), *, port: int = 0, slow_seconds: float = 30.0):
        self.records = list(records)
        self.requests: list[str] = []
        self.slow_seconds = slow_seconds
        self.stopping = threading.Event()
        self._behaviour, self._times = "", 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.player = self
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address of the API, as a connector's base address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/api/"

    def start(self) -> None:
        """Answer in a thread until :meth:`stop`."""
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    def serve(self) -> None:
        """Answer in this thread until another one calls :meth:`stop`."""
        self._server.serve_forever(poll_interval=0.2)

    def stop(self) -> None:
        """Stop answering, cut slow answers short and free the port."""
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        if self._thread:
            self._thread.join(timeout=5)

    def behave(self, behaviour: str = "", *, times: int = 0) -> None:
        """Misbehave so (see :data:`BEHAVIOURS`) for the next ``times`` questions; 0 is until told otherwise.

        Without an argument: behave well again.
        """
        if behaviour and behaviour not in BEHAVIOURS:
            raise ValueError(f"{behaviour!r} is not one of {', '.join(BEHAVIOURS)}")
        with self._lock:
            self._behaviour, self._times = behaviour, times

    def next_behaviour(self) -> str:
        """How to answer the next question; counts it."""
        with self._lock:
            behaviour = self._behaviour
            if behaviour and self._times:
                self._times -= 1
                if not self._times:
                    self._behaviour = ""
            return behaviour

    def answer(self, query: dict[str, str]) -> dict[str, Any]:
        """The registry's answer to a query, as data."""
        if query.get("version") != "2.1":
            return _errors(("version", "17", "Unsupported Version"))
        if found := _faults(query):
            return _errors(*found)
        limit = _number(query.get("limit"), DEFAULT_LIMIT)
        skip = min(_number(query.get("skip"), 0), LARGEST_SKIP)
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


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    player: Player

    def handle_error(self, request, client_address):
        """A caller that hangs up is no news here; everything else is."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """Answer a question, well or badly."""
        address = urlsplit(self.path)
        if address.path.rstrip("/") != "/api":
            self._send(404, b"not here", "text/plain")
            return
        player = self.server.player
        player.requests.append(address.query)
        query = {name: values[-1].strip() for name, values in parse_qs(address.query).items()}
        behaviour = SPECIAL_NPIS.get(query.get("number", "")) or player.next_behaviour()
        if behaviour:
            self._misbehave(behaviour, query)
        else:
            self._answer(query)

    def do_POST(self) -> None:
        """The control door: ``{"behaviour": ..., "times": ...}``."""
        length = min(_number(self.headers.get("Content-Length"), 0), 10_000)
        body = self.rfile.read(length)
        if urlsplit(self.path).path.rstrip("/") != "/control":
            self._send(404, b"not here", "text/plain")
            return
        try:
            wish = json.loads(body or b"{}")
            self.server.player.behave(wish.get("behaviour", ""), times=int(wish.get("times", 0)))
        except (ValueError, TypeError, AttributeError) as error:
            self._send(400, str(error).encode(), "text/plain")
            return
        self._send(200, b"{}", "application/json")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Stay quiet; what was asked is in ``Player.requests``."""

    def _answer(self, query: dict[str, str]) -> None:
        body = json.dumps(self.server.player.answer(query), ensure_ascii=False).encode()
        self._send(200, body, "application/json")

    def _misbehave(self, behaviour: str, query: dict[str, str]) -> None:
        if behaviour == "slow":
            self.server.player.stopping.wait(self.server.player.slow_seconds)
            self._answer(query)
        elif behaviour == "error":
            self._send(500, b"<html>Internal Server Error</html>", "text/html")
        elif behaviour == "busy":
            self._send(429, b"", "text/plain", {"Retry-After": "0"})
        elif behaviour == "garbage":
            self._send(200, b'{"result_count": 1, "results": [{"number"', "application/json")
        elif behaviour == "html":
            self._send(200, b"<html><body>Down for maintenance</body></html>", "text/html")
        elif behaviour == "redirect":
            self._send(302, b"", "text/plain", {"Location": "/elsewhere"})
        elif behaviour == "huge":
            self._send(200, b'{"results": ["' + b"x" * _HUGE + b'"]}', "application/json")
        else:  # drop: promise an answer and hang up in the middle of it
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"result_count"')
            self.close_connection = True

    def _send(self, status: int, body: bytes, media_type: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


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


def _number(text: Any, default: int) -> int:
    return int(text) if re.fullmatch(r"\d{1,9}", str(text or ""), re.ASCII) else default


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
    # shutdown() waits for the serving loop, so it must not run in the thread that serves.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=player.stop, daemon=True).start())
    sys.stdout.write(f"listening on {player.url}\n")
    sys.stdout.flush()
    player.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
