"""One search over everything a person may see: people, applications, privileges, meetings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.urls import reverse

from bylaws.choices import MeetingStatus
from bylaws.models import Meeting
from config.accounts.models import User
from config.accounts.policies import facilities_with, permissions
from config.kernel.display.dates import day_text
from credentialing.choices import ApplicationStatus
from credentialing.models import Application
from practitioners.selectors.search import SearchHit
from practitioners.selectors.search import search as search_people
from privileging.selectors.asking import ask_about
from privileging.selectors.catalogue import search_privileges

#: Shorter questions than this are answered by people alone: everything else would match half the house.
SHORTEST = 3
#: Permissions that make looking for people worth the while.
PEOPLE = {"practitioners.view", "credentialing.view"}
#: Permission to ask what somebody may do, without their file.
ASK = "privileging.lookup"


@dataclass(frozen=True)
class Found:
    """One line of the answer."""

    label: str
    url: str
    detail: str = ""
    initials_of: str = ""
    icon: str = ""
    badge: str = ""
    colour: str = "neutral"


@dataclass(frozen=True)
class Group:
    """Lines of one kind."""

    label: str
    items: Sequence[Found] = field(default=())


@dataclass(frozen=True)
class Question:
    """What is asked, by whom, and who was found: applications are found by their people."""

    viewer: User
    text: str
    limit: int
    people: Sequence[SearchHit]

    @property
    def is_short(self) -> bool:
        """Whether it is too short for anything but people."""
        return len(self.text) < SHORTEST


def search_everything(viewer: User, text: str, *, limit: int) -> list[Group]:
    """Groups with at most ``limit`` lines each; a group the person may not see is not asked for."""
    words = " ".join(text.split())
    if not words:
        return []
    held = permissions(viewer, None)
    people = search_people(viewer=viewer, text=words, limit=limit) if held & PEOPLE or ASK in held else []
    question = Question(viewer, words, limit, people)
    sources = [source for source in SOURCES if source[1] in held]
    if not held & PEOPLE and ASK in held:
        sources.insert(0, ("May they do this?", ASK, _askable))
    found = [(label, find(question)) for label, _, find in sources]
    return [Group(label, items) for label, items in found if items]


def _people(question: Question) -> list[Found]:
    return [
        Found(
            label=hit.label,
            url=reverse("practitioners:file", args=[hit.uid]),
            detail=", ".join(part for part in (hit.detail, hit.matched) if part),
            initials_of=hit.label,
        )
        for hit in question.people
    ]


def _askable(question: Question) -> list[Found]:
    """People for those who open no files: each leads to the question what they may do."""
    return [
        Found(
            label=hit.label,
            url=f"{reverse('privileging:lookup')}?{urlencode({'about': ask_about(hit)})}",
            detail=hit.detail,
            initials_of=hit.label,
        )
        for hit in question.people
    ]


def _applications(question: Question) -> list[Found]:
    if question.is_short or not question.people:
        return []
    rows = (
        Application.objects.filter(
            facility__in=facilities_with(question.viewer, "credentialing.view"),
            practitioner__in=[hit.id for hit in question.people],
        )
        .select_related("practitioner", "facility")
        .order_by("-opened_at")[: question.limit]
    )
    return [
        Found(
            label=f"{row.practitioner}, {row.get_kind_display().lower()}",
            url=reverse("credentialing:file", args=[row.uid]),
            detail=row.facility.name,
            icon="folder",
            badge=row.get_status_display(),
            colour=ApplicationStatus(row.status).colour,
        )
        for row in rows
    ]


def _privileges(question: Question) -> list[Found]:
    if question.is_short:
        return []
    return [
        Found(
            label=row.name,
            url=f"{reverse('privileging:who_can')}?privilege={row.code}",
            detail=f"{row.code}: who can do this?",
            icon="license",
        )
        for row in search_privileges(question.text, limit=question.limit)
    ]


def _meetings(question: Question) -> list[Found]:
    if question.is_short:
        return []
    rows = (
        Meeting.objects.filter(
            committee__facility__in=facilities_with(question.viewer, "bylaws.run_meeting"),
            committee__name__icontains=question.text,
        )
        .select_related("committee__facility")
        .order_by("-starts_at")[: question.limit]
    )
    return [
        Found(
            label=row.committee.name,
            url=reverse("bylaws:meeting", args=[row.uid]),
            detail=f"{day_text(row.starts_at)}, {row.committee.facility.name}",
            icon="calendar",
            badge=row.get_status_display(),
            colour=MeetingStatus(row.status).colour,
        )
        for row in rows
    ]


#: (heading, permission that opens it, how to find), in the order of the answer.
SOURCES: tuple[tuple[str, str, Callable[[Question], list[Found]]], ...] = (
    ("Practitioners", "practitioners.view", _people),
    ("Applications", "credentialing.view", _applications),
    ("Privileges", "privileging.lookup", _privileges),
    ("Meetings", "bylaws.run_meeting", _meetings),
)
