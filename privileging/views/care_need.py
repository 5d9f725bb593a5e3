"""The page that asks for temporary privileges because patients need them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bylaws.policies import is_own_file
from config.accounts.policies import require
from config.accounts.selectors.facilities import current_facility
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.pages import Action, Crumb, Done, address, answer_form, render_page
from config.organization.models import Department, Facility
from practitioners.models import Practitioner
from privileging.forms.care_need import CareNeedForm
from privileging.models import PrivilegeFormVersion
from privileging.selectors.requests import known_on, usual_department, version_lines, versions_offered
from privileging.services.care_need import ask_for_need
from privileging.services.meanwhile import Signed

MANAGE = "credentialing.manage_application"
INTRO = (
    "What was verified for other files of the person and counts here is taken over, and the person is "
    "screened anew. Where license, competence and data bank leave nothing to find out, it goes to those who "
    "recommend and grant it."
)


@login_required
@require_http_methods(["GET", "POST"])
def care_need(request: HttpRequest, uid) -> HttpResponse:
    """Choose privileges of one form and say what patients need; everything else is done in one act."""
    require(request.user, MANAGE)
    practitioner = get_object_or_404(Practitioner, uid=uid)
    facility = current_facility(request)
    if facility is None:
        raise Refused("You hold no role at a facility.")
    require(request.user, MANAGE, facility)
    if is_own_file(request.user, practitioner):
        raise Http404
    file_url = reverse("practitioners:file", args=[practitioner.uid])
    page: dict[str, Any] = {
        "title": "Temporary privileges for a care need",
        "subtitle": f"{practitioner} at {facility}",
        "crumbs": [
            Crumb("Practitioners", reverse("practitioners:list")),
            Crumb(str(practitioner), file_url),
            Crumb("Temporary privileges"),
        ],
        "cancel_url": file_url,
    }
    offered = list(versions_offered(facility))
    version = _chosen(request.GET.get("form", ""), offered, practitioner)
    here = reverse("privileging:care_need", args=[practitioner.uid])
    if version is None:
        page["forms"] = [(each, address(here, form=each.uid)) for each in offered]
        return render_page(request, "privileging/care_need_form.html", page)
    departments = _departments(facility)
    form = CareNeedForm(
        *((request.POST, request.FILES) if request.method == "POST" else ()),
        lines=version_lines(version),
        departments=departments,
        initial={
            "signed_on": clock.today(facility),
            "department": usual_department(practitioner, facility, version.form),
        },
    )

    def ask(given: dict) -> Done:
        upload = given.pop("document")
        application, found_out = ask_for_need(
            actor=request.user,
            practitioner=practitioner,
            facility=facility,
            version=version,
            signed=Signed(given.pop("signed_on"), upload.name, upload.read()),
            **given,
        )
        open_leaves = [leaf.title for leaf in found_out.leaves() if not leaf.met]
        said = (
            "Asked for, and sent to those who recommend and grant it."
            if found_out.met
            else f"Asked for. Still to find out: {', '.join(open_leaves)}."
        )
        return Done(said, reverse("credentialing:file", args=[application.uid]))

    page |= {
        "form": form,
        "intro": INTRO,
        "submit": "Ask for them",
        "upload": True,
        "subtitle": f"{practitioner} at {facility}: {version.form.name}",
        "actions": [Action("Another form", address(here, form="other"), icon="book")] if offered[1:] else [],
    }
    return answer_form(request, page, ask)


def _departments(facility: Facility) -> QuerySet[Department]:
    return Department.objects.filter(facility=facility).order_by("name")


def _chosen(
    wanted: str, offered: list[PrivilegeFormVersion], practitioner: Practitioner
) -> PrivilegeFormVersion | None:
    """The form that was chosen; else the one the person holds or asked for privileges on, where there is one
    such form, or only one is offered at all.
    """
    if wanted:
        return next((each for each in offered if str(each.uid) == wanted), None)
    known = known_on(practitioner)
    theirs = [each for each in offered if each.form_id in known] or offered
    return theirs[0] if len(theirs) == 1 else None
