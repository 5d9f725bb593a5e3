"""Minutes of a meeting in words, drafted from what happened. Pure: plain values in, sections out.

What is peer review stands in the text of its own section, marked as such, and nowhere else; of other matters
who was recused is named, never why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Section:
    """One part of the minutes. ``item`` is the uid of its matter, empty where it is about none."""

    heading: str
    text: str
    item: str = ""
    peer_review: bool = False

    def as_data(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)


@dataclass(frozen=True)
class Stay:
    """One stretch of presence: times of day, and whether remote. ``until`` empty: to the end."""

    since: str
    until: str
    remote: bool = False


@dataclass(frozen=True)
class Moved:
    """A motion as it went."""

    text: str
    mover: str
    seconder: str
    outcome: str  # in words
    counts: Mapping[str, Any]  # frozen with the vote; empty where it was withdrawn
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Happened:
    """A matter as it was dealt with."""

    item: str
    number: int
    title: str
    about: str  # of whom it is; empty where of nobody
    outcome: str
    peer_review: bool
    consent: bool = False
    pulled_by: str = ""
    recused: tuple[str, ...] = ()
    motions: tuple[Moved, ...] = ()


def sentence_of_quorum(counts: Mapping[str, Any], *, by_sheet: bool = False) -> str:
    """``Quorum: 5 of 9 in office were present, 5 needed.`` Empty where nothing was counted. ``by_sheet``: of
    a meeting of the whole staff, whose members have no seats.
    """
    if "present" not in counts or "needed" not in counts:
        return ""
    whom = "members with a vote" if by_sheet else "in office"
    of = f" of {counts['in_office']} {whom}" if counts.get("in_office") is not None else ""
    lead = "Quorum" if counts.get("met", True) else "No quorum"
    source = ", by the sheet" if by_sheet else ""
    return f"{lead}{source}: {counts['present']}{of} present, {counts['needed']} needed."


def opening(
    *,
    body: str,
    day: str,
    place: str,
    kind: str,
    at: str,
    counts: Mapping[str, Any],
    by_sheet: bool = False,
    reached: str = "",
) -> Section:
    """When and where the body met, and the quorum of that moment, or (``by_sheet``) of the whole meeting, as
    the sheet does not tell times. ``reached``: at which time a vote found one that was not there before.
    """
    where = f", {place}" if place else ""
    told = [f"{body} met on {day}{where}. {kind} meeting.", *([f"Called to order at {at}."] if at else [])]
    told.append(sentence_of_quorum(counts, by_sheet=by_sheet))
    if reached and not counts.get("met", True):
        told.append(f"A quorum was there by {reached}, as the vote of that time found.")
    return Section("Call to order", "\n".join(told).strip())


def attendance(
    people: Sequence[tuple[str, str, Sequence[Stay]]],
    adjourned: str,
    sheet: Sequence[tuple[str, Sequence[str]]] = (),
) -> Section:
    """Who was there and when: name, seat, stretches. Who came never is named as absent. ``sheet``: of a
    meeting of the staff, each answer of its sheet in words with the names.
    """
    lines = []
    for name, seat, stays in people:
        who = f"{name}, {seat.lower()}" if seat else name
        if not stays:
            lines.append(f"- {who}: absent")
            continue
        times = "; ".join(
            f"{stay.since} to {stay.until or adjourned}{', remote' if stay.remote else ''}"
            if stay.until or adjourned
            else "present"  # as minutes on paper say, which tell no times
            for stay in stays
        )
        lines.append(f"- {who}: {times}")
    named = [(words, names) for words, names in sheet if names]
    lines += [f"By the sheet, {words.lower()} ({len(names)}): {'; '.join(names)}." for words, names in named]
    return Section("Attendance", "\n".join(lines) or "Nobody was seated, and no sheet was written.")


def matter(happened: Happened) -> Section:
    """One matter with its motions, tallies and recusals."""
    name = f"{happened.about}: {happened.title}" if happened.about else happened.title
    lines = []
    if happened.pulled_by:
        lines.append(f"Pulled from the consent agenda by {happened.pulled_by}.")
    elif happened.consent:
        lines.append("On the consent agenda.")
    if happened.recused:
        lines.append(f"Recused, and out of the room: {', '.join(happened.recused)}.")
    for motion in happened.motions:
        lines += _motion(motion)
    lines.append(f"{happened.outcome}.")
    return Section(
        f"{happened.number}. {name}",
        "\n".join(lines),
        item=happened.item,
        peer_review=happened.peer_review,
    )


def _motion(motion: Moved) -> list[str]:
    counts = motion.counts
    tally = ""
    if "for" in counts:
        tally = f": {counts['for']} for, {counts['against']} against, {counts['abstentions']} abstained"
    return [
        f"Motion: {motion.text}",
        *(f"- {line}" for line in motion.lines),
        f"Moved by {motion.mover}, seconded by {motion.seconder}. {motion.outcome}{tally}. "
        f"{sentence_of_quorum(counts)}".strip(),
    ]


def closing(at: str) -> Section:
    """When the meeting ended."""
    told = f"The meeting was adjourned at {at}." if at else "When it was adjourned is not on record here."
    return Section("Adjournment", told)
