"""Leaving the medical staff: the list, choosing who leaves, recording it, taking it back."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from bylaws.choices import InvestigationAnswer
from bylaws.rules.data_bank import Counted
from bylaws.selectors.data_bank import get_counted
from bylaws.views.common import facility_for, found
from config.accounts.choices import DataClass
from config.accounts.policies import may, may_see_class, require
from config.accounts.selectors.facilities import current_facility
from config.audit.services.events import record_protected_read
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.pages import (
    Action,
    Crumb,
    Done,
    Empty,
    answer_form,
    chosen_uids,
    render_list,
    render_page,
)
from config.organization.models import Facility
from credentialing import links
from credentialing.models import Application
from credentialing.selectors.letters import WRITE, kind_of, state_of
from practitioners.forms.people import ReasonForm
from practitioners.models import Practitioner
from practitioners.policies import is_own_record
from privileging.choices import DepartureKind
from privileging.filters import DepartureFilter, MemberFilter
from privileging.forms.departures import DepartureForm
from privileging.models import Departure
from privileging.selectors import departures as selectors
from privileging.services import departures as services
from privileging.tables import MEMBERS, departures_table

TITLE = "Departures"


@login_required
@require_GET
def departure_list(request: HttpRequest) -> HttpResponse:
    """Who left, or will leave, the facility where the reader works now."""
    facility = facility_for(request, services.RECORD)
    # A file that leaves carries nothing of it, and is not chosen by it.
    may_know = may_see_class(request.user, DataClass.PEER_REVIEW, facility) and "format" not in request.GET
    own = selectors.own_record_ids(request.user) if may_know else frozenset()
    if may_know:
        record_protected_read(
            actor=request.user,
            data_class=DataClass.PEER_REVIEW,
            subject_kind=facility._meta.label_lower,
            subject_uid=facility.uid,
            reason="List of departures",
        )
    filterset = DepartureFilter(
        request.GET,
        queryset=selectors.departures(request.user, facility),
        today=clock.today(facility),
        may_know=may_know,
        own=own,
    )
    who = Action(
        "Record a departure", url=reverse("privileging:departure_who"), icon="logout", kind="primary"
    )
    return render_list(
        request,
        departures_table(may_know=may_know, own=own),
        filterset.qs,
        title=TITLE,
        subtitle=f"From the medical staff of {facility}",
        noun="departure",
        filterset=filterset,
        actions=[who],
        empty=Empty("Nobody has left.", "Choose who leaves under “Record a departure”.", icon="logout"),
    )


@login_required
@require_GET
def who_leaves(request: HttpRequest) -> HttpResponse:
    """Members of the staff, of whom some are chosen: one person, or a whole practice group."""
    facility = facility_for(request, services.RECORD)
    today = clock.today(facility)
    filterset = MemberFilter(
        request.GET,
        queryset=selectors.members(request.user, facility, today),
        facility=facility,
        today=today,
    )
    return render_list(
        request,
        MEMBERS,
        filterset.qs,
        title="Who leaves?",
        subtitle=f"Members of the medical staff of {facility} today; tick them, then “They leave”",
        crumbs=[Crumb(TITLE, reverse("privileging:departures")), Crumb("Who leaves?")],
        noun="member",
        filterset=filterset,
        empty=Empty("Nobody is on the medical staff.", icon="users"),
    )


@login_required
@require_http_methods(["GET", "POST"])
def record(request: HttpRequest) -> HttpResponse:
    """What will end for the people chosen, and when and why; then the act."""
    facility = facility_for(request, services.RECORD)
    sent = request.POST if request.method == "POST" else request.GET
    form = DepartureForm(
        request.POST if "last_day" in request.POST else None, initial={"last_day": clock.today(facility)}
    )
    day = _first_day_without(form, facility)
    people = list(
        Practitioner.objects.filter(uid__in=chosen_uids(sent.getlist("selected"))).order_by("sort_name", "pk")
    )
    leaving = selectors.leavers(people, facility, day) if people else []
    page = {
        "title": _heading(people),
        "subtitle": f"From the medical staff of {facility}",
        "crumbs": [Crumb(TITLE, reverse("privileging:departures")), Crumb("Record")],
        "leaving": leaving,
        "hidden": [("selected", str(each.uid)) for each in people],
        "form": form,
        "submit": "Record the departure" if len(people) == 1 else f"Record {len(people)} departures",
        "danger": True,
        "cancel_url": reverse("privileging:departure_who"),
    }
    if not people:
        page |= {"refusal": "Choose first who leaves.", "form": None}
    if not form.is_bound or not people:
        return render_page(request, "privileging/departure_record.html", page)

    def leave(given: dict) -> Done:
        last = given.pop("last_day")
        made = services.record_departures(
            actor=request.user,
            practitioners=people,
            facility=facility,
            day=services.first_day_without(last),
            **given,
        )
        if len(made) == 1:
            return Done(
                f"{made[0].practitioner} leaves; what that ends is recorded.",
                reverse("privileging:departure", args=[made[0].uid]),
            )
        return Done(f"{len(made)} departures are recorded.", reverse("privileging:departures"))

    return answer_form(request, page, leave, template="privileging/departure_record.html")


@login_required
@require_safe
def departure_page(request: HttpRequest, uid) -> HttpResponse:
    """One departure: what it ended, how it stands with the data bank, and how to take it back."""
    made = _departure(request, uid)
    may_know = may_see_class(request.user, DataClass.PEER_REVIEW, made.facility)
    may_know = may_know and not is_own_record(request.user, made.practitioner)
    if may_know and made.investigation != InvestigationAnswer.NO:
        record_protected_read(
            actor=request.user,
            data_class=DataClass.PEER_REVIEW,
            subject_kind=made._meta.label_lower,
            subject_uid=made.uid,
            practitioner=made.practitioner,
        )
    withdrawn = selectors.withdrawn_by(made)
    page = {
        "title": str(made.practitioner),
        "subtitle": f"Leaves the medical staff of {made.facility}",
        "crumbs": [Crumb(TITLE, reverse("privileging:departures")), Crumb(str(made.practitioner))],
        "made": made,
        "last": services.last_day_on_staff(made),
        "ahead": made.day > clock.today(made.facility),
        "ended": [(name, len(made.ended[name])) for name in services.CUT if made.ended[name]],
        "withdrawn": [(str(each), each.get_kind_display(), _file_of(request, each)) for each in withdrawn],
        "letter": _letter(request, made),
        "may_know": may_know,
        "counted": _counted(request, made) if may_know else None,
        "actions": _actions(made),
    }
    return render_page(request, "privileging/departure.html", page)


@login_required
@require_http_methods(["GET", "POST"])
def take_back(request: HttpRequest, uid) -> HttpResponse:
    """What a departure cut short holds again, as long as nothing else was recorded for those days."""
    made = _departure(request, uid)
    here = reverse("privileging:departure", args=[made.uid])
    page = {
        "title": "Take the departure back",
        "crumbs": [
            Crumb(TITLE, reverse("privileging:departures")),
            Crumb(str(made.practitioner), here),
            Crumb("Take back"),
        ],
        "question": f"Does {made.practitioner} stay on the medical staff of {made.facility}?",
        "consequence": "Appointment, privileges, seats and roles hold again as they did, without a day "
        "between. What was known meanwhile stays answerable. An application that was withdrawn stays "
        "withdrawn. A data bank clock that began with it stops; a report that was filed has to be voided.",
        "form": ReasonForm(request.POST or None),
        "submit": "Take it back",
        "cancel_url": here,
    }

    def restore(given: dict) -> Done:
        services.take_back_departure(actor=request.user, departure=made, **given)
        return Done("The departure is taken back.", here)

    return answer_form(request, page, restore, template="pages/confirm.html")


def _counted(request: HttpRequest, made: Departure) -> Counted | None:
    """How it stands with the data bank, for whoever follows that."""
    return get_counted(viewer=request.user, uid=made.action.uid) if made.action is not None else None


def _file_of(request: HttpRequest, application: Application) -> str:
    """Where the application is read, for those who may."""
    if not may(request.user, "credentialing.view", application.facility):
        return ""
    return reverse("credentialing:file", args=[application.uid])


def _letter(request: HttpRequest, made: Departure) -> dict[str, str]:
    """The letter that confirms it, where one was issued; else where it is written, or why none is."""
    if made.kind == DepartureKind.DECEASED:
        return {"told": "No letter is made of a death: a note to the family is a person's own work."}
    if made.taken_back_at is not None or not may(request.user, WRITE, made.facility):
        return {}
    letter, template = selectors.letter_of(request.user, made)
    if letter is not None:
        return {
            "url": links.letter(letter),
            "label": f"{kind_of(letter)}, issued {day_text(letter.issued_on)}",
            "told": state_of(letter).label,
        }
    if template is None:
        return {"told": "No template is published for it."}
    if current_facility(request) != made.facility:
        return {"told": f"Work at {made.facility} to write it."}
    url = reverse("credentialing:letter_write_for", args=[made.practitioner.uid, template.code])
    return {"url": url, "label": f"Write: {template.name}", "told": "Not written yet."}


def _departure(request: HttpRequest, uid) -> Departure:
    made = found(selectors.departure(request.user, uid))
    require(request.user, services.RECORD, made.facility)
    return made


def _actions(made: Departure) -> list[Action]:
    file = Action(
        "Open the file", url=reverse("practitioners:file", args=[made.practitioner.uid]), icon="folder"
    )
    if made.taken_back_at is not None:
        return [file]
    back = Action(
        "Take it back",
        url=reverse("privileging:departure_take_back", args=[made.uid]),
        icon="arrow-back-up",
    )
    return [file, back]


def _first_day_without(form: DepartureForm, facility: Facility) -> dt.date:
    """The day what ends is looked at: as entered, or from tomorrow."""
    form.full_clean()
    last = form.cleaned_data.get("last_day") if form.is_bound else None
    return services.first_day_without(last or clock.today(facility))


def _heading(people: list[Practitioner]) -> str:
    return f"{people[0]} leaves" if len(people) == 1 else f"{len(people)} people leave"
