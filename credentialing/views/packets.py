"""Pages by which the office sends out packets, sees how far they are, and writes in what came on paper."""

from __future__ import annotations

import functools
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.accounts.policies import require
from config.kernel import clock
from config.kernel.pages import Action, Crumb, Done, answer_form, go_to, render_page
from credentialing import links, policies
from credentialing.choices import MailStatus, PacketRole, PacketStage, PacketStatus, SectionStatus
from credentialing.forms.enquiries import WithdrawForm
from credentialing.forms.packets import (
    InviteForm,
    LinkForm,
    RenewForm,
)
from credentialing.models import Application, Packet, PacketLink
from credentialing.models.packets import WRITABLE
from credentialing.selectors.packets import (
    PacketState,
    confirmed_sections,
    packet_of,
    ran_out,
    read_packet,
    standing,
    terms_of,
    written_name,
)
from credentialing.services import packets
from practitioners.choices import ContactKind

MANAGE = policies.MANAGE


# --- making one -----------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def packet_invite(request: HttpRequest, uid) -> HttpResponse:
    """Ask the applicant by a signed link."""
    application = application_of(request, uid)
    person = application.practitioner
    email = person.contact_points.filter(kind=ContactKind.EMAIL).order_by("pk").first()
    terms = terms_of(application.facility, clock.today(application.facility))
    page = {
        "title": "Invite the applicant",
        "subtitle": str(application),
        "crumbs": crumbs_of(application, "Invite the applicant"),
        "intro": (
            "A mail with a link to the packet, filled with what is on file. The link works for "
            f"{terms.link_days} days; the packet is due after {terms.answer_days} unless you say otherwise."
        ),
        "form": InviteForm(
            request.POST or None,
            initial={"name": written_name(person), "email": email.line_1 if email else ""},
        ),
        "submit": "Send the invitation",
        "cancel_url": links.application(application),
    }

    def invite(given: dict) -> Done:
        packet = packets.invite(actor=request.user, application=application, **given)
        return Done(f"The invitation goes out to {given['email']}.", packet_address(packet))

    return answer_form(request, page, invite)


@login_required
@require_POST
def packet_on_paper(request: HttpRequest, uid) -> HttpResponse:
    """The application came on paper: make the packet the office writes it into."""
    application = application_of(request, uid)
    packet = packets.open_on_paper(actor=request.user, application=application)
    messages.success(request, "Write in what stands on the paper, then record the signature.")
    return go_to(request, packet_address(packet))


# --- how far it is --------------------------------------------------------------------------------------


@login_required
@require_GET
def packet_page(request: HttpRequest, uid) -> HttpResponse:
    """Sections with how far each is, links, what is missing, and what can be done."""
    packet = policies.packet_or_404(request.user, uid)
    state = read_packet(packet)
    sent = list(packet.links.prefetch_related("mails").order_by("-created_at", "-pk"))
    expired = ran_out(packet, sent)
    deficiencies = list(packet.application.deficiencies.select_related("asked_by", "section", "document"))
    page = {
        "title": str(packet.application.practitioner),
        "subtitle": f"{state.template.title}, {packet.application.facility}",
        "crumbs": crumbs_of(packet.application, "Packet"),
        "page_badge": PacketStage.EXPIRED if expired else PacketStatus(packet.status),
        "today": clock.today(packet.application.facility),
        "packet": packet,
        "state": state,
        "lines": [_line(state, each) for each in state.sections],
        "links": [_link(packet, each) for each in sent],
        "signatures": list(packet.signatures.order_by("-signed_at", "-pk")),
        "signed_url": reverse("credentialing:packet_signed", args=[packet.uid]),
        "deficiencies": [
            {"row": each, "actions": deficiency_actions(each) if each.is_open else []}
            for each in deficiencies
        ],
        "actions": _actions(packet, state, expired=expired),
    }
    return render_page(request, "credentialing/packet/page.html", page)


