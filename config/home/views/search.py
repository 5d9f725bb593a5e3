"""The search of the top bar: while typing, and as a page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from config.home.selectors.search import search_everything
from config.kernel.pages import Empty, address, render_page

WHILE_TYPING = 6
ON_THE_PAGE = 25
LONGEST = 80


@login_required
@require_GET
def search(request) -> HttpResponse:
    """People, applications, privileges and meetings that fit what is typed; typing errors in names
    included.
    """
    query = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:LONGEST]
    typing = request.headers.get("HX-Target") == "global-search-results"
    groups = search_everything(
        request.user,
        query,
        limit=WHILE_TYPING if typing else ON_THE_PAGE,
    )
    context = {
        "title": f"Search: {query}" if query else "Search",
        "query": query,
        "results": groups,
        "empty": Empty(
            f"Nothing found for “{query}”." if query else "Type a name, an NPI or a license number.",
            "Try part of the name, a former name, or the NPI. Only files your roles open are searched.",
            icon="zoom-question",
        ),
    }
    if typing and any(len(group.items) == WHILE_TYPING for group in groups):
        context |= {"more_url": address(reverse("home:search"), q=query), "more_count": ""}
    return render_page(
        request,
        "home/search.html",
        context,
        part="global-search-results",
        part_template="partials/search_results.html",
    )
