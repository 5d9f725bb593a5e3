"""Asking the NPI registry about somebody who is not on file yet.

How the registry is asked is known to a higher room; it registers that here, the way rooms register panels.
There are three answers and they are three facts: found, not found, and could not be checked.
"""

from __future__ import annotations

import base64
import datetime as dt
import enum
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from django.core import signing

from practitioners.importing.nppes import RegistryRecord, read_one, read_raw_results

_SALT = "practitioners.asking"
#: Seconds for which an answer may be carried through a form: a working day.
_KEPT_FOR = 12 * 60 * 60


class Outcome(enum.StrEnum):
    """What came of asking."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    COULD_NOT_CHECK = "could_not_check"


@dataclass(frozen=True)
class RegistryAnswer:
    """What the registry said of ``npi``. ``raw`` are the very bytes, ``sentence`` says it to a user."""

    npi: str
    outcome: Outcome
    sentence: str
    obtained_at: dt.datetime
    raw: bytes = b""

    @cached_property
    def record(self) -> RegistryRecord | None:
        """The individual's record, active or not; None when nobody was found, or an organization."""
        if self.outcome is not Outcome.FOUND:
            return None
        found = read_one(read_raw_results(self.raw)[0], accept_deactivated=True)
        return found if isinstance(found, RegistryRecord) else None

    def carried(self) -> str:
        """The answer as text to carry through a form; what comes back is known to be unchanged."""
        return signing.dumps(
            {
                "npi": self.npi,
                "sentence": self.sentence,
                "at": self.obtained_at.isoformat(),
                "raw": base64.b64encode(self.raw).decode(),
            },
            salt=_SALT,
            compress=True,
        )


def brought_back(text: str) -> RegistryAnswer | None:
    """The found answer that was carried as ``text``; None when there is none, or it is forged or old."""
    if not text:
        return None
    try:
        content = signing.loads(text, salt=_SALT, max_age=_KEPT_FOR)
    except signing.BadSignature:
        return None
    return RegistryAnswer(
        content["npi"],
        Outcome.FOUND,
        content["sentence"],
        dt.datetime.fromisoformat(content["at"]),
        base64.b64decode(content["raw"]),
    )


Ask = Callable[[str, dt.datetime], RegistryAnswer]
_asked: list[Ask] = []


def register_registry(ask: Ask) -> None:
    """Let a higher room say how the registry is asked. It never raises for what happens on the way, and
    answers in seconds: a person waits for it.
    """
    if _asked:
        raise RuntimeError("The NPI registry is registered twice.")
    _asked.append(ask)


def ask_registry(npi: str, *, at: dt.datetime) -> RegistryAnswer:
    """What the registry says of this NPI now. Raises ``Problem`` when that is no NPI."""
    if not _asked:
        return RegistryAnswer(
            npi, Outcome.COULD_NOT_CHECK, "The NPI registry could not be checked: none is connected.", at
        )
    return _asked[0](npi, at)