def _line(state: PacketState, each) -> dict[str, Any]:
    packet = state.packet
    writes = packet.on_paper and packet.status in WRITABLE and not each.waits_for
    reviewed = packet.status in (PacketStatus.SIGNED, PacketStatus.RETURNED, PacketStatus.ACCEPTED)
    name = "packet_write" if writes else "packet_review" if reviewed else ""
    waiting = packet.status == PacketStatus.SIGNED and each.row.status == SectionStatus.COMPLETE
    return {
        "one": each,
        "url": reverse(f"credentialing:{name}", args=[packet.uid, each.row.code]) if name else "",
        "to_review": waiting,
        "prefilled": each.is_unchanged,
    }


def _link(packet: Packet, link: PacketLink) -> dict[str, Any]:
    link.packet = packet
    state = standing(link)
    shown = {
        "open": ("Works", "good"),
        "read_only": ("Shows only how it stands", "neutral"),
        "revoked": ("Revoked", "muted"),
        "expired": ("Expired", "warn"),
        "closed": ("Closed", "muted"),
    }[state]
    live = link.revoked_at is None and packet.status not in (PacketStatus.ACCEPTED, PacketStatus.WITHDRAWN)
    actions = [
        Action("Renew", url=reverse("credentialing:packet_link_renew", args=[link.uid]), icon="refresh"),
        Action(
            "Revoke",
            url=reverse("credentialing:packet_link_revoke", args=[link.uid]),
            method="post",
            confirm="Revoke this link? It opens nothing from then on.",
            confirm_label="Revoke",
        ),
    ]
    return {
        "link": link,
        "role": PacketRole(link.role),
        "word": shown[0],
        "colour": shown[1],
        "mails": [
            {
                "text": mail.get_kind_display(),
                "badge": MailStatus(mail.status),
                "at": mail.sent_at or mail.created_at,
                "problem": mail.problem,
                "came_back_url": reverse("credentialing:packet_mail_came_back", args=[mail.uid])
                if mail.status == MailStatus.SENT
                else "",
            }
            for mail in link.mails.all()
        ],
        "actions": actions if live else [],
    }


def _actions(packet: Packet, state: PacketState, *, expired: bool) -> list[Action]:
    here = functools.partial(reverse, args=[packet.uid])
    actions = []
    if packet.on_paper and packet.status in (PacketStatus.OPEN, PacketStatus.RETURNED):
        actions.append(
            Action(
                "Record the signature",
                url=here("credentialing:packet_wet"),
                kind="primary",
                icon="signature",
                refusal="" if state.is_complete else "Every section has to be complete first.",
            )
        )
    elif packet.status in WRITABLE:
        if expired:
            actions.append(
                Action(
                    "Invite again",
                    url=here("credentialing:packet_again"),
                    method="post",
                    kind="primary",
                    icon="send",
                )
            )
        actions.append(
            Action("Invite a delegate", url=here("credentialing:packet_delegate"), icon="user-plus")
        )
    if unchanged := len(confirmed_sections(state)):
        actions.append(
            Action(
                f"Accept {unchanged} unchanged",
                url=here("credentialing:packet_accept_unchanged"),
                method="post",
                kind="primary",
                icon="check",
                confirm="Accept every section the applicant confirmed as unchanged?",
                confirm_label="Accept them",
            )
        )
    if packet.application.is_open:
        actions.append(
            Action(
                "Ask for something missing",
                url=reverse("credentialing:deficiency_add", args=[packet.application.uid]),
                icon="mail-forward",
            )
        )
    if packet.status not in (PacketStatus.ACCEPTED, PacketStatus.WITHDRAWN):
        actions.append(
            Action("Withdraw the packet", url=here("credentialing:packet_withdraw"), kind="danger", icon="x")
        )
    return actions


def deficiency_actions(row) -> list[Action]:
    """What can be done about something that is still owed."""
    return [
        Action("It came", url=reverse("credentialing:deficiency_answer", args=[row.uid]), icon="mail-check"),
        Action("Ask no more", url=reverse("credentialing:deficiency_withdraw", args=[row.uid]), icon="x"),
    ]


