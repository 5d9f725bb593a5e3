"""The hospital's own procedure codes: which are in force, and a file of them looked at, then loaded."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bylaws.views.common import facility_for
from config.kernel.pages import Crumb, Done
from config.kernel.pages.deliveries import Looked, answer_delivery, require_right
from privileging.forms.catalogue import CodesForm
from privileging.selectors.procedures import code_sets
from privileging.services.procedures import MANAGE, load_procedure_codes

#: Codes that would end, of which so many are named.
NAMED = 50


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def procedure_codes(request: HttpRequest) -> HttpResponse:
    """Which privilege each code needs: the code sets in force, and a file of them."""
    facility = facility_for(request, MANAGE)
    here = reverse("privileging:procedure_codes")
    page: dict[str, Any] = {
        "title": "Procedure codes",
        "subtitle": f"At {facility}: which privilege each code of your own code sets needs",
        "crumbs": [Crumb("Catalog", reverse("privileging:catalogue")), Crumb("Procedure codes")],
        "sets": code_sets(facility),
        "submit": "Look at it first",
        "cancel_url": reverse("privileging:catalogue"),
    }

    def look(sent: dict[str, Any]) -> Looked:
        found = load_procedure_codes(
            actor=request.user, facility=facility, content=sent["text"].encode(), dry_run=True
        )
        told = {
            "found": found,
            "dropped": found.dropped[:NAMED],
            "more_dropped": max(0, len(found.dropped) - NAMED),
        }
        return Looked(found.problems, told)

    def load(sent: dict[str, Any]) -> Done:
        found = load_procedure_codes(actor=request.user, facility=facility, content=sent["text"].encode())
        require_right(found.problems)
        return Done(
            f"Loaded: {found.new} new, {found.changed} changed, {len(found.dropped)} ended, "
            f"{found.unchanged} as they stood.",
            here,
        )

    return answer_delivery(
        request, page, "privileging/procedure_codes.html", form=CodesForm, look=look, load=load
    )
