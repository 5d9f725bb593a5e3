"""Practice groups: the list, one group with its offices and people, adding, correcting and closing them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.accounts.policies import may, require
from config.kernel.pages import (
    Action,
    Crumb,
    Done,
    Empty,
    Tab,
    answer_form,
    go_to,
    render_list,
)
from practitioners import links
from practitioners.filters import GroupFilter
from practitioners.forms.workplaces import GroupForm, LocationForm
from practitioners.models import PracticeGroup, PracticeLocation
from practitioners.selectors.workplaces import FORMERLY, NOW, get_group, get_location, groups, people_of
from practitioners.services import workplaces as services
from practitioners.services.workplaces import EDIT
from practitioners.tables import GROUPS, group_people_table
from practitioners.views.shared import today_at

VIEW = "practitioners.view"
FORM = "pages/form.html"
TITLE = "Practice groups"


@login_required
@require_GET
def group_list(request: HttpRequest) -> HttpResponse:
    """Every group, with how many people work there today."""
    require(request.user, VIEW)
    add = Action("New group", url=reverse("practitioners:group_new"), icon="plus", kind="primary")
    may_edit = may(request.user, EDIT)
    return render_list(
        request,
        GROUPS,
        groups(today_at(request)),
        title=TITLE,
        noun="group",
        filterset=GroupFilter(request.GET, queryset=groups(today_at(request))),
        crumbs=_crumbs(),
        actions=[add] if may_edit else [],
        empty=Empty(
            "No practice group is on file yet.",
            "Add the groups people work for; a person's file then says where they practice.",
            action=add if may_edit else None,
            icon="building",
        ),
    )


@login_required
@require_GET
def group(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """One group: its offices, who works there now and who did."""
    require(request.user, VIEW)
    found = _group(uid)
    today = today_at(request)
    when = FORMERLY if request.GET.get("show") == FORMERLY else NOW
    here, may_edit = links.practice_group(found), may(request.user, EDIT)
    return render_list(
        request,
        group_people_table(today),
        people_of(found, today, when),
        title=found.name,
        subtitle=" · ".join(
            part
            for part in (
                "" if found.active else "Closed",
                f"NPI {found.npi}" if found.npi else "",
                f"Tax id {found.tax_id}" if found.tax_id and may_edit else "",
            )
            if part
        ),
        noun="affiliation",
        crumbs=_crumbs(found.name),
        tabs=[
            Tab("There now", here, active=when == NOW, icon="users"),
            Tab("Formerly", f"{here}?show={FORMERLY}", active=when == FORMERLY, icon="history"),
        ],
        actions=_acts(found) if may_edit else [],
        template="practitioners/group.html",
        context={"group": found, "locations": found.locations.all(), "may_edit": may_edit},
        export=may(request.user, "practitioners.export"),
        empty=Empty("Nobody left this group.", icon="history")
        if when == FORMERLY
        else Empty("Nobody works here yet.", "A person's file says where they work.", icon="users"),
    )


def _acts(found: PracticeGroup) -> list[Action]:
    args = [found.uid]
    closing = Action(
        "Close the group" if found.active else "Open it again",
        url=reverse("practitioners:group_active", args=args),
        method="post",
        hidden={"active": "" if found.active else "1"},
        confirm="A closed group takes nobody new. Who works there stays until it is ended in their file."
        if found.active
        else "",
    )
    acts = [closing, Action("Correct", url=reverse("practitioners:group_edit", args=args), icon="edit")]
    if found.active:
        acts.append(
            Action(
                "Add an office",
                url=reverse("practitioners:location_new", args=args),
                icon="plus",
                kind="primary",
            )
        )
    return acts


@login_required
@require_http_methods(["GET", "POST"])
def group_new(request: HttpRequest) -> HttpResponse:
    """Add a group; its first office follows."""
    require(request.user, EDIT)
    form = GroupForm(request.POST or None)
    page = {
        "title": "New practice group",
        "crumbs": _crumbs("New"),
        "form": form,
        "submit": "Add the group",
        "cancel_url": reverse("practitioners:groups"),
    }
    return _save(
        request,
        page,
        lambda: services.create_group(actor=request.user, **form.cleaned_data),
        "The group is on file. Add its first office.",
        links.practice_group,
    )


@login_required
@require_http_methods(["GET", "POST"])
def group_edit(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Correct a group's name and numbers."""
    require(request.user, EDIT)
    found = _group(uid)
    form = GroupForm(
        request.POST or None, initial={name: getattr(found, name) for name in GroupForm.base_fields}
    )
    page = {
        "title": f"Correct {found}",
        "crumbs": _crumbs("Correct", group=found),
        "form": form,
        "submit": "Save",
        "cancel_url": links.practice_group(found),
    }
    return _save(
        request,
        page,
        lambda: services.correct_group(actor=request.user, group=found, **form.cleaned_data),
        "Saved.",
        links.practice_group,
    )


