"""Officers of the medical staff: who holds which office, who did, whose term ends."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bylaws.forms.offices import EndTermForm, ExtendTermForm, OfficerForm, WithdrawTermForm
from bylaws.models import OfficerTerm
from bylaws.selectors.offices import members_ever, office_cards, terms_of
from bylaws.services import offices as services
from bylaws.tables import OFFICERS
from bylaws.views.common import facility_for, found
from bylaws.views.meetings import tabs
from config.accounts.policies import may
from config.kernel import clock
from config.kernel.errors import Doubtful
from config.kernel.pages import Action, Crumb, Done, Empty, answer_form, render_page, stream_csv


@login_required
@require_safe
def office_list(request) -> HttpResponse:
    """The offices with their holders of today, of the past and of the time ahead; every term also as CSV."""
    facility = facility_for(request, "bylaws.view_reviews")
    today = clock.today(facility)
    keeps = may(request.user, services.PERMISSION, facility)
    if request.GET.get("format") == "csv":
        return stream_csv(OFFICERS, terms_of(facility), name=f"{facility.code} officers")
    cards = office_cards(facility, today)
    new = Action("Record an election", url=reverse("bylaws:officer_new"), icon="user-plus", kind="primary")
    shown = [card for card in cards if card.on_record]
    csv = Action("Every term (CSV)", url="?format=csv", icon="download")
    return render_page(
        request,
        "bylaws/officers.html",
        {
            "title": "Officers",
            "subtitle": f"Of the medical staff of {facility}",
            "tabs": tabs("officers"),
            "actions": [*([new] if keeps else []), *([csv] if shown else [])],
            "cards": shown,
            "unused": [card.office.label for card in cards if not card.on_record],
            "keeps": keeps,
            "today": today,
            "empty": Empty(
                "No officer of the medical staff is on record.",
                "Record who holds each office, and those before, from the minutes of the elections."
                if keeps
                else "The medical staff office records them.",
                new if keeps else None,
                icon="users",
            ),
        },
    )


def _page(title: str, **more: Any) -> dict[str, Any]:
    back = reverse("bylaws:officers")
    return {"title": title, "crumbs": [Crumb("Officers", back), Crumb(title)], "cancel_url": back, **more}


def _term(request, uid) -> OfficerTerm:
    facility = facility_for(request, services.PERMISSION)
    return found(
        OfficerTerm.objects.select_related("facility", "practitioner")
        .filter(uid=uid, facility=facility)
        .first()
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def officer_new(request) -> HttpResponse:
    """Somebody is elected or appointed."""
    facility = facility_for(request, services.PERMISSION)
    form = OfficerForm(
        request.POST or None,
        members=members_ever(facility),
        initial={"office": request.GET.get("office", "")},
    )
    page = _page(
        "Record an election",
        intro="Of the president it also says who acts on files: from the first day of the term the account "
        "of that person does, once an administrator has given it the role.",
        form=form,
        submit="Record it",
    )

    def choose(given: dict) -> Done:
        try:
            term = services.choose_officer(actor=request.user, facility=facility, **given)
        except Doubtful:
            form.ask()
            raise
        return Done(f"{term.practitioner} is on record as {term.get_office_display()}.", page["cancel_url"])

    return answer_form(request, page, choose)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def officer_extend(request, uid) -> HttpResponse:
    """A term goes on longer."""
    term = _term(request, uid)
    form = ExtendTermForm(request.POST or None)
    page = _page("Extend the term", subtitle=str(term), form=form, submit="Extend it")

    def extend(given: dict) -> Done:
        try:
            services.extend_term(actor=request.user, term=term, **given)
        except Doubtful:
            form.ask()
            raise
        return Done(f"The term of {term.practitioner} goes on.", page["cancel_url"])

    return answer_form(request, page, extend)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def officer_end(request, uid) -> HttpResponse:
    """A term ends before its time."""
    term = _term(request, uid)
    page = _page(
        "End the term",
        subtitle=str(term),
        intro="The office is vacant from that day on, until somebody is elected or appointed.",
        form=EndTermForm(request.POST or None, initial={"day": clock.today(term.facility)}),
        submit="End the term",
        danger=True,
    )

    def end(given: dict) -> Done:
        services.end_term(actor=request.user, term=term, **given)
        return Done(f"The term of {term.practitioner} has an end.", page["cancel_url"])

    return answer_form(request, page, end)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def officer_withdraw(request, uid) -> HttpResponse:
    """A term was recorded by mistake."""
    term = _term(request, uid)
    page = _page(
        "Withdraw the record",
        subtitle=str(term),
        intro="For a term that never was. One that ended before its time is ended instead.",
        form=WithdrawTermForm(request.POST or None),
        submit="Withdraw it",
        danger=True,
    )

    def withdraw(given: dict) -> Done:
        services.withdraw_term(actor=request.user, term=term, **given)
        return Done("The record is withdrawn.", page["cancel_url"])

    return answer_form(request, page, withdraw)
