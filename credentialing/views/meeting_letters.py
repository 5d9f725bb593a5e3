"""The letters of a meeting on one page: what each decision calls for, and one act for all of them."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from config.accounts.choices import DataClass
from config.accounts.policies import require
from config.audit.services.events import record_protected_read
from config.kernel.display.words import plural_text
from config.kernel.pages import Crumb, Done, address, answer_form, render_page
from credentialing import links
from credentialing.forms.letters import MeetingLettersForm
from credentialing.rules.letter_occasions import NOTICES
from credentialing.selectors.letters import WRITE
from credentialing.selectors.meeting_letters import MeetingLetter, letters_of_meeting, meeting_with_letters
from credentialing.services.meeting_letters import Lettered, issue_meeting_letters

TEMPLATE = "credentialing/letters/meeting.html"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_letters(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """What the decisions of a meeting call for, how far each letter is, and what can be done at once."""
    require(request.user, WRITE)
    meeting = meeting_with_letters(request.user, uid)
    if meeting is None:
        raise Http404
    rows = letters_of_meeting(request.user, meeting)
    for each in rows:
        _log_read(request, each)
    form = MeetingLettersForm(request.POST or None, letters=[each for each in rows if each.waits])
    ticked = set(form["chosen"].value() or ())
    here = reverse("credentialing:meeting_letters", args=[meeting.uid])
    page = {
        "title": "Letters of the meeting",
        "subtitle": str(meeting),
        "crumbs": [
            Crumb("Meetings", reverse("bylaws:meetings")),
            Crumb(str(meeting.committee), reverse("bylaws:meeting", args=[meeting.uid])),
            Crumb("Letters"),
        ],
        "form": form,
        "waiting": [(each, each.key in ticked, _read_url(each)) for each in rows if each.waits],
        "others": [(each, _read_url(each)) for each in rows if not each.waits],
        "issues": sum(each.issues for each in rows),
        "mails": sum(each.sends for each in rows if each.waits),
        "back": reverse("bylaws:meeting", args=[meeting.uid]),
    }
    if request.method != "POST":
        return render_page(request, TEMPLATE, page)

    def issue(given: dict) -> Done:
        done = issue_meeting_letters(actor=request.user, meeting=meeting, chosen=set(given["chosen"]))
        for row, why in done.left:
            messages.warning(request, f"{row.practitioner}, {row.name}: {why}")
        return Done(_said(done), here)

    return answer_form(request, page, issue, template=TEMPLATE)


def _said(done: Lettered) -> str:
    issued, sent = plural_text(len(done.issued), "letter"), plural_text(len(done.sent), "e-mail")
    return f"{issued} issued, {sent} on the way."


def _read_url(row: MeetingLetter) -> str:
    """Where its words are read: the letter as issued, or as it would be issued now."""
    if row.letter is not None:
        return links.letter(row.letter)
    if row.template is None:
        return ""
    write = reverse("credentialing:letter_write", args=[row.application.uid, row.template.code])
    return address(write, act=row.decision.uid) if row.template.occasion in NOTICES else write


def _log_read(request: HttpRequest, row: MeetingLetter) -> None:
    """That there is a notice to somebody is protected: seeing it is logged."""
    data_class = row.letter.data_class if row.letter is not None else getattr(row.template, "data_class", "")
    if data_class and data_class != DataClass.GENERAL:
        record_protected_read(
            actor=request.user,
            data_class=DataClass(data_class),
            subject_kind="bylaws.decision",
            subject_uid=row.decision.uid,
            practitioner=row.practitioner,
        )
