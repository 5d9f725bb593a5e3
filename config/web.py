"""The web server's worker and log: gunicorn's own, with a page of ours where it would answer in bare words,
and without the secret of signed links.
"""

from __future__ import annotations

from django.template import loader
from gunicorn import util  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]
from gunicorn.http.errors import LimitRequestLine  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

from config.logs import without_secrets

#: The longest address taken, in characters: the most gunicorn can be told short of "without end".
LONGEST_ADDRESS = 8190


class Log(Logger):
    """The access log: a signed link stands in it without what makes it open."""

    def atoms(self, resp, req, environ, request_time):
        """What a line may be made of."""
        found = super().atoms(resp, req, environ, request_time)
        return {
            name: without_secrets(value) if isinstance(value, str) else value for name, value in found.items()
        }


class Worker(ThreadWorker):
    """A threaded worker that says in a sentence when an address is too long to be read."""

    def handle_error(self, req, client, addr, exc):
        """Answer an address that is too long with our page, everything else as gunicorn does."""
        if not isinstance(exc, LimitRequestLine):
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("An address longer than %d characters from %s", LONGEST_ADDRESS, addr and addr[0])
        try:
            util.write_nonblock(client, too_long())
        except OSError:
            self.log.debug("The answer to an address that is too long could not be sent.")


def too_long() -> bytes:
    """The whole answer, head and page; it reads no database."""
    page = loader.get_template("errors/414.html").render({}).encode()
    head = (
        "HTTP/1.1 414 URI Too Long\r\n"
        "Connection: close\r\n"
        "Content-Type: text/html; charset=utf-8\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        f"Content-Length: {len(page)}\r\n\r\n"
    )
    return head.encode("ascii") + page