# --- links ----------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def packet_delegate(request: HttpRequest, uid) -> HttpResponse:
    """A link for somebody who fills in for the applicant."""
    packet = policies.packet_or_404(request.user, uid)
    page = form_page(
        packet,
        "Invite a delegate",
        LinkForm(request.POST or None),
        "Send the link",
        intro="A delegate fills in and uploads. They never sign, and never see what was signed.",
    )

    def invite(given: dict) -> Done:
        packets.invite_delegate(actor=request.user, packet=packet, **given)
        return Done(f"The link goes out to {given['email']}.", packet_address(packet))

    return answer_form(request, page, invite)


@login_required
@require_http_methods(["GET", "POST"])
def packet_link_renew(request: HttpRequest, uid) -> HttpResponse:
    """Another link in place of this one."""
    link = policies.packet_link_or_404(request.user, uid)
    page = form_page(
        link.packet,
        "Renew the link",
        RenewForm(request.POST or None, initial={"email": link.email}),
        "Send a new link",
        intro=f"The link {link.name} has opens nothing from then on; what was filled in stays.",
    )

    def renew(given: dict) -> Done:
        packets.renew_link(actor=request.user, link=link, **given)
        return Done(f"A new link goes out to {given['email']}.", packet_address(link.packet))

    return answer_form(request, page, renew)


@login_required
@require_POST
def packet_link_revoke(request: HttpRequest, uid) -> HttpResponse:
    """The link opens nothing from now on."""
    link = policies.packet_link_or_404(request.user, uid)
    packets.revoke_link(actor=request.user, link=link)
    messages.success(request, f"The link of {link.name} opens nothing any more.")
    return go_to(request, packet_address(link.packet))


@login_required
@require_POST
def packet_again(request: HttpRequest, uid) -> HttpResponse:
    """Invite once more whoever let the link run out; then back to where the button stood."""
    packet = policies.packet_or_404(request.user, uid)
    link = packets.invite_again(actor=request.user, packet=packet)
    messages.success(request, f"A new link goes out to {link.email}.")
    asked = request.POST.get("next", "")
    known = url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return go_to(request, asked if asked and known else packet_address(packet))


@login_required
@require_http_methods(["GET", "POST"])
def packet_withdraw(request: HttpRequest, uid) -> HttpResponse:
    """Take the packet back."""
    packet = policies.packet_or_404(request.user, uid)
    page = form_page(
        packet,
        "Withdraw the packet",
        WithdrawForm(request.POST or None),
        "Withdraw the packet",
        intro="Its links open nothing from then on. The application stays, and takes another packet.",
        danger=True,
    )

    def withdraw(given: dict) -> Done:
        packets.withdraw(actor=request.user, packet=packet, **given)
        return Done("Withdrawn.", links.application(packet.application))

    return answer_form(request, page, withdraw)


# --- shared ---------------------------------------------------------------------------------------------


def application_of(request: HttpRequest, uid) -> Application:
    """The application of that uid, if the reader may work on its packet."""
    application = policies.application_or_404(request.user, uid)
    require(request.user, MANAGE, application.facility)
    return application


def packet_address(packet: Packet) -> str:
    """The page of a packet."""
    return reverse("credentialing:packet", args=[packet.uid])


def back_to(application: Application) -> str:
    """Where to go on from something about an application: its packet, or its file."""
    packet = packet_of(application)
    return packet_address(packet) if packet is not None else links.application(application)


def crumbs_of(application: Application, here: str, url: str = "") -> list[Crumb]:
    """The path to a page about an application's packet."""
    return [
        Crumb("Applications", reverse("credentialing:list")),
        Crumb(str(application.practitioner), links.application(application)),
        Crumb(here, url),
    ]


def form_page(
    packet: Packet, title: str, form, submit: str, *, intro: str = "", danger: bool = False
) -> dict[str, Any]:
    """A page with one form about a packet."""
    return {
        "title": title,
        "subtitle": str(packet.application),
        "crumbs": [*crumbs_of(packet.application, "Packet", packet_address(packet)), Crumb(title)],
        "intro": intro,
        "form": form,
        "submit": submit,
        "danger": danger,
        "cancel_url": packet_address(packet),
    }
