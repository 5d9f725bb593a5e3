"""What a payer is told: the roster of a day, adds and terms between two, and the files that are kept."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods

from config.accounts.policies import may, require
from config.kernel import clock
from config.kernel.dates import ONE_DAY, month_first
from config.kernel.errors import Refused
from config.kernel.pages import (
    Action,
    Column,
    Crumb,
    Done,
    Empty,
    Table,
    address,
    answer_form,
    build_table,
    download,
    render_invalid,
    render_list,
    render_page,
    render_refused,
)
from credentialing import payer_lists as lists
from credentialing.forms import payers as forms
from credentialing.models import Payer, RosterFile
from credentialing.rules.payer_rosters import Told
from credentialing.selectors import payers as selectors
from credentialing.selectors.payers import MANAGE, READ
from credentialing.services import payers as services
from credentialing.views.payers import crumbs_of, payer_or_404, tabs_of, url_of

SHOWN = 200  # lines of a preview

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
        return f"Changed: {', '.join(told.changed)}"
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
        "crumbs": crumbs_of(payer, "Adds and terms"),
        "tabs": tabs_of(request, payer, "changes"),
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
    try:
        services.require_known_day(payer, on)
    except Refused as refused:
        return render_refused(request, refused, template, page, form=form)
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
        "crumbs": crumbs_of(payer, "Full roster"),
        "tabs": tabs_of(request, payer, "roster"),
        "form": form,
        "payer": payer,
    }
    template = "credentialing/payer_roster.html"
    if request.method == "POST":
        return _make(request, page, template, payer, services.make_roster)
    if not form.is_valid():
        return render_invalid(request, template, page)
    try:
        services.require_known_day(payer, form.cleaned_data["on"])
    except Refused as refused:
        return render_refused(request, refused, template, page, form=form)
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
        crumbs=crumbs_of(payer, "Files"),
        tabs=tabs_of(request, payer, "files"),
        noun="file",
        empty=Empty(
            "No file was made yet.",
            "Adds and terms are made once a month.",
            Action("Adds and terms", url=url_of("payer_changes", payer), kind="primary"),
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
            *crumbs_of(file.payer, "Files")[:-1],
            Crumb("Files", url_of("payer_files", file.payer)),
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
