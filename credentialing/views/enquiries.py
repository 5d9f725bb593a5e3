"""Pages by which the office sends forms to peers and other hospitals, or takes them back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from config.accounts.policies import may, require
from config.kernel.errors import Refused
from config.kernel.pages import Action, Crumb, Done, answer_form, go_to, render_page
from credentialing import links, policies
from credentialing.choices import AttemptOutcome, EnquiryStatus, ItemStatus, MailStatus
from credentialing.enquiry_forms import current_form
from credentialing.forms.enquiries import RecipientForm, WithdrawForm
from credentialing.models import Enquiry, VerificationItem
from credentialing.models.enquiries import LIVE
from credentialing.selectors import enquiries as reading
from credentialing.selectors.release import release_missing
from credentialing.services import bounces, enquiries
from practitioners.choices import Method

VERIFY = "credentialing.verify"


# --- the part of the item's page ------------------------------------------------------------------------


def forms_part(request: HttpRequest, item: VerificationItem) -> dict[str, Any] | None:
    """What the item's page shows of forms by mail: what was sent, to whom, and what can be done next.

    None for what no form asks about.
    """
    if current_form(item.element) is None:
        return None
    sent = reading.enquiries_of(item)
    live = next((each for each in sent if each.status in LIVE), None)
    verifies = may(request.user, VERIFY, item.application.facility)
    return {
        "enquiries": [{"enquiry": each, "mails": _mails(each)} for each in sent],
        "actions": _actions(item, live) if verifies else [],
        "answered": next(
            (each for each in sent if each.evidence_id and each.evidence_id == item.evidence_id), None
        ),
    }


def _mails(enquiry: Enquiry) -> list[dict[str, Any]]:
    return [
        {
            "text": "Request" if each.step_days is None else f"Reminder after {each.step_days} days",
            "badge": MailStatus(each.status),
            "at": each.sent_at or each.created_at,
            "problem": each.problem,
        }
        for each in enquiry.mails.all()
    ]


def _actions(item: VerificationItem, live: Enquiry | None) -> list[Action]:
    if item.status not in reading.UNANSWERED or item.application.status not in reading.WORKED_ON:
        return [_withdraw(live)] if live is not None else []
    send = reverse("credentialing:enquiry_send", args=[item.uid])
    if live is None:
        return [Action("Send the form", url=send, icon="send", kind="primary")]
    actions = [
        Action(
            "Send again",
            url=reverse("credentialing:enquiry_again", args=[live.uid]),
            method="post",
            icon="refresh",
        ),
        Action("Send to somebody else", url=send, icon="send"),
        _withdraw(live),
    ]
    if live.status in (EnquiryStatus.TO_SEND, EnquiryStatus.SENT):
        actions.append(
            Action(
                "The mail came back",
                url=reverse("credentialing:enquiry_bounced", args=[live.uid]),
                method="post",
            )
        )
    return actions


def _withdraw(live: Enquiry) -> Action:
    return Action(
        "Withdraw", url=reverse("credentialing:enquiry_withdraw", args=[live.uid]), kind="danger", icon="x"
    )


def chase_actions(request: HttpRequest, item: VerificationItem) -> list[Action]:
    """Logging a try by one click: from the queue of sources to chase that makes two."""
    if item.status not in (ItemStatus.REQUESTED, ItemStatus.AWAITING) or item.automatic_source:
        return []
    if item.application.status not in reading.WORKED_ON:
        return []
    if not may(request.user, VERIFY, item.application.facility):
        return []
    url = reverse("credentialing:deed", args=[item.uid, "attempt"])
    tries = (
        ("Phoned, no answer", Method.PHONE, AttemptOutcome.NO_ANSWER, "phone"),
        ("Wrote again", Method.LETTER, AttemptOutcome.SENT, "mail"),
    )
    return [
        Action(
            label, url=url, method="post", icon=icon, hidden={"method": str(method), "outcome": str(outcome)}
        )
        for label, method, outcome, icon in tries
    ]


# --- sending --------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def enquiry_send(request: HttpRequest, uid) -> HttpResponse:
    """Send the item's form, to whom the claim names or to whom is entered."""
    item = policies.item_or_404(request.user, uid)
    require(request.user, VERIFY, item.application.facility)
    if current_form(item.element) is None:
        raise Refused(f"There is no form for {item.get_element_display().lower()}; ask by letter.")
    live = reading.live_enquiry(item)
    known = reading.recipient_of(item, reading.claims_of([item]).get(item.credential_id))
    form = RecipientForm(
        request.POST if request.method == "POST" else None,
        initial={
            "name": known.name,
            "email": known.email,
            "title": known.title,
            "organization": known.organization,
        },
    )
    terms = reading.terms_of(item.application.facility, policies.today_of(item))
    steps = ", ".join(str(step) for step in terms.ladder) or "no"
    intro = (
        f"A mail with a link to the form, which asks for an answer within {terms.answer_days} days. "
        f"Reminders follow after {steps} days; the link works for {terms.link_days} days."
    )
    if live is not None:
        intro = (
            f"The form sent to {live.recipient_name} is withdrawn: its link opens nothing any more. {intro}"
        )
    if missing := release_missing(item.application):
        intro = f"{missing} {intro}"
    page = {
        "title": "Send the form",
        "subtitle": f"{item.label}, {item.application.practitioner}",
        "crumbs": [
            Crumb(item.get_element_display(), links.item(item)),
            Crumb("Send the form"),
        ],
        "intro": intro,
        "form": form,
        "submit": "Send the form",
        "cancel_url": links.item(item),
    }

    def send(given: dict) -> Done:
        enquiry = enquiries.send_form(actor=request.user, item=item, recipient=form.recipient())
        return Done(f"The form goes out to {enquiry.recipient_name}.", links.item(item))

    return answer_form(request, page, send)


