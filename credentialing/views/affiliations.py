"""Pages of affiliation letters for the office: the list, one request with its verdict, what is answered."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.accounts.choices import DataClass
from config.accounts.policies import may_see_class
from config.audit.services.events import record_protected_read
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.pages import (
    Action,
    Crumb,
    Done,
    Empty,
    answer_form,
    download,
    go_to,
    render_list,
    render_page,
    stored,
)
from config.kernel.papers import typeset
from config.rulebook.verdicts import Outcome
from credentialing import links, policies, tables
from credentialing.choices import AffiliationReplyKind, AffiliationStatus, MailStatus
from credentialing.filters import AffiliationFilter
from credentialing.forms.affiliations import (
    AddressForm,
    CloseForm,
    DeclineForm,
    IdentifyForm,
    OwnLetterForm,
    StandardForm,
)
from credentialing.models import AffiliationReply, AffiliationRequest
from credentialing.rules.affiliations import Standing, said
from credentialing.rules.pages import picture
from credentialing.selectors import affiliations as selectors
from credentialing.services import affiliation_mails, affiliations, bounces
from credentialing.views.intake import LARGE, facility_of
from practitioners import store
from practitioners.models import Practitioner
from practitioners.rules.uploads import PDF

TEMPLATE = "credentialing/affiliation.html"
SENT = "It goes out in two minutes; until then you can take it back."
Kind = AffiliationReplyKind


@login_required
@require_GET
def affiliation_list(request: HttpRequest) -> HttpResponse:
    """Who asked about whom; those nobody has answered unless asked otherwise."""
    facility = facility_of(request)
    data = request.GET.copy()
    if "status" not in data:
        data["status"] = "open"
    visible = policies.visible_affiliations(request.user).filter(facility=facility)
    filterset = AffiliationFilter(data, queryset=visible)
    add = Action("New request", url=reverse("credentialing:affiliation_add"), icon="plus", kind="primary")
    actions = [add]
    if selectors.terms_of(facility, clock.today(facility))[0]:
        page = reverse("credentialing:affiliation_ask", args=[facility.code])
        actions.insert(0, Action("The page for others", url=page, icon="external-link"))
    return render_list(
        request,
        tables.AFFILIATIONS,
        filterset.qs,
        title="Affiliation letters",
        subtitle=facility.name,
        noun="request",
        filterset=filterset,
        empty=Empty(
            "No request waits for an answer.",
            "Other hospitals ask on the page for others; what comes by telephone or fax is recorded here.",
            action=add,
            icon="mail-forward",
        ),
        actions=actions,
    )


# --- one request ----------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def affiliation(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Who asks, the release, what the rule says, what each letter would say; and the answer."""
    asked = policies.affiliation_or_404(request.user, uid)
    if asked.release_sha256:
        # A release may carry a birth date or a social security number.
        _log_read(request, asked, DataClass.IDENTITY)
    page = _page(request, asked)
    deed = _DEEDS.get(request.POST.get("do", ""))
    if request.method != "POST" or deed is None:
        return render_page(request, TEMPLATE, page, status=422 if request.method == "POST" else 200)
    name, act = deed
    if name not in page["deeds"]:  # another person was quicker, or the page is old
        page["refusal"] = f'This is not possible: the request is "{asked.get_status_display().lower()}".'
        return render_page(request, TEMPLATE, page, status=409)
    form = _form(name, asked, page["open_points"], request.POST)
    page["deeds"][name] = form
    page["form"] = form

    def do(given: dict) -> Done:
        return Done(act(request.user, asked, given), links.affiliation(asked))

    return answer_form(request, page, do, template=TEMPLATE)


def _reply(kind: str) -> Callable[[Any, AffiliationRequest, dict], str]:
    def act(actor, asked: AffiliationRequest, given: dict) -> str:
        affiliations.reply(actor=actor, request=asked, kind=kind, **given)
        return SENT

    return act


