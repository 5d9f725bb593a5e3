"""The sources of the demo world that are played: what boards would answer, the questions of the last days."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from config.demo.people import Person
from config.demo.timeline import Timeline, at
from config.kernel import clock
from credentialing.choices import CallOutcome, Connector
from credentialing.models import ConnectedSource, SourceCall
from credentialing.services import sources
from credentialing.sources.base import CouldNotCheck, Fetched, HttpFetcher
from credentialing.sources.players.board import READING

RECORDS = "boards.json"
BOARDS = {"IL": "Illinois license lookup", "MI": "Michigan license lookup"}
#: Questions of the last week: people asked about, and which of them (counted from 0) found the board down.
ASKED, DOWN = 28, frozenset({13, 14, 21})
A_DAY = 4
#: How long an answer takes, in milliseconds: the quickest, and how far they spread; a board that is down
#: is tried three times.
QUICKEST, SPREAD, GIVEN_UP = 240, 61, 31_400


def board_records(people: Iterable[Person], today: dt.date) -> list[dict[str, object]]:
    """The licences of the people as the board's player answers them."""
    return [
        {
            "licenseNumber": person.licence_number,
            "state": person.state,
            "holder": {"last": person.last_name, "first": person.first_name},
            "status": {"text": "Active" if person.licence_until >= today else "Inactive"},
            "firstIssued": f"{person.licence_from:%m/%d/%Y}",
            "expiration": f"{person.licence_until:%m/%d/%Y}",
            "asOf": f"{today - dt.timedelta(days=1):%m/%d/%Y}",
        }
        for person in people
    ]


def write_boards(folder: Path, people: Iterable[Person], *, today: dt.date) -> None:
    """What the boards' player answers from."""
    content = {"licenses": board_records(people, today)}
    text = json.dumps(content, ensure_ascii=False, indent=1)
    (folder / RECORDS).write_text(text + "\n", encoding="utf-8")


class RecordedBoard(HttpFetcher):
    """A board's answers of a past day, when nobody was asked over HTTP; or that day's outage."""

    def __init__(self, folder: Path, until_answered: ExitStack, *, took: dt.timedelta, down: bool = False):
        super().__init__()
        records = json.loads((folder / RECORDS).read_text(encoding="utf-8"))["licenses"]
        object.__setattr__(self, "_records", {record["licenseNumber"]: record for record in records})
        object.__setattr__(self, "_down", down)
        object.__setattr__(self, "_waits", until_answered)
        object.__setattr__(self, "_took", took)

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        *,
        secret_params: Mapping[str, str] | None = None,
        secret_headers: Mapping[str, str] | None = None,
    ) -> Fetched:
        """The answer to a question about one number."""
        self._waits.enter_context(clock.freeze(clock.now() + self._took))
        if self._down:
            raise CouldNotCheck("it answered with status 503", attempts=3)
        number = parse_qs(urlsplit(url).query)["number"][0]
        record = self._records.get(number)
        body = json.dumps({"licenses": [record] if record else []}).encode()
        return Fetched(body, "application/json", url, 1)


def connect_boards(people: Sequence[Person], timeline: Timeline, folder: Path) -> None:
    """The boards were connected a week ago and asked for a few licences every day since."""
    with clock.freeze(at(timeline.ago(1 + ASKED // A_DAY), 8, 15)):
        boards = {
            state: ConnectedSource.objects.create(
                code=f"board-{state.lower()}",
                name=name,
                connector=Connector.LICENCE_BOARD,
                state=state,
                address=f"https://licences.example.org/{state.lower()}/?number={{number}}",
                reading=READING,
            )
            for state, name in BOARDS.items()
        }
    for number, person in enumerate(people[:ASKED]):
        day, nth = divmod(number, A_DAY)
        down = number in DOWN
        took = dt.timedelta(milliseconds=GIVEN_UP if down else QUICKEST + SPREAD * (number * 5 % 9))
        moment = at(timeline.ago(ASKED // A_DAY - day), 9 + 2 * nth, 7 + 5 * (number % 7))
        with clock.freeze(moment), ExitStack() as until_answered:
            sources.ask(
                boards[person.state],
                {"number": person.licence_number, "state": person.state},
                fetcher=RecordedBoard(folder, until_answered, took=took, down=down),
            )


def connect_list(asked_at: dt.datetime) -> None:
    """The list of the OIG is fetched from its player, by itself once a month, and was at its last load."""
    source = sources.known_source("list-leie")
    if source is None:  # it ships with the product
        raise LookupError("list-leie")
    source.every_days = 31
    source.save()
    SourceCall.objects.create(
        source=source,
        asked_at=asked_at,
        ended_at=asked_at + dt.timedelta(milliseconds=QUICKEST),
        attempts=1,
        outcome=CallOutcome.FOUND,
    )
