"""What the practitioner sees of due process about themselves: notices, rights, dates, the hearing's papers.

Never what bodies or the panel said among themselves, never references, never another's file.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from bylaws.choices import Side, TrackEventKind, TrackStatus
from bylaws.models import DueProcess
from bylaws.selectors.due_process import (
    content_of,
    dates_on,
    events_of,
    own_exhibits,
    own_letters,
    own_tracks,
    seats_of,
    standing_of,
)
from bylaws.views.actions import log_read
from bylaws.views.common import found
from bylaws.wording import RIGHTS, what_is_proposed
from config.accounts.choices import DataClass
from config.kernel.pages import Crumb, render_page
from practitioners import store
from practitioners.rules.uploads import safe_name
from practitioners.views.papers import attachment

TITLE = "Your due process"
#: Steps whose own words the practitioner reads with them: what they are told in writing anyway.
_TOLD_WITH_OUTCOME = (TrackEventKind.REPORTED, TrackEventKind.DECIDED, TrackEventKind.APPEAL_DECIDED)


def _own(request: HttpRequest, uid) -> DueProcess:
    track = found(own_tracks(request.user).filter(uid=uid).first())
    log_read(request, track, track.practitioner)
    return track


@login_required
@require_safe
def own_list(request: HttpRequest) -> HttpResponse:
    """Every track about oneself of which notice was given."""
    rows = list(own_tracks(request.user))
    return render_page(
        request,
        "bylaws/own_due_processes.html",
        {
            "title": TITLE,
            "subtitle": "What is proposed, what you can ask for, and by when",
            "crumbs": [Crumb(TITLE)],
            "badges": [DataClass.PEER_REVIEW] if rows else [],
            "rows": [{"track": each, "what": what_is_proposed(each)} for each in rows],
        },
    )


@login_required
@require_safe
def own_page(request: HttpRequest, uid) -> HttpResponse:
    """One track about oneself."""
    track = _own(request, uid)
    standing = standing_of(events_of(track))
    dates = dates_on(track, standing)
    facts: list[dict[str, Any]] = [
        {"label": "Proposed by", "value": track.get_body_display()},
        {"label": "On", "day": track.proposed_on},
    ]
    for label, day in (
        ("You received the notice", dates.delivered_on),
        ("Last day to ask for a hearing", dates.last_day_to_ask),
        ("You asked", dates.requested_on),
        ("Hearing", dates.hearing_on),
        ("Final action", dates.final_on),
    ):
        if day is not None:
            facts.append({"label": label, "day": day})
    hearing = next((each for each in reversed(standing) if each.kind == TrackEventKind.SCHEDULED), None)
    return render_page(
        request,
        "bylaws/own_due_process.html",
        {
            "title": TITLE,
            "subtitle": f"{track.facility}: {what_is_proposed(track)}",
            "badges": [DataClass.PEER_REVIEW],
            "page_badge": TrackStatus(track.status),
            "crumbs": [Crumb(TITLE, reverse("bylaws:own_due_processes")), Crumb(str(track.facility))],
            "track": track,
            "facts": facts,
            "reasons": [line for line in track.reasons.splitlines() if line.strip()],
            "rights": RIGHTS if track.has_right else "",
            "hearing": hearing,
            "panel": [each.member for each in seats_of(track) if each.sits],
            "witnesses": list(track.witnesses.filter(taken_back_at__isnull=True)),
            "sides": Side,
            "exhibits": list(own_exhibits(track)),
            "letters": list(own_letters(track)),
            "steps": [
                {"event": each, "outcome": each.kind in _TOLD_WITH_OUTCOME} for each in reversed(standing)
            ],
            "phone": track.facility.office_phone,
        },
    )


@login_required
@require_safe
def own_letter(request: HttpRequest, uid, letter) -> HttpResponse:
    """One of the special notices that went out to oneself, as issued."""
    track = _own(request, uid)
    one = found(own_letters(track).filter(uid=letter).first())
    name = safe_name(f"{one.title} {one.issued_on:%Y-%m-%d}", ("pdf",))
    return attachment(store.get(one.sha256), file_name=name, media_type="application/pdf")


@login_required
@require_safe
def own_exhibit(request: HttpRequest, uid, exhibit) -> HttpResponse:
    """An exhibit that is one's own, or was handed over."""
    track = _own(request, uid)
    one = found(own_exhibits(track).filter(uid=exhibit).first())
    document = one.evidence.document
    return attachment(content_of(one), file_name=document.file_name, media_type=document.media_type)
