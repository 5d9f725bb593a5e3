"""What leaves the office: changes in their order, and the surgical roster."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from bylaws.views.common import facility_for
from config.accounts.policies import facilities_with, may, require
from config.kernel.pages import Action, Crumb, Empty, render_list
from config.kernel.pages.stored import download
from practitioners import store
from privileging.filters import ChangeFilter, RosterFilter
from privileging.selectors.notices import MANAGE
from privileging.selectors.publishing import published
from privileging.selectors.roster import visible_rosters
from privileging.tables import CHANGES, ROSTERS

ASK, DEPARTMENTS_TOLD = "privileging.lookup", "Departments told of changes"


@login_required
@require_GET
def change_list(request: HttpRequest) -> HttpResponse:
    """Changes of what people may do at the facility, the newest first; the file of them is resumable."""
    facility = facility_for(request, ASK)
    # Whoever goes on after a number reads in the order in which they were published.
    following = bool(request.GET.get("after"))
    filterset = ChangeFilter(request.GET, queryset=published(facility, newest_first=not following))
    return render_list(
        request,
        CHANGES,
        filterset.qs,
        title="Changes of privileges",
        subtitle=f"At {facility}: what was granted, changed, ended or stopped, as it was known then.",
        noun="change",
        filterset=filterset,
        actions=[Action(DEPARTMENTS_TOLD, reverse("privileging:departments"), icon="mail")]
        if may(request.user, MANAGE, facility)
        else [],
        crumbs=[Crumb("May they do this?", reverse("privileging:lookup")), Crumb("Changes")],
        empty=Empty(
            "Nothing has changed since.",
            "Changes appear here within minutes, and stay.",
            icon="list-check",
        ),
    )


@login_required
@require_GET
def roster_list(request: HttpRequest) -> HttpResponse:
    """Surgical rosters as they were handed out, the newest first."""
    require(request.user, ASK)
    filterset = RosterFilter(
        request.GET, queryset=visible_rosters(request.user), places=facilities_with(request.user, ASK)
    )
    return render_list(
        request,
        ROSTERS,
        filterset.qs,
        filterset=filterset,
        title="Surgical rosters",
        subtitle="Who holds which surgical privileges, made every night and kept (42 CFR 482.51(a)(4)).",
        noun="roster",
        crumbs=[Crumb("May they do this?", reverse("privileging:lookup")), Crumb("Surgical rosters")],
        empty=Empty(
            "No roster has been made yet.",
            "The first one is made within an hour of the start of the scheduled work.",
            icon="list-check",
        ),
    )


@login_required
@require_GET
def roster_file(request: HttpRequest, uid: uuid.UUID, kind: str) -> HttpResponse:
    """One roster as a paper or a file: the bytes that were kept."""
    require(request.user, ASK)
    roster = visible_rosters(request.user).filter(uid=uid).first()
    if roster is None:
        raise Http404
    key, media_type = {
        "pdf": (roster.pdf_key, "application/pdf"),
        "csv": (roster.csv_key, "text/csv; charset=utf-8"),
    }[kind]
    name = f"Surgical roster {roster.facility.code} {roster.day:%Y-%m-%d}.{kind}"
    return download(store.get(key), media_type, file_name=name)
