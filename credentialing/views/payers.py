"""Payers: who is enrolled with them, and the rosters they are given."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.accounts.policies import may, require
from config.kernel import clock
from config.kernel.pages import (
    Action,
    Crumb,
    Done,
    Empty,
    Tab,
    answer_form,
    chosen_uids,
    go_to,
    render_list,
    render_page,
)
from credentialing import payer_lists as lists
from credentialing.forms import payers as forms
from credentialing.models import Payer, PayerEnrolment
from credentialing.rules.payer_rosters import columns_text
from credentialing.selectors import payers as selectors
from credentialing.selectors.payers import MANAGE, READ
from credentialing.services import payers as services
from credentialing.views.work import working_at
from practitioners.models import Practitioner


def payer_or_404(viewer, uid) -> Payer:
    """The payer of that uid, if the person may export the facility's rosters."""
    require(viewer, READ)
    payer = selectors.visible_payers(viewer).filter(uid=uid).first()
    if payer is None:
        raise Http404
    return payer


def url_of(name: str, payer: Payer) -> str:
    """The address of one of a payer's pages."""
    return reverse(f"credentialing:{name}", args=[payer.uid])


def crumbs_of(payer: Payer, *more: str) -> list[Crumb]:
    """The path to a payer, and on to what is below it."""
    first = [Crumb("Payers", reverse("credentialing:payers"))]
    if not more:
        return [*first, Crumb(payer.name)]
    return [*first, Crumb(payer.name, url_of("payer", payer)), *(Crumb(each) for each in more)]


def tabs_of(request: HttpRequest, payer: Payer, here: str) -> list[Tab]:
    """The pages of a payer, as far as they open for the reader."""
    tabs = [Tab("Enrolled", url_of("payer", payer), active=here == "enrolled", icon="users")]
    if may(request.user, MANAGE, payer.facility):
        tabs.append(
            Tab("Not enrolled", url_of("payer_members", payer), active=here == "members", icon="user-plus")
        )
    return [
        *tabs,
        Tab("Adds and terms", url_of("payer_changes", payer), active=here == "changes", icon="send"),
        Tab("Full roster", url_of("payer_roster", payer), active=here == "roster", icon="list"),
        Tab("Files", url_of("payer_files", payer), active=here == "files", icon="files"),
        Tab("Delegation", url_of("delegation", payer), active=here == "delegation", icon="shield-check"),
    ]


# --- payers -----------------------------------------------------------------------------------------------


@login_required
@require_GET
def payer_list(request: HttpRequest) -> HttpResponseBase:
    """The payers of the facility, how many are enrolled, and through when they were told."""
    facility = working_at(request, READ)
    new = Action("New payer", url=reverse("credentialing:payer_add"), icon="plus", kind="primary")
    hands = may(request.user, MANAGE, facility)
    return render_list(
        request,
        lists.PAYERS,
        selectors.payers_for_list(request.user, facility, clock.today(facility)),
        title="Payers",
        subtitle=f"{facility.name}: who is enrolled with whom, and what each payer was told.",
        noun="payer",
        actions=[new] if hands else [],
        empty=Empty("No payer yet.", "Add one with the columns its file has.", new if hands else None),
    )


@login_required
@require_http_methods(["GET", "POST"])
def payer_add(request: HttpRequest) -> HttpResponse:
    """A payer and the columns of its file."""
    facility = working_at(request, MANAGE)
    back = reverse("credentialing:payers")
    page = {
        "title": "New payer",
        "crumbs": [Crumb("Payers", back), Crumb("New payer")],
        "form": forms.PayerForm(request.POST or None, new=True),
        "fields_offered": forms.FIELD_LIST,
        "submit": "Add the payer",
        "cancel_url": back,
    }

    def add(given: dict[str, Any]) -> Done:
        payer = services.add_payer(actor=request.user, facility=facility, **given)
        return Done(f"{payer} added.", url_of("payer_members", payer))

    return answer_form(request, page, add, template="credentialing/payer_form.html")


@login_required
@require_http_methods(["GET", "POST"])
def payer_edit(request: HttpRequest, uid) -> HttpResponse:
    """Another name or other columns."""
    payer = payer_or_404(request.user, uid)
    require(request.user, MANAGE, payer.facility)
    initial = {
        "name": payer.name,
        "delegated": payer.delegated,
        "day_form": payer.day_form,
        "active": payer.active,
        "columns": columns_text(payer.columns),
    }
    page = {
        "title": f"Change {payer}",
        "crumbs": crumbs_of(payer, "Change"),
        "form": forms.PayerForm(request.POST or None, initial=initial),
        "fields_offered": forms.FIELD_LIST,
        "submit": "Save",
        "cancel_url": url_of("payer", payer),
    }

    def change(given: dict[str, Any]) -> Done:
        services.change_payer(actor=request.user, payer=payer, **given)
        return Done("Saved. Files made before stay as they are.", url_of("payer", payer))

    return answer_form(request, page, change, template="credentialing/payer_form.html")


