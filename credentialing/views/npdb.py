"""The log of data bank queries. It never shows what the data bank said."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from config.accounts.choices import DataClass
from config.accounts.policies import may_see_class, require
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.kernel.pages import (
    Crumb,
    Done,
    Empty,
    answer_form,
    render_list,
)
from config.organization.models import Facility
from credentialing import links, policies, tables
from credentialing.choices import NPDBQueryKind, NPDBReason
from credentialing.filters import QueryFilter
from credentialing.forms.screening import QueryForm, RenewForm
from credentialing.models import Application
from credentialing.models.applications import OPEN_STATUSES
from credentialing.selectors.enrolments import enrolment_of
from credentialing.services import npdb
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among
from practitioners.services.documents import store_document

LOG = "credentialing.log_npdb"
#: Who answers for the duties toward the data bank, the compliance officer included, reads the log.
READ = "credentialing.screen"


@login_required
@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """Every query of the reader's entities: date, kind, DCN, reviewer; the evidence a surveyor may see."""
    require(request.user, READ)
    rows = policies.visible_queries(request.user)
    filterset = QueryFilter(request.GET, queryset=rows, viewer=request.user)
    return render_list(
        request,
        tables.QUERIES,
        filterset.qs,
        title="Data bank queries",
        subtitle="Who was queried, when and why. What the data bank answered is never part of this list.",
        noun="query,queries",
        filterset=filterset,
        empty=Empty(
            "No query is logged yet.",
            "Log a query from the practitioner's file or from an application.",
            icon="database",
        ),
        context={
            "list_note": (
                "A query by one entity satisfies no other (45 CFR 60.17). A surveyor may see this list "
                "and its export; responses stay encrypted with the evidence of each file."
            )
        },
    )


@login_required
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, uid) -> HttpResponse:
    """Log one query with its response."""
    require(request.user, LOG)
    practitioner = get_object_or_404(Practitioner, uid=uid)
    application = _application(request, practitioner)
    facility = application.facility if application else _facility(request)
    require(request.user, LOG, facility)
    back = links.application(application) if application else links.practitioner(practitioner)
    form = QueryForm(
        request.POST or None,
        request.FILES or None,
        initial={
            "kind": NPDBQueryKind.ONE_TIME,
            "queried_on": clock.today(facility),
            "reason": _reason(application or _open_application(practitioner, facility)),
            "adverse": "",
        },
    )
    page: dict[str, Any] = {
        "title": "Log a data bank query",
        "subtitle": f"{practitioner}, by {_entity(facility)}",
        "crumbs": [
            Crumb("Data bank queries", reverse("credentialing:npdb_log")),
            Crumb(str(practitioner), links.practitioner(practitioner)),
            Crumb("Log a query"),
        ],
        "form": form,
        "submit": "Log the query",
        "cancel_url": back,
        "upload": True,
        "intro": "A query made for one registered entity satisfies no other (45 CFR 60.17).",
    }

    def log(given: dict) -> Done:
        _log(request, practitioner, facility, given)
        return Done("The query is logged and its response is stored.", back)

    return answer_form(request, page, log)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def renew(request: HttpRequest, uid) -> HttpResponse:
    """Record that an enrolment in Continuous Query was renewed."""
    require(request.user, LOG)
    practitioner = get_object_or_404(Practitioner, uid=uid)
    facility = _facility(request)
    require(request.user, LOG, facility)
    enrolment = enrolment_of(practitioner, facility)
    if enrolment is None:
        raise Http404
    page: dict[str, Any] = {
        "title": "Renew Continuous Query",
        "subtitle": f"{practitioner}, by {_entity(facility)}",
        "crumbs": [
            Crumb("Data bank queries", reverse("credentialing:npdb_log")),
            Crumb(str(practitioner), links.practitioner(practitioner)),
            Crumb("Renew"),
        ],
        "form": RenewForm(request.POST or None, initial={"renewed_on": clock.today(facility), "adverse": ""}),
        "submit": "Renew",
        "cancel_url": reverse("home:today"),
        "intro": f"The enrollment runs through {day_text(enrolment.end)}. Renew it with the data bank first; "
        "it then goes on from there for another year.",
    }

    def record(given: dict) -> Done:
        if not may_see_class(request.user, DataClass.DATA_BANK, facility):
            raise Refused("Your roles do not open the data bank class; somebody else has to record it.")
        text = given.pop("response_text")
        npdb.renew_enrolment(
            actor=request.user,
            practitioner=practitioner,
            facility=facility,
            content=text.encode(),
            **given,
        )
        through = enrolment_of(practitioner, facility)
        end = day_text(through.end) if through else ""
        return Done(f"The enrollment runs through {end}.", reverse("home:today"))

    return answer_form(request, page, record)


def _log(request: HttpRequest, practitioner: Practitioner, facility: Facility, given: dict) -> None:
    upload, text = given.pop("response"), given.pop("response_text")
    if not may_see_class(request.user, DataClass.DATA_BANK, facility):
        raise Refused("Your roles do not open the data bank class; somebody else has to log the query.")
    response: dict[str, Any] = {"content": text.encode()} if text else {}
    if upload is not None:
        response = {
            "document": store_document(
                actor=request.user,
                practitioner=practitioner,
                title=f"NPDB response, DCN {given['dcn']}"[:200],
                file_name=upload.name,
                content=upload.read(),
                data_class=DataClass.DATA_BANK,
            )
        }
    npdb.log_query(actor=request.user, practitioner=practitioner, facility=facility, **given, **response)


def _application(request: HttpRequest, practitioner: Practitioner) -> Application | None:
    """The application the query is made for, when the address names one the reader may see."""
    try:
        uid = uuid.UUID(request.GET.get("application", ""))
    except ValueError:
        return None
    return policies.visible_applications(request.user).filter(uid=uid, practitioner=practitioner).first()


def _open_application(practitioner: Practitioner, facility: Facility) -> Application | None:
    """The application of the person that is open at the facility, the newest of them."""
    return (
        Application.objects.filter(
            practitioner__in=among([practitioner.pk]), facility=facility, status__in=OPEN_STATUSES
        )
        .order_by("-pk")
        .first()
    )


def _facility(request: HttpRequest) -> Facility:
    facility = Facility.objects.filter(pk=getattr(request.facility, "pk", None)).first()
    if facility is None:
        raise Refused("You hold no role at a facility.")
    return facility


def _entity(facility: Facility) -> str:
    """Who is registered with the data bank, and for which facility where the names differ."""
    entity = str(facility.npdb_entity)
    return entity if entity == str(facility) else f"{entity} ({facility})"


def _reason(application: Application | None) -> str:
    if application is None:
        return NPDBReason.TWO_YEARS
    return application.rule.npdb_reason
