"""Pages of the audit trail; shown to holders of ``audit.view``."""

from __future__ import annotations

import json

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.urls import reverse
from django.views.decorators.http import require_GET

from config.audit.filters import EventFilter, JobFilter, ReadFilter
from config.audit.selectors import trail as selectors
from config.audit.tables import EVENTS, JOBS, READS, verb_words
from config.kernel.pages import Crumb, Empty, Tab, build_table, render_list, render_page


def _tabs(active: str) -> list[Tab]:
    return [
        Tab("Acts", reverse("audit:trail"), active=active == "trail"),
        Tab("Protected data read", reverse("audit:reads"), active=active == "reads"),
        Tab("Scheduled work", reverse("audit:jobs"), active=active == "jobs"),
    ]


@login_required
@require_GET
def trail(request):
    """Who did what, and why."""
    rows = selectors.events(viewer=request.user)
    return render_list(
        request,
        EVENTS,
        rows,
        title="Audit trail",
        subtitle="Who did what, when and why; nothing here can be changed or removed",
        filterset=EventFilter(request.GET or None, queryset=rows),
        noun="act",
        tabs=_tabs("trail"),
        empty=Empty("Nothing has happened yet."),
    )


@login_required
@require_GET
def event(request, uid):
    """One act with everything recorded of it, and what else its request did."""
    found = selectors.event(viewer=request.user, uid=uid)
    if found is None:
        raise Http404
    others = (
        selectors.acts_of_request(viewer=request.user, request_id=found.request_id).exclude(pk=found.pk)[:50]
        if found.request_id
        else []
    )
    return render_page(
        request,
        "audit/event.html",
        {
            "title": verb_words(found),
            "crumbs": [Crumb("Audit trail", reverse("audit:trail")), Crumb(verb_words(found))],
            "event": found,
            "data": json.dumps(found.data, indent=2, sort_keys=True, ensure_ascii=False)
            if found.data
            else "",
            "others": build_table(EVENTS, others, empty=Empty("Nothing else was done by the same request.")),
        },
    )


@login_required
@require_GET
def reads(request):
    """Who saw data of a protected class."""
    rows = selectors.protected_reads(viewer=request.user)
    return render_list(
        request,
        READS,
        rows,
        title="Protected data read",
        subtitle="Every reading of identity, data bank, peer review and health data",
        filterset=ReadFilter(request.GET or None, queryset=rows),
        noun="reading",
        tabs=_tabs("reads"),
        empty=Empty("Nobody has read protected data yet."),
    )


@login_required
@require_GET
def jobs(request):
    """What ran by itself, and what failed."""
    rows = selectors.job_runs(viewer=request.user)
    return render_list(
        request,
        JOBS,
        rows,
        title="Scheduled work",
        subtitle="One row per job and day, made before the job starts",
        filterset=JobFilter(request.GET or None, queryset=rows),
        noun="run",
        tabs=_tabs("jobs"),
        empty=Empty("Nothing has run yet."),
    )
