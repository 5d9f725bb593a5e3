"""One search over everything a person may see: people, applications, privileges, meetings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.db.models import Q
from django.urls import reverse

from bylaws.models import Meeting
from config.accounts.policies import facilities_with, permissions
from config.organization.models import Facility
from credentialing.models import Application

try:  # TEMPORARY
    from practitioners.selectors.people import search as search_people
except ImportError:

    def search_people(**given):
        return []


from privileging.models import Privilege

#: Shorter questions than this are answered by people alone: everything else would match half the house.
SHORTEST = 3


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


def search_everything(viewer, facility: Facility | None, text: str, *, limit: int) -> list[Group]:
    """Groups with at most ``limit`` lines each; a group the person may not see is not asked for."""
    words = " ".join(text.split())
    if not words:
        return []
    held = permissions(viewer, None)
    groups = []
    for label, permission, find in SOURCES:
        if permission in held:
            items = find(viewer, facility, words, limit)
            if items:
                groups.append(Group(label, items))
    return groups


def _people(viewer, facility, text: str, limit: int) -> list[Found]:
    return [
        Found(
            label=hit.label,
            url=reverse("practitioners:file", args=[hit.uid]),
            detail=hit.detail,
            initials_of=hit.label,
        )
        for hit in search_people(viewer=viewer, text=text, limit=limit)
    ]


def _applications(viewer, facility, text: str, limit: int) -> list[Found]:
    if len(text) < SHORTEST:
        return []
    places = facilities_with(viewer, "credentialing.view")
    uids = [hit.uid for hit in search_people(viewer=viewer, text=text, limit=limit)]
    rows = (
        Application.objects.filter(facility__in=places, practitioner__uid__in=uids)
        .select_related("practitioner", "facility")
        .order_by("-opened_at")[:limit]
    )
    return [
        Found(
            label=f"{row.practitioner}, {row.get_kind_display().lower()}",
            url=reverse("credentialing:file", args=[row.uid]),
            detail=row.facility.name,
            icon="folder",
            badge=row.get_status_display(),
        )
        for row in rows
    ]


def _privileges(viewer, facility, text: str, limit: int) -> list[Found]:
    if len(text) < SHORTEST:
        return []
    rows = Privilege.objects.filter(Q(name__icontains=text) | Q(code__istartswith=text)).order_by("name")
    return [
        Found(
            label=row.name,
            url=f"{reverse('privileging:who_can')}?privilege={row.code}",
            detail=f"{row.code}: who can do this?",
            icon="license",
        )
        for row in rows[:limit]
    ]


def _meetings(viewer, facility, text: str, limit: int) -> list[Found]:
    if len(text) < SHORTEST:
        return []
    rows = (
        Meeting.objects.filter(
            committee__facility__in=facilities_with(viewer, "bylaws.run_meeting"),
            committee__name__icontains=text,
        )
        .select_related("committee__facility")
        .order_by("-starts_at")[:limit]
    )
    return [
        Found(
            label=row.committee.name,
            url=reverse("bylaws:meeting", args=[row.uid]),
            detail=f"{row.starts_at:%d %b %Y}, {row.committee.facility.name}",
            icon="calendar",
            badge=row.get_status_display(),
        )
        for row in rows
    ]


#: (heading, permission that opens it, how to find), in the order of the answer.
SOURCES: tuple[tuple[str, str, Callable[..., list[Found]]], ...] = (
    ("Practitioners", "practitioners.view", _people),
    ("Applications", "credentialing.view", _applications),
    ("Privileges", "privileging.lookup", _privileges),
    ("Meetings", "bylaws.run_meeting", _meetings),
)
