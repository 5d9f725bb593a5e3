"""Categories of the medical staff: what their members may and owe, and changes of it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bylaws.forms.categories import CategoryRightForm
from bylaws.models import StaffCategory
from bylaws.selectors.categories import category_rows, rights_on
from bylaws.services.categories import change_right
from bylaws.views.common import facility_for, found
from config.accounts.policies import may
from config.kernel import clock
from config.kernel.pages import Crumb, Done, answer_form, render_page

EDIT = "bylaws.set_parameters"


@login_required
@require_safe
def category_list(request) -> HttpResponse:
    """Every category with its members of today, what they may and what they owe, each with its provision."""
    facility = facility_for(request, "bylaws.read_documents")
    today = clock.today(facility)
    rights, rows = category_rows(facility, today)
    return render_page(
        request,
        "bylaws/categories.html",
        {
            "title": "Categories of the medical staff",
            "subtitle": f"What their members may and owe at {facility}",
            "rights": rights,
            "rows": rows,
            "edits": may(request.user, EDIT, facility),
            "today": today,
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def category_edit(request, code: str) -> HttpResponse:
    """What members of a category may or owe changes from a day on."""
    facility = facility_for(request, EDIT)
    today = clock.today(facility)
    category = found(StaffCategory.objects.filter(code=code).first())
    rights, back = rights_on(facility, today), reverse("bylaws:categories")
    page = {
        "title": f"Change the category {category}",
        "crumbs": [Crumb("Categories", back), Crumb(str(category))],
        "intro": "Rules and ballots read it from that day on; of the days before stays what was said. Where "
        "the bylaws have to be amended for it, simulate the amendment first.",
        "form": CategoryRightForm(request.POST or None, rights=rights, initial={"start": today}),
        "submit": "Change it",
        "cancel_url": back,
    }

    def change(given: dict[str, Any]) -> Done:
        change_right(
            actor=request.user,
            facility=facility,
            category=category,
            right=given["right"],
            has=given["has"] == "yes",
            start=given["start"],
            citation=given["citation"],
        )
        return Done(f"The category {category} is changed.", back)

    return answer_form(request, page, change)
