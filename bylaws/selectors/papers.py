"""The packet of a meeting: what one person may have of its agenda and files, as plain data."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bylaws import subjects
from bylaws.choices import outcomes_for
from bylaws.models import Decision, Meeting, MinutesOnAgenda
from bylaws.rules.answers import note_of
from bylaws.selectors.meetings import CLOSED, PEER_REVIEW, ItemView, MeetingView, asked, meeting_view
from bylaws.selectors.minutes_of_meeting import MinutesView, minutes_view
from bylaws.selectors.peer_review import statement_of
from bylaws.selectors.reviews import visible_steps
from bylaws.subjects import PaperPart, SubjectPaper
from config.accounts.choices import DataClass
from config.audit.services.events import Read
from config.kernel import clock
from config.kernel.display.dates import day_text, moment


@dataclass(frozen=True)
class Packet:
    """What the packet of one reader says, how many files it holds, and what protected it shows of whom."""

    content: dict[str, Any]
    files: int
    reads: tuple[Read, ...]


def packet_of(*, viewer, meeting: Meeting) -> Packet:
    """The packet of a meeting for this viewer, who sees the meeting.

    A matter they have no part in (their own, recused, an alternate whose member takes part, peer review their
    roles do not open) leaves its number only; a file is in it where its page would open for them. A fixed
    number of queries, however many files there are.
    """
    facility = meeting.committee.facility
    view = meeting_view(viewer=viewer, meeting=meeting)
    items = sorted([*view.items, *view.consent], key=lambda each: each.item.order)
    open_to = _open_to(viewer, items)
    papers = _papers(viewer, [each for each in items if each.item.step_id in open_to])
    said = _said_before([each.item.step.case_id for each in items if each.item.step_id in open_to])
    minutes = _minutes(viewer, [each for each in items if not each.aside])
    reads: list[Read] = []
    told = []
    for number, each in enumerate(items, start=1):
        step = each.item.step
        paper = papers.get(step.case.subject_uid) if step is not None and step.pk in open_to else None
        shown = minutes.get(each.item.pk)
        told.append(
            _item(number, each, paper, said[step.case_id] if step and step.pk in open_to else [], shown)
        )
        if not each.aside:
            reads += _reads(each, paper)
        if shown is not None and shown.shows_peer_review:
            reads.append(Read(str(DataClass.PEER_REVIEW), None))
    now = clock.now()
    return Packet(
        content={
            "title": f"{meeting.committee}, {day_text(view.day)}",
            "facility": {"name": facility.name, "city": facility.city, "phone": facility.office_phone},
            "peer_review": statement_of(facility),
            "printed": f"Made for {viewer} on {day_text(clock.date_at(now, facility))}",
            "facts": _facts(meeting, view),
            "items": told,
        },
        files=len(papers),
        reads=tuple(dict.fromkeys(reads)),
    )


def _facts(meeting: Meeting, view: MeetingView) -> list[list[str]]:
    facts = [["Meeting", str(meeting.get_kind_display())], ["Starts", moment(meeting.starts_at)]]
    if meeting.place:
        facts.append(["Place", meeting.place])
    facts.append(["Members", ", ".join(str(each.user) for each in view.members) or "nobody is seated"])
    return facts


def _open_to(viewer, items: Sequence[ItemView]) -> set[int]:
    """The steps whose file opens for the viewer: not set aside on this agenda, and visible by itself."""
    asked = [each.item.step_id for each in items if each.item.step_id is not None and not each.aside]
    return set(visible_steps(viewer).filter(pk__in=asked).values_list("pk", flat=True)) if asked else set()


def _papers(viewer, items: Sequence[ItemView]) -> dict[uuid.UUID, SubjectPaper]:
    """The files on paper, by the uid of the subject; asked once for each kind of subject."""
    by_kind: dict[str, list[uuid.UUID]] = defaultdict(list)
    for each in items:
        if each.item.step is not None:
            by_kind[each.item.step.case.subject_kind].append(each.item.step.case.subject_uid)
    found: dict[uuid.UUID, SubjectPaper] = {}
    for kind, uids in by_kind.items():
        found |= subjects.papers(kind, uids, viewer)
    return found


def _minutes(viewer, items: Sequence[ItemView]) -> dict[int, MinutesView]:
    """The minutes the body is asked to approve, by the id of their matter, as the viewer may have them; for
    each a fixed number of queries.
    """
    put = MinutesOnAgenda.objects.filter(item__in=[each.item.pk for each in items]).select_related(
        "version__minutes__meeting__committee__facility"
    )
    found = {}
    for each in put:
        view = minutes_view(viewer=viewer, minutes=each.version.minutes, number=each.version.number)
        if view is not None:
            found[each.item_id] = view
    return found


def _said_before(cases: Sequence[int]) -> Mapping[int, list[str]]:
    """What the bodies said of each case, in order, by its id; two queries."""
    found: dict[int, list[str]] = defaultdict(list)
    acts = (
        Decision.objects.filter(step__case_id__in=cases)
        .defer("frozen")
        .select_related("step", "acted_by")
        .prefetch_related("lines")
        .order_by("recorded_at", "pk")
    )
    for act in acts if cases else ():
        lines = list(act.lines.all())
        words = outcomes_for(act.body)
        counted = Counter(line.outcome for line in lines)
        outcomes = ", ".join(
            f"{words(outcome).label.lower()} {number}" for outcome, number in counted.items()
        )
        by = f" ({act.acted_by})" if act.acted_by else ""
        found[act.step.case_id].append(
            f"{act.get_body_display()}{by}, {day_text(act.decided_on)}: {outcomes}. {act.rationale}".strip()
        )
        found[act.step.case_id] += [
            f"{line.label}: {words(line.outcome).label}. {note_of(line.conditions, line.reason)}"
            for line in lines
            if line.conditions or line.reason
        ]
    return found


def _item(
    number: int,
    each: ItemView,
    paper: SubjectPaper | None,
    said: Sequence[str],
    minutes: MinutesView | None,
) -> dict[str, Any]:
    """One matter of the agenda as the packet tells it."""
    item = each.item
    if each.aside:
        told = {"heading": f"{number}. {PEER_REVIEW if each.secret else CLOSED}", "note": "", "open": False}
        return {**told, "number": number, "facts": [], "parts": [], "peer_review": False}
    name = str(item.practitioner) if item.practitioner else item.title
    notes = [asked(item)] if item.practitioner else []
    if item.step is not None:
        notes.append(str(item.step.case.department))
    if item.on_consent:
        notes.append("consent agenda")
    parts = [PaperPart("What the bodies said", tuple(said))] if said else []
    parts += list(paper.parts) if paper is not None else []
    if minutes is not None:
        parts += [
            PaperPart(
                section.heading,
                tuple(line.removeprefix("- ") for line in section.text.splitlines()),
                "You take no part in this matter.",
            )
            for section in minutes.sections
        ]
    return {
        "number": number,
        "heading": f"{number}. {name}",
        "note": ", ".join(notes),
        "open": True,
        "peer_review": bool(item.subject_kind) or (minutes is not None and minutes.shows_peer_review),
        "facts": [list(fact) for fact in paper.facts] if paper is not None else [],
        "parts": [
            {"heading": part.heading, "lines": list(part.lines), "empty": part.empty} for part in parts
        ],
    }


def _reads(each: ItemView, paper: SubjectPaper | None) -> list[Read]:
    """What protected the packet shows of the matter."""
    person = each.item.practitioner.uid if each.item.practitioner else None
    if each.item.subject_kind:
        return [Read(str(DataClass.PEER_REVIEW), person)]
    return [Read(name, person) for name in sorted(paper.classes)] if paper is not None else []
