"""Gaps in the work history of an applicant, by what they stated."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from config.kernel.dates import ONE_DAY
from credentialing import parameters
from credentialing.models import Application
from credentialing.selectors.requirements import requirements
from practitioners.rules.gaps import Activity, find_gaps, window_start

#: Claims that fill time: work, and training counts as activity.
ACTIVITY_TYPES = frozenset({"WORK_HISTORY", "RESIDENCY"})


@dataclass(frozen=True)
class UnexplainedGap:
    """The gaps longer than the parameter allows, in one sentence."""

    sentence: str


def unexplained(application: Application) -> list[UnexplainedGap]:
    """The gaps that need an explanation in writing, as one finding; empty when there is none or nothing
    stated.

    The window goes back as many years as the parameter says, but not before graduation.
    """
    needs = requirements(application)
    limit = needs.bound(parameters.GAP_DAYS)
    years = needs.bound(parameters.HISTORY_YEARS)
    if not limit.is_set or not years.is_set:
        return []
    activities, graduated = _activities(needs.periods)
    if not activities:
        return []
    first_day = window_start(needs.on, int(years.value), graduated)
    found = find_gaps(activities, first_day=first_day, last_day=needs.on, more_than_days=int(limit.value))
    if not found:
        return []
    told = "; ".join(f"{_day(gap.first_day)} to {_day(gap.last_day)} ({gap.days} days)" for gap in found)
    return [
        UnexplainedGap(
            f"The work history since {_day(first_day)} has {len(found)} "
            f"gap{'s' if len(found) > 1 else ''} longer than {limit.value} days: {told}."
        )
    ]


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%b %Y}"


def _activities(periods) -> tuple[list[Activity], dt.date | None]:
    activities: list[Activity] = []
    graduations: list[dt.date] = []
    for rows in periods.values():
        for row in rows:
            code = row.identity.credential_type.code
            if code in ACTIVITY_TYPES and row.valid.lower:
                last = row.valid.upper - ONE_DAY if row.valid.upper else None
                activities.append(Activity(row.valid.lower, last))
            elif code == "MEDICAL_SCHOOL":
                day = _graduation(row)
                if day:
                    graduations.append(day)
    return activities, max(graduations, default=None)


def _graduation(row) -> dt.date | None:
    told = row.extra.get("graduated_on") if isinstance(row.extra, dict) else None
    if isinstance(told, str):
        try:
            return dt.date.fromisoformat(told)
        except ValueError:
            pass
    return row.valid.upper - ONE_DAY if row.valid.upper else None
