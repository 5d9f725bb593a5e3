"""How the sources do that a machine asks, and what a person may do about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.accounts.policies import require
from config.kernel.pages import Action, Crumb, Done, Empty, answer_form, go_to, render_page
from credentialing.choices import Connector, SourceHealth
from credentialing.forms.applications import ReasonForm
from credentialing.models import ConnectedSource
from credentialing.selectors import sources as selectors
from credentialing.selectors.screening_lists import fetches_of
from credentialing.services import list_fetching, sources
from credentialing.services.automatic import ask_waiting
from credentialing.services.sources import address_of
from credentialing.sources.lists import DEADLINE

VERIFY = "credentialing.verify"
#: Questions shown on the page of one source.
SHOWN = 40
#: Fetches of a list shown there.
FETCHES_SHOWN = 12


@login_required
@require_GET
def source_list(request: HttpRequest) -> HttpResponse:
    """Every source with how it does."""
    require(request.user, VERIFY)
    page = {
        "title": "Sources",
        "subtitle": "Asked by machine; an answer waits for a person's review all the same.",
        "actions": [Action("Runs", url=reverse("credentialing:runs"), icon="progress-check")],
        "states": selectors.states(),
        "nothing": Empty(
            "No source is asked by machine.",
            "load_all_reference brings the NPI registry; an administrator adds a license board.",
            icon="activity",
        ),
    }
    return render_page(request, "credentialing/sources.html", page)


@login_required
@require_GET
def source_page(request: HttpRequest, code: str) -> HttpResponse:
    """One source: how it does, the questions of the last days as a picture, the last ones as a table."""
    require(request.user, VERIFY)
    source = get_object_or_404(ConnectedSource, code=code)
    state = selectors.state_of(source)
    fetched = source.connector == Connector.EXCLUSION_LIST
    page = {
        "title": source.name,
        "subtitle": source.get_connector_display(),
        "crumbs": [Crumb("Sources", reverse("credentialing:sources")), Crumb(source.name)],
        "badges": [state.rest.health],
        "actions": _actions(state),
        "state": state,
        "days": selectors.by_day(source),
        "calls": source.calls.select_related("item__application__practitioner")[:SHOWN],
        "manner": _of_a_list(source) if fetched else _manner(source),
        "why_not": list_fetching.why_not(source) if fetched and source.active else "",
        "fetches": fetches_of(source)[:FETCHES_SHOWN] if fetched else None,
    }
    return render_page(request, "credentialing/source.html", page)


def _actions(state: selectors.SourceState) -> list[Action]:
    source = state.source
    switch = reverse("credentialing:source_switch", args=[source.code])
    if not source.active:
        return [Action("Switch on", url=switch, icon="player-play")]
    actions = [Action("Switch off", url=switch, icon="ban")]
    if source.connector == Connector.EXCLUSION_LIST:
        fetch = reverse("credentialing:source_fetch", args=[source.code])
        reason = list_fetching.why_not(source)
        actions.insert(
            0,
            Action("Fetch now", url=fetch, method="post", icon="refresh", kind="primary", refusal=reason),
        )
    if state.rest.health == SourceHealth.RESTING or state.waiting:
        wake = reverse("credentialing:source_wake", args=[source.code])
        actions.insert(0, Action("Ask again now", url=wake, method="post", icon="refresh", kind="primary"))
    return actions


def _manner(source: ConnectedSource) -> list[tuple[str, Any]]:
    """How it is asked, as an administrator set it up."""
    answers_for = f"Licenses of {source.state}" if source.state else "NPIs"
    return [
        ("Answers for", answers_for),
        ("Asked at most", f"{source.per_minute} times a minute"),
        ("Waits for an answer", f"{source.timeout_seconds} s, tried three times"),
        ("Left alone", f"{source.rest_minutes} min after {source.failures_before_rest} failures in a row"),
    ]


def _of_a_list(source: ConnectedSource) -> list[tuple[str, Any]]:
    """How a list is fetched, as an administrator set it up."""
    address = address_of(source)
    said = "confirmed" if source.address_confirmed else "a suggestion nobody confirmed"
    if address != source.address:
        said = "from the settings of this installation"
    return [
        ("List", source.get_list_kind_display()),
        ("Address", f"{address} ({said})" if address else "not entered yet"),
        ("Fetched", f"every {source.every_days} days, where it changed"),
        ("Given up", f"after {source.timeout_seconds} s without a byte, or {DEADLINE:.0f} s in all"),
        ("Left alone", f"{source.rest_minutes} min after {source.failures_before_rest} failures in a row"),
    ]


@login_required
@require_POST
def source_fetch(request: HttpRequest, code: str) -> HttpResponse:
    """Have an exclusion list fetched now; the page shows how it ends."""
    source = get_object_or_404(ConnectedSource, code=code)
    run = list_fetching.ask_to_fetch(actor=request.user, source=source)
    return go_to(request, reverse("credentialing:list_upload", args=[run.uid]))


@login_required
@require_POST
def source_wake(request: HttpRequest, code: str) -> HttpResponse:
    """Ask a resting source again, and everything that waits for it."""
    source = get_object_or_404(ConnectedSource, code=code)
    sources.wake_source(actor=request.user, source=source)
    count = ask_waiting(source.code)
    told = f"{count} question{'s' if count != 1 else ''} will" if count else "The next question will"
    messages.success(request, f"{told} be put to it at once.")
    return go_to(request, reverse("credentialing:source", args=[source.code]))


@login_required
@require_http_methods(["GET", "POST"])
def source_switch(request: HttpRequest, code: str) -> HttpResponse:
    """Switch a source off with a reason, or on again."""
    require(request.user, VERIFY)
    source = get_object_or_404(ConnectedSource, code=code)
    on = not source.active
    what = "Switch on" if on else "Switch off"
    form = ReasonForm(request.POST or None, hint="Kept with the source's history.")
    page = {
        "title": f"{what}: {source.name}",
        "crumbs": [
            Crumb("Sources", reverse("credentialing:sources")),
            Crumb(source.name, reverse("credentialing:source", args=[source.code])),
            Crumb(what),
        ],
        "intro": "It is asked by machine again: what is planned from now on, and what waits for it."
        if on
        else "It is not asked by machine any more. What waits for it goes to a person, and so does whatever "
        "is planned from now on.",
        "form": form,
        "submit": what,
        "cancel_url": reverse("credentialing:source", args=[source.code]),
    }

    def switch(given: dict) -> Done:
        sources.switch_source(actor=request.user, source=source, on=on, reason=given["reason"])
        ask_waiting(source.code)
        return Done(
            f"{source} is switched {'on' if on else 'off'}.",
            reverse("credentialing:source", args=[source.code]),
        )

    return answer_form(request, page, switch)
