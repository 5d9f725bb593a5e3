"""Pages of what an applicant still owes: asked, come, asked no more."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.pages import Done, answer_form, go_to, render_page, render_refused
from credentialing import links, policies
from credentialing.forms.enquiries import WithdrawForm
from credentialing.forms.packets import AnsweredForm, DeficiencyForm
from credentialing.selectors.packets import open_deficiencies, terms_of
from credentialing.services import completing
from credentialing.services.packet_mails import withdrawn_text
from credentialing.views.packets import application_of, back_to, crumbs_of


@login_required
@require_http_methods(["GET", "POST"])
def deficiency_add(request: HttpRequest, uid) -> HttpResponse:
    """Ask the applicant for something that is missing."""
    application = application_of(request, uid)
    page = {
        "title": "Ask for something missing",
        "subtitle": str(application),
        "crumbs": crumbs_of(application, "Ask for something missing"),
        "intro": "A submitted application becomes incomplete, and with the last answer is submitted again.",
        "form": DeficiencyForm(request.POST or None),
        "submit": "Ask for it",
        "cancel_url": back_to(application),
    }

    def ask(given: dict) -> Done:
        row = completing.ask_for(actor=request.user, application=application, **given)
        return Done(f"Asked, due {row.due_on.day} {row.due_on:%b %Y}.", back_to(application))

    return answer_form(request, page, ask)


@login_required
@require_http_methods(["GET", "POST"])
def deficiency_answer(request: HttpRequest, uid) -> HttpResponse:
    """What was missing came."""
    row = policies.deficiency_or_404(request.user, uid)
    back = back_to(row.application)
    page = {
        "title": "Record what came",
        "subtitle": row.what,
        "crumbs": crumbs_of(row.application, "Record what came"),
        "form": AnsweredForm(request.POST if request.method == "POST" else None),
        "submit": "It came",
        "cancel_url": back,
    }

    def record(given: dict) -> Done:
        completing.record_answered(actor=request.user, deficiency=row, **given)
        return Done("Recorded.", back)

    return answer_form(request, page, record)


@login_required
@require_http_methods(["GET", "POST"])
def deficiency_withdraw(request: HttpRequest, uid) -> HttpResponse:
    """It is asked no more."""
    row = policies.deficiency_or_404(request.user, uid)
    back = back_to(row.application)
    page = {
        "title": "Ask for it no more",
        "subtitle": row.what,
        "crumbs": crumbs_of(row.application, "Ask for it no more"),
        "form": WithdrawForm(request.POST or None),
        "submit": "Ask no more",
        "cancel_url": back,
    }

    def withdraw(given: dict) -> Done:
        completing.withdraw_deficiency(actor=request.user, deficiency=row, **given)
        return Done("It is asked no more.", back)

    return answer_form(request, page, withdraw)


@login_required
@require_http_methods(["GET", "POST"])
def never_completed(request: HttpRequest, uid) -> HttpResponse:
    """Close an application whose time to be completed has run out; what that means, and what the applicant
    is told.
    """
    application = application_of(request, uid)
    here = clock.today(application.facility)
    most = terms_of(application.facility, here).incomplete_days
    file = links.application(application)
    page = {
        "title": "Close as never completed",
        "subtitle": str(application),
        "crumbs": crumbs_of(application, "Close as never completed"),
        "owed": open_deficiencies(application),
        "told": withdrawn_text(application),
        "most_days": most,
        "refused": ""
        if completing.run_out(application, here, most)
        else completing.not_yet(application, most),
        "submit": "Close as never completed",
        "cancel_url": file,
        "danger": True,
        "today": here,
    }
    if request.method == "POST":
        try:
            completing.close_never_completed(actor=request.user, application=application)
        except Refused as refused:
            return render_refused(request, refused, "credentialing/never_completed.html", page)
        messages.success(
            request, "Closed: a voluntary withdrawal. The applicant is told where they have a link."
        )
        return go_to(request, file)
    return render_page(request, "credentialing/never_completed.html", page)
