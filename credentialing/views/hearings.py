"""The page of the right to a hearing on a file: the act, the notice, what became of it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from config.accounts.choices import DataClass
from config.accounts.policies import may, require, require_class
from config.audit.services.events import record_protected_read
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.pages import Action, Crumb, Done, address, answer_form, go_to
from credentialing import links, policies
from credentialing.choices import HearingEvent, LetterState
from credentialing.forms.hearings import HearingForm
from credentialing.models import Application
from credentialing.rules.hearings import why_held
from credentialing.selectors.hearings import (
    Hearing,
    hearings_of,
    notice_template,
    pick,
    records_of,
    with_notice,
)
from credentialing.selectors.letters import WRITE
from credentialing.services.hearings import open_track, record_hearing, track_of


@login_required
@require_http_methods(["GET", "POST"])
def hearing(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """What was said against, whether notice was given, and what became of the right to a hearing. Where the
    file carries several rights, ``act`` (the uid of the decision) says which; the others are named beside it.
    """
    application = policies.application_or_404(request.user, uid)
    require(request.user, WRITE, application.facility)
    require_class(request.user, DataClass.PEER_REVIEW, application.facility)
    today = clock.today(application.facility)
    rights = hearings_of(application)
    chosen = pick(rights, today, act_named(request))
    if chosen is None:
        raise Http404
    found = with_notice(chosen, application, today)
    record_protected_read(
        actor=request.user,
        data_class=DataClass.PEER_REVIEW,
        subject_kind="bylaws.decision",
        subject_uid=found.decision.uid,
        practitioner=application.practitioner,
    )
    form = HearingForm(
        request.POST or None,
        request.FILES or None,
        today=today,
        act=found.decision.uid,
        correcting=found.right.event in (HearingEvent.WAIVED, HearingEvent.OVER),
    )
    back = _address(application, found)
    page = {
        "title": "Right to a hearing",
        "subtitle": str(application),
        "crumbs": [Crumb(str(application.practitioner), links.application(application)), Crumb("Hearing")],
        "page_badge": found.state(today),
        "badges": [DataClass.PEER_REVIEW],
        "held": why_held(found.right, today),
        "facts": _facts(found),
        "against": found.against,
        "rights": _listed(rights, found, application, today),
        "records": records_of(found.decision),
        "form": form if found.right.sent_on else None,
        "application": application,
        "track": track_of(found.decision),
        "may_open": found.right.event == HearingEvent.REQUESTED
        and may(request.user, "bylaws.run_due_process", application.facility),
        "act": found.decision.uid,
        "submit": "Record it",
        "cancel_url": links.application(application),
        "upload": True,
        "actions": _actions(found, application),
    }

    def record(given: dict[str, Any]) -> Done:
        record_hearing(
            actor=request.user,
            application=application,
            event=given["event"],
            happened_on=given["happened_on"],
            told_by=given["told_by"],
            proof=form.proof_given(),
            reason=given.get("reason", ""),
            decision_uid=given["act"],
        )
        return Done("Recorded.", back)

    return answer_form(request, page, record, template="credentialing/hearing.html", form=form)


@login_required
@require_POST
def hearing_track(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Begin the due process of a hearing that was asked for."""
    application = policies.application_or_404(request.user, uid)
    require(request.user, WRITE, application.facility)
    require_class(request.user, DataClass.PEER_REVIEW, application.facility)
    named = act_named(request)
    chosen = pick(hearings_of(application), clock.today(application.facility), named)
    if chosen is None:
        raise Http404
    try:
        track = open_track(actor=request.user, application=application, decision_uid=chosen.decision.uid)
    except Refused as refused:
        messages.error(request, str(refused))
        return go_to(request, _address(application, chosen))
    messages.success(request, "Due process is open: name the panel, and set the day of the hearing.")
    return go_to(request, reverse("bylaws:due_process", args=[track.uid]))


def act_named(request: HttpRequest) -> uuid.UUID | None:
    """The act the page is asked about, or the form was sent for; "not found" where it is no uid."""
    named = request.POST.get("act") or request.GET.get("act")
    if not named:
        return None
    try:
        return uuid.UUID(named)
    except ValueError:
        raise Http404 from None


def _address(application: Application, found: Hearing) -> str:
    return address(reverse("credentialing:hearing", args=[application.uid]), act=found.decision.uid)


def _listed(
    rights: Sequence[Hearing], shown: Hearing, application: Application, today: dt.date
) -> list[dict[str, Any]]:
    """Every right of the file, where there are several; empty where the page is about the only one."""
    if len(rights) < 2:
        return []
    return [
        {
            "body": each.right.body,
            "on": each.right.opened_on,
            "lines": ", ".join(line.label for line in each.against),
            "state": each.state(today),
            "url": "" if each.decision == shown.decision else _address(application, each),
        }
        for each in rights
    ]


def _facts(found: Hearing) -> list[dict[str, Any]]:
    right = found.right
    facts: list[dict[str, Any]] = [
        {"label": "Acted against", "value": right.body},
        {"label": "On", "day": right.opened_on},
    ]
    if found.letter is not None:
        state = LetterState(found.letter.state)
        facts += [{"label": "Notice", "badge": state}, {"label": "Issued", "day": right.noticed_on}]
    for label, on in (("Sent", right.sent_on), ("Received", right.delivered_on)):
        if on is not None:
            facts.append({"label": label, "day": on})
    if right.last_day is not None:
        facts.append({"label": "Last day to ask", "day": right.last_day})
    elif right.days is not None:
        facts.append({"label": "Time to ask", "value": f"{right.days} days from receipt"})
    return facts


def _actions(found: Hearing, application) -> list[Action]:
    if found.letter is not None:
        return [Action("The notice", url=links.letter(found.letter), icon="mail", kind="secondary")]
    template = notice_template(found.decision.body)
    if template is None:
        choose = reverse("credentialing:letter_choose", args=[application.uid])
        return [Action("Write the notice", url=choose, icon="mail")]
    draft = address(
        reverse("credentialing:letter_write", args=[application.uid, template.code]), act=found.decision.uid
    )
    return [Action("Open the draft of the notice", url=draft, icon="mail")]