@login_required
@require_http_methods(["GET", "POST"])
def enquiry_send_all(request: HttpRequest, uid) -> HttpResponse:
    """Send the forms of every unanswered reference and affiliation of a file, after a preview."""
    application = policies.application_or_404(request.user, uid)
    require(request.user, VERIFY, application.facility)
    address = links.application(application)
    found = reading.candidates(application)
    ready = [each for each in found if not each.problem]
    if request.method == "POST":
        sent, _ = enquiries.send_all(actor=request.user, application=application)
        if sent:
            messages.success(
                request, f"{len(sent)} form{'s go' if len(sent) != 1 else ' goes'} out. The file shows which."
            )
        else:
            messages.warning(request, "No form could be sent; each item says why.")
        return go_to(request, address)
    return render_page(
        request,
        "credentialing/enquiries_preview.html",
        {
            "no_release": release_missing(application),
            "title": "Send the forms",
            "subtitle": str(application),
            "crumbs": [
                Crumb("Applications", reverse("credentialing:list")),
                Crumb(str(application.practitioner), address),
                Crumb("Send the forms"),
            ],
            "ready": ready,
            "left": [(each, links.item(each.item)) for each in found if each.problem],
            "cancel_url": address,
            "submit": f"Send {len(ready)} form{'s' if len(ready) != 1 else ''}",
        },
    )


# --- afterwards -----------------------------------------------------------------------------------------


@login_required
@require_POST
def enquiry_again(request: HttpRequest, uid) -> HttpResponse:
    """The same form to the same person once more."""
    enquiry = _enquiry(request, uid)
    enquiries.send_again(actor=request.user, enquiry=enquiry)
    messages.success(request, f"The form goes out to {enquiry.recipient_name} again.")
    return go_to(request, links.item(enquiry.item))


@login_required
@require_POST
def enquiry_bounced(request: HttpRequest, uid) -> HttpResponse:
    """The mail came back."""
    enquiry = _enquiry(request, uid)
    bounces.enquiry_came_back(actor=request.user, enquiry=enquiry, reason="The mail came back to the office.")
    messages.success(request, "Noted. Correct the address by sending the form to somebody else.")
    return go_to(request, links.item(enquiry.item))


@login_required
@require_http_methods(["GET", "POST"])
def enquiry_withdraw(request: HttpRequest, uid) -> HttpResponse:
    """Take a form back."""
    enquiry = _enquiry(request, uid)
    back = links.item(enquiry.item)
    page = {
        "title": "Withdraw the form",
        "subtitle": f"{enquiry.item.label}, sent to {enquiry.recipient_name}",
        "crumbs": [Crumb("Applications", reverse("credentialing:list")), Crumb(enquiry.item.label, back),
                   Crumb("Withdraw the form")],
        "intro": "Its link opens nothing from then on, and no reminder goes out.",
        "form": WithdrawForm(request.POST or None),
        "submit": "Withdraw the form",
        "danger": True,
        "cancel_url": back,
    }  # fmt: skip

    def withdraw(given: dict) -> Done:
        enquiries.withdraw(actor=request.user, enquiry=enquiry, **given)
        return Done("Withdrawn: the link opens nothing any more.", back)

    return answer_form(request, page, withdraw)


def _enquiry(request: HttpRequest, uid) -> Enquiry:
    enquiry = policies.visible_enquiries(request.user).filter(uid=uid).first()
    if enquiry is None:
        raise Http404
    require(request.user, VERIFY, enquiry.item.application.facility)
    return enquiry
