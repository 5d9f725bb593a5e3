"""The pages behind a packet's signed link: the applicant, or a delegate, fills it in without an account."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from config.accounts.services.users import system_user
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.pages import Done, answer_form, go_to, render_page, render_refused
from credentialing.choices import ApplicationStatus, PacketStatus, SectionStatus
from credentialing.forms.packets import MissingForm, SignForm
from credentialing.models import PacketLink
from credentialing.models.packets import WRITABLE
from credentialing.rules.packet_told import told
from credentialing.selectors.packet_review import titles_of
from credentialing.selectors.packets import (
    OPEN,
    SHOWN,
    PacketState,
    by_token,
    may_sign,
    open_deficiencies,
    read_packet,
    standing,
)
from credentialing.services import completing, packet_answers, packet_signing
from credentialing.views.packet_sections import Place, answer_section
from practitioners.selectors.evidence import read_content

#: Within a minute: links tried from one address that lead nowhere, and pages sent through one link.
MOST_GUESSES, MOST_SENT, WITHIN = 20, 240, 60
GONE, TOO_MANY = 410, 429


def _behind_link(view: Callable) -> Callable:
    """The page for a link that shows something; otherwise plainly why it does not."""

    @never_cache
    @sensitive_post_parameters()
    @require_http_methods(["GET", "HEAD", "POST"])
    @functools.wraps(view)
    def guarded(request: HttpRequest, token: str, **named: Any) -> HttpResponse:
        guesser = f"packet-guess:{request.META.get('REMOTE_ADDR', '')}"
        if cache.get(guesser, 0) >= MOST_GUESSES:
            return _closed(request, "Too many links were tried from here. Wait a minute.", status=TOO_MANY)
        link = by_token(token)
        if link is None:
            _count(guesser)
            return _closed(
                request, "This link leads to no packet. Check that it was copied as a whole.", status=404
            )
        state = standing(link)
        if state not in SHOWN:
            return _closed(request, packet_answers.SENTENCES[state], status=GONE)
        if request.method == "POST" and _count(f"packet-sent:{link.pk}") > MOST_SENT:
            return _closed(request, "This was sent too often. Wait a minute, then go on.", status=TOO_MANY)
        with timezone.override(link.packet.application.facility.time_zone):
            return view(request, link, token, **named)

    return guarded


def _count(key: str) -> int:
    cache.add(key, 0, WITHIN)
    try:
        return cache.incr(key)
    except ValueError:  # it ran out in between
        return 1


@_behind_link
def packet_start(request: HttpRequest, link: PacketLink, token: str) -> HttpResponse:
    """Where it stands, what is missing, and the way on."""
    if link.opened_at is None and standing(link) == OPEN:
        packet_answers.note_opened(link=link)
        return go_to(request, request.path)  # what is written once is not the page's cost
    state = read_packet(link.packet)
    application = link.packet.application
    owed = open_deficiencies(application)
    due = {each.section_id: each.due_on for each in owed}
    page = {
        **_frame(link, token),
        "title": state.template.title,
        "state": state,
        "lines": [_line(state, each, token) | {"due": due.get(each.row.pk)} for each in state.sections],
        "unchanged": state.unchanged if any(each.version for each in state.unchanged) else [],
        "unchanged_url": reverse("credentialing:packet_unchanged", args=[token]),
        "sign_url": reverse("credentialing:packet_sign", args=[token]),
        "receipt_url": reverse("credentialing:packet_receipt", args=[token]),
        "on": _section_address(token, state.next_section.row.code) if state.next_section else "",
        "signed": link.packet.signatures.order_by("-signed_at", "-pk").first(),
        "owed": [
            {"row": each, "url": reverse("credentialing:packet_missing", args=[token, each.uid])}
            for each in owed
            if each.section_id is None
        ],
        "closed": standing(link) != OPEN and link.packet.status in WRITABLE,
        "application_badge": ApplicationStatus(application.status),
        "packet_badge": PacketStatus(link.packet.status),
    }
    return render_page(request, "credentialing/packet/start.html", page)


def _line(state: PacketState, each, token: str) -> dict[str, Any]:
    """One section in the list: how far it is, and whether it can be written in."""
    returned = state.packet.status == PacketStatus.RETURNED
    open_to = state.packet.status in (PacketStatus.INVITED, PacketStatus.OPEN) or (
        returned and each.row.return_reason and each.row.status != SectionStatus.ACCEPTED
    )
    prefilled = each.row.status == SectionStatus.NOT_STARTED and each.version is not None
    return {
        "one": each,
        "url": _section_address(token, each.row.code) if open_to and not each.waits_for else "",
        "badge": each.status,
        "since": each.row.unchanged_since if prefilled else None,
        "reason": each.row.return_reason if each.row.status == SectionStatus.RETURNED else "",
    }


@_behind_link
def packet_section(request: HttpRequest, link: PacketLink, token: str, code: str) -> HttpResponse:
    """One section; what is typed is kept as it is typed. Where nothing can be written any more (it is signed,
    or another section was returned) the start says how it stands.
    """
    place = Place(
        actor=system_user(),
        link=link,
        address=functools.partial(_section_address, token),
        start=reverse("credentialing:packet_start", args=[token]),
        frame=_frame(link, token),
        template="credentialing/packet/section.html",
    )
    if request.method != "POST" and not _takes(link, code):
        return go_to(request, place.start)
    return answer_section(request, link.packet, code, place)


@_behind_link
def packet_missing(request: HttpRequest, link: PacketLink, token: str, uid) -> HttpResponse:
    """Something the office asked for beside the packet: answered in words or with a file."""
    start = reverse("credentialing:packet_start", args=[token])
    row = link.packet.application.deficiencies.filter(uid=uid, section__isnull=True).first()
    if row is None or not row.is_open:
        return go_to(request, start)
    form = MissingForm(request.POST or None, request.FILES or None)
    page = {
        **_frame(link, token),
        "title": "A source says something else" if row.item_id else "Still missing",
        "start_url": start,
        "row": row,
        "form": form,
        "submit": "Send",
        "upload": True,
        "cancel_url": start,
    }

    def send(given: dict) -> Done:
        sent = given["file"]
        completing.answer_by_link(
            token=token,
            uid=row.uid,
            answer=given["answer"],
            file_name=sent.name or "file" if sent else "",
            content=sent.read() if sent else b"",
        )
        return Done("The hospital has your answer.", start)

    return answer_form(request, page, send, template="credentialing/packet/missing.html")


@_behind_link
def packet_unchanged(request: HttpRequest, link: PacketLink, token: str) -> HttpResponse:
    """Everything that stands as filled from the file, to be confirmed in one act."""
    start = reverse("credentialing:packet_start", args=[token])
    state = read_packet(link.packet)
    page = {
        **_frame(link, token),
        "title": "What is unchanged",
        "start_url": start,
        "parts": _parts(state, [each.row.code for each in state.unchanged]),
    }
    if request.method != "POST":
        return render_page(request, "credentialing/packet/unchanged.html", page)
    try:
        packet_answers.confirm_unchanged(actor=system_user(), packet=link.packet, link=link)
    except Refused as refused:
        return render_refused(request, refused, "credentialing/packet/unchanged.html", page)
    return go_to(request, start)


@_behind_link
def packet_sign(request: HttpRequest, link: PacketLink, token: str) -> HttpResponse:
    """Everything that is signed, the two statements, and the signature."""
    state = read_packet(link.packet)
    form = SignForm(request.POST or None)
    page = {
        **_frame(link, token),
        "title": "Sign the application",
        "start_url": reverse("credentialing:packet_start", args=[token]),
        "state": state,
        "parts": _parts(state),
        "form": form,
        "whole": state.is_complete and standing(link) == OPEN,
    }
    if request.method != "POST":
        return render_page(request, "credentialing/packet/sign.html", page)
    given = form.cleaned_data if form.is_valid() else {}
    if not given and may_sign(link) and form.is_bound and form.errors:
        return render_page(request, "credentialing/packet/sign.html", page, status=422)
    try:
        packet_signing.sign(
            token=token,
            signed_name=given.get("signed_name", ""),
            attests=bool(given.get("attests")),
            releases=bool(given.get("releases")),
        )
    except Refused as refused:
        return render_refused(request, refused, "credentialing/packet/sign.html", page, form=form)
    return go_to(request, reverse("credentialing:packet_receipt", args=[token]))


@_behind_link
def packet_receipt(request: HttpRequest, link: PacketLink, token: str) -> HttpResponse:
    """What was signed, with its seal, to print; for the applicant alone."""
    signature = link.packet.signatures.select_related("evidence__practitioner").order_by("-signed_at").first()
    start = reverse("credentialing:packet_start", args=[token])
    if signature is None or not may_sign(link):
        return go_to(request, start)
    content = json.loads(read_content(viewer=system_user(), evidence=signature.evidence))
    page = {
        **_frame(link, token),
        "title": "Signed",
        "signature": signature,
        "content": content,
        "start_url": start,
    }
    return render_page(request, "credentialing/packet/receipt.html", page)


# --- shared ---------------------------------------------------------------------------------------------


def _takes(link: PacketLink, code: str) -> bool:
    """Whether the section can be written in through the link; of an unknown one the page itself says so."""
    if standing(link) != OPEN:
        return False
    if link.packet.status != PacketStatus.RETURNED:
        return True
    row = link.packet.sections.filter(code=code).first()
    return row is None or bool(row.return_reason and row.status != SectionStatus.ACCEPTED)


def _section_address(token: str, code: str) -> str:
    return reverse("credentialing:packet_section", args=[token, code])


def _parts(state: PacketState, codes: list[str] | None = None) -> list[dict[str, Any]]:
    """Sections in words."""
    titles = titles_of(state)
    return [
        {
            "one": each,
            "told": told(each.asked, each.answers, state.known, titles),
            "since": each.row.unchanged_since,
        }
        for each in state.sections
        if codes is None or each.row.code in codes
    ]


def _frame(link: PacketLink, token: str) -> dict[str, Any]:
    application = link.packet.application
    facility = application.facility
    return {
        "subtitle": f"{application.practitioner} at {facility}",
        "owner": str(facility),
        "contact": ", ".join(filter(None, (f"Medical Staff Office, {facility}", facility.office_phone))),
        "facility": None,
        "place": facility,
        "today": clock.today(facility),
        "link": link,
        "packet": link.packet,
        "application": application,
        "may_sign": may_sign(link),
        "autosave": True,
    }


def _closed(request: HttpRequest, sentence: str, *, status: int) -> HttpResponse:
    """Why there is nothing here. It names nobody: whoever holds an old link learns nothing."""
    return render_page(
        request,
        "credentialing/enquiry_closed.html",
        {"title": "There is no packet here", "sentence": sentence, "owner": "Medical Staff Office"},
        status=status,
    )