def _identify(actor, asked: AffiliationRequest, given: dict) -> str:
    chosen, npi = given.get("person", ""), given["npi"].strip()
    person = Practitioner.objects.filter(uid=chosen).first() if chosen else None
    if npi:
        person = Practitioner.objects.filter(npi=npi).first()
        if person is None:
            raise Refused("Nobody on file has this NPI.", field="npi")
    if person is None:
        raise Refused("Choose who it is, or enter the NPI.", field="npi")
    affiliations.identify(actor=actor, request=asked, practitioner=person)
    return f"The request is about {person}."


def _close(actor, asked: AffiliationRequest, given: dict) -> str:
    affiliations.close_request(actor=actor, request=asked, **given)
    return "Closed; nobody is answered."


def _again(actor, asked: AffiliationRequest, given: dict) -> str:
    affiliations.send_again(actor=actor, request=asked, email=given["asker_email"])
    return SENT


#: What a form's ``do`` means: which form it is, and what it does.
_DEEDS: dict[str, tuple[str, Callable[[Any, AffiliationRequest, dict], str]]] = {
    "standard": ("standard", _reply(Kind.STANDARD)),
    "dates": ("dates", _reply(Kind.DATES)),
    "own": ("own", _reply(Kind.OWN)),
    "decline": ("decline", _reply(Kind.DECLINE)),
    "identify": ("identify", _identify),
    "close": ("close", _close),
    "again": ("again", _again),
}


def _form(name: str, asked: AffiliationRequest, open_points: bool, data=None):
    auto_id = f"{name}_%s"
    if name in ("standard", "dates"):
        return StandardForm(data, auto_id=auto_id, open_points=open_points and name == "standard")
    if name == "identify":
        return IdentifyForm(data, auto_id=auto_id, people=selectors.candidates(asked))
    if name == "again":
        return AddressForm(data, auto_id=auto_id, initial={"asker_email": asked.asker_email})
    return {"own": OwnLetterForm, "decline": DeclineForm, "close": CloseForm}[name](data, auto_id=auto_id)


def _page(request: HttpRequest, asked: AffiliationRequest) -> dict[str, Any]:
    verdict, standing, matters = selectors.judged(asked)
    replies = selectors.replies_of(asked)
    to_answer = asked.status == AffiliationStatus.TO_ANSWER
    open_points = verdict.outcome == Outcome.UNKNOWN
    sees_matters = may_see_class(request.user, DataClass.PEER_REVIEW, asked.facility)
    if matters and sees_matters:
        _log_read(request, asked, DataClass.PEER_REVIEW)
    known = asked.practitioner is not None
    offered = {
        "identify": to_answer and not known,
        "standard": to_answer and known and verdict.outcome != Outcome.NOT_MET,
        "dates": to_answer and standing.last is not None,
        "own": to_answer and known,
        "decline": to_answer,
        "again": asked.status == AffiliationStatus.CAME_BACK,
        "close": to_answer or asked.status == AffiliationStatus.CAME_BACK,
    }
    return {
        "title": f"Affiliation letter: {asked.practitioner or asked.about}",
        "subtitle": f"{asked.asker_organization} · {asked.reference}",
        "crumbs": [
            Crumb("Affiliation letters", reverse("credentialing:affiliations")),
            Crumb(asked.reference),
        ],
        "page_badge": AffiliationStatus(asked.status),
        "asked": asked,
        "verdict": verdict,
        "matters": matters if sees_matters else [],
        "to_answer": to_answer,
        "open_points": open_points,
        "deeds": {name: _form(name, asked, open_points) for name, here in offered.items() if here},
        "letter": _shown(request, asked, standing, verdict.outcome, replies),
        "replies": [_told(each) for each in replies],
        "undoable": _undoable(asked, replies),
        "practitioner_url": links.practitioner(asked.practitioner) if asked.practitioner else "",
        "asked_on": tables.asked_on(asked),
        "release_numbers": range(1, min(asked.release_pages or 0, 5) + 1),
    }


def _undoable(asked: AffiliationRequest, replies: list[AffiliationReply]) -> AffiliationReply | None:
    if asked.status != AffiliationStatus.REPLYING:
        return None
    waiting = (each for each in replies if each.status == MailStatus.WAITING)
    return next((each for each in waiting if each.letter_id is None), None)


