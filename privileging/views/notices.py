"""Departments that are told the same day that something changed: the list, adding one, ending one."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from bylaws.views.common import facility_for, found
from config.accounts.policies import require
from config.kernel import clock
from config.kernel.pages import Action, Crumb, Done, Empty, answer_form, render_list
from config.rulebook.selectors.parameters import resolve
from privileging.forms.notices import DepartmentForm, EndDepartmentForm
from privileging.parameters import NOTICE_HOUR
from privileging.selectors import notices as selectors
from privileging.services import notices as services
from privileging.tables import DEPARTMENTS

TITLE = "Departments told of changes"


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [
        Crumb("Changes of privileges", reverse("privileging:changes")),
        Crumb(TITLE, reverse("privileging:departments")) if more else Crumb(TITLE),
        *more,
    ]


@login_required
@require_GET
def department_list(request: HttpRequest) -> HttpResponse:
    """Which departments of the facility are told, of what, and whether the last message reached them."""
    facility = facility_for(request, selectors.MANAGE)
    hour = resolve(NOTICE_HOUR.code, facility=facility, on=clock.today(facility))
    when = (
        f"everything else after {hour.value}:00 and before midnight"
        if hour.is_set
        else "nothing else: no hour is recorded among the parameters"
    )
    return render_list(
        request,
        DEPARTMENTS,
        selectors.departments(request.user, facility),
        title=TITLE,
        subtitle=f"At {facility}: told at once where somebody may do less, {when}. A message names nobody.",
        noun="department",
        crumbs=_crumbs(),
        actions=[
            Action("Add a department", reverse("privileging:department_add"), icon="plus", kind="primary")
        ],
        empty=Empty(
            "No department is told.",
            "Add the operating room, the emergency department, pharmacy or admitting.",
            icon="mail",
        ),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def department_add(request: HttpRequest) -> HttpResponse:
    """Tell a department from now on."""
    facility = facility_for(request, selectors.MANAGE)
    page = {
        "title": "Add a department",
        "subtitle": f"Told of changes of privileges at {facility}",
        "crumbs": _crumbs(Crumb("Add")),
        "form": DepartmentForm(request.POST or None),
        "submit": "Add it",
        "cancel_url": reverse("privileging:departments"),
    }

    def act(given: dict) -> Done:
        department = services.add_department(actor=request.user, facility=facility, **given)
        return Done(
            f"{department.name} is told of what changes from now on.", reverse("privileging:departments")
        )

    return answer_form(request, page, act)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def department_end(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Tell a department no longer."""
    department = found(selectors.get_department(viewer=request.user, uid=uid))
    require(request.user, selectors.MANAGE, department.facility)
    page = {
        "title": "End the messages",
        "subtitle": f"{department.name}, at {department.facility}",
        "crumbs": _crumbs(Crumb(department.name)),
        "question": f"Tell {department.name} no longer?",
        "consequence": f"{department.address} gets no message from now on, and one that waits is dropped. "
        "The messages that were sent stay on record.",
        "form": EndDepartmentForm(request.POST if request.method == "POST" else None),
        "submit": "End the messages",
        "danger": True,
        "cancel_url": reverse("privileging:departments"),
    }

    def act(given: dict) -> Done:
        services.end_department(actor=request.user, department=department)
        return Done(f"{department.name} is told no longer.", reverse("privileging:departments"))

    return answer_form(request, page, act, template="pages/confirm.html")
