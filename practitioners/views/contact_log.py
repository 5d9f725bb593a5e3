"""The contact log of a file, and what is to be followed up."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.accounts.policies import require
from config.accounts.selectors.facilities import current_facility
from config.kernel.errors import Refused
from config.kernel.pages import (
    Empty,
    go_to,
    is_part,
    render_invalid,
    render_list,
    render_page,
    render_refused,
)
from practitioners import links
from practitioners.filters import FollowUpFilter
from practitioners.forms.contact_log import ContactForm
from practitioners.models import ContactLogEntry
from practitioners.selectors import contact_log as selectors
from practitioners.services.contact_log import LOG, finish_follow_up, log_contact, reopen_follow_up
from practitioners.tables import follow_ups_table
from practitioners.views.shared import find_to_change, head_of, today_at

TEMPLATE, ENTRIES = "practitioners/contact_log.html", "practitioners/parts/contact_entries.html"
#: Where the file shows the newest entries, which it fetches once it stands.
BESIDE_FILE = "log-entries"


@login_required
@require_http_methods(["GET", "POST"])
def contact_log(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Everything that was said about a file, and the form for what was said just now."""
    practitioner = find_to_change(request, uid, LOG)
    facility = current_facility(request)
    if is_part(request, BESIDE_FILE):
        newest = selectors.newest_of(request.user, practitioner)
        return render_page(request, ENTRIES, {"entries": newest, "on_file": True})
    form = ContactForm(request.POST or None, today=today_at(request))
    page = head_of(request, practitioner, tab="contact_log")
    page |= {
        "log_form": form,
        "entries": list(selectors.entries_of(request.user, practitioner)),
        "on_file": "on_file" in request.POST,
    }
    if request.method != "POST":
        return render_page(request, TEMPLATE, page)
    if not form.is_valid():
        return render_invalid(request, TEMPLATE, page)
    try:
        entry = log_contact(actor=request.user, practitioner=practitioner, facility=facility, **form.values)
    except Refused as refused:
        return render_refused(request, refused, TEMPLATE, page, form=form)
    due = f" It comes back to you on {entry.follow_up_on:%d %b %Y}." if entry.follow_up_on else ""
    messages.success(request, f"Logged.{due}")
    return go_to(request, links.practitioner(practitioner) if page["on_file"] else request.path)


@login_required
@require_POST
def follow_up_done(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Somebody came back to it."""
    entry = _entry(request, uid)
    finish_follow_up(actor=request.user, entry=entry)
    return _answer(request, entry, "Followed up.")


@login_required
@require_POST
def follow_up_reopen(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """It was not done after all."""
    entry = _entry(request, uid)
    reopen_follow_up(actor=request.user, entry=entry)
    return _answer(request, entry, "It is to be followed up again.")


@login_required
@require_GET
def follow_ups(request: HttpRequest) -> HttpResponse:
    """Everything somebody said they would come back to, the first due first."""
    require(request.user, LOG)
    filterset = FollowUpFilter(
        request.GET,
        queryset=selectors.follow_ups(request.user, current_facility(request)),
        viewer=request.user,
    )
    return render_list(
        request,
        follow_ups_table(today_at(request)),
        filterset.qs,
        title="Follow-ups",
        noun="follow-up",
        filterset=filterset,
        empty=Empty(
            "Nothing is to be followed up.",
            "Log a call on a practitioner's file and say when to come back to it.",
            icon="phone",
        ),
    )


def _entry(request: HttpRequest, uid: uuid.UUID) -> ContactLogEntry:
    found = selectors.get_entry(viewer=request.user, uid=uid)
    if found is None:
        raise Http404
    return found


def _answer(request: HttpRequest, entry: ContactLogEntry, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    on_file: Any = "on_file" in request.POST
    back = links.practitioner if on_file else links.contact_log
    return go_to(request, back(entry.practitioner))
