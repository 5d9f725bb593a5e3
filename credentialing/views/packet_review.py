"""Reviewing a signed packet: one section beside the file, then into it, or back to the applicant."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.pages import Crumb, go_to, render_page, render_refused
from credentialing import links, policies
from credentialing.choices import PacketStatus, SectionStatus
from credentialing.forms.packets import ReturnForm
from credentialing.models import Packet
from credentialing.selectors.packet_review import correction, review_section
from credentialing.selectors.packets import PacketState, SectionState, read_packet
from credentialing.services import packet_review as reviewing

TEMPLATE = "credentialing/packet/review.html"


@login_required
@require_http_methods(["GET", "POST"])
def packet_review(request: HttpRequest, uid, code: str) -> HttpResponse:
    """One section beside the file. Sent: accepted into the file, or returned with what to correct."""
    packet = policies.packet_or_404(request.user, uid)
    state = read_packet(packet)
    one = state.section(code)
    if one is None:
        raise Http404
    returning = request.method == "POST" and "accept" not in request.POST
    form = ReturnForm(request.POST if returning else None)
    page = _page(packet, state, one, form, returning=returning)
    if request.method != "POST":
        return render_page(request, TEMPLATE, page)
    if returning and not form.is_valid():
        return render_page(request, TEMPLATE, page, status=422)
    try:
        if returning:
            reviewing.return_section(actor=request.user, section=one.row, **form.cleaned_data)
            messages.success(request, f"{one.asked.heading}: returned to the applicant.")
        else:
            reviewing.accept_section(actor=request.user, section=one.row)
            messages.success(request, f"{one.asked.heading}: in the file, as stated by the applicant.")
    except Refused as refused:
        return render_refused(request, refused, TEMPLATE, page, form=form if returning else None)
    return go_to(request, _onwards(packet, code))


@login_required
@require_POST
def packet_accept_unchanged(request: HttpRequest, uid) -> HttpResponse:
    """Every section the applicant confirmed as unchanged goes through at once."""
    packet = policies.packet_or_404(request.user, uid)
    count = reviewing.accept_unchanged(actor=request.user, packet=packet)
    messages.success(request, f"{count} section{'s' if count != 1 else ''} accepted as unchanged.")
    return go_to(request, reverse("credentialing:packet", args=[packet.uid]))


def _onwards(packet: Packet, code: str) -> str:
    """The next section that waits for a review; the packet when there is none."""
    waiting = packet.sections.filter(status=SectionStatus.COMPLETE).order_by("order").first()
    if waiting is None:
        return reverse("credentialing:packet", args=[packet.uid])
    return reverse("credentialing:packet_review", args=[packet.uid, waiting.code])


def _page(
    packet: Packet, state: PacketState, one: SectionState, form: ReturnForm, *, returning: bool
) -> dict:
    application = packet.application
    start = reverse("credentialing:packet", args=[packet.uid])
    review = review_section(state, one)
    versions = list(one.row.versions.select_related("link", "saved_by").order_by("-number"))
    reviewable = packet.status in (PacketStatus.SIGNED, PacketStatus.RETURNED, PacketStatus.ACCEPTED)
    return {
        "title": one.asked.heading,
        "subtitle": f"{application.practitioner}, as signed",
        "page_badge": one.status,
        "crumbs": [
            Crumb("Applications", reverse("credentialing:list")),
            Crumb(str(application.practitioner), links.application(application)),
            Crumb("Packet", start),
            Crumb(one.asked.heading),
        ],
        "today": clock.today(application.facility),
        "packet": packet,
        "one": one,
        "review": review,
        "versions": versions,
        "correction": correction(state, one, versions),
        "documents": [
            {"label": label, "document": each, "url": reverse("practitioners:document", args=[each.uid])}
            for label, each in review.documents
        ],
        "form": form,
        "returning": returning,
        "start_url": start,
        "may_accept": packet.status == PacketStatus.SIGNED and one.row.status == SectionStatus.COMPLETE,
        "may_return": reviewable and one.row.status in (SectionStatus.COMPLETE, SectionStatus.ACCEPTED),
    }
