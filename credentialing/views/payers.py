"""Payers: who is enrolled with them, and the rosters they are given."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.accounts.policies import may, require
from config.kernel import clock
from config.kernel.dates import ONE_DAY, month_first
from config.kernel.pages import (
    Action,
    Column,
    Crumb,
    Done,
    Empty,
    Tab,
    Table,
    address,
    answer_form,
    build_table,
    chosen_uids,
    download,
    go_to,
    render_invalid,
    render_list,
    render_page,
)
from credentialing import payer_lists as lists
from credentialing.forms import payers as forms
from credentialing.models import Payer, PayerEnrolment, RosterFile
from credentialing.rules.payer_rosters import Told, columns_text
from credentialing.selectors import payers as selectors
from credentialing.selectors.payers import MANAGE, READ
from credentialing.services import payers as services
from credentialing.views.work import working_at
from practitioners.models import Practitioner

SHOWN = 200  # lines of a preview


def payer_or_404(viewer, uid) -> Payer:
    """The payer of that uid, if the person may export the facility's rosters."""
    require(viewer, READ)
    payer = selectors.visible_payers(viewer).filter(uid=uid).first()
    if payer is None:
        raise Http404
    return payer


def _url(name: str, payer: Payer) -> str:
    return reverse(f"credentialing:{name}", args=[payer.uid])


def _crumbs(payer: Payer, *more: str) -> list[Crumb]:
    first = [Crumb("Payers", reverse("credentialing:payers"))]
    if not more:
        return [*first, Crumb(payer.name)]
    return [*first, Crumb(payer.name, _url("payer", payer)), *(Crumb(each) for each in more)]


def _tabs(request: HttpRequest, payer: Payer, here: str) -> list[Tab]:
    tabs = [Tab("Enrolled", _url("payer", payer), active=here == "enrolled", icon="users")]
    if may(request.user, MANAGE, payer.facility):
        tabs.append(
            Tab("Not enrolled", _url("payer_members", payer), active=here == "members", icon="user-plus")
        )
    return [
        *tabs,
        Tab("Adds and terms", _url("payer_changes", payer), active=here == "changes", icon="send"),
        Tab("Full roster", _url("payer_roster", payer), active=here == "roster", icon="list"),
        Tab("Files", _url("payer_files", payer), active=here == "files", icon="files"),
    ]


# --- payers -----------------------------------------------------------------------------------------------


@login_required
@require_GET
def payer_list(request: HttpRequest) -> HttpResponseBase:
    """The payers of the facility, how many are enrolled, and through when they were told."""
    facility = working_at(request, READ)
    new = Action("New payer", url=reverse("credentialing:payer_add"), icon="plus", kind="primary")
    hands = may(request.user, MANAGE, facility)
    return render_list(
        request,
        lists.PAYERS,
        selectors.payers_for_list(request.user, facility, clock.today(facility)),
        title="Payers",
        subtitle=f"{facility.name}: who is enrolled with whom, and what each payer was told.",
        noun="payer",
        actions=[new] if hands else [],
        empty=Empty("No payer yet.", "Add one with the columns its file has.", new if hands else None),
    )


@login_required
@require_http_methods(["GET", "POST"])
def payer_add(request: HttpRequest) -> HttpResponse:
    """A payer and the columns of its file."""
    facility = working_at(request, MANAGE)
    back = reverse("credentialing:payers")
    page = {
        "title": "New payer",
        "crumbs": [Crumb("Payers", back), Crumb("New payer")],
        "form": forms.PayerForm(request.POST or None, new=True),
        "fields_offered": forms.FIELD_LIST,
        "submit": "Add the payer",
        "cancel_url": back,
    }

    def add(given: dict[str, Any]) -> Done:
        payer = services.add_payer(actor=request.user, facility=facility, **given)
        return Done(f"{payer} added.", _url("payer_members", payer))

    return answer_form(request, page, add, template="credentialing/payer_form.html")


