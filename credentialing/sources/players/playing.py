"""What the players of sources have in common: real HTTP on this machine, and misbehaviour on demand.

A player can be told to misbehave by :meth:`Player.behave` or by ``POST /control`` with
``{"behaviour": "error", "times": 2}``.
"""

from __future__ import annotations

import json
import re
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

BEHAVIOURS = ("slow", "error", "busy", "garbage", "html", "drop", "huge", "redirect", "cut", "stall")
_HUGE = 16 * 1024 * 1024


@dataclass(frozen=True)
class Response:
    """An answer as it goes over the wire."""

    status: int
    body: bytes
    media_type: str
    headers: dict[str, str] = field(default_factory=dict)


class Player:
    """A running player. ``url`` is the address of its API, ``requests`` and ``headers`` what it was asked."""

    #: Where it answers.
    path = "/api"

    def __init__(self, *, port: int = 0, slow_seconds: float = 30.0):
        self.requests: list[str] = []
        self.headers: list[dict[str, str]] = []
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
        return f"http://127.0.0.1:{self._server.server_address[1]}{self.path}/"

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

    def special(self, query: dict[str, str]) -> str:
        """How it misbehaves for this question whatever it was told; empty: as told."""
        return ""

    def answer(self, query: dict[str, str]) -> dict[str, Any]:
        """The answer to a query, as data."""
        raise NotImplementedError

    def respond(self, query: dict[str, str], headers: Mapping[str, str]) -> Response:
        """The answer as it goes over the wire: its data as JSON."""
        body = json.dumps(self.answer(query), ensure_ascii=False).encode()
        return Response(200, body, "application/json")

    def broken(self) -> bytes:
        """The beginning of an answer that was cut off."""
        return b'{"result_count": 1, "results": [{"number"'


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
        player = self.server.player
        if address.path.rstrip("/") != player.path:
            self._send(404, b"not here", "text/plain")
            return
        player.requests.append(address.query)
        player.headers.append(dict(self.headers))
        query = {name: values[-1].strip() for name, values in parse_qs(address.query).items()}
        behaviour = player.special(query) or player.next_behaviour()
        if behaviour:
            self._misbehave(behaviour, query)
        else:
            self._answer(query)

    def do_POST(self) -> None:
        """The control door: ``{"behaviour": ..., "times": ...}``."""
        length = min(whole_number(self.headers.get("Content-Length"), 0), 10_000)
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
        given = {name.title(): value for name, value in self.headers.items()}
        told = self.server.player.respond(query, given)
        self._send(told.status, told.body, told.media_type, told.headers)

    def _misbehave(self, behaviour: str, query: dict[str, str]) -> None:
        if behaviour == "slow":
            self.server.player.stopping.wait(self.server.player.slow_seconds)
            self._answer(query)
        elif behaviour == "error":
            self._send(500, b"<html>Internal Server Error</html>", "text/html")
        elif behaviour == "busy":
            self._send(429, b"", "text/plain", {"Retry-After": "0"})
        elif behaviour == "garbage":
            self._send(200, self.server.player.broken(), "application/json")
        elif behaviour == "html":
            self._send(200, b"<html><body>Down for maintenance</body></html>", "text/html")
        elif behaviour == "redirect":
            self._send(302, b"", "text/plain", {"Location": "/elsewhere"})
        elif behaviour == "cut":  # half of it, as if that were all
            told = self.server.player.respond(query, {})
            self._send(told.status, told.body[: len(told.body) // 2], told.media_type, told.headers)
        elif behaviour == "stall":  # the beginning, and then nothing
            told = self.server.player.respond(query, {})
            self.send_response(told.status)
            self.send_header("Content-Length", str(len(told.body)))
            self.end_headers()
            self.wfile.write(told.body[: len(told.body) // 2])
            self.wfile.flush()
            self.server.player.stopping.wait(self.server.player.slow_seconds)
            self.close_connection = True
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


def whole_number(text: Any, default: int) -> int:
    """The number a text is, or ``default``."""
    return int(text) if re.fullmatch(r"\d{1,9}", str(text or ""), re.ASCII) else default


def serve_until_stopped(player: Player) -> None:
    """Say the address, then answer until the process is told to stop."""
    # shutdown() waits for the serving loop, so it must not run in the thread that serves.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=player.stop, daemon=True).start())
    sys.stdout.write(f"listening on {player.url}\n")
    sys.stdout.flush()
    player.serve()
