"""What changed on an exclusion list with one load."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_GET

from config.accounts.policies import require
from config.kernel import clock
from config.kernel.pages import Action, Crumb, Empty, render_list
from credentialing.list_change_table import ChangeFilter, changes_table
from credentialing.selectors import list_changes as selectors


@login_required
@require_GET
def list_changes(request: HttpRequest, uid: uuid.UUID) -> HttpResponseBase:
    """Rows added, removed and corrected with a load, those that touch people known here in front."""
    require(request.user, "credentialing.screen")
    load = selectors.get_load(uid)
    if load is None:
        raise Http404
    day = clock.date_at(load.loaded_at, request.facility or None)
    filterset = ChangeFilter(request.GET, queryset=selectors.changes_of(load, request.user))
    return render_list(
        request,
        changes_table(request.user),
        filterset.qs,
        title=f"What changed on {load.exclusion_list}",
        subtitle=f"Load {load.number} of {day.day} {day:%b %Y}: {load.added:,} added, "
        f"{load.removed:,} removed, {load.changed:,} corrected",
        noun="row",
        filterset=filterset,
        crumbs=[Crumb("Exclusion screening", reverse("credentialing:screening")), Crumb(str(load))],
        empty=Empty(
            "Nothing of this kind changed with this load.",
            "A row that was corrected by its publisher counts as corrected, not as added and removed.",
            icon="database",
        ),
        actions=[Action("Matches", url=reverse("credentialing:screening"), icon="shield-check")],
    )
