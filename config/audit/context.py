"""Which request (or job) the current work belongs to, so that all its audit events share one id."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_request_id: ContextVar[str] = ContextVar("standing_request_id", default="")


def request_id() -> str:
    """The id of the request or job under way, empty outside one."""
    return _request_id.get()


@contextmanager
def request_context(name: str = "") -> Iterator[str]:
    """Give the work inside one id (a fresh one unless named)."""
    token = _request_id.set(name or uuid.uuid4().hex)
    try:
        yield _request_id.get()
    finally:
        _request_id.reset(token)
