"""Yearly disclosures of interests: one's own on a phone, the office's register, paper and review."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bylaws.choices import DisclosureOutcome, DisclosureState
from bylaws.forms.disclosures import DisclosureForm, PaperDisclosureForm, ReviewDisclosureForm
from bylaws.selectors import disclosures as selectors
from bylaws.services import disclosures as services
from bylaws.tables import DISCLOSURES
from bylaws.views.common import facility_for, found
from config.accounts.models import User
from config.accounts.policies import may
from config.accounts.selectors.facilities import current_facility
from config.kernel import clock
from config.kernel.errors import Forbidden
from config.kernel.pages import Action, Crumb, Done, Empty, answer_form, render_page, stream_csv
from config.organization.models import Facility

METHODS = ["GET", "HEAD", "POST"]
TITLE = "Disclosures of interests"


#: So many places more each time room is asked for.
MORE = 3


def _places(request) -> int:
    """How many places there are at least: as many as were sent, and some more where room was asked for."""
    if request.method == "POST":
        sent = sum(name.startswith("party_") for name in request.POST)
        return sent + (MORE if "more" in request.POST else 0)
    asked = request.GET.get("places", "")
    return int(asked) if asked.isdecimal() and len(asked) < 3 else 0


def _typed(request) -> dict[str, Any]:
    """What stands in a form that was sent for more room: neither judged nor lost."""
    return {name: value for name, value in request.POST.items() if name != "csrfmiddlewaretoken"}


@login_required
@require_safe
def disclosure_list(request) -> HttpResponse:
    """Who owes a disclosure and how it stands; also as CSV. What was disclosed stands elsewhere."""
    facility = facility_for(request, services.PERMISSION)
    today = clock.today(facility)
    everybody = selectors.register(facility, today)
    state = request.GET.get("state", "")
    rows = (
        [each for each in everybody if each.state == state] if state in DisclosureState.values else everybody
    )
    if request.GET.get("format") == "csv":
        return stream_csv(DISCLOSURES, rows, name="disclosures of interests")
    counts = [
        (each, number)
        for each in DisclosureState
        if (number := sum(1 for one in everybody if one.state == each))
    ]
    return render_page(
        request,
        "bylaws/disclosures.html",
        {
            "title": TITLE,
            "subtitle": f"Officers and members of bodies of {facility}",
            "rows": rows,
            "total": len(everybody),
            "counts": counts,
            "state": state,
            "today": today,
            "empty": Empty(
                "Nobody owes a disclosure." if not everybody else "Nobody's disclosure stands so.",
                "It is owed by officers, chairs and voting members, as the parameters say.",
                icon="circle-check",
            ),
        },
    )


@login_required
@require_http_methods(METHODS)
def disclosure_mine(request) -> HttpResponse:
    """One's own disclosure of the year, and what was disclosed before."""
    facility = current_facility(request)
    if facility is None:
        raise Forbidden("You hold no role at a facility.")
    today = clock.today(facility)
    mine = selectors.mine(request.user, facility, today)
    newest = mine.disclosure if mine else None
    room = "more" in request.POST
    form = DisclosureForm(
        None if room else request.POST or None,
        initial=_typed(request) if room else None,
        before=newest.interests.all() if newest else (),
        places=_places(request),
    )
    page = {
        "title": "Your disclosure of interests",
        "subtitle": str(facility),
        "mine": mine,
        "newest": newest,
        "form": form,
        "more_places": form.places < services.MOST,
        "today": today,
    }
    if room:
        return render_page(request, "bylaws/disclosure_mine.html", page)

    def disclose(given: dict[str, Any]) -> Done:
        services.disclose(actor=request.user, facility=facility, **form.values)
        return Done("Your disclosure is on record. Thank you.", reverse("bylaws:disclosure_mine"))

    return answer_form(request, page, disclose, template="bylaws/disclosure_mine.html")


@login_required
@require_http_methods(METHODS)
def disclosure_paper(request, uid) -> HttpResponse:
    """The office records a paper somebody signed."""
    facility = facility_for(request, services.PERMISSION)
    person = found(User.objects.filter(uid=uid, is_system=False).first())
    if person.pk == request.user.pk:
        raise Forbidden("You disclose on your own page.")
    one = found(selectors.mine(person, facility, clock.today(facility)))
    back = reverse("bylaws:disclosures")
    form = PaperDisclosureForm(request.POST or None, places=_places(request))
    page = {
        "title": "Signed disclosure",
        "subtitle": str(one.user),
        "crumbs": [Crumb(TITLE, back), Crumb("Signed disclosure")],
        "intro": "What the signed paper says. Whoever has an account may disclose on their own page instead.",
        "form": form,
        "submit": "Record it",
        "cancel_url": back,
    }

    def record(given: dict[str, Any]) -> Done:
        services.record_paper(actor=request.user, facility=facility, user=person, **form.values)
        return Done(f"The disclosure of {person} is on record.", back)

    return answer_form(request, page, record)


@login_required
@require_http_methods(METHODS)
def disclosure(request, uid) -> HttpResponse:
    """What somebody disclosed: for the person, and for the office, which reviews it."""
    facility = current_facility(request)
    one = found(_readable(request.user, uid, facility))
    own = one.user_id == request.user.pk
    reviews = not own and may(request.user, services.PERMISSION, facility) and not one.nothing
    form = ReviewDisclosureForm(request.POST or None) if reviews else None
    page = {
        "title": f"Disclosure of {one.user}" if not own else "Your disclosure of interests",
        "subtitle": f"Signed on {one.signed_on.day} {one.signed_on:%b %Y}",
        "crumbs": [Crumb(TITLE, reverse("bylaws:disclosures")), Crumb(str(one.user))] if not own else [],
        "actions": [Action("Disclose again", url=reverse("bylaws:disclosure_mine"), icon="edit")]
        if own
        else [],
        "one": one,
        "interests": list(one.interests.all()),
        "outcome": DisclosureOutcome(one.outcome) if one.outcome else None,
        "said": list(one.reviews.select_related("recorded_by")),
        "own": own,
        "form": form,
    }
    if request.method == "POST" and form is None:
        raise Forbidden(
            "Somebody else reviews your disclosure." if own else "Nothing is disclosed here to be reviewed."
        )

    def review(given: dict[str, Any]) -> Done:
        services.review_disclosure(actor=request.user, disclosure=one, **given)
        return Done("The review is on record.", reverse("bylaws:disclosures"))

    if form is None:
        return render_page(request, "bylaws/disclosure.html", page)
    return answer_form(request, page, review, template="bylaws/disclosure.html")


def _readable(user, uid, facility: Facility | None) -> Any:
    """The disclosure, for whom it is of and for those who may read them; else None."""
    if facility is None:
        return None
    one = selectors.page_of(uid, facility)
    if one is None or (one.user_id != user.pk and not may(user, services.PERMISSION, facility)):
        return None
    return one
