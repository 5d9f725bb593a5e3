"""Delegated credentialing: which reports and audits are due, and what a payer looks for in a file. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from config.kernel.dates import ONE_DAY, add_months, end_of_month_after, month_first, month_last
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from credentialing.choices import ReportRhythm
from credentialing.choices import ReviewMark as Mark

#: How many months of the calendar a report covers.
MONTHS_OF = {ReportRhythm.MONTHLY: 1, ReportRhythm.QUARTERLY: 3, ReportRhythm.HALF_YEARLY: 6}


# --- what is due ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Terms:
    """What an agreement says over some days; ``end`` is its inclusive last day, None without one."""

    start: dt.date
    end: dt.date | None
    rhythm: str
    report_days: int


@dataclass(frozen=True)
class ReportPeriod:
    """The days a report covers, and by when it is due."""

    first_day: dt.date
    last_day: dt.date
    due_on: dt.date


def calendar_period(day: dt.date, rhythm: str) -> tuple[dt.date, dt.date]:
    """First and last day of the month, quarter or half year of the calendar in which the day lies."""
    months = MONTHS_OF[ReportRhythm(rhythm)]
    first = month_first(day).replace(month=(day.month - 1) // months * months + 1)
    return first, month_last(add_months(first, months - 1))


def periods_through(terms: Sequence[Terms], today: dt.date) -> list[ReportPeriod]:
    """Every period of an agreement that is over on ``today``, the oldest first.

    The first begins and the last ends with the agreement; where its terms changed, those of the day on which
    a period begins say how long it is.
    """
    found: list[ReportPeriod] = []
    rows = sorted(terms, key=lambda each: each.start)
    for number, row in enumerate(rows):
        follows = rows[number + 1].start if number + 1 < len(rows) else None
        day = max(row.start, found[-1].last_day + ONE_DAY) if found else row.start
        while row.end is None or day <= row.end:
            last = calendar_period(day, row.rhythm)[1]
            # What ends for good ends its last period; what is only changed lets it run on.
            if row.end is not None and last > row.end and follows != row.end + ONE_DAY:
                last = row.end
            if last >= today:
                return found
            found.append(ReportPeriod(day, last, last + dt.timedelta(days=row.report_days)))
            day = last + ONE_DAY
    return found


def reports_due(terms: Sequence[Terms], today: dt.date, sent: Collection[dt.date]) -> list[ReportPeriod]:
    """The periods that are over and whose report was not sent; ``sent`` are the last days of those sent."""
    return [each for each in periods_through(terms, today) if each.last_day not in sent]


def next_audit(held: Iterable[dt.date], start: dt.date, months: int) -> dt.date:
    """By when the payer's next audit is due: ``months`` after the last one, else after it began."""
    return add_months(max(held, default=start), months)


# --- what a payer looks for in a file ---------------------------------------------------------------------


@dataclass(frozen=True)
class Judgement:
    """The mark of one element of one file, and why in a sentence."""

    mark: Mark
    sentence: str


def cycle(previous: dt.date | None, decided: dt.date, months: int | None) -> Judgement:
    """Whether somebody was recredentialed within the cycle, which NCQA counts to its last month's end."""
    if previous is None or months is None:
        return Judgement(Mark.NOT_APPLICABLE, "No earlier decision is on file.")
    through = end_of_month_after(previous, months)
    told = f"Decided {day_text(previous)} and again {day_text(decided)}; the cycle ended {day_text(through)}."
    return Judgement(Mark.YES if decided <= through else Mark.NO, told)


def notice(decided: dt.date, told: dt.date | None, days: int | None) -> Judgement:
    """Whether the practitioner was told of the decision within ``days``; None: no limit was in force."""
    if told is None:
        return Judgement(Mark.NO, "No letter that tells the decision is on file.")
    taken = (told - decided).days
    words = f"Told on {day_text(told)}, {taken} {'day' if taken == 1 else 'days'} after the decision"
    if days is None:
        return Judgement(Mark.YES, f"{words}; no limit was in force.")
    return Judgement(Mark.YES if taken <= days else Mark.NO, f"{words}; the limit is {days} days.")


def roster_after(decided: dt.date, effective: dt.date | None) -> Judgement:
    """Whether somebody stood on the roster only from the decision on, never before."""
    if effective is None:
        return Judgement(Mark.NOT_APPLICABLE, "Not on the roster.")
    told = f"On the roster from {day_text(effective)}, decided {day_text(decided)}."
    return Judgement(Mark.YES if effective >= decided else Mark.NO, told)


# --- the report -------------------------------------------------------------------------------------------

ADDED, TERMED, RECREDENTIALED = "Add", "Term", "Recredentialed"
#: The fields of a line, by what each is called, in the order of the report.
LINE_FIELDS: dict[str, str] = {
    "what": "What",
    "person": "Practitioner",
    "npi": "NPI",
    "degree": "Degree",
    "specialty": "Specialty",
    "received": "Application received",
    "committee": "Committee date",
    "decided": "Board decision",
    "turnaround": "Days from receipt to decision",
    "previous": "Decision before",
    "in_cycle": "Within the cycle",
    "effective": "Effective",
    "term_date": "Last day",
    "term_reason": "Why it ended",
}
LINE_DAYS = frozenset({"received", "committee", "decided", "previous", "effective", "term_date"})


def counts_of(lines: Sequence[dict[str, str]]) -> dict[str, int | None]:
    """How many of each, those out of cycle, and the turnaround in days (None: nothing to count)."""
    taken = sorted(int(line["turnaround"]) for line in lines if line.get("turnaround"))
    middle = len(taken) // 2
    median = None
    if taken:
        median = taken[middle] if len(taken) % 2 else round((taken[middle - 1] + taken[middle]) / 2)
    return {
        "adds": sum(line["what"] == ADDED for line in lines),
        "terms": sum(line["what"] == TERMED for line in lines),
        "recredentialed": sum(line["what"] == RECREDENTIALED for line in lines),
        "out_of_cycle": sum(line.get("in_cycle") == "no" for line in lines),
        "turnaround_median": median,
        "turnaround_longest": taken[-1] if taken else None,
    }


def check_span(first_day: dt.date, last_day: dt.date, today: dt.date) -> None:
    """Refuse days of a report that are in the wrong order or not over yet."""
    if last_day < first_day:
        raise Refused("The last day lies before the first.", field="last_day")
    if last_day > today:
        raise Refused(
            "What will be on that day is not known yet: choose today or a day before.", field="last_day"
        )
