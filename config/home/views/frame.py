"""Today, the facility switch and the help page."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from config.accounts.choices import Role
from config.accounts.policies import permissions, roles_by_facility
from config.accounts.selectors.facilities import choose_facility, current_facility
from config.home.roles import DUTIES, greeting, how_tos
from config.home.selectors.today import WHOLE, fill, queues_for, today_for
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.kernel.pages import Action, Crumb, Empty, go_to, render_page
from practitioners import links
from practitioners.models import Practitioner


@login_required
@require_GET
def today(request) -> HttpResponse:
    """What waits for this person at this facility, late first; each role has its own page."""
    facility = current_facility(request)
    if facility is None:
        return render_page(request, "home/no_role.html", {"title": "Today"})
    roles = roles_by_facility(request.user)[facility.pk]
    if roles == {Role.LOOKUP}:
        return redirect("privileging:lookup")
    # Who is here only as a practitioner comes for the own file, not for queues: whether anything waits has to
    # be known at once.
    only_practises = roles == {Role.PRACTITIONER}
    filled, later = today_for(request.user, facility, whole=only_practises)
    held = permissions(request.user, facility)
    waits = bool(later) or any(each.count for each in filled)
    led_on = not waits and (not filled or only_practises)
    return render_page(
        request,
        "home/today.html",
        {
            "title": "Today",
            "subtitle": greeting(roles, facility),
            "actions": _actions(held),
            "waiting": [each for each in filled if each.count],
            "empty_queues": [] if led_on else [each.queue.title for each in filled if not each.count],
            "later": later,
            "quiet": not waits and not led_on,
            "administrator": "accounts.manage" in held,
            "nothing": _nothing(request.user) if led_on else None,
        },
    )


@login_required
@require_GET
def queue(request, code: str) -> HttpResponse:
    """One queue of Today: a part for the page to put in its place, nothing where nothing waits; opened by
    itself, all that waits in it.
    """
    facility = current_facility(request)
    mine = queues_for(request.user, facility) if facility else []
    found = next((each for each in mine if each.code == code), None)
    if found is None:
        raise Http404
    if not request.htmx:
        page = {
            "title": found.title,
            "subtitle": str(facility),
            "crumbs": [Crumb("Today", reverse("home:today")), Crumb(found.title)],
            "each": fill(found, request.user, facility, limit=WHOLE),
            "nothing": Empty(found.empty or "Nothing waits here."),
        }
        return render_page(request, "home/queue_page.html", page)
    filled = fill(found, request.user, facility)
    return render_page(request, "home/queue.html", {"each": filled}) if filled.count else HttpResponse("")


def _nothing(user) -> Empty:
    """What somebody without queues reads: where their own file is, or that the menu has their work."""
    own = Practitioner.objects.filter(user=user).only("uid").first()
    if own is None:
        return Empty("No queue belongs to your role.", "What you can do is in the menu.", icon="inbox")
    return Empty(
        "Nothing waits for you here.",
        "Your own file shows your membership, your credentials and when they run out.",
        action=Action("Open your file", url=links.practitioner(own), icon="user", kind="primary"),
    )


def _actions(held: set[str]) -> list[Action]:
    """What somebody most likely begins from here."""
    actions = []
    if "practitioners.edit" in held:
        actions.append(Action("New practitioner", url=reverse("practitioners:new"), icon="user-plus"))
    if "bylaws.run_meeting" in held:
        actions.append(Action("Meetings", url=reverse("bylaws:meetings"), icon="calendar-plus"))
    if "privileging.lookup" in held:
        actions.append(
            Action("May they do this?", url=reverse("privileging:lookup"), icon="search", kind="primary")
        )
    return actions


@login_required
@require_POST
def switch_facility(request) -> HttpResponse:
    """Work at another facility from now on, and come back to the page one was on."""
    place = choose_facility(request, request.POST.get("facility", ""))
    if place is None:
        raise Refused("You hold no role at that facility.")
    messages.success(request, f"You now work at {place}, where it is {day_text(clock.today(place))}.")
    onward = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(
        onward, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        onward = "/"
    return go_to(request, onward)


@login_required
@require_GET
def help_page(request) -> HttpResponse:
    """How the reader's own work is done, who does what here in the field's words, and how the pages work."""
    place = current_facility(request)
    roles = roles_by_facility(request.user).get(place.pk, set()) if place else set()
    mine, others = how_tos(roles)
    duties = sorted(DUTIES.items(), key=lambda pair: pair[0] not in roles)  # their own first
    return render_page(
        request,
        "home/help.html",
        {
            "title": "Help",
            "subtitle": "Who does what, what the words mean, and how to get around",
            "duties": [(Role(role).label, words, role in roles) for role, words in duties],
            "mine": mine,
            "others": [(each, ", ".join(str(Role(role).label) for role in each.roles)) for each in others],
        },
    )
