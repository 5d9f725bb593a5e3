"""Which request (or job) the current work belongs to, so that all its audit events share one id."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_request_id: ContextVar[str] = ContextVar("standing_request_id", default="")


#: Protected classes of which the work under way has read something; None outside a request or job.
_classes_read: ContextVar[set[str] | None] = ContextVar("standing_classes_read", default=None)


def note_class_read(data_class: str) -> None:
    """Remember that the work under way read something of a protected class, so that its page can say so."""
    read = _classes_read.get()
    if read is not None:
        read.add(str(data_class))


def classes_read() -> frozenset[str]:
    """The protected classes the request or job under way has read something of."""
    return frozenset(_classes_read.get() or ())


def request_id() -> str:
    """The id of the request or job under way, empty outside one."""
    return _request_id.get()


@contextmanager
def request_context(name: str = "") -> Iterator[str]:
    """Give the work inside one id (a fresh one unless named)."""
    token = _request_id.set(name or uuid.uuid4().hex)
    read = _classes_read.set(set())
    try:
        yield _request_id.get()
    finally:
        _request_id.reset(token)
        _classes_read.reset(read)