@login_required
@require_http_methods(["GET", "POST"])
def payer_edit(request: HttpRequest, uid) -> HttpResponse:
    """Another name or other columns."""
    payer = payer_or_404(request.user, uid)
    require(request.user, MANAGE, payer.facility)
    initial = {
        "name": payer.name,
        "delegated": payer.delegated,
        "day_form": payer.day_form,
        "active": payer.active,
        "columns": columns_text(payer.columns),
    }
    page = {
        "title": f"Change {payer}",
        "crumbs": _crumbs(payer, "Change"),
        "form": forms.PayerForm(request.POST or None, initial=initial),
        "fields_offered": forms.FIELD_LIST,
        "submit": "Save",
        "cancel_url": _url("payer", payer),
    }

    def change(given: dict[str, Any]) -> Done:
        services.change_payer(actor=request.user, payer=payer, **given)
        return Done("Saved. Files made before stay as they are.", _url("payer", payer))

    return answer_form(request, page, change, template="credentialing/payer_form.html")


# --- enrolments -------------------------------------------------------------------------------------------


@login_required
@require_GET
def payer_page(request: HttpRequest, uid) -> HttpResponseBase:
    """Who is or was enrolled with a payer."""
    payer = payer_or_404(request.user, uid)
    today, hands = clock.today(payer.facility), may(request.user, MANAGE, payer.facility)
    filterset = lists.EnrolmentFilter(
        request.GET, queryset=selectors.enrolments(payer, request.user), on=today
    )
    enrol = Action("Enroll members", url=_url("payer_members", payer), icon="user-plus", kind="primary")
    edit = Action("Change the payer", url=_url("payer_edit", payer), icon="edit")
    return render_list(
        request,
        lists.enrolments_table(today, may_end=hands),
        filterset.qs,
        title=payer.name,
        subtitle=f"{payer.facility.name}{', delegated credentialing' if payer.delegated else ''}",
        crumbs=_crumbs(payer),
        tabs=_tabs(request, payer, "enrolled"),
        actions=[enrol, edit] if hands else [],
        noun="enrolment",
        filterset=filterset,
        empty=Empty(
            "Nobody is enrolled yet.",
            "Choose among the members of the staff." if hands else "",
            enrol if hands else None,
        ),
        context={
            "list_note": "Whose appointment ends leaves the roster with its last day, whatever stands here."
        },
    )


@login_required
@require_GET
def payer_members(request: HttpRequest, uid) -> HttpResponseBase:
    """Members of the staff who are not enrolled, to be ticked."""
    payer = payer_or_404(request.user, uid)
    require(request.user, MANAGE, payer.facility)
    today = clock.today(payer.facility)
    rows = selectors.members_without(payer, request.user, today)
    filterset = lists.MemberFilter(request.GET, queryset=rows)
    return render_list(
        request,
        lists.members_table(payer),
        filterset.qs,
        title=payer.name,
        subtitle="Members of the staff today who are not enrolled.",
        crumbs=_crumbs(payer, "Not enrolled"),
        tabs=_tabs(request, payer, "members"),
        noun="member",
        filterset=filterset,
        empty=Empty("Every member is enrolled.", "Whoever is appointed next stands here."),
    )


@login_required
@require_POST
def payer_enrol(request: HttpRequest, uid) -> HttpResponse:
    """Enrol the members that were ticked: first who and from when, then the act."""
    payer = payer_or_404(request.user, uid)
    require(request.user, MANAGE, payer.facility)
    back = _url("payer_members", payer)
    uids = chosen_uids(request.POST.getlist("selected"))
    people = list(Practitioner.objects.filter(uid__in=uids).order_by("sort_name"))
    if not people:
        messages.warning(request, "Select at least one member first.")
        return go_to(request, back)
    sent = request.POST if "effective" in request.POST else None
    page = {
        "title": f"Enroll with {payer}",
        "crumbs": _crumbs(payer, "Enroll"),
        "question": f"From when {'do they' if len(people) > 1 else f'does {people[0]}'} take part?",
        "preview": [f"{each}, NPI {each.npi or 'not on file'}" for each in people],
        "hidden": [("selected", str(each.uid)) for each in people],
        "form": forms.EnrolForm(sent, several=len(people) > 1),
        "submit": "Enroll",
        "cancel_url": back,
    }
    if sent is None:
        return render_page(request, "pages/confirm.html", page)

    def enrol(given: dict[str, Any]) -> Done:
        number = services.enrol(actor=request.user, payer=payer, practitioners=people, **given)
        return Done(f"{number} enrolled with {payer}.", _url("payer", payer))

    return answer_form(request, page, enrol, template="pages/confirm.html")


