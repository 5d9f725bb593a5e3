"""Meetings as calendars read them (iCalendar, RFC 5545). Pure.

A moment is written in UTC, which every calendar shows in its reader's zone; what people read names the zone
of the hospital.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

#: How long a meeting is taken to last: nobody says beforehand how long it will.
LASTS = dt.timedelta(hours=1)
#: The right-hand side of every UID.
DOMAIN = "standing.invalid"
#: Octets of a line without its end (RFC 5545, 3.1).
LONGEST_LINE = 75
REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"
MEDIA_TYPE = "text/calendar"


@dataclass(frozen=True)
class Event:
    """One meeting: of which body, when (aware), where, and how often it was changed. Neither agenda nor name
    of anybody it is about belongs here: it leaves the house.
    """

    uid: uuid.UUID
    sequence: int
    stamp: dt.datetime
    starts_at: dt.datetime
    summary: str
    description: str
    place: str = ""
    url: str = ""
    canceled: bool = False


def calendar(events: Iterable[Event], *, method: str, organizer: str = "", attendee: str = "") -> str:
    """The text of a calendar file: ``REQUEST`` asks ``attendee`` to come, ``CANCEL`` takes it back,
    ``PUBLISH`` is a list of meetings. Addresses are of e-mail; RFC 5546 asks for an organizer in the first
    two.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Standing//Meetings//EN", f"METHOD:{method}"]
    for each in events:
        lines += _event(each, organizer, attendee)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _event(event: Event, organizer: str, attendee: str) -> list[str]:
    lines = [
        "BEGIN:VEVENT",
        f"UID:{event.uid}@{DOMAIN}",
        f"SEQUENCE:{event.sequence}",
        f"DTSTAMP:{_moment(event.stamp)}",
        f"DTSTART:{_moment(event.starts_at)}",
        f"DTEND:{_moment(event.starts_at + LASTS)}",
        f"SUMMARY:{_text(event.summary)}",
        f"DESCRIPTION:{_text(event.description)}",
        f"STATUS:{'CANCELLED' if event.canceled else 'CONFIRMED'}",
    ]
    if event.place:
        lines.append(f"LOCATION:{_text(event.place)}")
    if event.url:
        lines.append(f"URL:{event.url}")
    if organizer:
        lines.append(f"ORGANIZER:mailto:{_address(organizer)}")
    if attendee:
        lines.append(f"ATTENDEE;ROLE=REQ-PARTICIPANT;RSVP=FALSE:mailto:{_address(attendee)}")
    return [*lines, "END:VEVENT"]


def _moment(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(text: str) -> str:
    """A value of type TEXT (RFC 5545, 3.3.11): what has a meaning is escaped, other controls are left out."""
    escaped = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    escaped = escaped.replace("\r\n", "\\n").replace("\n", "\\n")
    return "".join(each for each in escaped if each == "\t" or (ord(each) >= 32 and ord(each) != 127))


def _address(email: str) -> str:
    """An address as the value of a property: nothing that would end the line or begin another."""
    return "".join(each for each in email if each.isprintable() and not each.isspace())


def _folded(line: str) -> str:
    """The line in pieces of at most :data:`LONGEST_LINE` octets, no character cut in two (RFC 5545, 3.1)."""
    pieces, piece, size = [], "", 0
    for each in line:
        octets = len(each.encode())
        if size + octets > LONGEST_LINE:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + each, size + octets
    return "\r\n".join([*pieces, piece])