def _told(each: AffiliationReply) -> dict[str, Any]:
    return {
        "reply": each,
        "badge": MailStatus(each.status),
        "letter_url": reverse("practitioners:letter", args=[each.letter.uid]) if each.letter else "",
    }


def _shown(
    request: HttpRequest, asked: AffiliationRequest, standing: Standing, outcome: str, replies
) -> dict[str, Any]:
    """The letter that would go, or the one that goes, as text."""
    live = [each for each in replies if each.status != MailStatus.MOOT]
    if live:
        return live[0].content
    if asked.practitioner is None or standing.last is None:
        return {}
    kind = Kind.DATES if outcome == Outcome.NOT_MET else Kind.STANDARD
    content = selectors.letter_content(asked, standing, kind, signed_by=str(request.user))
    return content | {"preview_url": reverse("credentialing:affiliation_preview", args=[asked.uid, kind])}


@login_required
@require_GET
def preview(request: HttpRequest, uid: uuid.UUID, kind: str) -> HttpResponse:
    """The standard letter, or that with the dates alone, typeset as it would go today."""
    asked = policies.affiliation_or_404(request.user, uid)
    verdict, standing, _ = selectors.judged(asked)
    fits = verdict.outcome != Outcome.NOT_MET if kind == Kind.STANDARD else kind == Kind.DATES
    if not fits or asked.practitioner is None or standing.last is None:
        raise Http404
    content = selectors.letter_content(asked, standing, kind, signed_by=str(request.user))
    content |= {"issued_on": said(standing.on)}
    return stored(typeset(affiliation_mails.TEMPLATE, content, issued_at=clock.now()), PDF)


# --- what becomes of it ---------------------------------------------------------------------------------


@login_required
@require_POST
def undo(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Take the reply back before it goes out."""
    asked = policies.affiliation_or_404(request.user, uid)
    affiliations.undo_reply(actor=request.user, request=asked)
    messages.success(request, "Taken back; nothing was sent.")
    return go_to(request, links.affiliation(asked))


@login_required
@require_POST
def reopen(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Closed by mistake."""
    asked = policies.affiliation_or_404(request.user, uid)
    affiliations.reopen_request(actor=request.user, request=asked)
    messages.success(request, "It waits for an answer again.")
    return go_to(request, links.affiliation(asked))


@login_required
@require_POST
def came_back(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The mail came back to the office."""
    asked = policies.affiliation_or_404(request.user, uid)
    bounces.reply_came_back(actor=request.user, request=asked, reason="The mail came back to the office.")
    messages.warning(request, "Marked as come back. Send it to another address.")
    return go_to(request, links.affiliation(asked))


# --- the release ----------------------------------------------------------------------------------------


@login_required
@require_GET
def release_page(request: HttpRequest, uid: uuid.UUID, number: int) -> HttpResponse:
    """One page of the release as a picture."""
    asked = policies.affiliation_or_404(request.user, uid)
    if not 1 <= number <= (asked.release_pages or 0):
        raise Http404
    content = store.get(asked.release_sha256, encrypted=True)
    if asked.release_media_type != PDF:
        return stored(content, asked.release_media_type)
    return stored(picture(content, number, width=LARGE), "image/png")


@login_required
@require_GET
def release(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The release as it came, as a download."""
    asked = policies.affiliation_or_404(request.user, uid)
    if not asked.release_sha256:
        raise Http404
    _log_read(request, asked, DataClass.IDENTITY)
    content = store.get(asked.release_sha256, encrypted=True)
    return download(content, asked.release_media_type, file_name=asked.release_name)


def _log_read(request: HttpRequest, asked: AffiliationRequest, data_class: DataClass) -> None:
    record_protected_read(
        actor=request.user,
        data_class=data_class,
        subject_kind="credentialing.affiliationrequest",
        subject_uid=asked.uid,
        practitioner=asked.practitioner,
    )
