"""Rows of exclusion lists that only share a name with somebody: to be read, and taken up where in doubt."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from config.accounts.choices import DataClass
from config.accounts.policies import may_see_class
from config.audit.services.events import record_protected_read
from config.kernel.errors import Refused
from config.kernel.pages import Action, Crumb, Done, Empty, answer_form
from credentialing import links, policies, tables
from credentialing.selectors.noted import noted_of
from credentialing.services.matches import take_up
from practitioners.models import Practitioner


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def noted_page(request: HttpRequest, uid) -> HttpResponse:
    """What the newest screenings noted for information, with what tells each from the practitioner."""
    practitioner = policies.screened_or_404(request.user, uid)
    shows = may_see_class(request.user, DataClass.IDENTITY)
    noted = noted_of(practitioner.pk)
    if request.method != "POST" and shows and noted and practitioner.birth_date:
        _log_identity_read(request, practitioner)
    page = {
        "title": "Only the name agrees",
        "subtitle": str(practitioner),
        "crumbs": [
            Crumb("Exclusion screening", reverse("credentialing:screening")),
            Crumb(str(practitioner), links.practitioner(practitioner)),
            Crumb("For information"),
        ],
        "noted": [
            {
                "row": each.row,
                "listed": tables.listed_party(each.row),
                "born": (each.row.birth_date or "") if shows else "protected",
                "why": each.why,
            }
            for each in noted
        ],
        "empty": Empty(
            "The newest screening noted no row of the same name.",
            "Or each was taken up for review, or has left its list since.",
            action=Action("Back to the practitioner", url=links.practitioner(practitioner)),
            icon="user-check",
        ),
    }

    def take(given: dict[str, Any]) -> Done:
        wanted = request.POST.get("row", "")
        row = next((each.row for each in noted if str(each.row.uid) == wanted), None)
        if row is None:
            raise Refused("This row is not among those the newest screening noted. Choose one of the list.")
        match = take_up(actor=request.user, practitioner=practitioner, row=row)
        return Done("It waits for review now.", links.match(match))

    form = forms.Form(request.POST if request.method == "POST" else None)
    return answer_form(request, page, take, template="credentialing/noted.html", form=form)


def _log_identity_read(request: HttpRequest, practitioner: Practitioner) -> None:
    record_protected_read(
        actor=request.user,
        data_class=DataClass.IDENTITY,
        subject_kind="practitioners.practitioner",
        subject_uid=practitioner.uid,
        practitioner=practitioner,
    )