@login_required
@require_http_methods(["GET", "POST"])
def enrolment_end(request: HttpRequest, uid) -> HttpResponse:
    """Somebody no longer takes part."""
    require(request.user, MANAGE)
    enrolment = (
        PayerEnrolment.objects.filter(uid=uid, payer__in=selectors.visible_payers(request.user))
        .select_related("practitioner", "payer__facility")
        .first()
    )
    if enrolment is None or enrolment.practitioner.user_id == request.user.pk:
        raise Http404
    require(request.user, MANAGE, enrolment.payer.facility)
    back = _url("payer", enrolment.payer)
    page = {
        "title": f"End the enrollment of {enrolment.practitioner}",
        "crumbs": _crumbs(enrolment.payer, "End the enrollment"),
        "form": forms.EndForm(request.POST or None),
        "submit": "End it",
        "cancel_url": back,
    }

    def end(given: dict[str, Any]) -> Done:
        services.end_enrolment(actor=request.user, enrolment=enrolment, **given)
        return Done("The next file of adds and terms tells the payer.", back)

    return answer_form(request, page, end)


# --- rosters ----------------------------------------------------------------------------------------------

_PERSON = (
    Column("person", "Practitioner", value=lambda line: line.get("person", ""), kind="strong"),
    Column("npi", "NPI", value=lambda line: line.get("npi", ""), kind="code"),
    Column("specialty", "Specialty", value=lambda line: line.get("specialty", ""), narrow=False),
    Column(
        "licence", "License", value=lambda line: _said(line, "licence_state", "licence_number"), narrow=False
    ),
    Column("office", "Main office", value=lambda line: _said(line, "group", "city"), narrow=False),
    Column("effective", "Effective", value=lambda line: _day(line, "effective"), kind="plain_day"),
)
ROSTER = Table(caption="Roster", columns=_PERSON)
CHANGES = Table(
    caption="Adds, changes and terms",
    columns=(
        Column("move", "Told as", value=lambda told: told.move, kind="badge"),
        Column("person", "Practitioner", value=lambda told: told.line.get("person", ""), kind="strong"),
        Column("npi", "NPI", value=lambda told: told.line.get("npi", ""), kind="code"),
        Column("what", "What", value=lambda told: _what(told)),
    ),
)


def _said(line, *names: str) -> str:
    return " ".join(filter(None, (line.get(each, "") for each in names)))


def _day(line, name: str) -> dt.date | None:
    return dt.date.fromisoformat(line[name]) if line.get(name) else None


def _what(told: Told) -> str:
    if told.changed:
        return f"Another {', '.join(told.changed)}"
    if told.line.get("term_reason"):
        last = _day(told.line, "term_date")
        return f"{told.line['term_reason']}{f', last day {last.day} {last:%b} {last.year}' if last else ''}"
    first = _day(told.line, "effective")
    return f"Effective {first.day} {first:%b} {first.year}" if first else ""


@login_required
@require_http_methods(["GET", "POST"])
def payer_changes(request: HttpRequest, uid) -> HttpResponse:
    """Adds, changes and terms between two days: shown, and with POST made into a file that is kept."""
    payer = payer_or_404(request.user, uid)
    today = clock.today(payer.facility)
    usual = {"since": selectors.last_told(payer) or month_first(today) - ONE_DAY, "on": today}
    if usual["since"] >= today:
        usual["since"] = today - ONE_DAY
    asked = request.POST if request.method == "POST" else request.GET
    form = forms.ChangesForm(asked if asked else usual)
    page = {
        "title": payer.name,
        "subtitle": "What the payer has to be told: who is new, who changed, who is gone.",
        "crumbs": _crumbs(payer, "Adds and terms"),
        "tabs": _tabs(request, payer, "changes"),
        "form": form,
        "payer": payer,
    }
    template = "credentialing/payer_changes.html"
    if request.method == "POST":
        return _make(request, page, template, payer, services.make_changes)
    if not form.is_valid():
        return render_invalid(request, template, page)
    since, on = form.cleaned_data["since"], form.cleaned_data["on"]
    if since >= on:
        form.add_error("since", "This day has to lie before the day of the roster.")
        return render_invalid(request, template, page)
    found, _ = selectors.changes(payer, since=since, on=on)
    page |= {
        "found": found,
        "since": since,
        "on": on,
        "kept": selectors.told_on(payer, since) is not None,
        "listing": build_table(
            CHANGES, found.told[:SHOWN], empty=Empty("Nothing changed.", "A file without lines says so.")
        ),
        "more": max(0, len(found.told) - SHOWN),
    }
    return render_page(request, template, page)


