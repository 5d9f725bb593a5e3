"""Reminders before they are sent: all that are due today, and a ladder before it is switched on."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from config.accounts.policies import facilities_with, require
from config.kernel import clock
from config.kernel.dates import add_months, month_first
from config.kernel.errors import Refused
from config.kernel.pages import Crumb, go_to, render_invalid, render_page, render_refused
from credentialing.forms.reminders import LadderForm
from credentialing.selectors.ladder import Preview, due_today, preview
from credentialing.selectors.reminded import Trial
from credentialing.services import reminders

REMIND = "credentialing.send_reminders"
TODAY = "credentialing/reminders_today.html"
LADDER = "credentialing/ladder.html"


@login_required
@require_http_methods(["GET", "POST"])
def due_now(request: HttpRequest) -> HttpResponse:
    """All reminders due today, to whom, and who is left out; one press sends just these."""
    require(request.user, REMIND)
    today = clock.today(request.facility or None)
    places = facilities_with(request.user, REMIND)
    if request.method == "POST":
        try:
            number = reminders.send_seen(
                actor=request.user, facility_ids=places, on=today, seen=request.POST.get("seen", "")
            )
        except Refused as refused:
            return render_refused(request, refused, TODAY, _today_page(places, today))
        messages.success(request, f"{number} reminder{'s' if number != 1 else ''} queued.")
        return go_to(request, reverse("credentialing:reminders"))
    return render_page(request, TODAY, _today_page(places, today))


def _today_page(places, today: dt.date) -> dict[str, Any]:
    return {
        "title": "Reminders due today",
        "subtitle": "What goes out, to whom, and who is left out. Nothing is sent before you press.",
        "crumbs": [Crumb("Reminders", reverse("credentialing:reminders")), Crumb("Due today")],
        "due": due_today(places, on=today),
        "cancel_url": reverse("credentialing:reminders"),
    }


@login_required
@require_GET
def ladder(request: HttpRequest) -> HttpResponse:
    """What a ladder would send in the next year, on the real staff, before it is put in force."""
    require(request.user, REMIND)
    today = clock.today(request.facility or None)
    form = LadderForm(request.GET if {"days", "kind"} & set(request.GET) else None)
    page = {
        "title": "Try a ladder of reminders",
        "subtitle": "What would go out in the next year, and to whom, the staff as it is. Nothing is sent.",
        "crumbs": [Crumb("Reminders", reverse("credentialing:reminders")), Crumb("Try a ladder")],
        "form": form,
        "today": today,
    }
    if form.is_bound and not form.is_valid():
        return render_invalid(request, LADDER, page)
    trial = Trial(form.cleaned_data["days"], form.cleaned_data["kind"]) if form.is_bound else None
    tried = preview(facilities_with(request.user, REMIND), on=today, trial=trial)
    if not form.is_bound:
        page["form"] = LadderForm(initial={"days": ", ".join(map(str, tried.ladder))})
    page |= {"preview": tried, "trial": trial, "months": _months(tried, today)}
    return render_page(request, LADDER, page)


def _months(tried: Preview, today: dt.date) -> list[tuple[str, int]]:
    """Mails by month from this one on, a year ahead and the rest of its month; few names carry their year."""
    starts = [add_months(month_first(today), number) for number in range(13)]
    mails = dict.fromkeys(starts, 0)
    for day, number in tried.days:
        mails[month_first(day)] += number
    dated = {starts[0], starts[-1], *(start for start in starts if start.month == 1)}
    return [(f"{start:%b %y}" if start in dated else f"{start:%b}", mails[start]) for start in starts]
