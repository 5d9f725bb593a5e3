"""The list of practitioners."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from config.accounts.policies import may, require
from config.accounts.selectors.saved_lists import saved_lists
from config.accounts.services.saved_lists import kept_query
from config.kernel.day_fields import sensible_day
from config.kernel.pages import Action, Empty, is_part, render_list
from config.kernel.pages.lists import COLUMNS
from practitioners.filters import PractitionerFilter
from practitioners.selectors.list_columns import sortable_by
from practitioners.selectors.people import practitioner_list
from practitioners.services.exports import PERMISSION, record_roster_export
from practitioners.tables import practitioners_table
from practitioners.views.shared import today_at

PAGE = "practitioners:list"
#: What "As of" moves, said where it is used.
AS_OF = (
    "Status, license marks, practice groups, next to run out and the filters by status are those of that "
    "day, as far as known today. Names, numbers, specialties and contacts are today's; the license filters "
    "look at licenses of any day."
)


@login_required
@require_GET
def practitioner_list_page(request: HttpRequest) -> HttpResponse:
    """Everybody on file, narrowed, sorted, exported."""
    require(request.user, "practitioners.view")
    today = _day_asked(request)
    another_day = today != today_at(request)
    query = kept_query(request.GET.urlencode())
    order = request.GET.get("sort", "")
    typed = request.GET.get("q", "").replace("\x00", "").strip()[:80]
    filterset = PractitionerFilter(
        request.GET,
        queryset=sortable_by(practitioner_list(viewer=request.user), order, today),
        viewer=request.user,
        on=today,
    )
    may_add = may(request.user, "practitioners.edit")
    add = Action("New practitioner", url=reverse("practitioners:new"), icon="user-plus", kind="primary")
    return render_list(
        request,
        practitioners_table(request.user, today, request.GET.getlist(COLUMNS), order),
        filterset.qs,
        title="Practitioners",
        noun="practitioner",
        template="practitioners/list.html",
        context={
            "saved": [] if is_part(request, "list") else saved_lists(request.user, PAGE, query),
            "list_note": AS_OF if another_day else "",
            "search_url": f"{reverse('home:search')}?{urlencode({'q': typed})}" if typed else "",
            "save_url": f"{reverse('accounts:saved_list_new', args=[PAGE])}?{query}" if query else "",
        },
        filterset=filterset,
        actions=[add] if may_add else [],
        subtitle=f"As of {today.day} {today:%b %Y}" if another_day else "",
        export=may(request.user, PERMISSION),
        on_export=lambda file_format, _: record_roster_export(
            actor=request.user,
            file_format=file_format,
            count=filterset.qs.count(),
            filters={
                name: ", ".join(values)
                for name, values in request.GET.lists()
                if any(values) and name != "format"
            },
        ),
        empty=Empty(
            "Nobody is on file yet.",
            "Add a practitioner, or import records of the NPI registry with manage.py import_nppes.",
            action=add if may_add else None,
            icon="users",
        ),
    )


def _day_asked(request: HttpRequest) -> dt.date:
    """The day the list is about: the one asked for, else today."""
    try:
        day = dt.date.fromisoformat(request.GET.get("as_of", ""))
        sensible_day(day)
    except (ValueError, ValidationError):  # the filter says so beside the field
        return today_at(request)
    return day
