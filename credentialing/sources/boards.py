"""A state licence board as a source, asked over HTTP about one licence by its number.

There is no common protocol among boards. An administrator says where a board is asked and, in a reading, at
which places of its JSON answer each fact stands and what its words mean. What the reading does not cover is
never guessed: a status in words nobody explained leaves the licence unchecked, with the answer kept.
"""

from __future__ import annotations

import datetime as dt
import json
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from credentialing.sources.base import CouldNotCheck, Fetched, HttpFetcher, Reply, ReplyKind, could_not_check
from practitioners.choices import CredentialStatus
from practitioners.rules import licence_numbers
from practitioners.rules.names import search_variants, split_surname
from practitioners.rules.problems import Problem

#: The facts a reading can place. The number and the status are needed: without them nothing is verified.
PLACES = ("number", "last_name", "first_name", "status", "issued", "expires", "as_of")
NEEDED = ("number", "status")


@dataclass(frozen=True)
class Reading:
    """Where the facts stand in a board's answer.

    ``records`` leads to the list of licences found (dots between names; empty: the answer itself),
    ``places`` from one of them to each fact, ``statuses`` from the board's words (in any case) to a status of
    a credential, ``day`` says how days are written (strptime).
    """

    places: Mapping[str, str]
    statuses: Mapping[str, str]
    records: str = ""
    day: str = "%Y-%m-%d"


def read_reading(given: object) -> Reading:
    """The reading an administrator wrote; raises ``Problem`` that says what is wrong with it."""
    if not isinstance(given, Mapping):
        raise Problem("The reading is a set of names: records, places, statuses and day.")
    if unknown := set(given) - {"records", "places", "statuses", "day"}:
        raise Problem(f"The reading has names that mean nothing: {', '.join(sorted(map(str, unknown)))}.")
    places, statuses = given.get("places"), given.get("statuses")
    if not isinstance(places, Mapping) or not isinstance(statuses, Mapping):
        raise Problem('The reading needs "places" (fact to place) and "statuses" (word to status).')
    if strange := set(places) - set(PLACES):
        raise Problem(f"No such fact: {', '.join(sorted(map(str, strange)))}. Facts are {', '.join(PLACES)}.")
    if missing := [name for name in NEEDED if not str(places.get(name) or "").strip()]:
        raise Problem(f"The reading does not say where to find: {', '.join(missing)}.")
    known = set(CredentialStatus.values)
    if wrong := [str(value) for value in statuses.values() if value not in known]:
        raise Problem(f"No status of a credential: {', '.join(wrong)}. There are {', '.join(sorted(known))}.")
    if not statuses:
        raise Problem("The reading explains none of the board's words for a status.")
    day = str(given.get("day") or Reading.day)
    try:
        written = dt.date(2001, 2, 3).strftime(day)
        if dt.datetime.strptime(written, day).replace(tzinfo=dt.UTC).date() != dt.date(2001, 2, 3):
            raise ValueError
    except ValueError:
        raise Problem(f'"{day}" does not say how a day is written; "%m/%d/%Y" would.') from None
    return Reading(
        places={name: str(place).strip() for name, place in places.items() if str(place or "").strip()},
        statuses={str(word).strip().casefold(): str(status) for word, status in statuses.items()},
        records=str(given.get("records") or "").strip(),
        day=day,
    )


