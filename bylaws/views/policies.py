"""Policies and procedures: what holds today, its versions, writing and approval."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bylaws.forms.policies import ApprovalForm, OnForm, PolicyForm, VersionForm
from bylaws.models import Policy, PolicyVersion
from bylaws.rules.policy_text import fill, sections_of
from bylaws.selectors import policies as selectors
from bylaws.selectors.policies import READ
from bylaws.services import policies as services
from bylaws.services.policies import APPROVE, WRITE
from bylaws.views.common import facility_for, found
from config.accounts.policies import may, require
from config.kernel import clock
from config.kernel.pages import Action, Crumb, Done, Empty, answer_form, render_page


def _url(policy: Policy) -> str:
    return reverse("bylaws:policy", args=[policy.uid])


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [Crumb("Policies", reverse("bylaws:policies")), *more]


@login_required
@require_safe
def policy_list(request: HttpRequest) -> HttpResponse:
    """The policies and procedures of the facility, as they stand today."""
    facility = facility_for(request, READ)
    today = clock.today(facility)
    new = Action("New policy", url=reverse("bylaws:policy_add"), icon="plus", kind="primary")
    writes = may(request.user, WRITE, facility)
    return render_page(
        request,
        "bylaws/policies.html",
        {
            "title": "Policies and procedures",
            "subtitle": f"{facility}: what the office goes by, in the versions its bodies approved",
            "rows": selectors.policies_on(request.user, facility, today),
            "actions": [new] if writes else [],
            "empty": Empty(
                "No policy is written yet.",
                "The credentialing coordinator writes them; a body approves each version.",
                new if writes else None,
                icon="book",
            ),
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def policy_add(request: HttpRequest) -> HttpResponse:
    """A new policy with its first version."""
    facility = facility_for(request, WRITE)
    page = {
        "title": "New policy",
        "crumbs": _crumbs(Crumb("New policy")),
        "form": PolicyForm(request.POST or None),
        "submit": "Write it",
        "cancel_url": reverse("bylaws:policies"),
    }

    def add(given: dict[str, Any]) -> Done:
        policy = services.add_policy(actor=request.user, facility=facility, **given)
        return Done("The draft is written.", _url(policy))

    return answer_form(request, page, add)


def _policy(request: HttpRequest, uid) -> Policy:
    require(request.user, READ)
    return found(selectors.get_policy(request.user, uid))


@login_required
@require_safe
def policy(request: HttpRequest, uid) -> HttpResponse:
    """One policy: the words that hold today (or of the version asked for), and every version."""
    one = _policy(request, uid)
    today = clock.today(one.facility)
    versions = selectors.versions_of(one)
    holding = selectors.in_force(versions, today)
    asked = _day_asked(request)
    then = selectors.in_force(versions, asked) if asked else None
    shown = _version_asked(request, versions) or then or holding or versions[0]
    sections = sections_of(shown.body)
    on = asked or selectors.day_of_numbers(shown, versions, today)
    values = selectors.values_named(sections, one.facility, on)
    acts = []
    if may(request.user, WRITE, one.facility):
        acts.append(
            Action("Write the next version", url=reverse("bylaws:policy_write", args=[one.uid]), icon="edit")
        )
    if may(request.user, APPROVE, one.facility) and shown.approved_on is None:
        acts.append(
            Action(
                "Record the approval",
                url=reverse("bylaws:policy_approve", args=[one.uid, shown.number]),
                icon="check",
                kind="primary",
            )
        )
    return render_page(
        request,
        "bylaws/policy.html",
        {
            "title": one.title,
            "subtitle": (
                f"{one.get_kind_display()} {one.number} of {one.facility.name}, version {shown.number}"
            ),
            "crumbs": _crumbs(Crumb(one.number)),
            "page_badge": selectors.state_of(shown, holding, today),
            "actions": acts,
            "policy": one,
            "shown": shown,
            "sections": fill(sections, values),
            "values": values,
            "on": on,
            "versions": [(each, selectors.state_of(each, holding, today)) for each in versions],
        },
    )


def _day_asked(request: HttpRequest) -> dt.date | None:
    """The day of ``?on=``, of which the version that held is shown with its numbers; none where none is asked
    for.
    """
    form = OnForm(request.GET)
    if not form.is_valid():
        raise Http404
    return form.cleaned_data["on"]


def _version_asked(request: HttpRequest, versions: list[PolicyVersion]) -> PolicyVersion | None:
    asked = request.GET.get("version", "")
    if not asked:
        return None
    number = int(asked) if asked.isdecimal() and len(asked) < 9 else 0
    one = next((each for each in versions if each.number == number), None)
    if one is None:
        raise Http404
    return one


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def policy_write(request: HttpRequest, uid) -> HttpResponse:
    """The next version, from the words of the newest."""
    one = _policy(request, uid)
    require(request.user, WRITE, one.facility)
    newest = selectors.versions_of(one)[0]
    page = {
        "title": f"Next version of {one.number}",
        "crumbs": _crumbs(Crumb(one.number, _url(one)), Crumb("Next version")),
        "form": VersionForm(request.POST or None, initial={"body": newest.body, "newest": newest.number}),
        "submit": "Write it",
        "cancel_url": _url(one),
    }

    def write(given: dict[str, Any]) -> Done:
        version = services.write_version(actor=request.user, policy=one, **given)
        return Done("The draft is written.", f"{_url(one)}?version={version.number}")

    return answer_form(request, page, write)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def policy_approve(request: HttpRequest, uid, number: int) -> HttpResponse:
    """What a body approved, from its minutes."""
    one = _policy(request, uid)
    require(request.user, APPROVE, one.facility)
    version = found(next((each for each in selectors.versions_of(one) if each.number == number), None))
    today = clock.today(one.facility)
    page = {
        "title": f"Approval of {one.number}, version {version.number}",
        "crumbs": _crumbs(Crumb(one.number, _url(one)), Crumb("Approval")),
        "form": ApprovalForm(request.POST or None, initial={"approved_on": today, "in_force_from": today}),
        "submit": "Record the approval",
        "cancel_url": f"{_url(one)}?version={version.number}",
    }

    def approve(given: dict[str, Any]) -> Done:
        services.record_approval(actor=request.user, version=version, **given)
        return Done("Recorded.", f"{_url(one)}?version={version.number}")

    return answer_form(request, page, approve)
