"""The queue of open work, and handing it to somebody else."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from config.accounts.models import User
from config.accounts.policies import may, require
from config.accounts.selectors.facilities import current_facility
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Forbidden
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
from config.organization.models import Facility
from credentialing import policies
from credentialing.forms.handovers import HandOverForm, TakeBackForm
from credentialing.handover_list import HANDOVERS, went_over
from credentialing.models import AffiliationRequest, IncomingPaper
from credentialing.open_work_list import WorkFilter, load_rows, work_table
from credentialing.rules.open_work import AgeBand, whole
from credentialing.selectors import handovers as selectors
from credentialing.selectors.open_work import loads_of
from credentialing.services import handovers as services
from practitioners.models import ContactLogEntry

SHOWN = 40  # lines of a preview


def working_at(request: HttpRequest, permission: str) -> Facility:
    """The facility the reader works at now, where they need the permission."""
    require(request.user, permission)
    facility = current_facility(request)
    if facility is None:
        raise Forbidden("You hold no role at a facility.")
    require(request.user, permission, facility)
    return facility


def _tabs(here: str) -> list[Tab]:
    return [
        Tab("Open work", reverse("credentialing:work"), active=here == "work", icon="list-check"),
        Tab("Handed over", reverse("credentialing:handovers"), active=here == "over", icon="user-check"),
    ]


@login_required
@require_GET
def work_list(request: HttpRequest) -> HttpResponseBase:
    """All open work of the facility by who has it and how long it has been open, the oldest first."""
    facility = working_at(request, policies.VIEW)
    today = clock.today(facility)
    loads = loads_of(request.user, facility, today=today)
    hands = may(request.user, policies.MANAGE, facility)
    filterset = WorkFilter(request.GET, viewer=request.user, facility=facility, loads=loads, today=today)
    return render_list(
        request,
        work_table(loads, today, may_hand_over=hands),
        filterset.qs,
        title="Open work",
        subtitle=f"{facility.name}: files and what belongs to them, follow-ups, papers, affiliation letters.",
        noun="piece of work,pieces of work",
        filterset=filterset,
        tabs=_tabs("work") if hands else [],
        empty=Empty("Nothing is open.", "Every file is decided, and nobody has to be called back."),
        template="credentialing/work.html",
        context={
            "people": load_rows(loads, may_hand_over=hands),
            "everybody": whole(loads),
            "bands": list(AgeBand),
        },
    )


# --- handing over -----------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def hand_over(request: HttpRequest) -> HttpResponse:
    """Everything of one person, or what was ticked: first what will happen, then the act."""
    facility = working_at(request, policies.MANAGE)
    back = reverse("credentialing:work")
    asked = request.POST if request.method == "POST" else request.GET
    giver = _giver(asked.get("of", ""), facility)
    uids = chosen_uids(asked.getlist("selected"))
    held = selectors.everything_of(giver, facility) if giver else selectors.chosen(uids, facility)
    if not held:
        said = f"{giver} has no open work at {facility}." if giver else "Select at least one line first."
        messages.warning(request, said)
        return go_to(request, back)
    sent = request.POST if "taker" in request.POST else None
    form = HandOverForm(sent, facility_id=facility.pk, giver=giver)
    page = _hand_over_page(request, facility, giver, held) | {"form": form, "cancel_url": back}
    if not form.is_bound:
        return render_page(request, "pages/confirm.html", page)

    def hand(given: dict[str, Any]) -> Done:
        if giver is not None:
            done = services.hand_over_everything(actor=request.user, facility=facility, giver=giver, **given)
        else:
            done = services.hand_over(actor=request.user, facility=facility, things=uids, **given)
        for name, sentence in done.left:
            messages.warning(request, f"{name} stays: {sentence}")
        url = reverse("credentialing:handover", args=[done.handover.uid])
        return Done(f"{went_over(done.number)} handed to {given['taker']}. It can be taken back here.", url)

    return answer_form(request, page, hand, template="pages/confirm.html")


def _giver(uid: str, facility: Facility) -> User | None:
    if not uid:
        return None
    found = chosen_uids([uid])
    giver = User.objects.filter(uid__in=found).first()
    if giver is None:
        raise Http404
    return giver


def _hand_over_page(
    request: HttpRequest, facility: Facility, giver: User | None, held: selectors.Holding
) -> dict[str, Any]:
    lines = [
        f"{_called(each)} (now: {selectors.holder_of(each) or 'nobody'})"
        for each in held.things
        if not _own(request, each)
    ]
    own = len(held.things) - len(lines)
    shown = lines[:SHOWN] + ([f"and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else [])
    if own:
        shown.append("Your own file stays where it is: a colleague hands it over.")
    what = f"everything of {giver} at {facility}" if giver else "what you chose"
    hidden = [("of", str(giver.uid))] if giver else []
    hidden += [("selected", str(each.uid)) for each in held.things] if not giver else []
    return {
        "title": f"Hand over the work of {giver}" if giver else "Hand to somebody else",
        "crumbs": [Crumb("Open work", reverse("credentialing:work")), Crumb("Hand over")],
        "question": f"Who takes over {what}?",
        "consequence": (
            f"{went_over(len(held.files), 'file')} with all their items, forms, deficiencies and flags, "
            f"{went_over(len(held.follow_ups), 'follow-up')}, {went_over(len(held.papers), 'paper')} and "
            f"{went_over(len(held.letters), 'affiliation letter')} change hands in one act. Open questions "
            "go on as they are; it can be taken back."
        ),
        "preview": shown,
        "hidden": hidden,
        "submit": "Hand it over",
    }


def _own(request: HttpRequest, thing) -> bool:
    return selectors.is_about(thing, request.user)


def _called(thing) -> str:
    """What a piece of work is called in a preview."""
    if isinstance(thing, ContactLogEntry):
        return f"Follow-up on {day_text(thing.follow_up_on)}, {thing.practitioner}"
    if isinstance(thing, IncomingPaper):
        return f"Paper to file: {thing.title}"
    return f"Affiliation letter: {thing}" if isinstance(thing, AffiliationRequest) else str(thing)


@login_required
@require_GET
def handover_list(request: HttpRequest) -> HttpResponseBase:
    """What changed hands before, the newest first."""
    require(request.user, policies.MANAGE)
    return render_list(
        request,
        HANDOVERS,
        selectors.visible_handovers(request.user),
        title="Handed over",
        noun="handover",
        tabs=_tabs("over"),
        empty=Empty("No work was handed over yet.", "It begins on the page of open work."),
    )


@login_required
@require_http_methods(["GET", "POST"])
def handover(request: HttpRequest, uid) -> HttpResponse:
    """What one handover moved, and taking it back."""
    require(request.user, policies.MANAGE)
    one = selectors.visible_handovers(request.user).filter(uid=uid).first()
    if one is None:
        raise Http404
    going = selectors.returning(one, request.user) if one.taken_back_at is None else None
    page: dict[str, Any] = {
        "title": str(one),
        "subtitle": f"{one.facility.name}, by {one.made_by}",
        "crumbs": [
            Crumb("Open work", reverse("credentialing:work")),
            Crumb("Handed over", reverse("credentialing:handovers")),
            Crumb(str(one)),
        ],
        "handover": one,
        "going": going,
        "things": _things(request, one),
        "form": TakeBackForm(request.POST or None),
        "submit": "Take it back",
        "actions": [Action("Open work", url=reverse("credentialing:work"), icon="list-check")],
    }

    def back(given: dict[str, Any]) -> Done:
        number = services.take_back(actor=request.user, handover=one, **given)
        return Done(f"{went_over(number)} taken back.", reverse("credentialing:handover", args=[one.uid]))

    return answer_form(request, page, back, template="credentialing/handover.html")


def _things(request: HttpRequest, one) -> list[str]:
    found = []
    for row in selectors.things_of(one):
        thing = row.thing
        if not _own(request, thing):
            what = f"Follow-up, {thing.practitioner}" if row.follow_up else _called(thing)
            found.append(f"{what} (from {row.giver or 'nobody'})")
    return found
