"""What property tests of rules share: days in any order, credentials as they are said, facts moved in time.

A rule's property test compares its judge with an answer found another way (the oracle), which has to be
short enough to be seen to be right.
"""

import calendar
import datetime as dt
from collections.abc import Mapping

from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import strategies as st

from config.rulebook.selectors.parameters import Bound
from config.rulebook.verdicts import Outcome
from tests.searching import tried

ON = dt.date(2026, 3, 10)
DAY = dt.timedelta(days=1)
#: The calendar repeats after 400 years, to the day of the week: whatever counts days or months does too.
ROUND = 146_097
#: Pure judges only, no database: enough examples to find a wrong boundary, few enough to cost no time.
quickly = tried(60)

#: From worst to best, as a person reads it: unknown is better than a breach and never as good as met.
RANK = {Outcome.NOT_MET: 0, Outcome.UNKNOWN: 1, Outcome.MET: 2, Outcome.NOT_APPLICABLE: 2}
PERMITTING, STOPPED, UNCLEAR = ("ACTIVE", "PROBATION"), ("SUSPENDED", "REVOKED"), "UNKNOWN"


def near(first=-40, last=40):
    """Days around the day that is judged."""
    return st.integers(first, last).map(lambda days: ON + days * DAY)


def months_later(day, months):
    """The same day so many months later, or the last of a month that is too short: counted on a calendar."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def bounds(**values):
    """Parameters by their names without the room: ``bounds(bylaws__leave_months=12)``."""
    return {
        code.replace("__", ".", 1): Bound(code.replace("__", ".", 1), "", value, source="Bylaws")
        for code, value in values.items()
    }


def moved(value, days=ROUND):
    """The same facts, every day of them so many days later."""
    if isinstance(value, dt.date):
        return value + days * DAY
    if isinstance(value, DateRange):
        return DateRange(*(edge and edge + days * DAY for edge in (value.lower, value.upper)))
    if isinstance(value, Mapping):
        return {key: moved(each, days) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(moved(each, days) for each in value)
    return value


def assert_plain(judge, facts, parameters, days=ROUND):
    """What every verdict keeps to: the same facts give the same words; all days moved, the outcome stays and
    its days move along; what is not met or not known says how it is cured.
    """
    found = judge(facts, parameters)
    assert judge(facts, parameters).as_data() == found.as_data()
    later = judge(moved(facts, days), parameters)
    assert (later.outcome, later.since, later.due) == (found.outcome, *moved((found.since, found.due), days))
    assert found.sentence
    if found.outcome == Outcome.NOT_MET:
        assert found.cure
        assert found.since is None or found.since <= facts.get("on", found.since)
    return found


def assert_began(found, outcome_on, long_ago=ON - 400 * DAY):
    """A breach began on its day and lasts, apart from days of which nothing sure is known; without a day it
    has always been.
    """
    if found.outcome == Outcome.NOT_MET:
        days = [ON - number * DAY for number in range((ON - (found.since or long_ago)).days + 1)]
        assert {outcome_on(day) for day in days} <= {Outcome.NOT_MET, Outcome.UNKNOWN}
        assert found.since is None or outcome_on(found.since - DAY) != Outcome.NOT_MET


@st.composite
def credentials(draw, *, statuses=(*PERMITTING, *STOPPED, UNCLEAR), states=("",), most=4):
    """Credentials as :func:`bylaws.rules.current_credential.said_of` tells them, of the states."""
    rows = []
    for number in range(draw(st.integers(0, most))):
        start = draw(st.none() | near())
        length = draw(st.none() | st.integers(1, 60))
        rows.append(
            {
                "number": f"N{number}",
                "from": start,
                "to": None if length is None else (start or ON - 20 * DAY) + length * DAY,
                "standing": draw(st.sampled_from(["confirmed", "confirmed", "claimed"])),
                "status": draw(st.sampled_from(statuses)),
                "state": draw(st.sampled_from(states)),
                "extra": {},
                "evidence": "",
                "evidence_title": "",
            }
        )
    return rows


def runs(row, on=ON):
    """Whether what is said covers the day."""
    return (row["from"] or dt.date.min) <= on < (row["to"] or dt.date.max)


def weight(row, here="", on=ON):
    """What one credential says by itself of the day: 3 there is one, 2 that is not known, 1 there is none, 0
    nothing. Of several the greatest decides.
    """
    if row["standing"] != "confirmed" or (row["from"] or dt.date.min) > on:
        return 0
    good = row["status"] in PERMITTING and row["state"] == here
    if not runs(row, on):
        return 1 if good else 0
    unclear = row["status"] == UNCLEAR or (row["state"] == "" and here != "")
    return 3 if good else 2 if unclear else 1


def outcome_of(rows, here="", on=ON):
    """The outcome for whoever is asked for a credential and has these."""
    return [Outcome.UNKNOWN, Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.MET][
        max((weight(row, here, on) for row in rows), default=0)
    ]
