"""The clocks of a volunteer as pages show them: what, by which moment, and how far away that is."""

from __future__ import annotations

import datetime as dt
from typing import Any

from config.kernel import clock
from config.kernel.display.dates import moment
from credentialing.rules.volunteers import Deadline, hours_text
from privileging.selectors.disasters import Volunteer


def clocks_of(volunteer: Volunteer) -> list[dict[str, Any]]:
    """Both clocks, each with a word and a colour together."""
    now = clock.now()
    return [_clock(each, now) for each in (volunteer.verify, volunteer.decide)]


def _clock(line: Deadline, now: dt.datetime) -> dict[str, Any]:
    if line.done:
        word, colour = "Done", "good"
    elif line.past(now):
        word, colour = "Past due", "bad"
    else:
        word, colour = "Due", "warn" if line.near(now) else "info"
    return {
        "what": line.what,
        "due": moment(line.due),
        "away": "" if line.done else hours_text(now, line.due),
        "why": line.why,
        "word": word,
        "colour": colour,
    }
