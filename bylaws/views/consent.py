"""The agenda made from what is ready in one act, and the vote on the consent agenda."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bylaws.choices import MeetingStatus
from bylaws.forms.meetings import ConsentForm, ReadyForm
from bylaws.models import AgendaItem
from bylaws.selectors.consent import ready_files
from bylaws.selectors.meetings import ItemView, get_meeting, meeting_view
from bylaws.services.consent import ConsentVote, add_ready_files, carry_consent, put_consent
from bylaws.views.common import found
from config.accounts.policies import require
from config.kernel.display.words import plural_text
from config.kernel.errors import Refused
from config.kernel.pages import (
    Crumb,
    Done,
    answer_form,
    chosen_uids,
    go_to,
    render_invalid,
    render_page,
    render_refused,
)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def agenda_ready(request, uid) -> HttpResponse:
    """Every file that waits for the body, which of them are clean, and of the others why not."""
    meeting = found(get_meeting(viewer=request.user, uid=uid))
    require(request.user, "bylaws.run_meeting", meeting.committee.facility)
    back = reverse("bylaws:meeting", args=[meeting.uid])
    ready = ready_files(viewer=request.user, meeting=meeting)
    form = ReadyForm(request.POST or None, ready=ready)
    chosen = set(form["chosen"].value() or ())
    page = {
        "title": "Add all that is ready",
        "subtitle": str(meeting),
        "crumbs": _crumbs(meeting, back, "Add all that is ready"),
        "form": form,
        "clean": [(each, str(each.step.uid) in chosen) for each in ready if not each.why_not],
        "others": [(each, str(each.step.uid) in chosen) for each in ready if each.why_not],
        "back": back,
    }

    def add(given: dict) -> Done:
        wanted = set(given["chosen"])
        steps = [each.step for each in ready if str(each.step.uid) in wanted]
        added = add_ready_files(actor=request.user, meeting=meeting, steps=steps)
        files = plural_text(len(added.items), "file")
        said = f"{files} put on the agenda, {added.on_consent} of them on the consent agenda."
        for step, why in added.left:
            messages.warning(request, f"{step.case.practitioner} is not on the agenda: {why}")
        return Done(said, back)

    return answer_form(request, page, add, template="bylaws/agenda_ready.html")


def _crumbs(meeting, back: str, last: str) -> list[Crumb]:
    return [Crumb("Meetings", reverse("bylaws:meetings")), Crumb(str(meeting.committee), back), Crumb(last)]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def consent_vote(request, uid) -> HttpResponse:
    """One motion for the consent agenda, with the roll of those who are here."""
    meeting = found(get_meeting(viewer=request.user, uid=uid))
    require(request.user, "bylaws.run_meeting", meeting.committee.facility)
    back = reverse("bylaws:meeting", args=[meeting.uid])
    view = meeting_view(viewer=request.user, meeting=meeting)
    items = [each for each in view.consent if each.item.status == "open"]
    form = ConsentForm(request.POST or None, members=view.voters_here)
    page = {
        "title": "Vote on the consent agenda",
        "subtitle": str(meeting),
        "crumbs": _crumbs(meeting, back, "Consent agenda"),
        "form": form,
        "items": items,
        "quorum": view.quorum,
        "quorum_problem": view.quorum_problem,
        "why_not": _why_not(meeting, items, form),
        "cancel_url": back,
    }
    template = "bylaws/consent_vote.html"
    if request.method != "POST":
        return render_page(request, template, page)
    if not form.is_valid():
        return render_invalid(request, template, page)
    try:
        if request.POST.get("do") == "put":
            put = put_consent(
                actor=request.user,
                meeting=meeting,
                mover=form.cleaned_data["mover"],
                seconder=form.cleaned_data["seconder"],
                expected=chosen_uids(request.POST.getlist("item")),
            )
            messages.success(
                request, f"{plural_text(len(put.motions), 'item')} put to the vote by one motion."
            )
            for item, why in put.left:
                messages.warning(request, f"{_named(item)} is not: {why}")
            return go_to(request, back)
        done = carry_consent(
            actor=request.user,
            meeting=meeting,
            mover=form.cleaned_data["mover"],
            seconder=form.cleaned_data["seconder"],
            votes=form.votes,
            expected=chosen_uids(request.POST.getlist("item")),
        )
    except Refused as refused:
        return render_refused(request, refused, template, page, form=form)
    _say(request, done)
    return go_to(request, back)


def _why_not(meeting, items: Sequence[ItemView], form: ConsentForm) -> str:
    """Why no vote can be taken now, as a sentence; empty where one can."""
    if meeting.status != MeetingStatus.IN_SESSION:
        return "The meeting is not in session; call it to order first."
    if not items:
        return "Nothing is on the consent agenda."
    if any(each.open_motion for each in items):
        return "It is put to the vote already; the members vote on the page of the meeting."
    if len(form.members) < 2:
        return "Two voting members must be present: one moves, one seconds."
    return ""


def _say(request, done: ConsentVote) -> None:
    """What was decided together, and what stays open why."""
    failed = len(done.motions) - len(done.carried)
    said = f"{plural_text(len(done.carried), 'item')} carried by one motion."
    (messages.success if done.carried else messages.warning)(request, said)
    if failed:
        messages.warning(request, f"{plural_text(failed, 'item')} did not carry, and stay open.")
    for item, why in done.left:
        messages.warning(request, f"{_named(item)} stays open: {why}")


def _named(item: AgendaItem) -> str:
    return str(item.practitioner or item.title)
