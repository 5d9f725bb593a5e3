"""Lines held for a hearing: somebody was against them, and the right to a hearing comes before the board."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import F, QuerySet

from bylaws.subjects import HeldLine
from config.accounts.choices import DataClass
from config.accounts.policies import facilities_with_class, may, may_see_class
from config.audit.services.events import record_protected_read
from config.organization.models import Facility
from credentialing.models import Application
from credentialing.rules.hearings import why_held
from credentialing.selectors.hearings import rights_by_act
from practitioners.selectors.canonical import among, own_records
from privileging.choices import RequestLineStatus
from privileging.models import RequestLine


def held_of(lines: Sequence[RequestLine], on: dt.date) -> dict[Any, HeldLine]:
    """What is held among the lines, by line uid; one query, none where nothing is."""
    held = [line for line in lines if line.status == RequestLineStatus.HELD]
    rights = rights_by_act(line.held_by_id for line in held)
    return {
        line.uid: HeldLine(
            uid=line.uid,
            label=line.form_line.privilege.name,
            since=right.opened_on,
            by=right.body,
            why=why_held(right, on),
        )
        for line in held
        if line.held_by_id and (right := rights.get(line.held_by_id)) is not None
    }


def left_over(application: Application, lines: Iterable[RequestLine]) -> bool:
    """Whether nothing but what was held is left: the board has decided the rest. Pure."""
    return not application.is_open and any(line.status == RequestLineStatus.HELD for line in lines)


def answerable(
    application: Application, lines: Sequence[RequestLine], held: Mapping[Any, HeldLine]
) -> list[RequestLine]:
    """The lines a body can answer, with what is ``held`` of them: those not held or settled; once the board
    has decided the rest, of those that were held. Pure.
    """
    left = left_over(application, lines)
    return [
        line
        for line in lines
        if (line.uid not in held or not held[line.uid].why)
        and (not left or line.status == RequestLineStatus.HELD)
    ]


def held_at(viewer, facility: Facility) -> QuerySet[Any]:
    """Held lines at the facility, those held longest first, each with ``application_uid``; for whoever runs
    the meetings and may read peer review. Never the own file.
    """
    sees = may_see_class(viewer, DataClass.PEER_REVIEW, facility)
    if not sees or not may(viewer, "bylaws.run_meeting", facility):
        return RequestLine.objects.none()
    return (
        RequestLine.objects.filter(status=RequestLineStatus.HELD, request__application__facility=facility)
        .exclude(request__application__practitioner__in=own_records(viewer))
        .annotate(application_uid=F("request__application__uid"))
        .select_related("form_line__privilege", "request__application__practitioner", "held_by__step__case")
        .order_by("held_by__decided_on", "pk")
    )


def masked(viewer, facility: Facility, lines: Iterable[RequestLine]) -> None:
    """Show what is held as asked for to whoever may not read peer review. On copies in memory; never save
    them.
    """
    if may_see_class(viewer, DataClass.PEER_REVIEW, facility):
        return
    for line in lines:
        if line.status == RequestLineStatus.HELD:
            line.status = RequestLineStatus.REQUESTED


def log_held(viewer, lines: Iterable[RequestLine]) -> None:
    """Log that it is shown to this viewer what is held; nothing where nothing is."""
    for line in lines:
        if line.status == RequestLineStatus.HELD:
            record_protected_read(
                actor=viewer,
                data_class=DataClass.PEER_REVIEW,
                subject_kind=line._meta.label_lower,
                subject_uid=line.uid,
                practitioner=line.request.application.practitioner,
            )


def held_of_person(viewer, practitioner) -> list[Any]:
    """What of one person is held for a hearing where the viewer may read peer review, the longest held first,
    each with ``application_uid``; one query. Never the own.
    """
    places = facilities_with_class(viewer, DataClass.PEER_REVIEW)
    return list(
        RequestLine.objects.filter(
            status=RequestLineStatus.HELD,
            request__application__practitioner__in=among([practitioner.pk]),
            request__application__facility__in=places,
        )
        .exclude(request__application__practitioner__in=own_records(viewer))
        .annotate(application_uid=F("request__application__uid"))
        .select_related(
            "form_line__privilege",
            "request__application__facility",
            "request__application__practitioner",
            "held_by",
        )
        .order_by("held_by__decided_on", "pk")
    )


def why_waiting(lines: Sequence[RequestLine], on: dt.date) -> dict[int, str]:
    """What each held line waits for, by its id, as a sentence; empty where the board may decide it. One
    query, whatever the number of lines.
    """
    held = held_of(lines, on)
    return {line.pk: held[line.uid].why if line.uid in held else "" for line in lines}
