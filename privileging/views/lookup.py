"""The lookup: one question, a huge answer; and who can do it, to be printed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from config.accounts.policies import may, require
from config.accounts.selectors.facilities import current_facility, facilities_of
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.pages import Action, Crumb, Empty, address, render_list, render_page, stretch_asked
from config.organization.models import Facility
from practitioners.selectors.meant import BETWEEN, people_choices, typed_so_far, which_person
from practitioners.selectors.photos import photo_urls
from privileging.forms.lookup import KnownThenForm, LookupForm, WhoCanForm
from privileging.selectors.asking import privilege_choices, which_privilege
from privileging.selectors.lookup import Answer, HoldersByName, can_perform, for_viewer
from privileging.tables import holders_table

ASK = "privileging.lookup"
TEMPLATE = "privileging/lookup.html"
PER_PAGE = 50


@login_required
@require_GET
def lookup(request: HttpRequest) -> HttpResponse:
    """May this person do this here, on this day?"""
    require(request.user, ASK)
    facilities = _facilities(request)
    asked = "person" in request.GET or "privilege" in request.GET
    place = _here(request, facilities)
    data = _with_facility(request, place) if asked else None
    form = LookupForm(
        data,
        facilities=facilities,
        initial={"facility": place and place.code, "person": _about(request)},
    )
    then = KnownThenForm(request.GET if asked else None)
    page = {
        "title": "May they do this?",
        "form": form,
        "then": then,
        "one_facility": place if len(facilities) < 2 else None,
        "known_at_open": bool(request.GET.get("known_at")),
        "who_url": reverse("privileging:who_can"),
    }
    status = 200
    if asked:
        if form.is_valid() and then.is_valid():
            try:
                page |= _answered(request, form.cleaned_data, then.cleaned_data)
            except Refused as refused:
                form.add_error(refused.field if refused.field in form.fields else None, refused.sentence)
        problems = [text for each in (form, then) for texts in each.errors.values() for text in texts]
        if problems:
            page["problems"], status = problems, 422
    return render_page(
        request, TEMPLATE, page, part="answer", part_template="privileging/lookup_answer.html", status=status
    )


def _answered(request: HttpRequest, asked: dict, then: dict) -> dict:
    """The answer, or the people and privileges the words may mean."""
    facility, day = asked["facility"], asked["on"]
    known_at = _moment(then["known_at"], facility)
    practitioner, people = which_person(request.user, asked["person"])
    code, privileges = which_privilege(asked["privilege"])
    if people or privileges:
        return {
            "choices": [
                {"heading": heading, "links": _links(request, field, choices)}
                for field, heading, choices in (
                    ("person", "Whom do you mean?", people),
                    ("privilege", "Which privilege do you mean?", privileges),
                )
                if choices
            ]
        }
    answer = for_viewer(
        can_perform(
            practitioner=practitioner, privilege_code=code, facility=facility, on=day, known_at=known_at
        ),
        request.user,
    )
    return {
        "answer": _linked(request, answer),
        "photo": photo_urls(request.user, [answer.person.uid]).get(str(answer.person.uid), ""),
        "who_url": address(
            reverse("privileging:who_can"),
            privilege=f"{answer.privilege.name}{BETWEEN}{answer.privilege.code}",
            facility=facility.code,
            on=day.isoformat() if day else None,
            known_at=request.GET.get("known_at") or None,
        ),
        "file_url": reverse("practitioners:file", args=[answer.person.uid])
        if may(request.user, "practitioners.view")
        else "",
    }


def _linked(request: HttpRequest, answer: Answer) -> Answer:
    """With the way to the decision, for those who may read it."""
    if answer.decision_uid and may(request.user, "bylaws.view_reviews", answer.facility):
        return replace(answer, authority_url=reverse("bylaws:decision", args=[answer.decision_uid]))
    return answer


def _links(request: HttpRequest, field: str, choices) -> list[dict]:
    found = []
    for choice in choices:
        parameters = request.GET.copy()
        parameters[field] = choice.text
        found.append({"choice": choice, "url": f"{request.path}?{parameters.urlencode()}"})
    return found


def _moment(known_at: dt.datetime | None, facility: Facility) -> dt.datetime | None:
    """The moment somebody typed is the facility's own time (the form read it as UTC)."""
    return known_at and known_at.replace(tzinfo=ZoneInfo(facility.time_zone))