@dataclass(frozen=True)
class BoardSource:
    """Asks one board. ``look_up({"number": "...", "state": "IL"})``."""

    code: str
    name: str
    address: str  # with {number}
    reading: Reading
    fetcher: HttpFetcher = field(default_factory=HttpFetcher)
    headers: Mapping[str, str] = field(default_factory=dict)  # sent, never kept: the key is among them

    def look_up(self, query: Mapping[str, str], *, obtained_at: dt.datetime) -> Reply:
        """Ask about the licence of ``query["number"]``. Raises ``Problem`` when there is no number.

        FOUND carries ``number``, ``status`` (of a credential), ``status_said`` (the board's word), ``issued``
        and ``expires`` (ISO dates), ``last_name`` and ``first_name``, each where the board says it.
        """
        number = str(query.get("number") or "").strip()
        if not number:
            raise Problem("A license without a number cannot be looked up.")
        url = self.address.replace("{number}", quote(number, safe=""))
        try:
            fetched = self.fetcher.get(url, secret_headers=self.headers)
        except CouldNotCheck as failure:
            return could_not_check(self.code, self.name, failure, obtained_at=obtained_at, url=url)
        try:
            return self._read(fetched, number, obtained_at)
        except CouldNotCheck as failure:
            unread = CouldNotCheck(
                failure.reason, attempts=fetched.attempts, body=fetched.body, media_type=fetched.media_type
            )
            return could_not_check(self.code, self.name, unread, obtained_at=obtained_at, url=fetched.url)

    def _read(self, fetched: Fetched, number: str, obtained_at: dt.datetime) -> Reply:
        records = _records(fetched.body, self.reading.records)
        kept: dict[str, Any] = {
            "source": self.code,
            "obtained_at": obtained_at,
            "raw": fetched.body,
            "media_type": fetched.media_type,
            "url": fetched.url,
            "attempts": fetched.attempts,
        }
        if not records:
            return Reply(
                kind=ReplyKind.NOT_FOUND, sentence=f"{self.name} has no license {number}.", fields={}, **kept
            )
        position = licence_numbers.only_exact(number, [self._fact(each, "number") for each in records])
        if position is None:
            raise CouldNotCheck("it answered about other licenses than the one asked for")
        facts = self._facts(records[position])
        expires = f", expires {facts['expires']}" if facts.get("expires") else ""
        return Reply(
            kind=ReplyKind.FOUND,
            sentence=f'{self.name}: license {facts["number"]} is "{facts["status_said"]}"{expires}.',
            source_date=dt.date.fromisoformat(facts["as_of"]) if facts.get("as_of") else None,
            fields=facts,
            **kept,
        )

    def _fact(self, record: Any, name: str) -> str:
        place = self.reading.places.get(name)
        found = _walk(record, place) if place else None
        return "" if found is None or isinstance(found, dict | list) else str(found).strip()

    def _facts(self, record: Any) -> dict[str, str]:
        facts = {name: self._fact(record, name) for name in PLACES}
        said = facts["status"]
        status = self.reading.statuses.get(said.casefold())
        if status is None:
            told = f'its word for the status, "{said[:60]}", has no meaning here yet' if said else ""
            raise CouldNotCheck(told or "its answer has no status where one is expected")
        facts |= {"status": status, "status_said": said}
        for name in ("issued", "expires", "as_of"):
            facts[name] = self._day(facts[name], name)
        return {name: value for name, value in facts.items() if value}

    def _day(self, written: str, name: str) -> str:
        if not written:
            return ""
        try:
            moment = dt.datetime.strptime(written, self.reading.day).replace(tzinfo=dt.UTC)
        except ValueError:
            raise CouldNotCheck(f'"{written[:30]}" is not a day as it writes them ({name})') from None
        return moment.date().isoformat()


def compare(
    said: Mapping[str, str], claimed: Mapping[str, str], *, note_on_status: str = ""
) -> list[dict[str, Any]]:
    """What is claimed beside what the board says, fact by fact in the order of ``said``.

    ``agrees`` is None when one of the two says nothing. Names agree but for accents, case and hyphens,
    numbers but for what boards write around them.
    """
    agreeing: dict[str, Callable[[str, str], bool]] = {
        "number": licence_numbers.same_number,
        "last_name": _same_surname,
    }
    answer = []
    for name, theirs in said.items():
        ours = claimed.get(name, "")
        if not ours and not theirs:
            continue
        agrees = agreeing.get(name, operator.eq)(ours, theirs) if ours and theirs else None
        note = f'The board writes "{note_on_status}".' if name == "status" and note_on_status else ""
        answer.append({"field": name, "claimed": ours, "found": theirs, "agrees": agrees, "note": note})
    return answer


def _same_surname(one: str, other: str) -> bool:
    forms = [set(search_variants(split_surname(name).surname)) for name in (one, other)]
    return bool(forms[0] & forms[1])


def _records(body: bytes, path: str) -> list[Any]:
    try:
        content = json.loads(body)
    except ValueError as error:
        raise CouldNotCheck("its answer is no JSON") from error
    found = _walk(content, path) if path else content
    if found is None and isinstance(content, dict) and path.split(".")[0] not in content:
        raise CouldNotCheck(f'its answer has no "{path}"')
    if found in (None, {}, []):
        return []
    return found if isinstance(found, list) else [found]


def _walk(content: Any, path: str) -> Any:
    """The value at ``a.b.0.c``; None when there is nothing."""
    for step in path.split("."):
        if isinstance(content, Mapping):
            content = content.get(step)
        elif isinstance(content, list) and step.isdigit() and int(step) < len(content):
            content = content[int(step)]
        else:
            return None
    return content
