"""When the renewal of a term is launched, and whether the board can still decide before the term ends. Pure.

The governing body acts before the term ends; a term it has not renewed by then lapses and is not extended.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.kernel.dates import ONE_DAY, add_months, month_first
from config.kernel.display.dates import day_text
from credentialing.choices import ApplicationStatus, Outlook, PacketStatus
from credentialing.rules.projection import Projection, project

#: Statuses in which what the applicant signed is being verified.
AT_WORK = (
    ApplicationStatus.SUBMITTED,
    ApplicationStatus.INCOMPLETE,
    ApplicationStatus.IN_VERIFICATION,
)
#: Nothing is left but the bodies.
VERIFIED = (ApplicationStatus.COMPLETE, ApplicationStatus.IN_REVIEW)


@dataclass(frozen=True)
class Windows:
    """The hospital's own pace, in days: packets go out between ``earliest`` and ``latest`` days before the
    term ends, are answered within ``answer``, and the verification takes ``work``.
    """

    earliest: int
    latest: int
    answer: int
    work: int


@dataclass(frozen=True)
class Progress:
    """How far a renewal is. ``status`` None: there is no open application."""

    status: str | None = None
    packet: str | None = None
    packet_due: dt.date | None = None
    received_on: dt.date | None = None


@dataclass(frozen=True)
class Foreseen:
    """What becomes of a term: the outlook, the day the board can decide, and why, in a sentence."""

    outlook: Outlook
    board: dt.date | None
    why: str


def months_due(today: dt.date, windows: Windows) -> list[dt.date]:
    """First days of the months whose terms are to be launched now, the sooner first: those that hold the
    window between ``latest`` and ``earliest`` days from today.
    """
    first = month_first(today + dt.timedelta(days=windows.latest))
    last = month_first(today + dt.timedelta(days=max(windows.earliest, windows.latest)))
    months = [first]
    while months[-1] < last:
        months.append(add_months(months[-1], 1))
    return months


def ready_on(progress: Progress, windows: Windows, today: dt.date) -> dt.date:
    """The day the file can be complete, when everybody takes the time the hospital gives them and no more."""
    if progress.status in VERIFIED:
        return today
    if progress.status in AT_WORK:
        usual = (progress.received_on or today) + dt.timedelta(days=windows.work)
        return max(today, usual)
    if progress.packet in (PacketStatus.SIGNED, PacketStatus.ACCEPTED):
        return today + dt.timedelta(days=windows.work)
    answered = today + dt.timedelta(days=windows.answer)
    if progress.packet is not None and progress.packet_due is not None:
        answered = max(today, progress.packet_due)
    return answered + dt.timedelta(days=windows.work)


def foresee(
    *,
    last_day: dt.date,
    next_from: dt.date | None,
    progress: Progress,
    ahead: Sequence[tuple[str, str]],
    meetings: Mapping[str, Sequence[dt.date]],
    windows: Windows,
    today: dt.date,
    leaving: str | None = None,
) -> Foreseen:
    """Whether a term that ends with ``last_day`` (inclusive) is renewed in time.

    ``ahead`` are the bodies still to act, in order, and ``meetings`` the days they are called, as
    :func:`project` takes them. ``next_from`` is the first day of the next term, where it is decided;
    ``leaving`` why the term was cut short, where it was: nobody renews that.
    """
    if next_from is not None:
        return Foreseen(Outlook.DECIDED, None, f"The next term begins on {day_text(next_from)}.")
    if leaving is not None and progress.status is None:
        return Foreseen(Outlook.LEAVES, None, f"The membership ends: {leaving or 'no reason recorded'}.")
    if progress.status is None and (last_day - today).days > windows.earliest:
        out = last_day - dt.timedelta(days=windows.earliest)
        return Foreseen(Outlook.NOT_DUE, None, f"Its packet goes out from {day_text(out)} on.")
    ready = ready_on(progress, windows, today)
    if ready > last_day:
        return Foreseen(
            Outlook.WILL_LAPSE,
            None,
            f"{_steps(progress)} until {day_text(ready)}, and the term ends on {day_text(last_day)}.",
        )
    seen = project(ahead, meetings, today, ready)
    if seen.on is not None and seen.on <= last_day:
        return Foreseen(Outlook.IN_TIME, seen.on, seen.sentence)
    return _too_late(last_day, ready, ahead, meetings, seen, windows)


def _too_late(last_day, ready, ahead, meetings, seen: Projection, windows: Windows) -> Foreseen:
    """No chain of called meetings ends in time: for certain where the last body is called past the end of the
    term as well, else another meeting can still be called. That presses once less is left for the bodies
    than the hospital plans to leave them when a packet goes out late.
    """
    code, name = ahead[-1] if ahead else ("", "")
    called = sorted(meetings.get(code, ()))
    in_time = [day for day in called if day <= last_day]
    until = (
        f"its last meeting before the term ends is on {day_text(in_time[-1])}"
        if in_time
        else "it does not meet before the term ends"
    )
    if seen.on is not None:
        return Foreseen(
            Outlook.WILL_LAPSE,
            seen.on,
            f"The {name} can decide on {day_text(seen.on)} at the earliest: {until}.",
        )
    if called and called[-1] > last_day and (not in_time or in_time[-1] < ready):
        return Foreseen(
            Outlook.WILL_LAPSE,
            None,
            f"The file is not ready for the {name} before {day_text(ready)}: {until}.",
        )
    planned = windows.latest - windows.answer - windows.work
    presses = (last_day - ready).days < planned
    return Foreseen(
        Outlook.NO_MEETING if presses else Outlook.UNCALLED,
        None,
        f"{seen.sentence} The term ends on {day_text(last_day)}.",
    )


def _steps(progress: Progress) -> str:
    if progress.status in AT_WORK or progress.packet in (PacketStatus.SIGNED, PacketStatus.ACCEPTED):
        return "The verification usually takes"
    return "The packet and the verification take"


# --- who is launched ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Launchable:
    """What decides whether the renewal of a term can be launched in a batch."""

    next_from: dt.date | None = None
    ends_early: str | None = None  # why the membership ends before its term did
    open_application: str = ""  # its kind and status, in words
    closed_application: str = ""  # status and reason of one that was closed without a decision
    bar: str = ""  # the leave or precautionary suspension that stands, in words
    email: str = ""
    not_asked: bool = False  # a record merged into another one, or withdrawn


def why_left_out(facts: Launchable) -> str:
    """Why the term is not launched with the others, in a sentence; empty when it is."""
    if facts.next_from is not None:
        return f"The next term is decided: it begins on {day_text(facts.next_from)}."
    if facts.not_asked:
        return "The record was merged into another one, or withdrawn: the office has to look at it first."
    if facts.open_application:
        return f"An application is open already ({facts.open_application})."
    if facts.ends_early is not None:
        return f"The membership ends before its term would: {facts.ends_early or 'no reason recorded'}."
    if facts.closed_application:
        return f"An application for the next term was closed ({facts.closed_application}); open one by hand."
    if facts.bar:
        return f"{facts.bar}: the office decides first whether and how to ask."
    if not facts.email:
        return "No e-mail address is on file."
    return ""


def days_left(bound: dt.date, today: dt.date) -> int:
    """Days from today to the last day of a term with this open bound: 0 on the last day itself."""
    return (bound - ONE_DAY - today).days