@login_required
@require_POST
def group_active(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Close a group or open it again."""
    require(request.user, EDIT)
    found = services.set_group_active(
        actor=request.user, group=_group(uid), active=bool(request.POST.get("active"))
    )
    messages.success(request, f"{found} is {'open' if found.active else 'closed'}.")
    return go_to(request, links.practice_group(found))


@login_required
@require_http_methods(["GET", "POST"])
def location_new(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Add an office to a group."""
    require(request.user, EDIT)
    found = _group(uid)
    form = LocationForm(request.POST or None)
    page = {
        "title": "Add an office",
        "subtitle": found.name,
        "crumbs": _crumbs("Add an office", group=found),
        "form": form,
        "submit": "Add the office",
        "cancel_url": links.practice_group(found),
    }
    return _save(
        request,
        page,
        lambda: services.add_location(actor=request.user, group=found, **form.cleaned_data),
        "The office is on file.",
        lambda location: links.practice_group(found),
    )


@login_required
@require_http_methods(["GET", "POST"])
def location_edit(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Correct an office."""
    require(request.user, EDIT)
    found = _location(uid)
    form = LocationForm(
        request.POST or None, initial={name: getattr(found, name) for name in LocationForm.base_fields}
    )
    page = {
        "title": f"Correct {found.name}",
        "subtitle": found.group.name,
        "crumbs": _crumbs("Correct an office", group=found.group),
        "form": form,
        "submit": "Save",
        "cancel_url": links.practice_group(found.group),
    }
    return _save(
        request,
        page,
        lambda: services.correct_location(actor=request.user, location=found, **form.cleaned_data),
        "Saved.",
        lambda location: links.practice_group(found.group),
    )


@login_required
@require_POST
def location_active(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Close an office or open it again."""
    require(request.user, EDIT)
    found = services.set_location_active(
        actor=request.user, location=_location(uid), active=bool(request.POST.get("active"))
    )
    messages.success(request, f"{found} is {'open' if found.active else 'closed'}.")
    return go_to(request, links.practice_group(found.group))


def _save(
    request: HttpRequest,
    page: dict[str, Any],
    act: Callable[[], Any],
    done: str,
    then: Callable[[Any], str],
) -> HttpResponse:
    """Ask; when the form passes, do it and go on to where ``then`` says."""
    return answer_form(request, page, lambda given: Done(done, then(act())))


def _group(uid: uuid.UUID) -> PracticeGroup:
    found = get_group(uid)
    if found is None:
        raise Http404
    return found


def _location(uid: uuid.UUID) -> PracticeLocation:
    found = get_location(uid)
    if found is None:
        raise Http404
    return found


def _crumbs(*more: str, group: PracticeGroup | None = None) -> list[Crumb]:
    crumbs = [Crumb("Practitioners", reverse("practitioners:list"))]
    if not more:
        return [*crumbs, Crumb(TITLE)]
    crumbs.append(Crumb(TITLE, reverse("practitioners:groups")))
    if group is not None:
        crumbs.append(Crumb(group.name, links.practice_group(group)))
    return [*crumbs, *map(Crumb, more)]