@login_required
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """People offered while one types."""
    require(request.user, ASK)
    typed = typed_so_far(request.GET.get("person", ""))
    return _options(request, people_choices(request.user, typed) if len(typed) > 1 else [])


@login_required
@require_GET
def privileges(request: HttpRequest) -> HttpResponse:
    """Privileges offered while one types."""
    require(request.user, ASK)
    typed = typed_so_far(request.GET.get("privilege", ""))
    return _options(request, privilege_choices(typed) if len(typed) > 1 else [])


def _about(request: HttpRequest) -> str:
    """The person a link already names; what they are to do is still to be said."""
    return " ".join(request.GET.get("about", "").replace("\x00", "").split())[:120]


def _options(request: HttpRequest, choices) -> HttpResponse:
    return render(request, "partials/options.html", {"choices": choices})


@login_required
@require_GET
def who(request: HttpRequest) -> HttpResponse:
    """Everybody who may do it here, on this day: counted, listed, printed, exported."""
    require(request.user, ASK)
    facilities = _facilities(request)
    place = _here(request, facilities)
    asked = "privilege" in request.GET
    form = WhoCanForm(
        _with_facility(request, place) if asked else None,
        facilities=facilities,
        initial={"facility": place and place.code},
    )
    then = KnownThenForm(request.GET if asked else None)
    page = {
        "title": "Who can do this?",
        "form": form,
        "then": then,
        "known_at_open": bool(request.GET.get("known_at")),
        "one_facility": place if len(facilities) < 2 else None,
        "crumbs": [Crumb("May they do this?", reverse("privileging:lookup")), Crumb("Who can do this?")],
    }
    if not asked:
        return render_page(request, "privileging/who_can.html", page)
    if form.is_valid() and then.is_valid():
        try:
            code, choices = which_privilege(form.cleaned_data["privilege"])
            if not choices:
                known_at = _moment(then.cleaned_data["known_at"], form.cleaned_data["facility"])
                return _holders(request, form.cleaned_data, code, known_at, page)
            page["choices"] = [
                {"heading": "Which privilege do you mean?", "links": _links(request, "privilege", choices)}
            ]
            return render_page(request, "privileging/who_can.html", page)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.sentence)
    return render_page(request, "privileging/who_can.html", page, status=422)


def _holders(
    request: HttpRequest, asked: dict, code: str, known_at: dt.datetime | None, page: dict
) -> HttpResponse:
    facility = asked["facility"]
    day = asked["on"] or clock.today(facility)
    people = HoldersByName(
        privilege_code=code,
        facility=facility,
        on=day,
        known_at=known_at,
        stretch=stretch_asked(request, PER_PAGE),
    )
    found = people.found
    return render_list(
        request,
        holders_table(request.user),
        people,
        title=page["title"],
        noun="practitioner",
        empty=Empty(
            found.unrecorded or f"Nobody may do this at {facility} on {day.day} {day:%b %Y}.",
            "Ask the Medical Staff Office.",
            icon="help-circle" if found.unrecorded else "user-off",
        ),
        crumbs=page["crumbs"],
        actions=[Action("Catalog", reverse("privileging:catalogue"), icon="book")],
        template="privileging/who_can.html",
        context={**page, "found": found, "printed_at": clock.wall()},
        per_page=PER_PAGE,
    )


def _facilities(request: HttpRequest) -> list[Facility]:
    """Where the reader may ask; read with the frame of the page, at no further cost."""
    return [place for place in facilities_of(request.user) if may(request.user, ASK, place)]


def _here(request: HttpRequest, facilities: list[Facility]) -> Facility | None:
    """Where the reader works now, if they may ask there; else their first such facility."""
    place = current_facility(request)
    return place if place in facilities else next(iter(facilities), None)


def _with_facility(request: HttpRequest, place: Facility | None):
    """The question with the facility filled in where it was left out."""
    data = request.GET.copy()
    if not data.get("facility") and place is not None:
        data["facility"] = place.code
    return data
