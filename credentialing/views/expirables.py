"""Credentials that run out, and the reminders that went out about them."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from config.accounts.policies import require
from config.accounts.selectors.facilities import current_facility
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.pages import Action, Empty, go_to, render_list, render_page
from config.organization.models import Facility
from credentialing import policies, tables
from credentialing.choices import MailStatus
from credentialing.filters import ExpirableFilter, MessageFilter
from credentialing.selectors import expirables as selectors
from credentialing.services import reminders

REMIND = "credentialing.send_reminders"
#: The year ahead of so many credentials is kept for so long (seconds), as lists keep their counts.
MANY, AHEAD_KEPT = 5000, 60


@login_required
@require_GET
def expirables(request: HttpRequest) -> HttpResponse:
    """What runs out, soonest first, with a view of the year ahead."""
    facility = _facility_of(request)
    today = clock.today(facility)
    whole = bool(request.GET.get("count") or request.GET.get("format"))
    rows = selectors.expiring([facility.pk], on=today, first=not whole)
    filterset = ExpirableFilter(request.GET, queryset=rows, today=today, facility=facility)
    return render_list(
        request,
        tables.expirables_for(request.user, facility, today, back=request.get_full_path()),
        filterset.qs,
        title="Expirables",
        subtitle=f"What members and applicants of {facility} hold that ends in the next year, or ended in "
        "the last 90 days.",
        noun="credential",
        filterset=filterset,
        empty=Empty("Nothing expires in the next year.", "", icon="calendar"),
        template="credentialing/expirables.html",
        context={
            "today": today,
        },
    )


@login_required
@require_GET
def ahead(request: HttpRequest) -> HttpResponse:
    """The year ahead: counted over everything, so it is fetched once the list stands."""
    facility = _facility_of(request)
    today = clock.today(facility)
    key = f"expirables-ahead:{facility.pk}:{today.isoformat()}"
    found = cache.get(key)
    if found is None:
        found = selectors.forecast(selectors.expiring([facility.pk], on=today), on=today)
        if found.later > MANY:
            cache.set(key, found, AHEAD_KEPT)
    return render_page(request, "credentialing/parts/expirables_ahead.html", {"ahead": found})


def _facility_of(request: HttpRequest) -> Facility:
    """The facility where the reader works now: what runs out is shown and checked for one at a time."""
    require(request.user, policies.VIEW)
    facility = current_facility(request)
    if facility is None:
        raise Forbidden("You hold no role at a facility.")
    require(request.user, policies.VIEW, facility)
    return facility


@login_required
@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    """Reminders: to whom, about what, sent when."""
    require(request.user, REMIND)
    visible = policies.visible_messages(request.user)
    filterset = MessageFilter(request.GET, queryset=visible)
    return render_list(
        request,
        tables.MESSAGES,
        filterset.qs,
        title="Reminders",
        subtitle="One mail per credential, threshold and recipient. Mails name no numbers.",
        noun="reminder",
        filterset=filterset,
        empty=Empty(
            "No reminder has been queued yet.",
            "Reminders are found every night; they can be looked for now.",
            icon="mail",
        ),
        actions=[
            Action(
                "Addresses that do not work", url=reverse("credentialing:addresses"), icon="alert-triangle"
            ),
            Action("Try a ladder", url=reverse("credentialing:ladder"), icon="list-check"),
            Action(
                "Look for reminders now",
                url=reverse("credentialing:reminders_queue"),
                icon="refresh",
            ),
        ],
    )


@login_required
@require_POST
def send_again(request: HttpRequest, uid) -> HttpResponse:
    """Try a failed message again."""
    require(request.user, REMIND)
    message = policies.visible_messages(request.user).filter(uid=uid).first()
    if message is None:
        raise Http404
    try:
        reminders.send_again(actor=request.user, message=message)
    except Refused as refused:
        messages.warning(request, refused.sentence)
    else:
        messages.success(request, "The reminder is sent again.")
    return go_to(request, f"{reverse('credentialing:reminders')}?status={MailStatus.FAILED}")
