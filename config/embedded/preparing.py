"""What the demo's port answers until the application does: a page that says how far it is."""

from __future__ import annotations

import html
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="2">
<title>Standing is getting ready</title>
</head>
<body>
<main>
<h1>Standing is getting ready</h1>
<p role="status">{step}</p>
<progress aria-label="Getting ready"></progress>
<p>This page looks again every two seconds and opens Standing as soon as it can.</p>
</main>
</body>
</html>
"""


class PreparingPage:
    """Answers on an already bound socket, every address with 503, until it is stopped."""

    def __init__(self, listener: socket.socket) -> None:
        self.step = "Starting"
        self._server = ThreadingHTTPServer(("", 0), _handler(self), bind_and_activate=False)
        self._server.socket.close()
        # A copy of the handle: closing ours must not close the one the web server inherits.
        self._server.socket = listener.dup()
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(page: PreparingPage) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version = "standing-preparing"
        timeout = 5  # seconds; a connection that says nothing does not hold a thread for ever

        def do_GET(self) -> None:
            if self.path == "/healthz":
                self._answer(json.dumps({"status": "preparing", "step": page.step}), "application/json")
            else:
                self._answer(PAGE.format(step=html.escape(page.step)), "text/html; charset=utf-8")

        do_POST = do_HEAD = do_GET  # noqa: N815 - the names http.server asks for

        def _answer(self, text: str, content_type: str) -> None:
            body = text.encode()
            self.send_response(503)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Retry-After", "2")
            self.send_header("Cache-Control", "no-store")
            self.send_header("Content-Security-Policy", "default-src 'none'")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as in http.server
            pass

    return Handler
