"""Mails that came back, and the addresses that do not work since."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from config.accounts.policies import require
from config.accounts.selectors.facilities import current_facility
from config.kernel.display.dates import day_text
from config.kernel.pages import Action, Crumb, Done, Empty, Tab, answer_form, render_list
from credentialing import policies
from credentialing.choices import MailKind, ReturnHow
from credentialing.forms.returns import AddressWorksForm, CameBackForm
from credentialing.models import FailingAddress, PacketMail
from credentialing.models.mails import Mail
from credentialing.return_list import ACCOUNTS, ADDRESSES
from credentialing.selectors.returns import failing_accounts, failing_points, mails_returned_from
from credentialing.services import bounces
from credentialing.services.bounces import Came

REMIND = "credentialing.send_reminders"
TITLE = "Addresses that do not work"


@login_required
@require_GET
def address_list(request: HttpRequest) -> HttpResponse:
    """Addresses of the facility's people from which mail comes back."""
    require(request.user, REMIND)
    facility = current_facility(request)
    rows = failing_points(request.user, [facility.pk] if facility else [])
    return render_list(
        request,
        ADDRESSES,
        rows,
        title=TITLE,
        subtitle="Mail to them came back. What is due goes to the office instead until they are corrected.",
        crumbs=_crumbs(),
        tabs=_tabs("addresses"),
        noun="address,addresses",
        empty=Empty(
            "No mail came back.", "Every address in the files works, as far as is known.", icon="mail"
        ),
    )


@login_required
@require_GET
def account_list(request: HttpRequest) -> HttpResponseBase:
    """Accounts of members, leaders and the office from whose address mail comes back."""
    require(request.user, REMIND)
    facility = current_facility(request)
    rows = failing_accounts(request.user, [facility.pk] if facility else [])
    return render_list(
        request,
        ACCOUNTS,
        rows,
        title=TITLE,
        subtitle="They are not written to when something waits for them: tell them another way meanwhile.",
        crumbs=_crumbs(),
        tabs=_tabs("account_addresses"),
        noun="account,accounts",
        empty=Empty("No mail came back.", "Every account's address works, as far as is known.", icon="mail"),
    )


def _crumbs() -> list[Crumb]:
    return [Crumb("Reminders", reverse("credentialing:reminders")), Crumb(TITLE)]


def _tabs(current: str) -> list[Tab]:
    pages = (("addresses", "In files"), ("account_addresses", "Of accounts"))
    return [Tab(label, reverse(f"credentialing:{name}"), active=name == current) for name, label in pages]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def address_page(request: HttpRequest, uid) -> HttpResponse:
    """One address: what came back, whose it is; correct it, or say that it works."""
    require(request.user, REMIND)
    failing = get_object_or_404(FailingAddress, uid=uid)
    points = list(failing_points(request.user).filter(address=failing.address)[:10])
    accounts = list(failing_accounts(request.user).filter(address=failing.address)[:10])
    if not points and not accounts:
        raise Http404
    came = list(mails_returned_from(failing.address)[:5])
    page = {
        "title": failing.address,
        "subtitle": ", ".join(
            dict.fromkeys([*(str(each.practitioner) for each in points), *map(str, accounts)])
        ),
        "crumbs": [
            Crumb("Addresses that do not work", reverse("credentialing:addresses")),
            Crumb(failing.address),
        ],
        "intro": " ".join(
            f"{each.get_kind_display()} of {day_text(each.recorded_at)} came back: {_sentence(each.reason)}"
            for each in came
        )
        + (" An administrator corrects the address of an account." if accounts else ""),
        "form": AddressWorksForm(request.POST or None),
        "submit": "The address works",
        "cancel_url": reverse("credentialing:addresses"),
        "actions": [
            Action(
                "Correct the address" if len(points) == 1 else f"Correct it for {each.practitioner}",
                url=reverse("practitioners:contact", args=[each.practitioner.uid, "email"]),
                kind="primary",
                icon="edit",
            )
            for each in points
        ],
    }

    def confirm(given: dict[str, Any]) -> Done:
        bounces.confirm_address(actor=request.user, failing=failing, reason=given["reason"])
        return Done(f"{failing.address} is written to again.", reverse("credentialing:addresses"))

    return answer_form(request, page, confirm)


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


# --- a mail came back, by hand --------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reminder_came_back(request: HttpRequest, uid) -> HttpResponse:
    """A reminder that went out came back to the office."""
    require(request.user, REMIND)
    mail = get_object_or_404(policies.visible_messages(request.user), uid=uid)
    back = reverse("credentialing:reminders")
    return _came_back(request, MailKind.REMINDER, mail, mail.recipient, Crumb("Reminders", back))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def packet_mail_came_back(request: HttpRequest, uid) -> HttpResponse:
    """A mail about a packet came back to the office."""
    found = PacketMail.objects.select_related("link__packet__application__facility")
    mail = get_object_or_404(found, uid=uid)
    application = policies.application_or_404(request.user, mail.link.packet.application.uid)
    require(request.user, "credentialing.manage_application", application.facility)
    back = reverse("credentialing:packet", args=[mail.link.packet.uid])
    return _came_back(
        request, MailKind.PACKET, mail, mail.link.email, Crumb(f"Packet of {application.practitioner}", back)
    )


def _came_back(request: HttpRequest, kind: MailKind, mail: Mail, address: str, place: Crumb) -> HttpResponse:
    form = CameBackForm(request.POST or None)
    page = {
        "title": "It came back",
        "subtitle": address,
        "crumbs": [place, Crumb("It came back")],
        "form": form,
        "intro": "The mail is not sent again. Its address counts as one that does not work until somebody "
        "corrects it or says that it works; what is due goes to the office meanwhile.",
        "submit": "Write down that it came back",
        "cancel_url": place.url,
    }

    def record(given: dict[str, Any]) -> Done:
        came = Came(ReturnHow.HAND, form.reason())
        bounces.record_return(actor=request.user, kind=kind, mail=mail, came=came)
        return Done("Written down. Correct the address, or tell the person another way.", place.url)

    return answer_form(request, page, record)
