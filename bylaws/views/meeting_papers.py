"""Papers of a meeting: the packet for the member who asks."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from bylaws.selectors.meetings import get_meeting
from bylaws.services.packets import make_packet
from bylaws.views.common import found
from config.kernel.pages.stored import stored

PDF = "application/pdf"


@login_required
@require_safe
def meeting_packet(request, uid) -> HttpResponse:
    """Agenda and files of the meeting in one PDF, as far as the reader may have them."""
    meeting = found(get_meeting(viewer=request.user, uid=uid))
    return stored(make_packet(actor=request.user, meeting=meeting).content, PDF)