# --- enrolments -------------------------------------------------------------------------------------------


@login_required
@require_GET
def payer_page(request: HttpRequest, uid) -> HttpResponseBase:
    """Who is or was enrolled with a payer."""
    payer = payer_or_404(request.user, uid)
    today, hands = clock.today(payer.facility), may(request.user, MANAGE, payer.facility)
    filterset = lists.EnrolmentFilter(
        request.GET, queryset=selectors.enrolments(payer, request.user), on=today
    )
    enrol = Action("Enroll members", url=url_of("payer_members", payer), icon="user-plus", kind="primary")
    edit = Action("Change the payer", url=url_of("payer_edit", payer), icon="edit")
    return render_list(
        request,
        lists.enrolments_table(today, may_end=hands),
        filterset.qs,
        title=payer.name,
        subtitle=f"{payer.facility.name}{', delegated credentialing' if payer.delegated else ''}",
        crumbs=crumbs_of(payer),
        tabs=tabs_of(request, payer, "enrolled"),
        actions=[enrol, edit] if hands else [],
        noun="enrolment",
        filterset=filterset,
        empty=Empty(
            "Nobody is enrolled yet.",
            "Choose among the members of the staff." if hands else "",
            enrol if hands else None,
        ),
        context={
            "list_note": "Whose appointment ends leaves the roster with its last day, whatever stands here."
        },
    )


@login_required
@require_GET
def payer_members(request: HttpRequest, uid) -> HttpResponseBase:
    """Members of the staff who are not enrolled, to be ticked."""
    payer = payer_or_404(request.user, uid)
    require(request.user, MANAGE, payer.facility)
    today = clock.today(payer.facility)
    rows = selectors.members_without(payer, request.user, today)
    filterset = lists.MemberFilter(request.GET, queryset=rows)
    return render_list(
        request,
        lists.members_table(payer),
        filterset.qs,
        title=payer.name,
        subtitle="Members of the staff today who are not enrolled.",
        crumbs=crumbs_of(payer, "Not enrolled"),
        tabs=tabs_of(request, payer, "members"),
        noun="member",
        filterset=filterset,
        empty=Empty("Every member is enrolled.", "Whoever is appointed next stands here."),
    )


@login_required
@require_POST
def payer_enrol(request: HttpRequest, uid) -> HttpResponse:
    """Enrol the members that were ticked: first who and from when, then the act."""
    payer = payer_or_404(request.user, uid)
    require(request.user, MANAGE, payer.facility)
    back = url_of("payer_members", payer)
    uids = chosen_uids(request.POST.getlist("selected"))
    people = list(Practitioner.objects.filter(uid__in=uids).order_by("sort_name"))
    if not people:
        messages.warning(request, "Select at least one member first.")
        return go_to(request, back)
    sent = request.POST if "effective" in request.POST else None
    page = {
        "title": f"Enroll with {payer}",
        "crumbs": crumbs_of(payer, "Enroll"),
        "question": f"From when {'do they' if len(people) > 1 else f'does {people[0]}'} take part?",
        "preview": [f"{each}, NPI {each.npi or 'not on file'}" for each in people],
        "hidden": [("selected", str(each.uid)) for each in people],
        "form": forms.EnrolForm(sent, several=len(people) > 1),
        "submit": "Enroll",
        "cancel_url": back,
    }
    if sent is None:
        return render_page(request, "pages/confirm.html", page)

    def enrol(given: dict[str, Any]) -> Done:
        number = services.enrol(actor=request.user, payer=payer, practitioners=people, **given)
        return Done(f"{number} enrolled with {payer}.", url_of("payer", payer))

    return answer_form(request, page, enrol, template="pages/confirm.html")


@login_required
@require_http_methods(["GET", "POST"])
def enrolment_end(request: HttpRequest, uid) -> HttpResponse:
    """Somebody no longer takes part."""
    require(request.user, MANAGE)
    enrolment = (
        PayerEnrolment.objects.filter(uid=uid, payer__in=selectors.visible_payers(request.user))
        .select_related("practitioner", "payer__facility")
        .first()
    )
    if enrolment is None or enrolment.practitioner.user_id == request.user.pk:
        raise Http404
    require(request.user, MANAGE, enrolment.payer.facility)
    back = url_of("payer", enrolment.payer)
    page = {
        "title": f"End the enrollment of {enrolment.practitioner}",
        "crumbs": crumbs_of(enrolment.payer, "End the enrollment"),
        "form": forms.EndForm(request.POST or None),
        "submit": "End it",
        "cancel_url": back,
    }

    def end(given: dict[str, Any]) -> Done:
        services.end_enrolment(actor=request.user, enrolment=enrolment, **given)
        return Done("The next file of adds and terms tells the payer.", back)

    return answer_form(request, page, end)
