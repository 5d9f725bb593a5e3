"""Pages of the catalogue: the forms, and one version of one."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from config.accounts.policies import may, require
from config.kernel.pages import Crumb, Empty, render_list, render_page
from privileging.choices import VersionStatus
from privileging.selectors.catalogue import forms, version_view
from privileging.tables import FORMS


def _require_reader(user) -> None:
    """The catalogue is no secret: whoever sees files or may ask the lookup reads it."""
    if not may(user, "privileging.view"):
        require(user, "privileging.lookup")


@login_required
@require_GET
def catalogue(request: HttpRequest) -> HttpResponse:
    """Every privilege form with the version offered now."""
    _require_reader(request.user)
    return render_list(
        request,
        FORMS,
        forms(),
        title="Catalog of privileges",
        subtitle="Forms on which privileges are asked for, each with its criteria",
        noun="form",
        empty=Empty(
            "No privilege form is in the catalog.",
            "Load the examples with “manage.py load_catalogue”, then let your staff approve its own.",
            icon="book",
        ),
    )


@login_required
@require_GET
def form_version(request: HttpRequest, uid) -> HttpResponse:
    """One version of a form: what stands on it and what each line asks for, in words."""
    _require_reader(request.user)
    view = version_view(uid)
    if view is None:
        raise Http404
    version = view.version
    return render_page(
        request,
        "privileging/form_version.html",
        {
            "title": version.form.name,
            "subtitle": f"Privilege form {version.form.code}, version {version.number}",
            "page_badge": VersionStatus(version.status),
            "crumbs": [
                Crumb("Catalog", reverse("privileging:catalogue")),
                Crumb(f"{version.form.name} {version.number}"),
            ],
            "view": view,
            "form_version": version,
            "example": version.form.example and not version.approved_by,
        },
    )
