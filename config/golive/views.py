"""Uploading an earlier system's export; what follows happens on the page of the import."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from config.accounts.policies import facilities_of, facilities_with, require
from config.golive.fields import load_mapping_of, mapping_choices
from config.golive.services.loading import PERMISSION, check_load
from config.kernel.errors import Refused
from config.kernel.pages import Crumb, Done, answer_form
from practitioners.forms.imports import ImportForm
from practitioners.importing.rejections import UnusableFile
from practitioners.importing.tables import refuse_oversize

FORM = "pages/form.html"


@login_required
@require_http_methods(["GET", "POST"])
def new_load(request: HttpRequest) -> HttpResponse:
    """Upload an export; it is checked at once, and nothing is written yet."""
    require(request.user, PERMISSION)
    allowed = facilities_with(request.user, PERMISSION)
    places = [place for place in facilities_of(request.user) if place.pk in allowed]
    form = ImportForm(
        request.POST or None, request.FILES or None, facilities=places, mappings=mapping_choices()
    )
    page = {
        "title": "Load an earlier system's export",
        "intro": "Appointments, privileges and what goes with them, as decided before this system was there. "
        "The file is checked first; it is loaded as a whole or not at all.",
        "crumbs": [Crumb("Imports", reverse("practitioners:imports")), Crumb("Go-live load")],
        "form": form,
        "submit": "Check the file",
        "upload": True,
        "cancel_url": reverse("practitioners:imports"),
    }

    def check(given: dict) -> Done:
        file = given["file"]
        try:
            refuse_oversize(file.size, settings.STANDING_IMPORT_LIMIT)
            batch = check_load(
                actor=request.user,
                content=file.read(),
                file_name=file.name,
                mapping=load_mapping_of(given["mapping"]),
                facility=form.chosen_facility,
            )
        except UnusableFile as problem:
            raise Refused(problem.sentence, field="file") from None
        return Done("", reverse("practitioners:import", args=[batch.uid]))

    return answer_form(request, page, check)
