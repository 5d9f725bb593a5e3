"""Verification items across files, by what they wait for."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from config.accounts.policies import facilities_with, require
from config.kernel import clock
from config.kernel.pages import Empty, render_list
from credentialing import policies, tables
from credentialing.filters import ItemFilter
from credentialing.selectors.items import unsettled


@login_required
@require_GET
def item_list(request: HttpRequest) -> HttpResponse:
    """What is still to be found out for open files, the oldest request first."""
    require(request.user, policies.VIEW)
    rows = unsettled(policies.visible_items(request.user))
    filterset = ItemFilter(request.GET, queryset=rows, viewer=request.user)
    one_place = len(facilities_with(request.user, policies.VIEW)) == 1
    return render_list(
        request,
        tables.without(tables.ITEMS, "facility") if one_place else tables.ITEMS,
        filterset.qs,
        title="Verification",
        subtitle="What is still to be found out for open files, the oldest request first",
        noun="item",
        filterset=filterset,
        empty=Empty("Nothing waits here.", "All is answered and reviewed.", icon="circle-check"),
        context={"today": clock.today(request.facility or None)},
    )