@login_required
@require_http_methods(["GET", "POST"])
def payer_roster(request: HttpRequest, uid) -> HttpResponse:
    """The full roster of a day: shown, and with POST made into a file that is kept."""
    payer = payer_or_404(request.user, uid)
    asked = request.POST if request.method == "POST" else request.GET
    form = forms.RosterForm(asked if asked else {"on": clock.today(payer.facility)})
    page = {
        "title": payer.name,
        "subtitle": "Everybody enrolled who is a member of the staff on the day.",
        "crumbs": _crumbs(payer, "Full roster"),
        "tabs": _tabs(request, payer, "roster"),
        "form": form,
        "payer": payer,
    }
    template = "credentialing/payer_roster.html"
    if request.method == "POST":
        return _make(request, page, template, payer, services.make_roster)
    if not form.is_valid():
        return render_invalid(request, template, page)
    lines = list(selectors.roster(payer, form.cleaned_data["on"]).values())
    page |= {
        "on": form.cleaned_data["on"],
        "number": len(lines),
        "listing": build_table(
            ROSTER, lines[:SHOWN], empty=Empty("Nobody stood on the roster.", "Enroll members first.")
        ),
        "more": max(0, len(lines) - SHOWN),
    }
    return render_page(request, template, page)


def _make(request: HttpRequest, page: dict[str, Any], template: str, payer: Payer, make) -> HttpResponse:
    def done(given: dict[str, Any]) -> Done:
        file = make(actor=request.user, payer=payer, **given)
        return Done("The file is made and kept.", reverse("credentialing:roster_file", args=[file.uid]))

    return answer_form(request, page, done, template=template)


# --- files ------------------------------------------------------------------------------------------------


@login_required
@require_GET
def payer_files(request: HttpRequest, uid) -> HttpResponseBase:
    """What a payer was given, the newest first."""
    payer = payer_or_404(request.user, uid)
    return render_list(
        request,
        lists.FILES,
        selectors.visible_files(request.user).filter(payer=payer),
        title=payer.name,
        subtitle="Files made for the payer, kept as they were handed out.",
        crumbs=_crumbs(payer, "Files"),
        tabs=_tabs(request, payer, "files"),
        noun="file",
        empty=Empty(
            "No file was made yet.",
            "Adds and terms are made once a month.",
            Action("Adds and terms", url=_url("payer_changes", payer), kind="primary"),
        ),
    )


@login_required
@require_http_methods(["GET", "POST"])
def roster_file(request: HttpRequest, uid) -> HttpResponse:
    """One file: what it says, its hash, to take away, and when it was sent."""
    require(request.user, READ)
    file = selectors.visible_files(request.user).filter(uid=uid).first()
    if file is None:
        raise Http404
    if request.GET.get("format") == "csv":
        return _take_away(file)
    here = reverse("credentialing:roster_file", args=[file.uid])
    page = {
        "title": str(file),
        "crumbs": [
            *_crumbs(file.payer, "Files")[:-1],
            Crumb("Files", _url("payer_files", file.payer)),
            Crumb(str(file)),
        ],
        "file": file,
        "form": forms.SentForm(request.POST or None),
        "may_say_sent": file.sent_on is None and may(request.user, MANAGE, file.payer.facility),
        "submit": "It was sent",
        "actions": [
            Action("Take the file", url=address(here, format="csv"), icon="download", kind="primary")
        ],
    }

    def sent(given: dict[str, Any]) -> Done:
        services.record_sent(actor=request.user, file=file, **given)
        return Done("Recorded.", here)

    if request.method == "POST":
        require(request.user, MANAGE, file.payer.facility)
    return answer_form(request, page, sent, template="credentialing/roster_file.html")


def _take_away(file: RosterFile) -> HttpResponse:
    content = RosterFile.objects.values_list("content", flat=True).get(pk=file.pk).encode()
    name = f"{slugify(file.payer.name)}-{lists.file_name(file)}"
    return download(content, "text/csv; charset=utf-8", file_name=name)
