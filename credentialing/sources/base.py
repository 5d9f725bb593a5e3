"""What every connector to an outside source is, and the one careful way to ask over HTTP.

A connector takes a question, asks, and returns a :class:`Reply`; it never touches the database. There are
three answers and they are three facts: found, not found, and *could not be checked* (and of a file that was
fetched before: unchanged). The third is the honest result of everything that is neither of the others: no
connection, an error page with status 200, a reply about somebody else, a reply too long to be one. Being
reached is never the same as having found.
"""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

import httpx
import tenacity

_Got = TypeVar("_Got")


class ReplyKind(enum.StrEnum):
    """What came of asking a source."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    UNCHANGED = "unchanged"  # what was asked for is what the asker has
    COULD_NOT_CHECK = "could_not_check"


@dataclass(frozen=True)
class Reply:
    """What a source said, ready to be kept as evidence.

    ``raw`` are the very bytes of the answer (empty when there was none), ``url`` the address asked without
    secrets, ``source_date`` the date the source's data bears, ``obtained_at`` the moment the caller gave.
    ``fields`` is JSON-able data read from the answer; ``sentence`` says the result to a user. A found reply
    may well be adverse (a deactivated number, a revoked licence): that is for the caller to judge.
    """

    kind: ReplyKind
    source: str
    sentence: str
    obtained_at: dt.datetime
    raw: bytes = b""
    media_type: str = ""
    url: str = ""
    source_date: dt.date | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    attempts: int = 0
    reason: str = ""  # of COULD_NOT_CHECK, without anything about a person

    @property
    def sha256(self) -> str:
        """Hash of the raw bytes in hex."""
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def checked(self) -> bool:
        """Whether the source answered the question, one way or the other."""
        return self.kind is not ReplyKind.COULD_NOT_CHECK


@runtime_checkable
class Source(Protocol):
    """A connector. ``code`` names the source in evidence and parameters, ``name`` is for people."""

    @property
    def code(self) -> str: ...

    @property
    def name(self) -> str: ...

    def look_up(self, query: Mapping[str, str], *, obtained_at: dt.datetime) -> Reply:
        """Ask about ``query`` (keys are the source's own, documented there).

        Never raises for what happens on the way: the reply then is COULD_NOT_CHECK with the reason. Raises
        ``Problem`` for a question that cannot be asked, such as an NPI with a wrong check digit.
        """
        ...


class CouldNotCheck(Exception):
    """No usable answer came. ``reason`` completes "could not be checked: ..."; ``body`` is what did come."""

    def __init__(
        self, reason: str, *, attempts: int = 1, body: bytes = b"", media_type: str = "", status: int = 0
    ):
        super().__init__(reason)
        self.reason = reason
        self.attempts = attempts
        self.status = status  # of the answer, where one came
        self.body = body
        self.media_type = media_type


@dataclass(frozen=True)
class Fetched:
    """The body of an answer with status 200. It still has to be read: 200 alone says nothing."""

    body: bytes
    media_type: str
    url: str
    attempts: int


@dataclass(frozen=True)
class Downloaded:
    """A file that was fetched whole, or that did not change since: then nothing was written."""

    size: int
    url: str
    attempts: int
    etag: str = ""
    last_modified: str = ""
    unchanged: bool = False


class _TryAgain(Exception):
    """Internal: this attempt failed in a way that another may not."""

    def __init__(self, reason: str, *, body: bytes = b"", media_type: str = "", wait: float | None = None):
        super().__init__(reason)
        self.reason = reason
        self.body = body
        self.media_type = media_type
        self.wait = wait


@dataclass(frozen=True)
class HttpFetcher:
    """How patiently a source is asked.

    Times are seconds. ``timeout`` bounds connecting and every single read, ``deadline`` one whole attempt,
    so that a source that trickles cannot hold a worker. Connection faults, 429 and 5xx are tried ``attempts``
    times with exponential backoff and jitter (a Retry-After is respected up to ``backoff_max``); everything
    else is final.
    """

    timeout: float = 10.0
    deadline: float = 30.0
    attempts: int = 3
    backoff: float = 0.5
    backoff_max: float = 10.0
    max_bytes: int = 5 * 1024 * 1024
    user_agent: str = "Standing"

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        *,
        secret_params: Mapping[str, str] | None = None,
        secret_headers: Mapping[str, str] | None = None,
    ) -> Fetched:
        """GET ``url``; what is secret is sent but appears in no address that is kept or shown.

        Raises :class:`CouldNotCheck` with the reason when no answer with status 200 came.
        """
        kept = _kept(url, params)
        sent = dict(params or {}) | dict(secret_params or {})
        (body, media_type), attempts = self._tried(
            lambda client: self._attempt(client, url, sent), secret_headers
        )
        return Fetched(body, media_type, kept, attempts)

    def download(
        self,
        url: str,
        into: Path,
        *,
        etag: str = "",
        last_modified: str = "",
        secret_headers: Mapping[str, str] | None = None,
    ) -> Downloaded:
        """GET ``url`` into the file ``into``, never holding it in memory; not at all where the source says
        that it is the version of ``etag`` or ``last_modified`` still.

        Raises :class:`CouldNotCheck` with the reason when it did not come whole; ``into`` then holds nothing
        of use.
        """
        headers = {"Accept": "*/*", **(secret_headers or {})}
        if etag:
            headers["If-None-Match"] = etag
        if last_modified:
            headers["If-Modified-Since"] = last_modified
        got, attempts = self._tried(lambda client: self._attempt_download(client, url, into), headers)
        if got.unchanged and not (etag or last_modified):
            raise CouldNotCheck("it says that nothing changed, which was not asked", attempts=attempts)
        return replace(got, url=_kept(url, None), attempts=attempts)

    def _tried(
        self, once: Callable[[httpx.Client], _Got], secret_headers: Mapping[str, str] | None
    ) -> tuple[_Got, int]:
        """What the attempt gave, and how many it took; raises :class:`CouldNotCheck` when patience ends."""
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TryAgain),
            stop=tenacity.stop_after_attempt(self.attempts),
            wait=self._wait,
            reraise=True,
        )
        attempt_number = 0
        try:
            with self._client(secret_headers) as client:
                for attempt in retrying:
                    with attempt:
                        attempt_number = attempt.retry_state.attempt_number
                        return once(client), attempt_number
        except (_TryAgain, CouldNotCheck) as failure:
            raise CouldNotCheck(
                failure.reason,
                attempts=attempt_number,
                body=failure.body,
                media_type=failure.media_type,
                status=getattr(failure, "status", 0),
            ) from failure
        raise CouldNotCheck("it was not asked", attempts=0)  # pragma: no cover - Retrying always tries once

    def _client(self, secret_headers: Mapping[str, str] | None) -> httpx.Client:
        return httpx.Client(
            verify=_trusted(),
            timeout=self.timeout,
            follow_redirects=False,
            headers={
                "User-Agent": self.user_agent,
                "Accept": "application/json",
                **(secret_headers or {}),
            },
            # A source played on this machine is never asked through the office's proxy.
            mounts={"all://127.0.0.1": None, "all://localhost": None},
        )

    def _attempt(self, client: httpx.Client, url: str, params: Mapping[str, str]) -> tuple[bytes, str]:
        ends = time.monotonic() + self.deadline
        with _faults_told(), client.stream("GET", url, params=params or None) as response:
            body = self._read(response, ends)
            _refuse(response, body)
        return body, _media_type(response)

    def _attempt_download(self, client: httpx.Client, url: str, into: Path) -> Downloaded:
        ends, size = time.monotonic() + self.deadline, 0
        with _faults_told(), client.stream("GET", url) as response:
            if response.status_code == 304:
                return Downloaded(0, "", 0, unchanged=True)
            _refuse(response, b"")
            with into.open("wb") as file:
                for chunk in self._chunks(response, ends):
                    size += file.write(chunk)
            told = response.headers
        return Downloaded(size, "", 0, told.get("etag", "")[:200], told.get("last-modified", "")[:60])

    def _read(self, response: httpx.Response, ends: float) -> bytes:
        return b"".join(self._chunks(response, ends))

    def _chunks(self, response: httpx.Response, ends: float) -> Iterator[bytes]:
        """The body bit by bit, as long as it is neither too long nor too slow."""
        size = 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > self.max_bytes:
                raise CouldNotCheck(f"its answer is longer than {self.max_bytes} bytes")
            if time.monotonic() > ends:
                raise _TryAgain("it did not answer in time")
            yield chunk

    def _wait(self, state: tenacity.RetryCallState) -> float:
        failure = state.outcome.exception() if state.outcome else None
        asked = failure.wait if isinstance(failure, _TryAgain) else None
        if asked is not None:
            return min(asked, self.backoff_max)
        growing = tenacity.wait_exponential(multiplier=self.backoff, max=self.backoff_max)
        return (growing + tenacity.wait_random(0, self.backoff))(state)


@cache
def _trusted() -> ssl.SSLContext:
    """Whom to believe: the authorities of this installation, read once, for that takes longer than asking."""
    return httpx.create_ssl_context()


@contextmanager
def _faults_told() -> Iterator[None]:
    """Faults of the way as what they mean: worth another attempt, or final."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise _TryAgain("it did not answer in time") from error
    except httpx.TransportError as error:
        raise _TryAgain(f"the connection failed ({type(error).__name__})") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CouldNotCheck(f"the request failed ({type(error).__name__})") from error


def _refuse(response: httpx.Response, body: bytes) -> None:
    """Raise unless the answer has status 200."""
    status, media_type = response.status_code, _media_type(response)
    if status == 429 or status >= 500:
        retry_after = response.headers.get("retry-after", "")
        wait = float(retry_after) if retry_after.isdigit() else None
        raise _TryAgain(f"it answered with status {status}", body=body, media_type=media_type, wait=wait)
    if status != 200:
        told = "with a redirection" if 300 <= status < 400 else f"with status {status}"
        raise CouldNotCheck(f"it answered {told}", body=body, media_type=media_type, status=status)


def _media_type(response: httpx.Response) -> str:
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()


def _kept(url: str, params: Mapping[str, str] | None) -> str:
    """The address as it is kept and shown: without who asks."""
    return str(httpx.URL(url).copy_with(userinfo=b"").copy_merge_params(dict(params or {})))


def could_not_check(
    source: str, name: str, failure: CouldNotCheck, *, obtained_at: dt.datetime, url: str = ""
) -> Reply:
    """The third outcome as a reply, with the reason and whatever bytes did come."""
    return Reply(
        kind=ReplyKind.COULD_NOT_CHECK,
        source=source,
        sentence=f"{name} could not be checked: {failure.reason}.",
        reason=failure.reason,
        obtained_at=obtained_at,
        raw=failure.body,
        media_type=failure.media_type,
        url=url,
        attempts=failure.attempts,
    )
