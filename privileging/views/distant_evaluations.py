"""Who is evaluated by a distant site, and the evaluations the sites send. Peer review."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from bylaws.views.common import facility_for, found
from config.accounts.choices import DataClass
from config.accounts.policies import require, require_class
from config.audit.services.events import record_protected_read
from config.kernel.display.dates import day_text
from config.kernel.pages import Crumb, Done, Empty, answer_form, download, render_list
from practitioners import store
from practitioners.forms.people import ReasonForm
from privileging.filters import EvaluatedElsewhereFilter
from privileging.forms.distant_evaluations import DistantEvaluationForm
from privileging.models import DistantSiteEvaluation
from privileging.selectors import distant_evaluations as selectors
from privileging.selectors.distant_evaluations import MANAGE
from privileging.selectors.fppe import ever_granted
from privileging.services import distant_evaluations as services
from privileging.tables import EVALUATED_ELSEWHERE

FOCUSED, TITLE = "Focused evaluations", "Evaluated by a distant site"


@login_required
@require_GET
def by_proxy(request: HttpRequest) -> HttpResponseBase:
    """Who holds privileges by proxy at the facility where the reader works now, and what their sites sent."""
    facility = facility_for(request, MANAGE)
    require_class(request.user, DataClass.PEER_REVIEW, facility)
    rows = selectors.evaluated_elsewhere(request.user, facility)
    return render_list(
        request,
        EVALUATED_ELSEWHERE,
        rows,
        title=TITLE,
        subtitle=f"At {facility}, by proxy: no focused evaluation opens here, the site's own is filed",
        noun="practitioner",
        filterset=EvaluatedElsewhereFilter(request.GET, queryset=rows),
        export=False,
        crumbs=[Crumb(FOCUSED, reverse("privileging:fppe")), Crumb(TITLE)],
        empty=Empty(
            "Nobody holds privileges by proxy.",
            "Whoever is granted privileges on a distant site's decision is evaluated there.",
            icon="microscope",
        ),
    )


@login_required
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, uid) -> HttpResponse:
    """What a distant site sent of one person."""
    facility = facility_for(request, MANAGE)
    require_class(request.user, DataClass.PEER_REVIEW, facility)
    practitioner = found(ever_granted(uid, facility))
    files = selectors.files_by_proxy(request.user, practitioner, facility)
    if not files:
        raise Http404
    sent = request.method == "POST"
    form = DistantEvaluationForm(
        request.POST if sent else None, request.FILES if sent else None, granted=files
    )
    back = _person(practitioner)

    def record(given: dict[str, Any]) -> Done:
        services.record_distant_evaluation(actor=request.user, **form.said)
        return Done("Filed. It stands with the person's evaluations.", back)

    page = {
        "title": "File the distant site's evaluation",
        "subtitle": f"{practitioner}, {files[0].distant_site}",
        "person": practitioner.display_name,
        "crumbs": [
            Crumb(FOCUSED, reverse("privileging:fppe")),
            Crumb(str(practitioner), back),
            Crumb("File"),
        ],
        "intro": "Peer review: it is read by those who run evaluations here, and goes into no export.",
        "form": form,
        "submit": "File it",
        "upload": True,
        "cancel_url": back,
    }
    return answer_form(request, page, record)


@login_required
@require_GET
def paper(request: HttpRequest, uid) -> HttpResponse:
    """The distant site's paper, to keep."""
    made = _one(request, uid)
    if not made.store_key:
        raise Http404
    record_protected_read(
        actor=request.user,
        data_class=DataClass.PEER_REVIEW,
        subject_kind=made._meta.label_lower,
        subject_uid=made.uid,
        practitioner=made.application.practitioner,
        reason="Evaluation by a distant site",
    )
    return download(store.get(made.store_key, encrypted=True), made.media_type, file_name=made.file_name)


@login_required
@require_http_methods(["GET", "POST"])
def take_back(request: HttpRequest, uid) -> HttpResponse:
    """It was filed by mistake."""
    made = _one(request, uid)
    person = made.application.practitioner
    back = _person(person)

    def act(given: dict[str, Any]) -> Done:
        services.take_back_distant_evaluation(actor=request.user, evaluation=made, **given)
        return Done("Taken back. It stays on record as such.", back)

    page = {
        "title": "Take back the distant site's evaluation",
        "subtitle": f"{person}, {made.application.distant_site}, dated {day_text(made.dated)}",
        "crumbs": [Crumb(FOCUSED, reverse("privileging:fppe")), Crumb(str(person), back), Crumb("Take back")],
        "form": ReasonForm(request.POST if request.method == "POST" else None),
        "submit": "Take it back",
        "cancel_url": back,
    }
    return answer_form(request, page, act)


def _one(request: HttpRequest, uid) -> DistantSiteEvaluation:
    require(request.user, MANAGE)
    made: DistantSiteEvaluation = found(selectors.distant_evaluation(request.user, uid))
    return made


def _person(practitioner) -> str:
    return reverse("privileging:fppe_person", args=[practitioner.uid])
