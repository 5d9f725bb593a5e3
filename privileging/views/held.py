"""The page on which the office records that the applicant gives up what is held for a hearing."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from config.accounts.choices import DataClass
from config.accounts.policies import require, require_class
from config.kernel.pages import Crumb, Done, Empty, answer_form, render_page
from credentialing.policies import application_or_404
from privileging.choices import RequestLineStatus
from privileging.forms.held import WithdrawHeldForm
from privileging.selectors.held import log_held
from privileging.selectors.requests import lines_of
from privileging.services.files import MANAGE
from privileging.services.held import withdraw_held

INTRO = (
    "What is withdrawn is decided by no body any more, and the right to a hearing about it ends. It cannot "
    "be taken back: the applicant asks anew. Where the rest was decided and nothing else is held, the file "
    "closes. Whether it has to be reported to the data bank is for the office to find out: giving something "
    "up while under investigation may have to be (45 CFR 60.12)."
)
NOTHING = "Nothing of this file is held for a hearing."
CONFIRM = "Withdraw what is chosen? No body decides it any more, and this cannot be taken back."


@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, uid) -> HttpResponse:
    """Choose what the applicant gives up, with what was said."""
    application = application_or_404(request.user, uid)
    require(request.user, MANAGE, application.facility)
    require_class(request.user, DataClass.PEER_REVIEW, application.facility)
    lines = list(lines_of(application).filter(status=RequestLineStatus.HELD))
    log_held(request.user, lines)
    file_url = reverse("credentialing:file", args=[application.uid])
    page: dict[str, Any] = {
        "title": "Withdraw what is held",
        "subtitle": str(application),
        "crumbs": [Crumb(str(application.practitioner), file_url), Crumb("Withdraw what is held")],
        "badges": [DataClass.PEER_REVIEW],
    }
    if not lines and request.method == "GET":
        return render_page(request, "pages/nothing.html", page | {"empty": Empty(NOTHING)})
    page |= {
        "form": WithdrawHeldForm(request.POST or None, lines=lines),
        "intro": INTRO if lines else NOTHING,
        "submit": "Withdraw",
        "danger": True,
        "confirm": CONFIRM,
        "cancel_url": file_url,
    }

    def record(given: dict[str, Any]) -> Done:
        names, closed = withdraw_held(actor=request.user, application=application, **given)
        done = f"Withdrawn: {', '.join(names)}."
        return Done(f"{done} Nothing is left for the bodies." if closed else done, file_url)

    return answer_form(request, page, record)
