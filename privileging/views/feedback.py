"""Feedback to distant sites: the list, recording it, and that it was sent. Peer review."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from bylaws.views.common import facility_for, found
from config.accounts.choices import DataClass
from config.accounts.policies import may, require, require_class
from config.audit.services.events import record_protected_read
from config.kernel.display.dates import day_text
from config.kernel.pages import Action, Crumb, Done, Empty, answer_form, render_list
from privileging.filters import FeedbackFilter
from privileging.forms.feedback import FeedbackForm, SentForm
from privileging.models import DistantSiteFeedback
from privileging.selectors import feedback as selectors
from privileging.selectors.feedback import MANAGE
from privileging.services import feedback as services
from privileging.tables import FEEDBACK

TITLE = "Feedback to distant sites"


@login_required
@require_GET
def feedback_list(request: HttpRequest) -> HttpResponseBase:
    """What distant sites were or are to be told, at the facility where the reader works now."""
    facility = facility_for(request, MANAGE)
    require_class(request.user, DataClass.PEER_REVIEW, facility)
    filterset = FeedbackFilter(request.GET, queryset=selectors.feedback_rows(request.user, facility))
    _log(request, facility, "List of feedback to distant sites")
    new = Action("Record feedback", reverse("privileging:feedback_add"), icon="plus", kind="primary")
    return render_list(
        request,
        FEEDBACK,
        filterset.qs,
        title=TITLE,
        subtitle=f"At {facility}: adverse events, complaints and reviews of who works here by proxy",
        noun="record",
        filterset=filterset,
        export=False,  # working exports carry no peer review
        actions=[new],
        empty=Empty(
            "Nothing is recorded.",
            "Distant sites are told of at least all adverse events and all complaints (42 CFR 482.22(a)).",
            new,
            icon="send",
        ),
    )


@login_required
@require_http_methods(["GET", "POST"])
def feedback_add(request: HttpRequest) -> HttpResponse:
    """What the distant site is told of somebody's work here."""
    facility = facility_for(request, MANAGE)
    require_class(request.user, DataClass.PEER_REVIEW, facility)
    files = selectors.granted_by_proxy(request.user, facility)
    form = FeedbackForm(request.POST or None, files=files)
    back = reverse("privileging:feedback")
    page: dict[str, Any] = {
        "title": "Record feedback to a distant site",
        "crumbs": [Crumb(TITLE, back), Crumb("Record")],
        "intro": "Peer review: it is read by those who run evaluations here, and goes into no export.",
        "form": form,
        "submit": "Record it",
        "cancel_url": back,
        "why_not": "" if files.exists() else "Nobody was granted privileges by proxy here.",
    }

    def record(given: dict[str, Any]) -> Done:
        made = services.record_feedback(
            actor=request.user,
            application=given["application"],
            kind=given["kind"],
            happened_on=given["happened_on"],
            what=given["what"],
            sent=form.sent,
        )
        said = "Recorded." if made.sent_on else "Recorded. It stands on Today until it is sent."
        return Done(said, url_of(made))

    return answer_form(request, page, record)


@login_required
@require_http_methods(["GET", "POST"])
def feedback_page(request: HttpRequest, uid) -> HttpResponse:
    """One entry, and that the distant site was told."""
    require(request.user, MANAGE)
    made: DistantSiteFeedback = found(selectors.feedback_rows(request.user).filter(uid=uid).first())
    application = made.application
    _log(request, made, "Feedback to a distant site", application.practitioner)
    form = SentForm(request.POST or None)
    actions = []
    if may(request.user, "practitioners.view", application.facility):
        file = reverse("practitioners:file", args=[application.practitioner.uid])
        actions.append(Action("File", file, icon="folder"))
    page = {
        "title": made.get_kind_display(),
        "subtitle": f"{application.practitioner}, {application.distant_site}, {day_text(made.happened_on)}",
        "crumbs": [Crumb(TITLE, reverse("privileging:feedback")), Crumb(str(application.practitioner))],
        "actions": actions,
        "feedback": made,
        "form": None if made.sent_on else form,
        "submit": "It was sent",
    }
    if request.method == "POST" and made.sent_on:
        raise Http404

    def sent(given: dict[str, Any]) -> Done:
        if form.sent is None:  # the form asks for the day
            raise Http404
        services.record_feedback_sent(actor=request.user, feedback=made, sent=form.sent)
        return Done("Recorded.", url_of(made))

    return answer_form(request, page, sent, template="privileging/feedback.html", form=form)


def url_of(made: DistantSiteFeedback) -> str:
    """The page of an entry."""
    return reverse("privileging:feedback_entry", args=[made.uid])


def _log(request: HttpRequest, subject, what: str, practitioner=None) -> None:
    record_protected_read(
        actor=request.user,
        data_class=DataClass.PEER_REVIEW,
        subject_kind=subject._meta.label_lower,
        subject_uid=subject.uid,
        practitioner=practitioner,
        reason=what,
    )
