"""Pages of an application on paper: written in by the office, its signature recorded; and what was signed."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from config.kernel import clock
from config.kernel.pages import Crumb, Done, answer_form, render_page
from credentialing import links, policies
from credentialing.forms.packets import WetSignatureForm
from credentialing.selectors.packet_review import read_signature
from credentialing.selectors.packets import read_packet, written_name
from credentialing.services import packet_signing
from credentialing.views.packet_sections import Place, answer_section
from credentialing.views.packets import crumbs_of, form_page, packet_address


@login_required
@require_http_methods(["GET", "POST"])
def packet_write(request: HttpRequest, uid, code: str) -> HttpResponse:
    """One section, written in from the paper."""
    packet = policies.packet_or_404(request.user, uid)
    if not packet.on_paper:
        raise Http404
    state = read_packet(packet).section(code)
    if state is None:
        raise Http404
    place = Place(
        actor=request.user,
        link=None,
        address=lambda other: reverse("credentialing:packet_write", args=[packet.uid, other]),
        start=packet_address(packet),
        frame={
            "subtitle": f"From the paper of {packet.application.practitioner}",
            "crumbs": [
                *crumbs_of(packet.application, "Packet", packet_address(packet)),
                Crumb(state.asked.heading),
            ],
            "packet": packet,
            "today": clock.today(packet.application.facility),
        },
        template="credentialing/packet/write.html",
    )
    return answer_section(request, packet, code, place)


@login_required
@require_http_methods(["GET", "POST"])
def packet_wet(request: HttpRequest, uid) -> HttpResponse:
    """The signature on the paper, with its scan."""
    packet = policies.packet_or_404(request.user, uid)
    page = form_page(
        packet,
        "Record the signature",
        WetSignatureForm(
            request.POST or None,
            request.FILES or None,
            initial={"signed_name": written_name(packet.application.practitioner)},
        ),
        "Record the signature",
        intro="What was written in is bound to the scan by a hash. Scan every page of it.",
    ) | {"upload": True}

    def record(given: dict) -> Done:
        scan = given.pop("file")
        packet_signing.record_wet_signature(
            actor=request.user, packet=packet, file_name=scan.name or "", content=scan.read(), **given
        )
        return Done("The signature is recorded. Review the sections.", packet_address(packet))

    return answer_form(request, page, record)


@login_required
@require_GET
def packet_signed(request: HttpRequest, uid) -> HttpResponse:
    """What was signed, and whether it is as it was signed."""
    packet = policies.packet_or_404(request.user, uid)
    signed = read_signature(request.user, packet)
    if signed is None:
        raise Http404
    page = {
        "title": "What was signed",
        "subtitle": str(packet.application),
        "crumbs": [
            *crumbs_of(packet.application, "Packet", packet_address(packet)),
            Crumb("What was signed"),
        ],
        "signed": signed,
        "content": signed.content,
        "signature": signed.signature,
        "evidence_url": links.evidence(signed.signature.evidence.uid),
    }
    return render_page(request, "credentialing/packet/signed.html", page)
