"""An exclusion list as a source: its publisher's file, fetched over HTTP when it changed.

The publishers have no common protocol: a file lies somewhere, and its name may bear the day. An administrator
says where. What comes is looked at before it is believed: a page for people with status 200 is no list.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path

from credentialing.sources.base import CouldNotCheck, Downloaded, HttpFetcher, Reply, ReplyKind
from practitioners.importing.rejections import UnusableFile

#: A file whose name bears the day is looked for so many days back: no publisher works on Sundays.
DAYS_BACK = 4
#: The largest list known, unpacked, has some 60 MB; one ten times as long is something else.
LARGEST_FILE = 512 * 1024 * 1024
#: Seconds one attempt may take, and attempts: together less than a question is waited for.
DEADLINE, ATTEMPTS = 120.0, 2


def addresses_on(address: str, day: dt.date) -> list[str]:
    """The address of the day; where it bears one, those of the days before too, the newest first."""
    said = [_dated(address, day - dt.timedelta(days=back)) for back in range(DAYS_BACK + 1)]
    return list(dict.fromkeys(said))


def _dated(address: str, day: dt.date) -> str:
    parts = {"{YYDDD}": f"{day:%y%j}", "{YYYY}": f"{day:%Y}", "{MM}": f"{day:%m}", "{DD}": f"{day:%d}"}
    for name, value in parts.items():
        address = address.replace(name, value)
    return address


@dataclass(frozen=True)
class ListSource:
    """Fetches one list. ``look_up({"into": path, "etag": ..., "last_modified": ...})``: the file to write,
    and the version that is there already. ``check`` raises ``UnusableFile`` for a file that is not the list.
    """

    code: str
    name: str
    address: str
    check: Callable[[Path], None]
    fetcher: HttpFetcher = field(default_factory=HttpFetcher)
    headers: Mapping[str, str] = field(default_factory=dict)

    def look_up(self, query: Mapping[str, str], *, obtained_at: dt.datetime) -> Reply:
        """Fetch the list: FOUND with the file written, UNCHANGED, or COULD_NOT_CHECK. Never raises for what
        happens on the way.
        """
        into = Path(query["into"])
        try:
            got = self._download(query, into, obtained_at.date())
            if not got.unchanged:
                self._look_at(into, got)
        except CouldNotCheck as failure:
            return Reply(
                kind=ReplyKind.COULD_NOT_CHECK,
                source=self.code,
                sentence=f"{self.name} could not be fetched: {failure.reason.rstrip('.')}. "
                "The list in force stays.",
                reason=failure.reason,
                obtained_at=obtained_at,
                attempts=failure.attempts,
            )
        return Reply(
            kind=ReplyKind.UNCHANGED if got.unchanged else ReplyKind.FOUND,
            source=self.code,
            sentence=f"{self.name} did not change since it was fetched last."
            if got.unchanged
            else f"{self.name} was fetched ({got.size:,} bytes).",
            obtained_at=obtained_at,
            url=got.url,
            source_date=_day_of(got.last_modified),
            fields={"etag": got.etag, "last_modified": got.last_modified, "size": got.size},
            attempts=got.attempts,
        )

    def _download(self, query: Mapping[str, str], into: Path, day: dt.date) -> Downloaded:
        *earlier, last = addresses_on(self.address, day)
        for url in [*earlier, last]:
            try:
                return self.fetcher.download(
                    url,
                    into,
                    etag=query.get("etag", ""),
                    last_modified=query.get("last_modified", ""),
                    secret_headers=self.headers,
                )
            except CouldNotCheck as failure:
                if failure.status != 404 or url == last:
                    raise
        raise CouldNotCheck("it was not asked", attempts=0)  # pragma: no cover - there is always an address

    def _look_at(self, path: Path, got: Downloaded) -> None:
        try:
            self.check(path)
        except UnusableFile as problem:
            reason = f"what came is not the list ({problem.sentence.rstrip('.')})"
            raise CouldNotCheck(reason, attempts=got.attempts) from problem


def _day_of(last_modified: str) -> dt.date | None:
    """The day a server says its file is of; None where it says nothing that can be read."""
    try:
        return parsedate_to_datetime(last_modified).date()
    except ValueError:
        return None
